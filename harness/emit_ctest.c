/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file for corpus/regress/, which CTest replays with all seeds: the program itself, with the
 * result of every operation and the layout of the space it acted on.
 */
#include "emit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flags.h"

/* Nothing is left out: it is the same language. */
static const char *left_out(struct emission *emission, uint32_t index)
{
	(void)emission;
	(void)index;
	return NULL;
}

static const char *refuses(const struct emission *emission)
{
	(void)emission;
	return NULL;
}

/* What prot and kind say already; the rest is spelled out. */
#define IN_WORDS                                                                                   \
	(VM_FLAG(rd) | VM_FLAG(wr) | VM_FLAG(ex) | VM_FLAG(sh) | VM_FLAG(mr) | VM_FLAG(mw) |       \
	 VM_FLAG(me) | VM_FLAG(ms))

static struct expect_vma line_of(const struct seen_vma *vma)
{
	bool object = vma->file >= SEEN_OBJECT;

	return (struct expect_vma){
		.start = vma->start,
		.end = vma->end,
		.prot = (uint32_t)(vma->flags & (VM_FLAG(rd) | VM_FLAG(wr) | VM_FLAG(ex))),
		.kind = vma->flags & VM_FLAG(ms)   ? 1
			: vma->flags & VM_FLAG(dp) ? 2
						   : 0,
		.file = object ? FILE_ANON : (uint8_t)vma->file,
		.has_fault = true,
		.fault = vma->chain,
		.has_anon = vma->anon != 0,
		.anon = vma->anon,
		.has_off = !object,
		.off = vma->pgoff,
		.has_flags = (vma->flags & ~IN_WORDS) != 0,
		.flags = vma->flags & ~IN_WORDS,
		.has_uffd = vma->uffd != 0,
		.uffd = (int8_t)(vma->uffd - 1),
	};
}

static void state_result(struct op *op, const struct seen_result *result)
{
	op->result_form = result->form;
	op->result_errno = result->error;
	op->result = place_page((int32_t)(result->value / PAGE_BYTES));
	op->result.bytes = (uint32_t)(result->value % PAGE_BYTES);
}

static int state_layout(struct program *to, uint32_t after, const struct seen_space *space,
			uint8_t number)
{
	struct expectation expectation = {
		.after = after,
		.form = space->vmas ? EXPECT_LAYOUT : EXPECT_EMPTY,
		.space = number,
		.first = to->line_count,
		.vmas = space->vmas,
	};
	int error = 0;

	for (uint32_t i = 0; !error && i < space->vmas; i++) {
		struct expect_vma line = line_of(&space->vma[i]);

		error = program_add_expect_vma(to, &line);
	}
	return error ? error : program_add_expectation(to, &expectation);
}

/*
 * The program with what it must lead to. After an allocation has failed the rules permit several
 * outcomes, so nothing more is stated; the replay compares with the model all the same.
 */
static int state_all(struct program *to, const struct emission *emission)
{
	const struct program *from = &emission->program;
	bool certain = true;
	int error = 0;

	for (uint32_t i = 0; !error && i < from->name_count; i++)
		error = program_add_name(to, from->names[i]) < 0 ? -ENOMEM : 0;
	for (uint32_t i = 0; !error && i < from->op_count; i++) {
		const struct emit_step *step = &emission->step[i];
		struct op op = from->ops[i];

		certain = certain && !op.alloc_nth;
		op.result_form = RESULT_UNSTATED;
		if (certain)
			state_result(&op, &step->result);
		error = program_add_op(to, &op);
		if (!error && certain && step->acts && step->after.alive)
			error = state_layout(to, i + 1, &step->after, op.space);
	}
	return error;
}

/* What corpus/README.md wants of a fixed bug, as far as it was said. */
static void print_comments(FILE *out, const struct emission *emission)
{
	if (emission->broke)
		fprintf(out, "# broke: %s\n", emission->broke);
	if (emission->shown)
		fprintf(out, "# shown: %s\n", emission->shown);
	if (emission->fixed)
		fprintf(out, "# fixed: %s\n", emission->fixed);
	if (!emission->broke && !emission->fixed)
		fprintf(out, "# %s: what the model says of each operation\n", emission->file);
}

static int print(FILE *out, const struct emission *emission)
{
	struct program program;
	char *text = NULL;

	program_init(&program);
	program.settings = emission->written;
	program.settings.profile = emission->program.settings.profile;
	program.settings.profiles = (uint8_t)(1u << program.settings.profile);
	program.settings.profile_any = false;
	program.settings.quirks = emission->program.settings.quirks;
	program.settings.quirk_rows = emission->program.settings.quirk_rows;
	if (!state_all(&program, emission))
		text = program_print(&program);
	program_done(&program);
	if (!text)
		return -ENOMEM;
	fprintf(out, "%.*s", (int)strcspn(text, "\n"), text);
	fputc('\n', out);
	print_comments(out, emission);
	fputs(text + strcspn(text, "\n") + 1, out);
	free(text);
	return 0;
}

const struct emit_form emit_ctest = {
	.name = "ctest",
	.summary = "a program with its expectations for corpus/regress/, which CTest replays",
	.left_out = left_out,
	.refuses = refuses,
	.print = print,
};
