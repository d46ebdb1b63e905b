/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Merging and splitting on VMAs built by hand, without any system call: every row of the
 * tables that say what merges, and what of it may be removed.
 */
#include "test_world.h"

#define PLAIN_FLAGS (VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC | VM_ACCOUNT)

static const struct vm_operations close_ops = { .close = driver_close };

/* A VMA as mmap() would leave it: counted, charged, attached. */
static struct vma *build(struct world *w, unsigned int start, unsigned int end, vm_flags_t flags)
{
	struct vma *vma = vma_alloc(w->mm);

	assert_non_null(vma);
	vma->vm_start = BASE + start * PG;
	vma->vm_end = BASE + end * PG;
	vma->vm_flags = flags;
	vma->vm_pgoff = vma->vm_start >> VM_PAGE_SHIFT;
	vma->virt_pgoff = vma->vm_pgoff;
	vma_set_anonymous(vma);
	vma->hooked = true;
	assert_int_equal(vma_tree_reserve(w->mm, 1), 0);
	vma_attach(vma);
	vm_stat_account(w->mm, flags, end - start);
	if (flags & VM_ACCOUNT)
		assert_int_equal(vm_charge(w->mm, end - start), 0);
	return vma;
}

/* Proposes a new range and accounts for it if it merged. */
static struct vma *try_new(struct world *w, unsigned int start, unsigned int end, vm_flags_t flags,
			   struct vma_merge *vmg)
{
	vm_addr_t from = BASE + start * PG, to = BASE + end * PG;
	struct vma *vma;

	*vmg = (struct vma_merge){
		.mm = w->mm,
		.prev = vma_find_prev(w->mm, from),
		.next = vma_find(w->mm, to),
		.start = from,
		.end = to,
		.vm_flags = flags,
		.pgoff = from >> VM_PAGE_SHIFT,
		.virt_pgoff = from >> VM_PAGE_SHIFT,
	};
	vma = vma_merge_new_range(vmg);
	if (!vma)
		return NULL;
	vm_stat_account(w->mm, flags, end - start);
	if (flags & VM_ACCOUNT)
		assert_int_equal(vm_charge(w->mm, end - start), 0);
	return vma;
}

static struct vma *try_existing(struct world *w, struct vma *middle, unsigned int start,
				unsigned int end, struct vma_merge *vmg)
{
	vm_addr_t from = BASE + start * PG;
	struct vma *prev = from > middle->vm_start ? middle : vma_prev(middle);

	vma_merge_init_existing(vmg, prev, middle, from, BASE + end * PG);
	(void)w;
	return vma_merge_existing_range(vmg);
}

/* ------------------------------------------------------------------ a new range */

/*
 *	0123456789ab
 *	AA.B.......C		the classic row of insertions
 */
static void merge_new_each_gap_of_row_expands(void **state)
{
	struct vma_merge vmg;
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	build(&w, 0, 2, PLAIN_FLAGS);
	build(&w, 3, 4, PLAIN_FLAGS);
	build(&w, 11, 12, PLAIN_FLAGS);

	assert_null(try_new(&w, 7, 9, PLAIN_FLAGS, &vmg));
	assert_int_equal(vmg.state, VMA_MERGE_NOMERGE);
	build(&w, 7, 9, PLAIN_FLAGS);
	EXPECT_LAYOUT(&w, "0-2 rw | 3-4 rw | 7-9 rw | 11-12 rw");

	assert_ptr_equal(try_new(&w, 2, 3, PLAIN_FLAGS, &vmg), vma_at(w.mm, 0));
	assert_int_equal(vmg.state, VMA_MERGE_SUCCESS);
	EXPECT_LAYOUT(&w, "0-4 rw | 7-9 rw | 11-12 rw");
	assert_non_null(try_new(&w, 4, 5, PLAIN_FLAGS, &vmg));
	EXPECT_LAYOUT(&w, "0-5 rw | 7-9 rw | 11-12 rw");
	assert_non_null(try_new(&w, 6, 7, PLAIN_FLAGS, &vmg));
	EXPECT_LAYOUT(&w, "0-5 rw | 6-9 rw | 11-12 rw");
	assert_non_null(try_new(&w, 5, 6, PLAIN_FLAGS, &vmg));
	EXPECT_LAYOUT(&w, "0-9 rw | 11-12 rw");
	assert_non_null(try_new(&w, 10, 11, PLAIN_FLAGS, &vmg));
	EXPECT_LAYOUT(&w, "0-9 rw | 10-12 rw");
	assert_non_null(try_new(&w, 9, 10, PLAIN_FLAGS, &vmg));
	EXPECT_LAYOUT(&w, "0-12 rw");
	world_close(&w);
}

