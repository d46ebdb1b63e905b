/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Address spaces and single VMAs: their birth and death, the counters an address space keeps,
 * and the limits these are held against. Which VMAs there are is decided elsewhere.
 */
#include "vma_internal.h"

/* ------------------------------------------------------------------ the limit of VMAs */

uint64_t max_vma_count(const struct mm *mm)
{
	return mm->machine->config.max_vma_count;
}

void vm_set_max_vma_count(struct vm_machine *machine, uint64_t max)
{
	machine->config.max_vma_count = max;
	/* What was allowed under the old limit stays allowed. */
	for (struct list *node = machine->mms.next; node != &machine->mms; node = node->next) {
		struct mm *mm = list_entry(node, struct mm, mms);

		mm->count_bound = mm->vma_count;
	}
}

void vma_count_is_allowed(struct mm *mm)
{
	if (mm->count_bound < mm->vma_count)
		mm->count_bound = mm->vma_count;
}

void trace_mm_insufficient_vma_slots(const struct mm *mm)
{
	const struct vm_machine *machine = mm->machine;

	if (machine->probe)
		machine->probe(machine->probe_context, mm, mm->vma_count);
}

void vm_trace_insufficient_slots(struct vm_machine *machine, vm_probe *probe, void *context)
{
	machine->probe = probe;
	machine->probe_context = context;
}

/* ------------------------------------------------------------------ counters and limits */

static uint64_t *class_counter(struct mm *mm, vm_flags_t flags)
{
	if ((flags & (VM_EXEC | VM_WRITE | VM_GROWSDOWN | VM_SHADOW_STACK)) == VM_EXEC)
		return &mm->exec_vm;
	if (flags & (VM_GROWSDOWN | VM_SHADOW_STACK))
		return &mm->stack_vm;
	if ((flags & (VM_WRITE | VM_SHARED)) == VM_WRITE)
		return &mm->data_vm;
	return NULL;
}

void vm_stat_account(struct mm *mm, vm_flags_t flags, int64_t pages)
{
	uint64_t *counter = class_counter(mm, flags);

	mm->total_vm += (uint64_t)pages;
	if (counter)
		*counter += (uint64_t)pages;
}

bool may_expand_vm(const struct mm *mm, vm_flags_t flags, uint64_t pages)
{
	uint64_t data_limit = mm->rlimit[VM_RLIMIT_DATA];

	if (mm->total_vm + pages > mm->rlimit[VM_RLIMIT_AS])
		return false;
	if ((flags & (VM_WRITE | VM_SHARED | VM_GROWSDOWN | VM_SHADOW_STACK)) != VM_WRITE)
		return true;
	/* A soft limit of 0 is tolerated: the hard limit here is none. */
	return mm->data_vm + pages <= data_limit || data_limit == 0;
}

bool mlock_future_ok(const struct mm *mm, vm_flags_t flags, uint64_t pages)
{
	if (!(flags & VM_LOCKED) || mm->machine->config.ipc_lock)
		return true;
	return mm->locked_vm + pages <= mm->rlimit[VM_RLIMIT_MEMLOCK];
}

bool can_do_mlock(const struct mm *mm)
{
	return mm->rlimit[VM_RLIMIT_MEMLOCK] != 0 || mm->machine->config.ipc_lock;
}

void vm_charge_anyway(struct mm *mm, uint64_t pages)
{
	mm->machine->committed += pages;
	mm->committed += pages;
}

int vm_charge(struct mm *mm, uint64_t pages)
{
	struct vm_machine *machine = mm->machine;

	if (machine->config.overcommit == VM_OVERCOMMIT_NEVER &&
	    machine->committed + pages > machine->config.commit_limit)
		return -ENOMEM;
	vm_charge_anyway(mm, pages);
	return 0;
}

void vm_uncharge(struct mm *mm, uint64_t pages)
{
	VMA_ASSERT_MM(mm->committed >= pages, mm);
	mm->machine->committed -= pages;
	mm->committed -= pages;
}

uint64_t vm_committed(const struct vm_machine *machine)
{
	return machine->committed;
}

/* ------------------------------------------------------------------ single VMAs */

/* What a driver leaves when it sets no ops: not anonymous, and calls nothing. */
const struct vm_operations neutral_vm_ops = { .open = NULL };

struct vma *vma_alloc(struct mm *mm)
{
	struct vma *vma = vm_alloc(mm->machine, VM_OBJECT_VMA, sizeof(*vma));

	if (!vma)
		return NULL;
	vma->vm_mm = mm;
	vma->vm_ops = &neutral_vm_ops;
	list_init(&vma->anon_vma_chain);
	list_init(&vma->shared);
	return vma;
}

struct vma *vma_dup(const struct vma *vma, struct mm *mm)
{
	struct vma *new = vma_alloc(mm);

	if (!new)
		return NULL;
	new->vm_start = vma->vm_start;
	new->vm_end = vma->vm_end;
	new->vm_flags = vma->vm_flags;
	new->vm_pgoff = vma->vm_pgoff;
	new->virt_pgoff = vma->virt_pgoff;
	new->vm_ops = vma->vm_ops;
	new->vm_file = vma->vm_file;
	new->vm_private_data = vma->vm_private_data;
	new->userfaultfd_ctx = vma->userfaultfd_ctx;
	new->displaced = vma->displaced;
	new->unaccounted = vma->unaccounted;
	new->anon_name = vma->anon_name;
	if (new->anon_name)
		new->anon_name->refs++;
	return new;
}

