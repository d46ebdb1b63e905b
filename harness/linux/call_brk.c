/* SPDX-License-Identifier: GPL-2.0-or-later */
/* brk(), chapter 9.8. */
#include "calls.h"

static bool grow(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	VMA_ITERATOR(vmi, mm, start);
	struct vm_area_struct *next;
	unsigned long addr;

	if (find_place(mm, start, end - start, MAP_FIXED, &addr) ||
	    !may_lock(mm, mm->def_flags, (end - start) >> PAGE_SHIFT))
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

	if (!error && !may_lock(mm, mm->def_flags, size >> PAGE_SHIFT))
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
