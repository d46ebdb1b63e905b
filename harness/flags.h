/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VMA flags as the harness speaks of them: one bit per two-letter VmFlags code of
 * /proc/PID/smaps, so that a core, a model, a kernel and a reader can all be compared.
 */
#ifndef VMAFUZZ_FLAGS_H
#define VMAFUZZ_FLAGS_H

#include <stddef.h>
#include <stdint.h>

/* X(bit, code, description) */
#define VM_FLAG_CODES(X)                                                                           \
	X(0, rd, "readable")                                                                       \
	X(1, wr, "writable")                                                                       \
	X(2, ex, "executable")                                                                     \
	X(3, sh, "shared")                                                                         \
	X(4, mr, "may read")                                                                       \
	X(5, mw, "may write")                                                                      \
	X(6, me, "may execute")                                                                    \
	X(7, ms, "may share")                                                                      \
	X(8, gd, "grows down")                                                                     \
	X(9, pf, "pure PFN range")                                                                 \
	X(10, lo, "locked")                                                                        \
	X(11, io, "memory mapped I/O")                                                             \
	X(12, sr, "sequential read advice")                                                        \
	X(13, rr, "random read advice")                                                            \
	X(14, dc, "not copied by fork")                                                            \
	X(15, de, "not expandable")                                                                \
	X(16, lf, "locked on fault")                                                               \
	X(17, ac, "accounted")                                                                     \
	X(18, nr, "no swap space reserved")                                                        \
	X(19, ht, "huge pages from hugetlb")                                                       \
	X(20, wf, "wiped on fork")                                                                 \
	X(21, dd, "not dumped")                                                                    \
	X(22, sd, "soft dirty")                                                                    \
	X(23, mm, "mixed map")                                                                     \
	X(24, hg, "huge page advised")                                                             \
	X(25, nh, "no huge page advised")                                                          \
	X(26, mg, "mergeable by KSM")                                                              \
	X(27, um, "userfaultfd missing")                                                           \
	X(28, uw, "userfaultfd write protect")                                                     \
	X(29, ui, "userfaultfd minor")                                                             \
	X(30, ur, "userfaultfd read-write protect")                                                \
	X(31, gu, "may hold guard regions")                                                        \
	X(32, sl, "sealed")                                                                        \
	X(33, dp, "droppable")                                                                     \
	X(34, ss, "shadow stack")                                                                  \
	X(35, is, "exec stack under construction")                                                 \
	X(36, sf, "synchronous page faults")

#define VM_FLAG_COUNT 37
#define VM_FLAG_ENUM(bit, code, text) FLAG_##code = bit,
enum vm_flag_bit { VM_FLAG_CODES(VM_FLAG_ENUM) };
#undef VM_FLAG_ENUM

#define VM_FLAG(code) (UINT64_C(1) << FLAG_##code)

/* "rd wr mr" for a set, in table order, into buffer; returns what snprintf() would. */
int flags_print(uint64_t flags, char *buffer, size_t size);
/* The set for "rd wr" or "rd,wr"; UINT64_MAX if a code is unknown. */
uint64_t flags_parse(const char *codes);

#endif
