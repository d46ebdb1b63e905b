/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Properties of programs in all their forms, on random programs and random bytes:
 *
 *	parse(print(p)) == p		print(parse(print(p))) is print(p)
 *	decode(encode(p)) == p		encode(decode(b)) succeeds, whatever the bytes
 *
 * VMAFUZZ_PROGRAMS=N runs N of each (100000 without it).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "op_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint64_t dice(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static uint32_t below(uint64_t *state, uint32_t sides)
{
	return (uint32_t)(dice(state) >> 32) % sides;
}

static unsigned long programs_wanted(void)
{
	const char *wanted = getenv("VMAFUZZ_PROGRAMS");

	return wanted ? strtoul(wanted, NULL, 10) : 100000;
}

/* Everything a place of text can be, small numbers first. */
static struct place random_place(uint64_t *state, bool is_length)
{
	switch (below(state, 8)) {
	case 0:
		return place_raw(dice(state) >> below(state, 64));
	case 1:
		return (struct place){ .base = PLACE_PAGE,
				       .pages = (int32_t)below(state, 70),
				       .bytes = below(state, 4096) };
	case 2:
		return place_page((int32_t)below(state, 0x7fff0000u));
	case 3:
		if (is_length)
			return place_page(0);
		return (struct place){ .base = PLACE_TOP, .pages = (int32_t)below(state, 80) - 70 };
	default:
		return place_page((int32_t)below(state, is_length ? 9 : 70));
	}
}

/* Any of the numbers that the words of a table stand for. */
static uint32_t random_word(uint64_t *state, const struct word *words)
{
	uint32_t count = 0;

	while (words[count].word)
		count++;
	return words[below(state, count)].value;
}

static void random_fields(uint64_t *state, struct program *program, struct op *op)
{
	static const char *const names[] = {
		"a", "", "x y", "\"quoted\\\"", "\x01\x7f\xff#", "heap"
	};
	uint32_t odd = below(state, 6) ? 0 : (uint32_t)dice(state);
	int name = program_add_name(program, names[below(state, 6)]);

	assert_true(name > 0);
	op->addr = random_place(state, false);
	op->len = random_place(state, true);
	op->dest = random_place(state, false);
	op->newlen = random_place(state, true);
	op->has_len = below(state, 2);
	op->has_dest = below(state, 2);
	op->maymove = below(state, 2);
	op->dontunmap = below(state, 2);
	op->prot = odd | below(state, 8);
	op->file = (uint8_t)(below(state, 2) ? below(state, WORLD_FILES) : 0);
	op->pgoff = below(state, 4) ? below(state, 70) : dice(state) >> below(state, 64);
	op->map_flags = odd | random_word(state, mmap_kind_words) |
			(below(state, 3) ? 0 : random_word(state, mmap_attr_words));
	op->advice = below(state, 4) ? random_word(state, advice_words) : (uint32_t)dice(state);
	op->touch_write = (uint8_t)below(state, 2);
	op->context = (uint8_t)below(state, 4);
	op->name = (uint16_t)(below(state, 3) ? name : 0);
	op->mode = odd | below(state, 8);
	op->features = below(state, 4);
	op->nodes = below(state, 2) ? below(state, 10) : dice(state) >> 40;
}

/* What a kind says with the fields above in a range of its own. */
static void fit_fields(uint64_t *state, struct op *op)
{
	op->how = (uint8_t)below(state, op->kind == OP_MMAP || op->kind == OP_RLIMIT ? 4 : 3);
	switch (op->kind) {
	case OP_MREMAP:
		op->map_flags = below(state, 3) ? 0 : 8u << below(state, 20);
		break;
	case OP_MBIND:
		op->mode = below(state, 9) | (below(state, 3) ? 0 : below(state, 4) << 14);
		if (!below(state, 5))
			op->mode = (uint32_t)dice(state);
		break;
	case OP_KSM:
	case OP_VM_BRK:
		op->how &= 1;
		break;
	case OP_RLIMIT:
		if (!below(state, 3))
			op->nodes = RLIMIT_NONE;
		break;
	default:
		break;
	}
}

