/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The core in process as a subject: programs become calls of vma.h, the files of the small
 * world become drivers that log what they see, and VMAs become observations. Nothing is
 * decided here but how one vocabulary is said in the other.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "flags.h"
#include "policy.h"
#include "settings.h"
#include "subject.h"
#include "uapi.h"
#include "vma.h"
#include "world.h"

#define NUMBERED_MIN 1024u
#define ARENA_BYTES (UINT32_C(1) << 18) /* of programs that are gone back in, which are small */

struct space {
	struct mm *mm;
	uint32_t number;
};

/* What a file of the small world is to its hooks: file->private_data. */
struct driver {
	struct core *core;
	enum world_file file;
	vm_flags_t hook_flags;
	struct vm_operations ops;
	struct vm_operations quiet_ops; /* mmap_prepare with an even offset */
};

/* Serial numbers by order of first appearance: entry[id] counts in the round it was stamped in. */
struct numbering {
	struct {
		uint32_t round, number;
	} * entry;
	size_t capacity;
	uint32_t round, next;
};

/* The bits of flags.def in parts to look up: few of them, and small enough for a cache. */
#define FLAG_PARTS 5
#define FLAG_PART_BITS 9
#define FLAG_PART_MASK ((1u << FLAG_PART_BITS) - 1)
#define VMA_FLAG(name, bit, code)                                                                  \
	_Static_assert((bit) < FLAG_PARTS * FLAG_PART_BITS, "every flag is in a part");
#include "flags.def"
#undef VMA_FLAG

/* What of a program is alive, beside what the machine knows. */
struct lives {
	struct space slot[PROGRAM_SPACES];
	struct space *alive[PROGRAM_SPACES]; /* by number, ascending */
	uint32_t living;
	uint32_t next_number;
	struct file *file[WORLD_FILES];
};

struct core {
	struct subject subject;
	struct arena arena; /* of the machine, but where each object is one of its own */
	bool in_arena;
	struct vm_machine *machine;
	struct lives now, saved;
	uint32_t pages;
	bool virtual_pgoff; /* profile 7.3 */
	struct driver driver[WORLD_FILES];
	const struct program *program; /* the one under way */
	struct observation *seen;      /* of the operation under way */
	uint32_t acting;	       /* number of its space */
	const char *leak;
	bool forking;	    /* the operation under way is a fork */
	const char *misled; /* a rule that was broken before the eyes of a hook */
	struct numbering anon_vmas, objects;
	/* Harness flags for each part of core flags. */
	uint64_t flags_of[FLAG_PARTS][1 << FLAG_PART_BITS];
	char why[64];
};

static struct core *core_of(struct subject *self)
{
	return (struct core *)(void *)self;
}

/* ------------------------------------------------------------------ flags */

static const struct {
	vm_flags_t core;
	uint64_t harness;
} flag_rows[] = {
#define X(core, code, attribute) { core, VM_FLAG(code) },
#include "flagmap.def"
#undef X
};
#define FLAG_ROWS (sizeof(flag_rows) / sizeof(flag_rows[0]))

static void init_flags(struct core *core)
{
	for (size_t row = 0; row < FLAG_ROWS; row++)
		for (unsigned int part = 0; part < FLAG_PARTS; part++)
			for (unsigned int value = 0; value <= FLAG_PART_MASK; value++)
				if (flag_rows[row].core >> (FLAG_PART_BITS * part) & value)
					core->flags_of[part][value] |= flag_rows[row].harness;
}

static inline uint64_t harness_flags(const struct core *core, vm_flags_t flags)
{
	uint64_t result = 0;

	for (unsigned int part = 0; part < FLAG_PARTS; part++)
		result |= core->flags_of[part][flags >> (FLAG_PART_BITS * part) & FLAG_PART_MASK];
	return result;
}

static vm_flags_t core_flags(uint64_t flags)
{
	vm_flags_t result = 0;

	for (size_t row = 0; row < FLAG_ROWS; row++)
		if (flags & flag_rows[row].harness)
			result |= flag_rows[row].core;
	return result;
}

/* ------------------------------------------------------------------ events */

static uint32_t page_of(vm_addr_t addr)
{
	return (uint32_t)((addr - PROGRAM_BASE) / PAGE_BYTES);
}

static struct seen_event *add_event(struct core *core, enum seen_event_kind kind, uint32_t number)
{
	static const struct seen_event blank;
	struct seen_event *event;

