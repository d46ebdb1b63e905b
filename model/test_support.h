/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Support for the model's unit tests: a test is a list of lines, read by script().
 *
 *      set gap 8                       settings, before anything else: pages limit gap as data
 *                                      stack memlock never quirks (a bit mask), soft_dirty,
 *                                      lock_privilege, always
 *      map 4-8 rw shared plain@4       mmap with MAP_FIXED; anonymous and private unless said
 *      place at A len L rw ...         mmap without MAP_FIXED
 *      unmap prot advise guard unguard read write lock unlock fork exit limit rlimit
 *      rearrange 0-4 6                 remap_file_pages
 *      remap 0-4 len 6                 mremap in place
 *      remap 0-4 to 8 len 6 keep       mremap with FIXED, with DONTUNMAP
 *      watch 1 0-4 wp                  userfaultfd, context 1; unwatch 1 0-4, forget 1
 *      brk 8+12                        "= page4": refused, the break is page 4
 *      vm_brk 4-8 exec, lockall 2, seal 4-8, samepage, clean
 *      is 0-4 rw F1 | 4-8 r ac F1      all areas of the space, in order
 *      saw close.open(0-2) ...         the events of the last operation, in order
 *      counter locked 4                one counter, marks 4-5 7-8: the pages with a guard marker
 *      rule 9.2-b                      the rule that decided last
 *      counts 2.4 none/set             a case the last operation counted
 *      leaked N                        charged pages no area accounts for, from here on
 *
 * A line may begin with the profiles it is for, "[6.12]" or "[6.18,7.3]", and with the space it
 * acts on, "@1". "= ENOMEM", "= 12" (a page) or "= 0" at the end is the result; without it a
 * mapping must come to lie where it was asked for and everything else must succeed. After every
 * operation each space is held against the invariants of chapter 14.
 *
 * Places are pages, "4+12" a page and twelve bytes, "top", "0x..." as it stands.
 */
#ifndef VMAFUZZ_MODEL_TEST_SUPPORT_H
#define VMAFUZZ_MODEL_TEST_SUPPORT_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

#define BENCH_BASE UINT64_C(0x200000000000)
#define BENCH_PAGE UINT64_C(4096)
#define BENCH_RUNS 160
#define BENCH_TEXT 8192
#define BENCH_SPACES 16
#define BENCH_CASES 1024

/* Numbers of the system-call interface that the C headers may lack. */
enum {
	BENCH_SHARED = 0x1,
	BENCH_PRIVATE = 0x2,
	BENCH_VALIDATE = 0x3,
	BENCH_DROPPABLE = 0x8,
	BENCH_FIXED = 0x10,
	BENCH_ANONYMOUS = 0x20,
	BENCH_GROWSDOWN = 0x100,
	BENCH_LOCKED = 0x2000,
	BENCH_NORESERVE = 0x4000,
	BENCH_POPULATE = 0x8000,
	BENCH_NONBLOCK = 0x10000,
	BENCH_STACK = 0x20000,
	BENCH_HUGETLB = 0x40000,
	BENCH_SYNC = 0x80000,
	BENCH_NOREPLACE = 0x100000
};

struct bench {
	struct model *model;
	struct model_settings settings;
	const char *const *lines;
	unsigned int line;  /* of lines[] */
	unsigned int space; /* the line acts on */
	int64_t leaked;
	bool moved; /* areas may lie where they were not made */
	/* The acting space before the operation, and the pages the operation names. */
	struct model_run before[BENCH_RUNS];
	size_t before_count;
	uint32_t named_start, named_end;
	uint64_t hits[BENCH_CASES]; /* of each case, before the operation */
};

struct bench_word {
	const char *word;
	uint64_t value;
};

/* Profiles as a set. */
#define BENCH_SET(profile) (1u << (profile))
#define BENCH_BEFORE_6_18 (BENCH_SET(MODEL_6_1) | BENCH_SET(MODEL_6_12))
#define BENCH_SINCE_6_18 (BENCH_SET(MODEL_6_18) | BENCH_SET(MODEL_7_3))
#define BENCH_SINCE_6_12 (BENCH_SET(MODEL_6_12) | BENCH_SINCE_6_18)
#define BENCH_ALL (BENCH_SET(MODEL_6_1) | BENCH_SINCE_6_12)
#define BENCH_PROFILES 4

static inline const char *bench_profile_name(enum model_profile profile)
{
	static const char *const names[] = { "6.12", "6.18", "7.3", "6.1" };

	return names[profile];
}

/* ---- Files -------------------------------------------------------------------------------- */

#define BENCH_SPECIAL_ATTRIBUTES                                                                   \
	(MODEL_ATTRIBUTE(raw_pfn) | MODEL_ATTRIBUTE(device) | MODEL_ATTRIBUTE(fixed_size) |        \
	 MODEL_ATTRIBUTE(no_dump))

struct bench_file {
	const char *name;
	struct model_file file;
};

static const struct bench_file bench_files[] = {
	{ "", { .inode = 0 } },
	{ "plain", { .inode = 1, .open_for_write = true } },
	{ "second", { .inode = 1, .open_for_write = true } },
	{ "other", { .inode = 2, .open_for_write = true } },
	{ "readonly", { .inode = 3 } },
	{ "zero", { .inode = 4, .open_for_write = true, .zero_device = true } },
	{ "shm",
	  { .inode = 5, .open_for_write = true, .own_object_per_map = true, .closes = true } },
	{ "close",
	  { .inode = 6,
	    .open_for_write = true,
	    .opens = true,
	    .closes = true,
	    .asks_split = true } },
	{ "veto",
	  { .inode = 7, .open_for_write = true, .asks_split = true, .split_error = EINVAL } },
	{ "legacy",
	  { .inode = 8,
	    .open_for_write = true,
	    .legacy_hook = true,
	    .hook_attributes = MODEL_ATTRIBUTE(no_dump) } },
	{ "loud", { .inode = 9, .open_for_write = true, .legacy_hook = true } },
	{ "driver",
	  { .inode = 10,
	    .open_for_write = true,
	    .legacy_hook = true,
	    .opens = true,
	    .closes = true,
	    .asks_split = true } },
	{ "failing",
	  { .inode = 11, .open_for_write = true, .legacy_hook = true, .hook_error = ENODEV } },
	{ "prepare", { .inode = 12, .open_for_write = true, .prepare_hook = true } },
	{ "marked",
	  { .inode = 13,
	    .open_for_write = true,
	    .prepare_hook = true,
	    .hook_attributes = MODEL_ATTRIBUTE(no_dump) } },
	{ "shifted",
	  { .inode = 14, .open_for_write = true, .prepare_hook = true, .hook_offset = 3 } },
	{ "refusing",
	  { .inode = 15, .open_for_write = true, .prepare_hook = true, .hook_error = EIO } },
	{ "declining",
	  { .inode = 22,
	    .open_for_write = true,
	    .prepare_hook = true,
	    .hook_offset = 1,
	    .prepare_error = EIO,
	    .opens = true,
	    .closes = true } },
	{ "odd",
	  { .inode = 16,
	    .open_for_write = true,
	    .prepare_hook = true,
	    .odd_offset_closes = true } },
	{ "mapped",
	  { .inode = 17,
	    .open_for_write = true,
	    .prepare_hook = true,
	    .mapped_hook = true,
	    .mapped_error = EIO,
	    .opens = true,
	    .closes = true } },
	{ "pfn",
	  { .inode = 18,
	    .open_for_write = true,
	    .legacy_hook = true,
	    .hook_attributes = BENCH_SPECIAL_ATTRIBUTES } },
	{ "shadow",
	  { .inode = 23,
	    .open_for_write = true,
	    .legacy_hook = true,
	    .hook_attributes = MODEL_ATTRIBUTE(shadow_stack) } },
	{ "asking",
	  { .inode = 20,
	    .open_for_write = true,
	    .asks_protect = true,
	    .protect_exec_error = EIO } },
	{ "choosy",
	  { .inode = 21,
	    .open_for_write = true,
	    .prepare_hook = true,
	    .odd_offset_closes = true,
	    .opens = true } },
	{ "mixed",
	  { .inode = 19,
	    .open_for_write = true,
	    .legacy_hook = true,
	    .hook_attributes = MODEL_ATTRIBUTE(mixed) } },
	{ "mixedzero",
	  { .inode = 24,
	    .open_for_write = true,
	    .zero_device = true,
	    .legacy_hook = true,
	    .hook_attributes = MODEL_ATTRIBUTE(mixed) } },
	{ "mixedclose",
	  { .inode = 25,
	    .open_for_write = true,
	    .legacy_hook = true,
	    .closes = true,
	    .hook_attributes = MODEL_ATTRIBUTE(mixed) } },
};

