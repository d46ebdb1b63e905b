/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page-granular reference. A window of pages, each carrying the attributes of the area
 * it belongs to and a bit "an area starts here"; one function per operation; written from
 * the specification and from nothing else.
 *
 *      page      0 1 2 3 4 5 6 7
 *      access    r r . w w w r r
 *      starts    ^     ^     ^        runs [0,2) [3,6) [6,8)
 *
 * Addresses are bytes. Page p lies at base + p * 4096. A result is an address or 0 on
 * success, -errno otherwise. Numbers of prot, map flags and advice are those of the Linux
 * system-call interface.
 */
#ifndef VMAFUZZ_MODEL_H
#define VMAFUZZ_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODEL_PAGES_MAX 4096
#define MODEL_SPACES 4
#define MODEL_FILES_MAX 31

/* By age 6.1 comes first; it was added last, and numbers once given stay (profile-6.1.md). */
enum model_profile { MODEL_6_12, MODEL_6_18, MODEL_7_3, MODEL_6_1 };

/* What a page's area is. X(bit, word) */
#define MODEL_ATTRIBUTES(X)                                                                        \
	X(0, read)                                                                                 \
	X(1, write)                                                                                \
	X(2, execute)                                                                              \
	X(3, shared) /* writes reach the object others see */                                      \
	X(4, may_read)                                                                             \
	X(5, may_write)                                                                            \
	X(6, may_execute)                                                                          \
	X(7, may_share)                                                                            \
	X(8, grows_down)                                                                           \
	X(9, raw_pfn)	  /* spec: PFNMAP */                                                       \
	X(10, mixed)	  /* spec: MIXEDMAP */                                                     \
	X(11, device)	  /* spec: IO */                                                           \
	X(12, fixed_size) /* spec: DONTEXPAND */                                                   \
	X(13, locked)                                                                              \
	X(14, lock_on_fault)                                                                       \
	X(15, sequential)                                                                          \
	X(16, random)                                                                              \
	X(17, no_fork) /* spec: DONTCOPY */                                                        \
	X(18, wipe_on_fork)                                                                        \
	X(19, no_dump)                                                                             \
	X(20, charged) /* spec: ACCOUNT */                                                         \
	X(21, no_reserve)                                                                          \
	X(22, huge_pool) /* spec: HUGETLB */                                                       \
	X(23, soft_dirty)                                                                          \
	X(24, huge)                                                                                \
	X(25, no_huge)                                                                             \
	X(26, samepage)	    /* spec: MERGEABLE (KSM) */                                            \
	X(27, trap_missing) /* spec: UFFD_MISSING */                                               \
	X(28, trap_protect) /* spec: UFFD_WP */                                                    \
	X(29, trap_minor)   /* spec: UFFD_MINOR */                                                 \
	X(30, trap_access)  /* spec: UFFD_RWP */                                                   \
	X(31, maybe_guard)                                                                         \
	X(32, sealed)                                                                              \
	X(33, droppable)                                                                           \
	X(34, shadow_stack)                                                                        \
	X(35, stack_in_setup) /* spec: STACK_INCOMPLETE_SETUP */                                   \
	X(36, synchronous)    /* spec: SYNC */

#define MODEL_ATTRIBUTE_ENUM(bit, word) MODEL_BIT_##word = bit,
enum model_attribute_bit { MODEL_ATTRIBUTES(MODEL_ATTRIBUTE_ENUM) MODEL_ATTRIBUTE_COUNT };
#undef MODEL_ATTRIBUTE_ENUM
#define MODEL_ATTRIBUTE(word) (UINT64_C(1) << MODEL_BIT_##word)

#define MODEL_NO_LIMIT UINT64_MAX

struct model_settings {
	uint64_t base;	/* address of page 0 = lowest address that may be mapped */
	uint32_t pages; /* window; TOP = base + pages * 4096, mmap_base = TOP */
	uint32_t limit; /* max_vma_count */
	uint32_t gap;	/* stack guard gap, pages */
	enum model_profile profile;
	uint16_t quirks; /* bit n-1: row Fn of appendix F as that profile's kernel does it */
	uint64_t limit_as, limit_data, limit_stack,
		limit_memlock; /* pages or MODEL_NO_LIMIT; of space 0 */
	bool commit_limited;   /* overcommit "never" */
	bool commit_always;
	uint64_t commit_limit;			/* pages over all spaces */
	bool soft_dirty, names, lock_privilege; /* configured / CAP_IPC_LOCK */
};

