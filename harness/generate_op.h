/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the generator ask of each other. */
#ifndef VMAFUZZ_GENERATE_OP_H
#define VMAFUZZ_GENERATE_OP_H

#include "generate_range.h"

#define GENERATE_NAMES 4

/* Fills what an operation of op->kind says; space is the one that acts. May change the kind to
 * OP_MMAP if the layout has nothing to work on. */
void generate_fields(struct generator *generator, const struct program *so_far,
		     const struct seen_space *space, struct op *op);
/* Makes a plain operation an odd one: unaligned, wrapping, outside, unknown bits. */
void generate_odd(struct generator *generator, struct op *op);
/* Keeps what takes an operation back. */
void generator_remember(struct generator *generator, const struct generator_step *undo);
/* The operation that a step is short for. */
void generate_step(const struct generator_step *step, struct op *op);

/* Chooses the mood of a program out of those its options permit. */
void generator_start_mood(struct generator *generator);
/* The kinds that this mood has more of than others, as a set. */
uint64_t generator_mood_kinds(const struct generator *generator);
/* Whether programs of this mood meet limits. */
bool generator_mood_limits(const struct generator *generator);
/* Puts the steps of a figure in line, to be done by the next operations; false: no room for it
 * in this layout. */
bool generate_figure(struct generator *generator, const struct program *so_far,
		     const struct observation *now, const struct seen_space *space);
/* The same, of a mood that is diced; false also if its options do not permit that one. */
bool generate_any_figure(struct generator *generator, const struct program *so_far,
			 const struct observation *now, const struct seen_space *space);

#endif
