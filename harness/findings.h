/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where reports go: pages on standard output, or objects that the JSON summary will hold.
 * Child processes add to the same place as their parent.
 */
#ifndef VMAFUZZ_FINDINGS_H
#define VMAFUZZ_FINDINGS_H

#include <stdbool.h>
#include <stdio.h>

#include "execute.h"
#include "report.h"

struct findings {
	FILE *json;	    /* NULL: pages on standard output */
	const char *target; /* as in struct report */
};

/* 0, or -errno if there is no temporary file. */
int findings_init(struct findings *findings, bool json, const char *target);
void findings_done(struct findings *findings);

/* The mismatch an execution stands at. */
void findings_add_mismatch(struct findings *findings, const struct execution *execution,
			   const char *file);
/* A verdict without observations; settings of the program are resolved. */
void findings_add_verdict(struct findings *findings, const struct program *program,
			  const struct verdict *verdict, const struct subject *subject,
			  const char *file);

/* What a finding of a worker is run again with, for what its observations show. */
struct findings_again {
	int (*create)(void *context, struct subject **ret, const char **why);
	void *context;
	const struct execute_options *options;
	double timeout;
	const struct subject *subject; /* of ours; nothing runs on it */
};
/* A program that was seen to disagree: as it does again, or what was said then. */
void findings_add_again(struct findings *findings, const struct findings_again *again,
			const struct program *program, const struct verdict *verdict,
			const char *file);

#endif
