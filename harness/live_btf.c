/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading BTF: types stand one behind the other, each with what belongs to its kind behind it,
 * and are numbered from 1. Nothing is trusted: bytes that end too early end the search.
 */
#include "live_btf.h"

#include <linux/btf.h>
#include <string.h>

/* Kinds that older headers lack, and what each value of the second takes. */
#define KIND_DECL_TAG 17
#define KIND_ENUM64 19
#define ENUM64_BYTES 12

/* A structure, and what stands in it without a name: side by side or one inside the other. */
#define PARTS_MAX 64

struct part {
	uint32_t id, bits; /* bits: from the beginning of the whole */
};

bool btf_view(const void *bytes, size_t size, struct btf_view *ret)
{
	struct btf_header header;
	uint64_t types, strings;

	if (size < sizeof(header))
		return false;
	memcpy(&header, bytes, sizeof(header));
	types = (uint64_t)header.hdr_len + header.type_off;
	strings = (uint64_t)header.hdr_len + header.str_off;
	if (header.magic != BTF_MAGIC || header.type_off % 4 || header.hdr_len % 4 ||
	    types + header.type_len > size || strings + header.str_len > size || !header.str_len)
		return false;
	ret->types = (const unsigned char *)bytes + types;
	ret->types_size = header.type_len;
	ret->strings = (const char *)bytes + strings;
	ret->strings_size = header.str_len;
	return ret->strings[header.str_len - 1] == '\0';
}

static bool is_named(const struct btf_view *btf, uint32_t offset, const char *name)
{
	return offset < btf->strings_size && strcmp(btf->strings + offset, name) == 0;
}

/* Bytes that follow a type of this kind. */
static uint32_t bytes_behind(uint32_t info)
{
	uint32_t count = BTF_INFO_VLEN(info);

	switch (BTF_INFO_KIND(info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case KIND_DECL_TAG:
		return sizeof(uint32_t);
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return count * (uint32_t)sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return count * (uint32_t)sizeof(struct btf_enum);
	case BTF_KIND_FUNC_PROTO:
		return count * (uint32_t)sizeof(struct btf_param);
	case BTF_KIND_DATASEC:
		return count * (uint32_t)sizeof(struct btf_var_secinfo);
	case KIND_ENUM64:
		return count * ENUM64_BYTES;
	default:
		return 0;
	}
}

/* Goes to the type that begins at *at and sets *at to the one behind it. NULL: no more. */
static const unsigned char *next_type(const struct btf_view *btf, uint32_t *at,
				      struct btf_type *type)
{
	const unsigned char *here = btf->types + *at;
	uint32_t left = btf->types_size - *at, size;

	if (left < sizeof(*type))
		return NULL;
	memcpy(type, here, sizeof(*type));
	size = (uint32_t)sizeof(*type) + bytes_behind(type->info);
	if (left < size)
		return NULL;
	*at += size;
	return here + sizeof(*type);
}

uint32_t btf_find(const struct btf_view *btf, uint32_t kind, const char *name)
{
	struct btf_type type;
	uint32_t at = 0, id = 1;

	for (; next_type(btf, &at, &type); id++)
		if (BTF_INFO_KIND(type.info) == kind && is_named(btf, type.name_off, name))
			return id;
	return 0;
}

/* The members of a structure or union, *count of them; NULL if it is none. */
static const unsigned char *members_of(const struct btf_view *btf, uint32_t wanted, uint32_t *info)
{
	const unsigned char *members;
	struct btf_type type;
	uint32_t at = 0, id = 1;

	while ((members = next_type(btf, &at, &type)) != NULL && id < wanted)
		id++;
	if (!members || !wanted)
		return NULL;
	*info = type.info;
	if (BTF_INFO_KIND(*info) != BTF_KIND_STRUCT && BTF_INFO_KIND(*info) != BTF_KIND_UNION)
		return NULL;
	return members;
}

int32_t btf_offset(const struct btf_view *btf, uint32_t id, const char *name)
{
	struct part part[PARTS_MAX] = { { id, 0 } };
	uint32_t parts = 1, info, i, j, bits;
	const unsigned char *members;
	struct btf_member member;

	for (i = 0; i < parts; i++) {
		members = members_of(btf, part[i].id, &info);
		for (j = 0; members && j < BTF_INFO_VLEN(info); j++) {
			memcpy(&member, members + j * sizeof(member), sizeof(member));
			bits = part[i].bits + (BTF_INFO_KFLAG(info)
						       ? BTF_MEMBER_BIT_OFFSET(member.offset)
						       : member.offset);
			if (is_named(btf, member.name_off, name))
				return bits % 8 ? -1 : (int32_t)(bits / 8);
			if (is_named(btf, member.name_off, "") && parts < PARTS_MAX)
				part[parts++] = (struct part){ member.type, bits };
		}
	}
	return -1;
}
