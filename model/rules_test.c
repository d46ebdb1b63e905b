/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model says on which rule a result rests, and counts each case it decides: a report is read
 * by these ids, and what a run exercised is told by these counts. One line per row of a table.
 *
 * In the drawings a column is a page in hexadecimal, a letter an area, '.' nothing, a capital
 * a faulted area; '=' marks the pages the operation names.
 */
#include "test_support.h"

/*
 *      0 1 2 3 4 5 6 7
 *      a a a a = = = =         2.4, its rows
 */
static void map_beside_each_owner_counts_row(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 4-8 rw", "counts 2.4 none/none", "counts 3 L1R0");
	script("map 0-4 rw", "write 0-1", "map 4-8 rw", "counts 2.4 set/none", "counts 3 L1R0");
	script("map 0-4 rw", "write 0-1", "fork", "@1 map 4-8 rw", "counts 2.4 set/none forked",
	       "counts 11.3 child new", "map 4-8 rw", "counts 11.3 parent new");
	script("map 0-4 rw", "fork", "@1 map 4-8 rw", "counts 2.4 none/none",
	       "counts 11.3 child unfaulted", "@1 is 0-8 rw");
	script("fork", "@1 map 0-4 rw", "@1 write 0-1", "@1 map 4-8 rw", "counts 2.4 set/none",
	       "counts 11.3 child own", "@1 is 0-8 rw F1");
}

static void protect_beside_each_owner_counts_row(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 4-8 rwx", "write 4-5", "prot 4-8 rw",
	       "[6.1,6.12] counts 2.4 6.12 none/set", "[6.1,6.12] counts 4.5 whole",
	       "[6.18,7.3] counts 2.4 none/set", "[6.18,7.3] counts 4.3 from middle");
	script_since_6_18("map 0-4 rw", "map 4-8 rwx", "write 4-5", "fork", "@1 prot 4-8 rw",
			  "counts 2.4 none/set forked", "counts 11.3 child into");
	script("map 0-8 rw", "write 0-1", "prot 4-8 r", "prot 4-8 rw", "counts 2.4 set/same",
	       "counts 4.2 left full");
	script("map 0-8 rw", "write 0-1", "prot 4-8 r", "fork", "@1 prot 4-8 rw",
	       "counts 2.4 set/other", "counts 11.3 child two");
	script("map 0-8 rw", "write 0-1", "fork", "@1 prot 4-8 r", "@1 prot 4-8 rw",
	       "counts 2.4 set/same", "counts 11.3 child pieces");
	script("map 0-8 rw", "advise 4-8 dontfork", "write 0-1", "write 4-5", "advise 4-8 dofork",
	       "counts 2.4 set/other");
}

/* 2.2, 2.3, 2.5, 2.6: why not */
static void map_refused_by_each_attribute_counts_it(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 4-8 r", "counts 2.3 flags", "counts 3 L0R0");
	script("map 0-4 r plain@0", "map 4-8 r second@4", "counts 2.3 file");
	script("map 0-4 r plain@0", "map 4-8 r plain@5", "counts 2.6");
	script("map 0-4 rw", "map 8-12 rw", "write 0-1", "write 8-9", "map 4-8 rw",
	       "[6.12,6.18,7.3] counts 2.5", "[6.12,6.18,7.3] counts 3 L1R0");
	script("map 0-8 r shared mixed@0", "prot 4-8 rw", "prot 4-8 r", "counts 2.2");
	script("map 0-4 rw", "counts 3 L0R0", "counts 8.1-26");
}

/* 3: each row */
static void map_each_side_counts_row(void **state)
{
	(void)state;
	script("map 4-8 rw", "map 0-4 rw", "counts 3 L0R1");
	script("map 0-4 rw", "map 8-12 rw", "map 4-8 rw", "counts 3 L1R1del");
	script("map 0-4 r close@0", "map 8-12 r close@8", "map 4-8 r close@4",
	       "[6.12,6.18,7.3] counts 3 L1R1keep");
	script("map 0-4 rw", "map 8-12 rw", "write 8-9", "map 4-8 rw",
	       "[6.12,6.18,7.3] counts 3 L1R1del", "[6.12,6.18,7.3] counts 3 N2");
}

