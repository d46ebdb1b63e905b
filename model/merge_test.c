/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When areas join and when they must not: chapters 2 to 5 of the specification.
 *
 * In the drawings a column is a page in hexadecimal, a letter an area, '.' nothing, a capital
 * a faulted area; '=' marks the pages the last operation names.
 */
#include "test_support.h"

/* ---- 2.3: what must be equal -------------------------------------------------------------- */

/*
 *      0 1 2 3 4 5 6 7 8 9 a b
 *      a a a a = = = = b b b b         a b
 *      a a a a a a a a a a a a         a alone: count 2 -> 1
 */
static void map_equal_both_sides_joins_three(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 8-12 rw", "counter areas 2", "map 4-8 rw", "is 0-12 rw",
	       "saw nothing");
}

/*
 *      0 1 2 3 4 5 6 7
 *      a a a a = = = =         rw beside each other protection, in both orders
 */
static void map_other_access_stays_apart(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 4-8 r", "is 0-4 rw | 4-8 r", "unmap 0-4", "map 0-4 rwx",
	       "is 0-4 rwx | 4-8 r", "map 8-12 none", "is 0-4 rwx | 4-8 r | 8-12 none");
}

/*
 *      0 1 2 3 4 5 6 7
 *      a a a a = = = =         a carries one flag more
 */
static void map_beside_flagged_stays_apart(void **state)
{
	static const char *const advices[][2] = {
		{ "dontfork", "dc" },	{ "wipeonfork", "wf" }, { "dontdump", "dd" },
		{ "random", "rr" },	{ "sequential", "sr" }, { "hugepage", "hg" },
		{ "nohugepage", "nh" }, { "mergeable", "mg" },
	};
	char advise[64], layout[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(advices) / sizeof(advices[0]); i++) {
		snprintf(advise, sizeof(advise), "advise 0-4 %s", advices[i][0]);
		snprintf(layout, sizeof(layout), "is 0-4 rw %s | 4-8 rw", advices[i][1]);
		script("map 0-4 rw", advise, "map 4-8 rw", layout);
	}
}

/*
 *      0 1 2 3 4 5 6 7
 *      a a a a b b b b         a flagged, then b: joined while b is processed
 */
static void advise_equal_flags_joins(void **state)
{
	(void)state;
	script("map 0-8 rw", "advise 0-4 dontfork", "is 0-4 rw dc | 4-8 rw", "advise 4-8 dontfork",
	       "is 0-8 rw dc", "advise 0-4 dofork", "is 0-4 rw | 4-8 rw dc", "advise 0-8 dofork",
	       "is 0-8 rw");
}

/*
 *      0 1 2 3 4 5 6 7 8 9 a b
 *      a a a a b b b b c c c c         locked, growing down, droppable: equal ones join
 */
static void map_equal_special_kinds_joins(void **state)
{
	(void)state;
	script("map 20-24 r growsdown", "map 24-28 r growsdown", "is 20-28 r gd");
	script_since_6_12("map 0-4 r droppable", "map 4-8 r droppable", "is 0-8 r nr wf dd dp");
	script("map 0-4 r locked", "map 4-8 r locked", "is 0-8 r lo", "counter locked 8");
	script("map 0-4 rw stack", "map 4-8 rw stack", "[6.12,6.18,7.3] is 0-8 rw nh",
	       "[6.1] is 0-8 rw");
	script("map 0-4 rw stack", "map 4-8 rw", "[6.12,6.18,7.3] is 0-4 rw nh | 4-8 rw",
	       "[6.1] is 0-8 rw");
	script("map 20-24 rw growsdown", "map 24-28 rw", "is 20-24 rw gd | 24-28 rw");
}

/*
 *      0 1 2 3 4 5 6 7
 *      A@0     = = = =         same file object and the next page of it, or not
 */
static void map_file_identity_and_offset_decide(void **state)
{
	(void)state;
	script("map 0-4 r plain@0", "map 4-8 r plain@4", "is 0-8 r plain@0");
	script("map 0-4 r plain@0", "map 4-8 r plain@5", "is 0-4 r plain@0 | 4-8 r plain@5");
	script("map 0-4 r plain@0", "map 4-8 r plain@3", "is 0-4 r plain@0 | 4-8 r plain@3");
	script("map 0-4 r plain@0", "map 4-8 r second@4", "is 0-4 r plain@0 | 4-8 r second@4");
	script("map 0-4 r plain@0", "map 4-8 r other@4", "is 0-4 r plain@0 | 4-8 r other@4");
	script("map 0-4 r plain@0", "map 4-8 r", "is 0-4 r plain@0 | 4-8 r");
	script("map 4-8 r plain@4", "map 0-4 r plain@0", "is 0-8 r plain@0");
	script("map 4-8 r plain@4", "map 0-4 r plain@1", "is 0-4 r plain@1 | 4-8 r plain@4");
}

/*
 *      0 1 2 3 4 5 6 7
 *      S S S S = = = =         shared mappings: own objects never join, one object's do
 */
static void map_shared_beside_shared_joins_one_object_only(void **state)
{
	(void)state;
	script("map 0-4 rw shared", "map 4-8 rw shared", "is 0-4 rw sh obj1@0 | 4-8 rw sh obj2@0");
	script("map 0-4 rw shared plain@0", "map 4-8 rw shared plain@4", "is 0-8 rw sh plain@0");
	script("map 0-4 rw shared plain@0", "map 4-8 rw plain@4",
	       "is 0-4 rw sh plain@0 | 4-8 rw plain@4");
	script("map 0-4 rw shared shm@0", "map 4-8 rw shared shm@4",
	       "is 0-4 rw sh shm1@0 | 4-8 rw sh shm2@4");
	script("map 0-4 rw shared zero@0", "map 4-8 rw shared zero@4",
	       "is 0-4 rw sh zero1@0 | 4-8 rw sh zero2@4");
	script("map 0-8 rw shared", "prot 4-8 r", "is 0-4 rw sh obj1@0 | 4-8 r sh obj1@4",
	       "prot 4-8 rw", "is 0-8 rw sh obj1@0");
}

