/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Faults and whose pages they make: chapter 10, population (8.7, 9.5), guards (9.4) and the
 * growth of stacks (9.12).
 *
 * In the drawings a column is a page in hexadecimal, a letter an area, '.' nothing, a capital
 * a faulted area; '=' marks the pages the operation names.
 */
#include "test_support.h"

/* ---- 10.1: what makes an owner ------------------------------------------------------------ */

/*
 *      0 1 2 3
 *      a = a a         reading takes the zero page, writing makes the area an owner
 */
static void touch_private_area_only_writing_makes_owner(void **state)
{
	(void)state;
	script("map 0-4 rw", "read 1-2", "is 0-4 rw", "write 1-2", "is 0-4 rw F1", "write 0-4",
	       "is 0-4 rw F1");
	script("map 0-4 rw plain@0", "read 1-2", "is 0-4 rw plain@0", "write 1-2",
	       "is 0-4 rw F1 plain@0");
	script("map 0-4 rw zero@0", "read 1-2", "write 1-2", "is 0-4 rw F1 zero@0");
}

static void touch_shared_area_makes_none(void **state)
{
	(void)state;
	script("map 0-4 rw shared", "write 0-4", "is 0-4 rw sh obj1@0");
	script("map 0-4 rw shared plain@0", "read 0-4", "write 0-4", "is 0-4 rw sh plain@0");
	script("map 0-4 rw shared shm@0", "write 0-4", "is 0-4 rw sh shm1@0");
}

/*
 *      0 1 2 3 4 5 6 7
 *      w w r r . . x x         stops at the first page that cannot be accessed
 */
static void touch_stops_at_first_inaccessible_page(void **state)
{
	(void)state;
	script("map 0-2 rw", "map 2-4 r", "map 6-8 x", "write 0-4 = EFAULT",
	       "is 0-2 rw F1 | 2-4 r | 6-8 x", "read 0-4", "read 3-5 = EFAULT", "read 6-8",
	       "write 6-8 = EFAULT", "read 4-5 = EFAULT", "write 5-7 = EFAULT",
	       "is 0-2 rw F1 | 2-4 r | 6-8 x");
	script("map 0-2 none", "map 2-4 w", "map 4-6 rw", "read 0-1 = EFAULT", "write 0-1 = EFAULT",
	       "read 2-4", "write 2-6", "is 0-2 none | 2-4 w F1 | 4-6 rw F1");
}

/* Nothing but going away undoes it. */
static void touch_owner_survives_everything_but_unmap(void **state)
{
	(void)state;
	script("map 0-4 rw", "write 0-1", "advise 0-4 dontneed", "is 0-4 rw F1", "lock 0-4",
	       "unlock 0-4", "is 0-4 rw F1", "prot 0-4 none", "is 0-4 none ac F1", "unmap 0-4",
	       "map 0-4 rw", "is 0-4 rw");
}

static void advise_populate_write_makes_owner(void **state)
{
	(void)state;
	script("map 0-4 rw", "advise 0-4 populate_read", "is 0-4 rw", "advise 2-3 populate_write",
	       "is 0-4 rw F1");
}

/* ---- 10.2: whose owner is taken over ------------------------------------------------------ */

/*
 *      0 1 2 3 4 5
 *      A A b b C C         next first, then prev, apart by access only
 */
static void write_between_owners_prefers_next(void **state)
{
	(void)state;
	script("map 0-6 rw", "prot 2-4 rwx", "write 0-1", "write 4-5", "write 2-3",
	       "is 0-2 rw F1 | 2-4 rwx F2 | 4-6 rw F2");
	script("map 0-6 rw", "prot 2-4 rwx", "write 0-1", "write 2-3",
	       "is 0-2 rw F1 | 2-4 rwx F1 | 4-6 rw");
	script("map 0-6 rw", "prot 2-4 rwx", "write 4-5", "write 2-3",
	       "is 0-2 rw | 2-4 rwx F1 | 4-6 rw F1");
}

/*
 *      0 1 2 3 4 5 6 7
 *      A A A A b b b b         equal but for access: shared; anything else: not
 */
