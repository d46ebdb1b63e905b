/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Places, names, flag codes, and programs in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flags.h"
#include "op_table.h"

#include <errno.h>
#include <string.h>

static void places_stand_for_addresses_and_lengths(void **unused)
{
	struct settings settings = { .pages = 64 };
	struct place top = { .base = PLACE_TOP, .pages = -2 };
	struct place inside = { .base = PLACE_PAGE, .pages = 7, .bytes = 12 };

	(void)unused;
	assert_int_equal(place_address(&settings, place_page(0)), PROGRAM_BASE);
	assert_int_equal(place_address(&settings, inside), PROGRAM_BASE + 7 * 4096 + 12);
	assert_int_equal(place_address(&settings, top), PROGRAM_BASE + 62 * 4096);
	assert_int_equal(place_address(&settings, place_raw(UINT64_MAX)), UINT64_MAX);
	assert_int_equal(place_length(inside), 7 * 4096 + 12);
	assert_int_equal(place_length(place_page(0)), 0);
	assert_int_equal(place_length(place_raw(0x1001)), 0x1001);
	assert_int_equal(place_length(place_page(INT32_MAX)), INT64_C(0x7fffffff000));
}

static void every_number_in_a_table_has_a_name(void **unused)
{
	(void)unused;
	assert_string_equal(op_kind_name(OP_MMAP), "mmap");
	assert_string_equal(op_kind_name(OP_EXIT), "exit");
	assert_string_equal(op_kind_name(OP_KINDS), "?");
	for (unsigned int file = 0; file < WORLD_FILES; file++)
		assert_true(strlen(world_file_name((enum world_file)file)) > 1);
	assert_string_equal(world_file_name(FILE_PFN), "pfn");
	assert_string_equal(profile_name(PROFILE_6_12), "6.12");
	assert_string_equal(profile_name(PROFILE_6_1), "6.1");
	assert_string_equal(profile_name(PROFILES), "?");
	assert_string_equal(advice_name(10), "dontfork");
	assert_null(advice_name(102));
}

static void errnos_have_the_numbers_of_linux(void **unused)
{
	(void)unused;
	assert_string_equal(errno_name(ENOMEM), "ENOMEM");
	assert_string_equal(errno_name(EOVERFLOW), "EOVERFLOW");
	assert_null(errno_name(0));
	assert_null(errno_name(-1));
	assert_null(errno_name(4095));
	assert_int_equal(errno_number("EINVAL", 6), EINVAL);
	assert_int_equal(errno_number("EINVALID", 6), EINVAL);
	assert_int_equal(errno_number("EINVALID", 8), 0);
	for (int error = 1; error < 200; error++)
		if (errno_name(error))
			assert_int_equal(errno_number(errno_name(error), strlen(errno_name(error))),
					 error);
}

static void flag_codes_print_and_parse(void **unused)
{
	char codes[128];

	(void)unused;
	assert_int_equal(flags_print(VM_FLAG(rd) | VM_FLAG(ac) | VM_FLAG(is), codes, sizeof(codes)),
			 8);
	assert_string_equal(codes, "rd ac is");
	assert_int_equal(flags_print(0, codes, sizeof(codes)), 0);
	assert_string_equal(codes, "");
	/* Cut as snprintf() cuts. */
	assert_int_equal(flags_print(VM_FLAG(rd) | VM_FLAG(ac), codes, 4), 5);
	assert_string_equal(codes, "rd ");
	assert_int_equal(flags_print(VM_FLAG(rd) | VM_FLAG(ac), NULL, 0), 5);
	assert_int_equal(flags_parse("rd,ac is"), VM_FLAG(rd) | VM_FLAG(ac) | VM_FLAG(is));
	assert_int_equal(flags_parse(""), 0);
	assert_int_equal(flags_parse("rd zz"), UINT64_MAX);
	assert_int_equal(flags_parse("rdac"), UINT64_MAX);
	for (int bit = 0; bit < VM_FLAG_COUNT; bit++) {
		flags_print(UINT64_C(1) << bit, codes, sizeof(codes));
		assert_int_equal(flags_parse(codes), UINT64_C(1) << bit);
	}
}

static void programs_hold_as_much_as_they_say(void **unused)
{
	struct op op = { .kind = OP_FORK };
	struct program program;
	char name[90];

	(void)unused;
	program_init(&program);
	for (int i = 0; i < PROGRAM_OPS_MAX; i++)
		assert_int_equal(program_add_op(&program, &op), 0);
	assert_int_equal(program_add_op(&program, &op), -E2BIG);
	assert_int_equal(program.op_count, PROGRAM_OPS_MAX);
	program_reset(&program);
	assert_int_equal(program.op_count, 0);
	/* The source may lie in the array that grows. */
	op.line = 77;
	for (int i = 0; i < 100; i++)
		assert_int_equal(program_add_op(&program, i ? &program.ops[0] : &op), 0);
	assert_int_equal(program.ops[99].line, 77);

	assert_int_equal(program_add_name(&program, "a"), 1);
	assert_int_equal(program_add_name(&program, "b"), 2);
	assert_int_equal(program_add_name(&program, "a"), 1);
	memset(name, 'x', sizeof(name));
	name[84] = '\0';
	assert_int_equal(program_add_name(&program, name), -EINVAL);
	name[83] = '\0';
	assert_int_equal(program_add_name(&program, name), 3);
	program_done(&program);
}

static void normal_operations_say_nothing_else(void **unused)
{
	struct op op, normal;

	(void)unused;
	memset(&op, 0, sizeof(op));
	op.kind = OP_MUNMAP;
	op.prot = 7;
	op.file = FILE_PLAIN;
	op.alloc_onward = true;
	op.addr = (struct place){ .base = PLACE_RAW, .pages = 9, .bytes = 8, .raw = 4096 };
	op.result = place_page(4);
	normal = op_normalize(&op);
	assert_int_equal(normal.prot, 0);
	assert_int_equal(normal.file, 0);
	assert_false(normal.alloc_onward);
	assert_int_equal(normal.addr.pages, 0);
	assert_int_equal(normal.addr.raw, 4096);
	assert_int_equal(normal.result.pages, 0);
	assert_true(op_equal_but_name(&op, &normal));
	op.addr.raw = 8192;
	assert_false(op_equal_but_name(&op, &normal));

	op.kind = OP_MMAP;
	op.map_flags = PROGRAM_MAP_PRIVATE | PROGRAM_MAP_IMPLIED;
	assert_int_equal(op_normalize(&op).map_flags, PROGRAM_MAP_PRIVATE);
	op.file = FILE_ANON;
	assert_int_equal(op_normalize(&op).map_flags, PROGRAM_MAP_PRIVATE | PROGRAM_MAP_ANONYMOUS);
	op.how = MMAP_ANYWHERE;
	assert_int_equal(op_normalize(&op).addr.raw, 0);

	op.kind = OP_MREMAP;
	op.how = MREMAP_KEEP;
	assert_true(op_normalize(&op).dontunmap);
	op.how = MREMAP_TO;
	assert_true(op_normalize(&op).has_dest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_stand_for_addresses_and_lengths),
		cmocka_unit_test(every_number_in_a_table_has_a_name),
		cmocka_unit_test(errnos_have_the_numbers_of_linux),
		cmocka_unit_test(flag_codes_print_and_parse),
		cmocka_unit_test(programs_hold_as_much_as_they_say),
		cmocka_unit_test(normal_operations_say_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
