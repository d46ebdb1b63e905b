/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The world that the tree's mm/vma.c sees. What the kernel keeps elsewhere is kept here in
 * words of our own, and it does not lie: chains of anon_vmas are real, policies, names and
 * contexts can differ, trees of mappings know who is in them and under which offsets, page
 * tables know which pages are there. What is told wrongly is a warning.
 *
 * It has the name and the guard of the kernel's own header, which it stands for.
 */
#ifndef __MM_VMA_INTERNAL_H
#define __MM_VMA_INTERNAL_H

#include "shim.h"

#include <linux/maple_tree.h>

/* A change of a tree can fail, and then leaves the iterator as a real failure does. */
int shim_preallocate(struct ma_state *mas, void *entry, gfp_t gfp);
int shim_store_gfp(struct ma_state *mas, void *entry, gfp_t gfp);
int shim_tree_dup(struct maple_tree *from, struct maple_tree *to, gfp_t gfp);
#define mas_preallocate(mas, entry, gfp) shim_preallocate(mas, entry, gfp)
#define mas_store_gfp(mas, entry, gfp) shim_store_gfp(mas, entry, gfp)
#define __mt_dup(from, to, gfp) shim_tree_dup(from, to, gfp)
/* A change that cannot fail: who stands in the tree is locked, and so is the tree. */
void shim_store(struct ma_state *mas, void *entry);
#define mas_store_prealloc(mas, entry) shim_store(mas, entry)

#include "vm_flags.h"

/* ---- objects */

struct vm_area_struct;
struct file;

/* A tree of mappings: who is in it. rb_root.rb_node is a word for mm_take_all_locks() alone. */
struct rb_root {
	unsigned long rb_node;
};
struct rb_root_cached {
	struct rb_root rb_root;
	struct list_head members;
};

/* A place in such a tree, under the offsets it was put there for. */
struct shim_member {
	struct list_head node;
	struct rb_root_cached *in; /* NULL: in none */
	pgoff_t first, last;
};

struct address_space {
	struct rb_root_cached i_mmap;
	struct rw_semaphore i_mmap_rwsem;
	struct shim_lock dcache_lock;
	unsigned long flags;
	bool can_writeback;
	atomic_t i_mmap_writable;
};
#define AS_MM_ALL_LOCKS 2

struct vm_area_desc;
struct file_operations {
	int (*mmap)(struct file *file, struct vm_area_struct *vma);
	int (*mmap_prepare)(struct vm_area_desc *desc);
};

struct file {
	struct address_space *f_mapping;
	const struct file_operations *f_op;
	struct driver *driver;	  /* NULL: shared anonymous memory */
	struct address_space own; /* of shared anonymous memory */
	bool writable;		  /* opened for it */
	int refs;
	uint32_t seen_round, seen_number; /* of an observation */
};

struct anon_vma {
	struct anon_vma *root, *parent;
	struct rw_semaphore rwsem;
	struct rb_root_cached rb_root;
	unsigned long num_children, num_active_vmas;
	unsigned long root_users; /* of a root: others that are locked by it */
	uint32_t seen_round, seen_number;
};

struct anon_vma_chain {
	struct vm_area_struct *vma;
	struct anon_vma *anon_vma;
	struct list_head same_vma;
	struct shim_member member;
};

#define NAME_BYTES 84
struct anon_vma_name {
	int refs;
	char name[NAME_BYTES];
};

struct mempolicy {
	int refs;
	uint32_t mode, flags;
	int home_node;
	uint64_t nodes, user_nodes;
};

/* A context of userfaultfd; VMAs know it by its address. */
enum { SHIM_EVENT_FORK = 1, SHIM_EVENT_REMAP = 2 };
struct userfaultfd_ctx {
	bool open;
	uint32_t features;
};
struct vm_userfaultfd_ctx {
	struct userfaultfd_ctx *ctx;
};
#define NULL_VM_UFFD_CTX ((struct vm_userfaultfd_ctx){ NULL })

