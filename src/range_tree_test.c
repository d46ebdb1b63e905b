/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of the range tree. Edges by hand, everything else against a sorted array that is
 * searched from its first entry to its last.
 */
#define _POSIX_C_SOURCE 200809L

#include "range_tree.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* ---------------------------------------------------------------- memory that counts */

/* Blocks are chained so that a test can look into all of them. */
struct block {
	struct block *next;
	struct block **link; /* what points here */
	size_t size;
	uint64_t words[];
};

struct test_memory {
	struct range_tree_memory memory;
	struct block *blocks;
	size_t live;
	size_t allocations;
	size_t fail_from; /* this allocation and all after it fail; 0: none does */
};

static void *test_alloc(void *context, size_t size)
{
	struct test_memory *memory = context;
	struct block *block;

	memory->allocations++;
	if (memory->fail_from && memory->allocations >= memory->fail_from)
		return NULL;
	block = malloc(sizeof(*block) + size);
	assert_non_null(block);
	memset(block->words, 0xa5, size);
	block->size = size;
	block->next = memory->blocks;
	block->link = &memory->blocks;
	if (block->next)
		block->next->link = &block->next;
	memory->blocks = block;
	memory->live++;
	return block->words;
}

static void test_release(void *context, void *node, size_t size)
{
	struct test_memory *memory = context;
	struct block *block = (void *)((char *)node - offsetof(struct block, words));

	assert_int_equal(block->size, size);
	*block->link = block->next;
	if (block->next)
		block->next->link = block->link;
	memory->live--;
	free(block);
}

static void test_memory_init(struct test_memory *memory)
{
	*memory = (struct test_memory){
		.memory = { .alloc = test_alloc, .release = test_release, .context = memory },
	};
}

struct fixture {
	struct test_memory memory;
	struct range_tree tree;
};

static int setup(void **state)
{
	struct fixture *fixture = malloc(sizeof(*fixture));

	if (!fixture)
		return -1;
	test_memory_init(&fixture->memory);
	range_tree_init(&fixture->tree, &fixture->memory.memory);
	*state = fixture;
	return 0;
}

/* Every test ends with this: nothing may be left, whatever it did. */
static int teardown(void **state)
{
	struct fixture *fixture = *state;
	size_t live;

	range_tree_destroy(&fixture->tree);
	live = fixture->memory.live;
	free(fixture);
	return live == 0 ? 0 : -1;
}

static void assert_sound(const struct range_tree *tree)
{
	const char *fault = range_tree_validate(tree);

	if (fault)
		fail_msg("%s", fault);
}

/* A value is told by its address alone. */
static char values[1 << 16];

static void *value_of(uint64_t number)
{
	return &values[number % sizeof(values)];
}

static void add(struct range_tree *tree, uint64_t start, uint64_t end)
{
	assert_int_equal(range_tree_reserve(tree, 1), 0);
	range_tree_insert(tree, start, end, value_of(start));
}

static void assert_gap(bool found, struct range_tree_gap gap, uint64_t start, uint64_t end)
{
	assert_true(found);
	assert_int_equal(gap.start, start);
	assert_int_equal(gap.end, end);
}

static void assert_lowest(const struct range_tree *tree, struct range_tree_gap window,
			  uint64_t size, struct range_tree_gap expect)
{
	struct range_tree_gap gap;
	bool found = range_tree_gap_lowest(tree, window.start, window.end, size, &gap);

	assert_gap(found, gap, expect.start, expect.end);
}

static void assert_highest(const struct range_tree *tree, struct range_tree_gap window,
			   uint64_t size, struct range_tree_gap expect)
{
	struct range_tree_gap gap;
	bool found = range_tree_gap_highest(tree, window.start, window.end, size, &gap);

	assert_gap(found, gap, expect.start, expect.end);
}

static void assert_no_gap(const struct range_tree *tree, uint64_t low, uint64_t high, uint64_t size)
{
	struct range_tree_gap gap = { 77, 78 };

	assert_false(range_tree_gap_lowest(tree, low, high, size, &gap));
	assert_false(range_tree_gap_highest(tree, low, high, size, &gap));
	assert_int_equal(gap.start, 77);
	assert_int_equal(gap.end, 78);
}

#define WINDOW(low, high) ((struct range_tree_gap){ (low), (high) })

/* ---------------------------------------------------------------- scenarios */

static void empty_tree_finds_nothing(void **state)
{
	struct range_tree *tree = &((struct fixture *)*state)->tree;
	struct range_tree_entry entry = { 1, 2, values };
	struct range_tree_cursor cursor;

	assert_int_equal(range_tree_count(tree), 0);
	assert_null(range_tree_find(tree, 0));
	assert_null(range_tree_find(tree, UINT64_MAX));
	assert_false(range_tree_next(tree, 0, &entry));
	assert_false(range_tree_prev(tree, UINT64_MAX, &entry));
	assert_int_equal(entry.start, 1);
	assert_int_equal(entry.end, 2);
	assert_ptr_equal(entry.value, values);
	assert_null(range_tree_first(tree, &cursor));
	assert_null(range_tree_step(&cursor));
	assert_lowest(tree, WINDOW(0, UINT64_MAX), 1, WINDOW(0, UINT64_MAX));
	assert_highest(tree, WINDOW(5, 9), 4, WINDOW(5, 9));
	assert_no_gap(tree, 5, 9, 5);
	assert_no_gap(tree, 5, 5, 1);
	assert_no_gap(tree, 9, 5, 1);
	assert_sound(tree);
}

