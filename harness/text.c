/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole program read from text: the version line, settings, operations and expectations,
 * each line once, nothing run before everything was read.
 */
#include "text_op.h"

#include "flags.h"

#include <errno.h>
#include <string.h>

struct parser {
	struct lexer lexer;
	struct program *program;
	uint32_t seen;	    /* bit per setting that was written */
	bool settings_over; /* an operation or an expectation stood */
	bool layout_open;   /* the line before was of a layout; more may follow */
};

static const char version_word[] = "vma-program";

bool program_is_text(const char *text, size_t size)
{
	size_t length = sizeof(version_word) - 1;

	if (size < length || memcmp(text, version_word, length))
		return false;
	return size == length || memchr(" \t\r\n", text[length], 4);
}

static int parse_version(struct parser *parser)
{
	struct lexer *lexer = &parser->lexer;
	struct slice word;
	uint64_t version;
	int more = lex_line(lexer);

	if (more < 0)
		return more;
	if (!more) {
		lexer->line = 1;
		return lex_fail(lexer, lexer->line_at, "vma-program 1");
	}
	word = lex_word(lexer);
	if (!slice_is(word, version_word))
		return lex_fail(lexer, word.at, "vma-program 1");
	word = lex_word(lexer);
	if (!slice_number(word, &version) || version != 1)
		return lex_fail(lexer, word.at, "version 1");
	return text_parse_end(lexer, "the end of the line");
}

/* A setting's function reads what follows its word. */
typedef int setting_parser(struct parser *parser, struct settings *settings);

static int parse_pages(struct parser *parser, struct settings *settings)
{
	struct slice word = lex_word(&parser->lexer);
	uint64_t pages;

	if (!slice_number(word, &pages) || !pages || pages > PROGRAM_PAGES_MAX)
		return lex_fail(&parser->lexer, word.at, "a number of pages from 1 to 4096");
	settings->pages = (uint32_t)pages;
	return 0;
}

static int parse_limit(struct parser *parser, struct settings *settings)
{
	uint64_t limit;
	int error = lex_number(&parser->lexer, lex_word(&parser->lexer), UINT32_MAX, &limit);

	if (!error)
		settings->limit = (uint32_t)limit;
	return error;
}

static int parse_profile(struct parser *parser, struct settings *settings)
{
	struct lexer *lexer = &parser->lexer;
	struct slice word = lex_word(lexer);

	do {
		unsigned int profile = 0;

		if (!settings->profile_any && slice_is(word, "any")) {
			settings->profile_any = true;
			word = lex_word(lexer);
			continue;
		}
		while (profile < PROFILES && !slice_is(word, profile_name((enum profile)profile)))
			profile++;
		if (profile == PROFILES || (settings->profiles >> profile & 1))
			return lex_fail(lexer, word.at, "6.1, 6.12, 6.18, 7.3 or any, each once");
		if (!settings->profiles)
			settings->profile = (uint8_t)profile;
		settings->profiles |= (uint8_t)(1u << profile);
		word = lex_word(lexer);
	} while (word.length);
	return 0;
}

static int parse_quirk_rows(struct lexer *lexer, struct slice rest, uint16_t *ret)
{
	struct slice item;
	uint64_t row;
	bool more;

	do {
		item = rest;
		more = slice_cut(&rest, ",", &item);
		if (!slice_starts(item, "F") || !slice_number(slice_from(item, 1), &row) || !row ||
		    row > PROGRAM_QUIRK_ROWS || (*ret >> (row - 1) & 1))
			return lex_fail(lexer, item.at, "on, off or a list of F1 to F15");
		*ret |= (uint16_t)(1u << (row - 1));
	} while (more);
	return 0;
}

static int parse_quirks(struct parser *parser, struct settings *settings)
{
	struct slice word = lex_word(&parser->lexer);

	settings->quirks = SETTING_ON;
	if (slice_is(word, "on"))
		return 0;
	if (!slice_is(word, "off"))
		return parse_quirk_rows(&parser->lexer, word, &settings->quirk_rows);
	settings->quirks = SETTING_OFF;
	return 0;
}

static int parse_gap(struct parser *parser, struct settings *settings)
{
	struct slice word = lex_word(&parser->lexer);
	uint64_t gap;

	if (!slice_number(word, &gap) || !gap || gap > PROGRAM_GAP_MAX)
		return lex_fail(&parser->lexer, word.at, "a number of pages from 1 to 65535");
	settings->gap = (uint32_t)gap;
	return 0;
}

