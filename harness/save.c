/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text, as people read and mail it. */
#define _POSIX_C_SOURCE 200809L
#include "save.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "command.h"

static void pin_settings(struct settings *settings, const struct run_options *said)
{
	if (said->has_profile) {
		settings->profile = said->profile;
		settings->profiles = (uint8_t)(1u << said->profile);
	}
	if (said->strict) {
		settings->quirks = SETTING_OFF;
	} else if (said->quirks != SETTING_UNSET) {
		settings->quirks = said->quirks;
		settings->quirk_rows = said->quirk_rows;
	}
}

static void name_file(const struct save *save, char path[SAVE_PATH])
{
	int used = snprintf(path, SAVE_PATH, "%s/", save->directory);
	size_t at = used > 0 && used < SAVE_PATH ? (size_t)used : SAVE_PATH - 1;

	snprintf(path + at, SAVE_PATH - at, "%s.vma", save->name);
	for (char *p = path + at; *p; p++) {
		if (*p == '/' || *p == ' ')
			*p = '-';
	}
}

static bool write_text(const struct save *save, const char *path, const char *text)
{
	size_t head = strcspn(text, "\n");
	FILE *out = fopen(path, "w");

	if (!out)
		return false;
	fprintf(out, "%.*s\n# %s\n# %s%s\n", (int)head, text, save->comment[0], save->comment[1],
		text[head] ? text + head : "");
	return fclose(out) == 0;
}

bool save_program(const struct save *save, const struct program *program, char path[SAVE_PATH])
{
	struct program pinned = *program;
	char *text;
	bool saved;

	pin_settings(&pinned.settings, save->said);
	text = program_print(&pinned);
	name_file(save, path);
	saved = text && (mkdir(save->directory, 0777) == 0 || errno == EEXIST) &&
		write_text(save, path, text);
	if (!saved)
		command_usage(save->verb, "--output: %s: cannot be written: %s", path,
			      text ? strerror(errno) : "out of memory");
	free(text);
	return saved;
}
