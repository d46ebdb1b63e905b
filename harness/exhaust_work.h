/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The worker of an enumeration: tries every operation in each of its states. What it finds it
 * leaves in shared memory for its parent, who alone adds states.
 *
 *	states   [first ................ end)     worker 0 of 2 takes first, first + 2, ...
 *	layouts  parent, letter, key              in that order; those not known before
 */
#ifndef VMAFUZZ_EXHAUST_WORK_H
#define VMAFUZZ_EXHAUST_WORK_H

#include "exhaust.h"
#include "exhaust_form.h"

struct exhaust_found {
	struct exhaust_key key;
	uint32_t parent;
	uint32_t letter;
};

struct exhaust_failed {
	uint32_t parent, letter;
	struct verdict verdict;
};

struct exhaust_share {
	volatile uint64_t beat;
	volatile uint64_t state, letter; /* under way */
	struct run_statistics statistics;
	struct exhaust_failed failed[EXHAUST_FINDINGS];
	volatile uint32_t failures;
	char why[160];
	volatile uint64_t count;
	struct exhaust_found found[]; /* room for every letter of every state */
};

struct exhaust_worker {
	const struct exhaust_request *request;
	const struct exhaust_store *store;
	struct exhaust_share *share;
	uint64_t end;
	unsigned int step;
};

/* Letters: each operation of the alphabet in each space that may act. */
uint32_t exhaust_letters(const struct exhaust_request *request);

/* The way to a state, and where it leads: operations in memory of its own. */
struct exhaust_path {
	struct program program; /* settings and names are the alphabet's */
	struct op op[EXHAUST_DEPTH_MAX + 1];
	struct exhaust_place {
		struct exhaust_spaces living;
		uint8_t next;	/* number of the next space */
		uint32_t count; /* of operations */
	} at;
};
void exhaust_path_to(struct exhaust_path *path, const struct exhaust_request *request,
		     const struct exhaust_store *store, uint64_t state);
/* One more operation; false if the letter means nothing there. */
bool exhaust_path_add(struct exhaust_path *path, const struct exhaust_request *request,
		      uint32_t letter);
/* Only the operations up to a place the path came by. */
void exhaust_path_back(struct exhaust_path *path, const struct exhaust_place *place);

/* The worker itself, a struct exhaust_worker: isolate_run()'s body. 0, or 1 with share->why. */
int exhaust_work(void *context);

#endif
