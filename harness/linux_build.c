/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a kernel tree to a shared object. The name of the object is a hash of all that goes in:
 * of the tree, of our shims, of how they are compiled. Nothing is written into the tree.
 */
#define _GNU_SOURCE
#include "linux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux_probe.h"

/* What of the tree is compiled; it cannot do without. */
static const char *const tree_files[] = { "mm/vma.c", "mm/vma.h", "lib/maple_tree.c",
					  "include/linux/maple_tree.h" };
/* What is compiled if it is there. */
static const char *const more_tree_files[] = { "mm/vma_init.c", "mm/vma_exec.c" };
/* What of ours is compiled beside the shims, which stand in a folder of their own. */
static const char *const own_files[] = { "op.c", "op_table.c", "world.c" };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PATH_BYTES 1280
#define SOURCES_MAX 64

/*
 * gnu17: the tree is written for compilers that know more than C17. It is not ours to warn about,
 * but a function that nobody has is missed here, with its line, and not when it is loaded.
 */
static const char *const how[] = {
	VMAFUZZ_LINUX_CC, "-std=gnu17",		 "-fPIC",
	"-shared",	  "-fvisibility=hidden", "-D__KERNEL__",
	"-D_GNU_SOURCE",  "-Wno-everything",	 "-Werror=implicit-function-declaration",
};

/* What the shims have to know of a tree. */
static const struct fact {
	const char *option, *file, *word;
} facts[] = {
#define FACT(macro, file, word) { "-D" #macro, file, word },
#include "linux_facts.def"
#undef FACT
};

/* What leaves a feature out of the configuration. */
static const char *const without[LINUX_FEATURES] = {
	[LINUX_NAMES] = "-DWITHOUT_NAMES",
	[LINUX_SOFTDIRTY] = "-DWITHOUT_SOFTDIRTY",
	[LINUX_UFFD] = "-DWITHOUT_UFFD",
	[LINUX_NUMA] = "-DWITHOUT_NUMA",
};

/* Why there is no object, for the user. */
__attribute__((format(printf, 2, 3))) static void fault(struct linux_object *object,
							const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(object->fault, sizeof(object->fault), format, arguments);
	va_end(arguments);
}

/* ---- the hash of everything that goes in */

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
	const unsigned char *byte = bytes;

	while (size--)
		hash = (hash ^ *byte++) * UINT64_C(0x100000001b3);
	return hash;
}

/* False if it cannot be read. */
static bool hash_file(uint64_t *hash, const char *path)
{
	unsigned char bytes[65536];
	FILE *file = fopen(path, "re");
	size_t got;

	if (!file)
		return false;
	while ((got = fread(bytes, 1, sizeof(bytes), file)) > 0)
		*hash = hash_bytes(*hash, bytes, got);
	got = (size_t)ferror(file);
	fclose(file);
	return !got;
}

static uint64_t hash_how(const struct linux_object *object)
{
	uint64_t hash = hash_bytes(UINT64_C(0xcbf29ce484222325), VMAFUZZ_LINUX_FLAGS,
				   sizeof(VMAFUZZ_LINUX_FLAGS));

	for (size_t i = 0; i < COUNT(how); i++)
		hash = hash_bytes(hash, how[i], strlen(how[i]) + 1);
	for (size_t i = 0; i < LINUX_FEATURES; i++)
		if (object->without >> i & 1)
			hash = hash_bytes(hash, without[i], strlen(without[i]) + 1);
	return hash;
}

static bool hash_tree(struct linux_object *object, uint64_t *hash)
{
	char path[PATH_BYTES];

	for (size_t i = 0; i < COUNT(tree_files); i++) {
		snprintf(path, sizeof(path), "%s/%s", object->tree, tree_files[i]);
		if (hash_file(hash, path))
			continue;
		fault(object, "%.200s is no kernel tree from 6.12 on: %s cannot be read (%s)",
		      object->tree, tree_files[i], strerror(errno));
		return false;
	}
	for (size_t i = 0; i < COUNT(more_tree_files); i++) {
		snprintf(path, sizeof(path), "%s/%s", object->tree, more_tree_files[i]);
		hash_file(hash, path);
	}
	return true;
}

/* ---- our sources */

