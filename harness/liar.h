/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A subject for tests: a second model that tells the truth but for one lie at one operation.
 * What a lie changes and which verdict it must get is the test's business.
 */
#ifndef VMAFUZZ_LIAR_H
#define VMAFUZZ_LIAR_H

#include <signal.h>
#include <stdlib.h>

#include "oracle.h"
#include "settings.h"
#include "subject.h"

struct liar {
	struct subject subject;
	struct oracle *oracle;
	uint32_t at; /* operation to lie at; VERDICT_AT_END: when all ends */
	uint32_t now;
	void (*lie)(struct observation *seen); /* NULL: an honest subject */
	const char *(*excuse)(uint32_t index); /* why an operation is skipped, or NULL */
	const char *invalid;		       /* what validate() says from `at` on */
	uint32_t alloc_point; /* operations with alloc_nth fail at this point of the model */
	uint32_t crash_at;    /* raises SIGSEGV from there on if not 0 */
	uint64_t programs;
	uint64_t lies_in; /* only the program of this number (from 1) is lied about; 0: all */
};

static inline bool liar_lies(const struct liar *liar)
{
	return !liar->lies_in || liar->lies_in == liar->programs;
}

static int liar_begin(struct subject *self, const struct program *program, const char **why)
{
	struct liar *liar = (struct liar *)self;

	(void)why;
	oracle_begin(liar->oracle, &program->settings);
	liar->now = UINT32_MAX;
	liar->programs++;
	return 0;
}

static int liar_apply(struct subject *self, const struct program *program, uint32_t index,
		      struct observation *seen, const char **why)
{
	struct liar *liar = (struct liar *)self;
	const struct op *op = &program->ops[index];
	bool fails = op->alloc_nth && liar->alloc_point;

	if (liar->excuse && liar->excuse(index)) {
		*why = liar->excuse(index);
		return SUBJECT_SKIP;
	}
	if (liar->crash_at && index >= liar->crash_at && liar_lies(liar)) {
		signal(SIGSEGV, SIG_DFL);
		raise(SIGSEGV);
	}
	if (fails)
		oracle_fail_at(liar->oracle, liar->alloc_point, op->alloc_onward);
	oracle_apply(liar->oracle, program, index, seen);
	seen->alloc_failed = fails && oracle_fail_reached(liar->oracle) ? 1 : 0;
	liar->now = index;
	return 0;
}

static uint32_t liar_observe(struct subject *self, struct observation *seen)
{
	struct liar *liar = (struct liar *)self;

	oracle_observe(liar->oracle, seen);
	if (liar->lie && liar->now == liar->at && liar_lies(liar))
		liar->lie(seen);
	return self->facts;
}

static const char *liar_validate(struct subject *self)
{
	const struct liar *liar = (const struct liar *)self;

	return liar->invalid && liar->now == liar->at ? liar->invalid : NULL;
}

static int liar_end(struct subject *self, struct observation *seen, const char **why)
{
	struct liar *liar = (struct liar *)self;

	(void)why;
	oracle_end(liar->oracle, seen);
	liar->now = UINT32_MAX - 1;
	if (liar->lie && liar->now == liar->at && liar_lies(liar))
		liar->lie(seen);
	return 0;
}

static void liar_describe(struct subject *self, void (*line)(void *to, const char *text), void *to)
{
	(void)self;
	line(to, "a model that lies");
}

static void liar_destroy(struct subject *self)
{
	struct liar *liar = (struct liar *)self;

	oracle_free(liar->oracle);
	liar->oracle = NULL;
}

/* 0 or -1. */
static int liar_init(struct liar *liar)
{
	*liar = (struct liar){
		.subject = {
			.name = "liar",
			.default_profile = PROFILE_7_3,
			.default_gap = 4,
			.facts = FACT_ALL,
			.begin = liar_begin,
			.apply = liar_apply,
			.observe = liar_observe,
			.validate = liar_validate,
			.end = liar_end,
			.describe = liar_describe,
			.destroy = liar_destroy,
		},
	};
	liar->oracle = oracle_new();
	return liar->oracle ? 0 : -1;
}

#endif
