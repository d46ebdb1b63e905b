/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mbind() and set_mempolicy_home_node(), chapter 9.9. */
#include "calls.h"

/* Nodes 0 to 3 have memory. */
#define NODES UINT64_C(0xf)
#define MODE_FLAGS ((unsigned int)(MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES))
#define MODE_LAST 6u /* weighted interleave */

static int replace_policy(struct vm_area_struct *vma, const struct mempolicy *policy)
{
	struct mempolicy *copy = NULL;
	int error;

	vma_assert_write_locked(vma);
	if (policy) {
		copy = shim_mpol_new(policy);
		if (!copy)
			return -ENOMEM;
	}
	if (vma->vm_ops && vma->vm_ops->set_policy) {
		error = vma->vm_ops->set_policy(vma, copy);
		if (error) {
			mpol_put(copy);
			return error;
		}
	}
	mpol_put(vma->vm_policy);
	vma->vm_policy = copy;
	return 0;
}

static int bind_piece(struct vma_iterator *vmi, struct vm_area_struct *vma,
		      struct vm_area_struct **prev, unsigned long start, unsigned long end,
		      const void *argument)
{
	struct mempolicy *const *policy = argument;

	if (mpol_equal(vma->vm_policy, *policy)) {
		*prev = vma;
		return 0;
	}
	vma_start_write(vma);
	vma = vma_modify_policy(vmi, *prev, vma, start, end, *policy);
	if (IS_ERR(vma))
		return (int)PTR_ERR(vma);
	*prev = vma;
	vma_start_write(vma);
	return replace_policy(vma, *policy);
}

static int make_policy(unsigned int mode, uint64_t nodes, struct mempolicy **ret)
{
	struct mempolicy like = { .flags = mode & MODE_FLAGS, .home_node = -1 };

	*ret = NULL;
	like.mode = mode & ~MODE_FLAGS;
	if (like.mode > MODE_LAST || like.flags == MODE_FLAGS)
		return -EINVAL;
	if (like.mode == MPOL_DEFAULT)
		return nodes ? -EINVAL : 0;
	if (like.mode == MPOL_PREFERRED && !nodes)
		like.mode = MPOL_LOCAL;
	if (like.mode == MPOL_LOCAL) {
		if (nodes || like.flags)
			return -EINVAL;
	} else {
		like.nodes = nodes & NODES;
		if (!like.nodes)
			return -EINVAL;
		if (like.mode == MPOL_PREFERRED)
			like.nodes &= -like.nodes; /* one node is preferred */
		if (like.flags)
			like.user_nodes = nodes;
	}
	*ret = shim_mpol_new(&like);
	return *ret ? 0 : -ENOMEM;
}

static bool can_be_bound(struct mm_struct *mm, unsigned long start, unsigned long end, bool holes)
{
	VMA_ITERATOR(vmi, mm, start);
	struct vm_area_struct *vma;
	bool any = false;

	for_each_vma_range(vmi, vma, end)
	{
		if (!holes && vma->vm_start > start)
			return false;
		start = vma->vm_end;
		any = true;
	}
	return any && (holes || start >= end);
}

int call_mbind(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned int mode,
	       uint64_t nodes)
{
	unsigned long end = addr + PAGE_ALIGN(len);
	struct mempolicy *policy;
	int error;

	if ((mode & ~MODE_FLAGS) > MODE_LAST || (mode & MODE_FLAGS) == MODE_FLAGS)
		return -EINVAL;
	if (offset_in_page(addr) || end < addr)
		return -EINVAL;
	if (end == addr)
		return 0;
	error = make_policy(mode, nodes, &policy);
	if (error)
		return error;
	mmap_write_lock(mm);
	if (can_be_bound(mm, addr, end, /* holes= */ !policy))
		error = walk_pieces(mm, addr, end, GAPS_ARE_SKIPPED, bind_piece, &policy);
	else
		error = -EFAULT;
	mmap_write_unlock(mm);
	mpol_put(policy);
	return error;
}

struct homing {
	uint64_t node;
	int *result;
};

/* One without a policy is passed over, one that has no use for a home ends the walk. */
static int home_piece(struct vma_iterator *vmi, struct vm_area_struct *vma,
		      struct vm_area_struct **prev, unsigned long start, unsigned long end,
		      const void *argument)
{
	const struct homing *homing = argument;
	struct mempolicy *policy;
	int error;

	*homing->result = vma->vm_policy ? 0 : *homing->result;
	if (!vma->vm_policy) {
		*prev = vma;
		return 0;
	}
	if (vma->vm_policy->mode != MPOL_BIND && vma->vm_policy->mode != MPOL_PREFERRED_MANY)
		return -EOPNOTSUPP;
	policy = shim_mpol_new(vma->vm_policy);
	if (!policy)
		return -ENOMEM;
	policy->home_node = (int)homing->node;
	error = bind_piece(vmi, vma, prev, start, end, &policy);
	mpol_put(policy);
	return error;
}

int call_home_node(struct mm_struct *mm, unsigned long addr, unsigned long len, uint64_t node)
{
	unsigned long end = addr + PAGE_ALIGN(len);
	int result = -ENOENT, error;
	struct homing homing = { .node = node, .result = &result };

	if (offset_in_page(addr) || node >= 64 || !(NODES >> node & 1) || end < addr)
		return -EINVAL;
	if (end == addr)
		return 0;
	mmap_write_lock(mm);
	error = walk_pieces(mm, addr, end, GAPS_ARE_SKIPPED, home_piece, &homing);
	mmap_write_unlock(mm);
	return error ? error : result;
}
