/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 9.5: mlock, mlock2, munlock, mlockall, munlockall. */
#include "page.h"

#define MLOCK_ONFAULT_FLAG 1u

/* The range of an mlock: widened to whole pages, so alignment never fails. */
struct lock_range {
	uint64_t start, length;
};

static struct lock_range widen(uint64_t address, uint64_t length)
{
	struct lock_range range = { .start = round_down(address) };

	range.length = round_up(length + (address - range.start));
	return range;
}

static uint64_t pages_locked(const struct model *m, const struct space *sp, struct extent x)
{
	uint32_t p = area_from(m, sp, x.start);
	uint64_t pages = 0;

	while (p < x.end) { /* NO_PAGE is the largest */
		uint32_t p_end = area_end(m, sp, p);

		if (sp->area[p].attributes & A(locked))
			pages += smaller(p_end, x.end) - larger(p, x.start);
		p = area_from(m, sp, p_end);
	}
	return pages;
}

/* Step 3. Pages of the range that are locked already are not counted twice. */
static int check_limit(struct model *m, const struct space *sp, const struct lock_range *range)
{
	uint64_t pages = range->length >> PAGE_SHIFT, end = range->start + range->length;

	if (may_lock_more(m, sp, pages))
		return 0;
	if (end > range->start)
		pages -= pages_locked(m, sp, clip(m, range->start, end));
	if (!may_lock_more(m, sp, pages))
		return fails(m, RULE_9_5_3, ENOMEM);
	count_rule(m, RULE_9_5_3_AGAIN);
	return 0;
}

/* One piece of the walk; returns where it goes on, or an error. */
static int64_t lock_piece(struct model *m, struct space *sp, uint32_t start, uint32_t end,
			  const void *how)
{
	uint64_t lock = *(const uint64_t *)how;
	struct area wanted = sp->area[area_start(sp, start)];
	uint64_t old = wanted.attributes;
	int64_t at;

	wanted.attributes = (old & ~LOCK_MASK) | lock;
	if (wanted.attributes == old) {
		decide(m, RULE_9_5_SAME);
		return end;
	}
	if (!can_be_locked(&wanted)) {
		decide(m, RULE_9_5_UNFIT);
		return end;
	}
	at = modify(m, sp, start, end, &wanted);
	if (at < 0)
		return at;
	store_attributes(m, &sp->area[at], wanted.attributes);
	if (!(old & A(locked)))
		sp->count.locked += end - start;
	else if (!(lock & A(locked)))
		sp->count.locked -= end - start;
	return behind(m, sp, at, end);
}

/* Steps 4 to 6 */
static int lock_pieces(struct model *m, struct space *sp, const struct lock_range *range,
		       uint64_t lock)
{
	struct walk w = { .piece = lock_piece, .how = &lock, .ends_at_gap = true };
	uint64_t end = range->start + range->length;
	struct extent x;
	int error;

	if (end < range->start)
		return fails(m, RULE_9_5_4, EINVAL);
	if (end == range->start) {
		decide(m, RULE_9_5_4);
		return 0;
	}
	x = clip(m, range->start, end);
	if (x.before || !is_mapped(m, sp, x.start))
		return fails(m, RULE_9_5_5, ENOMEM);
	error = walk(m, sp, x, &w);
	if (error)
		return error;
	return w.gaps ? fails(m, RULE_9_5_6, ENOMEM) : 0;
}

