/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * userfaultfd: registering, unregistering and closing, what forks and moves do to it, and what
 * an access to watched memory is told.
 */
#include "test_failures.h"

static void world_open_watched(struct world *w, enum vm_profile profile, uint32_t quirks)
{
	struct vm_config config = world_config(profile);

	config.quirks = quirks;
	world_open_with(w, &config);
	w->attributes = true;
}

#define MISSING UFFD_MODE_MISSING
#define WP UFFD_MODE_WP
#define MINOR UFFD_MODE_MINOR
#define RWP UFFD_MODE_RWP

/* E35 */
static void register_cuts_and_merges(void **state)
{
	(void)state;
	for (int profile = 0; profile < VM_PROFILES; profile++) {
		struct world w;

		world_open_watched(&w, (enum vm_profile)profile, 0);
		EXPECT_OK(map(w.mm, 0, 8, RW));
		EXPECT_OK(watch(w.mm, 0, 2, 4, MISSING));
		EXPECT_LAYOUT(&w, "0-2 rw | 2-4 rw+um u0 | 4-8 rw");
		EXPECT_OK(watch(w.mm, 0, 4, 6, MISSING));
		EXPECT_LAYOUT(&w, "0-2 rw | 2-6 rw+um u0 | 6-8 rw");
		EXPECT_ERR(watch(w.mm, 1, 2, 4, MISSING), EBUSY);
		EXPECT_OK(unwatch(w.mm, 0, 2, 4));
		EXPECT_LAYOUT(&w, "0-4 rw | 4-6 rw+um u0 | 6-8 rw");
		mm_uffd_close(w.mm, 0);
		EXPECT_LAYOUT(&w, "0-8 rw");
		world_close(&w);
	}
}

static void register_errors_in_their_order(void **state)
{
	struct test_driver driver = { .name = "A" }, special = { .name = "I", .mmap_flags = VM_IO };
	struct world w;
	struct file *file, *io, *readonly;

	(void)state;
	world_open_watched(&w, VM_PROFILE_7_3, 0);
	file = world_file(&w, &driver, &driver_legacy_fops);
	io = world_file(&w, &special, &driver_legacy_fops);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_ERR(watch(w.mm, 0, 0, 4, 0), EINVAL);
	EXPECT_ERR(watch(w.mm, 0, 0, 4, 16), EINVAL);
	EXPECT_ERR(watch(w.mm, 0, 0, 4, WP | RWP), EINVAL);
	/* None of these made a context. */
	EXPECT_ERR(unwatch(w.mm, 0, 0, 4), EINVAL);
	EXPECT_ERR(mm_uffd_register(w.mm, 0, 0, page_addr(0) + 1, PG, MISSING), EINVAL);
	EXPECT_ERR(mm_uffd_register(w.mm, 0, 0, page_addr(0), PG + 1, MISSING), EINVAL);
	EXPECT_ERR(mm_uffd_register(w.mm, 0, 0, page_addr(0), 0, MISSING), EINVAL);
	EXPECT_ERR(mm_uffd_register(w.mm, 0, 0, page_addr(0), (uint64_t)0 - PG, MISSING), EINVAL);
	EXPECT_ERR(watch(w.mm, 0, 127, 129, MISSING), EINVAL);
	EXPECT_ERR(watch(w.mm, 0, 50, 60, MISSING), EINVAL);
	/* But these did: it exists and has nothing there. */
	EXPECT_OK(unwatch(w.mm, 0, 0, 4));

	EXPECT_OK(map_file(w.mm, 4, 6, RW, MAP_PRIVATE, file, 0));
	EXPECT_ERR(watch(w.mm, 0, 0, 6, MISSING), EINVAL);
	EXPECT_OK(map_file(w.mm, 4, 6, RW, MAP_SHARED, io, 0));
	EXPECT_ERR(watch(w.mm, 0, 0, 6, MISSING), EINVAL);
	EXPECT_OK(map_file(w.mm, 4, 6, RW, MAP_DROPPABLE | MAP_ANONYMOUS, NULL, 0));
	EXPECT_ERR(watch(w.mm, 0, 0, 6, MISSING), EINVAL);
	EXPECT_OK(map(w.mm, 4, 6, NONE));
	EXPECT_ERR(watch(w.mm, 0, 0, 6, RWP), EINVAL);
	EXPECT_ERR(watch(w.mm, 0, 0, 6, MINOR), EINVAL);
	EXPECT_LAYOUT(&w, "0-4 rw | 4-6 none");
	/* Shared memory that could not be written, and some that can. */
	EXPECT_OK(file_open(w.machine, NULL, FMODE_READ, file->f_op, &readonly));
	readonly->private_data = &driver;
	EXPECT_OK(map_file(w.mm, 8, 10, RO, MAP_SHARED, readonly, 0));
	EXPECT_ERR(watch(w.mm, 0, 8, 10, MISSING), EINVAL);
	EXPECT_OK(map_file(w.mm, 12, 14, RW, SHARED_ANON, NULL, 0));
	EXPECT_OK(watch(w.mm, 0, 12, 14, MINOR));
	EXPECT_LAYOUT(&w, "0-4 rw | 4-6 none | 8-10 rs A@0 | 12-14 rws+ui u0");
	/* Gaps are no matter. */
	EXPECT_OK(unmap(w.mm, 8, 10));
	EXPECT_OK(watch(w.mm, 0, 2, 20, MISSING));
	EXPECT_LAYOUT(&w, "0-2 rw | 2-4 rw+um u0 | 4-6 none+um u0 | 12-14 rws+um u0");
	file_put(file);
	file_put(io);
	file_put(readonly);
	world_close(&w);
}

