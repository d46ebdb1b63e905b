/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limits: how many VMAs, how many pages, and what a refusal leaves and tells. */
#include <errno.h>
#include <inttypes.h>

#include "invariants_look.h"

#define HEADROOM_7_3 4 /* VMAs that every mremap() needs to be allowed */

/* These are made whatever the limit says. */
static bool ignores_limit(const struct op *op)
{
	return op->kind == OP_SPECIAL || op->kind == OP_EXEC_STACK || op->kind == OP_FORK ||
	       op->kind == OP_EXIT;
}

static bool exceeds_limit(const struct look *look)
{
	const struct op *op = look->op;

	return op->kind == OP_MMAP || op->kind == OP_BRK || op->kind == OP_VM_BRK ||
	       op->kind == OP_REMAP_FILE_PAGES ||
	       (op->kind == OP_MREMAP && look->profile != PROFILE_7_3);
}

static bool count_holds(const struct look *look)
{
	uint64_t before = (uint64_t)look->old->vma_count, now = (uint64_t)look->now->vma_count;
	uint64_t limit = look->memory->limit, bound = exceeds_limit(look) ? limit + 1 : limit;

	/* A failed operation may leave its splits behind. */
	if (!look->done || look->stayed || ignores_limit(look->op) || look->op->kind == OP_LIMIT)
		return true;
	if (before + 1 >= limit)
		exercise(look, RULE_LIM_1);
	if (now <= before || now <= bound)
		return true;
	return breaks(look, RULE_LIM_1, look->op->space, VERDICT_NO_PAGE,
		      "%" PRIu64 " VMAs, %" PRIu64 " before, the limit is %" PRIu64, now, before,
		      limit);
}

static uint32_t slot_events(const struct look *look)
{
	const struct observation *seen = look->c->seen;
	uint32_t events = 0;

	for (uint32_t i = 0; i < seen->events; i++)
		events += seen->event[i].kind == EVENT_INSUFFICIENT_SLOTS;
	return events;
}

/* Refusals at the entry of an operation, where nothing has been done. */
static bool refused_at_entry(const struct look *look, uint32_t events)
{
	uint64_t before = (uint64_t)look->old->vma_count, limit = look->memory->limit;
	const struct seen_result *result = &look->c->seen->result;

	switch (look->op->kind) {
	case OP_MMAP:
		return look->failed && events;
	case OP_MREMAP:
		return look->failed && events && look->profile == PROFILE_7_3 &&
		       before + HEADROOM_7_3 > limit;
	case OP_MUNMAP:
		return look->failed && result->error == ENOMEM && !look->injected;
	case OP_BRK:
		/* A heap that cannot shrink may have been cut. */
		return look->stayed && before > limit &&
		       place_address(&look->c->program->settings, look->op->addr) >
			       PROGRAM_BASE + result->value;
	default:
		return false;
	}
}

static bool refusal_holds(const struct look *look, uint32_t events)
{
	if (!refused_at_entry(look, events))
		return true;
	exercise(look, RULE_LIM_2);
	return spaces_same(look->old, look->now, look->c->program->settings.pages) ||
	       breaks(look, RULE_LIM_2, look->op->space, VERDICT_NO_PAGE,
		      "the limit on VMAs refused the operation, and something changed");
}

static bool may_tell_of_slots(const struct op *op)
{
	return op_modifies(op) || op->kind == OP_MMAP || op->kind == OP_MREMAP ||
	       op->kind == OP_REMAP_FILE_PAGES;
}

static bool told_once(const struct look *look, uint32_t events)
{
	const struct seen_result *result = &look->c->seen->result;

	if (events || (look->old && (uint64_t)look->old->vma_count >= look->memory->limit))
		exercise(look, RULE_LIM_3);
	if (!events)
		return true;
	if (events > 1 || !may_tell_of_slots(look->op) || result->form != RESULT_ERRNO ||
	    (result->error != ENOMEM && result->error != EAGAIN))
		return breaks(look, RULE_LIM_3, look->op->space, VERDICT_NO_PAGE,
			      "%" PRIu32 " trace events of an operation that was %s", events,
			      look->failed ? "refused" : "not refused");
	return true;
}

static bool address_space_holds(const struct look *look)
{
	const struct op *op = look->op;
	uint64_t limit = look->memory->space[op->space].limit_as;

	if (limit == RLIMIT_NONE || (!op_places(op) && op->kind != OP_TOUCH))
		return true;
	/* A move whose source could not be unmapped: that is not its direct effect. */
	if (op->kind == OP_MREMAP && look->injected)
		return true;
	if (look->failed || look->now->total_vm > look->old->total_vm)
		exercise(look, RULE_ACC_5);
	if (look->now->total_vm <= look->old->total_vm || (uint64_t)look->now->total_vm <= limit)
		return true;
	return breaks(look, RULE_ACC_5, op->space, VERDICT_NO_PAGE,
		      "total_vm grew to %" PRId64 ", RLIMIT_AS is %" PRIu64, look->now->total_vm,
		      limit);
}

static bool break_holds(const struct look *look)
{
	const struct seen_result *result = &look->c->seen->result;
	uint64_t top = look->c->program->settings.pages * PAGE_BYTES;

	if (look->op->kind != OP_BRK || !look->done)
		return true;
	exercise(look, RULE_ACC_6);
	/* Relative to where it starts: what lies below is far above. */
	return result->value <= top || breaks(look, RULE_ACC_6, look->op->space, VERDICT_NO_PAGE,
					      "the break lies below its start");
}

bool answer_holds(const struct look *look)
{
	uint32_t events = slot_events(look);

	if (!told_once(look, events))
		return false;
	if (!look->old || !look->now || (!look->done && !look->failed))
		return true;
	return count_holds(look) && refusal_holds(look, events) && address_space_holds(look) &&
	       break_holds(look);
}
