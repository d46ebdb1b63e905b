/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "statistics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct skip_reason *find_reason(struct run_statistics *statistics, const char *reason)
{
	struct skip_reason *row;

	for (uint32_t i = 0; i < statistics->reasons; i++)
		if (!strncmp(statistics->reason[i].text, reason,
			     sizeof(statistics->reason[i].text) - 1))
			return &statistics->reason[i];
	if (statistics->reasons == STATISTICS_REASONS - 1)
		reason = "other";
	if (statistics->reasons == STATISTICS_REASONS)
		return &statistics->reason[STATISTICS_REASONS - 1];
	row = &statistics->reason[statistics->reasons++];
	*row = (struct skip_reason){ .count = 0 };
	snprintf(row->text, sizeof(row->text), "%s", reason);
	return row;
}

void statistics_skip(struct run_statistics *statistics, const char *reason, uint64_t count)
{
	find_reason(statistics, reason ? reason : "no reason given")->count += count;
}

void statistics_add(struct run_statistics *to, const struct run_statistics *from)
{
	to->programs += from->programs;
	to->skipped_programs += from->skipped_programs;
	to->operations += from->operations;
	to->skipped += from->skipped;
	to->checks += from->checks;
	to->mismatches += from->mismatches;
	to->trace += from->trace;
	for (unsigned int i = 0; i < OP_KINDS; i++) {
		to->succeeded[i] += from->succeeded[i];
		to->failed[i] += from->failed[i];
		to->noop[i] += from->noop[i];
	}
	to->alloc_failures += from->alloc_failures;
	to->alloc_points += from->alloc_points;
	if (from->outcomes_max > to->outcomes_max)
		to->outcomes_max = from->outcomes_max;
	to->outcomes_over += from->outcomes_over;
	for (unsigned int i = 0; i < STATISTICS_CASES; i++)
		to->cases[i] += from->cases[i];
	for (unsigned int i = 0; i < RULES; i++)
		to->exercised[i] += from->exercised[i];
	to->walks += from->walks;
	to->walk_failures += from->walk_failures;
	for (uint32_t i = 0; i < from->reasons; i++)
		statistics_skip(to, from->reason[i].text, from->reason[i].count);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct skip_reason *)a)->text, ((const struct skip_reason *)b)->text);
}

void statistics_sort_reasons(struct run_statistics *statistics)
{
	qsort(statistics->reason, statistics->reasons, sizeof(statistics->reason[0]), by_text);
}
