/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vmafuzz convert`: one program between its two forms, or into canonical text. */
#define _POSIX_C_SOURCE 200809L
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz_entry.h"
#include "input.h"

/* clang-format off */
static const char help[] =
	"usage: vmafuzz convert --to text|bytes [OPTIONS] FILE\n"
	"\n"
	"Converts a program. FILE is `.vma` text or raw bytes, told apart by the first\n"
	"line; `-` is standard input. Comments and expectations live in text only: text\n"
	"becomes canonical text without comments, and bytes without either.\n"
	"\n"
	"  -t, --to FORM       text, or bytes\n"
	"  -o, --output FILE   write there and not to standard output\n"
	"      --target NAME   first force the settings of a fuzz target (merge, fork,\n"
	"                      limit, oom) as that target does, so that its crash files\n"
	"                      become the program it ran\n"
	"  -h, --help          this text\n"
	"\n"
	"Exit status: 0 done; 2 bad usage, bad input, or a program that bytes cannot\n"
	"express.\n";
/* clang-format on */

struct options {
	bool to_bytes;
	const char *output;
	const struct fuzz_profile *target;
};

/* The converted program in memory; NULL after a message. */
static char *converted(const struct options *options, const char *path,
		       const struct program *program, size_t *size)
{
	char *bytes;
	long length;

	if (!options->to_bytes) {
		bytes = program_print(program);
		*size = bytes ? strlen(bytes) : 0;
		if (!bytes)
			command_usage("convert", "out of memory");
		return bytes;
	}
	bytes = malloc(INPUT_BYTES_MOST);
	length = bytes ? program_encode(program, (uint8_t *)bytes, INPUT_BYTES_MOST) : -ENOMEM;
	if (length < 0) {
		command_usage("convert", "%s: %s", path,
			      length == -EDOM ? "bytes cannot express this program"
					      : strerror((int)-length));
		free(bytes);
		return NULL;
	}
	*size = (size_t)length;
	return bytes;
}

static int write_out(const char *path, const char *bytes, size_t size)
{
	FILE *out = path ? fopen(path, "wb") : stdout;
	bool written;

	if (!out)
		return command_usage("convert", "--output: %s: %s", path, strerror(errno));
	written = fwrite(bytes, 1, size, out) == size && fflush(out) == 0;
	if (path && fclose(out) != 0)
		written = false;
	if (!written)
		return command_usage("convert", "%s: %s", path ? path : "standard output",
				     strerror(errno));
	return COMMAND_AGREED;
}

static int convert(const struct options *options, char *path)
{
	struct loaded loaded;
	size_t size = 0;
	char *bytes;
	int result = command_load("convert", &path, 1, &loaded);

	if (result)
		return result;
	if (options->target)
		fuzz_profile_force(options->target, &loaded.program[0]);
	bytes = converted(options, path, &loaded.program[0], &size);
	result = bytes ? write_out(options->output, bytes, size) : COMMAND_USAGE;
	free(bytes);
	loaded_done(&loaded);
	return result;
}

/* 0, or the exit status plus one. */
static int parse(int argc, char **argv, struct options *options, bool *has_form)
{
	static const struct option known[] = {
		{ "to", required_argument, NULL, 't' },
		{ "output", required_argument, NULL, 'o' },
		{ "target", required_argument, NULL, 'T' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "t:o:h", known, NULL)) != -1) {
		switch (c) {
		case 't':
			*has_form = true;
			options->to_bytes = strcmp(optarg, "bytes") == 0;
			if (!options->to_bytes && strcmp(optarg, "text") != 0)
				return 1 + command_usage("convert",
							 "--to: expected text or bytes, "
							 "got `%s'",
							 optarg);
			break;
		case 'o':
			options->output = optarg;
			break;
		case 'T':
			options->target = fuzz_profile_find(optarg);
			if (!options->target)
				return 1 + command_usage("convert",
							 "--target: expected merge, fork, "
							 "limit or oom, got `%s'",
							 optarg);
			break;
		case 'h':
			fputs(help, stdout);
			return 1 + COMMAND_AGREED;
		default:
			return 1 + COMMAND_USAGE;
		}
	}
	return 0;
}

int verb_convert(int argc, char **argv)
{
	struct options options = { 0 };
	bool has_form = false;
	int stop = parse(argc, argv, &options, &has_form);

	if (stop)
		return stop - 1;
	if (!has_form)
		return command_usage("convert", "--to is missing: expected text or bytes");
	if (argc - optind != 1)
		return command_usage("convert", "expected one FILE, got %d", argc - optind);
	return convert(&options, argv[optind]);
}