/*
 *	AA.B...DD..C		with the range: the survivor has what any of those so far had
 */
static void merge_new_each_stickiness_spreads(void **state)
{
	(void)state;
	for (unsigned int bits = 0; bits < 16; bits++) {
		bool new = bits & 1, a = bits & 2, b = bits & 4, c = bits & 8;
		vm_flags_t sticky = VM_MAYBE_GUARD;
		struct vma_merge vmg;
		struct world w;
		const struct vma *vma;

		world_open(&w, VM_PROFILE_7_3);
		build(&w, 0, 2, PLAIN_FLAGS | (a ? sticky : 0));
		build(&w, 3, 4, PLAIN_FLAGS | (b ? sticky : 0));
		build(&w, 6, 8, PLAIN_FLAGS | (c ? sticky : 0));

		vma = try_new(&w, 2, 3, PLAIN_FLAGS | (new ? sticky : 0), &vmg);
		assert_int_equal(vma->vm_end, BASE + 4 * PG);
		assert_int_equal(!!(vma->vm_flags & sticky), new || a || b);
		vma = try_new(&w, 4, 6, PLAIN_FLAGS, &vmg);
		assert_int_equal(vma->vm_end, BASE + 8 * PG);
		assert_int_equal(!!(vma->vm_flags & sticky), new || a || b || c);
		world_close(&w);
	}
}

/* The same in each profile: what is ignored and what is sticky differ. */
static void merge_new_soft_dirty_neighbour_by_profile(void **state)
{
	(void)state;
	for (int profile = 0; profile < VM_PROFILES; profile++) {
		struct vma_merge vmg;
		struct world w;
		const struct vma *vma;

		world_open(&w, (enum vm_profile)profile);
		build(&w, 0, 2, PLAIN_FLAGS);
		build(&w, 4, 6, PLAIN_FLAGS | VM_SOFTDIRTY);
		vma = try_new(&w, 2, 4, PLAIN_FLAGS, &vmg);
		assert_non_null(vma);
		assert_int_equal(!!(vma->vm_flags & VM_SOFTDIRTY), profile == VM_PROFILE_7_3);
		world_close(&w);
	}
}

/* A next with a close hook is left standing, adjacent and equal. */
static void merge_new_before_close_hook_reduces_to_left(void **state)
{
	struct test_driver driver = { .name = "A" };
	struct vma_merge vmg = { .pgoff = 4 };
	struct world w;
	struct file *file;
	struct vma *next;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	file = world_file(&w, &driver, &driver_legacy_fops);
	EXPECT_OK(map_file(w.mm, 0, 4, RO, MAP_PRIVATE, file, 0));
	EXPECT_OK(map_file(w.mm, 8, 12, RO, MAP_PRIVATE, file, 8));
	next = vma_at(w.mm, 8);
	next->vm_ops = &close_ops;
	vmg.mm = w.mm;
	vmg.prev = vma_at(w.mm, 0);
	vmg.next = next;
	vmg.start = BASE + 4 * PG;
	vmg.end = BASE + 8 * PG;
	vmg.virt_pgoff = vmg.start >> VM_PAGE_SHIFT;
	vmg.vm_flags = next->vm_flags;
	vmg.file = file;
	assert_ptr_equal(vma_merge_new_range(&vmg), vmg.prev);
	vm_stat_account(w.mm, vmg.vm_flags, 4);
	EXPECT_LAYOUT(&w, "0-8 r A@0 | 8-12 r A@8");
	file_put(file);
	world_close(&w);
}

