/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random programs from a seed, checked by any number of workers. A worker is a process of its
 * own, so that a subject that crashes or hangs is a finding and not our end. Program n of a
 * seed is the same whoever runs it, and so are the sums and the findings.
 */
#ifndef VMAFUZZ_RUN_H
#define VMAFUZZ_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "compare.h"
#include "execute.h"
#include "generate.h"
#include "program.h"
#include "statistics.h"
#include "subject.h"

#define RUN_JOBS_MAX 256
#define RUN_FINDINGS_MAX 64
#define RUN_TAIL_OPS 64 /* what a probe tail may add to a program */

struct run_request {
	/* Makes a subject; called in each worker. 0, or -errno with a reason in *why. */
	int (*create)(void *context, struct subject **ret, const char **why);
	void *context;
	uint64_t seed;
	uint64_t programs; /* how many; 0: until `seconds` are over */
	double seconds;
	uint32_t ops;			    /* per program */
	struct generator_options generator; /* a preset, its pages included; see generate.h */
	unsigned int jobs;		    /* 1..RUN_JOBS_MAX */
	bool probe_tail;		    /* see probe_tail.h */
	bool alloc_walk;		    /* see alloc_walk.h; for subjects that step */
	struct execute_options options;
	double timeout; /* seconds without progress after which a worker is stuck; 0: 60 */
	uint32_t keep;	/* findings kept with their programs, at most RUN_FINDINGS_MAX */
	/* Told about once a second what was counted so far, in a process of its own; or NULL. */
	void (*progress)(void *context, const struct run_statistics *statistics, double seconds);
};

struct run_finding {
	uint64_t number; /* of the program in this seed */
	struct verdict verdict;
	struct program program; /* as generated, with the operation that disagreed as its last */
};

struct run_result {
	struct run_statistics statistics;
	struct run_finding finding[RUN_FINDINGS_MAX]; /* in order of number */
	uint32_t findings;
	double seconds;
	char why[160]; /* after an error: what was missing */
};

/* 0, whatever was found; -errno with result->why if the environment cannot do it. */
int run_programs(const struct run_request *request, struct run_result *result);
void run_result_done(struct run_result *result);

#endif
