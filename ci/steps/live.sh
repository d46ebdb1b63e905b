#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: ci/steps/live.sh [SECONDS]
#
# The running kernel as the subject: every seed, then random programs. A kernel that cannot show
# what is needed is a skip (exit 77), named by the command itself.
set -eu
# shellcheck source=ci/lib.sh
. "$(dirname -- "$0")/../lib.sh"

take_seconds 60 "$@"
"$top/ci/deps.sh" build test
build release vmafuzz live_exec
vmafuzz=$top/build/release/vmafuzz

on_kernel() {
	status=0
	"$@" || status=$?
	case $status in
	0) return 0 ;;
	3) exit 77 ;;
	*) exit 1 ;;
	esac
}
on_kernel "$top/ci/replay.sh" "$vmafuzz" --subject live
on_kernel "$vmafuzz" run --subject live --seed "$gate_seed" --seconds "$seconds"
