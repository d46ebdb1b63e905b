/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A circular doubly linked list that lives inside the things it links. A node that is in no
 * list points at itself, so a list head and an unlinked node look alike and both are empty.
 */
#ifndef VMAFUZZ_LIST_H
#define VMAFUZZ_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *prev, *next;
};

#define list_entry(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

static inline void list_init(struct list *head)
{
	head->prev = head;
	head->next = head;
}

static inline bool list_is_empty(const struct list *head)
{
	return head->next == head;
}

static inline bool list_is_singular(const struct list *head)
{
	return head->next != head && head->next == head->prev;
}

static inline void list_insert_between(struct list *node, struct list *prev, struct list *next)
{
	node->prev = prev;
	node->next = next;
	prev->next = node;
	next->prev = node;
}

static inline void list_add(struct list *node, struct list *head)
{
	list_insert_between(node, head, head->next);
}

static inline void list_add_tail(struct list *node, struct list *head)
{
	list_insert_between(node, head->prev, head);
}

static inline void list_del(struct list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

#endif
