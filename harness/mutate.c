/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which operations of a program change, come and go. What one operation turns into is decided in
 * mutate_op.c, or by the generator, to whom the model shows what stands.
 */
#include "mutate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generate_op.h"
#include "mutate_op.h"
#include "op_table.h"
#include "oracle.h"
#include "settings.h"

#define CHANGES_MOST 4 /* of one mutation */
#define TAIL_MOST 16   /* operations that are grown at the end of a program at once */
#define INSERT_MOST 3  /* in the middle of it */
#define OOM_RATE 300   /* of 1024 new operations fail, where failing is what it is about */

struct mutator {
	struct fuzz_profile profile;
	bool has_profile;
	struct generator_options options;
	struct generator generator; /* its dice are the only ones */
	struct oracle *oracle;
	struct observation now;
	struct program program;	 /* under change */
	struct program resolved; /* the same with settings as the model wants them */
	struct program other;	 /* to splice from */
	uint32_t most;		 /* operations there is room for */
	bool bytes_too;		 /* a byte changes at the end */
	bool settings_too;	 /* one of the header */
	char description[64];
};

struct mutator *mutator_new(const struct fuzz_profile *profile)
{
	struct mutator *mutator = calloc(1, sizeof(*mutator));

	if (!mutator)
		return NULL;
	program_init(&mutator->program);
	program_init(&mutator->other);
	generator_preset("everything", &mutator->options);
	if (profile) {
		mutator->has_profile = true;
		mutator->profile = *profile;
		if (profile->one_space)
			mutator->options.kinds &=
				~(GENERATE_KIND(OP_FORK) | GENERATE_KIND(OP_EXIT));
		if (profile->failing)
			mutator->options.alloc_rate = OOM_RATE;
		/* Failures follow from positions: kept from here on they would add up. */
		mutator->profile.failing = false;
	}
	mutator->oracle = oracle_new();
	if (!mutator->oracle || observation_init(&mutator->now)) {
		mutator_free(mutator);
		return NULL;
	}
	return mutator;
}

void mutator_free(struct mutator *mutator)
{
	if (!mutator)
		return;
	oracle_free(mutator->oracle);
	observation_done(&mutator->now);
	program_done(&mutator->program);
	program_done(&mutator->other);
	free(mutator);
}

const char *mutator_describe(const struct mutator *mutator)
{
	return mutator->description;
}

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

static uint32_t throw_dice(struct mutator *mutator, uint32_t sides)
{
	return dice_below(&mutator->generator, sides);
}

static uint32_t pick_op(struct mutator *mutator)
{
	return throw_dice(mutator, mutator->program.op_count);
}

static void remove_ops(struct mutator *mutator, uint32_t at, uint32_t count)
{
	struct program *program = &mutator->program;

	if (!count)
		return;
	memmove(program->ops + at, program->ops + at + count,
		(program->op_count - at - count) * sizeof(*program->ops));
	program->op_count -= count;
}

static bool insert_op(struct mutator *mutator, uint32_t at, const struct op *op)
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

/* Grows up to `count` operations before `at`; each meets what the last one left. */
static bool grow(struct mutator *mutator, uint32_t at, uint32_t count)
{
	bool standing = look(mutator, at);
	bool grown = false;
	struct op op;

	while (standing && count--) {
		generate_op(&mutator->generator, &mutator->program, &mutator->now, &op);
		if (!insert_op(mutator, at, &op))
			break;
		grown = true;
		standing = advance(mutator, at++);
	}
	return grown;
}

static bool insert_some(struct mutator *mutator)
{
	return grow(mutator, throw_dice(mutator, mutator->program.op_count + 1),
		    1 + throw_dice(mutator, INSERT_MOST));
}

/* Short ones mostly: what is long is slow. */
static uint32_t tail_length(struct mutator *mutator)
{
	return 1 + throw_dice(mutator, 1 + throw_dice(mutator, TAIL_MOST));
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

	remove_ops(mutator, at, program->op_count - at);
	return grow(mutator, at, tail_length(mutator));
}

static bool replace_one(struct mutator *mutator)
{
	uint32_t at = pick_op(mutator);

	remove_ops(mutator, at, 1);
	return grow(mutator, at, 1);
}

