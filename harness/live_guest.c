/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Booting a guest, commanding it, and what is left of one that died; see live_guest.h. */
#define _GNU_SOURCE
#include "live_guest.h"

#include "live_console.h"
#include "live_initrd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EMULATOR "qemu-system-x86_64"
#define BOOT_SECONDS 90
/* The executor's own alarm and that of who waits for it in the guest are earlier. */
#define ANSWER_SECONDS 60
/*
 * Only warnings and worse are said, an oops is the end, and the end is no new beginning. Ballast
 * up to a limit of 65530 would take a second. That nothing went on for a while is no complaint, for
 * the machine below may be busy; how long an answer may take is for us to say.
 */
#define KERNEL_WORDS                                                                               \
	"console=ttyS0 quiet loglevel=5 oops=panic panic=-1 sysctl.vm.max_map_count=8192 "         \
	"nowatchdog rcupdate.rcu_cpu_stall_suppress=1"

__attribute__((format(printf, 2, 3))) static int fail(struct guest *guest, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(guest->fault, sizeof(guest->fault), format, arguments);
	va_end(arguments);
	return -EIO;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void close_all(const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static void end(struct guest *guest)
{
	int status;

	if (!guest->pid)
		return;
	kill(guest->pid, SIGKILL);
	while (guest->owner == getpid() && waitpid(guest->pid, &status, 0) < 0 && errno == EINTR)
		;
	guest->pid = 0;
	close(guest->line);
}

/* The guest is of no use any more: why, and what it said last. */
static int bury(struct guest *guest, const char *what)
{
	char said[CONSOLE_LINE], path[CONSOLE_PATH];

	end(guest);
	console_complaint(guest->console, said);
	if (guest->output && console_save(guest->console, guest->output, path))
		return fail(guest, "guest: %s%s%.80s; console log: %.80s", what,
			    said[0] ? ": " : "", said, path);
	return fail(guest, "guest: %s%s%.120s", what, said[0] ? ": " : "", said);
}

/*
 * In the child: becomes the emulator. Its standard input and output are the second serial line,
 * what it says itself goes where the first one does.
 */
static _Noreturn void become_emulator(const struct guest *guest, int line, const int files[3],
				      int parent)
{
	char memory[96], initrd[32], console[64], device[64];
	int words;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	snprintf(console, sizeof(console), "/dev/fd/%d", files[2]);
	words = open(console, O_WRONLY | O_APPEND);
	setsid();
	if (dup2(line, STDIN_FILENO) < 0 || dup2(line, STDOUT_FILENO) < 0 ||
	    dup2(words, STDERR_FILENO) < 0)
		_exit(1);
	for (int i = 0; i < 3; i++)
		fcntl(files[i], F_SETFD, 0);
	snprintf(memory, sizeof(memory),
		 "memory-backend-file,id=shared,size=%u,share=on,mem-path=/dev/fd/%d",
		 LIVE_GUEST_BYTES, files[0]);
	snprintf(initrd, sizeof(initrd), "/dev/fd/%d", files[1]);
	snprintf(console, sizeof(console), "file,id=console,append=on,path=/dev/fd/%d", files[2]);
	snprintf(device, sizeof(device), "ivshmem-plain,memdev=shared,addr=0x%s", LIVE_GUEST_SLOT);
	execlp(EMULATOR, EMULATOR, "-M", "pc", "-accel", "tcg", "-m", "256", "-nodefaults",
	       "-no-user-config", "-display", "none", "-no-reboot", "-kernel", guest->image,
	       "-initrd", initrd, "-append", KERNEL_WORDS, "-object", memory, "-device", device,
	       "-chardev", console, "-serial", "chardev:console", "-chardev",
	       "stdio,id=line,signal=off", "-serial", "chardev:line", (char *)NULL);
	fprintf(stderr, "%s: %s (Debian: qemu-system-x86)\n", EMULATOR, strerror(errno));
	_exit(127);
}

/* Forks the emulator; the descriptors stay the caller's. */
static int spawn(struct guest *guest, const int files[3])
{
	int parent = (int)getpid();
	int line[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line) != 0)
		return fail(guest, "guest: no line to it: %s", strerror(errno));
	guest->pid = (int)fork();
	if (guest->pid == 0)
		become_emulator(guest, line[1], files, parent);
	close(line[1]);
	if (guest->pid < 0) {
		close(line[0]);
		guest->pid = 0;
		return fail(guest, "guest: no process for it: %s", strerror(errno));
	}
	guest->owner = parent;
	guest->line = line[0];
	return 0;
}

/* One byte of the guest; what it does not say in this time it will not say. */
static int hear(struct guest *guest, double until)
{
	struct pollfd line = { .fd = guest->line, .events = POLLIN };
	double left = until - now();
	char byte;
	int ready;

	if (left <= 0)
		return -ETIMEDOUT;
	ready = poll(&line, 1, (int)(left * 1000) + 1);
	if (ready == 0)
		return -ETIMEDOUT;
	if (ready < 0)
		return errno == EINTR ? 0 : -errno;
	return read(guest->line, &byte, 1) == 1 ? 0 : -EPIPE;
}

static int map_memory(struct guest *guest)
{
	int fd = memfd_create("vmafuzz-guest", MFD_CLOEXEC);
	void *place;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, LIVE_GUEST_BYTES) != 0) {
		close(fd);
		return -ENOMEM;
	}
	place = mmap(NULL, sizeof(*guest->memory), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (place == MAP_FAILED) {
		close(fd);
		return -ENOMEM;
	}
	guest->memory = place;
	guest->memory->user = (int32_t)getpid();
	return fd;
}

