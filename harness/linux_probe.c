/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each probe is a row of chapter 13 of the specification that mm/vma.c decides by itself, as a
 * program, and the number of VMAs that it leaves.
 */
#include "linux_probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "settings.h"

static const struct probe {
	const char *row, *text, *program;
	uint8_t space;
	uint32_t vmas[PROFILES_SPECIFIED]; /* that each profile leaves */
} probes[LINUX_PROBES] = {
	{ "D1",
	  "what was written to merges with what was not",
	  "vma-program 1\n"
	  "mmap 0..4 rw private anon\nmmap 4..8 rwx private anon\nmmap 8..12 rw private anon\n"
	  "touch 4..5 w\nmprotect 4..8 rw\n",
	  0,
	  { 3, 1, 1 } },
	{ "D8",
	  "a copy that keeps its source merges with it",
	  "vma-program 1\n"
	  "mmap 0..4 rw private anon\nmremap 0..4 fixed=4 dontunmap\n",
	  0,
	  { 2, 1, 2 } },
	{ "D22",
	  "a private file moved after it was written to goes on by its file's offset alone",
	  "vma-program 1\n"
	  "mmap 0..4 rw private file=plain\ntouch 0..1 w\nmremap 0..4 fixed=20\n"
	  "mmap 24..28 rw private file=plain@4\n",
	  0,
	  { 1, 1, 2 } },
	{ "D27",
	  "what was inherited grows onto what was not written to",
	  "vma-program 1\n"
	  "mmap 0..2 rw private anon\ntouch 0..1 w\nfork\n@1 mmap 4..6 rw private anon\n"
	  "@1 mremap 0..2 len=4\n",
	  1,
	  { 2, 1, 1 } },
};

/* The VMAs of the probe's space after its last operation. */
static uint32_t vmas_left(struct subject *subject, const struct probe *probe,
			  struct program *program, struct observation *seen)
{
	struct text_error error;
	const char *why;
	uint32_t vmas = UINT32_MAX;

	if (program_parse(program, probe->program, strlen(probe->program), &error))
		return UINT32_MAX;
	settings_resolve(&program->settings, subject, NULL);
	if (subject->begin(subject, program, &why))
		return UINT32_MAX;
	for (uint32_t i = 0; i < program->op_count; i++)
		if (subject->apply(subject, program, i, seen, &why))
			return UINT32_MAX;
	subject->observe(subject, seen);
	for (uint32_t i = 0; i < PROGRAM_SPACES; i++)
		if (seen->space[i].alive && seen->space[i].number == probe->space)
			vmas = seen->space[i].vmas;
	return vmas;
}

static unsigned int fitting(const struct probe *probe, uint32_t vmas)
{
	unsigned int fits = 0;

	for (unsigned int profile = 0; profile < PROFILES_SPECIFIED; profile++)
		fits |= (unsigned int)(probe->vmas[profile] == vmas) << profile;
	return fits;
}

void linux_probe(struct subject *subject, struct linux_answer answers[LINUX_PROBES])
{
	struct observation *seen = malloc(sizeof(*seen));
	struct program program;
	bool ready = seen && observation_init(seen) == 0;

	program_init(&program);
	for (uint32_t i = 0; i < LINUX_PROBES; i++) {
		uint32_t vmas = UINT32_MAX;

		if (ready)
			vmas = vmas_left(subject, &probes[i], &program, seen);
		answers[i] = (struct linux_answer){
			.row = probes[i].row,
			.text = probes[i].text,
			.vmas = vmas,
			.fits = fitting(&probes[i], vmas),
		};
	}
	program_done(&program);
	if (ready)
		observation_done(seen);
	free(seen);
}

/* ---- names */

/* What of the kernel's work on VMAs may or may not lie in these files, depending on the tree. */
static const char *const names[] = {
	"vma_merge_new_range",
	"vma_merge_existing_range",
	"vma_expand",
	"vma_shrink",
	"split_vma",
	"vma_modify_flags",
	"vma_modify_policy",
	"vma_modify_flags_name",
	"vma_modify_name",
	"vma_modify_flags_uffd",
	"vma_merge_extend",
	"copy_vma",
	"do_vmi_munmap",
	"vms_gather_munmap_vmas",
	"find_mergeable_anon_vma",
	"mm_take_all_locks",
	"mmap_region",
	"do_brk_flags",
	"unmapped_area_topdown",
	"expand_downwards",
	"relocate_vma_down",
	"insert_vm_struct",
	"create_init_stack_vma",
	"call_mmap_prepare",
	"vm_area_dup",
};
#define NAMES (sizeof(names) / sizeof(names[0]))

/* Calls are indented, and comments. */
static bool is_in_definition(const char *text, const char *at)
{
	while (at > text && at[-1] != '\n')
		at--;
	return !strchr(" \t/", *at);
}

static bool defines(const char *text, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = text; (at = strstr(at, name)) != NULL; at += length)
		if (at[length] == '(' && (at == text || strchr(" \n*", at[-1])) &&
		    is_in_definition(text, at))
			return true;
	return false;
}

char *linux_read_text(const char *tree, const char *name)
{
	char path[1400];
	char *text = NULL;
	size_t size = 0, got;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", tree, name);
	file = fopen(path, "re");
	do {
		char *longer = file ? realloc(text, size + 65536) : NULL;

		if (!longer)
			break;
		text = longer;
		got = fread(text + size, 1, 65535, file);
		size += got;
		text[size] = '\0';
	} while (got > 0);
	if (file)
		fclose(file);
	return text;
}

/* A line with those of names[] that are in text, which leave missing[]; none of them: no line. */
static void tell_names(const char *file, const char *text, bool missing[NAMES],
		       void (*line)(void *to, const char *text), void *to)
{
	char words[1024];
	size_t start = (size_t)snprintf(words, sizeof(words), "linux: %s has:", file), used = start;

	for (size_t i = 0; i < NAMES; i++) {
		if (!defines(text, names[i]) || used >= sizeof(words) - 40)
			continue;
		missing[i] = false;
		used += (size_t)snprintf(words + used, sizeof(words) - used, " %s", names[i]);
	}
	if (used > start)
		line(to, words);
}

void linux_probe_names(const char *tree, void (*line)(void *to, const char *text), void *to)
{
	static const char *const files[] = { "mm/vma.c", "mm/vma_init.c", "mm/vma_exec.c" };
	char words[1024] = "linux: it has no:";
	size_t used = strlen(words);
	bool missing[NAMES];

	memset(missing, true, sizeof(missing));
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char *text = linux_read_text(tree, files[i]);

		if (text)
			tell_names(files[i], text, missing, line, to);
		free(text);
	}
	for (size_t i = 0; i < NAMES && used < sizeof(words) - 40; i++)
		if (missing[i])
			used += (size_t)snprintf(words + used, sizeof(words) - used, " %s",
						 names[i]);
	line(to, words);
}
