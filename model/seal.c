/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 9.6: mseal. The range is looked at whole before anything changes. */
#include "page.h"

/* One piece; returns where the walk goes on, or an error. */
static int64_t seal_piece(struct model *m, struct space *sp, uint32_t start, uint32_t end,
			  const void *how)
{
	struct area wanted = sp->area[area_start(sp, start)];
	int64_t at;

	(void)how;
	if (wanted.attributes & A(sealed)) {
		decide(m, RULE_9_6_SAME);
		return end;
	}
	wanted.attributes |= A(sealed);
	at = modify(m, sp, start, end, &wanted);
	if (at < 0)
		return at;
	sp->area[at].attributes |= A(sealed);
	return behind(m, sp, at, end);
}

static int check_range(struct model *m, uint64_t address, uint64_t length, uint64_t flags)
{
	if (flags != 0)
		return fails(m, RULE_9_6_FLAGS, EINVAL);
	if (is_unaligned(address) || is_too_long(address, length))
		return fails(m, RULE_9_6_RANGE, EINVAL);
	return 0;
}

int64_t model_mseal(struct model *model, unsigned int space, uint64_t address, uint64_t length,
		    uint64_t flags)
{
	struct model *m = model;
	struct space *sp = model_enter(m, space);
	struct walk w = { .piece = seal_piece };
	struct extent x;
	int error;

	if (!sp)
		return -ESRCH;
	error = check_range(m, address, length, flags);
	if (error || length == 0)
		return error;
	x = clip(m, address, address + round_up(length));
	if (has_gap(sp, x))
		return fails(m, RULE_9_6_GAP, ENOMEM);
	return walk(m, sp, x, &w);
}
