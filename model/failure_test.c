/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Running out of memory in the middle of an operation: every point the model has is walked, and
 * what stands afterwards must be one of the outcomes the specification permits.
 *
 *      point           1      2      3      4      none
 *      map 4-8 over 0-12:
 *                  0-12   cut at 4   both cuts   a hole   done
 */
#include "test_support.h"

#define POINTS_MAX 100
#define OUTCOMES_MAX 8

struct outcome {
	const char *result;
	const char *layout;
	const char *events; /* NULL: any */
	bool may_miss;	    /* permitted, but no point has to lead to it */
};

struct failing {
	unsigned int profiles;
	const char *const *lines; /* what stands before */
	const char *operation;
	struct outcome outcomes[OUTCOMES_MAX]; /* the first is success */
};

static bool outcome_fits(struct bench *bench, const struct outcome *outcome, int64_t result)
{
	struct model_run wanted[BENCH_RUNS], runs[BENCH_RUNS];
	char wanted_text[BENCH_TEXT], text[BENCH_TEXT];

	if (!bench_result_is(result, outcome->result))
		return false;
	bench_text(wanted_text, wanted, bench_parse(bench, outcome->layout, wanted));
	bench_text(text, runs, model_runs(bench->model, bench->space, runs, BENCH_RUNS));
	if (strcmp(wanted_text, text))
		return false;
	bench_events_text(bench, text);
	return !outcome->events || !strcmp(text, outcome->events);
}

/* Which outcome it is; fails the test if none. */
static size_t find_outcome(struct bench *bench, const struct failing *failing, int64_t result,
			   unsigned int point, bool onward)
{
	struct model_run runs[BENCH_RUNS];
	char text[BENCH_TEXT], events[BENCH_TEXT], told[BENCH_TEXT];
	const char *rule = model_fail_reached(bench->model);
	size_t i;

	for (i = 0; i < OUTCOMES_MAX && failing->outcomes[i].result; i++) {
		if (outcome_fits(bench, &failing->outcomes[i], result))
			return i;
	}
	bench_text(text, runs, model_runs(bench->model, bench->space, runs, BENCH_RUNS));
	bench_events_text(bench, events);
	bench_result_text(told, result);
	bench_fail(bench, "%s at point %u%s (%s): not permitted\n\tresult %s\n\t%s\n\tevents %s",
		   failing->operation, point, onward ? "+" : "", rule ? rule : "not reached", told,
		   text, events);
	return 0;
}

static int64_t run_operation(struct bench *bench, const char *operation, unsigned int point,
			     bool onward)
{
	const char *text = operation;
	char verb[64];

	bench->space = 0;
	while (bench_next(&text, verb, sizeof(verb)) && verb[0] == '@')
		bench->space = (unsigned int)strtoul(verb + 1, NULL, 10);
	model_fail_at(bench->model, point, onward);
	return bench_operate(bench, verb, &text);
}

/* A mapping that says nothing about failing. */
static int64_t run_bare_map(struct bench *bench, uint32_t start, uint32_t pages)
{
	return model_mmap(bench->model, 0, BENCH_BASE + start * BENCH_PAGE, pages * BENCH_PAGE, 3,
			  BENCH_FIXED | BENCH_PRIVATE | BENCH_ANONYMOUS, 0, 0);
}

/* Walks the points of one operation from one state. Notes in seen[] which outcomes came. */
static void walk_points(struct bench *bench, const struct model *from,
			const struct failing *failing, bool onward, bool *seen)
{
	unsigned int point, spaces = model_spaces_alive(from);

	for (point = 1; point < POINTS_MAX; point++) {
		const char *rule;
		int64_t result;
		size_t which;

		model_copy(bench->model, from);
		result = run_operation(bench, failing->operation, point, onward);
		rule = model_fail_reached(bench->model);
		which = find_outcome(bench, failing, result, point, onward);
		seen[which] = true;
		bench_check_all(bench);
		if (result < 0)
			assert_int_equal(model_spaces_alive(bench->model), spaces);
		if (!rule) {
			assert_int_equal(which, 0);
			return;
		}
		assert_true(rule[0] != '\0');
	}
	bench_fail(bench, "%s: more than %u points", failing->operation, POINTS_MAX);
}

/* The setting is for one operation: without it the same state gives success. */
static void check_setting_is_gone(struct bench *bench, const struct model *from,
				  const struct failing *failing)
{
	model_copy(bench->model, from);
	(void)run_operation(bench, failing->operation, 1, true);
	model_copy(bench->model, from);
	assert_int_equal(find_outcome(bench, failing,
				      run_operation(bench, failing->operation, 0, false), 0, false),
			 0);
	assert_null(model_fail_reached(bench->model));
}

