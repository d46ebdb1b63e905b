/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What only the live subject can be told. Everything else goes through struct subject.
 */
#ifndef VMAFUZZ_LIVE_H
#define VMAFUZZ_LIVE_H

#include "subject.h"

/*
 * "live", and "qemu=VMLINUZ": the same on a kernel image that is booted for it. Behind either may
 * stand ",reader=bpf", which fails where the BPF iterator cannot be read, or ",reader=plain", which
 * never reads it. The name has to live as long as the subject.
 */
bool subject_is_live(const char *name);
bool subject_is_qemu(const char *name);
int subject_live_create(const char *name, struct subject **ret, const char **why);
int subject_qemu_create(const char *name, struct subject **ret, const char **why);

/*
 * The layout is always read after every operation. To read flags beside it by smaps costs four
 * times as much; SAMPLED does so after every operation of one program in nine, which its content
 * decides, and at the end of the others. The BPF iterator reads full state for a third of what
 * smaps takes, so where there is one, USUAL, the default, is EVERY, else SAMPLED. A
 * minimisation should read after every operation.
 */
enum live_reading {
	LIVE_READ_USUAL,
	LIVE_READ_LAYOUT, /* nothing else, ever */
	LIVE_READ_AT_END, /* the rest after the last operation */
	LIVE_READ_EVERY,  /* the rest after every operation */
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
