/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flags of VMAs, in one word, and the same word as a bitmap for trees that keep them so.
 */
#ifndef VMAFUZZ_LINUX_VM_FLAGS_H
#define VMAFUZZ_LINUX_VM_FLAGS_H

#include "shim.h"

typedef unsigned long vm_flags_t;
typedef struct {
	unsigned long pgprot;
} pgprot_t;

#define VM_NONE 0ul
#define VM_READ 0x1ul
#define VM_WRITE 0x2ul
#define VM_EXEC 0x4ul
#define VM_SHARED 0x8ul
#define VM_MAYREAD 0x10ul
#define VM_MAYWRITE 0x20ul
#define VM_MAYEXEC 0x40ul
#define VM_MAYSHARE 0x80ul
#define VM_GROWSDOWN 0x100ul
#define VM_UFFD_MISSING 0x200ul
#define VM_PFNMAP 0x400ul
#define VM_UFFD_WP 0x1000ul
#define VM_LOCKED 0x2000ul
#define VM_IO 0x4000ul
#define VM_SEQ_READ 0x8000ul
#define VM_RAND_READ 0x10000ul
#define VM_DONTCOPY 0x20000ul
#define VM_DONTEXPAND 0x40000ul
#define VM_LOCKONFAULT 0x80000ul
#define VM_ACCOUNT 0x100000ul
#define VM_NORESERVE 0x200000ul
#define VM_HUGETLB 0x400000ul
#define VM_SYNC 0x800000ul
#define VM_WIPEONFORK 0x2000000ul
#define VM_DONTDUMP 0x4000000ul
#define VM_MIXEDMAP 0x10000000ul
#define VM_HUGEPAGE 0x20000000ul
#define VM_NOHUGEPAGE 0x40000000ul
#define VM_MERGEABLE 0x80000000ul
#ifdef CONFIG_USERFAULTFD
#define VM_UFFD_MINOR (1ul << 38)
#else
#define VM_UFFD_MINOR VM_NONE
#endif
#define VM_SHADOW_STACK (1ul << 37)
#define VM_DROPPABLE (1ul << 40)
#define VM_SEALED (1ul << 42)
/* Of newer kernels; nothing sets them in a tree that does not know them. */
#define VM_MAYBE_GUARD (1ul << 43)
#define VM_UFFD_RWP (1ul << 44)
/* A bit of our own beside the contradicting advice that says it in the kernel. */
#define VM_STACK_INCOMPLETE_SETUP (1ul << 45)
#define VM_SOFTDIRTY_BIT 0x8000000ul
/* Where it is configured, whether it is in use is a setting of the program. */
#ifdef CONFIG_MEM_SOFT_DIRTY
#define VM_SOFTDIRTY (shim()->config.soft_dirty ? VM_SOFTDIRTY_BIT : VM_NONE)
#else
#define VM_SOFTDIRTY VM_NONE
#endif

#define VM_STACK VM_GROWSDOWN
#define VM_ACCESS_FLAGS (VM_READ | VM_WRITE | VM_EXEC)
#define VM_SPECIAL (VM_IO | VM_DONTEXPAND | VM_PFNMAP | VM_MIXEDMAP)
#define VM_LOCKED_MASK (VM_LOCKED | VM_LOCKONFAULT)
#define VM_UFFD_FLAGS (VM_UFFD_MISSING | VM_UFFD_WP | VM_UFFD_MINOR | VM_UFFD_RWP)
#define VM_MAY_FLAGS (VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC)

/* ---- bitmaps */

typedef struct {
	vm_flags_t word;
} vma_flags_t;
typedef int vma_flag_t;

#define BIT_OF(flag) __builtin_ctzl(flag)
enum {
	VMA_READ_BIT = BIT_OF(VM_READ),
	VMA_WRITE_BIT = BIT_OF(VM_WRITE),
	VMA_EXEC_BIT = BIT_OF(VM_EXEC),
	VMA_SHARED_BIT = BIT_OF(VM_SHARED),
	VMA_MAYWRITE_BIT = BIT_OF(VM_MAYWRITE),
	VMA_GROWSDOWN_BIT = BIT_OF(VM_GROWSDOWN),
	VMA_STACK_BIT = BIT_OF(VM_STACK),
	VMA_PFNMAP_BIT = BIT_OF(VM_PFNMAP),
	VMA_LOCKED_BIT = BIT_OF(VM_LOCKED),
	VMA_DONTEXPAND_BIT = BIT_OF(VM_DONTEXPAND),
	VMA_ACCOUNT_BIT = BIT_OF(VM_ACCOUNT),
	VMA_NORESERVE_BIT = BIT_OF(VM_NORESERVE),
	VMA_SOFTDIRTY_BIT = BIT_OF(VM_SOFTDIRTY_BIT),
};

#define EMPTY_VMA_FLAGS legacy_to_vma_flags(VM_NONE)
#define VMA_ACCESS_FLAGS legacy_to_vma_flags(VM_ACCESS_FLAGS)
#define VMA_SPECIAL_FLAGS legacy_to_vma_flags(VM_SPECIAL)
#define VMA_LOCKED_MASK legacy_to_vma_flags(VM_LOCKED_MASK)
#define VMA_STARTGAP_FLAGS legacy_to_vma_flags(VM_GROWSDOWN | VM_SHADOW_STACK)
#define VMA_DATA_DEFAULT_FLAGS legacy_to_vma_flags(VM_READ | VM_WRITE | VM_MAY_FLAGS)
/* What a merge keeps of either side, and does not compare (chapter 5 of the specification). */
#define VMA_STICKY_FLAGS legacy_to_vma_flags(VM_SOFTDIRTY | VM_MAYBE_GUARD)
#define VMA_IGNORE_MERGE_FLAGS VMA_STICKY_FLAGS

static inline vma_flags_t legacy_to_vma_flags(vm_flags_t word)
{
	return (vma_flags_t){ word };
}

static inline vm_flags_t vma_flags_to_legacy(vma_flags_t flags)
{
	return flags.word;
}

static inline vm_flags_t shim_word_of(const vma_flag_t *bits, size_t count)
{
	vm_flags_t word = VM_NONE;

	while (count--)
		word |= 1ul << bits[count];
	return word;
}

#define WORD_OF(...)                                                                               \
	shim_word_of((const vma_flag_t[]){ __VA_ARGS__ },                                          \
		     sizeof((const vma_flag_t[]){ __VA_ARGS__ }) / sizeof(vma_flag_t))

#define vma_flags_empty(flags) (!(flags)->word)
#define vma_flags_test(flags, bit) ((flags)->word >> (bit)&1)
#define vma_flags_test_any(flags, ...) (((flags)->word & WORD_OF(__VA_ARGS__)) != 0)
#define vma_flags_test_any_mask(flags, mask) (((flags)->word & (mask).word) != 0)
#define vma_flags_set(flags, ...) ((void)((flags)->word |= WORD_OF(__VA_ARGS__)))
#define vma_flags_set_mask(flags, mask) ((void)((flags)->word |= (mask).word))
#define vma_flags_clear_mask(flags, mask) ((void)((flags)->word &= ~(mask).word))
#define vma_flags_and_mask(flags, mask) legacy_to_vma_flags((flags)->word &(mask).word)
#define vma_flags_diff_pair(a, b) legacy_to_vma_flags((a)->word ^ (b)->word)
#define vma_flags_same_pair(a, b) ((a)->word == (b)->word)

static inline bool vma_flags_is_cow_mapping(const vma_flags_t *flags)
{
	return (flags->word & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE;
}

#endif
