/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Program text: what is read, how it is printed, and each way in which it can be wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flags.h"
#include "op_table.h"
#include "text_lex.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define V "vma-program 1\n"

static void expect_print(const char *text, const char *canonical)
{
	struct program program;
	struct text_error error;
	char *printed;

	program_init(&program);
	if (program_parse(&program, text, strlen(text), &error)) {
		print_error("%s%u:%u: expected %s\n", text, error.line, error.column,
			    error.expected);
		fail();
	}
	printed = program_print(&program);
	assert_string_equal(printed, canonical);
	free(printed);
	program_done(&program);
}

/* One operation and its canonical form. */
static void expect_op(const char *line, const char *canonical)
{
	char text[512], printed[512];

	snprintf(text, sizeof(text), V "%s\n", line);
	snprintf(printed, sizeof(printed), V "pages 64\n%s\n", canonical);
	expect_print(text, printed);
}

static void expect_error_of(const char *text, size_t size, uint32_t line, uint32_t column,
			    const char *expected)
{
	struct text_error error = { 0 };
	struct program program;
	int result;

	program_init(&program);
	result = program_parse(&program, text, size, &error);
	program_done(&program);
	if (result != -EINVAL || error.line != line || error.column != column ||
	    !strstr(error.expected, expected)) {
		print_error("%.*s%d, %u:%u: expected %s\n", (int)(size < 300 ? size : 300), text,
			    result, error.line, error.column, error.expected);
		fail();
	}
}

static void expect_error(const char *text, uint32_t line, uint32_t column, const char *expected)
{
	expect_error_of(text, strlen(text), line, column, expected);
}

/* An operation on line 2. */
static void expect_op_error(const char *op, uint32_t column, const char *expected)
{
	char text[512];

	snprintf(text, sizeof(text), V "%s\n", op);
	expect_error(text, 2, column, expected);
}

static void first_line_tells_text_from_bytes(void **unused)
{
	(void)unused;
	assert_true(program_is_text(V, strlen(V)));
	assert_true(program_is_text("vma-program 99\n", 15));
	assert_true(program_is_text("vma-program", 11));
	assert_true(program_is_text("vma-program\t1\r\n", 15));
	assert_false(program_is_text("vma-programs 1\n", 15));
	assert_false(program_is_text(" vma-program 1\n", 15));
	assert_false(program_is_text("vma-progra", 10));
	assert_false(program_is_text("", 0));
	assert_false(program_is_text("\n" V, strlen(V) + 1));
}

static const char *const documented[] = {
	"mmap 4..8 rw private anon",
	"mmap noreplace 8..10 x shared file=plain2@3 noreserve locked populate",
	"mmap 8..10 x private anon growsdown stack",
	"mmap hint=7+12 len=4 none droppable anon",
	"mmap anywhere len=raw=0x1001 rwx private file=readonly",
	"mmap 4..8 prot=0x40 flags=0x3 anon flags=0x40000",
	"mmap 4..8 rwx private file=readonly",
	"mmap 4..8 rwx private file=readonly@1",
	"munmap 4..4",
	"munmap top-2..top+1",
	"munmap addr=raw=0xffffffffffff0000 len=raw=0x20000",
	"munmap addr=7 len=raw=0xffffffffffffffff",
	"mprotect 7+12..9 r growsdown growsup",
	"madvise 4..8 dontfork",
	"madvise 4..8 advice=999",
	"guard_install 4..8",
	"guard_remove 4..8",
	"touch 4..5 r",
	"touch 4..5 w",
	"mlock 4..8",
	"mlock 4..8 onfault",
	"mlock 4..8 flags=0x2",
	"munlock 4..8",
	"mlockall current,future,onfault",
	"mlockall flags=0x0",
	"munlockall",
	"mseal 4..8",
	"mseal 4..8 flags=0x1",
	"mremap 4..8 len=2",
	"mremap 4..8 len=2 maymove",
	"mremap 4..8 fixed=9",
	"mremap 4..8 fixed=top-9 len=2 dontunmap",
	"mremap 4..8 dontunmap",
	"mremap 4..8 dontunmap hint=20 flags=0x8",
	"brk 7+12",
	"mbind 4..8 default",
	"mbind 4..8 local",
	"mbind 4..8 bind=0 static",
	"mbind 4..8 interleave=0,3 static relative",
	"mbind 4..8 preferred=none",
	"mbind 4..8 mode=0x77 nodes=0x5",
	"home_node 4..8 1",
	"name 4..8 \"TEXT with # and \\\"quotes\\\" \\\\ \\x01\"",
	"name 4..8 none",
	"name 4..8 \"\"",
	"uffd_register 0 4..8 missing,wp,minor,rwp event_fork event_remap",
	"uffd_register 0 4..8 missing,wp,minor,rwp event_fork",
	"uffd_register 3 4..8 modes=0x10",
	"uffd_unregister 1 4..8",
	"uffd_close 2",
	"remap_file_pages 4..8 off=12",
	"special 4..6",
	"exec_stack 63",
	"relocate_down 62..64 by=8",
	"clear_softdirty",
	"ksm on",
	"ksm off",
	"limit +3",
	"limit -1",
	"fork",
	"exit",
	"@3 exit",
	"@255 munmap 1..2 !alloc=65535+ = ENOMEM",
	"munmap 1..2 !alloc=3 = 0",
	"mmap 4..8 rw private anon = 4",
	"mmap 4..8 rw private anon = top-60",
	"fork = -",
	"fork = EAGAIN",
	"vm_brk 4..8",
	"vm_brk 4..8 exec = 0",
};
#define DOCUMENTED (sizeof(documented) / sizeof(documented[0]))

