/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The code that all of this is for, as the kernel tree has it. */
#include "vma_internal.h"

#include "mm/vma.c"

const struct vm_operations_struct vma_dummy_vm_ops;
