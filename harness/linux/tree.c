/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tree that VMAs are kept in, as the kernel tree has it. */
#include "shim.h"

#include "lib/maple_tree.c"