struct vm_operations_struct {
	void (*open)(struct vm_area_struct *vma);
	void (*close)(struct vm_area_struct *vma);
	int (*mapped)(unsigned long start, unsigned long end, pgoff_t pgoff,
		      const struct file *file, void **private_data);
	int (*may_split)(struct vm_area_struct *vma, unsigned long addr);
	int (*mremap)(struct vm_area_struct *vma);
	int (*mprotect)(struct vm_area_struct *vma, unsigned long start, unsigned long end,
			unsigned long flags);
	int (*set_policy)(struct vm_area_struct *vma, struct mempolicy *policy);
	int (*page_mkwrite)(void *fault);
	int (*pfn_mkwrite)(void *fault);
};

struct vm_area_struct {
	unsigned long vm_start, vm_end;
	struct mm_struct *vm_mm;
	pgprot_t vm_page_prot;
	union {
		vm_flags_t vm_flags;
		vma_flags_t flags;
	};
	struct list_head anon_vma_chain;
	struct anon_vma *anon_vma;
	const struct vm_operations_struct *vm_ops;
	unsigned long vm_pgoff;
	struct file *vm_file;
	void *vm_private_data;
	struct mempolicy *vm_policy;
	struct anon_vma_name *anon_name;
	struct vm_userfaultfd_ctx vm_userfaultfd_ctx;
	struct shim_member shared; /* in the tree of its file */
	unsigned long vm_lock_seq;
	/* Where it would lie if it were anonymous memory, for trees that keep that, too. */
	unsigned int __vm_anon_pgoff_lo, __vm_anon_pgoff_hi;
	unsigned long vm_freeptr; /* a word for the cache it lies in */
	bool detached;
};

#define MM_PAGES 4096
#define MM_CONTEXTS 4
enum { RLIMIT_AS_PAGES, RLIMIT_DATA_PAGES, RLIMIT_STACK_PAGES, RLIMIT_MEMLOCK_PAGES, RLIMITS };

struct mm_struct {
	struct maple_tree mm_mt;
	int map_count;
	unsigned long total_vm, locked_vm, data_vm, exec_vm, stack_vm;
	union {
		vm_flags_t def_flags;
		vma_flags_t def_vma_flags;
	};
	unsigned long start_brk, brk;
	struct rw_semaphore mmap_lock;
	unsigned long mm_lock_seq;
	/* Ours. */
	uint32_t number;	   /* @N */
	unsigned long committed;   /* pages charged for this mm */
	unsigned long leaked;	   /* of them what the kernel forgets to return */
	unsigned long unaccounted; /* pages of VMAs that lost VM_ACCOUNT and kept what they are */
	uint64_t rlimit[RLIMITS];
	bool ksm, exiting;
	struct userfaultfd_ctx uffd[MM_CONTEXTS];
	uint64_t present[MM_PAGES / 64]; /* bit p: a page is in the page tables at p */
	uint64_t guard[MM_PAGES / 64];	 /* or a guard marker */
};

struct vma_iterator {
	struct ma_state mas;
};

struct mmu_gather {
	struct mm_struct *mm;
};

struct task_struct {
	struct mm_struct *mm;
};

/* ---- the machine that all of this runs on */

struct shim_config {
	unsigned long base, task_size; /* the window */
	unsigned long gap;	       /* bytes below stacks */
	int max_map_count;
	bool soft_dirty, anon_names, ipc_lock, never_overcommit;
	bool strict; /* faults of the tree that walkers know how to live with are findings */
	bool as_7_3; /* what lies outside the tree's code is done as 7.3 does it, else as 6.12 */
	uint64_t commit_limit;
};

struct shim_machine {
	struct shim_config config;
	struct task_struct task;
	uint64_t committed;
	uint32_t locks; /* that are held */
	uint32_t ranked[RANKS];
	uint32_t alloc_nth, allocs, allocs_failed;
	bool alloc_onward;
	bool forking;
	uint64_t live[SHIM_OBJECTS];
	char warning[160]; /* empty: none */
};

struct shim_machine *shim(void);

