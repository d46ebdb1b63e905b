/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 9.8: brk and vm_brk. The heap has no identity: its newest pages merge with whatever equal
 * area lies below them, and never with one above.
 */
#include "page.h"

/* The inner routine: [start, end) is free and becomes heap. 0 or -ENOMEM. */
static int add_heap(struct model *m, struct space *sp, uint32_t start, uint32_t end, uint64_t more)
{
	int64_t pages = end - start, at;
	struct area wanted = { .shift = m->base_page,
			       .anon_shift = m->base_page,
			       .hooks = HOOK_NONE_AT_ALL };
	struct area *a;

	wanted.attributes = A(read) | A(write) | A(may_read) | A(may_write) | A(may_execute) |
			    A(charged) | more | sp->process.lock_future;
	if (!is_before_6_18(m))
		wanted.attributes |= samepage_of(sp, &wanted);
	if (!may_expand(m, sp, wanted.attributes, pages))
		return fails(m, RULE_9_8_EXPAND, ENOMEM);
	if (sp->count.areas > m->settings.limit)
		return fails(m, RULE_7_BRK, ENOMEM);
	if (sp->count.areas == m->settings.limit)
		count_rule(m, RULE_7_BRK_AT);
	if (!charge(m, sp, pages))
		return fails(m, RULE_9_8_CHARGE, ENOMEM);
	at = merge_new(m, sp, start, end, &wanted, SIDE_LEFT);
	if (at == -ENOMEM || (at < 0 && runs_out(m, RULE_9_8_FRESH))) {
		uncharge(m, sp, pages);
		return -ENOMEM;
	}
	if (at < 0) {
		count_rule(m, RULE_9_8_FRESH);
		wanted.attributes |= samepage_of(sp, &wanted);
		sp->area[start] = wanted;
		bit_set(sp->starts, start);
		range_set(sp->mapped, start, end);
		sp->count.areas++;
		at = start;
	}
	a = &sp->area[at];
	sp->count.total += pages;
	count_class(sp, wanted.attributes, pages);
	if (wanted.attributes & A(locked))
		sp->count.locked += pages;
	if (m->settings.soft_dirty)
		a->attributes |= A(soft_dirty);
	return 0;
}

/* Is there room for [start, end) and the free page that has to remain above it? */
static bool has_room(const struct model *m, const struct space *sp, uint32_t start, uint32_t end)
{
	uint32_t next = area_from(m, sp, start);

	if (next == NO_PAGE)
		return true;
	return (int64_t)end + 1 <= gap_start(m, sp, next);
}

/* 5; true if the heap grew to new_end, which lies in another page than the break. */
static bool grow_heap(struct model *m, struct space *sp, uint64_t new_end)
{
	uint64_t old = round_up(sp->process.heap_end), top = window_top(m);
	uint64_t bytes = new_end - old;
	struct extent x;

	if (bytes > top || old > top - bytes) {
		decide(m, RULE_9_8_TOP);
		return false;
	}
	x = clip(m, old, new_end);
	if (sp->process.lock_future && !may_lock_more(m, sp, x.end - x.start)) {
		decide(m, RULE_9_8_LOCK);
		return false;
	}
	if (!has_room(m, sp, x.start, x.end)) {
		decide(m, RULE_9_8_ROOM);
		return false;
	}
	if (add_heap(m, sp, x.start, x.end, 0))
		return false;
	return true;
}

/* 4; the range may hold areas of any kind, and holes, but not only a hole. */
static bool shrink_heap(struct model *m, struct space *sp, uint64_t new_end)
{
	struct extent x = clip(m, new_end, round_up(sp->process.heap_end));

	if (!range_any(sp->mapped, x.start, x.end)) {
		decide(m, RULE_9_8_NOTHING);
		return false;
	}
	count_rule(m, RULE_9_8_SHRINK);
	return !unmap_range(m, sp, x.start, x.end);
}

int64_t model_brk(struct model *model, unsigned int space, uint64_t address)
{
	struct model *m = model;
	struct space *sp = model_enter(m, space);
	uint64_t start = m->settings.base, old, limit, new_end = round_up(address);
	bool grown;

	if (!sp)
		return -ESRCH;
	old = sp->process.heap_end;
	limit = sp->process.limits[LIMIT_DATA];
	if (address < start) {
		decide(m, RULE_9_8_LOW);
		return (int64_t)old;
	}
	if (limit < UINT64_MAX >> PAGE_SHIFT && address - start > limit << PAGE_SHIFT) {
		decide(m, RULE_9_8_LIMIT);
		return (int64_t)old;
	}
	if (new_end == round_up(old)) {
		decide(m, RULE_9_8_SAME);
		sp->process.heap_end = address;
		return (int64_t)address;
	}
	if (address <= old) {
		if (!shrink_heap(m, sp, new_end))
			return (int64_t)old;
		sp->process.heap_end = address;
		return (int64_t)address;
	}
	grown = grow_heap(m, sp, new_end);
	if (!grown)
		return (int64_t)old;
	if (sp->process.lock_future) { /* 6 */
		struct extent x = clip(m, round_up(old), new_end);

		populate(m, sp, x.start, x.end);
	}
	sp->process.heap_end = address;
	return (int64_t)address;
}

/* What an ELF loader uses for zeroed memory: like a fixed mapping without its checks. */
int64_t model_vm_brk(struct model *model, unsigned int space, uint64_t address, uint64_t length,
		     bool executable)
{
	struct model *m = model;
	struct space *sp = model_enter(m, space);
	uint64_t bytes = round_up(length), top = window_top(m);
	struct extent x;
	int error;

	if (!sp)
		return -ESRCH;
	if (bytes < length)
		return fails(m, RULE_9_8_BRK_RANGE, ENOMEM);
	if (bytes == 0)
		return 0;
	if (bytes > top || address > top - bytes)
		return fails(m, RULE_9_8_BRK_RANGE, ENOMEM);
	if (is_unaligned(address))
		return fails(m, RULE_9_8_BRK_RANGE, EINVAL);
	if (address < m->settings.base)
		return fails(m, RULE_9_8_BRK_RANGE, EPERM);
	x = clip(m, address, address + bytes);
	if (sp->process.lock_future && !may_lock_more(m, sp, x.end - x.start))
		return fails(m, RULE_9_8_BRK_LOCK, EAGAIN);
	error = unmap_range(m, sp, x.start, x.end);
	if (!error)
		error = add_heap(m, sp, x.start, x.end, executable ? A(execute) : 0);
	if (!error && sp->process.lock_future)
		populate(m, sp, x.start, x.end);
	return error;
}
