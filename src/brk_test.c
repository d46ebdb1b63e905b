/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The heap and mlockall(): where the break may go, what grows with it, and which flags new
 * mappings are born with.
 */
#include "test_failures.h"

/* The page the break is in then. */
static unsigned int brk_to(struct mm *mm, unsigned int page)
{
	return (unsigned int)page_count(BASE, mm_brk(mm, page_addr(page)));
}

/* E38	what adjoins the heap is part of it; one page before the next VMA stays free */
static void brk_meets_mmap(void **state)
{
	(void)state;
	for (int profile = 0; profile < VM_PROFILES; profile++) {
		struct world w;

		world_open(&w, (enum vm_profile)profile);
		assert_int_equal(brk_to(w.mm, 8), 8);
		EXPECT_OK(map(w.mm, 8, 9, RW));
		EXPECT_LAYOUT(&w, "0-9 rw");
		assert_int_equal(brk_to(w.mm, 10), 8);
		EXPECT_OK(unmap(w.mm, 8, 9));
		EXPECT_OK(protect(w.mm, 7, 8, RO));
		assert_int_equal(brk_to(w.mm, 9), 9);
		EXPECT_LAYOUT(&w, "0-7 rw | 7-8 r | 8-9 rw");
		assert_int_equal(brk_to(w.mm, 1), 1);
		EXPECT_LAYOUT(&w, "0-1 rw");
		assert_int_equal(w.mm->committed, 1);
		world_close(&w);
	}
}

static void brk_moves_by_bytes(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	assert_int_equal(mm_brk(w.mm, BASE - 1), BASE);
	assert_int_equal(mm_brk(w.mm, BASE + 1), BASE + 1);
	EXPECT_LAYOUT(&w, "0-1 rw");
	assert_int_equal(mm_brk(w.mm, BASE + PG), BASE + PG);
	assert_int_equal(mm_brk(w.mm, BASE + PG - 7), BASE + PG - 7);
	EXPECT_LAYOUT(&w, "0-1 rw");
	assert_int_equal(mm_brk(w.mm, BASE + PG + 1), BASE + PG + 1);
	EXPECT_LAYOUT(&w, "0-2 rw");
	/* Rounded up it is nothing, or beyond everything. */
	assert_int_equal(mm_brk(w.mm, UINT64_MAX), BASE + PG + 1);
	assert_int_equal(mm_brk(w.mm, w.config.task_size + 1), BASE + PG + 1);
	assert_int_equal(mm_brk(w.mm, BASE), BASE);
	EXPECT_LAYOUT(&w, "");
	world_close(&w);
}

/* A hole, a seal and a stack in the way. */
static void brk_stays_where_it_cannot_go(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	assert_int_equal(brk_to(w.mm, 8), 8);
	EXPECT_OK(unmap(w.mm, 4, 8));
	assert_int_equal(brk_to(w.mm, 5), 8);
	assert_int_equal(brk_to(w.mm, 3), 3);
	EXPECT_LAYOUT(&w, "0-3 rw");
	EXPECT_OK(seal(w.mm, 2, 3));
	assert_int_equal(brk_to(w.mm, 1), 3);
	EXPECT_LAYOUT(&w, "0-1 rw | 1-2 rw | 2-3 rw+sl");
	/* The gap below the stack is 8. */
	EXPECT_OK(map_file(w.mm, 20, 21, RW, PRIVATE_ANON | MAP_GROWSDOWN, NULL, 0));
	assert_int_equal(brk_to(w.mm, 12), 3);
	assert_int_equal(brk_to(w.mm, 11), 11);
	EXPECT_LAYOUT(&w, "0-1 rw | 1-2 rw | 2-3 rw+sl | 3-11 rw | 20-21 rw+gd");
	world_close(&w);
}

/* Lenient as mmap(): at the limit it may merge, beyond it nothing goes. */
static void brk_at_the_limit(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	assert_int_equal(brk_to(w.mm, 2), 2);
	EXPECT_OK(map(w.mm, 20, 21, RO));
	vm_set_max_vma_count(w.machine, 2);
	assert_int_equal(brk_to(w.mm, 3), 3);
	EXPECT_OK(map(w.mm, 30, 31, RO));
	assert_int_equal(brk_to(w.mm, 4), 3);
	/* No event: this is not one of the four places. */
	assert_int_equal(w.slots_events, 0);
	EXPECT_LAYOUT(&w, "0-3 rw | 20-21 r | 30-31 r");
	world_close(&w);
}

