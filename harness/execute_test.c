/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs on a subject that is the model itself and lies once: the lie, and nothing else,
 * must be found, where it was told.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "execute.h"
#include "flags.h"
#include "liar.h"

static struct liar liar;
static struct execution execution;
static struct run_statistics statistics;
static struct program program;
static const char *why;

static int setup(void **state)
{
	static const struct execute_options options = { .paranoid = false };

	(void)state;
	memset(&statistics, 0, sizeof(statistics));
	program_init(&program);
	if (liar_init(&liar))
		return -1;
	return execution_init(&execution, &liar.subject, &options, &statistics);
}

static int teardown(void **state)
{
	(void)state;
	execution_done(&execution);
	liar.subject.destroy(&liar.subject);
	program_done(&program);
	return 0;
}

static enum execute_outcome run(const char *text)
{
	struct text_error error = { .line = 0 };

	program_reset(&program);
	if (program_parse(&program, text, strlen(text), &error))
		fail_msg("line %u: %s", error.line, error.expected);
	return execute_program(&execution, &program, &why);
}

/* Three operations; the lie is told at the last. */
static const char story[] = "vma-program 1\n"
			    "mmap 2..6 rw private anon\n"
			    "mmap 8..10 rw shared file=close\n"
			    "touch 2..3 w\n";

static void expect_lie(void (*lie)(struct observation *seen), const char *signature)
{
	liar.lie = lie;
	liar.at = 2;
	assert_int_equal(run(story), EXECUTE_MISMATCH);
	assert_string_equal(execution.verdict.signature, signature);
	assert_int_equal(execution.verdict.op, 2);
	assert_int_equal(execution.before->space[0].vmas, 2);
	liar.lie = NULL;
}

static void honest_subject_agrees(void **state)
{
	(void)state;
	assert_int_equal(run(story), EXECUTE_AGREED);
	assert_int_equal(statistics.programs, 1);
	assert_int_equal(statistics.operations, 3);
	assert_int_equal(statistics.succeeded[OP_MMAP], 2);
	assert_int_equal(statistics.succeeded[OP_TOUCH], 1);
	assert_int_equal(statistics.mismatches, 0);
	assert_true(statistics.checks > 50);
	assert_true(statistics.trace);
}

static int apply_error;

static int apply_breaks(struct subject *self, const struct program *p, uint32_t index,
			struct observation *seen, const char **reason)
{
	(void)self;
	(void)p;
	(void)index;
	(void)seen;
	*reason = "killed by signal 11";
	return apply_error;
}

/* A subject that died of the program is a finding; one without memory is not. */
static void subject_that_breaks_is_a_finding(void **state)
{
	int (*apply)(struct subject *, const struct program *, uint32_t, struct observation *,
		     const char **) = liar.subject.apply;

	(void)state;
	liar.subject.apply = apply_breaks;
	apply_error = -EIO;
	assert_int_equal(run(story), EXECUTE_MISMATCH);
	assert_string_equal(execution.verdict.signature, "crash/mmap/subject");
	assert_string_equal(execution.verdict.message, "killed by signal 11");
	assert_int_equal(execution.verdict.op, 0);
	assert_int_equal(statistics.mismatches, 1);
	apply_error = -ENOMEM;
	assert_int_equal(run(story), EXECUTE_FAILED);
	assert_int_equal(statistics.mismatches, 1);
	liar.subject.apply = apply;
}

static void lie_result(struct observation *seen)
{
	seen->result = (struct seen_result){ .form = RESULT_ERRNO, .error = 12 };
}

static void lie_bound(struct observation *seen)
{
	seen->space[0].vma[0].end--;
}

static void lie_split(struct observation *seen)
{
	struct seen_space *space = &seen->space[0];

	space->vma[2] = space->vma[1];
	space->vma[1] = space->vma[0];
	space->vma[0].end = 4;
	space->vma[1].start = 4;
	space->vma[1].pgoff += 2;
	space->vma[1].virt_pgoff += 2;
	space->vmas = 3;
	space->vma_count = 3;
}

static void lie_flags(struct observation *seen)
{
	seen->space[0].vma[1].flags ^= VM_FLAG(me);
}

