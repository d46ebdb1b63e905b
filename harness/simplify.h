/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Simpler versions of a program that keep its operations, fold two of them into one or merge its
 * address spaces, and a cost by which they are simpler.
 */
#ifndef VMAFUZZ_SIMPLIFY_H
#define VMAFUZZ_SIMPLIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "program.h"

/* Operations count most, then what is set, then lengths, then addresses. */
uint64_t simplify_cost(const struct program *program);

/* Takes a candidate; false to stop. The candidate is the caller's. */
typedef bool simplify_visit(void *context, const struct program *candidate);

/* Proposes candidates in a fixed order; not all of them cost less. False if it was stopped. */
bool simplify_each(const struct program *base, simplify_visit *visit, void *context);

/* Every absolute limit by so many VMAs; false if there is none that can be. */
bool simplify_lower_limits(struct program *program, uint32_t less);

/* Between the parts: a program to change and put back, and who is told of each change. */
struct simplify {
	struct program work; /* equal to base whenever propose_*() is not at it */
	const struct program *base;
	simplify_visit *visit;
	void *context;
	bool failed; /* out of memory */
};
/* The parts; false if stopped. */
bool simplify_folds(struct simplify *simplify);
bool simplify_places(struct simplify *simplify);
bool simplify_arguments(struct simplify *simplify);
bool simplify_spaces(struct simplify *simplify);

/* Proposes work with this instead of operation `index`. */
bool simplify_propose_op(struct simplify *simplify, uint32_t index, const struct op *op);
/* Proposes work as it stands and makes it the base again. */
bool simplify_propose_work(struct simplify *simplify);

#endif