#define current (&shim()->task)
#define TASK_SIZE (shim()->config.task_size)
#define mmap_min_addr (shim()->config.base)
#define stack_guard_gap (shim()->config.gap)
#define FIRST_USER_ADDRESS 0ul
#define USER_PGTABLES_CEILING 0ul
#define ULONG_MAX_ADDR (~0ul)

/* Asked by name, as the one refusal that is an event is that of split_vma(). */
#define sysctl_max_map_count shim_max_map_count(__func__)
int shim_max_map_count(const char *function);
void shim_insufficient_slots(struct mm_struct *mm);

extern const struct vm_operations_struct vma_dummy_vm_ops;

/* ---- locks of an mm and of what hangs on it */

#define down_write_nest_lock(semaphore, nest) shim_lock_write(&(semaphore)->lock, #semaphore)
#define signal_pending(task) 0

void mmap_write_lock(struct mm_struct *mm);
void mmap_write_unlock(struct mm_struct *mm);
void mmap_write_downgrade(struct mm_struct *mm);
void mmap_read_unlock(struct mm_struct *mm);

static inline void mmap_assert_write_locked(struct mm_struct *mm)
{
	WARN_ON(mm->mmap_lock.lock.held != -1);
}

static inline void mmap_assert_locked(struct mm_struct *mm)
{
	WARN_ON(mm->mmap_lock.lock.held == 0);
}

static inline void vma_start_write(struct vm_area_struct *vma)
{
	mmap_assert_write_locked(vma->vm_mm);
	vma->vm_lock_seq = vma->vm_mm->mm_lock_seq;
}

static inline void vma_assert_write_locked(struct vm_area_struct *vma)
{
	WARN_ON(vma->vm_lock_seq != vma->vm_mm->mm_lock_seq);
}

static inline void i_mmap_lock_write(struct address_space *mapping)
{
	shim_lock_ranked(&mapping->i_mmap_rwsem.lock, RANK_FILE);
}

static inline void i_mmap_unlock_write(struct address_space *mapping)
{
	shim_unlock_ranked(&mapping->i_mmap_rwsem.lock, RANK_FILE);
}

static inline void flush_dcache_mmap_lock(struct address_space *mapping)
{
	shim_lock_ranked(&mapping->dcache_lock, RANK_DCACHE);
}

static inline void flush_dcache_mmap_unlock(struct address_space *mapping)
{
	shim_unlock_ranked(&mapping->dcache_lock, RANK_DCACHE);
}

static inline void anon_vma_lock_write(struct anon_vma *anon_vma)
{
	shim_lock_ranked(&anon_vma->root->rwsem.lock, RANK_ANON);
}

static inline void anon_vma_unlock_write(struct anon_vma *anon_vma)
{
	shim_unlock_ranked(&anon_vma->root->rwsem.lock, RANK_ANON);
}

/* Whoever reads under the lock of a VMA alone must not see it change. */
void shim_assert_changeable(struct vm_area_struct *vma, const char *how);

/* ---- VMAs */

struct vm_area_struct *vm_area_alloc(struct mm_struct *mm);
struct vm_area_struct *vm_area_dup(struct vm_area_struct *vma);
void vm_area_free(struct vm_area_struct *vma);

