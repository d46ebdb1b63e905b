/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The expectation is an array of ranges kept in order by memmove() and searched from the
 * left, which is slow and hard to get wrong. Beside the answers it checks the tree's promise
 * that only range_tree_reserve() takes memory and that a failed one changes nothing.
 */
#include "tree_check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "range_tree.h"

#define ENTRIES_MOST 512
#define STEPS_MOST 256
#define STEP_BYTES 6

/* The allocator under the tree. */
struct meter {
	size_t blocks;	     /* given out and not taken back */
	unsigned int budget; /* allocations until one fails */
	bool open;	     /* inside range_tree_reserve() */
	bool broken;	     /* memory was asked for elsewhere */
};

struct check {
	struct range_tree tree;
	struct range_tree_memory memory;
	struct meter meter;
	struct range_tree_entry entry[ENTRIES_MOST]; /* in order: the expectation */
	size_t count;
	uint64_t origin, span; /* keys lie in [origin, origin + span) */
	uintptr_t serial;      /* the last value given to an entry */
	uint32_t step;
	const char *doing;
	FILE *out;
};

struct step {
	uint8_t kind, c;
	uint16_t a, b;
};

static void *meter_alloc(void *context, size_t size)
{
	struct meter *meter = context;
	void *node;

	if (!meter->open)
		meter->broken = true;
	if (!meter->budget)
		return NULL;
	node = malloc(size);
	if (!node)
		return NULL;
	meter->budget--;
	meter->blocks++;
	return node;
}

static void meter_release(void *context, void *node, size_t size)
{
	struct meter *meter = context;

	/* Scribbling over the node makes a later read of it visible without a sanitizer. */
	memset(node, 0xa5, size);
	free(node);
	meter->blocks--;
}

static bool fail(struct check *check, const char *what, uint64_t actual, uint64_t expected)
{
	fprintf(check->out,
		"mismatch  range tree   step %" PRIu32 " %s   %s\n"
		"subject   %" PRIu64 "\nexpected  %" PRIu64 "\n"
		"signature tree/%s/%s\n",
		check->step, check->doing, what, actual, expected, check->doing, what);
	return false;
}

static bool same(struct check *check, const char *what, uint64_t actual, uint64_t expected)
{
	return actual == expected || fail(check, what, actual, expected);
}

/* Index of the first entry that ends after key. */
static size_t array_after(const struct check *check, uint64_t key)
{
	size_t i = 0;

	while (i < check->count && check->entry[i].end <= key)
		i++;
	return i;
}

static uint64_t hole_start(const struct check *check, size_t i)
{
	return i ? check->entry[i - 1].end : 0;
}

static uint64_t hole_end(const struct check *check, size_t i)
{
	return i < check->count ? check->entry[i].start : UINT64_MAX;
}

/* The part of hole i (before entry i) inside [low, high), if it is large enough. */
static bool hole_fits(const struct check *check, size_t i, uint64_t low, uint64_t high,
		      uint64_t size, struct range_tree_gap *gap)
{
	uint64_t start = hole_start(check, i);
	uint64_t end = hole_end(check, i);

	if (start < low)
		start = low;
	if (end > high)
		end = high;
	if (start >= end || end - start < size)
		return false;
	gap->start = start;
	gap->end = end;
	return true;
}

static bool array_gap(const struct check *check, bool highest, uint64_t low, uint64_t high,
		      uint64_t size, struct range_tree_gap *gap)
{
	for (size_t k = 0; k <= check->count; k++) {
		if (hole_fits(check, highest ? check->count - k : k, low, high, size, gap))
			return true;
	}
	return false;
}

/* After every step: size, the node structure, and each entry in order. */
static bool check_whole(struct check *check)
{
	const char *fault = range_tree_validate(&check->tree);
	struct range_tree_entry seen;
	uint64_t key = 0;

	if (fault) {
		fprintf(check->out,
			"mismatch  range tree   step %" PRIu32 " %s   %s\n"
			"signature tree/%s/validate\n",
			check->step, check->doing, fault, check->doing);
		return false;
	}
	if (check->meter.broken)
		return fail(check, "memory-outside-reserve", 1, 0);
	if (!same(check, "count", range_tree_count(&check->tree), check->count))
		return false;
	for (size_t i = 0; i < check->count; i++) {
		const struct range_tree_entry *entry = &check->entry[i];

		if (!range_tree_next(&check->tree, key, &seen))
			return fail(check, "entry-lost", i, check->count);
		if (!same(check, "entry-start", seen.start, entry->start) ||
		    !same(check, "entry-end", seen.end, entry->end) ||
		    !same(check, "entry-value", (uintptr_t)seen.value, (uintptr_t)entry->value))
			return false;
		key = entry->end;
	}
	return true;
}

