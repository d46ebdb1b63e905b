/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the model's words become observations: what is relative to what, and who gets which number.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "flags.h"
#include "oracle.h"
#include "settings.h"

static struct oracle *oracle;
static struct observation seen;
static struct program program;

static int setup(void **state)
{
	(void)state;
	program_init(&program);
	oracle = oracle_new();
	return oracle && !observation_init(&seen) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	program_done(&program);
	observation_done(&seen);
	oracle_free(oracle);
	return 0;
}

/* Runs a text and leaves what stands after its last operation. */
static void run(const char *text)
{
	struct text_error error;

	program_reset(&program);
	if (program_parse(&program, text, strlen(text), &error))
		fail_msg("line %u: %s", error.line, error.expected);
	settings_resolve(&program.settings, NULL, NULL);
	oracle_begin(oracle, &program.settings);
	for (uint32_t i = 0; i < program.op_count; i++) {
		assert_null(oracle_refuses(oracle, &program.ops[i]));
		oracle_apply(oracle, &program, i, &seen);
	}
	assert_int_equal(oracle_observe(oracle, &seen), 0);
}

static const struct seen_vma *vma(unsigned int space, unsigned int i)
{
	assert_true(seen.space[space].alive);
	assert_true(i < seen.space[space].vmas);
	return &seen.space[space].vma[i];
}

static void addresses_and_offsets_count_from_the_base(void **state)
{
	(void)state;
	run("vma-program 1\n"
	    "mmap 20..22 rw private file=plain@100\n"
	    "mmap 4..6 rw private anon\n");
	assert_int_equal(seen.result.form, RESULT_VALUE);
	assert_int_equal(seen.result.value, 4 * PAGE_BYTES);
	assert_int_equal(vma(0, 0)->start, 4);
	assert_int_equal(vma(0, 0)->pgoff, 4);
	assert_int_equal(vma(0, 0)->virt_pgoff, 4);
	assert_int_equal(vma(0, 1)->pgoff, 100);
	assert_int_equal(vma(0, 1)->virt_pgoff, 20);
	assert_int_equal(vma(0, 1)->file, FILE_PLAIN);
	assert_int_equal(vma(0, 0)->flags, VM_FLAG(rd) | VM_FLAG(wr) | VM_FLAG(mr) | VM_FLAG(mw) |
						   VM_FLAG(me) | VM_FLAG(ac) | VM_FLAG(sd));
	run("vma-program 1\nprofile 6.18\nsoftdirty off\nmmap 4..6 rw private anon\n");
	assert_int_equal(vma(0, 0)->virt_pgoff, 0);
	assert_false(vma(0, 0)->flags & VM_FLAG(sd));
}

static void identities_are_numbered_by_first_appearance(void **state)
{
	(void)state;
	run("vma-program 1\n"
	    "mmap 30..31 rw shared anon\n"
	    "mmap 20..21 rw shared anon\n"
	    "mmap 10..11 rw shared file=shm\n"
	    "mmap 50..51 rw private anon\n"
	    "touch 50..51 w\n"
	    "mmap 40..41 rw private anon\n"
	    "touch 40..41 w\n"
	    "mmap 60..61 rw private anon\n");
	assert_int_equal(vma(0, 0)->file, SEEN_OBJECT);
	assert_int_equal(vma(0, 1)->file, SEEN_OBJECT + 1);
	assert_int_equal(vma(0, 2)->file, SEEN_OBJECT + 2);
	assert_int_equal(vma(0, 0)->pgoff, 0);
	assert_int_equal(vma(0, 3)->anon, 1);
	assert_int_equal(vma(0, 4)->anon, 2);
	assert_int_equal(vma(0, 4)->chain, 1);
	assert_int_equal(vma(0, 5)->anon, 0);
	assert_int_equal(vma(0, 5)->chain, 0);
	/* Looking twice changes nothing. */
	assert_int_equal(oracle_observe(oracle, &seen), 0);
	assert_int_equal(vma(0, 4)->anon, 2);
}

static void spaces_stand_in_order_of_their_numbers(void **state)
{
	(void)state;
	run("vma-program 1\n"
	    "mmap 0..1 rw private anon\n"
	    "touch 0..1 w\n"
	    "fork\n"
	    "fork\n"
	    "@1 exit\n"
	    "@2 fork\n");
	assert_int_equal(seen.result.value, 0);
	assert_int_equal(seen.space[0].number, 0);
	assert_int_equal(seen.space[1].number, 2);
	assert_int_equal(seen.space[2].number, 3);
	assert_false(seen.space[3].alive);
	assert_int_equal(vma(0, 0)->anon, 1);
	assert_int_equal(vma(1, 0)->anon, 2);
	assert_int_equal(vma(2, 0)->anon, 3);
	assert_int_equal(vma(2, 0)->chain, 2);
}