static void lie_offset(struct observation *seen)
{
	seen->space[0].vma[1].pgoff++;
}

static void lie_file(struct observation *seen)
{
	seen->space[0].vma[1].file = FILE_PLAIN;
}

static void lie_anon(struct observation *seen)
{
	seen->space[0].vma[0].anon = 0;
	seen->space[0].vma[0].chain = 0;
}

static void lie_chain(struct observation *seen)
{
	seen->space[0].vma[0].chain = 2;
}

static void lie_policy(struct observation *seen)
{
	seen->space[0].vma[0].policy = 1;
}

static void lie_guard(struct observation *seen)
{
	seen->space[0].guard[0] |= 4;
}

static void lie_count(struct observation *seen)
{
	seen->space[0].vma_count++;
}

static void lie_locked(struct observation *seen)
{
	seen->space[0].locked_vm += 4;
}

static void lie_hook(struct observation *seen)
{
	seen->event[seen->events++] = (struct seen_event){ .kind = EVENT_CLOSE };
}

static void lie_tracepoint(struct observation *seen)
{
	seen->event[seen->events++] = (struct seen_event){ .kind = EVENT_INSUFFICIENT_SLOTS };
}

static void lie_space(struct observation *seen)
{
	seen->space[0].alive = false;
}

static void each_lie_gets_its_verdict(void **state)
{
	(void)state;
	expect_lie(lie_result, "wrong-result/touch/ERR-4");
	expect_lie(lie_bound, "wrong-layout/touch/PAG-1");
	expect_lie(lie_split, "wrong-layout/touch/MRG-4");
	expect_lie(lie_flags, "wrong-flags/touch/PAG-1");
	expect_lie(lie_offset, "wrong-offset/touch/PAG-3");
	expect_lie(lie_file, "wrong-file/touch/FIL-1");
	expect_lie(lie_anon, "wrong-anon/touch/ANV-1");
	expect_lie(lie_chain, "wrong-anon/touch/ANV-5");
	expect_lie(lie_policy, "wrong-attribute/touch/PAG-1");
	expect_lie(lie_guard, "wrong-guard/touch/STK-2");
	expect_lie(lie_count, "wrong-count/touch/STR-3");
	expect_lie(lie_locked, "wrong-accounting/touch/ACC-3");
	expect_lie(lie_hook, "wrong-hooks/touch/HOK-4");
	expect_lie(lie_tracepoint, "wrong-tracepoint/touch/LIM-3");
	expect_lie(lie_space, "wrong-layout/touch/FRK-1");
	assert_int_equal(statistics.mismatches, 15);
	assert_int_equal(statistics.programs, 15);
	assert_int_equal(run(story), EXECUTE_AGREED);
}

static void own_check_of_the_subject_is_a_verdict(void **state)
{
	(void)state;
	liar.invalid = "STR-4 lookup of page 3 finds nothing";
	liar.at = 1;
	assert_int_equal(run(story), EXECUTE_MISMATCH);
	assert_string_equal(execution.verdict.signature, "invalid-state/mmap/STR-4");
	assert_string_equal(execution.verdict.message, "lookup of page 3 finds nothing");
	liar.at = VERDICT_AT_END;
	assert_int_equal(run(story), EXECUTE_MISMATCH);
	assert_string_equal(execution.verdict.signature, "leak/exit/STR-4");
}

static void lie_no_close(struct observation *seen)
{
	seen->events = 0;
}

static void hooks_at_the_end_are_compared(void **state)
{
	(void)state;
	liar.lie = lie_no_close;
	liar.at = VERDICT_AT_END;
	assert_int_equal(run(story), EXECUTE_MISMATCH);
	assert_string_equal(execution.verdict.signature, "wrong-hooks/exit/HOK-1");
	assert_int_equal(execution.verdict.op, VERDICT_AT_END);
}

static const char *excuse_second(uint32_t index)
{
	return index == 1 ? "no such file here" : NULL;
}