	if (!core->seen || core->seen->events == SEEN_EVENTS_MAX)
		return NULL;
	event = &core->seen->event[core->seen->events++];
	*event = blank;
	event->kind = (uint8_t)kind;
	event->space = (uint8_t)number;
	return event;
}

static void add_range_event(const struct driver *driver, enum seen_event_kind kind, uint32_t number,
			    vm_addr_t start, vm_addr_t end)
{
	struct seen_event *event = add_event(driver->core, kind, number);

	if (!event)
		return;
	event->file = (uint8_t)driver->file;
	event->start = page_of(start);
	event->end = page_of(end);
}

static uint32_t number_of(const struct mm *mm)
{
	return ((const struct space *)mm->owner)->number;
}

static void add_vma_event(const struct vma *vma, enum seen_event_kind kind)
{
	add_range_event(vma->vm_file->private_data, kind, number_of(vma->vm_mm), vma->vm_start,
			vma->vm_end);
}

static void probe_insufficient_slots(void *context, const struct mm *mm, uint64_t vma_count)
{
	struct seen_event *event = add_event(context, EVENT_INSUFFICIENT_SLOTS, number_of(mm));

	if (event)
		event->at = (uint32_t)vma_count;
}

/* ------------------------------------------------------------------ drivers */

static const struct world_driver *world_of(const struct driver *driver)
{
	return &world_drivers[driver->file];
}

/*
 * Whether the VMA that is told to a driver holds its file: it is in no mapping yet, so there
 * must be one reference more than VMAs there. A fork takes its references later.
 */
static void check_held(struct core *core, const struct vma *vma)
{
	const struct file *file = vma->vm_file;
	const struct list *head = &file->mapping->vmas;
	uint64_t users = file->held + 1;

	if (core->forking)
		return;
	for (const struct list *node = head->next; node != head; node = node->next)
		users += list_entry(node, struct vma, shared)->vm_file == file;
	if (file->refs < users)
		core->misled = "HOK-5 open is called for a VMA that does not hold its file";
}

static void hook_open(struct vma *vma)
{
	const struct driver *driver = vma->vm_file->private_data;

	check_held(driver->core, vma);
	add_vma_event(vma, EVENT_OPEN);
}

static void hook_close(struct vma *vma)
{
	add_vma_event(vma, EVENT_CLOSE);
}

static int hook_may_split(struct vma *vma, vm_addr_t addr)
{
	const struct driver *driver = vma->vm_file->private_data;

	add_vma_event(vma, EVENT_MAY_SPLIT);
	if (driver->core->seen && driver->core->seen->events)
		driver->core->seen->event[driver->core->seen->events - 1].at = page_of(addr);
	return -world_of(driver)->split_error;
}

static int hook_mremap(struct vma *vma)
{
	const struct driver *driver = vma->vm_file->private_data;

	add_vma_event(vma, EVENT_MREMAP);
	return -world_of(driver)->move_error;
}

static int hook_mprotect(struct vma *vma, vm_addr_t start, vm_addr_t end, vm_flags_t newflags)
{
	const struct driver *driver = vma->vm_file->private_data;

	add_range_event(driver, EVENT_MPROTECT, number_of(vma->vm_mm), start, end);
	return newflags & VM_EXEC ? -world_of(driver)->protect_exec_error : 0;
}

static int hook_set_policy(struct vma *vma, const struct mempolicy *policy)
{
	(void)policy;
	add_vma_event(vma, EVENT_SET_POLICY);
	return 0;
}

static int hook_mapped(vm_addr_t start, vm_addr_t end, vm_pgoff_t pgoff, struct file *file,
		       void **private_data)
{
	const struct driver *driver = file->private_data;
	const struct world_driver *world = world_of(driver);

	(void)private_data;
	add_range_event(driver, EVENT_MAPPED, driver->core->acting, start, end);
	return (pgoff - world->hook_offset) % 8 == 7 ? -world->mapped_error : 0;
}

static int hook_mmap(struct file *file, struct vma *vma)
{
	const struct driver *driver = file->private_data;
	const struct world_driver *world = world_of(driver);

	if (world->legacy_hook)
		add_vma_event(vma, EVENT_MMAP);
	if (world->hook_error)
		return -world->hook_error;
	vma->vm_flags |= driver->hook_flags;
	if (!world->zero_device)
		vma->vm_ops = &driver->ops;
	else if (vma->vm_flags & VM_SHARED)
		return shmem_zero_setup(vma);
	else
		vma_set_anonymous(vma);
	return 0;
}

