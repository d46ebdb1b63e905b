/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A folder for each bug and an index of them:
 *
 *	OUT/index.html
 *	OUT/missed-merge-modify/bug.vma, report.txt, stack.txt, drawing.txt, page.html,
 *	    regress.vma, syscalls.c, kselftest.c, files.txt, mark
 *
 * What another verb prints is printed by that verb, in a process of its own.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "save.h"
#include "triage.h"

extern char **environ;

#define SELF "/proc/self/exe"
#define VERB_WORDS 6
#define THE_SUBJECT "{subject}"
#define THE_FILE "{file}" /* written by the verb itself, not by way of its standard output */

/* What a folder holds: a file, and the verb that makes it of bug.vma, its last argument. */
struct part {
	const char *file;
	const char *errors; /* its standard error, unless it says nothing there; or NULL */
	const char *verb[VERB_WORDS];
};

static const struct part parts[] = {
	{ "report.txt", "stack.txt", { "replay", "--once", "--subject", THE_SUBJECT } },
	{ "drawing.txt", NULL, { "show", "--subject", THE_SUBJECT } },
	{ "page.html", NULL, { "show", "--html", THE_FILE, "--subject", THE_SUBJECT } },
	{ "regress.vma", NULL, { "emit", "--as", "ctest", "--subject", THE_SUBJECT } },
	{ "syscalls.c",
	  "no-syscalls.txt",
	  { "emit", "--as", "syscalls", "--subject", THE_SUBJECT } },
	{ "kselftest.c",
	  "no-kselftest.txt",
	  { "emit", "--as", "kselftest", "--subject", THE_SUBJECT } },
};

static const char *const marks[] = { "open", "fixed", "duplicate", "invalid" };

static void path_in(const struct triage *triage, const char *key, const char *file,
		    char path[SAVE_PATH])
{
	snprintf(path, SAVE_PATH, "%s/%s/%s", triage->output, key, file);
}

static bool cannot_write(const char *path)
{
	command_usage("triage", "--output: %s: cannot be written: %s", path, strerror(errno));
	return false;
}

static bool make_folder(const char *path)
{
	return mkdir(path, 0777) == 0 || errno == EEXIST || cannot_write(path);
}

/* The words of a command; true if it writes its file by itself. */
static bool words_of(const struct triage *triage, const struct part *part, char *file,
		     char *arguments[VERB_WORDS + 3])
{
	bool by_itself = false;
	int count = 0;

	arguments[count++] = (char *)(uintptr_t) "vmafuzz";
	for (int i = 0; i < VERB_WORDS && part->verb[i]; i++) {
		const char *word = part->verb[i];

		if (strcmp(word, THE_SUBJECT) == 0)
			word = triage->subject;
		if (strcmp(word, THE_FILE) == 0) {
			word = file;
			by_itself = true;
		}
		arguments[count++] = (char *)(uintptr_t)word;
	}
	arguments[count] = NULL;
	return by_itself;
}

/* Runs this very program with its output in two files; its status does not matter. */
static int run_self(char *const arguments[], const char *out, const char *errors)
{
	const int flags = O_WRONLY | O_CREAT | O_TRUNC;
	posix_spawn_file_actions_t actions;
	int status, error;
	pid_t child;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out, flags, 0666);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors, flags, 0666);
	error = posix_spawn(&child, SELF, &actions, NULL, arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	while (!error && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return error;
}

static void unlink_empty(const char *path)
{
	struct stat said;

	if (stat(path, &said) == 0 && said.st_size == 0)
		unlink(path);
}

/* Whatever the verb makes of it: that it finds a disagreement is the rule. */
static bool print_part(const struct triage *triage, const struct triage_bug *bug,
		       const struct part *part)
{
	char file[SAVE_PATH], errors[SAVE_PATH] = "/dev/null", program[SAVE_PATH];
	char *arguments[VERB_WORDS + 3];
	bool by_itself;
	int count = 0;

	path_in(triage, bug->key, part->file, file);
	path_in(triage, bug->key, "bug.vma", program);
	if (part->errors)
		path_in(triage, bug->key, part->errors, errors);
	by_itself = words_of(triage, part, file, arguments);
	while (arguments[count])
		count++;
	arguments[count++] = program;
	arguments[count] = NULL;
	errno = run_self(arguments, by_itself ? "/dev/null" : file, errors);
	if (errno)
		return cannot_write(file);
	if (part->errors)
		unlink_empty(errors);
	unlink_empty(file);
	return true;
}

/* A mark stands in a file of one word, so that people may write it by hand. */
static void read_mark(const struct triage *triage, struct triage_bug *bug)
{
	char path[SAVE_PATH], word[sizeof(bug->mark)];
	FILE *in;

	path_in(triage, bug->key, "mark", path);
	in = fopen(path, "r");
	if (!in)
		return;
	if (fgets(word, sizeof(word), in)) {
		word[strcspn(word, "\n")] = '\0';
		if (word[0])
			memcpy(bug->mark, word, sizeof(word));
	}
	fclose(in);
}

static bool write_files(const struct triage *triage, const struct triage_bug *bug)
{
	char path[SAVE_PATH];
	FILE *out;

	path_in(triage, bug->key, "files.txt", path);
	out = fopen(path, "w");
	if (!out)
		return cannot_write(path);
	for (size_t i = 0; i < bug->files; i++)
		fprintf(out, "%s\n", bug->file[i]);
	return fclose(out) == 0 || cannot_write(path);
}

static bool write_bug(const struct triage *triage, struct triage_bug *bug)
{
	char path[SAVE_PATH], first[SAVE_PATH + 80];
	const char *comment[2] = { bug->verdict.signature, first };

	path_in(triage, bug->key, "", path);
	if (!make_folder(path))
		return false;
	read_mark(triage, bug);
	path_in(triage, bug->key, "bug.vma", path);
	snprintf(first, sizeof(first), "the smallest of %zu", bug->files);
	if (!save_text(path, &bug->program, comment))
		return cannot_write(path);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!print_part(triage, bug, &parts[i]))
			return false;
	return write_files(triage, bug);
}

