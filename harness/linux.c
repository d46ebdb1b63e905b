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

#include "isolate.h"
#include "linux_probe.h"
#include "subject.h"

#define PREFIX "linux="
#define PROFILE "profile="
#define PATH_LINE 1600
#define PROBE_SECONDS 10.0

/* The word behind the last comma of the tree's name says more of it; true if it did. */
static bool take_option(struct linux_object *object)
{
	char *comma = strrchr(object->tree, ',');

	if (!comma || strcmp(comma + 1, PROFILE "6.12") != 0)
		return false;
	object->profile_given = true;
	*comma = '\0';
	return true;
}

/* False if it is no name of such a subject. */
static bool parse_name(const char *name, struct linux_object *object)
{
	size_t length = strlen(name);

	*object = (struct linux_object){ .profile_given = false };
	if (strncmp(name, PREFIX, sizeof(PREFIX) - 1) != 0 || length >= sizeof(object->tree))
		return false;
	memcpy(object->tree, name + sizeof(PREFIX) - 1, length - sizeof(PREFIX) + 2);
	while (take_option(object))
		;
	return object->tree[0];
}

bool subject_is_linux(const char *name)
{
	struct linux_object object;

	return parse_name(name, &object);
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
	char spelled[sizeof(PREFIX) + 1024 + 64], origin[512];
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

		if (!answer->row)
			break; /* it did not survive the question */
		snprintf(text, sizeof(text), "linux: %-4s %s: %" PRIu32 " VMAs, %s", answer->row,
			 answer->text, answer->vmas, answer->fits ? "as 6.12" : "not as 6.12");
		line(to, text);
	}
}

static void name_it(struct words *words, struct subject *subject)
{
	const char *version = words->object.version;

	snprintf(words->spelled, sizeof(words->spelled), PREFIX "%s%s", words->object.tree,
		 words->object.profile_given ? "," PROFILE "6.12" : "");
	snprintf(words->origin, sizeof(words->origin),
		 "mm/vma.c and lib/maple_tree.c of Linux %s; the system calls around them are ours",
		 version[0] ? version : "of no version");
	subject->spelled = words->spelled;
	subject->origin = words->origin;
	subject->describe = describe;
}

/* Asked in a child: what a tree does wrong is for programs to find, and no end of ours. */
struct asking {
	struct subject *subject;
	struct shared {
		uint64_t beat;
		struct linux_answer answers[LINUX_PROBES];
	} * shared;
};

static int ask_in_child(void *context)
{
	const struct asking *asking = context;

	linux_probe(asking->subject, asking->shared->answers);
	return 0;
}

/* What lies outside mm/vma.c has walkers for one profile only. */
static int ask(struct words *words, struct subject *subject)
{
	struct asking asking = { subject, isolate_share(sizeof(*asking.shared)) };
	struct isolate_result result;
	const struct linux_answer *other = NULL;

	if (!asking.shared)
		return -ENOMEM;
	isolate_run_as(ISOLATE_QUIET, ask_in_child, &asking, &asking.shared->beat, PROBE_SECONDS,
		       &result);
	memcpy(words->answers, asking.shared->answers, sizeof(words->answers));
	isolate_unshare(asking.shared, sizeof(*asking.shared));
	for (int i = LINUX_PROBES - 1; i >= 0; i--)
		if (words->answers[i].row && !words->answers[i].fits)
			other = &words->answers[i];
	if (!other || words->object.profile_given)
		return 0;
	snprintf(
		words->object.fault, sizeof(words->object.fault),
		"its mm/vma.c is of another profile than 6.12, for which there are no system calls "
		"here yet: %s, %s; ,profile=6.12 behind its name holds it to that one",
		other->row, other->text);
	return -ENOTSUP;
}

int subject_linux_create(const char *name, struct subject **ret, const char **why)
{
	struct linux_object *object = &words()->object;
	int error;

	if (!parse_name(name, object)) {
		*why = "expected linux=TREE or linux=TREE,profile=6.12";
		return -EINVAL;
	}
	error = linux_object_make(object);
	if (!error)
		error = load(object, ret);
	if (!error) {
		error = ask(words(), *ret);
		if (error)
			(*ret)->destroy(*ret);
	}
	if (!error)
		name_it(words(), *ret);
	if (error && object->fault[0])
		*why = object->fault;
	return error;
}
