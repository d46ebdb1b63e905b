/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An executor as the subject holds it: a process that may die and is then started again.
 */
#ifndef VMAFUZZ_LIVE_PROCESS_H
#define VMAFUZZ_LIVE_PROCESS_H

#include "live_protocol.h"

struct live_process {
	struct live_shared *shared; /* stays readable after the executor's death */
	int pid;		    /* 0: not running */
	uint32_t reader;	    /* enum live_reader, of the next that is started */
	uint32_t restarts;
	char fault[200];
};

/* Where the helper program lies; false if it is not there. */
#define LIVE_PROCESS_PATH 4096
bool live_process_find(char path[LIVE_PROCESS_PATH]);

/* Starts it unless it runs. 0, or -errno with the reason in fault. */
int live_process_start(struct live_process *process);

/*
 * Runs the request in the shared memory. -EIO with the reason in fault when the executor
 * died or gave up; the records before shared->pc are valid then.
 */
int live_process_run(struct live_process *process);

/* Ends it and forgets the shared memory. */
void live_process_stop(struct live_process *process);

#endif
