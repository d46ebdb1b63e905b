/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vmafuzz triage`: a pile of crash files into one folder per bug. */
#define _POSIX_C_SOURCE 200809L
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz_entry.h"
#include "input.h"
#include "minimize.h"
#include "triage.h"
#include "trial.h"

#define OUTPUT_DEFAULT "vmafuzz-bugs"
#define SECONDS_EACH 10.0
#define MARKS_MOST 64 /* on one command line */

/* clang-format off */
static const char help[] =
	"usage: vmafuzz triage [OPTIONS] DIR...\n"
	"\n"
	"Sorts crash files into one folder per bug. DIR is searched for files of any name:\n"
	"findings of `vmafuzz run', crash-* of libFuzzer, id:* in the queue and crashes\n"
	"folders of AFL++, SIG* of honggfuzz; hidden files and the engines' own notes are\n"
	"left out. Bytes that do not fail as they stand are tried with the settings of each\n"
	"fuzz target. Every file that fails is minimized; bugs are told apart by what the\n"
	"result does wrong: its signature without what only the program chose (which of\n"
	"several operations that share their code). A bug whose smallest program shows another\n"
	"bug in the same operation when it is made simpler still belongs to that one.\n"
	"\n"
	"A folder holds bug.vma (the smallest program), report.txt, stack.txt (what a\n"
	"sanitizer said), drawing.txt, page.html (`vmafuzz show --html'), the tests of\n"
	"`vmafuzz emit' (regress.vma, syscalls.c, kselftest.c, or no-*.txt why there is none),\n"
	"files.txt (every file with its signature) and mark. Beside them is index.html. A\n"
	"mark stays when triage runs again.\n"
	"\n"
	"  -o, --output OUT    where the folders are made [" OUTPUT_DEFAULT "]\n"
	"      --mark BUG=WORD say open, fixed, duplicate or invalid of a bug, by the name of\n"
	"                      its folder; may be repeated; without DIR nothing else is done\n"
	CHECK_OPTIONS_HELP
	"      --target NAME   force the settings of this fuzz target on all files\n"
	"      --seconds S     for minimizing one file [10]\n"
	"      --timeout S     a program that takes longer than S seconds hangs [2]\n"
	"      --progress      a line on standard error while it runs, even if that is no\n"
	"                      terminal\n"
	"  -h, --help          this text\n"
	"\n"
	"Prints a line per bug: BUG mark=WORD files=N operations=N signature=S, and at last\n"
	"bugs=N failing=N passing=N unreadable=N.\n"
	"\n"
	"Exit status: 0 no file fails, or only bugs marked otherwise than open; 1 there is\n"
	"an open bug; 2 bad usage, or a DIR that cannot be read; 3 the subject cannot run\n"
	"here.\n";
/* clang-format on */

struct options {
	struct check_options check;
	struct minimize_request request;
	const struct fuzz_profile *target;
	struct triage triage;
	const char *mark[MARKS_MOST];
	size_t marks;
	bool progress;
};

/* What engines leave beside their inputs. */
static bool is_note(const char *path)
{
	static const char *const notes[] = { "README.txt",	    "fuzzer_stats", "fuzzer_setup",
					     "fuzz_bitmap",	    "plot_data",    "cmdline",
					     "target_hash",	    "mark",	    "index.html",
					     "HONGGFUZZ.REPORT.TXT" };
	const char *name = strrchr(path, '/');

	name = name ? name + 1 : path;
	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
		if (strcmp(name, notes[i]) == 0)
			return true;
	return false;
}

/* Whether it is one of the files that triage itself wrote. */
static bool is_own(const struct triage *triage, const char *path)
{
	size_t length = strlen(triage->output);

	return strncmp(path, triage->output, length) == 0 && path[length] == '/';
}

/* 1 if it fails once; it has then the target's settings. 0, or -errno. */
static int fails_as_target(const struct options *options, const struct program *given,
			   const struct fuzz_profile *target, struct program *program)
{
	struct trial trial = {
		.create = options->request.create,
		.context = options->request.context,
		.settings = options->request.settings,
		.timeout = options->request.timeout,
	};
	struct trial_answer answer;
	int found = program_copy(program, given);

	if (!found)
		found = trial_init(&trial);
	if (found)
		return found;
	if (target)
		fuzz_profile_force(target, program);
	found = trial_find_care(&trial, program, &answer);
	trial_done(&trial);
	return found;
}

