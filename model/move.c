/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 9.7.6: one area, or a part of it, moves to another place. Numbers in the comments are those
 * of the steps.
 *
 *      [....old....)                 [....old....)[grown)
 *      from                          to
 */
#include "move.h"

/* A move under way. */
struct copy {
	const struct move *move;
	struct area source; /* as it was before the copy */
	int64_t charged;    /* 5 */
	int64_t lost;	    /* of that, what 6.18 does not return once the copy stands (F4) */
	bool split_first;   /* 4 */
	bool merged;
};

static uint32_t old_end(const struct move *mv)
{
	return mv->from + mv->old_pages;
}

static uint32_t new_end(const struct move *mv)
{
	return mv->to + mv->new_pages;
}

/* 1; the numbers of 7.3 are also what F9 decided. */
static int check_slots(struct model *m, const struct space *sp, const struct move *mv)
{
	int64_t limit = m->settings.limit, areas = sp->count.areas;
	bool locked = sp->area[area_start(sp, mv->from)].attributes & A(locked);
	bool refused;

	if (new_headroom(m))
		refused = areas + 2 + (mv->keep && locked) > limit;
	else
		refused = areas > limit - 4;
	if (!refused)
		return 0;
	no_slots(m, sp); /* T2 */
	return fails(m, RULE_7_MOVE, ENOMEM);
}

/* 2: the driver is asked about the inner edges though nothing is split yet. */
static int ask_edges(struct model *m, struct space *sp, const struct move *mv)
{
	uint32_t start = area_start(sp, mv->from), end = area_end(m, sp, start);
	int error = 0;

	if (mv->from != start)
		error = ask_split(m, sp, start, mv->from);
	if (!error && old_end(mv) != end)
		error = ask_split(m, sp, start, old_end(mv));
	return error;
}

/* 4: what stays behind unlocked is cut out of the locked area first; splits stay (F2). */
static int split_locked(struct model *m, struct space *sp, const struct move *mv)
{
	uint32_t start = area_start(sp, mv->from), end = area_end(m, sp, start);
	int error = 0;

	count_rule(m, RULE_9_7_6_4);
	if (start < mv->from)
		error = checked_split(m, sp, start, mv->from, true);
	if (!error && old_end(mv) < end)
		error = checked_split(m, sp, mv->from, old_end(mv), false);
	return error;
}

/* 5: the growth, or all of a copy that leaves its source; 6.18 charges a shrink too (F4). */
static int charge_move(struct model *m, struct space *sp, struct copy *c)
{
	const struct move *mv = c->move;

	if (!(c->source.attributes & A(charged)))
		return 0;
	c->charged = (int64_t)mv->new_pages - (mv->keep ? 0 : mv->old_pages);
	if (mv->shrunk && m->settings.profile == MODEL_6_18 && quirk(m, 4)) {
		count_rule(m, RULE_F4);
		c->lost = mv->shrunk;
		c->charged += c->lost;
	}
	if (!commit_allows(m, c->charged)) /* asked for nothing, too */
		return fails(m, RULE_9_7_6_5, ENOMEM);
	charge(m, sp, c->charged);
	return 0;
}

/* 6: the area at its new place. Memory that was never written takes the offset of the place. */
static struct area relocated(const struct model *m, const struct copy *c)
{
	const struct move *mv = c->move;
	struct area a = c->source;
	uint64_t distance = (uint64_t)mv->from - mv->to;

	a.shift += distance;
	a.anon_shift += distance;
	if (a.owner == 0) {
		a.anon_shift = m->base_page;
		if (is_anonymous(&a))
			a.shift = m->base_page;
	}
	return a;
}

/* A source whose context hears nothing of moves does not merge (7.3, F5). */
static bool loses_context(const struct space *sp, const struct area *a)
{
	return a->context != 0 &&
	       !(sp->process.contexts[a->context - 1].features & TRAP_EVENT_REMAP);
}

/*
 * The neighbours the copy may merge with; the source itself only where the kernel lets it (F1).
 * Profile 6.1, E5: beside an unfaulted source it merges with nobody, on the other side neither.
 */
