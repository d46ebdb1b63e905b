/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * brk(): the heap, which is no VMA of its own. Whatever is mapped right below the new range and
 * equals it grows; whatever is mapped in the range that goes is unmapped.
 */
#include "uapi.h"
#include "vma_internal.h"

/*
 * Maps [start, end), where nothing is mapped, as heap. Only prev is asked to merge.
 *
 *	0123456789ab			0123456789ab
 *	PPPP****NNNN		->	PPPPPPPPNNNN
 *
 * ASSUMPTIONS: prev is the VMA before the range that may grow, or NULL.
 */
static int do_brk_flags(struct mm *mm, struct vma *prev, vm_addr_t start, vm_addr_t end,
			vm_flags_t flags)
{
	uint64_t pages = page_count(start, end);
	struct vma *vma = NULL;
	struct vma_merge vmg;
	int err;

	flags |= VM_READ | VM_WRITE | VM_MAY_FLAGS | VM_ACCOUNT | mm->def_flags;
	flags = ksm_flags_before_merge(mm, flags);
	/* Lenient at the limit, as mmap() is: it may merge. */
	if (!may_expand_vm(mm, flags, pages) || vma_slots(mm) < 0)
		return -ENOMEM;
	err = vm_charge(mm, pages);
	if (err)
		return err;
	if (prev && prev->vm_end == start) {
		vmg = (struct vma_merge){
			.mm = mm,
			.prev = prev,
			.start = start,
			.end = end,
			.vm_flags = flags,
			.pgoff = start >> VM_PAGE_SHIFT,
			.virt_pgoff = start >> VM_PAGE_SHIFT,
			.just_expand = true,
		};
		vma = vma_merge_new_range(&vmg);
		if (!vma && vmg.state == VMA_MERGE_ERROR_NOMEM)
			goto uncharge;
	}
	if (!vma) {
		vma = vma_alloc(mm);
		if (!vma)
			goto uncharge;
		if (vma_tree_reserve(mm, 1)) {
			vma_free(vma);
			goto uncharge;
		}
		vma->vm_start = start;
		vma->vm_end = end;
		vma->vm_flags = ksm_flags_of_new(mm, flags);
		vma->vm_pgoff = start >> VM_PAGE_SHIFT;
		vma->virt_pgoff = start >> VM_PAGE_SHIFT;
		vma_set_anonymous(vma);
		vma_attach(vma);
	}
	vm_stat_account(mm, flags, (int64_t)pages);
	if (flags & VM_LOCKED)
		mm->locked_vm += pages;
	if (mm->machine->config.soft_dirty)
		vma->vm_flags |= VM_SOFTDIRTY;
	return 0;

uncharge:
	vm_uncharge(mm, pages);
	return -ENOMEM;
}

static int check_brk_limits(const struct mm *mm, vm_addr_t start, uint64_t len)
{
	vm_addr_t addr;
	int err;

	err = get_unmapped_area(mm, start, len, MAP_FIXED, &addr);
	if (err)
		return err;
	return mlock_future_ok(mm, mm->def_flags, len >> VM_PAGE_SHIFT) ? 0 : -EAGAIN;
}

static void populate_brk(struct mm *mm, vm_addr_t start, vm_addr_t end)
{
	if (mm->def_flags & VM_LOCKED)
		mm_populate(mm, start, end, /* ignore_errors= */ true);
}

/* Takes [start, end) away, whoever mapped it. False: the break stays. */
static bool shrink_brk(struct mm *mm, vm_addr_t start, vm_addr_t end)
{
	const struct vma *vma = vma_find(mm, start);

	if (!vma || vma->vm_start >= end)
		return false;
	return do_munmap(mm, start, end) == 0;
}

/*
 *	0123456789ab
 *	DDHHHH**.NNN		D: data, below start_brk; never merged with
 *
 * One page before the next VMA, or before the gap it keeps, stays free.
 */
static bool grow_brk(struct mm *mm, vm_addr_t start, vm_addr_t end)
{
	struct vma *next, *prev;

	if (check_brk_limits(mm, start, end - start))
		return false;
	next = vma_find(mm, start);
	if (next && end + VM_PAGE_SIZE > vm_start_gap(next))
		return false;
	prev = vma_find_prev(mm, start);
	if (prev && prev->vm_end <= mm->start_brk)
		prev = NULL;
	return do_brk_flags(mm, prev, start, end, VM_NONE) == 0;
}

static bool data_limit_allows(const struct mm *mm, vm_addr_t brk)
{
	uint64_t limit = mm->rlimit[VM_RLIMIT_DATA];

	return limit > UINT64_MAX >> VM_PAGE_SHIFT || brk - mm->start_brk <= limit << VM_PAGE_SHIFT;
}

/* There is no error: what cannot be done leaves the break where it was. */
vm_addr_t mm_brk(struct mm *mm, vm_addr_t brk)
{
	vm_addr_t old_end = page_up(mm->brk), new_end = page_up(brk);

	if (brk < mm->start_brk || !data_limit_allows(mm, brk))
		return mm->brk;
	if (old_end == new_end) {
		mm->brk = brk;
	} else if (brk <= mm->brk) {
		if (shrink_brk(mm, new_end, old_end))
			mm->brk = brk;
	} else if (grow_brk(mm, old_end, new_end)) {
		mm->brk = brk;
		populate_brk(mm, old_end, new_end);
	}
	return mm->brk;
}

int mm_vm_brk(struct mm *mm, vm_addr_t addr, uint64_t len, bool exec)
{
	uint64_t size = page_up(len);
	int err;

	if (size < len)
		return -ENOMEM;
	if (!size)
		return 0;
	err = check_brk_limits(mm, addr, size);
	if (!err)
		err = do_munmap(mm, addr, addr + size);
	if (!err)
		err = do_brk_flags(mm, vma_find_prev(mm, addr), addr, addr + size,
				   exec ? VM_EXEC : VM_NONE);
	if (!err)
		populate_brk(mm, addr, addr + size);
	return err;
}
