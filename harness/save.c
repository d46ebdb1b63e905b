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

bool save_text(const char *path, const struct program *program, const char *const comment[2])
{
	char *text = program_print(program);
	size_t head = text ? strcspn(text, "\n") : 0;
	FILE *out = text ? fopen(path, "w") : NULL;
	bool saved = false;

	if (!text)
		errno = ENOMEM;
	if (out) {
		fprintf(out, "%.*s\n# %s\n# %s%s\n", (int)head, text, comment[0], comment[1],
			text[head] ? text + head : "");
		saved = fclose(out) == 0;
	}
	free(text);
	return saved;
}

bool save_program(const struct save *save, const struct program *program, char path[SAVE_PATH])
{
	struct program pinned = *program;
	bool saved;

	settings_pin(&pinned.settings, save->said);
	name_file(save, path);
	saved = (mkdir(save->directory, 0777) == 0 || errno == EEXIST) &&
		save_text(path, &pinned, save->comment);
	if (!saved)
		command_usage(save->verb, "--output: %s: cannot be written: %s", path,
			      strerror(errno));
	return saved;
}
