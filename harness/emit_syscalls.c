/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stand-alone program of system calls. With several address spaces each is a process, and they
 * take turns:
 *
 *	main		space 0			space 1
 *	fork ---------> turn 1: mmap, look
 *	wait		turn 2: fork ---------> look
 *	 |		look			turn 3: munmap, look
 *	 |<------------ end			end
 */
#include "emit.h"

#include <inttypes.h>
#include <string.h>

#include "embedded.h"
#include "emit_calls.h"

static void print_fork(FILE *out, const struct emission *emission, uint32_t index)
{
	const struct emit_step *step = &emission->step[index];

	emit_calls_print_areas(out, &step->born, "child");
	fprintf(out, "\n\tif (fork_space(%" PRIu32 ")) {\n", step->child);
	if (emit_calls_watches(emission))
		fputs("\t\tdrop_contexts();\n", out);
	fputc('\t', out);
	emit_calls_print_state(out, emission, index, &step->born, "child");
	fputs("\t\tchild_is_ready();\n\t\treturn;\n\t}\n", out);
}

static int print_step(FILE *out, const struct emission *emission, uint32_t index)
{
	const struct emit_step *step = &emission->step[index];
	int error = 0;

	fputc('\n', out);
	emit_print_comment(out, emission, index, "");
	fprintf(out, "static void step_%" PRIu32 "(void)\n{\n", index + 1);
	emit_calls_print_areas(out, &step->after, "areas");
	if (step->child)
		print_fork(out, emission, index);
	else if (step->call.kind == LIVE_EXIT)
		fputs("\texit_space();\n", out);
	else {
		if (step->after.alive && step->after.vmas)
			fputc('\n', out);
		error = emit_calls_print_call(out, emission, index);
	}
	emit_calls_print_state(out, emission, index, &step->after, "areas");
	fputs("}\n", out);
	return error;
}

static void print_main(FILE *out, const struct emission *emission)
{
	bool forks = emit_calls_forks(emission);

	fputs("\nint main(void)\n{\n", out);
	fputs(forks ? "\tbegin_spaces();\n\tbegin();\n" : "\tbegin();\n", out);
	emit_calls_print_begin(out, emission);
	for (uint32_t i = 0; i < emission->program.op_count; i++) {
		if (!emit_calls_does(emission, i))
			continue;
		if (forks)
			fprintf(out, "\tif (turn(%u))\n\t", emission->program.ops[i].space);
		fprintf(out, "\tstep_%" PRIu32 "();\n", i + 1);
	}
	if (forks)
		fputs("\tturn(~0U);\n", out);
	fputs("\tquit(0);\n}\n", out);
}

static void print_processes(FILE *out, const struct emission *emission)
{
	const unsigned char *text = embedded_emit_calls_in;

	if (!emit_calls_forks(emission)) {
		emit_print_section(out, text, "syscalls one process");
		return;
	}
	emit_print_section(out, text, "syscalls processes");
	if (emit_has(emission, OP_FORK))
		emit_print_section(out, text, "syscalls fork");
	if (emit_has(emission, OP_EXIT))
		emit_print_section(out, text, "syscalls exit");
	emit_print_section(out, text, "syscalls begin");
}

static int print(FILE *out, const struct emission *emission)
{
	int error = 0;

	fprintf(out,
		"/* SPDX-License-Identifier: GPL-2.0-or-later */\n"
		"/*\n"
		" * %s, written by `vmafuzz emit --as syscalls'.\n"
		" *\n"
		" * System calls only. Exit status: 0 the kernel answers and lays out its VMAs as\n"
		" * expected after every operation, 1 it does not.\n"
		" *\n",
		emission->file);
	emit_print_head(out, emission, " *");
	fputs(" */\n", out);
	emit_print_section(out, embedded_emit_calls_in, "syscalls includes");
	fprintf(out, "#define PAGES %" PRIu32 "\n#define BASE ((char *)0x%" PRIx64 "UL)\n\n",
		emission->program.settings.pages, (uint64_t)LIVE_WINDOW);
	emit_calls_print_helpers(out, emission);
	print_processes(out, emission);
	emit_print_section(out, embedded_emit_calls_in, "syscalls");
	for (uint32_t i = 0; !error && i < emission->program.op_count; i++) {
		if (emit_calls_does(emission, i))
			error = print_step(out, emission, i);
	}
	print_main(out, emission);
	return error;
}

const struct emit_form emit_syscalls = {
	.name = "syscalls",
	.summary = "a stand-alone C program of system calls",
	.left_out = emit_calls_left_out,
	.refuses = emit_calls_refuses,
	.print = print,
};
