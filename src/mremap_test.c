/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mremap(): the worked examples E20 to E28 and E45, the order of its errors, room at the limit
 * of VMAs, drivers, charges, and what kernels of other versions do.
 */
#include "test_failures.h"

static struct vm_config quirky(enum vm_profile profile)
{
	struct vm_config config = world_config(profile);

	config.quirks = 0x7fff;
	return config;
}

/* What the profile's kernel does, misbehaviour included. */
static void world_open_quirky(struct world *w, enum vm_profile profile)
{
	struct vm_config config = quirky(profile);

	world_open_with(w, &config);
}

static uint64_t pgoff_at(const struct world *w, unsigned int page)
{
	return vma_at(w->mm, page)->vm_pgoff - (BASE >> VM_PAGE_SHIFT);
}

/* ------------------------------------------------------------------ worked examples */

/* E20	AAAA......BB..  ->  ..........AAAABB	as if it had always been there */
static void mremap_unfaulted_takes_new_offset_and_merges(void **state)
{
	(void)state;
	for (int profile = 0; profile < VM_PROFILES; profile++) {
		struct world w;

		world_open(&w, (enum vm_profile)profile);
		EXPECT_OK(map(w.mm, 0, 4, RW));
		EXPECT_OK(move(w.mm, 0, 4, 10));
		EXPECT_LAYOUT(&w, "10-14 rw");
		assert_int_equal(pgoff_at(&w, 10), 10);
		EXPECT_OK(map(w.mm, 14, 16, RW));
		EXPECT_LAYOUT(&w, "10-16 rw");
		world_close(&w);
	}
}

/* E21	faulted pages carry their offset, also home again */
static void mremap_faulted_carries_offset_and_stays_apart(void **state)
{
	(void)state;
	for (int profile = 0; profile < VM_PROFILES; profile++) {
		struct world w;

		world_open(&w, (enum vm_profile)profile);
		EXPECT_OK(map(w.mm, 0, 4, RW));
		EXPECT_OK(touch(w.mm, 0));
		EXPECT_OK(move(w.mm, 0, 4, 10));
		assert_int_equal(pgoff_at(&w, 10), 0);
		EXPECT_OK(map(w.mm, 14, 16, RW));
		EXPECT_LAYOUT(&w, "10-14 rw F1 | 14-16 rw");
		EXPECT_OK(move(w.mm, 10, 14, 0));
		EXPECT_OK(map(w.mm, 4, 6, RW));
		EXPECT_LAYOUT(&w, "0-6 rw F1 | 14-16 rw");
		world_close(&w);
	}
}

/* E22	AAAABBBBCCCC  ->  AAAA....CCCC........BBBB  ->  AAAABBBBCCCC, one VMA again */
static void mremap_middle_out_and_back_merges_all(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 12, RW));
	EXPECT_OK(touch(w.mm, 0));
	EXPECT_OK(move(w.mm, 4, 8, 20));
	EXPECT_LAYOUT(&w, "0-4 rw F1 | 8-12 rw F1 | 20-24 rw F1");
	assert_int_equal(pgoff_at(&w, 20), 4);
	EXPECT_OK(move(w.mm, 20, 24, 4));
	EXPECT_LAYOUT(&w, "0-12 rw F1");
	assert_int_equal(w.mm->total_vm, 12);
	assert_int_equal(w.mm->committed, 12);
	world_close(&w);
}

/* E23	AAAA..  ->  ..AAAA	the head moved behind the tail: a merge with the source itself */
static void mremap_unfaulted_head_behind_tail_merges_with_source(void **state)
{
	(void)state;
	for (int profile = 0; profile < VM_PROFILES; profile++) {
		struct world w;

		world_open(&w, (enum vm_profile)profile);
		EXPECT_OK(map(w.mm, 0, 4, RW));
		EXPECT_OK(move(w.mm, 0, 2, 4));
		EXPECT_LAYOUT(&w, "2-6 rw");
		assert_int_equal(w.mm->total_vm, 4);
		assert_int_equal(w.mm->committed, 4);
		world_close(&w);
	}
}

/* PP..VVVV  ->  PPVVVV..	the tail moved into the hole: the source dies in the merge */
static void mremap_unfaulted_tail_into_hole_removes_source(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 2, RW));
	EXPECT_OK(map(w.mm, 4, 8, RW));
	EXPECT_OK(advise(w.mm, 6, 7, MADV_GUARD_INSTALL));
	EXPECT_LAYOUT(&w, "0-2 rw | 4-8 rw+gu F1");
	EXPECT_OK(unmap(w.mm, 4, 8));
	EXPECT_OK(map(w.mm, 4, 8, RW));
	EXPECT_OK(move(w.mm, 6, 8, 2));
	EXPECT_LAYOUT(&w, "0-6 rw");
	assert_int_equal(w.mm->vma_count, 1);
	world_close(&w);
}

/* 9.7.9	AAAAAAAAAAAA  ->  ..AAAAAAAAAA	a target within the source */
static void mremap_within_itself_punches_target_first(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 12, RW));
	EXPECT_OK(move(w.mm, 0, 2, 6));
	EXPECT_LAYOUT(&w, "2-12 rw");
	EXPECT_OK(unmap(w.mm, 2, 12));
	EXPECT_OK(map(w.mm, 0, 12, RW));
	EXPECT_OK(touch(w.mm, 0));
	EXPECT_OK(move(w.mm, 0, 2, 6));
	EXPECT_LAYOUT(&w, "2-6 rw F1 | 6-8 rw F1 | 8-12 rw F1");
	world_close(&w);
}

/* E24	AA..BB  over rrrrrrrrrr  ->  AArrBBrrrr	what lies opposite a gap stays */
static void mremap_many_keeps_gaps_and_what_lies_in_them(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 2, RW));
	EXPECT_OK(map(w.mm, 4, 6, RW));
	EXPECT_OK(map(w.mm, 20, 30, RO));
	EXPECT_OK(move(w.mm, 0, 6, 20));
	EXPECT_LAYOUT(&w, "20-22 rw | 22-24 r | 24-26 rw | 26-30 r");
	/* A gap at the start, and nothing at all. */
	EXPECT_ERR(move(w.mm, 18, 22, 40), EFAULT);
	EXPECT_ERR(move(w.mm, 50, 52, 40), EFAULT);
	world_close(&w);

	world_open(&w, VM_PROFILE_6_12);
	EXPECT_OK(map(w.mm, 0, 2, RW));
	EXPECT_OK(map(w.mm, 2, 4, RO));
	EXPECT_ERR(move(w.mm, 0, 4, 20), EFAULT);
	EXPECT_LAYOUT(&w, "0-2 rw | 2-4 r");
	world_close(&w);
}