static bool delete_one(struct mutator *mutator)
{
	remove_ops(mutator, pick_op(mutator), 1);
	return true;
}

static bool delete_run(struct mutator *mutator)
{
	uint32_t at = pick_op(mutator);
	uint32_t left = mutator->program.op_count - at;

	remove_ops(mutator, at, 1 + throw_dice(mutator, left < 8 ? left : 8));
	return true;
}

static bool duplicate(struct mutator *mutator)
{
	struct op op = mutator->program.ops[pick_op(mutator)];

	return insert_op(mutator, throw_dice(mutator, mutator->program.op_count + 1), &op);
}

static bool swap(struct mutator *mutator)
{
	uint32_t a = pick_op(mutator), b = pick_op(mutator);
	struct op *ops = mutator->program.ops;
	struct op op = ops[a];

	if (throw_dice(mutator, 2) && a + 1 < mutator->program.op_count)
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
	op.nodes = throw_dice(mutator, 6);
	return insert_op(mutator, at, &op);
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
	if (throw_dice(mutator, 2) && mutate_target(generator, &mutator->program.settings, op,
						    throw_dice(mutator, 2) ? vma->start : vma->end))
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
	op->space = (uint8_t)throw_dice(mutator, born);
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
	uint32_t to = throw_dice(mutator, 2) ? at + 1 : at - 1;

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
	{ "delete", delete_one, 10, false },  { "cut", delete_run, 8, false },
	{ "insert", insert_some, 8, true },   { "append", append_some, 5, true },
	{ "regrow", regrow, 5, false },	      { "replace", replace_one, 4, false },
	{ "duplicate", duplicate, 2, false }, { "swap", swap, 3, false },
	{ "nudge", nudge, 4, false },	      { "relate", relate, 5, false },
	{ "snap", snap, 6, false },	      { "copy", copy_attributes, 3, false },
	{ "toggle", toggle, 5, false },	      { "kind", rename_op, 3, false },
	{ "space", retarget, 2, false },      { "limit", tighten, 1, false },
	{ "fail", fail, 1, false },	      { "fail-move", move_failure, 1, false },
	{ "bytes", bytes_as_well, 2, false }, { "settings", settings_as_well, 1, true },
};
#define CHANGES (sizeof(changes) / sizeof(changes[0]))

static const struct change *pick_change(struct mutator *mutator)
{
	uint32_t sum = 0, number;
	size_t i = 0;

	for (size_t j = 0; j < CHANGES; j++)
		sum += changes[j].weight;
	number = throw_dice(mutator, sum);
	while (number >= changes[i].weight)
		number -= changes[i++].weight;
	return &changes[i];
}

static void describe(struct mutator *mutator, const char *word)
{
	size_t length = strlen(mutator->description);

	snprintf(mutator->description + length, sizeof(mutator->description) - length, "%s%s",
		 length ? "+" : "", word);
}

/* One change; what means nothing here is thrown again a few times. */
static void change(struct mutator *mutator)
{
	for (int tries = 0; tries < 8; tries++) {
		const struct change *change = pick_change(mutator);

		if (!mutator->program.op_count && !change->on_empty)
			continue;
		if (!change->make(mutator))
			continue;
		describe(mutator, change->word);
		return;
	}
}

/* ---- from bytes and back ---- */

/* Bytes cannot say every operation that there is. */
static void drop_what_bytes_cannot_say(struct program *program)
{
	uint8_t bytes[PROGRAM_HEADER + PROGRAM_RECORD];
	uint32_t kept = 0;

	for (uint32_t i = 0; i < program->op_count; i++) {
		struct program one = *program;

		one.ops = &program->ops[i];
		one.op_count = 1;
		if (program_encode(&one, bytes, sizeof(bytes)) < 0)
			continue;
		program->ops[kept++] = program->ops[i];
	}
	program->op_count = kept;
}

static size_t encode(struct mutator *mutator, uint8_t *bytes, size_t length, size_t capacity)
{
	struct program *program = &mutator->program;
	long size = program_encode(program, bytes, capacity);

	if (size == -EDOM) {
		drop_what_bytes_cannot_say(program);
		size = program_encode(program, bytes, capacity);
	}
	/* Settings came from bytes, so this is for the case alone that both are wrong. */
	return size < 0 ? length : (size_t)size;
}

