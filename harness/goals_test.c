/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Merge cases from accounts in words, and lists of goals against all that there could be. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <errno.h>
#include <fnmatch.h>

#include "flags.h"
#include "goals.h"

static char text[MERGE_CASE_TEXT];

static const char *decision_of(struct merge_account account)
{
	merge_decision_print(merge_case_of(&account, NULL), text);
	return text;
}

/*
 *	01234567
 *	..PPMMNN	and M is 4..8 where N is not
 */
#define PREV .part[MERGE_PREV] = { 2, 4 }
#define MIDDLE .part[MERGE_MIDDLE] = { 4, 6 }
#define NEXT .part[MERGE_NEXT] = { 6, 8 }
#define RANGE(start, end) .part[MERGE_RANGE] = { (start), (end) }
#define TARGET(start, end) .part[MERGE_TARGET] = { (start), (end) }
#define SIDES(l, r) .left = SIDE_##l, .right = SIDE_##r
#define ACCOUNT(...) ((struct merge_account){ __VA_ARGS__ })

static void accounts_become_decisions(void **state)
{
	(void)state;
	assert_string_equal(decision_of(ACCOUNT(.existing = true, RANGE(4, 6), PREV, MIDDLE,
						SIDES(FLAGS, NO_NEIGHBOUR))),
			    "existing whole none, left: flags, right: no neighbour");
	assert_string_equal(decision_of(ACCOUNT(.existing = true, RANGE(4, 5), PREV, MIDDLE,
						TARGET(2, 4), SIDES(ALLOWED, NOT_TRIED))),
			    "existing lower left, left: allowed, right: not tried");
	assert_string_equal(decision_of(ACCOUNT(.existing = true, RANGE(5, 6), MIDDLE, NEXT,
						TARGET(6, 8), SIDES(NOT_TRIED, ALLOWED))),
			    "existing upper right, left: not tried, right: allowed");
	assert_string_equal(
		decision_of(ACCOUNT(.existing = true, RANGE(5, 6), .part[MERGE_MIDDLE] = { 4, 8 },
				    SIDES(NOT_TRIED, NOT_TRIED))),
		"existing inside none, left: not tried, right: not tried");
	assert_string_equal(decision_of(ACCOUNT(RANGE(4, 6), PREV, NEXT, TARGET(2, 4),
						SIDES(ALLOWED, ALLOWED))),
			    "new whole both, left: allowed, right: allowed");
	assert_string_equal(
		decision_of(ACCOUNT(RANGE(4, 6), PREV, NEXT, TARGET(2, 4), SIDES(ALLOWED, OTHER))),
		"new whole left, left: allowed, right: another reason");
}

/*
 *	01234567
 *	PPMM..NN	P faulted, M of the same anon_vma, N unfaulted with a close hook and guards
 */
static void who_took_part_is_told(void **state)
{
	struct seen_vma vma[3] = {
		{ .start = 0, .end = 2, .anon = 1, .chain = 1 },
		{ .start = 2, .end = 4, .anon = 1, .chain = 2 },
		{ .start = 6, .end = 8, .file = FILE_CLOSE, .flags = VM_FLAG(gu) },
	};
	struct seen_space space = { .alive = true, .vmas = 3, .vma = vma };
	uint32_t number;

	(void)state;
	number = merge_case_of(&ACCOUNT(.existing = true, RANGE(2, 4), .part[MERGE_PREV] = { 0, 2 },
					.part[MERGE_MIDDLE] = { 2, 4 }, NEXT, SIDES(FLAGS, FLAGS)),
			       &space);
	merge_party_print(number, text);
	assert_string_equal(text, "anon=f=F/u close=--N sticky=--N");
	number = merge_case_of(&ACCOUNT(RANGE(4, 6), NEXT, SIDES(NO_NEIGHBOUR, FLAGS)), &space);
	merge_party_print(number, text);
	assert_string_equal(text, "anon=-/-/u close=--N sticky=--N");
}

static int read_text(struct goals *goals, const char *lines, char message[200])
{
	char path[] = "/tmp/goals_test_XXXXXX";
	int file = mkstemp(path), error;

	assert_true(file >= 0);
	assert_int_equal(write(file, lines, strlen(lines)), (ssize_t)strlen(lines));
	close(file);
	error = goals_read(goals, path, message, 200);
	unlink(path);
	return error;
}

static void goals_are_counted(void **state)
{
	const struct thing things[] = {
		{ "merge new whole left, left: allowed, right: flags", 3 },
		{ "merge new whole left, left: allowed, right: file", 4 },
		{ "errno mmap EINVAL", 5 },
	};
	struct goals goals;
	char message[200];

	(void)state;
	assert_int_equal(read_text(&goals,
				   "# a comment\n\nmerge new whole left, left: allowed, *\n"
				   "errno mmap EINVAL   # why\nevent open\n"
				   "never errno mmap E2BIG    nobody says it\n",
				   message),
			 0);
	assert_int_equal(goals.count, 4);
	goals_count(&goals, things, 3);
	assert_int_equal(goals.goal[0].count, 7);
	assert_int_equal(goals.goal[1].count, 5);
	assert_int_equal(goals.goal[2].count, 0);
	assert_string_equal(goals.goal[3].name, "errno mmap E2BIG");
	assert_string_equal(goals.goal[3].reason, "nobody says it");
	goals_done(&goals);

	assert_int_equal(read_text(&goals, "event open\nmumble\n", message), -EINVAL);
	assert_non_null(strstr(message, ":2: expected merge, errno, event, rule or never"));
	assert_int_equal(read_text(&goals, "never event open\n", message), -EINVAL);
	assert_non_null(strstr(message, ":1: expected `never PATTERN', four blanks"));
}

static bool is_listed(const struct goals *goals, const char *name)
{
	for (size_t i = 0; i < goals->count; i++)
		if (fnmatch(goals->goal[i].name, name, 0) == 0)
			return true;
	return false;
}

/* No cell of the matrix was forgotten: each is a goal, or a line says why it cannot be. */
static void each_cell_is_a_goal_or_has_a_reason(void **state)
{
	struct goals goals;
	char message[400], name[MERGE_CASE_TEXT + 16];
	uint32_t missing = 0;

	(void)state;
	if (goals_read(&goals, GOALS_FILE, message, sizeof(message)))
		fail_msg("%s", message);
	for (uint32_t number = 1; number < UINT32_C(1) << MERGE_DECISION_BITS; number += 2) {
		merge_decision_print(number, text);
		snprintf(name, sizeof(name), "merge %s", text);
		if (is_listed(&goals, name))
			continue;
		print_message("neither a goal nor out of reach: %s\n", name);
		missing++;
	}
	goals_done(&goals);
	assert_int_equal(missing, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accounts_become_decisions),
		cmocka_unit_test(who_took_part_is_told),
		cmocka_unit_test(goals_are_counted),
		cmocka_unit_test(each_cell_is_a_goal_or_has_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