static void random_result(uint64_t *state, struct op *op)
{
	op->result_form = (uint8_t)below(state, 4);
	op->result = random_place(state, false);
	op->result_errno = (int32_t)(1 + below(state, 35));
}

static void random_op(uint64_t *state, struct program *program)
{
	struct op op = { .kind = (uint8_t)below(state, OP_KINDS) };
	struct op normal;

	random_fields(state, program, &op);
	fit_fields(state, &op);
	if (!below(state, 4))
		op.space = (uint8_t)below(state, 256);
	if (!below(state, 4)) {
		op.alloc_nth = (uint16_t)(1 + below(state, 65535));
		op.alloc_onward = below(state, 2);
	}
	if (!below(state, 3))
		random_result(state, &op);
	normal = op_normalize(&op);
	assert_int_equal(program_add_op(program, &normal), 0);
}

static void random_settings(uint64_t *state, struct settings *settings)
{
	settings->pages = 1 + below(state, below(state, 2) ? 100 : 4096);
	if (below(state, 2))
		settings->limit = below(state, 200);
	if (below(state, 2)) {
		settings->profile = (uint8_t)below(state, PROFILES);
		settings->profiles =
			(uint8_t)(1u << settings->profile | below(state, 1u << PROFILES));
	}
	settings->profile_any = !below(state, 4);
	settings->quirks = (uint8_t)below(state, 3);
	if (settings->quirks == SETTING_ON && below(state, 2))
		settings->quirk_rows = (uint16_t)below(state, 1u << PROGRAM_QUIRK_ROWS);
	settings->gap = below(state, 2) ? below(state, 600) : 0;
	for (int i = 0; i < PROGRAM_RLIMITS; i++)
		if (!below(state, 3))
			settings->rlimit[i] = below(state, 100);
	settings->overcommit = (uint8_t)below(state, 3);
	if (settings->overcommit == OVERCOMMIT_NEVER)
		settings->commit_limit = below(state, 1000);
	settings->softdirty = (uint8_t)below(state, 3);
	settings->anon_names = (uint8_t)below(state, 3);
	settings->ipc_lock = (uint8_t)below(state, 3);
}

static void random_expect_vma(uint64_t *state, struct expect_vma *line)
{
	uint64_t half = dice(state);
	uint64_t codes = half & dice(state) & ((UINT64_C(1) << 36) - 1) & ~UINT64_C(0xff);

	*line = (struct expect_vma){
		.prot = below(state, 8),
		.kind = (uint8_t)below(state, 3),
		.file = (uint8_t)(below(state, 2) ? below(state, WORLD_FILES) : 0),
		.has_fault = below(state, 2),
		.has_anon = below(state, 2),
		.has_off = below(state, 2),
		.has_flags = below(state, 2),
		.has_policy = below(state, 2),
		.has_name = below(state, 2),
		.has_uffd = below(state, 2),
		.fault = (uint8_t)below(state, 3),
		.anon = below(state, 9),
		.off = dice(state) >> below(state, 64),
		.flags = codes,
		.uffd = (int8_t)((int)below(state, 5) - 1),
	};
	snprintf(line->policy, sizeof(line->policy), below(state, 2) ? "bind=0,2,static" : "local");
	snprintf(line->name, sizeof(line->name), "%s", below(state, 2) ? "a \"b\" \\#" : "");
	line->pgoff = line->off;
}

static void random_expectation(uint64_t *state, struct program *program)
{
	struct expectation expectation = {
		.after = program->op_count,
		.form = (uint8_t)below(state, 3),
		.space = (uint8_t)below(state, 3),
		.count = below(state, 100),
		.first = program->line_count,
	};
	uint32_t page = below(state, 3);

	while (expectation.form == EXPECT_LAYOUT && page < program->settings.pages) {
		struct expect_vma line;

		random_expect_vma(state, &line);
		line.start = page;
		line.end = page + 1 + below(state, program->settings.pages - page);
		page = line.end + below(state, 3);
		assert_int_equal(program_add_expect_vma(program, &line), 0);
		expectation.vmas++;
	}
	if (expectation.form == EXPECT_LAYOUT && !expectation.vmas)
		expectation.form = EXPECT_EMPTY;
	/* Blocks of one space with nothing between them would read as one block. */
	if (expectation.form == EXPECT_LAYOUT && program->expectation_count &&
	    program->expectations[program->expectation_count - 1].form == EXPECT_LAYOUT)
		expectation.space = 9 + (uint8_t)(program->expectation_count % 200);
	assert_int_equal(program_add_expectation(program, &expectation), 0);
}

