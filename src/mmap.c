/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mmap() and munmap(): which request is refused with which error, where a mapping is placed,
 * what it replaces, when a driver is called, and who pays. Whether it merges is for vma.c.
 */
#include "uapi.h"
#include "vma_internal.h"

/* One mmap() on its way. */
struct mmap_state {
	struct mm *mm;
	const struct mmap_request *request;
	vm_addr_t addr, end;
	uint64_t pages;
	vm_flags_t vm_flags;
	vm_pgoff_t pgoff;
	struct file *file;
	bool file_brought; /* by mmap_prepare, with a reference of its own */
	bool prepared;	   /* mmap_prepare chose the next two */
	const struct vm_operations *vm_ops;
	void *private_data;
	uint64_t charged;	    /* beyond what the replaced VMAs had charged */
	uint64_t charge_taken_over; /* from the replaced VMAs */
	struct vma_munmap vms;
};

/* ------------------------------------------------------------------ placement */

/* Below a stack a gap stays free of whatever is not placed by MAP_FIXED. */
vm_addr_t vm_start_gap(const struct vma *vma)
{
	vm_addr_t gap = 0;

	if (vma->vm_flags & VM_GROWSDOWN)
		gap = vma->vm_mm->machine->config.stack_guard_gap << VM_PAGE_SHIFT;
	else if (vma->vm_flags & VM_SHADOW_STACK)
		gap = VM_PAGE_SIZE;
	return vma->vm_start > gap ? vma->vm_start - gap : 0;
}

static bool hint_is_usable(const struct mm *mm, vm_addr_t hint, uint64_t len)
{
	const struct vm_config *config = &mm->machine->config;
	const struct vma *next;

	if (len > config->task_size || hint > config->task_size - len ||
	    hint < config->mmap_min_addr)
		return false;
	next = vma_find(mm, hint);
	return !next || hint + len <= vm_start_gap(next);
}

/*
 * The highest hole that fits, its upper end first.
 *
 *	0123456789abcdef
 *	....VV......gSSS	g: the gap of stack S. The hole 6..c is cut to 6..b.
 *
 * The kernel falls back to a search from the bottom; both search the same holes here, as the
 * area they search is the same.
 */
static int unmapped_area_topdown(const struct mm *mm, uint64_t len, vm_addr_t *ret_addr)
{
	vm_addr_t low = mm->machine->config.mmap_min_addr;
	vm_addr_t high = mm->machine->config.task_size;
	struct range_tree_gap gap;

	while (high > low && range_tree_gap_highest(&mm->tree, low, high, len, &gap)) {
		const struct vma *next = vma_find(mm, gap.end - 1);

		if (!next || vm_start_gap(next) >= gap.end) {
			*ret_addr = gap.end - len;
			return 0;
		}
		high = vm_start_gap(next);
	}
	return -ENOMEM;
}

/*
 * The lowest hole that will do, where the search from the top found none: it gave up whatever
 * lies above the start gap of a VMA, also holes below others that are no stack.
 *
 *	0123456789abcdef01234567
 *	rrrrrrrrrrrrrrr  r  gggg	gaps of 4: the hole at 18 is too near to g, and the next
 *					search looks below 16 only, where the hole at 15 ends
 */
static int unmapped_area_bottomup(const struct mm *mm, uint64_t len, vm_addr_t *ret_addr)
{
	vm_addr_t low = mm->machine->config.mmap_min_addr;
	vm_addr_t high = mm->machine->config.task_size;
	struct range_tree_gap gap;

	while (low < high && range_tree_gap_lowest(&mm->tree, low, high, len, &gap)) {
		const struct vma *next = vma_find(mm, gap.start);

		if (!next || vm_start_gap(next) >= gap.start + len) {
			*ret_addr = gap.start;
			return 0;
		}
		low = next->vm_end;
	}
	return -ENOMEM;
}