static int parse_rlimit(struct parser *parser, struct settings *settings)
{
	struct lexer *lexer = &parser->lexer;
	struct slice word = lex_word(lexer);
	const struct word *which = word_find(rlimit_words, word.at, word.length);
	uint64_t pages = RLIMIT_NONE;

	if (!which || (parser->seen >> (16 + which->value) & 1))
		return lex_fail(lexer, word.at, "as, data, stack or memlock, each once");
	parser->seen |= 1u << (16 + which->value);
	word = lex_word(lexer);
	if (!slice_is(word, "inf") && (!slice_number(word, &pages) || pages == RLIMIT_NONE))
		return lex_fail(lexer, word.at, "a number of pages, or inf");
	settings->rlimit[which->value] = pages;
	return 0;
}

static int parse_overcommit(struct parser *parser, struct settings *settings)
{
	struct lexer *lexer = &parser->lexer;
	struct slice value, word;

	if (lex_take_key(lexer, "never", &value)) {
		settings->overcommit = OVERCOMMIT_NEVER;
		return lex_number(lexer, value, UINT64_MAX, &settings->commit_limit);
	}
	word = lex_word(lexer);
	settings->overcommit = slice_is(word, "always") ? OVERCOMMIT_ALWAYS : OVERCOMMIT_GUESS;
	if (settings->overcommit == OVERCOMMIT_GUESS && !slice_is(word, "guess"))
		return lex_fail(lexer, word.at, "guess, always or never=N");
	return 0;
}

static int parse_tristate(struct parser *parser, uint8_t *ret)
{
	struct slice word = lex_word(&parser->lexer);

	*ret = slice_is(word, "on") ? SETTING_ON : SETTING_OFF;
	if (*ret == SETTING_OFF && !slice_is(word, "off"))
		return lex_fail(&parser->lexer, word.at, "on or off");
	return 0;
}

static int parse_softdirty(struct parser *parser, struct settings *settings)
{
	return parse_tristate(parser, &settings->softdirty);
}

static int parse_anon_names(struct parser *parser, struct settings *settings)
{
	return parse_tristate(parser, &settings->anon_names);
}

static int parse_ipc_lock(struct parser *parser, struct settings *settings)
{
	return parse_tristate(parser, &settings->ipc_lock);
}

static const struct {
	const char *word;
	setting_parser *parse;
	bool repeats; /* tells its cases apart itself */
	bool is_op_too;
} setting_rows[] = {
	{ "pages", parse_pages, false, false },
	{ "limit", parse_limit, false, true },
	{ "profile", parse_profile, false, false },
	{ "quirks", parse_quirks, false, false },
	{ "gap", parse_gap, false, false },
	{ "rlimit", parse_rlimit, true, true },
	{ "overcommit", parse_overcommit, false, false },
	{ "softdirty", parse_softdirty, false, false },
	{ "anon_names", parse_anon_names, false, false },
	{ "ipc_lock", parse_ipc_lock, false, false },
};
#define SETTING_ROWS (sizeof(setting_rows) / sizeof(setting_rows[0]))

/* `limit +2` can only be an operation, wherever it stands. */
static bool is_relative_limit(const struct lexer *lexer)
{
	struct lexer ahead = *lexer;
	struct slice value;

	lex_word(&ahead);
	value = lex_peek(&ahead);
	return value.length && (value.at[0] == '+' || value.at[0] == '-');
}

/* 1: the line was a setting, 0: it is not one. */
static int parse_setting(struct parser *parser)
{
	struct lexer *lexer = &parser->lexer;
	struct slice word = lex_peek(lexer);
	size_t row = 0;
	int error;

	while (row < SETTING_ROWS && !slice_is(word, setting_rows[row].word))
		row++;
	if (row == SETTING_ROWS)
		return 0;
	if (setting_rows[row].is_op_too && (parser->settings_over || is_relative_limit(lexer)))
		return 0;
	if (parser->settings_over)
		return lex_fail(lexer, word.at,
				"an operation: settings stand before the first one");
	if (!setting_rows[row].repeats && (parser->seen >> row & 1))
		return lex_fail(lexer, word.at, "each setting once");
	parser->seen |= 1u << row;
	lex_word(lexer);
	error = setting_rows[row].parse(parser, &parser->program->settings);
	if (!error)
		error = text_parse_end(lexer, "the end of the line");
	return error ? error : 1;
}

/* Comma-separated codes; those that PROT and KIND say already are not among them. */
static int parse_flag_codes(struct lexer *lexer, struct slice rest, uint64_t *ret)
{
	const uint64_t said = VM_FLAG(rd) | VM_FLAG(wr) | VM_FLAG(ex) | VM_FLAG(sh) | VM_FLAG(mr) |
			      VM_FLAG(mw) | VM_FLAG(me) | VM_FLAG(ms);
	struct slice item;
	bool more;

	*ret = 0;
	if (!rest.length || slice_is(rest, "none"))
		return 0;
	do {
		char code[3] = "";
		uint64_t flag = UINT64_MAX;

		item = rest;
		more = slice_cut(&rest, ",", &item);
		if (item.length == 2) {
			memcpy(code, item.at, 2);
			flag = flags_parse(code);
		}
		if (flag == UINT64_MAX || !flag || (flag & said))
			return lex_fail(lexer, item.at,
					"two-letter VmFlags codes beside rd wr ex sh "
					"mr mw me ms, or none");
		*ret |= flag;
	} while (more);
	return 0;
}

