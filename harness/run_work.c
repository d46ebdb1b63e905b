/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One worker: makes program after program and checks each while it grows, for the next
 * operation depends on what the last one left. A subject that wants whole programs gets one
 * that was grown on the model alone.
 */
#include <stdio.h>
#include <unistd.h>

#include "alloc_walk.h"
#include "generate.h"
#include "probe_tail.h"
#include "run_share.h"

/* Cases of the model are many; they are added up after so many programs, and at the end. */
#define COUNT_CASES_EVERY 1024

struct work {
	struct run_worker *worker;
	struct subject *subject;
	struct execution execution;
	struct oracle *sketch; /* what whole programs grow on, so that nothing counts twice */
	struct generator generator;
	struct probe_tail tail;
	struct program program; /* parts lie in shared memory */
};

static int broken(struct work *work, const char *why)
{
	struct run_share *share = work->worker->share;

	snprintf(share->why, sizeof(share->why), "%s", why ? why : "unknown reason");
	return 1;
}

/* An empty program whose operations and names are where the parent can see them. */
static void program_of_share(struct work *work)
{
	struct run_stored *current = &work->worker->share->current;

	program_init(&work->program);
	work->program.ops = current->op;
	work->program.op_capacity = run_ops(work->worker->request);
	work->program.names = current->name;
	work->program.name_capacity = RUN_NAMES;
}

static bool start_program(struct work *work, uint64_t number)
{
	const struct run_request *request = work->worker->request;
	struct run_share *share = work->worker->share;

	program_reset(&work->program);
	generator_start(&work->generator, &request->generator, request->seed, number);
	generate_settings(&work->generator, &work->program.settings);
	if (generate_names(&work->program))
		return false;
	probe_tail_begin(&work->tail, request->probe_tail ? RUN_TAIL_OPS : 0);
	work->execution.number = number;
	share->current.number = number;
	share->current.settings = work->program.settings;
	share->current.op_count = 0;
	share->current.name_count = work->program.name_count;
	share->next = number + work->worker->step;
	share->at = VERDICT_AT_BEGIN;
	share->walk.nth = 0;
	share->under_way = true;
	return true;
}

/* The next operation of the program, if there is to be one more. */
static bool grow(struct work *work, const struct observation *now)
{
	const struct run_request *request = work->worker->request;
	struct program *program = &work->program;
	struct op *op = &program->ops[program->op_count];

	if (program->op_count == program->op_capacity)
		return false;
	if (program->op_count < request->ops)
		generate_op(&work->generator, program, now, op);
	else if (!probe_tail_next(&work->tail, now, op))
		return false;
	program->op_count++;
	return true;
}

/* Grows the program on the model alone. */
static bool grow_alone(struct work *work)
{
	struct execution *execution = &work->execution;
	struct program resolved = work->program;
	struct observation *now = execution->expect;
	struct run_share *share = work->worker->share;
	uint32_t index;

	settings_resolve(&resolved.settings, work->subject, &execution->options.settings);
	oracle_begin(work->sketch, &resolved.settings);
	if (oracle_observe(work->sketch, now))
		return false;
	while (grow(work, now)) {
		index = work->program.op_count - 1;
		/* Nobody is there to say whether an allocation failed. */
		work->program.ops[index].alloc_nth = 0;
		if (oracle_refuses(work->sketch, &work->program.ops[index])) {
			work->program.op_count--;
			continue;
		}
		resolved.op_count = work->program.op_count;
		share->current.op_count = resolved.op_count;
		share->at = index;
		oracle_apply(work->sketch, &resolved, index, now);
		if (oracle_observe(work->sketch, now))
			return false;
	}
	share->current.op_count = work->program.op_count;
	return true;
}

static enum execute_outcome whole_program(struct work *work, const char **why)
{
	if (!grow_alone(work)) {
		*why = "out of memory";
		return EXECUTE_FAILED;
	}
	return execute_program(&work->execution, &work->program, why);
}

static enum execute_outcome step_by_step(struct work *work, const char **why)
{
	struct execution *execution = &work->execution;
	struct run_share *share = work->worker->share;
	enum execute_outcome outcome = execute_begin(execution, &work->program, why);
	uint32_t index = 0;

