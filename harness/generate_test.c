/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The generator: the same from the same seed, inside its options, at the edges of what is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flags.h"
#include "generate.h"
#include "op_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PAGES 64
#define VMAS 7

/*
 *	0         1         2         3         4         5         6
 *	0123456789012345678901234567890123456789012345678901234567890123
 *	.AAAAABB.CCCC...DDDDDD......................EEE.FFFFFFFFFFFFGG..
 */
static struct seen_vma layout[VMAS] = {
	{ .start = 1, .end = 6, .flags = VM_FLAG(rd) | VM_FLAG(wr) },
	{ .start = 6, .end = 8, .flags = VM_FLAG(rd), .anon = 1 },
	{ .start = 9,
	  .end = 13,
	  .flags = VM_FLAG(rd) | VM_FLAG(wr),
	  .file = FILE_PLAIN,
	  .pgoff = 9 },
	{ .start = 16, .end = 22, .flags = VM_FLAG(rd) | VM_FLAG(wr) | VM_FLAG(lo) },
	{ .start = 44,
	  .end = 47,
	  .flags = VM_FLAG(rd) | VM_FLAG(sh) | VM_FLAG(ms),
	  .file = SEEN_OBJECT },
	{ .start = 48,
	  .end = 60,
	  .flags = VM_FLAG(rd) | VM_FLAG(wr),
	  .anon = 2,
	  .uffd = 2,
	  .policy = 1 },
	{ .start = 60, .end = 62, .flags = 0 },
};

static void show_layout(struct observation *now)
{
	memset(now, 0, sizeof(*now));
	now->space[0] = (struct seen_space){ .alive = true, .vmas = VMAS, .vma = layout };
	now->space[1] = (struct seen_space){ .alive = true, .number = 3, .vmas = 2, .vma = layout };
}

struct fixture {
	struct generator_options options;
	struct generator generator;
	struct observation now;
	struct program program;
};

static void fixture_init(struct fixture *fixture, const char *preset)
{
	memset(fixture, 0, sizeof(*fixture));
	assert_int_equal(generator_preset(preset, &fixture->options), 0);
	program_init(&fixture->program);
	assert_int_equal(generate_names(&fixture->program), 0);
	show_layout(&fixture->now);
}

static void start(struct fixture *fixture, uint64_t seed, uint64_t number)
{
	generator_start(&fixture->generator, &fixture->options, seed, number);
}

static void next(struct fixture *fixture, struct op *op)
{
	generate_op(&fixture->generator, &fixture->program, &fixture->now, op);
}

static void same_seed_and_number_give_the_same_program(void **unused)
{
	struct fixture a, b;
	unsigned int differ = 0;

	(void)unused;
	fixture_init(&a, "everything");
	fixture_init(&b, "everything");
	for (uint64_t number = 0; number < 200; number++) {
		struct op x, y;

		start(&a, 7, number);
		start(&b, 7, number);
		for (int i = 0; i < 50; i++) {
			next(&a, &x);
			next(&b, &y);
			assert_true(op_equal_but_name(&x, &y));
			assert_int_equal(x.name, y.name);
		}
		start(&b, 8, number);
		next(&a, &x);
		next(&b, &y);
		differ += !op_equal_but_name(&x, &y);
	}
	assert_true(differ > 150);
	program_done(&a.program);
	program_done(&b.program);
}

static void unknown_presets_are_refused(void **unused)
{
	struct generator_options options;

	(void)unused;
	assert_int_equal(generator_preset("nothing", &options), -EINVAL);
}

/* Whole pages inside the window. */
static void expect_inside(struct place addr, struct place len)
{
	assert_int_equal(addr.base, PLACE_PAGE);
	assert_int_equal(len.base, PLACE_PAGE);
	assert_int_equal(addr.bytes | len.bytes, 0);
	assert_in_range(addr.pages, 0, PAGES - 1);
	assert_in_range(len.pages, 1, PAGES - addr.pages);
}

