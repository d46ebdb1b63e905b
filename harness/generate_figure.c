/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moods that are about one thing, and their figures: a few operations which, done one after
 * the other, lead to a place where single operations seldom come. Where and how large a figure
 * is, and what it leaves out, is diced.
 */
#include "generate_op.h"

#define READ 1u
#define READ_WRITE 3u
#define READ_EXEC 5u
#define READ_WRITE_EXEC 7u
#define PRIVATE 0x2u
#define SHARED 0x1u
#define ANONYMOUS 0x20u
#define ADVICE_DONTDUMP 16u
#define ADVICE_DODUMP 17u
#define ADVICE_WIPEONFORK 18u
#define MODE_WRITE_PROTECT 2u
#define POLICY_PREFERRED 1u
#define POLICY_BIND 2u

/* A figure in the making: its pages are [at, at + room), free of anything else at first. */
struct figure {
	struct generator *generator;
	const struct program *so_far;
	const struct observation *now;
	uint8_t space; /* of the steps to come */
	uint32_t at;
};

static uint32_t below(const struct figure *figure, uint32_t sides)
{
	return dice_below(figure->generator, sides);
}

static bool one_in(const struct figure *figure, uint32_t sides)
{
	return dice_share(figure->generator, 1, sides);
}

/* Pages count from the figure's first one, in its own steps only. */
static struct generator_step *add(const struct figure *figure, enum op_kind kind, uint32_t start,
				  uint32_t end, uint32_t number)
{
	struct generator *generator = figure->generator;
	struct generator_step *step = &generator->step[generator->steps];

	/* What is one too many is written over by the next. */
	if (generator->steps + 1 < GENERATE_STEPS)
		generator->steps++;
	*step = (struct generator_step){
		.kind = (uint8_t)kind,
		.space = figure->space,
		.start = figure->at + start,
		.pages = end - start,
		.number = number,
	};
	return step;
}

static void add_map(const struct figure *figure, uint32_t start, uint32_t end, uint32_t prot)
{
	add(figure, OP_MMAP, start, end, prot)->map_flags = PRIVATE | ANONYMOUS;
}

static void add_file(const struct figure *figure, uint32_t start, uint32_t end, uint32_t prot,
		     enum world_file file)
{
	struct generator_step *step = add(figure, OP_MMAP, start, end, prot);

	step->map_flags = SHARED;
	step->file = (uint8_t)file;
}

static void add_move(const struct figure *figure, uint32_t start, uint32_t end, uint32_t target)
{
	struct generator_step *step = add(figure, OP_MREMAP, start, end, 0);

	step->how = MREMAP_TO;
	step->target = figure->at + target;
}

static void add_growth(const struct figure *figure, uint32_t start, uint32_t end, uint32_t until)
{
	struct generator_step *step = add(figure, OP_MREMAP, start, end, 0);

	step->how = MREMAP_RESIZE;
	step->target = until - start;
}

/* Finds `room` pages, and empties them if they are to be; false: the window is too small. */
static bool take_room(struct figure *figure, uint32_t room, bool empty)
{
	uint32_t pages = figure->generator->pages;

	if (pages < room)
		return false;
	figure->at = dice_below(figure->generator, pages - room + 1);
	if (empty)
		add(figure, OP_MUNMAP, 0, room, 0);
	return true;
}

/* Anonymous memory, or a file's at the offset that its place has in the window. */
static void add_private(const struct figure *figure, uint32_t start, uint32_t end,
			enum world_file file)
{
	struct generator_step *step = add(figure, OP_MMAP, start, end, READ_WRITE);

	step->map_flags = file ? PRIVATE : PRIVATE | ANONYMOUS;
	step->file = (uint8_t)file;
	step->pgoff = file ? figure->at + start : 0;
}

static bool may_do(const struct figure *figure, uint64_t kinds)
{
	return !(kinds & ~figure->generator->options.kinds);
}

static bool has_file(const struct figure *figure, enum world_file file)
{
	return figure->generator->options.files & GENERATE_FILE(file);
}

