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
#define PROFILE ",profile="
#define WITHOUT ",without="
#define PATH_LINE 1600
#define OPTIONS_ROOM 80
#define PROBE_SECONDS 10.0

static const char *const features[LINUX_FEATURES] = {
	[LINUX_NAMES] = "names",
	[LINUX_SOFTDIRTY] = "softdirty",
	[LINUX_UFFD] = "uffd",
	[LINUX_NUMA] = "numa",
};

/* "uffd+numa" as bits; 0 if it is no such list. */
static unsigned int parse_features(const char *text)
{
	unsigned int bits = 0;

	for (;; text++) {
		size_t length = strcspn(text, "+"), i = 0;

		while (i < LINUX_FEATURES &&
		       (strlen(features[i]) != length || strncmp(features[i], text, length) != 0))
			i++;
		if (i == LINUX_FEATURES)
			return 0;
		bits |= 1u << i;
		text += length;
		if (!*text)
			return bits;
	}
}

static bool starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* Profiles that there are walkers for: what lies outside mm/vma.c differs as well. */
static const uint8_t walked[] = { PROFILE_6_12, PROFILE_7_3 };
#define WALKED "6.12 or 7.3"

static bool parse_profile(const char *text, uint8_t *ret)
{
	for (size_t i = 0; i < sizeof(walked); i++)
		if (strcmp(profile_name((enum profile)walked[i]), text) == 0) {
			*ret = walked[i];
			return true;
		}
	return false;
}

/* Takes what stands behind the last comma, if it is ours. False if it is ours and wrong. */
static bool take_option(struct linux_object *object, bool *took)
{
	char *comma = strrchr(object->tree, ',');
	unsigned int bits;

	*took = comma && (starts_with(comma, PROFILE) || starts_with(comma, WITHOUT));
	if (!*took)
		return true;
	if (starts_with(comma, PROFILE)) {
		bits = parse_profile(comma + strlen(PROFILE), &object->profile);
		object->profile_given = true;
	} else {
		bits = parse_features(comma + strlen(WITHOUT));
		object->without |= bits;
	}
	*comma = '\0';
	return bits;
}

/* False if it is no name of such a subject. */
static bool parse_name(const char *name, struct linux_object *object)
{
	size_t length = strlen(name);
	bool took = true;

	*object = (struct linux_object){ .profile_given = false };
	if (!starts_with(name, PREFIX) || length >= sizeof(object->tree))
		return false;
	memcpy(object->tree, name + strlen(PREFIX), length - strlen(PREFIX) + 1);
	while (took)
		if (!take_option(object, &took))
			return false;
	return object->tree[0];
}

/* ",without=uffd+numa", as much as there is. */
static void print_options(const struct linux_object *object, char text[OPTIONS_ROOM])
{
	const char *before = WITHOUT;
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < LINUX_FEATURES; i++) {
		if (!(object->without >> i & 1))
			continue;
		used += (size_t)snprintf(text + used, OPTIONS_ROOM - used, "%s%s", before,
					 features[i]);
		before = "+";
	}
	if (object->profile_given)
		snprintf(text + used, OPTIONS_ROOM - used, PROFILE "%s",
			 profile_name((enum profile)object->profile));
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
	char spelled[sizeof(PREFIX) + 1024 + OPTIONS_ROOM], options[OPTIONS_ROOM], origin[640];
	struct linux_answer answers[LINUX_PROBES];
} * words(void)
{
	static struct words one;

	return &one;
}

static void describe_answer(const struct linux_answer *answer,
			    void (*line)(void *to, const char *text), void *to)
{
	char text[PATH_LINE], fits[64] = " none";
	size_t used = 0;

	if (!answer->row)
		return; /* it did not survive the question */
	for (unsigned int profile = 0; profile < PROFILES_SPECIFIED; profile++)
		if (answer->fits >> profile & 1)
			used += (size_t)snprintf(fits + used, sizeof(fits) - used, "%s %s",
						 used ? "," : "",
						 profile_name((enum profile)profile));
	snprintf(text, sizeof(text), "linux: %-4s %s: %" PRIu32 " VMAs, as%s", answer->row,
		 answer->text, answer->vmas, fits);
	line(to, text);
}

