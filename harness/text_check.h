/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The promises of the program format on arbitrary input: decoding is total, text and bytes
 * each round-trip, canonical text is a fixed point, a refusal says where and what.
 */
#ifndef VMAFUZZ_TEXT_CHECK_H
#define VMAFUZZ_TEXT_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Takes the input as bytes, as text, and as the body of a text. True if every promise holds;
 * false after printing the broken one to `out`. Running out of memory breaks none.
 */
bool text_check(const uint8_t *data, size_t size, FILE *out);

#endif
