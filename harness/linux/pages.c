/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page tables, as far as VMAs can do them wrong: which pages are there, and whether who takes
 * them away says the right bounds. Nothing may be left behind where no VMA is, and no table may
 * go that a VMA still needs.
 */
#include "pages.h"

#include "mm/vma.h"

static unsigned int page_of(unsigned long addr)
{
	return (unsigned int)((addr - mmap_min_addr) >> PAGE_SHIFT);
}

bool pages_present(const struct mm_struct *mm, unsigned long start, unsigned long end)
{
	for (unsigned int p = page_of(start); p < page_of(end); p++)
		if (mm->present[p / 64] >> p % 64 & 1)
			return true;
	return false;
}

void pages_set(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	for (unsigned int p = page_of(start); p < page_of(end); p++)
		mm->present[p / 64] |= UINT64_C(1) << p % 64;
}

void pages_clear(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	for (unsigned int p = page_of(start); p < page_of(end); p++)
		mm->present[p / 64] &= ~(UINT64_C(1) << p % 64);
}

void pages_move(struct mm_struct *mm, unsigned long from, unsigned long to, unsigned long length)
{
	bool up = to > from;

	for (unsigned long done = 0; done < length; done += PAGE_SIZE) {
		unsigned long at = up ? length - PAGE_SIZE - done : done;

		if (!pages_present(mm, from + at, from + at + PAGE_SIZE))
			continue;
		pages_clear(mm, from + at, from + at + PAGE_SIZE);
		pages_set(mm, to + at, to + at + PAGE_SIZE);
	}
}

void unmap_vmas(struct mmu_gather *tlb, struct ma_state *mas, struct vm_area_struct *vma,
		unsigned long start, unsigned long end, unsigned long tree_end, bool write_locked)
{
	WARN_ON(write_locked != (vma->vm_mm->mmap_lock.lock.held == -1));
	for (; vma && !xa_is_zero(vma); vma = mas_find(mas, tree_end - 1)) {
		unsigned long low = max(start, vma->vm_start), high = min(end, vma->vm_end);

		WARN_ON(vma->vm_mm != tlb->mm);
		/* The last of a range may lie beyond it. */
		if (low < high)
			pages_clear(vma->vm_mm, low, high);
	}
}

/* Tables of [floor, ceiling) go: only VMAs that go as well may lie there. */
static void check_bounds(struct mm_struct *mm, unsigned long floor, unsigned long ceiling)
{
	struct vm_area_struct *vma;
	VMA_ITERATOR(vmi, mm, floor);

	if (mm->exiting)
		return;
	for (vma = vma_next(&vmi); vma && vma->vm_start <= ceiling - 1; vma = vma_next(&vmi))
		WARN_ON(!vma->detached);
	floor = max(floor, mmap_min_addr);
	ceiling = ceiling ? min(ceiling, TASK_SIZE) : TASK_SIZE;
	WARN_ON(pages_present(mm, floor, ceiling));
}

void free_pgtables(struct mmu_gather *tlb, struct ma_state *mas, struct vm_area_struct *vma,
		   unsigned long floor, unsigned long ceiling, bool write_locked)
{
	struct unlink_vma_file_batch batch;

	check_bounds(tlb->mm, floor, ceiling);
	unlink_file_vma_batch_init(&batch);
	for (; vma && !xa_is_zero(vma); vma = mas_find(mas, ceiling - 1)) {
		WARN_ON(vma->vm_start < floor || vma->vm_end - 1 > ceiling - 1);
		if (write_locked)
			vma_start_write(vma);
		unlink_anon_vmas(vma);
		unlink_file_vma_batch_add(&batch, vma);
	}
	unlink_file_vma_batch_final(&batch);
}
