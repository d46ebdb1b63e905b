/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the core share. The merge code (vma.c) sees the world through vma.h and
 * through this header alone: replace it and vma.c can be built against other surroundings.
 */
#ifndef VMAFUZZ_VMA_INTERNAL_H
#define VMAFUZZ_VMA_INTERNAL_H

#include <errno.h>
#include <stddef.h>

#include "vma.h"

/* ------------------------------------------------------------------ flag sets */

#define VM_ACCESS_FLAGS (VM_READ | VM_WRITE | VM_EXEC)
#define VM_MAY_FLAGS (VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC)
#define VM_SPECIAL (VM_IO | VM_DONTEXPAND | VM_PFNMAP | VM_MIXEDMAP)
#define VM_LOCKED_MASK (VM_LOCKED | VM_LOCKONFAULT)
#define VM_UFFD_FLAGS (VM_UFFD_MISSING | VM_UFFD_WP | VM_UFFD_MINOR | VM_UFFD_RWP)

/* ------------------------------------------------------------------ arithmetic */

static inline vm_addr_t page_down(vm_addr_t addr)
{
	return addr & ~(VM_PAGE_SIZE - 1);
}

/* Wraps to 0 within the last page of the number range, as the kernel's does. */
static inline vm_addr_t page_up(vm_addr_t addr)
{
	return (addr + VM_PAGE_SIZE - 1) & ~(VM_PAGE_SIZE - 1);
}

static inline bool page_aligned(vm_addr_t addr)
{
	return (addr & (VM_PAGE_SIZE - 1)) == 0;
}

static inline uint64_t page_count(vm_addr_t start, vm_addr_t end)
{
	return (end - start) >> VM_PAGE_SHIFT;
}

static inline uint64_t vma_pages(const struct vma *vma)
{
	return page_count(vma->vm_start, vma->vm_end);
}

static inline vm_addr_t lower_of(vm_addr_t a, vm_addr_t b)
{
	return a < b ? a : b;
}

static inline vm_addr_t higher_of(vm_addr_t a, vm_addr_t b)
{
	return a > b ? a : b;
}

/* ------------------------------------------------------------------ predicates */

static inline bool vma_is_anonymous(const struct vma *vma)
{
	return !vma->vm_ops;
}

static inline bool vma_is_accessible(const struct vma *vma)
{
	return vma->vm_flags & VM_ACCESS_FLAGS;
}

static inline bool vma_is_sealed(const struct vma *vma)
{
	return vma->vm_flags & VM_SEALED;
}

