/* SPDX-License-Identifier: GPL-2.0-or-later */
/* After every operation the mm/vma.c of a kernel tree and the model hold the same VMAs. */
#include "fuzz_entry.h"

/* Before any engine's main(). */
__attribute__((constructor)) static void use_linux(void)
{
	fuzz_use_subject(vmafuzz_linux_subject);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_one(data, size, &fuzz_profiles[FUZZ_LINUX]);
}
