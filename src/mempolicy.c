/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NUMA policies and anonymous names as attributes of a VMA: when two are equal, and how a
 * split-off VMA gets its own. How a policy places pages is no business of VMAs.
 */
#include <string.h>

#include "vma_internal.h"

bool mpol_equal(const struct mempolicy *a, const struct mempolicy *b)
{
	if (a == b)
		return true;
	if (!a || !b)
		return false;
	return a->mode == b->mode && a->flags == b->flags && a->home_node == b->home_node &&
	       a->nodes == b->nodes && a->user_nodes == b->user_nodes;
}

int vma_dup_policy(const struct vma *src, struct vma *dst)
{
	struct mempolicy *policy;

	if (!src->vm_policy)
		return 0;
	policy = vm_alloc(dst->vm_mm->machine, VM_OBJECT_POLICY, sizeof(*policy));
	if (!policy)
		return -ENOMEM;
	*policy = *src->vm_policy;
	dst->vm_policy = policy;
	return 0;
}

void mpol_free(struct vm_machine *machine, struct mempolicy *policy)
{
	if (policy)
		vm_release(machine, VM_OBJECT_POLICY, policy, sizeof(*policy));
}

bool anon_vma_name_eq(const struct anon_vma_name *a, const struct anon_vma_name *b)
{
	if (a == b)
		return true;
	return a && b && strcmp(a->name, b->name) == 0;
}

void anon_vma_name_put(struct vm_machine *machine, struct anon_vma_name *name)
{
	if (name && --name->refs == 0)
		vm_release(machine, VM_OBJECT_NAME, name, sizeof(*name));
}
