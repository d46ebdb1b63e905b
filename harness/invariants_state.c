/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one state must be by itself, as far as it can be seen. The core checks the same from
 * within, and more; this holds for subjects without a check of their own as well. Rules that
 * only the core can check are counted here where a state puts them to the test.
 */
#include <inttypes.h>

#include "invariants_look.h"

#define LARGE_OFFSET (UINT64_C(1) << 40) /* pages: near enough to where offsets wrap */

static bool says(const struct look *look, const struct seen_space *space,
		 const struct seen_vma *vma, enum rule rule)
{
	return breaks(look, rule, space->number, vma->start, "VMA %" PRIu32 "..%" PRIu32 ": %s",
		      vma->start, vma->end, rule_sentence(rule));
}

/* An operation that locks what it can. */
static bool is_locking(const struct look *look)
{
	return look->op && (look->op->kind == OP_MLOCK || look->op->kind == OP_MLOCKALL);
}

static bool flags_are_sound(const struct look *look, const struct seen_space *space,
			    const struct seen_vma *vma)
{
	uint64_t f = vma->flags;
	uint64_t shared = f & (VM_FLAG(sh) | VM_FLAG(ms) | VM_FLAG(mw));
	const uint64_t unfit = LOOK_SPECIAL | VM_FLAG(dp);
	const uint64_t huge = VM_FLAG(hg) | VM_FLAG(nh), read = VM_FLAG(sr) | VM_FLAG(rr);
	const uint64_t droppable = VM_FLAG(nr) | VM_FLAG(wf) | VM_FLAG(dd);
	const struct {
		enum rule rule;
		bool applies, breaks;
	} row[] = {
		{ RULE_FLG_1, f & LOOK_ACCESS, f & LOOK_ACCESS & ~(f >> FLAG_mr & LOOK_ACCESS) },
		{ RULE_FLG_2, f & VM_FLAG(lf), !(f & VM_FLAG(lo)) },
		{ RULE_FLG_3, f & unfit && is_locking(look), false },
		{ RULE_FLG_3, f & unfit && f & VM_FLAG(lo), true },
		{ RULE_FLG_4, f & (huge | read),
		  (f & huge) == huge || ((f & read) == read && !(f & VM_FLAG(is))) },
		{ RULE_FLG_5, shared & (VM_FLAG(sh) | VM_FLAG(ms)),
		  !(shared & VM_FLAG(ms)) || shared == (VM_FLAG(ms) | VM_FLAG(mw)) },
		{ RULE_FLG_6, vma->uffd || f & LOOK_UFFD, !vma->uffd != !(f & LOOK_UFFD) },
		{ RULE_FLG_7, f & VM_FLAG(gd), vma->file || f & VM_FLAG(sh) },
		{ RULE_FLG_8, f & VM_FLAG(ac), f & (VM_FLAG(nr) | VM_FLAG(sh) | VM_FLAG(ht)) },
		{ RULE_FLG_10, f & VM_FLAG(wf), vma->file || f & VM_FLAG(sh) },
		{ RULE_FLG_12, f & VM_FLAG(dp), (f & droppable) != droppable || f & VM_FLAG(lo) },
		{ RULE_ANV_1, vma->anon || vma->chain || f & VM_FLAG(sh),
		  !vma->anon != !vma->chain || (vma->anon && f & VM_FLAG(sh)) },
		{ RULE_ANV_5, vma->chain, vma->chain == 2 && space->number == 0 },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		if (!row[i].applies)
			continue;
		exercise(look, row[i].rule);
		if (row[i].breaks)
			return says(look, space, vma, row[i].rule);
	}
	return true;
}

/* What the core alone can check, counted where there was something to check. */
static void count_inside(const struct look *look, const struct seen_vma *vma)
{
	const uint64_t written = VM_FLAG(wr) | VM_FLAG(sh) | VM_FLAG(nr);

	exercise(look, RULE_STR_4);
	exercise(look, RULE_STR_5);
	exercise(look, RULE_STR_7);
	if (vma->file) {
		exercise(look, RULE_FIL_1);
		exercise(look, RULE_FIL_2);
		if (vma->flags & VM_FLAG(sh) && vma->flags & VM_FLAG(mw))
			exercise(look, RULE_FIL_3);
	} else if (!vma->anon) {
		exercise(look, RULE_ANV_7);
	}
	if (vma->anon) {
		exercise(look, RULE_ANV_2);
		exercise(look, RULE_ANV_3);
	}
	if (vma->chain == 2)
		exercise(look, RULE_ANV_4);
	if ((vma->flags & written) == VM_FLAG(wr))
		exercise(look, RULE_FLG_9);
}

