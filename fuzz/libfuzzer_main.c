/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What libFuzzer is told before it starts: a run whose seed is named can be repeated. Looking
 * for new files in the corpus folder happens by the clock, so such a run does not do it unless
 * -reload= asks for it.
 */
#include <stdlib.h>
#include <string.h>

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
	static char reload[] = "-reload=0";
	char **longer;

	fuzz_warm_up();
	if (!has_option(*argc, *argv, "-seed=") || has_option(*argc, *argv, "-seed=0") ||
	    has_option(*argc, *argv, "-reload="))
		return 0;
	longer = calloc((size_t)*argc + 2, sizeof(*longer));
	if (!longer)
		return 0;
	memcpy(longer, *argv, (size_t)*argc * sizeof(*longer));
	longer[(*argc)++] = reload;
	*argv = longer; /* libFuzzer keeps it to its end */
	return 0;
}
