/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One operation read from text: a prefix, the word, its fields in the order of ops.def, the
 * suffixes. A field has one function, whichever operation it belongs to.
 */
#include "text_op.h"

#include <errno.h>
#include <string.h>

typedef int field_parser(struct lexer *lexer, struct program *program, struct op *op);

int text_parse_end(struct lexer *lexer, const char *expected)
{
	struct slice word = lex_word(lexer);

	return word.length ? lex_fail(lexer, word.at, expected) : 0;
}

/* The number of a flag word: `flags=0x8`. Nothing taken: 0 and *ret untouched. */
static int parse_number_key(struct lexer *lexer, const char *key, uint32_t *ret)
{
	struct slice value;
	uint64_t number;
	int error;

	if (!lex_take_key(lexer, key, &value))
		return 0;
	error = lex_number(lexer, value, UINT32_MAX, &number);
	if (error)
		return error;
	*ret = (uint32_t)number;
	return 1;
}

static int parse_top(struct lexer *lexer, struct slice slice, struct place *ret)
{
	uint64_t pages = 0;
	bool below;

	*ret = (struct place){ .base = PLACE_TOP };
	slice = slice_from(slice, 3);
	if (!slice.length)
		return 0;
	below = slice.at[0] == '-';
	if ((!below && slice.at[0] != '+') || !slice_number(slice_from(slice, 1), &pages) ||
	    pages > TEXT_PAGE_MAX)
		return lex_fail(lexer, slice.at, "top, top-N or top+N in pages");
	ret->pages = below ? -(int32_t)pages : (int32_t)pages;
	return 0;
}

/* `7`, `7+12`, `raw=0x7f00` */
static int parse_measure(struct lexer *lexer, struct slice slice, const char *expected,
			 struct place *ret)
{
	struct slice before;
	uint64_t pages = 0, bytes = 0;

	if (slice_starts(slice, "raw=")) {
		*ret = (struct place){ .base = PLACE_RAW };
		return lex_number(lexer, slice_from(slice, 4), UINT64_MAX, &ret->raw);
	}
	if (slice_cut(&slice, "+", &before)) {
		if (!slice_number(slice, &bytes) || bytes >= PAGE_BYTES)
			return lex_fail(lexer, slice.at, "a number of bytes from 0 to 4095");
		slice = before;
	}
	if (!slice_number(slice, &pages) || pages > TEXT_PAGE_MAX)
		return lex_fail(lexer, slice.at, expected);
	*ret = (struct place){ .base = PLACE_PAGE,
			       .pages = (int32_t)pages,
			       .bytes = (uint32_t)bytes };
	return 0;
}

int text_parse_address(struct lexer *lexer, struct slice slice, struct place *ret)
{
	if (slice_starts(slice, "top"))
		return parse_top(lexer, slice, ret);
	return parse_measure(lexer, slice, "an address: a page, PAGE+BYTES, top, top-N or raw=N",
			     ret);
}

static int parse_length(struct lexer *lexer, struct slice slice, struct place *ret)
{
	return parse_measure(lexer, slice, "a length: pages, PAGES+BYTES or raw=N", ret);
}

/* Bytes as a length in pages where that fits, so that equal ranges look equal. */
static struct place length_of(uint64_t bytes)
{
	if (bytes / PAGE_BYTES > INT32_MAX)
		return place_raw(bytes);
	return (struct place){
		.base = PLACE_PAGE,
		.pages = (int32_t)(bytes / PAGE_BYTES),
		.bytes = (uint32_t)(bytes % PAGE_BYTES),
	};
}

/* Where a place that is not raw lies from page 0, in bytes; may be negative. */
static int64_t offset_of(const struct settings *settings, struct place place)
{
	int64_t pages = place.pages;

	if (place.base == PLACE_TOP)
		pages += settings->pages;
	return pages * (int64_t)PAGE_BYTES + place.bytes;
}

