/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tree's code as a subject: operations become calls, VMAs become observations. Built against
 * one kernel tree into an object of its own, whose only name is the one at the end.
 */
#include "../subject.h"

#include "../policy.h"
#include "calls.h"
#include "check.h"
#include "contract.h"
#include "files.h"

struct lx_subject {
	struct subject subject;
	struct mm_struct *alive[PROGRAM_SPACES]; /* by number, ascending */
	uint32_t living, next_number;
	uint32_t round, anon_vmas, objects; /* of the observation under way */
	uint32_t pages;
	const char *leak;
	const struct program *program;
	char why[64];
};

static struct lx_subject *lx_of(struct subject *self)
{
	return container_of(self, struct lx_subject, subject);
}

/* ---- spaces */

static struct mm_struct *find_mm(const struct lx_subject *lx, uint32_t number)
{
	for (uint32_t i = 0; i < lx->living; i++)
		if (lx->alive[i]->number == number)
			return lx->alive[i];
	return NULL;
}

static int do_fork(struct lx_subject *lx, struct mm_struct *mm)
{
	struct mm_struct *child;
	int error;

	shim()->forking = true;
	error = call_fork(mm, lx->next_number, &child);
	shim()->forking = false;
	if (error)
		return error;
	lx->alive[lx->living++] = child;
	lx->next_number++;
	return 0;
}

static void do_exit(struct lx_subject *lx, struct mm_struct *mm)
{
	uint32_t i = 0;

	call_exit(mm);
	while (lx->alive[i] != mm)
		i++;
	lx->living--;
	for (; i < lx->living; i++)
		lx->alive[i] = lx->alive[i + 1];
}

/* ---- operations */

static void fail_allocs(const struct op *op)
{
	struct shim_machine *machine = shim();

	machine->alloc_nth = op ? op->alloc_nth : 0;
	machine->alloc_onward = op && op->alloc_onward;
	machine->allocs = 0;
}

static int do_mmap_op(struct mm_struct *mm, const struct program *program, const struct op *op,
		      unsigned long *addr)
{
	struct mmap_call call = {
		.addr = place_address(&program->settings, op->addr),
		.len = place_length(op->len),
		.prot = op->prot,
		.flags = op->map_flags &
			 ~(unsigned int)(MAP_FIXED | MAP_FIXED_NOREPLACE | MAP_ANONYMOUS),
		.pgoff = op->pgoff,
	};
	int error;

	if (op->how == MMAP_FIXED)
		call.flags |= MAP_FIXED;
	else if (op->how == MMAP_NOREPLACE)
		call.flags |= MAP_FIXED_NOREPLACE;
	if (op->file == FILE_ANON)
		call.flags |= MAP_ANONYMOUS;
	else
		call.file = files_get(op->file);
	error = call_mmap(mm, &call, addr);
	if (call.file)
		fput(call.file);
	return error;
}

static unsigned int mremap_flags(const struct op *op)
{
	switch ((enum mremap_how)op->how) {
	case MREMAP_TO:
		return MREMAP_MAYMOVE | MREMAP_FIXED | (op->dontunmap ? MREMAP_DONTUNMAP : 0);
	case MREMAP_KEEP:
		return MREMAP_MAYMOVE | MREMAP_DONTUNMAP;
	default:
		return op->maymove ? MREMAP_MAYMOVE : 0;
	}
}

static int do_mremap_op(struct mm_struct *mm, const struct program *program, const struct op *op,
			unsigned long *addr)
{
	bool has_len = op->how == MREMAP_RESIZE || op->has_len;
	unsigned long len = place_length(op->len);

	*addr = op->has_dest ? place_address(&program->settings, op->dest) : 0;
	return call_mremap(mm, place_address(&program->settings, op->addr), len,
			   has_len ? place_length(op->newlen) : len,
			   mremap_flags(op) | op->map_flags, addr);
}

static void set_limit(const struct mm_struct *mm, const struct op *op)
{
	uint64_t count = (uint64_t)mm->map_count, limit = op->nodes;

	if (op->how == LIMIT_ABOVE)
		limit = count + op->nodes;
	else if (op->how == LIMIT_BELOW)
		limit = count > op->nodes ? count - op->nodes : 0;
	shim()->config.max_map_count = limit < INT_MAX ? (int)limit : INT_MAX;
}

