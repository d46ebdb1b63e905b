/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An ordered map from disjoint half-open ranges [start, end) to pointers, a B+ tree with the
 * largest gap kept per child. It plays the part of the kernel's maple tree and knows nothing
 * of VMAs: units are whatever the caller uses (the core: bytes, page aligned).
 *
 *      entries   [2,5)=A   [5,9)=B        [20,21)=C
 *      keys      2345 5678 ........................ 20
 *                AAAA BBBB       gap 9..20          C
 *
 * Memory is taken only by range_tree_reserve(). Everything that changes the tree afterwards
 * uses what was reserved and cannot fail, so a caller reserves, then commits.
 */
#ifndef VMAFUZZ_RANGE_TREE_H
#define VMAFUZZ_RANGE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where nodes come from. alloc returns NULL when it cannot; release never fails. */
struct range_tree_memory {
	void *(*alloc)(void *context, size_t size);
	void (*release)(void *context, void *node, size_t size);
	void *context;
};

struct range_tree_node;

/* Open so that it can be embedded; only range_tree.c reads or writes the fields. */
struct range_tree {
	struct range_tree_node *root;
	struct range_tree_node *spare; /* reserved nodes, a list */
	unsigned int spare_count;
	unsigned int height; /* levels below the root; 0: the root is a leaf */
	size_t count;	     /* entries */
	const struct range_tree_memory *memory;
};

struct range_tree_entry {
	uint64_t start;
	uint64_t end;
	void *value;
};

/* An empty tree. Takes no memory. */
void range_tree_init(struct range_tree *tree, const struct range_tree_memory *memory);

/* Gives back every node; the values are the caller's. The tree is empty and usable after it. */
void range_tree_destroy(struct range_tree *tree);

/* Entries in the tree. */
size_t range_tree_count(const struct range_tree *tree);

/*
 * Makes sure that the next `inserts` calls of range_tree_insert() need no memory.
 * 0, or -ENOMEM with the tree unchanged (what was reserved before stays reserved).
 */
int range_tree_reserve(struct range_tree *tree, unsigned int inserts);

/* Gives back reserved nodes that were not used. */
void range_tree_unreserve(struct range_tree *tree);

/* Adds [start, end). ASSUMPTIONS: reserved; start < end; it overlaps no entry; value is not NULL.
 */
void range_tree_insert(struct range_tree *tree, uint64_t start, uint64_t end, void *value);

/* Removes the entry that starts at `start` and returns its value. ASSUMPTIONS: there is one. Needs
 * no memory. */
void *range_tree_erase(struct range_tree *tree, uint64_t start);

/*
 * Moves the bounds of the entry that starts at old_start to [start, end), in place.
 * ASSUMPTIONS: it exists; the new range overlaps no other entry. Needs no memory.
 */
void range_tree_resize(struct range_tree *tree, uint64_t old_start, uint64_t start, uint64_t end);

/* The value whose range holds key, or NULL. */
void *range_tree_find(const struct range_tree *tree, uint64_t key);

/* First entry with end > key. False, *entry untouched, if there is none. */
bool range_tree_next(const struct range_tree *tree, uint64_t key, struct range_tree_entry *entry);

/* Last entry with start < key. False, *entry untouched, if there is none. */
bool range_tree_prev(const struct range_tree *tree, uint64_t key, struct range_tree_entry *entry);

/*
 * Start of the lowest (highest) hole of at least `size` units that lies inside [low, high);
 * *gap is the part of that hole inside [low, high). False, *gap untouched, if there is none.
 * size > 0. O(log n) by the gaps kept in the nodes.
 */
struct range_tree_gap {
	uint64_t start;
	uint64_t end;
};
bool range_tree_gap_lowest(const struct range_tree *tree, uint64_t low, uint64_t high,
			   uint64_t size, struct range_tree_gap *gap);
bool range_tree_gap_highest(const struct range_tree *tree, uint64_t low, uint64_t high,
			    uint64_t size, struct range_tree_gap *gap);

/*
 * Walks entries in order without touching the tree:
 *	struct range_tree_cursor cursor;
 *	for (value = range_tree_first(tree, &cursor); value; value = range_tree_step(&cursor)) ...
 * Changing the tree invalidates the cursor.
 */
struct range_tree_cursor {
	const struct range_tree_node *leaf;
	unsigned int slot;
};
void *range_tree_first(const struct range_tree *tree, struct range_tree_cursor *cursor);
void *range_tree_step(struct range_tree_cursor *cursor);
/* The entry whose value the walk gave last. ASSUMPTIONS: that was not NULL. */
void range_tree_read(const struct range_tree_cursor *cursor, struct range_tree_entry *entry);

/* Checks order, fill, keys and gaps of every node. NULL, or a sentence about the first fault. */
const char *range_tree_validate(const struct range_tree *tree);

#endif
