/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exhaust_work.h"

#include <stdio.h>

struct work {
	struct exhaust_worker *worker;
	const struct exhaust_request *request;
	struct subject *subject;
	struct execution execution;
	struct oracle *alone;	    /* with model_only, instead of an execution */
	struct settings resolved;   /* for it */
	struct observation nothing; /* what the model alone has to say of an operation */
	struct exhaust_path path;
	bool saved; /* the state can be gone back to */
	/* Where the last try led to, not looked up yet: its memory is on the way. */
	struct exhaust_found last;
	bool has_last;
	bool fails_allocations; /* some operation does: what it takes back is not this state */
};

uint32_t exhaust_letters(const struct exhaust_request *request)
{
	return request->alphabet->op_count * request->spaces;
}

/* The spaces a layout is made of: all that go on. */
static struct exhaust_spaces looked_at(const struct exhaust_path *path,
				       const struct exhaust_request *request)
{
	struct exhaust_spaces all = path->at.living;

	if (request->spaces == 1) {
		all.number[0] = all.number[all.count - 1];
		all.count = 1;
	}
	return all;
}

static void space_ends(struct exhaust_spaces *living, uint8_t number)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < living->count; i++)
		if (living->number[i] != number)
			living->number[kept++] = living->number[i];
	living->count = kept;
}

bool exhaust_path_add(struct exhaust_path *path, const struct exhaust_request *request,
		      uint32_t letter)
{
	const struct program *alphabet = request->alphabet;
	struct exhaust_spaces acting = looked_at(path, request);
	unsigned int slot = letter / alphabet->op_count;
	unsigned int most = request->spaces == 1 ? PROGRAM_SPACES : request->spaces;
	struct op *op = &path->op[path->at.count];

	if (slot >= acting.count)
		return false;
	*op = alphabet->ops[letter % alphabet->op_count];
	op->space = acting.number[slot];
	if (op->kind == OP_FORK) {
		if (path->at.living.count == most)
			return false;
		path->at.living.number[path->at.living.count++] = path->at.next++;
	} else if (op->kind == OP_EXIT) {
		if (request->spaces == 1 || path->at.living.count == 1)
			return false;
		space_ends(&path->at.living, op->space);
	}
	path->program.op_count = ++path->at.count;
	return true;
}

void exhaust_path_back(struct exhaust_path *path, const struct exhaust_place *place)
{
	path->at = *place;
	path->program.op_count = place->count;
}

void exhaust_path_to(struct exhaust_path *path, const struct exhaust_request *request,
		     const struct exhaust_store *store, uint64_t state)
{
	uint16_t letter[EXHAUST_DEPTH_MAX];
	unsigned int depth = 0;

	for (uint64_t at = state; at; at = store->state[at].parent)
		letter[depth++] = store->state[at].letter;
	path->program = *request->alphabet;
	path->program.ops = path->op;
	exhaust_path_back(path, &(struct exhaust_place){ .living = { .count = 1 }, .next = 1 });
	while (depth)
		exhaust_path_add(path, request, letter[--depth]);
}

static int broken(struct work *work, const char *why)
{
	snprintf(work->worker->share->why, sizeof(work->worker->share->why), "%s",
		 why ? why : "unknown reason");
	return 1;
}

static void keep(struct work *work, const struct verdict *verdict)
{
	struct exhaust_share *share = work->worker->share;

	if (share->failures == EXHAUST_FINDINGS)
		return;
	share->failed[share->failures++] = (struct exhaust_failed){
		.parent = (uint32_t)share->state,
		.letter = (uint32_t)share->letter,
		.verdict = *verdict,
	};
}

/* To the state, so that it can be gone back to if possible. */
static enum execute_outcome go(struct work *work, const char **why)
{
	const struct program *program = &work->path.program;
	enum execute_outcome outcome;

	if (!work->request->model_only) {
		outcome = execute_resume(&work->execution, program, program->op_count, why);
		work->saved = outcome == EXECUTE_AGREED && !work->fails_allocations &&
			      execute_save(&work->execution);
		return outcome;
	}
	oracle_begin(work->alone, &work->resolved);
	for (uint32_t i = 0; i < program->op_count; i++)
		oracle_apply(work->alone, program, i, &work->nothing);
	*why = "out of memory";
	return oracle_save(work->alone) ? EXECUTE_FAILED : EXECUTE_AGREED;
}

static enum execute_outcome go_back(struct work *work, const struct exhaust_place *state,
				    const char **why)
{
	exhaust_path_back(&work->path, state);
	if (work->request->model_only) {
		oracle_restore(work->alone);
		return EXECUTE_AGREED;
	}
	return work->saved ? execute_restore(&work->execution, why) : go(work, why);
}

/* The last operation of the path, checked like that of any program. */
static enum execute_outcome try_checked(struct work *work, struct exhaust_key *key,
					const char **why)
{
	struct execution *execution = &work->execution;
	const struct program *program = &work->path.program;
	struct exhaust_spaces spaces = looked_at(&work->path, work->request);
	uint32_t last = program->op_count - 1;
	enum execute_outcome outcome = execute_step(execution, program, last, why);

	if (outcome != EXECUTE_AGREED)
		return outcome;
	/* What a subject cannot show is as the model has it. */
	*key = exhaust_form_of_seen((execution->facts & FACT_ALL) == FACT_ALL ? execution->seen
									      : execution->expect,
				    &spaces, program->settings.pages);
	exhaust_store_expect(work->worker->store, *key);
	if (work->has_last)
		exhaust_store_expect_now(work->worker->store, work->last.key);
	return execute_end(execution, why);
}

