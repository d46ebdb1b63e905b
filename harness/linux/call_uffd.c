/* SPDX-License-Identifier: GPL-2.0-or-later */
/* userfaultfd, chapter 9.11: who may be registered, and the walks. */
#include "calls.h"

enum { MODE_MISSING = 1, MODE_WP = 2, MODE_MINOR = 4, MODE_RWP = 8 };

static vm_flags_t mode_flags(unsigned int modes)
{
	return (modes & MODE_MISSING ? VM_UFFD_MISSING : 0) | (modes & MODE_WP ? VM_UFFD_WP : 0) |
	       (modes & MODE_MINOR ? VM_UFFD_MINOR : 0) | (modes & MODE_RWP ? VM_UFFD_RWP : 0);
}

/* 7.3 knows a mode more, which excludes WP. */
static bool are_modes(unsigned int modes)
{
	unsigned int known = MODE_MISSING | MODE_WP | MODE_MINOR;

	if (shim()->config.as_7_3)
		known |= MODE_RWP;
	return modes && !(modes & ~known) && (modes & (MODE_WP | MODE_RWP)) != (MODE_WP | MODE_RWP);
}

static bool is_range(unsigned long addr, unsigned long len)
{
	return !offset_in_page(addr) && !offset_in_page(len) && len && addr < TASK_SIZE &&
	       len <= TASK_SIZE - addr;
}

static bool can_userfault(const struct vm_area_struct *vma, vm_flags_t flags)
{
	if (vma->vm_flags & (VM_SPECIAL | VM_DROPPABLE | VM_SHADOW_STACK))
		return false;
	if (flags & VM_UFFD_MINOR)
		return vma_is_shmem(vma);
	return vma_is_anonymous(vma) || vma_is_shmem(vma);
}

/* What a walk makes of each piece. ctx NULL: nobody's. */
struct watch {
	struct userfaultfd_ctx *ctx;
	const struct userfaultfd_ctx *only; /* clears what belongs to it alone; NULL: anybody's */
	vm_flags_t flags;
};

static int watch_piece(struct vma_iterator *vmi, struct vm_area_struct *vma,
		       struct vm_area_struct **prev, unsigned long start, unsigned long end,
		       const void *argument)
{
	const struct watch *watch = argument;
	const struct userfaultfd_ctx *now = vma->vm_userfaultfd_ctx.ctx;
	vm_flags_t flags = (vma->vm_flags & ~VM_UFFD_FLAGS) | watch->flags;
	struct vm_userfaultfd_ctx ctx = { watch->ctx };
	bool whole = start == vma->vm_start && end == vma->vm_end, skip;

	*prev = start > vma->vm_start ? vma : *prev;
	if (watch->ctx)
		skip = now == watch->ctx && (vma->vm_flags & watch->flags) == watch->flags;
	else
		skip = !now || (watch->only && now != watch->only);
	if (!skip) {
		vma = modify_uffd(vmi, *prev, vma, start, end, flags, ctx,
				  /* give_up_on_oom= */ !watch->ctx && whole);
		if (IS_ERR(vma))
			return (int)PTR_ERR(vma);
		set_flags(vma, (vma->vm_flags & ~VM_UFFD_FLAGS) | watch->flags);
		vma->vm_userfaultfd_ctx = ctx;
	}
	*prev = vma;
	return 0;
}

/* 7.3 has it unregistered first. */
static bool loses_protection(const struct vm_area_struct *vma, vm_flags_t wanted)
{
	return shim()->config.as_7_3 && vma->vm_flags & ~wanted & (VM_UFFD_WP | VM_UFFD_RWP);
}

static int ask_register(struct mm_struct *mm, unsigned long addr, unsigned long end,
			const struct watch *watch)
{
	VMA_ITERATOR(vmi, mm, addr);
	struct vm_area_struct *vma;
	bool any = false;

	for_each_vma_range(vmi, vma, end)
	{
		const struct userfaultfd_ctx *now = vma->vm_userfaultfd_ctx.ctx;

		any = true;
		if (!can_userfault(vma, watch->flags))
			return -EINVAL;
		if (watch->flags & VM_UFFD_RWP && !vma_is_accessible(vma))
			return -EINVAL;
		if (!(vma->vm_flags & VM_MAYWRITE))
			return -EPERM;
		if (now && (now != watch->ctx || loses_protection(vma, watch->flags)))
			return -EBUSY;
	}
	return any ? 0 : -EINVAL;
}

int call_uffd_register(struct mm_struct *mm, unsigned int context, unsigned int features,
		       unsigned long addr, unsigned long len, unsigned int modes)
{
	struct userfaultfd_ctx *ctx = &mm->uffd[context];
	struct watch watch = { .ctx = ctx, .flags = mode_flags(modes) };
	int error;

	if (!are_modes(modes))
		return -EINVAL;
	if (!ctx->open)
		*ctx = (struct userfaultfd_ctx){ .open = true, .features = features };
	if (!is_range(addr, len))
		return -EINVAL;
	mmap_write_lock(mm);
	error = ask_register(mm, addr, addr + len, &watch);
	if (!error)
		error = walk_pieces(mm, addr, addr + len, GAPS_ARE_SKIPPED, watch_piece, &watch);
	mmap_write_unlock(mm);
	return error;
}

static int ask_unregister(struct mm_struct *mm, const struct userfaultfd_ctx *ctx,
			  unsigned long addr, unsigned long end)
{
	VMA_ITERATOR(vmi, mm, addr);
	struct vm_area_struct *vma;
	bool any = false;

	for_each_vma_range(vmi, vma, end)
	{
		const struct userfaultfd_ctx *now = vma->vm_userfaultfd_ctx.ctx;

		any = true;
		if ((shim()->config.as_7_3 && now && now != ctx) ||
		    !can_userfault(vma, vma->vm_flags))
			return -EINVAL;
	}
	return any ? 0 : -EINVAL;
}

int call_uffd_unregister(struct mm_struct *mm, unsigned int context, unsigned long addr,
			 unsigned long len)
{
	struct watch watch = { .ctx = NULL };
	int error;

	if (!mm->uffd[context].open || !is_range(addr, len))
		return -EINVAL;
	mmap_write_lock(mm);
	error = ask_unregister(mm, &mm->uffd[context], addr, addr + len);
	if (!error)
		error = walk_pieces(mm, addr, addr + len, GAPS_ARE_SKIPPED, watch_piece, &watch);
	mmap_write_unlock(mm);
	return error;
}

int call_uffd_close(struct mm_struct *mm, unsigned int context)
{
	struct userfaultfd_ctx *ctx = &mm->uffd[context];
	struct watch watch = { .only = ctx };

	if (!ctx->open)
		return 0;
	mmap_write_lock(mm);
	walk_pieces(mm, 0, TASK_SIZE, GAPS_ARE_SKIPPED, watch_piece, &watch);
	mmap_write_unlock(mm);
	ctx->open = false;
	return 0;
}
