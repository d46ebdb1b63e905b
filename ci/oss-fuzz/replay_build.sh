#!/bin/bash -eu
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: replay_build.sh
#
# After a build.sh in the same container: compiles what changed since, without the network.
#
# For google/oss-fuzz this file may be used under the Apache License, Version 2.0, as well:
# http://www.apache.org/licenses/LICENSE-2.0
exec bash -eu "$SRC/vmafuzz/ci/oss-fuzz/build.sh" --again
