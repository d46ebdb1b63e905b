/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Before an operation is issued: that it can change nothing but the window, and that it does
 * not ask for what cannot be compared. Where that cannot be shown the reason is named.
 */
#define _GNU_SOURCE
#include "live_exec.h"

#include <sys/mman.h>

/* Numbers that older headers lack. */
#define ADVICE_POPULATE_READ 22
#define ADVICE_POPULATE_WRITE 23
#define ADVICE_DONTNEED_LOCKED 24
#define ADVICE_GUARD_INSTALL 102
#define ADVICE_GUARD_REMOVE 103
#define ADVICE_UNASSIGNED 200
#ifndef MAP_SYNC
#define MAP_SYNC 0x80000
#endif
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#define MREMAP_ALL (MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)
#define LOCK_ONFAULT 1
#define TYPE_MASK UINT32_C(0x0f)
#define KERNEL_HALF (UINT64_C(1) << 63)

static uint64_t window_end(const struct executor *x)
{
	return LIVE_WINDOW + x->shared->request.pages * LIVE_PAGE;
}

static bool address_in_window(const struct executor *x, uint64_t addr)
{
	return addr >= LIVE_WINDOW && addr <= window_end(x);
}

/* All pages that [addr, addr + len) touches are pages of the window. */
bool range_in_window(const struct executor *x, uint64_t addr, uint64_t len)
{
	return address_in_window(x, addr) && len <= window_end(x) - addr;
}

/* addr is in the window and addr + len, or len rounded up to pages, wraps: always refused. */
static bool range_wraps(const struct executor *x, uint64_t addr, uint64_t len)
{
	return address_in_window(x, addr) && len > UINT64_MAX - addr;
}

/* The calls that refuse an address that is no page's, or where no VMA can be, themselves. */
static bool refuses_nonsense(uint8_t kind)
{
	return kind == LIVE_MUNMAP || kind == LIVE_MPROTECT || kind == LIVE_MADVISE;
}

static enum live_skip check_range(const struct executor *x, const struct live_op *op)
{
	if (range_in_window(x, op->addr, op->len) || range_wraps(x, op->addr, op->len))
		return LIVE_SKIP_NONE;
	if (refuses_nonsense(op->kind) && (op->addr % LIVE_PAGE != 0 || op->addr >= KERNEL_HALF))
		return LIVE_SKIP_NONE;
	return LIVE_SKIP_LEAVES;
}

static const struct live_layout *current_layout(const struct executor *x)
{
	return layout_at(x->shared, x->shared->space[x->me].layout);
}

const struct live_vma *mapped_at(const struct executor *x, uint64_t addr)
{
	const struct live_layout *layout = current_layout(x);
	uint64_t page = (addr - LIVE_WINDOW) / LIVE_PAGE;
	uint32_t i;

	for (i = 0; i < layout->vmas; i++)
		if (layout->vma[i].start <= page && page < layout->vma[i].end)
			return &layout->vma[i];
	return NULL;
}

static bool is_free(const struct executor *x, uint64_t start, uint64_t end)
{
	const struct live_layout *layout = current_layout(x);
	uint32_t i;

	for (i = 0; i < layout->vmas; i++)
		if (LIVE_WINDOW + layout->vma[i].start * LIVE_PAGE < end &&
		    LIVE_WINDOW + layout->vma[i].end * LIVE_PAGE > start)
			return false;
	return true;
}

static bool populates(const struct live_op *op)
{
	return op->kind == LIVE_MADVISE &&
	       (op->advice == ADVICE_POPULATE_READ || op->advice == ADVICE_POPULATE_WRITE);
}

