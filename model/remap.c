/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 9.7: mremap but for the move itself. 6.1 and 6.12 look the area up before the target address
 * is checked and resize after the target is gone; later kernels check everything first.
 */
#include "map.h"
#include "move.h"

enum {
	REMAP_MAYMOVE = 1,
	REMAP_FIXED = 2,
	REMAP_DONTUNMAP = 4,
};

struct remap {
	uint64_t address, old_length, new_length, new_address;
	uint32_t flags;
	bool unequal; /* the lengths differ as this profile compares them (D14) */
	bool fixed, keep, to_address;
};

static uint32_t page_of(const struct model *m, uint64_t address)
{
	return (uint32_t)((address - m->settings.base) >> PAGE_SHIFT);
}

static bool address_is_mapped(const struct model *m, const struct space *sp, uint64_t address)
{
	return address >= m->settings.base && address < window_top(m) &&
	       bit_test(sp->mapped, page_of(m, address));
}

/* ---- 9.7.1 ------------------------------------------------------------------------------- */

static int check_target(struct model *m, const struct remap *r)
{
	uint64_t top = window_top(m);

	if (r->new_length > top || r->new_address > top - r->new_length)
		return fails(m, RULE_9_7_1_TARGET, EINVAL);
	if (is_unaligned(r->new_address))
		return fails(m, RULE_9_7_1_TARGET, EINVAL);
	return 0;
}

/* Ends wrap as they do in the kernel. */
static int check_overlap(struct model *m, const struct remap *r)
{
	if (r->address + r->old_length > r->new_address &&
	    r->new_address + r->new_length > r->address)
		return fails(m, RULE_9_7_1_OVERLAP, EINVAL);
	return 0;
}

static int check_flags(struct model *m, const struct remap *r)
{
	uint32_t known = REMAP_MAYMOVE | REMAP_FIXED | REMAP_DONTUNMAP;

	if (r->flags & ~known)
		return fails(m, RULE_9_7_1_FLAGS, EINVAL);
	if (r->to_address && !(r->flags & REMAP_MAYMOVE))
		return fails(m, RULE_9_7_1_FLAGS, EINVAL);
	if (r->keep && r->unequal)
		return fails(m, RULE_9_7_1_KEEP, EINVAL);
	return 0;
}

/* Every refusal is EINVAL, so their order is not seen. */
static int check_parameters(struct model *m, const struct remap *r)
{
	int error = check_flags(m, r);

	if (error)
		return error;
	if (is_unaligned(r->address))
		return fails(m, RULE_9_7_1_ALIGN, EINVAL);
	if (r->new_length == 0)
		return fails(m, RULE_9_7_1_LENGTH, EINVAL);
	if (is_before_6_18(m))
		return 0;
	if (r->new_length > window_top(m)) /* D13 */
		return fails(m, RULE_9_7_1_LENGTH, EINVAL);
	if (!r->to_address)
		return 0;
	error = check_target(m, r);
	return error ? error : check_overlap(m, r);
}

static int refuse_slots(struct model *m, const struct space *sp)
{
	no_slots(m, sp); /* T3 */
	return fails(m, RULE_7_REMAP, ENOMEM);
}

/* The headroom before 7.3: only for a call that names where it goes. */
static int check_old_headroom(struct model *m, const struct space *sp, const struct remap *r)
{
	if (new_headroom(m) || !r->to_address)
		return 0;
	if (sp->count.areas > (int64_t)m->settings.limit - 6)
		return refuse_slots(m, sp);
	return 0;
}

/* That of 7.3: for every call, with one area more for DONTUNMAP. */
static int check_new_headroom(struct model *m, const struct space *sp, const struct remap *r)
{
	if (!new_headroom(m) || sp->count.areas + 4 + r->keep <= (int64_t)m->settings.limit)
		return 0;
	return refuse_slots(m, sp);
}

/* ---- 9.7.2 ------------------------------------------------------------------------------- */

static int find_source(struct model *m, const struct space *sp, uint64_t address)
{
	if (!address_is_mapped(m, sp, address))
		return fails(m, RULE_9_7_2_NONE, EFAULT);
	if (sp->area[area_start(sp, page_of(m, address))].attributes & A(sealed))
		return fails(m, RULE_9_7_2_SEALED, EPERM);
	return 0;
}

