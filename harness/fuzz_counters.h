/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a fuzz target has done so far, in a file that others read while it runs: engines count their
 * inputs, but know neither operations nor merge cases, and tell even the inputs only now and then.
 * Who starts a target names the file in VMAFUZZ_COUNTERS; the counts of a file that exists go on.
 */
#ifndef VMAFUZZ_FUZZ_COUNTERS_H
#define VMAFUZZ_FUZZ_COUNTERS_H

#include <stdint.h>

#include "statistics.h"

struct execution;

#define FUZZ_COUNTERS_MAGIC "vmacnt1" /* and its zero: 8 bytes */

/* The file, in this machine's byte order. */
struct fuzz_counters {
	char magic[8];
	uint64_t executions, operations, checks;
	uint64_t rows;			  /* of cases[] that mean something */
	uint64_t cases[STATISTICS_CASES]; /* as `vmafuzz run --cases` lists them */
};

/* NULL if nobody asked. A file that cannot be used ends the process with 3, after a message. */
struct fuzz_counters *fuzz_counters_open(void);

/* Adds the program that was just executed. */
void fuzz_counters_add(struct fuzz_counters *counters, struct execution *execution);

#endif
