/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vmafuzz cases`: which merge cases, errors, events and rules programs come by, and goals. */
#define _POSIX_C_SOURCE 200809L
#include "command.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "case_counts.h"
#include "generate.h"
#include "goals.h"
#include "input.h"
#include "isolate.h"
#include "json.h"

#define TIMEOUT_DEFAULT 60.0
#define RANDOM_OPS 32
#define RANDOM_PAGES 64

/* clang-format off */
static const char help[] =
	"usage: vmafuzz cases [OPTIONS] FILE|DIR...\n"
	"       vmafuzz cases [OPTIONS] --programs N [--seed S]\n"
	"\n"
	"Runs programs and prints how often they came by each case of a merge: a new or an\n"
	"existing range, whole or a part of its VMA, merged with which side, and why not with\n"
	"the other. FILE is text or bytes; of a directory every file is taken but notes (.md,\n"
	".txt). With --programs they are random, those of `vmafuzz run`. The case of an\n"
	"operation is that of its last merge decision. (`run --cases` counts something else:\n"
	"rows of the model's tables.)\n"
	"\n"
	"      --party         also who took part: anon=PREV/MIDDLE/NEXT, each - nobody,\n"
	"                      u unfaulted, f faulted, F forked, with = where the anon_vma is\n"
	"                      that of prev; close= and sticky= with P, M, N for each of them\n"
	"                      that has a close hook, or guards\n"
	"      --things        also each error by operation, each hook event and each row of\n"
	"                      the model's tables, in the words of goals\n"
	"      --goals FILE    goals that must be come by, one a line (ci/goals/): prints, in\n"
	"                      place of the cases, those that were `missed' and where `never'\n"
	"                      is `wrong'\n"
	"      --programs N    random programs, as many\n"
	"      --seed S        of random programs [1]\n"
	CHECK_OPTIONS_HELP
	"      --json          print everything as one JSON object\n"
	"  -h, --help          this text\n"
	"\n"
	"The last line is: cases programs= operations= mismatches= decisions= cases=, with\n"
	"--goals also goals= missed= wrong=.\n"
	"\n"
	"Exit status: 0; 1 a goal was missed, what can never be was come by, or a program\n"
	"disagreed; 2 bad usage, or a file that cannot be read or parsed; 3 the subject\n"
	"cannot run here.\n";
/* clang-format on */

struct options {
	struct check_options check;
	const char *goals;
	uint64_t seed, programs;
	bool party, things, json;
};

struct shared {
	uint64_t beat;
	volatile uint64_t next; /* program under execution */
	struct case_counts counts;
};

struct cases_run {
	const struct options *options;
	struct loaded loaded;
	struct shared *shared;
	struct goals goals;
	size_t missed, wrong;
};

/* ------------------------------------------------------------------ running */

/* Where operations come from: all there already, or made one after the other. */
struct source {
	struct program *program;
	struct generator *generator; /* NULL: they are there */
};

static bool next_op(struct source *source, const struct observation *now, uint32_t index)
{
	struct op op;

	if (!source->generator)
		return index < source->program->op_count;
	if (index == RANDOM_OPS)
		return false;
	generate_op(source->generator, source->program, now, &op);
	return program_add_op(source->program, &op) == 0;
}

/* What disagrees or cannot run is counted by the execution. False: nothing can be said. */
static bool run_one(struct cases_run *run, struct execution *execution, struct source *source)
{
	const char *why = NULL;
	enum execute_outcome outcome = execute_begin(execution, source->program, &why);

	for (uint32_t i = 0; outcome == EXECUTE_AGREED; i++) {
		if (!next_op(source, execution->expect, i)) {
			outcome = execute_end(execution, &why);
			break;
		}
		outcome = execute_step(execution, source->program, i, &why);
		if (outcome == EXECUTE_AGREED)
			case_counts_add(&run->shared->counts, execution, i);
		else if (outcome == EXECUTE_SKIPPED)
			outcome = EXECUTE_AGREED;
	}
	if (outcome == EXECUTE_FAILED)
		command_usage("cases", "program %" PRIu64 ": %s", run->shared->next, why);
	return outcome != EXECUTE_FAILED;
}