static unsigned int count_alive(const struct observation *now)
{
	unsigned int alive = 0;

	for (unsigned int i = 0; i < PROGRAM_SPACES; i++)
		alive += now->space[i].alive;
	return alive;
}

/*
 * Several areas with gaps between them go into one, and at some point there is no slot for one
 * more piece: each costs one, for it cuts the area it goes into.
 *
 *	|BBBBBBBBBBBBBBBBBBBB|.|ss|..|s|.|ss|
 *	  '-<-----------------'
 */
static bool figure_several(struct figure *figure)
{
	uint32_t pieces = 3 + below(figure, 3), at, first;

	/* Each piece with the gap before it is at most four pages, and so much lies free before it.
	 */
	if (!take_room(figure, 2 + 8 * pieces, true))
		return false;
	add_map(figure, 0, 1 + 4 * pieces, one_in(figure, 4) ? READ_WRITE : READ);
	first = at = 2 + 4 * pieces;
	for (uint32_t i = 0; i < pieces; i++) {
		uint32_t pages = 1 + below(figure, 2);

		add_map(figure, at, at + pages, READ_WRITE);
		at += pages;
		first += i == 0 && pages > 1 && one_in(figure, 4);
		if (i + 1 < pieces)
			at += 1 + below(figure, 2);
	}
	add(figure, OP_LIMIT, 0, 0, 3 + pieces - below(figure, 3))->how = LIMIT_ABOVE;
	add_move(figure, first, at, 1);
	add(figure, OP_LIMIT, 0, 0, figure->so_far->settings.limit)->how = LIMIT_ABSOLUTE;
	return true;
}

/*
 * A boundary inside a mapping with a close hook may move; two such areas stay two, also when
 * a hole between them is filled from the left.
 *
 *	|rrrr|wwwwwwww|   ->   |rrrrrr|wwwwww|   ->   |rrrrrr|rrrrrr|
 *	|wwww|....|www|   ->   |wwwwwwww|www|
 */
static bool figure_segment(struct figure *figure)
{
	enum world_file file = FILE_CLOSE;
	uint32_t cut = 1 + below(figure, 2), until = cut + 1 + below(figure, 2), end = 5;

	if (!has_file(figure, FILE_CLOSE) || (has_file(figure, FILE_SHM) && one_in(figure, 2)))
		file = FILE_SHM;
	if (!has_file(figure, file) || !take_room(figure, end, false))
		return false;
	add_file(figure, 0, end, READ_WRITE, file);
	if (one_in(figure, 3)) {
		add(figure, OP_MUNMAP, cut, until, 0);
		add_growth(figure, 0, cut, until);
		return true;
	}
	add(figure, OP_MPROTECT, 0, cut, READ);
	add(figure, OP_MPROTECT, cut, until, READ);
	if (one_in(figure, 2))
		add(figure, OP_MPROTECT, cut, until, READ_WRITE);
	add(figure, OP_MPROTECT, one_in(figure, 2) ? 0 : cut, end, READ_WRITE);
	return true;
}

/* Where a driver gives an area operations of its own by its offset, only the right one closes. */
static bool figure_right_closes(struct figure *figure)
{
	if (!has_file(figure, FILE_PREPARE) || !take_room(figure, 4, false))
		return figure_segment(figure);
	add_file(figure, 0, 2, READ_WRITE, FILE_PREPARE);
	add_file(figure, 2, 3, READ, FILE_PREPARE);
	figure->generator->step[figure->generator->steps - 1].pgoff = 2;
	add_file(figure, 3, 4, READ_WRITE, FILE_PREPARE);
	figure->generator->step[figure->generator->steps - 1].pgoff = 3;
	add(figure, OP_MPROTECT, 2, 3, READ_WRITE);
	return true;
}

/*
 * Three areas side by side, of which some are faulted before they become equal: who takes whose
 * anon_vma, and who may join whom. The one in the middle is there, or fills a hole.
 *
 *	|wwww|xxxx|wwww|   ->   |wwww|wwww|wwww|
 */
