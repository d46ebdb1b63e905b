/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a tree is, asked with small programs and not by its version: stable trees carry changes of
 * later ones. And which functions it has, by their names.
 */
#ifndef VMAFUZZ_LINUX_PROBE_H
#define VMAFUZZ_LINUX_PROBE_H

#include "subject.h"

#define LINUX_PROBES 4

struct linux_answer {
	const char *row; /* of chapter 13 */
	const char *text;
	uint32_t vmas;	   /* that stand afterwards, UINT32_MAX: it could not be asked */
	unsigned int fits; /* profiles that leave as many, bits by enum profile */
};

/* Asks all, one after the other. */
void linux_probe(struct subject *subject, struct linux_answer answers[LINUX_PROBES]);

/* One line for each function that could matter, told with whether the tree has it. */
void linux_probe_names(const char *tree, void (*line)(void *to, const char *text), void *to);

/* A file of the tree as a string, for the caller to free, or NULL. */
char *linux_read_text(const char *tree, const char *name);

#endif
