/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A move of 9.7.6. */
#ifndef VMAFUZZ_MODEL_MOVE_H
#define VMAFUZZ_MODEL_MOVE_H

#include "page.h"

/* Pages [from, from + old_pages) of one area go to [to, to + new_pages), which is free. */
struct move {
	uint32_t from, old_pages, to, new_pages;
	uint32_t shrunk; /* pages the same call took off the source's end before */
	bool keep;	 /* DONTUNMAP */
};

/* 0 or a negated errno. */
int move_area(struct model *m, struct space *sp, const struct move *mv);

/* Does the headroom of 7.3 hold? It is also what F9 decided for the others. */
static inline bool new_headroom(const struct model *m)
{
	return m->settings.profile == MODEL_7_3 || !quirk(m, 9);
}

#endif
