/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vmafuzz replay`: files on a subject. The programs run one after the other in a child
 * process; where it ends badly, that program is a finding and a new child goes on behind it.
 */
#define _POSIX_C_SOURCE 200809L
#include "command.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc_walk.h"
#include "ending.h"
#include "execute.h"
#include "findings.h"
#include "fuzz_entry.h"
#include "isolate.h"
#include "live.h"
#include "save.h"
#include "summary.h"

#define TIMEOUT_DEFAULT 10.0

/* clang-format off */
static const char help[] =
	"usage: vmafuzz replay [OPTIONS] FILE...\n"
	"\n"
	"Runs programs on a subject and on the model, compares the two after every\n"
	"operation, and reports each disagreement. FILE is `.vma` text or raw bytes, told\n"
	"apart by the first line; `-` is standard input. All files are parsed before any is\n"
	"run. What a program states (`= RESULT`, `expect`) is checked on both sides where\n"
	"its profile holds.\n"
	"\n"
	CHECK_OPTIONS_HELP
	"      --no-expect     do not check what programs state\n"
	"      --alloc-walk    after each program let every allocation of each operation fail in\n"
	"                      turn, alone and with all later ones; adds walks= and failures=\n"
	"                      to the last line\n"
	"      --output DIR    where programs that disagree in a walk are written\n"
	"                      [" SAVE_DEFAULT "]; made when needed\n"
	"      --once          do not run each program a second time to compare the traces\n"
	"      --target NAME   first force the settings of a fuzz target (merge, fork,\n"
	"                      limit, oom) as that target does: for its crash files\n"
	"      --timeout S     a program that takes longer than S seconds is a finding [10]\n"
	"      --no-fork       run in this process: for debuggers; a crash is then our own\n"
	"      --json          print the summary and the findings as one JSON object\n"
	"  -h, --help          this text\n"
	"\n"
	"A sanitizer report, a signal, a timeout or a leak in the subject is a\n"
	"disagreement. The last line is: subject= profile= programs= operations= skipped=\n"
	"checks= mismatches= trace= seconds= ops_per_second=. `skip REASON N` lines come\n"
	"before it.\n"
	"\n"
	"Exit status: 0 all agreed; 1 a disagreement; 2 bad usage, or a file that cannot be\n"
	"read or parsed, and nothing was run; 3 everything was skipped, or the subject\n"
	"cannot run here.\n";
/* clang-format on */

struct options {
	struct check_options check;
	const struct fuzz_profile *target;
	bool alloc_walk, no_expect, once, no_fork, json;
	const char *output;
	double timeout;
};

/* What the child tells while it runs. */
struct shared {
	uint64_t beat;		     /* changes with every program */
	uint64_t next;		     /* program under execution */
	volatile uint32_t operation; /* of it; only kept while a crash is being located */
	bool failed;		     /* the environment gave out */
	volatile struct alloc_walk_place walk;
	struct run_statistics statistics;
};

enum mode {
	MODE_CHECK, /* compare, report, count */
	MODE_STEP,  /* do the same work, say where we are, and neither report nor count */
};

struct replay {
	const struct options *options;
	const struct subject *subject; /* of ours; nothing runs on it */
	struct loaded loaded;
	struct shared *shared;
	struct findings findings;
	struct alloc_walk_place walked; /* where a walk ended, for a file's name */
	uint64_t end;			/* where the child stops */
	double timeout;
	enum mode mode;
};

/* Only to get as far as the operation that crashes; what it compares was compared before. */
static void step_through(struct replay *replay, struct execution *execution,
			 const struct program *program)
{
	const char *why = NULL;

	execution->at = &replay->shared->operation;
	if (execute_begin(execution, program, &why) != EXECUTE_AGREED)
		return;
	for (uint32_t i = 0; i < program->op_count; i++) {
		enum execute_outcome outcome = execute_step(execution, program, i, &why);

		if (outcome == EXECUTE_MISMATCH || outcome == EXECUTE_FAILED)
			return;
	}
	execute_end(execution, &why);
}

/* "corpus/oom/a.vma" and the place become "a-op3-alloc2". */
static bool save_walked(const struct replay *replay, uint64_t number, const char *signature,
			const struct program *program, char path[SAVE_PATH])
{
	const struct alloc_walk_place *at = &replay->walked;
	const char *from = replay->loaded.path[number], *slash = strrchr(from, '/');
	size_t length = strlen(slash ? slash + 1 : from);
	char name[300], comment[300];
	const struct save save = {
		.verb = "replay",
		.directory = replay->options->output,
		.said = &replay->options->check.settings,
		.name = name,
		.comment = { signature, comment },
	};

	from = slash ? slash + 1 : from;
	if (length > 4 && !strcmp(from + length - 4, ".vma"))
		length -= 4;
	snprintf(name, sizeof(name), "%.*s-op%u-alloc%u%s", (int)length, from,
		 (unsigned int)at->op + 1, (unsigned int)at->nth, at->onward ? "on" : "");
	snprintf(comment, sizeof(comment), "%s in the allocation walk", from);
	return save_program(&save, program, path);
}

/* What a walk finds is the program with a failing operation, in a file of its own. */
static enum execute_outcome walk_program(struct replay *replay, struct execution *execution,
					 uint64_t number, const char **why)
{
	struct alloc_walk walk = {
		.execution = execution,
		.beat = &replay->shared->beat,
		.place = &replay->shared->walk,
	};
	enum execute_outcome outcome;
	char path[SAVE_PATH];
	bool saved;

	if (alloc_walk_begin(&walk, &replay->loaded.program[number])) {
		*why = "out of memory";
		return EXECUTE_FAILED;
	}
	outcome = alloc_walk_run(&walk, why);
	if (outcome == EXECUTE_MISMATCH) {
		replay->walked = walk.at;
		saved = save_walked(replay, number, execution->verdict.signature, &walk.program,
				    path);
		findings_add_mismatch(&replay->findings, execution,
				      saved ? path : replay->loaded.path[number]);
	}
	replay->shared->walk.nth = 0;
	alloc_walk_done(&walk);
	return outcome;
}

/* True if it disagreed. */
static bool run_program(struct replay *replay, struct execution *execution, uint64_t number)
{
	const char *why = NULL;
	enum execute_outcome outcome;

	execution->number = number;
	outcome = execute_program(execution, &replay->loaded.program[number], &why);
	if (outcome == EXECUTE_MISMATCH)
		findings_add_mismatch(&replay->findings, execution, replay->loaded.path[number]);
	if (outcome == EXECUTE_AGREED && replay->options->alloc_walk)
		outcome = walk_program(replay, execution, number, &why);
	if (outcome == EXECUTE_FAILED) {
		command_usage("replay", "%s: %s", replay->loaded.path[number], why);
		replay->shared->failed = true;
	}
	return outcome == EXECUTE_MISMATCH;
}

/* In the child: programs from shared->next on. */
static int child(void *context)
{
	struct replay *replay = context;
	const struct execute_options options = {
		.settings = replay->options->check.settings,
		.paranoid = replay->options->check.paranoid,
		.invariants = true,
		.twice = !replay->options->once,
	};
	/* What a subject that is wrong leaves behind is no fault of the next program. */
	const bool alone = !replay->options->no_fork;
	struct run_statistics scratch = { .programs = 0 };
	struct execution execution;
	struct subject *subject;
	bool disagreed = false;
	int status = check_subject("replay", &replay->options->check, &subject);

	if (status)
		return status;
	subject_live_set_output(subject, replay->options->output);
	if (execution_init(&execution, subject, &options,
			   replay->mode == MODE_STEP ? &scratch : &replay->shared->statistics)) {
		subject->destroy(subject);
		return command_usage("replay", "out of memory");
	}
	while (replay->shared->next < replay->end && !disagreed) {
		uint64_t number = replay->shared->next;

		replay->shared->beat++;
		if (replay->mode == MODE_STEP)
			step_through(replay, &execution, &replay->loaded.program[number]);
		else
			disagreed = run_program(replay, &execution, number) && alone;
		replay->shared->next++;
	}
	/* What a program broke is not torn down: that could be a second finding about it. */
	if (disagreed) {
		fflush(NULL);
		_exit(0);
	}
	execution_done(&execution);
	subject->destroy(subject);
	return 0;
}

/* A child for programs [first, end). */
static void run_child(struct replay *replay, enum mode mode, uint64_t first, uint64_t end,
		      struct isolate_result *result)
{
	replay->mode = mode;
	replay->end = end;
	replay->shared->next = first;
	isolate_run(child, replay, &replay->shared->beat, replay->timeout, result);
}

/* The operation at which a program ends badly, found by running it once more. */
static uint32_t locate(struct replay *replay, uint64_t number)
{
	struct isolate_result result;

	run_child(replay, MODE_STEP, number, number + 1, &result);
	replay->shared->next = number;
	return result.end == ISOLATE_CRASHED || result.end == ISOLATE_STUCK
		       ? replay->shared->operation
		       : VERDICT_AT_END;
}

static void publish_crash(struct replay *replay, const struct isolate_result *result)
{
	uint64_t number = replay->shared->next;
	struct program program = replay->loaded.program[number];
	struct comparison comparison = { .program = &program };
	struct verdict verdict;
	char path[SAVE_PATH];
	bool saved;

	/* It ended in a walk: the program is the one that was walked. */
	replay->walked = replay->shared->walk;
	if (replay->walked.nth) {
		alloc_walk_impose(&replay->loaded.program[number], replay->walked);
		program = replay->loaded.program[number];
	}
	settings_resolve(&program.settings, replay->subject, &replay->options->check.settings);
	comparison.index = result->end == ISOLATE_LEAKED ? VERDICT_AT_END : locate(replay, number);
	ending_verdict(&verdict, &comparison, result);
	saved = replay->walked.nth && save_walked(replay, number, verdict.signature,
						  &replay->loaded.program[number], path);
	findings_add_verdict(&replay->findings, &program, &verdict, replay->subject,
			     saved ? path : replay->loaded.path[number]);
	replay->shared->walk.nth = 0;
	replay->shared->statistics.mismatches++;
	/* One that leaked came to its end, and was counted there. */
	replay->shared->statistics.programs += result->end != ISOLATE_LEAKED;
	replay->shared->next = number + 1;
}

/*
 * A leak shows when the child ends: its programs are run again, each in a child of its own.
 * One that needs several of them is put on the last.
 */
static void find_leaks(struct replay *replay, uint64_t first)
{
	uint64_t end = replay->shared->next;
	uint64_t found = 0;

	for (uint64_t i = first; i < end; i++) {
		struct isolate_result result;

		run_child(replay, MODE_STEP, i, i + 1, &result);
		replay->shared->next = i;
		if (result.end != ISOLATE_LEAKED && (found || i + 1 < end))
			continue;
		found++;
		result.end = ISOLATE_LEAKED;
		publish_crash(replay, &result);
	}
	replay->shared->next = end;
	replay->end = end;
}

/* Children until every program has had its turn. */
static int supervise(struct replay *replay)
{
	while (replay->shared->next < replay->loaded.count) {
		uint64_t first = replay->shared->next;
		struct isolate_result result;

		run_child(replay, MODE_CHECK, first, replay->loaded.count, &result);
		switch (result.end) {
		case ISOLATE_RETURNED:
			if (result.status)
				return result.status;
			break;
		case ISOLATE_LEAKED:
			find_leaks(replay, first);
			break;
		case ISOLATE_CRASHED:
		case ISOLATE_STUCK:
			/* Past the last one only what was left to free can go wrong. */
			if (replay->shared->next == replay->loaded.count)
				replay->shared->next--;
			publish_crash(replay, &result);
			break;
		case ISOLATE_FAILED:
			command_usage("replay", "no child process: %s", result.kind);
			return COMMAND_ENVIRONMENT;
		}
	}
	return 0;
}

static int finish(struct replay *replay, const struct subject *subject, double seconds)
{
	struct run_statistics *statistics = &replay->shared->statistics;
	char profiles[PROFILES_ROOM];
	const struct summary summary = {
		.subject = subject->name,
		.profile = profiles,
		.statistics = statistics,
		.seconds = seconds,
		.findings = replay->findings.json,
		.more = { { "walks", statistics->walks },
			  { "failures", statistics->walk_failures } },
		.mores = replay->options->alloc_walk ? 2 : 0,
	};
	int status;

	check_profiles(&replay->options->check, subject, replay->loaded.program,
		       replay->loaded.count, profiles);
	statistics_sort_reasons(statistics);
	if (replay->options->json)
		summary_print_json(stdout, &summary);
	else
		summary_print(stdout, &summary);
	status = summary_status(statistics);
	return status == COMMAND_AGREED && replay->shared->failed ? COMMAND_ENVIRONMENT : status;
}

static void prepare_programs(const struct options *options, struct loaded *loaded)
{
	for (size_t i = 0; i < loaded->count; i++) {
		if (options->target)
			fuzz_profile_force(options->target, &loaded->program[i]);
		else if (options->no_expect)
			program_forget_text(&loaded->program[i]);
	}
}

static int replay_files(struct replay *replay)
{
	double begun = command_now();
	struct subject *subject;
	int status = check_subject("replay", &replay->options->check, &subject);

	if (status)
		return status;
	replay->subject = subject;
	replay->timeout = check_timeout(replay->options->timeout, TIMEOUT_DEFAULT, subject);
	if (replay->options->alloc_walk && subject->whole_program) {
		command_usage("replay", "--alloc-walk: %s cannot fail allocations", subject->name);
		status = COMMAND_ENVIRONMENT;
	} else if (replay->options->no_fork) {
		replay->end = replay->loaded.count;
		status = child(replay);
	} else {
		status = supervise(replay);
	}
	if (!status)
		status = finish(replay, subject, command_now() - begun);
	subject->destroy(subject);
	return status;
}

static int replay(const struct options *options, char *const *paths, size_t count)
{
	struct replay replay = { .options = options };
	int status = command_load("replay", paths, count, &replay.loaded);

	if (status)
		return status;
	prepare_programs(options, &replay.loaded);
	replay.shared = isolate_share(sizeof(*replay.shared));
	status = findings_init(&replay.findings, options->json,
			       options->target ? options->target->name : NULL);
	if (status || !replay.shared) {
		command_usage("replay", "no memory, or no temporary file");
		status = COMMAND_ENVIRONMENT;
	} else {
		status = replay_files(&replay);
	}
	findings_done(&replay.findings);
	isolate_unshare(replay.shared, sizeof(*replay.shared));
	loaded_done(&replay.loaded);
	return status;
}

enum {
	OPTION_NO_EXPECT = OPTION_OWN,
	OPTION_ALLOC_WALK,
	OPTION_OUTPUT,
	OPTION_ONCE,
	OPTION_TARGET,
	OPTION_TIMEOUT,
	OPTION_NO_FORK,
	OPTION_JSON
};

static const struct option known[] = {
	CHECK_OPTIONS,
	{ "alloc-walk", no_argument, NULL, OPTION_ALLOC_WALK },
	{ "output", required_argument, NULL, OPTION_OUTPUT },
	{ "no-expect", no_argument, NULL, OPTION_NO_EXPECT },
	{ "once", no_argument, NULL, OPTION_ONCE },
	{ "target", required_argument, NULL, OPTION_TARGET },
	{ "timeout", required_argument, NULL, OPTION_TIMEOUT },
	{ "no-fork", no_argument, NULL, OPTION_NO_FORK },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

/* False after a message. */
static bool take_option(int c, struct options *options)
{
	switch (c) {
	case OPTION_ALLOC_WALK:
		options->alloc_walk = true;
		return true;
	case OPTION_OUTPUT:
		options->output = optarg;
		return true;
	case OPTION_NO_EXPECT:
		options->no_expect = true;
		return true;
	case OPTION_ONCE:
		options->once = true;
		return true;
	case OPTION_TARGET:
		return option_target("replay", optarg, &options->target);
	case OPTION_TIMEOUT:
		return option_seconds("replay", "--timeout", optarg, &options->timeout);
	case OPTION_NO_FORK:
		options->no_fork = true;
		return true;
	case OPTION_JSON:
		options->json = true;
		return true;
	default:
		return check_option("replay", c, optarg, &options->check);
	}
}

int verb_replay(int argc, char **argv)
{
	struct options options = {
		.check = { .subject = "core" },
		.output = SAVE_DEFAULT,
	};
	int c;

	while ((c = getopt_long(argc, argv, "h", known, NULL)) != -1) {
		if (c == 'h') {
			fputs(help, stdout);
			return COMMAND_AGREED;
		}
		if (!take_option(c, &options))
			return COMMAND_USAGE;
	}
	if (optind == argc)
		return command_usage("replay", "expected at least one FILE");
	return replay(&options, argv + optind, (size_t)(argc - optind));
}
