/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Drives the range tree of the core with operations read from bytes and holds it against a
 * plain sorted array: same answers, same entries, same holes, no memory but by reserve.
 */
#ifndef VMAFUZZ_TREE_CHECK_H
#define VMAFUZZ_TREE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Every byte string is a sequence: one byte chooses how large keys are, then six bytes make
 * an operation; a partial last one is ignored, and so is what lies beyond the cap.
 * True if all agreed. False after printing the operation and both answers to `out`.
 */
bool tree_check(const uint8_t *data, size_t size, FILE *out);

#endif
