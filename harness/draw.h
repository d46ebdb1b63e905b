/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pictures of an address space in the kernel's column form, one letter per VMA:
 *
 *      0123456789          0123456789
 *      ..AABB....    ->    ..AAAA....
 *
 * A VMA keeps its letter from one picture to the next as long as one page of it stays, so
 * that a reader can follow it. This file knows layouts and paper, not why one is drawn.
 */
#ifndef VMAFUZZ_DRAW_H
#define VMAFUZZ_DRAW_H

#include <stdio.h>

#include "subject.h"

/* One character per page: '.' is a hole. */
struct draw_row {
	char page[PROGRAM_PAGES_MAX];
};

/* All holes. */
void draw_row_clear(struct draw_row *row);

/* Letters for a space: VMAs inherit those of `old`, new ones take letters `old` does not use. */
void draw_row_fill(struct draw_row *row, const struct seen_space *space,
		   const struct draw_row *old);

/* Pages [low, high) as a set of columns; a stretch without boundaries may be shortened. */
#define DRAW_COLUMNS 64
#define DRAW_SIDE_BY_SIDE 24 /* columns up to which before and after share a line */

struct draw_columns {
	uint32_t page[DRAW_COLUMNS]; /* the page a column shows */
	uint32_t count;
	uint64_t starts; /* bit i: column i begins a stretch; only used when shortened */
	bool shortened;
};

/* A range of pages that grows; low == high is empty. */
struct draw_range {
	uint32_t low, high;
};
void draw_range_add(struct draw_range *range, uint32_t low, uint32_t high);
/* Takes in every VMA that overlaps or adjoins the range. */
void draw_range_add_neighbours(struct draw_range *range, const struct seen_space *space);
/* Four pages of air on each side, inside a window of `pages`. */
void draw_range_widen(struct draw_range *range, uint32_t pages);
/* The pages of an operation's range that lie in the window; empty if there are none. */
struct draw_range draw_range_of_op(const struct program *program, const struct op *op);
/* The pages where two rows differ, [low, high) around all of them. */
struct draw_range draw_range_of_difference(const struct draw_row *a, const struct draw_row *b,
					   uint32_t pages);

/* Columns for a range; boundaries of `rows` stay visible where stretches are shortened. */
void draw_columns_choose(struct draw_columns *columns, struct draw_range range,
			 const struct draw_row *const *rows, unsigned int row_count);

struct draw_picture {
	const struct draw_columns *columns;
	const struct draw_row *before;
	const struct draw_row *after; /* NULL: nothing changed, one row is enough */
	const struct draw_row *model; /* NULL: not shown */
	struct draw_range mark;	      /* underlined; empty: no line */
	const char *remark;	      /* after the model's row; NULL: none */
	const char *indent;	      /* before every line but the first */
	bool color;
};

/* Prints the picture. The caller has printed what stands left of the first line. */
void draw_print(FILE *out, const struct draw_picture *picture);

/* A VMA in the shape of /proc/PID/maps, its VmFlags codes, and what else `facts` show of it. */
void draw_vma(FILE *out, const struct seen_vma *vma, uint32_t facts);

/* A hook call or trace event: "@0 close plain 2..4". */
void draw_event(FILE *out, const struct seen_event *event);

#endif
