/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program: settings and a list of address-space operations. This is what bytes decode to,
 * what `.vma` text says, what subjects execute. It knows no subject and no model; numbers of
 * prot, map flags and advice are those of the Linux system-call interface.
 */
#ifndef VMAFUZZ_PROGRAM_H
#define VMAFUZZ_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PAGE_BYTES UINT64_C(4096)
/* The same in 32-bit builds: raw addresses mean the same places there, and traces are the same. */
#define PROGRAM_BASE UINT64_C(0x200000000000)
#define PROGRAM_PAGES_MAX 4096
#define PROGRAM_SPACES 4 /* address spaces alive at once */
#define PROGRAM_OPS_MAX 4096

enum op_kind {
	OP_MMAP,
	OP_MUNMAP,
	OP_MPROTECT,
	OP_MADVISE,
	OP_GUARD_INSTALL,
	OP_GUARD_REMOVE,
	OP_TOUCH,
	OP_MLOCK,
	OP_MUNLOCK,
	OP_MLOCKALL,
	OP_MUNLOCKALL,
	OP_MSEAL,
	OP_MREMAP,
	OP_BRK,
	OP_MBIND,
	OP_HOME_NODE,
	OP_NAME,
	OP_UFFD_REGISTER,
	OP_UFFD_UNREGISTER,
	OP_UFFD_CLOSE,
	OP_REMAP_FILE_PAGES,
	OP_SPECIAL,
	OP_EXEC_STACK,
	OP_RELOCATE_DOWN,
	OP_CLEAR_SOFTDIRTY,
	OP_KSM,
	OP_RLIMIT,
	OP_LIMIT,
	OP_FORK,
	OP_EXIT,
	OP_VM_BRK, /* from here on: text alone says it, no byte does (ops.def) */
	OP_KINDS
};

/* The files of the small world (harness/world.h says what each driver does). */
enum world_file {
	FILE_ANON, /* no file */
	FILE_PLAIN,
	FILE_PLAIN2,
	FILE_OTHER,
	FILE_READONLY,
	FILE_ZERO,
	FILE_SHM,
	FILE_CLOSE,
	FILE_VETO,
	FILE_LEGACY,
	FILE_PREPARE,
	FILE_FAILING,
	FILE_IO,
	FILE_PFN,
	WORLD_FILES
};

/* An address, or a length: pages and bytes from the base (or TOP), or a raw number. */
enum place_base { PLACE_PAGE, PLACE_TOP, PLACE_RAW };

struct place {
	uint8_t base;	/* enum place_base */
	int32_t pages;	/* PLACE_PAGE, PLACE_TOP (from TOP, may be negative) */
	uint32_t bytes; /* PLACE_PAGE: 0..4095 on top of pages */
	uint64_t raw;	/* PLACE_RAW: the number as it stands */
};

enum mmap_how { MMAP_FIXED, MMAP_NOREPLACE, MMAP_HINT, MMAP_ANYWHERE };
enum mremap_how {
	MREMAP_RESIZE, /* len=L [maymove] */
	MREMAP_TO,     /* fixed=A [len=L] [dontunmap] */
	MREMAP_KEEP,   /* dontunmap [hint=A] */
};
enum limit_how {
	LIMIT_ABSOLUTE,
	LIMIT_ABOVE,
	LIMIT_BELOW
}; /* N, +N, -N of the current vma_count */
enum rlimit_kind {
	PROGRAM_RLIMIT_AS,
	PROGRAM_RLIMIT_DATA,
	PROGRAM_RLIMIT_STACK,
	PROGRAM_RLIMIT_MEMLOCK,
	PROGRAM_RLIMITS
};
#define RLIMIT_NONE UINT64_MAX

/* mlockall / mlock2 flags, uffd modes, mbind modes: the system-call numbers. */

/* What `= RESULT` states. */
enum result_form { RESULT_UNSTATED, RESULT_VALUE, RESULT_ERRNO, RESULT_NOOP };