/*
 *	2345 5678 ........................ 20
 *	AAAA BBBB       gap 9..20          C
 */
static void three_entries(void **state)
{
	struct range_tree *tree = &((struct fixture *)*state)->tree;
	struct range_tree_entry entry;
	struct range_tree_cursor cursor;

	add(tree, 20, 21);
	add(tree, 2, 5);
	add(tree, 5, 9);
	assert_sound(tree);
	assert_int_equal(range_tree_count(tree), 3);

	assert_null(range_tree_find(tree, 1));
	assert_ptr_equal(range_tree_find(tree, 2), value_of(2));
	assert_ptr_equal(range_tree_find(tree, 4), value_of(2));
	assert_ptr_equal(range_tree_find(tree, 5), value_of(5));
	assert_ptr_equal(range_tree_find(tree, 8), value_of(5));
	assert_null(range_tree_find(tree, 9));
	assert_null(range_tree_find(tree, 19));
	assert_ptr_equal(range_tree_find(tree, 20), value_of(20));
	assert_null(range_tree_find(tree, 21));

	assert_true(range_tree_next(tree, 9, &entry));
	assert_int_equal(entry.start, 20);
	assert_int_equal(entry.end, 21);
	assert_ptr_equal(entry.value, value_of(20));
	assert_false(range_tree_next(tree, 21, &entry));
	assert_true(range_tree_prev(tree, 5, &entry));
	assert_int_equal(entry.start, 2);
	assert_false(range_tree_prev(tree, 2, &entry));

	assert_lowest(tree, WINDOW(0, 100), 1, WINDOW(0, 2));
	assert_lowest(tree, WINDOW(0, 100), 3, WINDOW(9, 20));
	assert_lowest(tree, WINDOW(12, 18), 6, WINDOW(12, 18));
	assert_lowest(tree, WINDOW(0, 100), 12, WINDOW(21, 100));
	assert_highest(tree, WINDOW(0, 100), 1, WINDOW(21, 100));
	assert_highest(tree, WINDOW(0, 21), 1, WINDOW(9, 20));
	assert_highest(tree, WINDOW(0, 12), 3, WINDOW(9, 12));
	assert_highest(tree, WINDOW(0, 8), 2, WINDOW(0, 2));
	assert_no_gap(tree, 2, 21, 12);
	assert_no_gap(tree, 3, 9, 1);

	assert_ptr_equal(range_tree_first(tree, &cursor), value_of(2));
	assert_ptr_equal(range_tree_step(&cursor), value_of(5));
	assert_ptr_equal(range_tree_step(&cursor), value_of(20));
	assert_null(range_tree_step(&cursor));
	assert_null(range_tree_step(&cursor));
}

static void ends_of_the_number_line(void **state)
{
	struct range_tree *tree = &((struct fixture *)*state)->tree;
	struct range_tree_entry entry;

	add(tree, 0, 1);
	add(tree, UINT64_MAX - 1, UINT64_MAX);
	assert_sound(tree);
	assert_ptr_equal(range_tree_find(tree, 0), value_of(0));
	assert_ptr_equal(range_tree_find(tree, UINT64_MAX - 1), value_of(UINT64_MAX - 1));
	assert_null(range_tree_find(tree, UINT64_MAX));
	assert_false(range_tree_next(tree, UINT64_MAX, &entry));
	assert_false(range_tree_prev(tree, 0, &entry));
	assert_true(range_tree_prev(tree, 1, &entry));
	assert_int_equal(entry.start, 0);
	assert_true(range_tree_prev(tree, UINT64_MAX, &entry));
	assert_int_equal(entry.start, UINT64_MAX - 1);
	assert_lowest(tree, WINDOW(0, UINT64_MAX), UINT64_MAX - 2, WINDOW(1, UINT64_MAX - 1));
	assert_highest(tree, WINDOW(0, UINT64_MAX), UINT64_MAX - 2, WINDOW(1, UINT64_MAX - 1));
	assert_no_gap(tree, 0, UINT64_MAX, UINT64_MAX - 1);
	assert_ptr_equal(range_tree_erase(tree, 0), value_of(0));
	range_tree_resize(tree, UINT64_MAX - 1, 0, UINT64_MAX);
	assert_sound(tree);
	assert_ptr_equal(range_tree_find(tree, 0), value_of(UINT64_MAX - 1));
	assert_no_gap(tree, 0, UINT64_MAX, 1);
	assert_ptr_equal(range_tree_erase(tree, 0), value_of(UINT64_MAX - 1));
	assert_int_equal(range_tree_count(tree), 0);
	assert_sound(tree);
}

/*
 * Every entry of a tree of three levels in turn grows down, grows up, moves and shrinks. The
 * first and last ones of nodes must carry their bounds upwards.
 *
 *	....|AAAAAAAA|....
 *	|AAAAAAAAAAAA|....
 *	|AAAAAAAAAAAAAAAA|
 *	............|AAAA|
 *	....|AAAAAAAA|....
 */
