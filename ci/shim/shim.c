/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System calls of an emitted test on the userland core. The core lives in memory that processes
 * share, so that a fork() of the test can be both: a process of its own, and an address space
 * that shares anon_vmas with its parent. Emitted tests let one process work at a time.
 *
 *	BASE - PAGE   BASE            TOP                  BALLAST
 *	| carved out  | the window    | carved out   ...   | what counts against max_map_count
 *
 * SHIM="PROFILE QUIRKS GAP PAGES SOFTDIRTY NAMES IPC_LOCK" in the environment says what the core is
 *like.
 */
#define SHIM_IMPLEMENTATION
#include "shim.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/userfaultfd.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "vma.h"

#define BASE UINT64_C(0x200000000000)
#define BALLAST UINT64_C(0x280000000000)
#define BALLAST_PAGES 65536
#define MAX_MAP_COUNT 1000
#define ARENA_BYTES (UINT64_C(1) << 30)
#define FDS 256
#define PAGEMAP_GUARD (UINT64_C(1) << 58)

/* What the processes of a test share. */
struct world {
	struct vm_machine *machine;
	size_t used; /* of the arena, which begins with this */
	uint64_t pages;
	bool zero_says_before; /* its driver is one of the newer kind, from 7.3 on */
};

static struct world *world;
static struct mm *mm; /* of this process */

static const struct {
	vm_flags_t flag;
	char code[3];
} codes[] = {
#define VMA_FLAG(name, bit, code) { VM_FLAG_SET(name), #code },
#include "flags.def"
#undef VMA_FLAG
};

/* ------------------------------------------------------------------ memory of the core */

void *shim_malloc(size_t size);
void *shim_calloc(size_t count, size_t size);
void *shim_realloc(void *old, size_t size);
void shim_free(void *memory);

/* Nothing is given back: a test is short. The size stands before the memory. */
void *shim_malloc(size_t size)
{
	size_t *at = (size_t *)(void *)((char *)world + world->used);

	world->used += (size + 2 * sizeof(size_t) + 15) / 16 * 16;
	if (world->used > ARENA_BYTES)
		return NULL;
	at[0] = size;
	return at + 2;
}

void *shim_calloc(size_t count, size_t size)
{
	/* The arena is zero where nothing was. */
	return shim_malloc(count * size);
}

void *shim_realloc(void *old, size_t size)
{
	void *memory = shim_malloc(size);
	size_t had = old ? ((size_t *)old)[-2] : 0;

	if (memory && old)
		memcpy(memory, old, had < size ? had : size);
	return memory;
}

/* Who still looks at it finds nonsense. */
void shim_free(void *memory)
{
	if (memory)
		memset(memory, 0xdb, ((size_t *)memory)[-2]);
}

/* ------------------------------------------------------------------ start */

static void give_up(const char *why)
{
	dprintf(STDERR_FILENO, "shim: %s\n", why);
	_exit(99);
}

__attribute__((constructor)) static void start(void)
{
	const char *text = getenv("SHIM");
	unsigned int profile = 2, quirks = 0, gap = 4, pages = 64, softdirty = 1, names = 1;
	unsigned int ipc_lock = 1;
	struct vm_config config = {
		.mmap_min_addr = BASE,
		.task_size = BALLAST + BALLAST_PAGES * VM_PAGE_SIZE,
		.max_vma_count = MAX_MAP_COUNT,
	};

	if (text && sscanf(text, "%u %u %u %u %u %u %u", &profile, &quirks, &gap, &pages,
			   &softdirty, &names, &ipc_lock) != 7)
		give_up("SHIM: expected seven numbers");
	config.profile = (enum vm_profile)profile;
	config.quirks = quirks;
	config.stack_guard_gap = gap;
	config.soft_dirty = softdirty;
	config.anon_names = names;
	config.ipc_lock = ipc_lock;
	for (int i = 0; i < VM_RLIMITS; i++)
		config.rlimit[i] = VM_RLIM_INFINITY;
	world = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (world == MAP_FAILED)
		give_up("no memory");
	world->used = (sizeof(*world) + 15) / 16 * 16;
	world->pages = pages;
	world->zero_says_before = config.profile == VM_PROFILE_7_3;
	if (vm_machine_new(&world->machine))
		give_up("no machine");
	vm_machine_reset(world->machine, &config);
	if (mm_new(world->machine, NULL, &mm))
		give_up("no address space");
}