static bool reserve(struct check *check, unsigned int inserts, unsigned int budget, int *error)
{
	size_t blocks = check->meter.blocks;

	check->meter.open = true;
	check->meter.budget = budget;
	*error = range_tree_reserve(&check->tree, inserts);
	check->meter.open = false;
	if (*error && *error != -ENOMEM)
		return fail(check, "reserve-errno", (uint64_t) - *error, ENOMEM);
	if (*error && check->meter.budget)
		return fail(check, "reserve-failed", 1, 0);
	return check->meter.blocks >= blocks || fail(check, "reserve-gave-back", 1, 0);
}

static bool insert(struct check *check, uint64_t start, uint64_t end)
{
	size_t at = array_after(check, start);
	void *value;
	int error;

	if (start >= end || end > hole_end(check, at) || check->count == ENTRIES_MOST)
		return true;
	if (!reserve(check, 1, UINT32_MAX, &error))
		return false;
	if (error)
		return true; /* the machine itself has no memory left */
	value = (void *)++check->serial;
	range_tree_insert(&check->tree, start, end, value);
	memmove(&check->entry[at + 1], &check->entry[at],
		(check->count - at) * sizeof(check->entry[0]));
	check->entry[at] = (struct range_tree_entry){ start, end, value };
	check->count++;
	return true;
}

static uint64_t key_of(const struct check *check, uint16_t number)
{
	return check->origin + number % check->span;
}

static uint64_t key_above(const struct check *check, uint64_t key, uint64_t length)
{
	uint64_t top = check->origin + check->span;

	return top - key < length ? top : key + length;
}

static bool step_insert(struct check *check, const struct step *step)
{
	uint64_t start = key_of(check, step->a);

	return insert(check, start, key_above(check, start, 1 + step->b % 16));
}

/* Fills a hole exactly, which leaves no gap on either side. */
static bool step_fill(struct check *check, const struct step *step)
{
	size_t i = step->a % (check->count + 1);
	uint64_t start = hole_start(check, i);
	uint64_t end = hole_end(check, i);

	if (start < check->origin)
		start = check->origin;
	if (end > check->origin + check->span)
		end = check->origin + check->span;
	return insert(check, start, end);
}

/* Many small entries at once, so that a short input reaches a tall tree. */
static bool step_burst(struct check *check, const struct step *step)
{
	uint64_t key = key_of(check, step->a);
	uint64_t stride = 1 + step->b % 3;

	for (unsigned int i = 0; i < step->c; i++) {
		uint64_t end = key_above(check, key, stride);

		if (!insert(check, key, key_above(check, key, 1)))
			return false;
		key = end;
	}
	return true;
}

static bool erase_at(struct check *check, size_t i)
{
	void *value = range_tree_erase(&check->tree, check->entry[i].start);

	if (!same(check, "value", (uintptr_t)value, (uintptr_t)check->entry[i].value))
		return false;
	memmove(&check->entry[i], &check->entry[i + 1],
		(check->count - i - 1) * sizeof(check->entry[0]));
	check->count--;
	return true;
}

/* Erases neighbours, as munmap() does. */
static bool step_erase(struct check *check, const struct step *step)
{
	unsigned int many = step->b % 8 ? 1 : 1 + step->c;

	while (many-- && check->count) {
		if (!erase_at(check, step->a % check->count))
			return false;
	}
	return true;
}

/* Moves both bounds of an entry to anywhere between its neighbours. */
static bool step_resize(struct check *check, const struct step *step)
{
	struct range_tree_entry *entry;
	uint64_t low, high, start, end;
	size_t i;

	if (!check->count)
		return true;
	i = step->a % check->count;
	entry = &check->entry[i];
	low = i ? check->entry[i - 1].end : check->origin;
	high = i + 1 < check->count ? check->entry[i + 1].start : check->origin + check->span;
	start = step->c & 1 ? low + step->b % (entry->end - low) : entry->start;
	end = step->c & 2 ? start + 1 + step->c % (high - start) : entry->end;
	range_tree_resize(&check->tree, entry->start, start, end);
	entry->start = start;
	entry->end = end;
	return true;
}

static bool step_find(struct check *check, const struct step *step)
{
	uint64_t key = key_of(check, step->a);
	size_t i = array_after(check, key);
	bool inside = i < check->count && check->entry[i].start <= key;
	void *value = range_tree_find(&check->tree, key);
	uint64_t expected = inside ? (uintptr_t)check->entry[i].value : 0;

	return same(check, "value", (uintptr_t)value, expected);
}

