/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which signatures are one bug and which are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "triage.h"

/* A failure at the last operation of a program. */
struct failure {
	const char *operations;
	enum verdict_class class;
	const char *rule, *detail;
};

static void parse(struct program *program, const char *operations)
{
	struct text_error error;
	char text[300];

	program_init(program);
	snprintf(text, sizeof(text), "vma-program 1\n%s\n", operations);
	assert_int_equal(program_parse(program, text, strlen(text), &error), 0);
}

static struct trial_answer answer_of(const struct failure *failure, const struct program *program,
				     enum merge_side right)
{
	const struct comparison comparison = {
		.program = program,
		.index = program->op_count - 1,
	};
	struct trial_answer answer = { .fails = true };

	verdict_set(&answer.verdict, &comparison, failure->class, failure->rule, "");
	snprintf(answer.verdict.detail, sizeof(answer.verdict.detail), "%s", failure->detail);
	answer.merged = right != SIDE_NOT_TRIED;
	answer.account.left = SIDE_NO_NEIGHBOUR;
	answer.account.right = right;
	return answer;
}

static void key_of(const struct failure *failure, enum merge_side right, char key[TRIAGE_KEY])
{
	struct program program;
	struct trial_answer answer;

	parse(&program, failure->operations);
	answer = answer_of(failure, &program, right);
	triage_key(&program, &answer, key);
	program_done(&program);
}

static const char crash[] = "SIGABRT@vma_free";
static void one_bug_in_several_operations(void **state)
{
	static const struct failure pairs[][2] = {
		{ { "mprotect 0..1 r", VERDICT_MISSED_MERGE, "4.2", "" },
		  { "munlockall", VERDICT_MISSED_MERGE, "4.2", "" } },
		{ { "mprotect 0..1 r", VERDICT_MISSED_MERGE, "4.2", "" },
		  { "mremap 0..1 fixed=4", VERDICT_MISSED_MERGE, "3", "" } },
		{ { "mprotect 0..1 r !alloc=1", VERDICT_WRONG_RESULT, "4.4", "ok-for-EAGAIN" },
		  { "mlock 0..1 !alloc=2", VERDICT_WRONG_RESULT, "4.4", "ok-for-ENOMEM" } },
		{ { "mprotect 0..1 r", VERDICT_WRONG_MERGE, "2.7", "" },
		  { "mlock 0..1", VERDICT_WRONG_MERGE, "MRG-3", "" } },
		{ { "munmap 0..1", VERDICT_WRONG_RESULT, "ERR-4", "ENOMEM" },
		  { "mmap 0..1 r private anon", VERDICT_WRONG_RESULT, "6.3-G1b", "ENOMEM" } },
		{ { "munmap 0..1", VERDICT_WRONG_FLAGS, "FLG-2", "lo" },
		  { "mremap 0..1 fixed=4", VERDICT_WRONG_FLAGS, "FLG-2", "lo" } },
		{ { "munmap 0..1 !alloc=1", VERDICT_CRASH, crash, "" },
		  { "mmap 0..1 r private anon !alloc=3", VERDICT_CRASH, crash, "" } },
		{ { "mlock 0..1", VERDICT_WRONG_FLAGS, "FLG-2", "lo" },
		  { "mlock 0..1", VERDICT_WRONG_FLAGS, "FLG-2", "lo-lf" } },
	};
	char key[2][TRIAGE_KEY];

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		key_of(&pairs[i][0], SIDE_NOT_TRIED, key[0]);
		key_of(&pairs[i][1], SIDE_NOT_TRIED, key[1]);
		assert_string_equal(key[0], key[1]);
		assert_null(strpbrk(key[0], "/ "));
	}
}

/* Whatever the operation, and by its flags where it never fails. */
static void who_gives_up_a_merge_is_one_bug(void **state)
{
	static const struct failure pairs[][2] = {
		{ { "mprotect 0..1 r !alloc=1", VERDICT_WRONG_RESULT, "4.4", "" },
		  { "munlockall !alloc=1", VERDICT_WRONG_FLAGS, "FLG-2", "lo" } },
		{ { "mprotect 0..1 r !alloc=1", VERDICT_WRONG_ANON, "ANV-1", "" },
		  { "mmap 0..1 r private anon !alloc=1", VERDICT_WRONG_ANON, "ANV-1", "" } },
	};
	char key[3][TRIAGE_KEY];

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		key_of(&pairs[i][0], SIDE_NO_MEMORY, key[0]);
		key_of(&pairs[i][1], SIDE_NO_MEMORY, key[1]);
		assert_string_equal(key[0], key[1]);
		key_of(&pairs[i][1], SIDE_NOT_TRIED, key[2]);
		assert_string_not_equal(key[1], key[2]);
	}
}

