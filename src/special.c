/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mappings that no request of the process made: special mappings as the vdso, and the stack of
 * a new program, which is made small, moved to where it belongs, and then grown. None of them
 * looks at the limit of VMAs.
 */
#include "vma_internal.h"

/* 128 KiB of stack are there before the first fault. */
#define STACK_PAGES_AHEAD 32

static bool range_is_mapped(const struct mm *mm, vm_addr_t start, vm_addr_t end)
{
	const struct vma *vma = vma_find(mm, start);

	return vma && vma->vm_start < end;
}

static bool range_is_in_reach(const struct mm *mm, vm_addr_t start, uint64_t len)
{
	const struct vm_config *config = &mm->machine->config;

	return start >= config->mmap_min_addr && start <= config->task_size &&
	       len <= config->task_size - start;
}

/* An unattached VMA where nothing is mapped, with room for it in the tree; NULL: neither. */
static struct vma *new_vma(struct mm *mm, vm_addr_t start, uint64_t len)
{
	vm_addr_t end = start + len;
	struct vma *vma;

	if (!range_is_in_reach(mm, start, len) || range_is_mapped(mm, start, end))
		return NULL;
	vma = vma_alloc(mm);
	if (!vma)
		return NULL;
	if (vma_tree_reserve(mm, 1)) {
		vma_free(vma);
		return NULL;
	}
	vma->vm_start = start;
	vma->vm_end = end;
	vma->virt_pgoff = start >> VM_PAGE_SHIFT;
	return vma;
}

static void insert_vma(struct vma *vma)
{
	struct mm *mm = vma->vm_mm;

	if (mm->machine->config.soft_dirty)
		vma->vm_flags |= VM_SOFTDIRTY;
	vma_attach(vma);
	vma_count_is_allowed(mm);
	vm_stat_account(mm, vma->vm_flags, (int64_t)vma_pages(vma));
}

/* ------------------------------------------------------------------ special mappings */

static int special_may_split(struct vma *vma, vm_addr_t addr)
{
	(void)vma;
	(void)addr;
	return -EINVAL;
}

static const struct vm_operations special_vm_ops = { .may_split = special_may_split };

int mm_install_special(struct mm *mm, vm_addr_t addr, uint64_t len)
{
	struct vma *vma;

	if (!len || !page_aligned(addr | len))
		return -EINVAL;
	vma = new_vma(mm, addr, len);
	if (!vma)
		return -ENOMEM;
	vma->vm_flags = VM_READ | VM_EXEC | VM_MAY_FLAGS | VM_DONTEXPAND |
			(mm->def_flags & ~VM_LOCKED_MASK);
	vma->vm_ops = &special_vm_ops;
	insert_vma(vma);
	return 0;
}

/* ------------------------------------------------------------------ the stack of a program */

#define STACK_FLAGS (VM_READ | VM_WRITE | VM_MAY_FLAGS | VM_GROWSDOWN | VM_ACCOUNT)
/* Advice that contradicts itself: nothing merges with a stack under construction. */
#define STACK_IN_SETUP (VM_STACK_INCOMPLETE_SETUP | VM_SEQ_READ | VM_RAND_READ)

/* The page that arguments are written to, faulted. NULL without memory, or if it is taken. */
static struct vma *make_stack(struct mm *mm, vm_addr_t start)
{
	struct vma *vma = new_vma(mm, start, VM_PAGE_SIZE);

	if (!vma)
		return NULL;
	if (vm_charge(mm, 1)) {
		vma_free(vma);
		return NULL;
	}
	vma->vm_flags = STACK_FLAGS | STACK_IN_SETUP;
	vma->vm_pgoff = start >> VM_PAGE_SHIFT;
	vma_set_anonymous(vma);
	insert_vma(vma);
	if (!fault_vma_range(vma, start, vma->vm_end, /* write= */ true))
		return vma;
	unmap_vma(vma);
	return NULL;
}

