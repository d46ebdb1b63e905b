/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of the small world as files of the kernel: one mapping for each inode, one driver
 * for each file, whose hooks answer as world.h says and tell what they were called with.
 */
#include "files.h"

#include "../flags.h"
#include "calls.h"

#define INODES 16

/* Everything here starts afresh with each program. */
static struct world {
	struct driver driver[WORLD_FILES];
	struct file *file[WORLD_FILES];
	struct address_space mapping[INODES];
	struct observation *seen;
	const char *misled;
} * world(void)
{
	static struct world one;

	return &one;
}

/* ---- flags */

#undef VM_SOFTDIRTY
#define VM_SOFTDIRTY VM_SOFTDIRTY_BIT
static const struct {
	vm_flags_t flag;
	uint64_t seen;
} flag_rows[] = {
#define X(flag, code, attribute) { flag, VM_FLAG(code) },
#include "../flagmap.def"
#undef X
};

vm_flags_t flags_of(uint64_t seen)
{
	vm_flags_t flags = 0;

	for (size_t i = 0; i < ARRAY_SIZE(flag_rows); i++)
		if (seen & flag_rows[i].seen)
			flags |= flag_rows[i].flag;
	return flags;
}

uint64_t flags_seen(vm_flags_t flags)
{
	uint64_t seen = 0;

	for (size_t i = 0; i < ARRAY_SIZE(flag_rows); i++)
		if (flags & flag_rows[i].flag)
			seen |= flag_rows[i].seen;
	return seen;
}

/* ---- events */

void events_to(struct observation *seen)
{
	world()->seen = seen;
}

const char *files_misled(void)
{
	const char *misled = world()->misled;

	world()->misled = NULL;
	return misled;
}

static uint32_t page_of(unsigned long addr)
{
	return (uint32_t)((addr - mmap_min_addr) >> PAGE_SHIFT);
}

static struct seen_event *add_event(enum seen_event_kind kind, const struct mm_struct *mm)
{
	static const struct seen_event blank;
	struct observation *seen = world()->seen;
	struct seen_event *event;

	if (!seen || seen->events == SEEN_EVENTS_MAX)
		return NULL;
	event = &seen->event[seen->events++];
	*event = blank;
	event->kind = (uint8_t)kind;
	event->space = (uint8_t)mm->number;
	return event;
}

static struct seen_event *tell_range(enum seen_event_kind kind, const struct vm_area_struct *vma,
				     unsigned long start, unsigned long end)
{
	struct seen_event *event = add_event(kind, vma->vm_mm);

	shim_may_sleep("a driver");
	if (!event)
		return NULL;
	event->file = (uint8_t)vma->vm_file->driver->file;
	event->start = page_of(start);
	event->end = page_of(end);
	return event;
}

static struct seen_event *tell(enum seen_event_kind kind, const struct vm_area_struct *vma)
{
	return tell_range(kind, vma, vma->vm_start, vma->vm_end);
}

void shim_insufficient_slots(struct mm_struct *mm)
{
	struct seen_event *event = add_event(EVENT_INSUFFICIENT_SLOTS, mm);

	if (event)
		event->at = (uint32_t)mm->map_count;
}

/* ---- drivers */

const struct world_driver *world_of(const struct driver *driver)
{
	return &world_drivers[driver->file];
}

bool files_places(const struct file *file)
{
	const struct world_driver *row = world_of(file->driver);

	return row->zero_device || row->own_object_per_map;
}

static const struct world_driver *world_at(const struct vm_area_struct *vma)
{
	return world_of(vma->vm_file->driver);
}

/* HOK-5. It is in no mapping yet, so there is a reference more than VMAs in it. */
static void check_held(const struct vm_area_struct *vma)
{
	const struct file *file = vma->vm_file;
	const struct shim_member *member;
	int users = files_refs_held(file) + 1;

	if (shim()->forking)
		return;
	list_for_each_entry(member, &file->f_mapping->i_mmap.members, node) users +=
		container_of(member, struct vm_area_struct, shared)->vm_file == file;
	if (file->refs < users)
		world()->misled = "HOK-5 open is called for a VMA that does not hold its file";
}

static void hook_open(struct vm_area_struct *vma)
{
	check_held(vma);
	tell(EVENT_OPEN, vma);
}

