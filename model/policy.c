/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 9.9: mbind and set_mempolicy_home_node. Policies are values (2.3); an area keeps the number
 * of its value. The machine has four nodes.
 */
#include "page.h"

#define ALLOWED_NODES UINT64_C(0xf)
#define MODE_STATIC (1u << 15)
#define MODE_RELATIVE (1u << 14)

enum mode {
	MODE_DEFAULT,
	MODE_PREFERRED,
	MODE_BIND,
	MODE_INTERLEAVE,
	MODE_LOCAL,
	MODE_PREFERRED_MANY,
	MODE_WEIGHTED_INTERLEAVE,
	MODES
};

static bool same_policy(const struct policy *a, const struct policy *b)
{
	return a->mode == b->mode && a->flags == b->flags && a->nodes == b->nodes &&
	       a->user == b->user && a->home_node == b->home_node;
}

/* The lowest number no area has; there are more numbers than areas. */
static uint32_t unused_number(const struct model *m)
{
	uint64_t used[POLICIES_MAX / 64 + 1] = { 1 }; /* 0 is no policy */
	uint32_t number = 1;

	for (unsigned int i = 0; i < MODEL_SPACES; i++) {
		const struct space *sp = &m->spaces[i];
		uint32_t p = sp->alive ? area_from(m, sp, 0) : NO_PAGE;

		for (; p != NO_PAGE; p = area_from(m, sp, area_end(m, sp, p)))
			bit_set(used, sp->area[p].policy);
	}
	while (bit_test(used, number))
		number++;
	return number;
}

/* The number of a value. With the table full, one that no area has any more is taken over. */
static uint16_t number_of(struct model *m, const struct policy *policy)
{
	uint32_t number;

	for (number = 1; number < m->policy_count; number++) {
		if (same_policy(&m->policies[number], policy))
			return (uint16_t)number;
	}
	if (number < POLICIES_MAX)
		m->policy_count++;
	else
		number = unused_number(m);
	m->policies[number] = *policy;
	return (uint16_t)number;
}

bool model_policy(const struct model *model, uint16_t policy, uint32_t *mode_and_flags,
		  uint64_t *nodes, int *home_node)
{
	const struct policy *p;

	if (policy == 0 || policy >= model->policy_count)
		return false;
	p = &model->policies[policy];
	*mode_and_flags = p->mode | p->flags;
	*nodes = p->nodes;
	*home_node = p->home_node;
	return true;
}

/* A mode that prefers no node in particular is local; only then may there be none. */
static int build_without_nodes(struct model *m, struct policy *policy)
{
	switch (policy->mode) {
	case MODE_DEFAULT:
		return 0;
	case MODE_PREFERRED:
	case MODE_LOCAL:
		if (policy->flags)
			return fails(m, RULE_9_9_NODES, EINVAL);
		policy->mode = MODE_LOCAL;
		return 0;
	default:
		return fails(m, RULE_9_9_NODES, EINVAL);
	}
}

/* The value an mbind asks for; the mode itself is known to be good. */
static int build_policy(struct model *m, uint64_t nodes, struct policy *policy)
{
	uint64_t allowed = nodes & ALLOWED_NODES;

	if (nodes == 0)
		return build_without_nodes(m, policy);
	if (policy->mode == MODE_DEFAULT || policy->mode == MODE_LOCAL || allowed == 0)
		return fails(m, RULE_9_9_NODES, EINVAL);
	if (policy->mode == MODE_PREFERRED)
		allowed &= ~(allowed - 1); /* the first */
	policy->nodes = allowed;
	if (policy->flags)
		policy->user = nodes;
	return 0;
}

/* Stores what modify() made room for; the driver hears of the whole area. */
static int store_policy(struct model *m, struct space *sp, uint32_t start, uint16_t number)
{
	struct area *a = &sp->area[start];

	if (number != 0 && runs_out(m, RULE_9_9_OOM))
		return -ENOMEM;
	if (a->hooks & HOOK_POLICY)
		hook_event(m, sp, MODEL_EVENT_SET_POLICY, a->file, start, area_end(m, sp, start));
	a->policy = number;
	return 0;
}

/* One piece; returns where the walk goes on, or an error. */
static int64_t bind_piece(struct model *m, struct space *sp, uint32_t start, uint32_t end,
			  const void *how)
{
	uint16_t number = *(const uint16_t *)how;
	struct area wanted = sp->area[area_start(sp, start)];
	int64_t at;
	int error;

	if (wanted.policy == number) {
		decide(m, RULE_9_9_SAME);
		return end;
	}
	wanted.policy = number;
	at = modify(m, sp, start, end, &wanted);
	if (at < 0)
		return at;
	error = store_policy(m, sp, (uint32_t)at, number);
	if (error)
		return error;
	count_rule(m, RULE_9_9_SET);
	return behind(m, sp, at, end);
}

