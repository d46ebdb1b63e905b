/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mm/vma.c of a kernel tree as a subject: built with the shims of harness/linux/ into a
 * shared object, in a cache outside the tree, and loaded.
 */
#ifndef VMAFUZZ_LINUX_H
#define VMAFUZZ_LINUX_H

#include <stdbool.h>
#include <stdint.h>

struct subject;

/* "linux=TREE" and what may stand behind that: ",without=uffd+numa", ",profile=7.3". */
bool subject_is_linux(const char *name);

/* 0 or -errno with the reason in *why, which stays valid until the next call. */
int subject_linux_create(const char *name, struct subject **ret, const char **why);

/* What a kernel may be configured without. */
enum linux_feature {
	LINUX_NAMES,	 /* of anonymous memory */
	LINUX_SOFTDIRTY, /* VM_SOFTDIRTY */
	LINUX_UFFD,	 /* userfaultfd */
	LINUX_NUMA,	 /* memory policies */
	LINUX_FEATURES
};

/* A file of the cache holds the object for this tree; makes it if it is not there. */
struct linux_object {
	char tree[1024];
	bool profile_given;   /* the tree is held to a profile, whatever the probes say */
	uint8_t profile;      /* that one */
	unsigned int without; /* bits, by enum linux_feature */
	char path[1280];      /* of the object */
	char version[64];     /* of the tree, as its Makefile says, or empty */
	char fault[768];      /* why there is none */
};
int linux_object_make(struct linux_object *object);

#endif