#define BENCH_FILES (sizeof(bench_files) / sizeof(bench_files[0]))

static inline void bench_begin(struct bench *bench)
{
	struct model_file files[BENCH_FILES];
	size_t i;

	for (i = 0; i < BENCH_FILES; i++)
		files[i] = bench_files[i].file;
	model_begin(bench->model, &bench->settings, files, BENCH_FILES);
}

static inline struct model_settings bench_settings(enum model_profile profile)
{
	struct model_settings settings = {
		.base = BENCH_BASE,
		.pages = 64,
		.limit = 65530,
		.gap = 4,
		.profile = profile,
		.limit_as = MODEL_NO_LIMIT,
		.limit_data = MODEL_NO_LIMIT,
		.limit_stack = MODEL_NO_LIMIT,
		.limit_memlock = MODEL_NO_LIMIT,
	};

	return settings;
}

/* ---- Failing ------------------------------------------------------------------------------ */

/* Ends the test with the line that was being run and what was wrong about it. */
#define bench_fail(bench, ...)                                                                     \
	do {                                                                                       \
		print_error("profile %s, line %u: %s\n",                                           \
			    bench_profile_name((bench)->settings.profile), (bench)->line + 1,      \
			    (bench)->lines[(bench)->line]);                                        \
		print_error(__VA_ARGS__);                                                          \
		print_error("\n");                                                                 \
		fail();                                                                            \
	} while (0)

/* ---- Words -------------------------------------------------------------------------------- */

/* Copies the next word of *text into word and steps over it; false at the end. */
static inline bool bench_next(const char **text, char *word, size_t size)
{
	size_t length;

	*text += strspn(*text, " ");
	length = strcspn(*text, " ");
	if (length == 0)
		return false;
	if (length >= size)
		length = size - 1;
	memcpy(word, *text, length);
	word[length] = '\0';
	*text += strcspn(*text, " ");
	return true;
}

/* The next word without stepping over it. */
static inline bool bench_peek(const char *text, char *word, size_t size)
{
	return bench_next(&text, word, size);
}

static inline bool bench_lookup(const struct bench_word *table, const char *word, uint64_t *value)
{
	for (; table->word; table++) {
		if (!strcmp(table->word, word)) {
			*value = table->value;
			return true;
		}
	}
	return false;
}

/* A page, "4+12", "top", or "0x..." as bytes; *raw tells that it was written in bytes. */
static inline uint64_t bench_bytes(struct bench *bench, const char *word, bool *raw)
{
	uint64_t bytes;
	char *end;

	*raw = !strncmp(word, "0x", 2);
	if (*raw) {
		bytes = strtoull(word, &end, 16);
	} else if (!strncmp(word, "top", 3)) {
		bytes = bench->settings.pages * BENCH_PAGE;
		end = (char *)(uintptr_t)(word + 3);
		if (*end == '-')
			bytes -= strtoull(end + 1, &end, 10) * BENCH_PAGE;
	} else {
		bytes = strtoull(word, &end, 10) * BENCH_PAGE;
		if (*end == '+')
			bytes += strtoull(end + 1, &end, 10);
	}
	if (*end || end == word)
		bench_fail(bench, "not a place: %s", word);
	return bytes;
}

static inline uint64_t bench_number(struct bench *bench, const char *word)
{
	uint64_t number;
	char *end;

	if (!strcmp(word, "inf"))
		return MODEL_NO_LIMIT;
	number = strtoull(word, &end, 0);
	if (*end || end == word)
		bench_fail(bench, "not a number: %s", word);
	return number;
}

/* "S-E" as two pages. */
static inline void bench_range(struct bench *bench, const char *word, uint32_t *start,
			       uint32_t *end)
{
	unsigned int from, to;
	int used = 0;

	if (sscanf(word, "%u-%u%n", &from, &to, &used) != 2 || word[used] || from > to)
		bench_fail(bench, "not a range: %s", word);
	*start = from;
	*end = to;
}

/* "S-E", or "at A len L"; notes the pages named for the check of what must not change. */
static inline void bench_span(struct bench *bench, const char **text, uint64_t *address,
			      uint64_t *length)
{
	char word[64];
	uint32_t start, end;
	bool raw;

	if (!bench_next(text, word, sizeof(word)))
		bench_fail(bench, "a range is missing");
	if (strcmp(word, "at")) {
		bench_range(bench, word, &start, &end);
		*address = BENCH_BASE + start * BENCH_PAGE;
		*length = (end - start) * BENCH_PAGE;
		bench->named_start = start;
		bench->named_end = end;
		return;
	}
	bench->named_start = 0;
	bench->named_end = bench->settings.pages;
	if (!bench_next(text, word, sizeof(word)))
		bench_fail(bench, "an address is missing");
	*address = bench_bytes(bench, word, &raw);
	if (!raw)
		*address += BENCH_BASE;
	if (!bench_next(text, word, sizeof(word)) || strcmp(word, "len") ||
	    !bench_next(text, word, sizeof(word)))
		bench_fail(bench, "a length is missing");
	*length = bench_bytes(bench, word, &raw);
}

static inline uint32_t bench_prot(struct bench *bench, const char *word)
{
	uint32_t prot = 0;

	if (!strcmp(word, "none"))
		return 0;
	if (!strncmp(word, "0x", 2))
		return (uint32_t)strtoull(word, NULL, 16);
	for (; *word; word++) {
		if (*word == 'r')
			prot |= 1;
		else if (*word == 'w')
			prot |= 2;
		else if (*word == 'x')
			prot |= 4;
		else
			bench_fail(bench, "not a protection: %s", word);
	}
	return prot;
}

static inline unsigned int bench_file(struct bench *bench, const char *name, size_t length)
{
	unsigned int i;

	for (i = 1; i < BENCH_FILES; i++) {
		if (strlen(bench_files[i].name) == length &&
		    !strncmp(bench_files[i].name, name, length))
			return i;
	}
	bench_fail(bench, "no such file: %s", name);
	return 0;
}

/* ---- Layouts as text ---------------------------------------------------------------------- */