/*
 *      0 1 2 3 4 5 6 7 8
 *      p p p m m m n n n       4.2, its rows
 */
static void protect_each_piece_counts_row(void **state)
{
	(void)state;
	script("map 0-9 r", "prot 3-6 rw", "counts 4.2 inside", "counts 4.5-1", "counts 4.5-2",
	       "prot 3-6 r", "[6.12,6.18,7.3] counts 4.2 both", "[6.12,6.18,7.3] rule 4.2 both");
	script("map 0-9 r", "prot 3-6 rw", "prot 3-5 r", "[6.12,6.18,7.3] counts 4.2 left partial",
	       "[6.12,6.18,7.3] rule 4.2 left partial");
	script("map 0-9 r", "prot 3-6 rw", "prot 4-6 r",
	       "[6.12,6.18,7.3] counts 4.2 right partial");
	script("map 0-6 r", "prot 3-6 rw", "prot 3-6 r", "[6.12,6.18,7.3] counts 4.2 left full");
	script("map 3-9 r", "prot 3-6 rw", "prot 3-6 r", "[6.12,6.18,7.3] counts 4.2 right full");
	script("map 0-9 r shared close@0", "prot 3-6 rw", "prot 3-6 r",
	       "[6.12,6.18,7.3] counts 4.2 C1", "counts 4.5 whole");
	script("map 0-4 rw", "prot 0-4 r", "counts 4.2 none", "counts 4.5 whole");
	script("map 0-4 rw", "map 8-12 rw", "write 8-9", "map 4-8 r", "prot 4-8 rw",
	       "counts 4.2 both", "counts 4.3 from next");
	script_since_6_18("map 0-2 r shared odd@0", "map 2-5 rw shared odd@2",
			  "map 5-8 r shared odd@5", "prot 2-5 r", "counts 4.2 C2",
			  "counts 4.2 left full");
}

/* 4.5: the half-done cut */
static void protect_middle_without_slot_counts_half(void **state)
{
	(void)state;
	script("map 0-8 rw", "limit 2", "prot 3-5 r = ENOMEM", "counts 4.5-1", "counts 4.5 half",
	       "counts 7 split");
}

/* 5: who gave the flag */
static void protect_beside_guarded_counts_union(void **state)
{
	(void)state;
	script_since_6_18("map 0-9 r shared plain@0", "prot 3-6 rw", "guard 0-1", "prot 3-6 r",
			  "counts 5.2 both", "counts 5.3");
	script_since_6_18("map 0-6 r shared plain@0", "prot 3-6 rw", "guard 0-1", "prot 3-6 r",
			  "counts 5.2 left full");
	script_since_6_18("map 0-6 r shared plain@0", "prot 3-6 rw", "guard 0-1", "prot 3-5 r",
			  "counts 5.2 left partial");
	script_since_6_18("map 0-6 r shared plain@0", "prot 0-3 rw", "guard 3-4", "prot 0-3 r",
			  "counts 5.2 right full");
	script_since_6_18("map 0-6 r shared plain@0", "prot 0-3 rw", "guard 3-4", "prot 1-3 r",
			  "counts 5.2 right partial");
	script_since_6_18("map 0-4 rw", "guard 0-1", "counts 5.7", "counts 9.4-3", "counts 9.4-4",
			  "map 4-8 rw", "counts 5.2 new", "prot 2-3 r", "counts 5.4", "unguard 0-8",
			  "counts 9.4 remove");
	script("set soft_dirty 1", "map 0-4 rw", "counts 5.6 new");
}

