/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starting, waking and burying an executor. The helper program lies beside the command (or
 * one folder above, for tests); VMAFUZZ_LIVE_EXEC names another.
 */
#define _GNU_SOURCE
#include "live_process.h"

#include "live_gate.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_MILLISECONDS 100
#define LOOKS_MAX 300 /* 30 s; the executor's own alarm is earlier */

static bool try_path(char *path, const char *format, const char *folder)
{
	return snprintf(path, LIVE_PROCESS_PATH, format, folder) < LIVE_PROCESS_PATH &&
	       access(path, X_OK) == 0;
}

bool live_process_find(char path[LIVE_PROCESS_PATH])
{
	static const char *const formats[] = { "%s/live_exec", "%s/../live_exec",
					       "%s/harness/live_exec", "%s/../harness/live_exec" };
	const char *named = getenv("VMAFUZZ_LIVE_EXEC");
	char self[LIVE_PROCESS_PATH];
	ssize_t length;
	size_t i;

	if (named)
		return try_path(path, "%s", named);
	length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (length <= 0)
		return false;
	self[length] = '\0';
	*strrchr(self, '/') = '\0';
	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (try_path(path, formats[i], self))
			return true;
	return false;
}

/* A fresh mapping for each executor: an old one may still be written by a dying process. */
static int share(struct live_process *process)
{
	int fd = memfd_create("vmafuzz-live", MFD_CLOEXEC);
	void *place;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, sizeof(*process->shared)) != 0) {
		close(fd);
		return -ENOMEM;
	}
	place = mmap(NULL, sizeof(*process->shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (place == MAP_FAILED) {
		close(fd);
		return -ENOMEM;
	}
	process->shared = place;
	process->shared->subject = getpid();
	process->shared->reader = process->reader;
	return fd;
}

static int spawn(struct live_process *process, const char *path, int fd)
{
	char *arguments[] = { (char *)"live_exec", NULL };
	char *environment[] = { NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fd, LIVE_FD);
	error = posix_spawn(&pid, path, &actions, NULL, arguments, environment);
	posix_spawn_file_actions_destroy(&actions);
	if (error)
		return -error;
	process->pid = pid;
	return 0;
}

static void bury(struct live_process *process)
{
	int status;

	kill(process->pid, SIGKILL);
	while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR)
		;
	process->pid = 0;
}

static int fail(struct live_process *process, const char *text)
{
	snprintf(process->fault, sizeof(process->fault), "live executor: %s", text);
	return -EIO;
}

/* The executor's answer, or what became of it. */
static int await(struct live_process *process)
{
	struct live_shared *shared = process->shared;
	char text[64];
	int status, looks;

	for (looks = 0; looks < LOOKS_MAX; looks++) {
		if (gate_wait(shared, LIVE_GATE_SUBJECT, LOOK_MILLISECONDS)) {
			if (shared->status == LIVE_OK)
				return 0;
			bury(process);
			shared->fault[sizeof(shared->fault) - 1] = '\0';
			return fail(process, shared->fault);
		}
		if (waitpid(process->pid, &status, WNOHANG) != process->pid)
			continue;
		process->pid = 0;
		if (WIFSIGNALED(status))
			snprintf(text, sizeof(text), "killed by signal %d", WTERMSIG(status));
		else
			snprintf(text, sizeof(text), "ended with status %d", WEXITSTATUS(status));
		return fail(process, text);
	}
	bury(process);
	return fail(process, "no answer for 30 seconds");
}

int live_process_start(struct live_process *process)
{
	char path[LIVE_PROCESS_PATH];
	int fd, error;

	if (process->pid)
		return 0;
	if (process->shared) {
		live_process_stop(process);
		process->restarts++;
	}
	if (!live_process_find(path)) {
		fail(process, "the helper program live_exec is not beside this command");
		return -ENOENT;
	}
	fd = share(process);
	if (fd < 0)
		return fail(process, "no shared memory");
	error = spawn(process, path, fd);
	close(fd);
	if (error)
		return fail(process, "the helper program live_exec does not start");
	error = await(process);
	if (error)
		return error;
	if (process->shared->machine.version == LIVE_VERSION)
		return 0;
	bury(process);
	return fail(process, "the helper program live_exec is of another version");
}

int live_process_run(struct live_process *process)
{
	gate_open(process->shared, LIVE_GATE_EXECUTOR);
	return await(process);
}

void live_process_stop(struct live_process *process)
{
	if (process->pid)
		bury(process);
	if (process->shared)
		munmap(process->shared, sizeof(*process->shared));
	process->shared = NULL;
}