/* The two-letter codes of /proc/PID/smaps; "nh" is what MAP_STACK leaves. */
static const struct bench_word bench_codes[] = {
	{ "gd", MODEL_ATTRIBUTE(grows_down) },
	{ "pf", MODEL_ATTRIBUTE(raw_pfn) },
	{ "mm", MODEL_ATTRIBUTE(mixed) },
	{ "io", MODEL_ATTRIBUTE(device) },
	{ "de", MODEL_ATTRIBUTE(fixed_size) },
	{ "lo", MODEL_ATTRIBUTE(locked) },
	{ "lf", MODEL_ATTRIBUTE(lock_on_fault) },
	{ "sr", MODEL_ATTRIBUTE(sequential) },
	{ "rr", MODEL_ATTRIBUTE(random) },
	{ "dc", MODEL_ATTRIBUTE(no_fork) },
	{ "wf", MODEL_ATTRIBUTE(wipe_on_fork) },
	{ "dd", MODEL_ATTRIBUTE(no_dump) },
	{ "ac", MODEL_ATTRIBUTE(charged) },
	{ "nr", MODEL_ATTRIBUTE(no_reserve) },
	{ "ht", MODEL_ATTRIBUTE(huge_pool) },
	{ "sd", MODEL_ATTRIBUTE(soft_dirty) },
	{ "hg", MODEL_ATTRIBUTE(huge) },
	{ "nh", MODEL_ATTRIBUTE(no_huge) },
	{ "mg", MODEL_ATTRIBUTE(samepage) },
	{ "gu", MODEL_ATTRIBUTE(maybe_guard) },
	{ "sl", MODEL_ATTRIBUTE(sealed) },
	{ "dp", MODEL_ATTRIBUTE(droppable) },
	{ "um", MODEL_ATTRIBUTE(trap_missing) },
	{ "uw", MODEL_ATTRIBUTE(trap_protect) },
	{ "ss", MODEL_ATTRIBUTE(shadow_stack) },
	{ "sf", MODEL_ATTRIBUTE(synchronous) },
	{ NULL, 0 },
};

#define BENCH_MAY                                                                                  \
	(MODEL_ATTRIBUTE(may_read) | MODEL_ATTRIBUTE(may_write) | MODEL_ATTRIBUTE(may_execute))

#define BENCH_TRAPS                                                                                \
	(MODEL_ATTRIBUTE(trap_missing) | MODEL_ATTRIBUTE(trap_protect) |                           \
	 MODEL_ATTRIBUTE(trap_minor) | MODEL_ATTRIBUTE(trap_access))

/* A number for the k-th distinct identity met; zero stays zero. */
static inline unsigned int bench_label(uint32_t *seen, size_t *count, uint32_t identity)
{
	size_t i;

	if (!identity)
		return 0;
	for (i = 0; i < *count; i++) {
		if (seen[i] == identity)
			return (unsigned int)i + 1;
	}
	seen[(*count)++] = identity;
	return (unsigned int)*count;
}

static inline void bench_add(char *text, const char *format, ...)
{
	size_t used = strlen(text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text + used, BENCH_TEXT - used, format, arguments);
	va_end(arguments);
}

static inline void bench_add_attributes(char *text, uint64_t attributes)
{
	const struct bench_word *code;

	bench_add(text, " %s%s%s", attributes & MODEL_ATTRIBUTE(read) ? "r" : "",
		  attributes & MODEL_ATTRIBUTE(write) ? "w" : "",
		  attributes & MODEL_ATTRIBUTE(execute) ? "x" : "");
	if (!(attributes &
	      (MODEL_ATTRIBUTE(read) | MODEL_ATTRIBUTE(write) | MODEL_ATTRIBUTE(execute))))
		bench_add(text, "none");
	if (attributes & MODEL_ATTRIBUTE(shared))
		bench_add(text, " sh");
	if (attributes & MODEL_ATTRIBUTE(may_share))
		bench_add(text, " ms");
	if (!(attributes & MODEL_ATTRIBUTE(may_read)))
		bench_add(text, " -mr");
	if (!(attributes & MODEL_ATTRIBUTE(may_write)))
		bench_add(text, " -mw");
	if (!(attributes & MODEL_ATTRIBUTE(may_execute)))
		bench_add(text, " -me");
	for (code = bench_codes; code->word; code++) {
		if (attributes & code->value)
			bench_add(text, " %s", code->word);
	}
}

/* Runs in the notation of the tests, identities numbered in the order of their pages. */
static inline void bench_text(char *text, const struct model_run *runs, size_t count)
{
	uint32_t owners[BENCH_RUNS], objects[BENCH_RUNS];
	size_t owner_count = 0, object_count = 0, i;

	text[0] = '\0';
	if (count == 0)
		bench_add(text, "empty");
	for (i = 0; i < count; i++) {
		const struct model_run *run = &runs[i];
		unsigned int owner = bench_label(owners, &owner_count, run->owner);
		unsigned int object = bench_label(objects, &object_count, run->object);
		uint64_t own = BENCH_BASE / BENCH_PAGE + run->start;

		bench_add(text, "%s%u-%u", i ? " | " : "", run->start, run->end);
		bench_add_attributes(text, run->attributes);
		if (owner)
			bench_add(text, " F%u%s", owner, run->forked ? "*" : "");
		if (run->file || object)
			bench_add(text, " %s", run->file ? bench_files[run->file].name : "obj");
		if (object)
			bench_add(text, "%u", object);
		if (run->file || object)
			bench_add(text, "@%" PRIu64, run->offset);
		else if (run->offset != own)
			bench_add(text, " offset%+" PRId64, (int64_t)(run->offset - own));
	}
}

/* "F1", "F1*", "plain@4", "obj1@0", "shm2@0": whom a run belongs to. */
static inline void bench_parse_owner(struct bench *bench, struct model_run *run, const char *word)
{
	size_t letters = strcspn(word, "0123456789@");
	char *end;

	if (word[0] == 'F') {
		run->owner = (uint32_t)strtoul(word + 1, &end, 10);
		run->forked = *end == '*';
		return;
	}
	if (letters == 0 || !strchr(word, '@'))
		bench_fail(bench, "not an attribute: %s", word);
	run->object = (uint32_t)strtoul(word + letters, &end, 10);
	if (strncmp(word, "obj", letters))
		run->file = (uint8_t)bench_file(bench, word, letters);
	run->offset = strtoull(strchr(word, '@') + 1, NULL, 10);
}

static inline void bench_parse_word(struct bench *bench, struct model_run *run, const char *word)
{
	uint64_t bits;

	if (!strcmp(word, "sh"))
		run->attributes |= MODEL_ATTRIBUTE(shared) | MODEL_ATTRIBUTE(may_share);
	else if (!strcmp(word, "ms"))
		run->attributes |= MODEL_ATTRIBUTE(may_share);
	else if (!strcmp(word, "-mr"))
		run->attributes &= ~MODEL_ATTRIBUTE(may_read);
	else if (!strcmp(word, "-mw"))
		run->attributes &= ~MODEL_ATTRIBUTE(may_write);
	else if (!strcmp(word, "-me"))
		run->attributes &= ~MODEL_ATTRIBUTE(may_execute);
	else if (bench_lookup(bench_codes, word, &bits))
		run->attributes |= bits;
	else if (!strncmp(word, "offset", 6))
		run->offset += (uint64_t)strtoll(word + 6, NULL, 10);
	else
		bench_parse_owner(bench, run, word);
}

/* What FLG-9 and the settings imply need not be written: charged, soft-dirty. */
static inline void bench_imply(struct bench *bench, struct model_run *run)
{
	if ((run->attributes & MODEL_ATTRIBUTE(write)) &&
	    !(run->attributes & (MODEL_ATTRIBUTE(shared) | MODEL_ATTRIBUTE(no_reserve))))
		run->attributes |= MODEL_ATTRIBUTE(charged);
	if (bench->settings.soft_dirty)
		run->attributes |= MODEL_ATTRIBUTE(soft_dirty);
}

static inline size_t bench_parse(struct bench *bench, const char *text, struct model_run *runs)
{
	size_t count = 0;
	char word[64];

	while (bench_next(&text, word, sizeof(word))) {
		struct model_run *run = &runs[count];

		if (!strcmp(word, "empty"))
			continue;
		memset(run, 0, sizeof(*run));
		bench_range(bench, word, &run->start, &run->end);
		run->offset = BENCH_BASE / BENCH_PAGE + run->start;
		run->attributes = BENCH_MAY;
		if (!bench_next(&text, word, sizeof(word)))
			bench_fail(bench, "a protection is missing");
		run->attributes |= bench_prot(bench, word); /* bits 0 to 2 in the same order */
		while (bench_next(&text, word, sizeof(word)) && strcmp(word, "|"))
			bench_parse_word(bench, run, word);
		bench_imply(bench, run);
		count++;
		assert_true(count < BENCH_RUNS);
	}
	return count;
}