/* The advices that can do nothing beyond the window, and numbers that nobody assigned. */
static bool advice_is_harmless(uint32_t advice)
{
	return advice <= ADVICE_DONTNEED_LOCKED || advice == ADVICE_GUARD_INSTALL ||
	       advice == ADVICE_GUARD_REMOVE || advice >= ADVICE_UNASSIGNED;
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
static enum live_skip check_hint(const struct executor *x, uint64_t addr, uint64_t len)
{
	uint64_t start = page_down(addr);

	if (start < LIVE_WINDOW || start >= window_end(x) || len > window_end(x) - start)
		return LIVE_SKIP_PLACED;
	if (x->shared->space[x->me].grows_down)
		return LIVE_SKIP_HINT;
	return is_free(x, start, page_up(start + len)) ? LIVE_SKIP_NONE : LIVE_SKIP_PLACED;
}

static enum live_skip check_placed_map(const struct executor *x, const struct live_op *op)
{
	/* Such lengths are refused before a place is looked for. */
	if (address_in_window(x, op->addr) && (op->len == 0 || range_wraps(x, op->addr, op->len)))
		return LIVE_SKIP_NONE;
	return op->how == LIVE_ANYWHERE ? LIVE_SKIP_PLACED : check_hint(x, op->addr, op->len);
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
		return check_placed_map(x, op);
	/* The length is rounded up, and too long, before an address between pages is refused. */
	if (address_in_window(x, op->addr) && page_up(op->len) > window_end(x) - op->addr &&
	    !range_wraps(x, op->addr, page_up(op->len)))
		return LIVE_SKIP_LEAVES;
	return check_range(x, op);
}

/* The object mapped there, if its size is limited. */
static const struct live_object_size *object_of(const struct executor *x,
						const struct live_vma *vma)
{
	const struct live_shared *shared = x->shared;
	const struct live_object_size *object;
	uint32_t i;

	if (!vma || !vma->device)
		return NULL;
	for (i = shared->objects; i > 0; i--) {
		object = &shared->object[i - 1];
		if (object->device == vma->device && object->inode == vma->inode)
			return object;
	}
	return NULL;
}

/* Whether these pages lie behind the last one of the object: to touch them is an error. */
static bool is_beyond(const struct live_object_size *object, uint64_t pgoff, uint64_t pages)
{
	return object && (pgoff > object->pages || pages > object->pages - pgoff);
}

/*
 * A range that may move where it likes stays when it does not grow, when it is refused before,
 * or when there is room behind it: then it grows in place or not at all.
 */
static bool resize_stays(const struct executor *x, const struct live_op *op)
{
	const struct live_vma *vma = mapped_at(x, op->addr);
	uint64_t end = op->addr + page_up(op->len);
	uint64_t vma_end;

	if (op->newlen == 0 || op->addr % LIVE_PAGE != 0 || !vma)
		return true;
	if (op->len == 0)
		return !(vma->prot & LIVE_PROT_SHARED);
	if (page_up(op->newlen) <= page_up(op->len))
		return true;
	vma_end = LIVE_WINDOW + vma->end * LIVE_PAGE;
	if (end != vma_end)
		return end > vma_end;
	return is_free(x, vma_end, op->addr + page_up(op->newlen));
}

static enum live_skip check_mremap(const struct executor *x, const struct live_op *op)
{
	const bool chosen = op->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP);
	const struct live_vma *vma;

	if (!range_in_window(x, op->addr, op->len) ||
	    !range_in_window(x, chosen ? op->dest : op->addr, op->newlen))
		return LIVE_SKIP_LEAVES;
	vma = mapped_at(x, op->addr);
	if (vma && page_up(op->newlen) > page_up(op->len) &&
	    is_beyond(object_of(x, vma),
		      vma->pgoff + (op->addr - LIVE_WINDOW) / LIVE_PAGE - vma->start,
		      page_up(op->newlen) / LIVE_PAGE))
		return LIVE_SKIP_BEYOND;
	/* What is not understood, or must move and may not, is refused. */
	if (op->flags & ~(uint32_t)MREMAP_ALL || !(op->flags & MREMAP_MAYMOVE))
		return LIVE_SKIP_NONE;
	if (op->flags & MREMAP_FIXED)
		return LIVE_SKIP_NONE;
	if (op->flags & MREMAP_DONTUNMAP)
		return check_hint(x, op->dest, op->newlen);
	return resize_stays(x, op) ? LIVE_SKIP_NONE : LIVE_SKIP_PLACED;
}

/* It maps what is there anew; a segment may have gone with its last page then. */
static enum live_skip check_remap_file_pages(const struct executor *x, const struct live_op *op)
{
	const struct live_object_size *object = object_of(x, mapped_at(x, op->addr));

	if (object && object->file == LIVE_FILE_SHM)
		return LIVE_SKIP_SEGMENT;
	if (is_beyond(object, op->number, op->len / LIVE_PAGE))
		return LIVE_SKIP_BEYOND;
	return check_range(x, op);
}

/* The current memory of a process is the executor's as well: it must be allowed to lock it all. */
static enum live_skip check_mlockall(const struct executor *x, const struct live_op *op)
{
	bool free = x->shared->machine.ipc_lock && !x->shared->request.drop_ipc_lock;

	return free || !(op->flags & MCL_CURRENT) ? LIVE_SKIP_NONE : LIVE_SKIP_UNPRIVILEGED;
}

/* A bind to other nodes than this machine's, or no nodes at all, is not what it was. */
static enum live_skip check_nodes(const struct executor *x, const struct live_op *op)
{
	uint64_t nodes = x->shared->machine.nodes;
	uint64_t wanted = op->number;

	if (op->kind == LIVE_HOME_NODE)
		wanted = op->number < 64 ? UINT64_C(1) << op->number : 0;
	return nodes && !(wanted & ~nodes) ? check_range(x, op) : LIVE_SKIP_NODE;
}

/* The files of the world are no shared memory, but their stand-ins are. */
static bool has_stand_in(const struct executor *x, const struct live_op *op)
{
	const struct live_layout *layout = current_layout(x);
	const struct live_machine *machine = &x->shared->machine;
	const struct live_vma *vma;
	uint32_t i, file;

	for (i = 0; i < layout->vmas; i++) {
		vma = &layout->vma[i];
		if (LIVE_WINDOW + vma->end * LIVE_PAGE <= op->addr ||
		    LIVE_WINDOW + vma->start * LIVE_PAGE >= op->addr + op->len)
			continue;
		for (file = LIVE_FILE_PLAIN; file <= LIVE_FILE_READONLY; file++)
			if (machine->file[file].device == vma->device &&
			    machine->file[file].inode == vma->inode)
				return true;
	}
	return false;
}

