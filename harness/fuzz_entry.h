/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One input of a fuzzing engine, from bytes to the verdict. A target is a row of
 * fuzz_profiles[] and one call. On a disagreement the report goes to standard error and then
 * the process aborts; otherwise nothing is written.
 */
#ifndef VMAFUZZ_FUZZ_ENTRY_H
#define VMAFUZZ_FUZZ_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "program.h"

/* What every engine calls; each target defines it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum fuzz_target { FUZZ_MERGE, FUZZ_FORK, FUZZ_LIMIT, FUZZ_OOM, FUZZ_PROFILES };

/* What a target forces upon the programs it is given. */
struct fuzz_profile {
	const char *name;
	uint32_t operations; /* longer programs are cut */
	uint32_t pages;	     /* a larger window is folded */
	bool one_space;	     /* neither fork nor exit */
	bool many_spaces;    /* two forks at least, operations spread over the spaces */
	bool small_limit;    /* max_vma_count near the number of VMAs such a program makes */
	bool failing;	     /* every third operation has an allocation failure */
};
extern const struct fuzz_profile fuzz_profiles[FUZZ_PROFILES];
const struct fuzz_profile *fuzz_profile_find(const char *name); /* NULL: no such target */

/*
 * Forces the settings of a target; expectations and stated results are dropped, for they
 * speak of another program. Forcing twice is forcing once, so a program that a report prints
 * is the program that ran.
 */
void fuzz_profile_force(const struct fuzz_profile *profile, struct program *program);

/*
 * Runs one input, `.vma` text or bytes, on the core against the model. Text that does not
 * parse is bytes to an engine. Returns 0 (-1 only for such text while expectations are kept);
 * nothing of the input stays behind.
 */
int fuzz_one(const uint8_t *data, size_t size, const struct fuzz_profile *profile);

/* How many operations the last input executed. */
uint64_t fuzz_operations(void);

/*
 * Runs a program that needs more memory of every kind than inputs do. What is kept between
 * inputs then no longer grows, which an engine that calls an input stable when it takes the
 * same branches twice would notice.
 */
void fuzz_warm_up(void);

/*
 * Text runs as written, with its expectations, instead of being forced: for corpora, whose
 * seeds are tests. An engine that mutates text would only find that it changed a sentence.
 */
void fuzz_keep_expectations(bool keep);

/* The targets that have no subject. */
int fuzz_text(const uint8_t *data, size_t size);
int fuzz_tree(const uint8_t *data, size_t size);

#endif
