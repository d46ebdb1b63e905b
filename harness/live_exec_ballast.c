/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ballast: VMAs that exist only to be counted, so that a program meets max_map_count where
 * it asked to, while the machine's setting stays untouched.
 *
 *	max_map_count = others + ballast + limit of the program
 *
 * The area is one mapping whose odd pages are made readable, two VMAs each. Weights are
 * single pages with holes between them, one VMA each; as mmap() still works at the limit
 * itself, a weight can also stand for the one VMA above it.
 */
#define _GNU_SOURCE
#include "live_exec.h"

#include <sys/mman.h>

/* Pages: ends differ from what is outside, so every flip is worth two VMAs. */
#define AREA_PAGES UINT32_C(131072)
#define WEIGHTS_MAX 64

static void *at(uint64_t addr)
{
	return (void *)(uintptr_t)addr;
}

static bool flip(uint32_t number, int prot)
{
	uint64_t addr = BALLAST_AREA + (2 * (uint64_t)number + 1) * LIVE_PAGE;

	return mprotect(at(addr), LIVE_PAGE, prot) == 0;
}

static bool add_weight(struct ballast *ballast)
{
	uint64_t addr = BALLAST_WEIGHTS + 2 * (uint64_t)ballast->weights * LIVE_PAGE;

	if (ballast->weights == WEIGHTS_MAX ||
	    mmap(at(addr), LIVE_PAGE, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
		return false;
	ballast->weights++;
	return true;
}

static bool drop_weight(struct ballast *ballast)
{
	uint64_t addr = BALLAST_WEIGHTS + 2 * (uint64_t)(ballast->weights - 1) * LIVE_PAGE;

	if (munmap(at(addr), LIVE_PAGE) != 0)
		return false;
	ballast->weights--;
	return true;
}

/* Called before any VMA of the window exists. */
static bool ballast_build(struct executor *x)
{
	struct ballast *ballast = &x->ballast;

	ballast->others = count_other_vmas(x);
	if (mmap(at(BALLAST_AREA), AREA_PAGES * LIVE_PAGE, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
		return false;
	/* A child of fork must not pay for the ballast. */
	if (madvise(at(BALLAST_AREA), AREA_PAGES * LIVE_PAGE, MADV_DONTFORK) != 0)
		return false;
	ballast->built = true;
	return true;
}

static uint32_t ballast_vmas(const struct ballast *ballast)
{
	return 1 + 2 * ballast->flips + ballast->weights;
}

bool ballast_set(struct executor *x, uint32_t window_vmas, uint32_t limit)
{
	struct ballast *ballast = &x->ballast;
	uint32_t max = x->shared->machine.max_map_count;
	uint32_t target, total;

	if (!ballast->built && !ballast_build(x))
		executor_fault(x, "cannot map the ballast");
	if (limit > max || max - limit < ballast->others + 1)
		return false;
	target = max - limit - ballast->others;
	/* At most one VMA above the limit can exist, and only mmap() makes that one. */
	if (ballast->others + target + window_vmas > max + 1 || target > AREA_PAGES)
		return false;
	while (ballast_vmas(ballast) > target) {
		if (ballast->weights ? !drop_weight(ballast) : !flip(--ballast->flips, PROT_NONE))
			executor_fault(x, "cannot shrink the ballast");
	}
	while (ballast_vmas(ballast) < target) {
		total = ballast->others + ballast_vmas(ballast) + window_vmas;
		if (target - ballast_vmas(ballast) >= 2 && total + 2 <= max &&
		    flip(ballast->flips, PROT_READ))
			ballast->flips++;
		else if (!add_weight(ballast))
			executor_fault(x, "cannot grow the ballast");
	}
	return true;
}