/* 6 and 7 */
static void unmap_each_way_counts_row(void **state)
{
	(void)state;
	script("unmap 0-4", "counts 6.3 none", "map 0-8 rw", "unmap 2-4", "counts 6.1",
	       "counts 6.3-G4", "limit +0", "unmap 1-2", "counts 6.3-G4");
	script("map 0-8 rw", "limit +0", "unmap 3-4 = ENOMEM", "rule 6.3-G1a", "counts 6.3-G1a",
	       "unmap 6-8", "counts 7 cut");
	script("map 0-8 r veto@0", "unmap 3-4 = EINVAL", "rule 6.1 may_split");
	script("map 0-8 r close@0", "unmap 0-8", "counts 6.3 close");
	script("map 0-2 rw", "limit +0", "map 4-6 r", "counts 7 mmap at", "map 8-9 r = ENOMEM",
	       "rule 7 mmap");
	script("map 0-4 rw", "limit +1", "prot 0-2 r", "counts 7 split last",
	       "prot 0-1 rwx = ENOMEM", "rule 7 split");
}

/* The checks of mmap, each by its step. */
static void map_refused_names_step(void **state)
{
	(void)state;
	script("map 0-4 rw nofile = EBADF", "rule 8.1-2", "map 0-4 rw hugetlb plain@0 = EINVAL",
	       "rule 8.1-3", "map at 0 len 0x0 rw = EINVAL", "rule 8.1-4",
	       "map at 0 len 0xffffffffffffffff rw = ENOMEM", "rule 8.1-6",
	       "map 0-4 rw offset0xffffffffffffffff = EOVERFLOW", "rule 8.1-7",
	       "map at 0 len 0xfffffffffffff000 rw = ENOMEM", "rule 8.1-10 length",
	       "map at 63 len 2 rw = ENOMEM", "rule 8.1-10 top", "map at 0+1 len 1 rw = EINVAL",
	       "rule 8.1-10 align", "map at 0x0 len 1 rw = EPERM", "rule 8.1-10 low", "map 0-4 rw",
	       "map 0-1 rw noreplace = EEXIST", "rule 8.1-11", "rlimit memlock 0",
	       "map 4-6 rw locked = EPERM", "rule 8.1-12", "rlimit memlock 1",
	       "map 4-6 rw locked = EAGAIN", "rule 8.1-13", "rlimit as 5", "map 4-6 r = ENOMEM",
	       "rule 8.1-19", "rlimit as inf", "map 0-2 r failing@0 = ENODEV", "rule 8.1-25",
	       "[6.18,7.3] map 0-2 r refusing@0 = EIO", "[6.18,7.3] rule 8.1-22");
	script("set never 3", "map 0-4 rw = ENOMEM", "rule 8.1-20");
	script("map 0-1 r plain@2251799813685247 = EOVERFLOW", "rule 8.4-1",
	       "map 0-1 r typeless plain@0 = EINVAL", "rule 8.4-2 type",
	       "map 0-1 r validate unknown plain@0 = EOPNOTSUPP", "rule 8.4-2 validate",
	       "map 0-1 rw shared readonly@0 = EACCES", "rule 8.4-2 access",
	       "map 0-1 r growsdown plain@0 = EINVAL", "rule 8.4-3 grows",
	       "[6.12] map 0-1 r prepare@0 = ENODEV", "[6.12] rule 8.4-3 nodev",
	       "map 0-1 r typeless = EINVAL", "rule 8.5 type",
	       "map 0-1 r shared growsdown = EINVAL", "rule 8.5 grows",
	       "map 0-1 r droppable locked = EINVAL", "[6.12,6.18,7.3] rule 8.5 droppable",
	       "map 0-1 r shared readonly@0", "counts 8.4-2 readonly");
}

static void place_each_way_counts_row(void **state)
{
	(void)state;
	script("place at 0x0 len 2 rw = 62", "counts 8.3 search", "place at 10 len 2 rw = 10",
	       "counts 8.3 hint", "place at 11 len 2 r = 60", "counts 8.3 hint refused",
	       "place at 0x0 len 60 r = ENOMEM", "rule 8.3 full");
	script("map 40-42 rw growsdown", "map 42-64 r", "place at 0x0 len 2 r = 34",
	       "counts 8.3 gap");
}

