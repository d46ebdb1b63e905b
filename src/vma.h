/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A userland core of Linux virtual memory area (VMA) management: what an address space is made
 * of, and how system calls map, merge, split, protect, lock and unmap it. It follows mm/vma.c
 * and its neighbours as of v7.3, and can behave as v6.12 and v6.18 where those differ. It has
 * no page tables (but for guard markers), no locks, no RCU.
 *
 *	page    0   2   4   6   8  10  12  14
 *	        |prev...|middle.|.......|next
 *	        ^       ^ vm_start of middle, where its vm_pgoff counts from
 *	        |       ' vm_end of prev: ranges are half open, [vm_start, vm_end)
 *	        ' vm_start of prev
 *
 * Operations return 0 or -errno. Results go through ret_ parameters, untouched on failure.
 */
#ifndef VMAFUZZ_VMA_H
#define VMAFUZZ_VMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "list.h"
#include "range_tree.h"

typedef uint64_t vm_addr_t;  /* bytes */
typedef uint64_t vm_pgoff_t; /* pages */
typedef uint64_t vm_flags_t;

#define VM_PAGE_SHIFT 12
#define VM_PAGE_SIZE (UINT64_C(1) << VM_PAGE_SHIFT)

/* VM_READ_BIT and so on; the sets follow from the bits. */
enum vma_flag_bit {
#define VMA_FLAG(name, bit, code) VM_##name##_BIT = (bit),
#include "flags.def"
#undef VMA_FLAG
};
#define VM_FLAG_SET(name) (UINT64_C(1) << VM_##name##_BIT)
#define VM_NONE UINT64_C(0)
#define VM_READ VM_FLAG_SET(READ)
#define VM_WRITE VM_FLAG_SET(WRITE)
#define VM_EXEC VM_FLAG_SET(EXEC)
#define VM_SHARED VM_FLAG_SET(SHARED)
#define VM_MAYREAD VM_FLAG_SET(MAYREAD)
#define VM_MAYWRITE VM_FLAG_SET(MAYWRITE)
#define VM_MAYEXEC VM_FLAG_SET(MAYEXEC)
#define VM_MAYSHARE VM_FLAG_SET(MAYSHARE)
#define VM_GROWSDOWN VM_FLAG_SET(GROWSDOWN)
#define VM_PFNMAP VM_FLAG_SET(PFNMAP)
#define VM_LOCKED VM_FLAG_SET(LOCKED)
#define VM_IO VM_FLAG_SET(IO)
#define VM_SEQ_READ VM_FLAG_SET(SEQ_READ)
#define VM_RAND_READ VM_FLAG_SET(RAND_READ)
#define VM_DONTCOPY VM_FLAG_SET(DONTCOPY)
#define VM_DONTEXPAND VM_FLAG_SET(DONTEXPAND)
#define VM_LOCKONFAULT VM_FLAG_SET(LOCKONFAULT)
#define VM_ACCOUNT VM_FLAG_SET(ACCOUNT)
#define VM_NORESERVE VM_FLAG_SET(NORESERVE)
#define VM_HUGETLB VM_FLAG_SET(HUGETLB)
#define VM_SYNC VM_FLAG_SET(SYNC)
#define VM_WIPEONFORK VM_FLAG_SET(WIPEONFORK)
#define VM_DONTDUMP VM_FLAG_SET(DONTDUMP)
#define VM_SOFTDIRTY VM_FLAG_SET(SOFTDIRTY)
#define VM_MIXEDMAP VM_FLAG_SET(MIXEDMAP)
#define VM_HUGEPAGE VM_FLAG_SET(HUGEPAGE)
#define VM_NOHUGEPAGE VM_FLAG_SET(NOHUGEPAGE)
#define VM_MERGEABLE VM_FLAG_SET(MERGEABLE)
#define VM_UFFD_MISSING VM_FLAG_SET(UFFD_MISSING)
#define VM_UFFD_WP VM_FLAG_SET(UFFD_WP)
#define VM_UFFD_MINOR VM_FLAG_SET(UFFD_MINOR)
#define VM_UFFD_RWP VM_FLAG_SET(UFFD_RWP)
#define VM_MAYBE_GUARD VM_FLAG_SET(MAYBE_GUARD)
#define VM_SHADOW_STACK VM_FLAG_SET(SHADOW_STACK)
#define VM_DROPPABLE VM_FLAG_SET(DROPPABLE)
#define VM_SEALED VM_FLAG_SET(SEALED)
#define VM_STACK_INCOMPLETE_SETUP VM_FLAG_SET(STACK_INCOMPLETE_SETUP)

