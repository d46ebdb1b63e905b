/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names and comments of the fixed bugs in corpus/regress/. */
#ifndef VMAFUZZ_EMIT_REGRESS_H
#define VMAFUZZ_EMIT_REGRESS_H

#include <stdbool.h>

#define EMIT_REGRESS_PATH 1024
#define EMIT_REGRESS_SIGNATURE 160

/* Whether a file of that path would lie in a folder of fixed bugs. */
bool emit_regress_is(const char *output);
/* The path with its number. NULL, or why there can be no such file. */
const char *emit_regress_path(const char *output, char path[EMIT_REGRESS_PATH]);
/* The signature that `minimize` and `triage` write below the first line; false if none stands
 * there. */
bool emit_regress_signature(const char *file, char signature[EMIT_REGRESS_SIGNATURE]);

#endif
