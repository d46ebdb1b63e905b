#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: ci/test.sh [--quick] [--preset NAME] [SLICE...]
#
# Builds with ASan and UBSan (preset dev) and runs the tests; installs missing packages if it may.
#
#   --quick         only what a developer runs on save: the build and the unit tests
#   --preset NAME   another build tree
#
# slices, all of them by default:
#   unit    unit tests beside the code they test
#   corpus  every seed replayed
#   rules   all other tests: the rooms of the tree keep to their dependencies, properties, smoke
#   lint    ci/lint.sh
#
# Prints the seconds of each step. Exit status: 0 all passed, 1 something failed, 2 bad usage,
# 3 packages are missing.
set -eu
# shellcheck source=ci/lib.sh
. "$(dirname -- "$0")/lib.sh"

preset=dev
slices=
while [ $# -gt 0 ]; do
	case $1 in
	-h | --help)
		help_of "$0"
		exit 0
		;;
	--quick) slices="$slices unit" ;;
	--preset)
		[ $# -ge 2 ] || usage_error "--preset needs a name"
		preset=$2
		shift
		;;
	unit | corpus | rules | lint) slices="$slices $1" ;;
	*) usage_error "unknown option or slice: $1" ;;
	esac
	shift
done
[ -n "$slices" ] || slices="unit corpus rules lint"

# run_tests FILTER...: ctest, where a slice without a single test is a failure.
run_tests() {
	ctest --test-dir "$top/build/$preset" --output-on-failure --no-tests=error -j "$(cores)" "$@"
}

slice() {
	case $1 in
	unit) step "unit tests" run_tests -L '^unit$' ;;
	corpus) step "corpus" run_tests -L '^corpus$' ;;
	rules) step "rules" run_tests -LE '^(unit|corpus)$' ;;
	lint) step "lint" "$top/ci/lint.sh" ;;
	esac
}

"$top/ci/deps.sh" build test
# Large packages, without which tests are skipped; where machines test nothing may be.
[ -z "${CI-}" ] || "$top/ci/deps.sh" browser campaign kernel qemu
if step "build" build "$preset"; then
	for name in $slices; do
		slice "$name" || true
	done
fi
steps_summary