static void check_profile(enum model_profile profile, const struct failing *failing)
{
	bool seen[OUTCOMES_MAX] = { false };
	struct model *from = model_new();
	struct bench bench;
	size_t i;

	assert_non_null(from);
	bench_start(&bench, profile, failing->lines);
	bench_rest(&bench);
	bench.line = 0;
	model_copy(from, bench.model);
	walk_points(&bench, from, failing, false, seen);
	walk_points(&bench, from, failing, true, seen);
	check_setting_is_gone(&bench, from, failing);
	for (i = 0; i < OUTCOMES_MAX && failing->outcomes[i].result; i++) {
		if (!seen[i] && !failing->outcomes[i].may_miss)
			bench_fail(&bench, "%s: no point leads to %s, %s", failing->operation,
				   failing->outcomes[i].result, failing->outcomes[i].layout);
	}
	model_free(bench.model);
	model_free(from);
}

static void check_failing(const struct failing *failing)
{
	unsigned int profile;

	for (profile = 0; profile < BENCH_PROFILES; profile++) {
		if (failing->profiles & BENCH_SET(profile))
			check_profile((enum model_profile)profile, failing);
	}
}

/* An outcome: the result, the layout, and the events if they matter. */
#define LEAVES(gives, runs)                                                                        \
	{                                                                                          \
		.result = (gives), .layout = (runs)                                                \
	}
#define LEAVES_SAW(gives, runs, calls)                                                             \
	{                                                                                          \
		.result = (gives), .layout = (runs), .events = (calls)                             \
	}
#define MAY_LEAVE(gives, runs, calls)                                                              \
	{                                                                                          \
		.result = (gives), .layout = (runs), .events = (calls), .may_miss = true           \
	}

/* profiles, LINES(before), operation, then the outcomes, success first */
#define failures(set, before, does, ...)                                                           \
	check_failing(&(const struct failing){ .profiles = (set),                                  \
					       .lines = (before),                                  \
					       .operation = (does),                                \
					       .outcomes = { __VA_ARGS__ } })

/* ---- mmap --------------------------------------------------------------------------------- */

/*
 *      0 1 2 3 4 5 6 7
 *      . . . . = = = =
 */
static void map_fresh_fails_to_nothing(void **state)
{
	(void)state;
	failures(BENCH_ALL, LINES("counter areas 0"), "map 4-8 rw", LEAVES("page4", "4-8 rw"),
		 LEAVES_SAW("ENOMEM", "empty", "nothing"));
	failures(BENCH_ALL, LINES("counter areas 0"), "map 4-8 rw shared",
		 LEAVES("page4", "4-8 rw sh obj1@0"), LEAVES("ENOMEM", "empty"));
	failures(BENCH_ALL, LINES("counter areas 0"), "place at 0x0 len 2 r plain@3",
		 LEAVES("page62", "62-64 r plain@3"), LEAVES("ENOMEM", "empty"));
}

/*
 *      0 1 2 3 4 5 6 7
 *      a a a a = = = =         the joining is given up, or there is no memory at all
 */
static void map_joining_fails_to_neighbours(void **state)
{
	(void)state;
	failures(BENCH_ALL, LINES("map 0-4 rw"), "map 4-8 rw", LEAVES("page4", "0-8 rw"),
		 LEAVES("page4", "0-4 rw | 4-8 rw"), LEAVES("ENOMEM", "0-4 rw"));
	failures(BENCH_ALL, LINES("map 4-8 r plain@4"), "map 0-4 r plain@0",
		 LEAVES("page0", "0-8 r plain@0"), LEAVES("page0", "0-4 r plain@0 | 4-8 r plain@4"),
		 LEAVES("ENOMEM", "4-8 r plain@4"));
	failures(BENCH_SINCE_6_12, LINES("map 0-4 rw", "map 8-12 rw", "write 8-9"), "map 4-8 rw",
		 LEAVES("page4", "0-12 rw F1"), LEAVES("page4", "0-4 rw | 4-8 rw | 8-12 rw F1"),
		 LEAVES("ENOMEM", "0-4 rw | 8-12 rw F1"));
	failures(BENCH_SET(MODEL_6_1), LINES("map 0-4 rw", "map 8-12 rw", "write 8-9"),
		 "map 4-8 rw", LEAVES("page4", "0-4 rw | 4-12 rw F1"),
		 LEAVES("page4", "0-4 rw | 4-8 rw | 8-12 rw F1"),
		 LEAVES("ENOMEM", "0-4 rw | 8-12 rw F1"));
}

/*
 *      0 1 2 3 4 5 6 7 8 9 a b
 *      a a a a = = = = a a a a         cuts stay, then a hole
 */
static void map_over_middle_fails_to_cuts_or_hole(void **state)
{
	(void)state;
	failures(BENCH_ALL, LINES("map 0-12 rw"), "map 4-8 rwx",
		 LEAVES("page4", "0-4 rw | 4-8 rwx | 8-12 rw"), LEAVES("ENOMEM", "0-12 rw"),
		 LEAVES("ENOMEM", "0-4 rw | 4-12 rw"),
		 LEAVES("ENOMEM", "0-4 rw | 4-8 rw | 8-12 rw"),
		 LEAVES("ENOMEM", "0-4 rw | 8-12 rw"));
}

