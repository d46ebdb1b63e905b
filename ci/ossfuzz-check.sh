#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: ci/ossfuzz-check.sh [OPTIONS]
#
# Whether OSS-Fuzz and ClusterFuzzLite would take this tree, found out without docker: the
# environment of their build image is imitated, ci/oss-fuzz/build.sh builds in it, without the
# network, and what comes out is judged more strictly than upstream's own checks do. One line per
# check.
#
#   --sanitizer NAME      address, undefined, memory, coverage, introspector or none
#   --architecture NAME   x86_64 [the default] or i386
#   --engine NAME         libfuzzer [the default], afl, honggfuzz, centipede or none
#   --all                 everything below, introspector, none, and the other engines
#   --skip NAME           leave out a check: starts, "seeds replay", "planted bug", tests, ...
#   --source DIR          the tree to check [this one]
#   --work DIR            where to build [build/ossfuzz]; each build stays there for the next
#
# Without a sanitizer, an architecture and an engine: libfuzzer with address, undefined, memory and
# coverage, then address on i386.
#
# Of honggfuzz and centipede only the flags are those of upstream; the engine is a stand-in
# (ci/stand_in_engine.cc) that replays files. Exit status: 0 all is well, 1 a check failed, 2 bad
# usage, 3 packages are missing.
set -eu
# shellcheck source=ci/lib.sh
. "$(dirname -- "$0")/lib.sh"

sanitizer=
architecture=
engine=
all=false
skipped=,
tree=$top
work_top=$top/build/ossfuzz
while [ $# -gt 0 ]; do
	case $1 in
	-h | --help)
		help_of "$0"
		exit 0
		;;
	--all) all=true ;;
	--sanitizer | --architecture | --engine | --skip | --source | --work)
		[ $# -ge 2 ] || usage_error "$1 needs a value"
		case $1 in
		--sanitizer) sanitizer=$2 ;;
		--architecture) architecture=$2 ;;
		--engine) engine=$2 ;;
		--skip) skipped=$skipped$2, ;;
		--source) tree=$2 ;;
		--work) work_top=$2 ;;
		esac
		shift
		;;
	*) usage_error "unknown option: $1" ;;
	esac
	shift
done
case $sanitizer in
'' | address | undefined | memory | coverage | introspector | none) ;;
*) usage_error "--sanitizer: no such sanitizer: $sanitizer" ;;
esac
case $architecture in
'' | x86_64 | i386) ;;
*) usage_error "--architecture: no such architecture: $architecture" ;;
esac
case $engine in
'' | libfuzzer | afl | honggfuzz | centipede | none) ;;
*) usage_error "--engine: no such engine: $engine" ;;
esac
[ -f "$tree/ci/oss-fuzz/build.sh" ] || usage_error "--source: no ci/oss-fuzz/build.sh in $tree"
case $architecture-$sanitizer-$engine in
i386-memory-*) usage_error "--architecture i386: there is no MSan for it" ;;
i386-*-afl) usage_error "--architecture i386: AFL++ is for x86_64 here" ;;
*-coverage-afl | *-coverage-honggfuzz | *-coverage-centipede)
	usage_error "--sanitizer coverage: libfuzzer or none"
	;;
esac
tree=$(CDPATH='' cd -- "$tree" && pwd)
mkdir -p "$work_top"
work_top=$(CDPATH='' cd -- "$work_top" && pwd)

# What upstream says of warnings is left out: none is an error in this build.
common="-O1 -fno-omit-frame-pointer -gline-tables-only -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION"
undefined=array-bounds,bool,builtin,enum,integer-divide-by-zero,null,object-size,return,\
returns-nonnull-attribute,shift,signed-integer-overflow,unreachable,vla-bound,vptr

