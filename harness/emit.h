/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program as a regression test: its operations in the words of a form of test, and beside each
 * what the model says must come of it. An emission knows what is expected; a form knows how to
 * say it, and what it cannot say.
 */
#ifndef VMAFUZZ_EMIT_H
#define VMAFUZZ_EMIT_H

#include <stdio.h>

#include "compare.h"
#include "draw.h"
#include "live_protocol.h"
#include "oracle.h"
#include "program.h"
#include "settings.h"

/* One operation and what the model expects of the space it acts on. */
struct emit_step {
	const char *left_out; /* why the form cannot say it; nothing below counts then */
	bool acts;	      /* the space is there */
	struct seen_result result;
	struct seen_space after; /* of the acting space; not alive once it has exited */
	uint32_t child;		 /* number of the space a fork made; 0: none */
	struct seen_space born;	 /* that space */
	struct draw_row before_row, after_row;
	struct live_op call; /* of the forms that make system calls */
};

struct emission;

/* What a form is made of. */
struct emit_form {
	const char *name;    /* after --as */
	const char *summary; /* for --help */
	bool of_6_12;	     /* it is for that profile, unless the command line says otherwise */
	/* Why an operation cannot be said, as the spaces of emission->now are, or NULL. */
	const char *(*left_out)(struct emission *emission, uint32_t index);
	/* Why the program as a whole cannot be said, or NULL. */
	const char *(*refuses)(const struct emission *emission);
	int (*print)(FILE *out, const struct emission *emission); /* 0 or -ENOMEM */
};

struct emission {
	const struct emit_form *form;
	struct program program; /* borrowed ops; settings resolved */
	struct settings written;
	uint32_t gap;	  /* of a subject that has no other stack guard gap; 0: it has any */
	const char *name; /* borrowed: an identifier made of the file's name */
	const char *file; /* borrowed: the file's name without its folders */
	/* Borrowed, of a fixed bug: what went wrong, its signature, by what it was fixed; or NULL.
	 */
	const char *broke, *shown, *fixed;
	struct emit_step *step;
	struct observation now; /* what the model holds before the next operation */
	struct oracle *oracle;
	struct draw_range extent;
	void *own; /* the form's, made by left_out() */
	void (*own_free)(void *own);
};

/*
 * Runs the model on the program, leaving out what the form cannot say. 0 or -ENOMEM. `probed`
 * may be NULL: settings are then those of the core.
 */
int emission_init(struct emission *emission, const struct emit_form *form,
		  const struct program *program, const struct run_options *options,
		  const struct subject *probed);
void emission_done(struct emission *emission);

/* Parts that forms share. */
bool emit_has(const struct emission *emission, enum op_kind kind);
/* Lines that begin with `prefix`: the program, what holds where, what is left out and why. */
void emit_print_head(FILE *out, const struct emission *emission, const char *prefix);
/* The operation and its drawing, as a comment indented by `indent`. */
void emit_print_comment(FILE *out, const struct emission *emission, uint32_t index,
			const char *indent);
/* The lines of an embedded text between "@@ section" and the next "@@". */
void emit_print_section(FILE *out, const unsigned char *text, const char *section);

extern const struct emit_form emit_syscalls, emit_kselftest, emit_vma_unit, emit_ctest;

#endif