/* What drivers are asked, and what population does. */
static void map_with_hooks_counts_row(void **state)
{
	(void)state;
	script("map 0-4 r loud@0", "map 4-8 r loud@4", "counts 8.6 merged");
	script_before_6_18("map 0-4 r legacy@0", "map 4-8 r legacy@4", "counts 8.6 retry");
	script_6_18("map 0-3 r odd@0", "map 3-6 r odd@3", "counts 8.6 ops");
	script_7_3("map 0-4 r mapped@7 = EIO", "rule 8.7 mapped");
	script("map 0-4 rw populate", "counts 8.7 populate", "counts 10.2 new");
	script("map 0-4 r locked shared pfn@0", "counts 8.7 unlock");
}

/* mprotect, step by step */
static void protect_each_step_names_rule(void **state)
{
	(void)state;
	script("prot 0-4 0x03000000 = EINVAL", "rule 9.2-1", "prot at 0+1 len 1 r = EINVAL",
	       "rule 9.2-2", "prot at 0 len 0x0 r", "counts 9.2-3",
	       "prot at 0 len 0xffffffffffff0000 r = ENOMEM", "rule 9.2-4",
	       "prot 0-4 0x40 = EINVAL", "rule 9.2-5", "prot 0-4 r = ENOMEM", "rule 9.2-7",
	       "map 2-4 rw", "prot 2-4 r growsdown = EINVAL", "rule 9.2-8", "prot 0-4 r = ENOMEM",
	       "rule 9.2-9", "prot 2-4 0x02000001 = EINVAL", "rule 9.2-10", "prot 2-6 r = ENOMEM",
	       "rule 9.2-a", "[6.12,6.18,7.3] counts 9.2-k", "prot 2-4 r", "counts 9.2-h",
	       "prot 2-4 rw", "[6.12,6.18,7.3] counts 9.2-j", "write 2-3", "prot 2-4 r",
	       "counts 9.2-k kept");
	script("map 0-4 r shared readonly@0", "prot 0-4 rw = EACCES", "rule 9.2-b");
	script("map 0-4 r", "rlimit data 3", "prot 0-4 rw = ENOMEM", "rule 9.2-i");
	script("set never 3", "map 0-4 r", "prot 0-4 rw = ENOMEM", "rule 9.2-j limit");
	script("map 10-14 rw growsdown", "prot 12-13 r growsdown", "counts 9.2-8 down");
	script("map 0-4 r locked", "prot 0-4 rw", "counts 9.2 populate");
}

static void advise_each_way_names_rule(void **state)
{
	(void)state;
	script("advise 0-4 999 = EINVAL", "rule 9.3 advice", "advise at 0+1 len 1 normal = EINVAL",
	       "rule 9.3 align", "advise at 0 len 0xffffffffffffffff normal = EINVAL",
	       "rule 9.3 length", "advise at 0 len 0x0 normal", "counts 9.3 empty",
	       "advise 0-4 normal = ENOMEM", "rule 9.3 gap", "map 0-4 rw shared",
	       "advise 0-4 wipeonfork = EINVAL", "rule 9.3 refused", "advise 0-4 normal",
	       "counts 9.3 same", "advise 0-4 mergeable", "counts 9.3 mergeable", "limit 1",
	       "advise 0-2 random = EAGAIN", "counts 9.3 again",
	       "advise 4-6 populate_read = ENOMEM", "[6.1] rule 9.3 gap",
	       "[6.12,6.18,7.3] rule 9.3 populate");
	script_since_6_18("map 0-4 r locked", "guard 0-1 = EINVAL", "rule 9.4-1");
}

static void lock_each_way_names_rule(void **state)
{
	(void)state;
	script("lock 0-4 2 = EINVAL", "rule 9.5 flags", "rlimit memlock 0", "lock 0-4 = EPERM",
	       "rule 9.5-1", "rlimit memlock 4", "lock 0-5 = ENOMEM", "rule 9.5-3",
	       "lock at 0 len 0x0", "counts 9.5-4", "lock 0-4 = ENOMEM", "rule 9.5-5", "map 0-2 r",
	       "lock 0-4 = ENOMEM", "rule 9.5-6", "lock 0-2", "counts 9.5 same", "map 2-6 r",
	       "lock 0-4", "counts 9.5-3 locked");
	script("map 0-4 r shared pfn@0", "lock 0-4", "counts 9.5 unfit");
	script("map 0-4 none", "lock 0-4 = ENOMEM", "rule 9.5-7");
}

