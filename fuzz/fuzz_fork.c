/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Across forked address spaces the core and the model agree, and what one does none other sees. */
#include "fuzz_entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_one(data, size, &fuzz_profiles[FUZZ_FORK]);
}
