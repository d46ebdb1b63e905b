/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program that disagreed as a file of its own, so that every report ends with a command. */
#ifndef VMAFUZZ_SAVE_H
#define VMAFUZZ_SAVE_H

#include <stdbool.h>
#include <stddef.h>

#include "program.h"
#include "settings.h"

#define SAVE_PATH 4200 /* room for the path of a saved program */
#define SAVE_DEFAULT "vmafuzz-findings"

/*
 * Writes DIRECTORY/NAME.vma, in which slashes and blanks of NAME are dashes, with two comments
 * below its first line; the directory is made when it is not there. What the command line said
 * becomes part of the program, so that the file says it all. False after a message of `verb`;
 * the path is told all the same.
 */
struct save {
	const char *verb, *directory;
	const struct run_options *said;
	const char *name;
	const char *comment[2];
};
bool save_program(const struct save *save, const struct program *program, char path[SAVE_PATH]);

/* The text into one file, with two comments below its first line; false with errno. */
bool save_text(const char *path, const struct program *program, const char *const comment[2]);

#endif