static void describe(struct subject *self, void (*line)(void *to, const char *text), void *to)
{
	const struct words *all = words();
	char text[PATH_LINE];

	snprintf(text, sizeof(text), "linux: Linux %s in %s", all->object.version,
		 all->object.tree);
	line(to, text);
	snprintf(text, sizeof(text), "linux: built as %s", all->object.path);
	line(to, text);
	for (size_t i = 0; i < LINUX_FEATURES; i++) {
		snprintf(text, sizeof(text), "linux: configured %s %s",
			 all->object.without >> i & 1 ? "without" : "with", features[i]);
		line(to, text);
	}
	line(to,
	     "linux: mm/vma.c, what was split off from it, and lib/maple_tree.c are the tree's; "
	     "the system calls that lie outside them are ours");
	linux_probe_names(all->object.tree, line, to);
	for (int i = 0; i < LINUX_PROBES; i++)
		describe_answer(&all->answers[i], line, to);
	snprintf(text, sizeof(text), "linux: taken for a kernel of profile %s",
		 profile_name((enum profile)self->default_profile));
	line(to, text);
}

static void name_it(struct words *words, struct subject *subject)
{
	const char *version = words->object.version;

	print_options(&words->object, words->options);
	snprintf(words->spelled, sizeof(words->spelled), PREFIX "%s%s", words->object.tree,
		 words->options);
	snprintf(words->origin, sizeof(words->origin),
		 "mm/vma.c and lib/maple_tree.c of Linux %s%s; the system calls around them are "
		 "ours",
		 version[0] ? version : "of no version", words->options);
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

/* The first answer that is not that profile's, or NULL. */
static const struct linux_answer *unlike(const struct words *words, uint8_t profile)
{
	for (int i = 0; i < LINUX_PROBES; i++)
		if (words->answers[i].row && !(words->answers[i].fits >> profile & 1))
			return &words->answers[i];
	return NULL;
}

/* Which profile the tree has. */
static int ask(struct words *words, struct subject *subject)
{
	struct asking asking = { subject, isolate_share(sizeof(*asking.shared)) };
	struct isolate_result result;
	const struct linux_answer *other;

	if (!asking.shared)
		return -ENOMEM;
	isolate_run_as(ISOLATE_QUIET, ask_in_child, &asking, &asking.shared->beat, PROBE_SECONDS,
		       &result);
	memcpy(words->answers, asking.shared->answers, sizeof(words->answers));
	isolate_unshare(asking.shared, sizeof(*asking.shared));
	if (words->object.profile_given) {
		subject->default_profile = words->object.profile;
		return 0;
	}
	for (size_t i = 0; i < sizeof(walked); i++)
		if (!unlike(words, walked[i])) {
			subject->default_profile = walked[i];
			return 0;
		}
	/* The one that its shims were built for is the nearest. */
	other = unlike(words, subject->default_profile);
	snprintf(words->object.fault, sizeof(words->object.fault),
		 "its mm/vma.c is of no profile that there are system calls for here (" WALKED
		 "): %s, %s, is not as %s; ,profile=%s behind its name holds it to that one",
		 other->row, other->text, profile_name((enum profile)subject->default_profile),
		 profile_name((enum profile)subject->default_profile));
	return -ENOTSUP;
}

int subject_linux_create(const char *name, struct subject **ret, const char **why)
{
	struct linux_object *object = &words()->object;
	int error;

	if (!parse_name(name, object)) {
		*why = "expected linux=TREE[,without=names+softdirty+uffd+numa][,profile=" WALKED
		       "]";
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
