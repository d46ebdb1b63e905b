/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One program on a subject and on the model, compared after every operation. Whole programs
 * or step by step: a generator looks at what stands before it writes the next operation, a
 * report looks at what stood before the wrong one.
 */
#ifndef VMAFUZZ_EXECUTE_H
#define VMAFUZZ_EXECUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "compare.h"
#include "invariants.h"
#include "oracle.h"
#include "settings.h"
#include "statistics.h"
#include "subject.h"
#include "trace.h"

struct execute_options {
	struct run_options settings; /* what the command line says about every program */
	bool paranoid;	 /* try every outcome of a failed allocation, not up to the first */
	bool invariants; /* check what must hold whatever the model says */
	bool twice;	 /* run each program again: the trace must be the same */
};

struct execution {
	/* Borrowed, or made by execution_init(). */
	struct subject *subject;
	struct oracle *oracle;
	struct execute_options options;
	struct run_statistics *statistics;

	/* The program under execution: ops are borrowed, settings are resolved. */
	struct program program;

	/*
	 * What stood before the last operation, what stands now and what should. Valid until
	 * the next step; at the first disagreement the program ends, so they stay.
	 */
	struct observation *before, *expect, *seen;
	uint32_t facts; /* what seen shows */
	struct verdict verdict;
	struct trace trace;

	uint64_t number;       /* of the program in its run; execute_program() counts it up */
	volatile uint32_t *at; /* if set, told which operation is under way */
	/* If set, called after each operation on which all agree. */
	void (*stepped)(const struct execution *execution, uint32_t index);
	uint64_t counted[STATISTICS_CASES]; /* hits of the model's cases that were entered */

	struct observation observation[3];
	struct invariants invariants;
	bool expectations_hold; /* profile fits and nothing was skipped */
};

enum execute_outcome {
	EXECUTE_AGREED,
	EXECUTE_SKIPPED,  /* why: a short stable reason */
	EXECUTE_MISMATCH, /* execution.verdict; the program is over */
	EXECUTE_FAILED,	  /* out of memory or the like: why; nothing can be said */
};

/* subject is borrowed. 0 or -ENOMEM. */
int execution_init(struct execution *execution, struct subject *subject,
		   const struct execute_options *options, struct run_statistics *statistics);
void execution_done(struct execution *execution);

/* A whole program; *why is set unless it agreed or is a mismatch. */
enum execute_outcome execute_program(struct execution *execution, const struct program *program,
				     const char **why);

/*
 * Step by step: begin, step 0, 1, ..., end. program may grow between steps; its settings may
 * not change. After MISMATCH or FAILED neither step nor end is called. A skipped step has
 * changed nothing on either side.
 */
enum execute_outcome execute_begin(struct execution *execution, const struct program *program,
				   const char **why);
enum execute_outcome execute_step(struct execution *execution, const struct program *program,
				  uint32_t index, const char **why);
enum execute_outcome execute_end(struct execution *execution, const char **why);

/*
 * execute_begin() and the first `count` operations of a program that is known to agree so far:
 * both sides go there, and what stands is looked at once. Nothing is counted. AGREED or FAILED.
 */
enum execute_outcome execute_resume(struct execution *execution, const struct program *program,
				    uint32_t count, const char **why);
/*
 * Whether one can come back to what stands after execute_resume(), from any step and from the
 * end, with restore(): AGREED or FAILED. No operation may have an allocation fail in between.
 */
bool execute_save(struct execution *execution);
enum execute_outcome execute_restore(struct execution *execution, const char **why);

/* After a program that agreed: the same again; NONDETERMINISM if the trace is another. */
enum execute_outcome execute_again(struct execution *execution, const struct program *program,
				   const char **why);

/* Adds how often each case of the model decided since the last call to the statistics. */
void execute_count_cases(struct execution *execution);

/*
 * Part of a step (execute_alloc.c): the subject met a failed allocation; finds the outcome of
 * the model that equals what the subject shows and adopts it. Returns false with a verdict if
 * there is none, and *error if memory ran out.
 */
bool execute_explain_failure(struct execution *execution, const struct comparison *comparison,
			     int *error);

/* Parts of a step as well, for ablation.c. The subject's own check, and a verdict of `class`. */
bool execute_is_valid(struct execution *execution, const struct comparison *comparison,
		      enum verdict_class class);
/* What the subject and the model may say in one voice and is still wrong. */
bool execute_is_lawful(struct execution *execution, const struct comparison *comparison);

#endif
