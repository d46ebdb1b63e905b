/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The few pieces of JSON that reports and summaries are printed from. Output is plain ASCII
 * text on one line.
 */
#ifndef VMAFUZZ_JSON_H
#define VMAFUZZ_JSON_H

#include <stdbool.h>
#include <stdio.h>

/* A quoted string; bytes outside printable ASCII become \u00XX. */
void json_string(FILE *out, const char *text);

/* "key": with the comma before it unless it is the first of its object. */
void json_key(FILE *out, bool first, const char *key);

#endif
