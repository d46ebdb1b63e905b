/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each operation says, chosen from the layout that stands so that most of them succeed
 * and many of them merge. Each change that something takes back is remembered with what does.
 */
#include "generate_op.h"
#include "flags.h"
#include "op_table.h"

/* One operation in the making. */
struct making {
	struct generator *generator;
	const struct program *so_far;
	const struct seen_space *space; /* vmas > 0 unless the function says otherwise */
	const struct seen_vma *vma;	/* the one it is about */
	uint32_t index;			/* of it, or of one near a new mapping */
	struct op *op;
};

static bool has_form(const struct making *making, uint32_t form)
{
	return making->generator->options.forms & form;
}

static bool seen(const struct seen_vma *vma, uint64_t flags)
{
	return vma->flags & flags;
}

/* Of an operation whose places are still zero, and so are pages. */
static void set_range(struct op *op, struct range range)
{
	op->addr.pages = (int32_t)range.start;
	op->len.pages = (int32_t)(range.end - range.start);
}

static uint32_t prot_of(const struct seen_vma *vma)
{
	return (seen(vma, VM_FLAG(rd)) ? 1u : 0) | (seen(vma, VM_FLAG(wr)) ? 2u : 0) |
	       (seen(vma, VM_FLAG(ex)) ? 4u : 0);
}

static uint32_t fresh_prot(struct generator *generator)
{
	return generator->prot[dice_below(generator, sizeof(generator->prot))];
}

static const struct seen_vma *choose_vma(struct making *making)
{
	making->index = pick_vma(making->generator, making->space);
	making->vma = &making->space->vma[making->index];
	return making->vma;
}

/* A range that begins in the VMA chosen. */
static struct range range_mapped(struct making *making)
{
	struct range range = pick_mapped(making->generator, making->space, making->index);

	set_range(making->op, range);
	return range;
}

/* A range inside the VMA chosen. */
static struct range range_piece(struct making *making)
{
	struct range range = pick_piece(making->generator, making->vma);

	set_range(making->op, range);
	return range;
}

static struct range choose_mapped(struct making *making)
{
	choose_vma(making);
	return range_mapped(making);
}

static struct range choose_piece(struct making *making)
{
	choose_vma(making);
	return range_piece(making);
}

/* The range of this operation with another one; `number` is its prot or advice. */
static void remember_range(struct making *making, enum op_kind kind, uint32_t number)
{
	const struct op *op = making->op;
	struct generator_step undo = {
		.kind = (uint8_t)kind,
		.space = op->space,
		.context = op->context,
		.start = (uint32_t)op->addr.pages,
		.pages = (uint32_t)op->len.pages,
		.number = number,
	};

	generator_remember(making->generator, &undo);
}

struct mapping {
	uint32_t prot, flags;
	uint64_t pgoff;
	uint8_t file;
};

/* What maps [start, ...) as this VMA is mapped, contiguous with it in its file. */
static struct mapping copy_mapping(const struct making *making, const struct seen_vma *vma,
				   uint32_t start)
{
	uint32_t forms = making->generator->options.forms;
	bool nameless = vma->file >= SEEN_OBJECT;
	struct mapping ret = {
		.prot = prot_of(vma),
		.flags = PROGRAM_MAP_PRIVATE,
		.file = nameless ? FILE_ANON : (uint8_t)vma->file,
	};

	if (seen(vma, VM_FLAG(ms) | VM_FLAG(sh)) || nameless)
		ret.flags = PROGRAM_MAP_SHARED;
	if (seen(vma, VM_FLAG(dp)) && !ret.file)
		ret.flags = PROGRAM_MAP_DROPPABLE;
	if (ret.file)
		ret.pgoff = vma->pgoff + start - vma->start;
	else
		ret.flags |= PROGRAM_MAP_ANONYMOUS;
	if (seen(vma, VM_FLAG(nr)) && (forms & GENERATE_NORESERVE))
		ret.flags |= PROGRAM_MAP_NORESERVE;
	if (seen(vma, VM_FLAG(lo)) && (forms & GENERATE_LOCKED))
		ret.flags |= PROGRAM_MAP_LOCKED;
	if (seen(vma, VM_FLAG(gd)) && !ret.file && (forms & GENERATE_GROWSDOWN))
		ret.flags |= PROGRAM_MAP_GROWSDOWN;
	/* Below the first page of a file there is nothing to be contiguous with. */
	if (ret.pgoff > UINT64_MAX / 2)
		ret.pgoff = start;
	return ret;
}

