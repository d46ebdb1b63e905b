#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: ci/steps/random.sh [SECONDS]
#
# Random programs at full speed, no sanitizers; then what 20,000 of them have to come by
# (ci/goals/random.txt); then the same seed twice, which must end in the same trace, on one job and on
# all.
set -eu
# shellcheck source=ci/lib.sh
. "$(dirname -- "$0")/../lib.sh"

take_seconds 30 "$@"
"$top/ci/deps.sh" build test
build release vmafuzz
vmafuzz=$top/build/release/vmafuzz

"$vmafuzz" run --seed "$gate_seed" --seconds "$seconds"

"$vmafuzz" cases --seed "$gate_seed" --programs 20000 --goals "$top/ci/goals/random.txt"

trace_of() {
	"$vmafuzz" run --seed 1 --programs 20000 "$@" | sed -n 's/^subject=.* trace=\([0-9a-f]*\) .*/\1/p'
}
first=$(trace_of --jobs 1)
again=$(trace_of --jobs 1)
jobs=$(trace_of --jobs "$(cores)")
say "traces of seed 1: $first $again, on $(cores) jobs $jobs"
[ -n "$first" ] && [ "$first" = "$again" ] && [ "$first" = "$jobs" ]
