/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parent of an enumeration. States are taken in the order they were found, a stretch at a
 * time; workers try every operation in them, and what they found is added in the order of
 * state and operation. So it is the same enumeration whatever the number of jobs.
 */
#define _POSIX_C_SOURCE 200809L
#include "exhaust.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "ending.h"
#include "exhaust_work.h"
#include "isolate.h"

#define TRIES_AT_ONCE (1u << 22) /* of a stretch: workers wait for each other at its end */

struct enumeration {
	const struct exhaust_request *request;
	struct exhaust_result *result;
	struct exhaust_store store;
	struct exhaust_worker worker[RUN_JOBS_MAX];
	size_t share_size;
	uint64_t stretch; /* states at once */
};

/* A worker that ended by itself, as a finding about the operation it was at. */
static void keep_end(struct exhaust_worker *worker, const struct isolate_result *end)
{
	struct exhaust_share *share = worker->share;
	struct exhaust_failed *failed = &share->failed[share->failures];
	struct exhaust_path *path = malloc(sizeof(*path));
	struct comparison comparison;

	if (!path)
		return;
	exhaust_path_to(path, worker->request, worker->store, share->state);
	exhaust_path_add(path, worker->request, (uint32_t)share->letter);
	comparison = (struct comparison){
		.program = &path->program,
		.index = path->program.op_count - 1,
	};
	failed->parent = (uint32_t)share->state;
	failed->letter = (uint32_t)share->letter;
	ending_verdict(&failed->verdict, &comparison, end);
	share->failures++;
	share->statistics.mismatches++;
	free(path);
}

/*
 * Leads workers through the states of one. Each ends with its first finding: what it broke in the
 * subject must not be met by the next try. 0 or 1.
 */
static int supervise(void *context)
{
	struct exhaust_worker *worker = context;
	struct exhaust_share *share = worker->share;
	struct isolate_result end;

	while (share->state < worker->end && share->failures < EXHAUST_FINDINGS) {
		isolate_run(exhaust_work, worker, &share->beat, worker->request->timeout, &end);
		if (end.end == ISOLATE_RETURNED && end.status)
			return 1;
		if (end.end == ISOLATE_FAILED) {
			snprintf(share->why, sizeof(share->why), "a worker ended: %s", end.kind);
			return 1;
		}
		if (end.end == ISOLATE_RETURNED)
			continue;
		keep_end(worker, &end);
		share->letter++;
	}
	return 0;
}

static int make_workers(struct enumeration *all)
{
	const struct exhaust_request *request = all->request;
	uint32_t letters = exhaust_letters(request);
	uint64_t most;

	all->stretch = TRIES_AT_ONCE / letters + 1;
	most = (all->stretch / request->jobs + 1) * letters;
	all->share_size = sizeof(struct exhaust_share) + most * sizeof(struct exhaust_found);
	for (unsigned int i = 0; i < request->jobs; i++) {
		all->worker[i] = (struct exhaust_worker){
			.request = request,
			.store = &all->store,
			.share = isolate_share(all->share_size),
			.step = request->jobs,
		};
		if (!all->worker[i].share)
			return -ENOMEM;
	}
	return 0;
}

/* The workers' part of the states [first, end). 0 or -EIO with result->why. */
static int work_through(struct enumeration *all, uint64_t first, uint64_t end)
{
	unsigned int jobs = all->request->jobs;

	for (unsigned int i = 0; i < jobs; i++) {
		struct exhaust_worker *worker = &all->worker[i];

		worker->end = end;
		worker->share->state = first + i;
		worker->share->letter = 0;
		worker->share->count = 0;
		worker->share->statistics = (struct run_statistics){ .programs = 0 };
	}
	if (isolate_each(supervise, all->worker, sizeof(all->worker[0]), jobs))
		return 0;
	snprintf(all->result->why, sizeof(all->result->why), "a worker could not be run");
	for (unsigned int i = 0; i < jobs; i++)
		if (all->worker[i].share->why[0])
			snprintf(all->result->why, sizeof(all->result->why), "%s",
				 all->worker[i].share->why);
	return -EIO;
}

static int add(struct enumeration *all, const struct exhaust_found *found)
{
	struct exhaust_store *store = &all->store;

	if (exhaust_store_has(store, found->key))
		return 0;
	return exhaust_store_add(store, (struct exhaust_state){
						.key = found->key,
						.parent = found->parent,
						.letter = (uint16_t)found->letter,
						.depth = store->state[found->parent].depth + 1,
					});
}

/* What the workers found in [first, end), in order of state and letter. 0, -ENOMEM, -ENOSPC. */
static int gather(struct enumeration *all, uint64_t first, uint64_t end)
{
	uint64_t taken[RUN_JOBS_MAX] = { 0 };

	for (uint64_t state = first; state < end; state++) {
		unsigned int who = (unsigned int)((state - first) % all->request->jobs);
		const struct exhaust_share *share = all->worker[who].share;

		for (; taken[who] < share->count; taken[who]++) {
			int error;

			if (share->found[taken[who]].parent != state)
				break;
			error = add(all, &share->found[taken[who]]);
			if (error)
				return error;
		}
	}
	return 0;
}

static bool seen_before(const struct exhaust_result *result, const struct verdict *verdict)
{
	for (uint32_t i = 0; i < result->findings; i++)
		if (strcmp(result->finding[i].verdict.signature, verdict->signature) == 0)
			return true;
	return false;
}