static int parse_span(struct lexer *lexer, const struct settings *settings, struct slice word,
		      struct place *ret_addr, struct place *ret_len)
{
	struct slice first, last = word;
	struct place end;
	bool reversed;
	uint64_t bytes;
	int error;

	if (!slice_cut(&last, "..", &first))
		return lex_fail(lexer, word.at, "a range: S..E, or addr=A len=L");
	error = text_parse_address(lexer, first, ret_addr);
	if (!error)
		error = text_parse_address(lexer, last, &end);
	if (error)
		return error;
	if (ret_addr->base == PLACE_RAW || end.base == PLACE_RAW) {
		bytes = place_address(settings, end) - place_address(settings, *ret_addr);
		reversed = place_address(settings, end) < place_address(settings, *ret_addr);
	} else {
		bytes = (uint64_t)offset_of(settings, end) -
			(uint64_t)offset_of(settings, *ret_addr);
		reversed = offset_of(settings, end) < offset_of(settings, *ret_addr);
	}
	if (reversed)
		return lex_fail(lexer, last.at, "an end that is not below the start");
	*ret_len = length_of(bytes);
	return 0;
}

static int parse_len_key(struct lexer *lexer, struct place *ret)
{
	struct slice value;

	if (!lex_take_key(lexer, "len", &value))
		return lex_fail(lexer, lex_peek(lexer).at, "len=L");
	return parse_length(lexer, value, ret);
}

int text_parse_range(struct lexer *lexer, const struct settings *settings, struct place *ret_addr,
		     struct place *ret_len)
{
	struct slice value;
	int error;

	if (!lex_take_key(lexer, "addr", &value))
		return parse_span(lexer, settings, lex_word(lexer), ret_addr, ret_len);
	error = text_parse_address(lexer, value, ret_addr);
	return error ? error : parse_len_key(lexer, ret_len);
}

static int parse_range(struct lexer *lexer, struct program *program, struct op *op)
{
	return text_parse_range(lexer, &program->settings, &op->addr, &op->len);
}

static int parse_placed(struct lexer *lexer, struct program *program, struct op *op)
{
	struct slice value;
	int error;

	op->how = MMAP_FIXED;
	if (lex_take_key(lexer, "hint", &value)) {
		op->how = MMAP_HINT;
		error = text_parse_address(lexer, value, &op->addr);
		return error ? error : parse_len_key(lexer, &op->len);
	}
	if (lex_take(lexer, "anywhere")) {
		op->how = MMAP_ANYWHERE;
		op->addr = place_raw(0);
		return parse_len_key(lexer, &op->len);
	}
	if (lex_take(lexer, "noreplace"))
		op->how = MMAP_NOREPLACE;
	return parse_range(lexer, program, op);
}

static int parse_address(struct lexer *lexer, struct program *program, struct op *op)
{
	(void)program;
	return text_parse_address(lexer, lex_word(lexer), &op->addr);
}

static const char prot_expected[] = "an access: none, letters of rwx, or prot=N";

int text_parse_prot(struct lexer *lexer, uint32_t *ret)
{
	static const char letters[] = "rwx";
	int taken = parse_number_key(lexer, "prot", ret);
	struct slice word;

	if (taken)
		return taken < 0 ? taken : 0;
	word = lex_word(lexer);
	*ret = 0;
	if (slice_is(word, "none"))
		return 0;
	if (!word.length)
		return lex_fail(lexer, word.at, prot_expected);
	for (size_t i = 0; i < word.length; i++) {
		const char *letter = memchr(letters, word.at[i], 3);
		uint32_t bit = letter ? 1u << (letter - letters) : 0;

		if (!bit || (*ret & bit))
			return lex_fail(lexer, word.at, prot_expected);
		*ret |= bit;
	}
	return 0;
}

static int parse_prot(struct lexer *lexer, struct program *program, struct op *op)
{
	(void)program;
	return text_parse_prot(lexer, &op->prot);
}

