/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Profile 6.1 beside 6.12: the rules of profile-6.1.md but E13, a case or more for each. All that
 * is not said there is the same in both; the other tests run in 6.1 as well.
 *
 * In the drawings a column is a page in hexadecimal, a letter an area, '.' nothing, a capital
 * a faulted area; '=' marks the pages the operation names.
 */
#include "test_support.h"

/* ---- E1: mprotect never drops a charge ----------------------------------------------------- */

/*
 *      0 1 2 3
 *      = = = =         readable only, and never written
 */
static void e1_protect_to_readonly_keeps_charge(void **state)
{
	(void)state;
	script_before_6_18("map 0-4 rw", "prot 0-4 r", "[6.1] is 0-4 r ac", "[6.12] is 0-4 r",
			   "[6.1] counter charged 4", "[6.12] counter charged 0", "prot 0-4 rw",
			   "is 0-4 rw", "counter charged 4", "unmap 0-4", "counter charged 0");
	script_before_6_18("map 0-4 rw zero@0", "prot 0-4 r", "[6.1] is 0-4 r ac zero@0",
			   "[6.12] is 0-4 r zero@0");
	/* The rules i and j are the same: what becomes writable is charged, once. */
	script_before_6_18("set never 4", "map 0-4 r", "map 8-12 r", "prot 0-4 rw",
			   "counter charged 4", "prot 8-12 rw = ENOMEM", "prot 0-4 r",
			   "[6.1] prot 8-12 rw = ENOMEM", "[6.12] prot 8-12 rw");
}

/*
 *      0 1 2 3 4 5 6 7
 *      a a a a = = = =         one was never writable, so their charges differ
 */
static void e1_protect_beside_uncharged_stays_apart(void **state)
{
	(void)state;
	script_before_6_18("map 0-4 r", "map 4-8 rw", "prot 4-8 r", "[6.1] is 0-4 r | 4-8 r ac",
			   "[6.12] is 0-8 r");
	script_before_6_18("map 0-8 rw", "prot 0-4 r", "prot 4-8 r", "[6.1] is 0-8 r ac",
			   "[6.12] is 0-8 r");
	script_before_6_18("map 2-6 rw", "prot 2-4 r", "write 4-5", "prot 4-6 r",
			   "[6.1] is 2-4 r ac | 4-6 r ac F1", "[6.12] is 2-4 r | 4-6 r ac F1");
}

/* Walks, the limit on areas and stacks: as in 6.12, but for the charge. */
static void e1_protect_walks_as_before(void **state)
{
	(void)state;
	script_6_1("map 0-12 rw", "prot 4-8 r", "is 0-4 rw | 4-8 r ac | 8-12 rw", "prot 4-6 rw",
		   "is 0-6 rw | 6-8 r ac | 8-12 rw", "prot 6-8 rw", "is 0-12 rw");
	script_6_1("map 0-4 rw", "map 6-10 rw", "prot 2-8 r = ENOMEM",
		   "is 0-2 rw | 2-4 r ac | 6-10 rw");
	script_6_1("map 0-8 rw", "limit 1", "prot 6-8 r = ENOMEM", "saw no_slots/1", "limit 2",
		   "prot 6-8 r", "is 0-6 rw | 6-8 r ac");
	script_6_1("map 0-4 rw", "map 4-8 rx plain@0", "map 8-12 rwx", "limit 4",
		   "prot 2-10 r = ENOMEM", "saw no_slots/4",
		   "is 0-2 rw | 2-4 r ac | 4-8 r plain@0 | 8-12 rwx", "counter charged 8");
	script_6_1("map 10-20 rw growsdown", "prot 14-16 r growsdown",
		   "is 10-16 r gd ac | 16-20 rw gd");
}

/* ---- E2: a neighbour with a close hook never merges ---------------------------------------- */

/*
 *      0 1 2 3
 *      a = b b         no boundary moves between such areas
 */
