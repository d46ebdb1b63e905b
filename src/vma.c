/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Merging, splitting and unmapping of VMAs: the twin of the kernel's mm/vma.c, under its names.
 * It decides which VMAs become one, in which one they live on, and what of that can fail. It
 * does not know what a system call is, where memory comes from, or how the tree keeps VMAs.
 */
#include "vma_internal.h"

/* ------------------------------------------------------------------ what may merge */

/*
 * A driver with a close() hook counts its VMAs: none may vanish without the call. Such a VMA
 * may still grow, shrink or be left alone.
 */
static bool can_merge_remove_vma(const struct vma *vma)
{
	return !vma->vm_ops || !vma->vm_ops->close;
}

/* What of the proposed attributes the neighbour does not share. Its ops are never compared. */
static enum vm_refusal attributes_refused(const struct vma_merge *vmg, const struct vma *vma)
{
	vm_flags_t compared = ~vmg->mm->machine->behaviour.ignore;

	if ((vma->vm_flags ^ vmg->vm_flags) & compared)
		return REFUSED_FLAGS;
	if (vma->vm_file != vmg->file)
		return REFUSED_FILE;
	if (vma->userfaultfd_ctx != vmg->uffd_ctx)
		return REFUSED_UFFD;
	if (!anon_vma_name_eq(vma->anon_name, vmg->anon_name))
		return REFUSED_NAME;
	if (!mpol_equal(vma->vm_policy, vmg->policy))
		return REFUSED_POLICY;
	return MERGE_ALLOWED;
}

/*
 * May the range with vmg->anon_vma (the source's) live in the neighbour?
 *
 *	neighbour  source
 *	none       none    yes
 *	none       A       yes, the neighbour gets a clone of the source's chain; but not if that
 *	                   chain came over in a fork (and never before v6.16)
 *	A          none    yes, unless the neighbour's chain came over in a fork
 *	A          A       yes
 *	A          B       no: pages of A would be looked for in B
 */
static bool is_mergeable_anon_vma(const struct vma_merge *vmg, const struct vma *vma)
{
	if (!vma->anon_vma && vmg->anon_vma) {
		if (!vmg->mm->machine->behaviour.faulted_into_unfaulted)
			return false;
		return !vma_is_fork_child(vmg->middle) && !vma_is_fork_child(vmg->copied_from);
	}
	if (vma->anon_vma && !vmg->anon_vma)
		return !vma_is_fork_child(vma);
	return vma->anon_vma == vmg->anon_vma;
}

/* Private file mappings carry the page offset of their anonymous pages beside that of the file. */
static bool virtual_pgoff_matters(const struct vma_merge *vmg)
{
	return vmg->mm->machine->behaviour.virtual_pgoff && vmg->file &&
	       is_cow_mapping(vmg->vm_flags);
}

/*
 *	0123456789ab
 *	PPPP****		prev ends where the range starts, and its offsets lead up to it
 */
static enum vm_refusal left_refused(const struct vma_merge *vmg)
{
	const struct vma *prev = vmg->prev;
	enum vm_refusal refusal;

	if (!prev || prev->vm_end != vmg->start)
		return REFUSED_NO_NEIGHBOUR;
	refusal = attributes_refused(vmg, prev);
	if (refusal != MERGE_ALLOWED)
		return refusal;
	if (!is_mergeable_anon_vma(vmg, prev))
		return REFUSED_ANON_VMA;
	if (prev->vm_pgoff + vma_pages(prev) != vmg->pgoff)
		return REFUSED_PGOFF;
	if (virtual_pgoff_matters(vmg) && prev->virt_pgoff + vma_pages(prev) != vmg->virt_pgoff)
		return REFUSED_VIRTUAL_PGOFF;
	return MERGE_ALLOWED;
}

/*
 *	0123456789ab
 *	    ****NNNN		next starts where the range ends, and continues its offsets
 *
 * Where both sides would do, they must also agree with each other; else left wins.
 */
static enum vm_refusal right_refused(const struct vma_merge *vmg, bool merge_left)
{
	const struct vma *next = vmg->next;
	uint64_t pages = page_count(vmg->start, vmg->end);
	enum vm_refusal refusal;

