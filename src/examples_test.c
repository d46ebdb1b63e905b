/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The worked examples of the specification, by their numbers. Most were seen on a live kernel.
 */
#include "test_world.h"

/* E1	AAAA....CCCC  ->  AAAAAAAAAAAA */
static void mmap_between_equal_merges_both(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(map(w.mm, 8, 12, RW));
	EXPECT_LAYOUT(&w, "0-4 rw | 8-12 rw");
	EXPECT_OK(map(w.mm, 4, 8, RW));
	EXPECT_LAYOUT(&w, "0-12 rw");
	world_close(&w);
}

/* E2	a hole of other access, and its refilling */
static void mmap_fixed_into_middle_splits_and_refill_merges(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 12, RW));
	EXPECT_OK(map(w.mm, 2, 3, RO));
	EXPECT_LAYOUT(&w, "0-2 rw | 2-3 r | 3-12 rw");
	EXPECT_OK(map(w.mm, 2, 3, RW));
	EXPECT_LAYOUT(&w, "0-12 rw");
	world_close(&w);
}

/* E3, E4	the middle changed, and changed back piece by piece */
static void mprotect_middle_and_piecewise_back_merges_partially(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 12, RW));
	EXPECT_OK(protect(w.mm, 4, 8, RO));
	EXPECT_LAYOUT(&w, "0-4 rw | 4-8 r | 8-12 rw");
	EXPECT_OK(protect(w.mm, 4, 6, RW));
	EXPECT_LAYOUT(&w, "0-6 rw | 6-8 r | 8-12 rw");
	EXPECT_OK(protect(w.mm, 6, 8, RW));
	EXPECT_LAYOUT(&w, "0-12 rw");

	EXPECT_OK(protect(w.mm, 4, 8, RO));
	EXPECT_OK(protect(w.mm, 6, 8, RW));
	EXPECT_LAYOUT(&w, "0-4 rw | 4-6 r | 6-12 rw");
	world_close(&w);
}

/* E5	a faulted VMA stays charged when it loses write access, and that keeps it apart */
static void mprotect_faulted_keeps_account_and_does_not_merge(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 4, RO));
	EXPECT_OK(map(w.mm, 4, 8, RW));
	EXPECT_OK(map(w.mm, 8, 12, RX));
	EXPECT_OK(protect(w.mm, 8, 12, RW));
	EXPECT_OK(protect(w.mm, 4, 8, RO));
	EXPECT_LAYOUT(&w, "0-8 r | 8-12 rw");
	EXPECT_OK(touch(w.mm, 8));
	EXPECT_OK(protect(w.mm, 8, 12, RO));
	EXPECT_LAYOUT(&w, "0-8 r | 8-12 r+ac F1");
	world_close(&w);
}

/* E6	two anon_vmas: the new range goes left */
static void mmap_between_distinct_anon_vmas_merges_left(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(map(w.mm, 8, 12, RW));
	EXPECT_OK(touch(w.mm, 0));
	EXPECT_OK(touch(w.mm, 8));
	EXPECT_OK(map(w.mm, 4, 8, RW));
	EXPECT_LAYOUT(&w, "0-8 rw F1 | 8-12 rw F2");
	world_close(&w);
}

/* E7	neighbours that differ in access alone share an anon_vma */
static void touch_beside_other_access_shares_anon_vma(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 8, RW));
	EXPECT_OK(protect(w.mm, 4, 8, RWX));
	EXPECT_OK(touch(w.mm, 0));
	EXPECT_OK(touch(w.mm, 4));
	EXPECT_LAYOUT(&w, "0-4 rw F1 | 4-8 rwx F1");
	EXPECT_OK(protect(w.mm, 4, 8, RW));
	EXPECT_LAYOUT(&w, "0-8 rw F1");
	world_close(&w);
}

