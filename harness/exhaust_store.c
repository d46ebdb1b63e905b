/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "exhaust_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC UINT64_C(0x31747375616878) /* "xhaust1" */
#define SLOTS_MIN 4096

/* Two reports in turn: one of them is whole whenever we end. */
struct exhaust_header {
	uint64_t magic;
	struct exhaust_key said;
	volatile uint64_t turn;
	struct exhaust_progress progress[2];
};

static size_t header_bytes(void)
{
	return (sizeof(struct exhaust_header) + 4095) / 4096 * 4096;
}

static void put(struct exhaust_store *store, uint64_t which)
{
	uint64_t mask = store->slots - 1;
	uint64_t at = store->state[which].key.word[0] & mask;

	while (store->index[at])
		at = (at + 1) & mask;
	store->index[at] = (uint32_t)which + 1;
}

static void drop_index(struct exhaust_store *store)
{
	if (store->slots)
		munmap(store->index, store->slots * sizeof(*store->index));
	store->slots = 0;
}

/* A larger index, made anew of the states. */
static int grow(struct exhaust_store *store)
{
	uint64_t slots = store->slots ? store->slots : SLOTS_MIN;

	while (slots < 2 * (store->count + 1))
		slots *= 2;
	drop_index(store);
	store->index = mmap(NULL, slots * sizeof(*store->index), PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (store->index == MAP_FAILED)
		return -ENOMEM;
	store->slots = slots;
	/* Any part of it at any time: with small pages each look would wait for the page tables. */
	madvise(store->index, slots * sizeof(*store->index), MADV_HUGEPAGE);
	for (uint64_t i = 0; i < store->count; i++)
		put(store, i);
	return 0;
}

static bool keys_equal(struct exhaust_key a, struct exhaust_key b)
{
	return a.word[0] == b.word[0] && a.word[1] == b.word[1];
}

bool exhaust_store_has(const struct exhaust_store *store, struct exhaust_key key)
{
	uint64_t mask = store->slots - 1;

	for (uint64_t at = key.word[0] & mask; store->index[at]; at = (at + 1) & mask)
		if (keys_equal(store->state[store->index[at] - 1].key, key))
			return true;
	return false;
}

int exhaust_store_add(struct exhaust_store *store, struct exhaust_state state)
{
	int error;

	if (store->count == store->capacity)
		return -ENOSPC;
	if (2 * (store->count + 1) > store->slots) {
		error = grow(store);
		if (error)
			return error;
	}
	store->state[store->count] = state;
	put(store, store->count++);
	return 0;
}

void exhaust_store_commit(struct exhaust_store *store, const struct exhaust_progress *progress)
{
	uint64_t turn = store->header->turn + 1;

	store->header->progress[turn % 2] = *progress;
	__atomic_store_n(&store->header->turn, turn, __ATOMIC_RELEASE);
}

/* In one piece: a file that is there says whose it is, whenever this process is killed. */
static int begin_file(struct exhaust_store *store, struct exhaust_key said)
{
	struct exhaust_header header = { .magic = MAGIC, .said = said };
	char *bytes = calloc(1, header_bytes());
	ssize_t written;
	int error;

	if (!bytes)
		return -ENOMEM;
	memcpy(bytes, &header, sizeof(header));
	written = pwrite(store->file, bytes, header_bytes(), 0);
	free(bytes);
	if (written == (ssize_t)header_bytes())
		return 0;
	/* A part of a header would be taken for somebody else's file. */
	error = written < 0 ? -errno : -ENOSPC;
	return ftruncate(store->file, 0) ? -errno : error;
}

/* A file that is not empty has to be one of ours before it is touched. */
static int open_file(struct exhaust_store *store, const char *path, struct exhaust_key said)
{
	/* Of this process alone: workers must not hold on to the file when it is killed. */
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct stat status;
	uint64_t magic = 0;
	int error = 0;

	store->file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (store->file < 0 || fcntl(store->file, F_SETLK, &lock) || fstat(store->file, &status))
		return -errno;
	if (status.st_size && (pread(store->file, &magic, sizeof(magic), 0) != sizeof(magic) ||
			       magic != MAGIC || (size_t)status.st_size < header_bytes()))
		return -EINVAL;
	if (!status.st_size)
		error = begin_file(store, said);
	if (error)
		return error;
	/* As long as it can ever be, and full of holes. */
	if ((size_t)status.st_size > store->size)
		return 0;
	return ftruncate(store->file, (off_t)store->size) ? -errno : 0;
}

static int map(struct exhaust_store *store, const char *path, struct exhaust_key said)
{
	int flags = path ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	int error = path ? open_file(store, path, said) : 0;
	char *memory;

	if (error)
		return error;
	memory = mmap(NULL, store->size, PROT_READ | PROT_WRITE, flags, store->file, 0);
	if (memory == MAP_FAILED)
		return -errno;
	store->header = (struct exhaust_header *)(void *)memory;
	store->state = (struct exhaust_state *)(void *)(memory + header_bytes());
	if (!path)
		*store->header = (struct exhaust_header){ .magic = MAGIC, .said = said };
	return 0;
}

int exhaust_store_open(struct exhaust_store *store, const char *path, uint64_t capacity,
		       struct exhaust_key said, struct exhaust_progress *progress)
{
	struct exhaust_header *header;
	int error;

	*store = (struct exhaust_store){ .file = -1, .capacity = capacity };
	store->size = header_bytes() + capacity * sizeof(*store->state);
	error = map(store, path, said);
	if (error)
		return error;
	header = store->header;
	if (!keys_equal(header->said, said))
		return -EINVAL;
	*progress = header->progress[header->turn % 2];
	if (progress->states > capacity)
		return -ENOSPC;
	store->count = progress->states;
	return grow(store);
}

void exhaust_store_close(struct exhaust_store *store)
{
	size_t used = header_bytes() + store->count * sizeof(*store->state);

	if (store->header)
		munmap(store->header, store->size);
	if (store->file >= 0) {
		/* One that could not be opened is left as it is; a long one is full of holes. */
		if (store->slots && ftruncate(store->file, (off_t)used))
			used = 0;
		close(store->file);
	}
	drop_index(store);
	*store = (struct exhaust_store){ .file = -1 };
}
