/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an mmap asks for, as its steps fill it in. */
#ifndef VMAFUZZ_MODEL_MAP_H
#define VMAFUZZ_MODEL_MAP_H

#include "page.h"

struct request {
	uint64_t address; /* as given, then the rounded hint */
	uint64_t pages;
	uint32_t prot, flags;
	unsigned int file; /* 0: anonymous */
	uint32_t object;   /* a mapping that is made again: its own object, 0 none */
	uint64_t offset;   /* as given */
	bool fixed;
	uint32_t start, end;
	struct area wanted;
};

/* place.c: step 10 of 8.1; the length fits the address space and a hint is not too low. */
int place(struct model *m, const struct space *sp, struct request *r);

/* kinds.c: steps 9 and 14, flags and the rules of files and of anonymous memory. */
void choose_flags(const struct model *m, const struct space *sp, struct request *r);
int apply_kind(struct model *m, struct request *r);

/* map.c: from the limit on the number of areas (step 8) on; a file known by its area. */
int map_again(struct model *m, struct space *sp, struct request *r);

/* Map flags of the Linux system-call interface. */
enum {
	MAP_TYPE_MASK = 0x0f,
	TYPE_SHARED = 1,
	TYPE_PRIVATE = 2,
	TYPE_SHARED_VALIDATE = 3,
	TYPE_DROPPABLE = 8,
	FLAG_FIXED = 0x10,
	FLAG_ANONYMOUS = 0x20,
	FLAG_ABOVE4G = 0x80,
	FLAG_GROWSDOWN = 0x100,
	FLAG_LOCKED = 0x2000,
	FLAG_NORESERVE = 0x4000,
	FLAG_POPULATE = 0x8000,
	FLAG_NONBLOCK = 0x10000,
	FLAG_STACK = 0x20000,
	FLAG_HUGETLB = 0x40000,
	FLAG_SYNC = 0x80000,
	FLAG_NOREPLACE = 0x100000,
};

#endif
