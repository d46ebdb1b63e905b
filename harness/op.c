/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs in memory: making, emptying and comparing them, and what a place stands for.
 */
#include "op_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* More lines of expectations than any layout of a full program needs; bounds memory. */
#define EXPECTATIONS_MAX 65536u

static void settings_init(struct settings *settings)
{
	*settings = (struct settings){
		.pages = 64,
		.limit = 65530,
		.profile = PROFILE_7_3,
		.overcommit = OVERCOMMIT_GUESS,
	};
	for (int i = 0; i < PROGRAM_RLIMITS; i++)
		settings->rlimit[i] = RLIMIT_NONE;
}

void program_init(struct program *program)
{
	*program = (struct program){ 0 };
	settings_init(&program->settings);
}

void program_done(struct program *program)
{
	free(program->ops);
	free(program->expectations);
	free(program->lines);
	free(program->names);
	program_init(program);
}

void program_reset(struct program *program)
{
	settings_init(&program->settings);
	program->op_count = 0;
	program->expectation_count = 0;
	program->line_count = 0;
	program->name_count = 0;
}

/* Room for one more element; on failure the array stands as it was. */
static int grow(void **array, uint32_t *capacity, uint32_t count, size_t element)
{
	uint32_t wanted = *capacity ? *capacity * 2 : 16;
	void *bigger;

	if (count < *capacity)
		return 0;
	bigger = realloc(*array, wanted * element);
	if (!bigger)
		return -ENOMEM;
	*array = bigger;
	*capacity = wanted;
	return 0;
}

int program_add_op(struct program *program, const struct op *op)
{
	struct op copy;
	void *array = program->ops;
	int error;

	if (program->op_count >= PROGRAM_OPS_MAX)
		return -E2BIG;
	if (program->op_count < program->op_capacity) {
		program->ops[program->op_count++] = *op;
		return 0;
	}
	copy = *op; /* op may point into the array that grow() moves */
	error = grow(&array, &program->op_capacity, program->op_count, sizeof(*program->ops));
	if (error)
		return error;
	program->ops = array;
	program->ops[program->op_count++] = copy;
	return 0;
}

int program_add_expectation(struct program *program, const struct expectation *expectation)
{
	struct expectation copy = *expectation;
	void *array = program->expectations;
	int error;

	if (program->expectation_count >= EXPECTATIONS_MAX)
		return -E2BIG;
	error = grow(&array, &program->expectation_capacity, program->expectation_count,
		     sizeof(*program->expectations));
	if (error)
		return error;
	program->expectations = array;
	program->expectations[program->expectation_count++] = copy;
	return 0;
}

int program_add_expect_vma(struct program *program, const struct expect_vma *line)
{
	struct expect_vma copy = *line;
	void *array = program->lines;
	int error;

	if (program->line_count >= EXPECTATIONS_MAX)
		return -E2BIG;
	error = grow(&array, &program->line_capacity, program->line_count, sizeof(*program->lines));
	if (error)
		return error;
	program->lines = array;
	program->lines[program->line_count++] = copy;
	return 0;
}

int program_add_name(struct program *program, const char *name)
{
	void *array = program->names;
	int error;

	if (strlen(name) >= sizeof(*program->names))
		return -EINVAL;
	for (uint32_t i = 0; i < program->name_count; i++)
		if (!strcmp(program->names[i], name))
			return (int)i + 1;
	if (program->name_count >= PROGRAM_OPS_MAX)
		return -E2BIG;
	error = grow(&array, &program->name_capacity, program->name_count, sizeof(*program->names));
	if (error)
		return error;
	program->names = array;
	memset(program->names[program->name_count], 0, sizeof(*program->names));
	memcpy(program->names[program->name_count], name, strlen(name));
	return (int)++program->name_count;
}

int program_copy(struct program *to, const struct program *from)
{
	int error = 0;

	program_reset(to);
	to->settings = from->settings;
	for (uint32_t i = 0; !error && i < from->op_count; i++)
		error = program_add_op(to, &from->ops[i]);
	for (uint32_t i = 0; !error && i < from->expectation_count; i++)
		error = program_add_expectation(to, &from->expectations[i]);
	for (uint32_t i = 0; !error && i < from->line_count; i++)
		error = program_add_expect_vma(to, &from->lines[i]);
	for (uint32_t i = 0; error >= 0 && i < from->name_count; i++)
		error = program_add_name(to, from->names[i]);
	return error < 0 ? error : 0;
}

void program_remove_ops(struct program *program, uint32_t first, uint32_t count)
{
	memmove(&program->ops[first], &program->ops[first + count],
		(program->op_count - first - count) * sizeof(*program->ops));
	program->op_count -= count;
	for (uint32_t i = 0; i < program->expectation_count; i++) {
		struct expectation *stated = &program->expectations[i];

		if (stated->after > first)
			stated->after -=
				stated->after - first < count ? stated->after - first : count;
	}
}

void program_forget_text(struct program *program)
{
	program->expectation_count = 0;
	program->line_count = 0;
	for (uint32_t i = 0; i < program->op_count; i++) {
		if (program->ops[i].result_form == RESULT_UNSTATED)
			continue;
		program->ops[i].result_form = RESULT_UNSTATED;
		program->ops[i].result_errno = 0;
		program->ops[i].result = (struct place){ 0 };
	}
}

