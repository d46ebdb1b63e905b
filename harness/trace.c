/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace.h"

static const uint64_t factor[TRACE_LANES] = { TRACE_FACTOR_A, TRACE_FACTOR_B, TRACE_FACTOR_C };

static uint64_t finish(uint64_t hash)
{
	hash ^= hash >> 32;
	hash *= UINT64_C(0xd6e8feb86659fd93);
	hash ^= hash >> 29;
	hash *= UINT64_C(0xbf58476d1ce4e5b9);
	return hash ^ hash >> 32;
}

static inline uint64_t pair(uint32_t low, uint32_t high)
{
	return (uint64_t)high << 32 | low;
}

void trace_begin(struct trace *trace)
{
	for (unsigned int i = 0; i < TRACE_LANES; i++)
		trace->lane[i] = factor[i];
}

void trace_answer(struct trace *trace, const struct observation *seen)
{
	const struct seen_result *result = &seen->result;

	trace->lane[1] = trace_mix(trace->lane[1], pair(result->form, (uint32_t)result->error),
				   result->value, TRACE_FACTOR_B);
	trace->lane[2] = trace_mix(trace->lane[2], seen->events, 0, TRACE_FACTOR_C);
	for (uint32_t i = 0; i < seen->events; i++) {
		const struct seen_event *event = &seen->event[i];
		uint32_t who =
			event->kind | (uint32_t)event->space << 8 | (uint32_t)event->file << 16;

		trace->lane[2] = trace_mix(trace->lane[2], pair(event->start, event->end),
					   pair(event->at, who), TRACE_FACTOR_C);
	}
}

void trace_operation(struct trace *trace, const struct observation *seen)
{
	trace_answer(trace, seen);
	for (unsigned int i = 0; i < PROGRAM_SPACES; i++) {
		const struct seen_space *space = &seen->space[i];

		if (!space->alive)
			continue;
		trace_space(trace, space);
		for (uint32_t j = 0; j < space->vmas; j++)
			trace_words(trace, seen_words_of(&space->vma[j]));
	}
}

uint64_t trace_hash(const struct trace *trace)
{
	uint64_t hash = 0;

	for (unsigned int i = 0; i < TRACE_LANES; i++)
		hash = finish(hash ^ trace->lane[i]) + factor[i];
	return hash;
}

uint64_t trace_share(uint64_t hash, uint64_t program)
{
	return finish(hash ^ finish(program + factor[0]));
}
