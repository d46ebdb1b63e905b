/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of expectations against hand-made VMAs: each word is checked, and only what is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "compare.h"
#include "flags.h"
#include "policy.h"

static struct observation seen;
static struct program program;
static struct verdict verdict;

static int setup(void **state)
{
	(void)state;
	program_init(&program);
	return observation_init(&seen);
}

static int teardown(void **state)
{
	(void)state;
	program_done(&program);
	observation_done(&seen);
	return 0;
}

#define RW (VM_FLAG(rd) | VM_FLAG(wr) | VM_FLAG(mr) | VM_FLAG(mw) | VM_FLAG(me) | VM_FLAG(ac))
#define VMA(...) ((struct seen_vma){ __VA_ARGS__ })

/* Whether `expect ...` holds for this one VMA: of pages 0..2, RW unless it says otherwise. */
static bool holds_with(const char *line, struct seen_vma vma, uint32_t facts)
{
	const struct comparison comparison = {
		.program = &program,
		.index = VERDICT_AT_BEGIN,
		.expect = &seen,
		.seen = &seen,
		.facts = facts,
	};
	struct text_error error;
	char text[256];
	uint64_t checks = 0;

	snprintf(text, sizeof(text), "vma-program 1\nexpect %s\n", line);
	program_reset(&program);
	if (program_parse(&program, text, strlen(text), &error))
		fail_msg("%s: expected %s", line, error.expected);
	program_add_name(&program, "heap");
	vma.end = 2;
	vma.flags = vma.flags ? vma.flags : RW;
	seen.space[0].alive = true;
	seen.space[0].vmas = 1;
	seen.space[0].vma[0] = vma;
	return compare_expectations(&comparison, &checks, &verdict);
}

static bool holds(const char *line, struct seen_vma vma)
{
	return holds_with(line, vma, FACT_ALL);
}

static void bounds_access_and_kind(void **state)
{
	(void)state;
	assert_true(holds("0..2 rw private anon", VMA(.anon = 0)));
	assert_false(holds("0..3 rw private anon", VMA(.anon = 0)));
	assert_false(holds("1..2 rw private anon", VMA(.anon = 0)));
	assert_false(holds("0..2 r private anon", VMA(.anon = 0)));
	assert_false(holds("0..2 rwx private anon", VMA(.anon = 0)));
	assert_false(holds("0..2 rw shared anon", VMA(.anon = 0)));
	assert_false(holds("0..2 rw droppable anon", VMA(.anon = 0)));
	assert_true(holds("0..2 rw droppable anon", VMA(.flags = RW | VM_FLAG(dp))));
	assert_false(holds("0..2 rw private anon", VMA(.flags = RW | VM_FLAG(dp))));
	assert_false(holds("empty", VMA(.anon = 0)));
	assert_true(holds("count 1", VMA(.anon = 0)));
	assert_false(holds("count 2", VMA(.anon = 0)));
	assert_true(holds("@3 empty", VMA(.anon = 0)));
}

static void files_and_nameless_objects(void **state)
{
	const uint64_t shared = RW | VM_FLAG(sh) | VM_FLAG(ms);

	(void)state;
	assert_true(holds("0..2 rw private file=plain", VMA(.file = FILE_PLAIN, .pgoff = 9)));
	assert_false(holds("0..2 rw private file=plain2", VMA(.file = FILE_PLAIN)));
	assert_false(holds("0..2 rw private anon", VMA(.file = FILE_PLAIN)));
	assert_true(holds("0..2 rw private file=plain@9", VMA(.file = FILE_PLAIN, .pgoff = 9)));
	assert_false(holds("0..2 rw private file=plain@8", VMA(.file = FILE_PLAIN, .pgoff = 9)));
	assert_true(holds("0..2 rw shared anon", VMA(.file = SEEN_OBJECT, .flags = shared)));
	assert_true(holds("0..2 rw shared file=zero", VMA(.file = SEEN_OBJECT, .flags = shared)));
	assert_true(
		holds("0..2 rw shared file=shm", VMA(.file = SEEN_OBJECT + 3, .flags = shared)));
	assert_false(holds("0..2 rw shared file=plain", VMA(.file = SEEN_OBJECT, .flags = shared)));
	assert_false(holds("0..2 rw shared file=shm", VMA(.file = FILE_PLAIN, .flags = shared)));
	/* A kernel that shows inodes only cannot tell two opens apart. */
	assert_true(holds_with("0..2 rw private file=plain2", VMA(.file = FILE_PLAIN),
			       FACT_LAYOUT | FACT_INODE) ||
		    verdict.of_model);
}

