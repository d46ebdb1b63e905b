/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inner half of mmap(), chapter 8, steps 17 to 26, for trees whose mm/vma.c has none: what is
 * replaced, who is asked and who pays. The tree gathers, merges, and lets go.
 */
#include "calls.h"

#ifndef TREE_HAS_MMAP_REGION

/* One mapping on its way into the address space. */
struct own {
	struct mapping map;
	unsigned long charged; /* beyond what was charged in its place */
	unsigned long taken;   /* the charge it took over from there */
	struct vma_iterator vmi;
	struct vma_merge_struct vmg;
	struct vma_munmap_struct vms;
	struct maple_tree detached;
	struct ma_state mas_detach;
};

static void begin(struct own *own)
{
	struct mm_struct *mm = own->map.mm;

	vma_iter_init(&own->vmi, mm, own->map.addr);
	own->vmg = (struct vma_merge_struct){
		.mm = mm,
		.vmi = &own->vmi,
		.start = own->map.addr,
		.end = own->map.end,
		.flags = own->map.flags,
		.pgoff = own->map.pgoff,
		.file = own->map.file,
		.state = VMA_MERGE_START,
		.merge_flags = VMG_FLAG_DEFAULT,
	};
}

/* What is mapped there is taken aside, still in the tree. */
static int gather(struct own *own, struct list_head *contexts)
{
	struct vm_area_struct *vma = vma_find(&own->vmi, own->map.end);
	int error;

	init_vma_munmap(&own->vms, &own->vmi, vma, own->map.addr, own->map.end, contexts,
			/* unlock= */ false);
	if (!vma) {
		own->vmg.next = vma_iter_next_rewind(&own->vmi, &own->vmg.prev);
		return 0;
	}
	mt_init_flags(&own->detached, own->vmi.mas.tree->ma_flags & MT_FLAGS_LOCK_MASK);
	mas_init(&own->mas_detach, &own->detached, 0);
	error = vms_gather_munmap_vmas(&own->vms, &own->mas_detach);
	own->vmg.next = own->vms.next;
	own->vmg.prev = own->vms.prev;
	return error;
}

static int pay(struct own *own)
{
	if (!may_expand(own->map.mm, own->map.flags, own->map.pages - own->vms.nr_pages))
		return -ENOMEM;
	if ((own->map.flags & (VM_WRITE | VM_NORESERVE | VM_SHARED)) != VM_WRITE)
		return 0;
	own->charged = own->map.pages - own->vms.nr_accounted;
	if (own->charged && shim_charge(own->map.mm, own->charged)) {
		own->charged = 0;
		return -ENOMEM;
	}
	own->taken = own->vms.nr_accounted;
	own->vms.nr_accounted = 0;
	own->map.flags |= VM_ACCOUNT;
	own->vmg.flags = own->map.flags;
	return 0;
}

/*
 * The merge failed without memory, but the driver was told that there is memory for its VMA. 6.12
 * leaves the iterator where the merge put it: after a failed commit it reserves for the range of
 * the merge, and the store loses the next VMA; after a failed clone it reserves nothing, and the
 * store finds no node. Callers cannot know, so only --strict does as they do.
 */
static void reserve_again(struct own *own, struct vm_area_struct *vma)
{
	struct vma_iterator *vmi = &own->vmi;
	bool moved = vma_iter_addr(vmi) != own->map.addr || vma_iter_end(vmi) != own->map.end;

	if (moved && !shim()->config.strict) {
		vma_iter_free(vmi);
		vma_iter_set(vmi, own->map.addr);
		vma_iter_config(vmi, own->map.addr, own->map.end);
	} else if (!vmg_nomem(&own->vmg)) {
		return;
	}
	mas_preallocate(&vmi->mas, vma, GFP_KERNEL | __GFP_NOFAIL);
}

/*
 * A driver of the older kind saw the fresh VMA and may have changed its flags: with a neighbour
 * below there is a second attempt. NULL: the fresh one it is.
 */
static struct vm_area_struct *merge_again(struct own *own, struct vm_area_struct *vma)
{
	struct vm_area_struct *merged;

	if (vma->vm_flags == own->map.flags || !own->vmg.prev)
		return NULL;
	own->vmg.flags = vma->vm_flags;
	merged = vma_merge_new_range(&own->vmg);
	if (merged) {
		fput(vma->vm_file);
		vm_area_free(vma);
	} else {
		reserve_again(own, vma);
	}
	return merged;
}

