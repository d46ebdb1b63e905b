/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Accesses, chapters 9.12 and 10: which fail, which make a VMA faulted, and how a stack grows
 * down to one.
 */
#include "calls.h"
#include "pages.h"

int fault_range(struct vm_area_struct *vma, unsigned long start, unsigned long end, bool write)
{
	int error;

	if (write && !(vma->vm_flags & VM_SHARED)) {
		error = anon_vma_prepare(vma);
		if (error)
			return error;
	}
	/* Nobody is there to provide what is missing. */
	if (vma->vm_flags & (VM_UFFD_MISSING | VM_UFFD_MINOR))
		return -EFAULT;
	pages_set(vma->vm_mm, start, end);
	/* Whoever tracks what is dirty hears of the first write, too. */
	if (write && vma_needs_dirty_tracking(vma))
		WARN_ON(!vma_wants_writenotify(vma, vm_get_page_prot(vma->vm_flags)));
	return 0;
}

/* For writing where that makes private memory; locking on fault waits for the fault. */
int populate_piece(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	if (vma->vm_flags & VM_LOCKONFAULT)
		return 0;
	if (!vma_is_accessible(vma))
		return -EFAULT;
	return fault_range(vma, start, end, (vma->vm_flags & (VM_WRITE | VM_SHARED)) == VM_WRITE);
}

int populate(struct mm_struct *mm, unsigned long start, unsigned long end, bool ignore_errors)
{
	VMA_ITERATOR(vmi, mm, start);
	struct vm_area_struct *vma;
	int error;

	if (start >= end)
		return 0;
	for_each_vma_range(vmi, vma, end)
	{
		if (vma->vm_flags & (VM_IO | VM_PFNMAP))
			continue;
		error = populate_piece(vma, max(start, vma->vm_start), min(end, vma->vm_end));
		if (error && !ignore_errors)
			return error;
	}
	return 0;
}

/* ---- stacks */

static int pay_for_growth(struct vm_area_struct *vma, unsigned long size, unsigned long grow)
{
	struct mm_struct *mm = vma->vm_mm;

	if (!may_expand_vm(mm, vma->vm_flags, grow) || size > mm->rlimit[RLIMIT_STACK_PAGES] ||
	    !mlock_future_ok(mm, vma->vm_flags, grow) || shim_charge(mm, grow))
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

/* ---- accesses */

static int touch_page(struct mm_struct *mm, unsigned long addr, bool write)
{
	struct vm_area_struct *vma = find_vma(mm, addr);

	if (!vma)
		return -EFAULT;
	if (vma->vm_start > addr && (!(vma->vm_flags & VM_GROWSDOWN) || grow_stack(vma, addr)))
		return -EFAULT;
	if (!(vma->vm_flags & (write ? VM_WRITE : VM_ACCESS_FLAGS)))
		return -EFAULT;
	return fault_range(vma, addr, addr + PAGE_SIZE, write) ? -EFAULT : 0;
}

/* Page by page; where the range wraps nothing is mapped before it does. */
int call_touch(struct mm_struct *mm, unsigned long addr, unsigned long len, bool write)
{
	unsigned long end = len > ULONG_MAX - addr ? ULONG_MAX : addr + len;
	int error = 0;

	mmap_write_lock(mm);
	if (len)
		for (addr &= PAGE_MASK; addr < end && !error; addr += PAGE_SIZE)
			error = touch_page(mm, addr, write);
	mmap_write_unlock(mm);
	return error;
}