static void fault_offset_and_flags(void **state)
{
	(void)state;
	assert_true(holds("0..2 rw private anon unfaulted", VMA(.anon = 0)));
	assert_false(holds("0..2 rw private anon unfaulted", VMA(.anon = 1, .chain = 1)));
	assert_true(holds("0..2 rw private anon faulted", VMA(.anon = 1, .chain = 1)));
	assert_false(holds("0..2 rw private anon faulted", VMA(.anon = 0)));
	assert_false(holds("0..2 rw private anon forked", VMA(.anon = 1, .chain = 1)));
	assert_true(holds("0..2 rw private anon forked", VMA(.anon = 1, .chain = 2)));
	assert_true(holds("0..2 rw private anon off=5", VMA(.pgoff = 5)));
	assert_false(holds("0..2 rw private anon off=4", VMA(.pgoff = 5)));
	assert_true(holds("0..2 rw private anon flags=ac", VMA(.flags = RW | VM_FLAG(sd))));
	assert_false(holds("0..2 rw private anon flags=ac,sd", VMA(.flags = RW)));
	assert_true(holds("0..2 rw private anon flags=ac,sd", VMA(.flags = RW | VM_FLAG(sd))));
	assert_false(holds("0..2 rw private anon flags=ac", VMA(.flags = RW | VM_FLAG(gu))));
	assert_false(holds("0..2 rw private anon flags=ac,gu", VMA(.flags = RW)));
}

static void policy_name_and_context(void **state)
{
	const uint16_t bind = policy_number(2, 1u << 1, POLICY_NO_HOME);

	(void)state;
	assert_true(holds("0..2 rw private anon policy=bind=1", VMA(.policy = bind)));
	assert_false(holds("0..2 rw private anon policy=bind=1", VMA(.policy = 0)));
	assert_false(holds("0..2 rw private anon policy=bind=2", VMA(.policy = bind)));
	assert_false(holds("0..2 rw private anon policy=default", VMA(.policy = bind)));
	assert_true(holds("0..2 rw private anon policy=default", VMA(.policy = 0)));
	assert_true(holds("0..2 rw private anon policy=bind=0,1,static",
			  VMA(.policy = policy_number(2u | 1u << 15, 3, POLICY_NO_HOME))));
	assert_true(holds("0..2 rw private anon policy=bind=1",
			  VMA(.policy = policy_number(2, 1u << 1, 0))));
	assert_true(holds("0..2 rw private anon policy=local",
			  VMA(.policy = policy_number(4, 0, POLICY_NO_HOME))));
	assert_true(holds("0..2 rw private anon name=\"heap\"", VMA(.name = 1)));
	assert_false(holds("0..2 rw private anon name=\"pile\"", VMA(.name = 1)));
	assert_false(holds("0..2 rw private anon name=\"heap\"", VMA(.name = 0)));
	assert_true(holds("0..2 rw private anon name=none", VMA(.name = 0)));
	assert_true(holds("0..2 rw private anon uffd=2", VMA(.uffd = 3)));
	assert_false(holds("0..2 rw private anon uffd=1", VMA(.uffd = 3)));
	assert_true(holds("0..2 rw private anon uffd=none", VMA(.uffd = 0)));
}

static void policy_numbers_are_functions_of_the_value(void **state)
{
	(void)state;
	for (uint32_t mode = 0; mode < 7; mode++)
		for (uint64_t nodes = 0; nodes < 16; nodes++) {
			uint16_t number = policy_number(mode, nodes, POLICY_NO_HOME);

			assert_true(number);
			assert_int_not_equal(number,
					     policy_number(mode + 1, nodes, POLICY_NO_HOME));
			assert_int_not_equal(number,
					     policy_number(mode, nodes + 1, POLICY_NO_HOME));
			assert_int_not_equal(number, policy_number(mode, nodes, 0));
			assert_int_not_equal(number,
					     policy_number(mode | 1u << 15, nodes, POLICY_NO_HOME));
		}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(bounds_access_and_kind),
		T(files_and_nameless_objects),
		T(fault_offset_and_flags),
		T(policy_name_and_context),
		T(policy_numbers_are_functions_of_the_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
