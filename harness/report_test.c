/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flags.h"
#include "report.h"
#include "settings.h"

#define READ (VM_FLAG(rd) | VM_FLAG(mr) | VM_FLAG(mw) | VM_FLAG(me))
#define READ_WRITE_EXEC (READ | VM_FLAG(wr) | VM_FLAG(ex) | VM_FLAG(ac))

/* A program and what stood around its last operation. */
struct scene {
	struct program program;
	struct observation before, seen, expect;
	struct verdict verdict;
};

static void scene_begin(struct scene *scene, const char *text)
{
	struct text_error at;
	struct observation *all[] = { &scene->before, &scene->seen, &scene->expect };

	memset(scene, 0, sizeof(*scene));
	program_init(&scene->program);
	assert_int_equal(program_parse(&scene->program, text, strlen(text), &at), 0);
	settings_resolve(&scene->program.settings, NULL, &(struct run_options){ 0 });
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(observation_init(all[i]), 0);
		all[i]->space[0].alive = true;
		all[i]->result.form = RESULT_VALUE;
	}
}

static void scene_end(struct scene *scene)
{
	program_done(&scene->program);
	observation_done(&scene->before);
	observation_done(&scene->seen);
	observation_done(&scene->expect);
}

/* Private anonymous memory where it was mapped. */
static void add(struct observation *seen, uint32_t start, uint32_t end, uint64_t flags,
		uint32_t anon)
{
	struct seen_space *space = &seen->space[0];

	space->vma[space->vmas++] = (struct seen_vma){
		.start = start,
		.end = end,
		.flags = flags,
		.pgoff = start,
		.virt_pgoff = start,
		.anon = anon,
		.chain = anon ? 1 : 0,
	};
	space->vma_count++;
	space->total_vm += end - start;
}

/* The page, with the verdict that a comparison of both sides gives. */
static char *page_of(struct scene *scene, const struct merge_account *account)
{
	struct comparison comparison = {
		.program = &scene->program,
		.index = scene->program.op_count - 1,
		.before = &scene->before,
		.expect = &scene->expect,
		.seen = &scene->seen,
		.facts = FACT_ALL,
		.rule = "",
	};
	struct report report = {
		.program = &scene->program,
		.verdict = &scene->verdict,
		.before = &scene->before,
		.seen = &scene->seen,
		.expect = &scene->expect,
		.facts = FACT_ALL,
		.subject = "core",
		.merged = account,
		.file = "FILE",
	};
	char *text = NULL;
	size_t size;
	FILE *out;

	if (account)
		report.account = *account;
	if (scene->verdict.class == VERDICT_AGREE)
		compare_classify(&comparison, &scene->verdict);
	assert_int_not_equal(scene->verdict.class, VERDICT_AGREE);
	out = open_memstream(&text, &size);
	assert_non_null(out);
	report_print(out, &report);
	fclose(out);
	return text;
}

static const char missed_merge[] =
	"mismatch  missed merge   operation 5 of 5   rule MRG-1 / 4.2 (equal attributes, "
	"contiguous "
	"offset, compatible anon_vma must merge)\n"
	"program   vma-program 1   pages=64 limit=65530 profile=7.3\n"
	"          1  mmap 2..6 rw private anon\n"
	"          2  mprotect 2..4 rwx\n"
	"          3  touch 4..5 w\n"
	"          4  touch 2..3 w\n"
	"          5  mprotect 4..6 rwx               <-- first disagreement\n"
	"drawing   0123456789          0123456789\n"
	"          ..AABB....    ->    ..AABB....     model: ..AAAA....   (A and B share one "
	"anon_vma)\n"
	"subject   200000002000-200000004000 rwxp 00000002  rd wr ex mr mw me ac   anon_vma #1\n"
	"          200000004000-200000006000 rwxp 00000004  rd wr ex mr mw me ac   anon_vma #1\n"
	"merge     prev=A middle=B next=- target=-  refused by: anon_vma compatibility\n"
	"signature missed-merge/mprotect/4.2\n"
	"replay    vmafuzz replay FILE      next: vmafuzz minimize FILE, vmafuzz emit --as "
	"kselftest "
	"FILE\n";

/*
 *	0123456789          0123456789
 *	..AABB....    ->    ..AABB....     model: ..AAAA....
 */