/* As it stands, or as the first fuzz target that fails on it. */
static int find_failure(const struct options *options, const struct program *given, bool text,
			struct program *program)
{
	int found;

	if (options->target)
		return fails_as_target(options, given, options->target, program);
	found = fails_as_target(options, given, NULL, program);
	for (int i = 0; found == 0 && !text && i < FUZZ_PROFILES; i++)
		found = fails_as_target(options, given, &fuzz_profiles[i], program);
	return found;
}

static int triage_program(struct options *options, const char *path, struct program *program)
{
	struct minimize_result result;
	int error = minimize(&options->request, program, &result);

	if (!error && result.fails)
		error = triage_add(&options->triage, path, program, &result.last);
	else if (!error)
		options->triage.passing++;
	minimize_result_done(&result);
	return error;
}

/* 0, or -errno if nothing more can be run. */
static int triage_file(struct options *options, const char *path)
{
	char message[INPUT_MESSAGE];
	struct program given, program;
	struct input input;
	int found;

	program_init(&given);
	program_init(&program);
	if (input_read(&input, path, message, sizeof(message)) ||
	    input_program(&input, path, &given, message, sizeof(message))) {
		command_usage("triage", "%s", message);
		options->triage.unreadable++;
		input_done(&input);
		program_done(&given);
		return 0;
	}
	found = find_failure(options, &given, input.text, &program);
	if (found > 0)
		found = triage_program(options, path, &program);
	else if (found == 0)
		options->triage.passing++;
	input_done(&input);
	program_done(&given);
	program_done(&program);
	return found;
}

/* The bug that is inside bug `index`, or that itself. 0 or -errno. */
static int find_inside(const struct options *options, size_t index, size_t *inside)
{
	const struct triage *triage = &options->triage;
	struct minimize_result result = { .others = 0 };
	struct program program;
	int error;

	*inside = index;
	program_init(&program);
	error = program_copy(&program, &triage->bug[index].program);
	/* It is small already: whatever is met on the way is one step simpler. */
	if (!error)
		error = minimize(&options->request, &program, &result);
	for (uint32_t i = 0; i < result.others && *inside == index; i++)
		*inside = triage_inside(triage, index, &result.other[i].program,
					&result.other[i].answer);
	minimize_result_done(&result);
	program_done(&program);
	return error;
}

/* From the largest program down: what is inside of one costs less. */
static int join_bugs(struct options *options)
{
	struct triage *triage = &options->triage;
	size_t inside;
	int error = 0;

	triage_sort(triage);
	for (size_t i = triage->bugs; i-- > 0 && !error;) {
		error = find_inside(options, i, &inside);
		if (!error && inside != i)
			error = triage_join(triage, i, inside);
	}
	if (!error)
		return COMMAND_AGREED;
	command_usage("triage", "bugs cannot be told apart: %s", strerror(-error));
	return COMMAND_ENVIRONMENT;
}

static void tell(const struct options *options, size_t number, size_t count)
{
	fprintf(stderr, "\rtriage: %zu of %zu files, %zu bugs   ", number, count,
		options->triage.bugs);
	fflush(stderr);
}

static int triage_list(struct options *options, const struct input_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		int error;

		if (options->progress)
			tell(options, i, list->count);
		if (is_note(list->path[i]) || is_own(&options->triage, list->path[i]))
			continue;
		error = triage_file(options, list->path[i]);
		if (error) {
			command_usage("triage", "%s: cannot be run: %s", list->path[i],
				      strerror(-error));
			return COMMAND_ENVIRONMENT;
		}
	}
	if (options->progress)
		fputc('\n', stderr);
	return COMMAND_AGREED;
}