static void random_program(uint64_t *state, struct program *program)
{
	uint32_t ops = below(state, 9);

	program_reset(program);
	random_settings(state, &program->settings);
	for (uint32_t i = 0; i < ops; i++) {
		if (!below(state, 5))
			random_expectation(state, program);
		random_op(state, program);
	}
	if (!below(state, 3))
		random_expectation(state, program);
}

/* Prints, parses, compares, prints again; leaves what was parsed in `again`. */
static void check_text(const struct program *program, struct program *again)
{
	char *text = program_print(program);
	struct text_error error;
	char *second;

	assert_non_null(text);
	if (program_parse(again, text, strlen(text), &error)) {
		print_error("%s%u:%u: expected %s\n", text, error.line, error.column,
			    error.expected);
		fail();
	}
	if (!program_equal(program, again)) {
		print_error("not equal after a round trip:\n%s", text);
		fail();
	}
	second = program_print(again);
	assert_non_null(second);
	assert_string_equal(text, second);
	free(text);
	free(second);
}

/* Encodes and decodes; false if bytes cannot say it. */
static bool check_bytes(const struct program *program, struct program *again)
{
	uint8_t bytes[16 + PROGRAM_BYTES_OPS * PROGRAM_RECORD];
	long size = program_encode(program, bytes, sizeof(bytes));

	if (size == -EDOM)
		return false;
	assert_true(size >= 16);
	assert_int_equal(program_decode(again, bytes, (size_t)size), 0);
	if (!program_equal(program, again)) {
		char *before = program_print(program);
		char *after = program_print(again);

		print_error("bytes changed\n%sinto\n%s", before, after);
		free(before);
		free(after);
		fail();
	}
	return true;
}

static void random_programs_survive_text(void **unused)
{
	struct program program, again;
	uint64_t state = 1;

	(void)unused;
	program_init(&program);
	program_init(&again);
	for (unsigned long i = 0; i < programs_wanted(); i++) {
		random_program(&state, &program);
		check_text(&program, &again);
	}
	program_done(&program);
	program_done(&again);
}

/* One operation each, so that those which bytes can say are many. */
static void random_programs_survive_bytes(void **unused)
{
	struct program program, again;
	unsigned long said = 0;
	uint64_t state = 2;

	(void)unused;
	program_init(&program);
	program_init(&again);
	for (unsigned long i = 0; i < programs_wanted(); i++) {
		program_reset(&program);
		random_op(&state, &program);
		program_forget_text(&program);
		said += check_bytes(&program, &again);
	}
	assert_true(said > programs_wanted() / 10);
	program_done(&program);
	program_done(&again);
}

static void random_bytes_survive_everything(void **unused)
{
	uint8_t bytes[16 + 6 * PROGRAM_RECORD];
	struct program program, again;
	uint64_t state = 3;

	(void)unused;
	program_init(&program);
	program_init(&again);
	for (unsigned long i = 0; i < programs_wanted(); i++) {
		size_t size = below(&state, sizeof(bytes) + 1);

		for (size_t j = 0; j < size; j++)
			bytes[j] = (uint8_t)dice(&state);
		assert_int_equal(program_decode(&program, bytes, size), 0);
		assert_int_equal(program.op_count, size < 16 ? 0 : (size - 16) / PROGRAM_RECORD);
		if (!check_bytes(&program, &again)) {
			char *text = program_print(&program);

			print_error("came from bytes, does not go back:\n%s", text);
			free(text);
			fail();
		}
		check_text(&program, &again);
	}
	program_done(&program);
	program_done(&again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_programs_survive_text),
		cmocka_unit_test(random_programs_survive_bytes),
		cmocka_unit_test(random_bytes_survive_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
