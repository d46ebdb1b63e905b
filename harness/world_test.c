/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of drivers says what its header promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flags.h"
#include "program.h"
#include "world.h"

static void files_have_the_names_of_the_language(void **state)
{
	(void)state;
	for (int i = 0; i < WORLD_FILES; i++)
		assert_string_equal(world_drivers[i].name, world_file_name((enum world_file)i));
}

static void only_the_two_plain_files_share_an_inode(void **state)
{
	(void)state;
	for (int i = 1; i < WORLD_FILES; i++) {
		assert_true(world_drivers[i].inode);
		for (int j = 1; j < i; j++)
			assert_int_equal(world_drivers[i].inode == world_drivers[j].inode,
					 j == FILE_PLAIN && i == FILE_PLAIN2);
	}
}

static void hooks_add_flags_that_end_merging_or_dumping(void **state)
{
	(void)state;
	assert_int_equal(world_drivers[FILE_PFN].hook_flags,
			 VM_FLAG(io) | VM_FLAG(pf) | VM_FLAG(de) | VM_FLAG(dd));
	assert_int_equal(world_drivers[FILE_IO].hook_flags, VM_FLAG(io));
	for (int i = 0; i < WORLD_FILES; i++) {
		const struct world_driver *driver = &world_drivers[i];

		/* Who has neither hook can change nothing and fail in nothing. */
		if (!driver->legacy_hook && !driver->prepare_hook)
			assert_false(driver->hook_flags || driver->hook_error ||
				     driver->hook_offset);
		assert_false(driver->legacy_hook && driver->prepare_hook);
		assert_false(driver->split_error && !driver->asks_split);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_have_the_names_of_the_language),
		cmocka_unit_test(only_the_two_plain_files_share_an_inode),
		cmocka_unit_test(hooks_add_flags_that_end_merging_or_dumping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
