/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of the language: operations, words, names. It decides how things are called and
 * knows neither how a line is read nor what an operation does.
 */
#include "op_table.h"

#include <errno.h>
#include <string.h>

const struct op_row op_rows[OP_KINDS] = {
#define OP(kind, word, fields, weight, purpose) [OP_##kind] = { #word, fields, weight, purpose },
#include "ops.def"
};

const char *const field_syntax[FIELDS] = {
#define FIELD(name, syntax) [FIELD_##name] = syntax,
#include "ops.def"
};

const struct word advice_words[] = {
	{ "normal", 0 },      { "random", 1 },	       { "sequential", 2 },
	{ "willneed", 3 },    { "dontneed", 4 },       { "free", 8 },
	{ "remove", 9 },      { "dontfork", 10 },      { "dofork", 11 },
	{ "mergeable", 12 },  { "unmergeable", 13 },   { "hugepage", 14 },
	{ "nohugepage", 15 }, { "dontdump", 16 },      { "dodump", 17 },
	{ "wipeonfork", 18 }, { "keeponfork", 19 },    { "cold", 20 },
	{ "pageout", 21 },    { "populate_read", 22 }, { "populate_write", 23 },
	{ NULL, 0 },
};

const struct word prot_grow_words[] = {
	{ "growsdown", PROGRAM_PROT_GROWSDOWN },
	{ "growsup", PROGRAM_PROT_GROWSUP },
	{ NULL, 0 },
};

const struct word mmap_kind_words[] = {
	{ "private", PROGRAM_MAP_PRIVATE },
	{ "shared", PROGRAM_MAP_SHARED },
	{ "droppable", PROGRAM_MAP_DROPPABLE },
	{ NULL, 0 },
};

const struct word mmap_attr_words[] = {
	{ "noreserve", PROGRAM_MAP_NORESERVE }, { "locked", PROGRAM_MAP_LOCKED },
	{ "populate", PROGRAM_MAP_POPULATE },	{ "growsdown", PROGRAM_MAP_GROWSDOWN },
	{ "stack", PROGRAM_MAP_STACK },		{ NULL, 0 },
};

const struct word lockall_words[] = {
	{ "current", 1 }, { "future", 2 }, { "onfault", 4 }, { NULL, 0 }
};

const struct word uffd_mode_words[] = {
	{ "missing", 1 }, { "wp", 2 }, { "minor", 4 }, { "rwp", 8 }, { NULL, 0 },
};

const struct word uffd_feature_words[] = { { "event_fork", 1 }, { "event_remap", 2 }, { NULL, 0 } };

const struct word policy_words[] = {
	{ "default", 0 },
	{ "preferred", 1 | POLICY_NODES },
	{ "bind", 2 | POLICY_NODES },
	{ "interleave", 3 | POLICY_NODES },
	{ "local", 4 },
	{ "preferred_many", 5 | POLICY_NODES },
	{ "weighted_interleave", 6 | POLICY_NODES },
	{ NULL, 0 },
};

const struct word policy_flag_words[] = { { "static", 1u << 15 },
					  { "relative", 1u << 14 },
					  { NULL, 0 } };

const struct word rlimit_words[] = {
	{ "as", PROGRAM_RLIMIT_AS },
	{ "data", PROGRAM_RLIMIT_DATA },
	{ "stack", PROGRAM_RLIMIT_STACK },
	{ "memlock", PROGRAM_RLIMIT_MEMLOCK },
	{ NULL, 0 },
};

const struct word overcommit_words[] = {
	{ "guess", OVERCOMMIT_GUESS },
	{ "always", OVERCOMMIT_ALWAYS },
	{ "never", OVERCOMMIT_NEVER },
	{ NULL, 0 },
};

const struct word fault_words[] = {
	{ "unfaulted", 0 }, { "faulted", 1 }, { "forked", 2 }, { NULL, 0 }
};

static const char *const file_names[WORLD_FILES] = {
	[FILE_ANON] = "anon",	  [FILE_PLAIN] = "plain",	[FILE_PLAIN2] = "plain2",
	[FILE_OTHER] = "other",	  [FILE_READONLY] = "readonly", [FILE_ZERO] = "zero",
	[FILE_SHM] = "shm",	  [FILE_CLOSE] = "close",	[FILE_VETO] = "veto",
	[FILE_LEGACY] = "legacy", [FILE_PREPARE] = "prepare",	[FILE_FAILING] = "failing",
	[FILE_IO] = "io",	  [FILE_PFN] = "pfn",
};

static const char *const profile_names[PROFILES] = {
	[PROFILE_6_12] = "6.12",
	[PROFILE_6_18] = "6.18",
	[PROFILE_7_3] = "7.3",
	[PROFILE_6_1] = "6.1",
};

/* Linux numbers, so that a program says the same wherever it is read. */
static const struct word errno_words[] = {
	{ "EPERM", 1 },	     { "ENOENT", 2 },	{ "ESRCH", 3 },	      { "EINTR", 4 },
	{ "EIO", 5 },	     { "ENXIO", 6 },	{ "E2BIG", 7 },	      { "ENOEXEC", 8 },
	{ "EBADF", 9 },	     { "ECHILD", 10 },	{ "EAGAIN", 11 },     { "ENOMEM", 12 },
	{ "EACCES", 13 },    { "EFAULT", 14 },	{ "ENOTBLK", 15 },    { "EBUSY", 16 },
	{ "EEXIST", 17 },    { "EXDEV", 18 },	{ "ENODEV", 19 },     { "ENOTDIR", 20 },
	{ "EISDIR", 21 },    { "EINVAL", 22 },	{ "ENFILE", 23 },     { "EMFILE", 24 },
	{ "ENOTTY", 25 },    { "ETXTBSY", 26 }, { "EFBIG", 27 },      { "ENOSPC", 28 },
	{ "ESPIPE", 29 },    { "EROFS", 30 },	{ "EMLINK", 31 },     { "EPIPE", 32 },
	{ "EDOM", 33 },	     { "ERANGE", 34 },	{ "EDEADLK", 35 },    { "ENOSYS", 38 },
	{ "EOVERFLOW", 75 }, { "EILSEQ", 84 },	{ "EOPNOTSUPP", 95 }, { "ENOBUFS", 105 },
	{ NULL, 0 },
};

const char *word_of(const struct word *words, uint32_t value)
{
	for (; words->word; words++)
		if (words->value == value)
			return words->word;
	return NULL;
}

const struct word *word_find(const struct word *words, const char *word, size_t length)
{
	for (; words->word; words++)
		if (strlen(words->word) == length && !memcmp(words->word, word, length))
			return words;
	return NULL;
}

const char *op_kind_name(enum op_kind kind)
{
	return (unsigned int)kind < OP_KINDS ? op_rows[kind].word : "?";
}

const char *world_file_name(enum world_file file)
{
	return (unsigned int)file < WORLD_FILES ? file_names[file] : "?";
}

const char *profile_name(enum profile profile)
{
	return (unsigned int)profile < PROFILES ? profile_names[profile] : "?";
}

bool profile_before_6_18(enum profile profile)
{
	return profile == PROFILE_6_12 || profile == PROFILE_6_1;
}

const char *errno_name(int error)
{
	return error > 0 ? word_of(errno_words, (uint32_t)error) : NULL;
}

int errno_number(const char *name, size_t length)
{
	const struct word *word = word_find(errno_words, name, length);

	return word ? (int)word->value : 0;
}

const char *advice_name(uint32_t advice)
{
	return word_of(advice_words, advice);
}