/* The layout of a space is the one the text says, in every field. */
static inline void bench_is(struct bench *bench, unsigned int space, const char *expected)
{
	struct model_run wanted[BENCH_RUNS], runs[BENCH_RUNS];
	char wanted_text[BENCH_TEXT], text[BENCH_TEXT];
	size_t count;

	bench_text(wanted_text, wanted, bench_parse(bench, expected, wanted));
	count = model_runs(bench->model, space, runs, BENCH_RUNS);
	assert_true(count <= BENCH_RUNS);
	bench_text(text, runs, count);
	if (strcmp(wanted_text, text))
		bench_fail(bench, "space %u, expected\n\t%s\ngot\n\t%s\nrule %s", space,
			   wanted_text, text, model_rule(bench->model));
}

/* ---- Invariants (chapter 14) -------------------------------------------------------------- */

static inline bool bench_has(const struct model_run *run, enum model_attribute_bit bit)
{
	return run->attributes >> bit & 1;
}

/* Structure and flags of one run. Returns what is broken, or NULL. */
static inline const char *bench_flag_rule(const struct model_run *run)
{
	bool shared = bench_has(run, MODEL_BIT_shared);

	if (bench_has(run, MODEL_BIT_read) && !bench_has(run, MODEL_BIT_may_read))
		return "FLG-1 read";
	if (bench_has(run, MODEL_BIT_write) && !bench_has(run, MODEL_BIT_may_write))
		return "FLG-1 write";
	if (bench_has(run, MODEL_BIT_execute) && !bench_has(run, MODEL_BIT_may_execute))
		return "FLG-1 execute";
	if (bench_has(run, MODEL_BIT_lock_on_fault) && !bench_has(run, MODEL_BIT_locked))
		return "FLG-2";
	if (bench_has(run, MODEL_BIT_locked) &&
	    (run->attributes &
	     (MODEL_ATTRIBUTE(raw_pfn) | MODEL_ATTRIBUTE(mixed) | MODEL_ATTRIBUTE(device) |
	      MODEL_ATTRIBUTE(fixed_size) | MODEL_ATTRIBUTE(droppable))))
		return "FLG-3";
	if (bench_has(run, MODEL_BIT_huge) && bench_has(run, MODEL_BIT_no_huge))
		return "FLG-4 huge";
	if (bench_has(run, MODEL_BIT_sequential) && bench_has(run, MODEL_BIT_random))
		return "FLG-4 read ahead";
	if (shared && !bench_has(run, MODEL_BIT_may_share))
		return "FLG-5 shared";
	if (!shared && bench_has(run, MODEL_BIT_may_share) && bench_has(run, MODEL_BIT_may_write))
		return "FLG-5 may_write";
	if (bench_has(run, MODEL_BIT_grows_down) && (shared || run->file || run->object))
		return "FLG-7";
	if (bench_has(run, MODEL_BIT_charged) && (shared || bench_has(run, MODEL_BIT_no_reserve)))
		return "FLG-8";
	if (bench_has(run, MODEL_BIT_write) && !shared && !bench_has(run, MODEL_BIT_no_reserve) &&
	    !bench_has(run, MODEL_BIT_charged))
		return "FLG-9";
	if (bench_has(run, MODEL_BIT_wipe_on_fork) && (shared || run->file || run->object))
		return "FLG-10";
	if (bench_has(run, MODEL_BIT_droppable) &&
	    !(bench_has(run, MODEL_BIT_no_reserve) && bench_has(run, MODEL_BIT_no_dump)))
		return "FLG-12";
	if (shared && run->owner)
		return "ANV-1";
	if (run->forked && !run->owner)
		return "ANV-1 forked";
	if ((run->context != 0) != ((run->attributes & BENCH_TRAPS) != 0))
		return "FLG-6";
	if (run->policy || run->name)
		return "nothing gave it a policy or a name";
	return NULL;
}

/* Counters worked out anew from the runs, classes as in 1.4. */
static inline void bench_recount(const struct model_run *runs, size_t count,
				 struct model_counters *sum)
{
	size_t i;

	memset(sum, 0, sizeof(*sum));
	sum->areas = (int64_t)count;
	for (i = 0; i < count; i++) {
		const struct model_run *run = &runs[i];
		int64_t pages = (int64_t)run->end - run->start;
		bool stack = bench_has(run, MODEL_BIT_grows_down) ||
			     bench_has(run, MODEL_BIT_shadow_stack);
		bool write = bench_has(run, MODEL_BIT_write);

		sum->total += pages;
		if (bench_has(run, MODEL_BIT_execute) && !write &&
		    !bench_has(run, MODEL_BIT_grows_down))
			sum->executable += pages;
		else if (stack)
			sum->stack += pages;
		else if (write && !bench_has(run, MODEL_BIT_shared))
			sum->data += pages;
		if (bench_has(run, MODEL_BIT_locked))
			sum->locked += pages;
		if (bench_has(run, MODEL_BIT_charged))
			sum->charged += pages;
	}
}

static inline void bench_check_counters(struct bench *bench, unsigned int space,
					const struct model_run *runs, size_t count)
{
	struct model_counters sum, told;

	bench_recount(runs, count, &sum);
	if (space == bench->space)
		sum.charged += bench->leaked;
	model_count(bench->model, space, &told);
	if (told.areas != sum.areas)
		bench_fail(bench, "STR-3 areas %" PRId64 ", runs %" PRId64, told.areas, sum.areas);
	if (told.total != sum.total)
		bench_fail(bench, "ACC-1 total %" PRId64 ", runs %" PRId64, told.total, sum.total);
	if (told.data != sum.data || told.executable != sum.executable || told.stack != sum.stack)
		bench_fail(bench,
			   "ACC-2 data %" PRId64 " executable %" PRId64 " stack %" PRId64
			   ", runs %" PRId64 " %" PRId64 " %" PRId64,
			   told.data, told.executable, told.stack, sum.data, sum.executable,
			   sum.stack);
	if (told.locked != sum.locked)
		bench_fail(bench, "ACC-3 locked %" PRId64 ", runs %" PRId64, told.locked,
			   sum.locked);
	if (told.charged != sum.charged)
		bench_fail(bench, "ACC-4 charged %" PRId64 ", runs %" PRId64, told.charged,
			   sum.charged);
}

static inline bool bench_marked(const uint64_t *marks, uint32_t page)
{
	return marks[page / 64] >> (page % 64) & 1;
}

/* STK-2: a marker needs an area that may have one. */
static inline void bench_check_marks(struct bench *bench, unsigned int space,
				     const struct model_run *runs, size_t count)
{
	uint64_t marks[MODEL_PAGES_MAX / 64] = { 0 };
	uint32_t page;
	size_t i = 0;

	model_markers(bench->model, space, marks);
	for (page = 0; page < bench->settings.pages; page++) {
		if (!bench_marked(marks, page))
			continue;
		while (i < count && runs[i].end <= page)
			i++;
		if (i == count || runs[i].start > page ||
		    !bench_has(&runs[i], MODEL_BIT_maybe_guard))
			bench_fail(bench, "STK-2 marker on page %u", page);
	}
}

