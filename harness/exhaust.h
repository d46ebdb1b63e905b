/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every layout of a small window that a set of operations can reach, and every operation of
 * the set tried in each of them. Breadth first, so that the first way found to a layout is a
 * shortest one.
 *
 *	....  --mmap 0..2-->  AA..  --touch 0..1-->  aA..  --fork-->  ...
 *	      --mmap 1..3-->  .AA.  --munmap 2..3->  .A..  (known already)
 *
 * A layout is what can be seen of it, without the names of things: which anon_vma it is does
 * not matter, only who else has the same. Of each one way that leads to it is remembered.
 */
#ifndef VMAFUZZ_EXHAUST_H
#define VMAFUZZ_EXHAUST_H

#include <stdbool.h>
#include <stdint.h>

#include "execute.h"
#include "exhaust_store.h"
#include "program.h"
#include "run.h"

#define EXHAUST_PAGES_MAX 16
#define EXHAUST_DEPTH_MAX 250 /* operations on the way to a layout */
#define EXHAUST_FINDINGS 16

struct exhaust_request {
	/* Makes a subject; called in each worker. 0, or -errno with a reason in *why. */
	int (*create)(void *context, struct subject **ret, const char **why);
	void *context;
	/* Settings, and each operation that is tried; what the command line says is pinned. */
	const struct program *alphabet;
	bool model_only; /* nothing is checked: the layouts the model can reach are counted */
	/*
	 * 1: fork goes on in the child, and its ancestors stay as they are. More: so many live
	 * at once, and every one of them goes on.
	 */
	unsigned int spaces;
	uint32_t depth;	     /* operations on the way to a layout, at most EXHAUST_DEPTH_MAX */
	unsigned int jobs;   /* 1..RUN_JOBS_MAX */
	uint64_t states_max; /* as many as there is room for */
	const char *file;    /* what was found is kept there, and gone on with; NULL: nowhere */
	struct execute_options options;
	double timeout; /* seconds one operation may take */
	void (*tell)(void *context, const struct exhaust_progress *progress, uint32_t depth);
};

struct exhaust_result {
	struct exhaust_progress progress;
	uint32_t depth;				      /* of the deepest layout */
	bool full;				      /* there was no room for one more */
	struct run_finding finding[EXHAUST_FINDINGS]; /* shortest first; signatures differ */
	uint32_t findings;
	char why[160]; /* after an error */
};

/* 0, whatever was found; -EINVAL if the file is another's; else -errno with result->why. */
int exhaust(const struct exhaust_request *request, struct exhaust_result *result);
void exhaust_result_done(struct exhaust_result *result);

/*
 * The operations that a set of words stands for, for every range and place of the window.
 * False with a sentence that says what was expected.
 */
bool exhaust_ops(struct program *alphabet, uint32_t pages, const char *set, char *error,
		 size_t room);
/* The words, one a line, for help. */
void exhaust_ops_help(FILE *to);

#endif
