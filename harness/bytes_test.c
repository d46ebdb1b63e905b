/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes: what the plainest input means, which forms a record reaches, what cannot be said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "op_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HEADER 16

/* The text of one record under a plain header. */
static void expect_record(const uint8_t record[PROGRAM_RECORD], const char *expected)
{
	uint8_t bytes[HEADER + PROGRAM_RECORD] = { 1 };
	struct program program;
	char line[256];

	program_init(&program);
	memcpy(bytes + HEADER, record, PROGRAM_RECORD);
	assert_int_equal(program_decode(&program, bytes, sizeof(bytes)), 0);
	assert_int_equal(program.op_count, 1);
	op_print(&program, &program.ops[0], line, sizeof(line));
	assert_string_equal(line, expected);
	program_done(&program);
}

static void every_short_input_is_the_empty_program(void **unused)
{
	uint8_t bytes[HEADER - 1];
	struct program program, plain;

	(void)unused;
	program_init(&program);
	program_init(&plain);
	memset(bytes, 0xff, sizeof(bytes));
	for (size_t size = 0; size < HEADER; size++) {
		assert_int_equal(program_decode(&program, bytes, size), 0);
		assert_true(program_equal(&program, &plain));
	}
	program_done(&program);
}

static void zeros_are_default_settings_and_a_plain_mapping(void **unused)
{
	uint8_t bytes[HEADER + PROGRAM_RECORD] = { 0 };
	struct program program, plain;
	char line[128];

	(void)unused;
	program_init(&program);
	program_init(&plain);
	assert_int_equal(program_decode(&program, bytes, sizeof(bytes)), 0);
	assert_true(settings_equal(&program.settings, &plain.settings));
	op_print(&program, &program.ops[0], line, sizeof(line));
	assert_string_equal(line, "mmap 0..1 rw private anon");
	program_done(&program);
}

static void partial_record_is_ignored(void **unused)
{
	uint8_t bytes[HEADER + 3 * PROGRAM_RECORD] = { 0 };
	struct program program;

	(void)unused;
	program_init(&program);
	for (size_t size = HEADER; size <= sizeof(bytes); size++) {
		assert_int_equal(program_decode(&program, bytes, size), 0);
		assert_int_equal(program.op_count, (size - HEADER) / PROGRAM_RECORD);
	}
	program_done(&program);
}

static void at_most_256_operations_are_decoded(void **unused)
{
	size_t size = HEADER + (PROGRAM_BYTES_OPS + 44) * PROGRAM_RECORD;
	uint8_t *bytes = calloc(1, size);
	struct program program;

	(void)unused;
	assert_non_null(bytes);
	program_init(&program);
	assert_int_equal(program_decode(&program, bytes, size), 0);
	assert_int_equal(program.op_count, PROGRAM_BYTES_OPS);
	program_done(&program);
	free(bytes);
}

static void every_version_decodes_as_version_1(void **unused)
{
	uint8_t bytes[HEADER + PROGRAM_RECORD] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
	struct program first, other;

	(void)unused;
	program_init(&first);
	program_init(&other);
	assert_int_equal(program_decode(&first, bytes, sizeof(bytes)), 0);
	for (unsigned int version = 0; version < 256; version++) {
		bytes[0] = (uint8_t)version;
		assert_int_equal(program_decode(&other, bytes, sizeof(bytes)), 0);
		assert_true(program_equal(&first, &other));
	}
	program_done(&first);
	program_done(&other);
}

static void removing_a_record_removes_an_operation(void **unused)
{
	uint8_t bytes[HEADER + 4 * PROGRAM_RECORD];
	struct program whole, part;

	(void)unused;
	program_init(&whole);
	program_init(&part);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 37 + 11);
	assert_int_equal(program_decode(&whole, bytes, sizeof(bytes)), 0);
	memmove(bytes + HEADER + PROGRAM_RECORD, bytes + HEADER + 2 * PROGRAM_RECORD,
		2 * PROGRAM_RECORD);
	assert_int_equal(program_decode(&part, bytes, sizeof(bytes) - PROGRAM_RECORD), 0);
	assert_int_equal(part.op_count, 3);
	assert_true(op_equal_but_name(&whole.ops[0], &part.ops[0]));
	assert_true(op_equal_but_name(&whole.ops[2], &part.ops[1]));
	assert_true(op_equal_but_name(&whole.ops[3], &part.ops[2]));
	program_done(&whole);
	program_done(&part);
}

