/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mmap: which error a bad request gets, where the core places what is not fixed, which flags
 * result, and stacks that grow.
 */
#include "test_world.h"

/* Maps without MAP_FIXED; the page it was placed at, or -errno. */
static int place(struct mm *mm, unsigned int hint, unsigned int pages, uint32_t prot)
{
	struct mmap_request request = {
		.addr = hint ? BASE + hint * PG : 0,
		.len = pages * PG,
		.prot = prot,
		.flags = PRIVATE_ANON,
	};
	vm_addr_t addr;
	int err;

	err = mm_mmap(mm, &request, &addr);
	return err ? err : (int)page_count(BASE, addr);
}

/* ------------------------------------------------------------------ placement */

/* Top down; equal mappings placed one below the other become one VMA. */
static void mmap_anywhere_goes_to_the_top_and_merges(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	assert_int_equal(place(w.mm, 0, 3, RW), 125);
	assert_int_equal(place(w.mm, 0, 2, RW), 123);
	EXPECT_LAYOUT(&w, "123-128 rw");
	assert_int_equal(place(w.mm, 0, 2, RO), 121);
	EXPECT_OK(unmap(w.mm, 124, 127));
	assert_int_equal(place(w.mm, 0, 3, RX), 124);
	assert_int_equal(place(w.mm, 0, 4, RX), 117);
	EXPECT_LAYOUT(&w, "117-121 rx | 121-123 r | 123-124 rw | 124-127 rx | 127-128 rw");
	assert_int_equal(place(w.mm, 0, 118, RX), -ENOMEM);
	assert_int_equal(place(w.mm, 0, 117, RX), 0);
	world_close(&w);
}

/*
 * Below a stack 8 pages stay free, unless MAP_FIXED says otherwise.
 *
 *	........gggggggg[60 stack 62)
 */
static void mmap_near_stack_keeps_gap(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map_file(w.mm, 60, 62, RW, PRIVATE_ANON | MAP_GROWSDOWN, NULL, 0));
	/* 66 pages above, 52 below the gap. */
	assert_int_equal(place(w.mm, 55, 2, RO), 126);
	EXPECT_OK(unmap(w.mm, 126, 128));
	assert_int_equal(place(w.mm, 50, 2, RO), 50);
	EXPECT_OK(unmap(w.mm, 50, 52));
	assert_int_equal(place(w.mm, 51, 2, RO), 126);
	EXPECT_OK(unmap(w.mm, 126, 128));
	assert_int_equal(place(w.mm, 62, 2, RO), 62);
	EXPECT_OK(map(w.mm, 100, 101, NONE));
	EXPECT_OK(map(w.mm, 64, 100, NONE));
	EXPECT_OK(map(w.mm, 101, 128, NONE));
	assert_int_equal(place(w.mm, 0, 45, RO), 7);
	assert_int_equal(place(w.mm, 0, 8, RO), -ENOMEM);
	EXPECT_OK(map(w.mm, 58, 60, RO));
	EXPECT_LAYOUT(&w, "7-52 r | 58-60 r | 60-62 rw+gd | 62-64 r | 64-128 none");
	world_close(&w);
}

/* A hint is rounded down, and up to the lowest address; one that does not fit is dropped. */
static void mmap_hint_is_rounded_or_dropped(void **state)
{
	struct mmap_request request = { .len = 2 * PG, .prot = RO, .flags = PRIVATE_ANON };
	struct world w;
	vm_addr_t addr;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	request.addr = BASE + 7 * PG + 12;
	EXPECT_OK(mm_mmap(w.mm, &request, &addr));
	assert_int_equal(addr, BASE + 7 * PG);
	request.addr = 4096;
	EXPECT_OK(mm_mmap(w.mm, &request, &addr));
	assert_int_equal(addr, BASE);
	request.addr = 12;
	EXPECT_OK(mm_mmap(w.mm, &request, &addr));
	assert_int_equal(addr, BASE + 126 * PG);
	request.addr = BASE + 8 * PG;
	EXPECT_OK(mm_mmap(w.mm, &request, &addr));
	assert_int_equal(addr, BASE + 124 * PG);
	request.addr = UINT64_MAX;
	EXPECT_OK(mm_mmap(w.mm, &request, &addr));
	assert_int_equal(addr, BASE + 122 * PG);
	world_close(&w);
}