static void expect_live_safe(const struct fixture *fixture, const struct op *op)
{
	assert_true(fixture->options.kinds >> op->kind & 1);
	assert_int_equal(op->alloc_nth, 0);
	if (op_has(op, FIELD_RANGE) || op_has(op, FIELD_PLACED))
		expect_inside(op->addr, op->len);
	if (op->kind == OP_MMAP) {
		assert_in_range(op->how, MMAP_FIXED, MMAP_NOREPLACE);
		assert_true(fixture->options.files >> op->file & 1);
		assert_int_equal(op->map_flags & (PROGRAM_MAP_GROWSDOWN | PROGRAM_MAP_STACK), 0);
		assert_true(op->prot < 8);
	}
	if (op->kind == OP_MMAP && op->file == FILE_SHM) {
		assert_int_equal(op->how, MMAP_FIXED);
		assert_int_equal(op->map_flags, PROGRAM_MAP_SHARED);
		assert_int_equal(op->pgoff, 0);
		assert_int_equal(op->prot & 3, 3);
	}
	if (op->kind == OP_MADVISE)
		assert_true(fixture->options.advices >> op->advice & 1);
	if (op->kind != OP_MREMAP)
		return;
	assert_false(op->maymove);
	assert_int_not_equal(op->how, MREMAP_KEEP);
	if (op->how == MREMAP_TO)
		expect_inside(op->dest, op->has_len ? op->newlen : op->len);
	/* Growing in place may ask for one page too much where another mapping begins. */
	else
		assert_in_range(op->addr.pages + op->newlen.pages, 1, PAGES);
}

static void live_safe_stays_inside_the_window(void **unused)
{
	struct fixture fixture;

	(void)unused;
	fixture_init(&fixture, "live-safe");
	for (uint64_t number = 0; number < 2000; number++) {
		start(&fixture, 1, number);
		for (int i = 0; i < 50; i++) {
			struct op op;

			next(&fixture, &op);
			expect_live_safe(&fixture, &op);
		}
	}
	program_done(&fixture.program);
}

/* Any mask: nothing outside it but mmap, which every program needs. */
static void kinds_are_those_of_the_mask(void **unused)
{
	struct fixture fixture;

	(void)unused;
	fixture_init(&fixture, "everything");
	for (uint64_t number = 0; number < 3000; number++) {
		uint64_t mask = UINT64_C(1) << number % OP_KINDS |
				UINT64_C(1) << number / OP_KINDS % OP_KINDS;

		fixture.options.kinds = mask;
		start(&fixture, 2, number);
		for (int i = 0; i < 20; i++) {
			struct op op;

			next(&fixture, &op);
			if (op.kind != OP_MMAP && !(mask >> op.kind & 1))
				print_error("%s is not allowed\n",
					    op_kind_name((enum op_kind)op.kind));
			assert_true(op.kind == OP_MMAP || (mask >> op.kind & 1));
		}
	}
	program_done(&fixture.program);
}

static void every_kind_file_and_advice_comes_up(void **unused)
{
	uint64_t kinds = 0, files = 0, advices = 0, spaces = 0;
	struct fixture fixture;

	(void)unused;
	fixture_init(&fixture, "everything");
	for (uint64_t number = 0; number < 3000; number++) {
		start(&fixture, 3, number);
		for (int i = 0; i < 40; i++) {
			struct op op;

			next(&fixture, &op);
			kinds |= UINT64_C(1) << op.kind;
			spaces |= UINT64_C(1) << op.space;
			if (op.kind == OP_MMAP)
				files |= UINT64_C(1) << op.file;
			if (op.kind == OP_MADVISE && op.advice < 64)
				advices |= UINT64_C(1) << op.advice;
		}
	}
	assert_int_equal(kinds, fixture.options.kinds);
	assert_int_equal(files, fixture.options.files);
	assert_int_equal(advices & fixture.options.advices, fixture.options.advices);
	assert_int_equal(spaces, 1 | 1 << 3);
	program_done(&fixture.program);
}

