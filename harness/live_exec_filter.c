/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The second belt: a seccomp filter that refuses, with ENOSYS, every call that would change
 * address space outside the executor's areas, whatever the checks before it let through.
 * mlockall() has no range: it is for processes that end with their program.
 * The areas begin at multiples of 4 GiB, so the upper word of an address names the area and
 * the lower word is the offset into it.
 */
#define _GNU_SOURCE
#include "live_exec.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* Bytes into struct seccomp_data. */
#define DATA_CALL 0
#define DATA_ARCH 4
#define ARG_LOW(n) (16 + 8 * (n))
#define ARG_HIGH(n) (20 + 8 * (n))

#define REFUSED (SECCOMP_RET_ERRNO | ENOSYS)
/* With any address of an area, a length with this upper word wraps around. */
#define WRAPPING_HIGH UINT32_C(0xffffe000)

struct filter {
	struct sock_filter code[512];
	unsigned short count;
};

static void emit(struct filter *f, uint32_t code, uint32_t k)
{
	f->code[f->count++] = (struct sock_filter){ .code = (uint16_t)code, .k = k };
}

static void emit_load(struct filter *f, uint32_t at)
{
	emit(f, BPF_LD | BPF_W | BPF_ABS, at);
}

static void emit_answer(struct filter *f, uint32_t answer)
{
	emit(f, BPF_RET | BPF_K, answer);
}

/* Jumps to the instructions numbered yes and no. */
static void emit_jump(struct filter *f, uint32_t how, uint32_t k, uint32_t yes, uint32_t no)
{
	struct sock_filter jump = { .code = (uint16_t)(BPF_JMP | how | BPF_K), .k = k };

	jump.jt = (uint8_t)(yes - f->count - 1);
	jump.jf = (uint8_t)(no - f->count - 1);
	f->code[f->count++] = jump;
}

/* Goes on behind the block when [argument a, + argument l) lies in an area, else refuses. */
static void emit_range(struct filter *f, uint32_t a, uint32_t l)
{
	uint32_t first = f->count;
	uint32_t in_area = first + 4, small = first + 7, refuse = first + 14, on = first + 15;

	emit_load(f, ARG_HIGH(a));
	emit_jump(f, BPF_JEQ, LIVE_WINDOW >> 32, in_area, first + 2);
	emit_jump(f, BPF_JEQ, BALLAST_AREA >> 32, in_area, first + 3);
	emit_jump(f, BPF_JEQ, BALLAST_WEIGHTS >> 32, in_area, refuse);
	emit_load(f, ARG_HIGH(l));
	emit_jump(f, BPF_JGE, WRAPPING_HIGH, on, first + 6);
	emit_jump(f, BPF_JEQ, 0, small, refuse);
	emit_load(f, ARG_LOW(l));
	emit_jump(f, BPF_JGT, AREA_BYTES, refuse, first + 9);
	emit(f, BPF_MISC | BPF_TAX, 0);
	emit_load(f, ARG_LOW(a));
	emit_jump(f, BPF_JGT, AREA_BYTES, refuse, first + 12);
	emit(f, BPF_ALU | BPF_ADD | BPF_X, 0);
	emit_jump(f, BPF_JGT, AREA_BYTES, refuse, on);
	emit_answer(f, REFUSED);
}

/* munmap, mprotect and madvise refuse these addresses before they look at a VMA. */
static void emit_hopeless(struct filter *f)
{
	emit_load(f, ARG_LOW(0));
	emit_jump(f, BPF_JSET, LIVE_PAGE - 1, f->count + 3, f->count + 1);
	emit_load(f, ARG_HIGH(0));
	emit_jump(f, BPF_JSET, UINT32_C(1) << 31, f->count + 1, f->count + 2);
	emit_answer(f, SECCOMP_RET_ALLOW);
}

/* The upper word of an argument is the window's. */
static void emit_window(struct filter *f, uint32_t argument)
{
	emit_load(f, ARG_HIGH(argument));
	emit_jump(f, BPF_JEQ, LIVE_WINDOW >> 32, f->count + 2, f->count + 1);
	emit_answer(f, REFUSED);
}

