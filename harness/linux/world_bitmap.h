/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of the world that a tree sees in this way if it keeps the flags of a VMA in a bitmap,
 * as 7.3 does: a VMA is detached until it is attached, knows where it would lie as anonymous
 * memory, and mmap(), brk(), the growth of stacks and special mappings are the tree's own.
 */
#ifndef VMAFUZZ_LINUX_WORLD_BITMAP_H
#define VMAFUZZ_LINUX_WORLD_BITMAP_H

#include <sys/resource.h>

#define get_sysctl_max_map_count() sysctl_max_map_count
/* It asks for nothing that is not configured. */
#define IS_ENABLED(option) (option)
#define __weak __attribute__((weak))
#define GENMASK(high, low) ((~0ul >> (BITS_PER_LONG - 1 - (high))) & (~0ul << (low)))
#define data_race(expression) (expression)
#define ASSERT_EXCLUSIVE_WRITER(variable) ((void)0)

/* ---- flags of a VMA */

#define vma_test(vma, bit) vma_flags_test(&(vma)->flags, bit)
#define vma_test_any_mask(vma, mask) vma_flags_test_any_mask(&(vma)->flags, mask)
#define vma_test_all(vma, ...) (!(WORD_OF(__VA_ARGS__) & ~(vma)->vm_flags))
#define vma_set_flags(vma, ...) vma_set_flags_mask(vma, legacy_to_vma_flags(WORD_OF(__VA_ARGS__)))
#define vm_flags_init(vma, word) ((void)((vma)->vm_flags = (word)))
#define is_shared_maywrite(flags) shares_for_writing((flags)->word)
#define vma_flags_to_page_prot(flags) vm_get_page_prot((flags).word)
#define vma_get_page_prot(vma) vm_get_page_prot((vma)->vm_flags)
#define pgtable_supports_soft_dirty() (VM_SOFTDIRTY != VM_NONE)
#define arch_validate_flags(word) true
/* Nobody asked for memory that is never both writable and executable. */
#define MMF_HAS_MDWE 0
#define mm_flags_test(flag, mm) ((void)(mm), false)

/* ---- VMAs: attached is who may be found */

static inline void vma_assert_attached(const struct vm_area_struct *vma)
{
	WARN_ON(vma->detached);
}

static inline void vma_assert_detached(const struct vm_area_struct *vma)
{
	WARN_ON(!vma->detached);
}

static inline void vma_mark_attached(struct vm_area_struct *vma)
{
	vma_assert_write_locked(vma);
	vma_assert_detached(vma);
	vma->detached = false;
}

static inline void vma_mark_detached(struct vm_area_struct *vma)
{
	vma_assert_write_locked(vma);
	vma_assert_attached(vma);
	vma->detached = true;
}

static inline void vma_assert_can_modify(struct vm_area_struct *vma)
{
	if (!vma->detached)
		shim_assert_changeable(vma, "changes its offset without its lock");
}

static inline void vma_set_flags_mask(struct vm_area_struct *vma, vma_flags_t mask)
{
	vma_assert_can_modify(vma);
	vma->vm_flags |= mask.word;
}

static inline void vma_clear_flags_mask(struct vm_area_struct *vma, vma_flags_t mask)
{
	vma_assert_can_modify(vma);
	vma->vm_flags &= ~mask.word;
}

/* In no tree and in no mapping yet; the rest of it is for the tree to set. */
static inline void vma_lock_init(struct vm_area_struct *vma, bool reset)
{
	(void)reset;
	vma->vm_lock_seq = ~0ul;
	vma->detached = true;
	vma->shared = (struct shim_member){ .in = NULL };
#ifndef CONFIG_NUMA
	vma->vm_policy = NULL;
#endif
#ifndef CONFIG_ANON_VMA_NAME
	vma->anon_name = NULL;
#endif
}

static inline void vma_init(struct vm_area_struct *vma, struct mm_struct *mm)
{
	memset(vma, 0, sizeof(*vma));
	vma->vm_mm = mm;
	vma->vm_ops = &vma_dummy_vm_ops;
	INIT_LIST_HEAD(&vma->anon_vma_chain);
	vma_lock_init(vma, true);
}

