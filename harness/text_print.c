/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs as canonical text: one way to write each thing, read back as it was. */
#define _POSIX_C_SOURCE 200809L
#include "text_op.h"

#include "flags.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* The longest line: an operation with two raw places, a name all of \xHH, and suffixes. */
#define LINE_ROOM 1024

void text_put(struct text_out *out, const char *format, ...)
{
	size_t used = out->length < out->size ? out->length : out->size;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(out->buffer ? out->buffer + used : NULL, out->size - used, format,
			   arguments);
	va_end(arguments);
	if (length > 0)
		out->length += (size_t)length;
}

uint32_t text_put_words(struct text_out *out, const struct word *words, uint32_t set,
			const char *separator)
{
	const char *before = "";

	for (; words->word; words++) {
		if (!(set & words->value))
			continue;
		text_put(out, "%s%s", before, words->word);
		set &= ~words->value;
		before = separator;
	}
	return set;
}

static void put_place(struct text_out *out, struct place place)
{
	if (place.base == PLACE_RAW)
		text_put(out, "raw=0x%" PRIx64, place.raw);
	else if (place.base == PLACE_PAGE)
		text_put(out, "%" PRId32, place.pages);
	else if (place.pages)
		text_put(out, "top%+" PRId32, place.pages);
	else
		text_put(out, "top");
	if (place.base == PLACE_PAGE && place.bytes)
		text_put(out, "+%" PRIu32, place.bytes);
}

/* The end of [addr, addr + len), if S..E can say it. */
static bool range_end(struct place addr, struct place len, struct place *ret)
{
	uint32_t bytes = addr.bytes + len.bytes;
	int64_t pages = (int64_t)addr.pages + len.pages + bytes / (uint32_t)PAGE_BYTES;

	if (addr.base == PLACE_RAW || len.base != PLACE_PAGE || len.pages < 0)
		return false;
	if (pages > TEXT_PAGE_MAX || (addr.base == PLACE_TOP && len.bytes))
		return false;
	*ret = (struct place){
		.base = addr.base,
		.pages = (int32_t)pages,
		.bytes = bytes % (uint32_t)PAGE_BYTES,
	};
	return true;
}

static void put_range(struct text_out *out, struct place addr, struct place len)
{
	struct place end;

	if (range_end(addr, len, &end)) {
		put_place(out, addr);
		text_put(out, "..");
		put_place(out, end);
		return;
	}
	text_put(out, "addr=");
	put_place(out, addr);
	text_put(out, " len=");
	put_place(out, len);
}

static void put_placed(struct text_out *out, const struct op *op)
{
	if (op->how == MMAP_NOREPLACE)
		text_put(out, "noreplace ");
	if (op->how == MMAP_FIXED || op->how == MMAP_NOREPLACE) {
		put_range(out, op->addr, op->len);
		return;
	}
	text_put(out, op->how == MMAP_HINT ? "hint=" : "anywhere");
	if (op->how == MMAP_HINT)
		put_place(out, op->addr);
	text_put(out, " len=");
	put_place(out, op->len);
}

void text_put_prot(struct text_out *out, uint32_t prot)
{
	if (prot > 7)
		text_put(out, "prot=0x%" PRIx32, prot);
	else if (!prot)
		text_put(out, "none");
	else
		text_put(out, "%s%s%s", prot & 1 ? "r" : "", prot & 2 ? "w" : "",
			 prot & 4 ? "x" : "");
}

static void put_prot(struct text_out *out, const struct op *op)
{
	uint32_t grows = 0;

	if (op_has(op, FIELD_GROWS))
		grows = op->prot & (PROGRAM_PROT_GROWSDOWN | PROGRAM_PROT_GROWSUP);
	text_put_prot(out, op->prot & ~grows);
	if (grows)
		text_put(out, " ");
	text_put_words(out, prot_grow_words, grows, " ");
}

