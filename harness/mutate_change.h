/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which operations of a program change, come and go; what mutate.c asks for. */
#ifndef VMAFUZZ_MUTATE_CHANGE_H
#define VMAFUZZ_MUTATE_CHANGE_H

#include "fuzz_profile.h"
#include "generate_range.h"
#include "oracle.h"

struct mutator {
	struct fuzz_profile profile;
	bool has_profile;
	struct generator_options options;
	struct generator generator; /* its dice are the only ones */
	struct oracle *oracle;
	struct observation now;
	struct program program;	 /* under change */
	struct program resolved; /* the same with settings as the model wants them */
	struct program other;	 /* to splice from */
	uint32_t most;		 /* operations there is room for */
	bool bytes_too;		 /* a byte changes at the end */
	bool settings_too;	 /* one of the header */
	char description[64];
};

static inline uint32_t mutate_dice(struct mutator *mutator, uint32_t sides)
{
	return dice_below(&mutator->generator, sides);
}

void mutate_remove(struct mutator *mutator, uint32_t at, uint32_t count);
/* False if there is no room. */
bool mutate_insert(struct mutator *mutator, uint32_t at, const struct op *op);
/* One change; none if what the dice say means nothing here several times over. */
void mutate_change(struct mutator *mutator);
/* Adds a word to the description. */
void mutate_describe(struct mutator *mutator, const char *word);

#endif