/* just_expand never looks at next. */
static void merge_new_just_expand_ignores_next(void **state)
{
	struct vma_merge vmg = { .just_expand = true, .vm_flags = PLAIN_FLAGS };
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	vmg.mm = w.mm;
	vmg.prev = build(&w, 0, 2, PLAIN_FLAGS);
	vmg.next = build(&w, 4, 6, PLAIN_FLAGS);
	vmg.start = BASE + 2 * PG;
	vmg.end = BASE + 4 * PG;
	vmg.pgoff = vmg.start >> VM_PAGE_SHIFT;
	vmg.virt_pgoff = vmg.pgoff;
	assert_ptr_equal(vma_merge_new_range(&vmg), vmg.prev);
	vm_stat_account(w.mm, PLAIN_FLAGS, 2);
	EXPECT_OK(vm_charge(w.mm, 2));
	EXPECT_LAYOUT(&w, "0-4 rw | 4-6 rw");
	world_close(&w);
}

/* Each special flag keeps the range from merging, even with its equal. */
static void merge_new_special_beside_special_stays_apart(void **state)
{
	static const vm_flags_t special[] = { VM_IO, VM_DONTEXPAND, VM_PFNMAP, VM_MIXEDMAP };

	(void)state;
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
		struct vma_merge vmg;
		struct world w;

		world_open(&w, VM_PROFILE_7_3);
		build(&w, 0, 2, PLAIN_FLAGS | special[i]);
		assert_null(try_new(&w, 2, 4, PLAIN_FLAGS | special[i], &vmg));
		assert_int_equal(vmg.state, VMA_MERGE_NOMERGE);
		assert_int_equal(vm_last_merge(w.machine)->left, REFUSED_SPECIAL);
		world_close(&w);
	}
}

/* ------------------------------------------------------------------ what must be equal */

static struct mempolicy *new_policy(struct world *w, uint64_t nodes)
{
	struct mempolicy *policy = vm_alloc(w->machine, VM_OBJECT_POLICY, sizeof(*policy));

	policy->mode = 2;
	policy->nodes = nodes;
	policy->home_node = -1;
	return policy;
}

static struct anon_vma_name *new_name(struct world *w, const char *text)
{
	struct anon_vma_name *name = vm_alloc(w->machine, VM_OBJECT_NAME, sizeof(*name));

	name->refs = 1;
	snprintf(name->name, sizeof(name->name), "%s", text);
	return name;
}

/* Policies and names are compared by value, contexts by identity. */
static void merge_existing_attribute_of_equal_value_merges(void **state)
{
	struct vma_merge vmg;
	struct world w;
	struct vma *a, *b;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	a = build(&w, 0, 4, PLAIN_FLAGS);
	b = build(&w, 4, 8, PLAIN_FLAGS);
	a->vm_policy = new_policy(&w, 1);
	b->vm_policy = new_policy(&w, 2);
	a->anon_name = new_name(&w, "stack");
	b->anon_name = new_name(&w, "heap");

	assert_null(try_existing(&w, b, 4, 8, &vmg));
	assert_int_equal(vm_last_merge(w.machine)->left, REFUSED_NAME);
	memcpy(b->anon_name->name, a->anon_name->name, sizeof(b->anon_name->name));
	assert_null(try_existing(&w, b, 4, 8, &vmg));
	assert_int_equal(vm_last_merge(w.machine)->left, REFUSED_POLICY);
	b->vm_policy->nodes = 1;
	assert_ptr_equal(try_existing(&w, b, 4, 8, &vmg), a);
	EXPECT_LAYOUT(&w, "0-8 rw");
	assert_int_equal(vm_live_objects(w.machine, VM_OBJECT_POLICY), 1);
	assert_int_equal(vm_live_objects(w.machine, VM_OBJECT_NAME), 1);
	world_close(&w);
}

static void merge_existing_other_uffd_context_stays_apart(void **state)
{
	static char contexts[2];
	struct vma_merge vmg;
	struct world w;
	struct vma *a, *b;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	a = build(&w, 0, 4, PLAIN_FLAGS | VM_UFFD_MISSING);
	b = build(&w, 4, 8, PLAIN_FLAGS | VM_UFFD_MISSING);
	a->userfaultfd_ctx = (struct userfaultfd_ctx *)(void *)&contexts[0];
	b->userfaultfd_ctx = (struct userfaultfd_ctx *)(void *)&contexts[1];
	assert_null(try_existing(&w, b, 4, 8, &vmg));
	assert_int_equal(vm_last_merge(w.machine)->left, REFUSED_UFFD);
	b->userfaultfd_ctx = a->userfaultfd_ctx;
	assert_ptr_equal(try_existing(&w, b, 4, 8, &vmg), a);
	world_close(&w);
}

