/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Address spaces left out, or merged into their parents. Numbers are given to forks in order,
 * so those behind a fork that goes move up:
 *
 *	fork            fork                            fork
 *	@1 fork    ->   (gone: @2 goes or becomes @1)
 *	@2 munmap       @1 munmap  or nothing
 *	fork            fork                            @3 becomes @2
 *	@3 munmap       @2 munmap
 */
#include "simplify.h"

#define NUMBERS 256 /* of spaces; struct op has room for no more */
#define GONE NUMBERS

/* Into work, which has the base's operations: without the fork that makes `victim`. */
static void without_space(struct simplify *simplify, unsigned int victim, bool merge)
{
	struct program *work = &simplify->work;
	unsigned int now[NUMBERS] = { 0 };
	unsigned int born = 0, kept = 0;

	for (uint32_t i = 0, at = 0; i < simplify->base->op_count; i++) {
		struct op op = simplify->base->ops[i];
		unsigned int space = op.space <= born ? now[op.space] : GONE;
		bool drop = space == GONE;

		if (op.kind == OP_FORK && op.space <= born && born + 1 < NUMBERS) {
			born++;
			if (born == victim)
				now[born] = merge ? space : GONE;
			else
				now[born] = drop ? GONE : ++kept;
			drop = drop || born == victim;
		} else if (op.kind == OP_EXIT && op.space == victim && merge) {
			drop = true;
		}
		if (drop) {
			program_remove_ops(work, at, 1);
			continue;
		}
		work->ops[at++].space = (uint8_t)space;
	}
}

bool simplify_spaces(struct simplify *simplify)
{
	unsigned int forks = 0;

	for (uint32_t i = 0; i < simplify->base->op_count; i++)
		forks += simplify->base->ops[i].kind == OP_FORK;
	for (unsigned int victim = 1; victim <= forks && victim < NUMBERS; victim++) {
		for (int merge = 1; merge >= 0; merge--) {
			without_space(simplify, victim, merge);
			if (!simplify_propose_work(simplify))
				return false;
		}
	}
	return true;
}
