/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of the small world, their drivers, and what these tell: hook calls as events. */
#ifndef VMAFUZZ_LINUX_FILES_H
#define VMAFUZZ_LINUX_FILES_H

#include "vma_internal.h"

#include "../subject.h"
#include "../world.h"

struct driver {
	enum world_file file;
	vm_flags_t hook_flags;
	struct vm_operations_struct ops, quiet_ops; /* the latter where it chooses none */
	struct file_operations f_op;
};

void files_init(void);
void files_forget(void); /* puts what is open */
/* A reference to the file that an mmap() of it maps. */
struct file *files_get(enum world_file kind);
/* Whether its driver has a say in where it is mapped: /dev/zero and SysV shm do. */
bool files_places(const struct file *file);
const struct world_driver *world_of(const struct driver *driver);
/* Where files of the world are mapped; NULL past the last. */
struct address_space *files_mapping(unsigned int inode);
int files_refs_held(const struct file *file); /* by the world itself */

/* What hooks tell goes there; NULL: nowhere. */
void events_to(struct observation *seen);
/* A rule that was broken before the eyes of a hook since the last time it was asked. */
const char *files_misled(void);

/* Bits of harness/flags.h and of the kernel, each as the other. */
uint64_t flags_seen(vm_flags_t flags);
vm_flags_t flags_of(uint64_t seen);

#endif
