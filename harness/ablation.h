/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program checked by a part of the oracle only, for measuring what each part finds. Nobody else
 * leaves anything out.
 */
#ifndef VMAFUZZ_ABLATION_H
#define VMAFUZZ_ABLATION_H

#include "execute.h"

/* Each does what those before it do as well. */
enum ablation_checks {
	ABLATION_SANITIZERS, /* what ends the process: sanitizers, signals, the core's assertions */
	ABLATION_INVARIANTS, /* the subject's own check, and what holds whatever the model says */
	ABLATION_MODEL,	     /* what the model says, but for merges that were missed */
	ABLATION_ALL	     /* these too */
};

/* "sanitizers", "invariants", "model", "all"; false: no such word. */
bool ablation_checks_find(const char *word, enum ablation_checks *ret);

/* True: execution->verdict is a finding. What it stumbles over otherwise ends the program. */
bool ablation_finds(struct execution *execution, const struct program *program,
		    enum ablation_checks checks);

#endif
