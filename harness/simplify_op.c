/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One argument of one operation at a time. Each function proposes what may be plainer; whether
 * it is, the cost decides.
 */
#include "simplify.h"

#include <string.h>

#include "op_table.h"

#define ALLOC_TRIED 64u /* allocations of an operation that are tried one by one */

/* One value of a field; stops the function that uses it when nobody wants more. */
#define TRY(field, value)                                                                          \
	do {                                                                                       \
		struct op one = simplify->base->ops[index];                                        \
                                                                                                   \
		one.field = (value);                                                               \
		if (!simplify_propose_op(simplify, index, &one))                                   \
			return false;                                                              \
	} while (0)

static bool plainer_failure(struct simplify *simplify, uint32_t index)
{
	const struct op *op = &simplify->base->ops[index];

	if (!op->alloc_nth)
		return true;
	TRY(alloc_nth, 0);
	TRY(alloc_onward, false);
	for (uint16_t k = 1; k < op->alloc_nth && k <= ALLOC_TRIED; k++) {
		TRY(alloc_nth, k);
	}
	return true;
}

static bool plainer_space(struct simplify *simplify, uint32_t index)
{
	for (uint8_t space = 0; space < simplify->base->ops[index].space; space++) {
		TRY(space, space);
	}
	return true;
}

/* Shorter from either end, and lower with the same length. */
static bool shorter_range(struct simplify *simplify, uint32_t index)
{
	const struct op *op = &simplify->base->ops[index];
	const int32_t shorter[] = { 0, 1, 2, op->len.pages / 2, op->len.pages - 1 };

	if (op->len.base != PLACE_PAGE || op->len.pages < 0)
		return true;
	for (size_t i = 0; i < sizeof(shorter) / sizeof(shorter[0]); i++) {
		struct op one = *op;

		if (shorter[i] < 0 || shorter[i] >= op->len.pages)
			continue;
		one.len.pages = shorter[i];
		if (!simplify_propose_op(simplify, index, &one))
			return false;
		one.addr.pages += op->len.pages - shorter[i];
		if (op->addr.base == PLACE_PAGE && !simplify_propose_op(simplify, index, &one))
			return false;
	}
	return true;
}

/* A whole page instead of bytes, a page instead of a raw number or of one counted from the top. */
static bool plain_places(struct simplify *simplify, uint32_t index)
{
	const struct op *op = &simplify->base->ops[index];
	const struct settings *settings = &simplify->base->settings;
	const struct place *place[] = { &op->addr, &op->len, &op->dest, &op->newlen };
	const size_t offset[] = { offsetof(struct op, addr), offsetof(struct op, len),
				  offsetof(struct op, dest), offsetof(struct op, newlen) };

	for (size_t i = 0; i < sizeof(place) / sizeof(place[0]); i++) {
		struct place plain = place_page(place[i]->pages);
		bool is_length = i % 2 == 1;

		if (place[i]->base == PLACE_PAGE && !place[i]->bytes && place[i]->pages >= 0)
			continue;
		if (place[i]->base == PLACE_TOP)
			plain.pages += (int32_t)settings->pages;
		if (place[i]->base == PLACE_RAW && !place[i]->raw)
			continue;
		for (int32_t up = 0; up < 2; up++) {
			struct op one = *op;

			memcpy((char *)&one + offset[i], &plain, sizeof(plain));
			if (!simplify_propose_op(simplify, index, &one))
				return false;
			plain.pages = place[i]->base == PLACE_RAW ? is_length : plain.pages + 1;
		}
	}
	return true;
}

static bool plainer_numbers_of_places(struct simplify *simplify, uint32_t index)
{
	const struct op *op = &simplify->base->ops[index];

	if (op_has(op, FIELD_ADDRESS) && op->addr.base == PLACE_PAGE) {
		for (int32_t page = 0; page < op->addr.pages && page < 8; page++) {
			TRY(addr, place_page(page));
		}
	}
	if (op->has_len && op->newlen.base == PLACE_PAGE) {
		for (int32_t pages = 0; pages < op->newlen.pages && pages < 8; pages++) {
			TRY(newlen, place_page(pages));
		}
	}
	return true;
}

