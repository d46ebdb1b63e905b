/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs as bytes, encoding version 1: frozen. A 16-byte header, then a record of 16 bytes
 * per operation; every value of every byte means something, zero the plainest thing.
 *
 * header   0      version; every value decodes as version 1
 *          1,2    window: index of a table, or (from 240) 12 bits in bytes 1 and 2
 *          3      profile and where expectations hold
 *          4..6   quirks, rows
 *          7      stack guard gap
 *          8..10  limit: 65530, small, or (from 248) 19 bits
 *          11,12  overcommit, its limit
 *          13     softdirty, anon_names, ipc_lock; top two bits: limits of 14 and 15 hold
 *          14,15  rlimits, a nibble each
 *
 * record   0      operation
 *          1      low nibble: space; high nibble: from 10 the rare forms of byte 6 hold,
 *                 14 an allocation fails, 15 each from then on; 0xdf: the space is byte 15
 *          2,3    start page, modulo the window        (little endian, as all numbers)
 *          4,5    length: class in the top nibble, most of them 1 to 8 pages
 *          6      low nibble: form of start and length; high nibble: class, form of a target
 *          7..9   a, b, c: what the operation says
 *          10,11  n: a number of pages, a file offset
 *          12..14 extension: bytes within pages, raw numbers
 *          15     which allocation fails, or the space
 *
 * Encoding writes the record it thinks right and decodes it again: what does not come back
 * as it was cannot be said in bytes.
 */
#include "op_table.h"

#include <errno.h>
#include <string.h>

#define HEADER PROGRAM_HEADER
#define RECORD PROGRAM_RECORD

#define K2(kind) kind, kind
#define K4(kind) K2(kind), K2(kind)
#define K8(kind) K4(kind), K4(kind)
#define K16(kind) K8(kind), K8(kind)
static const uint8_t kind_of_byte[256] = {
	K16(OP_MMAP),
	K16(OP_MMAP),
	K16(OP_MMAP),
	K16(OP_MMAP),
	K8(OP_MMAP),
	K16(OP_MUNMAP),
	K8(OP_MUNMAP),
	K4(OP_MUNMAP),
	K2(OP_MUNMAP),
	K16(OP_MPROTECT),
	K16(OP_MPROTECT),
	K4(OP_MPROTECT),
	K16(OP_MADVISE),
	K8(OP_MADVISE),
	K4(OP_GUARD_INSTALL),
	K2(OP_GUARD_INSTALL),
	K4(OP_GUARD_REMOVE),
	K16(OP_TOUCH),
	K8(OP_TOUCH),
	K2(OP_TOUCH),
	K4(OP_MLOCK),
	K2(OP_MLOCK),
	OP_MLOCK,
	K4(OP_MUNLOCK),
	OP_MUNLOCK,
	OP_MLOCKALL,
	OP_MUNLOCKALL,
	K2(OP_MSEAL),
	K8(OP_MREMAP),
	K4(OP_MREMAP),
	K2(OP_BRK),
	K2(OP_MBIND),
	OP_MBIND,
	OP_HOME_NODE,
	K2(OP_NAME),
	OP_NAME,
	K2(OP_UFFD_REGISTER),
	OP_UFFD_REGISTER,
	K2(OP_UFFD_UNREGISTER),
	OP_UFFD_CLOSE,
	OP_REMAP_FILE_PAGES,
	OP_SPECIAL,
	OP_EXEC_STACK,
	OP_RELOCATE_DOWN,
	OP_CLEAR_SOFTDIRTY,
	OP_KSM,
	OP_RLIMIT,
	K2(OP_LIMIT),
	K4(OP_FORK),
	K2(OP_EXIT),
};

/* Random bytes rarely fork: mostly the first space, which always was there. */
static const uint8_t space_of_nibble[16] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4 };

static const uint16_t pages_of_byte[16] = { 64,	 8,  16, 32, 64, 128, 64,   16,
					    256, 64, 12, 24, 64, 512, 1024, 4096 };
static const uint16_t gap_of_byte[16] = { 0, 1, 2, 3, 4, 8, 16, 256, 0, 0, 0, 0, 0, 0, 0, 0 };
static const uint16_t rlimit_of_nibble[16] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 4, 8, 16, 64, 256 };
#define RLIMIT_FIRST 9 /* nibbles below it: no limit; this one: 0 pages */

static const uint8_t prot_of_nibble[16] = { 3, 3, 3, 3, 1, 1, 1, 0, 7, 7, 5, 2, 4, 6, 0, 3 };

static const uint8_t advice_of_byte[32] = {
	10, 10, 10, 11, 11, 16, 16, 16, 17, 17, 1,  1,	2,  2,	0,  0,
	18, 18, 19, 4,	4,  8,	9,  3,	12, 13, 14, 15, 20, 21, 22, 23,
};

static const uint8_t file_of_byte[32] = {
	K16(FILE_ANON), K2(FILE_PLAIN), FILE_PLAIN2,	FILE_OTHER, FILE_READONLY,
	FILE_ZERO,	K2(FILE_SHM),	K2(FILE_CLOSE), FILE_VETO,  FILE_LEGACY,
	FILE_PREPARE,	FILE_FAILING,	FILE_IO,	FILE_PFN,
};
static const uint8_t map_type_of_byte[8] = { 2, 2, 2, 2, 2, 1, 1, 8 };
static const uint32_t attr_of_bit[5] = {
	PROGRAM_MAP_NORESERVE, PROGRAM_MAP_LOCKED, PROGRAM_MAP_POPULATE,
	PROGRAM_MAP_GROWSDOWN, PROGRAM_MAP_STACK,
};

static const uint8_t mmap_how_of_nibble[16] = {
	K8(MMAP_FIXED), K2(MMAP_FIXED), MMAP_FIXED, MMAP_NOREPLACE,
	MMAP_HINT,	MMAP_ANYWHERE,	MMAP_FIXED, MMAP_FIXED,
};
static const uint8_t lockall_of_nibble[16] = { 1, 1, 2, 3, 5, 6, 7, 4, 1, 2, 3, 5, 6, 7, 3, 0 };
static const uint8_t policy_of_byte[8] = { 0, 2, 1, 3, 4, 5, 6, 2 };

