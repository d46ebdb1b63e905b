/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * userfaultfd: which VMAs a context may watch, and how registering cuts and merges them. Nobody
 * answers faults here: an access to watched memory that is missing fails.
 *
 *	0123456789ab
 *	VVVVuuuuVVVV		registered 4..8: flags and context keep it apart
 */
#include "uapi.h"
#include "vma_internal.h"

bool userfaultfd_follows_moves(const struct userfaultfd_ctx *ctx)
{
	return ctx->features & UFFD_FEATURE_EVENT_REMAP;
}

unsigned int vma_uffd_context(const struct vma *vma)
{
	return (unsigned int)(vma->userfaultfd_ctx - vma->vm_mm->uffd);
}

/* ------------------------------------------------------------------ checks */

static vm_flags_t mode_flags(uint32_t modes)
{
	return (modes & UFFD_MODE_MISSING ? VM_UFFD_MISSING : 0) |
	       (modes & UFFD_MODE_WP ? VM_UFFD_WP : 0) |
	       (modes & UFFD_MODE_MINOR ? VM_UFFD_MINOR : 0) |
	       (modes & UFFD_MODE_RWP ? VM_UFFD_RWP : 0);
}

static bool modes_are_valid(const struct mm *mm, uint32_t modes)
{
	uint32_t known = UFFD_MODE_MISSING | UFFD_MODE_WP | UFFD_MODE_MINOR;

	if (mm->machine->behaviour.uffd_rwp)
		known |= UFFD_MODE_RWP;
	return modes && !(modes & ~known) &&
	       (modes & (UFFD_MODE_WP | UFFD_MODE_RWP)) != (UFFD_MODE_WP | UFFD_MODE_RWP);
}

static bool range_is_valid(const struct mm *mm, vm_addr_t start, uint64_t len)
{
	vm_addr_t task_size = mm->machine->config.task_size;

	return page_aligned(start) && page_aligned(len) && len && start < task_size &&
	       len <= task_size - start;
}

/* Only memory whose pages the context's owner could provide, for `flags`. */
static bool vma_can_userfault(const struct vma *vma, vm_flags_t flags)
{
	if (vma->vm_flags & (VM_SHADOW_STACK | VM_SPECIAL | VM_DROPPABLE))
		return false;
	if (flags & VM_UFFD_MINOR && !vma_is_shmem(vma))
		return false;
	return vma_is_anonymous(vma) || vma_is_shmem(vma);
}

static int check_register(const struct vma *vma, const struct userfaultfd_ctx *ctx,
			  vm_flags_t wanted)
{
	vm_flags_t lost = vma->vm_flags & ~wanted & (VM_UFFD_WP | VM_UFFD_RWP);

	if (!vma_can_userfault(vma, wanted))
		return -EINVAL;
	if (wanted & VM_UFFD_RWP && !vma_is_accessible(vma))
		return -EINVAL;
	if (!(vma->vm_flags & VM_MAYWRITE))
		return -EPERM;
	if (vma->userfaultfd_ctx && vma->userfaultfd_ctx != ctx)
		return -EBUSY;
	/* Pages may be protected, which only unregistering would undo. */
	if (lost && vma->vm_mm->machine->behaviour.uffd_keeps_wp)
		return -EBUSY;
	return 0;
}

/* ------------------------------------------------------------------ walking */

/* One step of a walk: [start, end) of vma belongs to ctx (NULL: to nobody) afterwards. */
static int set_uffd(struct vma *vma, struct vma **prev, struct vm_range range,
		    struct userfaultfd_ctx *ctx, vm_flags_t flags)
{
	struct vma_merge vmg;
	int err;

	vma_merge_init_existing(&vmg, *prev, vma, higher_of(range.start, vma->vm_start),
				lower_of(range.end, vma->vm_end));
	vmg.vm_flags = (vma->vm_flags & ~VM_UFFD_FLAGS) | flags;
	vmg.uffd_ctx = ctx;
	/* What is wholly cleared can do without a merge. */
	vmg.give_up_on_oom = !ctx && vmg.start == vma->vm_start && vmg.end == vma->vm_end;
	err = vma_modify(&vmg, &vma);
	if (err)
		return err;
	vma->userfaultfd_ctx = ctx;
	vma->vm_flags = (vma->vm_flags & ~VM_UFFD_FLAGS) | flags;
	*prev = vma;
	return 0;
}

static struct vma *prev_of_range(struct mm *mm, vm_addr_t start)
{
	struct vma *vma = mm_find(mm, start);

	return vma && vma->vm_start < start ? vma : vma_find_prev(mm, start);
}

static int register_range(struct mm *mm, struct userfaultfd_ctx *ctx, struct vm_range range,
			  vm_flags_t wanted)
{
	struct vma *vma = vma_find(mm, range.start);
	struct vma *prev = prev_of_range(mm, range.start);
	int err;

	for (; vma && vma->vm_start < range.end; vma = vma_find(mm, prev->vm_end)) {
		if (vma->userfaultfd_ctx == ctx && (vma->vm_flags & wanted) == wanted) {
			prev = vma;
			continue;
		}
		err = set_uffd(vma, &prev, range, ctx, wanted);
		if (err)
			return err;
	}
	return 0;
}

