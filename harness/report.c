/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chooses what of a disagreement belongs on the page. Which lines show the two sides follows
 * from the class of the verdict: a wrong result is a result, a wrong counter is a counter,
 * everything else is VMAs.
 */
#define _POSIX_C_SOURCE 200809L
#include "report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compare_facts.h"
#include "draw.h"
#include "json.h"
#include "report_merge.h"
#include "settings.h"

#define INDENT "          "
#define ARROW_COLUMN 32 /* of the operation's text */
#define OPS_SHOWN 20	/* of a long program, up to the disagreement */
#define LINES_MOST 12	/* VMAs or events of one side */

/* The space a report is about, and the pages that matter there. */
struct scene {
	uint32_t space;
	const struct seen_space *before, *seen, *expect;
	struct draw_row rows[3]; /* before, seen, expect */
	struct draw_range focus;
};

static bool at_operation(const struct report *report)
{
	return report->verdict->op < report->program->op_count;
}

static void print_title(FILE *out, const struct report *report)
{
	const struct verdict *verdict = report->verdict;
	uint32_t count = report->program->op_count;

	fprintf(out, "mismatch  %s   ", verdict_class_title(verdict->class));
	if (at_operation(report))
		fprintf(out, "operation %" PRIu32 " of %" PRIu32, verdict->op + 1, count);
	else if (verdict->op == VERDICT_AT_BEGIN)
		fprintf(out, "before operation 1 of %" PRIu32, count);
	else
		fprintf(out, "at the end, after %" PRIu32 " of %" PRIu32, count, count);
	fprintf(out, "   rule %s\n", verdict->rules[0] ? verdict->rules : verdict->rule);
}

static void print_quirks(FILE *out, const struct settings *settings)
{
	uint16_t rows = settings_quirk_rows(settings);
	const char *before = " quirks=";

	if (rows == QUIRKS_ALL) {
		fputs(" quirks=on", out);
		return;
	}
	for (unsigned int row = 0; row < QUIRK_ROWS; row++) {
		if (!(rows >> row & 1))
			continue;
		fprintf(out, "%sF%u", before, row + 1);
		before = ",";
	}
}

struct report report_of(const struct execution *execution)
{
	struct report report = {
		.program = &execution->program,
		.verdict = &execution->verdict,
		.before = execution->before,
		.seen = execution->seen,
		.expect = execution->expect,
		.facts = execution->facts,
		.subject = subject_spelled(execution->subject),
		.origin = execution->subject->origin,
	};

	report.merged = subject_explain(execution->subject, &report.account);
	return report;
}

void report_print_settings(FILE *out, const struct settings *settings)
{
	static const char *const rlimits[] = { "as", "data", "stack", "memlock" };

	fprintf(out, "pages=%" PRIu32 " limit=%" PRIu32 " profile=%s", settings->pages,
		settings->limit, profile_name((enum profile)settings->profile));
	print_quirks(out, settings);
	if (settings->gap && settings->gap != 4)
		fprintf(out, " gap=%" PRIu32, settings->gap);
	for (unsigned int kind = 0; kind < PROGRAM_RLIMITS; kind++) {
		if (settings->rlimit[kind] != RLIMIT_NONE)
			fprintf(out, " rlimit_%s=%" PRIu64, rlimits[kind], settings->rlimit[kind]);
	}
	if (settings->overcommit == OVERCOMMIT_ALWAYS)
		fputs(" overcommit=always", out);
	if (settings->overcommit == OVERCOMMIT_NEVER)
		fprintf(out, " overcommit=never=%" PRIu64, settings->commit_limit);
	if (settings->softdirty == SETTING_OFF)
		fputs(" softdirty=off", out);
	if (settings->anon_names == SETTING_OFF)
		fputs(" anon_names=off", out);
	if (settings->ipc_lock == SETTING_OFF)
		fputs(" ipc_lock=off", out);
	fputc('\n', out);
}

/* Lines of operations align whatever their number of digits. */
static int digits_of(uint32_t number)
{
	return number < 10 ? 1 : number < 100 ? 2 : number < 1000 ? 3 : 4;
}

static void print_operation(FILE *out, const struct report *report, uint32_t index)
{
	const struct program *program = report->program;
	int digits = digits_of(program->op_count);
	char text[512];

	op_print(program, &program->ops[index], text, sizeof(text));
	fprintf(out, INDENT "%*" PRIu32 "  ", digits, index + 1);
	if (index == report->verdict->op)
		fprintf(out, "%-*s   <-- first disagreement\n", ARROW_COLUMN - 3, text);
	else
		fprintf(out, "%s\n", text);
}