static void e2_protect_shifts_no_closing_boundary(void **state)
{
	(void)state;
	script_before_6_18("map 0-4 rw shared shm@0", "prot 0-1 r", "prot 1-2 r",
			   "[6.1] rule 2.3 6.1 close",
			   "[6.1] is 0-1 r sh shm1@0 | 1-2 r sh shm1@1 | 2-4 rw sh shm1@2",
			   "[6.12] is 0-2 r sh shm1@0 | 2-4 rw sh shm1@2");
	script_before_6_18("map 0-4 rw shared shm@0", "prot 3-4 r", "prot 2-3 r",
			   "[6.1] is 0-2 rw sh shm1@0 | 2-3 r sh shm1@2 | 3-4 r sh shm1@3",
			   "[6.12] is 0-2 rw sh shm1@0 | 2-4 r sh shm1@2");
	/* A whole one stays in both. */
	script_before_6_18("map 0-4 rw shared shm@0", "prot 0-2 r", "prot 0-2 rw",
			   "is 0-2 rw sh shm1@0 | 2-4 rw sh shm1@2");
	script_before_6_18("map 0-9 r shared close@0", "prot 3-6 rw", "prot 3-5 r",
			   "[6.1] saw close.may_split(3-6/5) close.open(5-6)", "[6.12] saw nothing",
			   "[6.1] is 0-3 r sh close@0 | 3-5 r sh close@3 | 5-6 rw sh close@5 | "
			   "6-9 r sh close@6",
			   "[6.12] is 0-5 r sh close@0 | 5-6 rw sh close@5 | 6-9 r sh close@6");
}

/*
 *      0 1 2 3 4 5 6 7 8 9 a b
 *      a a a a = = = = a a a a         nor does a new range join one
 */
static void e2_map_beside_closing_stays_apart(void **state)
{
	(void)state;
	script_before_6_18("map 0-4 r close@0", "map 4-8 r close@4",
			   "[6.1] is 0-4 r close@0 | 4-8 r close@4", "[6.12] is 0-8 r close@0");
	script_before_6_18("map 4-8 r close@4", "map 0-4 r close@0",
			   "[6.1] is 0-4 r close@0 | 4-8 r close@4", "[6.12] is 0-8 r close@0");
	script_before_6_18("map 0-4 r close@0", "map 8-12 r close@8", "map 4-8 r close@4",
			   "[6.1] is 0-4 r close@0 | 4-8 r close@4 | 8-12 r close@8",
			   "[6.12] is 0-8 r close@0 | 8-12 r close@8");
	/* What does not merge is told to the driver. */
	script_before_6_18("map 0-4 r driver@0", "map 4-8 r driver@4", "[6.1] saw driver.mmap(4-8)",
			   "[6.12] saw nothing");
}

/* ... nor a copy. */
static void e2_move_beside_closing_stays_apart(void **state)
{
	(void)state;
	script_before_6_18("map 0-4 r close@0", "map 10-14 r close@4", "remap 10-14 to 4",
			   "[6.1] is 0-4 r close@0 | 4-8 r close@4", "[6.12] is 0-8 r close@0");
}

/* ---- E3: mmap looks at the next area first ------------------------------------------------- */

/*
 *      0 1 2 3 4
 *      A A = B B
 */
static void e3_map_between_two_owners_joins_right(void **state)
{
	(void)state;
	script_before_6_18("map 0-2 rw", "map 3-5 rw", "write 0-1", "write 3-4", "map 2-3 rw",
			   "[6.1] counts 3 L0R1", "[6.1] is 0-2 rw F1 | 2-5 rw F2",
			   "[6.12] counts 2.5", "[6.12] is 0-3 rw F1 | 3-5 rw F2");
	script_before_6_18("map 0-8 rw", "write 0-1", "map 2-6 rw", "is 0-8 rw F1");
}

/*
 *      0 1 2 3 4
 *      a a = B B         an unfaulted area does not take the next one's anon_vma
 */