static void fresh_attributes(struct making *making)
{
	static const struct {
		uint32_t form, flag;
	} attrs[] = {
		{ GENERATE_NORESERVE, PROGRAM_MAP_NORESERVE },
		{ GENERATE_LOCKED, PROGRAM_MAP_LOCKED },
		{ GENERATE_POPULATE, PROGRAM_MAP_POPULATE },
		{ GENERATE_GROWSDOWN, PROGRAM_MAP_GROWSDOWN },
		{ GENERATE_STACK, PROGRAM_MAP_STACK },
	};
	uint32_t which = dice_below(making->generator, 24);
	struct op *op = making->op;

	if (which >= sizeof(attrs) / sizeof(attrs[0]) || !has_form(making, attrs[which].form))
		return;
	/* Only anonymous memory grows. */
	if (attrs[which].flag == PROGRAM_MAP_GROWSDOWN &&
	    (op->file || (op->map_flags & PROGRAM_MAP_SHARED)))
		return;
	op->map_flags |= attrs[which].flag;
}

/* What lies behind such a mapping begins with it. */
static bool is_new_object(const struct op *op)
{
	return (op->map_flags & PROGRAM_MAP_SHARED) &&
	       (op->file == FILE_SHM || op->file == FILE_ZERO);
}

static void fresh_mapping(struct making *making, uint32_t start)
{
	struct generator *generator = making->generator;
	struct op *op = making->op;

	op->prot = fresh_prot(generator);
	op->map_flags = PROGRAM_MAP_PRIVATE;
	op->file = FILE_ANON;
	if (!dice_share(generator, generator->anon_share, 256))
		op->file = generator->file[dice_below(generator, sizeof(generator->file))];
	if (has_form(making, GENERATE_SHARED) && dice_share(generator, op->file ? 2 : 1, 6))
		op->map_flags = PROGRAM_MAP_SHARED;
	/* A segment is attached shared; a shared mapping of readonly is not written. */
	if (op->file == FILE_SHM && has_form(making, GENERATE_SHARED))
		op->map_flags = PROGRAM_MAP_SHARED;
	if (is_new_object(op) && !has_form(making, GENERATE_OBJECT_PARTS)) {
		op->prot |= 3u;
		return;
	}
	if (op->file == FILE_READONLY && op->map_flags == PROGRAM_MAP_SHARED)
		op->prot &= ~2u;
	if (!op->file && has_form(making, GENERATE_DROPPABLE) && dice_share(generator, 1, 24))
		op->map_flags = PROGRAM_MAP_DROPPABLE;
	if (op->file)
		op->pgoff = start + (dice_share(generator, 1, 4) ? dice_below(generator, 8) : 0);
	else
		op->map_flags |= PROGRAM_MAP_ANONYMOUS;
	fresh_attributes(making);
}

static bool overlaps(const struct seen_vma *vma, struct range range)
{
	return vma->start < range.end && range.start < vma->end;
}

static void place_mapping(struct making *making, struct range *range, const struct seen_vma *near)
{
	uint32_t which = dice_below(making->generator, 32);
	struct op *op = making->op;

	op->how = MMAP_FIXED;
	if (op->file == FILE_SHM && !has_form(making, GENERATE_OBJECT_PARTS))
		return;
	if (which < 2 && has_form(making, GENERATE_NOREPLACE) && (!near || !overlaps(near, *range)))
		op->how = MMAP_NOREPLACE;
	if (which == 2 && has_form(making, GENERATE_PLACED_BY_KERNEL))
		op->how = MMAP_HINT;
	if (which == 3 && has_form(making, GENERATE_PLACED_BY_KERNEL)) {
		op->how = MMAP_ANYWHERE;
		op->addr = place_raw(0);
	}
}