static void every_operation_prints_as_it_is_documented(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < DOCUMENTED; i++)
		expect_op(documented[i], documented[i]);
}

static void parse_line(struct program *program, const char *line)
{
	struct text_error error;
	char text[512];

	snprintf(text, sizeof(text), V "%s\n", line);
	assert_int_equal(program_parse(program, text, strlen(text), &error), 0);
}

/* Whatever prints differently is different. */
static void programs_are_equal_only_to_themselves(void **unused)
{
	static const char *const settings[] = {
		"",
		"pages 9",
		"limit 9",
		"profile 7.3",
		"profile 6.18",
		"profile 7.3 6.18",
		"profile 6.1",
		"profile 6.1 6.12",
		"profile 6.12 6.1",
		"profile any",
		"quirks on",
		"quirks off",
		"quirks F1",
		"gap 4",
		"rlimit as 9",
		"rlimit data 9",
		"overcommit always",
		"overcommit never=9",
		"overcommit never=8",
		"softdirty on",
		"anon_names off",
		"ipc_lock off",
		"expect empty",
		"expect count 1",
		"expect count 2",
		"expect @1 empty",
		"expect 0..1 r private anon",
		"expect 0..1 r private anon faulted",
		"expect 0..1 r private anon forked",
		"expect 0..1 r private anon anon#1",
		"expect 0..1 r private anon off=1",
		"expect 0..1 r private anon flags=ac",
		"expect 0..1 r private anon policy=local",
		"expect 0..1 r private anon name=none",
		"expect 0..1 r private anon name=\"a\"",
		"expect 0..1 r private anon uffd=1",
		"expect 0..1 r private file=plain",
		"expect 0..1 r shared anon",
		"expect 0..1 w private anon",
		"expect 0..2 r private anon",
		"expect 1..2 r private anon",
	};
	size_t others = sizeof(settings) / sizeof(settings[0]);
	struct program a, b;

	(void)unused;
	program_init(&a);
	program_init(&b);
	for (size_t i = 0; i < DOCUMENTED + others; i++) {
		parse_line(&a, i < others ? settings[i] : documented[i - others]);
		for (size_t j = 0; j < DOCUMENTED + others; j++) {
			parse_line(&b, j < others ? settings[j] : documented[j - others]);
			if (program_equal(&a, &b) != (i == j))
				print_error("%zu and %zu\n", i, j);
			assert_true(program_equal(&a, &b) == (i == j));
		}
	}
	program_done(&a);
	program_done(&b);
}

