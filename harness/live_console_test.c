/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "live_console.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int console_of(const char *text)
{
	int fd = memfd_create("console", 0);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	return fd;
}

static void says(int console, const char *text)
{
	assert_int_equal(write(console, text, strlen(text)), strlen(text));
}

static void each_word_is_heard_once(void **unused)
{
	int console = console_of("[    0.04] tsc: Unable to calibrate against PIT\r\n");
	uint64_t heard = 0;

	(void)unused;
	assert_false(console_complains(console, &heard));
	says(console, "[    9.1] ------------[ cut here ]------------\r\n"
		      "[    9.1] WARNING: CPU: 0 PID: 77 at mm/vma.c:12 vma_merge+0x1/0x2\r\n");
	assert_true(console_complains(console, &heard));
	assert_false(console_complains(console, &heard));
	says(console, "[    9.2] BUG: Bad rss-counter state mm:1 type:MM_ANONPAGES val:1\r\n");
	assert_true(console_complains(console, &heard));
	close(console);
}

static void the_first_complaint_counts_else_the_last_line(void **unused)
{
	int console = console_of("[    0.04] one\r\n[    0.05] two\r\n");
	char line[CONSOLE_LINE];

	(void)unused;
	console_complaint(console, line);
	assert_string_equal(line, "two");
	says(console, "[    1.0] WARNING: first\r\n[    1.0] Call Trace:\r\n"
		      "[    1.1] Kernel panic - not syncing\r\n");
	console_complaint(console, line);
	assert_string_equal(line, "WARNING: first");
	close(console);
	console = console_of("");
	console_complaint(console, line);
	assert_string_equal(line, "");
	close(console);
}

static void logs_do_not_replace_each_other(void **unused)
{
	char folder[] = "/tmp/vmafuzz-console-XXXXXX", path[CONSOLE_PATH], text[16] = "";
	int console = console_of("words\n");
	FILE *log;

	(void)unused;
	assert_non_null(mkdtemp(folder));
	for (int number = 1; number <= 2; number++) {
		char expected[64];

		assert_true(console_save(console, folder, path));
		snprintf(expected, sizeof(expected), "%s/console-%d.log", folder, number);
		assert_string_equal(path, expected);
		log = fopen(path, "r");
		assert_non_null(log);
		assert_non_null(fgets(text, sizeof(text), log));
		assert_string_equal(text, "words\n");
		fclose(log);
		remove(path);
		/* Keeps the name of the first taken. */
		if (number == 1)
			fclose(fopen(path, "w"));
	}
	snprintf(path, sizeof(path), "%s/console-1.log", folder);
	remove(path);
	rmdir(folder);
	close(console);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_word_is_heard_once),
		cmocka_unit_test(the_first_complaint_counts_else_the_last_line),
		cmocka_unit_test(logs_do_not_replace_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