static void touch_each_way_names_rule(void **state)
{
	(void)state;
	script("read 0-1 = EFAULT", "map 0-2 r", "read 2-3 = EFAULT", "write 0-1 = EFAULT",
	       "rule 10.1 access", "map 0-6 rw", "prot 2-4 rwx", "write 4-5", "counts 10.2 new",
	       "write 2-3", "counts 10.2 next", "write 0-1", "counts 10.2 next");
	script("map 0-4 rw", "prot 2-4 rwx", "write 0-1", "write 2-3", "counts 10.2 prev");
	script("map 0-4 rw", "write 0-1", "fork", "@1 map 4-8 rw", "@1 write 4-5",
	       "counts 10.2 forked");
	script_since_6_18("map 0-4 rw", "guard 0-1", "read 0-1 = EFAULT", "rule 9.4 touch");
	script("map 40-42 rw growsdown", "write 39-40", "counts 9.12 grown", "map 10-12 r",
	       "write 13-14 = EFAULT", "rule 9.12 gap", "prot 10-12 none", "write 12-13",
	       "counts 9.12 touching", "rlimit stack 3", "unmap 12-40", "write 38-39 = EFAULT",
	       "rule 9.12 limit");
	script("set quirks 0x1000", "map 40-42 rw growsdown noreserve", "leaked 1", "write 39-40",
	       "counts F13");
}

static void fork_each_way_counts_row(void **state)
{
	(void)state;
	script("map 0-2 rw", "write 0-1", "map 2-4 rw", "advise 2-4 dontfork", "map 4-6 rw",
	       "advise 4-6 wipeonfork", "map 6-8 r locked", "fork", "counts 11.1-1", "counts 11.2",
	       "counts 11.1-6", "counts 11.1-7", "exit", "counts 12");
	script("set never 4", "map 0-4 rw", "fork = ENOMEM", "rule 11.1-2");
	script_since_6_18("map 0-4 rw", "guard 0-1", "fork", "counts 11.4");
	script("map 0-2 rw", "write 0-1", "advise 0-2 wipeonfork", "fork", "@1 map 2-4 rw",
	       "@1 advise 2-4 wipeonfork", "counts 11.3 child wiped");
}

/* Without memory, the place that ran out. */
static void failing_points_name_rule(void **state)
{
	(void)state;
	script("map 0-4 rw", "!1+ map 4-8 rw = ENOMEM", "counts 3 oom", "rule 8.1-24");
	script("map 0-4 rw", "map 4-8 r", "!1 prot 4-6 rw = ENOMEM", "rule 4.4");
	script("map 0-4 rw", "!1 write 0-1 = EFAULT", "counts 10.2 oom");
	script("map 0-4 rw", "!1 unmap 0-4 = ENOMEM", "rule 6.3-G2c");
	script("map 0-4 rw", "!1 fork = ENOMEM", "rule 11.1 oom");
	script("map 0-4 r close@0", "map 4-8 rw close@4", "!2+ fork = ENOMEM");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(map_beside_each_owner_counts_row),
		cmocka_unit_test(protect_beside_each_owner_counts_row),
		cmocka_unit_test(map_refused_by_each_attribute_counts_it),
		cmocka_unit_test(map_each_side_counts_row),
		cmocka_unit_test(protect_each_piece_counts_row),
		cmocka_unit_test(protect_middle_without_slot_counts_half),
		cmocka_unit_test(protect_beside_guarded_counts_union),
		cmocka_unit_test(unmap_each_way_counts_row),
		cmocka_unit_test(map_refused_names_step),
		cmocka_unit_test(place_each_way_counts_row),
		cmocka_unit_test(map_with_hooks_counts_row),
		cmocka_unit_test(protect_each_step_names_rule),
		cmocka_unit_test(advise_each_way_names_rule),
		cmocka_unit_test(lock_each_way_names_rule),
		cmocka_unit_test(touch_each_way_names_rule),
		cmocka_unit_test(fork_each_way_counts_row),
		cmocka_unit_test(failing_points_name_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
