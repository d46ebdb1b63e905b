/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chapters 11 and 12: fork and exit. */
#include "page.h"

/* 11.4: are page tables, and with them guard markers, copied? */
static bool copies_tables(const struct model *m, const struct area *from, const struct area *to)
{
	uint64_t copied = A(raw_pfn) | A(mixed) | A(trap_protect);

	if (!is_before_6_18(m))
		copied |= A(maybe_guard);
	if (m->settings.profile == MODEL_7_3)
		copied |= A(trap_access);
	return from->owner != 0 || to->attributes & copied;
}

static void copy_markers(struct model *m, struct space *to, const struct space *from,
			 uint32_t start, uint32_t end)
{
	uint32_t p = next_bit(from->markers, start, end);

	if (p < end)
		count_rule(m, RULE_11_4_MARKS);
	for (; p < end; p = next_bit(from->markers, p + 1, end))
		bit_set(to->markers, p);
}

/*
 * 11.2: a chain of its own for the child's area. A link that some dead ancestor left behind
 * may serve again as its head, but only while no area at all is headed by it: so the head is
 * the child's area's alone either way, and the chain is longer than one either way. What is
 * seen of it is a new identity.
 */
static void fork_owner(struct model *m, struct area *a)
{
	count_rule(m, RULE_11_2);
	a->owner = ++m->last_owner;
	a->forked = true;
}

/*
 * Steps 2 to 11 of 11.1 for the area [start, end). Memory running out at the first area is no
 * different from running out before it, which the caller asks.
 */
static int copy_area(struct model *m, struct space *child, const struct space *parent,
		     uint32_t start, uint32_t end)
{
	const struct area *from = &parent->area[start];
	struct area *to = &child->area[start];
	int64_t pages = end - start;

	if (from->attributes & A(charged) && !charge(m, child, pages))
		return fails(m, RULE_11_1_CHARGE, ENOMEM);
	if (child->count.areas > 0 && runs_out(m, RULE_11_1_OOM)) {
		if (from->attributes & A(charged))
			uncharge(m, child, pages);
		return -ENOMEM;
	}
	*to = *from;
	to->inherited = true;
	if (to->context != 0 && !child->process.contexts[to->context - 1].exists) { /* 5 */
		count_rule(m, RULE_11_1_UFFD);
		to->context = 0;
		to->attributes &= ~TRAPS;
	}
	if (to->attributes & A(wipe_on_fork)) {
		count_rule(m, RULE_11_1_WIPE);
		to->owner = 0;
		to->forked = false;
	} else if (to->owner != 0) {
		fork_owner(m, to);
	}
	if (to->attributes & A(locked))
		count_rule(m, RULE_11_1_UNLOCK);
	to->attributes &= ~LOCK_MASK;
	bit_set(child->starts, start);
	range_set(child->mapped, start, end);
	child->count.areas++;
	child->count.total += pages;
	count_class(child, to->attributes, pages);
	if (to->hooks & HOOK_OPEN)
		hook_event(m, child, MODEL_EVENT_OPEN, to->file, start, end);
	if (!(to->attributes & A(wipe_on_fork)) && copies_tables(m, from, to))
		copy_markers(m, child, parent, start, end);
	return 0;
}

/* Chapter 12: every area is closed in address order; what it was charged comes back. */
static void tear_down(struct model *m, struct space *sp)
{
	uint32_t p = area_from(m, sp, 0);

	while (p != NO_PAGE) {
		const struct area *a = &sp->area[p];
		uint32_t end = area_end(m, sp, p);

		if (a->hooks & HOOK_CLOSE)
			hook_event(m, sp, MODEL_EVENT_CLOSE, a->file, p, end);
		if (a->attributes & A(charged))
			uncharge(m, sp, end - p);
		p = area_from(m, sp, end);
	}
	sp->alive = false;
}

static struct space *free_slot(struct model *m)
{
	for (unsigned int i = 0; i < MODEL_SPACES; i++) {
		if (!m->spaces[i].alive)
			return &m->spaces[i];
	}
	return NULL;
}

/* 11.5. A context goes on in the child only if it wants to hear of forks. */
static void inherit_process(struct space *child, const struct space *parent)
{
	child->process = parent->process;
	child->process.lock_future = 0;
	for (unsigned int i = 0; i < CONTEXTS; i++) {
		if (!(child->process.contexts[i].features & TRAP_EVENT_FORK))
			child->process.contexts[i].exists = false;
	}
}

int64_t model_fork(struct model *model, unsigned int space)
{
	struct model *m = model;
	struct space *parent = model_enter(m, space), *child = free_slot(m);
	uint32_t p;

	if (!parent)
		return -ESRCH;
	if (!child)
		return fails(m, RULE_4_SPACES, EAGAIN);
	if (runs_out(m, RULE_11_1_OOM))
		return -ENOMEM;
	clear_space(m, child, m->forks + 1);
	inherit_process(child, parent);
	for (p = area_from(m, parent, 0); p != NO_PAGE;) {
		uint32_t end = area_end(m, parent, p);

		if (parent->area[p].attributes & A(no_fork)) {
			count_rule(m, RULE_11_1_SKIP);
		} else {
			int error = copy_area(m, child, parent, p, end);

			if (error) {
				count_rule(m, RULE_11_6);
				tear_down(m, child);
				return error;
			}
		}
		p = area_from(m, parent, end);
	}
	child->alive = true;
	m->forks++;
	return child->number;
}

int64_t model_exit(struct model *model, unsigned int space)
{
	struct space *sp = model_enter(model, space);

	if (!sp)
		return -ESRCH;
	decide(model, RULE_12);
	tear_down(model, sp);
	return 0;
}
