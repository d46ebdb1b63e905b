/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "extra_counters.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz_entry.h"

/* libFuzzer knows them by the section; it reads them after each input, and clears them. */
static uint8_t counters[FUZZ_STATES] __attribute__((section("__libfuzzer_extra_counters")));

static void count(uint32_t state)
{
	counters[state] += counters[state] < UINT8_MAX;
}

void extra_counters_on(void)
{
	const char *feedback = getenv("VMAFUZZ_FEEDBACK");

	if (!feedback || strcmp(feedback, "edges") != 0)
		fuzz_tell_states(count);
}
