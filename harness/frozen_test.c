/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Encoding version 1 is frozen: corpus/frozen/v1 holds byte files and the text each decodes to,
 * for ever. A difference here is a mistake in the change that made it, never in the files.
 *
 *	frozen_test			checks the folder
 *	frozen_test --make FOLDER	adds the files that are not there; changes none
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "op_table.h"

#include <stdlib.h>
#include <string.h>

#define FILES 64
#define RECORDS 6
#define SIZE (16 + RECORDS * PROGRAM_RECORD)

static uint64_t dice(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* The first byte value that decodes to an operation: where its weights begin in ops.def. */
static uint8_t first_byte(unsigned int kind)
{
	unsigned int byte = 0;

	for (unsigned int i = 0; i < kind; i++)
		byte += op_rows[i].weight;
	return (uint8_t)byte;
}

/*
 * File number 0 to 29 has every form of one operation's place and argument bytes it can, 30 to
 * 49 settings, the rest is random, the last three short: nothing, half a header, half a record.
 */
static size_t make_bytes(unsigned int number, uint8_t *bytes, char *name, size_t name_size)
{
	uint64_t state = number;

	for (size_t i = 0; i < SIZE; i++)
		bytes[i] = (uint8_t)(dice(&state) >> 56);
	bytes[0] = number % 2 ? 1 : (uint8_t)number;
	if (number <= OP_EXIT) {
		memset(bytes + 1, 0, 15);
		for (unsigned int i = 0; i < RECORDS; i++) {
			bytes[16 + i * PROGRAM_RECORD] = first_byte(number);
			bytes[16 + i * PROGRAM_RECORD + 1] &= i % 2 ? 0xff : 0x0f;
		}
		snprintf(name, name_size, "op_%s", op_rows[number].word);
		return SIZE;
	}
	if (number < 50) {
		snprintf(name, name_size, "settings_%02u", number - OP_EXIT - 1);
		return 16 + PROGRAM_RECORD;
	}
	if (number < 61) {
		snprintf(name, name_size, "random_%02u", number - 50);
		return SIZE;
	}
	snprintf(name, name_size, "short_%u", number - 61);
	return number == 61 ? 0 : number == 62 ? 8 : 16 + PROGRAM_RECORD + 8;
}

/* The folder beside the one this file lies in. */
static const char *folder(char *room, size_t size)
{
	const char *slash = strrchr(__FILE__, '/');
	int length = slash ? (int)(slash - __FILE__) : 1;

	if (getenv("VMAFUZZ_FROZEN"))
		return getenv("VMAFUZZ_FROZEN");
	snprintf(room, size, "%.*s/../corpus/frozen/v1", length, slash ? __FILE__ : ".");
	return room;
}

/* A whole file, NUL-terminated; NULL if it cannot be read. */
static char *read_file(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "rb");
	char *content;

	if (!file)
		return NULL;
	content = malloc(65536);
	if (content) {
		*ret_size = fread(content, 1, 65535, file);
		content[*ret_size] = '\0';
	}
	fclose(file);
	return content;
}

/* 1: written, 0: was there, -1: could not. */
static int add_file(const char *path, const void *content, size_t size)
{
	FILE *file = fopen(path, "rb");
	size_t written;

	if (file) {
		fclose(file);
		return 0;
	}
	file = fopen(path, "wb");
	if (!file)
		return -1;
	written = fwrite(content, 1, size, file);
	return fclose(file) || written != size ? -1 : 1;
}

static int make(const char *where)
{
	struct program program;
	int added = 0;

	program_init(&program);
	for (unsigned int i = 0; i < FILES; i++) {
		char name[64], path[1024];
		uint8_t bytes[SIZE];
		size_t size = make_bytes(i, bytes, name, sizeof(name));
		char *text;
		int bin, vma;

		if (program_decode(&program, bytes, size))
			return 1;
		text = program_print(&program);
		if (!text)
			return 1;
		snprintf(path, sizeof(path), "%s/%s.bin", where, name);
		bin = add_file(path, bytes, size);
		snprintf(path, sizeof(path), "%s/%s.vma", where, name);
		vma = add_file(path, text, strlen(text));
		free(text);
		if (bin < 0 || vma < 0) {
			perror(path);
			return 1;
		}
		added += bin + vma;
	}
	program_done(&program);
	printf("%d files added\n", added);
	return 0;
}

static void check_file(struct program *program, const char *where, const char *name)
{
	size_t bin_size = 0, vma_size = 0;
	char path[1024];
	char *bin, *vma, *text;

	snprintf(path, sizeof(path), "%s/%s.bin", where, name);
	bin = read_file(path, &bin_size);
	if (!bin)
		print_error("%s is missing\n", path);
	assert_non_null(bin);
	snprintf(path, sizeof(path), "%s/%s.vma", where, name);
	vma = read_file(path, &vma_size);
	assert_non_null(vma);
	assert_int_equal(program_decode(program, (const uint8_t *)bin, bin_size), 0);
	text = program_print(program);
	assert_non_null(text);
	if (strcmp(text, vma) != 0)
		print_error("%s decodes to something else\n", path);
	assert_string_equal(text, vma);
	free(text);
	free(vma);
	free(bin);
}

static void frozen_files_decode_to_the_same_text(void **unused)
{
	struct program program;
	char room[1024];

	(void)unused;
	program_init(&program);
	for (unsigned int i = 0; i < FILES; i++) {
		uint8_t bytes[SIZE];
		char name[64];

		make_bytes(i, bytes, name, sizeof(name));
		check_file(&program, folder(room, sizeof(room)), name);
	}
	program_done(&program);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frozen_files_decode_to_the_same_text),
	};

	if (argc == 3 && !strcmp(argv[1], "--make"))
		return make(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
