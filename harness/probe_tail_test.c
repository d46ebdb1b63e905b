/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a probe tail asks of a layout that does not answer, so that every pair is asked about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flags.h"
#include "probe_tail.h"

#define R (VM_FLAG(rd) | VM_FLAG(mr) | VM_FLAG(mw) | VM_FLAG(me))
#define RW (R | VM_FLAG(wr) | VM_FLAG(ac))

static struct observation now;

static int setup(void **state)
{
	(void)state;
	return observation_init(&now);
}

static int teardown(void **state)
{
	(void)state;
	observation_done(&now);
	return 0;
}

static void area(unsigned int slot, uint32_t start, uint32_t end, uint64_t flags)
{
	struct seen_space *space = &now.space[slot];

	space->alive = true;
	space->number = (uint8_t)slot;
	space->vma[space->vmas++] =
		(struct seen_vma){ .start = start, .end = end, .flags = flags, .pgoff = start };
}

static void expect_op(struct probe_tail *tail, uint8_t kind, unsigned int space, int start,
		      int pages)
{
	struct op op;

	assert_true(probe_tail_next(tail, &now, &op));
	assert_int_equal(op.kind, kind);
	assert_int_equal(op.space, space);
	assert_int_equal(op.addr.pages, start);
	assert_int_equal(op.len.pages, pages);
}

static void each_kind_of_pair_is_probed_its_way(void **state)
{
	struct probe_tail tail;
	struct op op;

	(void)state;
	area(0, 0, 2, RW); /* with the next: access */
	area(0, 2, 4, R);
	area(0, 5, 6, R); /* with the one before: a hole of one page; with the next: equal */
	area(0, 6, 8, R);
	area(0, 8, 9, RW | VM_FLAG(sl)); /* sealed: nothing */
	area(2, 0, 1, RW);
	area(2, 1, 2, RW);
	probe_tail_begin(&tail, 64);
	expect_op(&tail, OP_MPROTECT, 0, 0, 4);
	expect_op(&tail, OP_MADVISE, 0, 5, 3);
	expect_op(&tail, OP_MADVISE, 0, 5, 3);
	expect_op(&tail, OP_MMAP, 0, 4, 1);
	expect_op(&tail, OP_MADVISE, 2, 0, 2);
	expect_op(&tail, OP_MADVISE, 2, 0, 2);
	assert_false(probe_tail_next(&tail, &now, &op));
	assert_false(probe_tail_next(&tail, &now, &op));
}

static void the_budget_is_kept(void **state)
{
	struct probe_tail tail;
	struct op op;
	unsigned int ops = 0;

	(void)state;
	for (uint32_t page = 0; page < 64; page++)
		area(0, page, page + 1, RW);
	probe_tail_begin(&tail, 7);
	while (probe_tail_next(&tail, &now, &op))
		ops++;
	assert_int_equal(ops, 7);
	probe_tail_begin(&tail, 0);
	assert_false(probe_tail_next(&tail, &now, &op));
}

static void areas_that_cannot_merge_are_left_alone(void **state)
{
	struct probe_tail tail;
	struct op op;

	(void)state;
	area(0, 0, 2, RW);
	area(0, 2, 4, RW);
	now.space[0].vma[1].pgoff = 77;
	area(0, 4, 6, RW | VM_FLAG(lo));
	area(0, 8, 9, RW);
	probe_tail_begin(&tail, 64);
	assert_false(probe_tail_next(&tail, &now, &op));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(each_kind_of_pair_is_probed_its_way),
		T(the_budget_is_kept),
		T(areas_that_cannot_merge_are_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
