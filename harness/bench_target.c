/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A part of an execution under libFuzzer: the engine's own work is measured with it. Which
 * part is in the environment, VMAFUZZ_BENCH_PART; inputs keep their length, so that every
 * execution has the operations of the corpus. The engine works most on what is new, and in
 * the beginning everything is, so the first VMAFUZZ_BENCH_SKIP executions do not count. With
 * VMAFUZZ_BENCH_LINUX it is the whole of what fuzz_linux does.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "fuzz_entry.h"
#include "program.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static struct {
	enum bench_part part;
	uint64_t skip, executions, operations;
	double begin;
} state;

static void print_counts(void)
{
	fprintf(stderr, "bench: executions=%llu operations=%llu seconds=%.6f\n",
		(unsigned long long)state.executions, (unsigned long long)state.operations,
		bench_now() - state.begin);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *name = getenv("VMAFUZZ_BENCH_PART");
	const char *skip = getenv("VMAFUZZ_BENCH_SKIP");

	(void)argc;
	(void)argv;
	state.skip = skip ? strtoull(skip, NULL, 10) : 0;
	state.part = bench_part_find(name ? name : "all");
	if (state.part == BENCH_PART_COUNT) {
		fputs("VMAFUZZ_BENCH_PART: no such part\n", stderr);
		exit(2);
	}
#ifdef VMAFUZZ_BENCH_LINUX
	fuzz_use_subject(vmafuzz_linux_subject);
#endif
	return atexit(print_counts);
}

static uint64_t execute(const uint8_t *data, size_t size)
{
#ifdef VMAFUZZ_BENCH_LINUX
	fuzz_one(data, size, &fuzz_profiles[FUZZ_LINUX]);
	return fuzz_operations();
#else
	return bench_execute(state.part, data, size);
#endif
}

/* One record, or the header, changes within itself. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	size_t records = size / PROGRAM_RECORD;

	if (!records || size > max_size)
		return LLVMFuzzerMutate(data, size, max_size);
	data += seed % records * PROGRAM_RECORD;
	LLVMFuzzerMutate(data, PROGRAM_RECORD, PROGRAM_RECORD);
	return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t operations = execute(data, size);

	if (state.skip) {
		if (!--state.skip)
			state.begin = bench_now();
		return 0;
	}
	state.executions++;
	state.operations += operations;
	return 0;
}
