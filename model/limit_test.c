/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The limit on the number of areas: the table of chapter 7 and the event of 7.1.
 *
 * Lenient: refused when the count is above the limit. Strict: refused when it has reached it.
 *
 *      count          limit-1     limit     limit+1
 *      mmap           yes         yes       no         (it may join)
 *      cut by change  one         none      none
 *      hole           yes         no        no
 *      cut one side   yes         yes       yes
 *
 * In the drawings a column is a page in hexadecimal, a letter an area, '.' nothing; '=' marks
 * the pages the operation names.
 */
#include "test_support.h"

/* ---- mmap --------------------------------------------------------------------------------- */

/*
 *      0 1 2 3 4 5 6 7
 *      a a b b . . = =         at the limit: one more; above it: none, joining or not
 */
static void map_at_limit_succeeds_above_is_refused(void **state)
{
	(void)state;
	script("map 0-2 rw", "map 2-4 r", "limit 2", "map 6-8 rw", "saw nothing", "counter areas 3",
	       "map 4-6 rw = ENOMEM", "saw no_slots/3", "map 10-12 rw = ENOMEM", "saw no_slots/3",
	       "is 0-2 rw | 2-4 r | 6-8 rw", "limit 3", "map 4-6 rw", "is 0-2 rw | 2-4 r | 4-8 rw");
}

static void map_joining_at_limit_succeeds(void **state)
{
	(void)state;
	script("map 0-2 rw", "map 4-6 rw", "limit 2", "map 2-4 rw", "is 0-6 rw", "saw nothing");
}

/* The entry check comes before everything MAP_FIXED would remove. */
static void map_fixed_above_limit_removes_nothing(void **state)
{
	(void)state;
	script("map 0-2 rw", "map 2-4 r", "limit 1", "map 0-4 r = ENOMEM", "saw no_slots/2",
	       "is 0-2 rw | 2-4 r");
}

/*
 *      0 1 2 3 4 5 6 7
 *      a a a = = a a a         into the middle: the hole is strict, the new area lenient
 */
static void map_fixed_into_middle_needs_one_slot(void **state)
{
	(void)state;
	script("map 0-8 rw", "limit 1", "map 3-5 r = ENOMEM", "saw nothing", "is 0-8 rw", "limit 2",
	       "map 3-5 r", "is 0-3 rw | 3-5 r | 5-8 rw", "counter areas 3");
}

/*
 *      0 1 2 3 4 5 6 7
 *      a a a = = = = =         over a tail, or tail and head: no slot needed
 */
static void map_fixed_over_edges_at_limit_succeeds(void **state)
{
	(void)state;
	script("map 0-8 rw", "limit 1", "map 3-8 r", "is 0-3 rw | 3-8 r");
	script("map 0-4 rw", "map 4-8 rx", "limit 2", "map 2-6 r", "is 0-2 rw | 2-6 r | 6-8 rx");
}

/* ---- munmap ------------------------------------------------------------------------------- */

/*
 *      0 1 2 3 4 5 6 7
 *      a a a = = a a a         strict
 */
static void unmap_hole_needs_one_slot(void **state)
{
	(void)state;
	script("map 0-8 rw", "limit 1", "unmap 3-5 = ENOMEM", "saw nothing", "is 0-8 rw", "limit 2",
	       "unmap 3-5", "is 0-3 rw | 5-8 rw", "limit 1", "unmap 1-2 = ENOMEM");
}

/*
 *      0 1 2 3 4 5 6 7
 *      a a = = = = b b         never refused
 */
static void unmap_edges_above_limit_succeeds(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 4-8 r", "limit 2", "unmap 2-6", "is 0-2 rw | 6-8 r");
	script("map 0-4 rw", "map 4-8 r", "limit 1", "unmap 3-4", "unmap 4-5", "unmap 2-6",
	       "is 0-2 rw | 6-8 r", "unmap 0-8", "is empty");
	script("map 0-4 rw", "map 5-9 r", "limit 1", "unmap 3-6", "is 0-3 rw | 6-9 r");
}

/* ---- changes ------------------------------------------------------------------------------ */

