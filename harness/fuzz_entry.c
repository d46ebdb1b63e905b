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

#include "ablation.h"
#include "execute.h"
#include "fuzz_canary.h"
#include "fuzz_counters.h"
#include "merge_case.h"
#include "report.h"
#include "text_check.h"
#include "tree_check.h"

/* Made once and reused: the engine's thousands of inputs per second must not allocate anew. */
static struct fuzz_state {
	bool ready, keep_expectations;
	bool ablated; /* to these checks */
	enum ablation_checks checks;
	int (*create)(struct subject **ret); /* NULL: the core */
	struct subject *subject;
	struct execution execution;
	struct run_statistics statistics;
	struct fuzz_counters *counters; /* NULL: nobody asked */
	void (*tell)(uint32_t state);	/* NULL: nobody asked */
	struct program program;
} state;

void fuzz_keep_expectations(bool keep)
{
	state.keep_expectations = keep;
}

void fuzz_use_subject(int (*create)(struct subject **ret))
{
	state.create = create;
}

bool fuzz_check_only(const char *checks)
{
	state.ablated = ablation_checks_find(checks, &state.checks);
	return state.ablated;
}

/* The upper bits of a product depend on all bits of the number. */
static void tell_number(uint32_t number)
{
	state.tell((number * UINT32_C(0x9e3779b1)) / (UINT32_MAX / FUZZ_STATES + 1));
}

/*
 * Who took part by itself: with what was decided there are more kinds than an engine can keep. Its
 * complement, for no decision has such large numbers.
 */
static void tell_merge(const struct execution *execution, uint32_t index)
{
	const struct op *op = &execution->program.ops[index];
	struct merge_account account;
	uint32_t number;

	if (!subject_explain(execution->subject, &account))
		return;
	number = merge_case_of(&account, observation_space(execution->before, op->space));
	tell_number(MERGE_DECISION(number) * OP_KINDS + op->kind);
	tell_number(~MERGE_PARTY(number));
}

static void prepare(void)
{
	static const struct execute_options options = { .twice = false };

	if (!state.create)
		state.create = subject_core_create;
	if (state.create(&state.subject) ||
	    execution_init(&state.execution, state.subject, &options, &state.statistics)) {
		fputs("fuzz target: out of memory at the start\n", stderr);
		exit(3);
	}
	if (getenv("VMAFUZZ_CANARY"))
		fuzz_canary_release(state.subject);
	state.counters = fuzz_counters_open();
	program_init(&state.program);
	state.ready = true;
}

void fuzz_tell_states(void (*tell)(uint32_t number))
{
	if (!state.ready)
		prepare();
	state.tell = tell;
	state.execution.stepped = tell ? tell_merge : NULL;
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
	struct report report = report_of(&state.execution);

	report.target = profile->name;
	report_print(stderr, &report);
	fflush(stderr);
	abort();
}

static bool disagrees(void)
{
	const char *why = NULL;

	if (state.ablated)
		return ablation_finds(&state.execution, &state.program, state.checks);
	return execute_program(&state.execution, &state.program, &why) == EXECUTE_MISMATCH;
}

int fuzz_one(const uint8_t *data, size_t size, const struct fuzz_profile *profile)
{
	bool differs;

	if (!state.ready)
		prepare();
	if (take(data, size, profile))
		return state.keep_expectations ? -1 : 0;
	memset(&state.statistics, 0, sizeof(state.statistics));
	differs = disagrees();
	if (state.counters)
		fuzz_counters_add(state.counters, &state.execution);
	if (differs)
		report_and_abort(profile);
	return 0;
}

uint64_t fuzz_operations(void)
{
	return state.statistics.operations;
}

/* A target without a subject has nothing to count but its inputs. */
static void count_input(void)
{
	if (!state.ready)
		prepare();
	if (state.counters)
		state.counters->executions++;
}

int fuzz_text(const uint8_t *data, size_t size)
{
	count_input();
	if (!text_check(data, size, stderr))
		abort();
	return 0;
}

int fuzz_tree(const uint8_t *data, size_t size)
{
	count_input();
	if (!tree_check(data, size, stderr))
		abort();
	return 0;
}