/* Index 0 is no name. Two that Linux takes often, the odd ones rarely. */
static const char *const name_of_byte[16] = {
	NULL,
	"a",
	"b",
	"heap",
	"",
	"seventy-nine characters, the longest name that Linux takes..................../",
	"eighty-one characters, one more than fits with its NUL: refused with EINVAL ....!",
	"bad[name]",
	"a",
	"a",
	"a",
	"b",
	"b",
	"b",
	"heap",
	"b",
};

/* Numbers that raw places lie near: powers of two where arithmetic turns, both BASEs. */
static const uint64_t raw_of_nibble[16] = {
	0,
	UINT64_C(1) << 28,
	UINT64_C(1) << 29,
	UINT64_C(1) << 31,
	UINT64_C(1) << 32,
	UINT64_C(1) << 40,
	UINT64_C(1) << 43,
	UINT64_C(1) << 44,
	UINT64_C(1) << 45,
	UINT64_C(1) << 46,
	UINT64_C(1) << 47,
	UINT64_C(1) << 48,
	UINT64_C(1) << 52,
	UINT64_C(1) << 56,
	UINT64_C(1) << 62,
	UINT64_C(1) << 63,
};

static unsigned int get16(const uint8_t *bytes)
{
	return bytes[0] | (unsigned int)bytes[1] << 8;
}

static void put16(uint8_t *bytes, uint64_t number)
{
	bytes[0] = (uint8_t)number;
	bytes[1] = (uint8_t)(number >> 8);
}

static uint32_t get24(const uint8_t *bytes)
{
	return get16(bytes) | (uint32_t)bytes[2] << 16;
}

static void or24(uint8_t *bytes, uint32_t number)
{
	bytes[0] |= (uint8_t)number;
	bytes[1] |= (uint8_t)(number >> 8);
	bytes[2] |= (uint8_t)(number >> 16);
}

static uint32_t get32(const uint8_t *bytes)
{
	return get24(bytes) | (uint32_t)bytes[3] << 24;
}

static void put32(uint8_t *bytes, uint32_t number)
{
	put16(bytes, number);
	put16(bytes + 2, number >> 16);
}

static unsigned int index8(const uint8_t *table, unsigned int size, unsigned int value)
{
	unsigned int i = 0;

	while (i < size && table[i] != value)
		i++;
	return i < size ? i : 0; /* what is not there is found out by decoding again */
}

static unsigned int index16(const uint16_t *table, unsigned int size, uint64_t value)
{
	unsigned int i = 0;

	while (i < size && table[i] != value)
		i++;
	return i;
}

/*
 * A start and a length as two numbers, a form and the extension. Forms 0 to 9 stay inside the
 * window; 10 may leave it; 11 counts from TOP; 12 has bytes; 13, 14 and 15 have a raw start,
 * a raw length, both.
 */
struct span {
	unsigned int start, length; /* 16 bits */
	unsigned int form;
	uint32_t extension; /* 24 bits */
};
#define FORM_BEYOND 10
#define FORM_TOP 11
#define FORM_BYTES 12
#define FORM_RAW_START 13
#define FORM_RAW_LENGTH 14
#define FORM_RAW 15
#define BEYOND 16 /* pages past TOP that form 10 reaches */
#define LENGTH_BELOW 12
#define LENGTH_EXACT 14

static unsigned int decode_length(unsigned int code, unsigned int start, unsigned int pages)
{
	unsigned int class = code >> 12;
	unsigned int number = code & 0xfff;

	if (class < 8)
		return 1 + number % 8;
	if (class < 12)
		return 1 + number % 16;
	if (class < LENGTH_EXACT) /* LENGTH_BELOW and the next */
		return 1 + number % pages;
	if (class == LENGTH_EXACT)
		return number;
	return start < pages ? pages - start : 1; /* 15: to TOP */
}

static struct place decode_raw(unsigned int number, unsigned int base, uint32_t bytes)
{
	int64_t pages = number < 0x8000 ? (int64_t)number : (int64_t)number - 0x10000;

	return place_raw(raw_of_nibble[base] + (uint64_t)pages * PAGE_BYTES + bytes);
}

static void decode_span(uint32_t pages, const struct span *span, struct place *addr,
			struct place *len)
{
	unsigned int form = span->form;
	unsigned int start = span->start % (form < FORM_BEYOND ? pages : pages + BEYOND);
	unsigned int length = decode_length(span->length, start, pages);
	uint32_t extension = span->extension;

	if (form < FORM_BEYOND && length > pages - start)
		length = pages - start;
	*addr = place_page((int32_t)start);
	*len = place_page((int32_t)length);
	if (form == FORM_TOP) {
		/* 0 is TOP, then down to the first page, then up to eight above TOP. */
		int32_t down = (int32_t)(span->start % (pages + 9));

		addr->base = PLACE_TOP;
		addr->pages = down <= (int32_t)pages ? -down : down - (int32_t)pages;
	}
	if (form == FORM_BYTES) {
		addr->bytes = extension & 0xfff;
		len->bytes = extension >> 12;
	}
	if (form == FORM_RAW_START)
		*addr = decode_raw(span->start, extension & 15, extension >> 4 & 0xfff);
	if (form == FORM_RAW_LENGTH)
		*len = decode_raw(span->length, extension & 15, extension >> 4 & 0xfff);
	if (form == FORM_RAW) {
		*addr = decode_raw(span->start, extension & 15, extension >> 8 & 0xff);
		*len = decode_raw(span->length, extension >> 4 & 15, extension >> 16);
	}
}

/* Base, number and bytes of a raw place; bytes below `room`. */
static bool encode_raw(struct place place, uint32_t room, unsigned int *ret_number,
		       uint32_t *ret_base, uint32_t *ret_bytes)
{
	for (uint32_t base = 0; base < 16; base++) {
		uint64_t distance = place.raw - raw_of_nibble[base] + 0x8000 * PAGE_BYTES;

		if (distance / PAGE_BYTES >= 0x10000 || distance % PAGE_BYTES >= room)
			continue;
		*ret_number = (unsigned int)(distance / PAGE_BYTES + 0x8000) & 0xffff;
		*ret_base = base;
		*ret_bytes = (uint32_t)(distance % PAGE_BYTES);
		return true;
	}
	return false;
}

static unsigned int encode_length(struct place len)
{
	unsigned int pages = (unsigned int)len.pages;

	if (pages >= 1 && pages <= 8)
		return pages - 1;
	if (pages == PROGRAM_PAGES_MAX)
		return LENGTH_BELOW << 12 | (PROGRAM_PAGES_MAX - 1);
	return LENGTH_EXACT << 12 | (pages & 0xfff);
}