int get_unmapped_area(const struct mm *mm, vm_addr_t addr, uint64_t len, uint32_t flags,
		      vm_addr_t *ret_addr)
{
	const struct vm_config *config = &mm->machine->config;

	if (len > config->task_size)
		return -ENOMEM;
	if (!(flags & MAP_FIXED)) {
		if (addr && hint_is_usable(mm, addr, len)) {
			*ret_addr = addr;
			return 0;
		}
		if (!unmapped_area_topdown(mm, len, ret_addr))
			return 0;
		return unmapped_area_bottomup(mm, len, ret_addr);
	}
	if (addr > config->task_size - len)
		return -ENOMEM;
	if (!page_aligned(addr))
		return -EINVAL;
	if (addr < config->mmap_min_addr)
		return -EPERM;
	*ret_addr = addr;
	return 0;
}

/* ------------------------------------------------------------------ checks */

static vm_flags_t prot_flags(uint32_t prot)
{
	return (prot & PROT_READ ? VM_READ : 0) | (prot & PROT_WRITE ? VM_WRITE : 0) |
	       (prot & PROT_EXEC ? VM_EXEC : 0);
}

static vm_flags_t map_flags(const struct mm *mm, uint32_t flags)
{
	bool noreserve =
		flags & MAP_NORESERVE && mm->machine->config.overcommit != VM_OVERCOMMIT_NEVER;

	return VM_MAY_FLAGS | mm->def_flags | (flags & MAP_GROWSDOWN ? VM_GROWSDOWN : 0) |
	       (flags & MAP_LOCKED ? VM_LOCKED : 0) | (flags & MAP_SYNC ? VM_SYNC : 0) |
	       (flags & MAP_STACK ? VM_NOHUGEPAGE : 0) | (noreserve ? VM_NORESERVE : 0);
}

static bool file_can_mmap(const struct mm *mm, const struct file *file)
{
	return file->f_op->mmap ||
	       (file->f_op->mmap_prepare && mm->machine->behaviour.mmap_prepare);
}

/* Files end at the largest offset that a signed number of bytes can say. */
static bool file_range_fits(uint64_t len, vm_pgoff_t pgoff)
{
	return len <= INT64_MAX && pgoff <= (INT64_MAX - len) >> VM_PAGE_SHIFT;
}

static int check_file(struct mmap_state *map, uint64_t len)
{
	const struct mmap_request *request = map->request;
	const struct file *file = map->file;
	bool writable = file->f_mode & FMODE_WRITE;

	if (!file_range_fits(len, map->pgoff))
		return -EOVERFLOW;
	switch (request->flags & MAP_TYPE) {
	case MAP_SHARED_VALIDATE:
		if (request->flags & ~MAP_LEGACY_MASK)
			return -EOPNOTSUPP;
		/* fallthrough */
	case MAP_SHARED:
		if (request->prot & PROT_WRITE && !writable)
			return -EACCES;
		map->vm_flags |= VM_SHARED | VM_MAYSHARE;
		if (!writable)
			map->vm_flags &= ~(VM_SHARED | VM_MAYWRITE);
		break;
	case MAP_PRIVATE:
		break;
	default:
		return -EINVAL;
	}
	if (!(file->f_mode & FMODE_READ))
		return -EACCES;
	if (!file_can_mmap(map->mm, file))
		return -ENODEV;
	if (map->vm_flags & VM_GROWSDOWN)
		return -EINVAL;
	return 0;
}

static int check_anonymous(struct mmap_state *map)
{
	uint32_t flags = map->request->flags;

	switch (flags & MAP_TYPE) {
	case MAP_SHARED:
		if (map->vm_flags & VM_GROWSDOWN)
			return -EINVAL;
		map->pgoff = 0;
		map->vm_flags |= VM_SHARED | VM_MAYSHARE;
		return 0;
	case MAP_DROPPABLE:
		if (flags & (MAP_LOCKED | MAP_HUGETLB))
			return -EINVAL;
		if (map->vm_flags & VM_GROWSDOWN)
			return -EINVAL;
		map->vm_flags |= VM_DROPPABLE | VM_NORESERVE | VM_WIPEONFORK | VM_DONTDUMP;
		/* fallthrough */
	case MAP_PRIVATE:
		map->pgoff = map->addr >> VM_PAGE_SHIFT;
		return 0;
	default:
		return -EINVAL;
	}
}

