/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside the live subject: what live.c, live_probe.c and live_translate.c share.
 */
#ifndef VMAFUZZ_LIVE_SUBJECT_H
#define VMAFUZZ_LIVE_SUBJECT_H

#include "live.h"
#include "live_guest.h"
#include "live_process.h"
#include "program.h"

#define LIVE_PROBES_MAX 24
#define LIVE_LINE 160

/* An inode of no file of the world: an object, numbered by first appearance. */
struct live_object {
	uint32_t device;
	uint64_t inode;
};

struct live {
	struct subject subject; /* first: the callers' handle */
	int owner;		/* process that created it */
	enum live_reading reading;
	enum live_reader reader;
	struct guest *guest;	      /* where its executors run; NULL: on the kernel below */
	bool onfault_unnamed;	      /* VM_LOCKONFAULT has no code in smaps */
	struct live_process plain;    /* runs whatever needs no ballast */
	struct live_process ballast;  /* runs programs that meet the limit; started by the first */
	struct live_process *process; /* of the current program */

	/* The current program. */
	uint32_t pages, op_count;
	int64_t at;    /* operation last applied; -1: none */
	uint32_t done; /* operations that have a record */
	bool ended;
	uint32_t objects;
	struct live_object object[LIVE_OPS_MAX];
	/* Numbered by first appearance in the observation at hand. */
	uint32_t anon_vmas;
	uint64_t anon_vma[LIVE_SPACES * LIVE_PAGES_MAX];

	/* Skip reasons that name what is not there. */
	char no_kind[OP_KINDS][48];
	char no_file[WORLD_FILES][48];

	char complaint[80]; /* of validate() */

	/* For describe(). */
	uint32_t lines;
	char line[LIVE_PROBES_MAX + 11][LIVE_LINE];
};

/* A program's operation in plain numbers; skip is set in it when it cannot be done live. */
void live_translate(const struct program *program, const struct op *op, struct live_op *ret);

/* live_name.c: of a name that is one of a live subject. */
enum live_reader live_name_reader(const char *name);
void live_name_image(const char *name, char image[GUEST_IMAGE]);

/* live_refuse.c: settings that this machine cannot have; NULL: it can. */
const char *live_refuses(const struct live *live, const struct program *program);
bool live_meets_limit(const struct program *program);
/* It needs processes of its own. */
bool live_has_processes(const struct live *live, const struct program *program);
/* Limits on address space, data or stack, now or later. */
bool live_has_rlimits(const struct program *program);

/*
 * The flag codes of harness/flags.h, in the order of their bits. Kernels before 6.10 show those
 * they have no code for as "??", and of the flags that we bring about VM_LOCKONFAULT is the only
 * one.
 */
void live_name_codes(struct live_request *request, bool onfault_named);

/* Numbers the files in every layout of the record that was just made. */
void live_number_files(struct live *live);

/*
 * An executor is started unless it runs, and runs the request in its shared memory; the same here
 * and in a guest. -errno with the reason in its fault.
 */
int live_start(struct live *live, struct live_process *process);
int live_run(struct live *live, struct live_process *process);

/* Asks small programs what this kernel does; sets profile, gap and lines. 0 or -EIO. */
int live_probe(struct live *live);

/* The layout of a slot after operation `index`, or NULL. */
const struct live_layout *live_layout(const struct live_shared *shared, uint32_t index,
				      uint32_t slot);

#endif