/*
 *      0 1 2 3 4 5 6 7
 *      s s s s s s s s         2.2: a special area neither takes in nor is taken in
 */
static void map_special_beside_special_never_joins(void **state)
{
	(void)state;
	script("map 0-4 rw shared pfn@0", "map 4-8 rw shared pfn@4",
	       "is 0-4 rw sh pf io de dd pfn@0 | 4-8 rw sh pf io de dd pfn@4");
	script("map 0-8 rw shared mixed@0", "prot 4-8 r",
	       "is 0-4 rw sh mm mixed@0 | 4-8 r sh mm mixed@4", "prot 4-8 rw",
	       "is 0-4 rw sh mm mixed@0 | 4-8 rw sh mm mixed@4");
}

/* ---- 2.4: whose anonymous pages ----------------------------------------------------------- */

/*
 * New range (source none) beside a neighbour, left and right:
 *
 *      0 1 2 3 4 5 6 7         neighbour       joins
 *      a a a a = = = =         none            yes
 *      A A A A = = = =         set             yes
 *      A*A*A*A*= = = =         set, forked     no
 */
static void map_unfaulted_neighbour_joins(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 4-8 rw", "is 0-8 rw");
	script("map 4-8 rw", "map 0-4 rw", "is 0-8 rw");
}

static void map_faulted_neighbour_joins(void **state)
{
	(void)state;
	script("map 0-4 rw", "write 0-1", "map 4-8 rw", "is 0-8 rw F1");
	script("map 4-8 rw", "write 7-8", "map 0-4 rw", "is 0-8 rw F1");
}

static void map_forked_neighbour_stays_apart(void **state)
{
	(void)state;
	script("map 0-4 rw", "write 0-1", "fork = 1", "@1 map 4-8 rw", "@1 is 0-4 rw F1* | 4-8 rw",
	       "map 4-8 rw", "is 0-8 rw F1");
	script("map 4-8 rw", "write 4-5", "fork = 1", "@1 map 0-4 rw", "@1 is 0-4 rw | 4-8 rw F1*",
	       "map 0-4 rw", "is 0-8 rw F1");
}

static void map_inherited_unfaulted_neighbour_joins(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 10-12 rw", "fork = 1", "@1 map 4-8 rw", "@1 map 8-10 rw",
	       "@1 is 0-12 rw", "is 0-4 rw | 10-12 rw");
}

/*
 * Changed range beside a neighbour, left and right:
 *
 *      0 1 2 3 4 5 6 7         neighbour   middle      joins
 *      a a a a = = = =         none        none        yes
 *      a a a a B = = =         none        set         yes, 6.12 no
 *      a a a a B*= = =         none        forked      no
 *      A A A A = = = =         set         none        yes
 *      A*A*A*A*= = = =         forked      none        no
 *      A A A A A = = =         set         the same    yes, forked too
 *      A A A A B = = =         set         another     no
 */
static void protect_unfaulted_beside_unfaulted_joins(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 4-8 rwx", "prot 4-8 rw", "is 0-8 rw");
	script("map 0-4 rwx", "map 4-8 rw", "prot 0-4 rw", "is 0-8 rw");
}

static void protect_faulted_beside_unfaulted_joins_but_not_6_12(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 4-8 rwx", "write 4-5", "prot 4-8 rw", "[6.18,7.3] is 0-8 rw F1",
	       "[6.1,6.12] is 0-4 rw | 4-8 rw F1");
	script("map 0-4 rwx", "map 4-8 rw", "write 0-1", "prot 0-4 rw", "[6.18,7.3] is 0-8 rw F1",
	       "[6.1,6.12] is 0-4 rw F1 | 4-8 rw");
}

static void protect_forked_beside_unfaulted_stays_apart(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 4-8 rwx", "write 4-5", "fork = 1", "@1 prot 4-8 rw",
	       "@1 is 0-4 rw | 4-8 rw F1*");
	script("map 0-4 rwx", "map 4-8 rw", "write 0-1", "fork = 1", "@1 prot 0-4 rw",
	       "@1 is 0-4 rw F1* | 4-8 rw");
}

static void protect_unfaulted_beside_faulted_joins(void **state)
{
	(void)state;
	script("map 0-4 rw", "write 0-1", "map 4-8 r", "prot 4-8 rw", "is 0-8 rw F1");
	script("map 4-8 rw", "write 4-5", "map 0-4 r", "prot 0-4 rw", "is 0-8 rw F1");
}

static void protect_unfaulted_beside_forked_stays_apart(void **state)
{
	(void)state;
	script("map 0-4 rw", "write 0-1", "map 4-8 r", "fork = 1", "@1 prot 4-8 rw",
	       "@1 is 0-4 rw F1* | 4-8 rw", "prot 4-8 rw", "is 0-8 rw F1");
	script("map 4-8 rw", "write 4-5", "map 0-4 r", "fork = 1", "@1 prot 0-4 rw",
	       "@1 is 0-4 rw | 4-8 rw F1*");
}

static void protect_same_owner_joins(void **state)
{
	(void)state;
	script("map 0-8 rw", "write 0-1", "prot 4-8 r", "is 0-4 rw F1 | 4-8 r ac F1", "prot 4-8 rw",
	       "is 0-8 rw F1");
	script("map 0-8 rw", "write 0-1", "prot 0-4 r", "prot 0-4 rw", "is 0-8 rw F1");
}

