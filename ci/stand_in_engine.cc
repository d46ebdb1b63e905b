/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stands where the archive of an engine stands that nobody has here (honggfuzz, Centipede): it is
 * C++, brings main() and answers what the compiler calls for -fsanitize-coverage, so that a target
 * links as it would; then it replays the files it is given. It fuzzes nothing.
 */
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" {
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

static uint64_t hits;

void __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *stop)
{
	for (uint32_t number = 0; start < stop; start++)
		*start = ++number;
}

/* Each guard counts once. */
void __sanitizer_cov_trace_pc_guard(uint32_t *guard)
{
	hits += *guard != 0;
	*guard = 0;
}

void __sanitizer_cov_pcs_init(const uintptr_t *, const uintptr_t *)
{
}
void __sanitizer_cov_trace_pc_indir(uintptr_t)
{
}
void __sanitizer_cov_trace_cmp1(uint8_t, uint8_t)
{
}
void __sanitizer_cov_trace_cmp2(uint16_t, uint16_t)
{
}
void __sanitizer_cov_trace_cmp4(uint32_t, uint32_t)
{
}
void __sanitizer_cov_trace_cmp8(uint64_t, uint64_t)
{
}
void __sanitizer_cov_trace_const_cmp1(uint8_t, uint8_t)
{
}
void __sanitizer_cov_trace_const_cmp2(uint16_t, uint16_t)
{
}
void __sanitizer_cov_trace_const_cmp4(uint32_t, uint32_t)
{
}
void __sanitizer_cov_trace_const_cmp8(uint64_t, uint64_t)
{
}
void __sanitizer_cov_trace_switch(uint64_t, uint64_t *)
{
}
}

int main(int argc, char **argv)
{
	if (LLVMFuzzerInitialize)
		LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++) {
		std::ifstream file(argv[i], std::ios::binary);
		std::vector<uint8_t> input{ std::istreambuf_iterator<char>(file), {} };

		if (!file) {
			std::fprintf(stderr, "%s: cannot be read\n", argv[i]);
			return 2;
		}
		LLVMFuzzerTestOneInput(input.data(), input.size());
		std::printf("Executed %s\n", argv[i]);
	}
	std::printf("stand-in: files=%d guards=%llu\n", argc - 1, (unsigned long long)hits);
	return 0;
}
