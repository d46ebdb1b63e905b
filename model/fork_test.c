/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fork and exit: chapters 11 and 12.
 *
 * In the drawings a column is a page in hexadecimal, a letter an area, '.' nothing, a capital
 * a faulted area, a capital with '*' one whose chain is longer than one.
 */
#include "test_support.h"

/* ---- 11.1, 11.2: what the child has ------------------------------------------------------- */

/*
 *      0 1 2 3 4 5 6 7 8 9
 *      A A b b f f S S D D         parent
 *      A*A*b b f f S S . .         child
 */
static void fork_copies_areas_and_lengthens_chains(void **state)
{
	(void)state;
	script("map 0-2 rw", "write 0-1", "map 2-4 r", "map 4-6 rx plain@3", "map 6-8 rw shared",
	       "map 8-10 none", "advise 8-10 dontfork", "fork = 1",
	       "is 0-2 rw F1 | 2-4 r | 4-6 rx plain@3 | 6-8 rw sh obj1@0 | 8-10 none dc",
	       "@1 is 0-2 rw F1* | 2-4 r | 4-6 rx plain@3 | 6-8 rw sh obj1@0", "@1 counter total 8",
	       "@1 counter data 2", "@1 counter executable 2", "@1 counter charged 2",
	       "counter total 10");
}

/* Every kind of page but the locked ones; no flag is lost but the locks. */
static void fork_keeps_flags_but_locks(void **state)
{
	(void)state;
	script("map 0-2 rw locked", "map 2-4 r", "lock 2-4 onfault", "map 4-6 rw noreserve",
	       "map 6-8 rw", "advise 6-8 random", "advise 6-8 dontdump", "advise 6-8 hugepage",
	       "advise 6-8 mergeable", "map 20-22 rw growsdown", "fork = 1",
	       "is 0-2 rw lo F1 | 2-4 r lo lf | 4-6 rw nr | 6-8 rw rr dd hg mg | 20-22 rw gd",
	       "@1 is 0-2 rw F1* | 2-4 r | 4-6 rw nr | 6-8 rw rr dd hg mg | 20-22 rw gd",
	       "@1 counter locked 0", "counter locked 4", "@1 counter stack 2");
}

/*
 *      0 1 2 3
 *      A A A A         wiped: the child's is unfaulted and takes a new equal range
 */
static void fork_wiped_area_is_unfaulted(void **state)
{
	(void)state;
	script("map 0-4 rw", "write 0-4", "advise 0-4 wipeonfork", "fork = 1", "is 0-4 rw wf F1",
	       "@1 is 0-4 rw wf", "@1 map 4-8 rw", "@1 is 0-4 rw wf | 4-8 rw",
	       "@1 advise 4-8 wipeonfork", "@1 is 0-8 rw wf", "@1 write 5-6", "@1 is 0-8 rw wf F1");
}

/* Two areas that shared an owner each get their own in the child, and stay apart there. */
static void fork_shared_owner_becomes_two(void **state)
{
	(void)state;
	script("map 0-8 rw", "write 0-1", "prot 4-8 r", "is 0-4 rw F1 | 4-8 r ac F1", "fork = 1",
	       "@1 is 0-4 rw F1* | 4-8 r ac F2*", "@1 prot 4-8 rw", "@1 is 0-4 rw F1* | 4-8 rw F2*",
	       "prot 4-8 rw", "is 0-8 rw F1");
}

/* What the child cuts apart itself joins again. */
static void fork_child_pieces_rejoin(void **state)
{
	(void)state;
	script("map 0-8 rw", "write 0-1", "fork = 1", "@1 prot 2-6 r",
	       "@1 is 0-2 rw F1* | 2-6 r ac F1* | 6-8 rw F1*", "@1 prot 2-6 rw", "@1 is 0-8 rw F1*",
	       "@1 unmap 2-4", "@1 map 2-4 rw", "@1 is 0-2 rw F1* | 2-4 rw | 4-8 rw F1*");
}

/*
 *      0 1 2 3 4 5 6 7
 *      A*A*A*A*b b b b         the child's own pages next to inherited: no owner is shared
 */
static void write_beside_inherited_makes_own_owner(void **state)
{
	(void)state;
	script("map 0-4 rw", "write 0-1", "map 4-8 r", "prot 4-8 rw", "prot 4-8 rwx", "fork = 1",
	       "@1 map 8-12 rw", "@1 write 8-9", "@1 is 0-4 rw F1* | 4-8 rwx F2* | 8-12 rw F3",
	       "@1 map 12-14 rw", "@1 is 0-4 rw F1* | 4-8 rwx F2* | 8-14 rw F3");
	script("map 0-4 rw", "write 0-1", "fork = 1", "@1 map 4-8 rw", "@1 write 4-5",
	       "@1 is 0-4 rw F1* | 4-8 rw F2");
}

