/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The worked examples of chapter 15 and appendix G that mmap, munmap, mprotect, madvise, touch,
 * mlock, fork and the limits can express, each under its number.
 *
 * In the drawings a column is a page in hexadecimal, a letter an area, '.' nothing, a capital
 * a faulted area; '=' marks the pages the operation names.
 */
#include "test_support.h"

/*
 * E1   0 1 2 3 4 5 6 7 8 9 a b
 *      a a a a = = = = b b b b
 */
static void e1_map_both_sides_joins(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 8-12 rw", "is 0-4 rw | 8-12 rw", "map 4-8 rw", "is 0-12 rw",
	       "counter areas 1");
}

/*
 * E2   0 1 2 3 4 5 6 7 8 9 a b
 *      a a = a a a a a a a a a
 */
static void e2_map_over_middle_and_back_joins(void **state)
{
	(void)state;
	script("map 0-12 rw", "map 2-3 r", "is 0-2 rw | 2-3 r | 3-12 rw", "map 2-3 rw",
	       "is 0-12 rw");
}

/*
 * E3   0 1 2 3 4 5 6 7 8 9 a b
 *      a a a a = = = = a a a a         to r: two cuts
 *      a a a a = = r r a a a a         left partial
 *      a a a a a a = = a a a a         both
 */
static void e3_protect_middle_and_back_in_pieces(void **state)
{
	(void)state;
	script("map 0-12 rw", "prot 4-8 r", "[6.12,6.18,7.3] is 0-4 rw | 4-8 r | 8-12 rw",
	       "[6.1] is 0-4 rw | 4-8 r ac | 8-12 rw", "counter areas 3", "prot 4-6 rw",
	       "[6.12,6.18,7.3] is 0-6 rw | 6-8 r | 8-12 rw",
	       "[6.1] is 0-6 rw | 6-8 r ac | 8-12 rw", "counter areas 3", "prot 6-8 rw",
	       "is 0-12 rw", "counter areas 1");
}

/*
 * E4   0 1 2 3 4 5 6 7 8 9 a b
 *      a a a a r r = = c c c c
 */
static void e4_protect_tail_joins_right_partially(void **state)
{
	(void)state;
	script("map 0-12 rw", "prot 4-8 r", "prot 6-8 rw",
	       "[6.12,6.18,7.3] is 0-4 rw | 4-6 r | 6-12 rw",
	       "[6.1] is 0-4 rw | 4-6 r ac | 6-12 rw");
}

/*
 * E5   0 1 2 3 4 5 6 7 8 9 a b
 *      r r r r = = = = W W W W         unfaulted: the charge goes, joined
 *      r r r r r r r r = = = =         faulted: it stays, apart
 */
static void e5_protect_charged_stays_apart(void **state)
{
	(void)state;
	script("map 0-4 r", "map 4-8 rw", "prot 4-8 r", "[6.12,6.18,7.3] is 0-8 r",
	       "[6.1] is 0-4 r | 4-8 r ac", "map 8-12 rw", "write 8-9", "prot 8-12 r",
	       "[6.12,6.18,7.3] is 0-8 r | 8-12 r ac F1",
	       "[6.1] is 0-4 r | 4-8 r ac | 8-12 r ac F1");
}

/* Mapped one after the other the two writable areas are one, and the write is to both. */
static void e5_protect_charged_as_written(void **state)
{
	(void)state;
	script("map 0-4 r", "map 4-8 rw", "map 8-12 rw", "is 0-4 r | 4-12 rw", "write 8-9",
	       "prot 4-8 r", "is 0-4 r | 4-8 r ac F1 | 8-12 rw F1", "prot 8-12 r",
	       "is 0-4 r | 4-12 r ac F1");
}

/*
 * E6   0 1 2 3 4 5 6 7 8 9 a b
 *      A A A A = = = = C C C C
 */
static void e6_map_between_two_owners_joins_left(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 8-12 rw", "write 0-1", "write 8-9", "is 0-4 rw F1 | 8-12 rw F2",
	       "map 4-8 rw", "[6.12,6.18,7.3] is 0-8 rw F1 | 8-12 rw F2",
	       "[6.1] is 0-4 rw F1 | 4-12 rw F2");
}

