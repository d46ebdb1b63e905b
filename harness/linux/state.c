/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one machine there is: what warned, which locks are held, who allocates and whose turn it
 * is to fail, who pays for memory. The kernel's code asks for it from everywhere, as it asks for
 * `current`, so it is the one variable of the program that is not handed around.
 */
#include "vma_internal.h"

#define POISON 0x6b

struct shim_machine *shim(void)
{
	static struct shim_machine machine;

	return &machine;
}

/* ---- findings */

/*
 * 7.3 takes it that memory which was never written to has the offset of where it lies, and warns
 * where it is changed later. A child that has it wiped keeps that of where its parent moved it
 * (2.6), and so does what is relocated unwritten. And its mmap() goes on from where a merge that
 * failed without memory left the iterator. Offsets and layouts are compared anyway.
 */
static bool is_lived_with(const char *what)
{
	if (shim()->config.strict || !shim()->config.as_7_3)
		return false;
	return strstr(what, "pgoff != vma->vm_start >>") ||
	       (shim()->allocs_failed && strstr(what, "mas_is_active(mas) && (mas->index > start"));
}

void shim_warn(const char *file, int line, const char *what)
{
	char *warning = shim()->warning;
	const char *name = strrchr(file, '/');

	if (!warning[0] && !is_lived_with(what))
		snprintf(warning, sizeof(shim()->warning), "WARN %.40s:%d %.80s",
			 name ? name + 1 : file, line, what);
}

void shim_broken(const char *rule, const char *who, const char *how)
{
	char *warning = shim()->warning;

	if (!warning[0])
		snprintf(warning, sizeof(shim()->warning), "%s %.40s %.100s", rule, who, how);
}

_Noreturn void shim_bug(const char *file, int line, const char *what)
{
	fprintf(stderr, "kernel BUG at %s:%d: %s\n", file, line, what);
	abort();
}

/* ---- locks */

static void lock_warning(const char *what, const char *name)
{
	char *warning = shim()->warning;

	if (!warning[0])
		snprintf(warning, sizeof(shim()->warning), "WARN %.30s: %.80s", what, name);
}

void shim_lock_write(struct shim_lock *lock, const char *name)
{
	if (lock->held)
		lock_warning("a lock is taken twice", name);
	lock->held = -1;
	shim()->locks++;
}

void shim_unlock_write(struct shim_lock *lock, const char *name)
{
	if (lock->held != -1)
		lock_warning("a lock is given back that was not taken", name);
	lock->held = 0;
	shim()->locks--;
}

static const char *const ranked[RANKS] = {
	[RANK_FILE] = "the i_mmap lock of a file",
	[RANK_ANON] = "the lock of an anon_vma",
	[RANK_DCACHE] = "flush_dcache_mmap_lock",
};

void shim_lock_ranked(struct shim_lock *lock, enum shim_rank rank)
{
	struct shim_machine *machine = shim();

	for (int held = rank; held < RANKS; held++)
		if (machine->ranked[held])
			shim_broken("O12", ranked[rank],
				    held == (int)rank ? "is taken under another of its kind"
						      : "is taken under one that comes after it");
	shim_lock_write(lock, ranked[rank]);
	machine->ranked[rank]++;
}

void shim_unlock_ranked(struct shim_lock *lock, enum shim_rank rank)
{
	shim_unlock_write(lock, ranked[rank]);
	shim()->ranked[rank]--;
}

void shim_may_sleep(const char *who)
{
	const struct shim_machine *machine = shim();

	for (int held = 0; held < RANKS; held++)
		if (machine->ranked[held])
			shim_broken("O12", who, "may sleep under a lock of the reverse map");
}

void mmap_write_lock(struct mm_struct *mm)
{
	shim_lock_write(&mm->mmap_lock.lock, "mmap_lock");
}

/* What was locked of single VMAs goes with it. */
void mmap_write_unlock(struct mm_struct *mm)
{
	mm->mm_lock_seq++;
	shim_unlock_write(&mm->mmap_lock.lock, "mmap_lock");
}

void mmap_write_downgrade(struct mm_struct *mm)
{
	mmap_assert_write_locked(mm);
	mm->mm_lock_seq++;
	mm->mmap_lock.lock.held = 1;
}

void mmap_read_unlock(struct mm_struct *mm)
{
	WARN_ON(mm->mmap_lock.lock.held <= 0);
	mm->mmap_lock.lock.held = 0;
	shim()->locks--;
}

/* ---- allocation */

bool shim_may_have(gfp_t gfp)
{
	struct shim_machine *machine = shim();

	if (gfpflags_allow_blocking(gfp))
		shim_may_sleep("an allocation");
	if (gfp & __GFP_NOFAIL)
		return true;
	machine->allocs++;
	if (!machine->alloc_nth || machine->allocs < machine->alloc_nth ||
	    (machine->allocs > machine->alloc_nth && !machine->alloc_onward))
		return true;
	machine->allocs_failed++;
	return false;
}

