/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of the command line that must be the same in every verb. */
#define _POSIX_C_SOURCE 200809L
#include "command.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fuzz_entry.h"
#include "input.h"
#include "linux.h"
#include "live.h"

int command_usage(const char *verb, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "vmafuzz %s: ", verb);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return COMMAND_USAGE;
}

double command_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

bool option_number(const char *verb, const char *option, const char *text, uint64_t low,
		   uint64_t high, uint64_t *ret)
{
	char *end;
	uintmax_t number;

	errno = 0;
	number = strtoumax(text, &end, 0);
	if (text[0] < '0' || text[0] > '9' || *end || errno || number < low || number > high) {
		command_usage(verb,
			      "%s: expected a number from %" PRIu64 " to %" PRIu64 ", got `%s'",
			      option, low, high, text);
		return false;
	}
	*ret = number;
	return true;
}

bool option_seconds(const char *verb, const char *option, const char *text, double *ret)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !isfinite(seconds) || seconds <= 0 || seconds > 1e9) {
		command_usage(verb, "%s: expected a number of seconds above 0, got `%s'", option,
			      text);
		return false;
	}
	*ret = seconds;
	return true;
}

bool option_target(const char *verb, const char *text, const struct fuzz_profile **ret)
{
	*ret = fuzz_profile_find(text);
	if (!*ret)
		command_usage(verb, "--target: expected merge, fork, limit or oom, got `%s'", text);
	return *ret;
}

const char *subject_names(void)
{
	return "core, live[,reader=bpf|plain], linux=TREE[,without=names+softdirty+uffd+numa]"
	       "[,profile=6.12 or 7.3] or qemu=VMLINUZ[,reader=bpf|plain]";
}

bool subject_name_known(const char *name)
{
	return strcmp(name, "core") == 0 || subject_is_live(name) || subject_is_linux(name) ||
	       subject_is_qemu(name);
}

int subject_open(const char *name, struct subject **ret, const char **why)
{
	int error;

	*why = NULL;
	if (subject_is_live(name))
		error = subject_live_create(name, ret, why);
	else if (subject_is_linux(name))
		error = subject_linux_create(name, ret, why);
	else if (subject_is_qemu(name))
		error = subject_qemu_create(name, ret, why);
	else
		error = subject_core_create(ret);
	if (error && !*why)
		*why = strerror(error < 0 ? -error : error);
	return error;
}

static bool option_profile(const char *verb, const char *text, struct run_options *settings)
{
	for (int profile = 0; profile < PROFILES; profile++) {
		if (strcmp(profile_name((enum profile)profile), text) == 0) {
			settings->has_profile = true;
			settings->profile = (uint8_t)profile;
			return true;
		}
	}
	command_usage(verb, "--profile: expected 6.1, 6.12, 6.18 or 7.3, got `%s'", text);
	return false;
}

/* "F1,F5" as a bit set; 0 if it is no such list. */
static uint16_t quirk_rows(const char *text)
{
	uint16_t rows = 0;

	while (text[0] == 'F' && text[1] >= '1' && text[1] <= '9') {
		char *end;
		unsigned long row = strtoul(text + 1, &end, 10);

		if (row > QUIRK_ROWS)
			return 0;
		rows = (uint16_t)(rows | 1u << (row - 1));
		if (*end == '\0')
			return rows;
		if (*end != ',')
			return 0;
		text = end + 1;
	}
	return 0;
}

static bool option_quirks(const char *verb, const char *text, struct run_options *settings)
{
	settings->quirk_rows = 0;
	settings->quirks = SETTING_ON;
	if (strcmp(text, "on") == 0)
		return true;
	if (strcmp(text, "off") == 0) {
		settings->quirks = SETTING_OFF;
		return true;
	}
	settings->quirk_rows = quirk_rows(text);
	if (settings->quirk_rows)
		return true;
	command_usage(verb, "--quirks: expected on, off or rows F1 to F%d as F1,F5, got `%s'",
		      QUIRK_ROWS, text);
	return false;
}

bool check_option(const char *verb, int c, const char *text, struct check_options *options)
{
	switch (c) {
	case OPTION_SUBJECT:
		options->subject = text;
		if (subject_name_known(text))
			return true;
		command_usage(verb, "--subject: expected %s, got `%s'", subject_names(), text);
		return false;
	case OPTION_PROFILE:
		return option_profile(verb, text, &options->settings);
	case OPTION_QUIRKS:
		return option_quirks(verb, text, &options->settings);
	case OPTION_STRICT:
		options->settings.strict = true;
		return true;
	case OPTION_PARANOID:
		options->paranoid = true;
		return true;
	default:
		return false; /* getopt has said what is wrong */
	}
}

int check_subject(const char *verb, const struct check_options *options, struct subject **ret)
{
	const char *why;

	if (subject_open(options->subject, ret, &why) == 0)
		return 0;
	command_usage(verb, "--subject: %s cannot run here: %s", options->subject, why);
	return COMMAND_ENVIRONMENT;
}

double check_timeout(double said, double usual, const struct subject *subject)
{
	if (said > 0)
		return said;
	return subject->patience > usual ? subject->patience : usual;
}

int check_create(void *context, struct subject **ret, const char **why)
{
	const struct check_options *options = context;

	return subject_open(options->subject, ret, why);
}

static uint8_t profile_of(const struct check_options *options, const struct subject *subject,
			  const struct program *program)
{
	struct settings settings = program->settings;

	settings_resolve(&settings, subject, &options->settings);
	return settings.profile;
}

void check_profiles(const struct check_options *options, const struct subject *subject,
		    const struct program *programs, size_t count, char profiles[PROFILES_ROOM])
{
	unsigned int set = 0;
	size_t used = 0;

	for (size_t i = 0; i < count; i++)
		set |= 1u << profile_of(options, subject, &programs[i]);
	profiles[0] = '\0';
	for (int profile = 0; profile < PROFILES; profile++) {
		if (set >> profile & 1)
			used += (size_t)snprintf(profiles + used, PROFILES_ROOM - used, "%s%s",
						 used ? "," : "",
						 profile_name((enum profile)profile));
	}
}

/* One file into one program. */
static int load_one(const char *verb, const char *path, struct program *program)
{
	char message[INPUT_MESSAGE];
	struct input input;
	int error = input_read(&input, path, message, sizeof(message));

	if (!error) {
		error = input_program(&input, path, program, message, sizeof(message));
		input_done(&input);
	}
	return error ? command_usage(verb, "%s", message) : 0;
}

int command_load(const char *verb, char *const *paths, size_t count, struct loaded *ret)
{
	struct loaded loaded = { .program = calloc(count ? count : 1, sizeof(*loaded.program)),
				 .path = calloc(count ? count : 1, sizeof(*loaded.path)) };
	int result = 0;

	if (!loaded.program || !loaded.path) {
		loaded_done(&loaded);
		return command_usage(verb, "out of memory");
	}
	for (size_t i = 0; i < count; i++) {
		program_init(&loaded.program[i]);
		loaded.count = i + 1;
		loaded.path[i] = strdup(paths[i]);
		if (!loaded.path[i] || load_one(verb, paths[i], &loaded.program[i]))
			result = COMMAND_USAGE;
	}
	if (result)
		loaded_done(&loaded);
	else
		*ret = loaded;
	return result;
}

void loaded_done(struct loaded *loaded)
{
	for (size_t i = 0; i < loaded->count; i++) {
		program_done(&loaded->program[i]);
		free(loaded->path[i]);
	}
	free(loaded->program);
	free(loaded->path);
	*loaded = (struct loaded){ 0 };
}
