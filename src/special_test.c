/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mappings the process did not ask for in so many words: special ones, the stack of a program,
 * remap_file_pages(); and what sweeps over all VMAs: samepage merging, soft-dirty.
 */
#include "test_failures.h"

static int install_special(struct mm *mm, unsigned int start, unsigned int end)
{
	return mm_install_special(mm, page_addr(start), (end - start) * PG);
}

static int relocate(struct mm *mm, unsigned int start, unsigned int end, unsigned int pages)
{
	return mm_relocate_down(mm, page_addr(start), page_addr(end), pages);
}

static int remap(struct mm *mm, unsigned int start, unsigned int end, vm_pgoff_t pgoff)
{
	return mm_remap_file_pages(mm, page_addr(start), (end - start) * PG, 0, pgoff);
}

/* ------------------------------------------------------------------ special mappings */

static void special_only_where_nothing_is(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 4, 6, RW));
	EXPECT_ERR(install_special(w.mm, 8, 8), EINVAL);
	EXPECT_ERR(mm_install_special(w.mm, page_addr(8) + 1, PG), EINVAL);
	EXPECT_ERR(mm_install_special(w.mm, page_addr(8), PG + 1), EINVAL);
	EXPECT_ERR(install_special(w.mm, 5, 8), ENOMEM);
	EXPECT_ERR(install_special(w.mm, 127, 129), ENOMEM);
	EXPECT_ERR(mm_install_special(w.mm, BASE - PG, PG), ENOMEM);
	EXPECT_ERR(mm_install_special(w.mm, page_addr(8), (uint64_t)0 - page_addr(8)), ENOMEM);
	/* Neither the limit of VMAs nor that of memory is looked at. */
	vm_set_max_vma_count(w.machine, 0);
	w.mm->rlimit[VM_RLIMIT_AS] = 0;
	EXPECT_OK(install_special(w.mm, 6, 8));
	EXPECT_OK(install_special(w.mm, 8, 10));
	EXPECT_LAYOUT(&w, "4-6 rw | 6-8 rx+de | 8-10 rx+de");
	assert_int_equal(w.mm->total_vm, 6);
	assert_int_equal(w.mm->exec_vm, 4);
	world_close(&w);
}

/* 9.15	what it answers */
static void special_changes_as_a_whole_or_not(void **state)
{
	(void)state;
	for (int profile = 0; profile < VM_PROFILES; profile++) {
		bool dofork = profile != VM_PROFILE_7_3;
		struct world w;

		world_open(&w, (enum vm_profile)profile);
		EXPECT_OK(install_special(w.mm, 8, 12));
		EXPECT_ERR(unmap(w.mm, 8, 9), EINVAL);
		EXPECT_ERR(unmap(w.mm, 9, 12), EINVAL);
		EXPECT_ERR(map(w.mm, 9, 10, RW), EINVAL);
		EXPECT_ERR(protect(w.mm, 8, 9, RO), EINVAL);
		EXPECT_ERR(advise(w.mm, 8, 9, MADV_DONTDUMP), EINVAL);
		EXPECT_ERR(seal(w.mm, 8, 9), EINVAL);
		EXPECT_OK(protect(w.mm, 8, 12, RO));
		EXPECT_OK(advise(w.mm, 8, 12, MADV_DONTFORK));
		assert_int_equal(advise(w.mm, 8, 12, MADV_DOFORK), dofork ? 0 : -EINVAL);
		EXPECT_OK(advise(w.mm, 8, 12, MADV_DONTDUMP));
		EXPECT_ERR(advise(w.mm, 8, 12, MADV_DODUMP), EINVAL);
		EXPECT_OK(lock(w.mm, 8, 12));
		EXPECT_ERR(advise(w.mm, 8, 12, MADV_GUARD_INSTALL), EINVAL);
		EXPECT_ERR(resize_to(w.mm, 8, 12, 5, 0), EFAULT);
		EXPECT_ERR(move_keeping(w.mm, 8, 12, 20), EINVAL);
		EXPECT_ERR(watch(w.mm, 0, 8, 12, UFFD_MODE_MISSING), EINVAL);
		EXPECT_OK(move(w.mm, 8, 12, 20));
		EXPECT_LAYOUT(&w, dofork ? "20-24 r+dd+de" : "20-24 r+dc+dd+de");
		assert_int_equal(vma_at(w.mm, 20)->vm_pgoff, 0);
		EXPECT_OK(unmap(w.mm, 20, 24));
		world_close(&w);
	}
}

