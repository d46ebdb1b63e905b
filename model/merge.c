/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * May two neighbours be one area (chapter 2), and what becomes of the boundaries when a new
 * range is placed (chapter 3) or a range of an area changes (chapter 4). Sticky attributes
 * (chapter 5) are united on the way.
 */
#include "page.h"

/* A range with what it would be, between its neighbours. NO_PAGE: there is none. */
struct merge {
	uint32_t start, end;
	uint32_t prev; /* first page of the area that ends at start */
	uint32_t next; /* first page of the area that begins at end, that is end itself */
	bool left, right;
	const struct area *wanted;
};

static bool deletable(const struct area *a) /* 2.7 */
{
	return !(a->hooks & HOOK_CLOSE);
}

/*
 * 2.3: equality of everything a merge would have to unite. Profile 6.1, E2: a neighbour with a
 * close hook is never equal, be it to be deleted or not.
 */
static bool same_attributes(struct model *m, const struct area *x, const struct area *wanted)
{
	uint64_t differ = (x->attributes ^ wanted->attributes) & ~m->ignore;

	if (x->policy != wanted->policy)
		decide(m, RULE_2_3_POLICY);
	else if (differ)
		decide(m, RULE_2_3_FLAGS);
	else if (x->file != wanted->file || x->object != wanted->object)
		decide(m, RULE_2_3_FILE);
	else if (x->context != wanted->context)
		decide(m, RULE_2_3_CONTEXT);
	else if (x->name != wanted->name)
		decide(m, RULE_2_3_NAME);
	else if (is_6_1(m) && !deletable(x))
		decide(m, RULE_2_3_CLOSE);
	else
		return true;
	return false;
}

/* 2.4 before 6.16: with one side unfaulted a chain of exactly one link decides, else identity. */
static bool same_owner_612(struct model *m, const struct area *x, const struct area *wanted)
{
	bool single = x->owner != 0 && !x->forked;

	if ((wanted->owner == 0 || x->owner == 0) && single) {
		count_rule(m, RULE_2_4_SET_NONE);
		return true;
	}
	if (wanted->owner == x->owner) {
		count_rule(m, x->owner ? RULE_2_4_SET_SAME : RULE_2_4_NONE_NONE);
		return true;
	}
	if (x->owner == 0)
		decide(m, RULE_2_4_612_REFUSED);
	else if (wanted->owner == 0)
		decide(m, RULE_2_4_SET_NONE_FORKED);
	else
		decide(m, RULE_2_4_SET_OTHER);
	return false;
}

/* Which rows of 11.3 this comparison is an instance of; they only count. */
static void count_fork_rows(struct model *m, const struct space *sp, const struct area *x,
			    const struct area *wanted)
{
	if (m->forks == 0)
		return;
	if (x->forked && wanted->owner == 0)
		count_rule(m, RULE_11_3_CHILD_NEW);
	else if (x->owner == 0 && wanted->forked)
		count_rule(m, RULE_11_3_CHILD_INTO);
	else if (x->forked && x->owner == wanted->owner)
		count_rule(m, RULE_11_3_CHILD_PIECES);
	else if (x->forked && wanted->forked)
		count_rule(m, RULE_11_3_CHILD_TWO);
	else if (x->owner == 0 && x->attributes & A(wipe_on_fork))
		count_rule(m, RULE_11_3_CHILD_WIPED);
	else if (x->inherited && x->owner == 0 && wanted->owner == 0)
		count_rule(m, RULE_11_3_CHILD_UNFAULTED);
	else if (sp->number != 0 && !x->inherited && !wanted->inherited)
		count_rule(m, RULE_11_3_CHILD_OWN);
	else if (x->owner && !x->forked && wanted->owner == 0)
		count_rule(m, RULE_11_3_PARENT_NEW);
}

/* 2.4 since 6.16. wanted->forked stands for a forked middle or a forked source of a copy. */
static bool same_owner(struct model *m, const struct space *sp, const struct area *x,
		       const struct area *wanted)
{
	count_fork_rows(m, sp, x, wanted);
	if (is_before_6_18(m))
		return same_owner_612(m, x, wanted);
	if (x->owner == wanted->owner) {
		count_rule(m, x->owner ? RULE_2_4_SET_SAME : RULE_2_4_NONE_NONE);
		return true;
	}
	if (x->owner == 0) {
		if (!wanted->forked) {
			count_rule(m, RULE_2_4_NONE_SET);
			return true;
		}
		decide(m, RULE_2_4_NONE_SET_FORKED);
		return false;
	}
	if (wanted->owner == 0) {
		if (!x->forked) {
			count_rule(m, RULE_2_4_SET_NONE);
			return true;
		}
		decide(m, RULE_2_4_SET_NONE_FORKED);
		return false;
	}
	decide(m, RULE_2_4_SET_OTHER);
	return false;
}

