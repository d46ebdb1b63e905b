/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The operation that a step of a figure, or what takes another operation back, is short for. */
#include "generate_op.h"
#include "op_table.h"

void generate_step(const struct generator_step *step, struct op *op)
{
	*op = (struct op){ .kind = step->kind, .space = step->space, .how = step->how };
	if (op_has(op, FIELD_RANGE) || op_has(op, FIELD_PLACED)) {
		op->addr = place_page((int32_t)step->start);
		op->len = place_page((int32_t)step->pages);
	}
	switch (step->kind) {
	case OP_BRK:
		op->addr = place_page((int32_t)step->start);
		break;
	case OP_MMAP:
		op->prot = step->number;
		op->map_flags = step->map_flags;
		op->file = step->file;
		op->pgoff = step->pgoff;
		break;
	case OP_MPROTECT:
		op->prot = step->number;
		break;
	case OP_MADVISE:
		op->advice = step->number;
		break;
	case OP_TOUCH:
		op->touch_write = (uint8_t)step->number;
		break;
	case OP_MBIND:
		op->mode = step->number;
		op->nodes = 1;
		break;
	case OP_REMAP_FILE_PAGES:
		op->pgoff = step->number;
		break;
	case OP_MREMAP:
		op->has_dest = step->how == MREMAP_TO;
		op->has_len = !op->has_dest;
		*(op->has_dest ? &op->dest : &op->newlen) = place_page((int32_t)step->target);
		break;
	case OP_NAME:
		op->name = (uint16_t)step->number;
		break;
	case OP_UFFD_REGISTER:
		op->mode = step->number;
		op->context = step->context;
		break;
	case OP_UFFD_UNREGISTER:
		op->context = step->context;
		break;
	case OP_LIMIT:
		op->nodes = step->number;
		break;
	default:
		break;
	}
}