static bool figure_neighbours(struct figure *figure)
{
	static const uint8_t middles[4] = { READ, READ_EXEC, READ_WRITE_EXEC, READ_WRITE_EXEC };
	uint32_t first = 1 + below(figure, 2), second = first + 1 + below(figure, 2);
	uint32_t cut[4] = { 0, first, second, second + 1 + below(figure, 2) };
	uint32_t prot = middles[below(figure, 4)], turn = below(figure, 3);
	bool hole = one_in(figure, 4), writable = !hole && prot == READ_WRITE_EXEC;

	if (!take_room(figure, cut[3], hole))
		return false;
	for (uint32_t i = 0; i < 3; i++)
		if (i != 1 || !hole)
			add_map(figure, cut[i], cut[i + 1], i == 1 ? prot : READ_WRITE);
	for (uint32_t i = turn; i < turn + 3; i++)
		if ((i % 3 != 1 || writable) && !one_in(figure, 3))
			add(figure, OP_TOUCH, cut[i % 3], cut[i % 3] + 1, 1);
	if (hole)
		add_map(figure, cut[1], cut[2], READ_WRITE);
	else
		add(figure, OP_MPROTECT, cut[1], cut[2], READ_WRITE);
	return true;
}

/*
 * A change is made to a piece, and again to what lies beside it, or to both: the second merges with
 * the first, and takes from the rest what it may not do without.
 *
 *	|aaaaaaaa|   ->   |aabbaaaa|   ->   |aabbbbaa|
 */
static bool figure_spread(struct figure *figure)
{
	static const struct {
		uint8_t kind, number;
	} changes[] = {
		{ OP_MBIND, POLICY_BIND },
		{ OP_MBIND, POLICY_PREFERRED },
		{ OP_MADVISE, ADVICE_DONTDUMP },
		{ OP_MADVISE, ADVICE_WIPEONFORK },
		{ OP_MPROTECT, READ },
		{ OP_MLOCK, 0 },
		{ OP_UFFD_REGISTER, MODE_WRITE_PROTECT },
		{ OP_REMAP_FILE_PAGES, 20 },
	};
	uint32_t which = below(figure, sizeof(changes) / sizeof(changes[0]));
	enum op_kind kind = (enum op_kind)changes[which].kind;
	enum world_file file = (enum world_file)figure->generator->file[below(figure, 8)];
	uint32_t cut[4] = { below(figure, 2) };
	bool upper_first = one_in(figure, 2);

	for (uint32_t i = 1; i < 4; i++)
		cut[i] = cut[i - 1] + 1 + below(figure, 2);
	if (!may_do(figure, GENERATE_KIND(kind)) || !take_room(figure, 8, false))
		return false;
	if (one_in(figure, 2) || !has_file(figure, file))
		add_map(figure, 0, 8, READ_WRITE);
	else
		add_file(figure, 0, 8, READ_WRITE, file);
	if (one_in(figure, 3))
		add(figure, OP_TOUCH, cut[1], cut[2], 1);
	add(figure, kind, cut[upper_first], cut[upper_first + 1], changes[which].number);
	if (one_in(figure, 4))
		add(figure, kind, cut[2], cut[3], changes[which].number);
	if (one_in(figure, 4))
		add(figure, kind, cut[0], cut[2], changes[which].number);
	else
		add(figure, kind, cut[!upper_first], cut[!upper_first + 1], changes[which].number);
	return true;
}

/* The newest forks; before there are too many, one between the first and the newest ends. */
static bool figure_generation(struct figure *figure)
{
	const struct observation *now = figure->now;
	int32_t first = -1, middle = -1;
	uint32_t page;

	figure->space = GENERATE_NEWEST;
	for (unsigned int i = 0; i < PROGRAM_SPACES && count_alive(now) > 2; i++) {
		if (!now->space[i].alive)
			continue;
		if (first < 0)
			first = now->space[i].number;
		else if (middle < 0)
			middle = now->space[i].number;
	}
	if (middle >= 0) {
		/* Whoever is first may go as well: then it is the next one's turn. */
		figure->space = (uint8_t)(one_in(figure, 4) ? first : middle);
		add(figure, OP_EXIT, 0, 0, 0);
		return true;
	}
	if (one_in(figure, 4) && take_room(figure, 2, false)) {
		page = below(figure, 2);
		add_map(figure, 0, 2, READ_WRITE);
		add(figure, OP_TOUCH, page, page + 1, 1);
	}
	add(figure, OP_FORK, 0, 0, 0);
	return true;
}

