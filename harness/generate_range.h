/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dice of the generator, and where in the current layout it puts its ranges. */
#ifndef VMAFUZZ_GENERATE_RANGE_H
#define VMAFUZZ_GENERATE_RANGE_H

#include "generate.h"

/* Half-open, in pages. */
struct range {
	uint32_t start, end;
};

/* splitmix64 (Steele, Lea, Flood; public domain): the draws do not wait for each other. */
static inline uint64_t dice(struct generator *generator)
{
	uint64_t z = generator->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* 0 .. sides-1; sides is at least 1. */
static inline uint32_t dice_below(struct generator *generator, uint32_t sides)
{
	return (uint32_t)((dice(generator) >> 32) * sides >> 32);
}

/* Several small draws out of one: `bits` loses those that were used. */
static inline uint32_t dice_bits(uint64_t *bits, unsigned int count)
{
	uint32_t drawn = (uint32_t)(*bits & ((UINT64_C(1) << count) - 1));

	*bits >>= count;
	return drawn;
}

/* The same for 0 .. sides-1, 16 bits each. */
static inline uint32_t dice_bits_below(uint64_t *bits, uint32_t sides)
{
	return (uint32_t)((uint64_t)dice_bits(bits, 16) * sides >> 16);
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
/* Free pages below VMA *ret_index, or above the last one; false if none was found nearby. */
bool pick_gap(struct generator *generator, const struct seen_space *space, struct range *ret,
	      uint32_t *ret_index);
/*
 * Where a new mapping goes: a gap filled exactly, an edge, over something. Never empty.
 * *ret_index is a VMA nearby, for neighbour_of().
 */
struct range pick_new(struct generator *generator, const struct seen_space *space,
		      uint32_t *ret_index);
struct range pick_anything(struct generator *generator);
/*
 * The VMA whose looks to copy: one that touches the range from outside if VMA `index` or one
 * beside it does, else VMA `index` itself. NULL in an empty space.
 */
const struct seen_vma *neighbour_of(struct generator *generator, const struct seen_space *space,
				    struct range range, uint32_t index);

#endif
