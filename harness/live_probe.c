/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kind of kernel this is, asked with small programs and not by its version number:
 * stable kernels carry changes of later ones. Each probe is a row of chapter 13 of the
 * specification that system calls can tell apart; the profile is the one most answers fit.
 */
#include "live_subject.h"

#include "flags.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define READ 1U
#define WRITE 2U
#define EXEC 4U
#define PRIVATE 0x02U
#define SHARED 0x01U
#define GROWSDOWN 0x0100U
#define MAYMOVE 1U
#define FIXED 2U
#define DONTUNMAP 4U
#define TRAP_MISSING 1U
#define TRAP_WP 2U
#define DONTFORK 10U
#define DOFORK 11U
#define GUARD_INSTALL 102U
#define PROBE_PAGES 1024
#define PROBE_OPS 8

struct probe_program {
	struct live *live;
	uint32_t count;
	struct live_op ops[PROBE_OPS];
};

enum answer { ANSWER_NO, ANSWER_YES, ANSWER_NONE };

static struct live_op *add(struct probe_program *p, enum live_kind kind, uint32_t start,
			   uint32_t end)
{
	struct live_op *op = &p->ops[p->count++];

	memset(op, 0, sizeof(*op));
	op->kind = (uint8_t)kind;
	op->addr = LIVE_WINDOW + start * LIVE_PAGE;
	op->len = (end - start) * LIVE_PAGE;
	return op;
}

static void add_map(struct probe_program *p, uint32_t start, uint32_t end, uint32_t prot)
{
	struct live_op *op = add(p, LIVE_MMAP, start, end);

	op->prot = prot;
	op->flags = PRIVATE;
}

/* System V shared memory: a close hook and nothing else of its own. */
static void add_segment(struct probe_program *p, uint32_t start, uint32_t end)
{
	struct live_op *op = add(p, LIVE_MMAP, start, end);

	op->prot = READ | WRITE;
	op->flags = SHARED;
	op->file = LIVE_FILE_SHM;
}

static void add_mixed_map(struct probe_program *p, uint32_t start, uint32_t end)
{
	struct live_op *op = add(p, LIVE_MMAP, start, end);

	op->prot = READ;
	op->flags = SHARED;
	op->file = LIVE_FILE_MIXED;
}

static void add_touch(struct probe_program *p, uint32_t start, uint32_t end)
{
	add(p, LIVE_TOUCH, start, end)->how = 1;
}

static void add_move(struct probe_program *p, uint32_t start, uint32_t end, uint32_t dest,
		     uint32_t pages)
{
	struct live_op *op = add(p, LIVE_MREMAP, start, end);

	op->flags = MAYMOVE | FIXED;
	op->dest = LIVE_WINDOW + dest * LIVE_PAGE;
	op->newlen = pages * LIVE_PAGE;
}

static int ask_in(struct probe_program *p, bool forked)
{
	struct live_shared *shared;
	int error = live_start(p->live, &p->live->plain);

	if (error)
		return error;
	shared = p->live->plain.shared;
	memset(&shared->request, 0, sizeof(shared->request));
	shared->request.pages = PROBE_PAGES;
	shared->request.op_count = p->count;
	shared->request.limit = LIVE_UNLIMITED;
	memset(shared->request.rlimit, 0xff, sizeof(shared->request.rlimit));
	shared->request.depth = LIVE_DEPTH_END;
	shared->request.forked = forked;
	live_name_codes(&shared->request, !p->live->onfault_unnamed);
	memcpy(shared->ops, p->ops, p->count * sizeof(p->ops[0]));
	return live_run(p->live, &p->live->plain);
}

/* Runs it with every flag read at the end. */
static int ask(struct probe_program *p)
{
	return ask_in(p, false);
}

/* The same in a process that ends with it. */
static int ask_alone(struct probe_program *p)
{
	return ask_in(p, true);
}