/* ------------------------------------------------------------------ the stack of a program */

static void exec_stack_grows_ahead(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_ERR(mm_exec_stack(w.mm, page_addr(60) + 1), EINVAL);
	EXPECT_ERR(mm_exec_stack(w.mm, page_addr(128)), ENOMEM);
	EXPECT_OK(mm_exec_stack(w.mm, page_addr(127)));
	EXPECT_LAYOUT(&w, "95-128 rw+gd F1");
	assert_int_equal(w.mm->stack_vm, 33);
	assert_int_equal(w.mm->committed, 33);
	EXPECT_ERR(mm_exec_stack(w.mm, page_addr(100)), ENOMEM);
	/* By the gap, by nothing below, by its own limit. */
	EXPECT_OK(map(w.mm, 60, 61, RO));
	EXPECT_OK(mm_exec_stack(w.mm, page_addr(80)));
	EXPECT_OK(mm_exec_stack(w.mm, page_addr(3)));
	w.mm->rlimit[VM_RLIMIT_STACK] = 4;
	EXPECT_OK(mm_exec_stack(w.mm, page_addr(40)));
	EXPECT_LAYOUT(&w, "0-4 rw+gd F1 | 37-41 rw+gd F2 | 60-61 r | 69-81 rw+gd F3 | "
			  "95-128 rw+gd F4");
	world_close(&w);
}

/* Growth that is refused is no error, and mlockall() counts for it. */
static void exec_stack_keeps_to_limits(void **state)
{
	struct vm_config config = world_config(VM_PROFILE_7_3);
	struct world w;

	(void)state;
	config.overcommit = VM_OVERCOMMIT_NEVER;
	config.commit_limit = 2;
	world_open_with(&w, &config);
	EXPECT_OK(mm_mlockall(w.mm, MCL_FUTURE));
	EXPECT_OK(mm_exec_stack(w.mm, page_addr(100)));
	EXPECT_LAYOUT(&w, "100-101 rw+lo+gd F1");
	assert_int_equal(w.mm->locked_vm, 1);
	EXPECT_OK(mm_exec_stack(w.mm, page_addr(20)));
	EXPECT_ERR(mm_exec_stack(w.mm, page_addr(50)), ENOMEM);
	EXPECT_LAYOUT(&w, "20-21 rw+lo+gd F1 | 100-101 rw+lo+gd F2");
	world_close(&w);
}

/* Equal to it in everything but that it is being made: no merge, neither then nor later. */
static void exec_stack_beside_equal_stays_apart(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map_file(w.mm, 50, 52, RW, PRIVATE_ANON | MAP_GROWSDOWN, NULL, 0));
	EXPECT_OK(mm_exec_stack(w.mm, page_addr(49)));
	EXPECT_LAYOUT(&w, "17-50 rw+gd F1 | 50-52 rw+gd");
	world_close(&w);
}

