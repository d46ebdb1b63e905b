/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bug on purpose, for asking whether a target, the engine around it and the checks behind it
 * would find one: VMAFUZZ_CANARY in the environment of a fuzz target releases it.
 */
#ifndef VMAFUZZ_FUZZ_CANARY_H
#define VMAFUZZ_FUZZ_CANARY_H

struct subject;

/* From now on the subject counts one VMA too many in a space of four with a locked one. */
void fuzz_canary_release(struct subject *subject);

#endif
