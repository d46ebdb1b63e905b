/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A test function for tools/testing/vma of a kernel tree, where mm/vma.c runs as a program. What
 * calls mm/vma.c in the kernel (mprotect(), a fault) is not there: the test brings it along in
 * small. So only operations are said that need little of it, on private anonymous memory and on
 * files whose drivers do nothing when they are mapped.
 */
#include "emit.h"

#include <inttypes.h>
#include <string.h>

#include "embedded.h"
#include "flags.h"

/* Bits stand where x86-64 Linux has them; the bench has no soft-dirty. */
static uint64_t kernel_flags(uint64_t flags)
{
	uint64_t value = 0;

#define VMA_FLAG(name, bit, code) value |= flags & VM_FLAG(code) ? UINT64_C(1) << (bit) : 0;
#include "flags.def"
#undef VMA_FLAG
	return flags & VM_FLAG(sd) ? value & ~UINT64_C(0x08000000) : value;
}

/* Advices that are nothing but flags. */
static const struct advice {
	uint32_t number;
	uint64_t clear, set;
} advices[] = {
	{ 0, VM_FLAG(sr) | VM_FLAG(rr), 0 },
	{ 1, VM_FLAG(sr), VM_FLAG(rr) },
	{ 2, VM_FLAG(rr), VM_FLAG(sr) },
	{ 10, 0, VM_FLAG(dc) },
	{ 11, VM_FLAG(dc), 0 },
	{ 16, 0, VM_FLAG(dd) },
	{ 17, VM_FLAG(dd), 0 },
	{ 18, 0, VM_FLAG(wf) },
	{ 19, VM_FLAG(wf), 0 },
};

static const struct advice *find_advice(uint32_t number)
{
	for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++) {
		if (advices[i].number == number)
			return &advices[i];
	}
	return NULL;
}

static bool whole_pages(const struct emission *emission, const struct op *op)
{
	uint64_t address = place_address(&emission->program.settings, op->addr);
	uint64_t length = place_length(op->len);
	uint64_t most = emission->program.settings.pages * PAGE_BYTES;

	return address >= PROGRAM_BASE && address % PAGE_BYTES == 0 && length &&
	       length % PAGE_BYTES == 0 && length <= most &&
	       address - PROGRAM_BASE <= most - length;
}

/* The files of the world that the bench has; NULL: not this one. */
static const char *file_name(uint32_t file)
{
	static const char *const names[WORLD_FILES] = {
		[FILE_ANON] = "UNIT_ANON",     [FILE_PLAIN] = "UNIT_PLAIN",
		[FILE_PLAIN2] = "UNIT_PLAIN2", [FILE_OTHER] = "UNIT_OTHER",
		[FILE_CLOSE] = "UNIT_CLOSE",   [FILE_VETO] = "UNIT_VETO",
	};

	return file < WORLD_FILES ? names[file] : NULL;
}

static const char *mmap_left_out(const struct op *op)
{
	/* What is asked for is MAP_PRIVATE or MAP_SHARED, with MAP_NORESERVE or not. */
	uint32_t type = op->map_flags & 3;

	if (!file_name(op->file))
		return "what this driver does when it is mapped is no part of mm/vma.c";
	if (op->how != MMAP_FIXED)
		return "where it is placed is no part of the bench";
	if (op->file == FILE_ANON && type != 2)
		return "each shared anonymous mapping has a file of its own, made elsewhere";
	if (op->prot > 7 || (type != 1 && type != 2) || op->map_flags & ~UINT32_C(0x4023))
		return "the checks of prot and flags are no part of mm/vma.c";
	if (op->pgoff > PROGRAM_PAGES_MAX)
		return "the checks of an offset are no part of mm/vma.c";
	return NULL;
}

