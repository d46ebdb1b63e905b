/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The account of a merge decision in the letters of a drawing; another text is left alone. */
#include "report_merge.h"

#include <string.h>

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

/* " prev=2..4" from the account as " prev=A". */
static void print_role(FILE *out, const struct merge_account *account, enum merge_role role,
		       const struct lettered *now, const struct lettered *before)
{
	const struct merge_part *part = &account->part[role];
	const char *word = merge_role_word(role);
	char letter = 0;

	if (part->there) {
		letter = letter_of(now, part->start, part->end);
		if (!letter)
			letter = letter_of(before, part->start, part->end);
	}
	/* The first has nothing to be set off from. */
	fputs(role == MERGE_PREV ? word + 1 : word, out);
	if (letter)
		fputc(letter, out);
	else
		fprintf(out, "%.*s", part->length, part->text);
}

/* A reason that names an obstacle, as opposed to "allowed" or there being nobody to merge with. */
static bool is_obstacle(const char *reason, size_t length)
{
	static const char *const others[] = { "allowed", "not tried", "no neighbour" };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (strlen(others[i]) == length && memcmp(reason, others[i], length) == 0)
			return false;
	}
	return length > 0;
}

static void print_reasons(FILE *out, const struct merge_account *account)
{
	const char *left = account->left, *right = account->right;
	size_t left_length = account->left_length;
	size_t right_length = strlen(right);
	bool from_left = is_obstacle(left, left_length);
	bool from_right = is_obstacle(right, right_length);

	if (from_left && from_right &&
	    (left_length != right_length || memcmp(left, right, left_length) != 0))
		fprintf(out, "  refused by: %.*s (left), %s (right)", (int)left_length, left,
			right);
	else if (from_left)
		fprintf(out, "  refused by: %.*s", (int)left_length, left);
	else if (from_right)
		fprintf(out, "  refused by: %s", right);
	else if (account->part[MERGE_TARGET].text[0] != '-')
		fputs("  refused by: nothing", out);
	else
		fprintf(out, "  refused by: %.*s", (int)left_length, left);
}

void report_print_merge(FILE *out, const char *explain, const struct lettered *now,
			const struct lettered *before)
{
	struct merge_account account;

	if (!merge_account_read(&account, explain)) {
		fputs(explain, out);
		return;
	}
	for (enum merge_role role = MERGE_PREV; role < MERGE_ROLES; role++)
		print_role(out, &account, role, now, before);
	print_reasons(out, &account);
}