static void e3_map_between_unfaulted_and_faulted_joins_right(void **state)
{
	(void)state;
	script_before_6_18("map 0-2 rw", "map 3-5 rw", "write 3-4", "map 2-3 rw",
			   "[6.1] is 0-2 rw | 2-5 rw F1", "[6.12] is 0-5 rw F1");
	script_before_6_18("map 0-2 rw", "map 3-5 rw", "write 0-1", "map 2-3 rw", "is 0-5 rw F1");
	script_before_6_18("map 0-2 rw", "map 3-5 rw", "map 2-3 rw", "is 0-5 rw");
	script_before_6_18("map 0-2 rw", "map 2-3 rw", "is 0-3 rw", "map 6-8 rw", "write 6-7",
			   "map 5-6 rw", "is 0-3 rw | 5-8 rw F1");
}

/* In a child neither side fits a range that was never written. */
static void e3_map_between_forked_joins_none(void **state)
{
	(void)state;
	script_before_6_18("map 0-5 rw", "write 0-5", "unmap 2-3", "fork", "@1 map 2-3 rw",
			   "@1 is 0-2 rw F1* | 2-3 rw | 3-5 rw F2*");
	script_before_6_18("map 0-2 rw", "write 0-1", "fork", "@1 map 3-5 rw", "@1 map 2-3 rw",
			   "@1 is 0-2 rw F1* | 2-5 rw");
}

/* Only mmap, and only its first look: copies and the second look begin on the left. */
static void e3_others_look_left_first(void **state)
{
	(void)state;
	script_before_6_18("map 0-2 rw", "map 3-5 rw", "write 0-1", "write 3-4", "map 10-11 rw",
			   "remap 10-11 to 2", "is 0-3 rw F1 | 3-5 rw F2");
	script_before_6_18("map 0-2 rw legacy@0", "map 3-5 rw legacy@3", "write 0-1", "write 3-4",
			   "map 2-3 rw legacy@2", "counts 8.6 retry",
			   "is 0-3 rw dd F1 legacy@0 | 3-5 rw dd F2 legacy@3");
	script_before_6_18("map 0-2 rw", "map 6-8 rw", "write 0-1", "write 6-7", "remap 0-2 len 6",
			   "is 0-6 rw F1 | 6-8 rw F2");
}

/* ---- E4: userfaultfd compares with the offset of the area's start --------------------------- */

/*
 *      0 1 2 3 4 5
 *      a a = = b b
 */
static void e4_watch_inside_misses_next(void **state)
{
	(void)state;
	script_before_6_18("map 0-6 rw", "watch 0 4-6 wp", "watch 0 2-4 wp",
			   "[6.1] is 0-2 rw | 2-4 rw uw | 4-6 rw uw",
			   "[6.12] is 0-2 rw | 2-6 rw uw");
	script_before_6_18("map 0-6 rw", "watch 0 0-6 wp", "unwatch 0 4-6", "unwatch 0 2-4",
			   "[6.1] is 0-2 rw uw | 2-4 rw | 4-6 rw", "[6.12] is 0-2 rw uw | 2-6 rw");
}

/* A piece that begins where its area does is compared as it should be, and so is a close. */
static void e4_watch_from_start_joins(void **state)
{
	(void)state;
	script_before_6_18("map 0-6 rw", "watch 0 2-6 wp", "watch 0 0-2 wp", "is 0-6 rw uw");
	script_before_6_18("map 0-6 rw", "watch 0 0-2 wp", "watch 0 2-4 wp",
			   "is 0-4 rw uw | 4-6 rw");
	script_before_6_18("map 0-6 rw", "watch 0 2-4 wp", "forget 0", "is 0-6 rw");
	script_before_6_18("map 0-4 rw", "map 4-8 rwx", "watch 0 6-8 wp", "watch 0 2-6 wp",
			   "is 0-2 rw | 2-4 rw uw | 4-8 rwx uw");
}

/*
 *      0 1 2 3 4 5 6 7
 *      a a = = = = b b         b shows the pages of 4 and 5: what fits by accident is joined
 */
