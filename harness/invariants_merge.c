/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The obligation to merge, seen from what stands afterwards: two areas that touch where an
 * operation put or changed one of them must have a reason to be two.
 *
 *	.LLLL|RRRR.	refused by 2.2 to 2.6, or by a close hook, or by something that the
 *			operation did after it had tried to merge
 */
#include <inttypes.h>

#include "invariants_look.h"

/* 6.12, 2.4: of two areas one was faulted, or is, and which of the two decides. */
static bool faulted_apart(const struct look *look, const struct seen_vma *left,
			  const struct seen_vma *right)
{
	const struct seen_vma *old_left = vma_at(look->old, left->end - 1);
	const struct seen_vma *old_right = vma_at(look->old, right->start);

	return !left->anon != !right->anon ||
	       (old_left && old_right && !old_left->anon != !old_right->anon);
}

/* Why they may stay apart although nothing in them says so. */
static bool is_excused(const struct look *look, const struct seen_vma *left,
		       const struct seen_vma *right)
{
	uint64_t flags = left->flags;

	if (profile_before_6_18(look->profile) && faulted_apart(look, left, right))
		return true;
	/* D17: made mergeable by KSM after it was put there. */
	if (flags & VM_FLAG(mg) && (left->file || profile_before_6_18(look->profile)))
		return true;
	/* 8.7: it was locked until then. */
	if (flags & VM_FLAG(dp) && look->memory->space[look->op->space].lock_future)
		return true;
	/* 8.6: the driver gave it these flags afterwards. */
	return left->file < WORLD_FILES && world_drivers[left->file].legacy_hook &&
	       world_drivers[left->file].hook_flags;
}

/* The two areas that touch at a page, if there is a boundary. */
static bool boundary_at(const struct seen_space *space, uint32_t edge, const struct seen_vma **left,
			const struct seen_vma **right)
{
	if (!edge)
		return false;
	*left = vma_at(space, edge - 1);
	*right = vma_at(space, edge);
	return *left && *right && *left != *right;
}

static bool is_obliged(const struct look *look, const struct seen_vma *left,
		       const struct seen_vma *right)
{
	return !compare_refusal(left, right, look->profile) && !is_excused(look, left, right);
}

static bool missed(const struct look *look, enum rule rule, const struct seen_vma *left,
		   const struct seen_vma *right)
{
	return breaks(look, rule, look->op->space, right->start,
		      "%" PRIu32 "..%" PRIu32 " and %" PRIu32 "..%" PRIu32 " stay apart: %s",
		      left->start, left->end, right->start, right->end, rule_sentence(rule));
}

/* brk() and vm_brk() do not look to their right. */
static bool is_heap(const struct op *op)
{
	return op->kind == OP_BRK || op->kind == OP_VM_BRK;
}

/* Where the operation put something; nothing if it did not, or not by a merge of its own. */
static bool placed_range(const struct look *look, uint32_t *start, uint32_t *end)
{
	if (!look->done || look->stayed || look->injected || look->named.count != 1)
		return false;
	if (look->op->kind != OP_MMAP && !is_heap(look->op))
		return false;
	*start = look->named.range[0].start;
	*end = look->named.range[0].end;
	/* A heap that shrinks, or stays. */
	return vma_at(look->now, *start);
}

static bool placement_merged(const struct look *look)
{
	const struct seen_vma *left, *right;
	uint32_t start, end;

	if (!placed_range(look, &start, &end))
		return true;
	if ((start && vma_at(look->now, start - 1)) || vma_at(look->now, end))
		exercise(look, RULE_MRG_1);
	if (boundary_at(look->now, start, &left, &right) && is_obliged(look, left, right))
		return missed(look, RULE_MRG_1, left, right);
	if (is_heap(look->op) || !boundary_at(look->now, end, &left, &right))
		return true;
	/* Merged to the left, so that the right one would have had to go (chapter 3). */
	if (left->start < start && may_close(right->file))
		return true;
	return !is_obliged(look, left, right) || missed(look, RULE_MRG_1, left, right);
}

/* A page that the operation changed, in what keeps areas apart. */
static bool page_changed(const struct look *look, uint32_t page)
{
	struct piece piece = {
		.start = page,
		.end = page + 1,
		.old = vma_at(look->old, page),
		.now = vma_at(look->now, page),
	};

	return piece.old && piece.now && !tuples_alike(look, &piece, 0);
}

static bool is_inside(const struct look *look, uint32_t page)
{
	return look->named.all || (page >= look->named.range[0].start &&
				   page < look->named.range[look->named.count - 1].end);
}

static bool modified_merged(const struct look *look)
{
	const struct seen_space *now = look->now;

	if (!look->done || look->injected || !op_modifies(look->op) ||
	    (!look->named.all && look->named.count != 1))
		return true;
	for (uint32_t i = 1; i < now->vmas; i++) {
		const struct seen_vma *left = &now->vma[i - 1], *right = &now->vma[i];
		uint32_t edge = right->start;

		if (left->end != edge || !edge_is_named(&look->named, edge))
			continue;
		if (!(is_inside(look, edge - 1) && page_changed(look, edge - 1)) &&
		    !(is_inside(look, edge) && page_changed(look, edge)))
			continue;
		exercise(look, RULE_MRG_2);
		if (!may_close(left->file) && is_obliged(look, left, right))
			return missed(look, RULE_MRG_2, left, right);
	}
	/* Merges that happened were obliged to as well. */
	for (uint32_t i = 1; i < look->old->vmas; i++)
		if (vma_across(now, look->old->vma[i].start))
			exercise(look, RULE_MRG_2);
	return true;
}

/* Whether a VMA reaches beyond what the operation named, or joins what was apart. */
static bool is_joined(const struct look *look, const struct seen_vma *vma)
{
	const struct named_range *range = &look->named.range[0];

	if (vma->start < range->start || vma->end > range->end)
		return true;
	for (uint32_t i = 1; i < look->old->vmas; i++)
		if (vma->start < look->old->vma[i].start && look->old->vma[i].start < vma->end)
			return true;
	return false;
}

/* The access that was asked for, whatever the range was joined with. */
static bool result_is_as_asked(const struct look *look)
{
	const struct named_range *range = &look->named.range[0];
	const struct op *op = look->op;

	if (!look->done || look->named.count != 1 ||
	    (op->kind != OP_MMAP && op->kind != OP_MPROTECT))
		return true;
	for (uint32_t i = 0; i < look->now->vmas; i++) {
		const struct seen_vma *vma = &look->now->vma[i];

		if (vma->end <= range->start || vma->start >= range->end || !is_joined(look, vma))
			continue;
		exercise(look, RULE_STK_3);
		/* PROT_READ, PROT_WRITE, PROT_EXEC are numbered as rd, wr, ex are. */
		if ((vma->flags & LOOK_ACCESS) != (op->prot & LOOK_ACCESS))
			return breaks(look, RULE_STK_3, op->space, vma->start,
				      "%" PRIu32 "..%" PRIu32 " took its access from a neighbour",
				      vma->start, vma->end);
	}
	return true;
}

bool merges_hold(const struct look *look)
{
	if (!look->old || !look->now)
		return true;
	return result_is_as_asked(look) && placement_merged(look) && modified_merged(look);
}
