/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program's address spaces. Without fork the program runs in the executor itself and the
 * window is emptied by one munmap. With fork every space is a process, all of them children
 * of the executor (the server), and one runs at a time:
 *
 *	server          space 0          space 1
 *	  |-- open ------->|
 *	  |                | mmap, ...
 *	  |                | fork -----> |  reads its window
 *	  |                |<-- open --- |
 *	  |                | reads its window, goes on
 *	  |<-- open -------|  (the next operation is another space's)
 *	  |-- open -------------------->|
 */
#define _GNU_SOURCE
#include "live_exec.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_SECONDS 20
#define LOOK_MILLISECONDS 20
#define NO_SLOT LIVE_SPACES

static uint32_t slot_of(const struct live_shared *shared, uint8_t number)
{
	uint32_t i;

	for (i = 0; i < LIVE_SPACES; i++)
		if (shared->space[i].pid && shared->space[i].number == number)
			return i;
	return NO_SLOT;
}

static uint32_t free_slot(const struct live_shared *shared)
{
	uint32_t i;

	for (i = 0; i < LIVE_SPACES; i++)
		if (!shared->space[i].pid)
			return i;
	return NO_SLOT;
}

/* What every live space looks like after the operation. */
static void record_spaces(struct live_shared *shared, struct live_record *record)
{
	const struct live_space *space;
	uint32_t i;

	for (i = 0; i < LIVE_SPACES; i++) {
		space = &shared->space[i];
		record->number[i] = space->number;
		record->layout[i] = space->pid ? space->layout : LIVE_NO_LAYOUT;
	}
}

static void record_rest_full(struct live_shared *shared)
{
	struct live_record *record;

	for (; shared->pc < shared->request.op_count; shared->pc++) {
		record = &shared->records[shared->pc];
		memset(record, 0, sizeof(*record));
		record->skip = LIVE_SKIP_FULL;
		record_spaces(shared, record);
	}
}

/* Reads the own window; false when there is no room left to note it. */
static bool look(struct executor *x, bool deep)
{
	struct live_space *space = &x->shared->space[x->me];
	uint32_t at = read_window(x, deep);

	if (at == LIVE_NO_LAYOUT)
		return false;
	space->layout = at;
	return true;
}

/* Which areas of userfaultfd may be accessed only their flags tell. */
static bool every(const struct executor *x)
{
	return x->shared->request.depth == LIVE_DEPTH_EVERY || x->shared->space[x->me].traps;
}

static void claim_slot(struct live_shared *shared, uint32_t slot, int32_t pid)
{
	struct live_space *space = &shared->space[slot];

	space->pid = pid;
	space->number = (uint8_t)shared->next_number++;
	space->leaving = 0;
}

/* The acting process of a space that fork or the server made. */
static void become_space(struct executor *x, uint32_t slot)
{
	struct live_shared *shared = x->shared;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != shared->server)
		_exit(3);
	alarm(PATIENCE_SECONDS);
	close(x->maps);
	close(x->smaps);
	close(x->pagemap);
	readers_open(x);
	if (shared->machine.iterator && !iterator_attach(x))
		executor_fault(x, "cannot attach the BPF iterator");
	x->me = slot;
}

/* Ends when the server has nothing more for this space. */
static void serve_turns(struct executor *x);

/* Siblings, not descendants: so the server can wait for each of them. */
static void do_fork(struct executor *x, struct live_record *record)
{
	struct live_shared *shared = x->shared;
	uint32_t slot = free_slot(shared), parent = x->me;
	long pid;

	if (slot == NO_SLOT) {
		record->form = LIVE_NOOP;
		return;
	}
	pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
	if (pid < 0) {
		record->form = LIVE_ERRNO;
		record->error = errno;
		return;
	}
	if (pid == 0) {
		become_space(x, slot);
		state_of_child(x);
		shared->space[slot].traps = 0;
		shared->space[slot].layout = LIVE_NO_LAYOUT;
		shared->space[slot].grows_down = shared->space[parent].grows_down;
		if (!look(x, every(x)))
			shared->space[slot].layout = shared->space[parent].layout;
		claim_slot(shared, slot, (int32_t)getpid());
		gate_open(shared, LIVE_GATE_SPACE + parent);
		serve_turns(x);
	}
	gate_wait(shared, LIVE_GATE_SPACE + parent, 0);
}

