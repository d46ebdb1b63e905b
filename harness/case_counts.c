/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "case_counts.h"

static void add_cell(struct case_counts *counts, uint32_t number)
{
	uint32_t at = (number * UINT32_C(0x9e3779b1)) % CASE_SLOTS;

	while (counts->cell[at].number && counts->cell[at].number != number)
		at = (at + 1) % CASE_SLOTS;
	if (!counts->cell[at].number) {
		/* The last free one ends every search. */
		if (counts->cells == CASE_SLOTS - 1)
			return;
		counts->cell[at].number = number;
		counts->cells++;
	}
	counts->cell[at].count++;
}

void case_counts_add(struct case_counts *counts, const struct execution *execution, uint32_t index)
{
	const struct op *op = &execution->program.ops[index];
	const struct observation *seen = execution->seen;
	struct merge_account account;
	uint32_t number;

	if (seen->result.form == RESULT_VALUE)
		counts->errnos[op->kind][0]++;
	else if (seen->result.form == RESULT_ERRNO && seen->result.error > 0 &&
		 seen->result.error < CASE_ERRNOS)
		counts->errnos[op->kind][seen->result.error]++;
	for (uint32_t i = 0; i < seen->events; i++)
		counts->events[seen->event[i].kind]++;
	if (!subject_explain(execution->subject, &account))
		return;
	number = merge_case_of(&account, observation_space(execution->before, op->space));
	counts->decision[MERGE_DECISION(number)]++;
	add_cell(counts, number);
}
