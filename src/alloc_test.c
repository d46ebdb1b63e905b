/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that runs out: each operation of a set is run again and again, failing one request
 * later each time, until it succeeds. After each failure the state is valid, holds what the
 * specification allows, and leaks nothing.
 */
#include "test_world.h"

/* Lays out what the operation works on. */
typedef void prepare_fn(struct world *world);
typedef int operate_fn(struct world *world);

struct scenario {
	const char *name;
	prepare_fn *prepare;
	operate_fn *operate;
	const char *done;	/* the layout when it succeeded */
	int err;		/* the error when memory ran out */
	const char *allowed[8]; /* the layouts when it failed */
	uint32_t requests;	/* how many there are: the walk must reach them all */
};

static struct file *hooked_file(struct world *w)
{
	static struct test_driver driver = {
		.name = "D",
		.ops = { .open = driver_open,
			 .close = driver_close,
			 .may_split = driver_may_split },
	};

	return world_file(w, &driver, &driver_legacy_fops);
}

/* ------------------------------------------------------------------ the scenarios */

static void prepare_nothing(struct world *w)
{
	(void)w;
}

static void prepare_one(struct world *w)
{
	EXPECT_OK(map(w->mm, 0, 8, RW));
}

static void prepare_faulted(struct world *w)
{
	EXPECT_OK(map(w->mm, 0, 8, RW));
	EXPECT_OK(touch(w->mm, 0));
}

/* AAAABBBBCCCC, A and C rw, B r and faulted */
static void prepare_three(struct world *w)
{
	EXPECT_OK(map(w->mm, 0, 12, RW));
	EXPECT_OK(protect(w->mm, 4, 8, RWX));
	EXPECT_OK(touch(w->mm, 4));
}

static void prepare_around_hole(struct world *w)
{
	EXPECT_OK(map(w->mm, 0, 4, RW));
	EXPECT_OK(map(w->mm, 8, 12, RW));
	EXPECT_OK(touch(w->mm, 8));
}

static void prepare_hooked(struct world *w)
{
	struct file *file = hooked_file(w);

	EXPECT_OK(map_file(w->mm, 0, 8, RW, MAP_PRIVATE, file, 0));
	file_put(file);
}

static void prepare_stack(struct world *w)
{
	EXPECT_OK(map_file(w->mm, 40, 42, RW, PRIVATE_ANON | MAP_GROWSDOWN, NULL, 0));
}

static int op_map(struct world *w)
{
	return map(w->mm, 4, 8, RW);
}

static int op_map_locked(struct world *w)
{
	return map_file(w->mm, 0, 4, RW, PRIVATE_ANON | MAP_LOCKED, NULL, 0);
}

static int op_map_shared(struct world *w)
{
	return map_file(w->mm, 2, 4, RW, SHARED_ANON, NULL, 0);
}

static int op_map_over(struct world *w)
{
	return map(w->mm, 2, 4, RO);
}

static int op_unmap_hole(struct world *w)
{
	return unmap(w->mm, 2, 4);
}

static int op_unmap_three(struct world *w)
{
	return unmap(w->mm, 2, 10);
}

static int op_protect_middle(struct world *w)
{
	return protect(w->mm, 2, 4, RO);
}

static int op_protect_merging(struct world *w)
{
	return protect(w->mm, 4, 8, RW);
}

static int op_protect_walk(struct world *w)
{
	return protect(w->mm, 2, 10, RX);
}

static int op_madvise(struct world *w)
{
	return advise(w->mm, 2, 4, MADV_DONTFORK);
}

static int op_guard(struct world *w)
{
	return advise(w->mm, 2, 4, MADV_GUARD_INSTALL);
}

static int op_touch(struct world *w)
{
	return touch(w->mm, 0);
}

static int op_grow_stack(struct world *w)
{
	return touch(w->mm, 38);
}

static int op_lock(struct world *w)
{
	return lock(w->mm, 2, 4);
}

static int op_seal(struct world *w)
{
	return seal(w->mm, 2, 4);
}

static int op_fork(struct world *w)
{
	struct mm *child;
	int err;

	err = mm_fork(w->mm, w, &child);
	if (err)
		return err;
	world_check(w);
	mm_exit(child);
	return 0;
}

