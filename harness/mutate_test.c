/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mutation by operation: total, deterministic, within its room, and of every kind it promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mutate.h"

#define HEADER PROGRAM_HEADER
#define RECORD PROGRAM_RECORD
#define CAPACITY 1040
#define ROUNDS 3000

static const char example[] = "vma-program 1\n"
			      "mmap 2..6 rw private anon\n"
			      "touch 4..5 w\n"
			      "mmap 8..12 rw private file=plain\n"
			      "mprotect 4..6 r !alloc=2\n"
			      "mremap 8..10 fixed=20\n"
			      "name 2..3 \"heap\"\n"
			      "munmap 3..4\n";
#define EXAMPLE_OPS 7

/* The bytes of a text; the caller's array has room. */
static size_t bytes_of(const char *text, uint8_t *bytes)
{
	struct program program;
	struct text_error at;
	long size;

	program_init(&program);
	assert_int_equal(program_parse(&program, text, strlen(text), &at), 0);
	size = program_encode(&program, bytes, CAPACITY);
	assert_true(size > 0);
	program_done(&program);
	return (size_t)size;
}

/* xorshift, for bytes that mean nothing. */
static void fill_randomly(uint64_t *random, uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		*random ^= *random << 13;
		*random ^= *random >> 7;
		*random ^= *random << 17;
		bytes[i] = (uint8_t)*random;
	}
}

static struct mutator *make(const struct fuzz_profile *profile)
{
	struct mutator *mutator = mutator_new(profile);

	assert_non_null(mutator);
	return mutator;
}

static void no_input_is_refused_and_no_output_is_too_long(void **unused)
{
	uint64_t random = 88172645463325252u;
	uint8_t bytes[CAPACITY + 1], other[CAPACITY];
	struct program program;

	(void)unused;
	program_init(&program);
	for (unsigned int target = 0; target <= FUZZ_PROFILES; target++) {
		struct mutator *mutator =
			make(target < FUZZ_PROFILES ? &fuzz_profiles[target] : NULL);

		for (uint64_t seed = 0; seed < ROUNDS; seed++) {
			size_t capacity = (size_t)(random % (CAPACITY + 1));
			size_t length = (size_t)(random >> 32) % (capacity + 1), size;

			fill_randomly(&random, bytes, length);
			fill_randomly(&random, other, sizeof(other));
			bytes[capacity] = 0xa5;
			size = seed % 4 ? mutate(mutator, bytes, length, capacity, seed)
					: mutate_splice(mutator, bytes, length, capacity, other,
							sizeof(other), seed);
			assert_true(size <= capacity);
			assert_int_equal(bytes[capacity], 0xa5);
			assert_int_equal(program_decode(&program, bytes, size), 0);
		}
		mutator_free(mutator);
	}
	program_done(&program);
}

/* Nothing of what a mutator did before shows in what it does now. */
static void bytes_and_seed_decide_everything(void **unused)
{
	uint8_t start[CAPACITY], a[CAPACITY], b[CAPACITY];
	size_t length = bytes_of(example, start);

	(void)unused;
	for (uint64_t seed = 0; seed < ROUNDS; seed++) {
		static struct mutator *used;
		struct mutator *fresh;
		size_t size_a, size_b;

		if (!used)
			used = make(&fuzz_profiles[FUZZ_FORK]);
		memcpy(a, start, length);
		size_a = mutate(used, a, length, CAPACITY, seed);
		if (seed % 50 == 0) {
			fresh = make(&fuzz_profiles[FUZZ_FORK]);
			memcpy(b, start, length);
			size_b = mutate(fresh, b, length, CAPACITY, seed);
			assert_int_equal(size_a, size_b);
			assert_memory_equal(a, b, size_a);
			assert_string_equal(mutator_describe(used), mutator_describe(fresh));
			mutator_free(fresh);
		}
		if (seed + 1 == ROUNDS)
			mutator_free(used);
	}
}