static void resize_both_directions(void **state)
{
	struct range_tree *tree = &((struct fixture *)*state)->tree;

	for (uint64_t i = 0; i < 2000; i++)
		add(tree, 16 * i + 4, 16 * i + 12);
	for (uint64_t i = 0; i < 2000; i++) {
		uint64_t at = 16 * i;

		range_tree_resize(tree, at + 4, at, at + 12);
		assert_ptr_equal(range_tree_find(tree, at), value_of(at + 4));
		range_tree_resize(tree, at, at, at + 16);
		assert_no_gap(tree, at, at + 16, 1);
		assert_sound(tree);
		range_tree_resize(tree, at, at + 12, at + 16);
		assert_null(range_tree_find(tree, at + 11));
		assert_lowest(tree, WINDOW(at, at + 16), 1, WINDOW(at, at + 12));
		assert_sound(tree);
		range_tree_resize(tree, at + 12, at + 4, at + 12);
		assert_sound(tree);
	}
	assert_int_equal(range_tree_count(tree), 2000);
}

static void cursor_visits_all_in_order(void **state)
{
	struct range_tree *tree = &((struct fixture *)*state)->tree;
	struct range_tree_cursor cursor;
	uint64_t expect = 0;

	for (uint64_t i = 5000; i-- > 0;)
		add(tree, 3 * i, 3 * i + 2);
	for (void *value = range_tree_first(tree, &cursor); value;
	     value = range_tree_step(&cursor)) {
		assert_ptr_equal(value, value_of(expect));
		expect += 3;
	}
	assert_int_equal(expect, 15000);
}

/* ---------------------------------------------------------------- memory */

static void reserve_takes_only_what_may_be_needed(void **state)
{
	struct fixture *fixture = *state;
	struct range_tree *tree = &fixture->tree;

	assert_int_equal(range_tree_reserve(tree, 0), 0);
	assert_int_equal(fixture->memory.allocations, 0);
	for (uint64_t i = 0; i < 16; i++)
		add(tree, 2 * i, 2 * i + 1);
	/* One leaf, and it had room each time. */
	assert_int_equal(fixture->memory.allocations, 1);
	for (uint64_t i = 16; i < 1000; i++)
		add(tree, 2 * i, 2 * i + 1);
	range_tree_unreserve(tree);
	assert_sound(tree);
	/* Nothing is left over: every block is a node in use, at least a quarter full. */
	assert_in_range(fixture->memory.live, 1000 / 24, 1000 / 6 + 1000 / 36 + 1);

	assert_int_equal(range_tree_reserve(tree, 2), 0);
	fixture->memory.fail_from = fixture->memory.allocations + 1;
	/* Reserved is reserved: asking again takes nothing. */
	assert_int_equal(range_tree_reserve(tree, 2), 0);
	assert_int_equal(range_tree_reserve(tree, 1), 0);
	assert_int_equal(range_tree_reserve(tree, UINT32_MAX), -ENOMEM);
}

static void refused_reservation_changes_nothing(void **state)
{
	static const unsigned int sizes[] = { 0, 1, 24, 25, 600, 3000 };
	static const unsigned int inserts[] = { 1, 3, 23, 24, 25, 700 };
	struct fixture *fixture = *state;
	struct test_memory *memory = &fixture->memory;
	struct range_tree *tree = &fixture->tree;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		while (range_tree_count(tree) < sizes[i]) {
			uint64_t at = 100 * range_tree_count(tree);

			add(tree, at, at + 50);
		}
		for (size_t k = 0; k < sizeof(inserts) / sizeof(inserts[0]); k++) {
			size_t live;
			size_t nth = 0;
			int result;

			range_tree_unreserve(tree);
			live = memory->live;
			do {
				memory->fail_from = memory->allocations + ++nth;
				result = range_tree_reserve(tree, inserts[k]);
				memory->fail_from = 0;
				if (result == 0)
					break;
				assert_int_equal(result, -ENOMEM);
				assert_int_equal(memory->live, live);
				assert_int_equal(range_tree_count(tree), sizes[i]);
				assert_sound(tree);
			} while (true);
			assert_int_equal(memory->live, live + nth - 1);
		}
	}
	add(tree, 70, 80);
	assert_ptr_equal(range_tree_find(tree, 75), value_of(70));
}

static void refused_reservation_keeps_the_earlier_one(void **state)
{
	struct fixture *fixture = *state;
	struct test_memory *memory = &fixture->memory;
	struct range_tree *tree = &fixture->tree;

	for (uint64_t i = 0; i < 24; i++)
		add(tree, 10 * i, 10 * i + 5);
	assert_int_equal(range_tree_reserve(tree, 1), 0);
	memory->fail_from = memory->allocations + 3;
	assert_int_equal(range_tree_reserve(tree, 20), -ENOMEM);
	range_tree_insert(tree, 5, 10, values);
	assert_sound(tree);
	assert_int_equal(range_tree_count(tree), 25);
}

