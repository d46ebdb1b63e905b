/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The executor of the live subject: a process with a private window of address space, in
 * which it issues a program's system calls and reads what they did. It is built statically,
 * without sanitizers, and lives as long as the subject; whatever goes wrong in it costs one
 * program, as the subject starts another.
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
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define PATIENCE_SECONDS 20
#define SEGMENT_CYCLE 32768
#define SEGMENT_IDS 1024
#define FILE_BYTES INT64_MAX /* no access is ever beyond the end */
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

_Noreturn void executor_fault(struct executor *x, const char *text)
{
	struct live_shared *shared = x->shared;

	if (text != shared->fault)
		strncpy(shared->fault, text, sizeof(shared->fault) - 1);
	if (getpid() == shared->server) {
		shared->status = LIVE_FAULT;
		gate_open(shared, LIVE_GATE_SUBJECT);
	}
	_exit(3);
}

static int create_memory(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_EXEC);

	/* Kernels before 6.3 do not know the flag, and need it not. */
	return fd < 0 && errno == EINVAL ? memfd_create(name, MFD_CLOEXEC) : fd;
}

/*
 * Segments of System V are on the same device, and their numbers there are their identifiers: a few
 * dozen from 0 on, from SEGMENT_CYCLE on, and so forth. A file must not have one of these numbers.
 */
static bool may_be_segment(int fd)
{
	struct stat about;

	return fstat(fd, &about) == 0 && about.st_ino % SEGMENT_CYCLE < SEGMENT_IDS;
}

static int open_memory(struct executor *x, const char *name)
{
	int fd = create_memory(name);

	while (fd >= 0 && may_be_segment(fd)) {
		close(fd);
		fd = create_memory(name);
	}
	if (fd < 0 || ftruncate(fd, FILE_BYTES) != 0)
		executor_fault(x, "cannot create a file in memory");
	return fd;
}

/* Another open file of the same inode. */
static int open_again(struct executor *x, int fd, int flags)
{
	char path[] = "/proc/self/fd/00";
	int again;

	if (fd > 99)
		executor_fault(x, "too many files are open");
	path[14] = (char)('0' + fd / 10);
	path[15] = (char)('0' + fd % 10);
	if (fd < 10) {
		path[14] = path[15];
		path[15] = '\0';
	}
	again = open(path, flags | O_CLOEXEC);
	if (again < 0)
		executor_fault(x, "cannot open a file in memory again");
	return again;
}

static void open_files(struct executor *x)
{
	int *file = x->file, *store = x->store;
	struct stat about;
	uint32_t i;

	for (i = 0; i < LIVE_FILES; i++)
		file[i] = store[i] = -1;
	file[LIVE_FILE_PLAIN] = store[LIVE_FILE_PLAIN] = open_memory(x, "plain");
	file[LIVE_FILE_PLAIN2] = open_again(x, file[LIVE_FILE_PLAIN], O_RDWR);
	file[LIVE_FILE_OTHER] = store[LIVE_FILE_OTHER] = open_memory(x, "other");
	store[LIVE_FILE_READONLY] = open_memory(x, "readonly");
	file[LIVE_FILE_READONLY] = open_again(x, store[LIVE_FILE_READONLY], O_RDONLY);
	file[LIVE_FILE_ZERO] = open("/dev/zero", O_RDWR | O_CLOEXEC);
	file[LIVE_FILE_FAILING] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	file[LIVE_FILE_MIXED] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (file[LIVE_FILE_ZERO] < 0 || file[LIVE_FILE_FAILING] < 0)
		executor_fault(x, "cannot open /dev/zero and a socket");
	for (i = 0; i < LIVE_FILES; i++) {
		if (file[i] < 0 || fstat(file[i], &about) != 0)
			continue;
		x->shared->machine.file[i].device = major(about.st_dev) << 20 | minor(about.st_dev);
		x->shared->machine.file[i].inode = about.st_ino;
	}
}

static uint32_t read_number(const char *path)
{
	char text[32] = "";
	uint32_t value = 0;
	const char *c;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) > 0)
		for (c = text; *c >= '0' && *c <= '9'; c++)
			value = value * 10 + (uint32_t)(*c - '0');
	close(fd);
	return value;
}

/* What is inherited must not decide what a program sees; hard limits are noted. */
static void free_from_limits(struct live_machine *machine)
{
	static const int kinds[LIVE_RLIMITS] = {
		[LIVE_RLIMIT_AS] = RLIMIT_AS,
		[LIVE_RLIMIT_DATA] = RLIMIT_DATA,
		[LIVE_RLIMIT_STACK] = RLIMIT_STACK,
		[LIVE_RLIMIT_MEMLOCK] = RLIMIT_MEMLOCK,
	};
	struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };
	struct rlimit most = { 0, 0 };
	uint32_t i;

	for (i = 0; i < LIVE_RLIMITS; i++) {
		machine->hard[i] = LIVE_RLIMIT_NONE;
		if (setrlimit((unsigned)kinds[i], &none) == 0)
			continue;
		if (getrlimit((unsigned)kinds[i], &most) == 0) {
			most.rlim_cur = most.rlim_max;
			setrlimit((unsigned)kinds[i], &most);
		}
		if (most.rlim_max != RLIM_INFINITY)
			machine->hard[i] = most.rlim_max / LIVE_PAGE;
	}
}