/* E25	AABB  ->  ..BB..AA	the second is sealed: the first has moved already */
static void mremap_many_stops_at_sealed(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_6_18);
	EXPECT_OK(map(w.mm, 0, 2, RW));
	EXPECT_OK(map(w.mm, 2, 4, RO));
	EXPECT_OK(seal(w.mm, 2, 4));
	EXPECT_ERR(move(w.mm, 0, 4, 20), EPERM);
	EXPECT_LAYOUT(&w, "2-4 r+sl | 20-22 rw");
	world_close(&w);
}

/* E26	the source becomes as if it had never been written to; its new twin keeps the pages */
static void mremap_dontunmap_faulted_empties_source(void **state)
{
	(void)state;
	for (int profile = 0; profile < VM_PROFILES; profile++) {
		struct world w;

		world_open_quirky(&w, (enum vm_profile)profile);
		EXPECT_OK(map(w.mm, 0, 4, RW));
		EXPECT_OK(touch(w.mm, 0));
		EXPECT_OK(move_keeping(w.mm, 0, 4, 20));
		EXPECT_LAYOUT(&w, "0-4 rw | 20-24 rw F1");
		assert_int_equal(pgoff_at(&w, 20), 0);
		assert_int_equal(w.mm->committed, 8);
		EXPECT_OK(map(w.mm, 4, 6, RW));
		EXPECT_OK(map(w.mm, 24, 26, RW));
		EXPECT_LAYOUT(&w, "0-6 rw | 20-24 rw F1 | 24-26 rw");
		world_close(&w);
	}
}

/* D10, F3	moved twice: does the source it left behind know where it is? */
static void mremap_dontunmap_of_moved_resets_offset(void **state)
{
	(void)state;
	for (int profile = 0; profile < VM_PROFILES; profile++) {
		struct world w;

		world_open_quirky(&w, (enum vm_profile)profile);
		EXPECT_OK(map(w.mm, 0, 4, RW));
		EXPECT_OK(touch(w.mm, 0));
		EXPECT_OK(move(w.mm, 0, 4, 10));
		EXPECT_OK(move_keeping(w.mm, 10, 14, 20));
		assert_int_equal(pgoff_at(&w, 10), profile == VM_PROFILE_6_18 ? 0 : 10);
		EXPECT_OK(map(w.mm, 14, 16, RW));
		EXPECT_LAYOUT(&w, profile == VM_PROFILE_6_18 ? "10-14 rw | 14-16 rw | 20-24 rw F1"
							     : "10-16 rw | 20-24 rw F1");
		world_close(&w);
	}
	/* The decision holds in every profile. */
	struct world w;

	world_open(&w, VM_PROFILE_6_18);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(touch(w.mm, 0));
	EXPECT_OK(move(w.mm, 0, 4, 10));
	EXPECT_OK(move_keeping(w.mm, 10, 14, 20));
	assert_int_equal(pgoff_at(&w, 10), 10);
	world_close(&w);
}

/* E27, D8, F1	AAAA  ->  AAAABBBB or AAAAAAAA */
static void mremap_dontunmap_beside_itself_stays_apart(void **state)
{
	struct world w;

	(void)state;
	for (int profile = 0; profile < VM_PROFILES; profile++) {
		world_open_quirky(&w, (enum vm_profile)profile);
		EXPECT_OK(map(w.mm, 0, 4, RW));
		EXPECT_OK(move_keeping(w.mm, 0, 4, 4));
		EXPECT_LAYOUT(&w, profile == VM_PROFILE_6_18 ? "0-8 rw" : "0-4 rw | 4-8 rw");
		assert_int_equal(w.mm->committed, 8);
		world_close(&w);
	}
	world_open(&w, VM_PROFILE_6_18);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(move_keeping(w.mm, 0, 4, 4));
	EXPECT_LAYOUT(&w, "0-4 rw | 4-8 rw");
	world_close(&w);
}

/* E28, D9, F2 */
static void mremap_dontunmap_locked_unlocks_what_was_moved(void **state)
{
	struct world w;

	(void)state;
	for (int profile = 0; profile < VM_PROFILES; profile++) {
		bool leaks = profile == VM_PROFILE_6_18;

		world_open_quirky(&w, (enum vm_profile)profile);
		EXPECT_OK(map(w.mm, 0, 8, RW));
		EXPECT_OK(lock(w.mm, 0, 8));
		EXPECT_OK(move_keeping(w.mm, 2, 4, 20));
		EXPECT_LAYOUT(&w, leaks ? "0-8 rw F1 | 20-22 rw+lo F1"
					: "0-2 rw+lo F1 | 2-4 rw | 4-8 rw+lo F1 | 20-22 rw+lo F1");
		assert_int_equal(w.mm->locked_vm, leaks ? 10 : 8);
		EXPECT_OK(unmap(w.mm, 0, 30));
		assert_int_equal(w.mm->locked_vm, leaks ? 8 : 0);
		world_close(&w);
	}
	/* F1 as the kernel, F2 as decided: nothing of what merged with itself stays locked. */
	struct vm_config config = world_config(VM_PROFILE_6_18);

	config.quirks = 1;
	world_open_with(&w, &config);
	EXPECT_OK(map_file(w.mm, 0, 4, RW, PRIVATE_ANON, NULL, 0));
	EXPECT_OK(mm_mlock2(w.mm, page_addr(0), 4 * PG, MLOCK_ONFAULT));
	EXPECT_OK(move_keeping(w.mm, 0, 4, 4));
	EXPECT_LAYOUT(&w, "0-8 rw");
	assert_int_equal(w.mm->locked_vm, 0);
	world_close(&w);
}

