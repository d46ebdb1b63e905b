/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Faults: the anon_vma an area gets when it is first written (chapter 10), downward growth of
 * a stack (9.12), population.
 */
#include "page.h"

/* share_ok of 10.2: below and above are adjacent and differ at most in access. */
static bool may_share(const struct model *m, const struct area *below, const struct area *above)
{
	uint64_t differ = (below->attributes ^ above->attributes) & ~(ACCESS | m->ignore);

	if (differ || below->policy != above->policy)
		return false;
	if (below->file != above->file || below->object != above->object)
		return false;
	if (below->shift != above->shift)
		return false;
	return m->settings.profile != MODEL_7_3 || below->anon_shift == above->anon_shift;
}

/* Only a chain of a single link is offered to a neighbour. */
static bool offers_owner(struct model *m, const struct area *a)
{
	if (a->owner != 0 && a->forked)
		count_rule(m, RULE_10_2_FORKED);
	return a->owner != 0 && !a->forked;
}

/*
 * 10.2: the area that begins at start becomes faulted; the next area's anon_vma is tried
 * before the previous one's. 0 or -ENOMEM.
 */
int prepare(struct model *m, struct space *sp, uint32_t start)
{
	struct area *a = &sp->area[start], *x;
	uint32_t end;

	if (a->owner != 0)
		return 0;
	if (runs_out(m, RULE_10_2_OOM))
		return -ENOMEM;
	end = area_end(m, sp, start);
	if (is_mapped(m, sp, end)) {
		x = &sp->area[end];
		if (may_share(m, a, x) && offers_owner(m, x)) {
			count_rule(m, RULE_10_2_NEXT);
			a->owner = x->owner;
			return 0;
		}
	}
	if (start > 0 && bit_test(sp->mapped, start - 1)) {
		x = &sp->area[area_start(sp, start - 1)];
		if (may_share(m, x, a) && offers_owner(m, x)) {
			count_rule(m, RULE_10_2_PREV);
			a->owner = x->owner;
			return 0;
		}
	}
	count_rule(m, RULE_10_2_NEW);
	a->owner = ++m->last_owner;
	return 0;
}

static bool private_writable(const struct area *a)
{
	return (a->attributes & (A(write) | A(shared))) == A(write);
}

/*
 * Nobody serves faults of userfaultfd: an area that waits for missing or minor faults is as if
 * its pages were absent, and no access to it succeeds. A write has made the area faulted by
 * then (10.1 comes before 9.11), a read has not.
 */
bool is_trapped(const struct area *a)
{
	return a->attributes & (A(trap_missing) | A(trap_minor));
}

/*
 * Faults the pages of [start, end), all of the area that begins at first, as population does:
 * by writing if the area is private and writable, by reading otherwise. It stops at a marker,
 * having faulted what lies below it.
 */
static int populate_area(struct model *m, struct space *sp, uint32_t first, uint32_t start,
			 uint32_t end)
{
	const struct area *a = &sp->area[first];
	uint32_t marker;

	if (a->attributes & (A(lock_on_fault) | A(device) | A(raw_pfn)))
		return 0;
	if (!(a->attributes & ACCESS))
		return -EFAULT;
	marker = next_bit(sp->markers, start, end);
	if (marker > start && private_writable(a) && prepare(m, sp, first))
		return -ENOMEM;
	return marker < end || is_trapped(a) ? -EFAULT : 0;
}

/* Ascending over a range without gaps; ends at the first area that cannot be populated. */
int populate(struct model *m, struct space *sp, uint32_t start, uint32_t end)
{
	while (start < end) {
		uint32_t first = area_start(sp, start);
		uint32_t stop = smaller(area_end(m, sp, first), end);
		int error = populate_area(m, sp, first, start, stop);

		if (error)
			return error;
		start = stop;
	}
	return 0;
}

/* ---- 9.12: a stack grows down ------------------------------------------------------------ */

/* Is page p far enough from an accessible area below that is no stack itself? */
bool gap_is_kept(const struct model *m, const struct space *sp, uint32_t p)
{
	uint32_t below = p;

	while (below > 0 && !bit_test(sp->mapped, below - 1))
		below--;
	if (below > 0) {
		uint64_t attributes = sp->area[area_start(sp, below - 1)].attributes;

		if (!(attributes & A(grows_down)) && attributes & ACCESS)
			return p - below >= m->settings.gap;
	}
	return true;
}