static const struct scenario scenarios[] = {
	{ "mmap alone", prepare_nothing, op_map, "4-8 rw", ENOMEM, { "" }, 2 },
	/* Without memory for a merge the mapping is made beside its neighbours. */
	{ "mmap merging both",
	  prepare_around_hole,
	  op_map,
	  "0-12 rw F1",
	  ENOMEM,
	  { "0-4 rw | 4-8 rw | 8-12 rw F1", "0-4 rw | 8-12 rw F1" },
	  2 },
	/* MAP_LOCKED populates, and ignores that it cannot. */
	{ "mmap locked",
	  prepare_nothing,
	  op_map_locked,
	  "0-4 rw+lo F1",
	  ENOMEM,
	  { "", "0-4 rw+lo" },
	  4 },
	{ "mmap shared over",
	  prepare_one,
	  op_map_shared,
	  "0-2 rw | 2-4 rws | 4-8 rw",
	  ENOMEM,
	  { "0-8 rw", "0-2 rw | 2-8 rw", "0-2 rw | 2-4 rw | 4-8 rw", "0-2 rw | 4-8 rw" },
	  9 },
	{ "mmap over faulted",
	  prepare_faulted,
	  op_map_over,
	  "0-2 rw F1 | 2-4 r | 4-8 rw F1",
	  ENOMEM,
	  { "0-8 rw F1", "0-2 rw F1 | 2-8 rw F1", "0-2 rw F1 | 2-4 rw F1 | 4-8 rw F1",
	    "0-2 rw F1 | 4-8 rw F1" },
	  9 },
	{ "munmap hole",
	  prepare_faulted,
	  op_unmap_hole,
	  "0-2 rw F1 | 4-8 rw F1",
	  ENOMEM,
	  { "0-8 rw F1", "0-2 rw F1 | 2-8 rw F1", "0-2 rw F1 | 2-4 rw F1 | 4-8 rw F1" },
	  8 },
	{ "munmap hooked hole",
	  prepare_hooked,
	  op_unmap_hole,
	  "0-2 rw D@0 | 4-8 rw D@4",
	  ENOMEM,
	  { "0-8 rw D@0", "0-2 rw D@0 | 2-8 rw D@2", "0-2 rw D@0 | 2-4 rw D@2 | 4-8 rw D@4" },
	  6 },
	{ "munmap three",
	  prepare_three,
	  op_unmap_three,
	  "0-2 rw | 10-12 rw",
	  ENOMEM,
	  { "0-4 rw | 4-8 rwx F1 | 8-12 rw", "0-2 rw | 2-4 rw | 4-8 rwx F1 | 8-12 rw",
	    "0-2 rw | 2-4 rw | 4-8 rwx F1 | 8-10 rw | 10-12 rw" },
	  8 },
	{ "mprotect middle",
	  prepare_faulted,
	  op_protect_middle,
	  "0-2 rw F1 | 2-4 r+ac F1 | 4-8 rw F1",
	  ENOMEM,
	  { "0-8 rw F1", "0-2 rw F1 | 2-8 rw F1" },
	  6 },
	{ "mprotect merging",
	  prepare_three,
	  op_protect_merging,
	  "0-12 rw F1",
	  ENOMEM,
	  { "0-4 rw | 4-8 rwx F1 | 8-12 rw" },
	  2 },
	{ "mprotect walk",
	  prepare_three,
	  op_protect_walk,
	  "0-2 rw | 2-4 rx | 4-8 rx+ac F1 | 8-10 rx | 10-12 rw",
	  ENOMEM,
	  { "0-4 rw | 4-8 rwx F1 | 8-12 rw", "0-2 rw | 2-4 rx | 4-8 rx+ac F1 | 8-12 rw" },
	  4 },
	{ "madvise",
	  prepare_one,
	  op_madvise,
	  "0-2 rw | 2-4 rw+dc | 4-8 rw",
	  EAGAIN,
	  { "0-8 rw", "0-2 rw | 2-8 rw" },
	  4 },
	/* The flag is set before memory is asked for. */
	{ "guard install", prepare_one, op_guard, "0-8 rw+gu F1", ENOMEM, { "0-8 rw+gu" }, 2 },
	{ "touch", prepare_one, op_touch, "0-8 rw F1", EFAULT, { "0-8 rw" }, 2 },
	{ "stack growth",
	  prepare_stack,
	  op_grow_stack,
	  "38-42 rw+gd F1",
	  EFAULT,
	  { "40-42 rw+gd" },
	  3 },
	{ "mseal",
	  prepare_one,
	  op_seal,
	  "0-2 rw | 2-4 rw+sl | 4-8 rw",
	  ENOMEM,
	  { "0-8 rw", "0-2 rw | 2-8 rw" },
	  4 },
	{ "fork",
	  prepare_three,
	  op_fork,
	  "0-4 rw | 4-8 rwx F1 | 8-12 rw",
	  ENOMEM,
	  { "0-4 rw | 4-8 rwx F1 | 8-12 rw" },
	  10 },
	{ "fork hooked", prepare_hooked, op_fork, "0-8 rw D@0", ENOMEM, { "0-8 rw D@0" }, 3 },
};

