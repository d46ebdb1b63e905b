/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which crashes are the same bug. */
#include "triage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "simplify.h"

/* Operations that go through the same part of what is under test. */
static const char *family_of(const struct program *program, uint32_t op)
{
	if (op == VERDICT_AT_BEGIN)
		return "begin";
	if (op >= program->op_count)
		return "exit";
	switch (program->ops[op].kind) {
	case OP_MMAP:
	case OP_MUNMAP:
	case OP_BRK:
	case OP_REMAP_FILE_PAGES:
	case OP_SPECIAL:
	case OP_EXEC_STACK:
		return "map";
	case OP_MREMAP:
	case OP_RELOCATE_DOWN:
		return "move";
	case OP_TOUCH:
	case OP_FORK:
	case OP_EXIT:
		return op_kind_name((enum op_kind)program->ops[op].kind);
	default:
		return "modify";
	}
}

/* What a minimized program still needs, its failure needs. */
static bool needs_failing_allocation(const struct program *program)
{
	for (uint32_t i = 0; i < program->op_count; i++)
		if (program->ops[i].alloc_nth)
			return true;
	return false;
}

/*
 * By class: where a wrong page tells which part is wrong (flags, a guard marker), that part;
 * where the way through the code tells more (merges, offsets, results), the family.
 */
static void part_of(const struct program *program, const struct verdict *verdict, char *part,
		    size_t room)
{
	const char *family = family_of(program, verdict->op);

	switch (verdict->class) {
	case VERDICT_WRONG_RESULT:
		/* Which allocation failed decides what is answered. */
		if (needs_failing_allocation(program))
			snprintf(part, room, "%s", family);
		else
			snprintf(part, room, "%s-%s", family, verdict->detail);
		return;
	case VERDICT_MISSED_MERGE:
		/* Every operation that merges asks the same question. */
		snprintf(part, room, "MRG-1");
		return;
	case VERDICT_WRONG_FLAGS:
		snprintf(part, room, "%s", verdict->detail);
		return;
	case VERDICT_WRONG_MERGE:
	case VERDICT_WRONG_OFFSET:
	case VERDICT_WRONG_ANON:
	case VERDICT_WRONG_GUARD:
		snprintf(part, room, "%s", family);
		return;
	case VERDICT_CRASH:
		/* A function tells more than what it was called for. */
		if (strchr(verdict->rule, '@')) {
			snprintf(part, room, "%s", verdict->rule);
			return;
		}
		break;
	case VERDICT_INVALID_STATE:
	case VERDICT_WRONG_ACCOUNTING:
	case VERDICT_WRONG_COUNT:
		snprintf(part, room, "%s", verdict->rule);
		return;
	default:
		break;
	}
	snprintf(part, room, "%s-%s", family, verdict->rule);
}

void triage_key(const struct program *program, const struct verdict *verdict, char key[TRIAGE_KEY])
{
	char part[TRIAGE_KEY - 32];

	part_of(program, verdict, part, sizeof(part));
	snprintf(key, TRIAGE_KEY, "%s-%s%s", verdict_class_word(verdict->class), part,
		 needs_failing_allocation(program) ? "-alloc" : "");
	for (char *p = key; *p; p++)
		if (*p == '/' || *p == ' ')
			*p = '-';
}

static struct triage_bug *find_or_add(struct triage *triage, const char *key)
{
	struct triage_bug *more, *bug;

	for (size_t i = 0; i < triage->bugs; i++)
		if (strcmp(triage->bug[i].key, key) == 0)
			return &triage->bug[i];
	more = realloc(triage->bug, (triage->bugs + 1) * sizeof(*more));
	if (!more)
		return NULL;
	triage->bug = more;
	bug = &more[triage->bugs++];
	*bug = (struct triage_bug){ .mark = "open" };
	snprintf(bug->key, sizeof(bug->key), "%s", key);
	program_init(&bug->program);
	return bug;
}

static int add_file(struct triage_bug *bug, const char *file, const char *signature)
{
	size_t room = strlen(file) + strlen(signature) + 2;
	char *line = malloc(room);

	if (bug->files == bug->capacity) {
		size_t wanted = bug->capacity ? bug->capacity * 2 : 8;
		char **more = realloc(bug->file, wanted * sizeof(*more));

		if (more) {
			bug->file = more;
			bug->capacity = wanted;
		}
	}
	if (!line || bug->files == bug->capacity) {
		free(line);
		return -ENOMEM;
	}
	snprintf(line, room, "%s %s", signature, file);
	bug->file[bug->files++] = line;
	return 0;
}

int triage_add(struct triage *triage, const char *file, const struct program *minimized,
	       const struct verdict *verdict)
{
	struct triage_bug *bug;
	char key[TRIAGE_KEY];

	triage_key(minimized, verdict, key);
	bug = find_or_add(triage, key);
	if (!bug)
		return -ENOMEM;
	triage->failing++;
	if (!bug->files || simplify_cost(minimized) < simplify_cost(&bug->program)) {
		bug->verdict = *verdict;
		if (program_copy(&bug->program, minimized))
			return -ENOMEM;
	}
	return add_file(bug, file, verdict->signature);
}

void triage_done(struct triage *triage)
{
	for (size_t i = 0; i < triage->bugs; i++) {
		struct triage_bug *bug = &triage->bug[i];

		program_done(&bug->program);
		for (size_t j = 0; j < bug->files; j++)
			free(bug->file[j]);
		free(bug->file);
	}
	free(triage->bug);
	triage->bug = NULL;
	triage->bugs = 0;
}