/* 2.6: equal shifts are contiguous offsets, on either side. */
static bool contiguous(struct model *m, const struct area *x, const struct area *wanted)
{
	bool private_file = has_file(wanted) && wanted->attributes & A(may_write) &&
			    !(wanted->attributes & A(shared));

	if (x->shift != wanted->shift) {
		decide(m, RULE_2_6_OFFSET);
		return false;
	}
	if (m->settings.profile == MODEL_7_3 && private_file &&
	    x->anon_shift != wanted->anon_shift) {
		decide(m, RULE_2_6_VIRTUAL);
		return false;
	}
	return true;
}

static bool mergeable(struct model *m, const struct space *sp, const struct area *x,
		      const struct area *wanted)
{
	return same_attributes(m, x, wanted) && same_owner(m, sp, x, wanted) &&
	       contiguous(m, x, wanted);
}

/* 2.5: both sides fit the range; do they fit each other? */
static bool sides_fit(struct model *m, const struct area *prev, const struct area *next)
{
	if (prev->owner == 0 || next->owner == 0 || prev->owner == next->owner)
		return true;
	decide(m, RULE_2_5);
	return false;
}

static void inherit_owner(struct area *to, const struct area *from)
{
	to->owner = from->owner;
	to->forked = from->forked;
}

/*
 * Profile 6.1, E3: mmap looks at the next area first, and the previous one has to fit that one's
 * anon_vma if it fits. So 2.5 never comes up, and the side that may be dropped is the left.
 *
 *      [prev)[range)[next)      2. prev with next's anon_vma      1. next with none
 */
static void find_next_first(struct model *m, struct space *sp, struct merge *mg)
{
	struct area wanted = *mg->wanted;

	mg->prev = mg->next = NO_PAGE;
	mg->left = mg->right = false;
	if (is_mapped(m, sp, mg->end)) {
		mg->next = mg->end;
		mg->right = mergeable(m, sp, &sp->area[mg->next], &wanted);
	}
	if (mg->right)
		wanted.owner = sp->area[mg->next].owner;
	if (mg->start > 0 && bit_test(sp->mapped, mg->start - 1)) {
		mg->prev = area_start(sp, mg->start - 1);
		mg->left = mergeable(m, sp, &sp->area[mg->prev], &wanted);
	}
}

/* Looks at both neighbours of the range as far as the caller lets it. */
static void find_sides(struct model *m, struct space *sp, struct merge *mg, bool try_left,
		       bool try_right)
{
	uint32_t start = mg->start, end = mg->end;

	mg->prev = mg->next = NO_PAGE;
	mg->left = mg->right = false;
	if (try_left && start > 0 && bit_test(sp->mapped, start - 1)) {
		mg->prev = area_start(sp, start - 1);
		mg->left = mergeable(m, sp, &sp->area[mg->prev], mg->wanted);
	}
	if (try_right && is_mapped(m, sp, end)) {
		mg->next = end;
		mg->right = mergeable(m, sp, &sp->area[end], mg->wanted);
	}
	if (mg->left && mg->right)
		mg->right = sides_fit(m, &sp->area[mg->prev], &sp->area[mg->next]);
}

static bool no_neighbour(const struct merge *mg)
{
	return mg->prev == NO_PAGE && mg->next == NO_PAGE;
}

/* 5.2: the survivor takes the sticky attributes of all that take part. */
static void unite_sticky(struct model *m, struct area *survivor, uint64_t others, enum rule rule)
{
	uint64_t sticky = (survivor->attributes | others) & m->sticky;

	if (sticky)
		count_rule(m, rule);
	survivor->attributes |= sticky;
}

/*
 * Chapter 3, both sides: prev grows over the range and over next, which is deleted.
 *
 *      [prev)[range)[next)   ->   [prev................)
 */
static uint32_t join_new_both(struct model *m, struct space *sp, const struct merge *mg)
{
	struct area *prev = &sp->area[mg->prev];
	const struct area *next = &sp->area[mg->next];

	decide(m, RULE_3_BOTH);
	if (prev->owner == 0 && next->owner != 0) { /* N2 */
		count_rule(m, RULE_3_CLONE);
		inherit_owner(prev, next);
	}
	unite_sticky(m, prev, mg->wanted->attributes | next->attributes, RULE_5_2_NEW);
	bit_clear(sp->starts, mg->next);
	sp->count.areas--;
	return mg->prev;
}

