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

#include "fuzz_profile.h"

struct subject;

/* What every engine calls; each target defines it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

/*
 * Another subject than the core. Each engine has a main() of its own, so whoever has one says so
 * before any does.
 */
void fuzz_use_subject(int (*create)(struct subject **ret));
/* What is exported by the object that is made of a kernel tree. */
int vmafuzz_linux_subject(struct subject **ret);

/*
 * Which merges inputs come by, for an engine that counts them as coverage: edges are all taken
 * after seconds, and a merge takes the same ones whatever was merged. Two numbers below
 * FUZZ_STATES for an operation that tried one: how it was decided, and who took part. From the
 * next input on; NULL: no more.
 */
#define FUZZ_STATES 4096
void fuzz_tell_states(void (*tell)(uint32_t number));

/*
 * A part of the checks only, from the next input on (ablation.h); false: no such word. For
 * measuring what each part is worth: fuzzing has no use for it.
 */
bool fuzz_check_only(const char *checks);

/* The targets that have no subject. */
int fuzz_text(const uint8_t *data, size_t size);
int fuzz_tree(const uint8_t *data, size_t size);

#endif