static bool run_random(struct cases_run *run, struct execution *execution, uint64_t number)
{
	struct generator_options options;
	struct generator generator;
	struct program program;
	struct source source = { &program, &generator };
	bool fine;

	generator_preset("everything", &options);
	options.pages = RANDOM_PAGES;
	generator_start(&generator, &options, run->options->seed, number);
	program_init(&program);
	generate_settings(&generator, &program.settings);
	fine = generate_names(&program) == 0 && run_one(run, execution, &source);
	program_done(&program);
	return fine;
}

static uint64_t programs_of(const struct cases_run *run)
{
	return run->options->programs ? run->options->programs : run->loaded.count;
}

static int run_all(struct cases_run *run, struct execution *execution)
{
	struct shared *shared = run->shared;
	bool fine = true;

	while (fine && shared->next < programs_of(run)) {
		struct source source = { .generator = NULL };

		if (run->options->programs) {
			fine = run_random(run, execution, shared->next);
		} else {
			source.program = &run->loaded.program[shared->next];
			fine = run_one(run, execution, &source);
		}
		execute_count_cases(execution);
		shared->next++;
		shared->beat++;
	}
	return fine ? COMMAND_AGREED : COMMAND_ENVIRONMENT;
}

/* In the child. */
static int child(void *context)
{
	struct cases_run *run = context;
	const struct execute_options options = {
		.settings = run->options->check.settings,
		.paranoid = run->options->check.paranoid,
		.invariants = run->options->check.paranoid,
	};
	struct execution execution;
	struct subject *subject;
	int status = check_subject("cases", &run->options->check, &subject);

	if (status)
		return status;
	if (execution_init(&execution, subject, &options, &run->shared->counts.statistics)) {
		command_usage("cases", "out of memory");
		status = COMMAND_ENVIRONMENT;
	} else {
		status = run_all(run, &execution);
		execution_done(&execution);
	}
	subject->destroy(subject);
	return status;
}

/* A program that ends its child is one that disagreed; the next ones still count. */
static int run_programs_of(struct cases_run *run)
{
	struct shared *shared = run->shared;
	struct isolate_result result;

	do {
		isolate_run(child, run, &shared->beat, TIMEOUT_DEFAULT, &result);
		if (result.end == ISOLATE_RETURNED)
			return result.status;
		if (result.end == ISOLATE_FAILED) {
			command_usage("cases", "%s", result.kind);
			return COMMAND_ENVIRONMENT;
		}
		shared->counts.statistics.mismatches++;
		shared->next++;
	} while (shared->next < programs_of(run));
	return COMMAND_AGREED;
}

/* ------------------------------------------------------------------ printing */

static int by_number(const void *a, const void *b)
{
	uint32_t x = ((const struct case_cell *)a)->number;
	uint32_t y = ((const struct case_cell *)b)->number;

	/* Cases of one decision stand together. */
	if (MERGE_DECISION(x) != MERGE_DECISION(y))
		return MERGE_DECISION(x) < MERGE_DECISION(y) ? -1 : 1;
	return x < y ? -1 : x > y;
}

static void print_parties(const struct case_counts *counts, uint32_t decision)
{
	char text[MERGE_CASE_TEXT];

	for (uint32_t i = 0; i < counts->cells; i++) {
		if (MERGE_DECISION(counts->cell[i].number) != decision)
			continue;
		merge_party_print(counts->cell[i].number, text);
		printf("  party %12" PRIu64 "  %s\n", counts->cell[i].count, text);
	}
}

static size_t print_matrix(const struct cases_run *run)
{
	const struct case_counts *counts = &run->shared->counts;
	char text[MERGE_CASE_TEXT];
	size_t decisions = 0;

	for (uint32_t i = 1; i < UINT32_C(1) << MERGE_DECISION_BITS; i++) {
		if (!counts->decision[i])
			continue;
		decisions++;
		if (run->options->json || run->options->goals)
			continue;
		merge_decision_print(i, text);
		printf("merge %12" PRIu64 "  %s\n", counts->decision[i], text);
		if (run->options->party)
			print_parties(counts, i);
	}
	return decisions;
}

