/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Open files, the inodes' mappings behind them, and which VMAs map them. A VMA holds one
 * reference to its file from before its driver hears of it until after close().
 */
#include "vma_internal.h"

static struct mapping *mapping_new(struct vm_machine *machine)
{
	struct mapping *mapping = vm_alloc(machine, VM_OBJECT_MAPPING, sizeof(*mapping));

	if (!mapping)
		return NULL;
	mapping->id = ++machine->mapping_serial;
	list_init(&mapping->vmas);
	list_add_tail(&mapping->mappings, &machine->mappings);
	return mapping;
}

static void mapping_put(struct vm_machine *machine, struct mapping *mapping)
{
	if (--mapping->refs)
		return;
	VMA_ASSERT(list_is_empty(&mapping->vmas));
	list_del(&mapping->mappings);
	vm_release(machine, VM_OBJECT_MAPPING, mapping, sizeof(*mapping));
}

/* With one reference that belongs to nobody yet. */
static struct file *file_new(struct vm_machine *machine, struct mapping *mapping,
			     unsigned int f_mode, const struct file_operations *f_op)
{
	struct file *file = vm_alloc(machine, VM_OBJECT_FILE, sizeof(*file));

	if (!file)
		return NULL;
	if (!mapping)
		mapping = mapping_new(machine);
	if (!mapping) {
		vm_release(machine, VM_OBJECT_FILE, file, sizeof(*file));
		return NULL;
	}
	mapping->refs++;
	file->id = ++machine->file_serial;
	file->machine = machine;
	file->refs = 1;
	file->f_mode = f_mode;
	file->f_op = f_op;
	file->mapping = mapping;
	list_add_tail(&file->files, &machine->files);
	return file;
}

void vma_put_file(struct file *file)
{
	struct vm_machine *machine = file->machine;

	VMA_ASSERT(file->refs > 0);
	if (--file->refs)
		return;
	mapping_put(machine, file->mapping);
	list_del(&file->files);
	vm_release(machine, VM_OBJECT_FILE, file, sizeof(*file));
}

int file_open(struct vm_machine *machine, struct mapping *mapping, unsigned int f_mode,
	      const struct file_operations *f_op, struct file **ret_file)
{
	struct file *file = file_new(machine, mapping, f_mode, f_op);

	if (!file)
		return -ENOMEM;
	file->held = 1;
	*ret_file = file;
	return 0;
}

void file_get(struct file *file)
{
	file->refs++;
	file->held++;
}

void file_put(struct file *file)
{
	VMA_ASSERT(file->held > 0);
	file->held--;
	vma_put_file(file);
}

void vma_get_file(struct file *file)
{
	file->refs++;
}

/* ASSUMPTIONS: the VMA has a file, is in no mapping's set, and holds its reference. */
void vma_link_file(struct vma *vma)
{
	struct mapping *mapping = vma->vm_file->mapping;

	VMA_ASSERT_MM(list_is_empty(&vma->shared), vma->vm_mm);
	list_add_tail(&vma->shared, &mapping->vmas);
	mapping->vma_count++;
	if (is_shared_maywrite(vma->vm_flags))
		mapping->writers++;
}

void vma_unlink_file(struct vma *vma)
{
	struct mapping *mapping = vma->vm_file->mapping;

	VMA_ASSERT_MM(!list_is_empty(&vma->shared), vma->vm_mm);
	list_del(&vma->shared);
	mapping->vma_count--;
	if (is_shared_maywrite(vma->vm_flags))
		mapping->writers--;
}

/* ------------------------------------------------------------------ shared memory */

/* Anonymous to its user, a file to the core; its driver wants no call. */
static const struct vm_operations shmem_vm_ops = { .open = NULL };

static int shmem_mmap(struct file *file, struct vma *vma)
{
	(void)file;
	vma->vm_ops = &shmem_vm_ops;
	return 0;
}

static const struct file_operations shmem_file_operations = { .mmap = shmem_mmap,
							      .leaves_flags = true };

bool vma_is_shmem(const struct vma *vma)
{
	return vma->vm_ops == &shmem_vm_ops;
}

/* The VMA maps an object that nothing else maps, in place of the file it was opened by. */
int shmem_zero_setup(struct vma *vma)
{
	struct file *file = file_new(vma->vm_mm->machine, NULL, FMODE_READ | FMODE_WRITE,
				     &shmem_file_operations);

	if (!file)
		return -ENOMEM;
	if (vma->vm_file)
		vma_put_file(vma->vm_file);
	vma->vm_file = file;
	vma->vm_ops = &shmem_vm_ops;
	return 0;
}

void vma_set_anonymous(struct vma *vma)
{
	vma->vm_ops = NULL;
}
