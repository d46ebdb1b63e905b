/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations as system calls in C, and what must come of them. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "emit_calls.h"
#include "flags.h"

#define COLUMNS 100

static void put_address(FILE *out, uint64_t address, const struct emission *emission)
{
	uint64_t base = PROGRAM_BASE;
	uint64_t pages = emission->program.settings.pages;

	if (address < base || address > base + pages * PAGE_BYTES) {
		fprintf(out, "(void *)0x%" PRIx64 "UL", address);
		return;
	}
	fprintf(out, "page(%" PRIu64 ")", (address - base) / PAGE_BYTES);
	if (address % PAGE_BYTES)
		fprintf(out, " + %" PRIu64, address % PAGE_BYTES);
}

static void put_length(FILE *out, uint64_t length)
{
	if (length / PAGE_BYTES > PROGRAM_PAGES_MAX)
		fprintf(out, "0x%" PRIx64 "UL", length);
	else if (length && length % PAGE_BYTES == 0)
		fprintf(out, "%" PRIu64 " * PAGE", length / PAGE_BYTES);
	else if (length > PAGE_BYTES)
		fprintf(out, "%" PRIu64 " * PAGE + %" PRIu64, length / PAGE_BYTES,
			length % PAGE_BYTES);
	else
		fprintf(out, "%" PRIu64, length);
}

struct flag_name {
	uint32_t value;
	const char *name;
};

/* A set of flags by their names; what has none as a number. */
static void put_flags(FILE *out, uint32_t flags, const struct flag_name *names, const char *none)
{
	const char *bar = "";

	if (!flags)
		fputs(none, out);
	for (; names->name; names++) {
		if ((flags & names->value) != names->value)
			continue;
		fprintf(out, "%s%s", bar, names->name);
		flags &= ~names->value;
		bar = " | ";
	}
	if (flags)
		fprintf(out, "%s0x%" PRIx32, bar, flags);
}

static void put_prot(FILE *out, uint32_t prot)
{
	static const struct flag_name names[] = {
		{ 1, "PROT_READ" },
		{ 2, "PROT_WRITE" },
		{ 4, "PROT_EXEC" },
		{ 0x01000000, "PROT_GROWSDOWN" },
		{ 0x02000000, "PROT_GROWSUP" },
		{ 0, NULL },
	};

	put_flags(out, prot, names, "PROT_NONE");
}

static void put_map_flags(FILE *out, const struct live_op *call)
{
	/* The types are numbers, not bits: 3 is one of its own. */
	static const char *const types[] = { "0", "MAP_SHARED", "MAP_PRIVATE",
					     "MAP_SHARED_VALIDATE" };
	static const struct flag_name names[] = {
		{ 0x20, "MAP_ANONYMOUS" },
		{ 0x10, "MAP_FIXED" },
		{ 0x100000, "MAP_FIXED_NOREPLACE" },
		{ 0x100, "MAP_GROWSDOWN" },
		{ 0x2000, "MAP_LOCKED" },
		{ 0x4000, "MAP_NORESERVE" },
		{ 0x8000, "MAP_POPULATE" },
		{ 0x10000, "MAP_NONBLOCK" },
		{ 0x20000, "MAP_STACK" },
		{ 0, NULL },
	};
	uint32_t type = call->flags & 0xf;
	uint32_t rest = call->flags & ~UINT32_C(0x10003f);

	if (type < 4)
		fprintf(out, "%s | ", types[type]);
	else
		fprintf(out, "0x%" PRIx32 " | ", type);
	if (call->file == LIVE_FILE_ANON)
		rest |= 0x20;
	if (call->how == LIVE_FIXED)
		rest |= 0x10;
	if (call->how == LIVE_NOREPLACE)
		rest |= 0x100000;
	put_flags(out, rest, names, "0");
}

