/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which operations can be system calls of a test. Which system call with which numbers is what
 * the live subject makes of an operation (live_translate.c), and whether it may be issued is what
 * its executor would say (live_exec_check.c), asked with the model's layout in place of the
 * kernel's.
 */
#define _POSIX_C_SOURCE 200809L
#include "emit_calls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flags.h"
#include "live_exec.h"
#include "live_subject.h"

/* How the model shows the file that stands for one of the program. */
static uint32_t seen_file(unsigned int file)
{
	static const uint32_t files[LIVE_FILES] = {
		[LIVE_FILE_PLAIN] = FILE_PLAIN,
		[LIVE_FILE_PLAIN2] = FILE_PLAIN2,
		[LIVE_FILE_OTHER] = FILE_OTHER,
		[LIVE_FILE_READONLY] = FILE_READONLY,
	};

	return files[file];
}

/* The executor that would be asked. It has no process: it only remembers a layout. */
static struct executor *executor_of(struct emission *emission)
{
	struct executor *x = emission->own;
	struct live_machine *machine;

	if (x)
		return x;
	x = calloc(1, sizeof(*x));
	if (!x)
		return NULL;
	x->shared = aligned_alloc(_Alignof(struct live_shared), sizeof(*x->shared));
	if (!x->shared) {
		free(x);
		return NULL;
	}
	/* Of the arena only the layout is used that is written first. */
	memset(x->shared, 0, offsetof(struct live_shared, arena));
	machine = &x->shared->machine;
	machine->ipc_lock = !emit_calls_gives_up_locks(emission);
	machine->mseal = 1;
	machine->ksm = 1;
	machine->nodes = 1;
	machine->uffd = 1;
	machine->heap = 1;
	for (unsigned int file = LIVE_FILE_PLAIN; file <= LIVE_FILE_READONLY; file++) {
		machine->file[file].device = 1;
		machine->file[file].inode = seen_file(file);
	}
	for (unsigned int i = 0; i < LIVE_CONTEXTS; i++)
		x->context[i] = -1;
	x->shared->request.pages = emission->program.settings.pages;
	live_name_codes(&x->shared->request, true);
	emission->own = x;
	return x;
}

static void executor_free(void *own)
{
	struct executor *x = own;

	free(x->shared);
	free(x);
}

/* Which pages are there nobody says: where userfaultfd would be asked for others, any may be. */
bool pages_are_there(struct executor *x, uint64_t start, uint64_t end)
{
	(void)x;
	return start < end;
}

/* How large a shared object is the layout does not say, so none is taken to be large enough. */
static void remember_layout(struct executor *x, const struct seen_space *space)
{
	struct live_layout *layout = (struct live_layout *)(void *)x->shared->arena;

	x->shared->objects = 0;
	x->shared->space[0].traps = 1;
	layout->vmas = space->vmas;
	layout->deep = 1;
	for (uint32_t i = 0; i < space->vmas; i++) {
		const struct seen_vma *vma = &space->vma[i];
		bool object = vma->file >= SEEN_OBJECT;

		layout->vma[i] = (struct live_vma){
			.start = vma->start,
			.end = vma->end,
			.prot = (uint32_t)(vma->flags & 7) |
				(vma->flags & VM_FLAG(ms) ? LIVE_PROT_SHARED : 0),
			.device = vma->file ? 1 : 0,
			.inode = vma->file,
			.pgoff = vma->pgoff,
			.flags = vma->flags,
		};
		if (object && x->shared->objects < LIVE_OPS_MAX)
			x->shared->object[x->shared->objects++] = (struct live_object_size){
				.device = 1,
				.inode = vma->file,
				.file = LIVE_FILE_SHM,
			};
		x->shared->space[0].grows_down |= vma->flags & VM_FLAG(gd) ? 1 : 0;
	}
}

static const char *limit_left_out(const struct emission *emission, unsigned int kind,
				  uint64_t pages)
{
	if (kind == PROGRAM_RLIMIT_MEMLOCK && !emit_calls_gives_up_locks(emission))
		return "who may lock memory anyway has no limit on it";
	/* The kernel tolerates a limit of 0, and ours counts the process itself as well. */
	if (kind == PROGRAM_RLIMIT_DATA && !pages)
		return "the process has data already";
	return NULL;
}

const char *emit_calls_left_out(struct emission *emission, uint32_t index)
{
#define TEXT(name, text) text,
	static const char *const texts[] = { LIVE_SKIPS(TEXT) };
#undef TEXT
	const struct op *op = &emission->program.ops[index];
	struct live_op *call = &emission->step[index].call;
	struct executor *x = executor_of(emission);
	const struct seen_space *space = observation_space(&emission->now, op->space);

	if (!x)
		return "out of memory";
	emission->own_free = executor_free;
	live_translate(&emission->program, op, call);
	if (call->skip == LIVE_SKIP_FILE)
		return "no system call reaches the hooks of this file's driver";
	if (call->skip == LIVE_SKIP_KIND)
		return "no system call does this";
	if (call->skip)
		return texts[call->skip];
	if (op->kind == OP_RLIMIT)
		return limit_left_out(emission, op->how, op->nodes);
	remember_layout(x, space);
	return op_check(x, call) ? texts[op_check(x, call)] : NULL;
}

bool emit_calls_does(const struct emission *emission, uint32_t index)
{
	const struct emit_step *step = &emission->step[index];

	return !step->left_out && step->acts && step->result.form != RESULT_NOOP;
}

const char *emit_calls_refuses(const struct emission *emission)
{
	const struct settings *settings = &emission->program.settings;

	if (settings->rlimit[PROGRAM_RLIMIT_DATA] == 0)
		return limit_left_out(emission, PROGRAM_RLIMIT_DATA, 0);
	if (emission->gap && emission->gap != settings->gap)
		return "this kernel has another stack guard gap";
	if (settings->overcommit != OVERCOMMIT_GUESS)
		return "the overcommit policy belongs to the machine";
	if (emit_calls_gives_up_locks(emission) && emit_calls_has_limit(emission) &&
	    emit_has(emission, OP_MLOCKALL))
		return "what makes up for a limit of VMAs would be locked as well";
	for (uint32_t i = 0; i < emission->program.op_count; i++) {
		if (emit_calls_does(emission, i))
			return NULL;
	}
	return "no operation of the program can be made with a system call";
}

bool emit_calls_forks(const struct emission *emission)
{
	return emit_has(emission, OP_FORK) || emit_has(emission, OP_EXIT);
}
