/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tree that VMAs are kept in, as the kernel tree has it, and the changes of it that may fail.
 * How many nodes a change needs depends on the shape that the tree happens to have; that it may
 * fail does not.
 */
#include "shim.h"

#include "lib/maple_tree.c"

int shim_preallocate(struct ma_state *mas, void *entry, gfp_t gfp);
int shim_store_gfp(struct ma_state *mas, void *entry, gfp_t gfp);
int shim_tree_dup(struct maple_tree *from, struct maple_tree *to, gfp_t gfp);

int shim_preallocate(struct ma_state *mas, void *entry, gfp_t gfp)
{
	if (shim_may_have(gfp))
		return mas_preallocate(mas, entry, gfp);
	mas_destroy(mas);
	mas_reset(mas);
	return -ENOMEM;
}

int shim_store_gfp(struct ma_state *mas, void *entry, gfp_t gfp)
{
	if (shim_may_have(gfp))
		return mas_store_gfp(mas, entry, gfp);
	mas_destroy(mas);
	mas_set_err(mas, -ENOMEM);
	return -ENOMEM;
}

int shim_tree_dup(struct maple_tree *from, struct maple_tree *to, gfp_t gfp)
{
	return shim_may_have(gfp) ? __mt_dup(from, to, gfp) : -ENOMEM;
}