static int check_growth(struct model *m, const struct space *sp, const struct area *a,
			uint64_t offset, uint64_t old_pages, uint64_t new_pages)
{
	uint64_t delta = new_pages - old_pages;

	if (offset + new_pages < offset)
		return fails(m, RULE_9_7_2_OFFSET, EINVAL);
	if (a->attributes & (A(fixed_size) | A(raw_pfn)))
		return fails(m, RULE_9_7_2_SPECIAL, EFAULT);
	if (a->attributes & A(locked) && !may_lock_more(m, sp, delta))
		return fails(m, RULE_9_7_2_LOCK, EAGAIN);
	if (!may_expand(m, sp, a->attributes, (int64_t)delta))
		return fails(m, RULE_9_7_2_EXPAND, ENOMEM);
	return 0;
}

/* For calls that grow or go to an address; old_length is what is left of it by a shrink. */
static int check_resize(struct model *m, const struct space *sp, const struct remap *r,
			uint64_t old_length)
{
	uint32_t page = page_of(m, r->address), start = area_start(sp, page);
	const struct area *a = &sp->area[start];
	uint64_t rest = (uint64_t)(area_end(m, sp, start) - page) << PAGE_SHIFT;

	if (old_length == 0 && !(a->attributes & (A(shared) | A(may_share))))
		return fails(m, RULE_9_7_2_PRIVATE, EINVAL);
	if (r->keep && a->attributes & (A(fixed_size) | A(raw_pfn)))
		return fails(m, RULE_9_7_2_KEEP, EINVAL);
	if (old_length > rest)
		return fails(m, RULE_9_7_2_LONG, EFAULT);
	if (old_length == r->new_length)
		return 0;
	return check_growth(m, sp, a, a->shift + page, old_length >> PAGE_SHIFT,
			    r->new_length >> PAGE_SHIFT);
}

static uint64_t kept_length(const struct remap *r)
{
	return r->old_length < r->new_length ? r->old_length : r->new_length;
}

/* ---- taking away ------------------------------------------------------------------------- */

/* 6.3 with the range checks of munmap, for a range that may leave the window. */
static int unmap_bytes(struct model *m, struct space *sp, uint64_t address, uint64_t length)
{
	uint64_t top = window_top(m);
	struct extent x;

	if (address > top || length > top - address)
		return fails(m, RULE_9_7_TAIL, EINVAL);
	x = clip(m, address, address + length);
	return unmap_range(m, sp, x.start, x.end);
}

/* What a call that shrinks takes off the end; other areas and gaps may lie there. */
static int unmap_tail(struct model *m, struct space *sp, const struct remap *r)
{
	if (r->old_length <= r->new_length)
		return 0;
	count_rule(m, RULE_9_7_3_SHRINK);
	return unmap_bytes(m, sp, r->address + r->new_length, r->old_length - r->new_length);
}

/* ---- 9.7.5 ------------------------------------------------------------------------------- */

/* Where it goes: a fixed address as it is, any other is a hint. */
static int place_move(struct model *m, const struct space *sp, const struct remap *r, uint32_t *to)
{
	bool too_low = r->new_address < m->settings.base;
	struct request q = { .address = r->new_address,
			     .pages = r->new_length >> PAGE_SHIFT,
			     .fixed = r->fixed };
	int error;

	if (!r->fixed && (too_low || !r->keep))
		q.address = 0;
	error = place(m, sp, &q);
	*to = q.start;
	return error;
}

/* d and e */
static int64_t place_and_move(struct model *m, struct space *sp, const struct remap *r)
{
	struct move mv = { .from = page_of(m, r->address),
			   .old_pages = (uint32_t)(kept_length(r) >> PAGE_SHIFT),
			   .keep = r->keep };
	int error = place_move(m, sp, r, &mv.to);

	if (error)
		return error;
	mv.new_pages = (uint32_t)(r->new_length >> PAGE_SHIFT);
	if (r->old_length > r->new_length)
		mv.shrunk = (uint32_t)((r->old_length - r->new_length) >> PAGE_SHIFT);
	error = move_area(m, sp, &mv);
	return error ? error : (int64_t)address_of(m, mv.to);
}

