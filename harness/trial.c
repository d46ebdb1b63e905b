/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A child works through the programs and leaves each answer in shared memory; where it dies,
 * the parent gives that program its verdict and starts another behind it.
 */
#define _POSIX_C_SOURCE 200809L
#include "trial.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ending.h"
#include "execute.h"
#include "isolate.h"

struct trial_shared {
	uint64_t beat;
	volatile uint32_t next; /* program under execution */
	volatile uint32_t at;	/* its operation */
	volatile bool enough;	/* `next` is the one that was looked for */
	struct trial_answer answer[TRIAL_MOST];
};

/* What the child gets. */
struct work {
	struct trial *trial;
	const struct trial_request *request;
	uint32_t end;
};

int trial_init(struct trial *trial)
{
	trial->shared = isolate_share(sizeof(*trial->shared));
	return trial->shared ? 0 : -ENOMEM;
}

void trial_done(struct trial *trial)
{
	isolate_unshare(trial->shared, sizeof(*trial->shared));
}

/*
 * True when the child has to end: this is the one, or it failed otherwise, and what it left behind
 * must not be taken for a fault of the next.
 */
static bool run_one(struct work *work, struct execution *execution, uint32_t number)
{
	struct trial_shared *shared = work->trial->shared;
	const struct trial_request *request = work->request;
	struct trial_answer *answer = &shared->answer[number];
	enum execute_outcome outcome;
	const char *why = NULL;

	shared->beat++;
	shared->next = number;
	outcome = execute_program(execution, &request->program[number], &why);
	answer->fails = outcome == EXECUTE_MISMATCH;
	if (answer->fails) {
		answer->verdict = execution->verdict;
		answer->merged = subject_explain(execution->subject, &answer->account);
		shared->enough = request->enough(request->context, &answer->verdict);
	}
	return answer->fails;
}

static int child(void *context)
{
	struct work *work = context;
	struct trial_shared *shared = work->trial->shared;
	const struct trial *trial = work->trial;
	const struct execute_options options = {
		.settings = trial->settings,
		.paranoid = trial->paranoid,
		.invariants = true,
		.twice = trial->care != TRIAL_ONCE,
	};
	struct run_statistics scratch = { .programs = 0 };
	struct execution execution;
	struct subject *subject;
	const char *why;

	if (trial->create(trial->context, &subject, &why))
		return 1;
	if (execution_init(&execution, subject, &options, &scratch)) {
		subject->destroy(subject);
		return 1;
	}
	execution.at = &shared->at;
	/* What a program broke is not torn down: its verdict stands. */
	for (uint32_t i = shared->next; i < work->end; i++)
		if (run_one(work, &execution, i))
			_exit(0);
	execution_done(&execution);
	subject->destroy(subject);
	/* Only who runs alone has a leak sanitizer look: it takes longer than the program. */
	if (trial->care != TRIAL_ALONE)
		_exit(0);
	return 0;
}

/* The program at which a child ended by itself. */
static void judge_end(struct work *work, const struct isolate_result *end)
{
	struct trial_shared *shared = work->trial->shared;
	const struct trial_request *request = work->request;
	uint32_t number = shared->next;
	struct trial_answer *answer = &shared->answer[number];
	struct program program = request->program[number];
	struct comparison comparison = { .program = &program, .index = shared->at };

	settings_resolve(&program.settings, NULL, &work->trial->settings);
	if (comparison.index < VERDICT_AT_END && comparison.index >= program.op_count)
		comparison.index = VERDICT_AT_BEGIN;
	ending_verdict(&answer->verdict, &comparison, end);
	answer->fails = true;
	shared->enough = request->enough(request->context, &answer->verdict);
}

int trial_run(struct trial *trial, const struct trial_request *request,
	      struct trial_answer answer[TRIAL_MOST])
{
	struct trial_shared *shared = trial->shared;
	struct work work = { .trial = trial, .request = request };
	uint32_t begin = 0;

	memset(shared->answer, 0, request->count * sizeof(*shared->answer));
	shared->enough = false;
	while (begin < request->count && !shared->enough) {
		struct isolate_result end;

		work.end = trial->care == TRIAL_ALONE ? begin + 1 : request->count;
		shared->next = begin;
		shared->at = VERDICT_AT_BEGIN;
		isolate_run_as(ISOLATE_QUIET, child, &work, &shared->beat, trial->timeout, &end);
		if (end.end == ISOLATE_FAILED || (end.end == ISOLATE_RETURNED && end.status))
			return -ECHILD;
		if (end.end != ISOLATE_RETURNED)
			judge_end(&work, &end);
		trial->executed += shared->next + 1 - begin;
		begin = shared->next + 1;
	}
	memcpy(answer, shared->answer, request->count * sizeof(*answer));
	return shared->enough ? (int)shared->next : (int)request->count;
}

static bool any_verdict(void *context, const struct verdict *verdict)
{
	(void)context;
	(void)verdict;
	return true;
}

int trial_find_care(struct trial *trial, const struct program *program, struct trial_answer *answer)
{
	const struct trial_request request = {
		.program = program,
		.count = 1,
		.enough = any_verdict,
	};
	struct trial_answer all[TRIAL_MOST];

	for (int care = TRIAL_ONCE; care <= TRIAL_ALONE; care++) {
		int found;

		trial->care = (enum trial_care)care;
		found = trial_run(trial, &request, all);
		*answer = all[0];
		if (found <= 0)
			return found < 0 ? found : 1;
	}
	return 0;
}
