/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel around the tree's code, as far as that code sees one: the small words of the kernel
 * (lists, errors in pointers, atomics, locks, caches of objects) in a process with one thread.
 * A warning is a finding, a BUG ends the process, and an allocation can be made to fail.
 */
#ifndef VMAFUZZ_LINUX_SHIM_H
#define VMAFUZZ_LINUX_SHIM_H

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

/* The configuration that the tree is built with; some of it may be left out. */
#define CONFIG_MMU 1
#define CONFIG_PER_VMA_LOCK 1
#ifndef WITHOUT_NUMA
#define CONFIG_NUMA 1
#endif
#ifndef WITHOUT_NAMES
#define CONFIG_ANON_VMA_NAME 1
#endif
#ifndef WITHOUT_UFFD
#define CONFIG_USERFAULTFD 1
#endif
#ifndef WITHOUT_SOFTDIRTY
#define CONFIG_MEM_SOFT_DIRTY 1
#endif
#if UINTPTR_MAX > 0xffffffff
#define CONFIG_64BIT 1
#define BITS_PER_LONG 64
#else
#define BITS_PER_LONG 32
#endif

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef unsigned int gfp_t;
typedef unsigned long pgoff_t;

#define __must_check
#define __must_hold(lock)
#define __acquires(lock)
#define __releases(lock)
#define __private
#define __rcu
#define __user
#define __force
#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#define __always_unused __attribute__((unused))
#define __maybe_unused __attribute__((unused))
#define __cacheline_aligned_in_smp
#define __init
#define noinline __attribute__((noinline))
#define fallthrough __attribute__((fallthrough))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define barrier() __asm__ volatile("" ::: "memory")
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile __typeof__(x) *)&(x) = (value))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(pointer, type, member)                                                        \
	((type *)(void *)((char *)(uintptr_t)(pointer)-offsetof(type, member)))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define min_t(type, a, b) ((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define max_t(type, a, b) ((type)(a) > (type)(b) ? (type)(a) : (type)(b))
#define clamp(x, low, high) min(max(x, low), high)
#define __ALIGN_KERNEL(x, to) (((x) + (to)-1) & ~((to)-1))
#define ALIGN(x, to) __ALIGN_KERNEL(x, (__typeof__(x))(to))
#define DIV_ROUND_UP(x, by) (((x) + (by)-1) / (by))
#define ALIGN_DOWN(x, to) ((x) & ~((__typeof__(x))(to)-1))
#define EXPORT_SYMBOL(name)
#define EXPORT_SYMBOL_GPL(name)

#define PAGE_SHIFT 12
#define PAGE_SIZE 4096ul
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define PAGE_ALIGN(x) ALIGN(x, PAGE_SIZE)
#define PHYS_PFN(x) ((unsigned long)((x) >> PAGE_SHIFT))
#define offset_in_page(x) ((unsigned long)(x) & ~PAGE_MASK)

/* ---- findings: the first of an operation is kept, and makes the program fail */

void shim_warn(const char *file, int line, const char *what);
/* A rule by its id, who broke it, and how, in one sentence. */
void shim_broken(const char *rule, const char *who, const char *how);
_Noreturn void shim_bug(const char *file, int line, const char *what);

static inline bool shim_warn_if(bool condition, const char *file, int line, const char *what)
{
	if (unlikely(condition))
		shim_warn(file, line, what);
	return condition;
}

#define WARN_ON(condition) shim_warn_if(!!(condition), __FILE__, __LINE__, #condition)
#define WARN_ON_ONCE(condition) WARN_ON(condition)
#define WARN(condition, ...) WARN_ON(condition)
#define WARN_ONCE(condition, ...) WARN_ON(condition)
#define BUG() shim_bug(__FILE__, __LINE__, "BUG")
#define BUG_ON(condition) ((void)((condition) ? shim_bug(__FILE__, __LINE__, #condition) : (void)0))
#define BUILD_BUG_ON(condition) _Static_assert(!(condition), #condition)
#define VM_WARN_ON(condition) WARN_ON(condition)
#define VM_WARN_ON_ONCE(condition) WARN_ON(condition)
#define VM_WARN_ON_ONCE_MM(condition, mm) WARN_ON(condition)
#define VM_WARN_ON_VMG(condition, vmg) WARN_ON(condition)
#define VM_WARN_ON_ONCE_VMA(condition, vma) WARN_ON(condition)
#define VM_BUG_ON(condition) BUG_ON(condition)
#define VM_BUG_ON_VMA(condition, vma) BUG_ON(condition)
#define VM_BUG_ON_MM(condition, mm) BUG_ON(condition)
/* What explains a warning is not kept: the report shows the operation. */
#define pr_err(...) ((void)0)
#define pr_warn(...) ((void)0)
#define pr_info(...) ((void)0)
#define pr_emerg(...) ((void)0)
#define pr_cont(...) ((void)0)
#define pr_warn_once(...) ((void)0)
#define dump_stack() ((void)0)
#define might_sleep() ((void)0)
#define might_alloc(gfp) ((void)(gfp))

/* ---- errors in pointers */

#define MAX_ERRNO 4095
#define IS_ERR_VALUE(x) unlikely((unsigned long)(void *)(x) >= (unsigned long)-MAX_ERRNO)

static inline void *ERR_PTR(long error)
{
	return (void *)error;
}

static inline long PTR_ERR(const void *pointer)
{
	return (long)pointer;
}

static inline bool IS_ERR(const void *pointer)
{
	return IS_ERR_VALUE((unsigned long)pointer);
}

static inline bool IS_ERR_OR_NULL(const void *pointer)
{
	return !pointer || IS_ERR(pointer);
}

/* The tree's own code keeps numbers in pointers too, marked by their lowest bits. */
static inline bool xa_is_value(const void *entry)
{
	return (unsigned long)entry & 1;
}

static inline unsigned long xa_to_value(const void *entry)
{
	return (unsigned long)entry >> 1;
}

static inline void *xa_mk_value(unsigned long value)
{
	return (void *)(value << 1 | 1);
}

static inline bool xa_is_internal(const void *entry)
{
	return ((unsigned long)entry & 3) == 2;
}

static inline unsigned long xa_to_internal(const void *entry)
{
	return (unsigned long)entry >> 2;
}

static inline void *xa_mk_internal(unsigned long value)
{
	return (void *)(value << 2 | 2);
}

static inline bool xa_is_node(const void *entry)
{
	return xa_is_internal(entry) && (unsigned long)entry > 4096;
}

static inline bool xa_is_advanced(const void *entry)
{
	return xa_is_internal(entry) && entry <= xa_mk_internal(256);
}

static inline bool xa_is_zero(const void *entry)
{
	return entry == xa_mk_internal(257);
}

static inline bool xa_is_err(const void *entry)
{
	return xa_is_internal(entry) && entry >= xa_mk_internal((unsigned long)-MAX_ERRNO);
}

static inline int xa_err(const void *entry)
{
	return xa_is_err(entry) ? (int)((long)entry >> 2) : 0;
}

#define XA_ZERO_ENTRY xa_mk_internal(257)

/* ---- lists */

struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD_INIT(name)                                                                       \
	{                                                                                          \
		&(name), &(name)                                                                   \
	}
#define LIST_HEAD(name) struct list_head name = LIST_HEAD_INIT(name)

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list->prev = list;
}

static inline bool list_empty(const struct list_head *list)
{
	return list->next == list;
}

static inline bool list_is_singular(const struct list_head *list)
{
	return !list_empty(list) && list->next == list->prev;
}

static inline void list_add(struct list_head *node, struct list_head *head)
{
	node->next = head->next;
	node->prev = head;
	head->next->prev = node;
	head->next = node;
}

static inline void list_add_tail(struct list_head *node, struct list_head *head)
{
	list_add(node, head->prev);
}

static inline void list_del(struct list_head *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	node->next = node->prev = NULL;
}

#define list_entry(node, type, member) container_of(node, type, member)
#define list_first_entry(head, type, member) list_entry((head)->next, type, member)
#define list_for_each_entry(entry, head, member)                                                   \
	for (entry = list_entry((head)->next, __typeof__(*(entry)), member);                       \
	     &(entry)->member != (head);                                                           \
	     entry = list_entry((entry)->member.next, __typeof__(*(entry)), member))
#define list_for_each_entry_reverse(entry, head, member)                                           \
	for (entry = list_entry((head)->prev, __typeof__(*(entry)), member);                       \
	     &(entry)->member != (head);                                                           \
	     entry = list_entry((entry)->member.prev, __typeof__(*(entry)), member))
#define list_for_each_entry_safe(entry, following, head, member)                                   \
	for (entry = list_entry((head)->next, __typeof__(*(entry)), member),                       \
	    following = list_entry((entry)->member.next, __typeof__(*(entry)), member);            \
	     &(entry)->member != (head); entry = following,                                        \
	    following = list_entry((following)->member.next, __typeof__(*(entry)), member))

/* ---- locks: taken once, by one thread, and given back by the end of the operation */

struct shim_lock {
	int held; /* -1 for writing, else the number of readers */
};
typedef struct shim_lock spinlock_t;
struct rw_semaphore {
	struct shim_lock lock;
};
struct mutex {
	struct shim_lock lock;
};

void shim_lock_write(struct shim_lock *lock, const char *name);
void shim_unlock_write(struct shim_lock *lock, const char *name);

/* Locks of the reverse map, in the order in which they may be taken; the last is a spinlock. */
enum shim_rank { RANK_FILE, RANK_ANON, RANK_DCACHE, RANKS };
void shim_lock_ranked(struct shim_lock *lock, enum shim_rank rank);
void shim_unlock_ranked(struct shim_lock *lock, enum shim_rank rank);
/* Nothing that may sleep is done while one of them is held: who it was, for the report. */
void shim_may_sleep(const char *who);

#define __SPIN_LOCK_UNLOCKED(name)                                                                 \
	{                                                                                          \
		0                                                                                  \
	}
#define DEFINE_MUTEX(name) struct mutex name
#define spin_lock_init(lock_) ((void)((lock_)->held = 0))
#define spin_lock(lock_) shim_lock_write(lock_, #lock_)
#define spin_unlock(lock_) shim_unlock_write(lock_, #lock_)
#define spin_lock_nested(lock_, subclass) spin_lock(lock_)
#define mutex_lock(mutex) shim_lock_write(&(mutex)->lock, #mutex)
#define mutex_unlock(mutex) shim_unlock_write(&(mutex)->lock, #mutex)
#define mutex_is_locked(mutex) ((mutex)->lock.held != 0)
#define lockdep_is_held(lock) 1
#define lock_is_held(lock) 1

/* ---- read-copy-update: nobody else reads, so what is freed is freed at once */

struct rcu_head {
	struct rcu_head *next;
	void (*func)(struct rcu_head *head);
};

#define rcu_read_lock() ((void)0)
#define rcu_read_unlock() ((void)0)
#define rcu_dereference(pointer) (pointer)
#define rcu_dereference_check(pointer, condition) (pointer)
#define rcu_dereference_protected(pointer, condition) (pointer)
#define rcu_assign_pointer(pointer, value) ((pointer) = (value))
#define RCU_INIT_POINTER(pointer, value) ((pointer) = (value))
#define call_rcu(head, function) function(head)
#define smp_rmb() barrier()
#define smp_wmb() barrier()
#define smp_mb() barrier()

/* ---- bits and atomics */

typedef struct {
	int counter;
} atomic_t;

#define ATOMIC_INIT(value)                                                                         \
	{                                                                                          \
		value                                                                              \
	}
#define atomic_read(a) ((a)->counter)
#define atomic_set(a, value) ((void)((a)->counter = (value)))
#define atomic_inc(a) ((void)(a)->counter++)
#define atomic_dec(a) ((void)(a)->counter--)

static inline bool test_bit(unsigned int bit, const unsigned long *word)
{
	return *word >> bit & 1;
}

static inline bool test_and_set_bit(unsigned int bit, unsigned long *word)
{
	bool was = test_bit(bit, word);

	*word |= 1ul << bit;
	return was;
}

static inline bool test_and_clear_bit(unsigned int bit, unsigned long *word)
{
	bool was = test_bit(bit, word);

	*word &= ~(1ul << bit);
	return was;
}

#define __test_and_set_bit(bit, word) test_and_set_bit(bit, word)
#define __test_and_clear_bit(bit, word) test_and_clear_bit(bit, word)
#define fls(x) ((x) ? 32 - __builtin_clz(x) : 0)

/* ---- allocation */

#define __GFP_DIRECT_RECLAIM 0x1u
#define __GFP_NOWARN 0x2u
#define __GFP_NOFAIL 0x4u
#define __GFP_ZERO 0x8u
#define __GFP_NOLOCKDEP 0x10u
#define GFP_KERNEL __GFP_DIRECT_RECLAIM
#define GFP_NOWAIT 0u
#define gfpflags_allow_blocking(gfp) ((gfp)&__GFP_DIRECT_RECLAIM)

/* Everything that is allocated is of one of these kinds; none may be left at the end. */
enum shim_object {
	SHIM_MM,
	SHIM_VMA,
	SHIM_ANON_VMA,
	SHIM_CHAIN,
	SHIM_FILE,
	SHIM_POLICY,
	SHIM_NAME,
	SHIM_NODE,
	SHIM_OBJECTS
};

bool shim_may_have(gfp_t gfp); /* counts: the one whose turn it is may not */
void *shim_alloc(enum shim_object kind, size_t size, gfp_t gfp); /* zeroed, or NULL */
void shim_free(enum shim_object kind, void *object, size_t size);

struct kmem_cache {
	enum shim_object kind;
	size_t size, align;
};

struct kmem_cache *shim_cache_create(const char *name, unsigned int size, unsigned int align);
void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp);
void kmem_cache_free(struct kmem_cache *cache, void *object);
int kmem_cache_alloc_bulk(struct kmem_cache *cache, gfp_t gfp, size_t count, void **objects);
void kmem_cache_free_bulk(struct kmem_cache *cache, size_t count, void **objects);
#define SLAB_PANIC 0
#define SLAB_HWCACHE_ALIGN 0
#define SLAB_TYPESAFE_BY_RCU 0
#define SLAB_ACCOUNT 0

