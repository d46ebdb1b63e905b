/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mood of a program, its settings, and which operation comes next. What an operation says
 * is decided in generate_op.c, where it lies in generate_range.c.
 */
#include "generate_op.h"
#include "op_table.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define MORE_WEIGHT 40 /* of about 600 */

static const char *const common_names[GENERATE_NAMES] = { "a", "b", "heap", "bad[name]" };

int generator_preset(const char *name, struct generator_options *ret)
{
	const uint64_t not_live = GENERATE_KIND(OP_SPECIAL) | GENERATE_KIND(OP_EXEC_STACK) |
				  GENERATE_KIND(OP_RELOCATE_DOWN) | GENERATE_KIND(OP_VM_BRK);

	*ret = (struct generator_options){
		.kinds = (UINT64_C(1) << OP_KINDS) - 1,
		.files = (UINT32_C(1) << WORLD_FILES) - 1,
		.forms = GENERATE_ALL_FORMS,
		.advices = UINT64_C(0xffff1f), /* every advice with a word */
		.pages = 64,
		.alloc_rate = 40,
		.space_rate = 200,
		.odd_rate = 60,
	};
	if (!strcmp(name, "everything"))
		return 0;
	if (strcmp(name, "live-safe") != 0)
		return -EINVAL;
	ret->kinds &= ~not_live;
	/* The ballast that a limit takes is in one process, which must not lose it. */
	ret->no_limit = GENERATE_KIND(OP_FORK) | GENERATE_KIND(OP_EXIT) | GENERATE_KIND(OP_MSEAL) |
			GENERATE_KIND(OP_MLOCKALL) | GENERATE_KIND(OP_KSM) |
			GENERATE_KIND(OP_RLIMIT);
	ret->files = GENERATE_FILE(FILE_ANON) | GENERATE_FILE(FILE_PLAIN) |
		     GENERATE_FILE(FILE_PLAIN2) | GENERATE_FILE(FILE_OTHER) |
		     GENERATE_FILE(FILE_READONLY) | GENERATE_FILE(FILE_ZERO) |
		     GENERATE_FILE(FILE_SHM);
	ret->forms = GENERATE_NOREPLACE | GENERATE_LOCKED | GENERATE_POPULATE | GENERATE_NORESERVE |
		     GENERATE_SHARED | GENERATE_REFUSED;
	/* remove punches holes; mergeable, hugepage need a configuration. */
	ret->advices &= ~(UINT64_C(1) << 9 | UINT64_C(3) << 12 | UINT64_C(3) << 14);
	ret->alloc_rate = 0;
	ret->odd_rate = 0;
	return 0;
}

int generate_names(struct program *program)
{
	for (unsigned int i = 0; i < GENERATE_NAMES; i++) {
		int error = program_add_name(program, common_names[i]);

		if (error < 0)
			return error;
	}
	return 0;
}

/* The numbers of the bits of a set, ascending; returns how many there are. */
static unsigned int list_bits(uint64_t set, uint8_t list[64])
{
	unsigned int count = 0;

	for (unsigned int bit = 0; set >> bit; bit++) {
		list[count] = (uint8_t)bit;
		count += set >> bit & 1;
		if (bit == 63)
			break;
	}
	return count;
}

static bool kind_allowed(const struct generator *generator, unsigned int kind)
{
	return generator->options.kinds >> kind & 1;
}

/* What the mood is about comes up in each of its programs; returns what that adds. */
static uint32_t weigh_mood(const struct generator *generator, uint32_t *weight)
{
	uint64_t more = generator_mood_kinds(generator) & generator->options.kinds;
	uint32_t added = 0;

	for (unsigned int kind = 0; more; kind++, more >>= 1) {
		if (!(more & 1))
			continue;
		weight[kind] += MORE_WEIGHT;
		added += MORE_WEIGHT;
	}
	return added;
}

