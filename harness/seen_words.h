/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VMA as six numbers that hold all its fields and none of its padding: equal VMAs have
 * equal words on every machine. Compilers make one load of each where bytes lie in order.
 */
#ifndef VMAFUZZ_SEEN_WORDS_H
#define VMAFUZZ_SEEN_WORDS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "subject.h"

/* Under a sanitizer these are too large for a compiler to inline of itself, and too many calls. */
#define SEEN_WORDS_INLINE __attribute__((always_inline)) static inline

struct seen_words {
	uint64_t bounds, flags, pgoff, virt_pgoff, identity, rest;
};

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define SEEN_WORDS_ONE_LOAD 1
#else
#define SEEN_WORDS_ONE_LOAD 0
#endif

_Static_assert(offsetof(struct seen_vma, uffd) == offsetof(struct seen_vma, chain) + 1 &&
		       offsetof(struct seen_vma, policy) == offsetof(struct seen_vma, chain) + 2,
	       "chain, uffd and policy are one word of 32 bits");

SEEN_WORDS_INLINE uint64_t seen_words_rest(const struct seen_vma *vma)
{
	uint32_t low = (uint32_t)vma->policy << 16 | (uint32_t)vma->uffd << 8 | vma->chain;

	/* Compilers that do not see it themselves: the same by one load. */
	if (SEEN_WORDS_ONE_LOAD)
		memcpy(&low, (const char *)vma + offsetof(struct seen_vma, chain), sizeof(low));
	return (uint64_t)vma->name << 32 | low;
}

SEEN_WORDS_INLINE struct seen_words seen_words_of(const struct seen_vma *vma)
{
	return (struct seen_words){
		.bounds = (uint64_t)vma->end << 32 | vma->start,
		.flags = vma->flags,
		.pgoff = vma->pgoff,
		.virt_pgoff = vma->virt_pgoff,
		.identity = (uint64_t)vma->file << 32 | vma->anon,
		.rest = seen_words_rest(vma),
	};
}

/* Not 0 exactly where the two differ. */
SEEN_WORDS_INLINE uint64_t seen_words_differ(struct seen_words a, struct seen_words b)
{
	return (a.bounds ^ b.bounds) | (a.flags ^ b.flags) | (a.pgoff ^ b.pgoff) |
	       (a.virt_pgoff ^ b.virt_pgoff) | (a.identity ^ b.identity) | (a.rest ^ b.rest);
}

#endif