/*
 * a and b. The target may have held the source. Later kernels look for it at once; 6.12 takes the
 * tail off first, as it does before all its checks (F10), so that what fails there is told.
 */
static int make_room(struct model *m, struct space *sp, const struct remap *r, bool check_late)
{
	int error = 0;

	if (r->fixed)
		error = unmap_bytes(m, sp, r->new_address, r->new_length);
	if (!error && check_late)
		error = unmap_tail(m, sp, r);
	if (!error && !address_is_mapped(m, sp, r->address))
		error = fails(m, RULE_9_7_5_GONE, EFAULT);
	if (error)
		return error;
	return check_late ? check_resize(m, sp, r, kept_length(r)) : unmap_tail(m, sp, r);
}

/* a to e. Does the area have to be checked once its target and its tail are gone (F10)? */
static int64_t move_to(struct model *m, struct space *sp, const struct remap *r, bool check_late)
{
	int error = make_room(m, sp, r, check_late);

	if (error)
		return error;
	if (r->keep) {
		const struct area *a = &sp->area[area_start(sp, page_of(m, r->address))];

		if (!may_expand(m, sp, a->attributes, (int64_t)(r->old_length >> PAGE_SHIFT)))
			return fails(m, RULE_9_7_5_C, ENOMEM);
	}
	return place_and_move(m, sp, r);
}

/* ---- 9.7.7 ------------------------------------------------------------------------------- */

/* May this area be one of several? A file that places its mappings itself may not. */
static bool moves_with_others(const struct model *m, const struct area *a)
{
	const struct model_file *file = &m->files[a->file];

	if (a->context != 0)
		return false;
	return !file->own_object_per_map && !(file->zero_device && is_anonymous(a));
}

/* One area of the range, or the part of it that lies there, as a call of its own. */
static int move_one(struct model *m, struct space *sp, const struct remap *all, uint32_t start,
		    uint32_t end)
{
	uint64_t address = address_of(m, start);
	struct remap one = *all;
	int64_t result;

	one.address = address;
	one.old_length = one.new_length = (uint64_t)(end - start) << PAGE_SHIFT;
	one.new_address = all->new_address + (address - all->address);
	result = find_source(m, sp, address);
	if (!result)
		result = check_resize(m, sp, &one, one.old_length);
	if (!result)
		result = move_to(m, sp, &one, false);
	return result < 0 ? (int)result : 0;
}

/*
 * Gaps keep their size and what lies opposite to them stays:
 *
 *      [A)...[B)          [A)xxx[B)x        x: what the target held before
 *      source             target
 */
static int64_t move_several(struct model *m, struct space *sp, const struct remap *r)
{
	struct extent x = clip(m, r->address, r->address + r->old_length);
	bool first = true;

	if (!address_is_mapped(m, sp, r->address))
		return fails(m, RULE_9_7_2_NONE, EFAULT);
	for (uint32_t p = x.start; p < x.end;) {
		uint32_t start = area_from(m, sp, p), end;
		int error;

		if (start == NO_PAGE || start >= x.end)
			break;
		end = area_end(m, sp, start);
		start = larger(start, p);
		if (!moves_with_others(m, &sp->area[area_start(sp, start)]) &&
		    (!first || x.after || end < x.end))
			return fails(m, RULE_9_7_7, EFAULT);
		end = smaller(end, x.end);
		error = move_one(m, sp, r, start, end);
		if (error)
			return error;
		if (!first)
			count_rule(m, RULE_9_7_7_NEXT);
		first = false;
		p = end;
	}
	return (int64_t)r->new_address;
}

/* ---- 9.7.4 ------------------------------------------------------------------------------- */

static bool grows_in_place(const struct model *m, const struct space *sp, const struct remap *r)
{
	uint32_t end = area_end(m, sp, area_start(sp, page_of(m, r->address)));
	uint64_t delta = r->new_length - r->old_length, edge = address_of(m, end);

	if (r->address + r->old_length != edge || delta > window_top(m) - edge)
		return false;
	return !range_any(sp->mapped, end, end + (uint32_t)(delta >> PAGE_SHIFT));
}

/*
 * The extension merges with its own area and perhaps with the next one. No area is being
 * copied here, so that a forked area may absorb an unfaulted next one (F8). Profile 6.1, E6: an
 * area with a close hook is only made longer, for there it could not merge even with itself.
 */
