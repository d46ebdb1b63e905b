/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a program states: results of its operations and the layouts that stand between them,
 * checked on the subject and on the model, each by itself. What is not written is not
 * checked; what a subject does not show is not checked on it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "compare_facts.h"
#include "op_table.h"
#include "policy.h"

/* Codes that prot and kind say already, and soft-dirty, which nearly everything is. */
#define FLAGS_BESIDE                                                                               \
	(VM_FLAG(rd) | VM_FLAG(wr) | VM_FLAG(ex) | VM_FLAG(sh) | VM_FLAG(mr) | VM_FLAG(mw) |       \
	 VM_FLAG(me) | VM_FLAG(ms))

enum kind_word { KIND_PRIVATE, KIND_SHARED, KIND_DROPPABLE };
enum fault_word { FAULT_UNFAULTED, FAULT_FAULTED, FAULT_FORKED };

/* Whose observation is held against the text. */
struct side {
	const struct comparison *comparison;
	const struct observation *seen;
	uint32_t facts;
	bool is_model;
};

static bool broken(struct verdict *verdict, const struct side *side, const char *message)
{
	verdict_set(verdict, side->comparison, VERDICT_EXPECTATION, "EXPECT", message);
	verdict->of_model = side->is_model;
	return false;
}

static uint64_t relative(const struct settings *settings, struct place place)
{
	if (place.base == PLACE_RAW && !place.raw)
		return 0;
	return place_address(settings, place) - PROGRAM_BASE;
}

static bool result_holds(const struct side *side, const struct op *op, struct verdict *verdict)
{
	struct seen_result wanted = {
		.form = op->result_form,
		.error = op->result_errno,
		.value = relative(&side->comparison->program->settings, op->result),
	};
	const struct seen_result *seen = &side->seen->result;
	char wants[48], has[48], message[160];

	if (wanted.form == seen->form &&
	    (wanted.form != RESULT_ERRNO || wanted.error == seen->error) &&
	    (wanted.form != RESULT_VALUE || wanted.value == seen->value))
		return true;
	result_print(&wanted, wants, sizeof(wants));
	result_print(seen, has, sizeof(has));
	snprintf(message, sizeof(message), "the program states = %s, the %s answers %s", wants,
		 side->is_model ? "model" : "subject", has);
	broken(verdict, side, message);
	verdict->space = op->space;
	verdict->line = op->line;
	return false;
}

static bool kind_holds(const struct expect_vma *line, const struct seen_vma *vma, uint32_t facts)
{
	uint64_t shared = facts & FACT_FLAGS ? VM_FLAG(ms) : VM_FLAG(sh);

	if (line->kind == KIND_SHARED)
		return vma->flags & shared;
	if (vma->flags & shared)
		return false;
	if (!(facts & FACT_FLAGS))
		return true;
	return !(vma->flags & VM_FLAG(dp)) == (line->kind == KIND_PRIVATE);
}

static bool file_holds(const struct expect_vma *line, const struct seen_vma *vma, uint32_t facts)
{
	bool nameless = vma->file >= SEEN_OBJECT;

	if (!(facts & (FACT_FILE | FACT_INODE)))
		return true;
	if (line->file == FILE_SHM)
		return nameless;
	if (nameless)
		return line->kind == KIND_SHARED &&
		       (line->file == FILE_ANON || line->file == FILE_ZERO);
	if (!(facts & FACT_FILE))
		return world_drivers[vma->file].inode == world_drivers[line->file].inode;
	return vma->file == line->file && !(line->file == FILE_ANON && line->kind == KIND_SHARED);
}

static bool fault_holds(const struct expect_vma *line, const struct seen_vma *vma)
{
	switch (line->fault) {
	case FAULT_UNFAULTED:
		return !vma->anon;
	case FAULT_FAULTED:
		return vma->anon;
	default:
		return vma->anon && vma->chain == 2;
	}
}

static bool flags_hold(const struct expect_vma *line, const struct seen_vma *vma)
{
	uint64_t beside = vma->flags & ~FLAGS_BESIDE;

	if (!(line->flags & VM_FLAG(sd)))
		beside &= ~VM_FLAG(sd);
	return beside == (line->flags & ~FLAGS_BESIDE);
}

static bool name_holds(const struct program *program, const struct expect_vma *line,
		       const struct seen_vma *vma)
{
	if (!vma->name || vma->name > program->name_count)
		return !line->name[0];
	return !strcmp(program->names[vma->name - 1], line->name);
}

/* The nodes and mode flags behind "bind=": "0,3,static". */
static void parse_policy_rest(const char *text, uint32_t *mode, uint64_t *nodes)
{
	while (*text) {
		size_t length = strcspn(text, ",");
		const struct word *flag = word_find(policy_flag_words, text, length);
		unsigned long node = strtoul(text, NULL, 10);

		if (flag)
			*mode |= flag->value;
		else if (text[0] >= '0' && text[0] <= '9' && node < PROGRAM_NODES)
			*nodes |= UINT64_C(1) << node;
		text += length + (text[length] == ',');
	}
}

/* The text is canonical; a home node cannot be written, so any will do. */
static bool policy_holds(const char *text, uint16_t policy)
{
	size_t length = strcspn(text, "=,");
	const struct word *word = word_find(policy_words, text, length);
	uint64_t nodes = 0;
	uint32_t mode;

	if (!strcmp(text, "default"))
		return !policy;
	if (!word)
		return false;
	mode = word->value & ~POLICY_NODES;
	parse_policy_rest(text + length + (text[length] != '\0'), &mode, &nodes);
	for (int home = POLICY_NO_HOME; home < PROGRAM_NODES; home++)
		if (policy_number(mode, nodes, home) == policy)
			return true;
	return false;
}

