/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A merge decision as a case of a table. A subject gives an account of its last one in words,
 * which reports draw and cases count:
 *
 *	existing range=4..6 prev=2..4 middle=4..6 next=- target=-   left: flags, right: no neighbour
 *
 *	existing whole none, left: flags, right: no neighbour     what was to be merged, and why not
 *	anon=f/u/- close=-M- sticky=P--                            who took part
 */
#ifndef VMAFUZZ_MERGE_CASE_H
#define VMAFUZZ_MERGE_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "subject.h"

enum merge_role { MERGE_RANGE, MERGE_PREV, MERGE_MIDDLE, MERGE_NEXT, MERGE_TARGET, MERGE_ROLES };

/* An account word by word. Pages; borrowed from its text. */
struct merge_account {
	bool existing;
	struct merge_part {
		bool there;
		uint32_t start, end;
		const char *text; /* "4..6", or as it was said */
		int length;
	} part[MERGE_ROLES];
	const char *left, *right; /* why not; left is left_length long */
	size_t left_length;
};

/* False if the text is of another form. */
bool merge_account_read(struct merge_account *account, const char *explain);
const char *merge_role_word(enum merge_role role);

/*
 * Packed: the decision in the low bits, who took part above. 0 is no case.
 *
 *	1 case   1 existing   2 extent   2 merged   4 left   4 right
 *	3 x 2 anon   1 prev and middle share   1 prev and next share   3 close   3 sticky
 */
#define MERGE_DECISION_BITS 14
#define MERGE_CASE_BITS 28
#define MERGE_DECISION(number) ((number) & ((UINT32_C(1) << MERGE_DECISION_BITS) - 1))

/* The case of an account: what took part is looked up in what stood before. 0: none. */
uint32_t merge_case_of(const char *explain, const struct seen_space *before);

#define MERGE_CASE_TEXT 160
/* "existing whole none, left: flags, right: no neighbour"; of a whole case with who took part. */
void merge_decision_print(uint32_t number, char text[MERGE_CASE_TEXT]);
void merge_party_print(uint32_t number, char text[MERGE_CASE_TEXT]);

#endif