int64_t model_mlock(struct model *model, unsigned int space, uint64_t address, uint64_t length,
		    uint32_t flags)
{
	struct model *m = model;
	struct space *sp = model_enter(m, space);
	struct lock_range range = widen(address, length);
	struct extent x;
	int error;

	if (!sp)
		return -ESRCH;
	if (flags & ~MLOCK_ONFAULT_FLAG)
		return fails(m, RULE_9_5_FLAGS, EINVAL);
	if (sp->process.limits[LIMIT_MEMLOCK] == 0 && !m->settings.lock_privilege)
		return fails(m, RULE_9_5_1, EPERM);
	error = check_limit(m, sp, &range);
	if (error)
		return error;
	error = lock_pieces(m, sp, &range, flags ? LOCK_MASK : A(locked));
	if (error || range.length == 0)
		return error;
	x = clip(m, range.start, range.start + range.length);
	error = populate(m, sp, x.start, x.end);
	if (error) /* -EFAULT is told as ENOMEM, -ENOMEM as EAGAIN; the lock stays */
		return fails(m, RULE_9_5_7, error == -ENOMEM ? EAGAIN : ENOMEM);
	return 0;
}

int64_t model_munlock(struct model *model, unsigned int space, uint64_t address, uint64_t length)
{
	struct space *sp = model_enter(model, space);
	struct lock_range range = widen(address, length);

	if (!sp)
		return -ESRCH;
	return lock_pieces(model, sp, &range, 0);
}

/* ---- the whole space ---------------------------------------------------------------------- */

/* Every area as a piece of its own; what goes wrong with one is not told. */
static void lock_everything(struct model *m, struct space *sp, uint64_t lock)
{
	uint32_t p = area_from(m, sp, 0);

	while (p != NO_PAGE) {
		uint32_t end = area_end(m, sp, p);
		int64_t next = lock_piece(m, sp, p, end, &lock);

		p = area_from(m, sp, next < 0 ? end : (uint32_t)next);
	}
}

/* An area that cannot be populated does not keep the next one from it. */
static void populate_everything(struct model *m, struct space *sp)
{
	for (uint32_t p = area_from(m, sp, 0); p != NO_PAGE;) {
		uint32_t end = area_end(m, sp, p);

		populate(m, sp, p, end);
		p = area_from(m, sp, end);
	}
}

enum {
	LOCK_CURRENT = 1,
	LOCK_FUTURE = 2,
	LOCK_ONFAULT = 4,
};

static int check_lock_all(struct model *m, const struct space *sp, uint32_t flags)
{
	uint64_t limit = sp->process.limits[LIMIT_MEMLOCK];

	if (flags == 0 || flags == LOCK_ONFAULT ||
	    flags & ~(uint32_t)(LOCK_CURRENT | LOCK_FUTURE | LOCK_ONFAULT))
		return fails(m, RULE_9_5_ALL_FLAGS, EINVAL);
	if (m->settings.lock_privilege || limit == MODEL_NO_LIMIT)
		return 0;
	if (limit == 0)
		return fails(m, RULE_9_5_ALL_RIGHT, EPERM);
	if (flags & LOCK_CURRENT && (uint64_t)sp->count.total > limit)
		return fails(m, RULE_9_5_ALL_LIMIT, ENOMEM);
	return 0;
}

int64_t model_mlockall(struct model *model, unsigned int space, uint32_t flags)
{
	struct model *m = model;
	struct space *sp = model_enter(m, space);
	uint64_t lock = flags & LOCK_ONFAULT ? LOCK_MASK : A(locked);
	int error;

	if (!sp)
		return -ESRCH;
	error = check_lock_all(m, sp, flags);
	if (error)
		return error;
	sp->process.lock_future = flags & LOCK_FUTURE ? lock : 0;
	if (flags & LOCK_FUTURE)
		count_rule(m, RULE_9_5_FUTURE);
	if (!(flags & LOCK_CURRENT))
		return 0;
	count_rule(m, RULE_9_5_CURRENT);
	lock_everything(m, sp, lock);
	populate_everything(m, sp);
	return 0;
}

int64_t model_munlockall(struct model *model, unsigned int space)
{
	struct space *sp = model_enter(model, space);

	if (!sp)
		return -ESRCH;
	count_rule(model, RULE_9_5_NONE);
	sp->process.lock_future = 0;
	lock_everything(model, sp, 0);
	return 0;
}