/* ------------------------------------------------------------------ errors */

static const struct {
	vm_addr_t addr;
	uint64_t len;
	uint32_t prot, flags;
	vm_pgoff_t pgoff;
	int err;
} bad_requests[] = {
	{ BASE, PG, RW, MAP_PRIVATE | MAP_FIXED, 0, EBADF },
	{ BASE, PG, RW, PRIVATE_ANON | MAP_FIXED | MAP_HUGETLB, 0, ENOMEM },
	{ BASE + 1, 0, RW, PRIVATE_ANON | MAP_FIXED, 0, EINVAL },
	{ BASE + 1, UINT64_MAX, RW, PRIVATE_ANON | MAP_FIXED, 0, ENOMEM },
	{ BASE + 1, PG, RW, PRIVATE_ANON | MAP_FIXED, UINT64_MAX, EOVERFLOW },
	{ BASE + 1, 2 * BASE, RW, PRIVATE_ANON | MAP_FIXED, 0, ENOMEM },
	{ BASE + WINDOW_PAGES * PG - 1, 2 * PG, RW, PRIVATE_ANON | MAP_FIXED, 0, ENOMEM },
	{ BASE + 1, PG, RW, PRIVATE_ANON | MAP_FIXED, 0, EINVAL },
	{ BASE - PG, PG, RW, PRIVATE_ANON | MAP_FIXED, 0, EPERM },
	{ BASE, PG, RW, PRIVATE_ANON | MAP_FIXED_NOREPLACE | MAP_LOCKED, 0, EEXIST },
	{ BASE + 8 * PG, PG, RW, MAP_ANONYMOUS | MAP_FIXED, 0, EINVAL },
	{ BASE + 8 * PG, PG, RW, MAP_ANONYMOUS | MAP_SHARED_VALIDATE | MAP_FIXED, 0, EINVAL },
	{ BASE + 8 * PG, PG, RW, SHARED_ANON | MAP_FIXED | MAP_GROWSDOWN, 0, EINVAL },
	{ BASE + 8 * PG, PG, RW, MAP_ANONYMOUS | MAP_DROPPABLE | MAP_FIXED | MAP_LOCKED, 0,
	  EINVAL },
	{ BASE + 8 * PG, PG, RW, MAP_ANONYMOUS | MAP_DROPPABLE | MAP_FIXED | MAP_GROWSDOWN, 0,
	  EINVAL },
};

static void mmap_bad_request_fails_unchanged(void **state)
{
	struct world w;
	vm_addr_t addr = 1;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	for (size_t i = 0; i < sizeof(bad_requests) / sizeof(bad_requests[0]); i++) {
		struct mmap_request request = {
			.addr = bad_requests[i].addr,
			.len = bad_requests[i].len,
			.prot = bad_requests[i].prot,
			.flags = bad_requests[i].flags,
			.pgoff = bad_requests[i].pgoff,
		};
		int err = mm_mmap(w.mm, &request, &addr);

		if (err != -bad_requests[i].err)
			fail_msg("request %zu: %d", i, err);
		assert_int_equal(addr, 1);
	}
	EXPECT_LAYOUT(&w, "0-4 rw");
	world_close(&w);
}

/* Limits: locked memory, in the order they are looked at. */
static void mmap_locked_beyond_limits_fails(void **state)
{
	struct vm_config config = world_config(VM_PROFILE_7_3);
	struct world w;

	(void)state;
	config.ipc_lock = false;
	config.rlimit[VM_RLIMIT_MEMLOCK] = 4;
	world_open_with(&w, &config);
	EXPECT_OK(map_file(w.mm, 0, 3, RW, PRIVATE_ANON | MAP_LOCKED, NULL, 0));
	EXPECT_ERR(map_file(w.mm, 8, 10, RW, PRIVATE_ANON | MAP_LOCKED, NULL, 0), EAGAIN);
	w.mm->rlimit[VM_RLIMIT_MEMLOCK] = 0;
	EXPECT_ERR(map_file(w.mm, 8, 10, RW, PRIVATE_ANON | MAP_LOCKED, NULL, 0), EPERM);
	EXPECT_LAYOUT(&w, "0-3 rw+lo F1");
	world_close(&w);
}