/*
 *	0123456789ab
 *	PP.gg.......V		g: the gap that accessible memory below keeps
 *
 * How far it may grow down by limits that are known beforehand.
 */
static uint64_t room_below(const struct vma *vma)
{
	const struct mm *mm = vma->vm_mm;
	const struct vm_config *config = &mm->machine->config;
	const struct vma *prev = vma_prev(vma);
	uint64_t limit = mm->rlimit[VM_RLIMIT_STACK], pages = vma_pages(vma);
	uint64_t room = page_count(config->mmap_min_addr, vma->vm_start);

	if (prev) {
		uint64_t gap = config->stack_guard_gap;

		if (prev->vm_flags & VM_GROWSDOWN || !vma_is_accessible(prev))
			gap = 0;
		room = page_count(prev->vm_end, vma->vm_start);
		room = room > gap ? room - gap : 0;
	}
	if (limit < pages)
		return 0;
	return lower_of(room, lower_of(limit - pages, STACK_PAGES_AHEAD));
}

/*
 *	0123456789ab			0123456789ab
 *	...........V		->	....VVVVVVVV
 *
 * It takes the flags that new mappings get while it is still in setup, so that it cannot merge.
 */
int mm_exec_stack(struct mm *mm, vm_addr_t addr)
{
	vm_flags_t flags;
	uint64_t room;
	struct vma *vma;
	int err;

	if (!page_aligned(addr))
		return -EINVAL;
	vma = make_stack(mm, addr);
	if (!vma)
		return -ENOMEM;
	flags = vma->vm_flags | mm->def_flags;
	if (flags != vma->vm_flags) {
		err = vma_modify_flags(vma_prev(vma), vma, vma->vm_start, vma->vm_end, &flags,
				       &vma);
		if (err) {
			unmap_vma(vma);
			return err;
		}
		vma->vm_flags = flags;
		if (flags & VM_LOCKED)
			mm->locked_vm += vma_pages(vma);
	}
	vma->vm_flags &= ~STACK_IN_SETUP;
	room = room_below(vma);
	/* A stack that did not grow now will when it is used. */
	if (room)
		expand_downwards(vma, vma->vm_start - (room << VM_PAGE_SHIFT));
	return 0;
}

/*
 *	0123456789ab			0123456789ab
 *	......VVVVVV		->	...VVVVVV...	by 3; in between it covers both
 *
 * Its pages move with it, and keep their offset: no later neighbour continues it.
 *
 * ASSUMPTIONS: pages is not 0, and there is that much room below.
 */
static int relocate_vma_down(struct vma *vma, uint64_t pages)
{
	struct mm *mm = vma->vm_mm;
	vm_addr_t start = vma->vm_start, end = vma->vm_end;
	vm_addr_t shift = pages << VM_PAGE_SHIFT;
	vm_pgoff_t pgoff = vma->vm_pgoff, virt_pgoff = vma->virt_pgoff;
	int err;

	if (range_is_mapped(mm, start - shift, start))
		return -EFAULT;
	err = vma_tree_reserve(mm, 0);
	if (err)
		return err;
	vma_set_bounds(vma, start - shift, end);
	err = vma_shrink(vma, end - shift);
	if (err) {
		/* An exec would be over now. Here the process lives on, so it goes back. */
		vma_set_bounds(vma, start, end);
		return err;
	}
	err = guard_move(mm, start, end, start - shift);
	guard_clear(mm, end - shift, end);
	vma->vm_pgoff = pgoff;
	vma->virt_pgoff = virt_pgoff;
	vma->displaced = true;
	return err;
}

int mm_relocate_down(struct mm *mm, vm_addr_t start, vm_addr_t end, uint64_t pages)
{
	struct vma *vma = mm_find(mm, start);

	if (!vma || vma->vm_start != start || vma->vm_end != end || !pages)
		return -EINVAL;
	if (pages > page_count(mm->machine->config.mmap_min_addr, start))
		return -ENOMEM;
	return relocate_vma_down(vma, pages);
}