/*
 * E7   0 1 2 3 4 5 6 7
 *      A A A A X X X X         apart by access only: the second write shares the owner
 */
static void e7_write_beside_other_access_shares_owner(void **state)
{
	(void)state;
	script("map 0-8 rw", "prot 4-8 rwx", "write 0-1", "is 0-4 rw F1 | 4-8 rwx", "write 4-5",
	       "is 0-4 rw F1 | 4-8 rwx F1", "prot 4-8 rw", "is 0-8 rw F1");
}

/*
 * E8   0 1 2 3 4 5 6 7
 *      A A A A D D D D         apart by more than access: two owners, and a no-op joins nothing
 */
static void e8_write_beside_other_flags_makes_owner(void **state)
{
	(void)state;
	script("map 0-8 rw", "advise 4-8 dontfork", "write 0-1", "write 4-5",
	       "is 0-4 rw F1 | 4-8 rw dc F2", "advise 4-8 dofork", "is 0-4 rw F1 | 4-8 rw F2",
	       "prot 0-8 rw", "is 0-4 rw F1 | 4-8 rw F2");
}

/*
 * E9   0 1 2 3 4 5
 *      A A = = C C         the next one's owner is preferred
 */
static void e9_write_between_two_owners_takes_next(void **state)
{
	(void)state;
	script("map 0-6 rw", "prot 2-4 rwx", "write 0-1", "write 4-5", "write 2-3",
	       "is 0-2 rw F1 | 2-4 rwx F2 | 4-6 rw F2", "prot 2-4 rw", "is 0-2 rw F1 | 2-6 rw F2");
}

/*
 * E10  0 1 2 3 4 5 6 7 8 9 a b
 *      a a a a B B B B c c c c
 */
static void e10_protect_faulted_between_unfaulted(void **state)
{
	(void)state;
	script("map 0-12 rw", "prot 4-8 rwx", "write 4-5", "is 0-4 rw | 4-8 rwx F1 | 8-12 rw",
	       "prot 4-8 rw", "[6.18,7.3] is 0-12 rw F1",
	       "[6.1,6.12] is 0-4 rw | 4-8 rw F1 | 8-12 rw");
}

/*
 * E11  0 1 2 3 4 5 6 7
 *      a a = = a a a a         the outer parts are new (open), the hole is the old one (close)
 */
static void e11_unmap_middle_opens_outer_parts(void **state)
{
	(void)state;
	script("map 0-8 r close@0", "unmap 2-4",
	       "saw close.may_split(0-8/2) close.open(0-2) close.may_split(2-8/4) "
	       "close.open(4-8) close.close(2-4)",
	       "is 0-2 r close@0 | 4-8 r close@4");
}

/*
 * E12  0 1 2 3 4 5 6 7
 *      a a = = = = b b         at the limit: two cuts for a moment, none in the end
 */
static void e12_unmap_across_areas_at_limit(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 4-8 r", "limit +0", "unmap 2-6", "is 0-2 rw | 6-8 r",
	       "counter areas 2");
}

/*
 * E13  0 1 2 3 4 5 6 7
 *      a a a = a a a a
 */
static void e13_unmap_hole_at_limit_is_refused(void **state)
{
	(void)state;
	script("map 0-8 rw", "limit +0", "unmap 3-4 = ENOMEM", "is 0-8 rw", "limit +1", "unmap 3-4",
	       "is 0-3 rw | 4-8 rw", "counter areas 2");
}

/*
 * E14  0 1 2 3 4 5 6 7 8 9 a b
 *      a a . . = = . . = =             one over the limit, then even a joining one is refused
 */
static void e14_map_overshoots_limit_by_one(void **state)
{
	(void)state;
	script("map 0-2 rw", "limit +0", "map 4-6 rw", "counter areas 2", "map 6-8 rw = ENOMEM",
	       "saw no_slots/2", "is 0-2 rw | 4-6 rw");
}

/*
 * E15  0 1 2 3 4 5 6 7
 *      a a a = = a a a         room for one cut of two
 */
