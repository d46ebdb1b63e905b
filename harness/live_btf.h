/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the members of a kernel's structures lie, out of the description of its types (BTF) that
 * the kernel shows in /sys/kernel/btf/vmlinux. It knows no structure and no kernel.
 */
#ifndef VMAFUZZ_LIVE_BTF_H
#define VMAFUZZ_LIVE_BTF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct btf_view {
	const unsigned char *types; /* struct btf_type and what follows each */
	uint32_t types_size;
	const char *strings; /* ends with a NUL */
	uint32_t strings_size;
};

/* Borrows the bytes. False if they are no BTF of this machine's byte order, or cut off. */
bool btf_view(const void *bytes, size_t size, struct btf_view *ret);

/* The number of the type of that kind (BTF_KIND_...) and name; 0: there is none. */
uint32_t btf_find(const struct btf_view *btf, uint32_t kind, const char *name);

/*
 * Bytes from the beginning of structure `id` to a member that has this name in it, or in a
 * structure or union without a name that is a member of it. -1: there is none.
 */
int32_t btf_offset(const struct btf_view *btf, uint32_t id, const char *name);

#endif
