/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the model says, in the harness's words. This file translates and numbers; it decides
 * nothing about memory.
 */
#include "oracle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flagmap.h"
#include "model.h"
#include "policy.h"
#include "settings.h"
#include "world.h"

#define MAP_FIXED_FLAG 0x10u
#define MAP_FIXED_NOREPLACE_FLAG 0x100000u
#define MREMAP_MAYMOVE_FLAG 1u
#define MREMAP_FIXED_FLAG 2u
#define MREMAP_DONTUNMAP_FLAG 4u
#define MADV_GUARD_INSTALL_ADVICE 102u
#define MADV_GUARD_REMOVE_ADVICE 103u

_Static_assert((int)MODEL_EVENT_NO_SLOTS == (int)EVENT_INSUFFICIENT_SLOTS, "events in one order");
_Static_assert((int)MODEL_7_3 == (int)PROFILE_7_3 && (int)MODEL_6_1 == (int)PROFILE_6_1,
	       "profiles in one order");
_Static_assert(MODEL_PAGES_MAX >= PROGRAM_PAGES_MAX && MODEL_SPACES == PROGRAM_SPACES,
	       "the model is large enough");

/*
 * Identities by first appearance. An entry counts only if its round is this observation's,
 * so nothing is cleared between two observations.
 */
struct identity {
	uint32_t round, number;
};

struct identities {
	struct identity *entry;
	uint32_t capacity, round, next;
};

/* Spaces alive, by number, ascending. */
struct living {
	unsigned int number[PROGRAM_SPACES];
	unsigned int count;
};

struct oracle {
	struct model *model, *saved;
	struct living living, saved_living;
	uint64_t base_page;
	uint32_t pages;
	uint64_t virtual_mask; /* all ones in profiles that have virtual offsets */
	struct identities owners, objects;
	struct flagmap flagmap;
	struct model_file file[WORLD_FILES];
	struct model_run run[MODEL_PAGES_MAX];
};

static void describe_files(struct oracle *oracle)
{
	for (unsigned int i = 1; i < WORLD_FILES; i++) {
		const struct world_driver *driver = &world_drivers[i];

		oracle->file[i] = (struct model_file){
			.inode = driver->inode,
			.open_for_write = driver->open_for_write,
			.own_object_per_map = driver->own_object_per_map,
			.zero_device = driver->zero_device,
			.legacy_hook = driver->legacy_hook,
			.prepare_hook = driver->prepare_hook,
			.hook_attributes = attributes_from_flags(driver->hook_flags),
			.hook_offset = driver->hook_offset,
			.hook_error = driver->hook_error,
			.prepare_error = driver->prepare_error,
			.odd_offset_closes = driver->odd_offset_closes,
			.mapped_hook = driver->mapped_hook,
			.mapped_error = driver->mapped_error,
			.opens = driver->opens,
			.closes = driver->closes,
			.asks_split = driver->asks_split,
			.split_error = driver->split_error,
			.moves = driver->moves,
			.move_error = driver->move_error,
			.asks_protect = driver->asks_protect,
			.protect_exec_error = driver->protect_exec_error,
			.sets_policy = driver->sets_policy,
		};
	}
}

struct oracle *oracle_new(void)
{
	struct oracle *oracle = calloc(1, sizeof(*oracle));

	if (!oracle)
		return NULL;
	oracle->model = model_new();
	if (!oracle->model) {
		oracle_free(oracle);
		return NULL;
	}
	flagmap_init(&oracle->flagmap);
	describe_files(oracle);
	return oracle;
}

void oracle_free(struct oracle *oracle)
{
	if (!oracle)
		return;
	if (oracle->model)
		model_free(oracle->model);
	if (oracle->saved)
		model_free(oracle->saved);
	free(oracle->owners.entry);
	free(oracle->objects.entry);
	free(oracle);
}