static void protect_same_forked_owner_joins(void **state)
{
	(void)state;
	script("map 0-8 rw", "write 0-1", "fork = 1", "@1 prot 4-8 r",
	       "@1 is 0-4 rw F1* | 4-8 r ac F1*", "@1 prot 4-8 rw", "@1 is 0-8 rw F1*");
	script("map 0-8 rw", "write 0-1", "fork = 1", "@1 prot 0-4 r", "@1 prot 0-4 rw",
	       "@1 is 0-8 rw F1*");
}

static void protect_other_owner_stays_apart(void **state)
{
	(void)state;
	script("map 0-8 rw", "advise 4-8 dontfork", "write 0-1", "write 4-5", "prot 4-8 rwx",
	       "advise 4-8 dofork", "prot 4-8 rw", "is 0-4 rw F1 | 4-8 rw F2");
	script("map 0-8 rw", "advise 4-8 dontfork", "write 0-1", "write 4-5", "prot 0-4 rwx",
	       "advise 4-8 dofork", "prot 0-4 rw", "is 0-4 rw F1 | 4-8 rw F2");
}

/* ---- 2.5: both sides at once -------------------------------------------------------------- */

/*
 *      0 1 2 3 4 5 6 7 8 9 a b
 *      A A A A = = = = C C C C         two owners: the left side wins
 *      A A A A A A A A C C C C
 */
static void map_between_two_owners_joins_left_only(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 8-12 rw", "write 0-1", "write 8-9", "map 4-8 rw",
	       "[6.12,6.18,7.3] is 0-8 rw F1 | 8-12 rw F2", "[6.1] is 0-4 rw F1 | 4-12 rw F2");
}

static void protect_between_two_owners_joins_left_only(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 4-8 r", "map 8-12 rw", "write 0-1", "write 8-9",
	       "is 0-4 rw F1 | 4-8 r | 8-12 rw F2", "prot 4-8 rw", "is 0-8 rw F1 | 8-12 rw F2");
}

/*
 *      0 1 2 3 4 5 6 7 8 9 a b
 *      A A A A = = = = A A A A         one owner on both sides
 *      a a a a = = = = C C C C         or one side without: the survivor takes the other's
 */
static void map_between_pieces_of_one_owner_joins_all(void **state)
{
	(void)state;
	script("map 0-12 rw", "write 0-1", "unmap 4-8", "is 0-4 rw F1 | 8-12 rw F1", "map 4-8 rw",
	       "is 0-12 rw F1");
	script("map 0-12 rw", "write 0-12", "map 4-8 rw", "is 0-12 rw F1");
}

static void map_between_faulted_and_unfaulted_joins_all(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 8-12 rw", "write 8-9", "map 4-8 rw",
	       "[6.12,6.18,7.3] is 0-12 rw F1", "[6.1] is 0-4 rw | 4-12 rw F1");
	script("map 0-4 rw", "map 8-12 rw", "write 0-1", "map 4-8 rw", "is 0-12 rw F1");
}

/* In a child the pieces of one owner refuse the new range between them: each is forked. */
static void map_between_forked_pieces_stays_apart(void **state)
{
	(void)state;
	script("map 0-12 rw", "write 0-12", "fork = 1", "@1 map 4-8 rw",
	       "@1 is 0-4 rw F1* | 4-8 rw | 8-12 rw F1*", "is 0-12 rw F1");
}

/* Left refuses (forked), right is still taken. */
static void map_between_forked_and_unfaulted_joins_right(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 8-12 rw", "write 0-1", "fork = 1", "@1 map 4-8 rw",
	       "@1 is 0-4 rw F1* | 4-12 rw");
	script("map 0-4 rw", "map 8-12 rw", "write 8-9", "fork = 1", "@1 map 4-8 rw",
	       "@1 is 0-8 rw | 8-12 rw F1*");
}

/* ---- 3: a new range ----------------------------------------------------------------------- */

/*
 *      0 1 2 3 4 5 6 7 8 9 a b
 *      . . = = = = . .                 neither side
 *      a a = = = = . .                 left: a grows
 *      . . = = = = b b                 right: b begins earlier, its offset is the request's
 *      a a = = = = b b                 both
 */
static void map_file_each_side_joins_with_its_offset(void **state)
{
	(void)state;
	script("map 2-6 r plain@2", "is 2-6 r plain@2");
	script("map 0-2 r plain@0", "map 2-6 r plain@2", "is 0-6 r plain@0");
	script("map 6-8 r plain@6", "map 2-6 r plain@2", "is 2-8 r plain@2");
	script("map 0-2 r plain@0", "map 6-8 r plain@6", "map 2-6 r plain@2", "is 0-8 r plain@0",
	       "counter areas 1");
	script("map 0-2 r plain@0", "map 6-8 r plain@7", "map 2-6 r plain@2",
	       "is 0-6 r plain@0 | 6-8 r plain@7");
}

/*
 *      0 1 2 3 4 5 6 7 8 9 a b
 *      p p p p = = = = n n n n         all with a close hook: n must not die
 *      p p p p p p p p n n n n
 */
static void map_between_closing_areas_joins_left_only(void **state)
{
	(void)state;
	script("map 0-4 r close@0", "map 8-12 r close@8", "map 4-8 r close@4", "saw nothing",
	       "[6.12,6.18,7.3] is 0-8 r close@0 | 8-12 r close@8",
	       "[6.1] is 0-4 r close@0 | 4-8 r close@4 | 8-12 r close@8");
}

static void map_beside_one_closing_area_joins(void **state)
{
	(void)state;
	script("map 0-4 r close@0", "map 4-8 r close@4", "saw nothing",
	       "[6.12,6.18,7.3] is 0-8 r close@0", "[6.1] is 0-4 r close@0 | 4-8 r close@4");
	script("map 4-8 r close@4", "map 0-4 r close@0", "saw nothing",
	       "[6.12,6.18,7.3] is 0-8 r close@0", "[6.1] is 0-4 r close@0 | 4-8 r close@4");
}

