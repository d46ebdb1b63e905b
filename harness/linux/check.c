/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The checks that no single operation can be held to: that the tree, the counters, the trees of
 * mappings and the chains of anon_vmas say the same as the VMAs do, that no page is present
 * where no VMA is, and that no lock is held.
 */
#include "check.h"

#include "calls.h"
#include "files.h"
#include "pages.h"

struct totals {
	unsigned long pages, exec, stack, data, locked, accounted;
	int vmas;
};

/* ---- one VMA */

static bool stands_in(const struct shim_member *member, const struct rb_root_cached *root,
		      pgoff_t first, pgoff_t pages)
{
	return member->in == root && member->first == first && member->last == first + pages - 1;
}

static const char *check_chain(const struct vm_area_struct *vma)
{
	const struct anon_vma_chain *chain;
	bool own = false;

	if (!vma->anon_vma != list_empty(&vma->anon_vma_chain))
		return "ANV-1 a VMA has a chain without an anon_vma, or the other way round";
	if (vma->anon_vma && vma->vm_flags & VM_SHARED)
		return "ANV-1 a shared VMA has an anon_vma";
	list_for_each_entry(chain, &vma->anon_vma_chain, same_vma)
	{
		own |= chain->anon_vma == vma->anon_vma;
		if (chain->vma != vma)
			return "ANV-3 a link of a chain belongs to another VMA";
		if (!stands_in(&chain->member, &chain->anon_vma->rb_root, vma_start_anon_pgoff(vma),
			       vma_pages(vma)))
			return "ANV-3 a VMA is in the tree of an anon_vma under other offsets";
		if (chain->anon_vma->root != vma->anon_vma->root)
			return "ANV-4 the anon_vmas of one chain have several roots";
	}
	return vma->anon_vma && !own ? "ANV-2 the anon_vma of a VMA is not in its chain" : NULL;
}

static const char *check_file(const struct vm_area_struct *vma)
{
	if (!vma->vm_file)
		return vma->shared.in ? "FIL-2 a VMA without a file is in a mapping" : NULL;
	if (!stands_in(&vma->shared, &vma->vm_file->f_mapping->i_mmap, vma->vm_pgoff,
		       vma_pages(vma)))
		return "FIL-2 a VMA is not in the mapping of its file, or under other offsets";
	return NULL;
}

static const char *check_vma(const struct vm_area_struct *vma, const struct mm_struct *mm)
{
	const char *broken;

	if (vma->vm_mm != mm)
		return "STR-7 a VMA belongs to another mm";
	if (vma->detached)
		return "STR-7 a detached VMA is in the tree";
	if (vma->vm_start >= vma->vm_end || offset_in_page(vma->vm_start | vma->vm_end))
		return "STR-1 a VMA is empty or not page aligned";
	if (vma->vm_start < mmap_min_addr || vma->vm_end > TASK_SIZE)
		return "STR-2 a VMA lies outside the address space";
	if (vma->vm_pgoff + vma_pages(vma) < vma->vm_pgoff)
		return "STR-6 the offsets of a VMA wrap";
	if (!vma->vm_userfaultfd_ctx.ctx != !(vma->vm_flags & VM_UFFD_FLAGS))
		return "FLG-6 userfaultfd flags without a context, or the other way round";
	if (vma->vm_flags & VM_LOCKED && !vma_supports_mlock(vma))
		return "FLG-3 a VMA is locked that cannot be";
	broken = check_chain(vma);
	return broken ? broken : check_file(vma);
}

/* ---- one mm */

static void add(struct totals *totals, const struct vm_area_struct *vma)
{
	unsigned long pages = vma_pages(vma);

	totals->vmas++;
	totals->pages += pages;
	if (is_exec_mapping(vma->vm_flags))
		totals->exec += pages;
	else if (is_stack_mapping(vma->vm_flags))
		totals->stack += pages;
	else if (is_data_mapping(vma->vm_flags))
		totals->data += pages;
	if (vma->vm_flags & VM_LOCKED)
		totals->locked += pages;
	if (vma->vm_flags & VM_ACCOUNT)
		totals->accounted += pages;
}

