/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mappings that no process asked for, chapters 9.14 and 9.15: special ones, and the stack of a
 * new program, which is made, moved down and grown.
 */
#include "calls.h"

#define STACK_AHEAD 32ul /* pages it has before the first fault */
#define STACK_IN_SETUP (VM_STACK_INCOMPLETE_SETUP | VM_SEQ_READ | VM_RAND_READ)

static int refuse_split(struct vm_area_struct *vma, unsigned long addr)
{
	(void)vma;
	(void)addr;
	return -EINVAL;
}

static const struct vm_operations_struct special_ops = { .may_split = refuse_split };

static bool is_free_place(struct mm_struct *mm, unsigned long addr, unsigned long len)
{
	return addr >= mmap_min_addr && addr <= TASK_SIZE && len <= TASK_SIZE - addr &&
	       !find_vma_intersection(mm, addr, addr + len);
}

int call_special(struct mm_struct *mm, unsigned long addr, unsigned long len)
{
	int error = -ENOMEM;

	if (!len || offset_in_page(addr | len))
		return -EINVAL;
	mmap_write_lock(mm);
	if (is_free_place(mm, addr, len))
		error = install_special(mm, addr, len, VM_READ | VM_EXEC | VM_MAY_FLAGS,
					&special_ops);
	mmap_write_unlock(mm);
	return error;
}

/* ---- the stack of a program */

/* An exec that fails ends the process, so that nothing is in the way of its stack's end. */
static void take_back(struct mm_struct *mm, unsigned long addr)
{
	shim()->alloc_nth = 0;
	unmap(mm, addr, PAGE_SIZE);
}

/* Its first page, which arguments are written to. */
static struct vm_area_struct *first_page(struct mm_struct *mm, unsigned long addr)
{
	vm_flags_t flags = VM_READ | VM_WRITE | VM_MAY_FLAGS | VM_GROWSDOWN | VM_ACCOUNT;
	struct vm_area_struct *vma;

	if (!is_free_place(mm, addr, PAGE_SIZE))
		return NULL;
	vma = install_stack(mm, addr, flags | STACK_IN_SETUP);
	if (!vma)
		return NULL;
	if (!fault_range(vma, addr, addr + PAGE_SIZE, /* write= */ true))
		return vma;
	take_back(mm, addr);
	return NULL;
}

/* As far as limits and what lies below are known to allow. */
static unsigned long room_below(struct vm_area_struct *vma)
{
	struct mm_struct *mm = vma->vm_mm;
	uint64_t limit = mm->rlimit[RLIMIT_STACK_PAGES];
	unsigned long floor = mmap_min_addr, room;
	VMA_ITERATOR(vmi, mm, vma->vm_start);
	struct vm_area_struct *prev = vma_prev(&vmi);

	if (prev) {
		floor = prev->vm_end;
		if (!(prev->vm_flags & VM_GROWSDOWN) && vma_is_accessible(prev))
			floor += stack_guard_gap;
	}
	if (floor >= vma->vm_start || limit < vma_pages(vma))
		return 0;
	room = (vma->vm_start - floor) >> PAGE_SHIFT;
	return min(min(room, STACK_AHEAD), limit - vma_pages(vma));
}

/* The flags of new mappings, given while it cannot merge yet. */
static int give_default_flags(struct vm_area_struct **vma)
{
	struct mm_struct *mm = (*vma)->vm_mm;
	vm_flags_t oldflags = (*vma)->vm_flags, flags = oldflags | mm->def_flags;
	VMA_ITERATOR(vmi, mm, (*vma)->vm_start);
	struct vm_area_struct *prev = vma_prev(&vmi), *now;

	if (flags == oldflags)
		return 0;
	vma_next(&vmi);
	now = modify_flags(&vmi, prev, *vma, (*vma)->vm_start, (*vma)->vm_end, &flags);
	if (IS_ERR(now))
		return (int)PTR_ERR(now);
	*vma = now;
	set_flags(now, flags);
	if (flags & VM_LOCKED)
		mm->locked_vm += vma_pages(now);
	return 0;
}

static int set_up_stack(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = first_page(mm, addr);
	unsigned long room;
	int error;

	if (!vma)
		return -ENOMEM;
	error = give_default_flags(&vma);
	if (error) {
		take_back(mm, addr);
		return error;
	}
	set_flags(vma, vma->vm_flags & ~STACK_IN_SETUP);
	room = room_below(vma);
	/* What cannot grow now may when it is used. */
	if (room)
		grow_stack(vma, vma->vm_start - (room << PAGE_SHIFT));
	return 0;
}

int call_exec_stack(struct mm_struct *mm, unsigned long addr)
{
	int error;

	if (offset_in_page(addr))
		return -EINVAL;
	mmap_write_lock(mm);
	error = set_up_stack(mm, addr);
	mmap_write_unlock(mm);
	return error;
}
