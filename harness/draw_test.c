/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "draw.h"
#include "flags.h"

#define VMAS_MOST 256

struct layout {
	struct seen_vma vma[VMAS_MOST];
	struct seen_space space;
};

/* A space from a drawing: equal letters that touch are one VMA, dots are holes. */
static void layout_from(struct layout *layout, const char *drawing)
{
	memset(layout, 0, sizeof(*layout));
	layout->space.alive = true;
	layout->space.vma = layout->vma;
	for (uint32_t p = 0; drawing[p]; p++) {
		struct seen_vma *last =
			&layout->vma[layout->space.vmas ? layout->space.vmas - 1 : 0];

		if (drawing[p] == '.')
			continue;
		if (p && drawing[p - 1] == drawing[p]) {
			last->end = p + 1;
			continue;
		}
		layout->vma[layout->space.vmas++] = (struct seen_vma){ .start = p, .end = p + 1 };
	}
}

/* The letters `drawing` gets when `old` stood before. */
static void assert_letters(const char *old, const char *drawing, const char *letters)
{
	struct draw_row clear, before, after;
	struct layout a, b;

	layout_from(&a, old);
	layout_from(&b, drawing);
	draw_row_clear(&clear);
	draw_row_fill(&before, &a.space, &clear);
	draw_row_fill(&after, &b.space, &before);
	assert_memory_equal(after.page, letters, strlen(letters));
}

static void letters_ascend_in_a_first_picture(void **state)
{
	(void)state;
	assert_letters("", "..xxyy..z", "..AABB..C");
}

static void vma_keeps_its_letter_when_it_grows_shrinks_or_splits(void **state)
{
	(void)state;
	assert_letters("aabb", "aabbbb", "AABBBB");
	assert_letters("aabb", "aab.", "AAB.");
	assert_letters("aaaa", "a..b", "A..B");
	assert_letters("..aabb", "xx..bb", "CC..BB");
	assert_letters("aabb", "..bb", "..BB");
}

static void merged_vma_takes_the_letter_of_its_left_part(void **state)
{
	(void)state;
	assert_letters("aabbcc", "aaaacc", "AAAACC");
	assert_letters(".aabb", "xxxxx", "AAAAA");
}

static void touching_vmas_differ_in_letter_even_when_letters_run_out(void **state)
{
	char drawing[161];
	struct draw_row clear, row;
	struct layout layout;

	(void)state;
	for (int p = 0; p < 160; p++)
		drawing[p] = p % 2 ? 'x' : 'y';
	drawing[160] = '\0';
	layout_from(&layout, drawing);
	draw_row_clear(&clear);
	draw_row_fill(&row, &layout.space, &clear);
	for (int p = 1; p < 160; p++)
		assert_int_not_equal(row.page[p], row.page[p - 1]);
}

/* What draw_print() prints for two layouts and a range. */
static char *picture_of(const char *before, const char *after, const char *model,
			struct draw_range shown, struct draw_range mark)
{
	static struct draw_row clear, rows[3];
	const struct draw_row *all[] = { &rows[0], &rows[1], &rows[2] };
	struct layout layout;
	struct draw_columns columns;
	struct draw_picture picture = { .columns = &columns,
					.before = &rows[0],
					.after = &rows[1],
					.model = model ? &rows[2] : NULL,
					.mark = mark,
					.indent = "    " };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	draw_row_clear(&clear);
	layout_from(&layout, before);
	draw_row_fill(&rows[0], &layout.space, &clear);
	layout_from(&layout, after);
	draw_row_fill(&rows[1], &layout.space, &rows[0]);
	layout_from(&layout, model ? model : after);
	draw_row_fill(&rows[2], &layout.space, &rows[0]);
	draw_columns_choose(&columns, shown, all, 3);
	draw_print(out, &picture);
	fclose(out);
	return text;
}

static void narrow_picture_stands_side_by_side(void **state)
{
	char *text = picture_of("..aabb....", "..aabb....", "..aaaa....",
				(struct draw_range){ 0, 10 }, (struct draw_range){ 4, 6 });

	(void)state;
	assert_string_equal(text, "0123456789          0123456789\n"
				  "    ..AABB....    ->    ..AABB....     model: ..AAAA....\n"
				  "        ^^\n");
	free(text);
}

static void ruler_has_a_line_of_tens_where_pages_need_two_digits(void **state)
{
	char *text = picture_of("............aa", "............aa", NULL,
				(struct draw_range){ 8, 14 }, (struct draw_range){ 0, 0 });

	(void)state;
	assert_string_equal(text, "  1               1   \n"
				  "    890123          890123\n"
				  "    ....AA    ->    ....AA\n");
	free(text);
}

