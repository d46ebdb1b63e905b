/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tree's lib/ asks for by this name. */
#include "shim.h"
