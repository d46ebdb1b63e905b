/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mmap() and munmap(), chapters 8 and 9.1: what is refused, what is replaced, who is asked and
 * who pays. The tree gathers, merges, and lets go.
 */
#include "calls.h"

/* One mapping on its way into the address space. */
struct mapping {
	struct mm_struct *mm;
	struct file *file;
	unsigned long addr, end, pages;
	vm_flags_t flags;
	pgoff_t pgoff;
	unsigned long charged; /* beyond what was charged in its place */
	unsigned long taken;   /* the charge it took over from there */
	struct vma_iterator vmi;
	struct vma_merge_struct vmg;
	struct vma_munmap_struct vms;
	struct maple_tree detached;
	struct ma_state mas_detach;
};

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
	if (!map->file->f_op->mmap)
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
	if (!mlock_future_ok(mm, map->flags, map->pages))
		return -EAGAIN;
	return map->file ? ask_file(map, call) : ask_anonymous(map, flags);
}

/* ---- making it */

static void begin(struct mapping *map)
{
	struct mm_struct *mm = map->mm;

	vma_iter_init(&map->vmi, mm, map->addr);
	map->vmg = (struct vma_merge_struct){
		.mm = mm,
		.vmi = &map->vmi,
		.start = map->addr,
		.end = map->end,
		.flags = map->flags,
		.pgoff = map->pgoff,
		.file = map->file,
		.state = VMA_MERGE_START,
		.merge_flags = VMG_FLAG_DEFAULT,
	};
}

/* What is mapped there is taken aside, still in the tree. */
static int gather(struct mapping *map, struct list_head *contexts)
{
	struct vm_area_struct *vma = vma_find(&map->vmi, map->end);
	int error;

	init_vma_munmap(&map->vms, &map->vmi, vma, map->addr, map->end, contexts,
			/* unlock= */ false);
	if (!vma) {
		map->vmg.next = vma_iter_next_rewind(&map->vmi, &map->vmg.prev);
		return 0;
	}
	mt_init_flags(&map->detached, map->vmi.mas.tree->ma_flags & MT_FLAGS_LOCK_MASK);
	mas_init(&map->mas_detach, &map->detached, 0);
	error = vms_gather_munmap_vmas(&map->vms, &map->mas_detach);
	map->vmg.next = map->vms.next;
	map->vmg.prev = map->vms.prev;
	return error;
}

static int pay(struct mapping *map)
{
	if (!may_expand_vm(map->mm, map->flags, map->pages - map->vms.nr_pages))
		return -ENOMEM;
	if ((map->flags & (VM_WRITE | VM_NORESERVE | VM_SHARED)) != VM_WRITE)
		return 0;
	map->charged = map->pages - map->vms.nr_accounted;
	if (map->charged && shim_charge(map->mm, map->charged)) {
		map->charged = 0;
		return -ENOMEM;
	}
	map->taken = map->vms.nr_accounted;
	map->vms.nr_accounted = 0;
	map->flags |= VM_ACCOUNT;
	map->vmg.flags = map->flags;
	return 0;
}

/*
 * The merge failed without memory, but the driver was told that there is memory for its VMA. 6.12
 * leaves the iterator where the merge put it: after a failed commit it reserves for the range of
 * the merge, and the store loses the next VMA; after a failed clone it reserves nothing, and the
 * store finds no node. Callers cannot know, so only --strict does as they do.
 */
static void reserve_again(struct mapping *map, struct vm_area_struct *vma)
{
	struct vma_iterator *vmi = &map->vmi;
	bool moved = vma_iter_addr(vmi) != map->addr || vma_iter_end(vmi) != map->end;

	if (moved && !shim()->config.strict) {
		vma_iter_free(vmi);
		vma_iter_set(vmi, map->addr);
		vma_iter_config(vmi, map->addr, map->end);
	} else if (!vmg_nomem(&map->vmg)) {
		return;
	}
	mas_preallocate(&vmi->mas, vma, GFP_KERNEL | __GFP_NOFAIL);
}

/*
 * A driver of the older kind saw the fresh VMA and may have changed its flags: with a neighbour
 * below there is a second attempt. NULL: the fresh one it is.
 */
static struct vm_area_struct *merge_again(struct mapping *map, struct vm_area_struct *vma)
{
	struct vm_area_struct *merged;

	if (vma->vm_flags == map->flags || !map->vmg.prev)
		return NULL;
	map->vmg.flags = vma->vm_flags;
	merged = vma_merge_new_range(&map->vmg);
	if (merged) {
		fput(vma->vm_file);
		vm_area_free(vma);
	} else {
		reserve_again(map, vma);
	}
	return merged;
}