static int error_of(const struct probe_program *p, uint32_t index)
{
	return p->live->plain.shared->records[index].error;
}

static const struct live_layout *final_layout(const struct probe_program *p)
{
	return live_layout(p->live->plain.shared, p->count - 1, 0);
}

static bool has_flag(const struct probe_program *p, uint32_t page, enum vm_flag_bit bit)
{
	const struct live_layout *layout = final_layout(p);
	uint32_t i;

	for (i = 0; i < layout->vmas; i++)
		if (layout->vma[i].start <= page && page < layout->vma[i].end)
			return layout->vma[i].flags >> bit & 1;
	return false;
}

/*
 *	AABB -> AAAA: A never written to, B written to
 */
static enum answer unfaulted_absorbs(struct probe_program *p)
{
	add_map(p, 0, 2, READ | WRITE);
	add_map(p, 2, 4, READ | WRITE | EXEC);
	add_touch(p, 2, 4);
	add(p, LIVE_MPROTECT, 2, 4)->prot = READ | WRITE;
	if (ask(p))
		return ANSWER_NONE;
	return final_layout(p)->vmas == 1 ? ANSWER_YES : ANSWER_NO;
}

static enum answer guards_are_flagged(struct probe_program *p)
{
	add_map(p, 0, 2, READ | WRITE);
	add(p, LIVE_MADVISE, 1, 2)->advice = GUARD_INSTALL;
	if (ask(p))
		return ANSWER_NONE;
	return !error_of(p, 1) && has_flag(p, 0, FLAG_gu) ? ANSWER_YES : ANSWER_NO;
}

static enum answer moves_several(struct probe_program *p)
{
	add_map(p, 0, 2, READ | WRITE);
	add_map(p, 2, 4, READ);
	add_move(p, 0, 4, 8, 4);
	if (ask(p))
		return ANSWER_NONE;
	return error_of(p, 2) ? ANSWER_NO : ANSWER_YES;
}

/* The source ends within the request, which is refused: is what lay at the target still there? */
static enum answer failed_move_keeps_target(struct probe_program *p)
{
	add_map(p, 0, 1, READ | WRITE);
	add_map(p, 8, 11, READ);
	add_move(p, 0, 2, 8, 3);
	if (ask(p) || error_of(p, 2) != EFAULT)
		return ANSWER_NONE;
	return final_layout(p)->vmas == 2 ? ANSWER_YES : ANSWER_NO;
}

static enum answer dofork_refuses_special(struct probe_program *p)
{
	add_mixed_map(p, 0, 1);
	add(p, LIVE_MADVISE, 0, 1)->advice = DONTFORK;
	add(p, LIVE_MADVISE, 0, 1)->advice = DOFORK;
	if (ask(p) || error_of(p, 0) || error_of(p, 1))
		return ANSWER_NONE;
	return error_of(p, 2) == EINVAL ? ANSWER_YES : ANSWER_NO;
}

/* The copy of an untouched area lands right behind it. */
static enum answer dontunmap_merges_itself(struct probe_program *p)
{
	add_map(p, 0, 2, READ | WRITE);
	add_move(p, 0, 2, 2, 2);
	p->ops[1].flags |= DONTUNMAP;
	if (ask(p) || error_of(p, 1))
		return ANSWER_NONE;
	return final_layout(p)->vmas == 1 ? ANSWER_YES : ANSWER_NO;
}

static enum answer dontunmap_unlocks_all(struct probe_program *p)
{
	add_map(p, 0, 4, READ | WRITE);
	add(p, LIVE_MLOCK, 0, 4);
	add_move(p, 1, 2, 8, 1);
	p->ops[2].flags |= DONTUNMAP;
	if (ask(p) || error_of(p, 1) || error_of(p, 2))
		return ANSWER_NONE;
	return has_flag(p, 0, FLAG_lo) ? ANSWER_NO : ANSWER_YES;
}