/* Words that may follow in any order, each at most once. */
static void take_words(struct lexer *lexer, const struct word *words, uint32_t *set)
{
	for (;;) {
		struct slice next = lex_peek(lexer);
		const struct word *word = word_find(words, next.at, next.length);

		if (!word || (*set & word->value))
			return;
		lex_word(lexer);
		*set |= word->value;
	}
}

static int parse_grows(struct lexer *lexer, struct program *program, struct op *op)
{
	(void)program;
	take_words(lexer, prot_grow_words, &op->prot);
	return 0;
}

int text_parse_file(struct lexer *lexer, struct slice slice, uint8_t *ret_file, bool *ret_has_pgoff,
		    uint64_t *ret_pgoff)
{
	struct slice name = slice;

	*ret_has_pgoff = slice_cut(&slice, "@", &name);
	for (unsigned int file = FILE_ANON + 1; file < WORLD_FILES; file++) {
		if (!slice_is(name, world_file_name((enum world_file)file)))
			continue;
		*ret_file = (uint8_t)file;
		return *ret_has_pgoff ? lex_number(lexer, slice, UINT64_MAX, ret_pgoff) : 0;
	}
	return lex_fail(lexer, name.at,
			"a file: plain, plain2, other, readonly, zero, shm, close, "
			"veto, legacy, prepare, failing, io or pfn");
}

/* flags=N of mmap: 1 taken, 0 not there. */
static int parse_map_flags(struct lexer *lexer, struct op *op)
{
	uint32_t flags = 0;
	const char *at = lex_peek(lexer).at;
	int taken = parse_number_key(lexer, "flags", &flags);

	if (taken == 1 && (flags & PROGRAM_MAP_IMPLIED))
		return lex_fail(lexer, at,
				"flags without MAP_FIXED, MAP_FIXED_NOREPLACE and "
				"MAP_ANONYMOUS, which words say");
	op->map_flags |= flags;
	return taken;
}

static int parse_kind(struct lexer *lexer, struct op *op)
{
	int taken = parse_map_flags(lexer, op);
	const struct word *kind;
	struct slice word;

	if (taken)
		return taken < 0 ? taken : 0;
	word = lex_word(lexer);
	kind = word_find(mmap_kind_words, word.at, word.length);
	if (!kind)
		return lex_fail(lexer, word.at, "private, shared, droppable or flags=N");
	op->map_flags |= kind->value;
	return 0;
}

static int parse_backing(struct lexer *lexer, struct program *program, struct op *op)
{
	const struct word *attr;
	struct slice value, word;
	bool has_pgoff;
	int error = parse_kind(lexer, op);

	(void)program;
	if (error)
		return error;
	if (lex_take(lexer, "anon")) {
		op->file = FILE_ANON;
		op->map_flags |= PROGRAM_MAP_ANONYMOUS;
	} else if (lex_take_key(lexer, "file", &value)) {
		error = text_parse_file(lexer, value, &op->file, &has_pgoff, &op->pgoff);
	} else {
		error = lex_fail(lexer, lex_word(lexer).at, "anon or file=NAME[@PGOFF]");
	}
	while (!error) {
		int taken = parse_map_flags(lexer, op);

		if (taken < 0)
			return taken;
		if (taken)
			continue;
		word = lex_peek(lexer);
		attr = word_find(mmap_attr_words, word.at, word.length);
		if (!attr)
			return 0;
		lex_word(lexer);
		op->map_flags |= attr->value;
	}
	return error;
}

static int parse_advice(struct lexer *lexer, struct program *program, struct op *op)
{
	int taken = parse_number_key(lexer, "advice", &op->advice);
	const struct word *advice;
	struct slice word;

	(void)program;
	if (taken)
		return taken < 0 ? taken : 0;
	word = lex_word(lexer);
	advice = word_find(advice_words, word.at, word.length);
	if (!advice)
		return lex_fail(lexer, word.at,
				"an advice (normal, dontneed, dontfork, ...) or advice=N");
	op->advice = advice->value;
	return 0;
}