static void e4_watch_inside_joins_wrong_offset(void **state)
{
	(void)state;
	script_before_6_18("map 0-6 rw shared", "remap 4-4 to 6 len 2", "watch 0 6-8 wp",
			   "watch 0 2-6 wp", "[6.1] is 0-2 rw sh obj1@0 | 2-8 rw sh uw obj1@0",
			   "[6.12] is 0-2 rw sh obj1@0 | 2-6 rw sh uw obj1@2 | "
			   "6-8 rw sh uw obj1@4");
}

/* ---- E5: an emptied copy beside its unfaulted source --------------------------------------- */

/*
 *      4 5 6 7 8 9
 *      a a = = b b
 */
static void e5_keep_beside_source_joins_nobody(void **state)
{
	(void)state;
	script_before_6_18("map 4-6 rw", "map 8-10 rw", "remap 4-6 to 6 keep",
			   "[6.1] is 4-6 rw | 6-8 rw | 8-10 rw", "[6.12] is 4-6 rw | 6-10 rw");
	script_before_6_18("map 2-4 rw", "map 6-8 rw", "remap 6-8 to 4 keep",
			   "[6.1] is 2-4 rw | 4-6 rw | 6-8 rw", "[6.12] is 2-6 rw | 6-8 rw");
}

/* Away from its source the copy joins, and without DONTUNMAP it does anyway. */
static void e5_others_join_as_before(void **state)
{
	(void)state;
	script_before_6_18("map 2-4 rw", "map 8-10 rw", "remap 2-4 to 6 keep",
			   "is 2-4 rw | 6-10 rw");
	script_before_6_18("map 4-6 rw", "map 8-10 rw", "remap 4-6 to 6", "is 6-10 rw");
}

/* ---- E6: growth in place of an area with a close hook -------------------------------------- */

/*
 *      0 1 2 3 4 5 6 7
 *      a a a a = = b b
 */
static void e6_grow_closing_area_stays_apart(void **state)
{
	(void)state;
	script_before_6_18("map 0-4 rw shared shm@0", "remap 0-4 len 6", "is 0-6 rw sh shm1@0",
			   "counter total 6", "counter areas 1");
	script_before_6_18("map 0-8 r close@0", "unmap 4-6", "remap 0-4 len 6", "saw nothing",
			   "is 0-6 r close@0 | 6-8 r close@6", "counter total 8");
	script_before_6_18("map 0-4 r close@0", "!1 remap 0-4 len 6 = ENOMEM", "is 0-4 r close@0",
			   "counter total 4");
	script_before_6_18("map 0-8 r plain@0", "unmap 4-6", "remap 0-4 len 6", "is 0-8 r plain@0");
}

/* It is no merge, so that special memory grows as well. */
static void e6_grow_special_closing_area(void **state)
{
	(void)state;
	script_before_6_18("map 0-4 r mixedclose@0", "[6.1] remap 0-4 len 6",
			   "[6.1] is 0-6 r mm mixedclose@0", "[6.12] remap 0-4 len 6 = ENOMEM");
	script_before_6_18("map 0-4 r mixed@0", "remap 0-4 len 6 = ENOMEM");
}

/* ---- E7, E8: flags and types of mmap ------------------------------------------------------- */

static void e7_map_stack_leaves_no_flag(void **state)
{
	(void)state;
	script_before_6_18("map 0-4 rw stack", "map 4-8 rw", "[6.1] is 0-8 rw",
			   "[6.12] is 0-4 rw nh | 4-8 rw");
	script_before_6_18("map 0-4 r shared stack plain@0", "[6.1] is 0-4 r sh plain@0",
			   "[6.12] is 0-4 r sh nh plain@0");
}

static void e8_map_droppable_is_unknown(void **state)
{
	(void)state;
	script_before_6_18("[6.1] map 0-4 rw droppable = EINVAL", "[6.1] rule 8.5 type",
			   "[6.1] is empty", "[6.12] map 0-4 rw droppable",
			   "[6.12] is 0-4 rw nr wf dd dp");
	script_before_6_18("map 0-4 rw droppable growsdown = EINVAL",
			   "map 0-4 rw droppable plain@0 = EINVAL", "is empty");
}