static void print_things(const struct thing *things, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strncmp(things[i].name, "merge ", strlen("merge ")) != 0)
			printf("%12" PRIu64 "  %s\n", things[i].count, things[i].name);
}

static void judge_goals(struct cases_run *run)
{
	for (size_t i = 0; i < run->goals.count; i++) {
		const struct goal *goal = &run->goals.goal[i];
		bool missed = !goal->reason && !goal->count;
		bool wrong = goal->reason && goal->count;

		run->missed += missed;
		run->wrong += wrong;
		if (run->options->json)
			continue;
		if (missed)
			printf("missed %s\n", goal->name);
		if (wrong)
			printf("wrong  never %s, but %" PRIu64 " times (%s)\n", goal->name,
			       goal->count, goal->reason);
	}
}

static void json_number(const char *key, uint64_t number)
{
	json_key(stdout, false, key);
	printf("%" PRIu64, number);
}

static void json_parties(const struct case_counts *counts)
{
	char decision[MERGE_CASE_TEXT], party[MERGE_CASE_TEXT];

	json_key(stdout, false, "cases");
	fputc('[', stdout);
	for (uint32_t i = 0; i < counts->cells; i++) {
		merge_decision_print(counts->cell[i].number, decision);
		merge_party_print(counts->cell[i].number, party);
		fputs(i ? ", {" : "{", stdout);
		json_key(stdout, true, "decision");
		json_string(stdout, decision);
		json_key(stdout, false, "party");
		json_string(stdout, party);
		json_number("count", counts->cell[i].count);
		fputc('}', stdout);
	}
	fputc(']', stdout);
}

static void json_goals(const struct goals *goals)
{
	json_key(stdout, false, "goals");
	fputc('[', stdout);
	for (size_t i = 0; i < goals->count; i++) {
		fputs(i ? ", {" : "{", stdout);
		json_key(stdout, true, "goal");
		json_string(stdout, goals->goal[i].name);
		json_number("count", goals->goal[i].count);
		if (goals->goal[i].reason) {
			json_key(stdout, false, "never");
			json_string(stdout, goals->goal[i].reason);
		}
		fputc('}', stdout);
	}
	fputc(']', stdout);
}

static void print_json(const struct cases_run *run, const struct thing *things, size_t count,
		       size_t decisions)
{
	const struct case_counts *counts = &run->shared->counts;

	fputc('{', stdout);
	json_key(stdout, true, "things");
	fputc('{', stdout);
	for (size_t i = 0; i < count; i++) {
		json_key(stdout, i == 0, things[i].name);
		printf("%" PRIu64, things[i].count);
	}
	fputc('}', stdout);
	json_parties(counts);
	if (run->options->goals) {
		json_goals(&run->goals);
		json_number("missed", run->missed);
		json_number("wrong", run->wrong);
	}
	json_number("decisions", decisions);
	json_number("programs", counts->statistics.programs);
	json_number("operations", counts->statistics.operations);
	json_number("mismatches", counts->statistics.mismatches);
	fputs("}\n", stdout);
}

static void print_end(const struct cases_run *run, size_t decisions)
{
	const struct run_statistics *statistics = &run->shared->counts.statistics;

	printf("cases programs=%" PRIu64 " operations=%" PRIu64 " mismatches=%" PRIu64
	       " decisions=%zu cases=%" PRIu32,
	       statistics->programs, statistics->operations, statistics->mismatches, decisions,
	       run->shared->counts.cells);
	if (run->options->goals)
		printf(" goals=%zu missed=%zu wrong=%zu", run->goals.count, run->missed,
		       run->wrong);
	putchar('\n');
}

static int print_all(struct cases_run *run)
{
	struct case_counts *counts = &run->shared->counts;
	struct thing *things;
	size_t count, decisions, kept = 0;

	for (uint32_t i = 0; i < CASE_SLOTS; i++)
		if (counts->cell[i].number)
			counts->cell[kept++] = counts->cell[i];
	qsort(counts->cell, kept, sizeof(counts->cell[0]), by_number);
	things = things_of(counts, &count);
	if (!things)
		return COMMAND_ENVIRONMENT;
	goals_count(&run->goals, things, count);
	decisions = print_matrix(run);
	if (run->options->things && !run->options->json)
		print_things(things, count);
	judge_goals(run);
	if (run->options->json)
		print_json(run, things, count, decisions);
	else
		print_end(run, decisions);
	free(things);
	return run->missed || run->wrong || counts->statistics.mismatches ? COMMAND_DISAGREED
									  : COMMAND_AGREED;
}