uint64_t place_length(struct place place)
{
	if (place.base == PLACE_RAW)
		return place.raw;
	return (uint64_t)(int64_t)place.pages * PAGE_BYTES + place.bytes;
}

uint64_t place_address(const struct settings *settings, struct place place)
{
	if (place.base == PLACE_RAW)
		return place.raw;
	if (place.base == PLACE_TOP)
		return PROGRAM_BASE + settings->pages * PAGE_BYTES + place_length(place);
	return PROGRAM_BASE + place_length(place);
}

struct place place_page(int32_t page)
{
	struct place place;

	/* Field by field: a sanitizer would have the whole cleared by a call. */
	place.base = PLACE_PAGE;
	place.pages = page;
	place.bytes = 0;
	place.raw = 0;
	return place;
}

struct place place_raw(uint64_t raw)
{
	return (struct place){ .base = PLACE_RAW, .raw = raw };
}

static struct place place_normalize(struct place place)
{
	if (place.base == PLACE_RAW)
		return place_raw(place.raw);
	place.raw = 0;
	return place;
}

static void normalize_places(const struct op *op, struct op *ret)
{
	if (op_has(op, FIELD_PLACED) || op_has(op, FIELD_RANGE)) {
		ret->addr = place_normalize(op->addr);
		ret->len = place_normalize(op->len);
	}
	if (op_has(op, FIELD_PLACED)) {
		ret->how = op->how;
		if (op->how == MMAP_ANYWHERE)
			ret->addr = place_raw(0);
	}
	if (op_has(op, FIELD_ADDRESS))
		ret->addr = place_normalize(op->addr);
	if (!op_has(op, FIELD_MOVE))
		return;
	ret->how = op->how;
	ret->maymove = op->how == MREMAP_RESIZE && op->maymove;
	ret->dontunmap = op->how == MREMAP_KEEP || (op->how == MREMAP_TO && op->dontunmap);
	ret->has_len = op->how == MREMAP_RESIZE || (op->how == MREMAP_TO && op->has_len);
	ret->has_dest = op->how == MREMAP_TO || (op->how == MREMAP_KEEP && op->has_dest);
	ret->map_flags = op->map_flags & ~PROGRAM_MREMAP_IMPLIED;
	if (ret->has_len)
		ret->newlen = place_normalize(op->newlen);
	if (ret->has_dest)
		ret->dest = place_normalize(op->dest);
}

static void normalize_numbers(const struct op *op, struct op *ret)
{
	if (op_has(op, FIELD_PROT))
		ret->prot = op->prot;
	if (op_has(op, FIELD_BACKING)) {
		ret->file = op->file;
		ret->pgoff = op->file ? op->pgoff : 0;
		ret->map_flags = op->map_flags & ~PROGRAM_MAP_IMPLIED;
		if (!op->file)
			ret->map_flags |= PROGRAM_MAP_ANONYMOUS;
	}
	if (op_has(op, FIELD_ADVICE))
		ret->advice = op->advice;
	if (op_has(op, FIELD_ACCESS))
		ret->touch_write = op->touch_write;
	if (op_has(op, FIELD_LOCK) || op_has(op, FIELD_LOCKALL) || op_has(op, FIELD_POLICY) ||
	    op_has(op, FIELD_MODES))
		ret->mode = op->mode;
	if (op_has(op, FIELD_LOCK))
		ret->how = op->mode & 1;
	if (op_has(op, FIELD_SEAL))
		ret->map_flags = op->map_flags;
	if (op_has(op, FIELD_POLICY) || op_has(op, FIELD_NODE) || op_has(op, FIELD_DISTANCE) ||
	    op_has(op, FIELD_RLIMIT) || op_has(op, FIELD_LIMIT))
		ret->nodes = op->nodes;
	if (op_has(op, FIELD_RLIMIT) || op_has(op, FIELD_LIMIT) || op_has(op, FIELD_SWITCH) ||
	    op_has(op, FIELD_EXEC))
		ret->how = op->how;
	if (op_has(op, FIELD_NAME))
		ret->name = op->name;
	if (op_has(op, FIELD_CONTEXT))
		ret->context = op->context;
	if (op_has(op, FIELD_MODES))
		ret->features = op->features;
	if (op_has(op, FIELD_OFFSET))
		ret->pgoff = op->pgoff;
}

struct op op_normalize(const struct op *op)
{
	struct op ret = {
		.kind = op->kind,
		.space = op->space,
		.alloc_nth = op->alloc_nth,
		.alloc_onward = op->alloc_nth && op->alloc_onward,
		.result_form = op->result_form,
		.line = op->line,
	};

	normalize_places(op, &ret);
	normalize_numbers(op, &ret);
	if (op->result_form == RESULT_ERRNO)
		ret.result_errno = op->result_errno;
	if (op->result_form == RESULT_VALUE)
		ret.result = place_normalize(op->result);
	return ret;
}

