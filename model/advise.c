/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 9.3 and 9.4: madvise, guard markers included. */
#include "page.h"

/* Advices of the Linux system-call interface. */
enum advice {
	ADVICE_NORMAL = 0,
	ADVICE_RANDOM = 1,
	ADVICE_SEQUENTIAL = 2,
	ADVICE_WILLNEED = 3,
	ADVICE_DONTNEED = 4,
	ADVICE_FREE = 8,
	ADVICE_REMOVE = 9,
	ADVICE_DONTFORK = 10,
	ADVICE_DOFORK = 11,
	ADVICE_MERGEABLE = 12,
	ADVICE_UNMERGEABLE = 13,
	ADVICE_HUGEPAGE = 14,
	ADVICE_NOHUGEPAGE = 15,
	ADVICE_DONTDUMP = 16,
	ADVICE_DODUMP = 17,
	ADVICE_WIPEONFORK = 18,
	ADVICE_KEEPONFORK = 19,
	ADVICE_COLD = 20,
	ADVICE_PAGEOUT = 21,
	ADVICE_POPULATE_READ = 22,
	ADVICE_POPULATE_WRITE = 23,
	ADVICE_DONTNEED_LOCKED = 24,
	ADVICE_COLLAPSE = 25,
	ADVICE_GUARD_INSTALL = 102,
	ADVICE_GUARD_REMOVE = 103,
};

enum advice_kind { UNKNOWN, FLAGS, PAGES, POPULATE, GUARD, COLLAPSE };

static enum advice_kind kind_of(const struct model *m, uint32_t advice)
{
	switch (advice) {
	case ADVICE_NORMAL:
	case ADVICE_RANDOM:
	case ADVICE_SEQUENTIAL:
	case ADVICE_DONTFORK:
	case ADVICE_DOFORK:
	case ADVICE_MERGEABLE:
	case ADVICE_UNMERGEABLE:
	case ADVICE_HUGEPAGE:
	case ADVICE_NOHUGEPAGE:
	case ADVICE_DONTDUMP:
	case ADVICE_DODUMP:
	case ADVICE_WIPEONFORK:
	case ADVICE_KEEPONFORK:
		return FLAGS;
	case ADVICE_WILLNEED:
	case ADVICE_DONTNEED:
	case ADVICE_FREE:
	case ADVICE_REMOVE:
	case ADVICE_COLD:
	case ADVICE_PAGEOUT:
	case ADVICE_DONTNEED_LOCKED:
		return PAGES;
	case ADVICE_POPULATE_READ:
	case ADVICE_POPULATE_WRITE:
		return POPULATE;
	case ADVICE_GUARD_INSTALL:
	case ADVICE_GUARD_REMOVE:
		return is_before_6_18(m) ? UNKNOWN : GUARD; /* D5 */
	case ADVICE_COLLAPSE:
		return COLLAPSE;
	default:
		return UNKNOWN;
	}
}

/* What each advice of kind FLAGS takes away and gives. */
struct flag_change {
	uint64_t minus, plus;
};

static const struct flag_change flag_changes[] = {
	[ADVICE_NORMAL] = { A(sequential) | A(random), 0 },
	[ADVICE_SEQUENTIAL] = { A(random), A(sequential) },
	[ADVICE_RANDOM] = { A(sequential), A(random) },
	[ADVICE_DONTFORK] = { 0, A(no_fork) },
	[ADVICE_DOFORK] = { A(no_fork), 0 },
	[ADVICE_WIPEONFORK] = { 0, A(wipe_on_fork) },
	[ADVICE_KEEPONFORK] = { A(wipe_on_fork), 0 },
	[ADVICE_DONTDUMP] = { 0, A(no_dump) },
	[ADVICE_DODUMP] = { A(no_dump), 0 },
	[ADVICE_MERGEABLE] = { 0, A(samepage) },
	[ADVICE_UNMERGEABLE] = { A(samepage), 0 },
	[ADVICE_HUGEPAGE] = { A(no_huge), A(huge) },
	[ADVICE_NOHUGEPAGE] = { A(huge), A(no_huge) },
};