static int hook_mmap_prepare(struct vm_area_desc *desc)
{
	const struct driver *driver = desc->vm_file->private_data;
	const struct world_driver *world = world_of(driver);
	bool odd = desc->pgoff & 1;

	add_range_event(driver, EVENT_MMAP_PREPARE, number_of(desc->mm), desc->start, desc->end);
	if (world->prepare_error && desc->pgoff % 8 == 6)
		return -world->prepare_error;
	desc->vm_flags |= driver->hook_flags;
	desc->vm_ops = odd || !world->odd_offset_closes ? &driver->ops : &driver->quiet_ops;
	desc->pgoff += world->hook_offset;
	return 0;
}

static const struct file_operations plain_file_operations = { .mmap = hook_mmap,
							      .leaves_flags = true };
static const struct file_operations legacy_file_operations = { .mmap = hook_mmap };
/* /dev/zero and System V segments have a say in where they are mapped. */
static const struct file_operations zero_file_operations = { .mmap = hook_mmap,
							     .own_placement = true };
static const struct file_operations segment_file_operations = { .mmap = hook_mmap,
								.leaves_flags = true,
								.own_placement = true };
static const struct file_operations prepare_file_operations = { .mmap_prepare = hook_mmap_prepare };

static void init_drivers(struct core *core)
{
	for (int i = 0; i < WORLD_FILES; i++) {
		const struct world_driver *world = &world_drivers[i];
		struct driver *driver = &core->driver[i];

		driver->core = core;
		driver->file = (enum world_file)i;
		driver->hook_flags = core_flags(world->hook_flags);
		driver->ops.open = world->opens ? hook_open : NULL;
		driver->ops.close = world->closes ? hook_close : NULL;
		driver->ops.may_split = world->asks_split ? hook_may_split : NULL;
		driver->ops.mremap = world->moves ? hook_mremap : NULL;
		driver->ops.mprotect = world->asks_protect ? hook_mprotect : NULL;
		driver->ops.set_policy = world->sets_policy ? hook_set_policy : NULL;
		driver->ops.mapped = world->mapped_hook ? hook_mapped : NULL;
		driver->quiet_ops.mapped = driver->ops.mapped;
	}
}

/* The mapping of the inode, if one of its files is open already. */
static struct mapping *find_mapping(const struct core *core, uint16_t inode)
{
	for (int i = 0; i < WORLD_FILES; i++)
		if (core->now.file[i] && world_drivers[i].inode == inode)
			return core->now.file[i]->mapping;
	return NULL;
}

static const struct file_operations *operations_of(const struct core *core,
						   const struct world_driver *world)
{
	if (world->prepare_hook)
		return &prepare_file_operations;
	if (world->legacy_hook)
		return &legacy_file_operations;
	/* Its driver became one of the newer kind, which says beforehand what it changes. */
	if (world->zero_device && !core->virtual_pgoff)
		return &zero_file_operations;
	if (world->own_object_per_map || world->zero_device)
		return &segment_file_operations;
	return &plain_file_operations;
}

static int open_world_file(struct core *core, enum world_file kind, struct file **ret_file)
{
	const struct world_driver *world = &world_drivers[kind];
	unsigned int mode = FMODE_READ | (world->open_for_write ? FMODE_WRITE : 0);
	int err;

	err = file_open(core->machine, find_mapping(core, world->inode), mode,
			operations_of(core, world), ret_file);
	if (!err)
		(*ret_file)->private_data = &core->driver[kind];
	return err;
}

/* A reference to the file that this mmap() maps. */
static int get_world_file(struct core *core, enum world_file kind, struct file **ret_file)
{
	int err;

	if (!core->now.file[kind]) {
		err = open_world_file(core, kind, &core->now.file[kind]);
		if (err)
			return err;
	}
	if (world_drivers[kind].own_object_per_map)
		return open_world_file(core, kind, ret_file);
	file_get(core->now.file[kind]);
	*ret_file = core->now.file[kind];
	return 0;
}

/* ------------------------------------------------------------------ spaces */

static struct space *find_space(struct core *core, uint32_t number)
{
	for (uint32_t i = 0; i < core->now.living; i++)
		if (core->now.alive[i]->number == number)
			return core->now.alive[i];
	return NULL;
}

static struct space *unused_slot(struct core *core)
{
	for (int i = 0; i < PROGRAM_SPACES; i++)
		if (!core->now.slot[i].mm)
			return &core->now.slot[i];
	return NULL;
}

