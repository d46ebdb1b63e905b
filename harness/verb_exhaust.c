/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vmafuzz exhaust`: every layout of a small window, and every operation tried in it. */
#define _POSIX_C_SOURCE 200809L
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exhaust.h"
#include "findings.h"
#include "save.h"
#include "summary.h"

#define TIMEOUT_DEFAULT 10.0
#define OPS_DEFAULT "anon,file,close,munmap,mprotect,touch,guard,fork"
#define MEMORY_DEFAULT 2048
#define MIB (UINT64_C(1) << 20)

/* clang-format off */
static const char help[] =
	"usage: vmafuzz exhaust [OPTIONS]\n"
	"\n"
	"Goes from the empty window through every layout that a set of operations can reach,\n"
	"breadth first, tries every operation of the set with every range and argument in each\n"
	"of them, and checks each try like any program. It ends when nothing new is found, at\n"
	"--depth, or when something disagreed: the program that shows it is a shortest one.\n"
	"\n"
	"Layouts that differ in names alone are one: which anon_vma, which nameless object,\n"
	"which number an address space has. Fork goes on in the child, and its ancestors stay\n"
	"as they are, three at most.\n"
	"\n"
	"      --pages P       window, 1 to 16 [3]\n"
	"      --ops SET       words from the list below, with commas between them\n"
	"                      [" OPS_DEFAULT "]\n"
	"      --spaces K      1 to 4 address spaces live at once, and all of them go on [1:\n"
	"                      only the last child does]\n"
	"      --depth D       operations on the way to a layout, 1 to 250 [250]\n"
	"      --jobs J        worker processes, 1 to 256 [1]; the result is the same\n"
	"      --state FILE    keep there what was found, and go on with what is there\n"
	"      --memory MIB    for layouts, 40 bytes each [2048]\n"
	"      --model-only    count the layouts the model reaches by itself: the number must\n"
	"                      be the same\n"
	CHECK_OPTIONS_HELP
	"      --output DIR    where a finding is written [" SAVE_DEFAULT "]; made when needed\n"
	"      --timeout S     an operation that takes longer than S seconds is a finding [10]\n"
	"      --json          print the summary and the findings as one JSON object\n"
	"      --progress      a line on standard error while it runs, even if that is no\n"
	"                      terminal\n"
	"  -h, --help          this text\n"
	"\n"
	"The last line is that of `run`, then states= layouts found, frontier= those of them\n"
	"in which nothing was tried (0: the enumeration is complete), depth= of the deepest.\n"
	"programs= and operations= count the tries.\n"
	"\n"
	"Exit status: 0 all agreed; 1 a disagreement; 2 bad usage, or --state belongs to\n"
	"another enumeration; 3 no room for all layouts, or the subject cannot run here.\n"
	"\n"
	"Words of --ops, and what they stand for; S..E is every range, D every page, N every\n"
	"length. A word with a blank in it is such a line itself.\n";
/* clang-format on */

struct options {
	struct check_options check;
	struct exhaust_request request;
	struct program alphabet;
	const char *output, *ops;
	uint64_t pages, memory;
	bool json, progress;
};

/* One line that overwrites itself. */
static void tell(void *context, const struct exhaust_progress *progress, uint32_t depth)
{
	static const char bar[] = "####################....................";
	const struct run_statistics *statistics = &progress->statistics;
	unsigned int done = (unsigned int)(20 * progress->expanded / progress->states);

	(void)context;
	fprintf(stderr,
		"\r%5.0f s  depth %" PRIu32 " [%.20s] %" PRIu64 " of %" PRIu64
		" layouts  operations %" PRIu64 "  mismatches %" PRIu64 "  %.0f/s ",
		progress->seconds, depth, bar + 20 - done, progress->expanded, progress->states,
		statistics->operations, statistics->mismatches,
		(double)statistics->operations / progress->seconds);
}

static void report_findings(const struct options *options, const struct subject *subject,
			    struct findings *findings, const struct exhaust_result *result)
{
	const struct findings_again again = {
		.create = check_create,
		.context = (void *)(uintptr_t)&options->check,
		.options = &options->request.options,
		.timeout = options->request.timeout,
		.subject = subject,
	};

	for (uint32_t i = 0; i < result->findings; i++) {
		const struct run_finding *finding = &result->finding[i];
		char name[200], comment[400], path[SAVE_PATH];
		const struct save save = {
			.verb = "exhaust",
			.directory = options->output,
			.said = &options->check.settings,
			.name = name,
			.comment = { finding->verdict.signature, comment },
		};
		bool saved;

		snprintf(name, sizeof(name), "%s-exhaust", finding->verdict.signature);
		snprintf(comment, sizeof(comment),
			 "a shortest way to it: exhaust --pages %" PRIu64 " --ops %s",
			 options->pages, options->ops);
		saved = save_program(&save, &finding->program, path);
		findings_add_again(findings, &again, &finding->program, &finding->verdict,
				   saved ? path : NULL);
	}
}

static int finish(const struct options *options, const struct findings *findings,
		  const struct subject *subject, const struct exhaust_result *result)
{
	const struct exhaust_progress *progress = &result->progress;
	char profiles[PROFILES_ROOM];
	const struct summary summary = {
		.subject = options->request.model_only ? "model" : subject->name,
		.profile = profiles,
		.statistics = &progress->statistics,
		.seconds = progress->seconds,
		.findings = findings->json,
		.more = { { "states", progress->states },
			  { "frontier", progress->states - progress->expanded },
			  { "depth", result->depth } },
		.mores = 3,
	};

	check_profiles(&options->check, subject, &options->alphabet, 1, profiles);
	if (options->json)
		summary_print_json(stdout, &summary);
	else
		summary_print(stdout, &summary);
	if (!result->full)
		return summary_status(&progress->statistics);
	command_usage("exhaust", "--memory %" PRIu64 ": no room for more than %" PRIu64 " layouts",
		      options->memory, options->request.states_max);
	return COMMAND_ENVIRONMENT;
}

static int exhaust_with(const struct options *options, const struct subject *subject)
{
	struct exhaust_result *result = calloc(1, sizeof(*result));
	struct findings findings;
	int status;

	if (!result || findings_init(&findings, options->json, NULL)) {
		free(result);
		command_usage("exhaust", "no memory, or no temporary file");
		return COMMAND_ENVIRONMENT;
	}
	status = exhaust(&options->request, result);
	if (options->request.tell && result->progress.seconds > 0)
		fputc('\n', stderr);
	if (status == -EINVAL && options->request.file) {
		status = command_usage("exhaust",
				       "--state %s: expected the file of this "
				       "enumeration, it is another's",
				       options->request.file);
	} else if (status) {
		command_usage("exhaust", "%s%s%s",
			      options->request.file ? options->request.file : "",
			      options->request.file ? ": " : "", result->why);
		status = COMMAND_ENVIRONMENT;
	} else {
		report_findings(options, subject, &findings, result);
		status = finish(options, &findings, subject, result);
	}
	exhaust_result_done(result);
	findings_done(&findings);
	free(result);
	return status;
}

static bool make_alphabet(struct options *options)
{
	char error[400];

	program_init(&options->alphabet);
	if (!exhaust_ops(&options->alphabet, (uint32_t)options->pages, options->ops, error,
			 sizeof(error))) {
		command_usage("exhaust", "--ops: %s", error);
		return false;
	}
	settings_pin(&options->alphabet.settings, &options->check.settings);
	options->request.alphabet = &options->alphabet;
	if (options->alphabet.op_count * options->request.spaces <= UINT16_MAX)
		return true;
	command_usage("exhaust", "--ops: expected at most %d operations, got %" PRIu32, UINT16_MAX,
		      options->alphabet.op_count * options->request.spaces);
	return false;
}

static int run(struct options *options)
{
	struct exhaust_request *request = &options->request;
	struct subject *subject;
	int status = make_alphabet(options) ? 0 : COMMAND_USAGE;

	if (!status)
		status = check_subject("exhaust", &options->check, &subject);
	if (status) {
		program_done(&options->alphabet);
		return status;
	}
	request->create = check_create;
	request->context = &options->check;
	request->states_max = options->memory * MIB / EXHAUST_STATE_BYTES;
	if (request->states_max >= UINT32_MAX)
		request->states_max = UINT32_MAX - 1;
	request->options.settings = options->check.settings;
	request->options.paranoid = options->check.paranoid;
	request->options.invariants = options->check.paranoid;
	if (options->progress || isatty(STDERR_FILENO))
		request->tell = tell;
	status = exhaust_with(options, subject);
	subject->destroy(subject);
	program_done(&options->alphabet);
	return status;
}

enum {
	OPTION_PAGES = OPTION_OWN,
	OPTION_OPS,
	OPTION_SPACES,
	OPTION_DEPTH,
	OPTION_JOBS,
	OPTION_STATE,
	OPTION_MEMORY,
	OPTION_MODEL_ONLY,
	OPTION_OUTPUT,
	OPTION_TIMEOUT,
	OPTION_JSON,
	OPTION_PROGRESS
};

static const struct option known[] = {
	CHECK_OPTIONS,
	{ "pages", required_argument, NULL, OPTION_PAGES },
	{ "ops", required_argument, NULL, OPTION_OPS },
	{ "spaces", required_argument, NULL, OPTION_SPACES },
	{ "depth", required_argument, NULL, OPTION_DEPTH },
	{ "jobs", required_argument, NULL, OPTION_JOBS },
	{ "state", required_argument, NULL, OPTION_STATE },
	{ "memory", required_argument, NULL, OPTION_MEMORY },
	{ "model-only", no_argument, NULL, OPTION_MODEL_ONLY },
	{ "output", required_argument, NULL, OPTION_OUTPUT },
	{ "timeout", required_argument, NULL, OPTION_TIMEOUT },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "progress", no_argument, NULL, OPTION_PROGRESS },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static bool take_number(const char *name, uint64_t high, uint64_t *ret)
{
	return option_number("exhaust", name, optarg, 1, high, ret);
}

/* False after a message. */
static bool take_option(int c, struct options *options)
{
	struct exhaust_request *request = &options->request;
	uint64_t value = 0;
	bool fine = true;

	switch (c) {
	case OPTION_PAGES:
		return take_number("--pages", EXHAUST_PAGES_MAX, &options->pages);
	case OPTION_OPS:
		options->ops = optarg;
		return true;
	case OPTION_SPACES:
		fine = take_number("--spaces", PROGRAM_SPACES, &value);
		request->spaces = (unsigned int)value;
		return fine;
	case OPTION_DEPTH:
		fine = take_number("--depth", EXHAUST_DEPTH_MAX, &value);
		request->depth = (uint32_t)value;
		return fine;
	case OPTION_JOBS:
		fine = take_number("--jobs", RUN_JOBS_MAX, &value);
		request->jobs = (unsigned int)value;
		return fine;
	case OPTION_STATE:
		request->file = optarg;
		return true;
	case OPTION_MEMORY:
		return take_number("--memory", UINT64_C(1) << 20, &options->memory);
	case OPTION_MODEL_ONLY:
		request->model_only = true;
		return true;
	case OPTION_OUTPUT:
		options->output = optarg;
		return true;
	case OPTION_TIMEOUT:
		return option_seconds("exhaust", "--timeout", optarg, &request->timeout);
	case OPTION_JSON:
		options->json = true;
		return true;
	case OPTION_PROGRESS:
		options->progress = true;
		return true;
	default:
		return check_option("exhaust", c, optarg, &options->check);
	}
}

int verb_exhaust(int argc, char **argv)
{
	struct options options = {
		.check = { .subject = "core" },
		.request = { .spaces = 1,
			     .depth = EXHAUST_DEPTH_MAX,
			     .jobs = 1,
			     .timeout = TIMEOUT_DEFAULT },
		.output = SAVE_DEFAULT,
		.ops = OPS_DEFAULT,
		.pages = 3,
		.memory = MEMORY_DEFAULT,
	};
	int c;

	while ((c = getopt_long(argc, argv, "h", known, NULL)) != -1) {
		if (c == 'h') {
			fputs(help, stdout);
			exhaust_ops_help(stdout);
			return COMMAND_AGREED;
		}
		if (!take_option(c, &options))
			return COMMAND_USAGE;
	}
	if (optind < argc)
		return command_usage("exhaust", "unexpected argument `%s'", argv[optind]);
	return run(&options);
}
