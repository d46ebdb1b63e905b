/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the live subject and its executor say to each other: one block of shared memory per
 * executor. The subject writes a program in plain numbers, opens the executor's gate and
 * reads what the kernel did from the records. The executor is a small static program, and
 * this is the only header of the harness it knows.
 *
 *	subject                                 executor
 *	ops[], request  -- gate to executor -->
 *	                                        system calls, reads after each
 *	                <- gate to subject ---  records[], layouts in arena[]
 *
 * A layout is plain, deep (with VmFlags) or full (with all that a VMA is made of).
 */
#ifndef VMAFUZZ_LIVE_PROTOCOL_H
#define VMAFUZZ_LIVE_PROTOCOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIVE_VERSION 3
#define LIVE_PAGE UINT64_C(4096)
#define LIVE_WINDOW UINT64_C(0x200000000000)
#define LIVE_PAGES_MAX 4096
#define LIVE_OPS_MAX 4096
#define LIVE_SPACES 4
#define LIVE_CODES_MAX 64
#define LIVE_CONTEXTS 4 /* of userfaultfd, in each space */
#define LIVE_NAME_BYTES 84
#define LIVE_ARENA_BYTES (UINT32_C(64) << 20)
/* Of it, what a process per space can see: mlockall() there locks whatever there is. */
#define LIVE_ARENA_FORKED (UINT32_C(8) << 20)
#define LIVE_FD 3 /* the shared memory, in a freshly started executor */

enum live_kind {
	LIVE_MMAP,
	LIVE_MUNMAP,
	LIVE_MPROTECT,
	LIVE_MADVISE,
	LIVE_TOUCH,
	LIVE_MLOCK,
	LIVE_MUNLOCK,
	LIVE_MLOCKALL,
	LIVE_MUNLOCKALL,
	LIVE_MSEAL,
	LIVE_MREMAP,
	LIVE_BRK,
	LIVE_MBIND,
	LIVE_HOME_NODE,
	LIVE_NAME,
	LIVE_UFFD_REGISTER,
	LIVE_UFFD_UNREGISTER,
	LIVE_UFFD_CLOSE,
	LIVE_REMAP_FILE_PAGES,
	LIVE_CLEAR_SOFTDIRTY,
	LIVE_KSM,
	LIVE_RLIMIT,
	LIVE_FORK,
	LIVE_EXIT,
	LIVE_LIMIT,
	LIVE_NOTHING, /* not executed: skip says why */
	LIVE_KINDS
};

enum live_file {
	LIVE_FILE_ANON,
	LIVE_FILE_PLAIN,
	LIVE_FILE_PLAIN2,
	LIVE_FILE_OTHER,
	LIVE_FILE_READONLY,
	LIVE_FILE_ZERO,
	LIVE_FILE_FAILING,
	LIVE_FILE_MIXED, /* a TCP socket: VM_MIXEDMAP, for probes only */
	LIVE_FILE_SHM,
	LIVE_FILES
};

enum live_place { LIVE_FIXED, LIVE_NOREPLACE, LIVE_HINT, LIVE_ANYWHERE };
/* The address spaces of a machine have these, in this order; they count pages. */
enum live_rlimit {
	LIVE_RLIMIT_AS,
	LIVE_RLIMIT_DATA,
	LIVE_RLIMIT_STACK,
	LIVE_RLIMIT_MEMLOCK,
	LIVE_RLIMITS
};
#define LIVE_RLIMIT_NONE UINT64_MAX

enum live_limit { LIVE_LIMIT_ABSOLUTE, LIVE_LIMIT_ABOVE, LIVE_LIMIT_BELOW };

/* Why an operation was not issued. X(name, sentence) */
#define LIVE_SKIPS(X)                                                                              \
	X(NONE, "")                                                                                \
	X(LEAVES, "leaves the window")                                                             \
	X(PLACED, "the kernel would choose a place outside the window")                            \
	X(HINT, "a hint beside an area that grows down")                                           \
	X(ADVICE, "an advice that could harm the machine")                                         \
	X(HUGETLB, "huge pages of hugetlb are not compared")                                       \
	X(SYNC, "MAP_SYNC sets a flag that is not compared")                                       \
	X(SHM_FORM, "System V shared memory has no such mapping")                                  \
	X(ZERO_OFFSET, "shared /dev/zero at an offset lies beyond its end")                        \
	X(NOEXEC, "sockets refuse PROT_EXEC before their mmap hook")                               \
	X(OFFSET, "the page offset does not fit the system call")                                  \
	X(LIMIT, "the limit is too far below the number of VMAs")                                  \
	X(BEYOND, "would reach beyond the end of a shared object")                                 \
	X(SEGMENT, "a System V segment is not mapped again")                                       \
	X(TRAPPED, "pages of a userfaultfd area may be there already")                             \
	X(SHMEM, "the files are in memory here, which userfaultfd serves")                         \
	X(READER, "event_fork and event_remap wait for a reader")                                  \
	X(NODE, "this machine does not have these NUMA nodes")                                     \
	X(HEAP, "the heap cannot be placed in the window")                                         \
	X(UNPRIVILEGED, "mlockall locks the process itself too, which needs CAP_IPC_LOCK")         \
	X(RLIMIT, "this resource limit cannot be set live")                                        \
	X(KSM, "this kernel does not merge the pages of a process")                                \
	X(FULL, "the record of the program is full")                                               \
	X(ALLOC, "allocation failure cannot be injected")                                          \
	X(FILE, "no such file live")                                                               \
	X(KIND, "no such operation live")