static const char *left_out(struct emission *emission, uint32_t index)
{
	const struct op *op = &emission->program.ops[index];

	if (op->alloc_nth)
		return "which allocation fails is another one in the bench";
	switch (op->kind) {
	case OP_MMAP:
		if (mmap_left_out(op))
			return mmap_left_out(op);
		break;
	case OP_MPROTECT:
		if (op->prot > 7)
			return "the checks of prot are no part of mm/vma.c";
		break;
	case OP_MADVISE:
		if (!find_advice(op->advice))
			return "this advice is more than a change of flags";
		break;
	case OP_MUNMAP:
	case OP_TOUCH:
		break;
	default:
		return "what does it is no part of the bench";
	}
	return whole_pages(emission, op) ? NULL : "the checks of a range are no part of mm/vma.c";
}

static bool does(const struct emission *emission, uint32_t index)
{
	const struct emit_step *step = &emission->step[index];

	return step->acts && !step->left_out;
}

static const char *refuses(const struct emission *emission)
{
	const struct settings *settings = &emission->program.settings;

	if (settings->profile != PROFILE_6_12)
		return "the bench is the one of 6.12 (--profile 6.12)";
	if (settings->limit < settings->pages + 1 || settings->overcommit != OVERCOMMIT_GUESS)
		return "the bench has neither a limit of VMAs nor a commit policy";
	for (unsigned int i = 0; i < PROGRAM_RLIMITS; i++) {
		if (settings->rlimit[i] != RLIMIT_NONE)
			return "the bench has no resource limits";
	}
	for (uint32_t i = 0; i < emission->program.op_count; i++) {
		if (does(emission, i))
			return NULL;
	}
	return "no operation of the program can be made in the bench";
}

/* ------------------------------------------------------------------ text */

static void put_areas(FILE *out, const struct emission *emission, uint32_t index)
{
	const struct seen_space *space = &emission->step[index].after;
	char codes[VM_FLAG_COUNT * 3 + 1];

	if (!space->vmas)
		return;
	fprintf(out, "\tstatic const struct unit_area areas_%" PRIu32 "[] = {\n", index + 1);
	for (uint32_t i = 0; i < space->vmas; i++) {
		const struct seen_vma *vma = &space->vma[i];

		flags_print(vma->flags & ~VM_FLAG(sd), codes, sizeof(codes));
		fprintf(out,
			"\t\t{ %" PRIu32 ", %" PRIu32 ", %" PRIu64 ", 0x%" PRIx64
			", %s }, /* %s */\n",
			vma->start, vma->end, vma->pgoff, kernel_flags(vma->flags),
			file_name(vma->file), codes);
	}
	fputs("\t};\n", out);
}

/* The flags of the mapping are those of the VMA it became part of. */
static uint64_t flags_at(const struct seen_space *space, uint32_t page)
{
	for (uint32_t i = 0; i < space->vmas; i++) {
		if (space->vma[i].start <= page && page < space->vma[i].end)
			return kernel_flags(space->vma[i].flags);
	}
	return 0;
}

static void put_call(FILE *out, const struct emission *emission, uint32_t index)
{
	const struct op *op = &emission->program.ops[index];
	struct draw_range range = draw_range_of_op(&emission->program, op);
	const struct advice *advice;

	static const char *const names[OP_KINDS] = {
		[OP_MMAP] = "unit_mmap",       [OP_MUNMAP] = "unit_munmap",
		[OP_MPROTECT] = "unit_modify", [OP_MADVISE] = "unit_modify",
		[OP_TOUCH] = "unit_fault",
	};

	fprintf(out, "%s(&mm, UNIT_ADDR(%" PRIu32 "), UNIT_ADDR(%" PRIu32 ")", names[op->kind],
		range.low, range.high);
	if (op->kind == OP_MMAP)
		fprintf(out, ", 0x%" PRIx64 ", %s, %" PRIu64,
			flags_at(&emission->step[index].after, range.low), file_name(op->file),
			op->pgoff);
	if (op->kind == OP_MPROTECT)
		fprintf(out, ", 0x7, 0x%" PRIx32 ", true", op->prot);
	if (op->kind == OP_TOUCH)
		fprintf(out, ", %s", op->touch_write ? "true" : "false");
	if (op->kind == OP_MADVISE) {
		advice = find_advice(op->advice);
		fprintf(out, ", 0x%" PRIx64 ", 0x%" PRIx64 ", false", kernel_flags(advice->clear),
			kernel_flags(advice->set));
	}
	fputc(')', out);
}

