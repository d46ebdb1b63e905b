/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mmap(), heaps, stacks, special mappings and relocation where their inner halves are the tree's.
 */
#include "calls.h"
#include "pages.h"

#ifdef TREE_HAS_MMAP_REGION

int map_region(struct mapping *map)
{
	LIST_HEAD(contexts);
	unsigned long addr = mmap_region(map->file, map->addr, map->end - map->addr,
					 legacy_to_vma_flags(map->flags), map->pgoff, &contexts);

	if (IS_ERR_VALUE(addr))
		return (int)addr;
	WARN_ON(addr != map->addr);
	return 0;
}

int add_heap(struct vma_iterator *vmi, struct vm_area_struct *prev, unsigned long start,
	     unsigned long end, vm_flags_t more)
{
	return do_brk_flags(vmi, prev, start, end - start, legacy_to_vma_flags(more));
}

int grow_stack(struct vm_area_struct *vma, unsigned long addr)
{
	unsigned long start = vma->vm_start;
	int error = expand_downwards(vma, addr);

	/* The kernel charges any stack, and returns it to those that are accounted (F13). */
	if (!error && !(vma->vm_flags & VM_ACCOUNT))
		vma->vm_mm->leaked += (start - vma->vm_start) >> PAGE_SHIFT;
	return error;
}

int install_special(struct mm_struct *mm, unsigned long addr, unsigned long len, vm_flags_t flags,
		    const struct vm_operations_struct *ops)
{
	struct vm_area_struct *vma = __install_special_mapping(mm, addr, len, flags, NULL, ops);

	return IS_ERR(vma) ? (int)PTR_ERR(vma) : 0;
}

struct vm_area_struct *install_stack(struct mm_struct *mm, unsigned long addr, vm_flags_t flags)
{
	struct vm_area_struct *vma = vm_area_alloc(mm);

	if (!vma)
		return NULL;
	vma_set_anonymous(vma);
	vma->vm_start = addr;
	vma->vm_end = addr + PAGE_SIZE;
	vma->vm_flags = flags | VM_SOFTDIRTY;
	vma->vm_page_prot = vma_get_page_prot(vma);
	if (insert_vm_struct(mm, vma)) {
		vm_area_free(vma);
		return NULL;
	}
	stat_account(mm, vma->vm_flags, 1);
	return vma;
}

/* ---- relocation */

/*
 * An exec would be over now. Here the process lives on, with a stack that is back where it was:
 *	|new....|old....|  ->  |.......|old....|
 */
static void go_back(struct vm_area_struct *vma, unsigned long start)
{
	struct address_space *mapping = vma->vm_file ? vma->vm_file->f_mapping : NULL;
	VMA_ITERATOR(vmi, vma->vm_mm, vma->vm_start);
	struct anon_vma_chain *chain;

	shim()->alloc_nth = 0;
	vma_iter_config(&vmi, vma->vm_start, start);
	if (vma_iter_prealloc(&vmi, NULL))
		shim_bug(__FILE__, __LINE__, "no node, though nothing fails");
	vma_start_write(vma);
	if (mapping) {
		i_mmap_lock_write(mapping);
		mapping_rmap_tree_remove(vma, mapping);
	}
	if (vma->anon_vma)
		anon_vma_lock_write(vma->anon_vma);
	list_for_each_entry(chain, &vma->anon_vma_chain, same_vma)
		anon_rmap_tree_remove(chain, chain->anon_vma);
	vma_iter_clear(&vmi);
	vma->vm_start = start;
	list_for_each_entry(chain, &vma->anon_vma_chain, same_vma)
		anon_rmap_tree_insert(chain, chain->anon_vma);
	if (vma->anon_vma)
		anon_vma_unlock_write(vma->anon_vma);
	if (mapping) {
		mapping_rmap_tree_insert(vma, mapping);
		i_mmap_unlock_write(mapping);
	}
}

int relocate(struct vm_area_struct *vma, unsigned long shift)
{
	unsigned long start = vma->vm_start, length = vma->vm_end - start;
	int error = relocate_vma_down(vma, shift);

	if (!error || vma->vm_start == start)
		return error;
	pages_move(vma->vm_mm, start - shift, start, length);
	go_back(vma, start);
	return error;
}

#endif
