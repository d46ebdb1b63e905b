/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The readers: what the kernel says the window looks like. PROCMAP_QUERY gives the layout,
 * smaps every flag, pagemap the guard markers; /proc/self/maps stands in where the kernel
 * is older than the query. Where there is the BPF iterator it gives the rest, and smaps tells it
 * which codes a word of flags has. None of them faults a page of the window.
 */
#define _GNU_SOURCE
#include "live_exec.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The PROCMAP_QUERY ioctl of /proc/PID/maps, for systems whose headers are older. */
struct map_query {
	uint64_t size;
	uint64_t query_flags;
	uint64_t query_addr;
	uint64_t vma_start, vma_end;
	uint64_t vma_flags;
	uint64_t vma_page_size;
	uint64_t vma_offset;
	uint64_t inode;
	uint32_t dev_major, dev_minor;
	uint32_t vma_name_size, build_id_size;
	uint64_t vma_name_addr, build_id_addr;
};
#define MAP_QUERY _IOWR('f', 17, struct map_query)
#define MAP_QUERY_COVERING_OR_NEXT 0x10

#define PAGEMAP_GUARD (UINT64_C(1) << 58)
#define PAGEMAP_SWAPPED (UINT64_C(1) << 62)
#define PAGEMAP_PRESENT (UINT64_C(1) << 63)
#define ADDRESS_TOP (UINT64_C(1) << 47) /* the gate VMA above is not the mm's */

void readers_open(struct executor *x)
{
	x->maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	x->smaps = open("/proc/self/smaps", O_RDONLY | O_CLOEXEC);
	x->pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (x->maps < 0 || x->smaps < 0)
		executor_fault(x, "cannot open /proc/self/maps and smaps");
}

/* The VMA at addr or the next one above. */
static bool query(struct executor *x, uint64_t addr, struct map_query *found)
{
	memset(found, 0, sizeof(*found));
	found->size = sizeof(*found);
	found->query_flags = MAP_QUERY_COVERING_OR_NEXT;
	found->query_addr = addr;
	if (ioctl(x->maps, MAP_QUERY, found) == 0)
		return true;
	if (errno != ENOENT)
		executor_fault(x, "PROCMAP_QUERY failed");
	return false;
}

bool procmap_query_works(struct executor *x)
{
	struct map_query found = { .size = sizeof(found) };

	found.query_flags = MAP_QUERY_COVERING_OR_NEXT;
	return ioctl(x->maps, MAP_QUERY, &found) == 0;
}

static uint64_t window_end(const struct executor *x)
{
	return LIVE_WINDOW + x->shared->request.pages * LIVE_PAGE;
}

static struct live_vma *layout_add(struct executor *x, struct live_layout *layout, uint64_t start,
				   uint64_t end)
{
	struct live_vma *vma;

	if (end > window_end(x))
		executor_fault(x, "a VMA leaves the window");
	if (layout->vmas >= x->shared->request.pages)
		executor_fault(x, "more VMAs than pages");
	vma = &layout->vma[layout->vmas++];
	memset(vma, 0, sizeof(*vma));
	vma->start = (uint32_t)((start - LIVE_WINDOW) / LIVE_PAGE);
	vma->end = (uint32_t)((end - LIVE_WINDOW) / LIVE_PAGE);
	return vma;
}

static void read_by_query(struct executor *x, struct live_layout *layout)
{
	uint64_t addr = LIVE_WINDOW;
	struct map_query found;
	struct live_vma *vma;

	while (query(x, addr, &found) && found.vma_start < window_end(x)) {
		vma = layout_add(x, layout, found.vma_start, found.vma_end);
		vma->prot = (uint32_t)found.vma_flags & 15;
		vma->device = found.dev_major << 20 | found.dev_minor;
		vma->inode = found.inode;
		vma->pgoff = vma->device ? found.vma_offset / LIVE_PAGE : 0;
		addr = found.vma_end;
	}
}

/* The text files, line by line. */

struct cursor {
	const char *at;
};

static uint64_t parse_hex(struct cursor *c)
{
	uint64_t value = 0;

	for (;; c->at++) {
		if (*c->at >= '0' && *c->at <= '9')
			value = value << 4 | (uint64_t)(*c->at - '0');
		else if (*c->at >= 'a' && *c->at <= 'f')
			value = value << 4 | (uint64_t)(*c->at - 'a' + 10);
		else
			return value;
	}
}

static uint64_t parse_decimal(struct cursor *c)
{
	uint64_t value = 0;

	while (*c->at >= '0' && *c->at <= '9')
		value = value * 10 + (uint64_t)(*c->at++ - '0');
	return value;
}

/* "START-END rwxs OFFSET MAJOR:MINOR INODE ..." */
struct map_line {
	uint64_t start, end, offset, inode;
	uint32_t prot, device;
};