/* One operation of this space. False when the program cannot go on here. */
static bool step(struct executor *x)
{
	struct live_shared *shared = x->shared;
	const struct live_op *op = &shared->ops[shared->pc];
	struct live_record *record = &shared->records[shared->pc];

	memset(record, 0, sizeof(*record));
	record->skip = op->skip ? op->skip : (uint8_t)op_check(x, op);
	if (!record->skip && op->kind == LIVE_FORK)
		do_fork(x, record);
	else if (!record->skip)
		op_perform(x, op, record);
	if (!look(x, every(x))) {
		record_rest_full(shared);
		return false;
	}
	op_note_object(x, op, record);
	record_spaces(shared, record);
	shared->pc++;
	return true;
}

static void note_noop(struct live_shared *shared)
{
	struct live_record *record = &shared->records[shared->pc];

	memset(record, 0, sizeof(*record));
	record->form = LIVE_NOOP;
	record_spaces(shared, record);
	shared->pc++;
}

static bool is_mine(const struct executor *x)
{
	const struct live_shared *shared = x->shared;

	return slot_of(shared, shared->ops[shared->pc].space) == x->me;
}

static _Noreturn void leave(struct executor *x)
{
	struct live_shared *shared = x->shared;

	shared->space[x->me].leaving = 1;
	gate_open(shared, LIVE_GATE_SERVER);
	_exit(0);
}

static void take_turn(struct executor *x)
{
	struct live_shared *shared = x->shared;
	uint32_t seen = shared->space[x->me].layout;

	if (shared->phase == LIVE_PHASE_LEAVE)
		leave(x);
	if (seen != LIVE_NO_LAYOUT && look(x, layout_at(shared, seen)->deep) &&
	    shared->space[x->me].layout != seen)
		executor_fault(x, "an operation on one space changed another");
	if (shared->phase == LIVE_PHASE_FINAL) {
		look(x, true);
		return;
	}
	while (shared->pc < shared->request.op_count && is_mine(x)) {
		if (shared->ops[shared->pc].kind == LIVE_EXIT && !shared->ops[shared->pc].skip)
			leave(x);
		if (!step(x))
			return;
	}
}

static void serve_turns(struct executor *x)
{
	for (;;) {
		gate_wait(x->shared, LIVE_GATE_SPACE + x->me, 0);
		take_turn(x);
		gate_open(x->shared, LIVE_GATE_SERVER);
	}
}

static bool give_up_ipc_lock(const struct live_request *request)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (!request->drop_ipc_lock)
		return true;
	if (syscall(SYS_capget, &header, data) != 0)
		return false;
	data[0].effective &= ~(UINT32_C(1) << CAP_IPC_LOCK);
	data[0].permitted &= ~(UINT32_C(1) << CAP_IPC_LOCK);
	data[0].inheritable &= ~(UINT32_C(1) << CAP_IPC_LOCK);
	return syscall(SYS_capset, &header, data) == 0;
}

/* The server's side. */

static _Noreturn void spaces_lost(struct executor *x, const char *text)
{
	struct live_shared *shared = x->shared;
	uint32_t i;

	for (i = 0; i < LIVE_SPACES; i++)
		if (shared->space[i].pid)
			kill(shared->space[i].pid, SIGKILL);
	executor_fault(x, text);
}

static void reap(struct executor *x, uint32_t slot)
{
	struct live_space *space = &x->shared->space[slot];
	int status;

	if (waitpid(space->pid, &status, 0) != space->pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status) != 0)
		spaces_lost(x, "the process of a space ended badly");
	space->pid = 0;
	space->leaving = 0;
}

static void give_turn(struct executor *x, uint32_t slot, enum live_phase phase)
{
	struct live_shared *shared = x->shared;
	int status;

	shared->phase = (uint32_t)phase;
	gate_open(shared, LIVE_GATE_SPACE + slot);
	while (!gate_wait(shared, LIVE_GATE_SERVER, LOOK_MILLISECONDS)) {
		if (waitpid(-1, &status, WNOHANG) > 0)
			spaces_lost(x, shared->fault[0] ? shared->fault
							: "the process of a space was killed");
	}
	if (shared->space[slot].leaving)
		reap(x, slot);
}

/* Every live space in ascending order of its number. */
static void give_all_a_turn(struct executor *x, enum live_phase phase)
{
	uint32_t number, slot;

	for (number = 0; number < x->shared->next_number; number++) {
		slot = slot_of(x->shared, (uint8_t)number);
		if (slot != NO_SLOT)
			give_turn(x, slot, phase);
	}
}

