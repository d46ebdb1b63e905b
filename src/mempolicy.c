/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NUMA policies of VMAs: which mbind() accepts, when two are equal, and where one is set. How a
 * policy places pages is no business of VMAs.
 */
#include "uapi.h"
#include "vma_internal.h"

/* Nodes 0 to 3 have memory. */
#define NODES_ALLOWED UINT64_C(0xf)

bool mpol_equal(const struct mempolicy *a, const struct mempolicy *b)
{
	if (a == b)
		return true;
	if (!a || !b)
		return false;
	return a->mode == b->mode && a->flags == b->flags && a->home_node == b->home_node &&
	       a->nodes == b->nodes && a->user_nodes == b->user_nodes;
}

static struct mempolicy *mpol_dup(struct vm_machine *machine, const struct mempolicy *from)
{
	struct mempolicy *policy = vm_alloc(machine, VM_OBJECT_POLICY, sizeof(*policy));

	if (policy)
		*policy = *from;
	return policy;
}

int vma_dup_policy(const struct vma *src, struct vma *dst)
{
	if (!src->vm_policy)
		return 0;
	dst->vm_policy = mpol_dup(dst->vm_mm->machine, src->vm_policy);
	return dst->vm_policy ? 0 : -ENOMEM;
}

void mpol_free(struct vm_machine *machine, struct mempolicy *policy)
{
	if (policy)
		vm_release(machine, VM_OBJECT_POLICY, policy, sizeof(*policy));
}

/* ------------------------------------------------------------------ making a policy */

static bool mode_is_known(uint32_t mode)
{
	uint32_t flags = mode & (MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES);

	return (mode & ~flags) <= MPOL_WEIGHTED_INTERLEAVE &&
	       flags != (MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES);
}

/* *ret_policy: NULL for the default. 0, -EINVAL or -ENOMEM. */
static int mpol_new(struct vm_machine *machine, uint32_t mode, uint64_t nodes,
		    struct mempolicy **ret_policy)
{
	struct mempolicy policy = {
		.flags = mode & (MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES),
		.home_node = -1,
	};

	policy.mode = mode & ~policy.flags;
	*ret_policy = NULL;
	if (policy.mode == MPOL_DEFAULT)
		return nodes ? -EINVAL : 0;
	/* To prefer no node is to prefer the one at hand. */
	if (policy.mode == MPOL_PREFERRED && !nodes)
		policy.mode = MPOL_LOCAL;
	if (policy.mode == MPOL_LOCAL) {
		if (nodes || policy.flags)
			return -EINVAL;
	} else {
		policy.nodes = nodes & NODES_ALLOWED;
		if (!policy.nodes)
			return -EINVAL;
		if (policy.mode == MPOL_PREFERRED)
			policy.nodes &= ~policy.nodes + 1; /* the first */
		if (policy.flags)
			policy.user_nodes = nodes;
	}
	*ret_policy = mpol_dup(machine, &policy);
	return *ret_policy ? 0 : -ENOMEM;
}

/* ------------------------------------------------------------------ setting it */

static int vma_replace_policy(struct vma *vma, const struct mempolicy *policy)
{
	struct vm_machine *machine = vma->vm_mm->machine;
	struct mempolicy *new = NULL;
	int err;

	if (policy) {
		new = mpol_dup(machine, policy);
		if (!new)
			return -ENOMEM;
	}
	if (vma->vm_ops && vma->vm_ops->set_policy) {
		err = vma->vm_ops->set_policy(vma, new);
		if (err) {
			mpol_free(machine, new);
			return err;
		}
	}
	mpol_free(machine, vma->vm_policy);
	vma->vm_policy = new;
	return 0;
}

/* The part of vma in [start, end). *prev becomes the VMA that now covers it. */
static int mbind_piece(struct vma *vma, struct vma **prev, vm_addr_t start, vm_addr_t end,
		       const struct mempolicy *policy)
{
	struct vma_merge vmg;
	int err;

	if (mpol_equal(vma->vm_policy, policy)) {
		*prev = vma;
		return 0;
	}
	vma_merge_init_existing(&vmg, *prev, vma, higher_of(start, vma->vm_start),
				lower_of(end, vma->vm_end));
	vmg.policy = policy;
	err = vma_modify(&vmg, &vma);
	if (err)
		return err;
	*prev = vma;
	return vma_replace_policy(vma, policy);
}

static struct vma *first_vma(const struct mm *mm, vm_addr_t start, struct vma **prev)
{
	struct vma *vma = vma_find(mm, start);

	*prev = vma && vma->vm_start < start ? vma : vma_find_prev(mm, start);
	return vma;
}

/* Is the range mapped without holes? For the default policy one VMA in it is enough. */
static bool range_can_be_bound(const struct mm *mm, vm_addr_t start, vm_addr_t end, bool holes)
{
	const struct vma *vma = vma_find(mm, start);

	if (!vma || vma->vm_start >= end)
		return false;
	for (; !holes && start < end; vma = vma_find(mm, start)) {
		if (!vma || vma->vm_start > start)
			return false;
		start = vma->vm_end;
	}
	return true;
}

int mm_mbind(struct mm *mm, vm_addr_t addr, uint64_t len, uint32_t mode, uint64_t nodes)
{
	vm_addr_t end = addr + page_up(len);
	struct mempolicy *policy;
	struct vma *vma, *prev;
	int err;

	if (!mode_is_known(mode) || !page_aligned(addr) || end < addr)
		return -EINVAL;
	if (end == addr)
		return 0;
	err = mpol_new(mm->machine, mode, nodes, &policy);
	if (err)
		return err;
	if (!range_can_be_bound(mm, addr, end, /* holes= */ !policy))
		err = -EFAULT;
	for (vma = first_vma(mm, addr, &prev); !err && vma && vma->vm_start < end;
	     vma = vma_find(mm, prev->vm_end)) {
		err = mbind_piece(vma, &prev, addr, end, policy);
		if (err)
			break;
	}
	mpol_free(mm->machine, policy);
	return err;
}

/*
 * From which node to fall back to the others. Pieces without a policy are passed over; one
 * with a policy that has no use for it ends the walk.
 */
int mm_set_home_node(struct mm *mm, vm_addr_t addr, uint64_t len, uint64_t node)
{
	vm_addr_t end = addr + page_up(len);
	struct vma *vma, *prev;
	int result = -ENOENT;

	if (!page_aligned(addr) || node >= 64 || !(NODES_ALLOWED >> node & 1) || end < addr)
		return -EINVAL;
	if (end == addr)
		return 0;
	for (vma = first_vma(mm, addr, &prev); vma && vma->vm_start < end;
	     vma = vma_find(mm, prev->vm_end)) {
		struct mempolicy *policy;

		if (!vma->vm_policy) {
			prev = vma;
			continue;
		}
		if (vma->vm_policy->mode != MPOL_BIND &&
		    vma->vm_policy->mode != MPOL_PREFERRED_MANY)
			return -EOPNOTSUPP;
		policy = mpol_dup(mm->machine, vma->vm_policy);
		if (!policy)
			return -ENOMEM;
		policy->home_node = (int32_t)node;
		result = mbind_piece(vma, &prev, addr, end, policy);
		mpol_free(mm->machine, policy);
		if (result)
			return result;
	}
	return result;
}
