/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine against predicates that need no subject. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shrink.h"
#include "simplify.h"

typedef bool predicate(const struct program *program);

struct fake {
	predicate *fails;
	uint64_t asked, most; /* how many questions there is time for */
};

static int first(void *context, const struct program *candidate, uint32_t count)
{
	struct fake *fake = context;

	for (uint32_t i = 0; i < count; i++) {
		fake->asked++;
		if (fake->fails(&candidate[i]))
			return (int)i;
	}
	return (int)count;
}

static bool goes_on(void *context)
{
	const struct fake *fake = context;

	return fake->asked < fake->most;
}

static struct shrink_result shrink_for(struct program *program, predicate *fails, uint64_t most)
{
	struct fake fake = { .fails = fails, .most = most };
	const struct shrink_judge judge = { first, goes_on, &fake };
	struct shrink_result result;

	assert_true(fails(program));
	assert_int_equal(shrink(program, &judge, &result), 0);
	assert_true(fails(program));
	return result;
}

static void parse(struct program *program, const char *text)
{
	struct text_error error;

	program_init(program);
	assert_int_equal(program_parse(program, text, strlen(text), &error), 0);
}

/* What `text` shrinks to, and what that shrinks to again. */
static void becomes(const char *text, predicate *fails, const char *want)
{
	struct program program;

	parse(&program, text);
	for (int round = 0; round < 2; round++) {
		struct shrink_result result = shrink_for(&program, fails, UINT64_MAX);
		char *got = program_print(&program);

		assert_non_null(got);
		assert_string_equal(got, want);
		free(got);
		assert_true(result.complete);
		assert_true(round == 0 || result.accepted == 0);
	}
	program_done(&program);
}

static uint32_t count_of(const struct program *program, enum op_kind kind)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < program->op_count; i++)
		count += program->ops[i].kind == kind;
	return count;
}

static const struct op *find(const struct program *program, enum op_kind kind)
{
	for (uint32_t i = 0; i < program->op_count; i++)
		if (program->ops[i].kind == kind)
			return &program->ops[i];
	return NULL;
}

static bool maps_then_locks(const struct program *program)
{
	const struct op *map = find(program, OP_MMAP), *lock = find(program, OP_MLOCK);

	return map && lock && map < lock;
}

static void what_does_not_matter_goes(void **state)
{
	(void)state;
	becomes("vma-program 1\n"
		"touch 0..1 w\nmmap 4..8 rx shared file=plain@3 noreserve\nmunmap 1..2\n"
		"mprotect 4..5 r\nfork\n@1 exit\nmlock 9..12 onfault !alloc=3+\nmunmap 4..8\n",
		maps_then_locks,
		"vma-program 1\npages 64\nmmap 0..0 rw private anon\nmlock 0..0\n");
}

/* Neither of two touches may go alone. */
static bool touches_are_even(const struct program *program)
{
	return find(program, OP_MSEAL) && count_of(program, OP_TOUCH) % 2 == 0;
}

static void operations_that_need_each_other_go_together(void **state)
{
	(void)state;
	becomes("vma-program 1\ntouch 0..1 w\nmseal 0..1\ntouch 3..4 w\n", touches_are_even,
		"vma-program 1\npages 64\nmseal 0..0\n");
}

/*
 *	before  ....AAAAABBB     after  AABB
 */
static bool neighbours_of_two_pages(const struct program *program)
{
	for (uint32_t i = 1; i < program->op_count; i++) {
		const struct op *a = &program->ops[i - 1], *b = &program->ops[i];

		if (a->kind == OP_MMAP && b->kind == OP_MMAP && a->len.pages >= 2 &&
		    b->len.pages >= 2 && a->addr.pages + a->len.pages == b->addr.pages &&
		    b->pgoff == a->pgoff + (uint64_t)a->len.pages && a->file && b->file)
			return true;
	}
	return false;
}

static bool has_faulted_mapping(const struct program *program)
{
	bool mapped = false;

	for (uint32_t i = 0; i < program->op_count; i++) {
		const struct op *op = &program->ops[i];

		mapped = mapped || op->kind == OP_MMAP;
		if (mapped && (op->kind == OP_TOUCH || op->map_flags & 0x8000))
			return true;
	}
	return false;
}

static uint32_t mapped_pages(const struct program *program)
{
	uint32_t pages = 0;

	for (uint32_t i = 0; i < program->op_count; i++)
		if (program->ops[i].kind == OP_MMAP)
			pages += (uint32_t)program->ops[i].len.pages;
	return pages;
}

static bool maps_five_pages(const struct program *program)
{
	return mapped_pages(program) >= 5;
}

/* What a mapping can be made with needs no operation; two mappings side by side are one. */
static void two_operations_fold_into_one(void **state)
{
	(void)state;
	becomes("vma-program 1\nmmap 2..4 rw private anon\ntouch 2..3 w\n", has_faulted_mapping,
		"vma-program 1\npages 64\nmmap 0..0 rw private anon populate\n");
	becomes("vma-program 1\nmmap 4..6 rw private anon\nmmap 1..4 rw private anon\n",
		maps_five_pages, "vma-program 1\npages 64\nmmap 0..5 rw private anon\n");
}

