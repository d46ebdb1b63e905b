/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operations that make anon_vma identity visible where it cannot be read: whether two areas
 * merge tells whether they share one. They are appended to a program, for they destroy what
 * they probe.
 *
 *	AABB   differ in access:     mprotect both alike      AAAA or AABB
 *	AABB   equal but separate:   madvise dontfork, dofork AAAA or AABB
 *	AA.BB  a hole of one page:   mmap into it             AAAAA or AAABB
 */
#ifndef VMAFUZZ_PROBE_TAIL_H
#define VMAFUZZ_PROBE_TAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "subject.h"

/* Where the probing of a program stands. */
struct probe_tail {
	uint8_t stage;
	uint32_t page;	 /* pairs below it are done */
	uint32_t number; /* of the space under probe */
	bool second;	 /* the second half of a pair of operations is due */
	uint32_t start, end;
	uint32_t budget; /* operations that may still be appended */
};

void probe_tail_begin(struct probe_tail *tail, uint32_t budget);
/* The next operation, chosen by what stands now; false when there is nothing left to probe. */
bool probe_tail_next(struct probe_tail *tail, const struct observation *now, struct op *op);

#endif
