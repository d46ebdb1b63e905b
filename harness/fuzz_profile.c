/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The targets, and what each makes of a program so that its part of the world is met. */
#include "fuzz_profile.h"

#include <string.h>

#define LIMIT_SMALL 24 /* VMAs: what a program of these lengths reaches with ease */

const struct fuzz_profile fuzz_profiles[FUZZ_PROFILES] = {
	[FUZZ_MERGE] = { .name = "merge", .operations = 128, .pages = 256, .one_space = true },
	[FUZZ_FORK] = { .name = "fork", .operations = 128, .pages = 256, .many_spaces = true },
	[FUZZ_LIMIT] = { .name = "limit", .operations = 128, .pages = 256, .small_limit = true },
	[FUZZ_OOM] = { .name = "oom", .operations = 64, .pages = 256, .failing = true },
	[FUZZ_LINUX] = { .name = "linux",
			 .operations = 128,
			 .pages = 256,
			 .often_failing = true,
			 .with_quirks = true },
};

const struct fuzz_profile *fuzz_profile_find(const char *name)
{
	for (size_t i = 0; i < FUZZ_PROFILES; i++) {
		if (strcmp(fuzz_profiles[i].name, name) == 0)
			return &fuzz_profiles[i];
	}
	return NULL;
}

static void force_one_space(struct program *program)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < program->op_count; i++) {
		struct op *op = &program->ops[i];

		if (op->kind == OP_FORK || op->kind == OP_EXIT)
			continue;
		op->space = 0;
		if (kept != i)
			program->ops[kept] = *op;
		kept++;
	}
	program->op_count = kept;
}

static bool has_fork(const struct program *program)
{
	for (uint32_t i = 0; i < program->op_count; i++) {
		if (program->ops[i].kind == OP_FORK)
			return true;
	}
	return false;
}

/* The spaces that live where a program has come to, if each fork succeeds. */
struct generations {
	uint8_t living[PROGRAM_SPACES];
	uint32_t count;
	uint32_t born;
};

/* The slot of the space meant: itself if it lives, else one of those that do. */
static uint32_t living_slot(const struct generations *now, uint8_t space)
{
	for (uint32_t i = 0; i < now->count; i++) {
		if (now->living[i] == space)
			return i;
	}
	return space % now->count;
}

static void follow(struct generations *now, const struct op *op, uint32_t slot)
{
	if (op->kind == OP_FORK && now->count < PROGRAM_SPACES)
		now->living[now->count++] = (uint8_t)now->born++;
	if (op->kind != OP_EXIT)
		return;
	now->count--;
	for (uint32_t i = slot; i < now->count; i++)
		now->living[i] = now->living[i + 1];
}

/*
 * Each operation acts on a space that lives. A program without a fork gets three, each of the
 * newest space: what forks inherit shows from the third generation on.
 */
static void force_many_spaces(struct program *program)
{
	struct generations now = { .count = 1, .born = 1 };

	if (!has_fork(program) && program->op_count >= 4) {
		for (uint8_t i = 0; i < 3; i++)
			program->ops[program->op_count * (i + 1) / 4] =
				op_normalize(&(struct op){ .kind = OP_FORK, .space = i });
	}
	for (uint32_t i = 0; i < program->op_count && now.count; i++) {
		struct op *op = &program->ops[i];
		uint32_t slot = living_slot(&now, op->space);

		op->space = now.living[slot];
		follow(&now, op, slot);
	}
}

/*
 * Which operations fail and where follows from position and kind alone: the choice neither
 * changes when it is made again nor when an engine changes an argument.
 */
static void force_failures(struct program *program)
{
	for (uint32_t i = 0; i < program->op_count; i++) {
		struct op *op = &program->ops[i];
		uint32_t dice = (i * 31u + op->kind * 17u + 5u) * 2654435761u >> 16;

		if (op->alloc_nth || dice % 3)
			continue;
		op->alloc_nth = (uint16_t)(1 + dice / 3 % 6);
		op->alloc_onward = dice / 18 % 4 == 0;
	}
}

void fuzz_profile_force(const struct fuzz_profile *profile, struct program *program)
{
	struct settings *settings = &program->settings;

	program_forget_text(program);
	if (program->op_count > profile->operations)
		program->op_count = profile->operations;
	if (settings->pages > profile->pages)
		settings->pages = 1 + settings->pages % profile->pages;
	if (profile->one_space)
		force_one_space(program);
	if (profile->many_spaces)
		force_many_spaces(program);
	if (profile->small_limit && settings->limit > LIMIT_SMALL)
		settings->limit = 2 + settings->limit % (LIMIT_SMALL - 1);
	if (profile->failing)
		force_failures(program);
	if (profile->with_quirks) {
		settings->quirks = SETTING_ON;
		settings->quirk_rows = 0;
	}
}
