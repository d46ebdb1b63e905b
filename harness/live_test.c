/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The live subject on the kernel that runs the test. What is checked is the subject: that it
 * tells what happened, stays in its window, changes nothing of the machine and survives its
 * executor. What the kernel should do is the model's affair; only facts that no supported
 * kernel disputes are used here. Where there is no live subject the tests are skipped.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live_exec_filter.c" /* NOLINT(bugprone-suspicious-include): no library has it */

#include "flags.h"
#include "live.h"
#include "op_table.h"

struct fixture {
	struct subject *subject;
	struct program program;
	struct observation seen;
	uint32_t next;	/* operation */
	uint32_t facts; /* of the last observation */
	char text[1024];
};

static int setup(void **state)
{
	static struct fixture fixture;
	const char *why;

	memset(&fixture, 0, sizeof(fixture));
	program_init(&fixture.program);
	if (observation_init(&fixture.seen))
		return -1;
	*state = &fixture;
	if (subject_live_create("live", &fixture.subject, &why) == 0)
		return 0;
	print_message("no live subject: %s\n", why);
	fixture.subject = NULL;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	if (f->subject)
		f->subject->destroy(f->subject);
	program_done(&f->program);
	observation_done(&f->seen);
	return 0;
}

/* Reads a program of one line per argument; what is open is settled as the machine has it. */
static int load_with(struct fixture *f, const char **why, const char *lines)
{
	static char text[65536];
	struct text_error error;
	int length = snprintf(text, sizeof(text), "vma-program 1\n%s", lines);

	assert_in_range(length, 1, sizeof(text) - 1);
	program_reset(&f->program);
	if (program_parse(&f->program, text, (size_t)length, &error))
		fail_msg("line %u: expected %s", error.line, error.expected);
	if (f->program.settings.ipc_lock == SETTING_UNSET)
		f->program.settings.ipc_lock = SETTING_ON;
	f->next = 0;
	*why = NULL;
	return f->subject->begin(f->subject, &f->program, why);
}

static struct fixture *load(void **state, enum live_reading reading, const char *lines)
{
	struct fixture *f = *state;
	const char *why;

	if (!f->subject)
		skip();
	subject_live_set_reading(f->subject, reading);
	if (load_with(f, &why, lines))
		fail_msg("begin: %s", why ? why : "?");
	return f;
}

/* Applies the next operation: "0" or a page, "-", an errno name, or "skip: reason". */
static const char *go(struct fixture *f)
{
	const struct seen_result *result = &f->seen.result;
	const char *why = NULL;
	int error = f->subject->apply(f->subject, &f->program, f->next++, &f->seen, &why);

	if (error) {
		snprintf(f->text, sizeof(f->text), "%s: %s",
			 error == SUBJECT_SKIP ? "skip" : "failed", why ? why : "?");
		return f->text;
	}
	f->facts = f->subject->observe(f->subject, &f->seen);
	assert_null(f->subject->validate(f->subject));
	if (result->form == RESULT_NOOP)
		return "-";
	if (result->form == RESULT_ERRNO)
		return errno_name(result->error);
	snprintf(f->text, sizeof(f->text), "%u", (unsigned int)(result->value / PAGE_BYTES));
	return f->text;
}

static void go_all(struct fixture *f)
{
	while (f->next < f->program.op_count)
		assert_string_equal(go(f), "0");
}

static const struct seen_space *space_of(const struct fixture *f, uint32_t number)
{
	uint32_t i;

	for (i = 0; i < PROGRAM_SPACES; i++)
		if (f->seen.space[i].alive && f->seen.space[i].number == number)
			return &f->seen.space[i];
	return NULL;
}

/* "4..8 rw 8..10 r-x" or "gone". */
static const char *layout(struct fixture *f, uint32_t number)
{
	const struct seen_space *space = space_of(f, number);
	size_t used = 0;
	uint32_t i;

	if (!space)
		return "gone";
	f->text[0] = '\0';
	for (i = 0; i < space->vmas && used < sizeof(f->text) - 40; i++) {
		const struct seen_vma *vma = &space->vma[i];

		used += (size_t)snprintf(
			f->text + used, sizeof(f->text) - used, "%s%u..%u %s%s%s", i ? " " : "",
			vma->start, vma->end, vma->flags & VM_FLAG(rd) ? "r" : "-",
			vma->flags & VM_FLAG(wr) ? "w" : "-", vma->flags & VM_FLAG(ex) ? "x" : "-");
	}
	return f->text;
}

static const struct seen_vma *vma_at(const struct fixture *f, uint32_t page)
{
	const struct seen_space *space = space_of(f, 0);
	uint32_t i;

	for (i = 0; space && i < space->vmas; i++)
		if (space->vma[i].start <= page && page < space->vma[i].end)
			return &space->vma[i];
	fail_msg("nothing is mapped at page %u", page);
	return NULL;
}

static void every_operation_shows_its_result_and_layout(void **state)
{
	struct fixture *f = load(state, LIVE_READ_LAYOUT,
				 "mmap 4..8 rw private anon\n"
				 "mprotect 5..6 r\n"
				 "mmap noreplace 4..5 r private anon\n"
				 "mprotect 5..6 rw\n"
				 "munmap 5..6\n"
				 "mprotect 4..8 rx\n");

	f->facts = f->subject->observe(f->subject, &f->seen);
	assert_string_equal(layout(f, 0), "");
	assert_string_equal(go(f), "4");
	assert_string_equal(layout(f, 0), "4..8 rw-");
	assert_string_equal(go(f), "0");
	assert_string_equal(layout(f, 0), "4..5 rw- 5..6 r-- 6..8 rw-");
	assert_string_equal(go(f), "EEXIST");
	assert_string_equal(go(f), "0");
	assert_string_equal(layout(f, 0), "4..8 rw-");
	assert_string_equal(go(f), "0");
	assert_string_equal(layout(f, 0), "4..5 rw- 6..8 rw-");
	assert_string_equal(go(f), "ENOMEM");
	assert_string_equal(layout(f, 0), "4..5 r-x 6..8 rw-");
	assert_int_equal(f->facts & (FACT_FLAGS | FACT_GUARDS), 0);
	assert_int_equal(f->facts & FACT_LAYOUT, FACT_LAYOUT);
}

static void next_program_begins_empty(void **state)
{
	struct fixture *f;

	load(state, LIVE_READ_LAYOUT, "mmap 0..64 rw private anon locked\n");
	f = load(state, LIVE_READ_LAYOUT, "munmap 0..64\n");
	assert_string_equal(go(f), "0");
	assert_string_equal(layout(f, 0), "");
}

