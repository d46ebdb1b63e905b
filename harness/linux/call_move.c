/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mremap(), chapter 9.7. The tree copies the VMA, extends one in place, and unmaps; which is done
 * when, and who pays, is here. 6.12 checks on its way, 7.3 before anything is touched.
 */
#include "calls.h"
#include "files.h"
#include "pages.h"

struct move {
	struct mm_struct *mm;
	unsigned long addr, old_len, new_addr, new_len;
	unsigned int flags;
	struct vm_area_struct *vma; /* holds addr */
	bool was_locked;
};

static bool is_kept(const struct move *move)
{
	return move->flags & MREMAP_DONTUNMAP;
}

/* ---- checks */

static bool overlaps_itself(const struct move *move)
{
	return move->addr + move->old_len > move->new_addr &&
	       move->new_addr + move->new_len > move->addr;
}

static bool is_sound_7_3(const struct move *move)
{
	if (move->new_len > TASK_SIZE)
		return false;
	if (!(move->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)))
		return true;
	return move->new_addr <= TASK_SIZE - move->new_len && !offset_in_page(move->new_addr) &&
	       !overlaps_itself(move);
}

/* Before anything is looked up. `same`: the lengths were equal as they were given. */
static bool is_sound(const struct move *move, bool same)
{
	unsigned int flags = move->flags;

	if (shim()->config.as_7_3) {
		same = move->old_len == move->new_len;
		if (!is_sound_7_3(move))
			return false;
	}

	if (flags & ~(unsigned int)(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP))
		return false;
	if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP) && !(flags & MREMAP_MAYMOVE))
		return false;
	if (flags & MREMAP_DONTUNMAP && !same)
		return false;
	return !offset_in_page(move->addr) && move->new_len;
}

static int refuse_slots(struct mm_struct *mm)
{
	shim_insufficient_slots(mm);
	return -ENOMEM;
}

/* D11: 7.3 asks of every call, before anything else under the lock. */
static int ask_slots_7_3(const struct move *move)
{
	int slots = is_kept(move) ? 5 : 4;

	return move->mm->map_count > sysctl_max_map_count - slots ? refuse_slots(move->mm) : 0;
}

static int ask_target(const struct move *move)
{
	struct mm_struct *mm = move->mm;

	if (shim()->config.as_7_3)
		return 0;
	if (offset_in_page(move->new_addr) || move->new_len > TASK_SIZE ||
	    move->new_addr > TASK_SIZE - move->new_len)
		return -EINVAL;
	if (overlaps_itself(move))
		return -EINVAL;
	/* Both ends of both ranges may be cut. */
	return mm->map_count + 2 >= sysctl_max_map_count - 3 ? refuse_slots(mm) : 0;
}

/* Finds the VMA again, and asks whether it may become so long. */
static int ask_source(struct move *move)
{
	struct vm_area_struct *vma = vma_lookup(move->mm, move->addr);
	unsigned long grow = move->new_len - move->old_len;
	pgoff_t pgoff;

	move->vma = vma;
	if (!vma)
		return -EFAULT;
	if (!move->old_len && !(vma->vm_flags & (VM_SHARED | VM_MAYSHARE)))
		return -EINVAL;
	if (is_kept(move) && vma->vm_flags & (VM_DONTEXPAND | VM_PFNMAP))
		return -EINVAL;
	if (move->old_len > vma->vm_end - move->addr)
		return -EFAULT;
	if (!grow)
		return 0;
	pgoff = offset_at(vma, move->addr);
	if (pgoff + (move->new_len >> PAGE_SHIFT) < pgoff)
		return -EINVAL;
	if (vma->vm_flags & (VM_DONTEXPAND | VM_PFNMAP))
		return -EFAULT;
	if (!may_lock(move->mm, vma->vm_flags, grow >> PAGE_SHIFT))
		return -EAGAIN;
	return may_expand(move->mm, vma->vm_flags, grow >> PAGE_SHIFT) ? 0 : -ENOMEM;
}

/* ---- the move step, 9.7.6 */