static enum live_skip check_context(const struct executor *x, const struct live_op *op)
{
	if (!x->shared->machine.uffd)
		return LIVE_SKIP_KIND;
	if (op->kind == LIVE_UFFD_REGISTER && x->context[op->context] < 0 && op->features)
		return LIVE_SKIP_READER;
	if (op->kind == LIVE_UFFD_CLOSE)
		return LIVE_SKIP_NONE;
	return has_stand_in(x, op) ? LIVE_SKIP_SHMEM : check_range(x, op);
}

/* Operations with a range, and with rules of their own. */
static enum live_skip check_kind(const struct executor *x, const struct live_op *op)
{
	const struct live_machine *machine = &x->shared->machine;

	switch (op->kind) {
	case LIVE_MMAP:
		return check_mmap(x, op);
	case LIVE_MADVISE:
		return advice_is_harmless(op->advice) ? check_range(x, op) : LIVE_SKIP_ADVICE;
	case LIVE_TOUCH:
		return range_in_window(x, op->addr, op->len) ? LIVE_SKIP_NONE : LIVE_SKIP_LEAVES;
	case LIVE_MREMAP:
		return check_mremap(x, op);
	case LIVE_REMAP_FILE_PAGES:
		return check_remap_file_pages(x, op);
	case LIVE_MSEAL:
		return machine->mseal ? check_range(x, op) : LIVE_SKIP_KIND;
	case LIVE_MBIND:
	case LIVE_HOME_NODE:
		return check_nodes(x, op);
	case LIVE_UFFD_REGISTER:
	case LIVE_UFFD_UNREGISTER:
	case LIVE_UFFD_CLOSE:
		return check_context(x, op);
	case LIVE_MLOCKALL:
		return check_mlockall(x, op);
	case LIVE_BRK:
		if (!machine->heap)
			return LIVE_SKIP_HEAP;
		return address_in_window(x, op->addr) ? LIVE_SKIP_NONE : LIVE_SKIP_LEAVES;
	case LIVE_KSM:
		return machine->ksm ? LIVE_SKIP_NONE : LIVE_SKIP_KSM;
	case LIVE_MUNLOCKALL:
	case LIVE_CLEAR_SOFTDIRTY:
	case LIVE_RLIMIT:
	case LIVE_FORK:
	case LIVE_EXIT:
	case LIVE_LIMIT:
		return LIVE_SKIP_NONE;
	default:
		return check_range(x, op);
	}
}

static bool has_code(const struct executor *x, const struct live_vma *vma, const char *code)
{
	const struct live_request *request = &x->shared->request;
	uint32_t i;

	for (i = 0; i < request->codes; i++)
		if (request->code[i][0] == code[0] && request->code[i][1] == code[1])
			return vma->flags >> i & 1;
	return false;
}

/* Whether the operation faults pages: of any area, or (*locked) of locked ones only. */
static bool faults_pages(const struct live_op *op, bool *locked)
{
	*locked = op->kind == LIVE_MPROTECT || op->kind == LIVE_MREMAP;
	if (op->kind == LIVE_MLOCK)
		return !(op->flags & LOCK_ONFAULT);
	return *locked || op->kind == LIVE_TOUCH || op->kind == LIVE_MLOCKALL || populates(op);
}

/*
 * In an area registered for missing or minor faults only those pages can be accessed that are
 * there already; which they are is not in the language, so such an access is not issued. The
 * others fail for want of a reader.
 */
static bool meets_trap(struct executor *x, const struct live_op *op)
{
	const struct live_layout *layout = current_layout(x);
	uint64_t first = op->addr, last = op->addr + op->len;
	const struct live_vma *vma;
	uint64_t start, end;
	bool locked;
	uint32_t i;

	if (!x->shared->space[x->me].traps || !faults_pages(op, &locked))
		return false;
	if (op->kind == LIVE_MLOCKALL) {
		first = LIVE_WINDOW;
		last = window_end(x);
	}
	for (i = 0; i < layout->vmas; i++) {
		vma = &layout->vma[i];
		start = LIVE_WINDOW + vma->start * LIVE_PAGE;
		end = LIVE_WINDOW + vma->end * LIVE_PAGE;
		if (end <= first || start >= last || (locked && !has_code(x, vma, "lo")))
			continue;
		if (!has_code(x, vma, "um") && !has_code(x, vma, "ui"))
			continue;
		if (vma->prot & LIVE_PROT_SHARED || pages_are_there(x, start, end))
			return true;
	}
	return false;
}

enum live_skip op_check(struct executor *x, const struct live_op *op)
{
	enum live_skip skip = check_kind(x, op);

	return skip == LIVE_SKIP_NONE && meets_trap(x, op) ? LIVE_SKIP_TRAPPED : skip;
}