struct sources {
	char path[SOURCES_MAX][PATH_BYTES];
	size_t count;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static bool ends_with(const char *name, const char *end)
{
	size_t length = strlen(name), tail = strlen(end);

	return length > tail && strcmp(name + length - tail, end) == 0;
}

static bool find_sources(struct linux_object *object, struct sources *sources)
{
	DIR *folder = opendir(VMAFUZZ_LINUX_SOURCES "/linux");
	const struct dirent *entry;

	sources->count = 0;
	if (!folder) {
		fault(object, "the sources of the shims are not where they were built from: %s",
		      VMAFUZZ_LINUX_SOURCES "/linux");
		return false;
	}
	while ((entry = readdir(folder)) != NULL)
		if ((ends_with(entry->d_name, ".c") || ends_with(entry->d_name, ".h")) &&
		    sources->count < SOURCES_MAX)
			snprintf(sources->path[sources->count++], PATH_BYTES, "%s/linux/%s",
				 VMAFUZZ_LINUX_SOURCES, entry->d_name);
	closedir(folder);
	qsort(sources->path, sources->count, PATH_BYTES, by_name);
	for (size_t i = 0; i < COUNT(own_files) && sources->count < SOURCES_MAX; i++)
		snprintf(sources->path[sources->count++], PATH_BYTES, "%s/%s",
			 VMAFUZZ_LINUX_SOURCES, own_files[i]);
	return true;
}

/* ---- the compiler */

#define ARGUMENTS_MAX 128

struct command {
	char words[2048]; /* of VMAFUZZ_LINUX_FLAGS, cut at its spaces */
	char include[4][PATH_BYTES + 16];
	const char *argument[ARGUMENTS_MAX];
	size_t count;
};

static void add_argument(struct command *command, const char *argument)
{
	if (command->count + 1 < ARGUMENTS_MAX)
		command->argument[command->count++] = argument;
	command->argument[command->count] = NULL;
}

static void add_words(struct command *command, const char *words)
{
	char *rest = command->words, *word;

	snprintf(command->words, sizeof(command->words), "%s", words);
	while ((word = strsep(&rest, " ")) != NULL)
		if (*word)
			add_argument(command, word);
}

static bool holds(const struct linux_object *object, const struct fact *fact)
{
	char *text = linux_read_text(object->tree, fact->file);
	bool found = text && strstr(text, fact->word);

	free(text);
	return found;
}

static void write_command(struct command *command, const struct linux_object *object,
			  const struct sources *sources, const char *output)
{
	command->count = 0;
	for (size_t i = 0; i < COUNT(how); i++)
		add_argument(command, how[i]);
	for (size_t i = 0; i < LINUX_FEATURES; i++)
		if (object->without >> i & 1)
			add_argument(command, without[i]);
	for (size_t i = 0; i < COUNT(facts); i++)
		if (holds(object, &facts[i]))
			add_argument(command, facts[i].option);
	add_words(command, VMAFUZZ_LINUX_FLAGS);
	add_argument(command, "-o");
	add_argument(command, output);
	snprintf(command->include[0], sizeof(command->include[0]), "-I%s/linux",
		 VMAFUZZ_LINUX_SOURCES);
	snprintf(command->include[1], sizeof(command->include[1]), "-I%s/linux/include",
		 VMAFUZZ_LINUX_SOURCES);
	snprintf(command->include[2], sizeof(command->include[2]), "-I%s", object->tree);
	snprintf(command->include[3], sizeof(command->include[3]), "%s/include", object->tree);
	for (int i = 0; i < 3; i++)
		add_argument(command, command->include[i]);
	/* Behind the system's: its C library has headers of the same names. */
	add_argument(command, "-idirafter");
	add_argument(command, command->include[3]);
	for (size_t i = 0; i < sources->count; i++)
		if (ends_with(sources->path[i], ".c"))
			add_argument(command, sources->path[i]);
}

/* What it says goes into the file `log`. */
static bool run_command(const struct command *command, const char *log)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		int file = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

		dup2(file, STDOUT_FILENO);
		dup2(file, STDERR_FILENO);
		setenv("LC_ALL", "C", 1); /* for what is read in its messages */
		execvp(command->argument[0], (char *const *)(uintptr_t)command->argument);
		dprintf(STDERR_FILENO, "error: %s: %s\n", command->argument[0], strerror(errno));
		_exit(127);
	}
	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
}

#define MISSING_ROOM 240

/* The name that this line of the compiler misses, behind what has been found missing before. */
static void note_missing(const char *line, char missing[MISSING_ROOM])
{
	static const char *const phrases[] = { "unknown type name '",
					       "implicit declaration of function '",
					       "no member named '", "undeclared identifier '" };
	size_t used = strlen(missing);
	char name[64];

	for (size_t i = 0; i < COUNT(phrases); i++) {
		const char *at = strstr(line, phrases[i]);

		if (!at || sscanf(at + strlen(phrases[i]), "%60[^']'", name) != 1)
			continue;
		if (!strstr(missing, name) && used + strlen(name) + 3 < MISSING_ROOM)
			snprintf(missing + used, MISSING_ROOM - used, "%s%s", used ? ", " : "",
				 name);
		return;
	}
}