/* Runs a misuse in a child and says whether it was stopped. */
static bool stops(struct range_tree *tree, void (*misuse)(struct range_tree *tree))
{
	int status = 0;
	pid_t child;

	fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		if (!freopen("/dev/null", "w", stderr))
			_exit(2);
		misuse(tree);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void misuse_nothing(struct range_tree *tree)
{
	range_tree_resize(tree, 20, 15, 25);
}

static void misuse_unreserved(struct range_tree *tree)
{
	range_tree_unreserve(tree);
	for (uint64_t i = 100; i < 200; i++)
		range_tree_insert(tree, i, i + 1, values);
}

static void misuse_overlap_left(struct range_tree *tree)
{
	range_tree_insert(tree, 19, 21, values);
}

static void misuse_overlap_right(struct range_tree *tree)
{
	range_tree_insert(tree, 29, 31, values);
}

static void misuse_empty_range(struct range_tree *tree)
{
	range_tree_insert(tree, 50, 50, values);
}

static void misuse_no_value(struct range_tree *tree)
{
	range_tree_insert(tree, 50, 51, NULL);
}

static void misuse_erase_middle(struct range_tree *tree)
{
	range_tree_erase(tree, 21);
}

static void misuse_resize_over_next(struct range_tree *tree)
{
	range_tree_resize(tree, 20, 20, 41);
}

static void misuse_resize_over_prev(struct range_tree *tree)
{
	range_tree_resize(tree, 20, 9, 30);
}

static void misuse_gap_of_nothing(struct range_tree *tree)
{
	struct range_tree_gap gap;

	range_tree_gap_lowest(tree, 0, 100, 0, &gap);
}

static void misuse_is_stopped(void **state)
{
	struct range_tree *tree = &((struct fixture *)*state)->tree;

	add(tree, 0, 10);
	add(tree, 20, 30);
	add(tree, 40, 50);
	assert_int_equal(range_tree_reserve(tree, 1), 0);
	assert_false(stops(tree, misuse_nothing));
	assert_true(stops(tree, misuse_unreserved));
	assert_true(stops(tree, misuse_overlap_left));
	assert_true(stops(tree, misuse_overlap_right));
	assert_true(stops(tree, misuse_empty_range));
	assert_true(stops(tree, misuse_no_value));
	assert_true(stops(tree, misuse_erase_middle));
	assert_true(stops(tree, misuse_resize_over_next));
	assert_true(stops(tree, misuse_resize_over_prev));
	assert_true(stops(tree, misuse_gap_of_nothing));
}

/* ---------------------------------------------------------------- the sorted array */

struct model {
	struct range_tree_entry *entries;
	size_t count;
	size_t capacity;
};

struct random {
	uint64_t state;
};

/* xorshift64*; 0 <= result < below. */
static uint64_t random_below(struct random *random, uint64_t below)
{
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return (random->state * 0x2545f4914f6cdd1dULL) % below;
}

static void model_insert(struct model *model, size_t at, struct range_tree_entry entry)
{
	assert_true(model->count < model->capacity);
	memmove(&model->entries[at + 1], &model->entries[at],
		(model->count - at) * sizeof(model->entries[0]));
	model->entries[at] = entry;
	model->count++;
}

static void model_erase(struct model *model, size_t at)
{
	model->count--;
	memmove(&model->entries[at], &model->entries[at + 1],
		(model->count - at) * sizeof(model->entries[0]));
}

/* The hole left of entry `at`; at == count: the one behind the last entry. */
static struct range_tree_gap model_hole(const struct model *model, size_t at, uint64_t limit)
{
	struct range_tree_gap hole = { 0, limit };

	if (at > 0)
		hole.start = model->entries[at - 1].end;
	if (at < model->count)
		hole.end = model->entries[at].start;
	return hole;
}

static bool model_fits(const struct model *model, size_t at, struct range_tree_gap window,
		       uint64_t size, struct range_tree_gap *gap)
{
	struct range_tree_gap hole = model_hole(model, at, UINT64_MAX);

	if (hole.start < window.start)
		hole.start = window.start;
	if (hole.end > window.end)
		hole.end = window.end;
	if (hole.start >= hole.end || hole.end - hole.start < size)
		return false;
	*gap = hole;
	return true;
}

static bool model_gap(const struct model *model, struct range_tree_gap window, uint64_t size,
		      bool highest, struct range_tree_gap *gap)
{
	for (size_t i = 0; i <= model->count; i++) {
		if (model_fits(model, highest ? model->count - i : i, window, size, gap))
			return true;
	}
	return false;
}

/* ---------------------------------------------------------------- tree against array */

struct trial {
	struct range_tree *tree;
	struct model model;
	struct random random;
	uint64_t limit;	 /* entries end here at the latest */
	uint64_t stride; /* entries and holes are mostly no longer than this */
};

static uint64_t trial_key(struct trial *trial)
{
	const struct range_tree_entry *entry;

	if (trial->model.count == 0 || random_below(&trial->random, 8) == 0)
		return random_below(&trial->random, 2) ? random_below(&trial->random, UINT64_MAX)
						       : UINT64_MAX;
	entry = &trial->model.entries[random_below(&trial->random, trial->model.count)];
	/* Around the bounds; start - 1 of an entry at 0 is UINT64_MAX, which is welcome. */
	if (random_below(&trial->random, 2))
		return entry->start - 1 + random_below(&trial->random, 3);
	return entry->end - 1 + random_below(&trial->random, 3);
}

static void compare_searches(struct trial *trial, uint64_t key)
{
	const struct range_tree_entry *next_expect = NULL;
	const struct range_tree_entry *prev_expect = NULL;
	struct range_tree_entry actual;
	void *found_expect = NULL;

	for (size_t i = 0; i < trial->model.count; i++) {
		const struct range_tree_entry *entry = &trial->model.entries[i];

		if (entry->start < key)
			prev_expect = entry;
		if (entry->end > key && !next_expect)
			next_expect = entry;
		if (entry->start <= key && key < entry->end)
			found_expect = entry->value;
	}
	assert_ptr_equal(range_tree_find(trial->tree, key), found_expect);
	assert_int_equal(range_tree_next(trial->tree, key, &actual), next_expect != NULL);
	if (next_expect)
		assert_true(actual.start == next_expect->start && actual.end == next_expect->end &&
			    actual.value == next_expect->value);
	assert_int_equal(range_tree_prev(trial->tree, key, &actual), prev_expect != NULL);
	if (prev_expect)
		assert_true(actual.start == prev_expect->start && actual.end == prev_expect->end &&
			    actual.value == prev_expect->value);
}

static void compare_gaps(struct trial *trial)
{
	struct range_tree_gap window = { trial_key(trial), trial_key(trial) };
	uint64_t size = 1 + random_below(&trial->random, 2 * trial->stride);
	struct range_tree_gap expect = { 0, 0 };
	struct range_tree_gap actual = { 0, 0 };
	bool found_expect;

	/* Often over everything, and often exactly as large as one of the holes. */
	if (random_below(&trial->random, 4) == 0)
		window = WINDOW(0, trial->limit);
	if (random_below(&trial->random, 2)) {
		size_t at = random_below(&trial->random, trial->model.count + 1);
		struct range_tree_gap hole = model_hole(&trial->model, at, trial->limit);

		size = hole.end - hole.start + random_below(&trial->random, 2);
		size += size == 0;
	}
	found_expect = model_gap(&trial->model, window, size, false, &expect);
	assert_int_equal(
		range_tree_gap_lowest(trial->tree, window.start, window.end, size, &actual),
		found_expect);
	assert_int_equal(actual.start, expect.start);
	assert_int_equal(actual.end, expect.end);
	found_expect = model_gap(&trial->model, window, size, true, &expect);
	assert_int_equal(
		range_tree_gap_highest(trial->tree, window.start, window.end, size, &actual),
		found_expect);
	assert_int_equal(actual.start, expect.start);
	assert_int_equal(actual.end, expect.end);
}

static void compare_all(struct trial *trial)
{
	struct range_tree_cursor cursor;
	void *value = range_tree_first(trial->tree, &cursor);

	assert_sound(trial->tree);
	for (size_t i = 0; i < trial->model.count; i++) {
		assert_ptr_equal(value, trial->model.entries[i].value);
		value = range_tree_step(&cursor);
	}
	assert_null(value);
}

/* A part of a hole: at its left end, at its right end, all of it, or inside. */
static bool trial_range(struct trial *trial, struct range_tree_gap hole,
			struct range_tree_entry *entry)
{
	uint64_t room = hole.end - hole.start;
	uint64_t length;

	if (room == 0)
		return false;
	length = 1 + random_below(&trial->random, trial->stride < room ? trial->stride : room);
	entry->start = hole.start;
	switch (random_below(&trial->random, 8)) {
	case 0:
		break;
	case 1:
		entry->start = hole.end - length;
		break;
	case 2:
		length = room < 2 * trial->stride ? room : length;
		break;
	default:
		entry->start = hole.start + random_below(&trial->random, room - length + 1);
	}
	entry->end = entry->start + length;
	entry->value = &values[random_below(&trial->random, sizeof(values))];
	return true;
}

static void trial_insert(struct trial *trial, size_t at)
{
	struct range_tree_entry entry;

	if (!trial_range(trial, model_hole(&trial->model, at, trial->limit), &entry))
		return;
	assert_int_equal(range_tree_reserve(trial->tree, 1), 0);
	range_tree_insert(trial->tree, entry.start, entry.end, entry.value);
	model_insert(&trial->model, at, entry);
}

static void trial_erase(struct trial *trial, size_t at)
{
	const struct range_tree_entry *entry = &trial->model.entries[at];

	assert_ptr_equal(range_tree_erase(trial->tree, entry->start), entry->value);
	model_erase(&trial->model, at);
}

static void trial_resize(struct trial *trial, size_t at)
{
	struct range_tree_entry *entry = &trial->model.entries[at];
	struct range_tree_gap room = {
		.start = model_hole(&trial->model, at, trial->limit).start,
		.end = model_hole(&trial->model, at + 1, trial->limit).end,
	};
	struct range_tree_entry range;

	assert_true(trial_range(trial, room, &range));
	/* Half of the time one bound stays. */
	if (random_below(&trial->random, 4) == 0 && entry->start < range.end)
		range.start = entry->start;
	else if (random_below(&trial->random, 3) == 0 && range.start < entry->end)
		range.end = entry->end;
	range_tree_resize(trial->tree, entry->start, range.start, range.end);
	entry->start = range.start;
	entry->end = range.end;
}

/* Where the next change goes: anywhere, or all at one end, or around one place. */
static size_t trial_place(struct trial *trial, unsigned int pattern, size_t below)
{
	switch (pattern % 4) {
	case 0:
		return 0;
	case 1:
		return below - 1;
	case 2:
		return below / 2;
	default:
		return random_below(&trial->random, below);
	}
}

/* Lets the number of entries wander to `target`, and stay there for a while. */
static void trial_phase(struct trial *trial, size_t target, unsigned int pattern, size_t steps)
{
	for (size_t step = 0; step < steps; step++) {
		size_t count = trial->model.count;
		uint64_t toss = random_below(&trial->random, 16);

		if (toss < 4 && count > 0)
			trial_resize(trial, random_below(&trial->random, count));
		else if ((toss < (count < target ? 14 : 6) && count < target + 20) || count == 0)
			trial_insert(trial, trial_place(trial, pattern, count + 1));
		else
			trial_erase(trial, trial_place(trial, pattern, count));
		assert_int_equal(range_tree_count(trial->tree), trial->model.count);
		if (trial->model.count < 100 || step % 32 == 0) {
			compare_all(trial);
			compare_searches(trial, trial_key(trial));
		}
		compare_searches(trial, trial_key(trial));
		compare_gaps(trial);
	}
}

static void trial_run(struct fixture *fixture, uint64_t seed, uint64_t limit, uint64_t stride)
{
	static const struct {
		size_t target;
		unsigned int pattern;
		size_t steps;
	} phases[] = {
		{ 3, 3, 4000 },	   { 20, 3, 20000 },  { 30, 3, 20000 }, { 0, 3, 500 },
		{ 60, 0, 3000 },   { 0, 1, 3000 },    { 60, 1, 3000 },	{ 0, 0, 3000 },
		{ 200, 2, 4000 },  { 30, 3, 4000 },   { 700, 3, 8000 }, { 0, 2, 6000 },
		{ 3000, 3, 9000 }, { 2900, 3, 2000 }, { 3000, 2, 500 }, { 10, 3, 9000 },
	};
	struct trial trial = {
		.tree = &fixture->tree,
		.model.capacity = 4000,
		.random.state = seed,
		.limit = limit,
		.stride = stride,
	};

	trial.model.entries = calloc(trial.model.capacity, sizeof(trial.model.entries[0]));
	assert_non_null(trial.model.entries);
	for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++)
		trial_phase(&trial, phases[i].target, phases[i].pattern, phases[i].steps);
	while (trial.model.count > 0)
		trial_erase(&trial, random_below(&trial.random, trial.model.count));
	free(trial.model.entries);
	range_tree_unreserve(&fixture->tree);
	assert_int_equal(fixture->memory.live, 0);
}