/*
 * A faulted area keeps the offset of where it was made. Left behind empty it is anew, so that
 * a new neighbour fits:
 *
 *	4..6 -> 8..10 -> 20..22, then is 8..10 one with a new 10..12?
 */
static enum answer left_behind_starts_anew(struct probe_program *p)
{
	add_map(p, 4, 6, READ | WRITE);
	add_touch(p, 4, 6);
	add_move(p, 4, 6, 8, 2);
	add_move(p, 8, 10, 20, 2);
	p->ops[3].flags |= DONTUNMAP;
	add_map(p, 10, 12, READ | WRITE);
	if (ask(p) || error_of(p, 2) || error_of(p, 3))
		return ANSWER_NONE;
	return final_layout(p)->vmas == 2 ? ANSWER_YES : ANSWER_NO;
}

static enum answer dontunmap_compares_bytes(struct probe_program *p)
{
	add_map(p, 0, 1, READ | WRITE);
	add_move(p, 0, 1, 8, 1);
	p->ops[1].flags |= DONTUNMAP;
	p->ops[1].len = 1;
	if (ask(p))
		return ANSWER_NONE;
	return error_of(p, 1) == EINVAL ? ANSWER_YES : ANSWER_NO;
}

/* The flag that keeps an area apart from one without it: set before or after it merges? */
static enum answer mergeable_before_merging(struct probe_program *p)
{
	if (!p->live->plain.shared->machine.ksm)
		return ANSWER_NONE;
	add(p, LIVE_KSM, 0, 0)->how = 1;
	add_map(p, 0, 2, READ | WRITE);
	add_map(p, 2, 4, READ | WRITE);
	if (ask_alone(p))
		return ANSWER_NONE;
	return final_layout(p)->vmas == 1 ? ANSWER_YES : ANSWER_NO;
}

static bool has_userfaultfd(const struct probe_program *p)
{
	return p->live->plain.shared->machine.uffd;
}

static void add_trap(struct probe_program *p, enum live_kind kind, uint32_t start, uint32_t end,
		     uint32_t modes)
{
	add(p, kind, start, end)->flags = modes;
}

static enum answer foreign_areas_unregister(struct probe_program *p)
{
	add_map(p, 0, 2, READ | WRITE);
	add_map(p, 4, 5, READ | WRITE);
	add_trap(p, LIVE_UFFD_REGISTER, 0, 2, TRAP_MISSING);
	add_trap(p, LIVE_UFFD_REGISTER, 4, 5, TRAP_MISSING);
	p->ops[3].context = 1;
	add_trap(p, LIVE_UFFD_UNREGISTER, 0, 2, 0);
	p->ops[4].context = 1;
	if (!has_userfaultfd(p) || ask(p) || error_of(p, 2) || error_of(p, 3))
		return ANSWER_NONE;
	return error_of(p, 4) ? ANSWER_NO : ANSWER_YES;
}

static enum answer modes_are_not_dropped(struct probe_program *p)
{
	add_map(p, 0, 2, READ | WRITE);
	add_trap(p, LIVE_UFFD_REGISTER, 0, 2, TRAP_WP);
	add_trap(p, LIVE_UFFD_REGISTER, 0, 2, TRAP_MISSING);
	if (!has_userfaultfd(p) || ask(p) || error_of(p, 1))
		return ANSWER_NONE;
	return error_of(p, 2) == EBUSY ? ANSWER_YES : ANSWER_NO;
}

/* Does 10..12 stay registered when an equal area is moved beside it? */
static enum answer neighbour_keeps_context(struct probe_program *p)
{
	add_map(p, 0, 2, READ | WRITE);
	add_map(p, 10, 12, READ | WRITE);
	add_trap(p, LIVE_UFFD_REGISTER, 0, 12, TRAP_WP);
	add_move(p, 0, 2, 12, 2);
	if (!has_userfaultfd(p) || ask(p) || error_of(p, 2) || error_of(p, 3))
		return ANSWER_NONE;
	return has_flag(p, 10, FLAG_uw) ? ANSWER_YES : ANSWER_NO;
}