/* 9.14	......VVVVVV  ->  ...VVVVVV...	with what it holds, offset and all */
static void relocate_down_keeps_offset(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map_file(w.mm, 60, 66, RW, PRIVATE_ANON | MAP_GROWSDOWN, NULL, 0));
	EXPECT_OK(advise(w.mm, 61, 62, MADV_GUARD_INSTALL));
	EXPECT_OK(advise(w.mm, 64, 65, MADV_GUARD_INSTALL));
	EXPECT_ERR(relocate(w.mm, 60, 66, 0), EINVAL);
	EXPECT_ERR(relocate(w.mm, 60, 65, 3), EINVAL);
	EXPECT_ERR(relocate(w.mm, 61, 66, 3), EINVAL);
	EXPECT_ERR(relocate(w.mm, 60, 66, 61), ENOMEM);
	EXPECT_OK(relocate(w.mm, 60, 66, 3));
	EXPECT_LAYOUT(&w, "57-63 rw+gu+gd F1");
	assert_int_equal(vma_at(w.mm, 57)->vm_pgoff, page_addr(60) >> VM_PAGE_SHIFT);
	EXPECT_ERR(touch(w.mm, 58), EFAULT);
	EXPECT_OK(touch(w.mm, 59));
	EXPECT_ERR(touch(w.mm, 61), EFAULT);
	assert_int_equal(mm_first_guard(w.mm, page_addr(59), page_addr(128)), page_addr(61));
	assert_int_equal(mm_first_guard(w.mm, page_addr(62), page_addr(128)), page_addr(128));
	/* Further than it is long. */
	EXPECT_OK(relocate(w.mm, 57, 63, 20));
	EXPECT_LAYOUT(&w, "37-43 rw+gu+gd F1");
	EXPECT_OK(map(w.mm, 30, 31, RO));
	EXPECT_ERR(relocate(w.mm, 37, 43, 7), EFAULT);
	EXPECT_OK(relocate(w.mm, 37, 43, 6));
	EXPECT_LAYOUT(&w, "30-31 r | 31-37 rw+gu+gd F1");
	/* What would continue it at its old place does not here. */
	EXPECT_OK(map_file(w.mm, 37, 38, RW, PRIVATE_ANON | MAP_GROWSDOWN, NULL, 0));
	EXPECT_LAYOUT(&w, "30-31 r | 31-37 rw+gu+gd F1 | 37-38 rw+gd");
	world_close(&w);
}

/* ------------------------------------------------------------------ remap_file_pages */

static void remap_file_pages_there_and_back(void **state)
{
	struct test_driver driver = { .name = "A" };
	struct world w;
	struct file *file;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	file = world_file(&w, &driver, &driver_legacy_fops);
	EXPECT_OK(map_file(w.mm, 0, 8, RW, MAP_SHARED, file, 0));
	EXPECT_OK(remap(w.mm, 2, 4, 20));
	EXPECT_LAYOUT(&w, "0-2 rws A@0 | 2-4 rws A@20 | 4-8 rws A@4");
	EXPECT_OK(remap(w.mm, 2, 4, 2));
	EXPECT_LAYOUT(&w, "0-8 rws A@0");
	/* Over several VMAs, if they are of one kind. */
	EXPECT_OK(remap(w.mm, 2, 4, 20));
	EXPECT_OK(remap(w.mm, 0, 8, 40));
	EXPECT_LAYOUT(&w, "0-8 rws A@40");
	EXPECT_OK(protect(w.mm, 4, 8, RO));
	EXPECT_ERR(remap(w.mm, 2, 6, 0), EINVAL);
	EXPECT_ERR(remap(w.mm, 6, 9, 0), EINVAL);
	EXPECT_ERR(remap(w.mm, 50, 51, 0), EINVAL);
	EXPECT_OK(map(w.mm, 10, 12, RW));
	EXPECT_ERR(remap(w.mm, 10, 12, 0), EINVAL);
	EXPECT_ERR(mm_remap_file_pages(w.mm, page_addr(0), PG, PROT_READ, 0), EINVAL);
	EXPECT_ERR(mm_remap_file_pages(w.mm, page_addr(0), PG - 1, 0, 0), EINVAL);
	EXPECT_ERR(mm_remap_file_pages(w.mm, page_addr(0), (uint64_t)0 - PG, 0, 0), EINVAL);
	EXPECT_ERR(remap(w.mm, 0, 2, UINT64_MAX), EINVAL);
	/* Address and length are rounded down. */
	EXPECT_OK(mm_remap_file_pages(w.mm, page_addr(1) + 5, 2 * PG - 1, 0, 7));
	EXPECT_LAYOUT(&w, "0-1 rws A@40 | 1-2 rws A@7 | 2-4 rws A@42 | 4-8 rs A@44 | 10-12 rw");
	file_put(file);
	world_close(&w);
}