/* A driver is asked of the cuts that the unmapping of the source will make. */
static int ask_cuts(const struct move *move)
{
	struct vm_area_struct *vma = move->vma;
	unsigned long end = move->addr + move->old_len;
	int error = 0;

	if (!vma->vm_ops || !vma->vm_ops->may_split)
		return 0;
	if (vma->vm_start != move->addr)
		error = vma->vm_ops->may_split(vma, move->addr);
	if (!error && vma->vm_end != end)
		error = vma->vm_ops->may_split(vma, end);
	return error;
}

/* Only the range itself will be unlocked, so it is cut out beforehand. Cuts stay. */
static int cut_locked(const struct move *move)
{
	struct vm_area_struct *vma = move->vma;
	unsigned long end = move->addr + move->old_len;
	VMA_ITERATOR(vmi, move->mm, move->addr);
	int error = 0;

	if (!is_kept(move) || !(vma->vm_flags & VM_LOCKED))
		return 0;
	if (vma->vm_start != move->addr)
		error = split_vma(&vmi, vma, move->addr, /* new_below= */ 1);
	if (!error && vma->vm_end != end)
		error = split_vma(&vmi, vma, end, /* new_below= */ 0);
	return error;
}

/* 0, or the driver's error, and then the pages are back where they were. */
static int move_pages(struct move *move, struct vm_area_struct *copy)
{
	const struct vm_operations_struct *ops = move->vma->vm_ops;
	int error;

	pages_move(move->mm, move->addr, move->new_addr, move->old_len);
	error = ops && ops->mremap ? ops->mremap(copy) : 0;
	if (error)
		pages_move(move->mm, move->new_addr, move->addr, move->old_len);
	return error;
}

/* Contexts that do not hear of moves lose the VMA that the copy became part of (F5). */
static void drop_context(struct vm_area_struct *vma)
{
	struct userfaultfd_ctx *ctx = vma->vm_userfaultfd_ctx.ctx;

	if (!ctx || ctx->features & SHIM_EVENT_REMAP)
		return;
	vma->vm_userfaultfd_ctx = NULL_VM_UFFD_CTX;
	set_flags(vma, vma->vm_flags & ~VM_UFFD_FLAGS);
}

/* The source stays, without its pages. */
static void empty_source(const struct move *move)
{
	struct vm_area_struct *vma = move->vma;

	set_flags(vma, vma->vm_flags & ~VM_LOCKED_MASK);
	if (vma->vm_start != move->addr || vma->vm_end != move->addr + move->old_len)
		return;
	unlink_anon_vmas(vma);
	reset_offsets(vma);
}

/* Pages of [start, end) that are not accounted though they were. */
static unsigned long concealed_pages(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	VMA_ITERATOR(vmi, mm, start);
	struct vm_area_struct *vma;
	unsigned long pages = 0;

	for_each_vma_range(vmi, vma, end) pages += vma_pages(vma);
	return pages;
}

/* What could not be unmapped is paid for as if it were new, by 7.3 whoever it was (D41). */
static void charge_again(const struct move *move, unsigned long start, unsigned long end,
			 unsigned long pages, bool accounted)
{
	if (!accounted && (!shim()->config.as_7_3 || is_kept(move)))
		return;
	shim_charge_anyway(move->mm, pages);
	move->mm->leaked += accounted ? concealed_pages(move->mm, start, end) : pages;
}

/*
 * Unmaps [addr, addr + len) of vma without returning what was charged for it: VM_ACCOUNT is
 * concealed meanwhile. If it cannot be unmapped it stays, and concealed (F7).
 */
static void unmap_uncharged(struct move *move, struct vm_area_struct *vma, unsigned long addr,
			    unsigned long len, bool accounted)
{
	unsigned long start = vma->vm_start, end = vma->vm_end;
	bool before = accounted && start < addr, after = accounted && end > addr + len;
	LIST_HEAD(contexts);
	VMA_ITERATOR(vmi, move->mm, addr);

	if (accounted)
		set_flags(vma, vma->vm_flags & ~VM_ACCOUNT);
	if (do_vmi_munmap(&vmi, move->mm, addr, len, &contexts, /* unlock= */ false) < 0) {
		charge_again(move, start, end, len >> PAGE_SHIFT, accounted);
		return;
	}
	if (before) {
		vma = vma_prev(&vmi);
		set_flags(vma, vma->vm_flags | VM_ACCOUNT);
	}
	if (after) {
		vma = vma_next(&vmi);
		set_flags(vma, vma->vm_flags | VM_ACCOUNT);
	}
}

