/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the account of a merge decision word by word; what it does not know it leaves alone. */
#include "report_merge.h"

#include <inttypes.h>
#include <string.h>

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
static void print_role(FILE *out, const char *explain, const char *role, const struct lettered *now,
		       const struct lettered *before)
{
	const char *at = strstr(explain, role);
	uint32_t start, end;
	char letter = 0;

	if (!at)
		return;
	at += strlen(role);
	if (sscanf(at, "%" SCNu32 "..%" SCNu32, &start, &end) == 2) {
		letter = letter_of(now, start, end);
		if (!letter)
			letter = letter_of(before, start, end);
	}
	if (letter)
		fprintf(out, "%s%c", role, letter);
	else
		fprintf(out, "%s%.*s", role, (int)strcspn(at, " "), at);
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

static void print_reasons(FILE *out, const char *left, const char *right, bool merged)
{
	size_t left_length = strcspn(left, ",");
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
	else if (merged)
		fputs("  refused by: nothing", out);
	else
		fprintf(out, "  refused by: %.*s", (int)left_length, left);
}

void report_print_merge(FILE *out, const char *explain, const struct lettered *now,
			const struct lettered *before)
{
	const char *left = strstr(explain, "left: ");
	const char *right = strstr(explain, ", right: ");

	if (!left || !right || !strstr(explain, " prev=")) {
		fputs(explain, out);
		return;
	}
	print_role(out, explain, "prev=", now, before);
	print_role(out, explain, " middle=", now, before);
	print_role(out, explain, " next=", now, before);
	print_role(out, explain, " target=", now, before);
	print_reasons(out, left + strlen("left: "), right + strlen(", right: "),
		      !strstr(explain, " target=- "));
}
