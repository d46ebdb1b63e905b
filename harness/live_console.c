/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a guest's console; see live_console.h. */
#define _GNU_SOURCE
#include "live_console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOGS_MAX 1000

/* How a kernel begins to say that it did something wrong. */
static const char *const complaints[] = {
	"WARNING: ",	"BUG: ",     "kernel BUG at", "Oops: ",	   "general protection fault",
	"Kernel panic", "Bad page ", "UBSAN: ",	      "vmafuzz: ", /* its first process */
};

static bool is_complaint(const char *line)
{
	for (size_t i = 0; i < sizeof(complaints) / sizeof(complaints[0]); i++)
		if (strstr(line, complaints[i]))
			return true;
	return false;
}

/* The log from an offset on, with a zero behind it; NULL: none, or no memory. */
static char *read_from(int console, uint64_t offset)
{
	struct stat about;
	size_t size;
	ssize_t got;
	char *text;

	if (console < 0 || fstat(console, &about) != 0 || (uint64_t)about.st_size <= offset)
		return NULL;
	size = (size_t)((uint64_t)about.st_size - offset);
	text = malloc(size + 1);
	if (!text)
		return NULL;
	got = pread(console, text, size, (off_t)offset);
	text[got > 0 ? got : 0] = '\0';
	return text;
}

bool console_complains(int console, uint64_t *heard)
{
	char *text = read_from(console, *heard);
	bool found = text && is_complaint(text);

	if (text)
		*heard += strlen(text);
	free(text);
	return found;
}

/* "[    1.234567] " is when, which differs every time. */
static const char *without_time(const char *line)
{
	const char *end = line[0] == '[' ? strstr(line, "] ") : NULL;

	return end ? end + 2 : line;
}

void console_complaint(int console, char line[CONSOLE_LINE])
{
	char *text = read_from(console, 0), *rest = NULL, *next;

	line[0] = '\0';
	if (!text)
		return;
	for (next = strtok_r(text, "\r\n", &rest); next; next = strtok_r(NULL, "\r\n", &rest)) {
		snprintf(line, CONSOLE_LINE, "%s", without_time(next));
		if (is_complaint(next))
			break;
	}
	free(text);
}

bool console_save(int console, const char *folder, char path[CONSOLE_PATH])
{
	char *text = read_from(console, 0);
	int fd = -1, number;
	FILE *out;

	if (!text)
		return false;
	if (mkdir(folder, 0777) != 0 && errno != EEXIST)
		fprintf(stderr, "vmafuzz: %s: %s\n", folder, strerror(errno));
	for (number = 1; fd < 0 && number <= LOGS_MAX; number++) {
		snprintf(path, CONSOLE_PATH, "%.4000s/console-%d.log", folder, number);
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	out = fd < 0 ? NULL : fdopen(fd, "w");
	if (!out || fputs(text, out) < 0 || fclose(out) != 0) {
		fprintf(stderr, "vmafuzz: %s: cannot write the console log\n", path);
		free(text);
		return false;
	}
	fprintf(stderr, "%s", text);
	free(text);
	return true;
}