static void missed_merge_prints_one_page(void **state)
{
	static const struct merge_account account = {
		.existing = true,
		.part = { { 4, 6 }, { 2, 4 }, { 4, 6 }, { 0, 0 }, { 0, 0 } },
		.left = SIDE_ANON_VMA,
		.right = SIDE_NO_NEIGHBOUR,
	};
	struct scene scene;
	char *page;

	(void)state;
	if (sizeof(void *) != 8)
		skip();
	scene_begin(&scene, "vma-program 1\nmmap 2..6 rw private anon\nmprotect 2..4 rwx\n"
			    "touch 4..5 w\ntouch 2..3 w\nmprotect 4..6 rwx\n");
	add(&scene.before, 2, 4, READ_WRITE_EXEC, 1);
	add(&scene.before, 4, 6, READ_WRITE_EXEC & ~VM_FLAG(ex), 1);
	add(&scene.seen, 2, 4, READ_WRITE_EXEC, 1);
	add(&scene.seen, 4, 6, READ_WRITE_EXEC, 1);
	add(&scene.expect, 2, 6, READ_WRITE_EXEC, 1);
	page = page_of(&scene, &account);
	assert_string_equal(page, missed_merge);
	free(page);
	scene_end(&scene);
}

static const char wrong_merge[] =
	"program   vma-program 1   pages=64 limit=65530 profile=7.3\n"
	"          1  mmap 2..6 rw private anon\n"
	"          2  mprotect 2..4 r\n"
	"          3  touch 4..5 w\n"
	"          4  touch 2..3 w\n"
	"          5  mprotect 4..6 r                 <-- first disagreement\n"
	"drawing   0123456789          0123456789\n"
	"          ..AABB....    ->    ..AAAA....     model: ..AABB....\n"
	"subject   200000002000-200000006000 r--p 00000002  rd mr mw me ac   anon_vma #1\n"
	"expected  200000002000-200000004000 r--p 00000002  rd mr mw me\n"
	"          200000004000-200000006000 r--p 00000004  rd mr mw me ac   anon_vma #1\n"
	"signature wrong-merge/mprotect/2.3\n";

/*
 * The twin of the above: B keeps VM_ACCOUNT, so the two must stay apart.
 *
 *	0123456789          0123456789
 *	..AABB....    ->    ..AAAA....     model: ..AABB....
 */
static void wrong_merge_shows_what_the_model_keeps_apart(void **state)
{
	struct scene scene;
	char *page;

	(void)state;
	if (sizeof(void *) != 8)
		skip();
	scene_begin(&scene, "vma-program 1\nmmap 2..6 rw private anon\nmprotect 2..4 r\n"
			    "touch 4..5 w\ntouch 2..3 w\nmprotect 4..6 r\n");
	add(&scene.before, 2, 4, READ, 0);
	add(&scene.before, 4, 6, READ | VM_FLAG(wr) | VM_FLAG(ac), 1);
	add(&scene.seen, 2, 6, READ | VM_FLAG(ac), 1);
	add(&scene.expect, 2, 4, READ, 0);
	add(&scene.expect, 4, 6, READ | VM_FLAG(ac), 1);
	page = page_of(&scene, NULL);
	assert_non_null(strstr(page, "mismatch  wrong merge   operation 5 of 5   rule 2.3 "));
	assert_non_null(strstr(page, wrong_merge));
	assert_null(strstr(page, "merge     "));
	free(page);
	scene_end(&scene);
}

