/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which operations change, come and go. What one turns into is decided in mutate_op.c, or by the
 * generator, to whom the model shows what stands.
 */
#include "mutate_change.h"

#include <stdio.h>
#include <string.h>

#include "mutate_op.h"
#include "op_table.h"
#include "settings.h"

#define TAIL_MOST 16  /* operations that are grown at the end of a program at once */
#define INSERT_MOST 3 /* in the middle of it */

/* ---- what stands ---- */

static void follow(struct mutator *mutator)
{
	struct settings settings = mutator->resolved.settings;

	mutator->resolved = mutator->program;
	mutator->resolved.settings = settings;
}

/* Executes operation `index`, the model having executed those before it. */
static bool advance(struct mutator *mutator, uint32_t index)
{
	follow(mutator);
	if (!oracle_refuses(mutator->oracle, &mutator->program.ops[index]))
		oracle_apply(mutator->oracle, &mutator->resolved, index, &mutator->now);
	return !oracle_observe(mutator->oracle, &mutator->now);
}

/* mutator->now becomes what stands before operation `index`. False without memory. */
static bool look(struct mutator *mutator, uint32_t index)
{
	mutator->resolved.settings = mutator->program.settings;
	settings_resolve(&mutator->resolved.settings, NULL, NULL);
	follow(mutator);
	oracle_begin(mutator->oracle, &mutator->resolved.settings);
	for (uint32_t i = 0; i < index; i++) {
		if (!oracle_refuses(mutator->oracle, &mutator->program.ops[i]))
			oracle_apply(mutator->oracle, &mutator->resolved, i, &mutator->now);
	}
	return !oracle_observe(mutator->oracle, &mutator->now);
}

/* The space that an operation acts on, if it lives and holds anything. */
static const struct seen_space *space_of(const struct mutator *mutator, const struct op *op)
{
	for (unsigned int i = 0; i < PROGRAM_SPACES; i++) {
		const struct seen_space *space = &mutator->now.space[i];

		if (space->alive && space->number == op->space)
			return space->vmas ? space : NULL;
	}
	return NULL;
}

/* ---- operations come and go ---- */

static uint32_t pick_op(struct mutator *mutator)
{
	return mutate_dice(mutator, mutator->program.op_count);
}

void mutate_remove(struct mutator *mutator, uint32_t at, uint32_t count)
{
	struct program *program = &mutator->program;

	if (!count)
		return;
	memmove(program->ops + at, program->ops + at + count,
		(program->op_count - at - count) * sizeof(*program->ops));
	program->op_count -= count;
}

bool mutate_insert(struct mutator *mutator, uint32_t at, const struct op *op)
{
	struct program *program = &mutator->program;
	struct op copy = *op;

	if (program->op_count >= mutator->most || program_add_op(program, &copy))
		return false;
	memmove(program->ops + at + 1, program->ops + at,
		(program->op_count - 1 - at) * sizeof(*program->ops));
	program->ops[at] = copy;
	return true;
}

/*
 * Grows operations before `at`, before which the model stands: so many, or until a figure that was
 * begun is done. Each meets what the last one left.
 */
static bool grow_here(struct mutator *mutator, uint32_t at, uint32_t count)
{
	const struct generator *generator = &mutator->generator;
	bool standing = true, grown = false;
	struct op op;

	for (; standing && (count || generator_in_figure(generator)); count -= count > 0) {
		generate_op(&mutator->generator, &mutator->program, &mutator->now, &op);
		if (!mutate_insert(mutator, at, &op))
			break;
		grown = true;
		standing = advance(mutator, at++);
	}
	return grown;
}

static bool grow(struct mutator *mutator, uint32_t at, uint32_t count)
{
	return look(mutator, at) && grow_here(mutator, at, count);
}

/* Operations that belong together, at the end mostly, where nothing stands in their way later. */
static bool figure(struct mutator *mutator)
{
	uint32_t at = mutator->program.op_count;

	if (mutate_dice(mutator, 2))
		at = mutate_dice(mutator, at + 1);
	return look(mutator, at) &&
	       generator_begin_figure(&mutator->generator, &mutator->program, &mutator->now) &&
	       grow_here(mutator, at, 0);
}

static bool insert_some(struct mutator *mutator)
{
	uint32_t at = mutate_dice(mutator, mutator->program.op_count + 1);

	return grow(mutator, at, 1 + mutate_dice(mutator, INSERT_MOST));
}

/* Short ones mostly: what is long is slow. */
static uint32_t tail_length(struct mutator *mutator)
{
	return 1 + mutate_dice(mutator, 1 + mutate_dice(mutator, TAIL_MOST));
}

static bool append_some(struct mutator *mutator)
{
	return grow(mutator, mutator->program.op_count, tail_length(mutator));
}