/*
 * The table of appendix C.4, A=[0,2) B=[3,4) C=[b,c):
 *
 *      0 1 2 3 4 5 6 7 8 9 a b
 *      A A . B . . . . . . . C
 */
static void map_classic_table_each_addition(void **state)
{
	(void)state;
	script("map 0-2 rw", "map 3-4 rw", "map 11-12 rw", "is 0-2 rw | 3-4 rw | 11-12 rw",
	       "map 7-9 rw", "is 0-2 rw | 3-4 rw | 7-9 rw | 11-12 rw", "map 2-3 rw",
	       "is 0-4 rw | 7-9 rw | 11-12 rw", "map 4-5 rw", "is 0-5 rw | 7-9 rw | 11-12 rw",
	       "map 6-7 rw", "is 0-5 rw | 6-9 rw | 11-12 rw", "map 5-6 rw", "is 0-9 rw | 11-12 rw",
	       "map 10-11 rw", "is 0-9 rw | 10-12 rw", "map 9-10 rw", "is 0-12 rw",
	       "counter areas 1");
}

/* The same with a close hook everywhere: no area ever dies. */
static void map_classic_table_closing_keeps_right(void **state)
{
	(void)state;
	script("map 0-2 r close@0", "map 3-4 r close@3", "map 11-12 r close@11",
	       "map 7-9 r close@7", "map 2-3 r close@2",
	       "[6.12,6.18,7.3] is 0-3 r close@0 | 3-4 r close@3 | 7-9 r close@7 | 11-12 r "
	       "close@11",
	       "[6.1] is 0-2 r close@0 | 2-3 r close@2 | 3-4 r close@3 | 7-9 r close@7 | 11-12 r "
	       "close@11",
	       "map 4-5 r close@4", "map 6-7 r close@6", "map 5-6 r close@5",
	       "[6.12,6.18,7.3] is 0-3 r close@0 | 3-6 r close@3 | 6-9 r close@6 | 11-12 r "
	       "close@11",
	       "[6.1] is 0-2 r close@0 | 2-3 r close@2 | 3-4 r close@3 | 4-5 r close@4 | 5-6 r "
	       "close@5 | 6-7 r close@6 | 7-9 r close@7 | 11-12 r close@11",
	       "map 10-11 r close@10", "map 9-10 r close@9",
	       "[6.12,6.18,7.3] is 0-3 r close@0 | 3-6 r close@3 | 6-10 r close@6 | 10-12 r "
	       "close@10",
	       "[6.1] is 0-2 r close@0 | 2-3 r close@2 | 3-4 r close@3 | 4-5 r close@4 | 5-6 r "
	       "close@5 | 6-7 r close@6 | 7-9 r close@7 | 9-10 r close@9 | 10-11 r close@10 | "
	       "11-12 r close@11");
}

/* ---- 4: a part of an existing area -------------------------------------------------------- */

/*
 *      0 1 2 3 4 5 6 7 8       P=[0,3) M=[3,6) N=[6,9)
 *      p p p m m m n n n
 *            = = =             both
 *            = =               left partial
 *              = =             right partial
 *              =               inside: split by the caller
 */
static void protect_classic_table_anonymous(void **state)
{
	(void)state;
	script("map 0-9 r", "prot 3-6 rw", "is 0-3 r | 3-6 rw | 6-9 r", "prot 3-6 r",
	       "[6.12,6.18,7.3] is 0-9 r", "[6.1] is 0-3 r | 3-6 r ac | 6-9 r",
	       "[6.12,6.18,7.3] counter areas 1", "[6.1] counter areas 3");
	script("map 0-9 r", "prot 3-6 rw", "prot 3-5 r",
	       "[6.12,6.18,7.3] is 0-5 r | 5-6 rw | 6-9 r",
	       "[6.1] is 0-3 r | 3-5 r ac | 5-6 rw | 6-9 r");
	script("map 0-9 r", "prot 3-6 rw", "prot 4-6 r",
	       "[6.12,6.18,7.3] is 0-3 r | 3-4 rw | 4-9 r",
	       "[6.1] is 0-3 r | 3-4 rw | 4-6 r ac | 6-9 r");
	script("map 0-9 r", "prot 3-6 rw", "prot 4-5 r",
	       "[6.12,6.18,7.3] is 0-3 r | 3-4 rw | 4-5 r | 5-6 rw | 6-9 r",
	       "[6.1] is 0-3 r | 3-4 rw | 4-5 r ac | 5-6 rw | 6-9 r");
	script("map 0-6 r", "prot 3-6 rw", "prot 3-6 r", "[6.12,6.18,7.3] is 0-6 r",
	       "[6.1] is 0-3 r | 3-6 r ac");
	script("map 3-9 r", "prot 3-6 rw", "prot 3-6 r", "[6.12,6.18,7.3] is 3-9 r",
	       "[6.1] is 3-6 r ac | 6-9 r");
	script("map 0-9 r", "prot 0-4 rw", "prot 2-4 none",
	       "[6.12,6.18,7.3] is 0-2 rw | 2-4 none | 4-9 r",
	       "[6.1] is 0-2 rw | 2-4 none ac | 4-9 r");
}

static void protect_classic_table_file_offsets(void **state)
{
	(void)state;
	script("map 0-9 r plain@5", "prot 3-6 rw",
	       "is 0-3 r plain@5 | 3-6 rw plain@8 | 6-9 r plain@11");
	script("map 0-9 r shared plain@5", "prot 3-6 rw", "prot 3-5 r",
	       "is 0-5 r sh plain@5 | 5-6 rw sh plain@10 | 6-9 r sh plain@11");
	script("map 0-9 r shared plain@5", "prot 3-6 rw", "prot 4-6 r",
	       "is 0-3 r sh plain@5 | 3-4 rw sh plain@8 | 4-9 r sh plain@9");
	script("map 0-9 r shared plain@5", "prot 3-6 rw", "prot 3-6 r", "is 0-9 r sh plain@5");
}