/* One that made it, and one refused on both sides. */
static void merge_line_tells_any_decision(void **state)
{
	static const struct {
		struct merge_account account;
		const char *line;
	} rows[] = {
		{ { .part = { { 6, 8 }, { 2, 6 }, { 0, 0 }, { 8, 9 }, { 2, 6 } },
		    .left = SIDE_ALLOWED,
		    .right = SIDE_NOT_TRIED },
		  "merge     prev=A middle=- next=8..9 target=A  refused by: nothing\n" },
		{ { .part = { { 6, 8 }, { 2, 6 }, { 0, 0 }, { 8, 9 }, { 0, 0 } },
		    .left = SIDE_FLAGS,
		    .right = SIDE_PGOFF },
		  "merge     prev=A middle=- next=8..9 target=-  "
		  "refused by: flags (left), page offset (right)\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene scene;
		char *page;

		scene_begin(&scene, "vma-program 1\nmmap 6..8 rw private anon\n");
		add(&scene.seen, 2, 6, READ, 0);
		page = page_of(&scene, &rows[i].account);
		assert_non_null(strstr(page, rows[i].line));
		free(page);
		scene_end(&scene);
	}
}

static void wrong_result_shows_both_results(void **state)
{
	struct scene scene;
	char *page;

	(void)state;
	scene_begin(&scene, "vma-program 1\nmmap 2..6 rw private anon\n");
	scene.seen.result = (struct seen_result){ .form = RESULT_ERRNO, .error = 12 };
	add(&scene.expect, 2, 6, READ, 0);
	page = page_of(&scene, NULL);
	assert_non_null(strstr(page, "mismatch  wrong result   operation 1 of 1"));
	assert_non_null(strstr(page, "subject   result ENOMEM\n"));
	assert_non_null(strstr(page, "expected  result 0\n"));
	assert_non_null(strstr(page, "model: ..AAAA...."));
	free(page);
	scene_end(&scene);
}

static void wrong_counter_shows_both_sides(void **state)
{
	struct scene scene;
	char *page;

	(void)state;
	scene_begin(&scene, "vma-program 1\nmmap 2..6 rw private anon\n");
	add(&scene.seen, 2, 6, READ, 0);
	add(&scene.expect, 2, 6, READ, 0);
	scene.seen.space[0].locked_vm = 3;
	page = page_of(&scene, NULL);
	assert_non_null(strstr(page,
			       "subject   vma_count 1 total_vm 4 data_vm 0 exec_vm 0 stack_vm 0 "
			       "locked_vm 3 committed 0\n"));
	assert_non_null(strstr(page,
			       "expected  vma_count 1 total_vm 4 data_vm 0 exec_vm 0 stack_vm 0 "
			       "locked_vm 0 committed 0\n"));
	free(page);
	scene_end(&scene);
}

static void wrong_hooks_show_events_from_the_first_that_differs(void **state)
{
	struct scene scene;
	char *page;

	(void)state;
	scene_begin(&scene, "vma-program 1\nmunmap 2..4\n");
	for (uint32_t i = 0; i < 5; i++) {
		struct seen_event event = {
			.kind = EVENT_CLOSE, .file = FILE_CLOSE, .start = i, .end = i + 1
		};

		scene.seen.event[i] = event;
		scene.expect.event[i] = event;
	}
	scene.expect.events = 5;
	scene.seen.events = 4;
	page = page_of(&scene, NULL);
	assert_non_null(strstr(page, "subject   ... 2 equal events before\n"
				     "          @0 close close 2..3\n"
				     "          @0 close close 3..4\n"
				     "expected  ... 2 equal events before\n"));
	assert_non_null(strstr(page, "          @0 close close 4..5\n"));
	free(page);
	scene_end(&scene);
}

static void crash_without_observations_still_prints(void **state)
{
	struct scene scene;
	struct comparison comparison = { .index = 0 };
	struct report report = { .subject = "core", .verdict = &scene.verdict };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	scene_begin(&scene, "vma-program 1\nmunmap 2..4\n");
	comparison.program = report.program = &scene.program;
	verdict_set(&scene.verdict, &comparison, VERDICT_CRASH, "SIGSEGV", "ended by SIGSEGV");
	report_print(out, &report);
	fclose(out);
	assert_non_null(strstr(text, "mismatch  crash   operation 1 of 1   rule SIGSEGV\n"));
	assert_non_null(strstr(text, "<-- first disagreement\n"));
	assert_non_null(strstr(text, "subject   ended by SIGSEGV\n"));
	assert_non_null(strstr(text, "signature crash/munmap/SIGSEGV\n"));
	free(text);
	scene_end(&scene);
}

static void long_program_is_shown_from_twenty_operations_before(void **state)
{
	struct scene scene;
	char *page;

	(void)state;
	scene_begin(&scene, "vma-program 1\n");
	for (int32_t i = 0; i < 150; i++) {
		struct op op = { .kind = OP_MUNMAP, .addr = place_page(2), .len = place_page(1) };

		assert_int_equal(program_add_op(&scene.program, &op), 0);
	}
	add(&scene.seen, 2, 3, READ, 0);
	page = page_of(&scene, NULL);
	assert_non_null(strstr(page, "          ... 130 operations before, in FILE\n"
				     "          131  munmap 2..3\n"));
	assert_non_null(strstr(page, "          150  munmap 2..3                     "
				     "<-- first disagreement\n"));
	assert_null(strstr(page, "          130  "));
	free(page);
	scene_end(&scene);
}

static void page_does_not_depend_on_where_memory_lies(void **state)
{
	struct scene scene[2];
	char *page[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		scene_begin(&scene[i], "vma-program 1\nmmap 2..6 rw private anon\n");
		add(&scene[i].seen, 2, 6, READ, 0);
		page[i] = page_of(&scene[i], NULL);
	}
	assert_string_equal(page[0], page[1]);
	for (int i = 0; i < 2; i++) {
		free(page[i]);
		scene_end(&scene[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(missed_merge_prints_one_page),
		cmocka_unit_test(wrong_merge_shows_what_the_model_keeps_apart),
		cmocka_unit_test(merge_line_tells_any_decision),
		cmocka_unit_test(wrong_result_shows_both_results),
		cmocka_unit_test(wrong_counter_shows_both_sides),
		cmocka_unit_test(wrong_hooks_show_events_from_the_first_that_differs),
		cmocka_unit_test(crash_without_observations_still_prints),
		cmocka_unit_test(long_program_is_shown_from_twenty_operations_before),
		cmocka_unit_test(page_does_not_depend_on_where_memory_lies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
