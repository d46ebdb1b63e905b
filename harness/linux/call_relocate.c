/* SPDX-License-Identifier: GPL-2.0-or-later */
/* relocate_down, chapter 9.14: a stack is extended down, its pages move, its end is cut off. */
#include "calls.h"
#include "pages.h"

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

static int relocate(struct vm_area_struct *vma, unsigned long shift)
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
	vma->displaced = true;
	if (!error)
		return 0;
	/* An exec would be over now. Here the process lives on: it goes back to where it was. */
	shim()->alloc_nth = 0;
	pages_move(mm, start - shift, start, end - start);
	vma_iter_set(&vmi, start - shift);
	vma_iter_load(&vmi);
	return vma_shrink(&vmi, vma, start, end, vma->vm_pgoff) ? -ENOMEM : error;
}

int call_relocate_down(struct mm_struct *mm, unsigned long addr, unsigned long len,
		       unsigned long pages)
{
	struct vm_area_struct *vma;
	int error = -EINVAL;

	mmap_write_lock(mm);
	vma = vma_lookup(mm, addr);
	if (vma && vma->vm_start == addr && vma->vm_end == addr + len && pages) {
		if (pages > (addr - mmap_min_addr) >> PAGE_SHIFT)
			error = -ENOMEM;
		else
			error = relocate(vma, pages << PAGE_SHIFT);
	}
	mmap_write_unlock(mm);
	return error;
}