/* E8	any other difference gives each its own, for ever; a no-op does not merge */
static void touch_beside_dontfork_gets_own_anon_vma(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 8, RW));
	EXPECT_OK(advise(w.mm, 4, 8, MADV_DONTFORK));
	EXPECT_OK(touch(w.mm, 0));
	EXPECT_OK(touch(w.mm, 4));
	EXPECT_LAYOUT(&w, "0-4 rw F1 | 4-8 rw+dc F2");
	EXPECT_OK(advise(w.mm, 4, 8, MADV_DOFORK));
	EXPECT_LAYOUT(&w, "0-4 rw F1 | 4-8 rw F2");
	EXPECT_OK(protect(w.mm, 0, 8, RW));
	EXPECT_LAYOUT(&w, "0-4 rw F1 | 4-8 rw F2");
	world_close(&w);
}

/* E9	the anon_vma of the next VMA is preferred to that of the previous one */
static void touch_between_faulted_prefers_next(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 6, RW));
	EXPECT_OK(protect(w.mm, 2, 4, RWX));
	EXPECT_OK(touch(w.mm, 0));
	EXPECT_OK(touch(w.mm, 4));
	EXPECT_LAYOUT(&w, "0-2 rw F1 | 2-4 rwx | 4-6 rw F2");
	EXPECT_OK(touch(w.mm, 2));
	EXPECT_LAYOUT(&w, "0-2 rw F1 | 2-4 rwx F2 | 4-6 rw F2");
	EXPECT_OK(protect(w.mm, 2, 4, RW));
	EXPECT_LAYOUT(&w, "0-2 rw F1 | 2-6 rw F2");
	world_close(&w);
}

/* E10	a faulted middle goes into unfaulted sides since v6.16 */
static void mprotect_faulted_between_unfaulted_merges_both(void **state)
{
	static const char *const result[VM_PROFILES] = {
		[VM_PROFILE_6_12] = "0-4 rw | 4-8 rw F1 | 8-12 rw",
		[VM_PROFILE_6_18] = "0-12 rw F1",
		[VM_PROFILE_7_3] = "0-12 rw F1",
	};

	(void)state;
	for (int profile = 0; profile < VM_PROFILES; profile++) {
		struct world w;

		world_open(&w, (enum vm_profile)profile);
		EXPECT_OK(map(w.mm, 0, 12, RW));
		EXPECT_OK(protect(w.mm, 4, 8, RWX));
		EXPECT_OK(touch(w.mm, 4));
		EXPECT_OK(protect(w.mm, 4, 8, RW));
		EXPECT_LAYOUT(&w, result[profile]);
		world_close(&w);
	}
}

/* E11	AAAAAAAA  ->  AA..AAAA: what is removed is the old VMA, what is left is new */
static void munmap_hole_keeps_new_outer_vmas(void **state)
{
	struct world w;
	const struct vma *old;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 8, RW));
	old = vma_at(w.mm, 0);
	EXPECT_OK(unmap(w.mm, 2, 4));
	EXPECT_LAYOUT(&w, "0-2 rw | 4-8 rw");
	assert_ptr_not_equal(vma_at(w.mm, 0), old);
	assert_ptr_not_equal(vma_at(w.mm, 4), old);
	world_close(&w);
}

/* E12, E13, E14	cuts at the limit, and one too many */
static void munmap_across_vmas_at_limit_succeeds(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(map(w.mm, 4, 8, RO));
	vm_set_max_vma_count(w.machine, 2);
	EXPECT_OK(unmap(w.mm, 2, 6));
	EXPECT_LAYOUT(&w, "0-2 rw | 6-8 r");
	world_close(&w);
}

static void munmap_hole_at_limit_fails_unchanged(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 8, RW));
	vm_set_max_vma_count(w.machine, 1);
	EXPECT_ERR(unmap(w.mm, 3, 4), ENOMEM);
	EXPECT_LAYOUT(&w, "0-8 rw");
	vm_set_max_vma_count(w.machine, 2);
	EXPECT_OK(unmap(w.mm, 3, 4));
	EXPECT_LAYOUT(&w, "0-3 rw | 4-8 rw");
	assert_int_equal(w.slots_events, 0);
	world_close(&w);
}

