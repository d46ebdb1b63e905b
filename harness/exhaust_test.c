/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Enumerations: of small windows on the core, and on a model that lies or dies. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>

#include "exhaust.h"
#include "flags.h"
#include "liar.h"

static struct exhaust_result result;
static struct program alphabet;
static struct liar liar;

static int create_core(void *context, struct subject **ret, const char **why)
{
	(void)context;
	*why = "out of memory";
	return subject_core_create(ret);
}

/* context: the liar that is wanted. */
static int create_liar(void *context, struct subject **ret, const char **why)
{
	const struct liar *wanted = context;

	*why = "out of memory";
	if (liar_init(&liar))
		return -ENOMEM;
	liar.lie = wanted->lie;
	liar.at = wanted->at;
	liar.crash_at = wanted->crash_at;
	*ret = &liar.subject;
	return 0;
}

static void make_alphabet(uint32_t pages, const char *set)
{
	char error[200] = "";

	program_done(&alphabet);
	program_init(&alphabet);
	if (!exhaust_ops(&alphabet, pages, set, error, sizeof(error)))
		fail_msg("%s", error);
}

static struct exhaust_request request_of(uint32_t pages, const char *set)
{
	make_alphabet(pages, set);
	return (struct exhaust_request){
		.create = create_core,
		.alphabet = &alphabet,
		.spaces = 1,
		.depth = EXHAUST_DEPTH_MAX,
		.jobs = 1,
		.states_max = 100000,
		.timeout = 60,
	};
}

static void enumerate(const struct exhaust_request *request)
{
	exhaust_result_done(&result);
	if (exhaust(request, &result))
		fail_msg("%s", result.why);
}

/* Complete, without a finding. */
static uint64_t states_of(const struct exhaust_request *request)
{
	enumerate(request);
	assert_int_equal(result.findings, 0);
	assert_int_equal(result.progress.states, result.progress.expanded);
	return result.progress.states;
}

/* Both enumerations, by what the core shows and by what the model holds. */
static void assert_states(struct exhaust_request request, uint64_t states)
{
	assert_int_equal(states_of(&request), states);
	request.model_only = true;
	assert_int_equal(states_of(&request), states);
}

#define EVERYTHING "anon,file,close,munmap,mprotect,touch,guard,fork"

/*
 * One page, without and with touching:
 *
 *	nothing; r or rw			3, and mprotect goes from one to the other
 *	rw, touched; r again, still touched	2 more; only rw can be touched
 */
static void states_of_one_page_are_those_on_paper(void **state)
{
	(void)state;
	assert_states(request_of(1, "anon,munmap"), 3);
	assert_states(request_of(1, "anon,munmap,mprotect"), 3);
	assert_states(request_of(1, "anon,munmap,touch"), 4);
	assert_states(request_of(1, "anon,munmap,mprotect,touch"), 5);
}

static void two_pages_are_complete_and_equal_in_both_enumerations(void **state)
{
	(void)state;
	assert_states(request_of(2, EVERYTHING), 3833);
}

static void spaces_that_live_together_are_complete_at_one_page(void **state)
{
	struct exhaust_request request = request_of(1, EVERYTHING ",exit");

	(void)state;
	request.spaces = 2;
	assert_states(request, 3510);
}

static void jobs_change_nothing(void **state)
{
	struct exhaust_request request = request_of(2, "anon,munmap,touch,fork");
	uint64_t trace;

	(void)state;
	states_of(&request);
	trace = result.progress.statistics.trace;
	assert_int_not_equal(trace, 0);
	request.jobs = 3;
	states_of(&request);
	assert_int_equal(result.progress.statistics.trace, trace);
}

/* Where the subject cannot be saved every try comes from the empty window again. */
static bool cannot_save(struct subject *self)
{
	(void)self;
	return false;
}

static int create_forgetful(void *context, struct subject **ret, const char **why)
{
	int error = create_core(context, ret, why);

	if (!error)
		(*ret)->save = cannot_save;
	return error;
}

static void going_back_is_the_same_as_coming_again(void **state)
{
	struct exhaust_request request = request_of(2, "anon,munmap,touch,guard,fork");
	uint64_t trace, states;

	(void)state;
	states = states_of(&request);
	trace = result.progress.statistics.trace;
	request.create = create_forgetful;
	assert_int_equal(states_of(&request), states);
	assert_int_equal(result.progress.statistics.trace, trace);
}

