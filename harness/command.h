/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the verbs of the command share: exit codes, options that several of them take, and
 * loading all files before the first one is run.
 */
#ifndef VMAFUZZ_COMMAND_H
#define VMAFUZZ_COMMAND_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "program.h"
#include "settings.h"
#include "subject.h"

#define VMAFUZZ_VERSION "0.1.0"

enum command_exit {
	COMMAND_AGREED = 0,
	COMMAND_DISAGREED = 1,
	COMMAND_USAGE = 2,
	COMMAND_ENVIRONMENT = 3,
};

/* argv[0] is `vmafuzz VERB`, so that getopt's own messages read well. */
int verb_run(int argc, char **argv);
int verb_replay(int argc, char **argv);
int verb_show(int argc, char **argv);
int verb_convert(int argc, char **argv);
int verb_emit(int argc, char **argv);
int verb_doctor(int argc, char **argv);
int verb_rules(int argc, char **argv);
int verb_minimize(int argc, char **argv);
int verb_triage(int argc, char **argv);
int verb_bisect(int argc, char **argv);
int verb_cases(int argc, char **argv);
int verb_exhaust(int argc, char **argv);
int verb_help(int argc, char **argv);

/* The list behind `vmafuzz --help`; run is NULL for a verb that does not exist yet. */
struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
};
const struct verb *verb_find(const char *name);
void verbs_print(FILE *out);

/* `vmafuzz VERB: SENTENCE` on standard error; returns COMMAND_USAGE. */
__attribute__((format(printf, 2, 3))) int command_usage(const char *verb, const char *format, ...);

/* Seconds of a clock that nobody sets. */
double command_now(void);

/* Option values. False after a message that names the option, its value and what was expected. */
bool option_number(const char *verb, const char *option, const char *text, uint64_t low,
		   uint64_t high, uint64_t *ret);
bool option_seconds(const char *verb, const char *option, const char *text, double *ret);

struct fuzz_profile;
/* A fuzz target by name. */
bool option_target(const char *verb, const char *text, const struct fuzz_profile **ret);

/* The subjects by name, as one phrase for messages. */
const char *subject_names(void);
bool subject_name_known(const char *name);
/* 0, or -errno with the reason in *why (never NULL then): the environment cannot run it. */
int subject_open(const char *name, struct subject **ret, const char **why);

/* Options about what is run and against which rules; run, replay and show take them. */
struct check_options {
	const char *subject; /* by name */
	struct run_options settings;
	bool paranoid;
};
/* Values of struct option.val above every character. */
enum {
	OPTION_SUBJECT = 256,
	OPTION_PROFILE,
	OPTION_QUIRKS,
	OPTION_STRICT,
	OPTION_PARANOID,
	OPTION_OWN
};
/* clang-format off */
#define CHECK_OPTIONS                                                                              \
	{ "subject", required_argument, NULL, OPTION_SUBJECT },                                    \
	{ "profile", required_argument, NULL, OPTION_PROFILE },                                    \
	{ "quirks", required_argument, NULL, OPTION_QUIRKS },                                      \
	{ "strict", no_argument, NULL, OPTION_STRICT },                                            \
	{ "paranoid", no_argument, NULL, OPTION_PARANOID }
#define CHECK_OPTIONS_HELP                                                                         \
	"      --subject NAME  core, live, linux=TREE, the mm/vma.c of a kernel tree, or\n"        \
	"                      qemu=VMLINUZ, a kernel image booted for it [core];\n"               \
	"                      linux=TREE,without=uffd+numa configures it without what is named\n" \
	"                      (of names, softdirty, uffd, numa), linux=TREE,profile=6.12 holds\n" \
	"                      it to that profile even if small programs show another;\n"          \
	"                      live,reader=plain reads no state by BPF, live,reader=bpf fails\n"   \
	"                      where it cannot; qemu=VMLINUZ,reader=... does so in the guest\n"    \
	"      --profile V     6.1 (kernels alone have it), 6.12, 6.18 or 7.3, whatever a\n"       \
	"                      program says [7.3, kernels: own]\n"                                 \
	"      --quirks WHICH  on, off or rows of appendix F as F1,F5 [core: off, else on]\n"      \
	"      --strict        quirks off, whatever else is said\n"                                \
	"      --paranoid      try all outcomes the rules permit of a failed allocation; check\n"  \
	"                      every invariant by itself (replay and rules always do)\n"
/* clang-format on */
/* True if `c` was one of these and fine; false after a message. */
bool check_option(const char *verb, int c, const char *text, struct check_options *options);
/*
 * Makes the subject; 0, COMMAND_USAGE or COMMAND_ENVIRONMENT after a message.
 */
int check_subject(const char *verb, const struct check_options *options, struct subject **ret);
/* Seconds that a program may take: said, if not 0, else what is usual, or more for this subject. */
double check_timeout(double said, double usual, const struct subject *subject);
/* The same for those who make subjects elsewhere: context is the struct check_options. */
int check_create(void *context, struct subject **ret, const char **why);
/* What the last line names: every profile that the programs run under, "6.18,7.3". */
#define PROFILES_ROOM 32
void check_profiles(const struct check_options *options, const struct subject *subject,
		    const struct program *programs, size_t count, char profiles[PROFILES_ROOM]);

/* Programs and the files they came from. */
struct loaded {
	struct program *program;
	char **path;
	size_t count;
};
/*
 * Reads and parses every file, reporting each bad one. 0, or COMMAND_USAGE with nothing left
 * to free. A directory is a bad file.
 */
int command_load(const char *verb, char *const *paths, size_t count, struct loaded *ret);
void loaded_done(struct loaded *loaded);

#endif
