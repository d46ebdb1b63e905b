/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ranges from the layout that stands. Everything is found by index, so that a choice costs
 * the same in a window of four VMAs and in one of four thousand.
 */
#include "generate_range.h"

/* Gaps up to so many pages are filled whole; a larger one is rarely. */
#define GAP_SMALL 12

uint32_t pick_vma(struct generator *generator, const struct seen_space *space)
{
	return dice_below(generator, space->vmas);
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* A cut strictly inside [start, end), which has at least two pages; near an edge half of the time. */
static uint32_t pick_cut(struct generator *generator, uint32_t start, uint32_t end)
{
	uint32_t inside = end - start - 1;

	switch (dice_below(generator, 4)) {
	case 0:
		return start + 1;
	case 1:
		return end - 1;
	default:
		return start + 1 + dice_below(generator, inside);
	}
}

struct range pick_piece(struct generator *generator, const struct seen_vma *vma)
{
	struct range range = { vma->start, vma->end };
	uint32_t style = dice_below(generator, 8);

	if (range.end - range.start < 2 || style < 3)
		return range;
	if (style < 5) {
		range.end = pick_cut(generator, range.start, range.end);
	} else if (style < 7 || range.end - range.start < 3) {
		range.start = pick_cut(generator, range.start, range.end);
	} else {
		range.start = pick_cut(generator, range.start, range.end - 1);
		range.end = pick_cut(generator, range.start, range.end);
	}
	return range;
}

struct range pick_anything(struct generator *generator)
{
	uint32_t start = dice_below(generator, generator->pages);
	uint32_t room = generator->pages - start;

	return (struct range){ start, start + 1 + dice_below(generator, least(room, 8)) };
}

/* From a VMA over up to three contiguous successors. */
static struct range pick_chain(struct generator *generator, const struct seen_space *space,
			       uint32_t index)
{
	const struct seen_vma *vma = &space->vma[index];
	uint32_t more = 1 + dice_below(generator, 3);
	struct range range = { vma->start, vma->end };

	if (dice_share(generator, 1, 3) && range.end - range.start > 1)
		range.start = pick_cut(generator, range.start, range.end);
	while (more-- && index + 1 < space->vmas && vma[1].start == vma->end) {
		vma++;
		index++;
		range.end = vma->end;
	}
	if (dice_share(generator, 1, 3) && vma->start > range.start && vma->end - vma->start > 1)
		range.end = pick_cut(generator, vma->start, vma->end);
	return range;
}

/* Edges of two VMAs near each other, perhaps with holes between, each moved by a page at times. */
static struct range pick_edges(struct generator *generator, const struct seen_space *space,
			       uint32_t index)
{
	uint32_t last = least(index + dice_below(generator, 3), space->vmas - 1);
	struct range range = { space->vma[index].start, space->vma[last].end };

	if (dice_share(generator, 1, 4) && range.start)
		range.start--;
	else if (dice_share(generator, 1, 4) && range.start + 1 < range.end)
		range.start++;
	if (dice_share(generator, 1, 4) && range.end < generator->pages)
		range.end++;
	else if (dice_share(generator, 1, 4) && range.start + 1 < range.end)
		range.end--;
	return range;
}

struct range pick_mapped(struct generator *generator, const struct seen_space *space, uint32_t index)
{
	uint32_t style = dice_below(generator, 32);

	if (style < 18)
		return pick_piece(generator, &space->vma[index]);
	if (style < 28 || !(generator->options.forms & GENERATE_REFUSED))
		return pick_chain(generator, space, index);
	if (style < 31)
		return pick_edges(generator, space, index);
	return pick_anything(generator);
}

/* The free pages below VMA `index`; those above the last one for index == vmas. */
static struct range gap_below(const struct generator *generator, const struct seen_space *space,
			      uint32_t index)
{
	struct range gap = { 0, generator->pages };

	if (index)
		gap.start = space->vma[index - 1].end;
	if (index < space->vmas)
		gap.end = space->vma[index].start;
	if (gap.end > generator->pages)
		gap.end = generator->pages;
	return gap;
}

bool pick_gap(struct generator *generator, const struct seen_space *space, struct range *ret)
{
	uint32_t index = dice_below(generator, space->vmas + 1);

	for (int tries = 0; tries < 6; tries++) {
		*ret = gap_below(generator, space, index);
		if (ret->start < ret->end)
			return true;
		index = index < space->vmas ? index + 1 : 0;
	}
	return false;
}

/* A few pages: one mapping is rarely larger than eight. */
static uint32_t pick_length(struct generator *generator, uint32_t room)
{
	return 1 + dice_below(generator, least(room, dice_share(generator, 3, 4) ? 4 : 10));
}

/*
 *      prev        gap          next
 *      |AAAA|..................|BBBB|
 *           |nn|                        at prev
 *                           |nn|        at next
 *           |nnnnnnnnnnnnnnnnnn|        all of it
 */
static struct range fit_gap(struct generator *generator, struct range gap)
{
	uint32_t room = gap.end - gap.start;
	uint32_t style = dice_below(generator, 8);
	uint32_t length = pick_length(generator, room);
	bool at_prev = gap.start > 0, at_next = gap.end < generator->pages;

	if (style < 4 && room <= GAP_SMALL)
		return gap;
	if (style < 5 && at_prev)
		return (struct range){ gap.start, gap.start + length };
	if (style < 7 && at_next)
		return (struct range){ gap.end - length, gap.end };
	gap.start += dice_below(generator, room - length + 1);
	gap.end = gap.start + length;
	return gap;
}

struct range pick_new(struct generator *generator, const struct seen_space *space)
{
	uint32_t style = dice_below(generator, 16);
	struct range gap;

	if (style < 11 && pick_gap(generator, space, &gap))
		return fit_gap(generator, gap);
	if (style < 15 && space->vmas)
		return pick_mapped(generator, space, pick_vma(generator, space));
	return pick_anything(generator);
}

/* The first VMA that ends above `page`; vmas if none does. */
static uint32_t find_vma(const struct seen_space *space, uint32_t page)
{
	uint32_t low = 0, high = space->vmas;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (space->vma[middle].end > page)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

const struct seen_vma *neighbour_of(struct generator *generator, const struct seen_space *space,
				    struct range range)
{
	uint32_t next, prev;

	if (!space->vmas)
		return NULL;
	next = find_vma(space, range.end ? range.end - 1 : 0);
	if (next < space->vmas && space->vma[next].end == range.end)
		next++;
	prev = find_vma(space, range.start);
	if (prev && space->vma[prev - 1].end == range.start && dice_share(generator, 5, 8))
		return &space->vma[prev - 1];
	if (next < space->vmas && space->vma[next].start == range.end)
		return &space->vma[next];
	if (prev && space->vma[prev - 1].end == range.start)
		return &space->vma[prev - 1];
	return &space->vma[pick_vma(generator, space)];
}