/* E45, D22	a private file mapping: does the offset of its written pages count? */
static void mremap_private_file_compares_virtual_offset(void **state)
{
	static const struct {
		bool shared, faulted;
		const char *merged, *apart;
	} rows[] = {
		{ false, true, "20-28 rw F1 A@0", "20-24 rw F1 A@0 | 24-28 rw A@4" },
		{ false, false, "20-28 rw A@0", NULL },
		{ true, true, "20-28 rws A@0", NULL },
	};

	(void)state;
	for (int profile = 0; profile < VM_PROFILES; profile++) {
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			struct test_driver driver = { .name = "A" };
			uint32_t flags = rows[i].shared ? MAP_SHARED : MAP_PRIVATE;
			struct world w;
			struct file *file;

			world_open(&w, (enum vm_profile)profile);
			file = world_file(&w, &driver, &driver_legacy_fops);
			EXPECT_OK(map_file(w.mm, 0, 4, RW, flags, file, 0));
			if (rows[i].faulted)
				EXPECT_OK(touch(w.mm, 0));
			EXPECT_OK(move(w.mm, 0, 4, 20));
			EXPECT_OK(map_file(w.mm, 24, 28, RW, flags, file, 4));
			EXPECT_LAYOUT(&w, profile == VM_PROFILE_7_3 && rows[i].apart
						  ? rows[i].apart
						  : rows[i].merged);
			file_put(file);
			world_close(&w);
		}
	}
}

/* E46	moved while it was faulted, a wiped child's area does not know where it is */
static void fork_child_wiped_after_move_stays_apart(void **state)
{
	(void)state;
	for (int faulted = 0; faulted < 2; faulted++) {
		struct mm *child;
		struct world w;

		world_open(&w, VM_PROFILE_7_3);
		EXPECT_OK(map(w.mm, 0, 4, RW));
		if (faulted)
			EXPECT_OK(touch(w.mm, 0));
		EXPECT_OK(move(w.mm, 0, 4, 20));
		EXPECT_OK(advise(w.mm, 20, 24, MADV_WIPEONFORK));
		EXPECT_OK(mm_fork(w.mm, &w, &child));
		EXPECT_LAYOUT_OF(&w, child, "20-24 rw+wf");
		EXPECT_OK(map(child, 24, 28, RW));
		EXPECT_OK(advise(child, 24, 28, MADV_WIPEONFORK));
		EXPECT_LAYOUT_OF(&w, child, faulted ? "20-24 rw+wf | 24-28 rw+wf" : "20-28 rw+wf");
		/* It is known to be so, also without the flag, and moving it ends that. */
		EXPECT_OK(advise(child, 20, 28, MADV_KEEPONFORK));
		EXPECT_OK(move(child, 20, 24, 40));
		EXPECT_OK(map(child, 44, 46, RW));
		EXPECT_LAYOUT_OF(&w, child, "24-28 rw | 40-46 rw");
		mm_exit(child);
		world_close(&w);
	}
}

/* ------------------------------------------------------------------ resizing */

static void mremap_shrink_and_no_op(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(map(w.mm, 6, 8, RO));
	/* The same size is not even looked at beyond the first VMA. */
	EXPECT_OK(resize_to(w.mm, 0, 5, 5, 0));
	EXPECT_LAYOUT(&w, "0-4 rw | 6-8 r");
	/* A tail may lie in several VMAs and in none. */
	EXPECT_OK(resize_to(w.mm, 1, 7, 1, 0));
	EXPECT_LAYOUT(&w, "0-2 rw | 7-8 r");
	EXPECT_ERR(mm_mremap(w.mm, page_addr(0), WINDOW_PAGES * PG + PG, PG, 0, 0, NULL), EINVAL);
	/* Lengths are rounded up. */
	vm_addr_t addr;

	EXPECT_OK(mm_mremap(w.mm, page_addr(0), PG + 1, 1, 0, 0, &addr));
	EXPECT_LAYOUT(&w, "0-1 rw | 7-8 r");
	assert_int_equal(addr, page_addr(0));
	world_close(&w);
}

/* AAAA..BBBB  ->  AAAAAAAAAA	in place, over an equal neighbour */
static void mremap_grows_in_place_into_next(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(map(w.mm, 6, 10, RW));
	EXPECT_OK(resize_to(w.mm, 0, 4, 5, 0));
	EXPECT_LAYOUT(&w, "0-5 rw | 6-10 rw");
	EXPECT_OK(resize_to(w.mm, 2, 5, 4, 0));
	EXPECT_LAYOUT(&w, "0-10 rw");
	assert_int_equal(w.mm->committed, 10);
	/* From before its end it can only move, and that is not asked for. */
	EXPECT_ERR(resize_to(w.mm, 0, 9, 10, 0), ENOMEM);
	/* Up to the end of the address space and no further. */
	EXPECT_OK(map(w.mm, WINDOW_PAGES - 2, WINDOW_PAGES - 1, RO));
	EXPECT_OK(resize_to(w.mm, WINDOW_PAGES - 2, WINDOW_PAGES - 1, 2, 0));
	EXPECT_ERR(resize_to(w.mm, WINDOW_PAGES - 2, WINDOW_PAGES, 3, 0), ENOMEM);
	world_close(&w);
}

/* D27	a forked VMA grows onto an unfaulted one */
static void mremap_forked_grows_onto_unfaulted(void **state)
{
	(void)state;
	for (int profile = 0; profile < VM_PROFILES; profile++) {
		struct mm *child;
		struct world w;

		world_open(&w, (enum vm_profile)profile);
		EXPECT_OK(map(w.mm, 0, 4, RW));
		EXPECT_OK(touch(w.mm, 0));
		EXPECT_OK(mm_fork(w.mm, &w, &child));
		EXPECT_OK(map(child, 6, 8, RW));
		EXPECT_OK(resize_to(child, 0, 4, 6, 0));
		EXPECT_LAYOUT_OF(&w, child,
				 profile == VM_PROFILE_6_12 ? "0-6 rw F1f | 6-8 rw" : "0-8 rw F1f");
		mm_exit(child);
		world_close(&w);
	}
}

