/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace.h"

static const uint64_t factor[TRACE_LANES] = {
	UINT64_C(0x9e3779b97f4a7c15), UINT64_C(0xbf58476d1ce4e5b9), UINT64_C(0x94d049bb133111eb),
};

static inline uint64_t rotate(uint64_t word, unsigned int by)
{
	return word << by | word >> (64 - by);
}

static inline uint64_t mix(uint64_t lane, uint64_t word, unsigned int which)
{
	/* The product's high bits know every bit below them; bring them down for the next. */
	return rotate((lane ^ word) * factor[which], 29);
}

/*
 * Two words for one multiplication: the second goes in behind it and waits for the next. It
 * is turned so that its low bits do not lie on those of the next first word.
 */
static inline uint64_t mix_two(uint64_t lane, uint64_t first, uint64_t second, unsigned int which)
{
	return rotate((lane ^ first) * factor[which], 29) + rotate(second, 15);
}

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

static void trace_space(struct trace *trace, const struct seen_space *space)
{
	/* Local copies: the compiler cannot know that the VMAs are not the lanes. */
	uint64_t a = mix(trace->lane[0], pair(space->vmas, space->number), 0);
	uint64_t b = trace->lane[1], c = trace->lane[2];

	for (uint32_t i = 0; i < space->vmas; i++) {
		const struct seen_vma *vma = &space->vma[i];
		uint32_t small = (uint32_t)vma->name << 16 | vma->policy;

		a = mix_two(a, pair(vma->start, vma->end), vma->flags, 0);
		b = mix_two(b, vma->pgoff, vma->virt_pgoff, 1);
		c = mix_two(c, pair(vma->anon, vma->file),
			    pair(small, (uint32_t)vma->uffd << 8 | vma->chain), 2);
	}
	trace->lane[0] = a;
	trace->lane[1] = b;
	trace->lane[2] = c;
}

void trace_operation(struct trace *trace, const struct observation *seen)
{
	const struct seen_result *result = &seen->result;

	trace->lane[1] = mix_two(trace->lane[1], pair(result->form, (uint32_t)result->error),
				 result->value, 1);
	trace->lane[2] = mix(trace->lane[2], seen->events, 2);
	for (uint32_t i = 0; i < seen->events; i++) {
		const struct seen_event *event = &seen->event[i];
		uint32_t who = event->kind | (uint32_t)event->space << 8 |
			       (uint32_t)event->file << 16;

		trace->lane[2] = mix_two(trace->lane[2], pair(event->start, event->end),
					 pair(event->at, who), 2);
	}
	for (unsigned int i = 0; i < PROGRAM_SPACES; i++)
		if (seen->space[i].alive)
			trace_space(trace, &seen->space[i]);
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
