/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vmafuzz emit`: a program as a regression test in one of several forms. */
#define _POSIX_C_SOURCE 200809L
#include "command.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"
#include "emit_regress.h"
#include "fuzz_entry.h"

#define NAME_ROOM 64

static const struct emit_form *const forms[] = { &emit_syscalls, &emit_kselftest, &emit_vma_unit,
						 &emit_ctest };
#define FORMS (sizeof(forms) / sizeof(forms[0]))

/* clang-format off */
static const char help[] =
	"usage: vmafuzz emit --as FORM [OPTIONS] FILE\n"
	"\n"
	"Writes a program as a regression test: its operations, and beside each what the\n"
	"model says must come of it. FILE is `.vma` text or raw bytes, told apart by the\n"
	"first line; `-` is standard input. Forms:\n"
	"\n";
static const char options_help[] =
	"\n"
	"What a form cannot say is named in the test, one line each, and left out.\n"
	"\n"
	"      --as FORM       see above\n"
	"  -o, --output OUTPUT write there and not to standard output. A ctest in a folder\n"
	"                      regress/ is a fixed bug: its name begins with the next free\n"
	"                      number (put there if it is not), and the next two are needed\n"
	"      --broke TEXT    ctest: what went wrong, and why\n"
	"      --fixed TEXT    ctest: by what, the subject of a commit\n"
	"      --shown TEXT    ctest: the signature, and who found it [the signature that\n"
	"                      `minimize' or `triage' wrote into FILE]\n"
	CHECK_OPTIONS_HELP
	"      --target NAME   first force the settings of a fuzz target (merge, fork,\n"
	"                      limit, oom)\n"
	"  -h, --help          this text\n"
	"\n"
	"The subject is not run; `--subject live` expects what the running kernel should do,\n"
	"and nothing else makes a test for it. The vma-unit form is for profile 6.12 with\n"
	"quirks, unless --profile says otherwise.\n"
	"\n"
	"Exit status: 0 written; 2 bad usage or bad input; 3 the form cannot say anything of\n"
	"this program, or the subject cannot run here.\n";
/* clang-format on */

struct options {
	struct check_options check;
	const struct fuzz_profile *target;
	const struct emit_form *form;
	const char *output;
	const char *broke, *shown, *fixed;
};

static void print_help(void)
{
	fputs(help, stdout);
	for (size_t i = 0; i < FORMS; i++)
		printf("  %-12s%s\n", forms[i]->name, forms[i]->summary);
	fputs(options_help, stdout);
}

static const char *base_of(const char *path)
{
	return strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
}

/* "dir/7 ways.vma" -> "t_7_ways". */
static void make_name(const char *path, char name[NAME_ROOM])
{
	const char *file = base_of(path);
	size_t length = strcspn(file, "."), used = 0;

	if (!isalpha((unsigned char)file[0])) {
		name[used++] = 't';
		name[used++] = '_';
	}
	for (size_t i = 0; i < length && used + 1 < NAME_ROOM; i++)
		name[used++] = isalnum((unsigned char)file[i]) ? file[i] : '_';
	name[used] = '\0';
}

static int write_out(const struct options *options, const char *text, size_t size)
{
	FILE *out = options->output ? fopen(options->output, "wb") : stdout;
	bool written;

	if (!out)
		return command_usage("emit", "--output: %s: %s", options->output, strerror(errno));
	written = fwrite(text, 1, size, out) == size && fflush(out) == 0;
	if (options->output && fclose(out) != 0)
		written = false;
	if (!written)
		return command_usage("emit", "%s: %s",
				     options->output ? options->output : "standard output",
				     strerror(errno));
	return COMMAND_AGREED;
}

static int out_of_memory(void)
{
	command_usage("emit", "out of memory");
	return COMMAND_ENVIRONMENT;
}

static int emit(const struct options *options, const struct emission *emission)
{
	const char *reason = emission->form->refuses(emission);
	char *text = NULL;
	size_t size = 0;
	FILE *out;
	int status;

	if (reason) {
		command_usage("emit", "%s: no test --as %s: %s", emission->file,
			      emission->form->name, reason);
		return COMMAND_ENVIRONMENT;
	}
	out = open_memstream(&text, &size);
	if (!out)
		return out_of_memory();
	status = emission->form->print(out, emission);
	if (fclose(out))
		status = -ENOMEM;
	status = status ? out_of_memory() : write_out(options, text, size);
	free(text);
	return status;
}

