#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: ci/canary.sh
#
# Whether fuzzing finds bugs at all: one planted in the core and one in the model must each be
# found within 60 s from an empty corpus, and one of each class by random programs within 20 s; and
# the bare tree must replay its corpus without a finding. Takes two to four minutes. ci/bugbench
# measures the rest of fuzz/bugs/.
set -eu
# shellcheck source=ci/lib.sh
. "$(dirname -- "$0")/lib.sh"

case ${1-} in
-h | --help)
	help_of "$0"
	exit 0
	;;
'') ;;
*) usage_error "unexpected: $1" ;;
esac
"$top/ci/deps.sh" build
"$top/ci/bugbench" --only '11-*' --only 'model/01-*' --columns empty --budget 60 --again
"$top/ci/bugbench" --each-class --columns run --budget 20 --again
