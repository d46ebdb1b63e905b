/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 9.2: mprotect, with the rules of the charge (i to k). */
#include "page.h"

#define PROT_GROWSDOWN_BIT 0x01000000u
#define PROT_GROWSUP_BIT 0x02000000u
#define PROT_GROWS (PROT_GROWSDOWN_BIT | PROT_GROWSUP_BIT)
#define PROT_KNOWN 0xfu /* read, write, execute and SEM, which means nothing */

static uint64_t access_of(uint32_t prot)
{
	return (prot & 1 ? A(read) : 0) | (prot & 2 ? A(write) : 0) | (prot & 4 ? A(execute) : 0);
}

/* Each MAY bit lies at a fixed distance from its access bit. */
static uint64_t permitted(uint64_t attributes)
{
	return (attributes & A(may_read) ? A(read) : 0) |
	       (attributes & A(may_write) ? A(write) : 0) |
	       (attributes & A(may_execute) ? A(execute) : 0);
}

/*
 * i, j, k: what becomes of the charge. Adds it to or takes it from *wanted. Profile 6.1, E1: there
 * is no k, a charge once made stays.
 */
static int settle_charge(struct model *m, struct space *sp, const struct area *a, uint64_t *wanted,
			 int64_t pages)
{
	uint64_t old = a->attributes;

	if (*wanted & A(write)) {
		if (!may_expand(m, sp, *wanted, pages) && may_expand(m, sp, old, pages))
			return fails(m, RULE_9_2_I, ENOMEM);
		if (old & (A(charged) | A(write) | A(huge_pool) | A(shared) | A(no_reserve)))
			return 0;
		if (!charge(m, sp, pages))
			return fails(m, RULE_9_2_J_LIMIT, ENOMEM);
		count_rule(m, RULE_9_2_J);
		*wanted |= A(charged);
	} else if (old & A(charged)) {
		if (!is_6_1(m) && is_anonymous(a) && a->owner == 0) {
			count_rule(m, RULE_9_2_K);
			*wanted &= ~A(charged);
		} else if (old & A(write)) {
			count_rule(m, RULE_9_2_K_KEPT);
		}
	}
	return 0;
}

/* Steps i to l and what follows, on a piece that does change; its first page or an error. */
static int64_t change_piece(struct model *m, struct space *sp, uint32_t start, uint32_t end,
			    uint64_t new_attributes)
{
	struct area wanted = sp->area[area_start(sp, start)];
	uint64_t old = wanted.attributes;
	int64_t pages = end - start, at;
	int error;

	error = settle_charge(m, sp, &wanted, &new_attributes, pages);
	if (error)
		return error;
	wanted.attributes = new_attributes;
	at = modify(m, sp, start, end, &wanted);
	if (at < 0) {
		if (new_attributes & ~old & A(charged))
			uncharge(m, sp, pages);
		return at;
	}
	store_attributes(m, &sp->area[at], new_attributes);
	if (old & ~new_attributes & A(charged))
		uncharge(m, sp, pages);
	count_class(sp, old, -pages);
	count_class(sp, new_attributes, pages);
	if ((old & (A(write) | A(shared) | A(locked))) == A(locked) && new_attributes & A(write)) {
		count_rule(m, RULE_9_2_POPULATE);
		populate(m, sp, start, end);
	}
	return at;
}

/* Step f: the driver's mprotect hook hears of every piece, of those that do not change too. */
static int ask_driver(struct model *m, const struct space *sp, const struct area *a,
		      struct extent x, uint64_t access)
{
	int error = m->files[a->file].protect_exec_error;

	if (!(a->hooks & HOOK_PROTECT))
		return 0;
	hook_event(m, sp, MODEL_EVENT_MPROTECT, a->file, x.start, x.end);
	return access & A(execute) && error ? fails(m, RULE_9_2_F, error) : 0;
}

/* Steps b to h, then the change; returns where the walk goes on, or an error. */
static int64_t protect_piece(struct model *m, struct space *sp, uint32_t start, uint32_t end,
			     const void *how)
{
	uint64_t access = *(const uint64_t *)how;
	const struct area *a = &sp->area[area_start(sp, start)];
	uint64_t wanted = (a->attributes & ~ACCESS) | access;
	int64_t at;
	int error;

	if (access & ~permitted(a->attributes))
		return fails(m, RULE_9_2_B, EACCES);
	error = ask_driver(m, sp, a, (struct extent){ .start = start, .end = end }, access);
	if (error)
		return error;
	if (a->attributes & A(sealed))
		return fails(m, RULE_9_2_G, EPERM);
	if (wanted == a->attributes) {
		decide(m, RULE_9_2_H);
		return end;
	}
	at = change_piece(m, sp, start, end, wanted);
	if (at < 0)
		return at;
	return behind(m, sp, at, end);
}

/* Steps 7 to 10: the first area and how GROWSDOWN and GROWSUP move the range. */
static int first_piece(struct model *m, const struct space *sp, struct extent *x, uint32_t grows)
{
	uint32_t first = area_from(m, sp, x->start);

	if (first == NO_PAGE || first >= x->end)
		return fails(m, RULE_9_2_7, ENOMEM);
	if (grows & PROT_GROWSDOWN_BIT) {
		if (!(sp->area[first].attributes & A(grows_down)))
			return fails(m, RULE_9_2_8_TYPE, EINVAL);
		count_rule(m, RULE_9_2_8_DOWN);
		x->start = first;
		x->before = false;
		return 0;
	}
	if (x->before || first > x->start)
		return fails(m, RULE_9_2_9, ENOMEM);
	if (grows & PROT_GROWSUP_BIT)
		return fails(m, RULE_9_2_10, EINVAL);
	return 0;
}

static int check_range(struct model *m, uint64_t address, uint64_t length, uint32_t prot)
{
	if ((prot & PROT_GROWS) == PROT_GROWS)
		return fails(m, RULE_9_2_1, EINVAL);
	if (is_unaligned(address))
		return fails(m, RULE_9_2_2, EINVAL);
	if (length == 0) {
		decide(m, RULE_9_2_3);
		return 0;
	}
	if (address + round_up(length) <= address)
		return fails(m, RULE_9_2_4, ENOMEM);
	if (prot & ~(PROT_KNOWN | PROT_GROWS))
		return fails(m, RULE_9_2_5, EINVAL);
	return 0;
}

int64_t model_mprotect(struct model *model, unsigned int space, uint64_t address, uint64_t length,
		       uint32_t prot)
{
	struct model *m = model;
	struct space *sp = model_enter(m, space);
	uint64_t access = access_of(prot);
	struct walk w = { .piece = protect_piece, .how = &access, .ends_at_gap = true };
	struct extent x;
	int error;

	if (!sp)
		return -ESRCH;
	error = check_range(m, address, length, prot);
	if (error || length == 0)
		return error;
	x = clip(m, address, address + round_up(length));
	error = first_piece(m, sp, &x, prot & PROT_GROWS);
	if (error)
		return error;
	error = walk(m, sp, x, &w);
	if (error)
		return error;
	return w.gaps ? fails(m, RULE_9_2_A, ENOMEM) : 0;
}
