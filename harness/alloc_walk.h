/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The allocation walk: every operation of a program, in turn, has its first allocation fail,
 * then its second, and so on until it asks for none that could; and then the same with all
 * later ones failing as well. The rest of the program goes on without failure.
 *
 *	mmap ...              mmap ...               mmap ... !alloc=1
 *	mprotect ... !alloc=1    mprotect ... !alloc=2    mprotect ...
 *	munmap ...               munmap ...               munmap ...
 */
#ifndef VMAFUZZ_ALLOC_WALK_H
#define VMAFUZZ_ALLOC_WALK_H

#include <stdint.h>

#include "execute.h"

#define ALLOC_WALK_MOST 64 /* failures tried in one operation */

/* Where a walk is; plain data that may lie in shared memory. nth 0: nowhere. */
struct alloc_walk_place {
	uint32_t op;
	uint16_t nth;
	bool onward;
};

struct alloc_walk {
	/* Set before begin(). The last two may be NULL. */
	struct execution *execution;
	volatile uint64_t *beat; /* goes on with every program that is run */
	volatile struct alloc_walk_place *place;

	/* Under way, or where it ended. */
	struct program program; /* a copy: it states nothing, and only one operation fails */
	struct alloc_walk_place at;
};

/* Takes a copy of the program, which has agreed. 0 or -ENOMEM. */
int alloc_walk_begin(struct alloc_walk *walk, const struct program *program);
/*
 * AGREED, or MISMATCH or FAILED at the first program that ended so, which is walk->program
 * then. What was run is counted in the execution's statistics, but no program: `walks` for
 * each one with a failure, `walk_failures` for the failures.
 */
enum execute_outcome alloc_walk_run(struct alloc_walk *walk, const char **why);
void alloc_walk_done(struct alloc_walk *walk);

/* Makes a program the one a walk was at. */
void alloc_walk_impose(struct program *program, struct alloc_walk_place place);

#endif
