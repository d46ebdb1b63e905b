/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model as an expectation: it runs the same program as the subject and shows what it
 * holds in the words of struct observation. Spaces stand in ascending order of number, in
 * slots 0, 1, ...; identities are numbered by first appearance in that order.
 */
#ifndef VMAFUZZ_ORACLE_H
#define VMAFUZZ_ORACLE_H

#include <stdbool.h>
#include <stdint.h>

#include "subject.h"

struct oracle;
struct model;

struct oracle *oracle_new(void); /* NULL without memory */
void oracle_free(struct oracle *oracle);

/* Starts a program under resolved settings. */
void oracle_begin(struct oracle *oracle, const struct settings *settings);
/* Why the model cannot do this kind of operation, as a short stable text, or NULL. */
const char *oracle_refuses(const struct oracle *oracle, const struct op *op);
/* Executes an operation that is not refused; fills result and events of expect. */
void oracle_apply(struct oracle *oracle, const struct program *program, uint32_t index,
		  struct observation *expect);
/* Fills the spaces of expect. 0 or -ENOMEM (more identities than ever before). */
int oracle_observe(struct oracle *oracle, struct observation *expect);
/* Ends every space in ascending order; fills result and events. */
void oracle_end(struct oracle *oracle, struct observation *expect);

/* The rule the last failing check or merge decision rested on; "" for none. */
const char *oracle_rule(const struct oracle *oracle);
const struct model *oracle_model(const struct oracle *oracle);
struct model *oracle_model_mutable(struct oracle *oracle);

/*
 * Outcomes of allocation failure are tried one after the other: save what stands before the
 * operation, then for point 1, 2, ... restore, fail there, apply.
 */
int oracle_save(struct oracle *oracle); /* 0 or -ENOMEM */
void oracle_restore(struct oracle *oracle);
/* The n-th failure point of the next operation fails (onward: and each later one); 0: none. */
void oracle_fail_at(struct oracle *oracle, unsigned int point, bool onward);
/* The rule of the point that failed in the last operation, NULL if it came to none. */
const char *oracle_fail_reached(const struct oracle *oracle);

#endif
