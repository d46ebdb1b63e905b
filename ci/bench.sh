#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: ci/bench.sh [--quick] [--repetitions N] [--against REVISION]
#
# Measures and prints, side by side from one run: the parts of an execution with and without
# sanitizers, checked operations per second of `vmafuzz run` and under libFuzzer, the same of the
# kernel tree of ci/kernel-source.sh, and what the core's calls cost by the number of VMAs.
# Processor time, medians of interleaved repetitions.
#
#   --quick             a few seconds for a first look
#   --repetitions N     of each measurement [7]
#   --against REVISION  builds that revision as well and takes turns with it; prints ratios
#
# The numbers are in build/bench/results.csv too. Nothing passes or fails here. Exit status:
# 0 measured, 1 something did not run, 2 bad usage, 3 packages are missing.
set -eu
# shellcheck source=ci/lib.sh
. "$(dirname -- "$0")/lib.sh"

quick=false
repetitions=
against=
while [ $# -gt 0 ]; do
	case $1 in
	-h | --help)
		help_of "$0"
		exit 0
		;;
	--quick) quick=true ;;
	--repetitions | --against)
		[ $# -ge 2 ] || usage_error "$1 needs a value"
		case $1 in
		--repetitions) repetitions=$2 ;;
		--against) against=$2 ;;
		esac
		shift
		;;
	*) usage_error "unknown option: $1" ;;
	esac
	shift
done
case ${repetitions:-1} in
0* | *[!0-9]*) usage_error "--repetitions: not a number above 0: $repetitions" ;;
esac

work=$top/build/bench
log=$work/build.log

# build_tree SOURCES TREE [LINUX]: what is measured, in TREE/release and TREE/fuzz, apart from the
# trees that people work with; with the kernel tree LINUX its target too.
build_tree() {
	(
		cd "$1"
		cmake --preset release -B "$2/release" -DVMAFUZZ_TESTS=OFF
		cmake --build "$2/release" --target vmafuzz vmafuzz_bench
		cmake --preset fuzz -B "$2/fuzz" ${3:+"-DVMAFUZZ_LINUX_TREE=$3"}
		cmake --build "$2/fuzz" --target vmafuzz_bench vmafuzz_bench_engine \
			${3:+vmafuzz_bench_linux}
	) >"$log" 2>&1 || {
		tail -n 20 "$log"
		say "$1 does not build; all that was said: $log"
		exit 1
	}
}

# The tree of a revision, checked out beside the build.
checkout() {
	git -C "$top" worktree prune
	git -C "$top" worktree remove --force "$work/source" 2>/dev/null || rm -rf "$work/source"
	git -C "$top" worktree add --quiet --detach "$work/source" "$1"
}

"$top/ci/deps.sh" build
mkdir -p "$work"
set -- "$work/here"
say "building"
linux=$("$top/ci/kernel-source.sh") || linux=
build_tree "$top" "$work/here" "$linux"
if [ -n "$against" ]; then
	git -C "$top" rev-parse --verify --quiet "$against^{commit}" >/dev/null ||
		usage_error "--against: no such revision: $against"
	say "building $against"
	checkout "$against"
	build_tree "$work/source" "$work/there"
	git -C "$top" worktree remove --force "$work/source"
	set -- "$work/here" "$work/there"
fi

# The same inputs for all, of 32 operations each.
rm -rf "$work/corpus"
mkdir "$work/corpus"
"$work/here/release/vmafuzz_bench" corpus "$work/corpus" 200 32

! "$quick" || set -- --quick "$@"
python3 "$top/ci/bench.py" ${repetitions:+--repetitions "$repetitions"} ${linux:+--linux "$linux"} \
	--results "$work/results.csv" --corpus "$work/corpus" "$@"
