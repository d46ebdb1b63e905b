/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of a model, what it shows after an operation, and the limits every operation
 * asks (1.4 to 1.8).
 */
#include "page.h"

#include <stdlib.h>
#include <string.h>

struct model *model_new(void)
{
	return calloc(1, sizeof(struct model));
}

void model_free(struct model *model)
{
	free(model);
}

void clear_space(const struct model *m, struct space *sp, unsigned int number)
{
	size_t bytes = m->words * sizeof(uint64_t);

	sp->number = number;
	sp->count = (struct model_counters){ 0 };
	memset(sp->starts, 0, bytes);
	memset(sp->mapped, 0, bytes);
	memset(sp->markers, 0, bytes);
}

/* STICKY and IGNORE of 1.2. Without soft-dirty configured the flag is the empty set (D4). */
static void choose_sets(struct model *m)
{
	uint64_t dirty = m->settings.soft_dirty ? A(soft_dirty) : 0;

	m->sticky = 0;
	if (!is_before_6_18(m))
		m->sticky |= A(maybe_guard);
	if (m->settings.profile == MODEL_7_3)
		m->sticky |= dirty;
	m->ignore = m->sticky | A(soft_dirty);
}

static void begin_process(const struct model *m, struct process *process)
{
	*process = (struct process){ .limits = { [LIMIT_AS] = m->settings.limit_as,
						 [LIMIT_DATA] = m->settings.limit_data,
						 [LIMIT_STACK] = m->settings.limit_stack,
						 [LIMIT_MEMLOCK] = m->settings.limit_memlock },
				     .heap_end = m->settings.base };
}

void model_begin(struct model *model, const struct model_settings *settings,
		 const struct model_file *files, unsigned int file_count)
{
	struct model *m = model;

	m->settings = *settings;
	if (m->settings.pages > MODEL_PAGES_MAX)
		m->settings.pages = MODEL_PAGES_MAX;
	if (file_count > MODEL_FILES_MAX + 1)
		file_count = MODEL_FILES_MAX + 1;
	m->file_count = file_count ? file_count : 1;
	if (file_count)
		memcpy(m->files, files, file_count * sizeof(*files));
	m->base_page = m->settings.base >> PAGE_SHIFT;
	m->words = (m->settings.pages + 63) / 64;
	choose_sets(m);
	m->committed = 0;
	m->last_owner = m->last_object = 0;
	m->forks = 0;
	m->policy_count = 1;
	m->fail_next = m->fail_at = m->points = 0;
	m->onward_next = m->onward = m->give_up = false;
	m->fail_rule = m->rule = RULE_NONE;
	m->event_count = 0;
	for (unsigned int i = 1; i < MODEL_SPACES; i++)
		m->spaces[i].alive = false;
	clear_space(m, &m->spaces[0], 0);
	begin_process(m, &m->spaces[0].process);
	m->spaces[0].alive = true;
}

/* Only what lies in the window is copied, and of that only the first pages of areas. */
static void copy_space(const struct model *m, struct space *to, const struct space *from)
{
	size_t bytes = m->words * sizeof(uint64_t);

	to->alive = from->alive;
	if (!from->alive)
		return;
	to->number = from->number;
	to->process = from->process;
	to->count = from->count;
	memcpy(to->starts, from->starts, bytes);
	memcpy(to->mapped, from->mapped, bytes);
	memcpy(to->markers, from->markers, bytes);
	for (uint32_t w = 0; w < m->words; w++) {
		for (uint64_t bits = from->starts[w]; bits; bits &= bits - 1) {
			uint32_t p = w * 64 + (uint32_t)__builtin_ctzll(bits);

			to->area[p] = from->area[p];
		}
	}
}

void model_copy(struct model *to, const struct model *from)
{
	memcpy(to, from, offsetof(struct model, files));
	memcpy(to->files, from->files, from->file_count * sizeof(from->files[0]));
	memcpy(to->events, from->events, from->event_count * sizeof(from->events[0]));
	memcpy(to->policies, from->policies, from->policy_count * sizeof(from->policies[0]));
	for (unsigned int i = 0; i < MODEL_SPACES; i++)
		copy_space(from, &to->spaces[i], &from->spaces[i]);
}

const struct space *find_space(const struct model *m, unsigned int number)
{
	for (unsigned int i = 0; i < MODEL_SPACES; i++) {
		if (m->spaces[i].alive && m->spaces[i].number == number)
			return &m->spaces[i];
	}
	return NULL;
}

bool model_alive(const struct model *model, unsigned int space)
{
	return find_space(model, space) != NULL;
}

unsigned int model_spaces_alive(const struct model *model)
{
	unsigned int alive = 0;

	for (unsigned int i = 0; i < MODEL_SPACES; i++)
		alive += model->spaces[i].alive;
	return alive;
}

