#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: ci/lint.sh [--fix] [FILE...]
#
# Format, clang-tidy, shellcheck and the house rules (ci/style.py) over all tracked files, or over
# those named. With --fix the C files are formatted in place first. clang-tidy remembers what
# passed, so only the first run takes a minute.
#
# Exit status: 0 clean, 1 something to mend, 2 bad usage, 3 the build tree could not be configured,
# 77 tools are missing and this is no build machine.
set -eu
# shellcheck source=ci/lib.sh
. "$(dirname -- "$0")/lib.sh"

fix=false
case ${1-} in
-h | --help)
	help_of "$0"
	exit 0
	;;
--fix)
	fix=true
	shift
	;;
-*) usage_error "unknown option: $1" ;;
esac

"$top/ci/deps.sh" build test lint || exit 77
configure dev || exit 3

# What belongs to the project. Outside a work tree of git (an unpacked archive, or somebody else's
# checkout) that is everything but the build trees.
project_files() {
	git -C "$top" ls-files --cached --others --exclude-standard 2>/dev/null ||
		(cd "$top" && find . -name .git -prune -o -path ./build -prune -o -type f -print |
			sed 's,^\./,,')
}

list=$(mktemp)
trap 'rm -f "$list" "$list.unlisted" "$list.format"' EXIT
if [ $# -gt 0 ]; then
	for file in "$@"; do
		[ -f "$file" ] || usage_error "no such file: $file"
		printf '%s\n' "$file"
	done >"$list"
else
	cd "$top"
	project_files | while IFS= read -r file; do
		[ ! -f "$file" ] || printf '%s\n' "$file"
	done >"$list"
fi

# of PATTERN COMMAND...: runs the command once over the listed files that match; nothing to do is
# fine.
of() {
	pattern=$1
	shift
	grep -E -- "$pattern" "$list" | tr '\n' '\0' | xargs -0 -r "$@"
}

# A source that its room's CMakeLists.txt does not name is built by nobody and tested by nobody.
# Tests are named without their _test.c, targets without their fuzz_.
every_source_is_listed() {
	grep -E '^(src|model|harness|fuzz)/[^/]*\.c$' "$list" | while IFS= read -r source; do
		case $source in
		*_test.c) word=$(basename "$source" _test.c) ;;
		fuzz/fuzz_*) word="vmafuzz_add_fuzzer($(basename "${source#fuzz/fuzz_}" .c)" ;;
		*) word=$(basename "$source") ;;
		esac
		if ! grep -qwF -- "$word" "$top/$(dirname "$source")/CMakeLists.txt"; then
			say "$source: not in $(dirname "$source")/CMakeLists.txt"
		fi
	done >"$list.unlisted"
	cat "$list.unlisted"
	[ ! -s "$list.unlisted" ]
}

# The files alone: which lines is what --fix knows.
format_is_kept() {
	of '\.[ch]$' clang-format --dry-run -Werror 2>"$list.format" && return 0
	sed -n 's/:[0-9]*:[0-9]*: error:.*/: not formatted (ci\/lint.sh --fix)/p' "$list.format" | sort -u
	return 1
}

# A bug that does not fit the tree any more is planted by nobody. From outside the repository: git
# does not look into one of somebody else's.
every_patch_fits() {
	real=$(cd "$top" && pwd -P)
	grep '\.patch$' "$list" | while IFS= read -r patch; do
		git -C / apply --check --directory "${real#/}" "$real/${patch#"$top/"}" 2>/dev/null ||
			say "$patch: does not fit the tree"
	done >"$list.unlisted"
	cat "$list.unlisted"
	[ ! -s "$list.unlisted" ]
}

wrong=0
every_source_is_listed || wrong=1
every_patch_fits || wrong=1
if "$fix"; then
	of '\.[ch]$' clang-format -i
fi
format_is_kept || wrong=1
of '(\.sh|^\.ci/run)$' shellcheck -x || wrong=1
of . python3 "$top/ci/style.py" || wrong=1
if [ $# -gt 0 ]; then
	of '\.c$' python3 "$top/ci/tidy.py" "$top/build/dev" || wrong=1
else
	python3 "$top/ci/tidy.py" "$top/build/dev" || wrong=1
fi
exit "$wrong"