/* RLIMIT_DATA counts what is private and writable; 0 is tolerated. */
static void mmap_data_beyond_rlimit_fails(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	w.mm->rlimit[VM_RLIMIT_DATA] = 4;
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_ERR(map(w.mm, 8, 9, RW), ENOMEM);
	EXPECT_OK(map(w.mm, 8, 9, RO));
	EXPECT_ERR(protect(w.mm, 8, 9, RW), ENOMEM);
	EXPECT_OK(map(w.mm, 0, 2, RW));
	w.mm->rlimit[VM_RLIMIT_DATA] = 0;
	EXPECT_OK(protect(w.mm, 8, 9, RW));
	EXPECT_LAYOUT(&w, "0-4 rw | 8-9 rw");
	world_close(&w);
}

static void mmap_file_wrong_mode_fails(void **state)
{
	static const struct {
		unsigned int mode;
		uint32_t prot, flags;
		vm_pgoff_t pgoff;
		int err;
	} cases[] = {
		{ FMODE_READ, RW, MAP_SHARED, 0, EACCES },
		{ FMODE_READ, RW, MAP_PRIVATE, 0, 0 },
		{ FMODE_READ, RO, MAP_SHARED, 0, 0 },
		{ FMODE_WRITE, RO, MAP_PRIVATE, 0, EACCES },
		{ FMODE_READ, RO, MAP_SHARED_VALIDATE | MAP_SYNC, 0, EOPNOTSUPP },
		{ FMODE_READ, RO, MAP_SHARED_VALIDATE, 0, 0 },
		{ FMODE_READ, RO, MAP_DROPPABLE, 0, EINVAL },
		{ FMODE_READ, RO, MAP_PRIVATE | MAP_GROWSDOWN, 0, EINVAL },
		{ FMODE_READ, RO, MAP_PRIVATE | MAP_HUGETLB, 0, EINVAL },
		{ FMODE_READ, RO, MAP_PRIVATE, UINT64_C(1) << 51, EOVERFLOW },
		{ FMODE_READ, RO, MAP_PRIVATE, (UINT64_C(1) << 51) - 2, EOVERFLOW },
		{ FMODE_READ, RO, MAP_PRIVATE, (UINT64_C(1) << 51) - 3, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct test_driver driver = { .name = "A" };
		struct world w;
		struct file *file;

		world_open(&w, VM_PROFILE_7_3);
		driver.world = &w;
		EXPECT_OK(file_open(w.machine, NULL, cases[i].mode, &driver_legacy_fops, &file));
		file->private_data = &driver;
		EXPECT_ERR(
			map_file(w.mm, 0, 2, cases[i].prot, cases[i].flags, file, cases[i].pgoff),
			cases[i].err);
		file_put(file);
		world_close(&w);
	}
}

/* Shared and not writable: it may be read only, for ever. */
static void mprotect_shared_read_only_file_for_writing_fails(void **state)
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
	assert_int_equal(vma_at(w.mm, 0)->vm_flags & (VM_SHARED | VM_MAYSHARE), VM_MAYSHARE);
	EXPECT_ERR(protect(w.mm, 0, 2, RW), EACCES);
	EXPECT_LAYOUT(&w, "0-2 rs A@0");
	file_put(file);
	world_close(&w);
}

/* ------------------------------------------------------------------ flags */

static void mmap_attributes_become_flags(void **state)
{
	struct vm_config config = world_config(VM_PROFILE_7_3);
	struct world w;

	(void)state;
	config.soft_dirty = true;
	world_open_with(&w, &config);
	EXPECT_OK(map_file(w.mm, 0, 1, RW, PRIVATE_ANON | MAP_STACK, NULL, 0));
	EXPECT_OK(map_file(w.mm, 1, 2, RW, PRIVATE_ANON | MAP_NORESERVE, NULL, 0));
	EXPECT_OK(map_file(w.mm, 2, 3, RW, PRIVATE_ANON | MAP_POPULATE, NULL, 0));
	EXPECT_OK(map_file(w.mm, 3, 4, RW, MAP_DROPPABLE | MAP_ANONYMOUS, NULL, 0));
	EXPECT_OK(map_file(w.mm, 4, 5, RW, PRIVATE_ANON | MAP_POPULATE | MAP_NONBLOCK, NULL, 0));
	EXPECT_LAYOUT(&w, "0-1 rw+sd+nh | 1-2 rw+sd+nr | 2-3 rw+sd F1 | 3-4 rw+wf+dd+sd+nr+dp |"
			  " 4-5 rw+sd");
	assert_int_equal(w.mm->committed, 3);
	/* A droppable mapping is not locked. */
	EXPECT_OK(lock(w.mm, 3, 4));
	assert_int_equal(w.mm->locked_vm, 0);
	world_close(&w);
}

