/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must hold of any state, whatever led to it: every VMA and counter of an address space,
 * and what the address spaces share. A violation is a sentence after the id of its rule.
 * Linear in the number of VMAs, and meant to be called after every operation.
 */
#include <inttypes.h>
#include <stdio.h>

#include "vma_internal.h"

/* Sums over the VMAs of one address space. */
struct totals {
	uint64_t vmas, total, data, exec, stack, locked, accounted;
};

/* What is wrong, with the VMA it is wrong with; pages count from mmap_min_addr. */
static const char *violation(const struct vma *vma, const struct mm *mm, const char *sentence)
{
	struct vm_machine *machine = mm->machine;
	vm_addr_t base = machine->config.mmap_min_addr;

	snprintf(machine->violation, sizeof(machine->violation),
		 "%s (VMA %" PRIu64 "..%" PRIu64 ")", sentence, page_count(base, vma->vm_start),
		 page_count(base, vma->vm_end));
	return machine->violation;
}

/* What is no context of any address space is somebody else's and none of our business. */
static bool uffd_is_wrong(const struct vma *vma)
{
	const struct list *head = &vma->vm_mm->machine->mms;

	for (const struct list *node = head->next; node != head; node = node->next) {
		const struct mm *mm = list_entry(node, struct mm, mms);

		for (unsigned int i = 0; i < VM_UFFD_CONTEXTS; i++)
			if (vma->userfaultfd_ctx == &mm->uffd[i])
				return mm != vma->vm_mm || !mm->uffd[i].open;
	}
	return false;
}

/* Flags of which most VMAs have none, and the rules about them. */
#define VM_RARE                                                                                    \
	(VM_LOCKED_MASK | VM_HUGEPAGE | VM_NOHUGEPAGE | VM_SEQ_READ | VM_RAND_READ |               \
	 VM_GROWSDOWN | VM_WIPEONFORK | VM_DROPPABLE)

static const char *check_rare_flags(const struct vma *vma)
{
	vm_flags_t flags = vma->vm_flags;

	if ((flags & VM_LOCKED_MASK) == VM_LOCKONFAULT)
		return "FLG-2 VM_LOCKONFAULT without VM_LOCKED";
	if (flags & VM_LOCKED && !vma_supports_mlock(vma))
		return "FLG-3 locked although it cannot be";
	if ((flags & (VM_HUGEPAGE | VM_NOHUGEPAGE)) == (VM_HUGEPAGE | VM_NOHUGEPAGE))
		return "FLG-4 both VM_HUGEPAGE and VM_NOHUGEPAGE";
	if ((flags & (VM_SEQ_READ | VM_RAND_READ)) == (VM_SEQ_READ | VM_RAND_READ) &&
	    !(flags & VM_STACK_INCOMPLETE_SETUP))
		return "FLG-4 both VM_SEQ_READ and VM_RAND_READ";
	if (flags & VM_GROWSDOWN && (!vma_is_anonymous(vma) || vma->vm_file || flags & VM_SHARED))
		return "FLG-7 VM_GROWSDOWN on what is not private anonymous memory";
	if (flags & VM_WIPEONFORK && (vma->vm_file || flags & VM_SHARED))
		return "FLG-10 VM_WIPEONFORK on what has a file or is shared";
	if (flags & VM_DROPPABLE &&
	    (flags & (VM_NORESERVE | VM_WIPEONFORK | VM_DONTDUMP | VM_LOCKED)) !=
		    (VM_NORESERVE | VM_WIPEONFORK | VM_DONTDUMP))
		return "FLG-12 VM_DROPPABLE with the wrong company";
	return NULL;
}

static const char *check_flags(const struct vma *vma)
{
	vm_flags_t flags = vma->vm_flags;

	if (flags & ~(flags >> 4) & VM_ACCESS_FLAGS)
		return "FLG-1 access that the MAY flags do not allow";
	if ((flags & (VM_SHARED | VM_MAYSHARE)) == VM_SHARED)
		return "FLG-5 VM_SHARED without VM_MAYSHARE";
	if ((flags & (VM_SHARED | VM_MAYSHARE | VM_MAYWRITE)) == (VM_MAYSHARE | VM_MAYWRITE))
		return "FLG-5 VM_MAYWRITE in a shared mapping of a file that is not writable";
	if (!vma->userfaultfd_ctx != !(flags & VM_UFFD_FLAGS))
		return "FLG-6 userfaultfd context and flags disagree";
	if (vma->userfaultfd_ctx && uffd_is_wrong(vma))
		return "FLG-6 registered with a userfaultfd that is closed or not its own";
	if (flags & VM_ACCOUNT && flags & (VM_NORESERVE | VM_SHARED | VM_HUGETLB))
		return "FLG-8 VM_ACCOUNT on what is never charged";
	if ((flags & (VM_WRITE | VM_SHARED | VM_NORESERVE | VM_HUGETLB | VM_ACCOUNT)) == VM_WRITE &&
	    !vma->unaccounted)
		return "FLG-9 private and writable, but not charged";
	return flags & VM_RARE ? check_rare_flags(vma) : NULL;
}

