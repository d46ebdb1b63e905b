/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 9.10: names of anonymous memory. */
#include "page.h"

#include <string.h>

#define NAME_BYTES 80 /* the terminating zero included */

static bool is_good_name(const char *text)
{
	size_t length = strlen(text);

	if (length >= NAME_BYTES)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < ' ' || text[i] > '~' || strchr("\\`$[]", text[i]))
			return false;
	}
	return true;
}

/* Memory without a file, or whose file is one of its own that stands for shared memory. */
static bool may_be_named(const struct model *m, const struct area *a)
{
	if (!has_file(a))
		return true;
	return a->object != 0 && (a->file == 0 || m->files[a->file].zero_device);
}

/*
 * The kernel writes back the flags the area had before it merged, and so loses what a
 * neighbour's sticky flags announce (5.5, F6).
 */
static void store_name(struct model *m, struct area *a, const struct area *wanted)
{
	if (quirk(m, 6)) {
		if (a->attributes & ~wanted->attributes & m->sticky)
			count_rule(m, RULE_F6);
		a->attributes = wanted->attributes;
	} else {
		store_attributes(m, a, wanted->attributes);
	}
	a->name = wanted->name;
}

/* One piece; returns where the walk goes on, or an error. */
static int64_t name_piece(struct model *m, struct space *sp, uint32_t start, uint32_t end,
			  uint16_t name)
{
	struct area wanted = sp->area[area_start(sp, start)];
	int64_t at;

	if (!may_be_named(m, &wanted))
		return fails(m, RULE_9_10_FILE, EBADF);
	if (wanted.name == name) {
		decide(m, RULE_9_10_SAME);
		return end;
	}
	wanted.name = name;
	at = modify(m, sp, start, end, &wanted);
	if (at == -ENOMEM) {
		count_rule(m, RULE_9_10_AGAIN);
		return -EAGAIN;
	}
	if (at < 0)
		return at;
	count_rule(m, RULE_9_10_SET);
	store_name(m, &sp->area[at], &wanted);
	return larger(end, area_end(m, sp, (uint32_t)at));
}

/* Gaps are skipped and told at the end. */
static int64_t walk(struct model *m, struct space *sp, struct extent x, uint16_t name)
{
	bool gaps = x.before || x.after;
	int64_t next = x.start;

	while (next < x.end) {
		uint32_t p = (uint32_t)next, first = area_from(m, sp, p), start;

		if (first == NO_PAGE || first >= x.end) {
			gaps = true;
			break;
		}
		start = larger(first, p);
		if (start > p)
			gaps = true;
		next = name_piece(m, sp, start, smaller(area_end(m, sp, first), x.end), name);
		if (next < 0)
			return next;
	}
	return gaps ? fails(m, RULE_9_10_GAP, ENOMEM) : 0;
}

int64_t model_name(struct model *model, unsigned int space, uint64_t address, uint64_t length,
		   const char *text, uint16_t number)
{
	struct model *m = model;
	struct space *sp = model_enter(m, space);
	uint64_t end = address + round_up(length);

	if (!sp)
		return -ESRCH;
	if (!m->settings.names)
		return fails(m, RULE_9_10_OFF, EINVAL);
	if (text && !is_good_name(text))
		return fails(m, RULE_9_10_TEXT, EINVAL);
	if (text && runs_out(m, RULE_9_10_OOM))
		return -ENOMEM; /* EAGAIN is for what passes through modify() */
	if (is_unaligned(address) || (length != 0 && round_up(length) == 0) || end < address)
		return fails(m, RULE_9_10_RANGE, EINVAL);
	if (end == address)
		return 0;
	return walk(m, sp, clip(m, address, end), text ? number : 0);
}
