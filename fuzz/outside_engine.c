/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a target brings along for an engine from outside, which nobody here starts: it is warm
 * before its first input, and the sanitizers are told in the binary what holds wherever it runs.
 * Variables of the environment still have the last word.
 */
#include "extra_counters.h"
#include "fuzz_entry.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

/* An engine may call it in each process it forks: being warm twice changes nothing. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_warm_up();
	extra_counters_on();
	return 0;
}

/* Where an engine has none: our mutator asks for it only when it is told to (ci/ablation). */
__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size)
{
	(void)data;
	return size < max_size ? size : max_size;
}

/* The harness counts the core's objects itself; looking for leaks costs a third of the speed. */
const char *__asan_default_options(void)
{
	return "detect_leaks=0:handle_abort=1";
}

/* Hashes wrap on purpose, and OSS-Fuzz asks for unsigned overflow as a signal of coverage. */
const char *__ubsan_default_options(void)
{
	return "silence_unsigned_overflow=1:print_stacktrace=1";
}
