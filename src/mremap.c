/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mremap(): which request is refused with which error, what is shrunk or grown in place, what
 * is moved where, and what becomes of the source. A move makes a copy first and unmaps the
 * source last, so that everything but that last step can still be undone.
 *
 *	0123456789abcdef			0123456789abcdef
 *	AAAA................	shrink		AA..............
 *	AAAA................	grow		AAAAAA..........
 *	AAAABBBB............	move		....BBBB....AAAAAA
 *	AAAABBBB............	DONTUNMAP	aaaaBBBB....AAAA	a: mapped, but empty
 */
#include "uapi.h"
#include "vma_internal.h"

/* One mremap() on its way, or one VMA's share of it. Addresses and lengths are page aligned. */
struct mremap_state {
	struct mm *mm;
	vm_addr_t addr, new_addr;
	uint64_t old_len, new_len;
	uint32_t flags;
	uint64_t cut;	  /* pages that were cut off the source */
	struct vma *vma;  /* the one that holds addr */
	uint64_t charged; /* pages */
};

static const struct vm_behaviour *behaviour_of(const struct mremap_state *move)
{
	return &move->mm->machine->behaviour;
}

/* The caller says where it should go; without MREMAP_FIXED as a hint. */
static bool chooses_address(const struct mremap_state *move)
{
	return move->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP);
}

static bool keeps_source(const struct mremap_state *move)
{
	return move->flags & MREMAP_DONTUNMAP;
}

/* ------------------------------------------------------------------ checks */

/* Room for so many VMAs more, or an event. */
static int check_slots(const struct mremap_state *move, int64_t wanted)
{
	if (vma_slots(move->mm) >= wanted)
		return 0;
	trace_mm_insufficient_vma_slots(move->mm);
	return -ENOMEM;
}

/*
 * A move cuts its source at both ends and its target at both ends, and is refused early rather
 * than half way. Up to v7.0 only who names the target was asked this early.
 */
static int check_slots_at_entry(const struct mremap_state *move)
{
	if (behaviour_of(move)->mremap_old_headroom)
		return chooses_address(move) ? check_slots(move, 6) : 0;
	return check_slots(move, keeps_source(move) ? 5 : 4);
}

static int check_slots_for_move(const struct mremap_state *move)
{
	bool locked = keeps_source(move) && move->vma->vm_flags & VM_LOCKED;

	if (behaviour_of(move)->mremap_old_headroom)
		return check_slots(move, 4);
	return check_slots(move, locked ? 3 : 2);
}

static bool ranges_overlap(const struct mremap_state *move)
{
	return move->addr + move->old_len > move->new_addr &&
	       move->new_addr + move->new_len > move->addr;
}

static int check_parameters(const struct mremap_state *move)
{
	vm_addr_t task_size = move->mm->machine->config.task_size;

	if (move->flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP))
		return -EINVAL;
	if (!page_aligned(move->addr) || !move->new_len || move->new_len > task_size)
		return -EINVAL;
	if (!chooses_address(move))
		return check_slots_at_entry(move);
	if (move->new_addr > task_size - move->new_len || !page_aligned(move->new_addr))
		return -EINVAL;
	if (!(move->flags & MREMAP_MAYMOVE))
		return -EINVAL;
	if (keeps_source(move) && move->old_len != move->new_len)
		return -EINVAL;
	if (ranges_overlap(move))
		return -EINVAL;
	return check_slots_at_entry(move);
}

static int find_source(struct mremap_state *move)
{
	move->vma = mm_find(move->mm, move->addr);
	if (!move->vma)
		return -EFAULT;
	return vma_is_sealed(move->vma) ? -EPERM : 0;
}

/* The same up to v6.16. `same_len`: the lengths were equal as they were given. */
static int check_old_parameters(struct mremap_state *move, bool same_len)
{
	vm_addr_t task_size = move->mm->machine->config.task_size;
	bool old_headroom = behaviour_of(move)->mremap_old_headroom;
	int err = 0;

	if (move->flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP))
		return -EINVAL;
	if (chooses_address(move) && !(move->flags & MREMAP_MAYMOVE))
		return -EINVAL;
	if (keeps_source(move) && !same_len)
		return -EINVAL;
	if (!page_aligned(move->addr) || !move->new_len)
		return -EINVAL;
	if (!old_headroom)
		err = check_slots_at_entry(move);
	if (!err)
		err = find_source(move);
	if (err || !chooses_address(move))
		return err;
	if (!page_aligned(move->new_addr) || move->new_len > task_size ||
	    move->new_addr > task_size - move->new_len || ranges_overlap(move))
		return -EINVAL;
	return old_headroom ? check_slots_at_entry(move) : 0;
}

