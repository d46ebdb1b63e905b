/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs one program again and again, each time with another failing allocation. */
#include "alloc_walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char too_many[] = "allocation walk: more failures in one operation than are tried";

void alloc_walk_impose(struct program *program, struct alloc_walk_place place)
{
	program_forget_text(program);
	for (uint32_t i = 0; i < program->op_count; i++) {
		bool here = i == place.op;

		program->ops[i].alloc_nth = here ? place.nth : 0;
		program->ops[i].alloc_onward = here && place.onward;
	}
}

int alloc_walk_begin(struct alloc_walk *walk, const struct program *program)
{
	int error = 0;

	program_init(&walk->program);
	walk->program.settings = program->settings;
	for (uint32_t i = 0; i < program->op_count && !error; i++)
		error = program_add_op(&walk->program, &program->ops[i]);
	for (uint32_t i = 0; i < program->name_count && !error; i++)
		error = program_add_name(&walk->program, program->names[i]) < 0 ? -ENOMEM : 0;
	if (error)
		alloc_walk_done(walk);
	else
		alloc_walk_impose(&walk->program, (struct alloc_walk_place){ .op = 0 });
	return error;
}

void alloc_walk_done(struct alloc_walk *walk)
{
	program_done(&walk->program);
}

static void tell(struct alloc_walk *walk, const struct alloc_walk_place *place)
{
	walk->at = *place;
	if (walk->beat)
		++*walk->beat;
	if (walk->place) {
		walk->place->op = place->op;
		walk->place->onward = place->onward;
		walk->place->nth = place->nth;
	}
}

static void tell_operation(const struct alloc_walk *walk, uint32_t index)
{
	if (walk->execution->at)
		*walk->execution->at = index;
}

/* The rest of a program of which a failure was injected. */
static enum execute_outcome go_on(struct alloc_walk *walk, uint32_t index, const char **why)
{
	struct execution *execution = walk->execution;

	for (; index < walk->program.op_count; index++) {
		enum execute_outcome outcome;

		tell_operation(walk, index);
		outcome = execute_step(execution, &walk->program, index, why);
		if (outcome == EXECUTE_MISMATCH || outcome == EXECUTE_FAILED)
			return outcome;
	}
	tell_operation(walk, VERDICT_AT_END);
	return execute_end(execution, why);
}

/* One program with one failing operation. *failures: how many allocations failed in it. */
static enum execute_outcome walk_once(struct alloc_walk *walk, const struct alloc_walk_place *place,
				      uint32_t *failures, const char **why)
{
	struct execution *execution = walk->execution;
	enum execute_outcome outcome;

	*failures = 0;
	tell(walk, place);
	tell_operation(walk, VERDICT_AT_BEGIN);
	outcome = execute_begin(execution, &walk->program, why);
	for (uint32_t i = 0; i <= place->op && outcome == EXECUTE_AGREED; i++) {
		tell_operation(walk, i);
		execution->seen->alloc_failed = 0;
		outcome = execute_step(execution, &walk->program, i, why);
		/* What a side cannot do has not been done. */
		if (outcome == EXECUTE_SKIPPED && i < place->op)
			outcome = EXECUTE_AGREED;
	}
	if (outcome != EXECUTE_SKIPPED)
		*failures = execution->seen->alloc_failed;
	/* It came through without asking so often: the end would be that of the program itself. */
	if (outcome != EXECUTE_AGREED || !*failures)
		return outcome;
	return go_on(walk, place->op + 1, why);
}

static enum execute_outcome walk_operation(struct alloc_walk *walk, uint32_t index, bool onward,
					   struct run_statistics *statistics, const char **why)
{
	struct op *op = &walk->program.ops[index];
	enum execute_outcome outcome = EXECUTE_AGREED;
	uint32_t failures = 1;

	for (uint16_t nth = 1; outcome == EXECUTE_AGREED && failures; nth++) {
		const struct alloc_walk_place place = { index, nth, onward };

		if (nth > ALLOC_WALK_MOST) {
			statistics_skip(statistics, too_many, 1);
			break;
		}
		op->alloc_nth = nth;
		op->alloc_onward = onward;
		outcome = walk_once(walk, &place, &failures, why);
		statistics->walks += failures != 0;
		statistics->walk_failures += failures;
	}
	if (outcome == EXECUTE_MISMATCH || outcome == EXECUTE_FAILED)
		return outcome;
	op->alloc_nth = 0;
	op->alloc_onward = false;
	return EXECUTE_AGREED;
}

/* What the runs did counts, but they are no programs of their own, and skips were told before. */
static void count(struct run_statistics *to, const struct run_statistics *from)
{
	to->operations += from->operations;
	to->checks += from->checks;
	to->mismatches += from->mismatches;
	to->alloc_failures += from->alloc_failures;
	to->alloc_points += from->alloc_points;
	to->outcomes_over += from->outcomes_over;
	if (from->outcomes_max > to->outcomes_max)
		to->outcomes_max = from->outcomes_max;
	for (unsigned int i = 0; i < RULES; i++)
		to->exercised[i] += from->exercised[i];
}

enum execute_outcome alloc_walk_run(struct alloc_walk *walk, const char **why)
{
	struct execution *execution = walk->execution;
	struct run_statistics *statistics = execution->statistics;
	struct run_statistics scratch = { .programs = 0 };
	enum execute_outcome outcome = EXECUTE_AGREED;

	execution->statistics = &scratch;
	for (uint32_t i = 0; i < walk->program.op_count && outcome == EXECUTE_AGREED; i++) {
		outcome = walk_operation(walk, i, false, statistics, why);
		if (outcome == EXECUTE_AGREED)
			outcome = walk_operation(walk, i, true, statistics, why);
	}
	execution->statistics = statistics;
	count(statistics, &scratch);
	if (walk->place && outcome == EXECUTE_AGREED)
		walk->place->nth = 0;
	return outcome;
}