/* Everything that can be refused without touching the address space, in the kernel's order. */
static int check_request(struct mmap_state *map)
{
	const struct mmap_request *request = map->request;
	struct mm *mm = map->mm;
	vm_addr_t min_addr = mm->machine->config.mmap_min_addr;
	uint64_t len = page_up(request->len);
	uint32_t flags = request->flags;
	vm_addr_t addr = request->addr;
	int err;

	if (!map->file && !(flags & MAP_ANONYMOUS))
		return -EBADF;
	if (flags & MAP_HUGETLB)
		return map->file ? -EINVAL : -ENOMEM; /* no such file, no such pages */
	if (!request->len)
		return -EINVAL;
	if (flags & MAP_FIXED_NOREPLACE)
		flags |= MAP_FIXED;
	if (!(flags & MAP_FIXED)) {
		addr = page_down(addr);
		if (addr && addr < min_addr)
			addr = page_up(min_addr);
	}
	if (!len)
		return -ENOMEM;
	if (request->pgoff + (len >> VM_PAGE_SHIFT) < request->pgoff)
		return -EOVERFLOW;
	/* At the limit a mapping may still merge, so only being beyond it is refused. */
	if (vma_slots(mm) < 0) {
		trace_mm_insufficient_vma_slots(mm);
		return -ENOMEM;
	}
	map->vm_flags = prot_flags(request->prot) | map_flags(mm, flags);
	err = get_unmapped_area(mm, addr, len, flags, &map->addr);
	if (err)
		return err;
	map->end = map->addr + len;
	map->pages = len >> VM_PAGE_SHIFT;
	if (flags & MAP_FIXED_NOREPLACE) {
		const struct vma *vma = vma_find(mm, map->addr);

		if (vma && vma->vm_start < map->end)
			return -EEXIST;
	}
	if (flags & MAP_LOCKED && !can_do_mlock(mm))
		return -EPERM;
	if (!mlock_future_ok(mm, map->vm_flags, map->pages))
		return -EAGAIN;
	return map->file ? check_file(map, len) : check_anonymous(map);
}

/* ------------------------------------------------------------------ making the mapping */

static bool accountable_mapping(vm_flags_t flags)
{
	return (flags & (VM_NORESERVE | VM_SHARED | VM_WRITE)) == VM_WRITE;
}

/*
 * Makes room: collects what is mapped in the range, asks the limits, and lets go of it. On
 * failure it is mapped as before, perhaps cut at the ends of the range.
 */
static int mmap_make_room(struct mmap_state *map)
{
	struct vma_munmap *vms = &map->vms;
	struct mm *mm = map->mm;
	int err;

	err = vms_gather(vms, mm, map->addr, map->end);
	if (err)
		return err;
	err = -ENOMEM;
	if (!may_expand_vm(mm, map->vm_flags, map->pages - vms->nr_pages))
		goto abort;
	if (accountable_mapping(map->vm_flags)) {
		map->charged = map->pages - vms->nr_accounted;
		if (map->charged && vm_charge(mm, map->charged))
			goto abort;
		map->charge_taken_over = vms->nr_accounted;
		vms->nr_accounted = 0;
		map->vm_flags |= VM_ACCOUNT;
	}
	vms_clean_up_area(vms);
	return 0;
abort:
	vms_abort(vms);
	return err;
}

/* From here on what was mapped is gone: a failure leaves a hole. */
static void mmap_leave_hole(struct mmap_state *map)
{
	struct mm *mm = map->mm;

	if (map->file_brought)
		vma_put_file(map->file);
	vms_complete(&map->vms);
	vm_uncharge(mm, map->charged);
	if (mm->machine->behaviour.failed_fixed_leaks)
		mm->committed_leak += map->charge_taken_over;
	else
		vm_uncharge(mm, map->charge_taken_over);
}

