/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The range tree answers as a sorted array does, and takes memory only when asked to. */
#include "fuzz_entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_tree(data, size);
}
