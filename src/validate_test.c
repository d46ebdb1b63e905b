/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The validation sees what it claims to see: a sound state is damaged in one place, the rule
 * that was broken is named, the damage is repaired, and the state is sound again.
 */
#include "test_world.h"

struct subjects {
	struct world *w;
	struct vma *anon, *file, *shared; /* 0-4 rw F, 8-12 A@0, 16-20 shared A@8 */
};

typedef void damage_fn(struct subjects *s);

static void damage_flags(struct subjects *s, vm_flags_t flags)
{
	s->anon->vm_flags ^= flags;
}

static void not_readable(struct subjects *s)
{
	damage_flags(s, VM_MAYREAD);
}

static void onfault(struct subjects *s)
{
	damage_flags(s, VM_LOCKONFAULT);
}

static void both_huge(struct subjects *s)
{
	damage_flags(s, VM_HUGEPAGE | VM_NOHUGEPAGE);
}

static void both_reads(struct subjects *s)
{
	damage_flags(s, VM_SEQ_READ | VM_RAND_READ);
}

static void uffd(struct subjects *s)
{
	damage_flags(s, VM_UFFD_WP);
}

static void uncharged(struct subjects *s)
{
	damage_flags(s, VM_ACCOUNT);
}

static void no_reserve(struct subjects *s)
{
	damage_flags(s, VM_NORESERVE);
}

static void droppable(struct subjects *s)
{
	damage_flags(s, VM_DROPPABLE);
}

static void shared_anon(struct subjects *s)
{
	damage_flags(s, VM_SHARED | VM_MAYSHARE | VM_ACCOUNT);
}

static void not_may_share(struct subjects *s)
{
	s->shared->vm_flags ^= VM_MAYSHARE;
}

static void may_write(struct subjects *s)
{
	s->shared->vm_flags ^= VM_SHARED;
}

static void file_grows(struct subjects *s)
{
	s->file->vm_flags ^= VM_GROWSDOWN;
}

static void file_wiped(struct subjects *s)
{
	s->file->vm_flags ^= VM_WIPEONFORK;
}

static void io_locked(struct subjects *s)
{
	s->file->vm_flags ^= VM_IO | VM_LOCKED;
}

static void detached(struct subjects *s)
{
	s->anon->attached ^= true;
}

static void unhooked(struct subjects *s)
{
	s->file->hooked ^= true;
}

static void bounds(struct subjects *s)
{
	s->anon->vm_end ^= PG;
}

static void virtual_offset(struct subjects *s)
{
	s->file->virt_pgoff ^= 1;
}

static void offset_wraps(struct subjects *s)
{
	s->file->vm_pgoff ^= UINT64_MAX;
}

static void count(struct subjects *s)
{
	s->w->mm->vma_count ^= 1;
}

static void total(struct subjects *s)
{
	s->w->mm->total_vm ^= 1;
}

static void data(struct subjects *s)
{
	s->w->mm->data_vm ^= 1;
}

static void code(struct subjects *s)
{
	s->w->mm->exec_vm ^= 1;
}

static void stack(struct subjects *s)
{
	s->w->mm->stack_vm ^= 1;
}

static void locked(struct subjects *s)
{
	s->w->mm->locked_vm ^= 1;
}

static void committed(struct subjects *s)
{
	s->w->mm->committed ^= 1;
}

static void all_committed(struct subjects *s)
{
	s->w->machine->committed ^= 1;
}

static void file_refs(struct subjects *s)
{
	s->file->vm_file->refs ^= 1;
}

static void mapping_count(struct subjects *s)
{
	s->file->vm_file->mapping->vma_count ^= 1;
}

static void writers(struct subjects *s)
{
	s->file->vm_file->mapping->writers ^= 1;
}

static void active(struct subjects *s)
{
	s->anon->anon_vma->num_active_vmas ^= 1;
}

static void children(struct subjects *s)
{
	s->anon->anon_vma->num_children ^= 1;
}

static void links(struct subjects *s)
{
	s->anon->anon_vma->vma_count ^= 1;
}

static void no_anon(struct subjects *s)
{
	static struct anon_vma *kept;
	struct anon_vma *now = s->anon->anon_vma;

	s->anon->anon_vma = kept;
	kept = now;
}

static const struct {
	damage_fn *damage;
	const char *rule;
} damages[] = {
	{ not_readable, "FLG-1 " },  { onfault, "FLG-2 " },	   { io_locked, "FLG-3 " },
	{ both_huge, "FLG-4 " },     { both_reads, "FLG-4 " },	   { not_may_share, "FLG-5 " },
	{ may_write, "FLG-5 " },     { uffd, "FLG-6 " },	   { file_grows, "FLG-7 " },
	{ no_reserve, "FLG-8 " },    { uncharged, "FLG-9 " },	   { file_wiped, "FLG-10 " },
	{ droppable, "FLG-12 " },    { shared_anon, "ANV-1 " },	   { no_anon, "ANV-1 " },
	{ detached, "STR-7 " },	     { unhooked, "HOK-1 " },	   { bounds, "STR-5 " },
	{ offset_wraps, "STR-6 " },  { virtual_offset, "ANV-7 " }, { count, "STR-3 " },
	{ total, "ACC-1 " },	     { data, "ACC-2 " },	   { code, "ACC-2 " },
	{ stack, "ACC-2 " },	     { locked, "ACC-3 " },	   { committed, "ACC-4 " },
	{ all_committed, "ACC-4 " }, { file_refs, "FIL-1 " },	   { mapping_count, "FIL-2 " },
	{ writers, "FIL-3 " },	     { active, "ANV-3 " },	   { children, "ANV-3 " },
	{ links, "ANV-3 " },
};

