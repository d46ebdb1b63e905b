/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NUMA policies and names: what is accepted, when two are equal, and how setting them cuts and
 * merges.
 */
#include "test_failures.h"

static void world_open_named(struct world *w, enum vm_profile profile)
{
	struct vm_config config = world_config(profile);

	config.anon_names = true;
	world_open_with(w, &config);
	w->attributes = true;
}

/* T10	equal by value, not by object */
static void mbind_equal_policies_merge(void **state)
{
	struct world w;

	(void)state;
	world_open_named(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 8, RW));
	EXPECT_OK(bind_to(w.mm, 2, 4, MPOL_BIND, 1));
	EXPECT_OK(bind_to(w.mm, 4, 6, MPOL_BIND, 1));
	EXPECT_LAYOUT(&w, "0-2 rw | 2-6 rw mode2=1 | 6-8 rw");
	EXPECT_OK(bind_to(w.mm, 4, 6, MPOL_BIND | MPOL_F_STATIC_NODES, 1));
	EXPECT_LAYOUT(&w, "0-2 rw | 2-4 rw mode2=1 | 4-6 rw mode2=1 | 6-8 rw");
	EXPECT_OK(bind_to(w.mm, 2, 6, MPOL_INTERLEAVE, 3));
	EXPECT_OK(bind_to(w.mm, 0, 8, MPOL_DEFAULT, 0));
	EXPECT_LAYOUT(&w, "0-8 rw");
	world_close(&w);
}

struct mode_row {
	uint32_t mode;
	uint64_t nodes;
	int err;
	const char *layout;
};

static void mbind_modes(void **state)
{
	static const struct mode_row rows[] = {
		{ MPOL_DEFAULT, 0, 0, "0-4 rw" },
		{ MPOL_DEFAULT | MPOL_F_STATIC_NODES, 0, 0, "0-4 rw" },
		{ MPOL_DEFAULT, 1, EINVAL, NULL },
		{ MPOL_LOCAL, 0, 0, "0-4 rw mode4=0" },
		{ MPOL_LOCAL, 1, EINVAL, NULL },
		{ MPOL_LOCAL | MPOL_F_RELATIVE_NODES, 0, EINVAL, NULL },
		{ MPOL_PREFERRED, 0, 0, "0-4 rw mode4=0" },
		{ MPOL_PREFERRED | MPOL_F_STATIC_NODES, 0, EINVAL, NULL },
		{ MPOL_PREFERRED, 0xc, 0, "0-4 rw mode1=4" },
		{ MPOL_BIND, 0, EINVAL, NULL },
		{ MPOL_BIND, 0xf0, EINVAL, NULL },
		{ MPOL_BIND, 0xf2, 0, "0-4 rw mode2=2" },
		{ MPOL_INTERLEAVE, 0xff, 0, "0-4 rw mode3=f" },
		{ MPOL_PREFERRED_MANY, 5, 0, "0-4 rw mode5=5" },
		{ MPOL_WEIGHTED_INTERLEAVE, 5, 0, "0-4 rw mode6=5" },
		{ MPOL_WEIGHTED_INTERLEAVE + 1, 5, EINVAL, NULL },
		{ MPOL_BIND | MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES, 1, EINVAL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;

		world_open_named(&w, VM_PROFILE_7_3);
		EXPECT_OK(map(w.mm, 0, 4, RW));
		EXPECT_ERR(bind_to(w.mm, 0, 4, rows[i].mode, rows[i].nodes), rows[i].err);
		EXPECT_LAYOUT(&w, rows[i].err ? "0-4 rw" : rows[i].layout);
		world_close(&w);
	}
}

/* The nodes that were asked for count only where flags say that they matter. */
static void mbind_user_nodes_compared_with_flags_only(void **state)
{
	struct world w;

	(void)state;
	world_open_named(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 8, RW));
	EXPECT_OK(bind_to(w.mm, 0, 4, MPOL_BIND, 0x11));
	EXPECT_OK(bind_to(w.mm, 4, 8, MPOL_BIND, 0x01));
	EXPECT_LAYOUT(&w, "0-8 rw mode2=1");
	EXPECT_OK(bind_to(w.mm, 0, 4, MPOL_BIND | MPOL_F_STATIC_NODES, 0x11));
	EXPECT_OK(bind_to(w.mm, 4, 8, MPOL_BIND | MPOL_F_STATIC_NODES, 0x01));
	EXPECT_LAYOUT(&w, "0-4 rw mode2=1 | 4-8 rw mode2=1");
	world_close(&w);
}

