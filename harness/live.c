/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The live subject: system calls on the running kernel. Programs run whole, in an executor
 * process that owns a private window of address space; what it saw is then told operation by
 * operation. What cannot be done without risk to the machine, or would say nothing, is
 * skipped with a reason; it is never imitated.
 */
#define _GNU_SOURCE
#include "live_subject.h"

#include "compare.h"
#include "flags.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define SAMPLE_EVERY 9

static struct live *live_of(struct subject *subject)
{
	return (struct live *)(void *)subject;
}

const struct live_layout *live_layout(const struct live_shared *shared, uint32_t index,
				      uint32_t slot)
{
	uint32_t at = shared->records[index].layout[slot];

	if (at == LIVE_NO_LAYOUT)
		return NULL;
	return (const struct live_layout *)(const void *)(shared->arena + at);
}

/* What a guest says of its executors, as if it were one. */
static int guest_answers(struct live *live, struct live_process *process, enum live_command command)
{
	int error = guest_command(live->guest, command);

	process->shared = live->guest->memory ? &live->guest->memory->shared : NULL;
	process->pid = error ? 0 : live->guest->pid;
	if (error)
		memcpy(process->fault, live->guest->fault, sizeof(process->fault));
	return error;
}

int live_start(struct live *live, struct live_process *process)
{
	_Static_assert(sizeof(process->fault) == GUEST_FAULT, "one goes into the other");
	if (!live->guest)
		return live_process_start(process);
	return process->pid ? 0 : guest_answers(live, process, LIVE_COMMAND_START);
}

int live_run(struct live *live, struct live_process *process)
{
	if (!live->guest)
		return live_process_run(process);
	return guest_answers(live, process, LIVE_COMMAND_RUN);
}

/* The same program is always read alike. */
static bool is_sample(const struct program *program, const struct live_op *ops)
{
	const unsigned char *bytes = (const unsigned char *)ops;
	size_t size = program->op_count * sizeof(*ops), i;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return (hash >> 32) % SAMPLE_EVERY == 0;
}

static enum live_depth choose_depth(const struct live *live, const struct program *program,
				    const struct live_op *ops)
{
	switch (live->reading) {
	case LIVE_READ_LAYOUT:
		return LIVE_DEPTH_NEVER;
	case LIVE_READ_AT_END:
		return LIVE_DEPTH_END;
	case LIVE_READ_EVERY:
		return LIVE_DEPTH_EVERY;
	default:
		break;
	}
	if (live->reading == LIVE_READ_USUAL && live->plain.shared->machine.iterator)
		return LIVE_DEPTH_EVERY;
	return is_sample(program, ops) ? LIVE_DEPTH_EVERY : LIVE_DEPTH_END;
}

static void write_request(struct live *live, const struct program *program)
{
	const struct settings *settings = &program->settings;
	struct live_shared *shared = live->process->shared;
	struct live_request *request = &shared->request;
	uint32_t i;

	_Static_assert(PROGRAM_RLIMITS == (int)LIVE_RLIMITS, "the same limits in the same order");
	_Static_assert(sizeof(program->names[0]) == LIVE_NAME_BYTES, "every name fits");
	if (program->name_count)
		memcpy(shared->names, program->names, program->name_count * LIVE_NAME_BYTES);
	for (i = 0; i < program->op_count; i++)
		live_translate(program, &program->ops[i], &shared->ops[i]);
	/* Should the executor be dead already, nothing of the last program may remain. */
	shared->pc = 0;
	shared->arena_used = 0;
	memset(request, 0, sizeof(*request));
	request->pages = settings->pages;
	request->op_count = program->op_count;
	request->limit = live_meets_limit(program) ? settings->limit : LIVE_UNLIMITED;
	request->drop_ipc_lock = settings->ipc_lock == SETTING_OFF;
	request->limited = live_has_rlimits(program);
	for (i = 0; i < LIVE_RLIMITS; i++)
		request->rlimit[i] = settings->rlimit[i];
	request->forked = live_has_processes(live, program) || request->drop_ipc_lock;
	request->depth = (uint8_t)choose_depth(live, program, shared->ops);
	live_name_codes(request, !live->onfault_unnamed);
}

/* Both executors' health and the program's settings; what it needs is set up. */
static int prepare(struct live *live, const struct program *program, const char **why)
{
	int error = live_start(live, &live->plain);

	if (error) {
		*why = live->plain.fault;
		return error;
	}
	*why = live_refuses(live, program);
	if (*why)
		return SUBJECT_SKIP;
	/* A guest has one of each kind, and looks which is meant. */
	live->process = live_meets_limit(program) && !live->guest ? &live->ballast : &live->plain;
	error = live_start(live, live->process);
	if (error)
		*why = live->process->fault;
	return error;
}