#ifndef TREE_HAS_SHEAVES
#define kmem_cache_create(name, size, align, flags, ctor) shim_cache_create(name, size, align)
#else
#define kmem_cache_create(name, size, args, flags) shim_cache_create(name, size, (args)->align)
struct kmem_cache_args {
	unsigned int align, freeptr_offset, sheaf_capacity;
	bool use_freeptr_offset;
};

/* Objects that are promised: whoever takes more of them did not count. */
struct slab_sheaf {
	unsigned int promised;
};
struct slab_sheaf *kmem_cache_prefill_sheaf(struct kmem_cache *cache, gfp_t gfp,
					    unsigned int count);
int kmem_cache_refill_sheaf(struct kmem_cache *cache, gfp_t gfp, struct slab_sheaf **sheaf,
			    unsigned int count);
void kmem_cache_return_sheaf(struct kmem_cache *cache, gfp_t gfp, struct slab_sheaf *sheaf);
void *kmem_cache_alloc_from_sheaf(struct kmem_cache *cache, gfp_t gfp, struct slab_sheaf *sheaf);
#define kmem_cache_sheaf_size(sheaf) ((sheaf)->promised)
#define kfree(node) kmem_cache_free(maple_node_cache, node)
#define kfree_rcu(node, head) kfree(node)
#endif

/* ---- tracing */

#define tracepoint_string(text) (text)
#define trace_ma_op(...) ((void)0)
#define trace_ma_read(...) ((void)0)
#define trace_ma_write(...) ((void)0)

#endif
