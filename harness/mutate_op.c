/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mutate_op.h"

#include "op_table.h"

static bool has_range(const struct op *op)
{
	return op_has(op, FIELD_RANGE) || op_has(op, FIELD_PLACED);
}

static bool is_plain(struct place place)
{
	return place.base == PLACE_PAGE && place.pages >= 0;
}

/* The pages an operation speaks of, if it says so in whole pages. */
static bool range_of(const struct op *op, struct range *ret)
{
	if (!has_range(op) && !op_has(op, FIELD_ADDRESS))
		return false;
	if (!is_plain(op->addr) || !is_plain(op->len))
		return false;
	ret->start = (uint32_t)op->addr.pages;
	ret->end = ret->start + (uint32_t)op->len.pages;
	return true;
}

/* A range of a page at least, inside the window. */
static struct range fit(const struct settings *settings, int64_t start, int64_t pages)
{
	int64_t window = settings->pages;

	if (pages < 1)
		pages = 1;
	if (pages > window)
		pages = window;
	if (start + pages > window)
		start = window - pages;
	if (start < 0)
		start = 0;
	return (struct range){ (uint32_t)start, (uint32_t)(start + pages) };
}

bool mutate_place(struct op *op, struct range range)
{
	if (!has_range(op) && !op_has(op, FIELD_ADDRESS))
		return false;
	if (op_has(op, FIELD_PLACED) && op->how == MMAP_ANYWHERE)
		op->how = MMAP_FIXED;
	/* A file stays where it was in memory: what was contiguous is contiguous. */
	if (op_has(op, FIELD_BACKING) && op->file && is_plain(op->addr))
		op->pgoff += (uint64_t)range.start - (uint64_t)op->addr.pages;
	op->addr = place_page((int32_t)range.start);
	if (has_range(op))
		op->len = place_page((int32_t)(range.end - range.start));
	return true;
}

/*
 *     |....AAAA....|        |...AAAA.....|   start and end down
 *                    ->     |....AAAAA...|   end up, and so on
 */
bool mutate_nudge(struct generator *dice_of, const struct settings *settings, struct op *op)
{
	static const struct {
		int8_t start, pages;
	} steps[8] = { { -1, 0 }, { 1, 0 },  { -1, 1 }, { 1, -1 },
		       { 0, 1 },  { 0, -1 }, { 0, 2 },	{ 2, 0 } };
	unsigned int step = dice_below(dice_of, 8);
	struct range range;

	if (op_has(op, FIELD_MOVE) && dice_share(dice_of, 1, 2)) {
		struct place *place =
			op->has_dest && (!op->has_len || step & 1) ? &op->dest : &op->newlen;

		if (!is_plain(*place))
			return false;
		place->pages += step & 2 ? 1 : place->pages ? -1 : 0;
		return true;
	}
	if (!range_of(op, &range))
		return false;
	if (op_has(op, FIELD_BACKING) && op->file && dice_share(dice_of, 1, 4)) {
		op->pgoff += step & 1 ? 1 : op->pgoff ? UINT64_MAX : 0;
		return true;
	}
	return mutate_place(op, fit(settings, (int64_t)range.start + steps[step].start,
				    (int64_t)(range.end - range.start) + steps[step].pages));
}

/* A piece of a range of two pages or more: its head, its tail, what is between. */
static struct range piece_of(struct generator *dice_of, struct range range)
{
	uint32_t pages = range.end - range.start;
	uint32_t cut;

	if (pages < 2)
		return range;
	cut = range.start + 1 + dice_below(dice_of, pages - 1);
	switch (dice_below(dice_of, 3)) {
	case 0:
		return (struct range){ range.start, cut };
	case 1:
		return (struct range){ cut, range.end };
	default:
		if (cut + 1 == range.end)
			cut = range.start;
		return (struct range){ cut, cut + 1 + dice_below(dice_of, range.end - cut - 1) };
	}
}

