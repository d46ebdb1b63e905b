/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vmafuzz run`: random programs from a seed. What disagreed is written to a file of its own,
 * so that every report ends with a command that shows it again.
 */
#define _POSIX_C_SOURCE 200809L
#include "command.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "findings.h"
#include "generate.h"
#include "live.h"
#include "run.h"
#include "save.h"
#include "summary.h"

#define TIMEOUT_DEFAULT 10.0

/* clang-format off */
static const char help[] =
	"usage: vmafuzz run [OPTIONS]\n"
	"\n"
	"Generates random programs, runs them on a subject and on the model, compares the\n"
	"two after every operation, and reports each disagreement. The same seed gives the\n"
	"same programs and the same trace, whatever the number of jobs.\n"
	"\n"
	"      --seed S        [1]\n"
	"      --programs N    how many [10000]\n"
	"      --seconds T     as many as fit into T seconds, instead of --programs\n"
	"      --ops K         operations per program, 1 to 4096 [32]\n"
	"      --pages P       window, 1 to 4096 [64]\n"
	"      --without OPS   leave these operations out, as fork,mseal\n"
	"      --alloc RATE    of 1024 operations have an allocation fail [the generator's\n"
	"                      own]\n"
	"      --jobs J        worker processes, 1 to 256 [1]\n"
	CHECK_OPTIONS_HELP
	"      --alloc-walk    after each program let every allocation of each operation fail in\n"
	"                      turn, alone and with all later ones; adds walks= and failures=\n"
	"                      to the last line\n"
	"      --twice         run each program a second time and compare the traces\n"
	"      --flags WHEN    live, qemu: read more than the layout after every operation\n"
	"                      (every), of one program in nine (sampled), at the end of a\n"
	"                      program (end), or never [every with the BPF iterator, else\n"
	"                      sampled]\n"
	"      --keep N        disagreements kept with their programs, 0 to 64 [8]\n"
	"      --output DIR    where they are written [" SAVE_DEFAULT "]; made when needed\n"
	"      --timeout S     a program that takes longer than S seconds is a finding [10]\n"
	"      --cases         print how often each row of the model's tables decided\n"
	"                      something, and how many operations succeeded\n"
	"      --json          print the summary and the findings as one JSON object\n"
	"      --progress      a line on standard error while it runs, even if that is no\n"
	"                      terminal\n"
	"  -h, --help          this text\n"
	"\n"
	"A sanitizer report, a signal, a timeout or a leak in the subject is a\n"
	"disagreement. Of several with the same signature the first is reported. The last\n"
	"line is: subject= profile= programs= operations= skipped= checks= mismatches=\n"
	"trace= seconds= ops_per_second=. `skip REASON N` lines come before it.\n"
	"\n"
	"Exit status: 0 all agreed; 1 a disagreement; 2 bad usage; 3 everything was\n"
	"skipped, or the subject cannot run here.\n";
/* clang-format on */

struct options {
	struct check_options check;
	struct run_request request;
	const char *output;
	uint64_t pages, alloc, without; /* bits of enum op_kind */
	bool has_alloc, cases, json, progress;
	enum live_reading reading;
};

static int create(void *context, struct subject **ret, const char **why)
{
	const struct options *options = context;
	int error = subject_open(options->check.subject, ret, why);

	if (!error)
		subject_live_set_reading(*ret, options->reading);
	if (!error)
		subject_live_set_output(*ret, options->output);
	return error;
}

/* One line that overwrites itself. */
static void tell(void *context, const struct run_statistics *statistics, double seconds)
{
	(void)context;
	fprintf(stderr,
		"\r%5.0f s  programs %" PRIu64 "  operations %" PRIu64 "  skipped %" PRIu64
		"  mismatches %" PRIu64 "  %.0f/s ",
		seconds, statistics->programs, statistics->operations, statistics->skipped,
		statistics->mismatches, (double)statistics->operations / seconds);
}

/* "missed-merge-mprotect-4.2-seed1-program17.vma" */
static bool save(const struct options *options, const struct run_finding *finding,
		 char path[SAVE_PATH])
{
	char name[160], comment[80];
	const struct save save = {
		.verb = "run",
		.directory = options->output,
		.said = &options->check.settings,
		.name = name,
		.comment = { finding->verdict.signature, comment },
	};

	snprintf(name, sizeof(name), "%s-seed%" PRIu64 "-program%" PRIu64,
		 finding->verdict.signature, options->request.seed, finding->number);
	snprintf(comment, sizeof(comment), "program %" PRIu64 " of seed %" PRIu64, finding->number,
		 options->request.seed);
	return save_program(&save, &finding->program, path);
}

static bool seen_before(const struct run_result *result, uint32_t index)
{
	for (uint32_t i = 0; i < index; i++) {
		if (strcmp(result->finding[i].verdict.signature,
			   result->finding[index].verdict.signature) == 0)
			return true;
	}
	return false;
}

static void report_findings(const struct options *options, const struct subject *subject,
			    struct findings *findings, const struct run_result *result)
{
	const struct findings_again again = {
		.create = create,
		.context = (void *)(uintptr_t)options,
		.options = &options->request.options,
		.timeout = options->request.timeout,
		.subject = subject,
	};

	for (uint32_t i = 0; i < result->findings; i++) {
		const struct run_finding *finding = &result->finding[i];
		char path[SAVE_PATH];
		bool saved = save(options, finding, path);

		if (!seen_before(result, i))
			findings_add_again(findings, &again, &finding->program, &finding->verdict,
					   saved ? path : NULL);
		else if (saved && !options->json)
			printf("again     %s   %s\n\n", finding->verdict.signature, path);
	}
}

static int finish(const struct options *options, const struct findings *findings,
		  const struct subject *subject, const struct run_result *result)
{
	struct program generated;
	char profiles[PROFILES_ROOM];
	const struct summary summary = {
		.subject = subject->name,
		.profile = profiles,
		.statistics = &result->statistics,
		.seconds = result->seconds,
		.findings = findings->json,
		.more = { { "walks", result->statistics.walks },
			  { "failures", result->statistics.walk_failures } },
		.mores = options->request.alloc_walk ? 2 : 0,
	};

	/* Generated programs leave the profile to the subject and the command line. */
	program_init(&generated);
	check_profiles(&options->check, subject, &generated, 1, profiles);
	program_done(&generated);
	if (options->cases)
		summary_print_cases(options->json ? stderr : stdout, &result->statistics);
	if (options->json)
		summary_print_json(stdout, &summary);
	else
		summary_print(stdout, &summary);
	return summary_status(&result->statistics);
}

static int run_with(const struct options *options, const struct subject *subject)
{
	struct run_result *result = calloc(1, sizeof(*result));
	struct findings findings;
	int status;

	if (!result || findings_init(&findings, options->json, NULL)) {
		free(result);
		command_usage("run", "no memory, or no temporary file");
		return COMMAND_ENVIRONMENT;
	}
	status = run_programs(&options->request, result);
	if (options->request.progress && result->seconds >= 1)
		fputc('\n', stderr);
	if (status) {
		command_usage("run", "%s", result->why);
		status = COMMAND_ENVIRONMENT;
	} else {
		report_findings(options, subject, &findings, result);
		status = finish(options, &findings, subject, result);
	}
	run_result_done(result);
	findings_done(&findings);
	free(result);
	return status;
}

/* What the subject is decides what programs may say. */
static int run(struct options *options)
{
	struct run_request *request = &options->request;
	struct subject *subject;
	int status = check_subject("run", &options->check, &subject);

	if (status)
		return status;
	if (request->alloc_walk && subject->whole_program) {
		command_usage("run", "--alloc-walk: %s cannot fail allocations", subject->name);
		subject->destroy(subject);
		return COMMAND_ENVIRONMENT;
	}
	request->timeout = check_timeout(request->timeout, TIMEOUT_DEFAULT, subject);
	request->create = create;
	request->context = options;
	request->options.settings = options->check.settings;
	request->options.paranoid = options->check.paranoid;
	request->options.invariants = options->check.paranoid;
	if (options->progress || isatty(STDERR_FILENO))
		request->progress = tell;
	/* Whether it can read anon_vma or not, a kernel gets the same programs. */
	request->probe_tail = subject->whole_program;
	generator_preset(subject->whole_program ? "live-safe" : "everything", &request->generator);
	request->generator.pages = (uint32_t)options->pages;
	request->generator.kinds &= ~options->without;
	if (options->has_alloc)
		request->generator.alloc_rate = (uint16_t)options->alloc;
	status = run_with(options, subject);
	subject->destroy(subject);
	return status;
}

enum {
	OPTION_SEED = OPTION_OWN,
	OPTION_WITHOUT,
	OPTION_PROGRAMS,
	OPTION_SECONDS,
	OPTION_OPS,
	OPTION_PAGES,
	OPTION_ALLOC,
	OPTION_JOBS,
	OPTION_ALLOC_WALK,
	OPTION_TWICE,
	OPTION_FLAGS,
	OPTION_KEEP,
	OPTION_OUTPUT,
	OPTION_TIMEOUT,
	OPTION_CASES,
	OPTION_JSON,
	OPTION_PROGRESS
};

static const struct option known[] = {
	CHECK_OPTIONS,
	{ "without", required_argument, NULL, OPTION_WITHOUT },
	{ "seed", required_argument, NULL, OPTION_SEED },
	{ "programs", required_argument, NULL, OPTION_PROGRAMS },
	{ "seconds", required_argument, NULL, OPTION_SECONDS },
	{ "ops", required_argument, NULL, OPTION_OPS },
	{ "pages", required_argument, NULL, OPTION_PAGES },
	{ "alloc", required_argument, NULL, OPTION_ALLOC },
	{ "jobs", required_argument, NULL, OPTION_JOBS },
	{ "alloc-walk", no_argument, NULL, OPTION_ALLOC_WALK },
	{ "twice", no_argument, NULL, OPTION_TWICE },
	{ "flags", required_argument, NULL, OPTION_FLAGS },
	{ "keep", required_argument, NULL, OPTION_KEEP },
	{ "output", required_argument, NULL, OPTION_OUTPUT },
	{ "timeout", required_argument, NULL, OPTION_TIMEOUT },
	{ "cases", no_argument, NULL, OPTION_CASES },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "progress", no_argument, NULL, OPTION_PROGRESS },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static bool take_reading(const char *text, enum live_reading *reading)
{
	static const struct {
		const char *word;
		enum live_reading reading;
	} words[] = {
		{ "every", LIVE_READ_EVERY },
		{ "sampled", LIVE_READ_SAMPLED },
		{ "end", LIVE_READ_AT_END },
		{ "never", LIVE_READ_LAYOUT },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i].word, text) == 0) {
			*reading = words[i].reading;
			return true;
		}
	}
	command_usage("run", "--flags: expected every, sampled, end or never, got `%s'", text);
	return false;
}