static void other_spellings_become_canonical(void **unused)
{
	(void)unused;
	expect_op("  munmap\t4..8   # why", "munmap 4..8");
	expect_op("munmap 4..8\r", "munmap 4..8");
	expect_op("munmap 4..8# why", "munmap 4..8");
	expect_op("munmap 0x4..0x8", "munmap 4..8");
	expect_op("munmap 4..top", "munmap 4..64");
	expect_op("munmap top-2..64", "munmap top-2..top");
	expect_op("munmap addr=4 len=4", "munmap 4..8");
	expect_op("munmap addr=4+1 len=0+4095", "munmap 4+1..5");
	expect_op("munmap 4+1..5", "munmap 4+1..5");
	expect_op("@0 munmap 4..8", "munmap 4..8");
	expect_op("mprotect 4..8 wr", "mprotect 4..8 rw");
	expect_op("mprotect 4..8 prot=0x3", "mprotect 4..8 rw");
	expect_op("mprotect 4..8 prot=0x01000001", "mprotect 4..8 r growsdown");
	expect_op("mprotect 4..8 r growsup growsdown", "mprotect 4..8 r growsdown growsup");
	expect_op("madvise 4..8 advice=10", "madvise 4..8 dontfork");
	expect_op("madvise 4..8 advice=102", "madvise 4..8 advice=102");
	expect_op("mmap 4..8 rw flags=0x2 anon", "mmap 4..8 rw private anon");
	expect_op("mmap 4..8 rw private anon stack flags=0x4000",
		  "mmap 4..8 rw private anon noreserve stack");
	expect_op("mmap 4..8 rw private file=plain@0", "mmap 4..8 rw private file=plain");
	expect_op("mlock 4..8 flags=1", "mlock 4..8 onfault");
	expect_op("mlockall onfault,current", "mlockall current,onfault");
	expect_op("mremap 4..8 fixed=9 dontunmap len=2", "mremap 4..8 fixed=9 len=2 dontunmap");
	expect_op("mbind 4..8 bind=2,0 relative static", "mbind 4..8 bind=0,2 static relative");
	expect_op("uffd_register 0 4..8 wp,missing event_remap event_fork",
		  "uffd_register 0 4..8 missing,wp event_fork event_remap");
	expect_op("fork = 0 !alloc=1", "fork !alloc=1 = 0");
	expect_op("name 1..2 \"\\x41\"", "name 1..2 \"A\"");
}

static void limits_are_settings_until_an_operation_stood(void **unused)
{
	(void)unused;
	expect_print(V "limit 5\n", V "pages 64\nlimit 5\n");
	expect_print(V "rlimit as 9\n", V "pages 64\nrlimit as 9\n");
	expect_print(V "@0 limit 5\nlimit 6\n", V "pages 64\n@0 limit 5\nlimit 6\n");
	expect_print(V "@0 rlimit data inf\n", V "pages 64\n@0 rlimit data inf\n");
	expect_print(V "limit +1\nlimit 6\n", V "pages 64\nlimit +1\nlimit 6\n");
	expect_print(V "fork\nlimit 6\nrlimit stack 1\n",
		     V "pages 64\nfork\nlimit 6\nrlimit stack 1\n");
	expect_print(V "expect empty\nlimit 6\n", V "pages 64\nexpect empty\n@0 limit 6\n");
}

static void settings_print_in_one_order(void **unused)
{
	(void)unused;
	expect_print(V, V "pages 64\n");
	expect_print("vma-program 1", V "pages 64\n");
	expect_print(V
		     "ipc_lock off\nanon_names on\nsoftdirty off\novercommit never=7\n"
		     "rlimit memlock 4\nrlimit as 0\ngap 256\nquirks F5,F1\nprofile 6.18 6.12 any\n"
		     "limit 0\npages 4096\n",
		     V "pages 4096\nlimit 0\nprofile 6.18 6.12 any\nquirks F1,F5\ngap 256\n"
		       "rlimit as 0\nrlimit memlock 4\novercommit never=7\nsoftdirty off\n"
		       "anon_names on\nipc_lock off\n");
	expect_print(V "profile any\nquirks on\novercommit always\n",
		     V "pages 64\nprofile any\nquirks on\novercommit always\n");
	expect_print(V "profile 7.3\nquirks off\novercommit guess\nlimit 65530\nrlimit as inf\n",
		     V "pages 64\nprofile 7.3\nquirks off\n");
}