/* Owned by exactly one VMA, so that equality is by value. */
struct mempolicy {
	uint32_t mode, flags; /* MPOL_*, MPOL_F_* */
	uint64_t nodes;
	uint64_t user_nodes; /* as asked for, where flags say that it matters */
	int32_t home_node;   /* -1: none */
};

struct anon_vma_name;
struct vm_machine;

/* A userfaultfd of an address space, which its VMAs are registered with. */
#define VM_UFFD_CONTEXTS 4
struct userfaultfd_ctx {
	bool open;
	uint32_t features; /* UFFD_FEATURE_* */
};

/* One VMA. Only the core writes it, but for drivers in their mmap hook. */
struct vma {
	vm_addr_t vm_start; /* first byte */
	vm_addr_t vm_end;   /* one past the last byte */
	vm_flags_t vm_flags;
	vm_pgoff_t vm_pgoff;   /* of vm_start: page of the file, or virtual page */
	vm_pgoff_t virt_pgoff; /* of vm_start: virtual page, with or without a file */
	struct mm *vm_mm;
	struct anon_vma *anon_vma;	    /* NULL: unfaulted */
	struct list anon_vma_chain;	    /* of struct anon_vma_chain.same_vma, newest first */
	const struct vm_operations *vm_ops; /* NULL: anonymous */
	struct file *vm_file;		    /* one reference held */
	void *vm_private_data;		    /* the driver's */
	struct mempolicy *vm_policy;	    /* owned; NULL: default */
	struct anon_vma_name *anon_name;    /* one reference held */
	struct userfaultfd_ctx *userfaultfd_ctx;
	struct list shared;	   /* in vm_file->mapping->vmas */
	struct vma *next_detached; /* while it is being unmapped */
	bool attached;		   /* in the tree, and not being unmapped */
	bool hooked;		   /* the driver is owed a close() */
	bool displaced;		   /* unfaulted, but its offsets do not say where it is */
	bool unaccounted;	   /* writable but not charged: a kernel lost its VM_ACCOUNT */
};

enum vm_rlimit { VM_RLIMIT_AS, VM_RLIMIT_DATA, VM_RLIMIT_STACK, VM_RLIMIT_MEMLOCK, VM_RLIMITS };
#define VM_RLIM_INFINITY UINT64_MAX

/* One address space. Read what you like; `rlimit` may be written. */
struct mm {
	struct vm_machine *machine;
	void *owner; /* the embedder's */
	uint64_t vma_count;
	uint64_t total_vm, data_vm, exec_vm, stack_vm, locked_vm, committed; /* pages */
	vm_flags_t def_flags;	     /* ORed into new mappings */
	uint64_t rlimit[VM_RLIMITS]; /* pages */
	vm_addr_t start_brk, brk;    /* the heap; brk in bytes */
	bool ksm;		     /* samepage merging is wanted for all of it */

	/* private */
	struct range_tree tree;
	struct range_tree guards;
	uint64_t committed_leak; /* what a kernel would never give back */
	uint64_t locked_leak;	 /* the same of locked_vm */
	bool guards_hidden;	 /* a kernel lost VM_MAYBE_GUARD where markers may be */
	struct userfaultfd_ctx uffd[VM_UFFD_CONTEXTS];
	uint64_t count_bound; /* vma_count at the last validation */
	struct list mms;
};