/* What mapping a file does, as data. Everything zero: a plain readable file without hooks. */
struct model_file {
	uint16_t inode; /* two opens of one inode share it */
	bool open_for_write;
	bool own_object_per_map; /* each mapping is an open file of its own (SysV attach) */
	bool zero_device;  /* /dev/zero: private anonymous by ops, shared an object of its own */
	bool legacy_hook;  /* an mmap hook whose call is an event */
	bool prepare_hook; /* mmap_prepare; 6.1 and 6.12 have none: ENODEV */
	uint64_t hook_attributes; /* attributes the hook adds */
	uint32_t hook_offset;	  /* pages mmap_prepare adds to the offset */
	int hook_error;		  /* positive errno the hook fails with always, 0 none */
	int prepare_error; /* mmap_prepare fails with this if the offset asked for is 6 modulo 8 */
	/*
	 * mmap_prepare chooses the hook table by the offset asked for: an odd one gets a table
	 * with close (and with open if opens is set), an even one gets a table with neither.
	 */
	bool odd_offset_closes;
	bool mapped_hook;	/* 7.3: mapped hook, an event */
	int mapped_error;	/* it fails with this if the offset asked for is 7 modulo 8 */
	bool opens, closes;	/* open / close hooks, each call an event */
	bool asks_split;	/* a may_split hook, each call an event */
	int split_error;	/* positive errno it answers, 0 allows */
	bool moves;		/* an mremap hook, each call an event with the whole new area */
	int move_error;		/* positive errno it fails with, 0 allows */
	bool asks_protect;	/* an mprotect hook, each call an event with the piece */
	int protect_exec_error; /* positive errno it answers to PROT_EXEC, 0 allows */
	bool sets_policy;	/* a set_policy hook, each call an event with the whole area */
};

enum model_event_kind {
	MODEL_EVENT_MMAP,
	MODEL_EVENT_MMAP_PREPARE,
	MODEL_EVENT_MAPPED,
	MODEL_EVENT_OPEN,
	MODEL_EVENT_CLOSE,
	MODEL_EVENT_MAY_SPLIT, /* at: page of the cut */
	MODEL_EVENT_MPROTECT,
	MODEL_EVENT_MREMAP,
	MODEL_EVENT_SET_POLICY,
	MODEL_EVENT_NO_SLOTS, /* tracepoint mm_insufficient_vma_slots; at: areas at the check */
};
struct model_event {
	uint8_t kind, space, file; /* file: index the program used, 0 none */
	uint32_t start, end, at;   /* pages */
};

/* A maximal run of pages between two starts. */
struct model_run {
	uint32_t start, end; /* pages, half open */
	uint64_t attributes;
	uint64_t offset;      /* page offset of start; anonymous private: in pages of address, not
				 relative */
	uint64_t anon_offset; /* 7.3: virtual page offset of start (pages of address); else 0 */
	uint32_t owner;	      /* anon_vma identity, 0 none; never reused within a program */
	bool forked;	      /* owner's chain is longer than one */
	uint8_t file;	      /* index, 0 none; an object of its own has object != 0 as well */
	uint32_t object;      /* identity of a nameless object or own open, 0 none; never reused */
	uint16_t policy;      /* by value, 0 none; small numbers by first use */
	uint16_t name;	      /* the caller's number, 0 none */
	uint8_t context;      /* userfaultfd context + 1, 0 none */
};

struct model_counters {
	int64_t areas, total, data, executable, stack, locked, charged; /* pages but for areas */
};

struct model; /* up to four live spaces, the events of the last operation, counts of cases */

struct model *model_new(void); /* NULL without memory */
void model_free(struct model *model);
/* Forgets everything and starts a program: one empty space, number 0. files[0] is not used. */
void model_begin(struct model *model, const struct model_settings *settings,
		 const struct model_file *files, unsigned int file_count);
/*
 * to becomes an exact copy of from, events included. Case counts are not copied: to keeps its
 * own, so that they go on when a saved state is restored. Neither overlaps.
 */
void model_copy(struct model *to, const struct model *from);

/* Spaces are named by number (0, 1, 2, ... by successful forks). */
bool model_alive(const struct model *model, unsigned int space);
unsigned int model_spaces_alive(const struct model *model);

/*
 * Allocation failure. The specification says where an operation may run out of memory and
 * what stands afterwards; those places are numbered 1, 2, ... in the order an operation
 * passes them. With point n set, the n-th place of the next operation fails (onward: and
 * each later one); model_fail_reached() tells whether the operation came that far and under
 * which rule. Point 0: none fails. The setting holds for one operation.
 */
void model_fail_at(struct model *model, unsigned int point, bool onward);
const char *model_fail_reached(const struct model *model); /* rule id, or NULL */

/* Operations. Chapter numbers are those of the specification. */
int64_t model_mmap(struct model *model, unsigned int space, uint64_t address, uint64_t length,
		   uint32_t prot, uint32_t map_flags, unsigned int file, uint64_t offset_pages);
int64_t model_munmap(struct model *model, unsigned int space, uint64_t address, uint64_t length);
int64_t model_mprotect(struct model *model, unsigned int space, uint64_t address, uint64_t length,
		       uint32_t prot);
/* Every advice, MADV_GUARD_INSTALL (102) and MADV_GUARD_REMOVE (103) included. */
int64_t model_madvise(struct model *model, unsigned int space, uint64_t address, uint64_t length,
		      uint32_t advice);
