/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mprotect() and mseal(), chapters 9.2 and 9.6. */
#include "calls.h"

/* Rules i to k of 9.2: who pays from now on. *paid: pages charged for it. */
static int rule_on_account(const struct vm_area_struct *vma, unsigned long pages,
			   vm_flags_t *newflags, unsigned long *paid)
{
	vm_flags_t oldflags = vma->vm_flags;
	struct mm_struct *mm = vma->vm_mm;

	*paid = 0;
	if (!(*newflags & VM_WRITE)) {
		if (oldflags & VM_ACCOUNT && vma_is_anonymous(vma) && !vma->anon_vma)
			*newflags &= ~VM_ACCOUNT;
		return 0;
	}
	if (!may_expand(mm, *newflags, pages) && may_expand(mm, oldflags, pages))
		return -ENOMEM;
	if (oldflags & (VM_ACCOUNT | VM_WRITE | VM_HUGETLB | VM_SHARED | VM_NORESERVE))
		return 0;
	if (shim_charge(mm, pages))
		return -ENOMEM;
	*paid = pages;
	*newflags |= VM_ACCOUNT;
	return 0;
}

/* The change itself, rule l and what follows it. */
static int change(struct vma_iterator *vmi, struct vm_area_struct *vma,
		  struct vm_area_struct **prev, unsigned long start, unsigned long end,
		  vm_flags_t newflags)
{
	unsigned long pages = (end - start) >> PAGE_SHIFT, paid;
	vm_flags_t oldflags = vma->vm_flags;
	struct mm_struct *mm = vma->vm_mm;
	int error = rule_on_account(vma, pages, &newflags, &paid);

	if (error)
		return error;
	vma = modify_flags(vmi, *prev, vma, start, end, &newflags);
	if (IS_ERR(vma)) {
		if (paid)
			shim_uncharge(mm, paid);
		return (int)PTR_ERR(vma);
	}
	*prev = vma;
	set_flags(vma, newflags);
	if (oldflags & VM_ACCOUNT && !(newflags & VM_ACCOUNT))
		shim_uncharge(mm, pages);
	stat_account(mm, oldflags, -(long)pages);
	stat_account(mm, newflags, (long)pages);
	/* Private locked memory is copied before it is first written to. */
	if ((oldflags & (VM_WRITE | VM_SHARED | VM_LOCKED)) == VM_LOCKED && newflags & VM_WRITE)
		populate_piece(vma, start, end);
	return 0;
}

static int protect(struct vma_iterator *vmi, struct vm_area_struct *vma,
		   struct vm_area_struct **prev, unsigned long start, unsigned long end,
		   const void *argument)
{
	const vm_flags_t *access = argument;
	vm_flags_t newflags = (vma->vm_flags & ~VM_ACCESS_FLAGS) | *access;
	int error;

	/* What may be allowed stands four bits above what is. */
	if (newflags & ~(newflags >> 4) & VM_ACCESS_FLAGS)
		return -EACCES;
	if (vma->vm_ops && vma->vm_ops->mprotect) {
		error = vma->vm_ops->mprotect(vma, start, end, newflags);
		if (error)
			return error;
	}
	if (vma->vm_flags & VM_SEALED)
		return -EPERM;
	if (newflags != vma->vm_flags)
		return change(vmi, vma, prev, start, end, newflags);
	*prev = vma;
	return 0;
}

/* Checks 7 to 10: what is mapped at the start, and where the walk begins. */
static int find_start(struct mm_struct *mm, unsigned long *addr, unsigned long end,
		      unsigned int grows)
{
	struct vm_area_struct *vma = find_vma_intersection(mm, *addr, end);

	if (!vma)
		return -ENOMEM;
	if (grows & PROT_GROWSDOWN) {
		if (!(vma->vm_flags & VM_GROWSDOWN))
			return -EINVAL;
		*addr = vma->vm_start;
	} else if (vma->vm_start > *addr) {
		return -ENOMEM;
	}
	return grows & PROT_GROWSUP ? -EINVAL : 0;
}

int call_mprotect(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned int prot)
{
	unsigned int grows = prot & (PROT_GROWSDOWN | PROT_GROWSUP);
	unsigned long end = addr + PAGE_ALIGN(len);
	vm_flags_t access = prot_flags(prot);
	int error;

	if (grows == (PROT_GROWSDOWN | PROT_GROWSUP) || offset_in_page(addr))
		return -EINVAL;
	if (!len)
		return 0;
	if (end <= addr)
		return -ENOMEM;
	if (prot & ~(grows | PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM))
		return -EINVAL;
	mmap_write_lock(mm);
	error = find_start(mm, &addr, end, grows);
	if (!error)
		error = walk_pieces(mm, addr, end, GAPS_END_IT, protect, &access);
	mmap_write_unlock(mm);
	return error;
}

/* ---- mseal() */

static int seal(struct vma_iterator *vmi, struct vm_area_struct *vma, struct vm_area_struct **prev,
		unsigned long start, unsigned long end, const void *argument)
{
	vm_flags_t flags = vma->vm_flags | VM_SEALED;

	(void)argument;
	if (flags != vma->vm_flags) {
		vma = modify_flags(vmi, *prev, vma, start, end, &flags);
		if (IS_ERR(vma))
			return (int)PTR_ERR(vma);
		set_flags(vma, vma->vm_flags | VM_SEALED);
	}
	*prev = vma;
	return 0;
}

static bool has_gap(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	VMA_ITERATOR(vmi, mm, start);
	struct vm_area_struct *vma;

	for_each_vma_range(vmi, vma, end)
	{
		if (vma->vm_start > start)
			return true;
		start = vma->vm_end;
	}
	return start < end;
}

int call_mseal(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned int flags)
{
	unsigned long end = addr + PAGE_ALIGN(len);
	int error = -ENOMEM;

	if (flags || offset_in_page(addr) || (len && !PAGE_ALIGN(len)) || end < addr)
		return -EINVAL;
	if (end == addr)
		return 0;
	mmap_write_lock(mm);
	if (!has_gap(mm, addr, end))
		error = walk_pieces(mm, addr, end, GAPS_END_IT, seal, NULL);
	mmap_write_unlock(mm);
	return error;
}
