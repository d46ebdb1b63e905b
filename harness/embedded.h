/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of harness/ that the build turns into arrays of bytes, each ended by a NUL. */
#ifndef VMAFUZZ_EMBEDDED_H
#define VMAFUZZ_EMBEDDED_H

extern const unsigned char embedded_page_html[];
extern const unsigned char embedded_emit_calls_in[];
extern const unsigned char embedded_emit_vma_unit_in[];

#endif
