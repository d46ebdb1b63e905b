/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which error comes first: the cards of appendix A. Each line breaks two rules at least, and the
 * earlier one must answer.
 *
 * In the drawings a column is a page in hexadecimal, a letter an area, '.' nothing; '=' marks
 * the pages the operation names.
 */
#include "test_support.h"

/* ---- mmap (8.1) --------------------------------------------------------------------------- */

/*
 *      0 1 2 3 4 5 6 7
 *      . . . . . . . .         step 2 before 4, 3 before 8, 4 before all that follow
 */
static void map_without_file_is_ebadf_first(void **state)
{
	(void)state;
	script("map 0-4 rw nofile = EBADF", "map at 0 len 0x0 rw nofile = EBADF",
	       "map at 0 len 0x0 rw = EINVAL", "map at 0x0 len 0x0 rw = EINVAL",
	       "map 0-4 rw shared nofile = EBADF", "is empty");
}

/* Huge pages are not modelled: a plain file is refused, anonymous finds none. */
static void map_hugetlb_is_refused(void **state)
{
	(void)state;
	script("map 0-4 rw hugetlb plain@0 = EINVAL", "map 0-4 rw hugetlb = ENOMEM",
	       "map 0-4 rw hugetlb nofile = EBADF", "map 10-12 r", "map 14-16 r", "limit 1",
	       "map 0-4 rw hugetlb plain@0 = EINVAL", "saw nothing");
}

static void map_length_beyond_everything_is_enomem(void **state)
{
	(void)state;
	script("map at 0 len 0xffffffffffffffff rw offset0xffffffffffffffff = ENOMEM",
	       "map at 0 len 0xfffffffffffff001 rw = ENOMEM",
	       "map at 0 len 0xfffffffffffff000 rw = ENOMEM", "map at 0 len 65 rw = ENOMEM");
}

static void map_wrapping_offset_is_eoverflow(void **state)
{
	(void)state;
	script("map at 0+1 len 1 rw offset0xffffffffffffffff = EOVERFLOW",
	       "map 0-4 rw offset0xfffffffffffffffc = EOVERFLOW",
	       "map 0-4 rw offset0xfffffffffffffffb", "is 0-4 rw");
}

/*
 *      0 1 2 ... 3e 3f |TOP
 *      . .       .  =  |=              step 10 in its own order: room, alignment, lowest
 */
static void map_fixed_badly_placed_room_then_alignment_then_lowest(void **state)
{
	(void)state;
	script("map at 63 len 2 rw = ENOMEM", "map at 63+1 len 1 rw = ENOMEM",
	       "map at 62+1 len 1 rw = EINVAL", "map at 0x1fffffffffff len 1 rw = EINVAL",
	       "map at 0x1ffffffff000 len 1 rw = EPERM", "map at 0x0 len 1 rw = EPERM",
	       "map at 0x1ffffffff000 len 2 rw = EPERM", "map at top len 1 rw = ENOMEM",
	       "map 63-64 rw", "is 63-64 rw");
}

/*
 *      0 1 2 3 4 5
 *      a a a a . .         steps 11 to 13
 */
static void map_noreplace_over_area_is_eexist(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 3-5 rw noreplace = EEXIST",
	       "map at 0x1ffffffff000 len 2 rw noreplace = EPERM",
	       "map at 3+1 len 1 rw noreplace = EINVAL", "rlimit memlock 0",
	       "map 3-5 rw noreplace locked = EEXIST", "map 3-5 r noreplace readonly@0 = EEXIST",
	       "map 4-6 rw noreplace", "is 0-6 rw");
}

static void map_locked_limits_eperm_then_eagain(void **state)
{
	(void)state;
	script("map 0-4 rw", "rlimit memlock 0", "map 4-6 rw locked = EPERM",
	       "map 4-6 rw shared locked readonly@0 = EPERM", "rlimit memlock 3",
	       "map 4-8 rw locked = EAGAIN", "map 4-8 rw shared locked readonly@0 = EAGAIN",
	       "map 4-7 rw locked", "map 8-9 rw locked = EAGAIN", "map 4-5 rw locked = EAGAIN",
	       "counter locked 3", "is 0-4 rw | 4-7 rw lo F1");
	script("set lock_privilege 1", "set memlock 0", "map 4-6 rw locked", "is 4-6 rw lo F1");
}

/* Step 14, the file's rules in the order of 8.4. */
static void map_file_too_far_is_eoverflow_first(void **state)
{
	(void)state;
	script("map 0-1 r plain@2251799813685247 = EOVERFLOW",
	       "map 0-2 r plain@2251799813685246 = EOVERFLOW",
	       "map 0-1 r typeless plain@2251799813685247 = EOVERFLOW",
	       "map 0-1 rw shared readonly@2251799813685247 = EOVERFLOW",
	       "map 0-1 r plain@2251799813685246", "is 0-1 r plain@2251799813685246");
}

