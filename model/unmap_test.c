/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taking pages away, by munmap and under MAP_FIXED: chapters 6 and 9.1, and the order of the
 * drivers' hooks in appendix G.
 *
 * In the drawings a column is a page in hexadecimal, a letter an area, '.' nothing; '=' marks
 * the pages the operation names.
 */
#include "test_support.h"

/* ---- 9.1: what is a range ----------------------------------------------------------------- */

/*
 *      0 1 2 3 4 5 6 7
 *      . . = = . . a a         nothing there: success
 */
static void unmap_nothing_mapped_succeeds(void **state)
{
	(void)state;
	script("unmap 2-4", "is empty", "map 6-8 rw", "unmap 2-4", "unmap 0-6", "unmap 8-64",
	       "is 6-8 rw", "saw nothing");
}

static void unmap_bad_range_is_refused(void **state)
{
	(void)state;
	script("map 0-4 rw", "unmap at 0+12 len 1 = EINVAL", "unmap at 0 len 0x0 = EINVAL",
	       "unmap at 0 len 0xffffffffffffffff = EINVAL",
	       "unmap at 0 len 0xfffffffffffff000 = EINVAL", "unmap at top len 1 = EINVAL",
	       "unmap at top-1 len 2 = EINVAL", "unmap at 65 len 1 = EINVAL",
	       "unmap at 0x0 len 0x0 = EINVAL", "is 0-4 rw");
}

/*
 *      0 1 2 3
 *      a = a a         one byte takes a page
 */
static void unmap_one_byte_takes_page(void **state)
{
	(void)state;
	script("map 0-4 rw", "unmap at 1 len 0x1", "is 0-1 rw | 2-4 rw");
}

/* A range from below the window to its top, and the last page alone. */
static void unmap_everything_from_zero_empties(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 60-64 rw", "unmap at 0x0 len 0x200000001000",
	       "is 1-4 rw | 60-64 rw", "unmap at top-1 len 1", "is 1-4 rw | 60-63 rw", "unmap 0-64",
	       "is empty", "counter total 0", "counter charged 0");
}

/* ---- 6.3: cuts ---------------------------------------------------------------------------- */

/*
 *      0 1 2 3 4 5 6 7
 *      = = a a a a a a         head
 *      a a a a a a = =         tail
 *      a a a = = a a a         hole
 *      = = = = = = = =         all
 */
static void unmap_part_of_one_area_cuts(void **state)
{
	(void)state;
	script("map 0-8 rw", "unmap 0-2", "is 2-8 rw");
	script("map 0-8 rw", "unmap 6-8", "is 0-6 rw");
	script("map 0-8 rw", "unmap 3-5", "is 0-3 rw | 5-8 rw", "counter areas 2");
	script("map 0-8 rw", "unmap 0-8", "is empty", "counter areas 0");
}

/*
 *      0 1 2 3 4 5 6 7 8 9 a b
 *      a a = = = = = = = = c c         tail of a, gap, b, head of c
 */
static void unmap_across_areas_and_gaps_cuts_both_ends(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 5-7 r", "map 8-12 rx", "counter data 4", "unmap 2-10",
	       "is 0-2 rw | 10-12 rx", "counter data 2", "counter executable 2",
	       "counter charged 2");
}

/*
 *      0 1 2 3 4 5 6 7
 *      F F F F F F F F         a hole in a file: what is right of it keeps its file page
 */
static void unmap_hole_in_file_keeps_offsets(void **state)
{
	(void)state;
	script("map 0-8 r plain@7", "unmap 2-5", "is 0-2 r plain@7 | 5-8 r plain@12");
	script("map 0-8 rw shared", "unmap 2-5", "is 0-2 rw sh obj1@0 | 5-8 rw sh obj1@5");
}

/*
 *      0 1 2 3 4 5 6 7
 *      A A = = A A A A         both rests keep the owner, and nobody joins anything
 */
static void unmap_faulted_rests_keep_owner(void **state)
{
	(void)state;
	script("map 0-8 rw", "write 2-3", "unmap 2-4", "is 0-2 rw F1 | 4-8 rw F1");
}

static void unmap_locked_gives_back_locks(void **state)
{
	(void)state;
	script("map 0-8 rw", "lock 0-8", "unmap 2-4", "counter locked 6", "unmap 0-8",
	       "counter locked 0");
}

/*
 *      0 1 2 3 4 5 6 7
 *      g g G G g g g g         the markers go with the pages, the flag stays on the rests
 */
static void unmap_guarded_removes_markers_only(void **state)
{
	(void)state;
	script_since_6_18("map 0-8 rw", "guard 2-6", "marks 2-6", "unmap 3-4", "marks 2-3 4-6",
			  "is 0-3 rw gu F1 | 4-8 rw gu F1", "map 3-4 rw", "is 0-8 rw gu F1",
			  "marks 2-3 4-6", "map 4-6 rw", "marks 2-3", "is 0-8 rw gu F1");
}

/* ---- 6.3: a driver that refuses to be cut ------------------------------------------------- */

/*
 *      0 1 2 3 4 5 6 7
 *      v v = = = = v v         cut in front refused: nothing changed
 */
