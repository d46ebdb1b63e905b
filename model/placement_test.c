/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a mapping without MAP_FIXED comes to lie: 8.3 and the layouts of appendix G. Top-down:
 * the highest hole that is large enough, its upper end.
 *
 * In the drawings a letter is an area, '.' nothing, '~' the gap below a stack, '+' what is
 * placed; the numbers are decimal pages.
 */
#include "test_support.h"

/*
 *      0 ...                       95 97      100
 *      . . . . . . . . . . . . . . .  +  +  +         nothing there: just below the top
 *      . . . . . . . . . . . . . +  + a  a  a         equal: joined, the upper one survives
 */
static void place_empty_space_takes_top(void **state)
{
	(void)state;
	script("set pages 100", "place at 0x0 len 3 rw = 97", "place at 0x0 len 2 rw = 95",
	       "is 95-100 rw", "place at 0x0 len 1 r = 94", "is 94-95 r | 95-100 rw");
}

static void place_equal_maps_grow_downwards_as_one(void **state)
{
	(void)state;
	script("place at 0x0 len 4 rw = 60", "place at 0x0 len 4 rw = 56",
	       "place at 0x0 len 4 rw = 52", "is 52-64 rw");
	script("place at 0x0 len 4 r plain@8 = 60", "place at 0x0 len 4 r plain@4 = 56",
	       "is 56-64 r plain@4", "place at 0x0 len 4 r plain@8 = 52",
	       "is 52-56 r plain@8 | 56-64 r plain@4");
}

/*
 *      0     4     8        61 62   64
 *      . . . a a a . . .  . b  b  . .       too small above: the next hole below
 */
static void place_between_areas_takes_highest_hole_that_fits(void **state)
{
	(void)state;
	script("map 60-62 rx", "map 20-40 rx", "place at 0x0 len 2 rw = 62",
	       "place at 0x0 len 3 rw = 57", "place at 0x0 len 17 rw = 40",
	       "place at 0x0 len 20 r = 0", "place at 0x0 len 1 r = ENOMEM",
	       "is 0-20 r | 20-40 rx | 40-60 rw | 60-62 rx | 62-64 rw");
}

static void place_hole_of_exact_size_is_filled(void **state)
{
	(void)state;
	script("map 0-30 rx", "map 33-64 rx", "place at 0x0 len 4 rw = ENOMEM",
	       "place at 0x0 len 3 rw = 30", "is 0-30 rx | 30-33 rw | 33-64 rx");
}

/* The whole window, one page more, and nothing. */
static void place_lengths_at_the_bounds(void **state)
{
	(void)state;
	script("place at 0x0 len 65 rw = ENOMEM", "place at 0x0 len 0x0 rw = EINVAL",
	       "place at 0x0 len 0xffffffffffffffff rw = ENOMEM", "place at 0x0 len 64 rw = 0",
	       "is 0-64 rw", "place at 0x0 len 1 rw = ENOMEM");
}

/* A length in bytes takes whole pages. */
static void place_bytes_take_whole_pages(void **state)
{
	(void)state;
	script("place at 0x0 len 0x1001 rw = 62", "is 62-64 rw");
}

/* ---- hints -------------------------------------------------------------------------------- */

/*
 *      0       10 12    20  22
 *      . . . . +  + . . a   a . .       a free hint is taken, rounded down
 */
static void place_free_hint_is_taken(void **state)
{
	(void)state;
	script("map 20-22 rx", "place at 10 len 2 rw = 10", "place at 30+12 len 2 rw = 30",
	       "place at 22 len 2 rw = 22", "place at 18 len 2 rw = 18",
	       "is 10-12 rw | 18-20 rw | 20-22 rx | 22-24 rw | 30-32 rw");
}

/* The page that begins with the window is a place like any other. */
static void place_hint_at_edges_is_taken(void **state)
{
	(void)state;
	script("place at 0 len 2 rw = 0", "place at 62 len 2 rw = 62", "is 0-2 rw | 62-64 rw");
}

/*
 *      18 19 20 21 22
 *      =  =  a  a  .           occupied or out of the window: searched instead
 */
static void place_occupied_hint_is_searched(void **state)
{
	(void)state;
	script("map 20-22 rx", "place at 19 len 2 rw = 62", "place at 21 len 1 r = 61",
	       "place at 20 len 1 rx = 60", "place at 63 len 2 none = 58",
	       "place at top len 1 x = 57",
	       "is 20-22 rx | 57-58 x | 58-60 none | 60-61 rx | 61-62 r | 62-64 rw");
}

/* A hint below the lowest address is raised to it. */
static void place_hint_below_lowest_is_raised(void **state)
{
	(void)state;
	script("place at 0x1000 len 2 rw = 0", "place at 0x5000 len 2 r = 62",
	       "place at 0x10 len 1 none = 61", "is 0-2 rw | 61-62 none | 62-64 r");
}

/* ---- stacks ------------------------------------------------------------------------------- */

/*
 *      7                       52       60 62                100
 *      + + + + + + + + + + + + ~ ~ ~ ~  S  . . . . . . . . .
 */
static void place_below_stack_keeps_gap(void **state)
{
	(void)state;
	script("set pages 100", "set gap 8", "map 60-62 rw growsdown", "place at 0x0 len 45 rw = 7",
	       "is 7-52 rw | 60-62 rw gd");
}

