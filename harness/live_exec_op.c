/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One operation as a system call. First it is checked that the call can change nothing but
 * the window; what cannot be shown to stay inside is not issued, and the reason is named.
 */
#define _GNU_SOURCE
#include "live_exec.h"

#include <errno.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Numbers that older headers lack. */
#define ADVICE_GUARD_INSTALL 102
#define ADVICE_GUARD_REMOVE 103
#define ADVICE_DONTNEED_LOCKED 24
#define ADVICE_UNASSIGNED 200
#define LOCK_ONFAULT 1
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef MAP_SYNC
#define MAP_SYNC 0x80000
#endif
#define TYPE_MASK UINT32_C(0x0f)
#define KERNEL_HALF (UINT64_C(1) << 63)

static void *at(uint64_t addr)
{
	return (void *)(uintptr_t)addr;
}

static uint64_t window_end(const struct executor *x)
{
	return LIVE_WINDOW + x->shared->request.pages * LIVE_PAGE;
}

static bool address_in_window(const struct executor *x, uint64_t addr)
{
	return addr >= LIVE_WINDOW && addr <= window_end(x);
}

/* All pages that [addr, addr + len) touches are pages of the window. */
static bool range_in_window(const struct executor *x, uint64_t addr, uint64_t len)
{
	return address_in_window(x, addr) && len <= window_end(x) - addr;
}

/* addr is in the window and addr + len, or len rounded up to pages, wraps: always refused. */
static bool range_wraps(const struct executor *x, uint64_t addr, uint64_t len)
{
	return address_in_window(x, addr) && len > UINT64_MAX - addr;
}

static bool touches_window_only(const struct executor *x, const struct live_op *op)
{
	if (range_in_window(x, op->addr, op->len) || range_wraps(x, op->addr, op->len))
		return true;
	if (op->kind != LIVE_MUNMAP && op->kind != LIVE_MPROTECT && op->kind != LIVE_MADVISE)
		return false;
	/* No VMA can be there, or the call refuses an address that is no page's. */
	return op->addr % LIVE_PAGE != 0 || op->addr >= KERNEL_HALF;
}

/* The advices that can do nothing beyond the window, and numbers that nobody assigned. */
static enum live_skip check_advice(uint32_t advice)
{
	if (advice <= ADVICE_DONTNEED_LOCKED || advice == ADVICE_GUARD_INSTALL ||
	    advice == ADVICE_GUARD_REMOVE || advice >= ADVICE_UNASSIGNED)
		return LIVE_SKIP_NONE;
	return LIVE_SKIP_ADVICE;
}

static bool map_is_shared(const struct live_op *op)
{
	return (op->flags & TYPE_MASK) == MAP_SHARED || (op->flags & TYPE_MASK) == 3;
}

/* shmat() maps a whole segment, shared, readable and writable, at a place it is told. */
static enum live_skip check_shm(const struct executor *x, const struct live_op *op)
{
	if (op->how != LIVE_FIXED || op->flags != MAP_SHARED || op->number != 0 ||
	    (op->prot | PROT_EXEC) != (PROT_READ | PROT_WRITE | PROT_EXEC) || op->len == 0 ||
	    op->addr % LIVE_PAGE != 0)
		return LIVE_SKIP_SHM_FORM;
	return range_in_window(x, op->addr, op->len) ? LIVE_SKIP_NONE : LIVE_SKIP_LEAVES;
}

/*
 * A hint is taken as it stands when its range is free; any other goes beside libraries.
 * Areas that grow down keep a gap below them, and which they are the layout does not show.
 */
static enum live_skip check_hint(const struct executor *x, const struct live_op *op)
{
	const struct live_space *space = &x->shared->space[x->me];
	const struct live_layout *layout = layout_at(x->shared, space->layout);
	uint64_t start = page_down(op->addr), end;
	uint32_t i;

	/* Such lengths are refused before a place is looked for. */
	if (address_in_window(x, op->addr) && (op->len == 0 || range_wraps(x, op->addr, op->len)))
		return LIVE_SKIP_NONE;
	if (op->how == LIVE_ANYWHERE || start < LIVE_WINDOW || start >= window_end(x) ||
	    op->len > window_end(x) - start)
		return LIVE_SKIP_PLACED;
	if (space->grows_down)
		return LIVE_SKIP_HINT;
	end = page_down(start + op->len + LIVE_PAGE - 1);
	for (i = 0; i < layout->vmas; i++)
		if (LIVE_WINDOW + layout->vma[i].start * LIVE_PAGE < end &&
		    LIVE_WINDOW + layout->vma[i].end * LIVE_PAGE > start)
			return LIVE_SKIP_PLACED;
	return LIVE_SKIP_NONE;
}

