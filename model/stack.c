/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 9.14 and 9.15: what the kernel makes by itself: stacks of an exec, special mappings. */
#include "page.h"

#define STACK_EXPANSION 32 /* pages */

/* A fresh area of the kernel's own making: no limit on the number of areas, no merge. */
static void insert_area(struct model *m, struct space *sp, struct extent x, struct area *a)
{
	if (m->settings.soft_dirty)
		a->attributes |= A(soft_dirty);
	sp->area[x.start] = *a;
	bit_set(sp->starts, x.start);
	range_set(sp->mapped, x.start, x.end);
	sp->count.areas++;
	sp->count.total += x.end - x.start;
	count_class(sp, a->attributes, x.end - x.start);
}

/* Whole pages of the window, all of them free; *x is where. */
static int find_place(struct model *m, const struct space *sp, uint64_t address, uint64_t length,
		      struct extent *x)
{
	uint64_t end = address + length;

	if (is_unaligned(address) || is_unaligned(length) || length == 0)
		return fails(m, RULE_9_15_RANGE, EINVAL);
	if (end < address || address < m->settings.base || end > window_top(m))
		return fails(m, RULE_9_15_TAKEN, ENOMEM);
	*x = clip(m, address, end);
	if (range_any(sp->mapped, x->start, x->end))
		return fails(m, RULE_9_15_TAKEN, ENOMEM);
	return 0;
}

int64_t model_special(struct model *model, unsigned int space, uint64_t address, uint64_t length)
{
	struct model *m = model;
	struct space *sp = model_enter(m, space);
	struct area a = { .attributes = A(read) | A(execute) | A(may_read) | A(may_write) |
					A(may_execute) | A(fixed_size),
			  .hooks = HOOK_NEVER_SPLIT };
	struct extent x;
	int error;

	if (!sp)
		return -ESRCH;
	error = find_place(m, sp, address, length, &x);
	if (error)
		return error;
	if (runs_out(m, RULE_9_15_OOM))
		return -ENOMEM;
	decide(m, RULE_9_15);
	a.shift = 0 - (uint64_t)x.start;
	a.anon_shift = m->base_page;
	insert_area(m, sp, x, &a);
	return 0;
}

/* ---- exec --------------------------------------------------------------------------------- */

/* How far the finished stack may grow down: to the window's edge, the gap, the limit. */
static uint32_t lowest_start(const struct model *m, const struct space *sp, uint32_t start)
{
	uint32_t end = area_end(m, sp, start), low = start, pages = STACK_EXPANSION;
	uint64_t limit = sp->process.limits[LIMIT_STACK];

	if (limit <= end - start)
		return start;
	if (limit - (end - start) < pages)
		pages = (uint32_t)(limit - (end - start));
	while (low > 0 && start - low < pages && !bit_test(sp->mapped, low - 1) &&
	       gap_is_kept(m, sp, low - 1))
		low--;
	return low;
}

/*
 * The stack comes to be as one page whose flags no other area has, so that nothing merges with
 * it while it is written; the flags of the space are added, then the temporary ones are taken
 * away, in place; at last it grows. That it cannot grow is no error.
 */
static int build_stack(struct model *m, struct space *sp, uint32_t start)
{
	uint64_t setup = A(sequential) | A(random) | A(stack_in_setup), more;
	struct area wanted;
	uint32_t low;

	if (prepare(m, sp, start))
		return -ENOMEM;
	wanted = sp->area[start];
	more = sp->process.lock_future & ~wanted.attributes;
	if (more) {
		wanted.attributes |= more;
		modify(m, sp, start, start + 1, &wanted); /* nothing to join or to cut */
		store_attributes(m, &sp->area[start], wanted.attributes);
		sp->count.locked++;
	}
	sp->area[start].attributes &= ~setup;
	low = lowest_start(m, sp, start);
	if (low < start && !grow_down(m, sp, start, low))
		count_rule(m, RULE_9_14_GROWN);
	return 0;
}

int64_t model_exec_stack(struct model *model, unsigned int space, uint64_t address)
{
	struct model *m = model;
	struct space *sp = model_enter(m, space);
	struct area a = { .attributes = A(read) | A(write) | A(may_read) | A(may_write) |
					A(may_execute) | A(grows_down) | A(charged) |
					A(sequential) | A(random) | A(stack_in_setup),
			  .hooks = HOOK_NONE_AT_ALL };
	struct extent x;
	int error;

	if (!sp)
		return -ESRCH;
	error = find_place(m, sp, address, PAGE_BYTES, &x);
	if (error)
		return error;
	if (runs_out(m, RULE_9_14_OOM))
		return -ENOMEM;
	if (!charge(m, sp, 1))
		return fails(m, RULE_9_14_CHARGE, ENOMEM);
	decide(m, RULE_9_14);
	a.shift = a.anon_shift = m->base_page;
	insert_area(m, sp, x, &a);
	error = build_stack(m, sp, x.start);
	if (error)
		remove_range(m, sp, x.start, x.end);
	return error;
}

/*
 * The area slides down over free pages, with the offset its start had before:
 *
 *      ....[old.....)      expanded      [.........)      shrunk      [old.....)....
 *
 * Memory that runs out before the shrink leaves it expanded, which the counters never learn.
 */
static int slide(struct model *m, struct space *sp, struct extent x, uint32_t pages)
{
	struct area a = sp->area[x.start];
	uint32_t start = x.start - pages, end = x.end - pages;

	if (runs_out(m, RULE_9_14_EXPAND))
		return -ENOMEM;
	a.shift += pages;
	a.anon_shift += pages;
	bit_clear(sp->starts, x.start);
	bit_set(sp->starts, start);
	sp->area[start] = a;
	range_set(sp->mapped, start, x.end);
	for (uint32_t p = next_bit(sp->markers, x.start, x.end); p < x.end;
	     p = next_bit(sp->markers, p + 1, x.end)) {
		bit_clear(sp->markers, p);
		bit_set(sp->markers, p - pages);
	}
	if (runs_out(m, RULE_9_14_SHRINK))
		return -ENOMEM;
	range_clear(sp->mapped, end, x.end);
	decide(m, RULE_9_14_MOVED);
	return 0;
}

int64_t model_relocate_down(struct model *model, unsigned int space, uint64_t address,
			    uint64_t length, uint64_t pages)
{
	struct model *m = model;
	struct space *sp = model_enter(m, space);
	uint64_t end = address + length;
	struct extent x;

	if (!sp)
		return -ESRCH;
	x = clip(m, address, end);
	if (is_unaligned(address) || is_unaligned(length) || end <= address || x.before || x.after)
		return fails(m, RULE_9_14_NONE, EINVAL);
	if (pages == 0 || !bit_test(sp->starts, x.start) || area_end(m, sp, x.start) != x.end)
		return fails(m, RULE_9_14_NONE, EINVAL);
	if (pages > x.start)
		return fails(m, RULE_9_14_LOW, ENOMEM);
	if (range_any(sp->mapped, x.start - (uint32_t)pages, x.start))
		return fails(m, RULE_9_14_TAKEN, EFAULT);
	return slide(m, sp, x, (uint32_t)pages);
}
