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

#include "execute.h"
#include "findings.h"
#include "fuzz_entry.h"
#include "isolate.h"
#include "json.h"
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

struct show {
	const struct options *options;
	const struct program *program;
	const char *path;
	FILE *page_file; /* NULL without --html */
	struct execution execution;
	struct run_statistics statistics;
	struct show_terminal terminal;
	struct show_page page;
};

/* The finding as one JSON object; NULL without memory. */
static char *finding_text(const struct show *show)
{
	struct findings findings = { .target = show->options->target ? show->options->target->name
								     : NULL };
	char *text = NULL;
	size_t size = 0;

	findings.json = open_memstream(&text, &size);
	if (!findings.json)
		return NULL;
	findings_add_mismatch(&findings, &show->execution, show->path);
	fclose(findings.json);
	return text;
}

static int end_page(struct show *show, const char *finding)
{
	if (!show_page_end(&show->page, finding))
		return 0;
	return command_usage("show", "--html: cannot write %s", show->options->html);
}

static int conclude(struct show *show, enum execute_outcome outcome, const char *why)
{
	struct findings findings = { .json = NULL };
	char *finding = NULL;
	int status = 0;

	if (outcome == EXECUTE_MISMATCH && show->page_file)
		finding = finding_text(show);
	if ((outcome == EXECUTE_AGREED || outcome == EXECUTE_MISMATCH) && show->page_file)
		status = end_page(show, finding);
	free(finding);
	if (status)
		return status;
	switch (outcome) {
	case EXECUTE_AGREED:
		return COMMAND_AGREED;
	case EXECUTE_MISMATCH:
		if (!show->page_file)
			putchar('\n');
		if (show->options->target)
			findings.target = show->options->target->name;
		findings_add_mismatch(&findings, &show->execution, show->path);
		return COMMAND_DISAGREED;
	default:
		command_usage("show", "%s: %s", show->path, why ? why : "cannot be run");
		return COMMAND_ENVIRONMENT;
	}
}

static int show_with(struct show *show, struct subject *subject)
{
	const struct execute_options options = { .settings = show->options->check.settings,
						 .paranoid = show->options->check.paranoid };
	struct show_viewer *viewer = &show->terminal.viewer;
	const char *why = NULL;
	int status;

	subject_live_set_reading(subject, LIVE_READ_EVERY);
	if (execution_init(&show->execution, subject, &options, &show->statistics)) {
		command_usage("show", "out of memory");
		return COMMAND_ENVIRONMENT;
	}
	if (show->page_file)
		viewer = &show->page.viewer;
	status = conclude(show, show_program(&show->execution, show->program, viewer, &why), why);
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

/* The page holds every step up to the one the child died in. */
static void end_page_of_dead(struct show *show, const char *kind)
{
	char *finding = NULL;
	size_t size = 0;
	FILE *out;

	if (!show->page_file || fseek(show->page_file, 0, SEEK_END) || ftell(show->page_file) <= 0)
		return;
	out = open_memstream(&finding, &size);
	if (!out)
		return;
	fputs("{\"class\": \"crash\", \"rule\": \"subject\", \"signature\": ", out);
	json_string(out, kind);
	fputs(", \"message\": \"the subject died in the operation after the last one shown\"}",
	      out);
	fclose(out);
	end_page(show, finding);
	free(finding);
}

static int watch_show(struct show *show)
{
	static const uint64_t still;
	struct isolate_result result;

	isolate_run(show_isolated, show, &still, TIMEOUT, &result);
	switch (result.end) {
	case ISOLATE_RETURNED:
		return result.status;
	case ISOLATE_FAILED:
		command_usage("show", "no child process: %s", result.kind);
		return COMMAND_ENVIRONMENT;
	case ISOLATE_STUCK:
		end_page_of_dead(show, "timeout");
		command_usage("show", "%s: the subject does not come to an end", show->path);
		return COMMAND_DISAGREED;
	default:
		end_page_of_dead(show, result.kind);
		command_usage("show", "%s: the subject died of %s; `vmafuzz replay' reports it",
			      show->path, result.kind);
		return COMMAND_DISAGREED;
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
	whole = status == COMMAND_AGREED || status == COMMAND_DISAGREED;
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
	show->options = options;
	show->program = &loaded.program[0];
	show->path = path;
	if (options->html) {
		status = show_to_page(show);
	} else {
		show_terminal_init(&show->terminal, options->maps, options->color);
		status = watch_show(show);
	}
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