static int live_begin(struct subject *self, const struct program *program, const char **why)
{
	struct live *live = live_of(self);
	int error;

	if (getpid() != live->owner) {
		*why = "a live subject belongs to the process that created it";
		return -EPERM;
	}
	error = prepare(live, program, why);
	if (error)
		return error;
	live->pages = program->settings.pages;
	live->op_count = program->op_count;
	live->done = program->op_count;
	live->at = -1;
	live->ended = false;
	write_request(live, program);
	error = live_run(live, live->process);
	if (!error) {
		live_number_files(live);
		return 0;
	}
	if (program->op_count == 0) {
		*why = live->process->fault;
		return error;
	}
	/*
	 * What came before has its records; the operation at work, or the last one when the
	 * executor died afterwards, answers with the failure.
	 */
	live->done = live->process->shared->pc;
	if (live->done >= program->op_count)
		live->done = program->op_count - 1;
	live_number_files(live);
	return 0;
}

static const char *skip_reason(const struct live *live, const struct op *op,
			       const struct live_record *record)
{
#define TEXT(name, text) text,
	static const char *const texts[] = { LIVE_SKIPS(TEXT) };
#undef TEXT

	if (record->skip == LIVE_SKIP_KIND)
		return live->no_kind[op->kind % OP_KINDS];
	if (record->skip == LIVE_SKIP_FILE)
		return live->no_file[op->file % WORLD_FILES];
	return texts[record->skip % LIVE_SKIP_COUNT];
}

static int live_apply(struct subject *self, const struct program *program, uint32_t index,
		      struct observation *seen, const char **why)
{
	static const uint8_t forms[] = {
		[LIVE_VALUE] = RESULT_VALUE,
		[LIVE_ERRNO] = RESULT_ERRNO,
		[LIVE_NOOP] = RESULT_NOOP,
	};
	struct live *live = live_of(self);
	const struct live_record *record;

	if (index >= live->done) {
		*why = index < live->op_count ? live->process->fault : "live runs whole programs";
		return index < live->op_count ? -EIO : -EINVAL;
	}
	record = &live->process->shared->records[index];
	if (record->skip) {
		*why = skip_reason(live, &program->ops[index], record);
		return SUBJECT_SKIP;
	}
	live->at = index;
	seen->result = (struct seen_result){
		.form = forms[record->form % sizeof(forms)],
		.error = record->error,
		.value = record->value,
	};
	seen->events = 0;
	seen->alloc_failed = 0;
	return 0;
}

/* Where flags were not read, what the layout reader shows of them. */
static uint64_t seen_flags(const struct live_layout *layout, const struct live_vma *vma)
{
	uint64_t flags = 0;

	if (layout->deep)
		return vma->flags;
	flags |= vma->prot & 1 ? VM_FLAG(rd) : 0;
	flags |= vma->prot & 2 ? VM_FLAG(wr) : 0;
	flags |= vma->prot & 4 ? VM_FLAG(ex) : 0;
	/* It shows VM_MAYSHARE, which is all a file not open for writing gets. */
	if (vma->prot & LIVE_PROT_SHARED)
		flags |= VM_FLAG(ms) | (vma->file == FILE_READONLY ? 0 : VM_FLAG(sh));
	return flags;
}

/* From 1 on; they are few, and the newest is looked for most. */
static uint32_t anon_number(struct live *live, uint64_t anon_vma)
{
	uint32_t i;

	if (!anon_vma)
		return 0;
	for (i = live->anon_vmas; i > 0; i--)
		if (live->anon_vma[i - 1] == anon_vma)
			return i;
	live->anon_vma[live->anon_vmas++] = anon_vma;
	return live->anon_vmas;
}

static void fill_space(struct live *live, struct seen_space *space,
		       const struct live_layout *layout)
{
	const struct live_vma *from;
	uint32_t i;

	for (i = 0; i < layout->vmas; i++) {
		from = &layout->vma[i];
		memset(&space->vma[i], 0, sizeof(space->vma[i]));
		space->vma[i].start = from->start;
		space->vma[i].end = from->end;
		space->vma[i].pgoff = from->pgoff;
		space->vma[i].file = from->file;
		space->vma[i].flags = seen_flags(layout, from);
		space->vma[i].anon = anon_number(live, from->anon_vma);
		space->vma[i].chain = from->anon_vma ? (uint8_t)from->chain : 0;
	}
	space->vmas = layout->vmas;
	space->vma_count = layout->vma_count;
	if (layout->guards)
		memcpy(space->guard, &layout->vma[layout->vmas], live_guard_bytes(live->pages));
	else
		memset(space->guard, 0, live_guard_bytes(live->pages));
}

