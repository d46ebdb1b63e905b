/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mutation by operation, as libFuzzer asks for it. With VMAFUZZ_MUTATION=bytes, which is for
 * ci/ablation, libFuzzer's own in its place.
 */
#include <stdlib.h>
#include <string.h>

#include "mutate.h"

/* Of libFuzzer's calls for a cross-over so many are declined: every second call is one. */
#define DECLINED 7
#define OF 8

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
				 size_t size2, uint8_t *out, size_t max_out, unsigned int seed);

static bool by_bytes(void)
{
	const char *mutation = getenv("VMAFUZZ_MUTATION");

	return mutation && !strcmp(mutation, "bytes");
}

/* NULL without memory, or if bytes are to be mutated. */
static struct mutator *get_mutator(void)
{
	static struct mutator *mutator; /* libFuzzer passes no context; it keeps memory only */

	if (!mutator && !by_bytes())
		mutator = mutator_new(fuzz_profile_find(VMAFUZZ_TARGET));
	return mutator;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	struct mutator *mutator = get_mutator();

	return mutator ? mutate(mutator, data, size, max_size, seed)
		       : LLVMFuzzerMutate(data, size, max_size);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
				 size_t size2, uint8_t *out, size_t max_out, unsigned int seed)
{
	struct mutator *mutator = get_mutator();
	size_t size = size1 < max_out ? size1 : max_out;

	if (!mutator || seed % OF < DECLINED)
		return 0;
	memcpy(out, data1, size);
	return mutate_splice(mutator, out, size, max_out, data2, size2, seed / OF);
}
