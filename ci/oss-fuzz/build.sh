#!/bin/bash -eu
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: build.sh [--again]
#
# What OSS-Fuzz and ClusterFuzzLite run to build the fuzz targets of $SRC/vmafuzz into $OUT. The
# compilers, all flags and the engine are theirs ($CC, $CXX, $CFLAGS, $CXXFLAGS,
# $LIB_FUZZING_ENGINE, a list of options for the linker; none: the targets replay files), one
# sanitizer to a build. With --again only what changed since is compiled, and the corpora stay.
#
# Each target comes with its seeds as a zip, its options, and, if it reads text, a dictionary.
#
# A copy in google/oss-fuzz has to be under the Apache licence, which its owners have to give first:
# http://www.apache.org/licenses/LICENSE-2.0

source=$SRC/vmafuzz
own=$source/ci/oss-fuzz/build.sh
# A copy elsewhere hands over to that of the tree, which changes with it.
[ "$0" -ef "$own" ] || exec bash -eu "$own" "$@"

# shellcheck source=ci/lib.sh
. "$source/ci/lib.sh"
build=$WORK/vmafuzz
tools=$WORK/vmafuzz-tools
seeds=$WORK/vmafuzz-seeds

configure_targets() {
	cmake --fresh -S "$source" -B "$build" -G Ninja -DVMAFUZZ_TESTS=OFF \
		"-DVMAFUZZ_ENGINE=${LIB_FUZZING_ENGINE:-standalone}"
}

build_targets() {
	cmake --build "$build" --target fuzzers
	cp "$build"/fuzz_* "$OUT/"
}

# The command that turns text into bytes, of a plain build: it is no part of what is fuzzed.
build_tools() {
	env -u CFLAGS -u CXXFLAGS -u LDFLAGS AFL_NOOPT=1 cmake -S "$source" -B "$tools" \
		-G Ninja -DVMAFUZZ_TESTS=OFF -DVMAFUZZ_FUZZERS=OFF
	env AFL_NOOPT=1 cmake --build "$tools" --target vmafuzz
}

# Every seed as bytes, and for who reads text as text too. Many are the same but for what they expect.
form_seeds() {
	rm -rf "$seeds"
	mkdir -p "$seeds"
	make_seeds "$tools/vmafuzz" "$seeds/bytes"
	cp -R "$seeds/bytes" "$seeds/text"
	find "$source/corpus" -name '*.vma' | while IFS= read -r file; do
		name=${file#"$source/corpus/"}
		cp "$file" "$seeds/text/${name//\//_}"
	done
	find "$seeds/text" -type f -size +4096c -delete
	drop_copies "$seeds/bytes"
	drop_copies "$seeds/text"
}

drop_copies() {
	(cd "$1" && sha1sum -- * | sort | awk 'seen[$1]++ { print $2 }' | xargs -r rm)
}

# The first line, and the words of all seeds, comments and quoted names apart.
dictionary() {
	printf '%s\n' '"vma-program 1\x0a"'
	find "$source/corpus" -name '*.vma' -exec cat {} + | sed 's/#.*//; s/"[^"]*"//g' |
		grep -oE '[a-z][a-z_]+' | sort -u | sed 's/.*/"&"/'
}

# pack TARGET FORM LONGEST: what lies beside a target. Inputs are cut after LONGEST bytes.
pack() {
	rm -f "$OUT/$1_seed_corpus.zip"
	(cd "$seeds/$2" && cmake -E tar cf "$OUT/$1_seed_corpus.zip" --format=zip -- *)
	printf '[libfuzzer]\nmax_len = %s\n' "$3" >"$OUT/$1.options"
}

pack_targets() {
	for target in "$build"/fuzz_*; do
		case ${target##*/} in
		fuzz_text)
			pack fuzz_text text 4096
			dictionary >"$OUT/fuzz_text.dict"
			;;
		*) pack "${target##*/}" bytes 1040 ;; # a header and 64 operations
		esac
	done
}

if [ "${1-}" = --again ]; then
	build_targets
	exit
fi
configure_targets
build_targets
build_tools
form_seeds
pack_targets