/*
 * In a child an inherited faulted area grows up to an equal one that never was.
 *
 *	|FF|....|UU|   ->   |FFFFFFFF|
 */
static bool figure_child_grows(struct figure *figure)
{
	uint32_t gap = 1 + below(figure, 3);

	if (!take_room(figure, 7, true))
		return false;
	add_map(figure, 0, 2, READ_WRITE);
	add(figure, OP_TOUCH, 0, 1 + below(figure, 2), 1);
	add_map(figure, 2 + gap, 4 + gap, READ_WRITE);
	add(figure, OP_FORK, 0, 0, 0);
	figure->space = GENERATE_NEWEST;
	if (one_in(figure, 4))
		add_map(figure, 2, 2 + gap, READ_WRITE);
	else
		add_growth(figure, 0, 2, 2 + gap);
	return true;
}

/*
 * An area goes away and comes home, where neighbours have come meanwhile: at home alone its
 * offsets fit theirs, once it is faulted.
 *
 *	|MMMM|...............|   ->   |....|UUUU|......|MMMM|   ->   |MMMM|UUUU|...........|
 */
static bool figure_return(struct figure *figure)
{
	enum world_file file =
		one_in(figure, 4) && has_file(figure, FILE_PLAIN) ? FILE_PLAIN : FILE_ANON;
	uint32_t start = 2, end = start + 1 + below(figure, 3), away = 9;
	uint32_t sides = 1 + below(figure, 3), early = below(figure, 4) & sides;

	if (!take_room(figure, 12, true))
		return false;
	add_private(figure, early & 1 ? 0 : start, early & 2 ? end + 2 : end, file);
	if (early && one_in(figure, 2))
		add(figure, OP_MPROTECT, start, end, READ_WRITE_EXEC);
	if (!one_in(figure, 4))
		add(figure, OP_TOUCH, start, start + 1, 1);
	if (may_do(figure, GENERATE_KIND(OP_FORK)) && count_alive(figure->now) < 3 &&
	    one_in(figure, 2)) {
		add(figure, OP_FORK, 0, 0, 0);
		figure->space = GENERATE_NEWEST;
	}
	add_move(figure, start, end, away);
	if (sides & ~early & 1)
		add_private(figure, 0, start, file);
	if (sides & ~early & 2)
		add_private(figure, end, end + 2, file);
	if (one_in(figure, 4))
		add(figure, OP_TOUCH, sides & 1 ? 0 : end, sides & 1 ? 1 : end + 1, 1);
	if (early && one_in(figure, 2))
		add(figure, OP_MPROTECT, away, away + end - start, READ_WRITE);
	add_move(figure, away, away + end - start, start);
	return true;
}

/* What a child gets wiped is unfaulted there, and has lost its guards. */
static bool figure_child_wiped(struct figure *figure)
{
	uint32_t cut = 1 + below(figure, 2);

	if (!take_room(figure, 5, false))
		return false;
	add_map(figure, 0, 3, READ_WRITE);
	if (!one_in(figure, 4))
		add(figure, OP_TOUCH, 0, cut, 1);
	if (one_in(figure, 2))
		add(figure, OP_GUARD_INSTALL, cut, 3, 0);
	add(figure, OP_MADVISE, 0, 3, ADVICE_WIPEONFORK);
	add(figure, OP_FORK, 0, 0, 0);
	figure->space = GENERATE_NEWEST;
	add_map(figure, 3, 5, READ_WRITE);
	add(figure, OP_MADVISE, 3, 5, ADVICE_WIPEONFORK);
	return true;
}

static bool figure_children(struct figure *figure)
{
	/* Each space that lives is looked at after every operation: three are enough. */
	if (count_alive(figure->now) > 2)
		return figure_generation(figure);
	return one_in(figure, 2) ? figure_child_grows(figure) : figure_child_wiped(figure);
}