static void mbind_holes_and_ranges(void **state)
{
	struct world w;

	(void)state;
	world_open_named(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_OK(map(w.mm, 6, 8, RW));
	EXPECT_ERR(mm_mbind(w.mm, page_addr(0) + 1, PG, MPOL_LOCAL, 0), EINVAL);
	EXPECT_ERR(mm_mbind(w.mm, page_addr(0), (uint64_t)0 - PG, MPOL_LOCAL, 0), EINVAL);
	/* Of nothing, only the mode is looked at. */
	EXPECT_OK(bind_to(w.mm, 50, 50, MPOL_BIND, 0));
	EXPECT_ERR(bind_to(w.mm, 50, 50, 77, 0), EINVAL);
	EXPECT_ERR(bind_to(w.mm, 0, 8, MPOL_LOCAL, 0), EFAULT);
	EXPECT_ERR(bind_to(w.mm, 5, 8, MPOL_LOCAL, 0), EFAULT);
	EXPECT_ERR(bind_to(w.mm, 6, 9, MPOL_LOCAL, 0), EFAULT);
	EXPECT_ERR(bind_to(w.mm, 4, 6, MPOL_DEFAULT, 0), EFAULT);
	EXPECT_LAYOUT(&w, "0-4 rw | 6-8 rw");
	EXPECT_OK(bind_to(w.mm, 0, 4, MPOL_LOCAL, 0));
	EXPECT_OK(bind_to(w.mm, 6, 8, MPOL_LOCAL, 0));
	/* The default may be set over holes. */
	EXPECT_OK(bind_to(w.mm, 2, 9, MPOL_DEFAULT, 0));
	EXPECT_LAYOUT(&w, "0-2 rw mode4=0 | 2-4 rw | 6-8 rw");
	world_close(&w);
}

static void mbind_asks_the_driver(void **state)
{
	struct test_driver driver = { .name = "D", .ops = { .set_policy = driver_set_policy } };
	struct world w;
	struct file *file;

	(void)state;
	world_open_named(&w, VM_PROFILE_7_3);
	file = world_file(&w, &driver, &driver_legacy_fops);
	EXPECT_OK(map_file(w.mm, 0, 8, RW, MAP_SHARED, file, 0));
	world_take_log(&w);
	EXPECT_OK(bind_to(w.mm, 2, 4, MPOL_BIND, 1));
	EXPECT_LOG(&w, "set_policy(2-4)");
	/* Merged into a neighbour, it is told of the whole. */
	EXPECT_OK(bind_to(w.mm, 4, 8, MPOL_BIND, 1));
	EXPECT_LOG(&w, "set_policy(2-8)");
	driver.set_policy_error = -EIO;
	EXPECT_ERR(bind_to(w.mm, 0, 1, MPOL_LOCAL, 0), EIO);
	EXPECT_LAYOUT(&w, "0-1 rws D@0 | 1-2 rws D@1 | 2-8 rws D@2 mode2=1");
	file_put(file);
	world_close(&w);
}

static void home_node_only_where_it_means_something(void **state)
{
	struct world w;

	(void)state;
	world_open_named(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 12, RW));
	EXPECT_ERR(mm_set_home_node(w.mm, page_addr(0) + 1, PG, 0), EINVAL);
	EXPECT_ERR(mm_set_home_node(w.mm, page_addr(0), PG, 4), EINVAL);
	EXPECT_ERR(mm_set_home_node(w.mm, page_addr(0), PG, 64), EINVAL);
	EXPECT_OK(mm_set_home_node(w.mm, page_addr(50), 0, 0));
	EXPECT_ERR(mm_set_home_node(w.mm, page_addr(50), PG, 0), ENOENT);
	EXPECT_ERR(mm_set_home_node(w.mm, page_addr(0), 12 * PG, 0), ENOENT);
	EXPECT_OK(bind_to(w.mm, 2, 8, MPOL_BIND, 3));
	EXPECT_OK(bind_to(w.mm, 8, 10, MPOL_INTERLEAVE, 3));
	/* No policy: passed over; the wrong one: the end of the walk. */
	EXPECT_OK(mm_set_home_node(w.mm, page_addr(0), 4 * PG, 2));
	EXPECT_LAYOUT(&w,
		      "0-2 rw | 2-4 rw mode2=3@2 | 4-8 rw mode2=3 | 8-10 rw mode3=3 | 10-12 rw");
	EXPECT_ERR(mm_set_home_node(w.mm, page_addr(4), 6 * PG, 2), EOPNOTSUPP);
	EXPECT_LAYOUT(&w, "0-2 rw | 2-8 rw mode2=3@2 | 8-10 rw mode3=3 | 10-12 rw");
	world_close(&w);
}