/* ---- E9: mmap over what is there ----------------------------------------------------------- */

/*
 *      0 1 2 3 4 5 6 7 8 9 a b
 *      a a a a = = = = = = = =         the limits come before the cuts
 */
static void e9_map_over_limit_cuts_nothing(void **state)
{
	(void)state;
	script_before_6_18("map 0-8 rw", "rlimit as 10", "map 4-12 r = ENOMEM", "rule 8.1-19",
			   "[6.1] is 0-8 rw", "[6.12] is 0-4 rw | 4-8 rw", "map 4-10 r",
			   "is 0-4 rw | 4-10 r");
	script_before_6_18("map 0-2 rw", "map 4-6 rw", "rlimit data 6", "map 1-5 rw", "is 0-6 rw",
			   "map 4-8 rw = ENOMEM", "[6.1] is 0-6 rw", "[6.12] is 0-4 rw | 4-6 rw");
	script_before_6_18("set as 8", "map 0-8 r close@0", "map 4-12 r = ENOMEM",
			   "[6.1] saw nothing",
			   "[6.12] saw close.may_split(0-8/4) close.open(0-4)");
}

/* Whatever the unmapping fails with; what it has cut stays cut. */
static void e9_map_over_veto_is_enomem(void **state)
{
	(void)state;
	script_before_6_18("map 0-8 r veto@0", "[6.1] map 2-4 rw = ENOMEM",
			   "[6.12] map 2-4 rw = EINVAL", "saw veto.may_split(0-8/2)",
			   "is 0-8 r veto@0");
	script_before_6_18("map 0-4 rw", "map 4-8 r veto@0", "[6.1] map 2-6 rw = ENOMEM",
			   "[6.12] map 2-6 rw = EINVAL", "is 0-2 rw | 2-4 rw | 4-8 r veto@0");
	script_before_6_18("map 0-8 rw", "limit 1", "map 2-4 rw = ENOMEM", "is 0-8 rw");
}

/* The charge comes last, of all pages: a refusal leaves a hole. */
static void e9_map_over_commit_limit_leaves_hole(void **state)
{
	(void)state;
	script_before_6_18("set never 10", "map 0-8 rw", "map 4-12 rw = ENOMEM", "rule 8.1-20",
			   "[6.1] is 0-4 rw", "[6.1] counter charged 4",
			   "[6.12] is 0-4 rw | 4-8 rw", "[6.12] counter charged 8", "map 4-10 rw",
			   "is 0-10 rw", "counter charged 10", "map 2-8 rw", "is 0-10 rw",
			   "map 10-11 rw = ENOMEM", "map 10-11 r");
	script_before_6_18("set never 8", "map 0-8 r close@0", "map 20-24 rw",
			   "map 4-12 rw = ENOMEM",
			   "[6.1] saw close.may_split(0-8/4) close.open(0-4) close.close(4-8)",
			   "[6.1] is 0-4 r close@0 | 20-24 rw",
			   "[6.12] saw close.may_split(0-8/4) close.open(0-4)",
			   "[6.12] is 0-4 r close@0 | 4-8 r close@4 | 20-24 rw");
}

/* F14 does not come up: what was unmapped has given back its charge by then. */
static void e9_map_failing_driver_leaks_nothing(void **state)
{
	(void)state;
	script_before_6_18("set quirks 0x2000", "map 0-8 rw", "[6.12] leaked 2",
			   "map 2-4 rw failing@0 = ENODEV", "is 0-2 rw | 4-8 rw",
			   "[6.1] counter charged 6", "[6.12] counter charged 8");
}

/* ---- E10: whose soft-dirty bit a merge leaves ---------------------------------------------- */

