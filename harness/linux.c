/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel tree as a subject: what was built of it is loaded, with all its names kept to itself,
 * as it has many in common with the core.
 */
#include "linux.h"

#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linux_probe.h"
#include "subject.h"

#define PREFIX "linux="
#define PATH_LINE 1600

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
	struct linux_answer answers[LINUX_PROBES];
} * words(void)
{
	static struct words one;

	return &one;
}

static void describe(struct subject *self, void (*line)(void *to, const char *text), void *to)
{
	const struct words *all = words();
	char text[PATH_LINE];

	(void)self;
	snprintf(text, sizeof(text), "linux: Linux %s in %s", all->object.version,
		 all->object.tree);
	line(to, text);
	snprintf(text, sizeof(text), "linux: built as %s", all->object.path);
	line(to, text);
	line(to, "linux: mm/vma.c and lib/maple_tree.c are the tree's; the system calls that lie "
		 "outside them are ours");
	linux_probe_names(all->object.tree, line, to);
	for (int i = 0; i < LINUX_PROBES; i++) {
		const struct linux_answer *answer = &all->answers[i];

		snprintf(text, sizeof(text), "linux: %-4s %s: %" PRIu32 " VMAs, %s", answer->row,
			 answer->text, answer->vmas, answer->fits ? "as 6.12" : "not as 6.12");
		line(to, text);
	}
}

static void name_it(struct words *words, struct subject *subject)
{
	const char *version = words->object.version;

	snprintf(words->spelled, sizeof(words->spelled), PREFIX "%s", words->object.tree);
	snprintf(words->origin, sizeof(words->origin),
		 "mm/vma.c and lib/maple_tree.c of Linux %s; the system calls around them are ours",
		 version[0] ? version : "of no version");
	subject->spelled = words->spelled;
	subject->origin = words->origin;
	subject->describe = describe;
}

/* What lies outside mm/vma.c has walkers for one profile only. */
static int ask(struct words *words, struct subject *subject)
{
	if (linux_probe(subject, words->answers))
		return 0;
	for (int i = LINUX_PROBES - 1; i >= 0; i--)
		if (!words->answers[i].fits)
			snprintf(
				words->object.fault, sizeof(words->object.fault),
				"its mm/vma.c is of another profile than 6.12, for which there are "
				"no system calls here yet: %s, %s",
				words->answers[i].row, words->answers[i].text);
	subject->destroy(subject);
	return -ENOTSUP;
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
	if (!error)
		error = ask(words(), *ret);
	if (!error)
		name_it(words(), *ret);
	if (error && object->fault[0])
		*why = object->fault;
	return error;
}
