/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a program costs, and the order of its simplifications: what concerns all of it comes
 * first, since it makes the most of the rest unnecessary.
 */
#include "simplify.h"

#include <stdlib.h>

#include "op_table.h"

#define COST_OP (UINT64_C(1) << 40)
#define COST_STATED (UINT64_C(1) << 36)
#define COST_SETTING (UINT64_C(1) << 32)
#define COST_WORD (UINT64_C(1) << 18) /* of an argument that is not the plainest */
#define LIMITS_TRIED 32u
#define COST_LENGTH UINT64_C(8) /* of a page of length, against one of address */

static uint64_t magnitude(int64_t number, uint64_t most)
{
	uint64_t size = number < 0 ? (uint64_t)-number : (uint64_t)number;

	return size < most ? size : most;
}

static uint64_t at_most(uint64_t number, uint64_t most)
{
	return number < most ? number : most;
}

static uint64_t place_cost(struct place place, uint64_t weight)
{
	if (place.base == PLACE_RAW)
		return place.raw ? 2 * COST_WORD : 0;
	return magnitude(place.pages, PROGRAM_PAGES_MAX) * weight +
	       (place.base == PLACE_TOP || place.pages < 0 ? COST_WORD : 0) +
	       (place.bytes ? COST_WORD : 0);
}

static uint64_t bits_cost(uint64_t bits)
{
	uint64_t count = 0;

	for (; bits; bits &= bits - 1)
		count++;
	return count * COST_WORD;
}

/* Reading and writing is what memory is for; for a change of access, reading. */
static uint64_t prot_cost(const struct op *op)
{
	static const uint8_t of_mmap[8] = { 2, 1, 2, 0, 3, 3, 4, 4 };
	static const uint8_t of_mprotect[8] = { 1, 0, 3, 2, 3, 3, 4, 4 };

	if (op->prot > 7)
		return 8 * COST_WORD + bits_cost(op->prot);
	return (op->kind == OP_MMAP ? of_mmap : of_mprotect)[op->prot] * COST_WORD;
}

static uint64_t backing_cost(const struct op *op)
{
	uint32_t type = op->map_flags & PROGRAM_MAP_TYPE;
	uint32_t rest = op->map_flags & ~(PROGRAM_MAP_TYPE | PROGRAM_MAP_ANONYMOUS);
	uint64_t cost = bits_cost(rest) + magnitude((int64_t)op->pgoff, 4096);

	if (op->file)
		cost += (op->file == FILE_PLAIN ? 2 : 3) * COST_WORD + op->file;
	if (type != PROGRAM_MAP_PRIVATE)
		cost += (type == PROGRAM_MAP_SHARED ? 1 : 3) * COST_WORD;
	/* One for what it says at all. */
	return 1 + cost + (op->how ? 2 * COST_WORD + op->how : 0);
}

static uint64_t numbers_cost(const struct op *op)
{
	uint64_t cost = 0;

	if (op_has(op, FIELD_PROT))
		cost += prot_cost(op);
	if (op_has(op, FIELD_BACKING))
		cost += backing_cost(op);
	if (op_has(op, FIELD_ADVICE))
		cost += magnitude(op->advice, 255) + (advice_name(op->advice) ? 0 : COST_WORD);
	if (op_has(op, FIELD_ACCESS))
		cost += !op->touch_write;
	if (op_has(op, FIELD_LOCK) || op_has(op, FIELD_LOCKALL) || op_has(op, FIELD_MODES))
		cost += bits_cost(op->mode) + op->mode % 16 + bits_cost(op->features);
	if (op_has(op, FIELD_POLICY))
		cost += magnitude(op->mode & 0xff, 255) + bits_cost(op->mode >> 8);
	if (op_has(op, FIELD_SEAL) || op_has(op, FIELD_MOVE))
		cost += bits_cost(op->map_flags);
	if (op_has(op, FIELD_LIMIT) || op_has(op, FIELD_RLIMIT) || op_has(op, FIELD_DISTANCE) ||
	    op_has(op, FIELD_POLICY) || op_has(op, FIELD_NODE))
		cost += at_most(op->nodes, 65536);
	if (op_has(op, FIELD_LIMIT) && op->how == LIMIT_ABSOLUTE)
		cost += COST_WORD / 2;
	if (op_has(op, FIELD_NAME))
		cost += op->name ? 1u + op->name : 0;
	if (op_has(op, FIELD_OFFSET))
		cost += magnitude((int64_t)op->pgoff, 4096);
	return cost + op->context;
}

