/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of program text that operations, settings and expectations share. */
#ifndef VMAFUZZ_TEXT_OP_H
#define VMAFUZZ_TEXT_OP_H

#include "text_lex.h"

/* The largest page number text can say: the end of a range still fits a place. */
#define TEXT_PAGE_MAX 0x7fff0000u

/* Reading. Each returns 0 or -EINVAL with the error of the lexer filled in. */
int text_parse_op(struct lexer *lexer, struct program *program, struct op *op);
int text_parse_address(struct lexer *lexer, struct slice slice, struct place *ret);
int text_parse_range(struct lexer *lexer, const struct settings *settings, struct place *ret_addr,
		     struct place *ret_len);
int text_parse_prot(struct lexer *lexer, uint32_t *ret);
/* plain@4: the file and, if @ is there, the offset. */
int text_parse_file(struct lexer *lexer, struct slice slice, uint8_t *ret_file, bool *ret_has_pgoff,
		    uint64_t *ret_pgoff);
/* bind=0,2 */
int text_parse_policy(struct lexer *lexer, struct slice slice, uint32_t *ret_mode,
		      uint64_t *ret_nodes);
int text_parse_quoted(struct lexer *lexer, struct slice slice, char *name, size_t size);
/* Nothing but a comment may follow. */
int text_parse_end(struct lexer *lexer, const char *expected);

/* Writing, as snprintf() but piece by piece. */
struct text_out {
	char *buffer;
	size_t size;
	size_t length; /* what it would be if the buffer had room */
};
void text_put(struct text_out *out, const char *format, ...)
#if defined(__GNUC__)
	__attribute__((format(printf, 2, 3)))
#endif
	;
void text_put_prot(struct text_out *out, uint32_t prot);
void text_put_policy(struct text_out *out, uint32_t mode, uint64_t nodes);
void text_put_quoted(struct text_out *out, const char *name);
/* The words of the bits of `set`, separated; returns the bits without a word. */
uint32_t text_put_words(struct text_out *out, const struct word *words, uint32_t set,
			const char *separator);

#endif
