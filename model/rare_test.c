/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules that programs reach late, or not at all: with few settings, after many operations, or
 * only with a file no program has.
 */
#include "test_support.h"

#define AT_PAGE(page) (BENCH_BASE + (page)*BENCH_PAGE)

static struct model *begin(const struct model_settings *settings, const struct model_file *files,
			   unsigned int file_count)
{
	struct model *model = model_new();

	assert_non_null(model);
	model_begin(model, settings, files, file_count);
	return model;
}

static struct model_run run_at(const struct model *model, size_t index)
{
	struct model_run runs[BENCH_RUNS];

	assert_true(index < model_runs(model, 0, runs, BENCH_RUNS));
	return runs[index];
}

static int64_t map_anonymous(struct model *model, uint64_t address, uint64_t pages, uint32_t flags)
{
	return model_mmap(model, 0, address, pages * BENCH_PAGE, 3,
			  BENCH_PRIVATE | BENCH_FIXED | BENCH_ANONYMOUS | flags, 0, 0);
}

/* 9.12: a locked stack may not outgrow the limit; it is faulted all the same. */
static void touch_below_locked_stack_beyond_limit(void **state)
{
	(void)state;
	script("set memlock 4", "map 20-22 rw growsdown locked", "write 17-18 = EFAULT",
	       "rule 9.12 limit", "is 20-22 rw gd lo F1", "counter locked 2", "write 18-19",
	       "is 18-22 rw gd lo F1", "counter locked 4");
}

/*
 * 9.12: growth never goes below page offset 0. An area moved up while faulted keeps the offset
 * it had, so in a low window it runs out of it.
 *
 *      page        0  2 4        10           40 42
 *      offset 16+     [A)        growth 30 -> [A)    offset 18
 */
static void touch_below_stack_whose_offset_ends(void **state)
{
	struct model_settings settings = bench_settings(MODEL_6_18);
	struct model *model;

	(void)state;
	settings.base = 16 * BENCH_PAGE;
	model = begin(&settings, NULL, 0);
	map_anonymous(model, 18 * BENCH_PAGE, 2, BENCH_GROWSDOWN);
	assert_int_equal(model_touch(model, 0, 18 * BENCH_PAGE, 1, true), 0);
	assert_int_equal(model_mremap(model, 0, 18 * BENCH_PAGE, 2 * BENCH_PAGE, 2 * BENCH_PAGE, 3,
				      56 * BENCH_PAGE),
			 56 * BENCH_PAGE);
	assert_int_equal(run_at(model, 0).offset, 18);
	assert_int_equal(model_touch(model, 0, 37 * BENCH_PAGE, 1, true), -EFAULT);
	assert_string_equal(model_rule(model), "9.12 offset");
	assert_int_equal(model_touch(model, 0, 38 * BENCH_PAGE, 1, true), 0);
	assert_int_equal(run_at(model, 0).offset, 0);
	model_free(model);
}

/* 8.3: one page below a shadow stack stays free of placed mappings, not of fixed ones. */
static void place_below_shadow_stack(void **state)
{
	(void)state;
	script("map 20-22 r shadow@0", "counter stack 2", "place at 18 len 2 rw = 62",
	       "rule 3 L0R0", "place at 17 len 2 rw = 17", "map 22-62 r", "map 0-17 r",
	       "place at 0 len 1 rw = ENOMEM", "map 19-20 rw",
	       "is 0-17 r | 17-20 rw | 20-22 r ss shadow@0 | 22-62 r | 62-64 rw");
	script("map 20-22 r shadow@0", "map 22-64 r", "place at 0 len 2 rw = 0", "map 0-2 none",
	       "place at 0 len 2 rw = 17", "counts 8.3 gap");
}

/* 9.3 */
static void populate_below_the_lowest_address(void **state)
{
	(void)state;
	script("map 0-4 rw", "advise at 0x1ffffffff000 len 2 populate_write = ENOMEM",
	       "[6.1] is 0-4 rw F1", "[6.12,6.18,7.3] rule 9.3 populate",
	       "[6.12,6.18,7.3] is 0-4 rw");
}

static void fork_beyond_the_last_space(void **state)
{
	(void)state;
	script("fork", "fork", "@1 fork", "fork = EAGAIN", "rule 11 spaces", "@3 exit", "fork = 4");
}

/* 9.11: memory that can never be written, and a context that is none. */
static void watch_what_cannot_be(void **state)
{
	static const struct model_file files[] = {
		{ .inode = 0 },
		{ .inode = 1, .zero_device = true, .own_object_per_map = true },
	};
	struct model_settings settings = bench_settings(MODEL_7_3);
	struct model *model = begin(&settings, files, 2);

	(void)state;
	model_mmap(model, 0, AT_PAGE(4), 4 * BENCH_PAGE, 1, BENCH_SHARED | BENCH_FIXED, 1, 0);
	assert_int_equal(model_trap_register(model, 0, 0, AT_PAGE(4), 4 * BENCH_PAGE, 2, 0),
			 -EPERM);
	assert_string_equal(model_rule(model), "9.11 maywrite");
	assert_int_equal(model_trap_register(model, 0, 4, AT_PAGE(4), 4 * BENCH_PAGE, 2, 0),
			 -EINVAL);
	assert_string_equal(model_rule(model), "9.11 context");
	model_free(model);
}