static inline void bench_check_space(struct bench *bench, unsigned int space)
{
	struct model_run runs[BENCH_RUNS];
	size_t count = model_runs(bench->model, space, runs, BENCH_RUNS), i;
	const char *broken;
	uint32_t from = 0;

	assert_true(count <= BENCH_RUNS);
	for (i = 0; i < count; i++) {
		uint64_t own = BENCH_BASE / BENCH_PAGE + runs[i].start;

		if (runs[i].start < from || runs[i].start >= runs[i].end ||
		    runs[i].end > bench->settings.pages)
			bench_fail(bench, "STR-1 run %u-%u", runs[i].start, runs[i].end);
		from = runs[i].end;
		broken = bench_flag_rule(&runs[i]);
		if (broken)
			bench_fail(bench, "run %u-%u: %s", runs[i].start, runs[i].end, broken);
		if (bench->moved)
			continue;
		if (!runs[i].file && !runs[i].object && runs[i].offset != own)
			bench_fail(bench, "ANV-7 run %u-%u", runs[i].start, runs[i].end);
		/* Nothing has moved areas, so the virtual offset is the place. */
		if (runs[i].anon_offset != (bench->settings.profile == MODEL_7_3 ? own : 0))
			bench_fail(bench, "2.6 virtual offset of run %u-%u", runs[i].start,
				   runs[i].end);
	}
	bench_check_counters(bench, space, runs, count);
	bench_check_marks(bench, space, runs, count);
}

/* The run that holds a page, or NULL. */
static inline const struct model_run *bench_holding(const struct model_run *runs, size_t count,
						    uint32_t page)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (runs[i].start <= page && page < runs[i].end)
			return &runs[i];
	}
	return NULL;
}

static inline void bench_remember(struct bench *bench)
{
	size_t i;

	assert_true(model_cases() <= BENCH_CASES);
	for (i = 0; i < model_cases(); i++)
		bench->hits[i] = model_case_hits(bench->model, i);
	bench->before_count = 0;
	if (model_alive(bench->model, bench->space))
		bench->before_count =
			model_runs(bench->model, bench->space, bench->before, BENCH_RUNS);
}

/* PAG-1: what a page is changes only by an operation that names it. */
static inline void bench_check_unnamed(struct bench *bench)
{
	uint64_t ignored = MODEL_ATTRIBUTE(maybe_guard) | MODEL_ATTRIBUTE(soft_dirty);
	struct model_run runs[BENCH_RUNS];
	size_t count;
	uint32_t page;

	if (!model_alive(bench->model, bench->space))
		return;
	count = model_runs(bench->model, bench->space, runs, BENCH_RUNS);
	for (page = 0; page < bench->settings.pages; page++) {
		const struct model_run *old, *new;

		if (page >= bench->named_start && page < bench->named_end)
			continue;
		old = bench_holding(bench->before, bench->before_count, page);
		new = bench_holding(runs, count, page);
		if (!old && !new)
			continue;
		if (!old || !new || ((old->attributes ^ new->attributes) & ~ignored) ||
		    old->file != new->file || old->object != new->object ||
		    old->offset - old->start != new->offset - new->start)
			bench_fail(bench, "PAG-1 page %u", page);
	}
}

/* ---- Operations --------------------------------------------------------------------------- */

static const struct bench_word bench_map_words[] = {
	{ "growsdown", BENCH_GROWSDOWN },
	{ "locked", BENCH_LOCKED },
	{ "noreserve", BENCH_NORESERVE },
	{ "populate", BENCH_POPULATE },
	{ "nonblock", BENCH_NONBLOCK },
	{ "stack", BENCH_STACK },
	{ "hugetlb", BENCH_HUGETLB },
	{ "sync", BENCH_SYNC },
	{ "noreplace", BENCH_NOREPLACE },
	{ "unknown", 0x800000 },
	{ "above4g", 0x80 },
	{ "hugesize", 0x7c000000 },
	{ NULL, 0 },
};

static const struct bench_word bench_type_words[] = {
	{ "private", BENCH_PRIVATE },
	{ "shared", BENCH_SHARED },
	{ "validate", BENCH_VALIDATE },
	{ "droppable", BENCH_DROPPABLE },
	{ "typeless", 0 },
	{ NULL, 0 },
};

static const struct bench_word bench_advice_words[] = {
	{ "normal", 0 },
	{ "random", 1 },
	{ "sequential", 2 },
	{ "willneed", 3 },
	{ "dontneed", 4 },
	{ "free", 8 },
	{ "remove", 9 },
	{ "dontfork", 10 },
	{ "dofork", 11 },
	{ "mergeable", 12 },
	{ "unmergeable", 13 },
	{ "hugepage", 14 },
	{ "nohugepage", 15 },
	{ "dontdump", 16 },
	{ "dodump", 17 },
	{ "wipeonfork", 18 },
	{ "keeponfork", 19 },
	{ "cold", 20 },
	{ "pageout", 21 },
	{ "populate_read", 22 },
	{ "populate_write", 23 },
	{ "dontneed_locked", 24 },
	{ NULL, 0 },
};

/* The words after the protection of a mapping. */
struct bench_mapping {
	uint32_t flags, type;
	unsigned int file;
	uint64_t offset;
};

static inline struct bench_mapping bench_mapping(struct bench *bench, const char **text)
{
	struct bench_mapping mapping = { .flags = BENCH_ANONYMOUS, .type = BENCH_PRIVATE };
	char word[64];
	uint64_t value;

	while (bench_peek(*text, word, sizeof(word)) && strcmp(word, "=")) {
		const char *at = strchr(word, '@');

		bench_next(text, word, sizeof(word));
		if (bench_lookup(bench_type_words, word, &value)) {
			mapping.type = (uint32_t)value;
		} else if (bench_lookup(bench_map_words, word, &value)) {
			mapping.flags |= (uint32_t)value;
		} else if (!strcmp(word, "nofile")) {
			mapping.flags &= ~(uint32_t)BENCH_ANONYMOUS;
		} else if (!strncmp(word, "offset", 6)) {
			mapping.offset = strtoull(word + 6, NULL, 0);
		} else if (at) {
			mapping.file = bench_file(bench, word, (size_t)(at - word));
			mapping.offset = strtoull(at + 1, NULL, 0);
			mapping.flags &= ~(uint32_t)BENCH_ANONYMOUS;
		} else {
			bench_fail(bench, "not a word of a mapping: %s", word);
		}
	}
	return mapping;
}

static inline int64_t bench_place(struct bench *bench, const char **text)
{
	struct bench_mapping mapping;
	uint64_t address, length;
	uint32_t prot;
	char word[64];

	bench_span(bench, text, &address, &length);
	if (!bench_next(text, word, sizeof(word)))
		bench_fail(bench, "a protection is missing");
	prot = bench_prot(bench, word);
	mapping = bench_mapping(bench, text);
	return model_mmap(bench->model, bench->space, address, length, prot,
			  mapping.flags | mapping.type, mapping.file, mapping.offset);
}

static inline int64_t bench_map(struct bench *bench, const char **text)
{
	struct bench_mapping mapping;
	uint64_t address, length;
	uint32_t prot;
	char word[64];

	bench_span(bench, text, &address, &length);
	if (!bench_next(text, word, sizeof(word)))
		bench_fail(bench, "a protection is missing");
	prot = bench_prot(bench, word);
	mapping = bench_mapping(bench, text);
	if (!(mapping.flags & BENCH_NOREPLACE))
		mapping.flags |= BENCH_FIXED;
	return model_mmap(bench->model, bench->space, address, length, prot,
			  mapping.flags | mapping.type, mapping.file, mapping.offset);
}

static inline int64_t bench_unmap(struct bench *bench, const char **text)
{
	uint64_t address, length;

	bench_span(bench, text, &address, &length);
	return model_munmap(bench->model, bench->space, address, length);
}

static inline int64_t bench_protect(struct bench *bench, const char **text)
{
	uint64_t address, length;
	uint32_t prot;
	char word[64];

	bench_span(bench, text, &address, &length);
	if (!bench_next(text, word, sizeof(word)))
		bench_fail(bench, "a protection is missing");
	prot = bench_prot(bench, word);
	if (bench_peek(*text, word, sizeof(word)) && !strcmp(word, "growsdown")) {
		bench_next(text, word, sizeof(word));
		prot |= 0x01000000;
		bench->named_start = 0; /* down to the start of the area */
	}
	return model_mprotect(bench->model, bench->space, address, length, prot);
}

