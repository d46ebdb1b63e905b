/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parent of the workers: shares out the programs, starts a worker again behind the
 * program that disagreed or killed it, and puts together what they found.
 */
#define _GNU_SOURCE
#include "run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ending.h"
#include "isolate.h"
#include "run_share.h"

#define TIMEOUT_DEFAULT 60.0

double run_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

uint32_t run_ops(const struct run_request *request)
{
	uint32_t ops = request->ops + (request->probe_tail ? RUN_TAIL_OPS : 0);

	return ops < PROGRAM_OPS_MAX ? ops : PROGRAM_OPS_MAX;
}

bool run_goes_on(const struct run_worker *worker, uint64_t number)
{
	if (worker->request->programs)
		return number < worker->request->programs;
	return run_now() < worker->until;
}

static size_t stored_size(const struct run_request *request)
{
	size_t ops = run_ops(request) * sizeof(struct op);

	return (ops + RUN_NAMES * sizeof(char[84]) + 63) / 64 * 64;
}

static size_t share_size(const struct run_request *request)
{
	return (sizeof(struct run_share) + 63) / 64 * 64 +
	       (request->keep + 1) * stored_size(request);
}

static void place_stored(const struct run_request *request, struct run_stored *stored, char *memory)
{
	stored->op = (struct op *)(void *)memory;
	stored->name = (char(*)[84])(memory + run_ops(request) * sizeof(struct op));
}

static struct run_share *share_new(const struct run_request *request, uint64_t first)
{
	struct run_share *share = isolate_share(share_size(request));
	char *memory;

	if (!share)
		return NULL;
	memory = (char *)share + (sizeof(*share) + 63) / 64 * 64;
	place_stored(request, &share->current, memory);
	for (uint32_t i = 0; i < request->keep; i++)
		place_stored(request, &share->finding[i], memory + (i + 1) * stored_size(request));
	share->next = first;
	return share;
}

void run_keep(struct run_worker *worker, const struct verdict *verdict)
{
	struct run_share *share = worker->share;
	struct run_stored *from = &share->current, *to;

	if (share->findings >= worker->request->keep)
		return;
	to = &share->finding[share->findings];
	to->number = from->number;
	to->verdict = *verdict;
	to->settings = from->settings;
	to->op_count = from->op_count;
	to->name_count = from->name_count;
	memcpy(to->op, from->op, from->op_count * sizeof(*to->op));
	memcpy(to->name, from->name, from->name_count * sizeof(*to->name));
	share->findings++;
}

/* A worker that ended by itself, as a finding about the program it was at. */
static void keep_end(struct run_worker *worker, const struct isolate_result *end)
{
	struct run_share *share = worker->share;
	struct program program = {
		.settings = share->current.settings,
		.ops = share->current.op,
		.op_count = share->current.op_count,
	};
	struct comparison comparison = { .program = &program, .index = share->at };
	struct verdict verdict;

	if (share->walk.nth)
		alloc_walk_impose(&program, share->walk);
	if (comparison.index < VERDICT_AT_END && comparison.index >= program.op_count)
		comparison.index = VERDICT_AT_BEGIN;
	ending_verdict(&verdict, &comparison, end);
	run_keep(worker, &verdict);
	share->statistics.programs += share->under_way;
	share->statistics.mismatches++;
	share->under_way = false;
}

/* Runs workers until the programs are through: one ends with its first finding. 0 or 1. */
static int supervise(void *context)
{
	struct run_worker *worker = context;
	struct run_share *share = worker->share;
	double timeout = worker->request->timeout > 0 ? worker->request->timeout : TIMEOUT_DEFAULT;
	struct isolate_result end;

	do {
		isolate_run(run_work, worker, &share->beat, timeout, &end);
		if (end.end == ISOLATE_RETURNED && end.status)
			return 1;
		if (end.end == ISOLATE_FAILED) {
			snprintf(share->why, sizeof(share->why), "a worker ended: %s", end.kind);
			return 1;
		}
		if (end.end != ISOLATE_RETURNED)
			keep_end(worker, &end);
	} while (!share->finished && run_goes_on(worker, share->next));
	return 0;
}

/* Sums what the workers count, while they count it: near enough for a line on a terminal. */
static void tell(const struct run_worker *worker, unsigned int jobs, double started)
{
	const struct run_request *request = worker[0].request;
	const struct timespec second = { .tv_sec = 1 };
	struct run_statistics sum;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		nanosleep(&second, NULL);
		sum = (struct run_statistics){ .programs = 0 };
		for (unsigned int i = 0; i < jobs; i++)
			statistics_add(&sum, &worker[i].share->statistics);
		request->progress(request->context, &sum, run_now() - started);
	}
}

