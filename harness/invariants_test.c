/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each invariant has a lie that breaks it and nothing before it: a program runs on the model,
 * whose observations hold throughout, and what stands after its last operation is changed in
 * one respect.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "flags.h"
#include "invariants.h"
#include "oracle.h"
#include "settings.h"

struct fixture {
	struct oracle *oracle;
	struct program program;
	struct observation a, b;
	struct invariants memory;
	struct verdict verdict;
	uint64_t exercised[RULES];
};

static int setup(void **state)
{
	static struct fixture fixture;

	memset(&fixture, 0, sizeof(fixture));
	program_init(&fixture.program);
	fixture.oracle = oracle_new();
	*state = &fixture;
	if (!fixture.oracle || observation_init(&fixture.a) || observation_init(&fixture.b))
		return -1;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	observation_done(&fixture->a);
	observation_done(&fixture->b);
	oracle_free(fixture->oracle);
	program_done(&fixture->program);
	return 0;
}

/* ------------------------------------------------------------------ lies */

/* A VMA in two, at a page; or two that touch in one. */
static void cut(struct seen_space *space, uint32_t index, uint32_t at)
{
	struct seen_vma *vma = &space->vma[index];

	memmove(vma + 1, vma, (space->vmas - index) * sizeof(*vma));
	space->vmas++;
	space->vma_count++;
	vma[0].end = at;
	vma[1].pgoff += at - vma[1].start;
	vma[1].virt_pgoff += at - vma[1].start;
	vma[1].start = at;
}

static void join(struct seen_space *space, uint32_t index)
{
	struct seen_vma *vma = &space->vma[index];

	vma->end = vma[1].end;
	space->vmas--;
	space->vma_count--;
	memmove(vma + 1, vma + 2, (space->vmas - index - 1) * sizeof(*vma));
}

/* Private writable memory that goes, in the counters. */
static void uncount(struct seen_space *space, int64_t pages)
{
	space->total_vm -= pages;
	space->data_vm -= pages;
	space->committed -= pages;
}

static void add_event(struct observation *seen, enum seen_event_kind kind, uint32_t start,
		      uint32_t end)
{
	seen->event[seen->events++] = (struct seen_event){
		.kind = (uint8_t)kind,
		.file = kind == EVENT_INSUFFICIENT_SLOTS ? FILE_ANON : FILE_CLOSE,
		.start = start,
		.end = end,
	};
}

static void say_done(struct observation *seen)
{
	seen->result = (struct seen_result){ .form = RESULT_VALUE };
}

#define LIE(name, statements)                                                                      \
	static void name(struct observation *seen)                                                 \
	{                                                                                          \
		struct seen_space *space = &seen->space[0];                                        \
		struct seen_vma *vma = space->vma;                                                 \
                                                                                                   \
		(void)vma;                                                                         \
		statements;                                                                        \
	}

LIE(overlapping, vma[1].start = 3)
LIE(beyond_top, vma->end = 65)
LIE(miscounted, space->vma_count++)
LIE(wrapping_offset, vma->pgoff = UINT64_MAX)
LIE(unreadable, vma->flags &= ~VM_FLAG(mr))
LIE(lock_on_fault, vma->flags |= VM_FLAG(lf))
LIE(locked, vma->flags |= VM_FLAG(lo))
LIE(both_huge, vma->flags |= VM_FLAG(hg) | VM_FLAG(nh))
LIE(both_reads, vma->flags |= VM_FLAG(sr) | VM_FLAG(rr))
LIE(not_may_share, vma->flags &= ~VM_FLAG(ms))
LIE(may_share_written, vma->flags &= ~VM_FLAG(sh))
LIE(watched_by_nobody, vma->flags |= VM_FLAG(um))
LIE(watched_for_nothing, vma->uffd = 1)
LIE(grows_down, vma->flags |= VM_FLAG(gd))
LIE(not_reserved, vma->flags |= VM_FLAG(nr))
LIE(wiped, vma->flags |= VM_FLAG(wf))
LIE(unsealed, vma->flags &= ~VM_FLAG(sl))
LIE(reserved, vma->flags &= ~VM_FLAG(nr))
LIE(total, space->total_vm++)
LIE(data, space->data_vm++)
LIE(locked_pages, space->locked_vm++)
LIE(committed, space->committed--)
LIE(no_chain, vma->chain = 0)
LIE(forked_chain, vma->chain = 2)
LIE(low_break, seen->result.value = 0 - PAGE_BYTES)
LIE(no_events, seen->events = 0)
LIE(closed_twice, add_event(seen, EVENT_CLOSE, 2, 4))
LIE(open_called, add_event(seen, EVENT_OPEN, 2, 6))
LIE(slots_told, add_event(seen, EVENT_INSUFFICIENT_SLOTS, 0, 0))
LIE(joined, join(space, 0))
LIE(apart, cut(space, 0, 4))
LIE(cut_at_3, cut(space, 0, 3))
LIE(special_grows, join(space, 0))
LIE(no_guards, vma->flags &= ~VM_FLAG(gu))
LIE(not_executable, vma->flags &= ~VM_FLAG(ex))
LIE(sequential, vma->flags |= VM_FLAG(sr))
LIE(other_offset, vma[1].pgoff++)
LIE(unmapped, vma[0] = vma[1]; space->vmas--; space->vma_count--; uncount(space, 2))
LIE(other_anon, vma->anon = 7)
LIE(child_sequential, seen->space[1].vma->flags |= VM_FLAG(sr))
LIE(child_mapped_elsewhere, seen->space[1].vma->virt_pgoff++)
LIE(child_locked, seen->space[1].vma->flags |= VM_FLAG(lo); seen->space[1].locked_vm = 2)
LIE(child_lacks_vma, seen->space[1].vmas = 0; seen->space[1].vma_count = 0;
    uncount(&seen->space[1], 2))