static inline void dup_anon_vma_name(struct vm_area_struct *from, struct vm_area_struct *to)
{
	if (from->anon_name)
		to->anon_name->refs++;
}

#define free_anon_vma_name(vma) anon_vma_name_put((vma)->anon_name)
#define vma_numab_state_init(vma) ((void)(vma))
#define vma_numab_state_free(vma) ((void)(vma))
#define vma_kernel_pagesize(vma) ((void)(vma), PAGE_SIZE)

/* Pages back from address to the start. */
static inline pgoff_t linear_page_delta(const struct vm_area_struct *vma, unsigned long address)
{
	return (address - vma->vm_start) >> PAGE_SHIFT;
}

static inline pgoff_t vma_start_pgoff(const struct vm_area_struct *vma)
{
	return vma->vm_pgoff;
}

static inline pgoff_t vma_start_anon_pgoff(const struct vm_area_struct *vma)
{
	return (pgoff_t)vma->__vm_anon_pgoff_hi << 32 | vma->__vm_anon_pgoff_lo;
}

#define vma_end_pgoff(vma) (vma_start_pgoff(vma) + vma_pages(vma))
#define vma_end_anon_pgoff(vma) (vma_start_anon_pgoff(vma) + vma_pages(vma))
#define linear_page_index(vma, address) (vma_start_pgoff(vma) + linear_page_delta(vma, address))
#define __linear_anon_page_index(vma, address)                                                     \
	(vma_start_anon_pgoff(vma) + linear_page_delta(vma, address))

/* ---- who maps it */

enum vma_operation { VMA_OP_SPLIT, VMA_OP_MERGE_UNFAULTED, VMA_OP_REMAP, VMA_OP_FORK };

static inline int anon_vma_clone(struct vm_area_struct *dst, struct vm_area_struct *src,
				 enum vma_operation operation)
{
	WARN_ON(!list_empty(&dst->anon_vma_chain) || dst->anon_vma != src->anon_vma);
	WARN_ON(dst->detached == (operation == VMA_OP_MERGE_UNFAULTED));
	return shim_anon_vma_clone(dst, src);
}

#define mapping_rmap_tree_insert(vma, mapping) vma_interval_tree_insert(vma, &(mapping)->i_mmap)
#define mapping_rmap_tree_remove(vma, mapping) vma_interval_tree_remove(vma, &(mapping)->i_mmap)
#define anon_rmap_tree_insert(chain, anon) anon_vma_interval_tree_insert(chain, &(anon)->rb_root)
#define anon_rmap_tree_remove(chain, anon) anon_vma_interval_tree_remove(chain, &(anon)->rb_root)

static inline int mapping_map_writable(struct address_space *mapping)
{
	mapping_allow_writable(mapping);
	return 0;
}

static inline void vma_set_file(struct vm_area_struct *vma, struct file *file)
{
	struct file *before = vma->vm_file;

	vma->vm_file = get_file(file);
	fput(before);
}

/* A copy would lose its context: its owner does not hear of moves. */
static inline bool vma_has_uffd_without_event_remap(const struct vm_area_struct *vma)
{
	return vma->vm_userfaultfd_ctx.ctx &&
	       !(vma->vm_userfaultfd_ctx.ctx->features & SHIM_EVENT_REMAP);
}

#define userfaultfd_unmap_complete(mm, list) ((void)(list))

/* ---- page tables */

struct unmap_desc;
void unmap_vmas(struct mmu_gather *tlb, struct unmap_desc *unmap);
void free_pgtables(struct mmu_gather *tlb, struct unmap_desc *unmap);

static inline void vma_adjust_trans_huge(struct vm_area_struct *vma, unsigned long start,
					 unsigned long end, struct vm_area_struct *next)
{
	(void)start;
	(void)end;
	shim_adjust_pages(vma, next);
}

#define fixup_hugetlb_reservations(vma) ((void)(vma))
#define is_file_hugepages(file) ((void)(file), false)
#define is_hugepage_only_range(mm, addr, len) false

