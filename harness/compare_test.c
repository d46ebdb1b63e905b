/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hand-made observations: equal ones agree, and a lie in any field gets the verdict of its
 * class. The layout that is lied about:
 *
 *	page   0123456789
 *	       ..AABB..C.        A, B private anonymous; C maps `close`
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "compare.h"
#include "flags.h"

#define RW (VM_FLAG(rd) | VM_FLAG(wr) | VM_FLAG(mr) | VM_FLAG(mw) | VM_FLAG(me) | VM_FLAG(ac))

struct fixture {
	struct program program;
	struct op op[2];
	struct observation before, expect, seen;
	struct verdict verdict;
	uint32_t facts;
};

static void fill(struct observation *seen)
{
	struct seen_space *space = &seen->space[0];

	space->alive = true;
	space->number = 0;
	space->vmas = 3;
	space->vma[0] = (struct seen_vma){ .start = 2,
					   .end = 4,
					   .flags = RW,
					   .pgoff = 2,
					   .virt_pgoff = 2,
					   .anon = 1,
					   .chain = 1 };
	space->vma[1] = (struct seen_vma){ .start = 4,
					   .end = 6,
					   .flags = RW & ~VM_FLAG(wr),
					   .pgoff = 4,
					   .virt_pgoff = 4,
					   .anon = 1,
					   .chain = 1 };
	space->vma[2] = (struct seen_vma){
		.start = 8, .end = 9, .flags = RW, .pgoff = 3, .virt_pgoff = 8, .file = FILE_CLOSE
	};
	space->vma_count = 3;
	space->total_vm = 5;
	space->data_vm = 3;
	space->committed = 3;
	memset(space->guard, 0, PROGRAM_PAGES_MAX / 8);
	seen->result = (struct seen_result){ .form = RESULT_VALUE };
	seen->events = 0;
}

static int setup(void **state)
{
	static struct fixture fixture;

	memset(&fixture, 0, sizeof(fixture));
	program_init(&fixture.program);
	fixture.program.ops = fixture.op;
	fixture.program.op_count = 2;
	fixture.op[0] =
		(struct op){ .kind = OP_MPROTECT, .addr = place_page(4), .len = place_page(2) };
	fixture.op[1] = (struct op){ .kind = OP_MMAP, .addr = place_page(4), .len = place_page(2) };
	fixture.facts = FACT_ALL;
	if (observation_init(&fixture.before) || observation_init(&fixture.expect) ||
	    observation_init(&fixture.seen))
		return -1;
	fill(&fixture.before);
	fill(&fixture.expect);
	fill(&fixture.seen);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	observation_done(&fixture->before);
	observation_done(&fixture->expect);
	observation_done(&fixture->seen);
	return 0;
}

static bool equal(struct fixture *fixture, uint32_t index)
{
	const struct comparison comparison = {
		.program = &fixture->program,
		.index = index,
		.before = &fixture->before,
		.expect = &fixture->expect,
		.seen = &fixture->seen,
		.facts = fixture->facts,
		.rule = "9.2-b",
	};
	uint64_t checks = 0;
	bool ret = compare_equal(&comparison, &checks);
	struct trace one, two;

	assert_true(checks > 0);
	/* Both in one pass come to the same as one after the other. */
	trace_begin(&one);
	trace_begin(&two);
	assert_int_equal(compare_and_trace(&comparison, &checks, &one), ret);
	if (ret)
		trace_operation(&two, (fixture->facts & FACT_ALL) == FACT_ALL ? &fixture->seen
									      : &fixture->expect);
	assert_true(trace_hash(&one) == trace_hash(&two));
	compare_classify(&comparison, &fixture->verdict);
	/* The quick answer and the thorough one must never contradict each other. */
	assert_int_equal(ret, fixture->verdict.class == VERDICT_AGREE);
	return ret;
}

static void expect_signature(struct fixture *fixture, uint32_t index, const char *signature)
{
	assert_false(equal(fixture, index));
	assert_string_equal(fixture->verdict.signature, signature);
	assert_true(fixture->verdict.message[0]);
}

static struct seen_vma *vma(struct fixture *fixture, unsigned int i)
{
	return &fixture->seen.space[0].vma[i];
}

static void equal_observations_agree(void **state)
{
	assert_true(equal(*state, 0));
}

