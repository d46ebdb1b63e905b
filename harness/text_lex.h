/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines and words of program text. It knows blanks, comments, quotes and numbers, not what a
 * word means. Words are slices of the text; nothing is copied.
 */
#ifndef VMAFUZZ_TEXT_LEX_H
#define VMAFUZZ_TEXT_LEX_H

#include "op_table.h"

#define TEXT_LINE_MAX 4096 /* bytes of a line, its comment included */

struct slice {
	const char *at;
	size_t length;
};

struct lexer {
	const char *next, *end;		/* text that was not read yet */
	const char *line_at, *line_end; /* current line without its newline */
	const char *cursor;		/* in the current line */
	const char *word_end; /* of the last word taken; where a missing one is reported */
	uint32_t line;
	bool keep_anon; /* expect lines: the # of anon#K begins no comment */
	struct text_error *error;
};

void lex_init(struct lexer *lexer, const char *text, size_t size, struct text_error *error);
/* 1: a line, 0: the end of the text, -EINVAL: a line that cannot be. */
int lex_line(struct lexer *lexer);
/* The next word of the line; at its end a slice of length 0 where a word could stand. */
struct slice lex_word(struct lexer *lexer);
struct slice lex_peek(const struct lexer *lexer);
/* Takes the next word if it is exactly this one. */
bool lex_take(struct lexer *lexer, const char *word);
/* Takes "key=..." and gives what follows the equals sign. */
bool lex_take_key(struct lexer *lexer, const char *key, struct slice *ret_value);

/* Reports at a place of the current line; returns -EINVAL. */
int lex_fail(struct lexer *lexer, const char *at, const char *expected);

bool slice_is(struct slice slice, const char *word);
bool slice_starts(struct slice slice, const char *word);
struct slice slice_from(struct slice slice, size_t offset);
/* Cuts off what stands before `separator` and the separator; false if it is not there. */
bool slice_cut(struct slice *slice, const char *separator, struct slice *ret_before);

/* Decimal or 0x hexadecimal, whole slice. */
bool slice_number(struct slice slice, uint64_t *ret);
int lex_number(struct lexer *lexer, struct slice slice, uint64_t max, uint64_t *ret);

#endif
