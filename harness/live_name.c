/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names of the live subjects: "live" or "qemu=VMLINUZ", and behind either which reader of
 * full state is wanted: ",reader=bpf" or ",reader=plain".
 */
#include "live_subject.h"

#include <string.h>

#define LIVE "live"
#define QEMU "qemu="
#define READER ",reader="

/* The reader that is asked for at the end of a name, *length bytes without it. False: no reader. */
static bool parse_reader(const char *name, size_t *length, enum live_reader *reader)
{
	const char *end = strstr(name, READER);

	*reader = LIVE_READER_BEST;
	*length = end ? (size_t)(end - name) : strlen(name);
	if (!end)
		return true;
	*reader = LIVE_READER_BPF;
	if (!strcmp(end, READER "bpf"))
		return true;
	*reader = LIVE_READER_PLAIN;
	return !strcmp(end, READER "plain");
}

bool subject_is_live(const char *name)
{
	enum live_reader reader;
	size_t length;

	return parse_reader(name, &length, &reader) && length == strlen(LIVE) &&
	       !strncmp(name, LIVE, length);
}

bool subject_is_qemu(const char *name)
{
	enum live_reader reader;
	size_t length;

	return parse_reader(name, &length, &reader) && length > strlen(QEMU) &&
	       length - strlen(QEMU) < GUEST_IMAGE && !strncmp(name, QEMU, strlen(QEMU));
}

enum live_reader live_name_reader(const char *name)
{
	enum live_reader reader;
	size_t length;

	parse_reader(name, &length, &reader);
	return reader;
}

void live_name_image(const char *name, char image[GUEST_IMAGE])
{
	enum live_reader reader;
	size_t length;

	parse_reader(name, &length, &reader);
	length -= strlen(QEMU);
	memcpy(image, name + strlen(QEMU), length);
	image[length] = '\0';
}