/* The same with hooks: open for a cut that came about, close only for what is gone. */
static void map_over_closing_area_fails_with_matched_hooks(void **state)
{
	(void)state;
	failures(BENCH_ALL, LINES("map 0-8 r close@0"), "map 2-4 rw",
		 LEAVES_SAW("page2", "0-2 r close@0 | 2-4 rw | 4-8 r close@4",
			    "close.may_split(0-8/2) close.open(0-2) close.may_split(2-8/4) "
			    "close.open(4-8) close.close(2-4)"),
		 LEAVES_SAW("ENOMEM", "0-8 r close@0", "close.may_split(0-8/2)"),
		 LEAVES_SAW("ENOMEM", "0-2 r close@0 | 2-8 r close@2",
			    "close.may_split(0-8/2) close.open(0-2) close.may_split(2-8/4)"),
		 LEAVES_SAW("ENOMEM", "0-2 r close@0 | 2-4 r close@2 | 4-8 r close@4",
			    "close.may_split(0-8/2) close.open(0-2) close.may_split(2-8/4) "
			    "close.open(4-8)"),
		 LEAVES_SAW("ENOMEM", "0-2 r close@0 | 4-8 r close@4",
			    "close.may_split(0-8/2) close.open(0-2) close.may_split(2-8/4) "
			    "close.open(4-8) close.close(2-4)"));
}

/* Memory comes before the legacy hook, the preparing hook before memory. */
static void map_driver_fails_around_its_hook(void **state)
{
	(void)state;
	failures(BENCH_ALL, LINES("counter areas 0"), "map 4-8 r driver@0",
		 LEAVES_SAW("page4", "4-8 r driver@0", "driver.mmap(4-8)"),
		 LEAVES_SAW("ENOMEM", "empty", "nothing"),
		 MAY_LEAVE("ENOMEM", "empty", "driver.mmap(4-8)"));
	failures(BENCH_SINCE_6_18, LINES("counter areas 0"), "map 4-8 r prepare@0",
		 LEAVES_SAW("page4", "4-8 r prepare@0", "prepare.mmap_prepare(4-8)"),
		 LEAVES_SAW("ENOMEM", "empty", "prepare.mmap_prepare(4-8)"));
	failures(BENCH_SINCE_6_18, LINES("map 0-4 r prepare@0"), "map 4-8 r prepare@4",
		 LEAVES_SAW("page4", "0-8 r prepare@0", "prepare.mmap_prepare(4-8)"),
		 LEAVES_SAW("page4", "0-4 r prepare@0 | 4-8 r prepare@4",
			    "prepare.mmap_prepare(4-8)"),
		 LEAVES_SAW("ENOMEM", "0-4 r prepare@0", "prepare.mmap_prepare(4-8)"));
	failures(BENCH_SINCE_6_18, LINES("map 0-8 rw"), "map 2-4 r declining@6",
		 LEAVES_SAW("EIO", "0-2 rw | 4-8 rw", "declining.mmap_prepare(2-4)"),
		 LEAVES_SAW("ENOMEM", "0-8 rw", "nothing"),
		 LEAVES_SAW("ENOMEM", "0-2 rw | 2-8 rw", "nothing"),
		 LEAVES_SAW("ENOMEM", "0-2 rw | 2-4 rw | 4-8 rw", "nothing"));
}

/* vm_brk: as an unmapping, then a hole; without memory for the joining nothing is mapped. */
static void vm_brk_fails_before_and_after_its_hole(void **state)
{
	(void)state;
	failures(BENCH_ALL, LINES("map 0-8 r"), "vm_brk 2-4", LEAVES("0", "0-2 r | 2-4 rw | 4-8 r"),
		 LEAVES("ENOMEM", "0-8 r"), LEAVES("ENOMEM", "0-2 r | 2-8 r"),
		 LEAVES("ENOMEM", "0-2 r | 2-4 r | 4-8 r"), LEAVES("ENOMEM", "0-2 r | 4-8 r"));
	failures(BENCH_ALL, LINES("map 0-4 rw"), "vm_brk 4-8", LEAVES("0", "0-8 rw"),
		 LEAVES("ENOMEM", "0-4 rw"));
	failures(BENCH_ALL, LINES("brk 4"), "brk 8", LEAVES("0", "0-8 rw"),
		 LEAVES("page4", "0-4 rw"));
}

/* The second look before 6.18: without memory the new area is used as it is. */
static void map_legacy_hook_second_look_is_given_up(void **state)
{
	(void)state;
	failures(BENCH_BEFORE_6_18, LINES("map 0-4 r legacy@0"), "map 4-8 r legacy@4",
		 LEAVES_SAW("page4", "0-8 r dd legacy@0", "legacy.mmap(4-8)"),
		 LEAVES_SAW("page4", "0-4 r dd legacy@0 | 4-8 r dd legacy@4", "legacy.mmap(4-8)"),
		 LEAVES_SAW("ENOMEM", "0-4 r dd legacy@0", "nothing"));
}

