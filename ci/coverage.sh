#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: ci/coverage.sh [--seconds N] [--threshold PERCENT]
#
# Line coverage of the core and the model by what users run: every seed replayed, as it stands, as
# the older profiles have it, and with each allocation failing in turn, and given to each fuzz target,
# which then fuzzes; all of them N seconds [30] altogether, with 0 the seeds alone. Without the unit
# tests. Writes build/coverage/:
#
#   html/index.html   source by source
#   summary.txt       the table that is printed too
#   uncovered.txt     every line of src/ and model/ that never ran, with the reason if
#                     ci/uncovered.tsv has one; what changed since the last run is printed
#
# Exit status: 0, 1 if src/ is covered by less than the threshold [95], 2 bad usage, 3 packages are
# missing.
set -eu
# shellcheck source=ci/lib.sh
. "$(dirname -- "$0")/lib.sh"

seconds=30
threshold=95
while [ $# -gt 0 ]; do
	case $1 in
	-h | --help)
		help_of "$0"
		exit 0
		;;
	--seconds | --threshold)
		[ $# -ge 2 ] || usage_error "$1 needs a value"
		is_number "$2" || usage_error "$1: not a number: $2"
		case $1 in
		--seconds) seconds=$2 ;;
		--threshold) threshold=$2 ;;
		esac
		shift
		;;
	*) usage_error "unknown option: $1" ;;
	esac
	shift
done

"$top/ci/deps.sh" build test coverage
# fuzz_linux is built of a kernel tree, and covers that.
targets=$(cd "$top/fuzz" && echo fuzz_*.c | sed 's/\.c//g; s/fuzz_linux//')
# shellcheck disable=SC2086 # a list of words
build coverage vmafuzz $targets
tree=$top/build/coverage
profiles=$tree/profiles
rm -rf "$profiles" "$tree/html" "$tree/grown"
mkdir -p "$profiles" "$tree/grown" "$tree/crashes"

LLVM_PROFILE_FILE=$profiles/unused.profraw make_seeds "$tree/vmafuzz" "$tree/seeds"
rm -f "$profiles/unused.profraw"

export LLVM_PROFILE_FILE="$profiles/%m-%p.profraw"
"$top/ci/replay.sh" "$tree/vmafuzz"
"$top/ci/replay.sh" "$tree/vmafuzz" --profile 6.18
"$top/ci/replay.sh" "$tree/vmafuzz" --profile 6.12 --quirks on
"$top/ci/replay.sh" "$tree/vmafuzz" --once --alloc-walk --output "$tree/findings"
# shellcheck disable=SC2086 # a list of words
set -- $targets
each=$((seconds / $#))
for target in "$@"; do
	mkdir "$tree/grown/$target"
	if [ "$each" -gt 0 ]; then
		most=-max_total_time=$each
	else
		most=-runs=0
	fi
	"$tree/$target" "$tree/grown/$target" "$tree/seeds" -seed=1 "$most" \
		-max_len=1040 -artifact_prefix="$tree/crashes/" >"$tree/$target.log" 2>&1 || {
		tail -n 40 "$tree/$target.log"
		exit 1
	}
done
unset LLVM_PROFILE_FILE

llvm-profdata merge -sparse -o "$tree/all.profdata" "$profiles"/*.profraw
of() {
	subcommand=$1
	shift
	# shellcheck disable=SC2046,SC2086 # a list of words
	llvm-cov "$subcommand" "$tree/vmafuzz" $(printf -- "-object $tree/%s " $targets) \
		-instr-profile="$tree/all.profdata" "$@"
}
of report "$top/src" "$top/model" >"$tree/summary.txt"
cat "$tree/summary.txt"
of show -format=html -output-dir="$tree/html" -show-line-counts-or-regions "$top/src" "$top/model" \
	"$top/harness" >/dev/null

of export -format=lcov "$top/src" "$top/model" >"$tree/lines.info"
say
status=0
"$top/ci/uncovered" --threshold "$threshold" "$tree/lines.info" "$tree/uncovered.txt" || status=$?
say "uncovered lines: $tree/uncovered.txt    pages: $tree/html/index.html"
exit $status