static void put_advice(FILE *out, uint32_t advice)
{
	static const struct flag_name names[] = {
		{ 0, "MADV_NORMAL" },	       { 1, "MADV_RANDOM" },
		{ 2, "MADV_SEQUENTIAL" },      { 3, "MADV_WILLNEED" },
		{ 4, "MADV_DONTNEED" },	       { 8, "MADV_FREE" },
		{ 9, "MADV_REMOVE" },	       { 10, "MADV_DONTFORK" },
		{ 11, "MADV_DOFORK" },	       { 12, "MADV_MERGEABLE" },
		{ 13, "MADV_UNMERGEABLE" },    { 14, "MADV_HUGEPAGE" },
		{ 15, "MADV_NOHUGEPAGE" },     { 16, "MADV_DONTDUMP" },
		{ 17, "MADV_DODUMP" },	       { 18, "MADV_WIPEONFORK" },
		{ 19, "MADV_KEEPONFORK" },     { 20, "MADV_COLD" },
		{ 21, "MADV_PAGEOUT" },	       { 22, "MADV_POPULATE_READ" },
		{ 23, "MADV_POPULATE_WRITE" }, { 24, "MADV_DONTNEED_LOCKED" },
		{ 102, "MADV_GUARD_INSTALL" }, { 103, "MADV_GUARD_REMOVE" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].value == advice) {
			fputs(names[i].name, out);
			return;
		}
	}
	fprintf(out, "%" PRIu32, advice);
}

static void put_move_flags(FILE *out, uint32_t flags)
{
	static const struct flag_name names[] = {
		{ 1, "MREMAP_MAYMOVE" },
		{ 2, "MREMAP_FIXED" },
		{ 4, "MREMAP_DONTUNMAP" },
		{ 0, NULL },
	};

	put_flags(out, flags, names, "0");
}

/* ------------------------------------------------------------------ calls */

static const char *file_word(uint8_t file)
{
	static const char *const words[LIVE_FILES] = {
		[LIVE_FILE_PLAIN] = "PLAIN", [LIVE_FILE_PLAIN2] = "PLAIN2",
		[LIVE_FILE_OTHER] = "OTHER", [LIVE_FILE_READONLY] = "READONLY",
		[LIVE_FILE_ZERO] = "ZERO",   [LIVE_FILE_FAILING] = "FAILING",
	};

	return words[file % LIVE_FILES];
}

static void put_range(FILE *out, const char *call, const struct emission *emission,
		      const struct live_op *op)
{
	fputs(call, out);
	put_address(out, op->addr, emission);
	fputs(", ", out);
	put_length(out, op->len);
}

static void put_mmap(FILE *out, const struct emission *emission, const struct live_op *op)
{
	if (op->file == LIVE_FILE_SHM) {
		put_range(out, "(long)attach(", emission, op);
		fprintf(out, ", %s)", op->prot & 4 ? "SHM_EXEC" : "0");
		return;
	}
	put_range(out, "(long)mmap(", emission, op);
	fputs(", ", out);
	put_prot(out, op->prot);
	fputs(", ", out);
	put_map_flags(out, op);
	if (op->file == LIVE_FILE_ANON)
		fputs(", -1, ", out);
	else
		fprintf(out, ", file[%s], ", file_word(op->file));
	if (op->number)
		fprintf(out, "%" PRIu64 " * PAGE)", op->number);
	else
		fputs("0)", out);
}

static void put_mremap(FILE *out, const struct emission *emission, const struct live_op *op)
{
	put_range(out, "(long)mremap(", emission, op);
	fputs(", ", out);
	put_length(out, op->newlen);
	fputs(", ", out);
	put_move_flags(out, op->flags);
	if (op->dest) {
		fputs(", ", out);
		put_address(out, op->dest, emission);
	}
	fputc(')', out);
}

static void put_name(FILE *out, const struct emission *emission, const struct live_op *op)
{
	put_range(out, "prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, ", emission, op);
	fputs(", ", out);
	if (!op->name) {
		fputs("NULL)", out);
		return;
	}
	fputc('"', out);
	for (const char *c = emission->program.names[op->name - 1]; *c; c++) {
		if (*c == '"' || *c == '\\' || (unsigned char)*c < 0x20 || (unsigned char)*c > 0x7e)
			fprintf(out, "\\%03o", (unsigned int)(unsigned char)*c);
		else
			fputc(*c, out);
	}
	fputs("\")", out);
}

