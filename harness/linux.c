/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel tree as a subject: what was built of it is loaded, with all its names kept to itself,
 * as it has many in common with the core.
 */
#include "linux.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "subject.h"

#define PREFIX "linux="

bool subject_is_linux(const char *name)
{
	return strncmp(name, PREFIX, sizeof(PREFIX) - 1) == 0 && name[sizeof(PREFIX) - 1];
}

typedef int make_subject(struct subject **ret);

static int load(struct linux_object *object, struct subject **ret)
{
	make_subject *make;
	void *library = dlopen(object->path, RTLD_NOW | RTLD_LOCAL);
	void *symbol = library ? dlsym(library, "vmafuzz_linux_subject") : NULL;

	if (!symbol) {
		snprintf(object->fault, sizeof(object->fault), "%.400s", dlerror());
		return -ENOEXEC;
	}
	/* ISO C has no way from one kind of pointer to the other. */
	memcpy(&make, &symbol, sizeof(make));
	return make(ret);
}

/* What reports say of it, which lives as long as the subject: to the end of the process. */
static struct words {
	struct linux_object object;
	char spelled[sizeof(PREFIX) + 1024], origin[512];
} * words(void)
{
	static struct words one;

	return &one;
}

static void describe(struct words *words, struct subject *subject)
{
	const char *version = words->object.version;

	snprintf(words->spelled, sizeof(words->spelled), PREFIX "%s", words->object.tree);
	snprintf(words->origin, sizeof(words->origin),
		 "mm/vma.c and lib/maple_tree.c of Linux %s; the system calls around them are ours",
		 version[0] ? version : "of no version");
	subject->spelled = words->spelled;
	subject->origin = words->origin;
}

int subject_linux_create(const char *tree, struct subject **ret, const char **why)
{
	struct linux_object *object = &words()->object;
	int error;

	object->fault[0] = '\0';
	if (strlen(tree) >= sizeof(object->tree)) {
		*why = "the name of the tree is too long";
		return -ENAMETOOLONG;
	}
	memcpy(object->tree, tree, strlen(tree) + 1);
	error = linux_object_make(object);
	if (!error)
		error = load(object, ret);
	if (error && object->fault[0])
		*why = object->fault;
	if (!error)
		describe(words(), *ret);
	return error;
}
