/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dice of the generator, and where in the current layout it puts its ranges. */
#ifndef VMAFUZZ_GENERATE_RANGE_H
#define VMAFUZZ_GENERATE_RANGE_H

#include "generate.h"

/* Half-open, in pages. */
struct range {
	uint32_t start, end;
};

/* xoshiro256**, seeded by splitmix64: Blackman and Vigna, public domain. */
static inline uint64_t dice(struct generator *generator)
{
	uint64_t *s = generator->random;
	uint64_t result = s[1] * 5;
	uint64_t t = s[1] << 17;

	result = (result << 7 | result >> 57) * 9;
	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = s[3] << 45 | s[3] >> 19;
	return result;
}

/* 0 .. sides-1; sides is at least 1. */
static inline uint32_t dice_below(struct generator *generator, uint32_t sides)
{
	return (uint32_t)((dice(generator) >> 32) * sides >> 32);
}

/* True for `share` of `of`. */
static inline bool dice_share(struct generator *generator, uint32_t share, uint32_t of)
{
	return dice_below(generator, of) < share;
}

/* An index of space->vma[]; the space has at least one. */
uint32_t pick_vma(struct generator *generator, const struct seen_space *space);
/* A piece of one VMA: all of it, its head, its tail, its middle. Never empty. */
struct range pick_piece(struct generator *generator, const struct seen_vma *vma);
/*
 * A range over mapped pages, mostly without holes: a piece of VMA `index` or from it on over
 * its neighbours; now and then edges moved by a page, or anything.
 */
struct range pick_mapped(struct generator *generator, const struct seen_space *space,
			 uint32_t index);
/* Free pages next to VMA `index` or its successors; false if none was found nearby. */
bool pick_gap(struct generator *generator, const struct seen_space *space, struct range *ret);
/* Where a new mapping goes: a gap filled exactly, an edge, over something. Never empty. */
struct range pick_new(struct generator *generator, const struct seen_space *space);
struct range pick_anything(struct generator *generator);
/* The VMA that ends at, holds or begins at a boundary of the range: whose looks to copy. */
const struct seen_vma *neighbour_of(struct generator *generator, const struct seen_space *space,
				    struct range range);

#endif