static void wrong_errno_names_the_check_that_failed(void **state)
{
	struct fixture *fixture = *state;

	fixture->expect.result = (struct seen_result){ .form = RESULT_ERRNO, .error = EACCES };
	expect_signature(fixture, 0, "wrong-result/mprotect/9.2-b");
	assert_string_equal(fixture->verdict.message, "the subject answers 0, the model EACCES");
	fixture->seen.result = fixture->expect.result;
	assert_true(equal(fixture, 0));
	fixture->expect.result = (struct seen_result){ .form = RESULT_VALUE };
	expect_signature(fixture, 0, "wrong-result/mprotect/ERR-4");
}

static void wrong_address_is_a_wrong_result(void **state)
{
	struct fixture *fixture = *state;

	fixture->seen.result.value = 7 * PAGE_BYTES;
	expect_signature(fixture, 1, "wrong-result/mmap/ERR-4");
}

/* The model: ..AAAA..C. */
static void join_in(struct observation *seen)
{
	struct seen_space *space = &seen->space[0];

	space->vma[0].end = 6;
	space->vma[1] = space->vma[2];
	space->vmas = 2;
	space->vma_count = 2;
}

static void boundary_the_model_removed_is_a_missed_merge(void **state)
{
	struct fixture *fixture = *state;

	join_in(&fixture->expect);
	vma(fixture, 1)->flags = RW;
	expect_signature(fixture, 0, "missed-merge/mprotect/4.2");
	assert_string_equal(fixture->verdict.rules,
			    "MRG-1 / 4.2 (equal attributes, contiguous offset, "
			    "compatible anon_vma must merge)");
	assert_int_equal(fixture->verdict.page, 4);
	assert_int_equal(fixture->verdict.space, 0);
	expect_signature(fixture, 1, "missed-merge/mmap/3");
}

static void wrong_flags_behind_a_boundary_are_wrong_flags(void **state)
{
	struct fixture *fixture = *state;

	/* The subject's second half is not what the model joined. */
	join_in(&fixture->expect);
	expect_signature(fixture, 0, "wrong-flags/mprotect/PAG-1");
}

static void boundary_inside_an_old_area_is_a_wrong_layout(void **state)
{
	struct fixture *fixture = *state;

	join_in(&fixture->before);
	join_in(&fixture->expect);
	vma(fixture, 1)->flags = RW;
	expect_signature(fixture, 0, "wrong-layout/mprotect/MRG-4");
	fixture->expect.result = (struct seen_result){ .form = RESULT_ERRNO, .error = ENOMEM };
	fixture->seen.result = fixture->expect.result;
	expect_signature(fixture, 0, "wrong-layout/mprotect/ERR-1");
}

static void joined_areas_the_model_keeps_are_a_wrong_merge(void **state)
{
	struct fixture *fixture = *state;

	join_in(&fixture->seen);
	expect_signature(fixture, 0, "wrong-merge/mprotect/2.3");
	fixture->expect.space[0].vma[1].flags = RW;
	fixture->expect.space[0].vma[1].anon = 2;
	expect_signature(fixture, 0, "wrong-merge/mprotect/2.4");
	fixture->expect.space[0].vma[1].anon = 1;
	fixture->expect.space[0].vma[1].pgoff = 77;
	expect_signature(fixture, 0, "wrong-merge/mprotect/2.6");
	fixture->expect.space[0].vma[1].pgoff = 4;
	fixture->expect.space[0].vma[0].flags |= VM_FLAG(io);
	fixture->expect.space[0].vma[1].flags |= VM_FLAG(io);
	expect_signature(fixture, 0, "wrong-merge/mprotect/2.2");
}

static void merge_over_a_close_hook_names_the_close_rule(void **state)
{
	struct fixture *fixture = *state;

	join_in(&fixture->seen);
	fixture->expect.space[0].vma[1].flags = RW;
	for (int i = 0; i < 2; i++) {
		fixture->expect.space[0].vma[i].file = FILE_CLOSE;
		fixture->expect.space[0].vma[i].anon = 0;
	}
	expect_signature(fixture, 0, "wrong-merge/mprotect/2.7");
}

static void merge_away_from_the_range_is_a_wrong_merge(void **state)
{
	struct fixture *fixture = *state;

	join_in(&fixture->seen);
	fixture->op[0].addr = place_page(8);
	fixture->op[0].len = place_page(1);
	expect_signature(fixture, 0, "wrong-merge/mprotect/MRG-3");
}