bool mutate_target(struct generator *dice_of, const struct settings *settings, struct op *op,
		   uint32_t page)
{
	int64_t start = page;
	int64_t pages;

	if (!op_has(op, FIELD_MOVE) || !op->has_dest || !is_plain(op->len) || !is_plain(op->newlen))
		return false;
	pages = op->has_len ? op->newlen.pages : op->len.pages;
	if (dice_share(dice_of, 1, 2))
		start -= pages;
	op->dest = place_page((int32_t)fit(settings, start, pages).start);
	return true;
}

bool mutate_relate(struct generator *dice_of, const struct settings *settings, struct op *op,
		   const struct op *other)
{
	struct range mine = { 0, 1 }, range;
	uint32_t pages;

	if (!range_of(other, &range))
		return false;
	if (dice_share(dice_of, 1, 2) &&
	    mutate_target(dice_of, settings, op,
			  dice_share(dice_of, 1, 2) ? range.start : range.end))
		return true;
	range_of(op, &mine);
	pages = mine.end - mine.start;
	op->space = other->space;
	switch (dice_below(dice_of, 6)) {
	case 0:
		range = fit(settings, range.end, pages);
		break;
	case 1:
		range = fit(settings, (int64_t)range.start - pages, pages);
		break;
	case 2:
	case 3:
		range = piece_of(dice_of, range);
		break;
	default:
		break;
	}
	return mutate_place(op, fit(settings, range.start, range.end - range.start));
}

bool mutate_copy(struct op *op, const struct op *other)
{
	struct op copy = *other;

	if (op->kind != other->kind || op == other)
		return false;
	if (is_plain(op->addr) && is_plain(other->addr))
		copy.pgoff += (uint64_t)op->addr.pages - (uint64_t)other->addr.pages;
	copy.space = op->space;
	copy.addr = op->addr;
	copy.len = op->len;
	if (op->has_dest && copy.has_dest)
		copy.dest = op->dest;
	*op = copy;
	return true;
}

static uint32_t pick_word(struct generator *dice_of, const struct word *words)
{
	uint32_t count = 0;

	while (words[count].word)
		count++;
	return words[dice_below(dice_of, count)].value;
}

static void toggle_backing(struct generator *dice_of, struct op *op)
{
	switch (dice_below(dice_of, 4)) {
	case 0:
		op->map_flags &= ~PROGRAM_MAP_TYPE;
		op->map_flags |= pick_word(dice_of, mmap_kind_words);
		break;
	case 1:
		op->file = (uint8_t)(op->file ? FILE_ANON : dice_below(dice_of, WORLD_FILES));
		op->pgoff = op->file && is_plain(op->addr) ? (uint64_t)op->addr.pages : 0;
		break;
	default:
		/* One attribute at a time: two of the rare ones are refused for one of them. */
		op->map_flags ^= pick_word(dice_of, mmap_attr_words);
		break;
	}
}

static void toggle_move(struct generator *dice_of, struct op *op)
{
	switch (op->how) {
	case MREMAP_RESIZE:
		op->maymove = !op->maymove;
		break;
	case MREMAP_TO:
		if (dice_share(dice_of, 1, 2))
			op->dontunmap = !op->dontunmap;
		else
			op->has_len = !op->has_len;
		op->newlen = op->has_len ? op->len : place_page(0);
		break;
	default:
		op->has_dest = !op->has_dest;
		op->dest = op->has_dest ? op->addr : place_page(0);
		break;
	}
}

static void toggle_policy(struct generator *dice_of, struct op *op)
{
	uint32_t policy = pick_word(dice_of, policy_words);

	op->mode = policy & ~POLICY_NODES;
	op->nodes = policy & POLICY_NODES ? 1 + dice_below(dice_of, 3) : 0;
}