/* Population is no part of the promise. */
static void map_populated_fails_to_unpopulated(void **state)
{
	(void)state;
	failures(BENCH_ALL, LINES("counter areas 0"), "map 0-4 rw populate",
		 LEAVES("page0", "0-4 rw F1"), LEAVES("page0", "0-4 rw"),
		 LEAVES("ENOMEM", "empty"));
	failures(BENCH_ALL, LINES("counter areas 0"), "map 0-4 rw locked",
		 LEAVES("page0", "0-4 rw lo F1"), LEAVES("page0", "0-4 rw lo"),
		 LEAVES("ENOMEM", "empty"));
}

/* ---- munmap ------------------------------------------------------------------------------- */

/*
 *      0 1 2 3 4 5 6 7
 *      a a a = = a a a
 */
static void unmap_hole_fails_to_cuts(void **state)
{
	(void)state;
	failures(BENCH_ALL, LINES("map 0-8 r driver@0"), "unmap 3-5",
		 LEAVES_SAW("0", "0-3 r driver@0 | 5-8 r driver@5",
			    "driver.may_split(0-8/3) driver.open(0-3) driver.may_split(3-8/5) "
			    "driver.open(5-8) driver.close(3-5)"),
		 LEAVES_SAW("ENOMEM", "0-8 r driver@0", "driver.may_split(0-8/3)"),
		 LEAVES_SAW("ENOMEM", "0-3 r driver@0 | 3-8 r driver@3",
			    "driver.may_split(0-8/3) driver.open(0-3) driver.may_split(3-8/5)"),
		 LEAVES_SAW("ENOMEM", "0-3 r driver@0 | 3-5 r driver@3 | 5-8 r driver@5",
			    "driver.may_split(0-8/3) driver.open(0-3) driver.may_split(3-8/5) "
			    "driver.open(5-8)"));
}

/*
 *      0 1 2 3 4 5 6 7
 *      a a = = = = b b
 */
static void unmap_across_areas_fails_to_cuts(void **state)
{
	(void)state;
	failures(BENCH_ALL, LINES("map 0-4 rw", "map 4-8 r"), "unmap 2-6",
		 LEAVES("0", "0-2 rw | 6-8 r"), LEAVES("ENOMEM", "0-4 rw | 4-8 r"),
		 LEAVES("ENOMEM", "0-2 rw | 2-4 rw | 4-8 r"),
		 LEAVES("ENOMEM", "0-2 rw | 2-4 rw | 4-6 r | 6-8 r"));
}

static void unmap_whole_areas_fails_unchanged(void **state)
{
	(void)state;
	failures(BENCH_ALL, LINES("map 0-4 rw", "write 0-1", "map 6-8 r close@0"), "unmap 0-8",
		 LEAVES_SAW("0", "empty", "close.close(6-8)"),
		 LEAVES_SAW("ENOMEM", "0-4 rw F1 | 6-8 r close@0", "nothing"));
	failures(BENCH_ALL, LINES("map 6-8 r"), "unmap 0-4", LEAVES_SAW("0", "6-8 r", "nothing"));
}

/* ---- mprotect, madvise -------------------------------------------------------------------- */

/*
 *      0 1 2 3 4 5 6 7
 *      a a = = a a a a         unchanged, or the first cut stays
 */
static void protect_middle_fails_to_first_cut(void **state)
{
	(void)state;
	failures(BENCH_SINCE_6_12, LINES("map 0-8 rw"), "prot 2-4 r",
		 LEAVES("0", "0-2 rw | 2-4 r | 4-8 rw"), LEAVES("ENOMEM", "0-8 rw"),
		 LEAVES("ENOMEM", "0-2 rw | 2-8 rw"));
	failures(BENCH_SET(MODEL_6_1), LINES("map 0-8 rw"), "prot 2-4 r",
		 LEAVES("0", "0-2 rw | 2-4 r ac | 4-8 rw"), LEAVES("ENOMEM", "0-8 rw"),
		 LEAVES("ENOMEM", "0-2 rw | 2-8 rw"));
	failures(BENCH_ALL, LINES("map 0-8 r"), "prot 2-4 rw",
		 LEAVES("0", "0-2 r | 2-4 rw | 4-8 r"), LEAVES("ENOMEM", "0-8 r"),
		 LEAVES("ENOMEM", "0-2 r | 2-8 r"));
	failures(BENCH_ALL, LINES("map 0-8 r driver@0"), "prot 2-4 rw",
		 LEAVES("0", "0-2 r driver@0 | 2-4 rw driver@2 | 4-8 r driver@4"),
		 LEAVES_SAW("ENOMEM", "0-8 r driver@0", "driver.may_split(0-8/2)"),
		 LEAVES_SAW("ENOMEM", "0-2 r driver@0 | 2-8 r driver@2",
			    "driver.may_split(0-8/2) driver.open(0-2) driver.may_split(2-8/4)"));
}

