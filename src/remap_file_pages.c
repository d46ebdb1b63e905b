/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * remap_file_pages(): once it rearranged page tables; now it is an mmap() of the same file in
 * the same place at another offset, which may merge with what it was cut from.
 */
#include "uapi.h"
#include "vma_internal.h"

/*
 *	0123456789ab
 *	AAAAAABBBBBB
 *	    ****		B must continue A: same file, same flags, no hole
 */
static bool range_is_uniform(const struct vma *vma, vm_addr_t end)
{
	const struct vma *next;

	for (; vma->vm_end < end; vma = next) {
		next = vma_next(vma);
		if (!next || next->vm_start != vma->vm_end || next->vm_file != vma->vm_file ||
		    next->vm_flags != vma->vm_flags)
			return false;
	}
	return true;
}

int mm_remap_file_pages(struct mm *mm, vm_addr_t addr, uint64_t len, uint32_t prot,
			vm_pgoff_t pgoff)
{
	struct mmap_request request = {
		.addr = page_down(addr),
		.len = page_down(len),
		.flags = MAP_SHARED | MAP_FIXED | MAP_POPULATE,
		.pgoff = pgoff,
	};
	vm_addr_t end = request.addr + request.len;
	const struct vma *vma;
	struct file *file;
	int err;

	if (prot || end <= request.addr || pgoff + (request.len >> VM_PAGE_SHIFT) < pgoff)
		return -EINVAL;
	vma = mm_find(mm, request.addr);
	if (!vma || !(vma->vm_flags & VM_SHARED) || !range_is_uniform(vma, end))
		return -EINVAL;
	request.prot = (vma->vm_flags & VM_READ ? PROT_READ : 0) |
		       (vma->vm_flags & VM_WRITE ? PROT_WRITE : 0) |
		       (vma->vm_flags & VM_EXEC ? PROT_EXEC : 0);
	if (vma->vm_flags & VM_LOCKED)
		request.flags |= MAP_LOCKED;
	/* It has to outlive the VMA, which mmap() unmaps. */
	file = vma->vm_file;
	vma_get_file(file);
	request.file = file;
	err = mm_mmap(mm, &request, &addr);
	vma_put_file(file);
	return err;
}
