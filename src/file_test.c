/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Drivers: which hook is called when, in what order, and how often. G-numbers are those of the
 * specification's appendix.
 */
#include "test_world.h"

#define ALL_OPS                                                                                    \
	{                                                                                          \
		.open = driver_open, .close = driver_close, .may_split = driver_may_split,         \
	}

/* G1	DDDDDDDD  ->  DD..DDDD */
static void munmap_hole_calls_open_for_outer_and_close_for_middle(void **state)
{
	struct test_driver driver = { .name = "D", .ops = ALL_OPS };
	struct world w;
	struct file *file;
	struct mm *mm;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	file = world_file(&w, &driver, &driver_legacy_fops);
	EXPECT_OK(map_file(w.mm, 0, 8, RW, MAP_PRIVATE, file, 0));
	EXPECT_LOG(&w, "mmap(0-8)");
	EXPECT_OK(unmap(w.mm, 2, 4));
	EXPECT_LOG(&w, "may_split(0-2) open(0-2) may_split(2-4) open(4-8) close(2-4)");
	EXPECT_LAYOUT(&w, "0-2 rw D@0 | 4-8 rw D@4");
	assert_int_equal(file->refs, 3);

	mm = w.mm;
	assert_int_equal(mm_new(w.machine, &w, &w.mm), 0);
	mm_exit(mm);
	EXPECT_LOG(&w, "close(0-2) close(4-8)");
	assert_int_equal(file->refs, 1);
	file_put(file);
	world_close(&w);
}

/* G2	a driver without close: the second mapping merges, its hook is not called */
static void mmap_legacy_beside_own_merges_without_hook(void **state)
{
	struct test_driver driver = { .name = "D" };
	struct world w;
	struct file *file;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	file = world_file(&w, &driver, &driver_legacy_fops);
	EXPECT_OK(map_file(w.mm, 0, 4, RW, MAP_PRIVATE, file, 0));
	EXPECT_OK(map_file(w.mm, 4, 8, RW, MAP_PRIVATE, file, 4));
	EXPECT_LOG(&w, "mmap(0-4)");
	EXPECT_LAYOUT(&w, "0-8 rw D@0");
	assert_int_equal(file->refs, 2);
	file_put(file);
	world_close(&w);
}

/* G3	mmap_prepare is asked each time, before the merge */
static void mmap_prepare_beside_own_merges_after_hook(void **state)
{
	struct test_driver driver = { .name = "D", .prepare_offset = 16 };
	struct world w;
	struct file *file;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	file = world_file(&w, &driver, &driver_prepare_fops);
	EXPECT_OK(map_file(w.mm, 0, 4, RW, MAP_PRIVATE, file, 0));
	EXPECT_OK(map_file(w.mm, 4, 8, RW, MAP_PRIVATE, file, 4));
	EXPECT_LOG(&w, "prepare(0-4) prepare(4-8)");
	EXPECT_LAYOUT(&w, "0-8 rw D@16");
	file_put(file);
	world_close(&w);
}

/* G4	with close: prev is only extended, so it may */
static void mmap_beside_own_with_close_merges_left(void **state)
{
	struct test_driver driver = { .name = "D", .ops = ALL_OPS };
	struct world w;
	struct file *file;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	file = world_file(&w, &driver, &driver_legacy_fops);
	EXPECT_OK(map_file(w.mm, 0, 4, RW, MAP_PRIVATE, file, 0));
	EXPECT_OK(map_file(w.mm, 4, 8, RW, MAP_PRIVATE, file, 4));
	EXPECT_LOG(&w, "mmap(0-4)");
	EXPECT_LAYOUT(&w, "0-8 rw D@0");
	file_put(file);
	world_close(&w);
}

/* G5	DDDD....DDDD  ->  DDDDDDDDDDDD in two VMAs: the upper one may not vanish */
static void mmap_between_own_with_close_merges_left_only(void **state)
{
	struct test_driver driver = { .name = "D", .ops = ALL_OPS };
	struct world w;
	struct file *file;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	file = world_file(&w, &driver, &driver_legacy_fops);
	EXPECT_OK(map_file(w.mm, 0, 4, RW, MAP_PRIVATE, file, 0));
	EXPECT_OK(map_file(w.mm, 8, 12, RW, MAP_PRIVATE, file, 8));
	EXPECT_OK(map_file(w.mm, 4, 8, RW, MAP_PRIVATE, file, 4));
	EXPECT_LAYOUT(&w, "0-8 rw D@0 | 8-12 rw D@8");
	EXPECT_LOG(&w, "mmap(0-4) mmap(8-12)");
	file_put(file);
	world_close(&w);
}

