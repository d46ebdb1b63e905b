/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A disagreement as a page that a kernel mm developer reads in one minute. The order of the
 * parts is fixed and nothing in it depends on time, memory or the machine: the same
 * disagreement prints the same page.
 */
#ifndef VMAFUZZ_REPORT_H
#define VMAFUZZ_REPORT_H

#include <stdio.h>

#include "execute.h"

/* Everything is borrowed. */
struct report {
	const struct program *program; /* settings resolved */
	const struct verdict *verdict;
	const struct observation *before; /* NULL where nothing was seen (a crash) */
	const struct observation *seen;
	const struct observation *expect;
	uint32_t facts;	     /* what seen shows */
	const char *subject; /* as --subject takes it */
	const char *origin;  /* subject->origin, or NULL */
	bool merged;	     /* the subject gave an account of a merge decision */
	struct merge_account account;
	const char *file;   /* where the program lies; NULL: in no file yet */
	const char *target; /* the fuzz target whose settings were forced, or NULL */
};

/* Of an execution that ended with a mismatch; whose file and which target it is, is left open. */
struct report report_of(const struct execution *execution);

/* "pages=64 limit=65530 profile=7.3" and a newline; then those that are not the usual ones. */
void report_print_settings(FILE *out, const struct settings *settings);

void report_print(FILE *out, const struct report *report);

/* The same as one JSON object on one line, the page itself among its members. */
void report_print_json(FILE *out, const struct report *report);

#endif