static bool in_window(const void *addr)
{
	uint64_t at = (uint64_t)(uintptr_t)addr;

	return at + VM_PAGE_SIZE >= BASE && at <= BALLAST + BALLAST_PAGES * VM_PAGE_SIZE;
}

static int answer(int error)
{
	if (!error)
		return 0;
	errno = -error;
	return -1;
}

static uint64_t number(const void *addr)
{
	vm_begin_operation(world->machine);
	return (uint64_t)(uintptr_t)addr;
}

static void *pointer(uint64_t addr)
{
	return (void *)(uintptr_t)addr;
}

/* ------------------------------------------------------------------ files */

/* What the layout shows of a file. */
struct inode {
	uint64_t number;
	dev_t device;
	struct mapping *mapping;
	struct inode *next;
};

static struct inode *inodes;
static struct file *files[FDS];

static void segment_hook(struct vma *vma)
{
	(void)vma;
}

static const struct vm_operations segment_vm_ops = { .close = segment_hook };

static int map_plain(struct file *file, struct vma *vma)
{
	(void)file;
	static const struct vm_operations none = { .open = NULL };

	vma->vm_ops = &none;
	return 0;
}

static int map_zero(struct file *file, struct vma *vma)
{
	(void)file;
	if (vma->vm_flags & VM_SHARED)
		return shmem_zero_setup(vma);
	vma_set_anonymous(vma);
	return 0;
}

static int map_segment(struct file *file, struct vma *vma)
{
	(void)file;
	vma->vm_ops = &segment_vm_ops;
	return 0;
}

static int map_failing(struct file *file, struct vma *vma)
{
	(void)file;
	(void)vma;
	return -ENODEV;
}

static const struct file_operations plain_fops = { .mmap = map_plain, .leaves_flags = true };
static const struct file_operations zero_fops = { .mmap = map_zero, .own_placement = true };
static const struct file_operations new_zero_fops = { .mmap = map_zero,
						      .leaves_flags = true,
						      .own_placement = true };
static const struct file_operations segment_fops = { .mmap = map_segment,
						     .leaves_flags = true,
						     .own_placement = true };
static const struct file_operations failing_fops = { .mmap = map_failing };

static struct inode *find_inode(const struct stat *about)
{
	struct inode *inode = inodes;

	while (inode && (inode->number != about->st_ino || inode->device != about->st_dev))
		inode = inode->next;
	if (inode)
		return inode;
	inode = shim_calloc(1, sizeof(*inode));
	inode->number = about->st_ino;
	inode->device = about->st_dev;
	inode->next = inodes;
	inodes = inode;
	return inode;
}

static const struct file_operations *operations_of(const struct stat *about)
{
	if (S_ISSOCK(about->st_mode))
		return &failing_fops;
	if (!S_ISCHR(about->st_mode))
		return &plain_fops;
	return world->zero_says_before ? &new_zero_fops : &zero_fops;
}

static struct file *file_of(int fd)
{
	struct stat about;
	struct inode *inode;
	int mode = fcntl(fd, F_GETFL);

	if (fd < 0 || fd >= FDS || fstat(fd, &about) != 0)
		return NULL;
	if (files[fd])
		return files[fd];
	inode = find_inode(&about);
	if (file_open(world->machine, inode->mapping,
		      FMODE_READ | ((mode & O_ACCMODE) == O_RDWR ? FMODE_WRITE : 0),
		      operations_of(&about), &files[fd]))
		give_up("cannot open a file");
	inode->mapping = files[fd]->mapping;
	files[fd]->private_data = inode;
	return files[fd];
}

/* ------------------------------------------------------------------ calls */

void *shim_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset)
{
	struct mmap_request request = {
		.len = len,
		.prot = (uint32_t)prot,
		.flags = (uint32_t)flags,
		.pgoff = (uint64_t)offset / VM_PAGE_SIZE,
	};
	vm_addr_t place;

	/* Who reserves memory that cannot be touched wants to carve his window out of it. */
	if (!addr && prot == PROT_NONE)
		return pointer(BASE - VM_PAGE_SIZE);
	if (!in_window(addr))
		return mmap(addr, len, prot, flags, fd, offset);
	request.addr = number(addr);
	if (!(flags & MAP_ANONYMOUS))
		request.file = file_of(fd);
	if (answer(mm_mmap(mm, &request, &place)))
		return MAP_FAILED;
	return pointer(place);
}

