#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: ci/cards_test.sh SCRATCH_DIRECTORY
#
# Shows that ci/cards.py is content with corpus/errno/, and names each thing that is spoiled in a copy.
set -eu
# shellcheck source=ci/lib.sh
. "$(dirname -- "$0")/lib.sh"

case ${1-} in
-h | --help)
	help_of "$0"
	exit 0
	;;
'') usage_error "which scratch directory?" ;;
esac
command -v python3 >/dev/null || {
	say "skipped: python3 is missing"
	exit 77
}
scratch=$(mktemp -d "$1.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
failures=0

# spoil FILE SED EXPECTED: a copy of the folder with FILE edited is refused, and EXPECTED is said.
spoil() {
	rm -rf "$scratch/errno"
	cp -R "$top/corpus/errno" "$scratch/errno"
	sed "$2" "$top/corpus/errno/$1" >"$scratch/errno/$1"
	status=0
	said=$("$top/ci/cards.py" "$scratch/errno") || status=$?
	case $status:$said in
	1:*"$3"*) ;;
	*)
		say "FAILED: $1, $2: expected $3, got status $status: $said"
		failures=$((failures + 1))
		;;
	esac
}

"$top/ci/cards.py" || failures=$((failures + 1))
spoil munmap_unaligned.vma '/munmap: unaligned$/d' 'no program shows munmap: unaligned'
spoil munmap_unaligned.vma '/first_sealed/d' 'no program shows munmap: unaligned < first_sealed'
spoil munmap_unaligned.vma 's/= EINVAL/= EPERM/' 'unaligned answers EINVAL'
spoil munmap_unaligned.vma 's/= EINVAL//' '0 results are stated'
spoil munmap_unaligned.vma 's/munmap addr/mseal addr/' 'mseal = EINVAL'
spoil munmap_unaligned.vma 's/< first_sealed/< first_seal/' 'no such check or pair to show'
spoil munmap_unaligned.vma 's/# munmap:/# unmap:/' 'no card unmap'
spoil cards.tsv '/^munmap	unaligned	/d' 'no such check or pair to show'
spoil cards.tsv 's/^munmap	unaligned	EINVAL/&	hard to say/' 'why it cannot be shown'
spoil cards.tsv '/^mmap	driver_hook < mapped_hook/d' 'no program shows mmap: driver_hook < mapped_hook'
spoil cards.tsv 's/^munmap	first_sealed	EPERM/&\n&/' 'for the second time'
[ "$failures" -eq 0 ]
