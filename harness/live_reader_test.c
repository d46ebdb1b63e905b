/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reader of full state: that what it alone shows is compared, and what is read where it
 * cannot be. Changes of a record stand for a kernel that did something else. Where there is no
 * live subject, or no iterator, the tests are skipped.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "execute.h"
#include "live_subject.h"

#define NOBODY 65534

/* Exit codes of a child. */
enum { AS_EXPECTED, NOT_AS_EXPECTED, CANNOT_BE_TRIED };

/*
 *	0123456789
 *	AA.BB.CC..   A and B are faulted by themselves, C is not
 */
static const char three_areas[] = "vma-program 1\n"
				  "mmap 0..2 rw private anon\n"
				  "mmap 3..5 rw private anon\n"
				  "mmap 6..8 rw private anon\n"
				  "touch 0..1 w\n"
				  "touch 3..4 w\n";

static const char forked[] = "vma-program 1\n"
			     "mmap 0..2 rw private anon\n"
			     "touch 0..1 w\n"
			     "fork\n"
			     "@1 mmap 3..5 rw private anon\n"
			     "@1 touch 3..4 w\n";

typedef void change_record(struct live_layout *layout);

static struct subject *open_subject(const char *name)
{
	struct subject *subject;
	const char *why;

	if (subject_live_create(name, &subject, &why) == 0)
		return subject;
	print_message("%s: %s\n", name, why);
	return NULL;
}

/* Changes what was recorded of a space after the last operation. */
static void change_last(struct subject *subject, uint32_t slot, change_record *change)
{
	const struct live *live = (const struct live *)(const void *)subject;
	const struct live_shared *shared = live->process->shared;
	const struct live_layout *layout = live_layout(shared, live->op_count - 1, slot);

	assert_non_null(layout);
	change((struct live_layout *)(uintptr_t)layout);
}

/* The signature of the first disagreement, or "agrees". */
static const char *verdict_of(struct subject *subject, const char *text, uint32_t slot,
			      change_record *change)
{
	static char signature[sizeof(((struct verdict *)NULL)->signature)];
	static struct run_statistics statistics;
	const struct execute_options options = { .invariants = false };
	enum execute_outcome outcome;
	struct execution execution;
	struct text_error error;
	struct program program;
	const char *why = NULL;

	program_init(&program);
	assert_int_equal(program_parse(&program, text, strlen(text), &error), 0);
	assert_int_equal(execution_init(&execution, subject, &options, &statistics), 0);
	outcome = execute_begin(&execution, &program, &why);
	if (outcome == EXECUTE_AGREED && change)
		change_last(subject, slot, change);
	for (uint32_t i = 0; i < program.op_count && outcome == EXECUTE_AGREED; i++)
		outcome = execute_step(&execution, &program, i, &why);
	if (outcome == EXECUTE_AGREED)
		outcome = execute_end(&execution, &why);
	assert_true(outcome == EXECUTE_AGREED || outcome == EXECUTE_MISMATCH);
	snprintf(signature, sizeof(signature), "%s",
		 outcome == EXECUTE_AGREED ? "agrees" : execution.verdict.signature);
	execution_done(&execution);
	program_done(&program);
	return signature;
}

static void share_anon_vma(struct live_layout *layout)
{
	layout->vma[1].anon_vma = layout->vma[0].anon_vma;
}

static void lose_anon_vma(struct live_layout *layout)
{
	layout->vma[1].anon_vma = 0;
}

static void lengthen_chain(struct live_layout *layout)
{
	layout->vma[1].chain = 2;
}

static void shift_offset(struct live_layout *layout)
{
	layout->vma[2].pgoff++;
}

static void miscount(struct live_layout *layout)
{
	layout->vma_count++;
}

static void only_the_iterator_shows_what_is_wrong_inside(void **state)
{
	static const struct {
		change_record *change;
		const char *signature;
	} cases[] = {
		{ NULL, "agrees" },
		{ share_anon_vma, "wrong-anon/touch/ANV-3" },
		{ lose_anon_vma, "wrong-anon/touch/ANV-1" },
		{ lengthen_chain, "wrong-anon/touch/ANV-5" },
		{ shift_offset, "wrong-offset/touch/ANV-7" },
	};
	struct subject *full = open_subject("live,reader=bpf"), *plain;

	(void)state;
	if (!full)
		skip();
	plain = open_subject("live,reader=plain");
	assert_non_null(plain);
	assert_int_equal(full->facts & (FACT_ANON | FACT_ANON_PGOFF), FACT_ANON | FACT_ANON_PGOFF);
	assert_int_equal(plain->facts & (FACT_ANON | FACT_ANON_PGOFF), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_string_equal(verdict_of(full, three_areas, 0, cases[i].change),
				    cases[i].signature);
		assert_string_equal(verdict_of(plain, three_areas, 0, cases[i].change), "agrees");
	}
	assert_string_equal(verdict_of(full, three_areas, 0, miscount),
			    "invalid-state/touch/STR-3");
	full->destroy(full);
	plain->destroy(plain);
}

