#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: ci/steps/targets.sh
#
# Every fuzz target under libFuzzer, ASan and UBSan: its seeds, then a short campaign with a fixed
# seed.
set -eu
# shellcheck source=ci/lib.sh
. "$(dirname -- "$0")/../lib.sh"

take_seconds 0 "$@"
"$top/ci/deps.sh" build
build fuzz
ctest --test-dir "$top/build/fuzz" --output-on-failure --no-tests=error -L '^(corpus|smoke)$' \
	-j "$(cores)"
