/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 9.11: userfaultfd. An area is watched by at most one context of its space; registering
 * looks at the whole range before it changes anything.
 */
#include "page.h"

enum {
	TRAP_MODE_MISSING = 1,
	TRAP_MODE_WP = 2,
	TRAP_MODE_MINOR = 4,
	TRAP_MODE_RWP = 8,
};

static uint64_t attributes_of(uint32_t modes)
{
	return (modes & TRAP_MODE_MISSING ? A(trap_missing) : 0) |
	       (modes & TRAP_MODE_WP ? A(trap_protect) : 0) |
	       (modes & TRAP_MODE_MINOR ? A(trap_minor) : 0) |
	       (modes & TRAP_MODE_RWP ? A(trap_access) : 0);
}

/* Shared memory without a name: the object of shared anonymous memory or of shared zero. */
static bool is_shared_memory(const struct model *m, const struct area *a)
{
	return a->object != 0 && (a->file == 0 || m->files[a->file].zero_device);
}

/*
 * Can an area be watched in these modes? Profile 6.1, E12: only what kind of memory it is
 * counts, SPECIAL does not.
 */
static bool is_capable(const struct model *m, const struct area *a, uint64_t traps)
{
	if (!is_6_1(m) && a->attributes & (SPECIAL | A(shadow_stack) | A(droppable)))
		return false;
	if (is_shared_memory(m, a))
		return true;
	return is_anonymous(a) && !(traps & A(trap_minor));
}

static int check_modes(struct model *m, uint32_t modes)
{
	uint32_t known = TRAP_MODE_MISSING | TRAP_MODE_WP | TRAP_MODE_MINOR;

	if (m->settings.profile == MODEL_7_3) /* D36 */
		known |= TRAP_MODE_RWP;
	if (modes == 0 || modes & ~known)
		return fails(m, RULE_9_11_MODES, EINVAL);
	if ((modes & (TRAP_MODE_WP | TRAP_MODE_RWP)) == (TRAP_MODE_WP | TRAP_MODE_RWP))
		return fails(m, RULE_9_11_MODES, EINVAL);
	return 0;
}

/* The range is whole pages within the address space and holds an area. */
static int check_range(struct model *m, const struct space *sp, uint64_t address, uint64_t length,
		       struct extent *x)
{
	uint64_t end = address + length;

	if (is_unaligned(address) || is_unaligned(length) || length == 0)
		return fails(m, RULE_9_11_RANGE, EINVAL);
	if (end < address || end > window_top(m))
		return fails(m, RULE_9_11_RANGE, EINVAL);
	*x = clip(m, address, end);
	if (!range_any(sp->mapped, x->start, x->end))
		return fails(m, RULE_9_11_NONE, EINVAL);
	return 0;
}

/* The first area that reaches into [p, end), or NO_PAGE. */
static uint32_t area_within(const struct model *m, const struct space *sp, uint32_t p, uint32_t end)
{
	uint32_t first = p < end ? area_from(m, sp, p) : NO_PAGE;

	return first < end ? first : NO_PAGE;
}

/* ---- register ----------------------------------------------------------------------------- */

static int check_area(struct model *m, const struct area *a, unsigned int context, uint64_t traps)
{
	uint64_t kept = A(trap_protect) | A(trap_access);

	if (!is_capable(m, a, traps))
		return fails(m, RULE_9_11_TYPE, EINVAL);
	if (traps & A(trap_access) && !(a->attributes & ACCESS))
		return fails(m, RULE_9_11_ACCESS, EINVAL);
	if (!(a->attributes & A(may_write)))
		return fails(m, RULE_9_11_WRITE, EPERM);
	if (a->context == 0)
		return 0;
	if (a->context != context + 1)
		return fails(m, RULE_9_11_BUSY, EBUSY);
	if (m->settings.profile == MODEL_7_3 && a->attributes & kept & ~traps) /* D35 */
		return fails(m, RULE_9_11_DROPS, EBUSY);
	return 0;
}

/*
 * One piece becomes watched by context (plus one; 0: by none) in the modes of traps.
 *
 * Profile 6.1, E4: the merge is asked about with the offset of the area's start, also for a piece
 * that begins inside the area; so what follows it is missed, but for an area that by accident
 * has the offset it should not have. E10: the piece's own soft-dirty bit wins.
 *
 *      V [..===]N      N is compared as if the piece began where V does
 */
static int64_t watch_piece(struct model *m, struct space *sp, uint32_t start, uint32_t end,
			   unsigned int context, uint64_t traps)
{
	uint32_t first = area_start(sp, start);
	struct area wanted = sp->area[first], *a;
	int64_t at;

	wanted.attributes = (wanted.attributes & ~TRAPS) | traps;
	if (is_6_1(m))
		wanted.shift -= start - first;
	wanted.context = (uint8_t)context;
	at = modify(m, sp, start, end, &wanted);
	if (at < 0)
		return at;
	a = &sp->area[at];
	if (is_6_1(m))
		store_attributes(m, a, wanted.attributes);
	else
		a->attributes = (a->attributes & ~TRAPS) | traps;
	a->context = (uint8_t)context;
	return behind(m, sp, at, end);
}

