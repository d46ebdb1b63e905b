/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the reference share. A space is a window of pages; three bit sets tell
 * which pages are mapped, where an area starts and which pages carry a guard marker:
 *
 *      page      0 1 2 3 4 5 6 7
 *      mapped    1 1 . 1 1 1 1 1
 *      starts    1 . . 1 . . 1 .        areas [0,2) [3,6) [6,8)
 *
 * The attributes all pages of an area share lie once, at its first page. Offsets are kept as
 * a shift (offset of a page minus the page), the same for every page of an area; so two
 * areas are contiguous (2.6) if and only if their shifts are equal, and neither split nor
 * merge ever has to correct an offset.
 */
#ifndef VMAFUZZ_MODEL_PAGE_H
#define VMAFUZZ_MODEL_PAGE_H

#include "model.h"

#include <errno.h>

#define PAGE_SHIFT 12
#define PAGE_BYTES (UINT64_C(1) << PAGE_SHIFT)
#define WORDS_MAX (MODEL_PAGES_MAX / 64)
#define NO_PAGE UINT32_MAX
/* More than there are areas, so that one of them is always unused. */
#define POLICIES_MAX (MODEL_SPACES * MODEL_PAGES_MAX + 2)
/* One operation sees at most two splits, a close per old area and a few hooks of the new one. */
#define EVENTS_MAX (4 * MODEL_PAGES_MAX + 64)

/* Attribute sets of 1.2. */
#define A(word) MODEL_ATTRIBUTE(word)
#define ACCESS (A(read) | A(write) | A(execute))
#define SPECIAL (A(device) | A(fixed_size) | A(raw_pfn) | A(mixed))
#define LOCK_MASK (A(locked) | A(lock_on_fault))
#define TRAPS (A(trap_missing) | A(trap_protect) | A(trap_minor) | A(trap_access))

enum rule {
#define X(symbol, id, text) RULE_##symbol,
#include "cases.def"
#undef X
	RULE_COUNT
};

/* The hook table an area ended up with; it is not compared for merging (2.3). */
enum {
	HOOK_OPEN = 1,
	HOOK_CLOSE = 2,
	HOOK_SPLIT = 4,
	HOOK_NONE_AT_ALL = 8,  /* ops == NULL: "anonymous" in the sense of 1.1 */
	HOOK_NEVER_SPLIT = 16, /* refuses to be split; its calls are no events (9.15) */
	HOOK_MOVE = 32,
	HOOK_PROTECT = 64,
	HOOK_POLICY = 128,
};

/* Which neighbours a new range may be merged with, and which of both is asked first. */
enum sides { SIDE_NONE, SIDE_LEFT, SIDE_RIGHT, SIDE_BOTH, SIDE_BOTH_NEXT_FIRST = 7 };

struct area {
	uint64_t attributes;
	uint64_t shift;	     /* page offset minus page */
	uint64_t anon_shift; /* the same of the virtual offset (7.3) */
	uint32_t owner;	     /* anon_vma, 0 unfaulted */
	uint32_t object;     /* own open file object, 0 none */
	uint16_t policy;
	uint16_t name;
	uint8_t file;
	uint8_t context;
	bool forked; /* more than one link in the chain; only with an owner */
	uint8_t hooks;
	bool inherited; /* by a fork, pieces of it too; decides nothing, only counted by */
};

/* Kinds of rlimits, as model_set_rlimit() numbers them. */
#define CONTEXTS 4
#define TRAP_EVENT_FORK 1u
#define TRAP_EVENT_REMAP 2u

enum { LIMIT_AS, LIMIT_DATA, LIMIT_STACK, LIMIT_MEMLOCK, LIMIT_KINDS };

/* What a space has beside its areas; a child inherits it. */
struct process {
	uint64_t limits[LIMIT_KINDS]; /* pages or MODEL_NO_LIMIT */
	uint64_t heap_end;	      /* the break, in bytes; the heap starts at the base */
	uint64_t lock_future;	      /* spec: def_flags, of which only the lock class is used */
	bool samepage;		      /* PR_SET_MEMORY_MERGE */
	struct {
		bool exists;
		uint32_t features;
	} contexts[CONTEXTS]; /* userfaultfd */
};