	if (!next || next->vm_start != vmg->end)
		return REFUSED_NO_NEIGHBOUR;
	refusal = attributes_refused(vmg, next);
	if (refusal != MERGE_ALLOWED)
		return refusal;
	if (!is_mergeable_anon_vma(vmg, next))
		return REFUSED_ANON_VMA;
	if (vmg->pgoff + pages != next->vm_pgoff)
		return REFUSED_PGOFF;
	if (virtual_pgoff_matters(vmg) && vmg->virt_pgoff + pages != next->virt_pgoff)
		return REFUSED_VIRTUAL_PGOFF;
	if (merge_left && vmg->prev->anon_vma && next->anon_vma &&
	    vmg->prev->anon_vma != next->anon_vma)
		return REFUSED_TWO_ANON_VMAS;
	return MERGE_ALLOWED;
}

static bool can_vma_merge_left(const struct vma_merge *vmg)
{
	enum vm_refusal refusal = left_refused(vmg);

	vmg->mm->machine->merge.left = refusal;
	return refusal == MERGE_ALLOWED;
}

static bool can_vma_merge_right(const struct vma_merge *vmg, bool merge_left)
{
	enum vm_refusal refusal = right_refused(vmg, merge_left);

	vmg->mm->machine->merge.right = refusal;
	return refusal == MERGE_ALLOWED;
}

/* ------------------------------------------------------------------ the record of a decision */

static struct vm_range range_of(const struct vma *vma)
{
	if (!vma)
		return (struct vm_range){ 0, 0 };
	return (struct vm_range){ vma->vm_start, vma->vm_end };
}

static struct vm_merge_record *record_merge(const struct vma_merge *vmg)
{
	struct vm_merge_record *record = &vmg->mm->machine->merge;

	record->made = true;
	record->existing = vmg->middle;
	record->range = (struct vm_range){ vmg->start, vmg->end };
	record->prev = range_of(vmg->prev);
	record->middle = range_of(vmg->middle);
	record->next = range_of(vmg->next);
	record->target = (struct vm_range){ 0, 0 };
	record->left = REFUSED_NOT_TRIED;
	record->right = REFUSED_NOT_TRIED;
	return record;
}

/* ------------------------------------------------------------------ carrying out a merge */

/* The removed VMA leaves without a hook being called: its driver does not count it (C1, C2). */
static void vma_remove_merged(struct vma *vma)
{
	struct mm *mm = vma->vm_mm;

	VMA_ASSERT_MM(can_merge_remove_vma(vma), mm);
	if (vma->vm_file) {
		vma_unlink_file(vma);
		vma_put_file(vma->vm_file);
		vma->vm_file = NULL;
	}
	unlink_anon_vmas(vma);
	mm->vma_count--;
	vma_free(vma);
}

/*
 * dst, which is about to hold src's pages, must be found through src's anon_vmas.
 * *dup remembers what has to be undone.
 */
static int dup_anon_vma(struct vma *dst, const struct vma *src, struct vma **dup)
{
	int err;

	if (dst->anon_vma || !src->anon_vma)
		return 0;
	err = anon_vma_clone(dst, src);
	if (err)
		return err;
	*dup = dst;
	return 0;
}

/*
 * Gives target the range [start, end) and takes it from the others. Either all of it happens
 * or nothing does: memory is asked for first.
 *
 * ASSUMPTIONS:
 * - target is in the tree and lies inside [start, end).
 * - What else lies there is removed (remove_middle, remove_next) or shrinks (shrink_middle).
 * - What is removed may be: it has no close() hook.
 */
static int commit_merge(struct vma_merge *vmg, vm_flags_t sticky)
{
	struct vma *middle = vmg->middle, *next = vmg->next, *target = vmg->target;
	struct range_tree *tree = &vmg->mm->tree;
	int err;

	VMA_ASSERT_VMG(target->attached, vmg);
	VMA_ASSERT_VMG(vmg->start <= target->vm_start, vmg);
	VMA_ASSERT_VMG(vmg->end >= target->vm_end, vmg);
	VMA_ASSERT_VMG(!vmg->remove_middle || target != middle, vmg);
	VMA_ASSERT_VMG(!vmg->remove_next || target != next, vmg);

	err = vma_tree_reserve(vmg->mm, 0);
	if (err)
		return err;

	if (vmg->remove_middle)
		range_tree_erase(tree, middle->vm_start);
	if (vmg->remove_next)
		range_tree_erase(tree, next->vm_start);
	if (vmg->shrink_middle && target == vmg->prev)
		vma_set_bounds(middle, vmg->end, middle->vm_end);
	else if (vmg->shrink_middle)
		vma_set_bounds(middle, middle->vm_start, vmg->start);
	vma_set_bounds(target, vmg->start, vmg->end);
	target->vm_flags |= sticky & vmg->mm->machine->behaviour.sticky;

	if (vmg->remove_middle)
		vma_remove_merged(middle);
	if (vmg->remove_next)
		vma_remove_merged(next);
	return 0;
}

