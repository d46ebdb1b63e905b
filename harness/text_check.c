/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each check takes a program or a text one way round and demands what it started from. */
#include "text_check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"
#include "program.h"

static bool broken(FILE *out, const char *promise, const char *detail)
{
	fprintf(out, "mismatch  program format   %s\n%s%s%ssignature text/%s\n", promise,
		detail ? "subject   " : "", detail ? detail : "", detail ? "\n" : "", promise);
	return false;
}

static bool is_encodable(const struct program *program)
{
	for (uint32_t i = 0; i < program->op_count; i++) {
		if (program->ops[i].result_form != RESULT_UNSTATED)
			return false;
	}
	return !program->expectation_count;
}

/* parse(print(p)) == p, and printing again gives the same text. */
static bool check_print(const struct program *program, FILE *out)
{
	struct text_error at = { 0 };
	struct program again;
	char *first = program_print(program);
	char *second = NULL;
	int error;
	bool kept = true;

	if (!first)
		return true;
	program_init(&again);
	error = program_parse(&again, first, strlen(first), &at);
	if (error && error != -ENOMEM)
		kept = broken(out, "canonical-text-parses", at.expected);
	else if (!error && !program_equal(program, &again))
		kept = broken(out, "text-round-trip", first);
	else if (!error)
		second = program_print(&again);
	if (second && strcmp(first, second) != 0)
		kept = broken(out, "canonical-text-is-fixed", second);
	free(first);
	free(second);
	program_done(&again);
	return kept;
}

/* decode(encode(p)) == p wherever bytes can express p. */
static bool check_encode(const struct program *program, bool must, FILE *out)
{
	uint8_t *bytes = malloc(INPUT_BYTES_MOST);
	struct program again;
	long size;
	bool kept = true;

	if (!bytes)
		return true;
	program_init(&again);
	size = program_encode(program, bytes, INPUT_BYTES_MOST);
	if (size < 0 && (must || size != -EDOM))
		kept = broken(out, "encodes", strerror((int)-size));
	else if (size >= 0 && program_decode(&again, bytes, (size_t)size) == 0 &&
		 is_encodable(program) && !program_equal(program, &again))
		kept = broken(out, "bytes-round-trip", NULL);
	free(bytes);
	program_done(&again);
	return kept;
}

static bool check_bytes(const uint8_t *data, size_t size, FILE *out)
{
	struct program program;
	bool kept;
	int error;

	program_init(&program);
	error = program_decode(&program, data, size);
	if (error)
		kept = error == -ENOMEM || broken(out, "decoding-is-total", strerror(-error));
	else
		kept = check_print(&program, out) && check_encode(&program, true, out);
	program_done(&program);
	return kept;
}

static bool check_refusal(const struct text_error *at, FILE *out)
{
	if (!at->line || !at->column)
		return broken(out, "refusal-says-where", at->expected);
	return at->expected[0] || broken(out, "refusal-says-what", NULL);
}

static bool check_text(const char *text, size_t size, FILE *out)
{
	struct text_error at = { 0 };
	struct program program;
	bool kept;
	int error;

	program_init(&program);
	error = program_parse(&program, text, size, &at);
	if (error)
		kept = error == -ENOMEM || check_refusal(&at, out);
	else
		kept = check_print(&program, out) && check_encode(&program, false, out);
	program_done(&program);
	return kept;
}

/* A version line before the input, so that an engine need not find one to reach the parser. */
static bool check_as_body(const uint8_t *data, size_t size, FILE *out)
{
	static const char head[] = "vma-program 1\n";
	size_t length = sizeof(head) - 1;
	char *text = malloc(length + size);
	bool kept;

	if (!text)
		return true;
	memcpy(text, head, length);
	if (size)
		memcpy(text + length, data, size);
	kept = check_text(text, length + size, out);
	free(text);
	return kept;
}

bool text_check(const uint8_t *data, size_t size, FILE *out)
{
	if (!check_bytes(data, size, out))
		return false;
	if (program_is_text((const char *)data, size))
		return check_text((const char *)data, size, out);
	return check_as_body(data, size, out);
}
