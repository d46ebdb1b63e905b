/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The whole window drawn smaller. What operations have in common are page edges; moving an edge
 * everywhere at once keeps who touches whom:
 *
 *	edges   4     8   10      16             0 1 2 3
 *	        |AAAAA|   |BBBBBBB|      ->      |A| |B|
 *	        |     |   |   |          ranks, then one interval at a time
 */
#include "simplify.h"

#include <stdlib.h>
#include <string.h>

#include "op_table.h"

#define EDGE_MOST (1 << 20) /* beyond any window; sums stay small */

struct edges {
	int32_t *from, *to; /* ascending; from[i] becomes to[i] */
	uint32_t count, capacity;
};

static bool is_paged(struct place place)
{
	return place.base == PLACE_PAGE && place.pages > -EDGE_MOST && place.pages < EDGE_MOST;
}

static bool has_start(const struct op *op)
{
	return (op_has(op, FIELD_PLACED) || op_has(op, FIELD_RANGE) || op_has(op, FIELD_ADDRESS)) &&
	       is_paged(op->addr);
}

static bool has_length(const struct op *op)
{
	return has_start(op) && !op_has(op, FIELD_ADDRESS) && is_paged(op->len);
}

static void add_edge(struct edges *edges, int32_t page)
{
	uint32_t at = 0;

	while (at < edges->count && edges->from[at] < page)
		at++;
	if (at < edges->count && edges->from[at] == page)
		return;
	if (edges->count == edges->capacity)
		return;
	memmove(&edges->from[at + 1], &edges->from[at], (edges->count - at) * sizeof(*edges->from));
	edges->from[at] = page;
	edges->count++;
}

static void add_edges_of(struct edges *edges, const struct op *op)
{
	int32_t at = op->has_dest ? op->dest.pages : op->addr.pages;

	if (has_start(op))
		add_edge(edges, op->addr.pages);
	if (has_length(op))
		add_edge(edges, op->addr.pages + op->len.pages);
	if (op->has_dest && is_paged(op->dest))
		add_edge(edges, op->dest.pages);
	if (op->has_len && is_paged(op->newlen) && is_paged(op->has_dest ? op->dest : op->addr))
		add_edge(edges, at + op->newlen.pages);
	else if (op->has_dest && is_paged(op->dest) && has_length(op))
		add_edge(edges, op->dest.pages + op->len.pages);
}

static bool edges_init(struct edges *edges, const struct program *program)
{
	size_t most = (size_t)program->op_count * 4 + (size_t)program->line_count * 2 + 1;

	*edges = (struct edges){
		.from = malloc(most * sizeof(*edges->from)),
		.to = malloc(most * sizeof(*edges->to)),
		.capacity = (uint32_t)most,
	};
	if (!edges->from || !edges->to)
		return false;
	for (uint32_t i = 0; i < program->op_count; i++)
		add_edges_of(edges, &program->ops[i]);
	for (uint32_t i = 0; i < program->line_count; i++) {
		add_edge(edges, (int32_t)program->lines[i].start);
		add_edge(edges, (int32_t)program->lines[i].end);
	}
	return true;
}

static void edges_done(struct edges *edges)
{
	free(edges->from);
	free(edges->to);
}

static int32_t moved(const struct edges *edges, int32_t page)
{
	for (uint32_t i = 0; i < edges->count; i++)
		if (edges->from[i] == page)
			return edges->to[i];
	return page;
}

static void move_op(const struct edges *edges, struct op *op, bool keep_offsets)
{
	struct op old = *op;
	struct place base = op->has_dest ? old.dest : old.addr;

	if (has_start(&old))
		op->addr.pages = moved(edges, old.addr.pages);
	if (has_length(&old))
		op->len.pages = moved(edges, old.addr.pages + old.len.pages) - op->addr.pages;
	if (old.has_dest && is_paged(old.dest))
		op->dest.pages = moved(edges, old.dest.pages);
	if (old.has_len && is_paged(old.newlen) && is_paged(base))
		op->newlen.pages = moved(edges, base.pages + old.newlen.pages) -
				   (old.has_dest ? op->dest.pages : op->addr.pages);
	/* Wraps around below zero; lift_offsets() puts that right. */
	if (op_has(&old, FIELD_BACKING) && old.file && has_start(&old) && !keep_offsets)
		op->pgoff = old.pgoff + (uint64_t)(int64_t)(op->addr.pages - old.addr.pages);
}

