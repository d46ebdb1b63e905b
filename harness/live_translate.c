/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the words of a program to the plain numbers an executor understands, and from the
 * inodes it saw to the files of the world.
 */
#include "live_subject.h"

#include "flags.h"

#include <string.h>

#define ADVICE_GUARD_INSTALL 102
#define ADVICE_GUARD_REMOVE 103
#define MOVE_MAY 1U
#define MOVE_FIXED 2U
#define MOVE_DONTUNMAP 4U

static uint8_t live_file(uint8_t file)
{
	switch (file) {
	case FILE_ANON:
		return LIVE_FILE_ANON;
	case FILE_PLAIN:
		return LIVE_FILE_PLAIN;
	case FILE_PLAIN2:
		return LIVE_FILE_PLAIN2;
	case FILE_OTHER:
		return LIVE_FILE_OTHER;
	case FILE_READONLY:
		return LIVE_FILE_READONLY;
	case FILE_ZERO:
		return LIVE_FILE_ZERO;
	case FILE_SHM:
		return LIVE_FILE_SHM;
	case FILE_FAILING:
		return LIVE_FILE_FAILING;
	default:
		return LIVE_FILES;
	}
}

static void translate_mmap(const struct op *op, struct live_op *ret)
{
	static const uint8_t places[] = {
		[MMAP_FIXED] = LIVE_FIXED,
		[MMAP_NOREPLACE] = LIVE_NOREPLACE,
		[MMAP_HINT] = LIVE_HINT,
		[MMAP_ANYWHERE] = LIVE_ANYWHERE,
	};

	ret->kind = LIVE_MMAP;
	ret->how = places[op->how % sizeof(places)];
	ret->file = live_file(op->file);
	ret->flags = op->map_flags & ~UINT32_C(0x20) /* MAP_ANONYMOUS: `file` says it */;
	ret->number = op->pgoff;
	if (op->how == MMAP_ANYWHERE)
		ret->addr = LIVE_WINDOW;
	if (ret->file == LIVE_FILES) {
		ret->file = LIVE_FILE_ANON;
		ret->skip = LIVE_SKIP_FILE;
	}
}

static void translate_limit(const struct op *op, struct live_op *ret)
{
	static const uint8_t hows[] = {
		[LIMIT_ABSOLUTE] = LIVE_LIMIT_ABSOLUTE,
		[LIMIT_ABOVE] = LIVE_LIMIT_ABOVE,
		[LIMIT_BELOW] = LIVE_LIMIT_BELOW,
	};

	ret->kind = LIVE_LIMIT;
	ret->how = hows[op->how % sizeof(hows)];
	ret->number = op->nodes;
}

static void translate_advice(const struct op *op, struct live_op *ret)
{
	ret->kind = LIVE_MADVISE;
	ret->advice = op->advice;
	if (op->kind == OP_GUARD_INSTALL)
		ret->advice = ADVICE_GUARD_INSTALL;
	if (op->kind == OP_GUARD_REMOVE)
		ret->advice = ADVICE_GUARD_REMOVE;
}

static void translate_mremap(const struct program *program, const struct op *op,
			     struct live_op *ret)
{
	ret->kind = LIVE_MREMAP;
	ret->flags = op->map_flags;
	ret->newlen = op->has_len ? place_length(op->newlen) : ret->len;
	ret->dest = op->has_dest ? place_address(&program->settings, op->dest) : 0;
	if (op->maymove || op->how != MREMAP_RESIZE)
		ret->flags |= MOVE_MAY;
	if (op->how == MREMAP_TO)
		ret->flags |= MOVE_FIXED;
	if (op->dontunmap)
		ret->flags |= MOVE_DONTUNMAP;
}

/* What needs no more than the numbers that live_translate() copies for all. */
static uint8_t plain_kind(uint8_t kind)
{
	static const uint8_t kinds[OP_KINDS] = {
		[OP_MUNMAP] = LIVE_MUNMAP + 1,
		[OP_MPROTECT] = LIVE_MPROTECT + 1,
		[OP_MUNLOCK] = LIVE_MUNLOCK + 1,
		[OP_MUNLOCKALL] = LIVE_MUNLOCKALL + 1,
		[OP_BRK] = LIVE_BRK + 1,
		[OP_HOME_NODE] = LIVE_HOME_NODE + 1,
		[OP_NAME] = LIVE_NAME + 1,
		[OP_UFFD_UNREGISTER] = LIVE_UFFD_UNREGISTER + 1,
		[OP_UFFD_CLOSE] = LIVE_UFFD_CLOSE + 1,
		[OP_CLEAR_SOFTDIRTY] = LIVE_CLEAR_SOFTDIRTY + 1,
		[OP_KSM] = LIVE_KSM + 1,
		[OP_RLIMIT] = LIVE_RLIMIT + 1,
		[OP_FORK] = LIVE_FORK + 1,
		[OP_EXIT] = LIVE_EXIT + 1,
	};

	return kind < OP_KINDS && kinds[kind] ? kinds[kind] - 1 : LIVE_NOTHING;
}

