/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inputs to measure with: programs that grow as `vmafuzz run` grows them, in the one space
 * that fuzz_merge has, so that most operations meet something to work on.
 */
#include <stdio.h>

#include "bench.h"
#include "execute.h"
#include "generate.h"

#define SEED 1
#define OPERATIONS_MOST PROGRAM_BYTES_OPS

struct growth {
	struct execution execution;
	struct run_statistics statistics;
	struct generator_options options;
	struct generator generator;
	struct program program;
};

/* Whether program `number` of the seed got so many operations on which both sides agree. */
static bool grow(struct growth *growth, uint64_t number, unsigned int operations)
{
	struct execution *execution = &growth->execution;
	struct program *program = &growth->program;
	const char *why;

	program_reset(program);
	generator_start(&growth->generator, &growth->options, SEED, number);
	generate_settings(&growth->generator, &program->settings);
	if (generate_names(program) || execute_begin(execution, program, &why) != EXECUTE_AGREED)
		return false;
	while (program->op_count < operations) {
		struct op op;

		generate_op(&growth->generator, program, execution->expect, &op);
		if (program_add_op(program, &op))
			return false;
		switch (execute_step(execution, program, program->op_count - 1, &why)) {
		case EXECUTE_AGREED:
			break;
		case EXECUTE_SKIPPED:
			program->op_count--;
			break;
		default:
			return false;
		}
	}
	return execute_end(execution, &why) == EXECUTE_AGREED;
}

static int write_input(const char *folder, unsigned int index, const uint8_t *bytes, size_t size)
{
	char path[4096];
	FILE *file;
	bool whole;

	snprintf(path, sizeof(path), "%s/%05u", folder, index);
	file = fopen(path, "wb");
	whole = file && fwrite(bytes, 1, size, file) == size;
	if (file && fclose(file))
		whole = false;
	if (!whole)
		perror(path);
	return whole ? 0 : -1;
}

static int write_all(struct growth *growth, const char *folder, unsigned int programs,
		     unsigned int operations)
{
	uint8_t bytes[PROGRAM_RECORD * (OPERATIONS_MOST + 1)];
	unsigned int written = 0;

	/* What bytes cannot express, or what the two sides disagree about, is left out. */
	for (uint64_t number = 0; written < programs && number < 100u * programs; number++) {
		long size = -1;

		if (grow(growth, number, operations))
			size = program_encode(&growth->program, bytes, sizeof(bytes));
		if (size > 0 && write_input(folder, written++, bytes, (size_t)size))
			return -1;
	}
	if (written == programs)
		return 0;
	fprintf(stderr, "vmafuzz_bench: only %u programs can be said in bytes\n", written);
	return -1;
}

int bench_write_corpus(const char *folder, unsigned int programs, unsigned int operations)
{
	static const struct execute_options options;
	static struct growth growth;
	struct subject *subject;
	int result = -1;

	if (operations > OPERATIONS_MOST || generator_preset("everything", &growth.options) ||
	    subject_core_create(&subject))
		return -1;
	growth.options.kinds &=
		~(GENERATE_KIND(OP_FORK) | GENERATE_KIND(OP_EXIT) | GENERATE_KIND(OP_VM_BRK));
	program_init(&growth.program);
	if (!execution_init(&growth.execution, subject, &options, &growth.statistics)) {
		result = write_all(&growth, folder, programs, operations);
		execution_done(&growth.execution);
	}
	program_done(&growth.program);
	subject->destroy(subject);
	return result;
}