/* What stands behind a fresh VMA. */
static int back(struct mapping *map, struct vm_area_struct *vma)
{
	int error;

	if (!map->file) {
		if (map->flags & VM_SHARED)
			return shmem_zero_setup(vma);
		vma_set_anonymous(vma);
		return 0;
	}
	vma->vm_file = get_file(map->file);
	error = map->file->f_op->mmap(map->file, vma);
	vma_iter_config(&map->vmi, map->addr, map->end);
	if (!error)
		return 0;
	fput(vma->vm_file);
	vma->vm_file = NULL;
	vma_iter_set(&map->vmi, vma->vm_end);
	unmap_region(&map->vmi.mas, vma, map->vmg.prev, map->vmg.next);
	return error;
}

static int make_fresh(struct mapping *map, struct vm_area_struct **ret_vma)
{
	struct vm_area_struct *vma = vm_area_alloc(map->mm), *merged;
	int error = -ENOMEM;

	if (!vma)
		return -ENOMEM;
	vma_iter_config(&map->vmi, map->addr, map->end);
	vma_set_range(vma, map->addr, map->end, map->pgoff);
	vma->vm_flags = map->flags;
	vma->vm_page_prot = vm_get_page_prot(map->flags);
	if (vma_iter_prealloc(&map->vmi, vma))
		goto free_vma;
	error = back(map, vma);
	if (error)
		goto free_vmi;
	merged = merge_again(map, vma);
	if (merged) {
		*ret_vma = merged;
		map->flags = merged->vm_flags;
		return 0;
	}
	map->flags = vma->vm_flags;
	vma_start_write(vma);
	vma_iter_store(&map->vmi, vma);
	map->mm->map_count++;
	vma_link_file(vma);
	vma->vm_flags = ksm_flags(map->mm, vma->vm_flags);
	*ret_vma = vma;
	return 0;

free_vmi:
	vma_iter_free(&map->vmi);
free_vma:
	vm_area_free(vma);
	return error;
}

static void finish(struct mapping *map, struct vm_area_struct *vma)
{
	struct mm_struct *mm = map->mm;
	vm_flags_t flags;

	vms_complete_munmap_vmas(&map->vms, &map->mas_detach);
	stat_account(mm, map->flags, (long)map->pages);
	flags = vma->vm_flags | VM_SOFTDIRTY;
	if (map->flags & VM_LOCKED) {
		if (vma_supports_mlock(vma))
			mm->locked_vm += map->pages;
		else
			flags &= ~VM_LOCKED_MASK;
	}
	set_flags(vma, flags);
}

/* A merge that failed leaves the proposal as it was: it may be made again. */
static void check_proposal(const struct mapping *map)
{
	const struct vma_merge_struct *vmg = &map->vmg;

	WARN_ON(vmg->vma || vmg->start != map->addr || vmg->end != map->end ||
		vmg->pgoff != map->pgoff);
}

/* Steps 18 to 26. */
static int make(struct mapping *map)
{
	struct vm_area_struct *vma;
	LIST_HEAD(contexts);
	int error;

	begin(map);
	error = gather(map, &contexts);
	if (error)
		return error;
	error = pay(map);
	if (error)
		goto abort;
	vms_clean_up_area(&map->vms, &map->mas_detach);
	vma = vma_merge_new_range(&map->vmg);
	if (!vma) {
		check_proposal(map);
		/* 6.12 means to do this where a merge failed without memory, and does not. */
		if (!shim()->config.strict && map->vmg.state == VMA_MERGE_NOMERGE)
			vma_iter_set(&map->vmi, map->addr);
		error = make_fresh(map, &vma);
	}
	if (!error) {
		finish(map, vma);
		return 0;
	}
	if (map->charged)
		shim_uncharge(map->mm, map->charged);
	/* The kernel forgets the charge of what was there (F14). */
	map->mm->leaked += map->taken;
abort:
	vms_abort_munmap_vmas(&map->vms, &map->mas_detach);
	return error;
}

static int map_locked(struct mapping *map, const struct mmap_call *call)
{
	bool writer;
	int error = ask(map, call);

	if (error)
		return error;
	writer = map->file && is_shared_maywrite(map->flags);
	if (writer)
		mapping_allow_writable(map->file->f_mapping);
	error = make(map);
	if (writer)
		mapping_unmap_writable(map->file->f_mapping);
	return error;
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
