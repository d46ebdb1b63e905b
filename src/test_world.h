/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of the core share: a window of pages to work in, drivers that write down
 * every call, and an address space as a line of text:
 *
 *	0-4 rw F1 | 4-8 r+gu F1 | 8-12 rws file@3
 *
 * Ranges in pages, access, + each flag worth naming, F and the number of the anon_vma by first
 * appearance (f: its chain came over in a fork), the file and the page offset in it; if asked for,
 * the policy's mode, nodes and home node, the name, u and the number of the userfaultfd.
 */
#ifndef VMAFUZZ_TEST_WORLD_H
#define VMAFUZZ_TEST_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "uapi.h"
#include "vma_internal.h"

#define BASE UINT64_C(0x200000000000)
#define PG VM_PAGE_SIZE
#define WINDOW_PAGES 128u

#define RW (PROT_READ | PROT_WRITE)
#define RX (PROT_READ | PROT_EXEC)
#define RWX (PROT_READ | PROT_WRITE | PROT_EXEC)
#define RO PROT_READ
#define NONE 0u
#define PRIVATE_ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define SHARED_ANON (MAP_SHARED | MAP_ANONYMOUS)

/* What a test's driver does; zero: a plain file without hooks. */
struct test_driver {
	const char *name;
	struct world *world;
	vm_flags_t mmap_flags; /* added by the mmap hook */
	int mmap_error, may_split_error, mapped_error, mremap_error, set_policy_error;
	vm_pgoff_t prepare_offset; /* added by mmap_prepare */
	struct vm_operations ops;
};

struct world {
	struct vm_machine *machine;
	struct vm_config config;
	struct mm *mm;
	char log[2048];
	char layout[2048];
	uint64_t slots_events; /* tracepoint hits */
	uint64_t slots_count;  /* vma_count of the last one */
	bool attributes;       /* layouts show policies, names and userfaultfds */
};

static inline void world_log(struct world *world, const char *what, vm_addr_t start, vm_addr_t end)
{
	size_t used = strlen(world->log);

	snprintf(world->log + used, sizeof(world->log) - used, "%s%s(%u-%u)", used ? " " : "", what,
		 (unsigned int)page_count(BASE, start), (unsigned int)page_count(BASE, end));
}

/* What was logged since the last call. */
static inline const char *world_take_log(struct world *world)
{
	static char taken[sizeof(world->log)];

	memcpy(taken, world->log, sizeof(taken));
	world->log[0] = '\0';
	return taken;
}

static inline void world_probe(void *context, const struct mm *mm, uint64_t vma_count)
{
	struct world *world = context;

	assert_int_equal(mm->vma_count, vma_count);
	world->slots_events++;
	world->slots_count = vma_count;
}

static inline struct vm_config world_config(enum vm_profile profile)
{
	struct vm_config config = {
		.profile = profile,
		.ipc_lock = true,
		.mmap_min_addr = BASE,
		.task_size = BASE + WINDOW_PAGES * PG,
		.stack_guard_gap = 8,
		.max_vma_count = 65530,
	};

	for (int i = 0; i < VM_RLIMITS; i++)
		config.rlimit[i] = VM_RLIM_INFINITY;
	return config;
}

static inline void world_open_with(struct world *world, const struct vm_config *config)
{
	memset(world, 0, sizeof(*world));
	world->config = *config;
	assert_int_equal(vm_machine_new(&world->machine), 0);
	vm_machine_reset(world->machine, config);
	vm_trace_insufficient_slots(world->machine, world_probe, world);
	assert_int_equal(mm_new(world->machine, world, &world->mm), 0);
}

static inline void world_open(struct world *world, enum vm_profile profile)
{
	struct vm_config config = world_config(profile);

	world_open_with(world, &config);
}

static inline void world_check(struct world *world)
{
	const char *wrong = vm_validate(world->machine);

	if (!wrong)
		return;
	mm_dump(world->mm, stderr);
	fail_msg("%s", wrong);
}

/* Ends the first address space and sees to it that nothing is left. */
static inline void world_close(struct world *world)
{
	world_check(world);
	vm_begin_operation(world->machine);
	mm_exit(world->mm);
	for (int kind = 0; kind < VM_OBJECTS; kind++)
		assert_int_equal(vm_live_objects(world->machine, (enum vm_object)kind), 0);
	vm_machine_free(world->machine);
}

