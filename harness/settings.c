/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings.h"

#include "subject.h"

#define DEFAULT_GAP 4

/* The subject's fact, else the command line, else the program, else on. */
static uint8_t resolve_switch(uint8_t fact, uint8_t option, uint8_t written)
{
	if (fact != SETTING_UNSET)
		return fact;
	if (option != SETTING_UNSET)
		return option;
	return written != SETTING_UNSET ? written : SETTING_ON;
}

static void resolve_profile(struct settings *settings, const struct subject *subject,
			    const struct run_options *options)
{
	bool written = settings->profiles != 0 && !settings->profile_any;

	if (options->has_profile)
		settings->profile = options->profile;
	else if (subject && (subject->default_quirks || !written))
		/* A kernel is what it is; what a program was written for cannot change it. */
		settings->profile = subject->default_profile;
	else if (!written)
		settings->profile = PROFILE_7_3;
}

static void resolve_quirks(struct settings *settings, const struct subject *subject,
			   const struct run_options *options)
{
	if (options->strict) {
		settings->quirks = SETTING_OFF;
	} else if (options->quirks != SETTING_UNSET) {
		settings->quirks = options->quirks;
		settings->quirk_rows = options->quirk_rows;
	} else if (settings->quirks == SETTING_UNSET) {
		settings->quirks = subject && subject->default_quirks ? SETTING_ON : SETTING_OFF;
		settings->quirk_rows = 0;
	}
	if (settings->quirks != SETTING_ON)
		settings->quirk_rows = 0;
}

void settings_resolve(struct settings *settings, const struct subject *subject,
		      const struct run_options *options)
{
	static const struct run_options nothing;

	if (!options)
		options = &nothing;
	resolve_profile(settings, subject, options);
	resolve_quirks(settings, subject, options);
	if (options->gap)
		settings->gap = options->gap;
	if (!settings->gap)
		settings->gap =
			subject && subject->default_gap ? subject->default_gap : DEFAULT_GAP;
	settings->softdirty = resolve_switch(subject ? subject->softdirty : SETTING_UNSET,
					     options->softdirty, settings->softdirty);
	settings->anon_names = resolve_switch(subject ? subject->anon_names : SETTING_UNSET,
					      options->anon_names, settings->anon_names);
	settings->ipc_lock = resolve_switch(SETTING_UNSET, options->ipc_lock, settings->ipc_lock);
}

uint16_t settings_quirk_rows(const struct settings *settings)
{
	if (settings->quirks != SETTING_ON)
		return 0;
	return settings->quirk_rows ? settings->quirk_rows & QUIRKS_ALL : QUIRKS_ALL;
}

static bool is_as_written(uint8_t resolved, uint8_t written)
{
	return written == SETTING_UNSET || resolved == written;
}

bool settings_as_written(const struct settings *resolved, const struct settings *written)
{
	return is_as_written(resolved->softdirty, written->softdirty) &&
	       is_as_written(resolved->anon_names, written->anon_names) &&
	       is_as_written(resolved->ipc_lock, written->ipc_lock);
}

bool settings_expectations_hold(const struct settings *settings)
{
	if (settings->profile_any)
		return true;
	if (!settings->profiles)
		return settings->profile == PROFILE_7_3;
	return settings->profiles & 1u << settings->profile;
}

void settings_pin(struct settings *settings, const struct run_options *said)
{
	if (said->has_profile) {
		settings->profile = said->profile;
		settings->profiles = (uint8_t)(1u << said->profile);
		settings->profile_any = false;
	}
	if (said->strict) {
		settings->quirks = SETTING_OFF;
	} else if (said->quirks != SETTING_UNSET) {
		settings->quirks = said->quirks;
		settings->quirk_rows = said->quirk_rows;
	}
}