static enum sides sides_of_copy(struct model *m, const struct space *sp, const struct copy *c)
{
	const struct move *mv = c->move;
	uint32_t start = area_start(sp, mv->from), end = area_end(m, sp, start);
	enum sides sides = SIDE_BOTH;

	if (loses_context(sp, &c->source) && (m->settings.profile == MODEL_7_3 || !quirk(m, 5))) {
		decide(m, RULE_F5_APART);
		return SIDE_NONE;
	}
	if (!mv->keep || (m->settings.profile == MODEL_6_18 && quirk(m, 1)))
		return sides;
	if (end == mv->to)
		sides &= ~(unsigned int)SIDE_LEFT;
	if (start == new_end(mv))
		sides &= ~(unsigned int)SIDE_RIGHT;
	if (sides == SIDE_BOTH)
		return sides;
	count_rule(m, RULE_F1);
	return is_6_1(m) && c->source.owner == 0 ? SIDE_NONE : sides;
}

/* 6: by a merge or as a duplicate of the source. */
static int place_copy(struct model *m, struct space *sp, struct copy *c)
{
	const struct move *mv = c->move;
	struct area a = relocated(m, c);
	enum sides sides = sides_of_copy(m, sp, c);
	bool hooked = a.hooks & HOOK_OPEN;

	if (sides != SIDE_NONE && merge_new(m, sp, mv->to, new_end(mv), &a, sides) >= 0) {
		count_rule(m, RULE_9_7_6_MERGED);
		c->merged = true;
		return 0;
	}
	if (runs_out(m, RULE_9_7_6_6))
		return -ENOMEM;
	if (hooked)
		hook_event(m, sp, MODEL_EVENT_OPEN, a.file, mv->to, new_end(mv));
	if (runs_out(m, RULE_9_7_6_6)) {
		if (a.hooks & HOOK_CLOSE)
			hook_event(m, sp, MODEL_EVENT_CLOSE, a.file, mv->to, new_end(mv));
		return -ENOMEM;
	}
	decide(m, RULE_9_7_6_COPIED);
	sp->area[mv->to] = a;
	bit_set(sp->starts, mv->to);
	range_set(sp->mapped, mv->to, new_end(mv));
	sp->count.areas++;
	return 0;
}

/* 7: page tables move; of them only guard markers are kept here. */
static void move_markers(struct space *sp, uint32_t from, uint32_t to, uint32_t pages)
{
	uint32_t p = next_bit(sp->markers, from, from + pages);

	for (; p < from + pages; p = next_bit(sp->markers, p + 1, from + pages)) {
		bit_clear(sp->markers, p);
		bit_set(sp->markers, to + (p - from));
	}
}

/* 7: the driver hears of the new area, all of it. */
static int tell_driver(struct model *m, struct space *sp, const struct copy *c)
{
	uint32_t start = area_start(sp, c->move->to);
	int error = m->files[c->source.file].move_error;

	if (!(c->source.hooks & HOOK_MOVE))
		return 0;
	hook_event(m, sp, MODEL_EVENT_MREMAP, c->source.file, start, area_end(m, sp, start));
	return error ? fails(m, RULE_9_7_6_7, error) : 0;
}

/* 8: the whole destination forgets a context that hears nothing of moves. */
static void drop_context(struct model *m, struct space *sp, const struct copy *c)
{
	struct area *a = &sp->area[area_start(sp, c->move->to)];

	if (!loses_context(sp, a))
		return;
	count_rule(m, c->merged ? RULE_9_7_6_8_MERGED : RULE_9_7_6_8);
	a->context = 0;
	a->attributes &= ~TRAPS;
}

/* All areas between two boundaries get their charge back. */
static void restore_charge(const struct model *m, struct space *sp, uint32_t start, uint32_t end)
{
	while (start < end) {
		sp->area[start].attributes |= A(charged);
		start = area_end(m, sp, start);
	}
}

/*
 * 10: the source goes with its charge concealed, for the copy has it now. If memory runs out
 * the source stays, success is told all the same, and kernels lose its ACCOUNT while its pages
 * are charged once more (F7, D41).
 *
 *      [outer)[source)[outer)     the outer parts are charged as before
 */
