/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random programs, aimed at where address-space bugs are: boundaries at VMA edges, gaps
 * filled exactly, changes undone, attributes copied from a neighbour so that merges happen,
 * about half of the VMAs never faulted, the VMA limit just above the count.
 *
 * Operations are made one at a time from the layout that stands, so most of them succeed.
 * Each program has its own mood (swarm testing): some operations, files and advices are left
 * out, others are frequent, and some programs are about one thing, of which they now and then
 * do a figure: a few operations that belong together. Everything follows from (seed, program
 * number, what was observed).
 */
#ifndef VMAFUZZ_GENERATE_H
#define VMAFUZZ_GENERATE_H

#include "program.h"
#include "subject.h"

#define GENERATE_KIND(kind) (UINT64_C(1) << (kind))
#define GENERATE_FILE(file) (UINT32_C(1) << (file))

/* Forms that a subject may be unable to do. */
enum generate_form {
	GENERATE_NOREPLACE = 1 << 0,
	GENERATE_PLACED_BY_KERNEL =
		1 << 1,		   /* mmap hint=, anywhere; mremap maymove, dontunmap alone */
	GENERATE_BYTES = 1 << 2,   /* addresses and lengths inside a page */
	GENERATE_RAW = 1 << 3,	   /* numbers far outside, lengths that wrap */
	GENERATE_OUTSIDE = 1 << 4, /* ranges that reach past TOP, from TOP */
	GENERATE_NUMBERS = 1 << 5, /* unknown bits of prot, flags, advice */
	GENERATE_GROWSDOWN = 1 << 6,
	GENERATE_STACK = 1 << 7,
	GENERATE_LOCKED = 1 << 8,
	GENERATE_POPULATE = 1 << 9,
	GENERATE_NORESERVE = 1 << 10,
	GENERATE_DROPPABLE = 1 << 11,
	GENERATE_SHARED = 1 << 12,
	GENERATE_SETTINGS = 1 << 13, /* rlimits, overcommit, gap, small limits as settings */
	GENERATE_REFUSED = 1 << 14,  /* now and then what is bound to fail (holes, empty ranges) */
	GENERATE_OBJECT_PARTS = 1 << 15, /* shm, shared zero: other than all of a new object */
	GENERATE_EVENTS = 1 << 16,	 /* userfaultfd contexts that tell of fork and mremap */
	GENERATE_ALL_FORMS = (1 << 17) - 1
};

struct generator_options {
	uint64_t kinds;	     /* GENERATE_KIND() of each operation allowed; mmap always is */
	uint64_t no_limit;   /* of these, what a program with limits leaves out; 0: nothing, and
				limits are in any program */
	uint32_t files;	     /* GENERATE_FILE(), that of FILE_ANON included */
	uint32_t forms;	     /* enum generate_form */
	uint64_t advices;    /* bit per advice below 64 */
	uint32_t pages;	     /* of the window; 0: chosen per program */
	uint16_t alloc_rate; /* of 1024 operations have an allocation fail */
	uint16_t space_rate; /* of 1024 operations change to another live space */
	uint16_t odd_rate;   /* of 1024 operations take an odd form, in programs that do */
};

/* One operation in short, in pages: what takes another back, or a step of a figure. */
struct generator_step {
	uint8_t kind;
	uint8_t space;	 /* or GENERATE_NEWEST */
	uint8_t how;	 /* mremap, limit; mmap is always fixed */
	uint8_t file;	 /* mmap */
	uint8_t context; /* uffd_register, uffd_unregister */
	uint32_t start, pages;
	uint32_t target;    /* mremap: where to, or how long */
	uint32_t number;    /* prot, advice, modes, limit, name; touch: 1 writes */
	uint32_t map_flags; /* mmap */
	uint64_t pgoff;	    /* mmap */
};
#define GENERATE_NEWEST UINT8_MAX /* the space forked last of those that live */
#define GENERATE_UNDO 8
#define GENERATE_STEPS 16

struct generator {
	struct generator_options options;
	uint64_t random;
	size_t op_size; /* of struct op */
	/* the mood of this program */
	uint8_t kind[256]; /* what a random byte does */
	uint8_t file[8];   /* palettes: a fresh choice is one of these */
	uint8_t prot[4];
	uint8_t advice[8];
	uint8_t anon_share;   /* of 256 fresh mappings are anonymous */
	uint8_t copy_share;   /* of 256 mappings and changes take a neighbour's attributes */
	uint8_t undo_share;   /* of 256 operations take an earlier one back */
	uint8_t figure_share; /* of 256 operations begin a figure of the mood */
	uint8_t mood;	      /* which of generate_figure.c */
	bool odd;
	uint32_t touch_salt; /* which VMAs this program never faults */
	/* where it stands */
	uint32_t pages;
	uint8_t slot;	 /* acting space: index into observation.space */
	uint8_t lift_in; /* operations until `lift` ends a tight limit; 0: none in force */
	uint8_t undo_next;
	uint32_t undo_set; /* bit per element of undo[] in use */
	struct generator_step undo[GENERATE_UNDO];
	struct op lift;
	uint8_t step_next, steps; /* those of step[] to come: step_next .. steps-1 */
	struct generator_step step[GENERATE_STEPS];
};

/* "everything": all that programs can say. "live-safe": what the running kernel can be asked
 * without leaving the window or changing the machine. -EINVAL for another name. */
int generator_preset(const char *name, struct generator_options *ret);

/* Begins program `number` of a seed. */
void generator_start(struct generator *generator, const struct generator_options *options,
		     uint64_t seed, uint64_t number);
/* The names that `name` operations use; a program needs them before the first generate_op(). */
int generate_names(struct program *program);
void generate_settings(struct generator *generator, struct settings *settings);
/* The next operation, given what the last one left behind. */
void generate_op(struct generator *generator, const struct program *so_far,
		 const struct observation *now, struct op *op);
/* Whatever the mood: the next operations are the steps of a figure. False: none fits here. */
bool generator_begin_figure(struct generator *generator, const struct program *so_far,
			    const struct observation *now);
/* A figure was begun and is not at its end. */
static inline bool generator_in_figure(const struct generator *generator)
{
	return generator->step_next < generator->steps;
}

#endif