/* E19	AAA..BBB  ->  AAAAABBB	next has a close hook and stays */
static void mremap_grows_up_to_next_with_close_hook(void **state)
{
	struct test_driver driver = { .name = "S", .ops = { .close = driver_close } };
	struct world w;
	struct file *file;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	file = world_file(&w, &driver, &driver_legacy_fops);
	EXPECT_OK(map_file(w.mm, 0, 3, RW, MAP_SHARED, file, 0));
	EXPECT_OK(map_file(w.mm, 5, 8, RW, MAP_SHARED, file, 5));
	EXPECT_OK(resize_to(w.mm, 0, 3, 5, 0));
	EXPECT_LAYOUT(&w, "0-5 rws S@0 | 5-8 rws S@5");
	file_put(file);
	world_close(&w);
}

/* No room behind it: a new place from the top, and the old one is free. */
static void mremap_grows_by_moving(void **state)
{
	vm_addr_t addr;
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(map(w.mm, 4, 5, RO));
	EXPECT_ERR(resize_to(w.mm, 0, 4, 6, 0), ENOMEM);
	EXPECT_OK(mm_mremap(w.mm, page_addr(0), 4 * PG, 6 * PG, MREMAP_MAYMOVE, 0, &addr));
	assert_int_equal(addr, page_addr(WINDOW_PAGES - 6));
	EXPECT_LAYOUT(&w, "4-5 r | 122-128 rw");
	assert_int_equal(w.mm->total_vm, 7);
	assert_int_equal(w.mm->committed, 6);
	/* Of a larger VMA the rest stays. */
	EXPECT_OK(mm_mremap(w.mm, page_addr(123), 2 * PG, 3 * PG, MREMAP_MAYMOVE, 0, &addr));
	assert_int_equal(addr, page_addr(119));
	EXPECT_LAYOUT(&w, "4-5 r | 119-123 rw | 125-128 rw");
	world_close(&w);
}

/* 9.7.8	nothing of the old length: the same shared pages once more */
static void mremap_old_length_zero_maps_twice(void **state)
{
	struct test_driver driver = { .name = "A" };
	vm_addr_t addr;
	struct world w;
	struct file *file;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	file = world_file(&w, &driver, &driver_legacy_fops);
	EXPECT_OK(map_file(w.mm, 0, 4, RW, MAP_SHARED, file, 2));
	EXPECT_OK(map(w.mm, 8, 12, RW));
	EXPECT_ERR(mm_mremap(w.mm, page_addr(1), 0, 2 * PG, 0, 0, &addr), ENOMEM);
	EXPECT_OK(mm_mremap(w.mm, page_addr(1), 0, 2 * PG, MREMAP_MAYMOVE, 0, &addr));
	EXPECT_LAYOUT(&w, "0-4 rws A@2 | 8-12 rw | 126-128 rws A@3");
	EXPECT_OK(move_to_page(w.mm, 0, 0, 2, MREMAP_FIXED, 20));
	EXPECT_LAYOUT(&w, "0-4 rws A@2 | 8-12 rw | 20-22 rws A@2 | 126-128 rws A@3");
	EXPECT_ERR(mm_mremap(w.mm, page_addr(8), 0, PG, MREMAP_MAYMOVE, 0, &addr), EINVAL);
	/* Its own target: the source is gone before it is looked at. */
	EXPECT_ERR(move_to_page(w.mm, 0, 0, 4, MREMAP_FIXED, 0), EFAULT);
	EXPECT_LAYOUT(&w, "8-12 rw | 20-22 rws A@2 | 126-128 rws A@3");
	file_put(file);
	world_close(&w);
}

/* ------------------------------------------------------------------ errors in their order */

struct refusal {
	unsigned int start, pages, new_pages;
	uint32_t flags;
	vm_addr_t new_addr;
	int err;
};

static void expect_refusals(struct world *w, const struct refusal *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		vm_addr_t addr;
		int err = mm_mremap(w->mm, page_addr(rows[i].start), rows[i].pages * PG,
				    rows[i].new_pages * PG, rows[i].flags, rows[i].new_addr, &addr);

		if (err != -rows[i].err)
			fail_msg("row %zu: %d", i, err);
	}
	EXPECT_LAYOUT(w, "0-4 rw | 4-8 rw+sl");
}

#define FIXED (MREMAP_MAYMOVE | MREMAP_FIXED)
#define KEEPING (MREMAP_MAYMOVE | MREMAP_DONTUNMAP)
#define AT(page) (BASE + (page)*PG)

/* 9.7.1 and 9.7.2, at 50 nothing is mapped */
static void mremap_errors_in_their_order(void **state)
{
	static const struct refusal rows[] = {
		{ 50, 1, 0, 8, AT(1) + 1, EINVAL },
		{ 50, 1, 0, 0, 0, EINVAL },
		{ 50, 1, 1, 0, 0, EFAULT },
		{ 50, 1, 1, FIXED, AT(128), EINVAL },
		{ 50, 1, 1, FIXED, AT(60) + 1, EINVAL },
		{ 50, 1, 1, MREMAP_FIXED, AT(60), EINVAL },
		{ 50, 1, 2, FIXED | KEEPING, AT(60), EINVAL },
		{ 50, 2, 2, FIXED, AT(51), EINVAL },
		{ 50, 1, 1, FIXED, AT(60), EFAULT },
		{ 50, 1, 1, KEEPING, AT(60), EFAULT },
		{ 4, 1, 1, 0, 0, EPERM },
		{ 4, 2, 1, 0, 0, EPERM },
		{ 4, 1, 8, 0, 0, EPERM },
		{ 4, 1, 1, FIXED, AT(60), EPERM },
		{ 0, 0, 1, MREMAP_MAYMOVE, 0, EINVAL },
		{ 0, 5, 6, MREMAP_MAYMOVE, 0, EFAULT },
		{ 0, 4, 4, FIXED, AT(5), EPERM },
		{ 0, 4, 5, 0, 0, ENOMEM },
	};
	struct world w;

	(void)state;
	for (int profile = 0; profile < VM_PROFILES; profile++) {
		world_open(&w, (enum vm_profile)profile);
		EXPECT_OK(map(w.mm, 0, 8, RW));
		EXPECT_OK(seal(w.mm, 4, 8));
		if (profile == VM_PROFILE_6_12) {
			/* The VMA is looked at first. */
			expect_refusals(&w, rows, 3);
			expect_refusals(&w, rows + 8, 10);
			EXPECT_ERR(move_to_page(w.mm, 50, 51, 1, MREMAP_FIXED, 128), EFAULT);
			EXPECT_ERR(move_to_page(w.mm, 4, 5, 1, MREMAP_FIXED, 128), EPERM);
		} else {
			expect_refusals(&w, rows, sizeof(rows) / sizeof(rows[0]));
		}
		world_close(&w);
	}
}

