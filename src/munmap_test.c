/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unmapping and the limit of the number of VMAs: what is cut, what survives a refusal, and at
 * which count each operation is refused.
 */
#include "test_world.h"

/*
 *	0123456789ab
 *	AAAABBBBCCCC		each way to lay a range over three VMAs
 */
static void munmap_each_range_over_three_vmas(void **state)
{
	static const struct {
		unsigned int start, end;
		const char *layout;
	} cases[] = {
		{ 0, 12, "" },
		{ 0, 4, "4-8 r | 8-12 rx" },
		{ 1, 3, "0-1 rw | 3-4 rw | 4-8 r | 8-12 rx" },
		{ 0, 2, "2-4 rw | 4-8 r | 8-12 rx" },
		{ 2, 4, "0-2 rw | 4-8 r | 8-12 rx" },
		{ 2, 6, "0-2 rw | 6-8 r | 8-12 rx" },
		{ 2, 10, "0-2 rw | 10-12 rx" },
		{ 4, 8, "0-4 rw | 8-12 rx" },
		{ 11, 20, "0-4 rw | 4-8 r | 8-11 rx" },
		{ 12, 20, "0-4 rw | 4-8 r | 8-12 rx" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world w;

		world_open(&w, VM_PROFILE_7_3);
		EXPECT_OK(map(w.mm, 0, 4, RW));
		EXPECT_OK(map(w.mm, 4, 8, RO));
		EXPECT_OK(map(w.mm, 8, 12, RX));
		EXPECT_OK(unmap(w.mm, cases[i].start, cases[i].end));
		EXPECT_LAYOUT(&w, cases[i].layout);
		world_close(&w);
	}
}

/* The card of errors, first match first. */
static void munmap_bad_arguments_fail(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_ERR(mm_munmap(w.mm, BASE + 1, PG), EINVAL);
	EXPECT_ERR(mm_munmap(w.mm, BASE, 0), EINVAL);
	EXPECT_ERR(mm_munmap(w.mm, BASE, UINT64_MAX), EINVAL);
	EXPECT_ERR(mm_munmap(w.mm, BASE + (WINDOW_PAGES + 1) * PG, PG), EINVAL);
	EXPECT_ERR(mm_munmap(w.mm, BASE + (WINDOW_PAGES - 1) * PG, 2 * PG), EINVAL);
	EXPECT_OK(mm_munmap(w.mm, BASE + 8 * PG, PG));
	EXPECT_LAYOUT(&w, "0-4 rw");
	EXPECT_OK(mm_munmap(w.mm, BASE + 3 * PG, 1));
	EXPECT_LAYOUT(&w, "0-3 rw");
	world_close(&w);
}

/* Guard markers go with their pages, and come back to no new mapping. */
static void munmap_guarded_forgets_markers(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 8, RW));
	EXPECT_OK(advise(w.mm, 2, 6, MADV_GUARD_INSTALL));
	EXPECT_OK(unmap(w.mm, 2, 4));
	EXPECT_OK(map(w.mm, 2, 4, RW));
	EXPECT_LAYOUT(&w, "0-8 rw+gu F1");
	EXPECT_OK(touch(w.mm, 3));
	EXPECT_ERR(touch(w.mm, 4), EFAULT);
	world_close(&w);
}