/* The lowest offset of a file mapping becomes zero; relations stay. */
static void lift_offsets(struct program *program)
{
	int64_t lowest = INT64_MAX;

	for (uint32_t i = 0; i < program->op_count; i++) {
		const struct op *op = &program->ops[i];

		if (op_has(op, FIELD_BACKING) && op->file && (int64_t)op->pgoff < lowest)
			lowest = (int64_t)op->pgoff;
	}
	for (uint32_t i = 0; i < program->op_count; i++) {
		struct op *op = &program->ops[i];

		if (op_has(op, FIELD_BACKING) && op->file)
			op->pgoff -= (uint64_t)lowest;
	}
}

static bool has_file(const struct program *program)
{
	for (uint32_t i = 0; i < program->op_count; i++)
		if (op_has(&program->ops[i], FIELD_BACKING) && program->ops[i].file)
			return true;
	return false;
}

/* Offsets of files move along with their mappings, or stay as they are. */
static bool propose_moved(struct simplify *simplify, const struct edges *edges)
{
	struct program *work = &simplify->work;
	int variants = has_file(simplify->base) ? 2 : 1;

	for (int keep = 0; keep < variants; keep++) {
		for (uint32_t i = 0; i < work->op_count; i++)
			move_op(edges, &work->ops[i], keep);
		if (!keep && variants > 1)
			lift_offsets(work);
		for (uint32_t i = 0; i < work->line_count; i++) {
			struct expect_vma *line = &work->lines[i];

			line->start = (uint32_t)moved(edges, (int32_t)line->start);
			line->end = (uint32_t)moved(edges, (int32_t)line->end);
		}
		if (!simplify_propose_work(simplify))
			return false;
	}
	return true;
}

/* No interval longer than `most`, the first edge at page `first`. */
static void clip(struct edges *edges, int32_t first, int32_t most)
{
	for (uint32_t i = 0; i < edges->count; i++) {
		int32_t length = i ? edges->from[i] - edges->from[i - 1] : 0;

		edges->to[i] = i ? edges->to[i - 1] + (length < most ? length : most) : first;
	}
}

/* Interval `index` (below edge index; 0: below the first) of another length. */
static bool propose_interval(struct simplify *simplify, struct edges *edges, uint32_t index,
			     int32_t length)
{
	int32_t less = edges->from[index] - (index ? edges->from[index - 1] : 0) - length;

	if (less <= 0)
		return true;
	for (uint32_t i = 0; i < edges->count; i++)
		edges->to[i] = edges->from[i] - (i >= index ? less : 0);
	return propose_moved(simplify, edges);
}

static bool propose_edges(struct simplify *simplify, struct edges *edges)
{
	static const int32_t most[] = { 1, 2, 4, EDGE_MOST };

	for (size_t i = 0; i < sizeof(most) / sizeof(most[0]); i++) {
		clip(edges, 0, most[i]);
		if (!propose_moved(simplify, edges))
			return false;
	}
	for (uint32_t i = 0; i < edges->count; i++) {
		int32_t length = edges->from[i] - (i ? edges->from[i - 1] : 0);

		for (int32_t shorter = 0; shorter < length && shorter <= 4; shorter++)
			if (!propose_interval(simplify, edges, i, shorter))
				return false;
		if (!propose_interval(simplify, edges, i, length / 2) ||
		    !propose_interval(simplify, edges, i, length - 1))
			return false;
	}
	return true;
}

bool simplify_places(struct simplify *simplify)
{
	struct edges edges;
	bool goes_on = false;

	if (edges_init(&edges, simplify->base))
		goes_on = edges.count == 0 || propose_edges(simplify, &edges);
	else
		simplify->failed = true;
	edges_done(&edges);
	return goes_on;
}