/* ------------------------------------------------------------------ drivers */

static inline struct test_driver *driver_of(const struct file *file)
{
	return file->private_data;
}

static inline void driver_open(struct vma *vma)
{
	/* The file reference is held by then: as many as VMAs that see it, and this one. */
	assert_true(vma->vm_file->refs > 1);
	world_log(driver_of(vma->vm_file)->world, "open", vma->vm_start, vma->vm_end);
}

static inline void driver_close(struct vma *vma)
{
	world_log(driver_of(vma->vm_file)->world, "close", vma->vm_start, vma->vm_end);
}

static inline int driver_may_split(struct vma *vma, vm_addr_t addr)
{
	world_log(driver_of(vma->vm_file)->world, "may_split", vma->vm_start, addr);
	return driver_of(vma->vm_file)->may_split_error;
}

static inline int driver_mmap(struct file *file, struct vma *vma)
{
	struct test_driver *driver = driver_of(file);

	world_log(driver->world, "mmap", vma->vm_start, vma->vm_end);
	vma->vm_flags |= driver->mmap_flags;
	vma->vm_ops = &driver->ops;
	return driver->mmap_error;
}

static inline int driver_mremap(struct vma *vma)
{
	world_log(driver_of(vma->vm_file)->world, "mremap", vma->vm_start, vma->vm_end);
	return driver_of(vma->vm_file)->mremap_error;
}

static inline int driver_set_policy(struct vma *vma, const struct mempolicy *policy)
{
	(void)policy;
	world_log(driver_of(vma->vm_file)->world, "set_policy", vma->vm_start, vma->vm_end);
	return driver_of(vma->vm_file)->set_policy_error;
}

static inline int driver_prepare(struct vm_area_desc *desc)
{
	struct test_driver *driver = driver_of(desc->vm_file);

	world_log(driver->world, "prepare", desc->start, desc->end);
	desc->vm_flags |= driver->mmap_flags;
	desc->pgoff += driver->prepare_offset;
	desc->vm_ops = &driver->ops;
	return driver->mmap_error;
}

static inline int driver_mapped(vm_addr_t start, vm_addr_t end, vm_pgoff_t pgoff, struct file *file,
				void **private_data)
{
	(void)pgoff;
	*private_data = driver_of(file);
	world_log(driver_of(file)->world, "mapped", start, end);
	return driver_of(file)->mapped_error;
}

static const struct file_operations driver_legacy_fops = { .mmap = driver_mmap };
static const struct file_operations driver_prepare_fops = { .mmap_prepare = driver_prepare };

static inline struct file *world_file(struct world *world, struct test_driver *driver,
				      const struct file_operations *f_op)
{
	struct file *file;

	driver->world = world;
	assert_int_equal(file_open(world->machine, NULL, FMODE_READ | FMODE_WRITE, f_op, &file), 0);
	file->private_data = driver;
	return file;
}

/* ------------------------------------------------------------------ operations, in pages */

static inline int map_file(struct mm *mm, unsigned int start, unsigned int end, uint32_t prot,
			   uint32_t flags, struct file *file, vm_pgoff_t pgoff)
{
	struct mmap_request request = {
		.file = file,
		.addr = BASE + start * PG,
		.len = (end - start) * PG,
		.prot = prot,
		.flags = flags | MAP_FIXED,
		.pgoff = pgoff,
	};
	vm_addr_t addr;

	return mm_mmap(mm, &request, &addr);
}

static inline int map(struct mm *mm, unsigned int start, unsigned int end, uint32_t prot)
{
	return map_file(mm, start, end, prot, PRIVATE_ANON, NULL, 0);
}

static inline int unmap(struct mm *mm, unsigned int start, unsigned int end)
{
	return mm_munmap(mm, BASE + start * PG, (end - start) * PG);
}

static inline int protect(struct mm *mm, unsigned int start, unsigned int end, uint32_t prot)
{
	return mm_mprotect(mm, BASE + start * PG, (end - start) * PG, prot);
}

