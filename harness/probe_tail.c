/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe_tail.h"

#include <stddef.h>

#include "flags.h"

enum stage { STAGE_ACCESS, STAGE_TOGGLE, STAGE_FILL, STAGES };

#define ACCESS_FLAGS (VM_FLAG(rd) | VM_FLAG(wr) | VM_FLAG(ex))
/* Areas with these answer probes with errors, or are no private memory. */
#define DEAF_FLAGS                                                                                 \
	(VM_FLAG(sl) | VM_FLAG(io) | VM_FLAG(pf) | VM_FLAG(de) | VM_FLAG(mm) | VM_FLAG(ms) |       \
	 VM_FLAG(gd) | VM_FLAG(ht))
/* What changes with access alone, or never keeps areas apart. */
#define FOLLOWING_FLAGS (ACCESS_FLAGS | VM_FLAG(ac) | VM_FLAG(sd) | VM_FLAG(gu))

#define PROT_READ_WRITE 3u
#define MAP_PRIVATE_ANONYMOUS 0x22u
#define ADVICE_DONTFORK 10u
#define ADVICE_DOFORK 11u

void probe_tail_begin(struct probe_tail *tail, uint32_t budget)
{
	*tail = (struct probe_tail){ .budget = budget };
}

static struct place length_of(uint32_t start, uint32_t end)
{
	return place_page((int32_t)(end - start));
}

static bool alike(const struct seen_vma *left, const struct seen_vma *right)
{
	return left->file == right->file && left->policy == right->policy &&
	       left->name == right->name && left->uffd == right->uffd &&
	       left->pgoff + (right->start - left->start) == right->pgoff;
}

static bool wants(const struct probe_tail *tail, const struct seen_vma *left,
		  const struct seen_vma *right)
{
	uint64_t differ = left->flags ^ right->flags;
	uint32_t hole = right->start - left->end;

	if ((left->flags | right->flags) & DEAF_FLAGS || !alike(left, right))
		return false;
	switch (tail->stage) {
	case STAGE_ACCESS:
		return !hole && (differ & ACCESS_FLAGS) && !(differ & ~FOLLOWING_FLAGS) &&
		       (left->flags & right->flags & VM_FLAG(mw));
	case STAGE_TOGGLE:
		return !hole && !(differ & ~(VM_FLAG(sd) | VM_FLAG(gu) | VM_FLAG(dc)));
	default:
		return hole == 1 && !left->file && !differ;
	}
}

/* The first pair at or after tail->page that the stage probes, or NULL. */
static const struct seen_vma *find_pair(const struct probe_tail *tail,
					const struct seen_space *space)
{
	for (uint32_t i = 0; i + 1 < space->vmas; i++)
		if (space->vma[i].end >= tail->page &&
		    wants(tail, &space->vma[i], &space->vma[i + 1]))
			return &space->vma[i];
	return NULL;
}

static void probe(struct probe_tail *tail, const struct seen_vma *left, struct op *op)
{
	const struct seen_vma *right = left + 1;

	tail->start = left->start;
	tail->end = right->end;
	/* The pair may have become one: pairs go on behind the boundary it had. */
	tail->page = right->start + 1;
	op->addr = place_page((int32_t)left->start);
	op->len = length_of(left->start, right->end);
	if (tail->stage == STAGE_ACCESS) {
		op->kind = OP_MPROTECT;
		op->prot = PROT_READ_WRITE;
	} else if (tail->stage == STAGE_TOGGLE) {
		op->kind = OP_MADVISE;
		op->advice = ADVICE_DONTFORK;
		tail->second = true;
	} else {
		op->kind = OP_MMAP;
		op->how = MMAP_FIXED;
		op->map_flags = MAP_PRIVATE_ANONYMOUS;
		op->prot = (uint32_t)(left->flags & ACCESS_FLAGS);
		op->addr = place_page((int32_t)left->end);
		op->len = length_of(left->end, right->start);
	}
}

static const struct seen_space *next_space(const struct observation *now, uint32_t above)
{
	const struct seen_space *next = NULL;

	for (unsigned int i = 0; i < PROGRAM_SPACES; i++) {
		const struct seen_space *space = &now->space[i];

		if (space->alive && space->number > above &&
		    (!next || space->number < next->number))
			next = space;
	}
	return next;
}

static const struct seen_space *space_of(const struct observation *now, uint32_t number)
{
	for (unsigned int i = 0; i < PROGRAM_SPACES; i++)
		if (now->space[i].alive && now->space[i].number == number)
			return &now->space[i];
	return NULL;
}

/* On to the next stage, and from the last one to the next space; false at the end. */
static bool advance(struct probe_tail *tail, const struct observation *now)
{
	const struct seen_space *next;

	tail->page = 0;
	if (++tail->stage < STAGES)
		return true;
	tail->stage = 0;
	next = next_space(now, tail->number);
	if (!next)
		return false;
	tail->number = next->number;
	return true;
}

bool probe_tail_next(struct probe_tail *tail, const struct observation *now, struct op *op)
{
	if (!tail->budget)
		return false;
	*op = (struct op){ .space = (uint8_t)tail->number };
	if (tail->second) {
		tail->second = false;
		op->kind = OP_MADVISE;
		op->advice = ADVICE_DOFORK;
		op->addr = place_page((int32_t)tail->start);
		op->len = length_of(tail->start, tail->end);
		tail->budget--;
		return true;
	}
	do {
		const struct seen_space *space = space_of(now, tail->number);
		const struct seen_vma *left = space ? find_pair(tail, space) : NULL;

		if (!left)
			continue;
		op->space = (uint8_t)tail->number;
		probe(tail, left, op);
		tail->budget--;
		return true;
	} while (advance(tail, now));
	tail->budget = 0;
	return false;
}