int shim_munmap(void *addr, size_t len)
{
	return in_window(addr) ? answer(mm_munmap(mm, number(addr), len)) : munmap(addr, len);
}

int shim_mprotect(void *addr, size_t len, int prot)
{
	return answer(mm_mprotect(mm, number(addr), len, (uint32_t)prot));
}

int shim_madvise(void *addr, size_t len, int advice)
{
	return answer(mm_madvise(mm, number(addr), len, (uint32_t)advice));
}

void *shim_mremap(void *addr, size_t old_len, size_t new_len, int flags, ...)
{
	void *to = NULL;
	vm_addr_t place;
	va_list more;

	va_start(more, flags);
	if (flags & (MREMAP_FIXED | 4 /* MREMAP_DONTUNMAP */))
		to = va_arg(more, void *);
	va_end(more);
	if (answer(mm_mremap(mm, number(addr), old_len, new_len, (uint32_t)flags,
			     (uint64_t)(uintptr_t)to, &place)))
		return MAP_FAILED;
	return pointer(place);
}

int shim_mlock(const void *addr, size_t len)
{
	return answer(mm_mlock(mm, number(addr), len));
}

int shim_mlock2(const void *addr, size_t len, unsigned int flags)
{
	return answer(mm_mlock2(mm, number(addr), len, flags));
}

int shim_munlock(const void *addr, size_t len)
{
	return answer(mm_munlock(mm, number(addr), len));
}

int shim_mlockall(int flags)
{
	vm_begin_operation(world->machine);
	return answer(mm_mlockall(mm, (uint32_t)flags));
}

int shim_munlockall(void)
{
	vm_begin_operation(world->machine);
	return answer(mm_munlockall(mm));
}

int shim_remap_file_pages(void *addr, size_t len, int prot, size_t pgoff, int flags)
{
	(void)flags;
	return answer(mm_remap_file_pages(mm, number(addr), len, (uint32_t)prot, pgoff));
}

static long open_context(void);

int shim_prctl(int option, ...)
{
	unsigned long argument[4];
	va_list more;

	va_start(more, option);
	for (int i = 0; i < 4; i++)
		argument[i] = va_arg(more, unsigned long);
	va_end(more);
	if (option == 0x53564d41 /* PR_SET_VMA */)
		return answer(mm_set_anon_name(mm, number(pointer(argument[1])), argument[2],
					       pointer(argument[3])));
	/* Where the core has it anyway. */
	if (option == PR_SET_MM)
		return 0;
	if (option == 67 /* PR_SET_MEMORY_MERGE */) {
		vm_begin_operation(world->machine);
		mm_ksm(mm, argument[0]);
		return 0;
	}
	return prctl(option, argument[0], argument[1], argument[2], argument[3]);
}

static unsigned long nodes_of(const unsigned long *nodes)
{
	return nodes ? *nodes : 0;
}

long shim_syscall(long call, ...)
{
	unsigned long argument[5];
	uint64_t addr;
	va_list more;

	va_start(more, call);
	for (int i = 0; i < 5; i++)
		argument[i] = va_arg(more, unsigned long);
	va_end(more);
	addr = number(pointer(argument[0]));
	switch (call) {
	case 462: /* mseal */
		return answer(mm_mseal(mm, addr, argument[1], (uint32_t)argument[2]));
	case SYS_brk:
		return (long)mm_brk(mm, addr);
	case SYS_capget:
	case SYS_capset:
		return 0; /* what is given up was said at the start */
	case SYS_userfaultfd:
		return open_context();
	case SYS_mbind:
		return answer(mm_mbind(mm, addr, argument[1], (uint32_t)argument[2],
				       nodes_of(pointer(argument[3]))));
	case 450: /* set_mempolicy_home_node */
		return answer(mm_set_home_node(mm, addr, argument[1], argument[2]));
	default:
		give_up("a system call it does not know");
		return -1;
	}
}