/*
 * Lets vmg->target grow to [vmg->start, vmg->end), over vmg->next if that ends there too.
 *
 *	0123456789ab			0123456789ab
 *	TTTT****		->	TTTTTTTT
 *	    ****TTTT		->	    TTTTTTTT
 *	TTTT****NNNN		->	TTTTTTTTTTTT	next removed
 *
 * ASSUMPTIONS:
 * - target is set and only grows.
 * - The range holds nothing but target, and next either wholly or not at all.
 */
int vma_expand(struct vma_merge *vmg)
{
	struct vma *target = vmg->target, *next = vmg->next;
	vm_flags_t sticky = vmg->vm_flags;
	struct vma *dup = NULL;
	int err = 0;

	VMA_ASSERT_VMG(target, vmg);
	VMA_ASSERT_VMG(!vmg->middle, vmg);
	vmg->remove_next = next && next != target && vmg->end == next->vm_end;
	if (vmg->remove_next) {
		VMA_ASSERT_VMG(can_merge_remove_vma(next), vmg);
		sticky |= next->vm_flags;
		err = dup_anon_vma(target, next, &dup);
	} else if (next && next != target) {
		VMA_ASSERT_VMG(vmg->end <= next->vm_start, vmg);
	}
	if (!err && vmg->copied_from)
		err = dup_anon_vma(target, vmg->copied_from, &dup);
	if (err)
		goto undo;

	err = commit_merge(vmg, sticky);
	if (!err)
		return 0;
	/* Nothing was changed, so a caller may also carry on as if nothing had been tried. */
	if (!vmg->give_up_on_oom)
		vmg->state = VMA_MERGE_ERROR_NOMEM;
undo:
	if (dup)
		unlink_anon_vmas(dup);
	return err;
}

/*
 * Takes the end of vma away, leaving a hole.
 *
 *	0123456789ab			0123456789ab
 *	VVVVVVVVVVVV		->	VVVVVVVV
 *
 * ASSUMPTIONS: new_end lies inside vma and is page aligned.
 */
int vma_shrink(struct vma *vma, vm_addr_t new_end)
{
	int err;

	VMA_ASSERT_MM(page_aligned(new_end), vma->vm_mm);
	VMA_ASSERT_MM(new_end > vma->vm_start, vma->vm_mm);
	VMA_ASSERT_MM(new_end <= vma->vm_end, vma->vm_mm);
	err = vma_tree_reserve(vma->vm_mm, 0);
	if (err)
		return err;
	vma_set_bounds(vma, vma->vm_start, new_end);
	return 0;
}

/* ------------------------------------------------------------------ merging a new range */

/*
 * Tries to let [vmg->start, vmg->end), where nothing is mapped, become part of a neighbour.
 *
 *	0123456789ab			0123456789ab
 *	PPPP****		->	PPPPPPPP	left
 *	    ****NNNN		->	    NNNNNNNN	right
 *	PPPP****NNNN		->	PPPPPPPPPPPP	both: next removed
 *	PPPP****NNNN		->	PPPPPPPPNNNN	both, but next has a close() hook
 *
 * Returns the VMA that now covers the range, or NULL with everything as it was. What counters
 * there are beside vma_count is the caller's affair.
 *
 * ASSUMPTIONS:
 * - middle is NULL; prev and next are the VMAs around the gap, or NULL.
 * - [start, end) is page aligned, not empty, and free.
 */
struct vma *vma_merge_new_range(struct vma_merge *vmg)
{
	struct vm_merge_record *record = record_merge(vmg);
	struct vma *prev = vmg->prev, *next = vmg->next;
	bool merge_left, merge_right;

	VMA_ASSERT_VMG(!vmg->middle, vmg);
	VMA_ASSERT_VMG(!vmg->target, vmg);
	VMA_ASSERT_VMG(vmg->start < vmg->end, vmg);
	VMA_ASSERT_VMG(!prev || prev->vm_end <= vmg->start, vmg);
	VMA_ASSERT_VMG(!next || next->vm_start >= vmg->end, vmg);