/* One area, of four pages more than before, and is it dirty? */
static bool ends_dirty(enum model_profile profile, const char *const *lines)
{
	struct bench bench;
	struct model_run run;
	bool dirty;

	bench_start(&bench, profile, lines);
	bench_rest(&bench);
	assert_int_equal(model_runs(bench.model, 0, &run, 1), 1);
	assert_int_equal(run.start, 0);
	assert_int_equal(run.end, 8);
	dirty = run.attributes & MODEL_ATTRIBUTE(soft_dirty);
	model_free(bench.model);
	return dirty;
}

/*
 *      0 1 2 3 4 5 6 7
 *      a a a a = = = =         the piece's, as mprotect does; 6.12 keeps the survivor's
 */
static void e10_watch_leaves_bit_of_piece(void **state)
{
	const char *const *joins = LINES("set soft_dirty 1", "map 0-4 rw", "watch 0 0-4 wp",
					 "clean", "map 4-8 rw", "watch 0 4-8 wp");
	const char *const *leaves = LINES("set soft_dirty 1", "map 4-8 rw", "watch 0 4-8 wp",
					  "clean", "map 0-4 rw", "unwatch 0 4-8");
	const char *const *closes = LINES("set soft_dirty 1", "map 4-8 rw", "watch 0 4-8 wp",
					  "clean", "map 0-4 rw", "forget 0");

	(void)state;
	assert_true(ends_dirty(MODEL_6_1, joins));
	assert_false(ends_dirty(MODEL_6_12, joins));
	assert_false(ends_dirty(MODEL_6_1, leaves));
	assert_true(ends_dirty(MODEL_6_12, leaves));
	assert_false(ends_dirty(MODEL_6_1, closes));
	assert_true(ends_dirty(MODEL_6_12, closes));
}

/* mbind keeps the survivor's in both. */
static void e10_bind_leaves_bit_of_survivor(void **state)
{
	static const enum model_profile profiles[] = { MODEL_6_1, MODEL_6_12 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct bench bench;
		struct model_run run;

		bench_start(&bench, profiles[i], LINES("set soft_dirty 1", "map 0-4 rw"));
		bench_rest(&bench);
		assert_int_equal(model_mbind(bench.model, 0, BENCH_BASE, 4 * BENCH_PAGE, 2, 1), 0);
		assert_int_equal(model_clear_soft_dirty(bench.model, 0), 0);
		assert_int_equal(model_mmap(bench.model, 0, BENCH_BASE + 4 * BENCH_PAGE,
					    4 * BENCH_PAGE, 3,
					    BENCH_FIXED | BENCH_PRIVATE | BENCH_ANONYMOUS, 0, 0),
				 BENCH_BASE + 4 * BENCH_PAGE);
		assert_int_equal(model_mbind(bench.model, 0, BENCH_BASE + 4 * BENCH_PAGE,
					     4 * BENCH_PAGE, 2, 1),
				 0);
		assert_int_equal(model_runs(bench.model, 0, &run, 1), 1);
		assert_false(run.attributes & MODEL_ATTRIBUTE(soft_dirty));
		model_free(bench.model);
	}
}

/* ---- E11, E12 ------------------------------------------------------------------------------ */

/* Mode 6 is weighted interleaving, mode 5 a preference for many. */
static int64_t bind_result(enum model_profile profile, uint32_t mode)
{
	struct bench bench;
	int64_t result;

	bench_start(&bench, profile, LINES("map 0-4 rw"));
	bench_rest(&bench);
	result = model_mbind(bench.model, 0, BENCH_BASE, 4 * BENCH_PAGE, mode, 1);
	model_free(bench.model);
	return result;
}

static void e11_bind_weighted_is_unknown(void **state)
{
	(void)state;
	assert_int_equal(bind_result(MODEL_6_1, 6), -EINVAL);
	assert_int_equal(bind_result(MODEL_6_1, 5), 0);
	assert_int_equal(bind_result(MODEL_6_12, 6), 0);
	assert_int_equal(bind_result(MODEL_6_12, 7), -EINVAL);
}