static void map_file_bad_type_is_einval(void **state)
{
	(void)state;
	script("map 0-1 r typeless plain@0 = EINVAL", "map 0-1 r droppable plain@0 = EINVAL",
	       "map 0-1 r validate unknown plain@0 = EOPNOTSUPP",
	       "map 0-1 r validate sync plain@0 = EOPNOTSUPP",
	       "map 0-1 r validate noreplace plain@0 = EOPNOTSUPP",
	       "map 0-1 rw validate unknown readonly@0 = EOPNOTSUPP", "map 0-1 r validate plain@0",
	       "map 1-2 r shared unknown plain@1", "is 0-2 r sh plain@0");
}

static void map_readonly_file_shared_writable_is_eacces(void **state)
{
	(void)state;
	script("map 0-1 rw shared readonly@0 = EACCES", "map 0-1 w validate readonly@0 = EACCES",
	       "map 0-1 rw shared growsdown readonly@0 = EACCES", "map 0-1 rw readonly@0",
	       "is 0-1 rw readonly@0", "map 1-2 r shared readonly@1",
	       "is 0-1 rw readonly@0 | 1-2 r ms -mw readonly@1", "prot 1-2 rw = EACCES");
}

static void map_file_growing_is_einval_last(void **state)
{
	(void)state;
	script("map 0-1 r growsdown plain@0 = EINVAL",
	       "[6.1,6.12] map 0-1 r growsdown prepare@0 = ENODEV",
	       "[6.18,7.3] map 0-1 r growsdown prepare@0 = EINVAL", "saw nothing", "is empty");
}

static void map_anonymous_bad_kind_is_einval(void **state)
{
	(void)state;
	script("map 0-1 r typeless = EINVAL", "map 0-1 rw shared growsdown = EINVAL",
	       "map 0-1 rw validate = EINVAL", "map 0-1 rw droppable locked = EINVAL",
	       "map 0-1 rw droppable growsdown = EINVAL", "is empty");
}

/*
 *      0 1 2 3 4 5 6 7
 *      v v = = v v v v         step 14 before 18, 18 before 19, 19 before 22
 */
static void map_over_vetoing_area_file_rules_come_first(void **state)
{
	(void)state;
	script_since_6_12("map 0-8 r veto@0", "map 2-4 rw shared readonly@0 = EACCES",
			  "saw nothing", "rlimit as 4", "map 2-4 rw = EINVAL",
			  "saw veto.may_split(0-8/2)", "map 2-4 r failing@0 = EINVAL",
			  "saw veto.may_split(0-8/2)", "is 0-8 r veto@0");
}

static void map_over_address_space_limit_asks_no_driver(void **state)
{
	(void)state;
	script("map 0-8 rw", "rlimit as 8", "map 0-12 r failing@0 = ENOMEM", "saw nothing",
	       "is 0-8 rw", "map 8-9 r = ENOMEM", "map 0-8 r", "is 0-8 r");
}

/*
 *      0 1 2 3 4 5 6 7
 *      d d d d r r r r         1.5: the data limit counts what is added, not what is replaced
 */
static void map_data_beyond_limit_is_enomem(void **state)
{
	(void)state;
	script("rlimit data 4", "map 0-4 rw", "map 4-8 rw = ENOMEM", "map 4-8 r",
	       "map 8-12 rw shared", "map 12-13 rwx = ENOMEM", "map 0-4 rw", "map 4-8 rw",
	       "counter data 8", "map 20-22 rw growsdown",
	       "is 0-8 rw | 8-12 rw sh obj1@0 | "
	       "20-22 rw gd");
}

/*
 *      0 1 2 3 4 5 6 7 8 9 a b
 *      a a a a = = = = = = = =         step 20: four of the eight are charged already
 */
static void map_beyond_commit_limit_is_enomem(void **state)
{
	(void)state;
	script("set never 10", "map 0-8 rw", "map 4-12 rw = ENOMEM",
	       "[6.12,6.18,7.3] counter charged 8", "[6.1] counter charged 4",
	       "[6.12,6.18,7.3] is 0-4 rw | 4-8 rw", "[6.1] is 0-4 rw", "map 4-10 rw", "is 0-10 rw",
	       "counter charged 10", "map 10-11 rw = ENOMEM", "map 10-11 r", "map 11-12 rw shared",
	       "unmap 0-1", "map 20-21 rw", "map 21-22 rw = ENOMEM");
	script("set never 10", "map 0-8 rw", "prot 4-6 r", "[6.12,6.18,7.3] counter charged 6",
	       "[6.1] counter charged 8", "map 4-6 r failing@0 = ENODEV", "counter charged 6",
	       "map 20-24 rw", "map 30-31 rw = ENOMEM");
}

static void map_beyond_commit_limit_counts_all_spaces(void **state)
{
	(void)state;
	script("set never 10", "map 0-4 rw", "fork = 1", "map 10-12 rw", "@1 map 20-21 rw = ENOMEM",
	       "exit", "@1 map 20-24 rw", "@1 counter charged 8", "@1 map 30-33 rw = ENOMEM",
	       "@1 map 30-32 rw");
	script("set never 10", "map 0-6 rw", "fork = ENOMEM", "is 0-6 rw", "counter charged 6");
	script("set always 1", "map 0-60 rw", "is 0-60 rw");
}