static void e15_protect_middle_below_limit_leaves_cut(void **state)
{
	(void)state;
	script("map 0-8 rw", "limit +1", "prot 3-5 r = ENOMEM", "is 0-3 rw | 3-8 rw");
}

/*
 * E16  0 1 2 3 4 5 6 7 8 9 a b
 *      a a a a = = = = = = = =         8 pages more wanted, 4 given back, 2 allowed
 */
static void e16_map_fixed_beyond_address_space_leaves_cut(void **state)
{
	(void)state;
	script("map 0-8 rw", "rlimit as 10", "map 4-12 r = ENOMEM",
	       "[6.12,6.18,7.3] is 0-4 rw | 4-8 rw", "[6.1] is 0-8 rw", "map 4-10 r",
	       "is 0-4 rw | 4-10 r");
}

/*
 * E17  0 1 2 3 4 5 6 7
 *      a a = = a a a a         the driver says no after the old pages went
 */
static void e17_map_fixed_failing_driver_leaves_hole(void **state)
{
	(void)state;
	script("map 0-8 rw", "map 2-4 r failing@0 = ENODEV", "is 0-2 rw | 4-8 rw",
	       "counter charged 6");
	script("map 0-8 rw", "map 2-4 rw failing@0 = ENODEV", "is 0-2 rw | 4-8 rw",
	       "counter charged 6");
}

/*
 * E18  0 1 2 3 4 5 6 7
 *      S S r r r r S S         a close hook: parts may shift, none may die
 */
static void e18_protect_closing_area_shifts_but_stays(void **state)
{
	(void)state;
	script("map 0-8 rw shared shm@0", "prot 2-6 r", "prot 2-4 rw", "saw nothing",
	       "[6.12,6.18,7.3] is 0-4 rw sh shm1@0 | 4-6 r sh shm1@4 | 6-8 rw sh shm1@6",
	       "[6.1] is 0-2 rw sh shm1@0 | 2-4 rw sh shm1@2 | 4-6 r sh shm1@4 | 6-8 rw sh shm1@6",
	       "prot 4-6 rw", "saw nothing",
	       "[6.12,6.18,7.3] is 0-4 rw sh shm1@0 | 4-6 rw sh shm1@4 | 6-8 rw sh shm1@6",
	       "[6.1] is 0-2 rw sh shm1@0 | 2-4 rw sh shm1@2 | 4-6 rw sh shm1@4 | 6-8 rw sh shm1@6",
	       "[6.12,6.18,7.3] counter areas 3", "[6.1] counter areas 4");
}

/*
 * E29  0 1 2 3 4 5 6 7
 *      A A A A = = = =         in the child apart, in the parent joined
 */
static void e29_map_beside_inherited_stays_apart(void **state)
{
	(void)state;
	script("map 0-4 rw", "write 0-1", "fork = 1", "@1 map 4-8 rw", "@1 is 0-4 rw F1* | 4-8 rw",
	       "map 4-8 rw", "is 0-8 rw F1");
}

/*
 * E30  0 1 2 3
 *      A A B B         one owner before the fork, two in the child
 */
static void e30_protect_inherited_pieces_stay_apart(void **state)
{
	(void)state;
	script("map 0-4 rw", "write 0-1", "prot 2-4 r", "is 0-2 rw F1 | 2-4 r ac F1", "fork = 1",
	       "@1 is 0-2 rw F1* | 2-4 r ac F2*", "@1 prot 2-4 rw", "@1 is 0-2 rw F1* | 2-4 rw F2*",
	       "prot 2-4 rw", "is 0-4 rw F1");
}

/*
 * E31  0 1 2 3 4 5 6 7 8 9 a b
 *      a a a a G g g g c c c c
 *              = =
 */
static void e31_protect_guarded_piecewise_spreads_flag(void **state)
{
	(void)state;
	script_since_6_18("map 0-4 rw", "map 8-12 rw", "map 4-8 r", "guard 4-5",
			  "is 0-4 rw | 4-8 r gu F1 | 8-12 rw", "prot 4-6 rw",
			  "is 0-6 rw gu F1 | 6-8 r gu F1 | 8-12 rw", "prot 6-8 rw",
			  "is 0-12 rw gu F1", "marks 4-5");
}

