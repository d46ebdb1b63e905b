#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: ci/layering_test.sh SCRATCH_DIRECTORY
#
# Plants every forbidden include in a copy of the tree and expects the build to fail each time, for
# that reason; before and after, the copy must build.
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
# A name of its own, for two runs at a time.
scratch=$(mktemp -d "$1.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
copy=$scratch/tree
log=$scratch/log
failures=0

mkdir "$copy"
for part in CMakeLists.txt CMakePresets.json src model harness fuzz ci corpus; do
	cp -R "$top/$part" "$copy/"
done

copy_builds() {
	cmake --build "$copy/build" >"$log" 2>&1
}

cmake -S "$copy" -B "$copy/build" -G Ninja -DCMAKE_C_COMPILER=clang -DCMAKE_C_FLAGS=-O0 \
	-DVMAFUZZ_TESTS=OFF >"$log" 2>&1 || {
	cat "$log"
	exit 1
}
if ! copy_builds; then
	cat "$log"
	say "the untouched copy does not build"
	exit 1
fi

# plant ROOM INCLUDE REASON: REASON is what the build has to say.
plant() {
	case $1 in
	src) victim=$copy/src/vma.c ;;
	model) victim=$copy/model/model.c ;;
	harness) victim=$copy/harness/execute.c ;;
	fuzz) victim=$copy/fuzz/fuzz_merge.c ;;
	esac
	cp "$victim" "$scratch/kept"
	printf '#include "%s"\n' "$2" >>"$victim"
	if copy_builds; then
		say "FAILED: $1 may include \"$2\""
		failures=$((failures + 1))
	elif ! grep -q -- "$3" "$log"; then
		cat "$log"
		say "FAILED: $1 with \"$2\" does not build, but for another reason than: $3"
		failures=$((failures + 1))
	else
		say "refused: \"$2\" in $1"
	fi
	cp "$scratch/kept" "$victim"
}

# A header of its own in each room, so that the names in the real ones cannot clash and hide the
# check behind another error.
for room in src model harness; do
	printf '/* Planted. */\n' >"$copy/$room/planted_$room.h"
done

for header in vma.h planted_src.h; do
	plant model "$header" "'$header' file not found"
	plant fuzz "$header" "'$header' file not found"
done
for header in model.h planted_model.h; do
	plant src "$header" "'$header' file not found"
	plant fuzz "$header" "'$header' file not found"
done
for header in program.h planted_harness.h; do
	plant src "$header" "'$header' file not found"
	plant model "$header" "'$header' file not found"
done

plant model ../src/planted_src.h "layering: model/.* includes src/planted_src.h"
plant model ../harness/planted_harness.h "layering: model/.* includes harness/planted_harness.h"
plant src ../model/planted_model.h "layering: src/.* includes model/planted_model.h"
plant src ../harness/planted_harness.h "layering: src/.* includes harness/planted_harness.h"
plant fuzz ../src/planted_src.h "layering: fuzz/.* includes src/planted_src.h"
plant fuzz ../model/planted_model.h "layering: fuzz/.* includes model/planted_model.h"
# The harness may know the core, but only what the core publishes.
plant harness planted_src.h "layering: harness/.* includes src/planted_src.h"

if ! copy_builds; then
	cat "$log"
	say "FAILED: the copy does not build any more"
	failures=$((failures + 1))
fi
[ "$failures" -eq 0 ]
