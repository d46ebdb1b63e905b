/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an mmap asks for: 8.2 (flags), 8.4 (files) and 8.5 (anonymous memory). The proposal
 * that comes out is what chapter 3 compares with the neighbours.
 */
#include "map.h"

/* Flags SHARED_VALIDATE accepts: the old ones; neither SYNC, which needs DAX, nor FIXED_NOREPLACE
 * (seen on 6.18). */
#define VALIDATED_FLAGS                                                                            \
	(TYPE_SHARED_VALIDATE | FLAG_FIXED | FLAG_ANONYMOUS | FLAG_GROWSDOWN | 0x800 | 0x1000 |    \
	 FLAG_LOCKED | FLAG_NORESERVE | FLAG_POPULATE | FLAG_NONBLOCK | FLAG_STACK |               \
	 FLAG_HUGETLB | 0x40 | FLAG_ABOVE4G | 0x7c000000)

/* Profile 6.1, E15: it does not know ABOVE4G yet. */
static bool is_validated(const struct model *m, uint32_t flags)
{
	uint32_t unknown = is_6_1(m) ? FLAG_ABOVE4G : 0;

	return !(flags & (~(uint32_t)VALIDATED_FLAGS | unknown));
}

/* 8.2 */
void choose_flags(const struct model *m, const struct space *sp, struct request *r)
{
	uint64_t attributes = A(may_read) | A(may_write) | A(may_execute);

	if (r->prot & 1)
		attributes |= A(read);
	if (r->prot & 2)
		attributes |= A(write);
	if (r->prot & 4)
		attributes |= A(execute);
	if (r->flags & FLAG_GROWSDOWN)
		attributes |= A(grows_down);
	attributes |= sp->process.lock_future;
	if (r->flags & FLAG_LOCKED)
		attributes |= A(locked);
	if (r->flags & FLAG_SYNC)
		attributes |= A(synchronous);
	if (r->flags & FLAG_STACK && !is_6_1(m)) /* profile 6.1, E7: it leaves no flag */
		attributes |= A(no_huge);
	if (r->flags & FLAG_NORESERVE && !m->settings.commit_limited)
		attributes |= A(no_reserve);
	r->wanted = (struct area){ .attributes = attributes };
}

/* 8.4-2 for SHARED and SHARED_VALIDATE */
static int apply_shared_file(struct model *m, struct request *r, const struct model_file *file)
{
	if (r->wanted.attributes & A(write) && !file->open_for_write)
		return fails(m, RULE_8_4_2_ACCESS, EACCES);
	r->wanted.attributes |= A(shared) | A(may_share);
	if (!file->open_for_write) {
		count_rule(m, RULE_8_4_2_READONLY);
		r->wanted.attributes &= ~(A(shared) | A(may_write));
	}
	return 0;
}

static uint8_t hook_table(const struct model_file *file, const struct request *r)
{
	bool opens = file->opens, closes = file->closes;
	uint8_t hooks = 0;

	if (file->zero_device && (r->flags & MAP_TYPE_MASK) == TYPE_PRIVATE)
		return HOOK_NONE_AT_ALL;
	if (file->prepare_hook && file->odd_offset_closes) {
		closes = r->offset & 1;
		opens = opens && closes;
	}
	if (opens)
		hooks |= HOOK_OPEN;
	if (closes)
		hooks |= HOOK_CLOSE;
	if (file->asks_split)
		hooks |= HOOK_SPLIT;
	if (file->moves)
		hooks |= HOOK_MOVE;
	if (file->asks_protect)
		hooks |= HOOK_PROTECT;
	if (file->sets_policy)
		hooks |= HOOK_POLICY;
	return hooks;
}

static int apply_file(struct model *m, struct request *r)
{
	/* The file of shared anonymous memory has no number of its own. */
	static const struct model_file shared_memory = { .open_for_write = true };
	const struct model_file *file = r->file ? &m->files[r->file] : &shared_memory;
	const uint64_t largest = INT64_MAX;
	uint64_t bytes = r->pages << PAGE_SHIFT;
	int error = 0;

	if (bytes > largest || r->offset > (largest - bytes) >> PAGE_SHIFT)
		return fails(m, RULE_8_4_1, EOVERFLOW);
	switch (r->flags & MAP_TYPE_MASK) {
	case TYPE_SHARED_VALIDATE:
		if (!is_validated(m, r->flags))
			return fails(m, RULE_8_4_2_VALIDATE, EOPNOTSUPP);
		error = apply_shared_file(m, r, file);
		break;
	case TYPE_SHARED:
		error = apply_shared_file(m, r, file);
		break;
	case TYPE_PRIVATE:
		break;
	default:
		return fails(m, RULE_8_4_2_TYPE, EINVAL);
	}
	if (error)
		return error;
	if (file->prepare_hook && is_before_6_18(m)) /* D16 */
		return fails(m, RULE_8_4_3_NODEV, ENODEV);
	if (r->wanted.attributes & A(grows_down))
		return fails(m, RULE_8_4_3_GROWS, EINVAL);
	r->wanted.file = (uint8_t)r->file;
	if (r->object)
		r->wanted.object = r->object;
	else if (file->own_object_per_map)
		r->wanted.object = ++m->last_object;
	r->wanted.hooks = hook_table(file, r);
	r->wanted.shift = r->offset - r->start;
	return 0;
}

/* 8.5 */
static int apply_anonymous(struct model *m, struct request *r)
{
	uint64_t *attributes = &r->wanted.attributes;

	r->wanted.hooks = HOOK_NONE_AT_ALL;
	r->wanted.shift = m->base_page;
	switch (r->flags & MAP_TYPE_MASK) {
	case TYPE_SHARED:
		if (*attributes & A(grows_down))
			return fails(m, RULE_8_5_GROWS, EINVAL);
		*attributes |= A(shared) | A(may_share);
		r->wanted.hooks = 0; /* the hook table of its shared memory file */
		r->wanted.shift = 0 - (uint64_t)r->start;
		return 0;
	case TYPE_PRIVATE:
		return 0;
	case TYPE_DROPPABLE:
		if (is_6_1(m)) /* profile 6.1, E8: a type like any unknown one */
			return fails(m, RULE_8_5_TYPE, EINVAL);
		if (r->flags & FLAG_LOCKED)
			return fails(m, RULE_8_5_DROPPABLE, EINVAL);
		if (*attributes & A(grows_down))
			return fails(m, RULE_8_5_GROWS, EINVAL);
		*attributes |= A(droppable) | A(no_reserve) | A(wipe_on_fork) | A(no_dump);
		return 0;
	default:
		return fails(m, RULE_8_5_TYPE, EINVAL);
	}
}

int apply_kind(struct model *m, struct request *r)
{
	int error = r->file || r->object ? apply_file(m, r) : apply_anonymous(m, r);

	r->wanted.anon_shift = m->base_page;
	return error;
}
