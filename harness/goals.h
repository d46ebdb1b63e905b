/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What programs must come by, as a list for people: a goal a line, with `*` and `[!...]` for what
 * does not matter; `#` starts a comment.
 *
 *	merge existing whole left, left: allowed, right: flags
 *	errno mremap EFAULT
 *	event may_split
 *	rule 7 split last
 *	never merge new whole both, left: flags, *    what is not allowed is not merged
 *
 * `never` names what cannot be, and after four blanks why.
 */
#ifndef VMAFUZZ_GOALS_H
#define VMAFUZZ_GOALS_H

#include <stdbool.h>
#include <stddef.h>

#include "case_counts.h"

/* Everything that has a name: "merge ...", "errno ...", "event ...", "rule ...". */
struct thing {
	char name[MERGE_CASE_TEXT + 16];
	uint64_t count;
};
/* All of them that were come by at least once, in a fixed order. NULL without memory. */
struct thing *things_of(const struct case_counts *counts, size_t *count);

struct goals {
	struct goal {
		char *name;   /* a pattern */
		char *reason; /* never: why */
		uint64_t count;
	} * goal;
	size_t count;
};
/* 0, -ENOMEM, or -EINVAL with a message that names file and line. */
int goals_read(struct goals *goals, const char *path, char *message, size_t room);
void goals_done(struct goals *goals);
/* Counts for each goal how often it was come by. */
void goals_count(struct goals *goals, const struct thing *things, size_t count);

#endif
