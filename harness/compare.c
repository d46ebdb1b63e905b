/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether two observations are equal. It runs after every operation, so the subject that
 * shows everything has a path of its own: no branch per field, no copy. What a difference
 * means is compare_classify()'s business.
 */
#include "compare.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "compare_facts.h"
#include "seen_words.h"

const char *verdict_class_word(enum verdict_class class)
{
	static const char *const words[] = {
#define X(name, word, title) [VERDICT_##name] = word,
		VERDICT_CLASSES(X)
#undef X
	};

	return (unsigned int)class < VERDICT_CLASS_COUNT ? words[class] : "?";
}

const char *verdict_class_title(enum verdict_class class)
{
	static const char *const titles[] = {
#define X(name, word, title) [VERDICT_##name] = title,
		VERDICT_CLASSES(X)
#undef X
	};

	return (unsigned int)class < VERDICT_CLASS_COUNT ? titles[class] : "?";
}

const struct seen_space *observation_space(const struct observation *seen, uint32_t number)
{
	for (unsigned int i = 0; i < PROGRAM_SPACES; i++)
		if (seen->space[i].alive && seen->space[i].number == number)
			return &seen->space[i];
	return NULL;
}

void result_print(const struct seen_result *result, char *buffer, size_t size)
{
	if (result->form == RESULT_NOOP) {
		snprintf(buffer, size, "-");
	} else if (result->form == RESULT_ERRNO) {
		const char *name = errno_name(result->error);

		if (name)
			snprintf(buffer, size, "%s", name);
		else
			snprintf(buffer, size, "errno %d", (int)result->error);
	} else if (result->value % PAGE_BYTES) {
		snprintf(buffer, size, "%" PRIu64 "+%" PRIu64, result->value / PAGE_BYTES,
			 result->value % PAGE_BYTES);
	} else {
		snprintf(buffer, size, "%" PRIu64, result->value / PAGE_BYTES);
	}
}

static bool results_equal(const struct seen_result *a, const struct seen_result *b)
{
	if (a->form != b->form)
		return false;
	if (a->form == RESULT_ERRNO)
		return a->error == b->error;
	return a->form != RESULT_VALUE || a->value == b->value;
}

static bool events_equal(const struct observation *a, const struct observation *b)
{
	uint32_t differences = 0;

	if (a->events != b->events)
		return false;
	for (uint32_t i = 0; i < a->events; i++) {
		const struct seen_event *x = &a->event[i], *y = &b->event[i];

		differences |= (uint32_t)(x->kind ^ y->kind) | (uint32_t)(x->space ^ y->space) |
			       (uint32_t)(x->file ^ y->file) | (x->start ^ y->start) |
			       (x->end ^ y->end) | (x->at ^ y->at);
	}
	return !differences;
}

bool compare_equal_answer(const struct comparison *comparison, uint64_t *checks)
{
	const struct observation *expect = comparison->expect, *seen = comparison->seen;

	*checks += 1;
	if (!results_equal(&expect->result, &seen->result))
		return false;
	if (!(comparison->facts & FACT_EVENTS))
		return true;
	*checks += 1 + expect->events;
	return events_equal(expect, seen);
}

static inline uint64_t counter_differences(const struct seen_space *a, const struct seen_space *b)
{
	return (uint64_t)((a->vma_count ^ b->vma_count) | (a->total_vm ^ b->total_vm) |
			  (a->data_vm ^ b->data_vm) | (a->exec_vm ^ b->exec_vm) |
			  (a->stack_vm ^ b->stack_vm) | (a->locked_vm ^ b->locked_vm) |
			  (a->committed ^ b->committed));
}

#define VALUES_PER_VMA 11
#define COUNTERS 7

static bool spaces_equal_fully(const struct seen_space *a, const struct seen_space *b,
			       uint32_t pages, uint64_t *checks)
{
	uint32_t words = (pages + 63) / 64;
	uint64_t differences = counter_differences(a, b);

	if (a->number != b->number || a->vmas != b->vmas)
		return false;
	for (uint32_t i = 0; i < a->vmas; i++)
		differences |=
			seen_words_differ(seen_words_of(&a->vma[i]), seen_words_of(&b->vma[i]));
	for (uint32_t i = 0; i < words; i++)
		differences |= a->guard[i] ^ b->guard[i];
	*checks += 2 + COUNTERS + words + (uint64_t)a->vmas * VALUES_PER_VMA;
	return !differences;
}