/* 0, -errno or SUBJECT_SKIP; of what is done to a range. */
static int do_range(struct mm_struct *mm, const struct program *program, const struct op *op)
{
	unsigned long addr = place_address(&program->settings, op->addr);
	unsigned long len = place_length(op->len);

	switch ((enum op_kind)op->kind) {
	case OP_MUNMAP:
		return call_munmap(mm, addr, len);
	case OP_MPROTECT:
		return call_mprotect(mm, addr, len, op->prot);
	case OP_MADVISE:
		return call_madvise(mm, addr, len, op->advice);
	case OP_GUARD_INSTALL:
	case OP_GUARD_REMOVE:
		return call_guard(mm, addr, len, op->kind == OP_GUARD_INSTALL);
	case OP_TOUCH:
		return call_touch(mm, addr, len, op->touch_write);
	case OP_MLOCK:
		return call_mlock(mm, addr, len, op->mode);
	case OP_MUNLOCK:
		return call_munlock(mm, addr, len);
	case OP_MSEAL:
		return call_mseal(mm, addr, len, op->map_flags);
	case OP_MBIND:
		return call_mbind(mm, addr, len, op->mode, op->nodes);
	case OP_HOME_NODE:
		return call_home_node(mm, addr, len, op->nodes);
	case OP_NAME:
		return call_name(mm, addr, len, op->name ? program->names[op->name - 1] : NULL);
	case OP_UFFD_REGISTER:
		return call_uffd_register(mm, op->context % MM_CONTEXTS, op->features, addr, len,
					  op->mode);
	case OP_UFFD_UNREGISTER:
		return call_uffd_unregister(mm, op->context % MM_CONTEXTS, addr, len);
	case OP_REMAP_FILE_PAGES:
		return call_remap_file_pages(mm, addr, len, op->pgoff);
	case OP_SPECIAL:
		return call_special(mm, addr, len);
	case OP_EXEC_STACK:
		return call_exec_stack(mm, addr);
	case OP_RELOCATE_DOWN:
		return call_relocate_down(mm, addr, len, op->nodes);
	case OP_VM_BRK:
		return call_vm_brk(mm, addr, len, op->how);
	default:
		return SUBJECT_SKIP;
	}
}

/* The same of everything. *value: what success returns. */
static int do_op(struct lx_subject *lx, struct mm_struct *mm, const struct program *program,
		 const struct op *op, uint64_t *value)
{
	unsigned long addr = PROGRAM_BASE;
	int error = 0;

	switch ((enum op_kind)op->kind) {
	case OP_MMAP:
		error = do_mmap_op(mm, program, op, &addr);
		break;
	case OP_MREMAP:
		error = do_mremap_op(mm, program, op, &addr);
		break;
	case OP_BRK:
		addr = call_brk(mm, place_address(&program->settings, op->addr));
		break;
	case OP_MLOCKALL:
		return call_mlockall(mm, op->mode);
	case OP_MUNLOCKALL:
		return call_munlockall(mm);
	case OP_UFFD_CLOSE:
		return call_uffd_close(mm, op->context % MM_CONTEXTS);
	case OP_KSM:
		call_ksm(mm, op->how);
		return 0;
	case OP_CLEAR_SOFTDIRTY:
		call_clear_softdirty(mm);
		return 0;
	case OP_RLIMIT:
		mm->rlimit[op->how % RLIMITS] = op->nodes;
		return 0;
	case OP_LIMIT:
		set_limit(mm, op);
		return 0;
	case OP_FORK:
		return do_fork(lx, mm);
	case OP_EXIT:
		do_exit(lx, mm);
		return 0;
	default:
		return do_range(mm, program, op);
	}
	*value = addr - PROGRAM_BASE;
	return error;
}

_Static_assert((int)PROGRAM_RLIMIT_AS == (int)RLIMIT_AS_PAGES, "limits in one order");
_Static_assert((int)PROGRAM_RLIMIT_MEMLOCK == (int)RLIMIT_MEMLOCK_PAGES, "limits in one order");
_Static_assert(MM_PAGES >= PROGRAM_PAGES_MAX, "every page of a window has its bit");

/* Without them the kernel has no such system call, of which the model knows nothing. */
static bool is_configured(const struct op *op)
{
	switch ((enum op_kind)op->kind) {
#ifndef CONFIG_NUMA
	case OP_MBIND:
	case OP_HOME_NODE:
		return false;
#endif
#ifndef CONFIG_USERFAULTFD
	case OP_UFFD_REGISTER:
	case OP_UFFD_UNREGISTER:
	case OP_UFFD_CLOSE:
		return false;
#endif
	default:
		return true;
	}
}

static int linux_apply(struct subject *self, const struct program *program, uint32_t index,
		       struct observation *seen, const char **why)
{
	struct lx_subject *lx = lx_of(self);
	const struct op *op = &program->ops[index];
	struct mm_struct *mm = find_mm(lx, op->space);
	uint64_t value = 0;
	int error;

