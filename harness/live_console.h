/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest's kernel says on its console. */
#ifndef VMAFUZZ_LIVE_CONSOLE_H
#define VMAFUZZ_LIVE_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#define CONSOLE_LINE 160
#define CONSOLE_PATH 4200

/* Whether the kernel complained behind *heard, which comes to be the end. */
bool console_complains(int console, uint64_t *heard);

/* The first line in which it complains, else the last one of all, without its time; or "". */
void console_complaint(int console, char line[CONSOLE_LINE]);

/* All of it into a file of its own in a folder, which is made; false after a message. */
bool console_save(int console, const char *folder, char path[CONSOLE_PATH]);

#endif
