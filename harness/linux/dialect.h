/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How walkers speak to the tree: the same requests in the words of trees that keep flags in a
 * word (6.12) and of those that keep them in a bitmap (7.3).
 */
#ifndef VMAFUZZ_LINUX_DIALECT_H
#define VMAFUZZ_LINUX_DIALECT_H

#include "vma_internal.h"

#include "mm/vma.h"

/* The page offset of an address in vma. */
static inline pgoff_t offset_at(const struct vm_area_struct *vma, unsigned long addr)
{
	return vma->vm_pgoff + ((addr - vma->vm_start) >> PAGE_SHIFT);
}

#ifdef TREE_HAS_BITMAP_FLAGS

#define VMG_MIDDLE(vmg) ((vmg)->middle)
#define VMG_GROWING(vmg) ((vmg)->target)
#define VMG_FLAGS(vmg) ((vmg)->vma_flags.word)
#define VMG_JUST_EXPANDS(vmg) ((vmg)->just_expand)

/* *flags is what the piece is to have, and then with what a merge adds to that (5.3). */
static inline struct vm_area_struct *modify_flags(struct vma_iterator *vmi,
						  struct vm_area_struct *prev,
						  struct vm_area_struct *vma, unsigned long start,
						  unsigned long end, vm_flags_t *flags)
{
	vma_flags_t wanted = legacy_to_vma_flags(*flags);

	vma = vma_modify_flags(vmi, prev, vma, start, end, &wanted);
	*flags = wanted.word;
	return vma;
}

static inline struct vm_area_struct *modify_uffd(struct vma_iterator *vmi,
						 struct vm_area_struct *prev,
						 struct vm_area_struct *vma, unsigned long start,
						 unsigned long end, vm_flags_t flags,
						 struct vm_userfaultfd_ctx ctx, bool give_up_on_oom)
{
	vma_flags_t wanted = legacy_to_vma_flags(flags);

	return vma_modify_flags_uffd(vmi, prev, vma, start, end, &wanted, ctx, give_up_on_oom);
}

#define modify_name(vmi, prev, vma, start, end, name)                                              \
	vma_modify_name(vmi, prev, vma, start, end, name)

static inline struct vm_area_struct *copy_to(struct vm_area_struct **vma, unsigned long from,
					     unsigned long to, unsigned long len, bool keep)
{
	pgoff_t anon = __linear_anon_page_index(*vma, from);
	bool rmap_locks;

	return copy_vma(vma, to, len, offset_at(*vma, from), anon, &rmap_locks, keep);
}

/* It has left the tree, and goes. */
static inline void let_go(struct vm_area_struct *vma)
{
	vma_start_write(vma);
	vma_mark_detached(vma);
	remove_vma(vma);
}

/* It is in the copy of a tree. */
#define enter(vma) ((vma)->detached = false)

/* Nobody is active in its pages any more: it lies where it stands. */
static inline void reset_offsets(struct vm_area_struct *vma)
{
	vma_set_anon_pgoff(vma, vma->vm_start >> PAGE_SHIFT);
	if (vma_is_anonymous(vma) && !vma->vm_file)
		vma->vm_pgoff = vma->vm_start >> PAGE_SHIFT;
}

#else

#define VMG_MIDDLE(vmg) ((vmg)->vma)
#define VMG_GROWING(vmg) ((vmg)->vma)
#define VMG_FLAGS(vmg) ((vmg)->flags)
#define VMG_JUST_EXPANDS(vmg) ((vmg)->merge_flags & VMG_FLAG_JUST_EXPAND)

#define modify_flags(vmi, prev, vma, start, end, wanted)                                           \
	vma_modify_flags(vmi, prev, vma, start, end, *(wanted))
#define modify_uffd(vmi, prev, vma, start, end, flags, ctx, give_up_on_oom)                        \
	vma_modify_flags_uffd(vmi, prev, vma, start, end, flags, ctx, give_up_on_oom)
#define modify_name(vmi, prev, vma, start, end, name)                                              \
	vma_modify_flags_name(vmi, prev, vma, start, end, (vma)->vm_flags, name)

static inline struct vm_area_struct *copy_to(struct vm_area_struct **vma, unsigned long from,
					     unsigned long to, unsigned long len, bool keep)
{
	bool rmap_locks;

	return copy_vma(vma, to, len, offset_at(*vma, from), &rmap_locks, keep);
}

static inline void let_go(struct vm_area_struct *vma)
{
	vma_start_write(vma);
	vma_mark_detached(vma, true);
	remove_vma(vma, /* unreachable= */ true);
}

#define enter(vma) ((void)(vma))

static inline void reset_offsets(struct vm_area_struct *vma)
{
	if (vma_is_anonymous(vma) && !vma->vm_file)
		vma->vm_pgoff = vma->vm_start >> PAGE_SHIFT;
}

#endif

#endif