/* D19, D35, D36	modes are replaced, unless that drops protection */
static void register_again_with_other_modes(void **state)
{
	struct world w;

	(void)state;
	for (int profile = 0; profile < VM_PROFILES; profile++) {
		bool newest = profile == VM_PROFILE_7_3;

		world_open_watched(&w, (enum vm_profile)profile, 0);
		EXPECT_OK(map(w.mm, 0, 4, RW));
		EXPECT_OK(watch(w.mm, 0, 0, 4, MISSING));
		EXPECT_OK(watch(w.mm, 0, 0, 4, WP));
		EXPECT_LAYOUT(&w, "0-4 rw+uw u0");
		EXPECT_OK(watch(w.mm, 0, 0, 4, WP | MISSING));
		/* A superset of what is wanted is left as it is. */
		EXPECT_OK(watch(w.mm, 0, 0, 2, WP));
		EXPECT_LAYOUT(&w, "0-4 rw+um+uw u0");
		assert_int_equal(watch(w.mm, 0, 0, 2, MISSING), newest ? -EBUSY : 0);
		EXPECT_LAYOUT(&w, "0-4 rw+um+uw u0");
		EXPECT_OK(unwatch(w.mm, 0, 0, 4));
		EXPECT_OK(watch(w.mm, 0, 0, 4, WP));
		assert_int_equal(watch(w.mm, 0, 0, 4, MISSING), newest ? -EBUSY : 0);
		EXPECT_LAYOUT(&w, newest ? "0-4 rw+uw u0" : "0-4 rw+um u0");
		assert_int_equal(watch(w.mm, 1, 20, 24, RWP), -EINVAL);
		EXPECT_OK(unwatch(w.mm, 0, 0, 4));
		assert_int_equal(watch(w.mm, 0, 0, 4, RWP | MISSING), newest ? 0 : -EINVAL);
		EXPECT_LAYOUT(&w, newest ? "0-4 rw+um+ur u0" : "0-4 rw");
		world_close(&w);
	}
}