/* A file the program does not have; files need no anonymous flag. */
static void map_file_without_number_is_ebadf(void **state)
{
	struct bench bench;
	uint32_t flags = BENCH_FIXED | BENCH_PRIVATE;

	(void)state;
	bench_start(&bench, MODEL_7_3, LINES("is empty"));
	assert_int_equal(
		model_mmap(bench.model, 0, BENCH_BASE, BENCH_PAGE, 1, flags, BENCH_FILES, 0),
		-EBADF);
	assert_int_equal(model_mmap(bench.model, 0, BENCH_BASE, BENCH_PAGE, 1, flags, 200, 0),
			 -EBADF);
	assert_int_equal(
		model_mmap(bench.model, 0, BENCH_BASE, BENCH_PAGE, 1, flags, BENCH_FILES - 1, 0),
		BENCH_BASE);
	model_free(bench.model);
}

/* The flags of old are supported by every file, also under SHARED_VALIDATE. */
static void map_validate_takes_every_old_flag(void **state)
{
	(void)state;
	script("map 0-1 r validate locked plain@0", "map 2-3 r validate noreserve plain@0",
	       "map 4-5 r validate populate nonblock plain@0", "map 6-7 r validate stack plain@0",
	       "[6.12,6.18,7.3] map 8-9 r validate above4g plain@0",
	       "map 10-11 r validate hugesize plain@0",
	       "[6.12,6.18,7.3] is 0-1 r sh lo plain@0 | 2-3 r sh nr plain@0 | 4-5 r sh plain@0 | "
	       "6-7 r sh nh plain@0 | 8-9 r sh plain@0 | 10-11 r sh plain@0",
	       "[6.1] is 0-1 r sh lo plain@0 | 2-3 r sh nr plain@0 | 4-5 r sh plain@0 | 6-7 r sh "
	       "plain@0 | 10-11 r sh plain@0");
}

/* 8.2: SYNC is a flag like another and keeps apart. */
static void map_synchronous_beside_plain_stays_apart(void **state)
{
	(void)state;
	script("map 0-2 r sync", "map 2-4 r", "map 4-6 r", "is 0-2 r sf | 2-6 r");
}

/* 1.5: a soft data limit of nothing is tolerated. */
static void map_data_under_limit_zero_is_tolerated(void **state)
{
	(void)state;
	script("rlimit data 0", "map 0-4 rw", "map 4-8 r", "prot 4-8 rw", "is 0-8 rw");
}

/* ---- munmap ------------------------------------------------------------------------------- */

static void unmap_bad_range_is_einval_first(void **state)
{
	(void)state;
	script("map 0-8 r veto@0", "limit 1", "unmap at 2+1 len 1 = EINVAL",
	       "unmap at 2 len 0x0 = EINVAL", "unmap 2-4 = ENOMEM", "saw nothing",
	       "unmap 0-4 = EINVAL", "saw veto.may_split(0-8/4)", "is 0-8 r veto@0");
}

/* ---- mprotect (9.2) ----------------------------------------------------------------------- */

/*
 *      0 1 2 3
 *      . . . .         arguments before the areas, in the order of the card
 */
static void protect_arguments_in_order(void **state)
{
	(void)state;
	script("prot at 0+1 len 1 0x03000000 = EINVAL", "prot at 0 len 0x0 0x03000001 = EINVAL",
	       "prot at 0+1 len 0x0 r = EINVAL", "prot at 0 len 0x0 r", "prot at 0 len 0x0 0x40",
	       "prot at 0 len 0xffffffffffffffff 0x40 = ENOMEM",
	       "prot at 0 len 0xffffffffffff0000 0x40 = ENOMEM", "prot 0-4 0x40 = EINVAL",
	       "prot 0-4 r = ENOMEM", "prot 0-4 0x9 = ENOMEM", "map 0-4 rw", "prot 0-4 0x9",
	       "[6.12,6.18,7.3] is 0-4 r", "[6.1] is 0-4 r ac", "prot 0-4 0x11 = EINVAL",
	       "[6.12,6.18,7.3] is 0-4 r", "[6.1] is 0-4 r ac");
}

/*
 *      0 1 2 3 4 5 6 7
 *      . . = = a a = =         a gap in front: nothing done; a gap behind: all done
 */
static void protect_gap_in_front_does_nothing(void **state)
{
	(void)state;
	script("map 4-6 rw", "prot 2-6 r = ENOMEM", "is 4-6 rw", "prot 4-8 r = ENOMEM",
	       "[6.12,6.18,7.3] is 4-6 r", "[6.1] is 4-6 r ac", "prot 6-8 r = ENOMEM",
	       "prot 0-4 r = ENOMEM");
}