/*
 * E32  0 1 2 3
 *      = = g g
 */
static void e32_map_beside_guarded_takes_flag(void **state)
{
	(void)state;
	script_since_6_18("map 2-4 rw", "guard 3-4", "map 0-2 rw", "is 0-4 rw gu F1");
}

/*
 * E34  0 1 2 3 4 5 6 7
 *      L L . . L L . .         two islands written by the locking, two owners
 */
static void e34_lock_over_islands_joins_left_only(void **state)
{
	(void)state;
	script("map 0-8 rw", "lock 0-2", "is 0-2 rw lo F1 | 2-8 rw", "lock 4-6",
	       "is 0-2 rw lo F1 | 2-4 rw | 4-6 rw lo F2 | 6-8 rw", "lock 0-8",
	       "is 0-4 rw lo F1 | 4-8 rw lo F2", "counter locked 8");
}

/*
 * E37          page 39: just below; page 19 with 0-2 accessible: inside the gap of 256
 *      0 1 2 ...               40 41
 *      a a . . . . . . . . . . S  S
 */
static void e37_touch_below_stack_grows_unless_near(void **state)
{
	(void)state;
	script("set gap 256", "map 40-42 rw growsdown", "write 39-40", "is 39-42 rw gd F1",
	       "counter stack 3", "map 0-2 r", "write 19-20 = EFAULT", "is 0-2 r | 39-42 rw gd F1",
	       "prot 0-2 none", "write 2-3", "is 0-2 none | 2-42 rw gd F1", "counter stack 40",
	       "counter charged 40");
}

/*
 * E39  0 1 2 3 4 5 6 7 8 9
 *      a a = = = = = = b b         the gap ends it, what lies before stays changed
 */
static void e39_protect_over_gap_stops_there(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 6-10 rw", "prot 2-8 r = ENOMEM",
	       "[6.12,6.18,7.3] is 0-2 rw | 2-4 r | 6-10 rw",
	       "[6.1] is 0-2 rw | 2-4 r ac | 6-10 rw");
}

/*
 * E40  the same with advice: the gap is told, and everything done
 */
static void e40_advise_over_gap_goes_on(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 6-10 rw", "advise 2-8 dontfork = ENOMEM",
	       "is 0-2 rw | 2-4 rw dc | 6-8 rw dc | 8-10 rw");
}

/*
 * E41  0 1 2 3 4 5 6 7 8 9 a b
 *      a a = = = = = = = = c c         three kinds become one as the walk goes
 */
static void e41_protect_over_three_joins_as_it_walks(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 4-8 r", "map 8-12 rx", "prot 2-10 none",
	       "[6.12,6.18,7.3] is 0-2 rw | 2-10 none | 10-12 rx",
	       "[6.1] is 0-2 rw | 2-4 none ac | 4-10 none | 10-12 rx");
}

/*
 * E43  0 1 2 3 4 5 6 7 8 9 a b c d
 *      A A A A = = = =                 @4: joins
 *      A A A A A A A A = = = =         @9: a page too far
 *      A A A A A A A A B B B B = =     another open of the file
 */
static void e43_map_file_pieces(void **state)
{
	(void)state;
	script("map 0-4 r plain@0", "map 4-8 r plain@4", "is 0-8 r plain@0", "map 8-12 r plain@9",
	       "map 12-14 r second@13", "is 0-8 r plain@0 | 8-12 r plain@9 | 12-14 r second@13");
}

/*
 * E44  0 1 2 3
 *      a D D c         the child lacks what must not be copied, and joins nothing
 */
static void e44_fork_keeps_boundaries(void **state)
{
	(void)state;
	script("map 0-4 rw", "advise 1-3 dontfork", "fork = 1", "@1 is 0-1 rw | 3-4 rw",
	       "is 0-1 rw | 1-3 rw dc | 3-4 rw");
	script("map 0-4 rw", "lock 1-3 onfault", "fork = 1", "@1 is 0-1 rw | 1-3 rw | 3-4 rw",
	       "@1 prot 0-4 rw", "@1 is 0-1 rw | 1-3 rw | 3-4 rw", "@1 prot 0-4 r",
	       "[6.12,6.18,7.3] @1 is 0-4 r", "[6.1] @1 is 0-4 r ac");
}