static void expectations_are_kept_where_they_stand(void **unused)
{
	static const char text[] =
		V "pages 16\n"
		  "expect empty\n"
		  "fork\n"
		  "expect 0..6 rw private anon off=3 faulted anon#2 flags=ac,gu\n"
		  "expect 6..8 r shared file=plain@4 unfaulted flags=none policy=bind=0,static\n"
		  "expect 9..16 none droppable anon forked name=\"a b\" uffd=none\n"
		  "expect @1 0..1 x private file=shm name=none uffd=3\n"
		  "expect count 3\n"
		  "expect @1 count 0\n"
		  "exit\n"
		  "expect @1 empty\n";
	struct program program;
	struct text_error error;

	(void)unused;
	expect_print(text, text);
	program_init(&program);
	assert_int_equal(program_parse(&program, text, strlen(text), &error), 0);
	assert_int_equal(program.op_count, 2);
	assert_int_equal(program.expectation_count, 6);
	assert_int_equal(program.expectations[0].after, 0);
	assert_int_equal(program.expectations[1].after, 1);
	assert_int_equal(program.expectations[1].vmas, 3);
	assert_int_equal(program.expectations[1].line, 5);
	assert_int_equal(program.expectations[2].space, 1);
	assert_int_equal(program.expectations[2].first, 3);
	assert_int_equal(program.expectations[5].after, 2);
	assert_int_equal(program.lines[0].flags, VM_FLAG(ac) | VM_FLAG(gu));
	assert_int_equal(program.lines[1].pgoff, 4);
	assert_true(program.lines[1].has_off);
	assert_int_equal(program.lines[2].uffd, -1);
	assert_int_equal(program.ops[1].line, 11);
	program_done(&program);
	/* The hash of anon#K begins no comment, any other does. */
	expect_print(V "expect 0..1 r private anon faulted# anon#1\n",
		     V "pages 64\nexpect 0..1 r private anon faulted\n");
	expect_op_error("expect 0..1 r private anon#1", 23, "anon or file=");
}

static void wrong_settings_are_refused(void **unused)
{
	(void)unused;
	expect_error("", 1, 1, "vma-program 1");
	expect_error("# comment\n" V, 1, 1, "vma-program 1");
	expect_error("vma-program 2\n", 1, 13, "version 1");
	expect_error("vma-program\n", 1, 12, "version 1");
	expect_error("vma-program one\n", 1, 13, "version 1");
	expect_error("vma-program 1 2\n", 1, 15, "end of the line");
	expect_error(V "page 8\n", 2, 1, "an operation");
	expect_error(V "pages 0\n", 2, 7, "from 1 to 4096");
	expect_error(V "pages 4097\n", 2, 7, "from 1 to 4096");
	expect_error(V "pages\n", 2, 6, "from 1 to 4096");
	expect_error(V "pages 8 9\n", 2, 9, "end of the line");
	expect_error(V "\n\npages 8\n  pages 9\n", 5, 3, "once");
	expect_error(V "limit 4294967296\n", 2, 7, "number");
	expect_error(V "profile 6.11\n", 2, 9, "6.1, 6.12, 6.18, 7.3");
	expect_error(V "profile 6.12 6.12\n", 2, 14, "once");
	expect_error(V "profile\n", 2, 8, "6.12");
	expect_error(V "quirks F0\n", 2, 8, "F1 to F15");
	expect_error(V "quirks F1,F16\n", 2, 11, "F1 to F15");
	expect_error(V "quirks maybe\n", 2, 8, "on, off");
	expect_error(V "gap 0\n", 2, 5, "from 1");
	expect_error(V "rlimit files 4\n", 2, 8, "as, data, stack or memlock");
	expect_error(V "rlimit as -1\n", 2, 11, "inf");
	expect_error(V "rlimit as 1\nrlimit as 2\n", 3, 8, "once");
	expect_error(V "overcommit sometimes\n", 2, 12, "guess, always or never=N");
	expect_error(V "overcommit never=x\n", 2, 18, "number");
	expect_error(V "softdirty yes\n", 2, 11, "on or off");
	expect_error(V "fork\npages 8\n", 3, 1, "settings stand before the first one");
	expect_error(V "expect empty\ngap 8\n", 3, 1, "settings stand before the first one");
}