struct op {
	uint8_t kind;  /* enum op_kind */
	uint8_t space; /* @N */
	uint8_t how; /* mmap_how, mremap_how, limit_how, rlimit_kind; mlock: 1 onfault; ksm: 1 on */
	uint8_t file;	   /* enum world_file */
	bool alloc_onward; /* !alloc=K+ */
	bool maymove, dontunmap, has_len, has_dest;
	uint8_t touch_write; /* 0 read, 1 write */
	uint8_t context;     /* userfaultfd 0..3 */
	uint16_t alloc_nth;  /* !alloc=K; 0: none */
	uint16_t name;	     /* index into program.names + 1; 0: none */
	uint32_t prot;
	uint32_t map_flags; /* MAP_* without MAP_FIXED and MAP_FIXED_NOREPLACE, which `how` says */
	uint32_t advice;
	uint32_t mode;	   /* mbind mode with mode flags, uffd modes, mlockall flags */
	uint32_t features; /* uffd: 1 event_fork, 2 event_remap */
	uint64_t nodes;	   /* mbind node mask or home node; limit, rlimit, by= number of pages */
	struct place addr; /* start of the range; brk, exec_stack: the address */
	struct place len;  /* its length */
	struct place dest; /* mremap target or hint */
	struct place newlen;
	uint64_t pgoff;	      /* file=NAME@PGOFF, off=N: pages */
	uint8_t result_form;  /* enum result_form */
	int32_t result_errno; /* positive */
	struct place result;  /* the address or 0 */
	uint32_t line;	      /* of the text it came from; 0: none */
};

enum overcommit { OVERCOMMIT_GUESS, OVERCOMMIT_ALWAYS, OVERCOMMIT_NEVER };
/*
 * The oldest comes last: numbers once given stay. Chapter 13 has a column for each of the first
 * three, and neither programs as bytes nor the core know more; 6.1 is in harness/profile-6.1.md.
 */
enum profile { PROFILE_6_12, PROFILE_6_18, PROFILE_7_3, PROFILE_6_1, PROFILES };
#define PROFILES_SPECIFIED ((unsigned int)PROFILE_7_3 + 1)

/* A setting that was not written is left to the subject (its default or what it was probed to be).
 */
enum tristate { SETTING_UNSET, SETTING_OFF, SETTING_ON };

struct settings {
	uint32_t pages;
	uint32_t limit;
	uint8_t profile;  /* enum profile: the first named, else 7.3 */
	uint8_t profiles; /* bit set of enum profile where expectations hold; 0: not written (7.3)
			   */
	bool profile_any;
	uint8_t quirks;	     /* enum tristate; with SETTING_ON and quirk_rows: those rows only */
	uint16_t quirk_rows; /* bit n-1: row Fn of appendix F; 0 with SETTING_ON: all */
	uint32_t gap;	     /* stack guard gap, pages; 0: not written */
	uint64_t rlimit[PROGRAM_RLIMITS];	 /* pages or RLIMIT_NONE */
	uint8_t overcommit;			 /* enum overcommit */
	uint64_t commit_limit;			 /* pages, OVERCOMMIT_NEVER */
	uint8_t softdirty, anon_names, ipc_lock; /* enum tristate */
};

/* One line of an `expect` block. */
struct expect_vma {
	uint32_t start, end; /* pages */
	uint32_t prot;	     /* PROT_* */
	uint8_t kind;	     /* 0 private, 1 shared, 2 droppable */
	uint8_t file;	     /* enum world_file */
	bool has_fault, has_anon, has_off, has_flags, has_policy, has_name, has_uffd;
	uint8_t fault;	/* 0 unfaulted, 1 faulted, 2 forked */
	uint32_t anon;	/* anon#K */
	uint64_t off;	/* off=N, pages (anonymous: relative to BASE) */
	uint64_t flags; /* harness/flags.h bits of flags= */
	uint64_t pgoff; /* file=NAME@PGOFF if written: has_off set as well */
	char policy[24], name[84];
	int8_t uffd; /* context, -1 none */
};

enum expect_form { EXPECT_LAYOUT, EXPECT_EMPTY, EXPECT_COUNT };
struct expectation {
	uint32_t after; /* number of operations before it */
	uint8_t form;	/* enum expect_form */
	uint8_t space;
	uint32_t count;	      /* EXPECT_COUNT */
	uint32_t first, vmas; /* EXPECT_LAYOUT: lines[first .. first+vmas) */
	uint32_t line;	      /* of the text */
};