/* The space may be empty. */
static void make_mmap(struct making *making)
{
	struct generator *generator = making->generator;
	struct range range = pick_new(generator, making->space, &making->index);
	const struct seen_vma *near = neighbour_of(generator, making->space, range, making->index);

	making->op->kind = OP_MMAP;
	set_range(making->op, range);
	if (near && dice_share(generator, generator->copy_share, 256)) {
		struct mapping mapping = copy_mapping(making, near, range.start);

		making->op->prot = mapping.prot;
		making->op->map_flags = mapping.flags;
		making->op->file = mapping.file;
		making->op->pgoff = mapping.pgoff;
	} else {
		fresh_mapping(making, range.start);
	}
	place_mapping(making, &range, near);
	if (making->op->how == MMAP_FIXED && dice_share(generator, 1, 4))
		remember_range(making, OP_MUNMAP, 0);
}

static void make_munmap(struct making *making)
{
	/* Holes rather than clearances while there is little: an empty layout teaches nothing. */
	struct range range = making->space->vmas < 6 ? choose_piece(making) : choose_mapped(making);
	struct generator_step undo = {
		.kind = OP_MMAP,
		.space = making->op->space,
		.start = range.start,
		.pages = range.end - range.start,
	};
	struct mapping mapping = copy_mapping(making, making->vma, range.start);

	undo.number = mapping.prot;
	undo.map_flags = mapping.flags;
	undo.file = mapping.file;
	undo.pgoff = mapping.pgoff;
	generator_remember(making->generator, &undo);
}

static void make_mprotect(struct making *making)
{
	struct generator *generator = making->generator;
	struct range range = choose_mapped(making);
	uint32_t old = prot_of(making->vma);
	struct op *op = making->op;

	op->prot = fresh_prot(generator);
	if (dice_share(generator, generator->copy_share / 2u, 256))
		op->prot = prot_of(neighbour_of(generator, making->space, range, making->index));
	for (int tries = 0; op->prot == old && tries < 2; tries++)
		op->prot = fresh_prot(generator);
	if (making->vma->file == FILE_READONLY && seen(making->vma, VM_FLAG(ms)))
		op->prot &= ~2u;
	remember_range(making, OP_MPROTECT, old);
	if (seen(making->vma, VM_FLAG(gd)) && has_form(making, GENERATE_GROWSDOWN) &&
	    dice_share(generator, 1, 4))
		op->prot |= PROGRAM_PROT_GROWSDOWN;
}

/* What takes an advice back, the advice itself if nothing does; random and sequential: normal. */
static uint32_t opposite(uint32_t advice)
{
	static const uint8_t table[24] = {
		0,  0,	0,  3,	4,  5,	6,  7,	8,  9,	11, 10,
		13, 12, 15, 14, 17, 16, 19, 18, 20, 21, 22, 23,
	};

	return advice < sizeof(table) ? table[advice] : advice;
}

/* Advices that this VMA refuses for what it is. */
static bool refuses(const struct seen_vma *vma, uint32_t advice)
{
	bool special = seen(vma, VM_FLAG(io) | VM_FLAG(pf) | VM_FLAG(de) | VM_FLAG(mm));
	bool anonymous = !vma->file && !seen(vma, VM_FLAG(sh) | VM_FLAG(ms));
	bool locked = seen(vma, VM_FLAG(lo) | VM_FLAG(pf));

	switch (advice) {
	case 4:	 /* dontneed */
	case 20: /* cold */
	case 21: /* pageout */
		return locked;
	case 8: /* free */
		return locked || !anonymous;
	case 9: /* remove */
		return locked || !vma->file || !seen(vma, VM_FLAG(sh));
	case 11: /* dofork */
		return special;
	case 17: /* dodump */
		return special || seen(vma, VM_FLAG(dp));
	case 18: /* wipeonfork */
		return !anonymous;
	case 19: /* keeponfork */
		return seen(vma, VM_FLAG(dp));
	case 22: /* populate_read */
		return !seen(vma, VM_FLAG(rd)) || special;
	case 23: /* populate_write */
		return !seen(vma, VM_FLAG(wr)) || special;
	default:
		return false;
	}
}