static void brk_refused_by_resource_limits(void **state)
{
	struct vm_config config = world_config(VM_PROFILE_7_3);
	struct world w;

	(void)state;
	config.overcommit = VM_OVERCOMMIT_NEVER;
	config.commit_limit = 6;
	config.ipc_lock = false;
	world_open_with(&w, &config);
	w.mm->rlimit[VM_RLIMIT_DATA] = 4;
	assert_int_equal(mm_brk(w.mm, page_addr(4) + 1), BASE);
	assert_int_equal(brk_to(w.mm, 4), 4);
	w.mm->rlimit[VM_RLIMIT_DATA] = VM_RLIM_INFINITY;
	assert_int_equal(brk_to(w.mm, 7), 4);
	w.mm->rlimit[VM_RLIMIT_AS] = 5;
	assert_int_equal(brk_to(w.mm, 6), 4);
	w.mm->rlimit[VM_RLIMIT_MEMLOCK] = 1;
	EXPECT_OK(mm_mlockall(w.mm, MCL_FUTURE));
	assert_int_equal(brk_to(w.mm, 6), 4);
	assert_int_equal(brk_to(w.mm, 5), 5);
	EXPECT_LAYOUT(&w, "0-4 rw | 4-5 rw+lo F1");
	assert_int_equal(w.mm->locked_vm, 1);
	world_close(&w);
}

/* T7	new heap is born locked; unlocked again it merges if nobody touched the old */
static void brk_after_mlockall_future(void **state)
{
	(void)state;
	for (int touched = 0; touched < 2; touched++) {
		struct world w;

		world_open(&w, VM_PROFILE_7_3);
		assert_int_equal(brk_to(w.mm, 8), 8);
		if (touched)
			EXPECT_OK(touch(w.mm, 0));
		EXPECT_OK(mm_mlockall(w.mm, MCL_FUTURE));
		assert_int_equal(brk_to(w.mm, 10), 10);
		EXPECT_LAYOUT(&w, touched ? "0-8 rw F1 | 8-10 rw+lo F2" : "0-8 rw | 8-10 rw+lo F1");
		EXPECT_OK(mm_munlockall(w.mm));
		EXPECT_LAYOUT(&w, touched ? "0-8 rw F1 | 8-10 rw F2" : "0-10 rw F1");
		assert_int_equal(brk_to(w.mm, 11), 11);
		assert_int_equal(w.mm->locked_vm, 0);
		world_close(&w);
	}
}

/* The program's zeroed memory: whatever was there goes, and only what is below may merge. */
static void vm_brk_replaces_and_looks_left(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 4, 8, RW));
	EXPECT_OK(map(w.mm, 12, 16, RW));
	EXPECT_OK(map(w.mm, 8, 10, RO));
	EXPECT_OK(mm_vm_brk(w.mm, page_addr(8), 4 * PG, false));
	EXPECT_LAYOUT(&w, "4-12 rw | 12-16 rw");
	EXPECT_OK(mm_vm_brk(w.mm, page_addr(6), 2 * PG - 1, true));
	EXPECT_LAYOUT(&w, "4-6 rw | 6-8 rwx | 8-12 rw | 12-16 rw");
	EXPECT_OK(mm_vm_brk(w.mm, page_addr(20), 0, false));
	EXPECT_ERR(mm_vm_brk(w.mm, page_addr(20), UINT64_MAX, false), ENOMEM);
	EXPECT_ERR(mm_vm_brk(w.mm, page_addr(20) + 1, PG, false), EINVAL);
	EXPECT_ERR(mm_vm_brk(w.mm, BASE - PG, PG, false), EPERM);
	EXPECT_ERR(mm_vm_brk(w.mm, page_addr(127), 2 * PG, false), ENOMEM);
	EXPECT_OK(seal(w.mm, 4, 6));
	EXPECT_ERR(mm_vm_brk(w.mm, page_addr(4), PG, false), EPERM);
	world_close(&w);
}

static void fork_child_has_the_break(void **state)
{
	struct mm *child;
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	assert_int_equal(brk_to(w.mm, 4), 4);
	EXPECT_OK(mm_mlockall(w.mm, MCL_FUTURE));
	EXPECT_OK(mm_fork(w.mm, &w, &child));
	assert_int_equal(brk_to(child, 6), 6);
	assert_int_equal(brk_to(w.mm, 2), 2);
	EXPECT_LAYOUT_OF(&w, child, "0-6 rw");
	EXPECT_LAYOUT(&w, "0-2 rw");
	mm_exit(child);
	world_close(&w);
}

static void validate_finds_break_below_its_start(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	w.mm->brk = w.mm->start_brk - 1;
	assert_non_null(strstr(mm_validate(w.mm), "ACC-6"));
	w.mm->brk = w.mm->start_brk;
	world_close(&w);
}

/* ------------------------------------------------------------------ mlockall */

static void mlockall_errors(void **state)
{
	struct vm_config config = world_config(VM_PROFILE_7_3);
	struct world w;

	(void)state;
	config.ipc_lock = false;
	world_open_with(&w, &config);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_ERR(mm_mlockall(w.mm, 0), EINVAL);
	EXPECT_ERR(mm_mlockall(w.mm, MCL_ONFAULT), EINVAL);
	EXPECT_ERR(mm_mlockall(w.mm, MCL_CURRENT | 8), EINVAL);
	w.mm->rlimit[VM_RLIMIT_MEMLOCK] = 3;
	EXPECT_ERR(mm_mlockall(w.mm, MCL_CURRENT), ENOMEM);
	EXPECT_OK(mm_mlockall(w.mm, MCL_FUTURE));
	EXPECT_LAYOUT(&w, "0-4 rw");
	w.mm->rlimit[VM_RLIMIT_MEMLOCK] = 0;
	EXPECT_ERR(mm_mlockall(w.mm, MCL_FUTURE), EPERM);
	world_close(&w);
}

