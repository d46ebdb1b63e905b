/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands after the last operation, read out; and the names of the rules. */
#include "page.h"

#include <string.h>

static void fill_run(const struct model *m, const struct space *sp, uint32_t start,
		     struct model_run *run)
{
	const struct area *a = &sp->area[start];

	run->start = start;
	run->end = area_end(m, sp, start);
	run->attributes = a->attributes;
	run->offset = a->shift + start;
	run->anon_offset = m->settings.profile == MODEL_7_3 ? a->anon_shift + start : 0;
	run->owner = a->owner;
	run->forked = a->forked;
	run->file = a->file;
	run->object = a->object;
	run->policy = a->policy;
	run->name = a->name;
	run->context = a->context;
}

size_t model_runs(const struct model *model, unsigned int space, struct model_run *runs, size_t max)
{
	const struct space *sp = find_space(model, space);
	size_t count = 0;

	if (!sp)
		return 0;
	for (uint32_t w = 0; w < model->words; w++) {
		for (uint64_t bits = sp->starts[w]; bits; bits &= bits - 1) {
			if (count < max)
				fill_run(model, sp, w * 64 + (uint32_t)__builtin_ctzll(bits),
					 &runs[count]);
			count++;
		}
	}
	return count;
}

void model_markers(const struct model *model, unsigned int space, uint64_t *marks)
{
	const struct space *sp = find_space(model, space);

	if (sp)
		memcpy(marks, sp->markers, model->words * sizeof(uint64_t));
	else
		memset(marks, 0, model->words * sizeof(uint64_t));
}

void model_count(const struct model *model, unsigned int space, struct model_counters *counters)
{
	const struct space *sp = find_space(model, space);

	*counters = sp ? sp->count : (struct model_counters){ 0 };
}

size_t model_events(const struct model *model, const struct model_event **events)
{
	*events = model->events;
	return model->event_count;
}

struct rule_row {
	const char *id;
	const char *text;
};

static const struct rule_row rows[] = {
#define X(symbol, id, text) { id, text },
#include "cases.def"
#undef X
};

const char *model_rule(const struct model *model)
{
	return rows[model->rule].id;
}

const char *model_fail_reached(const struct model *model)
{
	return model->fail_rule == RULE_NONE ? NULL : rows[model->fail_rule].id;
}

/* Row 0, "nothing decided", is no case. */
size_t model_cases(void)
{
	return RULE_COUNT - 1;
}

const char *model_case_id(size_t index)
{
	return rows[index + 1].id;
}

const char *model_case_text(size_t index)
{
	return rows[index + 1].text;
}

uint64_t model_case_hits(const struct model *model, size_t index)
{
	return model->hits[index + 1];
}

void model_case_add(struct model *model, const struct model *other)
{
	for (size_t i = 0; i < RULE_COUNT; i++)
		model->hits[i] += other->hits[i];
}