/* What no byte means is as rare as the rarest that one does. */
static uint32_t weight_of(unsigned int kind)
{
	return op_rows[kind].weight ? op_rows[kind].weight : 1;
}

/*
 * Weights of ops.def, each left out, halved, kept, doubled or quadrupled; then spread over the
 * 256 values of a byte. Mapping is always there: without it nothing else means anything.
 */
static uint32_t weigh_kinds(struct generator *generator, uint32_t *weight)
{
	static const uint8_t skew[16] = { 0, 0, 0, 1, 1, 2, 2, 2, 2, 2, 2, 4, 4, 4, 8, 8 };
	uint64_t bits = 0;
	uint32_t sum = 0;

	for (unsigned int kind = 0; kind < OP_KINDS; kind++) {
		bits = kind % 16 ? bits >> 4 : dice(generator);
		weight[kind] = 0;
		if (kind_allowed(generator, kind))
			weight[kind] = weight_of(kind) * skew[bits & 15];
		sum += weight[kind];
	}
	sum += weigh_mood(generator, weight);
	/* Few mappings are enough where none is wasted, and only what is touched is faulted. */
	sum -= weight[OP_MMAP] + weight[OP_TOUCH];
	weight[OP_MMAP] = (weight[OP_MMAP] + op_rows[OP_MMAP].weight) / 2;
	weight[OP_TOUCH] *= 4;
	return sum + weight[OP_MMAP] + weight[OP_TOUCH];
}

static void start_kinds(struct generator *generator)
{
	uint32_t weight[OP_KINDS];
	uint32_t sum = weigh_kinds(generator, weight);
	uint32_t seen = 0;
	unsigned int filled = 0;

	for (unsigned int kind = 0; kind < OP_KINDS; kind++) {
		unsigned int until;

		seen += weight[kind];
		until = seen * 256 / sum;
		/* What is allowed at all has its value, so far as there are any left. */
		if (weight[kind] && until == filled && filled < 255)
			until++;
		if (until > filled)
			memset(generator->kind + filled, (int)kind, until - filled);
		filled = until > filled ? until : filled;
	}
}

static void start_palettes(struct generator *generator)
{
	static const uint8_t prots[16] = { 3, 3, 3, 3, 3, 3, 3, 1, 1, 1, 0, 7, 7, 5, 2, 6 };
	static const uint8_t shares[8] = { 40, 100, 150, 200, 230, 255, 230, 150 };
	uint8_t files[64], advices[64];
	unsigned int file_count =
		list_bits(generator->options.files & ~GENERATE_FILE(FILE_ANON), files);
	unsigned int advice_count = list_bits(generator->options.advices, advices);
	unsigned int files_here = 1 + dice_below(generator, 3);
	unsigned int advices_here = 1 + dice_below(generator, 6);

	for (unsigned int i = 0; i < sizeof(generator->prot); i++)
		generator->prot[i] = i < 1 ? 3 : prots[dice_below(generator, 16)];
	for (unsigned int i = 0; i < sizeof(generator->file) && file_count; i++) {
		uint8_t file = files[dice_below(generator, file_count)];

		/* A mapping that always fails teaches little more than once. */
		if (file == FILE_FAILING)
			file = files[dice_below(generator, file_count)];
		generator->file[i] = i < files_here ? file : generator->file[i % files_here];
	}
	for (unsigned int i = 0; i < sizeof(generator->advice) && advice_count; i++)
		generator->advice[i] = i < advices_here
					       ? advices[dice_below(generator, advice_count)]
					       : generator->advice[i % advices_here];
	generator->anon_share = shares[dice_below(generator, 8)];
	if (!file_count)
		generator->anon_share = 255;
	if (!(generator->options.files & GENERATE_FILE(FILE_ANON)))
		generator->anon_share = 0;
	generator->copy_share = (uint8_t)(60 + dice_below(generator, 150));
	generator->undo_share = (uint8_t)dice_below(generator, 50);
	generator->odd = dice_share(generator, 1, 3);
	generator->touch_salt = (uint32_t)dice(generator);
}