/* Everything as far as it goes, and what comes after by the last word. */
static void mlockall_current_and_future(void **state)
{
	struct test_driver driver = { .name = "I", .mmap_flags = VM_IO };
	struct world w;
	struct file *file;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	file = world_file(&w, &driver, &driver_legacy_fops);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(map(w.mm, 4, 6, RO));
	EXPECT_OK(map(w.mm, 8, 10, NONE));
	EXPECT_OK(map_file(w.mm, 12, 14, RW, MAP_SHARED, file, 0));
	EXPECT_OK(mm_mlockall(w.mm, MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT));
	EXPECT_LAYOUT(&w, "0-4 rw+lo+lf | 4-6 r+lo+lf | 8-10 none+lo+lf | 12-14 rws+io I@0");
	assert_int_equal(w.mm->locked_vm, 8);
	EXPECT_OK(map(w.mm, 20, 22, RW));
	EXPECT_OK(mm_mlockall(w.mm, MCL_CURRENT));
	EXPECT_LAYOUT(&w, "0-4 rw+lo F1 | 4-6 r+lo | 8-10 none+lo | 12-14 rws+io I@0 | "
			  "20-22 rw+lo F2");
	EXPECT_OK(map(w.mm, 30, 32, RW));
	EXPECT_OK(mm_munlockall(w.mm));
	EXPECT_LAYOUT(&w, "0-4 rw F1 | 4-6 r | 8-10 none | 12-14 rws+io I@0 | 20-22 rw F2 | "
			  "30-32 rw");
	file_put(file);
	world_close(&w);
}

/* ------------------------------------------------------------------ memory runs out */

static void prepare_heap(struct world *w)
{
	assert_int_equal(brk_to(w->mm, 4), 4);
}

static void prepare_mixed(struct world *w)
{
	EXPECT_OK(map(w->mm, 0, 2, RW));
	EXPECT_OK(map(w->mm, 2, 4, RW));
	EXPECT_OK(mm_mlock2(w->mm, page_addr(1), PG, MLOCK_ONFAULT));
}

/* The break does not move; nothing says why. */
static int op_grow(struct world *w)
{
	return brk_to(w->mm, 8) == 8 ? 0 : -ENOMEM;
}

static int op_shrink(struct world *w)
{
	return brk_to(w->mm, 2) == 2 ? 0 : -ENOMEM;
}

static int op_vm_brk(struct world *w)
{
	return mm_vm_brk(w->mm, page_addr(2), 4 * PG, true);
}

/* What cannot be merged is changed where it stands, or left. */
static int op_mlockall(struct world *w)
{
	return mm_mlockall(w->mm, MCL_CURRENT | MCL_ONFAULT);
}

static void prepare_nothing(struct world *w)
{
	(void)w;
}

static const struct failing failings[] = {
	{ "brk, first", VM_PROFILE_7_3, prepare_nothing, op_grow, "0-8 rw", ENOMEM, { "" }, 2 },
	{ "brk, merging",
	  VM_PROFILE_7_3,
	  prepare_heap,
	  op_grow,
	  "0-8 rw",
	  ENOMEM,
	  { "0-4 rw" },
	  1 },
	{ "brk, shrinking",
	  VM_PROFILE_7_3,
	  prepare_heap,
	  op_shrink,
	  "0-2 rw",
	  ENOMEM,
	  { "0-4 rw", "0-2 rw | 2-4 rw" },
	  4 },
	{ "vm_brk",
	  VM_PROFILE_7_3,
	  prepare_heap,
	  op_vm_brk,
	  "0-2 rw | 2-6 rwx",
	  ENOMEM,
	  { "0-4 rw", "0-2 rw | 2-4 rw", "0-2 rw" },
	  6 },
	{ "mlockall",
	  VM_PROFILE_7_3,
	  prepare_mixed,
	  op_mlockall,
	  "0-4 rw+lo+lf",
	  0,
	  { "0-1 rw F1 | 1-4 rw+lo+lf", "0-2 rw+lo+lf | 2-4 rw F1",
	    "0-1 rw | 1-2 rw+lo+lf | 2-4 rw", "0-2 rw+lo+lf | 2-4 rw" },
	  2 },
};

static void brk_failing_each_request(void **state)
{
	(void)state;
	FAILING_WALK(failings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(brk_meets_mmap),
		cmocka_unit_test(brk_moves_by_bytes),
		cmocka_unit_test(brk_stays_where_it_cannot_go),
		cmocka_unit_test(brk_at_the_limit),
		cmocka_unit_test(brk_refused_by_resource_limits),
		cmocka_unit_test(brk_after_mlockall_future),
		cmocka_unit_test(vm_brk_replaces_and_looks_left),
		cmocka_unit_test(fork_child_has_the_break),
		cmocka_unit_test(validate_finds_break_below_its_start),
		cmocka_unit_test(mlockall_errors),
		cmocka_unit_test(mlockall_current_and_future),
		cmocka_unit_test(brk_failing_each_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