static void protect_edge_fails_unchanged(void **state)
{
	(void)state;
	failures(BENCH_ALL, LINES("map 0-8 rw", "write 0-1"), "prot 6-8 r",
		 LEAVES("0", "0-6 rw F1 | 6-8 r ac F1"), LEAVES("ENOMEM", "0-8 rw F1"));
}

/*
 *      0 1 2 3 4 5 6 7
 *      a a a a = = b b         4.4: a joining that fails does not fall back to cuts
 */
static void protect_joining_fails_unchanged(void **state)
{
	(void)state;
	failures(BENCH_ALL, LINES("map 0-4 rw", "map 4-8 r"), "prot 4-6 rw",
		 LEAVES("0", "0-6 rw | 6-8 r"), LEAVES_SAW("ENOMEM", "0-4 rw | 4-8 r", "nothing"));
	failures(BENCH_ALL, LINES("map 0-4 rw", "map 4-8 r", "map 8-12 rw"), "prot 4-8 rw",
		 LEAVES("0", "0-12 rw"), LEAVES("ENOMEM", "0-4 rw | 4-8 r | 8-12 rw"));
	failures(BENCH_SINCE_6_18, LINES("map 0-4 rw", "map 4-8 rwx", "write 4-5"), "prot 4-8 rw",
		 LEAVES("0", "0-8 rw F1"), LEAVES("ENOMEM", "0-4 rw | 4-8 rwx F1"));
}

/* Whole areas need no memory: nothing can fail. */
static void protect_whole_area_cannot_fail(void **state)
{
	(void)state;
	failures(BENCH_SINCE_6_12, LINES("map 0-4 rw", "map 6-8 rw"), "prot 0-4 r",
		 LEAVES("0", "0-4 r | 6-8 rw"));
	failures(BENCH_SET(MODEL_6_1), LINES("map 0-4 rw", "map 6-8 rw"), "prot 0-4 r",
		 LEAVES("0", "0-4 r ac | 6-8 rw"));
	failures(BENCH_ALL, LINES("map 0-4 rw"), "prot 0-4 rw", LEAVES("0", "0-4 rw"));
}

/*
 *      0 1 2 3 4 5 6 7 8 9 a b
 *      a a = = f f f f = = o o         a prefix of the pieces
 */
static void protect_walk_fails_to_prefix(void **state)
{
	(void)state;
	failures(
		BENCH_ALL, LINES("map 0-4 r", "map 4-8 rx plain@0", "map 8-12 r other@0"),
		"prot 2-10 none",
		LEAVES("0",
		       "0-2 r | 2-4 none | 4-8 none plain@0 | 8-10 none other@0 | 10-12 r other@2"),
		LEAVES("ENOMEM", "0-4 r | 4-8 rx plain@0 | 8-12 r other@0"),
		LEAVES("ENOMEM", "0-2 r | 2-4 none | 4-8 none plain@0 | 8-12 r other@0"));
}

/* A locked area that becomes writable is populated, or not. */
static void protect_locked_fails_to_unpopulated(void **state)
{
	(void)state;
	failures(BENCH_ALL, LINES("map 0-4 r locked"), "prot 0-4 rw", LEAVES("0", "0-4 rw lo F1"),
		 LEAVES("0", "0-4 rw lo"));
}

static void advise_fails_with_eagain(void **state)
{
	(void)state;
	failures(BENCH_ALL, LINES("map 0-8 rw"), "advise 2-4 dontfork",
		 LEAVES("0", "0-2 rw | 2-4 rw dc | 4-8 rw"), LEAVES("EAGAIN", "0-8 rw"),
		 LEAVES("EAGAIN", "0-2 rw | 2-8 rw"));
	failures(BENCH_ALL, LINES("map 0-8 rw", "advise 0-4 dontdump"), "advise 4-8 dontdump",
		 LEAVES("0", "0-8 rw dd"), LEAVES("EAGAIN", "0-4 rw dd | 4-8 rw"));
}

/* ---- mlock -------------------------------------------------------------------------------- */

static void lock_fails_to_cut_or_unpopulated(void **state)
{
	(void)state;
	failures(BENCH_ALL, LINES("map 0-8 rw"), "lock 2-4",
		 LEAVES("0", "0-2 rw | 2-4 rw lo F1 | 4-8 rw"), LEAVES("ENOMEM", "0-8 rw"),
		 LEAVES("ENOMEM", "0-2 rw | 2-8 rw"),
		 LEAVES("EAGAIN", "0-2 rw | 2-4 rw lo | 4-8 rw"));
	failures(BENCH_ALL, LINES("map 0-8 r", "lock 0-8"), "unlock 2-4",
		 LEAVES("0", "0-2 r lo | 2-4 r | 4-8 r lo"), LEAVES("ENOMEM", "0-8 r lo"),
		 LEAVES("ENOMEM", "0-2 r lo | 2-8 r lo"));
}

/* ---- faults ------------------------------------------------------------------------------- */

