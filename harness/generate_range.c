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

/* A cut strictly inside [start, end), which has at least two pages; near an edge half of the time.
 */
static uint32_t pick_cut(struct generator *generator, uint32_t start, uint32_t end)
{
	uint64_t bits = dice(generator);
	uint32_t near = dice_bits(&bits, 2);
	uint32_t cut = start + 1 + dice_bits_below(&bits, end - start - 1);

	if (near == 0)
		cut = start + 1;
	return near == 1 ? end - 1 : cut;
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

struct range pick_mapped(struct generator *generator, const struct seen_space *space,
			 uint32_t index)
{
	uint32_t style = dice_below(generator, 32);

	if (style < 17)
		return pick_piece(generator, &space->vma[index]);
	if (style < 26 || !(generator->options.forms & GENERATE_REFUSED))
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

bool pick_gap(struct generator *generator, const struct seen_space *space, struct range *ret,
	      uint32_t *ret_index)
{
	uint32_t index = dice_below(generator, space->vmas + 1);

	for (int tries = 0; tries < 6; tries++) {
		*ret = gap_below(generator, space, index);
		*ret_index = index;
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
	if (style < 4 && at_prev)
		return (struct range){ gap.start, gap.start + length };
	if (style < 7 && at_next)
		return (struct range){ gap.end - length, gap.end };
	gap.start += dice_below(generator, room - length + 1);
	gap.end = gap.start + length;
	return gap;
}

struct range pick_new(struct generator *generator, const struct seen_space *space,
		      uint32_t *ret_index)
{
	uint32_t style = dice_below(generator, 16);
	struct range gap;

	if (style < 11 && pick_gap(generator, space, &gap, ret_index))
		return fit_gap(generator, gap);
	*ret_index = 0;
	if (!space->vmas)
		return pick_anything(generator);
	*ret_index = pick_vma(generator, space);
	if (style < 15)
		return pick_mapped(generator, space, *ret_index);
	return pick_anything(generator);
}

static bool touches(const struct seen_vma *vma, struct range range)
{
	return vma->end == range.start || vma->start == range.end;
}

const struct seen_vma *neighbour_of(struct generator *generator, const struct seen_space *space,
				    struct range range, uint32_t index)
{
	/* The one below first, mostly: of a gap that is what lies left of it. */
	int32_t step = dice_share(generator, 5, 8) ? 1 : -1;

	if (!space->vmas)
		return NULL;
	for (int32_t i = -step, tries = 0; tries < 3; tries++, i += step) {
		uint32_t near = index + (uint32_t)i;

		if (near < space->vmas && touches(&space->vma[near], range))
			return &space->vma[near];
	}
	return &space->vma[least(index, space->vmas - 1)];
}
