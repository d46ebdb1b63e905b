/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 9.13: remap_file_pages, today a mapping of the same file over its own pages. */
#include "map.h"

/* The whole range is one file's, in areas that differ in nothing but their offset. */
static bool is_uniform(const struct model *m, const struct space *sp, struct extent x)
{
	const struct area *first = &sp->area[area_start(sp, x.start)];

	for (uint32_t p = x.start; p < x.end; p = area_end(m, sp, area_start(sp, p))) {
		const struct area *a;

		if (!bit_test(sp->mapped, p))
			return false;
		a = &sp->area[area_start(sp, p)];
		if (a->file != first->file || a->object != first->object ||
		    a->attributes != first->attributes)
			return false;
	}
	return !x.after;
}

int64_t model_remap_file_pages(struct model *model, unsigned int space, uint64_t address,
			       uint64_t size, uint64_t offset_pages)
{
	struct model *m = model;
	struct space *sp = model_enter(m, space);
	struct request r = { .flags = TYPE_SHARED | FLAG_FIXED | FLAG_POPULATE,
			     .offset = offset_pages,
			     .fixed = true };
	const struct area *a;
	struct extent x;
	int error;

	if (!sp)
		return -ESRCH;
	r.address = round_down(address);
	size = round_down(size);
	if (r.address + size <= r.address)
		return fails(m, RULE_9_13_RANGE, EINVAL);
	r.pages = size >> PAGE_SHIFT;
	if (offset_pages + r.pages < offset_pages)
		return fails(m, RULE_9_13_RANGE, EINVAL);
	x = clip(m, r.address, r.address + size);
	if (x.before || !is_mapped(m, sp, x.start))
		return fails(m, RULE_9_13_NONE, EINVAL);
	a = &sp->area[area_start(sp, x.start)];
	if (!(a->attributes & A(shared)))
		return fails(m, RULE_9_13_NONE, EINVAL);
	if (!is_uniform(m, sp, x))
		return fails(m, RULE_9_13_MIXED, EINVAL);
	r.prot = (a->attributes & A(read) ? 1 : 0) | (a->attributes & A(write) ? 2 : 0) |
		 (a->attributes & A(execute) ? 4 : 0);
	if (a->attributes & A(locked))
		r.flags |= FLAG_LOCKED;
	r.file = a->file;
	r.object = a->object;
	count_rule(m, RULE_9_13);
	error = map_again(m, sp, &r);
	return error;
}
