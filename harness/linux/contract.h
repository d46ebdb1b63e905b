/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tree's merges ask of their callers, and what these rely on afterwards: looked at where
 * a merge begins and where it ends, for callers inside the tree's file as for ours.
 */
#ifndef VMAFUZZ_LINUX_CONTRACT_H
#define VMAFUZZ_LINUX_CONTRACT_H

#include "dialect.h"
#include "../merge_account.h"

enum merge_kind {
	MERGE_NONE,	/* another function */
	MERGE_EXISTING, /* of a piece of a VMA that is to change */
	MERGE_NEW,	/* of a range without a VMA */
	MERGE_EXPAND,	/* of a VMA that grows */
};

/* A merge under way, with what it was asked. */
struct contract {
	enum merge_kind kind;
	struct vma_merge_struct *vmg;
	struct vm_area_struct *vma, *prev, *next;
	unsigned long start, end;
};

/*
 * function: the one that was entered; mm: the place it has its mm from, which a merge has in its
 * struct vma_merge_struct. Each merge of the tree begins with the question for the lock.
 */
struct contract contract_begin(const char *function, struct mm_struct **mm);
void contract_end(struct contract *contract);

/* ---- the account of the last merge (decision.c) */

void decision_forget(void);
void decision_begin(const struct contract *contract);
void decision_end(const struct contract *contract);
/* False: none was tried since it was forgotten. */
bool decision_explain(struct merge_account *account);

#endif