static void agrees_with_sorted_array_crowded(void **state)
{
	trial_run(*state, 0x9e3779b97f4a7c15ULL, 10000, 6);
}

static void agrees_with_sorted_array_pages(void **state)
{
	trial_run(*state, 0xd1b54a32d192ed03ULL, 1ULL << 20, 64);
}

static void agrees_with_sorted_array_whole_line(void **state)
{
	trial_run(*state, 0x8cb92ba72f3d8dd7ULL, UINT64_MAX, 1ULL << 50);
}

/*
 * What was reserved is enough. Every tree has some full nodes; inserts crowd into one place or
 * spread, and erases come in between, while memory is shut.
 */
static void reservation_covers_any_inserts(void **state)
{
	struct fixture *fixture = *state;
	struct trial trial = {
		.tree = &fixture->tree,
		.model.capacity = 5000,
		.random.state = 0xa0761d6478bd642fULL,
		.limit = 1ULL << 60,
		.stride = 1ULL << 20,
	};

	trial.model.entries = calloc(trial.model.capacity, sizeof(trial.model.entries[0]));
	assert_non_null(trial.model.entries);
	for (unsigned int round = 0; round < 3000; round++) {
		unsigned int large = round % 100 == 0;
		size_t inserts = 1 + random_below(&trial.random, large ? 1500 : 50);
		size_t target = random_below(&trial.random, large ? 3000 : 600);
		unsigned int pattern = (unsigned int)random_below(&trial.random, 4);

		while (trial.model.count > target)
			trial_erase(&trial, trial_place(&trial, pattern, trial.model.count));
		while (trial.model.count < target)
			trial_insert(&trial, random_below(&trial.random, trial.model.count + 1));
		range_tree_unreserve(&fixture->tree);
		assert_int_equal(range_tree_reserve(&fixture->tree, (unsigned int)inserts), 0);
		fixture->memory.fail_from = 1;
		for (; inserts > 0; inserts--) {
			size_t at = trial_place(&trial, pattern, trial.model.count + 1);
			struct range_tree_gap hole = model_hole(&trial.model, at, trial.limit);
			struct range_tree_entry entry;

			if (trial_range(&trial, hole, &entry)) {
				range_tree_insert(&fixture->tree, entry.start, entry.end,
						  entry.value);
				model_insert(&trial.model, at, entry);
			}
			if (random_below(&trial.random, 4) == 0)
				trial_erase(&trial, trial_place(&trial, round, trial.model.count));
		}
		fixture->memory.fail_from = 0;
		compare_all(&trial);
	}
	free(trial.model.entries);
}

