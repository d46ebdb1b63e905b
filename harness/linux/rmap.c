/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who maps what: the chains of anon_vmas (chapters 1.10, 10 and 11.2), and the trees of
 * mappings, where each VMA stands under the offsets that it had when it was put there. If they
 * change meanwhile, the kernel's tree would lose it; here that is a warning.
 */
#include "vma_internal.h"

#include "mm/vma.h"

/* ---- membership */

static void member_add(struct shim_member *member, struct rb_root_cached *root, pgoff_t first,
		       pgoff_t pages)
{
	WARN_ON(member->in != NULL);
	member->in = root;
	member->first = first;
	member->last = first + pages - 1;
	list_add_tail(&member->node, &root->members);
}

static void member_remove(struct shim_member *member, struct rb_root_cached *root, pgoff_t first,
			  pgoff_t pages)
{
	WARN_ON(member->in != root);
	WARN_ON(member->first != first);
	WARN_ON(member->last != first + pages - 1);
	if (!member->in)
		return;
	member->in = NULL;
	list_del(&member->node);
}

static void check_file_lock(const struct rb_root_cached *root)
{
	if (container_of(root, struct address_space, i_mmap)->i_mmap_rwsem.lock.held != -1)
		shim_broken("O12", "the mapping of a file", "is changed without its i_mmap lock");
}

/* From then on it is found through its file. Nobody runs in a child that is being made. */
void vma_interval_tree_insert(struct vm_area_struct *vma, struct rb_root_cached *root)
{
	check_file_lock(root);
	if (!shim()->forking && vma->vm_lock_seq != vma->vm_mm->mm_lock_seq)
		shim_broken("O12", "a VMA", "is linked to its file without its lock");
	member_add(&vma->shared, root, vma->vm_pgoff, vma_pages(vma));
}

void vma_interval_tree_remove(struct vm_area_struct *vma, struct rb_root_cached *root)
{
	check_file_lock(root);
	member_remove(&vma->shared, root, vma->vm_pgoff, vma_pages(vma));
}

static void check_anon_lock(const struct anon_vma *anon_vma)
{
	if (anon_vma->root->rwsem.lock.held != -1)
		shim_broken("O12", "the tree of an anon_vma", "is changed without its lock");
}

void anon_vma_interval_tree_insert(struct anon_vma_chain *chain, struct rb_root_cached *root)
{
	check_anon_lock(chain->anon_vma);
	member_add(&chain->member, root, vma_start_anon_pgoff(chain->vma), vma_pages(chain->vma));
}

void anon_vma_interval_tree_remove(struct anon_vma_chain *chain, struct rb_root_cached *root)
{
	check_anon_lock(chain->anon_vma);
	member_remove(&chain->member, root, vma_start_anon_pgoff(chain->vma),
		      vma_pages(chain->vma));
}

/* ---- anon_vmas */

static struct anon_vma *new_anon_vma(void)
{
	struct anon_vma *anon_vma = shim_alloc(SHIM_ANON_VMA, sizeof(*anon_vma), GFP_KERNEL);

	if (!anon_vma)
		return NULL;
	anon_vma->root = anon_vma;
	anon_vma->parent = anon_vma;
	INIT_LIST_HEAD(&anon_vma->rb_root.members);
	return anon_vma;
}

static void link_chain(struct vm_area_struct *vma, struct anon_vma_chain *chain,
		       struct anon_vma *anon_vma)
{
	chain->vma = vma;
	chain->anon_vma = anon_vma;
	list_add(&chain->same_vma, &vma->anon_vma_chain);
	anon_vma_interval_tree_insert(chain, &anon_vma->rb_root);
}

static struct anon_vma_chain *new_chain(void)
{
	return shim_alloc(SHIM_CHAIN, sizeof(struct anon_vma_chain), GFP_KERNEL);
}

/* 10.2: a neighbour's, or a new one. */
int anon_vma_prepare(struct vm_area_struct *vma)
{
	struct anon_vma *anon_vma, *fresh = NULL;
	struct anon_vma_chain *chain;

	if (vma->anon_vma)
		return 0;
	chain = new_chain();
	if (!chain)
		return -ENOMEM;
	anon_vma = find_mergeable_anon_vma(vma);
	if (!anon_vma) {
		anon_vma = fresh = new_anon_vma();
		if (!fresh) {
			shim_free(SHIM_CHAIN, chain, sizeof(*chain));
			return -ENOMEM;
		}
		fresh->num_children++;
	}
	anon_vma_lock_write(anon_vma);
	vma->anon_vma = anon_vma;
	link_chain(vma, chain, anon_vma);
	anon_vma->num_active_vmas++;
	anon_vma_unlock_write(anon_vma);
	return 0;
}