/* A memory policy by value (2.3). */
struct policy {
	uint32_t mode, flags;
	uint64_t nodes; /* those allowed */
	uint64_t user;	/* as asked for, kept with static or relative nodes only */
	int home_node;	/* -1: none */
};

struct space {
	bool alive;
	unsigned int number;
	struct process process;
	struct model_counters count;
	uint64_t starts[WORDS_MAX];
	uint64_t mapped[WORDS_MAX];
	uint64_t markers[WORDS_MAX];
	struct area area[MODEL_PAGES_MAX];
};

struct model {
	struct model_settings settings;
	unsigned int file_count; /* number 0, no file, always included */
	uint64_t base_page;	 /* page offset of page 0 in anonymous memory */
	uint32_t words;		 /* of each bit set in use */
	uint64_t sticky, ignore;
	int64_t committed; /* over all spaces */
	uint32_t last_owner, last_object;
	unsigned int forks;    /* successful ones */
	uint32_t policy_count; /* number 0, no policy, included */
	unsigned int fail_next, fail_at, points;
	bool onward_next, onward;
	bool give_up; /* 4.4: a merge without memory is none */
	enum rule fail_rule;
	enum rule rule;
	size_t event_count;
	/* What follows is large: model_copy() takes what is in use, and nothing of the counts. */
	struct model_file files[MODEL_FILES_MAX + 1]; /* the first file_count are in use */
	struct model_event events[EVENTS_MAX];
	uint64_t hits[RULE_COUNT];
	struct space spaces[MODEL_SPACES];
	struct policy policies[POLICIES_MAX]; /* the first policy_count are in use */
};

/* A range of bytes clipped to the window. */
struct extent {
	uint32_t start, end;
	bool before, after; /* it began below the window, it went on above it */
};

/* ---- rules, failure points, events ------------------------------------------------------ */

static inline void count_rule(struct model *m, enum rule rule)
{
	m->hits[rule]++;
}

static inline void decide(struct model *m, enum rule rule)
{
	m->hits[rule]++;
	m->rule = rule;
}

/* A failing check: the rule it rests on and the negated errno to hand on. */
static inline int fails(struct model *m, enum rule rule, int error)
{
	decide(m, rule);
	return -error;
}

/* A place where memory may run out (18.2); true if it does so here. */
static inline bool runs_out(struct model *m, enum rule rule)
{
	m->points++;
	if (m->fail_at == 0 || m->points < m->fail_at)
		return false;
	if (m->points > m->fail_at && !m->onward)
		return false;
	if (m->fail_rule == RULE_NONE)
		m->fail_rule = rule;
	decide(m, rule);
	return true;
}

static inline void add_event(struct model *m, const struct model_event *event)
{
	if (m->event_count < EVENTS_MAX)
		m->events[m->event_count++] = *event;
}

static inline void hook_event(struct model *m, const struct space *sp, enum model_event_kind kind,
			      unsigned int file, uint32_t start, uint32_t end)
{
	add_event(m, &(struct model_event){ .kind = (uint8_t)kind,
					    .space = (uint8_t)sp->number,
					    .file = (uint8_t)file,
					    .start = start,
					    .end = end });
}

/* ---- bit sets ---------------------------------------------------------------------------- */

static inline bool bit_test(const uint64_t *set, uint32_t p)
{
	return set[p / 64] >> (p % 64) & 1;
}

static inline void bit_set(uint64_t *set, uint32_t p)
{
	set[p / 64] |= UINT64_C(1) << (p % 64);
}

static inline void bit_clear(uint64_t *set, uint32_t p)
{
	set[p / 64] &= ~(UINT64_C(1) << (p % 64));
}

/* The bits of word w that lie in [start, end), end > start. */
static inline uint64_t bits_within(uint32_t w, uint32_t start, uint32_t end)
{
	uint64_t mask = UINT64_MAX;

	if (w == start / 64)
		mask &= UINT64_MAX << (start % 64);
	if (w == (end - 1) / 64)
		mask &= UINT64_MAX >> (63 - (end - 1) % 64);
	return mask;
}

