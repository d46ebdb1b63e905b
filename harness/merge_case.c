/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "merge_case.h"

#include <stdio.h>

#include "flags.h"
#include "world.h"

static const char *const sides[MERGE_SIDES] = {
	[SIDE_ALLOWED] = "allowed",
	[SIDE_NOT_TRIED] = "not tried",
	[SIDE_NO_NEIGHBOUR] = "no neighbour",
	[SIDE_SPECIAL] = "special flags",
	[SIDE_FLAGS] = "flags",
	[SIDE_FILE] = "file",
	[SIDE_UFFD] = "userfaultfd context",
	[SIDE_NAME] = "name",
	[SIDE_POLICY] = "policy",
	[SIDE_ANON_VMA] = "anon_vma compatibility",
	[SIDE_TWO_ANON_VMAS] = "anon_vma of prev and next",
	[SIDE_PGOFF] = "page offset",
	[SIDE_VIRTUAL_PGOFF] = "virtual page offset",
	[SIDE_CLOSE_HOOK] = "close hook",
	[SIDE_NO_MEMORY] = "no memory",
	[SIDE_OTHER] = "another reason",
};
_Static_assert(MERGE_SIDES == 16, "four bits");

enum { EXTENT_WHOLE, EXTENT_LOWER, EXTENT_UPPER, EXTENT_INSIDE };
static const char *const extent_words[] = { "whole", "lower", "upper", "inside" };
enum { MERGED_NONE, MERGED_LEFT, MERGED_RIGHT, MERGED_BOTH };
static const char *const merged_words[] = { "none", "left", "right", "both" };

/* Where each part of a case begins. */
enum {
	BIT_CASE = 0,
	BIT_EXISTING = 1,
	BIT_EXTENT = 2,
	BIT_MERGED = 4,
	BIT_LEFT = 6,
	BIT_RIGHT = 10,
	BIT_ANON = MERGE_DECISION_BITS,
	BIT_SHARED = BIT_ANON + 6,
	BIT_CLOSE = BIT_SHARED + 2,
	BIT_STICKY = BIT_CLOSE + 3,
	BIT_END = BIT_STICKY + 3,
};
_Static_assert(BIT_END == MERGE_CASE_BITS, "all bits have a meaning");

const char *merge_side_word(enum merge_side side)
{
	return sides[side];
}

/* What of its VMA a range is. A new one is all there is. */
static uint32_t extent_of(const struct merge_account *account)
{
	const struct merge_part *range = &account->part[MERGE_RANGE];
	const struct merge_part *middle = &account->part[MERGE_MIDDLE];

	if (!account->existing)
		return EXTENT_WHOLE;
	if (range->start == middle->start)
		return range->end == middle->end ? EXTENT_WHOLE : EXTENT_LOWER;
	return range->end == middle->end ? EXTENT_UPPER : EXTENT_INSIDE;
}

static uint32_t merged_of(const struct merge_account *account)
{
	if (!merge_part_is_there(&account->part[MERGE_TARGET]))
		return MERGED_NONE;
	if (account->left != SIDE_ALLOWED)
		return MERGED_RIGHT;
	return account->right == SIDE_ALLOWED ? MERGED_BOTH : MERGED_LEFT;
}

/* The VMA that covers a part's first page. */
static const struct seen_vma *vma_of(const struct seen_space *space, const struct merge_part *part)
{
	for (uint32_t i = 0; merge_part_is_there(part) && i < space->vmas; i++)
		if (space->vma[i].start <= part->start && part->start < space->vma[i].end)
			return &space->vma[i];
	return NULL;
}

static bool has_close(const struct seen_vma *vma)
{
	if (vma->file >= SEEN_OBJECT)
		return true; /* an attach of shm, as far as the small world goes */
	return world_drivers[vma->file].closes;
}

static uint32_t party_of(const struct merge_account *account, const struct seen_space *before)
{
	const struct seen_vma *vma[3];
	uint32_t party = 0;

	for (unsigned int i = 0; i < 3; i++) {
		vma[i] = vma_of(before, &account->part[MERGE_PREV + i]);
		if (!vma[i])
			continue;
		party |= (uint32_t)(vma[i]->chain + 1) << (BIT_ANON + 2 * i);
		party |= (uint32_t)has_close(vma[i]) << (BIT_CLOSE + i);
		party |= (uint32_t) !!(vma[i]->flags & VM_FLAG(gu)) << (BIT_STICKY + i);
	}
	for (unsigned int i = 1; i < 3; i++)
		if (vma[0] && vma[i] && vma[0]->anon && vma[0]->anon == vma[i]->anon)
			party |= UINT32_C(1) << (BIT_SHARED + i - 1);
	return party;
}

uint32_t merge_case_of(const struct merge_account *account, const struct seen_space *before)
{
	return UINT32_C(1) << BIT_CASE | (uint32_t)account->existing << BIT_EXISTING |
	       extent_of(account) << BIT_EXTENT | merged_of(account) << BIT_MERGED |
	       (uint32_t)account->left << BIT_LEFT | (uint32_t)account->right << BIT_RIGHT |
	       (before ? party_of(account, before) : 0);
}

static uint32_t bits(uint32_t number, unsigned int from, unsigned int count)
{
	return number >> from & ((UINT32_C(1) << count) - 1);
}

void merge_decision_print(uint32_t number, char text[MERGE_CASE_TEXT])
{
	snprintf(text, MERGE_CASE_TEXT, "%s %s %s, left: %s, right: %s",
		 bits(number, BIT_EXISTING, 1) ? "existing" : "new",
		 extent_words[bits(number, BIT_EXTENT, 2)],
		 merged_words[bits(number, BIT_MERGED, 2)], sides[bits(number, BIT_LEFT, 4)],
		 sides[bits(number, BIT_RIGHT, 4)]);
}

void merge_party_print(uint32_t number, char text[MERGE_CASE_TEXT])
{
	static const char anon[] = "-ufF"; /* nobody, unfaulted, faulted, forked */
	char close[4] = "---", sticky[4] = "---";

	for (unsigned int i = 0; i < 3; i++) {
		if (bits(number, BIT_CLOSE + i, 1))
			close[i] = "PMN"[i];
		if (bits(number, BIT_STICKY + i, 1))
			sticky[i] = "PMN"[i];
	}
	snprintf(text, MERGE_CASE_TEXT, "anon=%c%s%c%s%c close=%s sticky=%s",
		 anon[bits(number, BIT_ANON, 2)], bits(number, BIT_SHARED, 1) ? "=" : "/",
		 anon[bits(number, BIT_ANON + 2, 2)], bits(number, BIT_SHARED + 1, 1) ? "=" : "/",
		 anon[bits(number, BIT_ANON + 4, 2)], close, sticky);
}