/* The newer kind of driver is asked before there is a VMA, and before the merge. */
static int call_mmap_prepare(struct mmap_state *map)
{
	struct vm_area_desc desc = {
		.mm = map->mm,
		.start = map->addr,
		.end = map->end,
		.pgoff = map->pgoff,
		.vm_file = map->file,
		.vm_flags = map->vm_flags,
		.vm_ops = &neutral_vm_ops,
	};
	int err;

	if (!map->file || !map->file->f_op->mmap_prepare ||
	    !map->mm->machine->behaviour.mmap_prepare)
		return 0;
	err = map->file->f_op->mmap_prepare(&desc);
	if (err)
		return err;
	VMA_ASSERT_MM(desc.start == map->addr, map->mm);
	VMA_ASSERT_MM(desc.end == map->end, map->mm);
	map->prepared = true;
	map->pgoff = desc.pgoff;
	map->file_brought = desc.vm_file != map->file;
	map->file = desc.vm_file;
	map->vm_flags = desc.vm_flags;
	map->vm_ops = desc.vm_ops;
	map->private_data = desc.private_data;
	return 0;
}

static struct vma *mmap_merge(struct mmap_state *map, vm_flags_t flags)
{
	struct vma_merge vmg = {
		.mm = map->mm,
		.prev = map->vms.prev,
		.next = map->vms.next,
		.start = map->addr,
		.end = map->end,
		.vm_flags = flags,
		.pgoff = map->pgoff,
		.virt_pgoff = map->addr >> VM_PAGE_SHIFT,
		.file = map->file,
	};

	return vma_merge_new_range(&vmg);
}

/* Gives a fresh VMA its file, and its ops by the older kind of driver. */
static int mmap_set_file(struct mmap_state *map, struct vma *vma)
{
	struct file *file = map->file;
	int err;

	if (!file) {
		if (map->vm_flags & VM_SHARED)
			return shmem_zero_setup(vma);
		vma_set_anonymous(vma);
		return 0;
	}
	vma->vm_file = file;
	if (!map->file_brought)
		vma_get_file(file);
	if (map->prepared) {
		vma->vm_ops = map->vm_ops;
		vma->vm_private_data = map->private_data;
		return 0;
	}
	err = file->f_op->mmap(file, vma);
	if (err) {
		vma_put_file(vma->vm_file);
		vma->vm_file = NULL;
		return err;
	}
	VMA_ASSERT_MM(vma->vm_start == map->addr, map->mm);
	VMA_ASSERT_MM(vma->vm_end == map->end, map->mm);
	VMA_ASSERT_MM(!(vma->vm_flags & ~map->vm_flags & VM_MAYWRITE), map->mm);
	return 0;
}

/* Before v6.13 a hook's change of flags was answered by a second attempt to merge. */
static struct vma *mmap_merge_again(struct mmap_state *map, struct vma *vma)
{
	struct vma *merged;

	if (!map->mm->machine->behaviour.retry_after_mmap_hook || !map->vms.prev ||
	    vma->vm_flags == map->vm_flags)
		return NULL;
	merged = mmap_merge(map, vma->vm_flags);
	if (!merged)
		return NULL;
	vma_put_file(vma->vm_file);
	vma->vm_file = NULL;
	vma_free(vma);
	return merged;
}