static void touch_fails_with_efault(void **state)
{
	(void)state;
	failures(BENCH_ALL, LINES("map 0-4 rw"), "write 0-2", LEAVES("0", "0-4 rw F1"),
		 LEAVES("EFAULT", "0-4 rw"));
	failures(BENCH_ALL, LINES("map 0-4 rw", "write 0-1", "map 4-8 r"), "read 4-8",
		 LEAVES("0", "0-4 rw F1 | 4-8 r"));
	failures(BENCH_ALL, LINES("map 40-42 rw growsdown"), "write 38-39",
		 LEAVES("0", "38-42 rw gd F1"), LEAVES("EFAULT", "40-42 rw gd"),
		 MAY_LEAVE("EFAULT", "40-42 rw gd F1", NULL));
}

/* The flag comes first and stays; nothing turns this ENOMEM into EAGAIN. */
static void guard_fails_with_flag_set(void **state)
{
	(void)state;
	failures(BENCH_SINCE_6_18, LINES("map 0-4 rw"), "guard 1-2", LEAVES("0", "0-4 rw gu F1"),
		 LEAVES_SAW("ENOMEM", "0-4 rw gu", "nothing"));
	failures(BENCH_SINCE_6_18, LINES("map 0-4 rw shared"), "guard 1-2",
		 LEAVES("0", "0-4 rw sh gu obj1@0"));
}

/* ---- fork --------------------------------------------------------------------------------- */

/*
 * G8   0 1 2 3 4 5
 *      a a b b c c         what was inserted is closed once, what was not reached is left alone
 */
static void fork_fails_closing_what_it_opened(void **state)
{
	(void)state;
	failures(BENCH_ALL, LINES("map 0-2 r close@0", "map 2-4 rw close@2", "map 4-6 r close@4"),
		 "fork",
		 LEAVES_SAW("1", "0-2 r close@0 | 2-4 rw close@2 | 4-6 r close@4",
			    "@1 close.open(0-2) @1 close.open(2-4) @1 close.open(4-6)"),
		 LEAVES_SAW("ENOMEM", "0-2 r close@0 | 2-4 rw close@2 | 4-6 r close@4", "nothing"),
		 LEAVES_SAW("ENOMEM", "0-2 r close@0 | 2-4 rw close@2 | 4-6 r close@4",
			    "@1 close.open(0-2) @1 close.close(0-2)"),
		 LEAVES_SAW("ENOMEM", "0-2 r close@0 | 2-4 rw close@2 | 4-6 r close@4",
			    "@1 close.open(0-2) @1 close.open(2-4) @1 close.close(0-2) "
			    "@1 close.close(2-4)"),
		 MAY_LEAVE("ENOMEM", "0-2 r close@0 | 2-4 rw close@2 | 4-6 r close@4",
			   "@1 close.open(0-2) @1 close.open(2-4) @1 close.open(4-6) "
			   "@1 close.close(0-2) @1 close.close(2-4) @1 close.close(4-6)"));
	failures(BENCH_ALL, LINES("map 0-4 rw", "write 0-1"), "fork", LEAVES("1", "0-4 rw F1"),
		 LEAVES("ENOMEM", "0-4 rw F1"));
}

/* A fork that failed does not use up a number, and the charge is given back. */
static void fork_failed_uses_no_number(void **state)
{
	(void)state;
	script("set never 8", "map 0-4 rw", "!1 fork = ENOMEM", "@1 gone", "fork = 1",
	       "@1 is 0-4 rw", "map 10-11 rw = ENOMEM");
	script("set never 8", "map 0-4 rw", "!1+ map 10-14 rw = ENOMEM", "map 20-24 rw",
	       "is 0-4 rw | 20-24 rw", "map 30-31 rw = ENOMEM");
}

/* Set once, it holds for the next operation, whether that came to the point or not. */
static void fail_at_holds_for_one_operation(void **state)
{
	struct bench bench;

	(void)state;
	bench_start(&bench, MODEL_7_3, LINES("map 0-4 rw", "is 0-4 rw | 8-10 rw | 20-21 rw"));
	bench.line = 0;
	bench_line(&bench);
	model_fail_at(bench.model, 1, true);
	assert_int_equal(run_bare_map(&bench, 8, 2), -ENOMEM);
	assert_non_null(model_fail_reached(bench.model));
	assert_int_equal(run_bare_map(&bench, 8, 2), BENCH_BASE + 8 * BENCH_PAGE);
	assert_null(model_fail_reached(bench.model));
	model_fail_at(bench.model, 50, true);
	assert_int_equal(run_bare_map(&bench, 20, 1), BENCH_BASE + 20 * BENCH_PAGE);
	assert_null(model_fail_reached(bench.model));
	bench.line = 1;
	bench_line(&bench);
	model_free(bench.model);
}

/* ---- model_copy --------------------------------------------------------------------------- */

