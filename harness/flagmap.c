/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model's half of the mapping table. It decides nothing: the table does.
 */
#include "flagmap.h"

#include "model.h"

_Static_assert((int)MODEL_ATTRIBUTE_COUNT == (int)VM_FLAG_COUNT, "one attribute for each flag");

/* Attributes whose flag has the same bit number, and those that are looked up. */
#define X(core, code, word) | (VM_FLAG(code) == MODEL_ATTRIBUTE(word) ? VM_FLAG(code) : 0)
static const uint64_t same_bits = 0
#include "flagmap.def"
	;
#undef X
#define X(core, code, word)                                                                        \
	_Static_assert(VM_FLAG(code) == MODEL_ATTRIBUTE(word) ||                                   \
			       (MODEL_BIT_##word >= FLAGMAP_FIRST &&                               \
				MODEL_BIT_##word < FLAGMAP_FIRST + 2 * FLAGMAP_HALF),              \
		       #word " lies outside the range that is looked up: widen it");
#include "flagmap.def"
#undef X

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
	map->same = same_bits;
	for (unsigned int half = 0; half < 2; half++) {
		for (uint64_t set = 0; set < (1u << FLAGMAP_HALF); set++) {
			uint64_t attributes = set << (FLAGMAP_FIRST + half * FLAGMAP_HALF);

			map->half[half][set] = flags_from_attributes(attributes & ~same_bits);
		}
	}
}