/* Chapter 3, one side. A source of a copy hands its chain to an unfaulted survivor (N2). */
static uint32_t join_new_side(struct model *m, struct space *sp, const struct merge *mg)
{
	uint32_t survivor = mg->prev;

	if (!mg->left) {
		decide(m, RULE_3_RIGHT);
		survivor = mg->start;
		sp->area[survivor] = sp->area[mg->next];
		bit_clear(sp->starts, mg->next);
		bit_set(sp->starts, survivor);
	}
	unite_sticky(m, &sp->area[survivor], mg->wanted->attributes, RULE_5_2_NEW);
	return survivor;
}

/*
 * Chapter 3: [start, end) is free. Returns the first page of the area that took the range,
 * now mapped; -ENOENT if it merges with none of the neighbours asked for and -ENOMEM if memory
 * runs out, both with nothing changed.
 */
int64_t merge_new(struct model *m, struct space *sp, uint32_t start, uint32_t end,
		  const struct area *wanted, enum sides sides)
{
	struct merge mg = { .start = start, .end = end, .wanted = wanted };
	uint32_t survivor;

	if (wanted->attributes & SPECIAL) {
		decide(m, RULE_2_2);
		return -ENOENT;
	}
	if (sides == SIDE_BOTH_NEXT_FIRST)
		find_next_first(m, sp, &mg);
	else
		find_sides(m, sp, &mg, sides & SIDE_LEFT, sides & SIDE_RIGHT);
	if (!mg.left && !mg.right) {
		if (no_neighbour(&mg))
			decide(m, RULE_3_NONE);
		else
			count_rule(m, RULE_3_NONE);
		return -ENOENT;
	}
	if (runs_out(m, RULE_3_OOM))
		return -ENOMEM;
	if (mg.left && mg.right && deletable(&sp->area[mg.next])) {
		survivor = join_new_both(m, sp, &mg);
	} else {
		if (mg.left)
			decide(m, mg.right ? RULE_3_REDUCED : RULE_3_LEFT);
		survivor = join_new_side(m, sp, &mg);
	}
	if (sp->area[survivor].owner == 0 && wanted->owner != 0)
		inherit_owner(&sp->area[survivor], wanted);
	range_set(sp->mapped, start, end);
	return survivor;
}

/*
 * The area that ends at end grows over free pages, whatever its neighbours are (profile 6.1, E6).
 * 0, or -ENOMEM with nothing changed.
 *
 *      [area)....[next)   ->   [area....)[next)
 */
int extend_alone(struct model *m, struct space *sp, uint32_t end, uint32_t pages)
{
	if (runs_out(m, RULE_3_OOM))
		return -ENOMEM;
	range_set(sp->mapped, end, end + pages);
	return 0;
}

/* ---- chapter 4: [start, end) of the area that begins at middle -------------------------- */

struct change {
	struct merge mg;
	uint32_t middle, middle_end;
};

/* 4.3, both and left: the left neighbour survives. */
static void inherit_left(struct model *m, struct area *prev, const struct area *middle,
			 const struct area *next)
{
	if (prev->owner != 0)
		return;
	if (next && next->owner != 0) {
		count_rule(m, RULE_4_3_FROM_N);
		inherit_owner(prev, next);
	} else if (middle->owner != 0) {
		count_rule(m, RULE_4_3_FROM_M);
		inherit_owner(prev, middle);
	}
}

/*      P [***M***] N   ->   [P.............)      */
static uint32_t join_both(struct model *m, struct space *sp, const struct change *c)
{
	struct area *prev = &sp->area[c->mg.prev];
	const struct area *next = &sp->area[c->mg.next];

	decide(m, RULE_4_2_BOTH);
	inherit_left(m, prev, &sp->area[c->middle], next);
	unite_sticky(m, prev, c->mg.wanted->attributes | next->attributes, RULE_5_2_BOTH);
	bit_clear(sp->starts, c->mg.start);
	bit_clear(sp->starts, c->mg.end);
	sp->count.areas -= 2;
	return c->mg.prev;
}

/*      P [***M***]   ->   [P.......)       P [***..M..]   ->   [P...)[..M..]      */
static uint32_t join_left(struct model *m, struct space *sp, const struct change *c)
{
	struct area *prev = &sp->area[c->mg.prev];
	bool full = c->mg.end == c->middle_end;

	decide(m, full ? RULE_4_2_LEFT_FULL : RULE_4_2_LEFT_PART);
	inherit_left(m, prev, &sp->area[c->middle], NULL);
	unite_sticky(m, prev, c->mg.wanted->attributes,
		     full ? RULE_5_2_LEFT_FULL : RULE_5_2_LEFT_PART);
	bit_clear(sp->starts, c->mg.start);
	if (full) {
		sp->count.areas--;
		return c->mg.prev;
	}
	sp->area[c->mg.end] = sp->area[c->middle];
	bit_set(sp->starts, c->mg.end);
	return c->mg.prev;
}