/* No VMA is left in it: its parent has a child less, and its root must outlive it. */
static void put_if_empty(struct anon_vma *anon_vma)
{
	if (!list_empty(&anon_vma->rb_root.members))
		return;
	WARN_ON(anon_vma->num_active_vmas != 0);
	anon_vma->parent->num_children--;
	/* A root stays as long as it has children, who are locked by it. */
	if (anon_vma->root != anon_vma && --anon_vma->root->root_users == 0 &&
	    list_empty(&anon_vma->root->rb_root.members))
		shim_free(SHIM_ANON_VMA, anon_vma->root, sizeof(*anon_vma->root));
	if (anon_vma->root != anon_vma || anon_vma->root_users == 0)
		shim_free(SHIM_ANON_VMA, anon_vma, sizeof(*anon_vma));
}

void unlink_anon_vmas(struct vm_area_struct *vma)
{
	while (!list_empty(&vma->anon_vma_chain)) {
		struct anon_vma_chain *chain =
			list_first_entry(&vma->anon_vma_chain, struct anon_vma_chain, same_vma);
		struct anon_vma *anon_vma = chain->anon_vma;

		anon_vma_lock_write(anon_vma);
		anon_vma_interval_tree_remove(chain, &anon_vma->rb_root);
		if (vma->anon_vma == anon_vma) {
			anon_vma->num_active_vmas--;
			vma->anon_vma = NULL;
		}
		anon_vma_unlock_write(anon_vma);
		list_del(&chain->same_vma);
		shim_free(SHIM_CHAIN, chain, sizeof(*chain));
		put_if_empty(anon_vma);
	}
	WARN_ON(vma->anon_vma != NULL);
}

/*
 * The same links in the same order, oldest first. Only a fork asks for an active one on the way:
 * dst has none then, and takes the first that nobody is active in and that has no child.
 */
int shim_anon_vma_clone(struct vm_area_struct *dst, struct vm_area_struct *src)
{
	struct anon_vma_chain *from, *chain;

	shim_assert_changeable(dst, "is given an anon_vma without its lock");
	list_for_each_entry_reverse(from, &src->anon_vma_chain, same_vma)
	{
		struct anon_vma *anon_vma = from->anon_vma;

		chain = new_chain();
		if (!chain) {
			/* It was not counted as active yet. */
			dst->anon_vma = NULL;
			unlink_anon_vmas(dst);
			return -ENOMEM;
		}
		anon_vma_lock_write(anon_vma);
		link_chain(dst, chain, anon_vma);
		anon_vma_unlock_write(anon_vma);
		if (!dst->anon_vma && src->anon_vma && anon_vma->num_children < 2 &&
		    anon_vma->num_active_vmas == 0)
			dst->anon_vma = anon_vma;
	}
	if (dst->anon_vma)
		dst->anon_vma->num_active_vmas++;
	return 0;
}

int anon_vma_fork(struct vm_area_struct *dst, struct vm_area_struct *src)
{
	struct anon_vma_chain *chain;
	struct anon_vma *anon_vma;

	if (!src->anon_vma)
		return 0;
	dst->anon_vma = NULL;
	if (shim_anon_vma_clone(dst, src))
		return -ENOMEM;
	if (dst->anon_vma)
		return 0;
	anon_vma = new_anon_vma();
	if (!anon_vma)
		goto unlink;
	chain = new_chain();
	if (!chain)
		goto free_anon_vma;
	anon_vma->root = src->anon_vma->root;
	anon_vma->root->root_users++;
	anon_vma->parent = src->anon_vma;
	anon_vma->num_active_vmas = 1;
	anon_vma_lock_write(anon_vma);
	dst->anon_vma = anon_vma;
	link_chain(dst, chain, anon_vma);
	anon_vma->parent->num_children++;
	anon_vma_unlock_write(anon_vma);
	return 0;

free_anon_vma:
	shim_free(SHIM_ANON_VMA, anon_vma, sizeof(*anon_vma));
unlink:
	unlink_anon_vmas(dst);
	return -ENOMEM;
}

/* next dies in a merge with vma, which has the same one by now. */
void anon_vma_merge(struct vm_area_struct *vma, struct vm_area_struct *next)
{
	BUG_ON(vma->anon_vma != next->anon_vma);
	unlink_anon_vmas(next);
}