/* Shared memory of no file; it stays locked. */
static void remap_file_pages_of_anonymous_object(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map_file(w.mm, 0, 4, RW, SHARED_ANON, NULL, 0));
	EXPECT_OK(lock(w.mm, 0, 4));
	EXPECT_OK(remap(w.mm, 0, 1, 3));
	EXPECT_LAYOUT(&w, "0-1 rws+lo | 1-4 rws+lo");
	assert_int_equal(vma_at(w.mm, 0)->vm_pgoff, 3);
	EXPECT_OK(remap(w.mm, 0, 4, 2));
	EXPECT_LAYOUT(&w, "0-4 rws+lo");
	assert_int_equal(w.mm->locked_vm, 4);
	world_close(&w);
}

/* ------------------------------------------------------------------ samepage merging */

/* D17	does a new area merge with one that has the flag already? */
static void ksm_flag_before_or_after_merge(void **state)
{
	(void)state;
	for (int profile = 0; profile < VM_PROFILES; profile++) {
		bool late = profile == VM_PROFILE_6_12;
		struct world w;

		world_open(&w, (enum vm_profile)profile);
		EXPECT_OK(map(w.mm, 20, 24, RW));
		EXPECT_OK(map_file(w.mm, 40, 44, RW, SHARED_ANON, NULL, 0));
		mm_ksm(w.mm, true);
		EXPECT_LAYOUT(&w, "20-24 rw+mg | 40-44 rws");
		EXPECT_OK(map(w.mm, 24, 28, RW));
		assert_int_equal(mm_brk(w.mm, page_addr(4)), page_addr(4));
		assert_int_equal(mm_brk(w.mm, page_addr(6)), page_addr(6));
		EXPECT_LAYOUT(&w,
			      late ? "0-4 rw+mg | 4-6 rw+mg | 20-24 rw+mg | 24-28 rw+mg | 40-44 rws"
				   : "0-6 rw+mg | 20-28 rw+mg | 40-44 rws");
		/* Off: from everybody, and nobody merges for it. */
		EXPECT_OK(advise(w.mm, 22, 24, MADV_UNMERGEABLE));
		mm_ksm(w.mm, true);
		mm_ksm(w.mm, false);
		EXPECT_OK(advise(w.mm, 20, 21, MADV_MERGEABLE));
		mm_ksm(w.mm, false);
		EXPECT_LAYOUT(&w, late ? "0-4 rw | 4-6 rw | 20-21 rw+mg | 21-22 rw | 22-24 rw | "
					 "24-28 rw | 40-44 rws"
				       : "0-6 rw | 20-21 rw+mg | 21-22 rw | 22-24 rw | 24-28 rw | "
					 "40-44 rws");
		world_close(&w);
	}
}

/* A driver of the older kind may change flags, so its areas get the flag last. */
static void ksm_flag_after_legacy_hook(void **state)
{
	struct test_driver driver = { .name = "L" };
	struct mm *child;
	struct world w;
	struct file *file;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	file = world_file(&w, &driver, &driver_legacy_fops);
	mm_ksm(w.mm, true);
	EXPECT_OK(map_file(w.mm, 0, 4, RW, MAP_PRIVATE, file, 0));
	EXPECT_OK(map_file(w.mm, 4, 8, RW, MAP_PRIVATE, file, 4));
	EXPECT_LAYOUT(&w, "0-4 rw+mg L@0 | 4-8 rw+mg L@4");
	EXPECT_OK(mm_fork(w.mm, &w, &child));
	EXPECT_OK(map(child, 20, 24, RW));
	EXPECT_LAYOUT_OF(&w, child, "0-4 rw+mg L@0 | 4-8 rw+mg L@4 | 20-24 rw+mg");
	mm_exit(child);
	file_put(file);
	world_close(&w);
}

/* ------------------------------------------------------------------ soft-dirty */

