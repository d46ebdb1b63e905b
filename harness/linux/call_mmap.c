/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mmap() and munmap(), chapters 8 and 9.1: what is refused, what is replaced, who is asked and
 * who pays. The tree gathers, merges, and lets go.
 */
#include "calls.h"

/* ---- what is asked before anything is touched */

/* Accepted with MAP_SHARED_VALIDATE; MAP_SYNC takes a file that can. */
#define LEGACY_FLAGS                                                                               \
	(MAP_SHARED | MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_DENYWRITE |    \
	 MAP_EXECUTABLE | MAP_LOCKED | MAP_NORESERVE | MAP_POPULATE | MAP_NONBLOCK | MAP_STACK |   \
	 MAP_HUGETLB | MAP_UNINITIALIZED | 0x40u /* 32BIT */ | 0x80u /* ABOVE4G */ |               \
	 21u << 26 /* HUGE_2MB */ | 30u << 26 /* HUGE_1GB */)

static vm_flags_t requested_flags(const struct mm_struct *mm, unsigned int prot, unsigned int flags)
{
	vm_flags_t result = prot_flags(prot) | VM_MAY_FLAGS | mm->def_flags;

	if (flags & MAP_GROWSDOWN)
		result |= VM_GROWSDOWN;
	if (flags & MAP_LOCKED)
		result |= VM_LOCKED;
	if (flags & MAP_SYNC)
		result |= VM_SYNC;
	if (flags & MAP_STACK)
		result |= VM_NOHUGEPAGE;
	if (flags & MAP_NORESERVE && !shim()->config.never_overcommit)
		result |= VM_NORESERVE;
	return result;
}

static int ask_file(struct mapping *map, const struct mmap_call *call)
{
	unsigned long len = map->end - map->addr;
	bool write = map->file->writable;

	if (len > LONG_MAX || map->pgoff > ((unsigned long)LONG_MAX - len) >> PAGE_SHIFT)
		return -EOVERFLOW;
	switch (call->flags & MAP_TYPE) {
	case MAP_SHARED_VALIDATE:
		if (call->flags & ~LEGACY_FLAGS)
			return -EOPNOTSUPP;
		fallthrough;
	case MAP_SHARED:
		if (call->prot & PROT_WRITE && !write)
			return -EACCES;
		map->flags |= VM_MAYSHARE | (write ? VM_SHARED : 0);
		if (!write)
			map->flags &= ~VM_MAYWRITE;
		break;
	case MAP_PRIVATE:
		break;
	default:
		return -EINVAL;
	}
	if (!map->file->f_op->mmap && !map->file->f_op->mmap_prepare)
		return -ENODEV;
	return map->flags & VM_GROWSDOWN ? -EINVAL : 0;
}

static int ask_anonymous(struct mapping *map, unsigned int flags)
{
	bool grows = map->flags & VM_GROWSDOWN;

	switch (flags & MAP_TYPE) {
	case MAP_SHARED:
		map->pgoff = 0;
		map->flags |= VM_SHARED | VM_MAYSHARE;
		return grows ? -EINVAL : 0;
	case MAP_DROPPABLE:
		if (grows || flags & (MAP_LOCKED | MAP_HUGETLB))
			return -EINVAL;
		map->flags |= VM_DROPPABLE | VM_NORESERVE | VM_WIPEONFORK | VM_DONTDUMP;
		break;
	case MAP_PRIVATE:
		break;
	default:
		return -EINVAL;
	}
	map->pgoff = map->addr >> PAGE_SHIFT;
	return 0;
}

