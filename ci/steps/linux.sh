#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: ci/steps/linux.sh [SECONDS]
#
# The mm/vma.c of Debian's linux-source-6.12 as the subject, under ASan and UBSan: every seed, with
# every allocation failing in turn as well, random programs, and the fuzz target, SECONDS [20] each.
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

# Another build tree than that of the preset: it is configured with a tree of its own.
fuzz=$top/build/fuzz-linux
[ -f "$fuzz/build.ninja" ] || (cd "$top" &&
	cmake --preset fuzz -B "$fuzz" "-DVMAFUZZ_LINUX_TREE=$tree" >/dev/null)
cmake --build "$fuzz" --target fuzz_linux vmafuzz -- --quiet
make_seeds "$fuzz/vmafuzz" "$fuzz/seeds"
mkdir -p "$fuzz/grown"
"$fuzz/fuzz_linux" -seed="$gate_seed" -max_total_time="$seconds" -print_final_stats=1 \
	-artifact_prefix="$fuzz/" "$fuzz/grown" "$fuzz/seeds" 2>"$fuzz/fuzz_linux.log" || {
	tail -n 60 "$fuzz/fuzz_linux.log"
	exit 1
}
grep '^stat::' "$fuzz/fuzz_linux.log"
