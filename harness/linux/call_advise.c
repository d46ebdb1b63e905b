/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * madvise(), names of anonymous memory, and what is said about the memory of a whole process,
 * chapters 9.3, 9.10 and 8.2.
 */
#include "calls.h"
#include "pages.h"

static bool is_known(unsigned int advice)
{
	return advice <= MADV_DONTNEED || advice == MADV_FREE ||
	       (advice >= MADV_REMOVE && advice <= MADV_DONTNEED_LOCKED + 1 /* COLLAPSE */);
}

static bool discards(unsigned int advice)
{
	return advice == MADV_FREE || advice == MADV_DONTNEED || advice == MADV_DONTNEED_LOCKED ||
	       advice == MADV_REMOVE || advice == MADV_DONTFORK || advice == MADV_WIPEONFORK;
}

/* A seal protects anonymous memory from being discarded by who may not write to it. */
bool is_protected(const struct vm_area_struct *vma)
{
	bool anonymous = !vma->vm_file && !(vma->vm_flags & VM_SHARED);

	if (shim()->config.as_7_3)
		anonymous = vma_is_anonymous(vma);
	return anonymous && (vma->vm_flags & (VM_SEALED | VM_WRITE)) == VM_SEALED;
}

bool is_advisable(unsigned long addr, unsigned long len)
{
	return !offset_in_page(addr) && (!len || PAGE_ALIGN(len)) && addr + PAGE_ALIGN(len) >= addr;
}

bool ksm_compatible(vm_flags_t flags)
{
	return !(flags & (VM_SHARED | VM_MAYSHARE | VM_SPECIAL | VM_HUGETLB | VM_DROPPABLE));
}

vm_flags_t ksm_flags(const struct mm_struct *mm, vm_flags_t flags)
{
	return mm->ksm && ksm_compatible(flags) ? flags | VM_MERGEABLE : flags;
}

#ifdef TREE_HAS_BITMAP_FLAGS
vma_flags_t ksm_vma_flags(const struct mm_struct *mm, const struct file *file, vma_flags_t flags)
{
	(void)file;
	return legacy_to_vma_flags(ksm_flags(mm, flags.word));
}
#endif

/* What each advice sets and clears, and on which VMAs it is refused. */
static const struct advised {
	unsigned int advice;
	vm_flags_t set, clear, refused_by;
} advised[] = {
	{ MADV_NORMAL, 0, VM_SEQ_READ | VM_RAND_READ, 0 },
	{ MADV_SEQUENTIAL, VM_SEQ_READ, VM_RAND_READ, 0 },
	{ MADV_RANDOM, VM_RAND_READ, VM_SEQ_READ, 0 },
	{ MADV_DONTFORK, VM_DONTCOPY, 0, 0 },
	{ MADV_DOFORK, 0, VM_DONTCOPY, VM_IO },
	{ MADV_WIPEONFORK, VM_WIPEONFORK, 0, VM_SHARED },
	{ MADV_KEEPONFORK, 0, VM_WIPEONFORK, VM_DROPPABLE },
	{ MADV_DONTDUMP, VM_DONTDUMP, 0, 0 },
	{ MADV_DODUMP, 0, VM_DONTDUMP, VM_SPECIAL | VM_DROPPABLE },
	{ MADV_MERGEABLE, VM_MERGEABLE, 0, 0 },
	{ MADV_UNMERGEABLE, 0, VM_MERGEABLE, 0 },
	{ MADV_HUGEPAGE, VM_HUGEPAGE, VM_NOHUGEPAGE, 0 },
	{ MADV_NOHUGEPAGE, VM_NOHUGEPAGE, VM_HUGEPAGE, 0 },
};

static int advise_flags(struct vma_iterator *vmi, struct vm_area_struct *vma,
			struct vm_area_struct **prev, unsigned long start, unsigned long end,
			const struct advised *row)
{
	vm_flags_t newflags = (vma->vm_flags & ~row->clear) | row->set;
	vm_flags_t refused_by = row->refused_by;

	if (row->advice == MADV_DOFORK && shim()->config.as_7_3)
		refused_by = VM_SPECIAL;
	if (vma->vm_flags & refused_by || (row->advice == MADV_WIPEONFORK && vma->vm_file))
		return -EINVAL;
	if (row->advice == MADV_MERGEABLE && !ksm_compatible(vma->vm_flags))
		newflags = vma->vm_flags;
	if (newflags != vma->vm_flags) {
		vma = modify_flags(vmi, *prev, vma, start, end, &newflags);
		if (IS_ERR(vma))
			return PTR_ERR(vma) == -ENOMEM ? -EAGAIN : (int)PTR_ERR(vma);
		set_flags(vma, newflags);
	}
	*prev = vma;
	return 0;
}

/* Advice about pages, which no VMA remembers. */
static int advise_pages(struct vm_area_struct *vma, unsigned long start, unsigned long end,
			unsigned int advice)
{
	vm_flags_t refused_by = 0;

	switch (advice) {
	case MADV_WILLNEED:
		return 0;
	case MADV_DONTNEED:
		refused_by = VM_LOCKED | VM_PFNMAP;
		break;
	case MADV_DONTNEED_LOCKED:
		refused_by = VM_PFNMAP;
		break;
	case MADV_FREE:
		refused_by = vma_is_anonymous(vma) ? VM_LOCKED | VM_PFNMAP : ~VM_NONE;
		break;
	case MADV_COLD:
	case MADV_PAGEOUT:
		return vma->vm_flags & (VM_LOCKED | VM_PFNMAP | VM_HUGETLB) ? -EINVAL : 0;
	case MADV_REMOVE:
		if (vma->vm_flags & VM_LOCKED || !vma->vm_file)
			return -EINVAL;
		return vma_is_shared_maywrite(vma) ? 0 : -EACCES;
	default:
		return -EINVAL; /* nothing is large enough to be collapsed */
	}
	if (vma->vm_flags & refused_by)
		return -EINVAL;
	pages_clear(vma->vm_mm, start, end);
	return 0;
}