/* May the source become what is asked for? */
static int check_resize(const struct mremap_state *move)
{
	const struct vma *vma = move->vma;
	uint64_t old_len = lower_of(move->old_len, move->new_len);
	uint64_t delta = (move->new_len - old_len) >> VM_PAGE_SHIFT;
	vm_pgoff_t pgoff = vma->vm_pgoff + page_count(vma->vm_start, move->addr);

	/* Nothing of the old length is a second mapping of the same pages: for shared ones. */
	if (!move->old_len && !(vma->vm_flags & (VM_SHARED | VM_MAYSHARE)))
		return -EINVAL;
	if (keeps_source(move) && vma->vm_flags & (VM_DONTEXPAND | VM_PFNMAP))
		return -EINVAL;
	if (old_len > vma->vm_end - move->addr)
		return -EFAULT;
	if (!delta)
		return 0;
	if (pgoff + (move->new_len >> VM_PAGE_SHIFT) < pgoff)
		return -EINVAL;
	if (vma->vm_flags & (VM_DONTEXPAND | VM_PFNMAP))
		return -EFAULT;
	if (!mlock_future_ok(move->mm, vma->vm_flags, delta))
		return -EAGAIN;
	return may_expand_vm(move->mm, vma->vm_flags, delta) ? 0 : -ENOMEM;
}

static int check_vma(struct mremap_state *move)
{
	int err = find_source(move);

	if (err)
		return err;
	if (!chooses_address(move) && move->new_len <= move->old_len)
		return 0;
	return check_resize(move);
}

/* ------------------------------------------------------------------ the copy */

/* What a move would cut is asked first, while nothing has happened. */
static int ask_may_split(const struct mremap_state *move)
{
	struct vma *vma = move->vma;
	vm_addr_t end = move->addr + move->old_len;
	int err = 0;

	if (!vma->vm_ops || !vma->vm_ops->may_split)
		return 0;
	if (vma->vm_start != move->addr)
		err = vma->vm_ops->may_split(vma, move->addr);
	if (!err && vma->vm_end != end)
		err = vma->vm_ops->may_split(vma, end);
	return err;
}

/*
 *	0123456789ab			0123456789ab
 *	LLLLLLLLLLLL		->	nnnnLLLLnnnn
 *	    ****
 *
 * What stays behind of the range will be unlocked, and what lies beside it will not. A cut that
 * was made stays, whatever happens afterwards.
 */
static int cut_locked_source(const struct mremap_state *move)
{
	vm_addr_t end = move->addr + move->old_len;
	int err;

	if (behaviour_of(move)->dontunmap_unlocks_all || !keeps_source(move) ||
	    !(move->vma->vm_flags & VM_LOCKED))
		return 0;
	if (move->vma->vm_start < move->addr) {
		err = split_vma(move->vma, move->addr, /* new_below= */ true);
		if (err)
			return err;
	}
	if (move->vma->vm_end > end)
		return split_vma(move->vma, end, /* new_below= */ false);
	return 0;
}

static int charge_move(struct mremap_state *move)
{
	uint64_t pages = (move->new_len - move->old_len) >> VM_PAGE_SHIFT;
	int err;

	if (!(move->vma->vm_flags & VM_ACCOUNT) || !behaviour_of(move)->shrinking_move_leaks)
		move->cut = 0;
	if (!(move->vma->vm_flags & VM_ACCOUNT))
		return 0;
	if (keeps_source(move))
		pages = move->new_len >> VM_PAGE_SHIFT;
	err = vm_charge(move->mm, pages + move->cut);
	if (!err)
		move->charged = pages;
	return err;
}

/* A context that is not told of moves stays behind. */
static bool loses_uffd(const struct vma *vma)
{
	return vma->userfaultfd_ctx && !userfaultfd_follows_moves(vma->userfaultfd_ctx);
}

static struct vma *make_copy(struct mremap_state *move)
{
	const struct vm_behaviour *behaviour = behaviour_of(move);
	enum vma_copy how = COPY_MERGES;