static inline unsigned long vma_pages(const struct vm_area_struct *vma)
{
	return (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;
}

static inline bool vma_is_anonymous(const struct vm_area_struct *vma)
{
	return !vma->vm_ops;
}

static inline void vma_set_anonymous(struct vm_area_struct *vma)
{
	vma->vm_ops = NULL;
}

static inline bool vma_is_accessible(const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_ACCESS_FLAGS;
}

static inline bool shares_for_writing(vm_flags_t flags)
{
	return (flags & (VM_SHARED | VM_MAYWRITE)) == (VM_SHARED | VM_MAYWRITE);
}

static inline bool vma_is_shared_maywrite(const struct vm_area_struct *vma)
{
	return shares_for_writing(vma->vm_flags);
}

static inline bool is_vm_hugetlb_page(const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_HUGETLB;
}

static inline bool vma_soft_dirty_enabled(const struct vm_area_struct *vma)
{
	return VM_SOFTDIRTY && !(vma->vm_flags & VM_SOFTDIRTY);
}

static inline bool userfaultfd_wp(const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_UFFD_WP;
}

/* A driver whose ops are called for the last time. */
static inline void vma_close(struct vm_area_struct *vma)
{
	if (vma->vm_ops && vma->vm_ops->close) {
		vma->vm_ops->close(vma);
		vma->vm_ops = &vma_dummy_vm_ops;
	}
}

#define pgprot_val(prot) ((prot).pgprot)
#define __pgprot(value) ((pgprot_t){ value })

static inline pgprot_t vm_get_page_prot(unsigned long flags)
{
	return __pgprot(flags & (VM_ACCESS_FLAGS | VM_SHARED));
}

static inline pgprot_t pgprot_modify(pgprot_t old, pgprot_t new)
{
	(void)old;
	return new;
}

/* ---- walking an mm */

#define VMA_ITERATOR(name, mm_, addr_)                                                             \
	struct vma_iterator name = {                                                               \
		.mas = { .tree = &(mm_)->mm_mt,                                                    \
			 .index = (addr_),                                                         \
			 .node = NULL,                                                             \
			 .status = ma_start },                                                     \
	}
#define for_each_vma(vmi, vma) while (((vma) = vma_next(&(vmi))) != NULL)
#define for_each_vma_range(vmi, vma, end) while (((vma) = vma_find(&(vmi), end)) != NULL)

static inline void vma_iter_init(struct vma_iterator *vmi, struct mm_struct *mm, unsigned long addr)
{
	mas_init(&vmi->mas, &mm->mm_mt, addr);
}

static inline struct vm_area_struct *vma_find(struct vma_iterator *vmi, unsigned long max)
{
	return mas_find(&vmi->mas, max - 1);
}

static inline struct vm_area_struct *vma_next(struct vma_iterator *vmi)
{
	return mas_find(&vmi->mas, ULONG_MAX);
}

static inline struct vm_area_struct *vma_prev(struct vma_iterator *vmi)
{
	return mas_prev(&vmi->mas, 0);
}

static inline struct vm_area_struct *vma_iter_next_range(struct vma_iterator *vmi)
{
	return mas_next_range(&vmi->mas, ULONG_MAX);
}

static inline void vma_iter_set(struct vma_iterator *vmi, unsigned long addr)
{
	mas_set(&vmi->mas, addr);
}

static inline void vma_iter_free(struct vma_iterator *vmi)
{
	mas_destroy(&vmi->mas);
}

static inline void vma_iter_invalidate(struct vma_iterator *vmi)
{
	mas_pause(&vmi->mas);
}

static inline int vma_iter_clear_gfp(struct vma_iterator *vmi, unsigned long start,
				     unsigned long end, gfp_t gfp)
{
	__mas_set_range(&vmi->mas, start, end - 1);
	mas_store_gfp(&vmi->mas, NULL, gfp);
	return mas_is_err(&vmi->mas) ? -ENOMEM : 0;
}

struct vm_area_struct *find_vma_prev(struct mm_struct *mm, unsigned long addr,
				     struct vm_area_struct **prev);

static inline struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr)
{
	mmap_assert_locked(mm);
	return mt_find(&mm->mm_mt, &addr, ULONG_MAX);
}

static inline struct vm_area_struct *vma_lookup(struct mm_struct *mm, unsigned long addr)
{
	return mtree_load(&mm->mm_mt, addr);
}

static inline struct vm_area_struct *find_vma_intersection(struct mm_struct *mm,
							   unsigned long start, unsigned long end)
{
	mmap_assert_locked(mm);
	return mt_find(&mm->mm_mt, &start, end - 1);
}

/* ---- files */

static inline struct file *get_file(struct file *file)
{
	file->refs++;
	return file;
}

void fput(struct file *file);

static inline void mapping_allow_writable(struct address_space *mapping)
{
	atomic_inc(&mapping->i_mmap_writable);
}

