/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vmafuzz doctor`: what this binary is, what is installed beside it, and what the subjects
 * can show on this machine.
 */
#define _POSIX_C_SOURCE 200809L
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

/* clang-format off */
static const char help[] =
	"usage: vmafuzz doctor [OPTIONS]\n"
	"\n"
	"Prints versions, which tools are there and what each missing one is for, and what\n"
	"every subject can show on this machine.\n"
	"\n"
	"      --subject NAME  only this subject, and fail if it cannot run here\n"
	"  -h, --help          this text\n"
	"\n"
	"Exit status: 0; 2 bad usage; 3 the subject asked for cannot run.\n";
/* clang-format on */

/* Tools beside the binary. Only what they are for is worth saying when one is missing. */
static const struct tool {
	const char *name, *argument, *purpose, *package;
} tools[] = {
	{ "clang", "--version", "libFuzzer targets, sanitizers", "clang" },
	{ "gcc", "--version", "second compiler", "gcc" },
	{ "afl-clang-fast", "--version", "AFL++ targets", "afl++" },
	{ "afl-fuzz", "-h", "AFL++ campaigns", "afl++" },
	{ "cmake", "--version", "building", "cmake" },
	{ "llvm-symbolizer", "--version", "readable sanitizer stacks", "llvm" },
	{ "llvm-cov", "--version", "coverage reports", "llvm" },
	{ "qemu-system-x86_64", "--version",
	  "kernels booted for the subject qemu=", "qemu-system-x86" },
	{ "python3", "--version", "checks in ci/", "python3" },
	{ "gnuplot", "--version", "plots", "gnuplot-nox" },
};

/* What `name argument` prints, cut to room; false if it cannot be run. */
static bool words_of(const struct tool *tool, char *words, size_t room)
{
	int ends[2], status;
	size_t used = 0;
	ssize_t got;
	pid_t child;

	if (pipe(ends))
		return false;
	child = fork();
	if (child == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, STDIN_FILENO);
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		execlp(tool->name, tool->name, tool->argument, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	while (child > 0 && used + 1 < room &&
	       (got = read(ends[0], words + used, room - used - 1)) > 0)
		used += (size_t)got;
	close(ends[0]);
	words[used] = '\0';
	if (child < 0 || waitpid(child, &status, 0) != child)
		return false;
	/* One that the closed pipe cut off has said enough. */
	return !(WIFEXITED(status) && WEXITSTATUS(status) == 127);
}

static void drop_colors(char *words)
{
	char *to = words;

	for (const char *from = words; *from; from++) {
		if (*from == '\033')
			from += strcspn(from, "m");
		else
			*to++ = *from;
		if (!*from)
			break;
	}
	*to = '\0';
}

/* The first line with a number in it, which is where a version stands. */
static const char *version_line(char *words)
{
	drop_colors(words);
	while (*words) {
		size_t length = strcspn(words, "\n");
		bool last = !words[length];

		words[length] = '\0';
		if (strpbrk(words, "0123456789"))
			return words + strspn(words, " ");
		words += last ? length : length + 1;
	}
	return "no version told";
}

static void say_tools(void)
{
	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		char words[2048];

		if (words_of(&tools[i], words, sizeof(words)))
			printf("tool      %-16s %s\n", tools[i].name, version_line(words));
		else
			printf("tool      %-16s missing: %s (Debian: %s)\n", tools[i].name,
			       tools[i].purpose, tools[i].package);
	}
}

static const char *compiler(void)
{
#if defined(__clang__)
	return "clang " __clang_version__;
#elif defined(__GNUC__)
	return "gcc " __VERSION__;
#else
	return "an unknown compiler";
#endif
}

/* Which sanitizers are compiled in; UBSan cannot be told from inside. */
static const char *sanitizers(void)
{
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
	return "address";
#elif __has_feature(memory_sanitizer)
	return "memory";
#else
	return "neither address nor memory";
#endif
#elif defined(__SANITIZE_ADDRESS__)
	return "address";
#else
	return "neither address nor memory";
#endif
}

static void say_binary(void)
{
	struct utsname name;

	printf("vmafuzz   %s, %zu-bit, program format 1\n", VMAFUZZ_VERSION, sizeof(void *) * 8);
	printf("compiler  %s, sanitizers: %s\n", compiler(), sanitizers());
	if (uname(&name) == 0)
		printf("kernel    %s %s %s\n", name.sysname, name.release, name.machine);
}

static void say_line(void *to, const char *text)
{
	(void)to;
	printf("          %s\n", text);
}

static bool say_subject(const char *name)
{
	struct subject *subject = NULL;
	const char *why = NULL;
	int error = subject_open(name, &subject, &why);

	if (error) {
		printf("subject   %s: cannot run: %s\n", name, why ? why : strerror(-error));
		return false;
	}
	printf("subject   %s: ready\n", name);
	subject->describe(subject, say_line, NULL);
	subject->destroy(subject);
	return true;
}

/* 0, or the exit status plus one. */
static int parse(int argc, char **argv, const char **name)
{
	static const struct option known[] = {
		{ "subject", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "h", known, NULL)) != -1) {
		switch (c) {
		case 's':
			*name = optarg;
			break;
		case 'h':
			fputs(help, stdout);
			return 1 + COMMAND_AGREED;
		default:
			return 1 + COMMAND_USAGE;
		}
	}
	if (optind < argc)
		return 1 + command_usage("doctor", "unexpected argument `%s'", argv[optind]);
	if (*name && !subject_name_known(*name))
		return 1 + command_usage("doctor", "--subject: expected %s, got `%s'",
					 subject_names(), *name);
	return 0;
}

int verb_doctor(int argc, char **argv)
{
	const char *name = NULL;
	int stop = parse(argc, argv, &name);

	if (stop)
		return stop - 1;
	say_binary();
	say_tools();
	fflush(stdout);
	if (name)
		return say_subject(name) ? COMMAND_AGREED : COMMAND_ENVIRONMENT;
	say_subject("core");
	say_subject("live");
	return COMMAND_AGREED;
}
