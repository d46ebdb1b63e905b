/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * anon_vma objects: through which VMAs a page of anonymous memory may be mapped. This file
 * decides which anon_vma a VMA gets at its first write, at a split, a merge and a fork, and
 * when one dies. It is the twin of mm/rmap.c without the pages.
 *
 *	parent VMA --link--> A			the parent's page may be mapped in both
 *	child VMA  --link--> B (parent A)	pages the child wrote are mapped in it alone
 *	           --link--> A
 *
 * A chain lists the newest anon_vma first, so that ancestors follow descendants.
 */
#include "vma_internal.h"

static struct anon_vma *anon_vma_alloc(struct vm_machine *machine)
{
	struct anon_vma *anon_vma = vm_alloc(machine, VM_OBJECT_ANON_VMA, sizeof(*anon_vma));

	if (!anon_vma)
		return NULL;
	anon_vma->id = ++machine->anon_vma_serial;
	anon_vma->root = anon_vma;
	anon_vma->parent = anon_vma;
	list_init(&anon_vma->vmas);
	list_add_tail(&anon_vma->anon_vmas, &machine->anon_vmas);
	return anon_vma;
}

static void anon_vma_free(struct vm_machine *machine, struct anon_vma *anon_vma)
{
	list_del(&anon_vma->anon_vmas);
	vm_release(machine, VM_OBJECT_ANON_VMA, anon_vma, sizeof(*anon_vma));
}

static struct anon_vma_chain *chain_alloc(struct vm_machine *machine)
{
	return vm_alloc(machine, VM_OBJECT_ANON_VMA_CHAIN, sizeof(struct anon_vma_chain));
}

static void chain_free(struct vm_machine *machine, struct anon_vma_chain *link)
{
	vm_release(machine, VM_OBJECT_ANON_VMA_CHAIN, link, sizeof(*link));
}

/* `at` is the node of the VMA's chain that the link goes behind. */
static void chain_link(struct anon_vma_chain *link, struct vma *vma, struct anon_vma *anon_vma,
		       struct list *at)
{
	link->vma = vma;
	link->anon_vma = anon_vma;
	list_add(&link->same_vma, at);
	list_add_tail(&link->same_anon_vma, &anon_vma->vmas);
	anon_vma->vma_count++;
}

/*
 * Two neighbours may share an anon_vma if one day they may merge: mprotect() may still make
 * their access equal, so that is not compared.
 */
static bool anon_vma_compatible(const struct vma *low, const struct vma *high)
{
	const struct vm_behaviour *behaviour = &low->vm_mm->machine->behaviour;
	vm_flags_t compared = ~(VM_ACCESS_FLAGS | behaviour->ignore);

	return low->vm_end == high->vm_start && mpol_equal(low->vm_policy, high->vm_policy) &&
	       low->vm_file == high->vm_file && !((low->vm_flags ^ high->vm_flags) & compared) &&
	       low->vm_pgoff + vma_pages(low) == high->vm_pgoff &&
	       (!behaviour->virtual_pgoff || low->virt_pgoff + vma_pages(low) == high->virt_pgoff);
}

/* A chain that came over in a fork is not shared: the anon_vma may be an ancestor's. */
static struct anon_vma *shareable_anon_vma(const struct vma *vma)
{
	if (vma->anon_vma && list_is_singular(&vma->anon_vma_chain))
		return vma->anon_vma;
	return NULL;
}

/*
 *	0123456789ab
 *	PPPPVVVVNNNN		next is asked before prev
 */
struct anon_vma *find_mergeable_anon_vma(const struct vma *vma)
{
	struct vma *next = vma_next(vma), *prev;
	struct anon_vma *anon_vma;

	if (next && anon_vma_compatible(vma, next)) {
		anon_vma = shareable_anon_vma(next);
		if (anon_vma)
			return anon_vma;
	}
	prev = vma_prev(vma);
	if (prev && anon_vma_compatible(prev, vma))
		return shareable_anon_vma(prev);
	return NULL;
}

/* Before the first private page of a VMA is made. Does nothing for a faulted VMA. */
int anon_vma_prepare(struct vma *vma)
{
	struct vm_machine *machine = vma->vm_mm->machine;
	struct anon_vma_chain *link;
	struct anon_vma *anon_vma;

	if (vma->anon_vma)
		return 0;
	VMA_ASSERT_MM(list_is_empty(&vma->anon_vma_chain), vma->vm_mm);
	link = chain_alloc(machine);
	if (!link)
		return -ENOMEM;
	anon_vma = find_mergeable_anon_vma(vma);
	if (!anon_vma) {
		anon_vma = anon_vma_alloc(machine);
		if (!anon_vma) {
			chain_free(machine, link);
			return -ENOMEM;
		}
		anon_vma->num_children = 1; /* itself: it is a root */
	}
	vma->anon_vma = anon_vma;
	anon_vma->num_active_vmas++;
	chain_link(link, vma, anon_vma, &vma->anon_vma_chain);
	return 0;
}

