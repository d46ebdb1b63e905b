/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every byte string is a program, and programs survive text and bytes unchanged. */
#include "fuzz_entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_text(data, size);
}