	vmg->state = VMA_MERGE_NOMERGE;
	if (vmg->vm_flags & VM_SPECIAL) {
		record->left = REFUSED_SPECIAL;
		record->right = REFUSED_SPECIAL;
		return NULL;
	}

	merge_left = can_vma_merge_left(vmg);
	merge_right = !vmg->just_expand && can_vma_merge_right(vmg, merge_left);
	if (merge_left && merge_right && !can_merge_remove_vma(next)) {
		record->right = REFUSED_CLOSE_HOOK;
		merge_right = false;
	}
	if (!merge_left && !merge_right)
		return NULL;

	vmg->target = merge_left ? prev : next;
	if (merge_left)
		vmg->start = prev->vm_start;
	if (merge_right)
		vmg->end = next->vm_end;
	if (vma_expand(vmg)) {
		*(merge_left ? &record->left : &record->right) = REFUSED_NO_MEMORY;
		vmg->start = record->range.start;
		vmg->end = record->range.end;
		vmg->target = NULL;
		return NULL;
	}
	record->target = range_of(vmg->target);
	vmg->state = VMA_MERGE_SUCCESS;
	return vmg->target;
}

/*
 * Lets vma grow to `end`, where nothing is mapped, and over its right neighbour if that equals
 * it. The merge is with vma itself, so what no merge is allowed for cannot grow.
 *
 *	0123456789ab			0123456789ab
 *	VVVV****		->	VVVVVVVV
 *	VVVV****NNNN		->	VVVVVVVVVVVV
 */
int vma_merge_extend(struct vma *vma, vm_addr_t end)
{
	uint64_t pages = vma_pages(vma);
	struct vma_merge vmg = {
		.mm = vma->vm_mm,
		.prev = vma,
		.next = vma_next(vma),
		.start = vma->vm_end,
		.end = end,
		.vm_flags = vma->vm_flags,
		.pgoff = vma->vm_pgoff + pages,
		.virt_pgoff = vma->virt_pgoff + pages,
		.file = vma->vm_file,
		.anon_vma = vma->anon_vma,
		.policy = vma->vm_policy,
		.uffd_ctx = vma->userfaultfd_ctx,
		.anon_name = vma->anon_name,
	};

	return vma_merge_new_range(&vmg) ? 0 : -ENOMEM;
}

/* ------------------------------------------------------------------ merging an existing range */

/* Which sides merge; false if none does. Finds vmg->next. */
static bool choose_sides(struct vma_merge *vmg, bool *merge_left, bool *merge_right)
{
	struct vma *middle = vmg->middle;
	bool left_side = vmg->start == middle->vm_start;
	bool right_side = vmg->end == middle->vm_end;
	struct vm_merge_record *record;

	vmg->next = right_side ? vma_next(middle) : NULL;
	record = record_merge(vmg);
	if (vmg->vm_flags & VM_SPECIAL) {
		record->left = REFUSED_SPECIAL;
		record->right = REFUSED_SPECIAL;
		return false;
	}

	*merge_left = left_side && can_vma_merge_left(vmg);
	*merge_right = right_side && can_vma_merge_right(vmg, *merge_left);
	if (!*merge_left && !*merge_right)
		return false;

	/* All of middle would go: if it may not, nothing smaller makes sense. */
	vmg->remove_middle = left_side && right_side;
	if (vmg->remove_middle && !can_merge_remove_vma(middle)) {
		if (*merge_left)
			record->left = REFUSED_CLOSE_HOOK;
		if (*merge_right)
			record->right = REFUSED_CLOSE_HOOK;
		return false;
	}
	/* If next may not go, reduce the operation to prev and middle. */
	if (*merge_left && *merge_right && !can_merge_remove_vma(vmg->next)) {
		record->right = REFUSED_CLOSE_HOOK;
		*merge_right = false;
	}
	return true;
}

/*
 * Tries to let [vmg->start, vmg->end), which is middle or one of its ends and is about to get
 * the attributes of vmg, become part of a neighbour. The drawings show the branches in order.
 *
 * Returns the VMA that now covers the range, or NULL with everything as it was.
 *
 * ASSUMPTIONS:
 * - middle is set; the range is not empty and lies inside it.
 * - prev is middle's predecessor (or NULL), or middle itself if the range starts inside it.
 * - next is left to us.
 */