static inline int advise(struct mm *mm, unsigned int start, unsigned int end, uint32_t advice)
{
	return mm_madvise(mm, BASE + start * PG, (end - start) * PG, advice);
}

static inline int touch(struct mm *mm, unsigned int page)
{
	return mm_touch(mm, BASE + page * PG, PG, /* write= */ true);
}

static inline int touch_read(struct mm *mm, unsigned int page)
{
	return mm_touch(mm, BASE + page * PG, PG, /* write= */ false);
}

static inline int lock(struct mm *mm, unsigned int start, unsigned int end)
{
	return mm_mlock(mm, BASE + start * PG, (end - start) * PG);
}

static inline int bind_to(struct mm *mm, unsigned int start, unsigned int end, uint32_t mode,
			  uint64_t nodes)
{
	return mm_mbind(mm, BASE + start * PG, (end - start) * PG, mode, nodes);
}

static inline int name_pages(struct mm *mm, unsigned int start, unsigned int end, const char *name)
{
	return mm_set_anon_name(mm, BASE + start * PG, (end - start) * PG, name);
}

static inline int watch(struct mm *mm, unsigned int context, unsigned int start, unsigned int end,
			uint32_t modes)
{
	return mm_uffd_register(mm, context, 0, BASE + start * PG, (end - start) * PG, modes);
}

static inline int unwatch(struct mm *mm, unsigned int context, unsigned int start, unsigned int end)
{
	return mm_uffd_unregister(mm, context, BASE + start * PG, (end - start) * PG);
}

static inline int seal(struct mm *mm, unsigned int start, unsigned int end)
{
	return mm_mseal(mm, BASE + start * PG, (end - start) * PG, 0);
}

static inline vm_addr_t page_addr(unsigned int page)
{
	return BASE + page * PG;
}

/* With a target in pages; MREMAP_MAYMOVE comes with it. */
static inline int move_to_page(struct mm *mm, unsigned int start, unsigned int end,
			       unsigned int pages, uint32_t flags, unsigned int to)
{
	vm_addr_t addr = 0;
	int err;

	err = mm_mremap(mm, page_addr(start), (end - start) * PG, pages * PG,
			flags | MREMAP_MAYMOVE, page_addr(to), &addr);
	if (!err && flags & MREMAP_FIXED)
		assert_int_equal(addr, page_addr(to));
	return err;
}

static inline int move(struct mm *mm, unsigned int start, unsigned int end, unsigned int to)
{
	return move_to_page(mm, start, end, end - start, MREMAP_FIXED, to);
}

static inline int move_keeping(struct mm *mm, unsigned int start, unsigned int end, unsigned int to)
{
	return move_to_page(mm, start, end, end - start, MREMAP_FIXED | MREMAP_DONTUNMAP, to);
}

static inline int resize_to(struct mm *mm, unsigned int start, unsigned int end, unsigned int pages,
			    uint32_t flags)
{
	vm_addr_t addr;

	return mm_mremap(mm, page_addr(start), (end - start) * PG, pages * PG, flags, 0, &addr);
}

static inline struct vma *vma_at(const struct mm *mm, unsigned int page)
{
	struct vma *vma = mm_find(mm, BASE + page * PG);

	assert_non_null(vma);
	return vma;
}

/* ------------------------------------------------------------------ layouts as text */

static inline unsigned int anon_number(uint64_t *ids, unsigned int *count, uint64_t id)
{
	for (unsigned int i = 0; i < *count; i++)
		if (ids[i] == id)
			return i + 1;
	ids[(*count)++] = id;
	return *count;
}