static int parse_access(struct lexer *lexer, struct program *program, struct op *op)
{
	struct slice word = lex_word(lexer);

	(void)program;
	op->touch_write = slice_is(word, "w");
	if (!op->touch_write && !slice_is(word, "r"))
		return lex_fail(lexer, word.at, "r or w");
	return 0;
}

static int parse_lock(struct lexer *lexer, struct program *program, struct op *op)
{
	int taken = parse_number_key(lexer, "flags", &op->mode);

	(void)program;
	if (taken < 0)
		return taken;
	if (!taken && lex_take(lexer, "onfault"))
		op->mode = 1;
	op->how = op->mode & 1;
	return 0;
}

/* Words with commas between them, each at most once. */
static int parse_list(struct lexer *lexer, const struct word *words, const char *expected,
		      uint32_t *ret)
{
	struct slice rest = lex_word(lexer);
	struct slice item;
	bool more;

	*ret = 0;
	do {
		const struct word *word;

		item = rest;
		more = slice_cut(&rest, ",", &item);
		word = word_find(words, item.at, item.length);
		if (!word || (*ret & word->value))
			return lex_fail(lexer, item.at, expected);
		*ret |= word->value;
	} while (more);
	return 0;
}

static int parse_exec(struct lexer *lexer, struct program *program, struct op *op)
{
	(void)program;
	op->how = lex_take(lexer, "exec");
	return 0;
}

static int parse_lockall(struct lexer *lexer, struct program *program, struct op *op)
{
	int taken = parse_number_key(lexer, "flags", &op->mode);

	(void)program;
	if (taken)
		return taken < 0 ? taken : 0;
	return parse_list(lexer, lockall_words, "a list of current, future, onfault, or flags=N",
			  &op->mode);
}

static int parse_seal(struct lexer *lexer, struct program *program, struct op *op)
{
	int taken = parse_number_key(lexer, "flags", &op->map_flags);

	(void)program;
	return taken < 0 ? taken : 0;
}

/* What may follow the first word of a move: 1 taken, 0 something else. */
static int parse_move_more(struct lexer *lexer, struct op *op)
{
	const char *at = lex_peek(lexer).at;
	struct slice value;
	int taken, error;

	if (op->how == MREMAP_RESIZE && !op->maymove && lex_take(lexer, "maymove"))
		return op->maymove = true;
	if (op->how == MREMAP_TO && !op->dontunmap && lex_take(lexer, "dontunmap"))
		return op->dontunmap = true;
	if (op->how == MREMAP_TO && !op->has_len && lex_take_key(lexer, "len", &value)) {
		op->has_len = true;
		error = parse_length(lexer, value, &op->newlen);
		return error ? error : 1;
	}
	if (op->how == MREMAP_KEEP && !op->has_dest && lex_take_key(lexer, "hint", &value)) {
		op->has_dest = true;
		error = text_parse_address(lexer, value, &op->dest);
		return error ? error : 1;
	}
	taken = parse_number_key(lexer, "flags", &op->map_flags);
	if (taken == 1 && (op->map_flags & PROGRAM_MREMAP_IMPLIED))
		return lex_fail(lexer, at,
				"flags above 0x7 (maymove, fixed=A and dontunmap say those)");
	return taken;
}

static int parse_move(struct lexer *lexer, struct program *program, struct op *op)
{
	struct slice value;
	int error = 0, taken;

	(void)program;
	if (lex_take_key(lexer, "len", &value)) {
		op->how = MREMAP_RESIZE;
		op->has_len = true;
		error = parse_length(lexer, value, &op->newlen);
	} else if (lex_take_key(lexer, "fixed", &value)) {
		op->how = MREMAP_TO;
		op->has_dest = true;
		error = text_parse_address(lexer, value, &op->dest);
	} else if (lex_take(lexer, "dontunmap")) {
		op->how = MREMAP_KEEP;
		op->dontunmap = true;
	} else {
		error = lex_fail(lexer, lex_word(lexer).at,
				 "len=L [maymove], fixed=A [len=L] "
				 "[dontunmap], or dontunmap [hint=A]");
	}
	if (error)
		return error;
	do {
		taken = parse_move_more(lexer, op);
	} while (taken == 1);
	return taken;
}

