/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of the small world as data; world.h says what each is for. Nothing here runs.
 */
#include "world.h"

#include <errno.h>

#include "flags.h"
#include "program.h"

const struct world_driver world_drivers[WORLD_FILES] = {
	[FILE_ANON] = { .name = "anon" },
	[FILE_PLAIN] = { .name = "plain", .inode = 1, .open_for_write = true },
	[FILE_PLAIN2] = { .name = "plain2", .inode = 1, .open_for_write = true },
	[FILE_OTHER] = { .name = "other", .inode = 2, .open_for_write = true },
	[FILE_READONLY] = { .name = "readonly", .inode = 3 },
	[FILE_ZERO] = {
		.name = "zero",
		.inode = 4,
		.open_for_write = true,
		.zero_device = true,
	},
	[FILE_SHM] = {
		.name = "shm",
		.inode = 5,
		.open_for_write = true,
		.own_object_per_map = true,
		.closes = true,
	},
	[FILE_CLOSE] = {
		.name = "close",
		.inode = 6,
		.open_for_write = true,
		.legacy_hook = true,
		.opens = true,
		.closes = true,
		.asks_split = true,
		.moves = true,
		.asks_protect = true,
		.sets_policy = true,
	},
	[FILE_VETO] = {
		.name = "veto",
		.inode = 7,
		.open_for_write = true,
		.asks_split = true,
		.split_error = EINVAL,
		.moves = true,
		.move_error = EINVAL,
		.asks_protect = true,
		.protect_exec_error = EACCES,
	},
	[FILE_LEGACY] = {
		.name = "legacy",
		.inode = 8,
		.open_for_write = true,
		.legacy_hook = true,
		.hook_flags = VM_FLAG(dd),
	},
	[FILE_PREPARE] = {
		.name = "prepare",
		.inode = 9,
		.open_for_write = true,
		.prepare_hook = true,
		.hook_flags = VM_FLAG(dd),
		.hook_offset = 16,
		.prepare_error = EBUSY,
		.odd_offset_closes = true,
		.mapped_hook = true,
		.mapped_error = EIO,
		.opens = true,
		.closes = true,
	},
	[FILE_FAILING] = {
		.name = "failing",
		.inode = 10,
		.open_for_write = true,
		.legacy_hook = true,
		.hook_error = ENODEV,
	},
	[FILE_IO] = {
		.name = "io",
		.inode = 11,
		.open_for_write = true,
		.legacy_hook = true,
		.hook_flags = VM_FLAG(io),
	},
	[FILE_PFN] = {
		.name = "pfn",
		.inode = 12,
		.open_for_write = true,
		.legacy_hook = true,
		.hook_flags = VM_FLAG(io) | VM_FLAG(pf) | VM_FLAG(de) | VM_FLAG(dd),
	},
};
