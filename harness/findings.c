/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every report is out before the next operation runs: a crash must not take it along. */
#define _POSIX_C_SOURCE 200809L
#include "findings.h"

#include <errno.h>

#include "isolate.h"
#include "live.h"

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
	struct report report = report_of(execution);

	report.file = file;
	report.target = findings->target;
	publish(findings, &report);
}

void findings_add_verdict(struct findings *findings, const struct program *program,
			  const struct verdict *verdict, const struct subject *subject,
			  const char *file)
{
	const struct report report = {
		.program = program,
		.verdict = verdict,
		.subject = subject_spelled(subject),
		.origin = subject->origin,
		.file = file,
		.target = findings->target,
	};

	publish(findings, &report);
}

/* The environment of one report. */
struct one {
	struct findings *findings;
	const struct findings_again *again;
	const struct program *program;
	const char *file;
};

/* In a child: the program again. 1: reported. */
static int report_again(void *context)
{
	const struct one *one = context;
	struct run_statistics scratch = { .programs = 0 };
	struct execution execution;
	struct subject *subject;
	const char *why;
	int reported = 0;

	if (one->again->create(one->again->context, &subject, &why))
		return 0;
	subject_live_set_reading(subject, LIVE_READ_EVERY);
	if (execution_init(&execution, subject, one->again->options, &scratch) == 0) {
		if (execute_program(&execution, one->program, &why) == EXECUTE_MISMATCH) {
			findings_add_mismatch(one->findings, &execution, one->file);
			reported = 1;
		}
		execution_done(&execution);
	}
	subject->destroy(subject);
	return reported;
}

void findings_add_again(struct findings *findings, const struct findings_again *again,
			const struct program *program, const struct verdict *verdict,
			const char *file)
{
	struct one one = { findings, again, program, file };
	struct isolate_result result = { .end = ISOLATE_FAILED };
	struct program resolved = *program;
	uint64_t beat = 0;

	if (verdict->class != VERDICT_CRASH && verdict->class != VERDICT_TIMEOUT)
		isolate_run(report_again, &one, &beat, again->timeout, &result);
	if (result.end == ISOLATE_RETURNED && result.status == 1)
		return;
	/* It crashes, or does not come again: what the worker said is what there is. */
	settings_resolve(&resolved.settings, again->subject, &again->options->settings);
	findings_add_verdict(findings, &resolved, verdict, again->subject, file);
}
