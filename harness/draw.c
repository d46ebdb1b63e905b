/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Letters, columns and lines of a picture. Everything is a function of the layouts alone, so
 * the same disagreement prints the same page.
 */
#include "draw.h"

#include <inttypes.h>
#include <string.h>

#include "flags.h"
#include "op_table.h"

#define HOLE '.'
#define AIR 4 /* pages shown on each side of what matters */

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
#define LETTERS (sizeof(letters) - 1)

void draw_row_clear(struct draw_row *row)
{
	memset(row->page, HOLE, sizeof(row->page));
}

static uint64_t letter_bit(char letter)
{
	const char *at = strchr(letters, letter);

	return letter && at ? UINT64_C(1) << (at - letters) : 0;
}

static uint64_t letters_of(const struct draw_row *row)
{
	uint64_t used = 0;

	for (size_t p = 0; p < sizeof(row->page); p++) {
		if (row->page[p] != HOLE)
			used |= letter_bit(row->page[p]);
	}
	return used;
}

/* The first letter of the old row inside the VMA that no VMA to its left has taken. */
static char letter_inherited(const struct seen_vma *vma, const struct draw_row *old, uint64_t taken)
{
	for (uint32_t p = vma->start; p < vma->end; p++) {
		if (old->page[p] != HOLE && !(letter_bit(old->page[p]) & taken))
			return old->page[p];
	}
	return HOLE;
}

/* The first letter outside `avoid`, else outside `taken`, else any but the left neighbour's. */
static char letter_fresh(uint64_t avoid, uint64_t taken, char left)
{
	for (size_t i = 0; i < LETTERS; i++) {
		if (!(avoid >> i & 1))
			return letters[i];
	}
	for (size_t i = 0; i < LETTERS; i++) {
		if (!(taken >> i & 1))
			return letters[i];
	}
	return left == letters[0] ? letters[1] : letters[0];
}

void draw_row_fill(struct draw_row *row, const struct seen_space *space, const struct draw_row *old)
{
	uint64_t inherited = 0;
	uint64_t taken = 0;
	char left = HOLE;

	draw_row_clear(row);
	if (!space->alive)
		return;
	for (uint32_t i = 0; i < space->vmas; i++) {
		const struct seen_vma *vma = &space->vma[i];
		char letter = letter_inherited(vma, old, inherited);

		if (letter == HOLE)
			continue;
		inherited |= letter_bit(letter);
		memset(row->page + vma->start, letter, vma->end - vma->start);
	}
	taken = inherited;
	for (uint32_t i = 0; i < space->vmas; i++) {
		const struct seen_vma *vma = &space->vma[i];

		if (row->page[vma->start] == HOLE) {
			char letter = letter_fresh(taken | letters_of(old), taken, left);

			taken |= letter_bit(letter);
			memset(row->page + vma->start, letter, vma->end - vma->start);
		}
		left = row->page[vma->start];
	}
}

void draw_range_add(struct draw_range *range, uint32_t low, uint32_t high)
{
	if (low >= high)
		return;
	if (range->low == range->high) {
		range->low = low;
		range->high = high;
		return;
	}
	if (low < range->low)
		range->low = low;
	if (high > range->high)
		range->high = high;
}

void draw_range_add_neighbours(struct draw_range *range, const struct seen_space *space)
{
	struct draw_range wide = *range;

	if (!space->alive || range->low == range->high)
		return;
	for (uint32_t i = 0; i < space->vmas; i++) {
		const struct seen_vma *vma = &space->vma[i];

		if (vma->end >= range->low && vma->start <= range->high)
			draw_range_add(&wide, vma->start, vma->end);
	}
	*range = wide;
}

void draw_range_widen(struct draw_range *range, uint32_t pages)
{
	range->low = range->low > AIR ? range->low - AIR : 0;
	range->high = range->high + AIR < pages ? range->high + AIR : pages;
	if (range->low >= range->high)
		range->low = range->high > AIR ? range->high - AIR : 0;
}

static bool op_has_range(const struct op *op)
{
	if (op->kind == OP_MMAP)
		return op->how == MMAP_FIXED || op->how == MMAP_NOREPLACE;
	return op_has(op, FIELD_RANGE);
}

/* The pages of [address, address + length) inside the window; an unaligned end counts its page. */
static struct draw_range pages_of(const struct settings *settings, uint64_t address,
				  uint64_t length)
{
	struct draw_range none = { 0, 0 };
	uint64_t top = PROGRAM_BASE + settings->pages * PAGE_BYTES;
	uint64_t end = address + length;

	if (end < address || address >= top || end <= PROGRAM_BASE)
		return none;
	if (address < PROGRAM_BASE)
		address = PROGRAM_BASE;
	if (end > top)
		end = top;
	return (struct draw_range){
		.low = (uint32_t)((address - PROGRAM_BASE) / PAGE_BYTES),
		.high = (uint32_t)((end - PROGRAM_BASE + PAGE_BYTES - 1) / PAGE_BYTES),
	};
}

