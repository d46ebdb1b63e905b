/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * madvise(): which advice a VMA refuses, which flags it changes, and where guard markers go.
 * Advice about pages alone is checked and otherwise without effect: there are no pages.
 */
#include "uapi.h"
#include "vma_internal.h"

static bool advice_is_known(const struct mm *mm, uint32_t advice)
{
	switch (advice) {
	case MADV_GUARD_INSTALL:
	case MADV_GUARD_REMOVE:
		return mm->machine->behaviour.guard_regions;
	case MADV_FREE:
		return true;
	default:
		return advice <= MADV_DONTNEED ||
		       (advice >= MADV_REMOVE && advice <= MADV_COLLAPSE);
	}
}

static bool advice_discards(uint32_t advice)
{
	switch (advice) {
	case MADV_FREE:
	case MADV_DONTNEED:
	case MADV_DONTNEED_LOCKED:
	case MADV_REMOVE:
	case MADV_DONTFORK:
	case MADV_WIPEONFORK:
	case MADV_GUARD_INSTALL:
		return true;
	default:
		return false;
	}
}

/* A seal keeps who cannot write anonymous memory from discarding it. */
static bool can_modify_vma_madv(const struct vma *vma, uint32_t advice)
{
	bool anonymous = vma_is_anonymous(vma);

	if (!advice_discards(advice) || !vma_is_sealed(vma))
		return true;
	if (!vma->vm_mm->machine->behaviour.discard_by_ops)
		anonymous = !vma->vm_file && !(vma->vm_flags & VM_SHARED);
	return !anonymous || vma->vm_flags & VM_WRITE;
}

/* ------------------------------------------------------------------ advice that sets flags */

static bool dofork_refused(const struct vma *vma)
{
	bool special = vma->vm_mm->machine->behaviour.dofork_refuses_special;

	return vma->vm_flags & (special ? VM_SPECIAL : VM_IO);
}

/* The flags the VMA would have; false if it refuses. */
static bool advised_flags(const struct vma *vma, uint32_t advice, vm_flags_t *flags)
{
	switch (advice) {
	case MADV_NORMAL:
		*flags &= ~(VM_SEQ_READ | VM_RAND_READ);
		return true;
	case MADV_SEQUENTIAL:
		*flags = (*flags & ~VM_RAND_READ) | VM_SEQ_READ;
		return true;
	case MADV_RANDOM:
		*flags = (*flags & ~VM_SEQ_READ) | VM_RAND_READ;
		return true;
	case MADV_DONTFORK:
		*flags |= VM_DONTCOPY;
		return true;
	case MADV_DOFORK:
		*flags &= ~VM_DONTCOPY;
		return !dofork_refused(vma);
	case MADV_WIPEONFORK:
		*flags |= VM_WIPEONFORK;
		return !vma->vm_file && !(vma->vm_flags & VM_SHARED);
	case MADV_KEEPONFORK:
		*flags &= ~VM_WIPEONFORK;
		return !(vma->vm_flags & VM_DROPPABLE);
	case MADV_DONTDUMP:
		*flags |= VM_DONTDUMP;
		return true;
	case MADV_DODUMP:
		*flags &= ~VM_DONTDUMP;
		return !(vma->vm_flags & (VM_SPECIAL | VM_DROPPABLE)) ||
		       (vma->vm_flags & (VM_HUGETLB | VM_DROPPABLE)) == VM_HUGETLB;
	case MADV_MERGEABLE:
		if (ksm_compatible(vma->vm_flags))
			*flags |= VM_MERGEABLE;
		return true;
	case MADV_UNMERGEABLE:
		*flags &= ~VM_MERGEABLE;
		return true;
	case MADV_HUGEPAGE:
		*flags = (*flags & ~VM_NOHUGEPAGE) | VM_HUGEPAGE;
		return true;
	default:
		VMA_ASSERT_MM(advice == MADV_NOHUGEPAGE, vma->vm_mm);
		*flags = (*flags & ~VM_HUGEPAGE) | VM_NOHUGEPAGE;
		return true;
	}
}

static int madvise_flags(struct vma *vma, struct vma **prev, vm_addr_t start, vm_addr_t end,
			 uint32_t advice)
{
	vm_flags_t newflags = vma->vm_flags;
	int err;

	if (!advised_flags(vma, advice, &newflags))
		return -EINVAL;
	if (newflags != vma->vm_flags) {
		err = vma_modify_flags(*prev, vma, start, end, &newflags, &vma);
		if (err)
			return err == -ENOMEM ? -EAGAIN : err;
		vma->vm_flags = newflags;
	}
	*prev = vma;
	return 0;
}

/* ------------------------------------------------------------------ guard regions */

/*
 *	0123456789ab
 *	VVVVggVVVVVV		marks pages; never cuts a VMA
 *
 * The flag is set first and stays whatever follows: it only says that there may be markers.
 */