/* The page offsets of 8..10 and 10..12 fit, but the latter's pages were made at 2..4. */
static enum answer moved_file_pages_merge(struct probe_program *p)
{
	add_map(p, 0, 4, READ | WRITE);
	p->ops[0].file = LIVE_FILE_PLAIN;
	add_touch(p, 0, 4);
	add_move(p, 2, 4, 10, 2);
	add_map(p, 8, 10, READ | WRITE);
	p->ops[3].file = LIVE_FILE_PLAIN;
	if (ask(p) || error_of(p, 2))
		return ANSWER_NONE;
	return final_layout(p)->vmas == 2 ? ANSWER_YES : ANSWER_NO;
}

/*
 * The rows that tell 6.1 from 6.12, which chapter 13 does not have: harness/profile-6.1.md.
 */

static enum answer write_loss_keeps_charge(struct probe_program *p)
{
	add_map(p, 0, 2, READ | WRITE);
	add(p, LIVE_MPROTECT, 0, 2)->prot = READ;
	if (ask(p))
		return ANSWER_NONE;
	return has_flag(p, 0, FLAG_ac) ? ANSWER_YES : ANSWER_NO;
}

/*
 *	ABBB -> AABB: only the boundary moves, no area goes
 */
static enum answer close_hook_keeps_boundary(struct probe_program *p)
{
	add_segment(p, 0, 4);
	add(p, LIVE_MPROTECT, 0, 1)->prot = READ;
	add(p, LIVE_MPROTECT, 1, 2)->prot = READ;
	if (ask(p) || error_of(p, 0))
		return ANSWER_NONE;
	return final_layout(p)->vmas == 3 ? ANSWER_YES : ANSWER_NO;
}

/*
 *	AA.BB -> AABBB: only B was written to
 */
static enum answer mmap_asks_next_first(struct probe_program *p)
{
	add_map(p, 0, 2, READ | WRITE);
	add_map(p, 3, 5, READ | WRITE);
	add_touch(p, 3, 4);
	add_map(p, 2, 3, READ | WRITE);
	if (ask(p))
		return ANSWER_NONE;
	return final_layout(p)->vmas == 2 ? ANSWER_YES : ANSWER_NO;
}

static enum answer register_inside_splits(struct probe_program *p)
{
	add_map(p, 0, 6, READ | WRITE);
	add_trap(p, LIVE_UFFD_REGISTER, 4, 6, TRAP_WP);
	add_trap(p, LIVE_UFFD_REGISTER, 2, 4, TRAP_WP);
	if (!has_userfaultfd(p) || ask(p) || error_of(p, 1) || error_of(p, 2))
		return ANSWER_NONE;
	return final_layout(p)->vmas == 3 ? ANSWER_YES : ANSWER_NO;
}

/* The copy lands between its source, which stays, and a third area. */
static enum answer copy_beside_source_stays_apart(struct probe_program *p)
{
	add_map(p, 4, 6, READ | WRITE);
	add_map(p, 8, 10, READ | WRITE);
	add_move(p, 4, 6, 6, 2);
	p->ops[2].flags |= DONTUNMAP;
	if (ask(p) || error_of(p, 2))
		return ANSWER_NONE;
	return final_layout(p)->vmas == 3 ? ANSWER_YES : ANSWER_NO;
}

static enum answer onfault_has_a_code(struct probe_program *p)
{
	add_map(p, 0, 1, READ | WRITE);
	add(p, LIVE_MLOCK, 0, 1)->flags = 1;
	if (ask(p) || error_of(p, 1))
		return ANSWER_NONE;
	return memcmp(final_layout(p)->unknown, "??", 2) == 0 ? ANSWER_NO : ANSWER_YES;
}

