/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stands beside an emitted test in place of the kernel's file: first that one, whose own system
 * calls are the real kernel's, then the shim for those of the test.
 */
#ifndef SHIM_KSELFTEST_HARNESS_H
#define SHIM_KSELFTEST_HARNESS_H

/* The kernel's file is compiled with fewer warnings than the test. */
#pragma GCC system_header
#include KSELFTEST_HARNESS
#include "shim.h"

#endif
