#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: ci/deps.sh GROUP...
#
# Makes sure that the Debian or Ubuntu packages of the named groups are there. As root it installs
# what is missing, and says what; otherwise it prints what somebody has to install, and exits 3.
# When nothing is missing it prints nothing and touches nothing.
#
# groups:
#   build      compiler with its sanitizers, CMake, Ninja
#   test       cmocka, Python
#   browser    Chromium
#   gcc        the other compiler
#   multilib   what 32-bit programs are linked with
#   lint       clang-format, clang-tidy, shellcheck
#   afl        AFL++
#   coverage   llvm-cov, llvm-profdata
#   campaign   what bends a clock, for the tests of ci/campaign
#   kernel     a kernel source tree, and what its own tests are built with
#   qemu       an emulator for kernel images
#   fresh      mmdebstrap, git
set -eu
# shellcheck source=ci/lib.sh
. "$(dirname -- "$0")/lib.sh"

has() {
	command -v "$1" >/dev/null 2>&1
}

# Links one program with everything the presets ask of the compiler's runtime.
runtime_links() {
	printf 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n);
int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return d && n > 9 ? 0 : 0; }\n' |
		clang -x c -fsanitize=address,undefined,fuzzer - -o /dev/null 2>/dev/null
}

has_header() {
	printf '#include <stdarg.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <setjmp.h>
#include <%s>\n' "$1" | clang -x c -fsyntax-only - 2>/dev/null
}

# links_32 COMPILER LANGUAGE: a 32-bit program, with the library of the language.
links_32() {
	printf 'int main(void) { return 0; }\n' | "$1" -m32 -x "$2" - -o /dev/null 2>/dev/null
}

# The packages of one group that are missing, one a line.
missing_of() {
	case $1 in
	build)
		has cmake || echo cmake
		has ninja || echo ninja-build
		has clang || echo clang
		runtime_links || echo libclang-rt-dev
		has llvm-symbolizer || echo llvm
		;;
	test)
		has_header cmocka.h || echo libcmocka-dev
		has python3 || echo python3
		has git || echo git
		;;
	browser)
		has chromium || has chromium-browser || has google-chrome || echo chromium
		;;
	gcc)
		has gcc || echo gcc
		;;
	multilib)
		links_32 gcc c || echo gcc-multilib
		links_32 g++ c++ || echo g++-multilib
		;;
	lint)
		has clang-format || echo clang-format
		has clang-tidy || echo clang-tidy
		has shellcheck || echo shellcheck
		;;
	afl)
		{ has afl-fuzz && has afl-clang-fast; } || echo afl++
		;;
	coverage)
		{ has llvm-cov && has llvm-profdata; } || echo llvm
		;;
	campaign)
		has faketime || echo faketime
		has python3 || echo python3
		;;
	kernel)
		[ -f /usr/src/linux-source-6.12.tar.xz ] || echo linux-source-6.12
		has xz || echo xz-utils
		has make || echo make
		has gcc || echo gcc
		has_header urcu.h || echo liburcu-dev
		;;
	qemu)
		has qemu-system-x86_64 || echo qemu-system-x86
		;;
	fresh)
		has mmdebstrap || echo mmdebstrap
		has git || echo git
		;;
	esac
}

missing() {
	for group in "$@"; do
		missing_of "$group"
	done | sort -u | tr '\n' ' ' | sed 's/ $//'
}

install_packages() {
	say "installing: $*"
	log=$(mktemp)
	# The lists of a fresh machine are empty or old; asking first costs a second.
	if ! { apt-get update -q &&
		DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"; } \
		>"$log" 2>&1; then
		tail -n 20 "$log"
		rm -f "$log"
		return 1
	fi
	rm -f "$log"
}

refuse() {
	say "missing packages: $*"
	say "install them as root, then run this again:"
	say "    apt-get install --no-install-recommends $*"
	exit 3
}

case ${1-} in
-h | --help)
	help_of "$0"
	exit 0
	;;
'') usage_error "which group?" ;;
esac
for group in "$@"; do
	case $group in
	build | test | browser | gcc | multilib | lint | afl | coverage | campaign | kernel | qemu | \
		fresh) ;;
	*) usage_error "unknown group: $group" ;;
	esac
done

lacking=$(missing "$@")
if [ -n "$lacking" ]; then
	if [ "$(id -u)" -ne 0 ] || ! has apt-get; then
		refuse "$lacking"
	fi
	# shellcheck disable=SC2086 # a list of package names
	install_packages $lacking || exit 3
	lacking=$(missing "$@")
	[ -z "$lacking" ] || refuse "$lacking"
fi

# Older than the presets: no package of this release will do.
for group in "$@"; do
	if [ "$group" = build ] && ! cmake --list-presets -S "$top" >/dev/null 2>&1; then
		say "CMake 3.25 or newer is needed; this is $(cmake --version | sed -n 's/.* version //p;q')"
		exit 3
	fi
done