static enum live_skip check_mmap(const struct executor *x, const struct live_op *op)
{
	if (op->flags & MAP_HUGETLB)
		return LIVE_SKIP_HUGETLB;
	if (op->flags & MAP_SYNC)
		return LIVE_SKIP_SYNC;
	if (op->number >= UINT64_C(1) << 52)
		return LIVE_SKIP_OFFSET;
	if (op->file == LIVE_FILE_SHM)
		return check_shm(x, op);
	if (op->file == LIVE_FILE_ZERO && map_is_shared(op) && op->number != 0)
		return LIVE_SKIP_ZERO_OFFSET;
	if (op->file == LIVE_FILE_FAILING && op->prot & PROT_EXEC)
		return LIVE_SKIP_NOEXEC;
	if (op->how == LIVE_HINT || op->how == LIVE_ANYWHERE)
		return check_hint(x, op);
	return touches_window_only(x, op) ? LIVE_SKIP_NONE : LIVE_SKIP_LEAVES;
}

enum live_skip op_check(struct executor *x, const struct live_op *op)
{
	switch (op->kind) {
	case LIVE_MMAP:
		return check_mmap(x, op);
	case LIVE_MADVISE:
		if (check_advice(op->advice) != LIVE_SKIP_NONE)
			return LIVE_SKIP_ADVICE;
		break;
	case LIVE_MREMAP:
		if (!range_in_window(x, op->dest, op->newlen))
			return LIVE_SKIP_LEAVES;
		return range_in_window(x, op->addr, op->len) ? LIVE_SKIP_NONE : LIVE_SKIP_LEAVES;
	case LIVE_TOUCH:
		return range_in_window(x, op->addr, op->len) ? LIVE_SKIP_NONE : LIVE_SKIP_LEAVES;
	case LIVE_FORK:
	case LIVE_EXIT:
	case LIVE_LIMIT:
		return LIVE_SKIP_NONE;
	default:
		break;
	}
	return touches_window_only(x, op) ? LIVE_SKIP_NONE : LIVE_SKIP_LEAVES;
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
	int id = shmget(IPC_PRIVATE, op->len, IPC_CREAT | 0600);
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
	uint32_t flags = op->flags | MREMAP_MAYMOVE | MREMAP_FIXED;
	long place = syscall(SYS_mremap, op->addr, op->len, op->newlen, flags, op->dest);

	if (place == -1)
		return errno;
	*ret = (uint64_t)place;
	if (!range_in_window(x, *ret, op->newlen))
		executor_fault(x, "the kernel moved a mapping outside the window");
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

static int issue(struct executor *x, const struct live_op *op, uint64_t *ret)
{
	long answer = 0;

	switch (op->kind) {
	case LIVE_MMAP:
		return do_mmap(x, op, ret);
	case LIVE_MREMAP:
		return do_mremap(x, op, ret);
	case LIVE_TOUCH:
		return touch(x, op);
	case LIVE_MUNMAP:
		answer = syscall(SYS_munmap, op->addr, op->len);
		break;
	case LIVE_MPROTECT:
		answer = syscall(SYS_mprotect, op->addr, op->len, op->prot);
		break;
	case LIVE_MADVISE:
		answer = syscall(SYS_madvise, op->addr, op->len, op->advice);
		break;
	case LIVE_MLOCK:
		answer = op->how ? syscall(SYS_mlock2, op->addr, op->len, LOCK_ONFAULT)
				 : syscall(SYS_mlock, op->addr, op->len);
		break;
	case LIVE_MUNLOCK:
		answer = syscall(SYS_munlock, op->addr, op->len);
		break;
	default:
		executor_fault(x, "no such operation");
	}
	return answer == 0 ? 0 : errno;
}

void op_perform(struct executor *x, const struct live_op *op, struct live_record *record)
{
	uint64_t place = LIVE_WINDOW;
	int error;

	if (op->kind == LIVE_LIMIT) {
		do_limit(x, op, record);
		return;
	}
	error = issue(x, op, &place);
	if (error == ENOSYS)
		executor_fault(x, "the filter refused a system call");
	record->form = error ? LIVE_ERRNO : LIVE_VALUE;
	record->error = error;
	record->value = error ? 0 : place - LIVE_WINDOW;
}
