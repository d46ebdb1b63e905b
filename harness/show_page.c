/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Steps as one self-contained page: the hand-written page.html, into whose middle the program
 * goes as JSON. Each step is on disk before the next operation runs, for a crash of the subject
 * must not take along what led to it.
 *
 *	page.html up to the mark | { ..., "steps": [step, step, | ... ], "finding": ... } | the rest
 *	'------ show_page.begin() -----------------' '- .step() -' '---- show_page_end() ---------'
 */
#define _POSIX_C_SOURCE 200809L
#include "show.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "embedded.h"
#include "flags.h"
#include "json.h"
#include "report.h"

/* Where the data goes. */
#define MARK "@DATA@"

static struct show_page *page_of(struct show_viewer *viewer)
{
	return (struct show_page *)(void *)viewer;
}

/* JSON inside a page: what could end its element is spelled otherwise. */
static void put_json(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '<')
			fputs("\\u003c", out);
		else
			fputc(*text, out);
	}
}

static void put_number(FILE *out, const char *key, int64_t number)
{
	json_key(out, false, key);
	fprintf(out, "%" PRId64, number);
}

static void put_text(FILE *out, const char *key, const char *text)
{
	json_key(out, false, key);
	json_string(out, text);
}

/* A line that a function prints, without its newline. */
struct line {
	FILE *out;
	char *text;
	size_t size;
};

static bool line_open(struct line *line)
{
	*line = (struct line){ .text = NULL };
	line->out = open_memstream(&line->text, &line->size);
	return line->out;
}

static void line_put(struct line *line, FILE *out)
{
	fclose(line->out);
	line->text[strcspn(line->text, "\n")] = '\0';
	json_string(out, line->text);
	free(line->text);
}

static void put_vma(FILE *out, const struct seen_vma *vma, const struct draw_row *row,
		    uint32_t facts)
{
	char codes[VM_FLAG_COUNT * 3 + 1], letter[2] = { row->page[vma->start], '\0' };
	struct line line;

	flags_print(vma->flags, codes, sizeof(codes));
	fprintf(out, "{\"start\": %" PRIu32 ", \"end\": %" PRIu32, vma->start, vma->end);
	put_text(out, "letter", letter);
	put_text(out, "flags", codes);
	put_number(out, "pgoff", (int64_t)vma->pgoff);
	if (line_open(&line)) {
		draw_vma(line.out, vma, facts);
		json_key(out, false, "maps");
		line_put(&line, out);
	}
}

/* The one that begins where `vma` does; both lists are in order of address. */
static bool has_equal(const struct seen_space *other, const struct seen_vma *vma, uint32_t facts)
{
	for (uint32_t i = 0; other && i < other->vmas && other->vma[i].start <= vma->start; i++) {
		if (other->vma[i].start == vma->start)
			return compare_vmas_equal(vma, &other->vma[i], facts);
	}
	return false;
}

static void put_guards(FILE *out, const struct seen_space *space, uint32_t pages)
{
	const char *comma = "";

	json_key(out, false, "guards");
	fputc('[', out);
	for (uint32_t p = 0; p < pages; p++) {
		if (!(space->guard[p / 64] >> (p % 64) & 1))
			continue;
		fprintf(out, "%s%" PRIu32, comma, p);
		comma = ", ";
	}
	fputc(']', out);
}

static void put_counters(FILE *out, const struct seen_space *space)
{
	json_key(out, false, "counters");
	fprintf(out,
		"{\"vma_count\": %" PRId64 ", \"total_vm\": %" PRId64 ", \"data_vm\": %" PRId64
		", \"exec_vm\": %" PRId64 ", \"stack_vm\": %" PRId64 ", \"locked_vm\": %" PRId64
		", \"committed\": %" PRId64 "}",
		space->vma_count, space->total_vm, space->data_vm, space->exec_vm, space->stack_vm,
		space->locked_vm, space->committed);
}

/* One side of a space. `other` is the other side where the two disagree, else NULL. */
struct side {
	const struct seen_space *space, *other;
	const struct draw_row *row;
	bool disagrees;
};

static void put_side(FILE *out, const char *key, const struct side *side,
		     const struct execution *execution)
{
	uint32_t facts = execution->facts;

	json_key(out, false, key);
	if (!side->space) {
		fputs("null", out);
		return;
	}
	fputs("{\"vmas\": [", out);
	for (uint32_t i = 0; i < side->space->vmas; i++) {
		const struct seen_vma *vma = &side->space->vma[i];
		bool differs = side->disagrees && !has_equal(side->other, vma, facts);

		fputs(i ? ",\n" : "", out);
		put_vma(out, vma, side->row, facts);
		fputs(differs ? ", \"differs\": true}" : "}", out);
	}
	fputc(']', out);
	if (facts & FACT_GUARDS)
		put_guards(out, side->space, execution->program.settings.pages);
	if (facts & FACT_COUNTERS)
		put_counters(out, side->space);
	fputc('}', out);
}