bool compare_vmas_equal(const struct seen_vma *a, const struct seen_vma *b, uint32_t facts)
{
	if (a->start != b->start || a->end != b->end)
		return false;
	if ((a->flags ^ b->flags) & flags_shown(facts))
		return false;
	if (!offsets_equal(a, b, facts) || !files_equal(a, b, facts))
		return false;
	if ((facts & FACT_ANON) && (a->anon != b->anon || a->chain != b->chain))
		return false;
	if ((facts & FACT_POLICY) && a->policy != b->policy)
		return false;
	if ((facts & FACT_NAME) && a->name != b->name)
		return false;
	return !(facts & FACT_UFFD) || a->uffd == b->uffd;
}

static bool spaces_equal_partly(const struct seen_space *a, const struct seen_space *b,
				uint32_t pages, uint32_t facts, uint64_t *checks)
{
	if (a->number != b->number || a->vmas != b->vmas)
		return false;
	*checks += 2 + (uint64_t)a->vmas * 3;
	for (uint32_t i = 0; i < a->vmas; i++)
		if (!compare_vmas_equal(&a->vma[i], &b->vma[i], facts))
			return false;
	if (facts & FACT_COUNTERS) {
		*checks += COUNTERS;
		if (counter_differences(a, b))
			return false;
	}
	if (facts & FACT_GUARDS) {
		*checks += (pages + 63) / 64;
		return !memcmp(a->guard, b->guard, (pages + 63) / 64 * sizeof(*a->guard));
	}
	return true;
}

static bool spaces_equal(const struct comparison *comparison, uint64_t *checks)
{
	const struct observation *expect = comparison->expect, *seen = comparison->seen;
	uint32_t pages = comparison->program->settings.pages;
	uint32_t facts = comparison->facts;
	uint8_t a[PROGRAM_SPACES], b[PROGRAM_SPACES];
	unsigned int count = observation_order(expect, a);

	if (observation_order(seen, b) != count)
		return false;
	for (unsigned int i = 0; i < count; i++) {
		const struct seen_space *x = &expect->space[a[i]], *y = &seen->space[b[i]];

		if ((facts & FACT_ALL) == FACT_ALL
			    ? !spaces_equal_fully(x, y, pages, checks)
			    : !spaces_equal_partly(x, y, pages, facts, checks))
			return false;
	}
	return true;
}

bool compare_equal(const struct comparison *comparison, uint64_t *checks)
{
	if (!compare_equal_answer(comparison, checks))
		return false;
	return !(comparison->facts & FACT_LAYOUT) || spaces_equal(comparison, checks);
}

/* Compares a space that is shown fully and adds it to the trace, reading each VMA once. */
static inline bool space_equal_traced(const struct seen_space *a, const struct seen_space *b,
				      uint32_t words, struct trace *trace)
{
	uint64_t differences = counter_differences(a, b);
	struct trace lanes = trace_copy(trace);

	if (a->vmas != b->vmas)
		return false;
	trace_space(&lanes, b);
	for (uint32_t i = 0; i < b->vmas; i++) {
		struct seen_words seen = seen_words_of(&b->vma[i]);

		differences |= seen_words_differ(seen_words_of(&a->vma[i]), seen);
		trace_words(&lanes, seen);
	}
	for (uint32_t i = 0; i < words; i++)
		differences |= a->guard[i] ^ b->guard[i];
	*trace = trace_copy(&lanes);
	return !differences;
}

/* Everything is shown, and both sides keep the same spaces in the same slots: the usual case. */
static bool slots_equal_traced(const struct comparison *comparison, uint64_t *checks,
			       struct trace *trace)
{
	const struct observation *expect = comparison->expect, *seen = comparison->seen;
	uint32_t words = (comparison->program->settings.pages + 63) / 64;
	uint64_t vmas = 0, spaces = 0;

	for (unsigned int i = 0; i < PROGRAM_SPACES; i++) {
		const struct seen_space *a = &expect->space[i], *b = &seen->space[i];

		if (a->alive != b->alive)
			return false;
		if (!a->alive)
			continue;
		if (a->number != b->number || !space_equal_traced(a, b, words, trace))
			return false;
		vmas += a->vmas;
		spaces++;
	}
	*checks += spaces * (2 + COUNTERS + words) + vmas * VALUES_PER_VMA;
	return true;
}

bool compare_and_trace(const struct comparison *comparison, uint64_t *checks, struct trace *trace)
{
	bool full = (comparison->facts & FACT_ALL) == FACT_ALL;
	struct trace before = trace_copy(trace);

	if (!compare_equal_answer(comparison, checks))
		return false;
	trace_answer(trace, full ? comparison->seen : comparison->expect);
	if (full && slots_equal_traced(comparison, checks, trace))
		return true;
	*trace = trace_copy(&before);
	if ((comparison->facts & FACT_LAYOUT) && !spaces_equal(comparison, checks))
		return false;
	trace_operation(trace, full ? comparison->seen : comparison->expect);
	return true;
}