static void make_madvise(struct making *making)
{
	struct generator *generator = making->generator;
	struct op *op = making->op;

	for (int tries = 0; tries < 3; tries++) {
		choose_vma(making);
		op->advice = generator->advice[dice_below(generator, sizeof(generator->advice))];
		/* Once more what a neighbour has: the way back to a merge. */
		if (dice_share(generator, 1, 4) &&
		    (generator->options.advices >> opposite(op->advice) & 1))
			op->advice = opposite(op->advice);
		if (!refuses(making->vma, op->advice))
			break;
	}
	range_mapped(making);
	if (opposite(op->advice) != op->advice &&
	    (generator->options.advices >> opposite(op->advice) & 1))
		remember_range(making, OP_MADVISE, opposite(op->advice));
}

/* Some VMAs are never faulted, with those that cannot be about half: where they start says which.
 */
static bool is_left_alone(const struct generator *generator, const struct seen_vma *vma)
{
	uint32_t mixed = (vma->start + generator->touch_salt) * 0x9e3779b1u;

	return mixed >> 29 < 3;
}

static bool is_to_fault(const struct generator *generator, const struct seen_vma *vma)
{
	return prot_of(vma) && !vma->anon && !is_left_alone(generator, vma);
}

static void make_touch(struct making *making)
{
	struct generator *generator = making->generator;
	struct op *op = making->op;
	struct range range;

	for (int tries = 0; tries < 4; tries++)
		if (is_to_fault(generator, choose_vma(making)))
			break;
	range = range_piece(making);
	if (range.end - range.start > 2 && dice_share(generator, 2, 3)) {
		range.start += dice_below(generator, range.end - range.start - 1);
		range.end = range.start + 1 + dice_below(generator, 2);
		set_range(op, range);
	}
	/* A page below a stack makes it grow. */
	if (seen(making->vma, VM_FLAG(gd)) && range.start && dice_share(generator, 1, 3))
		set_range(op, (struct range){ range.start - 1, range.start });
	op->touch_write = seen(making->vma, VM_FLAG(wr)) && dice_share(generator, 7, 8);
	/* A read faults nothing that merging looks at: what is to be left alone may be read. */
	if (!making->vma->anon && is_left_alone(generator, making->vma) && prot_of(making->vma))
		op->touch_write = false;
}

static void make_guard_install(struct making *making)
{
	for (int tries = 0; tries < 3; tries++)
		if (!seen(choose_vma(making),
			  VM_FLAG(lo) | VM_FLAG(io) | VM_FLAG(pf) | VM_FLAG(de)))
			break;
	range_piece(making);
	remember_range(making, OP_GUARD_REMOVE, 0);
}

static void make_guard_remove(struct making *making)
{
	for (int tries = 0; tries < 3; tries++)
		if (seen(choose_vma(making), VM_FLAG(gu)))
			break;
	range_mapped(making);
}

static void make_mlock(struct making *making)
{
	choose_mapped(making);
	making->op->mode = making->op->how = dice_share(making->generator, 1, 4);
	remember_range(making, OP_MUNLOCK, 0);
}

static void make_munlock(struct making *making)
{
	for (int tries = 0; tries < 3; tries++)
		if (seen(choose_vma(making), VM_FLAG(lo)))
			break;
	range_mapped(making);
}

static void make_mlockall(struct making *making)
{
	static const uint8_t modes[8] = { 1, 1, 2, 3, 3, 5, 6, 7 };

	making->op->mode = modes[dice_below(making->generator, 8)];
}

static void make_mseal(struct making *making)
{
	choose_piece(making);
}

/* A place for `pages` pages that does not overlap the source; false if none was found. */
static bool choose_target(struct making *making, struct range source, struct range *ret)
{
	struct generator *generator = making->generator;
	uint32_t pages = source.end - source.start;
	struct range gap;

	for (int tries = 0; tries < 3; tries++) {
		bool low = dice_share(generator, 1, 2);

		if (!dice_share(generator, 3, 4) ||
		    !pick_gap(generator, making->space, &gap, &making->index)) {
			const struct seen_vma *over =
				&making->space->vma[pick_vma(generator, making->space)];

			gap = (struct range){ over->start, over->end };
		}
		ret->start = low || gap.end < pages ? gap.start : gap.end - pages;
		ret->end = ret->start + pages;
		if (ret->end <= generator->pages &&
		    (ret->end <= source.start || source.end <= ret->start))
			return true;
	}
	return false;
}