/*
 *      0 1 2 3 4 5 6 7 8       all three with a close hook
 *      p p p m m m n n n
 *            = = =             C1: m must not die, changed in place
 *            = =   and   = =   partial: nobody dies
 */
static void protect_closing_areas_full_stays_partial_joins(void **state)
{
	(void)state;
	script("map 0-9 r shared close@0", "prot 3-6 rw",
	       "saw close.may_split(0-9/3) close.open(0-3) close.may_split(3-9/6) close.open(6-9)",
	       "prot 3-6 r", "saw nothing",
	       "is 0-3 r sh close@0 | 3-6 r sh close@3 | 6-9 r sh close@6");
	script_since_6_12("map 0-9 r shared close@0", "prot 3-6 rw", "prot 3-5 r", "saw nothing",
			  "is 0-5 r sh close@0 | 5-6 rw sh close@5 | 6-9 r sh close@6");
	script_since_6_12("map 0-9 r shared close@0", "prot 3-6 rw", "prot 4-6 r", "saw nothing",
			  "is 0-3 r sh close@0 | 3-4 rw sh close@3 | 4-9 r sh close@4");
}

enum piece { PIECE_FULL, PIECE_LEFT, PIECE_RIGHT };

/* Three neighbours of one file; bit 0 of closing: prev has a close hook, 1 middle, 2 next. */
struct close_case {
	unsigned int closing;
	unsigned int offset, m, n, end; /* file page of 0, first pages of middle and next, end */
	char lines[4][64], layout[128], closed[128];
};

static void close_case_layout(struct close_case *c, enum piece piece, bool *middle, bool *next)
{
	bool m_closes = c->closing & 2, n_closes = c->closing & 4;
	unsigned int o = c->offset;

	*middle = *next = true;
	if (piece == PIECE_FULL && m_closes) {
		snprintf(c->layout, sizeof(c->layout),
			 "is 0-%u r sh odd@%u | %u-%u r sh odd@%u | %u-%u r sh odd@%u", c->m, o,
			 c->m, c->n, o + c->m, c->n, c->end, o + c->n);
	} else if (piece == PIECE_FULL && n_closes) {
		*middle = false;
		snprintf(c->layout, sizeof(c->layout), "is 0-%u r sh odd@%u | %u-%u r sh odd@%u",
			 c->n, o, c->n, c->end, o + c->n);
	} else if (piece == PIECE_FULL) {
		*middle = *next = false;
		snprintf(c->layout, sizeof(c->layout), "is 0-%u r sh odd@%u", c->end, o);
	} else if (piece == PIECE_LEFT) {
		snprintf(c->layout, sizeof(c->layout),
			 "is 0-%u r sh odd@%u | %u-%u rw sh odd@%u | %u-%u r sh odd@%u", c->m + 1,
			 o, c->m + 1, c->n, o + c->m + 1, c->n, c->end, o + c->n);
	} else {
		snprintf(c->layout, sizeof(c->layout),
			 "is 0-%u r sh odd@%u | %u-%u rw sh odd@%u | %u-%u r sh odd@%u", c->m, o,
			 c->m, c->n - 1, o + c->m, c->n - 1, c->end, o + c->n - 1);
	}
}

/* The close hooks that run when everything goes: those of the areas that survived, in order. */
static void close_case_closed(struct close_case *c, enum piece piece, bool middle, bool next)
{
	unsigned int m = c->m, n = c->n;

	if (piece == PIECE_LEFT)
		m++;
	else if (piece == PIECE_RIGHT)
		n--;
	snprintf(c->closed, sizeof(c->closed), "saw ");
	if (c->closing & 1)
		snprintf(c->closed + strlen(c->closed), 40, "odd.close(0-%u) ",
			 middle ? m
			 : next ? n
				: c->end);
	if ((c->closing & 2) && middle)
		snprintf(c->closed + strlen(c->closed), 40, "odd.close(%u-%u) ", m, n);
	if ((c->closing & 4) && next)
		snprintf(c->closed + strlen(c->closed), 40, "odd.close(%u-%u) ", n, c->end);
	if (strlen(c->closed) == 4)
		snprintf(c->closed, sizeof(c->closed), "saw nothing ");
	c->closed[strlen(c->closed) - 1] = '\0';
}

/*
 * The file gives an area a close hook iff it is mapped at an odd offset, so lengths choose who
 * closes:
 *
 *      file page   1 2 3 4 5 6 7 8
 *                  p p m m m m n n         p closes, m does not, n closes
 */
static void check_close_case(unsigned int closing, enum piece piece)
{
	bool p = closing & 1, m = closing & 2, n = closing & 4, middle, next;
	struct close_case c = { .closing = closing, .offset = p };
	char all[32];

	c.m = 2 + (p != m);
	c.n = c.m + 4 + (m != n);
	c.end = c.n + 2;
	snprintf(c.lines[0], 64, "map 0-%u r shared odd@%u", c.m, c.offset);
	snprintf(c.lines[1], 64, "map %u-%u rw shared odd@%u", c.m, c.n, c.offset + c.m);
	snprintf(c.lines[2], 64, "map %u-%u r shared odd@%u", c.n, c.end, c.offset + c.n);
	snprintf(c.lines[3], 64, "prot %u-%u r", piece == PIECE_RIGHT ? c.n - 1 : c.m,
		 piece == PIECE_LEFT ? c.m + 1 : c.n);
	close_case_layout(&c, piece, &middle, &next);
	close_case_closed(&c, piece, middle, next);
	snprintf(all, sizeof(all), "unmap 0-%u", c.end);
	script_since_6_18(c.lines[0], c.lines[1], c.lines[2], c.lines[3], "saw nothing", c.layout,
			  all, c.closed);
}

