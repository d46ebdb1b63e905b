/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fork: what the child inherits, what it does not, and what merges in it afterwards.
 */
#include "test_world.h"

/* What is inherited, what is dropped, what is emptied. */
static void fork_each_kind_of_vma(void **state)
{
	struct world w;
	struct mm *child;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 2, RW));
	EXPECT_OK(map(w.mm, 4, 6, RW));
	EXPECT_OK(advise(w.mm, 4, 6, MADV_DONTFORK));
	EXPECT_OK(map(w.mm, 8, 10, RW));
	EXPECT_OK(touch(w.mm, 8));
	EXPECT_OK(advise(w.mm, 8, 10, MADV_WIPEONFORK));
	EXPECT_OK(map(w.mm, 12, 14, RW));
	EXPECT_OK(lock(w.mm, 12, 14));
	EXPECT_OK(map_file(w.mm, 16, 18, RW, SHARED_ANON, NULL, 0));
	EXPECT_OK(seal(w.mm, 16, 18));
	EXPECT_OK(mm_fork(w.mm, &w, &child));
	EXPECT_LAYOUT(&w, "0-2 rw | 4-6 rw+dc | 8-10 rw+wf F1 | 12-14 rw+lo F2 | 16-18 rws+sl");
	EXPECT_LAYOUT_OF(&w, child, "0-2 rw | 8-10 rw+wf | 12-14 rw F1f | 16-18 rws+sl");
	assert_int_equal(child->total_vm, 8);
	assert_int_equal(child->data_vm, 6);
	assert_int_equal(child->locked_vm, 0);
	assert_int_equal(child->committed, 6);
	assert_int_equal(vm_committed(w.machine), 14);
	mm_exit(child);
	assert_int_equal(vm_committed(w.machine), 8);
	world_close(&w);
}

/* Rows of section 11.3 that the examples do not show. */
static void fork_child_merges_its_own_alone(void **state)
{
	struct world w;
	struct mm *child;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 8, RW));
	EXPECT_OK(touch(w.mm, 0));
	EXPECT_OK(map(w.mm, 12, 16, RW));
	EXPECT_OK(map(w.mm, 16, 20, RO));
	EXPECT_OK(mm_fork(w.mm, &w, &child));

	/* Pieces of one inherited VMA share its anon_vma. */
	EXPECT_OK(protect(child, 2, 4, RO));
	EXPECT_OK(protect(child, 2, 4, RW));
	EXPECT_LAYOUT_OF(&w, child, "0-8 rw F1f | 12-16 rw | 16-20 r");
	/* Neither an unfaulted piece into an inherited neighbour, nor the other way round. */
	EXPECT_OK(map(child, 8, 12, RO));
	EXPECT_OK(protect(child, 8, 12, RW));
	EXPECT_LAYOUT_OF(&w, child, "0-8 rw F1f | 8-16 rw | 16-20 r");
	EXPECT_OK(protect(child, 6, 8, RO));
	EXPECT_OK(protect(child, 6, 8, RW));
	EXPECT_LAYOUT_OF(&w, child, "0-8 rw F1f | 8-16 rw | 16-20 r");
	/* What is faulted after the fork does not share with what was inherited. */
	EXPECT_OK(touch(child, 8));
	EXPECT_LAYOUT_OF(&w, child, "0-8 rw F1f | 8-16 rw F2 | 16-20 r");
	mm_exit(child);
	world_close(&w);
}

/* A wiped VMA is unfaulted in the child and merges with its equal. */
static void fork_child_wiped_merges_with_equal(void **state)
{
	struct world w;
	struct mm *child;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(touch(w.mm, 0));
	EXPECT_OK(advise(w.mm, 0, 4, MADV_WIPEONFORK));
	EXPECT_OK(advise(w.mm, 1, 2, MADV_GUARD_INSTALL));
	EXPECT_OK(mm_fork(w.mm, &w, &child));
	EXPECT_LAYOUT_OF(&w, child, "0-4 rw+gu+wf");
	EXPECT_OK(touch(child, 1));
	EXPECT_OK(map(child, 4, 8, RW));
	EXPECT_OK(advise(child, 4, 8, MADV_WIPEONFORK));
	EXPECT_LAYOUT_OF(&w, child, "0-8 rw+gu+wf F1");
	mm_exit(child);
	world_close(&w);
}

