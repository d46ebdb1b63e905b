/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the model's attributes to the harness's flag codes and back, by harness/flagmap.def.
 * The core's side expands the same table where the core's header is known.
 */
#ifndef VMAFUZZ_FLAGMAP_H
#define VMAFUZZ_FLAGMAP_H

#include <stdint.h>

#include "flags.h"

/*
 * The sets are permutations of one another, so six bits at a time are looked up: an
 * observation translates a set per VMA, and walking its bits would cost more than the rest.
 */
#define FLAGMAP_STEP 6
#define FLAGMAP_GROUPS (VM_FLAG_COUNT / FLAGMAP_STEP)

struct flagmap {
	uint64_t flags[FLAGMAP_GROUPS][1 << FLAGMAP_STEP];
};

void flagmap_init(struct flagmap *map);
/* Harness flags for model attributes, bit by bit: slow, needs no table. */
uint64_t flags_from_attributes(uint64_t attributes);
/* Model attributes for harness flags. */
uint64_t attributes_from_flags(uint64_t flags);

static inline uint64_t flagmap_flags(const struct flagmap *map, uint64_t attributes)
{
	uint64_t flags = 0;

	for (unsigned int group = 0; group < FLAGMAP_GROUPS; group++)
		flags |= map->flags[group][(attributes >> (group * FLAGMAP_STEP)) &
					   ((1u << FLAGMAP_STEP) - 1)];
	return flags;
}

#endif