/* Shrinks, or grows: into the whole gap behind the VMA, or by a page. */
static void make_resize(struct making *making, struct range source)
{
	struct generator *generator = making->generator;
	const struct seen_vma *vma = making->vma;
	bool last = vma == &making->space->vma[making->space->vmas - 1];
	uint32_t room = (last ? generator->pages : vma[1].start) - vma->end;
	uint32_t length = source.end - source.start;
	struct op *op = making->op;

	op->how = MREMAP_RESIZE;
	op->has_len = true;
	if (dice_share(generator, 1, 3) && length > 1) {
		op->newlen = place_page((int32_t)(1 + dice_below(generator, length - 1)));
		return;
	}
	if (has_form(making, GENERATE_PLACED_BY_KERNEL))
		op->maymove = dice_share(generator, 1, 2);
	if (source.end != vma->end) {
		source.end = vma->end;
		set_range(op, source);
		length = source.end - source.start;
	}
	if (room && (room > 8 || dice_share(generator, 1, 3)))
		room = 1 + dice_below(generator, room < 8 ? room : 8);
	if (!room && has_form(making, GENERATE_REFUSED))
		room = 1;
	op->newlen = place_page((int32_t)(length + room));
}

static void make_move(struct making *making, struct range source, struct range target)
{
	struct generator *generator = making->generator;
	uint32_t length = source.end - source.start;
	struct op *op = making->op;

	op->how = MREMAP_TO;
	op->has_dest = true;
	op->dest = place_page((int32_t)target.start);
	op->dontunmap = dice_share(generator, 1, 3);
	if (!op->dontunmap && dice_share(generator, 1, 6)) {
		op->has_len = true;
		op->newlen = place_page((int32_t)(1 + dice_below(generator, length)));
		return;
	}
	generator_remember(generator, &(struct generator_step){
					      .kind = OP_MREMAP,
					      .space = op->space,
					      .how = MREMAP_TO,
					      .start = target.start,
					      .pages = length,
					      .target = source.start,
				      });
}

static void make_mremap(struct making *making)
{
	struct generator *generator = making->generator;
	bool several = dice_share(generator, 1, 8);
	struct range source = several ? choose_mapped(making) : choose_piece(making);
	struct op *op = making->op;
	struct range target;

	if (has_form(making, GENERATE_PLACED_BY_KERNEL) && dice_share(generator, 1, 8)) {
		op->how = MREMAP_KEEP;
		op->dontunmap = true;
		op->has_dest =
			choose_target(making, source, &target) && dice_share(generator, 1, 2);
		if (op->has_dest)
			op->dest = place_page((int32_t)target.start);
		return;
	}
	if (dice_share(generator, 5, 8) && choose_target(making, source, &target)) {
		make_move(making, source, target);
		return;
	}
	source = (struct range){ making->vma->start, making->vma->end };
	set_range(op, source);
	make_resize(making, source);
}

/* The space may be empty. */
static void make_brk(struct making *making)
{
	struct generator *generator = making->generator;

	making->op->addr = place_page((int32_t)dice_below(generator, generator->pages + 1));
	if (making->space->vmas && dice_share(generator, 3, 4)) {
		const struct seen_vma *vma =
			&making->space->vma[pick_vma(generator, making->space)];

		making->op->addr =
			place_page((int32_t)(dice_share(generator, 1, 2) ? vma->end : vma->start));
	}
	if (dice_share(generator, 1, 4))
		making->op->addr.bytes = dice_below(generator, (uint32_t)PAGE_BYTES);
}

/* The space may be empty. Beside what is there, where it may merge, or over it. */
static void make_vm_brk(struct making *making)
{
	struct range gap;

	if (making->space->vmas && dice_share(making->generator, 1, 2)) {
		choose_mapped(making);
	} else {
		if (!pick_gap(making->generator, making->space, &gap, &making->index))
			gap = pick_anything(making->generator);
		set_range(making->op, gap);
	}
	making->op->how = dice_share(making->generator, 1, 8);
}