static void parse_map_line(const char *line, struct map_line *map)
{
	struct cursor c = { line };

	map->start = parse_hex(&c);
	c.at++;
	map->end = parse_hex(&c);
	map->prot = (c.at[1] == 'r' ? 1U : 0) | (c.at[2] == 'w' ? 2U : 0) |
		    (c.at[3] == 'x' ? 4U : 0) | (c.at[4] == 's' ? LIVE_PROT_SHARED : 0U);
	c.at += 6;
	map->offset = parse_hex(&c);
	c.at++;
	map->device = (uint32_t)parse_hex(&c) << 20;
	c.at++;
	map->device |= (uint32_t)parse_hex(&c);
	c.at++;
	map->inode = parse_decimal(&c);
}

static void add_map_line(struct executor *x, struct live_layout *layout, const struct map_line *map)
{
	struct live_vma *vma = layout_add(x, layout, map->start, map->end);

	vma->prot = map->prot;
	vma->device = map->device;
	vma->inode = map->inode;
	vma->pgoff = map->device ? map->offset / LIVE_PAGE : 0;
}

/* "VmFlags: rd wr mr mw me ac" */
static uint64_t parse_flags(const struct live_request *request, const char *line, char unknown[2])
{
	uint64_t flags = 0;
	uint32_t i;

	for (line += 8; line[0] == ' ' && line[1] > ' '; line += 3) {
		for (i = 0; i < request->codes; i++)
			if (memcmp(request->code[i], line + 1, 2) == 0)
				break;
		if (i < request->codes)
			flags |= UINT64_C(1) << i;
		else
			memcpy(unknown, line + 1, 2);
	}
	return flags;
}

struct text_reader {
	struct live_layout *layout;
	bool smaps;
	bool inside;   /* the lines belong to a VMA of the window */
	bool done;     /* past the window */
	uint32_t next; /* smaps: index of the VMA that comes next */
};

/* What this VMA's word of flags means is told once, unless there is a code without a name. */
static void note_flags(struct executor *x, struct live_layout *layout, struct live_vma *vma,
		       const char *line)
{
	uint64_t flags = parse_flags(&x->shared->request, line, layout->unknown);

	if (layout->full && !layout->unknown[0])
		iterator_learn(x, vma->flags, flags);
	vma->flags = flags;
}

static void take_line(struct executor *x, struct text_reader *r, const char *line)
{
	struct live_layout *layout = r->layout;
	const struct live_vma *vma;
	struct map_line map;

	if (line[0] == 'V' && strncmp(line, "VmFlags:", 8) == 0 && r->inside) {
		note_flags(x, layout, &layout->vma[r->next - 1], line);
		return;
	}
	if (!((line[0] >= '0' && line[0] <= '9') || (line[0] >= 'a' && line[0] <= 'f')))
		return;
	parse_map_line(line, &map);
	r->inside = map.end > LIVE_WINDOW && map.start < window_end(x);
	r->done = map.start >= window_end(x);
	if (!r->inside)
		return;
	if (!r->smaps) {
		add_map_line(x, layout, &map);
		return;
	}
	vma = &layout->vma[r->next];
	if (r->next >= layout->vmas || map.start != LIVE_WINDOW + vma->start * LIVE_PAGE ||
	    map.end != LIVE_WINDOW + vma->end * LIVE_PAGE || map.prot != vma->prot)
		executor_fault(x, "smaps and the layout reader disagree");
	r->next++;
}

static void read_text(struct executor *x, int fd, struct text_reader *r)
{
	size_t kept = 0;
	char *line, *end;
	ssize_t got;

	if (lseek(fd, 0, SEEK_SET) != 0)
		executor_fault(x, "cannot rewind a /proc file");
	while (!r->done) {
		got = read(fd, x->text + kept, sizeof(x->text) - kept - 1);
		if (got < 0)
			executor_fault(x, "cannot read a /proc file");
		if (got == 0)
			break;
		kept += (size_t)got;
		x->text[kept] = '\0';
		for (line = x->text; (end = memchr(line, '\n', kept)) != NULL; line = end + 1) {
			*end = '\0';
			kept -= (size_t)(end + 1 - line);
			if (!r->done)
				take_line(x, r, line);
		}
		memmove(x->text, line, kept);
	}
}

static void read_flags(struct executor *x, struct live_layout *layout)
{
	struct text_reader r = { .layout = layout, .smaps = true };

	read_text(x, x->smaps, &r);
	if (r.next != layout->vmas)
		executor_fault(x, "smaps and the layout reader disagree");
	layout->deep = 1;
}

/* Whether any page of a range of the window has content; a guard marker is none. */
bool pages_are_there(struct executor *x, uint64_t start, uint64_t end)
{
	uint64_t *entries = (uint64_t *)(void *)x->text;
	size_t pages = (size_t)((end - start) / LIVE_PAGE), i;

	if (pread(x->pagemap, entries, pages * 8, (off_t)(start / LIVE_PAGE * 8)) !=
	    (ssize_t)(pages * 8))
		return true;
	for (i = 0; i < pages; i++)
		if (entries[i] & PAGEMAP_PRESENT ||
		    (entries[i] & PAGEMAP_SWAPPED && !(entries[i] & PAGEMAP_GUARD)))
			return true;
	return false;
}