/* ------------------------------------------------------------------ names */

static void name_cuts_and_merges(void **state)
{
	struct mm *child;
	struct world w;

	(void)state;
	world_open_named(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 8, RW));
	EXPECT_OK(name_pages(w.mm, 2, 4, "heap"));
	EXPECT_LAYOUT(&w, "0-2 rw | 2-4 rw 'heap' | 4-8 rw");
	EXPECT_OK(name_pages(w.mm, 4, 6, "heap"));
	EXPECT_LAYOUT(&w, "0-2 rw | 2-6 rw 'heap' | 6-8 rw");
	/* An empty name is a name. */
	EXPECT_OK(name_pages(w.mm, 4, 8, ""));
	EXPECT_LAYOUT(&w, "0-2 rw | 2-4 rw 'heap' | 4-8 rw ''");
	EXPECT_OK(mm_fork(w.mm, &w, &child));
	EXPECT_OK(name_pages(w.mm, 0, 8, NULL));
	EXPECT_LAYOUT(&w, "0-8 rw");
	EXPECT_LAYOUT_OF(&w, child, "0-2 rw | 2-4 rw 'heap' | 4-8 rw ''");
	/* A moved area keeps its name, a new one beside it has none. */
	EXPECT_OK(move(child, 2, 4, 20));
	EXPECT_OK(map(child, 22, 24, RW));
	EXPECT_LAYOUT_OF(&w, child, "0-2 rw | 4-8 rw '' | 20-22 rw 'heap' | 22-24 rw");
	mm_exit(child);
	world_close(&w);
}

static void name_errors(void **state)
{
	struct test_driver driver = { .name = "A" };
	char longest[81];
	struct world w;
	struct file *file;

	(void)state;
	world_open_named(&w, VM_PROFILE_7_3);
	file = world_file(&w, &driver, &driver_legacy_fops);
	memset(longest, 'a', 80);
	longest[80] = '\0';
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_ERR(name_pages(w.mm, 0, 4, longest), EINVAL);
	longest[79] = '\0';
	EXPECT_OK(name_pages(w.mm, 0, 4, longest));
	for (const char *bad = "\\`$[]\n\x7f\x80"; *bad; bad++) {
		char name[2] = { *bad, '\0' };

		EXPECT_ERR(name_pages(w.mm, 0, 4, name), EINVAL);
	}
	EXPECT_ERR(mm_set_anon_name(w.mm, page_addr(0) + 1, PG, "a"), EINVAL);
	EXPECT_ERR(mm_set_anon_name(w.mm, page_addr(0), UINT64_MAX, "a"), EINVAL);
	EXPECT_ERR(mm_set_anon_name(w.mm, page_addr(0), (uint64_t)0 - PG, "a"), EINVAL);
	EXPECT_OK(mm_set_anon_name(w.mm, page_addr(50), 0, "a"));
	/* Gaps at the end of it all; a file at once, but for memory of no file's name. */
	EXPECT_OK(map_file(w.mm, 6, 8, RW, SHARED_ANON, NULL, 0));
	EXPECT_OK(map_file(w.mm, 8, 10, RW, MAP_PRIVATE, file, 0));
	EXPECT_ERR(name_pages(w.mm, 2, 8, "b"), ENOMEM);
	EXPECT_ERR(name_pages(w.mm, 6, 12, "c"), EBADF);
	longest[79] = '\0';
	EXPECT_OK(name_pages(w.mm, 0, 2, "a"));
	EXPECT_LAYOUT(&w, "0-2 rw 'a' | 2-4 rw 'b' | 6-8 rws 'c' | 8-10 rw A@0");
	/* At the limit a split is refused as madvise() says it. */
	vm_set_max_vma_count(w.machine, 4);
	EXPECT_ERR(name_pages(w.mm, 0, 1, "d"), EAGAIN);
	file_put(file);
	world_close(&w);

	world_open(&w, VM_PROFILE_7_3);
	EXPECT_OK(map(w.mm, 0, 4, RW));
	EXPECT_ERR(name_pages(w.mm, 0, 4, "a"), EINVAL);
	world_close(&w);
}

