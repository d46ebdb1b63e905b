#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: ci/traces.sh [--slice] [--programs N]
#
# One program has one trace: the command is built by gcc and clang, for 64 and 32 bits, with -O0 and
# -O2, and each build replays the corpus and runs N [20000] random programs of seed 1. All must end
# in the same two hashes. Where the corpus differs, the programs that do are named.
#
#   --slice         only the two builds that have nothing in common
#   --programs N    how many random programs
#
# The builds stay in build/traces/. Exit status: 0 all equal, 1 not, 2 bad usage, 3 packages are
# missing.
set -eu
# shellcheck source=ci/lib.sh
. "$(dirname -- "$0")/lib.sh"

# COMPILER-BITS-LEVEL; the first is what the others are measured by.
builds="clang-64-O2 clang-64-O0 clang-32-O2 clang-32-O0 gcc-64-O2 gcc-64-O0 gcc-32-O2 gcc-32-O0"
programs=20000
while [ $# -gt 0 ]; do
	case $1 in
	-h | --help)
		help_of "$0"
		exit 0
		;;
	--slice) builds="clang-64-O2 gcc-32-O0" ;;
	--programs)
		[ $# -ge 2 ] || usage_error "--programs needs a value"
		is_number "$2" || usage_error "--programs: not a number: $2"
		programs=$2
		shift
		;;
	*) usage_error "unknown option: $1" ;;
	esac
	shift
done

"$top/ci/deps.sh" build gcc multilib
trees=$top/build/traces

# build_one COMPILER BITS LEVEL: into the tree of that name.
build_one() {
	tree=$trees/$1-$2-$3
	mkdir -p "$tree"
	cmake -S "$top" -B "$tree" -G Ninja -DCMAKE_C_COMPILER="$1" \
		-DCMAKE_C_FLAGS="-m$2 -$3" -DVMAFUZZ_TESTS=OFF -DVMAFUZZ_FUZZERS=OFF \
		-DVMAFUZZ_WERROR=ON >"$tree/configure.log" 2>&1 || {
		cat "$tree/configure.log"
		return 1
	}
	cmake --build "$tree" --target vmafuzz -- --quiet
}

# The trace that a command ends with; nothing if it did not get that far, or found something.
trace_of() {
	"$@" 2>/dev/null | sed -n 's/^subject=.* mismatches=0 .*trace=\([0-9a-f]*\) .*/\1/p'
}

differing_programs() {
	find "$top/corpus" -name '*.vma' | LC_ALL=C sort | while IFS= read -r file; do
		[ "$(trace_of "$1" replay "$file")" = "$(trace_of "$2" replay "$file")" ] ||
			say "  differs: ${file#"$top/"}"
	done
}

first=
wrong=0
for name in $builds; do
	bits=${name#*-}
	build_one "${name%%-*}" "${bits%-*}" "${name##*-}"
	command=$trees/$name/vmafuzz
	corpus=$(trace_of "$top/ci/replay.sh" "$command")
	random=$(trace_of "$command" run --seed 1 --programs "$programs" --keep 0)
	say "$(printf '%-12s corpus %-16s random %-16s' "$name" "${corpus:--}" "${random:--}")"
	if [ -z "$first" ]; then
		first=$command
		expected="$corpus $random"
	fi
	if [ "$corpus $random" != "$expected" ] || [ -z "$corpus" ] || [ -z "$random" ]; then
		differing_programs "$first" "$command"
		wrong=1
	fi
done
[ "$wrong" -eq 0 ] && say "all equal"
exit "$wrong"