/* The first failure of any worker that was not taken yet, or NULL. */
static const struct exhaust_failed *next_failed(const struct enumeration *all,
						uint32_t taken[RUN_JOBS_MAX])
{
	const struct exhaust_failed *first = NULL;
	unsigned int whose = 0;

	for (unsigned int i = 0; i < all->request->jobs; i++) {
		const struct exhaust_share *share = all->worker[i].share;
		const struct exhaust_failed *one = &share->failed[taken[i]];

		if (taken[i] == share->failures || (first && one->parent > first->parent))
			continue;
		first = one;
		whose = i;
	}
	if (first)
		taken[whose]++;
	return first;
}

static int take_failed(struct enumeration *all, const struct exhaust_failed *failed)
{
	struct exhaust_result *result = all->result;
	struct run_finding *to = &result->finding[result->findings];
	struct exhaust_path *path;
	int error;

	if (seen_before(result, &failed->verdict))
		return 0;
	path = malloc(sizeof(*path));
	if (!path)
		return -ENOMEM;
	exhaust_path_to(path, all->request, &all->store, failed->parent);
	exhaust_path_add(path, all->request, failed->letter);
	to->number = failed->parent;
	to->verdict = failed->verdict;
	program_init(&to->program);
	error = program_copy(&to->program, &path->program);
	result->findings++;
	free(path);
	return error;
}

/* Findings of all workers, one for each signature, the shortest first. */
static int take_findings(struct enumeration *all)
{
	uint32_t taken[RUN_JOBS_MAX] = { 0 };
	const struct exhaust_failed *failed;
	int error = 0;

	while (!error && all->result->findings < EXHAUST_FINDINGS &&
	       (failed = next_failed(all, taken)))
		error = take_failed(all, failed);
	return error;
}

/* One more stretch of states. */
static int advance(struct enumeration *all, uint64_t end)
{
	struct exhaust_progress *progress = &all->result->progress;
	double started = command_now();
	int error = work_through(all, progress->expanded, end);

	if (error)
		return error;
	for (unsigned int i = 0; i < all->request->jobs; i++)
		statistics_add(&progress->statistics, &all->worker[i].share->statistics);
	progress->seconds += command_now() - started;
	if (progress->statistics.mismatches)
		return take_findings(all);
	error = gather(all, progress->expanded, end);
	if (error)
		return error;
	progress->states = all->store.count;
	progress->expanded = end;
	exhaust_store_commit(&all->store, progress);
	return 0;
}

/* Where the next stretch ends: not among layouts that are deep enough. */
static uint64_t stretch_end(const struct enumeration *all)
{
	uint64_t end = all->result->progress.expanded;
	uint64_t most = end + all->stretch;

	while (end < all->store.count && end < most &&
	       all->store.state[end].depth < all->request->depth)
		end++;
	return end;
}

static int enumerate(struct enumeration *all)
{
	struct exhaust_progress *progress = &all->result->progress;
	uint64_t end;
	int error = 0;

	while (!error && !progress->statistics.mismatches &&
	       (end = stretch_end(all)) > progress->expanded) {
		error = advance(all, end);
		if (all->request->tell)
			all->request->tell(all->request->context, progress,
					   all->store.state[progress->expanded - 1].depth);
	}
	all->result->depth = all->store.state[all->store.count - 1].depth;
	all->result->full = error == -ENOSPC;
	return error == -ENOSPC ? 0 : error;
}

/* What makes two enumerations one, as a number. */
static struct exhaust_key said_by(const struct exhaust_request *request)
{
	char *text = program_print(request->alphabet);
	struct exhaust_key key = exhaust_form_of_text(text ? text : "");

	free(text);
	key.word[0] ^= request->spaces;
	key.word[1] ^= request->model_only;
	return key;
}

/* The layout in which nothing is mapped. */
static int add_empty(struct enumeration *all)
{
	const struct exhaust_spaces only = { .count = 1 };
	struct observation nothing;
	struct exhaust_state empty = { .depth = 0 };
	struct oracle *oracle = oracle_new();
	int error = observation_init(&nothing);

	if (!oracle || error) {
		oracle_free(oracle);
		return -ENOMEM;
	}
	nothing.space[0].alive = true;
	oracle_begin(oracle, &all->request->alphabet->settings);
	empty.key = all->request->model_only
			    ? exhaust_form_of_model(oracle_model(oracle), &only)
			    : exhaust_form_of_seen(&nothing, &only,
						   all->request->alphabet->settings.pages);
	error = exhaust_store_add(&all->store, empty);
	all->result->progress.states = all->store.count;
	observation_done(&nothing);
	oracle_free(oracle);
	return error;
}

int exhaust(const struct exhaust_request *request, struct exhaust_result *result)
{
	struct enumeration *all = calloc(1, sizeof(*all));
	int error;

	*result = (struct exhaust_result){ .findings = 0 };
	if (!all)
		return -ENOMEM;
	all->request = request;
	all->result = result;
	error = exhaust_store_open(&all->store, request->file, request->states_max,
				   said_by(request), &result->progress);
	if (!error && !all->store.count)
		error = add_empty(all);
	if (!error)
		error = make_workers(all);
	if (!error)
		error = enumerate(all);
	if (error && !result->why[0])
		snprintf(result->why, sizeof(result->why), "%s", strerror(-error));
	for (unsigned int i = 0; i < request->jobs; i++)
		if (all->worker[i].share)
			isolate_unshare(all->worker[i].share, all->share_size);
	exhaust_store_close(&all->store);
	free(all);
	return error;
}

void exhaust_result_done(struct exhaust_result *result)
{
	for (uint32_t i = 0; i < result->findings; i++)
		program_done(&result->finding[i].program);
	result->findings = 0;
}