static bool extend(struct model *m, struct space *sp, struct area *wanted, uint32_t end,
		   uint32_t pages)
{
	if (is_6_1(m) && wanted->hooks & HOOK_CLOSE)
		return !extend_alone(m, sp, end, pages);
	if (wanted->forked)
		count_rule(m, RULE_F8);
	wanted->forked = false;
	return merge_new(m, sp, end, end + pages, wanted, SIDE_BOTH) >= 0;
}

static int64_t grow_in_place(struct model *m, struct space *sp, const struct remap *r)
{
	uint32_t start = area_start(sp, page_of(m, r->address)), end = area_end(m, sp, start);
	uint32_t pages = (uint32_t)((r->new_length - r->old_length) >> PAGE_SHIFT);
	struct area wanted = sp->area[start];
	bool charged = wanted.attributes & A(charged);

	if (charged && !charge(m, sp, pages))
		return fails(m, RULE_9_7_4_CHARGE, ENOMEM);
	if (!extend(m, sp, &wanted, end, pages)) {
		if (charged)
			uncharge(m, sp, pages);
		return fails(m, RULE_9_7_4_NONE, ENOMEM);
	}
	count_rule(m, RULE_9_7_4);
	sp->count.total += pages;
	count_class(sp, wanted.attributes, pages);
	if (wanted.attributes & A(locked)) {
		sp->count.locked += pages;
		populate(m, sp, end, end + pages);
	}
	return (int64_t)r->address;
}

static int64_t grow(struct model *m, struct space *sp, const struct remap *r)
{
	int error = check_resize(m, sp, r, r->old_length);

	if (error)
		return error;
	if (grows_in_place(m, sp, r))
		return grow_in_place(m, sp, r);
	if (!(r->flags & REMAP_MAYMOVE))
		return fails(m, RULE_9_7_4_STUCK, ENOMEM);
	return place_and_move(m, sp, r);
}

/* ---- 9.7.3 ------------------------------------------------------------------------------- */

/* A call that says where the area goes, or keeps the source. */
static int64_t remap_to(struct model *m, struct space *sp, const struct remap *r)
{
	bool old_order = is_before_6_18(m);
	bool check_late = old_order && quirk(m, 10);
	int error = 0;

	if (old_order) {
		error = check_target(m, r);
		if (!error)
			error = check_overlap(m, r);
		if (!error)
			error = check_old_headroom(m, sp, r);
	}
	if (!error && !check_late)
		error = check_resize(m, sp, r, kept_length(r));
	return error ? error : move_to(m, sp, r, check_late);
}

static int64_t dispatch(struct model *m, struct space *sp, const struct remap *r)
{
	bool several = !is_before_6_18(m) && r->fixed && r->old_length == r->new_length; /* D6 */
	int error;

	if (several)
		return move_several(m, sp, r);
	error = find_source(m, sp, r->address);
	if (error)
		return error;
	if (r->to_address)
		return remap_to(m, sp, r);
	if (r->new_length > r->old_length)
		return grow(m, sp, r);
	if (r->new_length == r->old_length)
		decide(m, RULE_9_7_3_SAME);
	error = unmap_tail(m, sp, r);
	return error ? error : (int64_t)r->address;
}

int64_t model_mremap(struct model *model, unsigned int space, uint64_t address, uint64_t old_length,
		     uint64_t new_length, uint32_t flags, uint64_t new_address)
{
	struct model *m = model;
	struct space *sp = model_enter(m, space);
	struct remap r = { .address = address,
			   .old_length = round_up(old_length),
			   .new_length = round_up(new_length),
			   .new_address = new_address,
			   .flags = flags,
			   .fixed = flags & REMAP_FIXED,
			   .keep = flags & REMAP_DONTUNMAP };
	int error;

	if (!sp)
		return -ESRCH;
	r.to_address = r.fixed || r.keep;
	r.unequal = is_before_6_18(m) ? old_length != new_length : r.old_length != r.new_length;
	error = check_parameters(m, &r);
	if (!error && !is_before_6_18(m))
		error = check_old_headroom(m, sp, &r);
	if (!error)
		error = check_new_headroom(m, sp, &r);
	return error ? error : dispatch(m, sp, &r);
}