/* Last entry that starts before the key, and first that ends after it. */
static bool step_neighbours(struct check *check, const struct step *step)
{
	uint64_t key = key_of(check, step->a);
	struct range_tree_entry seen = { 0 };
	size_t before = 0;
	size_t after = array_after(check, key);

	while (before < check->count && check->entry[before].start < key)
		before++;
	if (!same(check, "prev", range_tree_prev(&check->tree, key, &seen), before > 0))
		return false;
	if (before && !same(check, "prev-start", seen.start, check->entry[before - 1].start))
		return false;
	if (!same(check, "next", range_tree_next(&check->tree, key, &seen), after < check->count))
		return false;
	return after == check->count ||
	       same(check, "next-start", seen.start, check->entry[after].start);
}

static bool step_gap(struct check *check, const struct step *step)
{
	uint64_t low = key_of(check, step->a);
	uint64_t high = key_above(check, low, step->b % check->span + 1);
	uint64_t size = 1 + step->c / 2;
	bool highest = step->c & 1;
	struct range_tree_gap expect = { 0, 0 };
	struct range_tree_gap seen = { 0, 0 };
	bool expect_found = array_gap(check, highest, low, high, size, &expect);
	bool found = highest ? range_tree_gap_highest(&check->tree, low, high, size, &seen)
			     : range_tree_gap_lowest(&check->tree, low, high, size, &seen);

	return same(check, "found", found, expect_found) &&
	       same(check, "start", seen.start, expect.start) &&
	       same(check, "end", seen.end, expect.end);
}

static bool step_walk(struct check *check, const struct step *step)
{
	struct range_tree_cursor cursor;
	size_t i = 0;

	(void)step;
	for (void *value = range_tree_first(&check->tree, &cursor); value;
	     value = range_tree_step(&cursor)) {
		if (i == check->count)
			return fail(check, "walk-too-long", i + 1, check->count);
		if (!same(check, "value", (uintptr_t)value, (uintptr_t)check->entry[i].value))
			return false;
		i++;
	}
	return same(check, "walked", i, check->count);
}

/* Reserves with a budget that may run out; what follows must find the tree as it was. */
static bool step_reserve(struct check *check, const struct step *step)
{
	int error;

	return reserve(check, 1 + step->a % 16, step->b % 8, &error);
}

static bool step_unreserve(struct check *check, const struct step *step)
{
	(void)step;
	range_tree_unreserve(&check->tree);
	return true;
}

static bool step_destroy(struct check *check, const struct step *step)
{
	(void)step;
	range_tree_destroy(&check->tree);
	check->count = 0;
	return same(check, "blocks", check->meter.blocks, 0);
}

/* How often each kind comes up is its number of rows. */
static const struct {
	const char *name;
	bool (*run)(struct check *check, const struct step *step);
} kinds[] = {
	{ "insert", step_insert },
	{ "insert", step_insert },
	{ "insert", step_insert },
	{ "fill", step_fill },
	{ "burst", step_burst },
	{ "erase", step_erase },
	{ "erase", step_erase },
	{ "resize", step_resize },
	{ "resize", step_resize },
	{ "find", step_find },
	{ "neighbours", step_neighbours },
	{ "gap", step_gap },
	{ "gap", step_gap },
	{ "walk", step_walk },
	{ "reserve", step_reserve },
	{ "unreserve", step_unreserve },
	{ "destroy", step_destroy },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* Small keys collide, large ones and those at the very top catch overflow. */
static void choose_keys(struct check *check, uint8_t byte)
{
	static const uint64_t spans[] = { 24, 256, 4096, 65536 };

	check->span = spans[byte & 3];
	check->origin = byte & 4 ? UINT64_MAX - check->span : byte & 8 ? 1u << 30 : 0;
}

static bool run_steps(struct check *check, const uint8_t *data, size_t size)
{
	for (size_t at = 0; at + STEP_BYTES <= size && check->step < STEPS_MOST; at += STEP_BYTES) {
		const uint8_t *p = data + at;
		struct step step = {
			.kind = p[0] % KINDS,
			.a = (uint16_t)(p[1] | p[2] << 8),
			.b = (uint16_t)(p[3] | p[4] << 8),
			.c = p[5],
		};

		check->step++;
		check->doing = kinds[step.kind].name;
		if (!kinds[step.kind].run(check, &step))
			return false;
		if (!check_whole(check))
			return false;
	}
	return true;
}

bool tree_check(const uint8_t *data, size_t size, FILE *out)
{
	struct check check = { .out = out, .doing = "begin" };
	bool agreed;

	choose_keys(&check, size ? *data++ : 0);
	check.memory = (struct range_tree_memory){ meter_alloc, meter_release, &check.meter };
	range_tree_init(&check.tree, &check.memory);
	agreed = size == 0 || run_steps(&check, data, size - 1);
	if (!agreed)
		return false;
	check.doing = "end";
	range_tree_destroy(&check.tree);
	return same(&check, "blocks", check.meter.blocks, 0);
}
