/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vmafuzz bisect`: the script that `git bisect run` wants. It carries the program along, since
 * the tree it stands in changes under it.
 */
#define _POSIX_C_SOURCE 200809L
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "minimize.h"
#include "trial.h"

/* clang-format off */
static const char help[] =
	"usage: vmafuzz bisect [OPTIONS] FILE TREE\n"
	"\n"
	"Writes a script for `git bisect run` that tells whether the program FILE fails at a\n"
	"revision of TREE: this project's own source, whose core is then built at each\n"
	"revision, or a kernel's (mm/vma.c), which this vmafuzz runs as the subject linux.\n"
	"\n"
	"    vmafuzz bisect bug.vma . -o /tmp/bisect.sh\n"
	"    git bisect start BAD GOOD && git bisect run /tmp/bisect.sh\n"
	"\n"
	"The script ends with 0 where the program agrees (good), 1 where it fails with the\n"
	"signature it has here (bad), and 125 where nothing can be said (skip): the revision\n"
	"does not build, does not know the profile or an operation, skips all of it, or fails\n"
	"with another signature. It builds in a folder of its own, which it keeps for the\n"
	"next revision: $VMAFUZZ_BISECT, or one named after the script below $TMPDIR.\n"
	"\n"
	"  -o, --output FILE   the script, made executable [standard output]\n"
	"      --signature S   what is bad; the program is then not run here\n"
	"      --any           every disagreement is bad, whatever its signature\n"
	"      --profile V     6.1, 6.12, 6.18 or 7.3, whatever the program says; a kernel is\n"
	"                      held to it, whatever its revisions do\n"
	"      --timeout S     a program that takes longer than S seconds fails [10]\n"
	"  -h, --help          this text\n"
	"\n"
	"Exit status: 0 the script was written; 2 bad usage, FILE does not fail here, or TREE\n"
	"is no such tree; 3 the tree cannot be built or run here.\n";
/* clang-format on */

#define TIMEOUT_DEFAULT 10.0

struct options {
	struct check_options check;
	const char *output, *signature;
	bool any;
	double timeout;
};

/* What is known when the script is written. */
struct script {
	const struct options *options;
	const char *signature, *text;
	bool kernel;
	char held[24]; /* behind the name of a kernel: the profile it is held to */
};

/* Between single quotes of a shell. */
static void print_quoted(FILE *out, const char *text)
{
	fputc('\'', out);
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", out);
		else
			fputc(*text, out);
	}
	fputc('\'', out);
}

static void print_head(FILE *out, const struct script *script)
{
	fputs("#!/bin/sh\n# Made by `vmafuzz bisect`, version " VMAFUZZ_VERSION ", for `git bisect "
	      "run`:\n# 0 good, 1 bad, 125 nothing can be said of this revision.\nsignature=",
	      out);
	print_quoted(out, script->options->any ? "" : script->signature);
	fputs("\n\ncannot_say() {\n\techo \"bisect: skipped: $1\" >&2\n\texit 125\n}\n\n"
	      "work=${VMAFUZZ_BISECT:-${TMPDIR:-/tmp}/$(basename \"$0\").build}\n"
	      "mkdir -p \"$work\" || cannot_say \"$work cannot be made\"\n"
	      "cat >\"$work/program.vma\" <<'END OF PROGRAM'\n",
	      out);
	fputs(script->text, out);
	fputs("END OF PROGRAM\n\n", out);
}

/* The core of the revision, with sanitizers: some failures are seen by nobody else. */
static void print_build(FILE *out, const struct script *script)
{
	char self[PATH_MAX];
	ssize_t length;

	if (!script->kernel) {
		fputs("if ! { cmake -G Ninja -S . -B \"$work/build\" -DCMAKE_BUILD_TYPE=Debug "
		      "-DCMAKE_C_COMPILER=\"${CC:-clang}\" \\\n\t\t"
		      "-DVMAFUZZ_SANITIZE='address;undefined' -DVMAFUZZ_TESTS=OFF &&\n\t"
		      "cmake --build \"$work/build\" --target vmafuzz; } >\"$work/build.log\" "
		      "2>&1\n"
		      "then\n\tcannot_say \"it does not build, see $work/build.log\"\nfi\n"
		      "set -- \"$work/build/vmafuzz\" replay --subject core",
		      out);
		return;
	}
	length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[length > 0 ? length : 0] = '\0';
	fputs("set -- ", out);
	print_quoted(out, self);
	fprintf(out, " replay --subject \"linux=$PWD%s\"", script->held);
}

static void print_script(FILE *out, const struct script *script)
{
	const struct options *options = script->options;

	print_head(out, script);
	print_build(out, script);
	if (options->check.settings.has_profile)
		fprintf(out, " --profile %s",
			profile_name((enum profile)options->check.settings.profile));
	fprintf(out, " --timeout %g \"$work/program.vma\"\n", options->timeout);
	fputs("\"$@\" >\"$work/report.txt\" 2>\"$work/errors.txt\"\n"
	      "case $? in\n"
	      "0) exit 0 ;;\n"
	      "1)\n"
	      "\tif [ -z \"$signature\" ] || grep -Fqx \"signature $signature\" "
	      "\"$work/report.txt\"; then\n"
	      "\t\texit 1\n"
	      "\tfi\n"
	      "\tcannot_say \"another failure, see $work/report.txt\"\n"
	      "\t;;\n"
	      "2) cannot_say \"it cannot read the program, see $work/errors.txt\" ;;\n"
	      "3) cannot_say \"it cannot run the program: $(tail -n 1 \"$work/errors.txt\")\" ;;\n"
	      "*) cannot_say \"vmafuzz itself ended badly, see $work/errors.txt\" ;;\n"
	      "esac\n",
	      out);
}