struct vma *vma_merge_existing_range(struct vma_merge *vmg)
{
	struct vma *prev = vmg->prev, *middle = vmg->middle, *dup = NULL;
	vm_addr_t start = vmg->start, end = vmg->end;
	vm_flags_t sticky = vmg->vm_flags;
	bool merge_left = false, merge_right = false;
	int err;

	VMA_ASSERT_VMG(middle, vmg);
	VMA_ASSERT_VMG(!vmg->next, vmg);
	VMA_ASSERT_VMG(!vmg->target, vmg);
	VMA_ASSERT_VMG(middle->vm_start <= start, vmg);
	VMA_ASSERT_VMG(start < end, vmg);
	VMA_ASSERT_VMG(end <= middle->vm_end, vmg);
	VMA_ASSERT_VMG(!prev || prev == middle || prev->vm_end <= start, vmg);

	vmg->state = VMA_MERGE_NOMERGE;
	if (!choose_sides(vmg, &merge_left, &merge_right))
		return NULL;

	if (merge_left && merge_right) {
		/*
		 *	0123456789ab			0123456789ab
		 *	PPPP****NNNN		->	PPPPPPPPPPPP
		 */
		vmg->target = prev;
		vmg->remove_next = true;
		vmg->start = prev->vm_start;
		vmg->end = vmg->next->vm_end;
		sticky |= vmg->next->vm_flags;
		err = dup_anon_vma(prev, vmg->next->anon_vma ? vmg->next : middle, &dup);
	} else if (merge_left) {
		/*
		 *	0123456789ab			0123456789ab
		 *	PPPP****		->	PPPPPPPP	the whole of middle
		 *	PPPP****MMMM		->	PPPPPPPPMMMM	its lower end
		 */
		vmg->target = prev;
		vmg->shrink_middle = !vmg->remove_middle;
		vmg->start = prev->vm_start;
		err = dup_anon_vma(prev, middle, &dup);
	} else {
		/*
		 *	0123456789ab			0123456789ab
		 *	    ****NNNN		->	    NNNNNNNN	the whole of middle
		 *	MMMM****NNNN		->	MMMMNNNNNNNN	its upper end
		 */
		vmg->target = vmg->next;
		vmg->shrink_middle = !vmg->remove_middle;
		vmg->end = vmg->next->vm_end;
		err = dup_anon_vma(vmg->next, middle, &dup);
	}
	if (!err)
		err = commit_merge(vmg, sticky);
	if (err)
		goto undo;

	vmg->mm->machine->merge.target = range_of(vmg->target);
	vmg->state = VMA_MERGE_SUCCESS;
	return vmg->target;
undo:
	if (dup)
		unlink_anon_vmas(dup);
	*(merge_left ? &vmg->mm->machine->merge.left : &vmg->mm->machine->merge.right) =
		REFUSED_NO_MEMORY;
	vmg->start = start;
	vmg->end = end;
	if (!vmg->give_up_on_oom)
		vmg->state = VMA_MERGE_ERROR_NOMEM;
	return NULL;
}

/* ------------------------------------------------------------------ split */

/*
 * Cuts vma at addr. Either half may be the new VMA; the other keeps its identity.
 *
 *	0123456789ab			0123456789ab
 *	VVVVVVVVVVVV		->	nnnnnVVVVVVV	new_below
 *				->	VVVVVnnnnnnn	not new_below
 *
 * Does not look at the limit of the number of VMAs. On failure nothing is changed.
 *
 * ASSUMPTIONS: addr is page aligned and strictly inside vma.
 */
int raw_split_vma(struct vma *vma, vm_addr_t addr, bool new_below)
{
	struct mm *mm = vma->vm_mm;
	vm_addr_t start = vma->vm_start, end = vma->vm_end;
	struct vma *new;
	int err;

	VMA_ASSERT_MM(page_aligned(addr), mm);
	VMA_ASSERT_MM(addr > start, mm);
	VMA_ASSERT_MM(addr < end, mm);

	if (vma->vm_ops && vma->vm_ops->may_split) {
		err = vma->vm_ops->may_split(vma, addr);
		if (err)
			return err;
	}
	new = vma_dup(vma, mm);
	if (!new)
		return -ENOMEM;
	err = vma_tree_reserve(mm, 1);
	if (err)
		goto free_vma;
	err = vma_dup_policy(vma, new);
	if (err)
		goto free_vma;
	err = anon_vma_clone(new, vma);
	if (err)
		goto free_vma;

	/* From here on nothing fails, so that open() needs no undoing. */
	if (new_below) {
		new->vm_end = addr;
	} else {
		new->vm_start = addr;
		new->vm_pgoff += page_count(start, addr);
		new->virt_pgoff += page_count(start, addr);
	}
	if (new->vm_file)
		vma_get_file(new->vm_file);
	vma_open(new);
	vma_set_bounds(vma, new_below ? addr : start, new_below ? end : addr);
	vma_attach(new);
	return 0;

free_vma:
	new->vm_file = NULL;
	vma_free(new);
	return err;
}