static void programs_leave_operations_out(void **unused)
{
	unsigned int without_touch = 0, without_madvise = 0;
	struct fixture fixture;

	(void)unused;
	fixture_init(&fixture, "everything");
	for (uint64_t number = 0; number < 1000; number++) {
		start(&fixture, 4, number);
		without_touch += !memchr(fixture.generator.kind, OP_TOUCH, 256);
		without_madvise += !memchr(fixture.generator.kind, OP_MADVISE, 256);
		assert_non_null(memchr(fixture.generator.kind, OP_MMAP, 256));
	}
	assert_in_range(without_touch, 50, 500);
	assert_in_range(without_madvise, 50, 500);
	program_done(&fixture.program);
}

static bool is_edge(int32_t page)
{
	for (int i = 0; i < VMAS; i++)
		if (layout[i].start == (uint32_t)page || layout[i].end == (uint32_t)page)
			return true;
	return false;
}

static bool is_gap(const struct op *op)
{
	for (int i = 0; i + 1 < VMAS; i++)
		if (layout[i].end < layout[i + 1].start &&
		    layout[i].end == (uint32_t)op->addr.pages &&
		    layout[i + 1].start == (uint32_t)(op->addr.pages + op->len.pages))
			return true;
	return false;
}

static bool is_vma(const struct op *op)
{
	for (int i = 0; i < VMAS; i++)
		if (layout[i].start == (uint32_t)op->addr.pages &&
		    layout[i].end == (uint32_t)(op->addr.pages + op->len.pages))
			return true;
	return false;
}

static void boundaries_lie_at_edges(void **unused)
{
	unsigned int bounds = 0, edges = 0, gaps = 0, mmaps = 0, whole = 0, ranges = 0;
	struct fixture fixture;

	(void)unused;
	fixture_init(&fixture, "everything");
	for (uint64_t number = 0; number < 2000; number++) {
		start(&fixture, 5, number);
		for (int i = 0; i < 30; i++) {
			struct op op;

			next(&fixture, &op);
			if (op.addr.base != PLACE_PAGE || op.len.base != PLACE_PAGE ||
			    !op.len.pages || op.space ||
			    !(op_has(&op, FIELD_RANGE) || op_has(&op, FIELD_PLACED)))
				continue;
			bounds += 2;
			edges += is_edge(op.addr.pages);
			edges += is_edge(op.addr.pages + op.len.pages);
			mmaps += op.kind == OP_MMAP;
			gaps += op.kind == OP_MMAP && is_gap(&op);
			ranges += op.kind != OP_MMAP;
			whole += op.kind != OP_MMAP && is_vma(&op);
		}
	}
	/* Of random pages in this layout a fifth would lie at an edge. */
	assert_in_range(edges * 100 / bounds, 50, 90);
	assert_in_range(gaps * 100 / mmaps, 10, 60);
	assert_in_range(whole * 100 / ranges, 15, 60);
	program_done(&fixture.program);
}

static bool maps_on(const struct op *op, const struct seen_vma *vma)
{
	return op->kind == OP_MMAP && op->how == MMAP_FIXED && op->addr.base == PLACE_PAGE &&
	       op->addr.pages == (int32_t)vma->end && op->file == vma->file;
}

/* Behind C, a file mapping, the page offset goes on where C ends. */
static void copied_file_mappings_are_contiguous(void **unused)
{
	unsigned int behind = 0, contiguous = 0;
	const struct seen_vma *c = &layout[2];
	struct fixture fixture;

	(void)unused;
	fixture_init(&fixture, "everything");
	for (uint64_t number = 0; number < 3000; number++) {
		start(&fixture, 6, number);
		for (int i = 0; i < 30; i++) {
			struct op op;

			next(&fixture, &op);
			if (op.space || !maps_on(&op, c))
				continue;
			behind++;
			contiguous += op.pgoff == c->pgoff + c->end - c->start;
		}
	}
	assert_true(behind > 100);
	assert_true(contiguous * 100 / behind > 50);
	program_done(&fixture.program);
}

