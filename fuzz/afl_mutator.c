/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mutation by operation, as AFL++ asks for it: a shared object that afl-fuzz loads.
 *
 *     AFL_CUSTOM_MUTATOR_LIBRARY=build/afl/afl_mutator.so VMAFUZZ_TARGET=merge afl-fuzz ...
 *
 * VMAFUZZ_TARGET is the target without `fuzz_`; without it programs are mutated as they stand.
 * Not instrumented: what it does is no part of what an input does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mutate.h"

struct shell {
	struct mutator *mutator;
	uint64_t random;
	uint8_t *out; /* what AFL++ reads until the next call */
	size_t capacity;
	/* under trimming */
	uint8_t *kept;
	size_t kept_size, kept_capacity, tried_size;
	struct mutate_trim trim;
	int32_t step, steps; /* made, and at the most */
};

void *afl_custom_init(void *afl, unsigned int seed);
void afl_custom_deinit(void *data);
size_t afl_custom_fuzz(void *data, uint8_t *bytes, size_t size, uint8_t **out, uint8_t *add,
		       size_t add_size, size_t max_size);
const char *afl_custom_describe(void *data, size_t max_length);
int32_t afl_custom_init_trim(void *data, uint8_t *bytes, size_t size);
size_t afl_custom_trim(void *data, uint8_t **out);
int32_t afl_custom_post_trim(void *data, uint8_t success);

void *afl_custom_init(void *afl, unsigned int seed)
{
	const char *target = getenv("VMAFUZZ_TARGET");
	const struct fuzz_profile *profile = target ? fuzz_profile_find(target) : NULL;
	struct shell *shell;

	(void)afl;
	if (target && !profile) {
		fprintf(stderr, "VMAFUZZ_TARGET: no such target: %s\n", target);
		return NULL;
	}
	shell = calloc(1, sizeof(*shell));
	if (!shell)
		return NULL;
	shell->random = seed;
	shell->mutator = mutator_new(profile);
	if (!shell->mutator) {
		free(shell);
		return NULL;
	}
	return shell;
}

void afl_custom_deinit(void *data)
{
	struct shell *shell = data;

	mutator_free(shell->mutator);
	free(shell->out);
	free(shell->kept);
	free(shell);
}

static bool make_room(uint8_t **bytes, size_t *capacity, size_t size)
{
	uint8_t *larger;

	if (size <= *capacity)
		return true;
	larger = realloc(*bytes, size);
	if (!larger)
		return false;
	*bytes = larger;
	*capacity = size;
	return true;
}

/* 0 skips this round; only without memory. */
size_t afl_custom_fuzz(void *data, uint8_t *bytes, size_t size, uint8_t **out, uint8_t *add,
		       size_t add_size, size_t max_size)
{
	struct shell *shell = data;

	*out = bytes;
	if (!make_room(&shell->out, &shell->capacity, max_size))
		return 0;
	if (size > max_size)
		size = max_size;
	memcpy(shell->out, bytes, size);
	*out = shell->out;
	shell->random++;
	/* Every eighth time the program that AFL++ picked beside this one takes part. */
	if (add && shell->random % 8 == 0)
		return mutate_splice(shell->mutator, shell->out, size, max_size, add, add_size,
				     shell->random);
	return mutate(shell->mutator, shell->out, size, max_size, shell->random);
}

const char *afl_custom_describe(void *data, size_t max_length)
{
	const struct shell *shell = data;
	const char *text = mutator_describe(shell->mutator);

	return strlen(text) < max_length ? text : "operations";
}

/* The number of steps; after as many calls of afl_custom_post_trim() it ends. */
int32_t afl_custom_init_trim(void *data, uint8_t *bytes, size_t size)
{
	struct shell *shell = data;

	shell->step = 0;
	shell->steps = 0;
	if (!make_room(&shell->kept, &shell->kept_capacity, size) ||
	    !make_room(&shell->out, &shell->capacity, size))
		return 0;
	memcpy(shell->kept, bytes, size);
	shell->kept_size = size;
	shell->trim = mutate_trim_first(size);
	shell->steps = (int32_t)mutate_trims(size);
	return shell->steps;
}

size_t afl_custom_trim(void *data, uint8_t **out)
{
	struct shell *shell = data;

	*out = shell->out;
	shell->tried_size = mutate_trim(&shell->trim, shell->kept, shell->kept_size, shell->out);
	return shell->tried_size;
}

/* The number of the next step; the last one where nothing is left to try. */
int32_t afl_custom_post_trim(void *data, uint8_t success)
{
	struct shell *shell = data;

	if (success) {
		memcpy(shell->kept, shell->out, shell->tried_size);
		shell->kept_size = shell->tried_size;
	}
	mutate_trim_next(&shell->trim, shell->kept_size);
	shell->step++;
	return shell->trim.run ? shell->step : shell->steps;
}
