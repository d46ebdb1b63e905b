/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From an engine's bytes to a verdict. An engine calls one function without a context, so
 * what is worth keeping between inputs (memory, never content) lives in one static object.
 */
#define _POSIX_C_SOURCE 200809L
#include "fuzz_entry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "execute.h"
#include "report.h"
#include "text_check.h"
#include "tree_check.h"

#define LIMIT_SMALL 24 /* VMAs: what a program of these lengths reaches with ease */

const struct fuzz_profile fuzz_profiles[FUZZ_PROFILES] = {
	[FUZZ_MERGE] = { .name = "merge", .operations = 128, .pages = 256, .one_space = true },
	[FUZZ_FORK] = { .name = "fork", .operations = 128, .pages = 256, .many_spaces = true },
	[FUZZ_LIMIT] = { .name = "limit", .operations = 128, .pages = 256, .small_limit = true },
	[FUZZ_OOM] = { .name = "oom", .operations = 64, .pages = 256, .failing = true },
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
}

/* Made once and reused: the engine's thousands of inputs per second must not allocate anew. */
static struct fuzz_state {
	bool ready, keep_expectations;
	struct subject *subject;
	struct execution execution;
	struct run_statistics statistics;
	struct program program;
} state;

void fuzz_keep_expectations(bool keep)
{
	state.keep_expectations = keep;
}

static void prepare(void)
{
	static const struct execute_options options = { .twice = false };

	if (subject_core_create(&state.subject) ||
	    execution_init(&state.execution, state.subject, &options, &state.statistics)) {
		fputs("fuzz target: out of memory at the start\n", stderr);
		exit(3);
	}
	program_init(&state.program);
	state.ready = true;
}

/*
 * 256 areas of their own, private and shared in turn, all faulted, with policies, names and a
 * context, in as many spaces as there can be; then forks enough to make identities that no
 * input outnumbers.
 */
static void write_large_program(FILE *out)
{
	fputs("vma-program 1\npages 256\n", out);
	for (int page = 0; page < 256; page += 2)
		fprintf(out, "mmap %d..%d rw private anon\nmmap %d..%d rw shared anon\n", page,
			page + 1, page + 1, page + 2);
	fputs("touch 0..256 w\nexpect count 256\n", out);
	for (int page = 0; page < 256; page++)
		fprintf(out, "expect %d..%d rw %s anon\n", page, page + 1,
			page % 2 ? "shared" : "private");
	for (int name = 0; name < 64; name++)
		fprintf(out, "name 0..1 \"%d\"\n", name);
	for (int page = 0; page < 256; page += 2)
		fprintf(out, "mbind %d..%d bind=0\nname %d..%d \"area\"\n", page, page + 1, page,
			page + 1);
	for (int context = 0; context < 4; context++)
		fprintf(out, "uffd_register %d %d..%d wp event_fork\n", context, 2 * context + 2,
			2 * context + 3);
	fputs("guard_install 255..256\nbrk 0+1\n"
	      "uffd_register 3 10..13 missing\nuffd_close 3 !alloc=1\nuffd_close 2 !alloc=1+\n",
	      out);
	fputs("munmap 0..1 !alloc=1\nmmap 0..1 rw private anon !alloc=1\n", out);
	for (int child = 1; child <= 24; child++) {
		fprintf(out, "fork\n@%d touch 0..256 w\n", child);
		if (child >= 3)
			fprintf(out, "@%d exit\n", child);
	}
}

static void run_text(const char *text, size_t size)
{
	struct text_error at;
	const char *why;

	if (program_parse(&state.program, text, size, &at) == 0)
		execute_program(&state.execution, &state.program, &why);
}

void fuzz_warm_up(void)
{
	static const char small[] = "vma-program 1\nmmap 0..1 rw private anon\n";
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!state.ready)
		prepare();
	if (!out)
		return;
	write_large_program(out);
	fclose(out);
	if (text)
		run_text(text, size);
	free(text);
	/* Beginning anew after so much takes longer than after any input. */
	run_text(small, sizeof(small) - 1);
}

/* The program of an input; text that does not parse is bytes, or -EINVAL where seeds are tests. */
static int take(const uint8_t *data, size_t size, const struct fuzz_profile *profile)
{
	struct text_error at = { 0 };
	bool text = program_is_text((const char *)data, size);
	int error = -EINVAL;

	if (text) {
		error = program_parse(&state.program, (const char *)data, size, &at);
		if (error && state.keep_expectations) {
			fprintf(stderr, "%u:%u: expected %s\n", at.line, at.column, at.expected);
			return -EINVAL;
		}
	}
	if (error)
		error = program_decode(&state.program, data, size);
	else if (state.keep_expectations)
		return 0;
	if (!error)
		fuzz_profile_force(profile, &state.program);
	return error;
}

/* The page must be out before the engine sees the signal. */
_Noreturn static void report_and_abort(const struct fuzz_profile *profile)
{
	const struct execution *execution = &state.execution;
	struct report report = {
		.program = &execution->program,
		.verdict = &execution->verdict,
		.before = execution->before,
		.seen = execution->seen,
		.expect = execution->expect,
		.facts = execution->facts,
		.subject = state.subject->name,
		.explain = state.subject->explain(state.subject),
		.target = profile->name,
	};

	report_print(stderr, &report);
	fflush(stderr);
	abort();
}

int fuzz_one(const uint8_t *data, size_t size, const struct fuzz_profile *profile)
{
	const char *why = NULL;

	if (!state.ready)
		prepare();
	if (take(data, size, profile))
		return state.keep_expectations ? -1 : 0;
	memset(&state.statistics, 0, sizeof(state.statistics));
	if (execute_program(&state.execution, &state.program, &why) == EXECUTE_MISMATCH)
		report_and_abort(profile);
	return 0;
}

uint64_t fuzz_operations(void)
{
	return state.statistics.operations;
}

int fuzz_text(const uint8_t *data, size_t size)
{
	if (!text_check(data, size, stderr))
		abort();
	return 0;
}

int fuzz_tree(const uint8_t *data, size_t size)
{
	if (!tree_check(data, size, stderr))
		abort();
	return 0;
}