/* G8	fork runs out of memory at the third of three VMAs */
static void fork_failing_at_third_closes_first_two(void **state)
{
	struct test_driver driver = { .name = "D", .ops = ALL_OPS };
	struct world w;
	struct file *file;
	struct mm *child;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	file = world_file(&w, &driver, &driver_legacy_fops);
	for (unsigned int i = 0; i < 3; i++)
		EXPECT_OK(map_file(w.mm, 4 * i, 4 * i + 2, RW, MAP_PRIVATE, file, 0));
	world_take_log(&w);
	/* The mm, then a VMA and its place in the tree for each of the two before. */
	vm_fail_alloc(w.machine, 6, false);
	EXPECT_ERR(mm_fork(w.mm, &w, &child), ENOMEM);
	EXPECT_LOG(&w, "open(0-2) open(4-6) close(0-2) close(4-6)");
	EXPECT_LAYOUT(&w, "0-2 rw D@0 | 4-6 rw D@0 | 8-10 rw D@0");
	assert_int_equal(file->refs, 4);
	file_put(file);
	world_close(&w);
}

/* G9	MAP_FIXED over a hooked VMA with a driver that fails */
static void mmap_fixed_over_hooked_failing_driver_closes_once(void **state)
{
	struct test_driver old = { .name = "D", .ops = ALL_OPS };
	struct test_driver new = { .name = "N", .mmap_error = -ENODEV };
	struct world w;
	struct file *file, *failing;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	file = world_file(&w, &old, &driver_legacy_fops);
	failing = world_file(&w, &new, &driver_legacy_fops);
	EXPECT_OK(map_file(w.mm, 0, 4, RW, MAP_PRIVATE, file, 0));
	world_take_log(&w);
	EXPECT_ERR(map_file(w.mm, 0, 4, RW, MAP_PRIVATE, failing, 0), ENODEV);
	EXPECT_LOG(&w, "close(0-4) mmap(0-4)");
	EXPECT_LAYOUT(&w, "");
	assert_int_equal(file->refs, 1);
	assert_int_equal(failing->refs, 1);
	file_put(file);
	file_put(failing);
	world_close(&w);
}

/* F14: what the replaced VMA had charged is given back, or leaks as older kernels let it. */
static void mmap_fixed_failing_driver_charge_by_quirk(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 2 * VM_PROFILES; i++) {
		struct vm_config config = world_config((enum vm_profile)(i / 2));
		struct test_driver driver = { .name = "N", .mmap_error = -ENODEV };
		bool leaks = i % 2 && i / 2 != VM_PROFILE_7_3;
		struct world w;
		struct file *file;

		config.quirks = i % 2 ? 1u << (14 - 1) : 0;
		world_open_with(&w, &config);
		file = world_file(&w, &driver, &driver_legacy_fops);
		EXPECT_OK(map(w.mm, 0, 4, RW));
		EXPECT_ERR(map_file(w.mm, 0, 4, RO, MAP_PRIVATE, file, 0), ENODEV);
		assert_int_equal(w.mm->committed, 0);
		EXPECT_OK(map(w.mm, 0, 4, RW));
		EXPECT_ERR(map_file(w.mm, 0, 4, RW, MAP_PRIVATE, file, 0), ENODEV);
		assert_int_equal(w.mm->committed, leaks ? 4 : 0);
		assert_int_equal(vm_committed(w.machine), leaks ? 4 : 0);
		file_put(file);
		world_close(&w);
	}
}

/* A legacy hook that adds a flag: only 6.12 tries to merge once more. */
static void mmap_legacy_changing_flags_by_profile(void **state)
{
	static const char *const layout[VM_PROFILES] = {
		[VM_PROFILE_6_12] = "0-8 rw+dd D@0",
		[VM_PROFILE_6_18] = "0-4 rw+dd D@0 | 4-8 rw+dd D@4",
		[VM_PROFILE_7_3] = "0-4 rw+dd D@0 | 4-8 rw+dd D@4",
	};

	(void)state;
	for (int profile = 0; profile < VM_PROFILES; profile++) {
		struct test_driver driver = {
			.name = "D",
			.mmap_flags = VM_DONTDUMP,
			.ops = ALL_OPS,
		};
		struct world w;
		struct file *file;

		world_open(&w, (enum vm_profile)profile);
		file = world_file(&w, &driver, &driver_legacy_fops);
		EXPECT_OK(map_file(w.mm, 0, 4, RW, MAP_PRIVATE, file, 0));
		EXPECT_OK(map_file(w.mm, 4, 8, RW, MAP_PRIVATE, file, 4));
		EXPECT_LOG(&w, "mmap(0-4) mmap(4-8)");
		EXPECT_LAYOUT(&w, layout[profile]);
		file_put(file);
		world_close(&w);
	}
}

