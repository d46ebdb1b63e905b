/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mprotect(): which access a piece may get, and when its pages start or stop being charged.
 * That is where most surprising boundaries come from.
 */
#include "uapi.h"
#include "vma_internal.h"

/*
 * Changes [start, end) of vma. *prev becomes the VMA that now covers it.
 *
 * A private mapping is charged when it first becomes writable. It stops being charged only if
 * it is anonymous and never was written to: then nothing has to be kept.
 */
static int mprotect_fixup(struct vma *vma, struct vma **prev, vm_addr_t start, vm_addr_t end,
			  vm_flags_t newflags)
{
	struct mm *mm = vma->vm_mm;
	vm_flags_t oldflags = vma->vm_flags;
	uint64_t pages = page_count(start, end), charged = 0;
	int err;

	if (vma_is_sealed(vma))
		return -EPERM;
	if (newflags == oldflags) {
		*prev = vma;
		return 0;
	}
	if (newflags & VM_WRITE) {
		if (!may_expand_vm(mm, newflags, pages) && may_expand_vm(mm, oldflags, pages))
			return -ENOMEM;
		if (!(oldflags & (VM_ACCOUNT | VM_WRITE | VM_HUGETLB | VM_SHARED | VM_NORESERVE))) {
			if (vm_charge(mm, pages))
				return -ENOMEM;
			charged = pages;
			newflags |= VM_ACCOUNT;
		}
	} else if (oldflags & VM_ACCOUNT && vma_is_anonymous(vma) && !vma->anon_vma) {
		newflags &= ~VM_ACCOUNT;
	}

	err = vma_modify_flags(*prev, vma, start, end, &newflags, &vma);
	if (err) {
		vm_uncharge(mm, charged);
		return err;
	}
	*prev = vma;
	vma->vm_flags = newflags;
	if (oldflags & VM_ACCOUNT && !(newflags & VM_ACCOUNT))
		vm_uncharge(mm, pages);
	/* Locked memory that becomes writable is copied now, to spare the first write a fault. */
	if ((oldflags & (VM_WRITE | VM_SHARED | VM_LOCKED)) == VM_LOCKED && newflags & VM_WRITE)
		populate_vma_range(vma, start, end);
	vm_stat_account(mm, oldflags, -(int64_t)pages);
	vm_stat_account(mm, newflags, (int64_t)pages);
	return 0;
}

static vm_flags_t access_flags(vm_flags_t flags, uint32_t prot)
{
	return (flags & ~VM_ACCESS_FLAGS) | (prot & PROT_READ ? VM_READ : 0) |
	       (prot & PROT_WRITE ? VM_WRITE : 0) | (prot & PROT_EXEC ? VM_EXEC : 0);
}

static int mprotect_piece(struct vma *vma, struct vma **prev, vm_addr_t start, vm_addr_t end,
			  uint32_t prot)
{
	vm_flags_t newflags = access_flags(vma->vm_flags, prot);
	int err;

	/* The MAY bits stand four above the bits they allow. */
	if (newflags & ~(newflags >> 4) & VM_ACCESS_FLAGS)
		return -EACCES;
	if (vma->vm_ops && vma->vm_ops->mprotect) {
		err = vma->vm_ops->mprotect(vma, start, end, newflags);
		if (err)
			return err;
	}
	return mprotect_fixup(vma, prev, start, end, newflags);
}

/*
 *	0123456789ab
 *	AAAABBBB..CC
 *	  ********		pieces 2..4 and 4..8; then a gap: -ENOMEM, both stay changed
 *
 * A piece that merged with its right neighbour takes the walk to the end of the merged VMA.
 */
static int mprotect_walk(struct vma *vma, vm_addr_t start, vm_addr_t end, uint32_t prot)
{
	struct mm *mm = vma->vm_mm;
	struct vma *prev = start > vma->vm_start ? vma : vma_prev(vma);
	vm_addr_t next = start;
	int err;

	while (next < end) {
		if (!vma || vma->vm_start > next)
			return -ENOMEM;
		err = mprotect_piece(vma, &prev, next, lower_of(vma->vm_end, end), prot);
		if (err)
			return err;
		next = prev->vm_end;
		vma = next < end ? vma_find(mm, next) : NULL;
	}
	return 0;
}

int mm_mprotect(struct mm *mm, vm_addr_t addr, uint64_t len, uint32_t prot)
{
	uint32_t grows = prot & (PROT_GROWSDOWN | PROT_GROWSUP);
	vm_addr_t end = addr + page_up(len);
	struct vma *vma;

	prot &= ~(PROT_GROWSDOWN | PROT_GROWSUP);
	if (grows == (PROT_GROWSDOWN | PROT_GROWSUP))
		return -EINVAL;
	if (!page_aligned(addr))
		return -EINVAL;
	if (!len)
		return 0;
	if (end <= addr)
		return -ENOMEM;
	if (prot & ~(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM))
		return -EINVAL;

	vma = vma_find(mm, addr);
	if (!vma || vma->vm_start >= end)
		return -ENOMEM;
	if (grows & PROT_GROWSDOWN) {
		if (!(vma->vm_flags & VM_GROWSDOWN))
			return -EINVAL;
		addr = vma->vm_start;
	} else if (vma->vm_start > addr) {
		return -ENOMEM;
	}
	/* No VMA grows up here. */
	if (grows & PROT_GROWSUP)
		return -EINVAL;
	return mprotect_walk(vma, addr, end, prot);
}