void *shim_shmat(int id, const void *addr, int flags)
{
	struct mmap_request request = {
		.addr = number(addr),
		.prot = PROT_READ | PROT_WRITE | (flags & SHM_EXEC ? PROT_EXEC : 0),
		.flags = MAP_SHARED | MAP_FIXED,
	};
	struct shmid_ds about;
	struct inode *inode = shim_calloc(1, sizeof(*inode));
	vm_addr_t place;
	int error;

	if (shmctl(id, IPC_STAT, &about) != 0)
		return pointer(UINT64_MAX);
	inode->number = 1000000 + (uint64_t)id;
	inode->device = 1;
	request.len = about.shm_segsz;
	if (file_open(world->machine, NULL, FMODE_READ | FMODE_WRITE, &segment_fops, &request.file))
		give_up("cannot open a segment");
	request.file->private_data = inode;
	error = mm_mmap(mm, &request, &place);
	file_put(request.file);
	return answer(error) ? pointer(UINT64_MAX) : pointer(place);
}

/* ------------------------------------------------------------------ limits, contexts */

int shim_setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
	uint64_t pages = limit->rlim_cur == RLIM_INFINITY ? VM_RLIM_INFINITY
							  : limit->rlim_cur / VM_PAGE_SIZE;

	if (resource == RLIMIT_AS)
		mm->rlimit[VM_RLIMIT_AS] = pages;
	if (resource == RLIMIT_DATA)
		mm->rlimit[VM_RLIMIT_DATA] = pages;
	if (resource == RLIMIT_STACK)
		mm->rlimit[VM_RLIMIT_STACK] = pages;
	if (resource == RLIMIT_MEMLOCK)
		mm->rlimit[VM_RLIMIT_MEMLOCK] = pages;
	return 0;
}

/* Descriptors that stand for contexts of this process. */
static int contexts[VM_UFFD_CONTEXTS];
static pid_t owners[VM_UFFD_CONTEXTS];

static long open_context(void)
{
	for (unsigned int i = 0; i < VM_UFFD_CONTEXTS; i++) {
		if (contexts[i])
			continue;
		contexts[i] = memfd_create("context", MFD_CLOEXEC);
		owners[i] = getpid();
		return contexts[i];
	}
	give_up("a context too many");
	return -1;
}

static unsigned int context_of(int fd)
{
	unsigned int i = 0;

	while (i < VM_UFFD_CONTEXTS && contexts[i] != fd)
		i++;
	return i;
}

int shim_ioctl(int fd, unsigned long request, ...)
{
	unsigned int context = context_of(fd);
	const struct uffdio_register *wanted;
	va_list more;

	va_start(more, request);
	wanted = va_arg(more, void *);
	va_end(more);
	if (context == VM_UFFD_CONTEXTS)
		give_up("an ioctl it does not know");
	if (request == UFFDIO_API)
		return 0;
	vm_begin_operation(world->machine);
	/* Both begin with the range. */
	if (request == UFFDIO_REGISTER)
		return answer(mm_uffd_register(mm, context, 0, wanted->range.start,
					       wanted->range.len, (uint32_t)wanted->mode));
	return answer(mm_uffd_unregister(mm, context, wanted->range.start, wanted->range.len));
}

int shim_close(int fd)
{
	unsigned int context = fd > 0 ? context_of(fd) : VM_UFFD_CONTEXTS;

	if (context == VM_UFFD_CONTEXTS)
		return close(fd);
	/* That of a parent stays as long as the parent has it. */
	if (owners[context] == getpid()) {
		vm_begin_operation(world->machine);
		mm_uffd_close(mm, context);
	}
	contexts[context] = 0;
	return close(fd);
}

/* ------------------------------------------------------------------ processes */

pid_t shim_fork(void)
{
	struct mm *child;
	int error;
	pid_t pid;

	vm_begin_operation(world->machine);
	error = mm_fork(mm, NULL, &child);
	if (error)
		return answer(error);
	pid = fork();
	if (pid == 0)
		mm = child;
	return pid;
}

void shim_exit(int status)
{
	vm_begin_operation(world->machine);
	mm_exit(mm);
	_exit(status);
}

/* ------------------------------------------------------------------ what is told of it */

