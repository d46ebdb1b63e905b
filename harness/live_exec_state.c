/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a process has beside its window: the heap's bounds, resource limits, contexts of
 * userfaultfd. The kernel counts the executor's own pages towards limits as well, so a limit
 * of N pages is set to N pages more than the executor has:
 *
 *	RLIMIT_AS   = all pages outside the window  + N
 *	RLIMIT_DATA = data pages outside the window + N
 *
 * and as brk() measures [start_data, end_data) instead of pages in use, that range is made as
 * long as there are data pages outside.
 */
#define _GNU_SOURCE
#include "live_exec.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif

static const int resources[LIVE_RLIMITS] = {
	[LIVE_RLIMIT_AS] = RLIMIT_AS,
	[LIVE_RLIMIT_DATA] = RLIMIT_DATA,
	[LIVE_RLIMIT_STACK] = RLIMIT_STACK,
	[LIVE_RLIMIT_MEMLOCK] = RLIMIT_MEMLOCK,
};

/*
 * start_brk and brk to the window's first byte. Nothing else of what this call sets matters to
 * us: it is what /proc tells of code, stack and arguments.
 */
bool heap_place(uint64_t data_pages)
{
	struct prctl_mm_map map = {
		.start_code = LIVE_WINDOW,
		.end_code = LIVE_WINDOW + LIVE_PAGE,
		.start_data = LIVE_WINDOW,
		.end_data = LIVE_WINDOW + data_pages * LIVE_PAGE,
		.start_brk = LIVE_WINDOW,
		.brk = LIVE_WINDOW,
		.start_stack = LIVE_WINDOW,
		.arg_start = LIVE_WINDOW,
		.arg_end = LIVE_WINDOW,
		.env_start = LIVE_WINDOW,
		.env_end = LIVE_WINDOW,
		.exe_fd = UINT32_MAX,
	};

	return prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0) == 0;
}

/* "VmData:	     168 kB" */
static uint64_t pages_of(const char *text, const char *key)
{
	const char *c = strstr(text, key);
	uint64_t kilobytes = 0;

	if (!c)
		return 0;
	for (c += strlen(key); *c == ' ' || *c == '\t'; c++)
		;
	for (; *c >= '0' && *c <= '9'; c++)
		kilobytes = kilobytes * 10 + (uint64_t)(*c - '0');
	return kilobytes * 1024 / LIVE_PAGE;
}

static bool measure(struct executor *x)
{
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return false;
	got = read(fd, x->text, sizeof(x->text) - 1);
	close(fd);
	if (got <= 0)
		return false;
	x->text[got] = '\0';
	x->outside[LIVE_RLIMIT_AS] = pages_of(x->text, "\nVmSize:");
	x->outside[LIVE_RLIMIT_DATA] = pages_of(x->text, "\nVmData:");
	return x->outside[LIVE_RLIMIT_AS] && x->outside[LIVE_RLIMIT_DATA];
}

bool limit_set(struct executor *x, enum live_rlimit kind, uint64_t pages)
{
	uint64_t room = UINT64_MAX / LIVE_PAGE - x->outside[kind];
	struct rlimit limit;

	/* Who may lock anyway is not measured against this limit. */
	if (kind == LIVE_RLIMIT_MEMLOCK && !x->shared->request.drop_ipc_lock)
		return true;
	/* The kernel tolerates a data limit of 0, which ours never is. */
	if (kind == LIVE_RLIMIT_DATA && pages == 0)
		return false;
	if (getrlimit((unsigned)resources[kind], &limit) != 0)
		return false;
	limit.rlim_cur = limit.rlim_max;
	if (pages < room)
		limit.rlim_cur = (x->outside[kind] + pages) * LIVE_PAGE;
	return setrlimit((unsigned)resources[kind], &limit) == 0;
}

bool state_begin(struct executor *x)
{
	const struct live_request *request = &x->shared->request;
	uint32_t kind;

	if (!request->limited)
		return limit_set(x, LIVE_RLIMIT_MEMLOCK, request->rlimit[LIVE_RLIMIT_MEMLOCK]);
	if (!measure(x))
		return false;
	if (x->shared->machine.heap) {
		if (!heap_place(x->outside[LIVE_RLIMIT_DATA]))
			return false;
		x->heap_moved = true;
	}
	for (kind = 0; kind < LIVE_RLIMITS; kind++)
		if (!limit_set(x, (enum live_rlimit)kind, request->rlimit[kind]))
			return false;
	return true;
}

bool state_end(struct executor *x)
{
	uint32_t i;

	/* First the limits: the heap is not placed while there is one on data. */
	if (x->shared->request.limited)
		for (i = 0; i < LIVE_RLIMITS; i++)
			if (!limit_set(x, (enum live_rlimit)i, LIVE_RLIMIT_NONE))
				return false;
	for (i = 0; i < LIVE_CONTEXTS; i++)
		context_close(x, i);
	if (x->heap_moved && !heap_place(0))
		return false;
	x->heap_moved = false;
	return true;
}

/*
 * Our descriptors are the parent's contexts: held here as well they would not end when the
 * parent closes them.
 */
void state_of_child(struct executor *x)
{
	uint32_t i;

	for (i = 0; i < LIVE_CONTEXTS; i++)
		context_close(x, i);
}

/*
 * Nobody serves faults here. Those the kernel meets on our behalf (and all are) it does not
 * hand to such a context but fails, as it does with others by UFFD_FEATURE_SIGBUS.
 */
int context_open(void)
{
	struct uffdio_api api = { .api = UFFD_API, .features = UFFD_FEATURE_SIGBUS };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY);

	if (fd >= 0 && ioctl(fd, UFFDIO_API, &api) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

void context_close(struct executor *x, uint32_t context)
{
	if (x->context[context] >= 0)
		close(x->context[context]);
	x->context[context] = -1;
}
