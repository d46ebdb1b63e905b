#!/bin/bash -eu
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: run_tests.sh
#
# The unit tests and the corpus, in a plain build of their own in $WORK: nothing is written into the
# sources, and nothing asks for the network.
#
# A copy in google/oss-fuzz has to be under the Apache licence, which its owners have to give first:
# http://www.apache.org/licenses/LICENSE-2.0
tests=$WORK/vmafuzz-tests
unset CFLAGS CXXFLAGS LDFLAGS
export AFL_NOOPT=1
cmake -S "$SRC/vmafuzz" -B "$tests" -G Ninja -DCMAKE_C_FLAGS=-O1
cmake --build "$tests"
ctest --test-dir "$tests" --output-on-failure --no-tests=error -j "$(nproc)" -L '^(unit|corpus)$'