static void space_exit(struct core *core, struct space *space)
{
	uint32_t i = 0;

	mm_exit(space->mm);
	space->mm = NULL;
	while (core->now.alive[i] != space)
		i++;
	core->now.living--;
	for (; i < core->now.living; i++)
		core->now.alive[i] = core->now.alive[i + 1];
}

static int space_fork(struct core *core, struct space *space)
{
	struct space *child = unused_slot(core);
	struct mm *mm;
	int err;

	child->number = core->now.next_number;
	err = mm_fork(space->mm, child, &mm);
	if (err)
		return err;
	child->mm = mm;
	core->now.alive[core->now.living++] = child;
	core->now.next_number++;
	return 0;
}

/* ------------------------------------------------------------------ operations */

static int apply_mmap(struct core *core, struct mm *mm, const struct program *program,
		      const struct op *op, vm_addr_t *addr)
{
	struct mmap_request request = {
		.addr = place_address(&program->settings, op->addr),
		.len = place_length(op->len),
		.prot = op->prot,
		.flags = op->map_flags & ~(MAP_FIXED | MAP_FIXED_NOREPLACE | MAP_ANONYMOUS),
		.pgoff = op->pgoff,
	};
	int err;

	if (op->how == MMAP_FIXED)
		request.flags |= MAP_FIXED;
	else if (op->how == MMAP_NOREPLACE)
		request.flags |= MAP_FIXED_NOREPLACE;
	if (op->file == FILE_ANON) {
		request.flags |= MAP_ANONYMOUS;
	} else {
		err = get_world_file(core, op->file, &request.file);
		if (err)
			return err;
	}
	/* Opening the file is no part of the operation. */
	vm_fail_alloc(core->machine, op->alloc_nth, op->alloc_onward);
	err = mm_mmap(mm, &request, addr);
	if (request.file)
		file_put(request.file);
	return err;
}

/* The words of the language stand for MREMAP_MAYMOVE, MREMAP_FIXED and MREMAP_DONTUNMAP. */
static uint32_t mremap_flags(const struct op *op)
{
	switch ((enum mremap_how)op->how) {
	case MREMAP_TO:
		return MREMAP_MAYMOVE | MREMAP_FIXED | (op->dontunmap ? MREMAP_DONTUNMAP : 0);
	case MREMAP_KEEP:
		return MREMAP_MAYMOVE | MREMAP_DONTUNMAP;
	default:
		return op->maymove ? MREMAP_MAYMOVE : 0;
	}
}

static int apply_mremap(struct mm *mm, const struct program *program, const struct op *op,
			uint64_t *value)
{
	uint64_t len = place_length(op->len);
	bool has_len = op->how == MREMAP_RESIZE || op->has_len;
	vm_addr_t addr;
	int err;

	err = mm_mremap(mm, place_address(&program->settings, op->addr), len,
			has_len ? place_length(op->newlen) : len, mremap_flags(op) | op->map_flags,
			op->has_dest ? place_address(&program->settings, op->dest) : 0, &addr);
	if (!err)
		*value = addr - PROGRAM_BASE;
	return err;
}

static int apply_limit(struct core *core, const struct mm *mm, const struct op *op)
{
	uint64_t count = mm->vma_count, limit = op->nodes;

	if (op->how == LIMIT_ABOVE)
		limit = count + op->nodes;
	else if (op->how == LIMIT_BELOW)
		limit = count > op->nodes ? count - op->nodes : 0;
	vm_set_max_vma_count(core->machine, limit);
	return 0;
}