static const char *check_anon_vma(const struct vma *vma)
{
	const struct list *head = &vma->anon_vma_chain;
	bool found = false;

	if (!vma->anon_vma)
		return list_is_empty(head) ? NULL : "ANV-1 a chain without anon_vma";
	if (vma->vm_flags & VM_SHARED)
		return "ANV-1 a shared mapping with anon_vma";
	for (const struct list *node = head->next; node != head; node = node->next) {
		const struct anon_vma_chain *link =
			list_entry(node, struct anon_vma_chain, same_vma);

		if (link->vma != vma)
			return "ANV-3 a link in the wrong chain";
		if (link->anon_vma->root != vma->anon_vma->root)
			return "ANV-4 two roots in one chain";
		found |= link->anon_vma == vma->anon_vma;
	}
	return found ? NULL : "ANV-2 the chain lacks the anon_vma";
}

/* Unfaulted memory can be addressed by where it is; moving it later would show otherwise. */
static const char *check_offsets(const struct vma *vma)
{
	vm_pgoff_t pfn = vma->vm_start >> VM_PAGE_SHIFT;

	if (vma->vm_pgoff + vma_pages(vma) < vma->vm_pgoff)
		return "STR-6 page offsets wrap";
	if (vma->anon_vma || vma->displaced)
		return NULL;
	if (vma_is_anonymous(vma) && !vma->vm_file && vma->vm_pgoff != pfn)
		return "ANV-7 an unfaulted VMA whose page offset is not its address";
	if (vma->vm_mm->machine->behaviour.virtual_pgoff && vma->virt_pgoff != pfn)
		return "ANV-7 an unfaulted VMA whose virtual page offset is not its address";
	return NULL;
}

static const char *check_vma(const struct vma *vma, const struct range_tree_entry *entry,
			     vm_addr_t low, const struct mm *mm)
{
	const char *wrong;

	if (entry->start != vma->vm_start || entry->end != vma->vm_end)
		return "STR-5 the tree has another range";
	if (!page_aligned(vma->vm_start | vma->vm_end))
		return "STR-1 not page aligned";
	if (vma->vm_start < low || vma->vm_start >= vma->vm_end)
		return "STR-1 out of order or empty";
	if (vma->vm_end > mm->machine->config.task_size)
		return "STR-2 beyond the end of the address space";
	if (!vma->attached || vma->vm_mm != mm)
		return "STR-7 in the tree but not attached";
	if (vma->vm_ops && vma->vm_ops->close && !vma->hooked)
		return "HOK-1 a driver does not know of its VMA";
	if (!vma->vm_file != list_is_empty(&vma->shared))
		return "FIL-2 a file's VMA is not in its mapping";
	wrong = check_flags(vma);
	if (!wrong)
		wrong = check_offsets(vma);
	return wrong ? wrong : check_anon_vma(vma);
}

static void add_totals(struct totals *totals, const struct vma *vma)
{
	uint64_t pages = vma_pages(vma);
	vm_flags_t flags = vma->vm_flags;

	totals->vmas++;
	totals->total += pages;
	if (flags & (VM_GROWSDOWN | VM_SHADOW_STACK)) {
		totals->stack += pages;
	} else if (flags & VM_WRITE) {
		totals->data += flags & VM_SHARED ? 0 : pages;
	} else if (flags & VM_EXEC) {
		totals->exec += pages;
	}
	if (flags & VM_LOCKED)
		totals->locked += pages;
	if (flags & VM_ACCOUNT)
		totals->accounted += pages;
}

static const char *check_totals(struct mm *mm, const struct totals *totals)
{
	uint64_t bound = max_vma_count(mm) + 1;

	if (mm->vma_count != totals->vmas || range_tree_count(&mm->tree) != totals->vmas)
		return "STR-3 vma_count is not the number of VMAs";
	if (mm->total_vm != totals->total)
		return "ACC-1 total_vm is not the sum of all pages";
	if (mm->data_vm != totals->data)
		return "ACC-2 data_vm is not the sum of data pages";
	if (mm->exec_vm != totals->exec)
		return "ACC-2 exec_vm is not the sum of code pages";
	if (mm->stack_vm != totals->stack)
		return "ACC-2 stack_vm is not the sum of stack pages";
	if (mm->locked_vm != totals->locked + mm->locked_leak)
		return "ACC-3 locked_vm is not the sum of locked pages";
	if (mm->committed != totals->accounted + mm->committed_leak)
		return "ACC-4 committed is not the sum of charged pages";
	if (mm->brk < mm->start_brk)
		return "ACC-6 the break lies below its start";
	if (mm->vma_count > (mm->count_bound > bound ? mm->count_bound : bound))
		return "LIM-1 more VMAs than before, and than the limit allows";
	mm->count_bound = mm->vma_count;
	return NULL;
}

