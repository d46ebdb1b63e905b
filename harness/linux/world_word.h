/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of the world that a tree sees in this way if it keeps the flags of a VMA in a word, as
 * 6.12 does: a VMA is attached unless it is said to be detached, and knows one page offset.
 */
#ifndef VMAFUZZ_LINUX_WORLD_WORD_H
#define VMAFUZZ_LINUX_WORLD_WORD_H

#define __vm_area_free(vma) vm_area_free(vma)
#define is_shared_maywrite(flags) shares_for_writing(flags)
#define anon_vma_clone(dst, src) shim_anon_vma_clone(dst, src)

static inline pgoff_t vma_start_anon_pgoff(const struct vm_area_struct *vma)
{
	return vma->vm_pgoff;
}

static inline void vma_set_range(struct vm_area_struct *vma, unsigned long start, unsigned long end,
				 pgoff_t pgoff)
{
	shim_assert_changeable(vma, "changes its range without its lock");
	vma->vm_start = start;
	vma->vm_end = end;
	vma->vm_pgoff = pgoff;
}

static inline void vma_mark_detached(struct vm_area_struct *vma, bool detached)
{
	if (detached)
		vma_assert_write_locked(vma);
	vma->detached = detached;
}

void unmap_vmas(struct mmu_gather *tlb, struct ma_state *mas, struct vm_area_struct *vma,
		unsigned long start, unsigned long end, unsigned long tree_end, bool write_locked);
void free_pgtables(struct mmu_gather *tlb, struct ma_state *mas, struct vm_area_struct *vma,
		   unsigned long floor, unsigned long ceiling, bool write_locked);

static inline void vma_adjust_trans_huge(struct vm_area_struct *vma, unsigned long start,
					 unsigned long end, long adjust_next)
{
	(void)start;
	(void)end;
	shim_adjust_pages(vma, adjust_next ? find_vma(vma->vm_mm, vma->vm_end) : NULL);
}

#endif