/* What stands behind a fresh VMA. */
static int back(struct own *own, struct vm_area_struct *vma)
{
	int error;

	if (!own->map.file) {
		if (own->map.flags & VM_SHARED)
			return shmem_zero_setup(vma);
		vma_set_anonymous(vma);
		return 0;
	}
	vma->vm_file = get_file(own->map.file);
	error = own->map.file->f_op->mmap(own->map.file, vma);
	vma_iter_config(&own->vmi, own->map.addr, own->map.end);
	if (!error)
		return 0;
	fput(vma->vm_file);
	vma->vm_file = NULL;
	vma_iter_set(&own->vmi, vma->vm_end);
	unmap_region(&own->vmi.mas, vma, own->vmg.prev, own->vmg.next);
	return error;
}

static int make_fresh(struct own *own, struct vm_area_struct **ret_vma)
{
	struct vm_area_struct *vma = vm_area_alloc(own->map.mm), *merged;
	int error = -ENOMEM;

	if (!vma)
		return -ENOMEM;
	vma_iter_config(&own->vmi, own->map.addr, own->map.end);
	vma_set_range(vma, own->map.addr, own->map.end, own->map.pgoff);
	vma->vm_flags = own->map.flags;
	vma->vm_page_prot = vm_get_page_prot(own->map.flags);
	if (vma_iter_prealloc(&own->vmi, vma))
		goto free_vma;
	error = back(own, vma);
	if (error)
		goto free_vmi;
	merged = merge_again(own, vma);
	if (merged) {
		*ret_vma = merged;
		own->map.flags = merged->vm_flags;
		return 0;
	}
	own->map.flags = vma->vm_flags;
	vma_start_write(vma);
	vma_iter_store(&own->vmi, vma);
	own->map.mm->map_count++;
	vma_link_file(vma);
	vma->vm_flags = ksm_flags(own->map.mm, vma->vm_flags);
	*ret_vma = vma;
	return 0;

free_vmi:
	vma_iter_free(&own->vmi);
free_vma:
	vm_area_free(vma);
	return error;
}

static void finish(struct own *own, struct vm_area_struct *vma)
{
	struct mm_struct *mm = own->map.mm;
	vm_flags_t flags;

	vms_complete_munmap_vmas(&own->vms, &own->mas_detach);
	stat_account(mm, own->map.flags, (long)own->map.pages);
	flags = vma->vm_flags | VM_SOFTDIRTY;
	if (own->map.flags & VM_LOCKED) {
		if (vma_supports_mlock(vma))
			mm->locked_vm += own->map.pages;
		else
			flags &= ~VM_LOCKED_MASK;
	}
	set_flags(vma, flags);
}

/* A merge that failed leaves the proposal as it was: it may be made again. */
static void check_proposal(const struct own *own)
{
	const struct vma_merge_struct *vmg = &own->vmg;

	WARN_ON(vmg->vma || vmg->start != own->map.addr || vmg->end != own->map.end ||
		vmg->pgoff != own->map.pgoff);
}

/* Steps 18 to 26. */
static int make(struct own *own)
{
	struct vm_area_struct *vma;
	LIST_HEAD(contexts);
	int error;

	begin(own);
	error = gather(own, &contexts);
	if (error)
		return error;
	error = pay(own);
	if (error)
		goto abort;
	vms_clean_up_area(&own->vms, &own->mas_detach);
	vma = vma_merge_new_range(&own->vmg);
	if (!vma) {
		check_proposal(own);
		/* 6.12 means to do this where a merge failed without memory, and does not. */
		if (!shim()->config.strict && own->vmg.state == VMA_MERGE_NOMERGE)
			vma_iter_set(&own->vmi, own->map.addr);
		error = make_fresh(own, &vma);
	}
	if (!error) {
		finish(own, vma);
		return 0;
	}
	if (own->charged)
		shim_uncharge(own->map.mm, own->charged);
	/* The kernel forgets the charge of what was there (F14). */
	own->map.mm->leaked += own->taken;
abort:
	vms_abort_munmap_vmas(&own->vms, &own->mas_detach);
	return error;
}

int map_region(struct mapping *map)
{
	struct own own = { .map = *map };
	bool writer = map->file && shares_for_writing(map->flags);
	int error;

	if (writer)
		mapping_allow_writable(map->file->f_mapping);
	error = make(&own);
	if (writer)
		mapping_unmap_writable(map->file->f_mapping);
	map->flags = own.map.flags;
	return error;
}

#endif
