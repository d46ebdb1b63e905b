/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a function in a child process and says how it ended, so that a sanitizer report, a
 * signal, a leak or an endless loop in a subject becomes a finding and not our own end.
 */
#ifndef VMAFUZZ_ISOLATE_H
#define VMAFUZZ_ISOLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum isolate_end {
	ISOLATE_RETURNED, /* status */
	ISOLATE_CRASHED,  /* kind: "SIGSEGV", "heap-use-after-free", "signed-integer-overflow" */
	ISOLATE_LEAKED,	  /* a leak sanitizer found memory lost when the child ended */
	ISOLATE_STUCK,	  /* the beat stood still for `timeout` seconds */
	ISOLATE_FAILED,	  /* no child could be made, or it ended in a way that is not ours */
};

struct isolate_result {
	enum isolate_end end;
	int status; /* what the function returned, 0..63 */
	char kind[48];
	char where[64]; /* ISOLATE_CRASHED: the first function of ours in the report; "" if it
			   names none */
	char said[160]; /* ISOLATE_CRASHED without a sanitizer: its first words, such as an
			   assertion */
};

/* Words of the child: passed on to our standard error, or kept back. */
enum isolate_voice { ISOLATE_LOUD, ISOLATE_QUIET };

/* Memory that parent and child share, zeroed; NULL if there is none. */
void *isolate_share(size_t size);
void isolate_unshare(void *shared, size_t size);

/*
 * body(context) runs in the child and returns 0..63; what it writes to standard output stands
 * after what was written before. Standard error is passed on. *beat lies in shared memory and
 * must change whenever the body gets on with its work.
 */
void isolate_run(int (*body)(void *context), void *context, const volatile uint64_t *beat,
		 double timeout, struct isolate_result *ret);
/* The same; a child that keeps quiet says nothing on our standard error. */
void isolate_run_as(enum isolate_voice voice, int (*body)(void *context), void *context,
		    const volatile uint64_t *beat, double timeout, struct isolate_result *ret);

/*
 * body() of each of `count` contexts, which lie `size` bytes apart, each in a process of its own
 * but the last; without enough processes the rest is done one after the other. Returns when all
 * have ended: whether every one returned 0.
 */
bool isolate_each(int (*body)(void *context), void *contexts, size_t size, unsigned int count);

/* The kind of the first sanitizer report in a text, into kind; false if there is none. */
bool isolate_kind_of_report(const char *text, char *kind, size_t room);

/*
 * The first function of the project in the first stack of a report, or the one whose assertion
 * failed: where a bug shows, whatever the addresses are. "" where the report names none.
 */
void isolate_place_of_report(const char *text, char *where, size_t room);

#endif
