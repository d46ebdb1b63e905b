/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every report is out before the next operation runs: a crash must not take it along. */
#define _POSIX_C_SOURCE 200809L
#include "findings.h"

#include <errno.h>

int findings_init(struct findings *findings, bool json, const char *target)
{
	*findings = (struct findings){ .target = target };
	if (!json)
		return 0;
	findings->json = tmpfile();
	return findings->json ? 0 : -errno;
}

void findings_done(struct findings *findings)
{
	if (findings->json)
		fclose(findings->json);
}

static void publish(struct findings *findings, const struct report *report)
{
	if (!findings->json) {
		report_print(stdout, report);
		putchar('\n');
		fflush(stdout);
		return;
	}
	fseek(findings->json, 0, SEEK_END);
	if (ftell(findings->json) > 0)
		fputs(", ", findings->json);
	report_print_json(findings->json, report);
	fflush(findings->json);
}

void findings_add_mismatch(struct findings *findings, const struct execution *execution,
			   const char *file)
{
	const struct report report = {
		.program = &execution->program,
		.verdict = &execution->verdict,
		.before = execution->before,
		.seen = execution->seen,
		.expect = execution->expect,
		.facts = execution->facts,
		.subject = subject_spelled(execution->subject),
		.origin = execution->subject->origin,
		.explain = execution->subject->explain(execution->subject),
		.file = file,
		.target = findings->target,
	};

	publish(findings, &report);
}

void findings_add_verdict(struct findings *findings, const struct program *program,
			  const struct verdict *verdict, const char *subject, const char *file)
{
	const struct report report = {
		.program = program,
		.verdict = verdict,
		.subject = subject,
		.file = file,
		.target = findings->target,
	};

	publish(findings, &report);
}