/* The name of the first thing that does not hold, or NULL. */
static const char *line_breaks(const struct side *side, const struct expect_vma *line,
			       const struct seen_vma *vma)
{
	uint64_t access = vma->flags & (VM_FLAG(rd) | VM_FLAG(wr) | VM_FLAG(ex));
	uint32_t facts = side->facts;
	uint32_t offset = vma->file ? FACT_FILE_PGOFF : FACT_ANON_PGOFF;

	/* PROT_READ, PROT_WRITE, PROT_EXEC are numbered as rd, wr, ex are. */
	if (line->start != vma->start || line->end != vma->end)
		return "bounds";
	if (access != (line->prot & 7))
		return "access";
	if (!kind_holds(line, vma, facts))
		return "kind";
	if (!file_holds(line, vma, facts))
		return "file";
	if (line->has_fault && (facts & FACT_ANON) && !fault_holds(line, vma))
		return "fault";
	if (line->has_off && (facts & offset) && vma->pgoff != line->off)
		return "offset";
	if (line->has_flags && (facts & FACT_FLAGS) && !flags_hold(line, vma))
		return "flags";
	if (line->has_policy && (facts & FACT_POLICY) && !policy_holds(line->policy, vma->policy))
		return "policy";
	if (line->has_name && (facts & FACT_NAME) &&
	    !name_holds(side->comparison->program, line, vma))
		return "name";
	if (line->has_uffd && (facts & FACT_UFFD) && vma->uffd != line->uffd + 1)
		return "uffd";
	return NULL;
}

/* Equal K exactly where the anon_vma is equal. */
static bool partition_holds(const struct side *side, const struct expect_vma *line,
			    const struct seen_space *space, uint32_t count)
{
	if (!(side->facts & FACT_ANON))
		return true;
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t j = 0; j <= i; j++) {
			if (!line[i].has_anon || !line[j].has_anon)
				continue;
			if (!space->vma[i].anon)
				return false;
			if ((line[i].anon == line[j].anon) !=
			    (space->vma[i].anon == space->vma[j].anon))
				return false;
		}
	return true;
}

static bool layout_holds(const struct side *side, const struct expectation *expectation,
			 const struct seen_space *space, char *why, size_t size)
{
	const struct expect_vma *lines = side->comparison->program->lines;
	uint32_t wanted = expectation->form == EXPECT_EMPTY ? 0 : expectation->vmas;
	/* A program without a single layout has no array to point into. */
	const struct expect_vma *line = wanted ? &lines[expectation->first] : NULL;
	uint32_t has = space ? space->vmas : 0;

	for (uint32_t i = 0; i < wanted && i < has; i++) {
		const char *what = line_breaks(side, &line[i], &space->vma[i]);

		if (!what)
			continue;
		snprintf(why, size, "%s of VMA %" PRIu32 " (%" PRIu32 "..%" PRIu32 ")", what, i + 1,
			 space->vma[i].start, space->vma[i].end);
		return false;
	}
	if (wanted != has) {
		snprintf(why, size, "%" PRIu32 " VMAs instead of %" PRIu32, has, wanted);
		return false;
	}
	if (!wanted || partition_holds(side, line, space, wanted))
		return true;
	snprintf(why, size, "which VMAs share an anon_vma");
	return false;
}

static bool expectation_holds(const struct side *side, const struct expectation *expectation,
			      struct verdict *verdict)
{
	const struct seen_space *space = observation_space(side->seen, expectation->space);
	char why[120], message[200];
	bool holds;

	if (expectation->form == EXPECT_COUNT) {
		holds = (space ? space->vmas : 0) == expectation->count;
		snprintf(why, sizeof(why), "%" PRIu32 " VMAs instead of %" PRIu32,
			 space ? space->vmas : 0, expectation->count);
	} else {
		holds = layout_holds(side, expectation, space, why, sizeof(why));
	}
	if (holds)
		return true;
	snprintf(message, sizeof(message), "expect in line %" PRIu32 ", @%u of the %s: %s",
		 expectation->line, (unsigned int)expectation->space,
		 side->is_model ? "model" : "subject", why);
	broken(verdict, side, message);
	verdict->space = expectation->space;
	verdict->line = expectation->line;
	return false;
}

static bool side_holds(const struct side *side, uint64_t *checks, struct verdict *verdict)
{
	const struct comparison *c = side->comparison;
	const struct program *program = c->program;
	uint32_t after = c->index == VERDICT_AT_BEGIN ? 0 : c->index + 1;

	if (after && program->ops[after - 1].result_form != RESULT_UNSTATED) {
		*checks += 1;
		if (!result_holds(side, &program->ops[after - 1], verdict))
			return false;
	}
	if (!(side->facts & FACT_LAYOUT))
		return true;
	for (uint32_t i = 0; i < program->expectation_count; i++) {
		if (program->expectations[i].after != after)
			continue;
		*checks += 1;
		if (!expectation_holds(side, &program->expectations[i], verdict))
			return false;
	}
	return true;
}

bool compare_expectations(const struct comparison *comparison, uint64_t *checks,
			  struct verdict *verdict)
{
	const struct side subject = {
		.comparison = comparison,
		.seen = comparison->seen,
		.facts = comparison->facts,
	};
	const struct side model = {
		.comparison = comparison,
		.seen = comparison->expect,
		.facts = FACT_ALL,
		.is_model = true,
	};

	return side_holds(&subject, checks, verdict) && side_holds(&model, checks, verdict);
}