void mapping_unmap_writable(struct address_space *mapping);

/* Shared anonymous memory has no place to be written back to. */
static inline bool mapping_can_writeback(struct address_space *mapping)
{
	return mapping->can_writeback;
}

void vma_interval_tree_insert(struct vm_area_struct *vma, struct rb_root_cached *root);
void vma_interval_tree_remove(struct vm_area_struct *vma, struct rb_root_cached *root);

/* ---- anonymous memory */

int anon_vma_prepare(struct vm_area_struct *vma);
int shim_anon_vma_clone(struct vm_area_struct *dst, struct vm_area_struct *src);
int anon_vma_fork(struct vm_area_struct *dst, struct vm_area_struct *src);
void unlink_anon_vmas(struct vm_area_struct *vma);
void anon_vma_merge(struct vm_area_struct *vma, struct vm_area_struct *next);
void anon_vma_interval_tree_insert(struct anon_vma_chain *chain, struct rb_root_cached *root);
void anon_vma_interval_tree_remove(struct anon_vma_chain *chain, struct rb_root_cached *root);

/* ---- policies, names, contexts */

#ifdef CONFIG_NUMA
#define vma_policy(vma) ((vma)->vm_policy)
#else
#define vma_policy(vma) ((struct mempolicy *)NULL)
#endif
bool mpol_equal(const struct mempolicy *a, const struct mempolicy *b);
int vma_dup_policy(struct vm_area_struct *src, struct vm_area_struct *dst);
struct mempolicy *shim_mpol_new(const struct mempolicy *like);
void mpol_put(struct mempolicy *policy);

static inline struct anon_vma_name *anon_vma_name(struct vm_area_struct *vma)
{
#ifdef CONFIG_ANON_VMA_NAME
	return vma->anon_name;
#else
	(void)vma;
	return NULL;
#endif
}

bool anon_vma_name_eq(const struct anon_vma_name *a, const struct anon_vma_name *b);
void anon_vma_name_put(struct anon_vma_name *name);

static inline bool is_mergeable_vm_userfaultfd_ctx(struct vm_area_struct *vma,
						   struct vm_userfaultfd_ctx ctx)
{
#ifdef CONFIG_USERFAULTFD
	return vma->vm_userfaultfd_ctx.ctx == ctx.ctx;
#else
	(void)vma;
	(void)ctx;
	return true;
#endif
}

int userfaultfd_unmap_prep(struct vm_area_struct *vma, unsigned long start, unsigned long end,
			   struct list_head *list);

/* ---- accounting */

int shim_charge(struct mm_struct *mm, unsigned long pages); /* 0 or -ENOMEM */
void shim_charge_anyway(struct mm_struct *mm, unsigned long pages);
void shim_uncharge(struct mm_struct *mm, unsigned long pages);

static inline void vm_unacct_memory(long pages)
{
	shim_uncharge(current->mm, (unsigned long)pages);
}

/* ---- page tables */

#define lru_add_drain() ((void)0)
#define tlb_gather_mmu(tlb, mm_) ((void)((tlb)->mm = (mm_)))
#define tlb_finish_mmu(tlb) ((void)((tlb)->mm = NULL))
#define update_hiwater_rss(mm) ((void)(mm))
#define update_hiwater_vm(mm) ((void)(mm))
#define hugetlb_split(vma, addr) shim_bug(__FILE__, __LINE__, "there are no huge pages")
#define uprobe_mmap(vma) ((void)(vma))
#define uprobe_munmap(vma, start, end) ((void)(vma))
#define khugepaged_enter_vma(vma, flags) ((void)(vma))
#define perf_event_mmap(vma) ((void)(vma))

/* The locks are there to keep pages from appearing meanwhile. adjust: whose boundary moves, too. */
void shim_adjust_pages(struct vm_area_struct *vma, struct vm_area_struct *adjust);

#ifdef TREE_HAS_BITMAP_FLAGS
#include "world_bitmap.h"
#else
#include "world_word.h"
#endif

#endif
