/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file system that a guest boots from: the executor as /init, and under the name by which it
 * starts itself. A cpio archive of the "newc" kind, which is headers in hexadecimal digits with
 * names and contents behind them, each filled up to a multiple of four bytes.
 */
#define _GNU_SOURCE
#include "live_initrd.h"

#include "live_process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODE_PROGRAM 0100755U
#define MODE_LINK 0120777U

struct entry {
	uint32_t number; /* inode; the archive wants one for each */
	uint32_t mode;
	uint64_t size;
	const char *name;
};

static bool put(int to, const void *bytes, size_t size)
{
	return write(to, bytes, size) == (ssize_t)size;
}

static bool fill_up(int to)
{
	off_t at = lseek(to, 0, SEEK_CUR);

	return at >= 0 && put(to, "\0\0\0", (size_t)(-at & 3));
}

static bool put_header(int to, const struct entry *entry)
{
	char header[128];
	size_t name = strlen(entry->name) + 1;
	int length =
		snprintf(header, sizeof(header), "070701%08x%08x%08x%08x%08x%08x%08x",
			 entry->number, entry->mode, 0U, 0U, 1U, 0U, (unsigned int)entry->size);

	length += snprintf(header + length, sizeof(header) - (size_t)length,
			   "%08x%08x%08x%08x%08x%08x", 0U, 0U, 0U, 0U, (unsigned int)name, 0U);
	return put(to, header, (size_t)length) && put(to, entry->name, name) && fill_up(to);
}

static bool copy(int to, int from)
{
	char block[1 << 16];
	ssize_t got;

	while ((got = read(from, block, sizeof(block))) > 0)
		if (!put(to, block, (size_t)got))
			return false;
	return got == 0 && fill_up(to);
}

static bool fill(int to, int program)
{
	const char *target = "init";
	struct entry link = { 2, MODE_LINK, strlen(target), "live_exec" };
	struct entry end = { 3, 0, 0, "TRAILER!!!" };
	struct entry init = { 1, MODE_PROGRAM, 0, target };
	struct stat about;

	if (fstat(program, &about) != 0)
		return false;
	init.size = (uint64_t)about.st_size;
	return put_header(to, &init) && copy(to, program) && put_header(to, &link) &&
	       put(to, target, strlen(target)) && fill_up(to) && put_header(to, &end);
}

int live_initrd(void)
{
	char path[LIVE_PROCESS_PATH];
	int program, to;

	if (!live_process_find(path))
		return -ENOENT;
	program = open(path, O_RDONLY | O_CLOEXEC);
	if (program < 0)
		return -errno;
	to = memfd_create("vmafuzz-initrd", MFD_CLOEXEC);
	if (to >= 0 && !fill(to, program)) {
		close(to);
		to = -EIO;
	}
	close(program);
	return to;
}
