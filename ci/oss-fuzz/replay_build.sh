#!/bin/bash -eu
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: replay_build.sh
#
# After a build.sh in the same container: compiles what changed since, without the network.
#
# A copy in google/oss-fuzz has to be under the Apache licence, which its owners have to give first:
# http://www.apache.org/licenses/LICENSE-2.0
exec bash -eu "$SRC/vmafuzz/ci/oss-fuzz/build.sh" --again
