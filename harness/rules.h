/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules by id: the invariants of the specification and the rows of the model's tables,
 * and the ids that are known to be out of reach, each with a reason.
 */
#ifndef VMAFUZZ_RULES_H
#define VMAFUZZ_RULES_H

#include <stdbool.h>
#include <stddef.h>

#define X(symbol, id, sentence, by) RULE_##symbol,
enum rule {
#include "rules.def"
	RULES
};
#undef X

const char *rule_id(enum rule rule);
const char *rule_sentence(enum rule rule);
const char *rule_by(enum rule rule); /* sources, with blanks between them */
/* The sentence of an id; NULL if there is no such invariant. */
const char *rule_text(const char *id);

/*
 * All ids in one order: the invariants, then the model's cases but the first, which stands for
 * no decision.
 */
size_t rules_count(void);
const char *rules_id(size_t index);
const char *rules_text(size_t index);

/* What a file says is out of reach: `ID REASON` lines, # comments. */
struct unreachable {
	char **reason; /* by index; NULL where the file says nothing */
};
/* 0, or -errno with a message that names file and line, and nothing to free. */
int unreachable_read(struct unreachable *unreachable, const char *path, char *message, size_t room);
void unreachable_done(struct unreachable *unreachable);

#endif