void generator_start(struct generator *generator, const struct generator_options *options,
		     uint64_t seed, uint64_t number)
{
	/* Steps are written before they are read. */
	memset(generator, 0, offsetof(struct generator, step));
	generator->options = *options;
	generator->op_size = sizeof(struct op);
	/* Two rounds, so that neighbouring seeds and numbers share nothing. */
	generator->random = seed;
	generator->random = dice(generator) ^ number * UINT64_C(0xd6e8feb86659fd93);
	generator->random = dice(generator);
	generator_start_mood(generator);
	start_kinds(generator);
	start_palettes(generator);
	generator->pages = options->pages ? options->pages : 64;
}

void generate_settings(struct generator *generator, struct settings *settings)
{
	static const uint16_t windows[8] = { 8, 16, 32, 64, 64, 64, 128, 256 };

	if (!generator->options.pages)
		generator->pages = windows[dice_below(generator, 8)];
	settings->pages = generator->pages;
	if (generator_mood_limits(generator) && dice_share(generator, 1, 4))
		settings->limit = 6 + dice_below(generator, 16);
	if (!(generator->options.forms & GENERATE_SETTINGS) || dice_share(generator, 3, 4))
		return;
	/* A quarter of the programs has one or two of these, none too tight to map a little. */
	switch (dice_below(generator, 6)) {
	case 0:
		settings->rlimit[PROGRAM_RLIMIT_AS] = 8 + dice_below(generator, generator->pages);
		break;
	case 1:
		settings->rlimit[PROGRAM_RLIMIT_DATA] = 8 + dice_below(generator, generator->pages);
		break;
	case 2:
		settings->rlimit[PROGRAM_RLIMIT_MEMLOCK] = dice_below(generator, 24);
		settings->ipc_lock = SETTING_OFF;
		break;
	case 3:
		settings->overcommit = OVERCOMMIT_NEVER;
		settings->commit_limit = 8 + dice_below(generator, 2 * generator->pages);
		break;
	case 4:
		settings->rlimit[PROGRAM_RLIMIT_STACK] = 1 + dice_below(generator, 24);
		settings->gap = 1 + dice_below(generator, 4);
		break;
	default:
		settings->limit = 4 + dice_below(generator, 16);
		break;
	}
}

/* The space that acts: mostly the one that acted last. */
static const struct seen_space *acting_space(struct generator *generator,
					     const struct observation *now, uint64_t *bits)
{
	if (dice_bits(bits, 10) < generator->options.space_rate)
		generator->slot = (uint8_t)dice_below(generator, PROGRAM_SPACES);
	for (unsigned int i = 0; i < PROGRAM_SPACES; i++) {
		unsigned int slot = (generator->slot + i) % PROGRAM_SPACES;

		if (!now->space[slot].alive)
			continue;
		generator->slot = (uint8_t)slot;
		return &now->space[slot];
	}
	return &now->space[0];
}

static unsigned int count_spaces(const struct observation *now)
{
	unsigned int alive = 0;

	for (unsigned int i = 0; i < PROGRAM_SPACES; i++)
		alive += now->space[i].alive;
	return alive;
}

static enum op_kind pick_kind(struct generator *generator, const struct observation *now,
			      const struct seen_space *space, uint64_t *bits)
{
	enum op_kind kind = (enum op_kind)generator->kind[dice_bits(bits, 8)];
	unsigned int alive;

	if (space->vmas < 4 && dice_share(generator, 4 - space->vmas, 6))
		return OP_MMAP;
	if (kind != OP_FORK && kind != OP_EXIT)
		return kind;
	/* A fork too many and the exit of the last space are worth one try in many. */
	alive = count_spaces(now);
	if (kind == OP_FORK ? alive < PROGRAM_SPACES : alive > 1)
		return kind;
	return dice_share(generator, 1, 32) ? kind : OP_MMAP;
}