/* How often `word` is among what a few thousand mutations of a text did and what they left. */
static unsigned int count_words(const char *text, const char *word, const char *line)
{
	struct mutator *mutator = make(NULL);
	uint8_t start[CAPACITY], bytes[CAPACITY];
	size_t length = bytes_of(text, start);
	unsigned int count = 0;
	struct program program;

	program_init(&program);
	for (uint64_t seed = 0; seed < ROUNDS; seed++) {
		char *printed;

		memcpy(bytes, start, length);
		if (program_decode(&program, bytes, mutate(mutator, bytes, length, CAPACITY, seed)))
			fail();
		printed = program_print(&program);
		assert_non_null(printed);
		count += strstr(mutator_describe(mutator), word) && strstr(printed, line);
		free(printed);
	}
	program_done(&program);
	mutator_free(mutator);
	return count;
}

static void each_kind_of_change_is_made(void **unused)
{
	static const struct {
		const char *word, *text, *line;
	} rows[] = {
		{ "insert", example, "mmap 2..6 rw private anon\n" },
		{ "append", example, "munmap 3..4\n" },
		{ "regrow", example, "mmap" },
		{ "replace", example, "munmap 3..4\n" },
		/* Steps of figures, which no other change puts one behind the other. */
		{ "figure", "vma-program 1\npages 9\n", "munmap 0..9\nbrk 0\nbrk 4\n" },
		{ "figure", "vma-program 1\npages 4\n",
		  "mmap 0..4 rw private anon\nmadvise 0..1 dontdump\nname 0..1 \"a\"\n" },
		{ "delete", example, "munmap 3..4\n" },
		{ "cut", example, "" },
		{ "duplicate", example, "touch 4..5 w" },
		{ "back", example, "mremap 20..22 fixed=8\n" },
		{ "back", "vma-program 1\nmadvise 1..2 dontfork\n", "madvise 1..2 dofork\n" },
		{ "swap", "vma-program 1\nmmap 0..1 r private anon\nfork\n",
		  "fork\nmmap 0..1 r private anon\n" },
		{ "nudge", example, "munmap 3..5\n" },
		/* The range of another operation, and right behind one. */
		{ "relate", example, "munmap 2..6\n" },
		{ "relate", "vma-program 1\nmmap 2..6 rw private anon\nmunmap 3..4\n",
		  "munmap 6..7\n" },
		/* What stands at 20 came there by mremap: no range says so. */
		{ "snap", example, "munmap 20..22\n" },
		{ "copy", "vma-program 1\nmmap 0..1 r private anon\nmmap 4..5 rwx shared anon\n",
		  "mmap 4..5 r private anon\n" },
		{ "toggle", example, "mmap 2..6 rw shared anon\n" },
		{ "toggle", example, "mprotect 4..6 rw !alloc=2\n" },
		{ "kind", "vma-program 1\nmmap 0..8 r private anon\nmunmap 3..4\n",
		  "mprotect 3..4" },
		{ "space", "vma-program 1\nfork\nmmap 0..1 r private anon\n",
		  "@1 mmap 0..1 r private anon\n" },
		{ "generation", "vma-program 1\nfork\n", "fork\n@1 fork\n" },
		{ "generation", "vma-program 1\nfork\n@1 fork\n", "@1 fork\n@1 exit\n" },
		{ "limit", example, "limit +0\n" },
		{ "limit", example, "limit +5\n" },
		{ "fail", example, "mprotect 4..6 r\n" },
		{ "fail-move", example, "mremap 8..10 fixed=20 !alloc=2\n" },
		{ "bytes", example, "" },
		{ "settings", example, "pages" },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!count_words(rows[i].text, rows[i].word, rows[i].line))
			fail_msg("no mutation says %s and leaves %s", rows[i].word, rows[i].line);
	}
}

