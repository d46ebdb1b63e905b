/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ci/bench.sh measures: the parts of one execution, each on its own, on the same inputs,
 * and the core's calls by the number of VMAs. Nothing here is timed in a test.
 */
#ifndef VMAFUZZ_BENCH_H
#define VMAFUZZ_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(name, word): what is done with an input. */
#define BENCH_PARTS(X)                                                                             \
	X(EMPTY, "empty")                                                                          \
	X(DECODE, "decode")                                                                        \
	X(CORE, "core")                                                                            \
	X(CORE_SHOWN, "core_shown")	/* and what stands is observed after each operation */     \
	X(CORE_CHECKED, "core_checked") /* and validated */                                        \
	X(MODEL, "model")                                                                          \
	X(MODEL_SHOWN, "model_shown")                                                              \
	X(ALL, "all") /* what the target fuzz_merge does */

#define BENCH_PART_ENUM(name, word) BENCH_##name,
enum bench_part { BENCH_PARTS(BENCH_PART_ENUM) BENCH_PART_COUNT };
#undef BENCH_PART_ENUM

const char *bench_part_name(enum bench_part part);
/* BENCH_PART_COUNT: no such part. */
enum bench_part bench_part_find(const char *name);
/* One execution of the part. Returns the number of operations it did; exits if it cannot. */
uint64_t bench_execute(enum bench_part part, const uint8_t *data, size_t size);

/* Processor seconds of this process: other load on the machine counts less than on a wall clock. */
double bench_now(void);

/*
 * Writes `programs` inputs of `operations` operations each into an existing folder, made by
 * the generator from a fixed seed. 0, or -1 after a message.
 */
int bench_write_corpus(const char *folder, unsigned int programs, unsigned int operations);

/* Prints a line per kind of call, access pattern and number of VMAs. 0, or -1 after a message. */
int bench_map(bool quick);

#endif