void oracle_begin(struct oracle *oracle, const struct settings *settings)
{
	const struct model_settings wanted = {
		.base = PROGRAM_BASE,
		.pages = settings->pages,
		.limit = settings->limit,
		.gap = settings->gap,
		.profile = (enum model_profile)settings->profile,
		.quirks = settings_quirk_rows(settings),
		.limit_as = settings->rlimit[PROGRAM_RLIMIT_AS],
		.limit_data = settings->rlimit[PROGRAM_RLIMIT_DATA],
		.limit_stack = settings->rlimit[PROGRAM_RLIMIT_STACK],
		.limit_memlock = settings->rlimit[PROGRAM_RLIMIT_MEMLOCK],
		.commit_limited = settings->overcommit == OVERCOMMIT_NEVER,
		.commit_always = settings->overcommit == OVERCOMMIT_ALWAYS,
		.commit_limit = settings->commit_limit,
		.soft_dirty = settings->softdirty == SETTING_ON,
		.names = settings->anon_names == SETTING_ON,
		.lock_privilege = settings->ipc_lock == SETTING_ON,
	};

	oracle->base_page = PROGRAM_BASE / PAGE_BYTES;
	oracle->pages = settings->pages;
	oracle->virtual_mask = settings->profile == PROFILE_7_3 ? UINT64_MAX : 0;
	oracle->living = (struct living){ .number = { 0 }, .count = 1 };
	model_begin(oracle->model, &wanted, oracle->file, WORLD_FILES);
}

static bool is_alive(const struct oracle *oracle, unsigned int space)
{
	for (unsigned int i = 0; i < oracle->living.count; i++)
		if (oracle->living.number[i] == space)
			return true;
	return false;
}

static void space_ends(struct oracle *oracle, unsigned int space)
{
	struct living *living = &oracle->living;
	unsigned int kept = 0;

	for (unsigned int i = 0; i < living->count; i++)
		if (living->number[i] != space)
			living->number[kept++] = living->number[i];
	living->count = kept;
}

static uint32_t wanted_limit(const struct oracle *oracle, const struct op *op)
{
	struct model_counters now;
	int64_t limit = op->nodes > UINT32_MAX ? (int64_t)UINT32_MAX : (int64_t)op->nodes;

	if (op->how != LIMIT_ABSOLUTE) {
		model_count(oracle->model, op->space, &now);
		limit = op->how == LIMIT_ABOVE ? now.areas + limit : now.areas - limit;
	}
	if (limit < 0)
		return 0;
	return limit > (int64_t)UINT32_MAX ? UINT32_MAX : (uint32_t)limit;
}

static int64_t apply_mmap(struct model *model, const struct program *program, const struct op *op)
{
	uint64_t address = place_address(&program->settings, op->addr);
	uint32_t flags = op->map_flags;

	if (op->how == MMAP_FIXED)
		flags |= MAP_FIXED_FLAG;
	else if (op->how == MMAP_NOREPLACE)
		flags |= MAP_FIXED_NOREPLACE_FLAG;
	else if (op->how == MMAP_ANYWHERE)
		address = 0;
	return model_mmap(model, op->space, address, place_length(op->len), op->prot, flags,
			  op->file, op->pgoff);
}

static int64_t apply_fork(struct oracle *oracle, const struct op *op)
{
	int64_t child = model_fork(oracle->model, op->space);

	if (child < 0)
		return child;
	oracle->living.number[oracle->living.count++] = (unsigned int)child;
	return 0;
}

static int64_t apply_exit(struct oracle *oracle, const struct op *op)
{
	int64_t result = model_exit(oracle->model, op->space);

	space_ends(oracle, op->space);
	return result;
}

static int64_t apply_mremap(struct model *model, const struct program *program, const struct op *op)
{
	const struct settings *settings = &program->settings;
	uint64_t length = place_length(op->len), wanted = length, target = 0;
	uint32_t flags = op->map_flags;

	if (op->has_len)
		wanted = place_length(op->newlen);
	if (op->has_dest)
		target = place_address(settings, op->dest);
	if (op->maymove || op->how != MREMAP_RESIZE)
		flags |= MREMAP_MAYMOVE_FLAG;
	if (op->how == MREMAP_TO)
		flags |= MREMAP_FIXED_FLAG;
	if (op->dontunmap)
		flags |= MREMAP_DONTUNMAP_FLAG;
	return model_mremap(model, op->space, place_address(settings, op->addr), length, wanted,
			    flags, target);
}