/* An inode's pages, shared by every open of it. */
struct mapping {
	uint64_t id;
	uint64_t refs;
	uint64_t writers; /* VMAs that are VM_SHARED and VM_MAYWRITE */
	uint64_t vma_count;
	struct list vmas; /* of struct vma.shared */
	struct list mappings;
	uint64_t seen, seen_writers; /* for vm_validate() */
};

#define FMODE_READ 1u
#define FMODE_WRITE 2u

/* One open of an inode. */
struct file {
	uint64_t id;
	struct vm_machine *machine;
	uint64_t refs; /* all of them */
	uint64_t held; /* those of the embedder, by file_open() and file_get() */
	unsigned int f_mode;
	struct mapping *mapping;
	const struct file_operations *f_op;
	void *private_data; /* the embedder's */
	struct list files;
	uint64_t seen; /* for vm_validate() */
};

/* What mmap_prepare sees of a mapping that does not exist yet; it may change the second part. */
struct vm_area_desc {
	struct mm *mm;
	vm_addr_t start, end;

	vm_pgoff_t pgoff;
	struct file *vm_file; /* a replacement brings a reference of its own */
	vm_flags_t vm_flags;
	const struct vm_operations *vm_ops;
	void *private_data;
};

/* Neither hook: the file cannot be mapped. `mmap` alone counts where there is no mmap_prepare. */
struct file_operations {
	int (*mmap)(struct file *file, struct vma *vma);
	int (*mmap_prepare)(struct vm_area_desc *desc);
	bool leaves_flags;  /* `mmap` does not change vm_flags, as that of shared memory */
	bool own_placement; /* it may refuse an address: its mappings move one by one */
};

struct vm_operations {
	void (*open)(struct vma *vma);
	void (*close)(struct vma *vma);
	int (*may_split)(struct vma *vma, vm_addr_t addr);
	int (*mremap)(struct vma *vma); /* its pages are there */
	int (*set_policy)(struct vma *vma, const struct mempolicy *policy);
	int (*mprotect)(struct vma *vma, vm_addr_t start, vm_addr_t end, vm_flags_t newflags);
	int (*mapped)(vm_addr_t start, vm_addr_t end, vm_pgoff_t pgoff, struct file *file,
		      void **private_data);
};

enum vm_profile { VM_PROFILE_6_12, VM_PROFILE_6_18, VM_PROFILE_7_3, VM_PROFILES };
enum vm_overcommit { VM_OVERCOMMIT_GUESS, VM_OVERCOMMIT_ALWAYS, VM_OVERCOMMIT_NEVER };

struct vm_config {
	enum vm_profile profile;
	uint32_t quirks; /* bit n-1: quirk row Fn as that kernel does it */
	bool anon_names; /* configured */
	bool soft_dirty; /* configured */
	bool ipc_lock;	 /* CAP_IPC_LOCK */
	vm_addr_t mmap_min_addr;
	vm_addr_t task_size;	  /* also the top of the area new mappings are placed in */
	uint64_t stack_guard_gap; /* pages */
	uint64_t max_vma_count;
	enum vm_overcommit overcommit;
	uint64_t commit_limit;	     /* pages, VM_OVERCOMMIT_NEVER */
	uint64_t rlimit[VM_RLIMITS]; /* of new address spaces, pages */
};

/* What all address spaces share: limits, memory, counters. Nothing in the core is global. */
int vm_machine_new(struct vm_machine **ret_machine);
/* Where a machine's memory comes from, if not from malloc(): the machine itself first of all. */
struct vm_memory {
	void *(*alloc)(void *context, size_t size); /* NULL if there is none left */
	void (*release)(void *context, void *object);
	void *context;
};
/* -EOPNOTSUPP under a sanitizer, which wants to see every object by itself. */
int vm_machine_new_in(const struct vm_memory *memory, struct vm_machine **ret_machine);
void vm_machine_free(struct vm_machine *machine);
/* Starts afresh, with the memory it has. ASSUMPTIONS: no object is alive. */
void vm_machine_reset(struct vm_machine *machine, const struct vm_config *config);
void vm_set_max_vma_count(struct vm_machine *machine, uint64_t max);
uint64_t vm_committed(const struct vm_machine *machine);