	if (keeps_source(move) && !behaviour->dontunmap_merges_self)
		how = COPY_SPARES_SOURCE;
	if (loses_uffd(move->vma) && !behaviour->uffd_move_merges)
		how = COPY_STAYS_ALONE;
	return copy_vma(&move->vma, move->addr, move->new_addr, move->new_len, how);
}

/* Page tables, then the driver. On failure the pages are where they were. */
static int move_pages(const struct mremap_state *move, struct vma *new)
{
	uint64_t len = move->old_len;
	int err;

	err = guard_move(move->mm, move->addr, move->addr + len, move->new_addr);
	if (!err && new->vm_ops &&new->vm_ops->mremap)
		err = new->vm_ops->mremap(new);
	if (!err)
		return 0;
	/* Every marker has its place there, so this one succeeds. */
	guard_move(move->mm, move->new_addr, move->new_addr + len, move->addr);
	return err;
}

/* ------------------------------------------------------------------ the source afterwards */

/*
 * What should have gone cannot be unmapped, and stays: `missing` pages of the VMA that was
 * [start, end) and had these flags. They are mapped, but not charged.
 */
static void keep_both(struct mm *mm, vm_addr_t start, vm_addr_t end, vm_flags_t flags,
		      uint64_t missing)
{
	const struct vm_behaviour *behaviour = &mm->machine->behaviour;
	uint64_t unaccounted = 0;

	if (!behaviour->failed_unmap_unaccounts) {
		if (flags & VM_ACCOUNT)
			vm_charge_anyway(mm, missing);
		return;
	}
	if (!(flags & VM_ACCOUNT)) {
		if (!behaviour->failed_unmap_charges_all)
			return;
		vm_charge_anyway(mm, missing);
		mm->committed_leak += missing;
		return;
	}
	/* The kernel hides the flag for the time of the unmapping, cuts inherit that. */
	for (struct vma *vma = vma_find(mm, start); vma && vma->vm_start < end;
	     vma = vma_next(vma)) {
		vma->vm_flags &= ~VM_ACCOUNT;
		vma->unaccounted = true;
		unaccounted += vma_pages(vma);
	}
	vm_charge_anyway(mm, missing);
	mm->committed_leak += unaccounted;
}

/* The source goes; its charge has passed to the copy. What cannot be unmapped stays. */
static void unmap_source(const struct mremap_state *move)
{
	const struct vma *vma = move->vma;
	struct vm_range whole = { vma->vm_start, vma->vm_end };
	vm_flags_t flags = vma->vm_flags;

	if (do_munmap_moved(move->mm, move->addr, move->addr + move->old_len))
		keep_both(move->mm, whole.start, whole.end, flags, move->old_len >> VM_PAGE_SHIFT);
}

/* The driver did not want it: the copy goes again, and with it what was charged for it. */
static void unmap_copy(const struct mremap_state *move, const struct vma *new)
{
	struct vm_range whole = { new->vm_start, new->vm_end };
	vm_addr_t end = move->new_addr + move->new_len;
	vm_flags_t flags = new->vm_flags;
	struct mm *mm = move->mm;

	/* Everything of the copy was charged for it, and goes with it. */
	if (keeps_source(move)) {
		do_munmap(mm, move->new_addr, end);
		return;
	}
	if (do_munmap_moved(mm, move->new_addr, end))
		keep_both(mm, whole.start, whole.end, flags, move->new_len >> VM_PAGE_SHIFT);
	if (behaviour_of(move)->failed_move_leaks)
		mm->committed_leak += move->charged;
	else
		vm_uncharge(mm, move->charged);
}

/* What a moved locked VMA leaves behind has no pages to lock. */
static void unlock_source(const struct mremap_state *move, const struct vma *new)
{
	struct vma *vma = move->vma;
	struct mm *mm = move->mm;

	if (!(vma->vm_flags & VM_LOCKED))
		return;
	vma->vm_flags &= ~VM_LOCKED_MASK;
	if (behaviour_of(move)->dontunmap_unlocks_all)
		mm->locked_leak += vma_pages(vma);
	else if (vma == new)
		mm->locked_vm -= vma_pages(vma) - (move->new_len >> VM_PAGE_SHIFT);
}

/*
 *	0123456789abcdef		0123456789abcdef
 *	VVVV............	->	vvvv....VVVV....	v: as if never written to
 *
 * What was moved in part stays faulted: the rest of its pages is still there.
 */
