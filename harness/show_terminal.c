/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps as drawings on a terminal: colours help, nothing depends on them. */
#include "show.h"

#include <inttypes.h>
#include <string.h>

#include "report.h"

#define INDENT "      "
#define BOLD "\033[1m"
#define RED "\033[1;31m"
#define FAINT "\033[2m"
#define PLAIN "\033[0m"

static const struct show_terminal *terminal_of(const struct show_viewer *viewer)
{
	return (const struct show_terminal *)(const void *)viewer;
}

static const char *tint(const struct show_terminal *terminal, const char *code)
{
	return terminal->color ? code : "";
}

static void draw_rows(const struct show_terminal *terminal, const struct show_step *step,
		      const struct show_space *space)
{
	const struct draw_row *all[] = { &space->before, &space->after, &space->model };
	const struct program *program = &step->execution->program;
	struct draw_range shown = step->extent;
	struct draw_columns columns;
	struct draw_picture picture = {
		.columns = &columns,
		.before = all[0],
		.indent = INDENT,
		.color = terminal->color,
	};

	if (show_at_operation(step))
		picture.mark = draw_range_of_op(program, &program->ops[step->index]);
	if (memcmp(all[0], all[1], sizeof(*all[0])) != 0)
		picture.after = all[1];
	if (memcmp(all[1], all[2], sizeof(*all[0])) != 0) {
		picture.after = all[1];
		picture.model = all[2];
	}
	draw_range_widen(&shown, program->settings.pages);
	draw_columns_choose(&columns, shown, all, 3);
	fputs(INDENT, stdout);
	draw_print(stdout, &picture);
}

static void list_vmas(const struct show_step *step, const struct seen_space *seen)
{
	for (uint32_t i = 0; seen && i < seen->vmas; i++) {
		fputs(INDENT, stdout);
		draw_vma(stdout, &seen->vma[i], step->execution->facts);
	}
}

static void print_merge(const struct show_terminal *terminal, const struct show_step *step)
{
	if (!step->merged)
		return;
	printf(INDENT "%smerge  ", tint(terminal, FAINT));
	show_merge(stdout, step);
	printf("%s\n", tint(terminal, PLAIN));
}

static void print_heading(const struct show_terminal *terminal, const struct show_step *step)
{
	char text[512], result[64];

	show_text(step, text, sizeof(text));
	if (show_at_operation(step))
		printf("%4" PRIu32 "  ", step->index + 1);
	else
		fputs(INDENT, stdout);
	printf("%s%s%s", tint(terminal, BOLD), text, tint(terminal, PLAIN));
	if (step->outcome == EXECUTE_SKIPPED) {
		printf("   (skipped: %s)\n", step->why);
		return;
	}
	result_print(&step->execution->seen->result, result, sizeof(result));
	printf("   -> %s", result);
	if (step->outcome == EXECUTE_MISMATCH)
		printf("   %s<-- disagreement%s", tint(terminal, RED), tint(terminal, PLAIN));
	putchar('\n');
}

static void print_step(struct show_viewer *viewer, const struct show_step *step)
{
	const struct show_terminal *terminal = terminal_of(viewer);
	const struct execution *execution = step->execution;
	const struct show_space *space = show_acting(step);

	print_heading(terminal, step);
	if (step->outcome == EXECUTE_SKIPPED)
		return;
	if (space)
		draw_rows(terminal, step, space);
	for (uint32_t i = 0; i < execution->seen->events; i++) {
		fputs(INDENT, stdout);
		draw_event(stdout, &execution->seen->event[i]);
	}
	print_merge(terminal, step);
	if (terminal->maps && space)
		list_vmas(step, space->seen);
	/* The next operation may be the end of the process. */
	fflush(stdout);
}

static void print_settings(struct show_viewer *viewer, const struct show_step *step)
{
	(void)viewer;
	fputs("vma-program 1   ", stdout);
	report_print_settings(stdout, &step->execution->program.settings);
}

void show_terminal_init(struct show_terminal *terminal, bool maps, bool color)
{
	*terminal = (struct show_terminal){
		.viewer = { .begin = print_settings, .step = print_step },
		.maps = maps,
		.color = color,
	};
}
