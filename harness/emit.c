/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes down what the model expects, and prints what is said in every form. */
#include "emit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

bool emit_has(const struct emission *emission, enum op_kind kind)
{
	for (uint32_t i = 0; i < emission->program.op_count; i++) {
		if (emission->program.ops[i].kind == kind && emission->step[i].acts &&
		    !emission->step[i].left_out && emission->step[i].result.form != RESULT_NOOP)
			return true;
	}
	return false;
}

static int copy_space(struct seen_space *to, const struct seen_space *from, uint32_t pages)
{
	size_t words = (pages + 63) / 64;

	*to = *from;
	to->vma = calloc(from->vmas + 1, sizeof(*to->vma));
	to->guard = calloc(words, sizeof(*to->guard));
	if (!to->vma || !to->guard)
		return -ENOMEM;
	memcpy(to->vma, from->vma, from->vmas * sizeof(*to->vma));
	memcpy(to->guard, from->guard, words * sizeof(*to->guard));
	return 0;
}

static void free_space(struct seen_space *space)
{
	free(space->vma);
	free(space->guard);
}

/* The number of the space that is there now and was not before; 0: none. */
static uint32_t newest_space(const struct observation *now, uint32_t highest)
{
	for (unsigned int i = 0; i < PROGRAM_SPACES; i++) {
		if (now->space[i].alive && now->space[i].number > highest)
			return now->space[i].number;
	}
	return 0;
}

static uint32_t highest_space(const struct emission *emission, uint32_t index)
{
	uint32_t highest = 0;

	for (uint32_t i = 0; i < index; i++) {
		if (emission->step[i].child > highest)
			highest = emission->step[i].child;
	}
	return highest;
}

/* Letters a space had after the last step that was its own, or its fork. */
static const struct draw_row *row_before(const struct emission *emission, uint32_t index)
{
	uint32_t space = emission->program.ops[index].space;

	for (uint32_t i = index; i-- > 0;) {
		const struct emit_step *step = &emission->step[i];

		if (step->left_out)
			continue;
		if (emission->program.ops[i].space == space ||
		    (step->child && step->child == space))
			return &step->after_row;
	}
	return NULL;
}

static int take_step(struct emission *emission, uint32_t index)
{
	struct emit_step *step = &emission->step[index];
	const struct op *op = &emission->program.ops[index];
	const struct draw_row *row = row_before(emission, index);
	const struct seen_space *space = observation_space(&emission->now, op->space);
	struct draw_range range = draw_range_of_op(&emission->program, op);
	static const struct seen_space none = { .alive = false };

	draw_row_clear(&step->before_row);
	if (row)
		step->before_row = *row;
	step->acts = space;
	step->left_out = step->acts ? emission->form->left_out(emission, index) : NULL;
	if (step->left_out)
		return 0;
	oracle_apply(emission->oracle, &emission->program, index, &emission->now);
	if (oracle_observe(emission->oracle, &emission->now))
		return -ENOMEM;
	step->result = emission->now.result;
	if (op->kind == OP_FORK && step->result.form == RESULT_VALUE)
		step->child = newest_space(&emission->now, highest_space(emission, index));
	space = observation_space(&emission->now, op->space);
	draw_row_fill(&step->after_row, space ? space : &none, &step->before_row);
	draw_range_add(&emission->extent, range.low, range.high);
	if (space && space->vmas)
		draw_range_add(&emission->extent, space->vma[0].start,
			       space->vma[space->vmas - 1].end);
	if (step->child && copy_space(&step->born, observation_space(&emission->now, step->child),
				      emission->program.settings.pages))
		return -ENOMEM;
	return space ? copy_space(&step->after, space, emission->program.settings.pages) : 0;
}

/* A kernel has the gap it was started with; the core that of the program. */
static uint32_t gap_of(const struct subject *probed)
{
	return probed && strcmp(probed->name, "live") == 0 ? probed->default_gap : 0;
}