static uint64_t op_cost(const struct op *op)
{
	uint64_t cost = numbers_cost(op);

	cost += place_cost(op->addr, 1) + place_cost(op->len, COST_LENGTH);
	if (op->has_dest)
		cost += COST_WORD + place_cost(op->dest, 1);
	if (op->has_len)
		cost += (op->how == MREMAP_TO ? COST_WORD : 0) +
			place_cost(op->newlen, COST_LENGTH);
	cost += (op->maymove + op->dontunmap) * COST_WORD;
	if (op->alloc_nth)
		cost += 16 * COST_WORD + magnitude(op->alloc_nth, 256) * 16 +
			(op->alloc_onward ? COST_WORD : 0);
	return cost + op->space * COST_WORD +
	       (op->result_form == RESULT_UNSTATED ? 0 : COST_STATED);
}

static uint64_t settings_cost(const struct settings *settings)
{
	struct program plain;
	unsigned int said = settings->profile != PROFILE_7_3 || settings->profiles;
	uint64_t cost = 0;

	program_init(&plain);
	said += (settings->quirks != SETTING_UNSET) + (settings->gap != 0);
	said += (settings->overcommit != OVERCOMMIT_GUESS) + (settings->profile_any);
	said += (settings->softdirty != SETTING_UNSET) + (settings->ipc_lock != SETTING_UNSET);
	said += settings->anon_names != SETTING_UNSET;
	for (int kind = 0; kind < PROGRAM_RLIMITS; kind++) {
		said += settings->rlimit[kind] != RLIMIT_NONE;
		if (settings->rlimit[kind] != RLIMIT_NONE)
			cost += at_most(settings->rlimit[kind], COST_WORD);
	}
	if (settings->overcommit == OVERCOMMIT_NEVER)
		cost += at_most(settings->commit_limit, COST_WORD);
	if (settings->limit != plain.settings.limit)
		cost += COST_SETTING + settings->limit;
	if (settings->pages != plain.settings.pages)
		cost += COST_SETTING + settings->pages;
	/* The newest profile first. */
	return cost + said * COST_SETTING + (PROFILES + PROFILE_7_3 - settings->profile) % PROFILES;
}

uint64_t simplify_cost(const struct program *program)
{
	uint64_t cost = settings_cost(&program->settings);

	for (uint32_t i = 0; i < program->op_count; i++)
		cost += COST_OP + op_cost(&program->ops[i]);
	return cost + (program->expectation_count + program->line_count) * COST_STATED;
}

bool simplify_lower_limits(struct program *program, uint32_t less)
{
	bool any = false;

	if (program->settings.limit > less && program->settings.limit <= PROGRAM_PAGES_MAX) {
		program->settings.limit -= less;
		any = true;
	}
	for (uint32_t i = 0; i < program->op_count; i++) {
		struct op *op = &program->ops[i];

		if (op->kind != OP_LIMIT || op->how != LIMIT_ABSOLUTE || op->nodes <= less)
			continue;
		op->nodes -= less;
		any = true;
	}
	return any;
}

bool simplify_propose_work(struct simplify *simplify)
{
	bool goes_on = simplify->visit(simplify->context, &simplify->work);

	if (program_copy(&simplify->work, simplify->base)) {
		simplify->failed = true;
		return false;
	}
	return goes_on;
}

bool simplify_propose_op(struct simplify *simplify, uint32_t index, const struct op *op)
{
	struct program *work = &simplify->work;
	struct op before = work->ops[index];
	bool goes_on;

	work->ops[index] = op_normalize(op);
	goes_on = simplify->visit(simplify->context, work);
	work->ops[index] = before;
	return goes_on;
}

static bool propose_settings(struct simplify *simplify, const struct settings *settings)
{
	bool goes_on;

	simplify->work.settings = *settings;
	goes_on = simplify->visit(simplify->context, &simplify->work);
	simplify->work.settings = simplify->base->settings;
	return goes_on;
}

/* One field of the settings as it is when nobody says anything. */
#define PLAIN(field)                                                                               \
	do {                                                                                       \
		struct settings one = simplify->base->settings;                                    \
                                                                                                   \
		one.field = plain.settings.field;                                                  \
		if (!propose_settings(simplify, &one))                                             \
			return false;                                                              \
	} while (0)

