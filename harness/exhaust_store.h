/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The layouts that were found, 24 bytes each: what tells one from all others, and the
 * operation that led to it from another. They lie in a file if one is named, and what has been
 * committed there survives whatever ends us.
 */
#ifndef VMAFUZZ_EXHAUST_STORE_H
#define VMAFUZZ_EXHAUST_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "statistics.h"

/* 128 bits made of a canonical form. Two forms with one key: not before 10^18 layouts. */
struct exhaust_key {
	uint64_t word[2];
};

struct exhaust_state {
	struct exhaust_key key;
	uint32_t parent;
	uint16_t letter; /* which operation of the alphabet, and in which space */
	uint16_t depth;
};

#define EXHAUST_STATE_BYTES 40 /* with its share of the index */

/* How far it is. Plain data. */
struct exhaust_progress {
	uint64_t states;   /* found */
	uint64_t expanded; /* of these, those in which every operation was tried */
	double seconds;
	struct run_statistics statistics;
};

struct exhaust_header;
struct exhaust_store {
	struct exhaust_header *header; /* of the mapping, the states behind it */
	struct exhaust_state *state;
	uint64_t count, capacity;
	uint32_t *index; /* of a state + 1 by key, open addressing; 0: free */
	uint64_t slots;
	size_t size;
	int file; /* -1: none */
};

/*
 * Opens the file, or makes it. said tells one enumeration from another. *progress is what
 * was committed, all zero at first. 0, -EINVAL if it is another's, or -errno.
 */
int exhaust_store_open(struct exhaust_store *store, const char *path, uint64_t capacity,
		       struct exhaust_key said, struct exhaust_progress *progress);
void exhaust_store_close(struct exhaust_store *store);

bool exhaust_store_has(const struct exhaust_store *store, struct exhaust_key key);
/*
 * It will be asked for: the question waits for memory twice, for the index and then for a state.
 * Whoever says so first, and again before it asks, does not wait.
 */
static inline void exhaust_store_expect(const struct exhaust_store *store, struct exhaust_key key)
{
	__builtin_prefetch(&store->index[key.word[0] & (store->slots - 1)]);
}
static inline void exhaust_store_expect_now(const struct exhaust_store *store,
					    struct exhaust_key key)
{
	uint32_t which = store->index[key.word[0] & (store->slots - 1)];

	if (which)
		__builtin_prefetch(&store->state[which - 1]);
}
/* Adds a state that is not there yet. 0, or -ENOMEM, -ENOSPC without room. */
int exhaust_store_add(struct exhaust_store *store, struct exhaust_state state);
/* What a later opening finds; progress->states are those added so far. */
void exhaust_store_commit(struct exhaust_store *store, const struct exhaust_progress *progress);

#endif