static void put_step(FILE *out, const struct emission *emission, uint32_t index)
{
	const struct emit_step *step = &emission->step[index];
	const char *name = step->result.form == RESULT_ERRNO ? errno_name(step->result.error) : "0";

	fputc('\n', out);
	emit_print_comment(out, emission, index, "\t");
	fputs("\tASSERT_EQ(", out);
	put_call(out, emission, index);
	fprintf(out, ", %s%s);\n", name[0] == 'E' ? "-" : "", name);
	if (step->after.vmas)
		fprintf(out,
			"\tASSERT_TRUE(unit_layout_is(&mm, areas_%" PRIu32 ", %" PRIu32 "));\n",
			index + 1, step->after.vmas);
	else
		fputs("\tASSERT_TRUE(unit_layout_is(&mm, NULL, 0));\n", out);
}

static bool uses(const struct emission *emission, enum op_kind kind)
{
	for (uint32_t i = 0; i < emission->program.op_count; i++) {
		if (emission->program.ops[i].kind == kind && does(emission, i))
			return true;
	}
	return false;
}

static void put_helpers(FILE *out, const struct emission *emission)
{
	const unsigned char *text = embedded_emit_vma_unit_in;

	emit_print_section(out, text, "helpers");
	if (uses(emission, OP_MUNMAP))
		emit_print_section(out, text, "munmap");
	if (uses(emission, OP_MMAP))
		emit_print_section(out, text, "mmap");
	if (uses(emission, OP_MPROTECT) || uses(emission, OP_MADVISE))
		emit_print_section(out, text, "modify");
	if (uses(emission, OP_TOUCH))
		emit_print_section(out, text, "fault");
}

static int print(FILE *out, const struct emission *emission)
{
	fprintf(out,
		"/* SPDX-License-Identifier: GPL-2.0-or-later */\n"
		"/*\n"
		" * %s, written by `vmafuzz emit --as vma-unit'.\n"
		" *\n"
		" * For tools/testing/vma/vma.c: #include this above main(), and TEST(%s) in it.\n"
		" *\n",
		emission->file, emission->name);
	emit_print_head(out, emission, " *");
	fputs(" */\n", out);
	put_helpers(out, emission);
	fprintf(out, "static bool test_%s(void)\n{\n", emission->name);
	for (uint32_t i = 0; i < emission->program.op_count; i++) {
		if (does(emission, i))
			put_areas(out, emission, i);
	}
	fputs("\tstruct mm_struct mm = {};\n\tVMA_ITERATOR(vmi, &mm, 0);\n\n"
	      "\t/* As the kernel's, whose lock is not the tree's. */\n"
	      "\tmt_init_flags(&mm.mm_mt, MT_FLAGS_ALLOC_RANGE | MT_FLAGS_LOCK_EXTERN);\n"
	      "\tget_current()->mm = &mm;\n",
	      out);
	for (uint32_t i = 0; i < emission->program.op_count; i++) {
		if (does(emission, i))
			put_step(out, emission, i);
	}
	fputs("\n\tcleanup_mm(&mm, &vmi);\n\treturn true;\n}\n", out);
	return 0;
}

const struct emit_form emit_vma_unit = {
	.name = "vma-unit",
	.summary = "a test function in the style of tools/testing/vma of 6.12",
	.of_6_12 = true,
	.left_out = left_out,
	.refuses = refuses,
	.print = print,
};