/*
 *      0 1 2 3 4 5 6 7
 *      a a a a s s s s         s: of a file not open for writing
 */
static void protect_readonly_share_is_eacces_after_prefix(void **state)
{
	(void)state;
	script("map 0-4 r", "map 4-8 r shared readonly@4", "prot 0-8 rw = EACCES",
	       "is 0-4 rw | 4-8 r ms -mw readonly@4", "rlimit data 4", "prot 4-8 rw = EACCES",
	       "prot 4-8 rx", "is 0-4 rw | 4-8 rx ms -mw readonly@4");
}

/*
 *      0 1 2 3 4 5 6 7 8
 *      . . . . d d d d .         the flag reaches down to the start of the area
 */
static void protect_growsdown_reaches_start(void **state)
{
	(void)state;
	script("map 10-20 rw growsdown", "prot 14-16 r growsdown",
	       "[6.12,6.18,7.3] is 10-16 r gd | 16-20 rw gd",
	       "[6.1] is 10-16 r gd ac | 16-20 rw gd", "prot 6-12 rwx growsdown",
	       "[6.12,6.18,7.3] is 10-12 rwx gd | 12-16 r gd | 16-20 rw gd",
	       "[6.1] is 10-12 rwx gd | 12-16 r gd ac | 16-20 rw gd",
	       "prot 4-10 r growsdown = ENOMEM", "map 0-2 rw", "prot 0-1 r growsdown = EINVAL",
	       "prot 4-6 r growsdown = ENOMEM", "prot 30-32 r growsdown = ENOMEM",
	       "prot 0-2 0x02000001 = EINVAL", "prot 4-12 0x02000001 = ENOMEM",
	       "[6.12,6.18,7.3] is 0-2 rw | 10-12 rwx gd | 12-16 r gd | 16-20 rw gd",
	       "[6.1] is 0-2 rw | 10-12 rwx gd | 12-16 r gd ac | 16-20 rw gd");
}

/* Rule i: refused only if the old access was within the limits. */
static void protect_beyond_limits_is_enomem_unless_already_beyond(void **state)
{
	(void)state;
	script("map 0-4 r", "rlimit data 2", "prot 0-4 rw = ENOMEM", "is 0-4 r", "prot 0-4 rx",
	       "rlimit as 4", "prot 0-4 rw", "is 0-4 rw");
}

static void protect_beyond_commit_is_enomem(void **state)
{
	(void)state;
	script("set never 6", "map 0-4 rw", "map 4-8 r", "prot 0-8 rwx = ENOMEM",
	       "is 0-4 rwx | 4-8 r", "counter charged 4", "prot 4-6 rw", "counter charged 6");
}

static void protect_inside_vetoing_area_is_einval(void **state)
{
	(void)state;
	script("map 0-8 r veto@0", "prot 2-4 rw = EINVAL", "saw veto.may_split(0-8/2)",
	       "prot 2-4 r", "saw nothing", "prot 0-8 rw", "is 0-8 rw veto@0", "limit 1",
	       "prot 2-4 r = ENOMEM", "saw no_slots/1", "advise 2-4 dontfork = EAGAIN", "limit 9",
	       "advise 2-4 dontfork = EINVAL", "lock 2-4 = EINVAL");
}

/*
 *      -1 0 1 2 ... 3e 3f |TOP
 *      =  = a a     a  a   =           ranges that leave the window on one side
 */
static void protect_range_leaving_window_has_gaps(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 60-64 rw", "prot at 0x1ffffffff000 len 2 r = ENOMEM",
	       "is 0-4 rw | 60-64 rw", "prot at 62 len 4 r = ENOMEM",
	       "[6.12,6.18,7.3] is 0-4 rw | 60-62 rw | 62-64 r",
	       "[6.1] is 0-4 rw | 60-62 rw | 62-64 r ac", "prot at 0x1ffffffff000 len 1 r = ENOMEM",
	       "prot at top len 1 r = ENOMEM", "prot at 0x0 len 0x200000001000 r = ENOMEM",
	       "[6.12,6.18,7.3] is 0-4 rw | 60-62 rw | 62-64 r",
	       "[6.1] is 0-4 rw | 60-62 rw | 62-64 r ac");
}

static void advise_range_leaving_window_has_gaps(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 60-64 rw", "advise at 0x1ffffffff000 len 2 random = ENOMEM",
	       "is 0-1 rw rr | 1-4 rw | 60-64 rw", "advise at 62 len 4 random = ENOMEM",
	       "is 0-1 rw rr | 1-4 rw | 60-62 rw | 62-64 rw rr",
	       "advise at 0x1ffffffff000 len 1 random = ENOMEM",
	       "advise at top len 1 random = ENOMEM");
	script_since_6_18("map 0-2 rw", "map 62-64 rw", "guard at 0x1ffffffff000 len 2 = ENOMEM",
			  "guard at 63 len 4 = ENOMEM", "marks 0-1 63-64");
}

