/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reader of full state: a BPF iterator over the areas of this process (iter/task_vma), which
 * writes one line per area in the order of their addresses. Its program is put together here, as
 * only the offsets in it are the kernel's, and those the kernel's BTF tells; so neither a compiler
 * for BPF nor a library is needed, at build time or in a guest. Nothing is pinned: what is
 * loaded goes with the process, however that ends.
 *
 *	program  -- link: this process alone -->  iterator  -- read() -->  lines
 *	(once)      (again after fork)            (each time)
 */
#define _GNU_SOURCE
#include "live_exec.h"

#include "live_btf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BTF_FILE "/sys/kernel/btf/vmlinux"
/* More areas than there are beside window and ballast, so that one read() is enough. */
#define LINES_MORE 24
/* Half of what the kernel hands out by one read(): one that is not full is the last. */
#define LINES_MOST 256

/* What the program writes of an area, as the kernel has it. */
struct line {
	uint64_t start, end, flags, pgoff, anon_vma;
	uint64_t chain_next, chain_prev; /* equal: the chain has one link, or none */
	uint64_t map_count;		 /* of the whole address space */
};

/* Bytes into struct vm_area_struct, and count_at into struct mm_struct. */
struct shape {
	uint32_t iterator; /* number of the function that a program attaches to */
	int32_t start, end, flags, pgoff, anon_vma, chain, mm, count_at;
};

static bool fail(struct executor *x, const char *format, ...)
{
	char *why = x->shared->machine.no_iterator;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, sizeof(x->shared->machine.no_iterator), format, arguments);
	va_end(arguments);
	return false;
}

static bool find_offsets(struct executor *x, const struct btf_view *btf, struct shape *shape)
{
	uint32_t area = btf_find(btf, BTF_KIND_STRUCT, "vm_area_struct");
	uint32_t mm = btf_find(btf, BTF_KIND_STRUCT, "mm_struct");
	const struct {
		const char *name;
		int32_t *to;
	} members[] = {
		{ "vm_start", &shape->start },	     { "vm_end", &shape->end },
		{ "vm_flags", &shape->flags },	     { "vm_pgoff", &shape->pgoff },
		{ "anon_vma", &shape->anon_vma },    { "vm_mm", &shape->mm },
		{ "anon_vma_chain", &shape->chain },
	};
	uint32_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		*members[i].to = btf_offset(btf, area, members[i].name);
		if (*members[i].to < 0)
			return fail(x, "no member %s of an area in " BTF_FILE, members[i].name);
	}
	/* Newer kernels call it vma_count. */
	shape->count_at = btf_offset(btf, mm, "map_count");
	if (shape->count_at < 0)
		shape->count_at = btf_offset(btf, mm, "vma_count");
	if (shape->count_at < 0)
		return fail(x, "no count of areas in " BTF_FILE);
	shape->iterator = btf_find(btf, BTF_KIND_FUNC, "bpf_iter_task_vma");
	return shape->iterator || fail(x, "this kernel has no iterator over areas");
}

static bool read_shape(struct executor *x, struct shape *shape)
{
	int fd = open(BTF_FILE, O_RDONLY | O_CLOEXEC);
	struct btf_view btf;
	struct stat about;
	size_t room, used = 0;
	ssize_t got;
	char *bytes;
	bool good;

	if (fd < 0 || fstat(fd, &about) != 0)
		return fail(x, "cannot open " BTF_FILE ": %s", strerror(errno));
	room = (size_t)about.st_size;
	bytes = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	/* It comes a page at a time. */
	while (bytes != MAP_FAILED && used < room &&
	       (got = read(fd, bytes + used, room - used)) > 0)
		used += (size_t)got;
	close(fd);
	if (bytes == MAP_FAILED)
		return fail(x, "no memory for " BTF_FILE);
	good = used == room && btf_view(bytes, room, &btf) ? find_offsets(x, &btf, shape)
							   : fail(x, "cannot read " BTF_FILE);
	munmap(bytes, room);
	return good;
}

struct code {
	struct bpf_insn insn[64];
	uint32_t count;
};

static void emit(struct code *c, struct bpf_insn insn)
{
	c->insn[c->count++] = insn;
}

/* to = *(uint64_t *)(from + at); size: BPF_DW or BPF_W. */
static void emit_load(struct code *c, uint8_t size, uint8_t to, uint8_t from, int32_t at)
{
	emit(c, (struct bpf_insn){ .code = (uint8_t)(BPF_LDX | BPF_MEM | size),
				   .dst_reg = to,
				   .src_reg = from,
				   .off = (int16_t)at });
}

static void emit_copy(struct code *c, uint8_t to, uint8_t from)
{
	emit(c, (struct bpf_insn){
			.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = to, .src_reg = from });
}