/* An offset that does not lead up to the neighbour's keeps even anonymous memory apart. */
static void merge_existing_moved_offset_stays_apart(void **state)
{
	struct vma_merge vmg;
	struct world w;
	struct vma *a, *b;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	a = build(&w, 0, 4, PLAIN_FLAGS);
	b = build(&w, 4, 8, PLAIN_FLAGS);
	assert_int_equal(anon_vma_prepare(b), 0);
	a->vm_pgoff++;
	a->virt_pgoff++;
	assert_null(try_existing(&w, b, 4, 8, &vmg));
	assert_int_equal(vm_last_merge(w.machine)->left, REFUSED_PGOFF);
	a->vm_pgoff--;
	a->virt_pgoff--;
	assert_ptr_equal(try_existing(&w, b, 4, 8, &vmg), a);
	world_close(&w);
}

/* Private file memory that was moved: its virtual offsets count since v7.3. */
static void merge_new_moved_private_file_by_profile(void **state)
{
	(void)state;
	for (int profile = 0; profile < VM_PROFILES; profile++) {
		struct test_driver driver = { .name = "A" };
		struct vma_merge vmg = { .pgoff = 4 };
		struct world w;
		struct vma *vma;

		world_open(&w, (enum vm_profile)profile);
		vmg.file = world_file(&w, &driver, &driver_legacy_fops);
		EXPECT_OK(map_file(w.mm, 20, 24, RW, MAP_PRIVATE, vmg.file, 0));
		EXPECT_OK(touch(w.mm, 20));
		vma = vma_at(w.mm, 20);
		vma->virt_pgoff -= 20;
		vmg.mm = w.mm;
		vmg.prev = vma;
		vmg.start = BASE + 24 * PG;
		vmg.end = BASE + 28 * PG;
		vmg.virt_pgoff = vmg.start >> VM_PAGE_SHIFT;
		vmg.vm_flags = vma->vm_flags;
		assert_ptr_equal(vma_merge_new_range(&vmg), profile == VM_PROFILE_7_3 ? NULL : vma);
		if (profile != VM_PROFILE_7_3) {
			vm_stat_account(w.mm, vmg.vm_flags, 4);
			EXPECT_OK(vm_charge(w.mm, 4));
		}
		file_put(vmg.file);
		world_close(&w);
	}
}

/* ------------------------------------------------------------------ anon_vma compatibility */

/* Two anon_vmas made here, and two chains that came over in a fork. */
enum anon_kind { ANON_NONE, ANON_1, ANON_2, ANON_FORKED_1, ANON_FORKED_2, ANON_KINDS };

/* An address space whose VMAs can be given any kind, and the other one that they descend from. */
struct family {
	struct world w;
	struct mm *parent;
	struct vma *donor[ANON_KINDS];
};

static void family_open(struct family *family, enum vm_profile profile)
{
	struct world *w = &family->w;
	struct mm *child;

	world_open(w, profile);
	family->parent = w->mm;
	assert_int_equal(mm_new(w->machine, w, &child), 0);
	for (int kind = ANON_1; kind < ANON_KINDS; kind++) {
		unsigned int page = 40 + 10 * (unsigned int)kind;

		w->mm = child;
		family->donor[kind] = build(w, page, page + 1, PLAIN_FLAGS);
		if (kind == ANON_1 || kind == ANON_2) {
			assert_int_equal(anon_vma_prepare(family->donor[kind]), 0);
		} else {
			struct vma *ancestor;

			w->mm = family->parent;
			ancestor = build(w, page, page + 1, PLAIN_FLAGS);
			assert_int_equal(anon_vma_prepare(ancestor), 0);
			assert_int_equal(anon_vma_fork(family->donor[kind], ancestor), 0);
			w->mm = child;
		}
	}
}

