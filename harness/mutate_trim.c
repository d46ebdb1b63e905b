/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs as bytes with a run of records left out, in a fixed order of attempts. */
#include <string.h>

#include "mutate.h"

#define HEADER PROGRAM_HEADER
#define RECORD PROGRAM_RECORD

static size_t records_in(size_t length)
{
	return length < HEADER ? 0 : (length - HEADER) / RECORD;
}

/* The last run of this length, or of the longest shorter one that there is. */
static struct mutate_trim last_run(size_t run, size_t records)
{
	while (run > records)
		run /= 2;
	return (struct mutate_trim){ .run = run, .at = records - run };
}

struct mutate_trim mutate_trim_first(size_t length)
{
	size_t records = records_in(length), run = 1;

	while (run < records)
		run *= 2;
	return last_run(run, records);
}

size_t mutate_trims(size_t length)
{
	size_t records = records_in(length), trims = 0;

	for (size_t run = 1; run <= records; run *= 2)
		trims += (records + run - 1) / run;
	return trims;
}

size_t mutate_trim(const struct mutate_trim *trim, const uint8_t *bytes, size_t length, uint8_t *to)
{
	size_t records = records_in(length);
	size_t before = HEADER + trim->at * RECORD;
	size_t after = (records - trim->at - trim->run) * RECORD;

	memcpy(to, bytes, before);
	memcpy(to + before, bytes + before + trim->run * RECORD, after);
	return before + after;
}

void mutate_trim_next(struct mutate_trim *trim, size_t length)
{
	size_t records = records_in(length);

	if (trim->at == 0 || records < trim->run) {
		*trim = last_run(trim->run / 2, records);
		return;
	}
	trim->at = trim->at > trim->run ? trim->at - trim->run : 0;
}
