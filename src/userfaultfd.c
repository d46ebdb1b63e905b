/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "uapi.h"
#include "vma_internal.h"

bool userfaultfd_follows_moves(const struct userfaultfd_ctx *ctx)
{
	return ctx->features & UFFD_FEATURE_EVENT_REMAP;
}
