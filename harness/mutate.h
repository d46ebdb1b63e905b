/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mutation by operation, for any engine: bytes, length, capacity and seed in, length out.
 *
 *     mmap 2..6 rw private anon              mmap 2..6 rw private anon
 *     touch 4..5 w                           touch 4..5 w
 *     mprotect 4..6 r               ->       mprotect 2..4 r     <- snapped to what stands there
 *                                            mmap 6..8 rw private anon        <- put in
 *
 * Bytes are taken for the program they are, and come back as the plainest bytes that say what
 * became of it. Where an operation is put in or moved, the model is run up to there, so that it
 * meets what stands. Everything follows from the bytes and the seed.
 */
#ifndef VMAFUZZ_MUTATE_H
#define VMAFUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>

#include "fuzz_profile.h"

struct mutator; /* memory kept between calls, nothing else */

/* For one target, or with NULL for programs as they stand. NULL without memory. */
struct mutator *mutator_new(const struct fuzz_profile *profile);
void mutator_free(struct mutator *mutator);

/* Mutates bytes[0 .. length) in place; returns the new length, at most capacity. */
size_t mutate(struct mutator *mutator, uint8_t *bytes, size_t length, size_t capacity,
	      uint64_t seed);

/* The same with operations of another program, which is only read. */
size_t mutate_splice(struct mutator *mutator, uint8_t *bytes, size_t length, size_t capacity,
		     const uint8_t *other, size_t other_length, uint64_t seed);

/*
 * Attempts at a shorter program: a run of operations is left out. Long runs come first, each
 * length from the end to the start; there are mutate_trims(length) attempts at the most.
 *
 *     trim = mutate_trim_first(length);
 *     while (trim.run) {
 *             shorter = mutate_trim(&trim, bytes, length, to);
 *             if (to[0 .. shorter) does what bytes do)
 *                     copy it, length = shorter;
 *             mutate_trim_next(&trim, length);
 *     }
 */
struct mutate_trim {
	size_t run; /* operations that are left out together; 0: no more attempts */
	size_t at;  /* operations before them */
};
size_t mutate_trims(size_t length);
struct mutate_trim mutate_trim_first(size_t length);
/* `to` has room for length bytes, and may not be bytes. */
size_t mutate_trim(const struct mutate_trim *trim, const uint8_t *bytes, size_t length,
		   uint8_t *to);
void mutate_trim_next(struct mutate_trim *trim, size_t length);

/* What the last mutation did, as `insert+snap+toggle`; valid until the next one. */
const char *mutator_describe(const struct mutator *mutator);

#endif
