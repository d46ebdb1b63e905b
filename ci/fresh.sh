#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: ci/fresh.sh [--gate] [--seconds N] [--keep] [--rebuild]
#
# Are the README's two commands true on a fresh machine? Makes a minimal Debian 12 with mmdebstrap
# from this machine's own package sources, clones the committed state into it, and runs there:
#
#   1. ./ci/test.sh as an ordinary user without the packages: a list of them, exit 3
#   2. ./ci/fuzz.sh and ./ci/test.sh as root, who installs what is missing
#   3. both again as an ordinary user, in a clone of their own
#
#   --gate        instead: .ci/run as root, as on a build machine, where nothing may be skipped
#   --seconds N   how long ci/fuzz.sh fuzzes [20]
#   --keep        leave the system in build/fresh/root to look at
#   --rebuild     do not use the base system of an earlier run (build/fresh/base.tar)
#
# Needs root. Exit status: 0 all as it should be, 1 not, 2 bad usage, 3 cannot be done here.
set -eu
# shellcheck source=ci/lib.sh
. "$(dirname -- "$0")/lib.sh"

seconds=20
keep=false
gate=false
work=$top/build/fresh
while [ $# -gt 0 ]; do
	case $1 in
	-h | --help)
		help_of "$0"
		exit 0
		;;
	--seconds)
		[ $# -ge 2 ] || usage_error "--seconds needs a value"
		is_number "$2" || usage_error "--seconds: not a number: $2"
		seconds=$2
		shift
		;;
	--keep) keep=true ;;
	--gate) gate=true ;;
	--rebuild) rm -f "$work/base.tar" ;;
	*) usage_error "unknown option: $1" ;;
	esac
	shift
done

if [ "$(id -u)" -ne 0 ]; then
	say "ci/fresh.sh mounts file systems and changes root directories: run it as root"
	exit 3
fi
"$top/ci/deps.sh" fresh
root=$work/root
mkdir -p "$work"

# The files of this machine that say where Debian 12 comes from.
debian_sources() {
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list \
		/etc/apt/sources.list.d/*.sources; do
		[ ! -f "$file" ] || ! grep -q bookworm "$file" || ! grep -q '/debian' "$file" ||
			printf '%s\n' "$file"
	done
}

# Its files that only say how to fetch: proxies, timeouts, validity of dates.
fetch_options() {
	for file in /etc/apt/apt.conf.d/*; do
		if [ -f "$file" ] && grep -q '^Acquire::' "$file" &&
			! grep -Eqv '^(Acquire::.*;)?[[:blank:]]*((//|#).*)?$' "$file"; then
			printf -- '--aptopt=%s\n' "$file"
		fi
	done
}

base_system() {
	[ ! -f "$work/base.tar" ] || return 0
	sources=$(debian_sources)
	if [ -z "$sources" ]; then
		say "no Debian 12 (bookworm) among the package sources of this machine"
		return 3
	fi
	# shellcheck disable=SC2046,SC2086 # lists of words
	mmdebstrap --quiet --variant=minbase --mode=root --format=tar $(fetch_options) \
		bookworm "$work/base.tar.new" $sources || return 3
	mv "$work/base.tar.new" "$work/base.tar"
}

unpack() {
	rm -rf "$root" && mkdir "$root" &&
		tar -C "$root" --numeric-owner -xf "$work/base.tar" &&
		cp -L /etc/resolv.conf /etc/hosts "$root/etc/" || return 1
	if [ -d /etc/apt/auth.conf.d ]; then
		cp -R /etc/apt/auth.conf.d "$root/etc/apt/" || return 1
	fi
	chroot "$root" useradd --create-home guest &&
		git clone --quiet --no-hardlinks "$top" "$root/srv/vmafuzz" || return 1
	for clone in without-packages with-packages; do
		cp -R "$root/srv/vmafuzz" "$root/srv/$clone" &&
			chroot "$root" chown -R guest:guest "/srv/$clone" || return 1
	done
}

# inside USER DIRECTORY COMMAND: with its own processes and mounts, which end with it.
inside() {
	# shellcheck disable=SC2016 # the inner shell expands
	unshare --mount --pid --fork sh -eu -c '
		root=$1 user=$2 directory=$3 command=$4
		mount -t proc proc "$root/proc"
		mount --rbind /sys "$root/sys"
		mount --rbind /dev "$root/dev"
		exec chroot --userspec="$user:$user" "$root" /usr/bin/env -i TERM=dumb \
			HOME=/tmp USER="$user" \
			PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
			${http_proxy:+http_proxy="$http_proxy"} \
			sh -c "cd \"$directory\" && $command"
	' sh "$root" "$@"
}

refuses_without_packages() {
	status=0
	inside guest /srv/without-packages ./ci/test.sh >"$work/refusal" 2>&1 || status=$?
	cat "$work/refusal"
	[ "$status" -eq 3 ] && grep -q '^    apt-get install .*clang' "$work/refusal"
}

step "base system" base_system || exit 3
step "clones" unpack || exit 1
if "$gate"; then
	step "root: .ci/run" inside root /srv/vmafuzz "CI=true bash .ci/run" || true
else
	step "user without packages: a list, exit 3" refuses_without_packages || true
	step "root: ci/fuzz.sh" inside root /srv/vmafuzz "./ci/fuzz.sh --seconds $seconds" || true
	step "root: ci/test.sh" inside root /srv/vmafuzz ./ci/test.sh || true
	step "user: ci/fuzz.sh" inside guest /srv/with-packages "./ci/fuzz.sh --seconds $seconds" ||
		true
	step "user: ci/test.sh" inside guest /srv/with-packages ./ci/test.sh || true
fi
"$keep" || rm -rf "$root"
steps_summary
