/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The userland core as a kernel: included before an emitted test (-include), it turns the test's
 * system calls into calls of ours. What is not about the window goes to the real kernel.
 */
#ifndef VMAFUZZ_SHIM_H
#define VMAFUZZ_SHIM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/types.h>
#include <unistd.h>

void *shim_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset);
int shim_munmap(void *addr, size_t len);
int shim_mprotect(void *addr, size_t len, int prot);
int shim_madvise(void *addr, size_t len, int advice);
void *shim_mremap(void *addr, size_t old_len, size_t new_len, int flags, ...);
int shim_mlock(const void *addr, size_t len);
int shim_mlock2(const void *addr, size_t len, unsigned int flags);
int shim_munlock(const void *addr, size_t len);
int shim_mlockall(int flags);
int shim_munlockall(void);
int shim_remap_file_pages(void *addr, size_t len, int prot, size_t pgoff, int flags);
int shim_prctl(int option, ...);
long shim_syscall(long number, ...);
void *shim_shmat(int id, const void *addr, int flags);
pid_t shim_fork(void);
_Noreturn void shim_exit(int status);
int shim_open(const char *path, int flags, ...);
int shim_close(int fd);
int shim_ioctl(int fd, unsigned long request, ...);
int shim_setrlimit(__rlimit_resource_t resource, const struct rlimit *limit);
ssize_t shim_pread(int fd, void *buffer, size_t size, off_t offset);
int shim_access(const char *path, int mode);

#ifndef SHIM_IMPLEMENTATION
#define mmap shim_mmap
#define munmap shim_munmap
#define mprotect shim_mprotect
#define madvise shim_madvise
#define mremap shim_mremap
#define mlock shim_mlock
#define mlock2 shim_mlock2
#define munlock shim_munlock
#define mlockall shim_mlockall
#define munlockall shim_munlockall
#define remap_file_pages shim_remap_file_pages
#define prctl shim_prctl
#define syscall shim_syscall
#define shmat shim_shmat
#define fork shim_fork
#define _exit shim_exit
#define open shim_open
#define close shim_close
#define ioctl shim_ioctl
#define setrlimit shim_setrlimit
#define pread shim_pread
#define access shim_access
#endif

#endif
