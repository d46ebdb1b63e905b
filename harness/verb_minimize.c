/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vmafuzz minimize`: one file that fails into a smaller one that fails in the same way. */
#define _POSIX_C_SOURCE 200809L
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz_entry.h"
#include "input.h"
#include "minimize.h"
#include "save.h"

/* clang-format off */
static const char help[] =
	"usage: vmafuzz minimize [OPTIONS] FILE\n"
	"\n"
	"Makes a program that fails as small as it gets while it fails in the same way: with\n"
	"the same signature. Operations go in halves, quarters, ... one by one, by twos and\n"
	"threes; two are folded into one; address spaces merge; then the rest becomes plain:\n"
	"allocation failures go or move to the smallest K, pages are numbered from 0, ranges\n"
	"shrink, attributes, settings and the profile become the usual ones. Programs run in\n"
	"child processes, so that sanitizer reports, signals, leaks and endless loops are\n"
	"failures like others.\n"
	"\n"
	"What `=` and `expect` state is dropped, unless a statement is what fails.\n"
	"Without one operation more of the result it fails otherwise or not at all; minimizing\n"
	"the result gives the result. The same file gives the same result on every machine,\n"
	"unless the time ran out.\n"
	"\n"
	"Other signatures met on the way are kept beside the result, for -o OUT.vma as\n"
	"OUT.other-1.vma and so on: the smallest program that was seen of each.\n"
	"\n"
	"  -o, --output OUT    where the result is written as text [standard output; other\n"
	"                      signatures are then only counted]\n"
	CHECK_OPTIONS_HELP
	"      --target NAME   first force the settings of a fuzz target (merge, fork,\n"
	"                      limit, oom) as that target does: for its crash files\n"
	"      --seconds S     stop after S seconds with what there is, and say so [60]\n"
	"      --timeout S     a program that takes longer than S seconds hangs [2]\n"
	"      --progress      a line on standard error while it runs, even if that is no\n"
	"                      terminal\n"
	"      --json          print the summary as one JSON object\n"
	"  -h, --help          this text\n"
	"\n"
	"The last line is: signature= operations=BEFORE->AFTER programs= others= complete=\n"
	"seconds=, on standard output with -o, else on standard error. complete=no: the time\n"
	"was over; run it again on the result to go on.\n"
	"\n"
	"Exit status: 0 the result was written; 2 bad usage, or FILE cannot be read, parsed\n"
	"or does not fail; 3 the subject cannot run here. 1 is not used: that FILE disagrees\n"
	"is what it is given for.\n";
/* clang-format on */

struct options {
	struct check_options check;
	struct minimize_request request;
	const struct fuzz_profile *target;
	const char *output;
	bool json, progress;
};

static void tell(const struct program *program, uint64_t executed)
{
	fprintf(stderr, "\rminimize: %" PRIu32 " operations, %" PRIu64 " programs run   ",
		program->op_count, executed);
	fflush(stderr);
}

static bool write_stdout(const struct program *program)
{
	char *text = program_print(program);

	if (text)
		fputs(text, stdout);
	free(text);
	return text != NULL;
}

/* What came as text and stays as it is keeps its comments. */
static bool write_as_given(const char *output, const struct input *input)
{
	FILE *out = fopen(output, "wb");
	bool written = out && fwrite(input->bytes, 1, input->size, out) == input->size;

	return out && fclose(out) == 0 && written;
}

/* "a/b.vma" and 3 become "a/b.other-3.vma". */
static void name_other(const char *output, uint32_t number, char path[SAVE_PATH])
{
	size_t length = strlen(output);

	if (length > 4 && strcmp(output + length - 4, ".vma") == 0)
		length -= 4;
	snprintf(path, SAVE_PATH, "%.*s.other-%" PRIu32 ".vma", (int)length, output, number);
}

static bool write_others(const char *output, const char *file, const struct minimize_result *result)
{
	for (uint32_t i = 0; i < result->others; i++) {
		const struct minimize_other *other = &result->other[i];
		char path[SAVE_PATH], from[INPUT_MESSAGE];
		const char *signature = other->answer.verdict.signature;
		const char *comment[2] = { signature, from };

		snprintf(from, sizeof(from), "met while %s was minimized", file);
		name_other(output, i + 1, path);
		if (!save_text(path, &other->program, comment)) {
			command_usage("minimize", "--output: %s: cannot be written: %s", path,
				      strerror(errno));
			return false;
		}
		printf("other %s %s\n", path, signature);
	}
	return true;
}

static bool write_result(const struct options *options, const char *file, const struct input *input,
			 const struct program *program, const struct minimize_result *result)
{
	const char *output = options->output;
	char from[INPUT_MESSAGE];
	const char *comment[2] = { result->verdict.signature, from };
	bool written;

	if (!output)
		return write_stdout(program);
	snprintf(from, sizeof(from),
		 "minimized from %s, %" PRIu32 " to %" PRIu32
		 " operations, by vmafuzz " VMAFUZZ_VERSION,
		 file, result->before, result->after);
	if (!result->changed && input->text)
		written = write_as_given(output, input);
	else
		written = save_text(output, program, comment);
	if (!written) {
		command_usage("minimize", "--output: %s: cannot be written: %s", output,
			      strerror(errno));
		return false;
	}
	return options->json || write_others(output, file, result);
}

static void print_summary(const struct options *options, const struct minimize_result *result)
{
	FILE *out = options->output ? stdout : stderr;
	const char *complete = result->complete ? "yes" : "no";

	if (options->json)
		fprintf(out,
			"{\"signature\": \"%s\", \"before\": %" PRIu32 ", \"after\": %" PRIu32
			", \"programs\": %" PRIu64 ", \"others\": %" PRIu32
			", \"complete\": %s, \"seconds\": %.3f}\n",
			result->verdict.signature, result->before, result->after, result->executed,
			result->others, result->complete ? "true" : "false", result->seconds);
	else
		fprintf(out,
			"signature=%s operations=%" PRIu32 "->%" PRIu32 " programs=%" PRIu64
			" others=%" PRIu32 " complete=%s seconds=%.2f\n",
			result->verdict.signature, result->before, result->after, result->executed,
			result->others, complete, result->seconds);
}

static int minimize_program(const struct options *options, const char *file,
			    const struct input *input, struct program *program)
{
	struct minimize_result result;
	int error, status = COMMAND_AGREED;

	if (options->target)
		fuzz_profile_force(options->target, program);
	error = minimize(&options->request, program, &result);
	if (options->request.progress)
		fputc('\n', stderr);
	if (error) {
		command_usage("minimize", "%s: cannot be run: %s", file, strerror(-error));
		status = COMMAND_ENVIRONMENT;
	} else if (!result.fails) {
		status = command_usage("minimize",
				       "%s: does not fail on %s: nothing to minimize (a crash file "
				       "of a fuzz target wants --target)",
				       file, options->check.subject);
	} else if (!write_result(options, file, input, program, &result)) {
		status = COMMAND_USAGE;
	} else {
		print_summary(options, &result);
	}
	minimize_result_done(&result);
	return status;
}

static int minimize_file(struct options *options, const char *file)
{
	char message[INPUT_MESSAGE];
	struct subject *subject;
	struct program program;
	struct input input;
	int status;

	program_init(&program);
	if (input_read(&input, file, message, sizeof(message)))
		return command_usage("minimize", "%s", message);
	if (input_program(&input, file, &program, message, sizeof(message))) {
		status = command_usage("minimize", "%s", message);
	} else {
		status = check_subject("minimize", &options->check, &subject);
		if (!status) {
			options->request.timeout =
				check_timeout(options->request.timeout, MINIMIZE_TIMEOUT, subject);
			status = minimize_program(options, file, &input, &program);
			subject->destroy(subject);
		}
	}
	program_done(&program);
	input_done(&input);
	return status;
}

enum { OPTION_TARGET = OPTION_OWN, OPTION_SECONDS, OPTION_TIMEOUT, OPTION_PROGRESS, OPTION_JSON };

static const struct option known[] = {
	CHECK_OPTIONS,
	{ "output", required_argument, NULL, 'o' },
	{ "target", required_argument, NULL, OPTION_TARGET },
	{ "seconds", required_argument, NULL, OPTION_SECONDS },
	{ "timeout", required_argument, NULL, OPTION_TIMEOUT },
	{ "progress", no_argument, NULL, OPTION_PROGRESS },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

/* False after a message. */
static bool take_option(int c, struct options *options)
{
	struct minimize_request *request = &options->request;

	switch (c) {
	case 'o':
		options->output = optarg;
		return true;
	case OPTION_TARGET:
		return option_target("minimize", optarg, &options->target);
	case OPTION_SECONDS:
		return option_seconds("minimize", "--seconds", optarg, &request->seconds);
	case OPTION_TIMEOUT:
		return option_seconds("minimize", "--timeout", optarg, &request->timeout);
	case OPTION_PROGRESS:
		options->progress = true;
		return true;
	case OPTION_JSON:
		options->json = true;
		return true;
	default:
		return check_option("minimize", c, optarg, &options->check);
	}
}

int verb_minimize(int argc, char **argv)
{
	struct options options = {
		.check = { .subject = "core" },
		.request = {
			.create = check_create,
			.context = &options.check,
			.seconds = MINIMIZE_SECONDS,
		},
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
	if (optind + 1 != argc)
		return command_usage("minimize", "expected one FILE, got %d", argc - optind);
	options.request.settings = options.check.settings;
	options.request.paranoid = options.check.paranoid;
	if (options.progress || isatty(STDERR_FILENO))
		options.request.progress = tell;
	return minimize_file(&options, argv[optind]);
}
