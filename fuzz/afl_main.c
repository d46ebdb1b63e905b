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

int main(int argc, char **argv)
{
	const unsigned char *data;
	int result = 0;

	for (int i = 1; i < argc && !result; i++)
		result = run_file(argv[i]);
	if (argc > 1)
		return result;
	__AFL_INIT();
	data = __AFL_FUZZ_TESTCASE_BUF;
	while (__AFL_LOOP(ROUNDS))
		LLVMFuzzerTestOneInput(data, (size_t)__AFL_FUZZ_TESTCASE_LEN);
	return 0;
}
