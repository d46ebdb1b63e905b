/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a fork leaves: a parent as it was, and a child that is its copy but for what it is not. */
#include <inttypes.h>

#include "invariants_look.h"

#define MAP_LOCKED_FLAG 0x2000u

static const struct seen_space *new_child(const struct look *look)
{
	for (unsigned int i = 0; i < PROGRAM_SPACES; i++) {
		const struct seen_space *space = &look->c->seen->space[i];

		if (space->alive && !observation_space(look->c->before, space->number))
			return space;
	}
	return NULL;
}

static bool is_copy(const struct seen_vma *parent, const struct seen_vma *child)
{
	uint64_t differ = (parent->flags ^ child->flags) & ~LOOK_LOCK;

	if (parent->uffd && !child->uffd)
		differ &= ~LOOK_UFFD;
	else if (parent->uffd != child->uffd)
		return false;
	if (differ || parent->start != child->start || parent->end != child->end ||
	    parent->pgoff != child->pgoff || parent->virt_pgoff != child->virt_pgoff)
		return false;
	if (parent->file != child->file || parent->policy != child->policy ||
	    parent->name != child->name)
		return false;
	if (parent->flags & VM_FLAG(wf))
		return !child->anon;
	return !parent->anon == !child->anon && (!child->anon || child->chain == 2);
}

/* Nothing is joined in the child, so its VMAs are those of the parent, one by one. */
static bool child_is_copy(const struct look *look, const struct seen_space *child)
{
	uint32_t j = 0;

	exercise(look, RULE_FRK_1);
	for (uint32_t i = 0; i < look->old->vmas; i++) {
		const struct seen_vma *vma = &look->now->vma[i];

		if (vma->flags & VM_FLAG(dc))
			continue;
		if (j == child->vmas || !is_copy(vma, &child->vma[j]))
			return breaks(look, RULE_FRK_1, child->number, vma->start,
				      "%" PRIu32 "..%" PRIu32 " is not as in the parent",
				      vma->start, vma->end);
		j++;
	}
	return j == child->vmas || breaks(look, RULE_FRK_1, child->number, child->vma[j].start,
					  "%" PRIu32 "..%" PRIu32 " is not in the parent",
					  child->vma[j].start, child->vma[j].end);
}

static bool child_is_unlocked(const struct look *look, const struct seen_space *child)
{
	if (look->old->locked_vm)
		exercise(look, RULE_FRK_3);
	for (uint32_t i = 0; i < child->vmas; i++)
		if (child->vma[i].flags & LOOK_LOCK)
			return breaks(look, RULE_FRK_3, child->number, child->vma[i].start,
				      "%" PRIu32 "..%" PRIu32 " is locked in a child",
				      child->vma[i].start, child->vma[i].end);
	return !child->locked_vm ||
	       breaks(look, RULE_FRK_3, child->number, VERDICT_NO_PAGE,
		      "a child has %" PRId64 " locked pages", child->locked_vm);
}

/* What mlockall() asked of the parent's future is no business of the child. */
static bool future_is_unlocked(const struct look *look)
{
	const struct op *op = look->op;
	const struct seen_vma *vma;

	if (op->kind != OP_MMAP || !look->done || op->space == 0 || !look->named.count ||
	    look->memory->space[op->space].lock_future || op->map_flags & MAP_LOCKED_FLAG)
		return true;
	vma = vma_at(look->now, look->named.range[0].start);
	return !vma || !(vma->flags & LOOK_LOCK) ||
	       breaks(look, RULE_FRK_3, op->space, vma->start,
		      "%" PRIu32 "..%" PRIu32 " is locked, and nobody in the child asked for it",
		      vma->start, vma->end);
}

bool fork_holds(const struct look *look)
{
	const struct seen_space *child;

	if (!look->old || !look->now || (!look->done && !look->failed))
		return true;
	if (look->op->kind != OP_FORK)
		return future_is_unlocked(look);
	exercise(look, RULE_FRK_2);
	if (!spaces_same(look->old, look->now, look->c->program->settings.pages))
		return breaks(look, RULE_FRK_2, look->op->space, VERDICT_NO_PAGE,
			      "fork changed the parent");
	child = new_child(look);
	if (!child)
		return true;
	return child_is_unlocked(look, child) && child_is_copy(look, child);
}
