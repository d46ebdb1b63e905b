/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vmafuzz show`: a program as a sequence of pictures. It runs twice: first to learn which
 * pages ever matter, so that all pictures have the same columns, then to draw.
 */
#define _POSIX_C_SOURCE 200809L
#include "command.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "draw.h"
#include "execute.h"
#include "findings.h"
#include "fuzz_entry.h"
#include "isolate.h"
#include "live.h"
#include "report.h"

#define INDENT "      "
#define TIMEOUT 60.0

/* clang-format off */
static const char help[] =
	"usage: vmafuzz show [OPTIONS] FILE\n"
	"\n"
	"Runs a program and draws the layout before and after each operation: a letter per\n"
	"VMA, dots for holes, the operation's range underlined, the model's layout where it\n"
	"differs. FILE is `.vma` text or raw bytes, told apart by the first line; `-` is\n"
	"standard input.\n"
	"\n"
	CHECK_OPTIONS_HELP
	"      --maps          list the VMAs after each operation, with flags and offsets\n"
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
	bool maps, color;
};

struct show {
	const struct options *options;
	const struct program *program;
	const char *path;
	struct execution execution;
	struct run_statistics statistics;
	struct draw_range extent; /* every page that ever matters */
	bool drawing;		  /* the second time */
	/* Letters of each live space; an entry whose space is gone is free. */
	struct draw_row row[PROGRAM_SPACES];
	uint32_t number[PROGRAM_SPACES];
};

/* The letters of a space, NULL if it has none yet. */
static struct draw_row *row_of(struct show *show, uint32_t number)
{
	for (unsigned int i = 0; i < PROGRAM_SPACES; i++) {
		if (show->number[i] == number)
			return &show->row[i];
	}
	return NULL;
}

/* Spaces that are gone lose their letters; new ones begin with those of the one that acted. */
static void follow_spaces(struct show *show, const struct draw_row *actor)
{
	const struct observation *seen = show->execution.seen;

	for (unsigned int i = 0; i < PROGRAM_SPACES; i++) {
		if (!observation_space(seen, show->number[i]))
			show->number[i] = VERDICT_NO_SPACE;
	}
	for (unsigned int i = 0; i < PROGRAM_SPACES; i++) {
		const struct seen_space *space = &seen->space[i];
		unsigned int at = 0;

		if (!space->alive || row_of(show, space->number))
			continue;
		while (at < PROGRAM_SPACES && show->number[at] != VERDICT_NO_SPACE)
			at++;
		if (at == PROGRAM_SPACES)
			return;
		show->number[at] = space->number;
		draw_row_fill(&show->row[at], space, actor);
	}
}

static void add_extent(struct show *show, const struct op *op)
{
	const struct observation *seen = show->execution.seen;
	struct draw_range range = draw_range_of_op(&show->execution.program, op);

	draw_range_add(&show->extent, range.low, range.high);
	for (unsigned int i = 0; i < PROGRAM_SPACES; i++) {
		const struct seen_space *space = &seen->space[i];

		if (space->alive && space->vmas)
			draw_range_add(&show->extent, space->vma[0].start,
				       space->vma[space->vmas - 1].end);
	}
}

static void draw_rows(struct show *show, const struct op *op, const struct draw_row rows[3])
{
	const struct draw_row *all[] = { &rows[0], &rows[1], &rows[2] };
	struct draw_range shown = show->extent;
	struct draw_columns columns;
	struct draw_picture picture = {
		.columns = &columns,
		.before = all[0],
		.mark = draw_range_of_op(&show->execution.program, op),
		.indent = INDENT,
		.color = show->options->color,
	};

	if (memcmp(all[0], all[1], sizeof(rows[0])) != 0)
		picture.after = all[1];
	if (memcmp(all[1], all[2], sizeof(rows[0])) != 0) {
		picture.after = all[1];
		picture.model = all[2];
	}
	draw_range_widen(&shown, show->execution.program.settings.pages);
	draw_columns_choose(&columns, shown, all, 3);
	fputs(INDENT, stdout);
	draw_print(stdout, &picture);
}

static void draw_step(struct show *show, const struct op *op)
{
	static const struct seen_space none = { .alive = false };
	const struct execution *execution = &show->execution;
	const struct seen_space *seen = observation_space(execution->seen, op->space);
	const struct seen_space *expect = observation_space(execution->expect, op->space);
	struct draw_row *kept = row_of(show, op->space);
	struct draw_row rows[3];

	if (kept)
		rows[0] = *kept;
	else
		draw_row_clear(&rows[0]);
	draw_row_fill(&rows[1], seen ? seen : &none, &rows[0]);
	draw_row_fill(&rows[2], expect ? expect : &none, &rows[0]);
	if (kept)
		*kept = rows[1];
	draw_rows(show, op, rows);
	for (uint32_t i = 0; i < execution->seen->events; i++) {
		fputs(INDENT, stdout);
		draw_event(stdout, &execution->seen->event[i]);
	}
	for (uint32_t i = 0; show->options->maps && seen && i < seen->vmas; i++) {
		fputs(INDENT, stdout);
		draw_vma(stdout, &seen->vma[i], execution->facts);
	}
	follow_spaces(show, &rows[1]);
}

static void print_step(struct show *show, uint32_t index, enum execute_outcome outcome,
		       const char *why)
{
	const struct op *op = &show->program->ops[index];
	char text[512], result[64];

	op_print(show->program, op, text, sizeof(text));
	result_print(&show->execution.seen->result, result, sizeof(result));
	printf("%4" PRIu32 "  %s", index + 1, text);
	if (outcome == EXECUTE_SKIPPED) {
		printf("   (skipped: %s)\n", why);
		return;
	}
	printf("   -> %s%s\n", result, outcome == EXECUTE_MISMATCH ? "   <-- disagreement" : "");
	draw_step(show, op);
}

static enum execute_outcome steps(struct show *show, const char **why)
{
	struct execution *execution = &show->execution;
	enum execute_outcome outcome = execute_begin(execution, show->program, why);

	if (outcome != EXECUTE_AGREED)
		return outcome;
	for (uint32_t i = 0; i < show->program->op_count; i++) {
		outcome = execute_step(execution, show->program, i, why);
		if (outcome == EXECUTE_FAILED)
			return outcome;
		if (show->drawing)
			print_step(show, i, outcome, *why);
		else
			add_extent(show, &show->program->ops[i]);
		if (outcome == EXECUTE_MISMATCH)
			return outcome;
	}
	return execute_end(execution, why);
}

static int conclude(struct show *show, enum execute_outcome outcome, const char *why)
{
	struct findings findings = { .json = NULL };

	switch (outcome) {
	case EXECUTE_AGREED:
		return COMMAND_AGREED;
	case EXECUTE_MISMATCH:
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

static int show_program(struct show *show)
{
	const char *why = NULL;
	enum execute_outcome outcome = steps(show, &why);

	if (outcome != EXECUTE_AGREED && outcome != EXECUTE_MISMATCH)
		return conclude(show, outcome, why);
	if (show->extent.low == show->extent.high)
		draw_range_add(&show->extent, 0, 1);
	fputs("vma-program 1   ", stdout);
	report_print_settings(stdout, &show->execution.program.settings);
	show->drawing = true;
	for (unsigned int i = 0; i < PROGRAM_SPACES; i++) {
		draw_row_clear(&show->row[i]);
		show->number[i] = i ? VERDICT_NO_SPACE : 0;
	}
	return conclude(show, steps(show, &why), why);
}

static int show_with(struct show *show, struct subject *subject)
{
	const struct execute_options options = { .settings = show->options->check.settings,
						 .paranoid = show->options->check.paranoid };
	int status;

	subject_live_set_reading(subject, LIVE_READ_EVERY);
	if (execution_init(&show->execution, subject, &options, &show->statistics)) {
		command_usage("show", "out of memory");
		return COMMAND_ENVIRONMENT;
	}
	status = show_program(show);
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
		command_usage("show", "%s: the subject does not come to an end", show->path);
		return COMMAND_DISAGREED;
	default:
		command_usage("show", "%s: the subject died of %s; `vmafuzz replay' reports it",
			      show->path, result.kind);
		return COMMAND_DISAGREED;
	}
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
	status = watch_show(show);
	loaded_done(&loaded);
	free(show);
	return status;
}

enum { OPTION_MAPS = OPTION_OWN, OPTION_COLOR, OPTION_TARGET };

static const struct option known[] = {
	CHECK_OPTIONS,
	{ "maps", no_argument, NULL, OPTION_MAPS },
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