/* The checks of 8.1 up to 14, in their order. */
static int ask(struct mapping *map, const struct mmap_call *call)
{
	unsigned long addr = call->addr, len = PAGE_ALIGN(call->len);
	unsigned int flags = call->flags;
	struct mm_struct *mm = map->mm;
	int error;

	if (!map->file && !(flags & MAP_ANONYMOUS))
		return -EBADF;
	if (flags & MAP_HUGETLB)
		return map->file ? -EINVAL : -ENOMEM; /* there are no huge pages */
	if (!call->len)
		return -EINVAL;
	if (flags & MAP_FIXED_NOREPLACE)
		flags |= MAP_FIXED;
	if (!(flags & MAP_FIXED)) {
		addr &= PAGE_MASK;
		if (addr && addr < mmap_min_addr)
			addr = mmap_min_addr;
	}
	if (!len)
		return -ENOMEM;
	if (map->pgoff + (len >> PAGE_SHIFT) < map->pgoff)
		return -EOVERFLOW;
	if (mm->map_count > sysctl_max_map_count) {
		shim_insufficient_slots(mm);
		return -ENOMEM;
	}
	map->flags = requested_flags(mm, call->prot, flags);
	error = find_place(mm, addr, len, flags, &map->addr);
	if (error)
		return error;
	map->end = map->addr + len;
	map->pages = len >> PAGE_SHIFT;
	if (flags & MAP_FIXED_NOREPLACE && find_vma_intersection(mm, map->addr, map->end))
		return -EEXIST;
	if (flags & MAP_LOCKED && !can_do_mlock(mm))
		return -EPERM;
	if (!may_lock(mm, map->flags, map->pages))
		return -EAGAIN;
	return map->file ? ask_file(map, call) : ask_anonymous(map, flags);
}

static int map_locked(struct mapping *map, const struct mmap_call *call)
{
	int error = ask(map, call);

	return error ? error : map_region(map);
}

int call_mmap(struct mm_struct *mm, const struct mmap_call *call, unsigned long *ret_addr)
{
	struct mapping map = {
		.mm = mm,
		.file = call->flags & MAP_ANONYMOUS ? NULL : call->file,
		.pgoff = call->pgoff,
	};
	vm_flags_t asked;
	int error;

	mmap_write_lock(mm);
	error = map_locked(&map, call);
	asked = map.flags;
	if (!error &&
	    (asked & VM_LOCKED || (call->flags & (MAP_POPULATE | MAP_NONBLOCK)) == MAP_POPULATE))
		populate(mm, map.addr, map.end, /* ignore_errors= */ true);
	mmap_write_unlock(mm);
	*ret_addr = map.addr;
	return error;
}

/* ---- munmap() */

/* Success gives the lock back on the way, as the kernel's does. */
int call_munmap(struct mm_struct *mm, unsigned long addr, unsigned long len)
{
	LIST_HEAD(contexts);
	VMA_ITERATOR(vmi, mm, addr);
	int error;

	mmap_write_lock(mm);
	error = do_vmi_munmap(&vmi, mm, addr, len, &contexts, /* unlock= */ true);
	if (error)
		mmap_write_unlock(mm);
	return error;
}

/*
 * remap_file_pages(), 9.13: a mapping of the same file in the same place at another offset. What
 * it replaces must be one file with one set of flags.
 */
static int ask_remap(struct mm_struct *mm, struct mmap_call *call)
{
	unsigned long end = call->addr + call->len;
	struct vm_area_struct *vma = vma_lookup(mm, call->addr), *next;
	VMA_ITERATOR(vmi, mm, call->addr);

	if (!vma || !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	for (vma = vma_next(&vmi); vma->vm_end < end; vma = next) {
		next = vma_next(&vmi);
		if (!next || next->vm_start != vma->vm_end || next->vm_file != vma->vm_file ||
		    next->vm_flags != vma->vm_flags)
			return -EINVAL;
	}
	call->prot = (vma->vm_flags & VM_READ ? PROT_READ : 0u) |
		     (vma->vm_flags & VM_WRITE ? PROT_WRITE : 0u) |
		     (vma->vm_flags & VM_EXEC ? PROT_EXEC : 0u);
	if (vma->vm_flags & VM_LOCKED)
		call->flags |= MAP_LOCKED;
	call->file = get_file(vma->vm_file);
	return 0;
}

int call_remap_file_pages(struct mm_struct *mm, unsigned long addr, unsigned long len,
			  unsigned long pgoff)
{
	struct mmap_call call = {
		.addr = addr & PAGE_MASK,
		.len = len & PAGE_MASK,
		.flags = MAP_SHARED | MAP_FIXED | MAP_POPULATE,
		.pgoff = pgoff,
	};
	int error;

	if (call.addr + call.len <= call.addr || pgoff + (call.len >> PAGE_SHIFT) < pgoff)
		return -EINVAL;
	mmap_write_lock(mm);
	error = ask_remap(mm, &call);
	mmap_write_unlock(mm);
	if (error)
		return error;
	error = call_mmap(mm, &call, &addr);
	fput(call.file);
	return error;
}
