/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Heaps, stacks, special mappings and relocation (chapters 9.8, 9.12, 9.14, 9.15), for trees whose
 * mm/vma.c leaves their inner halves to others.
 */
#include "calls.h"
#include "pages.h"

#ifndef TREE_HAS_MMAP_REGION

/* An anonymous VMA that did not merge. */
static struct vm_area_struct *fresh_heap(struct mm_struct *mm, struct vma_iterator *vmi,
					 unsigned long start, unsigned long end, vm_flags_t flags)
{
	struct vm_area_struct *vma = vm_area_alloc(mm);

	if (!vma)
		return NULL;
	vma_set_anonymous(vma);
	vma_set_range(vma, start, end, start >> PAGE_SHIFT);
	vma_start_write(vma);
	set_flags(vma, flags);
	if (vma_iter_store_gfp(vmi, vma, GFP_KERNEL)) {
		vm_area_free(vma);
		return NULL;
	}
	mm->map_count++;
	set_flags(vma, ksm_flags(mm, flags));
	return vma;
}

int add_heap(struct vma_iterator *vmi, struct vm_area_struct *prev, unsigned long start,
	     unsigned long end, vm_flags_t more)
{
	struct mm_struct *mm = current->mm;
	vm_flags_t flags = VM_READ | VM_WRITE | VM_MAY_FLAGS | VM_ACCOUNT | mm->def_flags | more;
	unsigned long pages = (end - start) >> PAGE_SHIFT;
	struct vma_merge_struct vmg = {
		.mm = mm,
		.vmi = vmi,
		.prev = prev,
		.start = start,
		.end = end,
		.flags = flags,
		.pgoff = start >> PAGE_SHIFT,
		.state = VMA_MERGE_START,
		.merge_flags = VMG_FLAG_JUST_EXPAND,
	};
	struct vm_area_struct *vma = NULL;

	if (!may_expand(mm, flags, pages) || mm->map_count > sysctl_max_map_count ||
	    shim_charge(mm, pages))
		return -ENOMEM;
	if (prev && prev->vm_end == start)
		vma = vma_merge_new_range(&vmg);
	if (!vma && !vmg_nomem(&vmg)) {
		if (prev)
			vma_iter_next_range(vmi);
		vma = fresh_heap(mm, vmi, start, end, flags);
	}
	if (!vma) {
		shim_uncharge(mm, pages);
		return -ENOMEM;
	}
	mm->total_vm += pages;
	mm->data_vm += pages;
	if (flags & VM_LOCKED)
		mm->locked_vm += pages;
	set_flags(vma, vma->vm_flags | VM_SOFTDIRTY);
	return 0;
}

/* ---- stacks */

static int pay_for_growth(struct vm_area_struct *vma, unsigned long size, unsigned long grow)
{
	struct mm_struct *mm = vma->vm_mm;

	if (!may_expand(mm, vma->vm_flags, grow) || size > mm->rlimit[RLIMIT_STACK_PAGES] ||
	    !may_lock(mm, vma->vm_flags, grow) || shim_charge(mm, grow))
		return -ENOMEM;
	/* The kernel charges any stack, and returns it to those that are accounted (F13). */
	if (!(vma->vm_flags & VM_ACCOUNT))
		mm->leaked += grow;
	return 0;
}

static bool keeps_gap(const struct vm_area_struct *prev, unsigned long addr)
{
	return !prev || prev->vm_flags & VM_GROWSDOWN || !vma_is_accessible(prev) ||
	       addr - prev->vm_end >= stack_guard_gap;
}

static int set_start(struct vm_area_struct *vma, struct vma_iterator *vmi, unsigned long addr)
{
	unsigned long grow = (vma->vm_start - addr) >> PAGE_SHIFT;
	struct mm_struct *mm = vma->vm_mm;

	if (grow > vma->vm_pgoff || pay_for_growth(vma, (vma->vm_end - addr) >> PAGE_SHIFT, grow))
		return -ENOMEM;
	if (vma->vm_flags & VM_LOCKED)
		mm->locked_vm += grow;
	stat_account(mm, vma->vm_flags, (long)grow);
	anon_vma_interval_tree_pre_update_vma(vma);
	vma->vm_start = addr;
	vma->vm_pgoff -= grow;
	vma_iter_store(vmi, vma);
	anon_vma_interval_tree_post_update_vma(vma);
	return 0;
}

