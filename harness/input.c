/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything that can be wrong with a file before its content matters is found and named
 * here: missing, unreadable, a directory, endless.
 */
#define _POSIX_C_SOURCE 200809L
#include "input.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK ((size_t)65536)
#define TEXT_MOST ((size_t)1 << 28)
#define DEPTH_MOST 8 /* folders below the one named */

static const char first_word[] = "vma-program";

__attribute__((format(printf, 3, 4))) static void say(char *message, size_t room,
						      const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, room, format, arguments);
	va_end(arguments);
}

static const char *shown(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

/* Can what was read so far still become text? Bytes are cut short, text is read whole. */
static bool begins_as_text(const uint8_t *bytes, size_t size)
{
	size_t length = sizeof(first_word) - 1;

	return memcmp(bytes, first_word, size < length ? size : length) == 0;
}

static int grow(struct input *input, size_t *capacity)
{
	size_t wanted = *capacity ? *capacity * 2 : CHUNK;
	uint8_t *bytes = realloc(input->bytes, wanted);

	if (!bytes)
		return -ENOMEM;
	input->bytes = bytes;
	*capacity = wanted;
	return 0;
}

/* Reads until the end, or until bytes cannot matter any more. */
static int read_all(struct input *input, int fd)
{
	size_t capacity = 0;

	for (;;) {
		ssize_t got;

		if (input->size == capacity && grow(input, &capacity))
			return -ENOMEM;
		got = read(fd, input->bytes + input->size, capacity - input->size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return 0;
		input->size += (size_t)got;
		/* What follows the last record a program can have is never decoded. */
		if (input->size >= INPUT_BYTES_MOST && !begins_as_text(input->bytes, input->size)) {
			input->size = INPUT_BYTES_MOST;
			return 0;
		}
		if (input->size > TEXT_MOST)
			return -EFBIG;
	}
}

/* Gives the buffer its exact size. */
static void fit(struct input *input)
{
	uint8_t *bytes = realloc(input->bytes, input->size ? input->size : 1);

	if (bytes)
		input->bytes = bytes;
}

static int open_for_reading(const char *path, char *message, size_t room)
{
	struct stat status;
	int fd;

	if (strcmp(path, "-") == 0)
		return STDIN_FILENO;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		int error = errno;

		say(message, room, "%s: cannot be read: %s", path, strerror(error));
		return -error;
	}
	if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
		close(fd);
		say(message, room, "%s: is a directory; name its files", path);
		return -EISDIR;
	}
	return fd;
}

int input_read(struct input *input, const char *path, char *message, size_t room)
{
	int fd = open_for_reading(path, message, room);
	int error;

	*input = (struct input){ 0 };
	if (fd < 0)
		return fd;
	error = read_all(input, fd);
	if (fd != STDIN_FILENO)
		close(fd);
	if (error) {
		input_done(input);
		if (error == -EFBIG)
			say(message, room, "%s: text of more than %zu MiB is not read", shown(path),
			    TEXT_MOST >> 20);
		else
			say(message, room, "%s: cannot be read: %s", shown(path), strerror(-error));
		return error;
	}
	fit(input);
	input->text = program_is_text((const char *)input->bytes, input->size);
	return 0;
}

void input_done(struct input *input)
{
	free(input->bytes);
	*input = (struct input){ 0 };
}

int input_program(const struct input *input, const char *path, struct program *program,
		  char *message, size_t room)
{
	struct text_error at = { 0 };
	int error;

	if (input->text)
		error = program_parse(program, (const char *)input->bytes, input->size, &at);
	else
		error = program_decode(program, input->bytes, input->size);
	if (error == -ENOMEM)
		say(message, room, "%s: out of memory", shown(path));
	else if (error)
		say(message, room, "%s:%u:%u: expected %s", shown(path), at.line, at.column,
		    at.expected);
	return error;
}

static int list_append(struct input_list *list, const char *path)
{
	char *copy;

	if (list->count == list->capacity) {
		size_t wanted = list->capacity ? list->capacity * 2 : 64;
		char **grown = realloc(list->path, wanted * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		list->path = grown;
		list->capacity = wanted;
	}
	copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	list->path[list->count++] = copy;
	return 0;
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Byte order, which no locale changes. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool is_directory(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* Folders nest; the depth is bounded, so a loop of links ends. */
static int list_add_below(struct input_list *list, const char *path, unsigned int depth)
{
	struct dirent **entry = NULL;
	int count, error = 0;

	if (strcmp(path, "-") == 0 || !is_directory(path))
		return list_append(list, path);
	if (depth > DEPTH_MOST)
		return -ELOOP;
	count = scandir(path, &entry, visible, by_name);
	if (count < 0)
		return -errno;
	for (int i = 0; i < count; i++) {
		char below[4096];
		int length = snprintf(below, sizeof(below), "%s/%s", path, entry[i]->d_name);

		if (!error && length >= (int)sizeof(below))
			error = -ENAMETOOLONG;
		if (!error)
			error = list_add_below(list, below, depth + 1);
		free(entry[i]);
	}
	free(entry);
	return error;
}

int input_list_add(struct input_list *list, const char *path, char *message, size_t room)
{
	int error = list_add_below(list, path, 0);

	if (error)
		say(message, room, "%s: cannot be listed: %s", path, strerror(-error));
	return error;
}

void input_list_done(struct input_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->path[i]);
	free(list->path);
	*list = (struct input_list){ 0 };
}