static void largest_window_is_read(void **state)
{
	struct fixture *f = *state;
	const char *why;
	int error;

	if (!f->subject)
		skip();
	subject_live_set_reading(f->subject, LIVE_READ_EVERY);
	error = load_with(f, &why,
			  "pages 4096\n"
			  "mmap 0..4096 r private anon noreserve\n"
			  "mprotect 4095..4096 none\n"
			  "mprotect 0..1 none\n"
			  "touch 1..4095 r\n");
	/* Without privilege a user may be allowed to lock less than that. */
	if (error == SUBJECT_SKIP)
		skip();
	assert_int_equal(error, 0);
	assert_string_equal(go(f), "0");
	go_all(f);
	assert_string_equal(layout(f, 0), "0..1 --- 1..4095 r-- 4095..4096 ---");
}

static void ranges_outside_the_window_are_not_issued(void **state)
{
	static const char *const lines[] = {
		"mmap 63..65 rw private anon\n",
		"mmap noreplace top..top+1 rw private anon\n",
		"mmap addr=raw=0x7fff00000000 len=1 rw private anon\n",
		"mmap addr=raw=0x1000 len=1 rw private anon\n",
		"munmap 60..65\n",
		"munmap addr=0 len=raw=0x7fffffffffff\n",
		"munmap addr=raw=0x400000 len=16\n",
		"mprotect addr=0 len=raw=0x400000000000 none\n",
		"madvise addr=raw=0x7ff000000000 len=1 dontneed\n",
		"guard_install 63..66\n",
		"mlock addr=raw=0x7fff12345678 len=1\n",
		"munlock 0..65\n",
		"touch 63..65 r\n",
		"touch addr=raw=0x400000 len=1 w\n",
	};
	struct fixture *f;
	uint32_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		f = load(state, LIVE_READ_LAYOUT, lines[i]);
		assert_string_equal(go(f), "skip: leaves the window");
	}
}

static void places_the_kernel_would_choose_are_not_asked_for(void **state)
{
	struct fixture *f = load(state, LIVE_READ_LAYOUT,
				 "mmap 8..10 rw private anon\n"
				 "mmap hint=10 len=2 r private anon\n"
				 "mmap hint=9 len=2 r private anon\n"
				 "mmap hint=63 len=2 r private anon\n"
				 "mmap anywhere len=2 r private anon\n"
				 "mmap anywhere len=0 r private anon\n"
				 "mmap 60..61 rw private anon growsdown\n"
				 "mmap hint=20 len=2 r private anon\n");
	const char *chosen = "skip: the kernel would choose a place outside the window";

	assert_string_equal(go(f), "8");
	assert_string_equal(go(f), "10");
	assert_string_equal(go(f), chosen);
	assert_string_equal(go(f), chosen);
	assert_string_equal(go(f), chosen);
	assert_string_equal(go(f), "EINVAL");
	assert_string_equal(go(f), "60");
	assert_string_equal(go(f), "skip: a hint beside an area that grows down");
}

static void arguments_that_are_always_refused_are_issued(void **state)
{
	struct fixture *f = load(state, LIVE_READ_LAYOUT,
				 "mmap 0..4 rw private anon\n"
				 "munmap addr=0 len=raw=0xffffffffffffffff\n"
				 "mprotect addr=0 len=raw=0xfffffffffffff001 r\n"
				 "madvise addr=0 len=raw=0xffffffffffffffff normal\n"
				 "mmap addr=0 len=raw=0xffffffffffffffff r private anon\n"
				 "munmap addr=raw=0x401001 len=1\n"
				 "mprotect addr=raw=0xffff800000000000 len=1 r\n"
				 "munmap 1..1\n"
				 "mprotect 1..1 none\n"
				 "mprotect 1..2 prot=0x40\n"
				 "madvise 0..1 advice=999\n");
	static const char *const answers[] = { "0",	 "EINVAL", "ENOMEM", "EINVAL",
					       "ENOMEM", "EINVAL", "ENOMEM", "EINVAL",
					       "0",	 "EINVAL", "EINVAL" };
	uint32_t i;

	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		assert_string_equal(go(f), answers[i]);
	assert_string_equal(layout(f, 0), "0..4 rw-");
}

static void what_cannot_be_done_is_skipped_by_name(void **state)
{
	struct fixture *f = load(state, LIVE_READ_LAYOUT,
				 "mmap 0..4 rw private anon\n"
				 "special 4..5\n"
				 "mmap 8..9 r private file=veto\n"
				 "madvise 0..1 advice=100\n"
				 "mmap 8..9 r private anon flags=0x40000\n"
				 "mmap 8..9 r private anon flags=0x80000\n"
				 "mmap 8..9 r shared file=shm\n"
				 "mmap 8..9 r shared file=zero@1\n"
				 "mprotect 0..1 r !alloc=1\n"
				 "mprotect 1..2 r\n");

	assert_string_equal(go(f), "0");
	assert_string_equal(go(f), "skip: live does not do special");
	assert_string_equal(go(f), "skip: live has no file veto");
	assert_string_equal(go(f), "skip: an advice that could harm the machine");
	assert_string_equal(go(f), "skip: huge pages of hugetlb are not compared");
	assert_string_equal(go(f), "skip: MAP_SYNC sets a flag that is not compared");
	assert_string_equal(go(f), "skip: System V shared memory has no such mapping");
	assert_string_equal(go(f), "skip: shared /dev/zero at an offset lies beyond its end");
	assert_string_equal(go(f), "skip: allocation failure cannot be injected");
	assert_string_equal(go(f), "0");
	assert_string_equal(layout(f, 0), "0..1 rw- 1..2 r-- 2..4 rw-");
}

static void settings_this_machine_cannot_have_are_refused(void **state)
{
	static const char *const settings[] = {
		"overcommit never=100\n",  "gap 7\n",	      "rlimit data 0\n",
		"limit 5\nrlimit as 10\n", "limit 5\nfork\n", "limit 5\nmseal 0..1\n",
	};
	struct fixture *f = *state;
	const char *why;
	uint32_t i;

	if (!f->subject)
		skip();
	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		assert_int_equal(load_with(f, &why, settings[i]), SUBJECT_SKIP);
		assert_non_null(why);
	}
}