static void wrong_operations_are_refused(void **unused)
{
	(void)unused;
	expect_op_error("mmmap 4..8 rw private anon", 1, "an operation");
	expect_op_error("@1", 3, "an operation");
	expect_op_error("@256 fork", 2, "from 0 to 255");
	expect_op_error("@x fork", 2, "number");
	expect_op_error("mmap", 5, "S..E");
	expect_op_error("mmap 4..8", 10, "access");
	expect_op_error("mmap 4..8 rw", 13, "private, shared, droppable");
	expect_op_error("mmap 4..8 rw private", 21, "anon or file=");
	expect_op_error("mmap 4..8 rw private an", 22, "anon or file=");
	expect_op_error("mmap 8..4 rw private anon", 9, "not below the start");
	expect_op_error("mmap 65..top rw private anon", 10, "not below the start");
	expect_op_error("mmap 4..x rw private anon", 9, "address");
	expect_op_error("mmap 4-8 rw private anon", 6, "S..E");
	expect_op_error("mmap -4..8 rw private anon", 6, "address");
	expect_op_error("mmap 4+4096..8 rw private anon", 8, "0 to 4095");
	expect_op_error("mmap top*2..8 rw private anon", 9, "top-N");
	expect_op_error("mmap raw=zz..8 rw private anon", 10, "number");
	expect_op_error("mmap 99999999999999999999..8 rw private anon", 6, "address");
	expect_op_error("mmap 18446744073709551617..8 rw private anon", 6, "address");
	expect_op_error("munmap raw=0x10000000000000001..8", 12, "number");
	expect_op_error("mmap addr=4 rw private anon", 13, "len=L");
	expect_op_error("mmap addr=4 len=top rw private anon", 17, "length");
	expect_op_error("mmap hint=4 4..8 rw private anon", 13, "len=L");
	expect_op_error("mmap 4..8 rwz private anon", 11, "rwx");
	expect_op_error("mmap 4..8 rr private anon", 11, "rwx");
	expect_op_error("mmap 4..8 prot= private anon", 16, "number");
	expect_op_error("mmap 4..8 rw private file=nosuch", 27, "a file");
	expect_op_error("mmap 4..8 rw private file=plain@", 33, "number");
	expect_op_error("mmap 4..8 rw private anon flags=0x10", 27, "MAP_FIXED");
	expect_op_error("mmap 4..8 rw private anon sticky", 27, "ATTR");
	expect_op_error("munmap 4..8 rw", 13, "end of the line");
	expect_op_error("madvise 4..8 gently", 14, "advice");
	expect_op_error("madvise 4..8 advice=4294967296", 21, "number");
	expect_op_error("touch 4..8 x", 12, "r or w");
	expect_op_error("mlock 4..8 slowly", 12, "onfault");
	expect_op_error("mlockall current,current", 18, "list");
	expect_op_error("mlockall", 9, "current, future, onfault");
	expect_op_error("mremap 4..8", 12, "len=L [maymove]");
	expect_op_error("mremap 4..8 len=2 dontunmap", 19, "maymove");
	expect_op_error("mremap 4..8 fixed=2 flags=0x1", 21, "above 0x7");
	expect_op_error("brk", 4, "address");
	expect_op_error("mbind 4..8 bind", 12, "policy");
	expect_op_error("mbind 4..8 bind=64", 17, "node");
	expect_op_error("mbind 4..8 default=1", 12, "policy");
	expect_op_error("name 4..8 text", 11, "\"TEXT\"");
	expect_op_error("name 4..8 \"text", 16, "closing quote");
	expect_op_error("name 4..8 \"te\\xt\"", 14, "\\xHH");
	expect_op_error("name 4..8 \"te\\x00\"", 14, "\\xHH");
	expect_op_error("uffd_register 4 4..8 wp", 15, "from 0 to 3");
	expect_op_error("uffd_register 0 4..8 wp,", 25, "missing, wp");
	expect_op_error("remap_file_pages 4..8", 22, "off=N");
	expect_op_error("relocate_down 4..8 by=", 23, "number");
	expect_op_error("ksm maybe", 5, "on or off");
	expect_op_error("limit +", 8, "number");
	expect_op_error("fork fork", 6, "end of the line");
	expect_op_error("fork !alloc=0", 13, "from 1 to 65535");
	expect_op_error("fork !alloc=65536", 13, "from 1 to 65535");
	expect_op_error("fork !alloc=+", 13, "from 1 to 65535");
	expect_op_error("fork !alloc=1 !alloc=2", 15, "end of the line");
	expect_op_error("fork =", 7, "result");
	expect_op_error("fork = ENOSUCH", 8, "errno");
	expect_op_error("fork = x", 8, "address");
	expect_op_error("fork = 0 = 0", 10, "end of the line");
	expect_op_error("fork =0", 6, "= RESULT");
}