static void print_program(FILE *out, const struct report *report)
{
	uint32_t end = at_operation(report) ? report->verdict->op + 1 : report->program->op_count;
	uint32_t first = end > OPS_SHOWN ? end - OPS_SHOWN : 0;

	fputs("program   vma-program 1   ", out);
	report_print_settings(out, &report->program->settings);
	/* Leaving out one line to print one line about it helps nobody. */
	if (!report->file || first == 1)
		first = 0;
	if (first)
		fprintf(out, INDENT "... %" PRIu32 " operations before, in %s\n", first,
			report->file);
	for (uint32_t i = first; i < end; i++)
		print_operation(out, report, i);
	if (report->verdict->op == VERDICT_AT_END)
		fprintf(out, INDENT "%*s  %-*s   <-- first disagreement\n",
			digits_of(report->program->op_count), "", ARROW_COLUMN - 3,
			"(every space ends)");
}

static bool seen_in(const struct seen_vma *vma, struct draw_range range)
{
	return vma->start < range.high && vma->end > range.low;
}

static struct draw_range choose_focus(const struct scene *scene, const struct report *report)
{
	uint32_t pages = report->program->settings.pages;
	struct draw_range focus = { 0, 0 };
	struct draw_range part;

	if (at_operation(report)) {
		part = draw_range_of_op(report->program,
					&report->program->ops[report->verdict->op]);
		draw_range_add(&focus, part.low, part.high);
	}
	part = draw_range_of_difference(&scene->rows[0], &scene->rows[1], pages);
	draw_range_add(&focus, part.low, part.high);
	part = draw_range_of_difference(&scene->rows[1], &scene->rows[2], pages);
	draw_range_add(&focus, part.low, part.high);
	if (report->verdict->page < pages)
		draw_range_add(&focus, report->verdict->page, report->verdict->page + 1);
	part = focus;
	draw_range_add_neighbours(&part, scene->before);
	draw_range_add(&focus, part.low, part.high);
	part = focus;
	draw_range_add_neighbours(&part, scene->seen);
	draw_range_add_neighbours(&part, scene->expect);
	draw_range_add(&focus, part.low, part.high);
	return focus;
}

static uint32_t space_of(const struct report *report)
{
	if (report->verdict->space != VERDICT_NO_SPACE)
		return report->verdict->space;
	return at_operation(report) ? report->program->ops[report->verdict->op].space : 0;
}

static const struct seen_space *look(const struct observation *seen, uint32_t number,
				     const struct seen_space *none)
{
	const struct seen_space *space = seen ? observation_space(seen, number) : NULL;

	return space ? space : none;
}

static void scene_set(struct scene *scene, const struct report *report,
		      const struct seen_space *none)
{
	struct draw_row clear;

	draw_row_clear(&clear);
	scene->space = space_of(report);
	scene->before = look(report->before, scene->space, none);
	scene->seen = look(report->seen, scene->space, none);
	scene->expect = look(report->expect, scene->space, none);
	draw_row_fill(&scene->rows[0], scene->before, &clear);
	draw_row_fill(&scene->rows[1], scene->seen, &scene->rows[0]);
	draw_row_fill(&scene->rows[2], scene->expect, &scene->rows[0]);
	scene->focus = choose_focus(scene, report);
}

/* Does a VMA of the subject, part of one of the model, agree with it in all that is shown? */
static bool part_alike(const struct seen_vma *vma, const struct seen_vma *part, uint32_t facts)
{
	struct seen_vma cut = *vma;

	cut.pgoff += part->start - vma->start;
	cut.virt_pgoff += part->start - vma->start;
	if ((cut.flags ^ part->flags) & flags_shown(facts))
		return false;
	if (!files_equal(&cut, part, facts) || !offsets_equal(&cut, part, facts))
		return false;
	if (facts & FACT_ANON && (part->anon != cut.anon || part->chain != cut.chain))
		return false;
	return (!(facts & FACT_POLICY) || part->policy == cut.policy) &&
	       (!(facts & FACT_NAME) || part->name == cut.name) &&
	       (!(facts & FACT_UFFD) || part->uffd == cut.uffd);
}

/* Do VMAs of the subject tile this one of the model, so that the drawing says it all? */
static bool drawn_alike(const struct seen_vma *vma, const struct seen_space *seen, uint32_t facts)
{
	uint32_t reached = vma->start;

	for (uint32_t i = 0; i < seen->vmas; i++) {
		const struct seen_vma *part = &seen->vma[i];

		if (part->start >= vma->end || part->end <= vma->start)
			continue;
		if (part->start != reached || part->end > vma->end || !part_alike(vma, part, facts))
			return false;
		reached = part->end;
	}
	return reached == vma->end;
}

