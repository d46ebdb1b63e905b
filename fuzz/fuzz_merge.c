/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In one address space, after every operation, the core and the model hold the same VMAs. */
#include "fuzz_entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_one(data, size, &fuzz_profiles[FUZZ_MERGE]);
}
