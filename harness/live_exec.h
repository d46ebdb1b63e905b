/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside the executor. It lives in one address space with the window it experiments on, so
 * it allocates nothing and maps nothing once it runs: every buffer is static, every
 * address it passes to the kernel is checked to lie in the window first.
 *
 *	0x2000_0000_0000  window, at most 4096 pages    | nothing else, ever
 *	0x2800_0000_0000  ballast against max_map_count | only in limit programs
 *	0x2a00_0000_0000  its single-page weights       |
 *	elsewhere         the executor itself           | never an argument of a call
 */
#ifndef VMAFUZZ_LIVE_EXEC_H
#define VMAFUZZ_LIVE_EXEC_H

#include "live_gate.h"
#include "live_protocol.h"

#include <stddef.h>

#define BALLAST_AREA UINT64_C(0x280000000000)
#define BALLAST_WEIGHTS UINT64_C(0x2a0000000000)
/* The filter lets pass what lies in the first 512 MiB of the areas above. */
#define AREA_BYTES (UINT32_C(1) << 29)

struct ballast {
	bool built;
	uint32_t others;  /* VMAs that are neither window nor ballast */
	uint32_t flips;	  /* pages of the area made different, two VMAs each */
	uint32_t weights; /* single pages, one VMA each */
};

struct executor {
	struct live_shared *shared;
	uint32_t me; /* slot of the space that this process is */
	int file[LIVE_FILES];
	int store[LIVE_FILES]; /* the memory behind a file, opened for writing; or -1 */
	int maps, smaps, pagemap;
	struct ballast ballast;
	_Alignas(8) char text[1 << 16];
};

/* live_exec.c: ends this process; the subject learns why. */
_Noreturn void executor_fault(struct executor *x, const char *text);

/* live_exec_filter.c: after it only the areas above can be changed. 0 or -errno. */
int filter_install(void);

/* live_exec_read.c */
void readers_open(struct executor *x); /* again after fork: descriptors stay with their mm */
bool procmap_query_works(struct executor *x);
uint32_t count_other_vmas(struct executor *x);
/*
 * Reads the window into the arena, or finds it equal to the space's last layout. Returns the
 * arena offset, or LIVE_NO_LAYOUT when the arena is full.
 */
uint32_t read_window(struct executor *x, bool deep);
bool window_is_empty(struct executor *x);

/* live_exec_op.c: everything but fork and exit. */
enum live_skip op_check(struct executor *x, const struct live_op *op);
void op_perform(struct executor *x, const struct live_op *op, struct live_record *record);

/*
 * live_exec_ballast.c: the window may hold `limit` VMAs, and one more, from now on. False when
 * ballast cannot bring that about.
 */
bool ballast_set(struct executor *x, uint32_t window_vmas, uint32_t limit);

/* live_exec_space.c: runs the requested program, alone or as a process per space. */
void program_run(struct executor *x);

static inline uint64_t page_down(uint64_t addr)
{
	return addr & ~(LIVE_PAGE - 1);
}

static inline const struct live_layout *layout_at(const struct live_shared *shared, uint32_t at)
{
	return (const struct live_layout *)(const void *)(shared->arena + at);
}

#endif
