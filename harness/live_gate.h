/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gates between the processes of the live subject: who waits sleeps on a futex in the shared
 * memory until somebody opens the gate, and finds it closed again behind.
 */
#ifndef VMAFUZZ_LIVE_GATE_H
#define VMAFUZZ_LIVE_GATE_H

#include "live_protocol.h"

void gate_open(struct live_shared *shared, uint32_t gate);

/* False when so many milliseconds went by first; 0 waits without end. */
bool gate_wait(struct live_shared *shared, uint32_t gate, uint32_t milliseconds);

#endif