#define ALLOWED 8

/* The number of the layout among the allowed ones; ALLOWED if it is none. */
static unsigned int find_allowed(const struct scenario *scenario, const char *layout)
{
	unsigned int i = 0;

	while (i < ALLOWED && (!scenario->allowed[i] || strcmp(scenario->allowed[i], layout)))
		i++;
	return i;
}

/* True if nothing failed: the walk is over. */
static bool run_failing(const struct scenario *scenario, uint32_t nth, bool onward, uint64_t *seen)
{
	struct world w;
	unsigned int outcome;
	const char *layout;
	bool over;
	int err;

	world_open(&w, VM_PROFILE_7_3);
	scenario->prepare(&w);
	vm_begin_operation(w.machine);
	vm_fail_alloc(w.machine, nth, onward);
	err = scenario->operate(&w);
	over = vm_alloc_failures(w.machine) == 0;
	assert_true(onward || vm_alloc_failures(w.machine) <= 1);
	world_check(&w);
	layout = layout_of(&w, w.mm);
	outcome = find_allowed(scenario, layout);
	if (over) {
		assert_int_equal(err, 0);
		assert_string_equal(layout, scenario->done);
	} else if (outcome < ALLOWED) {
		*seen |= UINT64_C(1) << outcome;
		assert_true(!err || err == -scenario->err);
	} else {
		fail_msg("%s, request %u: error %d, layout %s", scenario->name, nth, err, layout);
	}
	world_close(&w);
	return over;
}

static void each_operation_failing_each_request(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		const struct scenario *scenario = &scenarios[i];
		uint64_t seen = 0;
		uint32_t nth = 1;

		while (!run_failing(scenario, nth, false, &seen))
			nth++;
		if (nth - 1 != scenario->requests)
			fail_msg("%s: %u requests", scenario->name, nth - 1);
		for (nth = 1; nth <= scenario->requests; nth++)
			run_failing(scenario, nth, true, &seen);
		/* Every outcome that is allowed happens. */
		for (unsigned int k = 0; k < ALLOWED; k++)
			if (scenario->allowed[k] && !(seen & UINT64_C(1) << k))
				fail_msg("%s: never %s", scenario->name, scenario->allowed[k]);
	}
}

/* Without memory for the merge, a VMA of its own. */
static void mmap_between_without_memory_for_merge_stays_apart(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	prepare_around_hole(&w);
	vm_fail_alloc(w.machine, 1, false);
	EXPECT_OK(op_map(&w));
	EXPECT_LAYOUT(&w, "0-4 rw | 4-8 rw | 8-12 rw F1");
	world_close(&w);
}

/* mlock: ENOMEM while flags are changed, EAGAIN while pages are. */
static void mlock_failing_each_request(void **state)
{
	static const struct {
		int err;
		const char *layout;
	} results[] = {
		{ ENOMEM, "0-8 rw" },
		{ ENOMEM, "0-8 rw" },
		{ ENOMEM, "0-2 rw | 2-8 rw" },
		{ ENOMEM, "0-2 rw | 2-8 rw" },
		{ EAGAIN, "0-2 rw | 2-4 rw+lo | 4-8 rw" },
		{ EAGAIN, "0-2 rw | 2-4 rw+lo | 4-8 rw" },
		{ 0, "0-2 rw | 2-4 rw+lo F1 | 4-8 rw" },
	};

	(void)state;
	for (uint32_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		struct world w;

		world_open(&w, VM_PROFILE_7_3);
		prepare_one(&w);
		vm_fail_alloc(w.machine, i + 1, false);
		EXPECT_ERR(op_lock(&w), results[i].err);
		EXPECT_LAYOUT(&w, results[i].layout);
		world_close(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_operation_failing_each_request),
		cmocka_unit_test(mmap_between_without_memory_for_merge_stays_apart),
		cmocka_unit_test(mlock_failing_each_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
