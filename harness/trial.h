/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs on a subject in child processes, for their verdicts alone: what disagrees, crashes,
 * hangs or leaks gets the verdict that `replay` would give it. They share one child as long as
 * none of them fails.
 */
#ifndef VMAFUZZ_TRIAL_H
#define VMAFUZZ_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "compare.h"
#include "settings.h"

/* How much is looked for; each finds what the one before does not, and takes longer. */
enum trial_care {
	TRIAL_ONCE,  /* each program once */
	TRIAL_TWICE, /* again, for what differs the second time */
	TRIAL_ALONE, /* twice in a process of its own, for leak sanitizers */
};

struct trial_answer {
	bool fails;
	struct verdict verdict;	      /* if it fails */
	bool merged;		      /* the subject gave an account of a merge decision */
	struct merge_account account; /* this one */
};

struct trial {
	/* Makes a subject; called in each child. 0, or -errno with a reason in *why. */
	int (*create)(void *context, struct subject **ret, const char **why);
	void *context;
	struct run_options settings; /* what the command line says about every program */
	bool paranoid;
	double timeout; /* of one program, seconds */
	enum trial_care care;
	uint64_t executed; /* programs, so far */
	struct trial_shared *shared;
};

/* 0 or -ENOMEM. */
int trial_init(struct trial *trial);
void trial_done(struct trial *trial);

/* Programs one call takes at most. */
#define TRIAL_MOST 64

/*
 * Runs the programs in order and tells of each in answer[], up to and with the first for which
 * enough() says so. Its number; `count` if there was none; -errno if they cannot be run.
 */
struct trial_request {
	const struct program *program;
	uint32_t count; /* 1..TRIAL_MOST */
	bool (*enough)(void *context, const struct verdict *verdict);
	void *context;
};
int trial_run(struct trial *trial, const struct trial_request *request,
	      struct trial_answer answer[TRIAL_MOST]);

/*
 * One program with as much care as it takes to see it fail, which the trial then keeps.
 * 1 if it fails, 0 if it does not, -errno.
 */
int trial_find_care(struct trial *trial, const struct program *program,
		    struct trial_answer *answer);

#endif
