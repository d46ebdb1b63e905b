/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "isolate.h"

static const uint64_t still;

static void run(int (*body)(void *), void *context, double timeout, struct isolate_result *result)
{
	isolate_run(body, context, &still, timeout, result);
}

static int return_seven(void *context)
{
	int *shared = context;

	*shared = 1;
	return 7;
}

static void status_and_shared_memory_come_back(void **state)
{
	int *shared = isolate_share(sizeof(*shared));
	struct isolate_result result;

	(void)state;
	assert_non_null(shared);
	run(return_seven, shared, 10, &result);
	assert_int_equal(result.end, ISOLATE_RETURNED);
	assert_int_equal(result.status, 7);
	assert_int_equal(*shared, 1);
	isolate_unshare(shared, sizeof(*shared));
}

/* Not through a sanitizer's handler: the signal itself. */
static int die_by_kill(void *context)
{
	(void)context;
	kill(getpid(), SIGKILL);
	return 0;
}

static void signal_is_named(void **state)
{
	struct isolate_result result;

	(void)state;
	run(die_by_kill, NULL, 10, &result);
	assert_int_equal(result.end, ISOLATE_CRASHED);
	assert_string_equal(result.kind, "SIGKILL");
}

static int say_and_exit(void *context)
{
	fputs(context, stderr);
	_exit(99);
}

static void sanitizer_report_names_the_kind(void **state)
{
	char said[] = "==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x60\n";
	struct isolate_result result;

	(void)state;
	run(say_and_exit, said, 10, &result);
	assert_int_equal(result.end, ISOLATE_CRASHED);
	assert_string_equal(result.kind, "heap-use-after-free");
}

static void leak_report_is_a_leak(void **state)
{
	char said[] = "==1==ERROR: LeakSanitizer: detected memory leaks\n";
	struct isolate_result result;

	(void)state;
	run(say_and_exit, said, 10, &result);
	assert_int_equal(result.end, ISOLATE_LEAKED);
}

static int sleep_for_ever(void *context)
{
	(void)context;
	for (;;)
		pause();
	return 0;
}

static void standing_still_is_stuck(void **state)
{
	struct isolate_result result;

	(void)state;
	run(sleep_for_ever, NULL, 0.2, &result);
	assert_int_equal(result.end, ISOLATE_STUCK);
}

/* More than a pipe holds, so that a parent which does not read would wait for ever. */
static int say_much(void *context)
{
	(void)context;
	for (int i = 0; i < 4000; i++)
		fputs("a line of no importance that is long enough to fill a pipe\n", stderr);
	return 0;
}

static void words_of_the_child_do_not_block_it(void **state)
{
	struct isolate_result result;
	int kept = dup(STDERR_FILENO);

	(void)state;
	assert_non_null(freopen("/dev/null", "w", stderr));
	run(say_much, NULL, 10, &result);
	fflush(stderr);
	dup2(kept, STDERR_FILENO);
	close(kept);
	assert_int_equal(result.end, ISOLATE_RETURNED);
	assert_int_equal(result.status, 0);
}

static void kinds_of_reports(void **state)
{
	static const struct {
		const char *text, *kind;
	} rows[] = {
		{ "==2==ERROR: AddressSanitizer: SEGV on unknown address", "SIGSEGV" },
		{ "ERROR: AddressSanitizer: attempting double-free on 0x6", "double-free" },
		{ "==7==WARNING: MemorySanitizer: use-of-uninitialized-value\n",
		  "use-of-uninitialized-value" },
		{ "a.c:3:4: runtime error: signed integer overflow: 1 + 2",
		  "signed-integer-overflow" },
		{ "a.c:3:4: runtime error: shift exponent 64 is too large", "shift-out-of-bounds" },
		{ "a.c:3:4: runtime error: something unheard of", "undefined-behaviour" },
		{ "a.c:1:1: runtime error: index 9 out of bounds\n==1==ERROR: AddressSanitizer: "
		  "SEGV",
		  "index-out-of-bounds" },
	};
	char kind[48];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(isolate_kind_of_report(rows[i].text, kind, sizeof(kind)));
		assert_string_equal(kind, rows[i].kind);
	}
	assert_false(isolate_kind_of_report("nothing of the sort", kind, sizeof(kind)));
}

static void places_of_reports(void **state)
{
	static const struct {
		const char *text, *where;
	} rows[] = {
		{ "==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x60\n"
		  "READ of size 8 at 0x60 thread T0\n"
		  "    #0 0x1 in __interceptor_memcpy (/x/vmafuzz+0x1)\n"
		  "    #1 0x2 in find_vma /tree/src/vma.c:3:4\n"
		  "    #2 0x3 in mm_munmap /tree/src/vma.c:5:6\n",
		  "find_vma" },
		{ "==1==ERROR: AddressSanitizer: attempting double-free on 0x6\n"
		  "    #0 0x1 in free (/x/vmafuzz+0x1)\n\n"
		  "freed by thread T0 here:\n"
		  "    #1 0x2 in vm_release /tree/src/alloc.c:3:4\n",
		  "" },
		{ "a.c:3:4: runtime error: shift exponent 64 is too large\n"
		  "    #0 0x1 in shift_it /tree/src/a.c:3:4\n",
		  "shift_it" },
		{ "prog: src/vma.c:12: vma_close: Assertion `vma' failed.\n", "vma_close" },
		{ "/tree/src/mm.c:167: vma_free: list_is_empty(&vma->chain)\n", "vma_free" },
		{ "range_tree: range_tree_insert() overlaps an entry\n", "range_tree_insert" },
		{ "no place\nin the second() line\n", "" },
		{ "    #0 0x1 in raise ./nptl/pthread_kill.c:44\n"
		  "    #1 0x2 (/x/vmafuzz+0x1)\n",
		  "" },
		{ "nothing of the sort", "" },
	};
	char where[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		isolate_place_of_report(rows[i].text, where, sizeof(where));
		assert_string_equal(where, rows[i].where);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_and_shared_memory_come_back),
		cmocka_unit_test(signal_is_named),
		cmocka_unit_test(sanitizer_report_names_the_kind),
		cmocka_unit_test(leak_report_is_a_leak),
		cmocka_unit_test(standing_still_is_stuck),
		cmocka_unit_test(words_of_the_child_do_not_block_it),
		cmocka_unit_test(kinds_of_reports),
		cmocka_unit_test(places_of_reports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