static const char *check_totals(const struct mm_struct *mm, const struct totals *totals)
{
	if (totals->vmas != mm->map_count)
		return "STR-3 map_count is not the number of VMAs";
	if (totals->pages != mm->total_vm)
		return "ACC-1 total_vm is not the number of mapped pages";
	if (totals->exec != mm->exec_vm || totals->stack != mm->stack_vm ||
	    totals->data != mm->data_vm)
		return "ACC-2 exec_vm, stack_vm or data_vm is not the number of pages of its class";
	if (totals->locked != mm->locked_vm)
		return "ACC-3 locked_vm is not the number of locked pages";
	if (totals->accounted + mm->leaked != mm->committed)
		return "ACC-4 what is charged is not the number of accounted pages";
	return NULL;
}

static const char *check_mm(struct mm_struct *mm)
{
	VMA_ITERATOR(vmi, mm, 0);
	struct totals totals = { 0 };
	unsigned long end = mmap_min_addr;
	struct vm_area_struct *vma;
	const char *broken;

	for_each_vma(vmi, vma)
	{
		if (vma_iter_addr(&vmi) != vma->vm_start || vma_iter_end(&vmi) != vma->vm_end)
			return "STR-5 a VMA is in the tree under other addresses";
		broken = check_vma(vma, mm);
		if (broken)
			return broken;
		if (pages_present(mm, end, vma->vm_start) || pages_guarded(mm, end, vma->vm_start))
			return "STR-7 a page is present where no VMA is";
		end = vma->vm_end;
		add(&totals, vma);
	}
	if (pages_present(mm, end, TASK_SIZE) || pages_guarded(mm, end, TASK_SIZE))
		return "STR-7 a page is present where no VMA is";
	return check_totals(mm, &totals);
}

/* ---- across mms */

/* Members are VMAs that stand; each stands in it once, which check_file() saw. */
static const char *check_mapping(const struct address_space *mapping)
{
	const struct shim_member *member;
	int writers = 0;

	list_for_each_entry(member, &mapping->i_mmap.members, node)
	{
		const struct vm_area_struct *vma =
			container_of(member, struct vm_area_struct, shared);

		if (vma->detached)
			return "FIL-2 a mapping holds a VMA that is gone";
		writers += vma_is_shared_maywrite(vma);
	}
	return writers == mapping->i_mmap_writable.counter
		       ? NULL
		       : "FIL-3 a mapping counts writers wrongly";
}

static const char *check_mappings(void)
{
	const char *broken = NULL;

	for (unsigned int inode = 0; files_mapping(inode) && !broken; inode++)
		broken = check_mapping(files_mapping(inode));
	return broken;
}

const char *check_machine(struct mm_struct *const *mms, unsigned int count)
{
	struct shim_machine *machine = shim();
	const char *broken = files_misled();

	if (machine->warning[0])
		return machine->warning;
	if (broken)
		return broken;
	if (machine->locks)
		return "LOCK a lock is held after the operation";
	for (unsigned int i = 0; i < count && !broken; i++)
		broken = check_mm(mms[i]);
	if (!broken)
		broken = check_mappings();
	return machine->warning[0] ? machine->warning : broken;
}

const char *check_leaks(void)
{
	static const char *const leaks[SHIM_OBJECTS] = {
		[SHIM_MM] = "EXT-1 an mm is left",
		[SHIM_VMA] = "EXT-1 a VMA is left",
		[SHIM_ANON_VMA] = "EXT-1 an anon_vma is left",
		[SHIM_CHAIN] = "EXT-1 a link to an anon_vma is left",
		[SHIM_FILE] = "EXT-1 a file is left",
		[SHIM_POLICY] = "EXT-1 a policy is left",
		[SHIM_NAME] = "EXT-1 a name is left",
		[SHIM_NODE] = "EXT-1 a node of a tree is left",
	};

	for (int i = 0; i < SHIM_OBJECTS; i++)
		if (shim()->live[i] && leaks[i])
			return leaks[i];
	return check_mappings();
}