static void files_are_told_by_inode_and_objects_numbered(void **state)
{
	struct fixture *f = load(state, LIVE_READ_EVERY,
				 "mmap 0..1 rw shared file=plain@5\n"
				 "mmap 2..3 r private file=plain2@6\n"
				 "mmap 4..5 r private file=other\n"
				 "mmap 6..7 r shared file=readonly@2\n"
				 "mmap 8..9 rw private file=zero@3\n"
				 "mmap 10..11 rw shared anon\n"
				 "mmap 12..13 rw shared file=shm\n"
				 "mmap 14..15 rw shared file=zero\n"
				 "mmap 16..17 rw shared file=shm\n"
				 "touch 0..1 w\ntouch 2..3 r\ntouch 6..7 r\ntouch 8..9 w\n"
				 "touch 10..11 w\ntouch 12..13 w\ntouch 14..15 w\n"
				 "mmap 10..11 rw shared anon\n");
	static const uint32_t files[] = { FILE_PLAIN,	   FILE_PLAIN,	    FILE_OTHER,
					  FILE_READONLY,   FILE_ZERO,	    SEEN_OBJECT,
					  SEEN_OBJECT + 1, SEEN_OBJECT + 2, SEEN_OBJECT + 3 };
	uint32_t i;

	for (i = 0; i < 9; i++)
		assert_int_equal(strtoul(go(f), NULL, 10), 2 * i);
	for (i = 0; i < 9; i++)
		assert_int_equal(vma_at(f, 2 * i)->file, files[i]);
	assert_int_equal(vma_at(f, 0)->pgoff, 5);
	assert_int_equal(vma_at(f, 2)->pgoff, 6);
	assert_int_equal(vma_at(f, 8)->pgoff, 3);
	assert_int_equal(vma_at(f, 6)->flags & (VM_FLAG(sh) | VM_FLAG(ms) | VM_FLAG(mw)),
			 VM_FLAG(ms));
	for (i = 9; i < 16; i++)
		assert_string_equal(go(f), "0");
	assert_string_equal(go(f), "10");
	assert_int_equal(vma_at(f, 10)->file, SEEN_OBJECT + 4);
	assert_int_equal(f->facts & (FACT_FILE | FACT_INODE), FACT_INODE);
}

static void readonly_file_is_no_shared_memory_in_either_reading(void **state)
{
	static const enum live_reading readings[] = { LIVE_READ_LAYOUT, LIVE_READ_EVERY };
	struct fixture *f;
	uint32_t i;

	for (i = 0; i < 2; i++) {
		f = load(state, readings[i],
			 "mmap 0..1 r shared file=readonly\n"
			 "mmap 2..3 r shared file=plain\n"
			 "mmap 4..5 rw shared file=readonly\n");
		assert_string_equal(go(f), "0");
		assert_string_equal(go(f), "2");
		assert_string_equal(go(f), "EACCES");
		assert_int_equal(vma_at(f, 0)->flags & VM_FLAG(sh), 0);
		assert_int_equal(vma_at(f, 2)->flags & VM_FLAG(sh), VM_FLAG(sh));
	}
}

/* A hook that fails comes after the old mapping is gone; a close hook keeps pieces apart. */
static void drivers_of_the_world_have_stand_ins(void **state)
{
	struct fixture *f = load(state, LIVE_READ_LAYOUT,
				 "mmap 0..3 r private anon\n"
				 "mmap 1..2 r private file=failing\n"
				 "mmap 8..12 rw shared file=shm\n"
				 "mprotect 9..10 r\n"
				 "mprotect 9..10 rw\n"
				 "mmap 1..2 x private file=failing\n");

	assert_string_equal(go(f), "0");
	assert_string_equal(go(f), "ENODEV");
	assert_string_equal(layout(f, 0), "0..1 r-- 2..3 r--");
	assert_string_equal(go(f), "8");
	assert_string_equal(go(f), "0");
	assert_string_equal(go(f), "0");
	assert_string_equal(layout(f, 0), "0..1 r-- 2..3 r-- 8..9 rw- 9..10 rw- 10..12 rw-");
	assert_string_equal(go(f), "skip: sockets refuse PROT_EXEC before their mmap hook");
}

static void touch_asks_for_the_access_it_needs(void **state)
{
	static const char *const prots[] = { "none", "r", "w", "rw", "x", "rx", "wx", "rwx" };
	struct fixture *f;
	char lines[128];
	uint32_t i;

	for (i = 0; i < 8; i++) {
		snprintf(lines, sizeof(lines),
			 "mmap 1..2 %s private anon\ntouch 1..2 r\ntouch 1..2 w\ntouch 0..2 r\n",
			 prots[i]);
		f = load(state, LIVE_READ_LAYOUT, lines);
		assert_string_equal(go(f), "1");
		assert_string_equal(go(f), i ? "0" : "EFAULT");
		assert_string_equal(go(f), strchr(prots[i], 'w') ? "0" : "EFAULT");
		assert_string_equal(go(f), "EFAULT");
	}
}

static void touch_below_a_stack_grows_it_up_to_the_gap(void **state)
{
	struct fixture *f = load(state, LIVE_READ_EVERY,
				 "pages 600\n"
				 "mmap 0..1 r private anon\n"
				 "mmap 500..501 rw private anon growsdown\n"
				 "touch 499..500 r\n"
				 "touch 300..301 w\n"
				 "touch 256..257 w\n"
				 "touch 257..258 w\n");
	uint32_t gap = f->subject->default_gap;

	if (gap != 256)
		skip();
	assert_string_equal(go(f), "0");
	assert_string_equal(go(f), "500");
	assert_string_equal(go(f), "0");
	assert_string_equal(go(f), "0");
	assert_string_equal(layout(f, 0), "0..1 r-- 300..501 rw-");
	assert_string_equal(go(f), "EFAULT");
	assert_string_equal(go(f), "0");
	assert_string_equal(layout(f, 0), "0..1 r-- 257..501 rw-");
	assert_int_equal(vma_at(f, 257)->flags & VM_FLAG(gd), VM_FLAG(gd));
}

static void flags_and_guards_are_read_when_asked(void **state)
{
	const char *lines = "mmap 0..4 rw private anon noreserve\n"
			    "madvise 1..2 dontdump\n"
			    "mlock 3..4\n";
	struct fixture *f = load(state, LIVE_READ_EVERY, lines);

	assert_string_equal(go(f), "0");
	assert_int_equal(vma_at(f, 0)->flags, VM_FLAG(rd) | VM_FLAG(wr) | VM_FLAG(mr) |
						      VM_FLAG(mw) | VM_FLAG(me) | VM_FLAG(nr));
	assert_int_equal(f->facts & FACT_FLAGS, FACT_FLAGS);
	go_all(f);
	assert_true(vma_at(f, 1)->flags & VM_FLAG(dd));
	assert_true(vma_at(f, 3)->flags & VM_FLAG(lo));

	f = load(state, LIVE_READ_AT_END, lines);
	assert_string_equal(go(f), "0");
	assert_int_equal(f->facts & FACT_FLAGS, 0);
	go_all(f);
	assert_int_equal(f->facts & FACT_FLAGS, FACT_FLAGS);
	assert_true(vma_at(f, 1)->flags & VM_FLAG(dd));
}

