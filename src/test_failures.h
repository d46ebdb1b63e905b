/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that runs out, as a walk: an operation is run again and again, failing one request
 * later each time, until it succeeds. Whatever happens, the state is valid, is one of those the
 * scenario names, and nothing is lost.
 */
#ifndef VMAFUZZ_TEST_FAILURES_H
#define VMAFUZZ_TEST_FAILURES_H

#include "test_world.h"

#define FAILURE_LAYOUTS 8

struct failing {
	const char *name;
	enum vm_profile profile;
	void (*prepare)(struct world *world);
	int (*operate)(struct world *world);
	const char *done;		     /* the layout without a failure */
	int err;			     /* what a failure answers, unless it succeeds */
	const char *failed[FAILURE_LAYOUTS]; /* layouts after a failure; each must be seen */
	uint32_t requests;		     /* how many there are */
};

/* The layout's number among the named ones. */
static inline unsigned int failing_outcome(const struct failing *failing, const char *layout)
{
	unsigned int i = 0;

	while (i < FAILURE_LAYOUTS && (!failing->failed[i] || strcmp(failing->failed[i], layout)))
		i++;
	return i;
}

/* True if no request failed. */
static inline bool failing_run(const struct failing *failing, uint32_t nth, bool onward,
			       unsigned int *seen)
{
	struct world w;
	unsigned int outcome;
	const char *layout;
	bool over;
	int err;

	world_open(&w, failing->profile);
	failing->prepare(&w);
	world_check(&w);
	vm_begin_operation(w.machine);
	vm_fail_alloc(w.machine, nth, onward);
	err = failing->operate(&w);
	over = vm_alloc_failures(w.machine) == 0;
	world_check(&w);
	layout = layout_of(&w, w.mm);
	outcome = failing_outcome(failing, layout);
	if (over) {
		assert_int_equal(err, 0);
		assert_string_equal(layout, failing->done);
	} else if (outcome == FAILURE_LAYOUTS || (err && err != -failing->err)) {
		fail_msg("%s, request %u: error %d, layout %s", failing->name, nth, err, layout);
	} else {
		*seen |= 1u << outcome;
	}
	world_close(&w);
	return over;
}

static inline void failing_walk(const struct failing *failing)
{
	unsigned int seen = 0;
	uint32_t nth = 1;

	while (!failing_run(failing, nth, false, &seen))
		nth++;
	if (nth - 1 != failing->requests)
		fail_msg("%s: %u requests", failing->name, nth - 1);
	for (nth = 1; nth <= failing->requests; nth++)
		failing_run(failing, nth, true, &seen);
	for (unsigned int i = 0; i < FAILURE_LAYOUTS; i++)
		if (failing->failed[i] && !(seen & 1u << i))
			fail_msg("%s: never %s", failing->name, failing->failed[i]);
}

static inline void failing_walk_all(const struct failing *failing, size_t count)
{
	for (size_t i = 0; i < count; i++)
		failing_walk(&failing[i]);
}

#define FAILING_WALK(scenarios)                                                                    \
	failing_walk_all(scenarios, sizeof(scenarios) / sizeof((scenarios)[0]))

#endif
