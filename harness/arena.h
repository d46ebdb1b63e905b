/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that can be gone back to: what lies in it is copied away and back as a whole, so
 * that every pointer into it holds again.
 */
#ifndef VMAFUZZ_ARENA_H
#define VMAFUZZ_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena {
	char *memory, *saved;
	size_t size, used, saved_used;
	size_t outside; /* objects there was no room for, and that lie elsewhere */
};

int arena_init(struct arena *arena, size_t size); /* 0 or -ENOMEM */
void arena_done(struct arena *arena);
/* Everything in it goes; what lies elsewhere stays. */
void arena_reset(struct arena *arena);
/* memory is the arena: as an allocator wants it said. NULL without memory. */
void *arena_alloc(void *memory, size_t size);
/* Its place in the arena is not used again. */
void arena_release(void *memory, void *object);
bool arena_save(struct arena *arena); /* false if something lies elsewhere */
void arena_restore(struct arena *arena);

#endif
