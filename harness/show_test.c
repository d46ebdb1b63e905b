/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Steps, and the page made of them, for a subject that misses a merge at the fifth operation.
 *
 * With a path as its argument it leaves that page there instead, for a browser to look at.
 */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "findings.h"
#include "liar.h"
#include "show.h"

/* The pieces become alike at the last operation: "..AABB...." -> "..AAAA....". */
static const char text[] = "vma-program 1\n"
			   "mmap 2..6 rw private anon\n"
			   "mprotect 2..4 rwx\n"
			   "touch 4..5 w\n"
			   "touch 2..3 w\n"
			   "mprotect 4..6 rwx\n";

/* The one VMA that should be there as two. */
static void miss_merge(struct observation *seen)
{
	struct seen_space *space = &seen->space[0];

	space->vma[1] = space->vma[0];
	space->vma[0].end = space->vma[1].start = 4;
	space->vma[1].pgoff = space->vma[1].virt_pgoff = 4;
	space->vmas = 2;
	space->vma_count = 2;
}

struct scene {
	struct liar liar;
	struct program program;
	struct run_statistics statistics;
	struct execution execution;
};

static void scene_begin(struct scene *scene, const char *program, uint32_t lies_at)
{
	struct text_error error;

	memset(scene, 0, sizeof(*scene));
	assert_int_equal(liar_init(&scene->liar), 0);
	scene->liar.at = lies_at;
	scene->liar.lie = miss_merge;
	program_init(&scene->program);
	assert_int_equal(program_parse(&scene->program, program, strlen(program), &error), 0);
	assert_int_equal(execution_init(&scene->execution, &scene->liar.subject,
					&(struct execute_options){ 0 }, &scene->statistics),
			 0);
}

static void scene_end(struct scene *scene)
{
	execution_done(&scene->execution);
	program_done(&scene->program);
	liar_destroy(&scene->liar.subject);
}

/* Takes down what a step was. */
struct taker {
	struct show_viewer viewer;
	unsigned int begins, steps;
	struct show_step last;
};

static void take_begin(struct show_viewer *viewer, const struct show_step *step)
{
	struct taker *taker = (struct taker *)(void *)viewer;

	taker->begins++;
	assert_int_equal(step->index, VERDICT_AT_BEGIN);
	assert_int_equal(step->spaces, 1);
}

static void take_step(struct show_viewer *viewer, const struct show_step *step)
{
	struct taker *taker = (struct taker *)(void *)viewer;

	assert_int_equal(step->index, taker->steps++);
	taker->last = *step;
}

static enum execute_outcome learn_and_show(struct scene *scene, struct show_viewer *viewer)
{
	struct draw_range extent = { 0 };
	const char *why;

	show_learn(&scene->execution, &scene->program, &extent, &why);
	return show_program(&scene->execution, &scene->program, extent, viewer, &why);
}

static void walk(struct scene *scene, struct taker *taker, enum execute_outcome expected)
{
	*taker = (struct taker){ .viewer = { take_begin, take_step } };
	assert_int_equal(learn_and_show(scene, &taker->viewer), expected);
}

static void steps_end_with_the_disagreement(void **state)
{
	struct scene scene;
	struct taker taker;

	(void)state;
	scene_begin(&scene, text, 4);
	walk(&scene, &taker, EXECUTE_MISMATCH);
	assert_int_equal(taker.begins, 1);
	assert_int_equal(taker.steps, 5);
	assert_int_equal(taker.last.outcome, EXECUTE_MISMATCH);
	assert_memory_equal(taker.last.space[0].before.page, "..AABB..", 8);
	assert_memory_equal(taker.last.space[0].after.page, "..AABB..", 8);
	assert_memory_equal(taker.last.space[0].model.page, "..AAAA..", 8);
	assert_int_equal(taker.last.extent.low, 2);
	assert_int_equal(taker.last.extent.high, 6);
	scene_end(&scene);
}

static void agreeing_program_is_shown_to_its_end(void **state)
{
	struct scene scene;
	struct taker taker;

	(void)state;
	scene_begin(&scene, text, 99);
	walk(&scene, &taker, EXECUTE_AGREED);
	assert_int_equal(taker.steps, 5);
	assert_memory_equal(taker.last.space[0].model.page, "..AAAA..", 8);
	scene_end(&scene);
}