static void write_beside_owner_shares_by_equality(void **state)
{
	static const char *const advices[] = { "dontfork",   "dontdump", "random",
					       "wipeonfork", "hugepage", "mergeable" };
	char advise[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(advices) / sizeof(advices[0]); i++) {
		snprintf(advise, sizeof(advise), "advise 4-8 %s", advices[i]);
		script("map 0-8 rw", advise, "write 0-1", "write 4-5", "advise 4-8 dofork",
		       "advise 4-8 dodump", "advise 4-8 normal", "advise 4-8 keeponfork",
		       "advise 4-8 unmergeable", "prot 4-8 rwx", "prot 0-4 rwx",
		       !strcmp(advices[i], "hugepage") ? "is 0-4 rwx F1 | 4-8 rwx hg F2"
						       : "is 0-4 rwx F1 | 4-8 rwx F2");
	}
}

static void write_beside_owner_of_other_charge_makes_own(void **state)
{
	(void)state;
	script("map 0-4 rw noreserve", "map 4-8 rw", "write 0-1", "write 4-5",
	       "is 0-4 rw nr F1 | 4-8 rw F2");
	script("map 0-4 rw", "map 6-8 rw", "write 0-1", "write 6-7", "is 0-4 rw F1 | 6-8 rw F2");
}

static void write_beside_owner_of_file_needs_same_file_and_page(void **state)
{
	(void)state;
	script("map 0-8 rw plain@0", "prot 4-8 rwx", "write 0-1", "write 4-5",
	       "is 0-4 rw F1 plain@0 | 4-8 rwx F1 plain@4");
	script("map 0-4 rw plain@0", "map 4-8 rw plain@5", "write 0-1", "write 4-5",
	       "is 0-4 rw F1 plain@0 | 4-8 rw F2 plain@5");
	script("map 0-4 rw plain@0", "map 4-8 rw second@4", "write 0-1", "write 4-5",
	       "is 0-4 rw F1 plain@0 | 4-8 rw F2 second@4");
	script("map 0-4 rw plain@0", "map 4-8 rw", "write 0-1", "write 4-5",
	       "is 0-4 rw F1 plain@0 | 4-8 rw F2");
}

/* The guard flag is ignored here too. */
static void write_beside_guarded_owner_shares(void **state)
{
	(void)state;
	script_since_6_18("map 0-8 rw", "prot 4-8 rwx", "guard 0-1", "write 4-5",
			  "is 0-4 rw gu F1 | 4-8 rwx F1", "prot 4-8 rw", "is 0-8 rw gu F1");
}

/* ---- population --------------------------------------------------------------------------- */

/*
 *      0 1 2 3 4 5 6 7
 *      L L L L p p p p         locked or populated: writable private ones are written
 */
static void map_populated_makes_owner_if_writable(void **state)
{
	(void)state;
	script("map 0-4 rw populate", "is 0-4 rw F1");
	script("map 0-4 rw populate nonblock", "is 0-4 rw");
	script("map 0-4 r populate", "is 0-4 r");
	script("map 0-4 none populate", "is 0-4 none");
	script("map 0-4 rw shared populate", "is 0-4 rw sh obj1@0");
	script("map 0-4 rw plain@0 populate", "is 0-4 rw F1 plain@0");
	script("map 0-4 rw locked", "is 0-4 rw lo F1", "counter locked 4");
	script("map 0-4 rw locked nonblock", "is 0-4 rw lo F1");
	script("map 0-4 r locked", "is 0-4 r lo");
}

/*
 *      0 1 2 3 4 5 6 7
 *      A A A A = = = =         joined first, populated then
 */
static void map_populated_beside_owner_joins(void **state)
{
	(void)state;
	script("map 0-4 rw", "write 0-1", "map 4-8 rw populate", "is 0-8 rw F1");
	script("map 0-4 rw", "map 4-8 rw populate", "is 0-8 rw F1");
}