	if (outcome == EXECUTE_SKIPPED) {
		execution->statistics->skipped_programs++;
		statistics_skip(execution->statistics, *why ? *why : "the program", 1);
	}
	if (outcome != EXECUTE_AGREED)
		return outcome;
	while (grow(work, execution->expect)) {
		share->current.op_count = index + 1;
		outcome = execute_step(execution, &work->program, index++, why);
		if (outcome == EXECUTE_MISMATCH || outcome == EXECUTE_FAILED)
			return outcome;
	}
	outcome = execute_end(execution, why);
	if (outcome == EXECUTE_AGREED && execution->options.twice)
		outcome = execute_again(execution, &work->program, why);
	return outcome;
}

/* What comes after the operation that disagreed is no part of the finding. */
static void keep_mismatch(struct work *work)
{
	const struct verdict *verdict = &work->execution.verdict;
	struct run_stored *current = &work->worker->share->current;

	if (verdict->op < current->op_count)
		current->op_count = verdict->op + 1;
	run_keep(work->worker, verdict);
}

/* After a program that agreed. What a walk finds is that program with a failing operation. */
static enum execute_outcome walk(struct work *work, const char **why)
{
	struct run_share *share = work->worker->share;
	struct alloc_walk walk = {
		.execution = &work->execution,
		.beat = &share->beat,
		.place = &share->walk,
	};
	enum execute_outcome outcome;

	if (alloc_walk_begin(&walk, &work->program)) {
		*why = "out of memory";
		return EXECUTE_FAILED;
	}
	outcome = alloc_walk_run(&walk, why);
	if (outcome == EXECUTE_MISMATCH)
		alloc_walk_impose(&work->program, walk.at);
	alloc_walk_done(&walk);
	return outcome;
}

/*
 * Nothing that is broken by now, not even by being torn down, may become a finding about another
 * program: the parent goes on with a new worker.
 */
static _Noreturn void end_after_mismatch(struct work *work)
{
	execute_count_cases(&work->execution);
	_exit(0);
}

static int run_all(struct work *work)
{
	struct run_worker *worker = work->worker;
	struct run_share *share = worker->share;
	const char *why = NULL;

	for (uint64_t number = share->next; run_goes_on(worker, number); number += worker->step) {
		enum execute_outcome outcome;

		if (!start_program(work, number))
			return broken(work, "no room for the names of a program");
		outcome = work->subject->whole_program ? whole_program(work, &why)
						       : step_by_step(work, &why);
		if (outcome == EXECUTE_AGREED && worker->request->alloc_walk)
			outcome = walk(work, &why);
		if (outcome == EXECUTE_FAILED)
			return broken(work, why);
		if (outcome == EXECUTE_MISMATCH)
			keep_mismatch(work);
		share->under_way = false;
		share->beat++;
		if (outcome == EXECUTE_MISMATCH)
			end_after_mismatch(work);
		if (share->statistics.programs % COUNT_CASES_EVERY == 0)
			execute_count_cases(&work->execution);
	}
	execute_count_cases(&work->execution);
	share->finished = true;
	return 0;
}

static int work_with_subject(struct work *work)
{
	int status;

	if (execution_init(&work->execution, work->subject, &work->worker->request->options,
			   &work->worker->share->statistics))
		return broken(work, "out of memory");
	work->execution.at = &work->worker->share->at;
	program_of_share(work);
	work->sketch = work->subject->whole_program ? oracle_new() : NULL;
	if (work->subject->whole_program && !work->sketch)
		status = broken(work, "out of memory");
	else
		status = run_all(work);
	oracle_free(work->sketch);
	execution_done(&work->execution);
	return status;
}

int run_work(void *context)
{
	struct work work = { .worker = context };
	const struct run_request *request = work.worker->request;
	const char *why = NULL;
	int status;

	if (request->create(request->context, &work.subject, &why))
		return broken(&work, why ? why : "the subject cannot be made");
	status = work_with_subject(&work);
	work.subject->destroy(work.subject);
	return status;
}
