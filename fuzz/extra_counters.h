/* SPDX-License-Identifier: GPL-2.0-or-later */
/* States as libFuzzer counts them beside edges; other engines leave them alone. */
#ifndef VMAFUZZ_EXTRA_COUNTERS_H
#define VMAFUZZ_EXTRA_COUNTERS_H

/* From the next input on. With VMAFUZZ_FEEDBACK=edges, which is for ci/ablation, nothing. */
void extra_counters_on(void);

#endif
