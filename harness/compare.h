/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two observations of one operation: equal in all that is shown, or a verdict that says what
 * differs first, under which rule, in words that stay the same for the same bug.
 *
 * Only what `facts` says is compared. Which difference is reported when there are several
 * is fixed: the result, then spaces, bounds, attributes in order of address, guard markers,
 * counters, hook events.
 */
#ifndef VMAFUZZ_COMPARE_H
#define VMAFUZZ_COMPARE_H

#include <stdbool.h>
#include <stdint.h>

#include "subject.h"
#include "trace.h"

/* X(name, word in signatures, words for a title) */
#define VERDICT_CLASSES(X)                                                                         \
	X(AGREE, "agree", "agree")                                                                 \
	X(WRONG_RESULT, "wrong-result", "wrong result")                                            \
	X(MISSED_MERGE, "missed-merge", "missed merge")                                            \
	X(WRONG_MERGE, "wrong-merge", "wrong merge")                                               \
	X(WRONG_LAYOUT, "wrong-layout", "wrong layout")                                            \
	X(WRONG_FLAGS, "wrong-flags", "wrong flags")                                               \
	X(WRONG_OFFSET, "wrong-offset", "wrong offset")                                            \
	X(WRONG_FILE, "wrong-file", "wrong file")                                                  \
	X(WRONG_ANON, "wrong-anon", "wrong anon_vma")                                              \
	X(WRONG_ATTRIBUTE, "wrong-attribute", "wrong attribute")                                   \
	X(WRONG_GUARD, "wrong-guard", "wrong guard marker")                                        \
	X(WRONG_COUNT, "wrong-count", "wrong VMA count")                                           \
	X(WRONG_ACCOUNTING, "wrong-accounting", "wrong accounting")                                \
	X(WRONG_HOOKS, "wrong-hooks", "wrong hooks")                                               \
	X(WRONG_TRACEPOINT, "wrong-tracepoint", "wrong trace event")                               \
	X(INVALID_STATE, "invalid-state", "invalid state")                                         \
	X(LEAK, "leak", "leak")                                                                    \
	X(NONDETERMINISM, "nondeterminism", "nondeterminism")                                      \
	X(EXPECTATION, "expectation", "expectation not met")                                       \
	X(CRASH, "crash", "crash")                                                                 \
	X(TIMEOUT, "timeout", "timeout")

#define VERDICT_ENUM(name, word, title) VERDICT_##name,
enum verdict_class { VERDICT_CLASSES(VERDICT_ENUM) VERDICT_CLASS_COUNT };
#undef VERDICT_ENUM

#define VERDICT_NO_PAGE UINT32_MAX
#define VERDICT_NO_SPACE UINT32_MAX
/* Where a verdict is not about an operation: at the start, or when all spaces end. */
#define VERDICT_AT_BEGIN UINT32_MAX
#define VERDICT_AT_END (UINT32_MAX - 1)

/* Plain data: it is copied and travels between processes. */
struct verdict {
	enum verdict_class class;
	uint32_t op;	     /* index, VERDICT_AT_BEGIN or VERDICT_AT_END */
	uint32_t space;	     /* @N, VERDICT_NO_SPACE if it is about none */
	uint32_t page;	     /* the first that differs, VERDICT_NO_PAGE if it is about none */
	uint32_t line;	     /* EXPECTATION: of the text, 0 if unknown */
	bool of_model;	     /* EXPECTATION: it is the model that does not meet it */
	char rule[120];	     /* the last part of the signature: "4.2" */
	char rules[160];     /* "MRG-1 / 4.2 (equal attributes ... must merge)" */
	char message[240];   /* one sentence: who has what */
	char detail[48];     /* what differs, without place: "ok-for-EINVAL", "gu"; or "" */
	char signature[160]; /* class/operation/rule */
};

const char *verdict_class_word(enum verdict_class class);
const char *verdict_class_title(enum verdict_class class);

/* One comparison. Everything is borrowed. */
struct comparison {
	const struct program *program;	  /* settings resolved */
	uint32_t index;			  /* operation, VERDICT_AT_BEGIN or VERDICT_AT_END */
	const struct observation *before; /* what stood before it; NULL at the start */
	const struct observation *expect, *seen;
	uint32_t facts;
	const char *rule; /* the model's: what its last decision rested on; may be "" */
};

/*
 * Live spaces in ascending order of number as slots; returns how many. Numbers do not tell
 * slots: a subject may use slots again.
 */
static inline unsigned int observation_order(const struct observation *seen,
					     uint8_t slot[PROGRAM_SPACES])
{
	unsigned int count = 0;

	for (uint8_t i = 0; i < PROGRAM_SPACES; i++) {
		unsigned int at = count;

		if (!seen->space[i].alive)
			continue;
		while (at && seen->space[slot[at - 1]].number > seen->space[i].number) {
			slot[at] = slot[at - 1];
			at--;
		}
		slot[at] = i;
		count++;
	}
	return count;
}

/* The space with this number, or NULL. */
const struct seen_space *observation_space(const struct observation *seen, uint32_t number);

/* Whether result, events and spaces agree; *checks grows by the number of values compared. */
bool compare_equal(const struct comparison *comparison, uint64_t *checks);
/*
 * The same, and trace_operation() if they agree: of what the subject shows if it shows
 * everything, else of the expectation. One pass over both.
 */
bool compare_and_trace(const struct comparison *comparison, uint64_t *checks, struct trace *trace);
/* The same for the result and the events alone (when the spaces have ended). */
bool compare_equal_answer(const struct comparison *comparison, uint64_t *checks);
/* Whether two VMAs agree in their bounds and in all that is shown. */
bool compare_vmas_equal(const struct seen_vma *a, const struct seen_vma *b, uint32_t facts);
/* What differs; to be called when they are not equal. class stays AGREE if nothing does. */
void compare_classify(const struct comparison *comparison, struct verdict *verdict);

/*
 * Whether what a program states holds after `comparison->index`: its result, then the
 * expectations that stand there, on the subject and on the model separately.
 */
bool compare_expectations(const struct comparison *comparison, uint64_t *checks,
			  struct verdict *verdict);

/* Fills a verdict of a class that needs no comparison (a subject's own check, a crash, ...). */
void verdict_set(struct verdict *verdict, const struct comparison *comparison,
		 enum verdict_class class, const char *rule, const char *message);

/*
 * Why two areas that touch may not be one, as the chapter of the rule ("2.3", "2.6", ...);
 * NULL if nothing in them forbids it. For reports and for wrong merges.
 */
const char *compare_refusal(const struct seen_vma *left, const struct seen_vma *right,
			    enum profile profile);

/* "EINVAL" or "0" or "page 12" or "-". */
void result_print(const struct seen_result *result, char *buffer, size_t size);

#endif