static void protect_every_closing_combination_keeps_who_closes(void **state)
{
	unsigned int closing;

	(void)state;
	for (closing = 0; closing < 8; closing++) {
		check_close_case(closing, PIECE_FULL);
		check_close_case(closing, PIECE_LEFT);
		check_close_case(closing, PIECE_RIGHT);
	}
}

/* ---- 4.3: who owns the anonymous pages afterwards ----------------------------------------- */

/*
 *      0 1 2 3 4 5 6 7 8 9 a b
 *      a a a a B B B B c c c c         unfaulted sides, faulted middle
 *              = =                     left partial: a and the rest of B both carry B's owner
 */
static void protect_partial_merge_shares_the_owner(void **state)
{
	(void)state;
	script_since_6_18("map 0-4 rw", "map 4-8 rwx", "write 6-7", "map 8-12 rw", "prot 4-6 rw",
			  "is 0-6 rw F1 | 6-8 rwx F1 | 8-12 rw", "prot 6-8 rw", "is 0-12 rw F1");
	script_since_6_18("map 0-4 rw", "map 4-8 rwx", "write 6-7", "map 8-12 rw", "prot 6-8 rw",
			  "is 0-4 rw | 4-6 rwx F1 | 6-12 rw F1", "prot 4-6 rw", "is 0-12 rw F1");
	script_before_6_18("map 0-4 rw", "map 4-8 rwx", "write 6-7", "map 8-12 rw", "prot 4-6 rw",
			   "is 0-4 rw | 4-6 rw F1 | 6-8 rwx F1 | 8-12 rw", "prot 6-8 rw",
			   "is 0-4 rw | 4-8 rw F1 | 8-12 rw");
}

/*
 *      0 1 2 3 4 5 6 7 8 9 a b
 *      a a a a m m m m C C C C         both, prev without owner: it takes next's
 */
static void protect_both_sides_takes_next_owner(void **state)
{
	(void)state;
	script("map 0-4 rw", "map 8-12 rw", "write 8-9", "map 4-8 r", "prot 4-8 rw",
	       "is 0-12 rw F1");
	script("map 0-4 rw", "map 8-12 rw", "write 0-1", "map 4-8 r", "prot 4-8 rw",
	       "is 0-12 rw F1");
	script_since_6_18("map 0-4 rw", "map 4-8 rwx", "map 8-12 rw", "write 4-5", "prot 4-8 rw",
			  "is 0-12 rw F1");
}

/*
 *      0 1 2 3 4 5 6 7
 *      a a a a b b b b         a boundary inside the range whose pieces were equal already
 */
static void protect_unchanged_pieces_never_join(void **state)
{
	(void)state;
	script("map 0-8 rw", "advise 4-8 dontfork", "write 0-1", "write 4-5", "advise 4-8 dofork",
	       "prot 0-8 rw", "is 0-4 rw F1 | 4-8 rw F2", "advise 0-8 dofork",
	       "is 0-4 rw F1 | 4-8 rw F2");
}

/* ---- 5: sticky ---------------------------------------------------------------------------- */

/* One line of areas of a shared file; a guard sets the flag there without an owner. */
static const char *sticky(bool set)
{
	return set ? "gu" : "";
}

/*
 * The table of C.4 with every choice of who has the guard flag; the new range never has it:
 *
 *      0 1 2 3 4 5 6 7 8 9 a b
 *      A A . B . . . . . . . C
 */
static void check_sticky_new(bool a, bool b, bool c)
{
	char first[3][160], second[3][160];

	snprintf(first[0], 160, "is 0-4 r sh %s plain@0 | 11-12 r sh %s plain@11", sticky(a || b),
		 sticky(c));
	snprintf(first[1], 160, "is 0-5 r sh %s plain@0 | 11-12 r sh %s plain@11", sticky(a || b),
		 sticky(c));
	snprintf(first[2], 160,
		 "is 0-5 r sh %s plain@0 | 7-9 r sh plain@7 | 11-12 r sh %s plain@11",
		 sticky(a || b), sticky(c));
	snprintf(second[0], 160, "is 0-9 r sh %s plain@0 | 11-12 r sh %s plain@11", sticky(a || b),
		 sticky(c));
	snprintf(second[1], 160, "is 0-9 r sh %s plain@0 | 10-12 r sh %s plain@10", sticky(a || b),
		 sticky(c));
	snprintf(second[2], 160, "is 0-12 r sh %s plain@0", sticky(a || b || c));
	script_since_6_18("map 0-2 r shared plain@0", "map 3-4 r shared plain@3",
			  "map 11-12 r shared plain@11", a ? "guard 0-1" : "", b ? "guard 3-4" : "",
			  c ? "guard 11-12" : "", "map 2-3 r shared plain@2", first[0],
			  "map 4-5 r shared plain@4", first[1], "map 7-9 r shared plain@7",
			  first[2], "map 6-7 r shared plain@6", "map 5-6 r shared plain@5",
			  second[0], "map 10-11 r shared plain@10", second[1],
			  "map 9-10 r shared plain@9", second[2]);
}

static void map_every_sticky_combination_unites(void **state)
{
	unsigned int who;

	(void)state;
	for (who = 0; who < 8; who++)
		check_sticky_new(who & 1, who & 2, who & 4);
}

/*
 *      0 1 2 3 4 5 6 7 8
 *      p p p m m m n n n       the flag of everybody who takes part, and nobody else's
 *            = = =             both
 *            = =               left partial: p takes m's, m keeps it
 *              = =             right partial: n takes m's, m keeps it
 */
