/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of anonymous memory: which are valid, when two are equal, and where one is set. A name
 * is shared by all VMAs that came from one another; what merges keeps the survivor's.
 */
#include <string.h>

#include "vma_internal.h"

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

const char *vma_anon_name(const struct vma *vma)
{
	return vma->anon_name ? vma->anon_name->name : NULL;
}

/* Printable, and nothing that would confuse a shell or a reader of /proc/PID/maps. */
static bool name_is_valid(const char *name)
{
	size_t length = 0;

	for (; name[length]; length++) {
		if (length == sizeof(((struct anon_vma_name *)NULL)->name) - 1)
			return false;
		if (name[length] < ' ' || name[length] > '~' || strchr("\\`$[]", name[length]))
			return false;
	}
	return true;
}

static struct anon_vma_name *anon_vma_name_new(struct vm_machine *machine, const char *text)
{
	struct anon_vma_name *name = vm_alloc(machine, VM_OBJECT_NAME, sizeof(*name));

	if (!name)
		return NULL;
	name->refs = 1;
	memcpy(name->name, text, strlen(text) + 1); /* name_is_valid() measured it */
	return name;
}

/*
 * A merge may have added sticky flags to the VMA, which are to stay; kernels write back those
 * that the range had before.
 */
static int name_piece(struct vma *vma, struct vma **prev, vm_addr_t start, vm_addr_t end,
		      const void *argument)
{
	struct anon_vma_name *const *name = argument;
	const struct vm_behaviour *behaviour = &vma->vm_mm->machine->behaviour;
	vm_flags_t flags = vma->vm_flags;
	struct vma_merge vmg;
	int err;

	if (vma->vm_file && !vma_is_shmem(vma))
		return -EBADF;
	if (!anon_vma_name_eq(vma->anon_name, *name)) {
		vma_merge_init_existing(&vmg, *prev, vma, start, end);
		vmg.anon_name = *name;
		err = vma_modify(&vmg, &vma);
		if (err)
			return err == -ENOMEM ? -EAGAIN : err;
		if (!behaviour->name_drops_sticky)
			flags |= vma->vm_flags & behaviour->sticky;
		else if (vma->vm_flags & ~flags & VM_MAYBE_GUARD)
			vma->vm_mm->guards_hidden = true;
		vma->vm_flags = flags;
	}
	if (!anon_vma_name_eq(vma->anon_name, *name)) {
		anon_vma_name_put(vma->vm_mm->machine, vma->anon_name);
		vma->anon_name = *name;
		if (*name)
			(*name)->refs++;
	}
	*prev = vma;
	return 0;
}

int mm_set_anon_name(struct mm *mm, vm_addr_t addr, uint64_t len, const char *text)
{
	vm_addr_t end = addr + page_up(len);
	struct anon_vma_name *name = NULL;
	int err;

	if (!mm->machine->config.anon_names || (text && !name_is_valid(text)))
		return -EINVAL;
	if (text) {
		name = anon_vma_name_new(mm->machine, text);
		if (!name)
			return -ENOMEM; /* 4.7's EAGAIN is for what vma_modify() could not get */
	}
	if (!page_aligned(addr) || (len && !page_up(len)) || end < addr)
		err = -EINVAL;
	else
		err = end == addr ? 0 : madvise_walk(mm, addr, end, name_piece, &name);
	anon_vma_name_put(mm->machine, name);
	return err;
}