static void cut_that_was_not_made_is_what_it_was_for(void **state)
{
	struct fixture *fixture = *state;

	join_in(&fixture->before);
	join_in(&fixture->seen);
	expect_signature(fixture, 0, "wrong-flags/mprotect/PAG-1");
}

static void page_mapped_on_one_side_only_is_a_wrong_layout(void **state)
{
	struct fixture *fixture = *state;

	vma(fixture, 1)->end = 7;
	expect_signature(fixture, 0, "wrong-layout/mprotect/PAG-1");
	assert_int_equal(fixture->verdict.page, 6);
	vma(fixture, 1)->end = 5;
	expect_signature(fixture, 0, "wrong-layout/mprotect/PAG-1");
	assert_int_equal(fixture->verdict.page, 5);
	vma(fixture, 1)->end = 6;
	fixture->seen.space[0].vmas = 2;
	expect_signature(fixture, 0, "wrong-layout/mprotect/PAG-1");
	assert_int_equal(fixture->verdict.page, 8);
}

static void flags_are_told_apart_by_what_they_mean(void **state)
{
	struct fixture *fixture = *state;

	vma(fixture, 0)->flags |= VM_FLAG(dd);
	expect_signature(fixture, 0, "wrong-flags/mprotect/PAG-1");
	vma(fixture, 0)->flags = RW | VM_FLAG(gu);
	expect_signature(fixture, 0, "wrong-flags/mprotect/STK-1");
	vma(fixture, 0)->flags = RW & ~VM_FLAG(ac);
	expect_signature(fixture, 0, "wrong-flags/mprotect/ACC-4");
	assert_string_equal(fixture->verdict.message,
			    "page 2: the model has ac, the subject has not");
	vma(fixture, 0)->flags = RW | VM_FLAG(lo);
	expect_signature(fixture, 0, "wrong-flags/mprotect/FLG-2");
	vma(fixture, 0)->flags = RW | VM_FLAG(uw);
	expect_signature(fixture, 0, "wrong-flags/mprotect/FLG-6");
}

static void offsets_files_and_attributes_have_their_rules(void **state)
{
	struct fixture *fixture = *state;

	vma(fixture, 0)->pgoff++;
	expect_signature(fixture, 0, "wrong-offset/mprotect/PAG-3");
	vma(fixture, 0)->pgoff--;
	vma(fixture, 2)->virt_pgoff++;
	expect_signature(fixture, 0, "wrong-offset/mprotect/PAG-3");
	vma(fixture, 2)->virt_pgoff--;
	vma(fixture, 2)->file = FILE_OTHER;
	expect_signature(fixture, 0, "wrong-file/mprotect/FIL-1");
	vma(fixture, 2)->file = FILE_CLOSE;
	vma(fixture, 0)->policy = 1;
	expect_signature(fixture, 0, "wrong-attribute/mprotect/PAG-1");
	vma(fixture, 0)->policy = 0;
	vma(fixture, 0)->name = 1;
	expect_signature(fixture, 0, "wrong-attribute/mprotect/PAG-1");
	vma(fixture, 0)->name = 0;
	vma(fixture, 0)->uffd = 1;
	expect_signature(fixture, 0, "wrong-attribute/mprotect/FLG-6");
}

static void anon_is_compared_as_a_partition_with_classes(void **state)
{
	struct fixture *fixture = *state;

	vma(fixture, 1)->anon = 0;
	vma(fixture, 1)->chain = 0;
	expect_signature(fixture, 0, "wrong-anon/mprotect/ANV-1");
	vma(fixture, 1)->anon = 2;
	vma(fixture, 1)->chain = 1;
	expect_signature(fixture, 0, "wrong-anon/mprotect/ANV-3");
	vma(fixture, 1)->anon = 1;
	vma(fixture, 1)->chain = 2;
	expect_signature(fixture, 0, "wrong-anon/mprotect/ANV-5");
}

static void guard_markers_are_compared_page_by_page(void **state)
{
	struct fixture *fixture = *state;

	fixture->seen.space[0].guard[0] = 1u << 5;
	expect_signature(fixture, 0, "wrong-guard/mprotect/STK-2");
	assert_int_equal(fixture->verdict.page, 5);
	/* Beyond the window nothing counts. */
	fixture->seen.space[0].guard[0] = 0;
	fixture->seen.space[0].guard[1] = 1;
	assert_true(equal(fixture, 0));
	fixture->program.settings.pages = 128;
	expect_signature(fixture, 0, "wrong-guard/mprotect/STK-2");
	assert_int_equal(fixture->verdict.page, 64);
}