static void lock_populates_unless_onfault(void **state)
{
	(void)state;
	script("map 0-4 rw", "lock 0-4", "is 0-4 rw lo F1");
	script("map 0-4 rw", "lock 0-4 onfault", "is 0-4 rw lo lf", "lock 0-4", "is 0-4 rw lo F1",
	       "counter locked 4");
	script("map 0-4 r", "lock 0-4", "is 0-4 r lo");
	script("map 0-4 rw shared plain@0", "lock 0-4", "is 0-4 rw sh lo plain@0");
}

/* A locked private area that becomes writable is written at once. */
static void protect_locked_to_writable_makes_owner(void **state)
{
	(void)state;
	script("map 0-4 r locked", "prot 0-4 rw", "is 0-4 rw lo F1");
	script("map 0-4 r", "lock 0-4 onfault", "prot 0-4 rw", "is 0-4 rw lo lf");
	script("map 0-4 r", "prot 0-4 rw", "is 0-4 rw");
	script("map 0-4 r shared plain@0 locked", "prot 0-4 rw", "is 0-4 rw sh lo plain@0");
}

/* ---- 9.5: locks as flags ------------------------------------------------------------------ */

/*
 *      0 1 2 3 4 5 6 7
 *      a a L L L L a a
 */
static void lock_and_unlock_cut_and_join(void **state)
{
	(void)state;
	script("map 0-8 r", "lock 2-6", "is 0-2 r | 2-6 r lo | 6-8 r", "counter locked 4",
	       "unlock 4-6", "is 0-2 r | 2-4 r lo | 4-8 r", "counter locked 2", "unlock 0-8",
	       "is 0-8 r", "counter locked 0", "unlock 0-8", "is 0-8 r");
}

static void lock_onfault_replaces_and_is_replaced(void **state)
{
	(void)state;
	script("map 0-8 r", "lock 0-4 onfault", "is 0-4 r lo lf | 4-8 r", "lock 0-8", "is 0-8 r lo",
	       "counter locked 8", "lock 2-4 onfault", "is 0-2 r lo | 2-4 r lo lf | 4-8 r lo",
	       "unlock 0-8", "is 0-8 r", "counter locked 0");
}

/* ---- 9.4: guards -------------------------------------------------------------------------- */

/*
 *      0 1 2 3
 *      a G G a         a marked page cannot be accessed, any other can
 */
static void guard_marked_page_cannot_be_touched(void **state)
{
	(void)state;
	script_since_6_18("map 0-4 rw", "guard 1-3", "is 0-4 rw gu F1", "read 0-1",
			  "read 1-2 = EFAULT", "write 2-3 = EFAULT", "write 0-4 = EFAULT",
			  "write 3-4", "unguard 2-4", "marks 1-2", "write 2-4", "read 0-4 = EFAULT",
			  "is 0-4 rw gu F1");
}

/* On anonymous areas an owner is made, on others the flag alone. */
static void guard_makes_owner_of_anonymous_only(void **state)
{
	(void)state;
	script_since_6_18("map 0-4 r", "guard 0-1", "is 0-4 r gu F1");
	script_since_6_18("map 0-4 rw zero@0", "guard 0-1", "is 0-4 rw gu F1 zero@0");
	script_since_6_18("map 0-4 rw plain@0", "guard 0-1", "is 0-4 rw gu plain@0");
	script_since_6_18("map 0-4 rw shared", "guard 0-1", "is 0-4 rw sh gu obj1@0");
	script_since_6_18("map 0-4 none", "guard 0-4", "is 0-4 none gu F1");
}

/* Installing never moves a boundary, also over two areas. */
static void guard_over_boundary_keeps_it(void **state)
{
	(void)state;
	script_since_6_18("map 0-4 rw", "map 4-8 r", "guard 2-6", "is 0-4 rw gu F1 | 4-8 r gu F2",
			  "marks 2-6", "unguard 0-8", "is 0-4 rw gu F1 | 4-8 r gu F2");
}