static void assert_same_space(struct bench *a, struct bench *b, unsigned int space)
{
	uint64_t marks_a[MODEL_PAGES_MAX / 64] = { 0 }, marks_b[MODEL_PAGES_MAX / 64] = { 0 };
	struct model_run runs_a[BENCH_RUNS], runs_b[BENCH_RUNS];
	struct model_counters counters_a, counters_b;
	size_t count = model_runs(a->model, space, runs_a, BENCH_RUNS), i;

	assert_int_equal(count, model_runs(b->model, space, runs_b, BENCH_RUNS));
	for (i = 0; i < count; i++) {
		assert_int_equal(runs_a[i].start, runs_b[i].start);
		assert_int_equal(runs_a[i].end, runs_b[i].end);
		assert_int_equal(runs_a[i].attributes, runs_b[i].attributes);
		assert_int_equal(runs_a[i].offset, runs_b[i].offset);
		assert_int_equal(runs_a[i].anon_offset, runs_b[i].anon_offset);
		assert_int_equal(runs_a[i].owner, runs_b[i].owner);
		assert_int_equal(runs_a[i].forked, runs_b[i].forked);
		assert_int_equal(runs_a[i].file, runs_b[i].file);
		assert_int_equal(runs_a[i].object, runs_b[i].object);
	}
	model_count(a->model, space, &counters_a);
	model_count(b->model, space, &counters_b);
	assert_int_equal(counters_a.areas, counters_b.areas);
	assert_int_equal(counters_a.total, counters_b.total);
	assert_int_equal(counters_a.data, counters_b.data);
	assert_int_equal(counters_a.executable, counters_b.executable);
	assert_int_equal(counters_a.stack, counters_b.stack);
	assert_int_equal(counters_a.locked, counters_b.locked);
	assert_int_equal(counters_a.charged, counters_b.charged);
	model_markers(a->model, space, marks_a);
	model_markers(b->model, space, marks_b);
	assert_memory_equal(marks_a, marks_b, sizeof(marks_a));
}

/* Beside the state, what both counted since bench_remember(), that is by the last operation. */
static void assert_same(struct bench *a, struct bench *b)
{
	char events_a[BENCH_TEXT], events_b[BENCH_TEXT];
	unsigned int space;
	size_t i;

	assert_int_equal(model_spaces_alive(a->model), model_spaces_alive(b->model));
	for (space = 0; space < BENCH_SPACES; space++) {
		assert_int_equal(model_alive(a->model, space), model_alive(b->model, space));
		if (model_alive(a->model, space))
			assert_same_space(a, b, space);
	}
	bench_events_text(a, events_a);
	bench_events_text(b, events_b);
	assert_string_equal(events_a, events_b);
	assert_string_equal(model_rule(a->model), model_rule(b->model));
	for (i = 0; i < model_cases(); i++)
		assert_int_equal(model_case_hits(a->model, i) - a->hits[i],
				 model_case_hits(b->model, i) - b->hits[i]);
}

/* The copy goes to a fresh model, which knows nothing of a's settings and files. */
static void start_as_copy(struct bench *b, struct bench *a)
{
	*b = *a;
	b->model = model_new();
	assert_non_null(b->model);
	model_copy(b->model, a->model);
	a->line = b->line = 0;
	bench_remember(a);
	bench_remember(b);
}

static uint64_t count_hits(const struct model *model)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < model_cases(); i++)
		sum += model_case_hits(model, i);
	return sum;
}

static const char *const busy[] = {
	"map 0-8 rw",
	"write 0-1",
	"prot 2-4 r",
	"map 10-14 r driver@3",
	"unmap 11-12",
	"advise 4-6 dontfork",
	"fork",
	"@1 map 20-24 rw",
	"@1 write 20-21",
	"map 40-42 rw growsdown",
	"read 38-39",
	"lock 0-2",
	"limit +3",
	"rlimit as 40",
	"guard 6-7",
	"prot 12-13 rw",
	NULL,
};

/* A copy is alike, goes on alike, and neither touches the other. */
static void copy_busy_model_is_equal_and_apart(void **state)
{
	static const char *const further[] = { "prot 0-8 rw",	      "fork",
					       "@1 unmap 20-22",      "map 20-22 rw",
					       "@2 write 0-1",	      "@1 exit",
					       "map 50-54 rw",	      "unmap 51-52",
					       "map 56-58 r driver@3" };
	struct bench a, b;
	size_t i;

	(void)state;
	bench_start(&a, MODEL_7_3, busy);
	bench_rest(&a);
	start_as_copy(&b, &a);
	assert_same(&a, &b);
	for (i = 0; i < sizeof(further) / sizeof(further[0]); i++) {
		int64_t result = run_operation(&a, further[i], 0, false);

		assert_int_equal(result, run_operation(&b, further[i], 0, false));
		assert_same(&a, &b);
	}
	model_free(a.model);
	bench_is(&b, 1, "empty");
	model_free(b.model);
}

