/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mprotect, madvise, mlock and mseal: the order of their errors, the flags they leave, and
 * what they do at gaps, seals and guard markers.
 */
#include "test_world.h"

/* ------------------------------------------------------------------ mprotect */

static void mprotect_bad_arguments_fail(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 2, 4, RW));
	EXPECT_ERR(mm_mprotect(w.mm, BASE + 1, 0, PROT_GROWSDOWN | PROT_GROWSUP), EINVAL);
	EXPECT_ERR(mm_mprotect(w.mm, BASE + 1, 0, RO), EINVAL);
	EXPECT_OK(mm_mprotect(w.mm, BASE, 0, 0x40));
	EXPECT_ERR(mm_mprotect(w.mm, BASE, UINT64_MAX, 0x40), ENOMEM);
	EXPECT_ERR(mm_mprotect(w.mm, BASE, 0 - BASE, 0x40), ENOMEM);
	EXPECT_ERR(protect(w.mm, 0, 2, 0x40), EINVAL);
	EXPECT_ERR(protect(w.mm, 0, 2, RO), ENOMEM);
	EXPECT_ERR(protect(w.mm, 0, 4, RO), ENOMEM);
	EXPECT_ERR(protect(w.mm, 2, 4, RO | PROT_GROWSDOWN), EINVAL);
	EXPECT_ERR(protect(w.mm, 2, 4, RO | PROT_GROWSUP), EINVAL);
	EXPECT_OK(protect(w.mm, 2, 4, RW | PROT_SEM));
	EXPECT_LAYOUT(&w, "2-4 rw");
	world_close(&w);
}

/* PROT_GROWSDOWN goes down to where the stack starts. */
static void mprotect_growsdown_starts_at_stack(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map_file(w.mm, 40, 44, RW, PRIVATE_ANON | MAP_GROWSDOWN, NULL, 0));
	EXPECT_OK(protect(w.mm, 42, 43, RO | PROT_GROWSDOWN));
	EXPECT_LAYOUT(&w, "40-43 r+gd | 43-44 rw+gd");
	world_close(&w);
}

/* EACCES beats EPERM, and a no-op on a sealed VMA is EPERM. */
static void mprotect_sealed_fails_even_without_change(void **state)
{
	struct test_driver driver = { .name = "A" };
	struct world w;
	struct file *file;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	driver.world = &w;
	EXPECT_OK(file_open(w.machine, NULL, FMODE_READ, &driver_legacy_fops, &file));
	file->private_data = &driver;
	EXPECT_OK(map_file(w.mm, 0, 2, RO, MAP_SHARED, file, 0));
	EXPECT_OK(seal(w.mm, 0, 2));
	EXPECT_ERR(protect(w.mm, 0, 2, RO), EPERM);
	EXPECT_ERR(protect(w.mm, 0, 2, RW), EACCES);
	EXPECT_LAYOUT(&w, "0-2 rs+sl A@0");
	file_put(file);
	world_close(&w);
}

/* Private file memory stays charged when it becomes read only, faulted or not. */
static void mprotect_private_file_keeps_account(void **state)
{
	struct test_driver driver = { .name = "A" };
	struct world w;
	struct file *file;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	file = world_file(&w, &driver, &driver_legacy_fops);
	EXPECT_OK(map_file(w.mm, 0, 2, RW, MAP_PRIVATE, file, 0));
	EXPECT_OK(protect(w.mm, 0, 2, RO));
	EXPECT_LAYOUT(&w, "0-2 r+ac A@0");
	EXPECT_OK(map_file(w.mm, 2, 4, RO, MAP_PRIVATE, file, 2));
	EXPECT_OK(protect(w.mm, 2, 4, RX));
	EXPECT_OK(protect(w.mm, 2, 4, RW));
	EXPECT_OK(protect(w.mm, 2, 4, RO));
	EXPECT_LAYOUT(&w, "0-4 r+ac A@0");
	file_put(file);
	world_close(&w);
}