static void start_first_space(struct executor *x)
{
	struct live_shared *shared = x->shared;
	long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (pid < 0)
		executor_fault(x, "cannot fork");
	if (pid > 0) {
		claim_slot(shared, 0, (int32_t)pid);
		return;
	}
	become_space(x, 0);
	if (!give_up_ipc_lock(&shared->request))
		executor_fault(x, "cannot give up CAP_IPC_LOCK");
	if (!state_begin(x))
		executor_fault(x, "cannot set the resource limits");
	serve_turns(x);
}

/* The process of an exit is gone and can note nothing itself. */
static void note_exit(struct live_shared *shared)
{
	struct live_record *record = &shared->records[shared->pc];

	memset(record, 0, sizeof(*record));
	record_spaces(shared, record);
	shared->pc++;
}

static void run_forked(struct executor *x)
{
	struct live_shared *shared = x->shared;
	uint32_t slot;

	shared->space[0].layout = read_window(x, every(x));
	start_first_space(x);
	while (shared->pc < shared->request.op_count) {
		slot = slot_of(shared, shared->ops[shared->pc].space);
		if (slot == NO_SLOT) {
			note_noop(shared);
			continue;
		}
		give_turn(x, slot, LIVE_PHASE_RUN);
		if (!shared->space[slot].pid)
			note_exit(shared);
	}
	if (shared->request.depth == LIVE_DEPTH_END && shared->pc > 0) {
		give_all_a_turn(x, LIVE_PHASE_FINAL);
		record_spaces(shared, &shared->records[shared->pc - 1]);
	}
	give_all_a_turn(x, LIVE_PHASE_LEAVE);
}

static void run_alone(struct executor *x)
{
	struct live_shared *shared = x->shared;
	struct live_request *request = &shared->request;

	claim_slot(shared, 0, shared->server);
	if (!state_begin(x))
		executor_fault(x, "cannot set the resource limits");
	if (!look(x, every(x)))
		executor_fault(x, "no room for the first layout");
	while (shared->pc < request->op_count) {
		if (!is_mine(x))
			note_noop(shared);
		else if (!step(x))
			break;
	}
	if (request->depth == LIVE_DEPTH_END && shared->pc > 0 && look(x, true))
		record_spaces(shared, &shared->records[shared->pc - 1]);
	if (munmap((void *)(uintptr_t)LIVE_WINDOW, request->pages * LIVE_PAGE) != 0)
		executor_fault(x, "cannot empty the window");
	if (!state_end(x))
		executor_fault(x, "cannot take limits and heap back");
}

static uint32_t files_used(const struct live_shared *shared)
{
	uint32_t used = 0, i;

	for (i = 0; i < shared->request.op_count; i++)
		if (shared->ops[i].kind == LIVE_MMAP)
			used |= UINT32_C(1) << shared->ops[i].file;
	return used;
}

/* Gives back what touches of files made the kernel store. */
static void empty_files(const struct executor *x)
{
	uint32_t used = files_used(x->shared), i;

	if (used & 1 << LIVE_FILE_PLAIN2)
		used |= 1 << LIVE_FILE_PLAIN;
	for (i = 0; i < LIVE_FILES; i++)
		if (used & UINT32_C(1) << i && x->store[i] >= 0)
			fallocate(x->store[i], FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
				  INT64_MAX);
}

void program_run(struct executor *x)
{
	struct live_shared *shared = x->shared;
	uint32_t most = shared->request.pages + LIVE_LIMIT_SLACK;
	uint32_t limit = shared->request.limit;

	shared->pc = 0;
	shared->arena_used = 0;
	shared->next_number = 0;
	shared->objects = 0;
	memset(shared->space, 0, sizeof(shared->space));
	shared->space[0].layout = LIVE_NO_LAYOUT;
	x->me = 0;
	if (!window_is_empty(x))
		executor_fault(x, "the window is not empty");
	if (limit != LIVE_UNLIMITED && !ballast_set(x, 0, limit < most ? limit : most))
		executor_fault(x, "the ballast cannot reach this limit");
	if (shared->request.forked)
		run_forked(x);
	else
		run_alone(x);
	if (!window_is_empty(x))
		executor_fault(x, "the window is not empty after a program");
	empty_files(x);
}