/*      [***M***] N   ->   [.......N)       [..M..***] N   ->   [..M..][...N)      */
static uint32_t join_right(struct model *m, struct space *sp, const struct change *c)
{
	struct area next = sp->area[c->mg.next];
	bool full = c->mg.start == c->middle;

	decide(m, full ? RULE_4_2_RIGHT_FULL : RULE_4_2_RIGHT_PART);
	if (next.owner == 0 && sp->area[c->middle].owner != 0) {
		count_rule(m, RULE_4_3_FROM_M);
		inherit_owner(&next, &sp->area[c->middle]);
	}
	unite_sticky(m, &next, c->mg.wanted->attributes,
		     full ? RULE_5_2_RIGHT_FULL : RULE_5_2_RIGHT_PART);
	bit_clear(sp->starts, c->mg.next);
	bit_set(sp->starts, c->mg.start);
	sp->area[c->mg.start] = next;
	if (full)
		sp->count.areas--;
	return c->mg.start;
}

/* 4.2: is there a merge to be made? Leaves in the change which sides take part. */
static bool decide_merge(struct model *m, struct space *sp, struct change *c)
{
	struct merge *mg = &c->mg;
	bool at_start = mg->start == c->middle, at_end = mg->end == c->middle_end;

	if (!at_start && !at_end) {
		decide(m, RULE_4_2_INSIDE);
		return false;
	}
	if (mg->wanted->attributes & SPECIAL) {
		decide(m, RULE_2_2);
		return false;
	}
	find_sides(m, sp, mg, at_start, at_end);
	if (!mg->left && !mg->right) {
		if (no_neighbour(mg))
			decide(m, RULE_4_2_NONE);
		else
			count_rule(m, RULE_4_2_NONE);
		return false;
	}
	if (at_start && at_end && !deletable(&sp->area[c->middle])) {
		decide(m, RULE_4_2_C1);
		return false;
	}
	if (mg->left && mg->right && !deletable(&sp->area[mg->next])) {
		decide(m, RULE_4_2_C2);
		mg->right = false;
	}
	return true;
}

/* 4.5: no merge, so the range is cut out. A second cut that fails leaves the first. */
static int64_t cut_out(struct model *m, struct space *sp, const struct change *c)
{
	uint32_t start = c->mg.start, end = c->mg.end;
	int error;

	if (start == c->middle && end == c->middle_end)
		count_rule(m, RULE_4_5_WHOLE);
	if (start > c->middle) {
		error = checked_split(m, sp, c->middle, start, true);
		if (error)
			return error;
		count_rule(m, RULE_4_5_LOWER);
	}
	if (end < c->middle_end) {
		error = checked_split(m, sp, start, end, false);
		if (error) {
			if (start > c->middle)
				count_rule(m, RULE_4_5_HALF);
			return error;
		}
		count_rule(m, RULE_4_5_UPPER);
	}
	return start;
}

/*
 * 4.1: [start, end) lies in one area and is to become as wanted says. Makes one area of it,
 * alone or with neighbours, and returns its first page; the caller then stores what changes.
 */
int64_t modify(struct model *m, struct space *sp, uint32_t start, uint32_t end,
	       const struct area *wanted)
{
	struct change c = { .mg = { .start = start, .end = end, .wanted = wanted } };

	c.middle = area_start(sp, start);
	c.middle_end = area_end(m, sp, c.middle);
	if (!decide_merge(m, sp, &c))
		return cut_out(m, sp, &c);
	if (runs_out(m, RULE_4_4)) {
		if (!m->give_up)
			return -ENOMEM;
		count_rule(m, RULE_4_4_GIVE_UP);
		return start;
	}
	if (c.mg.left && c.mg.right)
		return join_both(m, sp, &c);
	return c.mg.left ? join_left(m, sp, &c) : join_right(m, sp, &c);
}

/*
 * 4.6 with the fold of 5.3: the area takes the wanted attributes and keeps its sticky ones.
 * Soft-dirty is not sticky before 7.3, so there the wanted bit wins (5.6).
 */
void store_attributes(struct model *m, struct area *a, uint64_t wanted)
{
	uint64_t kept = a->attributes & m->sticky;

	if (kept & ~wanted)
		count_rule(m, RULE_5_3);
	if (a->attributes & ~(wanted | kept) & A(soft_dirty))
		count_rule(m, RULE_5_6_LOST);
	a->attributes = wanted | kept;
}
