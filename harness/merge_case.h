/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A merge decision as a case of a table:
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

/* "allowed", "flags", "page offset" */
const char *merge_side_word(enum merge_side side);

/*
 * Packed: the decision in the low bits, who took part above. 0 is no case.
 *
 *	1 case   1 existing   2 extent   2 merged   4 left   4 right
 *	3 x 2 anon   1 prev and middle share   1 prev and next share   3 close   3 sticky
 */
#define MERGE_DECISION_BITS 14
#define MERGE_CASE_BITS 28
#define MERGE_DECISION(number) ((number) & ((UINT32_C(1) << MERGE_DECISION_BITS) - 1))
#define MERGE_PARTY(number) ((number) >> MERGE_DECISION_BITS)

/* The case of an account, never 0: what took part is looked up in what stood before, if given. */
uint32_t merge_case_of(const struct merge_account *account, const struct seen_space *before);

#define MERGE_CASE_TEXT 160
/* "existing whole none, left: flags, right: no neighbour"; of a whole case with who took part. */
void merge_decision_print(uint32_t number, char text[MERGE_CASE_TEXT]);
void merge_party_print(uint32_t number, char text[MERGE_CASE_TEXT]);

#endif