static void tell_vma(FILE *out, const struct vma *vma, bool all)
{
	const struct inode *inode = vma->vm_file ? vma->vm_file->private_data : NULL;

	fprintf(out, "%" PRIx64 "-%" PRIx64 " %c%c%c%c %08" PRIx64 " ", vma->vm_start, vma->vm_end,
		vma->vm_flags & VM_READ ? 'r' : '-', vma->vm_flags & VM_WRITE ? 'w' : '-',
		vma->vm_flags & VM_EXEC ? 'x' : '-', vma->vm_flags & VM_MAYSHARE ? 's' : 'p',
		vma->vm_file ? vma->vm_pgoff * VM_PAGE_SIZE : 0);
	if (inode)
		fprintf(out, "%02x:%02x %" PRIu64 "\n", major(inode->device), minor(inode->device),
			inode->number);
	else
		fprintf(out, "00:%02x %" PRIu64 "\n", vma->vm_file ? 1 : 0,
			vma->vm_file ? vma->vm_file->id + 1 : 0);
	if (!all)
		return;
	fputs("VmFlags:", out);
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (vma->vm_flags & codes[i].flag)
			fprintf(out, " %s", codes[i].code);
	}
	fputc('\n', out);
}

static void tell_markers(int fd)
{
	vm_addr_t end = BASE + world->pages * VM_PAGE_SIZE;
	uint64_t entry = PAGEMAP_GUARD;

	if (ftruncate(fd, (off_t)(end / VM_PAGE_SIZE * 8)) != 0)
		give_up("cannot make a pagemap");
	for (vm_addr_t at = mm_first_guard(mm, BASE, end); at < end;
	     at = mm_first_guard(mm, at + VM_PAGE_SIZE, end))
		if (pwrite(fd, &entry, 8, (off_t)(at / VM_PAGE_SIZE * 8)) != 8)
			give_up("cannot fill a pagemap");
}

static void tell(const char *path, int fd)
{
	struct vma_iterator vmi;
	FILE *out = fdopen(dup(fd), "w");

	if (strcmp(path, "/proc/sys/vm/max_map_count") == 0)
		fprintf(out, "%d\n", MAX_MAP_COUNT);
	else if (strcmp(path, "/proc/self/status") == 0)
		fprintf(out,
			"VmSize:\t%8" PRIu64 " kB\nVmLck:\t%8" PRIu64 " kB\nVmData:\t%8" PRIu64
			" kB\n",
			mm->total_vm * VM_PAGE_SIZE / 1024, mm->locked_vm * VM_PAGE_SIZE / 1024,
			mm->data_vm * VM_PAGE_SIZE / 1024);
	else if (strcmp(path, "/proc/self/pagemap") == 0)
		tell_markers(fd);
	else
		for (const struct vma *vma = mm_first(mm, &vmi); vma; vma = mm_next(&vmi))
			tell_vma(out, vma, strcmp(path, "/proc/self/smaps") == 0);
	fclose(out);
	lseek(fd, 0, SEEK_SET);
}

int shim_open(const char *path, int flags, ...)
{
	int fd;

	if (strcmp(path, "/proc/self/clear_refs") == 0) {
		vm_begin_operation(world->machine);
		mm_clear_softdirty(mm);
		return open("/dev/null", flags);
	}
	if (strncmp(path, "/proc/self/fd/", 14) == 0 ||
	    (strncmp(path, "/proc/", 6) != 0 && strcmp(path, "/dev/zero") != 0))
		return open(path, flags);
	if (strcmp(path, "/dev/zero") == 0)
		return open(path, flags);
	fd = memfd_create("shim", MFD_CLOEXEC);
	if (fd < 0)
		give_up("no memory for a file");
	tell(path, fd);
	return fd;
}

ssize_t shim_pread(int fd, void *buffer, size_t size, off_t offset)
{
	if (!in_window(buffer))
		return pread(fd, buffer, size, offset);
	return answer(mm_touch(mm, number(buffer), size, true)) ? -1 : (ssize_t)size;
}

int shim_access(const char *path, int mode)
{
	int error;

	if (!in_window(path))
		return access(path, mode);
	error = mm_touch(mm, number(path), 1, false);
	errno = error ? -error : ENOENT;
	return -1;
}