/* ------------------------------------------------------------------ arguments */

static bool is_note(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && (strcmp(dot, ".md") == 0 || strcmp(dot, ".txt") == 0);
}

static int load(struct cases_run *run, char *const *paths, size_t count)
{
	struct input_list list = { .count = 0 };
	char message[INPUT_MESSAGE];
	size_t kept = 0;
	int status = 0;

	for (size_t i = 0; i < count && !status; i++)
		if (input_list_add(&list, paths[i], message, sizeof(message)))
			status = command_usage("cases", "%s", message);
	for (size_t i = 0; i < list.count; i++) {
		if (is_note(list.path[i]))
			free(list.path[i]);
		else
			list.path[kept++] = list.path[i];
	}
	list.count = kept;
	if (!status && !kept)
		status = command_usage("cases", "expected FILE, DIR or --programs, found none");
	if (!status)
		status = command_load("cases", list.path, list.count, &run->loaded);
	input_list_done(&list);
	return status;
}

static int cases(const struct options *options, char *const *paths, size_t count)
{
	struct cases_run run = { .options = options };
	char message[INPUT_MESSAGE];
	int status = 0;

	if (options->programs && count)
		return command_usage("cases", "unexpected argument `%s' beside --programs",
				     paths[0]);
	if (options->goals && goals_read(&run.goals, options->goals, message, sizeof(message)))
		return command_usage("cases", "--goals %s", message);
	if (!options->programs)
		status = load(&run, paths, count);
	run.shared = isolate_share(sizeof(*run.shared));
	if (!status && !run.shared) {
		command_usage("cases", "out of memory");
		status = COMMAND_ENVIRONMENT;
	}
	if (!status)
		status = run_programs_of(&run);
	if (!status)
		status = print_all(&run);
	isolate_unshare(run.shared, sizeof(*run.shared));
	loaded_done(&run.loaded);
	goals_done(&run.goals);
	return status;
}

enum {
	OPTION_PARTY = OPTION_OWN,
	OPTION_THINGS,
	OPTION_GOALS,
	OPTION_PROGRAMS,
	OPTION_SEED,
	OPTION_JSON
};

static const struct option known[] = {
	CHECK_OPTIONS,
	{ "party", no_argument, NULL, OPTION_PARTY },
	{ "things", no_argument, NULL, OPTION_THINGS },
	{ "goals", required_argument, NULL, OPTION_GOALS },
	{ "programs", required_argument, NULL, OPTION_PROGRAMS },
	{ "seed", required_argument, NULL, OPTION_SEED },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

/* False after a message. */
static bool take_option(int c, struct options *options)
{
	switch (c) {
	case OPTION_PARTY:
		options->party = true;
		return true;
	case OPTION_THINGS:
		options->things = true;
		return true;
	case OPTION_GOALS:
		options->goals = optarg;
		return true;
	case OPTION_PROGRAMS:
		return option_number("cases", "--programs", optarg, 1, UINT64_MAX,
				     &options->programs);
	case OPTION_SEED:
		return option_number("cases", "--seed", optarg, 0, UINT64_MAX, &options->seed);
	case OPTION_JSON:
		options->json = true;
		return true;
	default:
		return check_option("cases", c, optarg, &options->check);
	}
}

int verb_cases(int argc, char **argv)
{
	struct options options = { .check = { .subject = "core" }, .seed = 1 };
	int c;

	while ((c = getopt_long(argc, argv, "h", known, NULL)) != -1) {
		if (c == 'h') {
			fputs(help, stdout);
			return COMMAND_AGREED;
		}
		if (!take_option(c, &options))
			return COMMAND_USAGE;
	}
	return cases(&options, argv + optind, (size_t)(argc - optind));
}