static int parse_expect_policy(struct lexer *lexer, struct slice value, struct expect_vma *line)
{
	struct text_out out = { line->policy, sizeof(line->policy), 0 };
	uint32_t mode, flags = 0;
	uint64_t nodes;
	int error;

	/* Flags of the policy stand last: bind=0,static. */
	for (const struct word *flag = policy_flag_words; flag->word;) {
		size_t length = strlen(flag->word) + 1;
		struct slice tail;

		if (value.length > length) {
			tail = slice_from(value, value.length - length);
			if (tail.at[0] == ',' && slice_is(slice_from(tail, 1), flag->word) &&
			    !(flags & flag->value)) {
				flags |= flag->value;
				value.length -= length;
				flag = policy_flag_words;
				continue;
			}
		}
		flag++;
	}
	error = text_parse_policy(lexer, value, &mode, &nodes);
	if (error)
		return error;
	text_put_policy(&out, mode, nodes);
	if (flags)
		text_put(&out, ",");
	text_put_words(&out, policy_flag_words, flags, ",");
	if (out.length >= out.size)
		return lex_fail(lexer, value.at, "a policy of at most 23 bytes");
	return 0;
}

static int parse_expect_off(struct lexer *lexer, struct slice value, struct expect_vma *line)
{
	int error;

	if (line->has_off)
		return lex_fail(lexer, value.at, "one offset (@PGOFF says it as well)");
	error = lex_number(lexer, value, UINT64_MAX, &line->off);
	line->pgoff = line->off;
	line->has_off = true;
	return error;
}

/* One fact after the kind: 1 taken, 0 not a fact. */
static int parse_expect_fact(struct lexer *lexer, struct expect_vma *line)
{
	struct slice word = lex_peek(lexer), value;
	const struct word *fault = word_find(fault_words, word.at, word.length);
	uint64_t number = 0;
	int error = 0;

	if (!line->has_fault && fault) {
		lex_word(lexer);
		line->has_fault = true;
		line->fault = (uint8_t)fault->value;
	} else if (!line->has_anon && slice_starts(word, "anon#")) {
		lex_word(lexer);
		line->has_anon = true;
		error = lex_number(lexer, slice_from(word, 5), UINT32_MAX, &number);
		line->anon = (uint32_t)number;
	} else if (lex_take_key(lexer, "off", &value)) {
		error = parse_expect_off(lexer, value, line);
	} else if (!line->has_flags && lex_take_key(lexer, "flags", &value)) {
		line->has_flags = true;
		error = parse_flag_codes(lexer, value, &line->flags);
	} else if (!line->has_policy && lex_take_key(lexer, "policy", &value)) {
		line->has_policy = true;
		error = parse_expect_policy(lexer, value, line);
	} else if (!line->has_name && lex_take_key(lexer, "name", &value)) {
		line->has_name = true;
		if (!slice_is(value, "none"))
			error = text_parse_quoted(lexer, value, line->name, sizeof(line->name));
	} else if (!line->has_uffd && lex_take_key(lexer, "uffd", &value)) {
		line->has_uffd = true;
		line->uffd = -1;
		if (!slice_is(value, "none"))
			error = lex_number(lexer, value, 3, &number);
		if (!slice_is(value, "none"))
			line->uffd = (int8_t)number;
	} else {
		return 0;
	}
	return error ? error : 1;
}

static int parse_expect_backing(struct lexer *lexer, struct expect_vma *line)
{
	struct slice word = lex_word(lexer), value;
	const struct word *kind = word_find(mmap_kind_words, word.at, word.length);

	if (!kind)
		return lex_fail(lexer, word.at, "private, shared or droppable");
	line->kind = (uint8_t)(kind - mmap_kind_words);
	if (lex_take(lexer, "anon"))
		return 0;
	if (!lex_take_key(lexer, "file", &value))
		return lex_fail(lexer, lex_word(lexer).at, "anon or file=NAME[@PGOFF]");
	if (text_parse_file(lexer, value, &line->file, &line->has_off, &line->pgoff))
		return -EINVAL;
	line->off = line->has_off ? line->pgoff : 0;
	return 0;
}

