/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernels do differently: the rows of chapter 13 that the model's operations reach, and
 * the quirks of appendix F as that profile's kernel does them. 6.1 is 6.12 in these; what it
 * has of its own is in profile_6_1_test.c.
 *
 * In the drawings a column is a page in hexadecimal, a letter an area, '.' nothing, a capital
 * a faulted area; '=' marks the pages the operation names.
 */
#include "test_support.h"

/*
 * D1   0 1 2 3 4 5 6 7
 *      a a a a B B = =         6.12: an unfaulted area never takes a faulted one in
 */
static void d1_protect_faulted_beside_unfaulted(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 4-8 rwx", "write 4-5", "prot 4-6 rw",
	       "[6.1,6.12] is 0-4 rw | 4-6 rw F1 | 6-8 rwx F1",
	       "[6.18,7.3] is 0-6 rw F1 | 6-8 rwx F1", "prot 6-8 rw",
	       "[6.1,6.12] is 0-4 rw | 4-8 rw F1", "[6.18,7.3] is 0-8 rw F1");
	script("map 0-4 rwx", "map 4-8 rw", "write 0-1", "prot 2-4 rw",
	       "[6.1,6.12] is 0-2 rwx F1 | 2-4 rw F1 | 4-8 rw",
	       "[6.18,7.3] is 0-2 rwx F1 | 2-8 rw F1");
	script("map 0-4 rw", "map 4-8 rw shared", "unmap 4-8", "map 4-8 rw plain@4", "write 4-5",
	       "is 0-4 rw | 4-8 rw F1 plain@4");
}

/* The other way round joins in each: an unfaulted middle into a faulted neighbour. */
static void d1_protect_unfaulted_beside_faulted(void **state)
{
	(void)state;
	script("map 0-4 rw", "write 0-1", "map 4-8 r", "prot 4-6 rw", "is 0-6 rw F1 | 6-8 r");
	script("map 4-8 rw", "write 4-5", "map 0-4 r", "prot 2-4 rw", "is 0-2 r | 2-8 rw F1");
}

/* In 6.12 locking an area beside an unlocked, unfaulted one leaves a boundary. */
static void d1_unlock_beside_unfaulted(void **state)
{
	(void)state;
	script("map 0-8 rw", "lock 4-8", "is 0-4 rw | 4-8 rw lo F1", "unlock 4-8",
	       "[6.1,6.12] is 0-4 rw | 4-8 rw F1", "[6.18,7.3] is 0-8 rw F1");
}

/*
 * D2, D3, D5
 *      0 1 2 3
 *      G a a a         6.12 knows neither guards nor the flag
 */
static void d5_guard_in_6_12_is_unknown_advice(void **state)
{
	(void)state;
	script_before_6_18("map 0-4 rw", "guard 0-1 = EINVAL", "guard at 0+1 len 1 = EINVAL",
			   "guard 10-12 = EINVAL", "guard at 0 len 0x0 = EINVAL",
			   "unguard 0-1 = EINVAL", "is 0-4 rw", "marks none");
	script_since_6_18("map 0-4 rw", "guard 0-1", "map 4-8 r plain@4", "guard 4-5",
			  "is 0-4 rw gu F1 | 4-8 r gu plain@4");
}

/* D4   soft-dirty is ignored in each profile, and on every new area where configured */
static void d4_soft_dirty_if_configured(void **state)
{
	(void)state;
	script("set soft_dirty 1", "map 0-4 rw", "map 4-8 r plain@0", "map 8-10 rw shared",
	       "is 0-4 rw sd | 4-8 r sd plain@0 | 8-10 rw sh sd obj1@0", "fork = 1",
	       "@1 is 0-4 rw sd | 4-8 r sd plain@0 | 8-10 rw sh sd obj1@0");
	script("set soft_dirty 0", "map 0-4 rw", "is 0-4 rw");
}

/*
 * D15  0 1 2 3 4 5 6 7
 *      d d d d = = = =         a hook that adds a flag: 6.12 looks once more whether it joins
 */
