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
	case OP_VM_BRK:
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

/* A rule that is about some flags is one thing; of others the first that is wrong: "wr-ac". */
static void part_of_flags(const struct verdict *verdict, char *part, size_t room)
{
	if (strcmp(verdict->rule, "FLG-2") == 0)
		snprintf(part, room, "%s", verdict->rule);
	else
		snprintf(part, room, "%.2s", verdict->detail);
}

/* Every operation that merges gives up in the same code. */
static bool lacked_memory_to_merge(const struct trial_answer *answer)
{
	const struct merge_account *account = &answer->account;

	return answer->merged &&
	       (account->left == SIDE_NO_MEMORY || account->right == SIDE_NO_MEMORY);
}

/* Who gave up answers so; but munlockall never fails, and shows by its flags that it did. */
static enum verdict_class class_of(const struct trial_answer *answer)
{
	bool gave_up = lacked_memory_to_merge(answer);
	enum verdict_class class = answer->verdict.class;

	return gave_up && class == VERDICT_WRONG_FLAGS ? VERDICT_WRONG_RESULT : class;
}

/*
 * By class: where a wrong page tells which part is wrong (flags, a guard marker), that part;
 * where the way through the code tells more (merges, offsets, results), the family.
 */
static void part_of(const struct program *program, const struct trial_answer *answer, char *part,
		    size_t room)
{
	const struct verdict *verdict = &answer->verdict;
	const char *family = family_of(program, verdict->op);

	if (lacked_memory_to_merge(answer))
		family = "merge";
	switch (class_of(answer)) {
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
		part_of_flags(verdict, part, room);
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

void triage_key(const struct program *program, const struct trial_answer *answer,
		char key[TRIAGE_KEY])
{
	char part[TRIAGE_KEY - 32];

	part_of(program, answer, part, sizeof(part));
	snprintf(key, TRIAGE_KEY, "%s-%s%s", verdict_class_word(class_of(answer)), part,
		 needs_failing_allocation(program) ? "-alloc" : "");
	for (char *p = key; *p; p++)
		if (*p == '/' || *p == ' ')
			*p = '-';
}

/* triage->bugs if there is none. */
static size_t find(const struct triage *triage, const char *key)
{
	size_t i = 0;

	while (i < triage->bugs && strcmp(triage->bug[i].key, key) != 0)
		i++;
	return i;
}

static void bug_done(struct triage_bug *bug)
{
	program_done(&bug->program);
	for (size_t i = 0; i < bug->files; i++)
		free(bug->file[i]);
	free(bug->file);
}

static struct triage_bug *find_or_add(struct triage *triage, const char *key)
{
	struct triage_bug *more, *bug;
	size_t known = find(triage, key);

	if (known < triage->bugs)
		return &triage->bug[known];
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

/* Takes the line. */
static int add_line(struct triage_bug *bug, char *line)
{
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
	bug->file[bug->files++] = line;
	return 0;
}

static int add_file(struct triage_bug *bug, const char *file, const char *signature)
{
	size_t room = strlen(file) + strlen(signature) + 2;
	char *line = malloc(room);

	if (line)
		snprintf(line, room, "%s %s", signature, file);
	return add_line(bug, line);
}

int triage_add(struct triage *triage, const char *file, const struct program *minimized,
	       const struct trial_answer *answer)
{
	struct triage_bug *bug;
	char key[TRIAGE_KEY];

	triage_key(minimized, answer, key);
	bug = find_or_add(triage, key);
	if (!bug)
		return -ENOMEM;
	triage->failing++;
	if (!bug->files || simplify_cost(minimized) < simplify_cost(&bug->program)) {
		bug->verdict = answer->verdict;
		if (program_copy(&bug->program, minimized))
			return -ENOMEM;
	}
	return add_file(bug, file, answer->verdict.signature);
}

static int kind_of(const struct program *program, const struct verdict *verdict)
{
	return verdict->op < program->op_count ? program->ops[verdict->op].kind : -1;
}

/* The same, or its first step: what maps unmaps what is in its way. */
static bool is_step_of(int kind, int whole)
{
	return kind == whole || (kind == OP_MUNMAP && (whole == OP_MMAP || whole == OP_MREMAP));
}

size_t triage_inside(const struct triage *triage, size_t index, const struct program *simpler,
		     const struct trial_answer *answer)
{
	const struct triage_bug *bug = &triage->bug[index];
	char key[TRIAGE_KEY];
	size_t found;

	if (!is_step_of(kind_of(simpler, &answer->verdict),
			kind_of(&bug->program, &bug->verdict)) ||
	    needs_failing_allocation(&bug->program) != needs_failing_allocation(simpler))
		return index;
	triage_key(simpler, answer, key);
	found = find(triage, key);
	return found < triage->bugs ? found : index;
}

int triage_join(struct triage *triage, size_t from, size_t to)
{
	struct triage_bug *bug = &triage->bug[from];
	int error = 0;

	for (size_t i = 0; i < bug->files && !error; i++) {
		error = add_line(&triage->bug[to], bug->file[i]);
		bug->file[i] = NULL;
	}
	bug_done(bug);
	memmove(bug, bug + 1, (triage->bugs - from - 1) * sizeof(*bug));
	triage->bugs--;
	return error;
}

static int compare_bugs(const void *a, const void *b)
{
	const struct triage_bug *x = a, *y = b;
	uint64_t cost_x = simplify_cost(&x->program), cost_y = simplify_cost(&y->program);

	return cost_x != cost_y ? (cost_x < cost_y ? -1 : 1) : strcmp(x->key, y->key);
}

void triage_sort(struct triage *triage)
{
	if (triage->bugs)
		qsort(triage->bug, triage->bugs, sizeof(*triage->bug), compare_bugs);
}

void triage_done(struct triage *triage)
{
	for (size_t i = 0; i < triage->bugs; i++)
		bug_done(&triage->bug[i]);
	free(triage->bug);
	triage->bug = NULL;
	triage->bugs = 0;
}