/* The subject is asked for what it is, unless it is the core, which is whatever it is told. */
static int emit_for(const struct options *options, const char *path, const struct program *program)
{
	struct subject *subject = NULL;
	struct emission emission;
	char name[NAME_ROOM];
	int status = check_subject("emit", &options->check, &subject);

	if (status)
		return status;
	if (emission_init(&emission, options->form, program, &options->check.settings, subject)) {
		status = out_of_memory();
	} else {
		make_name(path, name);
		emission.name = name;
		emission.file = base_of(path);
		emission.broke = options->broke;
		emission.shown = options->shown;
		emission.fixed = options->fixed;
		status = emit(options, &emission);
		emission_done(&emission);
	}
	subject->destroy(subject);
	return status;
}

/* A fixed bug has a number and says what it was. COMMAND_USAGE after a message. */
static int prepare_regress(struct options *options, char path[EMIT_REGRESS_PATH])
{
	const char *problem = emit_regress_path(options->output, path);

	if (problem)
		return command_usage("emit", "--output: %s: %s", options->output, problem);
	if (!options->broke || !options->fixed || !options->shown)
		return command_usage("emit",
				     "%s is missing: a file in regress/ says what broke, how "
				     "it showed and by what it was fixed",
				     !options->broke   ? "--broke"
				     : !options->fixed ? "--fixed"
						       : "--shown");
	options->output = path;
	printf("%s\n", path);
	return 0;
}

static int emit_file(struct options *options, char *path)
{
	char signature[EMIT_REGRESS_SIGNATURE], numbered[EMIT_REGRESS_PATH];
	struct loaded loaded;
	int status = command_load("emit", &path, 1, &loaded);

	if (status)
		return status;
	if (options->form == &emit_ctest && !options->shown &&
	    emit_regress_signature(path, signature))
		options->shown = signature;
	if (options->form == &emit_ctest && options->output && emit_regress_is(options->output))
		status = prepare_regress(options, numbered);
	if (status) {
		loaded_done(&loaded);
		return status;
	}
	if (options->target)
		fuzz_profile_force(options->target, &loaded.program[0]);
	status = emit_for(options, path, &loaded.program[0]);
	loaded_done(&loaded);
	return status;
}

enum { OPTION_AS = OPTION_OWN, OPTION_TARGET, OPTION_BROKE, OPTION_FIXED, OPTION_SHOWN };

static const struct option known[] = {
	CHECK_OPTIONS,
	{ "as", required_argument, NULL, OPTION_AS },
	{ "output", required_argument, NULL, 'o' },
	{ "target", required_argument, NULL, OPTION_TARGET },
	{ "broke", required_argument, NULL, OPTION_BROKE },
	{ "fixed", required_argument, NULL, OPTION_FIXED },
	{ "shown", required_argument, NULL, OPTION_SHOWN },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static const struct emit_form *find_form(const char *name)
{
	for (size_t i = 0; i < FORMS; i++) {
		if (strcmp(forms[i]->name, name) == 0)
			return forms[i];
	}
	command_usage("emit", "--as: expected syscalls, kselftest, vma-unit or ctest, got `%s'",
		      name);
	return NULL;
}

/* One line of a comment. False after a message. */
static bool take_text(const char *option, const char *text, const char **ret)
{
	*ret = text;
	if (*text && !strchr(text, '\n'))
		return true;
	command_usage("emit", "%s: expected one line of text", option);
	return false;
}

/* False after a message. */
static bool take_option(int c, struct options *options)
{
	switch (c) {
	case OPTION_AS:
		options->form = find_form(optarg);
		return options->form;
	case 'o':
		options->output = optarg;
		return true;
	case OPTION_TARGET:
		return option_target("emit", optarg, &options->target);
	case OPTION_BROKE:
		return take_text("--broke", optarg, &options->broke);
	case OPTION_FIXED:
		return take_text("--fixed", optarg, &options->fixed);
	case OPTION_SHOWN:
		return take_text("--shown", optarg, &options->shown);
	default:
		return check_option("emit", c, optarg, &options->check);
	}
}

int verb_emit(int argc, char **argv)
{
	struct options options = { .check = { .subject = "core" } };
	int c;

	while ((c = getopt_long(argc, argv, "o:h", known, NULL)) != -1) {
		if (c == 'h') {
			print_help();
			return COMMAND_AGREED;
		}
		if (!take_option(c, &options))
			return COMMAND_USAGE;
	}
	if (!options.form)
		return command_usage("emit", "--as is missing: expected syscalls, kselftest, "
					     "vma-unit or ctest");
	if (options.form->of_6_12 && !options.check.settings.has_profile) {
		options.check.settings.has_profile = true;
		options.check.settings.profile = PROFILE_6_12;
		options.check.settings.quirks = SETTING_ON;
	}
	if (argc - optind != 1)
		return command_usage("emit", "expected one FILE, got %d", argc - optind);
	return emit_file(&options, argv[optind]);
}