/* One bit per page, behind the VMAs. */
static void read_guards(struct executor *x, struct live_layout *layout)
{
	uint64_t *words = (uint64_t *)(void *)&layout->vma[layout->vmas];
	uint64_t *entries = (uint64_t *)(void *)x->text;
	uint32_t pages = x->shared->request.pages;
	size_t bytes = pages * sizeof(*entries);
	uint32_t i;

	_Static_assert(sizeof(x->text) >= LIVE_PAGES_MAX * sizeof(*entries), "a word per page");
	if (pread(x->pagemap, entries, bytes, (off_t)(LIVE_WINDOW / LIVE_PAGE * 8)) !=
	    (ssize_t)bytes)
		executor_fault(x, "cannot read /proc/self/pagemap");
	memset(words, 0, live_guard_bytes(pages));
	for (i = 0; i < pages; i++)
		if (entries[i] & PAGEMAP_GUARD)
			words[i / 64] |= UINT64_C(1) << i % 64;
	layout->guards = 1;
}

static size_t layout_bytes(const struct executor *x, const struct live_layout *layout)
{
	size_t bytes = sizeof(*layout) + layout->vmas * sizeof(layout->vma[0]);

	if (layout->guards)
		bytes += live_guard_bytes(x->shared->request.pages);
	return bytes;
}

static bool layout_equal(const struct executor *x, uint32_t at, const struct live_layout *layout)
{
	const struct live_layout *last;

	if (at == LIVE_NO_LAYOUT)
		return false;
	last = layout_at(x->shared, at);
	return last->vmas == layout->vmas && last->deep == layout->deep &&
	       memcmp(last, layout, layout_bytes(x, layout)) == 0;
}

uint32_t read_window(struct executor *x, bool deep)
{
	struct live_shared *shared = x->shared;
	uint32_t at = shared->arena_used;
	uint32_t pages = shared->request.pages;
	uint32_t room = shared->request.forked ? LIVE_ARENA_FORKED : LIVE_ARENA_BYTES;
	size_t most = sizeof(struct live_layout) + pages * sizeof(struct live_vma) +
		      live_guard_bytes(pages);
	struct text_reader r = { 0 };
	struct live_layout *layout;

	if (room - at < most)
		return LIVE_NO_LAYOUT;
	layout = (struct live_layout *)(void *)(shared->arena + at);
	memset(layout, 0, sizeof(*layout));
	if (shared->machine.procmap_query) {
		read_by_query(x, layout);
	} else {
		r.layout = layout;
		read_text(x, x->maps, &r);
	}
	layout->vma_count = layout->vmas;
	if (deep && !(shared->machine.iterator && iterator_read(x, layout)))
		read_flags(x, layout);
	if (deep && shared->machine.guard_bit)
		read_guards(x, layout);
	if (layout_equal(x, shared->space[x->me].layout, layout))
		return shared->space[x->me].layout;
	shared->arena_used += (uint32_t)layout_bytes(x, layout);
	return at;
}

static void count_line(const char *line, uint32_t *others)
{
	struct map_line map;

	parse_map_line(line, &map);
	if (map.start < ADDRESS_TOP)
		(*others)++;
}

/* Called while window and ballast are empty. */
uint32_t count_other_vmas(struct executor *x)
{
	struct map_query found;
	uint32_t others = 0;
	uint64_t addr = 0;
	size_t kept = 0;
	char *line, *end;
	ssize_t got;

	if (x->shared->machine.procmap_query) {
		for (; query(x, addr, &found); addr = found.vma_end)
			others++;
		return others;
	}
	if (lseek(x->maps, 0, SEEK_SET) != 0)
		executor_fault(x, "cannot rewind /proc/self/maps");
	while ((got = read(x->maps, x->text + kept, sizeof(x->text) - kept)) > 0) {
		kept += (size_t)got;
		for (line = x->text; (end = memchr(line, '\n', kept)) != NULL; line = end + 1) {
			kept -= (size_t)(end + 1 - line);
			count_line(line, &others);
		}
		memmove(x->text, line, kept);
	}
	return others;
}

bool window_is_empty(struct executor *x)
{
	struct map_query found;
	struct live_layout none = { 0 };
	struct text_reader r = { .layout = &none, .smaps = true };

	if (x->shared->machine.procmap_query)
		return !query(x, LIVE_WINDOW, &found) ||
		       found.vma_start >= LIVE_WINDOW + AREA_BYTES;
	/* As a check of flags against no VMA at all: any VMA of the window is a fault. */
	read_text(x, x->maps, &r);
	return true;
}
