/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables and the file of ids out of reach; who counts what is not known here. */
#define _POSIX_C_SOURCE 200809L
#include "rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

struct rule_row {
	const char *id, *sentence, *by;
};

static const struct rule_row rows[RULES] = {
#define X(symbol, id, sentence, by) [RULE_##symbol] = { id, sentence, by },
#include "rules.def"
#undef X
};

const char *rule_id(enum rule rule)
{
	return rows[rule].id;
}

const char *rule_sentence(enum rule rule)
{
	return rows[rule].sentence;
}

const char *rule_by(enum rule rule)
{
	return rows[rule].by;
}

const char *rule_text(const char *id)
{
	for (size_t i = 0; i < RULES; i++)
		if (!strcmp(rows[i].id, id))
			return rows[i].sentence;
	return NULL;
}

size_t rules_count(void)
{
	return RULES + model_cases() - 1;
}

const char *rules_id(size_t index)
{
	return index < RULES ? rows[index].id : model_case_id(index - RULES + 1);
}

const char *rules_text(size_t index)
{
	return index < RULES ? rows[index].sentence : model_case_text(index - RULES + 1);
}

/* Ids of cases hold blanks, and one may begin like another: the longest that fits. */
static size_t find_id(const char *line, size_t *length)
{
	size_t found = rules_count();

	*length = 0;
	for (size_t i = 0; i < rules_count(); i++) {
		size_t here = strlen(rules_id(i));

		if (here > *length && !strncmp(line, rules_id(i), here) &&
		    (line[here] == ' ' || line[here] == '\t')) {
			*length = here;
			found = i;
		}
	}
	return found;
}

/* What is wrong with the line, or NULL. */
static const char *take_line(struct unreachable *unreachable, char *line)
{
	size_t length, index;
	char *reason;

	line[strcspn(line, "\r\n")] = '\0';
	if (!line[0] || line[0] == '#')
		return NULL;
	index = find_id(line, &length);
	if (index == rules_count())
		return "expected the id of a rule, blanks and a reason";
	if (unreachable->reason[index])
		return "this id has a reason already";
	reason = line + length + strspn(line + length, " \t");
	if (!*reason)
		return "expected a reason after the id";
	unreachable->reason[index] = strdup(reason);
	return unreachable->reason[index] ? NULL : "out of memory";
}

static int read_lines(struct unreachable *unreachable, FILE *in, const char *path, char *message,
		      size_t room)
{
	char *line = NULL;
	size_t capacity = 0;
	int number = 0, error = 0;

	while (!error && getline(&line, &capacity, in) >= 0) {
		const char *wrong = take_line(unreachable, line);

		number++;
		if (wrong) {
			snprintf(message, room, "%s:%d: %s", path, number, wrong);
			error = -EINVAL;
		}
	}
	if (!error && ferror(in)) {
		snprintf(message, room, "%s: cannot be read", path);
		error = -EIO;
	}
	free(line);
	return error;
}

int unreachable_read(struct unreachable *unreachable, const char *path, char *message, size_t room)
{
	FILE *in = fopen(path, "r");
	int error;

	unreachable->reason = NULL;
	if (!in) {
		error = errno;
		snprintf(message, room, "%s: cannot be read: %s", path, strerror(error));
		return -error;
	}
	unreachable->reason = calloc(rules_count(), sizeof(*unreachable->reason));
	if (unreachable->reason) {
		error = read_lines(unreachable, in, path, message, room);
	} else {
		snprintf(message, room, "out of memory");
		error = -ENOMEM;
	}
	fclose(in);
	if (error)
		unreachable_done(unreachable);
	return error;
}

void unreachable_done(struct unreachable *unreachable)
{
	for (size_t i = 0; unreachable->reason && i < rules_count(); i++)
		free(unreachable->reason[i]);
	free(unreachable->reason);
	unreachable->reason = NULL;
}