sanitizer_flags() {
	case $1 in
	address) say "-fsanitize=address -fsanitize-address-use-after-scope" ;;
	undefined)
		say "-fsanitize=$undefined,unsigned-integer-overflow" \
			"-fno-sanitize-recover=$undefined -fno-sanitize=function"
		;;
	memory) say "-fsanitize=memory -fsanitize-memory-track-origins" ;;
	introspector)
		say "-O0 -flto -fno-unroll-loops -fuse-ld=gold -Wno-unused-command-line-argument"
		;;
	esac
}

# coverage_flags SANITIZER ENGINE: how the engine, or a report, sees which way an input went.
coverage_flags() {
	case $1-$2 in
	coverage-*)
		say "-fprofile-instr-generate -fcoverage-mapping -pthread -Wl,--no-as-needed" \
			"-Wl,-ldl -Wl,-lm -Wno-unused-command-line-argument"
		;;
	*-libfuzzer) say "-fsanitize=fuzzer-no-link" ;;
	*-honggfuzz) say "-fsanitize-coverage=trace-pc-guard,indirect-calls,trace-cmp" ;;
	*-centipede)
		say "-fno-builtin -fsanitize-coverage=trace-pc-guard,pc-table,trace-cmp"
		;;
	esac
}

# The options that link the engine; a stand-in is made first where one has to be.
engine_of() {
	case $engine in
	libfuzzer) say "-fsanitize=fuzzer" ;;
	afl) say "/usr/lib/afl/libAFLDriver.a" ;;
	honggfuzz | centipede)
		machine=-m64
		[ "$architecture" != i386 ] || machine=-m32
		clang++ "$machine" -O1 -c "$top/ci/stand_in_engine.cc" -o "$base/stand_in.o"
		ar rcs "$base/libFuzzingEngine.a" "$base/stand_in.o"
		# Several words, as the list of centipede has.
		say "$base/libFuzzingEngine.a -ldl -lrt -lpthread"
		;;
	esac
}

# in_image COMMAND...: with the environment of a build there, without the network.
in_image() {
	compiler=clang
	[ "$engine" != afl ] || compiler=afl-clang-fast
	machine=
	[ "$architecture" != i386 ] || machine=-m32
	flags="$machine $common $(sanitizer_flags "$sanitizer") $(coverage_flags "$sanitizer" "$engine")"
	# The library of C++ is linked in statically there. Here MSan has some functions of it too.
	library=-static-libstdc++
	[ "$sanitizer" != memory ] || library="$library -Wl,--allow-multiple-definition"
	linker=
	[ "$sanitizer" != introspector ] || linker="-fuse-ld=gold -flto"
	# The last few make a build here faster and no different.
	without_network env -i PATH="$PATH" HOME="$base/home" SRC="$base/src" OUT="$base/out" \
		WORK="$base/work" CC="$compiler" CXX="$compiler++" CFLAGS="$flags" \
		CXXFLAGS="$flags $library" LIB_FUZZING_ENGINE="$engine_options" \
		SANITIZER="$sanitizer" ARCHITECTURE="$architecture" FUZZING_ENGINE="$engine" \
		AFL_QUIET=1 LDFLAGS="$linker" ${CCACHE_DIR:+"CCACHE_DIR=$CCACHE_DIR"} \
		${CMAKE_C_COMPILER_LAUNCHER:+"CMAKE_C_COMPILER_LAUNCHER=$CMAKE_C_COMPILER_LAUNCHER"} \
		${CMAKE_BUILD_PARALLEL_LEVEL:+"CMAKE_BUILD_PARALLEL_LEVEL=$CMAKE_BUILD_PARALLEL_LEVEL"} \
		"$@"
}

without_network() {
	if [ "$(id -u)" -eq 0 ]; then
		unshare -n "$@"
	else
		unshare -rn "$@"
	fi
}

