/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One execution taken apart. Each part does what the whole does up to some point and nothing
 * of what comes after, so that differences between rows are costs.
 */
#define _POSIX_C_SOURCE 200809L
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fuzz_entry.h"
#include "oracle.h"
#include "settings.h"
#include "subject.h"

static const char *const names[BENCH_PART_COUNT] = {
#define X(name, word) [BENCH_##name] = word,
	BENCH_PARTS(X)
#undef X
};

const char *bench_part_name(enum bench_part part)
{
	return part < BENCH_PART_COUNT ? names[part] : "?";
}

enum bench_part bench_part_find(const char *name)
{
	unsigned int part = 0;

	while (part < BENCH_PART_COUNT && strcmp(names[part], name) != 0)
		part++;
	return (enum bench_part)part;
}

double bench_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Made once and used again, as a target does. */
static struct state {
	bool ready;
	struct program program;
	struct subject *subject;
	struct oracle *oracle;
	struct observation seen;
} state;

_Noreturn static void give_up(const char *what)
{
	fprintf(stderr, "vmafuzz_bench: %s\n", what);
	exit(3);
}

static void prepare(void)
{
	program_init(&state.program);
	state.oracle = oracle_new();
	if (!state.oracle || subject_core_create(&state.subject) || observation_init(&state.seen))
		give_up("out of memory");
	state.ready = true;
}

static void decode(const uint8_t *data, size_t size)
{
	if (program_decode(&state.program, data, size))
		give_up("out of memory");
	fuzz_profile_force(&fuzz_profiles[FUZZ_MERGE], &state.program);
	settings_resolve(&state.program.settings, state.subject, NULL);
}

static void run_core(bool shown, bool checked)
{
	struct subject *subject = state.subject;
	const char *why = NULL;

	if (subject->begin(subject, &state.program, &why))
		give_up("the core cannot begin");
	for (uint32_t i = 0; i < state.program.op_count; i++) {
		subject->apply(subject, &state.program, i, &state.seen, &why);
		if (shown && !subject->observe(subject, &state.seen))
			give_up("the core shows nothing");
		if (checked && subject->validate(subject))
			give_up("the core is not valid");
	}
	if (subject->end(subject, &state.seen, &why))
		give_up("the core cannot end");
}

static void run_model(bool shown)
{
	oracle_begin(state.oracle, &state.program.settings);
	for (uint32_t i = 0; i < state.program.op_count; i++) {
		if (oracle_refuses(state.oracle, &state.program.ops[i]))
			continue;
		oracle_apply(state.oracle, &state.program, i, &state.seen);
		if (shown && oracle_observe(state.oracle, &state.seen))
			give_up("out of memory");
	}
	oracle_end(state.oracle, &state.seen);
}

uint64_t bench_execute(enum bench_part part, const uint8_t *data, size_t size)
{
	if (part == BENCH_EMPTY)
		return 0;
	if (part == BENCH_ALL) {
		fuzz_one(data, size, &fuzz_profiles[FUZZ_MERGE]);
		return fuzz_operations();
	}
	if (!state.ready)
		prepare();
	decode(data, size);
	if (part == BENCH_CORE || part == BENCH_CORE_SHOWN || part == BENCH_CORE_CHECKED)
		run_core(part != BENCH_CORE, part == BENCH_CORE_CHECKED);
	else if (part == BENCH_MODEL || part == BENCH_MODEL_SHOWN)
		run_model(part == BENCH_MODEL_SHOWN);
	return state.program.op_count;
}