static void family_close(struct family *family)
{
	mm_exit(family->parent);
	world_close(&family->w);
}

static struct vma *build_kind(struct family *family, unsigned int start, unsigned int end,
			      enum anon_kind kind)
{
	struct vma *vma = build(&family->w, start, end, PLAIN_FLAGS);

	if (kind != ANON_NONE)
		assert_int_equal(anon_vma_clone(vma, family->donor[kind]), 0);
	return vma;
}

static bool is_forked(enum anon_kind kind)
{
	return kind == ANON_FORKED_1 || kind == ANON_FORKED_2;
}

/* Section 2.4 of the specification as it stands there. */
static bool should_merge(enum vm_profile profile, enum anon_kind neighbour, enum anon_kind source)
{
	if (profile == VM_PROFILE_6_12) {
		if ((source == ANON_NONE || neighbour == ANON_NONE) && neighbour != ANON_NONE &&
		    !is_forked(neighbour))
			return true;
		return source == neighbour;
	}
	if (neighbour == ANON_NONE && source != ANON_NONE)
		return !is_forked(source);
	if (neighbour != ANON_NONE && source == ANON_NONE)
		return !is_forked(neighbour);
	return neighbour == source;
}

static enum anon_kind first_set(enum anon_kind a, enum anon_kind b, enum anon_kind c)
{
	if (a != ANON_NONE)
		return a;
	return b != ANON_NONE ? b : c;
}

static void expect_kind(const struct family *family, const struct vma *vma, enum anon_kind kind)
{
	assert_ptr_equal(vma->anon_vma, kind ? family->donor[kind]->anon_vma : NULL);
	assert_int_equal(vma_chain_length(vma), kind ? vma_chain_length(family->donor[kind]) : 0);
}

/*
 *	0123456789ab
 *	PPPPMMMMNNNN		three kinds of anon_vma, in each profile
 */
static void check_three_kinds(enum vm_profile profile, enum anon_kind p, enum anon_kind m,
			      enum anon_kind n)
{
	bool left = should_merge(profile, p, m);
	bool right = should_merge(profile, n, m) &&
		     (!left || p == ANON_NONE || n == ANON_NONE || p == n);
	struct vma *prev, *middle, *next, *merged;
	struct family family;
	struct vma_merge vmg;
	uint64_t before;

	family_open(&family, profile);
	prev = build_kind(&family, 0, 4, p);
	middle = build_kind(&family, 4, 8, m);
	next = build_kind(&family, 8, 12, n);
	before = family.w.mm->vma_count;
	merged = try_existing(&family.w, middle, 4, 8, &vmg);

	assert_int_equal(before - family.w.mm->vma_count, (int)left + (int)right);
	assert_ptr_equal(merged, left ? prev : right ? next : NULL);
	if (left && right) {
		assert_int_equal(prev->vm_end, BASE + 12 * PG);
		expect_kind(&family, prev, first_set(p, n, m));
	} else if (left) {
		assert_int_equal(prev->vm_end, BASE + 8 * PG);
		expect_kind(&family, prev, first_set(p, m, ANON_NONE));
		expect_kind(&family, next, n);
	} else if (right) {
		assert_int_equal(next->vm_start, BASE + 4 * PG);
		expect_kind(&family, next, first_set(n, m, ANON_NONE));
		expect_kind(&family, prev, p);
	} else {
		assert_int_equal(vmg.state, VMA_MERGE_NOMERGE);
		expect_kind(&family, middle, m);
	}
	family_close(&family);
}

static void merge_existing_each_three_anon_vmas(void **state)
{
	const int kinds = ANON_KINDS;

	(void)state;
	for (int i = 0; i < VM_PROFILES * kinds * kinds * kinds; i++)
		check_three_kinds((enum vm_profile)(i / kinds / kinds / kinds),
				  (enum anon_kind)(i / kinds / kinds % kinds),
				  (enum anon_kind)(i / kinds % kinds), (enum anon_kind)(i % kinds));
}

/*
 *	PPPP****		a copy of a VMA elsewhere: what is merged carries its chain
 */