static void d15_map_legacy_hook_changing_flags(void **state)
{
	(void)state;
	script("map 0-4 r legacy@0", "saw legacy.mmap(0-4)", "is 0-4 r dd legacy@0",
	       "map 4-8 r legacy@4", "saw legacy.mmap(4-8)", "[6.1,6.12] is 0-8 r dd legacy@0",
	       "[6.18,7.3] is 0-4 r dd legacy@0 | 4-8 r dd legacy@4", "counter total 8");
	/* The second look takes the right side too, but only with something on the left. */
	script("map 0-2 r legacy@0", "map 6-8 r legacy@6", "map 2-6 r legacy@2",
	       "[6.1,6.12] is 0-8 r dd legacy@0",
	       "[6.18,7.3] is 0-2 r dd legacy@0 | 2-6 r dd legacy@2 | 6-8 r dd legacy@6");
	script("map 4-8 r legacy@4", "map 0-4 r legacy@0",
	       "is 0-4 r dd legacy@0 | 4-8 r dd legacy@4");
	script("map 0-1 none", "map 4-8 r legacy@4", "map 2-4 r legacy@2",
	       "[6.1,6.12] is 0-1 none | 2-8 r dd legacy@2",
	       "[6.18,7.3] is 0-1 none | 2-4 r dd legacy@2 | 4-8 r dd legacy@4");
}

/* A hook whose flag the neighbour lost again: the first look joins, the hook is not called. */
static void d15_map_legacy_hook_beside_unflagged(void **state)
{
	(void)state;
	script("map 0-4 r legacy@0", "advise 0-4 dodump", "map 4-8 r legacy@4", "saw nothing",
	       "is 0-8 r legacy@0");
}

/*
 * D16  0 1 2 3
 *      = = = =         mmap_prepare: 6.12 has no such operation
 */
static void d16_map_prepare_file(void **state)
{
	(void)state;
	script("map 2-4 rw", "[6.1,6.12] map 0-4 r prepare@0 = ENODEV", "[6.1,6.12] saw nothing",
	       "[6.1,6.12] is 2-4 rw", "[6.18,7.3] map 0-4 r prepare@0",
	       "[6.18,7.3] saw prepare.mmap_prepare(0-4)", "[6.18,7.3] is 0-4 r prepare@0");
}

/* What the hook changes is there before the joining is tried. */
static void d16_map_prepare_changes_come_before_joining(void **state)
{
	(void)state;
	script_since_6_18("map 0-4 r marked@0", "map 4-8 r marked@4",
			  "saw marked.mmap_prepare(4-8)", "is 0-8 r dd marked@0");
	script_since_6_18("map 0-4 r shifted@0", "is 0-4 r shifted@3", "map 4-8 r shifted@4",
			  "is 0-8 r shifted@3", "map 8-10 r shifted@11",
			  "is 0-8 r shifted@3 | 8-10 r shifted@14");
}

static void d16_map_prepare_refusing_leaves_hole(void **state)
{
	(void)state;
	script_since_6_18("map 0-8 rw", "map 2-4 r refusing@0 = EIO",
			  "saw refusing.mmap_prepare(2-4)", "is 0-2 rw | 4-8 rw",
			  "counter charged 6", "counter total 6");
}

/* 8.1-22: the driver declines by the offset asked for, not by the one it would have chosen. */
static void d16_map_prepare_declining_an_offset(void **state)
{
	(void)state;
	script_since_6_18("map 0-4 r declining@5", "is 0-4 r declining@6",
			  "map 4-8 r declining@6 = EIO", "rule 8.1-22",
			  "saw declining.mmap_prepare(4-8)", "map 4-8 r declining@14 = EIO",
			  "is 0-4 r declining@6", "counter total 4", "map 4-8 r declining@9",
			  "saw declining.mmap_prepare(4-8)", "is 0-8 r declining@6");
	script_before_6_18("map 0-8 rw", "map 2-4 r declining@6 = ENODEV", "saw nothing",
			   "is 0-8 rw");
}

/*
 *      0 1 2 3 4 5 6 7
 *      a a = = a a a a         what was there is unmapped and closed by then: a hole
 */
