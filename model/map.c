/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chapter 8: mmap, in the order of the table of 8.1. Up to step 17 a failure changes nothing,
 * in 18 to 20 splits may stay, from 21 on the old mappings of the range are gone. 6.1 has
 * another order of 18 to 21 (profile 6.1, E9).
 */
#include "map.h"

/* What the old mappings of the range give back. */
struct replaced {
	int64_t pages, charged;
};

/* Step 8, and a length no address space has. */
static int check_slots(struct model *m, const struct space *sp, const struct request *r)
{
	if (sp->count.areas > m->settings.limit) {
		no_slots(m, sp); /* T1 */
		return fails(m, RULE_7_MMAP, ENOMEM);
	}
	if (sp->count.areas == m->settings.limit)
		count_rule(m, RULE_7_MMAP_AT);
	if (r->pages > window_top(m) >> PAGE_SHIFT)
		return fails(m, RULE_8_1_10_LENGTH, ENOMEM);
	return 0;
}

/* Steps 2 to 8 */
static int check_arguments(struct model *m, const struct space *sp, struct request *r,
			   uint64_t length)
{
	if (!(r->flags & FLAG_ANONYMOUS)) {
		if (r->file == 0 || r->file >= m->file_count)
			return fails(m, RULE_8_1_2, EBADF);
	} else {
		r->file = 0;
	}
	if (r->flags & FLAG_HUGETLB)
		return fails(m, RULE_8_1_3, r->file ? EINVAL : ENOMEM);
	if (length == 0)
		return fails(m, RULE_8_1_4, EINVAL);
	r->fixed = r->flags & (FLAG_FIXED | FLAG_NOREPLACE);
	if (!r->fixed) {
		r->address = round_down(r->address);
		if (r->address != 0 && r->address < m->settings.base)
			r->address = round_up(m->settings.base);
	}
	length = round_up(length);
	if (length == 0)
		return fails(m, RULE_8_1_6, ENOMEM);
	if (r->offset + (length >> PAGE_SHIFT) < r->offset)
		return fails(m, RULE_8_1_7, EOVERFLOW);
	return check_slots(m, sp, r);
}

/* Steps 12 and 13 */
static int check_lock(struct model *m, const struct space *sp, const struct request *r)
{
	bool asked = r->flags & FLAG_LOCKED;

	if (!(r->wanted.attributes & A(locked)) || m->settings.lock_privilege)
		return 0;
	if (asked && sp->process.limits[LIMIT_MEMLOCK] == 0)
		return fails(m, RULE_8_1_12, EPERM);
	if (!may_lock_more(m, sp, r->pages))
		return fails(m, RULE_8_1_13, EAGAIN);
	return 0;
}

static struct replaced count_replaced(const struct model *m, const struct space *sp,
				      const struct request *r)
{
	struct replaced old = { 0 };
	uint32_t x = next_bit(sp->starts, r->start, r->end);

	while (x < r->end) {
		uint32_t x_end = area_end(m, sp, x);

		old.pages += x_end - x;
		if (sp->area[x].attributes & A(charged))
			old.charged += x_end - x;
		x = next_bit(sp->starts, x_end, r->end);
	}
	return old;
}

/* 1.6 */
static bool is_accountable(const struct area *a)
{
	return (a->attributes & (A(write) | A(no_reserve) | A(shared))) == A(write);
}

/*
 * Steps 18 to 21: the range becomes a hole. An accountable mapping is charged its pages less
 * those the old mappings were charged.
 */
static int make_hole(struct model *m, struct space *sp, struct request *r, struct replaced *old)
{
	int error = gather(m, sp, r->start, r->end);

	if (error)
		return error;
	*old = count_replaced(m, sp, r);
	if (!may_expand(m, sp, r->wanted.attributes, (int64_t)r->pages - old->pages))
		return fails(m, RULE_8_1_19, ENOMEM);
	if (is_accountable(&r->wanted)) {
		if (!charge(m, sp, (int64_t)r->pages - old->charged))
			return fails(m, RULE_8_1_20, ENOMEM);
		m->committed += old->charged; /* given back as the old areas go */
		sp->count.charged += old->charged;
		r->wanted.attributes |= A(charged);
	}
	remove_range(m, sp, r->start, r->end);
	return 0;
}

static int64_t count_mapped(const struct space *sp, uint32_t start, uint32_t end)
{
	int64_t pages = 0;

	for (uint32_t w = start / 64; w <= (end - 1) / 64; w++)
		pages += __builtin_popcountll(sp->mapped[w] & bits_within(w, start, end));
	return pages;
}

/*
 * Profile 6.1, E9: the limits are asked before the range is touched, so that a refusal leaves no
 * split. The range is unmapped like any other, whose every error is told as ENOMEM; only then is
 * the whole mapping charged, and a refusal leaves the hole. Nothing was written off by then, so
 * that a driver that fails later leaks nothing (no F14).
 */
