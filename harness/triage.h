/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Crashes into bugs. A signature says what one program does wrong; one bug shows in several
 * operations and so in several signatures. The key of a bug leaves out of them what only the
 * program chose, and bugs are joined when the smallest program of one has the other inside.
 */
#ifndef VMAFUZZ_TRIAGE_H
#define VMAFUZZ_TRIAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "command.h"
#include "program.h"
#include "trial.h"

#define TRIAGE_KEY 120

/* The key of what a minimized program does wrong; a name for a folder. */
void triage_key(const struct program *program, const struct trial_answer *answer,
		char key[TRIAGE_KEY]);

struct triage_bug {
	char key[TRIAGE_KEY];
	char mark[40];		/* "open", or what somebody said of it */
	struct program program; /* the cheapest */
	struct verdict verdict; /* of that one */
	char **file;		/* that show it, with their signatures: "SIGNATURE FILE" */
	size_t files, capacity;
};

struct triage {
	const char *output; /* where the folders are */
	const char *subject;
	struct triage_bug *bug;
	size_t bugs;
	uint64_t failing, passing, unreadable; /* files */
};

/* Adds a file that shows a bug. 0 or -ENOMEM. */
int triage_add(struct triage *triage, const char *file, const struct program *minimized,
	       const struct trial_answer *answer);
/*
 * The bug that fails in the same operation as the smallest program of bug `index`, or in the
 * unmapping that this one begins with, when that is made simpler still: `simpler` is one of those
 * programs. `index` itself if there is none.
 */
size_t triage_inside(const struct triage *triage, size_t index, const struct program *simpler,
		     const struct trial_answer *answer);
/* What showed one bug shows another, which keeps its key. 0 or -ENOMEM. */
int triage_join(struct triage *triage, size_t from, size_t to);
/* The cheapest program first. */
void triage_sort(struct triage *triage);
void triage_done(struct triage *triage);

/* Writes every folder and the index; marks that stand there are kept. False after a message. */
bool triage_write(struct triage *triage);

/* Says something of a bug that has a folder. False after a message. */
bool triage_mark(const char *output, const char *text);

#endif
