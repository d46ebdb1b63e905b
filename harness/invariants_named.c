/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which pages an operation names, read from its arguments and its result alone: a superset of
 * what it may change, as tight as the arguments allow.
 */
#include "invariants_look.h"

#define PROT_GROWSDOWN_BIT 0x01000000u
#define EXEC_STACK_PAGES 33 /* the page itself and how far it grows */

/* Addresses: whole pages of the window, an end that wraps names nothing. */
static void name_range(struct look *look, uint64_t start, uint64_t length, bool replaced)
{
	uint64_t top = PROGRAM_BASE + look->c->program->settings.pages * PAGE_BYTES;
	struct named *named = &look->named;
	uint64_t end = start + length;

	if (end < start || named->count == NAMED_MAX)
		return;
	if (start < PROGRAM_BASE)
		start = PROGRAM_BASE;
	if (end > top)
		end = top;
	if (start >= end)
		return;
	named->range[named->count++] = (struct named_range){
		.start = (uint32_t)((start - PROGRAM_BASE) / PAGE_BYTES),
		.end = (uint32_t)((end - PROGRAM_BASE + PAGE_BYTES - 1) / PAGE_BYTES),
		.replaced = replaced,
	};
}

static uint64_t up(uint64_t length)
{
	return (length + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
}

static void name_mmap(struct look *look, uint64_t addr, uint64_t len)
{
	const struct op *op = look->op;

	if (look->done)
		name_range(look, PROGRAM_BASE + look->c->seen->result.value, up(len), true);
	else if (op->how == MMAP_FIXED)
		name_range(look, addr, up(len), false);
}

static void name_mremap(struct look *look, uint64_t addr, uint64_t len)
{
	const struct op *op = look->op;
	const struct settings *settings = &look->c->program->settings;
	bool has_len = op->how == MREMAP_RESIZE || op->has_len;
	uint64_t old_len = up(len), new_len = has_len ? up(place_length(op->newlen)) : old_len;
	uint64_t result = PROGRAM_BASE + look->c->seen->result.value;

	name_range(look, addr, old_len, false);
	/* Where a tail was cut off, or where it grew. */
	if (new_len < old_len || op->how == MREMAP_RESIZE)
		name_range(look, addr, new_len, false);
	if (op->how == MREMAP_TO)
		name_range(look, place_address(settings, op->dest), new_len, true);
	if (look->done && result != addr)
		name_range(look, result, new_len, true);
}

static void name_brk(struct look *look, uint64_t addr)
{
	uint64_t old = PROGRAM_BASE + look->memory->space[look->op->space].brk;

	if (addr < PROGRAM_BASE)
		return;
	if (addr < old)
		name_range(look, PROGRAM_BASE + up(addr - PROGRAM_BASE),
			   up(old - PROGRAM_BASE) - up(addr - PROGRAM_BASE), false);
	else
		name_range(look, PROGRAM_BASE + up(old - PROGRAM_BASE),
			   up(addr - PROGRAM_BASE) - up(old - PROGRAM_BASE), false);
}

/* PROT_GROWSDOWN reaches down to the start of the area. */
static void name_mprotect(struct look *look, uint64_t addr, uint64_t len)
{
	if (!up(len))
		return;
	name_range(look, addr, up(len), false);
	if (!(look->op->prot & PROT_GROWSDOWN_BIT) || addr < PROGRAM_BASE)
		return;
	for (uint32_t i = 0; i < look->old->vmas; i++) {
		uint64_t start = PROGRAM_BASE + look->old->vma[i].start * PAGE_BYTES;

		if (PROGRAM_BASE + look->old->vma[i].end * PAGE_BYTES <= addr)
			continue;
		if (start < addr)
			name_range(look, start, addr + up(len) - start, false);
		return;
	}
}

static void name_stack(struct look *look, uint64_t addr, uint64_t len)
{
	const struct op *op = look->op;
	uint64_t shift = op->nodes * PAGE_BYTES;

	if (op->kind == OP_EXEC_STACK) {
		shift = (EXEC_STACK_PAGES - 1) * PAGE_BYTES;
		name_range(look, addr > shift ? addr - shift : 0, EXEC_STACK_PAGES * PAGE_BYTES,
			   true);
	} else if (op->nodes <= PROGRAM_PAGES_MAX && addr >= shift) {
		name_range(look, addr - shift, up(len) + shift, true);
		name_range(look, addr - shift, up(len), true);
	}
}

void name_pages(struct look *look)
{
	const struct op *op = look->op;
	uint64_t addr = place_address(&look->c->program->settings, op->addr);
	uint64_t len = place_length(op->len);

	switch (op->kind) {
	case OP_MMAP:
		name_mmap(look, addr, len);
		break;
	case OP_REMAP_FILE_PAGES:
		name_range(look, addr - addr % PAGE_BYTES, len - len % PAGE_BYTES, look->done);
		break;
	case OP_SPECIAL:
		name_range(look, addr, up(len), look->done);
		break;
	case OP_VM_BRK:
		/* What was there is gone even if nothing can be put there. */
		name_range(look, addr, up(len), true);
		break;
	case OP_MREMAP:
		name_mremap(look, addr, len);
		break;
	case OP_BRK:
		name_brk(look, addr);
		break;
	case OP_MPROTECT:
		name_mprotect(look, addr, len);
		break;
	case OP_EXEC_STACK:
	case OP_RELOCATE_DOWN:
		name_stack(look, addr, len);
		break;
	case OP_MLOCKALL:
	case OP_MUNLOCKALL:
	case OP_UFFD_CLOSE:
	case OP_CLEAR_SOFTDIRTY:
	case OP_KSM:
		look->named.all = true;
		break;
	case OP_RLIMIT:
	case OP_LIMIT:
	case OP_FORK:
	case OP_EXIT:
		break;
	default:
		name_range(look, addr, len, false);
	}
}

bool edge_is_named(const struct named *named, uint32_t edge)
{
	for (uint32_t i = 0; i < named->count; i++)
		if (named->range[i].start <= edge && edge <= named->range[i].end)
			return true;
	return named->all;
}

/* ------------------------------------------------------------------ pieces */

void pieces_begin(struct piece_walk *walk, const struct seen_space *old,
		  const struct seen_space *now, const struct named *named)
{
	*walk = (struct piece_walk){ .old = old, .now = now, .named = named };
}

static const struct seen_vma *vma_from(const struct seen_space *space, uint32_t *i, uint32_t at)
{
	while (*i < space->vmas && space->vma[*i].end <= at)
		++*i;
	return *i < space->vmas ? &space->vma[*i] : NULL;
}

static void nearer(uint32_t *end, uint32_t edge, uint32_t at)
{
	if (edge > at && edge < *end)
		*end = edge;
}

static void cut_by_names(struct piece_walk *walk, struct piece *piece)
{
	const struct named *named = walk->named;

	if (!named)
		return;
	piece->named = named->all;
	for (uint32_t i = 0; i < named->count; i++) {
		const struct named_range *range = &named->range[i];

		nearer(&piece->end, range->start, piece->start);
		nearer(&piece->end, range->end, piece->start);
		if (range->start <= piece->start && piece->start < range->end) {
			piece->named = true;
			piece->replaced |= range->replaced;
		}
	}
}

bool pieces_next(struct piece_walk *walk)
{
	const struct seen_vma *old, *now;
	struct piece piece;

	do {
		old = vma_from(walk->old, &walk->i, walk->at);
		now = vma_from(walk->now, &walk->j, walk->at);
		if (!old && !now)
			return false;
		piece = (struct piece){ .start = walk->at, .end = UINT32_MAX };
		if (old) {
			nearer(&piece.end, old->start, walk->at);
			nearer(&piece.end, old->end, walk->at);
			piece.old = old->start <= walk->at ? old : NULL;
		}
		if (now) {
			nearer(&piece.end, now->start, walk->at);
			nearer(&piece.end, now->end, walk->at);
			piece.now = now->start <= walk->at ? now : NULL;
		}
		cut_by_names(walk, &piece);
		walk->at = piece.end;
	} while (!piece.old && !piece.now);
	walk->piece = piece;
	return true;
}
