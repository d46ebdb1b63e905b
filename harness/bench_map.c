/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The core's calls by the number of VMAs, from 64 to the kernel's limit. Neighbours differ in
 * access, so none merge:
 *
 *	page    0123456789ab
 *	        RRRWWWRRRWWW ...
 *
 * Every round leaves the address space as it found it.
 */
#include <stdio.h>

#include "bench.h"
#include "vma.h"

#define BASE UINT64_C(0x100000000)
#define VMA_PAGES 3
#define VMA_BYTES (VMA_PAGES * VM_PAGE_SIZE)
#define NEIGHBOURS 8 /* VMAs in turn, for the caches */
#define READ 1u
#define READ_WRITE 3u
#define EXECUTE 4u
#define MAP_PRIVATE_FIXED_ANON 0x32u

static const uint64_t sizes[] = { 64, 4096, 65530 };
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

static vm_addr_t vma_address(uint64_t index)
{
	return BASE + index * VMA_BYTES;
}

static uint32_t vma_prot(uint64_t index)
{
	return index & 1 ? READ_WRITE : READ;
}

static int map_vma(struct mm *mm, uint64_t index)
{
	struct mmap_request request = {
		.addr = vma_address(index),
		.len = VMA_BYTES,
		.prot = vma_prot(index),
		.flags = MAP_PRIVATE_FIXED_ANON,
	};
	vm_addr_t addr;

	return mm_mmap(mm, &request, &addr);
}

/* What is called on one VMA. Each returns how many operations that were, 0 if one failed. */
static unsigned int look(struct mm *mm, uint64_t index)
{
	const struct vma *vma = mm_find(mm, vma_address(index) + VM_PAGE_SIZE);

	return vma && vma->vm_start == vma_address(index);
}

/* Two splits, then two merges. */
static unsigned int protect_middle(struct mm *mm, uint64_t index)
{
	vm_addr_t addr = vma_address(index) + VM_PAGE_SIZE;

	if (mm_mprotect(mm, addr, VM_PAGE_SIZE, EXECUTE) ||
	    mm_mprotect(mm, addr, VM_PAGE_SIZE, vma_prot(index)))
		return 0;
	return 2;
}

static unsigned int unmap_and_map(struct mm *mm, uint64_t index)
{
	if (mm_munmap(mm, vma_address(index), VMA_BYTES) || map_vma(mm, index))
		return 0;
	return 2;
}

/* A hole, and a mapping that is placed there because no other fits. */
static unsigned int unmap_and_place(struct mm *mm, uint64_t index)
{
	struct mmap_request request = {
		.len = VMA_BYTES,
		.prot = vma_prot(index),
		.flags = MAP_PRIVATE_FIXED_ANON & ~0x10u,
	};
	vm_addr_t addr;

	if (mm_munmap(mm, vma_address(index), VMA_BYTES) || mm_mmap(mm, &request, &addr) ||
	    addr != vma_address(index))
		return 0;
	return 2;
}

static const struct call {
	const char *name;
	unsigned int (*on)(struct mm *mm, uint64_t index);
} calls[] = {
	{ "find", look },
	{ "mprotect", protect_middle },
	{ "munmap+mmap", unmap_and_map },
	{ "munmap+place", unmap_and_place },
};
#define CALLS (sizeof(calls) / sizeof(calls[0]))

/* A permutation's worth of indices without a table: a full-period generator, reduced. */
static uint64_t next_random(uint64_t *random)
{
	*random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *random >> 33;
}

/* Seconds per operation, -1 if the core answered wrong. */
static double measure(const struct call *call, struct mm *mm, uint64_t vmas, bool far,
		      unsigned int rounds)
{
	uint64_t random = 1, operations = 0;
	double begin = bench_now();

	for (unsigned int round = 0; round < rounds; round++) {
		uint64_t index = far ? next_random(&random) % vmas : vmas / 2 + round % NEIGHBOURS;
		unsigned int done = call->on(mm, index);

		if (!done)
			return -1;
		operations += done;
	}
	return (bench_now() - begin) / (double)operations;
}

static int fill(struct vm_machine *machine, uint64_t vmas, struct mm **ret_mm)
{
	struct vm_config config = {
		.profile = VM_PROFILE_7_3,
		.ipc_lock = true,
		.mmap_min_addr = BASE,
		.task_size = BASE + vmas * VMA_BYTES,
		.max_vma_count = vmas + 8,
		.rlimit = { VM_RLIM_INFINITY, VM_RLIM_INFINITY, VM_RLIM_INFINITY,
			    VM_RLIM_INFINITY },
	};

	vm_machine_reset(machine, &config);
	if (mm_new(machine, NULL, ret_mm))
		return -1;
	for (uint64_t index = 0; index < vmas; index++)
		if (map_vma(*ret_mm, index))
			return -1;
	return (*ret_mm)->vma_count == vmas ? 0 : -1;
}

/* The operations end, and the largest address space last: the caches are the next one's to fill. */
static int measure_sizes(struct vm_machine *machine, bool quick)
{
	for (size_t size = 0; size < SIZES; size++) {
		unsigned int rounds = quick ? 20000 : 100000;
		struct mm *mm;

		if (fill(machine, sizes[size], &mm))
			return -1;
		for (size_t i = 0; i < CALLS; i++) {
			for (int far = 0; far < 2; far++) {
				double cost;

				measure(&calls[i], mm, sizes[size], far, rounds / 10);
				cost = measure(&calls[i], mm, sizes[size], far, rounds);
				if (cost < 0)
					return -1;
				printf("map,%s %s %u,1,%.9f\n", calls[i].name,
				       far ? "random" : "cached", (unsigned int)sizes[size], cost);
			}
		}
		mm_exit(mm);
	}
	return 0;
}

int bench_map(bool quick)
{
	struct vm_machine *machine;
	int result;

	if (vm_machine_new(&machine))
		return -1;
	result = measure_sizes(machine, quick);
	if (result)
		fputs("vmafuzz_bench: the core does not answer as it should\n", stderr);
	else
		vm_machine_free(machine);
	return result;
}