static void hook_close(struct vm_area_struct *vma)
{
	tell(EVENT_CLOSE, vma);
}

static int hook_may_split(struct vm_area_struct *vma, unsigned long addr)
{
	struct seen_event *event = tell(EVENT_MAY_SPLIT, vma);

	if (event)
		event->at = page_of(addr);
	return -world_at(vma)->split_error;
}

static int hook_mremap(struct vm_area_struct *vma)
{
	tell(EVENT_MREMAP, vma);
	return -world_at(vma)->move_error;
}

static int hook_mprotect(struct vm_area_struct *vma, unsigned long start, unsigned long end,
			 unsigned long flags)
{
	tell_range(EVENT_MPROTECT, vma, start, end);
	return flags & VM_EXEC ? -world_at(vma)->protect_exec_error : 0;
}

static int hook_set_policy(struct vm_area_struct *vma, struct mempolicy *policy)
{
	(void)policy;
	tell(EVENT_SET_POLICY, vma);
	return 0;
}

static int hook_mmap(struct file *file, struct vm_area_struct *vma)
{
	const struct world_driver *row = world_of(file->driver);

	if (row->legacy_hook)
		tell(EVENT_MMAP, vma);
	if (row->hook_error)
		return -row->hook_error;
	vma->vm_flags |= file->driver->hook_flags;
	if (!row->zero_device)
		vma->vm_ops = &file->driver->ops;
	else if (vma->vm_flags & VM_SHARED)
		return shmem_zero_setup(vma);
	else
		vma_set_anonymous(vma);
	return 0;
}

static void init_mapping(struct address_space *mapping, bool can_writeback)
{
	*mapping = (struct address_space){ .can_writeback = can_writeback };
	INIT_LIST_HEAD(&mapping->i_mmap.members);
}

/* ---- shared anonymous memory */

static const struct vm_operations_struct shmem_ops;

/* The object of an area that is there is mapped once more (9.13). */
static int shmem_mmap(struct file *file, struct vm_area_struct *vma)
{
	(void)file;
	vma->vm_ops = &shmem_ops;
	return 0;
}

static const struct file_operations shmem_f_op = { .mmap = shmem_mmap };

bool vma_is_shmem(const struct vm_area_struct *vma)
{
	return vma->vm_ops == &shmem_ops;
}

bool shmem_file(const struct file *file)
{
	return file->f_op == &shmem_f_op;
}

/* NULL without memory. */
static struct file *new_shmem(void)
{
	struct file *file = shim_alloc(SHIM_FILE, sizeof(*file), GFP_KERNEL);

	if (!file)
		return NULL;
	init_mapping(&file->own, false);
	file->refs = 1;
	file->f_mapping = &file->own;
	file->f_op = &shmem_f_op;
	file->writable = true;
	return file;
}

int shmem_zero_setup(struct vm_area_struct *vma)
{
	struct file *file = new_shmem();

	if (!file)
		return -ENOMEM;
	if (vma->vm_file)
		fput(vma->vm_file);
	vma->vm_file = file;
	vma->vm_ops = &shmem_ops;
	return 0;
}

/* ---- drivers of the newer kind, which are asked before there is a VMA */

#ifdef TREE_HAS_BITMAP_FLAGS

/* Ordinary files are mapped by it, too, which none of the world's events tells. */
static int quiet_prepare(struct vm_area_desc *desc)
{
	struct driver *driver = desc->file->driver;
	struct file *file;

	if (!world_of(driver)->zero_device) {
		desc->vm_ops = &driver->ops;
	} else if (desc->vma_flags.word & VM_MAYSHARE) {
		file = new_shmem();
		if (!file)
			return -ENOMEM;
		desc->vm_file = file;
		desc->vm_ops = &shmem_ops;
	} else {
		desc->vm_ops = NULL;
	}
	return 0;
}

static int hook_prepare(struct vm_area_desc *desc)
{
	struct driver *driver = desc->file->driver;
	const struct world_driver *row = world_of(driver);
	struct seen_event *event = add_event(EVENT_MMAP_PREPARE, desc->mm);
	pgoff_t asked = desc->pgoff;

	shim_may_sleep("a driver");
	if (event) {
		event->file = (uint8_t)driver->file;
		event->start = page_of(desc->start);
		event->end = page_of(desc->end);
	}
	if (asked % 8 == 6)
		return -row->prepare_error;
	desc->pgoff += row->hook_offset;
	desc->vma_flags.word |= driver->hook_flags;
	desc->vm_ops = row->odd_offset_closes && asked % 2 ? &driver->ops : &driver->quiet_ops;
	return 0;
}

