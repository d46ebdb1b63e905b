/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that fail in every way there is, on a model that goes wrong when it is told to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <unistd.h>

#include "liar.h"
#include "minimize.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAS_LEAK_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_LEAK_SANITIZER 1
#endif
#endif
#ifndef HAS_LEAK_SANITIZER
#define HAS_LEAK_SANITIZER 0
#endif

/* As the command says it: a leak is told from what a child returns. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "exitcode=99";
}

/* What mlock does once something was mapped; until then munlock may answer wrongly. */
enum wrong {
	WRONG_ANSWER,
	WRONG_SIGNAL,
	WRONG_ENDLESS,
	WRONG_LEAK,
	WRONG_SECOND_TIME,
	WRONG_TO_THE_END
};

struct wish {
	enum wrong wrong;
	bool unlock_too;
};

static struct liar liar;
static const struct wish *wished;
static struct minimize_result result;
static void *volatile lost;

static bool was_mapped(const struct program *program, uint32_t index)
{
	for (uint32_t i = 0; i < index; i++)
		if (program->ops[i].kind == OP_MMAP)
			return true;
	return false;
}

static void abort_destroy(struct subject *self)
{
	(void)self;
	abort();
}

static void go_wrong(struct observation *seen)
{
	switch (wished->wrong) {
	case WRONG_TO_THE_END:
		liar.subject.destroy = abort_destroy;
		seen->result = (struct seen_result){ .form = RESULT_ERRNO, .error = EIO };
		break;
	case WRONG_SECOND_TIME:
		if (liar.programs % 2)
			break;
		/* fall through */
	case WRONG_ANSWER:
		seen->result = (struct seen_result){ .form = RESULT_ERRNO, .error = EIO };
		break;
	case WRONG_SIGNAL:
		signal(SIGSEGV, SIG_DFL);
		raise(SIGSEGV);
		break;
	case WRONG_ENDLESS:
		sleep(600);
		break;
	case WRONG_LEAK:
		lost = malloc(40);
		lost = NULL;
		break;
	}
}

static int apply(struct subject *self, const struct program *program, uint32_t index,
		 struct observation *seen, const char **why)
{
	int error = liar_apply(self, program, index, seen, why);
	enum op_kind kind = (enum op_kind)program->ops[index].kind;

	if (kind == OP_MLOCK && was_mapped(program, index))
		go_wrong(seen);
	if (kind == OP_MUNLOCK && wished->unlock_too && !was_mapped(program, index))
		seen->result = (struct seen_result){ .form = RESULT_ERRNO, .error = EIO };
	return error;
}

static int create(void *context, struct subject **ret, const char **why)
{
	(void)why;
	wished = context;
	if (liar_init(&liar))
		return -ENOMEM;
	liar.subject.apply = apply;
	*ret = &liar.subject;
	return 0;
}

#define TANGLED                                                                                    \
	"vma-program 1\npages 128\nprofile 6.18\n"                                                 \
	"mmap 20..30 rw private anon\nfork\n@1 munmap 20..22\nmmap 40..44 r shared file=shm\n"     \
	"mprotect 22..24 r\nmlock 20..28 = 0\nmunlock 20..22\n"

static void minimize_tangled(struct wish *wish, const char *want, const char *signature)
{
	const struct minimize_request request = {
		.create = create,
		.context = wish,
		.seconds = 60,
		.timeout = wish->wrong == WRONG_ENDLESS ? 0.2 : 10,
	};
	struct text_error error;
	struct program program;
	char *text;

	program_init(&program);
	assert_int_equal(program_parse(&program, TANGLED, strlen(TANGLED), &error), 0);
	for (int round = 0; round < 2; round++) {
		minimize_result_done(&result);
		assert_int_equal(minimize(&request, &program, &result), 0);
		assert_true(result.fails);
		assert_true(result.complete);
		assert_true(result.changed == (round == 0));
		assert_string_equal(result.verdict.signature, signature);
		text = program_print(&program);
		assert_string_equal(text, want);
		free(text);
	}
	program_done(&program);
}