static void lock_range_leaving_window_has_gaps(void **state)
{
	(void)state;
	script("map 0-4 r", "map 60-64 r", "lock at 0x1ffffffff000 len 2 = ENOMEM",
	       "is 0-4 r | 60-64 r", "lock at 62 len 4 = ENOMEM", "is 0-4 r | 60-62 r | 62-64 r lo",
	       "unlock at 0x1ffffffff000 len 70 = ENOMEM", "is 0-4 r | 60-62 r | 62-64 r lo",
	       "unlock at 62 len 4 = ENOMEM", "is 0-4 r | 60-64 r");
}

/* A touch goes page by page: up to the top, and not at all from below. */
static void touch_range_leaving_window_stops_at_edge(void **state)
{
	(void)state;
	script("map 0-2 rw", "map 62-64 rw", "prot 63-64 rwx", "advise 63-64 dontfork",
	       "write at 62 len 4 = EFAULT", "is 0-2 rw | 62-63 rw F1 | 63-64 rwx dc F2",
	       "write at 0x1ffffffff000 len 2 = EFAULT",
	       "is 0-2 rw | 62-63 rw F1 | 63-64 rwx dc F2", "write at top len 1 = EFAULT",
	       "read at 0x0 len 1 = EFAULT");
}

/*
 *      0 1 2 3 4 5 6 7
 *      h h = = = = r r         9.2-f: the driver hears of each piece, before it is compared
 */
static void protect_asking_driver_hears_each_piece(void **state)
{
	(void)state;
	script("map 0-8 r shared asking@0", "prot 2-6 rw", "saw asking.mprotect(2-6)",
	       "is 0-2 r sh asking@0 | 2-6 rw sh asking@2 | 6-8 r sh asking@6", "prot 0-4 r",
	       "saw asking.mprotect(0-2) asking.mprotect(2-4)",
	       "is 0-4 r sh asking@0 | 4-6 rw sh asking@4 | 6-8 r sh asking@6", "prot 0-8 rx = EIO",
	       "saw asking.mprotect(0-4)",
	       "is 0-4 r sh asking@0 | 4-6 rw sh asking@4 | 6-8 r sh asking@6");
	script("map 0-4 r", "map 4-8 r shared asking@4", "prot 0-8 rx = EIO",
	       "saw asking.mprotect(4-8)", "is 0-4 rx | 4-8 r sh asking@4");
}

/* ---- madvise (9.3) ------------------------------------------------------------------------ */

static void advise_arguments_in_order(void **state)
{
	(void)state;
	script("advise at 0+1 len 1 999 = EINVAL", "advise at 0 len 0x0 999 = EINVAL",
	       "advise 0-4 5 = EINVAL", "advise at 0+1 len 0x0 normal = EINVAL",
	       "advise at 0+1 len 1 normal = EINVAL",
	       "advise at 0 len 0xffffffffffffffff normal = EINVAL",
	       "advise at 0 len 0xfffffffffffff000 normal = EINVAL", "advise at 0 len 0x0 normal",
	       "advise 0-4 normal = ENOMEM", "map 4-8 rw", "advise 0-4 random = ENOMEM",
	       "advise 8-12 random = ENOMEM", "advise 2-6 random = ENOMEM",
	       "is 4-6 rw rr | 6-8 rw");
}

/* COLLAPSE is known; no area is large enough for it. */
static void advise_collapse_is_known(void **state)
{
	(void)state;
	script("advise at 0 len 0x0 25", "advise 0-4 25 = ENOMEM", "map 2-4 rw",
	       "advise 2-4 25 = EINVAL", "advise 0-4 25 = EINVAL",
	       "advise at 0+1 len 0x0 25 = EINVAL", "is 2-4 rw");
}

/*
 *      0 1 2 3 4 5 6 7
 *      a a . . L L a a         the refusing piece stops the walk and beats the gap
 */
static void advise_refusing_piece_beats_gap(void **state)
{
	(void)state;
	script("map 0-2 rw", "map 4-6 r locked", "map 6-8 rw", "advise 0-8 dontneed = EINVAL",
	       "advise 0-8 free = EINVAL", "advise 0-6 dontfork = ENOMEM",
	       "is 0-2 rw dc | 4-6 r lo dc | 6-8 rw");
	script("map 0-2 rw", "map 2-4 r plain@0", "map 4-6 rw", "advise 0-6 wipeonfork = EINVAL",
	       "is 0-2 rw wf | 2-4 r plain@0 | 4-6 rw");
}

