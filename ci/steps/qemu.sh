#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: ci/steps/qemu.sh [SECONDS]
#
# Kernel images of Debian booted under qemu as the subject, random programs of 40 operations for
# SECONDS [20] each: without the operations that take a process of their own, then with them.
set -eu
# shellcheck source=ci/lib.sh
. "$(dirname -- "$0")/../lib.sh"

take_seconds 20 "$@"
"$top/ci/deps.sh" build qemu || exit 77
build release vmafuzz live_exec

# random_programs VERSION OPTION...
random_programs() {
	image=$("$top/ci/kernel-image.sh" "$1")
	shift
	"$top/build/release/vmafuzz" run --subject "qemu=$image" --seed "$gate_seed" --ops 40 \
		--seconds "$seconds" --output "$top/build/release/qemu-findings" "$@"
}

random_programs 6.12 --without fork,exit,mseal,mlockall,ksm
random_programs 6.12
random_programs 6.1 --without fork,exit,mseal,mlockall,ksm
random_programs 6.1
