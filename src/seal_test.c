/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mseal(), and what every other operation answers a seal.
 */
#include "test_failures.h"

static void mseal_errors_in_their_order(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(map(w.mm, 6, 8, RW));
	EXPECT_ERR(mm_mseal(w.mm, page_addr(0), PG, 1), EINVAL);
	EXPECT_ERR(mm_mseal(w.mm, page_addr(0) + 1, PG, 0), EINVAL);
	EXPECT_ERR(mm_mseal(w.mm, page_addr(0), UINT64_MAX, 0), EINVAL);
	EXPECT_ERR(mm_mseal(w.mm, page_addr(0), (uint64_t)0 - page_addr(0), 0), EINVAL);
	EXPECT_OK(mm_mseal(w.mm, page_addr(50), 0, 0));
	/* A gap anywhere, and nothing is sealed. */
	EXPECT_ERR(seal(w.mm, 2, 7), ENOMEM);
	EXPECT_ERR(seal(w.mm, 6, 9), ENOMEM);
	EXPECT_LAYOUT(&w, "0-4 rw | 6-8 rw");
	world_close(&w);
}

/* AAAABBBB sealed in parts; what is sealed already is passed over; equals join. */
static void mseal_splits_and_merges(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 8, RW));
	EXPECT_OK(seal(w.mm, 2, 4));
	EXPECT_LAYOUT(&w, "0-2 rw | 2-4 rw+sl | 4-8 rw");
	EXPECT_OK(seal(w.mm, 2, 6));
	EXPECT_LAYOUT(&w, "0-2 rw | 2-6 rw+sl | 6-8 rw");
	EXPECT_OK(seal(w.mm, 2, 6));
	/* A plain neighbour does not merge, until it is sealed. */
	EXPECT_OK(map(w.mm, 8, 10, RW));
	EXPECT_LAYOUT(&w, "0-2 rw | 2-6 rw+sl | 6-10 rw");
	EXPECT_OK(seal(w.mm, 0, 10));
	EXPECT_LAYOUT(&w, "0-10 rw+sl");
	world_close(&w);
}

/* What a seal forbids, whatever the kernel. */
static void sealed_refuses(void **state)
{
	(void)state;
	for (int profile = 0; profile < VM_PROFILES; profile++) {
		struct world w;

		world_open(&w, (enum vm_profile)profile);
		assert_int_equal(mm_brk(w.mm, page_addr(4)), page_addr(4));
		EXPECT_OK(map(w.mm, 20, 24, RO));
		EXPECT_OK(seal(w.mm, 0, 4));
		EXPECT_OK(seal(w.mm, 20, 24));
		EXPECT_OK(map(w.mm, 40, 44, RW));
		EXPECT_ERR(unmap(w.mm, 0, 4), EPERM);
		EXPECT_ERR(map(w.mm, 0, 4, RW), EPERM);
		EXPECT_ERR(protect(w.mm, 0, 4, RW), EPERM);
		EXPECT_ERR(protect(w.mm, 1, 2, RO), EPERM);
		EXPECT_ERR(resize_to(w.mm, 0, 4, 4, 0), EPERM);
		EXPECT_ERR(resize_to(w.mm, 0, 4, 2, 0), EPERM);
		EXPECT_ERR(resize_to(w.mm, 0, 4, 6, 0), EPERM);
		EXPECT_ERR(move(w.mm, 0, 4, 60), EPERM);
		EXPECT_ERR(move(w.mm, 40, 44, 0), EPERM);
		assert_int_equal(mm_brk(w.mm, BASE), page_addr(4));
		EXPECT_ERR(advise(w.mm, 20, 24, MADV_DONTNEED), EPERM);
		EXPECT_LAYOUT(&w, "0-4 rw+sl | 20-24 r+sl | 40-44 rw");
		world_close(&w);
	}
}

/* What it does not mind. */
static void sealed_allows(void **state)
{
	struct vm_config config = world_config(VM_PROFILE_7_3);
	struct mm *child;
	struct world w;

	(void)state;
	config.anon_names = true;
	world_open_with(&w, &config);
	w.attributes = true;
	EXPECT_OK(map_file(w.mm, 20, 24, RW, PRIVATE_ANON | MAP_GROWSDOWN, NULL, 0));
	EXPECT_OK(seal(w.mm, 20, 24));
	EXPECT_OK(lock(w.mm, 20, 22));
	EXPECT_OK(mm_munlock(w.mm, page_addr(20), 2 * PG));
	EXPECT_OK(advise(w.mm, 20, 24, MADV_HUGEPAGE));
	EXPECT_OK(advise(w.mm, 20, 24, MADV_DONTNEED));
	EXPECT_OK(bind_to(w.mm, 20, 24, MPOL_BIND, 1));
	EXPECT_OK(name_pages(w.mm, 20, 24, "s"));
	EXPECT_OK(watch(w.mm, 1, 22, 24, UFFD_MODE_WP));
	EXPECT_OK(touch(w.mm, 19));
	EXPECT_LAYOUT(&w,
		      "19-22 rw+sl+gd+hg F1 mode2=1 's' | 22-24 rw+sl+gd+hg+uw F1 mode2=1 's' u1");
	EXPECT_OK(mm_fork(w.mm, &w, &child));
	EXPECT_LAYOUT_OF(&w, child,
			 "19-22 rw+sl+gd+hg F1f mode2=1 's' | 22-24 rw+sl+gd+hg F2f mode2=1 's'");
	EXPECT_ERR(unmap(child, 19, 20), EPERM);
	/* The end of a process asks nobody. */
	mm_exit(child);
	world_close(&w);
}

/* ------------------------------------------------------------------ memory runs out */

static void prepare_two(struct world *w)
{
	EXPECT_OK(map(w->mm, 0, 4, RW));
	EXPECT_OK(map(w->mm, 4, 8, RO));
	EXPECT_OK(seal(w->mm, 6, 7));
}

static int op_seal(struct world *w)
{
	return seal(w->mm, 2, 8);
}

static const struct failing failings[] = {
	{ "mseal over several",
	  VM_PROFILE_7_3,
	  prepare_two,
	  op_seal,
	  "0-2 rw | 2-4 rw+sl | 4-8 r+sl",
	  ENOMEM,
	  { "0-4 rw | 4-6 r | 6-7 r+sl | 7-8 r", "0-2 rw | 2-4 rw+sl | 4-6 r | 6-7 r+sl | 7-8 r",
	    "0-2 rw | 2-4 rw+sl | 4-7 r+sl | 7-8 r" },
	  4 },
};

static void mseal_failing_each_request(void **state)
{
	(void)state;
	FAILING_WALK(failings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mseal_errors_in_their_order),
		cmocka_unit_test(mseal_splits_and_merges),
		cmocka_unit_test(sealed_refuses),
		cmocka_unit_test(sealed_allows),
		cmocka_unit_test(mseal_failing_each_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