static int madvise_guard_install(struct vma *vma, vm_addr_t start, vm_addr_t end)
{
	int err;

	if (vma->vm_flags & (VM_SPECIAL | VM_HUGETLB | VM_LOCKED))
		return -EINVAL;
	vma->vm_flags |= VM_MAYBE_GUARD;
	if (vma_is_anonymous(vma)) {
		err = anon_vma_prepare(vma);
		if (err)
			return err;
	}
	return guard_install(vma->vm_mm, start, end);
}

static int madvise_guard_remove(struct vma *vma, vm_addr_t start, vm_addr_t end)
{
	if (vma->vm_flags & (VM_SPECIAL | VM_HUGETLB))
		return -EINVAL;
	guard_clear(vma->vm_mm, start, end);
	return 0;
}

/* ------------------------------------------------------------------ advice about pages */

static int madvise_remove(const struct vma *vma)
{
	if (vma->vm_flags & VM_LOCKED || !vma->vm_file)
		return -EINVAL;
	return is_shared_maywrite(vma->vm_flags) ? 0 : -EACCES;
}

static int madvise_piece(struct vma *vma, struct vma **prev, vm_addr_t start, vm_addr_t end,
			 const void *argument)
{
	uint32_t advice = *(const uint32_t *)argument;
	vm_flags_t flags = vma->vm_flags;

	if (!can_modify_vma_madv(vma, advice))
		return -EPERM;
	switch (advice) {
	case MADV_WILLNEED:
		break;
	case MADV_DONTNEED:
		if (flags & (VM_LOCKED | VM_PFNMAP))
			return -EINVAL;
		break;
	case MADV_DONTNEED_LOCKED:
		if (flags & VM_PFNMAP)
			return -EINVAL;
		break;
	case MADV_FREE:
		if (flags & (VM_LOCKED | VM_PFNMAP) || !vma_is_anonymous(vma))
			return -EINVAL;
		break;
	case MADV_COLD:
	case MADV_PAGEOUT:
		if (flags & (VM_LOCKED | VM_PFNMAP | VM_HUGETLB))
			return -EINVAL;
		break;
	case MADV_COLLAPSE:
		return -EINVAL; /* no area holds a huge page */
	case MADV_REMOVE:
		*prev = vma;
		return madvise_remove(vma);
	case MADV_GUARD_INSTALL:
		*prev = vma;
		return madvise_guard_install(vma, start, end);
	case MADV_GUARD_REMOVE:
		*prev = vma;
		return madvise_guard_remove(vma, start, end);
	default:
		return madvise_flags(vma, prev, start, end, advice);
	}
	*prev = vma;
	return 0;
}

/*
 *	0123456789ab
 *	AAAA..BBBBBB
 *	  ******		pieces 2..4 and 6..8 are advised; the gap makes it -ENOMEM
 */
int madvise_walk(struct mm *mm, vm_addr_t start, vm_addr_t end, madvise_visit *visit,
		 const void *argument)
{
	struct vma *vma = vma_find(mm, start);
	struct vma *prev = vma && start > vma->vm_start ? vma : vma_find_prev(mm, start);
	int gap_err = 0, err;

	while (start < end) {
		if (!vma)
			return -ENOMEM;
		if (start < vma->vm_start) {
			gap_err = -ENOMEM;
			start = vma->vm_start;
			if (start >= end)
				break;
		}
		err = visit(vma, &prev, start, lower_of(vma->vm_end, end), argument);
		if (err)
			return err;
		start = prev->vm_end;
		vma = start < end ? vma_find(mm, start) : NULL;
	}
	return gap_err;
}

/* Faults the range in as an access would, and says why where that cannot be. */
static int madvise_populate(struct mm *mm, vm_addr_t start, vm_addr_t end, uint32_t advice)
{
	bool write = advice == MADV_POPULATE_WRITE;
	vm_flags_t wanted = write ? VM_WRITE : VM_READ;
	int err;

	while (start < end) {
		struct vma *vma = mm_find(mm, start);

		if (!vma)
			return -ENOMEM;
		if (vma->vm_flags & (VM_IO | VM_PFNMAP) || !(vma->vm_flags & wanted))
			return -EINVAL;
		err = fault_vma_range(vma, start, lower_of(vma->vm_end, end), write);
		if (err)
			return err;
		start = vma->vm_end;
	}
	return 0;
}

int mm_madvise(struct mm *mm, vm_addr_t addr, uint64_t len, uint32_t advice)
{
	vm_addr_t end = addr + page_up(len);

	if (!advice_is_known(mm, advice))
		return -EINVAL;
	if (!page_aligned(addr) || (len && !page_up(len)) || end < addr)
		return -EINVAL;
	if (end == addr)
		return 0;
	if (advice == MADV_POPULATE_READ || advice == MADV_POPULATE_WRITE)
		return madvise_populate(mm, addr, end, advice);
	return madvise_walk(mm, addr, end, madvise_piece, &advice);
}
