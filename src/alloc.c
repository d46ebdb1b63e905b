/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one seam through which all memory comes, so that the nth request of an operation can be
 * made to fail and what was not given back can be counted.
 *
 * Under a sanitizer every object is an allocation of its own: a freed VMA is poisoned. Without
 * one, released objects wait in the machine for the next program.
 */
#include <stdlib.h>
#include <string.h>

#include "vma_internal.h"

#if defined(__SANITIZE_ADDRESS__)
#define EVERY_OBJECT_ITS_OWN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define EVERY_OBJECT_ITS_OWN 1
#endif
#endif
#ifndef EVERY_OBJECT_ITS_OWN
#define EVERY_OBJECT_ITS_OWN 0
#endif

/* Where released objects of that size wait; VM_SIZE_CLASSES: nowhere. */
static size_t size_class(size_t size)
{
	size_t class = (size - 1) / VM_SIZE_CLASS_BYTES;

	if (EVERY_OBJECT_ITS_OWN || class >= VM_SIZE_CLASSES)
		return VM_SIZE_CLASSES;
	return class;
}

static void *take(struct vm_machine *machine, enum vm_object kind, size_t size, bool zeroed)
{
	size_t class = size_class(size);
	void *object;

	if (class == VM_SIZE_CLASSES) {
		object = machine->memory.alloc(machine->memory.context, size);
	} else if (machine->unused[class]) {
		object = machine->unused[class];
		memcpy(&machine->unused[class], object, sizeof(void *));
	} else {
		object = machine->memory.alloc(machine->memory.context,
					       (class + 1) * VM_SIZE_CLASS_BYTES);
	}
	if (!object)
		return NULL;
	machine->live[kind]++;
	if (zeroed)
		memset(object, 0, size);
	return object;
}

bool vm_request(struct vm_machine *machine)
{
	machine->requests++;
	if (!machine->fail_nth || machine->requests < machine->fail_nth)
		return true;
	if (machine->requests > machine->fail_nth && !machine->fail_onward)
		return true;
	machine->failures++;
	return false;
}

void *vm_alloc_unasked(struct vm_machine *machine, enum vm_object kind, size_t size)
{
	return take(machine, kind, size, /* zeroed= */ true);
}

void *vm_alloc(struct vm_machine *machine, enum vm_object kind, size_t size)
{
	if (!vm_request(machine))
		return NULL;
	return vm_alloc_unasked(machine, kind, size);
}

void vm_release(struct vm_machine *machine, enum vm_object kind, void *object, size_t size)
{
	size_t class = size_class(size);

	VMA_ASSERT(machine->live[kind] > 0);
	machine->live[kind]--;
	if (class == VM_SIZE_CLASSES) {
		machine->memory.release(machine->memory.context, object);
		return;
	}
	memcpy(object, &machine->unused[class], sizeof(void *));
	machine->unused[class] = object;
}

static void *tree_node_alloc(void *context, size_t size)
{
	return take(context, VM_OBJECT_TREE_NODE, size, /* zeroed= */ false);
}

static void tree_node_release(void *context, void *node, size_t size)
{
	vm_release(context, VM_OBJECT_TREE_NODE, node, size);
}

static int machine_new(const struct vm_memory *memory, struct vm_machine **ret_machine)
{
	struct vm_machine *machine = memory->alloc(memory->context, sizeof(*machine));

	if (!machine)
		return -ENOMEM;
	*machine = (struct vm_machine){ .memory = *memory };
	list_init(&machine->mms);
	list_init(&machine->anon_vmas);
	list_init(&machine->files);
	list_init(&machine->mappings);
	machine->tree_memory = (struct range_tree_memory){
		.alloc = tree_node_alloc,
		.release = tree_node_release,
		.context = machine,
	};
	*ret_machine = machine;
	return 0;
}

static void *heap_alloc(void *context, size_t size)
{
	(void)context;
	return malloc(size);
}

static void heap_release(void *context, void *object)
{
	(void)context;
	free(object);
}

int vm_machine_new(struct vm_machine **ret_machine)
{
	const struct vm_memory heap = { .alloc = heap_alloc, .release = heap_release };

	return machine_new(&heap, ret_machine);
}

int vm_machine_new_in(const struct vm_memory *memory, struct vm_machine **ret_machine)
{
	return EVERY_OBJECT_ITS_OWN ? -EOPNOTSUPP : machine_new(memory, ret_machine);
}

void vm_machine_free(struct vm_machine *machine)
{
	struct vm_memory memory;

	if (!machine)
		return;
	memory = machine->memory;
	for (size_t class = 0; class < VM_SIZE_CLASSES; class ++) {
		while (machine->unused[class]) {
			void *object = machine->unused[class];

			memcpy(&machine->unused[class], object, sizeof(void *));
			memory.release(memory.context, object);
		}
	}
	memory.release(memory.context, machine);
}

void vm_machine_reset(struct vm_machine *machine, const struct vm_config *config)
{
	for (int kind = 0; kind < VM_OBJECTS; kind++)
		VMA_ASSERT(machine->live[kind] == 0);
	machine->config = *config;
	vm_behaviour_init(&machine->behaviour, config);
	machine->committed = 0;
	machine->leaked = 0;
	machine->operation = 0;
	machine->anon_vma_serial = 0;
	machine->file_serial = 0;
	machine->mapping_serial = 0;
	vm_begin_operation(machine);
}

void vm_begin_operation(struct vm_machine *machine)
{
	machine->operation++;
	machine->requests = 0;
	machine->failures = 0;
	machine->fail_nth = 0;
	machine->fail_onward = false;
	machine->merge.made = false;
}

const struct vm_merge_record *vm_last_merge(const struct vm_machine *machine)
{
	return machine->merge.made ? &machine->merge : NULL;
}

void vm_fail_alloc(struct vm_machine *machine, uint32_t nth, bool onward)
{
	machine->fail_nth = nth ? machine->requests + nth : 0;
	machine->fail_onward = onward;
}

uint32_t vm_alloc_failures(const struct vm_machine *machine)
{
	return machine->failures;
}

uint32_t vm_alloc_requests(const struct vm_machine *machine)
{
	return machine->requests;
}

uint64_t vm_live_objects(const struct vm_machine *machine, enum vm_object kind)
{
	return machine->live[kind];
}