static void clear_softdirty_merges_nobody(void **state)
{
	struct vm_config config = world_config(VM_PROFILE_7_3);
	struct world w;

	(void)state;
	config.soft_dirty = true;
	world_open_with(&w, &config);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(install_special(w.mm, 8, 9));
	EXPECT_OK(mm_exec_stack(w.mm, page_addr(40)));
	EXPECT_LAYOUT(&w, "0-4 rw+sd | 8-9 rx+sd+de | 17-41 rw+gd+sd F1");
	mm_clear_softdirty(w.mm);
	EXPECT_LAYOUT(&w, "0-4 rw | 8-9 rx+de | 17-41 rw+gd F1");
	EXPECT_OK(protect(w.mm, 2, 4, RO));
	assert_int_equal(mm_brk(w.mm, page_addr(1)), BASE);
	EXPECT_OK(map(w.mm, 4, 6, RO));
	EXPECT_LAYOUT(&w, "0-2 rw | 2-6 r+sd | 8-9 rx+de | 17-41 rw+gd F1");
	world_close(&w);
}

/* ------------------------------------------------------------------ memory runs out */

static void prepare_nothing(struct world *w)
{
	(void)w;
}

static void prepare_locking(struct world *w)
{
	EXPECT_OK(mm_mlockall(w->mm, MCL_FUTURE));
}

static void prepare_stack(struct world *w)
{
	EXPECT_OK(map_file(w->mm, 60, 66, RW, PRIVATE_ANON | MAP_GROWSDOWN, NULL, 0));
	EXPECT_OK(advise(w->mm, 61, 62, MADV_GUARD_INSTALL));
}

static void prepare_object(struct world *w)
{
	EXPECT_OK(map_file(w->mm, 0, 4, RW, SHARED_ANON, NULL, 0));
}

static int op_special(struct world *w)
{
	return install_special(w->mm, 8, 9);
}

static int op_exec_stack(struct world *w)
{
	return mm_exec_stack(w->mm, page_addr(40));
}

static int op_relocate(struct world *w)
{
	return relocate(w->mm, 60, 66, 3);
}

static int op_remap(struct world *w)
{
	return remap(w->mm, 1, 2, 3);
}

static const struct failing failings[] = {
	{ "special", VM_PROFILE_7_3, prepare_nothing, op_special, "8-9 rx+de", ENOMEM, { "" }, 2 },
	/* Without memory to grow there is a stack all the same. */
	{ "exec stack",
	  VM_PROFILE_7_3,
	  prepare_nothing,
	  op_exec_stack,
	  "8-41 rw+gd F1",
	  ENOMEM,
	  { "", "40-41 rw+gd F1" },
	  5 },
	{ "exec stack, locked",
	  VM_PROFILE_7_3,
	  prepare_locking,
	  op_exec_stack,
	  "8-41 rw+lo+gd F1",
	  ENOMEM,
	  { "", "40-41 rw+lo+gd F1" },
	  5 },
	{ "relocate down",
	  VM_PROFILE_7_3,
	  prepare_stack,
	  op_relocate,
	  "57-63 rw+gu+gd F1",
	  ENOMEM,
	  { "60-66 rw+gu+gd F1" },
	  2 },
	{ "remap_file_pages",
	  VM_PROFILE_7_3,
	  prepare_object,
	  op_remap,
	  "0-1 rws | 1-2 rws | 2-4 rws",
	  ENOMEM,
	  { "0-4 rws", "0-1 rws | 1-4 rws", "0-1 rws | 1-2 rws | 2-4 rws", "0-1 rws | 2-4 rws" },
	  7 },
};

static void special_failing_each_request(void **state)
{
	(void)state;
	FAILING_WALK(failings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(special_only_where_nothing_is),
		cmocka_unit_test(special_changes_as_a_whole_or_not),
		cmocka_unit_test(exec_stack_grows_ahead),
		cmocka_unit_test(exec_stack_keeps_to_limits),
		cmocka_unit_test(exec_stack_beside_equal_stays_apart),
		cmocka_unit_test(relocate_down_keeps_offset),
		cmocka_unit_test(remap_file_pages_there_and_back),
		cmocka_unit_test(remap_file_pages_of_anonymous_object),
		cmocka_unit_test(ksm_flag_before_or_after_merge),
		cmocka_unit_test(ksm_flag_after_legacy_hook),
		cmocka_unit_test(clear_softdirty_merges_nobody),
		cmocka_unit_test(special_failing_each_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
