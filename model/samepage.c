/* SPDX-License-Identifier: GPL-2.0-or-later */
/* KSM as a mode of the process (PR_SET_MEMORY_MERGE, 8.2). */
#include "page.h"

/* The areas KSM never takes (9.3). */
bool fits_samepage(const struct area *a)
{
	return !(a->attributes &
		 (A(shared) | A(may_share) | SPECIAL | A(huge_pool) | A(droppable)));
}

/* What the mode adds to a new area. */
uint64_t samepage_of(const struct space *sp, const struct area *a)
{
	return sp->process.samepage && fits_samepage(a) ? A(samepage) : 0;
}

/* Every area that fits gets the flag or loses it; nothing is merged. */
int64_t model_samepage(struct model *model, unsigned int space, bool on)
{
	struct model *m = model;
	struct space *sp = model_enter(m, space);

	if (!sp)
		return -ESRCH;
	if (sp->process.samepage == on)
		return 0;
	sp->process.samepage = on;
	decide(m, on ? RULE_8_2_KSM_ON : RULE_8_2_KSM_OFF);
	for (uint32_t p = area_from(m, sp, 0); p != NO_PAGE;
	     p = area_from(m, sp, area_end(m, sp, p))) {
		struct area *a = &sp->area[p];

		if (!fits_samepage(a))
			continue;
		a->attributes &= ~A(samepage);
		a->attributes |= on ? A(samepage) : 0;
	}
	return 0;
}

/* clear_refs, type 4 (5.6): area by area, nothing is merged. */
int64_t model_clear_soft_dirty(struct model *model, unsigned int space)
{
	struct model *m = model;
	struct space *sp = model_enter(m, space);

	if (!sp)
		return -ESRCH;
	decide(m, RULE_5_6_CLEAR);
	for (uint32_t p = area_from(m, sp, 0); p != NO_PAGE;
	     p = area_from(m, sp, area_end(m, sp, p)))
		sp->area[p].attributes &= ~A(soft_dirty);
	return 0;
}
