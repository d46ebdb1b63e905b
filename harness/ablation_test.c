/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each lie is found from that part of the checks on which is for it, and by none before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ablation.h"
#include "liar.h"

/* The second mapping merges into the first, and the third operation has nothing to work on. */
static const char story[] = "vma-program 1\n"
			    "mmap 2..4 rw private anon\n"
			    "mmap 4..6 rw private anon\n"
			    "mprotect 10..12 r\n";
#define MERGES 1
#define FAILS 2

/* What the least part is that finds the lie; ABLATION_ALL + 1: none does. */
static unsigned int first_to_find(uint32_t at, void (*lie)(struct observation *seen),
				  const char *invalid)
{
	static const struct execute_options options = { .paranoid = false };
	struct run_statistics statistics = { .programs = 0 };
	struct execution execution;
	struct text_error error;
	struct program program;
	unsigned int checks = ABLATION_SANITIZERS;
	struct liar liar;

	program_init(&program);
	assert_int_equal(program_parse(&program, story, sizeof(story) - 1, &error), 0);
	assert_int_equal(liar_init(&liar), 0);
	assert_int_equal(execution_init(&execution, &liar.subject, &options, &statistics), 0);
	liar.lie = lie;
	liar.invalid = invalid;
	liar.at = at;
	while (checks <= ABLATION_ALL &&
	       !ablation_finds(&execution, &program, (enum ablation_checks)checks))
		checks++;
	/* What one part sees the next one sees too. */
	for (unsigned int more = checks; more <= ABLATION_ALL; more++)
		assert_true(ablation_finds(&execution, &program, (enum ablation_checks)more));
	execution_done(&execution);
	liar.subject.destroy(&liar.subject);
	program_done(&program);
	return checks;
}

/* It failed, and that for another reason. */
static void lie_result(struct observation *seen)
{
	seen->result = (struct seen_result){ .form = RESULT_ERRNO, .error = 22 };
}

/*
 *	0123456			0123456
 *	..AAAA.		->	..AABB.
 */
static void lie_apart(struct observation *seen)
{
	struct seen_space *space = &seen->space[0];

	space->vma[1] = space->vma[0];
	space->vma[0].end = 4;
	space->vma[1].start = 4;
	space->vma[1].pgoff += 2;
	space->vma[1].virt_pgoff += 2;
	space->vmas = 2;
	space->vma_count = 2;
}

static void each_lie_has_its_part(void **state)
{
	(void)state;
	assert_int_equal(first_to_find(MERGES, NULL, NULL), ABLATION_ALL + 1);
	assert_int_equal(first_to_find(MERGES, NULL, "STR-1 it is upside down"),
			 ABLATION_INVARIANTS);
	assert_int_equal(first_to_find(FAILS, lie_result, NULL), ABLATION_MODEL);
	assert_int_equal(first_to_find(MERGES, lie_apart, NULL), ABLATION_ALL);
}

static void parts_have_words(void **state)
{
	enum ablation_checks checks;

	(void)state;
	assert_true(ablation_checks_find("model", &checks));
	assert_int_equal(checks, ABLATION_MODEL);
	assert_false(ablation_checks_find("everything", &checks));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_lie_has_its_part),
		cmocka_unit_test(parts_have_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