static void nothing_is_left_of_a_space_that_ended(void **state)
{
	(void)state;
	run("vma-program 1\n"
	    "mmap 0..4 rw private anon\n"
	    "guard_install 1..2\n"
	    "fork\n");
	assert_int_equal(seen.space[1].guard[0], 2);
	run("vma-program 1\nexit\n");
	for (unsigned int i = 0; i < PROGRAM_SPACES; i++) {
		assert_false(seen.space[i].alive);
		assert_int_equal(seen.space[i].number, 0);
		assert_int_equal(seen.space[i].vmas, 0);
		assert_int_equal(seen.space[i].vma_count, 0);
		assert_int_equal(seen.space[i].guard[0], 0);
	}
}

static void results_of_operations_that_do_nothing(void **state)
{
	(void)state;
	run("vma-program 1\n@1 munmap 0..1\n");
	assert_int_equal(seen.result.form, RESULT_NOOP);
	run("vma-program 1\nfork\nfork\nfork\nfork\n");
	assert_int_equal(seen.result.form, RESULT_NOOP);
	run("vma-program 1\nexit\nmmap 0..1 r private anon\n");
	assert_int_equal(seen.result.form, RESULT_NOOP);
	run("vma-program 1\nmunmap 0..0\n");
	assert_int_equal(seen.result.form, RESULT_ERRNO);
	assert_int_equal(seen.result.error, EINVAL);
}

static void relative_limits_follow_the_count(void **state)
{
	(void)state;
	run("vma-program 1\n"
	    "mmap 0..1 r private anon\n"
	    "mmap 2..3 r private anon\n"
	    "limit -1\n"
	    "mmap 4..5 r private anon\n");
	assert_int_equal(seen.result.error, ENOMEM);
	assert_int_equal(seen.events, 1);
	assert_int_equal(seen.event[0].kind, EVENT_INSUFFICIENT_SLOTS);
	assert_int_equal(seen.event[0].at, 2);
	run("vma-program 1\n"
	    "mmap 0..1 r private anon\n"
	    "limit +0\n"
	    "mmap 4..5 r private anon\n");
	assert_int_equal(seen.result.form, RESULT_VALUE);
	assert_int_equal(seen.space[0].vma_count, 2);
	assert_int_equal(seen.space[0].total_vm, 2);
	/* More below than there are is a limit of 0, not a huge one. */
	run("vma-program 1\n"
	    "mmap 0..1 r private anon\n"
	    "limit -5\n"
	    "mmap 4..5 r private anon\n");
	assert_int_equal(seen.result.error, ENOMEM);
}

static void end_collects_the_events_of_every_space(void **state)
{
	(void)state;
	run("vma-program 1\n"
	    "mmap 0..1 rw shared file=close\n"
	    "mmap 4..5 rw shared file=close\n"
	    "fork\n");
	oracle_end(oracle, &seen);
	assert_int_equal(seen.events, 4);
	for (unsigned int i = 0; i < 4; i++) {
		assert_int_equal(seen.event[i].kind, EVENT_CLOSE);
		assert_int_equal(seen.event[i].space, i / 2);
		assert_int_equal(seen.event[i].start, i % 2 ? 4 : 0);
	}
	assert_int_equal(oracle_observe(oracle, &seen), 0);
	assert_false(seen.space[0].alive);
}

static void restore_forgets_a_trial(void **state)
{
	(void)state;
	run("vma-program 1\n"
	    "mmap 0..4 rw private anon\n"
	    "munmap 1..2\n"
	    "fork\n");
	run("vma-program 1\n"
	    "mmap 0..4 rw private anon\n");
	assert_int_equal(oracle_save(oracle), 0);
	program.ops[0] = (struct op){ .kind = OP_FORK };
	oracle_apply(oracle, &program, 0, &seen);
	oracle_observe(oracle, &seen);
	assert_true(seen.space[1].alive);
	oracle_restore(oracle);
	oracle_observe(oracle, &seen);
	assert_false(seen.space[1].alive);
	oracle_fail_at(oracle, 1, true);
	oracle_apply(oracle, &program, 0, &seen);
	assert_int_equal(seen.result.error, ENOMEM);
	assert_non_null(oracle_fail_reached(oracle));
	oracle_apply(oracle, &program, 0, &seen);
	assert_int_equal(seen.result.form, RESULT_VALUE);
	assert_null(oracle_fail_reached(oracle));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(addresses_and_offsets_count_from_the_base),
		T(identities_are_numbered_by_first_appearance),
		T(spaces_stand_in_order_of_their_numbers),
		T(nothing_is_left_of_a_space_that_ended),
		T(results_of_operations_that_do_nothing),
		T(relative_limits_follow_the_count),
		T(end_collects_the_events_of_every_space),
		T(restore_forgets_a_trial),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
