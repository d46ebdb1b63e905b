/* SPDX-License-Identifier: GPL-2.0-or-later */
/* At max_vma_count operations fail where the model says, with what it says left behind. */
#include "fuzz_entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_one(data, size, &fuzz_profiles[FUZZ_LIMIT]);
}
