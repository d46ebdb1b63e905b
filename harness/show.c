/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Leads through a program and keeps the letters; it prints nothing but a merge decision. */
#include "show.h"

#include <stdlib.h>
#include <string.h>

#include "report_merge.h"

static const struct seen_space nothing = { .alive = false };

/* The letters of one space as they were after the last step. */
struct kept_row {
	uint32_t number; /* VERDICT_NO_SPACE: free */
	struct draw_row row;
};

struct walk {
	struct execution *execution;
	const struct program *program;
	struct show_viewer *viewer; /* NULL: only looking for the pages that matter */
	struct draw_range *extent;  /* those */
	struct kept_row kept[PROGRAM_SPACES];
	struct show_step step;
};

bool show_at_operation(const struct show_step *step)
{
	return step->index < VERDICT_AT_END;
}

void show_text(const struct show_step *step, char *buffer, size_t size)
{
	const struct program *program = &step->execution->program;

	if (show_at_operation(step))
		op_print(program, &program->ops[step->index], buffer, size);
	else
		snprintf(buffer, size, "%s",
			 step->index == VERDICT_AT_BEGIN ? "(before the first operation)"
							 : "(every space ends)");
}

const struct show_space *show_acting(const struct show_step *step)
{
	for (uint32_t i = 0; i < step->spaces; i++) {
		if (step->space[i].acts)
			return &step->space[i];
	}
	return NULL;
}

bool show_merge(FILE *out, const struct show_step *step)
{
	const struct show_space *space = show_acting(step);
	const struct seen_space *before;

	if (!step->merged || !space)
		return false;
	before = observation_space(step->execution->before, space->number);
	report_print_merge(
		out, &step->account,
		&(struct lettered){ space->seen ? space->seen : &nothing, &space->after },
		&(struct lettered){ before ? before : &nothing, &space->before });
	return true;
}

static struct kept_row *find_row(struct walk *walk, uint32_t number)
{
	for (unsigned int i = 0; i < PROGRAM_SPACES; i++) {
		if (walk->kept[i].number == number)
			return &walk->kept[i];
	}
	return NULL;
}

/* A space that was not there before begins with the letters of the one that made it. */
static void add_space(struct walk *walk, uint32_t number, const struct draw_row *maker)
{
	const struct execution *execution = walk->execution;
	struct show_space *space = &walk->step.space[walk->step.spaces++];
	const struct kept_row *kept = find_row(walk, number);

	space->number = number;
	space->acts = false;
	space->seen = observation_space(execution->seen, number);
	space->expect = observation_space(execution->expect, number);
	if (kept)
		space->before = kept->row;
	else
		draw_row_clear(&space->before);
	draw_row_fill(&space->after, space->seen ? space->seen : &nothing,
		      kept || !maker ? &space->before : maker);
	draw_row_fill(&space->model, space->expect ? space->expect : &nothing,
		      kept || !maker ? &space->before : maker);
}

static bool is_there(const struct show_step *step, uint32_t number)
{
	for (uint32_t i = 0; i < step->spaces; i++) {
		if (step->space[i].number == number)
			return true;
	}
	return false;
}

static void add_live_spaces(struct walk *walk, const struct observation *seen,
			    const struct draw_row *maker)
{
	uint8_t slot[PROGRAM_SPACES];
	unsigned int count = observation_order(seen, slot);

	for (unsigned int i = 0; i < count && walk->step.spaces < SHOW_SPACES; i++) {
		if (!is_there(&walk->step, seen->space[slot[i]].number))
			add_space(walk, seen->space[slot[i]].number, maker);
	}
}