static void encode_span(uint32_t pages, struct place addr, struct place len, struct span *span)
{
	uint32_t base = 0, bytes = 0, base2 = 0, bytes2 = 0;
	bool raw_addr = addr.base == PLACE_RAW, raw_len = len.base == PLACE_RAW;
	uint32_t room = raw_addr && raw_len ? 256 : 4096;

	*span = (struct span){
		.start = (unsigned int)addr.pages & 0xffff,
		.length = encode_length(len),
	};
	if (raw_addr)
		encode_raw(addr, room, &span->start, &base, &bytes);
	if (raw_len)
		encode_raw(len, room, &span->length, &base2, &bytes2);
	if (raw_addr && raw_len) {
		span->form = FORM_RAW;
		span->extension = base | base2 << 4 | bytes << 8 | bytes2 << 16;
	} else if (raw_addr || raw_len) {
		span->form = raw_addr ? FORM_RAW_START : FORM_RAW_LENGTH;
		span->extension = (base | base2) | (bytes | bytes2) << 4;
	} else if (addr.base == PLACE_TOP) {
		span->form = FORM_TOP;
		span->start = addr.pages > 0 ? pages + (unsigned int)addr.pages
					     : (unsigned int)-(int64_t)addr.pages;
	} else if (addr.bytes || len.bytes) {
		span->form = FORM_BYTES;
		span->extension = addr.bytes | len.bytes << 12;
	} else if (addr.pages < 0 || len.pages < 0 ||
		   (uint64_t)addr.pages + (uint64_t)len.pages > pages ||
		   (uint32_t)addr.pages >= pages) {
		span->form = FORM_BEYOND;
	}
}

/* One record being decoded or encoded, and the operation on its other side. */
struct record {
	uint8_t *bytes;
	uint32_t pages; /* of the window */
	struct op *op;
	bool wide; /* encode a place that does not count as if it were raw: other extension bits */
};
#define AT_START 2
#define AT_LENGTH 4
#define AT_FORM 6
#define AT_A 7
#define AT_B 8
#define AT_C 9
#define AT_N 10
#define AT_EXTENSION 12
#define AT_NTH 15
/* High nibbles of the second byte. */
#define RARE_FORMS 10
#define SPACE_EXACT 0xdf
/* Classes of the high nibble of AT_FORM from which n is the number itself. */
#define CLASS_EXACT 10

static unsigned int class_of(const struct record *record)
{
	return record->bytes[AT_FORM] >> 4;
}

static void set_class(struct record *record, unsigned int class)
{
	record->bytes[AT_FORM] = (uint8_t)((record->bytes[AT_FORM] & 15) | class << 4);
}

/* The start page without its form: what file offsets count from. */
static unsigned int plain_start(const struct record *record)
{
	return get16(record->bytes + AT_START) % record->pages;
}

/* Forms that mostly fail need two nibbles to agree. */
static unsigned int form_of(const struct record *record, unsigned int nibble)
{
	return record->bytes[1] >> 4 >= RARE_FORMS ? nibble : 0;
}

static void set_form(struct record *record, unsigned int form)
{
	if (form >= FORM_BEYOND && record->bytes[1] >> 4 < RARE_FORMS)
		record->bytes[1] |= RARE_FORMS << 4;
}

static void decode_range(struct record *record)
{
	const uint8_t *bytes = record->bytes;
	struct span span = {
		.start = get16(bytes + AT_START),
		.length = get16(bytes + AT_LENGTH),
		.form = form_of(record, bytes[AT_FORM] & 15),
		.extension = get24(bytes + AT_EXTENSION),
	};

	decode_span(record->pages, &span, &record->op->addr, &record->op->len);
}

static void encode_range(struct record *record)
{
	struct op *op = record->op;
	struct span span;

	encode_span(record->pages, op->addr, op->len, &span);
	put16(record->bytes + AT_START, span.start);
	put16(record->bytes + AT_LENGTH, span.length);
	record->bytes[AT_FORM] |= (uint8_t)span.form;
	set_form(record, span.form);
	or24(record->bytes + AT_EXTENSION, span.extension);
}

/* Only the start counts. */
static void encode_address(struct record *record)
{
	record->op->len = place_page(record->op->addr.base == PLACE_RAW ? 1 : 0);
	encode_range(record);
	record->op->len = place_page(0);
}

static void decode_placed(struct record *record)
{
	decode_range(record);
	record->op->how = mmap_how_of_nibble[record->bytes[AT_A] >> 4];
	if (record->op->how == MMAP_ANYWHERE)
		record->op->addr = place_raw(0);
}

static void encode_placed(struct record *record)
{
	struct op *op = record->op;
	struct place addr = op->addr;

	if (op->how == MMAP_ANYWHERE)
		op->addr = record->wide ? place_raw(0) : place_page(0);
	encode_range(record);
	/* Without an address nothing is clipped to the window. */
	if (op->how == MMAP_ANYWHERE && !(record->bytes[AT_FORM] & 15)) {
		record->bytes[AT_FORM] |= FORM_BEYOND;
		set_form(record, FORM_BEYOND);
	}
	op->addr = addr;
	record->bytes[AT_A] |= (uint8_t)(index8(mmap_how_of_nibble, 16, op->how) << 4);
}

#define PROT_GROWSDOWN_NIBBLE 13
#define PROT_GROWSUP_NIBBLE 14
#define PROT_NUMBER_NIBBLE 15

static void decode_prot(struct record *record)
{
	const uint8_t *bytes = record->bytes;
	unsigned int form = bytes[AT_A] >> 4;
	struct op *op = record->op;

	op->prot = prot_of_nibble[bytes[AT_A] & 15];
	if (op->kind == OP_MMAP) {
		if (form == PROT_NUMBER_NIBBLE)
			op->prot |= UINT32_C(1) << (bytes[AT_EXTENSION] & 31);
		return;
	}
	if (form == PROT_GROWSDOWN_NIBBLE)
		op->prot |= PROGRAM_PROT_GROWSDOWN;
	if (form == PROT_GROWSUP_NIBBLE)
		op->prot |= PROGRAM_PROT_GROWSUP;
	if (form == PROT_NUMBER_NIBBLE)
		op->prot = get32(bytes + AT_B);
}

