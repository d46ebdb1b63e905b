/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random programs in worker processes, on a model that lies or dies where it is told to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <unistd.h>

#include "flags.h"
#include "liar.h"
#include "run.h"

/* What the next subject is to be like. */
struct wish {
	void (*lie)(struct observation *seen);
	uint32_t lie_at, crash_at;
	bool whole_program, hang, refuse;
};

static struct liar liar;
static struct run_result result;

static int hang_validate_beat(struct subject *self, const struct program *program, const char **why)
{
	int error = liar_begin(self, program, why);

	/* Longer than any timeout of these tests, and over when its parent wants it to be. */
	sleep(600);
	return error;
}

static int create(void *context, struct subject **ret, const char **why)
{
	const struct wish *wish = context;

	if (wish->refuse) {
		*why = "no such kernel";
		return -ENODEV;
	}
	if (liar_init(&liar))
		return -ENOMEM;
	liar.lie = wish->lie;
	liar.at = wish->lie_at;
	liar.crash_at = wish->crash_at;
	liar.subject.whole_program = wish->whole_program;
	if (wish->hang)
		liar.subject.begin = hang_validate_beat;
	*ret = &liar.subject;
	return 0;
}

static int run(struct wish *wish, uint64_t programs, unsigned int jobs)
{
	struct run_request request = {
		.create = create,
		.context = wish,
		.seed = 7,
		.programs = programs,
		.ops = 24,
		.jobs = jobs,
		.timeout = wish->hang ? 0.3 : 30,
		.keep = 4,
	};

	assert_int_equal(generator_preset("everything", &request.generator), 0);
	request.generator.pages = 64;
	return run_programs(&request, &result);
}

static int teardown(void **state)
{
	(void)state;
	run_result_done(&result);
	return 0;
}

static void number_of_jobs_changes_nothing(void **state)
{
	struct wish wish = { .lie = NULL };
	static struct run_statistics one;

	(void)state;
	assert_int_equal(run(&wish, 200, 1), 0);
	one = result.statistics;
	assert_int_equal(one.programs, 200);
	assert_int_equal(one.operations + one.skipped, 200 * 24);
	assert_int_equal(one.mismatches, 0);
	assert_true(one.trace);
	for (unsigned int jobs = 2; jobs <= 3; jobs++) {
		assert_int_equal(run(&wish, 200, jobs), 0);
		assert_memory_equal(&one, &result.statistics, sizeof(one));
	}
}

/* Depends on what is seen alone, so that it is told in the same programs whoever runs them. */
static void lie_sometimes(struct observation *seen)
{
	if (seen->space[0].alive && seen->space[0].vmas == 5)
		seen->space[0].vma[2].flags ^= VM_FLAG(dd);
}

static void first_findings_are_kept_with_their_programs(void **state)
{
	struct wish wish = { .lie = lie_sometimes, .lie_at = 9 };
	uint64_t number[4], mismatches;

	(void)state;
	assert_int_equal(run(&wish, 200, 1), 0);
	mismatches = result.statistics.mismatches;
	assert_true(mismatches > 4);
	assert_int_equal(result.findings, 4);
	for (unsigned int i = 0; i < 4; i++) {
		const struct run_finding *finding = &result.finding[i];

		number[i] = finding->number;
		assert_true(i == 0 || number[i] > number[i - 1]);
		assert_int_equal(finding->verdict.class, VERDICT_WRONG_FLAGS);
		assert_int_equal(finding->verdict.op, 9);
		assert_int_equal(finding->program.op_count, 10);
	}
	run_result_done(&result);
	assert_int_equal(run(&wish, 200, 3), 0);
	assert_int_equal(result.statistics.mismatches, mismatches);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(result.finding[i].number, number[i]);
}

static int begin_broken(struct subject *self, const struct program *program, const char **why)
{
	(void)self;
	(void)program;
	(void)why;
	abort();
}