static void merge_new_copied_from_each_anon_vma(void **state)
{
	(void)state;
	for (int i = 0; i < VM_PROFILES * ANON_KINDS * ANON_KINDS; i++) {
		enum vm_profile profile = (enum vm_profile)(i / ANON_KINDS / ANON_KINDS);
		enum anon_kind p = (enum anon_kind)(i / ANON_KINDS % ANON_KINDS);
		enum anon_kind source = (enum anon_kind)(i % ANON_KINDS);
		struct vma_merge vmg = { .vm_flags = PLAIN_FLAGS };
		struct family family;
		struct vma *prev, *merged;

		family_open(&family, profile);
		prev = build_kind(&family, 0, 4, p);
		vmg.mm = family.w.mm;
		vmg.prev = prev;
		vmg.next = vma_next(prev);
		vmg.start = BASE + 4 * PG;
		vmg.end = BASE + 8 * PG;
		vmg.pgoff = vmg.start >> VM_PAGE_SHIFT;
		vmg.virt_pgoff = vmg.pgoff;
		vmg.copied_from = build_kind(&family, 20, 24, source);
		vmg.anon_vma = vmg.copied_from->anon_vma;
		merged = vma_merge_new_range(&vmg);
		assert_ptr_equal(merged, should_merge(profile, p, source) ? prev : NULL);
		expect_kind(&family, prev, merged ? first_set(p, source, ANON_NONE) : p);
		if (merged) {
			vm_stat_account(family.w.mm, PLAIN_FLAGS, 4);
			EXPECT_OK(vm_charge(family.w.mm, 4));
		}
		family_close(&family);
	}
}

/* ------------------------------------------------------------------ an existing range */

/*
 *	0123456789ab
 *	PPPMMMNNN		which of the three may not be removed, and which part is modified
 */
struct existing_case {
	unsigned int start, end;
	bool close_prev, close_middle, close_next;
	const char *layout;
};

static const struct existing_case existing_cases[] = {
	{ 3, 6, false, false, false, "0-9 rw" },
	{ 3, 6, true, false, false, "0-9 rw" },
	{ 3, 6, false, false, true, "0-6 rw | 6-9 rw" },
	{ 3, 6, true, false, true, "0-6 rw | 6-9 rw" },
	{ 3, 6, false, true, false, "0-3 rw | 3-6 rw | 6-9 rw" },
	{ 3, 6, true, true, true, "0-3 rw | 3-6 rw | 6-9 rw" },
	{ 3, 5, false, false, false, "0-5 rw | 5-6 rw | 6-9 rw" },
	{ 3, 5, true, true, true, "0-5 rw | 5-6 rw | 6-9 rw" },
	{ 4, 6, false, false, false, "0-3 rw | 3-4 rw | 4-9 rw" },
	{ 4, 6, true, true, true, "0-3 rw | 3-4 rw | 4-9 rw" },
	{ 4, 5, false, false, false, "0-3 rw | 3-6 rw | 6-9 rw" },
	{ 4, 5, true, true, true, "0-3 rw | 3-6 rw | 6-9 rw" },
};

static void merge_existing_each_part_and_close_hook(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(existing_cases) / sizeof(existing_cases[0]); i++) {
		const struct existing_case *c = &existing_cases[i];
		struct vma *vma[3];
		struct vma_merge vmg;
		struct world w;

		world_open(&w, VM_PROFILE_7_3);
		for (unsigned int k = 0; k < 3; k++)
			vma[k] = build(&w, 3 * k, 3 * k + 3, PLAIN_FLAGS);
		vma[0]->vm_ops = c->close_prev ? &close_ops : NULL;
		vma[1]->vm_ops = c->close_middle ? &close_ops : NULL;
		vma[2]->vm_ops = c->close_next ? &close_ops : NULL;
		try_existing(&w, vma[1], c->start, c->end, &vmg);
		EXPECT_LAYOUT(&w, c->layout);
		/* These VMAs have no file that their driver could be asked through. */
		for (struct vma *at = vma_find(w.mm, 0); at; at = vma_next(at))
			at->vm_ops = NULL;
		world_close(&w);
	}
}

/*
 *	PPPMMM, MMMNNN		one neighbour alone: full and partial
 */
