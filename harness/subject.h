/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A subject is something that claims to manage VMAs as Linux does: a table of functions and
 * a set of capabilities. An observation is all that one operation let us see of it, in the
 * harness's own words, so that any two can be compared field by field.
 */
#ifndef VMAFUZZ_SUBJECT_H
#define VMAFUZZ_SUBJECT_H

#include "merge_account.h"
#include "program.h"

/* One VMA. Pages count from PROGRAM_BASE. */
struct seen_vma {
	uint32_t start, end; /* pages, half open */
	uint64_t flags;	     /* harness/flags.h */
	uint64_t pgoff;	     /* pages; anonymous private: relative to PROGRAM_BASE */
	uint64_t virt_pgoff; /* pages relative to PROGRAM_BASE; 0 where the profile has none */
	uint32_t anon;	     /* anon_vma, 0 none; numbered by first appearance */
	uint32_t file;	     /* enum world_file, or >= SEEN_OBJECT for an object without a name */
	uint8_t chain;	     /* 0 none, 1 single, 2 forked */
	uint8_t uffd;	     /* context + 1, 0 none */
	uint16_t policy;     /* interned by value, 0 none */
	uint16_t name;	     /* interned, 0 none */
};
/* Shared anonymous memory, shared /dev/zero, each attach of shm: numbered by first appearance. */
#define SEEN_OBJECT 32

struct seen_space {
	bool alive;
	uint8_t number;	      /* @N */
	uint32_t vmas;	      /* count of vma[] */
	struct seen_vma *vma; /* room for PROGRAM_PAGES_MAX */
	uint64_t *guard; /* bit p: page p carries a guard marker; room for PROGRAM_PAGES_MAX bits */
	/* counters; pages but for vma_count */
	int64_t vma_count, total_vm, data_vm, exec_vm, stack_vm, locked_vm, committed;
};

enum seen_event_kind {
	EVENT_MMAP,	    /* legacy mmap hook, range of the fresh VMA */
	EVENT_MMAP_PREPARE, /* range asked for */
	EVENT_MAPPED,
	EVENT_OPEN, /* range of the new VMA */
	EVENT_CLOSE,
	EVENT_MAY_SPLIT, /* range of the VMA, at = where */
	EVENT_MPROTECT,
	EVENT_MREMAP,
	EVENT_SET_POLICY,
	EVENT_INSUFFICIENT_SLOTS, /* tracepoint mm_insufficient_vma_slots: at = vma_count */
	EVENT_KINDS
};
struct seen_event {
	uint8_t kind;
	uint8_t space; /* @N */
	uint8_t file;  /* enum world_file */
	uint32_t start, end, at;
};
#define SEEN_EVENTS_MAX 16384

/* The word of an enum seen_event_kind, "?" of anything else. */
const char *event_name(uint8_t kind);

/* The result of one operation. */
struct seen_result {
	uint8_t form;	/* enum result_form: RESULT_VALUE, RESULT_ERRNO, RESULT_NOOP */
	int32_t error;	/* positive errno */
	uint64_t value; /* address relative to PROGRAM_BASE, or 0 */
};

struct observation {
	struct seen_result result;
	struct seen_space space[PROGRAM_SPACES]; /* slot i; free slots are not alive */
	struct seen_event *event;		 /* of this operation, in order */
	uint32_t events;
	uint32_t alloc_failed; /* injected failures that really happened in this operation */
};

/* What a subject can show; what it cannot is not compared. */
enum subject_fact {
	FACT_LAYOUT = 1 << 0, /* bounds, rd wr ex sh */
	FACT_FLAGS = 1 << 1,  /* every VmFlags bit the profile has */
	FACT_FILE_PGOFF = 1 << 2,
	FACT_ANON_PGOFF = 1 << 3,
	FACT_FILE = 1 << 4, /* identity of the file object */
	FACT_ANON = 1 << 5, /* faulted, partition by anon_vma, chain class */
	FACT_COUNTERS = 1 << 6,
	FACT_EVENTS = 1 << 7,
	FACT_GUARDS = 1 << 8,
	FACT_POLICY = 1 << 9,
	FACT_NAME = 1 << 10,
	FACT_UFFD = 1 << 11,
	FACT_VIRT_PGOFF = 1 << 12,
	FACT_INODE = 1 << 13, /* only the inode of a file is known, not the open file */
	FACT_ALL = (1 << 13) - 1
};

/*
 * Functions return 0, -errno, or SUBJECT_SKIP with a short stable reason in *why.
 * A subject that cannot step (a process elsewhere) runs the whole program in begin() and
 * answers apply() and observe() from what it recorded.
 */
#define SUBJECT_SKIP 1

struct subject {
	const char *name;    /* core, live, linux, qemu */
	const char *spelled; /* as --subject takes it; NULL: as its name */
	const char *origin;  /* whose code it is and what of it is ours; NULL: all of it */
	bool whole_program;  /* begin() wants every operation; see above */
	double patience;     /* seconds that one program may take; 0: no more than usual */
	bool default_quirks; /* quirks when neither program nor command line says */
	uint8_t default_profile;
	uint32_t default_gap;
	uint8_t softdirty, anon_names; /* enum tristate: what is true here whatever is asked;
					  SETTING_UNSET: as asked */
	uint32_t
		facts; /* what observe() may show at all; observation_facts says it per operation */

	/* Starts a program under these settings (all resolved, nothing unset). */
	int (*begin)(struct subject *self, const struct program *program, const char **why);
	/* Executes operation number `index`; fills seen->result and seen->event. */
	int (*apply)(struct subject *self, const struct program *program, uint32_t index,
		     struct observation *seen, const char **why);
	/* Fills the spaces. Returns the facts shown this time. */
	uint32_t (*observe)(struct subject *self, struct observation *seen);
	/* Structural self-check after an operation (chapter 14): NULL or "RULE sentence". */
	const char *(*validate)(struct subject *self);
	/* Ends every space in ascending order; events of it into seen; validate covers the leaks.
	 */
	int (*end)(struct subject *self, struct observation *seen, const char **why);
	/*
	 * Optional. What stands now can be gone back to with restore(), as often as wanted, until
	 * the next begin(). False if it cannot be saved this time.
	 */
	bool (*save)(struct subject *self);
	void (*restore)(struct subject *self);
	/* Optional. How the last operation's last merge was decided; false: it tried none. */
	bool (*explain)(struct subject *self, struct merge_account *account);
	/* Versions and what it can show, for `doctor`. */
	void (*describe)(struct subject *self, void (*line)(void *to, const char *text), void *to);
	void (*destroy)(struct subject *self);
};

int subject_core_create(struct subject **ret);

static inline bool subject_explain(struct subject *subject, struct merge_account *account)
{
	return subject->explain && subject->explain(subject, account);
}

static inline const char *subject_spelled(const struct subject *subject)
{
	return subject->spelled ? subject->spelled : subject->name;
}

int observation_init(struct observation *seen); /* 0 or -ENOMEM */
void observation_done(struct observation *seen);
/* A slot that is free in a window of so many pages: who looks at it sees the same each time. */
void observation_clear_space(struct seen_space *space, uint32_t pages);
/* All slots, so that nothing of an earlier program decides which way a later one takes. */
void observation_clear(struct observation *seen, uint32_t pages);

#endif