struct pagetable_move_control {
	struct vm_area_struct *vma;
	unsigned long from, to, length;
	bool for_stack;
};

#define PAGETABLE_MOVE(name, old_, new_, from_, to_, length_)                                      \
	struct pagetable_move_control name = {                                                     \
		.vma = (old_),                                                                     \
		.from = (from_),                                                                   \
		.to = (to_),                                                                       \
		.length = (length_),                                                               \
	}

unsigned long move_page_tables(struct pagetable_move_control *move);
void free_pgd_range(struct mmu_gather *tlb, unsigned long start, unsigned long end,
		    unsigned long floor, unsigned long ceiling);

/* ---- limits */

bool may_expand(const struct mm_struct *mm, vm_flags_t flags, unsigned long pages);
bool may_lock(const struct mm_struct *mm, vm_flags_t flags, unsigned long pages);
void stat_account(struct mm_struct *mm, vm_flags_t flags, long pages);
bool vma_supports_mlock(const struct vm_area_struct *vma);
unsigned long vm_start_gap(const struct vm_area_struct *vma);

#define may_expand_vm(mm, flags, pages) may_expand(mm, (flags)->word, pages)
#define mlock_future_ok(mm, locked, bytes)                                                         \
	may_lock(mm, (locked) ? VM_LOCKED : VM_NONE, (bytes) >> PAGE_SHIFT)
#define vm_stat_account(mm, flags, pages) stat_account(mm, flags, (long)(pages))
#define vm_end_gap(vma) ((vma)->vm_end)
#define security_vm_enough_memory_mm(mm, pages) shim_charge(mm, (unsigned long)(pages))

/* The only one that is asked for by number is that of stacks. */
static inline unsigned long rlimit(unsigned int which)
{
	uint64_t pages = current->mm->rlimit[RLIMIT_STACK_PAGES];

	WARN_ON(which != RLIMIT_STACK);
	return pages > ULONG_MAX >> PAGE_SHIFT ? ULONG_MAX : (unsigned long)pages << PAGE_SHIFT;
}

static inline int mmap_write_lock_killable(struct mm_struct *mm)
{
	mmap_write_lock(mm);
	return 0;
}

struct vm_unmapped_area_info {
	unsigned long flags, length, low_limit, high_limit, align_mask, align_offset, start_gap;
};

/* ---- drivers */

enum mmap_action_type { MMAP_NOTHING };

struct mmap_action {
	enum mmap_action_type type;
	bool hide_from_rmap_until_complete;
};

/* A mapping before there is a VMA of it. */
struct vm_area_desc {
	struct mm_struct *mm;
	struct file *file;
	unsigned long start, end;
	pgoff_t pgoff;
	struct file *vm_file;
	vma_flags_t vma_flags;
	pgprot_t page_prot;
	const struct vm_operations_struct *vm_ops;
	void *private_data;
	struct mmap_action action;
};

#define mmap_file(file, vma) ((file)->f_op->mmap(file, vma))
#define vfs_mmap_prepare(file, desc) ((file)->f_op->mmap_prepare(desc))
#define mmap_action_prepare(desc) ((void)(desc), 0)
int mmap_action_complete(struct vm_area_struct *vma, struct mmap_action *action, bool is_compat);
int shmem_zero_setup(struct vm_area_struct *vma);
bool shmem_file(const struct file *file);
vma_flags_t ksm_vma_flags(const struct mm_struct *mm, const struct file *file, vma_flags_t flags);
/* The stack of a new program is the tree's, too; ours are made in an mm that lives (9.14). */
#define VMA_STACK_FLAGS                                                                            \
	legacy_to_vma_flags(VM_STACK | VM_ACCOUNT | VM_READ | VM_WRITE | VM_MAY_FLAGS)
#define VMA_STACK_INCOMPLETE_SETUP legacy_to_vma_flags(VM_STACK_INCOMPLETE_SETUP)
#define STACK_TOP_MAX TASK_SIZE
#define ksm_execve(mm) ((void)(mm), 0)
#define ksm_exit(mm) ((void)(mm))

void vma_set_page_prot(struct vm_area_struct *vma);

#endif