static void merge_existing_one_neighbour_full_and_partial(void **state)
{
	static const struct {
		unsigned int start, end;
		bool prev;
		const char *layout;
	} cases[] = {
		{ 3, 6, true, "0-6 rw" },	    { 3, 5, true, "0-5 rw | 5-6 rw" },
		{ 4, 6, true, "0-3 rw | 3-6 rw" },  { 3, 6, false, "3-9 rw" },
		{ 4, 6, false, "3-4 rw | 4-9 rw" }, { 3, 5, false, "3-6 rw | 6-9 rw" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vma_merge vmg;
		struct world w;
		struct vma *middle;

		world_open(&w, VM_PROFILE_7_3);
		middle = build(&w, 3, 6, PLAIN_FLAGS);
		if (cases[i].prev)
			build(&w, 0, 3, PLAIN_FLAGS);
		else
			build(&w, 6, 9, PLAIN_FLAGS);
		try_existing(&w, middle, cases[i].start, cases[i].end, &vmg);
		EXPECT_LAYOUT(&w, cases[i].layout);
		world_close(&w);
	}
}

/* A partial merge gives the flag to both, and to the neighbour its chain. */
static void merge_existing_partial_spreads_sticky_and_chain(void **state)
{
	struct vma_merge vmg;
	struct world w;
	struct vma *middle;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	build(&w, 0, 3, PLAIN_FLAGS);
	middle = build(&w, 3, 6, PLAIN_FLAGS | VM_MAYBE_GUARD);
	build(&w, 6, 9, PLAIN_FLAGS);
	assert_int_equal(anon_vma_prepare(middle), 0);
	assert_non_null(try_existing(&w, middle, 5, 6, &vmg));
	EXPECT_LAYOUT(&w, "0-3 rw | 3-5 rw+gu F1 | 5-9 rw+gu F1");
	assert_non_null(try_existing(&w, middle, 3, 4, &vmg));
	EXPECT_LAYOUT(&w, "0-4 rw+gu F1 | 4-5 rw+gu F1 | 5-9 rw+gu F1");
	world_close(&w);
}

/* Running out of memory changes nothing, and is no error if the caller gives up on it. */
static void merge_existing_without_memory_changes_nothing(void **state)
{
	(void)state;
	for (int give_up = 0; give_up < 2; give_up++) {
		for (uint32_t nth = 1; nth <= 2; nth++) {
			struct vma_merge vmg;
			struct world w;
			struct vma *middle;

			world_open(&w, VM_PROFILE_7_3);
			build(&w, 0, 3, PLAIN_FLAGS);
			middle = build(&w, 3, 6, PLAIN_FLAGS);
			build(&w, 6, 9, PLAIN_FLAGS);
			assert_int_equal(anon_vma_prepare(middle), 0);
			vma_merge_init_existing(&vmg, vma_prev(middle), middle, middle->vm_start,
						middle->vm_end);
			vmg.give_up_on_oom = give_up;
			vm_fail_alloc(w.machine, nth, false);
			assert_null(vma_merge_existing_range(&vmg));
			assert_int_equal(vm_alloc_failures(w.machine), 1);
			assert_int_equal(vmg.state,
					 give_up ? VMA_MERGE_NOMERGE : VMA_MERGE_ERROR_NOMEM);
			assert_int_equal(vmg.start, middle->vm_start);
			EXPECT_LAYOUT(&w, "0-3 rw | 3-6 rw F1 | 6-9 rw");
			world_close(&w);
		}
	}
}

/* ------------------------------------------------------------------ split, expand, shrink */

static void split_each_side_clones_everything(void **state)
{
	(void)state;
	for (int below = 0; below < 2; below++) {
		struct world w;
		struct vma *vma, *new;

		world_open(&w, VM_PROFILE_7_3);
		vma = build(&w, 0, 8, PLAIN_FLAGS | VM_MAYBE_GUARD);
		vma->vm_policy = new_policy(&w, 1);
		vma->anon_name = new_name(&w, "heap");
		assert_int_equal(anon_vma_prepare(vma), 0);
		assert_int_equal(split_vma(vma, BASE + 3 * PG, below), 0);
		EXPECT_LAYOUT(&w, "0-3 rw+gu F1 | 3-8 rw+gu F1");
		new = vma_at(w.mm, below ? 0 : 3);
		assert_ptr_equal(vma_at(w.mm, below ? 3 : 0), vma);
		assert_ptr_equal(new->anon_name, vma->anon_name);
		assert_ptr_not_equal(new->vm_policy, vma->vm_policy);
		assert_true(mpol_equal(new->vm_policy, vma->vm_policy));
		assert_int_equal(vma_at(w.mm, 3)->vm_pgoff, (BASE >> VM_PAGE_SHIFT) + 3);
		assert_int_equal(vma_at(w.mm, 3)->virt_pgoff, (BASE >> VM_PAGE_SHIFT) + 3);
		world_close(&w);
	}
}

static void split_at_limit_fails_with_event(void **state)
{
	struct world w;
	struct vma *vma;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	vma = build(&w, 0, 8, PLAIN_FLAGS);
	vm_set_max_vma_count(w.machine, 1);
	assert_int_equal(split_vma(vma, BASE + 3 * PG, true), -ENOMEM);
	assert_int_equal(w.slots_events, 1);
	assert_int_equal(raw_split_vma(vma, BASE + 3 * PG, true), 0);
	assert_int_equal(w.slots_events, 1);
	EXPECT_LAYOUT(&w, "0-3 rw | 3-8 rw");
	world_close(&w);
}

static void split_without_memory_changes_nothing(void **state)
{
	(void)state;
	for (uint32_t nth = 1;; nth++) {
		struct world w;
		struct vma *vma;
		int err;

		world_open(&w, VM_PROFILE_7_3);
		vma = build(&w, 0, 8, PLAIN_FLAGS);
		vma->vm_policy = new_policy(&w, 1);
		assert_int_equal(anon_vma_prepare(vma), 0);
		vm_fail_alloc(w.machine, nth, false);
		err = split_vma(vma, BASE + 3 * PG, true);
		if (!err) {
			/* VMA, tree, policy, link */
			assert_int_equal(nth, 5);
			world_close(&w);
			return;
		}
		assert_int_equal(err, -ENOMEM);
		EXPECT_LAYOUT(&w, "0-8 rw F1");
		world_close(&w);
	}
}

static void shrink_takes_the_end(void **state)
{
	struct world w;
	struct vma *vma;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	vma = build(&w, 0, 8, PLAIN_FLAGS);
	assert_int_equal(vma_shrink(vma, BASE + 6 * PG), 0);
	vm_stat_account(w.mm, PLAIN_FLAGS, -2);
	vm_uncharge(w.mm, 2);
	EXPECT_LAYOUT(&w, "0-6 rw");
	vm_fail_alloc(w.machine, 1, false);
	assert_int_equal(vma_shrink(vma, BASE + 4 * PG), -ENOMEM);
	EXPECT_LAYOUT(&w, "0-6 rw");
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merge_new_each_gap_of_row_expands),
		cmocka_unit_test(merge_new_each_stickiness_spreads),
		cmocka_unit_test(merge_new_soft_dirty_neighbour_by_profile),
		cmocka_unit_test(merge_new_before_close_hook_reduces_to_left),
		cmocka_unit_test(merge_new_just_expand_ignores_next),
		cmocka_unit_test(merge_new_special_beside_special_stays_apart),
		cmocka_unit_test(merge_new_moved_private_file_by_profile),
		cmocka_unit_test(merge_new_copied_from_each_anon_vma),
		cmocka_unit_test(merge_existing_attribute_of_equal_value_merges),
		cmocka_unit_test(merge_existing_other_uffd_context_stays_apart),
		cmocka_unit_test(merge_existing_moved_offset_stays_apart),
		cmocka_unit_test(merge_existing_each_three_anon_vmas),
		cmocka_unit_test(merge_existing_each_part_and_close_hook),
		cmocka_unit_test(merge_existing_one_neighbour_full_and_partial),
		cmocka_unit_test(merge_existing_partial_spreads_sticky_and_chain),
		cmocka_unit_test(merge_existing_without_memory_changes_nothing),
		cmocka_unit_test(split_each_side_clones_everything),
		cmocka_unit_test(split_at_limit_fails_with_event),
		cmocka_unit_test(split_without_memory_changes_nothing),
		cmocka_unit_test(shrink_takes_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