struct draw_range draw_range_of_op(const struct program *program, const struct op *op)
{
	const struct settings *settings = &program->settings;

	if (!op_has_range(op))
		return (struct draw_range){ 0, 0 };
	return pages_of(settings, place_address(settings, op->addr), place_length(op->len));
}

struct draw_range draw_range_of_difference(const struct draw_row *a, const struct draw_row *b,
					   uint32_t pages)
{
	struct draw_range range = { 0, 0 };

	for (uint32_t p = 0; p < pages; p++) {
		if (a->page[p] != b->page[p])
			draw_range_add(&range, p, p + 1);
	}
	return range;
}

/* Does a VMA begin or end at this page in any of the rows? */
static bool boundary_at(const struct draw_row *const *rows, unsigned int row_count, uint32_t page)
{
	for (unsigned int i = 0; i < row_count; i++) {
		if (rows[i]->page[page] != rows[i]->page[page - 1])
			return true;
	}
	return false;
}

/* Shortens every stretch to at most `most` columns; false if there are too many stretches. */
static bool shorten(struct draw_columns *columns, struct draw_range range,
		    const struct draw_row *const *rows, unsigned int row_count, uint32_t most)
{
	uint32_t in_stretch = 0;

	columns->count = 0;
	columns->starts = 0;
	for (uint32_t p = range.low; p < range.high; p++) {
		bool start = p == range.low || boundary_at(rows, row_count, p);

		in_stretch = start ? 1 : in_stretch + 1;
		if (in_stretch > most)
			continue;
		if (columns->count == DRAW_COLUMNS)
			return false;
		if (start)
			columns->starts |= UINT64_C(1) << columns->count;
		columns->page[columns->count++] = p;
	}
	return true;
}

void draw_columns_choose(struct draw_columns *columns, struct draw_range range,
			 const struct draw_row *const *rows, unsigned int row_count)
{
	columns->shortened = range.high - range.low > DRAW_COLUMNS;
	if (!columns->shortened) {
		columns->count = range.high - range.low;
		columns->starts = 0;
		for (uint32_t i = 0; i < columns->count; i++)
			columns->page[i] = range.low + i;
		return;
	}
	/* With more stretches than columns the picture shows the first ones and stops. */
	if (!shorten(columns, range, rows, row_count, 3))
		shorten(columns, range, rows, row_count, 1);
}

static void put_letter(FILE *out, char letter, bool color)
{
	static const char *const tints[] = { "31", "32", "33", "34", "35", "36" };
	const char *at = strchr(letters, letter);

	if (!color) {
		fputc(letter, out);
	} else if (letter == HOLE || !at) {
		fprintf(out, "\033[2m%c\033[0m", letter);
	} else {
		size_t tint = (size_t)(at - letters) % (sizeof(tints) / sizeof(tints[0]));

		fprintf(out, "\033[1;%sm%c\033[0m", tints[tint], letter);
	}
}

static void put_row(FILE *out, const struct draw_picture *picture, const struct draw_row *row)
{
	for (uint32_t i = 0; i < picture->columns->count; i++)
		put_letter(out, row->page[picture->columns->page[i]], picture->color);
}

/* One line of page numbers read downwards: digit `level` of `levels`, most significant first. */
static void put_ruler_line(FILE *out, const struct draw_columns *columns, unsigned int level,
			   unsigned int levels)
{
	for (uint32_t i = 0; i < columns->count; i++) {
		uint32_t page = columns->page[i];
		uint32_t scale = 1;
		bool units = level + 1 == levels;

		for (unsigned int k = level + 1; k < levels; k++)
			scale *= 10;
		if (columns->shortened && !(columns->starts >> i & 1))
			fputc(' ', out);
		else if (!columns->shortened && !units && page % scale && i)
			fputc(' ', out);
		else if (page < scale && !units)
			fputc(' ', out);
		else
			fputc((int)('0' + page / scale % 10), out);
	}
}

static unsigned int ruler_levels(const struct draw_columns *columns)
{
	uint32_t last = columns->count ? columns->page[columns->count - 1] : 0;
	unsigned int levels = 1;

	while (last >= 10) {
		last /= 10;
		levels++;
	}
	return levels;
}

static void put_ruler(FILE *out, const struct draw_picture *picture, bool twice)
{
	unsigned int levels = ruler_levels(picture->columns);

	for (unsigned int level = 0; level < levels; level++) {
		put_ruler_line(out, picture->columns, level, levels);
		if (twice) {
			fputs("          ", out);
			put_ruler_line(out, picture->columns, level, levels);
		}
		fprintf(out, "\n%s", picture->indent);
	}
}