static void put_backing(struct text_out *out, const struct op *op)
{
	uint32_t flags = op->map_flags & ~PROGRAM_MAP_IMPLIED;
	uint32_t type = flags & PROGRAM_MAP_TYPE;
	const char *kind = word_of(mmap_kind_words, type);
	const struct word *attr = mmap_attr_words;

	if (kind)
		text_put(out, "%s", kind);
	else
		text_put(out, "flags=0x%" PRIx32, type);
	if (op->file)
		text_put(out, " file=%s", world_file_name((enum world_file)op->file));
	else
		text_put(out, " anon");
	if (op->file && op->pgoff)
		text_put(out, "@%" PRIu64, op->pgoff);
	flags &= ~PROGRAM_MAP_TYPE;
	for (; attr->word; attr++) {
		if (flags & attr->value)
			text_put(out, " %s", attr->word);
		flags &= ~attr->value;
	}
	if (flags)
		text_put(out, " flags=0x%" PRIx32, flags);
}

/* A list of words, or the number if the words do not say all of it. */
static void put_list(struct text_out *out, const struct word *words, const char *key, uint32_t set)
{
	uint32_t left = set;

	for (const struct word *word = words; word->word; word++)
		left &= ~word->value;
	if (left || !set)
		text_put(out, "%s=0x%" PRIx32, key, set);
	else
		text_put_words(out, words, set, ",");
}

static void put_move(struct text_out *out, const struct op *op)
{
	if (op->how == MREMAP_TO) {
		text_put(out, "fixed=");
		put_place(out, op->dest);
	}
	if (op->has_len) {
		text_put(out, op->how == MREMAP_TO ? " len=" : "len=");
		put_place(out, op->newlen);
	}
	if (op->how == MREMAP_RESIZE && op->maymove)
		text_put(out, " maymove");
	if (op->dontunmap)
		text_put(out, op->how == MREMAP_TO ? " dontunmap" : "dontunmap");
	if (op->how == MREMAP_KEEP && op->has_dest) {
		text_put(out, " hint=");
		put_place(out, op->dest);
	}
	if (op->map_flags)
		text_put(out, " flags=0x%" PRIx32, op->map_flags);
}

void text_put_policy(struct text_out *out, uint32_t mode, uint64_t nodes)
{
	const char *name = word_of(policy_words, mode);
	const char *before = "";

	if (name) {
		text_put(out, "%s", name);
		return;
	}
	text_put(out, "%s=%s", word_of(policy_words, mode | POLICY_NODES), nodes ? "" : "none");
	for (unsigned int node = 0; node < PROGRAM_NODES; node++) {
		if (!(nodes >> node & 1))
			continue;
		text_put(out, "%s%u", before, node);
		before = ",";
	}
}

static void put_policy(struct text_out *out, const struct op *op)
{
	uint32_t flags = op->mode & 0xc000;
	uint32_t mode = op->mode & ~UINT32_C(0xc000);
	bool nodeless = mode < POLICY_NODES && word_of(policy_words, mode) && !op->nodes;

	if (!nodeless && !(mode < POLICY_NODES && word_of(policy_words, mode | POLICY_NODES))) {
		text_put(out, "mode=0x%" PRIx32, op->mode);
		if (op->nodes)
			text_put(out, " nodes=0x%" PRIx64, op->nodes);
		return;
	}
	text_put_policy(out, mode, op->nodes);
	if (flags)
		text_put(out, " ");
	text_put_words(out, policy_flag_words, flags, " ");
}

void text_put_quoted(struct text_out *out, const char *name)
{
	text_put(out, "\"");
	for (; *name; name++) {
		unsigned char c = (unsigned char)*name;

		if (c == '"' || c == '\\')
			text_put(out, "\\%c", c);
		else if (c < ' ' || c > '~')
			text_put(out, "\\x%02x", c);
		else
			text_put(out, "%c", c);
	}
	text_put(out, "\"");
}

static void put_name(struct text_out *out, const struct program *program, uint16_t name)
{
	if (name && name <= program->name_count)
		text_put_quoted(out, program->names[name - 1]);
	else
		text_put(out, "none");
}

