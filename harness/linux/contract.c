/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The contract of a merge (appendix C.3 of the specification): O12 is what holds of locks, O13
 * of the proposal and of the iterator. A caller that breaks it may still end with the right
 * layout, so nobody else would notice.
 */
#include "contract.h"

/* ---- locks */

/* One that is in no tree is seen by nobody. */
void shim_assert_changeable(struct vm_area_struct *vma, const char *how)
{
	if (vma && vma->vm_lock_seq != vma->vm_mm->mm_lock_seq &&
	    vma_lookup(vma->vm_mm, vma->vm_start) == vma)
		shim_broken("O12", "a VMA", how);
}

void shim_adjust_pages(struct vm_area_struct *vma, struct vm_area_struct *adjust)
{
	if (adjust)
		shim_assert_changeable(adjust, "has its boundary moved without its lock");
	if (vma->vm_file)
		WARN_ON(!vma->vm_file->f_mapping->i_mmap_rwsem.lock.held);
	if (vma->anon_vma)
		WARN_ON(!vma->anon_vma->root->rwsem.lock.held);
}

void shim_store(struct ma_state *mas, void *entry)
{
	const struct mm_struct *mm = container_of(mas->tree, struct mm_struct, mm_mt);
	const struct vm_area_struct *vma = entry;

	if (mm->mmap_lock.lock.held != -1)
		shim_broken("O12", "the tree", "is changed without the write lock of the mm");
	if (vma && vma->vm_lock_seq != mm->mm_lock_seq)
		shim_broken("O12", "a VMA", "is stored in the tree without its lock");
#undef mas_store_prealloc
	mas_store_prealloc(mas, entry);
}

/* ---- merges */

static void broken(const struct contract *contract, const char *sentence)
{
	static const char *const names[] = {
		[MERGE_NONE] = "",
		[MERGE_EXISTING] = "the merge of a changed piece",
		[MERGE_NEW] = "the merge of a new range",
		[MERGE_EXPAND] = "the growth of a VMA",
	};

	shim_broken("O13", names[contract->kind], sentence);
}

static bool iterator_is_in(const struct contract *contract, const struct vm_area_struct *vma)
{
	unsigned long addr = vma_iter_addr(contract->vmg->vmi);

	return vma && addr >= vma->vm_start && addr < vma->vm_end;
}

/* What stands below addr, and what stands at or above it. */
static struct vm_area_struct *below(struct mm_struct *mm, unsigned long addr)
{
	VMA_ITERATOR(vmi, mm, addr);

	return vma_prev(&vmi);
}

static struct vm_area_struct *above(struct mm_struct *mm, unsigned long addr)
{
	VMA_ITERATOR(vmi, mm, addr);

	return vma_next(&vmi);
}

/* ---- before it */

/*
 *	    start  end
 *	PPPP|******|..VV|NNNN	prev is P; for a piece that begins inside V, V itself
 */
static void check_existing(const struct contract *contract)
{
	const struct vma_merge_struct *vmg = contract->vmg;
	const struct vm_area_struct *vma = contract->vma, *prev;

	if (!vma || vma->detached || vma_lookup(vmg->mm, vma->vm_start) != vma) {
		broken(contract, "begins without a VMA that is in the tree");
		return;
	}
	if (vmg->start >= vmg->end || vmg->start < vma->vm_start || vmg->end > vma->vm_end)
		broken(contract, "begins with a range that is no piece of its VMA");
	if (vmg->pgoff != vma->vm_pgoff + ((vmg->start - vma->vm_start) >> PAGE_SHIFT))
		broken(contract, "begins with another page offset than that of its piece");
	if (vmg->file != vma->vm_file || vmg->anon_vma != vma->anon_vma)
		broken(contract, "begins with a file or an anon_vma that is not its VMA's");
	if (vmg->next)
		broken(contract, "begins with a next that it has to find itself");
	prev = vmg->start > vma->vm_start ? vma : below(vmg->mm, vma->vm_start);
	/* Without one nothing is merged with what is not adjacent anyway. */
	if (vmg->prev != prev && (vmg->prev || prev->vm_end >= vmg->start))
		broken(contract, "begins with a prev that is not the VMA before its piece");
	if (!iterator_is_in(contract, vma))
		broken(contract, "begins with the iterator outside its VMA");
}

/* What is to be replaced there stays in the tree until the new VMA is stored over it. */
static bool is_free(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	VMA_ITERATOR(vmi, mm, start);
	struct vm_area_struct *vma;

	for_each_vma_range(vmi, vma, end) if (!vma->detached) return false;
	return true;
}

