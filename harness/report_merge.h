/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A subject's account of its last merge decision, told with the letters of the drawing:
 *
 *	existing range=4..6 prev=2..4 middle=4..6 next=- target=-   left: flags, right: no neighbour
 *	prev=A middle=B next=- target=-  refused by: flags
 */
#ifndef VMAFUZZ_REPORT_MERGE_H
#define VMAFUZZ_REPORT_MERGE_H

#include <stdio.h>

#include "draw.h"

/* A layout and the letters it was drawn with. */
struct lettered {
	const struct seen_space *space;
	const struct draw_row *row;
};

/* Prints the account without a newline; one of another form is printed as it stands. */
void report_print_merge(FILE *out, const char *explain, const struct lettered *now,
			const struct lettered *before);

#endif
