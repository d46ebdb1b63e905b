#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: ci/steps/msan.sh [SECONDS]
#
# The corpus, then random programs, under MSan: nothing reads memory that was never written.
set -eu
# shellcheck source=ci/lib.sh
. "$(dirname -- "$0")/../lib.sh"

take_seconds 20 "$@"
"$top/ci/deps.sh" build
build msan
ctest --test-dir "$top/build/msan" --output-on-failure --no-tests=error -L '^corpus$' -j "$(cores)"
"$top/build/msan/vmafuzz" run --seed 1 --seconds "$seconds"
