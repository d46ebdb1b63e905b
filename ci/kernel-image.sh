#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: ci/kernel-image.sh VERSION
#
# Unpacks Debian's newest package linux-image-VERSION*-cloud-amd64, such as 6.12 or 6.1, into
# build/kernel-images/VERSION, unless it is there, and prints where its vmlinuz lies. Nothing is
# installed. Where no such package can be had: exit 77, having said so; on a build machine (CI is
# set) that is exit 1.
set -eu
# shellcheck source=ci/lib.sh
. "$(dirname -- "$0")/lib.sh"

case ${1-} in
-h | --help)
	help_of "$0"
	exit 0
	;;
'') usage_error "which version?" ;;
[!0-9]*) usage_error "expected a version such as 6.12, got: $1" ;;
esac
version=$1
folder=$top/build/kernel-images/$version

image() {
	find "$folder/boot" -name 'vmlinuz-*' 2>/dev/null | head -n 1
}

missing() {
	say "kernel $version: $*" >&2
	[ -z "${CI-}" ] || exit 1
	exit 77
}

# The signed ones alone; those of debug symbols and without signature have names of their own.
newest_package() {
	apt-cache --names-only search "^linux-image-$version\\.[^ ]*-cloud-amd64\$" 2>/dev/null |
		cut -d ' ' -f 1 | sort -V | tail -n 1
}

if [ -z "$(image)" ]; then
	command -v dpkg-deb >/dev/null || missing "no dpkg-deb to unpack its package with"
	package=$(newest_package)
	[ -n "$package" ] || missing "no package linux-image-$version*-cloud-amd64 is known to apt"
	# Two tests may come here at once: each unpacks for itself, and the first to end is kept.
	mkdir -p "$top/build/kernel-images"
	scratch=$(mktemp -d "$folder.XXXXXX")
	trap 'rm -rf "$scratch"' EXIT
	(cd "$scratch" && apt-get -q download "$package" >log 2>&1) || {
		tail -n 3 "$scratch/log" >&2
		missing "$package cannot be downloaded"
	}
	mkdir "$scratch/tree"
	dpkg-deb --fsys-tarfile "$scratch"/*.deb | tar -xf - -C "$scratch/tree" ./boot
	mv -T "$scratch/tree" "$folder" 2>/dev/null || [ -n "$(image)" ]
fi
image