/* The same, refused where there is no room for one VMA more. */
int split_vma(struct vma *vma, vm_addr_t addr, bool new_below)
{
	if (vma_slots(vma->vm_mm) < 1) {
		trace_mm_insufficient_vma_slots(vma->vm_mm);
		return -ENOMEM;
	}
	return raw_split_vma(vma, addr, new_below);
}

/* ------------------------------------------------------------------ modify */

/* Proposes [start, end) of middle with all of middle's attributes; the caller changes one. */
void vma_merge_init_existing(struct vma_merge *vmg, struct vma *prev, struct vma *middle,
			     vm_addr_t start, vm_addr_t end)
{
	uint64_t offset = page_count(middle->vm_start, start);

	*vmg = (struct vma_merge){
		.mm = middle->vm_mm,
		.prev = prev,
		.middle = middle,
		.start = start,
		.end = end,
		.vm_flags = middle->vm_flags,
		.pgoff = middle->vm_pgoff + offset,
		.virt_pgoff = middle->virt_pgoff + offset,
		.file = middle->vm_file,
		.anon_vma = middle->anon_vma,
		.policy = middle->vm_policy,
		.uffd_ctx = middle->userfaultfd_ctx,
		.anon_name = middle->anon_name,
	};
}

/*
 * Makes one VMA of [start, end) that the caller may change: by a merge with a neighbour that
 * has the new attributes already, or else by cutting off what is not in the range.
 *
 *	0123456789ab			0123456789ab
 *	MMMM****MMMM		->	nnnnMMMMnnnn
 *
 * If the second cut fails the first one stays.
 */
int vma_modify(struct vma_merge *vmg, struct vma **ret_vma)
{
	struct vma *vma = vmg->middle;
	vm_addr_t start = vmg->start, end = vmg->end;
	int err;

	*ret_vma = vma_merge_existing_range(vmg);
	if (*ret_vma)
		return 0;
	if (vmg->state == VMA_MERGE_ERROR_NOMEM)
		return -ENOMEM;

	if (vma->vm_start < start) {
		err = split_vma(vma, start, /* new_below= */ true);
		if (err)
			return err;
	}
	if (vma->vm_end > end) {
		err = split_vma(vma, end, /* new_below= */ false);
		if (err)
			return err;
	}
	*ret_vma = vma;
	return 0;
}

/*
 * For a change of flags. A merge may have added sticky flags, which the caller, who is about
 * to write *flags, must not take away again: they are folded in.
 */
int vma_modify_flags(struct vma *prev, struct vma *vma, vm_addr_t start, vm_addr_t end,
		     vm_flags_t *flags, struct vma **ret_vma)
{
	struct vma_merge vmg;
	int err;

	vma_merge_init_existing(&vmg, prev, vma, start, end);
	vmg.vm_flags = *flags;
	err = vma_modify(&vmg, ret_vma);
	if (err)
		return err;
	if (vmg.state == VMA_MERGE_SUCCESS)
		*flags |= (*ret_vma)->vm_flags & vmg.mm->machine->behaviour.sticky;
	return 0;
}

/* ------------------------------------------------------------------ copy */

/* Duplicates vma at [to, to + len) with these offsets. NULL without memory, nothing changed. */
static struct vma *copy_alone(const struct vma *vma, const struct vma_merge *vmg)
{
	struct mm *mm = vma->vm_mm;
	struct vma *new = vma_dup(vma, mm);

	if (!new)
		return NULL;
	new->vm_start = vmg->start;
	new->vm_end = vmg->end;
	new->vm_pgoff = vmg->pgoff;
	new->virt_pgoff = vmg->virt_pgoff;
	new->displaced = false;
	if (vma_dup_policy(vma, new) || anon_vma_clone(new, vma)) {
		new->vm_file = NULL;
		vma_free(new);
		return NULL;
	}
	if (new->vm_file)
		vma_get_file(new->vm_file);
	vma_open(new);
	if (!vma_tree_reserve(mm, 1)) {
		vma_attach(new);
		return new;
	}
	vma_close(new);
	if (new->vm_file)
		vma_put_file(new->vm_file);
	new->vm_file = NULL;
	unlink_anon_vmas(new);
	vma_free(new);
	return NULL;
}