/* Holes are fine for the default policy, but not a hole alone. */
static int check_holes(struct model *m, const struct space *sp, struct extent x, bool tolerant)
{
	if (tolerant ? !range_any(sp->mapped, x.start, x.end) : has_gap(sp, x))
		return fails(m, RULE_9_9_HOLE, EFAULT);
	return 0;
}

static int check_mode(struct model *m, const struct policy *policy)
{
	uint32_t modes = is_6_1(m) ? MODE_WEIGHTED_INTERLEAVE : MODES; /* profile 6.1, E11 */

	if (policy->mode >= modes || policy->flags == (MODE_STATIC | MODE_RELATIVE))
		return fails(m, RULE_9_9_MODE, EINVAL);
	return 0;
}

static int check_range(struct model *m, uint64_t address, uint64_t length)
{
	if (is_unaligned(address) || address + round_up(length) < address)
		return fails(m, RULE_9_9_RANGE, EINVAL);
	return 0;
}

static int bind_range(struct model *m, struct space *sp, struct extent x,
		      const struct policy *policy)
{
	bool none = policy->mode == MODE_DEFAULT;
	uint16_t number;
	struct walk w = { .piece = bind_piece, .how = &number };
	int error;

	if (!none && runs_out(m, RULE_9_9_OOM))
		return -ENOMEM;
	error = check_holes(m, sp, x, none);
	if (error)
		return error;
	number = none ? 0 : number_of(m, policy);
	return walk(m, sp, x, &w); /* gaps are no error here */
}

int64_t model_mbind(struct model *model, unsigned int space, uint64_t address, uint64_t length,
		    uint32_t mode, uint64_t nodes)
{
	struct model *m = model;
	struct space *sp = model_enter(m, space);
	struct policy policy = { .mode = mode & ~(MODE_STATIC | MODE_RELATIVE),
				 .flags = mode & (MODE_STATIC | MODE_RELATIVE),
				 .home_node = -1 };
	int error;

	if (!sp)
		return -ESRCH;
	error = check_mode(m, &policy);
	if (!error)
		error = check_range(m, address, length);
	if (error || round_up(length) == 0)
		return error;
	error = build_policy(m, nodes, &policy);
	if (error)
		return error;
	return bind_range(m, sp, clip(m, address, address + round_up(length)), &policy);
}

/* ---- home node ---------------------------------------------------------------------------- */

/* One piece; one without a policy is passed over. */
static int64_t home_piece(struct model *m, struct space *sp, uint32_t start, uint32_t end,
			  const void *how)
{
	uint16_t number = sp->area[area_start(sp, start)].policy;
	struct policy policy = m->policies[number];

	if (number == 0)
		return end;
	if (policy.mode != MODE_BIND && policy.mode != MODE_PREFERRED_MANY)
		return fails(m, RULE_9_9_HOME_MODE, EOPNOTSUPP);
	if (runs_out(m, RULE_9_9_OOM))
		return -ENOMEM;
	policy.home_node = *(const int *)how;
	number = number_of(m, &policy);
	return bind_piece(m, sp, start, end, &number);
}

static bool has_policy(const struct model *m, const struct space *sp, struct extent x)
{
	for (uint32_t p = area_from(m, sp, x.start); p < x.end; /* NO_PAGE is the largest */
	     p = area_from(m, sp, area_end(m, sp, p))) {
		if (sp->area[p].policy != 0)
			return true;
	}
	return false;
}

int64_t model_home_node(struct model *model, unsigned int space, uint64_t address, uint64_t length,
			uint64_t node)
{
	struct model *m = model;
	struct space *sp = model_enter(m, space);
	int wanted = (int)node;
	struct walk w = { .piece = home_piece, .how = &wanted };
	struct extent x;
	int error;

	if (!sp)
		return -ESRCH;
	error = check_range(m, address, length);
	if (!error && (node >= 64 || !(ALLOWED_NODES >> node & 1)))
		error = fails(m, RULE_9_9_HOME, EINVAL);
	if (error || round_up(length) == 0)
		return error;
	x = clip(m, address, address + round_up(length));
	if (!has_policy(m, sp, x))
		return fails(m, RULE_9_9_HOME_NONE, ENOENT);
	return walk(m, sp, x, &w);
}
