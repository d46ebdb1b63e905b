/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The executor as the first process of a guest: it starts executors as the subject does on the
 * kernel below, and hands on what they are told and what they tell. See live_guest.h.
 */
#define _GNU_SOURCE
#include "live_exec.h"
#include "live_process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <termios.h>
#include <unistd.h>

#define DEVICE "/sys/bus/pci/devices/0000:00:" LIVE_GUEST_SLOT ".0/"

struct init {
	struct live_guest *guest;
	int line; /* to the subject */
	struct live_process plain, ballast;
};

/* What is said here stands in the console log. */
static _Noreturn void give_up(const char *text)
{
	printf("vmafuzz: %s: %s\n", text, strerror(errno));
	fflush(stdout);
	sync();
	reboot(RB_AUTOBOOT);
	_exit(1);
}

static void mount_at(const char *type, const char *place)
{
	mkdir(place, 0755);
	if (mount(type, place, type, 0, "") != 0 && errno != EBUSY)
		give_up(place);
}

static void map_memory(struct init *init)
{
	int enable = open(DEVICE "enable", O_WRONLY | O_CLOEXEC);
	int fd = open(DEVICE "resource2", O_RDWR | O_CLOEXEC);
	struct utsname name;
	void *place;

	if (enable < 0 || write(enable, "1", 1) != 1 || fd < 0)
		give_up("no shared memory on the PCI bus");
	close(enable);
	place = mmap(NULL, sizeof(*init->guest), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (place == MAP_FAILED)
		give_up("cannot map the shared memory");
	close(fd);
	init->guest = place;
	if (uname(&name) == 0)
		memcpy(init->guest->release, name.release, sizeof(init->guest->release));
}

static void open_line(struct init *init)
{
	struct termios raw;

	init->line = open("/dev/ttyS1", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (init->line < 0 || tcgetattr(init->line, &raw) != 0)
		give_up("/dev/ttyS1");
	cfmakeraw(&raw);
	cfsetspeed(&raw, B115200);
	if (tcsetattr(init->line, TCSANOW, &raw) != 0)
		give_up("/dev/ttyS1");
}

/* Texts that the operations name. */
static uint32_t names_used(const struct live_shared *shared)
{
	uint32_t used = 0, i;

	for (i = 0; i < shared->request.op_count; i++)
		if (shared->ops[i].name > used)
			used = shared->ops[i].name;
	return used;
}

static void copy_request(const struct live_shared *from, struct live_shared *to)
{
	to->request = from->request;
	to->pc = 0;
	to->arena_used = 0;
	to->fault[0] = '\0';
	memcpy(to->ops, from->ops, from->request.op_count * sizeof(to->ops[0]));
	memcpy(to->names, from->names, names_used(from) * sizeof(to->names[0]));
}

static void copy_answer(const struct live_shared *from, struct live_shared *to)
{
	/* Each executor has files of its own. */
	to->machine = from->machine;
	to->pc = from->pc;
	to->arena_used = from->arena_used;
	memcpy(to->records, from->records, from->request.op_count * sizeof(to->records[0]));
	memcpy(to->arena, from->arena, from->arena_used);
}

static int say(struct init *init, const struct live_process *process, int error)
{
	struct live_shared *shared = &init->guest->shared;

	if (error)
		snprintf(shared->fault, sizeof(shared->fault), "%.*s",
			 (int)sizeof(shared->fault) - 1, process->fault);
	return error;
}

static int start(struct init *init)
{
	int error;

	live_process_stop(&init->plain);
	live_process_stop(&init->ballast);
	init->plain.reader = init->ballast.reader = init->guest->shared.reader;
	error = live_process_start(&init->plain);
	if (!error)
		copy_answer(init->plain.shared, &init->guest->shared);
	return say(init, &init->plain, error);
}

static int run(struct init *init)
{
	struct live_shared *shared = &init->guest->shared;
	struct live_process *process =
		shared->request.limit == LIVE_UNLIMITED ? &init->plain : &init->ballast;
	int error = live_process_start(process);

	if (error)
		return say(init, process, error);
	copy_request(shared, process->shared);
	error = live_process_run(process);
	copy_answer(process->shared, shared);
	return say(init, process, error);
}

void init_run(void)
{
	static struct init init;
	struct live_guest *guest;
	char byte = 0;

	mount_at("proc", "/proc");
	mount_at("sysfs", "/sys");
	mount_at("devtmpfs", "/dev");
	map_memory(&init);
	open_line(&init);
	guest = init.guest;
	for (;;) {
		if (write(init.line, &byte, 1) != 1 || read(init.line, &byte, 1) != 1)
			give_up("/dev/ttyS1");
		/* A byte of somebody who was killed before he could read the answer. */
		if (guest->answered == guest->number)
			continue;
		guest->error = guest->command == LIVE_COMMAND_RUN ? run(&init) : start(&init);
		guest->answered = guest->number;
	}
}