static int advise(struct vma_iterator *vmi, struct vm_area_struct *vma,
		  struct vm_area_struct **prev, unsigned long start, unsigned long end,
		  const void *argument)
{
	const unsigned int *advice = argument;

	if (discards(*advice) && is_protected(vma))
		return -EPERM;
	for (size_t i = 0; i < ARRAY_SIZE(advised); i++)
		if (advised[i].advice == *advice)
			return advise_flags(vmi, vma, prev, start, end, &advised[i]);
	*prev = vma;
	return advise_pages(vma, start, end, *advice);
}

static int advise_populate(struct mm_struct *mm, unsigned long start, unsigned long end, bool write)
{
	while (start < end) {
		struct vm_area_struct *vma = vma_lookup(mm, start);
		unsigned long stop;
		int error;

		if (!vma)
			return -ENOMEM;
		if (vma->vm_flags & (VM_IO | VM_PFNMAP) ||
		    !(vma->vm_flags & (write ? VM_WRITE : VM_READ)))
			return -EINVAL;
		stop = min(vma->vm_end, end);
		error = fault_range(vma, start, stop, write);
		if (error)
			return error;
		start = stop;
	}
	return 0;
}

int call_madvise(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned int advice)
{
	unsigned long end = addr + PAGE_ALIGN(len);
	int error;

	if (advice == MADV_GUARD_INSTALL || advice == MADV_GUARD_REMOVE)
		return call_guard(mm, addr, len, advice == MADV_GUARD_INSTALL);
	if (!is_known(advice) || !is_advisable(addr, len))
		return -EINVAL;
	if (end == addr)
		return 0;
	mmap_write_lock(mm);
	if (advice == MADV_POPULATE_READ || advice == MADV_POPULATE_WRITE)
		error = advise_populate(mm, addr, end, advice == MADV_POPULATE_WRITE);
	else
		error = walk_advised(mm, addr, end, advise, &advice);
	mmap_write_unlock(mm);
	return error;
}

/* ---- names */

static bool is_name(const char *text)
{
	size_t length = strlen(text);

	for (size_t i = 0; i < length; i++)
		if (text[i] < ' ' || text[i] > '~' || strchr("\\`$[]", text[i]))
			return false;
	return length < 80;
}

static int give_name(struct vma_iterator *vmi, struct vm_area_struct *vma,
		     struct vm_area_struct **prev, unsigned long start, unsigned long end,
		     const void *argument)
{
	struct anon_vma_name *const *name = argument;
	vm_flags_t flags = vma->vm_flags;

	if (vma->vm_file && !vma_is_shmem(vma))
		return -EBADF;
	if (!anon_vma_name_eq(vma->anon_name, *name)) {
		vma = modify_name(vmi, *prev, vma, start, end, *name);
		if (IS_ERR(vma))
			return PTR_ERR(vma) == -ENOMEM ? -EAGAIN : (int)PTR_ERR(vma);
		if (!anon_vma_name_eq(vma->anon_name, *name)) {
			anon_vma_name_put(vma->anon_name);
			vma->anon_name = *name;
			if (*name)
				(*name)->refs++;
		}
		set_flags(vma, flags);
	}
	*prev = vma;
	return 0;
}

static struct anon_vma_name *new_name(const char *text)
{
	struct anon_vma_name *name = shim_alloc(SHIM_NAME, sizeof(*name), GFP_KERNEL);

	if (!name)
		return NULL;
	name->refs = 1;
	memcpy(name->name, text, strlen(text));
	return name;
}

int call_name(struct mm_struct *mm, unsigned long addr, unsigned long len, const char *text)
{
	unsigned long end = addr + PAGE_ALIGN(len);
	struct anon_vma_name *name = NULL;
	int error = 0;

	if (!shim()->config.anon_names || (text && !is_name(text)))
		return -EINVAL;
	if (text) {
		name = new_name(text);
		if (!name)
			return -ENOMEM;
	}
	mmap_write_lock(mm);
	if (!is_advisable(addr, len))
		error = -EINVAL;
	else if (end > addr)
		error = walk_advised(mm, addr, end, give_name, &name);
	mmap_write_unlock(mm);
	anon_vma_name_put(name);
	return error;
}

/* ---- of a whole process */

void call_ksm(struct mm_struct *mm, bool on)
{
	VMA_ITERATOR(vmi, mm, 0);
	struct vm_area_struct *vma;

	if (mm->ksm == on)
		return;
	mmap_write_lock(mm);
	mm->ksm = on;
	for_each_vma(vmi, vma) if (ksm_compatible(vma->vm_flags))
		set_flags(vma, on ? vma->vm_flags | VM_MERGEABLE : vma->vm_flags & ~VM_MERGEABLE);
	mmap_write_unlock(mm);
}

void call_clear_softdirty(struct mm_struct *mm)
{
	VMA_ITERATOR(vmi, mm, 0);
	struct vm_area_struct *vma;

	mmap_write_lock(mm);
	for_each_vma(vmi, vma) set_flags(vma, vma->vm_flags & ~VM_SOFTDIRTY);
	mmap_write_unlock(mm);
}