/* BPF_MOV: to = value, BPF_ADD: to += value. */
static void emit_value(struct code *c, uint8_t what, uint8_t to, int32_t value)
{
	emit(c, (struct bpf_insn){
			.code = (uint8_t)(BPF_ALU64 | what | BPF_K), .dst_reg = to, .imm = value });
}

/* What register 1 holds is word `index` of the line, which lies on the stack. */
static void emit_word(struct code *c, uint32_t index)
{
	emit(c, (struct bpf_insn){ .code = BPF_STX | BPF_MEM | BPF_DW,
				   .dst_reg = BPF_REG_10,
				   .src_reg = BPF_REG_1,
				   .off = (int16_t)(index * 8 - sizeof(struct line)) });
}

static void emit_end(struct code *c)
{
	emit_value(c, BPF_MOV, BPF_REG_0, 0);
	emit(c, (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT });
}

/* Ends the program if the register holds no pointer. */
static void emit_check(struct code *c, uint8_t which)
{
	emit(c, (struct bpf_insn){ .code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = which, .off = 2 });
	emit_end(c);
}

/*
 * struct bpf_iter__task_vma { meta, task, vma }, and meta begins with the file that is written:
 * if (vma && vma->vm_mm) bpf_seq_write(meta->seq, &line, sizeof(line));
 */
static void write_program(struct code *c, const struct shape *shape)
{
	const int32_t words[] = { shape->start,	   shape->end,	 shape->flags,	  shape->pgoff,
				  shape->anon_vma, shape->chain, shape->chain + 8 };
	const uint32_t count = sizeof(words) / sizeof(words[0]);
	uint32_t i;

	_Static_assert(sizeof(struct line) == (sizeof(words) / sizeof(words[0]) + 1) * 8, "all");
	emit_copy(c, BPF_REG_6, BPF_REG_1);
	emit_load(c, BPF_DW, BPF_REG_7, BPF_REG_6, 16);
	emit_check(c, BPF_REG_7);
	for (i = 0; i < count; i++) {
		emit_load(c, BPF_DW, BPF_REG_1, BPF_REG_7, words[i]);
		emit_word(c, i);
	}
	emit_load(c, BPF_DW, BPF_REG_1, BPF_REG_7, shape->mm);
	emit_check(c, BPF_REG_1);
	emit_load(c, BPF_W, BPF_REG_1, BPF_REG_1, shape->count_at);
	emit_word(c, count);
	emit_load(c, BPF_DW, BPF_REG_1, BPF_REG_6, 0);
	emit_load(c, BPF_DW, BPF_REG_1, BPF_REG_1, 0);
	emit_copy(c, BPF_REG_2, BPF_REG_10);
	emit_value(c, BPF_ADD, BPF_REG_2, -(int32_t)sizeof(struct line));
	emit_value(c, BPF_MOV, BPF_REG_3, (int32_t)sizeof(struct line));
	emit(c, (struct bpf_insn){ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_seq_write });
	emit_end(c);
}