static void unmap_source(struct model *m, struct space *sp, uint32_t from, uint32_t pages)
{
	uint32_t start = area_start(sp, from), end = area_end(m, sp, start), to = from + pages;
	bool charged = sp->area[start].attributes & A(charged);

	sp->area[start].attributes &= ~A(charged);
	if (pages == 0)
		decide(m, RULE_9_7_8);
	if (pages == 0 || !unmap_range(m, sp, from, to)) {
		if (charged && start < from)
			restore_charge(m, sp, start, from);
		if (charged && to < end)
			restore_charge(m, sp, to, end);
		return;
	}
	count_rule(m, RULE_F7);
	if (charged && !quirk(m, 7))
		restore_charge(m, sp, start, end);
	if (!charged && !(quirk(m, 7) && m->settings.profile == MODEL_7_3))
		return;
	m->committed += pages;
	sp->count.charged += pages;
}

/* 10 with DONTUNMAP: the source stays, empty. A source left whole is as if never written. */
static void empty_source(struct model *m, struct space *sp, const struct copy *c)
{
	const struct move *mv = c->move;
	uint32_t start = area_start(sp, mv->from);
	struct area *a = &sp->area[start];
	bool resets = m->settings.profile != MODEL_6_18 || !quirk(m, 3);

	if (a->attributes & A(locked)) {
		if (c->split_first) /* the copy may have joined it (F1): all of it is unlocked */
			sp->count.locked -= area_end(m, sp, start) - start - mv->old_pages;
		else
			count_rule(m, RULE_F2);
	}
	a->attributes &= ~LOCK_MASK;
	if (start != mv->from || area_end(m, sp, start) != old_end(mv)) {
		count_rule(m, RULE_9_7_6_10_PART);
		return;
	}
	count_rule(m, RULE_9_7_6_10_WHOLE);
	a->owner = 0;
	a->forked = false;
	if (!resets) {
		count_rule(m, RULE_F3);
		return;
	}
	a->anon_shift = m->base_page;
	if (!has_file(a))
		a->shift = m->base_page;
}

/* 7, failed: everything moves back and the new range is unmapped in place of the old one. */
static void undo_copy(struct model *m, struct space *sp, const struct copy *c)
{
	const struct move *mv = c->move;

	move_markers(sp, mv->to, mv->from, mv->old_pages);
	if (mv->keep) {
		unmap_range(m, sp, mv->to, new_end(mv));
		return;
	}
	unmap_source(m, sp, mv->to, mv->new_pages);
	if (is_before_6_18(m) && c->charged > 0)
		count_rule(m, RULE_D40);
	else
		uncharge(m, sp, c->charged - c->lost);
}

/* 7 to 11; the copy stands. */
static int finish_copy(struct model *m, struct space *sp, const struct copy *c)
{
	const struct move *mv = c->move;
	uint64_t attributes = c->source.attributes;
	int error;

	move_markers(sp, mv->from, mv->to, mv->old_pages);
	error = tell_driver(m, sp, c);
	sp->count.total += mv->new_pages;
	count_class(sp, attributes, mv->new_pages);
	if (attributes & A(locked) && (error || !c->split_first))
		sp->count.locked += mv->new_pages;
	if (error) {
		undo_copy(m, sp, c);
		return error;
	}
	drop_context(m, sp, c);
	if (mv->keep)
		empty_source(m, sp, c);
	else
		unmap_source(m, sp, mv->from, mv->old_pages);
	if (attributes & A(locked) && mv->new_pages > mv->old_pages)
		populate(m, sp, mv->to + mv->old_pages, new_end(mv));
	return 0;
}

int move_area(struct model *m, struct space *sp, const struct move *mv)
{
	struct copy c = { .move = mv };
	int error = check_slots(m, sp, mv);

	if (!error)
		error = ask_edges(m, sp, mv);
	if (error)
		return error;
	c.source = sp->area[area_start(sp, mv->from)];
	c.split_first = mv->keep && c.source.attributes & A(locked) &&
			(m->settings.profile != MODEL_6_18 || !quirk(m, 2));
	if (c.split_first)
		error = split_locked(m, sp, mv);
	if (!error)
		error = charge_move(m, sp, &c);
	if (error)
		return error;
	error = place_copy(m, sp, &c);
	if (error) {
		uncharge(m, sp, c.charged);
		return error;
	}
	return finish_copy(m, sp, &c);
}