static void each_counter_is_compared(void **state)
{
	static const char *const signatures[] = {
		"wrong-count/mprotect/STR-3",	   "wrong-accounting/mprotect/ACC-1",
		"wrong-accounting/mprotect/ACC-2", "wrong-accounting/mprotect/ACC-2",
		"wrong-accounting/mprotect/ACC-2", "wrong-accounting/mprotect/ACC-3",
		"wrong-accounting/mprotect/ACC-4",
	};
	struct fixture *fixture = *state;
	struct seen_space *space = &fixture->seen.space[0];
	int64_t *const counter[] = { &space->vma_count, &space->total_vm, &space->data_vm,
				     &space->exec_vm,	&space->stack_vm, &space->locked_vm,
				     &space->committed };

	for (size_t i = 0; i < sizeof(counter) / sizeof(counter[0]); i++) {
		*counter[i] += 1;
		expect_signature(fixture, 0, signatures[i]);
		*counter[i] -= 1;
	}
}

static struct seen_event hook(uint8_t kind)
{
	return (struct seen_event){ .kind = kind, .file = FILE_CLOSE, .start = 8, .end = 9 };
}

static void hooks_are_compared_in_order(void **state)
{
	struct fixture *fixture = *state;

	fixture->seen.event[0] = hook(EVENT_CLOSE);
	fixture->seen.events = 1;
	expect_signature(fixture, 0, "wrong-hooks/mprotect/HOK-4");
	fixture->expect.event[0] = hook(EVENT_OPEN);
	fixture->expect.events = 1;
	expect_signature(fixture, 0, "wrong-hooks/mprotect/HOK-2");
	fixture->seen.events = 0;
	expect_signature(fixture, 0, "wrong-hooks/mprotect/HOK-1");
	fixture->expect.result = (struct seen_result){ .form = RESULT_ERRNO, .error = ENOMEM };
	fixture->seen.result = fixture->expect.result;
	expect_signature(fixture, 0, "wrong-hooks/mprotect/HOK-6");
	fixture->seen.event[0] = hook(EVENT_OPEN);
	fixture->seen.events = 1;
	assert_true(equal(fixture, 0));
	fixture->seen.event[0].end = 10;
	expect_signature(fixture, 0, "wrong-hooks/mprotect/HOK-6");
	fixture->expect.event[0] = hook(EVENT_MAY_SPLIT);
	fixture->seen.event[0] = hook(EVENT_MAY_SPLIT);
	fixture->seen.event[0].at = 3;
	expect_signature(fixture, 0, "wrong-hooks/mprotect/1.11");
}

static void trace_events_of_refusals_are_counted(void **state)
{
	struct fixture *fixture = *state;

	fixture->expect.event[0] = (struct seen_event){ .kind = EVENT_INSUFFICIENT_SLOTS, .at = 4 };
	fixture->expect.events = 1;
	expect_signature(fixture, 0, "wrong-tracepoint/mprotect/LIM-3");
	fixture->seen.event[0] = fixture->expect.event[0];
	fixture->seen.events = 1;
	assert_true(equal(fixture, 0));
	fixture->seen.event[0].at = 5;
	expect_signature(fixture, 0, "wrong-tracepoint/mprotect/LIM-3");
}

static void spaces_are_matched_by_number(void **state)
{
	struct fixture *fixture = *state;
	struct observation *seen = &fixture->seen;
	struct seen_space swap;

	/* The subject keeps @0 in slot 2: that is its own business. */
	swap = seen->space[2];
	seen->space[2] = seen->space[0];
	seen->space[0] = swap;
	assert_true(equal(fixture, 0));
	seen->space[2].number = 1;
	expect_signature(fixture, 0, "wrong-layout/mprotect/FRK-1");
	seen->space[2].number = 0;
	seen->space[0].alive = true;
	seen->space[0].number = 1;
	seen->space[0].vmas = 0;
	expect_signature(fixture, 0, "wrong-layout/mprotect/EXT-1");
}