static int ask_move(struct move *move)
{
	struct mm_struct *mm = move->mm;
	int slots = 3, error;

	if (shim()->config.as_7_3)
		slots = is_kept(move) && move->vma->vm_flags & VM_LOCKED ? 2 : 1;
	if (mm->map_count >= sysctl_max_map_count - slots)
		return refuse_slots(mm);
	error = ask_cuts(move);
	return error ? error : cut_locked(move);
}

/* What is charged for the copy beyond what the source is charged for. */
static unsigned long pages_to_pay(const struct move *move)
{
	if (!(move->vma->vm_flags & VM_ACCOUNT))
		return 0;
	return (is_kept(move) ? move->new_len : move->new_len - move->old_len) >> PAGE_SHIFT;
}

static int do_move(struct move *move)
{
	unsigned long pages = move->new_len >> PAGE_SHIFT, paid;
	struct vm_area_struct *copy;
	struct mm_struct *mm = move->mm;
	vm_flags_t flags;
	bool accounted;
	int error = ask_move(move);

	if (error)
		return error;
	flags = move->vma->vm_flags;
	accounted = flags & VM_ACCOUNT && !is_kept(move);
	paid = pages_to_pay(move);
	/* Beyond the limit not even nothing is granted, but who has no account does not ask. */
	if (flags & VM_ACCOUNT && shim_charge(mm, paid))
		return -ENOMEM;
	vma_start_write(move->vma);
	copy = copy_to(&move->vma, move->addr, move->new_addr, move->new_len, is_kept(move));
	if (!copy) {
		shim_uncharge(mm, paid);
		return -ENOMEM;
	}
	error = move_pages(move, copy);
	stat_account(mm, copy->vm_flags, (long)pages);
	if (!error)
		drop_context(copy);
	if (!error && is_kept(move)) {
		empty_source(move);
		return 0;
	}
	if (flags & VM_LOCKED)
		mm->locked_vm += pages;
	move->was_locked = flags & VM_LOCKED;
	if (!error) {
		unmap_uncharged(move, move->vma, move->addr, move->old_len, accounted);
		return 0;
	}
	/* The driver did not want it: the copy goes, and 6.12 forgets its charge (D40). */
	unmap_uncharged(move, copy, move->new_addr, move->new_len, accounted);
	if (!is_kept(move) && shim()->config.as_7_3)
		shim_uncharge(mm, paid);
	else if (!is_kept(move))
		mm->leaked += paid;
	return error;
}

/* ---- where to */

/* What will be moved is what a shrink leaves. */
static int ask_first(const struct move *move)
{
	struct move kept = *move;

	kept.old_len = min(move->old_len, move->new_len);
	return ask_source(&kept);
}

/* After what was unmapped; 6.12 asks only now. */
static int find_again(struct move *move)
{
	if (!shim()->config.as_7_3)
		return ask_source(move);
	move->vma = vma_lookup(move->mm, move->addr);
	return move->vma ? 0 : -EFAULT;
}

static int move_to(struct move *move)
{
	struct mm_struct *mm = move->mm;
	bool fixed = move->flags & MREMAP_FIXED;
	int error = ask_target(move);

	if (!error && shim()->config.as_7_3)
		error = ask_first(move);
	if (!error && fixed)
		error = unmap(mm, move->new_addr, move->new_len);
	/* Lengths that wrap do not overlap, and yet the source may have been there. */
	if (!error && shim()->config.as_7_3)
		error = find_again(move);
	if (!error && move->old_len > move->new_len) {
		error = unmap(mm, move->addr + move->new_len, move->old_len - move->new_len);
		move->old_len = move->new_len;
	}
	if (!error)
		error = find_again(move);
	if (!error && is_kept(move) &&
	    !may_expand(mm, move->vma->vm_flags, move->old_len >> PAGE_SHIFT))
		error = -ENOMEM;
	if (!error)
		error = find_place(mm, move->new_addr, move->new_len, fixed ? MAP_FIXED : 0,
				   &move->new_addr);
	return error ? error : do_move(move);
}

static bool can_grow_in_place(const struct move *move)
{
	unsigned long end = move->addr + move->new_len, old_end = move->vma->vm_end;

	return move->addr + move->old_len == old_end && end > old_end && end <= TASK_SIZE &&
	       !find_vma_intersection(move->mm, old_end, end);
}

