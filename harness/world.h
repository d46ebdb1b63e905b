/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of the small world and what their drivers do, as data: one table from which the
 * core's hooks, the model's predictions and the live kernel's stand-ins are all made.
 *
 * | name     | inode | driver                                                                  |
 * |----------|-------|-------------------------------------------------------------------------|
 * | plain    | 1     | no hooks (nor any of its own events)                                    |
 * | plain2   | 1     | the same inode, opened a second time                                    |
 * | other    | 2     | as plain                                                                |
 * | readonly | 3     | as plain, not opened for writing                                        |
 * | zero     | 4     | /dev/zero: private anonymous by ops with a file, shared its own object  |
 * | shm      | 5     | close hook and nothing else; each mmap is an open of its own            |
 * | close    | 6     | legacy mmap hook that changes nothing, open, close; may_split, mremap,  |
 * |          |       | mprotect and set_policy, all of which allow                             |
 * | veto     | 7     | may_split and mremap answer EINVAL, mprotect EACCES if PROT_EXEC is     |
 * |          |       | asked for                                                               |
 * | legacy   | 8     | legacy mmap hook adds dd (VM_DONTDUMP)                                  |
 * | prepare  | 9     | mmap_prepare fails with EBUSY iff the offset asked for is 6 modulo 8;   |
 * |          |       | adds dd, adds 16 to the offset, chooses ops with open and close iff the |
 * |          |       | offset asked for is odd; 7.3: mapped hook, which fails with EIO iff the |
 * |          |       | offset asked for is 7 modulo 8; 6.12: no such driver                    |
 * | failing  | 10    | legacy mmap hook fails with ENODEV                                      |
 * | io       | 11    | legacy mmap hook adds io (VM_IO)                                        |
 * | pfn      | 12    | legacy mmap hook adds io pf de dd (as remap_pfn_range)                  |
 *
 * Every hook call is an event (EVENT_*), in the order the driver sees them. Files are never
 * shorter than their mappings: no access is beyond the end.
 */
#ifndef VMAFUZZ_WORLD_H
#define VMAFUZZ_WORLD_H

#include <stdbool.h>
#include <stdint.h>

struct world_driver {
	const char *name;
	uint16_t inode;
	bool open_for_write;
	bool own_object_per_map;
	bool zero_device;
	bool legacy_hook;
	bool prepare_hook;
	uint64_t hook_flags;  /* harness/flags.h bits the hook adds */
	uint32_t hook_offset; /* pages mmap_prepare adds to the offset */
	int hook_error;	      /* positive errno */
	int prepare_error;    /* mmap_prepare's, for offsets 6 modulo 8 */
	bool odd_offset_closes;
	bool mapped_hook;
	int mapped_error; /* the mapped hook's, for offsets 7 modulo 8 */
	bool opens, closes, asks_split;
	int split_error;	/* positive errno may_split answers */
	bool moves;		/* has an mremap hook */
	int move_error;		/* positive errno it answers */
	bool asks_protect;	/* has an mprotect hook */
	int protect_exec_error; /* positive errno it answers to PROT_EXEC */
	bool sets_policy;	/* has a set_policy hook, which allows */
};

/* Indexed by enum world_file; [FILE_ANON] is empty. */
extern const struct world_driver world_drivers[];

#endif
