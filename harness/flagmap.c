/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model's half of the mapping table. It decides nothing: the table does.
 */
#include "flagmap.h"

#include "model.h"

_Static_assert(VM_FLAG_COUNT % FLAGMAP_STEP == 0, "groups cover every flag exactly");
_Static_assert((int)MODEL_ATTRIBUTE_COUNT == (int)VM_FLAG_COUNT, "one attribute for each flag");

struct flagmap_row {
	uint64_t flag, attribute;
};

static const struct flagmap_row rows[] = {
#define X(core, code, word) { VM_FLAG(code), MODEL_ATTRIBUTE(word) },
#include "flagmap.def"
#undef X
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

uint64_t flags_from_attributes(uint64_t attributes)
{
	uint64_t flags = 0;

	for (size_t i = 0; i < ROWS; i++)
		if (attributes & rows[i].attribute)
			flags |= rows[i].flag;
	return flags;
}

uint64_t attributes_from_flags(uint64_t flags)
{
	uint64_t attributes = 0;

	for (size_t i = 0; i < ROWS; i++)
		if (flags & rows[i].flag)
			attributes |= rows[i].attribute;
	return attributes;
}

void flagmap_init(struct flagmap *map)
{
	for (unsigned int group = 0; group < FLAGMAP_GROUPS; group++)
		for (uint64_t set = 0; set < (1u << FLAGMAP_STEP); set++)
			map->flags[group][set] =
				flags_from_attributes(set << (group * FLAGMAP_STEP));
}