static inline int64_t bench_advise(struct bench *bench, const char **text)
{
	uint64_t address, length, advice;
	char word[64];

	bench_span(bench, text, &address, &length);
	if (!bench_next(text, word, sizeof(word)))
		bench_fail(bench, "an advice is missing");
	if (!bench_lookup(bench_advice_words, word, &advice))
		advice = bench_number(bench, word);
	return model_madvise(bench->model, bench->space, address, length, (uint32_t)advice);
}

static inline int64_t bench_guard(struct bench *bench, const char **text)
{
	uint64_t address, length;

	bench_span(bench, text, &address, &length);
	return model_madvise(bench->model, bench->space, address, length, 102);
}

static inline int64_t bench_unguard(struct bench *bench, const char **text)
{
	uint64_t address, length;

	bench_span(bench, text, &address, &length);
	return model_madvise(bench->model, bench->space, address, length, 103);
}

/* A touch may grow a stack, so pages it does not name may change. */
static inline int64_t bench_touch(struct bench *bench, const char **text, bool write)
{
	uint64_t address, length;

	bench_span(bench, text, &address, &length);
	bench->named_start = 0;
	bench->named_end = bench->settings.pages;
	return model_touch(bench->model, bench->space, address, length, write);
}

static inline int64_t bench_read(struct bench *bench, const char **text)
{
	return bench_touch(bench, text, false);
}

static inline int64_t bench_write(struct bench *bench, const char **text)
{
	return bench_touch(bench, text, true);
}

static inline int64_t bench_lock(struct bench *bench, const char **text)
{
	uint64_t address, length;
	uint32_t flags = 0;
	char word[64];

	bench_span(bench, text, &address, &length);
	if (bench_peek(*text, word, sizeof(word)) && strcmp(word, "=")) {
		bench_next(text, word, sizeof(word));
		flags = !strcmp(word, "onfault") ? 1 : (uint32_t)bench_number(bench, word);
	}
	return model_mlock(bench->model, bench->space, address, length, flags);
}

static inline int64_t bench_unlock(struct bench *bench, const char **text)
{
	uint64_t address, length;

	bench_span(bench, text, &address, &length);
	return model_munlock(bench->model, bench->space, address, length);
}

static inline int64_t bench_fork(struct bench *bench, const char **text)
{
	(void)text;
	bench->named_start = bench->named_end = 0;
	return model_fork(bench->model, bench->space);
}

static inline int64_t bench_exit(struct bench *bench, const char **text)
{
	(void)text;
	return model_exit(bench->model, bench->space);
}

/* "limit 5", or "limit +1": relative to the number of areas of the acting space. */
static inline int64_t bench_limit(struct bench *bench, const char **text)
{
	struct model_counters counters;
	int64_t limit;
	char word[64];

	if (!bench_next(text, word, sizeof(word)))
		bench_fail(bench, "a limit is missing");
	model_count(bench->model, bench->space, &counters);
	limit = strtoll(word, NULL, 10);
	if (word[0] == '+' || word[0] == '-')
		limit += counters.areas;
	bench->named_start = bench->named_end = 0;
	return model_set_limit(bench->model, (uint32_t)limit);
}

/* "rlimit as 12" */
static inline int64_t bench_rlimit(struct bench *bench, const char **text)
{
	static const struct bench_word kinds[] = {
		{ "as", 0 }, { "data", 1 }, { "stack", 2 }, { "memlock", 3 }, { NULL, 0 },
	};
	uint64_t kind = 0;
	char word[64];

	if (!bench_next(text, word, sizeof(word)) || !bench_lookup(kinds, word, &kind) ||
	    !bench_next(text, word, sizeof(word)))
		bench_fail(bench, "not a limit: %s", word);
	bench->named_start = bench->named_end = 0;
	return model_set_rlimit(bench->model, bench->space, (unsigned int)kind,
				bench_number(bench, word));
}

/* "rearrange 0-4 6": remap_file_pages */
static inline int64_t bench_rearrange(struct bench *bench, const char **text)
{
	uint64_t address, length;
	char word[64];

	bench_span(bench, text, &address, &length);
	if (!bench_next(text, word, sizeof(word)))
		bench_fail(bench, "an offset is missing");
	return model_remap_file_pages(bench->model, bench->space, address, length,
				      bench_number(bench, word));
}

/* "remap 0-4 to 8 len 6 keep": 0 if the area came to lie where it had to, else mremap's result. */
static inline int64_t bench_remap(struct bench *bench, const char **text)
{
	uint64_t address, length, new_length, to;
	uint32_t flags = 0;
	int64_t result;
	char word[64];
	bool raw;

	bench_span(bench, text, &address, &length);
	bench->named_start = 0; /* and whatever the target held */
	bench->named_end = bench->settings.pages;
	bench->moved = true;
	new_length = length;
	to = address;
	while (bench_peek(*text, word, sizeof(word)) && strcmp(word, "=")) {
		bool target = !strcmp(word, "to");

		bench_next(text, word, sizeof(word));
		if (!strcmp(word, "keep")) {
			flags |= 4;
			continue;
		}
		if (!bench_next(text, word, sizeof(word)))
			bench_fail(bench, "a number is missing");
		if (target) {
			to = BENCH_BASE + bench_bytes(bench, word, &raw);
			flags |= 3;
		} else {
			new_length = bench_bytes(bench, word, &raw);
		}
	}
	result = model_mremap(bench->model, bench->space, address, length, new_length, flags, to);
	return result == (int64_t)to ? 0 : result;
}

static inline unsigned int bench_context(struct bench *bench, const char **text)
{
	char word[64];

	if (!bench_next(text, word, sizeof(word)))
		bench_fail(bench, "a context is missing");
	return (unsigned int)bench_number(bench, word);
}

/* "watch 1 0-4 wp": missing, wp or minor */
static inline int64_t bench_watch(struct bench *bench, const char **text)
{
	static const struct bench_word modes[] = {
		{ "missing", 1 },
		{ "wp", 2 },
		{ "minor", 4 },
		{ NULL, 0 },
	};
	unsigned int context = bench_context(bench, text);
	uint64_t address, length, mode = 0;
	char word[64];

	bench_span(bench, text, &address, &length);
	if (!bench_next(text, word, sizeof(word)) || !bench_lookup(modes, word, &mode))
		bench_fail(bench, "not a mode: %s", word);
	return model_trap_register(bench->model, bench->space, context, address, length,
				   (uint32_t)mode, 0);
}

static inline int64_t bench_unwatch(struct bench *bench, const char **text)
{
	unsigned int context = bench_context(bench, text);
	uint64_t address, length;

	bench_span(bench, text, &address, &length);
	return model_trap_unregister(bench->model, bench->space, context, address, length);
}

static inline int64_t bench_forget(struct bench *bench, const char **text)
{
	return model_trap_close(bench->model, bench->space, bench_context(bench, text));
}

/* "brk 8": 0 if the break went there, else where it is. */
static inline int64_t bench_break(struct bench *bench, const char **text)
{
	uint64_t address;
	int64_t result;
	char word[64];
	bool raw;

	if (!bench_next(text, word, sizeof(word)))
		bench_fail(bench, "an address is missing");
	address = bench_bytes(bench, word, &raw);
	if (!raw)
		address += BENCH_BASE;
	result = model_brk(bench->model, bench->space, address);
	return result == (int64_t)address ? 0 : result;
}

/* "vm_brk 4-8", "vm_brk 4-8 exec" */
static inline int64_t bench_kernel_break(struct bench *bench, const char **text)
{
	uint64_t address, length;
	bool executable;
	char word[64];

	bench_span(bench, text, &address, &length);
	executable = bench_peek(*text, word, sizeof(word)) && !strcmp(word, "exec");
	if (executable)
		bench_next(text, word, sizeof(word));
	return model_vm_brk(bench->model, bench->space, address, length, executable);
}

