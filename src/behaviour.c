/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only place that knows which kernel does what. Everybody else asks one switch of struct
 * vm_behaviour, so that a difference is found by its name and can be set on its own.
 */
#include "vma_internal.h"

#define COPY_ON_FORK (VM_PFNMAP | VM_MIXEDMAP | VM_UFFD_WP)

/* Each profile as its kernel is, misbehaviour included. */
static const struct vm_behaviour profiles[VM_PROFILES] = {
	[VM_PROFILE_6_12] = {
		.sticky = VM_NONE,
		.ignore = VM_SOFTDIRTY,
		.copy_on_fork = COPY_ON_FORK,
		.retry_after_mmap_hook = true,
		.growth_charges_always = true,
		.failed_fixed_leaks = true,
		.mremap_old_checks = true,
		.uffd_clears_foreign = true,
		.name_drops_sticky = true,
		.uffd_move_merges = true,
		.failed_move_leaks = true,
		.failed_unmap_unaccounts = true,
		.mremap_old_headroom = true,
		.target_unmapped_first = true,
	},
	[VM_PROFILE_6_18] = {
		.sticky = VM_MAYBE_GUARD,
		.ignore = VM_MAYBE_GUARD | VM_SOFTDIRTY,
		.copy_on_fork = COPY_ON_FORK | VM_MAYBE_GUARD,
		.faulted_into_unfaulted = true,
		.guard_regions = true,
		.discard_by_ops = true,
		.mmap_prepare = true,
		.prepare_overwrites = true,
		.growth_charges_always = true,
		.failed_fixed_leaks = true,
		.mremap_many = true,
		.ksm_before_merge = true,
		.dontunmap_merges_self = true,
		.name_drops_sticky = true,
		.dontunmap_unlocks_all = true,
		.dontunmap_keeps_pgoff = true,
		.shrinking_move_leaks = true,
		.uffd_move_merges = true,
		.failed_unmap_unaccounts = true,
		.mremap_old_headroom = true,
	},
	[VM_PROFILE_7_3] = {
		.sticky = VM_MAYBE_GUARD | VM_SOFTDIRTY,
		.ignore = VM_MAYBE_GUARD | VM_SOFTDIRTY,
		.copy_on_fork = COPY_ON_FORK | VM_MAYBE_GUARD | VM_UFFD_RWP,
		.faulted_into_unfaulted = true,
		.virtual_pgoff = true,
		.guard_regions = true,
		.dofork_refuses_special = true,
		.discard_by_ops = true,
		.mmap_prepare = true,
		.mapped_hook = true,
		.growth_charges_always = true,
		.mremap_many = true,
		.ksm_before_merge = true,
		.failed_unmap_unaccounts = true,
		.failed_unmap_charges_all = true,
		.name_drops_sticky = true,
		.uffd_rwp = true,
		.uffd_keeps_wp = true,
	},
};

/* Quirks: where kernels misbehave, what is right. A quirk that is off gets this value. */
static const struct {
	unsigned int row; /* Fn */
	size_t field;
	bool decided;
} quirks[] = {
	{ 1, offsetof(struct vm_behaviour, dontunmap_merges_self), false },
	{ 2, offsetof(struct vm_behaviour, dontunmap_unlocks_all), false },
	{ 3, offsetof(struct vm_behaviour, dontunmap_keeps_pgoff), false },
	{ 4, offsetof(struct vm_behaviour, shrinking_move_leaks), false },
	{ 5, offsetof(struct vm_behaviour, uffd_move_merges), false },
	{ 6, offsetof(struct vm_behaviour, name_drops_sticky), false },
	{ 7, offsetof(struct vm_behaviour, failed_unmap_unaccounts), false },
	{ 9, offsetof(struct vm_behaviour, mremap_old_headroom), false },
	{ 10, offsetof(struct vm_behaviour, target_unmapped_first), false },
	{ 11, offsetof(struct vm_behaviour, uffd_clears_foreign), false },
	{ 13, offsetof(struct vm_behaviour, growth_charges_always), false },
	{ 14, offsetof(struct vm_behaviour, failed_fixed_leaks), false },
};

void vm_behaviour_init(struct vm_behaviour *behaviour, const struct vm_config *config)
{
	VMA_ASSERT(config->profile < VM_PROFILES);
	*behaviour = profiles[config->profile];
	for (size_t i = 0; i < sizeof(quirks) / sizeof(quirks[0]); i++)
		if (!(config->quirks >> (quirks[i].row - 1) & 1))
			*(bool *)((char *)behaviour + quirks[i].field) = quirks[i].decided;
}
