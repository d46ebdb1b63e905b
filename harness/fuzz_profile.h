/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fuzz targets that run programs: a name each, and what it forces upon a program. */
#ifndef VMAFUZZ_FUZZ_PROFILE_H
#define VMAFUZZ_FUZZ_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "program.h"

enum fuzz_target { FUZZ_MERGE, FUZZ_FORK, FUZZ_LIMIT, FUZZ_OOM, FUZZ_LINUX, FUZZ_PROFILES };

/* What a target forces upon the programs it is given. */
struct fuzz_profile {
	const char *name;
	uint32_t operations; /* longer programs are cut */
	uint32_t pages;	     /* a larger window is folded */
	bool one_space;	     /* neither fork nor exit */
	bool many_spaces;    /* two forks at least, operations spread over the spaces */
	bool small_limit;    /* max_vma_count near the number of VMAs such a program makes */
	bool failing;	     /* every third operation has an allocation failure */
	bool often_failing;  /* what mutation adds fails as often as there, but none is made to */
	bool with_quirks;    /* a kernel is compared with what kernels do */
};
extern const struct fuzz_profile fuzz_profiles[FUZZ_PROFILES];
const struct fuzz_profile *fuzz_profile_find(const char *name); /* NULL: no such target */

/*
 * Forces the settings of a target; expectations and stated results are dropped, for they
 * speak of another program. Forcing twice is forcing once, so a program that a report prints
 * is the program that ran.
 */
void fuzz_profile_force(const struct fuzz_profile *profile, struct program *program);

#endif