# confined FOLDER HOME COMMAND...: runs it there, as nobody, with nothing else in its environment.
# A target needs neither network nor home nor a place to stand on.
confined() {
	folder=$1
	home=$2
	shift 2
	if [ "$(id -u)" -eq 0 ]; then
		set -- setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	fi
	(cd "$folder" && without_network env -i PATH=/usr/bin:/bin HOME="$home" \
		LLVM_PROFILE_FILE="$apart/profiles/%p.profraw" "$@") </dev/null
}

# What the runner of upstream adds for a sanitizer.
runner_options="handle_abort=1:allocator_may_return_null=1:quarantine_size_mb=10:\
detect_stack_use_after_return=1:dedup_token_length=3"

# A check is a function that says what it saw and fails if that is wrong; being asked by an if, it has
# to see to its failures itself. check NAME FUNCTION...
check() {
	check_name=$1
	shift
	case $skipped in
	*,"$check_name",*) return 0 ;;
	esac
	if "$@" >"$base/check.log" 2>&1; then
		say "ok      $(printf '%-16s' "$check_name") $(tail -n 1 "$base/check.log")"
	else
		say "FAILED  $(printf '%-16s' "$check_name") $(tail -n 1 "$base/check.log")"
		tail -n 15 "$base/check.log" | sed '$d; s/^/        | /'
		failed=$((failed + 1))
	fi
}

builds() {
	in_image bash -eu "$base/src/build.sh" >"$base/build.log" 2>&1 || {
		tail -n 30 "$base/build.log"
		say "build.sh failed: $base/build.log"
		return 1
	}
	say "by build.sh"
}

sources_are_clean() {
	changed=$(git -C "$base/src/vmafuzz" status --porcelain)
	[ -z "$changed" ] || {
		say "$changed"
		say "the build changed the sources"
		return 1
	}
	say "the build left the sources alone"
}

# for_targets FUNCTION: calls it with each target; adds up what they say in numbers.
for_targets() {
	sum=0
	for path in "$apart"/out/fuzz_*; do
		[ -x "$path" ] || continue
		target=${path##*/}
		number=$("$1") || {
			say "$number"
			say "$target: ${number##*
}"
			return 1
		}
		sum=$((sum + number))
	done
}

# Four inputs of the engine's own, where it may write; it may not have.
one_starts() {
	rm -rf "$apart/writable"
	mkdir -p "$apart/writable/home" "$apart/writable/here"
	chmod -R 777 "$apart/writable"
	start_log=$apart/start.log
	set -- "$apart/out/$target"
	case $engine-$sanitizer in
	libfuzzer-coverage) set -- "$@" "$(find "$apart/seeds/$target" -type f | head -n 1)" ;;
	libfuzzer-*) set -- "$@" -seed=1337 -runs=4 ;;
	*) set -- "$@" "$(find "$apart/seeds/$target" -type f | head -n 1)" ;;
	esac
	confined "$apart/writable/here" "$apart/writable/home" env \
		ASAN_OPTIONS="$runner_options" MSAN_OPTIONS=handle_abort=1 UBSAN_OPTIONS=handle_abort=1 \
		"$@" >"$start_log" 2>&1 || {
		tail -n 5 "$start_log"
		say "does not start"
		return 1
	}
	litter=$(find "$apart/writable" -type f)
	[ -z "$litter" ] || {
		say "writes into its home, or where it stands: $litter"
		return 1
	}
	case $engine-$sanitizer in
	libfuzzer-coverage) echo 0 ;;
	libfuzzer-*) watched_edges ;;
	honggfuzz-* | centipede-*) guards_seen ;;
	*) echo 0 ;;
	esac
}

watched_edges() {
	edges=$(sed -n 's/^INFO: Loaded .* (\([0-9]*\) inline 8-bit counters).*/\1/p' "$start_log")
	if ! grep -q '^Done 4 runs' "$start_log"; then
		say "did not do four runs"
	elif grep -q 'no interesting inputs' "$start_log"; then
		say "sees no coverage"
	elif [ "${edges:-0}" -lt 1000 ]; then
		say "watches ${edges:-0} edges, expected 1000"
	else
		say "$edges"
		return 0
	fi
	return 1
}