static int bpf(enum bpf_cmd command, union bpf_attr *attributes)
{
	return (int)syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

static int load_program(const struct shape *shape)
{
	struct code code = { .count = 0 };
	union bpf_attr attributes;

	write_program(&code, shape);
	memset(&attributes, 0, sizeof(attributes));
	attributes.prog_type = BPF_PROG_TYPE_TRACING;
	attributes.expected_attach_type = BPF_TRACE_ITER;
	attributes.attach_btf_id = shape->iterator;
	attributes.insns = (uint64_t)(uintptr_t)code.insn;
	attributes.insn_cnt = code.count;
	attributes.license = (uint64_t)(uintptr_t) "GPL";
	return bpf(BPF_PROG_LOAD, &attributes);
}

bool iterator_attach(struct executor *x)
{
	/* union bpf_iter_link_info as far as 6.1 has it: a task's number comes first. */
	const uint32_t whose[4] = { (uint32_t)getpid() };
	union bpf_attr attributes;

	if (x->iterator_link >= 0)
		close(x->iterator_link);
	memset(&attributes, 0, sizeof(attributes));
	attributes.link_create.prog_fd = (uint32_t)x->iterator_program;
	attributes.link_create.attach_type = BPF_TRACE_ITER;
	attributes.link_create.iter_info = (uint64_t)(uintptr_t)whose;
	attributes.link_create.iter_info_len = sizeof(whose);
	x->iterator_link = bpf(BPF_LINK_CREATE, &attributes);
	return x->iterator_link >= 0;
}

/* A pass over all areas. */
struct pass {
	int fd;
	uint32_t room;	    /* lines that are read at once */
	uint32_t lines, at; /* in x->text, and which comes next */
	uint32_t passed;    /* areas so far */
	bool last;	    /* no lines come after these */
};

static bool pass_begin(struct executor *x, uint32_t expected, struct pass *pass)
{
	const uint32_t room = expected + LINES_MORE;
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.iter_create.link_fd = (uint32_t)x->iterator_link;
	*pass = (struct pass){ .fd = bpf(BPF_ITER_CREATE, &attributes),
			       .room = room < LINES_MOST ? room : LINES_MOST };
	return pass->fd >= 0;
}

/* The next area, NULL behind the last one. */
static const struct line *pass_next(struct executor *x, struct pass *pass)
{
	const struct line *lines = (const struct line *)(void *)x->text;
	ssize_t got;

	_Static_assert(sizeof(x->text) >= LINES_MOST * sizeof(struct line), "they fit");
	if (pass->at == pass->lines) {
		got = pass->last ? 0 : read(pass->fd, x->text, pass->room * sizeof(*lines));
		if (got < 0 || (size_t)got % sizeof(*lines))
			executor_fault(x, "cannot read the BPF iterator");
		pass->lines = (uint32_t)((size_t)got / sizeof(*lines));
		pass->last = pass->lines < pass->room;
		pass->at = 0;
		if (!pass->lines)
			return NULL;
	}
	pass->passed++;
	return &lines[pass->at++];
}

/* Kernels before 6.1 show the areas of all processes, one process after the other. */
static bool shows_us_alone(struct executor *x)
{
	const struct line *line;
	uint64_t end = 0, count = 0;
	bool ordered = true;
	struct pass pass;

	if (!pass_begin(x, 0, &pass))
		return false;
	while ((line = pass_next(x, &pass)) != NULL) {
		ordered = ordered && line->start >= end;
		end = line->end;
		count = line->map_count;
	}
	close(pass.fd);
	return ordered && pass.passed == count;
}

void iterator_open(struct executor *x)
{
	struct shape shape;

	x->iterator_link = -1;
	if (x->shared->reader == LIVE_READER_PLAIN) {
		fail(x, "not asked for");
		return;
	}
	if (!read_shape(x, &shape))
		return;
	x->iterator_program = load_program(&shape);
	if (x->iterator_program < 0 || !iterator_attach(x))
		fail(x, "bpf(): %s%s", strerror(errno),
		     errno == EPERM ? " (needs CAP_BPF and CAP_PERFMON)" : "");
	else if (!shows_us_alone(x))
		fail(x, "the iterator does not keep to one process");
	else
		x->shared->machine.iterator = 1;
}

/* The codes that smaps showed for a word of flags. */
static struct live_word *place_of(struct live_shared *shared, uint64_t raw)
{
	return &shared->word[(raw * UINT64_C(0x9e3779b97f4a7c15)) >> 32 & (LIVE_WORDS - 1)];
}

void iterator_learn(struct executor *x, uint64_t raw, uint64_t flags)
{
	*place_of(x->shared, raw) = (struct live_word){ raw, flags };
}

/* False if smaps has to be asked. */
static bool translate_flags(struct executor *x, struct live_layout *layout)
{
	const struct live_word *word;
	uint32_t i;

	for (i = 0; i < layout->vmas; i++)
		if (place_of(x->shared, layout->vma[i].flags)->raw != layout->vma[i].flags)
			return false;
	for (i = 0; i < layout->vmas; i++) {
		word = place_of(x->shared, layout->vma[i].flags);
		layout->vma[i].flags = word->flags;
	}
	return true;
}

_Noreturn static void disagree(struct executor *x)
{
	executor_fault(x, "the BPF iterator and the layout reader disagree");
}

static void take_line(struct executor *x, struct live_vma *vma, const struct line *line)
{
	const uint64_t first = LIVE_WINDOW / LIVE_PAGE;

	if (line->start / LIVE_PAGE != first + vma->start ||
	    line->end / LIVE_PAGE != first + vma->end || (vma->device && line->pgoff != vma->pgoff))
		disagree(x);
	vma->pgoff = vma->device ? vma->pgoff : line->pgoff - first;
	vma->flags = line->flags;
	vma->anon_vma = line->anon_vma;
	vma->chain = line->chain_next == line->chain_prev ? 1 : 2;
}

bool iterator_read(struct executor *x, struct live_layout *layout)
{
	const uint64_t end = LIVE_WINDOW + x->shared->request.pages * LIVE_PAGE;
	const struct line *line;
	uint64_t count = 0;
	uint32_t taken = 0;
	struct pass pass;

	if (!pass_begin(x, layout->vmas, &pass))
		executor_fault(x, "cannot begin with the BPF iterator");
	while ((line = pass_next(x, &pass)) != NULL) {
		count = line->map_count;
		if (line->start >= end && x->ballast.built)
			break; /* there are tens of thousands */
		if (line->end <= LIVE_WINDOW || line->start >= end)
			continue;
		if (taken == layout->vmas)
			disagree(x);
		take_line(x, &layout->vma[taken++], line);
	}
	close(pass.fd);
	if (taken != layout->vmas)
		disagree(x);
	if (!line)
		layout->vma_count = (uint32_t)(count + taken - pass.passed);
	layout->full = layout->deep = 1;
	return translate_flags(x, layout);
}