/* The child's own areas: the iterator of before the fork would go on showing the parent's. */
static void each_space_is_read_for_itself(void **state)
{
	struct subject *full = open_subject("live,reader=bpf");

	(void)state;
	if (!full)
		skip();
	assert_string_equal(verdict_of(full, forked, 0, NULL), "agrees");
	assert_string_equal(verdict_of(full, forked, 1, lengthen_chain), "wrong-anon/touch/ANV-5");
	assert_string_equal(verdict_of(full, forked, 1, share_anon_vma), "wrong-anon/touch/ANV-3");
	full->destroy(full);
}

/* At a limit there are tens of thousands of areas behind the window, which are not read. */
static void state_is_read_beside_ballast(void **state)
{
	struct subject *full = open_subject("live,reader=bpf");
	const char *text = "vma-program 1\nlimit 5\n"
			   "mmap 0..8 rw private anon\n"
			   "touch 0..1 w\n"
			   "mprotect 1..2 r\n"
			   "mprotect 4..5 r\n"
			   "mprotect 6..7 r\n";

	(void)state;
	if (!full)
		skip();
	assert_string_equal(verdict_of(full, text, 0, NULL), "agrees");
	assert_string_equal(verdict_of(full, text, 0, lose_anon_vma), "wrong-anon/mprotect/ANV-1");
	full->destroy(full);
}

/* What doctor says of the subject: a line that has the words in it. */
static void look_for(void *to, const char *line)
{
	const char **words = to;

	if (*words && strstr(line, *words))
		*words = NULL;
}

/* Without the iterator: no full state but for these reasons, and the rest as ever. */
static int falls_back(const char *words)
{
	struct subject *subject = NULL;
	const char *why = NULL;

	if (subject_live_create("live", &subject, &why))
		return CANNOT_BE_TRIED;
	subject->describe(subject, look_for, &words);
	if (words || subject->facts & FACT_ANON ||
	    strcmp(verdict_of(subject, three_areas, 0, share_anon_vma), "agrees") != 0)
		return NOT_AS_EXPECTED;
	subject->destroy(subject);
	if (subject_live_create("live,reader=bpf", &subject, &why) != -ENOSYS)
		return NOT_AS_EXPECTED;
	return strstr(why, "BPF") ? AS_EXPECTED : NOT_AS_EXPECTED;
}

static int without_privilege(void)
{
	if (geteuid() == 0 && (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY)))
		return CANNOT_BE_TRIED;
	return falls_back("iterator: bpf(): Operation not permitted (needs CAP_BPF");
}

/* An empty folder lies over that of BTF, for this process alone. */
static int without_btf(void)
{
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/sys/kernel/btf", "tmpfs", 0, NULL))
		return CANNOT_BE_TRIED;
	return falls_back("iterator: cannot open /sys/kernel/btf/vmlinux: No such file");
}

static void expect_of_child(int (*act)(void))
{
	struct subject *subject = open_subject("live,reader=bpf");
	int status;
	pid_t child;

	if (!subject)
		skip();
	subject->destroy(subject);
	child = fork();
	if (child == 0)
		_exit(act());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == CANNOT_BE_TRIED)
		skip();
	assert_int_equal(WEXITSTATUS(status), AS_EXPECTED);
}

static void smaps_is_read_without_privilege(void **state)
{
	(void)state;
	expect_of_child(without_privilege);
}

static void smaps_is_read_without_btf(void **state)
{
	(void)state;
	expect_of_child(without_btf);
}

static void names_say_which_reader(void **state)
{
	char image[GUEST_IMAGE];

	(void)state;
	assert_true(subject_is_live("live"));
	assert_true(subject_is_live("live,reader=bpf"));
	assert_true(subject_is_qemu("qemu=/boot/vmlinuz,reader=plain"));
	assert_false(subject_is_live("live,reader=smaps"));
	assert_false(subject_is_live("live,reader=bpf,reader=plain"));
	assert_false(subject_is_live("alive"));
	assert_false(subject_is_qemu("qemu="));
	assert_false(subject_is_qemu("qemu=,reader=plain"));
	assert_int_equal(live_name_reader("live"), LIVE_READER_BEST);
	assert_int_equal(live_name_reader("live,reader=bpf"), LIVE_READER_BPF);
	assert_int_equal(live_name_reader("qemu=a,reader=plain"), LIVE_READER_PLAIN);
	live_name_image("qemu=/boot/vmlinuz,reader=plain", image);
	assert_string_equal(image, "/boot/vmlinuz");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_iterator_shows_what_is_wrong_inside),
		cmocka_unit_test(each_space_is_read_for_itself),
		cmocka_unit_test(state_is_read_beside_ballast),
		cmocka_unit_test(smaps_is_read_without_privilege),
		cmocka_unit_test(smaps_is_read_without_btf),
		cmocka_unit_test(names_say_which_reader),
	};

	return cmocka_run_group_tests_name("live_reader", tests, NULL, NULL);
}