static void only_shown_facts_are_compared(void **state)
{
	static const uint32_t facts[] = {
		FACT_FLAGS,	 FACT_ANON_PGOFF, FACT_FILE_PGOFF, FACT_FILE,
		FACT_ANON,	 FACT_POLICY,	  FACT_NAME,	   FACT_UFFD,
		FACT_VIRT_PGOFF, FACT_GUARDS,	  FACT_COUNTERS,   FACT_EVENTS,
	};
	struct fixture *fixture = *state;

	vma(fixture, 0)->flags ^= VM_FLAG(ac);
	vma(fixture, 0)->pgoff++;
	vma(fixture, 2)->pgoff++;
	vma(fixture, 2)->file = FILE_OTHER;
	vma(fixture, 1)->anon = 0;
	vma(fixture, 1)->policy = 3;
	vma(fixture, 1)->name = 2;
	vma(fixture, 1)->uffd = 1;
	vma(fixture, 1)->virt_pgoff = 9;
	fixture->seen.space[0].guard[0] = 4;
	fixture->seen.space[0].locked_vm = 4;
	fixture->seen.event[0] = hook(EVENT_CLOSE);
	fixture->seen.events = 1;
	fixture->facts = FACT_LAYOUT;
	assert_true(equal(fixture, 0));
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		fixture->facts = FACT_LAYOUT | facts[i];
		assert_false(equal(fixture, 0));
	}
	/* What every subject shows: access and sharing, and the bounds. */
	fixture->facts = FACT_LAYOUT;
	vma(fixture, 0)->flags ^= VM_FLAG(wr);
	expect_signature(fixture, 0, "wrong-flags/mprotect/PAG-1");
	fixture->facts = 0;
	assert_true(equal(fixture, 0));
}

static void two_opens_of_one_inode_are_equal_where_only_inodes_show(void **state)
{
	struct fixture *fixture = *state;

	fixture->expect.space[0].vma[2].file = FILE_PLAIN;
	vma(fixture, 2)->file = FILE_PLAIN2;
	fixture->facts = FACT_LAYOUT | FACT_INODE;
	assert_true(equal(fixture, 0));
	vma(fixture, 2)->file = FILE_OTHER;
	expect_signature(fixture, 0, "wrong-file/mprotect/FIL-1");
}

static void refusals_name_the_test_that_fails(void **state)
{
	struct seen_vma left = { .start = 0, .end = 2, .flags = RW, .pgoff = 0 };
	struct seen_vma right = { .start = 2, .end = 4, .flags = RW, .pgoff = 2, .virt_pgoff = 2 };

	(void)state;
	assert_null(compare_refusal(&left, &right, PROFILE_7_3));
	right.flags |= VM_FLAG(gu);
	assert_null(compare_refusal(&left, &right, PROFILE_7_3));
	assert_string_equal(compare_refusal(&left, &right, PROFILE_6_12), "2.3");
	assert_string_equal(compare_refusal(&left, &right, PROFILE_6_1), "2.3");
	right.flags = RW;
	right.anon = 1;
	right.chain = 1;
	assert_null(compare_refusal(&left, &right, PROFILE_7_3));
	right.chain = 2;
	assert_string_equal(compare_refusal(&left, &right, PROFILE_7_3), "2.4");
	right.anon = 0;
	left.file = FILE_PLAIN;
	right.file = FILE_PLAIN;
	right.virt_pgoff = 3;
	assert_string_equal(compare_refusal(&left, &right, PROFILE_7_3), "2.6");
	assert_null(compare_refusal(&left, &right, PROFILE_6_18));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(equal_observations_agree),
		T(wrong_errno_names_the_check_that_failed),
		T(wrong_address_is_a_wrong_result),
		T(boundary_the_model_removed_is_a_missed_merge),
		T(wrong_flags_behind_a_boundary_are_wrong_flags),
		T(boundary_inside_an_old_area_is_a_wrong_layout),
		T(joined_areas_the_model_keeps_are_a_wrong_merge),
		T(merge_over_a_close_hook_names_the_close_rule),
		T(merge_away_from_the_range_is_a_wrong_merge),
		T(cut_that_was_not_made_is_what_it_was_for),
		T(page_mapped_on_one_side_only_is_a_wrong_layout),
		T(flags_are_told_apart_by_what_they_mean),
		T(offsets_files_and_attributes_have_their_rules),
		T(anon_is_compared_as_a_partition_with_classes),
		T(guard_markers_are_compared_page_by_page),
		T(each_counter_is_compared),
		T(hooks_are_compared_in_order),
		T(trace_events_of_refusals_are_counted),
		T(spaces_are_matched_by_number),
		T(only_shown_facts_are_compared),
		T(two_opens_of_one_inode_are_equal_where_only_inodes_show),
		T(refusals_name_the_test_that_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
