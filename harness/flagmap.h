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
 * Most rows have one bit number on both sides; the others lie close together and are looked
 * up in two halves. An observation translates a set per VMA, and walking its bits would cost
 * more than the rest.
 */
#define FLAGMAP_FIRST 10 /* no row below has two numbers */
#define FLAGMAP_HALF 7	 /* nor one from FLAGMAP_FIRST + 2 * FLAGMAP_HALF on */

struct flagmap {
	uint64_t same;
	uint64_t half[2][1 << FLAGMAP_HALF];
};

void flagmap_init(struct flagmap *map);
/* Harness flags for model attributes, bit by bit: slow, needs no table. */
uint64_t flags_from_attributes(uint64_t attributes);
/* Model attributes for harness flags. */
uint64_t attributes_from_flags(uint64_t flags);

static inline uint64_t flagmap_flags(const struct flagmap *map, uint64_t attributes)
{
	uint64_t moved = attributes >> FLAGMAP_FIRST;
	uint64_t mask = (1u << FLAGMAP_HALF) - 1;

	return (attributes & map->same) | map->half[0][moved & mask] |
	       map->half[1][moved >> FLAGMAP_HALF & mask];
}

#endif
