/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes of one operation, that need to know the operations around it at the most. */
#ifndef VMAFUZZ_MUTATE_OP_H
#define VMAFUZZ_MUTATE_OP_H

#include "generate_range.h"

/* The generator throws the dice. Each returns false if the operation has nothing of the kind. */

/* An edge, or all of the range, moves by a page. */
bool mutate_nudge(struct generator *dice_of, const struct settings *settings, struct op *op);
/* The range, or mremap's target, goes where another operation's range lies, or beside it. */
bool mutate_relate(struct generator *dice_of, const struct settings *settings, struct op *op,
		   const struct op *other);
/* The range becomes this one; of what has an address alone, its start. */
bool mutate_place(struct op *op, struct range range);
/* mremap's target begins, or ends, at a page. */
bool mutate_target(struct generator *dice_of, const struct settings *settings, struct op *op,
		   uint32_t page);
/* What it says but for where: as another one of its kind does. */
bool mutate_copy(struct op *op, const struct op *other);
/* One attribute is another one. */
bool mutate_toggle(struct generator *dice_of, struct op *op);
/* Which allocation fails, if any. */
void mutate_failure(struct generator *dice_of, struct op *op);
/* What takes the operation back, if it has worked as it says. */
bool mutate_inverse(const struct op *op, struct op *ret);
/* What lies outside a window, as operations of another program may, is brought inside. */
void mutate_fold(const struct settings *settings, struct op *op);

#endif
