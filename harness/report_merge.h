/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A subject's account of its last merge decision, told with the letters of the drawing, or in
 * pages where a VMA has none:
 *
 *	prev=A middle=B next=7..9 target=-  refused by: flags
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

/* Prints the account without a newline. */
void report_print_merge(FILE *out, const struct merge_account *account, const struct lettered *now,
			const struct lettered *before);

#endif
