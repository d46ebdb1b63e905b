/* SPDX-License-Identifier: GPL-2.0-or-later */
/* relocate_down, chapter 9.14: a stack is extended down, its pages move, its end is cut off. */
#include "calls.h"

#include "../subject.h"

int call_relocate_down(struct mm_struct *mm, unsigned long addr, unsigned long len,
		       unsigned long pages)
{
	struct vm_area_struct *vma;
	int error = -EINVAL;

	mmap_write_lock(mm);
	vma = vma_lookup(mm, addr);
	if (vma && vma->vm_start == addr && vma->vm_end == addr + len && pages) {
		/*
		 * No stack is shared. Where it would lie as anonymous memory is known nowhere else,
		 * and a merge takes it from either side.
		 */
		if (shim()->config.as_7_3 && vma->vm_flags & VM_MAYSHARE)
			error = SUBJECT_SKIP;
		else if (pages > (addr - mmap_min_addr) >> PAGE_SHIFT)
			error = -ENOMEM;
		else
			error = relocate(vma, pages << PAGE_SHIFT);
	}
	mmap_write_unlock(mm);
	return error;
}