/* 0, -errno, or SUBJECT_SKIP; of what is done to a range. */
static int apply_range(struct mm *mm, const struct program *program, const struct op *op)
{
	vm_addr_t addr = place_address(&program->settings, op->addr);
	uint64_t len = place_length(op->len);

	switch ((enum op_kind)op->kind) {
	case OP_MUNMAP:
		return mm_munmap(mm, addr, len);
	case OP_MPROTECT:
		return mm_mprotect(mm, addr, len, op->prot);
	case OP_MADVISE:
		return mm_madvise(mm, addr, len, op->advice);
	case OP_GUARD_INSTALL:
		return mm_madvise(mm, addr, len, MADV_GUARD_INSTALL);
	case OP_GUARD_REMOVE:
		return mm_madvise(mm, addr, len, MADV_GUARD_REMOVE);
	case OP_TOUCH:
		return mm_touch(mm, addr, len, op->touch_write);
	case OP_MLOCK:
		return op->mode ? mm_mlock2(mm, addr, len, op->mode) : mm_mlock(mm, addr, len);
	case OP_MUNLOCK:
		return mm_munlock(mm, addr, len);
	case OP_MSEAL:
		return mm_mseal(mm, addr, len, op->map_flags);
	case OP_MBIND:
		return mm_mbind(mm, addr, len, op->mode, op->nodes);
	case OP_HOME_NODE:
		return mm_set_home_node(mm, addr, len, op->nodes);
	case OP_NAME:
		return mm_set_anon_name(mm, addr, len,
					op->name ? program->names[op->name - 1] : NULL);
	case OP_UFFD_REGISTER:
		return mm_uffd_register(mm, op->context % VM_UFFD_CONTEXTS, op->features, addr, len,
					op->mode);
	case OP_UFFD_UNREGISTER:
		return mm_uffd_unregister(mm, op->context % VM_UFFD_CONTEXTS, addr, len);
	case OP_REMAP_FILE_PAGES:
		return mm_remap_file_pages(mm, addr, len, 0, op->pgoff);
	case OP_SPECIAL:
		return mm_install_special(mm, addr, len);
	case OP_EXEC_STACK:
		return mm_exec_stack(mm, addr);
	case OP_RELOCATE_DOWN:
		return mm_relocate_down(mm, addr, addr + len, op->nodes);
	case OP_VM_BRK:
		return mm_vm_brk(mm, addr, len, op->how);
	default:
		return SUBJECT_SKIP;
	}
}

/* The same of everything. *value: what a successful operation returns. */
static int apply_op(struct core *core, struct space *space, const struct program *program,
		    const struct op *op, uint64_t *value)
{
	struct mm *mm = space->mm;
	vm_addr_t addr;
	int err;

	switch ((enum op_kind)op->kind) {
	case OP_MMAP:
		err = apply_mmap(core, mm, program, op, &addr);
		if (!err)
			*value = addr - PROGRAM_BASE;
		return err;
	case OP_MREMAP:
		return apply_mremap(mm, program, op, value);
	case OP_BRK:
		addr = mm_brk(mm, place_address(&program->settings, op->addr));
		*value = addr - PROGRAM_BASE;
		return 0;
	case OP_MLOCKALL:
		return mm_mlockall(mm, op->mode);
	case OP_MUNLOCKALL:
		return mm_munlockall(mm);
	case OP_UFFD_CLOSE:
		mm_uffd_close(mm, op->context % VM_UFFD_CONTEXTS);
		return 0;
	case OP_KSM:
		mm_ksm(mm, op->how);
		return 0;
	case OP_CLEAR_SOFTDIRTY:
		mm_clear_softdirty(mm);
		return 0;
	case OP_RLIMIT:
		mm->rlimit[op->how % VM_RLIMITS] = op->nodes;
		return 0;
	case OP_LIMIT:
		return apply_limit(core, mm, op);
	case OP_FORK:
		return space_fork(core, space);
	case OP_EXIT:
		space_exit(core, space);
		return 0;
	default:
		return apply_range(mm, program, op);
	}
}

_Static_assert((int)PROGRAM_RLIMIT_MEMLOCK == (int)VM_RLIMIT_MEMLOCK, "limits in one order");
_Static_assert((int)PROGRAM_RLIMIT_STACK == (int)VM_RLIMIT_STACK, "limits in one order");
_Static_assert((int)PROFILE_7_3 == (int)VM_PROFILE_7_3, "profiles in one order");
_Static_assert((int)OVERCOMMIT_NEVER == (int)VM_OVERCOMMIT_NEVER, "overcommit in one order");

static int core_apply(struct subject *self, const struct program *program, uint32_t index,
		      struct observation *seen, const char **why)
{
	struct core *core = core_of(self);
	const struct op *op = &program->ops[index];
	struct space *space = find_space(core, op->space);
	uint64_t value = 0;
	int err;

	core->program = program;
	seen->events = 0;
	seen->alloc_failed = 0;
	seen->result = (struct seen_result){ .form = RESULT_NOOP };
	vm_begin_operation(core->machine);
	if (!space || (op->kind == OP_FORK && core->now.living == PROGRAM_SPACES))
		return 0;

