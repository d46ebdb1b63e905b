/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The B+ tree behind range_tree.h.
 *
 * Every node is the same: up to 24 slots in order, each a range and a pointer. In a leaf a slot
 * is an entry. In an inner node it is a child, and its range is the child's span, from the start
 * of the first entry below it to the end of the last one. Spans are exact, so a search enters
 * one child per level and never has to look at a neighbour.
 *
 *	root           [2                        31)  [40                60)
 *	                |                              |
 *	leaves         [2,5)  [5,9)  [20,31)          [40,41)  [44,60)
 *
 *	               2  5   9          20       31        40 41    44       60
 *	               |AA|BBB|..........|CCCCCCCC|.........|DD|.....|EEEEEEEE|
 *	                          11                   9          3
 *	               '------- gap 11 -----------'         '---- gap 3 ------'
 *	               '------------------- gap of the root: 11 --------------'
 *
 * The gap of a node is its largest hole between two adjacent entries that both lie below it. The
 * hole between two children (9 above) belongs to their parent, whose gap is therefore
 *
 *	max(gap of each child, start of child i + 1 minus end of child i)
 *
 * What lies before the first entry of the tree and after its last belongs to no node; the gap
 * searches look at these two ends themselves. A gap is kept where the span is, in the slot of
 * the parent, so a tree of up to 24 entries, one leaf, has none to maintain.
 *
 * Unused slots hold UINT64_MAX as start and end, which lets node_rank() look at all 24 without
 * asking how many there are.
 *
 * Nodes but the root hold at least FILL_MIN slots. Erasing below that merges a node with its
 * neighbour or evens the two out. A node that becomes free joins the spare ones, so a caller
 * that maps and unmaps around a split takes no memory again and again; range_tree_unreserve()
 * gives it back. Nodes of one level are chained through `next`, in order.
 */
#include "range_tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	SLOTS = 24,
	FILL_MIN = SLOTS / 4,
	/* Two nodes that hold this much together become one, which then has room again. */
	MERGE_MAX = SLOTS - FILL_MIN,
	/* 2 * 6^15 entries are more than 2^39: no memory holds a higher tree. */
	LEVELS_MAX = 16,
};

struct range_tree_node {
	struct range_tree_node *next; /* to the right on this level; or the next spare node */
	unsigned int count;
	uint64_t end[SLOTS];
	void *value[SLOTS]; /* leaf: the caller's value; inner node: the child */
	uint64_t start[SLOTS];
	uint64_t gap[SLOTS]; /* inner nodes only */
};

/* What one slot holds. */
struct item {
	uint64_t start;
	uint64_t end;
	uint64_t gap;
	void *value;
};

/* The way from the root, node[0], to a slot of a leaf, node[height]. */
struct path {
	struct range_tree_node *node[LEVELS_MAX];
	unsigned int slot[LEVELS_MAX];
};

