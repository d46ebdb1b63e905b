/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ending.h"

#include <stdio.h>

static void crash_verdict(struct verdict *verdict, const struct comparison *comparison,
			  const struct isolate_result *end)
{
	char message[sizeof(verdict->message)], rule[sizeof(verdict->rule)];

	snprintf(rule, sizeof(rule), "%s%s%s", end->kind, end->where[0] ? "@" : "", end->where);
	snprintf(message, sizeof(message), "ended by %s%s%s%s%s", end->kind,
		 end->where[0] ? " in " : "", end->where, end->said[0] ? ": " : "", end->said);
	verdict_set(verdict, comparison, VERDICT_CRASH, rule, message);
}

void ending_verdict(struct verdict *verdict, const struct comparison *comparison,
		    const struct isolate_result *end)
{
	struct comparison at_end = *comparison;

	if (end->end == ISOLATE_CRASHED) {
		crash_verdict(verdict, comparison, end);
		return;
	}
	if (end->end == ISOLATE_STUCK) {
		verdict_set(verdict, comparison, VERDICT_TIMEOUT, "timeout",
			    "the subject does not come to an end");
		return;
	}
	at_end.index = VERDICT_AT_END;
	verdict_set(verdict, &at_end, VERDICT_LEAK, "memory",
		    "the leak sanitizer found memory that nobody holds any more");
}
