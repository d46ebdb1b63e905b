/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 9.8: brk and vm_brk, sentence by sentence. What the tests of vm_brk say of layouts was also seen
 * on 6.18, with ELF files whose segments have no bytes in the file.
 *
 * In the drawings a column is a page in hexadecimal, a letter an area, '.' nothing, a capital
 * a faulted area; '=' marks the pages the operation names.
 */
#include "test_support.h"

/* ---- brk ---------------------------------------------------------------------------------- */

static void brk_within_its_page_maps_nothing(void **state)
{
	(void)state;
	script("brk 0+1", "is 0-1 rw", "brk 0+4000", "rule 9.8-3", "brk 1", "is 0-1 rw", "brk 1+1",
	       "is 0-2 rw", "brk 0", "is empty");
	script("brk 2", "brk 0x1ffffffff000 = page2", "rule 9.8-1", "brk 0x200000100000 = page2",
	       "rule 9.8-5 top", "is 0-2 rw");
}

/* E38  the heap has no identity */
static void brk_meets_a_mapping(void **state)
{
	(void)state;
	script("brk 8", "map 8-9 rw", "is 0-9 rw", "brk 10 = page8", "rule 9.8-5 room", "unmap 8-9",
	       "prot 7-8 r", "brk 9", "[6.12,6.18,7.3] is 0-7 rw | 7-8 r | 8-9 rw",
	       "[6.1] is 0-7 rw | 7-8 r ac | 8-9 rw", "brk 1", "is 0-1 rw");
}

/*
 *      0 1 2 3 4 5 6 7
 *      h h = = . a a a         a free page has to remain, and the guard gap of a stack (4)
 */
static void brk_leaves_a_page_free(void **state)
{
	(void)state;
	script("brk 2", "map 5-8 rw", "brk 5 = page2", "brk 4+1 = page2", "brk 4",
	       "is 0-4 rw | 5-8 rw");
	script("brk 2", "map 10-12 rw growsdown", "brk 6 = page2", "brk 5");
}

static void brk_over_holes_and_seals(void **state)
{
	(void)state;
	script("brk 8", "unmap 2-4", "map 5-6 r", "brk 1", "is 0-1 rw", "brk 8", "unmap 0-64",
	       "brk 2 = page8", "rule 9.8-4 none", "brk 9", "is 8-9 rw");
	script("brk 8", "seal 4-6", "brk 2 = page8", "is 0-2 rw | 2-4 rw | 4-6 rw sl | 6-8 rw");
	script("brk 8", "limit 1", "brk 4", "brk 8", "map 8-12 rw", "brk 4 = page8", "saw nothing",
	       "is 0-12 rw");
}

static void brk_limits(void **state)
{
	(void)state;
	script("rlimit data 4", "brk 4", "brk 4+1 = page4", "rule 9.8-2", "rlimit as 4",
	       "rlimit data inf", "brk 5 = page4", "rule 9.8-5 expand", "is 0-4 rw");
	script("set never 4", "brk 4", "brk 5 = page4", "rule 9.8-5 charge", "counter charged 4");
	script("brk 4", "prot 3-4 r", "limit 2", "brk 5",
	       "[6.12,6.18,7.3] is 0-3 rw | 3-4 r | 4-5 rw", "[6.1] is 0-3 rw | 3-4 r ac | 4-5 rw",
	       "brk 6 = page5", "saw nothing", "[6.12,6.18,7.3] is 0-3 rw | 3-4 r | 4-5 rw",
	       "[6.1] is 0-3 rw | 3-4 r ac | 4-5 rw");
	script("set memlock 4", "lockall 2", "brk 5 = page0", "rule 9.8-5 lock", "brk 4",
	       "is 0-4 rw lo F1", "counter locked 4");
}

/* T7  a heap locked from here on is brought in and stays apart */
static void brk_with_locked_future(void **state)
{
	(void)state;
	script("brk 8", "lockall 2", "brk 10", "is 0-8 rw | 8-10 rw lo F1", "counter locked 2");
	script("lockall 6", "brk 4", "is 0-4 rw lo lf", "counter locked 4");
}

/* ---- vm_brk ------------------------------------------------------------------------------- */

/* READ WRITE MAY* ACCOUNT, and EXEC if asked for; the break does not move. */
static void vm_brk_maps_charged_memory(void **state)
{
	(void)state;
	script("vm_brk 4-8", "is 4-8 rw ac", "counter total 4", "counter data 4",
	       "counter charged 4", "counter locked 0", "saw nothing", "vm_brk 12-14 exec",
	       "is 4-8 rw ac | 12-14 rwx ac", "counter data 6", "counter executable 0", "brk 0",
	       "rule 9.8-3");
}

/*
 *      0 1 2 3 4 5 6 7
 *      a a = = b b b b         what was there is unmapped first
 */