static int print_bugs(const struct triage *triage)
{
	int status = COMMAND_AGREED;

	for (size_t i = 0; i < triage->bugs; i++) {
		const struct triage_bug *bug = &triage->bug[i];

		printf("%s mark=%s files=%zu operations=%" PRIu32 " signature=%s\n", bug->key,
		       bug->mark, bug->files, bug->program.op_count, bug->verdict.signature);
		if (strcmp(bug->mark, "open") == 0)
			status = COMMAND_DISAGREED;
	}
	printf("bugs=%zu failing=%" PRIu64 " passing=%" PRIu64 " unreadable=%" PRIu64 "\n",
	       triage->bugs, triage->failing, triage->passing, triage->unreadable);
	return status;
}

static int triage(struct options *options, char *const *paths, int count)
{
	struct input_list list = { .path = NULL };
	char message[INPUT_MESSAGE];
	struct subject *subject;
	int status;

	for (int i = 0; i < count; i++) {
		if (access(paths[i], R_OK) != 0 ||
		    input_list_add(&list, paths[i], message, sizeof(message))) {
			input_list_done(&list);
			return command_usage("triage", "%s: cannot be read: %s", paths[i],
					     strerror(errno));
		}
	}
	status = check_subject("triage", &options->check, &subject);
	if (!status) {
		options->request.timeout =
			check_timeout(options->request.timeout, MINIMIZE_TIMEOUT, subject);
		status = triage_list(options, &list);
		subject->destroy(subject);
	}
	if (!status)
		status = join_bugs(options);
	if (!status && !triage_write(&options->triage))
		status = COMMAND_USAGE;
	if (!status)
		status = print_bugs(&options->triage);
	input_list_done(&list);
	triage_done(&options->triage);
	return status;
}

enum { OPTION_MARK = OPTION_OWN, OPTION_TARGET, OPTION_SECONDS, OPTION_TIMEOUT, OPTION_PROGRESS };

static const struct option known[] = {
	CHECK_OPTIONS,
	{ "output", required_argument, NULL, 'o' },
	{ "mark", required_argument, NULL, OPTION_MARK },
	{ "target", required_argument, NULL, OPTION_TARGET },
	{ "seconds", required_argument, NULL, OPTION_SECONDS },
	{ "timeout", required_argument, NULL, OPTION_TIMEOUT },
	{ "progress", no_argument, NULL, OPTION_PROGRESS },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

/* False after a message. */
static bool take_option(int c, struct options *options)
{
	struct minimize_request *request = &options->request;

	switch (c) {
	case 'o':
		options->triage.output = optarg;
		return true;
	case OPTION_MARK:
		if (options->marks == MARKS_MOST)
			return !command_usage("triage", "--mark: more than %d of them", MARKS_MOST);
		options->mark[options->marks++] = optarg;
		return true;
	case OPTION_TARGET:
		return option_target("triage", optarg, &options->target);
	case OPTION_SECONDS:
		return option_seconds("triage", "--seconds", optarg, &request->seconds);
	case OPTION_TIMEOUT:
		return option_seconds("triage", "--timeout", optarg, &request->timeout);
	case OPTION_PROGRESS:
		options->progress = true;
		return true;
	default:
		return check_option("triage", c, optarg, &options->check);
	}
}

int verb_triage(int argc, char **argv)
{
	struct options options = {
		.check = { .subject = "core" },
		.request = {
			.create = check_create,
			.context = &options.check,
			.seconds = SECONDS_EACH,
		},
		.triage = { .output = OUTPUT_DEFAULT },
		.progress = isatty(STDERR_FILENO),
	};
	int c;

	while ((c = getopt_long(argc, argv, "ho:", known, NULL)) != -1) {
		if (c == 'h') {
			fputs(help, stdout);
			return COMMAND_AGREED;
		}
		if (!take_option(c, &options))
			return COMMAND_USAGE;
	}
	for (size_t i = 0; i < options.marks; i++)
		if (!triage_mark(options.triage.output, options.mark[i]))
			return COMMAND_USAGE;
	if (optind == argc && options.marks)
		return COMMAND_AGREED;
	if (optind == argc)
		return command_usage("triage", "expected at least one DIR");
	options.request.settings = options.check.settings;
	options.request.paranoid = options.check.paranoid;
	options.triage.subject = options.check.subject;
	return triage(&options, argv + optind, argc - optind);
}
