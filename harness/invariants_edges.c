/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where VMAs began and ended before an operation, and where they do now. */
#include <inttypes.h>

#include "invariants_look.h"

/* Whether a boundary may have gone. */
static bool may_vanish(const struct look *look, uint32_t edge)
{
	const struct op *op = look->op;

	if (!op_modifies(op) && !op_places(op))
		return false;
	return edge_is_named(&look->named, edge);
}

/* Both sides of each old boundary are still apart, or the operation had to do with them. */
static bool none_vanished(const struct look *look)
{
	const struct seen_space *old = look->old;
	bool merges = look->done && (op_modifies(look->op) || op_places(look->op));

	for (uint32_t i = 1; i < old->vmas; i++) {
		uint32_t edge = old->vma[i].start;
		bool vanished;

		if (old->vma[i - 1].end != edge)
			continue;
		vanished = vma_across(look->now, edge);
		if (merges && !vanished && !edge_is_named(&look->named, edge))
			exercise(look, RULE_MRG_3);
		if (vanished && !may_vanish(look, edge))
			return breaks(look, RULE_MRG_3, old->number, edge,
				      "the boundary at page %" PRIu32
				      " is gone, and nothing was done there",
				      edge);
	}
	return true;
}

/* Whether the operation may have cut there. */
static bool may_cut(const struct look *look, uint32_t edge)
{
	const struct named *named = &look->named;

	if (look->op->kind == OP_TOUCH || look->op->kind == OP_GUARD_INSTALL ||
	    look->op->kind == OP_GUARD_REMOVE)
		return false;
	for (uint32_t i = 0; i < named->count; i++) {
		const struct named_range *range = &named->range[i];

		if (edge == range->start || edge == range->end)
			return true;
		/* What moves brings its own boundaries. */
		if (look->op->kind == OP_MREMAP && range->replaced && range->start < edge &&
		    edge < range->end)
			return true;
	}
	return false;
}

static bool edge_is_lawful(const struct look *look, uint32_t edge)
{
	if (!vma_across(look->old, edge))
		return true;
	exercise(look, RULE_MRG_4);
	if (may_cut(look, edge))
		return true;
	return breaks(look, RULE_MRG_4, look->op->space, edge,
		      "a new boundary at page %" PRIu32 ", where nothing begins or ends", edge);
}

static bool none_appeared(const struct look *look)
{
	const struct seen_space *now = look->now;

	for (uint32_t i = 0; i < now->vmas; i++) {
		if (!edge_is_lawful(look, now->vma[i].start))
			return false;
		/* What begins where it ends has been looked at, or will be. */
		if (i + 1 < now->vmas && now->vma[i + 1].start == now->vma[i].end)
			continue;
		if (!edge_is_lawful(look, now->vma[i].end))
			return false;
	}
	return true;
}

static bool touches_another(const struct seen_space *space, const struct seen_vma *vma)
{
	const struct seen_vma *first = space->vma, *last = &space->vma[space->vmas - 1];

	return (vma > first && vma[-1].end == vma->start) ||
	       (vma < last && vma[1].start == vma->end);
}

/* A special area may lose pages, never gain any. */
static bool specials_keep_extent(const struct look *look)
{
	struct piece_walk walk;

	if (look->op->kind == OP_RELOCATE_DOWN)
		return true;
	pieces_begin(&walk, look->old, look->now, &look->named);
	while (pieces_next(&walk)) {
		const struct piece *piece = &walk.piece;
		const struct seen_vma *old = piece->old, *now = piece->now;

		if (!old || !now || piece->replaced || !(old->flags & LOOK_SPECIAL))
			continue;
		if (look->done && (op_modifies(look->op) || op_places(look->op)) &&
		    touches_another(look->now, now))
			exercise(look, RULE_MRG_5);
		if (now->start < old->start || now->end > old->end)
			return breaks(look, RULE_MRG_5, look->op->space, now->start,
				      "the special area %" PRIu32 "..%" PRIu32 " became %" PRIu32
				      "..%" PRIu32,
				      old->start, old->end, now->start, now->end);
	}
	return true;
}

bool edges_hold(const struct look *look)
{
	if (!look->old || !look->now || (!look->done && !look->failed))
		return true;
	return none_vanished(look) && none_appeared(look) && specials_keep_extent(look);
}
