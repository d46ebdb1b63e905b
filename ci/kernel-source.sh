#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: ci/kernel-source.sh
#
# Unpacks what the linux subject and the tree's own tests of mm/vma.c need of Debian's package
# linux-source-6.12 into build/linux-source-6.12, unless it is there, and prints that folder. Without
# the package: exit 77, having said so; on a build machine (CI is set) that is exit 1.
set -eu
# shellcheck source=ci/lib.sh
. "$(dirname -- "$0")/lib.sh"

case ${1-} in
-h | --help)
	help_of "$0"
	exit 0
	;;
'') ;;
*) usage_error "unexpected argument: $1" ;;
esac

release=linux-source-6.12
archive=/usr/src/$release.tar.xz
tree=$top/build/$release
if [ ! -f "$tree/tools/testing/vma/vma.c" ]; then
	if [ ! -f "$archive" ]; then
		say "no $archive (Debian: $release): nothing is known of a kernel tree" >&2
		[ -z "${CI-}" ] || exit 1
		exit 77
	fi
	# Two tests may come here at once: each unpacks for itself, and the first to end is kept.
	mkdir -p "$top/build"
	scratch=$(mktemp -d "$top/build/$release.XXXXXX")
	trap 'rm -rf "$scratch"' EXIT
	# One that was unpacked when less was needed.
	[ ! -d "$tree" ] || mv -T "$tree" "$scratch/old"
	for part in Makefile mm lib include arch/x86/include tools/include tools/lib tools/arch \
		tools/testing/vma tools/testing/shared tools/testing/radix-tree; do
		set -- "$@" "$release/$part"
	done
	tar -xf "$archive" -C "$scratch" "$@"
	mv -T "$scratch/$release" "$tree" 2>/dev/null || [ -f "$tree/tools/testing/vma/vma.c" ]
fi
say "$tree"
