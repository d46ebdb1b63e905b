/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz_canary.h"

#include "flags.h"
#include "subject.h"

#define VMAS 4

/* Of the subject that lies; a target has one, and keeps it to its end. */
static uint32_t (*observe)(struct subject *self, struct observation *seen);

static bool has_locked(const struct seen_space *space)
{
	for (uint32_t i = 0; i < space->vmas; i++)
		if (space->vma[i].flags & VM_FLAG(lo))
			return true;
	return false;
}

static uint32_t observe_one_more(struct subject *self, struct observation *seen)
{
	uint32_t facts = observe(self, seen);

	for (int i = 0; i < PROGRAM_SPACES; i++) {
		struct seen_space *space = &seen->space[i];

		if (space->alive && space->vmas == VMAS && has_locked(space))
			space->vma_count++;
	}
	return facts;
}

void fuzz_canary_release(struct subject *subject)
{
	observe = subject->observe;
	subject->observe = observe_one_more;
}
