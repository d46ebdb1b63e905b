/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Single fields under the facts a subject shows: shared by the quick comparison and by the
 * files that say what a difference means.
 */
#ifndef VMAFUZZ_COMPARE_FACTS_H
#define VMAFUZZ_COMPARE_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "flags.h"
#include "subject.h"
#include "world.h"

/* An inode where only that is known: nameless objects are alike. */
static inline uint32_t inode_of(uint32_t file)
{
	return file < SEEN_OBJECT ? world_drivers[file % WORLD_FILES].inode : SEEN_OBJECT;
}

static inline bool files_equal(const struct seen_vma *a, const struct seen_vma *b, uint32_t facts)
{
	if (facts & FACT_FILE)
		return a->file == b->file;
	return !(facts & FACT_INODE) || inode_of(a->file) == inode_of(b->file);
}

static inline bool offsets_equal(const struct seen_vma *a, const struct seen_vma *b, uint32_t facts)
{
	uint32_t fact = a->file ? FACT_FILE_PGOFF : FACT_ANON_PGOFF;

	if ((facts & fact) && a->pgoff != b->pgoff)
		return false;
	return !(facts & FACT_VIRT_PGOFF) || a->virt_pgoff == b->virt_pgoff;
}

/* Flags that are compared at all under these facts. */
static inline uint64_t flags_shown(uint32_t facts)
{
	if (facts & FACT_FLAGS)
		return UINT64_MAX;
	return VM_FLAG(rd) | VM_FLAG(wr) | VM_FLAG(ex) | VM_FLAG(sh);
}

/* Differences in these never keep two VMAs apart (2.3). */
static inline uint64_t flags_ignored(enum profile profile)
{
	return VM_FLAG(sd) | (profile_before_6_18(profile) ? 0 : VM_FLAG(gu));
}

#endif
