/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a plain operation becomes when numbers are to be odd: unaligned, far outside, unknown. */
#include "generate_op.h"
#include "op_table.h"

/* Whether the operation names a range that a new shape would replace. */
static bool has_range(const struct op *op)
{
	return op_has(op, FIELD_RANGE) || (op_has(op, FIELD_PLACED) && op->how != MMAP_ANYWHERE);
}

static void odd_number(struct generator *generator, struct op *op)
{
	uint32_t bit = UINT32_C(1) << dice_below(generator, 32);

	if (op_has(op, FIELD_BACKING) && dice_share(generator, 1, 2))
		op->map_flags |= bit & ~PROGRAM_MAP_IMPLIED;
	else if (op_has(op, FIELD_PROT))
		op->prot |= bit;
	else if (op_has(op, FIELD_ADVICE))
		op->advice = dice_below(generator, 128);
	else if (op_has(op, FIELD_LOCKALL) || op_has(op, FIELD_MODES))
		op->mode = bit;
	else if (op_has(op, FIELD_SEAL))
		op->map_flags = bit;
}

static void odd_raw(struct generator *generator, struct op *op)
{
	static const uint64_t far[8] = {
		0,
		UINT64_C(0x1000),
		UINT64_C(0x7ffffffff000),
		UINT64_C(0x800000000000),
		UINT64_C(1) << 63,
		UINT64_MAX - 4095,
		UINT64_MAX - 8191,
		UINT64_C(0x80000000000),
	};

	if (dice_share(generator, 1, 2))
		op->len = place_raw(far[dice_below(generator, 8)]);
	else
		op->addr = place_raw(far[dice_below(generator, 8)]);
}

void generate_odd(struct generator *generator, struct op *op)
{
	uint32_t form =
		generator->options.forms & (GENERATE_BYTES | GENERATE_RAW | GENERATE_OUTSIDE |
					    GENERATE_NUMBERS | GENERATE_REFUSED);
	uint32_t which = UINT32_C(1) << dice_below(generator, 15);

	if (!(form & which))
		which = form & GENERATE_BYTES;
	if (which == GENERATE_NUMBERS) {
		odd_number(generator, op);
		return;
	}
	if (!has_range(op))
		return;
	if (which == GENERATE_BYTES && op->addr.base == PLACE_PAGE && op->len.base == PLACE_PAGE) {
		op->addr.bytes = dice_share(generator, 1, 2) ? dice_below(generator, 4096) : 0;
		op->len.bytes = dice_below(generator, 4096);
	} else if (which == GENERATE_RAW) {
		odd_raw(generator, op);
	} else if (which == GENERATE_OUTSIDE) {
		op->addr = (struct place){ .base = PLACE_TOP,
					   .pages = 1 - (int32_t)dice_below(generator, 4) };
		op->len = place_page(1 + (int32_t)dice_below(generator, 4));
	} else if (which == GENERATE_REFUSED) {
		op->len = place_page(0);
	}
}