/* D13, D14 */
static void mremap_lengths_of_other_versions(void **state)
{
	vm_addr_t addr;
	struct world w;

	(void)state;
	for (int profile = 0; profile < VM_PROFILES; profile++) {
		bool old = profile == VM_PROFILE_6_12;

		world_open(&w, (enum vm_profile)profile);
		EXPECT_OK(map(w.mm, 0, 1, RW));
		EXPECT_ERR(mm_mremap(w.mm, page_addr(0), PG, w.config.task_size + PG,
				     MREMAP_MAYMOVE, 0, &addr),
			   old ? ENOMEM : EINVAL);
		assert_int_equal(
			mm_mremap(w.mm, page_addr(0), 1, PG, FIXED | KEEPING, AT(60), &addr),
			old ? -EINVAL : 0);
		world_close(&w);
	}
}

/* D7, F10	is the target gone when a check fails? */
static void mremap_failing_check_spares_target(void **state)
{
	struct world w;

	(void)state;
	for (int profile = 0; profile < VM_PROFILES; profile++) {
		world_open_quirky(&w, (enum vm_profile)profile);
		EXPECT_OK(map(w.mm, 0, 4, RW));
		EXPECT_OK(map(w.mm, 20, 30, RO));
		EXPECT_ERR(move_to_page(w.mm, 0, 5, 6, MREMAP_FIXED, 22), EFAULT);
		EXPECT_LAYOUT(&w, profile == VM_PROFILE_6_12 ? "0-4 rw | 20-22 r | 28-30 r"
							     : "0-4 rw | 20-30 r");
		world_close(&w);
	}
	world_open(&w, VM_PROFILE_6_12);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(map(w.mm, 20, 30, RO));
	EXPECT_ERR(move_to_page(w.mm, 0, 5, 6, MREMAP_FIXED, 22), EFAULT);
	EXPECT_LAYOUT(&w, "0-4 rw | 20-30 r");
	world_close(&w);
}

static void mremap_refused_by_limits(void **state)
{
	struct vm_config config = world_config(VM_PROFILE_7_3);
	struct world w;

	(void)state;
	config.ipc_lock = false;
	config.rlimit[VM_RLIMIT_MEMLOCK] = 5;
	config.overcommit = VM_OVERCOMMIT_NEVER;
	config.commit_limit = 12;
	world_open_with(&w, &config);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(lock(w.mm, 0, 4));
	EXPECT_ERR(resize_to(w.mm, 0, 4, 6, 0), EAGAIN);
	EXPECT_OK(resize_to(w.mm, 0, 4, 5, 0));
	assert_int_equal(w.mm->locked_vm, 5);
	EXPECT_OK(mm_munlock(w.mm, page_addr(0), 5 * PG));
	/* The charge, in place and moving; then the address space. */
	EXPECT_ERR(resize_to(w.mm, 0, 5, 13, 0), ENOMEM);
	EXPECT_ERR(move_to_page(w.mm, 0, 5, 13, MREMAP_FIXED, 40), ENOMEM);
	EXPECT_OK(move_keeping(w.mm, 0, 5, 40));
	EXPECT_ERR(move_keeping(w.mm, 0, 5, 60), ENOMEM);
	w.mm->rlimit[VM_RLIMIT_AS] = 12;
	EXPECT_ERR(resize_to(w.mm, 0, 5, 8, 0), ENOMEM);
	EXPECT_OK(resize_to(w.mm, 0, 5, 7, 0));
	EXPECT_ERR(move_keeping(w.mm, 0, 5, 60), ENOMEM);
	EXPECT_LAYOUT(&w, "0-7 rw | 40-45 rw F1");
	world_close(&w);
}

/* Special areas may move as a whole, and neither grow nor be left empty. */
static void mremap_special_vma_moves_whole(void **state)
{
	struct test_driver driver = { .name = "P", .mmap_flags = VM_DONTEXPAND | VM_PFNMAP };
	struct world w;
	struct file *file;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	file = world_file(&w, &driver, &driver_legacy_fops);
	EXPECT_OK(map_file(w.mm, 0, 4, RW, MAP_SHARED, file, 0));
	EXPECT_ERR(resize_to(w.mm, 0, 4, 6, MREMAP_MAYMOVE), EFAULT);
	EXPECT_ERR(move_keeping(w.mm, 0, 4, 20), EINVAL);
	EXPECT_OK(move(w.mm, 0, 4, 20));
	EXPECT_LAYOUT(&w, "20-24 rws+de P@0");
	file_put(file);
	world_close(&w);
}

/* VM_IO alone may grow, but no merge is allowed it, not even with itself. */
static void mremap_io_vma_cannot_grow_in_place(void **state)
{
	struct test_driver driver = { .name = "I", .mmap_flags = VM_IO };
	struct world w;
	struct file *file;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	file = world_file(&w, &driver, &driver_legacy_fops);
	EXPECT_OK(map_file(w.mm, 0, 4, RW, MAP_SHARED, file, 0));
	EXPECT_ERR(resize_to(w.mm, 0, 4, 6, MREMAP_MAYMOVE), ENOMEM);
	EXPECT_LAYOUT(&w, "0-4 rws+io I@0");
	file_put(file);
	world_close(&w);
}

/* ------------------------------------------------------------------ room at the limit */

/* The count of two VMAs is c; with so many slots left the call is refused, with one more not. */
struct headroom {
	uint32_t flags;
	unsigned int old_pages, new_pages;
	bool locked;
	int64_t refused[VM_PROFILES]; /* the most slots it is refused with; -1: never */
};

static int headroom_call(struct world *w, const struct headroom *row, int64_t slots)
{
	vm_addr_t addr;

	EXPECT_OK(map(w->mm, 0, 4, RW));
	EXPECT_OK(map(w->mm, 4, 6, RO));
	if (row->locked)
		EXPECT_OK(lock(w->mm, 0, 4));
	vm_set_max_vma_count(w->machine, (uint64_t)(2 + slots));
	return mm_mremap(w->mm, page_addr(row->locked ? 1 : 0), row->old_pages * PG,
			 row->new_pages * PG, row->flags, AT(40), &addr);
}