static enum execute_outcome try_alone(struct work *work, struct exhaust_key *key)
{
	const struct program *program = &work->path.program;
	struct exhaust_spaces spaces = looked_at(&work->path, work->request);

	oracle_apply(work->alone, program, program->op_count - 1, &work->nothing);
	work->worker->share->statistics.programs++;
	work->worker->share->statistics.operations++;
	*key = exhaust_form_of_model(oracle_model(work->alone), &spaces);
	return EXECUTE_AGREED;
}

/* Keeps where the last try led to, if that is a new layout. */
static void look_up_last(struct work *work)
{
	struct exhaust_share *share = work->worker->share;

	if (work->has_last && !exhaust_store_has(work->worker->store, work->last.key))
		share->found[share->count++] = work->last;
	work->has_last = false;
}

static void found(struct work *work, struct exhaust_key key)
{
	const struct exhaust_share *share = work->worker->share;

	look_up_last(work);
	work->last = (struct exhaust_found){
		.key = key,
		.parent = (uint32_t)share->state,
		.letter = (uint32_t)share->letter,
	};
	work->has_last = true;
}

/*
 * With one space that goes on, a fork is left out where three ancestors live already. No layout
 * of the windows that were enumerated so far is that far away; one that is would be told of.
 */
static void skip(struct work *work, uint32_t letter)
{
	const struct program *alphabet = work->request->alphabet;
	struct run_statistics *statistics = &work->worker->share->statistics;

	if (work->request->spaces > 1 || alphabet->ops[letter % alphabet->op_count].kind != OP_FORK)
		return;
	statistics->skipped++;
	statistics_skip(statistics, "a fork with three ancestors alive", 1);
}

/* One letter in the state the path leads to. Skipped: it means nothing there. */
static enum execute_outcome try_letter(struct work *work, const struct exhaust_place *state,
				       uint32_t letter, const char **why)
{
	struct exhaust_key key;
	enum execute_outcome outcome = go_back(work, state, why);

	if (outcome != EXECUTE_AGREED)
		return outcome;
	if (!exhaust_path_add(&work->path, work->request, letter)) {
		skip(work, letter);
		return EXECUTE_SKIPPED;
	}
	outcome = work->request->model_only ? try_alone(work, &key) : try_checked(work, &key, why);
	if (outcome == EXECUTE_AGREED)
		found(work, key);
	return outcome;
}

/* Every letter from share->letter on in share->state. False with a finding, or with share->why. */
static bool expand(struct work *work)
{
	struct exhaust_share *share = work->worker->share;
	uint32_t letters = exhaust_letters(work->request);
	enum execute_outcome outcome;
	struct exhaust_place state;
	const char *why = NULL;

	exhaust_path_to(&work->path, work->request, work->worker->store, share->state);
	state = work->path.at;
	outcome = go(work, &why);
	while (outcome != EXECUTE_FAILED && share->letter < letters) {
		work->execution.number = share->state * letters + share->letter;
		outcome = try_letter(work, &state, (uint32_t)share->letter, &why);
		if (outcome == EXECUTE_MISMATCH)
			keep(work, &work->execution.verdict);
		share->letter++;
		share->beat++;
		if (outcome == EXECUTE_MISMATCH)
			return false;
	}
	look_up_last(work);
	if (outcome == EXECUTE_FAILED)
		broken(work, why);
	return outcome != EXECUTE_FAILED;
}

static int expand_all(struct work *work)
{
	struct exhaust_share *share = work->worker->share;

	while (share->state < work->worker->end && expand(work)) {
		share->state += work->worker->step;
		share->letter = 0;
	}
	return share->why[0] != '\0';
}

static int work_checked(struct work *work)
{
	struct exhaust_share *share = work->worker->share;
	const char *why = NULL;
	int status;

	if (work->request->create(work->request->context, &work->subject, &why))
		return broken(work, why);
	if (execution_init(&work->execution, work->subject, &work->request->options,
			   &share->statistics)) {
		status = broken(work, "out of memory");
	} else {
		status = expand_all(work);
		execution_done(&work->execution);
	}
	work->subject->destroy(work->subject);
	return status;
}

static int work_alone(struct work *work)
{
	int status;

	if (observation_init(&work->nothing))
		return broken(work, "out of memory");
	work->alone = oracle_new();
	work->resolved = work->request->alphabet->settings;
	settings_resolve(&work->resolved, NULL, &work->request->options.settings);
	status = work->alone ? expand_all(work) : broken(work, "out of memory");
	oracle_free(work->alone);
	observation_done(&work->nothing);
	return status;
}

int exhaust_work(void *context)
{
	struct work work = { .worker = context };

	work.request = work.worker->request;
	for (uint32_t i = 0; i < work.request->alphabet->op_count; i++)
		work.fails_allocations |= work.request->alphabet->ops[i].alloc_nth;
	return work.request->model_only ? work_alone(&work) : work_checked(&work);
}