static int64_t apply_name(struct model *model, const struct program *program, const struct op *op)
{
	const char *text = op->name ? program->names[op->name - 1] : NULL;

	return model_name(model, op->space, place_address(&program->settings, op->addr),
			  place_length(op->len), text, op->name);
}

/* Ranges that are locked, sealed, given a policy or a context, or made by the kernel. */
static int64_t apply_range_more(struct oracle *oracle, const struct program *program,
				const struct op *op)
{
	struct model *model = oracle->model;
	uint64_t address = place_address(&program->settings, op->addr);
	uint64_t length = place_length(op->len);

	switch (op->kind) {
	case OP_MLOCK:
		return model_mlock(model, op->space, address, length, op->mode);
	case OP_MUNLOCK:
		return model_munlock(model, op->space, address, length);
	case OP_MSEAL:
		return model_mseal(model, op->space, address, length, op->map_flags);
	case OP_MBIND:
		return model_mbind(model, op->space, address, length, op->mode, op->nodes);
	case OP_HOME_NODE:
		return model_home_node(model, op->space, address, length, op->nodes);
	case OP_UFFD_REGISTER:
		return model_trap_register(model, op->space, op->context, address, length, op->mode,
					   op->features);
	case OP_UFFD_UNREGISTER:
		return model_trap_unregister(model, op->space, op->context, address, length);
	case OP_REMAP_FILE_PAGES:
		return model_remap_file_pages(model, op->space, address, length, op->pgoff);
	case OP_SPECIAL:
		return model_special(model, op->space, address, length);
	case OP_RELOCATE_DOWN:
		return model_relocate_down(model, op->space, address, length, op->nodes);
	case OP_VM_BRK:
		return model_vm_brk(model, op->space, address, length, op->how);
	default:
		return -ENOSYS;
	}
}

/* Operations on a range of addresses. */
static int64_t apply_range(struct oracle *oracle, const struct program *program,
			   const struct op *op)
{
	struct model *model = oracle->model;
	uint64_t address = place_address(&program->settings, op->addr);
	uint64_t length = place_length(op->len);

	switch (op->kind) {
	case OP_MUNMAP:
		return model_munmap(model, op->space, address, length);
	case OP_MPROTECT:
		return model_mprotect(model, op->space, address, length, op->prot);
	case OP_MADVISE:
		return model_madvise(model, op->space, address, length, op->advice);
	case OP_GUARD_INSTALL:
		return model_madvise(model, op->space, address, length, MADV_GUARD_INSTALL_ADVICE);
	case OP_GUARD_REMOVE:
		return model_madvise(model, op->space, address, length, MADV_GUARD_REMOVE_ADVICE);
	case OP_TOUCH:
		return model_touch(model, op->space, address, length, op->touch_write);
	default:
		return apply_range_more(oracle, program, op);
	}
}

static int64_t dispatch(struct oracle *oracle, const struct program *program, const struct op *op)
{
	struct model *model = oracle->model;

	switch (op->kind) {
	case OP_MMAP:
		return apply_mmap(model, program, op);
	case OP_FORK:
		return apply_fork(oracle, op);
	case OP_EXIT:
		return apply_exit(oracle, op);
	case OP_LIMIT:
		return model_set_limit(model, wanted_limit(oracle, op));
	case OP_MREMAP:
		return apply_mremap(model, program, op);
	case OP_BRK:
		return model_brk(model, op->space, place_address(&program->settings, op->addr));
	case OP_NAME:
		return apply_name(model, program, op);
	case OP_MLOCKALL:
		return model_mlockall(model, op->space, op->mode);
	case OP_MUNLOCKALL:
		return model_munlockall(model, op->space);
	case OP_UFFD_CLOSE:
		return model_trap_close(model, op->space, op->context);
	case OP_EXEC_STACK:
		return model_exec_stack(model, op->space,
					place_address(&program->settings, op->addr));
	case OP_CLEAR_SOFTDIRTY:
		return model_clear_soft_dirty(model, op->space);
	case OP_KSM:
		return model_samepage(model, op->space, op->how);
	case OP_RLIMIT:
		return model_set_rlimit(model, op->space, op->how, op->nodes);
	default:
		return apply_range(oracle, program, op);
	}
}

