/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The system calls as walkers of our own: what of them lies outside the tree's mm/vma.c, written
 * from the specification, around calls of what lies in it. Each takes the lock itself, and
 * returns 0 or a negative errno.
 */
#ifndef VMAFUZZ_LINUX_CALLS_H
#define VMAFUZZ_LINUX_CALLS_H

#include <linux/mempolicy.h>
#include <sys/mman.h>

#include "dialect.h"

/* What the C library has no name for. */
#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 0x08
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#define MADV_GUARD_REMOVE 103
#endif
#ifndef MAP_UNINITIALIZED
#define MAP_UNINITIALIZED 0x4000000
#endif
#ifndef PROT_SEM
#define PROT_SEM 0x8
#endif

struct mmap_call {
	unsigned long addr, len, pgoff;
	unsigned int prot, flags;
	struct file *file;
};

/* The same with all that was asked answered. */
struct mapping {
	struct mm_struct *mm;
	struct file *file;
	unsigned long addr, end, pages;
	vm_flags_t flags;
	pgoff_t pgoff;
};

int call_mmap(struct mm_struct *mm, const struct mmap_call *call, unsigned long *ret_addr);
int call_munmap(struct mm_struct *mm, unsigned long addr, unsigned long len);
int call_mprotect(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned int prot);
int call_madvise(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned int advice);
int call_guard(struct mm_struct *mm, unsigned long addr, unsigned long len, bool installs);
int call_name(struct mm_struct *mm, unsigned long addr, unsigned long len, const char *text);
int call_mlock(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned int flags);
int call_munlock(struct mm_struct *mm, unsigned long addr, unsigned long len);
int call_mlockall(struct mm_struct *mm, unsigned int flags);
int call_munlockall(struct mm_struct *mm);
int call_mseal(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned int flags);
int call_mremap(struct mm_struct *mm, unsigned long addr, unsigned long old_len,
		unsigned long new_len, unsigned int flags, unsigned long *new_addr);
unsigned long call_brk(struct mm_struct *mm, unsigned long addr);
int call_vm_brk(struct mm_struct *mm, unsigned long addr, unsigned long len, bool exec);
int call_mbind(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned int mode,
	       uint64_t nodes);
int call_home_node(struct mm_struct *mm, unsigned long addr, unsigned long len, uint64_t node);
int call_uffd_register(struct mm_struct *mm, unsigned int context, unsigned int features,
		       unsigned long addr, unsigned long len, unsigned int modes);
int call_uffd_unregister(struct mm_struct *mm, unsigned int context, unsigned long addr,
			 unsigned long len);
int call_uffd_close(struct mm_struct *mm, unsigned int context);
int call_remap_file_pages(struct mm_struct *mm, unsigned long addr, unsigned long len,
			  unsigned long pgoff);
int call_special(struct mm_struct *mm, unsigned long addr, unsigned long len);
int call_exec_stack(struct mm_struct *mm, unsigned long addr);
int call_relocate_down(struct mm_struct *mm, unsigned long addr, unsigned long len,
		       unsigned long pages);
int call_touch(struct mm_struct *mm, unsigned long addr, unsigned long len, bool write);
void call_ksm(struct mm_struct *mm, bool on);
void call_clear_softdirty(struct mm_struct *mm);
int call_fork(struct mm_struct *mm, uint32_t number, struct mm_struct **ret_child);
void call_exit(struct mm_struct *mm);
struct mm_struct *new_mm(uint32_t number); /* NULL without memory */

/* ---- what walkers share; the lock is held */

bool may_expand(const struct mm_struct *mm, vm_flags_t flags, unsigned long pages);
bool can_do_mlock(const struct mm_struct *mm);
bool may_lock(const struct mm_struct *mm, vm_flags_t flags, unsigned long pages);
bool vma_supports_mlock(const struct vm_area_struct *vma);
void stat_account(struct mm_struct *mm, vm_flags_t flags, long pages);
vm_flags_t prot_flags(unsigned int prot);
unsigned long vm_start_gap(const struct vm_area_struct *vma);
int find_place(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned int flags,
	       unsigned long *ret_addr);
int unmap(struct mm_struct *mm, unsigned long addr, unsigned long len);
bool is_protected(const struct vm_area_struct *vma);
bool is_advisable(unsigned long addr, unsigned long len);
bool ksm_compatible(vm_flags_t flags);
vm_flags_t ksm_flags(const struct mm_struct *mm, vm_flags_t flags);

/*
 * Walks the VMAs of [start, end) as the kernel's callers do, one iterator for all, which has to
 * stand at what a visit left; *prev is the VMA below the piece, and then the one that holds it.
 */
typedef int visit_piece(struct vma_iterator *vmi, struct vm_area_struct *vma,
			struct vm_area_struct **prev, unsigned long start, unsigned long end,
			const void *argument);
enum gaps { GAPS_END_IT, GAPS_ARE_SKIPPED };
int walk_pieces(struct mm_struct *mm, unsigned long start, unsigned long end, enum gaps gaps,
		visit_piece *visit, const void *argument);
/* The same as madvise() does it: gaps are remembered, each piece has an iterator of its own. */
int walk_advised(struct mm_struct *mm, unsigned long start, unsigned long end, visit_piece *visit,
		 const void *argument);

/* Faults. The range lies in the VMA. 0, -EFAULT or -ENOMEM. */
int fault_range(struct vm_area_struct *vma, unsigned long start, unsigned long end, bool write);
int populate_piece(struct vm_area_struct *vma, unsigned long start, unsigned long end);
int populate(struct mm_struct *mm, unsigned long start, unsigned long end, bool ignore_errors);

/*
 * What lies in the mm/vma.c of some trees (tree_areas.c) and outside that of others (own_mmap.c,
 * own_areas.c). The lock is held, the place is free where nothing is said to be replaced.
 */
int map_region(struct mapping *map);
/* Heap for [start, end), below it prev, where the iterator stands. */
int add_heap(struct vma_iterator *vmi, struct vm_area_struct *prev, unsigned long start,
	     unsigned long end, vm_flags_t more);
int grow_stack(struct vm_area_struct *vma, unsigned long addr);
int install_special(struct mm_struct *mm, unsigned long addr, unsigned long len, vm_flags_t flags,
		    const struct vm_operations_struct *ops);
struct vm_area_struct *install_stack(struct mm_struct *mm, unsigned long addr, vm_flags_t flags);
int relocate(struct vm_area_struct *vma, unsigned long shift);

/* Gives vma, which is fresh, a file of its own for shared anonymous memory. */
int shmem_zero_setup(struct vm_area_struct *vma);
bool shmem_file(const struct file *file);
bool vma_is_shmem(const struct vm_area_struct *vma);

/* Flags and the protection of pages that follows from them. */
void set_flags(struct vm_area_struct *vma, vm_flags_t flags);
void vma_set_page_prot(struct vm_area_struct *vma);

#endif