static void change_a_byte(struct mutator *mutator, uint8_t *bytes, size_t length)
{
	uint32_t at = throw_dice(mutator, (uint32_t)length);

	if (throw_dice(mutator, 2))
		bytes[at] = (uint8_t)throw_dice(mutator, 256);
	else
		bytes[at] ^= (uint8_t)(1u << throw_dice(mutator, 8));
}

/* The program of these bytes, forced as the target will force it. False without memory. */
static bool take(struct mutator *mutator, struct program *program, const uint8_t *bytes,
		 size_t length)
{
	if (program_decode(program, bytes, length) || generate_names(program))
		return false;
	if (mutator->has_profile)
		fuzz_profile_force(&mutator->profile, program);
	return true;
}

static bool begin(struct mutator *mutator, const uint8_t *bytes, size_t length, size_t capacity,
		  uint64_t seed)
{
	mutator->description[0] = '\0';
	mutator->bytes_too = false;
	mutator->settings_too = false;
	if (capacity < PROGRAM_HEADER)
		return false;
	mutator->most = (uint32_t)((capacity - PROGRAM_HEADER) / PROGRAM_RECORD);
	if (mutator->most > PROGRAM_BYTES_OPS)
		mutator->most = PROGRAM_BYTES_OPS;
	generator_start(&mutator->generator, &mutator->options, seed, 0);
	return take(mutator, &mutator->program, bytes, length);
}

static size_t finish(struct mutator *mutator, uint8_t *bytes, size_t length, size_t capacity)
{
	length = encode(mutator, bytes, length, capacity);
	if (mutator->bytes_too && length > PROGRAM_HEADER)
		change_a_byte(mutator, bytes + PROGRAM_HEADER, length - PROGRAM_HEADER);
	/* Not the version: it says nothing. */
	if (mutator->settings_too)
		change_a_byte(mutator, bytes + 1, PROGRAM_HEADER - 1);
	return length;
}

size_t mutate(struct mutator *mutator, uint8_t *bytes, size_t length, size_t capacity,
	      uint64_t seed)
{
	uint32_t times;

	if (!begin(mutator, bytes, length, capacity, seed))
		return length < capacity ? length : capacity;
	if (mutator->program.op_count > mutator->most)
		mutator->program.op_count = mutator->most;
	times = 1 + throw_dice(mutator, 1 + throw_dice(mutator, CHANGES_MOST));
	while (times--)
		change(mutator);
	return finish(mutator, bytes, length, capacity);
}

/* A few operations of the other program in the middle, or its end instead of this one's. */
static void splice(struct mutator *mutator)
{
	struct program *program = &mutator->program;
	const struct program *other = &mutator->other;
	uint32_t from = throw_dice(mutator, other->op_count);
	uint32_t at = throw_dice(mutator, program->op_count + 1);
	uint32_t count = other->op_count - from;

	if (throw_dice(mutator, 2)) {
		count = 1 + throw_dice(mutator, count < 8 ? count : 8);
	} else {
		remove_ops(mutator, at, program->op_count - at);
	}
	for (uint32_t i = 0; i < count; i++) {
		struct op op = other->ops[from + i];

		mutate_fold(&program->settings, &op);
		if (op.name) {
			int name = program_add_name(program, other->names[op.name - 1]);

			op.name = (uint16_t)(name < 0 ? 0 : name);
		}
		if (!insert_op(mutator, at + i, &op))
			return;
	}
}

size_t mutate_splice(struct mutator *mutator, uint8_t *bytes, size_t length, size_t capacity,
		     const uint8_t *other, size_t other_length, uint64_t seed)
{
	if (!begin(mutator, bytes, length, capacity, seed) ||
	    !take(mutator, &mutator->other, other, other_length))
		return length < capacity ? length : capacity;
	if (mutator->program.op_count > mutator->most)
		mutator->program.op_count = mutator->most;
	describe(mutator, "splice");
	if (mutator->other.op_count)
		splice(mutator);
	if (throw_dice(mutator, 2))
		change(mutator);
	return finish(mutator, bytes, length, capacity);
}