static void encode_prot(struct record *record)
{
	uint8_t *bytes = record->bytes;
	struct op *op = record->op;
	uint32_t more = op->prot & ~UINT32_C(7);
	unsigned int bit = 0;

	bytes[AT_A] |= (uint8_t)index8(prot_of_nibble, 16, op->prot & 7);
	if (!more)
		return;
	if (op->kind == OP_MMAP) {
		while (!(more >> bit & 1))
			bit++;
		bytes[AT_A] |= PROT_NUMBER_NIBBLE << 4;
		bytes[AT_EXTENSION] |= (uint8_t)bit;
	} else if (more == PROGRAM_PROT_GROWSDOWN) {
		bytes[AT_A] |= PROT_GROWSDOWN_NIBBLE << 4;
	} else if (more == PROGRAM_PROT_GROWSUP) {
		bytes[AT_A] |= PROT_GROWSUP_NIBBLE << 4;
	} else {
		bytes[AT_A] = PROT_NUMBER_NIBBLE << 4;
		put32(bytes + AT_B, op->prot);
	}
}

/* Offsets where 2^63 bytes, 2^52 pages and 64 bits end; n counts down from them. */
static const uint64_t offset_ends[3] = {
	UINT64_C(1) << 51,
	(UINT64_C(1) << 52) - 1,
	UINT64_MAX,
};

/* Mostly the page the range starts at: neighbours are contiguous in the file as well. */
static void decode_offset(struct record *record)
{
	unsigned int class = class_of(record);
	unsigned int n = get16(record->bytes + AT_N);

	if (class < CLASS_EXACT)
		record->op->pgoff = plain_start(record) + n % 4;
	else if (class < 13)
		record->op->pgoff = n;
	else
		record->op->pgoff = offset_ends[class - 13] - n;
}

static void encode_offset(struct record *record)
{
	uint64_t pgoff = record->op->pgoff;
	uint64_t above = pgoff - plain_start(record);
	unsigned int class = CLASS_EXACT;

	if (above < 4) {
		put16(record->bytes + AT_N, above);
		return;
	}
	for (unsigned int i = 0; pgoff > UINT16_MAX && i < 3; i++) {
		if (offset_ends[i] - pgoff > UINT16_MAX)
			continue;
		class = 13 + i;
		pgoff = offset_ends[i] - pgoff;
		break;
	}
	set_class(record, class);
	put16(record->bytes + AT_N, pgoff);
}

#define ATTR_SET 4     /* top three bits of c: the low five say which attributes */
#define ATTR_RESERVE 5 /* and 6: noreserve alone */
#define ATTR_BIT 7     /* the low five are the number of a flag */

static void decode_backing(struct record *record)
{
	const uint8_t *bytes = record->bytes;
	struct op *op = record->op;
	unsigned int class = bytes[AT_C] >> 5;
	unsigned int low = bytes[AT_C] & 31;

	op->file = file_of_byte[bytes[AT_B] & 31];
	op->map_flags = map_type_of_byte[bytes[AT_B] >> 5];
	if (class == ATTR_SET)
		for (unsigned int bit = 0; bit < 5; bit++)
			op->map_flags |= low >> bit & 1 ? attr_of_bit[bit] : 0;
	if (class == ATTR_RESERVE || class == ATTR_RESERVE + 1)
		op->map_flags |= PROGRAM_MAP_NORESERVE;
	if (class == ATTR_BIT)
		op->map_flags |= (UINT32_C(1) << low) & ~PROGRAM_MAP_IMPLIED;
	if (op->file)
		decode_offset(record);
	else
		op->map_flags |= PROGRAM_MAP_ANONYMOUS;
}

/* A type without a word is a type with a word and one more bit, which is returned. */
static uint32_t encode_odd_type(uint32_t type, uint8_t *ret)
{
	for (unsigned int i = 0; i < 8; i++) {
		uint32_t more = type ^ map_type_of_byte[i];

		if ((map_type_of_byte[i] & ~type) || (more & (more - 1)))
			continue;
		*ret = (uint8_t)((*ret & 31) | i << 5);
		return more;
	}
	return 0;
}

static void encode_backing(struct record *record)
{
	uint8_t *bytes = record->bytes;
	struct op *op = record->op;
	uint32_t flags = op->map_flags & ~(PROGRAM_MAP_TYPE | PROGRAM_MAP_ANONYMOUS);
	uint32_t type = op->map_flags & PROGRAM_MAP_TYPE;
	unsigned int attrs = 0, bit = 0;

	bytes[AT_B] = (uint8_t)(index8(file_of_byte, 32, op->file) |
				index8(map_type_of_byte, 8, type) << 5);
	if (op->file)
		encode_offset(record);
	if (map_type_of_byte[bytes[AT_B] >> 5] != type)
		flags |= encode_odd_type(type, bytes + AT_B);
	for (unsigned int i = 0; i < 5; i++)
		attrs |= (flags & attr_of_bit[i] ? 1u : 0u) << i;
	if (!flags)
		return;
	while (!(flags >> bit & 1))
		bit++;
	if (attrs)
		bytes[AT_C] = (uint8_t)(ATTR_SET << 5 | attrs);
	else
		bytes[AT_C] = (uint8_t)(ATTR_BIT << 5 | bit);
}

static void decode_advice(struct record *record)
{
	const uint8_t *bytes = record->bytes;

	if (bytes[AT_A] >= 248)
		record->op->advice = get32(bytes + AT_B);
	else
		record->op->advice = advice_of_byte[bytes[AT_A] % 32];
}

static void encode_advice(struct record *record)
{
	uint8_t *bytes = record->bytes;
	uint32_t advice = record->op->advice;

	bytes[AT_A] = advice < 256 ? (uint8_t)index8(advice_of_byte, 32, advice) : 0;
	if (advice_of_byte[bytes[AT_A]] == advice)
		return;
	bytes[AT_A] = 248;
	put32(bytes + AT_B, advice);
}

static void decode_access(struct record *record)
{
	record->op->touch_write = (record->bytes[AT_A] & 3) != 3;
}

static void encode_access(struct record *record)
{
	record->bytes[AT_A] = record->op->touch_write ? 0 : 3;
}

static void decode_lock(struct record *record)
{
	unsigned int low = record->bytes[AT_A] & 15;

	record->op->mode = low == 15 ? record->bytes[AT_B] : low >= 1 && low <= 3;
	record->op->how = record->op->mode & 1;
}

