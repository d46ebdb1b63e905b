/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One operation as a system call. Only what live_exec_check.c let through comes here.
 */
#define _GNU_SOURCE
#include "live_exec.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Numbers that older headers lack. */
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#define TRAP_MISSING 1
#define TRAP_MINOR 4
#define TRAP_MODES 7

static void *at(uint64_t addr)
{
	return (void *)(uintptr_t)addr;
}

/* Accesses are made by the kernel on our behalf: a failed one is EFAULT and no signal. */
static int touch(struct executor *x, const struct live_op *op)
{
	uint64_t addr = page_down(op->addr);
	uint64_t end = op->len ? page_down(op->addr + op->len + LIVE_PAGE - 1) : addr;

	for (; addr < end; addr += LIVE_PAGE) {
		if (op->how) {
			/* The device answers a whole byte, or that it could not store it. */
			if (pread(x->file[LIVE_FILE_ZERO], at(addr), 1, 0) != 1)
				return errno;
			continue;
		}
		/* An empty name: the byte was readable, and nothing has that name. */
		if (access(at(addr), F_OK) == 0)
			executor_fault(x, "a page of the window holds data");
		if (errno != ENOENT)
			return errno;
	}
	return 0;
}

/* The segment goes away with its only mapping. */
static void *attach(const struct live_op *op)
{
	int id = shmget(IPC_PRIVATE, op->len, IPC_CREAT | 0700);
	void *place;
	int error;

	if (id < 0)
		return MAP_FAILED;
	place = shmat(id, at(op->addr), SHM_REMAP | (op->prot & PROT_EXEC ? SHM_EXEC : 0));
	error = errno;
	shmctl(id, IPC_RMID, NULL);
	errno = error;
	return place;
}

static int do_mmap(struct executor *x, const struct live_op *op, uint64_t *ret)
{
	uint32_t flags = op->flags & ~(uint32_t)(MAP_FIXED | MAP_FIXED_NOREPLACE | MAP_ANONYMOUS);
	void *place;

	if (op->how == LIVE_FIXED)
		flags |= MAP_FIXED;
	if (op->how == LIVE_NOREPLACE)
		flags |= MAP_FIXED_NOREPLACE;
	if (op->file == LIVE_FILE_ANON)
		flags |= MAP_ANONYMOUS;
	if (op->file == LIVE_FILE_SHM)
		place = attach(op);
	else
		place = (void *)syscall(SYS_mmap, op->addr, op->len, op->prot, flags,
					x->file[op->file], op->number * LIVE_PAGE);
	if (place == MAP_FAILED)
		return errno;
	*ret = (uint64_t)(uintptr_t)place;
	if (!range_in_window(x, *ret, op->len))
		executor_fault(x, "the kernel placed a mapping outside the window");
	if (flags & MAP_GROWSDOWN)
		x->shared->space[x->me].grows_down = 1;
	return 0;
}

static int do_mremap(struct executor *x, const struct live_op *op, uint64_t *ret)
{
	/* Where there is no target the kernel does not look at one; the filter does. */
	uint64_t dest = op->dest ? op->dest : LIVE_WINDOW;
	long place = syscall(SYS_mremap, op->addr, op->len, op->newlen, op->flags, dest);

	if (place == -1)
		return errno;
	*ret = (uint64_t)place;
	if (!range_in_window(x, *ret, op->newlen))
		executor_fault(x, "the kernel moved a mapping outside the window");
	return 0;
}

static int do_brk(struct executor *x, const struct live_op *op, uint64_t *ret)
{
	x->heap_moved = true;
	*ret = (uint64_t)syscall(SYS_brk, op->addr);
	if (!range_in_window(x, *ret, 0))
		executor_fault(x, "the kernel moved the heap outside the window");
	return 0;
}

/* A context comes into being with the first registration that the kernel can make sense of. */
static int do_uffd_register(struct executor *x, const struct live_op *op)
{
	struct uffdio_register request = {
		.range = { .start = op->addr, .len = op->len },
		.mode = op->flags,
	};
	bool fresh = x->context[op->context] < 0;
	int error;

	if (fresh)
		x->context[op->context] = context_open();
	if (x->context[op->context] < 0)
		executor_fault(x, "cannot open a userfaultfd");
	if (op->flags & (TRAP_MISSING | TRAP_MINOR))
		x->shared->space[x->me].traps = 1;
	error = ioctl(x->context[op->context], UFFDIO_REGISTER, &request) == 0 ? 0 : errno;
	if (fresh && error && (op->flags == 0 || op->flags & ~(uint32_t)TRAP_MODES))
		context_close(x, op->context);
	return error;
}

/* Without a context there is nobody to ask; the language calls it an invalid one. */
static int do_uffd_unregister(struct executor *x, const struct live_op *op)
{
	struct uffdio_range range = { .start = op->addr, .len = op->len };

	if (x->context[op->context] < 0)
		return EINVAL;
	return ioctl(x->context[op->context], UFFDIO_UNREGISTER, &range) == 0 ? 0 : errno;
}

static int do_clear_softdirty(struct executor *x)
{
	int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, "4", 1) == 1;

	if (!done)
		executor_fault(x, "cannot write to /proc/self/clear_refs");
	close(fd);
	return 0;
}

