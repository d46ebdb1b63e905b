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

/* Numbers that older headers lack. */
#define LIVE_SYS_MSEAL 462
#define LIVE_SYS_HOME_NODE 450
#define LIVE_SYS_SHADOW_STACK 453
#define LIVE_PR_SET_VMA 0x53564d41
#define LIVE_PR_MEMORY_MERGE 67
#define LIVE_NODE_BITS 65 /* mbind() takes one more than it reads */

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
	int iterator_program, iterator_link; /* of BPF; used if the machine has the iterator */
	int context[LIVE_CONTEXTS];	     /* userfaultfd of this process; -1: none */
	bool heap_moved;		     /* brk is not where it begins */
	uint64_t outside[LIVE_RLIMITS]; /* pages in use beside the window, as a limit counts them */
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

/*
 * live_exec_iter.c. iterator_open() once, before the filter; what it found is in the machine.
 * iterator_attach() again in a child of fork, which would go on to see its parent; false: errno.
 */
void iterator_open(struct executor *x);
bool iterator_attach(struct executor *x);
/*
 * Makes a plain layout a full one. False: some vm_flags have not been met before, then all of
 * them stand as they are in the place of the codes until smaps was read.
 */
bool iterator_read(struct executor *x, struct live_layout *layout);
void iterator_learn(struct executor *x, uint64_t raw, uint64_t flags);

/* The VMA that covers the page of addr in the acting space as it was last read, or NULL. */
const struct live_vma *mapped_at(const struct executor *x, uint64_t addr);
bool pages_are_there(struct executor *x, uint64_t start, uint64_t end);

/* live_exec_check.c: what is not to be issued, and why. */
bool range_in_window(const struct executor *x, uint64_t addr, uint64_t len);
enum live_skip op_check(struct executor *x, const struct live_op *op);

/* live_exec_op.c: everything but fork and exit. */
void op_perform(struct executor *x, const struct live_op *op, struct live_record *record);
/* Remembers how large the object is that an operation just mapped. */
void op_note_object(struct executor *x, const struct live_op *op, const struct live_record *record);

/*
 * live_exec_state.c: what a process has beside its window. state_begin() once in a program's
 * first process, while the window is empty; state_end() where the process goes on afterwards;
 * state_of_child() in a child of fork. The first two are false when the kernel will not.
 */
bool state_begin(struct executor *x);
bool state_end(struct executor *x);
void state_of_child(struct executor *x);
bool heap_place(uint64_t data_pages);
bool limit_set(struct executor *x, enum live_rlimit kind, uint64_t pages);
int context_open(void); /* -1: no userfaultfd */
void context_close(struct executor *x, uint32_t context);

/*
 * live_exec_ballast.c: the window may hold `limit` VMAs, and one more, from now on. False when
 * ballast cannot bring that about.
 */
bool ballast_set(struct executor *x, uint32_t window_vmas, uint32_t limit);

/* live_exec_init.c: the life of the first process of a guest. */
_Noreturn void init_run(void);

/* live_exec_space.c: runs the requested program, alone or as a process per space. */
void program_run(struct executor *x);

static inline uint64_t page_down(uint64_t addr)
{
	return addr & ~(LIVE_PAGE - 1);
}

static inline uint64_t page_up(uint64_t addr)
{
	return page_down(addr + LIVE_PAGE - 1);
}

static inline const struct live_layout *layout_at(const struct live_shared *shared, uint32_t at)
{
	return (const struct live_layout *)(const void *)(shared->arena + at);
}

#endif