/* Locked memory that becomes writable is populated, which makes it faulted. */
static void mprotect_locked_to_writable_populates(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 2, RO));
	EXPECT_OK(lock(w.mm, 0, 2));
	EXPECT_LAYOUT(&w, "0-2 r+lo");
	EXPECT_OK(protect(w.mm, 0, 2, RW));
	EXPECT_LAYOUT(&w, "0-2 rw+lo F1");
	world_close(&w);
}

static int refuse_mprotect(struct vma *vma, vm_addr_t start, vm_addr_t end, vm_flags_t newflags)
{
	(void)vma;
	(void)start;
	(void)end;
	return newflags & VM_WRITE ? -EIO : 0;
}

/* A driver's refusal ends the walk; what was before it stays changed. */
static void mprotect_refused_by_driver_keeps_earlier(void **state)
{
	struct test_driver driver = { .name = "D", .ops = { .mprotect = refuse_mprotect } };
	struct world w;
	struct file *file;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	file = world_file(&w, &driver, &driver_legacy_fops);
	EXPECT_OK(map(w.mm, 0, 2, RO));
	EXPECT_OK(map_file(w.mm, 2, 4, RO, MAP_PRIVATE, file, 0));
	EXPECT_ERR(protect(w.mm, 0, 4, RW), EIO);
	EXPECT_LAYOUT(&w, "0-2 rw | 2-4 r D@0");
	EXPECT_OK(protect(w.mm, 2, 4, RX));
	EXPECT_LAYOUT(&w, "0-2 rw | 2-4 rx D@0");
	file_put(file);
	world_close(&w);
}

/* ------------------------------------------------------------------ madvise */

static void madvise_bad_arguments_fail(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_ERR(mm_madvise(w.mm, BASE + 1, 0, 999), EINVAL);
	EXPECT_ERR(mm_madvise(w.mm, BASE, PG, 5), EINVAL);
	EXPECT_ERR(mm_madvise(w.mm, BASE, PG, 25), EINVAL);
	EXPECT_ERR(mm_madvise(w.mm, BASE + 1, 0, MADV_NORMAL), EINVAL);
	EXPECT_ERR(mm_madvise(w.mm, BASE, UINT64_MAX, MADV_NORMAL), EINVAL);
	EXPECT_ERR(mm_madvise(w.mm, BASE, 0 - BASE - PG + BASE, MADV_NORMAL), EINVAL);
	EXPECT_OK(mm_madvise(w.mm, BASE, 0, MADV_DONTFORK));
	EXPECT_ERR(advise(w.mm, 8, 12, MADV_DONTFORK), ENOMEM);
	EXPECT_LAYOUT(&w, "0-4 rw");
	world_close(&w);
}

/* What each advice leaves on a plain VMA, and what takes it back. */
static void madvise_each_flag_and_its_opposite(void **state)
{
	static const struct {
		uint32_t advice;
		const char *layout;
	} steps[] = {
		{ MADV_SEQUENTIAL, "0-4 rw+sr" },    { MADV_RANDOM, "0-4 rw+rr" },
		{ MADV_NORMAL, "0-4 rw" },	     { MADV_DONTFORK, "0-4 rw+dc" },
		{ MADV_DOFORK, "0-4 rw" },	     { MADV_WIPEONFORK, "0-4 rw+wf" },
		{ MADV_KEEPONFORK, "0-4 rw" },	     { MADV_DONTDUMP, "0-4 rw+dd" },
		{ MADV_DODUMP, "0-4 rw" },	     { MADV_MERGEABLE, "0-4 rw+mg" },
		{ MADV_UNMERGEABLE, "0-4 rw" },	     { MADV_HUGEPAGE, "0-4 rw+hg" },
		{ MADV_NOHUGEPAGE, "0-4 rw+nh" },    { MADV_WILLNEED, "0-4 rw+nh" },
		{ MADV_DONTNEED, "0-4 rw+nh" },	     { MADV_FREE, "0-4 rw+nh" },
		{ MADV_COLD, "0-4 rw+nh" },	     { MADV_PAGEOUT, "0-4 rw+nh" },
		{ MADV_POPULATE_READ, "0-4 rw+nh" }, { MADV_POPULATE_WRITE, "0-4 rw+nh F1" },
	};
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		EXPECT_OK(advise(w.mm, 0, 4, steps[i].advice));
		EXPECT_LAYOUT(&w, steps[i].layout);
	}
	world_close(&w);
}

