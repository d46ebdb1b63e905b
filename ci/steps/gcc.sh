#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: ci/steps/gcc.sh
#
# The other compiler: everything builds without a warning under gcc, and the unit tests pass.
set -eu
# shellcheck source=ci/lib.sh
. "$(dirname -- "$0")/../lib.sh"

take_seconds 0 "$@"
"$top/ci/deps.sh" build test gcc
cd "$top"
cmake --preset release -B build/gcc -DCMAKE_C_COMPILER=gcc -DVMAFUZZ_LTO=OFF \
	-DVMAFUZZ_TRAIN=OFF >/dev/null
cmake --build build/gcc -- --quiet
ctest --test-dir build/gcc --output-on-failure --no-tests=error -L '^unit$' -j "$(cores)"
