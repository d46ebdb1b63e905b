/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Leads a subject and the model through one program and holds them against each other after
 * every operation. What a difference means, and what a failed allocation permits, is decided
 * elsewhere.
 */
#include "execute.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model.h"

int execution_init(struct execution *execution, struct subject *subject,
		   const struct execute_options *options, struct run_statistics *statistics)
{
	*execution = (struct execution){
		.subject = subject,
		.options = *options,
		.statistics = statistics,
	};
	execution->oracle = oracle_new();
	if (!execution->oracle)
		return -ENOMEM;
	for (unsigned int i = 0; i < 3; i++) {
		if (observation_init(&execution->observation[i])) {
			execution_done(execution);
			return -ENOMEM;
		}
	}
	execution->seen = &execution->observation[0];
	execution->expect = &execution->observation[1];
	execution->before = &execution->observation[2];
	return 0;
}

void execution_done(struct execution *execution)
{
	for (unsigned int i = 0; i < 3; i++)
		observation_done(&execution->observation[i]);
	oracle_free(execution->oracle);
	*execution = (struct execution){ .subject = NULL };
}

static struct comparison comparison_of(const struct execution *execution, uint32_t index)
{
	return (struct comparison){
		.program = &execution->program,
		.index = index,
		.before = index == VERDICT_AT_BEGIN ? NULL : execution->before,
		.expect = execution->expect,
		.seen = execution->seen,
		.facts = execution->facts,
		.rule = "",
	};
}

static enum execute_outcome failed(int error, const char **why, const char *what)
{
	if (!*why)
		*why = error == -ENOMEM ? "out of memory" : what;
	return EXECUTE_FAILED;
}

/* The program is over, one way or the other. */
static void program_over(struct execution *execution, bool mismatch)
{
	struct run_statistics *statistics = execution->statistics;

	statistics->programs++;
	statistics->mismatches += mismatch;
	statistics->trace += trace_share(trace_hash(&execution->trace), execution->number);
}

static enum execute_outcome mismatch(struct execution *execution)
{
	program_over(execution, true);
	return EXECUTE_MISMATCH;
}

bool execute_is_valid(struct execution *execution, const struct comparison *comparison,
		      enum verdict_class class)
{
	const char *text = execution->subject->validate(execution->subject);
	size_t length = text ? strcspn(text, " ") : 0;
	char rule[sizeof(execution->verdict.rule)];

	if (!text)
		return true;
	snprintf(rule, sizeof(rule), "%.*s", (int)length, text);
	verdict_set(&execution->verdict, comparison, class, rule,
		    text + length + strspn(text + length, " :"));
	return false;
}

bool execute_is_lawful(struct execution *execution, const struct comparison *comparison)
{
	struct run_statistics *statistics = execution->statistics;

	if (!execution->options.invariants)
		return true;
	statistics->checks++;
	return invariants_hold(&execution->invariants, comparison, statistics->exercised,
			       &execution->verdict);
}

static inline bool states_something(const struct comparison *comparison)
{
	const struct program *program = comparison->program;

	return program->expectation_count ||
	       (comparison->index < VERDICT_AT_END &&
		program->ops[comparison->index].result_form != RESULT_UNSTATED);
}

/* What was compared equal must be sound as well, and hold what the program states. */
static enum execute_outcome check_rest(struct execution *execution,
				       const struct comparison *comparison)
{
	uint64_t *checks = &execution->statistics->checks;

	++*checks;
	if (!execute_is_valid(execution, comparison, VERDICT_INVALID_STATE) ||
	    !execute_is_lawful(execution, comparison))
		return mismatch(execution);
	if (execution->expectations_hold && states_something(comparison) &&
	    !compare_expectations(comparison, checks, &execution->verdict))
		return mismatch(execution);
	return EXECUTE_AGREED;
}

static enum execute_outcome differs(struct execution *execution, struct comparison *comparison)
{
	comparison->rule = oracle_rule(execution->oracle);
	compare_classify(comparison, &execution->verdict);
	if (execution->verdict.class == VERDICT_AGREE)
		verdict_set(&execution->verdict, comparison, VERDICT_WRONG_LAYOUT, "PAG-1",
			    "the observations differ");
	return mismatch(execution);
}

