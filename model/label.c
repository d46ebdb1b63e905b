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
			  const void *how)
{
	uint16_t name = *(const uint16_t *)how;
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
	return behind(m, sp, at, end);
}

int64_t model_name(struct model *model, unsigned int space, uint64_t address, uint64_t length,
		   const char *text, uint16_t number)
{
	struct model *m = model;
	struct space *sp = model_enter(m, space);
	struct walk w = { .piece = name_piece, .how = &number };
	int error;

	if (!sp)
		return -ESRCH;
	if (!m->settings.names)
		return fails(m, RULE_9_10_OFF, EINVAL);
	if (text && !is_good_name(text))
		return fails(m, RULE_9_10_TEXT, EINVAL);
	if (text && runs_out(m, RULE_9_10_OOM))
		return -ENOMEM; /* EAGAIN is for what passes through modify() */
	if (is_unaligned(address) || is_too_long(address, length))
		return fails(m, RULE_9_10_RANGE, EINVAL);
	if (round_up(length) == 0)
		return 0;
	if (!text)
		number = 0;
	error = walk(m, sp, clip(m, address, address + round_up(length)), &w);
	if (error)
		return error;
	return w.gaps ? fails(m, RULE_9_10_GAP, ENOMEM) : 0;
}