/* D18, F11 */
static void unregister_foreign_context(void **state)
{
	struct world w;

	(void)state;
	for (int quirks = 0; quirks < 2; quirks++) {
		for (int profile = 0; profile < VM_PROFILES; profile++) {
			bool allowed = quirks && profile == VM_PROFILE_6_12;

			world_open_watched(&w, (enum vm_profile)profile, quirks ? 0x7fff : 0);
			EXPECT_OK(map(w.mm, 0, 4, RW));
			EXPECT_OK(watch(w.mm, 0, 0, 2, MISSING));
			EXPECT_OK(watch(w.mm, 1, 2, 3, MISSING));
			assert_int_equal(unwatch(w.mm, 0, 1, 4), allowed ? 0 : -EINVAL);
			EXPECT_LAYOUT(&w, allowed ? "0-1 rw+um u0 | 1-4 rw"
						  : "0-2 rw+um u0 | 2-3 rw+um u1 | 3-4 rw");
			/* A context that nobody made. */
			EXPECT_ERR(unwatch(w.mm, 3, 0, 1), EINVAL);
			mm_uffd_close(w.mm, 3);
			mm_uffd_close(w.mm, 1);
			EXPECT_ERR(unwatch(w.mm, 1, 0, 1), EINVAL);
			world_close(&w);
		}
	}
}

/* E44	AuuA  ->  child ABBA: flags and context go, boundaries stay until a real change */
static void fork_drops_context_without_event(void **state)
{
	struct mm *child;
	struct world w;

	(void)state;
	world_open_watched(&w, VM_PROFILE_7_3, 0);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(watch(w.mm, 0, 1, 3, MISSING));
	EXPECT_OK(mm_fork(w.mm, &w, &child));
	EXPECT_LAYOUT(&w, "0-1 rw | 1-3 rw+um u0 | 3-4 rw");
	EXPECT_LAYOUT_OF(&w, child, "0-1 rw | 1-3 rw | 3-4 rw");
	EXPECT_OK(protect(child, 0, 4, RW));
	EXPECT_LAYOUT_OF(&w, child, "0-1 rw | 1-3 rw | 3-4 rw");
	EXPECT_OK(protect(child, 0, 4, RO));
	EXPECT_LAYOUT_OF(&w, child, "0-4 r");
	EXPECT_ERR(unwatch(child, 0, 0, 4), EINVAL);
	mm_exit(child);
	world_close(&w);
}

static void fork_copies_context_with_event(void **state)
{
	struct mm *child;
	struct world w;

	(void)state;
	world_open_watched(&w, VM_PROFILE_7_3, 0);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(mm_uffd_register(w.mm, 2, UFFD_FEATURE_EVENT_FORK, page_addr(1), 2 * PG, WP));
	EXPECT_OK(mm_fork(w.mm, &w, &child));
	EXPECT_LAYOUT_OF(&w, child, "0-1 rw | 1-3 rw+uw u2 | 3-4 rw");
	/* Each is its own. */
	mm_uffd_close(w.mm, 2);
	EXPECT_LAYOUT(&w, "0-4 rw");
	EXPECT_LAYOUT_OF(&w, child, "0-1 rw | 1-3 rw+uw u2 | 3-4 rw");
	EXPECT_OK(unwatch(child, 2, 0, 4));
	EXPECT_LAYOUT_OF(&w, child, "0-4 rw");
	mm_exit(child);
	world_close(&w);
}

/* E36, D34, F5 */
static void move_beside_registered_loses_context(void **state)
{
	struct world w;

	(void)state;
	for (int quirks = 0; quirks < 2; quirks++) {
		for (int profile = 0; profile < VM_PROFILES; profile++) {
			bool whole = quirks && profile != VM_PROFILE_7_3;

			world_open_watched(&w, (enum vm_profile)profile, quirks ? 0x7fff : 0);
			EXPECT_OK(map(w.mm, 0, 4, RW));
			EXPECT_OK(map(w.mm, 10, 14, RW));
			EXPECT_OK(watch(w.mm, 0, 0, 14, MISSING));
			EXPECT_OK(move(w.mm, 10, 14, 4));
			EXPECT_LAYOUT(&w, whole ? "0-8 rw" : "0-4 rw+um u0 | 4-8 rw");
			world_close(&w);
		}
	}
}