/* Table of chapter 7: in place, moving, to an address, leaving the source; per kernel. */
static void mremap_headroom_of_each_kernel(void **state)
{
	static const struct headroom rows[] = {
		{ 0, 4, 2, false, { -1, -1, 3 } },
		{ 0, 4, 4, false, { -1, -1, 3 } },
		{ MREMAP_MAYMOVE, 4, 6, false, { 3, 3, 3 } },
		{ FIXED, 4, 4, false, { 5, 5, 3 } },
		{ KEEPING, 4, 4, false, { 5, 5, 4 } },
		{ KEEPING, 2, 2, true, { 5, 5, 4 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int profile = 0; profile < VM_PROFILES; profile++) {
			struct world w;

			for (int64_t slots = 0; slots < 8; slots++) {
				bool refused = slots <= rows[i].refused[profile];
				int err;

				world_open_quirky(&w, (enum vm_profile)profile);
				err = headroom_call(&w, &rows[i], slots);
				if (err != (refused ? -ENOMEM : 0))
					fail_msg("row %zu, profile %d, %d slots: %d", i, profile,
						 (int)slots, err);
				assert_int_equal(w.slots_events, refused);
				world_close(&w);
			}
		}
	}
}

/* F9: without quirks every kernel has the newest numbers. */
static void mremap_headroom_as_decided(void **state)
{
	(void)state;
	for (int profile = 0; profile < VM_PROFILES; profile++) {
		static const struct headroom shrink = { 0, 4, 2, false, { 0 } };
		static const struct headroom keep = { KEEPING, 4, 4, false, { 0 } };
		struct world w;

		world_open(&w, (enum vm_profile)profile);
		EXPECT_ERR(headroom_call(&w, &shrink, 3), ENOMEM);
		assert_int_equal(w.slots_events, 1);
		vm_set_max_vma_count(w.machine, 6);
		EXPECT_OK(resize_to(w.mm, 0, 4, 2, 0));
		world_close(&w);
		world_open(&w, (enum vm_profile)profile);
		EXPECT_ERR(headroom_call(&w, &keep, 4), ENOMEM);
		vm_set_max_vma_count(w.machine, 7);
		EXPECT_OK(move_keeping(w.mm, 0, 4, 40));
		world_close(&w);
	}
}

/* Each VMA of a move over several asks again; what was moved stays. */
static void mremap_many_asks_for_slots_each_time(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 2, RW));
	EXPECT_OK(map(w.mm, 4, 6, RO));
	EXPECT_OK(map(w.mm, 8, 10, RW));
	EXPECT_OK(map(w.mm, 20, 22, RX));
	/* Leaving each source adds a VMA: 4, 5, 6 of 8, and the third move wants two. */
	vm_set_max_vma_count(w.machine, 9);
	EXPECT_OK(move_to_page(w.mm, 0, 10, 10, MREMAP_FIXED | MREMAP_DONTUNMAP, 30));
	EXPECT_LAYOUT(&w, "0-2 rw | 4-6 r | 8-10 rw | 20-22 rx | 30-32 rw | 34-36 r | 38-40 rw");
	EXPECT_OK(unmap(w.mm, 0, 128));
	world_close(&w);
}

/* ------------------------------------------------------------------ drivers */

static struct test_driver hooked = {
	.name = "D",
	.ops = { .open = driver_open,
		 .close = driver_close,
		 .may_split = driver_may_split,
		 .mremap = driver_mremap },
};

/* G6 */
static void mremap_calls_drivers_for_copy_and_source(void **state)
{
	struct test_driver driver = hooked;
	struct world w;
	struct file *file;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	file = world_file(&w, &driver, &driver_legacy_fops);
	EXPECT_OK(map_file(w.mm, 0, 4, RW, MAP_SHARED, file, 0));
	world_take_log(&w);
	EXPECT_OK(move(w.mm, 0, 4, 20));
	EXPECT_LOG(&w, "open(20-24) mremap(20-24) close(0-4)");
	/* Into a neighbour: no copy, so no open. */
	EXPECT_OK(map_file(w.mm, 0, 4, RW, MAP_SHARED, file, 4));
	world_take_log(&w);
	EXPECT_OK(move(w.mm, 0, 4, 24));
	EXPECT_LOG(&w, "mremap(20-28) close(0-4)");
	EXPECT_LAYOUT(&w, "20-28 rws D@0");
	/* A part: the cuts are asked for before and made afterwards. */
	EXPECT_OK(move(w.mm, 22, 24, 0));
	EXPECT_LOG(&w, "may_split(20-22) may_split(20-24) open(0-2) mremap(0-2) may_split(20-22) "
		       "open(20-22) may_split(22-24) open(24-28) close(22-24)");
	EXPECT_LAYOUT(&w, "0-2 rws D@2 | 20-22 rws D@0 | 24-28 rws D@4");
	EXPECT_OK(move_keeping(w.mm, 0, 2, 40));
	EXPECT_LOG(&w, "open(40-42) mremap(40-42)");
	file_put(file);
	world_close(&w);
}

/* G7: the pages go back, and so does the charge of the growth. */
static void mremap_failing_driver_leaves_source(void **state)
{
	struct world w;

	(void)state;
	for (int profile = 0; profile < VM_PROFILES; profile++) {
		struct test_driver driver = hooked;
		struct file *file;

		world_open(&w, (enum vm_profile)profile);
		file = world_file(&w, &driver, &driver_legacy_fops);
		EXPECT_OK(map_file(w.mm, 0, 4, RW, MAP_PRIVATE, file, 0));
		EXPECT_OK(touch(w.mm, 0));
		EXPECT_OK(lock(w.mm, 0, 4));
		if (profile != VM_PROFILE_6_12) {
			EXPECT_OK(mm_munlock(w.mm, page_addr(0), 4 * PG));
			EXPECT_OK(advise(w.mm, 1, 2, MADV_GUARD_INSTALL));
		}
		driver.mremap_error = -EIO;
		world_take_log(&w);
		EXPECT_ERR(move_to_page(w.mm, 0, 4, 6, MREMAP_FIXED, 20), EIO);
		EXPECT_LOG(&w, "open(20-26) mremap(20-26) close(20-26)");
		EXPECT_LAYOUT(&w,
			      profile == VM_PROFILE_6_12 ? "0-4 rw+lo F1 D@0" : "0-4 rw+gu F1 D@0");
		/* D40 */
		assert_int_equal(w.mm->committed, profile == VM_PROFILE_6_12 ? 6 : 4);
		if (profile != VM_PROFILE_6_12)
			EXPECT_ERR(touch(w.mm, 1), EFAULT);
		EXPECT_ERR(move_keeping(w.mm, 0, 4, 20), EIO);
		assert_int_equal(w.mm->committed, profile == VM_PROFILE_6_12 ? 6 : 4);
		assert_int_equal(w.mm->total_vm, 4);
		file_put(file);
		world_close(&w);
	}
}