static int parse_nodes(struct lexer *lexer, struct slice rest, uint64_t *ret)
{
	struct slice item;
	uint64_t node;
	bool more;

	*ret = 0;
	if (slice_is(rest, "none"))
		return 0;
	do {
		item = rest;
		more = slice_cut(&rest, ",", &item);
		if (!slice_number(item, &node) || node >= PROGRAM_NODES)
			return lex_fail(lexer, item.at, "node numbers from 0 to 63, or none");
		*ret |= UINT64_C(1) << node;
	} while (more);
	return 0;
}

int text_parse_policy(struct lexer *lexer, struct slice slice, uint32_t *ret_mode,
		      uint64_t *ret_nodes)
{
	struct slice name = slice;
	bool has_nodes = slice_cut(&slice, "=", &name);
	const struct word *policy = word_find(policy_words, name.at, name.length);

	*ret_nodes = 0;
	if (!policy || has_nodes != !!(policy->value & POLICY_NODES))
		return lex_fail(lexer, name.at,
				"a policy: default, local, bind=N, preferred=N, "
				"interleave=N, preferred_many=N, "
				"weighted_interleave=N or mode=N");
	*ret_mode = policy->value & ~POLICY_NODES;
	return has_nodes ? parse_nodes(lexer, slice, ret_nodes) : 0;
}

static int parse_policy(struct lexer *lexer, struct program *program, struct op *op)
{
	int taken = parse_number_key(lexer, "mode", &op->mode);
	struct slice value;
	int error;

	(void)program;
	if (taken < 0)
		return taken;
	if (taken)
		return lex_take_key(lexer, "nodes", &value)
			       ? lex_number(lexer, value, UINT64_MAX, &op->nodes)
			       : 0;
	error = text_parse_policy(lexer, lex_word(lexer), &op->mode, &op->nodes);
	if (error)
		return error;
	take_words(lexer, policy_flag_words, &op->mode);
	return 0;
}

static int parse_node(struct lexer *lexer, struct program *program, struct op *op)
{
	(void)program;
	return lex_number(lexer, lex_word(lexer), UINT32_MAX, &op->nodes);
}

/* One character after a backslash; returns how many bytes it took, 0 if it is none. */
static size_t parse_escape(const char *at, size_t left, char *ret)
{
	static const char digits[] = "0123456789abcdef";
	const char *high, *low;

	if (left && (*at == '"' || *at == '\\')) {
		*ret = *at;
		return 1;
	}
	if (left < 3 || *at != 'x')
		return 0;
	high = memchr(digits, at[1], 16);
	low = memchr(digits, at[2], 16);
	if (!high || !low || (high == digits && low == digits))
		return 0;
	*ret = (char)((high - digits) * 16 + (low - digits));
	return 3;
}

int text_parse_quoted(struct lexer *lexer, struct slice slice, char *name, size_t size)
{
	size_t length = 0;
	size_t i = 1;

	memset(name, 0, size);
	if (!slice.length || slice.at[0] != '"')
		return lex_fail(lexer, slice.at, "\"TEXT\" or none");
	while (i < slice.length && slice.at[i] != '"') {
		char c = slice.at[i++];

		if (c == '\\') {
			size_t taken = parse_escape(slice.at + i, slice.length - i, &c);

			if (!taken)
				return lex_fail(lexer, slice.at + i - 1, "\\\", \\\\ or \\xHH");
			i += taken;
		}
		if (length + 1 >= size)
			return lex_fail(lexer, slice.at, "a name of at most 83 bytes");
		name[length++] = c;
	}
	if (i + 1 != slice.length)
		return lex_fail(lexer, slice.at + i, "a closing quote, then a blank");
	return 0;
}

