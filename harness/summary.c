/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers as text. Only seconds and the rate differ between two equal runs. */
#include "summary.h"

#include <inttypes.h>

#include "command.h"
#include "json.h"
#include "model.h"

static uint64_t rate(const struct summary *summary)
{
	if (summary->seconds <= 0)
		return 0;
	return (uint64_t)((double)summary->statistics->operations / summary->seconds);
}

void summary_print(FILE *out, const struct summary *summary)
{
	const struct run_statistics *statistics = summary->statistics;

	for (uint32_t i = 0; i < statistics->reasons; i++)
		fprintf(out, "skip %s %" PRIu64 "\n", statistics->reason[i].text,
			statistics->reason[i].count);
	fprintf(out,
		"subject=%s profile=%s programs=%" PRIu64 " operations=%" PRIu64 " skipped=%" PRIu64
		" checks=%" PRIu64 " mismatches=%" PRIu64 " trace=%016" PRIx64
		" seconds=%.3f ops_per_second=%" PRIu64,
		summary->subject, summary->profile, statistics->programs, statistics->operations,
		statistics->skipped, statistics->checks, statistics->mismatches, statistics->trace,
		summary->seconds, rate(summary));
	for (unsigned int i = 0; i < summary->mores; i++)
		fprintf(out, " %s=%" PRIu64, summary->more[i].key, summary->more[i].value);
	fputc('\n', out);
}

static void json_number(FILE *out, const char *key, uint64_t number)
{
	json_key(out, false, key);
	fprintf(out, "%" PRIu64, number);
}

static void json_skips(FILE *out, const struct run_statistics *statistics)
{
	json_key(out, false, "skips");
	fputc('{', out);
	for (uint32_t i = 0; i < statistics->reasons; i++) {
		json_key(out, i == 0, statistics->reason[i].text);
		fprintf(out, "%" PRIu64, statistics->reason[i].count);
	}
	fputc('}', out);
}

static void json_findings(FILE *out, FILE *findings)
{
	int c;

	json_key(out, false, "findings");
	fputc('[', out);
	if (findings) {
		rewind(findings);
		while ((c = fgetc(findings)) != EOF)
			fputc(c, out);
	}
	fputc(']', out);
}

void summary_print_json(FILE *out, const struct summary *summary)
{
	const struct run_statistics *statistics = summary->statistics;

	fputc('{', out);
	json_key(out, true, "subject");
	json_string(out, summary->subject);
	json_key(out, false, "profile");
	json_string(out, summary->profile);
	json_number(out, "programs", statistics->programs);
	json_number(out, "operations", statistics->operations);
	json_number(out, "skipped", statistics->skipped);
	json_number(out, "checks", statistics->checks);
	json_number(out, "mismatches", statistics->mismatches);
	json_key(out, false, "trace");
	fprintf(out, "\"%016" PRIx64 "\"", statistics->trace);
	json_key(out, false, "seconds");
	fprintf(out, "%.3f", summary->seconds);
	json_number(out, "ops_per_second", rate(summary));
	for (unsigned int i = 0; i < summary->mores; i++)
		json_number(out, summary->more[i].key, summary->more[i].value);
	json_skips(out, statistics);
	json_findings(out, summary->findings);
	fputs("}\n", out);
}

/* A row reached by operations that only ever fail would say little. */
static void print_results(FILE *out, const struct run_statistics *statistics)
{
	uint64_t succeeded = 0, failed = 0, noop = 0;

	for (unsigned int i = 0; i < OP_KINDS; i++) {
		succeeded += statistics->succeeded[i];
		failed += statistics->failed[i];
		noop += statistics->noop[i];
	}
	fprintf(out, "results succeeded=%" PRIu64 " failed=%" PRIu64 " noop=%" PRIu64 "\n",
		succeeded, failed, noop);
}

void summary_print_cases(FILE *out, const struct run_statistics *statistics)
{
	size_t cases = model_cases();
	size_t reached = 0;

	for (size_t i = 0; i < cases && i < STATISTICS_CASES; i++) {
		fprintf(out, "case %-24s %12" PRIu64 "  %s\n", model_case_id(i),
			statistics->cases[i], model_case_text(i));
		reached += statistics->cases[i] != 0;
	}
	fprintf(out, "cases reached=%zu of=%zu\n", reached, cases);
	print_results(out, statistics);
}

int summary_status(const struct run_statistics *statistics)
{
	if (statistics->mismatches)
		return COMMAND_DISAGREED;
	if (!statistics->operations && (statistics->skipped || statistics->skipped_programs))
		return COMMAND_ENVIRONMENT;
	return COMMAND_AGREED;
}