static void make_mbind(struct making *making)
{
	static const uint32_t modes[8] = { 2, 2, 1, 3, 4, 2 | 1u << 15, 5, 0 };
	struct generator *generator = making->generator;
	struct op *op = making->op;

	choose_mapped(making);
	op->mode = modes[dice_below(generator, 8)];
	op->nodes = op->mode == 0 || op->mode == 4 ? 0 : 1;
	remember_range(making, OP_MBIND, 0);
}

static void make_home_node(struct making *making)
{
	for (int tries = 0; tries < 3; tries++)
		if (choose_vma(making)->policy)
			break;
	range_mapped(making);
	making->op->nodes = dice_share(making->generator, 1, 8);
}

static void make_name(struct making *making)
{
	struct generator *generator = making->generator;
	uint32_t which = dice_below(generator, 16);

	for (int tries = 0; tries < 3; tries++)
		if (!choose_vma(making)->file)
			break;
	range_mapped(making);
	/* "a" and "b" mostly: equal names are what merges. */
	if (making->so_far->name_count >= GENERATE_NAMES)
		making->op->name = (uint16_t)(which < 6	   ? 1
					      : which < 11 ? 2
					      : which < 13 ? 3
					      : which < 14 ? 4
							   : 0);
	remember_range(making, OP_NAME, 0);
}

static void make_uffd_register(struct making *making)
{
	static const uint8_t modes[8] = { 1, 1, 2, 2, 3, 1, 4, 8 };
	struct generator *generator = making->generator;
	struct op *op = making->op;

	for (int tries = 0; tries < 3; tries++)
		if (!choose_vma(making)->file)
			break;
	range_mapped(making);
	op->mode = modes[dice_below(generator, 8)];
	op->context = (uint8_t)(dice_share(generator, 3, 4) ? 0 : dice_below(generator, 4));
	if (has_form(making, GENERATE_EVENTS))
		op->features = dice_share(generator, 1, 4) ? 1 + dice_below(generator, 3) : 0;
	remember_range(making, OP_UFFD_UNREGISTER, 0);
}

static void make_uffd_unregister(struct making *making)
{
	for (int tries = 0; tries < 4; tries++)
		if (choose_vma(making)->uffd)
			break;
	range_mapped(making);
	making->op->context = making->vma->uffd ? (uint8_t)(making->vma->uffd - 1) : 0;
}

static void make_uffd_close(struct making *making)
{
	const struct seen_vma *vma =
		&making->space->vma[pick_vma(making->generator, making->space)];

	making->op->context =
		vma->uffd ? (uint8_t)(vma->uffd - 1) : (uint8_t)dice_below(making->generator, 4);
}

static void make_remap_file_pages(struct making *making)
{
	struct generator *generator = making->generator;
	struct range range;

	for (int tries = 0; tries < 4; tries++)
		if (seen(choose_vma(making), VM_FLAG(sh)))
			break;
	range = range_piece(making);
	/* Its own place in the file merges it back, another takes it apart. */
	making->op->pgoff = making->vma->pgoff + range.start - making->vma->start;
	if (dice_share(generator, 2, 3))
		making->op->pgoff = dice_below(generator, generator->pages);
}

/* The space may be empty. */
static void make_special(struct making *making)
{
	struct range gap;

	if (!pick_gap(making->generator, making->space, &gap, &making->index))
		gap = pick_anything(making->generator);
	gap.end = gap.start + 1 + dice_below(making->generator, gap.end - gap.start < 3 ? 1 : 2);
	set_range(making->op, gap);
}

/* The space may be empty. */
static void make_exec_stack(struct making *making)
{
	struct range gap;

	if (!pick_gap(making->generator, making->space, &gap, &making->index))
		gap = pick_anything(making->generator);
	making->op->addr = place_page((int32_t)gap.end - 1);
}

static void make_relocate_down(struct making *making)
{
	for (int tries = 0; tries < 4; tries++)
		if (seen(choose_vma(making), VM_FLAG(gd) | VM_FLAG(is)))
			break;
	set_range(making->op, (struct range){ making->vma->start, making->vma->end });
	making->op->nodes = 1 + dice_below(making->generator, 4);
}

