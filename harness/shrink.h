/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The smallest program that still does what a program does. What "does" means is asked of
 * somebody else; here is only in which order smaller programs are proposed. The same answers
 * give the same program, and what comes out of it comes out of it again unchanged.
 */
#ifndef VMAFUZZ_SHRINK_H
#define VMAFUZZ_SHRINK_H

#include <stdbool.h>
#include <stdint.h>

#include "program.h"

#define SHRINK_BATCH 64 /* candidates that are asked about together at most */

struct shrink_judge {
	/* The first of the candidates that still does it; `count` if none; -errno. */
	int (*first)(void *context, const struct program *candidate, uint32_t count);
	/* Whether there is time for more. */
	bool (*goes_on)(void *context);
	void *context;
};

struct shrink_result {
	bool complete;	   /* nothing smaller that is proposed does it; else the time was over */
	uint64_t accepted; /* candidates that became the program */
};

/* Makes program smaller in place. 0 or -errno; the program still does it either way. */
int shrink(struct program *program, const struct shrink_judge *judge, struct shrink_result *ret);

#endif