static void mmap_at_limit_exceeds_it_by_one(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	vm_set_max_vma_count(w.machine, 1);
	EXPECT_OK(map(w.mm, 8, 12, RO));
	assert_int_equal(w.slots_events, 0);
	EXPECT_ERR(map(w.mm, 4, 6, RW), ENOMEM);
	assert_int_equal(w.slots_events, 1);
	assert_int_equal(w.slots_count, 2);
	EXPECT_LAYOUT(&w, "0-4 rw | 8-12 r");
	world_close(&w);
}

/* E15	the first of two cuts stays when the second is refused */
static void mprotect_middle_at_limit_keeps_first_split(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 8, RW));
	vm_set_max_vma_count(w.machine, 2);
	EXPECT_ERR(protect(w.mm, 3, 5, RO), ENOMEM);
	EXPECT_LAYOUT(&w, "0-3 rw | 3-8 rw");
	assert_int_equal(w.slots_events, 1);
	world_close(&w);
}

/* E16	refused by RLIMIT_AS: nothing is unmapped, the cut stays */
static void mmap_fixed_beyond_rlimit_as_keeps_split(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 8, RW));
	w.mm->rlimit[VM_RLIMIT_AS] = w.mm->total_vm + 2;
	EXPECT_ERR(map(w.mm, 4, 12, RO), ENOMEM);
	EXPECT_LAYOUT(&w, "0-4 rw | 4-8 rw");
	EXPECT_OK(map(w.mm, 4, 10, RO));
	EXPECT_LAYOUT(&w, "0-4 rw | 4-10 r");
	world_close(&w);
}

/* E17	refused by the driver: a hole */
static void mmap_fixed_failing_driver_leaves_hole(void **state)
{
	struct test_driver driver = { .name = "socket", .mmap_error = -ENODEV };
	struct world w;
	struct file *file;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	file = world_file(&w, &driver, &driver_legacy_fops);
	EXPECT_OK(map(w.mm, 0, 8, RW));
	EXPECT_ERR(map_file(w.mm, 2, 4, RW, MAP_PRIVATE, file, 0), ENODEV);
	EXPECT_LAYOUT(&w, "0-2 rw | 4-8 rw");
	assert_int_equal(w.mm->committed, 6);
	file_put(file);
	world_close(&w);
}

/* E18	a close hook: partial merges, but nothing vanishes */
static void mprotect_whole_middle_with_close_hook_stays(void **state)
{
	struct test_driver driver = { .name = "shm", .ops = { .close = driver_close } };
	struct world w;
	struct file *file;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	file = world_file(&w, &driver, &driver_legacy_fops);
	EXPECT_OK(map_file(w.mm, 0, 8, RW, MAP_SHARED, file, 0));
	EXPECT_OK(protect(w.mm, 2, 6, RO));
	EXPECT_OK(protect(w.mm, 2, 4, RW));
	EXPECT_LAYOUT(&w, "0-4 rws shm@0 | 4-6 rs shm@4 | 6-8 rws shm@6");
	EXPECT_OK(protect(w.mm, 4, 6, RW));
	EXPECT_LAYOUT(&w, "0-4 rws shm@0 | 4-6 rws shm@4 | 6-8 rws shm@6");
	EXPECT_LOG(&w, "mmap(0-8)");
	file_put(file);
	world_close(&w);
}

