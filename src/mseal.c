/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mseal(): what is sealed can no more be unmapped, moved or re-protected. Setting the flag is a
 * change as any other; what it forbids is asked where it would happen.
 */
#include "vma_internal.h"

static bool range_has_gap(const struct mm *mm, vm_addr_t start, vm_addr_t end)
{
	while (start < end) {
		const struct vma *vma = mm_find(mm, start);

		if (!vma)
			return true;
		start = vma->vm_end;
	}
	return false;
}

int mm_mseal(struct mm *mm, vm_addr_t addr, uint64_t len, uint32_t flags)
{
	vm_addr_t end = addr + page_up(len);
	struct vma *vma, *prev;
	vm_flags_t newflags;
	int err;

	if (flags || !page_aligned(addr) || (len && !page_up(len)) || end < addr)
		return -EINVAL;
	if (end == addr)
		return 0;
	if (range_has_gap(mm, addr, end))
		return -ENOMEM;

	vma = mm_find(mm, addr);
	prev = addr > vma->vm_start ? vma : vma_prev(vma);
	for (; addr < end; vma = vma_find(mm, addr)) {
		if (!vma_is_sealed(vma)) {
			newflags = vma->vm_flags | VM_SEALED;
			err = vma_modify_flags(prev, vma, addr, lower_of(vma->vm_end, end),
					       &newflags, &vma);
			if (err)
				return err;
			vma->vm_flags |= VM_SEALED;
		}
		prev = vma;
		addr = vma->vm_end;
	}
	return 0;
}