/* The pending failure is no part of what the next operation of the copy may not see. */
static void copy_then_failing_same_point_same_outcome(void **state)
{
	static const char *const operations[] = { "prot 5-6 rwx", "fork", "unmap 10-11",
						  "map 1-3 rwx" };
	struct bench a, b;
	size_t i;
	unsigned int point;

	(void)state;
	for (i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		for (point = 1; point < 12; point++) {
			int64_t result;

			bench_start(&a, MODEL_6_18, busy);
			bench_rest(&a);
			start_as_copy(&b, &a);
			result = run_operation(&a, operations[i], point, false);
			assert_int_equal(result, run_operation(&b, operations[i], point, false));
			assert_same(&a, &b);
			model_free(a.model);
			model_free(b.model);
		}
	}
}

/*
 * Counts are not of the state. A saved state has none of them, and going back to it takes none
 * away:
 *
 *      save ── try ── back ── try ── back        counts: once ...... twice
 */
static void counts_go_on_over_a_restore(void **state)
{
	uint64_t begun, tried;
	struct model *saved = model_new();
	struct bench bench;

	(void)state;
	assert_non_null(saved);
	bench_start(&bench, MODEL_7_3, busy);
	bench_rest(&bench);
	bench.line = 0;
	begun = count_hits(bench.model);
	assert_true(begun > 0);
	model_copy(saved, bench.model);
	assert_int_equal(count_hits(saved), 0);

	(void)run_operation(&bench, "prot 0-8 rw", 0, false);
	tried = count_hits(bench.model) - begun;
	assert_true(tried > 0);
	model_copy(bench.model, saved);
	assert_int_equal(count_hits(bench.model), begun + tried);
	(void)run_operation(&bench, "prot 0-8 rw", 0, false);
	assert_int_equal(count_hits(bench.model), begun + 2 * tried);
	model_free(bench.model);
	model_free(saved);
}

/* ---- cases -------------------------------------------------------------------------------- */

/* Every case has an id of its own and a text; hits go on over programs and add up. */
static void cases_are_named_and_counted(void **state)
{
	uint64_t before, after;
	struct bench a, b;
	size_t i, k;

	(void)state;
	bench_start(&a, MODEL_7_3, busy);
	bench_start(&b, MODEL_7_3, busy);
	assert_true(model_cases() > 0);
	for (i = 0; i < model_cases(); i++) {
		assert_non_null(model_case_id(i));
		assert_true(model_case_id(i)[0] != '\0');
		assert_non_null(model_case_text(i));
		assert_true(model_case_text(i)[0] != '\0');
		for (k = 0; k < i; k++)
			assert_string_not_equal(model_case_id(i), model_case_id(k));
		assert_int_equal(model_case_hits(a.model, i), 0);
	}
	bench_rest(&a);
	before = count_hits(a.model);
	bench_begin(&a);
	after = count_hits(a.model);
	assert_true(before > 0);
	assert_int_equal(before, after);
	model_case_add(b.model, a.model);
	model_case_add(b.model, a.model);
	assert_int_equal(count_hits(b.model), 2 * before);
	model_free(a.model);
	model_free(b.model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(map_fresh_fails_to_nothing),
		cmocka_unit_test(map_joining_fails_to_neighbours),
		cmocka_unit_test(map_over_middle_fails_to_cuts_or_hole),
		cmocka_unit_test(map_over_closing_area_fails_with_matched_hooks),
		cmocka_unit_test(map_driver_fails_around_its_hook),
		cmocka_unit_test(vm_brk_fails_before_and_after_its_hole),
		cmocka_unit_test(map_legacy_hook_second_look_is_given_up),
		cmocka_unit_test(map_populated_fails_to_unpopulated),
		cmocka_unit_test(unmap_hole_fails_to_cuts),
		cmocka_unit_test(unmap_across_areas_fails_to_cuts),
		cmocka_unit_test(unmap_whole_areas_fails_unchanged),
		cmocka_unit_test(protect_middle_fails_to_first_cut),
		cmocka_unit_test(protect_edge_fails_unchanged),
		cmocka_unit_test(protect_joining_fails_unchanged),
		cmocka_unit_test(protect_whole_area_cannot_fail),
		cmocka_unit_test(protect_walk_fails_to_prefix),
		cmocka_unit_test(protect_locked_fails_to_unpopulated),
		cmocka_unit_test(advise_fails_with_eagain),
		cmocka_unit_test(lock_fails_to_cut_or_unpopulated),
		cmocka_unit_test(touch_fails_with_efault),
		cmocka_unit_test(guard_fails_with_flag_set),
		cmocka_unit_test(fork_fails_closing_what_it_opened),
		cmocka_unit_test(fork_failed_uses_no_number),
		cmocka_unit_test(fail_at_holds_for_one_operation),
		cmocka_unit_test(copy_busy_model_is_equal_and_apart),
		cmocka_unit_test(copy_then_failing_same_point_same_outcome),
		cmocka_unit_test(counts_go_on_over_a_restore),
		cmocka_unit_test(cases_are_named_and_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