static inline void range_set(uint64_t *set, uint32_t start, uint32_t end)
{
	if (start >= end)
		return;
	for (uint32_t w = start / 64; w <= (end - 1) / 64; w++)
		set[w] |= bits_within(w, start, end);
}

static inline void range_clear(uint64_t *set, uint32_t start, uint32_t end)
{
	if (start >= end)
		return;
	for (uint32_t w = start / 64; w <= (end - 1) / 64; w++)
		set[w] &= ~bits_within(w, start, end);
}

/* The first set bit in [start, end), or end. */
static inline uint32_t next_bit(const uint64_t *set, uint32_t start, uint32_t end)
{
	if (start >= end)
		return end;
	for (uint32_t w = start / 64; w <= (end - 1) / 64; w++) {
		uint64_t bits = set[w] & bits_within(w, start, end);

		if (bits)
			return w * 64 + (uint32_t)__builtin_ctzll(bits);
	}
	return end;
}

static inline bool range_any(const uint64_t *set, uint32_t start, uint32_t end)
{
	return next_bit(set, start, end) < end;
}

/* ---- areas ------------------------------------------------------------------------------- */

static inline bool is_mapped(const struct model *m, const struct space *sp, uint32_t p)
{
	return p < m->settings.pages && bit_test(sp->mapped, p);
}

/* The first page of the area page p lies in; p is mapped, so there is a start at or below. */
static inline uint32_t area_start(const struct space *sp, uint32_t p)
{
	uint32_t w = p / 64;
	uint64_t bits = sp->starts[w] & UINT64_MAX >> (63 - p % 64);

	while (!bits)
		bits = sp->starts[--w];
	return w * 64 + 63 - (uint32_t)__builtin_clzll(bits);
}

/* The end of the area that starts at page start: the next start or the next hole. */
static inline uint32_t area_end(const struct model *m, const struct space *sp, uint32_t start)
{
	uint32_t from = start + 1, w = from / 64;
	uint64_t mask = UINT64_MAX << (from % 64);

	for (; w < m->words; w++, mask = UINT64_MAX) {
		uint64_t edges = (sp->starts[w] | ~sp->mapped[w]) & mask;

		if (edges) {
			uint32_t end = w * 64 + (uint32_t)__builtin_ctzll(edges);

			return end < m->settings.pages ? end : m->settings.pages;
		}
	}
	return m->settings.pages;
}

/* The first area that reaches beyond page p, or NO_PAGE. */
static inline uint32_t area_from(const struct model *m, const struct space *sp, uint32_t p)
{
	uint32_t start;

	if (p >= m->settings.pages)
		return NO_PAGE;
	if (bit_test(sp->mapped, p))
		return area_start(sp, p);
	start = next_bit(sp->starts, p, m->settings.pages);
	return start < m->settings.pages ? start : NO_PAGE;
}

/* Does the range hold a page that is not mapped? */
static inline bool has_gap(const struct space *sp, struct extent x)
{
	if (x.before || x.after)
		return true;
	for (uint32_t w = x.start / 64; x.start < x.end && w <= (x.end - 1) / 64; w++) {
		if (~sp->mapped[w] & bits_within(w, x.start, x.end))
			return true;
	}
	return false;
}

static inline uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static inline uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static inline bool has_file(const struct area *a)
{
	return a->file != 0 || a->object != 0;
}

static inline bool is_anonymous(const struct area *a)
{
	return a->hooks & HOOK_NONE_AT_ALL;
}

