/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vmafuzz help`: the verbs, one verb, or the program format. */
#include "command.h"

#include <string.h>

#include "program.h"

static const struct verb verbs[] = {
	{ "run", verb_run, "generate random programs from a seed and check them" },
	{ "replay", verb_replay, "run files on a subject, compare, report" },
	{ "show", verb_show, "draw the layout before and after each operation" },
	{ "convert", verb_convert, "text to bytes and back" },
	{ "emit", verb_emit, "a program as a regression test in C, or for corpus/regress/" },
	{ "doctor", verb_doctor, "versions, what is missing, what this kernel can show" },
	{ "help", verb_help, "this list, a verb, or `format`: the program format" },
	{ "minimize", verb_minimize, "fewest operations, simplest arguments, same signature" },
	{ "exhaust", verb_exhaust, "every layout of a small window, every operation on it" },
	{ "triage", verb_triage, "a folder of crashes into one folder per bug" },
	{ "record", NULL, "a real program's memory system calls into a program" },
	{ "import", NULL, "a log of memory system calls into a program" },
	{ "rules", verb_rules, "each rule, how often exercised, by what" },
	{ "cases", verb_cases, "the matrix of merge cases" },
	{ "bisect", verb_bisect, "a script for `git bisect run`" },
	{ "stats", NULL, "what generated programs consist of" },
};
#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; i < VERBS; i++) {
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	}
	return NULL;
}

void verbs_print(FILE *out)
{
	for (size_t i = 0; i < VERBS; i++)
		fprintf(out, "  %-10s %s%s\n", verbs[i].name, verbs[i].summary,
			verbs[i].run ? "" : " (does not exist yet)");
}

/* clang-format off */
static const char help[] =
	"usage: vmafuzz help [VERB | format]\n"
	"\n"
	"Without an argument lists the verbs; with one prints the help of that verb, or the\n"
	"program format.\n"
	"\n"
	"  -h, --help          this text\n";
/* clang-format on */

static int print_format(void)
{
	puts("The program format, version 1\n");
	format_help(stdout);
	return COMMAND_AGREED;
}

static int print_list(void)
{
	puts("usage: vmafuzz VERB [OPTIONS] [FILE...]\n");
	verbs_print(stdout);
	return COMMAND_AGREED;
}

int verb_help(int argc, char **argv)
{
	char name[64], option[] = "--help";
	char *arguments[] = { name, option, NULL };
	const struct verb *verb;

	if (argc < 2)
		return print_list();
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		fputs(help, stdout);
		return COMMAND_AGREED;
	}
	if (argc > 2)
		return command_usage("help", "expected one VERB or `format', got %d words",
				     argc - 1);
	if (strcmp(argv[1], "format") == 0)
		return print_format();
	verb = verb_find(argv[1]);
	if (!verb)
		return command_usage("help", "expected a verb or `format', got `%s'", argv[1]);
	if (!verb->run)
		return command_usage(verb->name, "this verb does not exist yet");
	snprintf(name, sizeof(name), "vmafuzz %s", verb->name);
	return verb->run(2, arguments);
}
