/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mapping table is a bijection, and the fast way agrees with the slow one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flagmap.h"
#include "model.h"

static void table_maps_each_flag_to_one_attribute(void **state)
{
	uint64_t flags = 0, attributes = 0;
	unsigned int rows = 0;

	(void)state;
#define X(core, code, word)                                                                        \
	assert_false(flags &VM_FLAG(code));                                                        \
	assert_false(attributes &MODEL_ATTRIBUTE(word));                                           \
	flags |= VM_FLAG(code);                                                                    \
	attributes |= MODEL_ATTRIBUTE(word);                                                       \
	rows++;
#include "flagmap.def"
#undef X
	assert_int_equal(rows, VM_FLAG_COUNT);
	assert_int_equal(flags, (UINT64_C(1) << VM_FLAG_COUNT) - 1);
	assert_int_equal(attributes, (UINT64_C(1) << MODEL_ATTRIBUTE_COUNT) - 1);
}

static void words_stand_beside_their_codes(void **state)
{
	(void)state;
	/* Rows where the two sides number differently, so that a shifted table would show. */
	assert_int_equal(flags_from_attributes(MODEL_ATTRIBUTE(raw_pfn)), VM_FLAG(pf));
	assert_int_equal(flags_from_attributes(MODEL_ATTRIBUTE(mixed)), VM_FLAG(mm));
	assert_int_equal(flags_from_attributes(MODEL_ATTRIBUTE(device)), VM_FLAG(io));
	assert_int_equal(flags_from_attributes(MODEL_ATTRIBUTE(fixed_size)), VM_FLAG(de));
	assert_int_equal(flags_from_attributes(MODEL_ATTRIBUTE(charged)), VM_FLAG(ac));
	assert_int_equal(flags_from_attributes(MODEL_ATTRIBUTE(trap_protect)), VM_FLAG(uw));
	assert_int_equal(flags_from_attributes(MODEL_ATTRIBUTE(maybe_guard)), VM_FLAG(gu));
	assert_int_equal(attributes_from_flags(VM_FLAG(lo) | VM_FLAG(lf)),
			 MODEL_ATTRIBUTE(locked) | MODEL_ATTRIBUTE(lock_on_fault));
}

static void translation_there_and_back_is_identity(void **state)
{
	struct flagmap map;
	uint64_t random = 1;

	(void)state;
	flagmap_init(&map);
	for (int i = 0; i < 1000; i++) {
		uint64_t flags;

		random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
		flags = (random >> 20) & ((UINT64_C(1) << VM_FLAG_COUNT) - 1);
		assert_int_equal(flags_from_attributes(attributes_from_flags(flags)), flags);
		assert_int_equal(flagmap_flags(&map, attributes_from_flags(flags)), flags);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_maps_each_flag_to_one_attribute),
		cmocka_unit_test(words_stand_beside_their_codes),
		cmocka_unit_test(translation_there_and_back_is_identity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