static int parse_name(struct lexer *lexer, struct program *program, struct op *op)
{
	char name[sizeof(*program->names)];
	int error;

	if (lex_take(lexer, "none"))
		return 0;
	error = text_parse_quoted(lexer, lex_word(lexer), name, sizeof(name));
	if (error)
		return error;
	error = program_add_name(program, name);
	if (error < 0)
		return error;
	op->name = (uint16_t)error;
	return 0;
}

static int parse_modes(struct lexer *lexer, struct program *program, struct op *op)
{
	int taken = parse_number_key(lexer, "modes", &op->mode);
	int error = 0;

	(void)program;
	if (taken < 0)
		return taken;
	if (!taken)
		error = parse_list(lexer, uffd_mode_words,
				   "a list of missing, wp, minor, rwp, or modes=N", &op->mode);
	if (error)
		return error;
	take_words(lexer, uffd_feature_words, &op->features);
	return 0;
}

static int parse_context(struct lexer *lexer, struct program *program, struct op *op)
{
	uint64_t context;
	int error = lex_number(lexer, lex_word(lexer), 3, &context);

	(void)program;
	if (!error)
		op->context = (uint8_t)context;
	return error;
}

static int parse_offset(struct lexer *lexer, struct program *program, struct op *op)
{
	struct slice value;

	(void)program;
	if (!lex_take_key(lexer, "off", &value))
		return lex_fail(lexer, lex_word(lexer).at, "off=N");
	return lex_number(lexer, value, UINT64_MAX, &op->pgoff);
}

static int parse_distance(struct lexer *lexer, struct program *program, struct op *op)
{
	struct slice value;

	(void)program;
	if (!lex_take_key(lexer, "by", &value))
		return lex_fail(lexer, lex_word(lexer).at, "by=N");
	return lex_number(lexer, value, TEXT_PAGE_MAX, &op->nodes);
}

static int parse_switch(struct lexer *lexer, struct program *program, struct op *op)
{
	struct slice word = lex_word(lexer);

	(void)program;
	op->how = slice_is(word, "on");
	if (!op->how && !slice_is(word, "off"))
		return lex_fail(lexer, word.at, "on or off");
	return 0;
}

static int parse_rlimit(struct lexer *lexer, struct program *program, struct op *op)
{
	struct slice word = lex_word(lexer);
	const struct word *which = word_find(rlimit_words, word.at, word.length);

	(void)program;
	if (!which)
		return lex_fail(lexer, word.at, "as, data, stack or memlock");
	op->how = (uint8_t)which->value;
	op->nodes = RLIMIT_NONE;
	word = lex_word(lexer);
	if (slice_is(word, "inf"))
		return 0;
	if (!slice_number(word, &op->nodes) || op->nodes == RLIMIT_NONE)
		return lex_fail(lexer, word.at, "a number of pages, or inf");
	return 0;
}

static int parse_limit(struct lexer *lexer, struct program *program, struct op *op)
{
	struct slice word = lex_word(lexer);

	(void)program;
	op->how = LIMIT_ABSOLUTE;
	if (word.length && (word.at[0] == '+' || word.at[0] == '-')) {
		op->how = word.at[0] == '+' ? LIMIT_ABOVE : LIMIT_BELOW;
		word = slice_from(word, 1);
	}
	return lex_number(lexer, word, UINT32_MAX, &op->nodes);
}

