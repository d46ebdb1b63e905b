/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers of the Linux system-call interface on x86-64, so that a program means the same
 * whatever libc the core is built with.
 */
#ifndef VMAFUZZ_UAPI_H
#define VMAFUZZ_UAPI_H

#define PROT_READ 0x1u
#define PROT_WRITE 0x2u
#define PROT_EXEC 0x4u
#define PROT_SEM 0x8u
#define PROT_GROWSDOWN 0x01000000u
#define PROT_GROWSUP 0x02000000u

#define MAP_SHARED 0x01u
#define MAP_PRIVATE 0x02u
#define MAP_SHARED_VALIDATE 0x03u
#define MAP_DROPPABLE 0x08u
#define MAP_TYPE 0x0fu
#define MAP_FIXED 0x10u
#define MAP_ANONYMOUS 0x20u
#define MAP_32BIT 0x40u
#define MAP_ABOVE4G 0x80u
#define MAP_GROWSDOWN 0x0100u
#define MAP_DENYWRITE 0x0800u
#define MAP_EXECUTABLE 0x1000u
#define MAP_LOCKED 0x2000u
#define MAP_NORESERVE 0x4000u
#define MAP_POPULATE 0x8000u
#define MAP_NONBLOCK 0x10000u
#define MAP_STACK 0x20000u
#define MAP_HUGETLB 0x40000u
#define MAP_SYNC 0x80000u
#define MAP_FIXED_NOREPLACE 0x100000u
#define MAP_UNINITIALIZED 0x4000000u
#define MAP_HUGE_2MB (21u << 26)
#define MAP_HUGE_1GB (30u << 26)
/* What every file accepts beside MAP_SHARED_VALIDATE. */
#define MAP_LEGACY_MASK                                                                            \
	(MAP_SHARED | MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_DENYWRITE | MAP_EXECUTABLE |   \
	 MAP_UNINITIALIZED | MAP_GROWSDOWN | MAP_LOCKED | MAP_NORESERVE | MAP_POPULATE |           \
	 MAP_NONBLOCK | MAP_STACK | MAP_HUGETLB | MAP_32BIT | MAP_ABOVE4G | MAP_HUGE_2MB |         \
	 MAP_HUGE_1GB)

#define MREMAP_MAYMOVE 0x1u
#define MREMAP_FIXED 0x2u
#define MREMAP_DONTUNMAP 0x4u

#define MLOCK_ONFAULT 0x1u
#define MCL_CURRENT 0x1u
#define MCL_FUTURE 0x2u
#define MCL_ONFAULT 0x4u

#define MPOL_DEFAULT 0u
#define MPOL_PREFERRED 1u
#define MPOL_BIND 2u
#define MPOL_INTERLEAVE 3u
#define MPOL_LOCAL 4u
#define MPOL_PREFERRED_MANY 5u
#define MPOL_WEIGHTED_INTERLEAVE 6u
#define MPOL_F_RELATIVE_NODES (1u << 14)
#define MPOL_F_STATIC_NODES (1u << 15)

/* UFFDIO_REGISTER_MODE_*; the features are bits of our own, for the two that VMAs feel. */
#define UFFD_MODE_MISSING 0x1u
#define UFFD_MODE_WP 0x2u
#define UFFD_MODE_MINOR 0x4u
#define UFFD_MODE_RWP 0x8u
#define UFFD_FEATURE_EVENT_FORK 0x1u
#define UFFD_FEATURE_EVENT_REMAP 0x2u

#define MADV_NORMAL 0u
#define MADV_RANDOM 1u
#define MADV_SEQUENTIAL 2u
#define MADV_WILLNEED 3u
#define MADV_DONTNEED 4u
#define MADV_FREE 8u
#define MADV_REMOVE 9u
#define MADV_DONTFORK 10u
#define MADV_DOFORK 11u
#define MADV_MERGEABLE 12u
#define MADV_UNMERGEABLE 13u
#define MADV_HUGEPAGE 14u
#define MADV_NOHUGEPAGE 15u
#define MADV_DONTDUMP 16u
#define MADV_DODUMP 17u
#define MADV_WIPEONFORK 18u
#define MADV_KEEPONFORK 19u
#define MADV_COLD 20u
#define MADV_PAGEOUT 21u
#define MADV_POPULATE_READ 22u
#define MADV_POPULATE_WRITE 23u
#define MADV_DONTNEED_LOCKED 24u
#define MADV_COLLAPSE 25u
#define MADV_GUARD_INSTALL 102u
#define MADV_GUARD_REMOVE 103u

#endif