/* A seal is met before, at and after the first cut. */
static void munmap_each_way_into_sealed_fails(void **state)
{
	static const struct {
		unsigned int start, end;
		const char *layout;
	} cases[] = {
		{ 2, 4, "0-2 rw | 2-4 rw+sl | 4-8 rw" },
		{ 3, 4, "0-2 rw | 2-4 rw+sl | 4-8 rw" },
		{ 3, 6, "0-2 rw | 2-4 rw+sl | 4-8 rw" },
		{ 1, 3, "0-1 rw | 1-2 rw | 2-4 rw+sl | 4-8 rw" },
		{ 0, 3, "0-2 rw | 2-4 rw+sl | 4-8 rw" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world w;

		world_open(&w, VM_PROFILE_7_3);
		EXPECT_OK(map(w.mm, 0, 8, RW));
		EXPECT_OK(seal(w.mm, 2, 4));
		EXPECT_ERR(unmap(w.mm, cases[i].start, cases[i].end), EPERM);
		EXPECT_LAYOUT(&w, cases[i].layout);
		EXPECT_ERR(map(w.mm, cases[i].start, cases[i].end, RO), EPERM);
		world_close(&w);
	}
}

/* A failed unmap keeps its cuts even beyond the limit, which they are not held against. */
static void munmap_into_sealed_at_limit_goes_beyond_it(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(seal(w.mm, 2, 4));
	world_check(&w);
	vm_set_max_vma_count(w.machine, 1);
	EXPECT_ERR(unmap(w.mm, 1, 3), EPERM);
	EXPECT_LAYOUT(&w, "0-1 rw | 1-2 rw | 2-4 rw+sl");
	world_close(&w);
}

/* G10: the limit refuses a hole before the driver hears of it. */
static void munmap_hooked_hole_at_limit_calls_no_hook(void **state)
{
	struct test_driver driver = {
		.name = "D",
		.ops = { .open = driver_open,
			 .close = driver_close,
			 .may_split = driver_may_split },
	};
	struct world w;
	struct file *file;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	file = world_file(&w, &driver, &driver_legacy_fops);
	EXPECT_OK(map_file(w.mm, 0, 8, RW, MAP_PRIVATE, file, 0));
	EXPECT_LOG(&w, "mmap(0-8)");
	vm_set_max_vma_count(w.machine, 1);
	EXPECT_ERR(unmap(w.mm, 2, 4), ENOMEM);
	EXPECT_LOG(&w, "");
	file_put(file);
	world_close(&w);
}

/* G11: and so does a seal. */
static void munmap_hooked_sealed_front_calls_no_hook(void **state)
{
	struct test_driver driver = {
		.name = "D",
		.ops = { .open = driver_open,
			 .close = driver_close,
			 .may_split = driver_may_split },
	};
	struct world w;
	struct file *file;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	file = world_file(&w, &driver, &driver_legacy_fops);
	EXPECT_OK(map_file(w.mm, 0, 8, RW, MAP_PRIVATE, file, 0));
	EXPECT_OK(seal(w.mm, 0, 8));
	world_take_log(&w);
	EXPECT_ERR(unmap(w.mm, 2, 8), EPERM);
	EXPECT_LOG(&w, "");
	file_put(file);
	world_close(&w);
}

/* may_split refuses the second cut: the first one stays, everything is attached again. */
static void munmap_refused_tail_split_keeps_front_split(void **state)
{
	struct test_driver driver = {
		.name = "D",
		.may_split_error = -EINVAL,
		.ops = { .may_split = driver_may_split },
	};
	struct world w;
	struct file *file;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	file = world_file(&w, &driver, &driver_legacy_fops);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(map_file(w.mm, 4, 8, RW, MAP_PRIVATE, file, 0));
	EXPECT_ERR(unmap(w.mm, 2, 6), EINVAL);
	EXPECT_LAYOUT(&w, "0-2 rw | 2-4 rw | 4-8 rw D@0");
	EXPECT_LOG(&w, "mmap(4-8) may_split(4-6)");
	file_put(file);
	world_close(&w);
}

/* ------------------------------------------------------------------ the limit */

enum limited {
	L_MMAP,
	L_MMAP_MERGE,
	L_FIXED_MIDDLE,
	L_HOLE,
	L_TAIL,
	L_PROTECT_EDGE,
	L_PROTECT_SHIFT,
	L_PROTECT_MIDDLE,
	L_MADVISE,
	L_MLOCK,
	L_MSEAL,
	L_FORK,
};

/* slots: what is left of the limit before the operation. */
static const struct {
	enum limited what;
	int slots;
	int err;
	uint64_t events;
} limit_cases[] = {
	{ L_MMAP, 0, 0, 0 },
	{ L_MMAP, -1, ENOMEM, 1 },
	{ L_MMAP_MERGE, 0, 0, 0 },
	{ L_MMAP_MERGE, -1, ENOMEM, 1 },
	{ L_FIXED_MIDDLE, 1, 0, 0 },
	{ L_FIXED_MIDDLE, 0, ENOMEM, 0 },
	{ L_HOLE, 1, 0, 0 },
	{ L_HOLE, 0, ENOMEM, 0 },
	{ L_TAIL, 0, 0, 0 },
	{ L_TAIL, -1, 0, 0 },
	{ L_PROTECT_EDGE, 1, 0, 0 },
	{ L_PROTECT_EDGE, 0, ENOMEM, 1 },
	{ L_PROTECT_SHIFT, -1, 0, 0 },
	{ L_PROTECT_MIDDLE, 2, 0, 0 },
	{ L_PROTECT_MIDDLE, 1, ENOMEM, 1 },
	{ L_MADVISE, 1, 0, 0 },
	{ L_MADVISE, 0, EAGAIN, 1 },
	{ L_MLOCK, 0, ENOMEM, 1 },
	{ L_MSEAL, 0, ENOMEM, 1 },
	{ L_FORK, -1, 0, 0 },
};

/*
 *	0123456789ab
 *	AAAAAAAABBBB		A rw, B r
 */
static int do_limited(struct world *w, enum limited what)
{
	struct mm *child;
	int err;

	switch (what) {
	case L_MMAP:
		return map(w->mm, 20, 24, RX);
	case L_MMAP_MERGE:
		return map(w->mm, 12, 14, RO);
	case L_FIXED_MIDDLE:
		return map(w->mm, 2, 4, RO);
	case L_HOLE:
		return unmap(w->mm, 2, 4);
	case L_TAIL:
		return unmap(w->mm, 6, 9);
	case L_PROTECT_EDGE:
		return protect(w->mm, 0, 2, RX);
	case L_PROTECT_SHIFT:
		return protect(w->mm, 6, 8, RO);
	case L_PROTECT_MIDDLE:
		return protect(w->mm, 2, 4, RX);
	case L_MADVISE:
		return advise(w->mm, 0, 2, MADV_DONTFORK);
	case L_MLOCK:
		return lock(w->mm, 0, 2);
	case L_MSEAL:
		return seal(w->mm, 0, 2);
	case L_FORK:
		err = mm_fork(w->mm, w, &child);
		if (!err)
			mm_exit(child);
		return err;
	}
	return -ENOSYS;
}

static void each_operation_at_its_limit(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(limit_cases) / sizeof(limit_cases[0]); i++) {
		struct world w;

		world_open(&w, VM_PROFILE_7_3);
		EXPECT_OK(map(w.mm, 0, 8, RW));
		EXPECT_OK(map(w.mm, 8, 12, RO));
		vm_set_max_vma_count(w.machine, 2 + (uint64_t)limit_cases[i].slots);
		EXPECT_ERR(do_limited(&w, limit_cases[i].what), limit_cases[i].err);
		assert_int_equal(w.slots_events, limit_cases[i].events);
		world_close(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(munmap_each_range_over_three_vmas),
		cmocka_unit_test(munmap_bad_arguments_fail),
		cmocka_unit_test(munmap_guarded_forgets_markers),
		cmocka_unit_test(munmap_each_way_into_sealed_fails),
		cmocka_unit_test(munmap_into_sealed_at_limit_goes_beyond_it),
		cmocka_unit_test(munmap_hooked_hole_at_limit_calls_no_hook),
		cmocka_unit_test(munmap_hooked_sealed_front_calls_no_hook),
		cmocka_unit_test(munmap_refused_tail_split_keeps_front_split),
		cmocka_unit_test(each_operation_at_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