/*
 * T1   0 1 2 3 4 5 6 7 8 9 a b
 *      A A A A = = = = C C C C         the middle is A's: left wins
 */
static void t1_protect_prev_owner_joins_left(void **state)
{
	(void)state;
	script("map 0-8 rw", "write 0-1", "prot 4-8 r", "map 8-12 rw", "advise 8-12 dontfork",
	       "write 8-9", "advise 8-12 dofork", "is 0-4 rw F1 | 4-8 r ac F1 | 8-12 rw F2",
	       "prot 4-8 rw", "is 0-8 rw F1 | 8-12 rw F2");
}

/*
 * T2   0 1 2 3 4 5 6 7 8 9 a b
 *      a a a a = = = = C C C C         the middle is C's, a has none
 */
static void t2_protect_next_owner_joins_all(void **state)
{
	(void)state;
	script("map 4-12 rw", "write 8-9", "prot 4-8 r", "map 0-4 rw",
	       "is 0-4 rw | 4-8 r ac F1 | 8-12 rw F1", "prot 4-8 rw", "[6.18,7.3] is 0-12 rw F1",
	       "[6.1,6.12] is 0-4 rw | 4-12 rw F1");
}

/* T3   only prev has an owner */
static void t3_protect_faulted_prev_joins_all(void **state)
{
	(void)state;
	script("map 0-4 rw", "write 0-1", "map 4-8 r", "map 8-12 rw",
	       "is 0-4 rw F1 | 4-8 r | 8-12 rw", "prot 4-8 rw", "is 0-12 rw F1");
}

/* T4   in a child, next inherited its pages: right is refused */
static void t4_protect_beside_inherited_joins_left(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 4-8 r", "map 8-12 rw", "write 8-9", "fork = 1", "@1 prot 4-8 rw",
	       "@1 is 0-8 rw | 8-12 rw F1*");
}

/*
 * T5   0 1 2 3 4 5 6 7 8 9 a b
 *      f f f f = = = = o o o o         one file, then another
 */
static void t5_protect_file_beside_other_joins_own(void **state)
{
	(void)state;
	script("map 0-4 rw plain@0", "map 4-8 r plain@4", "map 8-12 rw other@8", "prot 4-8 rw",
	       "is 0-8 rw plain@0 | 8-12 rw other@8");
}

/* T6   the guard flag is not compared, but the owners are */
static void t6_protect_guarded_other_owner_stays_apart(void **state)
{
	(void)state;
	script_since_6_18("map 0-4 rw", "map 4-8 rwx", "guard 4-5", "advise 0-4 dontfork",
			  "write 0-1", "advise 0-4 dofork", "is 0-4 rw F1 | 4-8 rwx gu F2",
			  "prot 4-8 rw", "is 0-4 rw F1 | 4-8 rw gu F2");
}

/*
 * T8   0 1 2 3 4 5
 *      a a = = B B         a survives and takes B's owner
 */
static void t8_map_before_faulted_joins_all(void **state)
{
	(void)state;
	script("map 0-2 rw", "map 4-6 rw", "write 4-5", "map 2-4 rw",
	       "[6.12,6.18,7.3] is 0-6 rw F1", "[6.1] is 0-2 rw | 2-6 rw F1");
}

/* T9   the other way round */
static void t9_map_behind_faulted_joins_all(void **state)
{
	(void)state;
	script("map 0-2 rw", "map 4-6 rw", "write 0-1", "map 2-4 rw", "is 0-6 rw F1");
}

/* ---- The report of the design: a missed merge and its twin -------------------------------- */

/*
 *      0 1 2 3 4 5
 *      . . X X W W         2-4 rwx, written after 4-6: it takes the owner of 4-6
 */
static void protect_pieces_of_one_owner_to_rwx_joins(void **state)
{
	(void)state;
	script("map 2-6 rw", "prot 2-4 rwx", "write 4-5", "write 2-3", "is 2-4 rwx F1 | 4-6 rw F1",
	       "prot 4-6 rwx", "is 2-6 rwx F1");
}