static void a_name_has_at_most_83_bytes(void **unused)
{
	char line[200];

	(void)unused;
	snprintf(line, sizeof(line), "name 4..8 \"%083d\"", 0);
	expect_op(line, line);
	snprintf(line, sizeof(line), "name 4..8 \"%084d\"", 0);
	expect_op_error(line, 11, "at most 83");
}

static void wrong_expectations_are_refused(void **unused)
{
	(void)unused;
	expect_op_error("expect", 7, "S..E");
	expect_op_error("expect @300 empty", 9, "255");
	expect_op_error("expect empty now", 14, "end of the line");
	expect_op_error("expect count", 13, "number");
	expect_op_error("expect 0..65 rw private anon", 8, "inside the window");
	expect_op_error("expect 4..4 rw private anon", 8, "at least one page");
	expect_op_error("expect 4+1..5 rw private anon", 8, "window");
	expect_op_error("expect raw=0..raw=4096 rw private anon", 8, "window");
	expect_op_error("expect 8..4 rw private anon", 11, "not below the start");
	expect_op_error("expect 4..8 rw", 15, "private, shared");
	expect_op_error("expect 4..8 rw private", 23, "anon or file=");
	expect_op_error("expect 4..8 rw private anon wet", 29, "faulted");
	expect_op_error("expect 4..8 rw private anon faulted forked", 37, "faulted");
	expect_op_error("expect 4..8 rw private anon anon#4294967296", 34, "number");
	expect_op_error("expect 4..8 rw private anon flags=ac,zz", 38, "VmFlags");
	expect_op_error("expect 4..8 rw private anon flags=rd", 35, "VmFlags");
	expect_op_error("expect 4..8 rw private file=plain@1 off=2", 41, "one offset");
	expect_op_error("expect 4..8 rw private anon policy=odd", 36, "policy");
	expect_op_error("expect 4..8 rw private anon uffd=4", 34, "from 0 to 3");
	expect_op_error("expect 4..8 rw private anon name=x", 34, "none");
	expect_error(V "expect 4..8 rw private anon\nexpect 7..9 rw private anon\n", 3, 8,
		     "ascending order");
}

static void bytes_that_are_no_text_are_refused(void **unused)
{
	static const char nul[] = V "fork # a \0 in a comment\n";
	size_t length = strlen(V);
	char line[TEXT_LINE_MAX + 100];

	(void)unused;
	expect_error_of(nul, sizeof(nul) - 1, 2, 10, "NUL");
	expect_error_of("vma-program \0", 13, 1, 13, "NUL");
	memcpy(line, V, length);
	memset(line + length, '#', sizeof(line) - length);
	line[length + TEXT_LINE_MAX] = '\n';
	line[length + TEXT_LINE_MAX + 1] = '\0';
	expect_print(line, V "pages 64\n");
	line[length + TEXT_LINE_MAX] = '#';
	line[length + TEXT_LINE_MAX + 1] = '\n';
	expect_error_of(line, length + TEXT_LINE_MAX + 2, 2, TEXT_LINE_MAX + 1, "4096 bytes");
}

/* Every prefix of a program is refused with a place inside it, or is a program. */
static void cut_text_never_surprises(void **unused)
{
	static const char text[] = V
		"pages 16\nprofile 6.18 any\nquirks F1,F2\nrlimit as 9\novercommit never=5\n"
		"mmap 4..8 rw private file=plain@3 locked\nname 4..8 \"a\\\"b\"\n"
		"mremap 4..8 fixed=9 len=2\nuffd_register 0 4..8 missing,wp event_fork !alloc=2+\n"
		"@1 munmap addr=raw=0x10 len=2 = EINVAL\n"
		"expect 0..6 rw private anon#1 anon#2 flags=ac,gu policy=bind=0\n";
	struct program program, again;
	struct text_error error;

	(void)unused;
	program_init(&program);
	program_init(&again);
	for (size_t size = 0; size < sizeof(text); size++) {
		/* A copy of exact size, so that a sanitizer sees a read beyond the cut. */
		char *cut = malloc(size ? size : 1);
		int result;

		assert_non_null(cut);
		memcpy(cut, text, size);
		result = program_parse(&program, cut, size, &error);
		free(cut);
		if (!result)
			continue;
		assert_int_equal(result, -EINVAL);
		assert_true(error.line >= 1 && error.line <= 13);
		assert_true(error.column >= 1 && error.column <= 80);
		assert_true(strlen(error.expected) > 0);
	}
	program_done(&program);
	program_done(&again);
}