/* The first line of the log that tells an error, else the first there is, and all that is missed.
 */
static void tell_errors(struct linux_object *object, const char *log)
{
	char line[400], first[400] = "the compiler said nothing", missing[MISSING_ROOM] = "";
	FILE *file = fopen(log, "re");
	bool any = false, found = false;

	while (file && fgets(line, sizeof(line), file)) {
		bool error = strstr(line, "error") || strstr(line, "undefined");

		line[strcspn(line, "\n")] = '\0';
		if (!any || (error && !found))
			memcpy(first, line, sizeof(first));
		found |= error;
		any = true;
		note_missing(line, missing);
	}
	if (file)
		fclose(file);
	fault(object, "its mm/vma.c cannot be built with our shims: %s%s%s", first,
	      missing[0] ? "; missing: " : "", missing);
}

/* ---- the cache */

static bool make_folder(struct linux_object *object, char *folder, size_t size)
{
	const char *home = getenv("XDG_CACHE_HOME");

	if (home && *home)
		snprintf(folder, size, "%s/vmafuzz", home);
	else
		snprintf(folder, size, "%s", VMAFUZZ_LINUX_CACHE);
	if (mkdir(folder, 0755) == 0 || errno == EEXIST)
		return true;
	fault(object, "no folder for what is built: %.200s: %s (XDG_CACHE_HOME names another)",
	      folder, strerror(errno));
	return false;
}

static bool compile(struct linux_object *object, struct sources *sources)
{
	char temporary[PATH_BYTES + 32], log[PATH_BYTES + 32];
	struct command *command = malloc(sizeof(*command));
	bool made;

	if (!command)
		return false;
	snprintf(temporary, sizeof(temporary), "%s.%ld", object->path, (long)getpid());
	snprintf(log, sizeof(log), "%s.log", object->path);
	fprintf(stderr, "vmafuzz: building mm/vma.c of %s (Linux %s), once\n", object->tree,
		object->version[0] ? object->version : "of no version");
	write_command(command, object, sources, temporary);
	made = run_command(command, log);
	free(command);
	if (!made) {
		tell_errors(object, log);
	} else if (rename(temporary, object->path)) {
		fault(object, "%.300s: %s", object->path, strerror(errno));
		made = false;
	}
	if (!made)
		unlink(temporary);
	return made;
}

static bool exists(const char *path)
{
	return access(path, R_OK) == 0;
}

/* Several jobs may want it at once: one makes it, the others wait. */
static bool make_once(struct linux_object *object, struct sources *sources)
{
	char name[PATH_BYTES + 32];
	bool made;
	int lock;

	snprintf(name, sizeof(name), "%s.lock", object->path);
	lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (lock < 0 || flock(lock, LOCK_EX)) {
		fault(object, "%.300s: %s", name, strerror(errno));
		if (lock >= 0)
			close(lock);
		return false;
	}
	made = exists(object->path) || compile(object, sources);
	close(lock);
	return made;
}

/* "6.12.117" out of the first lines of its Makefile. */
static void read_version(struct linux_object *object)
{
	static const char *const keys[] = { "VERSION", "PATCHLEVEL", "SUBLEVEL" };
	char path[PATH_BYTES], line[256], number[16];
	size_t used = 0;
	FILE *file;

	object->version[0] = '\0';
	snprintf(path, sizeof(path), "%s/Makefile", object->tree);
	file = fopen(path, "re");
	for (size_t i = 0; file && i < COUNT(keys) && fgets(line, sizeof(line), file);) {
		size_t length = strlen(keys[i]);

		if (strncmp(line, keys[i], length) ||
		    sscanf(line + length, " = %15[0-9]", number) != 1)
			continue;
		used += (size_t)snprintf(object->version + used, sizeof(object->version) - used,
					 "%s%s", i ? "." : "", number);
		i++;
	}
	if (file)
		fclose(file);
}

int linux_object_make(struct linux_object *object)
{
	uint64_t hash = hash_how(object);
	struct sources *sources = malloc(sizeof(*sources));
	char folder[1024];
	bool made;

	if (!sources)
		return -ENOMEM;
	read_version(object);
	made = hash_tree(object, &hash) && find_sources(object, sources) &&
	       make_folder(object, folder, sizeof(folder));
	for (size_t i = 0; made && i < sources->count; i++)
		made = hash_file(&hash, sources->path[i]);
	if (made) {
		snprintf(object->path, sizeof(object->path), "%s/linux-%016" PRIx64 ".so", folder,
			 hash);
		made = exists(object->path) || make_once(object, sources);
	}
	free(sources);
	return made ? 0 : -ENOEXEC;
}