	core->seen = seen;
	core->acting = op->space;
	core->forking = op->kind == OP_FORK;
	core->misled = NULL;
	vm_fail_alloc(core->machine, op->kind == OP_MMAP ? 0 : op->alloc_nth, op->alloc_onward);
	err = apply_op(core, space, program, op, &value);
	seen->alloc_failed = vm_alloc_failures(core->machine);
	vm_fail_alloc(core->machine, 0, false);
	core->seen = NULL;
	if (err == SUBJECT_SKIP) {
		snprintf(core->why, sizeof(core->why), "core does not do %s yet",
			 op_kind_name((enum op_kind)op->kind));
		*why = core->why;
		return SUBJECT_SKIP;
	}
	seen->result.form = err ? RESULT_ERRNO : RESULT_VALUE;
	seen->result.error = -err;
	seen->result.value = err ? 0 : value;
	return 0;
}

/* ------------------------------------------------------------------ observation */

/* 1, 2, ... by first appearance; 0 without memory. ids are small: they start afresh per program. */
static uint32_t number_in(struct numbering *numbering, uint64_t id)
{
	if (id >= numbering->capacity) {
		size_t capacity = numbering->capacity ? numbering->capacity : NUMBERED_MIN;
		void *entry;

		while (capacity <= id)
			capacity *= 2;
		entry = realloc(numbering->entry, capacity * sizeof(*numbering->entry));
		if (!entry)
			return 0;
		numbering->entry = entry;
		memset(&numbering->entry[numbering->capacity], 0,
		       (capacity - numbering->capacity) * sizeof(*numbering->entry));
		numbering->capacity = capacity;
	}
	if (numbering->entry[id].round != numbering->round) {
		numbering->entry[id].round = numbering->round;
		numbering->entry[id].number = ++numbering->next;
	}
	return numbering->entry[id].number;
}

static void numbering_restart(struct numbering *numbering)
{
	numbering->next = 0;
	if (++numbering->round)
		return;
	/* The stamps of four thousand million rounds ago would look fresh. */
	memset(numbering->entry, 0, numbering->capacity * sizeof(*numbering->entry));
	numbering->round = 1;
}

/* False without memory. */
static bool observe_file(struct core *core, const struct file *file, uint32_t *seen)
{
	const struct driver *driver = file->private_data;
	uint32_t number;

	if (driver && !world_of(driver)->own_object_per_map) {
		*seen = driver->file;
		return true;
	}
	number = number_in(&core->objects, file->id);
	*seen = SEEN_OBJECT + number - 1;
	return number;
}

static uint16_t observe_policy(const struct mempolicy *policy)
{
	if (!policy)
		return 0;
	return policy_number(policy->mode | policy->flags, policy->nodes, policy->home_node);
}

/* Its place among the program's names, which are all different. */
static uint16_t observe_name(const struct core *core, const char *name)
{
	if (!name)
		return 0;
	for (uint32_t i = 0; i < core->program->name_count; i++)
		if (!strcmp(core->program->names[i], name))
			return (uint16_t)(i + 1);
	return UINT16_MAX;
}

static bool observe_vma(struct core *core, const struct vma *vma, struct seen_vma *seen)
{
	const uint64_t base = PROGRAM_BASE / PAGE_BYTES;

	seen->start = page_of(vma->vm_start);
	seen->end = page_of(vma->vm_end);
	seen->flags = harness_flags(core, vma->vm_flags);
	seen->pgoff = vma->vm_file ? vma->vm_pgoff : vma->vm_pgoff - base;
	seen->virt_pgoff = core->virtual_pgoff ? vma->virt_pgoff - base : 0;
	seen->anon = 0;
	seen->chain = 0;
	seen->file = FILE_ANON;
	seen->uffd = vma->userfaultfd_ctx ? (uint8_t)(vma_uffd_context(vma) + 1) : 0;
	seen->policy = observe_policy(vma->vm_policy);
	seen->name = observe_name(core, vma_anon_name(vma));
	if (vma->anon_vma) {
		seen->anon = number_in(&core->anon_vmas, vma_anon_id(vma));
		seen->chain = vma_chain_length(vma) > 1 ? 2 : 1;
		if (!seen->anon)
			return false;
	}
	return !vma->vm_file || observe_file(core, vma->vm_file, &seen->file);
}