static int make_hole_6_1(struct model *m, struct space *sp, struct request *r)
{
	int64_t pages = (int64_t)r->pages - count_mapped(sp, r->start, r->end);

	if (!may_expand(m, sp, r->wanted.attributes, pages))
		return fails(m, RULE_8_1_19, ENOMEM);
	if (gather(m, sp, r->start, r->end))
		return -ENOMEM;
	remove_range(m, sp, r->start, r->end);
	if (!is_accountable(&r->wanted))
		return 0;
	if (!charge(m, sp, (int64_t)r->pages)) {
		count_rule(m, RULE_8_1_HOLE);
		return fails(m, RULE_8_1_20, ENOMEM);
	}
	r->wanted.attributes |= A(charged);
	return 0;
}

/*
 * From step 22 on a failure leaves a hole. The charge of the new pages is released; kernels
 * before 7.3 had written off the old areas' pages with it and never return those (F14).
 */
static void release_charge(struct model *m, struct space *sp, const struct request *r,
			   const struct replaced *old)
{
	count_rule(m, RULE_8_1_HOLE);
	if (!(r->wanted.attributes & A(charged)))
		return;
	uncharge(m, sp, (int64_t)r->pages);
	if (!quirk(m, 14) || m->settings.profile == MODEL_7_3 || old->charged == 0)
		return;
	count_rule(m, RULE_8_1_F14);
	m->committed += old->charged;
	sp->count.charged += old->charged;
}

/*
 * Step 22: the driver prepares the mapping before any area exists. One that refuses was called
 * all the same; it has changed nothing, and nothing is closed for it (8.1).
 */
static int run_prepare_hook(struct model *m, struct space *sp, struct request *r)
{
	const struct model_file *file = &m->files[r->file];
	int error = file->hook_error;

	hook_event(m, sp, MODEL_EVENT_MMAP_PREPARE, r->file, r->start, r->end);
	if (!error && r->offset % 8 == 6)
		error = file->prepare_error;
	if (error)
		return fails(m, RULE_8_1_22, error);
	r->wanted.attributes |= file->hook_attributes;
	r->wanted.shift += file->hook_offset;
	return 0;
}

/*
 * Step 25: the legacy hook sees the fresh area. 6.1 and 6.12 try a second merge if the hook
 * changed the attributes and there is an area below, be it adjacent or not (8.6, D15). It is
 * one by chapter 3 in 6.1 as well: E3 is about the first.
 */
static int run_legacy_hook(struct model *m, struct space *sp, struct request *r, uint32_t *start)
{
	const struct model_file *file = &m->files[r->file];
	uint64_t before = r->wanted.attributes;
	int64_t merged;

	*start = NO_PAGE;
	hook_event(m, sp, MODEL_EVENT_MMAP, r->file, r->start, r->end);
	if (file->hook_error)
		return fails(m, RULE_8_1_25, file->hook_error);
	r->wanted.attributes |= file->hook_attributes;
	if (!is_before_6_18(m) || before == r->wanted.attributes)
		return 0;
	if (next_bit(sp->starts, 0, r->start) == r->start)
		return 0;
	merged = merge_new(m, sp, r->start, r->end, &r->wanted, SIDE_BOTH);
	if (merged >= 0) {
		count_rule(m, RULE_8_6_RETRY);
		*start = (uint32_t)merged;
	}
	return 0;
}

/* Steps 24 to 26: no merge, so a fresh area; its first page, or a negated errno. */
static int64_t insert_fresh(struct model *m, struct space *sp, struct request *r)
{
	bool nameless =
		r->wanted.attributes & A(shared) && (r->file == 0 || m->files[r->file].zero_device);
	int error;

	if (runs_out(m, RULE_8_1_24))
		return -ENOMEM;
	if (r->file && m->files[r->file].legacy_hook) {
		uint32_t merged;

		error = run_legacy_hook(m, sp, r, &merged);
		if (error)
			return error;
		if (merged != NO_PAGE)
			return merged;
	}
	r->wanted.attributes |= samepage_of(sp, &r->wanted); /* where it was not early enough */
	if (nameless && r->object == 0)
		r->wanted.object = ++m->last_object;
	count_rule(m, RULE_8_1_26);
	sp->area[r->start] = r->wanted;
	bit_set(sp->starts, r->start);
	range_set(sp->mapped, r->start, r->end);
	sp->count.areas++;
	return r->start;
}

/* 8.7: the counters, the lock, soft-dirty. */
static void finish(struct model *m, struct space *sp, const struct request *r, struct area *a)
{
	int64_t pages = (int64_t)r->pages;

	sp->count.total += pages;
	count_class(sp, a->attributes, pages);
	if (a->attributes & A(locked)) {
		if (can_be_locked(a)) {
			sp->count.locked += pages;
		} else {
			count_rule(m, RULE_8_7_UNLOCK);
			a->attributes &= ~LOCK_MASK;
		}
	}
	if (m->settings.soft_dirty) {
		count_rule(m, RULE_5_6_NEW);
		a->attributes |= A(soft_dirty);
	}
}