/* The process that tells of progress, 0 if there is none. */
static pid_t teller_start(const struct run_worker *worker, unsigned int jobs, double started)
{
	pid_t teller = 0;

	if (!worker[0].request->progress)
		return 0;
	fflush(NULL);
	teller = fork();
	if (teller == 0)
		tell(worker, jobs, started);
	return teller > 0 ? teller : 0;
}

static void teller_stop(pid_t teller)
{
	if (!teller)
		return;
	kill(teller, SIGKILL);
	while (waitpid(teller, NULL, 0) < 0 && errno == EINTR)
		;
}

static int take_finding(struct run_finding *to, const struct run_stored *from)
{
	to->number = from->number;
	to->verdict = from->verdict;
	program_init(&to->program);
	to->program.settings = from->settings;
	for (uint32_t i = 0; i < from->op_count; i++)
		if (program_add_op(&to->program, &from->op[i]))
			return -ENOMEM;
	if (!from->name_count)
		return 0;
	to->program.names = calloc(from->name_count, sizeof(*to->program.names));
	if (!to->program.names)
		return -ENOMEM;
	memcpy(to->program.names, from->name, from->name_count * sizeof(*from->name));
	to->program.name_count = from->name_count;
	to->program.name_capacity = from->name_count;
	return 0;
}

/* The finding of the lowest number that was not taken yet. */
static struct run_stored *next_finding(struct run_worker *worker, unsigned int jobs,
				       uint32_t taken[RUN_JOBS_MAX])
{
	struct run_stored *lowest = NULL;
	unsigned int whose = 0;

	for (unsigned int i = 0; i < jobs; i++) {
		struct run_share *share = worker[i].share;

		if (taken[i] == share->findings)
			continue;
		if (!lowest || share->finding[taken[i]].number < lowest->number) {
			lowest = &share->finding[taken[i]];
			whose = i;
		}
	}
	if (lowest)
		taken[whose]++;
	return lowest;
}

static int collect(struct run_worker *worker, unsigned int jobs, uint32_t keep,
		   struct run_result *result)
{
	uint32_t taken[RUN_JOBS_MAX] = { 0 };

	for (unsigned int i = 0; i < jobs; i++) {
		statistics_add(&result->statistics, &worker[i].share->statistics);
		if (worker[i].share->why[0] && !result->why[0])
			memcpy(result->why, worker[i].share->why, sizeof(result->why));
	}
	statistics_sort_reasons(&result->statistics);
	while (result->findings < keep) {
		struct run_stored *stored = next_finding(worker, jobs, taken);

		if (!stored)
			break;
		if (take_finding(&result->finding[result->findings++], stored))
			return -ENOMEM;
	}
	return 0;
}

int run_programs(const struct run_request *request, struct run_result *result)
{
	struct run_worker worker[RUN_JOBS_MAX] = { { .request = NULL } };
	unsigned int jobs = request->jobs;
	double started = run_now();
	pid_t teller = 0;
	int error = 0;

	*result = (struct run_result){ .findings = 0 };
	if (!jobs || jobs > RUN_JOBS_MAX || request->keep > RUN_FINDINGS_MAX)
		return -EINVAL;
	for (unsigned int i = 0; i < jobs; i++) {
		worker[i].request = request;
		worker[i].step = jobs;
		worker[i].until = started + request->seconds;
		worker[i].share = share_new(request, i);
		if (!worker[i].share)
			error = -ENOMEM;
	}
	if (!error) {
		teller = teller_start(worker, jobs, started);
		error = isolate_each(supervise, worker, sizeof(*worker), jobs) ? 0 : -EIO;
		teller_stop(teller);
	}
	if (error != -ENOMEM && collect(worker, jobs, request->keep, result))
		error = -ENOMEM;
	if (error && !result->why[0])
		snprintf(result->why, sizeof(result->why), "%s",
			 error == -ENOMEM ? "out of memory" : "a worker could not be run");
	for (unsigned int i = 0; i < jobs; i++)
		isolate_unshare(worker[i].share, share_size(request));
	result->seconds = run_now() - started;
	return error;
}

void run_result_done(struct run_result *result)
{
	for (uint32_t i = 0; i < result->findings; i++)
		program_done(&result->finding[i].program);
	result->findings = 0;
}