static bool vma_is_sound(const struct look *look, const struct seen_space *space, uint32_t index)
{
	const struct seen_vma *vma = &space->vma[index];
	uint64_t offset = vma->pgoff + (vma->file ? 0 : PROGRAM_BASE / PAGE_BYTES);

	if (index)
		exercise(look, RULE_STR_1);
	if (vma->end >= look->c->program->settings.pages)
		exercise(look, RULE_STR_2);
	if (vma->start >= vma->end || (index && vma->start < vma[-1].end))
		return says(look, space, vma, RULE_STR_1);
	if (vma->end > look->c->program->settings.pages)
		return says(look, space, vma, RULE_STR_2);
	if (offset >= LARGE_OFFSET)
		exercise(look, RULE_STR_6);
	if (offset + (vma->end - vma->start) < offset)
		return says(look, space, vma, RULE_STR_6);
	count_inside(look, vma);
	return flags_are_sound(look, space, vma);
}

struct sums {
	int64_t total, data, exec, stack, locked, charged;
};

static struct sums sum(const struct seen_space *space)
{
	struct sums sums = { 0 };

	for (uint32_t i = 0; i < space->vmas; i++) {
		const struct seen_vma *vma = &space->vma[i];
		int64_t pages = vma->end - vma->start;

		sums.total += pages;
		if (vma->flags & (VM_FLAG(gd) | VM_FLAG(ss)))
			sums.stack += pages;
		else if (vma->flags & VM_FLAG(wr))
			sums.data += vma->flags & VM_FLAG(sh) ? 0 : pages;
		else if (vma->flags & VM_FLAG(ex))
			sums.exec += pages;
		if (vma->flags & VM_FLAG(lo))
			sums.locked += pages;
		if (vma->flags & VM_FLAG(ac))
			sums.charged += pages;
	}
	return sums;
}

static bool counters_hold(const struct look *look, const struct seen_space *space)
{
	const struct sums sums = sum(space);
	/* Kernels lose count of locked and charged pages in known ways. */
	bool exact = !look->quirks && look->profile == PROFILE_7_3;
	const struct {
		const char *name;
		enum rule rule;
		int64_t sum, counter;
		bool exact;
	} row[] = {
		{ "vma_count", RULE_STR_3, space->vmas, space->vma_count, true },
		{ "total_vm", RULE_ACC_1, sums.total, space->total_vm, true },
		{ "data_vm", RULE_ACC_2, sums.data, space->data_vm, true },
		{ "exec_vm", RULE_ACC_2, sums.exec, space->exec_vm, true },
		{ "stack_vm", RULE_ACC_2, sums.stack, space->stack_vm, true },
		{ "locked_vm", RULE_ACC_3, sums.locked, space->locked_vm, exact },
		{ "committed", RULE_ACC_4, sums.charged, space->committed, exact },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		if (row[i].sum)
			exercise(look, row[i].rule);
		if (row[i].exact && row[i].sum != row[i].counter)
			return breaks(look, row[i].rule, space->number, VERDICT_NO_PAGE,
				      "%s is %" PRId64 ", the VMAs have %" PRId64, row[i].name,
				      row[i].counter, row[i].sum);
	}
	return true;
}

static bool guards_hold(const struct look *look, const struct seen_space *space)
{
	uint32_t words = (look->c->program->settings.pages + 63) / 64;

	for (uint32_t word = 0; word < words; word++) {
		for (uint64_t left = space->guard[word]; left; left &= left - 1) {
			uint32_t page = word * 64;
			const struct seen_vma *vma;

			while (!(left >> page % 64 & 1))
				page++;
			vma = vma_at(space, page);
			exercise(look, RULE_STK_2);
			if (!vma || !(vma->flags & VM_FLAG(gu) || look->quirks & QUIRK_NAME_STICKY))
				return breaks(look, RULE_STK_2, space->number, page,
					      "page %" PRIu32 " carries a guard marker, and %s",
					      page, vma ? "its VMA may not" : "is not mapped");
		}
	}
	return true;
}

bool state_holds(const struct look *look, const struct seen_space *space)
{
	for (uint32_t i = 0; i < space->vmas; i++)
		if (!vma_is_sound(look, space, i))
			return false;
	return counters_hold(look, space) && guards_hold(look, space);
}
