#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: ci/ossfuzz-faults.sh [NAME...]
#
# Whether ci/ossfuzz-check.sh catches what goes wrong in integrations: each fault is planted into a
# copy of the tree, alone, and the check that is meant for it must fail; without one, none may.
# Prints a table: the fault, which checks failed, the seconds. With names, only these faults.
#
# The build of the check is compiled further from fault to fault: some ten minutes on two cores that
# have nothing else to do. Exit status: 0 each was caught, 1 one was not, 2 bad usage, 3 packages are
# missing.
set -eu
# shellcheck source=ci/lib.sh
. "$(dirname -- "$0")/lib.sh"

# FAULT, and the check that has to fail.
faults="none:
engine-not-linked:starts
shell-script:formats
empty-seeds:seed zips
broken-dictionary:dictionaries
core-not-instrumented:share
unknown-key:project.yaml
apt-without-update:Dockerfile
reads-where-it-stands:starts
writes-home:starts
foreign-library:libraries
wrong-name:names
writes-sources:sources
blind-oracle:planted bug
own-sanitizer:flags"

case ${1-} in
-h | --help)
	help_of "$0"
	exit 0
	;;
esac
for name in "$@"; do
	say "$faults" | grep -q "^$name:" || usage_error "no such fault: $name"
done
"$top/ci/deps.sh" build test multilib coverage
copy=$top/build/ossfuzz-faults/tree
log=$top/build/ossfuzz-faults/check.log
mkdir -p "$copy"

# in_build_script LINE: as the last thing that build.sh does.
in_build_script() {
	printf '%s\n' "$1" >>"$copy/ci/oss-fuzz/build.sh"
}

# change FILE EXPRESSION: by sed; a fault that changes nothing would be one that nobody planted.
change() {
	sed "$2" "$copy/$1" >"$copy/$1.changed"
	if cmp -s "$copy/$1" "$copy/$1.changed"; then
		say "$fault: nothing to change in $1"
		exit 1
	fi
	cat "$copy/$1.changed" >"$copy/$1"
	rm "$copy/$1.changed"
}

# opens FILE WHERE MODE: the target opens a file with every input, and ends where it cannot.
opens() {
	change "fuzz/$1.c" "s|^#include \"fuzz_entry.h\"|&\n#include <stdio.h>\n#include <stdlib.h>|
		s|^{|{\n\tchar path[4096];\n\tFILE *file;\n\tsnprintf(path, sizeof(path), $2);\n\tfile = fopen(path, \"$3\");\n\tif (!file)\n\t\tabort();\n\tfclose(file);|"
}

plant() {
	case $fault in
	none) ;;
	own-sanitizer)
		change ci/oss-fuzz/build.sh 's/-DVMAFUZZ_TESTS=OFF \\$/-DVMAFUZZ_SANITIZE=undefined &/'
		;;
	engine-not-linked)
		change ci/oss-fuzz/build.sh 's/{LIB_FUZZING_ENGINE:-standalone}/{NO_ENGINE:-standalone}/'
		;;
	shell-script)
		# shellcheck disable=SC2016 # expanded there
		in_build_script 'printf "#!/bin/sh\n# LLVMFuzzerTestOneInput\nexec \"\${0%%/*}/fuzz_merge\" \"\$@\"\n" >"$OUT/fuzz_oom"'
		;;
	empty-seeds)
		# shellcheck disable=SC2016 # expanded there
		in_build_script '{ printf "PK\005\006"; head -c 18 /dev/zero; } >"$OUT/fuzz_oom_seed_corpus.zip"'
		;;
	broken-dictionary)
		# shellcheck disable=SC2016 # expanded there
		in_build_script 'echo "word=without quotes" >>"$OUT/fuzz_text.dict"'
		;;
	core-not-instrumented)
		echo 'target_compile_options(vma_core PRIVATE -fno-sanitize=all -fno-sanitize-coverage=inline-8bit-counters,pc-table,trace-cmp,edge)' \
			>>"$copy/src/CMakeLists.txt"
		;;
	unknown-key) echo 'maintainer: "somebody"' >>"$copy/ci/oss-fuzz/project.yaml" ;;
	apt-without-update) change ci/oss-fuzz/Dockerfile 's/apt-get update && //' ;;
	reads-where-it-stands) opens fuzz_fork '"fuzz_fork.options"' r ;;
	writes-home) opens fuzz_limit '"%s/.vmafuzz", getenv("HOME")' w ;;
	foreign-library)
		echo 'target_link_libraries(fuzz_tree PRIVATE -Wl,--no-as-needed -lresolv)' \
			>>"$copy/fuzz/CMakeLists.txt"
		;;
	wrong-name)
		# shellcheck disable=SC2016 # expanded there
		in_build_script 'mv "$OUT/fuzz_oom" "$OUT/oom.fuzzer"'
		;;
	writes-sources)
		# shellcheck disable=SC2016 # expanded there
		in_build_script 'echo built >"$SRC/vmafuzz/corpus/built"'
		;;
	blind-oracle) change harness/fuzz_entry.c 's/== EXECUTE_MISMATCH)/== EXECUTE_MISMATCH + 9)/' ;;
	esac
}

is_wanted() {
	[ $# -gt 1 ] || return 0
	wanted=$1
	shift
	for name in "$@"; do
		[ "$name" != "$wanted" ] || return 0
	done
	return 1
}

# Without a fault all that runs the targets; with one, of that only the check meant for it. The unit
# tests are not about faults of this kind, and what is wrong with the tree is seen without a build.
run_check() {
	case $check in
	project.yaml | Dockerfile)
		"$top/ci/ossfuzz_files.py" tree "$copy" >"$log"
		return
		;;
	esac
	set -- --skip tests
	for name in starts "seeds replay" dictionary "planted bug"; do
		[ -z "$check" ] || [ "$name" = "$check" ] || set -- "$@" --skip "$name"
	done
	"$top/ci/ossfuzz-check.sh" --sanitizer address --source "$copy" "$@" >"$log" 2>&1
}

wrong=0
list=$(mktemp)
trap 'rm -f "$list"' EXIT
say "$faults" >"$list"
say "fault                    caught by"
while IFS=: read -r fault check <&3; do
	is_wanted "$fault" "$@" || continue
	start=$(date +%s)
	"$top/ci/ossfuzz_files.py" copy "$top" "$copy"
	plant
	run_check || true
	caught=$(sed -n 's/^FAILED  \(.\{16\}\).*/\1/p' "$log" | sed 's/ *$//' | sort -u | paste -sd, -)
	seconds=$(($(date +%s) - start))
	case ,$caught, in
	*,"$check",*) verdict= ;;
	*) verdict="   NOT AS EXPECTED (${check:-nothing}): $log" ;;
	esac
	if [ -n "$verdict" ] || { [ -z "$check" ] && ! grep -q '^all is well$' "$log"; }; then
		wrong=$((wrong + 1))
		cp "$log" "$log.$fault"
	fi
	say "$(printf '%-24s %-44s' "$fault" "${caught:-nothing failed}") $seconds s$verdict"
done 3<"$list"
[ "$wrong" -eq 0 ] || say "$wrong not as expected"
[ "$wrong" -eq 0 ]
