/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 8.3: where a mapping goes, searched for in the tree's own record of gaps. */
#include "calls.h"

unsigned long vm_start_gap(const struct vm_area_struct *vma)
{
	unsigned long gap = 0;

	if (vma->vm_flags & VM_GROWSDOWN)
		gap = stack_guard_gap;
	else if (vma->vm_flags & VM_SHADOW_STACK)
		gap = PAGE_SIZE;
	return gap < vma->vm_start ? vma->vm_start - gap : 0;
}

static bool hint_will_do(struct mm_struct *mm, unsigned long hint, unsigned long len)
{
	struct vm_area_struct *next;

	if (hint > TASK_SIZE - len || hint < mmap_min_addr)
		return false;
	next = find_vma(mm, hint);
	return !next || hint + len <= vm_start_gap(next);
}

static int search_down(struct mm_struct *mm, unsigned long len, unsigned long *ret_addr)
{
	unsigned long low = mmap_min_addr, high = TASK_SIZE, top;
	VMA_ITERATOR(vmi, mm, 0);
	struct vm_area_struct *next;

	while (low < high && high - low >= len) {
		if (vma_iter_area_highest(&vmi, low, high, len))
			break;
		top = vma_iter_end(&vmi);
		next = vma_next(&vmi);
		if (!next || vm_start_gap(next) >= top) {
			*ret_addr = top - len;
			return 0;
		}
		high = vm_start_gap(next);
		vma_iter_reset(&vmi);
	}
	return -ENOMEM;
}

static int search_up(struct mm_struct *mm, unsigned long len, unsigned long *ret_addr)
{
	unsigned long low = mmap_min_addr, high = TASK_SIZE, start;
	VMA_ITERATOR(vmi, mm, 0);
	struct vm_area_struct *next;

	while (low < high && high - low >= len) {
		if (vma_iter_area_lowest(&vmi, low, high, len))
			break;
		start = vma_iter_addr(&vmi);
		next = vma_next(&vmi);
		if (!next || vm_start_gap(next) >= start + len) {
			*ret_addr = start;
			return 0;
		}
		low = next->vm_end;
		vma_iter_reset(&vmi);
	}
	return -ENOMEM;
}

int find_place(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned int flags,
	       unsigned long *ret_addr)
{
	if (len > TASK_SIZE)
		return -ENOMEM;
	if (!(flags & MAP_FIXED)) {
		*ret_addr = addr;
		if (addr && hint_will_do(mm, addr, len))
			return 0;
		return search_down(mm, len, ret_addr) ? search_up(mm, len, ret_addr) : 0;
	}
	if (addr > TASK_SIZE - len)
		return -ENOMEM;
	if (offset_in_page(addr))
		return -EINVAL;
	*ret_addr = addr;
	return addr < mmap_min_addr ? -EPERM : 0;
}