/* Another end. */
static bool regrow(struct mutator *mutator)
{
	struct program *program = &mutator->program;
	uint32_t at = pick_op(mutator);

	mutate_remove(mutator, at, program->op_count - at);
	return grow(mutator, at, tail_length(mutator));
}

static bool replace_one(struct mutator *mutator)
{
	uint32_t at = pick_op(mutator);

	mutate_remove(mutator, at, 1);
	return grow(mutator, at, 1);
}

static bool delete_one(struct mutator *mutator)
{
	mutate_remove(mutator, pick_op(mutator), 1);
	return true;
}

static bool delete_run(struct mutator *mutator)
{
	uint32_t at = pick_op(mutator);
	uint32_t left = mutator->program.op_count - at;

	mutate_remove(mutator, at, 1 + mutate_dice(mutator, left < 8 ? left : 8));
	return true;
}

static bool duplicate(struct mutator *mutator)
{
	struct op op = mutator->program.ops[pick_op(mutator)];

	return mutate_insert(mutator, mutate_dice(mutator, mutator->program.op_count + 1), &op);
}

/* What an operation did is undone, at once or later on. */
static bool take_back(struct mutator *mutator)
{
	uint32_t at = pick_op(mutator);
	struct op op;

	if (!mutate_inverse(&mutator->program.ops[at], &op))
		return false;
	at += 1 + mutate_dice(mutator, mutator->program.op_count - at);
	return mutate_insert(mutator, at, &op);
}

static bool swap(struct mutator *mutator)
{
	uint32_t a = pick_op(mutator), b = pick_op(mutator);
	struct op *ops = mutator->program.ops;
	struct op op = ops[a];

	if (mutate_dice(mutator, 2) && a + 1 < mutator->program.op_count)
		b = a + 1;
	ops[a] = ops[b];
	ops[b] = op;
	return a != b;
}

/* Room for none to five more VMAs from here on. */
static bool tighten(struct mutator *mutator)
{
	struct op op = { .kind = OP_LIMIT, .how = LIMIT_ABOVE };
	uint32_t at = pick_op(mutator);

	op.space = mutator->program.ops[at].space;
	op.nodes = mutate_dice(mutator, 6);
	return mutate_insert(mutator, at, &op);
}

/*
 * One more generation: the newest space forks, or a space ends as soon as it has forked.
 *
 *     @0 ---fork---> @1 ---fork---> @2 ---fork--->
 *                        exit           exit
 */
static bool generation(struct mutator *mutator)
{
	struct program *program = &mutator->program;
	struct op op = { .kind = OP_FORK };
	uint32_t at = pick_op(mutator), born = 0;

	if (mutator->has_profile && mutator->profile.one_space)
		return false;
	for (uint32_t i = 0; i < program->op_count; i++)
		born += program->ops[i].kind == OP_FORK;
	if (!born || mutate_dice(mutator, 2)) {
		op.space = (uint8_t)born;
		return mutate_insert(mutator, program->op_count, &op);
	}
	while (program->ops[at].kind != OP_FORK)
		at = (at + 1) % program->op_count;
	op.kind = OP_EXIT;
	op.space = program->ops[at].space;
	return mutate_insert(mutator, at + 1, &op);
}

/* ---- operations change ---- */

static bool nudge(struct mutator *mutator)
{
	return mutate_nudge(&mutator->generator, &mutator->program.settings,
			    &mutator->program.ops[pick_op(mutator)]);
}

static bool relate(struct mutator *mutator)
{
	struct op *op = &mutator->program.ops[pick_op(mutator)];

	return mutate_relate(&mutator->generator, &mutator->program.settings, op,
			     &mutator->program.ops[pick_op(mutator)]);
}

/* To edges of what stands at that point. */
static bool snap(struct mutator *mutator)
{
	uint32_t at = pick_op(mutator), near;
	struct op *op = &mutator->program.ops[at];
	struct generator *generator = &mutator->generator;
	const struct seen_space *space;
	const struct seen_vma *vma;

	space = look(mutator, at) ? space_of(mutator, op) : NULL;
	if (!space)
		return false;
	near = pick_vma(generator, space);
	vma = &space->vma[near];
	if (mutate_dice(mutator, 2) &&
	    mutate_target(generator, &mutator->program.settings, op,
			  mutate_dice(mutator, 2) ? vma->start : vma->end))
		return true;
	if (op_has(op, FIELD_PLACED))
		return mutate_place(op, pick_new(generator, space, &near));
	return mutate_place(op, pick_mapped(generator, space, near));
}