/* Whose ops a survivor has after a merge: 6.18 takes what mmap_prepare chose last. */
static void mmap_prepare_merged_ops_by_profile(void **state)
{
	for (int profile = VM_PROFILE_6_18; profile < VM_PROFILES; profile++) {
		struct test_driver driver = { .name = "D", .ops = { .open = driver_open } };
		struct vm_operations first;
		struct world w;
		struct file *file;

		world_open(&w, (enum vm_profile)profile);
		file = world_file(&w, &driver, &driver_prepare_fops);
		EXPECT_OK(map_file(w.mm, 0, 4, RW, MAP_PRIVATE, file, 0));
		first = driver.ops;
		vma_at(w.mm, 0)->vm_ops = &first;
		EXPECT_OK(map_file(w.mm, 4, 8, RW, MAP_PRIVATE, file, 4));
		assert_ptr_equal(vma_at(w.mm, 0)->vm_ops,
				 profile == VM_PROFILE_7_3 ? &first : &driver.ops);
		EXPECT_LAYOUT(&w, "0-8 rw D@0");
		file_put(file);
		world_close(&w);
	}
	(void)state;
}

/* The mapped hook sees fresh VMAs of 7.3 alone; if it fails they are closed and gone. */
static void mmap_prepare_mapped_hook_fresh_only(void **state)
{
	struct test_driver driver = {
		.name = "D",
		.ops = { .open = driver_open, .close = driver_close, .mapped = driver_mapped },
	};
	struct world w;
	struct file *file;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	file = world_file(&w, &driver, &driver_prepare_fops);
	EXPECT_OK(map_file(w.mm, 0, 4, RW, MAP_PRIVATE, file, 0));
	assert_ptr_equal(vma_at(w.mm, 0)->vm_private_data, &driver);
	EXPECT_OK(map_file(w.mm, 4, 8, RW, MAP_PRIVATE, file, 4));
	EXPECT_LOG(&w, "prepare(0-4) mapped(0-4) prepare(4-8)");

	driver.mapped_error = -EIO;
	EXPECT_OK(map(w.mm, 10, 20, RW));
	EXPECT_ERR(map_file(w.mm, 12, 14, RW, MAP_PRIVATE, file, 40), EIO);
	EXPECT_LOG(&w, "prepare(12-14) mapped(12-14) close(12-14)");
	EXPECT_LAYOUT(&w, "0-8 rw D@0 | 10-12 rw | 14-20 rw");
	file_put(file);
	world_close(&w);
}

/* Before there was mmap_prepare such a file could not be mapped. */
static void mmap_prepare_file_on_old_kernel_fails(void **state)
{
	struct test_driver driver = { .name = "D" };
	struct world w;
	struct file *file;

	(void)state;
	world_open(&w, VM_PROFILE_6_12);
	file = world_file(&w, &driver, &driver_prepare_fops);
	EXPECT_ERR(map_file(w.mm, 0, 4, RW, MAP_PRIVATE, file, 0), ENODEV);
	EXPECT_LOG(&w, "");
	file_put(file);
	world_close(&w);
}

/* Shared anonymous memory is an object per mapping: pieces of one merge, two do not. */
static void mmap_shared_anon_pieces_merge_and_two_do_not(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map_file(w.mm, 0, 4, RW, SHARED_ANON, NULL, 0));
	EXPECT_OK(map_file(w.mm, 4, 8, RW, SHARED_ANON, NULL, 0));
	EXPECT_LAYOUT(&w, "0-4 rws | 4-8 rws");
	assert_int_equal(w.mm->committed, 0);
	EXPECT_OK(protect(w.mm, 1, 2, RO));
	EXPECT_LAYOUT(&w, "0-1 rws | 1-2 rs | 2-4 rws | 4-8 rws");
	EXPECT_OK(protect(w.mm, 1, 2, RW));
	EXPECT_LAYOUT(&w, "0-4 rws | 4-8 rws");
	assert_int_equal(vm_live_objects(w.machine, VM_OBJECT_FILE), 2);
	EXPECT_OK(touch(w.mm, 0));
	EXPECT_LAYOUT(&w, "0-4 rws | 4-8 rws");
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(munmap_hole_calls_open_for_outer_and_close_for_middle),
		cmocka_unit_test(mmap_legacy_beside_own_merges_without_hook),
		cmocka_unit_test(mmap_prepare_beside_own_merges_after_hook),
		cmocka_unit_test(mmap_beside_own_with_close_merges_left),
		cmocka_unit_test(mmap_between_own_with_close_merges_left_only),
		cmocka_unit_test(fork_failing_at_third_closes_first_two),
		cmocka_unit_test(mmap_fixed_over_hooked_failing_driver_closes_once),
		cmocka_unit_test(mmap_fixed_failing_driver_charge_by_quirk),
		cmocka_unit_test(mmap_legacy_changing_flags_by_profile),
		cmocka_unit_test(mmap_prepare_merged_ops_by_profile),
		cmocka_unit_test(mmap_prepare_mapped_hook_fresh_only),
		cmocka_unit_test(mmap_prepare_file_on_old_kernel_fails),
		cmocka_unit_test(mmap_shared_anon_pieces_merge_and_two_do_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