static void changes_are_taken_back(void **unused)
{
	unsigned int changes = 0, undone = 0;
	struct fixture fixture;

	(void)unused;
	fixture_init(&fixture, "everything");
	fixture.options.kinds = GENERATE_KIND(OP_MPROTECT);
	fixture.options.odd_rate = 0;
	fixture.options.alloc_rate = 0;
	for (uint64_t number = 0; number < 500; number++) {
		struct op last[8] = { 0 }, op;

		start(&fixture, 7, number);
		for (int i = 0; i < 40; i++) {
			next(&fixture, &op);
			for (int j = 0; j < 8; j++)
				if (op.kind == OP_MPROTECT && op.addr.pages == last[j].addr.pages &&
				    op.len.pages == last[j].len.pages && op.prot != last[j].prot) {
					undone++;
					break;
				}
			changes++;
			last[i % 8] = op;
		}
	}
	assert_true(undone * 100 / changes > 5);
	program_done(&fixture.program);
}

/* A limit is tight for a few operations only, and never far above the count. */
static void limits_are_tight_and_short(void **unused)
{
	struct fixture fixture;

	(void)unused;
	fixture_init(&fixture, "everything");
	fixture.options.kinds |= GENERATE_KIND(OP_LIMIT);
	fixture.options.kinds &= ~GENERATE_KIND(OP_RLIMIT);
	fixture.options.alloc_rate = 0;
	for (uint64_t number = 0; number < 1000; number++) {
		int tight_for = 0;

		start(&fixture, 8, number);
		for (int i = 0; i < 60; i++) {
			struct op op;

			next(&fixture, &op);
			tight_for += tight_for > 0;
			assert_true(tight_for < 12);
			if (op.kind != OP_LIMIT)
				continue;
			tight_for = op.how != LIMIT_ABSOLUTE;
			/* A move of several starts with as many as its pieces need, or fewer. */
			if (op.how != LIMIT_ABSOLUTE)
				assert_in_range(op.nodes, 0, 8);
			else
				assert_int_equal(op.nodes, 65530);
		}
	}
	program_done(&fixture.program);
}

/* The process that has the ballast must not be lost with it. */
static void live_limits_are_in_programs_of_their_own(void **unused)
{
	unsigned int limited = 0;
	struct fixture fixture;

	(void)unused;
	fixture_init(&fixture, "live-safe");
	for (uint64_t number = 0; number < 2000; number++) {
		uint64_t kinds = 0;

		start(&fixture, 13, number);
		for (int i = 0; i < 40; i++) {
			struct op op;

			next(&fixture, &op);
			kinds |= GENERATE_KIND(op.kind);
		}
		if (!(kinds & GENERATE_KIND(OP_LIMIT)))
			continue;
		limited++;
		assert_int_equal(kinds & (GENERATE_KIND(OP_FORK) | GENERATE_KIND(OP_EXIT) |
					  GENERATE_KIND(OP_MSEAL) | GENERATE_KIND(OP_MLOCKALL) |
					  GENERATE_KIND(OP_KSM) | GENERATE_KIND(OP_RLIMIT)),
				 0);
	}
	assert_in_range(limited, 2000 / 32, 2000 / 8);
	program_done(&fixture.program);
}

static bool is_beside(const struct op *left, const struct op *right)
{
	return left->addr.pages + left->len.pages == right->addr.pages;
}

