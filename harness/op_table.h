/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ops.def as tables, and the words of the language with the numbers they stand for. For the
 * files that read, write and make programs (op, text, bytes, generate); everybody else asks
 * program.h.
 */
#ifndef VMAFUZZ_OP_TABLE_H
#define VMAFUZZ_OP_TABLE_H

#include "program.h"

enum op_field {
#define FIELD(name, syntax) FIELD_##name,
#include "ops.def"
	FIELDS
};

struct op_row {
	const char *word;
	uint32_t fields; /* bit per enum op_field */
	uint16_t weight; /* of 256 byte values */
	const char *purpose;
};
extern const struct op_row op_rows[OP_KINDS];
extern const char *const field_syntax[FIELDS];

static inline bool op_has(const struct op *op, enum op_field field)
{
	return op_rows[op->kind].fields >> field & 1;
}

/* A table ends with a row whose word is NULL. */
struct word {
	const char *word;
	uint32_t value;
};
extern const struct word advice_words[];
extern const struct word prot_grow_words[]; /* mprotect: growsdown, growsup */
extern const struct word mmap_kind_words[]; /* private, shared, droppable */
extern const struct word mmap_attr_words[];
extern const struct word lockall_words[];
extern const struct word uffd_mode_words[];
extern const struct word uffd_feature_words[];
extern const struct word policy_words[]; /* POLICY_NODES set in value: takes =N */
extern const struct word policy_flag_words[];
extern const struct word rlimit_words[];
extern const struct word overcommit_words[];
extern const struct word fault_words[]; /* unfaulted, faulted, forked */

/* Equal in what operations of their kind say; settings in what text says. */
bool op_equal_but_name(const struct op *a, const struct op *b);
bool settings_equal(const struct settings *a, const struct settings *b);

#define POLICY_NODES 0x100u

/* NULL if no row has that value. */
const char *word_of(const struct word *words, uint32_t value);
/* The row of word[0..length), or NULL. */
const struct word *word_find(const struct word *words, const char *word, size_t length);

/* Linux numbers that libc headers of an old system may lack. */
#define PROGRAM_PROT_GROWSDOWN 0x01000000u
#define PROGRAM_PROT_GROWSUP 0x02000000u
#define PROGRAM_MAP_TYPE 0x0fu
#define PROGRAM_MAP_SHARED 0x01u
#define PROGRAM_MAP_PRIVATE 0x02u
#define PROGRAM_MAP_DROPPABLE 0x08u
#define PROGRAM_MAP_ANONYMOUS 0x20u
#define PROGRAM_MAP_GROWSDOWN 0x0100u
#define PROGRAM_MAP_LOCKED 0x2000u
#define PROGRAM_MAP_NORESERVE 0x4000u
#define PROGRAM_MAP_POPULATE 0x8000u
#define PROGRAM_MAP_STACK 0x20000u
/* Said otherwise: MAP_FIXED and MAP_FIXED_NOREPLACE by `how`, MAP_ANONYMOUS by the file. */
#define PROGRAM_MAP_IMPLIED 0x100030u
/* Said otherwise: MREMAP_MAYMOVE, MREMAP_FIXED, MREMAP_DONTUNMAP. */
#define PROGRAM_MREMAP_IMPLIED 0x7u
#define PROGRAM_QUIRK_ROWS 15
#define PROGRAM_NODES 64
#define PROGRAM_GAP_MAX 65535u

#endif
