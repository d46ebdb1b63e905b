/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _POSIX_C_SOURCE 200809L
#include "fuzz_counters.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "execute.h"
#include "model.h"

/*
 * The model's counts are looked at after every so many inputs, for there are hundreds of them.
 * Under AFL++, to which every branch counts, all inputs have to be alike.
 */
#ifdef __AFL_COMPILER
#define EVERY 1
#else
#define EVERY 64
#endif

_Noreturn static void cannot_use(const char *path, const char *why)
{
	fprintf(stderr, "VMAFUZZ_COUNTERS: %s: %s\n", path, why);
	exit(3);
}

struct fuzz_counters *fuzz_counters_open(void)
{
	const char *path = getenv("VMAFUZZ_COUNTERS");
	struct fuzz_counters *counters;
	int file, error;

	if (!path)
		return NULL;
	file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (file < 0)
		cannot_use(path, strerror(errno));
	/* Room on the disk now, or a full one would be a signal at some input. */
	error = posix_fallocate(file, 0, sizeof(*counters));
	if (error)
		cannot_use(path, strerror(error));
	counters = mmap(NULL, sizeof(*counters), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (counters == MAP_FAILED)
		cannot_use(path, strerror(errno));
	close(file);
	if (counters->magic[0] && memcmp(counters->magic, FUZZ_COUNTERS_MAGIC, 8) != 0)
		cannot_use(path, "expected a file of counters, or none");
	memcpy(counters->magic, FUZZ_COUNTERS_MAGIC, 8);
	counters->rows = model_cases() < STATISTICS_CASES ? model_cases() : STATISTICS_CASES;
	return counters;
}

void fuzz_counters_add(struct fuzz_counters *counters, struct execution *execution)
{
	struct run_statistics *statistics = execution->statistics;

	counters->executions++;
	counters->operations += statistics->operations;
	counters->checks += statistics->checks;
	if (counters->executions % EVERY != 0)
		return;
	execute_count_cases(execution);
	for (uint64_t i = 0; i < STATISTICS_CASES; i++)
		counters->cases[i] += statistics->cases[i];
}
