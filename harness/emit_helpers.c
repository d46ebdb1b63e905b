/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of the functions in emit_calls.in a test of system calls needs. */
#include "embedded.h"
#include "emit_calls.h"
#include "flags.h"

static bool maps_file(const struct emission *emission, uint8_t file)
{
	for (uint32_t i = 0; i < emission->program.op_count; i++) {
		if (emit_calls_does(emission, i) && emission->step[i].call.kind == LIVE_MMAP &&
		    emission->step[i].call.file == file)
			return true;
	}
	return false;
}

static bool maps_files(const struct emission *emission)
{
	for (unsigned int file = LIVE_FILE_ANON + 1; file < LIVE_FILES; file++) {
		if (file != LIVE_FILE_SHM && maps_file(emission, (uint8_t)file))
			return true;
	}
	return false;
}

bool emit_calls_has_guards(const struct emission *emission)
{
	return emit_has(emission, OP_GUARD_INSTALL) &&
	       !profile_before_6_18((enum profile)emission->program.settings.profile);
}

bool emit_calls_has_limit(const struct emission *emission)
{
	return emission->written.limit != 65530 || emit_has(emission, OP_LIMIT);
}

/* VmLck counts the whole process, so it is looked at where nothing else of it is locked. */
bool emit_calls_has_locks(const struct emission *emission)
{
	if (emit_has(emission, OP_MLOCKALL))
		return false;
	for (uint32_t i = 0; i < emission->program.op_count; i++) {
		if (emission->step[i].after.alive && emission->step[i].after.locked_vm)
			return true;
	}
	return false;
}

bool emit_calls_watches(const struct emission *emission)
{
	return emit_has(emission, OP_UFFD_REGISTER) || emit_has(emission, OP_UFFD_UNREGISTER) ||
	       emit_has(emission, OP_UFFD_CLOSE);
}

bool emit_calls_gives_up_locks(const struct emission *emission)
{
	return emission->program.settings.ipc_lock == SETTING_OFF;
}

bool emit_calls_limits(const struct emission *emission, unsigned int kind)
{
	if (kind == PROGRAM_RLIMIT_MEMLOCK && !emit_calls_gives_up_locks(emission))
		return false;
	return emission->program.settings.rlimit[kind] != RLIMIT_NONE;
}

bool emit_calls_has_limits(const struct emission *emission)
{
	for (unsigned int kind = 0; kind < PROGRAM_RLIMITS; kind++) {
		if (emit_calls_limits(emission, kind))
			return true;
	}
	return emit_has(emission, OP_RLIMIT);
}

static bool touches(const struct emission *emission, bool writing)
{
	for (uint32_t i = 0; i < emission->program.op_count; i++) {
		if (emission->program.ops[i].kind == OP_TOUCH && emit_calls_does(emission, i) &&
		    !emission->program.ops[i].touch_write == !writing)
			return true;
	}
	return false;
}

static void print_contexts(FILE *out, const struct emission *emission)
{
	const unsigned char *text = embedded_emit_calls_in;
	bool forks = emit_has(emission, OP_FORK);

	emit_print_section(out, text, "contexts");
	if (forks || emit_has(emission, OP_UFFD_REGISTER) || emit_has(emission, OP_UFFD_CLOSE))
		emit_print_section(out, text, "contexts close");
	if (emit_has(emission, OP_UFFD_REGISTER))
		emit_print_section(out, text, "contexts watch");
	if (emit_has(emission, OP_UFFD_UNREGISTER))
		emit_print_section(out, text, "contexts unwatch");
	if (forks)
		emit_print_section(out, text, "contexts drop");
}

void emit_calls_print_helpers(FILE *out, const struct emission *emission)
{
	const unsigned char *text = embedded_emit_calls_in;

	emit_print_section(out, text, "numbers");
	if (maps_files(emission))
		emit_print_section(out, text, "files");
	else
		emit_print_section(out, text, "no files");
	emit_print_section(out, text, "layout");
	if (emit_calls_has_guards(emission))
		emit_print_section(out, text, "guards");
	if (emit_calls_has_locks(emission))
		emit_print_section(out, text, "locks");
	if (touches(emission, /* writing= */ true))
		emit_print_section(out, text, "touch write");
	if (touches(emission, /* writing= */ false))
		emit_print_section(out, text, "touch read");
	if (maps_file(emission, LIVE_FILE_SHM))
		emit_print_section(out, text, "segment");
	if (emit_has(emission, OP_BRK))
		emit_print_section(out, text, "heap");
	if (emit_calls_has_limits(emission))
		emit_print_section(out, text, "limits");
	if (emit_calls_gives_up_locks(emission))
		emit_print_section(out, text, "capability");
	if (emit_calls_watches(emission))
		print_contexts(out, emission);
	if (emit_has(emission, OP_CLEAR_SOFTDIRTY))
		emit_print_section(out, text, "softdirty");
	if (emit_calls_has_limit(emission))
		emit_print_section(out, text, "limit");
}