/* E19	SSS..SSS: growing into the gap reaches next, which has a close hook and stays */
static void expand_to_next_with_close_hook_merges_left(void **state)
{
	struct test_driver driver = { .name = "shm", .ops = { .close = driver_close } };
	struct vma_merge vmg = { .pgoff = 3 };
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	vmg.file = world_file(&w, &driver, &driver_legacy_fops);
	EXPECT_OK(map_file(w.mm, 0, 3, RW, MAP_SHARED, vmg.file, 0));
	EXPECT_OK(map_file(w.mm, 5, 8, RW, MAP_SHARED, vmg.file, 5));
	vmg.mm = w.mm;
	vmg.prev = vma_at(w.mm, 0);
	vmg.next = vma_at(w.mm, 5);
	vmg.start = BASE + 3 * PG;
	vmg.end = BASE + 5 * PG;
	vmg.virt_pgoff = vmg.start >> VM_PAGE_SHIFT;
	vmg.vm_flags = vmg.prev->vm_flags;
	assert_ptr_equal(vma_merge_new_range(&vmg), vma_at(w.mm, 0));
	vm_stat_account(w.mm, vmg.vm_flags, 2);
	EXPECT_LAYOUT(&w, "0-5 rws shm@0 | 5-8 rws shm@5");
	file_put(vmg.file);
	world_close(&w);
}

/* E29	a range beside inherited memory merges in the parent, not in the child */
static void mmap_beside_faulted_in_fork_child_stays_apart(void **state)
{
	struct world w;
	struct mm *child;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(touch(w.mm, 0));
	EXPECT_OK(mm_fork(w.mm, &w, &child));
	EXPECT_OK(map(child, 4, 8, RW));
	EXPECT_LAYOUT_OF(&w, child, "0-4 rw F1f | 4-8 rw");
	EXPECT_OK(map(w.mm, 4, 8, RW));
	EXPECT_LAYOUT(&w, "0-8 rw F1");
	mm_exit(child);
	world_close(&w);
}

/* E30	pieces that share an anon_vma in the parent do not in the child */
static void mprotect_shared_anon_pieces_merge_in_parent_only(void **state)
{
	struct world w;
	struct mm *child;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(touch(w.mm, 0));
	EXPECT_OK(protect(w.mm, 2, 4, RO));
	EXPECT_LAYOUT(&w, "0-2 rw F1 | 2-4 r+ac F1");
	EXPECT_OK(mm_fork(w.mm, &w, &child));
	EXPECT_OK(protect(child, 2, 4, RW));
	EXPECT_LAYOUT_OF(&w, child, "0-2 rw F1f | 2-4 rw F2f");
	EXPECT_OK(protect(w.mm, 2, 4, RW));
	EXPECT_LAYOUT(&w, "0-4 rw F1");
	mm_exit(child);
	world_close(&w);
}

/* E31	VM_MAYBE_GUARD spreads with every merge, partial ones included */
static void mprotect_guarded_pieces_carry_the_flag(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 12, RW));
	EXPECT_OK(protect(w.mm, 4, 8, RO));
	EXPECT_OK(advise(w.mm, 4, 5, MADV_GUARD_INSTALL));
	EXPECT_LAYOUT(&w, "0-4 rw | 4-8 r+gu F1 | 8-12 rw");
	EXPECT_OK(protect(w.mm, 4, 6, RW));
	EXPECT_LAYOUT(&w, "0-6 rw+gu F1 | 6-8 r+gu F1 | 8-12 rw");
	EXPECT_OK(protect(w.mm, 6, 8, RW));
	EXPECT_LAYOUT(&w, "0-12 rw+gu F1");
	EXPECT_ERR(touch(w.mm, 4), EFAULT);
	EXPECT_OK(touch(w.mm, 5));
	world_close(&w);
}

/* E32	a new range takes the flag over */
static void mmap_below_guarded_merges_and_carries_the_flag(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 2, 4, RW));
	EXPECT_OK(advise(w.mm, 2, 3, MADV_GUARD_INSTALL));
	EXPECT_OK(map(w.mm, 0, 2, RW));
	EXPECT_LAYOUT(&w, "0-4 rw+gu F1");
	world_close(&w);
}