static uint32_t limit_wanted(const struct live_op *op, uint32_t vmas)
{
	uint64_t number = op->number;

	if (op->how == LIVE_LIMIT_BELOW)
		number = number < vmas ? vmas - number : 0;
	if (op->how == LIVE_LIMIT_ABOVE)
		number = number < LIVE_PAGES_MAX ? vmas + number : LIVE_UNLIMITED;
	return number < LIVE_UNLIMITED ? (uint32_t)number : LIVE_UNLIMITED;
}

static void do_limit(struct executor *x, const struct live_op *op, struct live_record *record)
{
	uint32_t vmas = layout_at(x->shared, x->shared->space[x->me].layout)->vmas;
	uint32_t most = x->shared->request.pages + LIVE_LIMIT_SLACK;
	uint32_t limit = limit_wanted(op, vmas);

	if (!ballast_set(x, vmas, limit < most ? limit : most))
		record->skip = LIVE_SKIP_LIMIT;
}

static long issue_range(struct executor *x, const struct live_op *op)
{
	const uint64_t a = op->addr, l = op->len, nodes = op->number;

	switch (op->kind) {
	case LIVE_MUNMAP:
		return syscall(SYS_munmap, a, l);
	case LIVE_MPROTECT:
		return syscall(SYS_mprotect, a, l, op->prot);
	case LIVE_MADVISE:
		return syscall(SYS_madvise, a, l, op->advice);
	case LIVE_MLOCK:
		return op->flags ? syscall(SYS_mlock2, a, l, op->flags) : syscall(SYS_mlock, a, l);
	case LIVE_MUNLOCK:
		return syscall(SYS_munlock, a, l);
	case LIVE_MSEAL:
		return syscall(LIVE_SYS_MSEAL, a, l, op->flags);
	case LIVE_MBIND:
		return syscall(SYS_mbind, a, l, op->flags, &nodes, LIVE_NODE_BITS, 0);
	case LIVE_HOME_NODE:
		return syscall(LIVE_SYS_HOME_NODE, a, l, op->number, 0);
	case LIVE_NAME:
		return prctl(LIVE_PR_SET_VMA, 0 /* the name */, a, l,
			     op->name ? x->shared->names[op->name - 1] : NULL);
	case LIVE_REMAP_FILE_PAGES:
		return syscall(SYS_remap_file_pages, a, l, 0, op->number, 0);
	case LIVE_MLOCKALL:
		return syscall(SYS_mlockall, op->flags);
	case LIVE_MUNLOCKALL:
		return syscall(SYS_munlockall);
	case LIVE_KSM:
		return prctl(LIVE_PR_MEMORY_MERGE, op->how ? 1 : 0, 0, 0, 0);
	default:
		executor_fault(x, "no such operation");
	}
}

static int issue(struct executor *x, const struct live_op *op, uint64_t *ret)
{
	switch (op->kind) {
	case LIVE_MMAP:
		return do_mmap(x, op, ret);
	case LIVE_MREMAP:
		return do_mremap(x, op, ret);
	case LIVE_BRK:
		return do_brk(x, op, ret);
	case LIVE_TOUCH:
		return touch(x, op);
	case LIVE_UFFD_REGISTER:
		return do_uffd_register(x, op);
	case LIVE_UFFD_UNREGISTER:
		return do_uffd_unregister(x, op);
	case LIVE_UFFD_CLOSE:
		context_close(x, op->context);
		return 0;
	case LIVE_CLEAR_SOFTDIRTY:
		return do_clear_softdirty(x);
	default:
		return issue_range(x, op) == 0 ? 0 : errno;
	}
}

void op_perform(struct executor *x, const struct live_op *op, struct live_record *record)
{
	uint64_t place = LIVE_WINDOW;
	int error;

	if (op->kind == LIVE_LIMIT) {
		do_limit(x, op, record);
		return;
	}
	if (op->kind == LIVE_RLIMIT) {
		if (!limit_set(x, (enum live_rlimit)op->how, op->number))
			record->skip = LIVE_SKIP_RLIMIT;
		return;
	}
	error = issue(x, op, &place);
	if (error == ENOSYS)
		executor_fault(x, "the filter refused a system call");
	record->form = error ? LIVE_ERRNO : LIVE_VALUE;
	record->error = error;
	record->value = error ? 0 : place - LIVE_WINDOW;
}

void op_note_object(struct executor *x, const struct live_op *op, const struct live_record *record)
{
	struct live_shared *shared = x->shared;
	const struct live_vma *vma;

	if (op->kind != LIVE_MMAP || record->skip || record->form != LIVE_VALUE ||
	    (op->file != LIVE_FILE_ANON && op->file != LIVE_FILE_ZERO && op->file != LIVE_FILE_SHM))
		return;
	vma = mapped_at(x, LIVE_WINDOW + record->value);
	if (!vma || !vma->device || !(vma->prot & LIVE_PROT_SHARED) ||
	    shared->objects == LIVE_OPS_MAX)
		return;
	shared->object[shared->objects++] = (struct live_object_size){
		.device = vma->device,
		.pages = (uint32_t)(page_up(op->len) / LIVE_PAGE),
		.inode = vma->inode,
		.file = op->file,
	};
}