static uint32_t live_observe(struct subject *self, struct observation *seen)
{
	struct live *live = live_of(self);
	const struct live_shared *shared = live->process->shared;
	uint32_t facts = self->facts, slot, i;
	const struct live_layout *layout;
	uint8_t order[PROGRAM_SPACES];

	live->anon_vmas = 0;
	if (live->at < 0 || live->ended) {
		for (slot = 0; slot < PROGRAM_SPACES; slot++)
			seen->space[slot].alive = false;
		seen->space[0].alive = !live->ended;
		seen->space[0].number = 0;
		seen->space[0].vmas = 0;
		seen->space[0].vma_count = 0;
		memset(seen->space[0].guard, 0, live_guard_bytes(live->pages));
		return facts;
	}
	for (slot = 0; slot < PROGRAM_SPACES; slot++) {
		layout = live_layout(shared, (uint32_t)live->at, slot);
		seen->space[slot].alive = layout != NULL;
		if (!layout)
			continue;
		seen->space[slot].number = shared->records[live->at].number[slot];
		if (!layout->deep)
			facts &= ~(uint32_t)FACT_FLAGS;
		if (!layout->full)
			facts &= ~(uint32_t)(FACT_ANON | FACT_ANON_PGOFF);
		if (!layout->guards)
			facts &= ~(uint32_t)FACT_GUARDS;
	}
	for (i = 0; i < observation_order(seen, order); i++)
		fill_space(live, &seen->space[order[i]],
			   live_layout(shared, (uint32_t)live->at, order[i]));
	return facts;
}

/* The readers check themselves in the executor; left are the count, and flags without a name. */
static const char *live_validate(struct subject *self)
{
	struct live *live = live_of(self);
	const struct live_layout *layout;
	uint32_t slot;

	if (live->at < 0 || live->ended)
		return NULL;
	for (slot = 0; slot < PROGRAM_SPACES; slot++) {
		layout = live_layout(live->process->shared, (uint32_t)live->at, slot);
		if (layout && layout->vma_count != layout->vmas)
			return "STR-3 the kernel's count of VMAs is not that of the VMAs it shows";
		if (!layout || !layout->unknown[0])
			continue;
		snprintf(live->complaint, sizeof(live->complaint),
			 "FLAGS smaps shows the VmFlags code %.2s, which has no name here",
			 layout->unknown);
		return live->complaint;
	}
	return NULL;
}

static int live_end(struct subject *self, struct observation *seen, const char **why)
{
	struct live *live = live_of(self);
	uint32_t slot;

	if (live->done < live->op_count) {
		*why = live->process->fault;
		return -EIO;
	}
	for (slot = 0; slot < PROGRAM_SPACES; slot++)
		seen->space[slot].alive = false;
	seen->events = 0;
	live->ended = true;
	return 0;
}

static void live_describe(struct subject *self, void (*line)(void *to, const char *text), void *to)
{
	struct live *live = live_of(self);
	uint32_t i;

	for (i = 0; i < live->lines; i++)
		line(to, live->line[i]);
}

static void live_destroy(struct subject *self)
{
	struct live *live = live_of(self);

	/* A copy in a forked process owns nothing. */
	if (getpid() == live->owner && live->guest) {
		guest_leave(live->guest);
	} else if (getpid() == live->owner) {
		live_process_stop(&live->plain);
		live_process_stop(&live->ballast);
	}
	free(live);
}

/* printf into the next line of describe(). */
#define SAY(live, ...) snprintf((live)->line[(live)->lines++], LIVE_LINE, __VA_ARGS__)

static void describe_machine(struct live *live)
{
	const struct live_machine *machine = &live->plain.shared->machine;
	struct utsname name;

	if (live->guest)
		SAY(live, "kernel %.64s, booted by qemu", live->guest->memory->release);
	else if (uname(&name) == 0)
		SAY(live, "kernel %.40s %.20s", name.release, name.machine);
	SAY(live, "layout after every operation by %s",
	    machine->procmap_query ? "PROCMAP_QUERY" : "/proc/self/maps");
	if (machine->iterator)
		SAY(live, "full state (flags, anon_vma, offsets, vma_count) by a BPF iterator");
	else
		SAY(live, "flags by smaps, no full state by a BPF iterator: %.99s",
		    machine->no_iterator);
	SAY(live, "guard markers by pagemap: %s", machine->guard_bit ? "yes" : "no");
	SAY(live, "anonymous VMA names: %s; CAP_IPC_LOCK: %s; private IPC namespace: %s",
	    machine->anon_names ? "yes" : "no", machine->ipc_lock ? "yes" : "no",
	    machine->ipc_namespace ? "yes" : "no");
	SAY(live, "mseal: %s; userfaultfd: %s; heap in the window: %s; KSM of a process: %s",
	    machine->mseal ? "yes" : "no", machine->uffd ? "yes" : "no",
	    machine->heap ? "yes" : "no", machine->ksm ? "yes" : "no");
	SAY(live, "NUMA nodes that policies may name: 0x%llx", (unsigned long long)machine->nodes);
	SAY(live, "vm.max_map_count %u%s, vm.overcommit_memory %u", machine->max_map_count,
	    live->guest ? " of our own choice" : "", machine->overcommit_memory);
}

