/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The account of a merge decision in the letters of a drawing. */
#include "report_merge.h"

#include <inttypes.h>

#include "merge_case.h"

/* The letter of the VMA that is exactly [start, end), or 0. */
static char letter_of(const struct lettered *layout, uint32_t start, uint32_t end)
{
	for (uint32_t i = 0; i < layout->space->vmas; i++) {
		const struct seen_vma *vma = &layout->space->vma[i];

		if (vma->start == start && vma->end == end)
			return layout->row->page[start];
	}
	return 0;
}

static void print_role(FILE *out, const struct merge_part *part, const char *word,
		       const struct lettered *now, const struct lettered *before)
{
	char letter;

	fprintf(out, "%s=", word);
	if (!merge_part_is_there(part)) {
		fputc('-', out);
		return;
	}
	letter = letter_of(now, part->start, part->end);
	if (!letter)
		letter = letter_of(before, part->start, part->end);
	if (letter)
		fputc(letter, out);
	else
		fprintf(out, "%" PRIu32 "..%" PRIu32, part->start, part->end);
}

/* What stands in the way, as opposed to nothing, or there being nobody to merge with. */
static bool is_obstacle(enum merge_side side)
{
	return side != SIDE_ALLOWED && side != SIDE_NOT_TRIED && side != SIDE_NO_NEIGHBOUR;
}

static void print_sides(FILE *out, const struct merge_account *account)
{
	enum merge_side left = account->left, right = account->right;

	fputs("  refused by: ", out);
	if (is_obstacle(left) && is_obstacle(right) && left != right)
		fprintf(out, "%s (left), %s (right)", merge_side_word(left),
			merge_side_word(right));
	else if (is_obstacle(left))
		fputs(merge_side_word(left), out);
	else if (is_obstacle(right))
		fputs(merge_side_word(right), out);
	else if (merge_part_is_there(&account->part[MERGE_TARGET]))
		fputs("nothing", out);
	else
		fputs(merge_side_word(left), out);
}

void report_print_merge(FILE *out, const struct merge_account *account, const struct lettered *now,
			const struct lettered *before)
{
	static const char *const words[MERGE_ROLES] = {
		[MERGE_PREV] = "prev",
		[MERGE_MIDDLE] = " middle",
		[MERGE_NEXT] = " next",
		[MERGE_TARGET] = " target",
	};

	for (enum merge_role role = MERGE_PREV; role < MERGE_ROLES; role++)
		print_role(out, &account->part[role], words[role], now, before);
	print_sides(out, account);
}
