/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Leads the checks through one operation, and keeps what they have to remember. */
#include "invariants.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "compare_facts.h"
#include "invariants_look.h"
#include "seen_words.h"
#include "settings.h"

void invariants_begin(struct invariants *memory, const struct settings *settings)
{
	*memory = (struct invariants){ .limit = settings->limit };
	for (unsigned int i = 0; i < INVARIANTS_SPACES; i++)
		memory->space[i].limit_as = RLIMIT_NONE;
	memory->space[0].limit_as = settings->rlimit[PROGRAM_RLIMIT_AS];
}

bool breaks(const struct look *look, enum rule rule, uint32_t space, uint32_t page,
	    const char *format, ...)
{
	char message[sizeof(look->verdict->message)];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	verdict_set(look->verdict, look->c, VERDICT_INVALID_STATE, rule_id(rule), message);
	look->verdict->space = space;
	look->verdict->page = page;
	return false;
}

bool op_places(const struct op *op)
{
	return op->kind == OP_MMAP || op->kind == OP_MREMAP || op->kind == OP_BRK ||
	       op->kind == OP_REMAP_FILE_PAGES || op->kind == OP_VM_BRK;
}

const struct seen_vma *vma_at(const struct seen_space *space, uint32_t page)
{
	uint32_t low = 0, high = space->vmas;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (space->vma[middle].end <= page)
			low = middle + 1;
		else
			high = middle;
	}
	return low < space->vmas && space->vma[low].start <= page ? &space->vma[low] : NULL;
}

const struct seen_vma *vma_across(const struct seen_space *space, uint32_t edge)
{
	const struct seen_vma *vma = vma_at(space, edge);

	return vma && vma->start < edge ? vma : NULL;
}

bool tuples_alike(const struct look *look, const struct piece *piece, uint64_t loose)
{
	const struct seen_vma *old = piece->old, *now = piece->now;

	if ((old->flags ^ now->flags) & ~(look->ignored | loose))
		return false;
	if (!files_alike(old->file, now->file) || old->policy != now->policy ||
	    old->name != now->name)
		return false;
	if (!(loose & LOOK_UFFD) && old->uffd != now->uffd)
		return false;
	return !old->file ||
	       old->pgoff + (piece->start - old->start) == now->pgoff + (piece->start - now->start);
}

bool spaces_same(const struct seen_space *a, const struct seen_space *b, uint32_t pages)
{
	if (a->vmas != b->vmas || a->vma_count != b->vma_count || a->total_vm != b->total_vm ||
	    a->data_vm != b->data_vm || a->exec_vm != b->exec_vm || a->stack_vm != b->stack_vm ||
	    a->locked_vm != b->locked_vm || a->committed != b->committed)
		return false;
	for (uint32_t i = 0; i < a->vmas; i++)
		if (seen_words_differ(seen_words_of(&a->vma[i]), seen_words_of(&b->vma[i])))
			return false;
	return !memcmp(a->guard, b->guard, (pages + 63) / 64 * sizeof(*a->guard));
}

/* What later checks must know. The result is in look->c->seen. */
static void remember(const struct look *look)
{
	const struct op *op = look->op;
	struct invariants *memory = look->memory;
	const struct seen_result *result = &look->c->seen->result;
	uint64_t count = look->old ? (uint64_t)look->old->vma_count : 0;

	if (!look->done)
		return;
	switch (op->kind) {
	case OP_LIMIT:
		memory->limit = op->nodes;
		if (op->how == LIMIT_ABOVE)
			memory->limit = count + op->nodes;
		else if (op->how == LIMIT_BELOW)
			memory->limit = count > op->nodes ? count - op->nodes : 0;
		break;
	case OP_RLIMIT:
		if (op->how == PROGRAM_RLIMIT_AS)
			memory->space[op->space].limit_as = op->nodes;
		break;
	case OP_BRK:
		memory->space[op->space].brk = result->value;
		break;
	case OP_MLOCKALL:
		memory->space[op->space].lock_future = op->mode & 2;
		break;
	case OP_MUNLOCKALL:
		memory->space[op->space].lock_future = false;
		break;
	case OP_FORK:
		for (unsigned int i = 0; i < PROGRAM_SPACES; i++) {
			const struct seen_space *child = &look->c->seen->space[i];

			if (!child->alive || observation_space(look->c->before, child->number))
				continue;
			memory->space[child->number] = memory->space[op->space];
			memory->space[child->number].lock_future = false;
		}
		break;
	default:
		break;
	}
}

static void look_at(struct look *look)
{
	const struct comparison *c = look->c;
	const struct settings *settings = &c->program->settings;
	const struct seen_result *result = &c->seen->result;

	look->profile = (enum profile)settings->profile;
	look->quirks = settings_quirk_rows(settings);
	look->ignored = flags_ignored(look->profile);
	if (!profile_before_6_18(look->profile))
		look->sticky = VM_FLAG(gu);
	if (look->profile == PROFILE_7_3 && settings->softdirty == SETTING_ON)
		look->sticky |= VM_FLAG(sd);
	if (c->index >= VERDICT_AT_END)
		return;
	look->op = &c->program->ops[c->index];
	look->done = result->form == RESULT_VALUE;
	look->failed = result->form == RESULT_ERRNO;
	look->injected = c->seen->alloc_failed;
	look->stayed = look->op->kind == OP_BRK && look->done &&
		       result->value == look->memory->space[look->op->space].brk;
	look->old = observation_space(c->before, look->op->space);
	look->now = observation_space(c->seen, look->op->space);
	if (look->old && (look->done || look->failed))
		name_pages(look);
}

/* How many anon_vmas there are: they are numbered from 1. */
static uint32_t count_anon_vmas(const struct observation *seen)
{
	uint32_t most = 0;

	for (unsigned int i = 0; i < PROGRAM_SPACES; i++)
		for (uint32_t j = 0; seen->space[i].alive && j < seen->space[i].vmas; j++)
			if (seen->space[i].vma[j].anon > most)
				most = seen->space[i].vma[j].anon;
	return most;
}

/* Only the core can look for what is left of an anon_vma that should have gone. */
static void count_ends(const struct look *look)
{
	const struct comparison *c = look->c;

	if (c->before && count_anon_vmas(c->before) > count_anon_vmas(c->seen))
		exercise(look, RULE_ANV_6);
}

static bool states_hold(const struct look *look)
{
	for (unsigned int i = 0; i < PROGRAM_SPACES; i++) {
		const struct seen_space *space = &look->c->seen->space[i];

		if (space->alive && !state_holds(look, space))
			return false;
	}
	return true;
}

bool invariants_hold(struct invariants *memory, const struct comparison *comparison,
		     uint64_t exercised[RULES], struct verdict *verdict)
{
	struct look look = {
		.memory = memory,
		.c = comparison,
		.exercised = exercised,
		.verdict = verdict,
	};
	bool holds;

	if ((comparison->facts & FACT_ALL) != FACT_ALL)
		return true;
	look_at(&look);
	count_ends(&look);
	if (comparison->index == VERDICT_AT_END)
		return hooks_hold(&look);
	holds = states_hold(&look);
	if (look.op && holds)
		holds = pages_hold(&look) && edges_hold(&look) && merges_hold(&look) &&
			hooks_hold(&look) && answer_holds(&look) && fork_holds(&look);
	if (look.op)
		remember(&look);
	return holds;
}
