/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Accesses, chapters 9.12 and 10: which fail, which make a VMA faulted, and how a stack grows
 * down to one.
 */
#include "calls.h"
#include "pages.h"

/* Up to the first guard marker, which no access gets past. */
int fault_range(struct vm_area_struct *vma, unsigned long start, unsigned long end, bool write)
{
	unsigned long stop = start;
	int error;

	while (stop < end && !pages_guarded(vma->vm_mm, stop, stop + PAGE_SIZE))
		stop += PAGE_SIZE;
	if (start < end && stop == start)
		return -EFAULT;
	if (write && !(vma->vm_flags & VM_SHARED)) {
		error = anon_vma_prepare(vma);
		if (error)
			return error;
	}
	/* Nobody is there to provide what is missing. */
	if (vma->vm_flags & (VM_UFFD_MISSING | VM_UFFD_MINOR))
		return -EFAULT;
	pages_set(vma->vm_mm, start, stop);
	/* Whoever tracks what is dirty hears of the first write, too. */
	if (write && vma_needs_dirty_tracking(vma))
		WARN_ON(!vma_wants_writenotify(vma, vm_get_page_prot(vma->vm_flags)));
	return stop < end ? -EFAULT : 0;
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
