/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The things that VMAs hold: VMAs themselves, policies, names, files. Each is counted, each can
 * fail to be had, each goes with the last who holds it.
 */
#include "vma_internal.h"

/* ---- VMAs */

#if !__has_include("mm/vma_init.c")
struct vm_area_struct *vm_area_alloc(struct mm_struct *mm)
{
	struct vm_area_struct *vma = shim_alloc(SHIM_VMA, sizeof(*vma), GFP_KERNEL);

	if (!vma)
		return NULL;
	vma->vm_mm = mm;
	vma->vm_ops = &vma_dummy_vm_ops;
	vma->vm_lock_seq = ~0ul;
	INIT_LIST_HEAD(&vma->anon_vma_chain);
	return vma;
}

/* The copy is in no tree, and has no chain yet. */
struct vm_area_struct *vm_area_dup(struct vm_area_struct *vma)
{
	struct vm_area_struct *copy = shim_alloc(SHIM_VMA, sizeof(*copy), GFP_KERNEL);

	if (!copy)
		return NULL;
	*copy = *vma;
	copy->shared = (struct shim_member){ .in = NULL };
	copy->vm_lock_seq = ~0ul;
	copy->detached = false;
	INIT_LIST_HEAD(&copy->anon_vma_chain);
	if (copy->anon_name)
		copy->anon_name->refs++;
	return copy;
}

void vm_area_free(struct vm_area_struct *vma)
{
	WARN_ON(!list_empty(&vma->anon_vma_chain));
	WARN_ON(vma->shared.in);
	anon_vma_name_put(vma->anon_name);
	shim_free(SHIM_VMA, vma, sizeof(*vma));
}
#endif

struct vm_area_struct *find_vma_prev(struct mm_struct *mm, unsigned long addr,
				     struct vm_area_struct **prev)
{
	VMA_ITERATOR(vmi, mm, addr);
	struct vm_area_struct *vma = mas_walk(&vmi.mas);

	*prev = vma_prev(&vmi);
	if (!vma)
		vma = vma_next(&vmi);
	return vma;
}

/* ---- policies */

bool mpol_equal(const struct mempolicy *a, const struct mempolicy *b)
{
	if (a == b)
		return true;
	return a && b && a->mode == b->mode && a->flags == b->flags && a->nodes == b->nodes &&
	       a->user_nodes == b->user_nodes && a->home_node == b->home_node;
}

struct mempolicy *shim_mpol_new(const struct mempolicy *like)
{
	struct mempolicy *policy = shim_alloc(SHIM_POLICY, sizeof(*policy), GFP_KERNEL);

	if (!policy)
		return NULL;
	*policy = *like;
	policy->refs = 1;
	return policy;
}

/* Never the same object, so that who compares addresses is found out. */
int vma_dup_policy(struct vm_area_struct *src, struct vm_area_struct *dst)
{
	if (!src->vm_policy)
		return 0;
	dst->vm_policy = shim_mpol_new(src->vm_policy);
	return dst->vm_policy ? 0 : -ENOMEM;
}

void mpol_put(struct mempolicy *policy)
{
	if (policy && --policy->refs == 0)
		shim_free(SHIM_POLICY, policy, sizeof(*policy));
}

/* ---- names */

bool anon_vma_name_eq(const struct anon_vma_name *a, const struct anon_vma_name *b)
{
	return a == b || (a && b && !strcmp(a->name, b->name));
}

void anon_vma_name_put(struct anon_vma_name *name)
{
	if (name && --name->refs == 0)
		shim_free(SHIM_NAME, name, sizeof(*name));
}

/* ---- files */

void fput(struct file *file)
{
	shim_may_sleep("the last use of a file");
	WARN_ON(file->refs <= 0);
	if (--file->refs)
		return;
	if (!file->driver)
		WARN_ON(!list_empty(&file->own.i_mmap.members));
	shim_free(SHIM_FILE, file, sizeof(*file));
}

void mapping_unmap_writable(struct address_space *mapping)
{
	WARN_ON(mapping->i_mmap_writable.counter <= 0);
	atomic_dec(&mapping->i_mmap_writable);
}

/* ---- userfaultfd: an event for each range of a context that wants to hear of unmapping */

int userfaultfd_unmap_prep(struct vm_area_struct *vma, unsigned long start, unsigned long end,
			   struct list_head *list)
{
	(void)list;
	WARN_ON(vma->vm_start >= end || vma->vm_end <= start);
	return 0;
}
