/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What several walkers share: limits, classes of memory, walks over the VMAs of a range. */
#include "calls.h"

bool may_expand(const struct mm_struct *mm, vm_flags_t flags, unsigned long pages)
{
	uint64_t data = mm->rlimit[RLIMIT_DATA_PAGES];

	if (mm->total_vm + pages > mm->rlimit[RLIMIT_AS_PAGES])
		return false;
	/* A soft limit of 0 is tolerated under a hard limit that fits. */
	return !is_data_mapping(flags) || data == 0 || mm->data_vm + pages <= data;
}

bool can_do_mlock(const struct mm_struct *mm)
{
	return shim()->config.ipc_lock || mm->rlimit[RLIMIT_MEMLOCK_PAGES] != 0;
}

bool may_lock(const struct mm_struct *mm, vm_flags_t flags, unsigned long pages)
{
	if (!(flags & VM_LOCKED) || shim()->config.ipc_lock)
		return true;
	return mm->locked_vm + pages <= mm->rlimit[RLIMIT_MEMLOCK_PAGES];
}

bool vma_supports_mlock(const struct vm_area_struct *vma)
{
	return !(vma->vm_flags & (VM_SPECIAL | VM_DROPPABLE | VM_HUGETLB));
}

void stat_account(struct mm_struct *mm, vm_flags_t flags, long pages)
{
	mm->total_vm += (unsigned long)pages;
	if (is_exec_mapping(flags))
		mm->exec_vm += (unsigned long)pages;
	else if (is_stack_mapping(flags))
		mm->stack_vm += (unsigned long)pages;
	else if (is_data_mapping(flags))
		mm->data_vm += (unsigned long)pages;
}

vm_flags_t prot_flags(unsigned int prot)
{
	return (prot & PROT_READ ? VM_READ : 0) | (prot & PROT_WRITE ? VM_WRITE : 0) |
	       (prot & PROT_EXEC ? VM_EXEC : 0);
}

/* Who wants to hear of the first write to a page has it mapped as if it were private. */
void vma_set_page_prot(struct vm_area_struct *vma)
{
	vma->vm_page_prot = vm_get_page_prot(vma->vm_flags);
	if (vma_wants_writenotify(vma, vma->vm_page_prot))
		vma->vm_page_prot = vm_get_page_prot(vma->vm_flags & ~VM_SHARED);
}

void set_flags(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma_start_write(vma);
	vma->vm_flags = flags;
	vma_set_page_prot(vma);
}

int unmap(struct mm_struct *mm, unsigned long addr, unsigned long len)
{
	LIST_HEAD(contexts);
	VMA_ITERATOR(vmi, mm, addr);

	return do_vmi_munmap(&vmi, mm, addr, len, &contexts, /* unlock= */ false);
}

/* ---- walks */

/*
 * The iterator should stand at the piece that was done, as kernel callers take its end for the
 * start of the next one. 6.12 leaves it a VMA below where a close hook forbids a merge: callers
 * then visit the piece twice, and a driver's mprotect hook is called twice.
 */
static void go_on_from(struct vma_iterator *vmi, unsigned long addr)
{
	if (vma_iter_end(vmi) == addr)
		return;
	WARN_ON(shim()->config.strict);
	vma_iter_set(vmi, addr);
}

int walk_pieces(struct mm_struct *mm, unsigned long start, unsigned long end, enum gaps gaps,
		visit_piece *visit, const void *argument)
{
	VMA_ITERATOR(vmi, mm, start);
	struct vm_area_struct *vma = vma_find(&vmi, end), *prev;
	int error;

	if (!vma)
		return gaps == GAPS_END_IT && start < end ? -ENOMEM : 0;
	prev = vma_prev(&vmi);
	if (start > vma->vm_start)
		prev = vma;
	for_each_vma_range(vmi, vma, end)
	{
		if (vma->vm_start > start) {
			if (gaps == GAPS_END_IT)
				return -ENOMEM;
			start = vma->vm_start;
		}
		error = visit(&vmi, vma, &prev, start, min(vma->vm_end, end), argument);
		if (error)
			return error;
		start = prev->vm_end;
		go_on_from(&vmi, start);
	}
	return gaps == GAPS_END_IT && start < end ? -ENOMEM : 0;
}

int walk_advised(struct mm_struct *mm, unsigned long start, unsigned long end, visit_piece *visit,
		 const void *argument)
{
	struct vm_area_struct *vma, *prev;
	int gap = 0, error;

	vma = find_vma_prev(mm, start, &prev);
	if (vma && start > vma->vm_start)
		prev = vma;
	for (; start < end; vma = find_vma(mm, start)) {
		if (!vma)
			return -ENOMEM;
		if (start < vma->vm_start) {
			gap = -ENOMEM;
			start = vma->vm_start;
			if (start >= end)
				break;
		}
		VMA_ITERATOR(vmi, mm, start);

		error = visit(&vmi, vma, &prev, start, min(vma->vm_end, end), argument);
		if (error)
			return error;
		start = prev->vm_end;
	}
	return gap;
}