static void name_missing(struct live *live)
{
	uint32_t i;

	for (i = 0; i < OP_KINDS; i++)
		snprintf(live->no_kind[i], sizeof(live->no_kind[i]), "live does not do %s",
			 op_kind_name((enum op_kind)i));
	for (i = 0; i < WORLD_FILES; i++)
		snprintf(live->no_file[i], sizeof(live->no_file[i]), "live has no file %s",
			 world_file_name((enum world_file)i));
}

static const struct subject live_subject = {
	.name = "live",
	.whole_program = true,
	.default_quirks = true,
	.begin = live_begin,
	.apply = live_apply,
	.observe = live_observe,
	.validate = live_validate,
	.end = live_end,
	.describe = live_describe,
	.destroy = live_destroy,
};

/* What both kinds of it begin as; NULL with the reason in *why. */
static struct live *live_new(const char *name, const char **why)
{
	struct live *live;

	if (sizeof(void *) != 8) {
		*why = "live needs a 64-bit build";
		return NULL;
	}
	live = calloc(1, sizeof(*live));
	if (!live) {
		*why = "out of memory";
		return NULL;
	}
	live->subject = live_subject;
	live->subject.spelled = name;
	live->reader = live_name_reader(name);
	live->plain.reader = live->ballast.reader = live->reader;
	live->owner = (int)getpid();
	live->reading = LIVE_READ_USUAL;
	live->process = &live->plain;
	name_missing(live);
	return live;
}

/* What can be asked of it is asked. */
static int live_ask(struct live *live, struct subject **ret, const char **why)
{
	const struct live_machine *machine;

	describe_machine(live);
	if (live_probe(live)) {
		*why = "the live executor does not survive its probes";
		live_destroy(&live->subject);
		return -EIO;
	}
	machine = &live->plain.shared->machine;
	if (live->reader == LIVE_READER_BPF && !machine->iterator) {
		*why = "the BPF iterator cannot be read (doctor says why)";
		live_destroy(&live->subject);
		return -ENOSYS;
	}
	live->subject.anon_names = machine->anon_names ? SETTING_ON : SETTING_OFF;
	live->subject.facts = FACT_LAYOUT | FACT_FLAGS | FACT_FILE_PGOFF | FACT_INODE |
			      (machine->iterator ? FACT_ANON | FACT_ANON_PGOFF : 0U) |
			      (machine->guard_bit ? FACT_GUARDS : 0U);
	SAY(live, "stack guard gap %u pages; behaves as %s", live->subject.default_gap,
	    profile_name((enum profile)live->subject.default_profile));
	*ret = &live->subject;
	return 0;
}

int subject_live_create(const char *name, struct subject **ret, const char **why)
{
	struct live *live = live_new(name, why);

	if (!live)
		return -ENOSYS;
	if (live_start(live, &live->plain)) {
		*why = "the live executor does not start (is live_exec beside this command?)";
		live_destroy(&live->subject);
		return -ENOSYS;
	}
	return live_ask(live, ret, why);
}

int subject_qemu_create(const char *name, struct subject **ret, const char **why)
{
	struct live *live = live_new(name, why);
	char image[GUEST_IMAGE];
	int error;

	if (!live)
		return -ENOSYS;
	live->subject.name = "qemu";
	live->subject.patience = GUEST_PATIENCE;
	live_name_image(name, image);
	error = guest_take(image, &live->guest, why);
	if (!error)
		live->guest->reader = live->reader;
	if (!error && live_start(live, &live->plain)) {
		*why = live->guest->fault;
		error = -EIO;
	}
	if (error) {
		live_destroy(&live->subject);
		return error;
	}
	return live_ask(live, ret, why);
}

void subject_live_set_reading(struct subject *subject, enum live_reading reading)
{
	if (subject->describe == live_describe)
		live_of(subject)->reading = reading;
}

void subject_live_set_output(struct subject *subject, const char *folder)
{
	if (subject->describe == live_describe && live_of(subject)->guest)
		live_of(subject)->guest->output = folder;
}

int subject_live_process(const struct subject *subject)
{
	const struct live *live = (const struct live *)(const void *)subject;

	return subject->describe == live_describe ? live->process->pid : 0;
}