static bool plainer_backing(struct simplify *simplify, uint32_t index)
{
	const struct op *op = &simplify->base->ops[index];
	uint32_t type = op->map_flags & PROGRAM_MAP_TYPE;

	TRY(file, FILE_ANON);
	TRY(file, FILE_PLAIN);
	TRY(file, FILE_CLOSE);
	TRY(pgoff, 0);
	for (uint64_t off = 1; off < op->pgoff && off <= 4; off++) {
		TRY(pgoff, off);
	}
	TRY(map_flags, (op->map_flags & ~PROGRAM_MAP_TYPE) | PROGRAM_MAP_PRIVATE);
	TRY(map_flags, (op->map_flags & ~PROGRAM_MAP_TYPE) | PROGRAM_MAP_SHARED);
	TRY(map_flags, type);
	for (uint32_t bit = 0x10; bit; bit <<= 1) {
		if (op->map_flags & bit)
			TRY(map_flags, op->map_flags & ~bit);
	}
	return true;
}

/* A placement the kernel chose, as a fixed one: where it was asked for, or at either end. */
static bool plainer_placement(struct simplify *simplify, uint32_t index)
{
	const struct op *op = &simplify->base->ops[index];
	int32_t pages = (int32_t)simplify->base->settings.pages;
	const int32_t tried[] = { 0, pages - op->len.pages };
	struct op one = *op;

	if (op->how == MMAP_FIXED)
		return true;
	one.how = MMAP_FIXED;
	if (op->how != MMAP_ANYWHERE)
		return simplify_propose_op(simplify, index, &one);
	for (size_t i = 0; i < sizeof(tried) / sizeof(tried[0]); i++) {
		one.addr = place_page(tried[i]);
		if (!simplify_propose_op(simplify, index, &one))
			return false;
	}
	return true;
}

/* What a mapping begins with: whatever is in its way goes. */
static bool clearing_alone(struct simplify *simplify, uint32_t index)
{
	const struct op *op = &simplify->base->ops[index];
	struct op one = *op;

	one.kind = OP_MUNMAP;
	if (op->kind == OP_MREMAP && op->how == MREMAP_TO && op->has_dest) {
		one.addr = op->dest;
		one.len = op->has_len ? op->newlen : op->len;
	} else if (op->kind != OP_MMAP || op->how != MMAP_FIXED) {
		return true;
	}
	return simplify_propose_op(simplify, index, &one);
}

static bool plainer_prot(struct simplify *simplify, uint32_t index)
{
	static const uint32_t plain[] = { 3, 1, 0, 2, 5, 4, 7 };
	const struct op *op = &simplify->base->ops[index];

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		TRY(prot, plain[i]);
	}
	for (uint32_t bit = 1; bit; bit <<= 1) {
		if (op->prot & bit)
			TRY(prot, op->prot & ~bit);
	}
	return true;
}

static bool plainer_advice(struct simplify *simplify, uint32_t index)
{
	for (const struct word *word = advice_words; word->word; word++) {
		TRY(advice, word->value);
	}
	return true;
}

static bool plainer_move(struct simplify *simplify, uint32_t index)
{
	const struct op *op = &simplify->base->ops[index];
	struct op resize = *op;

	TRY(maymove, false);
	TRY(map_flags, 0);
	if (op->how == MREMAP_RESIZE)
		return true;
	TRY(dontunmap, false);
	if (op->how == MREMAP_TO)
		TRY(has_len, false);
	if (op->how == MREMAP_KEEP)
		TRY(has_dest, false);
	if (!op->has_len)
		return true;
	resize.how = MREMAP_RESIZE;
	if (!simplify_propose_op(simplify, index, &resize))
		return false;
	resize.maymove = true;
	return simplify_propose_op(simplify, index, &resize);
}