static inline bool is_cow_mapping(vm_flags_t flags)
{
	return (flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE;
}

static inline bool is_shared_maywrite(vm_flags_t flags)
{
	return (flags & (VM_SHARED | VM_MAYWRITE)) == (VM_SHARED | VM_MAYWRITE);
}

static inline bool vma_supports_mlock(const struct vma *vma)
{
	return !(vma->vm_flags & (VM_SPECIAL | VM_DROPPABLE | VM_HUGETLB));
}

/* Its chain came over in a fork: an ancestor's pages may be mapped here. */
static inline bool vma_is_fork_child(const struct vma *vma)
{
	return vma && !list_is_empty(&vma->anon_vma_chain) &&
	       !list_is_singular(&vma->anon_vma_chain);
}

/* ------------------------------------------------------------------ assertions */

struct vma_merge;
_Noreturn void vma_assert_failed(const char *file, int line, const char *function, const char *cond,
				 const struct mm *mm, const struct vma_merge *vmg);

/* Always on, whatever NDEBUG says: print what failed, dump its subject, trap. */
#define VMA_ASSERT_ABOUT(cond, mm, vmg)                                                            \
	((cond) ? (void)0 : vma_assert_failed(__FILE__, __LINE__, __func__, #cond, mm, vmg))
#define VMA_ASSERT(cond) VMA_ASSERT_ABOUT(cond, NULL, NULL)
#define VMA_ASSERT_MM(cond, mm) VMA_ASSERT_ABOUT(cond, mm, NULL)
#define VMA_ASSERT_VMG(cond, vmg) VMA_ASSERT_ABOUT(cond, (vmg)->mm, vmg)

/* ------------------------------------------------------------------ the machine */

/* What kernels do differently, one switch each; behaviour.c holds the values. */
struct vm_behaviour {
	vm_flags_t sticky;	     /* survive a merge with VMAs that lack them */
	vm_flags_t ignore;	     /* do not stand in the way of a merge */
	vm_flags_t copy_on_fork;     /* page tables hold what a fault cannot make again */
	bool faulted_into_unfaulted; /* D1: merging gives the unfaulted side the other's anon_vma */
	bool virtual_pgoff;	     /* D22: private file VMAs compare virtual offsets too */
	bool guard_regions;	     /* D5 */
	bool dofork_refuses_special; /* D20: not VM_IO alone */
	bool discard_by_ops;	     /* 9.3: a sealed VMA's being anonymous is read from vm_ops */
	bool retry_after_mmap_hook;  /* D15: flags changed by the hook are tried once more */
	bool mmap_prepare;	     /* D16 */
	bool prepare_overwrites;     /* D37: a survivor takes the ops that mmap_prepare chose */
	bool mapped_hook;	     /* D39 */
	bool growth_charges_always;  /* F13: even VMAs whose unmapping gives nothing back */
	bool failed_fixed_leaks;     /* F14: a failed MAP_FIXED keeps what it replaced charged */
	bool mremap_many;	     /* D6: moves several VMAs in one call */
	bool mremap_old_checks;	     /* D13, D14: the VMA is looked at before the target address */
	bool dontunmap_merges_self;  /* F1: what is left may be one VMA with its copy */
	bool dontunmap_unlocks_all;  /* F2: what was not moved too, and its pages stay counted */
	bool dontunmap_keeps_pgoff;  /* F3 */
	bool shrinking_move_leaks;   /* F4: what was cut off is charged once more */
	bool uffd_move_merges;	     /* F5: and what it merged with loses its context as well */
	bool failed_move_leaks;	     /* D40: growth whose move failed stays charged */
	bool failed_unmap_unaccounts;  /* F7: a source that could not be unmapped is not VM_ACCOUNT
					*/
	bool failed_unmap_charges_all; /* D41: and is charged even if it never was */
	bool mremap_old_headroom;   /* F9: the numbers up to v7.0, asked where a VMA is to move */
	bool name_drops_sticky;	    /* F6: flags are written back as they were before the merge */
	bool uffd_rwp;		    /* D36 */
	bool uffd_keeps_wp;	    /* D35: registering anew may not drop what protects pages */
	bool uffd_clears_foreign;   /* F11: a context unregisters another's areas */
	bool ksm_before_merge;	    /* D17: VM_MERGEABLE is no difference to one's neighbours */
	bool target_unmapped_first; /* F10: before the source is checked */
};
void vm_behaviour_init(struct vm_behaviour *behaviour, const struct vm_config *config);

enum { VM_SIZE_CLASSES = 32, VM_SIZE_CLASS_BYTES = 64 };

struct vm_machine {
	struct vm_config config;
	struct vm_behaviour behaviour;
	uint64_t committed;
	uint64_t leaked;    /* by address spaces that are gone */
	uint64_t operation; /* since the reset */
	uint64_t anon_vma_serial, file_serial, mapping_serial;
	struct list mms, anon_vmas, files, mappings;

	/* injection */
	uint32_t fail_nth, requests, failures;
	bool fail_onward;

	/* memory */
	struct vm_memory memory;
	struct range_tree_memory tree_memory;
	uint64_t live[VM_OBJECTS];
	void *unused[VM_SIZE_CLASSES]; /* released objects, by size */

	/* observation */
	vm_probe *probe;
	void *probe_context;
	struct vm_merge_record merge;
	char violation[200];
};

/* "slots := max_vma_count() - vma_count" is what every check of the limit computes. */
uint64_t max_vma_count(const struct mm *mm);
static inline int64_t vma_slots(const struct mm *mm)
{
	return (int64_t)(max_vma_count(mm) - mm->vma_count);
}
void trace_mm_insufficient_vma_slots(const struct mm *mm);

/* ------------------------------------------------------------------ memory: alloc.c */

/* Asks leave to take memory; false is an injected failure. Every failable step asks once. */
bool vm_request(struct vm_machine *machine);
/* Zeroed, or NULL. vm_alloc() asks leave first; vm_alloc_unasked() is for page tables and nodes. */
void *vm_alloc(struct vm_machine *machine, enum vm_object kind, size_t size);
void *vm_alloc_unasked(struct vm_machine *machine, enum vm_object kind, size_t size);
void vm_release(struct vm_machine *machine, enum vm_object kind, void *object, size_t size);

/* ------------------------------------------------------------------ the tree */

struct vma *vma_find(const struct mm *mm, vm_addr_t addr);	/* the first that ends above addr */
struct vma *vma_find_prev(const struct mm *mm, vm_addr_t addr); /* the last that starts below */
static inline struct vma *vma_next(const struct vma *vma)
{
	return vma_find(vma->vm_mm, vma->vm_end);
}
static inline struct vma *vma_prev(const struct vma *vma)
{
	return vma_find_prev(vma->vm_mm, vma->vm_start);
}
/* Asks leave, and makes sure that `inserts` insertions need no memory. 0 or -ENOMEM. */
int vma_tree_reserve(struct mm *mm, unsigned int inserts);
/* Into the tree (reserved), the mapping's set, the count. */
void vma_attach(struct vma *vma);
/* Moves the bounds, and the page offsets with vm_start. */
void vma_set_bounds(struct vma *vma, vm_addr_t start, vm_addr_t end);

/* ------------------------------------------------------------------ VMAs: mm.c */

struct vma *vma_alloc(struct mm *mm); /* unattached, neutral ops; NULL without memory */
/* Without a chain, a policy, or a reference to the file. */
struct vma *vma_dup(const struct vma *vma, struct mm *mm);
/* ASSUMPTIONS: unattached; no chain, no file. Policy and name go with it. */
void vma_free(struct vma *vma);
/* Calls open() / close(); a driver that saw close() is never called again. */
void vma_open(struct vma *vma);
void vma_close(struct vma *vma);
extern const struct vm_operations neutral_vm_ops;

void vm_stat_account(struct mm *mm, vm_flags_t flags, int64_t pages);
/* Whatever the limit of VMAs is: this many are allowed. */
void vma_count_is_allowed(struct mm *mm);
bool may_expand_vm(const struct mm *mm, vm_flags_t flags, uint64_t pages);
bool mlock_future_ok(const struct mm *mm, vm_flags_t flags, uint64_t pages);
bool can_do_mlock(const struct mm *mm);
int vm_charge(struct mm *mm, uint64_t pages);	      /* 0 or -ENOMEM */
void vm_charge_anyway(struct mm *mm, uint64_t pages); /* beyond every limit */
void vm_uncharge(struct mm *mm, uint64_t pages);

/* ------------------------------------------------------------------ anon_vma.c */

struct anon_vma {
	uint64_t id;
	struct anon_vma *root, *parent; /* a root is its own parent */
	uint64_t num_active_vmas;	/* VMAs whose anon_vma this is */
	uint64_t num_children;		/* anon_vmas whose parent this is */
	uint64_t vma_count;		/* links in `vmas` */
	struct list vmas;		/* of struct anon_vma_chain.same_anon_vma */
	struct list anon_vmas;
	uint64_t seen, seen_active, seen_children; /* for vm_validate() */
};

/* One VMA's membership in one anon_vma. */
struct anon_vma_chain {
	struct vma *vma;
	struct anon_vma *anon_vma;
	struct list same_vma, same_anon_vma;
};

int anon_vma_prepare(struct vma *vma);
int anon_vma_clone(struct vma *dst, const struct vma *src);
int anon_vma_fork(struct vma *dst, const struct vma *src);
void unlink_anon_vmas(struct vma *vma);
struct anon_vma *find_mergeable_anon_vma(const struct vma *vma);

/* ------------------------------------------------------------------ policies and names */

bool mpol_equal(const struct mempolicy *a, const struct mempolicy *b);
int vma_dup_policy(const struct vma *src, struct vma *dst);
void mpol_free(struct vm_machine *machine, struct mempolicy *policy);

struct anon_vma_name {
	uint64_t refs;
	char name[80];
};
bool anon_vma_name_eq(const struct anon_vma_name *a, const struct anon_vma_name *b);
void anon_vma_name_put(struct vm_machine *machine, struct anon_vma_name *name);

/* ------------------------------------------------------------------ ksm.c */

/* May VM_MERGEABLE be set beside these? */
bool ksm_compatible(vm_flags_t flags);
/* What a new VMA's flags become, if its process wants samepage merging. */
vm_flags_t ksm_flags_of_new(const struct mm *mm, vm_flags_t flags);
/* The same before its merge is tried, where that is the time. */
vm_flags_t ksm_flags_before_merge(const struct mm *mm, vm_flags_t flags);

/* ------------------------------------------------------------------ userfaultfd.c */

/* Is the context told of moves, so that it may move along? */
bool userfaultfd_follows_moves(const struct userfaultfd_ctx *ctx);
int userfaultfd_fork_vma(struct vma *dst, const struct vma *src);
void userfaultfd_fork_rest(struct mm *child, const struct mm *mm);

/* ------------------------------------------------------------------ madvise.c */

/* What happens to a piece; *prev becomes the VMA that covers it then. */
typedef int madvise_visit(struct vma *vma, struct vma **prev, vm_addr_t start, vm_addr_t end,
			  const void *argument);
int madvise_walk(struct mm *mm, vm_addr_t start, vm_addr_t end, madvise_visit *visit,
		 const void *argument);

/* ------------------------------------------------------------------ file.c */

void vma_get_file(struct file *file); /* a VMA's reference */
void vma_put_file(struct file *file);
void vma_link_file(struct vma *vma);
void vma_unlink_file(struct vma *vma);
bool vma_is_shmem(const struct vma *vma); /* memory of no file's name */

/* ------------------------------------------------------------------ guard.c, fault.c */

int guard_install(struct mm *mm, vm_addr_t start, vm_addr_t end);
void guard_clear(struct mm *mm, vm_addr_t start, vm_addr_t end);
int guard_copy(struct mm *dst, const struct mm *src, vm_addr_t start, vm_addr_t end);
/* Moves markers; the two ranges may overlap if they go down. 0, or -ENOMEM with some moved. */
int guard_move(struct mm *mm, vm_addr_t start, vm_addr_t end, vm_addr_t to);
const char *guard_validate(const struct mm *mm);
/* Populates what is mapped in [start, end). An error ends it, or ends its VMA alone. */
int mm_populate(struct mm *mm, vm_addr_t start, vm_addr_t end, bool ignore_errors);
/* Faults in [start, end) of one VMA. */
int populate_vma_range(struct vma *vma, vm_addr_t start, vm_addr_t end);
int fault_vma_range(struct vma *vma, vm_addr_t start, vm_addr_t end, bool write);
int expand_downwards(struct vma *vma, vm_addr_t addr);

/* ------------------------------------------------------------------ vma.c: merge and split */

enum vma_merge_state {
	VMA_MERGE_START,
	VMA_MERGE_ERROR_NOMEM,
	VMA_MERGE_NOMERGE,
	VMA_MERGE_SUCCESS,
};

/*
 * A proposed merge: [start, end) with these attributes, between (or inside) these VMAs.
 *
 *	0123456789abcdef
 *	PPPP....NNNN		a new range 4..8: middle is NULL
 *	PPPPMMMMNNNN		an existing range inside M: next is found here
 */
struct vma_merge {
	/* The caller sets these. */
	struct mm *mm;
	struct vma *prev;
	struct vma *middle; /* NULL: a new range */
	struct vma *next;   /* a new range only */
	vm_addr_t start, end;
	vm_flags_t vm_flags;
	vm_pgoff_t pgoff, virt_pgoff; /* of start */
	struct file *file;
	struct anon_vma *anon_vma;
	const struct mempolicy *policy;
	struct userfaultfd_ctx *uffd_ctx;
	struct anon_vma_name *anon_name;
	const struct vma *copied_from; /* the source of a move */
	bool just_expand;	       /* to the left only */
	bool give_up_on_oom;	       /* running out of memory is no error */

	/* The merge sets these. */
	struct vma *target; /* the VMA that survives */
	enum vma_merge_state state;
	bool remove_middle, remove_next;
	bool shrink_middle; /* it loses what target gains */
};

void vma_merge_init_existing(struct vma_merge *vmg, struct vma *prev, struct vma *middle,
			     vm_addr_t start, vm_addr_t end);
struct vma *vma_merge_new_range(struct vma_merge *vmg);
int vma_merge_extend(struct vma *vma, vm_addr_t end);
struct vma *vma_merge_existing_range(struct vma_merge *vmg);
int vma_expand(struct vma_merge *vmg);
int vma_shrink(struct vma *vma, vm_addr_t new_end);
int vma_modify(struct vma_merge *vmg, struct vma **ret_vma);
int vma_modify_flags(struct vma *prev, struct vma *vma, vm_addr_t start, vm_addr_t end,
		     vm_flags_t *flags, struct vma **ret_vma);
int raw_split_vma(struct vma *vma, vm_addr_t addr, bool new_below);
int split_vma(struct vma *vma, vm_addr_t addr, bool new_below);
/* With whom a copy may merge: nobody, anybody but its source, anybody. */
enum vma_copy { COPY_STAYS_ALONE, COPY_SPARES_SOURCE, COPY_MERGES };
struct vma *copy_vma(struct vma **source, vm_addr_t from, vm_addr_t to, uint64_t len,
		     enum vma_copy how);

/* ------------------------------------------------------------------ vma.c: unmap */

/* An unmap between its steps: gather, then complete or abort. */
struct vma_munmap {
	struct mm *mm;
	vm_addr_t start, end;
	struct vma *prev, *next;  /* around the range, once gathered */
	struct vma *first, *last; /* gathered, linked by next_detached */
	uint64_t vma_count;
	uint64_t nr_pages, nr_accounted, locked_vm;
	bool cleared; /* no page of the range is mapped any more */
};

int vms_gather(struct vma_munmap *vms, struct mm *mm, vm_addr_t start, vm_addr_t end);
void vms_abort(struct vma_munmap *vms);
int vms_clear_tree(struct vma_munmap *vms);
void vms_clean_up_area(struct vma_munmap *vms);
void vms_complete(struct vma_munmap *vms);
int do_munmap(struct mm *mm, vm_addr_t start, vm_addr_t end);
/* The same, but the pages stay charged: they live on elsewhere. */
int do_munmap_moved(struct mm *mm, vm_addr_t start, vm_addr_t end);
void unmap_vma(struct vma *vma);

/* ------------------------------------------------------------------ mmap.c: placement */

/* The lowest address that must stay free below it. */
vm_addr_t vm_start_gap(const struct vma *vma);
/* Where a mapping goes that is asked for at addr (0: anywhere), with MAP_FIXED or without. */
int get_unmapped_area(const struct mm *mm, vm_addr_t addr, uint64_t len, uint32_t flags,
		      vm_addr_t *ret_addr);

#endif
