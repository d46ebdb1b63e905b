/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sums of what workers counted, whoever comes first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "statistics.h"

static void sums_do_not_depend_on_order(void **state)
{
	static struct run_statistics a, b, ab, ba;

	(void)state;
	a.programs = 3;
	a.trace = UINT64_MAX;
	a.cases[STATISTICS_CASES - 1] = 4;
	a.outcomes_max = 2;
	a.succeeded[OP_EXIT] = 1;
	b.programs = 4;
	b.trace = 2;
	b.cases[STATISTICS_CASES - 1] = 5;
	b.outcomes_max = 7;
	b.failed[OP_MMAP] = 9;
	statistics_skip(&a, "second", 1);
	statistics_skip(&b, "first", 2);
	statistics_skip(&b, "second", 3);
	statistics_add(&ab, &a);
	statistics_add(&ab, &b);
	statistics_add(&ba, &b);
	statistics_add(&ba, &a);
	statistics_sort_reasons(&ab);
	statistics_sort_reasons(&ba);
	assert_memory_equal(&ab, &ba, sizeof(ab));
	assert_int_equal(ab.programs, 7);
	assert_int_equal(ab.trace, 1);
	assert_int_equal(ab.cases[STATISTICS_CASES - 1], 9);
	assert_int_equal(ab.outcomes_max, 7);
	assert_string_equal(ab.reason[0].text, "first");
	assert_int_equal(ab.reason[1].count, 4);
}

static void too_many_reasons_are_others(void **state)
{
	static struct run_statistics statistics;
	char reason[120];
	uint64_t sum = 0;

	(void)state;
	for (int i = 0; i < 50; i++) {
		snprintf(reason, sizeof(reason), "reason %d %080d", i, 0);
		statistics_skip(&statistics, reason, 2);
		statistics_skip(&statistics, reason, 1);
	}
	assert_int_equal(statistics.reasons, STATISTICS_REASONS);
	assert_string_equal(statistics.reason[STATISTICS_REASONS - 1].text, "other");
	for (uint32_t i = 0; i < statistics.reasons; i++)
		sum += statistics.reason[i].count;
	assert_int_equal(sum, 150);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_do_not_depend_on_order),
		cmocka_unit_test(too_many_reasons_are_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