static void the_window_shrinks_with_its_relations(void **state)
{
	(void)state;
	becomes("vma-program 1\nmmap 14..20 rw private file=other@10\nmmap 20..26 rw private "
		"file=other@16\n",
		neighbours_of_two_pages,
		"vma-program 1\npages 64\nmmap 0..2 rw private file=plain\n"
		"mmap 2..4 rw private file=plain@2\n");
}

static bool late_failure(const struct program *program)
{
	const struct op *op = find(program, OP_MUNMAP);

	return op && op->alloc_nth >= 3;
}

static void failures_move_to_the_smallest_number(void **state)
{
	(void)state;
	becomes("vma-program 1\nmmap 0..1 rw private anon !alloc=2\nmunmap 0..1 !alloc=9+\n",
		late_failure, "vma-program 1\npages 64\nmunmap 0..0 !alloc=3\n");
}

static bool unmaps(const struct program *program)
{
	return find(program, OP_MUNMAP);
}

static void spaces_and_settings_become_the_usual_ones(void **state)
{
	(void)state;
	becomes("vma-program 1\npages 128\nlimit 40\nprofile 6.12\nquirks on\nrlimit as 30\n"
		"fork\n@1 fork\n@2 munmap 4..5\n",
		unmaps, "vma-program 1\npages 64\nmunmap 0..0\n");
}

/* @2 must be a child of @1; a third space in between only moves the numbers. */
static bool grandchild_unmaps(const struct program *program)
{
	unsigned int parent[8] = { 0 }, born = 0;

	for (uint32_t i = 0; i < program->op_count; i++)
		if (program->ops[i].kind == OP_FORK && program->ops[i].space <= born && born < 7)
			parent[++born] = program->ops[i].space;
	for (uint32_t i = 0; i < program->op_count; i++) {
		const struct op *op = &program->ops[i];

		if (op->kind == OP_MUNMAP && op->space <= born && parent[op->space])
			return true;
	}
	return false;
}

static void numbers_of_spaces_move_up(void **state)
{
	(void)state;
	becomes("vma-program 1\nfork\nfork\n@2 fork\n@1 munmap 0..1\n@3 munmap 0..1\n@1 exit\n",
		grandchild_unmaps, "vma-program 1\npages 64\nfork\n@1 fork\n@2 munmap 0..0\n");
}

/* As many mappings as the limit says. */
static bool limit_is_met(const struct program *program)
{
	return program->settings.limit >= 2 &&
	       count_of(program, OP_MMAP) == program->settings.limit;
}

static void limits_sink_with_their_mappings(void **state)
{
	(void)state;
	becomes("vma-program 1\nlimit 5\nmmap 0..1 r private anon\nmmap 2..3 r private anon\n"
		"mmap 4..5 r private anon\nmmap 6..7 r private anon\nmmap 8..9 r private anon\n",
		limit_is_met,
		"vma-program 1\npages 64\nlimit 2\nmmap 0..0 rw private anon\n"
		"mmap 0..0 rw private anon\n");
}

/* The limit is said by an operation, in the middle of the mappings. */
static bool limit_is_met_wherever(const struct program *program)
{
	const struct op *op = find(program, OP_LIMIT);
	uint64_t limit = op ? op->nodes : program->settings.limit;

	return limit && count_of(program, OP_MMAP) == limit && (!op || op->how == LIMIT_ABSOLUTE);
}

static void a_limit_is_rather_set_than_changed(void **state)
{
	(void)state;
	becomes("vma-program 1\nmmap 0..1 r private anon\nlimit 2\nmmap 2..3 r private anon\n",
		limit_is_met_wherever,
		"vma-program 1\npages 64\nlimit 1\nmmap 0..0 rw private anon\n");
}

static bool statement_stands_behind_a_map(const struct program *program)
{
	for (uint32_t i = 0; i < program->expectation_count; i++) {
		uint32_t after = program->expectations[i].after;

		if (after && program->ops[after - 1].kind == OP_MMAP &&
		    program->expectations[i].form == EXPECT_COUNT)
			return true;
	}
	return false;
}

static void statements_follow_their_operations(void **state)
{
	(void)state;
	becomes("vma-program 1\ntouch 0..1 w\nmunmap 0..1\nmmap 4..5 rw private anon = 4\n"
		"expect count 1\ntouch 0..1 w\nexpect empty\n",
		statement_stands_behind_a_map,
		"vma-program 1\npages 64\nmmap 0..0 rw private anon\nexpect count 1\n");
}

static void without_time_nothing_is_lost(void **state)
{
	struct shrink_result result;
	struct program program;

	(void)state;
	parse(&program, "vma-program 1\ntouch 0..1 w\nmunmap 4..5\n");
	result = shrink_for(&program, unmaps, 0);
	assert_false(result.complete);
	assert_int_equal(program.op_count, 2);
	program_done(&program);
}