static enum answer soft_dirty(struct probe_program *p)
{
	add_map(p, 0, 1, READ | WRITE);
	if (ask(p))
		return ANSWER_NONE;
	return has_flag(p, 0, FLAG_sd) ? ANSWER_YES : ANSWER_NO;
}

static enum answer shared_memory(struct probe_program *p)
{
	add_segment(p, 0, 2);
	if (ask(p))
		return ANSWER_NONE;
	return error_of(p, 0) ? ANSWER_NO : ANSWER_YES;
}

/*
 * Columns: the answer expected of 6.12, 6.18, 7.3 and of 6.1; ANSWER_NONE: says nothing
 * of it.
 */
struct probe {
	const char *question;
	enum answer (*ask)(struct probe_program *p);
	uint8_t expected[PROFILES];
};

static const struct probe probes[] = {
	{ "D1 an unfaulted area absorbs a faulted one",
	  unfaulted_absorbs,
	  { ANSWER_NO, ANSWER_YES, ANSWER_YES, ANSWER_NO } },
	{ "D3 D5 guard regions, with flag gu",
	  guards_are_flagged,
	  { ANSWER_NO, ANSWER_YES, ANSWER_YES, ANSWER_NO } },
	{ "D6 mremap moves several areas at once",
	  moves_several,
	  { ANSWER_NO, ANSWER_YES, ANSWER_YES, ANSWER_NO } },
	{ "D7 a refused mremap leaves its target",
	  failed_move_keeps_target,
	  { ANSWER_NO, ANSWER_YES, ANSWER_YES, ANSWER_NO } },
	{ "D8 an unfaulted area left behind merges with its copy",
	  dontunmap_merges_itself,
	  { ANSWER_NO, ANSWER_YES, ANSWER_NO, ANSWER_NO } },
	{ "D9 moving a part unlocks the whole area left behind",
	  dontunmap_unlocks_all,
	  { ANSWER_NO, ANSWER_YES, ANSWER_NO, ANSWER_NO } },
	{ "D10 an area left behind whole is as if never moved",
	  left_behind_starts_anew,
	  { ANSWER_YES, ANSWER_NO, ANSWER_YES, ANSWER_YES } },
	{ "D14 DONTUNMAP compares lengths in bytes",
	  dontunmap_compares_bytes,
	  { ANSWER_YES, ANSWER_NO, ANSWER_NO, ANSWER_YES } },
	{ "D17 an area is mergeable by KSM before it merges with its like",
	  mergeable_before_merging,
	  { ANSWER_NO, ANSWER_YES, ANSWER_YES, ANSWER_NO } },
	{ "D18 a userfaultfd unregisters the areas of another",
	  foreign_areas_unregister,
	  { ANSWER_YES, ANSWER_NO, ANSWER_NO, ANSWER_YES } },
	{ "D22 file pages moved while faulted merge by their file offset",
	  moved_file_pages_merge,
	  { ANSWER_YES, ANSWER_YES, ANSWER_NO, ANSWER_YES } },
	{ "D34 a registered area stays so when its like is moved beside it",
	  neighbour_keeps_context,
	  { ANSWER_NO, ANSWER_NO, ANSWER_YES, ANSWER_NO } },
	{ "D35 a registration that would drop modes is refused",
	  modes_are_not_dropped,
	  { ANSWER_NO, ANSWER_NO, ANSWER_YES, ANSWER_NO } },
	{ "D20 DOFORK is refused on special areas",
	  dofork_refuses_special,
	  { ANSWER_NO, ANSWER_NO, ANSWER_YES, ANSWER_NO } },
	{ "E1 an unfaulted area that loses write access stays accounted",
	  write_loss_keeps_charge,
	  { ANSWER_NO, ANSWER_NO, ANSWER_NO, ANSWER_YES } },
	{ "E2 a close hook forbids to shift a boundary as well",
	  close_hook_keeps_boundary,
	  { ANSWER_NO, ANSWER_NO, ANSWER_NO, ANSWER_YES } },
	{ "E3 mmap merges with what follows first",
	  mmap_asks_next_first,
	  { ANSWER_NO, ANSWER_NO, ANSWER_NO, ANSWER_YES } },
	{ "E4 registering within an area never merges to the right",
	  register_inside_splits,
	  { ANSWER_NO, ANSWER_NO, ANSWER_NO, ANSWER_YES } },
	{ "E5 a copy beside its source merges with nobody",
	  copy_beside_source_stays_apart,
	  { ANSWER_NO, ANSWER_NO, ANSWER_NO, ANSWER_YES } },
	{ "VM_LOCKONFAULT has a code in smaps",
	  onfault_has_a_code,
	  { ANSWER_NONE, ANSWER_NONE, ANSWER_NONE, ANSWER_NONE } },
	{ "D4 soft-dirty", soft_dirty, { ANSWER_NONE, ANSWER_NONE, ANSWER_NONE, ANSWER_NONE } },
	{ "System V shared memory",
	  shared_memory,
	  { ANSWER_NONE, ANSWER_NONE, ANSWER_NONE, ANSWER_NONE } },
};
#define PROBES (sizeof(probes) / sizeof(probes[0]))
_Static_assert(PROBES <= LIVE_PROBES_MAX, "a line for each");