static bool plainer_mode(struct simplify *simplify, uint32_t index)
{
	const struct op *op = &simplify->base->ops[index];

	for (uint32_t bit = 1; bit; bit <<= 1) {
		if (op->mode & bit)
			TRY(mode, op->mode & ~bit);
		if (op->features & bit)
			TRY(features, op->features & ~bit);
	}
	for (uint32_t mode = 0; mode < 5; mode++) {
		TRY(mode, mode);
	}
	return true;
}

static bool lower_number(struct simplify *simplify, uint32_t index)
{
	const struct op *op = &simplify->base->ops[index];

	for (uint64_t number = 0; number < op->nodes && number <= 32; number++) {
		TRY(nodes, number);
	}
	if (op->nodes && op->nodes != RLIMIT_NONE) {
		TRY(nodes, op->nodes / 2);
		TRY(nodes, op->nodes - 1);
	}
	return true;
}

/* The count now plus a little, whatever the count. */
static bool relative_limit(struct simplify *simplify, uint32_t index)
{
	struct op one = simplify->base->ops[index];

	if (one.how != LIMIT_ABSOLUTE)
		return true;
	one.how = LIMIT_ABOVE;
	for (one.nodes = 0; one.nodes < 8; one.nodes++)
		if (!simplify_propose_op(simplify, index, &one))
			return false;
	return true;
}

static bool plainer_rest(struct simplify *simplify, uint32_t index)
{
	const struct op *op = &simplify->base->ops[index];

	if (op_has(op, FIELD_ACCESS))
		TRY(touch_write, 1);
	if (op_has(op, FIELD_SEAL))
		TRY(map_flags, 0);
	if (op_has(op, FIELD_OFFSET)) {
		for (uint64_t off = 0; off < op->pgoff && off <= 4; off++) {
			TRY(pgoff, off);
		}
	}
	if (op_has(op, FIELD_NAME) && op->name) {
		for (uint16_t name = 0; name < op->name; name++) {
			TRY(name, name);
		}
	}
	for (uint8_t context = 0; context < op->context; context++) {
		TRY(context, context);
	}
	return true;
}

static bool plainer_numbers(struct simplify *simplify, uint32_t index)
{
	const struct op *op = &simplify->base->ops[index];

	if (op_has(op, FIELD_PROT) && !plainer_prot(simplify, index))
		return false;
	if (op_has(op, FIELD_ADVICE) && !plainer_advice(simplify, index))
		return false;
	if (op_has(op, FIELD_MOVE) && !plainer_move(simplify, index))
		return false;
	if ((op_has(op, FIELD_LOCK) || op_has(op, FIELD_LOCKALL) || op_has(op, FIELD_POLICY) ||
	     op_has(op, FIELD_MODES)) &&
	    !plainer_mode(simplify, index))
		return false;
	if (op_has(op, FIELD_LIMIT) && !relative_limit(simplify, index))
		return false;
	if ((op_has(op, FIELD_POLICY) || op_has(op, FIELD_NODE) || op_has(op, FIELD_DISTANCE) ||
	     op_has(op, FIELD_RLIMIT) || op_has(op, FIELD_LIMIT)) &&
	    !lower_number(simplify, index))
		return false;
	return plainer_rest(simplify, index);
}

static bool simplify_one(struct simplify *simplify, uint32_t index)
{
	const struct op *op = &simplify->base->ops[index];

	if (!clearing_alone(simplify, index) || !plainer_failure(simplify, index) ||
	    !plainer_space(simplify, index) || !plain_places(simplify, index))
		return false;
	if (op_has(op, FIELD_BACKING) &&
	    (!plainer_placement(simplify, index) || !plainer_backing(simplify, index)))
		return false;
	if (!plainer_numbers(simplify, index))
		return false;
	if (op_has(op, FIELD_RANGE) || op_has(op, FIELD_PLACED))
		if (!shorter_range(simplify, index))
			return false;
	return plainer_numbers_of_places(simplify, index);
}