/*
 * The twin: 2-4 lost its charge before it was written, 4-6 keeps its own.
 *
 *      0 1 2 3 4 5
 *      . . r r W W
 */
static void protect_uncharged_beside_charged_to_readonly_stays_apart(void **state)
{
	(void)state;
	script("map 2-6 rw", "prot 2-4 r", "write 4-5", "write 2-3 = EFAULT", "prot 4-6 r",
	       "[6.12,6.18,7.3] is 2-4 r | 4-6 r ac F1", "[6.1] is 2-4 r ac | 4-6 r ac F1");
}

/* ---- 7 of the live-kernel notes: half-failed growth of writable pages --------------------- */

/*
 *      0 1 2 3 4 5 6 7
 *      w w r r r r r r         data limit: the pieces before the refusal stay changed
 */
static void protect_to_writable_beyond_data_limit_keeps_prefix(void **state)
{
	(void)state;
	script("map 0-2 r", "map 2-4 rx", "map 4-8 r", "rlimit data 4", "prot 0-8 rw = ENOMEM",
	       "is 0-4 rw | 4-8 r", "counter data 4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(e1_map_both_sides_joins),
		cmocka_unit_test(e2_map_over_middle_and_back_joins),
		cmocka_unit_test(e3_protect_middle_and_back_in_pieces),
		cmocka_unit_test(e4_protect_tail_joins_right_partially),
		cmocka_unit_test(e5_protect_charged_stays_apart),
		cmocka_unit_test(e5_protect_charged_as_written),
		cmocka_unit_test(e6_map_between_two_owners_joins_left),
		cmocka_unit_test(e7_write_beside_other_access_shares_owner),
		cmocka_unit_test(e8_write_beside_other_flags_makes_owner),
		cmocka_unit_test(e9_write_between_two_owners_takes_next),
		cmocka_unit_test(e10_protect_faulted_between_unfaulted),
		cmocka_unit_test(e11_unmap_middle_opens_outer_parts),
		cmocka_unit_test(e12_unmap_across_areas_at_limit),
		cmocka_unit_test(e13_unmap_hole_at_limit_is_refused),
		cmocka_unit_test(e14_map_overshoots_limit_by_one),
		cmocka_unit_test(e15_protect_middle_below_limit_leaves_cut),
		cmocka_unit_test(e16_map_fixed_beyond_address_space_leaves_cut),
		cmocka_unit_test(e17_map_fixed_failing_driver_leaves_hole),
		cmocka_unit_test(e18_protect_closing_area_shifts_but_stays),
		cmocka_unit_test(e29_map_beside_inherited_stays_apart),
		cmocka_unit_test(e30_protect_inherited_pieces_stay_apart),
		cmocka_unit_test(e31_protect_guarded_piecewise_spreads_flag),
		cmocka_unit_test(e32_map_beside_guarded_takes_flag),
		cmocka_unit_test(e34_lock_over_islands_joins_left_only),
		cmocka_unit_test(e37_touch_below_stack_grows_unless_near),
		cmocka_unit_test(e39_protect_over_gap_stops_there),
		cmocka_unit_test(e40_advise_over_gap_goes_on),
		cmocka_unit_test(e41_protect_over_three_joins_as_it_walks),
		cmocka_unit_test(e43_map_file_pieces),
		cmocka_unit_test(e44_fork_keeps_boundaries),
		cmocka_unit_test(t1_protect_prev_owner_joins_left),
		cmocka_unit_test(t2_protect_next_owner_joins_all),
		cmocka_unit_test(t3_protect_faulted_prev_joins_all),
		cmocka_unit_test(t4_protect_beside_inherited_joins_left),
		cmocka_unit_test(t5_protect_file_beside_other_joins_own),
		cmocka_unit_test(t6_protect_guarded_other_owner_stays_apart),
		cmocka_unit_test(t8_map_before_faulted_joins_all),
		cmocka_unit_test(t9_map_behind_faulted_joins_all),
		cmocka_unit_test(protect_pieces_of_one_owner_to_rwx_joins),
		cmocka_unit_test(protect_uncharged_beside_charged_to_readonly_stays_apart),
		cmocka_unit_test(protect_to_writable_beyond_data_limit_keeps_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