/* Faults the pages of [address, address + length) in ascending order; the first that cannot be
 * accessed ends it with -EFAULT. */
int64_t model_touch(struct model *model, unsigned int space, uint64_t address, uint64_t length,
		    bool write);
int64_t model_mlock(struct model *model, unsigned int space, uint64_t address, uint64_t length,
		    uint32_t flags); /* mlock2 flags */
int64_t model_munlock(struct model *model, unsigned int space, uint64_t address, uint64_t length);
int64_t model_fork(struct model *model, unsigned int space); /* number of the child */
int64_t model_exit(struct model *model, unsigned int space);
int64_t model_set_limit(struct model *model, uint32_t limit);
/* Kinds: as data stack memlock. Limits belong to a space and are inherited by fork. */
int64_t model_set_rlimit(struct model *model, unsigned int space, unsigned int kind,
			 uint64_t pages);

/*
 * Operations of the second stage. Flags, modes and numbers are those of the system calls.
 * brk returns the break after the call and never fails; new spaces have it at base.
 */
int64_t model_mremap(struct model *model, unsigned int space, uint64_t address, uint64_t old_length,
		     uint64_t new_length, uint32_t flags, uint64_t new_address);
int64_t model_brk(struct model *model, unsigned int space, uint64_t address);
int64_t model_vm_brk(struct model *model, unsigned int space, uint64_t address, uint64_t length,
		     bool executable);
int64_t model_mlockall(struct model *model, unsigned int space, uint32_t flags);
int64_t model_munlockall(struct model *model, unsigned int space);
int64_t model_mseal(struct model *model, unsigned int space, uint64_t address, uint64_t length,
		    uint64_t flags);
/* The machine has nodes 0 to 3. mode: with its mode flags (1 << 14, 1 << 15). */
int64_t model_mbind(struct model *model, unsigned int space, uint64_t address, uint64_t length,
		    uint32_t mode, uint64_t nodes);
int64_t model_home_node(struct model *model, unsigned int space, uint64_t address, uint64_t length,
			uint64_t node);
/* text NULL takes names away. number: the caller's for this text, told in model_run.name. */
int64_t model_name(struct model *model, unsigned int space, uint64_t address, uint64_t length,
		   const char *text, uint16_t number);
/*
 * userfaultfd. Contexts 0 to 3 belong to a space; the first register that names one creates it
 * with these features (1 fork events, 2 remap events). Modes: missing 1, wp 2, minor 4, rwp 8.
 * Nobody serves faults: accesses to areas with missing or minor fail, writes having made private
 * areas faulted.
 */
int64_t model_trap_register(struct model *model, unsigned int space, unsigned int context,
			    uint64_t address, uint64_t length, uint32_t modes, uint32_t features);
int64_t model_trap_unregister(struct model *model, unsigned int space, unsigned int context,
			      uint64_t address, uint64_t length);
int64_t model_trap_close(struct model *model, unsigned int space, unsigned int context);
int64_t model_remap_file_pages(struct model *model, unsigned int space, uint64_t address,
			       uint64_t size, uint64_t offset_pages);
/* What the kernel makes: a special mapping, the stack of an exec, its relocation. */
int64_t model_special(struct model *model, unsigned int space, uint64_t address, uint64_t length);
int64_t model_exec_stack(struct model *model, unsigned int space, uint64_t address);
int64_t model_relocate_down(struct model *model, unsigned int space, uint64_t address,
			    uint64_t length, uint64_t pages);
int64_t model_clear_soft_dirty(struct model *model, unsigned int space);
int64_t model_samepage(struct model *model, unsigned int space, bool on);

/* What stands after the last operation. */
/* Runs in order into runs[0..max); returns how many there are. */
size_t model_runs(const struct model *model, unsigned int space, struct model_run *runs,
		  size_t max);
/* Bit p of marks[] for each page p that carries a guard marker; pages/64 words, rounded up. */
void model_markers(const struct model *model, unsigned int space, uint64_t *marks);
void model_count(const struct model *model, unsigned int space, struct model_counters *counters);
size_t model_events(const struct model *model, const struct model_event **events);
/* The policy with this number (model_run.policy); false if there is none. home_node -1: none. */
bool model_policy(const struct model *model, uint16_t policy, uint32_t *mode_and_flags,
		  uint64_t *nodes, int *home_node);
/* The rule the last failing check or merge decision rested on ("9.2-b", "4.2 both", ...); never
 * NULL. */
const char *model_rule(const struct model *model);

/*
 * Rows of the tables of 2.4, 3, 4.2, 5, 7 and 11.3 and other rules, each with an id
 * ("2.4 none/set", "3 L1R1del", ...), counted whenever it decides something. The counts go on
 * over model_begin() and model_copy(), so that a run can tell what it exercised.
 */
size_t model_cases(void);
const char *model_case_id(size_t index);
const char *model_case_text(size_t index);
uint64_t model_case_hits(const struct model *model, size_t index);
void model_case_add(struct model *model, const struct model *other); /* adds other's counts */

#endif
