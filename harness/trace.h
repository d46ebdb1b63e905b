/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The trace of a program as a 64-bit hash: per operation the result, the events and the
 * layout of every live space. It is made of numbers, never of bytes in memory, so it is the
 * same on every machine, word size, compiler and optimisation level.
 */
#ifndef VMAFUZZ_TRACE_H
#define VMAFUZZ_TRACE_H

#include <stdint.h>

#include "subject.h"

/*
 * Each lane takes two words of a VMA, and lanes do not wait for each other: a VMA costs
 * little more than one multiplication's latency.
 */
#define TRACE_LANES 3

struct trace {
	uint64_t lane[TRACE_LANES];
};

void trace_begin(struct trace *trace);
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