/* Markers outlive what only drops pages or changes flags. */
static void guard_markers_outlive_changes(void **state)
{
	(void)state;
	script_since_6_18("map 0-8 rw", "guard 2-4", "advise 0-8 dontneed", "marks 2-4",
			  "advise 0-8 free", "marks 2-4", "prot 0-3 r", "marks 2-4", "prot 0-8 rwx",
			  "marks 2-4", "lock 0-8 onfault", "marks 2-4", "unguard 3-4", "marks 2-3",
			  "unlock 0-8", "guard 2-4", "marks 2-4", "map 2-3 rwx", "marks 3-4",
			  "unmap 3-4", "marks none");
}

/*
 *      0 1 2 3 4 5 6 7
 *      G a a a a a a G         two islands with owners of their own never join again
 */
static void guard_two_islands_keep_apart(void **state)
{
	(void)state;
	script_since_6_18("map 0-4 r", "map 4-8 rx", "guard 0-1", "guard 7-8",
			  "is 0-4 r gu F1 | 4-8 rx gu F1", "prot 4-8 r", "is 0-8 r gu F1");
	script_since_6_18("map 0-2 r", "map 4-6 r", "guard 0-1", "guard 5-6", "map 2-4 r",
			  "is 0-4 r gu F1 | 4-6 r gu F2");
}

/* ---- 9.12: stacks ------------------------------------------------------------------------- */

/*
 *      20 21 ..     38 39 40 41
 *      .  .  .  .   =  .  S  S          down to the touched page
 */
static void touch_below_stack_grows_to_page(void **state)
{
	(void)state;
	script("map 40-42 rw growsdown", "read 38-39", "is 38-42 rw gd F1", "counter stack 4",
	       "counter total 4", "counter charged 4", "counter areas 1", "write 39-40",
	       "write 20-21", "is 20-42 rw gd F1");
}

/* The distance to an accessible area below must be the gap at least. */
static void touch_below_stack_keeps_gap(void **state)
{
	(void)state;
	script("set gap 4", "map 30-32 r", "map 40-42 rw growsdown", "write 35-36 = EFAULT",
	       "is 30-32 r | 40-42 rw gd", "write 36-37", "is 30-32 r | 36-42 rw gd F1",
	       "write 35-36 = EFAULT");
	script("set gap 0", "map 30-32 r", "map 40-42 rw growsdown", "write 32-33",
	       "is 30-32 r | 32-42 rw gd F1");
}

/*
 *      30 31 32            40 41
 *      n  n  =  .  .  .  . S  S         inaccessible, or another stack: up to it, unjoined
 */
static void touch_below_stack_beside_inaccessible_touches(void **state)
{
	(void)state;
	script("map 30-32 none", "map 40-42 rw growsdown", "write 32-33",
	       "is 30-32 none | 32-42 rw gd F1");
	script("map 30-32 rw growsdown", "map 40-42 rw growsdown", "write 32-33",
	       "is 30-32 rw gd | 32-42 rw gd F1", "write 30-31",
	       "is 30-32 rw gd F1 | 32-42 rw gd F1");
}

/* Not a stack above, nothing above, a stack below only: no growth. */
static void touch_hole_without_stack_above_is_efault(void **state)
{
	(void)state;
	script("map 20-22 rw growsdown", "map 40-42 rw", "write 38-39 = EFAULT",
	       "write 50-51 = EFAULT", "write 22-23 = EFAULT", "is 20-22 rw gd | 40-42 rw");
}

/* A refused growth leaves the owner it made before. */
static void touch_below_stack_refused_is_faulted_already(void **state)
{
	(void)state;
	script("map 40-42 rw growsdown", "rlimit stack 3", "write 38-39 = EFAULT",
	       "is 40-42 rw gd F1", "write 39-40", "is 39-42 rw gd F1");
	script("map 40-42 rw growsdown", "rlimit as 3", "write 38-39 = EFAULT",
	       "is 40-42 rw gd F1");
	script("set never 3", "map 40-42 rw growsdown", "write 38-39 = EFAULT", "is 40-42 rw gd F1",
	       "counter charged 2", "write 39-40");
}

static void touch_below_locked_stack_counts_locks(void **state)
{
	(void)state;
	script("set memlock 4", "map 40-42 rw growsdown locked", "write 38-39",
	       "is 38-42 rw lo gd F1", "counter locked 4", "write 37-38 = EFAULT",
	       "is 38-42 rw lo gd F1");
}