static void translate_kind(const struct program *program, const struct op *op, struct live_op *ret)
{
	switch (op->kind) {
	case OP_MMAP:
		translate_mmap(op, ret);
		break;
	case OP_MADVISE:
	case OP_GUARD_INSTALL:
	case OP_GUARD_REMOVE:
		translate_advice(op, ret);
		break;
	case OP_TOUCH:
		ret->kind = LIVE_TOUCH;
		ret->how = op->touch_write;
		break;
	case OP_MLOCK:
	case OP_MLOCKALL:
		ret->kind = op->kind == OP_MLOCK ? LIVE_MLOCK : LIVE_MLOCKALL;
		ret->flags = op->mode;
		break;
	case OP_MSEAL:
		ret->kind = LIVE_MSEAL;
		ret->flags = op->map_flags;
		break;
	case OP_MREMAP:
		translate_mremap(program, op, ret);
		break;
	case OP_MBIND:
	case OP_UFFD_REGISTER:
		ret->kind = op->kind == OP_MBIND ? LIVE_MBIND : LIVE_UFFD_REGISTER;
		ret->flags = op->mode;
		break;
	case OP_REMAP_FILE_PAGES:
		ret->kind = LIVE_REMAP_FILE_PAGES;
		ret->number = op->pgoff;
		break;
	case OP_LIMIT:
		translate_limit(op, ret);
		break;
	default:
		ret->kind = plain_kind(op->kind);
		ret->skip = ret->kind == LIVE_NOTHING ? LIVE_SKIP_KIND : LIVE_SKIP_NONE;
		break;
	}
}

void live_translate(const struct program *program, const struct op *op, struct live_op *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->space = op->space;
	ret->prot = op->prot;
	ret->addr = place_address(&program->settings, op->addr);
	ret->len = place_length(op->len);
	ret->number = op->nodes;
	ret->how = op->how;
	ret->name = op->name;
	ret->context = op->context % LIVE_CONTEXTS;
	ret->features = (uint8_t)op->features;
	translate_kind(program, op, ret);
	if (op->alloc_nth && !ret->skip)
		ret->skip = LIVE_SKIP_ALLOC;
}

void live_name_codes(struct live_request *request, bool onfault_named)
{
#define CODE(bit, code, text) #code,
	static const char codes[][3] = { VM_FLAG_CODES(CODE) };
#undef CODE
	uint32_t i;

	_Static_assert(VM_FLAG_COUNT <= LIVE_CODES_MAX, "every code has a place");
	request->codes = VM_FLAG_COUNT;
	for (i = 0; i < VM_FLAG_COUNT; i++)
		memcpy(request->code[i], codes[i], 2);
	if (!onfault_named)
		memcpy(request->code[FLAG_lf], "??", 2);
}

static uint32_t named_file(const struct live_machine *machine, const struct live_vma *vma)
{
	/* plain2 is the inode of plain; which open file it was cannot be seen. */
	static const uint8_t files[][2] = {
		{ LIVE_FILE_PLAIN, FILE_PLAIN },
		{ LIVE_FILE_OTHER, FILE_OTHER },
		{ LIVE_FILE_READONLY, FILE_READONLY },
		{ LIVE_FILE_ZERO, FILE_ZERO },
	};
	uint32_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (machine->file[files[i][0]].device == vma->device &&
		    machine->file[files[i][0]].inode == vma->inode)
			return files[i][1];
	return 0;
}

/* Objects are few and the newest are looked for most. */
static uint32_t object_number(struct live *live, const struct live_vma *vma)
{
	struct live_object *object;
	uint32_t i;

	for (i = live->objects; i > 0; i--) {
		object = &live->object[i - 1];
		if (object->device == vma->device && object->inode == vma->inode)
			return SEEN_OBJECT + i - 1;
	}
	if (live->objects == LIVE_OPS_MAX)
		return SEEN_OBJECT + LIVE_OPS_MAX;
	live->object[live->objects++] = (struct live_object){ vma->device, vma->inode };
	return SEEN_OBJECT + live->objects - 1;
}

void live_number_files(struct live *live)
{
	struct live_shared *shared = live->process->shared;
	struct live_layout *layout;
	struct live_vma *vma;
	uint32_t at = 0, i;

	live->objects = 0;
	/* Layouts lie in the arena in the order in which they were seen. */
	while (at < shared->arena_used) {
		layout = (struct live_layout *)(void *)(shared->arena + at);
		for (i = 0; i < layout->vmas; i++) {
			vma = &layout->vma[i];
			if (!vma->device)
				continue;
			vma->file = named_file(&shared->machine, vma);
			if (!vma->file)
				vma->file = object_number(live, vma);
		}
		at += (uint32_t)(sizeof(*layout) + layout->vmas * sizeof(*vma));
		if (layout->guards)
			at += (uint32_t)live_guard_bytes(live->pages);
	}
}