static void empty_source(const struct mremap_state *move, const struct vma *new)
{
	const struct vm_behaviour *behaviour = behaviour_of(move);
	struct vma *vma = move->vma;

	unlock_source(move, new);
	if (vma == new || vma->vm_start != move->addr || vma->vm_end != move->addr + move->old_len)
		return;
	unlink_anon_vmas(vma);
	vma->displaced = behaviour->dontunmap_keeps_pgoff;
	if (behaviour->dontunmap_keeps_pgoff)
		return;
	vma->virt_pgoff = vma->vm_start >> VM_PAGE_SHIFT;
	if (!vma->vm_file)
		vma->vm_pgoff = vma->virt_pgoff;
}

/* ------------------------------------------------------------------ the move */

static void account_copy(const struct mremap_state *move, const struct vma *new, bool moved_lock)
{
	uint64_t pages = move->new_len >> VM_PAGE_SHIFT;

	vm_stat_account(move->mm, new->vm_flags, (int64_t)pages);
	if (new->vm_flags & VM_LOCKED && !moved_lock)
		move->mm->locked_vm += pages;
}

/*
 * The source is [addr, addr + old_len) of move->vma, or nothing of it for a second mapping of
 * the same pages; the target is free.
 */
static int move_vma(struct mremap_state *move)
{
	const struct vm_behaviour *behaviour = behaviour_of(move);
	bool moved_lock = keeps_source(move) && !behaviour->dontunmap_unlocks_all;
	struct vma *new;
	int err;

	err = check_slots_for_move(move);
	if (!err)
		err = ask_may_split(move);
	if (!err)
		err = cut_locked_source(move);
	if (!err)
		err = charge_move(move);
	if (err)
		return err;
	new = make_copy(move);
	if (!new) {
		vm_uncharge(move->mm, move->charged + move->cut);
		return -ENOMEM;
	}
	move->mm->committed_leak += move->cut;
	err = move_pages(move, new);
	if (err) {
		account_copy(move, new, /* moved_lock= */ false);
		unmap_copy(move, new);
		return err;
	}
	if (loses_uffd(new)) {
		new->userfaultfd_ctx = NULL;
		new->vm_flags &= ~VM_UFFD_FLAGS;
	}
	account_copy(move, new, moved_lock);
	if (keeps_source(move))
		empty_source(move, new);
	else if (move->old_len)
		unmap_source(move);
	return 0;
}

static void populate_growth(const struct mremap_state *move, bool locked)
{
	if (locked && move->new_len > move->old_len)
		mm_populate(move->mm, move->new_addr + move->old_len,
			    move->new_addr + move->new_len, /* ignore_errors= */ true);
}

/*
 * To an address of the caller's choice. What is unmapped may be the source, if a length that wraps
 * hid that they overlap; kernels up to 6.12 look for it when all is unmapped.
 */
static int move_to(struct mremap_state *move)
{
	bool unmap_first = behaviour_of(move)->target_unmapped_first;
	struct mm *mm = move->mm;
	bool locked;
	int err = 0;

	if (!unmap_first)
		err = check_vma(move);
	if (!err && move->flags & MREMAP_FIXED)
		err = do_munmap(mm, move->new_addr, move->new_addr + move->new_len);
	if (!err && !unmap_first)
		err = find_source(move);
	if (!err && move->old_len > move->new_len) {
		err = mm_munmap(mm, move->addr + move->new_len, move->old_len - move->new_len);
		move->cut = (move->old_len - move->new_len) >> VM_PAGE_SHIFT;
		move->old_len = move->new_len;
	}
	if (!err)
		err = find_source(move);
	if (!err && unmap_first)
		err = check_resize(move);
	if (err)
		return err;
	if (keeps_source(move) &&
	    !may_expand_vm(mm, move->vma->vm_flags, move->old_len >> VM_PAGE_SHIFT))
		return -ENOMEM;
	err = get_unmapped_area(mm, move->new_addr, move->new_len,
				move->flags & MREMAP_FIXED ? MAP_FIXED : 0, &move->new_addr);
	if (err)
		return err;
	locked = move->vma->vm_flags & VM_LOCKED;
	err = move_vma(move);
	if (!err)
		populate_growth(move, locked);
	return err;
}

/*
 * userfaultfd wants to be told of each move, and a file may have a say in where it is mapped:
 * such VMAs move alone.
 */
static bool moves_alone(const struct vma *vma)
{
	return vma->userfaultfd_ctx || (vma->vm_file && vma->vm_file->f_op->own_placement);
}

