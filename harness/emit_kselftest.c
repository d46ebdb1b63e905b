/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A test as those of tools/testing/selftests/mm: a fixture with a hole carved out, TAP output. */
#include "emit.h"

#include <inttypes.h>
#include <string.h>

#include "embedded.h"
#include "emit_calls.h"

/* Every test of the harness has one process, and an address space is one. */
static const char *left_out(struct emission *emission, uint32_t index)
{
	uint8_t kind = emission->program.ops[index].kind;

	if (kind == OP_FORK || kind == OP_EXIT)
		return "a test of the harness is one process (--as syscalls has several)";
	return emit_calls_left_out(emission, index);
}

static int print_test(FILE *out, const struct emission *emission)
{
	char areas[32];
	int error = 0;

	fprintf(out, "TEST_F(vmafuzz, %s)\n{\n", emission->name);
	for (uint32_t i = 0; i < emission->program.op_count; i++) {
		snprintf(areas, sizeof(areas), "areas_%" PRIu32, i + 1);
		if (emit_calls_does(emission, i))
			emit_calls_print_areas(out, &emission->step[i].after, areas);
	}
	if (emit_calls_begins(emission))
		fputc('\n', out);
	emit_calls_print_begin(out, emission);
	for (uint32_t i = 0; !error && i < emission->program.op_count; i++) {
		if (!emit_calls_does(emission, i))
			continue;
		snprintf(areas, sizeof(areas), "areas_%" PRIu32, i + 1);
		fputc('\n', out);
		emit_print_comment(out, emission, i, "\t");
		error = emit_calls_print_call(out, emission, i);
		emit_calls_print_state(out, emission, i, &emission->step[i].after, areas);
	}
	fputs("}\n\nTEST_HARNESS_MAIN\n", out);
	return error;
}

static int print(FILE *out, const struct emission *emission)
{
	fprintf(out,
		"/* SPDX-License-Identifier: GPL-2.0-or-later */\n"
		"/*\n"
		" * %s, written by `vmafuzz emit --as kselftest', for tools/testing/selftests/mm.\n"
		" *\n",
		emission->file);
	emit_print_head(out, emission, " *");
	fputs(" */\n", out);
	emit_print_section(out, embedded_emit_calls_in, "kselftest includes");
	fprintf(out, "#define PAGES %" PRIu32 "\n\n", emission->program.settings.pages);
	emit_calls_print_helpers(out, emission);
	emit_print_section(out, embedded_emit_calls_in, "kselftest fixture");
	return print_test(out, emission);
}

const struct emit_form emit_kselftest = {
	.name = "kselftest",
	.summary = "a test in the style of tools/testing/selftests/mm",
	.left_out = left_out,
	.refuses = emit_calls_refuses,
	.print = print,
};
