/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vmafuzz show`: a program as a sequence of pictures, on the terminal or as a page. The subject
 * works in a child process, which may die; what it showed until then stays.
 */
#define _POSIX_C_SOURCE 200809L
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ending.h"
#include "execute.h"
#include "findings.h"
#include "fuzz_entry.h"
#include "isolate.h"
#include "live.h"
#include "save.h"
#include "show.h"

#define TIMEOUT 60.0

/* clang-format off */
static const char help[] =
	"usage: vmafuzz show [OPTIONS] FILE\n"
	"\n"
	"Runs a program and draws the layout before and after each operation: a letter per\n"
	"VMA, dots for holes, the operation's range underlined, the model's layout where it\n"
	"differs, and why pieces that touch were not merged. FILE is `.vma` text or raw\n"
	"bytes, told apart by the first line; `-` is standard input.\n"
	"\n"
	CHECK_OPTIONS_HELP
	"      --maps          list the VMAs after each operation, with flags and offsets\n"
	"      --html OUTPUT   instead of drawing on the terminal write one page that works\n"
	"                      without a network: a slider through the operations, subject\n"
	"                      and model side by side, their differences marked\n"
	"      --color WHEN    auto, always or never [auto: on a terminal]\n"
	"      --target NAME   first force the settings of a fuzz target (merge, fork,\n"
	"                      limit, oom)\n"
	"  -h, --help          this text\n"
	"\n"
	"Exit status: 0; 1 a disagreement, reported after the last picture; 2 bad usage or\n"
	"bad input; 3 the program was skipped, or the subject cannot run here.\n";
/* clang-format on */

struct options {
	struct check_options check;
	const struct fuzz_profile *target;
	const char *html; /* the page's file; NULL: drawings on standard output */
	bool maps, color;
};

/* What the child tells while it runs. */
struct shared {
	uint64_t beat;		  /* stands still: the program has so long in all */
	struct draw_range extent; /* the pages that matter */
	bool learned;		  /* that was all of them, or all that can be known */
	bool ended;		  /* the page has its tail */
	volatile uint32_t at;	  /* the operation under way */
};

/* How a child ended that did not return. */
struct death {
	struct program program; /* settings resolved */
	struct subject *subject;
	struct verdict verdict;
};

struct show {
	const struct options *options;
	struct shared *shared;
	const struct death *death; /* NULL: not yet */
	const struct program *program;
	const char *path;
	FILE *page_file; /* NULL without --html */
	struct execution execution;
	struct run_statistics statistics;
	struct show_terminal terminal;
	struct show_page page;
};

/* The finding as one JSON object if there is a place for it, else as a page of text. */
static void add_finding(const struct show *show, FILE *json)
{
	struct findings findings = { .json = json,
				     .target = show->options->target ? show->options->target->name
								     : NULL };
	const struct death *death = show->death;

	if (death)
		findings_add_verdict(&findings, &death->program, &death->verdict, death->subject,
				     show->path);
	else
		findings_add_mismatch(&findings, &show->execution, show->path);
}

/* A subject that dies before the first step leaves none. */
static bool page_begun(const struct show *show)
{
	return fseek(show->page_file, 0, SEEK_END) == 0 && ftell(show->page_file) > 0;
}

static int end_page(struct show *show, const char *finding)
{
	show->shared->ended = true;
	if (!show_page_end(&show->page, finding))
		return 0;
	return command_usage("show", "--html: cannot write %s", show->options->html);
}

static int end_page_with_finding(struct show *show)
{
	char *text = NULL;
	size_t size = 0;
	FILE *json = open_memstream(&text, &size);
	int status;

	if (json) {
		add_finding(show, json);
		fclose(json);
	}
	status = end_page(show, text);
	free(text);
	return status;
}

static int end_with_finding(struct show *show)
{
	int status = 0;

	if (!show->page_file)
		putchar('\n');
	else if (page_begun(show) && !show->shared->ended)
		status = end_page_with_finding(show);
	if (status)
		return status;
	add_finding(show, NULL);
	return COMMAND_DISAGREED;
}

static int conclude(struct show *show, enum execute_outcome outcome, const char *why)
{
	switch (outcome) {
	case EXECUTE_AGREED:
		return show->page_file ? end_page(show, NULL) : COMMAND_AGREED;
	case EXECUTE_MISMATCH:
		return end_with_finding(show);
	default:
		command_usage("show", "%s: %s", show->path, why ? why : "cannot be run");
		return COMMAND_ENVIRONMENT;
	}
}

/* Both runs of the program, or the second alone where the first is known to end badly. */
static enum execute_outcome learn_and_show(struct show *show, const char **why)
{
	struct shared *shared = show->shared;
	struct show_viewer *viewer = show->page_file ? &show->page.viewer : &show->terminal.viewer;
	enum execute_outcome outcome = EXECUTE_AGREED;

	if (!shared->learned)
		outcome = show_learn(&show->execution, show->program, &shared->extent, why);
	shared->learned = true;
	if (outcome != EXECUTE_AGREED && outcome != EXECUTE_MISMATCH)
		return outcome;
	return show_program(&show->execution, show->program, shared->extent, viewer, why);
}

static int show_with(struct show *show, struct subject *subject)
{
	const struct execute_options options = { .settings = show->options->check.settings,
						 .paranoid = show->options->check.paranoid };
	const char *why = NULL;
	int status;

	subject_live_set_reading(subject, LIVE_READ_EVERY);
	if (execution_init(&show->execution, subject, &options, &show->statistics)) {
		command_usage("show", "out of memory");
		return COMMAND_ENVIRONMENT;
	}
	show->execution.at = &show->shared->at;
	status = conclude(show, learn_and_show(show, &why), why);
	/* What a program broke is not torn down: that could be a second finding about it. */
	if (status == COMMAND_DISAGREED) {
		fflush(NULL);
		_exit(status);
	}
	execution_done(&show->execution);
	return status;
}

/* In a child, for the subject may crash. */
static int show_isolated(void *context)
{
	struct show *show = context;
	struct subject *subject;
	int status = check_subject("show", &show->options->check, &subject);

	if (status)
		return status;
	status = show_with(show, subject);
	subject->destroy(subject);
	return status;
}

/* What was shown till then is out; how it ended is left to say. */
static int report_death(struct show *show, const struct isolate_result *end)
{
	struct death death = { .program = *show->program };
	struct comparison comparison = { .program = &death.program, .index = show->shared->at };
	int status = check_subject("show", &show->options->check, &death.subject);

	if (status)
		return status;
	settings_resolve(&death.program.settings, death.subject, &show->options->check.settings);
	ending_verdict(&death.verdict, &comparison, end);
	show->death = &death;
	status = end_with_finding(show);
	show->death = NULL;
	death.subject->destroy(death.subject);
	return status;
}

static void run_child(struct show *show, enum isolate_voice voice, struct isolate_result *end)
{
	show->shared->at = VERDICT_AT_BEGIN;
	isolate_run_as(voice, show_isolated, show, &show->shared->beat, TIMEOUT, end);
}

/* A subject that dies before anything was shown dies a second time, in silence, while it is. */
static int watch_show(struct show *show)
{
	struct isolate_result end;

	run_child(show, ISOLATE_LOUD, &end);
	if (end.end != ISOLATE_RETURNED && end.end != ISOLATE_FAILED && !show->shared->learned) {
		show->shared->learned = true;
		run_child(show, ISOLATE_QUIET, &end);
	}
	switch (end.end) {
	case ISOLATE_RETURNED:
		return end.status;
	case ISOLATE_FAILED:
		command_usage("show", "no child process: %s", end.kind);
		return COMMAND_ENVIRONMENT;
	default:
		return report_death(show, &end);
	}
}

/* A page that says nothing is not left behind; one that was there before stays till then. */
static int show_to_page(struct show *show)
{
	char part[SAVE_PATH];
	bool whole;
	int status;

	if (snprintf(part, sizeof(part), "%s.part", show->options->html) >= (int)sizeof(part))
		return command_usage("show", "--html: the path is too long");
	show->page_file = fopen(part, "wb");
	if (!show->page_file)
		return command_usage("show", "--html: cannot write %s: %s", part, strerror(errno));
	show_page_init(&show->page, show->page_file, show->path);
	status = watch_show(show);
	whole = (status == COMMAND_AGREED || status == COMMAND_DISAGREED) && page_begun(show);
	if (fclose(show->page_file) || (whole && rename(part, show->options->html)))
		status = command_usage("show", "--html: cannot write %s: %s", show->options->html,
				       strerror(errno));
	if (!whole)
		remove(part);
	return status;
}

static int show_file(const struct options *options, char *path)
{
	struct show *show = calloc(1, sizeof(*show));
	struct loaded loaded;
	int status = command_load("show", &path, 1, &loaded);

	if (status || !show) {
		free(show);
		return status ? status : COMMAND_ENVIRONMENT;
	}
	if (options->target)
		fuzz_profile_force(options->target, &loaded.program[0]);
	show->shared = isolate_share(sizeof(*show->shared));
	if (!show->shared) {
		loaded_done(&loaded);
		free(show);
		command_usage("show", "out of memory");
		return COMMAND_ENVIRONMENT;
	}
	show->options = options;
	show->program = &loaded.program[0];
	show->path = path;
	if (options->html) {
		status = show_to_page(show);
	} else {
		show_terminal_init(&show->terminal, options->maps, options->color);
		status = watch_show(show);
	}
	isolate_unshare(show->shared, sizeof(*show->shared));
	loaded_done(&loaded);
	free(show);
	return status;
}

enum { OPTION_MAPS = OPTION_OWN, OPTION_HTML, OPTION_COLOR, OPTION_TARGET };

static const struct option known[] = {
	CHECK_OPTIONS,
	{ "maps", no_argument, NULL, OPTION_MAPS },
	{ "html", required_argument, NULL, OPTION_HTML },
	{ "color", required_argument, NULL, OPTION_COLOR },
	{ "target", required_argument, NULL, OPTION_TARGET },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static bool take_color(const char *text, bool *color)
{
	if (strcmp(text, "always") == 0)
		*color = true;
	else if (strcmp(text, "never") == 0)
		*color = false;
	else if (strcmp(text, "auto") != 0) {
		command_usage("show", "--color: expected auto, always or never, got `%s'", text);
		return false;
	}
	return true;
}

/* False after a message. */
static bool take_option(int c, struct options *options)
{
	switch (c) {
	case OPTION_MAPS:
		options->maps = true;
		return true;
	case OPTION_HTML:
		options->html = optarg;
		return true;
	case OPTION_COLOR:
		return take_color(optarg, &options->color);
	case OPTION_TARGET:
		options->target = fuzz_profile_find(optarg);
		if (!options->target)
			command_usage("show",
				      "--target: expected merge, fork, limit or oom, got `%s'",
				      optarg);
		return options->target;
	default:
		return check_option("show", c, optarg, &options->check);
	}
}

int verb_show(int argc, char **argv)
{
	struct options options = { .check = { .subject = "core" }, .color = isatty(STDOUT_FILENO) };
	int c;

	while ((c = getopt_long(argc, argv, "h", known, NULL)) != -1) {
		if (c == 'h') {
			fputs(help, stdout);
			return COMMAND_AGREED;
		}
		if (!take_option(c, &options))
			return COMMAND_USAGE;
	}
	if (argc - optind != 1)
		return command_usage("show", "expected one FILE, got %d", argc - optind);
	return show_file(&options, argv[optind]);
}