/* A hole that the limit refuses. */
static void punched(struct observation *seen)
{
	struct seen_space *space = &seen->space[0];

	cut(space, 0, 3);
	space->vma[1].start++;
	space->vma[1].pgoff++;
	space->vma[1].virt_pgoff++;
	uncount(space, 1);
}

static void punched_with_success(struct observation *seen)
{
	punched(seen);
	say_done(seen);
}

/* What RLIMIT_AS refuses. */
static void mapped_with_success(struct observation *seen)
{
	struct seen_space *space = &seen->space[0];

	space->vma[1] = space->vma[0];
	space->vma[1].start = space->vma[1].pgoff = space->vma[1].virt_pgoff = 10;
	space->vma[1].end = 12;
	space->vmas = 2;
	space->vma_count = 2;
	uncount(space, -2);
	say_done(seen);
	seen->result.value = 10 * PAGE_BYTES;
}

/* A walk that passes over its first piece. */
static void first_left_out(struct observation *seen)
{
	cut(&seen->space[0], 0, 4);
	seen->space[0].vma[0].flags &= ~VM_FLAG(ex);
}

/* One page of the target that a failed mapping had taken away. */
static void page_left(struct observation *seen)
{
	struct seen_space *space = &seen->space[0];

	space->vma[0] = (struct seen_vma){
		.start = 3,
		.end = 4,
		.flags = VM_FLAG(mr) | VM_FLAG(mw) | VM_FLAG(me),
		.pgoff = 3,
		.virt_pgoff = 3,
	};
	space->vmas = space->vma_count = space->total_vm = 1;
}

/* ------------------------------------------------------------------ rows */

struct row {
	enum rule rule;
	const char *text; /* without its first line */
	void (*lie)(struct observation *seen);
};

#define TWO "mmap 2..4 rw private anon\nmmap 10..12 rw private anon\n"
#define ONE "mmap 2..6 rw private anon\n"
#define HOOKED "mmap 2..6 rw shared file=close@2\n"
/* Equal, and apart because of their close hook. */
#define HOOKED_TWO HOOKED "mprotect 4..6 r\nmprotect 4..6 rw\n"
#define ONE_AWAY "mmap 10..12 rw private anon\nmprotect 10..11 r\n"
#define AT_LIMIT "limit 2\n" ONE "mmap 10..12 r private anon\n"