guards_seen() {
	guards=$(sed -n 's/^stand-in: .* guards=\([0-9]*\)$/\1/p' "$start_log")
	[ "${guards:-0}" -ge 100 ] || {
		say "ran over ${guards:-0} guards, expected 100"
		return 1
	}
	say "$guards"
}

starts() {
	for_targets one_starts || return 1
	say "alone, without network, leaving nothing behind; $sum edges or guards in all"
}

# Everything in the zip, from /, with a home that cannot be written.
one_replays() {
	replay_log=$apart/replay.log
	confined / "$apart/nowhere" xargs -a "$apart/$target.list" -n 200 "$apart/out/$target" \
		>"$replay_log" 2>&1 || {
		tail -n 20 "$replay_log"
		say "a seed fails"
		return 1
	}
	if grep -E 'runtime error|ERROR: |SUMMARY: |WARNING: Memory' "$replay_log"; then
		say "a sanitizer complains about a seed"
		return 1
	fi
	executed=$(grep -cE '^(Executed|Execution successful)' "$replay_log" || true)
	given=$(wc -l <"$apart/$target.list")
	if [ "$executed" -ne "$given" ] || [ "$given" -eq 0 ]; then
		say "ran $executed of $given seeds"
		return 1
	fi
	slowest=$(sed -n 's/^Executed .* in \([0-9]*\) ms$/\1/p' "$replay_log" | sort -n | tail -n 1)
	[ "${slowest:-0}" -le 2500 ] || {
		say "a seed takes $slowest ms; the limit there is 25 s on a machine ten times as busy"
		return 1
	}
	say "$executed"
}

replays() {
	for_targets one_replays || return 1
	say "$sum seeds, from /, as nobody, home read-only, the build out of the way"
}

# libFuzzer reads each dictionary and finds as many entries as it has lines.
dictionaries_are_read() {
	for dictionary in "$apart"/out/*.dict; do
		[ -f "$dictionary" ] || continue
		target=$(basename "$dictionary" .dict)
		confined / "$apart/nowhere" "$apart/out/$target" "-dict=$dictionary" -runs=0 \
			>"$apart/dict.log" 2>&1 || {
			cat "$apart/dict.log"
			say "$target does not read its dictionary"
			return 1
		}
		entries=$(sed -n 's/^Dictionary: \([0-9]*\) entries$/\1/p' "$apart/dict.log")
		[ "${entries:-0}" -eq "$(grep -c '^[^#]' "$dictionary")" ] || {
			say "$target reads ${entries:-0} entries"
			return 1
		}
	done
	say "${entries:-no} entries"
}

# afl-fuzz gets as far as fuzzing.
afl_starts() {
	rm -rf "$apart/afl"
	mkdir -p "$apart/afl/in"
	find "$apart/seeds/fuzz_merge" -type f | sort | head -n 10 | xargs cp -t "$apart/afl/in"
	AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 \
		ASAN_OPTIONS=abort_on_error=1:symbolize=0:detect_leaks=0 \
		afl-fuzz -m none -t 5000 -i "$apart/afl/in" -o "$apart/afl/out" -V 10 -- \
		"$apart/out/fuzz_merge" >"$apart/afl.log" 2>&1 || {
		tail -n 10 "$apart/afl.log"
		say "afl-fuzz failed"
		return 1
	}
	grep -q 'All set and ready to roll' "$apart/afl.log" || {
		say "afl-fuzz did not get ready"
		return 1
	}
	say "$(sed -n 's/^execs_done *: */executions in 10 s: /p' "$apart/afl/out/default/fuzzer_stats")"
}