static void vm_brk_unmaps_first(void **state)
{
	(void)state;
	script("map 0-8 r", "read 2-4", "vm_brk 2-4", "is 0-2 r | 2-4 rw | 4-8 r");
	script_since_6_18("map 0-8 r", "guard 0-8", "vm_brk 2-4",
			  "is 0-2 r gu F1 | 2-4 rw | 4-8 r gu F1", "marks 0-2 4-8");
	script("map 0-8 rw shared close@0", "vm_brk 2-4",
	       "saw close.may_split(0-8/2) close.open(0-2) close.may_split(2-8/4) "
	       "close.open(4-8) close.close(2-4)",
	       "is 0-2 rw sh close@0 | 2-4 rw | 4-8 rw sh close@4", "counter charged 2");
	script("map 0-2 r", "map 5-6 rw", "map 7-9 r", "vm_brk 1-8", "is 0-1 r | 1-8 rw | 8-9 r");
}

/* 6.3: and what refuses to be unmapped, refuses. */
static void vm_brk_what_cannot_be_unmapped(void **state)
{
	(void)state;
	script("map 0-8 rw", "seal 4-6", "vm_brk 2-5 = EPERM", "rule 6.3-G2a",
	       "is 0-2 rw | 2-4 rw | 4-6 rw sl | 6-8 rw", "vm_brk 5-6 = EPERM", "rule 6.3-G1b");
	script("map 0-8 r veto@0", "vm_brk 2-4 = EINVAL", "saw veto.may_split(0-8/2)",
	       "is 0-8 r veto@0");
}

/*
 *      0 1 2 3 4 5 6 7
 *      a a = = b b . .         joins what lies below, never what lies above
 */
static void vm_brk_joins_below_only(void **state)
{
	(void)state;
	script("map 0-2 rw", "vm_brk 2-4", "is 0-4 rw", "counter areas 1", "counts 3 L1R0");
	script("map 4-6 rw", "vm_brk 2-4", "is 2-4 rw | 4-6 rw", "counter areas 2");
	script("map 0-2 rw", "map 4-6 rw", "vm_brk 2-4", "is 0-4 rw | 4-6 rw");
	script("map 0-12 rw", "write 0-12", "vm_brk 4-8", "is 0-8 rw F1 | 8-12 rw F1");
	script("map 0-2 rw", "write 0-2", "fork", "@1 vm_brk 2-4", "@1 is 0-2 rw F1* | 2-4 rw");
}

static void vm_brk_joins_its_equal_only(void **state)
{
	(void)state;
	script("map 0-2 rw", "vm_brk 2-4 exec", "is 0-2 rw | 2-4 rwx", "vm_brk 4-6 exec",
	       "is 0-2 rw | 2-6 rwx");
	script("map 0-2 rw noreserve", "vm_brk 2-4", "is 0-2 rw nr | 2-4 rw");
	script("map 0-2 rw plain@0", "vm_brk 2-4", "is 0-2 rw plain@0 | 2-4 rw");
	script("brk 2", "vm_brk 2-4", "is 0-4 rw", "brk 3 = page2");
}

/* Unlike brk: no page above has to stay free, no guard gap is kept. */
static void vm_brk_leaves_nothing_free(void **state)
{
	(void)state;
	script("map 4-6 r", "map 10-12 rw growsdown", "vm_brk 2-4", "vm_brk 6-10",
	       "is 2-4 rw | 4-6 r | 6-10 rw | 10-12 rw gd");
}

static void vm_brk_refused_ranges(void **state)
{
	(void)state;
	script("map 0-8 r", "vm_brk 4-4", "vm_brk at 0+1 len 0", "vm_brk at 4+1 len 4 = EINVAL",
	       "vm_brk at 62 len 3 = ENOMEM", "vm_brk at 0 len 0xfffffffffffff001 = ENOMEM",
	       "vm_brk at 0 len 0x7ffffffffffff000 = ENOMEM", "vm_brk at 0x1000 len 1 = EPERM",
	       "rule 9.8 vm_brk range", "is 0-8 r", "vm_brk at 60 len 3+1", "is 0-8 r | 60-64 rw");
}

/* The limits of the inner routine are asked when the range is a hole already. */
static void vm_brk_refused_leaves_hole(void **state)
{
	(void)state;
	script("map 0-8 rw", "rlimit as 8", "vm_brk 2-4", "is 0-4 rw | 4-8 rw", "rlimit as 7",
	       "vm_brk 2-4 = ENOMEM", "rule 9.8-5 expand", "is 0-2 rw | 4-8 rw", "counter total 6",
	       "counter charged 6");
	script("map 0-8 r", "rlimit data 1", "vm_brk 2-4 = ENOMEM", "is 0-2 r | 4-8 r",
	       "vm_brk 2-3", "is 0-2 r | 2-3 rw | 4-8 r", "vm_brk 3-4 exec = ENOMEM");
	script("set never 8", "map 0-8 rw", "vm_brk 2-4", "vm_brk 10-11 = ENOMEM",
	       "rule 9.8-5 charge", "map 10-12 r", "vm_brk 10-11 = ENOMEM",
	       "is 0-4 rw | 4-8 rw | 11-12 r", "counter charged 8");
	script("rlimit data 0", "vm_brk 2-4", "is 2-4 rw");
}