/* One advice after the other: which areas it refuses. */
static void advise_flags_preconditions(void **state)
{
	(void)state;
	script_since_6_12(
		"map 0-1 r plain@0", "map 1-2 rw shared", "map 2-3 rw zero@0",
		"map 3-4 r droppable", "map 4-5 r shared pfn@0", "map 5-6 r shared mixed@0",
		"map 6-7 rw", "advise 0-1 wipeonfork = EINVAL", "advise 1-2 wipeonfork = EINVAL",
		"advise 2-3 wipeonfork = EINVAL", "advise 3-4 wipeonfork", "advise 6-7 wipeonfork",
		"advise 6-7 keeponfork", "advise 3-4 keeponfork = EINVAL", "advise 0-1 keeponfork",
		"advise 3-4 dodump = EINVAL", "advise 4-5 dodump = EINVAL",
		"advise 5-6 dodump = EINVAL", "advise 0-1 dontdump", "advise 0-1 dodump",
		"advise 4-5 dontdump", "advise 4-5 dontfork", "advise 4-5 dofork = EINVAL",
		"advise 5-6 dontfork", "[6.12,6.18] advise 5-6 dofork",
		"[7.3] advise 5-6 dofork = EINVAL",
		"[6.12,6.18] is 0-1 r plain@0 | 1-2 rw sh obj1@0 | 2-3 rw zero@0 | "
		"3-4 r nr wf dd dp | 4-5 r sh pf io de dc dd pfn@0 | 5-6 r sh mm mixed@0 | 6-7 rw",
		"[7.3] is 0-1 r plain@0 | 1-2 rw sh obj1@0 | 2-3 rw zero@0 | "
		"3-4 r nr wf dd dp | 4-5 r sh pf io de dc dd pfn@0 | 5-6 r sh mm dc mixed@0 | "
		"6-7 rw");
}

static void advise_samepage_incompatible_is_ignored(void **state)
{
	(void)state;
	script_since_6_12(
		"map 0-1 r plain@0", "map 1-2 rw shared", "map 2-3 rw", "map 3-4 r droppable",
		"map 4-5 r shared mixed@0", "advise 0-5 mergeable",
		"is 0-1 r mg plain@0 | 1-2 rw sh obj1@0 | 2-3 rw mg | 3-4 r nr wf dd dp | "
		"4-5 r sh mm mixed@0",
		"advise 0-5 unmergeable",
		"is 0-1 r plain@0 | 1-2 rw sh obj1@0 | 2-3 rw | 3-4 r nr wf dd dp | "
		"4-5 r sh mm mixed@0");
}

/* New flags of each flag advice, from the area that carries its opposite. */
static void advise_flags_replace_opposites(void **state)
{
	(void)state;
	script("map 0-4 rw", "advise 0-4 random", "is 0-4 rw rr", "advise 0-4 sequential",
	       "is 0-4 rw sr", "advise 0-4 random", "is 0-4 rw rr", "advise 0-4 normal",
	       "is 0-4 rw", "advise 0-4 hugepage", "is 0-4 rw hg", "advise 0-4 nohugepage",
	       "is 0-4 rw nh", "advise 0-4 hugepage", "is 0-4 rw hg", "advise 0-4 dontdump",
	       "advise 0-4 dontfork", "advise 0-4 wipeonfork", "is 0-4 rw hg dd dc wf",
	       "advise 0-4 dodump", "advise 0-4 dofork", "advise 0-4 keeponfork", "is 0-4 rw hg");
}

/* The advices that only concern pages. */
static void advise_page_advices_refuse_by_kind(void **state)
{
	(void)state;
	script("map 0-1 r plain@0", "map 1-2 rw shared plain@8", "map 2-3 rw zero@0", "map 3-4 rw",
	       "map 4-5 r locked", "map 5-6 r shared pfn@0", "map 6-7 r shared readonly@0",
	       "advise 0-1 free = EINVAL", "advise 1-2 free = EINVAL", "advise 2-3 free",
	       "advise 3-4 free", "advise 0-4 dontneed", "advise 4-5 dontneed = EINVAL",
	       "advise 5-6 dontneed = EINVAL", "advise 4-5 dontneed_locked",
	       "advise 5-6 dontneed_locked = EINVAL", "advise 3-4 remove = EINVAL",
	       "advise 4-5 remove = EINVAL", "advise 0-1 remove = EACCES", "advise 1-2 remove",
	       "advise 6-7 remove = EACCES", "advise 0-4 cold", "advise 0-4 pageout",
	       "advise 4-5 cold = EINVAL", "advise 4-5 pageout = EINVAL",
	       "advise 5-6 cold = EINVAL", "advise 5-6 pageout = EINVAL", "advise 0-4 willneed",
	       "is 0-1 r plain@0 | 1-2 rw sh plain@8 | 2-3 rw zero@0 | 3-4 rw | 4-5 r lo | "
	       "5-6 r sh pf io de dd pfn@0 | 6-7 r ms -mw readonly@0");
}

/* Locked comes before the rest of what REMOVE asks; KEEPONFORK asks for nothing but droppable. */
static void advise_locked_file_remove_is_einval(void **state)
{
	(void)state;
	script("map 0-2 rw shared plain@0", "map 4-6 r plain@4", "advise 0-2 remove",
	       "advise 4-6 remove = EACCES", "lock 0-2", "lock 4-6", "advise 0-2 remove = EINVAL",
	       "advise 4-6 remove = EINVAL");
	script("map 0-2 r shared pfn@0", "map 2-4 r shared mixed@0", "advise 0-4 keeponfork",
	       "is 0-2 r sh pf io de dd pfn@0 | 2-4 r sh mm mixed@0");
}

