/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One look at an operation, shared by the files that check the invariants: what stood, what
 * stands, which pages the operation names.
 *
 *	named       [......source......)        [..target..)
 *	old     AAAA|BBBBB|CCCCCCCCCCCCC|DDDD....EEEEEEEEEEE....
 *	now     AAAA|BBBBB|....           |DDDD....CCCCCCCCCC....
 */
#ifndef VMAFUZZ_INVARIANTS_LOOK_H
#define VMAFUZZ_INVARIANTS_LOOK_H

#include "flags.h"
#include "invariants.h"
#include "world.h"

#define LOOK_SPECIAL (VM_FLAG(io) | VM_FLAG(de) | VM_FLAG(pf) | VM_FLAG(mm))
#define LOOK_UFFD (VM_FLAG(um) | VM_FLAG(uw) | VM_FLAG(ui) | VM_FLAG(ur))
#define LOOK_ACCESS (VM_FLAG(rd) | VM_FLAG(wr) | VM_FLAG(ex))
#define LOOK_LOCK (VM_FLAG(lo) | VM_FLAG(lf))

/* Rows of appendix F that break a rule. */
#define QUIRK_UNLOCKS (1u << 1)	    /* F2, beyond the pages an mremap() names */
#define QUIRK_CONTEXT (1u << 4)	    /* F5, as well */
#define QUIRK_NAME_STICKY (1u << 5) /* F6 */
#define QUIRK_UNCHARGED (1u << 6)   /* F7, beyond the pages an mremap() names */

/* Pages that an operation names. */
struct named_range {
	uint32_t start, end;
	bool replaced; /* what is mapped there afterwards may be new */
};
#define NAMED_MAX 5
struct named {
	bool all; /* every page */
	uint32_t count;
	struct named_range range[NAMED_MAX];
};

struct look {
	struct invariants *memory;
	const struct comparison *c;
	const struct op *op; /* NULL at the start and at the end */
	uint64_t *exercised;
	struct verdict *verdict;
	enum profile profile;
	uint16_t quirks;
	uint64_t ignored, sticky;	    /* flags */
	bool done, failed;		    /* the result is a value, an errno */
	bool stayed;			    /* a break that did not move: that is how brk() fails */
	bool injected;			    /* an allocation failed */
	const struct seen_space *old, *now; /* of the space acted on; NULL: not alive */
	struct named named;
};

/* A run of pages that one VMA, or none, covered before and covers now. */
struct piece {
	uint32_t start, end;
	const struct seen_vma *old, *now;
	bool named, replaced;
};
struct piece_walk {
	const struct seen_space *old, *now;
	const struct named *named; /* NULL: none */
	uint32_t at, i, j;
	struct piece piece;
};
void pieces_begin(struct piece_walk *walk, const struct seen_space *old,
		  const struct seen_space *now, const struct named *named);
bool pieces_next(struct piece_walk *walk);

static inline void exercise(const struct look *look, enum rule rule)
{
	look->exercised[rule]++;
}

/* Fills the verdict; always false. */
__attribute__((format(printf, 5, 6))) bool breaks(const struct look *look, enum rule rule,
						  uint32_t space, uint32_t page, const char *format,
						  ...);

/* Which pages the operation names, into look->named. */
void name_pages(struct look *look);
/* Whether a page edge is one of a named range or lies in it. */
bool edge_is_named(const struct named *named, uint32_t edge);

/* Puts a mapping where it may join a neighbour. */
bool op_places(const struct op *op);

/* The VMA that covers the page; NULL. */
const struct seen_vma *vma_at(const struct seen_space *space, uint32_t page);
/* The VMA that covers the pages on both sides of an edge; NULL. */
const struct seen_vma *vma_across(const struct seen_space *space, uint32_t edge);
/* Objects without a name are numbered afresh by each observation. */
static inline bool files_alike(uint32_t a, uint32_t b)
{
	return a == b || (a >= SEEN_OBJECT && b >= SEEN_OBJECT);
}
static inline bool may_close(uint32_t file)
{
	return file >= SEEN_OBJECT || world_drivers[file].closes;
}
/* What PAG-1 speaks of, of the pages of one piece, but for the flags in `loose`. */
bool tuples_alike(const struct look *look, const struct piece *piece, uint64_t loose);
/* Whether everything in two spaces is the same, counters included. */
bool spaces_same(const struct seen_space *a, const struct seen_space *b, uint32_t pages);

/* The checks, by file; false with a verdict. */
bool state_holds(const struct look *look, const struct seen_space *space);
bool pages_hold(const struct look *look);
bool edges_hold(const struct look *look);
bool merges_hold(const struct look *look);
bool hooks_hold(const struct look *look);
bool answer_holds(const struct look *look);
bool fork_holds(const struct look *look);

#endif
