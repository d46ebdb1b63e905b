/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules of corpus/README.md for fixed bugs, where `emit --as ctest` writes one:
 *
 *	corpus/regress/NNNN-behaviour.vma	the next free number; without one it is put there
 *	# broke: ...				what went wrong, and why
 *	# shown: CLASS/OPERATION/RULE ...	the signature, as minimize and triage note it
 *	# fixed: ...				by what
 */
#include "emit_regress.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_DIGITS 4
#define NUMBER_MOST 9999

/* The number in "0007-split-keeps-lock.vma", or -1. */
static int number_of(const char *name)
{
	for (int i = 0; i < NUMBER_DIGITS; i++)
		if (!isdigit((unsigned char)name[i]))
			return -1;
	return name[NUMBER_DIGITS] == '-' ? atoi(name) : -1;
}

/* "split-keeps-lock.vma": small letters and digits in words. */
static bool is_behaviour(const char *name)
{
	size_t length = strlen(name);
	bool in_word = false;

	if (length <= 4 || strcmp(name + length - 4, ".vma") != 0)
		return false;
	for (size_t i = 0; i < length - 4; i++) {
		if (name[i] == '-'
			    ? !in_word
			    : !islower((unsigned char)name[i]) && !isdigit((unsigned char)name[i]))
			return false;
		in_word = name[i] != '-';
	}
	return in_word;
}

/* One more than the highest there is; 0 if the folder cannot be read. */
static int next_number(const char *folder)
{
	DIR *directory = opendir(folder);
	const struct dirent *entry;
	int highest = 0;

	if (!directory)
		return 0;
	while ((entry = readdir(directory)) != NULL)
		if (number_of(entry->d_name) > highest)
			highest = number_of(entry->d_name);
	closedir(directory);
	return highest + 1;
}

bool emit_regress_is(const char *output)
{
	static const char folder[] = "/regress/";
	const char *found = strstr(output, folder);

	if (strncmp(output, folder + 1, strlen(folder + 1)) == 0)
		found = output - 1;
	return found && !strchr(found + strlen(folder), '/');
}

const char *emit_regress_path(const char *output, char path[EMIT_REGRESS_PATH])
{
	const char *name = strrchr(output, '/') + 1;
	int number = number_of(name), next;
	const char *behaviour = number < 0 ? name : name + NUMBER_DIGITS + 1;

	snprintf(path, EMIT_REGRESS_PATH, "%.*s", (int)(name - output), output);
	next = next_number(path);
	if (!next)
		return "the folder cannot be read";
	if (!is_behaviour(behaviour))
		return "expected a name as split-keeps-lock.vma, or 0007-split-keeps-lock.vma";
	if (next > NUMBER_MOST)
		return "there are no numbers left";
	if (number >= 0 && number != next)
		return "the number is not the next free one (without a number it is put there)";
	if (snprintf(path, EMIT_REGRESS_PATH, "%.*s%04d-%s", (int)(name - output), output, next,
		     behaviour) >= EMIT_REGRESS_PATH)
		return "the name is too long";
	return NULL;
}

/* "wrong-flags/madvise/STK-1" */
static bool is_signature(const char *text)
{
	const char *slash = strchr(text, '/');

	return slash && slash > text &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz-") == (size_t)(slash - text) &&
	       strchr(slash + 1, '/') && !strpbrk(text, " \t");
}

bool emit_regress_signature(const char *file, char signature[EMIT_REGRESS_SIGNATURE])
{
	FILE *in = fopen(file, "r");
	char line[EMIT_REGRESS_SIGNATURE + 2];
	bool found = false;

	while (in && !found && fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "# ", 2) != 0 || !is_signature(line + 2))
			continue;
		snprintf(signature, EMIT_REGRESS_SIGNATURE, "%.*s", EMIT_REGRESS_SIGNATURE - 1,
			 line + 2);
		found = true;
	}
	if (in)
		fclose(in);
	return found;
}