/* ---- guards (9.4) ------------------------------------------------------------------------- */

static void guard_arguments_in_order(void **state)
{
	(void)state;
	script_since_6_18("guard at 0+1 len 1 = EINVAL", "guard at 0 len 0x0", "guard 0-4 = ENOMEM",
			  "unguard at 0+1 len 0x0 = EINVAL", "unguard 0-4 = ENOMEM");
	script_before_6_18("guard 0-4 = EINVAL", "guard at 0 len 0x0 = EINVAL", "map 0-4 rw",
			   "guard 0-4 = EINVAL", "unguard 0-4 = EINVAL", "is 0-4 rw");
}

/*
 *      0 1 2 3 4 5 6 7
 *      g g . . L L a a         locked: stops there, what came before stays
 */
static void guard_locked_area_is_einval_after_prefix(void **state)
{
	(void)state;
	script_since_6_18("map 0-2 rw", "map 4-6 r locked", "map 6-8 rw", "guard 0-8 = EINVAL",
			  "is 0-2 rw gu F1 | 4-6 r lo | 6-8 rw", "marks 0-2",
			  "unguard 0-8 = ENOMEM", "marks none", "unguard 4-6");
	script_since_6_18("map 0-2 rw", "map 2-4 r shared pfn@0", "map 4-6 rw",
			  "guard 0-6 = EINVAL", "marks 0-2", "unguard 0-6 = EINVAL", "marks none",
			  "is 0-2 rw gu F1 | 2-4 r sh pf io de dd pfn@0 | 4-6 rw");
}

static void guard_over_gap_goes_on(void **state)
{
	(void)state;
	script_since_6_18("map 0-2 rw", "map 4-6 rw", "guard 1-5 = ENOMEM", "marks 1-2 4-5",
			  "is 0-2 rw gu F1 | 4-6 rw gu F2");
}

/* ---- mlock (9.5) -------------------------------------------------------------------------- */

static void lock_arguments_in_order(void **state)
{
	(void)state;
	script("rlimit memlock 0", "lock 0-4 2 = EINVAL", "lock 0-4 = EPERM",
	       "lock at 0 len 0x0 = EPERM", "lock at 0 len 0xffffffffffff0000 = EPERM",
	       "unlock 0-4 = ENOMEM", "rlimit memlock 4", "lock 0-5 = ENOMEM", "lock at 0 len 0x0",
	       "lock at 0+1 len 0xffffffffffffffff", "lock at 0+1 len 0x0 = ENOMEM",
	       "unlock at 0 len 0xffffffffffff0000 = EINVAL", "rlimit memlock inf",
	       "lock at 0 len 0xffffffffffff0000 = EINVAL", "lock 0-4 = ENOMEM");
}

/*
 *      0 1 2 3 4 5 6 7
 *      L L L L = = a a         the limit counts what is locked already only once
 */
static void lock_beyond_limit_changes_nothing(void **state)
{
	(void)state;
	script("map 0-8 r", "rlimit memlock 4", "lock 0-5 = ENOMEM", "is 0-8 r", "lock 0-4",
	       "lock 0-4", "lock 2-6 = ENOMEM", "lock 2-4 onfault", "counter locked 4",
	       "is 0-2 r lo | 2-4 r lo lf | 4-8 r", "unlock 0-2", "lock 4-6",
	       "is 0-2 r | 2-4 r lo lf | 4-6 r lo | 6-8 r");
	script("set lock_privilege 1", "set memlock 0", "map 0-8 r", "lock 0-8", "is 0-8 r lo");
}

/*
 *      0 1 2 3 4 5 6 7
 *      a a = = . . b b         a missing start does nothing, a gap leaves what came before
 */
static void lock_gaps_are_enomem(void **state)
{
	(void)state;
	script("map 2-4 r", "map 6-8 r", "lock 0-4 = ENOMEM", "is 2-4 r | 6-8 r",
	       "lock 2-8 = ENOMEM", "is 2-4 r lo | 6-8 r", "lock 6-10 = ENOMEM",
	       "is 2-4 r lo | 6-8 r lo", "unlock 2-8 = ENOMEM", "is 2-4 r | 6-8 r lo",
	       "unlock 0-8 = ENOMEM", "is 2-4 r | 6-8 r lo", "counter locked 2");
}

/* Bytes widen to whole pages. */
static void lock_bytes_widen_to_pages(void **state)
{
	(void)state;
	script("map 0-8 r", "lock at 1+12 len 0x1", "is 0-1 r | 1-2 r lo | 2-8 r",
	       "lock at 2+4095 len 0x2", "is 0-1 r | 1-4 r lo | 4-8 r", "unlock at 0+4095 len 0x2",
	       "is 0-2 r | 2-4 r lo | 4-8 r");
}

