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
/* Keeps what takes an operation back; and makes an operation of it again. */
void generator_remember(struct generator *generator, const struct generator_undo *undo);
void generate_undo(const struct generator_undo *undo, struct op *op);

#endif