static void skipped_operations_change_nothing(void **state)
{
	(void)state;
	liar.excuse = excuse_second;
	assert_int_equal(run(story), EXECUTE_AGREED);
	assert_int_equal(statistics.operations, 2);
	assert_int_equal(statistics.skipped, 1);
	assert_int_equal(statistics.reasons, 1);
	assert_string_equal(statistics.reason[0].text, "no such file here");
	/* What is stated after a skipped operation is not held against anybody. */
	assert_int_equal(run("vma-program 1\nmmap 0..1 r private anon\nmmap 2..3 r private anon\n"
			     "expect count 2\n"),
			 EXECUTE_AGREED);
}

static void statements_are_checked_on_both_sides(void **state)
{
	(void)state;
	assert_int_equal(run("vma-program 1\nexpect empty\n"
			     "mmap 2..6 rw private anon = 2\n"
			     "expect 2..6 rw private anon unfaulted off=2 flags=ac\n"
			     "expect count 1\n"
			     "expect @1 empty\n"
			     "munmap 9..9 = EINVAL\n"
			     "@1 munmap 2..3 = -\n"),
			 EXECUTE_AGREED);
	assert_int_equal(run("vma-program 1\nmmap 2..6 rw private anon = 3\n"), EXECUTE_MISMATCH);
	assert_string_equal(execution.verdict.signature, "expectation/mmap/EXPECT");
	assert_int_equal(execution.verdict.line, 2);
	assert_false(execution.verdict.of_model);
	assert_int_equal(
		run("vma-program 1\nmmap 2..6 rw private anon\nexpect 2..5 rw private anon\n"),
		EXECUTE_MISMATCH);
	assert_int_equal(execution.verdict.line, 3);
	assert_int_equal(
		run("vma-program 1\nmmap 2..6 rw private anon\nexpect 2..6 rw private anon "
		    "faulted\n"),
		EXECUTE_MISMATCH);
	assert_int_equal(
		run("vma-program 1\nmmap 2..6 rw private anon\nexpect 2..6 rw shared anon\n"),
		EXECUTE_MISMATCH);
	assert_int_equal(
		run("vma-program 1\nmmap 2..6 rw private anon\nexpect 2..6 rw private anon "
		    "flags=ac,gu\n"),
		EXECUTE_MISMATCH);
	assert_int_equal(run("vma-program 1\nmmap 2..6 rw private anon\nexpect count 2\n"),
			 EXECUTE_MISMATCH);
	/* Written for another kernel: not for us to hold. */
	assert_int_equal(run("vma-program 1\nprofile 6.12\nmmap 2..6 rw private anon = 3\n"),
			 EXECUTE_MISMATCH);
	execution.options.settings.has_profile = true;
	execution.options.settings.profile = PROFILE_7_3;
	assert_int_equal(run("vma-program 1\nprofile 6.12\nmmap 2..6 rw private anon = 3\n"),
			 EXECUTE_AGREED);
	assert_int_equal(run("vma-program 1\nprofile any\nmmap 2..6 rw private anon = 3\n"),
			 EXECUTE_MISMATCH);
}

static void partition_of_anon_is_checked_by_equality(void **state)
{
	static const char text[] = "vma-program 1\n"
				   "mmap 0..4 rw private anon\n"
				   "touch 0..1 w\n"
				   "mprotect 2..4 r\n"
				   "mmap 8..9 rw private anon\n"
				   "touch 8..9 w\n"
				   "expect 0..2 rw private anon anon#%s\n"
				   "expect 2..4 r private anon anon#%s\n"
				   "expect 8..9 rw private anon anon#%s\n";
	char full[512];

	(void)state;
	snprintf(full, sizeof(full), text, "5", "5", "2");
	assert_int_equal(run(full), EXECUTE_AGREED);
	snprintf(full, sizeof(full), text, "1", "2", "3");
	assert_int_equal(run(full), EXECUTE_MISMATCH);
	snprintf(full, sizeof(full), text, "1", "1", "1");
	assert_int_equal(run(full), EXECUTE_MISMATCH);
}

