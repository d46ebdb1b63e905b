/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An allocation failed inside the subject. Where it failed is the subject's business; the
 * model knows the places where an operation may run out of memory and what stands
 * afterwards. The subject is right if it shows one of those outcomes in every field, and
 * that outcome is then the state both go on from.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "execute.h"

/* Distinct outcomes by rule, to see that no rule permits too much. */
#define OUTCOMES_KEPT 256

struct outcome {
	const char *rule;
	uint64_t hash;
};

struct outcomes {
	struct outcome kept[OUTCOMES_KEPT];
	uint32_t count;
};

/* All that stands after the trial, counters and guard markers included. */
static uint64_t outcome_hash(const struct observation *expect, uint32_t pages)
{
	struct trace trace;
	uint64_t hash;

	trace_begin(&trace);
	trace_operation(&trace, expect);
	hash = trace_hash(&trace);
	for (unsigned int i = 0; i < PROGRAM_SPACES; i++) {
		const struct seen_space *space = &expect->space[i];
		const int64_t counter[] = { space->vma_count, space->total_vm, space->data_vm,
					    space->exec_vm,   space->stack_vm, space->locked_vm,
					    space->committed };

		if (!space->alive)
			continue;
		for (size_t j = 0; j < sizeof(counter) / sizeof(counter[0]); j++)
			hash = trace_share((uint64_t)counter[j], hash);
		for (uint32_t word = 0; word < (pages + 63) / 64; word++)
			hash = trace_share(space->guard[word], hash);
	}
	return hash;
}

static void outcomes_add(struct outcomes *outcomes, const char *rule, uint64_t hash)
{
	for (uint32_t i = 0; i < outcomes->count; i++)
		if (outcomes->kept[i].hash == hash && !strcmp(outcomes->kept[i].rule, rule))
			return;
	if (outcomes->count < OUTCOMES_KEPT)
		outcomes->kept[outcomes->count++] = (struct outcome){ rule, hash };
}

static uint32_t outcomes_of_one_rule(const struct outcomes *outcomes)
{
	uint32_t most = 0;

	for (uint32_t i = 0; i < outcomes->count; i++) {
		uint32_t same = 0;

		for (uint32_t j = 0; j < outcomes->count; j++)
			same += !strcmp(outcomes->kept[i].rule, outcomes->kept[j].rule);
		if (same > most)
			most = same;
	}
	return most;
}

/* VMAs in the range the operation names, or all of its space where it names none; 1 at least. */
static uint32_t pieces_of(const struct comparison *comparison)
{
	const struct settings *settings = &comparison->program->settings;
	const struct op *op = &comparison->program->ops[comparison->index];
	uint64_t start = (place_address(settings, op->addr) - PROGRAM_BASE) / PAGE_BYTES;
	uint64_t pages = (place_length(op->len) + PAGE_BYTES - 1) / PAGE_BYTES;
	uint32_t count = 0;

	for (unsigned int i = 0; comparison->before && i < PROGRAM_SPACES; i++) {
		const struct seen_space *space = &comparison->before->space[i];

		if (!space->alive || space->number != op->space)
			continue;
		for (uint32_t j = 0; j < space->vmas; j++)
			count += !pages ||
				 (space->vma[j].start < start + pages && space->vma[j].end > start);
	}
	return count ? count : 1;
}

static int try_point(struct execution *execution, uint32_t index, unsigned int point)
{
	const struct op *op = &execution->program.ops[index];

	oracle_fail_at(execution->oracle, point, op->alloc_onward);
	oracle_apply(execution->oracle, &execution->program, index, execution->expect);
	return oracle_observe(execution->oracle, execution->expect);
}

/* What the search found; points are numbered from 1, 0 is none. */
struct search {
	unsigned int match;   /* the first point whose outcome the subject shows */
	unsigned int nearest; /* the first that agrees in most: result, spaces, events */
	unsigned int agreement;
	unsigned int tried;
	bool stands; /* the model stands at the match already */
	struct outcomes outcomes;
};

static void note_nearness(const struct comparison *comparison, struct search *search,
			  unsigned int point)
{
	struct comparison part = *comparison;
	uint64_t checks = 0;
	unsigned int agreement = 1;

	part.facts = 0;
	agreement += compare_equal(&part, &checks);
	part.facts = comparison->facts & ~(uint32_t)FACT_EVENTS;
	agreement += 2 * compare_equal(&part, &checks);
	if (agreement <= search->agreement)
		return;
	search->agreement = agreement;
	search->nearest = point;
}

static int search(struct execution *execution, const struct comparison *comparison,
		  struct search *search)
{
	uint64_t *checks = &execution->statistics->checks;
	uint32_t pages = execution->program.settings.pages;
	int error = oracle_save(execution->oracle);

	for (unsigned int point = 1; !error; point++) {
		const char *rule;

		if (point > 1)
			oracle_restore(execution->oracle);
		error = try_point(execution, comparison->index, point);
		rule = oracle_fail_reached(execution->oracle);
		if (error || !rule)
			break;
		search->tried = point;
		outcomes_add(&search->outcomes, rule, outcome_hash(execution->expect, pages));
		if (search->match)
			continue;
		if (!compare_equal(comparison, checks)) {
			note_nearness(comparison, search, point);
			continue;
		}
		search->match = point;
		search->stands = !execution->options.paranoid;
		if (search->stands)
			break;
	}
	return error;
}

bool execute_explain_failure(struct execution *execution, const struct comparison *comparison,
			     int *error)
{
	struct run_statistics *statistics = execution->statistics;
	struct search found = { .match = 0 };
	struct comparison nearest = *comparison;
	char message[sizeof(execution->verdict.message)];
	uint32_t most;

	*error = search(execution, comparison, &found);
	if (*error)
		return false;
	most = outcomes_of_one_rule(&found.outcomes);
	statistics->alloc_failures++;
	statistics->alloc_points += found.tried;
	statistics->outcomes_over +=
		most > OUTCOMES_MAX + OUTCOMES_MORE * (pieces_of(comparison) - 1);
	if (most > statistics->outcomes_max)
		statistics->outcomes_max = most;
	if (found.match && found.stands)
		return true;
	/* Adopt the match, or show the outcome that comes nearest: no point at all fails nowhere.
	 */
	oracle_restore(execution->oracle);
	*error = try_point(execution, comparison->index, found.match ? found.match : found.nearest);
	if (*error || found.match)
		return !*error;
	nearest.rule = oracle_rule(execution->oracle);
	compare_classify(&nearest, &execution->verdict);
	if (execution->verdict.class == VERDICT_AGREE)
		verdict_set(&execution->verdict, &nearest, VERDICT_WRONG_LAYOUT, "ERR-1",
			    "the observations differ");
	snprintf(message, sizeof(message), "%.160s (a failed allocation; %u outcomes tried)",
		 execution->verdict.message, found.tried);
	memcpy(execution->verdict.message, message, sizeof(message));
	return false;
}