/*
 *	0123456789abcdef		0123456789abcdef
 *	AABB..CC........	->	........AABB..CC
 *	********
 *
 * Each VMA for itself: what fails stays, and what was moved before it too. The target is
 * unmapped only where something comes to lie.
 */
static int move_many(const struct mremap_state *move)
{
	vm_addr_t start = move->addr, end = start + move->old_len, next = start;
	struct mm *mm = move->mm;
	struct vma *vma = vma_find(mm, start);

	if (!vma || vma->vm_start > start || end < start)
		return -EFAULT;
	for (; vma && vma->vm_start < end; vma = vma_find(mm, next)) {
		struct mremap_state piece = *move;
		int err;

		if (moves_alone(vma) && (next != start || vma->vm_end < end))
			return -EFAULT;
		piece.addr = higher_of(vma->vm_start, start);
		next = lower_of(vma->vm_end, end);
		piece.old_len = next - piece.addr;
		piece.new_len = piece.old_len;
		piece.new_addr = move->new_addr + (piece.addr - start);
		err = move_to(&piece);
		if (err)
			return err;
		if (next == end)
			break;
	}
	return 0;
}

/* ------------------------------------------------------------------ in place */

/* Nothing but TASK_SIZE and the next VMA stops it: gaps below stacks are not looked at. */
static bool can_grow_in_place(const struct mremap_state *move)
{
	const struct vma *vma = move->vma, *next;
	vm_addr_t task_size = move->mm->machine->config.task_size, end;

	if (move->addr + move->old_len != vma->vm_end)
		return false;
	end = move->addr + move->new_len;
	if (end < vma->vm_end || end > task_size)
		return false;
	next = vma_next(vma);
	return !next || next->vm_start >= end;
}

static int grow_in_place(struct mremap_state *move)
{
	struct vma *vma = move->vma;
	uint64_t delta = (move->new_len - move->old_len) >> VM_PAGE_SHIFT;
	uint64_t charged = vma->vm_flags & VM_ACCOUNT ? delta : 0;
	struct mm *mm = move->mm;
	bool locked = vma->vm_flags & VM_LOCKED;
	int err;

	err = charged ? vm_charge(mm, charged) : 0;
	if (err)
		return err;
	err = vma_merge_extend(vma, move->addr + move->new_len);
	if (err) {
		vm_uncharge(mm, charged);
		return err;
	}
	vm_stat_account(mm, vma->vm_flags, (int64_t)delta);
	if (locked)
		mm->locked_vm += delta;
	populate_growth(move, locked);
	return 0;
}

/* Wherever it may be; move->new_addr says where it is then. */
static int resize(struct mremap_state *move)
{
	bool locked;
	int err;

	move->new_addr = move->addr;
	err = check_vma(move);
	if (err || move->new_len == move->old_len)
		return err;
	if (move->new_len < move->old_len)
		return mm_munmap(move->mm, move->addr + move->new_len,
				 move->old_len - move->new_len);
	if (can_grow_in_place(move))
		return grow_in_place(move);
	if (!(move->flags & MREMAP_MAYMOVE))
		return -ENOMEM;
	err = get_unmapped_area(move->mm, 0, move->new_len, 0, &move->new_addr);
	if (err)
		return err;
	locked = move->vma->vm_flags & VM_LOCKED;
	err = move_vma(move);
	if (!err)
		populate_growth(move, locked);
	return err;
}

int mm_mremap(struct mm *mm, vm_addr_t addr, uint64_t old_len, uint64_t new_len, uint32_t flags,
	      vm_addr_t new_addr, vm_addr_t *ret_addr)
{
	struct mremap_state move = {
		.mm = mm,
		.addr = addr,
		.new_addr = new_addr,
		.old_len = page_up(old_len),
		.new_len = page_up(new_len),
		.flags = flags,
	};
	int err;

	if (behaviour_of(&move)->mremap_old_checks)
		err = check_old_parameters(&move, old_len == new_len);
	else
		err = check_parameters(&move);
	if (err)
		return err;
	if (!chooses_address(&move))
		err = resize(&move);
	else if (behaviour_of(&move)->mremap_many && flags & MREMAP_FIXED &&
		 move.old_len == move.new_len)
		err = move_many(&move);
	else
		err = move_to(&move);
	if (err)
		return err;
	*ret_addr = move.new_addr;
	return 0;
}