/* E33	and so does sealing */
static void mseal_beside_sealed_and_guarded_carries_the_flag(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 8, RW));
	EXPECT_OK(seal(w.mm, 0, 4));
	EXPECT_OK(advise(w.mm, 0, 1, MADV_GUARD_INSTALL));
	EXPECT_LAYOUT(&w, "0-4 rw+sl+gu F1 | 4-8 rw");
	EXPECT_OK(seal(w.mm, 4, 8));
	EXPECT_LAYOUT(&w, "0-8 rw+sl+gu F1");
	world_close(&w);
}

/* E34	islands locked on their own got anon_vmas of their own */
static void mlock_over_locked_islands_leaves_two(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 8, RW));
	EXPECT_OK(lock(w.mm, 0, 2));
	EXPECT_LAYOUT(&w, "0-2 rw+lo F1 | 2-8 rw");
	EXPECT_OK(lock(w.mm, 4, 6));
	EXPECT_LAYOUT(&w, "0-2 rw+lo F1 | 2-4 rw | 4-6 rw+lo F2 | 6-8 rw");
	EXPECT_OK(lock(w.mm, 0, 8));
	EXPECT_LAYOUT(&w, "0-4 rw+lo F1 | 4-8 rw+lo F2");
	assert_int_equal(w.mm->locked_vm, 8);
	world_close(&w);
}

/* E39, E40	gaps: mprotect stops there, madvise goes on; both say so */
static void mprotect_over_gap_changes_what_is_before(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(map(w.mm, 6, 10, RW));
	EXPECT_ERR(protect(w.mm, 2, 8, RO), ENOMEM);
	EXPECT_LAYOUT(&w, "0-2 rw | 2-4 r | 6-10 rw");
	world_close(&w);
}

static void madvise_over_gap_changes_both_sides(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(map(w.mm, 6, 10, RW));
	EXPECT_ERR(advise(w.mm, 2, 8, MADV_DONTFORK), ENOMEM);
	EXPECT_LAYOUT(&w, "0-2 rw | 2-4 rw+dc | 6-8 rw+dc | 8-10 rw");
	world_close(&w);
}

/* E41	AAAABBBBCCCC, each piece merges with the one before */
static void mprotect_across_different_merges_as_it_goes(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(map(w.mm, 4, 8, RO));
	EXPECT_OK(map(w.mm, 8, 12, RX));
	EXPECT_OK(protect(w.mm, 2, 10, NONE));
	EXPECT_LAYOUT(&w, "0-2 rw | 2-10 none | 10-12 rx");
	world_close(&w);
}

/* E42	a seal in the middle: the cut made before it was met stays */
static void munmap_into_sealed_keeps_split(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(seal(w.mm, 2, 4));
	EXPECT_ERR(unmap(w.mm, 1, 4), EPERM);
	EXPECT_LAYOUT(&w, "0-1 rw | 1-2 rw | 2-4 rw+sl");
	world_close(&w);
}

/* E43	one file, its offsets, and a second open of it */
static void mmap_file_merges_by_offset_and_open(void **state)
{
	struct test_driver a = { .name = "A" }, again = { .name = "B" };
	struct world w;
	struct file *file, *second;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	file = world_file(&w, &a, &driver_legacy_fops);
	again.world = &w;
	EXPECT_OK(file_open(w.machine, file->mapping, FMODE_READ, &driver_legacy_fops, &second));
	second->private_data = &again;
	EXPECT_OK(map_file(w.mm, 0, 4, RO, MAP_PRIVATE, file, 0));
	EXPECT_OK(map_file(w.mm, 4, 8, RO, MAP_PRIVATE, file, 4));
	EXPECT_OK(map_file(w.mm, 8, 12, RO, MAP_PRIVATE, file, 9));
	EXPECT_OK(map_file(w.mm, 12, 14, RO, MAP_PRIVATE, second, 13));
	EXPECT_LAYOUT(&w, "0-8 r A@0 | 8-12 r A@9 | 12-14 r B@13");
	file_put(file);
	file_put(second);
	world_close(&w);
}