static int mmap_new_vma(struct mmap_state *map, struct vma **ret_vma, bool *ret_fresh)
{
	struct vma *vma, *merged;
	int err;

	vma = vma_alloc(map->mm);
	if (!vma)
		return -ENOMEM;
	vma->vm_start = map->addr;
	vma->vm_end = map->end;
	vma->vm_flags = map->vm_flags;
	vma->vm_pgoff = map->pgoff;
	vma->virt_pgoff = map->addr >> VM_PAGE_SHIFT;
	err = vma_tree_reserve(map->mm, 1);
	if (!err)
		err = mmap_set_file(map, vma);
	if (err) {
		vma_free(vma);
		return err;
	}
	map->file_brought = false;
	merged = mmap_merge_again(map, vma);
	if (!merged) {
		vma->hooked = true;
		vma->vm_flags = ksm_flags_of_new(map->mm, vma->vm_flags);
		vma_attach(vma);
	}
	*ret_fresh = !merged;
	*ret_vma = merged ? merged : vma;
	map->vm_flags = (*ret_vma)->vm_flags;
	return 0;
}

static void mmap_merged(struct mmap_state *map, struct vma *vma)
{
	if (map->file_brought)
		vma_put_file(map->file);
	if (!map->prepared || !map->mm->machine->behaviour.prepare_overwrites)
		return;
	vma->vm_ops = map->vm_ops;
	vma->vm_private_data = map->private_data;
}

static void mmap_account(struct mmap_state *map, struct vma *vma)
{
	struct mm *mm = map->mm;

	vms_complete(&map->vms);
	vm_stat_account(mm, map->vm_flags, (int64_t)map->pages);
	if (map->vm_flags & VM_LOCKED) {
		if (vma_supports_mlock(vma))
			mm->locked_vm += map->pages;
		else
			vma->vm_flags &= ~VM_LOCKED_MASK;
	}
	if (mm->machine->config.soft_dirty)
		vma->vm_flags |= VM_SOFTDIRTY;
}

static int mmap_region(struct mmap_state *map)
{
	const struct vm_operations *ops;
	struct vma *vma = NULL;
	bool fresh = false;
	int err;

	err = mmap_make_room(map);
	if (err)
		return err;
	err = call_mmap_prepare(map);
	/* A driver of the older kind may still change the flags: it has its say first. */
	if (!map->file || map->prepared || map->file->f_op->leaves_flags)
		map->vm_flags = ksm_flags_before_merge(map->mm, map->vm_flags);
	if (!err)
		vma = mmap_merge(map, map->vm_flags);
	if (vma)
		mmap_merged(map, vma);
	else if (!err)
		err = mmap_new_vma(map, &vma, &fresh);
	if (err) {
		mmap_leave_hole(map);
		return err;
	}
	mmap_account(map, vma);

	ops = vma->vm_ops;
	if (!fresh || !map->prepared || !map->mm->machine->behaviour.mapped_hook || !ops ||
	    !ops->mapped)
		return 0;
	err = ops->mapped(vma->vm_start, vma->vm_end, vma->vm_pgoff, vma->vm_file,
			  &vma->vm_private_data);
	if (err)
		unmap_vma(vma);
	return err;
}

int mm_mmap(struct mm *mm, const struct mmap_request *request, vm_addr_t *ret_addr)
{
	struct mmap_state map = {
		.mm = mm,
		.request = request,
		.pgoff = request->pgoff,
		.file = request->flags & MAP_ANONYMOUS ? NULL : request->file,
	};
	bool populate;
	int err;

	err = check_request(&map);
	if (err)
		return err;
	populate = map.vm_flags & VM_LOCKED ||
		   (request->flags & (MAP_POPULATE | MAP_NONBLOCK)) == MAP_POPULATE;
	err = mmap_region(&map);
	if (err)
		return err;
	if (populate)
		mm_populate(mm, map.addr, map.end, /* ignore_errors= */ true);
	*ret_addr = map.addr;
	return 0;
}

/* ------------------------------------------------------------------ munmap */

int mm_munmap(struct mm *mm, vm_addr_t addr, uint64_t len)
{
	vm_addr_t task_size = mm->machine->config.task_size;

	if (!page_aligned(addr) || addr > task_size || len > task_size - addr)
		return -EINVAL;
	if (!page_up(len))
		return -EINVAL;
	return do_munmap(mm, addr, addr + page_up(len));
}
