/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A main() for targets without an engine: replays files and folders through the same entry,
 * so that a corpus is a test with any compiler.
 */
#include <stdio.h>
#include <string.h>

#include "fuzz_entry.h"
#include "input.h"

/* clang-format off */
static const char help[] =
	"usage: %s [--no-expect] FILE|DIRECTORY...\n"
	"\n"
	"Runs every file through the target, `.vma` text or bytes. Text runs as written and\n"
	"what it states must hold. A disagreement prints its report and aborts.\n"
	"\n"
	"  --no-expect   do what an engine does: force the target's settings on text as\n"
	"                      well,\n"
	"                and check nothing that it states\n"
	"  --help        this text\n"
	"\n"
	"Exit status: 0 all agreed; 2 bad usage, no input, or one that cannot be read or\n"
	"parsed.\n";
/* clang-format on */

static int run_file(const char *path)
{
	char message[INPUT_MESSAGE];
	struct input input;
	int error = input_read(&input, path, message, sizeof(message));

	if (error) {
		fprintf(stderr, "%s\n", message);
		return error;
	}
	/* Only a seed that does not parse is refused: as bytes it would test nothing it says. */
	error = LLVMFuzzerTestOneInput(input.bytes, input.size);
	if (error)
		fprintf(stderr, "%s: is not a program\n", path);
	input_done(&input);
	return error;
}

/* The folders and files named on the command line, in order. */
static int list_inputs(int argc, char **argv, int first, struct input_list *list)
{
	char message[INPUT_MESSAGE];

	for (int i = first; i < argc; i++) {
		if (input_list_add(list, argv[i], message, sizeof(message))) {
			fprintf(stderr, "%s\n", message);
			return 2;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct input_list list = { 0 };
	bool expect = true;
	int first = 1;
	int result;

	for (; first < argc && strncmp(argv[first], "--", 2) == 0; first++) {
		if (strcmp(argv[first], "--no-expect") == 0) {
			expect = false;
		} else {
			bool asked = strcmp(argv[first], "--help") == 0;

			fprintf(asked ? stdout : stderr, help, argv[0]);
			return asked ? 0 : 2;
		}
	}
	if (first == argc) {
		fprintf(stderr, help, argv[0]);
		return 2;
	}
	fuzz_keep_expectations(expect);
	result = list_inputs(argc, argv, first, &list);
	for (size_t i = 0; !result && i < list.count; i++)
		result = run_file(list.path[i]) ? 2 : 0;
	if (!result && !list.count) {
		/* An empty folder tests nothing, and nobody should take that for a pass. */
		fputs("no inputs\n", stderr);
		result = 2;
	}
	if (!result)
		printf("inputs=%zu\n", list.count);
	input_list_done(&list);
	return result;
}