static void reservation_covers_a_whole_tree(void **state)
{
	enum { ENTRIES = 65530 };
	struct fixture *fixture = *state;

	assert_int_equal(range_tree_reserve(&fixture->tree, ENTRIES), 0);
	fixture->memory.fail_from = 1;
	/* 40503 and 65530 have no common divisor: each entry once, far from the one before. */
	for (uint64_t i = 0; i < ENTRIES; i++) {
		uint64_t at = i * 40503 % ENTRIES * 8;

		range_tree_insert(&fixture->tree, at, at + 8, value_of(at));
	}
	assert_int_equal(range_tree_count(&fixture->tree), ENTRIES);
	assert_sound(&fixture->tree);
	assert_no_gap(&fixture->tree, 0, ENTRIES * 8, 1);
}

static void million_entries(void **state)
{
	enum { ENTRIES = 1000000, HOLE = 765432 };
	struct range_tree *tree = &((struct fixture *)*state)->tree;
	struct range_tree_entry entry;

	/* 600011 and 1000000 have no common divisor. */
	for (uint64_t i = 0; i < ENTRIES; i++) {
		uint64_t at = i * 600011 % ENTRIES * 16;

		add(tree, at, at + 12);
	}
	assert_int_equal(range_tree_count(tree), ENTRIES);
	assert_sound(tree);
	for (uint64_t i = 0; i < ENTRIES; i += 7) {
		assert_ptr_equal(range_tree_find(tree, 16 * i + 11), value_of(16 * i));
		assert_null(range_tree_find(tree, 16 * i + 12));
		assert_int_equal(range_tree_prev(tree, 16 * i, &entry), i > 0);
	}
	assert_no_gap(tree, 0, 16ULL * ENTRIES, 5);
	range_tree_erase(tree, 16ULL * HOLE);
	assert_lowest(tree, WINDOW(0, 16ULL * ENTRIES), 5,
		      WINDOW(16ULL * HOLE - 4, 16ULL * HOLE + 16));
	assert_highest(tree, WINDOW(0, 16ULL * ENTRIES), 20,
		       WINDOW(16ULL * HOLE - 4, 16ULL * HOLE + 16));
	for (uint64_t i = 0; i < ENTRIES; i++) {
		uint64_t at = i * 314159 % ENTRIES * 16;

		if (at != 16ULL * HOLE)
			assert_ptr_equal(range_tree_erase(tree, at), value_of(at));
		if (i == ENTRIES / 2 || i == ENTRIES - 100)
			assert_sound(tree);
	}
	assert_int_equal(range_tree_count(tree), 0);
}