static void check_sticky_change(bool p, bool m, bool n)
{
	const char *pg = p ? "guard 0-1" : "", *mg = m ? "guard 3-4" : "",
		   *ng = n ? "guard 6-7" : "";
	char both[160], left[160], right[160];

	snprintf(both, 160, "is 0-9 r sh %s plain@0", sticky(p || m || n));
	snprintf(left, 160, "is 0-5 r sh %s plain@0 | 5-6 rw sh %s plain@5 | 6-9 r sh %s plain@6",
		 sticky(p || m), sticky(m), sticky(n));
	snprintf(right, 160, "is 0-3 r sh %s plain@0 | 3-4 rw sh %s plain@3 | 4-9 r sh %s plain@4",
		 sticky(p), sticky(m), sticky(m || n));
	script_since_6_18("map 0-9 r shared plain@0", "prot 3-6 rw", pg, mg, ng, "prot 3-6 r",
			  both);
	script_since_6_18("map 0-9 r shared plain@0", "prot 3-6 rw", pg, mg, ng, "prot 3-5 r",
			  left);
	script_since_6_18("map 0-9 r shared plain@0", "prot 3-6 rw", pg, mg, ng, "prot 4-6 r",
			  right);
	script_since_6_18("map 0-9 r shared plain@0", "advise 3-6 dontfork", pg, mg, ng,
			  "advise 3-6 dofork", both);
	script_since_6_18("map 0-9 r shared plain@0", "lock 3-6 onfault", pg, ng,
			  "lock 0-9 onfault",
			  p || n ? "is 0-9 r sh lo lf gu plain@0" : "is 0-9 r sh lo lf plain@0");
}

static void protect_every_sticky_combination_unites(void **state)
{
	unsigned int who;

	(void)state;
	for (who = 0; who < 8; who++)
		check_sticky_change(who & 1, who & 2, who & 4);
}

/*
 *      0 1 2 3 4 5 6 7
 *      g g g g g g g g         one guard, then cuts: every piece keeps the flag (5.4)
 */
static void split_sticky_area_leaves_flag_on_all(void **state)
{
	(void)state;
	script_since_6_18("map 0-8 rw", "guard 0-1", "is 0-8 rw gu F1", "prot 2-4 r",
			  "is 0-2 rw gu F1 | 2-4 r ac gu F1 | 4-8 rw gu F1", "marks 0-1",
			  "unguard 0-8", "is 0-2 rw gu F1 | 2-4 r ac gu F1 | 4-8 rw gu F1",
			  "marks none", "unmap 5-6",
			  "is 0-2 rw gu F1 | 2-4 r ac gu F1 | 4-5 rw gu F1 | 6-8 rw gu F1",
			  "map 0-2 rw", "is 0-2 rw | 2-4 r ac gu F1 | 4-5 rw gu F1 | 6-8 rw gu F1");
}

/* An area that stays alone and a change that does not merge keep what they have. */
static void protect_sticky_alone_keeps_flag(void **state)
{
	(void)state;
	script_since_6_18("map 0-4 rw", "guard 1-2", "prot 0-4 r", "is 0-4 r ac gu F1",
			  "prot 0-4 rw", "advise 0-4 dontdump", "is 0-4 rw dd gu F1", "marks 1-2");
}

/* 5.6: with soft-dirty every mapping has it, and it never keeps areas apart. */
static void map_soft_dirty_everywhere_joins(void **state)
{
	(void)state;
	script("set soft_dirty 1", "map 0-4 rw", "is 0-4 rw sd", "map 4-8 rw", "is 0-8 rw sd",
	       "prot 2-4 r", "prot 2-4 rw", "is 0-8 rw sd");
}

/* ---- X3: the account rules ---------------------------------------------------------------- */

/*
 *      0 1 2 3 4 5 6 7
 *      r r r r w w w w         w loses write: charged no more if nothing was written (rule k)
 */
static void protect_unfaulted_to_readonly_uncharges(void **state)
{
	(void)state;
	script("map 0-4 r", "map 4-8 rw", "counter charged 4", "prot 4-8 r",
	       "[6.12,6.18,7.3] is 0-8 r", "[6.1] is 0-4 r | 4-8 r ac",
	       "[6.12,6.18,7.3] counter charged 0", "[6.1] counter charged 4");
}

static void protect_faulted_to_readonly_stays_charged(void **state)
{
	(void)state;
	script("map 0-4 r", "map 4-8 rw", "write 5-6", "prot 4-8 r", "is 0-4 r | 4-8 r ac F1",
	       "counter charged 4", "prot 0-8 none", "is 0-4 none | 4-8 none ac F1");
}

/*
 *      0 1 2 3 4 5 6 7
 *      f f f f f f f f         a private file keeps its charge, written or not
 */
static void protect_private_file_to_readonly_stays_charged(void **state)
{
	(void)state;
	script("map 0-4 r plain@0", "map 4-8 rw plain@4", "prot 4-8 r",
	       "is 0-4 r plain@0 | 4-8 r ac plain@4", "counter charged 4");
}

/* Rule k asks for anonymous by its hooks: private /dev/zero counts. */
static void protect_zero_device_to_readonly_uncharges(void **state)
{
	(void)state;
	script("map 0-4 rw zero@0", "prot 0-4 r", "[6.12,6.18,7.3] is 0-4 r zero@0",
	       "[6.1] is 0-4 r ac zero@0", "[6.12,6.18,7.3] counter charged 0",
	       "[6.1] counter charged 4");
}

/* Rule j: gaining write charges, once. */
static void protect_readonly_to_writable_charges_once(void **state)
{
	(void)state;
	script("map 0-8 r", "prot 0-4 rw", "is 0-4 rw | 4-8 r", "counter charged 4", "prot 0-4 rwx",
	       "counter charged 4", "prot 0-8 rw", "is 0-8 rw", "counter charged 8");
	script("map 0-4 rw", "write 0-1", "prot 0-4 r", "prot 0-4 rw", "counter charged 4");
	script("map 0-4 r plain@0", "prot 0-4 rw", "is 0-4 rw plain@0", "counter charged 4");
}