/* The line under a row that underlines the operation's range. */
static void put_mark(FILE *out, const struct draw_picture *picture)
{
	uint32_t last = 0;

	if (picture->mark.low == picture->mark.high)
		return;
	for (uint32_t i = 0; i < picture->columns->count; i++) {
		uint32_t page = picture->columns->page[i];

		if (page >= picture->mark.low && page < picture->mark.high)
			last = i + 1;
	}
	if (!last)
		return;
	fputs(picture->indent, out);
	for (uint32_t i = 0; i < last; i++) {
		uint32_t page = picture->columns->page[i];
		bool inside = page >= picture->mark.low && page < picture->mark.high;

		fputc(inside ? '^' : ' ', out);
	}
	fputc('\n', out);
}

static void put_remark(FILE *out, const struct draw_picture *picture)
{
	if (picture->remark)
		fprintf(out, "   %s", picture->remark);
	fputc('\n', out);
}

static void print_side_by_side(FILE *out, const struct draw_picture *picture)
{
	put_ruler(out, picture, picture->after != NULL);
	put_row(out, picture, picture->before);
	if (picture->after) {
		fputs("    ->    ", out);
		put_row(out, picture, picture->after);
	}
	if (picture->model) {
		fputs("     model: ", out);
		put_row(out, picture, picture->model);
	}
	put_remark(out, picture);
	put_mark(out, picture);
}

static void print_stacked(FILE *out, const struct draw_picture *picture)
{
	put_ruler(out, picture, false);
	put_row(out, picture, picture->before);
	fputs(picture->after ? "   before\n" : "\n", out);
	put_mark(out, picture);
	if (picture->after) {
		fputs(picture->indent, out);
		put_row(out, picture, picture->after);
		fputs("   after", out);
		if (!picture->model)
			put_remark(out, picture);
		else
			fputc('\n', out);
	}
	if (picture->model) {
		fputs(picture->indent, out);
		put_row(out, picture, picture->model);
		fputs("   model", out);
		put_remark(out, picture);
	}
}

void draw_print(FILE *out, const struct draw_picture *picture)
{
	if (picture->columns->count <= DRAW_SIDE_BY_SIDE)
		print_side_by_side(out, picture);
	else
		print_stacked(out, picture);
}

/* What stands after the flags, each part set off by three spaces. */
static void draw_vma_facts(FILE *out, const struct seen_vma *vma, uint32_t facts)
{
	if ((facts & FACT_ANON) && vma->anon)
		fprintf(out, "   anon_vma #%" PRIu32 "%s", vma->anon,
			vma->chain == 2 ? " forked" : "");
	if ((facts & (FACT_FILE | FACT_INODE)) && vma->file) {
		if (vma->file >= SEEN_OBJECT)
			fprintf(out, "   object #%" PRIu32, vma->file - SEEN_OBJECT + 1);
		else
			fprintf(out, "   %s", world_file_name((enum world_file)vma->file));
	}
	if ((facts & FACT_POLICY) && vma->policy)
		fprintf(out, "   policy #%" PRIu16, vma->policy);
	if ((facts & FACT_NAME) && vma->name)
		fprintf(out, "   name #%" PRIu16, vma->name);
	if ((facts & FACT_UFFD) && vma->uffd)
		fprintf(out, "   uffd %d", vma->uffd - 1);
}

void draw_vma(FILE *out, const struct seen_vma *vma, uint32_t facts)
{
	char codes[VM_FLAG_COUNT * 3 + 1];

	flags_print(vma->flags, codes, sizeof(codes));
	fprintf(out, "%" PRIx64 "-%" PRIx64 " %c%c%c%c %08" PRIx64,
		PROGRAM_BASE + vma->start * PAGE_BYTES, PROGRAM_BASE + vma->end * PAGE_BYTES,
		vma->flags & VM_FLAG(rd) ? 'r' : '-', vma->flags & VM_FLAG(wr) ? 'w' : '-',
		vma->flags & VM_FLAG(ex) ? 'x' : '-', vma->flags & VM_FLAG(ms) ? 's' : 'p',
		vma->pgoff);
	fprintf(out, "  %s", codes);
	draw_vma_facts(out, vma, facts);
	fputc('\n', out);
}

void draw_event(FILE *out, const struct seen_event *event)
{
	const char *word = event_name(event->kind);

	if (event->kind == EVENT_INSUFFICIENT_SLOTS) {
		fprintf(out, "@%u %s vma_count=%" PRIu32 "\n", event->space, word, event->at);
		return;
	}
	fprintf(out, "@%u %s %s %" PRIu32 "..%" PRIu32, event->space, word,
		world_file_name((enum world_file)event->file), event->start, event->end);
	if (event->kind == EVENT_MAY_SPLIT)
		fprintf(out, " at %" PRIu32, event->at);
	fputc('\n', out);
}