/* Memory without hooks of its own can be watched, special or not. */
static void e12_watch_special_memory(void **state)
{
	(void)state;
	script_before_6_18("map 0-4 rw mixedzero@0", "[6.1] watch 0 0-4 wp",
			   "[6.1] is 0-4 rw mm uw mixedzero@0", "[6.1] unwatch 0 0-4",
			   "[6.1] is 0-4 rw mm mixedzero@0", "[6.12] watch 0 0-4 wp = EINVAL",
			   "[6.12] rule 9.11 type", "[6.12] is 0-4 rw mm mixedzero@0");
	script_before_6_18("map 0-4 rw shared mixedzero@0", "[6.1] watch 0 0-4 minor",
			   "[6.12] watch 0 0-4 minor = EINVAL");
	script_before_6_18("map 0-4 rw", "watch 0 0-4 minor = EINVAL", "map 4-8 rw plain@0",
			   "watch 0 4-8 wp = EINVAL", "map 8-10 rw mixed@0",
			   "watch 0 8-10 wp = EINVAL");
}

/* ---- E14: population walks like every advice ------------------------------------------------ */

/*
 *      0 1 2 3 4 5
 *      a a = = b b         both sides of the gap are populated, and both make an owner
 */
static void e14_populate_goes_on_behind_gap(void **state)
{
	(void)state;
	script_before_6_18("map 0-2 rw", "map 4-6 rw", "advise 0-6 populate_write = ENOMEM",
			   "[6.1] rule 9.3 gap", "[6.1] is 0-2 rw F1 | 4-6 rw F2",
			   "[6.12] rule 9.3 populate", "[6.12] is 0-2 rw F1 | 4-6 rw", "map 3-4 rw",
			   "map 2-3 rw", "[6.1] is 0-2 rw F1 | 2-6 rw F2", "[6.12] is 0-6 rw F1");
	script_before_6_18("map 4-6 rw", "advise 0-8 populate_read = ENOMEM", "is 4-6 rw",
			   "advise 0-8 populate_write = ENOMEM", "[6.1] is 4-6 rw F1",
			   "[6.12] is 4-6 rw");
	script_before_6_18("map 0-4 rw", "advise 2-8 populate_write = ENOMEM", "is 0-4 rw F1",
			   "advise 0-4 populate_write");
}

/* A refusal counts more than a gap before it, and nothing behind it is populated. */
static void e14_populate_refused_piece_ends_walk(void **state)
{
	(void)state;
	script_before_6_18("map 4-6 r", "[6.1] advise 0-6 populate_write = EINVAL",
			   "[6.12] advise 0-6 populate_write = ENOMEM", "rule 9.3 populate",
			   "map 4-6 w", "[6.1] advise 0-6 populate_read = EINVAL",
			   "[6.12] advise 0-6 populate_read = ENOMEM");
	script_before_6_18("map 4-6 rw", "watch 0 4-6 missing",
			   "[6.1] advise 0-6 populate_read = EFAULT",
			   "[6.12] advise 0-6 populate_read = ENOMEM", "rule 9.3 populate");
	script_before_6_18("map 0-2 rw", "map 2-4 r", "map 6-8 rw",
			   "advise 0-8 populate_write = EINVAL", "is 0-2 rw F1 | 2-4 r | 6-8 rw");
}

/* ---- E15: what MAP_SHARED_VALIDATE knows ---------------------------------------------------- */

static void e15_map_validate_above4g_is_unknown(void **state)
{
	(void)state;
	script_before_6_18("[6.1] map 0-2 rw validate above4g plain@0 = EOPNOTSUPP",
			   "[6.1] rule 8.4-2 validate", "[6.1] is empty",
			   "[6.12] map 0-2 rw validate above4g plain@0",
			   "[6.12] is 0-2 rw sh plain@0");
	script_before_6_18("map 0-1 r shared above4g plain@0", "map 2-3 r above4g plain@0",
			   "map 4-5 rw above4g", "is 0-1 r sh plain@0 | 2-3 r plain@0 | 4-5 rw");
}

/* ---- What is as in 6.12 --------------------------------------------------------------------- */