void model_fail_at(struct model *model, unsigned int point, bool onward)
{
	model->fail_next = point;
	model->onward_next = onward;
}

/* Begins an operation on a space: the events of the last one go, a failure point is armed. */
struct space *model_enter(struct model *m, unsigned int number)
{
	m->event_count = 0;
	m->rule = m->fail_rule = RULE_NONE;
	m->points = 0;
	m->fail_at = m->fail_next;
	m->onward = m->onward_next;
	m->fail_next = 0;
	m->onward_next = false;
	return (struct space *)find_space(m, number);
}

struct extent clip(const struct model *m, uint64_t from, uint64_t to)
{
	uint64_t base = m->settings.base, top = window_top(m);
	struct extent x = { .before = from<base, .after = to> top };

	from = from < base ? base : from > top ? top : from;
	to = to < base ? base : to > top ? top : to;
	x.start = (uint32_t)((from - base) >> PAGE_SHIFT);
	x.end = (uint32_t)((to - base) >> PAGE_SHIFT);
	return x;
}

/* ---- limits ------------------------------------------------------------------------------ */

/* The class of 1.4, first match wins. */
static int64_t *class_of(struct model_counters *count, uint64_t attributes)
{
	if ((attributes & (A(execute) | A(write) | A(grows_down))) == A(execute))
		return &count->executable;
	if (attributes & (A(grows_down) | A(shadow_stack)))
		return &count->stack;
	if ((attributes & (A(write) | A(shared))) == A(write))
		return &count->data;
	return NULL;
}

void count_class(struct space *sp, uint64_t attributes, int64_t pages)
{
	int64_t *counter = class_of(&sp->count, attributes);

	if (counter)
		*counter += pages;
}

static bool exceeds(int64_t pages, uint64_t limit)
{
	return limit != MODEL_NO_LIMIT && pages > 0 && (uint64_t)pages > limit;
}

/*
 * 1.5; changes nothing, asked also for what the limits would say without the change. A data
 * limit of 0 is tolerated: only soft limits are ever set.
 */
bool may_expand(struct model *m, const struct space *sp, uint64_t attributes, int64_t pages)
{
	const uint64_t *limits = sp->process.limits;
	struct model_counters count = sp->count;

	if (exceeds(count.total + pages, limits[LIMIT_AS])) {
		count_rule(m, RULE_1_5_AS);
		return false;
	}
	if (class_of(&count, attributes) != &count.data || limits[LIMIT_DATA] == 0)
		return true;
	if (!exceeds(count.data + pages, limits[LIMIT_DATA]))
		return true;
	count_rule(m, RULE_1_5_DATA);
	return false;
}

/* 1.7 */
bool may_lock_more(struct model *m, const struct space *sp, uint64_t pages)
{
	uint64_t limit = sp->process.limits[LIMIT_MEMLOCK];

	if (m->settings.lock_privilege || limit == MODEL_NO_LIMIT)
		return true;
	if ((uint64_t)sp->count.locked + pages <= limit)
		return true;
	count_rule(m, RULE_1_7);
	return false;
}

/* 1.8; DAX and the gate area do not exist in a window. */
bool can_be_locked(const struct area *a)
{
	return !(a->attributes & (SPECIAL | A(droppable) | A(huge_pool)));
}

/* Would the sum stay within the commit limit, which is over all live spaces together? */
bool commit_allows(struct model *m, int64_t pages)
{
	if (!m->settings.commit_limited || !exceeds(m->committed + pages, m->settings.commit_limit))
		return true;
	count_rule(m, RULE_COMMIT);
	return false;
}

/* A charge of nothing, or less, is never refused here. */
bool charge(struct model *m, struct space *sp, int64_t pages)
{
	if (pages > 0 && !commit_allows(m, pages))
		return false;
	m->committed += pages;
	sp->count.charged += pages;
	return true;
}

void uncharge(struct model *m, struct space *sp, int64_t pages)
{
	m->committed -= pages;
	sp->count.charged -= pages;
}

/* 7.1: the event fires immediately before ENOMEM is returned. */
void no_slots(struct model *m, const struct space *sp)
{
	add_event(m, &(struct model_event){ .kind = MODEL_EVENT_NO_SLOTS,
					    .space = (uint8_t)sp->number,
					    .at = (uint32_t)sp->count.areas });
}

int64_t model_set_limit(struct model *model, uint32_t limit)
{
	model_enter(model, 0);
	model->settings.limit = limit;
	return 0;
}

int64_t model_set_rlimit(struct model *model, unsigned int space, unsigned int kind, uint64_t pages)
{
	struct space *sp = model_enter(model, space);

	if (!sp)
		return -ESRCH;
	if (kind >= LIMIT_KINDS)
		return -EINVAL;
	sp->process.limits[kind] = pages;
	return 0;
}