static void guard_markers_are_seen_page_by_page(void **state)
{
	struct fixture *f = load(state, LIVE_READ_EVERY,
				 "pages 130\n"
				 "mmap 0..130 rw private anon\n"
				 "guard_install 1..2\n"
				 "guard_install 128..130\n"
				 "guard_remove 129..130\n"
				 "touch 0..2 r\n");

	if (!(f->subject->facts & FACT_GUARDS))
		skip();
	assert_string_equal(go(f), "0");
	assert_string_equal(go(f), "0");
	assert_int_equal(f->seen.space[0].guard[0], 2);
	assert_string_equal(go(f), "0");
	assert_int_equal(f->seen.space[0].guard[2], 3);
	assert_string_equal(go(f), "0");
	assert_int_equal(f->seen.space[0].guard[2], 1);
	assert_string_equal(go(f), "EFAULT");
}

static void spaces_take_turns(void **state)
{
	struct fixture *f = load(state, LIVE_READ_AT_END,
				 "mmap 4..8 rw private anon\n"
				 "fork\n"
				 "@1 munmap 4..6\n"
				 "@1 fork\n"
				 "mprotect 4..8 r\n"
				 "@2 mmap 0..1 x private anon\n"
				 "fork\n"
				 "fork\n"
				 "@1 exit\n"
				 "@1 munmap 0..64\n"
				 "exit\n"
				 "@2 fork\n"
				 "@4 munmap 0..64\n"
				 "@7 munmap 0..64\n");

	assert_string_equal(go(f), "4");
	assert_string_equal(layout(f, 1), "gone");
	assert_string_equal(go(f), "0");
	assert_string_equal(layout(f, 1), "4..8 rw-");
	assert_string_equal(go(f), "0");
	assert_string_equal(layout(f, 0), "4..8 rw-");
	assert_string_equal(layout(f, 1), "6..8 rw-");
	assert_string_equal(go(f), "0");
	assert_string_equal(layout(f, 2), "6..8 rw-");
	assert_string_equal(go(f), "0");
	assert_string_equal(go(f), "0");
	assert_string_equal(layout(f, 0), "4..8 r--");
	assert_string_equal(layout(f, 2), "0..1 --x 6..8 rw-");
	assert_string_equal(go(f), "0");
	assert_string_equal(layout(f, 3), "4..8 r--");
	assert_string_equal(go(f), "-");
	assert_string_equal(go(f), "0");
	assert_string_equal(layout(f, 1), "gone");
	assert_string_equal(go(f), "-");
	assert_string_equal(go(f), "0");
	assert_string_equal(layout(f, 0), "gone");
	assert_string_equal(go(f), "0");
	assert_string_equal(layout(f, 4), "0..1 --x 6..8 rw-");
	assert_string_equal(go(f), "0");
	assert_string_equal(layout(f, 4), "");
	assert_string_equal(go(f), "-");
	assert_int_equal(f->facts & FACT_FLAGS, FACT_FLAGS);
	assert_int_equal(space_of(f, 2)->vmas, 2);
	assert_true(space_of(f, 2)->vma[0].flags & VM_FLAG(me));
	assert_int_equal(f->subject->end(f->subject, &f->seen, &(const char *){ NULL }), 0);
	assert_string_equal(layout(f, 2), "gone");
}

static void locking_is_limited_without_the_capability(void **state)
{
	struct fixture *f = load(state, LIVE_READ_LAYOUT,
				 "ipc_lock off\nrlimit memlock 2\n"
				 "mmap 4..8 rw private anon\n"
				 "mlock 4..6\n"
				 "mlock 6..7\n"
				 "munlock 4..5\n"
				 "mlock 6..7\n"
				 "mmap 10..11 r private anon locked\n");

	assert_string_equal(go(f), "4");
	assert_string_equal(go(f), "0");
	assert_string_equal(go(f), "ENOMEM");
	assert_string_equal(go(f), "0");
	assert_string_equal(go(f), "0");
	assert_string_equal(go(f), "EAGAIN");

	f = load(state, LIVE_READ_LAYOUT, "rlimit memlock 2\nmmap 4..8 rw private anon locked\n");
	assert_string_equal(go(f), "4");
}

/* Every second page: at the limit L exactly L + 1 areas can be mapped, and none be split. */
static void ballast_leaves_exactly_the_limit(void **state)
{
	static const uint32_t limits[] = { 0, 1, 2, 7, 20, 3, 8 };
	struct fixture *f = *state;
	char lines[2048], *end = lines + sizeof(lines);
	uint32_t i, page;
	char *at;

	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		at = lines + snprintf(lines, sizeof(lines), "limit %u\n", limits[i]);
		for (page = 0; page <= limits[i] + 1; page++)
			at += snprintf(at, (size_t)(end - at), "mmap %u..%u rw private anon\n",
				       2 * page, 2 * page + 1);
		load(state, LIVE_READ_LAYOUT, lines);
		for (page = 0; page <= limits[i]; page++)
			assert_int_equal(strtoul(go(f), NULL, 10), 2 * page);
		assert_string_equal(go(f), "ENOMEM");
	}
}

static void limit_can_change_while_a_program_runs(void **state)
{
	struct fixture *f = load(state, LIVE_READ_LAYOUT,
				 "mmap 4..12 rw private anon\n"
				 "limit +0\n"
				 "mprotect 5..6 r\n"
				 "limit +1\n"
				 "mprotect 5..6 r\n"
				 "limit +1\n"
				 "mprotect 5..6 r\n"
				 "limit -1\n"
				 "mmap 5..6 r private anon\n"
				 "munmap 4..5\n"
				 "limit 1\n"
				 "limit 5000\n"
				 "mprotect 8..9 r\n");

	assert_string_equal(go(f), "4");
	assert_string_equal(go(f), "0");
	assert_string_equal(go(f), "ENOMEM");
	assert_string_equal(layout(f, 0), "4..12 rw-");
	assert_string_equal(go(f), "0");
	assert_string_equal(go(f), "ENOMEM");
	assert_string_equal(layout(f, 0), "4..5 rw- 5..12 rw-");
	assert_string_equal(go(f), "0");
	assert_string_equal(go(f), "0");
	assert_string_equal(layout(f, 0), "4..5 rw- 5..6 r-- 6..12 rw-");
	assert_string_equal(go(f), "0");
	assert_string_equal(go(f), "ENOMEM");
	assert_string_equal(go(f), "0");
	assert_string_equal(go(f), "0");
	assert_string_equal(go(f), "0");
	assert_string_equal(go(f), "0");
}

