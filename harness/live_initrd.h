/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest boots from. */
#ifndef VMAFUZZ_LIVE_INITRD_H
#define VMAFUZZ_LIVE_INITRD_H

/* A file in memory that holds the archive; -errno: the helper program cannot be read. */
int live_initrd(void);

#endif
