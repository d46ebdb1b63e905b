#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: ci/replay.sh VMAFUZZ [OPTIONS]
#
# Replays every seed of the corpus with the command of a build tree, for instance
# `ci/replay.sh build/dev/vmafuzz --subject live`. Exit status: the command's.
set -eu
# shellcheck source=ci/lib.sh
. "$(dirname -- "$0")/lib.sh"

case ${1-} in
-h | --help)
	help_of "$0"
	exit 0
	;;
'') usage_error "which vmafuzz?" ;;
esac
vmafuzz=$1
shift

# Names of seeds are words of letters, digits and underscores. They all go into one command line, as
# the command reads all files before it runs the first.
# shellcheck disable=SC2046 # a list of words
"$vmafuzz" replay "$@" $(find "$top/corpus" -name '*.vma' | LC_ALL=C sort)