static void d16_map_prepare_declining_over_mappings(void **state)
{
	(void)state;
	script_since_6_18("map 0-8 rw", "write 0-8", "lock 0-8", "map 2-4 rw declining@6 = EIO",
			  "saw declining.mmap_prepare(2-4)", "is 0-2 rw lo F1 | 4-8 rw lo F1",
			  "counter areas 2", "counter total 6", "counter data 6",
			  "counter locked 6", "counter charged 6");
	script_since_6_18("map 0-8 r close@0", "map 2-4 r declining@6 = EIO",
			  "saw close.may_split(0-8/2) close.open(0-2) close.may_split(2-8/4) "
			  "close.open(4-8) close.close(2-4) declining.mmap_prepare(2-4)",
			  "is 0-2 r close@0 | 4-8 r close@4");
	script_since_6_18("map 0-4 r declining@0", "map 0-4 r declining@6 = EIO",
			  "saw declining.close(0-4) declining.mmap_prepare(0-4)", "is empty");
	script_since_6_18("map 0-4 rw shared declining@0", "rearrange 1-3 6 = EIO",
			  "saw declining.open(0-1) declining.open(3-4) declining.close(1-3) "
			  "declining.mmap_prepare(1-3)",
			  "is 0-1 rw sh declining@1 | 3-4 rw sh declining@4");
}

/*
 *      0 1 2 3 4 5
 *      a a = = b b             equal neighbours are not looked at, nor told anything
 */
static void d16_map_prepare_declining_between_equals(void **state)
{
	(void)state;
	script_since_6_18("map 0-2 r declining@4", "map 4-6 r declining@8",
			  "map 2-4 r declining@6 = EIO", "saw declining.mmap_prepare(2-4)",
			  "is 0-2 r declining@5 | 4-6 r declining@9", "counter areas 2",
			  "unmap 0-6", "saw declining.close(0-2) declining.close(4-6)");
}

/* The new pages' charge comes back, and they are neither locked nor brought in. */
static void d16_map_prepare_declining_returns_charge(void **state)
{
	(void)state;
	script_since_6_18("set never 6", "map 0-4 rw", "map 4-6 rw locked declining@6 = EIO",
			  "counter charged 4", "counter locked 0", "map 4-6 rw declining@5",
			  "counter charged 6");
	script_since_6_18("set quirks 0x2000", "map 0-8 rw", "[6.18] leaked 2",
			  "map 2-4 rw declining@6 = EIO", "[6.18] counter charged 8",
			  "[7.3] counter charged 6", "is 0-2 rw | 4-8 rw");
	script_since_6_18("set quirks 0x2000", "map 0-8 rw", "map 2-4 r declining@6 = EIO",
			  "counter charged 6");
}

/* Steps 18 to 20 come first: then the driver is not asked. */
static void d16_map_prepare_declining_is_asked_last(void **state)
{
	(void)state;
	script_since_6_18("map 0-4 rw", "rlimit as 4", "map 4-8 r declining@6 = ENOMEM",
			  "saw nothing");
	script_since_6_18("set never 4", "map 0-4 rw", "map 4-8 rw declining@6 = ENOMEM",
			  "saw nothing");
	script_since_6_18("map 0-4 r veto@0", "map 2-6 r declining@6 = EINVAL",
			  "saw veto.may_split(0-4/2)", "is 0-4 r veto@0");
}

/*
 * D20  0 1 2 3 4 5 6 7
 *      m m m m p p p p         mixed, and device memory
 */
static void d20_advise_dofork_on_special(void **state)
{
	(void)state;
	script("map 0-4 r shared mixed@0", "map 4-8 r shared pfn@0", "advise 0-8 dontfork",
	       "[6.1,6.12,6.18] advise 0-4 dofork",
	       "[6.1,6.12,6.18] is 0-4 r sh mm mixed@0 | "
	       "4-8 r sh pf io de dc dd pfn@0",
	       "[7.3] advise 0-4 dofork = EINVAL",
	       "[7.3] is 0-4 r sh mm dc mixed@0 | 4-8 r sh pf io de dc dd pfn@0",
	       "advise 4-8 dofork = EINVAL");
}

/*
 * D21, D38
 *      0 1 2 3 4 5 6 7 8 9 a b
 *      z z z z z z z z a a a a         private /dev/zero: anonymous by its hooks, with a file
 */
static void d21_map_private_zero_keeps_file_and_offset(void **state)
{
	(void)state;
	script("map 0-4 rw zero@7", "is 0-4 rw zero@7", "map 4-8 rw zero@11", "is 0-8 rw zero@7",
	       "map 8-12 rw", "is 0-8 rw zero@7 | 8-12 rw", "map 12-14 rw zero@12",
	       "is 0-8 rw zero@7 | 8-12 rw | 12-14 rw zero@12", "prot 0-8 r",
	       "[6.12,6.18,7.3] is 0-8 r zero@7 | 8-12 rw | 12-14 rw zero@12",
	       "[6.1] is 0-8 r ac zero@7 | 8-12 rw | 12-14 rw zero@12");
}