/* Who refuses what. */
static void madvise_refusals(void **state)
{
	struct test_driver io = { .name = "D", .mmap_flags = VM_IO | VM_PFNMAP | VM_DONTDUMP };
	struct test_driver special = { .name = "S", .mmap_flags = VM_MIXEDMAP };
	struct world w;
	struct file *file, *mixed;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	file = world_file(&w, &io, &driver_legacy_fops);
	mixed = world_file(&w, &special, &driver_legacy_fops);
	EXPECT_OK(map_file(w.mm, 0, 2, RW, MAP_PRIVATE, file, 0));
	EXPECT_OK(map_file(w.mm, 4, 6, RW, MAP_SHARED, mixed, 0));
	EXPECT_OK(map_file(w.mm, 8, 10, RW, MAP_DROPPABLE | MAP_ANONYMOUS, NULL, 0));
	EXPECT_OK(map(w.mm, 12, 14, RO));
	EXPECT_OK(lock(w.mm, 12, 14));

	EXPECT_ERR(advise(w.mm, 0, 2, MADV_DOFORK), EINVAL);
	EXPECT_ERR(advise(w.mm, 4, 6, MADV_DOFORK), EINVAL);
	EXPECT_ERR(advise(w.mm, 0, 2, MADV_DODUMP), EINVAL);
	EXPECT_ERR(advise(w.mm, 8, 10, MADV_DODUMP), EINVAL);
	EXPECT_ERR(advise(w.mm, 8, 10, MADV_KEEPONFORK), EINVAL);
	EXPECT_ERR(advise(w.mm, 4, 6, MADV_WIPEONFORK), EINVAL);
	EXPECT_ERR(advise(w.mm, 0, 2, MADV_DONTNEED), EINVAL);
	EXPECT_ERR(advise(w.mm, 0, 2, MADV_DONTNEED_LOCKED), EINVAL);
	EXPECT_ERR(advise(w.mm, 12, 14, MADV_DONTNEED), EINVAL);
	EXPECT_OK(advise(w.mm, 12, 14, MADV_DONTNEED_LOCKED));
	EXPECT_ERR(advise(w.mm, 4, 6, MADV_FREE), EINVAL);
	EXPECT_ERR(advise(w.mm, 12, 14, MADV_COLD), EINVAL);
	EXPECT_ERR(advise(w.mm, 8, 10, MADV_REMOVE), EINVAL);
	EXPECT_ERR(advise(w.mm, 0, 2, MADV_REMOVE), EACCES);
	EXPECT_OK(advise(w.mm, 4, 6, MADV_REMOVE));
	EXPECT_ERR(advise(w.mm, 0, 2, MADV_GUARD_INSTALL), EINVAL);
	EXPECT_ERR(advise(w.mm, 12, 14, MADV_GUARD_INSTALL), EINVAL);
	EXPECT_OK(advise(w.mm, 12, 14, MADV_GUARD_REMOVE));
	EXPECT_ERR(advise(w.mm, 4, 6, MADV_GUARD_REMOVE), EINVAL);
	EXPECT_ERR(advise(w.mm, 12, 14, MADV_POPULATE_WRITE), EINVAL);
	EXPECT_ERR(advise(w.mm, 0, 2, MADV_POPULATE_READ), EINVAL);
	EXPECT_ERR(advise(w.mm, 2, 4, MADV_POPULATE_READ), ENOMEM);
	/* KSM is not refused, it just does nothing here. */
	EXPECT_OK(advise(w.mm, 4, 6, MADV_MERGEABLE));
	EXPECT_LAYOUT(&w, "0-2 rw+dd+io D@0 | 4-6 rws S@0 | 8-10 rw+wf+dd+nr+dp | 12-14 r+lo");
	file_put(file);
	file_put(mixed);
	world_close(&w);
}

