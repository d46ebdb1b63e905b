/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fork(): the child's address space. Every VMA is copied as it is, none is merged, and no
 * limit of VMAs is looked at. A failure leaves a child with what it has so far, which exits.
 */
#include "vma_internal.h"

/* What the child's page tables cannot get back by faults has to be copied. */
static int copy_page_tables(struct vma *dst, const struct vma *src)
{
	if (!(dst->vm_flags & dst->vm_mm->machine->behaviour.copy_on_fork) && !src->anon_vma)
		return 0;
	return guard_copy(dst->vm_mm, src->vm_mm, src->vm_start, src->vm_end);
}

/* The child's copy, not attached yet. Charges its pages; undoes everything on failure. */
static int dup_mmap_vma(struct mm *child, const struct vma *src, struct vma **ret_vma)
{
	uint64_t charged = src->vm_flags & VM_ACCOUNT ? vma_pages(src) : 0;
	struct vma *vma;
	int err;

	err = charged ? vm_charge(child, charged) : 0;
	if (err)
		return err;
	err = -ENOMEM;
	vma = vma_dup(src, child);
	if (!vma)
		goto uncharge;
	err = vma_dup_policy(src, vma);
	if (err)
		goto free_vma;
	err = userfaultfd_fork_vma(vma, src);
	if (err)
		goto free_vma;
	if (!(vma->vm_flags & VM_WIPEONFORK)) {
		err = anon_vma_fork(vma, src);
		if (err)
			goto free_vma;
	} else {
		/* Unfaulted, with the offsets of what may have been moved since it was faulted. */
		vma->displaced |= src->anon_vma != NULL;
	}
	err = vma_tree_reserve(child, 1);
	if (err) {
		unlink_anon_vmas(vma);
		goto free_vma;
	}
	vma->vm_flags &= ~VM_LOCKED_MASK;
	*ret_vma = vma;
	return 0;

free_vma:
	vma->vm_file = NULL;
	vma_free(vma);
uncharge:
	vm_uncharge(child, charged);
	return err;
}

static int dup_mmap(struct mm *child, const struct mm *mm)
{
	struct vma_iterator vmi;
	struct vma *src, *vma;
	int err;

	for (src = mm_first(mm, &vmi); src; src = mm_next(&vmi)) {
		if (src->vm_flags & VM_DONTCOPY) {
			vm_stat_account(child, src->vm_flags, -(int64_t)vma_pages(src));
			continue;
		}
		err = dup_mmap_vma(child, src, &vma);
		if (err)
			return err;
		if (vma->vm_file)
			vma_get_file(vma->vm_file);
		vma_attach(vma);
		vma_open(vma);
		if (vma->vm_flags & VM_WIPEONFORK)
			continue;
		err = copy_page_tables(vma, src);
		if (err)
			return err;
	}
	return 0;
}

int mm_fork(struct mm *mm, void *owner, struct mm **ret_child)
{
	struct mm *child;
	int err;

	err = mm_new(mm->machine, owner, &child);
	if (err)
		return err;
	child->def_flags = mm->def_flags & ~VM_LOCKED_MASK;
	child->start_brk = mm->start_brk;
	child->brk = mm->brk;
	child->ksm = mm->ksm;
	child->guards_hidden = mm->guards_hidden;
	child->total_vm = mm->total_vm;
	child->data_vm = mm->data_vm;
	child->exec_vm = mm->exec_vm;
	child->stack_vm = mm->stack_vm;
	for (int i = 0; i < VM_RLIMITS; i++)
		child->rlimit[i] = mm->rlimit[i];

	err = dup_mmap(child, mm);
	if (err) {
		mm_exit(child);
		return err;
	}
	/* FRK-3 */
	VMA_ASSERT_MM(!(child->def_flags & VM_LOCKED_MASK), child);
	VMA_ASSERT_MM(child->locked_vm == 0, child);
	userfaultfd_fork_rest(child, mm);
	child->count_bound = child->vma_count;
	*ret_child = child;
	return 0;
}