/* Which figure two operations in a row are of, as an index; -1: none that is looked for. */
static int figure_of(const struct op *one, const struct op *two)
{
	if (one->kind == OP_NAME && two->kind == OP_NAME && is_beside(one, two))
		return one->name == two->name ? 0 : -1;
	if (one->kind == OP_UFFD_REGISTER && two->kind == OP_UFFD_REGISTER && is_beside(one, two))
		return one->context != two->context && one->mode == two->mode ? 1 : -1;
	if (one->kind == OP_LIMIT && two->kind == OP_MREMAP && one->how == LIMIT_ABOVE)
		return two->how == MREMAP_TO ? 2 : -1;
	if (one->kind == OP_MADVISE && one->advice == 18 && two->kind == OP_FORK)
		return 3;
	if (one->kind == OP_MMAP && two->kind == OP_BRK)
		return two->addr.pages > one->addr.pages + one->len.pages ? 4 : -1;
	if (one->kind == OP_MUNMAP && two->kind == OP_MREMAP && two->how == MREMAP_RESIZE)
		return is_beside(two, one) && two->newlen.pages == two->len.pages + one->len.pages
			       ? 5
			       : -1;
	/* The space that looks like the child is @3. */
	if (one->kind == OP_FORK && two->kind == OP_MREMAP)
		return two->space == 3 && two->how == MREMAP_RESIZE ? 6 : -1;
	if (one->kind == OP_MMAP && two->kind == OP_MPROTECT && one->file == FILE_PREPARE)
		return one->pgoff % 2 && is_beside(two, one) ? 7 : -1;
	return -1;
}

static void figures_are_done_in_order(void **unused)
{
	unsigned int figures[8] = { 0 };
	struct fixture fixture;

	(void)unused;
	fixture_init(&fixture, "everything");
	for (uint64_t number = 0; number < 6000; number++) {
		struct op one, two;

		start(&fixture, 14, number);
		next(&fixture, &one);
		for (int i = 0; i < 40; i++) {
			int figure;

			next(&fixture, &two);
			figure = figure_of(&one, &two);
			if (figure >= 0)
				figures[figure]++;
			one = two;
		}
	}
	for (int i = 0; i < 8; i++) {
		if (figures[i] < 50)
			print_error("figure %d: %u\n", i, figures[i]);
		assert_true(figures[i] >= 50);
	}
	program_done(&fixture.program);
}

/* Of more than two spaces one that is not the newest ends before the newest forks. */
static void generations_do_not_pile_up(void **unused)
{
	unsigned int forks = 0, exits[4] = { 0 };
	struct fixture fixture;

	(void)unused;
	fixture_init(&fixture, "everything");
	fixture.options.kinds =
		GENERATE_KIND(OP_FORK) | GENERATE_KIND(OP_EXIT) | GENERATE_KIND(OP_TOUCH);
	fixture.now.space[2] = fixture.now.space[1];
	fixture.now.space[1] = (struct seen_space){ .alive = true, .number = 2 };
	for (uint64_t number = 0; number < 1000; number++) {
		struct op op;

		start(&fixture, 15, number);
		for (int i = 0; fixture.generator.figure_share && i < 40; i++) {
			next(&fixture, &op);
			forks += op.kind == OP_FORK;
			exits[op.space] += op.kind == OP_EXIT;
		}
	}
	assert_true(exits[2] > 100);
	assert_true(exits[2] > exits[0] && exits[2] > exits[3] && exits[2] > forks);
	program_done(&fixture.program);
}

static void failing_allocations_follow_their_rate(void **unused)
{
	unsigned int failing = 0;
	struct fixture fixture;

	(void)unused;
	fixture_init(&fixture, "everything");
	fixture.options.alloc_rate = 256;
	for (uint64_t number = 0; number < 500; number++) {
		start(&fixture, 9, number);
		for (int i = 0; i < 40; i++) {
			struct op op;

			next(&fixture, &op);
			failing += op.alloc_nth > 0;
			assert_in_range(op.alloc_nth, 0, 16);
		}
	}
	assert_in_range(failing, 500 * 40 / 5, 500 * 40 / 3);
	program_done(&fixture.program);
}