int mm_new(struct vm_machine *machine, void *owner, struct mm **ret_mm);
void mm_exit(struct mm *mm);
int mm_fork(struct mm *mm, void *owner, struct mm **ret_child);

int file_open(struct vm_machine *machine, struct mapping *mapping, unsigned int f_mode,
	      const struct file_operations *f_op,
	      struct file **ret_file); /* mapping NULL: a new one */
void file_get(struct file *file);
void file_put(struct file *file);
/* For mmap hooks: the VMA becomes anonymous by ops; it maps shared memory of its own. */
void vma_set_anonymous(struct vma *vma);
int shmem_zero_setup(struct vma *vma);

/* Operations. Numbers of prot, flags and advice are those of the Linux system calls. */
struct mmap_request {
	struct file *file; /* ignored with MAP_ANONYMOUS */
	vm_addr_t addr;
	uint64_t len;
	uint32_t prot;
	uint32_t flags; /* MAP_* */
	vm_pgoff_t pgoff;
};
int mm_mmap(struct mm *mm, const struct mmap_request *request, vm_addr_t *ret_addr);
int mm_munmap(struct mm *mm, vm_addr_t addr, uint64_t len);
int mm_mprotect(struct mm *mm, vm_addr_t addr, uint64_t len, uint32_t prot);
int mm_mremap(struct mm *mm, vm_addr_t addr, uint64_t old_len, uint64_t new_len, uint32_t flags,
	      vm_addr_t new_addr, vm_addr_t *ret_addr);
int mm_madvise(struct mm *mm, vm_addr_t addr, uint64_t len, uint32_t advice);
int mm_mlock(struct mm *mm, vm_addr_t addr, uint64_t len);
int mm_mlock2(struct mm *mm, vm_addr_t addr, uint64_t len, uint32_t flags);
int mm_munlock(struct mm *mm, vm_addr_t addr, uint64_t len);
int mm_mlockall(struct mm *mm, uint32_t flags);
int mm_munlockall(struct mm *mm);
vm_addr_t mm_brk(struct mm *mm, vm_addr_t brk); /* returns where the break is then */
/* As for the zeroed memory of a program being loaded. */
int mm_vm_brk(struct mm *mm, vm_addr_t addr, uint64_t len, bool exec);
int mm_remap_file_pages(struct mm *mm, vm_addr_t addr, uint64_t len, uint32_t prot,
			vm_pgoff_t pgoff);
/* As the vdso. -ENOMEM where something is mapped already. */
int mm_install_special(struct mm *mm, vm_addr_t addr, uint64_t len);
/* The stack of a new program, its only page at addr, and as much below as there may be. */
int mm_exec_stack(struct mm *mm, vm_addr_t addr);
/* Moves the VMA that is [start, end), as exec does with that stack. */
int mm_relocate_down(struct mm *mm, vm_addr_t start, vm_addr_t end, uint64_t pages);
void mm_ksm(struct mm *mm, bool on);
/* mode with its MPOL_F_ flags; nodes: a bit per node. */
int mm_mbind(struct mm *mm, vm_addr_t addr, uint64_t len, uint32_t mode, uint64_t nodes);
int mm_set_home_node(struct mm *mm, vm_addr_t addr, uint64_t len, uint64_t node);
int mm_set_anon_name(struct mm *mm, vm_addr_t addr, uint64_t len, const char *text); /* or NULL */
/* context < VM_UFFD_CONTEXTS. Unregistering from one that does not exist is -EINVAL. */
int mm_uffd_register(struct mm *mm, unsigned int context, uint32_t features, vm_addr_t addr,
		     uint64_t len, uint32_t modes);
int mm_uffd_unregister(struct mm *mm, unsigned int context, vm_addr_t addr, uint64_t len);
void mm_uffd_close(struct mm *mm, unsigned int context);
void mm_clear_softdirty(struct mm *mm);
int mm_mseal(struct mm *mm, vm_addr_t addr, uint64_t len, uint32_t flags);
/* Faults every page in ascending order; -EFAULT at the first that cannot be. */
int mm_touch(struct mm *mm, vm_addr_t addr, uint64_t len, bool write);