/* Applies so many operations and compares what they answer, one word each. */
static void go_through(struct fixture *f, const char *const *answers, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		const char *answer = go(f);

		if (strcmp(answer, answers[i]) != 0)
			fail_msg("operation %u: %s, not %s", f->next, answer, answers[i]);
	}
}
#define GO(f, ...)                                                                                 \
	go_through(f, (const char *const[]){ __VA_ARGS__ },                                        \
		   sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

#define PLACED "skip: the kernel would choose a place outside the window"
#define LEAVES "skip: leaves the window"

static void mremap_is_issued_where_it_stays(void **state)
{
	struct fixture *f = load(state, LIVE_READ_LAYOUT,
				 "mmap 4..8 rw private anon\n"
				 "mmap 12..14 r private anon\n"
				 "mremap 4..8 len=2\n"
				 "mremap 4..6 len=4 maymove\n"
				 "mremap 4..8 len=9 maymove\n"
				 "mremap 4..8 len=9\n"
				 "mremap 12..14 len=53\n"
				 "mremap 5..7 len=3 maymove\n"
				 "mremap 20..21 len=3 maymove\n"
				 "mremap 4..4 len=2 maymove\n"
				 "mremap 4..8 fixed=60\n"
				 "mremap 60..64 fixed=62\n"
				 "mremap 60..64 fixed=61 len=4\n"
				 "mremap 60..64 dontunmap\n"
				 "mremap 60..64 dontunmap hint=10\n"
				 "mremap 60..64 dontunmap hint=30\n"
				 "mremap 4..8 len=4 flags=0x10\n");

	GO(f, "4", "12", "4", "4", PLACED, "ENOMEM", LEAVES, PLACED, "EFAULT", "EINVAL", "60",
	   LEAVES, LEAVES, LEAVES, PLACED, "30", "EINVAL");
	assert_string_equal(layout(f, 0), "12..14 r-- 30..34 rw- 60..64 rw-");
}

static void shared_objects_are_not_left_behind_their_end(void **state)
{
	struct fixture *f = load(state, LIVE_READ_LAYOUT,
				 "mmap 0..4 rw shared anon\n"
				 "mmap 8..12 rw shared file=plain@7\n"
				 "mmap 16..20 rw shared file=shm\n"
				 "mremap 0..4 len=5\n"
				 "mremap 0..0 fixed=24 len=4\n"
				 "mremap 1..1 fixed=30 len=4\n"
				 "mremap 8..12 len=8\n"
				 "remap_file_pages 0..2 off=2\n"
				 "remap_file_pages 0..2 off=3\n"
				 "remap_file_pages 8..10 off=1000\n"
				 "remap_file_pages 16..17 off=1\n"
				 "mremap 16..20 len=5\n"
				 "touch 0..4 w\n"
				 "touch 8..16 w\n"
				 "touch 24..28 r\n");
	const char *beyond = "skip: would reach beyond the end of a shared object";

	GO(f, "0", "8", "16", beyond, "24", beyond, "8", "0", beyond, "0",
	   "skip: a System V segment is not mapped again", beyond, "0", "0", "0");
	assert_int_equal(vma_at(f, 0)->file, vma_at(f, 24)->file);
	assert_int_equal(vma_at(f, 8)->pgoff, 1000);
}

/* Memory of the process that it has locked, or -1. */
static long locked_kilobytes(int process)
{
	char path[64], line[128];
	long locked = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", process);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "VmLck: %ld", &locked) == 1)
			break;
	if (file)
		fclose(file);
	return locked;
}

static void locking_everything_ends_with_the_program(void **state)
{
	struct fixture *f = load(state, LIVE_READ_EVERY,
				 "mmap 0..4 rw private anon\n"
				 "mlockall flags=4\n"
				 "mlockall current\n"
				 "mmap 8..12 r private anon\n"
				 "mlockall current,future\n"
				 "mmap 16..20 rw private anon\n"
				 "fork\n"
				 "@1 mmap 24..28 rw private anon\n"
				 "munlockall\n"
				 "mmap 32..36 rw private anon\n");

	long before = locked_kilobytes(subject_live_process(f->subject));

	GO(f, "0", "EINVAL");
	if (strcmp(go(f), "0") != 0)
		skip();
	GO(f, "8");
	assert_true(vma_at(f, 0)->flags & VM_FLAG(lo));
	assert_false(vma_at(f, 8)->flags & VM_FLAG(lo));
	GO(f, "0", "16");
	assert_true(vma_at(f, 8)->flags & VM_FLAG(lo));
	assert_true(vma_at(f, 16)->flags & VM_FLAG(lo));
	GO(f, "0", "24");
	assert_false(space_of(f, 1)->vma[0].flags & VM_FLAG(lo));
	GO(f, "0", "32");
	assert_false(vma_at(f, 0)->flags & VM_FLAG(lo));
	assert_false(vma_at(f, 32)->flags & VM_FLAG(lo));
	assert_int_equal(locked_kilobytes(subject_live_process(f->subject)), before);
}

static void sealed_areas_end_with_the_program(void **state)
{
	struct fixture *f = load(state, LIVE_READ_EVERY,
				 "mmap 0..4 rw private anon\n"
				 "mseal 1..2 flags=1\n"
				 "mseal 1..2\n"
				 "munmap 0..4\n"
				 "mremap 1..2 fixed=8\n"
				 "mseal 8..9\n");

	GO(f, "0", "EINVAL");
	if (strncmp(go(f), "skip", 4) == 0)
		skip();
	GO(f, "EPERM", "EPERM", "ENOMEM");
	assert_true(vma_at(f, 1)->flags & VM_FLAG(sl));
	f = load(state, LIVE_READ_LAYOUT, "mmap 0..4 r private anon\nmunmap 0..4\n");
	GO(f, "0", "0");
}

static void heap_begins_at_the_window(void **state)
{
	const char *lines = "brk 3\n"
			    "brk 2+5\n"
			    "mmap 8..9 r private anon\n"
			    "brk 8\n"
			    "brk 7\n"
			    "fork\n"
			    "@1 brk 1\n"
			    "munmap 0..64\n"
			    "brk 0\n"
			    "brk top+1\n";
	struct fixture *f = *state;
	uint32_t run;

	for (run = 0; run < 2; run++) {
		f = load(state, LIVE_READ_LAYOUT, lines);
		if (strncmp(go(f), "skip", 4) == 0)
			skip();
		assert_string_equal(layout(f, 0), "0..3 rw-");
		GO(f, "2");
		assert_int_equal(f->seen.result.value, 2 * PAGE_BYTES + 5);
		assert_string_equal(layout(f, 0), "0..3 rw-");
		GO(f, "8", "2", "7", "0", "1");
		assert_string_equal(layout(f, 0), "0..7 rw- 8..9 r--");
		assert_string_equal(layout(f, 1), "0..1 rw- 8..9 r--");
		GO(f, "0", "7", LEAVES);
	}
	/* And where no process ends with the program. */
	for (run = 0; run < 2; run++) {
		f = load(state, LIVE_READ_LAYOUT, "brk 3\nmunmap 0..3\nbrk 0\n");
		GO(f, "3", "0", "3");
	}
}

static void policies_name_the_nodes_there_are(void **state)
{
	struct fixture *f = load(state, LIVE_READ_LAYOUT,
				 "mmap 0..4 rw private anon\n"
				 "mbind 1..2 bind=0\n"
				 "mbind 2..3 interleave=0\n"
				 "home_node 1..2 0\n"
				 "home_node 2..3 0\n"
				 "mbind 0..4 default\n"
				 "mbind 0..5 local\n"
				 "mbind 1..2 bind=63\n"
				 "home_node 1..2 200\n");

	GO(f, "0");
	if (strncmp(go(f), "skip", 4) == 0)
		skip();
	assert_string_equal(layout(f, 0), "0..1 rw- 1..2 rw- 2..4 rw-");
	GO(f, "0", "0", "EOPNOTSUPP");
	assert_string_equal(layout(f, 0), "0..1 rw- 1..2 rw- 2..3 rw- 3..4 rw-");
	GO(f, "0");
	assert_string_equal(layout(f, 0), "0..4 rw-");
	GO(f, "EFAULT", "skip: this machine does not have these NUMA nodes", "EINVAL");
}

static void traps_fail_accesses_and_wait_for_nobody(void **state)
{
	struct fixture *f = load(state, LIVE_READ_LAYOUT,
				 "mmap 0..4 rw private anon\n"
				 "uffd_register 1 1..3 missing event_fork\n"
				 "uffd_unregister 1 0..4\n"
				 "uffd_register 1 1..3 rwp,missing,wp,minor\n"
				 "uffd_unregister 1 0..4\n"
				 "touch 0..1 w\n"
				 "uffd_register 1 1..3 missing\n"
				 "touch 1..2 w\n"
				 "touch 2..3 r\n"
				 "mlock 0..3 onfault\n"
				 "mlock 2..3\n"
				 "uffd_register 0 2..3 missing\n"
				 "uffd_register 1 0..1 missing\n"
				 "touch 0..1 r\n"
				 "uffd_unregister 1 2..3\n"
				 "touch 2..3 r\n");
	const char *there = "skip: pages of a userfaultfd area may be there already";

	GO(f, "0");
	if (strcmp(go(f), "skip: event_fork and event_remap wait for a reader") != 0)
		skip();
	GO(f, "EINVAL", "EINVAL", "EINVAL", "0", "0");
	assert_string_equal(layout(f, 0), "0..1 rw- 1..3 rw- 3..4 rw-");
	assert_true(vma_at(f, 1)->flags & VM_FLAG(um));
	GO(f, "EFAULT", "EFAULT", "0", "ENOMEM", "EBUSY", "0", there, "0", "0");
	assert_false(vma_at(f, 2)->flags & VM_FLAG(um));
}

/* A child has none of its parent's contexts, nor does it keep them open. */
static void contexts_belong_to_a_process(void **state)
{
	struct fixture *f = load(state, LIVE_READ_EVERY,
				 "mmap 0..4 rw private anon\n"
				 "uffd_register 2 0..2 wp\n"
				 "fork\n"
				 "@1 uffd_unregister 2 0..4\n"
				 "@1 uffd_register 2 2..3 wp\n"
				 "uffd_close 2\n"
				 "uffd_close 2\n"
				 "mmap 8..9 r shared file=plain\n"
				 "uffd_register 2 0..9 wp\n");

	GO(f, "0");
	if (strcmp(go(f), "0") != 0)
		skip();
	assert_true(vma_at(f, 0)->flags & VM_FLAG(uw));
	GO(f, "0", "EINVAL", "0");
	assert_string_equal(layout(f, 1), "0..2 rw- 2..3 rw- 3..4 rw-");
	assert_string_equal(layout(f, 0), "0..2 rw- 2..4 rw-");
	GO(f, "0");
	assert_string_equal(layout(f, 0), "0..4 rw-");
	assert_string_equal(layout(f, 1), "0..2 rw- 2..3 rw- 3..4 rw-");
	GO(f, "0", "8", "skip: the files are in memory here, which userfaultfd serves");
}

static void limits_count_the_window_only(void **state)
{
	static const char *const lines[] = {
		"rlimit as 6\nmmap 0..4 r private anon\nmmap 8..11 r private anon\n"
		"mmap 8..10 r private anon\nmremap 0..4 len=5\nmmap 9..10 rw private anon\n",
		"rlimit data 6\nmmap 0..4 rw private anon\nmmap 8..11 rw private anon\n"
		"mmap 8..10 rw private anon\nmremap 0..4 len=5\nmmap 9..10 rw private anon\n",
		"mmap 0..4 rw private anon\nrlimit data 6\nmmap 8..11 rwx private anon\n"
		"mmap 8..10 rwx private anon\nmremap 0..4 len=5\nrlimit data inf\n"
		"mmap 20..40 rw private anon\n",
	};
	struct fixture *f = load(state, LIVE_READ_LAYOUT, "munmap 0..1\n");
	uint32_t i;

	for (i = 0; i < 3; i++) {
		f = load(state, LIVE_READ_LAYOUT, lines[i]);
		GO(f, "0");
		if (i == 2)
			GO(f, "0");
		GO(f, "ENOMEM", "8", "ENOMEM");
		if (i == 2)
			GO(f, "0");
		assert_string_equal(go(f), i == 2 ? "20" : "9");
	}
	f = load(state, LIVE_READ_LAYOUT,
		 "rlimit data 6\nbrk 7\nbrk 6\nmmap 8..9 rw private anon\nfork\n"
		 "@1 rlimit data inf\n@1 mmap 8..9 rw private anon\nbrk 7\n");
	GO(f, "0", "6", "ENOMEM", "0", "0", "8", "6");
	f = load(state, LIVE_READ_LAYOUT,
		 "rlimit stack 3\nmmap 20..21 rw private anon growsdown\ntouch 18..19 w\n"
		 "touch 17..18 w\n");
	GO(f, "20", "0", "EFAULT");
	f = load(state, LIVE_READ_LAYOUT, "mmap 0..60 rw private anon\nbrk 0\n");
	GO(f, "0", "0");
}

static void equal_pages_merge_in_one_program_only(void **state)
{
	struct fixture *f = load(state, LIVE_READ_EVERY,
				 "mmap 0..4 rw private anon\n"
				 "ksm on\n"
				 "mmap 4..8 rw private anon\n"
				 "ksm off\n"
				 "clear_softdirty\n"
				 "name 0..1 \"x\"\n");

	GO(f, "0");
	if (strncmp(go(f), "skip", 4) == 0)
		skip();
	assert_true(vma_at(f, 0)->flags & VM_FLAG(mg));
	GO(f, "4");
	assert_true(vma_at(f, 4)->flags & VM_FLAG(mg));
	GO(f, "0");
	assert_false(vma_at(f, 0)->flags & VM_FLAG(mg));
	GO(f, "0", f->subject->anon_names == SETTING_ON ? "0" : "EINVAL");
	f = load(state, LIVE_READ_EVERY, "mmap 0..4 rw private anon\n");
	GO(f, "0");
	assert_false(vma_at(f, 0)->flags & VM_FLAG(mg));
}

/* A process per space sees but a part of the record. */
static void full_record_ends_a_program(void **state)
{
	static char lines[PROGRAM_OPS_MAX * 16];
	struct fixture *f = *state;
	size_t used;
	uint32_t i, full = 0;

	if (!f->subject)
		skip();
	used = (size_t)snprintf(lines, sizeof(lines), "pages 1200\nmseal 0..0\n");
	for (i = 0; i < 1200; i += 2)
		used += (size_t)snprintf(lines + used, sizeof(lines) - used,
					 "mmap %u..%u r private anon\n", i, i + 1);
	for (i = 0; i < 400; i++)
		used += (size_t)snprintf(lines + used, sizeof(lines) - used, "munmap %u..%u\n", i,
					 i + 1);
	f = load(state, LIVE_READ_LAYOUT, lines);
	while (f->next < f->program.op_count)
		full += strcmp(go(f), "skip: the record of the program is full") == 0;
	assert_in_range(full, 1, 900);
	f = load(state, LIVE_READ_LAYOUT, strstr(lines, "mmap"));
}

static void killed_executor_fails_one_program(void **state)
{
	struct fixture *f = load(state, LIVE_READ_LAYOUT, "mmap 0..1 rw private anon\n");
	int killed = subject_live_process(f->subject);
	const char *why;

	assert_int_equal(kill(killed, SIGKILL), 0);
	assert_int_equal(load_with(f, &why, "mmap 0..1 rw private anon\nmunmap 0..1\n"), 0);
	assert_string_equal(go(f), "failed: live executor: killed by signal 9");
	assert_int_equal(f->subject->end(f->subject, &f->seen, &why), -EIO);

	f = load(state, LIVE_READ_LAYOUT, "mmap 0..1 rw private anon\n");
	assert_string_equal(go(f), "0");
	assert_string_equal(layout(f, 0), "0..1 rw-");
	assert_int_not_equal(subject_live_process(f->subject), killed);
}

static void forked_copy_of_a_subject_is_refused(void **state)
{
	struct fixture *f = load(state, LIVE_READ_LAYOUT, "munmap 0..1\n");
	const char *why;
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(f->subject->begin(f->subject, &f->program, &why) == -EPERM ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* A mixture of everything, twice. */
static void same_program_is_seen_alike(void **state)
{
	const char *lines = "mmap 0..8 rw private anon\n"
			    "mmap 8..12 rw shared anon\n"
			    "mmap 12..16 rw shared file=shm\n"
			    "mmap 16..20 rw private file=plain@4\n"
			    "touch 0..20 w\n"
			    "madvise 2..14 dontfork\n"
			    "fork\n"
			    "@1 mprotect 0..20 r\n"
			    "@1 mmap 4..6 r shared anon\n";
	static struct seen_vma first[PROGRAM_PAGES_MAX];
	const struct seen_space *space = NULL;
	struct fixture *f;
	uint32_t run, count = 0;

	for (run = 0; run < 2; run++) {
		f = load(state, LIVE_READ_EVERY, lines);
		while (f->next < f->program.op_count)
			go(f);
		space = space_of(f, 1);
		assert_non_null(space);
		if (run == 0) {
			count = space->vmas;
			assert_in_range(count, 3, 20);
			memcpy(first, space->vma, count * sizeof(first[0]));
		}
	}
	assert_int_equal(space->vmas, count);
	assert_memory_equal(space->vma, first, count * sizeof(first[0]));
}

/* Exit status of a process that installs the filter and makes one call; 0: as expected. */
static int filtered(long call, uint64_t addr, uint64_t len, bool refused)
{
	pid_t pid = fork();
	int status;
	long answer;

	if (pid == 0) {
		if (filter_install())
			syscall(SYS_exit_group, 2);
		/* Arguments that do nothing even if the call passes: MADV_NORMAL, PROT_READ. */
		answer = syscall(call, addr, len, call == SYS_mmap ? PROT_READ : 0,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
		syscall(SYS_exit_group, (answer == -1 && errno == ENOSYS) == refused ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
}

static void filter_refuses_what_is_outside(void **state)
{
	static const long ranged[] = { SYS_mmap,       SYS_madvise,	  SYS_mlock,
				       SYS_munlock,    SYS_mbind,	  SYS_remap_file_pages,
				       LIVE_SYS_MSEAL, LIVE_SYS_HOME_NODE };
	static const struct {
		uint64_t addr, len;
		bool refused;
	} cases[] = {
		{ LIVE_WINDOW, 4096, false },
		{ LIVE_WINDOW + 4095 * 4096, 4096, false },
		{ LIVE_WINDOW - 4096, 8192, true },
		{ LIVE_WINDOW + AREA_BYTES - 4096, 4096, false },
		{ LIVE_WINDOW + AREA_BYTES - 4096, 8192, true },
		{ LIVE_WINDOW + AREA_BYTES + 4096, 4096, true },
		{ LIVE_WINDOW, UINT64_C(1) << 32, true },
		{ LIVE_WINDOW, UINT64_C(1) << 63, true },
		{ LIVE_WINDOW, UINT64_MAX, false },
		{ BALLAST_AREA, 4096, false },
		{ BALLAST_WEIGHTS, 4096, false },
		{ UINT64_C(0x7f0000000000), 4096, true },
		{ 0x400000, 4096, true },
		{ 0, 4096, true },
	};
	uint32_t i, k;

	if (!((struct fixture *)*state)->subject)
		skip();
	for (k = 0; k < sizeof(ranged) / sizeof(ranged[0]); k++)
		for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
			assert_int_equal(
				filtered(ranged[k], cases[i].addr, cases[i].len, cases[i].refused),
				0);
	assert_int_equal(filtered(SYS_brk, 0, 0, true), 0);
	assert_int_equal(filtered(SYS_brk, LIVE_WINDOW, 0, false), 0);
	assert_int_equal(filtered(SYS_prctl, PR_SET_NAME, 0, true), 0);
	assert_int_equal(filtered(SYS_prctl, LIVE_PR_MEMORY_MERGE, 0, false), 0);
	assert_int_equal(filtered(SYS_munmap, 0x400001, 4096, false), 0);
	assert_int_equal(filtered(SYS_munmap, UINT64_C(0xffff800000000000), 4096, false), 0);
	assert_int_equal(filtered(SYS_munmap, UINT64_C(0x7e0000000000), 4096, true), 0);
	assert_int_equal(filtered(SYS_getpid, 0, 0, false), 0);
}

static void say(void *to, const char *text)
{
	uint32_t *lines = to;

	assert_in_range(strlen(text), 1, 200);
	++*lines;
}

static void probes_choose_a_profile(void **state)
{
	struct fixture *f = *state;
	uint32_t lines = 0;

	if (!f->subject)
		skip();
	f->subject->describe(f->subject, say, &lines);
	assert_in_range(lines, 10, 40);
	assert_in_range(f->subject->default_profile, 0, PROFILES - 1);
	assert_int_not_equal(f->subject->softdirty, SETTING_UNSET);
	assert_int_not_equal(f->subject->anon_names, SETTING_UNSET);
	assert_true(f->subject->whole_program);
	assert_true(f->subject->default_quirks);
}

/* Segments of System V where the executor lives; -1: cannot be told. */
static int segments_of(int executor)
{
	struct shm_info info = { 0 };
	char path[64];
	int status, space;
	pid_t pid;

	snprintf(path, sizeof(path), "/proc/%d/ns/ipc", executor);
	space = open(path, O_RDONLY | O_CLOEXEC);
	if (space < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		if (setns(space, CLONE_NEWIPC) || shmctl(0, SHM_INFO, (void *)&info) < 0)
			_exit(255);
		_exit(info.used_ids < 254 ? info.used_ids : 254);
	}
	close(space);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status) == 255 ? -1 : WEXITSTATUS(status);
}

static void segments_go_with_their_mapping(void **state)
{
	struct fixture *f = load(state, LIVE_READ_LAYOUT, "munmap 0..64\n");
	int before = segments_of(subject_live_process(f->subject));

	if (before < 0)
		skip();
	f = load(state, LIVE_READ_LAYOUT,
		 "mmap 0..4 rw shared file=shm\n"
		 "mmap 8..12 rwx shared file=shm\n"
		 "mmap 1..2 rw shared file=shm\n"
		 "mprotect 9..10 r\n"
		 "fork\n"
		 "@1 munmap 0..9\n");
	assert_string_equal(go(f), "0");
	assert_string_equal(go(f), "8");
	assert_string_equal(go(f), "1");
	go_all(f);
	assert_int_equal(segments_of(subject_live_process(f->subject)), before);
}

/* What the machine must not notice. */
static void machine_state(char *text, size_t size)
{
	static const char *const paths[] = {
		"/proc/sys/vm/max_map_count", "/proc/sys/vm/overcommit_memory",
		"/proc/sys/kernel/shmmni",    "/sys/kernel/mm/transparent_hugepage/enabled",
		"/sys/kernel/mm/ksm/run",     "/proc/sysvipc/shm",
	};
	size_t used = 0;
	FILE *file;
	uint32_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		file = fopen(paths[i], "r");
		if (!file)
			continue;
		used += fread(text + used, 1, size - used - 1, file);
		fclose(file);
	}
	text[used] = '\0';
}

static void nothing_of_the_machine_changes(void **state)
{
	static char before[16384], after[16384];
	struct fixture *f = *state;

	machine_state(before, sizeof(before));
	load(state, LIVE_READ_EVERY,
	     "mmap 0..4 rw shared file=shm\nmadvise 0..4 mergeable\n"
	     "madvise 0..4 hugepage\nmmap 8..12 rw private anon locked\n");
	load(state, LIVE_READ_LAYOUT, "limit 3\nmmap 0..4 rw shared file=shm\n");
	kill(subject_live_process(f->subject), SIGKILL);
	machine_state(after, sizeof(after));
	assert_string_equal(before, after);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(every_operation_shows_its_result_and_layout),
		TEST(next_program_begins_empty),
		TEST(largest_window_is_read),
		TEST(ranges_outside_the_window_are_not_issued),
		TEST(places_the_kernel_would_choose_are_not_asked_for),
		TEST(arguments_that_are_always_refused_are_issued),
		TEST(what_cannot_be_done_is_skipped_by_name),
		TEST(settings_this_machine_cannot_have_are_refused),
		TEST(files_are_told_by_inode_and_objects_numbered),
		TEST(readonly_file_is_no_shared_memory_in_either_reading),
		TEST(drivers_of_the_world_have_stand_ins),
		TEST(touch_asks_for_the_access_it_needs),
		TEST(touch_below_a_stack_grows_it_up_to_the_gap),
		TEST(flags_and_guards_are_read_when_asked),
		TEST(guard_markers_are_seen_page_by_page),
		TEST(spaces_take_turns),
		TEST(locking_is_limited_without_the_capability),
		TEST(ballast_leaves_exactly_the_limit),
		TEST(limit_can_change_while_a_program_runs),
		TEST(mremap_is_issued_where_it_stays),
		TEST(shared_objects_are_not_left_behind_their_end),
		TEST(locking_everything_ends_with_the_program),
		TEST(sealed_areas_end_with_the_program),
		TEST(heap_begins_at_the_window),
		TEST(policies_name_the_nodes_there_are),
		TEST(traps_fail_accesses_and_wait_for_nobody),
		TEST(contexts_belong_to_a_process),
		TEST(limits_count_the_window_only),
		TEST(equal_pages_merge_in_one_program_only),
		TEST(full_record_ends_a_program),
		TEST(killed_executor_fails_one_program),
		TEST(forked_copy_of_a_subject_is_refused),
		TEST(same_program_is_seen_alike),
		TEST(filter_refuses_what_is_outside),
		TEST(probes_choose_a_profile),
		TEST(segments_go_with_their_mapping),
		TEST(nothing_of_the_machine_changes),
	};

	return cmocka_run_group_tests_name("live", tests, NULL, NULL);
}
