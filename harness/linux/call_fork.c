/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of an address space, chapters 11 and 12: made, copied by the tree's own copy of its
 * tree and VMA by VMA, and torn down, also when a copy ended half way.
 */
#include "calls.h"
#include "pages.h"

#define TREE_FLAGS (MT_FLAGS_ALLOC_RANGE | MT_FLAGS_LOCK_EXTERN)

struct mm_struct *new_mm(uint32_t number)
{
	struct mm_struct *mm = shim_alloc(SHIM_MM, sizeof(*mm), GFP_KERNEL);

	if (!mm)
		return NULL;
	mt_init_flags(&mm->mm_mt, TREE_FLAGS);
	mm->number = number;
	mm->start_brk = mm->brk = mmap_min_addr;
	return mm;
}

/* The child has a context of its own if the parent's owner hears of it. */
static int copy_context(struct vm_area_struct *child, const struct vm_area_struct *parent)
{
	struct userfaultfd_ctx *from = parent->vm_userfaultfd_ctx.ctx, *to;

	if (!from)
		return 0;
	if (!(from->features & SHIM_EVENT_FORK)) {
		child->vm_userfaultfd_ctx = NULL_VM_UFFD_CTX;
		child->vm_flags &= ~VM_UFFD_FLAGS;
		return 0;
	}
	to = &child->vm_mm->uffd[from - parent->vm_mm->uffd];
	if (!to->open) {
		/* Its memory is the mm's, but as much an allocation as any. */
		void *asked = shim_alloc(SHIM_NAME, 1, GFP_KERNEL);

		if (!asked)
			return -ENOMEM;
		shim_free(SHIM_NAME, asked, 1);
	}
	*to = *from;
	child->vm_userfaultfd_ctx.ctx = to;
	return 0;
}

/* A copy in no tree yet; 11.1, steps 3 to 7. */
static struct vm_area_struct *copy_vma_struct(struct mm_struct *mm, struct vm_area_struct *parent)
{
	struct vm_area_struct *child = vm_area_dup(parent);

	if (!child)
		return NULL;
	if (vma_dup_policy(parent, child))
		goto free_child;
	child->vm_mm = mm;
	if (copy_context(child, parent))
		goto put_policy;
	if (child->vm_flags & VM_WIPEONFORK) {
		child->anon_vma = NULL;
	} else if (anon_vma_fork(child, parent)) {
		goto put_policy;
	}
	child->vm_flags &= ~VM_LOCKED_MASK;
	return child;

put_policy:
	mpol_put(child->vm_policy);
free_child:
	vm_area_free(child);
	return NULL;
}

static void copy_pages(struct vm_area_struct *child, const struct vm_area_struct *parent)
{
	if (child->vm_flags & VM_WIPEONFORK)
		return;
	if (!(child->vm_flags & (VM_UFFD_WP | VM_UFFD_RWP | VM_MAYBE_GUARD)) &&
	    !(parent->vm_flags & (VM_PFNMAP | VM_MIXEDMAP)) && !parent->anon_vma)
		return;
	for (unsigned long addr = parent->vm_start; addr < parent->vm_end; addr += PAGE_SIZE) {
		if (pages_present(parent->vm_mm, addr, addr + PAGE_SIZE))
			pages_set(child->vm_mm, addr, addr + PAGE_SIZE);
		if (pages_guarded(parent->vm_mm, addr, addr + PAGE_SIZE))
			pages_guard(child->vm_mm, addr, addr + PAGE_SIZE, true);
	}
}

static void link_file(struct vm_area_struct *vma)
{
	struct address_space *mapping = vma->vm_file->f_mapping;

	i_mmap_lock_write(mapping);
	if (vma_is_shared_maywrite(vma))
		mapping_allow_writable(mapping);
	flush_dcache_mmap_lock(mapping);
	vma_interval_tree_insert(vma, &mapping->i_mmap);
	flush_dcache_mmap_unlock(mapping);
	i_mmap_unlock_write(mapping);
}