/* Neighbours that differ in nothing but who watches them; and one that moves beside its like. */
static bool figure_contexts(struct figure *figure)
{
	uint32_t cut = 1 + below(figure, 3), first = below(figure, 4);
	bool moves = one_in(figure, 3);

	if (!take_room(figure, 7, moves))
		return false;
	add_map(figure, 0, 4, READ_WRITE);
	add(figure, OP_UFFD_REGISTER, 0, cut, MODE_WRITE_PROTECT)->context = (uint8_t)first;
	if (moves) {
		add_map(figure, 5, 7, READ_WRITE);
		add(figure, OP_UFFD_REGISTER, 5, 7, MODE_WRITE_PROTECT)->context = (uint8_t)first;
		add_move(figure, 5, 7, cut);
		return true;
	}
	add(figure, OP_UFFD_REGISTER, cut, 4, MODE_WRITE_PROTECT)->context =
		(uint8_t)((first + 1) % 4);
	if (one_in(figure, 2))
		add(figure, OP_UFFD_REGISTER, 0, 4, MODE_WRITE_PROTECT)->context = (uint8_t)first;
	return true;
}

/*
 * The heap grows behind what was mapped over its tail.
 *
 *	|hhhhhhh|   ->   |hhhh|fff|   ->   |hhhh|fff|hh|
 */
static bool figure_heap(struct figure *figure)
{
	static const uint8_t files[4] = { FILE_PLAIN, FILE_PLAIN, FILE_ZERO, FILE_ANON };
	enum world_file file = files[below(figure, 4)];
	uint32_t cut = 1 + below(figure, 3), until;

	/* One page behind the heap stays free. */
	if (!take_room(figure, 9, true))
		return false;
	add(figure, OP_BRK, 0, 0, 0);
	add(figure, OP_BRK, 4, 4, 0);
	if (has_file(figure, file))
		add_private(figure, cut, 4, file);
	until = 5 + below(figure, 3);
	add(figure, OP_BRK, until, until, 0);
	return true;
}

/* Two neighbours get one name by two calls, and then there is nothing left that differs. */
static bool figure_names(struct figure *figure)
{
	uint32_t cut = 1 + below(figure, 3), name = 1 + below(figure, GENERATE_NAMES);
	bool left = one_in(figure, 2);
	uint32_t start = left ? 0 : cut, end = left ? cut : 4;

	if (figure->so_far->name_count < GENERATE_NAMES || !take_room(figure, 4, false))
		return false;
	add_map(figure, 0, 4, READ_WRITE);
	add(figure, OP_MADVISE, start, end, ADVICE_DONTDUMP);
	add(figure, OP_NAME, 0, cut, name);
	add(figure, OP_NAME, cut, 4, name);
	add(figure, OP_MADVISE, start, end, ADVICE_DODUMP);
	if (one_in(figure, 2))
		add(figure, OP_NAME, 0, 2, name);
	return true;
}

enum mood {
	MOOD_ANYTHING,
	MOOD_LIMITS,
	MOOD_SEGMENTS,
	MOOD_NEIGHBOURS,
	MOOD_GENERATIONS,
	MOOD_CHILDREN,
	MOOD_CONTEXTS,
	MOOD_HEAP,
	MOOD_NAMES,
	MOOD_RETURNS,
	MOODS
};

struct mood_row {
	uint64_t needs; /* kinds; all of them, or it is another mood's turn */
	uint64_t more;	/* kinds that it has more of than others */
	uint8_t share;	/* of 32 programs */
	uint8_t figure_share;
	bool (*figure[2])(struct figure *figure);
};

#define KIND(kind) GENERATE_KIND(OP_##kind)