static void *get_memory(enum shim_object kind, size_t size)
{
	void *object = calloc(1, size);

	if (!object)
		shim_bug(__FILE__, __LINE__, "the process has no memory left");
	shim()->live[kind]++;
	return object;
}

void *shim_alloc(enum shim_object kind, size_t size, gfp_t gfp)
{
	return shim_may_have(gfp) ? get_memory(kind, size) : NULL;
}

void shim_free(enum shim_object kind, void *object, size_t size)
{
	shim()->live[kind]--;
	memset(object, POISON, size);
	free(object);
}

/* Nodes of trees, and VMAs where the tree has code of its own for them (unit.c). */
struct kmem_cache *shim_cache_create(const char *name, unsigned int size, unsigned int align)
{
	static struct kmem_cache caches[SHIM_OBJECTS];
	enum shim_object kind = strcmp(name, "vm_area_struct") ? SHIM_NODE : SHIM_VMA;

	caches[kind] = (struct kmem_cache){ kind, size, max(align, _Alignof(max_align_t)) };
	return &caches[kind];
}

/*
 * Nodes are always had: it is the change of a tree that fails as a whole (tree.c), whether it
 * happens to need a node or not. The lowest bits of a node's address say what it is.
 */
void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp)
{
	void *object;

	if (cache->kind != SHIM_NODE && !shim_may_have(gfp))
		return NULL;
	object = aligned_alloc(cache->align, ALIGN(cache->size, cache->align));
	if (!object)
		shim_bug(__FILE__, __LINE__, "the process has no memory left");
	memset(object, cache->kind == SHIM_NODE ? 0 : POISON, cache->size);
	shim()->live[cache->kind]++;
	return object;
}

void kmem_cache_free(struct kmem_cache *cache, void *object)
{
	shim_free(cache->kind, object, cache->size);
}

int kmem_cache_alloc_bulk(struct kmem_cache *cache, gfp_t gfp, size_t count, void **objects)
{
	for (size_t i = 0; i < count; i++)
		objects[i] = kmem_cache_alloc(cache, gfp);
	return (int)count;
}

void kmem_cache_free_bulk(struct kmem_cache *cache, size_t count, void **objects)
{
	for (size_t i = 0; i < count; i++)
		kmem_cache_free(cache, objects[i]);
}

#ifdef TREE_HAS_SHEAVES
struct slab_sheaf *kmem_cache_prefill_sheaf(struct kmem_cache *cache, gfp_t gfp, unsigned int count)
{
	struct slab_sheaf *sheaf = get_memory(SHIM_NODE, sizeof(*sheaf));

	(void)cache;
	(void)gfp;
	sheaf->promised = count;
	return sheaf;
}

int kmem_cache_refill_sheaf(struct kmem_cache *cache, gfp_t gfp, struct slab_sheaf **sheaf,
			    unsigned int count)
{
	(void)cache;
	(void)gfp;
	(*sheaf)->promised = max((*sheaf)->promised, count);
	return 0;
}

void kmem_cache_return_sheaf(struct kmem_cache *cache, gfp_t gfp, struct slab_sheaf *sheaf)
{
	(void)cache;
	(void)gfp;
	shim_free(SHIM_NODE, sheaf, sizeof(*sheaf));
}

void *kmem_cache_alloc_from_sheaf(struct kmem_cache *cache, gfp_t gfp, struct slab_sheaf *sheaf)
{
	WARN_ON(!sheaf->promised);
	if (sheaf->promised)
		sheaf->promised--;
	return kmem_cache_alloc(cache, gfp);
}
#endif

/* ---- accounting */

void shim_charge_anyway(struct mm_struct *mm, unsigned long pages)
{
	shim()->committed += pages;
	mm->committed += pages;
}

int shim_charge(struct mm_struct *mm, unsigned long pages)
{
	const struct shim_machine *machine = shim();

	if (machine->config.never_overcommit &&
	    machine->committed + pages > machine->config.commit_limit)
		return -ENOMEM;
	shim_charge_anyway(mm, pages);
	return 0;
}

void shim_uncharge(struct mm_struct *mm, unsigned long pages)
{
	if (mm->committed < pages)
		shim_warn(__FILE__, __LINE__, "ACC-4 more is uncharged than was charged");
	shim()->committed -= pages;
	mm->committed -= pages;
}

int shim_max_map_count(const char *function)
{
	const struct shim_machine *machine = shim();
	struct mm_struct *mm = machine->task.mm;

	if (mm->map_count >= machine->config.max_map_count && !strcmp(function, "split_vma"))
		shim_insufficient_slots(mm);
	return machine->config.max_map_count;
}
