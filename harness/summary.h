/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a run did, in the one line that other programs read, or as JSON. Key order is a
 * contract: new keys are only appended.
 */
#ifndef VMAFUZZ_SUMMARY_H
#define VMAFUZZ_SUMMARY_H

#include <stdio.h>

#include "statistics.h"

#define SUMMARY_MORE 4

struct summary {
	const char *subject;
	const char *profile;
	const struct run_statistics *statistics; /* reasons sorted */
	double seconds;
	struct {
		const char *key;
		uint64_t value;
	} more[SUMMARY_MORE]; /* appended; the first `mores` of them */
	unsigned int mores;
	FILE *findings; /* report_print_json() objects with ", " between them; NULL: none */
};

/* `skip REASON N` lines, then `subject=core profile=7.3 programs=N ...`. */
void summary_print(FILE *out, const struct summary *summary);
/* The same as one JSON object on one line, with the findings. */
void summary_print_json(FILE *out, const struct summary *summary);
/* Rows of the model's tables and how often each decided something. */
void summary_print_cases(FILE *out, const struct run_statistics *statistics);

/* The exit status these numbers mean. */
int summary_status(const struct run_statistics *statistics);

#endif
