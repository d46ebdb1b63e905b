/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The core against the model on random programs, a few of each kind; long runs are the
 * command's business. A failure names the program: `vmafuzz run --seed 20 --programs N`.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "run.h"

static struct run_result result;

static int create(void *context, struct subject **ret, const char **why)
{
	(void)context;
	(void)why;
	return subject_core_create(ret);
}

static struct run_request request_for(enum profile profile, uint8_t quirks)
{
	struct run_request request = {
		.create = create,
		.seed = 20,
		.programs = 300,
		.ops = 32,
		.jobs = 1,
		.keep = 1,
		.options = {
			.settings = {
				.has_profile = true,
				.profile = (uint8_t)profile,
				.quirks = quirks,
			},
			.twice = true,
			.paranoid = true,
		},
	};

	assert_int_equal(generator_preset("everything", &request.generator), 0);
	return request;
}

static int teardown(void **state)
{
	(void)state;
	run_result_done(&result);
	return 0;
}

static void expect_agreement(const struct run_request *request)
{
	char *text;

	run_result_done(&result);
	assert_int_equal(run_programs(request, &result), 0);
	if (result.findings) {
		text = program_print(&result.finding[0].program);
		print_error("program %u: %s: %s\n%s\n", (unsigned int)result.finding[0].number,
			    result.finding[0].verdict.signature, result.finding[0].verdict.message,
			    text ? text : "");
		free(text);
	}
	assert_int_equal(result.statistics.mismatches, 0);
	assert_true(result.statistics.operations > request->programs * request->ops / 2);
}

static void core_and_model_agree_in_every_profile(void **state)
{
	(void)state;
	for (int profile = 0; profile < (int)PROFILES_SPECIFIED; profile++) {
		struct run_request request = request_for((enum profile)profile, SETTING_OFF);

		expect_agreement(&request);
	}
}

static void core_and_model_agree_on_quirks(void **state)
{
	(void)state;
	for (int profile = 0; profile < (int)PROFILES_SPECIFIED; profile++) {
		struct run_request request = request_for((enum profile)profile, SETTING_ON);

		expect_agreement(&request);
	}
}

static void core_and_model_agree_when_memory_fails_often(void **state)
{
	struct run_request request = request_for(PROFILE_7_3, SETTING_OFF);

	(void)state;
	request.generator.alloc_rate = 512;
	expect_agreement(&request);
	assert_true(result.statistics.alloc_failures > 1000);
	/* No rule permits so much that it permits everything. */
	assert_true(result.statistics.outcomes_max > 1);
	assert_int_equal(result.statistics.outcomes_over, 0);
}

static void core_and_model_agree_in_large_windows(void **state)
{
	struct run_request request = request_for(PROFILE_7_3, SETTING_OFF);

	(void)state;
	request.generator.pages = PROGRAM_PAGES_MAX;
	request.programs = 40;
	request.ops = 256;
	expect_agreement(&request);
}

int main(void)
{
#define T(name) cmocka_unit_test_teardown(name, teardown)
	const struct CMUnitTest tests[] = {
		T(core_and_model_agree_in_every_profile),
		T(core_and_model_agree_on_quirks),
		T(core_and_model_agree_when_memory_fails_often),
		T(core_and_model_agree_in_large_windows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