/* Calls that begin with a range. */
static void put_range_call(FILE *out, const struct emission *emission, const struct live_op *op)
{
	switch (op->kind) {
	case LIVE_MPROTECT:
		put_range(out, "mprotect(", emission, op);
		fputs(", ", out);
		put_prot(out, op->prot);
		break;
	case LIVE_MADVISE:
		put_range(out, "madvise(", emission, op);
		fputs(", ", out);
		put_advice(out, op->advice);
		break;
	case LIVE_TOUCH:
		put_range(out, op->how ? "touch_write(" : "touch_read(", emission, op);
		break;
	case LIVE_MLOCK:
		put_range(out, op->flags ? "mlock2(" : "mlock(", emission, op);
		if (op->flags)
			fprintf(out, ", %s", op->flags == 1 ? "MLOCK_ONFAULT" : "/* flags= */ ~0U");
		break;
	case LIVE_MUNLOCK:
		put_range(out, "munlock(", emission, op);
		break;
	case LIVE_MSEAL:
		put_range(out, "syscall(SYS_mseal, ", emission, op);
		fprintf(out, ", %" PRIu32, op->flags);
		break;
	case LIVE_MBIND:
		put_range(out, "syscall(SYS_mbind, ", emission, op);
		fprintf(out, ", %" PRIu32 ", &(unsigned long){ 0x%" PRIx64 " }, 65UL, 0", op->flags,
			op->number);
		break;
	case LIVE_HOME_NODE:
		put_range(out, "syscall(SYS_set_mempolicy_home_node, ", emission, op);
		fprintf(out, ", %" PRIu64 "UL, 0", op->number);
		break;
	case LIVE_REMAP_FILE_PAGES:
		put_range(out, "remap_file_pages(", emission, op);
		fprintf(out, ", 0, %" PRIu64 ", 0", op->number);
		break;
	default:
		put_range(out, "munmap(", emission, op);
		break;
	}
	fputc(')', out);
}

static void put_limit(FILE *out, const struct emit_step *step, const struct live_op *op)
{
	uint64_t limit = op->number;
	uint64_t vmas = step->after.vmas;

	if (op->how == LIVE_LIMIT_ABOVE)
		limit += vmas;
	if (op->how == LIVE_LIMIT_BELOW)
		limit = vmas > limit ? vmas - limit : 0;
	fprintf(out, "limit_areas(%" PRIu64 ", %" PRIu64 ")", limit, vmas);
}

static void put_limit_pages(FILE *out, unsigned int kind, uint64_t pages)
{
	static const char *const words[PROGRAM_RLIMITS] = {
		[PROGRAM_RLIMIT_AS] = "RLIMIT_AS",
		[PROGRAM_RLIMIT_DATA] = "RLIMIT_DATA",
		[PROGRAM_RLIMIT_STACK] = "RLIMIT_STACK",
		[PROGRAM_RLIMIT_MEMLOCK] = "RLIMIT_MEMLOCK",
	};

	fprintf(out, "limit_pages(%s, ", words[kind]);
	if (pages >= UINT64_MAX / PAGE_BYTES / 2)
		fputs("UNLIMITED)", out);
	else
		fprintf(out, "%" PRIu64 ")", pages);
}

static void put_context_call(FILE *out, const struct emission *emission, const struct live_op *op)
{
	char call[32];

	if (op->kind == LIVE_UFFD_CLOSE) {
		fprintf(out, "close_context(%u)", op->context);
		return;
	}
	snprintf(call, sizeof(call), "%s(%u, ",
		 op->kind == LIVE_UFFD_REGISTER ? "watch" : "unwatch", op->context);
	put_range(out, call, emission, op);
	if (op->kind == LIVE_UFFD_REGISTER)
		fprintf(out, ", %" PRIu32, op->flags);
	fputc(')', out);
}

static void put_call(FILE *out, const struct emission *emission, const struct emit_step *step)
{
	const struct live_op *op = &step->call;

	switch (op->kind) {
	case LIVE_MMAP:
		put_mmap(out, emission, op);
		break;
	case LIVE_MREMAP:
		put_mremap(out, emission, op);
		break;
	case LIVE_NAME:
		put_name(out, emission, op);
		break;
	case LIVE_MLOCKALL:
		fprintf(out, "mlockall(%" PRIu32 ")", op->flags);
		break;
	case LIVE_MUNLOCKALL:
		fputs("munlockall()", out);
		break;
	case LIVE_KSM:
		fprintf(out, "prctl(PR_SET_MEMORY_MERGE, %d, 0, 0, 0)", op->how ? 1 : 0);
		break;
	case LIVE_CLEAR_SOFTDIRTY:
		fputs("clear_softdirty()", out);
		break;
	case LIVE_LIMIT:
		put_limit(out, step, op);
		break;
	case LIVE_RLIMIT:
		put_limit_pages(out, op->how, op->number);
		break;
	case LIVE_BRK:
		fputs("syscall(SYS_brk, ", out);
		put_address(out, op->addr, emission);
		fputc(')', out);
		break;
	case LIVE_UFFD_REGISTER:
	case LIVE_UFFD_UNREGISTER:
	case LIVE_UFFD_CLOSE:
		put_context_call(out, emission, op);
		break;
	default:
		put_range_call(out, emission, op);
		break;
	}
}

