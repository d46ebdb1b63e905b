/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ablation.h"

#include <string.h>

bool ablation_checks_find(const char *word, enum ablation_checks *ret)
{
	static const char *const words[] = { "sanitizers", "invariants", "model", "all" };

	for (unsigned int i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(word, words[i]))
			continue;
		*ret = (enum ablation_checks)i;
		return true;
	}
	return false;
}

/* A merge that should have been, whoever says so: the invariants know it by these rules. */
static bool is_missed_merge(const struct verdict *verdict)
{
	return verdict->class == VERDICT_MISSED_MERGE || !strncmp(verdict->rules, "MRG-", 4);
}

/* What the subject shows becomes what stood before. */
static void turn_page(struct execution *execution)
{
	struct observation *old = execution->before;

	execution->before = execution->seen;
	execution->seen = old;
}

/* False: a verdict, of which the caller has to say whether it counts. */
static bool is_sound(struct execution *execution, uint32_t index, enum verdict_class class)
{
	const struct comparison comparison = {
		.program = &execution->program,
		.index = index,
		.before = index == VERDICT_AT_BEGIN ? NULL : execution->before,
		.seen = execution->seen,
		.facts = execution->facts,
		.rule = "",
	};

	return execute_is_valid(execution, &comparison, class) &&
	       execute_is_lawful(execution, &comparison);
}

/* Without the model, which says no more than which operations there are. */
static bool is_sound_alone(struct execution *execution, const struct program *program, bool look)
{
	struct subject *subject = execution->subject;
	const char *why = NULL;

	if (subject->begin(subject, &execution->program, &why))
		return true;
	execution->seen->events = 0;
	execution->seen->alloc_failed = 0;
	execution->seen->result = (struct seen_result){ .form = RESULT_NOOP };
	execution->facts = subject->observe(subject, execution->seen);
	if (look && !is_sound(execution, VERDICT_AT_BEGIN, VERDICT_INVALID_STATE))
		return false;
	for (uint32_t i = 0; i < program->op_count; i++) {
		if (oracle_refuses(execution->oracle, &program->ops[i]))
			continue;
		turn_page(execution);
		if (subject->apply(subject, &execution->program, i, execution->seen, &why)) {
			turn_page(execution);
			continue;
		}
		execution->facts = subject->observe(subject, execution->seen);
		if (look && !is_sound(execution, i, VERDICT_INVALID_STATE))
			return false;
		if (execution->stepped)
			execution->stepped(execution, i);
	}
	turn_page(execution);
	execution->seen->events = 0;
	execution->seen->result = (struct seen_result){ .form = RESULT_NOOP };
	if (subject->end(subject, execution->seen, &why))
		return true;
	for (unsigned int i = 0; i < PROGRAM_SPACES; i++)
		execution->seen->space[i].alive = false;
	return !look || is_sound(execution, VERDICT_AT_END, VERDICT_LEAK);
}

bool ablation_finds(struct execution *execution, const struct program *program,
		    enum ablation_checks checks)
{
	const char *why = NULL;

	execution->options.invariants = checks >= ABLATION_INVARIANTS;
	if (checks >= ABLATION_MODEL) {
		if (execute_program(execution, program, &why) != EXECUTE_MISMATCH)
			return false;
		return checks == ABLATION_ALL || !is_missed_merge(&execution->verdict);
	}
	execution->program = *program;
	settings_resolve(&execution->program.settings, execution->subject,
			 &execution->options.settings);
	invariants_begin(&execution->invariants, &execution->program.settings);
	return !is_sound_alone(execution, program, checks == ABLATION_INVARIANTS) &&
	       !is_missed_merge(&execution->verdict);
}