/*
 * Lets [to, to + len) map what *source maps from `from` on: as part of a neighbour there, or
 * as a copy of *source. What was never written to is at home anywhere, and takes the offsets of
 * its new place; anything else carries them.
 *
 *	0123456789ab			0123456789ab
 *	SSSS....PPPP....	->	SSSS....PPPPnnnn
 *	SSSS....PPPP****	->	SSSS....PPPPPPPP
 *	SSSS****		->	SSSSSSSS	into the source: *source is the result
 *
 * Returns the VMA that covers the range, or NULL without memory and nothing changed.
 *
 * ASSUMPTIONS: nothing is mapped in the range; `from` lies inside *source.
 */
struct vma *copy_vma(struct vma **source, vm_addr_t from, vm_addr_t to, uint64_t len,
		     enum vma_copy how)
{
	struct vma *vma = *source, *new = NULL;
	vm_addr_t source_start = vma->vm_start;
	uint64_t offset = page_count(source_start, from);
	struct vma_merge vmg;

	VMA_ASSERT_MM(from >= source_start, vma->vm_mm);
	VMA_ASSERT_MM(from < vma->vm_end, vma->vm_mm);
	vma_merge_init_existing(&vmg, vma_find_prev(vma->vm_mm, to), vma, to, to + len);
	vmg.middle = NULL;
	vmg.next = vma_find(vma->vm_mm, to);
	vmg.copied_from = vma;
	vmg.pgoff = vma->vm_pgoff + offset;
	vmg.virt_pgoff = vma->virt_pgoff + offset;
	if (!vma->anon_vma) {
		vmg.virt_pgoff = to >> VM_PAGE_SHIFT;
		if (vma_is_anonymous(vma))
			vmg.pgoff = vmg.virt_pgoff;
	}
	if (how == COPY_SPARES_SOURCE) {
		if (vmg.prev == vma)
			vmg.prev = NULL;
		if (vmg.next == vma)
			vmg.next = NULL;
	}
	if (how != COPY_STAYS_ALONE)
		new = vma_merge_new_range(&vmg);
	if (!new)
		return copy_alone(vma, &vmg);
	/* The source may be part of it now, or have been removed for it. */
	if (source_start >= new->vm_start && source_start < new->vm_end)
		*source = new;
	return new;
}

/* ------------------------------------------------------------------ unmap */

static void vms_add(struct vma_munmap *vms, struct vma *vma)
{
	uint64_t pages = vma_pages(vma);

	vma->attached = false;
	vma->next_detached = NULL;
	if (vms->last)
		vms->last->next_detached = vma;
	else
		vms->first = vma;
	vms->last = vma;

	vms->vma_count++;
	vms->nr_pages += pages;
	if (vma->vm_flags & VM_ACCOUNT)
		vms->nr_accounted += pages;
	if (vma->vm_flags & VM_LOCKED)
		vms->locked_vm += pages;
}

/*
 * Cuts the range out of its first VMA.
 *
 *	0123456789ab			0123456789ab
 *	VVVVVVVVVVVV		->	nnnnVVVVVVVV
 *	    ****
 *
 * A hole in one VMA is certain to add one, so the limit holds for it; any other cut frees at
 * least as many VMAs as it makes, once it is done, and must stay possible at the limit.
 */
static int vms_cut_start(const struct vma_munmap *vms, struct vma *vma)
{
	if (vms->end < vma->vm_end && vma_slots(vms->mm) < 1)
		return -ENOMEM;
	if (vma_is_sealed(vma))
		return -EPERM;
	return raw_split_vma(vma, vms->start, /* new_below= */ true);
}

/*
 * Collects the VMAs of [start, end), cutting the outermost ones. They stay in the tree, no
 * longer attached. On failure they are attached again, but cuts made so far remain.
 */