static void protect_shared_to_writable_charges_nothing(void **state)
{
	(void)state;
	script("map 0-4 r shared plain@0", "prot 0-4 rw", "is 0-4 rw sh plain@0",
	       "counter charged 0");
	script("map 0-4 rw shared", "counter charged 0");
}

/*
 *      0 1 2 3 4 5 6 7
 *      n n n n w w w w         noreserve is a flag of its own and never charged
 */
static void map_noreserve_beside_charged_stays_apart(void **state)
{
	(void)state;
	script("map 0-4 rw noreserve", "is 0-4 rw nr", "counter charged 0", "map 4-8 rw",
	       "is 0-4 rw nr | 4-8 rw", "prot 0-4 r", "prot 4-8 r",
	       "[6.12,6.18,7.3] is 0-4 r nr | 4-8 r", "[6.1] is 0-4 r nr | 4-8 r ac", "prot 0-8 rw",
	       "is 0-4 rw nr | 4-8 rw", "counter charged 4");
}

/* With overcommit "never" the wish is not heard. */
static void map_noreserve_under_never_is_charged(void **state)
{
	(void)state;
	script("set never 100", "map 0-4 rw noreserve", "is 0-4 rw", "map 4-8 rw", "is 0-8 rw",
	       "counter charged 8");
}

/*
 *      0 1 2 3 4 5 6 7
 *      g g g g W W W W         X22: guarded without a charge beside charged and written
 */
static void guard_readonly_beside_written_stays_apart(void **state)
{
	(void)state;
	script_since_6_18("map 0-8 rw", "prot 0-4 r", "write 4-5", "guard 1-2",
			  "is 0-4 r gu F1 | 4-8 rw F2", "prot 0-4 rw",
			  "is 0-4 rw gu F1 | 4-8 rw F2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(map_equal_both_sides_joins_three),
		cmocka_unit_test(map_other_access_stays_apart),
		cmocka_unit_test(map_beside_flagged_stays_apart),
		cmocka_unit_test(advise_equal_flags_joins),
		cmocka_unit_test(map_equal_special_kinds_joins),
		cmocka_unit_test(map_file_identity_and_offset_decide),
		cmocka_unit_test(map_shared_beside_shared_joins_one_object_only),
		cmocka_unit_test(map_special_beside_special_never_joins),
		cmocka_unit_test(map_unfaulted_neighbour_joins),
		cmocka_unit_test(map_faulted_neighbour_joins),
		cmocka_unit_test(map_forked_neighbour_stays_apart),
		cmocka_unit_test(map_inherited_unfaulted_neighbour_joins),
		cmocka_unit_test(protect_unfaulted_beside_unfaulted_joins),
		cmocka_unit_test(protect_faulted_beside_unfaulted_joins_but_not_6_12),
		cmocka_unit_test(protect_forked_beside_unfaulted_stays_apart),
		cmocka_unit_test(protect_unfaulted_beside_faulted_joins),
		cmocka_unit_test(protect_unfaulted_beside_forked_stays_apart),
		cmocka_unit_test(protect_same_owner_joins),
		cmocka_unit_test(protect_same_forked_owner_joins),
		cmocka_unit_test(protect_other_owner_stays_apart),
		cmocka_unit_test(map_between_two_owners_joins_left_only),
		cmocka_unit_test(protect_between_two_owners_joins_left_only),
		cmocka_unit_test(map_between_pieces_of_one_owner_joins_all),
		cmocka_unit_test(map_between_faulted_and_unfaulted_joins_all),
		cmocka_unit_test(map_between_forked_pieces_stays_apart),
		cmocka_unit_test(map_between_forked_and_unfaulted_joins_right),
		cmocka_unit_test(map_file_each_side_joins_with_its_offset),
		cmocka_unit_test(map_between_closing_areas_joins_left_only),
		cmocka_unit_test(map_beside_one_closing_area_joins),
		cmocka_unit_test(map_classic_table_each_addition),
		cmocka_unit_test(map_classic_table_closing_keeps_right),
		cmocka_unit_test(protect_classic_table_anonymous),
		cmocka_unit_test(protect_classic_table_file_offsets),
		cmocka_unit_test(protect_closing_areas_full_stays_partial_joins),
		cmocka_unit_test(protect_every_closing_combination_keeps_who_closes),
		cmocka_unit_test(protect_partial_merge_shares_the_owner),
		cmocka_unit_test(protect_both_sides_takes_next_owner),
		cmocka_unit_test(protect_unchanged_pieces_never_join),
		cmocka_unit_test(map_every_sticky_combination_unites),
		cmocka_unit_test(protect_every_sticky_combination_unites),
		cmocka_unit_test(split_sticky_area_leaves_flag_on_all),
		cmocka_unit_test(protect_sticky_alone_keeps_flag),
		cmocka_unit_test(map_soft_dirty_everywhere_joins),
		cmocka_unit_test(protect_unfaulted_to_readonly_uncharges),
		cmocka_unit_test(protect_faulted_to_readonly_stays_charged),
		cmocka_unit_test(protect_private_file_to_readonly_stays_charged),
		cmocka_unit_test(protect_zero_device_to_readonly_uncharges),
		cmocka_unit_test(protect_readonly_to_writable_charges_once),
		cmocka_unit_test(protect_shared_to_writable_charges_nothing),
		cmocka_unit_test(map_noreserve_beside_charged_stays_apart),
		cmocka_unit_test(map_noreserve_under_never_is_charged),
		cmocka_unit_test(guard_readonly_beside_written_stays_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