/*
 * prctl: names of ranges, what it shall do to this process, and the bounds that /proc shows,
 * among which the heap's are.
 */
static void emit_process(struct filter *f)
{
	static const uint32_t allowed[] = { PR_SET_PDEATHSIG, PR_SET_MM, LIVE_PR_MEMORY_MERGE };
	uint32_t i;

	emit_load(f, ARG_LOW(0));
	for (i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		emit_jump(f, BPF_JEQ, allowed[i], f->count + 1, f->count + 2);
		emit_answer(f, SECCOMP_RET_ALLOW);
	}
	emit_jump(f, BPF_JEQ, LIVE_PR_SET_VMA, f->count + 2, f->count + 1);
	emit_answer(f, REFUSED);
	emit_range(f, 2, 3);
}

enum rule {
	RULE_RANGE,
	RULE_RANGE_HOPELESS,
	RULE_MOVE,
	RULE_ATTACH,
	RULE_HEAP,
	RULE_PROCESS,
	RULE_NEVER
};

/* Leaves the number of the call in the accumulator for the next rule. */
static void emit_rule(struct filter *f, uint32_t call, enum rule rule)
{
	uint32_t first = f->count;

	emit_jump(f, BPF_JEQ, call, first + 1, first + 1);
	switch (rule) {
	case RULE_RANGE_HOPELESS:
		emit_hopeless(f);
		emit_range(f, 0, 1);
		break;
	case RULE_MOVE:
		emit_range(f, 0, 1);
		emit_range(f, 4, 2);
		break;
	case RULE_ATTACH:
		emit_window(f, 1);
		break;
	case RULE_HEAP:
		emit_window(f, 0);
		break;
	case RULE_PROCESS:
		emit_process(f);
		break;
	case RULE_RANGE:
		emit_range(f, 0, 1);
		break;
	case RULE_NEVER:
		break;
	}
	emit_answer(f, rule == RULE_NEVER ? REFUSED : SECCOMP_RET_ALLOW);
	f->code[first].jf = (uint8_t)(f->count - first - 1);
}

int filter_install(void)
{
#if defined(__x86_64__)
	static const struct {
		uint32_t call;
		enum rule rule;
	} rules[] = {
		{ SYS_mmap, RULE_RANGE },
		{ SYS_munmap, RULE_RANGE_HOPELESS },
		{ SYS_mprotect, RULE_RANGE_HOPELESS },
		{ SYS_madvise, RULE_RANGE_HOPELESS },
		{ SYS_mlock, RULE_RANGE },
		{ SYS_mlock2, RULE_RANGE },
		{ SYS_munlock, RULE_RANGE },
		{ SYS_mremap, RULE_MOVE },
		{ SYS_shmat, RULE_ATTACH },
		{ SYS_shmdt, RULE_NEVER },
		{ SYS_brk, RULE_HEAP },
		{ SYS_mbind, RULE_RANGE },
		{ LIVE_SYS_HOME_NODE, RULE_RANGE },
		{ SYS_remap_file_pages, RULE_RANGE },
		{ LIVE_SYS_MSEAL, RULE_RANGE },
		{ SYS_prctl, RULE_PROCESS },
		{ SYS_pkey_mprotect, RULE_NEVER },
		{ SYS_process_madvise, RULE_NEVER },
		{ LIVE_SYS_SHADOW_STACK, RULE_NEVER },
		{ SYS_execve, RULE_NEVER },
		{ SYS_execveat, RULE_NEVER },
	};
	struct filter f = { .count = 0 };
	struct sock_fprog program = { .filter = f.code };
	uint32_t i;

	emit_load(&f, DATA_ARCH);
	emit_jump(&f, BPF_JEQ, AUDIT_ARCH_X86_64, f.count + 2, f.count + 1);
	emit_answer(&f, SECCOMP_RET_KILL_PROCESS);
	emit_load(&f, DATA_CALL);
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		emit_rule(&f, rules[i].call, rules[i].rule);
	emit_answer(&f, SECCOMP_RET_ALLOW);
	program.len = f.count;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -errno;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 ? 0 : -errno;
#else
	return -ENOSYS;
#endif
}