/*
 * D29  0 1 2 3 4 5 6 7
 *      c c = = = = c c         the old area is closed before the new driver is asked
 */
static void d29_map_over_closes_before_new_hook(void **state)
{
	(void)state;
	script("map 0-8 r close@0", "map 0-8 r loud@0", "saw close.close(0-8) loud.mmap(0-8)");
	script_since_6_18("map 0-8 r close@0", "map 0-8 r prepare@0",
			  "saw close.close(0-8) prepare.mmap_prepare(0-8)");
}

/* D31  locking passes droppable areas over, though their pages are brought in all the same */
static void d31_lock_droppable_is_ignored(void **state)
{
	(void)state;
	script_since_6_12("map 0-4 rw droppable", "lock 0-4", "is 0-4 rw nr wf dd dp F1",
			  "counter locked 0", "counter charged 0");
}

/*
 * D33, F14
 *      0 1 2 3 4 5 6 7
 *      a a = = a a a a         the two old pages' charge, if the new mapping was to be charged
 */
static void d33_map_failing_driver_leaks_charge_as_quirk(void **state)
{
	(void)state;
	script("set quirks 0x2000", "map 0-8 rw", "[6.12,6.18] leaked 2",
	       "map 2-4 rw failing@0 = ENODEV", "is 0-2 rw | 4-8 rw",
	       "[6.12,6.18] counter charged 8", "[7.3] counter charged 6");
	script("set quirks 0x2000", "map 0-8 rw", "map 2-4 r failing@0 = ENODEV",
	       "counter charged 6");
	script("map 0-8 rw", "map 2-4 rw failing@0 = ENODEV", "counter charged 6");
}

/* F13  growth of a stack that is not to be charged */
static void f13_touch_below_noreserve_stack_charges_nothing(void **state)
{
	(void)state;
	script("map 40-42 rw growsdown noreserve", "write 39-40", "is 39-42 rw gd nr F1",
	       "counter charged 0");
	script("map 40-42 r growsdown", "read 39-40", "counter charged 0");
}

/* ... and as the kernels do it: charged as it grows, never given back. */
static void f13_touch_below_noreserve_stack_charges_as_quirk(void **state)
{
	(void)state;
	script("set quirks 0x1000", "map 40-42 rw growsdown noreserve", "leaked 2", "write 38-39",
	       "is 38-42 rw gd nr F1", "counter charged 2", "unmap 38-42", "counter charged 2");
}

/*
 * D37  0 1 2 3 4 5
 *      a a a = = =         the joined area's hooks: 6.18 takes the new ones, 7.3 keeps its own
 */
static void d37_map_prepare_joining_whose_hooks(void **state)
{
	(void)state;
	script_since_6_18("map 0-3 r odd@0", "map 3-6 r odd@3", "is 0-6 r odd@0", "unmap 0-6",
			  "[6.18] saw odd.close(0-6)", "[7.3] saw nothing");
	script_since_6_18("map 0-3 r odd@1", "map 3-6 r odd@4", "is 0-6 r odd@1", "unmap 0-6",
			  "[6.18] saw nothing", "[7.3] saw odd.close(0-6)");
	script_since_6_18("map 3-6 r odd@4", "map 0-3 r odd@1", "is 0-6 r odd@1", "unmap 0-6",
			  "[6.18] saw odd.close(0-6)", "[7.3] saw nothing");
}

/* With open and close together: an even offset gets neither. */
static void d37_map_prepare_choosing_both_hooks(void **state)
{
	(void)state;
	script_since_6_18("map 0-4 r choosy@1", "map 6-9 r choosy@2", "unmap 1-2",
			  "saw choosy.open(0-1) choosy.open(2-4) choosy.close(1-2)", "unmap 7-8",
			  "saw nothing", "fork", "saw @1 choosy.open(0-1) @1 choosy.open(2-4)");
}

/*
 * D39  0 1 2 3 4 5 6 7
 *      m m m m = = = =         the mapped hook: 7.3, fresh areas only
 */
