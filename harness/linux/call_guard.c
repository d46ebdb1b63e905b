/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guard markers, chapter 9.4: pages that answer every access with a fault, as 6.13 and later. */
#include "calls.h"
#include "pages.h"

/* What it announces is there from now on, also if a later step fails. Nothing splits or merges. */
static int install(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	if (vma->vm_flags & (VM_SPECIAL | VM_HUGETLB | VM_LOCKED))
		return -EINVAL;
	vma->vm_flags |= VM_MAYBE_GUARD;
	if (vma_is_anonymous(vma) && anon_vma_prepare(vma))
		return -ENOMEM;
	pages_clear(vma->vm_mm, start, end);
	pages_guard(vma->vm_mm, start, end, true);
	return 0;
}

static int guard(struct vma_iterator *vmi, struct vm_area_struct *vma, struct vm_area_struct **prev,
		 unsigned long start, unsigned long end, const void *argument)
{
	const bool *installs = argument;

	(void)vmi;
	*prev = vma;
	if (*installs)
		return is_protected(vma) ? -EPERM : install(vma, start, end);
	if (vma->vm_flags & (VM_SPECIAL | VM_HUGETLB))
		return -EINVAL;
	pages_guard(vma->vm_mm, start, end, false);
	return 0;
}

int call_guard(struct mm_struct *mm, unsigned long addr, unsigned long len, bool installs)
{
	unsigned long end = addr + PAGE_ALIGN(len);
	int error;

	if (!shim()->config.as_7_3)
		return -EINVAL; /* no advice of such a kernel */
	if (!is_advisable(addr, len))
		return -EINVAL;
	if (end == addr)
		return 0;
	mmap_write_lock(mm);
	error = walk_advised(mm, addr, end, guard, &installs);
	mmap_write_unlock(mm);
	return error;
}