static void put_number_or_inf(struct text_out *out, uint64_t number)
{
	if (number == RLIMIT_NONE)
		text_put(out, "inf");
	else
		text_put(out, "%" PRIu64, number);
}

static void put_limit(struct text_out *out, const struct op *op)
{
	const char *sign = op->how == LIMIT_ABOVE ? "+" : op->how == LIMIT_BELOW ? "-" : "";

	text_put(out, "%s%" PRIu64, sign, op->nodes);
}

static void put_modes(struct text_out *out, const struct op *op)
{
	put_list(out, uffd_mode_words, "modes", op->mode);
	if (op->features)
		text_put(out, " ");
	text_put_words(out, uffd_feature_words, op->features, " ");
}

static void put_lock(struct text_out *out, const struct op *op)
{
	if (op->mode == 1)
		text_put(out, "onfault");
	else if (op->mode)
		text_put(out, "flags=0x%" PRIx32, op->mode);
}

static void put_advice(struct text_out *out, const struct op *op)
{
	const char *advice = advice_name(op->advice);

	if (advice)
		text_put(out, "%s", advice);
	else
		text_put(out, "advice=%" PRIu32, op->advice);
}

static void put_field(struct text_out *out, const struct program *program, const struct op *op,
		      enum op_field field)
{
	switch (field) {
	case FIELD_CONTEXT:
		text_put(out, "%u", op->context);
		break;
	case FIELD_PLACED:
		put_placed(out, op);
		break;
	case FIELD_RANGE:
		put_range(out, op->addr, op->len);
		break;
	case FIELD_ADDRESS:
		put_place(out, op->addr);
		break;
	case FIELD_PROT:
		put_prot(out, op);
		break;
	case FIELD_BACKING:
		put_backing(out, op);
		break;
	case FIELD_ADVICE:
		put_advice(out, op);
		break;
	case FIELD_ACCESS:
		text_put(out, op->touch_write ? "w" : "r");
		break;
	case FIELD_LOCK:
		put_lock(out, op);
		break;
	case FIELD_EXEC:
		text_put(out, op->how ? "exec" : "");
		break;
	case FIELD_LOCKALL:
		put_list(out, lockall_words, "flags", op->mode);
		break;
	case FIELD_SEAL:
		if (op->map_flags)
			text_put(out, "flags=0x%" PRIx32, op->map_flags);
		break;
	case FIELD_MOVE:
		put_move(out, op);
		break;
	case FIELD_POLICY:
		put_policy(out, op);
		break;
	case FIELD_NODE:
		text_put(out, "%" PRIu64, op->nodes);
		break;
	case FIELD_NAME:
		put_name(out, program, op->name);
		break;
	case FIELD_MODES:
		put_modes(out, op);
		break;
	case FIELD_OFFSET:
		text_put(out, "off=%" PRIu64, op->pgoff);
		break;
	case FIELD_DISTANCE:
		text_put(out, "by=%" PRIu64, op->nodes);
		break;
	case FIELD_SWITCH:
		text_put(out, op->how ? "on" : "off");
		break;
	case FIELD_RLIMIT:
		text_put(out, "%s ", word_of(rlimit_words, op->how));
		put_number_or_inf(out, op->nodes);
		break;
	case FIELD_LIMIT:
		put_limit(out, op);
		break;
	case FIELD_GROWS: /* part of PROT */
	case FIELDS:
		break;
	}
}

static void put_suffixes(struct text_out *out, const struct op *op)
{
	if (op->alloc_nth)
		text_put(out, " !alloc=%u%s", op->alloc_nth, op->alloc_onward ? "+" : "");
	if (op->result_form == RESULT_NOOP) {
		text_put(out, " = -");
	} else if (op->result_form == RESULT_ERRNO) {
		text_put(out, " = %s", errno_name(op->result_errno));
	} else if (op->result_form == RESULT_VALUE) {
		text_put(out, " = ");
		put_place(out, op->result);
	}
}

