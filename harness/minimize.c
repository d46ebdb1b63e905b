/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Joins what proposes smaller programs with what runs them. */
#include "minimize.h"

#include <errno.h>
#include <string.h>

#include "command.h"
#include "shrink.h"
#include "simplify.h"
#include "trial.h"

struct minimizer {
	const struct minimize_request *request;
	struct minimize_result *result;
	struct trial trial;
	const struct program *program; /* as it stands */
	double begun;		       /* monotonic seconds */
};

static bool same_failure(void *context, const struct verdict *verdict)
{
	const struct verdict *wanted = &((struct minimizer *)context)->result->verdict;

	if (strcmp(verdict->signature, wanted->signature) != 0)
		return false;
	/* Any program fails some statement: it has to be this one, with the same outcome. */
	return verdict->class != VERDICT_EXPECTATION || !strcmp(verdict->message, wanted->message);
}

static int keep_other(struct minimize_result *result, const struct program *program,
		      const struct trial_answer *answer)
{
	struct minimize_other *other = result->other;
	uint32_t i = 0;

	while (i < result->others &&
	       strcmp(other[i].answer.verdict.signature, answer->verdict.signature) != 0)
		i++;
	if (i == MINIMIZE_OTHERS)
		return 0;
	if (i == result->others) {
		program_init(&other[i].program);
		result->others++;
	} else if (simplify_cost(&other[i].program) <= simplify_cost(program)) {
		return 0;
	}
	other[i].answer = *answer;
	return program_copy(&other[i].program, program);
}

static int keep_others(struct minimizer *minimizer, const struct trial_request *request,
		       const struct trial_answer *answer)
{
	const struct minimize_result *result = minimizer->result;
	int error = 0;

	for (uint32_t i = 0; i < request->count && !error; i++) {
		const struct verdict *verdict = &answer[i].verdict;

		if (answer[i].fails && strcmp(verdict->signature, result->verdict.signature) != 0)
			error = keep_other(minimizer->result, &request->program[i], &answer[i]);
	}
	return error;
}

/* Whether a program fails in the same way with nothing run before it; result->last tells how. */
static int fails_alone(struct minimizer *minimizer, const struct program *program)
{
	const struct trial_request request = {
		.program = program,
		.count = 1,
		.enough = same_failure,
		.context = minimizer,
	};
	struct trial_answer answer[TRIAL_MOST];
	int found = trial_run(&minimizer->trial, &request, answer);

	if (found == 0)
		minimizer->result->last = answer[0];
	return found < 0 ? found : found == 0;
}

static int first_that_fails(void *context, const struct program *candidate, uint32_t count)
{
	struct minimizer *minimizer = context;
	struct trial_request request = { .enough = same_failure, .context = minimizer };
	struct trial_answer answer[TRIAL_MOST];
	uint32_t from = 0;

	if (minimizer->request->progress)
		minimizer->request->progress(minimizer->program, minimizer->trial.executed);
	while (from < count) {
		int found, alone, error;

		request.program = candidate + from;
		request.count = count - from;
		found = trial_run(&minimizer->trial, &request, answer);
		if (found < 0)
			return found;
		error = keep_others(minimizer, &request, answer);
		if (error)
			return error;
		if ((uint32_t)found == request.count)
			break;
		alone = found ? fails_alone(minimizer, &request.program[found]) : 1;
		if (alone < 0)
			return alone;
		if (alone)
			return (int)from + found;
		from += (uint32_t)found + 1;
	}
	return (int)count;
}

static bool has_time(void *context)
{
	const struct minimizer *minimizer = context;

	return command_now() - minimizer->begun < minimizer->request->seconds;
}

/* What stands behind the failing operation never ran. */
static int cut_rest(struct minimizer *minimizer, struct program *program)
{
	uint32_t op = minimizer->result->verdict.op;
	struct program shorter = *program;
	int alone;

	if (op >= VERDICT_AT_END || op + 1 >= program->op_count)
		return 0;
	shorter.op_count = op + 1;
	alone = fails_alone(minimizer, &shorter);
	if (alone > 0)
		program_remove_ops(program, op + 1, program->op_count - op - 1);
	return alone < 0 ? alone : 0;
}

static int minimize_failing(struct minimizer *minimizer, struct program *program)
{
	struct minimize_result *result = minimizer->result;
	const struct shrink_judge judge = {
		.first = first_that_fails,
		.goes_on = has_time,
		.context = minimizer,
	};
	struct shrink_result shrunk;
	int error;

	if (result->verdict.class != VERDICT_EXPECTATION)
		program_forget_text(program);
	error = cut_rest(minimizer, program);
	if (error)
		return error;
	error = shrink(program, &judge, &shrunk);
	result->complete = shrunk.complete;
	if (!error)
		error = fails_alone(minimizer, program);
	return error < 0 ? error : 0;
}

int minimize(const struct minimize_request *request, struct program *program,
	     struct minimize_result *ret)
{
	struct minimizer minimizer = {
		.request = request,
		.result = ret,
		.trial = {
			.create = request->create,
			.context = request->context,
			.settings = request->settings,
			.paranoid = request->paranoid,
			.timeout = request->timeout,
		},
		.program = program,
		.begun = command_now(),
	};
	struct program given;
	struct trial_answer answer;
	int error;

	*ret = (struct minimize_result){ .before = program->op_count };
	program_init(&given);
	error = trial_init(&minimizer.trial);
	if (!error)
		error = program_copy(&given, program);
	if (!error)
		error = trial_find_care(&minimizer.trial, program, &answer);
	if (error > 0) {
		ret->fails = true;
		ret->verdict = answer.verdict;
		ret->last = answer;
		error = minimize_failing(&minimizer, program);
		settings_pin(&program->settings, &request->settings);
	}
	ret->changed = !program_equal(&given, program);
	ret->after = program->op_count;
	ret->executed = minimizer.trial.executed;
	ret->seconds = command_now() - minimizer.begun;
	program_done(&given);
	trial_done(&minimizer.trial);
	return error;
}

void minimize_result_done(struct minimize_result *result)
{
	for (uint32_t i = 0; i < result->others; i++)
		program_done(&result->other[i].program);
	result->others = 0;
}
