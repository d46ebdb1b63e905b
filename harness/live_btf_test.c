/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Types written by hand:
 *
 *	1 int   2 struct area { int start; struct 3; int :3 bits; int last; }
 *	        3 struct { union 4; int inner; }   4 union { int low; }   5 func walk
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "live_btf.h"

#include <linux/btf.h>
#include <stdlib.h>
#include <string.h>

#define KIND(name) ((uint32_t)BTF_KIND_##name << 24)
#define BITFIELDS (UINT32_C(1) << 31) /* offsets carry the size of a bit field */
#define NO_NAME 0
#define INT 1
#define AREA 5
#define START 10
#define LAST 16
#define INNER 21
#define LOW 27
#define WALK 31
#define ODD 36

static const char strings[] = "\0int\0area\0start\0last\0inner\0low\0walk\0odd";

/* clang-format off */
static const uint32_t types[] = {
	INT, KIND(INT), 4, 32,
	AREA, KIND(STRUCT) | BITFIELDS | 4, 24,
		START, 1, 0,
		NO_NAME, 3, 32,
		ODD, 1, 3 << 24 | 97,
		LAST, 1, 128,
	NO_NAME, KIND(STRUCT) | 2, 8,
		NO_NAME, 4, 0,
		INNER, 1, 32,
	NO_NAME, KIND(UNION) | 1, 4,
		LOW, 1, 0,
	WALK, KIND(FUNC), 1,
};
/* clang-format on */

#define SIZE (sizeof(struct btf_header) + sizeof(types) + sizeof(strings))

/* On the heap, to the byte, so that a sanitizer sees who reads on. */
static unsigned char *write_btf(size_t size)
{
	const struct btf_header header = {
		.magic = BTF_MAGIC,
		.version = BTF_VERSION,
		.hdr_len = sizeof(header),
		.type_len = sizeof(types),
		.str_off = sizeof(types),
		.str_len = sizeof(strings),
	};
	unsigned char whole[SIZE], *bytes = malloc(size ? size : 1);

	assert_non_null(bytes);
	memcpy(whole, &header, sizeof(header));
	memcpy(whole + sizeof(header), types, sizeof(types));
	memcpy(whole + sizeof(header) + sizeof(types), strings, sizeof(strings));
	memcpy(bytes, whole, size);
	return bytes;
}

static void types_are_found_by_kind_and_name(void **state)
{
	unsigned char *bytes = write_btf(SIZE);
	struct btf_view btf;

	(void)state;
	assert_true(btf_view(bytes, SIZE, &btf));
	assert_int_equal(btf_find(&btf, BTF_KIND_STRUCT, "area"), 2);
	assert_int_equal(btf_find(&btf, BTF_KIND_FUNC, "walk"), 5);
	assert_int_equal(btf_find(&btf, BTF_KIND_STRUCT, "walk"), 0);
	assert_int_equal(btf_find(&btf, BTF_KIND_STRUCT, "are"), 0);
	free(bytes);
}

static void members_are_found_in_nameless_parts(void **state)
{
	unsigned char *bytes = write_btf(SIZE);
	struct btf_view btf;

	(void)state;
	assert_true(btf_view(bytes, SIZE, &btf));
	assert_int_equal(btf_offset(&btf, 2, "start"), 0);
	assert_int_equal(btf_offset(&btf, 2, "low"), 4);
	assert_int_equal(btf_offset(&btf, 2, "inner"), 8);
	assert_int_equal(btf_offset(&btf, 2, "last"), 16);
	assert_int_equal(btf_offset(&btf, 2, "odd"), -1);
	assert_int_equal(btf_offset(&btf, 2, "int"), -1);
	assert_int_equal(btf_offset(&btf, 1, "start"), -1);
	assert_int_equal(btf_offset(&btf, 0, "start"), -1);
	assert_int_equal(btf_offset(&btf, 6, "start"), -1);
	free(bytes);
}

static void what_is_cut_off_is_no_btf(void **state)
{
	(void)state;
	for (size_t size = 0; size < SIZE; size++) {
		unsigned char *bytes = write_btf(size);
		struct btf_view btf;

		assert_false(btf_view(bytes, size, &btf));
		free(bytes);
	}
}

/* The header promises less than the last type takes. */
static void types_that_end_early_end_the_search(void **state)
{
	for (uint32_t cut = 4; cut < sizeof(types); cut += 4) {
		unsigned char *bytes = write_btf(SIZE);
		struct btf_header header;
		struct btf_view btf;

		memcpy(&header, bytes, sizeof(header));
		header.type_len -= cut;
		memcpy(bytes, &header, sizeof(header));
		assert_true(btf_view(bytes, SIZE, &btf));
		assert_int_equal(btf_find(&btf, BTF_KIND_FUNC, "walk"), 0);
		assert_in_range(btf_offset(&btf, 2, "low") + 1, 0, 5);
		free(bytes);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_are_found_by_kind_and_name),
		cmocka_unit_test(members_are_found_in_nameless_parts),
		cmocka_unit_test(what_is_cut_off_is_no_btf),
		cmocka_unit_test(types_that_end_early_end_the_search),
	};

	return cmocka_run_group_tests_name("live_btf", tests, NULL, NULL);
}