/* Who runs a program at one go cannot leave out what the model does not do. */
static const char *refused_whole(const struct execution *execution)
{
	const struct program *program = &execution->program;
	const char *reason = NULL;

	if (!execution->subject->whole_program)
		return NULL;
	for (uint32_t i = 0; i < program->op_count && !reason; i++)
		reason = oracle_refuses(execution->oracle, &program->ops[i]);
	return reason;
}

static void tell(struct execution *execution, uint32_t index)
{
	if (execution->at)
		*execution->at = index;
}

enum execute_outcome execute_begin(struct execution *execution, const struct program *program,
				   const char **why)
{
	struct subject *subject = execution->subject;
	struct comparison comparison;
	int error;

	tell(execution, VERDICT_AT_BEGIN);
	*why = NULL;
	execution->program = *program;
	execution->verdict.class = VERDICT_AGREE;
	settings_resolve(&execution->program.settings, subject, &execution->options.settings);
	execution->expectations_hold =
		settings_expectations_hold(&execution->program.settings) &&
		settings_as_written(&execution->program.settings, &program->settings);
	trace_begin(&execution->trace);
	if (execution->options.invariants)
		invariants_begin(&execution->invariants, &execution->program.settings);
	*why = refused_whole(execution);
	if (*why)
		return EXECUTE_SKIPPED;
	error = subject->begin(subject, &execution->program, why);
	if (error == SUBJECT_SKIP)
		return EXECUTE_SKIPPED;
	if (error)
		return failed(error, why, "the subject cannot begin");
	oracle_begin(execution->oracle, &execution->program.settings);
	for (unsigned int i = 0; i < 3; i++)
		observation_clear(&execution->observation[i], execution->program.settings.pages);
	execution->seen->result = (struct seen_result){ .form = RESULT_NOOP };
	execution->expect->result = (struct seen_result){ .form = RESULT_NOOP };
	execution->seen->events = 0;
	execution->seen->alloc_failed = 0;
	execution->expect->events = 0;
	execution->facts = subject->observe(subject, execution->seen);
	error = oracle_observe(execution->oracle, execution->expect);
	if (error)
		return failed(error, why, "the model cannot begin");
	comparison = comparison_of(execution, VERDICT_AT_BEGIN);
	if (!compare_equal(&comparison, &execution->statistics->checks))
		return differs(execution, &comparison);
	return check_rest(execution, &comparison);
}

/* The program may have grown, and moved in memory, since the last step. */
static inline void follow(struct execution *execution, const struct program *program)
{
	execution->program.ops = program->ops;
	execution->program.op_count = program->op_count;
	execution->program.names = program->names;
	execution->program.name_count = program->name_count;
}

static inline void count_result(struct run_statistics *statistics, const struct op *op,
				const struct seen_result *result)
{
	statistics->operations++;
	if (result->form == RESULT_VALUE)
		statistics->succeeded[op->kind]++;
	else if (result->form == RESULT_ERRNO)
		statistics->failed[op->kind]++;
	else
		statistics->noop[op->kind]++;
}

static enum execute_outcome skip(struct execution *execution, const char *reason, const char **why)
{
	*why = reason ? reason : "the subject cannot do this operation";
	execution->statistics->skipped++;
	statistics_skip(execution->statistics, *why, 1);
	/* What the program states counted on this operation. */
	execution->expectations_hold = false;
	return EXECUTE_SKIPPED;
}

/*
 * A subject in a process of its own died of the program, or gave up what it cannot answer for
 * (-EIO): that is a finding. Everything else that fails is the tool's.
 */
static enum execute_outcome broke(struct execution *execution, uint32_t index, int error,
				  const char **why)
{
	struct comparison comparison = comparison_of(execution, index);

	if (error != -EIO)
		return failed(error, why, "the subject cannot go on");
	verdict_set(&execution->verdict, &comparison, VERDICT_CRASH, "subject",
		    *why ? *why : "the subject cannot go on");
	return mismatch(execution);
}