/*
 * The stack guard gap: the least distance, in pages, that a growing area keeps from an
 * accessible one below. 0 if the window is too small to tell.
 */
static uint32_t measure_gap(struct live *live)
{
	uint32_t low = 0, high = PROBE_PAGES - 2, middle;

	/* Growing to distance `high` works, to distance `low` - 1 does not. */
	while (low < high) {
		struct probe_program p = { .live = live };

		middle = low + (high - low) / 2;
		add_map(&p, 0, 1, READ);
		add_map(&p, PROBE_PAGES - 1, PROBE_PAGES, READ | WRITE);
		p.ops[1].flags |= GROWSDOWN;
		add_touch(&p, 1 + middle, 2 + middle);
		if (ask(&p) || error_of(&p, 1))
			return 0;
		if (error_of(&p, 2))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The profile that most answers fit. */
static uint8_t best_profile(const enum answer *answers)
{
	/* Of two that fit equally well the newer one. */
	static const uint8_t by_age[PROFILES] = { PROFILE_6_1, PROFILE_6_12, PROFILE_6_18,
						  PROFILE_7_3 };
	uint32_t fits, most = 0, age, i;
	uint8_t best = PROFILE_7_3;

	for (age = 0; age < PROFILES; age++) {
		for (fits = 0, i = 0; i < PROBES; i++)
			fits += answers[i] != ANSWER_NONE &&
				probes[i].expected[by_age[age]] == answers[i];
		if (fits >= most) {
			most = fits;
			best = by_age[age];
		}
	}
	return best;
}

static void take_answer(struct live *live, const struct probe *probe, enum answer answer)
{
	if (probe->ask == soft_dirty)
		live->subject.softdirty = answer == ANSWER_YES ? SETTING_ON : SETTING_OFF;
	if (probe->ask == onfault_has_a_code)
		live->onfault_unnamed = answer == ANSWER_NO;
}

int live_probe(struct live *live)
{
	static const char *const words[] = { "no", "yes", "cannot be told" };
	enum answer answers[PROBES];
	uint32_t i;

	for (i = 0; i < PROBES; i++) {
		struct probe_program p = { .live = live };

		answers[i] = probes[i].ask(&p);
		if (!live->plain.pid)
			return -EIO;
		snprintf(live->line[live->lines++], LIVE_LINE, "probe: %s: %s", probes[i].question,
			 words[answers[i]]);
		take_answer(live, &probes[i], answers[i]);
	}
	live->subject.default_gap = measure_gap(live);
	live->subject.default_profile = best_profile(answers);
	return live->plain.pid ? 0 : -EIO;
}