/* F6, 5.5	AAAABBBB, A guarded: does B's merge into A cost A its flag? */
static void name_merge_keeps_sticky_flags(void **state)
{
	(void)state;
	for (int quirks = 0; quirks < 2; quirks++) {
		struct vm_config config = world_config(VM_PROFILE_7_3);
		struct world w;

		config.anon_names = true;
		config.quirks = quirks ? 1u << 5 : 0;
		world_open_with(&w, &config);
		EXPECT_OK(map(w.mm, 0, 8, RW));
		EXPECT_OK(name_pages(w.mm, 0, 4, "a"));
		EXPECT_OK(advise(w.mm, 1, 2, MADV_GUARD_INSTALL));
		EXPECT_OK(name_pages(w.mm, 4, 8, "a"));
		EXPECT_LAYOUT(&w, quirks ? "0-8 rw F1" : "0-8 rw+gu F1");
		EXPECT_ERR(touch(w.mm, 1), EFAULT);
		world_close(&w);
	}
}

/* ------------------------------------------------------------------ memory runs out */

static void prepare_one(struct world *w)
{
	EXPECT_OK(map(w->mm, 0, 8, RW));
	w->attributes = true;
}

static void prepare_named(struct world *w)
{
	w->machine->config.anon_names = true;
	prepare_one(w);
}

static void prepare_bound(struct world *w)
{
	prepare_one(w);
	EXPECT_OK(bind_to(w->mm, 0, 4, MPOL_BIND, 1));
}

static int op_bind_middle(struct world *w)
{
	return bind_to(w->mm, 2, 6, MPOL_BIND, 2);
}

static int op_bind_merging(struct world *w)
{
	return bind_to(w->mm, 4, 8, MPOL_BIND, 1);
}

static int op_home_node(struct world *w)
{
	return mm_set_home_node(w->mm, page_addr(0), 2 * PG, 1);
}

/* No memory for the name itself is said as it is; in a piece it is EAGAIN, as of madvise(). */
static int op_name_middle(struct world *w)
{
	int err = name_pages(w->mm, 2, 4, "a");

	if (err != -ENOMEM)
		return err;
	assert_int_equal(vm_alloc_requests(w->machine), 1);
	return -EAGAIN;
}

static const struct failing failings[] = {
	{ "mbind middle",
	  VM_PROFILE_7_3,
	  prepare_bound,
	  op_bind_middle,
	  "0-2 rw mode2=1 | 2-6 rw mode2=2 | 6-8 rw",
	  ENOMEM,
	  { "0-4 rw mode2=1 | 4-8 rw", "0-2 rw mode2=1 | 2-4 rw mode2=1 | 4-8 rw",
	    "0-2 rw mode2=1 | 2-4 rw mode2=2 | 4-8 rw",
	    "0-2 rw mode2=1 | 2-6 rw mode2=2 | 6-8 rw" },
	  7 },
	/* The piece that merged has its policy already when there is no memory to set it. */
	{ "mbind merging",
	  VM_PROFILE_7_3,
	  prepare_bound,
	  op_bind_merging,
	  "0-8 rw mode2=1",
	  ENOMEM,
	  { "0-4 rw mode2=1 | 4-8 rw", "0-8 rw mode2=1" },
	  3 },
	{ "home node",
	  VM_PROFILE_7_3,
	  prepare_bound,
	  op_home_node,
	  "0-2 rw mode2=1@1 | 2-4 rw mode2=1 | 4-8 rw",
	  ENOMEM,
	  { "0-4 rw mode2=1 | 4-8 rw", "0-2 rw mode2=1 | 2-4 rw mode2=1 | 4-8 rw" },
	  5 },
	{ "name",
	  VM_PROFILE_7_3,
	  prepare_named,
	  op_name_middle,
	  "0-2 rw | 2-4 rw 'a' | 4-8 rw",
	  EAGAIN,
	  { "0-8 rw", "0-2 rw | 2-8 rw" },
	  5 },
};

static void policy_failing_each_request(void **state)
{
	(void)state;
	FAILING_WALK(failings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mbind_equal_policies_merge),
		cmocka_unit_test(mbind_modes),
		cmocka_unit_test(mbind_user_nodes_compared_with_flags_only),
		cmocka_unit_test(mbind_holes_and_ranges),
		cmocka_unit_test(mbind_asks_the_driver),
		cmocka_unit_test(home_node_only_where_it_means_something),
		cmocka_unit_test(name_cuts_and_merges),
		cmocka_unit_test(name_errors),
		cmocka_unit_test(name_merge_keeps_sticky_flags),
		cmocka_unit_test(policy_failing_each_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