static bool observe_space(struct core *core, const struct space *space, struct seen_space *seen)
{
	const struct mm *mm = space->mm;
	struct vma_iterator vmi;
	const struct vma *vma;

	seen->alive = true;
	seen->number = (uint8_t)space->number;
	seen->vmas = 0;
	for (vma = mm_first(mm, &vmi); vma; vma = mm_next(&vmi))
		if (!observe_vma(core, vma, &seen->vma[seen->vmas++]))
			return false;
	mm_guards(mm, PROGRAM_BASE, (core->pages + 63) / 64, seen->guard);
	seen->vma_count = (int64_t)mm->vma_count;
	seen->total_vm = (int64_t)mm->total_vm;
	seen->data_vm = (int64_t)mm->data_vm;
	seen->exec_vm = (int64_t)mm->exec_vm;
	seen->stack_vm = (int64_t)mm->stack_vm;
	seen->locked_vm = (int64_t)mm->locked_vm;
	seen->committed = (int64_t)mm->committed;
	return true;
}

static uint32_t core_observe(struct subject *self, struct observation *seen)
{
	struct core *core = core_of(self);

	numbering_restart(&core->anon_vmas);
	numbering_restart(&core->objects);
	for (uint32_t i = 0; i < PROGRAM_SPACES; i++)
		seen->space[i].alive = false;
	for (uint32_t i = 0; i < core->now.living; i++)
		if (!observe_space(core, core->now.alive[i], &seen->space[i]))
			return 0;
	return FACT_ALL;
}

static const char *core_validate(struct subject *self)
{
	struct core *core = core_of(self);

	if (core->leak)
		return core->leak;
	return core->misled ? core->misled : vm_validate(core->machine);
}

/* ------------------------------------------------------------------ programs */

static const char *find_leak(const struct core *core)
{
	static const char *const leaks[VM_OBJECTS] = {
		[VM_OBJECT_MM] = "EXT-1 an address space is left",
		[VM_OBJECT_VMA] = "EXT-1 a VMA is left",
		[VM_OBJECT_ANON_VMA] = "EXT-1 an anon_vma is left",
		[VM_OBJECT_ANON_VMA_CHAIN] = "EXT-1 a link to an anon_vma is left",
		[VM_OBJECT_FILE] = "EXT-1 a file is left",
		[VM_OBJECT_MAPPING] = "EXT-1 a mapping is left",
		[VM_OBJECT_POLICY] = "EXT-1 a policy is left",
		[VM_OBJECT_NAME] = "EXT-1 a name is left",
		[VM_OBJECT_TREE_NODE] = "EXT-1 a tree node is left",
		[VM_OBJECT_GUARDS] = "EXT-1 guard markers are left",
	};

	for (int i = 0; i < VM_OBJECTS; i++)
		if (vm_live_objects(core->machine, (enum vm_object)i))
			return leaks[i];
	return NULL;
}

/* Nothing has to be given back to begin anew, and then saving copies what one program needs. */
static bool all_in_arena(const struct core *core)
{
	return core->in_arena && !core->arena.outside;
}

/* What leaked was reported, and stays with the machine that lost it. */
static int new_machine(struct core *core)
{
	const struct vm_memory memory = {
		.alloc = arena_alloc,
		.release = arena_release,
		.context = &core->arena,
	};
	int err;

	if (!all_in_arena(core))
		vm_machine_free(core->machine);
	core->machine = NULL;
	arena_reset(&core->arena);
	err = vm_machine_new_in(&memory, &core->machine);
	core->in_arena = !err;
	if (err == -EOPNOTSUPP) {
		core->subject.save = NULL;
		err = vm_machine_new(&core->machine);
	}
	if (err)
		return err;
	vm_trace_insufficient_slots(core->machine, probe_insufficient_slots, core);
	return 0;
}

/* Everything goes; what does not is a leak. */
static void tear_down(struct core *core)
{
	if (core->machine)
		vm_begin_operation(core->machine);
	while (core->now.living)
		space_exit(core, core->now.alive[0]);
	for (int i = 0; i < WORLD_FILES; i++) {
		if (core->now.file[i])
			file_put(core->now.file[i]);
		core->now.file[i] = NULL;
	}
}

