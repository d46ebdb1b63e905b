/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The core as a subject: what its observations say, in which numbers, and what a space that
 * is not there answers.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flags.h"
#include "settings.h"
#include "subject.h"

struct run {
	struct subject *subject;
	struct program program;
	struct observation seen;
	uint32_t next;
};

static void run_begin(struct run *run, const char *text)
{
	struct text_error error;
	const char *why = NULL;

	memset(run, 0, sizeof(*run));
	assert_int_equal(subject_core_create(&run->subject), 0);
	assert_int_equal(observation_init(&run->seen), 0);
	program_init(&run->program);
	if (program_parse(&run->program, text, strlen(text), &error))
		fail_msg("line %u: expected %s", error.line, error.expected);
	settings_resolve(&run->program.settings, run->subject, NULL);
	assert_int_equal(run->subject->begin(run->subject, &run->program, &why), 0);
}

/* The next operations; what the last one left is in run->seen. */
static void run_steps(struct run *run, uint32_t count)
{
	const char *why = NULL;

	while (count--) {
		assert_int_equal(run->subject->apply(run->subject, &run->program, run->next++,
						     &run->seen, &why),
				 0);
		assert_int_equal(run->subject->observe(run->subject, &run->seen), FACT_ALL);
		assert_null(run->subject->validate(run->subject));
	}
}

static void run_end(struct run *run)
{
	const char *why = NULL;

	assert_int_equal(run->subject->end(run->subject, &run->seen, &why), 0);
	assert_null(run->subject->validate(run->subject));
	run->subject->destroy(run->subject);
	program_done(&run->program);
	observation_done(&run->seen);
}

/* Identities are numbered as they appear, from the lowest space and page on. */
static void observe_numbers_identities_by_appearance(void **state)
{
	const struct seen_vma *vma;
	struct run run;

	(void)state;
	run_begin(&run, "vma-program 1\n"
			"mmap 20..24 rw private anon\n"
			"touch 20..21 w\n"
			"mmap 4..6 rw shared anon\n"
			"mmap 8..10 rw private anon\n"
			"touch 8..9 w\n"
			"mmap 0..2 rw shared file=zero@3\n"
			"mmap 30..32 r private file=plain@7\n"
			"fork\n");
	run_steps(&run, 7);
	vma = run.seen.space[0].vma;
	assert_int_equal(run.seen.space[0].vmas, 5);
	assert_int_equal(vma[0].file, SEEN_OBJECT);
	assert_int_equal(vma[0].pgoff, 3);
	assert_int_equal(vma[1].file, SEEN_OBJECT + 1);
	assert_int_equal(vma[2].anon, 1);
	assert_int_equal(vma[2].pgoff, 8);
	assert_int_equal(vma[2].virt_pgoff, 8);
	assert_int_equal(vma[3].anon, 2);
	assert_int_equal(vma[3].chain, 1);
	assert_int_equal(vma[4].file, FILE_PLAIN);
	assert_int_equal(vma[4].pgoff, 7);
	assert_int_equal(vma[4].virt_pgoff, 30);
	assert_int_equal(vma[4].flags,
			 VM_FLAG(rd) | VM_FLAG(mr) | VM_FLAG(mw) | VM_FLAG(me) | VM_FLAG(sd));
	run_steps(&run, 1);
	vma = run.seen.space[1].vma;
	assert_true(run.seen.space[1].alive);
	assert_int_equal(run.seen.space[1].number, 1);
	assert_int_equal(vma[0].file, SEEN_OBJECT);
	assert_int_equal(vma[2].anon, 3);
	assert_int_equal(vma[2].chain, 2);
	run_end(&run);
}

/* Spaces keep their numbers; what is not alive, and a fifth, is a no-op. */
static void apply_to_missing_space_is_noop(void **state)
{
	struct run run;

	(void)state;
	run_begin(&run, "vma-program 1\n"
			"fork\n"
			"fork\n"
			"fork\n"
			"fork\n"
			"@1 exit\n"
			"@1 munmap 0..4\n"
			"@2 fork\n"
			"@4 mmap 0..4 rw private anon\n"
			"@9 mmap 0..4 rw private anon\n");
	run_steps(&run, 3);
	assert_int_equal(run.seen.result.form, RESULT_VALUE);
	run_steps(&run, 1);
	assert_int_equal(run.seen.result.form, RESULT_NOOP);
	run_steps(&run, 1);
	assert_int_equal(run.seen.result.form, RESULT_VALUE);
	assert_int_equal(run.seen.space[1].number, 2);
	assert_false(run.seen.space[3].alive);
	run_steps(&run, 1);
	assert_int_equal(run.seen.result.form, RESULT_NOOP);
	run_steps(&run, 2);
	assert_int_equal(run.seen.result.form, RESULT_VALUE);
	assert_int_equal(run.seen.space[3].number, 4);
	assert_int_equal(run.seen.space[3].vmas, 1);
	assert_int_equal(run.seen.space[3].committed, 4);
	run_steps(&run, 1);
	assert_int_equal(run.seen.result.form, RESULT_NOOP);
	run_end(&run);
}

