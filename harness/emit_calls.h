/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two forms that make system calls share: which operations a process can ask a kernel
 * for (the live subject's own checks decide), and how each is written in C.
 */
#ifndef VMAFUZZ_EMIT_CALLS_H
#define VMAFUZZ_EMIT_CALLS_H

#include "emit.h"

const char *emit_calls_left_out(struct emission *emission, uint32_t index);
const char *emit_calls_refuses(const struct emission *emission);

/* More than one address space is needed. */
bool emit_calls_forks(const struct emission *emission);
/* Something is registered with userfaultfd. */
bool emit_calls_watches(const struct emission *emission);
/* Guard markers are shown; pages count as locked; resources are limited. */
bool emit_calls_has_guards(const struct emission *emission);
bool emit_calls_has_locks(const struct emission *emission);
bool emit_calls_has_limits(const struct emission *emission);
/* Whether the program limits that resource from the start. */
bool emit_calls_limits(const struct emission *emission, unsigned int kind);
/* It runs without CAP_IPC_LOCK, and locked memory is limited. */
bool emit_calls_gives_up_locks(const struct emission *emission);
/* The number of VMAs is limited, before the first operation or by one. */
bool emit_calls_has_limit(const struct emission *emission);
/* The helpers that the operations need, from emit_calls.in. */
void emit_calls_print_helpers(FILE *out, const struct emission *emission);
/* What comes before the first operation, if anything does: the heap, limits. */
bool emit_calls_begins(const struct emission *emission);
void emit_calls_print_begin(FILE *out, const struct emission *emission);
/* static const struct area NAME[], indented by a tab; nothing if the space is gone or empty. */
void emit_calls_print_areas(FILE *out, const struct seen_space *space, const char *name);
/* The call and what it must answer. 0 or -ENOMEM. */
int emit_calls_print_call(FILE *out, const struct emission *emission, uint32_t index);
/* What a space must be then, by areas of that name. */
void emit_calls_print_state(FILE *out, const struct emission *emission, uint32_t index,
			    const struct seen_space *space, const char *areas);
/* Steps that do something, in order. */
bool emit_calls_does(const struct emission *emission, uint32_t index);

#endif