static int core_begin(struct subject *self, const struct program *program, const char **why)
{
	const struct settings *settings = &program->settings;
	struct core *core = core_of(self);
	struct vm_config config = {
		.profile = (enum vm_profile)settings->profile,
		.quirks = settings_quirk_rows(settings),
		.anon_names = settings->anon_names == SETTING_ON,
		.soft_dirty = settings->softdirty == SETTING_ON,
		.ipc_lock = settings->ipc_lock == SETTING_ON,
		.mmap_min_addr = PROGRAM_BASE,
		.task_size = PROGRAM_BASE + settings->pages * PAGE_BYTES,
		.stack_guard_gap = settings->gap,
		.max_vma_count = settings->limit,
		.overcommit = (enum vm_overcommit)settings->overcommit,
		.commit_limit = settings->commit_limit,
	};
	struct space *space = &core->now.slot[0];
	int err;

	if (settings->profile >= PROFILES_SPECIFIED) {
		*why = "the core has no profile 6.1";
		return SUBJECT_SKIP;
	}
	core->program = program;
	core->seen = NULL;
	tear_down(core);
	if (core->leak || all_in_arena(core)) {
		err = new_machine(core);
		if (err)
			return err;
	}
	for (int i = 0; i < VM_RLIMITS; i++)
		config.rlimit[i] = settings->rlimit[i];
	vm_machine_reset(core->machine, &config);
	core->pages = settings->pages;
	core->virtual_pgoff = settings->profile == PROFILE_7_3;
	core->leak = NULL;
	core->misled = NULL;
	space->number = 0;
	err = mm_new(core->machine, space, &space->mm);
	if (err)
		return err;
	core->now.alive[0] = space;
	core->now.living = 1;
	core->now.next_number = 1;
	return 0;
}

static int core_end(struct subject *self, struct observation *seen, const char **why)
{
	struct core *core = core_of(self);

	(void)why;
	seen->events = 0;
	seen->alloc_failed = 0;
	core->seen = seen;
	tear_down(core);
	core->seen = NULL;
	core->leak = find_leak(core);
	return 0;
}

static bool core_save(struct subject *self)
{
	struct core *core = core_of(self);

	core->saved = core->now;
	return arena_save(&core->arena);
}

static void core_restore(struct subject *self)
{
	struct core *core = core_of(self);

	arena_restore(&core->arena);
	core->now = core->saved;
	core->leak = NULL;
}

static struct merge_part part_of(struct vm_range range)
{
	if (range.start == range.end)
		return (struct merge_part){ 0, 0 };
	return (struct merge_part){ page_of(range.start), page_of(range.end) };
}

/* The core tells its reasons in the order of enum merge_side. */
_Static_assert((int)MERGE_ALLOWED == (int)SIDE_ALLOWED && (int)REFUSED_FLAGS == (int)SIDE_FLAGS &&
		       (int)REFUSED_POLICY == (int)SIDE_POLICY &&
		       (int)REFUSED_PGOFF == (int)SIDE_PGOFF && (int)VM_REFUSALS == (int)SIDE_OTHER,
	       "one number for each reason");

static bool core_explain(struct subject *self, struct merge_account *account)
{
	const struct vm_merge_record *record = vm_last_merge(core_of(self)->machine);

	if (!record)
		return false;
	*account = (struct merge_account){
		.existing = record->existing,
		.part[MERGE_RANGE] = part_of(record->range),
		.part[MERGE_PREV] = part_of(record->prev),
		.part[MERGE_MIDDLE] = part_of(record->middle),
		.part[MERGE_NEXT] = part_of(record->next),
		.part[MERGE_TARGET] = part_of(record->target),
		.left = (enum merge_side)record->left,
		.right = (enum merge_side)record->right,
	};
	return true;
}

static void core_describe(struct subject *self, void (*line)(void *to, const char *text), void *to)
{
	(void)self;
	line(to, "core: the userland VMA core, in process; nothing to install");
	line(to, "core: behaves as Linux 6.12, 6.18 or 7.3; shows every fact");
}

static void core_destroy(struct subject *self)
{
	struct core *core = core_of(self);

	if (!core)
		return;
	core->seen = NULL;
	tear_down(core);
	vm_machine_free(core->machine);
	arena_done(&core->arena);
	free(core->anon_vmas.entry);
	free(core->objects.entry);
	free(core);
}

int subject_core_create(struct subject **ret)
{
	struct core *core = calloc(1, sizeof(*core));
	int err;

	if (!core)
		return -ENOMEM;
	core->subject = (struct subject){
		.name = "core",
		.default_profile = PROFILE_7_3,
		.default_gap = 4,
		.facts = FACT_ALL,
		.begin = core_begin,
		.apply = core_apply,
		.observe = core_observe,
		.validate = core_validate,
		.end = core_end,
		.save = core_save,
		.restore = core_restore,
		.explain = core_explain,
		.describe = core_describe,
		.destroy = core_destroy,
	};
	init_flags(core);
	init_drivers(core);
	err = arena_init(&core->arena, ARENA_BYTES);
	if (!err)
		err = new_machine(core);
	if (err) {
		arena_done(&core->arena);
		free(core);
		return err;
	}
	*ret = &core->subject;
	return 0;
}
