/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whichever allocation fails, what stands afterwards is an outcome the rules permit. */
#include "fuzz_entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_one(data, size, &fuzz_profiles[FUZZ_OOM]);
}