/* What differs between the profiles. */
static void madvise_by_profile(void **state)
{
	(void)state;
	for (int profile = 0; profile < VM_PROFILES; profile++) {
		struct test_driver special = { .name = "S", .mmap_flags = VM_MIXEDMAP };
		bool old = profile == VM_PROFILE_6_12;
		struct world w;
		struct file *mixed;

		world_open(&w, (enum vm_profile)profile);
		mixed = world_file(&w, &special, &driver_legacy_fops);
		EXPECT_OK(map(w.mm, 0, 4, RW));
		EXPECT_ERR(advise(w.mm, 0, 1, MADV_GUARD_INSTALL), old ? EINVAL : 0);
		EXPECT_ERR(advise(w.mm, 0, 1, MADV_GUARD_REMOVE), old ? EINVAL : 0);
		EXPECT_OK(map_file(w.mm, 8, 10, RO, MAP_PRIVATE, mixed, 0));
		EXPECT_ERR(advise(w.mm, 8, 10, MADV_DOFORK),
			   profile == VM_PROFILE_7_3 ? EINVAL : 0);
		EXPECT_LAYOUT(&w, old ? "0-4 rw | 8-10 r S@0" : "0-4 rw+gu F1 | 8-10 r S@0");
		file_put(mixed);
		world_close(&w);
	}
}

/* A seal protects anonymous memory from those who cannot write it. */
static void madvise_sealed_discards_fail_if_read_only(void **state)
{
	static const uint32_t discards[] = { MADV_FREE,		MADV_DONTNEED, MADV_DONTNEED_LOCKED,
					     MADV_REMOVE,	MADV_DONTFORK, MADV_WIPEONFORK,
					     MADV_GUARD_INSTALL };
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 2, RO));
	EXPECT_OK(map(w.mm, 4, 6, RW));
	EXPECT_OK(seal(w.mm, 0, 2));
	EXPECT_OK(seal(w.mm, 4, 6));
	for (size_t i = 0; i < sizeof(discards) / sizeof(discards[0]); i++)
		EXPECT_ERR(advise(w.mm, 0, 2, discards[i]), EPERM);
	EXPECT_OK(advise(w.mm, 4, 6, MADV_DONTNEED));
	EXPECT_OK(advise(w.mm, 4, 6, MADV_DONTFORK));
	EXPECT_OK(advise(w.mm, 0, 2, MADV_DONTDUMP));
	EXPECT_LAYOUT(&w, "0-2 r+sl+dd | 4-6 rw+sl+dc");
	world_close(&w);
}

/* Guard markers outlive everything but unmapping and their removal. */
static void guard_markers_survive_changes(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 8, RW));
	EXPECT_OK(advise(w.mm, 2, 4, MADV_GUARD_INSTALL));
	EXPECT_OK(advise(w.mm, 0, 8, MADV_DONTNEED));
	EXPECT_OK(protect(w.mm, 3, 8, RO));
	EXPECT_OK(protect(w.mm, 3, 8, RW));
	EXPECT_ERR(lock(w.mm, 0, 8), ENOMEM);
	EXPECT_LAYOUT(&w, "0-8 rw+lo+gu F1");
	assert_int_equal(w.mm->locked_vm, 8);
	EXPECT_ERR(touch(w.mm, 2), EFAULT);
	EXPECT_ERR(touch_read(w.mm, 3), EFAULT);
	EXPECT_ERR(mm_touch(w.mm, BASE, 8 * PG, false), EFAULT);
	EXPECT_OK(advise(w.mm, 2, 3, MADV_GUARD_REMOVE));
	EXPECT_OK(touch(w.mm, 2));
	EXPECT_ERR(touch(w.mm, 3), EFAULT);
	EXPECT_ERR(advise(w.mm, 2, 5, MADV_POPULATE_READ), EFAULT);
	EXPECT_LAYOUT(&w, "0-8 rw+lo+gu F1");
	world_close(&w);
}