static const struct row rows[] = {
	{ RULE_STR_1, TWO, overlapping },
	{ RULE_STR_2, ONE, beyond_top },
	{ RULE_STR_3, ONE, miscounted },
	{ RULE_STR_6, "mmap 2..4 r private file=plain\n", wrapping_offset },
	{ RULE_FLG_1, ONE, unreadable },
	{ RULE_FLG_2, ONE, lock_on_fault },
	{ RULE_FLG_3, "special 2..4\n", locked },
	{ RULE_FLG_4, ONE, both_huge },
	{ RULE_FLG_4, ONE, both_reads },
	{ RULE_FLG_5, HOOKED, not_may_share },
	{ RULE_FLG_5, HOOKED, may_share_written },
	{ RULE_FLG_6, ONE, watched_by_nobody },
	{ RULE_FLG_6, ONE, watched_for_nothing },
	{ RULE_FLG_7, "mmap 2..4 r private file=plain\n", grows_down },
	{ RULE_FLG_8, ONE, not_reserved },
	{ RULE_FLG_10, "mmap 2..4 r private file=plain\n", wiped },
	{ RULE_FLG_11, ONE "mseal 2..6\nmprotect 2..6 r\n", unsealed },
	{ RULE_FLG_12, "mmap 2..4 rw droppable anon\n", reserved },
	{ RULE_FLG_3, "mmap 2..4 rw droppable anon\n", locked },
	{ RULE_ACC_1, ONE, total },
	{ RULE_ACC_2, ONE, data },
	{ RULE_ACC_3, ONE "mlock 2..6\n", locked_pages },
	{ RULE_ACC_4, ONE, committed },
	{ RULE_ACC_5, "rlimit as 3\nmmap 2..4 rw private anon\nmmap 10..12 rw private anon\n",
	  mapped_with_success },
	{ RULE_ACC_6, "brk 4\n", low_break },
	{ RULE_HOK_1, HOOKED "munmap 2..6\n", no_events },
	{ RULE_HOK_2, "mmap 2..4 rw shared file=close@2\nmunmap 2..4\n", closed_twice },
	{ RULE_HOK_3, HOOKED_TWO "mprotect 4..6 r\nmprotect 4..6 rw\n", joined },
	{ RULE_HOK_4,
	  "mmap 2..4 r shared file=veto@2\nmmap 4..6 rw shared file=veto@4\nmprotect 4..6 r\n",
	  open_called },
	{ RULE_HOK_6, HOOKED "mseal 5..6\nmunmap 4..6\n", no_events },
	{ RULE_ANV_1, ONE "touch 2..3 w\n", no_chain },
	{ RULE_ANV_5, ONE "touch 2..3 w\n", forked_chain },
	{ RULE_MRG_1, "mmap 2..4 rw private anon\nmmap 4..6 rw private anon\n", apart },
	{ RULE_MRG_1, "mmap 4..6 rw private anon\nmmap 2..4 rw private anon\n", apart },
	{ RULE_MRG_1, "brk 4\nbrk 6\n", apart },
	{ RULE_MRG_2, ONE "mprotect 4..6 r\nmprotect 4..6 rw\n", apart },
	{ RULE_MRG_2, ONE "mprotect 2..4 r\nmprotect 2..4 rw\n", apart },
	{ RULE_MRG_3, HOOKED_TWO ONE_AWAY, joined },
	{ RULE_MRG_4, ONE ONE_AWAY, apart },
	{ RULE_MRG_5, "special 2..4\nmmap 4..5 rx private anon\n", special_grows },
	{ RULE_STK_1, ONE "guard_install 2..3\nguard_remove 2..3\nmprotect 4..6 r\n", no_guards },
	{ RULE_STK_2, ONE "guard_install 2..3\n", no_guards },
	{ RULE_STK_3, "mmap 2..4 r private anon\nmmap 4..6 rw private anon\nmprotect 2..6 rwx\n",
	  not_executable },
	{ RULE_PAG_1, TWO "mprotect 10..12 r\n", sequential },
	{ RULE_PAG_1, TWO "mprotect 10..12 r\n", unmapped },
	{ RULE_PAG_1, TWO "fork\n@1 mprotect 2..4 r\n", sequential },
	{ RULE_PAG_2, ONE "mprotect 4..6 r\n", sequential },
	{ RULE_PAG_3, "mmap 2..6 r private file=plain@2\nmprotect 4..6 rw\n", other_offset },
	{ RULE_LIM_1, AT_LIMIT "munmap 3..4\n", punched_with_success },
	{ RULE_LIM_2, AT_LIMIT "munmap 3..4\n", cut_at_3 },
	{ RULE_LIM_3, ONE, slots_told },
	{ RULE_ERR_1, AT_LIMIT "munmap 3..4\n", punched },
	{ RULE_ERR_2,
	  "mmap 2..4 rw private anon\nmmap 4..6 r private anon\nmmap 6..8 rw private anon\n"
	  "mseal 6..8\nmprotect 2..8 rwx\n",
	  first_left_out },
	{ RULE_ERR_3, "softdirty off\n" ONE "mmap 2..6 rw private file=failing\n", page_left },
	{ RULE_FRK_1, "mmap 2..4 rw private anon\nfork\n", child_sequential },
	{ RULE_FRK_1, "mmap 2..4 rw private anon\nfork\n", child_mapped_elsewhere },
	{ RULE_FRK_1, "mmap 2..4 rw private anon\nfork\n", child_lacks_vma },
	{ RULE_FRK_2, ONE "touch 2..3 w\nfork\n", other_anon },
	{ RULE_FRK_3, "mmap 2..4 rw private anon\nmlock 2..4\nfork\n", child_locked },
	{ RULE_EXT_1, HOOKED "exit\n", no_events },
};

/* ------------------------------------------------------------------ runs */

static void parse(struct fixture *fixture, const char *text)
{
	static const struct run_options nothing_said = { .has_profile = false };
	struct text_error error = { .line = 0 };
	char whole[1024];

	snprintf(whole, sizeof(whole), "vma-program 1\n%s", text);
	program_reset(&fixture->program);
	if (program_parse(&fixture->program, whole, strlen(whole), &error))
		fail_msg("%s: line %u: %s", text, error.line, error.expected);
	settings_resolve(&fixture->program.settings, NULL, &nothing_said);
}