	lx->program = program;
	seen->events = 0;
	seen->alloc_failed = 0;
	seen->result = (struct seen_result){ .form = RESULT_NOOP };
	if (!mm || (op->kind == OP_FORK && lx->living == PROGRAM_SPACES))
		return 0;
	events_to(seen);
	shim()->task.mm = mm;
	shim()->allocs_failed = 0;
	decision_forget();
	fail_allocs(op);
	error = is_configured(op) ? do_op(lx, mm, program, op, &value) : SUBJECT_SKIP;
	fail_allocs(NULL);
	shim()->task.mm = NULL;
	events_to(NULL);
	seen->alloc_failed = shim()->allocs_failed;
	if (error == SUBJECT_SKIP) {
		snprintf(lx->why, sizeof(lx->why), "linux%s does not do %s%s",
			 is_configured(op) ? "" : " of this configuration",
			 op_kind_name((enum op_kind)op->kind),
			 op->kind == OP_RELOCATE_DOWN ? " of shared memory" : "");
		*why = lx->why;
		return SUBJECT_SKIP;
	}
	seen->result.form = error ? RESULT_ERRNO : RESULT_VALUE;
	seen->result.error = -error;
	seen->result.value = error ? 0 : value;
	return 0;
}

/* ---- observation */

static uint32_t number(const struct lx_subject *lx, uint32_t *seen_round, uint32_t *seen_number,
		       uint32_t *last)
{
	if (*seen_round != lx->round) {
		*seen_round = lx->round;
		*seen_number = ++*last;
	}
	return *seen_number;
}

static uint32_t observe_file(struct lx_subject *lx, struct file *file)
{
	if (!file)
		return FILE_ANON;
	if (file->driver && !world_of(file->driver)->own_object_per_map)
		return file->driver->file;
	return SEEN_OBJECT - 1 + number(lx, &file->seen_round, &file->seen_number, &lx->objects);
}

/* Its place among the program's names, which are all different. */
static uint16_t observe_name(const struct program *program, const struct anon_vma_name *name)
{
	if (!name)
		return 0;
	for (uint32_t i = 0; i < program->name_count; i++)
		if (!strcmp(program->names[i], name->name))
			return (uint16_t)(i + 1);
	return UINT16_MAX;
}

static void observe_vma(struct lx_subject *lx, const struct vm_area_struct *vma,
			struct seen_vma *seen)
{
	const struct mempolicy *policy = vma->vm_policy;
	const struct userfaultfd_ctx *ctx = vma->vm_userfaultfd_ctx.ctx;
	struct anon_vma *anon_vma = vma->anon_vma;

	*seen = (struct seen_vma){
		.start = (uint32_t)((vma->vm_start - PROGRAM_BASE) >> PAGE_SHIFT),
		.end = (uint32_t)((vma->vm_end - PROGRAM_BASE) >> PAGE_SHIFT),
		.flags = flags_seen(vma->vm_flags),
		.pgoff = vma->vm_pgoff - (vma->vm_file ? 0 : PROGRAM_BASE >> PAGE_SHIFT),
		.virt_pgoff = vma_start_anon_pgoff(vma) - (PROGRAM_BASE >> PAGE_SHIFT),
		.file = observe_file(lx, vma->vm_file),
		.uffd = ctx ? (uint8_t)(ctx - vma->vm_mm->uffd + 1) : 0,
		.name = observe_name(lx->program, vma->anon_name),
	};
	if (policy)
		seen->policy = policy_number(policy->mode | policy->flags, policy->nodes,
					     policy->home_node);
	if (!anon_vma)
		return;
	seen->anon = number(lx, &anon_vma->seen_round, &anon_vma->seen_number, &lx->anon_vmas);
	seen->chain = list_is_singular(&vma->anon_vma_chain) ? 1 : 2;
}

static void observe_mm(struct lx_subject *lx, struct mm_struct *mm, struct seen_space *seen)
{
	VMA_ITERATOR(vmi, mm, 0);
	struct vm_area_struct *vma;

	seen->alive = true;
	seen->number = (uint8_t)mm->number;
	seen->vmas = 0;
	for_each_vma(vmi, vma) if (seen->vmas < PROGRAM_PAGES_MAX)
		observe_vma(lx, vma, &seen->vma[seen->vmas++]);
	memcpy(seen->guard, mm->guard, (lx->pages + 63) / 64 * sizeof(*seen->guard));
	seen->vma_count = mm->map_count;
	seen->total_vm = (int64_t)mm->total_vm;
	seen->data_vm = (int64_t)mm->data_vm;
	seen->exec_vm = (int64_t)mm->exec_vm;
	seen->stack_vm = (int64_t)mm->stack_vm;
	seen->locked_vm = (int64_t)mm->locked_vm;
	seen->committed = (int64_t)mm->committed;
}