bool mutate_toggle(struct generator *dice_of, struct op *op)
{
	if (op_has(op, FIELD_BACKING) && dice_share(dice_of, 1, 2))
		toggle_backing(dice_of, op);
	else if (op_has(op, FIELD_PROT))
		op->prot ^= 1u << dice_below(dice_of, 3);
	else if (op_has(op, FIELD_ADVICE))
		op->advice = pick_word(dice_of, advice_words);
	else if (op_has(op, FIELD_ACCESS))
		op->touch_write = !op->touch_write;
	else if (op_has(op, FIELD_LOCK))
		op->mode ^= 1;
	else if (op_has(op, FIELD_LOCKALL))
		op->mode ^= pick_word(dice_of, lockall_words);
	else if (op_has(op, FIELD_MOVE))
		toggle_move(dice_of, op);
	else if (op_has(op, FIELD_POLICY))
		toggle_policy(dice_of, op);
	else if (op_has(op, FIELD_MODES) && dice_share(dice_of, 1, 2))
		op->mode ^= pick_word(dice_of, uffd_mode_words);
	else if (op_has(op, FIELD_MODES) && dice_share(dice_of, 1, 4))
		op->features ^= pick_word(dice_of, uffd_feature_words);
	else if (op_has(op, FIELD_CONTEXT))
		op->context = (uint8_t)dice_below(dice_of, 4);
	else if (op_has(op, FIELD_SWITCH))
		op->how = !op->how;
	else if (op_has(op, FIELD_NODE))
		op->nodes ^= 1;
	else if (op_has(op, FIELD_LIMIT) || op_has(op, FIELD_DISTANCE))
		op->nodes = dice_below(dice_of, 6);
	else
		return false;
	return true;
}

void mutate_failure(struct generator *dice_of, struct op *op)
{
	uint32_t style = dice_below(dice_of, 4);

	if (op->alloc_nth && style == 0) {
		op->alloc_nth = 0;
		op->alloc_onward = false;
	} else if (op->alloc_nth && style == 1) {
		op->alloc_onward = !op->alloc_onward;
	} else if (op->alloc_nth > 1 && style == 2) {
		op->alloc_nth--;
	} else {
		op->alloc_nth = (uint16_t)(1 + dice_below(dice_of, 8));
	}
}

/* `mremap 4..8 fixed=20` by `mremap 20..24 fixed=4`. */
static bool move_back(const struct op *op, struct op *ret)
{
	if (!op->has_dest || !is_plain(op->dest) || !is_plain(op->addr) || !is_plain(op->len))
		return false;
	*ret = (struct op){ .kind = OP_MREMAP, .space = op->space, .how = MREMAP_TO };
	ret->has_dest = true;
	ret->addr = op->dest;
	ret->len = op->has_len ? op->newlen : op->len;
	ret->dest = op->addr;
	return true;
}

bool mutate_inverse(const struct op *op, struct op *ret)
{
	*ret = *op;
	ret->alloc_nth = 0;
	ret->alloc_onward = false;
	switch (op->kind) {
	case OP_MREMAP:
		return move_back(op, ret);
	case OP_MMAP:
		ret->kind = OP_MUNMAP;
		break;
	case OP_MPROTECT:
		ret->prot ^= 2;
		break;
	case OP_MADVISE:
		/* dontfork and dofork, wipeonfork and keeponfork, ...: pairs that begin even. */
		if (op->advice < 10 || op->advice > 19)
			return false;
		ret->advice ^= 1;
		break;
	case OP_GUARD_INSTALL:
		ret->kind = OP_GUARD_REMOVE;
		break;
	case OP_MLOCK:
		ret->kind = OP_MUNLOCK;
		break;
	case OP_MLOCKALL:
		ret->kind = OP_MUNLOCKALL;
		break;
	case OP_UFFD_REGISTER:
		ret->kind = OP_UFFD_UNREGISTER;
		break;
	default:
		return false;
	}
	*ret = op_normalize(ret);
	return true;
}

static void fold_place(const struct settings *settings, struct place *place)
{
	if (place->base == PLACE_PAGE && place->pages >= (int32_t)settings->pages)
		place->pages %= (int32_t)settings->pages;
}

void mutate_fold(const struct settings *settings, struct op *op)
{
	fold_place(settings, &op->addr);
	fold_place(settings, &op->dest);
	if (is_plain(op->addr) && is_plain(op->len) &&
	    (uint32_t)op->addr.pages + (uint32_t)op->len.pages > settings->pages)
		op->len = place_page((int32_t)settings->pages - op->addr.pages);
}