static void move_of_registered_follows_with_event(void **state)
{
	struct world w;

	(void)state;
	world_open_watched(&w, VM_PROFILE_7_3, 0);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(map(w.mm, 10, 14, RW));
	EXPECT_OK(mm_uffd_register(w.mm, 0, UFFD_FEATURE_EVENT_REMAP, page_addr(0), 14 * PG, WP));
	EXPECT_OK(move(w.mm, 10, 14, 4));
	EXPECT_LAYOUT(&w, "0-8 rw+uw u0");
	/* Several at once it will not be: neither as the first nor as the second. */
	EXPECT_OK(map(w.mm, 8, 10, RO));
	EXPECT_ERR(move(w.mm, 4, 10, 20), EFAULT);
	EXPECT_ERR(move(w.mm, 4, 9, 20), EFAULT);
	EXPECT_OK(map(w.mm, 10, 12, RW));
	EXPECT_OK(watch(w.mm, 0, 10, 12, WP));
	EXPECT_ERR(move(w.mm, 8, 12, 20), EFAULT);
	EXPECT_LAYOUT(&w, "0-8 rw+uw u0 | 10-12 rw+uw u0 | 20-22 r");
	/* DONTUNMAP leaves it with both. */
	EXPECT_OK(move_keeping(w.mm, 10, 12, 30));
	EXPECT_LAYOUT(&w, "0-8 rw+uw u0 | 10-12 rw+uw u0 | 20-22 r | 30-32 rw+uw u0");
	world_close(&w);
}

/* Nobody answers: the access fails. A write has prepared the VMA by then. */
static void access_to_missing_memory_fails(void **state)
{
	struct world w;

	(void)state;
	world_open_watched(&w, VM_PROFILE_7_3, 0);
	EXPECT_OK(map(w.mm, 0, 2, RW));
	EXPECT_OK(map(w.mm, 4, 6, RW));
	EXPECT_OK(map_file(w.mm, 8, 10, RW, SHARED_ANON, NULL, 0));
	EXPECT_OK(watch(w.mm, 0, 0, 2, MISSING));
	EXPECT_OK(watch(w.mm, 0, 4, 6, WP));
	EXPECT_OK(watch(w.mm, 0, 8, 10, MINOR));
	EXPECT_ERR(touch_read(w.mm, 0), EFAULT);
	EXPECT_LAYOUT(&w, "0-2 rw+um u0 | 4-6 rw+uw u0 | 8-10 rws+ui u0");
	EXPECT_ERR(touch(w.mm, 0), EFAULT);
	EXPECT_ERR(touch(w.mm, 8), EFAULT);
	EXPECT_ERR(advise(w.mm, 8, 10, MADV_POPULATE_WRITE), EFAULT);
	EXPECT_ERR(lock(w.mm, 8, 10), ENOMEM);
	EXPECT_OK(touch(w.mm, 4));
	EXPECT_LAYOUT(&w, "0-2 rw+um F1 u0 | 4-6 rw+uw F2 u0 | 8-10 rws+lo+ui u0");
	world_close(&w);
}

/* What mm_validate() says of registrations that cannot be. */
static void validate_finds_wrong_registrations(void **state)
{
	struct mm *child;
	struct world w;

	(void)state;
	world_open_watched(&w, VM_PROFILE_7_3, 0);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(watch(w.mm, 0, 0, 4, MISSING));
	w.mm->uffd[0].open = false;
	assert_non_null(strstr(mm_validate(w.mm), "FLG-6"));
	w.mm->uffd[0].open = true;
	vma_at(w.mm, 0)->vm_flags &= ~VM_UFFD_MISSING;
	assert_non_null(strstr(mm_validate(w.mm), "FLG-6"));
	vma_at(w.mm, 0)->vm_flags |= VM_UFFD_MISSING;
	/* A child that was left with its parent's. */
	EXPECT_OK(mm_fork(w.mm, &w, &child));
	vma_at(child, 0)->userfaultfd_ctx = &w.mm->uffd[0];
	vma_at(child, 0)->vm_flags |= VM_UFFD_MISSING;
	assert_non_null(strstr(mm_validate(child), "FLG-6"));
	mm_exit(child);
	world_close(&w);
}