static void a_file_is_gone_on_with(void **state)
{
	struct exhaust_request request = request_of(2, "anon,munmap,touch,fork");
	uint64_t states = states_of(&request), trace = result.progress.statistics.trace;
	char path[] = "/tmp/exhaust_test_XXXXXX";
	int file = mkstemp(path);

	(void)state;
	assert_true(file >= 0);
	close(file);
	request.file = path;
	request.depth = 3;
	enumerate(&request);
	assert_true(result.progress.expanded < result.progress.states);
	assert_true(result.progress.states < states);
	request.depth = EXHAUST_DEPTH_MAX;
	assert_int_equal(states_of(&request), states);
	assert_int_equal(result.progress.statistics.trace, trace);

	/* Another enumeration, and a file of somebody else, are left alone. */
	make_alphabet(2, "anon,munmap");
	assert_int_equal(exhaust(&request, &result), -EINVAL);
	file = open(path, O_WRONLY | O_TRUNC);
	assert_int_equal(write(file, "vma-program 1\n", 14), 14);
	close(file);
	assert_int_equal(exhaust(&request, &result), -EINVAL);
	unlink(path);
}

static void without_room_it_says_so(void **state)
{
	struct exhaust_request request = request_of(2, EVERYTHING);

	(void)state;
	request.states_max = 100;
	enumerate(&request);
	assert_true(result.full);
	assert_true(result.progress.states <= 100);
}

static void lie_flag(struct observation *seen)
{
	for (unsigned int i = 0; i < PROGRAM_SPACES; i++)
		if (seen->space[i].alive && seen->space[i].vmas > 1)
			seen->space[i].vma[1].flags ^= VM_FLAG(sd);
}

/* The lie is about a second VMA at the third operation: no shorter program has both. */
static void a_finding_is_a_shortest_program(void **state)
{
	struct liar wanted = { .lie = lie_flag, .at = 2 };
	struct exhaust_request request = request_of(2, "anon,munmap");

	(void)state;
	request.create = create_liar;
	request.context = &wanted;
	enumerate(&request);
	assert_true(result.findings > 0);
	assert_int_equal(result.finding[0].verdict.class, VERDICT_WRONG_FLAGS);
	assert_int_equal(result.finding[0].program.op_count, 3);
	assert_int_equal(result.finding[0].verdict.op, 2);
}

static void a_subject_that_dies_is_a_finding(void **state)
{
	struct liar wanted = { .crash_at = 1 };
	struct exhaust_request request = request_of(1, "anon,munmap");

	(void)state;
	request.create = create_liar;
	request.context = &wanted;
	enumerate(&request);
	assert_true(result.findings > 0);
	assert_int_equal(result.finding[0].verdict.class, VERDICT_CRASH);
	assert_int_equal(result.finding[0].program.op_count, 2);
}

static void words_are_operations(void **state)
{
	char error[200];

	(void)state;
	make_alphabet(3, "touch");
	assert_int_equal(alphabet.op_count, 6);
	make_alphabet(2, "file,rwx");
	assert_int_equal(alphabet.op_count, 3);
	assert_int_equal(alphabet.ops[2].pgoff, 1);
	assert_int_equal(alphabet.ops[2].prot, 7);
	make_alphabet(2, "touch S..E r,dontfork,veto,none,r");
	assert_int_equal(alphabet.op_count, 3 + 3 + 2 * 3);
	make_alphabet(2, "move,resize");
	assert_int_equal(alphabet.op_count, 3 * 2 + 3 * 2);

	program_reset(&alphabet);
	assert_false(exhaust_ops(&alphabet, 2, "anon,mumble", error, sizeof(error)));
	assert_non_null(strstr(error, "`mumble' is no operation"));
	program_reset(&alphabet);
	assert_false(exhaust_ops(&alphabet, 2, "touch S..E q", error, sizeof(error)));
	assert_non_null(strstr(error, "touch 0..1 q"));
	program_reset(&alphabet);
	assert_false(exhaust_ops(&alphabet, 2, "anon,brk 1", error, sizeof(error)));
	assert_non_null(strstr(error, "brk leaves behind"));
	program_reset(&alphabet);
	assert_false(exhaust_ops(&alphabet, 2, "", error, sizeof(error)));
}

static int teardown(void **state)
{
	(void)state;
	exhaust_result_done(&result);
	program_done(&alphabet);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states_of_one_page_are_those_on_paper),
		cmocka_unit_test(two_pages_are_complete_and_equal_in_both_enumerations),
		cmocka_unit_test(spaces_that_live_together_are_complete_at_one_page),
		cmocka_unit_test(jobs_change_nothing),
		cmocka_unit_test(going_back_is_the_same_as_coming_again),
		cmocka_unit_test(a_file_is_gone_on_with),
		cmocka_unit_test(without_room_it_says_so),
		cmocka_unit_test(a_finding_is_a_shortest_program),
		cmocka_unit_test(a_subject_that_dies_is_a_finding),
		cmocka_unit_test(words_are_operations),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
