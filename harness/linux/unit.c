/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The code that all of this is for, as the kernel tree has it. */
#include "contract.h"

/* Each merge asks for the lock first, and is then watched to its end. */
#define mmap_assert_write_locked(mm_)                                                              \
	struct contract contract_of_it __attribute__((cleanup(contract_end))) =                    \
		contract_begin(__func__, &(mm_))

#include "mm/vma.c"
#undef mmap_assert_write_locked

/* Newer trees have split it. */
#if __has_include("mm/vma_init.c")
#include "mm/vma_init.c"
#endif
#if __has_include("mm/vma_exec.c")
#include "mm/vma_exec.c"
#endif

const struct vm_operations_struct vma_dummy_vm_ops;