/* Not <assert.h>: a misused tree must stop a release build as well. */
static void require(bool holds, const char *sentence)
{
	if (holds)
		return;
	fprintf(stderr, "range_tree: %s\n", sentence);
	abort();
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* ---------------------------------------------------------------- one node */

/*
 * How many of the 24 ascending bounds are <= key: first which group of four the key falls into,
 * then where in the group. The comparisons of a round do not depend on each other, and there is
 * no branch, because which slot a search hits is not predictable.
 */
static unsigned int node_rank(const uint64_t *bound, uint64_t key)
{
	unsigned int rank =
		4U * ((unsigned int)(bound[3] <= key) + (unsigned int)(bound[7] <= key) +
		      (unsigned int)(bound[11] <= key) + (unsigned int)(bound[15] <= key) +
		      (unsigned int)(bound[19] <= key));

	bound += rank;
	return rank + (unsigned int)(bound[0] <= key) + (unsigned int)(bound[1] <= key) +
	       (unsigned int)(bound[2] <= key) + (unsigned int)(bound[3] <= key);
}

_Static_assert(SLOTS == 24, "node_rank() is written for 24 slots");

/* The hole left of a slot; there is none left of the first slot, nor right of the last. */
static uint64_t hole_left_of(const struct range_tree_node *node, unsigned int slot)
{
	if (slot == 0 || slot >= node->count)
		return 0;
	return node->start[slot] - node->end[slot - 1];
}

/* The larger of the two holes beside a slot. */
static uint64_t hole_beside(const struct range_tree_node *node, unsigned int slot)
{
	return larger(hole_left_of(node, slot), hole_left_of(node, slot + 1));
}

static uint64_t node_gap(const struct range_tree_node *node, bool inner)
{
	uint64_t gap = inner ? node->gap[0] : 0;

	for (unsigned int slot = 1; slot < node->count; slot++) {
		gap = larger(gap, node->start[slot] - node->end[slot - 1]);
		if (inner)
			gap = larger(gap, node->gap[slot]);
	}
	return gap;
}

static struct item node_item(struct range_tree_node *node, bool inner)
{
	struct item item = {
		.start = node->start[0],
		.end = node->end[node->count - 1],
		.gap = node_gap(node, inner),
		.value = node,
	};

	return item;
}

static void node_set(struct range_tree_node *node, unsigned int slot, const struct item *item,
		     bool inner)
{
	node->start[slot] = item->start;
	node->end[slot] = item->end;
	node->value[slot] = item->value;
	if (inner)
		node->gap[slot] = item->gap;
}

static inline void slot_copy(struct range_tree_node *to, unsigned int to_slot,
			     const struct range_tree_node *from, unsigned int from_slot, bool inner)
{
	to->start[to_slot] = from->start[from_slot];
	to->end[to_slot] = from->end[from_slot];
	to->value[to_slot] = from->value[from_slot];
	if (inner)
		to->gap[to_slot] = from->gap[from_slot];
}

/*
 * Makes room for `number` slots from `slot` on. A loop over the arrays together: they are too
 * short for calls of memmove() to pay. ASSUMPTIONS: the node has that much room.
 */
static void node_open(struct range_tree_node *node, unsigned int slot, unsigned int number,
		      bool inner)
{
	unsigned int from = node->count;

	while (from-- > slot)
		slot_copy(node, from + number, node, from, inner);
	node->count += number;
}

/* Takes away `number` slots from `slot` on. */
static inline void node_close(struct range_tree_node *node, unsigned int slot, unsigned int number,
			      bool inner)
{
	for (unsigned int from = slot + number; from < node->count; from++)
		slot_copy(node, from - number, node, from, inner);
	for (unsigned int blank = node->count - number; blank < node->count; blank++) {
		node->start[blank] = UINT64_MAX;
		node->end[blank] = UINT64_MAX;
	}
	node->count -= number;
}

/* node_open() by one and node_set(), apart because every insert comes here. */
static inline void node_put(struct range_tree_node *node, unsigned int slot,
			    const struct item *item, bool inner)
{
	for (unsigned int to = node->count++; to > slot; to--)
		slot_copy(node, to, node, to - 1, inner);
	node_set(node, slot, item, inner);
}

/* Moves `number` slots to a node that has room for them. */
static void node_move(struct range_tree_node *from, unsigned int from_slot,
		      struct range_tree_node *to, unsigned int to_slot, unsigned int number,
		      bool inner)
{
	node_open(to, to_slot, number, inner);
	for (unsigned int moved = 0; moved < number; moved++)
		slot_copy(to, to_slot + moved, from, from_slot + moved, inner);
	node_close(from, from_slot, number, inner);
}

/* ---------------------------------------------------------------- memory */

static struct range_tree_node *node_take(struct range_tree *tree)
{
	struct range_tree_node *node = tree->spare;

	require(node != NULL, "range_tree_insert() needs a node that was not reserved");
	tree->spare = node->next;
	tree->spare_count--;
	node->next = NULL;
	/* As if it had been full: blanks all slots. */
	node->count = SLOTS;
	node_close(node, 0, SLOTS, false);
	return node;
}

static void node_spare(struct range_tree *tree, struct range_tree_node *node)
{
	node->next = tree->spare;
	tree->spare = node;
	tree->spare_count++;
}

static void spare_release(struct range_tree *tree, unsigned int keep)
{
	const struct range_tree_memory *memory = tree->memory;

	while (tree->spare_count > keep) {
		struct range_tree_node *node = tree->spare;

		tree->spare = node->next;
		tree->spare_count--;
		memory->release(memory->context, node, sizeof(*node));
	}
}

/* The most nodes a tree of this many entries can have: all of them filled to FILL_MIN. */
static uint64_t nodes_max(uint64_t entries)
{
	uint64_t level = larger(entries / FILL_MIN, 1);
	uint64_t nodes = level;

	while (level > 1) {
		level = larger(level / FILL_MIN, 1);
		nodes += level;
	}
	return nodes;
}

/*
 * How many nodes the next inserts can take at worst. Two bounds, each good where the other is
 * poor; both hold with erases in between, because those give nodes to the spare ones.
 *
 * Few inserts: each splits one node per level at worst, and the first of them adds a root. That
 * root has two children, so the 22 inserts after the first can fill but not split it: height + 2
 * nodes per insert, and one level more for every 24 inserts.
 *
 * Many inserts: the tree cannot have more nodes than nodes_max() of all entries together, and
 * it has at least its leaves now.
 */
static uint64_t nodes_needed(const struct range_tree *tree, unsigned int inserts)
{
	uint64_t each = tree->height + 2ULL + inserts / SLOTS;
	uint64_t entries = (uint64_t)tree->count + inserts;

	if (tree->height == 0 && entries <= SLOTS)
		return !tree->root && inserts > 0 ? 1 : 0;
	/* Nearly always; it spares the division by levels. */
	if (each * inserts <= tree->spare_count)
		return 0;
	return smaller(each * inserts, nodes_max(entries) - tree->count / SLOTS);
}

int range_tree_reserve(struct range_tree *tree, unsigned int inserts)
{
	const struct range_tree_memory *memory = tree->memory;
	uint64_t needed = nodes_needed(tree, inserts);
	unsigned int before = tree->spare_count;

	if (needed > UINT32_MAX)
		return -ENOMEM;
	while (tree->spare_count < needed) {
		struct range_tree_node *node = memory->alloc(memory->context, sizeof(*node));

		if (!node) {
			spare_release(tree, before);
			return -ENOMEM;
		}
		node_spare(tree, node);
	}
	return 0;
}

void range_tree_unreserve(struct range_tree *tree)
{
	spare_release(tree, 0);
}

void range_tree_init(struct range_tree *tree, const struct range_tree_memory *memory)
{
	*tree = (struct range_tree){ .memory = memory };
}

/* Level by level along the chains, so it needs neither a stack nor parent pointers. */
void range_tree_destroy(struct range_tree *tree)
{
	struct range_tree_node *first = tree->root;

	for (unsigned int level = 0; first; level++) {
		struct range_tree_node *below = level < tree->height ? first->value[0] : NULL;

		while (first) {
			struct range_tree_node *next = first->next;

			node_spare(tree, first);
			first = next;
		}
		first = below;
	}
	spare_release(tree, 0);
	range_tree_init(tree, tree->memory);
}

size_t range_tree_count(const struct range_tree *tree)
{
	return tree->count;
}

/* ---------------------------------------------------------------- searching */

/* The leaf with the first entry whose end is > key, and its slot there. NULL if there is none. */
static const struct range_tree_node *leaf_seek(const struct range_tree *tree, uint64_t key,
					       unsigned int *slot)
{
	const struct range_tree_node *node = tree->root;

	if (!node || node->end[node->count - 1] <= key)
		return NULL;
	for (unsigned int level = tree->height; level > 0; level--)
		node = node->value[node_rank(node->end, key)];
	*slot = node_rank(node->end, key);
	return node;
}

void *range_tree_find(const struct range_tree *tree, uint64_t key)
{
	unsigned int slot;
	const struct range_tree_node *leaf = leaf_seek(tree, key, &slot);

	if (!leaf || leaf->start[slot] > key)
		return NULL;
	return leaf->value[slot];
}

static void entry_read(const struct range_tree_node *leaf, unsigned int slot,
		       struct range_tree_entry *entry)
{
	entry->start = leaf->start[slot];
	entry->end = leaf->end[slot];
	entry->value = leaf->value[slot];
}

bool range_tree_next(const struct range_tree *tree, uint64_t key, struct range_tree_entry *entry)
{
	unsigned int slot;
	const struct range_tree_node *leaf = leaf_seek(tree, key, &slot);

	if (!leaf)
		return false;
	entry_read(leaf, slot, entry);
	return true;
}

bool range_tree_prev(const struct range_tree *tree, uint64_t key, struct range_tree_entry *entry)
{
	const struct range_tree_node *node = tree->root;

	if (!node || node->start[0] >= key)
		return false;
	/* The first slot starts below key, so key - 1 exists and ranks at least 1 on every level.
	 */
	for (unsigned int level = tree->height; level > 0; level--)
		node = node->value[node_rank(node->start, key - 1) - 1];
	entry_read(node, node_rank(node->start, key - 1) - 1, entry);
	return true;
}

void *range_tree_first(const struct range_tree *tree, struct range_tree_cursor *cursor)
{
	const struct range_tree_node *node = tree->root;

	for (unsigned int level = tree->height; level > 0; level--)
		node = node->value[0];
	cursor->leaf = node;
	cursor->slot = 0;
	return node ? node->value[0] : NULL;
}

void *range_tree_step(struct range_tree_cursor *cursor)
{
	if (!cursor->leaf)
		return NULL;
	if (++cursor->slot == cursor->leaf->count) {
		cursor->leaf = cursor->leaf->next;
		cursor->slot = 0;
	}
	return cursor->leaf ? cursor->leaf->value[cursor->slot] : NULL;
}

void range_tree_read(const struct range_tree_cursor *cursor, struct range_tree_entry *entry)
{
	entry_read(cursor->leaf, cursor->slot, entry);
}

/*
 * The way to the first entry whose end is > key or, if there is none, to the slot behind the
 * last entry. ASSUMPTIONS: the tree is not empty; key < UINT64_MAX.
 */
static void path_seek(const struct range_tree *tree, uint64_t key, struct path *path)
{
	struct range_tree_node *node = tree->root;
	unsigned int level;

	for (level = 0; level < tree->height; level++) {
		unsigned int slot = node_rank(node->end, key);

		if (slot == node->count)
			slot--;
		path->node[level] = node;
		path->slot[level] = slot;
		node = node->value[slot];
	}
	path->node[level] = node;
	path->slot[level] = node_rank(node->end, key);
}

/* ---------------------------------------------------------------- keeping spans and gaps */

/*
 * The gap of a node some of whose holes changed: `known` was its gap, `before` the largest of
 * these holes before the change, `after` the largest of them now. Only if the largest hole
 * itself shrank does it look at the others.
 */
static uint64_t gap_update(const struct range_tree_node *node, bool inner, uint64_t known,
			   uint64_t before, uint64_t after)
{
	if (after >= known)
		return after;
	if (before < known)
		return known;
	return node_gap(node, inner);
}

/*
 * The node at `level` has changed and its gap is now `gap`: tells its parent, and goes on
 * upwards as long as that changes what the next parent must know.
 */
static void path_report(const struct path *path, unsigned int level, uint64_t gap)
{
	while (level > 0) {
		const struct range_tree_node *node = path->node[level--];
		struct range_tree_node *parent = path->node[level];
		unsigned int slot = path->slot[level];
		uint64_t start = node->start[0];
		uint64_t end = node->end[node->count - 1];
		uint64_t before;
		uint64_t after;

		if (parent->start[slot] == start && parent->end[slot] == end &&
		    parent->gap[slot] == gap)
			return;
		before = larger(parent->gap[slot], hole_beside(parent, slot));
		parent->start[slot] = start;
		parent->end[slot] = end;
		parent->gap[slot] = gap;
		after = larger(gap, hole_beside(parent, slot));
		if (level == 0)
			return;
		gap = gap_update(parent, true, path->node[level - 1]->gap[path->slot[level - 1]],
				 before, after);
	}
}

/* The same for a leaf, of which some holes changed. */
static void path_report_leaf(const struct path *path, unsigned int height, uint64_t before,
			     uint64_t after)
{
	const struct range_tree_node *parent;
	uint64_t known;

	if (height == 0)
		return;
	parent = path->node[height - 1];
	known = parent->gap[path->slot[height - 1]];
	path_report(path, height, gap_update(path->node[height], false, known, before, after));
}

/* ---------------------------------------------------------------- insert */

/*
 * Splits a full node, puts the item where it belongs, and returns the new right part.
 *
 *	|0123456789abcdefghijklmn|  becomes  |0123456789ab|  |cdefghijklmn|
 *
 * Where items arrive in ascending or descending order the part that will see no more of them
 * keeps three quarters, which fills the nodes better.
 */
static struct range_tree_node *node_split(struct range_tree *tree, struct range_tree_node *node,
					  unsigned int slot, const struct item *item, bool inner)
{
	struct range_tree_node *right = node_take(tree);
	unsigned int keep = SLOTS / 2;

	if (slot == SLOTS)
		keep = SLOTS - FILL_MIN;
	else if (slot <= 1)
		keep = FILL_MIN;
	node_move(node, keep, right, 0, SLOTS - keep, inner);
	right->next = node->next;
	node->next = right;
	if (slot <= keep)
		node_put(node, slot, item, inner);
	else
		node_put(right, slot - keep, item, inner);
	return right;
}

/* The root was split: puts a new one above the two parts. */
static void tree_grow(struct range_tree *tree, struct range_tree_node *left,
		      struct range_tree_node *right)
{
	struct range_tree_node *root = node_take(tree);
	bool inner = tree->height > 0;
	struct item item = node_item(left, inner);

	require(tree->height + 1 < LEVELS_MAX, "the tree is too high");
	node_put(root, 0, &item, true);
	item = node_item(right, inner);
	node_put(root, 1, &item, true);
	tree->root = root;
	tree->height++;
}

/* Inserts into a full leaf: splits upwards as far as nodes are full. */
static void insert_splitting(struct range_tree *tree, const struct path *path, struct item item)
{
	unsigned int level = tree->height;
	unsigned int slot = path->slot[level];
	struct range_tree_node *node = path->node[level];

	while (node->count == SLOTS) {
		bool inner = level < tree->height;
		struct range_tree_node *right = node_split(tree, node, slot, &item, inner);

		if (level == 0) {
			tree_grow(tree, node, right);
			return;
		}
		level--;
		item = node_item(node, inner);
		node_set(path->node[level], path->slot[level], &item, true);
		item = node_item(right, inner);
		slot = path->slot[level] + 1;
		node = path->node[level];
	}
	node_put(node, slot, &item, true);
	path_report(path, level, node_gap(node, true));
}

void range_tree_insert(struct range_tree *tree, uint64_t start, uint64_t end, void *value)
{
	struct item item = { .start = start, .end = end, .value = value };
	struct range_tree_node *leaf;
	struct path path;
	unsigned int slot;
	uint64_t before;

	require(start < end, "range_tree_insert() of an empty range");
	require(value != NULL, "range_tree_insert() of no value");
	if (!tree->root)
		tree->root = node_take(tree);
	path_seek(tree, start, &path);
	leaf = path.node[tree->height];
	slot = path.slot[tree->height];
	/* What lies to the left ends at or before start: that is how the slot was found. */
	require(slot == leaf->count || end <= leaf->start[slot],
		"range_tree_insert() overlaps an entry");
	tree->count++;
	if (leaf->count == SLOTS) {
		insert_splitting(tree, &path, item);
		return;
	}
	before = hole_left_of(leaf, slot);
	node_put(leaf, slot, &item, false);
	path_report_leaf(&path, tree->height, before, hole_beside(leaf, slot));
}

/* ---------------------------------------------------------------- erase and resize */

/* Two neighbours of which one is too empty become one; says whether they did. */
static bool nodes_merge(struct range_tree *tree, struct range_tree_node *left,
			struct range_tree_node *right, bool inner)
{
	unsigned int total = left->count + right->count;

	if (total > MERGE_MAX) {
		unsigned int half = total / 2;

		if (left->count < half)
			node_move(right, 0, left, left->count, half - left->count, inner);
		else
			node_move(left, half, right, 0, left->count - half, inner);
		return false;
	}
	node_move(right, 0, left, left->count, right->count, inner);
	left->next = right->next;
	node_spare(tree, right);
	return true;
}

/* A leaf holds fewer than FILL_MIN entries: repairs it, and what becomes too empty above it. */
static void tree_rebalance(struct range_tree *tree, const struct path *path)
{
	unsigned int level = tree->height;

	while (level > 0 && path->node[level]->count < FILL_MIN) {
		bool inner = level-- < tree->height;
		struct range_tree_node *parent = path->node[level];
		unsigned int slot = path->slot[level];
		struct range_tree_node *left;
		struct range_tree_node *right;
		struct item item;

		if (slot > 0)
			slot--;
		left = parent->value[slot];
		right = parent->value[slot + 1];
		if (nodes_merge(tree, left, right, inner)) {
			node_close(parent, slot + 1, 1, true);
		} else {
			item = node_item(right, inner);
			node_set(parent, slot + 1, &item, true);
		}
		item = node_item(left, inner);
		node_set(parent, slot, &item, true);
	}
	if (level > 0) {
		path_report(path, level, node_gap(path->node[level], true));
	} else if (tree->root->count == 1) {
		struct range_tree_node *root = tree->root;

		tree->root = root->value[0];
		tree->height--;
		node_spare(tree, root);
	}
}

/* The way to the entry that starts at `start`. */
static void path_find(const struct range_tree *tree, uint64_t start, struct path *path)
{
	const struct range_tree_node *leaf;
	unsigned int slot;

	require(tree->root != NULL && start < UINT64_MAX, "no entry starts there");
	path_seek(tree, start, path);
	leaf = path->node[tree->height];
	slot = path->slot[tree->height];
	require(slot < leaf->count && leaf->start[slot] == start, "no entry starts there");
}

void *range_tree_erase(struct range_tree *tree, uint64_t start)
{
	struct range_tree_node *leaf;
	struct path path;
	unsigned int slot;
	uint64_t before;
	void *value;

	path_find(tree, start, &path);
	leaf = path.node[tree->height];
	slot = path.slot[tree->height];
	value = leaf->value[slot];
	before = hole_beside(leaf, slot);
	node_close(leaf, slot, 1, false);
	tree->count--;
	if (leaf->count >= FILL_MIN) {
		path_report_leaf(&path, tree->height, before, hole_left_of(leaf, slot));
	} else if (tree->height > 0) {
		tree_rebalance(tree, &path);
	} else if (leaf->count == 0) {
		tree->root = NULL;
		node_spare(tree, leaf);
	}
	return value;
}

/* End of the entry left of the path's, and start of the one right of it: the room it has. */
static void path_room(const struct path *path, unsigned int height, uint64_t *low, uint64_t *high)
{
	unsigned int level;

	*low = 0;
	*high = UINT64_MAX;
	for (level = height + 1; level > 0 && path->slot[level - 1] == 0;)
		level--;
	if (level > 0)
		*low = path->node[level - 1]->end[path->slot[level - 1] - 1];
	for (level = height + 1;
	     level > 0 && path->slot[level - 1] + 1 == path->node[level - 1]->count;)
		level--;
	if (level > 0)
		*high = path->node[level - 1]->start[path->slot[level - 1] + 1];
}

void range_tree_resize(struct range_tree *tree, uint64_t old_start, uint64_t start, uint64_t end)
{
	struct range_tree_node *leaf;
	struct path path;
	unsigned int slot;
	uint64_t before;
	uint64_t high;
	uint64_t low;

	require(start < end, "range_tree_resize() to an empty range");
	path_find(tree, old_start, &path);
	path_room(&path, tree->height, &low, &high);
	require(low <= start && end <= high, "range_tree_resize() would pass another entry");
	leaf = path.node[tree->height];
	slot = path.slot[tree->height];
	before = hole_beside(leaf, slot);
	leaf->start[slot] = start;
	leaf->end[slot] = end;
	path_report_leaf(&path, tree->height, before, hole_beside(leaf, slot));
}

/* ---------------------------------------------------------------- gaps */

/* The part of [start, end) inside [low, high), if it is large enough. */
static bool hole_clip(uint64_t start, uint64_t end, const struct range_tree_gap *window,
		      uint64_t size, struct range_tree_gap *gap)
{
	start = larger(start, window->start);
	end = smaller(end, window->end);
	if (start >= end || end - start < size)
		return false;
	gap->start = start;
	gap->end = end;
	return true;
}

static void hole_read(const struct range_tree_node *node, unsigned int left,
		      struct range_tree_gap *hole)
{
	hole->start = node->end[left];
	hole->end = node->start[left + 1];
}

/* The lowest hole of at least `size` below a node. ASSUMPTIONS: its gap says there is one. */
static void node_hole_lowest(const struct range_tree_node *node, unsigned int inner_levels,
			     uint64_t size, struct range_tree_gap *hole)
{
	unsigned int slot = 0;

	for (;;) {
		if (inner_levels > 0 && node->gap[slot] >= size) {
			node = node->value[slot];
			inner_levels--;
			slot = 0;
			continue;
		}
		require(slot + 1 < node->count, "a gap is smaller than it was said to be");
		if (node->start[slot + 1] - node->end[slot] >= size)
			break;
		slot++;
	}
	hole_read(node, slot, hole);
}

/* The lowest hole of at least `size` between entries, from the path's entry on. */
static bool path_hole_lowest(const struct path *path, unsigned int height, uint64_t size,
			     struct range_tree_gap *hole)
{
	for (unsigned int level = height + 1; level-- > 0;) {
		const struct range_tree_node *node = path->node[level];

		for (unsigned int slot = path->slot[level]; slot + 1 < node->count; slot++) {
			if (node->start[slot + 1] - node->end[slot] >= size) {
				hole_read(node, slot, hole);
				return true;
			}
			if (level < height && node->gap[slot + 1] >= size) {
				node_hole_lowest(node->value[slot + 1], height - level - 1, size,
						 hole);
				return true;
			}
		}
	}
	return false;
}

/*
 *	   low                                        high
 *	....|.....|first|...|     |.|   |........|last|.|..
 *	    '-1---'      '---------2-------------'    '3'
 *
 * The hole at low (1), holes between entries by the gaps (2), the hole behind the last (3). The
 * first of (2) that is large enough decides: if high cuts it short, all others lie beyond high.
 */
bool range_tree_gap_lowest(const struct range_tree *tree, uint64_t low, uint64_t high,
			   uint64_t size, struct range_tree_gap *gap)
{
	const struct range_tree_gap window = { low, high };
	const struct range_tree_node *root = tree->root;
	const struct range_tree_node *leaf;
	struct range_tree_gap hole;
	struct path path;

	require(size > 0, "range_tree_gap_lowest() of size 0");
	if (!root || root->end[root->count - 1] <= low)
		return hole_clip(low, high, &window, size, gap);
	path_seek(tree, low, &path);
	leaf = path.node[tree->height];
	if (hole_clip(low, leaf->start[path.slot[tree->height]], &window, size, gap))
		return true;
	if (!path_hole_lowest(&path, tree->height, size, &hole)) {
		hole.start = root->end[root->count - 1];
		hole.end = UINT64_MAX;
	}
	return hole_clip(hole.start, hole.end, &window, size, gap);
}

/* The highest hole of at least `size` below a node. ASSUMPTIONS: its gap says there is one. */
static void node_hole_highest(const struct range_tree_node *node, unsigned int inner_levels,
			      uint64_t size, struct range_tree_gap *hole)
{
	unsigned int slot = node->count - 1;

	for (;;) {
		if (inner_levels > 0 && node->gap[slot] >= size) {
			node = node->value[slot];
			inner_levels--;
			slot = node->count - 1;
			continue;
		}
		require(slot > 0, "a gap is smaller than it was said to be");
		if (node->start[slot] - node->end[slot - 1] >= size)
			break;
		slot--;
	}
	hole_read(node, slot - 1, hole);
}

/* The highest hole of at least `size` between entries, from the path's entry down. */
static bool path_hole_highest(const struct path *path, unsigned int height, uint64_t size,
			      struct range_tree_gap *hole)
{
	for (unsigned int level = height + 1; level-- > 0;) {
		const struct range_tree_node *node = path->node[level];

		for (unsigned int slot = path->slot[level]; slot > 0; slot--) {
			if (node->start[slot] - node->end[slot - 1] >= size) {
				hole_read(node, slot - 1, hole);
				return true;
			}
			if (level < height && node->gap[slot - 1] >= size) {
				node_hole_highest(node->value[slot - 1], height - level - 1, size,
						  hole);
				return true;
			}
		}
	}
	return false;
}

/* The way to the last entry that starts below key. ASSUMPTIONS: there is one. */
static void path_seek_below(const struct range_tree *tree, uint64_t key, struct path *path)
{
	struct range_tree_node *node = tree->root;

	for (unsigned int level = 0; level <= tree->height; level++) {
		unsigned int slot = node_rank(node->start, key - 1) - 1;

		path->node[level] = node;
		path->slot[level] = slot;
		if (level < tree->height)
			node = node->value[slot];
	}
}

/* The mirror image of range_tree_gap_lowest(). */
bool range_tree_gap_highest(const struct range_tree *tree, uint64_t low, uint64_t high,
			    uint64_t size, struct range_tree_gap *gap)
{
	const struct range_tree_gap window = { low, high };
	const struct range_tree_node *root = tree->root;
	const struct range_tree_node *leaf;
	struct range_tree_gap hole;
	struct path path;

	require(size > 0, "range_tree_gap_highest() of size 0");
	if (!root || root->start[0] >= high)
		return hole_clip(low, high, &window, size, gap);
	path_seek_below(tree, high, &path);
	leaf = path.node[tree->height];
	if (hole_clip(leaf->end[path.slot[tree->height]], high, &window, size, gap))
		return true;
	if (!path_hole_highest(&path, tree->height, size, &hole)) {
		hole.start = 0;
		hole.end = root->start[0];
	}
	return hole_clip(hole.start, hole.end, &window, size, gap);
}

/* ---------------------------------------------------------------- validation */

static const char *node_validate(const struct range_tree_node *node, bool inner,
				 unsigned int fill_min)
{
	uint64_t blank = UINT64_MAX;

	if (node->count < fill_min)
		return "a node holds too few slots";
	if (node->count > SLOTS)
		return "a node holds too many slots";
	for (unsigned int slot = 0; slot < node->count; slot++) {
		if (node->start[slot] >= node->end[slot])
			return "a range is empty or ends before it starts";
		if (slot > 0 && node->start[slot] < node->end[slot - 1])
			return "two ranges overlap or are out of order";
		if (!node->value[slot])
			return inner ? "a child is missing" : "an entry has no value";
	}
	for (unsigned int slot = node->count; slot < SLOTS; slot++)
		blank &= node->start[slot] & node->end[slot];
	return blank == UINT64_MAX ? NULL : "an unused slot is not blank";
}

/*
 * Checks the children of one inner node. *chain is the child that the level's chain expects
 * next, and is moved on. ASSUMPTIONS: the node itself is sound.
 */
static const char *children_validate(const struct range_tree_node *node, bool inner,
				     const struct range_tree_node **chain)
{
	for (unsigned int slot = 0; slot < node->count; slot++) {
		const struct range_tree_node *child = node->value[slot];
		const char *fault;

		if (child != *chain)
			return "the chain of a level does not lead to the next child";
		*chain = child->next;
		fault = node_validate(child, inner, FILL_MIN);
		if (fault)
			return fault;
		if (node->start[slot] != child->start[0] ||
		    node->end[slot] != child->end[child->count - 1])
			return "a node does not know the span of a child";
		if (node->gap[slot] != node_gap(child, inner))
			return "a node does not know the gap of a child";
	}
	return NULL;
}

static const char *tree_validate_levels(const struct range_tree *tree)
{
	const struct range_tree_node *first = tree->root;
	const char *fault = node_validate(first, tree->height > 0, tree->height > 0 ? 2 : 1);
	size_t entries = 0;

	if (fault)
		return fault;
	if (first->next)
		return "the root has a neighbour";
	for (unsigned int level = 1; level <= tree->height; level++) {
		const struct range_tree_node *below = first->value[0];
		const struct range_tree_node *chain = below;

		for (const struct range_tree_node *node = first; node; node = node->next) {
			fault = children_validate(node, level < tree->height, &chain);
			if (fault)
				return fault;
		}
		if (chain)
			return "the chain of a level goes on behind the last child";
		first = below;
	}
	for (; first; first = first->next)
		entries += first->count;
	return entries == tree->count ? NULL : "the number of entries is wrong";
}

const char *range_tree_validate(const struct range_tree *tree)
{
	unsigned int spare_count = 0;

	for (const struct range_tree_node *node = tree->spare; node; node = node->next) {
		if (spare_count++ == tree->spare_count)
			break;
	}
	if (spare_count != tree->spare_count)
		return "the number of spare nodes is wrong";
	if (tree->height >= LEVELS_MAX)
		return "the tree is too high";
	if (!tree->root)
		return tree->count || tree->height ? "a tree without nodes has entries" : NULL;
	return tree_validate_levels(tree);
}
