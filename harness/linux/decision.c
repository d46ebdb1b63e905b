/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why the last merge was made or refused, as far as it can be told from outside: what was proposed,
 * and which rule of chapters 2 to 4 stands against each side. The tree says yes or no; the reasons
 * are ours.
 */
#include "contract.h"

static struct decision {
	bool made;
	struct merge_account account;
} * decision(void)
{
	static struct decision one;

	return &one;
}

/* Pages of the window. */
static struct merge_part part_between(unsigned long start, unsigned long end)
{
	unsigned long base = shim()->config.base;

	return (struct merge_part){ (uint32_t)((start - base) >> PAGE_SHIFT),
				    (uint32_t)((end - base) >> PAGE_SHIFT) };
}

static struct merge_part part_of(const struct vm_area_struct *vma)
{
	return vma ? part_between(vma->vm_start, vma->vm_end) : (struct merge_part){ 0, 0 };
}

static bool has_close(const struct vm_area_struct *vma)
{
	return vma->vm_ops && vma->vm_ops->close;
}

/* 2.4: who was touched joins who was not, by 7.3 unless that one has a parent's memory, too. */
static bool fits_anon(const struct vma_merge_struct *vmg, const struct vm_area_struct *other)
{
	const struct vm_area_struct *middle = VMG_MIDDLE(vmg);

	if (vmg->anon_vma == other->anon_vma)
		return true;
	if (vmg->anon_vma && other->anon_vma)
		return false;
	if (other->anon_vma || !shim()->config.as_7_3)
		return list_is_singular(&other->anon_vma_chain);
	return !middle || list_is_singular(&middle->anon_vma_chain);
}

/* Attributes, 2.2 to 2.6; the offsets meet where `there` is `here`. */
static enum merge_side refused_by(const struct vma_merge_struct *vmg, struct vm_area_struct *other,
				  pgoff_t here, pgoff_t there)
{
	if ((VMG_FLAGS(vmg) ^ other->vm_flags) & ~(VM_SOFTDIRTY | VM_MAYBE_GUARD))
		return SIDE_FLAGS;
	if (vmg->file != other->vm_file)
		return SIDE_FILE;
	if (!is_mergeable_vm_userfaultfd_ctx(other, vmg->uffd_ctx))
		return SIDE_UFFD;
	if (!anon_vma_name_eq(other->anon_name, vmg->anon_name))
		return SIDE_NAME;
	if (!mpol_equal(vmg->policy, other->vm_policy))
		return SIDE_POLICY;
	if (!fits_anon(vmg, other))
		return SIDE_ANON_VMA;
	return here == there ? SIDE_ALLOWED : SIDE_PGOFF;
}

/* Each side alone: adjacent is who ends where the range begins, or begins where it ends. */
static void judge_sides(struct merge_account *to, const struct contract *contract,
			struct vm_area_struct *prev, struct vm_area_struct *next)
{
	const struct vma_merge_struct *vmg = contract->vmg;
	pgoff_t pages = (contract->end - contract->start) >> PAGE_SHIFT;

	to->left = to->right = SIDE_NO_NEIGHBOUR;
	if (VMG_FLAGS(vmg) & VM_SPECIAL) {
		to->left = to->right = SIDE_SPECIAL;
		return;
	}
	if (contract->vma && contract->start != contract->vma->vm_start)
		to->left = SIDE_NOT_TRIED;
	else if (prev && prev->vm_end == contract->start)
		to->left = refused_by(vmg, prev, prev->vm_pgoff + vma_pages(prev), vmg->pgoff);
	if ((contract->vma && contract->end != contract->vma->vm_end) || VMG_JUST_EXPANDS(vmg))
		to->right = SIDE_NOT_TRIED;
	else if (next && next->vm_start == contract->end)
		to->right = refused_by(vmg, next, vmg->pgoff + pages, next->vm_pgoff);
}

/* Both together: they have to fit each other, and who disappears may have no close hook. */
static void judge_both(struct merge_account *to, const struct contract *contract,
		       const struct vm_area_struct *prev, const struct vm_area_struct *next)
{
	const struct vm_area_struct *vma = contract->vma;
	bool whole = vma && contract->start == vma->vm_start && contract->end == vma->vm_end;

	if (to->left == SIDE_ALLOWED && to->right == SIDE_ALLOWED) {
		if (prev->anon_vma && next->anon_vma && prev->anon_vma != next->anon_vma)
			to->right = SIDE_TWO_ANON_VMAS;
		else if (has_close(next))
			to->right = SIDE_CLOSE_HOOK;
	}
	if (!whole || !has_close(vma))
		return;
	to->left = to->left == SIDE_ALLOWED ? SIDE_CLOSE_HOOK : to->left;
	to->right = to->right == SIDE_ALLOWED ? SIDE_CLOSE_HOOK : to->right;
}

void decision_forget(void)
{
	decision()->made = false;
}

void decision_begin(const struct contract *contract)
{
	struct vm_area_struct *prev = contract->prev, *next = contract->next;
	struct decision *to = decision();

	/* Part of a merge that has its account already, or of no merge at all. */
	if (contract->kind == MERGE_EXPAND)
		return;
	if (contract->kind == MERGE_EXISTING && contract->vma)
		next = vma_lookup(contract->vmg->mm, contract->vma->vm_end);
	to->made = true;
	to->account = (struct merge_account){
		.existing = contract->kind == MERGE_EXISTING,
		.part[MERGE_RANGE] = part_between(contract->start, contract->end),
		.part[MERGE_PREV] = part_of(prev),
		.part[MERGE_MIDDLE] = part_of(contract->vma),
		.part[MERGE_NEXT] = part_of(next),
	};
	judge_sides(&to->account, contract, prev, next);
	judge_both(&to->account, contract, prev, next);
}

void decision_end(const struct contract *contract)
{
	enum merge_side instead = shim()->allocs_failed ? SIDE_NO_MEMORY : SIDE_OTHER;
	enum vma_merge_state state = contract->vmg->state;
	struct merge_account *to = &decision()->account;

	if (state == VMA_MERGE_SUCCESS) {
		to->part[MERGE_TARGET] = part_of(vma_lookup(contract->vmg->mm, contract->start));
		return;
	}
	to->left = to->left == SIDE_ALLOWED ? instead : to->left;
	to->right = to->right == SIDE_ALLOWED ? instead : to->right;
}

bool decision_explain(struct merge_account *account)
{
	*account = decision()->account;
	return decision()->made;
}