/* ------------------------------------------------------------------ memory runs out */

static void prepare_watched(struct world *w)
{
	w->attributes = true;
	EXPECT_OK(map(w->mm, 0, 8, RW));
	EXPECT_OK(watch(w->mm, 0, 2, 6, MISSING));
}

static void prepare_forking(struct world *w)
{
	EXPECT_OK(map(w->mm, 0, 8, RW));
	EXPECT_OK(mm_uffd_register(w->mm, 0, UFFD_FEATURE_EVENT_FORK, page_addr(2), 4 * PG, WP));
}

static int op_register(struct world *w)
{
	return watch(w->mm, 0, 1, 7, MISSING);
}

static int op_unregister_part(struct world *w)
{
	return unwatch(w->mm, 0, 3, 5);
}

static int op_unregister_whole(struct world *w)
{
	return unwatch(w->mm, 0, 0, 8);
}

static int op_close(struct world *w)
{
	mm_uffd_close(w->mm, 0);
	return 0;
}

static int op_fork(struct world *w)
{
	struct mm *child;
	int err = mm_fork(w->mm, w, &child);

	if (!err)
		mm_exit(child);
	return err;
}

static const struct failing failings[] = {
	{ "register",
	  VM_PROFILE_7_3,
	  prepare_watched,
	  op_register,
	  "0-1 rw | 1-7 rw+um u0 | 7-8 rw",
	  ENOMEM,
	  { "0-2 rw | 2-6 rw+um u0 | 6-8 rw", "0-1 rw | 1-6 rw+um u0 | 6-8 rw" },
	  2 },
	{ "unregister a part",
	  VM_PROFILE_7_3,
	  prepare_watched,
	  op_unregister_part,
	  "0-2 rw | 2-3 rw+um u0 | 3-5 rw | 5-6 rw+um u0 | 6-8 rw",
	  ENOMEM,
	  { "0-2 rw | 2-6 rw+um u0 | 6-8 rw", "0-2 rw | 2-3 rw+um u0 | 3-6 rw+um u0 | 6-8 rw" },
	  4 },
	/* The whole of it can do without the merge. */
	{ "unregister",
	  VM_PROFILE_7_3,
	  prepare_watched,
	  op_unregister_whole,
	  "0-8 rw",
	  0,
	  { "0-2 rw | 2-6 rw | 6-8 rw" },
	  1 },
	{ "close",
	  VM_PROFILE_7_3,
	  prepare_watched,
	  op_close,
	  "0-8 rw",
	  0,
	  { "0-2 rw | 2-6 rw | 6-8 rw" },
	  1 },
	{ "fork",
	  VM_PROFILE_7_3,
	  prepare_forking,
	  op_fork,
	  "0-2 rw | 2-6 rw+uw | 6-8 rw",
	  ENOMEM,
	  { "0-2 rw | 2-6 rw+uw | 6-8 rw" },
	  8 },
};

static void uffd_failing_each_request(void **state)
{
	(void)state;
	FAILING_WALK(failings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(register_cuts_and_merges),
		cmocka_unit_test(register_errors_in_their_order),
		cmocka_unit_test(register_again_with_other_modes),
		cmocka_unit_test(unregister_foreign_context),
		cmocka_unit_test(fork_drops_context_without_event),
		cmocka_unit_test(fork_copies_context_with_event),
		cmocka_unit_test(move_beside_registered_loses_context),
		cmocka_unit_test(move_of_registered_follows_with_event),
		cmocka_unit_test(access_to_missing_memory_fails),
		cmocka_unit_test(validate_finds_wrong_registrations),
		cmocka_unit_test(uffd_failing_each_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