/* "fork,mseal" */
static bool take_without(const char *text, uint64_t *kinds)
{
	while (*text) {
		size_t length = strcspn(text, ",");
		enum op_kind kind = 0;

		while (kind < OP_KINDS && (strlen(op_kind_name(kind)) != length ||
					   strncmp(op_kind_name(kind), text, length) != 0))
			kind++;
		if (kind == OP_KINDS) {
			command_usage("run",
				      "--without: expected operations as fork,mseal, got `%s'",
				      text);
			return false;
		}
		*kinds |= GENERATE_KIND(kind);
		text += length + (text[length] == ',');
	}
	return true;
}

/* Options with a number between two bounds. False after a message. */
static bool take_number(int c, struct options *options)
{
	static const struct {
		int option;
		const char *name;
		uint64_t low, high;
	} numbers[] = {
		{ OPTION_SEED, "--seed", 0, UINT64_MAX },
		{ OPTION_PROGRAMS, "--programs", 1, UINT64_MAX },
		{ OPTION_OPS, "--ops", 1, PROGRAM_OPS_MAX },
		{ OPTION_PAGES, "--pages", 1, PROGRAM_PAGES_MAX },
		{ OPTION_ALLOC, "--alloc", 0, 1024 },
		{ OPTION_JOBS, "--jobs", 1, RUN_JOBS_MAX },
		{ OPTION_KEEP, "--keep", 0, RUN_FINDINGS_MAX },
	};
	uint64_t value = 0;
	size_t i = 0;

	while (numbers[i].option != c)
		i++;
	if (!option_number("run", numbers[i].name, optarg, numbers[i].low, numbers[i].high, &value))
		return false;
	switch (c) {
	case OPTION_SEED:
		options->request.seed = value;
		break;
	case OPTION_PROGRAMS:
		options->request.programs = value;
		break;
	case OPTION_OPS:
		options->request.ops = (uint32_t)value;
		break;
	case OPTION_PAGES:
		options->pages = value;
		break;
	case OPTION_ALLOC:
		options->alloc = value;
		options->has_alloc = true;
		break;
	case OPTION_JOBS:
		options->request.jobs = (unsigned int)value;
		break;
	default:
		options->request.keep = (uint32_t)value;
	}
	return true;
}

