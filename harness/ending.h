/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way a child process ended as a verdict, in the same words whoever ran it. */
#ifndef VMAFUZZ_ENDING_H
#define VMAFUZZ_ENDING_H

#include "compare.h"
#include "isolate.h"

/*
 * For ISOLATE_CRASHED, ISOLATE_LEAKED and ISOLATE_STUCK. The comparison says which program and
 * where it was; a leak is put to the end. The signature names the kind and, where a report
 * does, the function: "crash/munmap/heap-use-after-free@unlink_anon_vmas".
 */
void ending_verdict(struct verdict *verdict, const struct comparison *comparison,
		    const struct isolate_result *end);

#endif
