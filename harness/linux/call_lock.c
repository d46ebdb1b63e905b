/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mlock() and its kin, chapter 9.5. */
#include "calls.h"

/* *argument: VM_LOCKED, with VM_LOCKONFAULT, or nothing. */
static int lock_piece(struct vma_iterator *vmi, struct vm_area_struct *vma,
		      struct vm_area_struct **prev, unsigned long start, unsigned long end,
		      const void *argument)
{
	const vm_flags_t *lock = argument;
	vm_flags_t oldflags = vma->vm_flags, newflags = (oldflags & ~VM_LOCKED_MASK) | *lock;
	unsigned long pages = (end - start) >> PAGE_SHIFT;
	struct mm_struct *mm = vma->vm_mm;

	if (newflags != oldflags && vma_supports_mlock(vma)) {
		vma = modify_flags(vmi, *prev, vma, start, end, &newflags);
		if (IS_ERR(vma))
			return (int)PTR_ERR(vma);
		if (!(newflags & VM_LOCKED))
			mm->locked_vm -= pages;
		else if (!(oldflags & VM_LOCKED))
			mm->locked_vm += pages;
		set_flags(vma, newflags);
	}
	*prev = vma;
	return 0;
}

static int lock_range(struct mm_struct *mm, unsigned long start, unsigned long end, vm_flags_t lock)
{
	if (end < start)
		return -EINVAL;
	if (end == start)
		return 0;
	if (!vma_lookup(mm, start))
		return -ENOMEM;
	return walk_pieces(mm, start, end, GAPS_END_IT, lock_piece, &lock);
}

static unsigned long locked_pages(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	VMA_ITERATOR(vmi, mm, start);
	struct vm_area_struct *vma;
	unsigned long pages = 0;

	for_each_vma_range(vmi, vma, end < start ? ULONG_MAX : end) if (vma->vm_flags & VM_LOCKED)
		pages +=
		(min(end < start ? ULONG_MAX : end, vma->vm_end) - max(start, vma->vm_start)) >>
		PAGE_SHIFT;
	return pages;
}

/* Check 3. Some of the range may be locked already. */
static bool within_limit(struct mm_struct *mm, unsigned long start, unsigned long size)
{
	unsigned long wanted = (size >> PAGE_SHIFT) + mm->locked_vm;
	uint64_t limit = mm->rlimit[RLIMIT_MEMLOCK_PAGES];

	if (shim()->config.ipc_lock || wanted <= limit)
		return true;
	return wanted - locked_pages(mm, start, start + size) <= limit;
}

int call_mlock(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned int flags)
{
	vm_flags_t lock = flags & MLOCK_ONFAULT ? VM_LOCKED | VM_LOCKONFAULT : VM_LOCKED;
	unsigned long start = addr & PAGE_MASK, size = PAGE_ALIGN(len + offset_in_page(addr));
	int error = -ENOMEM;

	if (flags & ~(unsigned int)MLOCK_ONFAULT)
		return -EINVAL;
	if (!can_do_mlock(mm))
		return -EPERM;
	mmap_write_lock(mm);
	if (within_limit(mm, start, size)) {
		error = lock_range(mm, start, start + size, lock);
		if (!error)
			error = populate(mm, start, start + size, /* ignore_errors= */ false);
		else
			goto unlock;
		if (error)
			error = error == -EFAULT ? -ENOMEM : -EAGAIN;
	}
unlock:
	mmap_write_unlock(mm);
	return error;
}

int call_munlock(struct mm_struct *mm, unsigned long addr, unsigned long len)
{
	unsigned long start = addr & PAGE_MASK, size = PAGE_ALIGN(len + offset_in_page(addr));
	int error;

	mmap_write_lock(mm);
	error = lock_range(mm, start, start + size, VM_NONE);
	mmap_write_unlock(mm);
	return error;
}

/* Every VMA is a piece, and one that cannot be changed stays as it is. */
static int lock_or_leave(struct vma_iterator *vmi, struct vm_area_struct *vma,
			 struct vm_area_struct **prev, unsigned long start, unsigned long end,
			 const void *argument)
{
	if (lock_piece(vmi, vma, prev, start, end, argument))
		*prev = vma;
	return 0;
}

static void lock_all(struct mm_struct *mm, vm_flags_t lock)
{
	walk_pieces(mm, 0, TASK_SIZE, GAPS_ARE_SKIPPED, lock_or_leave, &lock);
}

int call_mlockall(struct mm_struct *mm, unsigned int flags)
{
	vm_flags_t lock = flags & MCL_ONFAULT ? VM_LOCKED | VM_LOCKONFAULT : VM_LOCKED;

	if (!(flags & (MCL_CURRENT | MCL_FUTURE)) ||
	    flags & ~(unsigned int)(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT))
		return -EINVAL;
	if (!can_do_mlock(mm))
		return -EPERM;
	if (flags & MCL_CURRENT && !shim()->config.ipc_lock &&
	    mm->total_vm > mm->rlimit[RLIMIT_MEMLOCK_PAGES])
		return -ENOMEM;
	mmap_write_lock(mm);
	mm->def_flags &= ~VM_LOCKED_MASK;
	if (flags & MCL_FUTURE)
		mm->def_flags |= lock;
	if (flags & MCL_CURRENT) {
		lock_all(mm, lock);
		populate(mm, mmap_min_addr, TASK_SIZE, /* ignore_errors= */ true);
	}
	mmap_write_unlock(mm);
	return 0;
}

int call_munlockall(struct mm_struct *mm)
{
	mmap_write_lock(mm);
	mm->def_flags &= ~VM_LOCKED_MASK;
	lock_all(mm, VM_NONE);
	mmap_write_unlock(mm);
	return 0;
}