enum execute_outcome execute_step(struct execution *execution, const struct program *program,
				  uint32_t index, const char **why)
{
	struct subject *subject = execution->subject;
	const struct op *op = &program->ops[index];
	struct observation *old = execution->before;
	const char *reason = oracle_refuses(execution->oracle, op);
	enum execute_outcome outcome;
	struct comparison comparison;
	int error;

	tell(execution, index);
	follow(execution, program);
	*why = NULL;
	if (reason)
		return skip(execution, reason, why);
	error = subject->apply(subject, &execution->program, index, execution->seen, &reason);
	if (error == SUBJECT_SKIP)
		return skip(execution, reason, why);
	*why = reason;
	if (error)
		return broke(execution, index, error, why);
	execution->before = execution->expect;
	execution->expect = old;
	execution->facts = subject->observe(subject, execution->seen);
	count_result(execution->statistics, op, &execution->seen->result);
	comparison = comparison_of(execution, index);
	if (op->alloc_nth && execution->seen->alloc_failed) {
		if (!execute_explain_failure(execution, &comparison, &error))
			return error ? failed(error, why, "") : mismatch(execution);
		trace_operation(&execution->trace, execution->expect);
	} else {
		oracle_apply(execution->oracle, &execution->program, index, execution->expect);
		error = oracle_observe(execution->oracle, execution->expect);
		if (error)
			return failed(error, why, "the model cannot go on");
		if (!compare_and_trace(&comparison, &execution->statistics->checks,
				       &execution->trace))
			return differs(execution, &comparison);
	}
	outcome = check_rest(execution, &comparison);
	if (execution->stepped && outcome == EXECUTE_AGREED)
		execution->stepped(execution, index);
	return outcome;
}

enum execute_outcome execute_end(struct execution *execution, const char **why)
{
	struct subject *subject = execution->subject;
	struct observation *old = execution->before;
	struct comparison comparison;
	int error;

	tell(execution, VERDICT_AT_END);
	*why = NULL;
	execution->before = execution->expect;
	execution->expect = old;
	execution->seen->events = 0;
	error = subject->end(subject, execution->seen, why);
	if (error)
		return broke(execution, VERDICT_AT_END, error, why);
	oracle_end(execution->oracle, execution->expect);
	execution->seen->result = execution->expect->result;
	for (unsigned int i = 0; i < PROGRAM_SPACES; i++)
		execution->seen->space[i].alive = false;
	error = oracle_observe(execution->oracle, execution->expect);
	if (error)
		return failed(error, why, "the model cannot end");
	comparison = comparison_of(execution, VERDICT_AT_END);
	if (!compare_equal_answer(&comparison, &execution->statistics->checks))
		return differs(execution, &comparison);
	trace_operation(&execution->trace, execution->expect);
	execution->statistics->checks++;
	if (!execute_is_valid(execution, &comparison, VERDICT_LEAK) ||
	    !execute_is_lawful(execution, &comparison))
		return mismatch(execution);
	/* Spaces that are gone are cleared when looked at: now, and not by the next program. */
	error = oracle_observe(execution->oracle, execution->before);
	if (error)
		return failed(error, why, "the model cannot end");
	program_over(execution, false);
	return EXECUTE_AGREED;
}

/* What one side may choose has to be chosen again by the other, and history is collected. */
static bool depends_on_steps(const struct execution *execution, const struct program *program,
			     uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (program->ops[i].alloc_nth)
			return true;
	return execution->options.invariants;
}

static enum execute_outcome follow_path(struct execution *execution, const struct program *program,
					uint32_t count, const char **why)
{
	struct subject *subject = execution->subject;
	bool steps = depends_on_steps(execution, program, count);
	enum execute_outcome outcome = EXECUTE_AGREED;
	int error = 0;

	for (uint32_t i = 0; i < count && outcome == EXECUTE_AGREED && !error; i++) {
		if (steps) {
			outcome = execute_step(execution, program, i, why);
			continue;
		}
		error = subject->apply(subject, &execution->program, i, execution->seen, why);
		oracle_apply(execution->oracle, &execution->program, i, execution->expect);
	}
	if (error || outcome != EXECUTE_AGREED)
		return failed(error, why, "what agreed once does not agree again");
	execution->facts = subject->observe(subject, execution->seen);
	if (oracle_observe(execution->oracle, execution->expect))
		return failed(-ENOMEM, why, "");
	return EXECUTE_AGREED;
}

