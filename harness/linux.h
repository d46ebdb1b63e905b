/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mm/vma.c of a kernel tree as a subject: built with the shims of harness/linux/ into a
 * shared object, in a cache outside the tree, and loaded.
 */
#ifndef VMAFUZZ_LINUX_H
#define VMAFUZZ_LINUX_H

#include <stdbool.h>

struct subject;

/* "linux=PATH" */
bool subject_is_linux(const char *name);

/* tree: PATH. 0 or -errno with the reason in *why, which stays valid until the next call. */
int subject_linux_create(const char *tree, struct subject **ret, const char **why);

/* A file of the cache holds the object for this tree; makes it if it is not there. */
struct linux_object {
	char tree[1024];
	char path[1280];  /* of the object */
	char version[64]; /* of the tree, as its Makefile says, or empty */
	char fault[512];  /* why there is none */
};
int linux_object_make(struct linux_object *object);

#endif