static void print_html(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '<')
			fputs("&lt;", out);
		else if (*text == '&')
			fputs("&amp;", out);
		else if (*text == '"')
			fputs("&quot;", out);
		else
			fputc(*text, out);
	}
}

static void print_row(FILE *out, const struct triage *triage, const struct triage_bug *bug)
{
	fputs("<tr class=\"", out);
	print_html(out, bug->mark);
	fputs("\"><td>", out);
	print_html(out, bug->mark);
	fputs("</td><td><a href=\"", out);
	print_html(out, bug->key);
	fputs("/bug.vma\">", out);
	print_html(out, bug->key);
	fprintf(out, "</a></td><td>%zu</td><td>%u</td><td>", bug->files,
		(unsigned int)bug->program.op_count);
	print_html(out, bug->verdict.signature);
	fputs("</td><td>", out);
	print_html(out, bug->verdict.message);
	fputs("</td><td>", out);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		char path[SAVE_PATH];

		path_in(triage, bug->key, parts[i].file, path);
		if (access(path, R_OK) != 0)
			continue;
		fprintf(out, "%s<a href=\"", i ? " " : "");
		print_html(out, bug->key);
		fprintf(out, "/%s\">%s</a>", parts[i].file, parts[i].file);
	}
	fputs("</td></tr>\n", out);
}

static bool write_index(const struct triage *triage)
{
	char path[SAVE_PATH];
	FILE *out;

	snprintf(path, sizeof(path), "%s/index.html", triage->output);
	out = fopen(path, "w");
	if (!out)
		return cannot_write(path);
	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<title>vmafuzz triage</title>\n<style>\n"
	      ":root { color-scheme: light dark; }\n"
	      "body { font: 15px/1.5 system-ui, sans-serif; margin: 2em; }\n"
	      "div { overflow-x: auto; }\n"
	      "table { border-collapse: collapse; }\n"
	      "th, td { text-align: left; padding: .3em .8em; border-bottom: 1px solid #8888; "
	      "vertical-align: top; }\n"
	      ".fixed, .duplicate, .invalid { opacity: .55; }\n"
	      "</style></head><body>\n",
	      out);
	fprintf(out,
		"<h1>%zu bugs</h1>\n<p>%llu files that fail on %s, %llu that do not, %llu that "
		"cannot be read. A word in the file <code>mark</code> of a folder (fixed, "
		"duplicate, invalid) stays.</p>\n",
		triage->bugs, (unsigned long long)triage->failing, triage->subject,
		(unsigned long long)triage->passing, (unsigned long long)triage->unreadable);
	fputs("<div><table><tr><th>mark</th><th>bug</th><th>files</th><th>operations</th>"
	      "<th>signature</th><th>what</th><th></th></tr>\n",
	      out);
	for (size_t i = 0; i < triage->bugs; i++)
		print_row(out, triage, &triage->bug[i]);
	fputs("</table></div></body></html>\n", out);
	return fclose(out) == 0 || cannot_write(path);
}

bool triage_write(struct triage *triage)
{
	if (!make_folder(triage->output))
		return false;
	for (size_t i = 0; i < triage->bugs; i++)
		if (!write_bug(triage, &triage->bug[i]))
			return false;
	return write_index(triage);
}

bool triage_mark(const char *output, const char *text)
{
	const char *word = strrchr(text, '=');
	int length = word ? (int)(word - text) : 0;
	char path[SAVE_PATH];
	bool known = false;
	FILE *out;

	for (size_t i = 0; word && i < sizeof(marks) / sizeof(marks[0]); i++)
		known = known || strcmp(word + 1, marks[i]) == 0;
	if (!known || !length) {
		command_usage("triage",
			      "--mark: expected BUG=open, BUG=fixed, BUG=duplicate or "
			      "BUG=invalid, got `%s'",
			      text);
		return false;
	}
	snprintf(path, sizeof(path), "%s/%.*s/mark", output, length, text);
	out = fopen(path, "w");
	if (!out) {
		command_usage("triage", "--mark: %.*s: no such bug in %s", length, text, output);
		return false;
	}
	fprintf(out, "%s\n", word + 1);
	return fclose(out) == 0 || cannot_write(path);
}
