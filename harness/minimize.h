/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program that fails becomes the smallest that fails in the same way, which means: with the
 * same signature. Programs that were met on the way and fail otherwise are kept as well.
 */
#ifndef VMAFUZZ_MINIMIZE_H
#define VMAFUZZ_MINIMIZE_H

#include <stdbool.h>
#include <stdint.h>

#include "program.h"
#include "settings.h"
#include "subject.h"
#include "trial.h"

#define MINIMIZE_OTHERS 64
#define MINIMIZE_SECONDS 60.0
#define MINIMIZE_TIMEOUT 2.0 /* of one program: each hang on the way costs as much */

struct minimize_request {
	/* Makes a subject; see struct trial. */
	int (*create)(void *context, struct subject **ret, const char **why);
	void *context;
	struct run_options settings;
	bool paranoid;
	double seconds; /* at most */
	double timeout; /* of one program */
	/* Told now and then how far it is, or NULL. */
	void (*progress)(const struct program *program, uint64_t executed);
};

/* A failure of another kind: the cheapest program that was met. */
struct minimize_other {
	struct trial_answer answer;
	struct program program;
};

struct minimize_result {
	bool fails; /* else there is nothing to minimize */
	bool changed, complete;
	struct verdict verdict;	  /* of what was given */
	struct trial_answer last; /* of what came out: the same signature */
	uint32_t before, after;	  /* operations */
	uint64_t executed;	  /* programs */
	double seconds;
	struct minimize_other other[MINIMIZE_OTHERS]; /* in the order they were met */
	uint32_t others;
};

/*
 * What the command line says becomes part of the program, so that it fails by itself. 0 or
 * -errno; either way minimize_result_done().
 */
int minimize(const struct minimize_request *request, struct program *program,
	     struct minimize_result *ret);
void minimize_result_done(struct minimize_result *result);

#endif
