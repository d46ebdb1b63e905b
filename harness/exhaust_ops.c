/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A set of words becomes a program that holds every operation once: words stand for lines of
 * text with places left open, and each way to fill them is a line for the parser.
 *
 *	touch S..E w    ->    touch 0..1 w, touch 0..2 w, touch 1..2 w
 */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>

#include "exhaust.h"
#include "op_table.h"
#include "world.h"

#define LINE_MAX_BYTES 200
#define WORD_MAX_BYTES 160

/* What a word stands for; several rows with one word are several operations. */
static const struct template
{
	const char *word, *line;
}
templates[] = {
	{ "anon", "mmap S..E PROT private anon" },
	{ "file", "mmap S..E PROT private file=plain@S" },
	{ "shared", "mmap S..E PROT shared file=plain@S" },
	{ "munmap", "munmap S..E" },
	{ "mprotect", "mprotect S..E PROT" },
	{ "touch", "touch S..E w" },
	{ "guard", "guard_install S..E" },
	{ "guard", "guard_remove S..E" },
	{ "fork", "fork" },
	{ "exit", "exit" },
	{ "mlock", "mlock S..E" },
	{ "mlock", "munlock S..E" },
	{ "mseal", "mseal S..E" },
	{ "move", "mremap S..E fixed=D" },
	{ "resize", "mremap S..E len=N maymove" },
	{ "name", "name S..E \"a\"" },
	{ "name", "name S..E none" },
	{ "policy", "mbind S..E bind=1" },
	{ "policy", "mbind S..E default" },
};
#define TEMPLATES (sizeof(templates) / sizeof(templates[0]))

struct making {
	FILE *text;
	uint32_t pages;
	char prot[16][8];
	unsigned int prots;
};

void exhaust_ops_help(FILE *to)
{
	for (size_t i = 0; i < TEMPLATES; i++)
		fprintf(to, "  %-10s %s\n", templates[i].word, templates[i].line);
	fputs("  FILE       mmap S..E PROT private file=FILE@S, for any file of `help format'\n"
	      "  ADVICE     madvise S..E ADVICE, for any advice of it\n"
	      "  r rw ...   what PROT stands for [r and rw]\n",
	      to);
}

/* The line with [at, at + length) replaced, and where it is replaced once more. */
static void expand(const struct making *making, const char *line);

static void fill(const struct making *making, const char *line, const char *at, size_t length,
		 const char *by)
{
	char filled[LINE_MAX_BYTES];

	snprintf(filled, sizeof(filled), "%.*s%s%s", (int)(at - line), line, by, at + length);
	expand(making, filled);
}

/* Every range, and the offset that goes with it. */
static void fill_ranges(const struct making *making, const char *line, const char *at)
{
	const char *offset = strstr(line, "@S");
	char moved[LINE_MAX_BYTES], range[24];

	for (uint32_t start = 0; start < making->pages; start++) {
		snprintf(moved, sizeof(moved), "%s", line);
		if (offset)
			snprintf(moved + (offset - line), sizeof(moved) - (size_t)(offset - line),
				 "@%u%s", (unsigned int)start, offset + strlen("@S"));
		for (uint32_t end = start + 1; end <= making->pages; end++) {
			snprintf(range, sizeof(range), "%u..%u", (unsigned int)start,
				 (unsigned int)end);
			fill(making, moved, moved + (at - line), strlen("S..E"), range);
		}
	}
}

/* "=D" becomes every page, "=N" every length. */
static void fill_numbers(const struct making *making, const char *line, const char *at)
{
	char number[16];

	for (uint32_t i = 0; i < making->pages; i++) {
		snprintf(number, sizeof(number), "=%u", (unsigned int)(at[1] == 'N' ? i + 1 : i));
		fill(making, line, at, 2, number);
	}
}

static void expand(const struct making *making, const char *line)
{
	const char *at = strstr(line, "S..E");

	if (at) {
		fill_ranges(making, line, at);
		return;
	}
	at = strstr(line, "PROT");
	if (at) {
		for (unsigned int i = 0; i < making->prots; i++)
			fill(making, line, at, strlen("PROT"), making->prot[i]);
		return;
	}
	at = strstr(line, "=D");
	if (!at)
		at = strstr(line, "=N");
	if (at)
		fill_numbers(making, line, at);
	else
		fprintf(making->text, "%s\n", line);
}