static void wide_picture_is_stacked(void **state)
{
	char *text = picture_of("aa", "bb", NULL, (struct draw_range){ 0, 30 },
				(struct draw_range){ 0, 2 });

	(void)state;
	assert_string_equal(text, "          1         2         \n"
				  "    012345678901234567890123456789\n"
				  "    AA............................   before\n"
				  "    ^^\n"
				  "    AA............................   after\n");
	free(text);
}

/* 0..100 A, 100..200 B, hole from there: three columns for each stretch are enough. */
static void long_stretches_are_shortened_and_ruled_by_page_numbers(void **state)
{
	char drawing[201];
	char *text;

	(void)state;
	memset(drawing, 'a', 100);
	memset(drawing + 100, 'b', 100);
	drawing[200] = '\0';
	text = picture_of(drawing, drawing, NULL, (struct draw_range){ 0, 300 },
			  (struct draw_range){ 100, 200 });
	assert_string_equal(text, "   1  2               1  2  \n"
				  "       0  0               0  0  \n"
				  "    0  0  0            0  0  0  \n"
				  "    AAABBB...    ->    AAABBB...\n"
				  "       ^^^\n");
	free(text);
}

static void picture_of_too_many_stretches_ends_at_the_paper(void **state)
{
	char drawing[201];
	char *text;

	(void)state;
	for (int p = 0; p < 200; p++)
		drawing[p] = p % 2 ? 'x' : 'y';
	drawing[200] = '\0';
	text = picture_of(drawing, drawing, NULL, (struct draw_range){ 0, 200 },
			  (struct draw_range){ 0, 0 });
	assert_true(strcspn(text, "\n") <= DRAW_COLUMNS);
	free(text);
}

static void neighbours_of_a_range_are_taken_in(void **state)
{
	struct draw_range range = { 4, 6 };
	struct layout layout;

	(void)state;
	layout_from(&layout, ".aaabbcc.d");
	draw_range_add_neighbours(&range, &layout.space);
	assert_int_equal(range.low, 1);
	assert_int_equal(range.high, 8);
	draw_range_widen(&range, 64);
	assert_int_equal(range.low, 0);
	assert_int_equal(range.high, 12);
}

static void range_of_an_operation_is_cut_to_the_window(void **state)
{
	struct program program;
	struct op op = { .kind = OP_MUNMAP };
	struct draw_range range;

	(void)state;
	program_init(&program);
	op.addr = place_page(60);
	op.len = (struct place){ .base = PLACE_RAW, .raw = 40 * PAGE_BYTES };
	range = draw_range_of_op(&program, &op);
	assert_int_equal(range.low, 60);
	assert_int_equal(range.high, 64);
	op.addr = (struct place){ .base = PLACE_RAW, .raw = UINT64_MAX - 4095 };
	range = draw_range_of_op(&program, &op);
	assert_int_equal(range.low, range.high);
	op.kind = OP_MUNLOCKALL;
	range = draw_range_of_op(&program, &op);
	assert_int_equal(range.low, range.high);
	program_done(&program);
}

static void vma_line_has_the_shape_of_proc_maps(void **state)
{
	struct seen_vma vma = {
		.start = 2,
		.end = 4,
		.pgoff = 2,
		.flags = VM_FLAG(rd) | VM_FLAG(wr) | VM_FLAG(ex) | VM_FLAG(mr) | VM_FLAG(mw) |
			 VM_FLAG(me) | VM_FLAG(ac),
		.anon = 1,
		.chain = 1,
	};
	char *text = NULL;
	char expect[160];
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	draw_vma(out, &vma, FACT_ALL);
	fclose(out);
	snprintf(expect, sizeof(expect), "%s rwxp 00000002  rd wr ex mr mw me ac   anon_vma #1\n",
		 sizeof(void *) == 8 ? "200000002000-200000004000" : "20002000-20004000");
	assert_string_equal(text, expect);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_ascend_in_a_first_picture),
		cmocka_unit_test(vma_keeps_its_letter_when_it_grows_shrinks_or_splits),
		cmocka_unit_test(merged_vma_takes_the_letter_of_its_left_part),
		cmocka_unit_test(touching_vmas_differ_in_letter_even_when_letters_run_out),
		cmocka_unit_test(narrow_picture_stands_side_by_side),
		cmocka_unit_test(ruler_has_a_line_of_tens_where_pages_need_two_digits),
		cmocka_unit_test(wide_picture_is_stacked),
		cmocka_unit_test(long_stretches_are_shortened_and_ruled_by_page_numbers),
		cmocka_unit_test(picture_of_too_many_stretches_ends_at_the_paper),
		cmocka_unit_test(neighbours_of_a_range_are_taken_in),
		cmocka_unit_test(range_of_an_operation_is_cut_to_the_window),
		cmocka_unit_test(vma_line_has_the_shape_of_proc_maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