/* Links dst into every anon_vma of src, in the same order. On failure dst has an empty chain. */
static int clone_chain(struct vma *dst, const struct vma *src)
{
	const struct list *head = &src->anon_vma_chain;

	VMA_ASSERT_MM(list_is_empty(&dst->anon_vma_chain), dst->vm_mm);
	for (struct list *node = head->next; node != head; node = node->next) {
		const struct anon_vma_chain *link =
			list_entry(node, struct anon_vma_chain, same_vma);
		struct anon_vma_chain *copy = chain_alloc(dst->vm_mm->machine);

		if (!copy) {
			unlink_anon_vmas(dst);
			return -ENOMEM;
		}
		chain_link(copy, dst, link->anon_vma, dst->anon_vma_chain.prev);
	}
	return 0;
}

/* For a VMA that takes over pages of src within one address space. */
int anon_vma_clone(struct vma *dst, const struct vma *src)
{
	int err;

	VMA_ASSERT_MM(!dst->anon_vma, dst->vm_mm);
	err = clone_chain(dst, src);
	if (err || !src->anon_vma)
		return err;
	dst->anon_vma = src->anon_vma;
	dst->anon_vma->num_active_vmas++;
	return 0;
}

/*
 * An anon_vma that no VMA is active in and that has no more than one child: whoever forked is
 * gone. Taking it over keeps chains from growing by one link per generation.
 */
static struct anon_vma *reusable_anon_vma(const struct vma *vma)
{
	const struct list *head = &vma->anon_vma_chain;

	for (struct list *node = head->next; node != head; node = node->next) {
		struct anon_vma *anon_vma =
			list_entry(node, struct anon_vma_chain, same_vma)->anon_vma;

		if (anon_vma->num_active_vmas == 0 && anon_vma->num_children <= 1)
			return anon_vma;
	}
	return NULL;
}

/*
 * For the child's copy dst of the parent's src: its pages so far are found through src's
 * chain, and those it will write through an anon_vma of its own.
 */
int anon_vma_fork(struct vma *dst, const struct vma *src)
{
	struct vm_machine *machine = dst->vm_mm->machine;
	struct anon_vma_chain *link;
	struct anon_vma *anon_vma;
	int err;

	if (!src->anon_vma)
		return 0;
	err = clone_chain(dst, src);
	if (err)
		return err;
	anon_vma = reusable_anon_vma(dst);
	if (anon_vma)
		goto activate;

	anon_vma = anon_vma_alloc(machine);
	if (!anon_vma)
		goto unlink;
	link = chain_alloc(machine);
	if (!link) {
		anon_vma_free(machine, anon_vma);
		goto unlink;
	}
	anon_vma->root = src->anon_vma->root;
	anon_vma->parent = src->anon_vma;
	anon_vma->parent->num_children++;
	chain_link(link, dst, anon_vma, &dst->anon_vma_chain);
activate:
	dst->anon_vma = anon_vma;
	anon_vma->num_active_vmas++;
	return 0;
unlink:
	unlink_anon_vmas(dst);
	return -ENOMEM;
}

/* Drops the VMA's chain, and with it every anon_vma that no VMA is left in. */
void unlink_anon_vmas(struct vma *vma)
{
	struct vm_machine *machine = vma->vm_mm->machine;
	struct list *head = &vma->anon_vma_chain;

	if (vma->anon_vma) {
		vma->anon_vma->num_active_vmas--;
		vma->anon_vma = NULL;
	}
	while (!list_is_empty(head)) {
		struct anon_vma_chain *link =
			list_entry(head->next, struct anon_vma_chain, same_vma);
		struct anon_vma *anon_vma = link->anon_vma;

		list_del(&link->same_vma);
		list_del(&link->same_anon_vma);
		chain_free(machine, link);
		if (--anon_vma->vma_count)
			continue;
		/* A parent is in every chain that its children are in, further back. */
		anon_vma->parent->num_children--;
		anon_vma_free(machine, anon_vma);
	}
}

uint64_t vma_anon_id(const struct vma *vma)
{
	return vma->anon_vma ? vma->anon_vma->id : 0;
}

unsigned int vma_chain_length(const struct vma *vma)
{
	const struct list *head = &vma->anon_vma_chain;
	unsigned int length = 0;

	for (const struct list *node = head->next; node != head; node = node->next)
		length++;
	return length;
}