/* ------------------------------------------------------------------ stacks */

/*
 *	[0 r 2)....[40 stack 42)	8 pages of gap to what is accessible
 */
static void touch_below_stack_grows_it_to_the_gap(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map_file(w.mm, 40, 42, RW, PRIVATE_ANON | MAP_GROWSDOWN, NULL, 0));
	EXPECT_OK(map(w.mm, 0, 2, RO));
	EXPECT_OK(touch(w.mm, 38));
	EXPECT_LAYOUT(&w, "0-2 r | 38-42 rw+gd F1");
	EXPECT_ERR(touch(w.mm, 9), EFAULT);
	EXPECT_LAYOUT(&w, "0-2 r | 38-42 rw+gd F1");
	EXPECT_OK(touch_read(w.mm, 10));
	EXPECT_LAYOUT(&w, "0-2 r | 10-42 rw+gd F1");
	/* What nobody can access needs no gap, and is not merged with. */
	EXPECT_OK(protect(w.mm, 0, 2, NONE));
	EXPECT_OK(touch(w.mm, 2));
	EXPECT_LAYOUT(&w, "0-2 none | 2-42 rw+gd F1");
	assert_int_equal(w.mm->stack_vm, 40);
	assert_int_equal(w.mm->committed, 40);
	world_close(&w);
}

static void touch_below_stack_beyond_limits_fails_faulted(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map_file(w.mm, 40, 42, RW, PRIVATE_ANON | MAP_GROWSDOWN, NULL, 0));
	w.mm->rlimit[VM_RLIMIT_STACK] = 5;
	EXPECT_ERR(touch(w.mm, 36), EFAULT);
	EXPECT_LAYOUT(&w, "40-42 rw+gd F1");
	EXPECT_OK(touch(w.mm, 37));
	w.mm->rlimit[VM_RLIMIT_STACK] = VM_RLIM_INFINITY;
	w.mm->rlimit[VM_RLIMIT_AS] = 5;
	EXPECT_ERR(touch(w.mm, 36), EFAULT);
	EXPECT_LAYOUT(&w, "37-42 rw+gd F1");
	world_close(&w);
}

/* F13: a stack that is never charged, and kernels that charge its growth all the same. */
static void touch_below_noreserve_stack_charge_by_quirk(void **state)
{
	(void)state;
	for (int quirk = 0; quirk < 2; quirk++) {
		struct vm_config config = world_config(VM_PROFILE_7_3);
		struct world w;

		config.quirks = quirk ? 1u << (13 - 1) : 0;
		world_open_with(&w, &config);
		EXPECT_OK(map_file(w.mm, 40, 42, RW, PRIVATE_ANON | MAP_GROWSDOWN | MAP_NORESERVE,
				   NULL, 0));
		EXPECT_OK(touch(w.mm, 38));
		EXPECT_LAYOUT(&w, "38-42 rw+gd+nr F1");
		assert_int_equal(w.mm->committed, quirk ? 2 : 0);
		EXPECT_OK(unmap(w.mm, 38, 42));
		assert_int_equal(w.mm->committed, quirk ? 2 : 0);
		world_close(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mmap_anywhere_goes_to_the_top_and_merges),
		cmocka_unit_test(mmap_near_stack_keeps_gap),
		cmocka_unit_test(mmap_hint_is_rounded_or_dropped),
		cmocka_unit_test(mmap_bad_request_fails_unchanged),
		cmocka_unit_test(mmap_locked_beyond_limits_fails),
		cmocka_unit_test(mmap_data_beyond_rlimit_fails),
		cmocka_unit_test(mmap_file_wrong_mode_fails),
		cmocka_unit_test(mprotect_shared_read_only_file_for_writing_fails),
		cmocka_unit_test(mmap_attributes_become_flags),
		cmocka_unit_test(touch_below_stack_grows_it_to_the_gap),
		cmocka_unit_test(touch_below_stack_beyond_limits_fails_faulted),
		cmocka_unit_test(touch_below_noreserve_stack_charge_by_quirk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
