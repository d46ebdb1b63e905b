/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parent reads what the child says on standard error, passes it on and keeps the first
 * part, because only its words tell one sanitizer report from another.
 */
#define _GNU_SOURCE
#include "isolate.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KEPT 32768	    /* of standard error */
#define TICK_MS 50	    /* between two looks at the child */
#define TICK_END_MS 1	    /* the same once it has nothing more to say */
#define STATUS_SANITIZER 99 /* the exit code main.c gives to sanitizers */
#define STATUS_LEAK 23	    /* that of a leak sanitizer of its own */

struct watch {
	pid_t child;
	enum isolate_voice voice;
	int errors; /* the reading end of its standard error, -1 when closed */
	char kept[KEPT];
	size_t used;
};

void *isolate_share(size_t size)
{
	void *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return shared == MAP_FAILED ? NULL : shared;
}

void isolate_unshare(void *shared, size_t size)
{
	if (shared)
		munmap(shared, size);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* "stack-buffer-overflow" from "stack-buffer-overflow on address 0x...". */
static void copy_word(char *kind, size_t room, const char *word)
{
	size_t length = strcspn(word, " \n:(");

	if (length >= room)
		length = room - 1;
	memcpy(kind, word, length);
	kind[length] = '\0';
}

/* Undefined behaviour is told by a sentence; its first words are stable. */
static void kind_of_undefined(const char *sentence, char *kind, size_t room)
{
	static const struct {
		const char *begins, *kind;
	} known[] = {
		{ "signed integer overflow", "signed-integer-overflow" },
		{ "unsigned integer overflow", "unsigned-integer-overflow" },
		{ "shift exponent", "shift-out-of-bounds" },
		{ "left shift", "shift-out-of-bounds" },
		{ "index ", "index-out-of-bounds" },
		{ "load of misaligned", "misaligned-access" },
		{ "store to misaligned", "misaligned-access" },
		{ "member access within misaligned", "misaligned-access" },
		{ "load of null", "null-pointer" },
		{ "store to null", "null-pointer" },
		{ "member access within null", "null-pointer" },
		{ "null pointer passed", "null-argument" },
		{ "applying ", "pointer-overflow" },
		{ "addition of unsigned", "pointer-overflow" },
		{ "subtraction of unsigned", "pointer-overflow" },
		{ "pointer index expression", "pointer-overflow" },
		{ "division by zero", "division-by-zero" },
		{ "load of value", "invalid-value" },
		{ "negation of", "signed-integer-overflow" },
		{ "execution reached an unreachable", "unreachable" },
		{ "variable length array", "vla-bound" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strncmp(sentence, known[i].begins, strlen(known[i].begins)) == 0) {
			snprintf(kind, room, "%s", known[i].kind);
			return;
		}
	}
	snprintf(kind, room, "undefined-behaviour");
}

bool isolate_kind_of_report(const char *text, char *kind, size_t room)
{
	const char *undefined = strstr(text, "runtime error: ");
	const char *error = strstr(text, "Sanitizer: ");

	if (undefined && (!error || undefined < error)) {
		kind_of_undefined(undefined + strlen("runtime error: "), kind, room);
		return true;
	}
	if (!error)
		return false;
	error += strlen("Sanitizer: ");
	if (strncmp(error, "attempting ", 11) == 0)
		error += 11; /* "attempting double-free on ..." */
	if (strncmp(error, "detected memory leaks", 21) == 0)
		snprintf(kind, room, "leak");
	else if (strncmp(error, "SEGV", 4) == 0)
		snprintf(kind, room, "SIGSEGV"); /* as it is called in a build without one */
	else
		copy_word(kind, room, error);
	return true;
}

/* Not where a bug is: the sanitizer itself, the C library, and what has no source here. */
static bool is_foreign(const char *function, const char *file)
{
	static const char *const folders[] = { "compiler-rt", "libsanitizer", "sysdeps", "glibc" };
	static const char *const functions[] = { "free",   "malloc", "calloc",	"realloc", "memcpy",
						 "memset", "memcmp", "memmove", "strlen",  "abort",
						 "raise",  "printf", "fprintf", "strcmp",  NULL };

	if (*file == '(' || *file == '.' || strncmp(function, "__", 2) == 0)
		return true;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		const char *found = strstr(file, folders[i]);

		if (found && found < file + strcspn(file, "\n"))
			return true;
	}
	for (size_t i = 0; functions[i]; i++) {
		size_t length = strlen(functions[i]);

		if (strncmp(function, functions[i], length) == 0 && function[length] == ' ')
			return true;
	}
	return false;
}