/* What would have to be cut and may not be, is refused before anything happened. */
static void mremap_part_of_uncuttable_refused(void **state)
{
	struct test_driver driver = { .name = "V", .ops = { .may_split = driver_may_split } };
	struct world w;
	struct file *file;

	(void)state;
	driver.may_split_error = -EINVAL;
	world_open(&w, VM_PROFILE_7_3);
	file = world_file(&w, &driver, &driver_legacy_fops);
	EXPECT_OK(map_file(w.mm, 0, 4, RW, MAP_PRIVATE, file, 0));
	world_take_log(&w);
	EXPECT_ERR(move(w.mm, 1, 4, 20), EINVAL);
	EXPECT_LOG(&w, "may_split(0-1)");
	EXPECT_ERR(move(w.mm, 0, 3, 20), EINVAL);
	EXPECT_OK(move(w.mm, 0, 4, 20));
	EXPECT_LAYOUT(&w, "20-24 rw V@0");
	file_put(file);
	world_close(&w);
}

/* ------------------------------------------------------------------ pages and charges */

static void mremap_moves_guard_markers(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 8, RW));
	EXPECT_OK(advise(w.mm, 2, 4, MADV_GUARD_INSTALL));
	EXPECT_OK(move(w.mm, 0, 3, 20));
	EXPECT_LAYOUT(&w, "3-8 rw+gu F1 | 20-23 rw+gu F1");
	EXPECT_ERR(touch(w.mm, 22), EFAULT);
	EXPECT_OK(touch(w.mm, 21));
	EXPECT_ERR(touch(w.mm, 3), EFAULT);
	EXPECT_OK(move_keeping(w.mm, 3, 8, 40));
	EXPECT_OK(touch(w.mm, 3));
	EXPECT_ERR(touch(w.mm, 40), EFAULT);
	world_close(&w);
}

/* D12, F4	shrinking to an address */
static void mremap_shrinking_move_charges_exactly(void **state)
{
	struct world w;

	(void)state;
	for (int profile = 0; profile < VM_PROFILES; profile++) {
		for (int quirks = 0; quirks < 2; quirks++) {
			if (quirks)
				world_open_quirky(&w, (enum vm_profile)profile);
			else
				world_open(&w, (enum vm_profile)profile);
			EXPECT_OK(map(w.mm, 0, 8, RW));
			EXPECT_OK(move_to_page(w.mm, 0, 8, 3, MREMAP_FIXED, 20));
			EXPECT_LAYOUT(&w, "20-23 rw");
			assert_int_equal(w.mm->committed,
					 quirks && profile == VM_PROFILE_6_18 ? 8 : 3);
			world_close(&w);
		}
	}
}

/* Growth that is locked is populated, moved or not. */
static void mremap_locked_growth_is_populated(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(mm_mlock2(w.mm, page_addr(0), 4 * PG, MLOCK_ONFAULT));
	EXPECT_OK(resize_to(w.mm, 0, 4, 5, 0));
	EXPECT_LAYOUT(&w, "0-5 rw+lo+lf");
	EXPECT_OK(mm_munlock(w.mm, page_addr(0), 5 * PG));
	EXPECT_OK(lock(w.mm, 0, 5));
	EXPECT_OK(move_to_page(w.mm, 0, 5, 6, MREMAP_FIXED, 20));
	EXPECT_LAYOUT(&w, "20-26 rw+lo F1");
	assert_int_equal(w.mm->locked_vm, 6);
	world_close(&w);
}