#define LIVE_SKIP_ENUM(name, text) LIVE_SKIP_##name,
enum live_skip { LIVE_SKIPS(LIVE_SKIP_ENUM) LIVE_SKIP_COUNT };
#undef LIVE_SKIP_ENUM

/* One operation in plain numbers; addresses and lengths are bytes as they stand. */
struct live_op {
	uint8_t kind;	  /* enum live_kind */
	uint8_t space;	  /* @N */
	uint8_t how;	  /* enum live_place, live_limit, live_rlimit; 1: touch writes, ksm is on */
	uint8_t file;	  /* enum live_file */
	uint8_t skip;	  /* enum live_skip: not to be executed */
	uint8_t context;  /* userfaultfd */
	uint8_t features; /* of a userfaultfd that the operation may create */
	uint32_t prot;
	uint32_t flags; /* of the call; mode of mbind, modes of userfaultfd */
	uint32_t advice;
	uint32_t name; /* number of the text, 0: none */
	uint64_t addr, len;
	uint64_t dest, newlen; /* mremap */
	uint64_t number;       /* mmap, remap_file_pages: page offset; limits: N; nodes */
};

#define LIVE_PROT_SHARED 8 /* beside PROT_READ 1, PROT_WRITE 2, PROT_EXEC 4 */

/* One VMA as the readers show it. */
struct live_vma {
	uint32_t start, end; /* pages from the window's start */
	uint32_t prot;
	uint32_t device; /* major << 20 | minor; 0: no file */
	uint64_t inode;
	uint64_t pgoff; /* of anonymous memory: in a full layout, from the window's start */
	uint64_t flags; /* bits of the request's codes; only in a deep layout */
	uint32_t file;	/* the executor leaves 0; the subject notes whose inode it is */
	uint32_t chain; /* only in a full layout, as what follows: 1: at most one link, 2: more */
	uint64_t anon_vma; /* its address; 0: none */
};

/* In the arena, on multiples of 8; guard words follow the VMAs in a deep layout. */
struct live_layout {
	uint32_t vmas;
	uint8_t deep;	 /* VmFlags were read */
	uint8_t guards;	 /* guard words were read */
	char unknown[2]; /* a VmFlags code the request did not name */
	/* By the mm's own count; as many as there are where it is not known. */
	uint32_t vma_count;
	uint32_t full; /* the BPF iterator was read */
	struct live_vma vma[];
};

enum live_form { LIVE_VALUE, LIVE_ERRNO, LIVE_NOOP };
#define LIVE_NO_LAYOUT UINT32_MAX

static inline size_t live_guard_bytes(uint32_t pages)
{
	return ((size_t)pages + 63) / 64 * sizeof(uint64_t);
}

struct live_record {
	uint8_t form; /* enum live_form */
	uint8_t skip; /* enum live_skip; when set nothing else but layouts counts */
	uint8_t number[LIVE_SPACES];
	int32_t error;
	uint64_t value;		      /* bytes from the window's start */
	uint32_t layout[LIVE_SPACES]; /* arena offset, or LIVE_NO_LAYOUT: no such space */
};

enum live_depth { LIVE_DEPTH_NEVER, LIVE_DEPTH_END, LIVE_DEPTH_EVERY, LIVE_DEPTH_SAMPLED };

#define LIVE_UNLIMITED UINT32_MAX
/* A limit this far above the window is never met: no operation needs that many slots. */
#define LIVE_LIMIT_SLACK 16