/* The parent goes on as if nothing had been. */
static void fork_leaves_parent_as_it_was(void **state)
{
	(void)state;
	script("map 0-4 rw", "write 0-1", "fork = 1", "is 0-4 rw F1", "map 4-8 rw", "is 0-8 rw F1",
	       "@1 is 0-4 rw F1*", "@1 unmap 0-2", "@1 exit", "@1 gone", "is 0-8 rw F1",
	       "prot 2-4 r", "prot 2-4 rw", "is 0-8 rw F1");
}

/*
 * Three generations: the grandchild's chain is longer than one whether an owner was taken over
 * or not, and different from its neighbour's.
 */
static void fork_grandchild_is_forked_too(void **state)
{
	(void)state;
	script("map 0-4 rw", "write 0-1", "fork = 1", "@1 fork = 2", "@2 is 0-4 rw F1*",
	       "@2 map 4-8 rw", "@2 is 0-4 rw F1* | 4-8 rw");
	script("map 0-4 rw", "write 0-1", "fork = 1", "exit", "gone", "@1 fork = 2", "@1 exit",
	       "@2 fork = 3", "@3 is 0-4 rw F1*", "@3 map 4-8 rw", "@3 is 0-4 rw F1* | 4-8 rw",
	       "@3 prot 0-2 r", "@3 prot 0-2 rw", "@3 is 0-4 rw F1* | 4-8 rw");
}

/* A child forks an area of its own: singular in the child, forked in the grandchild. */
static void fork_own_area_of_child(void **state)
{
	(void)state;
	script("fork = 1", "@1 map 0-4 rw", "@1 write 0-1", "@1 fork = 2", "@1 is 0-4 rw F1",
	       "@2 is 0-4 rw F1*", "@1 map 4-8 rw", "@1 is 0-8 rw F1");
}

/* ---- 11.4: guard markers ------------------------------------------------------------------ */

/*
 *      0 1 2 3 4 5 6 7
 *      A G A A f G f f         copied with the flag, written or not; wiped ones are not
 */
static void fork_copies_markers_unless_wiped(void **state)
{
	(void)state;
	script_since_6_18("map 0-4 rw", "guard 1-2", "map 4-8 r shared plain@4", "guard 5-6",
			  "map 8-12 rw", "advise 8-12 wipeonfork", "guard 9-10",
			  "marks 1-2 5-6 9-10", "fork = 1", "@1 marks 1-2 5-6",
			  "@1 is 0-4 rw gu F1* | 4-8 r sh gu plain@4 | 8-12 rw wf gu",
			  "@1 unguard 0-8", "@1 marks none", "marks 1-2 5-6 9-10", "@1 write 9-10",
			  "write 9-10 = EFAULT");
}

/* ---- hooks -------------------------------------------------------------------------------- */

/*
 *      0 1 2 3 4 5
 *      a a b b c c         open in the child for each, close in order for each space
 */
static void fork_opens_each_area_exit_closes_each(void **state)
{
	(void)state;
	script("map 0-2 r close@0", "map 2-4 rw close@2", "map 4-6 r shm@4", "map 8-9 rw",
	       "fork = 1", "@1 saw @1 close.open(0-2) @1 close.open(2-4)", "@1 exit",
	       "@1 saw @1 close.close(0-2) @1 close.close(2-4) @1 shm.close(4-6)", "@1 gone",
	       "is 0-2 r close@0 | 2-4 rw close@2 | 4-6 r shm1@4 | 8-9 rw", "exit",
	       "saw close.close(0-2) close.close(2-4) shm.close(4-6)", "gone");
}

static void fork_uncopied_area_is_not_opened(void **state)
{
	(void)state;
	script("map 0-2 r close@0", "map 2-4 rw close@2", "advise 0-2 dontfork", "fork = 1",
	       "@1 saw @1 close.open(2-4)", "@1 is 2-4 rw close@2");
}

/* ---- spaces ------------------------------------------------------------------------------- */

/* Numbers go on, whoever forks, and are never used again. */
static void fork_numbers_count_on(void **state)
{
	(void)state;
	script("fork = 1", "@1 fork = 2", "@1 exit", "fork = 3", "@2 fork = 4", "@2 exit",
	       "@4 map 0-2 rw", "@4 is 0-2 rw", "is empty", "@3 is empty", "@1 gone", "@2 gone");
}