static inline uint64_t round_up(uint64_t bytes)
{
	return (bytes + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
}

static inline uint64_t round_down(uint64_t bytes)
{
	return bytes & ~(PAGE_BYTES - 1);
}

/* A length that rounds to 0, or an end that wraps. */
static inline bool is_too_long(uint64_t address, uint64_t length)
{
	uint64_t bytes = round_up(length);

	return bytes < length || address + bytes < address;
}

static inline bool is_unaligned(uint64_t bytes)
{
	return bytes & (PAGE_BYTES - 1);
}

static inline uint64_t window_top(const struct model *m)
{
	return m->settings.base + ((uint64_t)m->settings.pages << PAGE_SHIFT);
}

static inline uint64_t address_of(const struct model *m, uint32_t page)
{
	return m->settings.base + ((uint64_t)page << PAGE_SHIFT);
}

/*
 * Profile 6.1 is 6.12 in every row of chapter 13, and differs by the rules E1 to E15 of
 * profile-6.1.md. The first asks for what both do, the second for one of those rules.
 */
static inline bool is_before_6_18(const struct model *m)
{
	return m->settings.profile == MODEL_6_12 || m->settings.profile == MODEL_6_1;
}

static inline bool is_6_1(const struct model *m)
{
	return m->settings.profile == MODEL_6_1;
}

/* Is row n of appendix F to be done as this profile's kernel does it? */
static inline bool quirk(const struct model *m, unsigned int n)
{
	return m->settings.quirks >> (n - 1) & 1;
}

/* model.c */
const struct space *find_space(const struct model *m, unsigned int number);
struct space *model_enter(struct model *m, unsigned int number);
void clear_space(const struct model *m, struct space *sp, unsigned int number);
struct extent clip(const struct model *m, uint64_t from, uint64_t to);
void no_slots(struct model *m, const struct space *sp);
bool may_expand(struct model *m, const struct space *sp, uint64_t attributes, int64_t pages);
bool may_lock_more(struct model *m, const struct space *sp, uint64_t pages);
bool commit_allows(struct model *m, int64_t pages);
bool charge(struct model *m, struct space *sp, int64_t pages);
void uncharge(struct model *m, struct space *sp, int64_t pages);
void count_class(struct space *sp, uint64_t attributes, int64_t pages);
bool can_be_locked(const struct area *a);

/* split.c */
int ask_split(struct model *m, struct space *sp, uint32_t start, uint32_t at);
int raw_split(struct model *m, struct space *sp, uint32_t start, uint32_t at, bool lower_is_new);
int checked_split(struct model *m, struct space *sp, uint32_t start, uint32_t at,
		  bool lower_is_new);
int gather(struct model *m, struct space *sp, uint32_t start, uint32_t end);
void remove_range(struct model *m, struct space *sp, uint32_t start, uint32_t end);
int unmap_range(struct model *m, struct space *sp, uint32_t start, uint32_t end);

/* merge.c */
int64_t merge_new(struct model *m, struct space *sp, uint32_t start, uint32_t end,
		  const struct area *wanted, enum sides sides);
int extend_alone(struct model *m, struct space *sp, uint32_t end, uint32_t pages);
int64_t modify(struct model *m, struct space *sp, uint32_t start, uint32_t end,
	       const struct area *wanted);
void store_attributes(struct model *m, struct area *a, uint64_t wanted);

/* walk.c */
struct walk {
	/* Pages [start, end) of one area; returns where the walk goes on, or a negated errno. */
	int64_t (*piece)(struct model *m, struct space *sp, uint32_t start, uint32_t end,
			 const void *how);
	const void *how;  /* what the operation wants of every piece */
	bool ends_at_gap; /* else the walk goes on behind it */
	bool gaps;	  /* what it found: not all of the range is mapped */
};
int walk(struct model *m, struct space *sp, struct extent x, struct walk *w);
int64_t behind(const struct model *m, const struct space *sp, int64_t start, uint32_t end);

/* place.c */
int64_t gap_start(const struct model *m, const struct space *sp, uint32_t start);

/* samepage.c */
bool fits_samepage(const struct area *a);
uint64_t samepage_of(const struct space *sp, const struct area *a);

/* touch.c */
bool is_trapped(const struct area *a);
int prepare(struct model *m, struct space *sp, uint32_t start);
bool gap_is_kept(const struct model *m, const struct space *sp, uint32_t p);
int grow_down(struct model *m, struct space *sp, uint32_t start, uint32_t p);
int populate(struct model *m, struct space *sp, uint32_t start, uint32_t end);

#endif
