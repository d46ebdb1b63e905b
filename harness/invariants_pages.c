/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happened to each page: who may have changed it, what it had to keep, and how far an
 * operation that failed got.
 */
#include <inttypes.h>

#include "invariants_look.h"

#define MADV_MERGEABLE_ADVICE 12u

/* One space before and after. */
struct both {
	const struct seen_space *old, *now;
	const struct named *named;
};

static uint64_t loose_flags(const struct look *look)
{
	uint64_t loose = 0;

	if (look->op->kind != OP_MREMAP)
		return 0;
	if (look->quirks & QUIRK_UNLOCKS)
		loose |= LOOK_LOCK;
	if (look->quirks & QUIRK_CONTEXT)
		loose |= LOOK_UFFD;
	if (look->quirks & QUIRK_UNCHARGED)
		loose |= VM_FLAG(ac);
	return loose;
}

/*
 * Pages that may come to be where nobody said: below a stack that was touched, and where a move
 * found a place that it could not clear again when it failed.
 */
static bool is_growth(const struct look *look, const struct piece *piece)
{
	if (piece->old)
		return false;
	if (look->op->kind == OP_MREMAP)
		return look->failed && look->injected;
	return look->op->kind == OP_TOUCH && piece->now->flags & VM_FLAG(gd);
}

static bool same_bounds(const struct piece *piece)
{
	return piece->old->start == piece->now->start && piece->old->end == piece->now->end;
}

/* A page that the operation does not name. */
static bool unnamed_holds(const struct look *look, const struct both *both,
			  const struct piece *piece)
{
	enum rule rule;

	exercise(look, RULE_PAG_1);
	if (!piece->old || !piece->now) {
		if (piece->now && is_growth(look, piece))
			return true;
		return breaks(look, RULE_PAG_1, both->old->number, piece->start,
			      "page %" PRIu32 " is %s, and the operation does not name it",
			      piece->start, piece->now ? "mapped" : "not mapped any more");
	}
	rule = same_bounds(piece) ? RULE_PAG_1 : RULE_PAG_2;
	exercise(look, rule);
	if (tuples_alike(look, piece, loose_flags(look)))
		return true;
	return breaks(look, rule, both->old->number, piece->start,
		      "page %" PRIu32 " is another one after an operation that does not name it",
		      piece->start);
}

static bool sealed_holds(const struct look *look, const struct both *both,
			 const struct piece *piece)
{
	const struct seen_vma *old = piece->old, *now = piece->now;

	/* An exec moves its stack before anybody could seal it. */
	if (!(old->flags & VM_FLAG(sl)) || look->op->kind == OP_RELOCATE_DOWN)
		return true;
	if (piece->named)
		exercise(look, RULE_FLG_11);
	if (now && !((old->flags ^ now->flags) & (VM_FLAG(sl) | LOOK_ACCESS)) &&
	    files_alike(old->file, now->file))
		return true;
	return breaks(look, RULE_FLG_11, both->old->number, piece->start,
		      "the sealed page %" PRIu32 " is %s", piece->start,
		      now ? "another one" : "gone");
}

/* A page that stayed mapped: the offsets by which its contents are found. */
static bool offsets_hold(const struct look *look, const struct both *both,
			 const struct piece *piece)
{
	const struct seen_vma *old = piece->old, *now = piece->now;
	uint64_t shift = (uint64_t)old->start - now->start;
	bool file = old->file && now->file, faulted = old->anon && now->anon;

	if (look->op->kind == OP_RELOCATE_DOWN || (!file && !faulted))
		return true;
	if (!same_bounds(piece))
		exercise(look, RULE_PAG_3);
	if (old->pgoff == now->pgoff + shift && (!faulted || look->profile != PROFILE_7_3 ||
						 old->virt_pgoff == now->virt_pgoff + shift))
		return true;
	return breaks(look, RULE_PAG_3, both->old->number, piece->start,
		      "page %" PRIu32 " finds its contents elsewhere", piece->start);
}

