/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From what a program says, what the command line says and what the subject is to settings
 * with nothing left open.
 */
#ifndef VMAFUZZ_SETTINGS_H
#define VMAFUZZ_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "program.h"

struct subject;

/* What the command line may say about every program. All zero: nothing. */
struct run_options {
	bool has_profile;
	uint8_t profile;			 /* enum profile */
	bool strict;				 /* quirks off, whatever else is said */
	uint8_t quirks;				 /* enum tristate */
	uint16_t quirk_rows;			 /* as in struct settings */
	uint32_t gap;				 /* 0: not said */
	uint8_t softdirty, anon_names, ipc_lock; /* enum tristate */
};

#define QUIRK_ROWS 15
#define QUIRKS_ALL ((uint16_t)((1u << QUIRK_ROWS) - 1))

/*
 * Fills whatever is open. The command line beats the program, the program beats the subject's
 * default; what the subject cannot change (a kernel's own configuration) beats both. subject
 * may be NULL: the defaults are then those of the core.
 */
void settings_resolve(struct settings *settings, const struct subject *subject,
		      const struct run_options *options);

/* What the command line says, written into a program, so that the program says it all. */
void settings_pin(struct settings *settings, const struct run_options *said);

/* The rows of appendix F done as the kernel does, as a bit set; settings are resolved. */
uint16_t settings_quirk_rows(const struct settings *settings);

/* Whether the expectations a program carries were written for this (resolved) profile. */
bool settings_expectations_hold(const struct settings *settings);

/* Whether the subject is configured as the program says, which its expectations rest on. */
bool settings_as_written(const struct settings *resolved, const struct settings *written);

#endif
