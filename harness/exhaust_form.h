/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tells one layout from all others, as 128 bits: once of what the subject shows, once of
 * what the model holds. Two ways to say it that share nothing but the arithmetic, so that the
 * number of layouts counted by one is a check of the other.
 */
#ifndef VMAFUZZ_EXHAUST_FORM_H
#define VMAFUZZ_EXHAUST_FORM_H

#include "exhaust.h"
#include "model.h"

/* The address spaces a layout is made of, by number, ascending. */
struct exhaust_spaces {
	uint8_t number[PROGRAM_SPACES];
	unsigned int count;
};

struct exhaust_key exhaust_form_of_seen(const struct observation *seen,
					const struct exhaust_spaces *spaces, uint32_t pages);
struct exhaust_key exhaust_form_of_model(const struct model *model,
					 const struct exhaust_spaces *spaces);
/* Of any text. */
struct exhaust_key exhaust_form_of_text(const char *text);

#endif