/* The precondition column of the flag advices. */
static bool flags_refused(const struct model *m, const struct area *a, uint32_t advice)
{
	switch (advice) {
	case ADVICE_DOFORK: /* D20 */
		return a->attributes & (m->settings.profile == MODEL_7_3 ? SPECIAL : A(device));
	case ADVICE_WIPEONFORK:
		return has_file(a) || a->attributes & A(shared);
	case ADVICE_KEEPONFORK:
		return a->attributes & A(droppable);
	case ADVICE_DODUMP:
		if (a->attributes & A(droppable))
			return true;
		return a->attributes & SPECIAL && !(a->attributes & A(huge_pool));
	default:
		return false;
	}
}

/* The refusals of the advices that only touch pages; they change nothing the model keeps. */
static int advise_pages(struct model *m, const struct area *a, uint32_t advice)
{
	uint64_t locked = A(locked), refused = 0;

	switch (advice) {
	case ADVICE_DONTNEED:
	case ADVICE_FREE:
		refused = locked | A(raw_pfn);
		break;
	case ADVICE_DONTNEED_LOCKED:
		refused = A(raw_pfn);
		break;
	case ADVICE_COLD:
	case ADVICE_PAGEOUT:
		refused = locked | A(raw_pfn) | A(huge_pool);
		break;
	case ADVICE_REMOVE:
		refused = locked;
		break;
	default:
		break;
	}
	if (a->attributes & refused)
		return fails(m, RULE_9_3_REFUSED, EINVAL);
	if (advice == ADVICE_FREE && !is_anonymous(a))
		return fails(m, RULE_9_3_REFUSED, EINVAL);
	if (advice != ADVICE_REMOVE)
		return 0;
	if (!has_file(a))
		return fails(m, RULE_9_3_REFUSED, EINVAL);
	if ((a->attributes & (A(shared) | A(may_write))) != (A(shared) | A(may_write)))
		return fails(m, RULE_9_3_REFUSED, EACCES);
	return 0;
}

/* A flag advice on one piece; returns where the walk goes on, or an error. */
static int64_t advise_flags(struct model *m, struct space *sp, uint32_t start, uint32_t end,
			    uint32_t advice)
{
	struct area wanted = sp->area[area_start(sp, start)];
	struct flag_change change = flag_changes[advice];
	uint64_t old = wanted.attributes;
	int64_t at;

	if (flags_refused(m, &wanted, advice))
		return fails(m, RULE_9_3_REFUSED, EINVAL);
	if (advice == ADVICE_MERGEABLE && !fits_samepage(&wanted)) {
		count_rule(m, RULE_9_3_IGNORED);
		return end;
	}
	wanted.attributes = (old & ~change.minus) | change.plus;
	if (wanted.attributes == old) {
		decide(m, RULE_9_3_SAME);
		return end;
	}
	at = modify(m, sp, start, end, &wanted);
	if (at == -ENOMEM) {
		count_rule(m, RULE_9_3_AGAIN);
		return -EAGAIN;
	}
	if (at < 0)
		return at;
	store_attributes(m, &sp->area[at], wanted.attributes);
	return behind(m, sp, at, end);
}

/* 9.4. The flag is set without split or merge (5.7) and stays if memory runs out. */
static int install_guards(struct model *m, struct space *sp, uint32_t start, uint32_t end)
{
	uint32_t first = area_start(sp, start);
	struct area *a = &sp->area[first];

	if (a->attributes & (SPECIAL | A(huge_pool) | A(locked)))
		return fails(m, RULE_9_4_TYPE, EINVAL);
	count_rule(m, RULE_5_7);
	a->attributes |= A(maybe_guard);
	if (is_anonymous(a)) {
		if (a->owner == 0)
			count_rule(m, RULE_9_4_OWNER);
		if (prepare(m, sp, first)) /* 4.7's EAGAIN is for what passes through modify */
			return -ENOMEM;
	}
	count_rule(m, RULE_9_4_MARK);
	range_set(sp->markers, start, end);
	return 0;
}

static int remove_guards(struct model *m, struct space *sp, uint32_t start, uint32_t end)
{
	const struct area *a = &sp->area[area_start(sp, start)];

	if (a->attributes & (SPECIAL | A(huge_pool)))
		return fails(m, RULE_9_4_TYPE, EINVAL);
	count_rule(m, RULE_9_4_REMOVE);
	range_clear(sp->markers, start, end);
	return 0;
}