/* T1, T2	left wins over right; an unfaulted prev takes the chain of next */
static void mprotect_between_two_anon_vmas_goes_left(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 12, RW));
	EXPECT_OK(protect(w.mm, 4, 8, RO));
	EXPECT_OK(advise(w.mm, 8, 12, MADV_DONTFORK));
	EXPECT_OK(touch(w.mm, 0));
	EXPECT_OK(touch(w.mm, 8));
	EXPECT_OK(advise(w.mm, 8, 12, MADV_DOFORK));
	EXPECT_OK(protect(w.mm, 4, 8, RW));
	EXPECT_LAYOUT(&w, "0-8 rw F1 | 8-12 rw F2");
	world_close(&w);
}

static void mprotect_between_unfaulted_and_faulted_merges_both(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 12, RW));
	EXPECT_OK(protect(w.mm, 4, 8, RWX));
	EXPECT_OK(touch(w.mm, 8));
	EXPECT_OK(touch(w.mm, 4));
	EXPECT_LAYOUT(&w, "0-4 rw | 4-8 rwx F1 | 8-12 rw F1");
	EXPECT_OK(protect(w.mm, 4, 8, RW));
	EXPECT_LAYOUT(&w, "0-12 rw F1");
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mmap_between_equal_merges_both),
		cmocka_unit_test(mmap_fixed_into_middle_splits_and_refill_merges),
		cmocka_unit_test(mprotect_middle_and_piecewise_back_merges_partially),
		cmocka_unit_test(mprotect_faulted_keeps_account_and_does_not_merge),
		cmocka_unit_test(mmap_between_distinct_anon_vmas_merges_left),
		cmocka_unit_test(touch_beside_other_access_shares_anon_vma),
		cmocka_unit_test(touch_beside_dontfork_gets_own_anon_vma),
		cmocka_unit_test(touch_between_faulted_prefers_next),
		cmocka_unit_test(mprotect_faulted_between_unfaulted_merges_both),
		cmocka_unit_test(munmap_hole_keeps_new_outer_vmas),
		cmocka_unit_test(munmap_across_vmas_at_limit_succeeds),
		cmocka_unit_test(munmap_hole_at_limit_fails_unchanged),
		cmocka_unit_test(mmap_at_limit_exceeds_it_by_one),
		cmocka_unit_test(mprotect_middle_at_limit_keeps_first_split),
		cmocka_unit_test(mmap_fixed_beyond_rlimit_as_keeps_split),
		cmocka_unit_test(mmap_fixed_failing_driver_leaves_hole),
		cmocka_unit_test(mprotect_whole_middle_with_close_hook_stays),
		cmocka_unit_test(expand_to_next_with_close_hook_merges_left),
		cmocka_unit_test(mmap_beside_faulted_in_fork_child_stays_apart),
		cmocka_unit_test(mprotect_shared_anon_pieces_merge_in_parent_only),
		cmocka_unit_test(mprotect_guarded_pieces_carry_the_flag),
		cmocka_unit_test(mmap_below_guarded_merges_and_carries_the_flag),
		cmocka_unit_test(mseal_beside_sealed_and_guarded_carries_the_flag),
		cmocka_unit_test(mlock_over_locked_islands_leaves_two),
		cmocka_unit_test(mprotect_over_gap_changes_what_is_before),
		cmocka_unit_test(madvise_over_gap_changes_both_sides),
		cmocka_unit_test(mprotect_across_different_merges_as_it_goes),
		cmocka_unit_test(munmap_into_sealed_keeps_split),
		cmocka_unit_test(mmap_file_merges_by_offset_and_open),
		cmocka_unit_test(mprotect_between_two_anon_vmas_goes_left),
		cmocka_unit_test(mprotect_between_unfaulted_and_faulted_merges_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
