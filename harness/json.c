/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON for other programs to read: always valid, whatever a name or a message holds. */
#include "json.h"

static void json_character(FILE *out, unsigned char c)
{
	if (c == '"' || c == '\\')
		fprintf(out, "\\%c", c);
	else if (c == '\n')
		fputs("\\n", out);
	else if (c == '\t')
		fputs("\\t", out);
	else if (c < 0x20 || c > 0x7e)
		fprintf(out, "\\u%04x", c);
	else
		fputc(c, out);
}

void json_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++)
		json_character(out, (unsigned char)*text);
	fputc('"', out);
}

void json_key(FILE *out, bool first, const char *key)
{
	if (!first)
		fputs(", ", out);
	json_string(out, key);
	fputs(": ", out);
}