static int parse_expect_range(struct parser *parser, struct expect_vma *line)
{
	const struct settings *settings = &parser->program->settings;
	struct lexer *lexer = &parser->lexer;
	const char *at = lex_peek(lexer).at;
	struct place start, length;
	uint64_t first, pages;
	int error = text_parse_range(lexer, settings, &start, &length);

	if (error)
		return error;
	first = place_address(settings, start) - PROGRAM_BASE;
	pages = place_length(length) / PAGE_BYTES;
	if (first % PAGE_BYTES || place_length(length) % PAGE_BYTES || !pages ||
	    first / PAGE_BYTES >= settings->pages || pages > settings->pages - first / PAGE_BYTES)
		return lex_fail(lexer, at, "a range of at least one page inside the window");
	line->start = (uint32_t)(first / PAGE_BYTES);
	line->end = line->start + (uint32_t)pages;
	return 0;
}

/* Appends to the layout of the line before, or begins one. */
static int add_layout_line(struct parser *parser, struct expectation *expectation, const char *at,
			   const struct expect_vma *line)
{
	struct program *program = parser->program;
	struct expectation *open = NULL;
	int error;

	if (parser->layout_open)
		open = &program->expectations[program->expectation_count - 1];
	if (open && open->space == expectation->space) {
		if (line->start < program->lines[program->line_count - 1].end)
			return lex_fail(&parser->lexer, at, "VMAs in ascending order");
		open->vmas++;
		return program_add_expect_vma(program, line);
	}
	expectation->form = EXPECT_LAYOUT;
	expectation->first = program->line_count;
	expectation->vmas = 1;
	parser->layout_open = true;
	error = program_add_expect_vma(program, line);
	return error ? error : program_add_expectation(program, expectation);
}

static int parse_expect_layout(struct parser *parser, struct expectation *expectation)
{
	struct lexer *lexer = &parser->lexer;
	const char *at = lex_peek(lexer).at;
	struct expect_vma line = { 0 };
	int more = 1;
	int error = parse_expect_range(parser, &line);

	if (!error)
		error = text_parse_prot(lexer, &line.prot);
	if (!error)
		error = parse_expect_backing(lexer, &line);
	if (error)
		return error;
	while (more == 1)
		more = parse_expect_fact(lexer, &line);
	if (!more)
		more = text_parse_end(lexer,
				      "faulted, unfaulted, forked, anon#K, off=N, flags=, "
				      "policy=, name=, uffd= (each once) or the end of the line");
	return more ? more : add_layout_line(parser, expectation, at, &line);
}

static int parse_expect(struct parser *parser)
{
	struct lexer *lexer = &parser->lexer;
	struct program *program = parser->program;
	struct expectation expectation = { .after = program->op_count, .line = lexer->line };
	struct slice word;
	uint64_t number = 0;
	int error = 0;

	lexer->keep_anon = true;
	word = lex_peek(lexer);
	if (word.length && word.at[0] == '@') {
		lex_word(lexer);
		error = lex_number(lexer, slice_from(word, 1), UINT8_MAX, &number);
		expectation.space = (uint8_t)number;
	}
	if (error)
		return error;
	if (lex_take(lexer, "empty")) {
		expectation.form = EXPECT_EMPTY;
	} else if (lex_take(lexer, "count")) {
		expectation.form = EXPECT_COUNT;
		error = lex_number(lexer, lex_word(lexer), UINT32_MAX, &number);
		expectation.count = (uint32_t)number;
	} else {
		return parse_expect_layout(parser, &expectation);
	}
	parser->layout_open = false;
	if (!error)
		error = text_parse_end(lexer, "the end of the line");
	return error ? error : program_add_expectation(program, &expectation);
}

static int parse_line(struct parser *parser)
{
	struct lexer *lexer = &parser->lexer;
	struct slice word = lex_peek(lexer);
	struct op op;
	int error;

	lexer->keep_anon = false;
	if (!word.length)
		return 0;
	error = parse_setting(parser);
	if (error)
		return error < 0 ? error : 0;
	parser->settings_over = true;
	if (lex_take(lexer, "expect")) {
		error = parse_expect(parser);
		if (error == -E2BIG)
			return lex_fail(lexer, word.at, "at most 65536 lines of expectations");
		return error;
	}
	parser->layout_open = false;
	error = text_parse_op(lexer, parser->program, &op);
	if (error)
		return error;
	error = program_add_op(parser->program, &op);
	if (error == -E2BIG)
		return lex_fail(lexer, word.at, "at most 4096 operations");
	return error;
}

int program_parse(struct program *program, const char *text, size_t size, struct text_error *error)
{
	struct parser parser = { .program = program };
	int result;

	program_reset(program);
	lex_init(&parser.lexer, text, size, error);
	result = parse_version(&parser);
	while (!result) {
		int more = lex_line(&parser.lexer);

		if (more <= 0)
			return more;
		result = parse_line(&parser);
	}
	return result;
}
