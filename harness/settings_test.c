/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who decides what a program left open: command line, program, subject, in that order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "settings.h"
#include "subject.h"

static const struct subject core = { .default_profile = PROFILE_7_3, .default_gap = 4 };
static const struct subject kernel = {
	.default_profile = PROFILE_6_18,
	.default_gap = 256,
	.default_quirks = true,
	.softdirty = SETTING_OFF,
	.anon_names = SETTING_OFF,
};

static struct settings resolve(const char *text, const struct subject *subject,
			       const struct run_options *options)
{
	struct program program;
	struct text_error error;
	struct settings settings;

	program_init(&program);
	assert_int_equal(program_parse(&program, text, strlen(text), &error), 0);
	settings = program.settings;
	program_done(&program);
	settings_resolve(&settings, subject, options);
	return settings;
}

static void core_has_its_defaults(void **state)
{
	struct settings settings = resolve("vma-program 1\n", &core, NULL);

	(void)state;
	assert_int_equal(settings.profile, PROFILE_7_3);
	assert_int_equal(settings.quirks, SETTING_OFF);
	assert_int_equal(settings_quirk_rows(&settings), 0);
	assert_int_equal(settings.gap, 4);
	assert_int_equal(settings.softdirty, SETTING_ON);
	assert_int_equal(settings.anon_names, SETTING_ON);
	assert_int_equal(settings.ipc_lock, SETTING_ON);
	assert_true(settings_expectations_hold(&settings));
}

static void kernel_is_what_it_is(void **state)
{
	struct settings settings;

	(void)state;
	settings = resolve("vma-program 1\nprofile 6.12\nsoftdirty on\n", &kernel, NULL);
	assert_int_equal(settings.profile, PROFILE_6_18);
	assert_int_equal(settings.quirks, SETTING_ON);
	assert_int_equal(settings_quirk_rows(&settings), QUIRKS_ALL);
	assert_int_equal(settings.gap, 256);
	assert_int_equal(settings.softdirty, SETTING_OFF);
	assert_int_equal(settings.anon_names, SETTING_OFF);
	assert_false(settings_expectations_hold(&settings));
	settings = resolve("vma-program 1\nprofile 6.12 6.18\n", &kernel, NULL);
	assert_true(settings_expectations_hold(&settings));
	settings = resolve("vma-program 1\nprofile any\n", &kernel, NULL);
	assert_int_equal(settings.profile, PROFILE_6_18);
	assert_true(settings_expectations_hold(&settings));
}

static void program_beats_the_default(void **state)
{
	struct settings settings;

	(void)state;
	settings = resolve("vma-program 1\nprofile 6.12\nquirks F1,F5\ngap 9\nipc_lock off\n",
			   &core, NULL);
	assert_int_equal(settings.profile, PROFILE_6_12);
	assert_int_equal(settings_quirk_rows(&settings), 1u << 0 | 1u << 4);
	assert_int_equal(settings.gap, 9);
	assert_int_equal(settings.ipc_lock, SETTING_OFF);
	settings = resolve("vma-program 1\nquirks off\n", &kernel, NULL);
	assert_int_equal(settings_quirk_rows(&settings), 0);
}

static void command_line_beats_the_program(void **state)
{
	const struct run_options options = {
		.has_profile = true,
		.profile = PROFILE_6_18,
		.quirks = SETTING_ON,
		.gap = 12,
		.ipc_lock = SETTING_OFF,
	};
	const struct run_options strict = { .strict = true, .quirks = SETTING_ON };
	struct settings settings;

	(void)state;
	settings = resolve("vma-program 1\nprofile 6.12\nquirks off\ngap 9\n", &core, &options);
	assert_int_equal(settings.profile, PROFILE_6_18);
	assert_int_equal(settings_quirk_rows(&settings), QUIRKS_ALL);
	assert_int_equal(settings.gap, 12);
	assert_int_equal(settings.ipc_lock, SETTING_OFF);
	settings = resolve("vma-program 1\nquirks on\n", &kernel, &strict);
	assert_int_equal(settings_quirk_rows(&settings), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(core_has_its_defaults),
		cmocka_unit_test(kernel_is_what_it_is),
		cmocka_unit_test(program_beats_the_default),
		cmocka_unit_test(command_line_beats_the_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
