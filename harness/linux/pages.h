/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which pages of an mm are in its page tables. Ranges are page aligned and inside the window. */
#ifndef VMAFUZZ_LINUX_PAGES_H
#define VMAFUZZ_LINUX_PAGES_H

#include "vma_internal.h"

bool pages_present(const struct mm_struct *mm, unsigned long start, unsigned long end);
void pages_set(struct mm_struct *mm, unsigned long start, unsigned long end);
void pages_clear(struct mm_struct *mm, unsigned long start, unsigned long end);
void pages_move(struct mm_struct *mm, unsigned long from, unsigned long to, unsigned long length);

#endif
