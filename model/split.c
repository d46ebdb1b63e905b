/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chapter 6: splitting an area, gathering the areas of a range and taking them away.
 */
#include "page.h"

/* The may_split hook of the area that begins at start: 0 allows the cut, before page at. */
int ask_split(struct model *m, struct space *sp, uint32_t start, uint32_t at)
{
	const struct area *a = &sp->area[start];
	int error;

	if (a->hooks & HOOK_NEVER_SPLIT)
		return fails(m, RULE_9_15_SPLIT, EINVAL);
	if (!(a->hooks & HOOK_SPLIT))
		return 0;
	add_event(m, &(struct model_event){ .kind = MODEL_EVENT_MAY_SPLIT,
					    .space = (uint8_t)sp->number,
					    .file = a->file,
					    .start = start,
					    .end = area_end(m, sp, start),
					    .at = at });
	error = m->files[a->file].split_error;
	return error ? fails(m, RULE_6_1_VETO, error) : 0;
}

/*
 * 6.1: asks the driver, takes memory, tells the driver of the new half. A failure leaves
 * everything as it was. Both halves keep every attribute, sticky ones included (5.4).
 *
 *      [start........)   ->   [start..)[at...)      new: the lower or the upper one
 */
int raw_split(struct model *m, struct space *sp, uint32_t start, uint32_t at, bool lower_is_new)
{
	const struct area *a = &sp->area[start];
	uint32_t end = area_end(m, sp, start);
	int error = ask_split(m, sp, start, at);

	if (error)
		return error;
	if (runs_out(m, RULE_6_1_SPLIT))
		return -ENOMEM;
	count_rule(m, RULE_6_1_SPLIT);
	if (a->attributes & m->sticky)
		count_rule(m, RULE_5_4);
	if (a->hooks & HOOK_OPEN) {
		if (lower_is_new)
			hook_event(m, sp, MODEL_EVENT_OPEN, a->file, start, at);
		else
			hook_event(m, sp, MODEL_EVENT_OPEN, a->file, at, end);
	}
	sp->area[at] = *a;
	bit_set(sp->starts, at);
	sp->count.areas++;
	return 0;
}

/* 6.2 */
int checked_split(struct model *m, struct space *sp, uint32_t start, uint32_t at, bool lower_is_new)
{
	if (sp->count.areas >= m->settings.limit) {
		no_slots(m, sp); /* T4 */
		return fails(m, RULE_7_SPLIT, ENOMEM);
	}
	if (sp->count.areas + 1 == m->settings.limit)
		count_rule(m, RULE_7_SPLIT_LAST);
	return raw_split(m, sp, start, at, lower_is_new);
}

/* 6.3 G1: the first area begins below the range. */
static int cut_front(struct model *m, struct space *sp, uint32_t first, uint32_t start,
		     uint32_t end)
{
	bool hole = end < area_end(m, sp, first);

	if (hole && sp->count.areas >= m->settings.limit)
		return fails(m, RULE_6_3_G1A, ENOMEM);
	if (sp->area[first].attributes & A(sealed))
		return fails(m, RULE_6_3_G1B, EPERM);
	if (sp->count.areas >= m->settings.limit)
		count_rule(m, RULE_7_CUT);
	return raw_split(m, sp, first, start, true);
}

/*
 * 6.3 G1 to G3: makes start and end boundaries and checks every area between them. An error
 * leaves the splits made so far and nothing else.
 *
 *      [..:....)[...)[...:...)        start and end at the colons
 */
int gather(struct model *m, struct space *sp, uint32_t start, uint32_t end)
{
	uint32_t x = area_from(m, sp, start);
	bool first = true;
	int error;

	if (x == NO_PAGE || x >= end)
		return 0;
	if (x < start) {
		error = cut_front(m, sp, x, start, end);
		if (error)
			return error;
		x = start;
	}
	while (x < end) {
		uint32_t x_end = area_end(m, sp, x);

		if (sp->area[x].attributes & A(sealed))
			return fails(m, RULE_6_3_G2A, EPERM);
		if (x_end > end) {
			error = raw_split(m, sp, x, end, false);
			if (error)
				return error;
			first = true; /* memory running out now leaves one split more */
			x_end = end;
		}
		if (first && runs_out(m, RULE_6_3_G2C))
			return -ENOMEM;
		first = false;
		x = next_bit(sp->starts, x_end, end);
	}
	return 0;
}

/* G4 of one area. */
static void remove_area(struct model *m, struct space *sp, uint32_t start, uint32_t end)
{
	const struct area *a = &sp->area[start];
	int64_t pages = end - start;

	sp->count.areas--;
	sp->count.total -= pages;
	count_class(sp, a->attributes, -pages);
	if (a->attributes & A(locked))
		sp->count.locked -= pages;
	if (a->attributes & A(charged))
		uncharge(m, sp, pages);
	if (a->hooks & HOOK_CLOSE) {
		count_rule(m, RULE_6_3_CLOSE);
		hook_event(m, sp, MODEL_EVENT_CLOSE, a->file, start, end);
	}
}

/* 6.3 G4: beyond the point of no return; the range begins and ends at boundaries. */
void remove_range(struct model *m, struct space *sp, uint32_t start, uint32_t end)
{
	uint32_t x = next_bit(sp->starts, start, end);

	if (x == end)
		return;
	count_rule(m, RULE_6_3_G4);
	while (x < end) {
		uint32_t x_end = area_end(m, sp, x);

		remove_area(m, sp, x, x_end);
		x = next_bit(sp->starts, x_end, end);
	}
	range_clear(sp->starts, start, end);
	range_clear(sp->mapped, start, end);
	range_clear(sp->markers, start, end);
}

/* 6.3 whole */
int unmap_range(struct model *m, struct space *sp, uint32_t start, uint32_t end)
{
	int error;

	if (!range_any(sp->mapped, start, end)) {
		count_rule(m, RULE_6_3_NOTHING);
		return 0;
	}
	error = gather(m, sp, start, end);
	if (error)
		return error;
	remove_range(m, sp, start, end);
	return 0;
}

int64_t model_munmap(struct model *model, unsigned int space, uint64_t address, uint64_t length)
{
	struct model *m = model;
	struct space *sp = model_enter(m, space);
	uint64_t top = window_top(m);
	struct extent x;

	if (!sp)
		return -ESRCH;
	if (is_unaligned(address) || address > top || length > top - address)
		return fails(m, RULE_9_1_1, EINVAL);
	if (length == 0)
		return fails(m, RULE_9_1_2, EINVAL);
	x = clip(m, address, address + round_up(length));
	return unmap_range(m, sp, x.start, x.end);
}
