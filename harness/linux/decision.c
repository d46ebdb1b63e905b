/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why the last merge was made or refused, as far as it can be told from outside: what was proposed,
 * and which rule of chapters 2 to 4 stands against each side. The tree says yes or no; the reasons
 * are ours.
 */
#include "contract.h"

static struct decision {
	bool made, existing;
	unsigned long start, end;
	struct piece {
		unsigned long start, end; /* equal: none */
	} prev, middle, next, target;
	const char *left, *right;
	char text[320];
} * decision(void)
{
	static struct decision one;

	return &one;
}

static const char allowed[] = "allowed", not_tried[] = "not tried";

static struct piece piece_of(const struct vm_area_struct *vma)
{
	return vma ? (struct piece){ vma->vm_start, vma->vm_end } : (struct piece){ 0, 0 };
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
static const char *refused_by(const struct vma_merge_struct *vmg, struct vm_area_struct *other,
			      pgoff_t here, pgoff_t there)
{
	if ((VMG_FLAGS(vmg) ^ other->vm_flags) & ~(VM_SOFTDIRTY | VM_MAYBE_GUARD))
		return "flags";
	if (vmg->file != other->vm_file)
		return "file";
	if (!is_mergeable_vm_userfaultfd_ctx(other, vmg->uffd_ctx))
		return "userfaultfd context";
	if (!anon_vma_name_eq(other->anon_name, vmg->anon_name))
		return "name";
	if (!mpol_equal(vmg->policy, other->vm_policy))
		return "policy";
	if (!fits_anon(vmg, other))
		return "anon_vma compatibility";
	return here == there ? allowed : "page offset";
}

/* Each side alone: adjacent is who ends where the range begins, or begins where it ends. */
static void judge_sides(struct decision *to, const struct contract *contract,
			struct vm_area_struct *prev, struct vm_area_struct *next)
{
	const struct vma_merge_struct *vmg = contract->vmg;
	pgoff_t pages = (contract->end - contract->start) >> PAGE_SHIFT;

	to->left = to->right = "no neighbour";
	if (VMG_FLAGS(vmg) & VM_SPECIAL) {
		to->left = to->right = "special flags";
		return;
	}
	if (contract->vma && contract->start != contract->vma->vm_start)
		to->left = not_tried;
	else if (prev && prev->vm_end == contract->start)
		to->left = refused_by(vmg, prev, prev->vm_pgoff + vma_pages(prev), vmg->pgoff);
	if ((contract->vma && contract->end != contract->vma->vm_end) || VMG_JUST_EXPANDS(vmg))
		to->right = not_tried;
	else if (next && next->vm_start == contract->end)
		to->right = refused_by(vmg, next, vmg->pgoff + pages, next->vm_pgoff);
}

/* Both together: they have to fit each other, and who disappears may have no close hook. */
static void judge_both(struct decision *to, const struct contract *contract,
		       const struct vm_area_struct *prev, const struct vm_area_struct *next)
{
	const struct vm_area_struct *vma = contract->vma;
	bool whole = vma && contract->start == vma->vm_start && contract->end == vma->vm_end;

	if (to->left == allowed && to->right == allowed) {
		if (prev->anon_vma && next->anon_vma && prev->anon_vma != next->anon_vma)
			to->right = "anon_vma of prev and next";
		else if (has_close(next))
			to->right = "close hook";
	}
	if (!whole || !has_close(vma))
		return;
	to->left = to->left == allowed ? "close hook" : to->left;
	to->right = to->right == allowed ? "close hook" : to->right;
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
	*to = (struct decision){
		.made = true,
		.existing = contract->kind == MERGE_EXISTING,
		.start = contract->start,
		.end = contract->end,
		.prev = piece_of(prev),
		.middle = piece_of(contract->vma),
		.next = piece_of(next),
	};
	judge_sides(to, contract, prev, next);
	judge_both(to, contract, prev, next);
}

void decision_end(const struct contract *contract)
{
	enum vma_merge_state state = contract->vmg->state;
	struct decision *to = decision();
	const char *instead = shim()->allocs_failed ? "no memory" : "nothing that is known";

	if (state == VMA_MERGE_SUCCESS) {
		to->target = piece_of(vma_lookup(contract->vmg->mm, contract->start));
		return;
	}
	to->left = to->left == allowed ? instead : to->left;
	to->right = to->right == allowed ? instead : to->right;
}

/* Pages of the window, as in drawings. */
static const char *print_piece(struct piece piece, char text[48])
{
	unsigned long base = shim()->config.base;

	if (piece.start == piece.end)
		return "-";
	snprintf(text, 48, "%lu..%lu", (piece.start - base) >> PAGE_SHIFT,
		 (piece.end - base) >> PAGE_SHIFT);
	return text;
}

const char *decision_explain(void)
{
	struct decision *one = decision();
	char range[48], prev[48], middle[48], next[48], target[48];

	if (!one->made)
		return NULL;
	snprintf(one->text, sizeof(one->text),
		 "%s range=%s prev=%s middle=%s next=%s target=%s   left: %s, right: %s",
		 one->existing ? "existing" : "new",
		 print_piece((struct piece){ one->start, one->end }, range),
		 print_piece(one->prev, prev), print_piece(one->middle, middle),
		 print_piece(one->next, next), print_piece(one->target, target), one->left,
		 one->right);
	return one->text;
}