/* A child begins with the letters of its parent; a space that is gone leaves holes. */
static void forked_spaces_keep_their_letters(void **state)
{
	struct scene scene;
	struct taker taker;

	(void)state;
	scene_begin(&scene,
		    "vma-program 1\nmmap 2..6 rw private anon\nmmap 0..2 r private anon\n"
		    "fork\n@1 munmap 2..4\n",
		    99);
	walk(&scene, &taker, EXECUTE_AGREED);
	assert_int_equal(taker.last.spaces, 2);
	assert_false(taker.last.space[0].acts);
	assert_true(taker.last.space[1].acts);
	assert_ptr_equal(show_acting(&taker.last), &taker.last.space[1]);
	assert_memory_equal(taker.last.space[1].before.page, "BBAAAA", 6);
	assert_memory_equal(taker.last.space[1].after.page, "BB..AA", 6);
	scene_end(&scene);
	scene_begin(&scene, "vma-program 1\nmmap 0..2 r private anon\nfork\n@1 exit\n", 99);
	walk(&scene, &taker, EXECUTE_AGREED);
	assert_int_equal(taker.last.spaces, 2);
	assert_null(taker.last.space[1].seen);
	assert_memory_equal(taker.last.space[1].before.page, "AA", 2);
	assert_memory_equal(taker.last.space[1].after.page, "..", 2);
	scene_end(&scene);
}

static void write_page(struct scene *scene, FILE *out)
{
	struct findings findings = { .json = NULL };
	struct show_page page;
	char *finding = NULL;
	size_t size = 0;

	show_page_init(&page, out, "missed \"</script>\" merge");
	learn_and_show(scene, &page.viewer);
	if (scene->execution.verdict.class != VERDICT_AGREE) {
		findings.json = open_memstream(&finding, &size);
		assert_non_null(findings.json);
		findings_add_mismatch(&findings, &scene->execution, "five.vma");
		fclose(findings.json);
	}
	assert_int_equal(show_page_end(&page, finding), 0);
	free(finding);
}

static unsigned int count_of(const char *page, const char *word)
{
	unsigned int count = 0;

	for (const char *at = page; (at = strstr(at, word)); at += strlen(word))
		count++;
	return count;
}

static char *page_text(uint32_t lies_at)
{
	struct scene scene;
	char *page = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&page, &size);

	assert_non_null(out);
	scene_begin(&scene, text, lies_at);
	write_page(&scene, out);
	scene_end(&scene);
	fclose(out);
	assert_int_equal(strlen(page), size);
	return page;
}

static void page_marks_what_differs(void **state)
{
	char *page = page_text(4), *again = page_text(4);

	(void)state;
	assert_string_equal(page, again);
	assert_int_equal(count_of(page, "\"outcome\": \"mismatch\""), 1);
	assert_int_equal(count_of(page, "\"differs\": true"), 3);
	assert_int_equal(count_of(page, "\"finding\": {\"class\": \"missed-merge\""), 1);
	/* The data cannot end its element, and nothing is fetched from anywhere. */
	assert_int_equal(count_of(page, "</script>"), 2);
	assert_int_equal(count_of(page, "http"), 0);
	assert_int_equal(count_of(page, "url("), 0);
	free(page);
	free(again);
}

static void page_of_an_agreeing_program_marks_nothing(void **state)
{
	char *page = page_text(99);

	(void)state;
	assert_int_equal(count_of(page, "\"differs\": true"), 0);
	assert_int_equal(count_of(page, "\"model\": "), 0);
	assert_int_equal(count_of(page, "\"finding\": null"), 1);
	free(page);
}

static int leave_page(const char *path)
{
	struct scene scene;
	FILE *out = fopen(path, "wb");

	if (!out)
		return 1;
	scene_begin(&scene, text, 4);
	write_page(&scene, out);
	scene_end(&scene);
	return fclose(out) ? 1 : 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_end_with_the_disagreement),
		cmocka_unit_test(agreeing_program_is_shown_to_its_end),
		cmocka_unit_test(forked_spaces_keep_their_letters),
		cmocka_unit_test(page_marks_what_differs),
		cmocka_unit_test(page_of_an_agreeing_program_marks_nothing),
	};

	if (argc > 1)
		return leave_page(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
