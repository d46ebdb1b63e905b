/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must hold of a subject whatever the model says: of each state by itself, and between
 * what stood before an operation and what stands after it. It also counts which rule was put
 * to the test, by situations in which it could have failed.
 */
#ifndef VMAFUZZ_INVARIANTS_H
#define VMAFUZZ_INVARIANTS_H

#include <stdbool.h>
#include <stdint.h>

#include "compare.h"
#include "rules.h"

/* Spaces are named by one byte. */
#define INVARIANTS_SPACES 256

/* What a program said that no observation shows. */
struct invariants {
	uint64_t limit; /* max_vma_count */
	struct {
		uint64_t brk;	   /* relative to PROGRAM_BASE, where every heap starts */
		uint64_t limit_as; /* pages */
		bool lock_future;
	} space[INVARIANTS_SPACES];
};

/* Settings are resolved. */
void invariants_begin(struct invariants *memory, const struct settings *settings);

/*
 * Whether the operation left what it must; else an invalid-state verdict that names the rule.
 * `before` is needed but at the start, `expect` is never looked at. A subject that does not
 * show everything is not asked. exercised[RULES] grows by what was put to the test.
 */
bool invariants_hold(struct invariants *memory, const struct comparison *comparison,
		     uint64_t exercised[RULES], struct verdict *verdict);

#endif