int vms_gather(struct vma_munmap *vms, struct mm *mm, vm_addr_t start, vm_addr_t end)
{
	struct vma *vma = vma_find(mm, start);
	int err;

	*vms = (struct vma_munmap){ .mm = mm, .start = start, .end = end };
	if (!vma || vma->vm_start >= end) {
		vms->next = vma;
		vms->prev = vma_find_prev(mm, start);
		return 0;
	}
	if (vma->vm_start < start) {
		err = vms_cut_start(vms, vma);
		if (err)
			return err;
	}
	vms->prev = vma_find_prev(mm, start);

	for (; vma && vma->vm_start < end; vma = vma_next(vma)) {
		err = -EPERM;
		if (vma_is_sealed(vma))
			goto abort;
		if (vma->vm_end > end) {
			err = raw_split_vma(vma, end, /* new_below= */ false);
			if (err)
				goto abort;
		}
		/* The kernel's list of detached VMAs is a tree, and may fail to grow. */
		err = -ENOMEM;
		if (!vm_request(mm->machine))
			goto abort;
		vms_add(vms, vma);
	}
	vms->next = vma;
	return 0;
abort:
	vms_abort(vms);
	return err;
}

/*
 * Nothing was unmapped: the gathered VMAs belong to the address space again. Cuts are not
 * undone, and as they did not ask for the limit they may have gone beyond it.
 */
void vms_abort(struct vma_munmap *vms)
{
	struct mm *mm = vms->mm;

	vma_count_is_allowed(mm);
	for (struct vma *vma = vms->first; vma; vma = vma->next_detached)
		vma->attached = true;
	vms->first = NULL;
	vms->last = NULL;
}

/* The last step that can fail. */
int vms_clear_tree(struct vma_munmap *vms)
{
	int err;

	err = vma_tree_reserve(vms->mm, 0);
	if (err)
		vms_abort(vms);
	return err;
}

/* Frees the page tables and with them every way to find a page of these VMAs. */
static void vms_clear_ptes(struct vma_munmap *vms)
{
	for (struct vma *vma = vms->first; vma; vma = vma->next_detached) {
		range_tree_erase(&vms->mm->tree, vma->vm_start);
		unlink_anon_vmas(vma);
		if (vma->vm_file)
			vma_unlink_file(vma);
	}
	guard_clear(vms->mm, vms->start, vms->end);
	vms->cleared = true;
}

/* For MAP_FIXED: old drivers see close() before the new one sees anything. */
void vms_clean_up_area(struct vma_munmap *vms)
{
	vms_clear_ptes(vms);
	for (struct vma *vma = vms->first; vma; vma = vma->next_detached)
		vma_close(vma);
}

/* Counters first, then page tables, then each VMA in order. close() is not called twice. */
void vms_complete(struct vma_munmap *vms)
{
	struct mm *mm = vms->mm;
	struct vma *vma, *next;

	if (!vms->first)
		return;
	mm->vma_count -= vms->vma_count;
	mm->locked_vm -= vms->locked_vm;
	if (!vms->cleared)
		vms_clear_ptes(vms);
	for (vma = vms->first; vma; vma = vma->next_detached)
		vm_stat_account(mm, vma->vm_flags, -(int64_t)vma_pages(vma));
	for (vma = vms->first; vma; vma = next) {
		next = vma->next_detached;
		vma_close(vma);
		if (vma->vm_file)
			vma_put_file(vma->vm_file);
		vma->vm_file = NULL;
		vma_free(vma);
	}
	vm_uncharge(mm, vms->nr_accounted);
}

static int unmap_range(struct mm *mm, vm_addr_t start, vm_addr_t end, bool moved)
{
	struct vma_munmap vms;
	int err;

	err = vms_gather(&vms, mm, start, end);
	if (err || !vms.first)
		return err;
	err = vms_clear_tree(&vms);
	if (err)
		return err;
	if (moved)
		vms.nr_accounted = 0;
	vms_complete(&vms);
	return 0;
}

int do_munmap(struct mm *mm, vm_addr_t start, vm_addr_t end)
{
	return unmap_range(mm, start, end, /* moved= */ false);
}

int do_munmap_moved(struct mm *mm, vm_addr_t start, vm_addr_t end)
{
	return unmap_range(mm, start, end, /* moved= */ true);
}

/* Undoes the insertion of a VMA that nobody has seen but its driver. Cannot fail. */
void unmap_vma(struct vma *vma)
{
	struct vma_munmap vms = {
		.mm = vma->vm_mm,
		.start = vma->vm_start,
		.end = vma->vm_end,
	};

	vms_add(&vms, vma);
	vms_complete(&vms);
}
