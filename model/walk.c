/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walk of the operations that change areas piece by piece (9.2, 9.3, 9.5, 9.6, 9.9, 9.10,
 * 9.11): ascending, and looking anew after each piece, since a piece may have joined what
 * follows it.
 *
 *      [....:..)[....)....[..:...)        start and end at the colons: three pieces and a gap
 */
#include "page.h"

int walk(struct model *m, struct space *sp, struct extent x, struct walk *w)
{
	int64_t next = x.start;

	w->gaps = x.before || x.after;
	if (x.before && w->ends_at_gap)
		return 0;
	while (next < x.end) {
		uint32_t p = (uint32_t)next, first = area_from(m, sp, p);

		if (first == NO_PAGE || first >= x.end) {
			w->gaps = true;
			break;
		}
		if (first > p) {
			w->gaps = true;
			if (w->ends_at_gap)
				break;
			p = first;
		}
		next = w->piece(m, sp, p, smaller(area_end(m, sp, first), x.end), w->how);
		if (next < 0)
			return (int)next;
	}
	return 0;
}

/* Where the walk goes on behind a piece that ends at end and now is in the area at start. */
int64_t behind(const struct model *m, const struct space *sp, int64_t start, uint32_t end)
{
	return larger(end, area_end(m, sp, (uint32_t)start));
}