static bool sticky_holds(const struct look *look, const struct both *both,
			 const struct piece *piece)
{
	uint64_t sticky = look->sticky;

	if (look->op->kind == OP_CLEAR_SOFTDIRTY)
		sticky &= ~VM_FLAG(sd);
	if (look->op->kind == OP_NAME && look->quirks & QUIRK_NAME_STICKY)
		sticky = 0;
	if (!(piece->old->flags & sticky))
		return true;
	exercise(look, RULE_STK_1);
	if (!(piece->old->flags & ~piece->now->flags & sticky))
		return true;
	return breaks(look, RULE_STK_1, both->old->number, piece->start,
		      "page %" PRIu32 " lost a sticky flag", piece->start);
}

static bool piece_holds(const struct look *look, const struct both *both, const struct piece *piece)
{
	if (!piece->named && !unnamed_holds(look, both, piece))
		return false;
	if (piece->old && !sealed_holds(look, both, piece))
		return false;
	if (!piece->old || !piece->now || piece->replaced)
		return true;
	return offsets_hold(look, both, piece) && sticky_holds(look, both, piece);
}

static bool space_holds(const struct look *look, const struct both *both)
{
	struct piece_walk walk;

	pieces_begin(&walk, both->old, both->now, both->named);
	while (pieces_next(&walk))
		if (!piece_holds(look, both, &walk.piece))
			return false;
	return true;
}

/* ------------------------------------------------------------------ failed operations */

/* A fixed mapping that failed when its target was gone already. */
static bool lost_target(const struct look *look)
{
	struct piece_walk walk;

	if (look->op->kind != OP_MMAP && look->op->kind != OP_REMAP_FILE_PAGES)
		return false;
	pieces_begin(&walk, look->old, look->now, &look->named);
	while (pieces_next(&walk))
		if (walk.piece.named && !walk.piece.now)
			return true;
	return false;
}

static bool target_is_hole(const struct look *look)
{
	struct piece_walk walk;

	exercise(look, RULE_ERR_3);
	pieces_begin(&walk, look->old, look->now, &look->named);
	while (pieces_next(&walk))
		if (walk.piece.named && walk.piece.now)
			return breaks(look, RULE_ERR_3, look->op->space, walk.piece.start,
				      "page %" PRIu32
				      " is mapped, though others of the failed mapping's are not",
				      walk.piece.start);
	return true;
}

/* Operations that are done whole or not at all. */
static bool is_atomic(const struct look *look)
{
	const struct op *op = look->op;

	switch (op->kind) {
	case OP_MMAP:
	case OP_MUNMAP:
	case OP_REMAP_FILE_PAGES:
		return look->failed;
	case OP_MREMAP:
		return look->failed && op->how == MREMAP_RESIZE;
	case OP_BRK:
		return look->stayed;
	default:
		return false;
	}
}

static bool nothing_changed(const struct look *look)
{
	struct piece_walk walk;

	pieces_begin(&walk, look->old, look->now, &look->named);
	while (pieces_next(&walk)) {
		const struct piece *piece = &walk.piece;

		if (!piece->named)
			continue;
		exercise(look, RULE_ERR_1);
		if (!piece->old || !piece->now || !tuples_alike(look, piece, 0))
			return breaks(look, RULE_ERR_1, look->op->space, piece->start,
				      "page %" PRIu32 " is another one after a failed operation",
				      piece->start);
	}
	return true;
}

/* What a walk changes in its pieces; those it did last tell what the earlier must have. */
static uint64_t walk_flags(const struct op *op)
{
	switch (op->kind) {
	case OP_MPROTECT:
		return LOOK_ACCESS;
	case OP_MLOCK:
	case OP_MUNLOCK:
		return LOOK_LOCK;
	case OP_MSEAL:
		return VM_FLAG(sl);
	case OP_MADVISE:
		return VM_FLAG(sr) | VM_FLAG(rr) | VM_FLAG(dc) | VM_FLAG(wf) | VM_FLAG(dd) |
		       VM_FLAG(hg) | VM_FLAG(nh);
	default:
		return 0;
	}
}