int grow_stack(struct vm_area_struct *vma, unsigned long addr)
{
	VMA_ITERATOR(vmi, vma->vm_mm, vma->vm_start);
	struct vm_area_struct *prev = vma_prev(&vmi);
	int error;

	addr &= PAGE_MASK;
	if (addr < mmap_min_addr)
		return -EPERM;
	if (!keeps_gap(prev, addr))
		return -ENOMEM;
	if (prev)
		vma_iter_next_range_limit(&vmi, vma->vm_start);
	vma_iter_config(&vmi, addr, vma->vm_end);
	if (vma_iter_prealloc(&vmi, vma))
		return -ENOMEM;
	if (anon_vma_prepare(vma)) {
		vma_iter_free(&vmi);
		return -ENOMEM;
	}
	vma_start_write(vma);
	anon_vma_lock_write(vma->anon_vma);
	error = set_start(vma, &vmi, addr);
	anon_vma_unlock_write(vma->anon_vma);
	vma_iter_free(&vmi);
	return error;
}

/* ---- special mappings, and the first page of a stack */

/* In the tree, and counted in its class. On failure there is none. */
static struct vm_area_struct *install(struct mm_struct *mm, unsigned long addr, unsigned long len,
				      vm_flags_t flags, const struct vm_operations_struct *ops)
{
	struct vm_area_struct *vma;

	vma = vm_area_alloc(mm);
	if (!vma)
		return NULL;
	vma_set_range(vma, addr, addr + len, ops ? 0 : addr >> PAGE_SHIFT);
	vma->vm_ops = ops;
	set_flags(vma, flags | VM_SOFTDIRTY);
	if (vma_link(mm, vma)) {
		vm_area_free(vma);
		return NULL;
	}
	stat_account(mm, vma->vm_flags, (long)(len >> PAGE_SHIFT));
	return vma;
}

int install_special(struct mm_struct *mm, unsigned long addr, unsigned long len, vm_flags_t flags,
		    const struct vm_operations_struct *ops)
{
	flags |= VM_DONTEXPAND | (mm->def_flags & ~VM_LOCKED_MASK);
	return install(mm, addr, len, flags, ops) ? 0 : -ENOMEM;
}

struct vm_area_struct *install_stack(struct mm_struct *mm, unsigned long addr, vm_flags_t flags)
{
	struct vm_area_struct *vma;

	if (shim_charge(mm, 1))
		return NULL;
	vma = install(mm, addr, PAGE_SIZE, flags, NULL);
	if (!vma)
		shim_uncharge(mm, 1);
	return vma;
}

/* ---- relocation */

static int extend(struct vm_area_struct *vma, struct vma_iterator *vmi, unsigned long start)
{
	struct vma_merge_struct vmg = {
		.mm = vma->vm_mm,
		.vmi = vmi,
		.vma = vma,
		.start = start,
		.end = vma->vm_end,
		.pgoff = vma->vm_pgoff,
		.state = VMA_MERGE_START,
		.merge_flags = VMG_FLAG_DEFAULT,
	};

	vma_iter_prev_range(vmi);
	return vma_expand(&vmg);
}

int relocate(struct vm_area_struct *vma, unsigned long shift)
{
	unsigned long start = vma->vm_start, end = vma->vm_end;
	struct mm_struct *mm = vma->vm_mm;
	VMA_ITERATOR(vmi, mm, start - shift);
	int error;

	if (vma_next(&vmi) != vma)
		return -EFAULT;
	if (extend(vma, &vmi, start - shift))
		return -ENOMEM;
	pages_move(mm, start, start - shift, end - start);
	vma_next(&vmi);
	vma_prev(&vmi);
	vma_iter_set(&vmi, start - shift);
	vma_iter_load(&vmi);
	error = vma_shrink(&vmi, vma, start - shift, end - shift, vma->vm_pgoff);
	if (!error)
		return 0;
	/* An exec would be over now. Here the process lives on: it goes back to where it was. */
	shim()->alloc_nth = 0;
	pages_move(mm, start - shift, start, end - start);
	vma_iter_set(&vmi, start - shift);
	vma_iter_load(&vmi);
	return vma_shrink(&vmi, vma, start, end, vma->vm_pgoff) ? -ENOMEM : error;
}

#endif