static void lie_and_break(struct observation *seen)
{
	uint64_t flags = seen->space[0].vma[2].flags;

	lie_sometimes(seen);
	if (flags != seen->space[0].vma[2].flags)
		liar.subject.begin = begin_broken;
}

/* A subject that a program broke runs no other: all findings are lies. */
static void worker_ends_with_a_finding(void **state)
{
	struct wish wish = { .lie = lie_and_break, .lie_at = 9 };

	(void)state;
	assert_int_equal(run(&wish, 200, 1), 0);
	assert_int_equal(result.statistics.programs, 200);
	assert_true(result.findings > 0);
	for (unsigned int i = 0; i < result.findings; i++)
		assert_int_equal(result.finding[i].verdict.class, VERDICT_WRONG_FLAGS);
}

static void worker_that_dies_is_a_finding_and_goes_on(void **state)
{
	struct wish wish = { .crash_at = 5 };

	(void)state;
	assert_int_equal(run(&wish, 9, 2), 0);
	assert_int_equal(result.statistics.programs, 9);
	assert_int_equal(result.statistics.mismatches, 9);
	assert_int_equal(result.findings, 4);
	for (unsigned int i = 0; i < 4; i++) {
		assert_int_equal(result.finding[i].number, i);
		assert_int_equal(result.finding[i].verdict.class, VERDICT_CRASH);
		assert_string_equal(result.finding[i].verdict.rule, "SIGSEGV");
		/* Operation 5, or the next one if the model does not do that one. */
		assert_true(result.finding[i].verdict.op >= 5);
		assert_int_equal(result.finding[i].program.op_count,
				 result.finding[i].verdict.op + 1);
	}
}

static void worker_that_hangs_is_a_finding(void **state)
{
	struct wish wish = { .hang = true };

	(void)state;
	assert_int_equal(run(&wish, 2, 2), 0);
	assert_int_equal(result.statistics.mismatches, 2);
	assert_int_equal(result.finding[0].verdict.class, VERDICT_TIMEOUT);
	assert_string_equal(result.finding[0].verdict.signature, "timeout/begin/timeout");
}

static void whole_programs_are_grown_on_the_model(void **state)
{
	struct wish wish = { .whole_program = true };

	(void)state;
	assert_int_equal(run(&wish, 100, 2), 0);
	assert_int_equal(result.statistics.programs, 100);
	assert_int_equal(result.statistics.mismatches, 0);
	assert_int_equal(result.statistics.alloc_failures, 0);
	wish.lie = lie_sometimes;
	wish.lie_at = 9;
	assert_int_equal(run(&wish, 200, 2), 0);
	assert_true(result.findings > 0);
	assert_int_equal(result.finding[0].program.op_count, 10);
}

static void subject_that_cannot_be_made_is_an_error(void **state)
{
	struct wish wish = { .refuse = true };

	(void)state;
	assert_int_equal(run(&wish, 10, 2), -EIO);
	assert_string_equal(result.why, "no such kernel");
}

static void time_is_a_limit_as_well(void **state)
{
	struct wish wish = { .lie = NULL };
	struct run_request request = {
		.create = create,
		.context = &wish,
		.seed = 1,
		.seconds = 0.3,
		.ops = 8,
		.jobs = 2,
		.probe_tail = true,
	};

	(void)state;
	assert_int_equal(generator_preset("everything", &request.generator), 0);
	assert_int_equal(run_programs(&request, &result), 0);
	assert_true(result.seconds >= 0.3 && result.seconds < 20);
	assert_true(result.statistics.programs > 2);
	assert_int_equal(result.statistics.mismatches, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_teardown(name, teardown)
	const struct CMUnitTest tests[] = {
		T(number_of_jobs_changes_nothing),
		T(first_findings_are_kept_with_their_programs),
		T(worker_ends_with_a_finding),
		T(worker_that_dies_is_a_finding_and_goes_on),
		T(worker_that_hangs_is_a_finding),
		T(whole_programs_are_grown_on_the_model),
		T(subject_that_cannot_be_made_is_an_error),
		T(time_is_a_limit_as_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