/* ---------------------------------------------------------------- a validator that can fail */

/* A place in a node that holds the wanted bytes, the skip-th of them. NULL: there are no more. */
static char *place_of(const struct test_memory *memory, const void *wanted, size_t size,
		      size_t skip)
{
	for (struct block *block = memory->blocks; block; block = block->next) {
		char *bytes = (char *)block->words;

		for (size_t at = 0; at + size <= block->size; at += sizeof(uint32_t)) {
			if (memcmp(bytes + at, wanted, size) == 0 && skip-- == 0)
				return bytes + at;
		}
	}
	return NULL;
}

/*
 * Overwrites every occurrence of `wanted` in turn and counts those the validator describes with
 * a sentence that has `words` in it. Afterwards the tree is as it was.
 */
static size_t corruptions_told(struct fixture *fixture, const void *wanted, const void *wrong,
			       size_t size, const char *words)
{
	size_t told = 0;
	char *place;

	for (size_t skip = 0; (place = place_of(&fixture->memory, wanted, size, skip)); skip++) {
		char right[sizeof(uint64_t)];
		const char *fault;

		memcpy(right, place, size);
		memcpy(place, wrong, size);
		fault = range_tree_validate(&fixture->tree);
		memcpy(place, right, size);
		told += fault && strstr(fault, words);
	}
	assert_sound(&fixture->tree);
	return told;
}

static size_t key_corruptions_told(struct fixture *fixture, uint64_t wanted, uint64_t wrong,
				   const char *words)
{
	return corruptions_told(fixture, &wanted, &wrong, sizeof(wanted), words);
}

/* 100 entries of 0x400, holes of 0x800 to 0x863, one hole as large as no other. */
static uint64_t corrupt_key(uint64_t i)
{
	return (0x5000ULL << 32) + 0x1000 * i + (i > 57 ? 0x77000 : 0) + i;
}