/* False after a message. */
static bool take_option(int c, struct options *options)
{
	switch (c) {
	case OPTION_SEED:
	case OPTION_PROGRAMS:
	case OPTION_OPS:
	case OPTION_PAGES:
	case OPTION_ALLOC:
	case OPTION_JOBS:
	case OPTION_KEEP:
		return take_number(c, options);
	case OPTION_SECONDS:
		return option_seconds("run", "--seconds", optarg, &options->request.seconds);
	case OPTION_TIMEOUT:
		return option_seconds("run", "--timeout", optarg, &options->request.timeout);
	case OPTION_WITHOUT:
		return take_without(optarg, &options->without);
	case OPTION_FLAGS:
		return take_reading(optarg, &options->reading);
	case OPTION_ALLOC_WALK:
		options->request.alloc_walk = true;
		return true;
	case OPTION_TWICE:
		options->request.options.twice = true;
		return true;
	case OPTION_OUTPUT:
		options->output = optarg;
		return true;
	case OPTION_CASES:
		options->cases = true;
		return true;
	case OPTION_JSON:
		options->json = true;
		return true;
	case OPTION_PROGRESS:
		options->progress = true;
		return true;
	default:
		return check_option("run", c, optarg, &options->check);
	}
}

int verb_run(int argc, char **argv)
{
	struct options options = {
		.check = { .subject = "core" },
		.request = { .seed = 1, .ops = 32, .jobs = 1, .keep = 8 },
		.output = SAVE_DEFAULT,
		.pages = 64,
		.reading = LIVE_READ_USUAL,
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
	if (optind < argc)
		return command_usage("run", "unexpected argument `%s'", argv[optind]);
	if (options.request.seconds > 0 && options.request.programs)
		return command_usage("run", "--programs and --seconds exclude each other");
	if (options.request.seconds <= 0 && !options.request.programs)
		options.request.programs = 10000;
	return run(&options);
}