static void place_hint_in_stack_gap_is_searched(void **state)
{
	(void)state;
	script("set pages 100", "set gap 8", "map 60-62 rw growsdown", "place at 55 len 2 rw = 98",
	       "is 60-62 rw gd | 98-100 rw");
	script("set pages 100", "set gap 8", "map 60-62 rw growsdown", "place at 50 len 2 rw = 50",
	       "is 50-52 rw | 60-62 rw gd");
	script("set pages 100", "set gap 8", "map 60-62 rw growsdown", "place at 51 len 2 rw = 98");
	script("set pages 100", "set gap 8", "map 60-62 rw growsdown", "place at 62 len 2 rw = 62",
	       "is 60-62 rw gd | 62-64 rw");
}

/* Said where, nobody asks for the gap. */
static void map_fixed_in_stack_gap_is_taken(void **state)
{
	(void)state;
	script("set pages 100", "set gap 8", "map 60-62 rw growsdown", "map 58-60 rw",
	       "is 58-60 rw | 60-62 rw gd", "map 55-57 rw noreplace",
	       "is 55-57 rw | 58-60 rw | 60-62 rw gd");
}

/*
 *      0        8 10                  the gap would begin below the window: ends at its start
 *      ~ ~ ~ ~  S  a a a a a a
 */
static void place_stack_near_bottom_leaves_no_room(void **state)
{
	(void)state;
	script("set gap 16", "map 8-10 rw growsdown", "map 10-64 r",
	       "place at 0x0 len 1 r = ENOMEM", "place at 0 len 1 r = ENOMEM", "map 0-1 r",
	       "is 0-1 r | 8-10 rw gd | 10-64 r");
	script("set gap 7", "map 8-10 rw growsdown", "map 10-64 r", "place at 0x0 len 2 r = ENOMEM",
	       "place at 0x0 len 1 r = 0");
}

/*
 *      two stacks: the hole between them is used up to the upper one's gap
 *      0  10 12         26 30 32                  64
 *      .  S  S  + + + + ~~ T  T  a a a a a a a a a
 */
static void place_between_stacks_keeps_upper_gap(void **state)
{
	(void)state;
	script("map 10-12 rw growsdown", "map 30-32 rw growsdown", "map 32-64 r",
	       "place at 0x0 len 4 rx = 22", "place at 0x0 len 10 rx = 12",
	       "place at 0x0 len 6 x = 0",
	       "is 0-6 x | 10-12 rw gd | 12-26 rx | 30-32 rw gd | "
	       "32-64 r");
}

/*
 *      0          15 17 18   20  24
 *      a a a a a a .  . b ~ ~ S  S      the gap reaches past b: its hole is found from the bottom
 */
static void place_below_area_in_stack_gap_is_found_bottom_up(void **state)
{
	(void)state;
	script("set pages 24", "set gap 4", "map 20-24 rw growsdown", "map 17-18 r", "map 0-15 r",
	       "place at 0x0 len 3 rw = ENOMEM", "place at 0x0 len 2 rw = 15",
	       "counts 8.3 bottom-up", "is 0-15 r | 15-17 rw | 17-18 r | 20-24 rw gd");
	/* The lowest of them, and a hole in a gap does not serve from the bottom either. */
	script("set pages 40", "set gap 10", "map 30-40 rw growsdown", "map 26-28 r", "map 22-24 r",
	       "map 10-20 r", "map 6-9 rw growsdown", "map 0-3 r", "place at 0x0 len 2 rw = 20",
	       "counts 8.3 bottom-up", "place at 0x0 len 2 rx = 24",
	       "place at 0x0 len 2 x = ENOMEM", "place at 0x0 len 1 x = 9");
}

/* A new stack needs no gap of its own above others, and is placed like anything. */
static void place_stack_itself_takes_top(void **state)
{
	(void)state;
	script("place at 0x0 len 2 rw growsdown = 62", "place at 0x0 len 2 rw = 56",
	       "is 56-58 rw | 62-64 rw gd");
}

/* The rest of the card comes after the placement. */
static void place_without_room_is_enomem_before_file_rules(void **state)
{
	(void)state;
	script("set memlock 0", "map 0-64 r", "place at 0x0 len 1 rw shared readonly@0 = ENOMEM",
	       "place at 0x0 len 1 rw locked = ENOMEM", "unmap 4-6",
	       "place at 0x0 len 1 rw shared readonly@0 = EACCES",
	       "place at 0x0 len 1 rw shared plain@0 = 5");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(place_empty_space_takes_top),
		cmocka_unit_test(place_equal_maps_grow_downwards_as_one),
		cmocka_unit_test(place_between_areas_takes_highest_hole_that_fits),
		cmocka_unit_test(place_hole_of_exact_size_is_filled),
		cmocka_unit_test(place_lengths_at_the_bounds),
		cmocka_unit_test(place_bytes_take_whole_pages),
		cmocka_unit_test(place_free_hint_is_taken),
		cmocka_unit_test(place_hint_at_edges_is_taken),
		cmocka_unit_test(place_occupied_hint_is_searched),
		cmocka_unit_test(place_hint_below_lowest_is_raised),
		cmocka_unit_test(place_below_stack_keeps_gap),
		cmocka_unit_test(place_hint_in_stack_gap_is_searched),
		cmocka_unit_test(map_fixed_in_stack_gap_is_taken),
		cmocka_unit_test(place_stack_near_bottom_leaves_no_room),
		cmocka_unit_test(place_between_stacks_keeps_upper_gap),
		cmocka_unit_test(place_below_area_in_stack_gap_is_found_bottom_up),
		cmocka_unit_test(place_stack_itself_takes_top),
		cmocka_unit_test(place_without_room_is_enomem_before_file_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
