/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Passes over the program, each proposing candidates in a fixed order, until a whole round
 * changes nothing. A candidate counts only if it costs less, so the end is reached.
 *
 *	operations  ABCDEFGH
 *	chunks      ....EFGH  ABCD....  then quarters, ... down to one operation each;
 *	            after a success the same place is tried again
 */
#include "shrink.h"

#include <errno.h>
#include <stdlib.h>

#include "simplify.h"

/* Programs so short are also tried without any two, or any three, operations. */
#define PAIRS_UP_TO 24u
#define TRIPLES_UP_TO 12u
#define LIMIT_STEPS 3u

struct shrink_run {
	struct program *program;
	const struct shrink_judge *judge;
	struct shrink_result *result;
	uint64_t cost; /* of the program */

	/* Of the pass under way. */
	struct program scratch; /* where removals are made */
	uint32_t chunk;
	uint64_t proposed, skip; /* number of the next candidate; the first that counts */
	uint64_t number[SHRINK_BATCH];
	struct program batch[SHRINK_BATCH];
	uint32_t waiting;
	bool changed, over; /* a candidate was taken; no more may be asked */
	int error;
};

/* Asks about what waits. False if the pass has to stop: one was taken, or no more may be asked. */
static bool ask(struct shrink_run *run)
{
	const struct shrink_judge *judge = run->judge;
	uint32_t count = run->waiting;
	int first;

	run->waiting = 0;
	if (!count)
		return true;
	if (!judge->goes_on(judge->context)) {
		run->over = true;
		return false;
	}
	first = judge->first(judge->context, run->batch, count);
	if (first < 0)
		run->error = first;
	if (first < 0 || (uint32_t)first >= count)
		return first >= 0;
	run->error = program_copy(run->program, &run->batch[first]);
	run->cost = simplify_cost(run->program);
	run->skip = run->number[first];
	run->result->accepted++;
	run->changed = true;
	return false;
}

/* Takes a candidate of the pass under way. */
static bool propose(void *context, const struct program *candidate)
{
	struct shrink_run *run = context;
	uint64_t number = run->proposed++;

	if (number < run->skip || simplify_cost(candidate) >= run->cost)
		return true;
	run->error = program_copy(&run->batch[run->waiting], candidate);
	if (run->error)
		return false;
	run->number[run->waiting++] = number;
	return run->waiting < SHRINK_BATCH || ask(run);
}

/* A pass: proposes candidates until propose() says no; false then. */
typedef bool pass_function(struct shrink_run *run);

static bool anew(struct shrink_run *run)
{
	run->error = program_copy(&run->scratch, run->program);
	return !run->error;
}

/* Each `chunk` operations in turn. */
static bool without_chunk(struct shrink_run *run)
{
	uint32_t count = run->program->op_count;

	for (uint32_t first = 0; first < count; first += run->chunk) {
		uint32_t length = count - first < run->chunk ? count - first : run->chunk;

		if (!anew(run))
			return false;
		program_remove_ops(&run->scratch, first, length);
		if (!propose(run, &run->scratch))
			return false;
	}
	return true;
}

static bool without_three(struct shrink_run *run, uint32_t a, uint32_t b, uint32_t c)
{
	if (!anew(run))
		return false;
	if (c > b)
		program_remove_ops(&run->scratch, c, 1);
	program_remove_ops(&run->scratch, b, 1);
	program_remove_ops(&run->scratch, a, 1);
	return propose(run, &run->scratch);
}

/* Operations that need each other, such as a change and what takes it back. */
static bool without_some(struct shrink_run *run)
{
	uint32_t count = run->program->op_count;

	for (uint32_t a = 0; a < count && count <= PAIRS_UP_TO; a++)
		for (uint32_t b = a + 1; b < count; b++)
			if (!without_three(run, a, b, b))
				return false;
	for (uint32_t a = 0; a < count && count <= TRIPLES_UP_TO; a++)
		for (uint32_t b = a + 1; b < count; b++)
			for (uint32_t c = b + 1; c < count; c++)
				if (!without_three(run, a, b, c))
					return false;
	return true;
}

/* One VMA less needs a lower limit to meet it. */
static bool with_lower_limit(struct shrink_run *run)
{
	for (uint32_t i = 0; i < run->program->op_count; i++) {
		for (uint32_t less = 1; less <= LIMIT_STEPS; less++) {
			if (!anew(run))
				return false;
			program_remove_ops(&run->scratch, i, 1);
			if (!simplify_lower_limits(&run->scratch, less))
				break;
			if (!propose(run, &run->scratch))
				return false;
		}
	}
	return true;
}

static bool with_simpler_arguments(struct shrink_run *run)
{
	return simplify_each(run->program, propose, run);
}

/* Until it has nothing more to propose that is taken. True if anything was. */
static bool exhaust(struct shrink_run *run, pass_function *pass)
{
	bool any = false;

	run->skip = 0;
	do {
		run->changed = false;
		run->proposed = 0;
		run->waiting = 0;
		if (pass(run))
			ask(run);
		any = any || run->changed;
	} while (run->changed && !run->over && !run->error);
	return any;
}

static bool exhaust_chunks(struct shrink_run *run)
{
	bool any = false;

	run->chunk = 1;
	while (run->chunk < run->program->op_count / 2)
		run->chunk *= 2;
	for (; run->chunk; run->chunk /= 2)
		any = exhaust(run, without_chunk) || any;
	return any;
}

static struct shrink_run *run_new(void)
{
	struct shrink_run *run = calloc(1, sizeof(*run));

	if (!run)
		return NULL;
	program_init(&run->scratch);
	for (uint32_t i = 0; i < SHRINK_BATCH; i++)
		program_init(&run->batch[i]);
	return run;
}

static void run_free(struct shrink_run *run)
{
	program_done(&run->scratch);
	for (uint32_t i = 0; i < SHRINK_BATCH; i++)
		program_done(&run->batch[i]);
	free(run);
}

int shrink(struct program *program, const struct shrink_judge *judge, struct shrink_result *ret)
{
	struct shrink_run *run = run_new();
	bool changed;
	int error;

	*ret = (struct shrink_result){ .complete = false };
	if (!run)
		return -ENOMEM;
	run->program = program;
	run->judge = judge;
	run->result = ret;
	run->cost = simplify_cost(program);
	do {
		changed = exhaust_chunks(run);
		changed = exhaust(run, with_lower_limit) || changed;
		changed = exhaust(run, with_simpler_arguments) || changed;
		changed = exhaust(run, without_some) || changed;
	} while (changed && !run->over && !run->error);
	ret->complete = !run->over && !run->error;
	error = run->error;
	run_free(run);
	return error;
}