/* Inputs that only grow get slower for ever. */
static void programs_do_not_grow_without_end(void **unused)
{
	struct mutator *mutator = make(&fuzz_profiles[FUZZ_MERGE]);
	uint8_t bytes[CAPACITY];
	size_t length = bytes_of(example, bytes), sum = 0;

	(void)unused;
	for (uint64_t seed = 0; seed < ROUNDS; seed++) {
		length = mutate(mutator, bytes, length, CAPACITY, seed);
		sum += length;
	}
	assert_true(sum / ROUNDS < CAPACITY / 2);
	assert_true(sum / ROUNDS > HEADER + 2 * RECORD);
	mutator_free(mutator);
}

static void what_is_spliced_fits_the_window(void **unused)
{
	struct mutator *mutator = make(NULL);
	uint8_t start[CAPACITY], other[CAPACITY], bytes[CAPACITY];
	size_t length = bytes_of("vma-program 1\npages 8\nmmap 0..1 r private anon\n", start);
	size_t other_length = bytes_of("vma-program 1\npages 64\nmunmap 12..20\n"
				       "name 2..3 \"heap\"\n",
				       other);
	bool folded = false, named = false;
	struct program program;

	(void)unused;
	program_init(&program);
	for (uint64_t seed = 0; seed < ROUNDS; seed++) {
		char *printed;
		size_t size;

		memcpy(bytes, start, length);
		size = mutate_splice(mutator, bytes, length, CAPACITY, other, other_length, seed);
		assert_int_equal(program_decode(&program, bytes, size), 0);
		printed = program_print(&program);
		assert_non_null(printed);
		folded = folded || strstr(printed, "munmap 4..8\n");
		named = named || strstr(printed, "name 2..3 \"heap\"");
		free(printed);
	}
	assert_true(folded);
	assert_true(named);
	program_done(&program);
	mutator_free(mutator);
}

/* Keeps what still has an operation of the kind of `kept`, as an engine keeps what does the same.
 */
static unsigned int trim_all(uint8_t *bytes, size_t *length, const uint8_t *kept)
{
	struct mutate_trim trim = mutate_trim_first(*length);
	uint8_t to[CAPACITY];
	unsigned int attempts = 0;

	for (; trim.run; mutate_trim_next(&trim, *length)) {
		size_t shorter = mutate_trim(&trim, bytes, *length, to);
		bool found = false;

		attempts++;
		assert_true(shorter < *length);
		for (size_t at = HEADER; at < shorter; at += RECORD)
			found = found || !memcmp(to + at, kept, RECORD);
		if (!found)
			continue;
		memcpy(bytes, to, shorter);
		*length = shorter;
	}
	return attempts;
}

static void trimming_ends_with_what_is_needed(void **unused)
{
	uint8_t start[CAPACITY], bytes[CAPACITY];
	size_t length = bytes_of(example, start);

	(void)unused;
	for (size_t i = 0; i < EXAMPLE_OPS; i++) {
		size_t left = length;

		memcpy(bytes, start, length);
		assert_true(trim_all(bytes, &left, start + HEADER + i * RECORD) <=
			    mutate_trims(length));
		assert_int_equal(left, HEADER + RECORD);
		assert_memory_equal(bytes + HEADER, start + HEADER + i * RECORD, RECORD);
	}
}

static void trimming_counts_its_attempts(void **unused)
{
	uint8_t bytes[CAPACITY] = { 1 };

	(void)unused;
	for (size_t length = 0; length <= CAPACITY; length++) {
		uint8_t nothing[RECORD];
		size_t left = length;

		/* Not a record there: every attempt fails, so all of them are made. */
		memset(nothing, 0xff, sizeof(nothing));
		assert_int_equal(trim_all(bytes, &left, nothing), mutate_trims(length));
		assert_int_equal(left, length);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_input_is_refused_and_no_output_is_too_long),
		cmocka_unit_test(bytes_and_seed_decide_everything),
		cmocka_unit_test(each_kind_of_change_is_made),
		cmocka_unit_test(programs_do_not_grow_without_end),
		cmocka_unit_test(what_is_spliced_fits_the_window),
		cmocka_unit_test(trimming_ends_with_what_is_needed),
		cmocka_unit_test(trimming_counts_its_attempts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