/* The lowest page of the window may be reached, and nothing below it. */
static void touch_below_stack_down_to_lowest_page(void **state)
{
	(void)state;
	script("map 4-6 rw growsdown", "write 0-1", "is 0-6 rw gd F1",
	       "write at 0x1ffffffff000 len 1 = EFAULT", "is 0-6 rw gd F1");
}

/* A read-only stack grows as well, but what is written to it fails. */
static void touch_below_readonly_stack(void **state)
{
	(void)state;
	script("map 40-42 r growsdown", "read 39-40", "is 39-42 r gd F1", "counter stack 3",
	       "counter charged 0", "prot 39-42 none", "counter stack 3");
}

/* ---- what the caller gets ----------------------------------------------------------------- */

/* No more runs than there is room for, no more words than the window has. */
static void read_out_stays_within_buffers(void **state)
{
	uint64_t marks[3] = { 7, 7, 7 };
	struct model_run runs[3];
	struct bench bench;

	(void)state;
	bench_start(&bench, MODEL_7_3,
		    LINES("set pages 100", "map 0-2 rw", "map 4-6 rw", "map 8-10 r plain@5",
			  "guard 9-10", "map 99-100 rw", "guard 99-100"));
	bench_rest(&bench);
	memset(runs, 0x5a, sizeof(runs));
	assert_int_equal(model_runs(bench.model, 0, runs, 2), 4);
	assert_int_equal(runs[1].start, 4);
	assert_int_equal(runs[2].start, 0x5a5a5a5a);
	assert_int_equal(model_runs(bench.model, 0, NULL, 0), 4);
	model_markers(bench.model, 0, marks);
	assert_int_equal(marks[0], UINT64_C(1) << 9);
	assert_int_equal(marks[1], UINT64_C(1) << (99 - 64));
	assert_int_equal(marks[2], 7);
	model_free(bench.model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(touch_private_area_only_writing_makes_owner),
		cmocka_unit_test(touch_shared_area_makes_none),
		cmocka_unit_test(touch_stops_at_first_inaccessible_page),
		cmocka_unit_test(touch_owner_survives_everything_but_unmap),
		cmocka_unit_test(advise_populate_write_makes_owner),
		cmocka_unit_test(write_between_owners_prefers_next),
		cmocka_unit_test(write_beside_owner_shares_by_equality),
		cmocka_unit_test(write_beside_owner_of_other_charge_makes_own),
		cmocka_unit_test(write_beside_owner_of_file_needs_same_file_and_page),
		cmocka_unit_test(write_beside_guarded_owner_shares),
		cmocka_unit_test(map_populated_makes_owner_if_writable),
		cmocka_unit_test(map_populated_beside_owner_joins),
		cmocka_unit_test(lock_populates_unless_onfault),
		cmocka_unit_test(protect_locked_to_writable_makes_owner),
		cmocka_unit_test(lock_and_unlock_cut_and_join),
		cmocka_unit_test(lock_onfault_replaces_and_is_replaced),
		cmocka_unit_test(guard_marked_page_cannot_be_touched),
		cmocka_unit_test(guard_makes_owner_of_anonymous_only),
		cmocka_unit_test(guard_over_boundary_keeps_it),
		cmocka_unit_test(guard_markers_outlive_changes),
		cmocka_unit_test(guard_two_islands_keep_apart),
		cmocka_unit_test(touch_below_stack_grows_to_page),
		cmocka_unit_test(touch_below_stack_keeps_gap),
		cmocka_unit_test(touch_below_stack_beside_inaccessible_touches),
		cmocka_unit_test(touch_hole_without_stack_above_is_efault),
		cmocka_unit_test(touch_below_stack_refused_is_faulted_already),
		cmocka_unit_test(touch_below_locked_stack_counts_locks),
		cmocka_unit_test(touch_below_stack_down_to_lowest_page),
		cmocka_unit_test(touch_below_readonly_stack),
		cmocka_unit_test(read_out_stays_within_buffers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
