#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: ci/steps/afl.sh [SECONDS [TARGET]]
#
# AFL++ with our mutator on fuzz_merge, or on fuzz_linux for the TARGET linux: no crash, no hang, and
# a stability of 100.00 %: whatever one input does, it does every time. afl-fuzz ends with 0 even
# after crashes, so they are counted here.
set -eu
# shellcheck source=ci/lib.sh
. "$(dirname -- "$0")/../lib.sh"

take_seconds 60 "$@"
target=${2:-merge}
"$top/ci/deps.sh" build afl
case $target in
merge)
	build afl fuzz_merge afl_mutator vmafuzz
	tree=$top/build/afl
	;;
linux)
	build_linux afl "$top/build/afl-linux" fuzz_linux afl_mutator vmafuzz
	tree=$top/build/afl-linux
	;;
*) usage_error "no such target: $target" ;;
esac
make_seeds "$tree/vmafuzz" "$tree/seeds"
rm -rf "$tree/out" "$tree/seeds.min" "$tree/seeds.few"
# Seeds of one rule take the same way often; afl-fuzz warns of each that adds nothing, and of more
# than 20. The largest programs are what its mutator can take most from.
AFL_ALLOW_TMP=1 afl-cmin -i "$tree/seeds" -o "$tree/seeds.min" -- "$tree/fuzz_$target" \
	>"$tree/afl-cmin.log" 2>&1 || {
	tail -n 30 "$tree/afl-cmin.log"
	exit 1
}

mkdir "$tree/seeds.few"
find "$tree/seeds.min" -type f -printf '%s %f\n' | sort -k1,1rn -k2 | head -n 20 |
	while read -r _ name; do cp "$tree/seeds.min/$name" "$tree/seeds.few/"; done

# An input takes well under a millisecond; what is slow on a busy machine is not a hang yet.
AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_TRY_AFFINITY=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 \
	AFL_HANG_TMOUT=10000 AFL_CUSTOM_MUTATOR_LIBRARY="$tree/afl_mutator.so" VMAFUZZ_TARGET=$target \
	afl-fuzz -i "$tree/seeds.few" -o "$tree/out" -s "$gate_seed" -V "$seconds" -t 1000 -g 16 -G 1040 \
	-- "$tree/fuzz_$target" \
	>"$tree/afl.log" 2>&1 || {
	tail -n 30 "$tree/afl.log"
	exit 1
}

# Expected are those about the governor, the load, and that there is no @@.
if grep -a 'WARNING' "$tree/afl.log" | grep -av 'governor\|apparent load\|or @@ on'; then
	say "afl-fuzz warns: $tree/afl.log"
	exit 1
fi

value_of() {
	sed -n "s/^$1 *: *//p" "$tree/out/default/fuzzer_stats"
}
say "executions $(value_of execs_done)  per second $(value_of execs_per_sec)" \
	" edges $(value_of edges_found)  corpus $(value_of corpus_count)" \
	" crashes $(value_of saved_crashes)  hangs $(value_of saved_hangs)" \
	" stability $(value_of stability)"
if [ "$(value_of saved_crashes)" != 0 ]; then
	first=$(find "$tree/out/default/crashes" -name 'id*' | sort | head -n 1)
	"$tree/fuzz_$target" "$first" || true
	say "crashes in $tree/out/default/crashes, this is $first"
fi
[ "$(value_of saved_crashes)" = 0 ] && [ "$(value_of saved_hangs)" = 0 ] &&
	[ "$(value_of stability)" = "100.00%" ]