/* F7, D41	the source cannot be unmapped: both stay, and each is charged, or neither well */
static void mremap_failed_source_unmap_keeps_both(void **state)
{
	static const struct {
		enum vm_profile profile;
		bool quirks, writable;
		const char *layout;
		unsigned int committed;
	} rows[] = {
		{ VM_PROFILE_7_3, false, true, "0-4 rw F1 | 20-24 rw F1", 8 },
		{ VM_PROFILE_7_3, false, false, "0-4 r | 20-24 r", 0 },
		{ VM_PROFILE_7_3, true, false, "0-4 r | 20-24 r", 4 },
		{ VM_PROFILE_6_12, true, false, "0-4 r | 20-24 r", 0 },
		{ VM_PROFILE_6_18, false, true, "0-4 rw F1 | 20-24 rw F1", 8 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;

		if (rows[i].quirks)
			world_open_quirky(&w, rows[i].profile);
		else
			world_open(&w, rows[i].profile);
		EXPECT_OK(map(w.mm, 0, 4, rows[i].writable ? RW : RO));
		if (rows[i].writable)
			EXPECT_OK(touch(w.mm, 0));
		vm_begin_operation(w.machine);
		/* VMA, [link,] tree; then the list of what is unmapped. */
		vm_fail_alloc(w.machine, rows[i].writable ? 4 : 3, false);
		EXPECT_OK(move(w.mm, 0, 4, 20));
		assert_int_equal(vm_alloc_failures(w.machine), 1);
		EXPECT_LAYOUT(&w, rows[i].layout);
		assert_int_equal(w.mm->committed, rows[i].committed);
		world_close(&w);
	}
}

/* ------------------------------------------------------------------ memory runs out */

static void prepare_faulted(struct world *w)
{
	EXPECT_OK(map(w->mm, 0, 8, RW));
	EXPECT_OK(touch(w->mm, 0));
}

static void prepare_target(struct world *w)
{
	prepare_faulted(w);
	EXPECT_OK(map(w->mm, 20, 30, RO));
}

static void prepare_hooked(struct world *w)
{
	static struct test_driver driver;
	struct file *file;

	driver = hooked;
	file = world_file(w, &driver, &driver_legacy_fops);
	EXPECT_OK(map_file(w->mm, 0, 8, RW, MAP_PRIVATE, file, 0));
	file_put(file);
}

static void prepare_two(struct world *w)
{
	EXPECT_OK(map(w->mm, 0, 4, RW));
	EXPECT_OK(map(w->mm, 8, 12, RW));
}

static void prepare_locked(struct world *w)
{
	EXPECT_OK(map(w->mm, 0, 8, RW));
	EXPECT_OK(lock(w->mm, 0, 8));
}

static int op_move_middle(struct world *w)
{
	return move(w->mm, 2, 4, 20);
}

static int op_move_over(struct world *w)
{
	return move(w->mm, 0, 8, 22);
}

static int op_grow(struct world *w)
{
	return resize_to(w->mm, 0, 4, 8, 0);
}

static int op_keep_middle(struct world *w)
{
	return move_keeping(w->mm, 2, 4, 20);
}

static const struct failing failings[] = {
	{ "move the middle",
	  VM_PROFILE_7_3,
	  prepare_faulted,
	  op_move_middle,
	  "0-2 rw F1 | 4-8 rw F1 | 20-22 rw F1",
	  ENOMEM,
	  { "0-8 rw F1", "0-8 rw F1 | 20-22 rw F1", "0-2 rw F1 | 2-8 rw F1 | 20-22 rw F1",
	    "0-2 rw F1 | 2-4 rw F1 | 4-8 rw F1 | 20-22 rw F1" },
	  11 },
	{ "move over",
	  VM_PROFILE_7_3,
	  prepare_target,
	  op_move_over,
	  "20-22 r | 22-30 rw F1",
	  ENOMEM,
	  { "0-8 rw F1 | 20-30 r", "0-8 rw F1 | 20-22 r | 22-30 r", "0-8 rw F1 | 20-22 r",
	    "0-8 rw F1 | 20-22 r | 22-30 rw F1" },
	  9 },
	{ "move with hooks",
	  VM_PROFILE_6_18,
	  prepare_hooked,
	  op_move_middle,
	  "0-2 rw D@0 | 4-8 rw D@4 | 20-22 rw D@2",
	  ENOMEM,
	  { "0-8 rw D@0", "0-8 rw D@0 | 20-22 rw D@2", "0-2 rw D@0 | 2-8 rw D@2 | 20-22 rw D@2",
	    "0-2 rw D@0 | 2-4 rw D@2 | 4-8 rw D@4 | 20-22 rw D@2" },
	  8 },
	{ "grow in place",
	  VM_PROFILE_7_3,
	  prepare_two,
	  op_grow,
	  "0-12 rw",
	  ENOMEM,
	  { "0-4 rw | 8-12 rw" },
	  1 },
	{ "leave the locked middle",
	  VM_PROFILE_7_3,
	  prepare_locked,
	  op_keep_middle,
	  "0-2 rw+lo F1 | 2-4 rw | 4-8 rw+lo F1 | 20-22 rw+lo F1",
	  ENOMEM,
	  { "0-8 rw+lo F1", "0-2 rw+lo F1 | 2-8 rw+lo F1",
	    "0-2 rw+lo F1 | 2-4 rw+lo F1 | 4-8 rw+lo F1" },
	  9 },
};

static void mremap_failing_each_request(void **state)
{
	(void)state;
	FAILING_WALK(failings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mremap_unfaulted_takes_new_offset_and_merges),
		cmocka_unit_test(mremap_faulted_carries_offset_and_stays_apart),
		cmocka_unit_test(mremap_middle_out_and_back_merges_all),
		cmocka_unit_test(mremap_unfaulted_head_behind_tail_merges_with_source),
		cmocka_unit_test(mremap_unfaulted_tail_into_hole_removes_source),
		cmocka_unit_test(mremap_within_itself_punches_target_first),
		cmocka_unit_test(mremap_many_keeps_gaps_and_what_lies_in_them),
		cmocka_unit_test(mremap_many_stops_at_sealed),
		cmocka_unit_test(mremap_dontunmap_faulted_empties_source),
		cmocka_unit_test(mremap_dontunmap_of_moved_resets_offset),
		cmocka_unit_test(mremap_dontunmap_beside_itself_stays_apart),
		cmocka_unit_test(mremap_dontunmap_locked_unlocks_what_was_moved),
		cmocka_unit_test(mremap_private_file_compares_virtual_offset),
		cmocka_unit_test(fork_child_wiped_after_move_stays_apart),
		cmocka_unit_test(mremap_shrink_and_no_op),
		cmocka_unit_test(mremap_grows_in_place_into_next),
		cmocka_unit_test(mremap_forked_grows_onto_unfaulted),
		cmocka_unit_test(mremap_grows_up_to_next_with_close_hook),
		cmocka_unit_test(mremap_grows_by_moving),
		cmocka_unit_test(mremap_old_length_zero_maps_twice),
		cmocka_unit_test(mremap_errors_in_their_order),
		cmocka_unit_test(mremap_lengths_of_other_versions),
		cmocka_unit_test(mremap_failing_check_spares_target),
		cmocka_unit_test(mremap_refused_by_limits),
		cmocka_unit_test(mremap_special_vma_moves_whole),
		cmocka_unit_test(mremap_io_vma_cannot_grow_in_place),
		cmocka_unit_test(mremap_headroom_of_each_kernel),
		cmocka_unit_test(mremap_headroom_as_decided),
		cmocka_unit_test(mremap_many_asks_for_slots_each_time),
		cmocka_unit_test(mremap_calls_drivers_for_copy_and_source),
		cmocka_unit_test(mremap_failing_driver_leaves_source),
		cmocka_unit_test(mremap_part_of_uncuttable_refused),
		cmocka_unit_test(mremap_moves_guard_markers),
		cmocka_unit_test(mremap_shrinking_move_charges_exactly),
		cmocka_unit_test(mremap_locked_growth_is_populated),
		cmocka_unit_test(mremap_failed_source_unmap_keeps_both),
		cmocka_unit_test(mremap_failing_each_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