/*
 * Lenient at the limit, and no event; the areas are counted after the unmapping.
 *
 *      0 1 2 3 4 5 6 7
 *      a a . . b b . .
 */
static void vm_brk_at_the_limit(void **state)
{
	(void)state;
	script("map 0-2 r", "map 4-6 r", "limit 2", "vm_brk 8-10", "is 0-2 r | 4-6 r | 8-10 rw",
	       "vm_brk 10-12 = ENOMEM", "rule 7 brk", "saw nothing", "is 0-2 r | 4-6 r | 8-10 rw",
	       "vm_brk 4-6", "is 0-2 r | 4-6 rw | 8-10 rw");
	script("map 0-2 r", "map 2-4 rw", "map 8-12 r", "limit 2", "vm_brk 9-10 = ENOMEM",
	       "rule 6.3-G1a", "saw nothing", "vm_brk 8-9 = ENOMEM", "rule 7 brk",
	       "is 0-2 r | 2-4 rw | 9-12 r");
}

/* def_flags: locked memory is counted and brought in; ONFAULT only counted. */
static void vm_brk_with_locked_future(void **state)
{
	(void)state;
	script("map 0-2 rw", "lockall 2", "vm_brk 2-4", "is 0-2 rw | 2-4 rw lo F1",
	       "counter locked 2", "vm_brk 4-6", "is 0-2 rw | 2-6 rw lo F1", "counter locked 4");
	script("lockall 6", "vm_brk 2-4", "is 2-4 rw lo lf", "counter locked 2");
	script("lockall 2", "rlimit as 0", "vm_brk 2-4 = ENOMEM", "is empty", "counter locked 0");
}

/* Asked before anything is unmapped, with what is locked in the range counted. */
static void vm_brk_beyond_the_locked_limit(void **state)
{
	(void)state;
	script("set memlock 4", "map 0-4 r", "lockall 2", "vm_brk 0-5 = EAGAIN",
	       "rule 9.8 vm_brk lock", "is 0-4 r", "vm_brk 0-3", "is 0-3 rw lo F1 | 3-4 r",
	       "vm_brk 1-3 = EAGAIN", "vm_brk 1-2", "is 0-2 rw lo F1 | 2-3 rw lo F1 | 3-4 r",
	       "counter locked 3");
	script("set memlock 0", "vm_brk 0-4");
	script("set memlock 0", "set lock_privilege 1", "lockall 2", "vm_brk 0-4",
	       "counter locked 4");
}

/* 5.6: on the whole area, new or joined. */
static void vm_brk_is_soft_dirty(void **state)
{
	(void)state;
	script("set soft_dirty 1", "map 0-2 rw", "clean", "vm_brk 2-4", "is 0-4 rw", "vm_brk 8-9",
	       "is 0-4 rw | 8-9 rw");
}

/* D17  with the mode of KSM: since 6.17 the flag is there before the joining is tried */
static void vm_brk_with_samepage_mode(void **state)
{
	(void)state;
	script("map 0-2 rw", "samepage", "vm_brk 2-4", "[6.18,7.3] is 0-4 rw mg",
	       "[6.1,6.12] is 0-2 rw mg | 2-4 rw mg");
	script("brk 2", "samepage", "brk 4", "[6.18,7.3] is 0-4 rw mg",
	       "[6.1,6.12] is 0-2 rw mg | 2-4 rw mg");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(brk_within_its_page_maps_nothing),
		cmocka_unit_test(brk_meets_a_mapping),
		cmocka_unit_test(brk_leaves_a_page_free),
		cmocka_unit_test(brk_over_holes_and_seals),
		cmocka_unit_test(brk_limits),
		cmocka_unit_test(brk_with_locked_future),
		cmocka_unit_test(vm_brk_maps_charged_memory),
		cmocka_unit_test(vm_brk_unmaps_first),
		cmocka_unit_test(vm_brk_what_cannot_be_unmapped),
		cmocka_unit_test(vm_brk_joins_below_only),
		cmocka_unit_test(vm_brk_joins_its_equal_only),
		cmocka_unit_test(vm_brk_leaves_nothing_free),
		cmocka_unit_test(vm_brk_refused_ranges),
		cmocka_unit_test(vm_brk_refused_leaves_hole),
		cmocka_unit_test(vm_brk_at_the_limit),
		cmocka_unit_test(vm_brk_with_locked_future),
		cmocka_unit_test(vm_brk_beyond_the_locked_limit),
		cmocka_unit_test(vm_brk_is_soft_dirty),
		cmocka_unit_test(vm_brk_with_samepage_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