/* Who wants no merge with a neighbour leaves it out. */
static void check_new(const struct contract *contract)
{
	const struct vma_merge_struct *vmg = contract->vmg;

	if (contract->vma)
		broken(contract, "begins with a VMA");
	if (vmg->start >= vmg->end || !is_free(vmg->mm, vmg->start, vmg->end))
		broken(contract, "begins with a range that is empty or taken");
	if (vmg->prev && vmg->prev != below(vmg->mm, vmg->start))
		broken(contract, "begins with a prev that is not the VMA before its range");
	if (vmg->next && vmg->next != above(vmg->mm, vmg->end))
		broken(contract, "begins with a next that is not the VMA behind its range");
	if (VMG_JUST_EXPANDS(vmg)) {
		if (!iterator_is_in(contract, vmg->prev))
			broken(contract, "begins with the iterator not at prev");
	} else if (vma_iter_addr(vmg->vmi) > vmg->end) {
		broken(contract, "begins with the iterator behind its range");
	}
}

/* Over the whole of next or up to it. */
static void check_expand(const struct contract *contract)
{
	const struct vma_merge_struct *vmg = contract->vmg;
	const struct vm_area_struct *vma = contract->vma, *next = contract->next;

	if (!vma || vma->detached || vma_lookup(vmg->mm, vma->vm_start) != vma)
		broken(contract, "begins without a VMA that is in the tree");
	else if (vmg->start > vma->vm_start || vmg->end < vma->vm_end)
		broken(contract, "begins with a range that does not hold its VMA");
	else if (next && next != vma && vmg->end > next->vm_start && vmg->end != next->vm_end)
		broken(contract, "begins with a range that ends inside next");
}

struct contract contract_begin(const char *function, struct mm_struct **mm)
{
	static const struct {
		const char *function;
		enum merge_kind kind;
		void (*check)(const struct contract *contract);
	} merges[] = {
		{ "vma_merge_existing_range", MERGE_EXISTING, check_existing },
		{ "vma_merge_new_range", MERGE_NEW, check_new },
		{ "vma_expand", MERGE_EXPAND, check_expand },
	};
	struct contract contract = { .kind = MERGE_NONE };

	if ((*mm)->mmap_lock.lock.held != -1)
		shim_broken("O12", function, "begins without the write lock of the mm");
	for (size_t i = 0; i < ARRAY_SIZE(merges); i++) {
		if (strcmp(merges[i].function, function))
			continue;
		contract.kind = merges[i].kind;
		contract.vmg = container_of(mm, struct vma_merge_struct, mm);
		contract.vma = contract.kind == MERGE_EXPAND ? VMG_GROWING(contract.vmg)
							     : VMG_MIDDLE(contract.vmg);
		contract.prev = contract.vmg->prev;
		contract.next = contract.vmg->next;
		contract.start = contract.vmg->start;
		contract.end = contract.vmg->end;
		merges[i].check(&contract);
		decision_begin(&contract);
	}
	return contract;
}

/* ---- after it */

static void check_merged(const struct contract *contract)
{
	const struct vm_area_struct *vma = vma_lookup(contract->vmg->mm, contract->start);

	if (!vma || vma->vm_end < contract->end)
		broken(contract, "succeeds and leaves no VMA that holds its range");
	else if (!iterator_is_in(contract, vma) || vma_iter_end(contract->vmg->vmi) != vma->vm_end)
		broken(contract, "succeeds and leaves the iterator elsewhere");
}

/*
 * The iterator is where a split or the next step of a walk begins. Two faults of 6.12 are told by
 * those who go on from it: a close hook that forbids a merge leaves it at prev, and so does a new
 * range whose neighbour could not grow.
 */
static void check_refused(const struct contract *contract)
{
	if (contract->kind != MERGE_EXISTING || iterator_is_in(contract, contract->vma))
		return;
	if (contract->vmg->state == VMA_MERGE_NOMERGE && iterator_is_in(contract, contract->prev) &&
	    contract->vma->vm_ops && contract->vma->vm_ops->close)
		return;
	broken(contract, "fails and leaves the iterator outside its VMA");
}

void contract_end(struct contract *contract)
{
	if (contract->kind != MERGE_EXISTING && contract->kind != MERGE_NEW)
		return;
	if (contract->vmg->state == VMA_MERGE_SUCCESS)
		check_merged(contract);
	else
		check_refused(contract);
	decision_end(contract);
}
