#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: ci/steps/ossfuzz.sh
#
# What OSS-Fuzz would be given still builds there, runs there and finds a planted bug: the build with
# ASan alone. ci/ossfuzz-check.sh has the rest.
set -eu
# shellcheck source=ci/lib.sh
. "$(dirname -- "$0")/../lib.sh"

take_seconds 0 "$@"
"$top/ci/ossfuzz-check.sh" --sanitizer address --skip tests