static bool copy_attributes(struct mutator *mutator)
{
	uint32_t at = pick_op(mutator);
	struct op *op = &mutator->program.ops[at];
	uint32_t from = pick_op(mutator);

	for (uint32_t i = 0; i < mutator->program.op_count; i++) {
		const struct op *other = &mutator->program.ops[from];

		if (mutate_copy(op, other))
			return true;
		from = (from + 1) % mutator->program.op_count;
	}
	return false;
}

static bool toggle(struct mutator *mutator)
{
	return mutate_toggle(&mutator->generator, &mutator->program.ops[pick_op(mutator)]);
}

static bool retarget(struct mutator *mutator)
{
	uint32_t at = pick_op(mutator), born = 1;
	struct op *op = &mutator->program.ops[at];

	for (uint32_t i = 0; i < at; i++)
		born += mutator->program.ops[i].kind == OP_FORK;
	if (born == 1 || (mutator->has_profile && mutator->profile.one_space))
		return false;
	op->space = (uint8_t)mutate_dice(mutator, born);
	return true;
}

static bool fail(struct mutator *mutator)
{
	mutate_failure(&mutator->generator, &mutator->program.ops[pick_op(mutator)]);
	return true;
}

/* The failure of one operation becomes that of the next or the last. */
static bool move_failure(struct mutator *mutator)
{
	uint32_t at = pick_op(mutator);
	struct op *ops = mutator->program.ops;
	uint32_t to = mutate_dice(mutator, 2) ? at + 1 : at - 1;

	if (!ops[at].alloc_nth || to >= mutator->program.op_count)
		return false;
	ops[to].alloc_nth = ops[at].alloc_nth;
	ops[to].alloc_onward = ops[at].alloc_onward;
	ops[at].alloc_nth = 0;
	ops[at].alloc_onward = false;
	return true;
}

/* Another operation on the same pages. */
static bool rename_op(struct mutator *mutator)
{
	uint32_t at = pick_op(mutator);
	struct op *op = &mutator->program.ops[at];
	struct op other;

	if (!op_has(op, FIELD_RANGE) || !look(mutator, at))
		return false;
	generate_op(&mutator->generator, &mutator->program, &mutator->now, &other);
	if (!op_has(&other, FIELD_RANGE))
		return false;
	other.addr = op->addr;
	other.len = op->len;
	other.space = op->space;
	*op = other;
	return true;
}

static bool bytes_as_well(struct mutator *mutator)
{
	mutator->bytes_too = true;
	return true;
}

static bool settings_as_well(struct mutator *mutator)
{
	mutator->settings_too = true;
	return true;
}

/* Deletions outweigh insertions, for a short program is run more often in the same time. */
static const struct change {
	const char *word;
	bool (*make)(struct mutator *mutator);
	uint8_t weight;
	bool on_empty; /* means something where there is no operation */
} changes[] = {
	{ "delete", delete_one, 10, false },
	{ "cut", delete_run, 8, false },
	{ "insert", insert_some, 8, true },
	{ "append", append_some, 5, true },
	{ "regrow", regrow, 5, false },
	{ "replace", replace_one, 4, false },
	{ "figure", figure, 5, true },
	{ "duplicate", duplicate, 2, false },
	{ "back", take_back, 3, false },
	{ "swap", swap, 3, false },
	{ "nudge", nudge, 4, false },
	{ "relate", relate, 5, false },
	{ "snap", snap, 6, false },
	{ "copy", copy_attributes, 3, false },
	{ "toggle", toggle, 5, false },
	{ "kind", rename_op, 3, false },
	{ "space", retarget, 2, false },
	{ "generation", generation, 2, false },
	{ "limit", tighten, 1, false },
	{ "fail", fail, 1, false },
	{ "fail-move", move_failure, 1, false },
	{ "bytes", bytes_as_well, 2, false },
	{ "settings", settings_as_well, 2, true },
};
#define CHANGES (sizeof(changes) / sizeof(changes[0]))

static const struct change *pick_change(struct mutator *mutator)
{
	uint32_t sum = 0, number;
	size_t i = 0;

	for (size_t j = 0; j < CHANGES; j++)
		sum += changes[j].weight;
	number = mutate_dice(mutator, sum);
	while (number >= changes[i].weight)
		number -= changes[i++].weight;
	return &changes[i];
}

void mutate_describe(struct mutator *mutator, const char *word)
{
	size_t length = strlen(mutator->description);

	snprintf(mutator->description + length, sizeof(mutator->description) - length, "%s%s",
		 length ? "+" : "", word);
}

/* One change; what means nothing here is thrown again a few times. */
void mutate_change(struct mutator *mutator)
{
	for (int tries = 0; tries < 8; tries++) {
		const struct change *change = pick_change(mutator);

		if (!mutator->program.op_count && !change->on_empty)
			continue;
		if (!change->make(mutator))
			continue;
		mutate_describe(mutator, change->word);
		return;
	}
}