static void make_ksm(struct making *making)
{
	making->op->how = dice_share(making->generator, 1, 2);
}

/* A little room above what is in use, for a few operations. The space may be empty. */
static void make_rlimit(struct making *making)
{
	struct generator *generator = making->generator;
	const struct seen_space *space = making->space;
	int64_t used[PROGRAM_RLIMITS];
	struct op *op = making->op;

	used[PROGRAM_RLIMIT_AS] = space->total_vm;
	used[PROGRAM_RLIMIT_DATA] = space->data_vm;
	used[PROGRAM_RLIMIT_STACK] = space->stack_vm;
	used[PROGRAM_RLIMIT_MEMLOCK] = space->locked_vm;
	op->how = (uint8_t)dice_below(generator, PROGRAM_RLIMITS);
	op->nodes = (uint64_t)(used[op->how] > 0 ? used[op->how] : 0) + dice_below(generator, 9);
	generator->lift = *op;
	generator->lift.nodes = RLIMIT_NONE;
	generator->lift_in = (uint8_t)(2 + dice_below(generator, 6));
}

/* Room for none to five more VMAs for a few operations, then plenty again. */
static void make_limit(struct making *making)
{
	struct generator *generator = making->generator;
	struct op *op = making->op;

	op->how = LIMIT_ABOVE;
	op->nodes = dice_below(generator, 6);
	if (dice_share(generator, 1, 16)) {
		op->how = LIMIT_BELOW;
		op->nodes = 1 + dice_below(generator, 2);
	}
	generator->lift = *op;
	generator->lift.how = LIMIT_ABSOLUTE;
	generator->lift.nodes = making->so_far->settings.limit;
	generator->lift_in = (uint8_t)(2 + dice_below(generator, 8));
}

static void make_nothing(struct making *making)
{
	(void)making;
}

static const struct {
	void (*make)(struct making *making);
	bool on_empty; /* means something in a space without VMAs */
} makers[OP_KINDS] = {
	[OP_MMAP] = { make_mmap, true },
	[OP_MUNMAP] = { make_munmap, false },
	[OP_MPROTECT] = { make_mprotect, false },
	[OP_MADVISE] = { make_madvise, false },
	[OP_GUARD_INSTALL] = { make_guard_install, false },
	[OP_GUARD_REMOVE] = { make_guard_remove, false },
	[OP_TOUCH] = { make_touch, false },
	[OP_MLOCK] = { make_mlock, false },
	[OP_MUNLOCK] = { make_munlock, false },
	[OP_MLOCKALL] = { make_mlockall, true },
	[OP_MUNLOCKALL] = { make_nothing, true },
	[OP_MSEAL] = { make_mseal, false },
	[OP_MREMAP] = { make_mremap, false },
	[OP_BRK] = { make_brk, true },
	[OP_MBIND] = { make_mbind, false },
	[OP_HOME_NODE] = { make_home_node, false },
	[OP_NAME] = { make_name, false },
	[OP_UFFD_REGISTER] = { make_uffd_register, false },
	[OP_UFFD_UNREGISTER] = { make_uffd_unregister, false },
	[OP_UFFD_CLOSE] = { make_uffd_close, false },
	[OP_REMAP_FILE_PAGES] = { make_remap_file_pages, false },
	[OP_SPECIAL] = { make_special, true },
	[OP_EXEC_STACK] = { make_exec_stack, true },
	[OP_RELOCATE_DOWN] = { make_relocate_down, false },
	[OP_CLEAR_SOFTDIRTY] = { make_nothing, true },
	[OP_KSM] = { make_ksm, true },
	[OP_RLIMIT] = { make_rlimit, true },
	[OP_LIMIT] = { make_limit, true },
	[OP_FORK] = { make_nothing, true },
	[OP_EXIT] = { make_nothing, true },
	[OP_VM_BRK] = { make_vm_brk, true },
};

void generate_fields(struct generator *generator, const struct program *so_far,
		     const struct seen_space *space, struct op *op)
{
	struct making making = { generator, so_far, space, NULL, 0, op };

	if (!space->vmas && !makers[op->kind].on_empty)
		op->kind = OP_MMAP;
	makers[op->kind].make(&making);
}