static int by_number(const void *a, const void *b)
{
	const struct show_space *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

/* Letters of spaces that are gone are free for new ones. */
static void keep_rows(struct walk *walk)
{
	const struct show_step *step = &walk->step;

	for (unsigned int i = 0; i < PROGRAM_SPACES; i++)
		walk->kept[i].number = VERDICT_NO_SPACE;
	for (uint32_t i = 0; i < step->spaces; i++) {
		struct kept_row *kept = find_row(walk, VERDICT_NO_SPACE);

		if (!step->space[i].seen || !kept)
			continue;
		kept->number = step->space[i].number;
		kept->row = step->space[i].after;
	}
}

static void show_one(struct walk *walk, uint32_t index, enum execute_outcome outcome,
		     const char *why)
{
	struct execution *execution = walk->execution;
	struct show_step *step = &walk->step;
	bool at_operation;

	step->index = index;
	step->outcome = outcome;
	step->why = why;
	step->merged = false;
	step->spaces = 0;
	at_operation = show_at_operation(step);
	if (at_operation && outcome != EXECUTE_SKIPPED)
		step->merged = subject_explain(execution->subject, &step->account);
	if (at_operation || index == VERDICT_AT_BEGIN) {
		add_space(walk, at_operation ? execution->program.ops[index].space : 0, NULL);
		step->space[0].acts = true;
	}
	/* The row of the actor stays where it is until all that it made are there. */
	add_live_spaces(walk, execution->seen, step->spaces ? &step->space[0].after : NULL);
	add_live_spaces(walk, execution->expect, step->spaces ? &step->space[0].after : NULL);
	qsort(step->space, step->spaces, sizeof(step->space[0]), by_number);
	keep_rows(walk);
	if (index == VERDICT_AT_BEGIN)
		walk->viewer->begin(walk->viewer, step);
	else
		walk->viewer->step(walk->viewer, step);
}

static void add_extent(struct walk *walk, const struct op *op)
{
	const struct observation *const sides[] = { walk->execution->seen,
						    walk->execution->expect };
	struct draw_range range = draw_range_of_op(&walk->execution->program, op);

	draw_range_add(walk->extent, range.low, range.high);
	for (unsigned int i = 0; i < 2 * PROGRAM_SPACES; i++) {
		const struct seen_space *space = &sides[i % 2]->space[i / 2];

		if (space->alive && space->vmas)
			draw_range_add(walk->extent, space->vma[0].start,
				       space->vma[space->vmas - 1].end);
	}
}

static enum execute_outcome walk_steps(struct walk *walk, const char **why)
{
	struct execution *execution = walk->execution;
	enum execute_outcome outcome = execute_begin(execution, walk->program, why);

	if (outcome != EXECUTE_AGREED && outcome != EXECUTE_MISMATCH)
		return outcome;
	if (walk->viewer)
		show_one(walk, VERDICT_AT_BEGIN, outcome, NULL);
	for (uint32_t i = 0; outcome != EXECUTE_MISMATCH && i < walk->program->op_count; i++) {
		outcome = execute_step(execution, walk->program, i, why);
		if (outcome == EXECUTE_FAILED)
			return outcome;
		if (walk->viewer)
			show_one(walk, i, outcome, *why);
		else
			add_extent(walk, &walk->program->ops[i]);
	}
	if (outcome == EXECUTE_MISMATCH)
		return outcome;
	outcome = execute_end(execution, why);
	if (walk->viewer && outcome == EXECUTE_MISMATCH)
		show_one(walk, VERDICT_AT_END, outcome, NULL);
	return outcome;
}

static enum execute_outcome walk_program(struct execution *execution, const struct program *program,
					 struct draw_range *extent, struct show_viewer *viewer,
					 const char **why)
{
	struct walk *walk = calloc(1, sizeof(*walk));
	enum execute_outcome outcome;

	*why = "out of memory";
	if (!walk)
		return EXECUTE_FAILED;
	walk->execution = execution;
	walk->program = program;
	walk->viewer = viewer;
	walk->extent = extent;
	walk->step.execution = execution;
	walk->step.extent = *extent;
	for (unsigned int i = 0; i < PROGRAM_SPACES; i++)
		walk->kept[i].number = VERDICT_NO_SPACE;
	outcome = walk_steps(walk, why);
	free(walk);
	return outcome;
}

enum execute_outcome show_learn(struct execution *execution, const struct program *program,
				struct draw_range *extent, const char **why)
{
	return walk_program(execution, program, extent, NULL, why);
}

enum execute_outcome show_program(struct execution *execution, const struct program *program,
				  struct draw_range extent, struct show_viewer *viewer,
				  const char **why)
{
	draw_range_add(&extent, 0, extent.high ? 0 : 1);
	return walk_program(execution, program, &extent, viewer, why);
}