static int write_script(const struct script *script)
{
	const char *path = script->options->output;
	FILE *out = path ? fopen(path, "w") : stdout;
	bool written;

	if (out)
		print_script(out, script);
	written = out && fflush(out) == 0 && !ferror(out);
	if (path && out)
		written = fclose(out) == 0 && chmod(path, 0755) == 0 && written;
	if (written)
		return COMMAND_AGREED;
	return command_usage("bisect", "--output: %s: cannot be written: %s", path ? path : "-",
			     strerror(errno));
}

static bool has_file(const char *tree, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", tree, name);
	return access(path, R_OK) == 0;
}

/* 0, or an exit status after a message. */
static int know_tree(const char *tree, bool *kernel)
{
	*kernel = has_file(tree, "mm/vma.c");
	if (*kernel || (has_file(tree, "CMakeLists.txt") && has_file(tree, "src/vma.h")))
		return COMMAND_AGREED;
	return command_usage("bisect",
			     "%s: expected a tree of this project (src/vma.h) or of a kernel "
			     "(mm/vma.c)",
			     tree);
}

/* A kernel is built before a program's seconds are counted. */
static int prepare(const struct options *options)
{
	struct subject *subject;
	int status = check_subject("bisect", &options->check, &subject);

	if (!status)
		subject->destroy(subject);
	return status;
}

/* 0 with the signature the program has on the core of this vmafuzz, or an exit status. */
static int find_signature(const struct options *options, const char *file,
			  const struct program *program, struct verdict *verdict)
{
	struct trial trial = {
		.create = check_create,
		.context = (void *)(uintptr_t)&options->check,
		.settings = options->check.settings,
		.timeout = options->timeout,
	};
	struct trial_answer answer;
	int found = trial_init(&trial);

	if (!found)
		found = trial_find_care(&trial, program, &answer);
	trial_done(&trial);
	if (found < 0) {
		command_usage("bisect", "%s: cannot be run: %s", file, strerror(-found));
		return COMMAND_ENVIRONMENT;
	}
	if (!found)
		return command_usage("bisect",
				     "%s: does not fail on %s here; say what is bad with "
				     "--signature or --any",
				     file, options->check.subject);
	*verdict = answer.verdict;
	return COMMAND_AGREED;
}

static int bisect(struct options *options, char *file, const char *tree)
{
	struct script script = { .options = options };
	char subject[PATH_MAX + 32];
	struct verdict verdict;
	struct loaded loaded;
	char *text;
	int status = know_tree(tree, &script.kernel);

	if (!status)
		status = command_load("bisect", &file, 1, &loaded);
	if (status)
		return status;
	if (script.kernel) {
		if (options->check.settings.has_profile)
			snprintf(script.held, sizeof(script.held), ",profile=%s",
				 profile_name((enum profile)options->check.settings.profile));
		snprintf(subject, sizeof(subject), "linux=%s%s", tree, script.held);
		options->check.subject = subject;
	}
	script.signature = options->signature;
	if (!options->any && !options->signature) {
		status = prepare(options);
		if (!status)
			status = find_signature(options, file, loaded.program, &verdict);
		script.signature = verdict.signature;
	}
	text = program_print(loaded.program);
	script.text = text;
	if (!status && !text)
		status = command_usage("bisect", "out of memory");
	if (!status)
		status = write_script(&script);
	free(text);
	loaded_done(&loaded);
	return status;
}

enum { OPTION_SIGNATURE = OPTION_OWN, OPTION_ANY, OPTION_TIMEOUT };

static const struct option known[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "profile", required_argument, NULL, OPTION_PROFILE },
	{ "signature", required_argument, NULL, OPTION_SIGNATURE },
	{ "any", no_argument, NULL, OPTION_ANY },
	{ "timeout", required_argument, NULL, OPTION_TIMEOUT },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

/* False after a message. */
static bool take_option(int c, struct options *options)
{
	switch (c) {
	case 'o':
		options->output = optarg;
		return true;
	case OPTION_SIGNATURE:
		options->signature = optarg;
		return true;
	case OPTION_ANY:
		options->any = true;
		return true;
	case OPTION_TIMEOUT:
		return option_seconds("bisect", "--timeout", optarg, &options->timeout);
	default:
		return check_option("bisect", c, optarg, &options->check);
	}
}

int verb_bisect(int argc, char **argv)
{
	struct options options = {
		.check = { .subject = "core" },
		.timeout = TIMEOUT_DEFAULT,
	};
	int c;

	while ((c = getopt_long(argc, argv, "ho:", known, NULL)) != -1) {
		if (c == 'h') {
			fputs(help, stdout);
			return COMMAND_AGREED;
		}
		if (!take_option(c, &options))
			return COMMAND_USAGE;
	}
	if (optind + 2 != argc)
		return command_usage("bisect", "expected FILE and TREE, got %d words",
				     argc - optind);
	return bisect(&options, argv[optind], argv[optind + 1]);
}
