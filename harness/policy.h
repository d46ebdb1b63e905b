/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A NUMA policy as one small number that is a function of its value, so that everybody who
 * sees a policy comes to the same number without having asked anybody.
 */
#ifndef VMAFUZZ_POLICY_H
#define VMAFUZZ_POLICY_H

#include <stdint.h>

#define POLICY_NO_HOME (-1)

/* mode: MPOL_* with its mode flags; nodes: bit per node; 0 is kept for "no policy". */
static inline uint16_t policy_number(uint32_t mode, uint64_t nodes, int home_node)
{
	uint64_t hash = mode + (uint64_t)(home_node + 1) * 0x10000;

	hash = (hash ^ nodes * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xd6e8feb86659fd93);
	hash ^= hash >> 32;
	hash *= UINT64_C(0xd6e8feb86659fd93);
	hash >>= 48;
	return hash ? (uint16_t)hash : 1;
}

#endif