/* What population cannot reach is told at the end, the lock stays. */
static void lock_unreachable_pages_is_enomem_but_locks(void **state)
{
	(void)state;
	script("map 0-4 none", "lock 0-4 = ENOMEM", "is 0-4 none lo", "counter locked 4");
	script_since_6_18("map 0-4 rw", "guard 1-2", "lock 0-4 = ENOMEM", "is 0-4 rw lo gu F1",
			  "counter locked 4");
	script("map 0-4 none", "lock 0-4 onfault", "is 0-4 none lo lf");
}

/* Areas that cannot be locked are passed over in silence. */
static void lock_special_areas_is_ignored(void **state)
{
	(void)state;
	script_since_6_12("map 0-2 r shared pfn@0", "map 2-4 r shared mixed@0",
			  "map 4-6 r droppable", "lock 0-6",
			  "is 0-2 r sh pf io de dd pfn@0 | 2-4 r sh mm mixed@0 | "
			  "4-6 r nr wf dd dp",
			  "counter locked 0", "unlock 0-6", "map 6-8 rw locked",
			  "map 8-10 r locked shared pfn@8",
			  "is 0-2 r sh pf io de dd pfn@0 | "
			  "2-4 r sh mm mixed@0 | 4-6 r nr wf dd dp | 6-8 rw lo F1 | "
			  "8-10 r sh pf io de dd pfn@8",
			  "counter locked 2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(map_without_file_is_ebadf_first),
		cmocka_unit_test(map_hugetlb_is_refused),
		cmocka_unit_test(map_length_beyond_everything_is_enomem),
		cmocka_unit_test(map_wrapping_offset_is_eoverflow),
		cmocka_unit_test(map_fixed_badly_placed_room_then_alignment_then_lowest),
		cmocka_unit_test(map_noreplace_over_area_is_eexist),
		cmocka_unit_test(map_locked_limits_eperm_then_eagain),
		cmocka_unit_test(map_file_too_far_is_eoverflow_first),
		cmocka_unit_test(map_file_bad_type_is_einval),
		cmocka_unit_test(map_readonly_file_shared_writable_is_eacces),
		cmocka_unit_test(map_file_growing_is_einval_last),
		cmocka_unit_test(map_anonymous_bad_kind_is_einval),
		cmocka_unit_test(map_over_vetoing_area_file_rules_come_first),
		cmocka_unit_test(map_over_address_space_limit_asks_no_driver),
		cmocka_unit_test(map_data_beyond_limit_is_enomem),
		cmocka_unit_test(map_beyond_commit_limit_is_enomem),
		cmocka_unit_test(map_beyond_commit_limit_counts_all_spaces),
		cmocka_unit_test(map_file_without_number_is_ebadf),
		cmocka_unit_test(map_validate_takes_every_old_flag),
		cmocka_unit_test(map_synchronous_beside_plain_stays_apart),
		cmocka_unit_test(map_data_under_limit_zero_is_tolerated),
		cmocka_unit_test(unmap_bad_range_is_einval_first),
		cmocka_unit_test(protect_arguments_in_order),
		cmocka_unit_test(protect_gap_in_front_does_nothing),
		cmocka_unit_test(protect_readonly_share_is_eacces_after_prefix),
		cmocka_unit_test(protect_growsdown_reaches_start),
		cmocka_unit_test(protect_beyond_limits_is_enomem_unless_already_beyond),
		cmocka_unit_test(protect_beyond_commit_is_enomem),
		cmocka_unit_test(protect_inside_vetoing_area_is_einval),
		cmocka_unit_test(protect_range_leaving_window_has_gaps),
		cmocka_unit_test(advise_range_leaving_window_has_gaps),
		cmocka_unit_test(lock_range_leaving_window_has_gaps),
		cmocka_unit_test(touch_range_leaving_window_stops_at_edge),
		cmocka_unit_test(protect_asking_driver_hears_each_piece),
		cmocka_unit_test(advise_arguments_in_order),
		cmocka_unit_test(advise_collapse_is_known),
		cmocka_unit_test(advise_refusing_piece_beats_gap),
		cmocka_unit_test(advise_flags_preconditions),
		cmocka_unit_test(advise_samepage_incompatible_is_ignored),
		cmocka_unit_test(advise_flags_replace_opposites),
		cmocka_unit_test(advise_page_advices_refuse_by_kind),
		cmocka_unit_test(advise_locked_file_remove_is_einval),
		cmocka_unit_test(guard_arguments_in_order),
		cmocka_unit_test(guard_locked_area_is_einval_after_prefix),
		cmocka_unit_test(guard_over_gap_goes_on),
		cmocka_unit_test(lock_arguments_in_order),
		cmocka_unit_test(lock_beyond_limit_changes_nothing),
		cmocka_unit_test(lock_gaps_are_enomem),
		cmocka_unit_test(lock_bytes_widen_to_pages),
		cmocka_unit_test(lock_unreachable_pages_is_enomem_but_locks),
		cmocka_unit_test(lock_special_areas_is_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