static uint32_t dice(uint64_t *state, uint32_t below)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 33) % below;
}

/* A failing one, somewhere behind three that meet its range, one of them another kind. */
static bool random_failure(const struct program *program)
{
	for (uint32_t i = 0; i < program->op_count; i++) {
		const struct op *last = &program->ops[i];
		uint32_t met = 0, kinds = 0;

		if (last->kind != OP_MPROTECT)
			continue;
		for (uint32_t j = 0; j < i; j++) {
			const struct op *op = &program->ops[j];

			if (op->addr.pages < last->addr.pages + last->len.pages &&
			    last->addr.pages < op->addr.pages + op->len.pages) {
				met++;
				kinds |= 1u << op->kind;
			}
		}
		if (met >= 3 && kinds & (kinds - 1))
			return true;
	}
	return false;
}

static void random_program(struct program *program, uint64_t seed)
{
	static const uint8_t kinds[] = { OP_MMAP, OP_MUNMAP, OP_MPROTECT, OP_TOUCH, OP_MLOCK };

	program_init(program);
	for (int i = 0; i < 60; i++) {
		struct op op = {
			.kind = kinds[dice(&seed, sizeof(kinds))],
			.addr = place_page((int32_t)dice(&seed, 48)),
			.len = place_page((int32_t)(1 + dice(&seed, 16))),
			.prot = dice(&seed, 8),
			.map_flags = 2,
			.touch_write = 1,
			.alloc_nth = (uint16_t)dice(&seed, 3),
		};

		op = op_normalize(&op);
		assert_int_equal(program_add_op(program, &op), 0);
	}
}

static void random_programs_end_minimal_and_the_same(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct program one, again;

		random_program(&one, seed);
		random_program(&again, seed);
		assert_true(shrink_for(&one, random_failure, UINT64_MAX).complete);
		shrink_for(&again, random_failure, UINT64_MAX);
		assert_true(program_equal(&one, &again));
		assert_int_equal(shrink_for(&again, random_failure, UINT64_MAX).accepted, 0);
		assert_true(program_equal(&one, &again));
		for (uint32_t i = 0; i < one.op_count; i++) {
			assert_int_equal(program_copy(&again, &one), 0);
			program_remove_ops(&again, i, 1);
			assert_false(random_failure(&again));
		}
		program_done(&one);
		program_done(&again);
	}
}

/* A candidate that costs the same could be exchanged for ever. */
static void cost_counts_what_is_simpler(void **state)
{
	static const char *const pairs[][2] = {
		{ "munmap 0..1", "munmap 0..1\nmunmap 0..1" },
		{ "munmap 0..1", "munmap 1..2" },
		{ "munmap 0..1", "munmap 0..2" },
		{ "munmap 0..1 !alloc=1", "munmap 0..1 !alloc=2" },
		{ "munmap 0..1", "munmap 0..1 !alloc=1" },
		{ "munmap 0..1", "munmap addr=0+1 len=1" },
		{ "munmap 3..4", "munmap addr=top len=1" },
		{ "mmap 0..1 rw private anon", "mmap 0..1 rw shared anon" },
		{ "mmap 0..1 rw private anon", "mmap 0..1 rw private file=plain" },
		{ "mmap 0..1 rw private anon", "mmap noreplace 0..1 rw private anon" },
		{ "munmap 0..1", "profile 6.18\nmunmap 0..1" },
		{ "munmap 0..1", "limit 9\nmunmap 0..1" },
		{ "fork\nmunmap 0..1", "fork\n@1 munmap 0..1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct program program[2];
		char text[2][200];

		for (int j = 0; j < 2; j++) {
			snprintf(text[j], sizeof(text[j]), "vma-program 1\n%s\n", pairs[i][j]);
			parse(&program[j], text[j]);
		}
		assert_true(simplify_cost(&program[0]) < simplify_cost(&program[1]));
		program_done(&program[0]);
		program_done(&program[1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_does_not_matter_goes),
		cmocka_unit_test(operations_that_need_each_other_go_together),
		cmocka_unit_test(two_operations_fold_into_one),
		cmocka_unit_test(the_window_shrinks_with_its_relations),
		cmocka_unit_test(failures_move_to_the_smallest_number),
		cmocka_unit_test(spaces_and_settings_become_the_usual_ones),
		cmocka_unit_test(numbers_of_spaces_move_up),
		cmocka_unit_test(limits_sink_with_their_mappings),
		cmocka_unit_test(a_limit_is_rather_set_than_changed),
		cmocka_unit_test(statements_follow_their_operations),
		cmocka_unit_test(without_time_nothing_is_lost),
		cmocka_unit_test(random_programs_end_minimal_and_the_same),
		cmocka_unit_test(cost_counts_what_is_simpler),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
