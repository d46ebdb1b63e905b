/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _POSIX_C_SOURCE 200809L
#include "fuzz_counters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fuzz_entry.h"
#include "model.h"

#define TIMES 128

/* |AABB| becomes |AAAA|: three operations, one of which merges. */
static const char program[] = "vma-program 1\n"
			      "mmap 0..2 rw private anon\n"
			      "mmap 2..4 r private anon\n"
			      "mprotect 2..4 rw\n";

static struct fuzz_counters read_counters(const char *path)
{
	struct fuzz_counters counters = { .rows = 0 };
	FILE *in = fopen(path, "rb");

	assert_non_null(in);
	assert_int_equal(fread(&counters, sizeof(counters), 1, in), 1);
	fclose(in);
	return counters;
}

static uint64_t hits_of(const struct fuzz_counters *counters, const char *id)
{
	for (size_t i = 0; i < counters->rows; i++)
		if (!strcmp(model_case_id(i), id))
			return counters->cases[i];
	fail_msg("no such case: %s", id);
	return 0;
}

static void counts_what_targets_do(void **unused)
{
	char path[] = "/tmp/fuzz-counters-XXXXXX";
	struct fuzz_counters counters;
	int file = mkstemp(path);

	(void)unused;
	assert_true(file >= 0);
	close(file);
	setenv("VMAFUZZ_COUNTERS", path, 1);
	for (int i = 0; i < TIMES; i++)
		fuzz_one((const uint8_t *)program, sizeof(program) - 1, &fuzz_profiles[FUZZ_MERGE]);
	fuzz_tree((const uint8_t *)program, 16);
	counters = read_counters(path);
	unlink(path);
	assert_memory_equal(counters.magic, FUZZ_COUNTERS_MAGIC, 8);
	assert_int_equal(counters.executions, TIMES + 1);
	assert_int_equal(counters.operations, TIMES * 3);
	assert_true(counters.checks > counters.operations);
	assert_int_equal(counters.rows, model_cases());
	assert_int_equal(hits_of(&counters, "4.2 left full"), TIMES);
}

#define TOLD_MOST 32
static struct told {
	uint32_t number[TOLD_MOST];
	unsigned int count;
} told;

static void note(uint32_t number)
{
	assert_true(number < FUZZ_STATES);
	assert_true(told.count < TOLD_MOST);
	told.number[told.count++] = number;
}

static struct told told_of(const char *text)
{
	told = (struct told){ .count = 0 };
	fuzz_one((const uint8_t *)text, strlen(text), &fuzz_profiles[FUZZ_MERGE]);
	return told;
}

/* How each of three merges was decided and who took part; a touched page is another party. */
static void merges_are_told(void **unused)
{
	static const char touched[] = "vma-program 1\n"
				      "mmap 0..2 rw private anon\n"
				      "mmap 2..4 r private anon\n"
				      "touch 0..1 w\n"
				      "mprotect 2..4 rw\n";
	struct told first, again, other;

	(void)unused;
	fuzz_tell_states(note);
	first = told_of(program);
	again = told_of(program);
	other = told_of(touched);
	fuzz_tell_states(NULL);
	assert_int_equal(told_of(program).count, 0);
	assert_int_equal(first.count, 6);
	assert_memory_equal(&first, &again, sizeof(first));
	assert_int_equal(other.count, 6);
	assert_memory_equal(first.number, other.number, 5 * sizeof(first.number[0]));
	assert_int_not_equal(first.number[5], other.number[5]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_what_targets_do),
		cmocka_unit_test(merges_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