/* A VMA that refuses in the middle: before it markers are set, behind it they are not. */
static void guard_install_stops_at_refusing_vma(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 12, RO));
	EXPECT_OK(lock(w.mm, 4, 8));
	EXPECT_ERR(advise(w.mm, 0, 12, MADV_GUARD_INSTALL), EINVAL);
	EXPECT_LAYOUT(&w, "0-4 r+gu F1 | 4-8 r+lo | 8-12 r");
	EXPECT_ERR(touch_read(w.mm, 0), EFAULT);
	EXPECT_OK(touch_read(w.mm, 8));
	world_close(&w);
}

/* ------------------------------------------------------------------ mlock */

static void mlock_range_is_widened(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 4, RO));
	EXPECT_OK(mm_mlock(w.mm, BASE + PG + 1, PG));
	EXPECT_LAYOUT(&w, "0-1 r | 1-3 r+lo | 3-4 r");
	EXPECT_OK(mm_munlock(w.mm, BASE + 2 * PG - 1, 1));
	EXPECT_LAYOUT(&w, "0-2 r | 2-3 r+lo | 3-4 r");
	EXPECT_OK(mm_mlock(w.mm, BASE + 1, UINT64_MAX));
	EXPECT_ERR(mm_mlock(w.mm, BASE, 0 - BASE / 2), EINVAL);
	EXPECT_ERR(mm_mlock2(w.mm, BASE, PG, 2), EINVAL);
	EXPECT_OK(lock(w.mm, 1, 1));
	EXPECT_OK(mm_munlock(w.mm, BASE + PG, 0));
	EXPECT_ERR(lock(w.mm, 8, 10), ENOMEM);
	EXPECT_ERR(lock(w.mm, 0, 8), ENOMEM);
	EXPECT_LAYOUT(&w, "0-4 r+lo");
	assert_int_equal(w.mm->locked_vm, 4);
	world_close(&w);
}

static void mlock_onfault_does_not_populate(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(mm_mlock2(w.mm, BASE, 2 * PG, MLOCK_ONFAULT));
	EXPECT_LAYOUT(&w, "0-2 rw+lo+lf | 2-4 rw");
	assert_int_equal(w.mm->locked_vm, 2);
	EXPECT_OK(lock(w.mm, 0, 4));
	assert_int_equal(w.mm->locked_vm, 4);
	EXPECT_LAYOUT(&w, "0-4 rw+lo F1");
	EXPECT_OK(mm_munlock(w.mm, BASE, 4 * PG));
	assert_int_equal(w.mm->locked_vm, 0);
	world_close(&w);
}

/* Pages that are locked already do not count twice. */
static void mlock_beyond_limit_counts_locked_once(void **state)
{
	struct vm_config config = world_config(VM_PROFILE_7_3);
	struct world w;

	(void)state;
	config.ipc_lock = false;
	config.rlimit[VM_RLIMIT_MEMLOCK] = 4;
	world_open_with(&w, &config);
	EXPECT_OK(map(w.mm, 0, 8, RO));
	EXPECT_OK(lock(w.mm, 0, 3));
	EXPECT_OK(lock(w.mm, 1, 4));
	EXPECT_ERR(lock(w.mm, 4, 5), ENOMEM);
	EXPECT_OK(lock(w.mm, 0, 4));
	w.mm->rlimit[VM_RLIMIT_MEMLOCK] = 0;
	EXPECT_ERR(lock(w.mm, 0, 0), EPERM);
	EXPECT_LAYOUT(&w, "0-4 r+lo | 4-8 r");
	world_close(&w);
}