/* 9.11: a part of an area is cut out to be cleared, which the limit forbids; all of it is not. */
static void unwatch_at_the_limit(void **state)
{
	struct model_settings settings = bench_settings(MODEL_7_3);
	struct model *model = begin(&settings, NULL, 0);

	(void)state;
	map_anonymous(model, AT_PAGE(4), 8, 0);
	assert_int_equal(model_trap_register(model, 0, 0, AT_PAGE(4), 8 * BENCH_PAGE, 2, 0), 0);
	model_set_limit(model, 1);
	assert_int_equal(model_trap_unregister(model, 0, 0, AT_PAGE(6), 2 * BENCH_PAGE), -ENOMEM);
	assert_int_equal(run_at(model, 0).context, 1);
	assert_int_equal(model_trap_unregister(model, 0, 0, AT_PAGE(4), 8 * BENCH_PAGE), 0);
	assert_int_equal(run_at(model, 0).context, 0);
	model_free(model);
}

/* 9.7.1 */
static void move_without_leave_to_move(void **state)
{
	struct model_settings settings = bench_settings(MODEL_7_3);
	struct model *model = begin(&settings, NULL, 0);

	(void)state;
	map_anonymous(model, AT_PAGE(4), 4, 0);
	for (uint32_t flags = 2; flags <= 6; flags += 2) {
		assert_int_equal(model_mremap(model, 0, AT_PAGE(4), 4 * BENCH_PAGE, 4 * BENCH_PAGE,
					      flags, AT_PAGE(20)),
				 -EINVAL);
		assert_string_equal(model_rule(model), "9.7.1 flags");
	}
	model_free(model);
}

/* 9.14: markers slide along; without memory for the last step the area stays expanded. */
static void relocate_an_area_with_markers(void **state)
{
	struct model_settings settings = bench_settings(MODEL_7_3);
	struct model *model = begin(&settings, NULL, 0);
	uint64_t marks = 0;

	(void)state;
	map_anonymous(model, AT_PAGE(10), 4, 0);
	assert_int_equal(model_madvise(model, 0, AT_PAGE(11), 2 * BENCH_PAGE, 102), 0);
	assert_int_equal(model_relocate_down(model, 0, AT_PAGE(10), 4 * BENCH_PAGE, 1), 0);
	model_markers(model, 0, &marks);
	assert_int_equal(marks, 3 << 10);
	assert_int_equal(run_at(model, 0).offset, BENCH_BASE / BENCH_PAGE + 10);
	model_fail_at(model, 2, false);
	assert_int_equal(model_relocate_down(model, 0, AT_PAGE(9), 4 * BENCH_PAGE, 3), -ENOMEM);
	assert_string_equal(model_fail_reached(model), "9.14 shrink");
	assert_int_equal(run_at(model, 0).start, 6);
	assert_int_equal(run_at(model, 0).end, 13);
	model_free(model);
}

static uint16_t policy_of(const struct model *model, uint32_t page)
{
	static struct model_run runs[MODEL_PAGES_MAX];
	size_t count = model_runs(model, 0, runs, MODEL_PAGES_MAX);

	for (size_t i = 0; i < count; i++) {
		if (runs[i].start <= page && page < runs[i].end)
			return runs[i].policy;
	}
	return 0;
}

/*
 * 9.9: policies are numbered by first use, and there are more of them than numbers: with those
 * of 4096 areas and their home nodes 0 to 3 used up, numbers nobody has come again.
 */
static void bind_more_policies_than_numbers(void **state)
{
	struct model_settings settings = bench_settings(MODEL_7_3);
	struct model *model;
	uint64_t nodes = 0;
	uint32_t mode = 0;
	int home = 0;

	(void)state;
	settings.pages = MODEL_PAGES_MAX;
	model = begin(&settings, NULL, 0);
	map_anonymous(model, BENCH_BASE, MODEL_PAGES_MAX, 0);
	for (uint64_t page = 0; page < MODEL_PAGES_MAX; page++)
		assert_int_equal(model_mbind(model, 0, AT_PAGE(page), BENCH_PAGE, 2 | 1 << 15,
					     1 | page << 4),
				 0);
	assert_int_equal(policy_of(model, MODEL_PAGES_MAX - 1), MODEL_PAGES_MAX);
	for (uint64_t node = 0; node < 4; node++)
		assert_int_equal(
			model_home_node(model, 0, BENCH_BASE, MODEL_PAGES_MAX * BENCH_PAGE, node),
			0);
	assert_int_equal(policy_of(model, 0), 3 * MODEL_PAGES_MAX + MODEL_PAGES_MAX + 1);
	assert_int_equal(policy_of(model, 1), 1);
	assert_int_equal(policy_of(model, 2), 2);
	assert_true(model_policy(model, 1, &mode, &nodes, &home));
	assert_int_equal(mode, 2 | 1 << 15);
	assert_int_equal(home, 3);
	model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(touch_below_locked_stack_beyond_limit),
		cmocka_unit_test(touch_below_stack_whose_offset_ends),
		cmocka_unit_test(place_below_shadow_stack),
		cmocka_unit_test(populate_below_the_lowest_address),
		cmocka_unit_test(fork_beyond_the_last_space),
		cmocka_unit_test(watch_what_cannot_be),
		cmocka_unit_test(unwatch_at_the_limit),
		cmocka_unit_test(move_without_leave_to_move),
		cmocka_unit_test(relocate_an_area_with_markers),
		cmocka_unit_test(bind_more_policies_than_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