void vma_free(struct vma *vma)
{
	struct vm_machine *machine = vma->vm_mm->machine;

	VMA_ASSERT_MM(!vma->vm_file, vma->vm_mm);
	VMA_ASSERT_MM(list_is_empty(&vma->anon_vma_chain), vma->vm_mm);
	VMA_ASSERT_MM(list_is_empty(&vma->shared), vma->vm_mm);
	mpol_free(machine, vma->vm_policy);
	anon_vma_name_put(machine, vma->anon_name);
	vm_release(machine, VM_OBJECT_VMA, vma, sizeof(*vma));
}

void vma_open(struct vma *vma)
{
	vma->hooked = true;
	if (vma->vm_ops && vma->vm_ops->open)
		vma->vm_ops->open(vma);
}

void vma_close(struct vma *vma)
{
	if (!vma->vm_ops || !vma->vm_ops->close)
		return;
	VMA_ASSERT_MM(vma->hooked, vma->vm_mm);
	vma->vm_ops->close(vma);
	vma->hooked = false;
	vma->vm_ops = &neutral_vm_ops;
}

/* ------------------------------------------------------------------ the tree */

struct vma *vma_find(const struct mm *mm, vm_addr_t addr)
{
	struct range_tree_entry entry;

	return range_tree_next(&mm->tree, addr, &entry) ? entry.value : NULL;
}

struct vma *vma_find_prev(const struct mm *mm, vm_addr_t addr)
{
	struct range_tree_entry entry;

	return range_tree_prev(&mm->tree, addr, &entry) ? entry.value : NULL;
}

int vma_tree_reserve(struct mm *mm, unsigned int inserts)
{
	if (!vm_request(mm->machine))
		return -ENOMEM;
	return inserts ? range_tree_reserve(&mm->tree, inserts) : 0;
}

void vma_attach(struct vma *vma)
{
	struct mm *mm = vma->vm_mm;

	range_tree_insert(&mm->tree, vma->vm_start, vma->vm_end, vma);
	vma->attached = true;
	mm->vma_count++;
	if (vma->vm_file)
		vma_link_file(vma);
}

void vma_set_bounds(struct vma *vma, vm_addr_t start, vm_addr_t end)
{
	vm_pgoff_t shift = (start >> VM_PAGE_SHIFT) - (vma->vm_start >> VM_PAGE_SHIFT);

	VMA_ASSERT_MM(start < end, vma->vm_mm);
	range_tree_resize(&vma->vm_mm->tree, vma->vm_start, start, end);
	vma->vm_pgoff += shift;
	vma->virt_pgoff += shift;
	vma->vm_start = start;
	vma->vm_end = end;
}

struct vma *mm_find(const struct mm *mm, vm_addr_t addr)
{
	return range_tree_find(&mm->tree, addr);
}

struct vma *mm_first(const struct mm *mm, struct vma_iterator *vmi)
{
	return range_tree_first(&mm->tree, &vmi->cursor);
}

struct vma *mm_next(struct vma_iterator *vmi)
{
	return range_tree_step(&vmi->cursor);
}

/* ------------------------------------------------------------------ address spaces */

int mm_new(struct vm_machine *machine, void *owner, struct mm **ret_mm)
{
	struct mm *mm = vm_alloc(machine, VM_OBJECT_MM, sizeof(*mm));

	if (!mm)
		return -ENOMEM;
	mm->machine = machine;
	mm->owner = owner;
	for (int i = 0; i < VM_RLIMITS; i++)
		mm->rlimit[i] = machine->config.rlimit[i];
	range_tree_init(&mm->tree, &machine->tree_memory);
	range_tree_init(&mm->guards, &machine->tree_memory);
	mm->start_brk = machine->config.mmap_min_addr;
	mm->brk = mm->start_brk;
	list_add_tail(&mm->mms, &machine->mms);
	*ret_mm = mm;
	return 0;
}

/*
 * Page tables go first, then each VMA in address order. Nothing is asked: no limit, no seal.
 * Ends half-made children of a failed fork as well, which have the VMAs they got so far.
 */
void mm_exit(struct mm *mm)
{
	struct vm_machine *machine = mm->machine;
	struct vma_iterator vmi;
	uint64_t accounted = 0, removed = 0;
	struct vma *vma;

	guard_clear(mm, 0, machine->config.task_size);
	for (vma = mm_first(mm, &vmi); vma; vma = mm_next(&vmi)) {
		unlink_anon_vmas(vma);
		if (vma->vm_file)
			vma_unlink_file(vma);
	}
	for (vma = mm_first(mm, &vmi); vma; vma = mm_next(&vmi)) {
		if (vma->vm_flags & VM_ACCOUNT)
			accounted += vma_pages(vma);
		vma_close(vma);
		if (vma->vm_file)
			vma_put_file(vma->vm_file);
		vma->vm_file = NULL;
		vma_free(vma);
		removed++;
	}
	VMA_ASSERT(removed == mm->vma_count);
	vm_uncharge(mm, accounted);
	VMA_ASSERT(mm->committed == mm->committed_leak);
	machine->leaked += mm->committed_leak;

	range_tree_destroy(&mm->tree);
	range_tree_destroy(&mm->guards);
	list_del(&mm->mms);
	vm_release(machine, VM_OBJECT_MM, mm, sizeof(*mm));
}