static void encode_lock(struct record *record)
{
	record->bytes[AT_A] = record->op->mode < 2 ? (uint8_t)record->op->mode : 15;
	record->bytes[AT_B] = record->op->mode < 2 ? 0 : (uint8_t)record->op->mode;
}

static void decode_lockall(struct record *record)
{
	unsigned int low = record->bytes[AT_A] & 15;

	record->op->mode = low == 15 ? record->bytes[AT_B] : lockall_of_nibble[low];
}

static void encode_lockall(struct record *record)
{
	unsigned int i =
		record->op->mode < 256 ? index8(lockall_of_nibble, 15, record->op->mode) : 0;

	record->bytes[AT_A] = (uint8_t)i;
	if (lockall_of_nibble[i] == record->op->mode)
		return;
	record->bytes[AT_A] = 15;
	record->bytes[AT_B] = (uint8_t)record->op->mode;
}

static void decode_seal(struct record *record)
{
	record->op->map_flags = record->bytes[AT_A] == 255 ? record->bytes[AT_B] : 0;
}

static void encode_seal(struct record *record)
{
	record->bytes[AT_A] = record->op->map_flags ? 255 : 0;
	record->bytes[AT_B] = (uint8_t)record->op->map_flags;
}

/* Which of mremap's forms a value of a's low nibble is. */
static const struct {
	uint8_t how;
	bool maymove, has_len, has_dest, dontunmap;
} move_of_nibble[16] = {
	{ MREMAP_RESIZE, false, true, false, false }, { MREMAP_RESIZE, false, true, false, false },
	{ MREMAP_RESIZE, false, true, false, false }, { MREMAP_RESIZE, false, true, false, false },
	{ MREMAP_RESIZE, true, true, false, false },  { MREMAP_RESIZE, true, true, false, false },
	{ MREMAP_TO, false, false, true, false },     { MREMAP_TO, false, false, true, false },
	{ MREMAP_TO, false, false, true, false },     { MREMAP_TO, false, true, true, false },
	{ MREMAP_TO, false, false, true, true },      { MREMAP_TO, false, true, true, true },
	{ MREMAP_TO, false, false, true, true },      { MREMAP_KEEP, false, false, false, true },
	{ MREMAP_KEEP, false, false, true, true },    { MREMAP_KEEP, false, false, false, true },
};

/* The new length of a resize counts from the old start, that of a move from the new one. */
static void decode_move(struct record *record)
{
	const uint8_t *bytes = record->bytes;
	unsigned int form = bytes[AT_A] & 15;
	struct op *op = record->op;
	struct span span = {
		.start = get16(bytes + AT_B),
		.length = get16(bytes + AT_N),
		.form = form_of(record, class_of(record)),
		.extension = get24(bytes + AT_EXTENSION),
	};

	op->how = move_of_nibble[form].how;
	op->maymove = move_of_nibble[form].maymove;
	op->has_len = move_of_nibble[form].has_len;
	op->has_dest = move_of_nibble[form].has_dest;
	op->dontunmap = move_of_nibble[form].dontunmap;
	if (op->how == MREMAP_RESIZE)
		span.start = get16(bytes + AT_START);
	decode_span(record->pages, &span, &op->dest, &op->newlen);
	if (!op->has_dest)
		op->dest = place_page(0);
	if (!op->has_len)
		op->newlen = place_page(0);
	if (bytes[AT_A] >> 4 == 15)
		op->map_flags = UINT32_C(8) << (bytes[AT_EXTENSION + 2] & 15);
}

static unsigned int encode_move_form(const struct op *op)
{
	unsigned int form = 0;

	while (form < 15 && (move_of_nibble[form].how != op->how ||
			     move_of_nibble[form].maymove != op->maymove ||
			     move_of_nibble[form].has_len != op->has_len ||
			     move_of_nibble[form].has_dest != op->has_dest ||
			     move_of_nibble[form].dontunmap != op->dontunmap))
		form++;
	return form;
}

static void encode_move(struct record *record)
{
	uint8_t *bytes = record->bytes;
	struct op *op = record->op;
	struct place dest = op->dest, newlen = op->newlen;
	unsigned int bit = 0;
	struct span span;

	bytes[AT_A] = (uint8_t)encode_move_form(op);
	if (op->how == MREMAP_RESIZE)
		dest = record->wide ? place_raw(0) : place_page((int32_t)plain_start(record));
	if (!op->has_len)
		newlen = record->wide ? place_raw(0) : place_page(1);
	encode_span(record->pages, dest, newlen, &span);
	if (op->has_dest)
		put16(bytes + AT_B, span.start);
	if (op->has_len)
		put16(bytes + AT_N, span.length);
	set_class(record, span.form);
	set_form(record, span.form);
	or24(bytes + AT_EXTENSION, span.extension);
	if (!op->map_flags)
		return;
	while (!(op->map_flags >> bit & 1))
		bit++;
	bytes[AT_A] |= 15 << 4;
	bytes[AT_EXTENSION + 2] |= (uint8_t)((bit - 3) & 15);
}

static const uint8_t node_mask_of[4] = { 1, 1, 2, 3 };
#define POLICY_STATIC_NIBBLE 12 /* then relative, both, and a mode as it stands */

static void decode_policy(struct record *record)
{
	const uint8_t *bytes = record->bytes;
	unsigned int flags = bytes[AT_A] >> 4;
	struct op *op = record->op;

	if (flags == 15) {
		op->mode = get16(bytes + AT_N);
		op->nodes = get16(bytes + AT_B);
		return;
	}
	op->mode = policy_of_byte[bytes[AT_A] % 8];
	if (op->mode != 0 && op->mode != 4)
		op->nodes = bytes[AT_B] < 128
				    ? node_mask_of[bytes[AT_B] & 3]
				    : (bytes[AT_B] & 127u) | (unsigned int)bytes[AT_C] << 7;
	if (flags >= POLICY_STATIC_NIBBLE)
		op->mode |= (flags - POLICY_STATIC_NIBBLE + 1) << 14;
}