static const struct mood_row moods[MOODS] = {
	[MOOD_ANYTHING] = { .share = 0 },
	[MOOD_LIMITS] = { .needs = KIND(LIMIT) | KIND(MREMAP) | KIND(MUNMAP),
			  .more = KIND(LIMIT) | KIND(MPROTECT) | KIND(MUNMAP),
			  .share = 2,
			  .figure_share = 12,
			  .figure = { figure_several, figure_several } },
	[MOOD_SEGMENTS] = { .needs = KIND(MPROTECT) | KIND(MREMAP) | KIND(MUNMAP),
			    .more = KIND(MPROTECT),
			    .share = 1,
			    .figure_share = 30,
			    .figure = { figure_segment, figure_right_closes } },
	[MOOD_NEIGHBOURS] = { .needs = KIND(MPROTECT) | KIND(MUNMAP) | KIND(TOUCH),
			      .share = 1,
			      .figure_share = 30,
			      .figure = { figure_neighbours, figure_spread } },
	[MOOD_GENERATIONS] = { .needs = KIND(FORK) | KIND(EXIT) | KIND(TOUCH),
			       .more = KIND(TOUCH),
			       .share = 1,
			       .figure_share = 50,
			       .figure = { figure_generation, figure_generation } },
	[MOOD_CHILDREN] = { .needs = KIND(FORK) | KIND(EXIT) | KIND(TOUCH) | KIND(MREMAP) |
				     KIND(MUNMAP) | KIND(MADVISE) | KIND(GUARD_INSTALL),
			    .share = 1,
			    .figure_share = 20,
			    .figure = { figure_children, figure_children } },
	[MOOD_CONTEXTS] = { .needs = KIND(UFFD_REGISTER) | KIND(MREMAP) | KIND(MUNMAP),
			    .more = KIND(UFFD_REGISTER) | KIND(UFFD_UNREGISTER),
			    .share = 1,
			    .figure_share = 30,
			    .figure = { figure_contexts, figure_contexts } },
	[MOOD_HEAP] = { .needs = KIND(BRK) | KIND(MUNMAP),
			.more = KIND(BRK),
			.share = 1,
			.figure_share = 30,
			.figure = { figure_heap, figure_heap } },
	[MOOD_NAMES] = { .needs = KIND(NAME) | KIND(MADVISE),
			 .more = KIND(NAME),
			 .share = 1,
			 .figure_share = 30,
			 .figure = { figure_names, figure_names } },
	[MOOD_RETURNS] = { .needs = KIND(MREMAP) | KIND(MUNMAP) | KIND(MPROTECT) | KIND(TOUCH),
			   .more = KIND(MREMAP),
			   .share = 1,
			   .figure_share = 30,
			   .figure = { figure_return, figure_return } },
};

void generator_start_mood(struct generator *generator)
{
	struct generator_options *options = &generator->options;
	uint32_t which = dice_below(generator, 32);
	unsigned int mood = 0;

	while (++mood < MOODS && which >= moods[mood].share)
		which -= moods[mood].share;
	if (mood == MOODS || (moods[mood].needs & ~options->kinds))
		mood = MOOD_ANYTHING;
	generator->mood = (uint8_t)mood;
	generator->figure_share = moods[mood].figure_share;
	if (options->no_limit)
		options->kinds &= mood == MOOD_LIMITS ? ~options->no_limit : ~KIND(LIMIT);
}

uint64_t generator_mood_kinds(const struct generator *generator)
{
	return moods[generator->mood].more;
}

bool generator_mood_limits(const struct generator *generator)
{
	return generator->mood == MOOD_LIMITS;
}

bool generate_figure(struct generator *generator, const struct program *so_far,
		     const struct observation *now, const struct seen_space *space)
{
	struct figure figure = { generator, so_far, now, space->number, 0 };

	generator->step_next = generator->steps = 0;
	if (moods[generator->mood].figure[dice_below(generator, 2)](&figure))
		return true;
	generator->steps = 0;
	return false;
}

bool generate_any_figure(struct generator *generator, const struct program *so_far,
			 const struct observation *now, const struct seen_space *space)
{
	unsigned int mood = 1 + dice_below(generator, MOODS - 1);

	if (moods[mood].needs & ~generator->options.kinds)
		return false;
	generator->mood = (uint8_t)mood;
	generator->figure_share = moods[mood].figure_share;
	return generate_figure(generator, so_far, now, space);
}
