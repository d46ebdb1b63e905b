/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program as a sequence of steps that can be shown: what stood before an operation, what
 * stands after it, what the model says, and the letters that a VMA keeps from one step to the
 * next. How a step looks is the business of whoever takes it.
 */
#ifndef VMAFUZZ_SHOW_H
#define VMAFUZZ_SHOW_H

#include <stdio.h>

#include "draw.h"
#include "execute.h"

/* One space of a step. NULL: the space is not there on that side. */
struct show_space {
	uint32_t number;
	bool acts; /* the operation is its own */
	const struct seen_space *seen, *expect;
	struct draw_row before, after, model; /* letters; all holes where there is no space */
};

/* The acting space and up to as many others as can be alive. */
#define SHOW_SPACES (PROGRAM_SPACES + 1)

struct show_step {
	uint32_t index; /* of the operation, VERDICT_AT_BEGIN or VERDICT_AT_END */
	enum execute_outcome outcome;
	const char *why;		   /* it was skipped */
	const struct execution *execution; /* result, events, facts, verdict */
	bool merged;			   /* the subject gave an account of a merge decision */
	struct merge_account account;
	struct draw_range extent;	      /* every page that matters in the whole program */
	struct show_space space[SHOW_SPACES]; /* in ascending order of number */
	uint32_t spaces;
};

/* Who shows the steps. */
struct show_viewer {
	void (*begin)(struct show_viewer *viewer, const struct show_step *step);
	void (*step)(struct show_viewer *viewer, const struct show_step *step);
};

/*
 * Runs the program to learn which pages ever matter. *extent grows with every step: of a subject
 * that dies it holds what mattered till then.
 */
enum execute_outcome show_learn(struct execution *execution, const struct program *program,
				struct draw_range *extent, const char **why);
/*
 * Runs it again to show it. The last step shown is the one that disagreed, the end of the program
 * included.
 */
enum execute_outcome show_program(struct execution *execution, const struct program *program,
				  struct draw_range extent, struct show_viewer *viewer,
				  const char **why);

/* "mprotect 2..4 r", or what happens where no operation does. */
void show_text(const struct show_step *step, char *buffer, size_t size);
/* The space the operation of a step acts on; NULL at the end of the program. */
const struct show_space *show_acting(const struct show_step *step);
/* What show_text() says is about an operation, not about the beginning or the end. */
bool show_at_operation(const struct show_step *step);
/* The account of the merge decision with the letters of the drawing; false if there is none. */
bool show_merge(FILE *out, const struct show_step *step);

/* Drawings on a terminal. */
struct show_terminal {
	struct show_viewer viewer;
	bool maps; /* list the VMAs after each operation */
	bool color;
};
void show_terminal_init(struct show_terminal *terminal, bool maps, bool color);

/*
 * One self-contained page. It is complete on disk but for its tail after every step, so that who
 * survives the subject can end it.
 */
struct show_page {
	struct show_viewer viewer;
	FILE *out;
	uint32_t steps;
	const char *title; /* borrowed: the name of the program's file */
};
void show_page_init(struct show_page *page, FILE *out, const char *title);
/* finding: a JSON object as reports give it, or NULL if all agreed. 0 or -errno. */
int show_page_end(struct show_page *page, const char *finding);

#endif