/* The table of bytes.c is written out, since it is frozen; ops.def must agree with it. */
static void kinds_have_the_weights_of_the_list(void **unused)
{
	unsigned int count[OP_KINDS] = { 0 };
	uint8_t bytes[HEADER + PROGRAM_RECORD] = { 1 };
	struct program program;

	(void)unused;
	program_init(&program);
	for (unsigned int kind = 0; kind < 256; kind++) {
		bytes[HEADER] = (uint8_t)kind;
		assert_int_equal(program_decode(&program, bytes, sizeof(bytes)), 0);
		count[program.ops[0].kind]++;
	}
	for (unsigned int kind = 0; kind < OP_KINDS; kind++)
		assert_int_equal(count[kind], op_rows[kind].weight);
	program_done(&program);
}

static void records_reach_the_rare_forms(void **unused)
{
	(void)unused;
	expect_record((uint8_t[16]){ 72, 0, 4, 0, 3, 0, 0 }, "munmap 4..8");
	expect_record((uint8_t[16]){ 72, 0, 60, 0, 7, 0, 0 }, "munmap 60..64");
	expect_record((uint8_t[16]){ 72, 0xa0, 60, 0, 7, 0, 10 }, "munmap 60..68");
	expect_record((uint8_t[16]){ 72, 0xa0, 3, 0, 3, 0, 11 }, "munmap top-3..top+1");
	expect_record((uint8_t[16]){ 72, 0xa0, 3, 0, 3, 0, 12, 0, 0, 0, 0, 0, 5, 0x60, 0 },
		      "munmap 3+5..7+11");
	expect_record((uint8_t[16]){ 72, 0xa0, 0xff, 0xff, 3, 0, 13 },
		      "munmap addr=raw=0xfffffffffffff000 len=4");
	expect_record((uint8_t[16]){ 72, 0xa0, 4, 0, 0xff, 0xff, 14 },
		      "munmap addr=4 len=raw=0xfffffffffffff000");
	expect_record((uint8_t[16]){ 72, 0, 4, 0, 0, 0xe0, 0 }, "munmap 4..4");
	expect_record((uint8_t[16]){ 72, 0, 4, 0, 0, 0xf0, 0 }, "munmap 4..64");
	expect_record((uint8_t[16]){ 102, 0, 4, 0, 0, 0, 0, 0xf0, 0xff, 0, 0, 0 },
		      "mprotect 4..5 prot=0xff");
	expect_record((uint8_t[16]){ 138, 0, 4, 0, 0, 0, 0, 255, 0xe7, 3 },
		      "madvise 4..5 advice=999");
	expect_record((uint8_t[16]){ 72, 0x90, 60, 0, 7, 0, 13 }, "munmap 60..64");
	expect_record((uint8_t[16]){ 72, 0xdf, 4, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 200 },
		      "@200 munmap 4..8");
	expect_record((uint8_t[16]){ 72, 0xec, 4, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 },
		      "@1 munmap 4..8 !alloc=2");
	expect_record((uint8_t[16]){ 72, 0xf0, 4, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255 },
		      "munmap 4..8 !alloc=80+");
	expect_record((uint8_t[16]){ 0, 0, 4, 0, 3, 0, 0, 0, 16, 0x84 },
		      "mmap 4..8 rw private file=plain@4 populate");
	expect_record((uint8_t[16]){ 0, 0, 4, 0, 3, 0, 0xd0, 0, 16, 0, 1 },
		      "mmap 4..8 rw private file=plain@2251799813685247");
}

static void frequent_kinds_are_most_of_random_bytes(void **unused)
{
	unsigned int common = op_rows[OP_MMAP].weight + op_rows[OP_MUNMAP].weight +
			      op_rows[OP_MPROTECT].weight + op_rows[OP_TOUCH].weight +
			      op_rows[OP_MADVISE].weight;

	(void)unused;
	assert_true(common > 256 * 2 / 3);
	assert_true(op_rows[OP_EXIT].weight < 5);
}

static struct text_error parse_error;