/* Discarding what a sealed area holds needs the right to write it. */
static bool seal_forbids(const struct model *m, const struct area *a, uint32_t advice)
{
	bool anonymous = is_anonymous(a);

	if (!(a->attributes & A(sealed)) || a->attributes & A(write))
		return false;
	switch (advice) {
	case ADVICE_FREE:
	case ADVICE_DONTNEED:
	case ADVICE_DONTNEED_LOCKED:
	case ADVICE_REMOVE:
	case ADVICE_DONTFORK:
	case ADVICE_WIPEONFORK:
	case ADVICE_GUARD_INSTALL:
		break;
	default:
		return false;
	}
	if (is_before_6_18(m))
		anonymous = !has_file(a) && !(a->attributes & A(shared));
	return anonymous;
}

/*
 * Each direction needs its own access bit: neither WRITE nor EXEC stands for READ. A lack of it
 * and device memory are refused as EINVAL, a marker is an access error.
 */
static int populate_piece(struct model *m, struct space *sp, uint32_t start, uint32_t end,
			  bool write)
{
	uint32_t first = area_start(sp, start), marker = next_bit(sp->markers, start, end);
	const struct area *a = &sp->area[first];

	if (a->attributes & (A(device) | A(raw_pfn)) ||
	    !(a->attributes & (write ? A(write) : A(read))))
		return fails(m, RULE_9_3_POPULATE, EINVAL);
	if (write && marker > start && !(a->attributes & A(shared)) && prepare(m, sp, first))
		return -ENOMEM;
	if (marker < end || is_trapped(a))
		return fails(m, RULE_9_3_POPULATE, EFAULT);
	return 0;
}

/* One piece; one that fails ends the walk at once. */
static int64_t advise_piece(struct model *m, struct space *sp, uint32_t start, uint32_t end,
			    const void *how)
{
	uint32_t advice = *(const uint32_t *)how;
	const struct area *a = &sp->area[area_start(sp, start)];
	int error;

	if (seal_forbids(m, a, advice))
		return fails(m, RULE_9_3_SEALED, EPERM);
	switch (kind_of(m, advice)) {
	case FLAGS:
		return advise_flags(m, sp, start, end, advice);
	case POPULATE:
		error = populate_piece(m, sp, start, end, advice == ADVICE_POPULATE_WRITE);
		break;
	case GUARD:
		error = advice == ADVICE_GUARD_INSTALL ? install_guards(m, sp, start, end)
						       : remove_guards(m, sp, start, end);
		break;
	case COLLAPSE: /* areas are too small for huge pages (seen on 6.18) */
		error = fails(m, RULE_9_3_REFUSED, EINVAL);
		break;
	default:
		error = advise_pages(m, a, advice);
		break;
	}
	return error ? error : (int64_t)end;
}

int64_t model_madvise(struct model *model, unsigned int space, uint64_t address, uint64_t length,
		      uint32_t advice)
{
	struct model *m = model;
	struct space *sp = model_enter(m, space);
	enum advice_kind kind = kind_of(m, advice);
	struct walk w = { .piece = advise_piece, .how = &advice };
	uint64_t end = address + round_up(length);
	int error;

	if (!sp)
		return -ESRCH;
	if (kind == UNKNOWN)
		return fails(m, RULE_9_3_ADVICE, EINVAL);
	if (is_unaligned(address))
		return fails(m, RULE_9_3_ALIGN, EINVAL);
	if (is_too_long(address, length))
		return fails(m, RULE_9_3_LENGTH, EINVAL);
	if (end == address) {
		decide(m, RULE_9_3_EMPTY);
		return 0;
	}
	/*
	 * Population faults page after page, so unlike any other advice it fails at the first that
	 * is not mapped. In profile 6.1 it walks as they do (E14).
	 */
	w.ends_at_gap = kind == POPULATE && !is_6_1(m);
	error = walk(m, sp, clip(m, address, end), &w);
	if (error || !w.gaps)
		return error;
	return fails(m, w.ends_at_gap ? RULE_9_3_POPULATE : RULE_9_3_GAP, ENOMEM);
}