static const char plain[] = "vma-program 1\npages 64\nmmap 0..0 rw private anon\nmlock 0..0\n";

static int teardown(void **state)
{
	(void)state;
	minimize_result_done(&result);
	return 0;
}

static void a_wrong_answer(void **state)
{
	struct wish wish = { .wrong = WRONG_ANSWER };

	(void)state;
	minimize_tangled(&wish, plain, "wrong-result/mlock/ERR-4");
}

/* That the subject cannot even be torn down then is no other failure. */
static void a_wrong_answer_that_breaks_the_subject(void **state)
{
	struct wish wish = { .wrong = WRONG_TO_THE_END };

	(void)state;
	minimize_tangled(&wish, plain, "wrong-result/mlock/ERR-4");
}

static void a_signal(void **state)
{
	struct wish wish = { .wrong = WRONG_SIGNAL };

	(void)state;
	minimize_tangled(&wish, plain, "crash/mlock/SIGSEGV");
}

static void an_endless_operation(void **state)
{
	struct wish wish = { .wrong = WRONG_ENDLESS };

	(void)state;
	minimize_tangled(&wish, plain, "timeout/mlock/timeout");
}

static void what_differs_the_second_time(void **state)
{
	struct wish wish = { .wrong = WRONG_SECOND_TIME };

	(void)state;
	minimize_tangled(&wish, plain, "nondeterminism/exit/trace");
}

static void a_leak(void **state)
{
	struct wish wish = { .wrong = WRONG_LEAK };

	(void)state;
	if (!HAS_LEAK_SANITIZER)
		skip();
	minimize_tangled(&wish, plain, "leak/exit/memory");
}

/* Without the mapping it is the munlock that answers wrongly. */
static void other_signatures_are_kept(void **state)
{
	static const char text[] = "vma-program 1\nmmap 0..1 rw private anon\n"
				   "munlock 0..1\nmlock 0..1\n";
	struct wish wish = { .wrong = WRONG_SIGNAL, .unlock_too = true };
	const struct minimize_request request = {
		.create = create, .context = &wish, .seconds = 60, .timeout = 5
	};
	struct text_error error;
	struct program program;

	(void)state;
	program_init(&program);
	assert_int_equal(program_parse(&program, text, strlen(text), &error), 0);
	assert_int_equal(minimize(&request, &program, &result), 0);
	assert_string_equal(result.verdict.signature, "crash/mlock/SIGSEGV");
	assert_int_equal(program.op_count, 2);
	assert_int_equal(result.others, 1);
	assert_string_equal(result.other[0].answer.verdict.signature, "wrong-result/munlock/9.5-5");
	program_done(&program);
}

static void what_does_not_fail_is_left_alone(void **state)
{
	static const char text[] = "vma-program 1\nmlock 0..1\n";
	struct wish wish = { .wrong = WRONG_ANSWER };
	const struct minimize_request request = {
		.create = create, .context = &wish, .seconds = 60, .timeout = 5
	};
	struct text_error error;
	struct program program;

	(void)state;
	program_init(&program);
	assert_int_equal(program_parse(&program, text, strlen(text), &error), 0);
	assert_int_equal(minimize(&request, &program, &result), 0);
	assert_false(result.fails);
	assert_false(result.changed);
	program_done(&program);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_wrong_answer, teardown),
		cmocka_unit_test_teardown(a_wrong_answer_that_breaks_the_subject, teardown),
		cmocka_unit_test_teardown(a_signal, teardown),
		cmocka_unit_test_teardown(an_endless_operation, teardown),
		cmocka_unit_test_teardown(what_differs_the_second_time, teardown),
		cmocka_unit_test_teardown(a_leak, teardown),
		cmocka_unit_test_teardown(other_signatures_are_kept, teardown),
		cmocka_unit_test_teardown(what_does_not_fail_is_left_alone, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