static void unmap_front_of_vetoing_area_changes_nothing(void **state)
{
	(void)state;
	script("map 0-8 r veto@0", "unmap 2-6 = EINVAL", "saw veto.may_split(0-8/2)",
	       "is 0-8 r veto@0", "unmap 4-8 = EINVAL", "is 0-8 r veto@0");
}

/*
 *      0 1 2 3 4 5 6 7
 *      = = v v v v v v         cut behind refused
 *      a a = = = = v v         ... after the first area was cut: that cut stays
 */
static void unmap_tail_of_vetoing_area_keeps_first_cut(void **state)
{
	(void)state;
	script("map 0-8 r veto@0", "unmap 0-2 = EINVAL", "saw veto.may_split(0-8/2)",
	       "is 0-8 r veto@0");
	script("map 0-4 rw", "map 4-8 r veto@4", "unmap 2-6 = EINVAL",
	       "is 0-2 rw | 2-4 rw | 4-8 r veto@4", "counter total 8", "counter charged 4");
}

static void unmap_whole_vetoing_area_succeeds(void **state)
{
	(void)state;
	script("map 0-8 r veto@0", "unmap 0-8", "saw nothing", "is empty");
}

/* The split that survives is a boundary, not a change: a closing area is not closed. */
static void unmap_refused_later_closes_nothing(void **state)
{
	(void)state;
	script("map 0-4 r close@0", "map 4-8 r veto@4", "unmap 2-6 = EINVAL",
	       "saw close.may_split(0-4/2) close.open(0-2) veto.may_split(4-8/6)",
	       "is 0-2 r close@0 | 2-4 r close@2 | 4-8 r veto@4", "exit",
	       "saw close.close(0-2) close.close(2-4)");
}

/* ---- 8.8: MAP_FIXED over what is there ---------------------------------------------------- */

/*
 *      0 1 2 3 4 5 6 7 8 9 a b
 *      A A A A = = = = A A A A         the same attributes: one area again, its pages fresh
 */
static void map_over_middle_of_equal_joins(void **state)
{
	(void)state;
	script("map 0-12 rw", "write 0-12", "map 4-8 rw", "is 0-12 rw F1", "counter total 12",
	       "counter charged 12");
	script("map 0-12 rw", "map 0-12 rw", "is 0-12 rw");
}

/*
 *      0 1 2 3 4 5 6 7
 *      a a = = = = b b
 */
static void map_over_two_areas_replaces(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 4-8 r", "map 2-6 rx", "is 0-2 rw | 2-6 rx | 6-8 r",
	       "counter executable 4", "counter charged 2");
	script("map 0-4 rw locked", "map 2-6 r", "is 0-2 rw lo F1 | 2-6 r", "counter locked 2");
}

/*
 *      0 1 2 3 4 5 6 7
 *      v v = = v v v v         refused cut: EINVAL, nothing mapped
 */
static void map_over_vetoing_area_is_refused(void **state)
{
	(void)state;
	script_since_6_12("map 0-8 r veto@0", "map 2-4 rw = EINVAL", "is 0-8 r veto@0");
	script_since_6_12("map 0-4 rw", "map 4-8 r veto@4", "map 2-6 r = EINVAL",
			  "is 0-2 rw | 2-4 rw | 4-8 r veto@4");
	script("map 0-8 r veto@0", "map 0-8 rw", "is 0-8 rw");
}

/* ---- Appendix G: traces ------------------------------------------------------------------- */

/*
 * G1   0 1 2 3 4 5 6 7
 *      a a = = a a a a
 */
static void g1_unmap_hole_in_driver_area(void **state)
{
	(void)state;
	script("map 0-8 r driver@0", "saw driver.mmap(0-8)", "unmap 2-4",
	       "saw driver.may_split(0-8/2) driver.open(0-2) driver.may_split(2-8/4) "
	       "driver.open(4-8) driver.close(2-4)",
	       "is 0-2 r driver@0 | 4-8 r driver@4", "exit",
	       "saw driver.close(0-2) driver.close(4-8)");
}

/*
 * G2   0 1 2 3 4 5 6 7
 *      a a a a = = = =         joined before the hook: the driver is not asked
 */
static void g2_map_beside_driver_area_without_close(void **state)
{
	(void)state;
	script("map 0-4 r loud@0", "saw loud.mmap(0-4)", "map 4-8 r loud@4", "saw nothing",
	       "is 0-8 r loud@0", "exit", "saw nothing");
}

/* G3   mmap_prepare comes before the joining, each time */
static void g3_map_beside_prepared_area(void **state)
{
	(void)state;
	script_since_6_18("map 0-4 r prepare@0", "saw prepare.mmap_prepare(0-4)",
			  "map 4-8 r prepare@4", "saw prepare.mmap_prepare(4-8)",
			  "is 0-8 r prepare@0", "exit", "saw nothing");
}

/* G4   a close hook does not hinder the left side */
static void g4_map_beside_closing_driver_area(void **state)
{
	(void)state;
	script_since_6_12("map 0-4 r driver@0", "saw driver.mmap(0-4)", "map 4-8 r driver@4",
			  "saw nothing", "is 0-8 r driver@0", "exit", "saw driver.close(0-8)");
}

