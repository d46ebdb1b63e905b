/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What drivers were told, held against the VMAs that stand. Balances are kept for the driver
 * whose hooks are all events (file=close); those of other files are not all to be seen.
 */
#include <inttypes.h>

#include "invariants_look.h"

/* VMAs of the counted driver, by space: what stood, and what the events make of it. */
struct balance {
	int32_t space[INVARIANTS_SPACES];
};

static void add_standing(struct balance *balance, const struct observation *seen, int32_t sign)
{
	for (unsigned int i = 0; i < PROGRAM_SPACES; i++) {
		const struct seen_space *space = &seen->space[i];

		for (uint32_t j = 0; space->alive && j < space->vmas; j++)
			if (space->vma[j].file == FILE_CLOSE)
				balance->space[space->number] += sign;
	}
}

static enum rule balance_rule(const struct look *look)
{
	if (!look->op || look->op->kind == OP_EXIT)
		return RULE_EXT_1;
	return look->failed ? RULE_HOK_6 : RULE_HOK_1;
}

static bool calls_balance(const struct look *look)
{
	const struct observation *seen = look->c->seen;
	enum rule rule = balance_rule(look);
	struct balance balance = { .space = { 0 } };
	bool counted = false;

	add_standing(&balance, look->c->before, 1);
	for (uint32_t i = 0; i < seen->events; i++) {
		const struct seen_event *event = &seen->event[i];

		if (event->file != FILE_CLOSE)
			continue;
		if (event->kind == EVENT_OPEN || event->kind == EVENT_MMAP)
			balance.space[event->space]++;
		else if (event->kind == EVENT_CLOSE)
			balance.space[event->space]--;
		else
			continue;
		counted = true;
	}
	add_standing(&balance, seen, -1);
	if (counted)
		exercise(look, rule);
	for (uint32_t i = 0; i < INVARIANTS_SPACES; i++)
		if (balance.space[i])
			return breaks(look, rule, i, VERDICT_NO_PAGE,
				      "@%" PRIu32 ": open and close calls leave %" PRId32
				      " VMAs more than there are",
				      i, balance.space[i]);
	return true;
}

static bool overlap(const struct seen_event *a, const struct seen_event *b)
{
	return a->space == b->space && a->start < b->end && b->start < a->end;
}

/* Closed again without having been made again, which those with an open hook tell of. */
static bool closes_once(const struct look *look)
{
	const struct observation *seen = look->c->seen;

	for (uint32_t i = 0; i < seen->events; i++) {
		const struct seen_event *again = &seen->event[i];

		if (again->kind != EVENT_CLOSE || !world_drivers[again->file].opens)
			continue;
		exercise(look, RULE_HOK_2);
		for (uint32_t j = i; j-- > 0;) {
			const struct seen_event *event = &seen->event[j];

			if (!overlap(event, again) || event->file != again->file)
				continue;
			if (event->kind != EVENT_CLOSE)
				break;
			return breaks(look, RULE_HOK_2, again->space, again->start,
				      "%" PRIu32 "..%" PRIu32 " is closed twice", again->start,
				      again->end);
		}
	}
	return true;
}

static bool was_closed(const struct look *look, const struct seen_vma *vma)
{
	const struct observation *seen = look->c->seen;

	for (uint32_t i = 0; i < seen->events; i++) {
		const struct seen_event *event = &seen->event[i];

		if (event->kind == EVENT_CLOSE && event->space == look->op->space &&
		    event->start < vma->end && vma->start < event->end)
			return true;
	}
	return false;
}

/* Areas with a close hook that lie in one now, where there were two. */
static bool none_absorbed(const struct look *look)
{
	const struct seen_space *old = look->old;

	for (uint32_t i = 1; i < old->vmas; i++) {
		const struct seen_vma *left = &old->vma[i - 1], *right = &old->vma[i];
		const struct seen_vma *now = vma_at(look->now, left->start);

		if (left->end != right->start || left->file != FILE_CLOSE ||
		    right->file != FILE_CLOSE)
			continue;
		if (look->done && (op_modifies(look->op) || op_places(look->op)) &&
		    edge_is_named(&look->named, right->start))
			exercise(look, RULE_HOK_3);
		if (now && now->start <= left->start && now->end >= right->end &&
		    !was_closed(look, left) && !was_closed(look, right))
			return breaks(look, RULE_HOK_3, old->number, right->start,
				      "the VMA at page %" PRIu32
				      " has a close hook and went away in a merge",
				      right->start);
	}
	return true;
}

static bool has_hooks(uint32_t file)
{
	return file && file < WORLD_FILES &&
	       (world_drivers[file].opens || world_drivers[file].closes ||
		world_drivers[file].asks_split);
}

/* Whether something was cut: VMAs with hooks that were not there. */
static bool was_split(const struct look *look)
{
	for (uint32_t i = 0; i < look->now->vmas; i++)
		if (vma_across(look->old, look->now->vma[i].start))
			return true;
	return false;
}

static bool merged_hooked(const struct look *look)
{
	for (uint32_t i = 1; i < look->old->vmas; i++) {
		const struct seen_vma *across = vma_across(look->now, look->old->vma[i].start);

		if (across && has_hooks(across->file))
			return true;
	}
	return false;
}

/* An operation that changes pieces makes VMAs by splits alone, and ends none. */
static bool merges_are_silent(const struct look *look)
{
	const struct observation *seen = look->c->seen;
	bool split = was_split(look);

	if (merged_hooked(look))
		exercise(look, RULE_HOK_4);
	for (uint32_t i = 0; i < seen->events; i++) {
		const struct seen_event *event = &seen->event[i];

		if (event->kind == EVENT_CLOSE || (event->kind == EVENT_OPEN && !split))
			return breaks(look, RULE_HOK_4, event->space, event->start,
				      "%s called for %" PRIu32 "..%" PRIu32
				      " by an operation that %s",
				      event->kind == EVENT_OPEN ? "open" : "close", event->start,
				      event->end, split ? "ends no VMA" : "only merges");
	}
	return true;
}

bool hooks_hold(const struct look *look)
{
	bool acted = !look->op || look->done || look->failed;

	if (!acted)
		return true;
	if (!look->op || look->op->kind == OP_EXIT)
		exercise(look, RULE_EXT_1);
	if (look->op && look->op->kind != OP_FORK)
		for (uint32_t i = 0; i < look->c->seen->events; i++)
			if (look->c->seen->event[i].kind == EVENT_OPEN)
				exercise(look, RULE_HOK_5);
	if (!closes_once(look))
		return false;
	if (look->op && look->old && look->now) {
		if (!none_absorbed(look))
			return false;
		if (op_modifies(look->op) && !merges_are_silent(look))
			return false;
	}
	return calls_balance(look);
}
