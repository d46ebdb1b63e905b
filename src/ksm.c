/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Samepage merging for a whole process, as far as VMAs notice: which of them get VM_MERGEABLE,
 * and whether new ones have it before they look for a neighbour to merge with.
 */
#include "vma_internal.h"

bool ksm_compatible(vm_flags_t flags)
{
	return !(flags & (VM_SHARED | VM_MAYSHARE | VM_SPECIAL | VM_HUGETLB | VM_DROPPABLE));
}

vm_flags_t ksm_flags_of_new(const struct mm *mm, vm_flags_t flags)
{
	return mm->ksm && ksm_compatible(flags) ? flags | VM_MERGEABLE : flags;
}

vm_flags_t ksm_flags_before_merge(const struct mm *mm, vm_flags_t flags)
{
	return mm->machine->behaviour.ksm_before_merge ? ksm_flags_of_new(mm, flags) : flags;
}

/* Nobody merges for it, although flags may have become equal. */
void mm_ksm(struct mm *mm, bool on)
{
	struct vma_iterator vmi;
	struct vma *vma;

	if (mm->ksm == on)
		return;
	mm->ksm = on;
	for (vma = mm_first(mm, &vmi); vma; vma = mm_next(&vmi)) {
		if (!ksm_compatible(vma->vm_flags))
			continue;
		if (on)
			vma->vm_flags |= VM_MERGEABLE;
		else
			vma->vm_flags &= ~VM_MERGEABLE;
	}
}

/* The bit in VMAs that says pages may have been written to since; as clear_refs does. */
void mm_clear_softdirty(struct mm *mm)
{
	struct vma_iterator vmi;
	struct vma *vma;

	for (vma = mm_first(mm, &vmi); vma; vma = mm_next(&vmi))
		vma->vm_flags &= ~VM_SOFTDIRTY;
}