static void corruptible_tree(struct fixture *fixture)
{
	for (uint64_t i = 0; i < 100; i++) {
		assert_int_equal(range_tree_reserve(&fixture->tree, 1), 0);
		range_tree_insert(&fixture->tree, corrupt_key(i), corrupt_key(i) + 0x400,
				  &values[7 * i + 3]);
	}
	range_tree_unreserve(&fixture->tree);
	assert_sound(&fixture->tree);
}

static void validate_tells_wrong_keys(void **state)
{
	struct fixture *fixture = *state;
	uint64_t hole = corrupt_key(58) - corrupt_key(57) - 0x400;
	const void *value = &values[7 * 50 + 3];
	const void *nothing = NULL;

	corruptible_tree(fixture);
	for (uint64_t i = 1; i < 99; i++) {
		uint64_t key = corrupt_key(i);

		assert_true(key_corruptions_told(fixture, key, key + 0x400, "empty") >= 1);
		assert_true(key_corruptions_told(fixture, key, corrupt_key(i - 1) + 1, "overlap") >=
			    1);
		assert_true(key_corruptions_told(fixture, key + 0x400, key - 1, "empty") >= 1);
	}
	/* The first start stands in a leaf and in the root, as the last end does. */
	assert_int_equal(key_corruptions_told(fixture, corrupt_key(0), 1, "span"), 2);
	assert_int_equal(key_corruptions_told(fixture, corrupt_key(99) + 0x400, UINT64_MAX, "span"),
			 2);
	assert_int_equal(key_corruptions_told(fixture, hole, hole - 1, "gap"), 1);
	assert_int_equal(key_corruptions_told(fixture, hole, hole + 1, "gap"), 1);
	assert_true(key_corruptions_told(fixture, UINT64_MAX, 9, "blank") >= 2);
	assert_true(corruptions_told(fixture, &value, &nothing, sizeof(value), "no value") >= 1);
}

/* Every node but the root is its parent's child and, unless it is the first, a neighbour's next. */
static void validate_tells_wrong_nodes(void **state)
{
	struct fixture *fixture = *state;
	const void *nothing = NULL;
	size_t children = 0;
	size_t chained = 0;
	size_t nodes = 0;

	corruptible_tree(fixture);
	for (struct block *block = fixture->memory.blocks; block; block = block->next) {
		const void *node = block->words;

		children += corruptions_told(fixture, &node, &nothing, sizeof(node), "missing");
		chained += corruptions_told(fixture, &node, &nothing, sizeof(node), "chain");
		nodes++;
	}
	assert_true(nodes >= 6);
	assert_int_equal(children, nodes - 1);
	assert_int_equal(chained, nodes - 2);
}

static void validate_tells_wrong_counts(void **state)
{
	struct fixture *fixture = *state;
	struct range_tree *tree = &fixture->tree;
	struct range_tree_cursor cursor;
	const unsigned int few = 1;
	const unsigned int many = 1000;
	unsigned int fill = 0;

	corruptible_tree(fixture);
	range_tree_first(tree, &cursor);
	for (const struct range_tree_node *leaf = cursor.leaf; cursor.leaf == leaf; fill++)
		range_tree_step(&cursor);
	assert_true(corruptions_told(fixture, &fill, &few, sizeof(fill), "too few") >= 1);
	assert_true(corruptions_told(fixture, &fill, &many, sizeof(fill), "too many") >= 1);

	tree->count++;
	assert_string_equal(range_tree_validate(tree), "the number of entries is wrong");
	tree->count--;
	tree->spare_count++;
	assert_string_equal(range_tree_validate(tree), "the number of spare nodes is wrong");
	tree->spare_count--;
	tree->height += 1000;
	assert_string_equal(range_tree_validate(tree), "the tree is too high");
	tree->height -= 1000;
	assert_sound(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(empty_tree_finds_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(three_entries, setup, teardown),
		cmocka_unit_test_setup_teardown(ends_of_the_number_line, setup, teardown),
		cmocka_unit_test_setup_teardown(resize_both_directions, setup, teardown),
		cmocka_unit_test_setup_teardown(cursor_visits_all_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(reserve_takes_only_what_may_be_needed, setup,
						teardown),
		cmocka_unit_test_setup_teardown(refused_reservation_changes_nothing, setup,
						teardown),
		cmocka_unit_test_setup_teardown(refused_reservation_keeps_the_earlier_one, setup,
						teardown),
		cmocka_unit_test_setup_teardown(misuse_is_stopped, setup, teardown),
		cmocka_unit_test_setup_teardown(agrees_with_sorted_array_crowded, setup, teardown),
		cmocka_unit_test_setup_teardown(agrees_with_sorted_array_pages, setup, teardown),
		cmocka_unit_test_setup_teardown(agrees_with_sorted_array_whole_line, setup,
						teardown),
		cmocka_unit_test_setup_teardown(reservation_covers_any_inserts, setup, teardown),
		cmocka_unit_test_setup_teardown(reservation_covers_a_whole_tree, setup, teardown),
		cmocka_unit_test_setup_teardown(million_entries, setup, teardown),
		cmocka_unit_test_setup_teardown(validate_tells_wrong_keys, setup, teardown),
		cmocka_unit_test_setup_teardown(validate_tells_wrong_nodes, setup, teardown),
		cmocka_unit_test_setup_teardown(validate_tells_wrong_counts, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
