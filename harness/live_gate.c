/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The gates; see live_gate.h. Linked into the subject and into its executor. */
#define _GNU_SOURCE
#include "live_gate.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void gate_open(struct live_shared *shared, uint32_t gate)
{
	atomic_store(&shared->gate[gate], 1);
	syscall(SYS_futex, &shared->gate[gate], FUTEX_WAKE, 1, NULL, NULL, 0);
}

bool gate_wait(struct live_shared *shared, uint32_t gate, uint32_t milliseconds)
{
	struct timespec patience = { .tv_sec = milliseconds / 1000,
				     .tv_nsec = (long)(milliseconds % 1000) * 1000000 };

	while (!atomic_exchange(&shared->gate[gate], 0)) {
		if (syscall(SYS_futex, &shared->gate[gate], FUTEX_WAIT, 0,
			    milliseconds ? &patience : NULL, NULL, 0) != 0 &&
		    errno == ETIMEDOUT)
			return atomic_exchange(&shared->gate[gate], 0) != 0;
	}
	return true;
}
