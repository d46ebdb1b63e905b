/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The help page of the format, made from the tables that read and write it. */
#include "op_table.h"

#include <string.h>

static void put_words(FILE *to, const char *title, const struct word *words, const char *more)
{
	int column = fprintf(to, "  %-10s", title);

	for (; words->word; words++) {
		if ((size_t)column + strlen(words->word) > 88) {
			fputc('\n', to);
			column = fprintf(to, "  %-10s", "");
		}
		column += fprintf(to, " %s", words->word);
	}
	fprintf(to, "%s\n", more);
}

static void put_files(FILE *to)
{
	fprintf(to, "  %-10s", "NAME");
	for (unsigned int file = FILE_ANON + 1; file < WORLD_FILES; file++)
		fprintf(to, " %s", world_file_name((enum world_file)file));
	fputc('\n', to);
}

static void put_operations(FILE *to)
{
	fputs("Operations, one per line, `[@SPACE] OPERATION [!alloc=K[+]] [= RESULT]`:\n", to);
	for (unsigned int kind = 0; kind < OP_KINDS; kind++) {
		char line[160];
		size_t length = (size_t)snprintf(line, sizeof(line), "%s", op_rows[kind].word);

		for (unsigned int field = 0; field < FIELDS; field++)
			if (op_rows[kind].fields >> field & 1)
				length += (size_t)snprintf(line + length, sizeof(line) - length,
							   " %s", field_syntax[field]);
		fprintf(to, length > 46 ? "  %s\n%48s  %s\n" : "  %-46s%s  %s\n", line, "",
			op_rows[kind].purpose);
	}
}

static const char places[] =
	"Text begins with the line `vma-program 1`. Then settings, then operations, one per line;\n"
	"# begins a comment. A file that does not begin with the word vma-program is bytes.\n"
	"\n"
	"Places (page p lies p * 4096 bytes above BASE, TOP = BASE + pages; numbers may be "
	"0x...):\n"
	"  7            page 7                      7+12     page 7 plus 12 bytes\n"
	"  top, top-2, top+1   from TOP, in pages   raw=0x7f00   a number as it stands\n"
	"  S..E         address S, length E - S, half open; 4..4 has length 0\n"
	"  addr=A len=L the general form: any address, any length\n"
	"\n"
	"Settings, each once, before the first operation or expectation [default]:\n"
	"  pages N                     window, 1 to 4096 [64]; this one is always printed\n"
	"  limit N                     max_vma_count [65530]\n"
	"  profile V... [any]          6.1 6.12 6.18 7.3; runs under the first, its expectations\n"
	"                              hold under all listed, `any`: under every one [7.3]\n"
	"  quirks on|off|F1,F5,...     rows of appendix F done as the kernel does them\n"
	"  gap N                       stack guard gap in pages, 1 to 65535\n"
	"  rlimit as|data|stack|memlock N|inf\n"
	"  overcommit guess|always|never=N\n"
	"  softdirty on|off   anon_names on|off   ipc_lock on|off\n"
	"\n"
	"`limit N` and `rlimit` are settings until an operation or an expectation stood. As a "
	"first\n"
	"operation they carry their space: `@0 limit 5`.\n";

static const char details[] =
	"  flags=N may stand for KIND or among the ATTRs; prot=N, advice=N, modes=N "
	"(uffd_register),\n"
	"  mode=N [nodes=N] (mbind) and flags=N (mlock, mlockall, mseal, mremap) say what no word "
	"says.\n"
	"  POLICY     a policy that takes nodes is written bind=0 or bind=0,2 (node numbers) or "
	"=none\n"
	"  TEXT       any bytes but NUL and newline, at most 83; \\\" \\\\ \\xHH\n"
	"  C          userfaultfd context 0..3\n"
	"  @SPACE     0 to 255, @0 if not written. The n-th successful fork creates @n, whoever "
	"forked.\n"
	"  !alloc=K   the K-th allocation inside the operation fails; K+: each later one as well\n"
	"  RESULT     0, a page or another place, - (no such space), or an errno name\n"
	"\n"
	"Expectations, checked where they stand:\n"
	"  expect [@SPACE] empty\n"
	"  expect [@SPACE] count N\n"
	"  expect [@SPACE] S..E PROT KIND [FACT...]   consecutive lines list all VMAs, ascending\n"
	"  FACT       unfaulted faulted forked anon#K off=N flags=CODE,... flags=none\n"
	"             policy=POLICY[,static][,relative] name=\"TEXT\" name=none uffd=C uffd=none\n"
	"  CODE       VmFlags of /proc/PID/smaps beside rd wr ex sh mr mw me ms\n"
	"\n"
	"Limits: 4096 operations, 65536 lines of expectations, lines of 4096 bytes. A newline at "
	"the\n"
	"very end may be missing; CR before a newline is a blank.\n"
	"\n"
	"Bytes: a 16-byte header, then one operation per 16-byte record, at most 256; the rest of\n"
	"the input is ignored, and so is a partial last record. Every value of every byte "
	"decodes;\n"
	"every value of the version byte decodes as version 1. Comments, expectations and stated\n"
	"results are lost on the way to bytes.\n";

void format_help(FILE *to)
{
	fputs(places, to);
	fputc('\n', to);
	put_operations(to);
	fputs("\nWords:\n", to);
	fputs("  PROT       none, or letters of rwx\n", to);
	put_words(to, "KIND", mmap_kind_words, "; then anon, or file=NAME[@PGOFF]");
	put_files(to);
	put_words(to, "ATTR", mmap_attr_words, "");
	put_words(to, "ADVICE", advice_words, "");
	put_words(to, "POLICY", policy_words, "");
	fputs(details, to);
}
