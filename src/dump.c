/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The core in words: an address space in the shape of /proc/PID/maps, the last merge decision
 * in a line, and a failed assertion with both.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "vma_internal.h"

static const struct {
	vm_flags_t flag;
	const char code[3];
} flag_codes[] = {
#define VMA_FLAG(name, bit, code) { VM_FLAG_SET(name), #code },
#include "flags.def"
#undef VMA_FLAG
};

static void vma_dump(const struct vma *vma, FILE *out)
{
	fprintf(out, "%012" PRIx64 "-%012" PRIx64 " %c%c%c%c %08" PRIx64 " ", vma->vm_start,
		vma->vm_end, vma->vm_flags & VM_READ ? 'r' : '-',
		vma->vm_flags & VM_WRITE ? 'w' : '-', vma->vm_flags & VM_EXEC ? 'x' : '-',
		vma->vm_flags & VM_MAYSHARE ? 's' : 'p', vma->vm_pgoff);
	for (size_t i = 0; i < sizeof(flag_codes) / sizeof(flag_codes[0]); i++)
		if (vma->vm_flags & flag_codes[i].flag)
			fprintf(out, " %s", flag_codes[i].code);
	if (vma->vm_file)
		fprintf(out, "  file #%" PRIu64, vma->vm_file->id);
	if (vma->anon_vma)
		fprintf(out, "  anon_vma #%" PRIu64 " chain %u", vma->anon_vma->id,
			vma_chain_length(vma));
	fprintf(out, "%s\n", vma->attached ? "" : "  detached");
}

void mm_dump(const struct mm *mm, FILE *out)
{
	struct vma_iterator vmi;
	const struct vma *vma;

	fprintf(out,
		"mm: vma_count %" PRIu64 " total %" PRIu64 " data %" PRIu64 " exec %" PRIu64
		" stack %" PRIu64 " locked %" PRIu64 " committed %" PRIu64 "\n",
		mm->vma_count, mm->total_vm, mm->data_vm, mm->exec_vm, mm->stack_vm, mm->locked_vm,
		mm->committed);
	for (vma = mm_first(mm, &vmi); vma; vma = mm_next(&vmi))
		vma_dump(vma, out);
}

static void vmg_dump(const struct vma_merge *vmg, FILE *out)
{
	fprintf(out,
		"vmg: range %" PRIx64 "-%" PRIx64 " flags %" PRIx64 " pgoff %" PRIx64 " state %d\n",
		vmg->start, vmg->end, vmg->vm_flags, vmg->pgoff, (int)vmg->state);
	if (vmg->prev) {
		fprintf(out, "prev:   ");
		vma_dump(vmg->prev, out);
	}
	if (vmg->middle) {
		fprintf(out, "middle: ");
		vma_dump(vmg->middle, out);
	}
	if (vmg->next) {
		fprintf(out, "next:   ");
		vma_dump(vmg->next, out);
	}
	if (vmg->target) {
		fprintf(out, "target: ");
		vma_dump(vmg->target, out);
	}
}

_Noreturn void vma_assert_failed(const char *file, int line, const char *function, const char *cond,
				 const struct mm *mm, const struct vma_merge *vmg)
{
	fprintf(stderr, "%s:%d: %s: %s\n", file, line, function, cond);
	if (mm) {
		fprintf(stderr, "operation %" PRIu64 "\n", mm->machine->operation);
		mm_dump(mm, stderr);
	}
	if (vmg)
		vmg_dump(vmg, stderr);
	abort();
}