static field_parser *const field_parsers[FIELDS] = {
	[FIELD_CONTEXT] = parse_context,   [FIELD_PLACED] = parse_placed,
	[FIELD_RANGE] = parse_range,	   [FIELD_ADDRESS] = parse_address,
	[FIELD_PROT] = parse_prot,	   [FIELD_GROWS] = parse_grows,
	[FIELD_BACKING] = parse_backing,   [FIELD_ADVICE] = parse_advice,
	[FIELD_ACCESS] = parse_access,	   [FIELD_LOCK] = parse_lock,
	[FIELD_LOCKALL] = parse_lockall,   [FIELD_SEAL] = parse_seal,
	[FIELD_MOVE] = parse_move,	   [FIELD_POLICY] = parse_policy,
	[FIELD_NODE] = parse_node,	   [FIELD_NAME] = parse_name,
	[FIELD_MODES] = parse_modes,	   [FIELD_OFFSET] = parse_offset,
	[FIELD_DISTANCE] = parse_distance, [FIELD_SWITCH] = parse_switch,
	[FIELD_RLIMIT] = parse_rlimit,	   [FIELD_LIMIT] = parse_limit,
	[FIELD_EXEC] = parse_exec,
};

static int parse_alloc(struct lexer *lexer, struct slice value, struct op *op)
{
	uint64_t nth = 0;

	if (value.length && value.at[value.length - 1] == '+') {
		op->alloc_onward = true;
		value.length--;
	}
	if (!slice_number(value, &nth) || !nth || nth > UINT16_MAX)
		return lex_fail(lexer, value.at, "!alloc=K or !alloc=K+ with K from 1 to 65535");
	op->alloc_nth = (uint16_t)nth;
	return 0;
}

static int parse_result(struct lexer *lexer, struct op *op)
{
	struct slice word = lex_word(lexer);

	if (slice_is(word, "-")) {
		op->result_form = RESULT_NOOP;
		return 0;
	}
	if (word.length && word.at[0] == 'E') {
		op->result_form = RESULT_ERRNO;
		op->result_errno = errno_number(word.at, word.length);
		return op->result_errno ? 0 : lex_fail(lexer, word.at, "the name of an errno");
	}
	if (!word.length)
		return lex_fail(lexer, word.at, "a result: 0, a page, - or an errno name");
	op->result_form = RESULT_VALUE;
	return text_parse_address(lexer, word, &op->result);
}

static int parse_suffixes(struct lexer *lexer, struct op *op, const char *optional)
{
	struct slice value;
	int error = 0;
	char expected[128];

	while (!error) {
		if (!op->alloc_nth && lex_take_key(lexer, "!alloc", &value))
			error = parse_alloc(lexer, value, op);
		else if (op->result_form == RESULT_UNSTATED && lex_take(lexer, "="))
			error = parse_result(lexer, op);
		else
			break;
	}
	if (error)
		return error;
	snprintf(expected, sizeof(expected), "%s%s!alloc=K, = RESULT or the end of the line",
		 optional, *optional ? ", " : "");
	return text_parse_end(lexer, expected);
}

static int parse_kind_word(struct lexer *lexer, struct slice word, struct op *op)
{
	for (unsigned int kind = 0; kind < OP_KINDS; kind++) {
		if (!slice_is(word, op_rows[kind].word))
			continue;
		op->kind = (uint8_t)kind;
		return 0;
	}
	return lex_fail(lexer, word.at, "an operation (mmap, munmap, mprotect, ...) or expect");
}

int text_parse_op(struct lexer *lexer, struct program *program, struct op *op)
{
	struct slice word = lex_word(lexer);
	const char *optional = "";
	uint64_t space = 0;
	int error = 0;

	*op = (struct op){ .line = lexer->line };
	if (word.length && word.at[0] == '@') {
		error = lex_number(lexer, slice_from(word, 1), UINT8_MAX, &space);
		word = error ? word : lex_word(lexer);
	}
	op->space = (uint8_t)space;
	if (!error)
		error = parse_kind_word(lexer, word, op);
	for (unsigned int field = 0; !error && field < FIELDS; field++) {
		if (!op_has(op, (enum op_field)field))
			continue;
		error = field_parsers[field](lexer, program, op);
		optional = strchr(field_syntax[field], '[') ? field_syntax[field] : "";
	}
	return error ? error : parse_suffixes(lexer, op, optional);
}
