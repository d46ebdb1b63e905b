/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The trace hash: known values, so that machines can be compared, and no field left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "trace.h"

static struct observation seen;

static int setup(void **state)
{
	(void)state;
	if (observation_init(&seen))
		return -1;
	seen.result = (struct seen_result){ .form = RESULT_VALUE, .value = 0x3000 };
	seen.space[0].alive = true;
	seen.space[0].vmas = 2;
	seen.space[0].vma[0] = (struct seen_vma){ .start = 1,
						  .end = 2,
						  .flags = 3,
						  .pgoff = 4,
						  .virt_pgoff = 5,
						  .anon = 6,
						  .file = 7,
						  .chain = 1,
						  .uffd = 2,
						  .policy = 3,
						  .name = 4 };
	seen.space[0].vma[1] = (struct seen_vma){ .start = 2, .end = 3, .flags = UINT64_MAX };
	seen.event[0] = (struct seen_event){
		.kind = EVENT_CLOSE, .file = FILE_CLOSE, .start = 1, .end = 2, .at = 0
	};
	seen.events = 1;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	observation_done(&seen);
	return 0;
}

static uint64_t hash(void)
{
	struct trace trace;

	trace_begin(&trace);
	trace_operation(&trace, &seen);
	return trace_hash(&trace);
}

static void hash_is_the_same_everywhere(void **state)
{
	(void)state;
	/* Frozen: another machine, compiler or word size must come to the same number. */
	assert_true(hash() == UINT64_C(0x73a11bea82cb1b62));
	assert_true(trace_share(hash(), 7) == UINT64_C(0x9e80a5cc9c713fc5));
}

static void padding_does_not_count(void **state)
{
	uint64_t before = hash();
	struct seen_vma copy = seen.space[0].vma[0];

	(void)state;
	memset(&seen.space[0].vma[0], 0xff, sizeof(copy));
	seen.space[0].vma[0].start = copy.start;
	seen.space[0].vma[0].end = copy.end;
	seen.space[0].vma[0].flags = copy.flags;
	seen.space[0].vma[0].pgoff = copy.pgoff;
	seen.space[0].vma[0].virt_pgoff = copy.virt_pgoff;
	seen.space[0].vma[0].anon = copy.anon;
	seen.space[0].vma[0].file = copy.file;
	seen.space[0].vma[0].chain = copy.chain;
	seen.space[0].vma[0].uffd = copy.uffd;
	seen.space[0].vma[0].policy = copy.policy;
	seen.space[0].vma[0].name = copy.name;
	assert_true(hash() == before);
	/* Nor do VMAs beyond the count, nor spaces that are not alive. */
	seen.space[0].vma[2].start = 77;
	seen.space[1].vmas = 1;
	assert_true(hash() == before);
}

#define CHANGES(field)                                                                             \
	do {                                                                                       \
		uint64_t was = hash();                                                             \
		(field)++;                                                                         \
		assert_false(hash() == was);                                                       \
		(field)--;                                                                         \
	} while (0)

static void every_field_counts(void **state)
{
	struct seen_vma *vma = &seen.space[0].vma[0];

	(void)state;
	CHANGES(seen.result.form);
	CHANGES(seen.result.error);
	CHANGES(seen.result.value);
	CHANGES(seen.event[0].kind);
	CHANGES(seen.event[0].space);
	CHANGES(seen.event[0].file);
	CHANGES(seen.event[0].start);
	CHANGES(seen.event[0].end);
	CHANGES(seen.event[0].at);
	CHANGES(seen.events);
	CHANGES(seen.space[0].number);
	CHANGES(seen.space[0].vmas);
	CHANGES(vma->start);
	CHANGES(vma->end);
	CHANGES(vma->flags);
	CHANGES(vma->pgoff);
	CHANGES(vma->virt_pgoff);
	CHANGES(vma->anon);
	CHANGES(vma->file);
	CHANGES(vma->chain);
	CHANGES(vma->uffd);
	CHANGES(vma->policy);
	CHANGES(vma->name);
}

static void order_counts_within_a_program_and_not_between_programs(void **state)
{
	struct trace a, b;

	(void)state;
	trace_begin(&a);
	trace_operation(&a, &seen);
	seen.result.value = 1;
	trace_operation(&a, &seen);
	trace_begin(&b);
	trace_operation(&b, &seen);
	seen.result.value = 0x3000;
	trace_operation(&b, &seen);
	assert_false(trace_hash(&a) == trace_hash(&b));
	assert_false(trace_share(trace_hash(&a), 1) == trace_share(trace_hash(&a), 2));
	assert_false(trace_share(trace_hash(&a), 1) + trace_share(trace_hash(&b), 2) ==
		     trace_share(trace_hash(&b), 1) + trace_share(trace_hash(&a), 2));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(hash_is_the_same_everywhere),
		T(padding_does_not_count),
		T(every_field_counts),
		T(order_counts_within_a_program_and_not_between_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