static void too_many_operations_stop_early(void **unused)
{
	size_t lines = 20 * 1000 * 1000 / 5, length = strlen(V);
	char *text = malloc(length + lines * 5 + 1);

	(void)unused;
	assert_non_null(text);
	memcpy(text, V, length);
	for (size_t i = 0; i < lines; i++)
		memcpy(text + length + i * 5, "fork\n", 5);
	expect_error_of(text, length + 4096 * 5 + 5, 4098, 1, "at most 4096 operations");
	expect_error_of(text, length + lines * 5, 4098, 1, "at most 4096 operations");
	/* As long, but nothing in it: read to its end in no time and no memory. */
	memset(text + length, '\n', lines * 5);
	text[length + lines * 5] = '\0';
	expect_print(text, V "pages 64\n");
	free(text);
}

static void too_many_expectations_stop_early(void **unused)
{
	static const char line[] = "expect count 1\n";
	size_t lines = 65537, length = strlen(V), each = strlen(line);
	char *text = malloc(length + lines * each);

	(void)unused;
	assert_non_null(text);
	memcpy(text, V, length);
	for (size_t i = 0; i < lines; i++)
		memcpy(text + length + i * each, line, each);
	expect_error_of(text, length + lines * each, 65538, 1, "65536");
	free(text);
}

static void op_print_cuts_as_snprintf_does(void **unused)
{
	struct op op = { .kind = OP_MUNLOCKALL, .space = 2 };
	struct program program;
	char line[32];

	(void)unused;
	program_init(&program);
	for (size_t size = 0; size <= 20; size++) {
		memset(line, 'x', sizeof(line));
		assert_int_equal(op_print(&program, &op, size ? line : NULL, size), 13);
		assert_int_equal(line[size], 'x');
		if (size)
			assert_int_equal(strncmp(line, "@2 munlockall", size - 1), 0);
		if (size)
			assert_int_equal(strlen(line), size <= 13 ? size - 1 : 13);
	}
	program_done(&program);
}

static void help_tells_every_word_of_the_language(void **unused)
{
	char *help = calloc(1, 65536);
	FILE *to = tmpfile();

	(void)unused;
	assert_non_null(help);
	assert_non_null(to);
	format_help(to);
	rewind(to);
	assert_true(fread(help, 1, 65535, to) > 1000);
	fclose(to);
	for (unsigned int kind = 0; kind < OP_KINDS; kind++)
		assert_non_null(strstr(help, op_rows[kind].word));
	for (const struct word *advice = advice_words; advice->word; advice++)
		assert_non_null(strstr(help, advice->word));
	for (unsigned int file = 1; file < WORLD_FILES; file++)
		assert_non_null(strstr(help, world_file_name((enum world_file)file)));
	free(help);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_line_tells_text_from_bytes),
		cmocka_unit_test(every_operation_prints_as_it_is_documented),
		cmocka_unit_test(programs_are_equal_only_to_themselves),
		cmocka_unit_test(other_spellings_become_canonical),
		cmocka_unit_test(limits_are_settings_until_an_operation_stood),
		cmocka_unit_test(settings_print_in_one_order),
		cmocka_unit_test(expectations_are_kept_where_they_stand),
		cmocka_unit_test(wrong_settings_are_refused),
		cmocka_unit_test(wrong_operations_are_refused),
		cmocka_unit_test(a_name_has_at_most_83_bytes),
		cmocka_unit_test(wrong_expectations_are_refused),
		cmocka_unit_test(bytes_that_are_no_text_are_refused),
		cmocka_unit_test(cut_text_never_surprises),
		cmocka_unit_test(too_many_operations_stop_early),
		cmocka_unit_test(too_many_expectations_stop_early),
		cmocka_unit_test(op_print_cuts_as_snprintf_does),
		cmocka_unit_test(help_tells_every_word_of_the_language),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