const char *oracle_refuses(const struct oracle *oracle, const struct op *op)
{
	(void)oracle;
	return op->kind < OP_KINDS ? NULL : "model does not know this operation";
}

/* Which operations answer with an address. */
static bool answers_address(uint8_t kind)
{
	return kind == OP_MMAP || kind == OP_MREMAP || kind == OP_BRK;
}

/* Appends the events of the model's last operation. */
static void copy_events(const struct oracle *oracle, struct observation *expect)
{
	const struct model_event *from;
	size_t count = model_events(oracle->model, &from);

	for (size_t i = 0; i < count && expect->events < SEEN_EVENTS_MAX; i++)
		expect->event[expect->events++] = (struct seen_event){
			.kind = from[i].kind,
			.space = from[i].space,
			.file = from[i].file,
			.start = from[i].start,
			.end = from[i].end,
			.at = from[i].at,
		};
}

void oracle_apply(struct oracle *oracle, const struct program *program, uint32_t index,
		  struct observation *expect)
{
	const struct op *op = &program->ops[index];
	int64_t value;

	expect->events = 0;
	expect->alloc_failed = 0;
	expect->result = (struct seen_result){ .form = RESULT_NOOP };
	if (!is_alive(oracle, op->space) ||
	    (op->kind == OP_FORK && oracle->living.count == PROGRAM_SPACES)) {
		model_fail_at(oracle->model, 0, false);
		return;
	}
	value = dispatch(oracle, program, op);
	if (value < 0 && value >= -4095) {
		expect->result.form = RESULT_ERRNO;
		expect->result.error = (int32_t)-value;
	} else {
		expect->result.form = RESULT_VALUE;
		if (answers_address(op->kind))
			expect->result.value = (uint64_t)value - PROGRAM_BASE;
	}
	copy_events(oracle, expect);
}

static void identities_begin(struct identities *ids)
{
	ids->next = 0;
	if (++ids->round)
		return;
	/* Every stamp is as old as the counter is wide: start over. */
	if (ids->entry)
		memset(ids->entry, 0, ids->capacity * sizeof(*ids->entry));
	ids->round = 1;
}