static void several_bugs_in_one_operation(void **state)
{
	static const struct failure pairs[][2] = {
		{ { "mprotect 0..1 r", VERDICT_WRONG_FLAGS, "STK-1", "gu" },
		  { "mprotect 0..1 r", VERDICT_WRONG_FLAGS, "STK-1", "sd" } },
		{ { "munmap 0..1", VERDICT_WRONG_RESULT, "ERR-4", "ENOMEM" },
		  { "munmap 0..1", VERDICT_WRONG_RESULT, "ERR-4", "ok-for-ENOMEM" } },
		{ { "mmap 0..1 r private anon", VERDICT_WRONG_OFFSET, "ANV-7", "" },
		  { "mremap 0..1 fixed=4", VERDICT_WRONG_OFFSET, "ANV-7", "" } },
		{ { "munmap 0..1", VERDICT_WRONG_ANON, "ANV-1", "" },
		  { "munmap 0..1 !alloc=1", VERDICT_WRONG_ANON, "ANV-1", "" } },
		{ { "munmap 0..1", VERDICT_CRASH, crash, "" },
		  { "munmap 0..1", VERDICT_CRASH, "SIGABRT@vma_close", "" } },
		{ { "munmap 0..1", VERDICT_CRASH, "SIGSEGV", "" },
		  { "fork", VERDICT_CRASH, "SIGSEGV", "" } },
	};
	char key[2][TRIAGE_KEY];

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		key_of(&pairs[i][0], SIDE_NOT_TRIED, key[0]);
		key_of(&pairs[i][1], SIDE_NOT_TRIED, key[1]);
		assert_string_not_equal(key[0], key[1]);
	}
}

static void add(struct triage *triage, const struct failure *failure)
{
	struct program program;
	struct trial_answer answer;

	parse(&program, failure->operations);
	answer = answer_of(failure, &program, SIDE_NOT_TRIED);
	assert_int_equal(triage_add(triage, "file", &program, &answer), 0);
	program_done(&program);
}

static void the_cheapest_program_stands_for_its_bug(void **state)
{
	static const struct failure failures[] = {
		{ "touch 0..4 w\nmprotect 0..9 r", VERDICT_MISSED_MERGE, "4.2", "" },
		{ "mlock 0..1", VERDICT_MISSED_MERGE, "4.2", "" },
		{ "munlock 0..2", VERDICT_MISSED_MERGE, "4.2", "" },
	};
	struct triage triage = { .output = "" };

	(void)state;
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		add(&triage, &failures[i]);
	}
	assert_int_equal(triage.bugs, 1);
	assert_int_equal(triage.bug[0].files, 3);
	assert_int_equal(triage.bug[0].program.op_count, 1);
	assert_string_equal(triage.bug[0].verdict.signature, "missed-merge/mlock/4.2");
	assert_string_equal(triage.bug[0].file[0], "missed-merge/mprotect/4.2 file");
	triage_done(&triage);
}

/* A program that is still simpler shows the second in the operation that showed the first. */
static void a_bug_inside_another_is_that_one(void **state)
{
	static const struct failure outer = { "mprotect 0..9 rw", VERDICT_WRONG_FLAGS, "PAG-1",
					      "wr-ac" };
	static const struct failure inner = { "mprotect 0..3 rw", VERDICT_WRONG_RESULT, "ERR-4",
					      "ENOMEM" };
	static const struct failure elsewhere = { "mlock 0..3", VERDICT_WRONG_RESULT, "ERR-4",
						  "ENOMEM" };
	struct triage triage = { .output = "" };
	struct program program;
	struct trial_answer answer;

	(void)state;
	add(&triage, &outer);
	add(&triage, &inner);
	triage_sort(&triage);
	assert_string_equal(triage.bug[1].verdict.rule, outer.rule);
	parse(&program, elsewhere.operations);
	answer = answer_of(&elsewhere, &program, SIDE_NOT_TRIED);
	assert_int_equal(triage_inside(&triage, 1, &program, &answer), 1);
	program_done(&program);
	parse(&program, inner.operations);
	answer = answer_of(&inner, &program, SIDE_NOT_TRIED);
	assert_int_equal(triage_inside(&triage, 1, &program, &answer), 0);
	program_done(&program);
	assert_int_equal(triage_join(&triage, 1, 0), 0);
	assert_int_equal(triage.bugs, 1);
	assert_int_equal(triage.bug[0].files, 2);
	assert_string_equal(triage.bug[0].verdict.rule, inner.rule);
	triage_done(&triage);
}

/*
 *	AAAA  ->  AABB	mapping B merged with what is left of A, since that lost a flag when it was
 *			cut; unmapping cuts as well
 */
static void a_bug_in_the_first_step_is_that_one(void **state)
{
	static const struct failure outer = { "mmap 2..4 rw private anon", VERDICT_WRONG_MERGE,
					      "2.3", "" };
	static const struct failure inner = { "munmap 2..4", VERDICT_WRONG_FLAGS, "FLG-2", "lo" };
	struct triage triage = { .output = "" };
	struct program program;
	struct trial_answer answer;

	(void)state;
	add(&triage, &inner);
	add(&triage, &outer);
	parse(&program, inner.operations);
	answer = answer_of(&inner, &program, SIDE_NOT_TRIED);
	assert_int_equal(triage_inside(&triage, 1, &program, &answer), 0);
	program_done(&program);
	parse(&program, outer.operations);
	answer = answer_of(&outer, &program, SIDE_NOT_TRIED);
	assert_int_equal(triage_inside(&triage, 0, &program, &answer), 0);
	program_done(&program);
	triage_done(&triage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_bug_in_several_operations),
		cmocka_unit_test(who_gives_up_a_merge_is_one_bug),
		cmocka_unit_test(several_bugs_in_one_operation),
		cmocka_unit_test(the_cheapest_program_stands_for_its_bug),
		cmocka_unit_test(a_bug_inside_another_is_that_one),
		cmocka_unit_test(a_bug_in_the_first_step_is_that_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