/* Guard markers come along, even where a fault could not tell. */
static void fork_guarded_copies_markers(void **state)
{
	struct test_driver driver = { .name = "A" };
	struct world w;
	struct file *file;
	struct mm *child;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	file = world_file(&w, &driver, &driver_legacy_fops);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(map_file(w.mm, 8, 12, RW, MAP_SHARED, file, 0));
	EXPECT_OK(advise(w.mm, 1, 2, MADV_GUARD_INSTALL));
	EXPECT_OK(advise(w.mm, 9, 10, MADV_GUARD_INSTALL));
	EXPECT_OK(mm_fork(w.mm, &w, &child));
	EXPECT_LAYOUT_OF(&w, child, "0-4 rw+gu F1f | 8-12 rws+gu A@0");
	EXPECT_ERR(touch(child, 1), EFAULT);
	EXPECT_ERR(touch(child, 9), EFAULT);
	EXPECT_OK(advise(child, 9, 10, MADV_GUARD_REMOVE));
	EXPECT_OK(touch(child, 9));
	EXPECT_ERR(touch(w.mm, 9), EFAULT);
	mm_exit(child);
	file_put(file);
	world_close(&w);
}

/* The middle of three generations is gone: its anon_vma is used again, the chain stays short. */
static void fork_after_parent_died_reuses_its_anon_vma(void **state)
{
	struct world w;
	struct mm *child, *grandchild, *last;
	uint64_t middle;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(touch(w.mm, 0));
	EXPECT_OK(mm_fork(w.mm, &w, &child));
	middle = vma_anon_id(vma_at(child, 0));
	EXPECT_OK(mm_fork(child, &w, &grandchild));
	assert_int_equal(vma_chain_length(vma_at(grandchild, 0)), 3);
	mm_exit(child);
	world_check(&w);
	EXPECT_OK(mm_fork(grandchild, &w, &last));
	assert_int_equal(vma_anon_id(vma_at(last, 0)), middle);
	assert_int_equal(vma_chain_length(vma_at(last, 0)), 3);
	world_check(&w);
	/* In every order of exits. */
	mm_exit(grandchild);
	world_check(&w);
	mm_exit(last);
	world_close(&w);
}

/* The parent may die first: its anon_vma lives on in the child's chain. */
static void fork_parent_exits_first_leaves_child_whole(void **state)
{
	struct world w;
	struct mm *child;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 8, RW));
	EXPECT_OK(touch(w.mm, 0));
	EXPECT_OK(protect(w.mm, 2, 4, RO));
	EXPECT_OK(mm_fork(w.mm, &w, &child));
	mm_exit(w.mm);
	w.mm = child;
	EXPECT_LAYOUT(&w, "0-2 rw F1f | 2-4 r+ac F2f | 4-8 rw F3f");
	EXPECT_OK(unmap(w.mm, 1, 5));
	EXPECT_LAYOUT(&w, "0-1 rw F1f | 5-8 rw F2f");
	world_close(&w);
}

/* Overcommit counts all address spaces: no room for the child's copy. */
static void fork_without_commit_fails_unchanged(void **state)
{
	struct vm_config config = world_config(VM_PROFILE_7_3);
	struct world w;
	struct mm *child;

	(void)state;
	config.overcommit = VM_OVERCOMMIT_NEVER;
	config.commit_limit = 10;
	world_open_with(&w, &config);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(map(w.mm, 8, 10, RW));
	EXPECT_ERR(mm_fork(w.mm, &w, &child), ENOMEM);
	assert_int_equal(vm_committed(w.machine), 6);
	EXPECT_OK(unmap(w.mm, 8, 9));
	EXPECT_OK(mm_fork(w.mm, &w, &child));
	assert_int_equal(vm_committed(w.machine), 10);
	EXPECT_ERR(map(w.mm, 20, 21, RW), ENOMEM);
	EXPECT_OK(map(w.mm, 20, 21, RO));
	EXPECT_ERR(protect(w.mm, 20, 21, RW), ENOMEM);
	/* Where charges are exact, MAP_NORESERVE is not heard. */
	EXPECT_ERR(map_file(w.mm, 24, 25, RW, PRIVATE_ANON | MAP_NORESERVE, NULL, 0), ENOMEM);
	EXPECT_LAYOUT(&w, "0-4 rw | 9-10 rw | 20-21 r");
	mm_exit(child);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fork_each_kind_of_vma),
		cmocka_unit_test(fork_child_merges_its_own_alone),
		cmocka_unit_test(fork_child_wiped_merges_with_equal),
		cmocka_unit_test(fork_guarded_copies_markers),
		cmocka_unit_test(fork_after_parent_died_reuses_its_anon_vma),
		cmocka_unit_test(fork_parent_exits_first_leaves_child_whole),
		cmocka_unit_test(fork_without_commit_fails_unchanged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
