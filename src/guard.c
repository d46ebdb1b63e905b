/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guard markers: the one thing in page tables that VMA management can be seen by. A bit per
 * page, in chunks of 512 pages that exist only where a bit is set, as a page table would.
 *
 *	page     0      512     1024     1536
 *	         |chunk |       |chunk   |		chunks in a range tree, by address
 */
#include <string.h>

#include "vma_internal.h"

#define CHUNK_PAGES 512u
#define CHUNK_BYTES (CHUNK_PAGES * VM_PAGE_SIZE)
#define CHUNK_WORDS (CHUNK_PAGES / 64)

struct guard_chunk {
	uint64_t bits[CHUNK_WORDS];
};

/* Part of one chunk: pages [first, last). */
struct chunk_span {
	vm_addr_t base;
	unsigned int first, last;
};

static struct chunk_span span_at(vm_addr_t start, vm_addr_t end)
{
	vm_addr_t base = start & ~(vm_addr_t)(CHUNK_BYTES - 1);
	uint64_t last = page_count(base, end);

	return (struct chunk_span){
		.base = base,
		.first = (unsigned int)page_count(base, start),
		.last = last < CHUNK_PAGES ? (unsigned int)last : CHUNK_PAGES,
	};
}

/* The bits of word number `word` that lie in the span. */
static uint64_t span_mask(const struct chunk_span *span, unsigned int word)
{
	unsigned int low = word * 64, high = low + 64;
	uint64_t mask = UINT64_MAX;

	if (span->first >= high || span->last <= low)
		return 0;
	if (span->first > low)
		mask &= UINT64_MAX << (span->first - low);
	if (span->last < high)
		mask &= UINT64_MAX >> (high - span->last);
	return mask;
}

static bool chunk_is_empty(const struct guard_chunk *chunk)
{
	uint64_t any = 0;

	for (unsigned int word = 0; word < CHUNK_WORDS; word++)
		any |= chunk->bits[word];
	return !any;
}

/* Page tables are not failed by injection, so this asks nobody; -ENOMEM is the real thing. */
static int chunk_get(struct mm *mm, vm_addr_t base, struct guard_chunk **ret_chunk)
{
	struct guard_chunk *chunk = range_tree_find(&mm->guards, base);
	int err;

	if (!chunk) {
		err = range_tree_reserve(&mm->guards, 1);
		if (err)
			return err;
		chunk = vm_alloc_unasked(mm->machine, VM_OBJECT_GUARDS, sizeof(*chunk));
		if (!chunk)
			return -ENOMEM;
		range_tree_insert(&mm->guards, base, base + CHUNK_BYTES, chunk);
	}
	*ret_chunk = chunk;
	return 0;
}

int guard_install(struct mm *mm, vm_addr_t start, vm_addr_t end)
{
	while (start < end) {
		struct chunk_span span = span_at(start, end);
		struct guard_chunk *chunk;
		int err;

		err = chunk_get(mm, span.base, &chunk);
		if (err)
			return err;
		for (unsigned int word = 0; word < CHUNK_WORDS; word++)
			chunk->bits[word] |= span_mask(&span, word);
		start = span.base + CHUNK_BYTES;
	}
	return 0;
}

void guard_clear(struct mm *mm, vm_addr_t start, vm_addr_t end)
{
	struct range_tree_entry entry;

	while (start < end && range_tree_next(&mm->guards, start, &entry) && entry.start < end) {
		struct guard_chunk *chunk = entry.value;
		struct chunk_span span = span_at(higher_of(start, entry.start), end);

		for (unsigned int word = 0; word < CHUNK_WORDS; word++)
			chunk->bits[word] &= ~span_mask(&span, word);
		if (chunk_is_empty(chunk)) {
			range_tree_erase(&mm->guards, entry.start);
			vm_release(mm->machine, VM_OBJECT_GUARDS, chunk, sizeof(*chunk));
		}
		start = entry.end;
	}
}

static unsigned int lowest_bit(uint64_t bits)
{
	return (unsigned int)__builtin_ctzll(bits);
}

vm_addr_t mm_first_guard(const struct mm *mm, vm_addr_t start, vm_addr_t end)
{
	struct range_tree_entry entry;

	if (!range_tree_count(&mm->guards))
		return end;
	while (start < end && range_tree_next(&mm->guards, start, &entry) && entry.start < end) {
		const struct guard_chunk *chunk = entry.value;
		struct chunk_span span = span_at(higher_of(start, entry.start), end);

		for (unsigned int word = span.first / 64; word * 64 < span.last; word++) {
			uint64_t bits = chunk->bits[word] & span_mask(&span, word);
			unsigned int page = word * 64;

			if (bits)
				return entry.start + (page + lowest_bit(bits)) * VM_PAGE_SIZE;
		}
		start = entry.end;
	}
	return end;
}

void mm_guards(const struct mm *mm, vm_addr_t start, unsigned int words, uint64_t *ret_bits)
{
	bool none = !range_tree_count(&mm->guards);
	const struct guard_chunk *chunk = NULL;

	VMA_ASSERT_MM(start % CHUNK_BYTES == 0, mm);
	for (unsigned int word = 0; word < words; word++) {
		unsigned int in_chunk = word % CHUNK_WORDS;

		if (!in_chunk && !none)
			chunk = range_tree_find(&mm->guards, start + word * 64 * VM_PAGE_SIZE);
		ret_bits[word] = chunk ? chunk->bits[in_chunk] : 0;
	}
}

int guard_copy(struct mm *dst, const struct mm *src, vm_addr_t start, vm_addr_t end)
{
	struct range_tree_entry entry;

	while (start < end && range_tree_next(&src->guards, start, &entry) && entry.start < end) {
		const struct guard_chunk *from = entry.value;
		struct chunk_span span = span_at(higher_of(start, entry.start), end);
		struct guard_chunk *to;
		int err;

		if (mm_first_guard(src, higher_of(start, entry.start), lower_of(end, entry.end)) <
		    lower_of(end, entry.end)) {
			err = chunk_get(dst, span.base, &to);
			if (err)
				return err;
			for (unsigned int word = 0; word < CHUNK_WORDS; word++)
				to->bits[word] |= from->bits[word] & span_mask(&span, word);
		}
		start = entry.end;
	}
	return 0;
}

int guard_move(struct mm *mm, vm_addr_t start, vm_addr_t end, vm_addr_t to)
{
	vm_addr_t addr = start;

	if (!range_tree_count(&mm->guards))
		return 0;
	for (;;) {
		vm_addr_t there;
		int err;

		addr = mm_first_guard(mm, addr, end);
		if (addr == end)
			return 0;
		there = addr - start + to;
		err = guard_install(mm, there, there + VM_PAGE_SIZE);
		if (err)
			return err;
		guard_clear(mm, addr, addr + VM_PAGE_SIZE);
		addr += VM_PAGE_SIZE;
	}
}

/* Markers lie in VMAs that announce them. */
const char *guard_validate(const struct mm *mm)
{
	vm_addr_t addr = 0;

	if (!range_tree_count(&mm->guards) || mm->guards_hidden)
		return NULL;
	for (;;) {
		const struct vma *vma;

		addr = mm_first_guard(mm, addr, mm->machine->config.task_size);
		if (addr == mm->machine->config.task_size)
			return NULL;
		vma = mm_find(mm, addr);
		if (!vma || !(vma->vm_flags & VM_MAYBE_GUARD))
			return "STK-2 a guard marker lies outside VMAs with VM_MAYBE_GUARD";
		addr = vma->vm_end;
	}
}
