/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page faults as far as VMAs notice them: which accesses fail, which make a VMA faulted, and
 * how one below a stack makes it grow. Pages themselves are not kept.
 */
#include "vma_internal.h"

/* ------------------------------------------------------------------ stack growth */

static int acct_stack_growth(struct vma *vma, uint64_t pages, uint64_t grow)
{
	struct mm *mm = vma->vm_mm;

	if (!may_expand_vm(mm, vma->vm_flags, grow))
		return -ENOMEM;
	if (pages > mm->rlimit[VM_RLIMIT_STACK])
		return -ENOMEM;
	if (!mlock_future_ok(mm, vma->vm_flags, grow))
		return -ENOMEM;
	if (vma->vm_flags & VM_ACCOUNT)
		return vm_charge(mm, grow);
	if (!mm->machine->behaviour.growth_charges_always)
		return 0;
	if (vm_charge(mm, grow))
		return -ENOMEM;
	mm->committed_leak += grow;
	return 0;
}

/*
 *	0123456789ab			0123456789ab
 *	PP......VVVV		->	PP...VVVVVVV	addr in page 5
 *
 * Accessible memory below keeps a guard gap, unless it is a stack itself. The grown VMA is
 * never merged, even if it now touches prev.
 */
int expand_downwards(struct vma *vma, vm_addr_t addr)
{
	struct mm *mm = vma->vm_mm;
	const struct vm_config *config = &mm->machine->config;
	const struct vma *prev;
	uint64_t grow;
	int err;

	addr = page_down(addr);
	VMA_ASSERT_MM(addr < vma->vm_start, mm);
	if (addr < config->mmap_min_addr)
		return -EPERM;
	prev = vma_prev(vma);
	if (prev && !(prev->vm_flags & VM_GROWSDOWN) && vma_is_accessible(prev) &&
	    page_count(prev->vm_end, addr) < config->stack_guard_gap)
		return -ENOMEM;
	err = vma_tree_reserve(mm, 0);
	if (err)
		return err;
	/* Stays, even if what follows refuses the growth. */
	err = anon_vma_prepare(vma);
	if (err)
		return err;

	grow = page_count(addr, vma->vm_start);
	if (grow > vma->vm_pgoff)
		return -ENOMEM;
	err = acct_stack_growth(vma, page_count(addr, vma->vm_end), grow);
	if (err)
		return err;
	if (vma->vm_flags & VM_LOCKED)
		mm->locked_vm += grow;
	vm_stat_account(mm, vma->vm_flags, (int64_t)grow);
	vma_set_bounds(vma, addr, vma->vm_end);
	return 0;
}

/* ------------------------------------------------------------------ faults */

/*
 * Every page of the range gets the same answer, up to the first guard marker. A write to a
 * private VMA makes anonymous memory; reads map the zero page or the file's.
 *
 * ASSUMPTIONS: the range is page aligned, not empty, and lies inside vma; the access is allowed.
 */
int fault_vma_range(struct vma *vma, vm_addr_t start, vm_addr_t end, bool write)
{
	vm_addr_t guard = mm_first_guard(vma->vm_mm, start, end);
	int err;

	VMA_ASSERT_MM(start >= vma->vm_start, vma->vm_mm);
	VMA_ASSERT_MM(start < end, vma->vm_mm);
	VMA_ASSERT_MM(end <= vma->vm_end, vma->vm_mm);
	if (guard == start)
		return -EFAULT;
	/* An anonymous write prepares before it looks for the page, and so before userfaultfd. */
	if (write && !(vma->vm_flags & VM_SHARED)) {
		err = anon_vma_prepare(vma);
		if (err)
			return err;
	}
	/* As far as anybody knows the page is missing, and nobody will provide it. */
	if (vma->vm_flags & (VM_UFFD_MISSING | VM_UFFD_MINOR))
		return -EFAULT;
	return guard < end ? -EFAULT : 0;
}

int mm_touch(struct mm *mm, vm_addr_t addr, uint64_t len, bool write)
{
	vm_flags_t wanted = write ? VM_WRITE : VM_ACCESS_FLAGS;
	vm_addr_t end = len > UINT64_MAX - addr ? UINT64_MAX : addr + len;

	if (!len)
		return 0;
	/* Where the range wraps the loop ends at TASK_SIZE, above which nothing is mapped. */
	for (addr = page_down(addr); addr < end;) {
		struct vma *vma = vma_find(mm, addr);
		vm_addr_t stop;

		if (!vma)
			return -EFAULT;
		if (vma->vm_start > addr) {
			if (!(vma->vm_flags & VM_GROWSDOWN) || expand_downwards(vma, addr))
				return -EFAULT;
		}
		if (!(vma->vm_flags & wanted))
			return -EFAULT;
		stop = end < vma->vm_end ? page_up(end) : vma->vm_end;
		if (fault_vma_range(vma, addr, stop, write))
			return -EFAULT;
		addr = stop;
	}
	return 0;
}

/* ------------------------------------------------------------------ populate */

/* Faults for writing where that makes private memory, so that no later write has to. */
int populate_vma_range(struct vma *vma, vm_addr_t start, vm_addr_t end)
{
	bool write = (vma->vm_flags & (VM_WRITE | VM_SHARED)) == VM_WRITE;

	if (vma->vm_flags & VM_LOCKONFAULT)
		return 0;
	if (!vma_is_accessible(vma))
		return -EFAULT;
	return fault_vma_range(vma, start, end, write);
}

int mm_populate(struct mm *mm, vm_addr_t start, vm_addr_t end, bool ignore_errors)
{
	struct vma *vma;
	int err;

	if (start == end)
		return 0;
	for (vma = vma_find(mm, start); vma && vma->vm_start < end; vma = vma_next(vma)) {
		/* Nothing to fault in: the driver mapped it all. */
		if (vma->vm_flags & (VM_IO | VM_PFNMAP))
			continue;
		err = populate_vma_range(vma, higher_of(start, vma->vm_start),
					 lower_of(end, vma->vm_end));
		if (err && !ignore_errors)
			return err;
	}
	return 0;
}
