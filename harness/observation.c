/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory of an observation. It is got once, as large as the largest program can need, so
 * that looking at a subject never allocates.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "subject.h"

int observation_init(struct observation *seen)
{
	memset(seen, 0, sizeof(*seen));
	for (unsigned int i = 0; i < PROGRAM_SPACES; i++) {
		struct seen_space *space = &seen->space[i];

		space->vma = calloc(PROGRAM_PAGES_MAX, sizeof(*space->vma));
		space->guard = calloc(PROGRAM_PAGES_MAX / 64, sizeof(*space->guard));
		if (!space->vma || !space->guard)
			goto fail;
	}
	seen->event = calloc(SEEN_EVENTS_MAX, sizeof(*seen->event));
	if (!seen->event)
		goto fail;
	return 0;
fail:
	observation_done(seen);
	return -ENOMEM;
}

void observation_done(struct observation *seen)
{
	for (unsigned int i = 0; i < PROGRAM_SPACES; i++) {
		free(seen->space[i].vma);
		free(seen->space[i].guard);
	}
	free(seen->event);
	memset(seen, 0, sizeof(*seen));
}

void observation_clear_space(struct seen_space *space, uint32_t pages)
{
	const struct seen_space cleared = { .vma = space->vma, .guard = space->guard };

	memset(space->guard, 0, (pages + 63) / 64 * sizeof(*space->guard));
	*space = cleared;
}

void observation_clear(struct observation *seen, uint32_t pages)
{
	for (unsigned int i = 0; i < PROGRAM_SPACES; i++)
		observation_clear_space(&seen->space[i], pages);
}

const char *event_name(uint8_t kind)
{
	static const char *const names[EVENT_KINDS] = {
		[EVENT_MMAP] = "mmap",
		[EVENT_MMAP_PREPARE] = "mmap_prepare",
		[EVENT_MAPPED] = "mapped",
		[EVENT_OPEN] = "open",
		[EVENT_CLOSE] = "close",
		[EVENT_MAY_SPLIT] = "may_split",
		[EVENT_MPROTECT] = "mprotect",
		[EVENT_MREMAP] = "mremap",
		[EVENT_SET_POLICY] = "set_policy",
		[EVENT_INSUFFICIENT_SLOTS] = "mm_insufficient_vma_slots",
	};

	return kind < EVENT_KINDS ? names[kind] : "?";
}
