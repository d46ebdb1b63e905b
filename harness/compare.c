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

_Static_assert(sizeof(struct seen_vma) == 6 * sizeof(uint64_t), "a VMA is six words, the last one padded");

/* All ones but for the padding, which may hold anything. */
static const struct seen_vma vma_ones = {
	.start = UINT32_MAX,
	.end = UINT32_MAX,
	.flags = UINT64_MAX,
	.pgoff = UINT64_MAX,
	.virt_pgoff = UINT64_MAX,
	.anon = UINT32_MAX,
	.file = UINT32_MAX,
	.chain = UINT8_MAX,
	.uffd = UINT8_MAX,
	.policy = UINT16_MAX,
	.name = UINT16_MAX,
};

static inline uint64_t word_of_vma(const struct seen_vma *vma, size_t i)
{
	uint64_t word;

	memcpy(&word, (const char *)vma + i * sizeof(word), sizeof(word));
	return word;
}

/* Word by word: half of the loads that fields would take. */
static inline uint64_t vma_differences(const struct seen_vma *a, const struct seen_vma *b)
{
	uint64_t last = (word_of_vma(a, 5) ^ word_of_vma(b, 5)) & word_of_vma(&vma_ones, 5);

	return (word_of_vma(a, 0) ^ word_of_vma(b, 0)) | (word_of_vma(a, 1) ^ word_of_vma(b, 1)) |
	       (word_of_vma(a, 2) ^ word_of_vma(b, 2)) | (word_of_vma(a, 3) ^ word_of_vma(b, 3)) |
	       (word_of_vma(a, 4) ^ word_of_vma(b, 4)) | last;
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
		differences |= vma_differences(&a->vma[i], &b->vma[i]);
	for (uint32_t i = 0; i < words; i++)
		differences |= a->guard[i] ^ b->guard[i];
	*checks += 2 + COUNTERS + words + (uint64_t)a->vmas * VALUES_PER_VMA;
	return !differences;
}

static bool vmas_equal(const struct seen_vma *a, const struct seen_vma *b, uint32_t facts)
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
		if (!vmas_equal(&a->vma[i], &b->vma[i], facts))
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

/* Everything is shown and both sides keep the same spaces in the same slots: the usual case. */
static inline bool slots_match(const struct observation *expect, const struct observation *seen)
{
	uint32_t differences = 0;

	for (unsigned int i = 0; i < PROGRAM_SPACES; i++)
		differences |= (uint32_t)(expect->space[i].alive ^ seen->space[i].alive) |
			       (uint32_t)(expect->space[i].alive &&
					  expect->space[i].number != seen->space[i].number);
	return !differences;
}

static bool slots_equal_fully(const struct comparison *comparison, uint64_t *checks)
{
	uint32_t pages = comparison->program->settings.pages;

	for (unsigned int i = 0; i < PROGRAM_SPACES; i++) {
		const struct seen_space *expect = &comparison->expect->space[i];

		if (expect->alive &&
		    !spaces_equal_fully(expect, &comparison->seen->space[i], pages, checks))
			return false;
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

		if ((facts & FACT_ALL) == FACT_ALL ?
			    !spaces_equal_fully(x, y, pages, checks) :
			    !spaces_equal_partly(x, y, pages, facts, checks))
			return false;
	}
	return true;
}

bool compare_equal(const struct comparison *comparison, uint64_t *checks)
{
	if (!compare_equal_answer(comparison, checks))
		return false;
	if (!(comparison->facts & FACT_LAYOUT))
		return true;
	if ((comparison->facts & FACT_ALL) == FACT_ALL &&
	    slots_match(comparison->expect, comparison->seen))
		return slots_equal_fully(comparison, checks);
	return spaces_equal(comparison, checks);
}