struct program {
	struct settings settings;
	struct op *ops;
	uint32_t op_count, op_capacity;
	struct expectation *expectations;
	uint32_t expectation_count, expectation_capacity;
	struct expect_vma *lines;
	uint32_t line_count, line_capacity;
	char (*names)[84];
	uint32_t name_count, name_capacity;
};

void program_init(struct program *program); /* default settings, nothing else */
void program_done(struct program *program);
void program_reset(struct program *program);			  /* as after init, memory kept */
int program_add_op(struct program *program, const struct op *op); /* 0 or -ENOMEM/-E2BIG */

/* The number a place stands for: an address or a length in bytes. */
uint64_t place_address(const struct settings *settings, struct place place);
uint64_t place_length(struct place place);
struct place place_page(int32_t page);

/* Name tables (op.c), the one list that text, help, statistics and signatures share. */
const char *op_kind_name(enum op_kind kind);
const char *world_file_name(enum world_file file);
const char *profile_name(enum profile profile);
/* 6.12 or older: of the rows that 6.18 changed, the rules before. */
bool profile_before_6_18(enum profile profile);

/* bytes.c. Decoding is total; program is reset first. */
int program_decode(struct program *program, const uint8_t *bytes, size_t size); /* 0 or -ENOMEM */
/* Returns the size, or -EOVERFLOW if capacity is too small, or -EDOM if bytes cannot express it. */
long program_encode(const struct program *program, uint8_t *bytes, size_t capacity);

/* text.c. Checked whole; on an error the message names line, column and what was expected. */
struct text_error {
	uint32_t line, column;
	char expected[160];
};
bool program_is_text(const char *text, size_t size); /* first line is `vma-program N` */
int program_parse(struct program *program, const char *text, size_t size, struct text_error *error);
/* Canonical text into a malloc()ed, NUL-terminated string; NULL without memory. */
char *program_print(const struct program *program);
/* One operation (without its newline) into buffer, as snprintf(). */
int op_print(const struct program *program, const struct op *op, char *buffer, size_t size);

/* Two programs are equal in everything that text can say (lines of origin aside). */
bool program_equal(const struct program *a, const struct program *b);

/*
 * Appended. What an operation of its kind does not say is zero after op_normalize(); text and
 * bytes give normalized operations: `mmap anywhere` has addr raw 0, MREMAP_KEEP has dontunmap,
 * MREMAP_TO has has_dest, `mlock onfault` has how and mode 1, mseal's and mremap's `flags=N` are
 * in map_flags (for mremap without MAYMOVE, FIXED, DONTUNMAP, which words say), MAP_ANONYMOUS is
 * set exactly for FILE_ANON. mbind's nodes are a mask, home_node's a number.
 */
struct op op_normalize(const struct op *op);
/* Changes one piece after the other, joining what becomes equal. */
bool op_modifies(const struct op *op);
struct place place_raw(uint64_t raw);

/* Index + 1 of an equal name, added if it is new; -ENOMEM, -E2BIG, -EINVAL if too long. */
int program_add_name(struct program *program, const char *name);
int program_add_expectation(struct program *program, const struct expectation *expectation);
int program_add_expect_vma(struct program *program, const struct expect_vma *line);
/* to is initialised; afterwards it says what from says. 0 or -ENOMEM. */
int program_copy(struct program *to, const struct program *from);
/* Without operations [first, first + count); what was stated behind them moves up. */
void program_remove_ops(struct program *program, uint32_t first, uint32_t count);
/* Drops what lives in text only: expectations and stated results. */
void program_forget_text(struct program *program);

/* "EINVAL" for Linux's number, NULL if it has no name here; 0 for an unknown name. */
const char *errno_name(int error);
int errno_number(const char *name, size_t length);
const char *advice_name(uint32_t advice); /* NULL if format.md has no word for it */

/* At most so many operations come out of bytes: no input may be slow. */
#define PROGRAM_BYTES_OPS 256
#define PROGRAM_HEADER 16
#define PROGRAM_RECORD 16

/* The language as `vmafuzz help format` shows it, made from the table of operations. */
void format_help(FILE *to);

#endif
