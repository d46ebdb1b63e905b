/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two operations as one: a mapping is made as a later operation leaves it, and two operations
 * that differ only in their ranges become one over both.
 *
 *	mmap 0..2 rw private anon		mmap 0..2 rw private anon populate
 *	touch 0..1 w			->
 *	mmap 4..5 r private anon		mmap 2..5 r private anon
 *	mmap 2..4 r private anon
 */
#include "simplify.h"

#include "op_table.h"

static bool has_pages(const struct op *op)
{
	return (op_has(op, FIELD_PLACED) || op_has(op, FIELD_RANGE)) &&
	       op->addr.base == PLACE_PAGE && op->len.base == PLACE_PAGE && op->len.pages >= 0;
}

static int32_t end_of(const struct op *op)
{
	return op->addr.pages + op->len.pages;
}

/* What is left of a mapping when it loses a piece at one of its ends. */
static bool cut(struct op *map, const struct op *piece)
{
	int32_t end = end_of(map);

	if (piece->addr.pages > map->addr.pages) {
		map->len.pages = piece->addr.pages - map->addr.pages;
		return true;
	}
	map->addr.pages = end_of(piece);
	map->len.pages = end - map->addr.pages;
	return map->len.pages > 0;
}

static void resize(struct op *map, const struct op *move)
{
	map->len = move->has_len ? move->newlen : move->len;
	map->addr = move->has_dest ? move->dest : move->addr;
}

/* The mapping as `later` leaves it; false if no mapping can be made so. */
static bool take_over(struct op *map, const struct op *later)
{
	switch (later->kind) {
	case OP_TOUCH:
		map->map_flags |= PROGRAM_MAP_POPULATE;
		return true;
	case OP_MLOCK:
		map->map_flags |= PROGRAM_MAP_LOCKED;
		return true;
	case OP_MPROTECT:
		map->prot = later->prot;
		return true;
	case OP_MUNMAP:
		return has_pages(map) && has_pages(later) && cut(map, later);
	case OP_MREMAP:
		resize(map, later);
		return true;
	default:
		return false;
	}
}

/* One operation over the ranges of both, at the offset of the lower; false if they differ. */
static bool unite(struct op *op, const struct op *other)
{
	struct op alike = *other;
	const struct op *low = op->addr.pages <= other->addr.pages ? op : other;
	int32_t end = end_of(op) > end_of(other) ? end_of(op) : end_of(other);

	if (!has_pages(op) || !has_pages(other))
		return false;
	alike.addr = op->addr;
	alike.len = op->len;
	alike.pgoff = op->pgoff;
	if (!op_equal_but_name(op, &alike) || op->name != other->name)
		return false;
	op->pgoff = low->pgoff;
	op->addr = low->addr;
	op->len = place_page(end - op->addr.pages);
	return true;
}

/* `op` in place of one of the two operations, without the other. */
static bool propose_without(struct simplify *simplify, uint32_t kept, uint32_t other,
			    const struct op *op)
{
	simplify->work.ops[kept] = op_normalize(op);
	program_remove_ops(&simplify->work, other, 1);
	return simplify_propose_work(simplify);
}

static bool fold_pair(struct simplify *simplify, uint32_t early, uint32_t late)
{
	const struct op *a = &simplify->base->ops[early], *b = &simplify->base->ops[late];
	struct op folded = *a;

	if (a->space != b->space)
		return true;
	if (a->kind == OP_MMAP && take_over(&folded, b) &&
	    !propose_without(simplify, early, late, &folded))
		return false;
	folded = *a;
	if (!unite(&folded, b))
		return true;
	return propose_without(simplify, early, late, &folded) &&
	       propose_without(simplify, late, early, &folded);
}

bool simplify_folds(struct simplify *simplify)
{
	for (uint32_t late = 1; late < simplify->base->op_count; late++)
		for (uint32_t early = 0; early < late; early++)
			if (!fold_pair(simplify, early, late))
				return false;
	return true;
}