/* Four live spaces at most: then nothing happens. */
static void fork_fifth_space_does_not_appear(void **state)
{
	struct bench bench;

	(void)state;
	bench_start(&bench, MODEL_7_3,
		    LINES("map 0-2 r close@0", "fork = 1", "fork = 2", "fork = 3"));
	bench_rest(&bench);
	bench.line = 0;
	assert_int_equal(model_spaces_alive(bench.model), 4);
	(void)model_fork(bench.model, 0);
	assert_int_equal(model_spaces_alive(bench.model), 4);
	assert_false(model_alive(bench.model, 4));
	bench_is(&bench, 0, "0-2 r close@0");
	model_exit(bench.model, 2);
	assert_int_equal(model_spaces_alive(bench.model), 3);
	assert_int_equal(model_fork(bench.model, 0), 4);
	assert_true(model_alive(bench.model, 4));
	model_free(bench.model);
}

/* Limits of the machine and of the process: the child has the parent's resource limits. */
static void fork_child_under_same_limits(void **state)
{
	(void)state;
	script("map 0-4 rw", "rlimit data 6", "rlimit as 8", "fork = 1", "@1 map 4-7 rw = ENOMEM",
	       "@1 map 4-8 r", "@1 map 8-9 r = ENOMEM", "map 4-6 rw");
	script("map 0-4 r", "fork = 1", "@1 rlimit as 4", "@1 map 4-5 r = ENOMEM", "map 4-5 r",
	       "rlimit as 5", "map 5-6 r = ENOMEM", "@1 rlimit as 6", "@1 map 4-6 r", "@1 fork = 2",
	       "@2 map 6-7 r = ENOMEM");
}

static void limit_of_unknown_kind_is_refused(void **state)
{
	struct bench bench;

	(void)state;
	bench_start(&bench, MODEL_7_3, LINES("map 0-4 rw", "lock 0-4"));
	assert_true(model_set_rlimit(bench.model, 0, 4, 0) < 0);
	assert_true(model_set_rlimit(bench.model, 0, 1000, 0) < 0);
	bench_rest(&bench);
	model_free(bench.model);
}

/* ---- 12: exit ----------------------------------------------------------------------------- */

static void exit_gives_back_every_charge(void **state)
{
	(void)state;
	script("set never 10", "map 0-4 rw", "map 4-6 rw locked", "fork = ENOMEM", "unmap 0-2",
	       "fork = 1", "@1 exit", "map 10-16 rw", "map 20-21 rw = ENOMEM");
}

static void exit_empty_space_calls_nobody(void **state)
{
	(void)state;
	script("exit", "saw nothing", "gone");
	script("map 0-4 rw", "map 4-8 r plain@0", "exit", "saw nothing", "gone");
}

/* An area refused to be cut goes as a whole. */
static void exit_vetoing_area_goes(void **state)
{
	(void)state;
	script("map 0-4 r veto@0", "exit", "saw nothing", "gone");
}

/* A program begins anew after model_begin(), numbers and all. */
static void begin_forgets_everything(void **state)
{
	struct bench bench;

	(void)state;
	bench_start(&bench, MODEL_7_3, LINES("map 0-4 rw", "write 0-1", "limit 1", "fork = 1"));
	bench_rest(&bench);
	bench_begin(&bench);
	assert_true(model_alive(bench.model, 0));
	assert_false(model_alive(bench.model, 1));
	assert_int_equal(model_spaces_alive(bench.model), 1);
	bench.lines = LINES("is empty", "map 0-2 rw", "map 4-6 rw", "map 8-9 r", "fork = 1");
	bench_rest(&bench);
	bench.settings.commit_limited = true;
	bench.settings.commit_limit = 4;
	bench_begin(&bench);
	bench.lines = LINES("is empty", "map 0-4 rw", "map 4-5 rw = ENOMEM");
	bench_rest(&bench);
	model_free(bench.model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fork_copies_areas_and_lengthens_chains),
		cmocka_unit_test(fork_keeps_flags_but_locks),
		cmocka_unit_test(fork_wiped_area_is_unfaulted),
		cmocka_unit_test(fork_shared_owner_becomes_two),
		cmocka_unit_test(fork_child_pieces_rejoin),
		cmocka_unit_test(write_beside_inherited_makes_own_owner),
		cmocka_unit_test(fork_leaves_parent_as_it_was),
		cmocka_unit_test(fork_grandchild_is_forked_too),
		cmocka_unit_test(fork_own_area_of_child),
		cmocka_unit_test(fork_copies_markers_unless_wiped),
		cmocka_unit_test(fork_opens_each_area_exit_closes_each),
		cmocka_unit_test(fork_uncopied_area_is_not_opened),
		cmocka_unit_test(fork_numbers_count_on),
		cmocka_unit_test(fork_fifth_space_does_not_appear),
		cmocka_unit_test(fork_child_under_same_limits),
		cmocka_unit_test(limit_of_unknown_kind_is_refused),
		cmocka_unit_test(exit_gives_back_every_charge),
		cmocka_unit_test(exit_empty_space_calls_nobody),
		cmocka_unit_test(exit_vetoing_area_goes),
		cmocka_unit_test(begin_forgets_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