static void encode_policy(struct record *record)
{
	uint8_t *bytes = record->bytes;
	struct op *op = record->op;
	unsigned int mode = op->mode & 0x3fff, flags = op->mode >> 14 & 3;
	unsigned int form = index8(policy_of_byte, 8, mode);
	bool nodeless = mode == 0 || mode == 4;

	if (policy_of_byte[form] != mode || (nodeless && op->nodes) || op->nodes >> 15) {
		bytes[AT_A] = 15 << 4;
		put16(bytes + AT_N, op->mode);
		put16(bytes + AT_B, op->nodes);
		return;
	}
	bytes[AT_A] = (uint8_t)(form | (flags ? POLICY_STATIC_NIBBLE - 1 + flags : 0) << 4);
	if (nodeless)
		return;
	bytes[AT_B] =
		op->nodes < 256 ? (uint8_t)index8(node_mask_of, 4, (unsigned int)op->nodes) : 0;
	if (node_mask_of[bytes[AT_B]] == op->nodes)
		return;
	bytes[AT_B] = (uint8_t)(128 | (op->nodes & 127));
	bytes[AT_C] = (uint8_t)(op->nodes >> 7);
}

static void decode_node(struct record *record)
{
	uint8_t b = record->bytes[AT_B];

	record->op->nodes = b < 128 ? b & 1 : b - 128;
}

static void encode_node(struct record *record)
{
	uint64_t nodes = record->op->nodes;

	record->bytes[AT_B] = (uint8_t)(nodes < 2 ? nodes : nodes + 128);
}

/* The index into name_of_byte; program_decode() makes a name of the program of it. */
static void decode_name(struct record *record)
{
	record->op->name = record->bytes[AT_A] % 16;
	while (record->op->name > 7)
		record->op->name = (uint16_t)(record->op->name < 11    ? 1
					      : record->op->name == 14 ? 3
								       : 2);
}

static void encode_name(struct record *record)
{
	record->bytes[AT_A] = (uint8_t)record->op->name;
}

static void decode_modes(struct record *record)
{
	uint8_t b = record->bytes[AT_B];
	uint8_t c = record->bytes[AT_C];

	if (b < 240)
		record->op->mode = b % 16 ? b % 16 : 1;
	else
		record->op->mode = (b & 15u) << 4;
	record->op->features = c >= 0xe0 ? c & 3 : 0;
}

static void encode_modes(struct record *record)
{
	uint32_t mode = record->op->mode;

	record->bytes[AT_B] = mode && mode < 16 ? (uint8_t)mode : (uint8_t)(240 | mode >> 4);
	record->bytes[AT_C] = record->op->features ? (uint8_t)(0xe0 | record->op->features) : 0;
}

static void decode_context(struct record *record)
{
	record->op->context = record->bytes[AT_A] & 3;
}

static void encode_context(struct record *record)
{
	record->bytes[AT_A] = record->op->context;
}

static void decode_distance(struct record *record)
{
	unsigned int n = get16(record->bytes + AT_N);

	record->op->nodes = class_of(record) < CLASS_EXACT ? 1 + n % 8 : n;
}

static void encode_distance(struct record *record)
{
	uint64_t pages = record->op->nodes;

	if (pages < 1 || pages > 8)
		set_class(record, CLASS_EXACT);
	put16(record->bytes + AT_N, pages < 1 || pages > 8 ? pages : pages - 1);
}

static void decode_switch(struct record *record)
{
	record->op->how = !(record->bytes[AT_A] & 1);
}

static void encode_switch(struct record *record)
{
	record->bytes[AT_A] = !record->op->how;
}

static void decode_rlimit(struct record *record)
{
	const uint8_t *bytes = record->bytes;
	unsigned int form = bytes[AT_B] & 7;
	unsigned int n = get16(bytes + AT_N);

	record->op->how = bytes[AT_A] & 3;
	record->op->nodes = form == 0 ? RLIMIT_NONE : form == 7 ? n : n % 128;
}

static void encode_rlimit(struct record *record)
{
	uint64_t pages = record->op->nodes;

	record->bytes[AT_A] = record->op->how;
	if (pages == RLIMIT_NONE)
		return;
	record->bytes[AT_B] = pages < 128 ? 1 : 7;
	put16(record->bytes + AT_N, pages);
}

static const uint8_t limit_how_of[8] = {
	LIMIT_ABOVE, LIMIT_ABOVE, LIMIT_ABOVE, LIMIT_BELOW,
	LIMIT_BELOW, LIMIT_ABOVE, LIMIT_ABOVE, LIMIT_ABSOLUTE,
};

static void decode_limit(struct record *record)
{
	const uint8_t *bytes = record->bytes;
	unsigned int n = get16(bytes + AT_N);
	struct op *op = record->op;

	op->how = limit_how_of[bytes[AT_A] & 7];
	if (class_of(record) >= CLASS_EXACT)
		op->nodes = n | (uint32_t)get16(bytes + AT_B) << 16;
	else
		op->nodes = n % (op->how == LIMIT_ABSOLUTE ? 64 : 6);
}

static void encode_limit(struct record *record)
{
	struct op *op = record->op;

	record->bytes[AT_A] = (uint8_t)index8(limit_how_of, 8, op->how);
	put16(record->bytes + AT_N, op->nodes);
	if (op->nodes < (op->how == LIMIT_ABSOLUTE ? 64u : 6u))
		return;
	set_class(record, CLASS_EXACT);
	put16(record->bytes + AT_B, op->nodes >> 16);
}

static void decode_nothing(struct record *record)
{
	(void)record;
}

static void decode_address(struct record *record)
{
	decode_range(record);
	record->op->len = place_page(0);
}

static const struct {
	void (*decode)(struct record *record);
	void (*encode)(struct record *record);
} field_codes[FIELDS] = {
	[FIELD_CONTEXT] = { decode_context, encode_context },
	[FIELD_PLACED] = { decode_placed, encode_placed },
	[FIELD_RANGE] = { decode_range, encode_range },
	[FIELD_ADDRESS] = { decode_address, encode_address },
	[FIELD_PROT] = { decode_prot, encode_prot },
	[FIELD_GROWS] = { decode_nothing, decode_nothing }, /* in prot */
	[FIELD_BACKING] = { decode_backing, encode_backing },
	[FIELD_ADVICE] = { decode_advice, encode_advice },
	[FIELD_ACCESS] = { decode_access, encode_access },
	[FIELD_LOCK] = { decode_lock, encode_lock },
	[FIELD_LOCKALL] = { decode_lockall, encode_lockall },
	[FIELD_SEAL] = { decode_seal, encode_seal },
	[FIELD_MOVE] = { decode_move, encode_move },
	[FIELD_POLICY] = { decode_policy, encode_policy },
	[FIELD_NODE] = { decode_node, encode_node },
	[FIELD_NAME] = { decode_name, encode_name },
	[FIELD_MODES] = { decode_modes, encode_modes },
	[FIELD_OFFSET] = { decode_offset, encode_offset },
	[FIELD_DISTANCE] = { decode_distance, encode_distance },
	[FIELD_SWITCH] = { decode_switch, encode_switch },
	[FIELD_RLIMIT] = { decode_rlimit, encode_rlimit },
	[FIELD_LIMIT] = { decode_limit, encode_limit },
};