/*
 *      0 1 2 3 4 5 6 7
 *      a a a a a a = =         one cut
 */
static void protect_edge_needs_one_slot(void **state)
{
	(void)state;
	script("map 0-8 rw", "limit 1", "prot 6-8 r = ENOMEM", "saw no_slots/1",
	       "prot 0-2 r = ENOMEM", "saw no_slots/1", "is 0-8 rw", "limit 2", "prot 6-8 r",
	       "saw nothing", "[6.12,6.18,7.3] is 0-6 rw | 6-8 r", "[6.1] is 0-6 rw | 6-8 r ac");
}

/*
 *      0 1 2 3 4 5 6 7
 *      a a a = = a a a         two cuts: with one slot the first one stays
 */
static void protect_middle_needs_two_slots(void **state)
{
	(void)state;
	script("map 0-8 rw", "limit 1", "prot 3-5 r = ENOMEM", "saw no_slots/1", "is 0-8 rw",
	       "limit 2", "prot 3-5 r = ENOMEM", "saw no_slots/2", "is 0-3 rw | 3-8 rw",
	       "counter charged 8");
	script("map 0-8 rw", "limit 3", "prot 3-5 r", "[6.12,6.18,7.3] is 0-3 rw | 3-5 r | 5-8 rw",
	       "[6.1] is 0-3 rw | 3-5 r ac | 5-8 rw");
}

/*
 *      0 1 2 3 4 5 6 7
 *      a a a a = = b b         a boundary that only shifts needs none
 */
static void protect_shifting_above_limit_succeeds(void **state)
{
	(void)state;
	script_since_6_12("map 0-4 rw", "map 4-8 r", "limit 1", "prot 4-6 rw", "is 0-6 rw | 6-8 r",
			  "prot 4-6 r", "is 0-4 rw | 4-8 r", "prot 0-8 r", "is 0-8 r");
}

static void protect_whole_area_above_limit_succeeds(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 6-8 r", "limit 1", "prot 0-4 rx",
	       "[6.12,6.18,7.3] is 0-4 rx | 6-8 r", "[6.1] is 0-4 rx ac | 6-8 r");
}

/* The charge of rule j is given back when the cut is refused. */
static void protect_refused_cut_returns_charge(void **state)
{
	(void)state;
	script("map 0-8 r", "limit 1", "prot 2-4 rw = ENOMEM", "is 0-8 r", "counter charged 0");
}

/* The same cuts by advice: EAGAIN. */
static void advise_cut_at_limit_is_eagain(void **state)
{
	(void)state;
	script("map 0-8 rw", "limit 1", "advise 6-8 dontfork = EAGAIN", "saw no_slots/1",
	       "is 0-8 rw", "limit 2", "advise 3-5 dontdump = EAGAIN", "saw no_slots/2",
	       "is 0-3 rw | 3-8 rw", "advise 3-8 random", "is 0-3 rw | 3-8 rw rr");
}

/* And by locking: ENOMEM. */
static void lock_cut_at_limit_is_enomem(void **state)
{
	(void)state;
	script("map 0-8 rw", "limit 1", "lock 6-8 = ENOMEM", "saw no_slots/1", "is 0-8 rw",
	       "counter locked 0", "limit 2", "lock 3-5 = ENOMEM", "saw no_slots/2",
	       "is 0-3 rw | 3-8 rw", "lock 3-8", "counter locked 5", "unlock 4-8 = ENOMEM",
	       "saw no_slots/2", "counter locked 5", "is 0-3 rw | 3-8 rw lo F1");
}

/*
 *      0 1 2 3 4 5 6 7 8 9 a b
 *      a a = = = = = = = = c c         a walk: the pieces before the refusal stay
 */
static void protect_walk_at_limit_keeps_prefix(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 4-8 rx plain@0", "map 8-12 rwx", "limit 4",
	       "prot 2-10 r = ENOMEM", "saw no_slots/4",
	       "[6.12,6.18,7.3] is 0-2 rw | 2-4 r | 4-8 r plain@0 | 8-12 rwx",
	       "[6.1] is 0-2 rw | 2-4 r ac | 4-8 r plain@0 | 8-12 rwx",
	       "[6.12,6.18,7.3] counter charged 6", "[6.1] counter charged 8");
}