/* One entry of the copied tree, which is the parent's VMA still. */
static int copy_entry(struct mm_struct *mm, struct vma_iterator *vmi, struct vm_area_struct *parent)
{
	unsigned long pages = vma_pages(parent), paid = 0;
	struct vm_area_struct *child;

	if (parent->vm_flags & VM_DONTCOPY) {
		/* 11.1: what is skipped fails for nothing. */
		vma_iter_clear_gfp(vmi, parent->vm_start, parent->vm_end,
				   GFP_KERNEL | __GFP_NOFAIL);
		stat_account(mm, parent->vm_flags, -(long)pages);
		return 0;
	}
	if (parent->vm_flags & VM_ACCOUNT) {
		if (shim_charge(mm, pages))
			return -ENOMEM;
		paid = pages;
	}
	child = copy_vma_struct(mm, parent);
	if (!child) {
		if (paid)
			shim_uncharge(mm, paid);
		return -ENOMEM;
	}
	vmi->mas.index = child->vm_start;
	vmi->mas.last = child->vm_end - 1;
	mas_store(&vmi->mas, child);
	enter(child);
	mm->map_count++;
	if (child->vm_ops && child->vm_ops->open)
		child->vm_ops->open(child);
	if (child->vm_file) {
		get_file(child->vm_file);
		link_file(child);
	}
	copy_pages(child, parent);
	return 0;
}

/* From the entry that failed on they are the parent's: a marker says where. */
static int copy_entries(struct mm_struct *mm)
{
	VMA_ITERATOR(vmi, mm, 0);
	struct vm_area_struct *parent;
	int error;

	for_each_vma(vmi, parent)
	{
		error = copy_entry(mm, &vmi, parent);
		if (!error)
			continue;
		mas_set_range(&vmi.mas, parent->vm_start, parent->vm_end - 1);
		mas_store(&vmi.mas, XA_ZERO_ENTRY);
		return error;
	}
	return 0;
}

static void copy_fields(struct mm_struct *child, const struct mm_struct *mm)
{
	child->def_flags = mm->def_flags & ~VM_LOCKED_MASK;
	child->start_brk = mm->start_brk;
	child->brk = mm->brk;
	child->ksm = mm->ksm;
	child->total_vm = mm->total_vm;
	child->data_vm = mm->data_vm;
	child->exec_vm = mm->exec_vm;
	child->stack_vm = mm->stack_vm;
	memcpy(child->rlimit, mm->rlimit, sizeof(mm->rlimit));
}

int call_fork(struct mm_struct *mm, uint32_t number, struct mm_struct **ret_child)
{
	struct mm_struct *child = new_mm(number);
	int error;

	if (!child)
		return -ENOMEM;
	copy_fields(child, mm);
	mmap_write_lock(mm);
	mmap_write_lock(child);
	error = __mt_dup(&mm->mm_mt, &child->mm_mt, GFP_KERNEL);
	if (!error)
		error = copy_entries(child);
	mmap_write_unlock(child);
	mmap_write_unlock(mm);
	if (error) {
		call_exit(child);
		return error;
	}
	for (unsigned int i = 0; i < MM_CONTEXTS; i++)
		if (mm->uffd[i].open && mm->uffd[i].features & SHIM_EVENT_FORK)
			child->uffd[i] = mm->uffd[i];
	*ret_child = child;
	return 0;
}

void call_exit(struct mm_struct *mm)
{
	struct mm_struct *before = current->mm;
	VMA_ITERATOR(vmi, mm, 0);
	unsigned long accounted = 0;
	struct vm_area_struct *vma;
	int removed = 0;

	current->mm = mm;
	mm->exiting = true;
	mmap_write_lock(mm);
	pages_drop(mm);
	for (vma = vma_next(&vmi); vma && !xa_is_zero(vma); vma = vma_next(&vmi)) {
		if (vma->vm_flags & VM_ACCOUNT)
			accounted += vma_pages(vma);
		let_go(vma);
		removed++;
	}
	WARN_ON(removed != mm->map_count);
	__mt_destroy(&mm->mm_mt);
	shim_uncharge(mm, accounted);
	WARN_ON(mm->committed != mm->leaked);
	mmap_write_unlock(mm);
	current->mm = before;
	shim_free(SHIM_MM, mm, sizeof(*mm));
}