/* ------------------------------------------------------------------ expectations */

/* Which of the files the kernel will name, by its inode. */
static const char *shown_file(const struct seen_vma *vma)
{
	static const char *const words[WORLD_FILES] = {
		[FILE_ANON] = "NO_FILE", [FILE_PLAIN] = "PLAIN",       [FILE_PLAIN2] = "PLAIN",
		[FILE_OTHER] = "OTHER",	 [FILE_READONLY] = "READONLY", [FILE_ZERO] = "ZERO",
	};

	return vma->file >= SEEN_OBJECT ? "OBJECT" : words[vma->file % WORLD_FILES];
}

/* Offsets are told of files only. One by the address counts from the window. */
static void put_offset(FILE *out, const struct seen_vma *vma)
{
	uint64_t pgoff = vma->file && vma->file < SEEN_OBJECT ? vma->pgoff : 0;

	if (vma->file == FILE_ZERO && pgoff >= PROGRAM_BASE / PAGE_BYTES)
		fprintf(out, "AT_WINDOW + %" PRIu64, pgoff - PROGRAM_BASE / PAGE_BYTES);
	else
		fprintf(out, "%" PRIu64, pgoff);
}

void emit_calls_print_areas(FILE *out, const struct seen_space *space, const char *name)
{
	const char *indent = "\t";
	char codes[VM_FLAG_COUNT * 3 + 1];

	if (!space->alive || !space->vmas)
		return;
	fprintf(out, "%sstatic const struct area %s[] = {\n", indent, name);
	for (uint32_t i = 0; i < space->vmas; i++) {
		const struct seen_vma *vma = &space->vma[i];

		flags_print(vma->flags, codes, sizeof(codes));
		fprintf(out, "%s\t{ %" PRIu32 ", %" PRIu32 ", \"%c%c%c%c\", %s, ", indent,
			vma->start, vma->end, vma->flags & VM_FLAG(rd) ? 'r' : '-',
			vma->flags & VM_FLAG(wr) ? 'w' : '-', vma->flags & VM_FLAG(ex) ? 'x' : '-',
			vma->flags & VM_FLAG(ms) ? 's' : 'p', shown_file(vma));
		put_offset(out, vma);
		fprintf(out, ",\n%s\t  \"%s\" },\n", indent, codes);
	}
	fprintf(out, "%s};\n", indent);
}

/* How a form writes that something must be so. */
struct style {
	const char *returns, *wanted, *holds;
};

static const struct style *style_of(const struct emission *emission)
{
	static const struct style plain = { "\treturns(%" PRIu32 ", ", ", ",
					    "\tholds(%" PRIu32 ", " };
	static const struct style harness = { "\tASSERT_EQ(result(", "), ", "\tASSERT_TRUE(" };

	return emission->form == &emit_kselftest ? &harness : &plain;
}

/* clang warns of formats that are no literals; these hold one number at most. */
static void put_head(FILE *out, const char *format, uint32_t index)
{
	const char *mark = strstr(format, "%" PRIu32);

	if (!mark) {
		fputs(format, out);
		return;
	}
	fprintf(out, "%.*s%" PRIu32 "%s", (int)(mark - format), format, index + 1,
		mark + strlen("%" PRIu32));
}

static void put_guards(FILE *out, const struct emission *emission, uint32_t index,
		       const struct seen_space *space)
{
	const char *comma = "";

	put_head(out, style_of(emission)->holds, index);
	fputs("guards_are((const unsigned int[]){ ", out);
	for (uint32_t p = 0; p < emission->program.settings.pages; p++) {
		if (!(space->guard[p / 64] >> (p % 64) & 1))
			continue;
		fprintf(out, "%s%" PRIu32, comma, p);
		comma = ", ";
	}
	fprintf(out, "%sPAGES }));\n", comma);
}

static bool answers_address(const struct live_op *op)
{
	return op->kind == LIVE_MMAP || op->kind == LIVE_MREMAP || op->kind == LIVE_BRK;
}

