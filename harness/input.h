/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files into programs: reads text or raw bytes, told apart by the first line, from a path or
 * from `-`, and lists the files of a directory in a fixed order. It knows no subject.
 */
#ifndef VMAFUZZ_INPUT_H
#define VMAFUZZ_INPUT_H

#include "program.h"

#define INPUT_MESSAGE 4400 /* room for a path and a sentence */
/* The longest encoding of a program: a header and every record it can have. */
#define INPUT_BYTES_MOST ((size_t)16 + (size_t)16 * PROGRAM_OPS_MAX)

/* What a file holds. */
struct input {
	uint8_t *bytes; /* malloc()ed, exactly size bytes, so that a sanitizer sees an overrun */
	size_t size;
	bool text; /* the first line is `vma-program N` */
};

/*
 * Reads a file whole (bytes: as much as a program can hold). 0, or -errno with a complete
 * message that names the file and nothing to free.
 */
int input_read(struct input *input, const char *path, char *message, size_t room);
void input_done(struct input *input);

/*
 * Parses or decodes what was read into an initialised program. 0, or -errno with a message
 * `FILE:LINE:COLUMN: expected ...`. Bytes never fail but for memory.
 */
int input_program(const struct input *input, const char *path, struct program *program,
		  char *message, size_t room);

/* A growing list of paths. */
struct input_list {
	char **path;
	size_t count, capacity;
};
/*
 * Adds a path; a directory adds the files below it in byte order of their names, hidden
 * ones left out. 0, or -errno with a message.
 */
int input_list_add(struct input_list *list, const char *path, char *message, size_t room);
void input_list_done(struct input_list *list);

#endif