int op_print(const struct program *program, const struct op *op, char *buffer, size_t size)
{
	struct text_out out = { buffer, size, 0 };

	if (op->space)
		text_put(&out, "@%u ", op->space);
	text_put(&out, "%s", op_rows[op->kind].word);
	for (unsigned int field = 0; field < FIELDS; field++) {
		size_t before;

		if (!op_has(op, (enum op_field)field))
			continue;
		before = out.length;
		text_put(&out, " ");
		put_field(&out, program, op, (enum op_field)field);
		if (out.length == before + 1) {
			/* An optional field that says nothing takes its blank back. */
			out.length = before;
			if (before < size)
				buffer[before] = '\0';
		}
	}
	put_suffixes(&out, op);
	return (int)out.length;
}

static void put_profiles(struct text_out *out, const struct settings *settings)
{
	if (!settings->profiles && !settings->profile_any && settings->profile == PROFILE_7_3)
		return;
	text_put(out, "profile");
	if (settings->profiles || settings->profile != PROFILE_7_3)
		text_put(out, " %s", profile_name((enum profile)settings->profile));
	for (unsigned int i = 0; i < PROFILES; i++)
		if (i != settings->profile && (settings->profiles >> i & 1))
			text_put(out, " %s", profile_name((enum profile)i));
	text_put(out, settings->profile_any ? " any\n" : "\n");
}

static void put_quirks(struct text_out *out, const struct settings *settings)
{
	char before = ' ';

	if (settings->quirks == SETTING_UNSET)
		return;
	if (settings->quirks == SETTING_OFF || !settings->quirk_rows) {
		text_put(out, "quirks %s\n", settings->quirks == SETTING_ON ? "on" : "off");
		return;
	}
	text_put(out, "quirks");
	for (unsigned int row = 1; row <= PROGRAM_QUIRK_ROWS; row++) {
		if (!(settings->quirk_rows >> (row - 1) & 1))
			continue;
		text_put(out, "%cF%u", before, row);
		before = ',';
	}
	text_put(out, "\n");
}

static void put_tristate(struct text_out *out, const char *word, uint8_t value)
{
	if (value != SETTING_UNSET)
		text_put(out, "%s %s\n", word, value == SETTING_ON ? "on" : "off");
}

static void put_settings(struct text_out *out, const struct settings *settings)
{
	text_put(out, "vma-program 1\npages %" PRIu32 "\n", settings->pages);
	if (settings->limit != 65530)
		text_put(out, "limit %" PRIu32 "\n", settings->limit);
	put_profiles(out, settings);
	put_quirks(out, settings);
	if (settings->gap)
		text_put(out, "gap %" PRIu32 "\n", settings->gap);
	for (unsigned int i = 0; i < PROGRAM_RLIMITS; i++)
		if (settings->rlimit[i] != RLIMIT_NONE)
			text_put(out, "rlimit %s %" PRIu64 "\n", word_of(rlimit_words, i),
				 settings->rlimit[i]);
	if (settings->overcommit == OVERCOMMIT_ALWAYS)
		text_put(out, "overcommit always\n");
	if (settings->overcommit == OVERCOMMIT_NEVER)
		text_put(out, "overcommit never=%" PRIu64 "\n", settings->commit_limit);
	put_tristate(out, "softdirty", settings->softdirty);
	put_tristate(out, "anon_names", settings->anon_names);
	put_tristate(out, "ipc_lock", settings->ipc_lock);
}

static void put_flag_codes(struct text_out *out, uint64_t flags)
{
	char codes[3 * VM_FLAG_COUNT + 1];

	flags_print(flags, codes, sizeof(codes));
	for (char *c = codes; *c; c++)
		if (*c == ' ')
			*c = ',';
	text_put(out, " flags=%s", *codes ? codes : "none");
}