static void equal_runs_have_equal_traces(void **state)
{
	uint64_t first;

	(void)state;
	assert_int_equal(run(story), EXECUTE_AGREED);
	first = statistics.trace;
	memset(&statistics, 0, sizeof(statistics));
	execution.number = 0;
	execution.options.twice = true;
	assert_int_equal(run(story), EXECUTE_AGREED);
	assert_true(statistics.trace == first);
	/* The second time it lies. */
	liar.programs = 0;
	liar.lies_in = 2;
	liar.lie = lie_flags;
	liar.at = 2;
	assert_int_equal(run(story), EXECUTE_MISMATCH);
	assert_int_equal(execution.verdict.class, VERDICT_NONDETERMINISM);
}

static const char failing[] = "vma-program 1\n"
			      "mmap 0..8 rw private anon\n"
			      "touch 0..8 w\n"
			      "mprotect 2..4 r !alloc=1\n"
			      "munmap 0..8\n";

static void failed_allocation_is_explained_by_a_permitted_outcome(void **state)
{
	unsigned int point;

	(void)state;
	for (point = 1; point < 100; point++) {
		liar.alloc_point = point;
		assert_int_equal(run(failing), EXECUTE_AGREED);
		if (statistics.alloc_failures < point)
			break;
	}
	/* There are places to fail, and their number has an end. */
	assert_true(point > 1 && point < 100);
	assert_true(statistics.alloc_points >= statistics.alloc_failures);
	assert_true(statistics.outcomes_max >= 1);
	assert_int_equal(statistics.outcomes_over, 0);
}

static void failed_allocation_does_not_excuse_everything(void **state)
{
	(void)state;
	liar.alloc_point = 1;
	liar.at = 2;
	liar.lie = lie_locked;
	assert_int_equal(run(failing), EXECUTE_MISMATCH);
	assert_string_equal(execution.verdict.signature, "wrong-accounting/mprotect/ACC-3");
	assert_non_null(strstr(execution.verdict.message, "a failed allocation"));
	/* The paranoid search tries every outcome and comes to the same answers. */
	execution.options.paranoid = true;
	assert_int_equal(run(failing), EXECUTE_MISMATCH);
	liar.lie = NULL;
	assert_int_equal(run(failing), EXECUTE_AGREED);
}

static void spaces_come_and_go(void **state)
{
	(void)state;
	assert_int_equal(run("vma-program 1\n"
			     "mmap 0..4 rw private anon\n"
			     "touch 0..4 w\n"
			     "fork = 0\n"
			     "@1 fork = 0\n"
			     "exit = 0\n"
			     "munmap 0..1 = -\n"
			     "@2 munmap 1..2 = 0\n"
			     "@2 fork = 0\n"
			     "@3 fork = 0\n"
			     "@3 fork = -\n"
			     "expect empty\n"
			     "expect @1 0..4 rw private anon forked\n"
			     "expect @4 0..1 rw private anon forked\n"
			     "expect @4 2..4 rw private anon forked\n"
			     "@4 limit -1 = 0\n"
			     "@4 mmap 8..9 r private anon = ENOMEM\n"),
			 EXECUTE_AGREED);
	assert_int_equal(statistics.noop[OP_FORK], 1);
	assert_int_equal(statistics.noop[OP_MUNMAP], 1);
	assert_int_equal(statistics.succeeded[OP_FORK], 4);
}

static void cases_of_the_model_are_counted_once(void **state)
{
	uint64_t sum = 0, again = 0;

	(void)state;
	run(story);
	execute_count_cases(&execution);
	for (unsigned int i = 0; i < STATISTICS_CASES; i++)
		sum += statistics.cases[i];
	execute_count_cases(&execution);
	for (unsigned int i = 0; i < STATISTICS_CASES; i++)
		again += statistics.cases[i];
	assert_true(sum > 0);
	assert_int_equal(sum, again);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(subject_that_breaks_is_a_finding),
		T(honest_subject_agrees),
		T(each_lie_gets_its_verdict),
		T(own_check_of_the_subject_is_a_verdict),
		T(hooks_at_the_end_are_compared),
		T(skipped_operations_change_nothing),
		T(statements_are_checked_on_both_sides),
		T(partition_of_anon_is_checked_by_equality),
		T(equal_runs_have_equal_traces),
		T(failed_allocation_is_explained_by_a_permitted_outcome),
		T(failed_allocation_does_not_excuse_everything),
		T(spaces_come_and_go),
		T(cases_of_the_model_are_counted_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