/* Each in a world of its own: a violation leaves the counts of the walk behind. */
static void validate_each_damage_names_its_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		struct test_driver driver = { .name = "A", .ops = { .close = driver_close } };
		struct world w;
		struct subjects s = { .w = &w };
		struct file *file;
		const char *wrong;

		world_open(&w, VM_PROFILE_7_3);
		file = world_file(&w, &driver, &driver_legacy_fops);
		EXPECT_OK(map(w.mm, 0, 4, RW));
		EXPECT_OK(touch(w.mm, 0));
		EXPECT_OK(map_file(w.mm, 8, 12, RO, MAP_PRIVATE, file, 0));
		EXPECT_OK(map_file(w.mm, 16, 20, RW, MAP_SHARED, file, 8));
		world_check(&w);
		s.anon = vma_at(w.mm, 0);
		s.file = vma_at(w.mm, 8);
		s.shared = vma_at(w.mm, 16);

		damages[i].damage(&s);
		wrong = vm_validate(w.machine);
		damages[i].damage(&s);
		if (!wrong || strncmp(wrong, damages[i].rule, strlen(damages[i].rule)) != 0)
			fail_msg("damage %zu: %s, expected %s", i, wrong ? wrong : "nothing",
				 damages[i].rule);
		assert_null(mm_validate(w.mm));
		mm_exit(w.mm);
		file_put(file);
		vm_machine_free(w.machine);
	}
}

/* A marker outside VMAs that may have any. */
static void validate_stray_guard_marker(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(guard_install(w.mm, BASE + PG, BASE + 2 * PG));
	assert_int_equal(strncmp(mm_validate(w.mm), "STK-2 ", 6), 0);
	guard_clear(w.mm, BASE + PG, BASE + 2 * PG);
	world_close(&w);
}

/* More VMAs than the limit allows, and than there were. */
static void validate_count_beyond_limit(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	for (unsigned int i = 0; i < 4; i++)
		EXPECT_OK(map(w.mm, 2 * i, 2 * i + 1, RW));
	world_check(&w);
	vm_set_max_vma_count(w.machine, 1);
	world_check(&w);
	EXPECT_OK(unmap(w.mm, 6, 7));
	world_check(&w);
	w.config.max_vma_count = 10;
	vm_set_max_vma_count(w.machine, 10);
	EXPECT_OK(map(w.mm, 6, 7, RW));
	w.machine->config.max_vma_count = 1;
	assert_int_equal(strncmp(mm_validate(w.mm), "LIM-1 ", 6), 0);
	vm_set_max_vma_count(w.machine, 1);
	world_close(&w);
}

/* The lines a report shows are about the right VMAs. */
static void the_last_merge_is_told_and_dumped(void **state)
{
	const struct vm_merge_record *merge;
	struct world w;
	char *text = NULL;
	size_t size;
	FILE *out;

	(void)state;
	world_open(&w, VM_PROFILE_7_3);
	vm_begin_operation(w.machine);
	assert_null(vm_last_merge(w.machine));
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(map(w.mm, 4, 8, RO));
	merge = vm_last_merge(w.machine);
	assert_non_null(merge);
	assert_false(merge->existing);
	assert_int_equal(merge->range.start, BASE + 4 * PG);
	assert_int_equal(merge->range.end, BASE + 8 * PG);
	assert_int_equal(merge->prev.start, BASE);
	assert_int_equal(merge->prev.end, BASE + 4 * PG);
	assert_int_equal(merge->target.start, merge->target.end);
	assert_int_equal(merge->left, REFUSED_FLAGS);
	assert_int_equal(merge->right, REFUSED_NO_NEIGHBOUR);
	EXPECT_OK(touch(w.mm, 0));
	out = tmpfile();
	assert_non_null(out);
	mm_dump(w.mm, out);
	size = (size_t)ftell(out);
	text = calloc(1, size + 1);
	rewind(out);
	assert_int_equal(fread(text, 1, size, out), size);
	fclose(out);
	assert_non_null(strstr(text, "200000000000-200000004000 rw-p 200000000  rd wr mr mw me ac"
				     "  anon_vma #1 chain 1"));
	assert_non_null(strstr(text, "200000004000-200000008000 r--p 200000004  rd mr mw me\n"));
	free(text);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(validate_each_damage_names_its_rule),
		cmocka_unit_test(validate_stray_guard_marker),
		cmocka_unit_test(validate_count_beyond_limit),
		cmocka_unit_test(the_last_merge_is_told_and_dumped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