/* "lockall 2": current 1, future 2, onfault 4 */
static inline int64_t bench_lock_all(struct bench *bench, const char **text)
{
	char word[64];

	if (!bench_next(text, word, sizeof(word)))
		bench_fail(bench, "flags are missing");
	return model_mlockall(bench->model, bench->space, (uint32_t)bench_number(bench, word));
}

static inline int64_t bench_seal(struct bench *bench, const char **text)
{
	uint64_t address, length;

	bench_span(bench, text, &address, &length);
	return model_mseal(bench->model, bench->space, address, length, 0);
}

/* clear_refs, type 4 */
static inline int64_t bench_clean(struct bench *bench, const char **text)
{
	(void)text;
	return model_clear_soft_dirty(bench->model, bench->space);
}

/* KSM as a mode of the process, on from here. */
static inline int64_t bench_samepage(struct bench *bench, const char **text)
{
	(void)text;
	return model_samepage(bench->model, bench->space, true);
}

struct bench_verb {
	const char *word;
	int64_t (*run)(struct bench *bench, const char **text);
};

static const struct bench_verb bench_verbs[] = {
	{ "map", bench_map },		{ "place", bench_place },
	{ "unmap", bench_unmap },	{ "prot", bench_protect },
	{ "advise", bench_advise },	{ "guard", bench_guard },
	{ "unguard", bench_unguard },	{ "read", bench_read },
	{ "write", bench_write },	{ "lock", bench_lock },
	{ "unlock", bench_unlock },	{ "fork", bench_fork },
	{ "exit", bench_exit },		{ "limit", bench_limit },
	{ "rlimit", bench_rlimit },	{ "rearrange", bench_rearrange },
	{ "brk", bench_break },		{ "vm_brk", bench_kernel_break },
	{ "lockall", bench_lock_all },	{ "seal", bench_seal },
	{ "samepage", bench_samepage }, { "clean", bench_clean },
	{ "remap", bench_remap },	{ "watch", bench_watch },
	{ "unwatch", bench_unwatch },	{ "forget", bench_forget },
};

/* ---- Results and events ------------------------------------------------------------------- */

static const struct bench_word bench_errors[] = {
	{ "EPERM", EPERM },
	{ "ENOMEM", ENOMEM },
	{ "EACCES", EACCES },
	{ "EFAULT", EFAULT },
	{ "EEXIST", EEXIST },
	{ "ENODEV", ENODEV },
	{ "EINVAL", EINVAL },
	{ "EAGAIN", EAGAIN },
	{ "EBADF", EBADF },
	{ "EOVERFLOW", EOVERFLOW },
	{ "EOPNOTSUPP", EOPNOTSUPP },
	{ "EIO", EIO },
	{ NULL, 0 },
};

static inline void bench_result_text(char *text, int64_t result)
{
	const struct bench_word *error;

	text[0] = '\0';
	for (error = bench_errors; result < 0 && error->word; error++) {
		if ((int64_t)error->value == -result) {
			bench_add(text, "%s", error->word);
			return;
		}
	}
	if (result >= (int64_t)BENCH_BASE && result % (int64_t)BENCH_PAGE == 0)
		bench_add(text, "%" PRId64, (result - (int64_t)BENCH_BASE) / (int64_t)BENCH_PAGE);
	else
		bench_add(text, "%s%" PRId64, result ? "number " : "", result);
}

/* Whether a result is the one written; a fork's is a plain number, a place a page. */
static inline bool bench_result_is(int64_t result, const char *wanted)
{
	const struct bench_word *error;

	for (error = bench_errors; error->word; error++) {
		if (!strcmp(error->word, wanted))
			return result == -(int64_t)error->value;
	}
	if (!strncmp(wanted, "page", 4))
		return result ==
		       (int64_t)(BENCH_BASE + strtoull(wanted + 4, NULL, 10) * BENCH_PAGE);
	return result == strtoll(wanted, NULL, 10);
}

/* The events of the last operation: "close.open(0-2) @1 close.close(2-4) no_slots/8". */
static inline void bench_events_text(struct bench *bench, char *text)
{
	static const char *const kinds[] = {
		"mmap",	     "mmap_prepare", "mapped", "open",	     "close",
		"may_split", "mprotect",     "mremap", "set_policy", "no_slots",
	};
	const struct model_event *events;
	size_t count = model_events(bench->model, &events), i;

	text[0] = '\0';
	for (i = 0; i < count; i++) {
		const struct model_event *event = &events[i];

		bench_add(text, "%s", i ? " " : "");
		if (event->space)
			bench_add(text, "@%u ", event->space);
		if (event->kind == MODEL_EVENT_NO_SLOTS) {
			bench_add(text, "no_slots/%u", event->at);
			continue;
		}
		bench_add(text, "%s.%s(%u-%u", bench_files[event->file].name, kinds[event->kind],
			  event->start, event->end);
		if (event->kind == MODEL_EVENT_MAY_SPLIT)
			bench_add(text, "/%u", event->at);
		bench_add(text, ")");
	}
	if (count == 0)
		bench_add(text, "nothing");
}

static inline void bench_saw(struct bench *bench, const char *expected)
{
	char text[BENCH_TEXT];

	expected += strspn(expected, " ");
	bench_events_text(bench, text);
	if (strcmp(text, expected))
		bench_fail(bench, "expected the events\n\t%s\ngot\n\t%s", expected, text);
}

static inline void bench_counter(struct bench *bench, const char *text)
{
	struct model_counters counters;
	int64_t value = -1;
	char word[64];

	model_count(bench->model, bench->space, &counters);
	if (!bench_next(&text, word, sizeof(word)))
		bench_fail(bench, "a counter is missing");
	if (!strcmp(word, "areas"))
		value = counters.areas;
	else if (!strcmp(word, "total"))
		value = counters.total;
	else if (!strcmp(word, "data"))
		value = counters.data;
	else if (!strcmp(word, "executable"))
		value = counters.executable;
	else if (!strcmp(word, "stack"))
		value = counters.stack;
	else if (!strcmp(word, "locked"))
		value = counters.locked;
	else if (!strcmp(word, "charged"))
		value = counters.charged;
	else
		bench_fail(bench, "not a counter: %s", word);
	if (value != strtoll(text, NULL, 10))
		bench_fail(bench, "it is %" PRId64, value);
}

/* The pages with a guard marker are those of the ranges, "none" for no page. */
static inline void bench_marks(struct bench *bench, const char *text)
{
	uint64_t marks[MODEL_PAGES_MAX / 64] = { 0 }, wanted[MODEL_PAGES_MAX / 64] = { 0 };
	uint32_t start, end, page;
	char word[64];

	while (bench_next(&text, word, sizeof(word)) && strcmp(word, "none")) {
		bench_range(bench, word, &start, &end);
		for (page = start; page < end; page++)
			wanted[page / 64] |= UINT64_C(1) << (page % 64);
	}
	model_markers(bench->model, bench->space, marks);
	for (page = 0; page < bench->settings.pages; page++) {
		if (bench_marked(marks, page) != bench_marked(wanted, page))
			bench_fail(bench, "page %u %s a marker", page,
				   bench_marked(marks, page) ? "has" : "lacks");
	}
}

static inline void bench_rule(struct bench *bench, const char *expected)
{
	expected += strspn(expected, " ");
	if (strcmp(model_rule(bench->model), expected))
		bench_fail(bench, "the rule is %s", model_rule(bench->model));
}

/* The last operation counted the case with this id once at least. */
static inline void bench_counts(struct bench *bench, const char *id)
{
	size_t i;

	id += strspn(id, " ");
	for (i = 0; i < model_cases(); i++) {
		if (strcmp(model_case_id(i), id))
			continue;
		if (model_case_hits(bench->model, i) == bench->hits[i])
			bench_fail(bench, "not counted");
		return;
	}
	bench_fail(bench, "no case has the id %s", id);
}