/* VMAs of the subject that the model holds as one: "A and B share one anon_vma". */
static bool remark_on(const struct seen_vma *vma, const struct scene *scene, char *text,
		      size_t room)
{
	const struct seen_vma *last = NULL;
	uint32_t anon = 0, parts = 0;
	bool same = true;
	char names[64] = "";

	for (uint32_t i = 0; i < scene->seen->vmas; i++) {
		const struct seen_vma *part = &scene->seen->vma[i];
		size_t used = strlen(names);

		if (part->start < vma->start || part->end > vma->end)
			continue;
		same = same && (!parts || part->anon == anon);
		anon = part->anon;
		if (last && used + 8 < sizeof(names))
			snprintf(names + used, sizeof(names) - used, "%s%c", parts > 1 ? ", " : "",
				 scene->rows[1].page[last->start]);
		last = part;
		parts++;
	}
	if (parts < 2)
		return false;
	snprintf(text, room, "(%s and %c %s)", names, scene->rows[1].page[last->start],
		 !same	? "differ in anon_vma"
		 : anon ? "share one anon_vma"
			: "have no anon_vma");
	return true;
}

static void print_drawing(FILE *out, const struct report *report, const struct scene *scene)
{
	const struct draw_row *rows[] = { &scene->rows[0], &scene->rows[1], &scene->rows[2] };
	struct draw_range shown = scene->focus;
	struct draw_columns columns;
	char remark[128];
	struct draw_picture picture = {
		.columns = &columns,
		.before = rows[0],
		.after = rows[1],
		.model = rows[2],
		.indent = INDENT,
	};

	draw_range_widen(&shown, report->program->settings.pages);
	draw_columns_choose(&columns, shown, rows, 3);
	if (report->facts & FACT_ANON && report->verdict->class == VERDICT_MISSED_MERGE) {
		for (uint32_t i = 0; i < scene->expect->vmas && !picture.remark; i++) {
			if (seen_in(&scene->expect->vma[i], scene->focus) &&
			    remark_on(&scene->expect->vma[i], scene, remark, sizeof(remark)))
				picture.remark = remark;
		}
	}
	fputs("drawing   ", out);
	draw_print(out, &picture);
	if (scene->space)
		fprintf(out, INDENT "(space @%" PRIu32 ")\n", scene->space);
}

/* Lines of one side carry its word once. */
struct side {
	FILE *out;
	const char *word;
	unsigned int lines;
};

static void side_line(struct side *side)
{
	fprintf(side->out, "%-10s", side->lines++ ? "" : side->word);
}

static void print_vmas(struct side *side, const struct scene *scene, const struct seen_space *space,
		       uint32_t facts, bool only_unlike)
{
	unsigned int left_out = 0;

	for (uint32_t i = 0; i < space->vmas; i++) {
		const struct seen_vma *vma = &space->vma[i];

		if (!seen_in(vma, scene->focus))
			continue;
		if (only_unlike && drawn_alike(vma, scene->seen, facts))
			continue;
		if (side->lines >= LINES_MOST) {
			left_out++;
			continue;
		}
		side_line(side);
		draw_vma(side->out, vma, facts);
	}
	if (left_out)
		fprintf(side->out, INDENT "... %u more\n", left_out);
}

static void print_result(struct side *side, const struct observation *seen)
{
	char text[64];

	result_print(&seen->result, text, sizeof(text));
	side_line(side);
	fprintf(side->out, "result %s\n", text);
}

static void print_counters(struct side *side, const struct seen_space *space)
{
	side_line(side);
	fprintf(side->out,
		"vma_count %" PRId64 " total_vm %" PRId64 " data_vm %" PRId64 " exec_vm %" PRId64
		" stack_vm %" PRId64 " locked_vm %" PRId64 " committed %" PRId64 "\n",
		space->vma_count, space->total_vm, space->data_vm, space->exec_vm, space->stack_vm,
		space->locked_vm, space->committed);
}

static bool same_event(const struct seen_event *a, const struct seen_event *b)
{
	return a->kind == b->kind && a->space == b->space && a->file == b->file &&
	       a->start == b->start && a->end == b->end && a->at == b->at;
}

/* Events from two before the first that differs. */
static void print_events(struct side *side, const struct observation *seen,
			 const struct observation *other)
{
	uint32_t first = 0;

	while (first < seen->events && first < other->events &&
	       same_event(&seen->event[first], &other->event[first]))
		first++;
	first = first > 2 ? first - 2 : 0;
	if (first) {
		side_line(side);
		fprintf(side->out, "... %" PRIu32 " equal events before\n", first);
	}
	for (uint32_t i = first; i < seen->events && side->lines < LINES_MOST; i++) {
		side_line(side);
		draw_event(side->out, &seen->event[i]);
	}
	if (!seen->events) {
		side_line(side);
		fputs("no events\n", side->out);
	}
}