/* The limits of a growth by pages; charges it. */
static bool allow_growth(struct model *m, struct space *sp, uint32_t start, uint32_t pages)
{
	const struct area *a = &sp->area[start];
	uint64_t size = area_end(m, sp, start) - start + (uint64_t)pages;
	bool charged = a->attributes & A(charged);

	if (!may_expand(m, sp, a->attributes, pages))
		return false;
	if (sp->process.limits[LIMIT_STACK] != MODEL_NO_LIMIT &&
	    size > sp->process.limits[LIMIT_STACK])
		return false;
	if (a->attributes & A(locked) && !may_lock_more(m, sp, pages))
		return false;
	if (!charged && quirk(m, 13))
		count_rule(m, RULE_F13);
	else if (!charged)
		return true;
	return charge(m, sp, pages);
}

/* The area at start, the next one above page p, grows down to it. */
int grow_down(struct model *m, struct space *sp, uint32_t start, uint32_t p)
{
	uint32_t pages = start - p;
	struct area *a = &sp->area[start];

	if (!gap_is_kept(m, sp, p))
		return fails(m, RULE_9_12_GAP, EFAULT);
	if (a->owner != 0 && runs_out(m, RULE_10_2_OOM)) /* the tree */
		return -EFAULT;
	if (prepare(m, sp, start))
		return -EFAULT;
	if (pages > a->shift + start)
		return fails(m, RULE_9_12_OFFSET, EFAULT);
	if (!allow_growth(m, sp, start, pages))
		return fails(m, RULE_9_12_LIMIT, EFAULT);
	decide(m, RULE_9_12_GROWN);
	if (p > 0 && bit_test(sp->mapped, p - 1))
		count_rule(m, RULE_9_12_TOUCH);
	sp->count.total += pages;
	count_class(sp, a->attributes, pages);
	if (a->attributes & A(locked))
		sp->count.locked += pages;
	sp->area[p] = *a;
	bit_clear(sp->starts, start);
	bit_set(sp->starts, p);
	range_set(sp->mapped, p, start);
	return 0;
}

/* ---- one access ---------------------------------------------------------------------------- */

static int fault(struct model *m, struct space *sp, uint32_t p, bool write)
{
	uint32_t start = area_from(m, sp, p);
	const struct area *a;

	if (start == NO_PAGE)
		return fails(m, RULE_10_1_UNMAPPED, EFAULT);
	if (start > p) {
		if (!(sp->area[start].attributes & A(grows_down)))
			return fails(m, RULE_9_12_NONE, EFAULT);
		if (grow_down(m, sp, start, p))
			return -EFAULT;
		start = p;
	}
	a = &sp->area[start];
	if (!(a->attributes & (write ? A(write) : ACCESS)))
		return fails(m, RULE_10_1_ACCESS, EFAULT);
	if (bit_test(sp->markers, p))
		return fails(m, RULE_10_1_MARKER, EFAULT);
	if (write && !(a->attributes & A(shared)) && prepare(m, sp, start))
		return -EFAULT;
	return is_trapped(a) ? fails(m, RULE_9_11_TOUCH, EFAULT) : 0;
}

/* An access below the lowest address; no stack grows that far. */
static int touch_below(struct model *m, const struct space *sp)
{
	uint32_t first = area_from(m, sp, 0);

	if (first != NO_PAGE && sp->area[first].attributes & A(grows_down))
		return fails(m, RULE_9_12_LOW, EFAULT);
	return fails(m, RULE_10_1_UNMAPPED, EFAULT);
}

int64_t model_touch(struct model *model, unsigned int space, uint64_t address, uint64_t length,
		    bool write)
{
	struct model *m = model;
	struct space *sp = model_enter(m, space);
	uint64_t end = address + length;
	struct extent x;

	if (!sp)
		return -ESRCH;
	if (length == 0)
		return 0;
	if (address < m->settings.base)
		return touch_below(m, sp);
	if (address >= window_top(m))
		return fails(m, RULE_10_1_UNMAPPED, EFAULT);
	if (end < address || end > window_top(m))
		end = window_top(m) + PAGE_BYTES; /* the first page above ends it */
	x = clip(m, round_down(address), round_up(end));
	for (uint32_t p = x.start; p < x.end; p++) {
		int error = fault(m, sp, p, write);

		if (error)
			return error;
	}
	return x.after ? fails(m, RULE_10_1_UNMAPPED, EFAULT) : 0;
}
