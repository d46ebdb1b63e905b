/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The trace of a program as a 64-bit hash: per operation the result, the events and the
 * layout of every live space. It is made of numbers, never of bytes in memory, so it is the
 * same on every machine, word size, compiler and optimisation level.
 */
#ifndef VMAFUZZ_TRACE_H
#define VMAFUZZ_TRACE_H

#include <stdint.h>

#include "seen_words.h"
#include "subject.h"

/*
 * Each lane takes two words of a VMA, and lanes do not wait for each other: a VMA costs
 * little more than one multiplication's latency.
 */
#define TRACE_LANES 3

struct trace {
	uint64_t lane[TRACE_LANES];
};

#define TRACE_FACTOR_A UINT64_C(0x9e3779b97f4a7c15)
#define TRACE_FACTOR_B UINT64_C(0xbf58476d1ce4e5b9)
#define TRACE_FACTOR_C UINT64_C(0x94d049bb133111eb)

/*
 * Two words for one multiplication: its high bits know every bit below them and are brought
 * down for the next; the second word goes in behind it and waits for the next, turned so that
 * its low bits do not lie on those of the next first word.
 */
SEEN_WORDS_INLINE uint64_t trace_mix(uint64_t lane, uint64_t first, uint64_t second,
				     uint64_t factor)
{
	uint64_t product = (lane ^ first) * factor;

	return (product << 29 | product >> 35) + (second << 15 | second >> 49);
}

/* Lane by lane, in registers: copied as a whole it is a call of memcpy() under a sanitizer. */
SEEN_WORDS_INLINE struct trace trace_copy(const struct trace *trace)
{
	return (struct trace){ { trace->lane[0], trace->lane[1], trace->lane[2] } };
}

SEEN_WORDS_INLINE void trace_words(struct trace *trace, struct seen_words words)
{
	trace->lane[0] = trace_mix(trace->lane[0], words.bounds, words.flags, TRACE_FACTOR_A);
	trace->lane[1] = trace_mix(trace->lane[1], words.pgoff, words.virt_pgoff, TRACE_FACTOR_B);
	trace->lane[2] = trace_mix(trace->lane[2], words.identity, words.rest, TRACE_FACTOR_C);
}

/* What stands before the VMAs of a space. */
static inline void trace_space(struct trace *trace, const struct seen_space *space)
{
	trace->lane[0] = trace_mix(trace->lane[0], (uint64_t)space->number << 32 | space->vmas, 0,
				   TRACE_FACTOR_A);
}

void trace_begin(struct trace *trace);
/* Adds the result and the events of an operation: the first part of trace_operation(). */
void trace_answer(struct trace *trace, const struct observation *seen);
/* Adds what one operation showed. Skipped operations add nothing. */
void trace_operation(struct trace *trace, const struct observation *seen);
/* The hash of what was added so far. */
uint64_t trace_hash(const struct trace *trace);

/*
 * The share of one program in the hash of many: shares are added, so that the sum does not
 * depend on who ran which program when.
 */
uint64_t trace_share(uint64_t hash, uint64_t program);

#endif