static void put_expect_vma(struct text_out *out, const struct expect_vma *line)
{
	text_put(out, "%" PRIu32 "..%" PRIu32 " ", line->start, line->end);
	text_put_prot(out, line->prot);
	text_put(out, " %s", mmap_kind_words[line->kind].word);
	if (line->file)
		text_put(out, " file=%s", world_file_name((enum world_file)line->file));
	else
		text_put(out, " anon");
	if (line->has_off)
		text_put(out, "%s%" PRIu64, line->file ? "@" : " off=", line->off);
	if (line->has_fault)
		text_put(out, " %s", word_of(fault_words, line->fault));
	if (line->has_anon)
		text_put(out, " anon#%" PRIu32, line->anon);
	if (line->has_flags)
		put_flag_codes(out, line->flags);
	if (line->has_policy)
		text_put(out, " policy=%s", line->policy);
	if (line->has_name) {
		text_put(out, " name=");
		if (*line->name)
			text_put_quoted(out, line->name);
		else
			text_put(out, "none");
	}
	if (line->has_uffd && line->uffd < 0)
		text_put(out, " uffd=none");
	else if (line->has_uffd)
		text_put(out, " uffd=%d", line->uffd);
}

/* Line number `line` of an expectation, without its newline. */
static void put_expectation(struct text_out *out, const struct program *program,
			    const struct expectation *expectation, uint32_t line)
{
	text_put(out, "expect ");
	if (expectation->space)
		text_put(out, "@%u ", expectation->space);
	if (expectation->form == EXPECT_EMPTY)
		text_put(out, "empty");
	else if (expectation->form == EXPECT_COUNT)
		text_put(out, "count %" PRIu32, expectation->count);
	else
		put_expect_vma(out, &program->lines[expectation->first + line]);
}

/* Text that grows as lines are added; text is NULL once memory was refused. */
struct sink {
	char *text;
	size_t length, capacity;
};

static void sink_add(struct sink *sink, const char *line, const char *end)
{
	size_t length = strlen(line) + strlen(end);
	char *bigger;

	if (!sink->text)
		return;
	if (sink->length + length + 1 > sink->capacity) {
		sink->capacity = (sink->length + length + 1) * 2;
		bigger = realloc(sink->text, sink->capacity);
		if (!bigger)
			free(sink->text);
		sink->text = bigger;
		if (!bigger)
			return;
	}
	snprintf(sink->text + sink->length, length + 1, "%s%s", line, end);
	sink->length += length;
}

static uint32_t sink_add_expectations(struct sink *sink, const struct program *program,
				      uint32_t next, uint32_t after)
{
	char line[LINE_ROOM];

	for (; next < program->expectation_count; next++) {
		const struct expectation *expectation = &program->expectations[next];
		uint32_t lines = expectation->form == EXPECT_LAYOUT ? expectation->vmas : 1;

		if (expectation->after > after)
			break;
		for (uint32_t i = 0; i < lines; i++) {
			struct text_out out = { line, sizeof(line), 0 };

			put_expectation(&out, program, expectation, i);
			sink_add(sink, line, "\n");
		}
	}
	return next;
}

char *program_print(const struct program *program)
{
	struct sink sink = { .capacity = 4 * LINE_ROOM };
	char line[LINE_ROOM];
	struct text_out out = { line, sizeof(line), 0 };
	uint32_t next;

	sink.text = malloc(sink.capacity);
	put_settings(&out, &program->settings);
	sink_add(&sink, line, "");
	next = sink_add_expectations(&sink, program, 0, 0);
	for (uint32_t i = 0; i < program->op_count; i++) {
		const struct op *op = &program->ops[i];

		/* Before any operation these words are settings; a space says which is meant. */
		if (!i && !op->space &&
		    (op->kind == OP_RLIMIT || (op->kind == OP_LIMIT && op->how == LIMIT_ABSOLUTE)))
			sink_add(&sink, "@0 ", "");
		op_print(program, op, line, sizeof(line));
		sink_add(&sink, line, "\n");
		next = sink_add_expectations(&sink, program, next, i + 1);
	}
	return sink.text;
}