struct live_request {
	uint32_t pages, op_count;
	uint32_t limit; /* LIVE_UNLIMITED: no ballast */
	uint8_t forked; /* every space is a process of its own */
	uint8_t depth;	/* enum live_depth, but SAMPLED */
	uint8_t drop_ipc_lock;
	uint8_t limited;	       /* limits are set, or will be */
	uint64_t rlimit[LIVE_RLIMITS]; /* pages */
	uint32_t codes;
	char code[LIVE_CODES_MAX][2]; /* VmFlags code of bit i */
};

/* Which reader of full state is wanted. */
enum live_reader { LIVE_READER_BEST, LIVE_READER_PLAIN, LIVE_READER_BPF };

/* What the executor found when it started. */
struct live_machine {
	uint32_t version;
	uint32_t max_map_count;
	uint32_t overcommit_memory;
	uint8_t procmap_query, guard_bit, ipc_lock, filter, anon_names;
	uint8_t ipc_namespace;
	uint8_t heap; /* can be placed in the window */
	uint8_t uffd; /* userfaultfd without a reader */
	uint8_t ksm;  /* PR_SET_MEMORY_MERGE */
	uint8_t mseal;
	uint8_t iterator;	     /* over areas, by BPF */
	char no_iterator[100];	     /* why not */
	uint64_t nodes;		     /* NUMA nodes, a bit each; 0: no mbind */
	uint64_t hard[LIVE_RLIMITS]; /* hard limits, pages */
	struct {
		uint32_t device;
		uint64_t inode;
	} file[LIVE_FILES];
};

enum live_status { LIVE_OK, LIVE_FAULT };
enum live_phase { LIVE_PHASE_RUN, LIVE_PHASE_FINAL, LIVE_PHASE_LEAVE };

/* A gate is a futex: whoever waits sleeps until somebody opens it, and closes it behind. */
enum live_gate {
	LIVE_GATE_SPACE, /* .. + LIVE_SPACES - 1 */
	LIVE_GATE_SERVER = LIVE_SPACES,
	LIVE_GATE_EXECUTOR,
	LIVE_GATE_SUBJECT,
	LIVE_GATES
};

struct live_space {
	int32_t pid; /* 0: free slot */
	uint8_t number;
	uint8_t grows_down; /* a GROWSDOWN area was mapped here or in an ancestor */
	uint8_t leaving;
	uint8_t traps; /* an area was registered for missing or minor faults */
	uint32_t layout;
};

/* A word of vm_flags, and the bits of the codes that smaps shows for it; 0: free. */
struct live_word {
	uint64_t raw, flags;
};
#define LIVE_WORDS 1024

/* A shared object whose size is that of the mapping that made it. */
struct live_object_size {
	uint32_t device;
	uint32_t pages;
	uint64_t inode;
	uint8_t file; /* enum live_file */
};

struct live_shared {
	_Atomic uint32_t gate[LIVE_GATES];
	uint32_t reader; /* enum live_reader, before an executor starts */
	struct live_machine machine;
	struct live_request request;
	/* answers */
	uint32_t status; /* enum live_status */
	char fault[160];
	uint32_t pc; /* operation at work; after a death: the one it died in */
	uint32_t arena_used;
	/* between the processes of a forked program */
	uint32_t phase;
	int32_t subject, server; /* process ids */
	uint32_t next_number;
	struct live_space space[LIVE_SPACES];
	struct live_word word[LIVE_WORDS];
	uint32_t objects;
	struct live_object_size object[LIVE_OPS_MAX];

	char names[LIVE_OPS_MAX][LIVE_NAME_BYTES];
	struct live_op ops[LIVE_OPS_MAX];
	struct live_record records[LIVE_OPS_MAX];
	_Alignas(LIVE_PAGE) unsigned char arena[LIVE_ARENA_BYTES];
};

/* What the subject asks of the first process of a guest; see live_guest.h. */
enum live_command {
	LIVE_COMMAND_START, /* new executors; fills machine */
	LIVE_COMMAND_RUN,   /* the request */
};

/* Memory of a guest that the subject sees as well. */
struct live_guest {
	_Atomic int32_t user;	   /* process that commands it; 0: none. The guest does not look */
	_Atomic uint32_t number;   /* of the last command */
	_Atomic uint32_t answered; /* number of the last command that was obeyed */
	uint32_t command;	   /* enum live_command */
	int32_t error;		   /* 0, or -errno with the reason in shared.fault */
	char release[65];	   /* of its kernel */
	_Alignas(LIVE_PAGE) struct live_shared shared;
};
#define LIVE_GUEST_BYTES (UINT32_C(128) << 20)
#define LIVE_GUEST_SLOT "10" /* of its PCI bus, hexadecimal */
_Static_assert(sizeof(struct live_guest) <= LIVE_GUEST_BYTES, "a device's memory is a power of 2");

#endif