/* Runs a program whose last observation is lied about; whether all held. */
static bool holds(struct fixture *fixture, const char *text, void (*lie)(struct observation *seen))
{
	struct comparison c = { .program = &fixture->program, .facts = FACT_ALL };
	struct observation *before = &fixture->a, *now = &fixture->b;
	bool held;

	parse(fixture, text);
	oracle_begin(fixture->oracle, &fixture->program.settings);
	invariants_begin(&fixture->memory, &fixture->program.settings);
	now->result = (struct seen_result){ .form = RESULT_NOOP };
	now->events = 0;
	assert_int_equal(oracle_observe(fixture->oracle, now), 0);
	c.index = VERDICT_AT_BEGIN;
	c.seen = now;
	held = invariants_hold(&fixture->memory, &c, fixture->exercised, &fixture->verdict);
	for (c.index = 0; held && c.index < fixture->program.op_count; c.index++) {
		struct observation *old = before;

		before = now;
		now = old;
		c.before = before;
		c.seen = now;
		oracle_apply(fixture->oracle, &fixture->program, c.index, now);
		assert_int_equal(oracle_observe(fixture->oracle, now), 0);
		if (lie && c.index + 1 == fixture->program.op_count)
			lie(now);
		held = invariants_hold(&fixture->memory, &c, fixture->exercised, &fixture->verdict);
	}
	return held;
}

static void each_lie_breaks_its_rule(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];

		memset(fixture->exercised, 0, sizeof(fixture->exercised));
		if (!holds(fixture, row->text, NULL))
			fail_msg("%s of an honest subject: %s\n%s", fixture->verdict.rule,
				 fixture->verdict.message, row->text);
		if (holds(fixture, row->text, row->lie))
			fail_msg("row %zu: nobody minds a lie about %s", i, rule_id(row->rule));
		if (strcmp(fixture->verdict.rule, rule_id(row->rule)) != 0)
			fail_msg("row %zu: a lie about %s is said to be one about %s: %s", i,
				 rule_id(row->rule), fixture->verdict.rule,
				 fixture->verdict.message);
		assert_int_equal(fixture->verdict.class, VERDICT_INVALID_STATE);
		if (!fixture->exercised[row->rule])
			fail_msg("row %zu: %s was broken without being exercised", i,
				 rule_id(row->rule));
	}
}

/* What these files are said to check has a lie of its own. */
static void every_rule_checked_here_has_a_lie(void **state)
{
	(void)state;
	for (size_t rule = 0; rule < RULES; rule++) {
		bool found = false;

		if (!strstr(rule_by((enum rule)rule), "harness/invariants"))
			continue;
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			found |= rows[i].rule == rule;
		if (!found)
			fail_msg("no lie breaks %s", rule_id((enum rule)rule));
	}
}

/* Nothing is counted where nothing could fail. */
static void quiet_programs_exercise_nothing(void **state)
{
	static const enum rule quiet[] = { RULE_FLG_6, RULE_FRK_1, RULE_EXT_1, RULE_LIM_3,
					   RULE_STK_1, RULE_PAG_2, RULE_MRG_1, RULE_MRG_2,
					   RULE_ERR_1, RULE_ACC_5, RULE_HOK_1, RULE_LIM_1 };
	struct fixture *fixture = *state;

	assert_true(holds(fixture, "softdirty off\n" ONE "munmap 2..6\n", NULL));
	for (size_t i = 0; i < sizeof(quiet) / sizeof(quiet[0]); i++)
		if (fixture->exercised[quiet[i]])
			fail_msg("%s is said to have been exercised", rule_id(quiet[i]));
}

/* A subject that does not show everything is not asked. */
static void partial_facts_are_not_judged(void **state)
{
	struct fixture *fixture = *state;
	struct comparison c = {
		.program = &fixture->program,
		.index = VERDICT_AT_BEGIN,
		.facts = FACT_LAYOUT,
		.seen = &fixture->a,
	};

	parse(fixture, ONE);
	fixture->a.space[0].alive = true;
	fixture->a.space[0].vma_count = 5;
	assert_true(invariants_hold(&fixture->memory, &c, fixture->exercised, &fixture->verdict));
	c.facts = FACT_ALL;
	assert_false(invariants_hold(&fixture->memory, &c, fixture->exercised, &fixture->verdict));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_lie_breaks_its_rule, setup, teardown),
		cmocka_unit_test(every_rule_checked_here_has_a_lie),
		cmocka_unit_test_setup_teardown(quiet_programs_exercise_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(partial_facts_are_not_judged, setup, teardown),
	};

	return cmocka_run_group_tests_name("invariants", tests, NULL, NULL);
}