/* ---- what never asks ---------------------------------------------------------------------- */

/*
 *      0 1 2 3
 *      a a b b         above the limit the child has as many
 */
static void fork_above_limit_succeeds(void **state)
{
	(void)state;
	script("map 0-2 rw", "map 2-4 r", "limit 1", "fork = 1", "saw nothing",
	       "@1 is 0-2 rw | 2-4 r", "@1 map 6-8 rw = ENOMEM", "@1 saw @1 no_slots/2");
}

/* Growing a stack, guards and faults change no count. */
static void touch_growing_stack_above_limit_succeeds(void **state)
{
	(void)state;
	script("map 0-2 none", "map 40-42 rw growsdown", "limit 1", "write 38-40",
	       "is 0-2 none | 38-42 rw gd F1", "saw nothing");
	script_since_6_18("map 0-8 rw", "map 10-12 r", "limit 1", "guard 2-4", "marks 2-4",
			  "write 5-6", "is 0-8 rw gu F1 | 10-12 r");
}

/* The count is each space's own, the limit everybody's. */
static void limit_counts_each_space_alone(void **state)
{
	(void)state;
	script("map 0-2 rw", "map 2-4 r", "fork = 1", "@1 unmap 0-4", "limit 1", "@1 map 0-2 rw",
	       "@1 map 4-6 r", "@1 map 8-9 r = ENOMEM", "map 8-9 r = ENOMEM", "saw no_slots/2",
	       "is 0-2 rw | 2-4 r");
}

static void limit_as_setting_holds_from_start(void **state)
{
	(void)state;
	script("set limit 1", "map 0-2 rw", "map 4-6 rw", "map 8-10 rw = ENOMEM", "saw no_slots/2");
}

/* A limit of nothing: the empty space is at it, so one mapping goes. */
static void limit_zero_allows_one(void **state)
{
	(void)state;
	script("limit 0", "map 0-2 rw", "map 2-4 rw = ENOMEM", "saw no_slots/1", "is 0-2 rw");
}

/* Places before T1 give their own answer and no event. */
static void map_bad_length_above_limit_says_so_first(void **state)
{
	(void)state;
	script("map 0-2 rw", "map 4-6 rw", "limit 1", "map at 8 len 0x0 rw = EINVAL", "saw nothing",
	       "map at 8 len 0xffffffffffffffff rw = ENOMEM", "saw nothing",
	       "map 8-10 rw offset0xffffffffffffffff = EOVERFLOW", "saw nothing",
	       "map at 8+1 len 1 rw = ENOMEM", "saw no_slots/2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(map_at_limit_succeeds_above_is_refused),
		cmocka_unit_test(map_joining_at_limit_succeeds),
		cmocka_unit_test(map_fixed_above_limit_removes_nothing),
		cmocka_unit_test(map_fixed_into_middle_needs_one_slot),
		cmocka_unit_test(map_fixed_over_edges_at_limit_succeeds),
		cmocka_unit_test(unmap_hole_needs_one_slot),
		cmocka_unit_test(unmap_edges_above_limit_succeeds),
		cmocka_unit_test(protect_edge_needs_one_slot),
		cmocka_unit_test(protect_middle_needs_two_slots),
		cmocka_unit_test(protect_shifting_above_limit_succeeds),
		cmocka_unit_test(protect_whole_area_above_limit_succeeds),
		cmocka_unit_test(protect_refused_cut_returns_charge),
		cmocka_unit_test(advise_cut_at_limit_is_eagain),
		cmocka_unit_test(lock_cut_at_limit_is_enomem),
		cmocka_unit_test(protect_walk_at_limit_keeps_prefix),
		cmocka_unit_test(fork_above_limit_succeeds),
		cmocka_unit_test(touch_growing_stack_above_limit_succeeds),
		cmocka_unit_test(limit_counts_each_space_alone),
		cmocka_unit_test(limit_as_setting_holds_from_start),
		cmocka_unit_test(limit_zero_allows_one),
		cmocka_unit_test(map_bad_length_above_limit_says_so_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