int emission_init(struct emission *emission, const struct emit_form *form,
		  const struct program *program, const struct run_options *options,
		  const struct subject *probed)
{
	int error = 0;

	*emission = (struct emission){ .form = form,
				       .program = *program,
				       .written = program->settings,
				       .gap = gap_of(probed) };
	settings_resolve(&emission->program.settings, probed, options);
	emission->oracle = oracle_new();
	emission->step = calloc(program->op_count + 1, sizeof(*emission->step));
	if (!emission->oracle || !emission->step || observation_init(&emission->now)) {
		emission_done(emission);
		return -ENOMEM;
	}
	oracle_begin(emission->oracle, &emission->program.settings);
	error = oracle_observe(emission->oracle, &emission->now);
	for (uint32_t i = 0; !error && i < program->op_count; i++)
		error = take_step(emission, i);
	if (error)
		emission_done(emission);
	return error;
}

void emission_done(struct emission *emission)
{
	for (uint32_t i = 0; emission->step && i < emission->program.op_count; i++) {
		free_space(&emission->step[i].after);
		free_space(&emission->step[i].born);
	}
	free(emission->step);
	if (emission->own)
		emission->own_free(emission->own);
	observation_done(&emission->now);
	oracle_free(emission->oracle);
	*emission = (struct emission){ .form = NULL };
}

/* A comment ends nowhere before its end, and none begins inside. */
static void put_quoted(FILE *out, const char *text)
{
	for (; *text; text++) {
		fputc(*text, out);
		if ((text[0] == '*' && text[1] == '/') || (text[0] == '/' && text[1] == '*'))
			fputc(' ', out);
	}
}

void emit_print_head(FILE *out, const struct emission *emission, const char *prefix)
{
	char text[512];

	fprintf(out, "%s\tvma-program 1   ", prefix);
	report_print_settings(out, &emission->program.settings);
	for (uint32_t i = 0; i < emission->program.op_count; i++) {
		op_print(&emission->program, &emission->program.ops[i], text, sizeof(text));
		fprintf(out, "%s\t%2" PRIu32 "  ", prefix, i + 1);
		put_quoted(out, text);
		fputc('\n', out);
	}
	for (uint32_t i = 0; i < emission->program.op_count; i++) {
		if (emission->step[i].left_out)
			fprintf(out, "%s\n%s Operation %" PRIu32 " is left out: %s.\n", prefix,
				prefix, i + 1, emission->step[i].left_out);
	}
}

void emit_print_comment(FILE *out, const struct emission *emission, uint32_t index,
			const char *indent)
{
	const struct emit_step *step = &emission->step[index];
	const struct draw_row *rows[] = { &step->before_row, &step->after_row };
	const struct program *program = &emission->program;
	struct draw_range shown = emission->extent;
	struct draw_columns columns;
	char text[512], prefix[32];
	struct draw_picture picture = {
		.columns = &columns,
		.before = rows[0],
		.mark = draw_range_of_op(program, &program->ops[index]),
		.indent = prefix,
	};

	snprintf(prefix, sizeof(prefix), "%s *\t", indent);
	op_print(program, &program->ops[index], text, sizeof(text));
	fprintf(out, "%s/*\n%s * %" PRIu32 ": ", indent, indent, index + 1);
	put_quoted(out, text);
	fputc('\n', out);
	if (memcmp(rows[0], rows[1], sizeof(*rows[0])) != 0)
		picture.after = rows[1];
	draw_range_widen(&shown, program->settings.pages);
	draw_columns_choose(&columns, shown, rows, 2);
	fprintf(out, "%s *\n%s", indent, prefix);
	draw_print(out, &picture);
	fprintf(out, "%s */\n", indent);
}

void emit_print_section(FILE *out, const unsigned char *text, const char *section)
{
	const char *line = (const char *)text;
	size_t length = strlen(section);
	bool inside = false;

	while (*line) {
		size_t size = strcspn(line, "\n");

		if (strncmp(line, "@@ ", 3) == 0)
			inside = size == length + 3 && memcmp(line + 3, section, length) == 0;
		else if (inside)
			fprintf(out, "%.*s\n", (int)size, line);
		line += size + (line[size] == '\n');
	}
}
