/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What only the live subject can be told. Everything else goes through struct subject.
 */
#ifndef VMAFUZZ_LIVE_H
#define VMAFUZZ_LIVE_H

#include "subject.h"

/*
 * "qemu=VMLINUZ": the same on a kernel image that is booted for it. The name has to live as long
 * as the subject.
 */
bool subject_is_qemu(const char *name);
int subject_qemu_create(const char *name, struct subject **ret, const char **why);

/*
 * Reading every flag costs ten times as much as reading the layout, which is always read
 * after every operation. SAMPLED, the default, reads flags after every operation of one
 * program in nine, which its content decides, and at the end of the others. A replay or a
 * minimisation should read them after every operation.
 */
enum live_reading {
	LIVE_READ_LAYOUT, /* never flags */
	LIVE_READ_AT_END, /* flags after the last operation */
	LIVE_READ_EVERY,  /* flags after every operation */
	LIVE_READ_SAMPLED,
};

/* Nothing happens if the subject is not the live one. */
void subject_live_set_reading(struct subject *subject, enum live_reading reading);

/*
 * Folder for the console logs of guests that die: the subject of a guest, which keeps the name.
 * Without one they are lost.
 */
void subject_live_set_output(struct subject *subject, const char *folder);

/* The process that runs programs (0: none), so that a test can kill it. */
int subject_live_process(const struct subject *subject);

#endif