# What the seeds cover as inputs, by a report from these very targets. ci/coverage.sh runs them with
# each allocation failing as well, and asks for 95.
seeds_cover_the_core() {
	llvm-profdata merge -sparse -o "$apart/all.profdata" "$apart"/profiles/*.profraw || return 1
	objects=$(find "$apart/out" -name 'fuzz_*' -perm /u+x | sort | sed '2,$s/^/-object /')
	# shellcheck disable=SC2086 # a list of words
	share=$(llvm-cov export -format=lcov $objects -instr-profile="$apart/all.profdata" \
		"$base/src/vmafuzz/src" | awk -F: '
		/^LF:/ { all += $2 } /^LH:/ { ran += $2 }
		END { printf "%.2f", all ? 100 * ran / all : 0 }')
	say "seeds alone run $share % of the lines of src/"
	[ "${share%.*}" -ge 90 ]
}

# One planted bug, rebuilt by replay_build.sh: fuzzing from the seeds has to find it within a minute.
canary_is_found() {
	bug=$base/src/vmafuzz/fuzz/bugs/11-mprotect-cursor-behind-merge.patch
	git -C "$base/src/vmafuzz" apply "$bug" || return 1
	mv "$base/out" "$base/out.clean"
	mkdir "$base/out"
	status=0
	in_image bash -eu "$base/src/replay_build.sh" >"$base/canary.log" 2>&1 || status=$?
	mkdir -p "$apart/canary"
	cp "$base/out/fuzz_merge" "$apart/canary/" || status=1
	rm -rf "$base/out"
	mv "$base/out.clean" "$base/out"
	git -C "$base/src/vmafuzz" apply -R "$bug"
	sources_are_clean || return 1
	[ "$status" -eq 0 ] || {
		tail -n 20 "$base/canary.log"
		say "replay_build.sh failed: $base/canary.log"
		return 1
	}
	set -- "$apart/canary/fuzz_merge"
	case $engine-$sanitizer in
	libfuzzer-coverage) set -- xargs -a "$apart/fuzz_merge.list" -n 200 "$@" ;;
	libfuzzer-*)
		set -- "$@" "$apart/seeds/fuzz_merge" -seed=1 -max_total_time=60 -max_len=1040 \
			-artifact_prefix="$apart/canary/"
		;;
	*) set -- xargs -a "$apart/fuzz_merge.list" -n 200 "$@" ;;
	esac
	if confined / "$apart/nowhere" env ASAN_OPTIONS="$runner_options" "$@" \
		>"$base/canary.log" 2>&1; then
		say "$(basename "$bug") was not found: $base/canary.log"
		return 1
	fi
	signature=$(sed -n 's/^signature //p' "$base/canary.log" | head -n 1)
	[ -n "$signature" ] || {
		tail -n 20 "$base/canary.log"
		say "it crashed without a report: $base/canary.log"
		return 1
	}
	say "$(basename "$bug" .patch) found: $signature"
}

tests_pass() {
	in_image bash -eu "$base/src/run_tests.sh" >"$base/tests.log" 2>&1 || {
		tail -n 30 "$base/tests.log"
		say "run_tests.sh failed: $base/tests.log"
		return 1
	}
	[ -z "$(git -C "$base/src/vmafuzz" status --porcelain)" ] || {
		say "run_tests.sh changed the sources"
		return 1
	}
	sed -n 's/^\([0-9]*% tests passed.*\)/run_tests.sh: \1/p' "$base/tests.log"
}

# The tree in an image of its own, as the Dockerfile lays it out; what is unchanged since the last
# time stays as old as it was.
lay_out() {
	base=$work_top/$engine-$sanitizer-$architecture
	[ ! -d "$base/away" ] || bring_back
	mkdir -p "$base/src/vmafuzz" "$base/work" "$base/home"
	rm -rf "$base/out"
	mkdir "$base/out"
	"$top/ci/ossfuzz_files.py" copy "$tree" "$base/src/vmafuzz"
	cp "$base"/src/vmafuzz/ci/oss-fuzz/*.sh "$base/src/"
	[ -d "$base/src/vmafuzz/.git" ] || git -C "$base/src/vmafuzz" init -q
	git -C "$base/src/vmafuzz" add -A
	git -C "$base/src/vmafuzz" -c user.name=check -c user.email=check@example.org \
		commit -q --allow-empty -m "as it is"
	engine_options=$(engine_of)
}

# The targets run where nothing of the build is left: neither by its name nor by a relative path.
take_away() {
	apart=$(mktemp -d "${TMPDIR:-/tmp}/vmafuzz-out.XXXXXX")
	cp -R "$base/out" "$apart/out"
	mkdir "$apart/nowhere" "$apart/profiles" "$apart/seeds"
	chmod 555 "$apart/nowhere"
	chmod 777 "$apart/profiles"
	chmod 755 "$apart"
	for path in "$apart"/out/*_seed_corpus.zip; do
		target=$(basename "$path" _seed_corpus.zip)
		mkdir "$apart/seeds/$target"
		(cd "$apart/seeds/$target" && cmake -E tar xf "$path") || true
		find "$apart/seeds/$target" -type f | sort >"$apart/$target.list"
	done
	mkdir "$base/away"
	mv "$base/src" "$base/work" "$base/out" "$base/away/"
}

bring_back() {
	for name in src work out; do
		[ ! -d "$base/away/$name" ] || {
			rm -rf "${base:?}/$name"
			mv "$base/away/$name" "$base/"
		}
	done
	rmdir "$base/away"
}

check_files() {
	known=
	if [ "$engine" = libfuzzer ]; then
		known=$base/flags.txt
		"$base/out/fuzz_merge" -help=1 >"$known" 2>&1 || true
	fi
	# shellcheck disable=SC2086 # nothing, or the file
	in_image "$top/ci/ossfuzz_files.py" out "$base/out" "$base/work" "$base/src/vmafuzz" \
		"$sanitizer" "$architecture" $known || failed=$((failed + 1))
}

check_running() {
	take_away
	check "starts" starts
	check "seeds replay" replays
	case $engine in
	libfuzzer) check "dictionary" dictionaries_are_read ;;
	afl) check "afl-fuzz" afl_starts ;;
	esac
	bring_back
	[ "$sanitizer" != coverage ] || check "seed coverage" seeds_cover_the_core
	check "planted bug" canary_is_found
	[ "$engine-$sanitizer-$architecture" != libfuzzer-address-x86_64 ] ||
		check "tests" tests_pass
	rm -rf "$apart"
}

# check_build SANITIZER ARCHITECTURE ENGINE
check_build() {
	sanitizer=$1
	architecture=$2
	engine=$3
	say
	say "$sanitizer, $architecture, $engine"
	lay_out
	before=$failed
	check "builds" builds
	[ "$failed" -eq "$before" ] || return 0
	check "sources" sources_are_clean
	check_files
	check_running
}

"$top/ci/deps.sh" build test multilib coverage
case $all-$engine in
true-* | *-afl) "$top/ci/deps.sh" afl ;;
esac
failed=0
"$top/ci/ossfuzz_files.py" tree "$tree" || failed=$((failed + 1))
if [ -n "$sanitizer$architecture$engine" ]; then
	check_build "${sanitizer:-address}" "${architecture:-x86_64}" "${engine:-libfuzzer}"
else
	for build in address undefined memory coverage; do
		check_build "$build" x86_64 libfuzzer
	done
	check_build address i386 libfuzzer
fi
if "$all"; then
	check_build introspector x86_64 libfuzzer
	check_build none x86_64 libfuzzer
	check_build none x86_64 none
	check_build address x86_64 afl
	check_build address x86_64 honggfuzz
	check_build address x86_64 centipede
fi
say
if [ "$failed" -gt 0 ]; then
	say "$failed checks failed"
	exit 1
fi
say "all is well"
