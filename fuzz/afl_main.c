/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A main() for AFL++: persistent mode, inputs in shared memory. With a file as argument it
 * runs that file once, which is how a crash is looked at; without afl-fuzz it reads standard
 * input, which is how afl-tmin and afl-showmap use it.
 */
#include <stdio.h>
#include <unistd.h>

#include "fuzz_entry.h"
#include "input.h"

/* Inputs per process. Nothing stays behind, so the number only bounds a mistake of ours. */
#define ROUNDS 100000

__AFL_FUZZ_INIT();

/* What the compiler calls where it instruments: a place in the map for each guard, and a hit. */
void __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *stop);
void __sanitizer_cov_trace_pc_guard(uint32_t *guard);

/* States in AFL++'s map, beside the edges. */
static uint32_t guards[FUZZ_STATES];

__attribute__((constructor)) static void take_places(void)
{
	__sanitizer_cov_trace_pc_guard_init(guards, guards + FUZZ_STATES);
}

static void count_state(uint32_t state)
{
	__sanitizer_cov_trace_pc_guard(&guards[state]);
}

static int run_file(const char *path)
{
	char message[INPUT_MESSAGE];
	struct input input;

	if (input_read(&input, path, message, sizeof(message))) {
		fprintf(stderr, "%s\n", message);
		return 2;
	}
	LLVMFuzzerTestOneInput(input.bytes, input.size);
	input_done(&input);
	return 0;
}

static int run_files(int count, char **paths)
{
	int result = 0;

	for (int i = 0; i < count && !result; i++)
		result = run_file(paths[i]);
	return result;
}

/*
 * Not optimised: a rotated loop reaches its first round over another edge than the later ones,
 * and that one edge would cost the stability of 100 %.
 */
__attribute__((noinline, optnone)) static int run_rounds(void)
{
	const unsigned char *data;

	fuzz_warm_up();
	fuzz_tell_states(count_state);
	__AFL_INIT();
	data = __AFL_FUZZ_TESTCASE_BUF;
	while (__AFL_LOOP(ROUNDS))
		LLVMFuzzerTestOneInput(data, (size_t)__AFL_FUZZ_TESTCASE_LEN);
	return 0;
}

int main(int argc, char **argv)
{
	return argc > 1 ? run_files(argc - 1, argv + 1) : run_rounds();
}