static bool is_prot(const char *word)
{
	return strcmp(word, "none") == 0 || strspn(word, "rwx") == strlen(word);
}

static bool is_file(const char *word)
{
	for (unsigned int i = 1; i < WORLD_FILES; i++)
		if (strcmp(world_drivers[i].name, word) == 0)
			return true;
	return false;
}

/* False if no operation is called that. A word with a blank is a line of its own. */
static bool add_word(const struct making *making, const char *word)
{
	char line[LINE_MAX_BYTES];
	bool known = false;

	for (size_t i = 0; i < TEMPLATES; i++) {
		if (strcmp(templates[i].word, word) == 0) {
			expand(making, templates[i].line);
			known = true;
		}
	}
	if (known)
		return true;
	if (strchr(word, ' '))
		snprintf(line, sizeof(line), "%s", word);
	else if (is_file(word))
		snprintf(line, sizeof(line), "mmap S..E PROT private file=%s@S", word);
	else if (word_find(advice_words, word, strlen(word)))
		snprintf(line, sizeof(line), "madvise S..E %s", word);
	else
		return false;
	expand(making, line);
	return true;
}

/* Goes through the words: first what PROT is, then the rest. False with the one that is none. */
static bool add_words(struct making *making, const char *set, bool prots, char *word)
{
	for (const char *at = set; *at; at += *at == ',') {
		size_t length = strcspn(at, ",");

		snprintf(word, WORD_MAX_BYTES, "%.*s", (int)length, at);
		at += length;
		if (is_prot(word) != prots || !length)
			continue;
		if (!prots && (length >= WORD_MAX_BYTES || !add_word(making, word)))
			return false;
		if (prots && making->prots < 16)
			snprintf(making->prot[making->prots++], 8, "%.7s", word);
	}
	return true;
}

/*
 * What leaves something behind that no layout shows, but that later operations meet. Two
 * layouts that look alike would not be one.
 */
static const char *leaves_traces(const struct op *op)
{
	switch (op->kind) {
	case OP_MLOCKALL:
	case OP_BRK:
	case OP_UFFD_REGISTER:
	case OP_UFFD_UNREGISTER:
	case OP_UFFD_CLOSE:
	case OP_KSM:
	case OP_RLIMIT:
	case OP_LIMIT:
		return op_kind_name((enum op_kind)op->kind);
	default:
		return op->file == FILE_PREPARE ? "file=prepare" : NULL;
	}
}

static bool parse(struct program *alphabet, const char *text, size_t size, char *error, size_t room)
{
	struct text_error wrong;

	if (program_parse(alphabet, text, size, &wrong)) {
		const char *line = text;

		for (uint32_t i = 1; i < wrong.line; i++)
			line += strcspn(line, "\n") + 1;
		snprintf(error, room, "`%.*s': expected %s", (int)strcspn(line, "\n"), line,
			 wrong.expected);
		return false;
	}
	for (uint32_t i = 0; i < alphabet->op_count; i++) {
		const char *traces = leaves_traces(&alphabet->ops[i]);

		if (traces) {
			snprintf(error, room,
				 "%s leaves behind what no layout shows; expected another", traces);
			return false;
		}
	}
	if (!alphabet->op_count)
		snprintf(error, room, "expected at least one operation");
	return alphabet->op_count > 0;
}

bool exhaust_ops(struct program *alphabet, uint32_t pages, const char *set, char *error,
		 size_t room)
{
	struct making making = { .pages = pages };
	char word[WORD_MAX_BYTES], *text = NULL;
	size_t size = 0;
	bool fine;

	making.text = open_memstream(&text, &size);
	if (!making.text) {
		snprintf(error, room, "no memory");
		return false;
	}
	fprintf(making.text, "vma-program 1\npages %u\n", (unsigned int)pages);
	add_words(&making, set, true, word);
	if (!making.prots)
		add_words(&making, "r,rw", true, word);
	fine = add_words(&making, set, false, word);
	fclose(making.text);
	if (!fine)
		snprintf(error, room, "`%s' is no operation; `vmafuzz exhaust --help' lists them",
			 word);
	else
		fine = parse(alphabet, text, size, error, room);
	free(text);
	return fine;
}
