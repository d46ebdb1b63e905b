/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _POSIX_C_SOURCE 200809L
#include "goals.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

/* ------------------------------------------------------------------ things */

struct list {
	struct thing *thing;
	size_t count, capacity;
	bool failed;
};

static struct thing *add(struct list *list, uint64_t count)
{
	struct thing *grown;

	if (list->count == list->capacity) {
		list->capacity = list->capacity ? 2 * list->capacity : 256;
		grown = realloc(list->thing, list->capacity * sizeof(*grown));
		list->failed |= !grown;
		if (!grown)
			return NULL;
		list->thing = grown;
	}
	list->thing[list->count].count = count;
	return &list->thing[list->count++];
}

static void add_named(struct list *list, const char *kind, const char *name, uint64_t count)
{
	struct thing *thing = count && !list->failed ? add(list, count) : NULL;

	if (thing)
		snprintf(thing->name, sizeof(thing->name), "%s %s", kind, name);
}

static void add_decisions(struct list *list, const struct case_counts *counts)
{
	/* By number, that is in one order whoever came first; odd ones are cases. */
	for (uint32_t i = 1; i < UINT32_C(1) << MERGE_DECISION_BITS; i += 2) {
		uint64_t count = counts->decision[i];
		char text[MERGE_CASE_TEXT];

		if (!count)
			continue;
		merge_decision_print(i, text);
		add_named(list, "merge", text, count);
	}
}

static void add_errnos(struct list *list, const struct case_counts *counts)
{
	char text[64];

	for (unsigned int kind = 0; kind < OP_KINDS; kind++)
		for (int error = 1; error < CASE_ERRNOS; error++) {
			if (!counts->errnos[kind][error] || !errno_name(error))
				continue;
			snprintf(text, sizeof(text), "%s %s", op_kind_name((enum op_kind)kind),
				 errno_name(error));
			add_named(list, "errno", text, counts->errnos[kind][error]);
		}
}

struct thing *things_of(const struct case_counts *counts, size_t *count)
{
	struct list list = { .count = 0 };

	add_decisions(&list, counts);
	add_errnos(&list, counts);
	for (unsigned int i = 0; i < EVENT_KINDS; i++)
		add_named(&list, "event", event_name((uint8_t)i), counts->events[i]);
	for (size_t i = 1; i < model_cases() && i < STATISTICS_CASES; i++)
		add_named(&list, "rule", model_case_id(i), counts->statistics.cases[i]);
	*count = list.count;
	if (list.thing && !list.failed)
		return list.thing;
	free(list.thing);
	return list.failed ? NULL : calloc(1, sizeof(struct thing));
}

/* ------------------------------------------------------------------ goals */

static int add_goal(struct goals *goals, const char *name, size_t length, const char *reason)
{
	struct goal *grown = realloc(goals->goal, (goals->count + 1) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	goals->goal = grown;
	grown += goals->count++;
	*grown = (struct goal){ .name = strndup(name, length) };
	if (reason)
		grown->reason = strdup(reason);
	return grown->name && (grown->reason || !reason) ? 0 : -ENOMEM;
}

static bool has_kind(const char *name)
{
	static const char *const kinds[] = { "merge ", "errno ", "event ", "rule " };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strncmp(name, kinds[i], strlen(kinds[i])) == 0)
			return true;
	return false;
}

/* 0, -ENOMEM, or -EINVAL with what was expected. */
static int take_line(struct goals *goals, char *line, const char **expected)
{
	bool never = strncmp(line, "never ", strlen("never ")) == 0;
	size_t length = strcspn(line, "#\n");
	const char *reason = NULL;

	if (!never)
		line[length] = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (never) {
		line += strlen("never ");
		reason = strstr(line, "    ");
		*expected = "`never PATTERN', four blanks and a reason";
		if (!reason)
			return -EINVAL;
		length = (size_t)(reason - line);
		reason += strspn(reason, " ");
	} else {
		while (length && line[length - 1] == ' ')
			length--;
		if (!length)
			return 0;
	}
	*expected = "merge, errno, event, rule or never";
	if (!has_kind(line))
		return -EINVAL;
	return add_goal(goals, line, length, reason);
}

int goals_read(struct goals *goals, const char *path, char *message, size_t room)
{
	FILE *file = fopen(path, "r");
	char line[512];
	unsigned int number = 0;
	int error = 0;

	*goals = (struct goals){ .count = 0 };
	if (!file) {
		error = -errno;
		snprintf(message, room, "%s: %s", path, strerror(errno));
		return error;
	}
	while (!error && fgets(line, sizeof(line), file)) {
		const char *expected = "";

		number++;
		error = take_line(goals, line, &expected);
		if (error)
			snprintf(message, room, "%s:%u: expected %s", path, number,
				 error == -ENOMEM ? "memory" : expected);
	}
	fclose(file);
	if (error)
		goals_done(goals);
	return error;
}

void goals_done(struct goals *goals)
{
	for (size_t i = 0; i < goals->count; i++) {
		free(goals->goal[i].name);
		free(goals->goal[i].reason);
	}
	free(goals->goal);
	*goals = (struct goals){ .count = 0 };
}

void goals_count(struct goals *goals, const struct thing *things, size_t count)
{
	for (size_t i = 0; i < goals->count; i++) {
		struct goal *goal = &goals->goal[i];

		for (size_t j = 0; j < count; j++)
			if (fnmatch(goal->name, things[j].name, 0) == 0)
				goal->count += things[j].count;
	}
}