/* No huge pages in the window, no execute-only keys, no leftovers of System V. */
static void tame(struct live_machine *machine)
{
	uint32_t i;

	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	for (i = 0; i < 64 && syscall(SYS_pkey_alloc, 0, 0) >= 0; i++)
		;
	machine->ipc_namespace = unshare(CLONE_NEWIPC) == 0;
}

static bool has_ipc_lock(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	return syscall(SYS_capget, &header, data) == 0 &&
	       (data[0].effective & UINT32_C(1) << CAP_IPC_LOCK) != 0;
}

/* Nodes that a policy may name. */
static uint64_t usable_nodes(void *page)
{
	uint64_t nodes = 0, node;
	uint32_t i;

	for (i = 0; i < 64; i++) {
		node = UINT64_C(1) << i;
		if (syscall(SYS_mbind, page, LIVE_PAGE, 2 /* MPOL_BIND */, &node, LIVE_NODE_BITS,
			    0) == 0)
			nodes |= node;
	}
	return nodes;
}

/* pagemap bit 58, anonymous names and policies, tried on a page of the window. */
static void try_page(struct executor *x)
{
	struct live_machine *machine = &x->shared->machine;
	void *page = mmap((void *)(uintptr_t)LIVE_WINDOW, LIVE_PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	uint64_t entry = 0;

	if (page == MAP_FAILED)
		executor_fault(x, "cannot map a page in the window");
	machine->anon_names = prctl(LIVE_PR_SET_VMA, 0, page, LIVE_PAGE, "x") == 0;
	if (madvise(page, LIVE_PAGE, 102 /* MADV_GUARD_INSTALL */) == 0 &&
	    pread(x->pagemap, &entry, 8, (off_t)(LIVE_WINDOW / LIVE_PAGE * 8)) == 8)
		machine->guard_bit = entry >> 58 & 1;
	machine->nodes = usable_nodes(page);
	munmap(page, LIVE_PAGE);
}

/* Calls that do nothing with these arguments, where they exist. */
static void try_calls(struct live_machine *machine)
{
	int fd = context_open();

	machine->uffd = fd >= 0;
	if (fd >= 0)
		close(fd);
	machine->heap = heap_place(0);
	machine->mseal = syscall(LIVE_SYS_MSEAL, LIVE_WINDOW, 0, 0) == 0;
	machine->ksm = prctl(LIVE_PR_MEMORY_MERGE, 0, 0, 0, 0) == 0;
}

static void survey(struct executor *x)
{
	struct live_machine *machine = &x->shared->machine;

	machine->version = LIVE_VERSION;
	machine->max_map_count = read_number("/proc/sys/vm/max_map_count");
	machine->overcommit_memory = read_number("/proc/sys/vm/overcommit_memory");
	machine->procmap_query = procmap_query_works(x);
	machine->ipc_lock = has_ipc_lock();
	if (!window_is_empty(x))
		executor_fault(x, "something else lives in the window");
	try_page(x);
	try_calls(machine);
	machine->filter = filter_install() == 0;
	if (!machine->filter)
		executor_fault(x, "cannot install the system call filter");
}

static _Noreturn void serve(struct executor *x)
{
	struct live_shared *shared = x->shared;

	for (;;) {
		gate_open(shared, LIVE_GATE_SUBJECT);
		gate_wait(shared, LIVE_GATE_EXECUTOR, 0);
		alarm(PATIENCE_SECONDS);
		shared->status = LIVE_OK;
		program_run(x);
		alarm(0);
	}
}

int main(void)
{
	static struct executor executor;
	struct executor *x = &executor;
	uint32_t i;

	if (getpid() == 1)
		init_run();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* A Ctrl-C is the subject's business, whose end is ours. */
	setsid();
	x->shared = mmap(NULL, sizeof(*x->shared), PROT_READ | PROT_WRITE, MAP_SHARED, LIVE_FD, 0);
	if (x->shared == MAP_FAILED)
		return 2;
	syscall(SYS_close_range, LIVE_FD, ~0U, 0);
	if (getppid() != x->shared->subject)
		return 2;
	x->shared->server = getpid();
	for (i = 0; i < LIVE_CONTEXTS; i++)
		x->context[i] = -1;
	free_from_limits(&x->shared->machine);
	/* Spaces that lock all they have need not have all the arena. */
	if (madvise(x->shared->arena + LIVE_ARENA_FORKED, LIVE_ARENA_BYTES - LIVE_ARENA_FORKED,
		    MADV_DONTFORK) != 0)
		return 2;
	tame(&x->shared->machine);
	open_files(x);
	readers_open(x);
	iterator_open(x);
	survey(x);
	serve(x);
}
