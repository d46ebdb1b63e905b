/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vmafuzz rules`: which rules a corpus puts to the test. The programs run in one child, each
 * under every profile it was written for; then each id must have been exercised, or be known
 * to be out of reach.
 */
#define _POSIX_C_SOURCE 200809L
#include "command.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "alloc_walk.h"
#include "execute.h"
#include "findings.h"
#include "input.h"
#include "isolate.h"
#include "json.h"
#include "rules.h"
#include "summary.h"

#define CORPUS_DEFAULT "corpus"
#define UNREACHABLE_DEFAULT "corpus/unreachable.txt"
#define TIMEOUT_DEFAULT 60.0
#define SUFFIX ".vma"

/* clang-format off */
static const char help[] =
	"usage: vmafuzz rules [OPTIONS] [FILE|DIRECTORY...]\n"
	"\n"
	"Replays programs and prints each rule: the invariants of the specification and the\n"
	"rows of the model's tables, how often they were put to the test, and what checks\n"
	"them. Of a directory its `.vma` files are taken; without an argument that is the\n"
	"folder " CORPUS_DEFAULT ". A program runs under each profile it names.\n"
	"A rule counts when its check ran where it could have failed.\n"
	"\n"
	CHECK_OPTIONS_HELP
	"      --alloc-walk    let every allocation fail in turn as well, see vmafuzz replay\n"
	"      --unreachable FILE\n"
	"                      ids that nothing exercises, `ID REASON` lines\n"
	"                      [" UNREACHABLE_DEFAULT ", if it is there]\n"
	"      --missing       print only ids that are neither exercised nor out of reach\n"
	"      --json          print the table as one JSON object\n"
	"  -h, --help          this text\n"
	"\n"
	"The last line is: rules ids= exercised= unreachable= missing= wrong= programs=\n"
	"operations= mismatches=.\n"
	"\n"
	"Exit status: 0 every id is exercised or known to be out of reach; 1 one is neither,\n"
	"or both, or a program disagreed; 2 bad usage, or a file that cannot be read or\n"
	"parsed; 3 the subject cannot run here.\n";
/* clang-format on */

struct options {
	struct check_options check;
	const char *unreachable;
	bool alloc_walk, missing, json;
};

struct shared {
	uint64_t beat;
	uint64_t next; /* program under execution */
	struct run_statistics statistics;
};

struct rules_run {
	const struct options *options;
	struct loaded loaded;
	struct shared *shared;
	struct findings findings;
	struct unreachable unreachable;
};

/* ------------------------------------------------------------------ running */

static bool run_one(struct rules_run *run, struct execution *execution,
		    const struct program *program)
{
	const char *why = NULL;
	enum execute_outcome outcome = execute_program(execution, program, &why);
	const char *path = run->loaded.path[run->shared->next];

	if (outcome == EXECUTE_AGREED && run->options->alloc_walk) {
		struct alloc_walk walk = { .execution = execution, .beat = &run->shared->beat };

		if (alloc_walk_begin(&walk, program))
			return command_usage("rules", "out of memory") == 0;
		outcome = alloc_walk_run(&walk, &why);
		if (outcome == EXECUTE_MISMATCH)
			findings_add_mismatch(&run->findings, execution, path);
		alloc_walk_done(&walk);
	} else if (outcome == EXECUTE_MISMATCH) {
		findings_add_mismatch(&run->findings, execution, path);
	}
	if (outcome == EXECUTE_FAILED)
		command_usage("rules", "%s: %s", path, why);
	return outcome != EXECUTE_FAILED;
}

/* Under each profile it names; what the command line says comes first. */
static bool run_profiles(struct rules_run *run, struct execution *execution,
			 const struct program *program)
{
	const struct settings *settings = &program->settings;
	struct run_options *said = &execution->options.settings;
	unsigned int profiles =
		settings->profile_any ? (1u << PROFILES_SPECIFIED) - 1 : settings->profiles;

	if (run->options->check.settings.has_profile || !profiles)
		return run_one(run, execution, program);
	for (unsigned int profile = 0; profile < PROFILES; profile++) {
		bool fine;

		if (!(profiles >> profile & 1))
			continue;
		said->has_profile = true;
		said->profile = (uint8_t)profile;
		fine = run_one(run, execution, program);
		said->has_profile = false;
		if (!fine)
			return false;
	}
	return true;
}

/* In the child. */
static int child(void *context)
{
	struct rules_run *run = context;
	struct shared *shared = run->shared;
	const struct execute_options options = {
		.settings = run->options->check.settings,
		.paranoid = run->options->check.paranoid,
		.invariants = true,
	};
	struct execution execution;
	struct subject *subject;
	int status = check_subject("rules", &run->options->check, &subject);

	if (status)
		return status;
	if (run->options->alloc_walk && subject->whole_program) {
		command_usage("rules", "--alloc-walk: %s cannot fail allocations", subject->name);
		subject->destroy(subject);
		return COMMAND_ENVIRONMENT;
	}
	if (execution_init(&execution, subject, &options, &shared->statistics)) {
		subject->destroy(subject);
		return command_usage("rules", "out of memory");
	}
	for (; !status && shared->next < run->loaded.count; shared->next++) {
		shared->beat++;
		if (!run_profiles(run, &execution, &run->loaded.program[shared->next]))
			status = COMMAND_ENVIRONMENT;
	}
	execute_count_cases(&execution);
	execution_done(&execution);
	subject->destroy(subject);
	return status;
}

static int run_programs_of(struct rules_run *run)
{
	struct isolate_result result;

	isolate_run(child, run, &run->shared->beat, TIMEOUT_DEFAULT, &result);
	if (result.end == ISOLATE_RETURNED)
		return result.status;
	fprintf(stderr, "vmafuzz rules: %s ended badly (%s); vmafuzz replay tells more\n",
		run->shared->next < run->loaded.count ? run->loaded.path[run->shared->next]
						      : "the end of all programs",
		result.end == ISOLATE_STUCK ? "timeout" : result.kind);
	return result.end == ISOLATE_FAILED ? COMMAND_ENVIRONMENT : COMMAND_DISAGREED;
}

/* ------------------------------------------------------------------ the table */

struct totals {
	size_t exercised, unreachable, missing, wrong;
};

static uint64_t times(const struct rules_run *run, size_t index)
{
	const struct run_statistics *statistics = &run->shared->statistics;

	if (index < RULES)
		return statistics->exercised[index];
	index -= RULES - 1;
	return index < STATISTICS_CASES ? statistics->cases[index] : 0;
}

static const char *reason(const struct rules_run *run, size_t index)
{
	return run->unreachable.reason ? run->unreachable.reason[index] : NULL;
}

static const char *by(size_t index)
{
	return index < RULES ? rule_by((enum rule)index) : "model/cases.def";
}

/* "exercised", "unreachable", "missing", or "wrong": said to be out of reach, and it is not. */
static const char *state_of(const struct rules_run *run, size_t index)
{
	if (times(run, index))
		return reason(run, index) ? "wrong" : "exercised";
	return reason(run, index) ? "unreachable" : "missing";
}

static void add(struct totals *totals, const char *state)
{
	totals->exercised += !strcmp(state, "exercised");
	totals->unreachable += !strcmp(state, "unreachable");
	totals->missing += !strcmp(state, "missing");
	totals->wrong += !strcmp(state, "wrong");
}

static void print_row(const struct rules_run *run, size_t index, const char *state)
{
	if (run->options->missing && strcmp(state, "missing") != 0 && strcmp(state, "wrong") != 0)
		return;
	printf("%-5s%-24s %-11s %10" PRIu64 "  %s\n", index < RULES ? "rule" : "case",
	       rules_id(index), state, times(run, index), rules_text(index));
	if (reason(run, index))
		printf("%41s reason: %s\n", "", reason(run, index));
	else if (index < RULES && *by(index))
		printf("%41s by: %s\n", "", by(index));
}

static void json_row(const struct rules_run *run, size_t index, const char *state)
{
	fputs(index ? ", {" : "{", stdout);
	json_key(stdout, true, "id");
	json_string(stdout, rules_id(index));
	json_key(stdout, false, "kind");
	json_string(stdout, index < RULES ? "invariant" : "case");
	json_key(stdout, false, "state");
	json_string(stdout, state);
	json_key(stdout, false, "exercised");
	printf("%" PRIu64, times(run, index));
	json_key(stdout, false, "text");
	json_string(stdout, rules_text(index));
	json_key(stdout, false, "by");
	json_string(stdout, by(index));
	if (reason(run, index)) {
		json_key(stdout, false, "reason");
		json_string(stdout, reason(run, index));
	}
	fputc('}', stdout);
}

static void json_number(const char *key, uint64_t number)
{
	json_key(stdout, false, key);
	printf("%" PRIu64, number);
}

static void print_end(const struct rules_run *run, const struct totals *totals)
{
	const struct run_statistics *statistics = &run->shared->statistics;

	if (!run->options->json) {
		printf("rules ids=%zu exercised=%zu unreachable=%zu missing=%zu wrong=%zu "
		       "programs=%" PRIu64 " operations=%" PRIu64 " mismatches=%" PRIu64 "\n",
		       rules_count(), totals->exercised, totals->unreachable, totals->missing,
		       totals->wrong, statistics->programs, statistics->operations,
		       statistics->mismatches);
		return;
	}
	fputc(']', stdout);
	json_number("ids", rules_count());
	json_number("exercised", totals->exercised);
	json_number("unreachable", totals->unreachable);
	json_number("missing", totals->missing);
	json_number("wrong", totals->wrong);
	json_number("programs", statistics->programs);
	json_number("operations", statistics->operations);
	json_number("mismatches", statistics->mismatches);
	fputs("}\n", stdout);
}

/* Prints all; whether every id is as it should be. */
static bool print_table(const struct rules_run *run)
{
	struct totals totals = { 0 };

	if (run->options->json) {
		fputc('{', stdout);
		json_key(stdout, true, "rules");
		fputc('[', stdout);
	}
	for (size_t i = 0; i < rules_count(); i++) {
		const char *state = state_of(run, i);

		add(&totals, state);
		if (run->options->json)
			json_row(run, i, state);
		else
			print_row(run, i, state);
	}
	print_end(run, &totals);
	return !totals.missing && !totals.wrong;
}

/* ------------------------------------------------------------------ arguments */

static bool ends_with(const char *path, const char *suffix)
{
	size_t length = strlen(path), wanted = strlen(suffix);

	return length >= wanted && !strcmp(path + length - wanted, suffix);
}

/* A directory stands for its programs in text; what else lies there are notes. */
static int add_path(struct input_list *list, const char *path)
{
	char message[INPUT_MESSAGE];
	size_t first = list->count, kept = first;
	struct stat status;

	if (input_list_add(list, path, message, sizeof(message)))
		return command_usage("rules", "%s", message);
	if (stat(path, &status) || !S_ISDIR(status.st_mode))
		return 0;
	for (size_t i = first; i < list->count; i++) {
		if (ends_with(list->path[i], SUFFIX))
			list->path[kept++] = list->path[i];
		else
			free(list->path[i]);
	}
	list->count = kept;
	return 0;
}

static int load(struct rules_run *run, char *const *paths, size_t count)
{
	char corpus[] = CORPUS_DEFAULT;
	char *const standard[] = { corpus };
	struct input_list list = { .count = 0 };
	int status = 0;

	if (!count) {
		paths = standard;
		count = 1;
	}
	for (size_t i = 0; i < count && !status; i++)
		status = add_path(&list, paths[i]);
	if (!status && !list.count)
		status = command_usage("rules", "expected programs, found none");
	if (!status)
		status = command_load("rules", list.path, list.count, &run->loaded);
	input_list_done(&list);
	return status;
}

static int load_unreachable(struct rules_run *run)
{
	const char *path = run->options->unreachable;
	char message[INPUT_MESSAGE];
	struct stat status;

	if (!path) {
		path = UNREACHABLE_DEFAULT;
		if (stat(path, &status))
			return 0;
	}
	if (unreachable_read(&run->unreachable, path, message, sizeof(message)))
		return command_usage("rules", "%s", message);
	return 0;
}

static int run_and_print(struct rules_run *run)
{
	int status;

	run->shared = isolate_share(sizeof(*run->shared));
	if (findings_init(&run->findings, run->options->json, NULL) || !run->shared) {
		command_usage("rules", "no memory, or no temporary file");
		isolate_unshare(run->shared, sizeof(*run->shared));
		return COMMAND_ENVIRONMENT;
	}
	status = run_programs_of(run);
	if (status == COMMAND_AGREED || status == COMMAND_DISAGREED) {
		bool fine = print_table(run);

		if (!fine || run->shared->statistics.mismatches)
			status = COMMAND_DISAGREED;
	}
	findings_done(&run->findings);
	isolate_unshare(run->shared, sizeof(*run->shared));
	return status;
}

static int rules(const struct options *options, char *const *paths, size_t count)
{
	struct rules_run run = { .options = options };
	int status = load(&run, paths, count);

	if (status)
		return status;
	status = load_unreachable(&run);
	if (!status)
		status = run_and_print(&run);
	unreachable_done(&run.unreachable);
	loaded_done(&run.loaded);
	return status;
}

enum { OPTION_ALLOC_WALK = OPTION_OWN, OPTION_UNREACHABLE, OPTION_MISSING, OPTION_JSON };

static const struct option known[] = {
	CHECK_OPTIONS,
	{ "alloc-walk", no_argument, NULL, OPTION_ALLOC_WALK },
	{ "unreachable", required_argument, NULL, OPTION_UNREACHABLE },
	{ "missing", no_argument, NULL, OPTION_MISSING },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

int verb_rules(int argc, char **argv)
{
	struct options options = { .check = { .subject = "core" } };
	int c;

	while ((c = getopt_long(argc, argv, "h", known, NULL)) != -1) {
		switch (c) {
		case 'h':
			fputs(help, stdout);
			return COMMAND_AGREED;
		case OPTION_ALLOC_WALK:
			options.alloc_walk = true;
			break;
		case OPTION_UNREACHABLE:
			options.unreachable = optarg;
			break;
		case OPTION_MISSING:
			options.missing = true;
			break;
		case OPTION_JSON:
			options.json = true;
			break;
		default:
			if (!check_option("rules", c, optarg, &options.check))
				return COMMAND_USAGE;
		}
	}
	return rules(&options, argv + optind, (size_t)(argc - optind));
}
