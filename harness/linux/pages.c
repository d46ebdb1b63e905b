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

static bool any_of(const uint64_t *map, unsigned long start, unsigned long end)
{
	for (unsigned int p = page_of(start); p < page_of(end); p++)
		if (map[p / 64] >> p % 64 & 1)
			return true;
	return false;
}

static void mark(uint64_t *map, unsigned long start, unsigned long end, bool there)
{
	for (unsigned int p = page_of(start); p < page_of(end); p++)
		if (there)
			map[p / 64] |= UINT64_C(1) << p % 64;
		else
			map[p / 64] &= ~(UINT64_C(1) << p % 64);
}

bool pages_present(const struct mm_struct *mm, unsigned long start, unsigned long end)
{
	return any_of(mm->present, start, end);
}

bool pages_guarded(const struct mm_struct *mm, unsigned long start, unsigned long end)
{
	return any_of(mm->guard, start, end);
}

void pages_set(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	mark(mm->present, start, end, true);
}

void pages_clear(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	mark(mm->present, start, end, false);
}

void pages_guard(struct mm_struct *mm, unsigned long start, unsigned long end, bool guarded)
{
	mark(mm->guard, start, end, guarded);
}

static void move_in(uint64_t *map, unsigned long from, unsigned long to, unsigned long length)
{
	bool up = to > from;

	for (unsigned long done = 0; done < length; done += PAGE_SIZE) {
		unsigned long at = up ? length - PAGE_SIZE - done : done;

		if (!any_of(map, from + at, from + at + PAGE_SIZE))
			continue;
		mark(map, from + at, from + at + PAGE_SIZE, false);
		mark(map, to + at, to + at + PAGE_SIZE, true);
	}
}

void pages_move(struct mm_struct *mm, unsigned long from, unsigned long to, unsigned long length)
{
	move_in(mm->present, from, to, length);
	move_in(mm->guard, from, to, length);
}

/* ---- what the tree asks for */

/* A walk of the tree that goes on from its first VMA, and what it takes from each. */
struct walk {
	struct ma_state *mas;
	struct vm_area_struct *first;
	unsigned long start, end; /* of the pages */
	unsigned long last;	  /* index of the tree */
	bool write_locked;
};

static void zap(struct mm_struct *mm, const struct walk *walk)
{
	struct vm_area_struct *vma = walk->first;

	WARN_ON(walk->write_locked != (mm->mmap_lock.lock.held == -1));
	for (; vma && !xa_is_zero(vma); vma = mas_find(walk->mas, walk->last)) {
		unsigned long low = max(walk->start, vma->vm_start);
		unsigned long high = min(walk->end, vma->vm_end);

		WARN_ON(vma->vm_mm != mm);
		/* The last of a range may lie beyond it. */
		if (low >= high)
			continue;
		mark(mm->present, low, high, false);
		mark(mm->guard, low, high, false);
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
	WARN_ON(pages_present(mm, floor, ceiling) || pages_guarded(mm, floor, ceiling));
}

static void free_tables(struct mm_struct *mm, const struct walk *walk)
{
	struct vm_area_struct *vma = walk->first;
	struct unlink_vma_file_batch batch;

	check_bounds(mm, walk->start, walk->end);
	unlink_file_vma_batch_init(&batch);
	for (; vma && !xa_is_zero(vma); vma = mas_find(walk->mas, walk->last)) {
		WARN_ON(vma->vm_start < walk->start || vma->vm_end - 1 > walk->end - 1);
		if (walk->write_locked)
			vma_start_write(vma);
		unlink_anon_vmas(vma);
		unlink_file_vma_batch_add(&batch, vma);
	}
	unlink_file_vma_batch_final(&batch);
}

#ifdef TREE_HAS_BITMAP_FLAGS

void unmap_vmas(struct mmu_gather *tlb, struct unmap_desc *unmap)
{
	zap(tlb->mm, &(struct walk){ unmap->mas, unmap->first, unmap->vma_start, unmap->vma_end,
				     unmap->tree_end - 1, unmap->mm_wr_locked });
}

void free_pgtables(struct mmu_gather *tlb, struct unmap_desc *unmap)
{
	free_tables(tlb->mm,
		    &(struct walk){ unmap->mas, unmap->first, unmap->pg_start, unmap->pg_end,
				    unmap->tree_end - 1, unmap->mm_wr_locked });
}

unsigned long move_page_tables(struct pagetable_move_control *move)
{
	pages_move(move->vma->vm_mm, move->from, move->to, move->length);
	return move->length;
}

/* A stack has left [start, end), and none of its neighbours lies in the tables around that. */
void free_pgd_range(struct mmu_gather *tlb, unsigned long start, unsigned long end,
		    unsigned long floor, unsigned long ceiling)
{
	WARN_ON(start < floor || end - 1 > ceiling - 1);
	WARN_ON(pages_present(tlb->mm, start, end) || pages_guarded(tlb->mm, start, end));
}

static void drop_from(struct vma_iterator *vmi, struct vm_area_struct *first)
{
	struct unmap_desc unmap;

	unmap_all_init(&unmap, vmi, first);
	unmap.mm_wr_locked = true;
	unmap_region(&unmap);
}

#else

void unmap_vmas(struct mmu_gather *tlb, struct ma_state *mas, struct vm_area_struct *vma,
		unsigned long start, unsigned long end, unsigned long tree_end, bool write_locked)
{
	zap(tlb->mm, &(struct walk){ mas, vma, start, end, tree_end - 1, write_locked });
}

void free_pgtables(struct mmu_gather *tlb, struct ma_state *mas, struct vm_area_struct *vma,
		   unsigned long floor, unsigned long ceiling, bool write_locked)
{
	free_tables(tlb->mm, &(struct walk){ mas, vma, floor, ceiling, ceiling - 1, write_locked });
}

static void drop_from(struct vma_iterator *vmi, struct vm_area_struct *first)
{
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, first->vm_mm);
	unmap_vmas(&tlb, &vmi->mas, first, 0, ULONG_MAX, ULONG_MAX, /* write_locked= */ true);
	vma_iter_set(vmi, first->vm_end);
	free_pgtables(&tlb, &vmi->mas, first, FIRST_USER_ADDRESS, USER_PGTABLES_CEILING,
		      /* write_locked= */ true);
	tlb_finish_mmu(&tlb);
}

#endif

void pages_drop(struct mm_struct *mm)
{
	VMA_ITERATOR(vmi, mm, 0);
	struct vm_area_struct *first = vma_next(&vmi);

	if (first && !xa_is_zero(first))
		drop_from(&vmi, first);
}
