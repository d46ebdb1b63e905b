/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a worker leaves for its parent in shared memory: how far it is, what it counted, which
 * programs disagreed, and the one under way, which is all that is left when a worker dies.
 */
#ifndef VMAFUZZ_RUN_SHARE_H
#define VMAFUZZ_RUN_SHARE_H

#include "alloc_walk.h"
#include "run.h"

#define RUN_NAMES 64

/* A program whose parts lie in shared memory; its own allocator must not touch them. */
struct run_stored {
	uint64_t number;
	struct verdict verdict;
	struct settings settings;
	uint32_t op_count, name_count;
	struct op *op;	  /* room for run_ops() */
	char (*name)[84]; /* room for RUN_NAMES */
};

struct run_share {
	volatile uint64_t beat;
	volatile uint64_t next;	 /* the program to go on with after this one */
	volatile uint32_t at;	 /* operation under way, or VERDICT_AT_* */
	volatile bool under_way; /* a program is being executed */
	volatile bool finished;
	volatile struct alloc_walk_place walk; /* of the program under way */
	struct run_statistics statistics;
	struct run_stored current;
	struct run_stored finding[RUN_FINDINGS_MAX];
	volatile uint32_t findings;
	char why[160];
};

struct run_worker {
	const struct run_request *request;
	struct run_share *share;
	double until;	   /* monotonic seconds; with request->programs == 0 */
	unsigned int step; /* distance between two programs of this worker */
};

/* Operations a generated program may have. */
uint32_t run_ops(const struct run_request *request);
double run_now(void);
/* Whether program `number` is still to be run. */
bool run_goes_on(const struct run_worker *worker, uint64_t number);
/* Keeps what is under way as a finding with this verdict. */
void run_keep(struct run_worker *worker, const struct verdict *verdict);

/* The worker itself, a struct run_worker: isolate_run()'s body. 0, or 1 with share->why. */
int run_work(void *context);

#endif