#define ALLOC_ONCE 14
#define ALLOC_ONWARD 15
#define ALLOC_SMALL 192 /* values of the last byte below it: one of the first 16 */

static void decode_alloc(const uint8_t *bytes, struct op *op)
{
	unsigned int form = bytes[1] >> 4;
	unsigned int nth = bytes[AT_NTH];

	if (form < ALLOC_ONCE)
		return;
	op->alloc_nth = (uint16_t)(nth < ALLOC_SMALL ? 1 + nth % 16 : 17 + nth - ALLOC_SMALL);
	op->alloc_onward = form == ALLOC_ONWARD;
}

static void encode_alloc(const struct op *op, uint8_t *bytes)
{
	unsigned int nth = op->alloc_nth;

	if (!nth)
		return;
	bytes[1] |= (op->alloc_onward ? ALLOC_ONWARD : ALLOC_ONCE) << 4;
	bytes[AT_NTH] = (uint8_t)(nth <= 16 ? nth - 1 : nth - 17 + ALLOC_SMALL);
}

static void run_fields(struct record *record, bool encode)
{
	uint32_t fields = op_rows[record->op->kind].fields;

	for (unsigned int field = 0; fields >> field; field++) {
		if (!(fields >> field & 1))
			continue;
		if (encode)
			field_codes[field].encode(record);
		else
			field_codes[field].decode(record);
	}
}

/* op->name is an index into name_of_byte. */
static void decode_record(uint32_t pages, const uint8_t *bytes, struct op *op)
{
	uint8_t copy[RECORD];
	struct record record = { copy, pages, op, false };

	memcpy(copy, bytes, RECORD);
	*op = (struct op){
		.kind = kind_of_byte[bytes[0]],
		.space = bytes[1] == SPACE_EXACT ? bytes[AT_NTH] : space_of_nibble[bytes[1] & 15],
	};
	run_fields(&record, /* encode= */ false);
	decode_alloc(bytes, op);
}

/* The index of a name that bytes have, -EDOM for another one. */
static int find_name(const struct program *program, const struct op *op)
{
	int i = 1;

	if (!op->name || !op_has(op, FIELD_NAME))
		return 0;
	while (i <= 7 && strcmp(name_of_byte[i], program->names[op->name - 1]) != 0)
		i++;
	return i <= 7 ? i : -EDOM;
}

/* op->name is an index into name_of_byte. Whether the record says what op says. */
static bool try_record(uint32_t pages, struct op *op, bool wide, uint8_t *bytes)
{
	struct record record = { bytes, pages, op, wide };
	struct op again;

	memset(bytes, 0, RECORD);
	bytes[0] = (uint8_t)index8(kind_of_byte, 256, op->kind);
	bytes[1] = (uint8_t)index8(space_of_nibble, 16, op->space);
	if (space_of_nibble[bytes[1]] != op->space) {
		bytes[1] = SPACE_EXACT;
		bytes[AT_NTH] = op->space;
	}
	encode_alloc(op, bytes);
	run_fields(&record, /* encode= */ true);
	decode_record(pages, bytes, &again);
	return op_equal_but_name(op, &again) && op->name == again.name;
}

static int encode_record(const struct program *program, const struct op *source, uint8_t *bytes)
{
	struct op op = op_normalize(source);
	int name = find_name(program, source);

	if (name < 0)
		return name;
	if (!op_rows[op.kind].weight)
		return -EDOM;
	op.name = (uint16_t)name;
	op.result_form = RESULT_UNSTATED;
	op.result_errno = 0;
	op.result = place_page(0);
	if (try_record(program->settings.pages, &op, /* wide= */ false, bytes) ||
	    try_record(program->settings.pages, &op, /* wide= */ true, bytes))
		return 0;
	return -EDOM;
}

/*
 * Profiles as one number: 0 nothing written; 1 to 12 a first profile and a set of the other
 * two; 13 `any` alone; 14 to 25 as 1 to 12 with `any`.
 */
#define PROFILE_CODES 26
#define PROFILE_ANY 13

static void decode_profile(uint8_t byte, struct settings *settings)
{
	unsigned int code = byte % 64 < PROFILE_CODES ? byte % 64 : 0;

	settings->profile_any = code >= PROFILE_ANY;
	code %= PROFILE_ANY;
	settings->profiles = 0;
	settings->profile = PROFILE_7_3;
	if (!code)
		return;
	settings->profile = (uint8_t)((code - 1) / 4);
	settings->profiles = (uint8_t)(1u << settings->profile);
	for (unsigned int i = 0; i < 2; i++)
		if ((code - 1) >> i & 1)
			settings->profiles |=
				(uint8_t)(1u << (settings->profile + 1 + i) % PROFILES_SPECIFIED);
}

static uint8_t encode_profile(const struct settings *settings)
{
	struct settings again;

	for (uint8_t code = 0; code < PROFILE_CODES; code++) {
		decode_profile(code, &again);
		if (again.profile == settings->profile && again.profiles == settings->profiles &&
		    again.profile_any == settings->profile_any)
			return code;
	}
	return 0;
}

#define PAGES_EXACT 240
#define LIMIT_DEFAULT 65530u
#define LIMIT_SMALL 128 /* 1 to 120 */
#define LIMIT_EXACT 248
#define QUIRKS_ROWS 3
#define RLIMITS_HOLD 0xc0
#define TRISTATES 27

static void decode_overcommit(const uint8_t *bytes, struct settings *settings)
{
	unsigned int low = bytes[0] & 15;

	settings->overcommit = OVERCOMMIT_GUESS;
	settings->commit_limit = 0;
	if (low == 11 || low == 12)
		settings->overcommit = OVERCOMMIT_ALWAYS;
	if (low <= 12)
		return;
	settings->overcommit = OVERCOMMIT_NEVER;
	settings->commit_limit = (uint64_t)bytes[1] << 2 * (bytes[0] >> 4 & 3);
}

