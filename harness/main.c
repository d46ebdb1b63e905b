/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The vmafuzz command: finds the verb and gives it the rest. */
#include <stdio.h>
#include <string.h>

#include "command.h"

/*
 * Policy that matters is in the binary. A sanitizer's exit status must differ from those of
 * the command, and an allocation that is too large answers NULL as malloc() does.
 */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);
const char *__msan_default_options(void);
const char *__lsan_default_options(void);

const char *__asan_default_options(void)
{
	return "exitcode=99:allocator_may_return_null=1:detect_stack_use_after_return=1";
}

const char *__ubsan_default_options(void)
{
	return "exitcode=99:print_stacktrace=1";
}

const char *__msan_default_options(void)
{
	return "exitcode=99:allocator_may_return_null=1";
}

const char *__lsan_default_options(void)
{
	return "exitcode=99";
}

static const char head[] =
	"usage: vmafuzz VERB [OPTIONS] [FILE...]\n"
	"\n"
	"Runs programs of address-space operations on something that claims to manage VMAs\n"
	"like Linux, and on an independent model, and compares the two after each operation.\n"
	"\n";

static const char tail[] =
	"\n"
	"`vmafuzz VERB --help` tells all about a verb, `vmafuzz help format` about programs.\n"
	"FILE is `.vma` text or raw bytes, told apart by the first line; `-` is standard\n"
	"input.\n"
	"\n"
	"Exit status: 0 all agreed; 1 a disagreement was found; 2 bad usage or bad input, and\n"
	"nothing was run; 3 the environment cannot do it.\n";

static int usage(FILE *out, int status)
{
	fputs(head, out);
	verbs_print(out);
	fputs(tail, out);
	return status;
}

/* The name that getopt puts before its messages. */
static int run_verb(const struct verb *verb, int argc, char **argv)
{
	char name[64];

	if (!verb->run)
		return command_usage(verb->name, "this verb does not exist yet");
	snprintf(name, sizeof(name), "vmafuzz %s", verb->name);
	argv[0] = name;
	return verb->run(argc, argv);
}

int main(int argc, char **argv)
{
	const struct verb *verb;

	if (argc < 2)
		return usage(stderr, COMMAND_USAGE);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return usage(stdout, COMMAND_AGREED);
	if (strcmp(argv[1], "--version") == 0) {
		puts("vmafuzz " VMAFUZZ_VERSION);
		return COMMAND_AGREED;
	}
	verb = verb_find(argv[1]);
	if (!verb) {
		fprintf(stderr, "vmafuzz: `%s' is no verb; `vmafuzz --help' lists them\n", argv[1]);
		return COMMAND_USAGE;
	}
	return run_verb(verb, argc - 1, argv + 1);
}