/* An earlier change of this space taken back, if one is remembered. */
static bool take_undo(struct generator *generator, uint8_t space, unsigned int index, struct op *op)
{

	if (!(generator->undo_set >> index & 1) || generator->undo[index].space != space)
		return false;
	generator->undo_set &= ~(UINT32_C(1) << index);
	generate_step(&generator->undo[index], op);
	return true;
}

void generator_remember(struct generator *generator, const struct generator_step *undo)
{
	if (!kind_allowed(generator, undo->kind))
		return;
	generator->undo[generator->undo_next] = *undo;
	generator->undo_set |= UINT32_C(1) << generator->undo_next;
	generator->undo_next = (uint8_t)((generator->undo_next + 1) % GENERATE_UNDO);
}

static void fail_allocation(struct generator *generator, struct op *op)
{
	uint32_t nth = 1 + dice_below(generator, 4);

	if (dice_share(generator, 1, 3))
		nth += dice_below(generator, 12);
	op->alloc_nth = (uint16_t)nth;
	op->alloc_onward = dice_share(generator, 1, 4);
}

static const struct seen_space *newest_space(const struct observation *now)
{
	const struct seen_space *newest = &now->space[0];

	for (unsigned int i = 1; i < PROGRAM_SPACES; i++)
		if (now->space[i].alive &&
		    (!newest->alive || now->space[i].number > newest->number))
			newest = &now->space[i];
	return newest;
}

static void next_step(struct generator *generator, const struct observation *now, struct op *op)
{
	const struct seen_space *newest;

	generate_step(&generator->step[generator->step_next++], op);
	if (op->space != GENERATE_NEWEST)
		return;
	newest = newest_space(now);
	op->space = newest->number;
	generator->slot = (uint8_t)(newest - now->space);
}

/* True: the operation is one of a figure. */
static bool take_step(struct generator *generator, const struct program *so_far,
		      const struct observation *now, const struct seen_space *space, struct op *op)
{
	if (!generator_in_figure(generator)) {
		/* What is tight now would make a figure fail. */
		if (generator->lift_in || !dice_share(generator, generator->figure_share, 256) ||
		    !generate_figure(generator, so_far, now, space))
			return false;
	}
	next_step(generator, now, op);
	return true;
}

bool generator_begin_figure(struct generator *generator, const struct program *so_far,
			    const struct observation *now)
{
	uint64_t bits = dice(generator);

	generator->pages = so_far->settings.pages;
	return generate_any_figure(generator, so_far, now, acting_space(generator, now, &bits));
}

void generate_op(struct generator *generator, const struct program *so_far,
		 const struct observation *now, struct op *op)
{
	uint64_t bits = dice(generator);
	const struct seen_space *space = acting_space(generator, now, &bits);

	generator->pages = so_far->settings.pages;
	if (generator->lift_in && !--generator->lift_in) {
		*op = generator->lift;
		op->space = space->number;
		return;
	}
	/* A step whose memory fails would end the figure there: no allocation does. */
	if (generator->figure_share && take_step(generator, so_far, now, space, op))
		return;
	if (dice_bits(&bits, 8) >= generator->undo_share ||
	    !take_undo(generator, space->number, dice_bits(&bits, 3), op)) {
		/* A size the compiler does not see: gcc would clear it with slow string moves. */
		memset(op, 0, generator->op_size);
		op->space = space->number;
		op->kind = (uint8_t)pick_kind(generator, now, space, &bits);
		generate_fields(generator, so_far, space, op);
	}
	if (generator->odd && dice_bits(&bits, 10) < generator->options.odd_rate)
		generate_odd(generator, op);
	if (dice_bits(&bits, 10) < generator->options.alloc_rate)
		fail_allocation(generator, op);
}
