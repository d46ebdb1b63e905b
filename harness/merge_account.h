/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a subject decided a merge: who was there, whether they merged, and what stood against each
 * side, by the rules of chapters 2 to 4.
 *
 *	0123456789
 *	PPMMMM..NN	mprotect 2..4: the range is 2..4 of middle 2..6, prev is 0..2, and next is
 *			nobody, for the range does not end where middle does
 */
#ifndef VMAFUZZ_MERGE_ACCOUNT_H
#define VMAFUZZ_MERGE_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

/* The target is who covers the range when it is done. */
enum merge_role { MERGE_RANGE, MERGE_PREV, MERGE_MIDDLE, MERGE_NEXT, MERGE_TARGET, MERGE_ROLES };

enum merge_side {
	SIDE_ALLOWED,
	SIDE_NOT_TRIED,
	SIDE_NO_NEIGHBOUR,
	SIDE_SPECIAL,
	SIDE_FLAGS,
	SIDE_FILE,
	SIDE_UFFD,
	SIDE_NAME,
	SIDE_POLICY,
	SIDE_ANON_VMA,
	SIDE_TWO_ANON_VMAS,
	SIDE_PGOFF,
	SIDE_VIRTUAL_PGOFF,
	SIDE_CLOSE_HOOK,
	SIDE_NO_MEMORY,
	SIDE_OTHER,
	MERGE_SIDES
};

struct merge_account {
	bool existing; /* the range lies in middle; otherwise it is new */
	struct merge_part {
		uint32_t start, end; /* pages from PROGRAM_BASE, half open; empty: no such VMA */
	} part[MERGE_ROLES];
	enum merge_side left, right;
};

static inline bool merge_part_is_there(const struct merge_part *part)
{
	return part->start != part->end;
}

#endif