/* Rows of chapter 13 the other tests do not reach. */
static void as_6_12_remap(void **state)
{
	(void)state;
	/* D6, D7: one area only, and the target is gone where the quirk is done. */
	script_before_6_18("map 0-2 rw", "map 2-4 r", "remap 0-4 to 8 = EFAULT");
	script_before_6_18("set quirks 0x200", "map 0-2 rw", "map 8-12 r",
			   "remap 0-4 to 8 = EFAULT", "is 0-2 rw");
	/* D10, D14 */
	script_before_6_18("map 0-2 rw", "write 0-1", "remap 0-2 to 8 keep",
			   "is 0-2 rw | 8-10 rw F1 offset-8", "map 2-4 rw",
			   "is 0-4 rw | 8-10 rw F1 offset-8");
	script_before_6_18("map 0-2 rw", "remap at 0 len 1 to 8 len 0x800 keep = EINVAL");
	/* D27: no area of a child takes an unfaulted one in. */
	script_before_6_18("map 0-2 rw", "write 0-1", "fork", "@1 map 4-6 rw", "@1 remap 0-2 len 4",
			   "@1 is 0-4 rw F1* | 4-6 rw");
}

/* D18: with the quirk F11 another context's area is unregistered too. */
static void as_6_12_unwatch_foreign(void **state)
{
	(void)state;
	script_before_6_18("set quirks 0x400", "map 0-4 rw", "map 8-12 rw", "watch 0 0-4 wp",
			   "watch 1 8-12 wp", "unwatch 1 0-4", "is 0-4 rw | 8-12 rw uw");
	script_before_6_18("map 0-4 rw", "map 8-12 rw", "watch 0 0-4 wp", "watch 1 8-12 wp",
			   "unwatch 1 0-4 = EINVAL");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(e1_protect_to_readonly_keeps_charge),
		cmocka_unit_test(e1_protect_beside_uncharged_stays_apart),
		cmocka_unit_test(e1_protect_walks_as_before),
		cmocka_unit_test(e2_protect_shifts_no_closing_boundary),
		cmocka_unit_test(e2_map_beside_closing_stays_apart),
		cmocka_unit_test(e2_move_beside_closing_stays_apart),
		cmocka_unit_test(e3_map_between_two_owners_joins_right),
		cmocka_unit_test(e3_map_between_unfaulted_and_faulted_joins_right),
		cmocka_unit_test(e3_map_between_forked_joins_none),
		cmocka_unit_test(e3_others_look_left_first),
		cmocka_unit_test(e4_watch_inside_misses_next),
		cmocka_unit_test(e4_watch_from_start_joins),
		cmocka_unit_test(e4_watch_inside_joins_wrong_offset),
		cmocka_unit_test(e5_keep_beside_source_joins_nobody),
		cmocka_unit_test(e5_others_join_as_before),
		cmocka_unit_test(e6_grow_closing_area_stays_apart),
		cmocka_unit_test(e6_grow_special_closing_area),
		cmocka_unit_test(e7_map_stack_leaves_no_flag),
		cmocka_unit_test(e8_map_droppable_is_unknown),
		cmocka_unit_test(e9_map_over_limit_cuts_nothing),
		cmocka_unit_test(e9_map_over_veto_is_enomem),
		cmocka_unit_test(e9_map_over_commit_limit_leaves_hole),
		cmocka_unit_test(e9_map_failing_driver_leaks_nothing),
		cmocka_unit_test(e10_watch_leaves_bit_of_piece),
		cmocka_unit_test(e10_bind_leaves_bit_of_survivor),
		cmocka_unit_test(e11_bind_weighted_is_unknown),
		cmocka_unit_test(e12_watch_special_memory),
		cmocka_unit_test(e14_populate_goes_on_behind_gap),
		cmocka_unit_test(e14_populate_refused_piece_ends_walk),
		cmocka_unit_test(e15_map_validate_above4g_is_unknown),
		cmocka_unit_test(as_6_12_remap),
		cmocka_unit_test(as_6_12_unwatch_foreign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