/* Spaces without VMAs, a full window, a window of one page, nobody alive. */
static void extreme_layouts_are_no_trouble(void **unused)
{
	static struct seen_vma full[PROGRAM_PAGES_MAX];
	struct fixture fixture;

	(void)unused;
	for (uint32_t i = 0; i < PROGRAM_PAGES_MAX; i++)
		full[i] = (struct seen_vma){ .start = i,
					     .end = i + 1,
					     .flags = VM_FLAG(rd) | VM_FLAG(gd) };
	fixture_init(&fixture, "everything");
	for (uint64_t number = 0; number < 2000; number++) {
		uint32_t pages = number % 2 ? 1 : PROGRAM_PAGES_MAX;

		memset(&fixture.now, 0, sizeof(fixture.now));
		fixture.now.space[number / 2 % 4].alive = number % 5 > 0;
		if (number % 3)
			fixture.now.space[number / 2 % 4] =
				(struct seen_space){ .alive = true, .vmas = pages, .vma = full };
		fixture.program.settings.pages = pages;
		start(&fixture, 10, number);
		for (int i = 0; i < 40; i++) {
			struct op op;

			next(&fixture, &op);
			assert_true(op.kind < OP_KINDS);
		}
	}
	program_done(&fixture.program);
}

/* What is generated can be mailed: it prints, parses and is the same. */
static void generated_programs_survive_text(void **unused)
{
	struct text_error error;
	struct fixture fixture;
	struct program again;

	(void)unused;
	fixture_init(&fixture, "everything");
	program_init(&again);
	for (uint64_t number = 0; number < 3000; number++) {
		char *text;

		program_reset(&fixture.program);
		start(&fixture, 11, number);
		generate_settings(&fixture.generator, &fixture.program.settings);
		assert_int_equal(generate_names(&fixture.program), 0);
		for (int i = 0; i < 30; i++) {
			struct op op;

			next(&fixture, &op);
			assert_int_equal(program_add_op(&fixture.program, &op), 0);
		}
		text = program_print(&fixture.program);
		assert_non_null(text);
		if (program_parse(&again, text, strlen(text), &error))
			print_error("%s%u:%u: %s\n", text, error.line, error.column,
				    error.expected);
		assert_true(program_equal(&fixture.program, &again));
		free(text);
	}
	program_done(&fixture.program);
	program_done(&again);
}

static void settings_are_sometimes_tight(void **unused)
{
	unsigned int plain = 0, windows[PROGRAM_PAGES_MAX + 1] = { 0 };
	struct fixture fixture;
	struct program plain_program;

	(void)unused;
	fixture_init(&fixture, "everything");
	program_init(&plain_program);
	fixture.options.pages = 0;
	for (uint64_t number = 0; number < 1000; number++) {
		struct settings settings = plain_program.settings;

		start(&fixture, 12, number);
		generate_settings(&fixture.generator, &settings);
		windows[settings.pages]++;
		settings.pages = 64;
		plain += settings_equal(&settings, &plain_program.settings);
	}
	assert_in_range(plain, 600, 900);
	assert_true(windows[8] > 50 && windows[64] > 200 && windows[256] > 50);
	fixture.options.pages = 77;
	start(&fixture, 12, 0);
	generate_settings(&fixture.generator, &plain_program.settings);
	assert_int_equal(plain_program.settings.pages, 77);
	program_done(&fixture.program);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_seed_and_number_give_the_same_program),
		cmocka_unit_test(unknown_presets_are_refused),
		cmocka_unit_test(live_safe_stays_inside_the_window),
		cmocka_unit_test(kinds_are_those_of_the_mask),
		cmocka_unit_test(every_kind_file_and_advice_comes_up),
		cmocka_unit_test(programs_leave_operations_out),
		cmocka_unit_test(boundaries_lie_at_edges),
		cmocka_unit_test(copied_file_mappings_are_contiguous),
		cmocka_unit_test(changes_are_taken_back),
		cmocka_unit_test(limits_are_tight_and_short),
		cmocka_unit_test(live_limits_are_in_programs_of_their_own),
		cmocka_unit_test(figures_are_done_in_order),
		cmocka_unit_test(generations_do_not_pile_up),
		cmocka_unit_test(failing_allocations_follow_their_rate),
		cmocka_unit_test(extreme_layouts_are_no_trouble),
		cmocka_unit_test(generated_programs_survive_text),
		cmocka_unit_test(settings_are_sometimes_tight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