static void expect_event(const struct run *run, uint32_t index, enum seen_event_kind kind,
			 uint32_t start, uint32_t end, uint32_t at)
{
	const struct seen_event *event = &run->seen.event[index];

	assert_true(index < run->seen.events);
	assert_int_equal(event->kind, kind);
	assert_int_equal(event->start, start);
	assert_int_equal(event->end, end);
	assert_int_equal(event->at, at);
}

/* Hooks and the tracepoint, in the order they came. */
static void apply_logs_hooks_and_tracepoint_in_order(void **state)
{
	struct run run;

	(void)state;
	run_begin(&run, "vma-program 1\n"
			"mmap 0..8 rw private file=close\n"
			"munmap 2..4\n"
			"limit +0\n"
			"mprotect 0..1 r\n"
			"fork\n");
	run_steps(&run, 1);
	assert_int_equal(run.seen.events, 1);
	expect_event(&run, 0, EVENT_MMAP, 0, 8, 0);
	run_steps(&run, 1);
	assert_int_equal(run.seen.events, 5);
	expect_event(&run, 0, EVENT_MAY_SPLIT, 0, 8, 2);
	expect_event(&run, 1, EVENT_OPEN, 0, 2, 0);
	expect_event(&run, 2, EVENT_MAY_SPLIT, 2, 8, 4);
	expect_event(&run, 3, EVENT_OPEN, 4, 8, 0);
	expect_event(&run, 4, EVENT_CLOSE, 2, 4, 0);
	run_steps(&run, 2);
	assert_int_equal(run.seen.result.error, ENOMEM);
	assert_int_equal(run.seen.events, 2);
	expect_event(&run, 0, EVENT_MPROTECT, 0, 1, 0);
	expect_event(&run, 1, EVENT_INSUFFICIENT_SLOTS, 0, 0, 2);
	run_steps(&run, 1);
	assert_int_equal(run.seen.events, 2);
	assert_int_equal(run.seen.event[0].space, 1);
	run_end(&run);
}

/* Markers by page, and what a failed request is counted as. */
static void observe_guards_and_failures(void **state)
{
	struct run run;

	(void)state;
	run_begin(&run, "vma-program 1\n"
			"pages 100\n"
			"mmap 60..80 rw private anon\n"
			"guard_install 63..66\n"
			"touch 62..64 w\n"
			"mprotect 70..72 r !alloc=1\n"
			"mprotect 70..72 r\n");
	run_steps(&run, 2);
	assert_true(run.seen.space[0].guard[0] == UINT64_C(1) << 63);
	assert_true(run.seen.space[0].guard[1] == 3);
	run_steps(&run, 1);
	assert_int_equal(run.seen.result.error, EFAULT);
	run_steps(&run, 1);
	assert_int_equal(run.seen.result.error, ENOMEM);
	assert_int_equal(run.seen.alloc_failed, 1);
	run_steps(&run, 1);
	assert_int_equal(run.seen.alloc_failed, 0);
	assert_int_equal(run.seen.space[0].vmas, 3);
	run_end(&run);
}

/* The same program twice on one subject: nothing is left of the first time. */
static void begin_again_starts_afresh(void **state)
{
	const char *why = NULL;
	struct run run;

	(void)state;
	run_begin(&run, "vma-program 1\n"
			"mmap 0..8 rw private file=shm\n"
			"limit 1\n"
			"munmap 2..4\n");
	for (int round = 0; round < 2; round++) {
		run.next = 0;
		run_steps(&run, 3);
		assert_int_equal(run.seen.result.error, ENOMEM);
		assert_int_equal(run.seen.space[0].vmas, 1);
		assert_int_equal(run.seen.space[0].vma[0].file, SEEN_OBJECT);
		assert_int_equal(run.subject->begin(run.subject, &run.program, &why), 0);
	}
	run_end(&run);
}

static void programs_of_6_1_are_skipped_by_name(void **state)
{
	const char *why = NULL;
	struct run run;

	(void)state;
	run_begin(&run, "vma-program 1\nmmap 0..8 rw private anon\n");
	run.program.settings.profile = PROFILE_6_1;
	assert_int_equal(run.subject->begin(run.subject, &run.program, &why), SUBJECT_SKIP);
	assert_string_equal(why, "the core has no profile 6.1");
	run_end(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(observe_numbers_identities_by_appearance),
		cmocka_unit_test(apply_to_missing_space_is_noop),
		cmocka_unit_test(apply_logs_hooks_and_tracepoint_in_order),
		cmocka_unit_test(observe_guards_and_failures),
		cmocka_unit_test(begin_again_starts_afresh),
		cmocka_unit_test(programs_of_6_1_are_skipped_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