static bool place_equal(struct place a, struct place b)
{
	return a.base == b.base && a.pages == b.pages && a.bytes == b.bytes && a.raw == b.raw;
}

static bool name_equal(const struct program *a, uint16_t name_a, const struct program *b,
		       uint16_t name_b)
{
	if (!name_a || !name_b)
		return name_a == name_b;
	return !strcmp(a->names[name_a - 1], b->names[name_b - 1]);
}

bool op_equal_but_name(const struct op *op_a, const struct op *op_b)
{
	struct op a = op_normalize(op_a);
	struct op b = op_normalize(op_b);

	return a.kind == b.kind && a.space == b.space && a.how == b.how && a.file == b.file &&
	       a.alloc_onward == b.alloc_onward && a.maymove == b.maymove &&
	       a.dontunmap == b.dontunmap && a.has_len == b.has_len && a.has_dest == b.has_dest &&
	       a.touch_write == b.touch_write && a.context == b.context &&
	       a.alloc_nth == b.alloc_nth && a.prot == b.prot && a.map_flags == b.map_flags &&
	       a.advice == b.advice && a.mode == b.mode && a.features == b.features &&
	       a.nodes == b.nodes && a.pgoff == b.pgoff && a.result_form == b.result_form &&
	       a.result_errno == b.result_errno && place_equal(a.addr, b.addr) &&
	       place_equal(a.len, b.len) && place_equal(a.dest, b.dest) &&
	       place_equal(a.newlen, b.newlen) && place_equal(a.result, b.result);
}

bool settings_equal(const struct settings *a, const struct settings *b)
{
	for (int i = 0; i < PROGRAM_RLIMITS; i++)
		if (a->rlimit[i] != b->rlimit[i])
			return false;
	if (a->quirks == SETTING_ON && b->quirks == SETTING_ON && a->quirk_rows != b->quirk_rows)
		return false;
	if (a->overcommit == OVERCOMMIT_NEVER && a->commit_limit != b->commit_limit)
		return false;
	return a->pages == b->pages && a->limit == b->limit && a->profile == b->profile &&
	       a->profiles == b->profiles && a->profile_any == b->profile_any &&
	       a->quirks == b->quirks && a->gap == b->gap && a->overcommit == b->overcommit &&
	       a->softdirty == b->softdirty && a->anon_names == b->anon_names &&
	       a->ipc_lock == b->ipc_lock;
}

static bool expect_vma_equal(const struct expect_vma *a, const struct expect_vma *b)
{
	if (a->start != b->start || a->end != b->end || a->prot != b->prot || a->kind != b->kind ||
	    a->file != b->file || a->has_fault != b->has_fault || a->has_anon != b->has_anon ||
	    a->has_off != b->has_off || a->has_flags != b->has_flags ||
	    a->has_policy != b->has_policy || a->has_name != b->has_name ||
	    a->has_uffd != b->has_uffd)
		return false;
	return (!a->has_fault || a->fault == b->fault) && (!a->has_anon || a->anon == b->anon) &&
	       (!a->has_off || a->off == b->off) && (!a->has_flags || a->flags == b->flags) &&
	       (!a->has_policy || !strcmp(a->policy, b->policy)) &&
	       (!a->has_name || !strcmp(a->name, b->name)) && (!a->has_uffd || a->uffd == b->uffd);
}

static bool expectations_equal(const struct program *a, const struct program *b)
{
	if (a->expectation_count != b->expectation_count || a->line_count != b->line_count)
		return false;
	for (uint32_t i = 0; i < a->expectation_count; i++) {
		const struct expectation *x = &a->expectations[i], *y = &b->expectations[i];

		if (x->after != y->after || x->form != y->form || x->space != y->space)
			return false;
		if (x->form == EXPECT_COUNT && x->count != y->count)
			return false;
		if (x->form == EXPECT_LAYOUT && (x->first != y->first || x->vmas != y->vmas))
			return false;
	}
	for (uint32_t i = 0; i < a->line_count; i++)
		if (!expect_vma_equal(&a->lines[i], &b->lines[i]))
			return false;
	return true;
}

bool program_equal(const struct program *a, const struct program *b)
{
	if (!settings_equal(&a->settings, &b->settings) || a->op_count != b->op_count)
		return false;
	for (uint32_t i = 0; i < a->op_count; i++)
		if (!op_equal_but_name(&a->ops[i], &b->ops[i]) ||
		    (op_has(&a->ops[i], FIELD_NAME) &&
		     !name_equal(a, a->ops[i].name, b, b->ops[i].name)))
			return false;
	return expectations_equal(a, b);
}

bool op_modifies(const struct op *op)
{
	switch (op->kind) {
	case OP_MPROTECT:
	case OP_MADVISE:
	case OP_MLOCK:
	case OP_MUNLOCK:
	case OP_MLOCKALL:
	case OP_MUNLOCKALL:
	case OP_MSEAL:
	case OP_MBIND:
	case OP_HOME_NODE:
	case OP_NAME:
	case OP_UFFD_REGISTER:
	case OP_UFFD_UNREGISTER:
	case OP_UFFD_CLOSE:
		return true;
	default:
		return false;
	}
}