static void put_result(FILE *out, const struct emission *emission, const struct emit_step *step)
{
	const char *name;

	if (step->result.form == RESULT_VALUE && answers_address(&step->call)) {
		fputs("(long)", out);
		put_address(out, PROGRAM_BASE + step->result.value, emission);
	} else if (step->result.form == RESULT_VALUE) {
		fputc('0', out);
	} else {
		name = errno_name(step->result.error);
		if (name)
			fprintf(out, "-%s", name);
		else
			fprintf(out, "-%d", (int)step->result.error);
	}
}

void emit_calls_print_state(FILE *out, const struct emission *emission, uint32_t index,
			    const struct seen_space *space, const char *areas)
{
	const char *holds = style_of(emission)->holds;

	if (!space->alive)
		return;
	put_head(out, holds, index);
	if (space->vmas)
		fprintf(out, "layout_is(%s, %" PRIu32 "));\n", areas, space->vmas);
	else
		fputs("layout_is(NULL, 0));\n", out);
	if (emit_calls_has_guards(emission))
		put_guards(out, emission, index, space);
	if (!emit_calls_has_locks(emission))
		return;
	put_head(out, holds, index);
	fprintf(out, "locked_is(%" PRId64 "));\n", space->locked_vm);
}

/* Where a statement is broken: after the last comma or bar that still fits. */
static size_t break_at(const char *text, size_t room)
{
	size_t at = 0;

	if (strlen(text) <= room)
		return strlen(text);
	for (size_t i = 0; i < room; i++) {
		if (text[i] == ' ' && i && (text[i - 1] == ',' || text[i - 1] == '|'))
			at = i;
	}
	return at ? at : strlen(text);
}

/* A statement that begins with a tab, in lines of at most 100 columns. */
static void put_statement(FILE *out, const char *text)
{
	size_t room = COLUMNS - 7, length;

	for (; *text; text += length) {
		length = break_at(text, room);
		fprintf(out, "%.*s\n", (int)length, text);
		length += text[length] == ' ';
		room = COLUMNS - 16;
		if (text[length])
			fputs("\t\t", out);
	}
}

int emit_calls_print_call(FILE *out, const struct emission *emission, uint32_t index)
{
	const struct emit_step *step = &emission->step[index];
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return -ENOMEM;
	put_head(memory, style_of(emission)->returns, index);
	put_call(memory, emission, step);
	fputs(style_of(emission)->wanted, memory);
	put_result(memory, emission, step);
	fputs(");", memory);
	fclose(memory);
	put_statement(out, text);
	free(text);
	return 0;
}

static void put_first(FILE *out, const struct emission *emission)
{
	put_head(out, style_of(emission)->returns, UINT32_MAX);
}

static void put_zero(FILE *out, const struct emission *emission)
{
	fprintf(out, "%s0);\n", style_of(emission)->wanted);
}

static void put_first_limits(FILE *out, const struct emission *emission)
{
	for (unsigned int kind = 0; kind < PROGRAM_RLIMITS; kind++) {
		if (!emit_calls_limits(emission, kind))
			continue;
		put_first(out, emission);
		put_limit_pages(out, kind, emission->program.settings.rlimit[kind]);
		put_zero(out, emission);
	}
	if (emission->written.limit == 65530)
		return;
	put_first(out, emission);
	fprintf(out, "limit_areas(%" PRIu32 ", 0)", emission->program.settings.limit);
	put_zero(out, emission);
}

bool emit_calls_begins(const struct emission *emission)
{
	return emit_has(emission, OP_BRK) || emit_calls_has_limits(emission) ||
	       emit_calls_gives_up_locks(emission) || emission->written.limit != 65530;
}

void emit_calls_print_begin(FILE *out, const struct emission *emission)
{
	bool limits = emit_calls_has_limits(emission);

	if (limits) {
		put_first(out, emission);
		fputs("count_other_pages()", out);
		put_zero(out, emission);
	}
	if (emit_has(emission, OP_BRK)) {
		put_first(out, emission);
		fprintf(out, "place_heap(%s)", limits ? "other_data" : "0");
		put_zero(out, emission);
	}
	put_first_limits(out, emission);
	if (emit_calls_gives_up_locks(emission)) {
		put_first(out, emission);
		fputs("give_up_ipc_lock()", out);
		put_zero(out, emission);
	}
}