static bool walks(const struct op *op)
{
	return op_modifies(op) && op->kind != OP_MLOCKALL && op->kind != OP_MUNLOCKALL &&
	       op->kind != OP_UFFD_CLOSE && op->kind != OP_HOME_NODE &&
	       !(op->kind == OP_MADVISE && op->advice >= MADV_MERGEABLE_ADVICE &&
		 op->advice <= MADV_MERGEABLE_ADVICE + 1);
}

/* What a walk did to a page: its flags of interest, and the attributes that are no flags. */
struct mark {
	uint64_t flags;
	uint32_t policy, name, uffd;
};

static struct mark mark_of(const struct look *look, const struct seen_vma *vma)
{
	uint8_t kind = look->op->kind;

	return (struct mark){
		.flags = vma->flags & walk_flags(look->op),
		.policy = kind == OP_MBIND ? vma->policy : 0,
		.name = kind == OP_NAME ? vma->name : 0,
		.uffd = kind == OP_UFFD_REGISTER || kind == OP_UFFD_UNREGISTER ? vma->uffd : 0,
	};
}

static bool marks_same(const struct mark *a, const struct mark *b, uint64_t flags)
{
	return !((a->flags ^ b->flags) & flags) && a->policy == b->policy && a->name == b->name &&
	       a->uffd == b->uffd;
}

/* Walks pass over these. */
static bool is_passed_over(const struct look *look, const struct seen_vma *vma)
{
	return (look->op->kind == OP_MLOCK || look->op->kind == OP_MUNLOCK) &&
	       vma->flags & (LOOK_SPECIAL | VM_FLAG(dp));
}

static bool prefix_is_done(const struct look *look)
{
	struct mark last = { 0 };
	uint64_t changed = 0;
	struct piece_walk walk;
	uint32_t seen = 0, end = 0;

	pieces_begin(&walk, look->old, look->now, &look->named);
	while (pieces_next(&walk)) {
		const struct piece *piece = &walk.piece;
		struct mark old, now;

		if (!piece->named || !piece->old || !piece->now)
			continue;
		seen++;
		old = mark_of(look, piece->old);
		now = mark_of(look, piece->now);
		if (marks_same(&old, &now, UINT64_MAX))
			continue;
		changed = old.flags ^ now.flags;
		last = now;
		end = piece->start;
	}
	if (seen > 1)
		exercise(look, RULE_ERR_2);
	pieces_begin(&walk, look->old, look->now, &look->named);
	while (pieces_next(&walk) && walk.piece.start < end) {
		const struct piece *piece = &walk.piece;
		struct mark now;

		if (!piece->named || !piece->now || is_passed_over(look, piece->now))
			continue;
		now = mark_of(look, piece->now);
		if (!marks_same(&now, &last, changed))
			return breaks(look, RULE_ERR_2, look->op->space, piece->start,
				      "the walk did page %" PRIu32 " and left out %" PRIu32, end,
				      piece->start);
	}
	return true;
}

static bool failure_holds(const struct look *look)
{
	if (look->failed)
		exercise(look, RULE_ERR_4);
	if (look->failed && lost_target(look))
		return target_is_hole(look);
	if (is_atomic(look))
		return nothing_changed(look);
	return !look->failed || !walks(look->op) || prefix_is_done(look);
}

bool pages_hold(const struct look *look)
{
	const struct comparison *c = look->c;

	if (!look->done && !look->failed)
		return true;
	for (unsigned int i = 0; i < PROGRAM_SPACES; i++) {
		const struct seen_space *old = &c->before->space[i];
		struct both both = { .old = old };

		if (!old->alive)
			continue;
		both.now = observation_space(c->seen, old->number);
		if (old == look->old)
			both.named = &look->named;
		if (!both.now && !(look->op->kind == OP_EXIT && old == look->old))
			return breaks(look, RULE_PAG_1, old->number, VERDICT_NO_PAGE,
				      "the address space is gone without an exit");
		if (both.now && !space_holds(look, &both))
			return false;
	}
	return !look->old || !look->now || failure_holds(look);
}