/* ---- Scripts ------------------------------------------------------------------------------ */

static inline void bench_set(struct bench *bench, const char *text)
{
	struct model_settings *settings = &bench->settings;
	char word[64], value[64];
	uint64_t number;

	if (!bench_next(&text, word, sizeof(word)) || !bench_next(&text, value, sizeof(value)))
		bench_fail(bench, "a setting is missing");
	number = bench_number(bench, value);
	if (!strcmp(word, "pages")) {
		settings->pages = (uint32_t)number;
	} else if (!strcmp(word, "limit")) {
		settings->limit = (uint32_t)number;
	} else if (!strcmp(word, "gap")) {
		settings->gap = (uint32_t)number;
	} else if (!strcmp(word, "quirks")) {
		settings->quirks = (uint16_t)number;
	} else if (!strcmp(word, "never")) {
		settings->commit_limited = true;
		settings->commit_limit = number;
	} else if (!strcmp(word, "always")) {
		settings->commit_always = number;
	} else if (!strcmp(word, "soft_dirty")) {
		settings->soft_dirty = number;
	} else if (!strcmp(word, "lock_privilege")) {
		settings->lock_privilege = number;
	} else if (!strcmp(word, "as")) {
		settings->limit_as = number;
	} else if (!strcmp(word, "data")) {
		settings->limit_data = number;
	} else if (!strcmp(word, "stack")) {
		settings->limit_stack = number;
	} else if (!strcmp(word, "memlock")) {
		settings->limit_memlock = number;
	} else {
		bench_fail(bench, "not a setting: %s", word);
	}
}

/* Is the name one of "[6.18,7.3]"? "6.1" is none of "[6.12]". */
static inline bool bench_lists(const char *word, const char *name)
{
	size_t length = strlen(name);

	while (*word == '[' || *word == ',') {
		size_t item = strcspn(++word, ",]");

		if (item == length && !strncmp(word, name, length))
			return true;
		word += item;
	}
	return false;
}

/* Steps over "[6.18,7.3]", "@1" and "!2"; false if the line is for another profile. */
static inline bool bench_prefix(struct bench *bench, const char **text)
{
	char word[64];

	bench->space = 0;
	model_fail_at(bench->model, 0, false);
	while (bench_peek(*text, word, sizeof(word)) && strchr("[@!", word[0])) {
		bench_next(text, word, sizeof(word));
		if (word[0] == '@')
			bench->space = (unsigned int)strtoul(word + 1, NULL, 10);
		else if (word[0] == '!')
			model_fail_at(bench->model, (unsigned int)strtoul(word + 1, NULL, 10),
				      strchr(word, '+') != NULL);
		else if (!bench_lists(word, bench_profile_name(bench->settings.profile)))
			return false;
	}
	return true;
}

/* Runs the operation and gives its result; leaves *text behind its arguments. */
static inline int64_t bench_operate(struct bench *bench, const char *verb, const char **text)
{
	size_t i;

	for (i = 0; i < sizeof(bench_verbs) / sizeof(bench_verbs[0]); i++) {
		if (strcmp(bench_verbs[i].word, verb))
			continue;
		bench_remember(bench);
		bench->named_start = 0;
		bench->named_end = bench->settings.pages;
		return bench_verbs[i].run(bench, text);
	}
	bench_fail(bench, "no such verb: %s", verb);
	return 0;
}

static inline void bench_check_all(struct bench *bench)
{
	unsigned int space;

	for (space = 0; space < BENCH_SPACES; space++) {
		if (model_alive(bench->model, space))
			bench_check_space(bench, space);
	}
	bench_check_unnamed(bench);
}

/* One operation, its result, and the invariants after it. */
static inline void bench_step(struct bench *bench, const char *verb, const char *text)
{
	int64_t result;
	char word[64], got[BENCH_TEXT];
	bool good, page;

	result = bench_operate(bench, verb, &text);
	page = !strcmp(verb, "map") || !strcmp(verb, "place");
	if (bench_next(&text, word, sizeof(word))) {
		if (strcmp(word, "=") || !bench_next(&text, word, sizeof(word)))
			bench_fail(bench, "one word too many: %s", word);
		if (page && word[0] >= '0' && word[0] <= '9') {
			memmove(word + 4, word, strlen(word) + 1);
			memcpy(word, "page", 4);
		}
		good = bench_result_is(result, word);
	} else if (page) {
		snprintf(word, sizeof(word), "page%u", bench->named_start);
		good = bench_result_is(result, word);
	} else {
		snprintf(word, sizeof(word), "success");
		good = !strcmp(verb, "fork") ? result >= 0 : result == 0;
	}
	if (!good) {
		bench_result_text(got, result);
		bench_fail(bench, "expected the result %s, got %s, rule %s", word, got,
			   model_rule(bench->model));
	}
	bench_check_all(bench);
}

static inline void bench_line(struct bench *bench)
{
	const char *text = bench->lines[bench->line];
	char word[64];

	if (!strncmp(text, "set ", 4))
		return;
	if (!bench_prefix(bench, &text) || !bench_next(&text, word, sizeof(word)))
		return;
	if (!strcmp(word, "is"))
		bench_is(bench, bench->space, text);
	else if (!strcmp(word, "saw"))
		bench_saw(bench, text);
	else if (!strcmp(word, "counter"))
		bench_counter(bench, text);
	else if (!strcmp(word, "marks"))
		bench_marks(bench, text);
	else if (!strcmp(word, "leaked"))
		bench->leaked = strtoll(text, NULL, 10);
	else if (!strcmp(word, "rule"))
		bench_rule(bench, text);
	else if (!strcmp(word, "counts"))
		bench_counts(bench, text);
	else if (!strcmp(word, "gone"))
		assert_false(model_alive(bench->model, bench->space));
	else
		bench_step(bench, word, text);
}

/* Starts a program with the settings that lead the lines. The caller frees the model. */
static inline void bench_start(struct bench *bench, enum model_profile profile,
			       const char *const *lines)
{
	memset(bench, 0, sizeof(*bench));
	bench->lines = lines;
	bench->settings = bench_settings(profile);
	bench->model = model_new();
	assert_non_null(bench->model);
	for (bench->line = 0; lines[bench->line]; bench->line++) {
		if (!strncmp(lines[bench->line], "set ", 4))
			bench_set(bench, lines[bench->line] + 4);
	}
	bench_begin(bench);
}

static inline void bench_rest(struct bench *bench)
{
	for (bench->line = 0; bench->lines[bench->line]; bench->line++)
		bench_line(bench);
}

static inline void bench_run(unsigned int profiles, const char *const *lines)
{
	struct bench bench;
	unsigned int profile;

	for (profile = 0; profile < BENCH_PROFILES; profile++) {
		if (!(profiles & BENCH_SET(profile)))
			continue;
		bench_start(&bench, (enum model_profile)profile, lines);
		bench_rest(&bench);
		model_free(bench.model);
	}
}

#define LINES(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* The lines in every profile, or in those from one on or before one, or in one. */
#define script(...) bench_run(BENCH_ALL, LINES(__VA_ARGS__))
#define script_6_1(...) bench_run(BENCH_SET(MODEL_6_1), LINES(__VA_ARGS__))
#define script_6_18(...) bench_run(BENCH_SET(MODEL_6_18), LINES(__VA_ARGS__))
#define script_7_3(...) bench_run(BENCH_SET(MODEL_7_3), LINES(__VA_ARGS__))
#define script_before_6_18(...) bench_run(BENCH_BEFORE_6_18, LINES(__VA_ARGS__))
#define script_since_6_12(...) bench_run(BENCH_SINCE_6_12, LINES(__VA_ARGS__))
#define script_since_6_18(...) bench_run(BENCH_SINCE_6_18, LINES(__VA_ARGS__))

#endif