static inline size_t print_vma(const struct vma *vma, unsigned int anon, char *text, size_t size)
{
	static const struct {
		vm_flags_t flag;
		const char *code;
	} named[] = {
		{ VM_ACCOUNT, "ac" },	   { VM_LOCKED, "lo" },	     { VM_LOCKONFAULT, "lf" },
		{ VM_SEALED, "sl" },	   { VM_MAYBE_GUARD, "gu" }, { VM_DONTCOPY, "dc" },
		{ VM_GROWSDOWN, "gd" },	   { VM_WIPEONFORK, "wf" },  { VM_DONTDUMP, "dd" },
		{ VM_SOFTDIRTY, "sd" },	   { VM_MERGEABLE, "mg" },   { VM_HUGEPAGE, "hg" },
		{ VM_NOHUGEPAGE, "nh" },   { VM_SEQ_READ, "sr" },    { VM_RAND_READ, "rr" },
		{ VM_NORESERVE, "nr" },	   { VM_DROPPABLE, "dp" },   { VM_IO, "io" },
		{ VM_UFFD_MISSING, "um" }, { VM_UFFD_WP, "uw" },     { VM_UFFD_MINOR, "ui" },
		{ VM_UFFD_RWP, "ur" },	   { VM_DONTEXPAND, "de" },
	};
	vm_flags_t access = vma->vm_flags & VM_ACCESS_FLAGS, flags = vma->vm_flags;
	size_t used;

	used = (size_t)snprintf(
		text, size, "%u-%u %s%s%s%s%s", (unsigned int)page_count(BASE, vma->vm_start),
		(unsigned int)page_count(BASE, vma->vm_end), access & VM_READ ? "r" : "",
		access & VM_WRITE ? "w" : "", access & VM_EXEC ? "x" : "", access ? "" : "none",
		flags & VM_MAYSHARE ? "s" : "");
	/* Of what is writable and private, being charged goes without saying. */
	if ((flags & (VM_WRITE | VM_ACCOUNT)) == (VM_WRITE | VM_ACCOUNT))
		flags &= ~VM_ACCOUNT;
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if (flags & named[i].flag)
			used += (size_t)snprintf(text + used, size - used, "+%s", named[i].code);
	if (vma->anon_vma)
		used += (size_t)snprintf(text + used, size - used, " F%u%s", anon,
					 vma_is_fork_child(vma) ? "f" : "");
	if (vma->vm_file && vma->vm_file->private_data)
		used += (size_t)snprintf(text + used, size - used, " %s@%u",
					 driver_of(vma->vm_file)->name,
					 (unsigned int)vma->vm_pgoff);
	return used;
}

/* What few tests are about, and only those want to read. */
static inline size_t print_attributes(const struct vma *vma, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	if (vma->vm_policy)
		used += (size_t)snprintf(text + used, size - used, " mode%u=%x",
					 (unsigned int)vma->vm_policy->mode,
					 (unsigned int)vma->vm_policy->nodes);
	if (vma->vm_policy && vma->vm_policy->home_node >= 0)
		used += (size_t)snprintf(text + used, size - used, "@%d",
					 vma->vm_policy->home_node);
	if (vma->anon_name)
		used += (size_t)snprintf(text + used, size - used, " '%s'", vma->anon_name->name);
	if (vma->userfaultfd_ctx)
		used += (size_t)snprintf(text + used, size - used, " u%u", vma_uffd_context(vma));
	return used;
}

static inline const char *layout_of(struct world *world, const struct mm *mm)
{
	size_t used = 0, size = sizeof(world->layout);
	uint64_t ids[64];
	unsigned int count = 0;
	struct vma_iterator vmi;
	const struct vma *vma;

	world->layout[0] = '\0';
	for (vma = mm_first(mm, &vmi); vma; vma = mm_next(&vmi)) {
		unsigned int anon = 0;

		if (used)
			used += (size_t)snprintf(world->layout + used, size - used, " | ");
		if (vma->anon_vma)
			anon = anon_number(ids, &count, vma->anon_vma->id);
		used += print_vma(vma, anon, world->layout + used, size - used);
		if (world->attributes)
			used += print_attributes(vma, world->layout + used, size - used);
	}
	return world->layout;
}

#define EXPECT_LAYOUT_OF(world, mm, text)                                                          \
	do {                                                                                       \
		world_check(world);                                                                \
		assert_string_equal(layout_of(world, mm), text);                                   \
	} while (0)
#define EXPECT_LAYOUT(world, text) EXPECT_LAYOUT_OF(world, (world)->mm, text)
#define EXPECT_LOG(world, text) assert_string_equal(world_take_log(world), text)
#define EXPECT_OK(call) assert_int_equal(call, 0)
#define EXPECT_ERR(call, err) assert_int_equal(call, -(err))

#endif