static int grow_in_place(struct move *move)
{
	unsigned long delta = move->new_len - move->old_len, pages = delta >> PAGE_SHIFT;
	struct vm_area_struct *vma = move->vma;
	VMA_ITERATOR(vmi, move->mm, vma->vm_end);
	unsigned long paid = vma->vm_flags & VM_ACCOUNT ? pages : 0;

	if (vma->vm_flags & VM_ACCOUNT && shim_charge(move->mm, paid))
		return -ENOMEM;
	vma = vma_merge_extend(&vmi, vma, delta);
	if (!vma) {
		shim_uncharge(move->mm, paid);
		return -ENOMEM;
	}
	stat_account(move->mm, vma->vm_flags, (long)pages);
	move->was_locked = vma->vm_flags & VM_LOCKED;
	if (move->was_locked)
		move->mm->locked_vm += pages;
	return 0;
}

static int resize(struct move *move)
{
	int error;

	move->new_addr = move->addr;
	if (move->old_len > move->new_len)
		return unmap(move->mm, move->addr + move->new_len, move->old_len - move->new_len);
	if (move->old_len == move->new_len)
		return 0;
	error = ask_source(move);
	if (error)
		return error;
	if (can_grow_in_place(move))
		return grow_in_place(move);
	if (!(move->flags & MREMAP_MAYMOVE))
		return -ENOMEM;
	error = find_place(move->mm, 0, move->new_len, 0, &move->new_addr);
	return error ? error : do_move(move);
}

static int find_and_move(struct move *move)
{
	int error;

	move->vma = vma_lookup(move->mm, move->addr);
	if (!move->vma)
		return -EFAULT;
	if (move->vma->vm_flags & VM_SEALED)
		return -EPERM;
	error = move->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP) ? move_to(move) : resize(move);
	if (!error && move->was_locked && move->new_len > move->old_len)
		populate(move->mm, move->new_addr + move->old_len, move->new_addr + move->new_len,
			 /* ignore_errors= */ true);
	return error;
}

/* 9.7.7: with others, or with a gap behind it, only who is placed by nobody else. */
static bool moves_with_others(const struct vm_area_struct *vma)
{
	const struct file *file = vma->vm_file;

	return !vma->vm_userfaultfd_ctx.ctx && (!file || vma_is_shmem(vma) || !files_places(file));
}

/*
 * Each VMA of the range is moved by itself, and keeps its distance from the others:
 *	AAAA..BBBB|  ->  |AAAA..BBBB
 */
static int move_all(const struct move *range)
{
	unsigned long addr = range->addr, end = addr + range->old_len;
	struct vm_area_struct *vma = find_vma_intersection(range->mm, addr, end);
	bool first = true;
	int error = 0;

	if (!vma || vma->vm_start > addr)
		return -EFAULT;
	for (; vma && !error; vma = find_vma_intersection(range->mm, addr, end)) {
		struct move move = *range;

		move.addr = max(vma->vm_start, addr);
		move.new_addr += move.addr - range->addr;
		move.new_len = move.old_len = min(vma->vm_end, end) - move.addr;
		if (!moves_with_others(vma) && (!first || vma->vm_end < end))
			return -EFAULT;
		error = find_and_move(&move);
		addr = move.addr + move.old_len;
		first = false;
		if (addr >= end)
			break;
	}
	return error;
}

int call_mremap(struct mm_struct *mm, unsigned long addr, unsigned long old_len,
		unsigned long new_len, unsigned int flags, unsigned long *new_addr)
{
	struct move move = {
		.mm = mm,
		.addr = addr,
		.old_len = PAGE_ALIGN(old_len),
		.new_addr = *new_addr,
		.new_len = PAGE_ALIGN(new_len),
		.flags = flags,
	};
	int error = 0;

	if (!is_sound(&move, old_len == new_len))
		return -EINVAL;
	mmap_write_lock(mm);
	if (shim()->config.as_7_3)
		error = ask_slots_7_3(&move);
	if (!error && shim()->config.as_7_3 && flags & MREMAP_FIXED && move.old_len == move.new_len)
		error = move_all(&move);
	else if (!error)
		error = find_and_move(&move);
	mmap_write_unlock(mm);
	*new_addr = move.new_addr;
	return error;
}