/* Step 27, 7.3: the mapped hook of a fresh area; its error unmaps exactly that area. */
static int run_mapped_hook(struct model *m, struct space *sp, const struct request *r)
{
	const struct model_file *file = &m->files[r->file];

	if (m->settings.profile != MODEL_7_3 || !file->prepare_hook || !file->mapped_hook)
		return 0;
	hook_event(m, sp, MODEL_EVENT_MAPPED, r->file, r->start, r->end);
	if (!file->mapped_error || r->offset % 8 != 7)
		return 0;
	unmap_range(m, sp, r->start, r->end);
	return fails(m, RULE_8_7_MAPPED, file->mapped_error);
}

/*
 * Is the KSM flag of the process set before the merge (8.2, D17)? Not before 6.18, and not
 * where a driver may still change the flags afterwards, as that of /dev/zero before 7.3.
 */
static bool flag_is_early(const struct model *m, const struct request *r)
{
	const struct model_file *file = &m->files[r->file];

	if (is_before_6_18(m))
		return false;
	if (r->file == 0)
		return true;
	return !file->legacy_hook && (m->settings.profile == MODEL_7_3 || !file->zero_device);
}

/* Steps 22 to 27 */
static int fill_hole(struct model *m, struct space *sp, struct request *r,
		     const struct replaced *old)
{
	enum sides sides = is_6_1(m) ? SIDE_BOTH_NEXT_FIRST : SIDE_BOTH; /* profile 6.1, E3 */
	bool prepares = r->file && m->files[r->file].prepare_hook;
	int64_t start = prepares ? run_prepare_hook(m, sp, r) : 0;
	int64_t merged;

	if (start < 0) {
		release_charge(m, sp, r, old);
		return (int)start;
	}
	if (flag_is_early(m, r))
		r->wanted.attributes |= samepage_of(sp, &r->wanted);
	merged = merge_new(m, sp, r->start, r->end, &r->wanted, sides);
	if (merged >= 0) {
		if (r->file && m->files[r->file].legacy_hook)
			count_rule(m, RULE_8_6_NO_HOOK);
		if (prepares && m->settings.profile == MODEL_6_18) { /* D37 */
			count_rule(m, RULE_8_6_TAKEN);
			sp->area[merged].hooks = r->wanted.hooks;
		}
		finish(m, sp, r, &sp->area[merged]);
		return 0;
	}
	start = insert_fresh(m, sp, r);
	if (start < 0) {
		release_charge(m, sp, r, old);
		return (int)start;
	}
	finish(m, sp, r, &sp->area[start]);
	return prepares ? run_mapped_hook(m, sp, r) : 0;
}

/* Populated once the mapping stands; what goes wrong there is not told (8.7). */
static void populate_mapping(struct model *m, struct space *sp, const struct request *r)
{
	bool locked = r->flags & FLAG_LOCKED || sp->process.lock_future;
	bool wanted = locked || (r->flags & (FLAG_POPULATE | FLAG_NONBLOCK)) == FLAG_POPULATE;

	if (!wanted)
		return;
	count_rule(m, RULE_8_7_POPULATE);
	populate(m, sp, r->start, r->end);
}

static int map(struct model *m, struct space *sp, struct request *r)
{
	struct replaced old = { 0 };
	int error;

	choose_flags(m, sp, r);
	error = place(m, sp, r);
	if (error)
		return error;
	r->end = r->start + (uint32_t)r->pages;
	if (r->flags & FLAG_NOREPLACE && range_any(sp->mapped, r->start, r->end))
		return fails(m, RULE_8_1_11, EEXIST);
	error = check_lock(m, sp, r);
	if (error)
		return error;
	error = apply_kind(m, r);
	if (error)
		return error;
	error = is_6_1(m) ? make_hole_6_1(m, sp, r) : make_hole(m, sp, r, &old);
	if (error)
		return error;
	error = fill_hole(m, sp, r, &old);
	if (error)
		return error;
	populate_mapping(m, sp, r);
	return 0;
}

int map_again(struct model *m, struct space *sp, struct request *r)
{
	int error = check_slots(m, sp, r);

	return error ? error : map(m, sp, r);
}

int64_t model_mmap(struct model *model, unsigned int space, uint64_t address, uint64_t length,
		   uint32_t prot, uint32_t map_flags, unsigned int file, uint64_t offset_pages)
{
	struct request r = { .address = address,
			     .pages = round_up(length) >> PAGE_SHIFT,
			     .prot = prot,
			     .flags = map_flags,
			     .file = file,
			     .offset = offset_pages };
	struct space *sp = model_enter(model, space);
	int error;

	if (!sp)
		return -ESRCH;
	error = check_arguments(model, sp, &r, length);
	if (!error)
		error = map(model, sp, &r);
	return error ? error : (int64_t)address_of(model, r.start);
}