static uint32_t linux_observe(struct subject *self, struct observation *seen)
{
	struct lx_subject *lx = lx_of(self);

	lx->round++;
	lx->anon_vmas = 0;
	lx->objects = 0;
	for (uint32_t i = 0; i < PROGRAM_SPACES; i++)
		seen->space[i].alive = false;
	for (uint32_t i = 0; i < lx->living; i++)
		observe_mm(lx, lx->alive[i], &seen->space[i]);
	return self->facts;
}

static const char *linux_validate(struct subject *self)
{
	struct lx_subject *lx = lx_of(self);

	return lx->leak ? lx->leak : check_machine(lx->alive, lx->living);
}

/* ---- programs */

static void tear_down(struct lx_subject *lx)
{
	fail_allocs(NULL);
	while (lx->living)
		do_exit(lx, lx->alive[0]);
	files_forget();
}

static int linux_begin(struct subject *self, const struct program *program, const char **why)
{
	const struct settings *settings = &program->settings;
	struct lx_subject *lx = lx_of(self);
	struct mm_struct *mm;

	if (settings->profile == PROFILE_6_1) {
		*why = "the tree is of another profile than 6.1";
		return SUBJECT_SKIP;
	}
	events_to(NULL);
	tear_down(lx);
	/* What leaked was told; it is no leak of the next program's. */
	*shim() = (struct shim_machine){
		.config = {
			.base = PROGRAM_BASE,
			.task_size = PROGRAM_BASE + settings->pages * PAGE_BYTES,
			.gap = (unsigned long)settings->gap << PAGE_SHIFT,
			.max_map_count = settings->limit < INT_MAX ? (int)settings->limit : INT_MAX,
			.soft_dirty = settings->softdirty == SETTING_ON,
			.anon_names = settings->anon_names == SETTING_ON,
			.ipc_lock = settings->ipc_lock == SETTING_ON,
			.never_overcommit = settings->overcommit == OVERCOMMIT_NEVER,
			.commit_limit = settings->commit_limit,
			.strict = settings->quirks == SETTING_OFF,
			.as_7_3 = self->default_profile == PROFILE_7_3,
		},
	};
	files_init();
	lx->program = program;
	lx->pages = settings->pages;
	lx->leak = NULL;
	lx->next_number = 1;
	mm = new_mm(0);
	for (int i = 0; i < RLIMITS; i++)
		mm->rlimit[i] = settings->rlimit[i];
	lx->alive[0] = mm;
	lx->living = 1;
	return 0;
}

static int linux_end(struct subject *self, struct observation *seen, const char **why)
{
	struct lx_subject *lx = lx_of(self);

	(void)why;
	seen->events = 0;
	seen->alloc_failed = 0;
	events_to(seen);
	tear_down(lx);
	events_to(NULL);
	lx->leak = check_leaks();
	return 0;
}

static bool linux_explain(struct subject *self, struct merge_account *account)
{
	(void)self;
	return decision_explain(account);
}

static void linux_describe(struct subject *self, void (*line)(void *to, const char *text), void *to)
{
	(void)self;
	line(to, "linux: mm/vma.c and lib/maple_tree.c of a kernel tree");
}

static void linux_destroy(struct subject *self)
{
	struct lx_subject *lx = lx_of(self);

	events_to(NULL);
	tear_down(lx);
	free(lx);
}

__attribute__((visibility("default"))) int vmafuzz_linux_subject(struct subject **ret)
{
	struct lx_subject *lx = calloc(1, sizeof(*lx));

	if (!lx)
		return -ENOMEM;
	maple_tree_init();
#if __has_include("mm/vma_init.c")
	vma_state_init();
#endif
	lx->subject = (struct subject){
		.name = "linux",
#ifdef LINUX_TREE
		.spelled = "linux=" LINUX_TREE,
		.origin = "mm/vma.c and lib/maple_tree.c of " LINUX_TREE
			  "; the system calls around them are ours",
#endif
		.default_quirks = true,
#ifdef TREE_HAS_BITMAP_FLAGS
		.default_profile = PROFILE_7_3,
#else
		.default_profile = PROFILE_6_12,
#endif
		.default_gap = 4,
#ifndef CONFIG_MEM_SOFT_DIRTY
		.softdirty = SETTING_OFF,
#endif
#ifndef CONFIG_ANON_VMA_NAME
		.anon_names = SETTING_OFF,
#endif
#ifdef TREE_HAS_BITMAP_FLAGS
		.facts = FACT_ALL,
#else
		/* It keeps one offset only. */
		.facts = FACT_ALL & ~FACT_VIRT_PGOFF,
#endif
		.begin = linux_begin,
		.apply = linux_apply,
		.observe = linux_observe,
		.validate = linux_validate,
		.end = linux_end,
		.explain = linux_explain,
		.describe = linux_describe,
		.destroy = linux_destroy,
	};
	*ret = &lx->subject;
	return 0;
}
