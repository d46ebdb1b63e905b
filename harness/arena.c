/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arena.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 64

int arena_init(struct arena *arena, size_t size)
{
	*arena = (struct arena){ .size = size / ALIGNMENT * ALIGNMENT };
	arena->memory = aligned_alloc(ALIGNMENT, arena->size);
	arena->saved = malloc(arena->size);
	if (arena->memory && arena->saved)
		return 0;
	arena_done(arena);
	return -ENOMEM;
}

void arena_done(struct arena *arena)
{
	free(arena->memory);
	free(arena->saved);
	*arena = (struct arena){ .used = 0 };
}

void arena_reset(struct arena *arena)
{
	arena->used = 0;
}

void *arena_alloc(void *memory, size_t size)
{
	struct arena *arena = memory;
	size_t taken = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	void *object;

	if (taken <= arena->size - arena->used) {
		object = arena->memory + arena->used;
		arena->used += taken;
		return object;
	}
	object = malloc(size);
	arena->outside += object != NULL;
	return object;
}

void arena_release(void *memory, void *object)
{
	struct arena *arena = memory;
	char *at = object;

	if (at >= arena->memory && at < arena->memory + arena->size)
		return;
	free(object);
	arena->outside--;
}

bool arena_save(struct arena *arena)
{
	if (arena->outside)
		return false;
	memcpy(arena->saved, arena->memory, arena->used);
	arena->saved_used = arena->used;
	return true;
}

void arena_restore(struct arena *arena)
{
	memcpy(arena->memory, arena->saved, arena->saved_used);
	arena->used = arena->saved_used;
}