#define WORD "abcdefghijklmnopqrstuvwxyz_ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* "prog: file.c:12: function: Assertion ..." and "file.c:12: function: condition". */
static bool place_of_assertion(const char *text, char *where, size_t room)
{
	for (const char *at = strstr(text, ".c:"); at; at = strstr(at, ".c:")) {
		size_t length;

		at += strlen(".c:");
		at += strspn(at, "0123456789");
		if (strncmp(at, ": ", 2) != 0)
			continue;
		at += 2;
		length = strspn(at,
				"abcdefghijklmnopqrstuvwxyz_ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
		if (!length || strncmp(at + length, ": ", 2) != 0)
			continue;
		snprintf(where, room, "%.*s", (int)length, at);
		return true;
	}
	return false;
}

/* "part: function() did what it must not", as the first words. */
static bool place_of_complaint(const char *text, char *where, size_t room)
{
	const char *end = strstr(text, "() "), *begin = end;

	if (!end || end > text + strcspn(text, "\n"))
		return false;
	while (begin > text && strchr(WORD, begin[-1]))
		begin--;
	snprintf(where, room, "%.*s", (int)(end - begin), begin);
	return end > begin;
}

void isolate_place_of_report(const char *text, char *where, size_t room)
{
	const char *line = text;
	bool in_stack = false;

	where[0] = '\0';
	if (place_of_assertion(text, where, room) || place_of_complaint(text, where, room))
		return;
	for (; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *word = line + strspn(line, " ");
		const char *function = strstr(word, " in ");

		if (*word != '#') {
			if (in_stack)
				return; /* what follows is where it was allocated or freed */
			continue;
		}
		in_stack = true;
		if (!function || function > line + strcspn(line, "\n"))
			continue;
		function += strlen(" in ");
		word = function + strcspn(function, " \n");
		if (*word != ' ' || is_foreign(function, word + 1))
			continue;
		snprintf(where, room, "%.*s", (int)(word - function), function);
		return;
	}
}

/* In the child. Ordinary exit(), so that a leak sanitizer looks. */
_Noreturn static void be_child(int (*body)(void *context), void *context, const int ends[2])
{
	int status;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	dup2(ends[1], STDERR_FILENO);
	close(ends[0]);
	close(ends[1]);
	status = body(context);
	fflush(stdout);
	exit(status);
}

static bool start(struct watch *watch, int (*body)(void *context), void *context)
{
	int ends[2];

	if (pipe(ends))
		return false;
	fflush(stdout);
	fflush(stderr);
	watch->child = fork();
	if (watch->child == 0)
		be_child(body, context, ends);
	close(ends[1]);
	watch->errors = ends[0];
	if (watch->child < 0) {
		close(ends[0]);
		return false;
	}
	/* Said on both sides, so that it holds whoever runs first. */
	setpgid(watch->child, watch->child);
	return true;
}

/* Waits up to a tick for words of the child and passes them on; false when there are none. */
static bool listen_once(struct watch *watch, int wait_ms)
{
	struct pollfd poll_one = { .fd = watch->errors, .events = POLLIN };
	char words[4096];
	ssize_t got;
	size_t keep;

	if (poll(&poll_one, 1, wait_ms) <= 0)
		return false;
	got = read(watch->errors, words, sizeof(words));
	if (got <= 0) {
		if (got == 0) {
			close(watch->errors);
			watch->errors = -1;
		}
		return false;
	}
	if (watch->voice == ISOLATE_LOUD)
		fwrite(words, 1, (size_t)got, stderr);
	keep = KEPT - 1 - watch->used;
	if (keep > (size_t)got)
		keep = (size_t)got;
	memcpy(watch->kept + watch->used, words, keep);
	watch->used += keep;
	return true;
}

/* The wait status of the child; false if it was stuck and had to be killed. */
static bool wait_for(struct watch *watch, const volatile uint64_t *beat, double timeout,
		     int *status)
{
	uint64_t last = *beat;
	double since = now();

	while (waitpid(watch->child, status, WNOHANG) == 0) {
		listen_once(watch, watch->errors < 0 ? TICK_END_MS : TICK_MS);
		if (*beat != last) {
			last = *beat;
			since = now();
		}
		if (now() - since < timeout)
			continue;
		kill(-watch->child, SIGKILL);
		waitpid(watch->child, status, 0);
		return false;
	}
	return true;
}

static const char *signal_word(int number)
{
	const char *word = sigabbrev_np(number);

	return word ? word : "UNKNOWN";
}

static void judge(const struct watch *watch, int status, struct isolate_result *ret)
{
	bool reported = isolate_kind_of_report(watch->kept, ret->kind, sizeof(ret->kind));

	ret->end = ISOLATE_CRASHED;
	isolate_place_of_report(watch->kept, ret->where, sizeof(ret->where));
	if (!reported)
		snprintf(ret->said, sizeof(ret->said), "%.*s", (int)strcspn(watch->kept, "\n"),
			 watch->kept);
	if (WIFSIGNALED(status)) {
		if (!reported)
			snprintf(ret->kind, sizeof(ret->kind), "SIG%s",
				 signal_word(WTERMSIG(status)));
		return;
	}
	ret->status = WEXITSTATUS(status);
	if (ret->status < 64 && ret->status != STATUS_LEAK) {
		ret->end = ISOLATE_RETURNED;
		return;
	}
	if (!reported)
		snprintf(ret->kind, sizeof(ret->kind), "exit-%d", ret->status);
	if (strcmp(ret->kind, "leak") == 0)
		ret->end = ISOLATE_LEAKED;
	else if (ret->status != STATUS_SANITIZER && !reported)
		ret->end = ISOLATE_FAILED;
}

void isolate_run(int (*body)(void *context), void *context, const volatile uint64_t *beat,
		 double timeout, struct isolate_result *ret)
{
	isolate_run_as(ISOLATE_LOUD, body, context, beat, timeout, ret);
}

void isolate_run_as(enum isolate_voice voice, int (*body)(void *context), void *context,
		    const volatile uint64_t *beat, double timeout, struct isolate_result *ret)
{
	struct watch watch = { .voice = voice, .errors = -1 };
	int status = 0;

	*ret = (struct isolate_result){ .end = ISOLATE_FAILED };
	if (!start(&watch, body, context)) {
		snprintf(ret->kind, sizeof(ret->kind), "%s", strerror(errno));
		return;
	}
	if (wait_for(&watch, beat, timeout, &status)) {
		while (watch.errors >= 0 && listen_once(&watch, 0))
			;
		watch.kept[watch.used] = '\0';
		judge(&watch, status, ret);
	} else {
		ret->end = ISOLATE_STUCK;
	}
	if (watch.errors >= 0)
		close(watch.errors);
}

#define TOGETHER_MAX 256

bool isolate_each(int (*body)(void *context), void *contexts, size_t size, unsigned int count)
{
	pid_t child[TOGETHER_MAX];
	unsigned int started = 0;
	bool fine = true;
	int status;

	fflush(NULL);
	while (started + 1 < count && started < TOGETHER_MAX) {
		child[started] = fork();
		if (child[started] < 0)
			break;
		if (child[started] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGTERM);
			_exit(body((char *)contexts + started * size));
		}
		started++;
	}
	for (unsigned int i = started; i < count; i++)
		fine &= body((char *)contexts + i * size) == 0;
	for (unsigned int i = 0; i < started; i++) {
		while (waitpid(child[i], &status, 0) < 0 && errno == EINTR)
			;
		fine &= WIFEXITED(status) && WEXITSTATUS(status) == 0;
	}
	return fine;
}