static void d39_map_mapped_hook(void **state)
{
	(void)state;
	script_since_6_18("map 0-4 r mapped@0", "[6.18] saw mapped.mmap_prepare(0-4)",
			  "[7.3] saw mapped.mmap_prepare(0-4) mapped.mapped(0-4)",
			  "map 4-8 r mapped@4", "saw mapped.mmap_prepare(4-8)",
			  "is 0-8 r mapped@0");
	script_before_6_18("map 0-4 r mapped@0 = ENODEV", "saw nothing");
}

/* Its error unmaps the new area again, what was there before is gone. */
static void d39_map_mapped_hook_failing_leaves_hole(void **state)
{
	(void)state;
	script_7_3("map 0-8 rw", "map 2-4 r mapped@7 = EIO",
		   "saw mapped.mmap_prepare(2-4) mapped.mapped(2-4) mapped.close(2-4)",
		   "is 0-2 rw | 4-8 rw", "counter total 6", "counter charged 6");
	script_7_3("map 0-4 rw mapped@15 = EIO",
		   "saw mapped.mmap_prepare(0-4) mapped.mapped(0-4) mapped.close(0-4)", "is empty",
		   "counter charged 0");
	script_6_18("map 0-8 rw", "map 2-4 r mapped@7", "saw mapped.mmap_prepare(2-4)",
		    "is 0-2 rw | 2-4 r mapped@7 | 4-8 rw");
	/* Joined: the hook is not asked, so it cannot fail. */
	script_since_6_18("map 0-3 r mapped@4", "map 3-5 r mapped@7",
			  "saw mapped.mmap_prepare(3-5)", "is 0-5 r mapped@4");
}

/*
 * F4   0 1 2 3 4 5 6 7      20
 *      a a a = = = = =  ->  x x x       shrunk and moved, but the driver refuses the move
 *
 * What 6.18 charged for the tail it never returns. Returns what is charged afterwards.
 */
static int64_t charged_after_refused_shrink(enum model_profile profile, uint16_t quirks)
{
	const struct model_file files[] = {
		{ .inode = 0 },
		{ .inode = 1, .open_for_write = true, .moves = true, .move_error = EIO },
	};
	struct model_settings settings = bench_settings(profile);
	struct model *model = model_new();
	struct model_counters counters;

	assert_non_null(model);
	settings.quirks = quirks;
	model_begin(model, &settings, files, 2);
	assert_int_equal(model_mmap(model, 0, BENCH_BASE, 8 * BENCH_PAGE, 3,
				    BENCH_FIXED | BENCH_PRIVATE, 1, 0),
			 BENCH_BASE);
	assert_int_equal(model_mremap(model, 0, BENCH_BASE, 8 * BENCH_PAGE, 3 * BENCH_PAGE, 3,
				      BENCH_BASE + 20 * BENCH_PAGE),
			 -EIO);
	model_count(model, 0, &counters);
	assert_int_equal(counters.areas, 1);
	assert_int_equal(counters.total, 3);
	model_free(model);
	return counters.charged;
}

static void f4_move_refused_after_shrink_keeps_its_charge_as_quirk(void **state)
{
	(void)state;
	assert_int_equal(charged_after_refused_shrink(MODEL_6_18, 1 << 3), 8);
	assert_int_equal(charged_after_refused_shrink(MODEL_6_18, 0), 3);
	assert_int_equal(charged_after_refused_shrink(MODEL_6_12, 1 << 3), 3);
	assert_int_equal(charged_after_refused_shrink(MODEL_7_3, 1 << 3), 3);
}

/*
 * F10  61 62
 *      aa ==       The target is the source: the end wraps, so that no overlap is seen. Nor can the
 *                  tail be unmapped, and 6.12 tries that before it finds the source gone.
 */
static void f10_remap_onto_source_unmaps_tail_first_as_quirk(void **state)
{
	(void)state;
	script("set quirks 0x200", "map 61-63 rw", "map 62-63 r",
	       "[6.1,6.12] remap at 62 len 0xffffffffffffe000 to 62 len 0x1000 = EINVAL",
	       "[6.1,6.12] rule 9.7.3 tail",
	       "[6.18,7.3] remap at 62 len 0xffffffffffffe000 to 62 len 0x1000 = EFAULT",
	       "[6.18,7.3] rule 9.7.5-a", "is 61-62 rw");
	script("map 61-63 rw", "map 62-63 r",
	       "remap at 62 len 0xffffffffffffe000 to 62 len 0x1000 = EFAULT", "rule 9.7.5-a",
	       "is 61-62 rw");
}

