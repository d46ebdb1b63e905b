/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which pages of an mm are in its page tables, and where guard markers are instead. Ranges are
 * page aligned and inside the window.
 */
#ifndef VMAFUZZ_LINUX_PAGES_H
#define VMAFUZZ_LINUX_PAGES_H

#include "vma_internal.h"

bool pages_present(const struct mm_struct *mm, unsigned long start, unsigned long end);
void pages_set(struct mm_struct *mm, unsigned long start, unsigned long end);
void pages_clear(struct mm_struct *mm, unsigned long start, unsigned long end);
bool pages_guarded(const struct mm_struct *mm, unsigned long start, unsigned long end);
void pages_guard(struct mm_struct *mm, unsigned long start, unsigned long end, bool guarded);
void pages_move(struct mm_struct *mm, unsigned long from, unsigned long to, unsigned long length);

/* All page tables and what hangs on them, up to a marker if there is one. */
void pages_drop(struct mm_struct *mm);

#endif