/* Looking. Changing the address space invalidates an iterator. */
struct vma_iterator {
	struct range_tree_cursor cursor;
};
struct vma *mm_find(const struct mm *mm, vm_addr_t addr); /* NULL: nothing is mapped there */
struct vma *mm_first(const struct mm *mm, struct vma_iterator *vmi);
struct vma *mm_next(struct vma_iterator *vmi);
/* The first guard marker in [start, end), or end. */
vm_addr_t mm_first_guard(const struct mm *mm, vm_addr_t start, vm_addr_t end);
/* All of them as bits, 64 pages to a word. ASSUMPTIONS: start is a multiple of 512 pages. */
void mm_guards(const struct mm *mm, vm_addr_t start, unsigned int words, uint64_t *ret_bits);
uint64_t vma_anon_id(const struct vma *vma); /* never reused; 0: unfaulted */
unsigned int vma_chain_length(const struct vma *vma);
const char *vma_anon_name(const struct vma *vma); /* NULL: none */
/* ASSUMPTIONS: it is registered with one. */
unsigned int vma_uffd_context(const struct vma *vma);
void mm_dump(const struct mm *mm, FILE *out);

/* Every invariant that one state can show. NULL, or "RULE-ID sentence". */
const char *mm_validate(struct mm *mm);		     /* of one address space */
const char *vm_validate(struct vm_machine *machine); /* of all, and between them */

/* Injection and observation, per operation: vm_begin_operation() forgets what was. */
void vm_begin_operation(struct vm_machine *machine);
/* Fails the nth request for memory from now on, and with `onward` all later ones; 0: none. */
void vm_fail_alloc(struct vm_machine *machine, uint32_t nth, bool onward);
uint32_t vm_alloc_failures(const struct vm_machine *machine);
uint32_t vm_alloc_requests(const struct vm_machine *machine);

enum vm_object {
	VM_OBJECT_MM,
	VM_OBJECT_VMA,
	VM_OBJECT_ANON_VMA,
	VM_OBJECT_ANON_VMA_CHAIN,
	VM_OBJECT_FILE,
	VM_OBJECT_MAPPING,
	VM_OBJECT_POLICY,
	VM_OBJECT_NAME,
	VM_OBJECT_TREE_NODE,
	VM_OBJECT_GUARDS,
	VM_OBJECTS
};
uint64_t vm_live_objects(const struct vm_machine *machine, enum vm_object kind);

/* The tracepoint mm_insufficient_vma_slots. */
typedef void vm_probe(void *context, const struct mm *mm, uint64_t vma_count);
void vm_trace_insufficient_slots(struct vm_machine *machine, vm_probe *probe, void *context);

/* Why a side did not merge. */
enum vm_refusal {
	MERGE_ALLOWED,
	REFUSED_NOT_TRIED,
	REFUSED_NO_NEIGHBOUR,
	REFUSED_SPECIAL,
	REFUSED_FLAGS,
	REFUSED_FILE,
	REFUSED_UFFD,
	REFUSED_NAME,
	REFUSED_POLICY,
	REFUSED_ANON_VMA,
	REFUSED_TWO_ANON_VMAS,
	REFUSED_PGOFF,
	REFUSED_VIRTUAL_PGOFF,
	REFUSED_CLOSE_HOOK,
	REFUSED_NO_MEMORY,
	VM_REFUSALS
};

struct vm_range {
	vm_addr_t start, end;
};

/* How a merge was decided. Bytes, half open; an empty range: no such VMA. */
struct vm_merge_record {
	bool made;
	bool existing; /* the range lies in middle; otherwise it is new */
	struct vm_range range, prev, middle, next, target;
	enum vm_refusal left, right;
};
/* The last one of the operation under way or just over; NULL: none was tried. */
const struct vm_merge_record *vm_last_merge(const struct vm_machine *machine);

#endif
