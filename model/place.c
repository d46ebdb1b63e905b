/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 8.3: where a mapping goes. */
#include "map.h"

/*
 * startgap: the lowest page a placed mapping may end at below the area that begins at start.
 * It may lie below the window, hence signed.
 */
int64_t gap_start(const struct model *m, const struct space *sp, uint32_t start)
{
	uint64_t attributes = sp->area[start].attributes;

	if (attributes & A(grows_down))
		return (int64_t)start - m->settings.gap;
	if (attributes & A(shadow_stack))
		return (int64_t)start - 1;
	return start;
}

static bool hint_is_free(const struct model *m, const struct space *sp, uint32_t start,
			 uint32_t end)
{
	uint32_t next;

	if (range_any(sp->mapped, start, end))
		return false;
	next = next_bit(sp->starts, end, m->settings.pages);
	return next == m->settings.pages || (int64_t)end <= gap_start(m, sp, next);
}

/* The end of the highest hole of at least pages pages below high, or 0. */
static uint32_t highest_hole(const struct space *sp, uint64_t pages, uint32_t high)
{
	uint32_t end = high;

	while (end >= pages) {
		uint32_t p = end;

		while (end - p < pages && !bit_test(sp->mapped, p - 1))
			p--;
		if (end - p == pages)
			return end;
		/* p - 1 is mapped: nothing between its area's start and end serves. */
		end = area_start(sp, p - 1);
	}
	return 0;
}

/*
 * Top down. A candidate that lies in the guard gap of the area above its hole sends the
 * search below that gap:
 *
 *      page      0    5         15    20
 *      areas     [..)           [grows down)
 *      gap                  ::::              the hole ends where the gap begins
 *
 * A gap reaches past other areas, too, and what lies between it and them is not looked at.
 */
static bool search_down(struct model *m, const struct space *sp, uint64_t pages, uint32_t *start)
{
	int64_t high = m->settings.pages;

	while (high > 0 && (uint64_t)high >= pages) {
		uint32_t end = highest_hole(sp, pages, (uint32_t)high), next;

		if (end == 0)
			break;
		next = next_bit(sp->starts, end, m->settings.pages);
		if (next == m->settings.pages || gap_start(m, sp, next) >= (int64_t)end) {
			count_rule(m, RULE_8_3_SEARCH);
			*start = end - (uint32_t)pages;
			return true;
		}
		count_rule(m, RULE_8_3_GAP);
		high = gap_start(m, sp, next);
	}
	return false;
}

/* The start of the lowest hole of at least pages pages from low on, or NO_PAGE. */
static uint32_t lowest_hole(const struct model *m, const struct space *sp, uint64_t pages,
			    uint32_t low)
{
	while (low + pages <= m->settings.pages) {
		uint32_t end = low + (uint32_t)pages, p = next_bit(sp->mapped, low, end);

		if (p == end)
			return low;
		low = area_end(m, sp, area_start(sp, p));
	}
	return NO_PAGE;
}

/*
 * Bottom up, if that found nothing. Only the area right above a hole matters here:
 *
 *      page      0          15 17 18  20
 *      areas     [..........)++[..)...[grows down)       top down, nothing was placed that
 *      gap                    ::::::::                   ends above the gap's start
 */
static bool search_up(struct model *m, const struct space *sp, uint64_t pages, uint32_t *start)
{
	uint32_t hole = lowest_hole(m, sp, pages, 0);

	while (hole != NO_PAGE) {
		uint32_t end = hole + (uint32_t)pages;
		uint32_t next = next_bit(sp->starts, end, m->settings.pages);

		if (next == m->settings.pages || gap_start(m, sp, next) >= (int64_t)end) {
			count_rule(m, RULE_8_3_UP);
			*start = hole;
			return true;
		}
		hole = lowest_hole(m, sp, pages, area_end(m, sp, next));
	}
	return false;
}

/* Step 10 for MAP_FIXED: taken verbatim, guard gaps or not. */
static int place_fixed(struct model *m, struct request *r)
{
	uint64_t bytes = r->pages << PAGE_SHIFT;

	if (r->address > window_top(m) - bytes)
		return fails(m, RULE_8_1_10_TOP, ENOMEM);
	if (is_unaligned(r->address))
		return fails(m, RULE_8_1_10_ALIGN, EINVAL);
	if (r->address < m->settings.base)
		return fails(m, RULE_8_1_10_LOW, EPERM);
	r->start = (uint32_t)((r->address - m->settings.base) >> PAGE_SHIFT);
	return 0;
}

int place(struct model *m, const struct space *sp, struct request *r)
{
	uint64_t bytes = r->pages << PAGE_SHIFT;

	if (r->fixed)
		return place_fixed(m, r);
	if (r->address != 0 && r->address <= window_top(m) - bytes) {
		uint32_t start = (uint32_t)((r->address - m->settings.base) >> PAGE_SHIFT);

		if (hint_is_free(m, sp, start, start + (uint32_t)r->pages)) {
			count_rule(m, RULE_8_3_HINT);
			r->start = start;
			return 0;
		}
		count_rule(m, RULE_8_3_HINT_NO);
	}
	if (!search_down(m, sp, r->pages, &r->start) && !search_up(m, sp, r->pages, &r->start))
		return fails(m, RULE_8_3_FULL, ENOMEM);
	return 0;
}