/* Fresh memory for each guest, as an old one may still be written. */
static void forget(struct guest *guest)
{
	if (guest->memory)
		munmap(guest->memory, sizeof(*guest->memory));
	guest->memory = NULL;
	if (guest->console >= 0)
		close(guest->console);
	guest->console = -1;
	guest->heard = 0;
}

static int await_boot(struct guest *guest)
{
	int error = hear(guest, now() + BOOT_SECONDS);

	guest->boots++;
	if (!error)
		return 0;
	return bury(guest, error == -ETIMEDOUT ? "it does not boot" : "it ended while it booted");
}

static int boot(struct guest *guest)
{
	int files[3];
	int error;

	forget(guest);
	files[0] = map_memory(guest);
	files[1] = live_initrd();
	files[2] = memfd_create("vmafuzz-console", MFD_CLOEXEC);
	guest->console = files[2];
	if (files[0] < 0 || files[2] < 0)
		error = fail(guest, "guest: no memory to share with it");
	else if (files[1] < 0)
		error = fail(guest, "the helper program live_exec is not beside this command");
	else
		error = spawn(guest, files);
	close_all(files, 2);
	return error ? error : await_boot(guest);
}

/* A word of the kernel that ends the guest, although it goes on: the next would not be said. */
static bool complains(struct guest *guest)
{
	return console_complains(guest->console, &guest->heard);
}

static int await_answer(struct guest *guest)
{
	double until = now() + ANSWER_SECONDS;
	int error = 0;

	while (!error && guest->memory->answered != guest->memory->number)
		error = hear(guest, until);
	if (error == -ETIMEDOUT)
		return bury(guest, "no answer for a minute");
	if (error)
		return bury(guest, "it died");
	if (complains(guest))
		return bury(guest, "its kernel complains");
	return 0;
}

int guest_command(struct guest *guest, enum live_command command)
{
	struct live_guest *memory;
	int error = guest->pid ? 0 : boot(guest);
	char byte = 0;

	if (error)
		return error;
	memory = guest->memory;
	memory->shared.reader = guest->reader;
	memory->command = command;
	memory->number++;
	if (send(guest->line, &byte, 1, MSG_NOSIGNAL) != 1)
		return bury(guest, "it died");
	error = await_answer(guest);
	if (error || !memory->error)
		return error;
	memory->shared.fault[sizeof(memory->shared.fault) - 1] = '\0';
	return fail(guest, "guest: %.*s", GUEST_FAULT - 10, memory->shared.fault);
}

/* What a process and those it forks have in common. */
static struct guest *the_guest(void)
{
	static struct guest one = { .console = -1 };

	return &one;
}

/* Another process may have seen it die. What is left on the line was for somebody else. */
static bool is_alive(const struct guest *guest)
{
	char bytes[64];
	ssize_t got;

	do {
		got = recv(guest->line, bytes, sizeof(bytes), MSG_DONTWAIT);
	} while (got > 0);
	return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

static bool is_free(const struct guest *guest, int32_t user)
{
	return user == 0 || user == getpid() || user == guest->owner ||
	       (kill(user, 0) != 0 && errno == ESRCH);
}

/* The guest at hand is ours from now on, unless another process works with it. */
static bool claim(struct guest *guest)
{
	int32_t user;

	if (!guest->pid)
		return false;
	user = guest->memory->user;
	return is_free(guest, user) && is_alive(guest) &&
	       atomic_compare_exchange_strong(&guest->memory->user, &user, (int32_t)getpid());
}

int guest_take(const char *image, struct guest **ret, const char **why)
{
	struct guest *guest = the_guest();

	*why = guest->fault;
	if (access(image, R_OK) != 0)
		return fail(guest, "no kernel image can be read there: %s", strerror(errno));
	if (strlen(image) >= sizeof(guest->image))
		return fail(guest, "the name of the kernel image is too long");
	if (!strcmp(guest->image, image) && claim(guest)) {
		*ret = guest;
		return 0;
	}
	if (guest->pid && guest->owner != getpid()) {
		/* It is another process's, which may go on with it. */
		close(guest->line);
		guest->pid = 0;
	}
	end(guest);
	memcpy(guest->image, image, strlen(image) + 1);
	*ret = guest;
	return boot(guest);
}

void guest_leave(struct guest *guest)
{
	if (guest->pid && guest->owner != getpid()) {
		guest->memory->user = 0;
		return;
	}
	end(guest);
	forget(guest);
}