/* What a register wants of every piece: modes, and its context plus one. */
struct watch {
	unsigned int context;
	uint64_t traps;
};

static int64_t register_piece(struct model *m, struct space *sp, uint32_t start, uint32_t end,
			      const void *how)
{
	const struct area *a = &sp->area[area_start(sp, start)];
	const struct watch *watch = how;
	int64_t next;

	if (a->context == watch->context && !(watch->traps & ~a->attributes)) {
		decide(m, RULE_9_11_SAME);
		return end;
	}
	if (a->context != 0)
		count_rule(m, RULE_9_11_REPLACED);
	next = watch_piece(m, sp, start, end, watch->context, watch->traps);
	if (next >= 0)
		count_rule(m, RULE_9_11_SET);
	return next;
}

static int register_range(struct model *m, struct space *sp, struct extent x, unsigned int context,
			  uint64_t traps)
{
	struct watch watch = { .context = context + 1, .traps = traps };
	struct walk w = { .piece = register_piece, .how = &watch };

	for (uint32_t p = area_within(m, sp, x.start, x.end); p != NO_PAGE;
	     p = area_within(m, sp, area_end(m, sp, p), x.end)) {
		int error = check_area(m, &sp->area[p], context, traps);

		if (error)
			return error;
	}
	return walk(m, sp, x, &w);
}

int64_t model_trap_register(struct model *model, unsigned int space, unsigned int context,
			    uint64_t address, uint64_t length, uint32_t modes, uint32_t features)
{
	struct model *m = model;
	struct space *sp = model_enter(m, space);
	struct extent x;
	int error;

	if (!sp)
		return -ESRCH;
	if (context >= CONTEXTS)
		return fails(m, RULE_9_11_CONTEXT, EINVAL);
	error = check_modes(m, modes);
	if (error)
		return error;
	if (!sp->process.contexts[context].exists) {
		sp->process.contexts[context].exists = true;
		sp->process.contexts[context].features = features;
	}
	error = check_range(m, sp, address, length, &x);
	if (error)
		return error;
	return register_range(m, sp, x, context, attributes_of(modes));
}

/* ---- unregister, close -------------------------------------------------------------------- */

/* A whole area cannot fail to be cleared: without memory it does not merge (4.4). */
static int64_t clear_piece(struct model *m, struct space *sp, uint32_t start, uint32_t end)
{
	uint32_t first = area_start(sp, start);

	count_rule(m, RULE_9_11_CLEAR);
	if (first != start || end != area_end(m, sp, first))
		return watch_piece(m, sp, start, end, 0, 0);
	m->give_up = true;
	start = (uint32_t)watch_piece(m, sp, start, end, 0, 0);
	m->give_up = false;
	return start;
}

static int64_t unregister_piece(struct model *m, struct space *sp, uint32_t start, uint32_t end,
				const void *how)
{
	(void)how;
	if (sp->area[area_start(sp, start)].context == 0)
		return end;
	return clear_piece(m, sp, start, end);
}

/* Another context's area: 6.1 and 6.12 unregister it as well (F11). */
static int check_owners(struct model *m, const struct space *sp, struct extent x,
			unsigned int context)
{
	bool foreign_allowed = is_before_6_18(m) && quirk(m, 11);

	for (uint32_t p = area_within(m, sp, x.start, x.end); p != NO_PAGE;
	     p = area_within(m, sp, area_end(m, sp, p), x.end)) {
		const struct area *a = &sp->area[p];

		if (!is_capable(m, a, a->attributes & TRAPS))
			return fails(m, RULE_9_11_TYPE, EINVAL);
		if (a->context == 0 || a->context == context + 1)
			continue;
		if (!foreign_allowed)
			return fails(m, RULE_9_11_FOREIGN, EINVAL);
		count_rule(m, RULE_F11);
	}
	return 0;
}

int64_t model_trap_unregister(struct model *model, unsigned int space, unsigned int context,
			      uint64_t address, uint64_t length)
{
	struct model *m = model;
	struct space *sp = model_enter(m, space);
	struct walk w = { .piece = unregister_piece };
	struct extent x;
	int error;

	if (!sp)
		return -ESRCH;
	if (context >= CONTEXTS || !sp->process.contexts[context].exists)
		return fails(m, RULE_9_11_CONTEXT, EINVAL);
	error = check_range(m, sp, address, length, &x);
	if (!error)
		error = check_owners(m, sp, x, context);
	return error ? error : walk(m, sp, x, &w);
}

int64_t model_trap_close(struct model *model, unsigned int space, unsigned int context)
{
	struct model *m = model;
	struct space *sp = model_enter(m, space);
	uint32_t next = 0, p;

	if (!sp)
		return -ESRCH;
	if (context >= CONTEXTS || !sp->process.contexts[context].exists)
		return 0;
	sp->process.contexts[context].exists = false;
	decide(m, RULE_9_11_CLOSE);
	while ((p = area_from(m, sp, next)) != NO_PAGE) {
		next = area_end(m, sp, p);
		if (sp->area[p].context == context + 1)
			next = (uint32_t)clear_piece(m, sp, p, next);
	}
	return 0;
}
