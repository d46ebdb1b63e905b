/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VmFlags codes as text: sets of two-letter codes printed and read. */
#include "flags.h"

#include <string.h>

static const char flag_codes[VM_FLAG_COUNT][3] = {
#define CODE(bit, code, text) [bit] = #code,
	VM_FLAG_CODES(CODE)
#undef CODE
};

int flags_print(uint64_t flags, char *buffer, size_t size)
{
	size_t length = 0;

	for (int bit = 0; bit < VM_FLAG_COUNT; bit++) {
		if (!(flags >> bit & 1))
			continue;
		if (length) {
			if (length + 1 < size)
				buffer[length] = ' ';
			length++;
		}
		for (int i = 0; i < 2; i++, length++)
			if (length + 1 < size)
				buffer[length] = flag_codes[bit][i];
	}
	if (size)
		buffer[length < size ? length : size - 1] = '\0';
	return (int)length;
}

uint64_t flags_parse(const char *codes)
{
	uint64_t flags = 0;

	while (*codes) {
		size_t length = strcspn(codes, " ,");
		int bit = 0;

		if (!length) {
			codes++;
			continue;
		}
		while (bit < VM_FLAG_COUNT && (length != 2 || memcmp(flag_codes[bit], codes, 2)))
			bit++;
		if (bit == VM_FLAG_COUNT)
			return UINT64_MAX;
		flags |= UINT64_C(1) << bit;
		codes += length;
	}
	return flags;
}
