/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must hold between operations, whatever the operation was (chapter 14). */
#ifndef VMAFUZZ_LINUX_CHECK_H
#define VMAFUZZ_LINUX_CHECK_H

#include "vma_internal.h"

/* NULL, or "RULE sentence". mms: all that live. */
const char *check_machine(struct mm_struct *const *mms, unsigned int count);
/* After all mms are gone: what is left is a leak. */
const char *check_leaks(void);

#endif