/*
 * G5   0 1 2 3 4 5 6 7 8 9 a b
 *      a a a a = = = = b b b b         b has a close hook and must not die
 */
static void g5_map_between_closing_driver_areas(void **state)
{
	(void)state;
	script_since_6_12("map 0-4 r driver@0", "map 8-12 r driver@8", "map 4-8 r driver@4",
			  "saw nothing", "is 0-8 r driver@0 | 8-12 r driver@8", "exit",
			  "saw driver.close(0-8) driver.close(8-12)");
}

/* G8 is in failure_test.c: it needs a failing allocation. */

/*
 * G9   0 1 2 3 4 5 6 7
 *      a a = = = = a a         the old is closed, then the new driver asked, then a hole
 */
static void g9_map_failing_driver_over_driver_area(void **state)
{
	(void)state;
	script("map 0-8 r driver@0", "map 0-8 r failing@0 = ENODEV",
	       "saw driver.close(0-8) failing.mmap(0-8)", "is empty", "counter total 0");
	script("map 0-8 r driver@0", "map 2-6 r failing@0 = ENODEV",
	       "saw driver.may_split(0-8/2) driver.open(0-2) driver.may_split(2-8/6) "
	       "driver.open(6-8) driver.close(2-6) failing.mmap(2-6)",
	       "is 0-2 r driver@0 | 6-8 r driver@6");
	script_since_6_18("map 0-8 r driver@0", "map 0-8 r refusing@0 = EIO",
			  "saw driver.close(0-8) refusing.mmap_prepare(0-8)", "is empty");
}

/* G10  a hole refused by the count asks nobody */
static void g10_unmap_hole_at_limit_asks_nobody(void **state)
{
	(void)state;
	script("map 0-8 r driver@0", "limit +0", "unmap 2-4 = ENOMEM", "saw nothing",
	       "is 0-8 r driver@0");
}

/*
 * HOK-1        mmap 1, opens and closes balance at the end whatever was in between
 *      0 1 2 3 4 5 6 7
 *      a = = a a = a a
 */
static void unmap_driver_area_in_pieces_balances(void **state)
{
	(void)state;
	script("map 0-8 r driver@0", "prot 1-3 rw",
	       "saw driver.may_split(0-8/1) driver.open(0-1) driver.may_split(1-8/3) "
	       "driver.open(3-8)",
	       "unmap 5-6",
	       "saw driver.may_split(3-8/5) driver.open(3-5) driver.may_split(5-8/6) "
	       "driver.open(6-8) driver.close(5-6)",
	       "unmap 0-64",
	       "saw driver.close(0-1) driver.close(1-3) driver.close(3-5) driver.close(6-8)",
	       "is empty", "exit", "saw nothing");
}

/* Overwriting closes in the order of addresses, and only what is gone. */
static void map_over_several_driver_areas_closes_in_order(void **state)
{
	(void)state;
	script("map 0-2 r driver@0", "map 2-4 rw shared driver@2", "map 4-6 r driver@4",
	       "map 0-6 rw", "saw driver.close(0-2) driver.close(2-4) driver.close(4-6)",
	       "is 0-6 rw");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unmap_nothing_mapped_succeeds),
		cmocka_unit_test(unmap_bad_range_is_refused),
		cmocka_unit_test(unmap_one_byte_takes_page),
		cmocka_unit_test(unmap_everything_from_zero_empties),
		cmocka_unit_test(unmap_part_of_one_area_cuts),
		cmocka_unit_test(unmap_across_areas_and_gaps_cuts_both_ends),
		cmocka_unit_test(unmap_hole_in_file_keeps_offsets),
		cmocka_unit_test(unmap_faulted_rests_keep_owner),
		cmocka_unit_test(unmap_locked_gives_back_locks),
		cmocka_unit_test(unmap_guarded_removes_markers_only),
		cmocka_unit_test(unmap_front_of_vetoing_area_changes_nothing),
		cmocka_unit_test(unmap_tail_of_vetoing_area_keeps_first_cut),
		cmocka_unit_test(unmap_whole_vetoing_area_succeeds),
		cmocka_unit_test(unmap_refused_later_closes_nothing),
		cmocka_unit_test(map_over_middle_of_equal_joins),
		cmocka_unit_test(map_over_two_areas_replaces),
		cmocka_unit_test(map_over_vetoing_area_is_refused),
		cmocka_unit_test(g1_unmap_hole_in_driver_area),
		cmocka_unit_test(g2_map_beside_driver_area_without_close),
		cmocka_unit_test(g3_map_beside_prepared_area),
		cmocka_unit_test(g4_map_beside_closing_driver_area),
		cmocka_unit_test(g5_map_between_closing_driver_areas),
		cmocka_unit_test(g9_map_failing_driver_over_driver_area),
		cmocka_unit_test(g10_unmap_hole_at_limit_asks_nobody),
		cmocka_unit_test(unmap_driver_area_in_pieces_balances),
		cmocka_unit_test(map_over_several_driver_areas_closes_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