enum execute_outcome execute_resume(struct execution *execution, const struct program *program,
				    uint32_t count, const char **why)
{
	struct run_statistics *statistics = execution->statistics;
	struct run_statistics scratch = { .programs = 0 };
	enum execute_outcome outcome;

	execution->statistics = &scratch;
	outcome = execute_begin(execution, program, why);
	if (outcome == EXECUTE_AGREED)
		outcome = follow_path(execution, program, count, why);
	else
		outcome = failed(0, why, "what agreed once does not agree again");
	trace_begin(&execution->trace);
	execution->statistics = statistics;
	return outcome;
}

bool execute_save(struct execution *execution)
{
	struct subject *subject = execution->subject;

	return subject->save && !execution->options.invariants && subject->save(subject) &&
	       oracle_save(execution->oracle) == 0;
}

enum execute_outcome execute_restore(struct execution *execution, const char **why)
{
	execution->subject->restore(execution->subject);
	oracle_restore(execution->oracle);
	trace_begin(&execution->trace);
	if (oracle_observe(execution->oracle, execution->expect))
		return failed(-ENOMEM, why, "");
	return EXECUTE_AGREED;
}

static enum execute_outcome run_once(struct execution *execution, const struct program *program,
				     const char **why)
{
	enum execute_outcome outcome = execute_begin(execution, program, why);

	if (outcome == EXECUTE_SKIPPED) {
		if (!*why)
			*why = "the subject cannot run this program";
		execution->statistics->skipped_programs++;
		execution->statistics->skipped += program->op_count;
		statistics_skip(execution->statistics, *why, program->op_count);
	}
	if (outcome != EXECUTE_AGREED)
		return outcome;
	for (uint32_t i = 0; i < program->op_count; i++) {
		outcome = execute_step(execution, program, i, why);
		if (outcome == EXECUTE_MISMATCH || outcome == EXECUTE_FAILED)
			return outcome;
	}
	return execute_end(execution, why);
}

enum execute_outcome execute_again(struct execution *execution, const struct program *program,
				   const char **why)
{
	struct run_statistics *statistics = execution->statistics;
	struct run_statistics scratch = { .programs = 0 };
	uint64_t first = trace_hash(&execution->trace);
	enum execute_outcome outcome;
	struct comparison comparison;

	execution->statistics = &scratch;
	outcome = run_once(execution, program, why);
	execution->statistics = statistics;
	if (outcome == EXECUTE_FAILED)
		return outcome;
	statistics->checks++;
	if (outcome == EXECUTE_AGREED && trace_hash(&execution->trace) == first)
		return EXECUTE_AGREED;
	comparison = comparison_of(execution, VERDICT_AT_END);
	verdict_set(&execution->verdict, &comparison, VERDICT_NONDETERMINISM, "trace",
		    "the same program run twice gives two traces");
	statistics->mismatches++;
	return EXECUTE_MISMATCH;
}

enum execute_outcome execute_program(struct execution *execution, const struct program *program,
				     const char **why)
{
	enum execute_outcome outcome = run_once(execution, program, why);

	if (outcome == EXECUTE_AGREED && execution->options.twice)
		outcome = execute_again(execution, program, why);
	execution->number++;
	return outcome;
}

void execute_count_cases(struct execution *execution)
{
	const struct model *model = oracle_model(execution->oracle);
	size_t cases = model_cases();

	for (size_t i = 0; i < cases && i < STATISTICS_CASES; i++) {
		uint64_t hits = model_case_hits(model, i);

		execution->statistics->cases[i] += hits - execution->counted[i];
		execution->counted[i] = hits;
	}
}
