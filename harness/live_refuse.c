/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which programs a machine cannot have, and what a program needs of the executor. */
#include "live_subject.h"

#define BALLAST_LIMIT_MAX 120000 /* VMAs that ballast can stand for */

bool live_meets_limit(const struct program *program)
{
	uint32_t i;

	if (program->settings.limit < program->settings.pages + LIVE_LIMIT_SLACK)
		return true;
	for (i = 0; i < program->op_count; i++)
		if (program->ops[i].kind == OP_LIMIT)
			return true;
	return false;
}

/*
 * What a process cannot take back: sealed areas stay until it ends, locking all memory locks
 * the executor's own, merging of equal pages is remembered. So it gets one of its own. On some
 * kernels an area that is left behind by mremap stays counted as locked, which matters to who
 * may lock only so much.
 */
bool live_has_processes(const struct live *live, const struct program *program)
{
	const struct live_machine *machine = &live->plain.shared->machine;
	uint32_t i;

	for (i = 0; i < program->op_count; i++) {
		switch (program->ops[i].kind) {
		case OP_FORK:
		case OP_EXIT:
		case OP_MSEAL:
		case OP_MLOCKALL:
		case OP_KSM:
			return true;
		case OP_MREMAP:
			if (!machine->ipc_lock && program->ops[i].dontunmap)
				return true;
			break;
		default:
			break;
		}
	}
	return false;
}

/* Limits on address space, data or stack, now or later. */
bool live_has_rlimits(const struct program *program)
{
	const uint64_t *rlimit = program->settings.rlimit;
	uint32_t i;

	for (i = 0; i < program->op_count; i++)
		if (program->ops[i].kind == OP_RLIMIT)
			return true;
	return rlimit[PROGRAM_RLIMIT_AS] != RLIMIT_NONE ||
	       rlimit[PROGRAM_RLIMIT_DATA] != RLIMIT_NONE ||
	       rlimit[PROGRAM_RLIMIT_STACK] != RLIMIT_NONE;
}

/* A limit that the whole window fits under is as good as none, and as the privilege. */
static bool locking_is_free(const struct live_machine *machine, const struct settings *settings)
{
	return machine->hard[LIVE_RLIMIT_MEMLOCK] >= settings->pages;
}

static const char *refuse_locking(const struct live_machine *machine,
				  const struct settings *settings)
{
	uint64_t wanted = settings->rlimit[PROGRAM_RLIMIT_MEMLOCK];

	if (settings->ipc_lock != SETTING_OFF)
		return machine->ipc_lock || locking_is_free(machine, settings)
			       ? NULL
			       : "live has no CAP_IPC_LOCK";
	if (wanted == RLIMIT_NONE)
		return locking_is_free(machine, settings) ? NULL
							  : "live has a limit on locked memory";
	return wanted > machine->hard[LIVE_RLIMIT_MEMLOCK] ? "live has a limit on locked memory"
							   : NULL;
}

/* Limits are set above what the executor has itself, so a hard one is in the way. */
static const char *refuse_rlimits(const struct live_machine *machine,
				  const struct settings *settings)
{
	uint32_t i;

	for (i = 0; i < LIVE_RLIMIT_MEMLOCK; i++)
		if (machine->hard[i] != LIVE_RLIMIT_NONE && settings->rlimit[i] != RLIMIT_NONE)
			return "live has a hard limit on address space, data or stack";
	if (settings->rlimit[PROGRAM_RLIMIT_DATA] == 0)
		return "live cannot set rlimit data to 0";
	return NULL;
}

const char *live_refuses(const struct live *live, const struct program *program)
{
	const struct live_machine *machine = &live->plain.shared->machine;
	const struct settings *settings = &program->settings;
	bool limited = live_meets_limit(program);

	if (settings->pages > LIVE_PAGES_MAX || program->op_count > LIVE_OPS_MAX)
		return "live has no room for so many pages or operations";
	if (settings->overcommit == OVERCOMMIT_NEVER ||
	    machine->overcommit_memory != (settings->overcommit == OVERCOMMIT_ALWAYS ? 1U : 0U))
		return "live has another overcommit policy";
	if (settings->gap && settings->gap != live->subject.default_gap)
		return "live has another stack guard gap";
	if (limited && live_has_rlimits(program))
		return "live does not do limit together with rlimit";
	if (limited && live_has_processes(live, program))
		return "live does not do limit together with fork, exit, mseal, mlockall or ksm";
	if (limited && settings->ipc_lock == SETTING_OFF)
		return "live does not do limit together with ipc_lock off";
	if (limited && machine->max_map_count > BALLAST_LIMIT_MAX)
		return "live has a max_map_count too large for ballast";
	if (!limited && machine->max_map_count < settings->pages + 1000)
		return "live has a max_map_count too small for the window";
	if (refuse_rlimits(machine, settings))
		return refuse_rlimits(machine, settings);
	return refuse_locking(machine, settings);
}
