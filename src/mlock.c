/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mlock() and its kin: who may lock how much, and the flag that says so. Locking
 * populates; which VMAs that makes faulted decides which locked areas can merge later.
 */
#include "uapi.h"
#include "vma_internal.h"

/* `lock` is VM_LOCKED with or without VM_LOCKONFAULT, or nothing. */
static int mlock_fixup(struct vma *vma, struct vma **prev, vm_addr_t start, vm_addr_t end,
		       vm_flags_t lock)
{
	struct mm *mm = vma->vm_mm;
	vm_flags_t oldflags = vma->vm_flags;
	vm_flags_t newflags = (oldflags & ~VM_LOCKED_MASK) | lock;
	uint64_t pages = page_count(start, end);
	int err;

	if (newflags == oldflags || !vma_supports_mlock(vma)) {
		*prev = vma;
		return 0;
	}
	err = vma_modify_flags(*prev, vma, start, end, &newflags, &vma);
	if (err)
		return err;
	vma->vm_flags = newflags;
	if (!(newflags & VM_LOCKED))
		mm->locked_vm -= pages;
	else if (!(oldflags & VM_LOCKED))
		mm->locked_vm += pages;
	*prev = vma;
	return 0;
}

/* Pieces up to the first gap, which is -ENOMEM. */
static int apply_vma_lock_flags(struct mm *mm, vm_addr_t start, vm_addr_t end, vm_flags_t lock)
{
	struct vma *vma, *prev;
	int err;

	if (end < start)
		return -EINVAL;
	if (end == start)
		return 0;
	vma = mm_find(mm, start);
	if (!vma)
		return -ENOMEM;
	prev = start > vma->vm_start ? vma : vma_prev(vma);
	while (start < end) {
		if (!vma || vma->vm_start > start)
			return -ENOMEM;
		err = mlock_fixup(vma, &prev, start, lower_of(vma->vm_end, end), lock);
		if (err)
			return err;
		start = prev->vm_end;
		vma = start < end ? vma_find(mm, start) : NULL;
	}
	return 0;
}

/* Pages of [start, end) that are locked already. */
static uint64_t count_locked_pages(const struct mm *mm, vm_addr_t start, vm_addr_t end)
{
	uint64_t pages = 0;
	const struct vma *vma;

	for (vma = vma_find(mm, start); vma && vma->vm_start < end; vma = vma_next(vma))
		if (vma->vm_flags & VM_LOCKED)
			pages += page_count(higher_of(start, vma->vm_start),
					    lower_of(end, vma->vm_end));
	return pages;
}

static int do_mlock(struct mm *mm, vm_addr_t addr, uint64_t len, vm_flags_t lock)
{
	vm_addr_t start = page_down(addr);
	uint64_t size = page_up(len + (addr - start));
	vm_addr_t end = start + size;
	uint64_t locked = (size >> VM_PAGE_SHIFT) + mm->locked_vm;
	uint64_t limit = mm->rlimit[VM_RLIMIT_MEMLOCK];
	int err;

	if (!can_do_mlock(mm))
		return -EPERM;
	if (!mm->machine->config.ipc_lock && locked > limit) {
		locked -= count_locked_pages(mm, start, end < start ? UINT64_MAX : end);
		if (locked > limit)
			return -ENOMEM;
	}
	err = apply_vma_lock_flags(mm, start, end, lock);
	if (err)
		return err;
	err = mm_populate(mm, start, end, /* ignore_errors= */ false);
	if (err == -EFAULT)
		return -ENOMEM;
	return err == -ENOMEM ? -EAGAIN : err;
}

int mm_mlock(struct mm *mm, vm_addr_t addr, uint64_t len)
{
	return do_mlock(mm, addr, len, VM_LOCKED);
}

int mm_mlock2(struct mm *mm, vm_addr_t addr, uint64_t len, uint32_t flags)
{
	if (flags & ~MLOCK_ONFAULT)
		return -EINVAL;
	return do_mlock(mm, addr, len,
			flags & MLOCK_ONFAULT ? VM_LOCKED | VM_LOCKONFAULT : VM_LOCKED);
}

/* Every VMA as a piece; one that cannot be changed is left as it is. */
static void apply_mlockall_flags(struct mm *mm, vm_flags_t lock)
{
	struct vma *vma, *prev = NULL;

	for (vma = vma_find(mm, 0); vma; vma = vma_next(prev))
		if (mlock_fixup(vma, &prev, vma->vm_start, vma->vm_end, lock))
			prev = vma;
}

int mm_mlockall(struct mm *mm, uint32_t flags)
{
	vm_flags_t lock = flags & MCL_ONFAULT ? VM_LOCKED | VM_LOCKONFAULT : VM_LOCKED;

	if (!(flags & (MCL_CURRENT | MCL_FUTURE)) ||
	    flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT))
		return -EINVAL;
	if (!can_do_mlock(mm))
		return -EPERM;
	if (flags & MCL_CURRENT && !mm->machine->config.ipc_lock &&
	    mm->total_vm > mm->rlimit[VM_RLIMIT_MEMLOCK])
		return -ENOMEM;
	mm->def_flags &= ~VM_LOCKED_MASK;
	if (flags & MCL_FUTURE)
		mm->def_flags |= lock;
	if (!(flags & MCL_CURRENT))
		return 0;
	apply_mlockall_flags(mm, lock);
	mm_populate(mm, 0, mm->machine->config.task_size, /* ignore_errors= */ true);
	return 0;
}

int mm_munlockall(struct mm *mm)
{
	mm->def_flags &= ~VM_LOCKED_MASK;
	apply_mlockall_flags(mm, VM_NONE);
	return 0;
}

int mm_munlock(struct mm *mm, vm_addr_t addr, uint64_t len)
{
	vm_addr_t start = page_down(addr);

	return apply_vma_lock_flags(mm, start, start + page_up(len + (addr - start)), VM_NONE);
}