/* Nothing can be faulted in where nothing can be accessed: locked, and yet ENOMEM. */
static void mlock_inaccessible_locks_and_fails(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 4, NONE));
	EXPECT_ERR(lock(w.mm, 0, 4), ENOMEM);
	EXPECT_LAYOUT(&w, "0-4 none+lo");
	world_close(&w);
}

/* What cannot be locked is passed over. */
static void mlock_special_is_ignored(void **state)
{
	struct test_driver io = { .name = "D", .mmap_flags = VM_IO };
	struct world w;
	struct file *file;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	file = world_file(&w, &io, &driver_legacy_fops);
	EXPECT_OK(map_file(w.mm, 0, 2, RW, MAP_PRIVATE | MAP_LOCKED, file, 0));
	EXPECT_OK(lock(w.mm, 0, 2));
	EXPECT_LAYOUT(&w, "0-2 rw+io D@0");
	assert_int_equal(w.mm->locked_vm, 0);
	file_put(file);
	world_close(&w);
}

/* ------------------------------------------------------------------ mseal */

static void mseal_bad_arguments_fail_unchanged(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(map(w.mm, 6, 8, RW));
	EXPECT_ERR(mm_mseal(w.mm, BASE, PG, 1), EINVAL);
	EXPECT_ERR(mm_mseal(w.mm, BASE + 1, PG, 0), EINVAL);
	EXPECT_ERR(mm_mseal(w.mm, BASE, UINT64_MAX, 0), EINVAL);
	EXPECT_OK(mm_mseal(w.mm, BASE + 20 * PG, 0, 0));
	EXPECT_ERR(seal(w.mm, 2, 8), ENOMEM);
	EXPECT_LAYOUT(&w, "0-4 rw | 6-8 rw");
	EXPECT_OK(seal(w.mm, 2, 4));
	EXPECT_OK(seal(w.mm, 1, 4));
	EXPECT_LAYOUT(&w, "0-1 rw | 1-4 rw+sl | 6-8 rw");
	/* A new mapping beside it merges once it is sealed itself. */
	EXPECT_OK(map(w.mm, 4, 6, RW));
	EXPECT_LAYOUT(&w, "0-1 rw | 1-4 rw+sl | 4-8 rw");
	EXPECT_OK(seal(w.mm, 4, 6));
	EXPECT_LAYOUT(&w, "0-1 rw | 1-6 rw+sl | 6-8 rw");
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mprotect_bad_arguments_fail),
		cmocka_unit_test(mprotect_growsdown_starts_at_stack),
		cmocka_unit_test(mprotect_sealed_fails_even_without_change),
		cmocka_unit_test(mprotect_private_file_keeps_account),
		cmocka_unit_test(mprotect_locked_to_writable_populates),
		cmocka_unit_test(mprotect_refused_by_driver_keeps_earlier),
		cmocka_unit_test(madvise_bad_arguments_fail),
		cmocka_unit_test(madvise_each_flag_and_its_opposite),
		cmocka_unit_test(madvise_refusals),
		cmocka_unit_test(madvise_by_profile),
		cmocka_unit_test(madvise_sealed_discards_fail_if_read_only),
		cmocka_unit_test(guard_markers_survive_changes),
		cmocka_unit_test(guard_install_stops_at_refusing_vma),
		cmocka_unit_test(mlock_range_is_widened),
		cmocka_unit_test(mlock_onfault_does_not_populate),
		cmocka_unit_test(mlock_beyond_limit_counts_locked_once),
		cmocka_unit_test(mlock_inaccessible_locks_and_fails),
		cmocka_unit_test(mlock_special_is_ignored),
		cmocka_unit_test(mseal_bad_arguments_fail_unchanged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