static void put_space(FILE *out, const struct show_step *step, const struct show_space *space)
{
	bool disagrees = step->outcome == EXECUTE_MISMATCH;
	const struct side seen = { space->seen, space->expect, &space->after, disagrees };
	const struct side model = { space->expect, space->seen, &space->model, disagrees };

	fprintf(out, "{\"number\": %" PRIu32 ", \"acts\": %s", space->number,
		space->acts ? "true" : "false");
	put_side(out, "subject", &seen, step->execution);
	/* Where they agree, once is enough. */
	if (disagrees)
		put_side(out, "model", &model, step->execution);
	fputc('}', out);
}

static void put_events(FILE *out, const char *key, const struct observation *seen)
{
	struct line line;

	json_key(out, false, key);
	fputc('[', out);
	for (uint32_t i = 0; i < seen->events && line_open(&line); i++) {
		fputs(i ? ", " : "", out);
		draw_event(line.out, &seen->event[i]);
		line_put(&line, out);
	}
	fputc(']', out);
}

static void put_answers(FILE *out, const struct show_step *step)
{
	const struct execution *execution = step->execution;
	char text[64];

	result_print(&execution->seen->result, text, sizeof(text));
	put_text(out, "result", text);
	put_events(out, "events", execution->seen);
	if (step->outcome != EXECUTE_MISMATCH)
		return;
	result_print(&execution->expect->result, text, sizeof(text));
	put_text(out, "expected", text);
	if (execution->facts & FACT_EVENTS)
		put_events(out, "expectedEvents", execution->expect);
}

static void put_operation(FILE *out, const struct show_step *step)
{
	const struct program *program = &step->execution->program;
	struct draw_range mark = draw_range_of_op(program, &program->ops[step->index]);
	struct line line;

	put_number(out, "space", program->ops[step->index].space);
	if (mark.low < mark.high)
		fprintf(out, ", \"mark\": [%" PRIu32 ", %" PRIu32 "]", mark.low, mark.high);
	if (step->merged && line_open(&line)) {
		show_merge(line.out, step);
		json_key(out, false, "merge");
		line_put(&line, out);
	}
}

static void put_step(FILE *out, const struct show_step *step)
{
	static const char *const outcomes[] = {
		[EXECUTE_AGREED] = "agreed",
		[EXECUTE_SKIPPED] = "skipped",
		[EXECUTE_MISMATCH] = "mismatch",
	};
	char text[512];

	show_text(step, text, sizeof(text));
	fputs("{\"text\": ", out);
	json_string(out, text);
	put_text(out, "outcome", outcomes[step->outcome]);
	if (step->outcome == EXECUTE_SKIPPED)
		put_text(out, "why", step->why);
	else
		put_answers(out, step);
	if (show_at_operation(step))
		put_operation(out, step);
	json_key(out, false, "spaces");
	fputc('[', out);
	for (uint32_t i = 0; i < step->spaces; i++) {
		fputs(i ? ",\n" : "", out);
		put_space(out, step, &step->space[i]);
	}
	fputs("]}", out);
}

static void add_step(struct show_viewer *viewer, const struct show_step *step)
{
	struct show_page *page = page_of(viewer);
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return;
	fputs(page->steps++ ? ",\n" : "", memory);
	put_step(memory, step);
	fclose(memory);
	put_json(page->out, text);
	fflush(page->out);
	free(text);
}

static void begin_data(FILE *out, const struct show_page *page, const struct show_step *step)
{
	const struct execution *execution = step->execution;
	struct draw_range shown = step->extent;
	struct line line;

	draw_range_widen(&shown, execution->program.settings.pages);
	fputs("{\"title\": ", out);
	json_string(out, page->title);
	put_text(out, "subject", execution->subject->name);
	put_number(out, "pages", execution->program.settings.pages);
	put_number(out, "low", shown.low);
	put_number(out, "high", shown.high);
	if (line_open(&line)) {
		report_print_settings(line.out, &execution->program.settings);
		json_key(out, false, "settings");
		line_put(&line, out);
	}
	json_key(out, false, "program");
	fputc('[', out);
	for (uint32_t i = 0; i < execution->program.op_count; i++) {
		char text[512];

		op_print(&execution->program, &execution->program.ops[i], text, sizeof(text));
		fputs(i ? ",\n" : "", out);
		json_string(out, text);
	}
	fputs("],\n\"steps\": [\n", out);
}

static void begin_page(struct show_viewer *viewer, const struct show_step *step)
{
	struct show_page *page = page_of(viewer);
	const char *text = (const char *)embedded_page_html;
	char *data = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&data, &size);

	if (!memory)
		return;
	begin_data(memory, page, step);
	fclose(memory);
	fwrite(text, 1, (size_t)(strstr(text, MARK) - text), page->out);
	put_json(page->out, data);
	free(data);
	add_step(viewer, step);
}

void show_page_init(struct show_page *page, FILE *out, const char *title)
{
	*page = (struct show_page){
		.viewer = { .begin = begin_page, .step = add_step },
		.out = out,
		.title = title,
	};
}

int show_page_end(struct show_page *page, const char *finding)
{
	const char *text = (const char *)embedded_page_html;

	fputs("\n], \"finding\": ", page->out);
	put_json(page->out, finding ? finding : "null");
	fputc('}', page->out);
	fputs(strstr(text, MARK) + strlen(MARK), page->out);
	return fflush(page->out) || ferror(page->out) ? -EIO : 0;
}