static void decode_header(const uint8_t *bytes, struct settings *settings)
{
	static const uint8_t quirks_of[8] = {
		SETTING_UNSET, SETTING_OFF,   SETTING_ON,  SETTING_ON,
		SETTING_UNSET, SETTING_UNSET, SETTING_OFF, SETTING_ON
	};
	unsigned int states = bytes[13] % 64 < TRISTATES ? bytes[13] % 64 : 0;

	settings->pages = pages_of_byte[bytes[1] % 16];
	if (bytes[1] >= PAGES_EXACT)
		settings->pages = 1 + ((bytes[1] & 15u) << 8 | bytes[2]);
	decode_profile(bytes[3], settings);
	settings->quirks = quirks_of[bytes[4] & 7];
	settings->quirk_rows = 0;
	if ((bytes[4] & 7) == QUIRKS_ROWS)
		settings->quirk_rows = get16(bytes + 5) & ((1u << PROGRAM_QUIRK_ROWS) - 1);
	settings->gap = gap_of_byte[bytes[7] % 16];
	settings->limit = LIMIT_DEFAULT;
	if (bytes[8] >= LIMIT_EXACT)
		settings->limit = (bytes[8] & 7u) << 16 | get16(bytes + 9);
	else if (bytes[8] >= LIMIT_SMALL)
		settings->limit = bytes[8] - LIMIT_SMALL + 1;
	decode_overcommit(bytes + 11, settings);
	settings->softdirty = (uint8_t)(states % 3);
	settings->anon_names = (uint8_t)(states / 3 % 3);
	settings->ipc_lock = (uint8_t)(states / 9);
	for (unsigned int i = 0; i < PROGRAM_RLIMITS; i++) {
		unsigned int nibble = bytes[14 + i / 2] >> (i % 2 ? 4 : 0) & 15;

		settings->rlimit[i] = RLIMIT_NONE;
		if ((bytes[13] & RLIMITS_HOLD) == RLIMITS_HOLD && nibble >= RLIMIT_FIRST)
			settings->rlimit[i] = rlimit_of_nibble[nibble];
	}
}

static void encode_overcommit(const struct settings *settings, uint8_t *bytes)
{
	uint64_t limit = settings->commit_limit;
	unsigned int shift = 0;

	if (settings->overcommit == OVERCOMMIT_ALWAYS)
		bytes[0] = 11;
	if (settings->overcommit != OVERCOMMIT_NEVER)
		return;
	while (shift < 3 && limit > 255) {
		limit >>= 2;
		shift++;
	}
	bytes[0] = (uint8_t)(13 | shift << 4);
	bytes[1] = (uint8_t)limit;
}

static void encode_rlimits(const struct settings *settings, uint8_t *bytes)
{
	for (unsigned int i = 0; i < PROGRAM_RLIMITS; i++) {
		unsigned int nibble = RLIMIT_FIRST;

		if (settings->rlimit[i] == RLIMIT_NONE)
			continue;
		while (nibble < 15 && rlimit_of_nibble[nibble] != settings->rlimit[i])
			nibble++;
		bytes[13] |= RLIMITS_HOLD;
		bytes[14 + i / 2] |= (uint8_t)(nibble << (i % 2 ? 4 : 0));
	}
}

static int encode_header(const struct settings *settings, uint8_t *bytes)
{
	unsigned int pages = index16(pages_of_byte, 16, settings->pages);
	struct settings again;

	memset(bytes, 0, HEADER);
	bytes[0] = 1;
	bytes[1] = (uint8_t)(pages < 16 ? pages : PAGES_EXACT | (settings->pages - 1) >> 8);
	bytes[2] = pages < 16 ? 0 : (uint8_t)(settings->pages - 1);
	bytes[3] = encode_profile(settings);
	bytes[4] = settings->quirks;
	if (settings->quirks == SETTING_ON && settings->quirk_rows) {
		bytes[4] = QUIRKS_ROWS;
		put16(bytes + 5, settings->quirk_rows);
	}
	bytes[7] = (uint8_t)index16(gap_of_byte, 16, settings->gap);
	if (settings->limit >= 1 && settings->limit <= LIMIT_EXACT - LIMIT_SMALL) {
		bytes[8] = (uint8_t)(settings->limit - 1 + LIMIT_SMALL);
	} else if (settings->limit != LIMIT_DEFAULT) {
		bytes[8] = (uint8_t)(LIMIT_EXACT | (settings->limit >> 16 & 7));
		put16(bytes + 9, settings->limit);
	}
	encode_overcommit(settings, bytes + 11);
	bytes[13] =
		(uint8_t)(settings->softdirty + 3 * settings->anon_names + 9 * settings->ipc_lock);
	encode_rlimits(settings, bytes);
	decode_header(bytes, &again);
	return settings_equal(settings, &again) ? 0 : -EDOM;
}

int program_decode(struct program *program, const uint8_t *bytes, size_t size)
{
	size_t records;

	program_reset(program);
	if (size < HEADER)
		return 0;
	decode_header(bytes, &program->settings);
	records = (size - HEADER) / RECORD;
	if (records > PROGRAM_BYTES_OPS)
		records = PROGRAM_BYTES_OPS;
	for (size_t i = 0; i < records; i++) {
		struct op op;
		int error;

		decode_record(program->settings.pages, bytes + HEADER + i * RECORD, &op);
		if (op.name) {
			error = program_add_name(program, name_of_byte[op.name]);
			if (error < 0)
				return error;
			op.name = (uint16_t)error;
		}
		error = program_add_op(program, &op);
		if (error)
			return error;
	}
	return 0;
}

long program_encode(const struct program *program, uint8_t *bytes, size_t capacity)
{
	size_t size = HEADER + (size_t)program->op_count * RECORD;
	int error;

	if (program->op_count > PROGRAM_BYTES_OPS)
		return -EDOM;
	if (size > capacity)
		return -EOVERFLOW;
	error = encode_header(&program->settings, bytes);
	for (uint32_t i = 0; !error && i < program->op_count; i++)
		error = encode_record(program, &program->ops[i], bytes + HEADER + i * RECORD);
	return error ? error : (long)size;
}