/*
 * F1, F2
 *      4 5 6 7
 *      L L = =         the copy joins its locked source: nothing of it is locked any more
 */
static void f1_keep_joining_locked_source_counts_exactly(void **state)
{
	struct bench bench;
	struct model_counters counters;
	struct model_run run;

	(void)state;
	bench_start(&bench, MODEL_6_18, LINES("set quirks 1", "map 4-6 rw"));
	bench_rest(&bench);
	assert_int_equal(
		model_mlock(bench.model, 0, BENCH_BASE + 4 * BENCH_PAGE, 2 * BENCH_PAGE, 1), 0);
	assert_int_equal(model_mremap(bench.model, 0, BENCH_BASE + 4 * BENCH_PAGE, 2 * BENCH_PAGE,
				      2 * BENCH_PAGE, 7, BENCH_BASE + 6 * BENCH_PAGE),
			 BENCH_BASE + 6 * BENCH_PAGE);
	assert_int_equal(model_runs(bench.model, 0, &run, 1), 1);
	assert_int_equal(run.start, 4);
	assert_int_equal(run.end, 8);
	assert_false(run.attributes & MODEL_ATTRIBUTE(locked));
	model_count(bench.model, 0, &counters);
	assert_int_equal(counters.locked, 0);
	assert_int_equal(counters.total, 4);
	model_free(bench.model);
}

/* 2.6  the virtual offset of files in 7.3 is their place, whatever is done without moving */
static void p73_virtual_offset_lines_up_without_moves(void **state)
{
	(void)state;
	script("map 4-8 rw plain@0", "map 0-4 rw plain@20", "map 8-12 rw plain@4",
	       "is 0-4 rw plain@20 | 4-12 rw plain@0", "write 5-6", "unmap 6-8",
	       "map 6-8 rw plain@2", "is 0-4 rw plain@20 | 4-12 rw F1 plain@0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(d1_protect_faulted_beside_unfaulted),
		cmocka_unit_test(d1_protect_unfaulted_beside_faulted),
		cmocka_unit_test(d1_unlock_beside_unfaulted),
		cmocka_unit_test(d5_guard_in_6_12_is_unknown_advice),
		cmocka_unit_test(d4_soft_dirty_if_configured),
		cmocka_unit_test(d15_map_legacy_hook_changing_flags),
		cmocka_unit_test(d15_map_legacy_hook_beside_unflagged),
		cmocka_unit_test(d16_map_prepare_file),
		cmocka_unit_test(d16_map_prepare_changes_come_before_joining),
		cmocka_unit_test(d16_map_prepare_refusing_leaves_hole),
		cmocka_unit_test(d16_map_prepare_declining_an_offset),
		cmocka_unit_test(d16_map_prepare_declining_over_mappings),
		cmocka_unit_test(d16_map_prepare_declining_between_equals),
		cmocka_unit_test(d16_map_prepare_declining_returns_charge),
		cmocka_unit_test(d16_map_prepare_declining_is_asked_last),
		cmocka_unit_test(d20_advise_dofork_on_special),
		cmocka_unit_test(d21_map_private_zero_keeps_file_and_offset),
		cmocka_unit_test(d29_map_over_closes_before_new_hook),
		cmocka_unit_test(d31_lock_droppable_is_ignored),
		cmocka_unit_test(d33_map_failing_driver_leaks_charge_as_quirk),
		cmocka_unit_test(f1_keep_joining_locked_source_counts_exactly),
		cmocka_unit_test(f4_move_refused_after_shrink_keeps_its_charge_as_quirk),
		cmocka_unit_test(f10_remap_onto_source_unmaps_tail_first_as_quirk),
		cmocka_unit_test(f13_touch_below_noreserve_stack_charges_nothing),
		cmocka_unit_test(f13_touch_below_noreserve_stack_charges_as_quirk),
		cmocka_unit_test(d37_map_prepare_joining_whose_hooks),
		cmocka_unit_test(d37_map_prepare_choosing_both_hooks),
		cmocka_unit_test(d39_map_mapped_hook),
		cmocka_unit_test(d39_map_mapped_hook_failing_leaves_hole),
		cmocka_unit_test(p73_virtual_offset_lines_up_without_moves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