/* One access everywhere becomes another: neighbours stay as alike as they are. */
static bool exchange_prot(struct simplify *simplify, uint32_t from, uint32_t to)
{
	struct program *work = &simplify->work;

	for (uint32_t i = 0; i < work->op_count; i++)
		if (op_has(&work->ops[i], FIELD_PROT) && work->ops[i].prot == from)
			work->ops[i].prot = to;
	return simplify_propose_work(simplify);
}

/* And two of them both, so that what differed goes on to differ. */
static bool exchange_prots(struct simplify *simplify, uint32_t from, uint32_t other)
{
	struct program *work = &simplify->work;

	for (uint32_t i = 0; i < work->op_count; i++) {
		struct op *op = &work->ops[i];

		if (op_has(op, FIELD_PROT) && (op->prot == from || op->prot == other))
			op->prot = op->prot == from ? 3 : 1;
	}
	return simplify_propose_work(simplify);
}

static bool same_prots(struct simplify *simplify)
{
	static const uint32_t plain[] = { 3, 1, 0 };

	for (uint32_t from = 0; from < 8; from++) {
		for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
			if (!exchange_prot(simplify, from, plain[i]))
				return false;
		for (uint32_t other = 0; other < 8; other++)
			if (from != other && !exchange_prots(simplify, from, other))
				return false;
	}
	return true;
}

static bool same_files(struct simplify *simplify, uint8_t from)
{
	static const uint8_t plain[] = { FILE_ANON, FILE_PLAIN, FILE_CLOSE };
	struct program *work = &simplify->work;

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		for (uint32_t j = 0; j < work->op_count; j++) {
			struct op *op = &work->ops[j];

			if (!op_has(op, FIELD_BACKING) || op->file != from)
				continue;
			op->file = plain[i];
			*op = op_normalize(op);
		}
		if (!simplify_propose_work(simplify))
			return false;
	}
	return true;
}

/* All mappings private, or without one of the flags. */
static bool same_map_flags(struct simplify *simplify)
{
	struct program *work = &simplify->work;

	for (uint32_t bit = PROGRAM_MAP_TYPE; bit;
	     bit = bit == PROGRAM_MAP_TYPE ? 0x10 : bit << 1) {
		for (uint32_t i = 0; i < work->op_count; i++) {
			struct op *op = &work->ops[i];

			if (!op_has(op, FIELD_BACKING))
				continue;
			op->map_flags &= ~bit;
			if (bit == PROGRAM_MAP_TYPE)
				op->map_flags |= PROGRAM_MAP_PRIVATE;
			*op = op_normalize(op);
		}
		if (!simplify_propose_work(simplify))
			return false;
	}
	return true;
}

static bool everywhere(struct simplify *simplify)
{
	if (!same_prots(simplify) || !same_map_flags(simplify))
		return false;
	for (int file = 1; file < WORLD_FILES; file++)
		if (!same_files(simplify, (uint8_t)file))
			return false;
	return true;
}

/* One context everywhere becomes another that nobody uses. */
static bool merge_contexts(struct simplify *simplify)
{
	struct program *work = &simplify->work;

	for (uint8_t from = 1; from < 4; from++) {
		for (uint8_t to = 0; to < from; to++) {
			for (uint32_t i = 0; i < work->op_count; i++)
				if (work->ops[i].context == from)
					work->ops[i].context = to;
			if (!simplify_propose_work(simplify))
				return false;
		}
	}
	return true;
}

bool simplify_arguments(struct simplify *simplify)
{
	if (!everywhere(simplify) || !merge_contexts(simplify))
		return false;
	for (uint32_t i = 0; i < simplify->base->op_count; i++)
		if (!simplify_one(simplify, i))
			return false;
	return true;
}
