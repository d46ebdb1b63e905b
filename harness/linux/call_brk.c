/* SPDX-License-Identifier: GPL-2.0-or-later */
/* brk(), chapter 9.8. */
#include "calls.h"

/* An anonymous VMA that did not merge. */
static struct vm_area_struct *fresh_heap(struct mm_struct *mm, struct vma_iterator *vmi,
					 unsigned long start, unsigned long end, vm_flags_t flags)
{
	struct vm_area_struct *vma = vm_area_alloc(mm);

	if (!vma)
		return NULL;
	vma_set_anonymous(vma);
	vma_set_range(vma, start, end, start >> PAGE_SHIFT);
	vma_start_write(vma);
	set_flags(vma, flags);
	if (vma_iter_store_gfp(vmi, vma, GFP_KERNEL)) {
		vm_area_free(vma);
		return NULL;
	}
	mm->map_count++;
	set_flags(vma, ksm_flags(mm, flags));
	return vma;
}

/* Heap for [start, end), which is free, below it prev, where the iterator stands. */
static int add_heap(struct vma_iterator *vmi, struct vm_area_struct *prev, unsigned long start,
		    unsigned long end, vm_flags_t more)
{
	struct mm_struct *mm = current->mm;
	vm_flags_t flags = VM_READ | VM_WRITE | VM_MAY_FLAGS | VM_ACCOUNT | mm->def_flags | more;
	unsigned long pages = (end - start) >> PAGE_SHIFT;
	struct vma_merge_struct vmg = {
		.mm = mm,
		.vmi = vmi,
		.prev = prev,
		.start = start,
		.end = end,
		.flags = flags,
		.pgoff = start >> PAGE_SHIFT,
		.state = VMA_MERGE_START,
		.merge_flags = VMG_FLAG_JUST_EXPAND,
	};
	struct vm_area_struct *vma = NULL;

	if (!may_expand_vm(mm, flags, pages) || mm->map_count > sysctl_max_map_count ||
	    shim_charge(mm, pages))
		return -ENOMEM;
	if (prev && prev->vm_end == start)
		vma = vma_merge_new_range(&vmg);
	if (!vma && !vmg_nomem(&vmg)) {
		if (prev)
			vma_iter_next_range(vmi);
		vma = fresh_heap(mm, vmi, start, end, flags);
	}
	if (!vma) {
		shim_uncharge(mm, pages);
		return -ENOMEM;
	}
	mm->total_vm += pages;
	mm->data_vm += pages;
	if (flags & VM_LOCKED)
		mm->locked_vm += pages;
	set_flags(vma, vma->vm_flags | VM_SOFTDIRTY);
	return 0;
}

static bool grow(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	VMA_ITERATOR(vmi, mm, start);
	struct vm_area_struct *next;
	unsigned long addr;

	if (find_place(mm, start, end - start, MAP_FIXED, &addr) ||
	    !mlock_future_ok(mm, mm->def_flags, (end - start) >> PAGE_SHIFT))
		return false;
	next = vma_find(&vmi, end + PAGE_SIZE + stack_guard_gap);
	if (next && end + PAGE_SIZE > vm_start_gap(next))
		return false;
	return !add_heap(&vmi, vma_prev_limit(&vmi, mm->start_brk), start, end, VM_NONE);
}

/* True: the lock was given back on the way. */
static bool shrink(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	VMA_ITERATOR(vmi, mm, start);
	struct vm_area_struct *vma = vma_find(&vmi, end);
	LIST_HEAD(contexts);

	return vma && !do_vmi_align_munmap(&vmi, vma, mm, start, end, &contexts,
					   /* unlock= */ true);
}

static bool within_data_limit(const struct mm_struct *mm, unsigned long addr)
{
	uint64_t limit = mm->rlimit[RLIMIT_DATA_PAGES];

	return limit >= UINT64_MAX >> PAGE_SHIFT || addr - mm->start_brk <= limit << PAGE_SHIFT;
}

unsigned long call_brk(struct mm_struct *mm, unsigned long addr)
{
	unsigned long start = PAGE_ALIGN(mm->brk), end = PAGE_ALIGN(addr);

	if (addr < mm->start_brk || !within_data_limit(mm, addr))
		return mm->brk;
	if (start == end)
		return mm->brk = addr;
	mmap_write_lock(mm);
	if (addr <= mm->brk) {
		if (shrink(mm, end, start))
			return mm->brk = addr;
	} else if (grow(mm, start, end)) {
		mm->brk = addr;
		if (mm->def_flags & VM_LOCKED)
			populate(mm, start, end, /* ignore_errors= */ true);
	}
	mmap_write_unlock(mm);
	return mm->brk;
}

/* ---- vm_brk() */

static int add_zeroed(struct mm_struct *mm, unsigned long start, unsigned long size, bool exec)
{
	VMA_ITERATOR(vmi, mm, start);
	LIST_HEAD(contexts);
	unsigned long addr;
	int error = find_place(mm, start, size, MAP_FIXED, &addr);

	if (!error && !mlock_future_ok(mm, mm->def_flags, size >> PAGE_SHIFT))
		error = -EAGAIN;
	if (!error)
		error = do_vmi_munmap(&vmi, mm, start, size, &contexts, /* unlock= */ false);
	if (error)
		return error;
	vma_iter_set(&vmi, start);
	error = add_heap(&vmi, vma_prev(&vmi), start, start + size, exec ? VM_EXEC : VM_NONE);
	if (!error && mm->def_flags & VM_LOCKED)
		populate(mm, start, start + size, /* ignore_errors= */ true);
	return error;
}

int call_vm_brk(struct mm_struct *mm, unsigned long addr, unsigned long len, bool exec)
{
	unsigned long size = PAGE_ALIGN(len);
	int error;

	if (size < len)
		return -ENOMEM;
	if (!size)
		return 0;
	mmap_write_lock(mm);
	error = add_zeroed(mm, addr, size, exec);
	mmap_write_unlock(mm);
	return error;
}
