/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel image booted under qemu, in which the live executor is the first process. Executors
 * run there as they do here; what they share with the subject is copied to and from a block of
 * memory that the guest sees as a PCI device, and a byte over its second serial line says that
 * there is something to see.
 *
 *	subject                        guest: live_exec as /init        live_exec, its child
 *	ops[], request, command
 *	        -- byte to ttyS1 -->   copies them            -- gate -->
 *	                               copies what came of it <-- gate --  system calls
 *	        <-- byte --            records[], arena[], answered
 *
 * A process that forks may go on with the guest it had, one process at a time.
 */
#ifndef VMAFUZZ_LIVE_GUEST_H
#define VMAFUZZ_LIVE_GUEST_H

#include <stdbool.h>

#include "live_protocol.h"

#define GUEST_FAULT 200
#define GUEST_IMAGE 4096 /* bytes of its name */
/* Seconds: it has limits of its own for booting and for an answer, and these are above both. */
#define GUEST_PATIENCE 180

struct guest {
	char image[GUEST_IMAGE];
	uint32_t reader;    /* enum live_reader, of executors started from now on */
	const char *output; /* folder for the console logs of guests that die; NULL: none */
	struct live_guest *memory;
	int pid;	/* of qemu; 0: not running */
	int owner;	/* who started it */
	int line;	/* its second serial one */
	int console;	/* what its first one said, and qemu itself */
	uint64_t heard; /* bytes of that which were looked at */
	uint32_t boots;
	char fault[GUEST_FAULT];
};

/*
 * The guest for this image that nobody else uses: the one that this process or its parent has
 * booted, or a new one. 0 or -errno with the reason in *why.
 */
int guest_take(const char *image, struct guest **ret, const char **why);
/* Who booted it ends it, anybody else leaves it to others. */
void guest_leave(struct guest *guest);

/*
 * Boots it unless it runs, and lets it obey. -EIO with the reason in fault: a guest that died,
 * hangs or complained on its console is gone then, and its console log lies in `output`.
 */
int guest_command(struct guest *guest, enum live_command command);

#endif
