/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a run did, as numbers. Plain data without pointers: workers keep theirs in shared
 * memory, and sums do not depend on who counted.
 */
#ifndef VMAFUZZ_STATISTICS_H
#define VMAFUZZ_STATISTICS_H

#include <stdint.h>

#include "program.h"
#include "rules.h"

#define STATISTICS_REASONS 32
#define STATISTICS_CASES 1024 /* rows of the model's case table that are kept */
/*
 * A rule that permits more outcomes of a failed allocation is too loose. Of an operation that works
 * on one VMA after the other a prefix may be done, and its next piece be split or not.
 */
#define OUTCOMES_MAX 8
#define OUTCOMES_MORE 2 /* for each VMA after the first */

struct skip_reason {
	char text[88];
	uint64_t count;
};

struct run_statistics {
	uint64_t programs, skipped_programs;
	uint64_t operations; /* executed on both sides and compared */
	uint64_t skipped;    /* operations */
	uint64_t checks, mismatches;
	uint64_t trace; /* sum of trace_share() over the programs */
	uint64_t succeeded[OP_KINDS], failed[OP_KINDS], noop[OP_KINDS];
	/* Injected allocation failures that happened, and what explained them. */
	uint64_t alloc_failures;
	uint64_t alloc_points;	/* failure points of the model that were tried */
	uint32_t outcomes_max;	/* distinct outcomes one rule permitted in one operation */
	uint64_t outcomes_over; /* operations where that was too many */
	uint64_t cases[STATISTICS_CASES]; /* hits per row of model_case_id() */
	uint64_t exercised[RULES];	  /* how often an invariant was put to the test */
	/* Programs with a failing operation that were run, and the failures that happened. */
	uint64_t walks, walk_failures;
	uint32_t reasons;
	struct skip_reason reason[STATISTICS_REASONS];
};

/* Counts a skip under its reason; a reason beyond the table is counted as "other". */
void statistics_skip(struct run_statistics *statistics, const char *reason, uint64_t count);
void statistics_add(struct run_statistics *to, const struct run_statistics *from);
/* Reasons in byte order of their text, so that output does not depend on who came first. */
void statistics_sort_reasons(struct run_statistics *statistics);

#endif
