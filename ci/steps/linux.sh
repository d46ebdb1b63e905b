#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: ci/steps/linux.sh [SECONDS]
#
# The mm/vma.c of Debian's linux-source-6.12 as the subject, under ASan and UBSan: every seed, with
# every allocation failing in turn as well, random programs, and the fuzz target, SECONDS [20] each;
# then three of ci/tree-mutants, which have to be found.
set -eu
# shellcheck source=ci/lib.sh
. "$(dirname -- "$0")/../lib.sh"

take_seconds 20 "$@"
"$top/ci/deps.sh" build kernel || exit 77
tree=$("$top/ci/kernel-source.sh")

build dev vmafuzz
vmafuzz=$top/build/dev/vmafuzz
"$vmafuzz" doctor --subject "linux=$tree"
"$top/ci/replay.sh" "$vmafuzz" --once --alloc-walk --quirks on \
	--subject "linux=$tree"
"$vmafuzz" run --subject "linux=$tree" --seed "$gate_seed" --jobs "$(cores)" --seconds "$seconds" \
	--output "$top/build/dev/linux-findings"

fuzz=$top/build/fuzz-linux
build_linux fuzz "$fuzz" fuzz_linux vmafuzz
make_seeds "$fuzz/vmafuzz" "$fuzz/seeds"
mkdir -p "$fuzz/grown"
"$fuzz/fuzz_linux" -seed="$gate_seed" -max_total_time="$seconds" -print_final_stats=1 \
	-artifact_prefix="$fuzz/" "$fuzz/grown" "$fuzz/seeds" 2>"$fuzz/fuzz_linux.log" || {
	tail -n 60 "$fuzz/fuzz_linux.log"
	exit 1
}
grep '^stat::' "$fuzz/fuzz_linux.log"
"$top/ci/tree-mutants" --slice