static long encode_text(const char *text, size_t capacity)
{
	uint8_t bytes[8192];
	struct program program;
	long size;

	program_init(&program);
	assert_int_equal(program_parse(&program, text, strlen(text), &parse_error), 0);
	size = program_encode(&program, bytes, capacity < sizeof(bytes) ? capacity : sizeof(bytes));
	program_done(&program);
	return size;
}

static void encoding_tells_what_it_cannot_say(void **unused)
{
	(void)unused;
	assert_int_equal(encode_text("vma-program 1\nfork\n", 8192), 32);
	assert_int_equal(encode_text("vma-program 1\nfork\n", 31), -EOVERFLOW);
	assert_int_equal(encode_text("vma-program 1\n", 15), -EOVERFLOW);
	assert_int_equal(encode_text("vma-program 1\n@99 fork\n", 8192), 32);
	assert_int_equal(encode_text("vma-program 1\n@99 fork !alloc=1\n", 8192), -EDOM);
	assert_int_equal(encode_text("vma-program 1\ngap 1000\n", 8192), -EDOM);
	assert_int_equal(encode_text("vma-program 1\nname 1..2 \"unheard of\"\n", 8192), -EDOM);
	assert_int_equal(encode_text("vma-program 1\nmunmap 1..2 !alloc=9999\n", 8192), -EDOM);
	assert_int_equal(encode_text("vma-program 1\nvm_brk 1..2\n", 8192), -EDOM);
	/* What lives in text only is no obstacle. */
	assert_int_equal(encode_text("vma-program 1\nfork = 0\nexpect empty\n", 8192), 32);
}

static void more_operations_than_bytes_hold_are_refused(void **unused)
{
	uint8_t bytes[HEADER + (PROGRAM_BYTES_OPS + 1) * PROGRAM_RECORD];
	struct program program;
	struct op op = { .kind = OP_FORK };

	(void)unused;
	program_init(&program);
	for (int i = 0; i < PROGRAM_BYTES_OPS; i++)
		assert_int_equal(program_add_op(&program, &op), 0);
	assert_int_equal(program_encode(&program, bytes, sizeof(bytes)),
			 HEADER + PROGRAM_BYTES_OPS * PROGRAM_RECORD);
	assert_int_equal(program_add_op(&program, &op), 0);
	assert_int_equal(program_encode(&program, bytes, sizeof(bytes)), -EDOM);
	program_done(&program);
}

/* What a byte meant before there was a profile 6.1 it means now. */
static void bytes_know_the_specified_profiles_alone(void **unused)
{
	uint8_t bytes[HEADER] = { 1 };
	struct program program;

	(void)unused;
	program_init(&program);
	for (unsigned int value = 0; value < 256; value++) {
		bytes[3] = (uint8_t)value;
		assert_int_equal(program_decode(&program, bytes, HEADER), 0);
		assert_in_range(program.settings.profile, 0, PROFILES_SPECIFIED - 1);
		assert_int_equal(program.settings.profiles >> PROFILES_SPECIFIED, 0);
	}
	/* The last code of all: 7.3, then 6.12 and 6.18, and `any`. */
	bytes[3] = 25;
	assert_int_equal(program_decode(&program, bytes, HEADER), 0);
	assert_int_equal(program.settings.profile, PROFILE_7_3);
	assert_int_equal(program.settings.profiles, 7);
	assert_true(program.settings.profile_any);
	program.settings.profile = PROFILE_6_1;
	program.settings.profiles = 1u << PROFILE_6_1;
	assert_int_equal(program_encode(&program, bytes, sizeof(bytes)), -EDOM);
	program_done(&program);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_short_input_is_the_empty_program),
		cmocka_unit_test(zeros_are_default_settings_and_a_plain_mapping),
		cmocka_unit_test(partial_record_is_ignored),
		cmocka_unit_test(at_most_256_operations_are_decoded),
		cmocka_unit_test(every_version_decodes_as_version_1),
		cmocka_unit_test(removing_a_record_removes_an_operation),
		cmocka_unit_test(kinds_have_the_weights_of_the_list),
		cmocka_unit_test(records_reach_the_rare_forms),
		cmocka_unit_test(frequent_kinds_are_most_of_random_bytes),
		cmocka_unit_test(encoding_tells_what_it_cannot_say),
		cmocka_unit_test(more_operations_than_bytes_hold_are_refused),
		cmocka_unit_test(bytes_know_the_specified_profiles_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