static bool simplify_profile(struct simplify *simplify)
{
	struct settings settings = simplify->base->settings;

	settings.profile_any = false;
	settings.profiles = 0;
	settings.profile = PROFILE_7_3;
	if (!propose_settings(simplify, &settings))
		return false;
	settings.profile = PROFILE_6_18;
	settings.profiles = 1u << PROFILE_6_18;
	return propose_settings(simplify, &settings);
}

/* A limit as low as can be, so that few operations meet it. */
static bool lower_settings(struct simplify *simplify)
{
	const struct settings *settings = &simplify->base->settings;
	const uint64_t *limits[] = { &settings->rlimit[0], &settings->rlimit[1],
				     &settings->rlimit[2], &settings->rlimit[3],
				     &settings->commit_limit };

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		for (uint64_t lower = 0;
		     lower < *limits[i] && lower <= LIMITS_TRIED && *limits[i] != RLIMIT_NONE;
		     lower++) {
			struct settings one = *settings;

			if (i < PROGRAM_RLIMITS)
				one.rlimit[i] = lower;
			else
				one.commit_limit = lower;
			if (!propose_settings(simplify, &one))
				return false;
		}
	}
	return true;
}

/* What an operation makes the limit may as well be so from the start. */
static bool limit_as_setting(struct simplify *simplify)
{
	struct program *work = &simplify->work;

	for (uint32_t i = 0; i < simplify->base->op_count; i++) {
		const struct op *op = &simplify->base->ops[i];

		for (uint32_t limit = 1; op->kind == OP_LIMIT && limit <= LIMITS_TRIED; limit++) {
			program_remove_ops(work, i, 1);
			work->settings.limit = limit;
			if (!simplify_propose_work(simplify))
				return false;
		}
		if (op->kind == OP_RLIMIT) {
			program_remove_ops(work, i, 1);
			work->settings.rlimit[op->how % PROGRAM_RLIMITS] = op->nodes;
			if (!simplify_propose_work(simplify))
				return false;
		}
	}
	return true;
}

static bool simplify_settings(struct simplify *simplify)
{
	const struct settings settings = simplify->base->settings;
	struct program plain;

	program_init(&plain);
	PLAIN(quirks);
	PLAIN(gap);
	PLAIN(overcommit);
	PLAIN(softdirty);
	PLAIN(anon_names);
	PLAIN(ipc_lock);
	PLAIN(pages);
	PLAIN(limit);
	PLAIN(rlimit[PROGRAM_RLIMIT_AS]);
	PLAIN(rlimit[PROGRAM_RLIMIT_DATA]);
	PLAIN(rlimit[PROGRAM_RLIMIT_STACK]);
	PLAIN(rlimit[PROGRAM_RLIMIT_MEMLOCK]);
	for (uint32_t limit = 1; limit < settings.limit && limit <= LIMITS_TRIED; limit++) {
		struct settings lower = settings;

		lower.limit = limit;
		if (!propose_settings(simplify, &lower))
			return false;
	}
	return lower_settings(simplify) && limit_as_setting(simplify) && simplify_profile(simplify);
}

/* Statements go one by one; the lines of a layout stay with it. */
static bool simplify_statements(struct simplify *simplify)
{
	struct program *work = &simplify->work;

	for (uint32_t i = 0; i < simplify->base->expectation_count; i++) {
		for (uint32_t j = i; j + 1 < work->expectation_count; j++)
			work->expectations[j] = work->expectations[j + 1];
		work->expectation_count--;
		if (!simplify_propose_work(simplify))
			return false;
	}
	for (uint32_t i = 0; i < simplify->base->op_count; i++) {
		struct op op = simplify->base->ops[i];

		op.result_form = RESULT_UNSTATED;
		if (!simplify_propose_op(simplify, i, &op))
			return false;
	}
	return true;
}

bool simplify_each(const struct program *base, simplify_visit *visit, void *context)
{
	bool (*const parts[])(struct simplify *) = {
		simplify_settings, simplify_statements, simplify_folds,
		simplify_spaces,   simplify_places,	simplify_arguments,
	};
	struct simplify simplify = { .base = base, .visit = visit, .context = context };
	bool goes_on;

	program_init(&simplify.work);
	goes_on = program_copy(&simplify.work, base) == 0;
	for (size_t i = 0; goes_on && i < sizeof(parts) / sizeof(parts[0]); i++)
		goes_on = parts[i](&simplify);
	program_done(&simplify.work);
	return goes_on;
}
