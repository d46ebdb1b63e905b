/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What programs came by: merge cases, errors, hook events, rows of the model's tables. Plain
 * data, so that a worker counts in shared memory.
 */
#ifndef VMAFUZZ_CASE_COUNTS_H
#define VMAFUZZ_CASE_COUNTS_H

#include "execute.h"
#include "merge_case.h"

#define CASE_SLOTS 65536 /* whole cases; not as many are reachable */
#define CASE_ERRNOS 134	 /* one more than the largest of Linux */

struct case_counts {
	struct run_statistics statistics;
	uint64_t errnos[OP_KINDS][CASE_ERRNOS]; /* 0: it succeeded */
	uint64_t events[EVENT_KINDS];
	uint64_t decision[1 << MERGE_DECISION_BITS];
	struct case_cell {
		uint32_t number; /* merge_case.h; 0: free */
		uint64_t count;
	} cell[CASE_SLOTS];
	uint32_t cells;
};

/* What the operation that an execution has just stepped over came by. */
void case_counts_add(struct case_counts *counts, const struct execution *execution, uint32_t index);

#endif