static void print_guards(struct side *side, const struct seen_space *space, uint32_t pages)
{
	side_line(side);
	fputs("guard markers at", side->out);
	for (uint32_t p = 0; p < pages; p++) {
		if (space->alive && space->guard[p / 64] >> (p % 64) & 1)
			fprintf(side->out, " %" PRIu32, p);
	}
	fputc('\n', side->out);
}

static void print_sides(FILE *out, const struct report *report, const struct scene *scene)
{
	struct side subject = { .out = out, .word = "subject" };
	struct side expected = { .out = out, .word = "expected" };
	uint32_t pages = report->program->settings.pages;

	switch (report->verdict->class) {
	case VERDICT_WRONG_RESULT:
		print_result(&subject, report->seen);
		print_vmas(&subject, scene, scene->seen, report->facts, false);
		print_result(&expected, report->expect);
		break;
	case VERDICT_WRONG_COUNT:
	case VERDICT_WRONG_ACCOUNTING:
		print_counters(&subject, scene->seen);
		print_vmas(&subject, scene, scene->seen, report->facts, false);
		print_counters(&expected, scene->expect);
		break;
	case VERDICT_WRONG_HOOKS:
	case VERDICT_WRONG_TRACEPOINT:
		print_events(&subject, report->seen, report->expect);
		print_events(&expected, report->expect, report->seen);
		return;
	case VERDICT_WRONG_GUARD:
		print_guards(&subject, scene->seen, pages);
		print_vmas(&subject, scene, scene->seen, report->facts, false);
		print_guards(&expected, scene->expect, pages);
		break;
	default:
		print_vmas(&subject, scene, scene->seen, report->facts, false);
	}
	print_vmas(&expected, scene, scene->expect, report->facts, true);
}

/* Classes whose finding is a sentence and not a difference between two layouts. */
static bool told_by_message(enum verdict_class class)
{
	switch (class) {
	case VERDICT_INVALID_STATE:
	case VERDICT_LEAK:
	case VERDICT_NONDETERMINISM:
	case VERDICT_EXPECTATION:
	case VERDICT_CRASH:
	case VERDICT_TIMEOUT:
		return true;
	default:
		return false;
	}
}

static void print_merge(FILE *out, const struct report *report, const struct scene *scene)
{
	const struct lettered now = { scene->seen, &scene->rows[1] };
	const struct lettered before = { scene->before, &scene->rows[0] };

	fputs("merge     ", out);
	report_print_merge(out, &report->account, &now, &before);
	fputc('\n', out);
}

/* "vmafuzz VERB", with what the file needs to fail in the same way. */
static void print_command(FILE *out, const struct report *report, const char *verb)
{
	fprintf(out, "vmafuzz %s ", verb);
	if (report->target)
		fprintf(out, "--target %s ", report->target);
	if (strcmp(report->subject, "core") != 0)
		fprintf(out, "--subject %s ", report->subject);
	fputs(report->file ? report->file : "FILE", out);
}

static void print_replay(FILE *out, const struct report *report)
{
	fputs("replay    ", out);
	print_command(out, report, "replay");
	fputs("      next: ", out);
	print_command(out, report, "minimize");
	fputs(", ", out);
	print_command(out, report, "emit --as kselftest");
	fputc('\n', out);
}

void report_print(FILE *out, const struct report *report)
{
	const struct seen_space none = { .alive = false };
	struct scene scene;

	print_title(out, report);
	print_program(out, report);
	if (report->seen) {
		scene_set(&scene, report, &none);
		print_drawing(out, report, &scene);
	}
	if (told_by_message(report->verdict->class))
		fprintf(out, "%-10s%s\n", report->verdict->of_model ? "model" : "subject",
			report->verdict->message);
	if (report->seen && report->expect)
		print_sides(out, report, &scene);
	if (report->merged && report->seen)
		print_merge(out, report, &scene);
	if (report->origin)
		fprintf(out, "origin    %s\n", report->origin);
	fprintf(out, "signature %s\n", report->verdict->signature);
	print_replay(out, report);
}

void report_print_json(FILE *out, const struct report *report)
{
	char *page = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&page, &size);

	if (memory) {
		report_print(memory, report);
		fclose(memory);
	}
	fputc('{', out);
	json_key(out, true, "class");
	json_string(out, verdict_class_word(report->verdict->class));
	json_key(out, false, "rule");
	json_string(out, report->verdict->rule);
	json_key(out, false, "signature");
	json_string(out, report->verdict->signature);
	json_key(out, false, "message");
	json_string(out, report->verdict->message);
	if (at_operation(report)) {
		json_key(out, false, "operation");
		fprintf(out, "%" PRIu32, report->verdict->op + 1);
	}
	if (report->file) {
		json_key(out, false, "file");
		json_string(out, report->file);
	}
	json_key(out, false, "report");
	json_string(out, page ? page : "");
	fputc('}', out);
	free(page);
}
