/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines and words of program text, each byte looked at a constant number of times. */
#include "text_lex.h"

#include <errno.h>
#include <string.h>

void lex_init(struct lexer *lexer, const char *text, size_t size, struct text_error *error)
{
	*lexer = (struct lexer){
		.next = text,
		.end = text + size,
		.line_at = text,
		.line_end = text,
		.cursor = text,
		.word_end = text,
		.error = error,
	};
	*error = (struct text_error){ 0 };
}

int lex_fail(struct lexer *lexer, const char *at, const char *expected)
{
	lexer->error->line = lexer->line;
	lexer->error->column = (uint32_t)(at - lexer->line_at) + 1;
	snprintf(lexer->error->expected, sizeof(lexer->error->expected), "%s", expected);
	return -EINVAL;
}

int lex_line(struct lexer *lexer)
{
	size_t left = (size_t)(lexer->end - lexer->next);
	size_t look = left < TEXT_LINE_MAX + 1 ? left : TEXT_LINE_MAX + 1;
	const char *newline, *nul;
	size_t length;

	if (!left)
		return 0;
	newline = memchr(lexer->next, '\n', look);
	length = newline ? (size_t)(newline - lexer->next) : look;
	lexer->line_at = lexer->cursor = lexer->word_end = lexer->next;
	lexer->line_end = lexer->next + length;
	lexer->next = newline ? newline + 1 : lexer->line_end;
	lexer->line++;
	nul = memchr(lexer->line_at, '\0', length);
	if (nul)
		return lex_fail(lexer, nul, "text, not a NUL byte");
	if (length > TEXT_LINE_MAX)
		return lex_fail(lexer, lexer->line_at + TEXT_LINE_MAX,
				"the end of the line (lines have at most 4096 bytes)");
	return 1;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* `anon#1` is one word; `anon#` before anything else is a word and a comment. */
static bool is_anon_number(const struct lexer *lexer, const char *word, const char *hash)
{
	return lexer->keep_anon && hash - word == 4 && !memcmp(word, "anon", 4) &&
	       hash + 1 < lexer->line_end && hash[1] >= '0' && hash[1] <= '9';
}

/* Past the quoted text that begins at `at`, or the end of the line if it is not closed. */
static const char *skip_quoted(const struct lexer *lexer, const char *at)
{
	for (at++; at < lexer->line_end; at++) {
		if (*at == '"')
			return at + 1;
		if (*at == '\\' && at + 1 < lexer->line_end)
			at++;
	}
	return at;
}

struct slice lex_peek(const struct lexer *lexer)
{
	const char *at = lexer->cursor;
	const char *end;

	while (at < lexer->line_end && is_blank(*at))
		at++;
	end = at;
	while (end < lexer->line_end && !is_blank(*end)) {
		if (*end == '#' && !is_anon_number(lexer, at, end))
			break;
		end = *end == '"' ? skip_quoted(lexer, end) : end + 1;
	}
	if (end == at)
		return (struct slice){ lexer->word_end, 0 };
	return (struct slice){ at, (size_t)(end - at) };
}

struct slice lex_word(struct lexer *lexer)
{
	struct slice word = lex_peek(lexer);

	if (word.length)
		lexer->cursor = lexer->word_end = word.at + word.length;
	return word;
}

bool lex_take(struct lexer *lexer, const char *word)
{
	if (!slice_is(lex_peek(lexer), word))
		return false;
	lex_word(lexer);
	return true;
}

bool lex_take_key(struct lexer *lexer, const char *key, struct slice *ret_value)
{
	struct slice word = lex_peek(lexer);
	size_t length = strlen(key);

	if (!slice_starts(word, key) || word.length <= length || word.at[length] != '=')
		return false;
	lex_word(lexer);
	*ret_value = slice_from(word, length + 1);
	return true;
}

bool slice_is(struct slice slice, const char *word)
{
	return strlen(word) == slice.length && !memcmp(word, slice.at, slice.length);
}

bool slice_starts(struct slice slice, const char *word)
{
	size_t length = strlen(word);

	return slice.length >= length && !memcmp(word, slice.at, length);
}

struct slice slice_from(struct slice slice, size_t offset)
{
	return (struct slice){ slice.at + offset, slice.length - offset };
}

bool slice_cut(struct slice *slice, const char *separator, struct slice *ret_before)
{
	size_t length = strlen(separator);

	for (size_t i = 0; i + length <= slice->length; i++) {
		if (memcmp(slice->at + i, separator, length))
			continue;
		*ret_before = (struct slice){ slice->at, i };
		*slice = slice_from(*slice, i + length);
		return true;
	}
	return false;
}

static int digit(char c, unsigned int base)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (base == 16 && c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (base == 16 && c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool slice_number(struct slice slice, uint64_t *ret)
{
	unsigned int base = 10;
	uint64_t number = 0;

	if (slice.length > 2 && slice_starts(slice, "0x")) {
		base = 16;
		slice = slice_from(slice, 2);
	}
	if (!slice.length)
		return false;
	for (size_t i = 0; i < slice.length; i++) {
		int value = digit(slice.at[i], base);

		if (value < 0 || number > (UINT64_MAX - (unsigned int)value) / base)
			return false;
		number = number * base + (unsigned int)value;
	}
	*ret = number;
	return true;
}

int lex_number(struct lexer *lexer, struct slice slice, uint64_t max, uint64_t *ret)
{
	char expected[64];

	if (slice_number(slice, ret) && *ret <= max)
		return 0;
	snprintf(expected, sizeof(expected), "a number from 0 to %llu", (unsigned long long)max);
	return lex_fail(lexer, slice.at, expected);
}