static int identities_grow(struct identities *ids, uint32_t id)
{
	uint32_t capacity = ids->capacity ? ids->capacity : 256;
	struct identity *entry;

	while (capacity <= id) {
		if (capacity > UINT32_MAX / 2)
			return -ENOMEM;
		capacity *= 2;
	}
	entry = realloc(ids->entry, capacity * sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	memset(entry + ids->capacity, 0, (capacity - ids->capacity) * sizeof(*entry));
	ids->entry = entry;
	ids->capacity = capacity;
	return 0;
}

/* The number (from 1) of an identity that is not 0; UINT32_MAX without memory. */
static inline uint32_t identity_number(struct identities *ids, uint32_t id)
{
	if (id >= ids->capacity && identities_grow(ids, id))
		return UINT32_MAX;
	if (ids->entry[id].round != ids->round)
		ids->entry[id] = (struct identity){ .round = ids->round, .number = ++ids->next };
	return ids->entry[id].number;
}

static uint16_t shown_policy(const struct oracle *oracle, uint16_t policy)
{
	uint32_t mode = 0;
	uint64_t nodes = 0;
	int home = POLICY_NO_HOME;

	/* A number nobody knows is shown as it is: it will not equal anything. */
	if (!model_policy(oracle->model, policy, &mode, &nodes, &home))
		return policy;
	return policy_number(mode, nodes, home);
}

/* One area in the harness's words. False without memory for its identities. */
static inline bool observe_run(struct oracle *oracle, const struct model_run *run,
			       struct seen_vma *vma)
{
	vma->start = run->start;
	vma->end = run->end;
	vma->flags = flagmap_flags(&oracle->flagmap, run->attributes);
	vma->pgoff = run->offset;
	vma->virt_pgoff = (run->anon_offset - oracle->base_page) & oracle->virtual_mask;
	vma->anon = 0;
	vma->file = run->file;
	vma->chain = 0;
	vma->uffd = run->context;
	vma->policy = run->policy ? shown_policy(oracle, run->policy) : 0;
	vma->name = run->name;
	if (run->owner) {
		vma->anon = identity_number(&oracle->owners, run->owner);
		vma->chain = run->forked ? 2 : 1;
		if (vma->anon == UINT32_MAX)
			return false;
	}
	if (run->object) {
		uint32_t number = identity_number(&oracle->objects, run->object);

		vma->file = SEEN_OBJECT - 1 + number;
		return number != UINT32_MAX;
	}
	/* Anonymous private memory counts its offset from the window's base. */
	if (!run->file)
		vma->pgoff -= oracle->base_page;
	return true;
}

static int observe_space(struct oracle *oracle, unsigned int number, struct seen_space *space)
{
	size_t runs = model_runs(oracle->model, number, oracle->run, MODEL_PAGES_MAX);
	struct model_counters count;

	for (size_t i = 0; i < runs; i++)
		if (!observe_run(oracle, &oracle->run[i], &space->vma[i]))
			return -ENOMEM;
	space->alive = true;
	space->number = (uint8_t)number;
	space->vmas = (uint32_t)runs;
	model_markers(oracle->model, number, space->guard);
	model_count(oracle->model, number, &count);
	space->vma_count = count.areas;
	space->total_vm = count.total;
	space->data_vm = count.data;
	space->exec_vm = count.executable;
	space->stack_vm = count.stack;
	space->locked_vm = count.locked;
	space->committed = count.charged;
	return 0;
}

int oracle_observe(struct oracle *oracle, struct observation *expect)
{
	unsigned int slot;

	identities_begin(&oracle->owners);
	identities_begin(&oracle->objects);
	for (slot = 0; slot < oracle->living.count; slot++) {
		int error =
			observe_space(oracle, oracle->living.number[slot], &expect->space[slot]);

		if (error)
			return error;
	}
	for (; slot < PROGRAM_SPACES; slot++)
		if (expect->space[slot].alive)
			observation_clear_space(&expect->space[slot], oracle->pages);
	return 0;
}

void oracle_end(struct oracle *oracle, struct observation *expect)
{
	const struct living living = oracle->living;

	expect->events = 0;
	expect->alloc_failed = 0;
	expect->result = (struct seen_result){ .form = RESULT_VALUE };
	for (unsigned int i = 0; i < living.count; i++) {
		model_exit(oracle->model, living.number[i]);
		copy_events(oracle, expect);
	}
	oracle->living.count = 0;
}

const char *oracle_rule(const struct oracle *oracle)
{
	return model_rule(oracle->model);
}

const struct model *oracle_model(const struct oracle *oracle)
{
	return oracle->model;
}

struct model *oracle_model_mutable(struct oracle *oracle)
{
	return oracle->model;
}

int oracle_save(struct oracle *oracle)
{
	if (!oracle->saved)
		oracle->saved = model_new();
	if (!oracle->saved)
		return -ENOMEM;
	model_copy(oracle->saved, oracle->model);
	oracle->saved_living = oracle->living;
	return 0;
}

void oracle_restore(struct oracle *oracle)
{
	model_copy(oracle->model, oracle->saved);
	oracle->living = oracle->saved_living;
}

void oracle_fail_at(struct oracle *oracle, unsigned int point, bool onward)
{
	model_fail_at(oracle->model, point, onward);
}

const char *oracle_fail_reached(const struct oracle *oracle)
{
	return model_fail_reached(oracle->model);
}
