/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What libFuzzer is told before it starts, unless the command line says something else: a run
 * whose seed is named can be repeated, so new files in the corpus folder, which are looked for by
 * the clock, are not looked for; and inputs that are programs are chosen without counting how
 * rare each of their features is: 60,000 runs take 7.7 instead of 10.9 seconds of processor.
 *
 * VMAFUZZ_CHECKS is for ci/ablation: a part of the checks, in place of all of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "extra_counters.h"
#include "fuzz_entry.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);

static bool has_option(int argc, char **argv, const char *option)
{
	for (int i = 1; i < argc; i++) {
		if (!strncmp(argv[i], option, strlen(option)))
			return true;
	}
	return false;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static char no_reload[] = "-reload=0", no_entropic[] = "-entropic=0";
	bool seeded = has_option(*argc, *argv, "-seed=") && !has_option(*argc, *argv, "-seed=0");
	const char *checks = getenv("VMAFUZZ_CHECKS");
	char **longer;

	fuzz_warm_up();
	extra_counters_on();
	if (checks && !fuzz_check_only(checks)) {
		fprintf(stderr,
			"VMAFUZZ_CHECKS: expected sanitizers, invariants, model or all, not %s\n",
			checks);
		exit(2);
	}
	longer = calloc((size_t)*argc + 3, sizeof(*longer));
	if (!longer)
		return 0;
	memcpy(longer, *argv, (size_t)*argc * sizeof(*longer));
	if (seeded && !has_option(*argc, longer, "-reload="))
		longer[(*argc)++] = no_reload;
	if (VMAFUZZ_PROGRAMS && !has_option(*argc, longer, "-entropic="))
		longer[(*argc)++] = no_entropic;
	*argv = longer; /* libFuzzer keeps it to its end */
	return 0;
}
