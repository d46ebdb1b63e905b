/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The measuring program behind ci/bench.sh. It measures once; repeating, taking turns with
 * another build and comparing are the script's business.
 *
 *	vmafuzz_bench corpus FOLDER PROGRAMS OPERATIONS    inputs to measure with
 *	vmafuzz_bench parts SECONDS WHICH FILE...          one part of an execution, or `each`
 *	vmafuzz_bench map [quick]                          the core's calls
 *
 * Results are lines "KIND,NAME,COUNT,SECONDS": executions or operations, and processor seconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "input.h"

struct inputs {
	struct input *input;
	size_t count;
};

static int read_inputs(struct inputs *inputs, char **paths, size_t count)
{
	char message[INPUT_MESSAGE];

	inputs->input = calloc(count, sizeof(*inputs->input));
	if (!inputs->input)
		return -1;
	for (inputs->count = 0; inputs->count < count; inputs->count++) {
		if (input_read(&inputs->input[inputs->count], paths[inputs->count], message,
			       sizeof(message))) {
			fprintf(stderr, "%s\n", message);
			return -1;
		}
	}
	return 0;
}

static void inputs_done(struct inputs *inputs)
{
	for (size_t i = 0; i < inputs->count; i++)
		input_done(&inputs->input[i]);
	free(inputs->input);
}

static void measure(enum bench_part part, const struct inputs *inputs, double seconds)
{
	double begin = bench_now(), now;
	uint64_t executions = 0, operations = 0;

	/* The clock is a system call: it is not to be asked after every handful of nothing. */
	do {
		for (unsigned int turn = 0; turn < 5; turn++)
			for (size_t i = 0; i < inputs->count; i++)
				operations += bench_execute(part, inputs->input[i].bytes,
							    inputs->input[i].size);
		executions += 5 * inputs->count;
		now = bench_now();
	} while (now - begin < seconds);
	printf("executions,%s,%llu,%.9f\n", bench_part_name(part), (unsigned long long)executions,
	       now - begin);
	if (operations)
		printf("operations,%s,%llu,%.9f\n", bench_part_name(part),
		       (unsigned long long)operations, now - begin);
}

static int parts(double seconds, const char *which, char **paths, size_t count)
{
	enum bench_part only = bench_part_find(which);
	struct inputs inputs;

	if (only == BENCH_PART_COUNT && strcmp(which, "each") != 0) {
		fprintf(stderr, "vmafuzz_bench: no such part: %s\n", which);
		return 2;
	}
	if (read_inputs(&inputs, paths, count))
		return 2;
	for (unsigned int part = 0; part < BENCH_PART_COUNT; part++) {
		if (only != BENCH_PART_COUNT && part != only)
			continue;
		/* Memory and caches first. */
		for (size_t i = 0; i < inputs.count; i++)
			bench_execute((enum bench_part)part, inputs.input[i].bytes,
				      inputs.input[i].size);
		measure((enum bench_part)part, &inputs, seconds);
	}
	inputs_done(&inputs);
	return 0;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (!strcmp(verb, "corpus") && argc == 5)
		return bench_write_corpus(argv[2], (unsigned int)strtoul(argv[3], NULL, 10),
					  (unsigned int)strtoul(argv[4], NULL, 10))
			       ? 3
			       : 0;
	if (!strcmp(verb, "parts") && argc > 4)
		return parts(strtod(argv[2], NULL), argv[3], argv + 4, (size_t)argc - 4);
	if (!strcmp(verb, "map"))
		return bench_map(argc > 2) ? 3 : 0;
	fputs("usage: vmafuzz_bench corpus FOLDER PROGRAMS OPERATIONS\n"
	      "       vmafuzz_bench parts SECONDS WHICH FILE...\n"
	      "       vmafuzz_bench map [quick]\n",
	      stderr);
	return 2;
}
