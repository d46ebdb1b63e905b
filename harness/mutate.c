/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From bytes to a program, through a few changes, and back. */
#include "mutate.h"

#include <errno.h>
#include <stdlib.h>

#include "mutate_change.h"
#include "mutate_op.h"

#define KERNEL_FIRST 3 /* profile and quirks, in the header */
#define KERNEL_BYTES 2
#define CHANGES_MOST 4 /* of one mutation */
#define OOM_RATE 300   /* of 1024 new operations fail, where failing is what it is about */

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
		if (profile->failing || profile->often_failing)
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
	uint32_t at = mutate_dice(mutator, (uint32_t)length);

	if (mutate_dice(mutator, 2))
		bytes[at] = (uint8_t)mutate_dice(mutator, 256);
	else
		bytes[at] ^= (uint8_t)(1u << mutate_dice(mutator, 8));
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
	/* Which kernel is meant decides more than the rest. The version says nothing. */
	if (mutator->settings_too && mutate_dice(mutator, 2))
		change_a_byte(mutator, bytes + KERNEL_FIRST, KERNEL_BYTES);
	else if (mutator->settings_too)
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
	times = 1 + mutate_dice(mutator, 1 + mutate_dice(mutator, CHANGES_MOST));
	while (times--)
		mutate_change(mutator);
	return finish(mutator, bytes, length, capacity);
}

/* A few operations of the other program in the middle, or its end instead of this one's. */
static void splice(struct mutator *mutator)
{
	struct program *program = &mutator->program;
	const struct program *other = &mutator->other;
	uint32_t from = mutate_dice(mutator, other->op_count);
	uint32_t at = mutate_dice(mutator, program->op_count + 1);
	uint32_t count = other->op_count - from;

	if (mutate_dice(mutator, 2)) {
		count = 1 + mutate_dice(mutator, count < 8 ? count : 8);
	} else {
		mutate_remove(mutator, at, program->op_count - at);
	}
	for (uint32_t i = 0; i < count; i++) {
		struct op op = other->ops[from + i];

		mutate_fold(&program->settings, &op);
		if (op.name) {
			int name = program_add_name(program, other->names[op.name - 1]);

			op.name = (uint16_t)(name < 0 ? 0 : name);
		}
		if (!mutate_insert(mutator, at + i, &op))
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
	mutate_describe(mutator, "splice");
	if (mutator->other.op_count)
		splice(mutator);
	if (mutate_dice(mutator, 2))
		mutate_change(mutator);
	return finish(mutator, bytes, length, capacity);
}