/* Clears what belongs to ctx, or to any context. */
static int clear_range(struct mm *mm, const struct userfaultfd_ctx *ctx, struct vm_range range)
{
	struct vma *vma = vma_find(mm, range.start);
	struct vma *prev = prev_of_range(mm, range.start);
	int err;

	for (; vma && vma->vm_start < range.end; vma = vma_find(mm, prev->vm_end)) {
		if (!vma->userfaultfd_ctx || (ctx && vma->userfaultfd_ctx != ctx)) {
			prev = vma;
			continue;
		}
		err = set_uffd(vma, &prev, range, NULL, VM_NONE);
		if (err)
			return err;
	}
	return 0;
}

/* ------------------------------------------------------------------ operations */

/* The first call that names a context makes it, with its features. */
int mm_uffd_register(struct mm *mm, unsigned int context, uint32_t features, vm_addr_t addr,
		     uint64_t len, uint32_t modes)
{
	struct userfaultfd_ctx *ctx = &mm->uffd[context];
	struct vm_range range = { addr, addr + len };
	vm_flags_t wanted = mode_flags(modes);
	const struct vma *vma;
	int err;

	VMA_ASSERT_MM(context < VM_UFFD_CONTEXTS, mm);
	if (!modes_are_valid(mm, modes))
		return -EINVAL;
	if (!ctx->open)
		*ctx = (struct userfaultfd_ctx){ .open = true, .features = features };
	if (!range_is_valid(mm, addr, len))
		return -EINVAL;
	vma = vma_find(mm, addr);
	if (!vma || vma->vm_start >= range.end)
		return -EINVAL;
	for (; vma && vma->vm_start < range.end; vma = vma_next(vma)) {
		err = check_register(vma, ctx, wanted);
		if (err)
			return err;
	}
	return register_range(mm, ctx, range, wanted);
}

int mm_uffd_unregister(struct mm *mm, unsigned int context, vm_addr_t addr, uint64_t len)
{
	const struct userfaultfd_ctx *ctx = &mm->uffd[context];
	bool foreign = mm->machine->behaviour.uffd_clears_foreign;
	struct vm_range range = { addr, addr + len };
	const struct vma *vma;

	VMA_ASSERT_MM(context < VM_UFFD_CONTEXTS, mm);
	if (!ctx->open || !range_is_valid(mm, addr, len))
		return -EINVAL;
	vma = vma_find(mm, addr);
	if (!vma || vma->vm_start >= range.end)
		return -EINVAL;
	for (; vma && vma->vm_start < range.end; vma = vma_next(vma)) {
		if (!vma_can_userfault(vma, vma->vm_flags))
			return -EINVAL;
		if (vma->userfaultfd_ctx && vma->userfaultfd_ctx != ctx && !foreign)
			return -EINVAL;
	}
	return clear_range(mm, NULL, range);
}

/* Each VMA is a whole piece, so that nothing can fail. */
void mm_uffd_close(struct mm *mm, unsigned int context)
{
	struct userfaultfd_ctx *ctx = &mm->uffd[context];
	int err;

	VMA_ASSERT_MM(context < VM_UFFD_CONTEXTS, mm);
	if (!ctx->open)
		return;
	err = clear_range(mm, ctx, (struct vm_range){ 0, mm->machine->config.task_size });
	VMA_ASSERT_MM(!err, mm);
	ctx->open = false;
}

/* ------------------------------------------------------------------ fork */

/* A child has a context of its own only if the parent's owner will hear of it. */
int userfaultfd_fork_vma(struct vma *dst, const struct vma *src)
{
	const struct userfaultfd_ctx *from = src->userfaultfd_ctx;
	struct userfaultfd_ctx *ctx;

	if (!from)
		return 0;
	if (!(from->features & UFFD_FEATURE_EVENT_FORK)) {
		dst->userfaultfd_ctx = NULL;
		dst->vm_flags &= ~VM_UFFD_FLAGS;
		return 0;
	}
	ctx = &dst->vm_mm->uffd[vma_uffd_context(src)];
	if (!ctx->open && !vm_request(dst->vm_mm->machine))
		return -ENOMEM;
	*ctx = *from;
	dst->userfaultfd_ctx = ctx;
	return 0;
}

/* Those that no VMA is registered with as well. */
void userfaultfd_fork_rest(struct mm *child, const struct mm *mm)
{
	for (unsigned int i = 0; i < VM_UFFD_CONTEXTS; i++)
		if (mm->uffd[i].open && mm->uffd[i].features & UFFD_FEATURE_EVENT_FORK)
			child->uffd[i] = mm->uffd[i];
}