/* What the VMAs hold of objects that other address spaces hold too; compared by vm_validate(). */
static void count_shared_objects(const struct vma *vma)
{
	const struct list *head = &vma->anon_vma_chain;

	for (const struct list *node = head->next; node != head; node = node->next)
		list_entry(node, struct anon_vma_chain, same_vma)->anon_vma->seen++;
	if (vma->anon_vma)
		vma->anon_vma->seen_active++;
	if (!vma->vm_file)
		return;
	vma->vm_file->seen++;
	vma->vm_file->mapping->seen++;
	if (is_shared_maywrite(vma->vm_flags))
		vma->vm_file->mapping->seen_writers++;
}

static const char *validate_mm(struct mm *mm, bool count)
{
	struct totals totals = { 0 };
	struct range_tree_cursor cursor;
	struct range_tree_entry entry;
	const struct vma *vma;
	vm_addr_t low = 0;
	const char *wrong;

	wrong = range_tree_validate(&mm->tree);
	if (wrong) {
		snprintf(mm->machine->violation, sizeof(mm->machine->violation), "STR-4 %s", wrong);
		return mm->machine->violation;
	}
	/* Whoever looks for an address finds what the walk meets: the spans were checked above. */
	for (vma = range_tree_first(&mm->tree, &cursor); vma; vma = range_tree_step(&cursor)) {
		range_tree_read(&cursor, &entry);
		wrong = check_vma(vma, &entry, low, mm);
		if (wrong)
			return violation(vma, mm, wrong);
		add_totals(&totals, vma);
		if (count)
			count_shared_objects(vma);
		low = entry.end;
	}
	wrong = check_totals(mm, &totals);
	return wrong ? wrong : guard_validate(mm);
}

const char *mm_validate(struct mm *mm)
{
	return validate_mm(mm, /* count= */ false);
}

/* What the walk over the VMAs has counted; the next walk starts from nothing. */
static uint64_t take_count(uint64_t *count)
{
	uint64_t counted = *count;

	*count = 0;
	return counted;
}

static const char *validate_files(struct vm_machine *machine)
{
	for (struct list *node = machine->files.next; node != &machine->files; node = node->next) {
		struct file *file = list_entry(node, struct file, files);

		if (file->refs != file->held + take_count(&file->seen))
			return "FIL-1 references to a file are not those of its VMAs";
	}
	for (struct list *node = machine->mappings.next; node != &machine->mappings;
	     node = node->next) {
		struct mapping *mapping = list_entry(node, struct mapping, mappings);
		uint64_t vmas = 0;

		for (struct list *at = mapping->vmas.next; at != &mapping->vmas; at = at->next) {
			if (list_entry(at, struct vma, shared)->vm_file->mapping != mapping)
				return "FIL-2 a VMA in the wrong mapping";
			vmas++;
		}
		if (take_count(&mapping->seen) != vmas || mapping->vma_count != vmas)
			return "FIL-2 a mapping has other VMAs than map it";
		if (take_count(&mapping->seen_writers) != mapping->writers)
			return "FIL-3 writers of a mapping are not its shared writable VMAs";
	}
	return NULL;
}

static const char *validate_anon_vmas(struct vm_machine *machine)
{
	struct list *head = &machine->anon_vmas;
	struct list *node;

	for (node = head->next; node != head; node = node->next)
		list_entry(node, struct anon_vma, anon_vmas)->parent->seen_children++;
	for (node = head->next; node != head; node = node->next) {
		struct anon_vma *anon_vma = list_entry(node, struct anon_vma, anon_vmas);
		uint64_t links = 0;

		for (struct list *at = anon_vma->vmas.next; at != &anon_vma->vmas; at = at->next) {
			if (list_entry(at, struct anon_vma_chain, same_anon_vma)->anon_vma !=
			    anon_vma)
				return "ANV-3 a link to the wrong anon_vma";
			links++;
		}
		if (!links)
			return "ANV-6 an anon_vma without VMAs";
		if (take_count(&anon_vma->seen) != links || anon_vma->vma_count != links)
			return "ANV-3 an anon_vma has other VMAs than link to it";
		if (take_count(&anon_vma->seen_active) != anon_vma->num_active_vmas)
			return "ANV-3 num_active_vmas is not the number of active VMAs";
		if (take_count(&anon_vma->seen_children) != anon_vma->num_children)
			return "ANV-3 num_children is not the number of children";
	}
	return NULL;
}

const char *vm_validate(struct vm_machine *machine)
{
	uint64_t committed = 0, vmas = 0;
	const char *wrong;

	for (struct list *node = machine->mms.next; node != &machine->mms; node = node->next) {
		struct mm *mm = list_entry(node, struct mm, mms);

		wrong = validate_mm(mm, /* count= */ true);
		if (wrong)
			return wrong;
		committed += mm->committed;
		vmas += mm->vma_count;
	}
	if (vmas != machine->live[VM_OBJECT_VMA])
		return "STR-7 a VMA in no address space";
	if (committed + machine->leaked != machine->committed)
		return "ACC-4 committed pages that no address space has";
	wrong = validate_files(machine);
	return wrong ? wrong : validate_anon_vmas(machine);
}