static int hook_mapped(unsigned long start, unsigned long end, pgoff_t pgoff,
		       const struct file *file, void **private_data)
{
	const struct world_driver *row = world_of(file->driver);
	struct seen_event *event = add_event(EVENT_MAPPED, current->mm);

	(void)private_data;
	shim_may_sleep("a driver");
	if (event) {
		event->file = (uint8_t)file->driver->file;
		event->start = page_of(start);
		event->end = page_of(end);
	}
	return (pgoff - row->hook_offset) % 8 == 7 ? -row->mapped_error : 0;
}

/* 8.7: what is left to do for a fresh VMA; if that fails it goes. */
int mmap_action_complete(struct vm_area_struct *vma, struct mmap_action *action, bool is_compat)
{
	unsigned long len = vma->vm_end - vma->vm_start;
	int error = 0;

	(void)action;
	(void)is_compat;
	if (vma->vm_ops && vma->vm_ops->mapped)
		error = vma->vm_ops->mapped(vma->vm_start, vma->vm_end, vma->vm_pgoff, vma->vm_file,
					    &vma->vm_private_data);
	if (error)
		unmap(vma->vm_mm, vma->vm_start, len);
	return error;
}

static void set_hooks(struct driver *driver, const struct world_driver *row)
{
	driver->f_op.mmap = hook_mmap;
	if (row->legacy_hook || row->own_object_per_map)
		return;
	driver->f_op.mmap = NULL;
	driver->f_op.mmap_prepare = row->prepare_hook ? hook_prepare : quiet_prepare;
	driver->ops.mapped = driver->quiet_ops.mapped = row->mapped_hook ? hook_mapped : NULL;
}

#else

/* Kernels without them have no such driver. */
static void set_hooks(struct driver *driver, const struct world_driver *row)
{
	driver->f_op.mmap = row->prepare_hook ? NULL : hook_mmap;
}

#endif

/* ---- the world */

void files_init(void)
{
	struct world *all = world();

	for (int i = 0; i < INODES; i++)
		init_mapping(&all->mapping[i], true);
	for (int i = 0; i < WORLD_FILES; i++) {
		const struct world_driver *row = &world_drivers[i];
		struct driver *driver = &all->driver[i];

		*driver = (struct driver){
			.file = (enum world_file)i,
			.hook_flags = flags_of(row->hook_flags),
			.ops = {
				.open = row->opens ? hook_open : NULL,
				.close = row->closes ? hook_close : NULL,
				.may_split = row->asks_split ? hook_may_split : NULL,
				.mremap = row->moves ? hook_mremap : NULL,
				.mprotect = row->asks_protect ? hook_mprotect : NULL,
				.set_policy = row->sets_policy ? hook_set_policy : NULL,
			},
		};
		set_hooks(driver, row);
	}
}

/* ---- files */

/* Opening is no part of an operation, and cannot fail. */
static struct file *open_file(enum world_file kind)
{
	struct file *file = shim_alloc(SHIM_FILE, sizeof(*file), GFP_KERNEL | __GFP_NOFAIL);
	struct world *all = world();

	file->refs = 1;
	file->driver = &all->driver[kind];
	file->f_op = &file->driver->f_op;
	file->f_mapping = &all->mapping[world_drivers[kind].inode];
	file->writable = world_drivers[kind].open_for_write;
	return file;
}

struct file *files_get(enum world_file kind)
{
	struct world *all = world();

	if (world_drivers[kind].own_object_per_map)
		return open_file(kind);
	if (!all->file[kind])
		all->file[kind] = open_file(kind);
	return get_file(all->file[kind]);
}

void files_forget(void)
{
	struct world *all = world();

	for (int i = 0; i < WORLD_FILES; i++) {
		if (all->file[i])
			fput(all->file[i]);
		all->file[i] = NULL;
	}
}

int files_refs_held(const struct file *file)
{
	return file->driver && world()->file[file->driver->file] == file;
}

struct address_space *files_mapping(unsigned int inode)
{
	return inode < INODES ? &world()->mapping[inode] : NULL;
}
