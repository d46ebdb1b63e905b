#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: ci/fuzz.sh [--seconds N] [--target NAME] [--seed N]
#
# Builds a fuzz target with libFuzzer, ASan and UBSan, and runs it on one core; installs missing
# packages if it may.
#
#   --seconds N     how long to fuzz [60]
#   --target NAME   which target, fuzz/NAME.c [fuzz_merge]
#   --seed N        libFuzzer's seed [a new one each time]
#
# The corpus grows in build/fuzz/corpus/NAME/ from one run to the next, findings go to
# build/fuzz/crashes/. Exit status: 0 nothing found, 1 a finding, with its report, 2 bad usage,
# 3 packages are missing.
set -eu
# shellcheck source=ci/lib.sh
. "$(dirname -- "$0")/lib.sh"

seconds=60
target=fuzz_merge
seed=0
while [ $# -gt 0 ]; do
	case $1 in
	-h | --help)
		help_of "$0"
		exit 0
		;;
	--seconds | --target | --seed)
		[ $# -ge 2 ] || usage_error "$1 needs a value"
		case $1 in
		--seconds) seconds=$2 ;;
		--target) target=$2 ;;
		--seed) seed=$2 ;;
		esac
		shift
		;;
	*) usage_error "unknown option: $1" ;;
	esac
	shift
done
is_number "$seconds" || usage_error "--seconds: not a number: $seconds"
[ "$seconds" -gt 0 ] || usage_error "--seconds: fuzzing for ever is not offered"
is_number "$seed" || usage_error "--seed: not a number: $seed"
case $target in
fuzz_*[!a-z0-9_]* | [!f]* | '') usage_error "--target: no such target: $target" ;;
esac
[ -f "$top/fuzz/$target.c" ] || usage_error "--target: no such target: $target"

tree=$top/build/fuzz
corpus=$tree/corpus/$target
seeds=$tree/seeds/$target
crashes=$tree/crashes
log=$tree/$target.log

# The last value that libFuzzer printed after a word: "cov:" in "#8192 pulse cov: 61 ft: 93".
last_after() {
	awk -v word="$1" '/^#[0-9]/ {
		for (i = 2; i < NF; i++)
			if ($i == word)
				value = $(i + 1)
	} END { print value + 0 }' "$log"
}

# libFuzzer prints when it learns something or has doubled its count, so the number of executions
# is the last one it named: a lower bound until the end.
progress() {
	[ -f "$log" ] || return 0
	line=$(awk -v elapsed="$1" -v seconds="$seconds" '/^#[0-9]/ {
		runs = substr($1, 2)
		for (i = 2; i < NF; i++)
			value[$i] = $(i + 1)
	} END {
		printf "%3d of %d s  executions %d  per second %d  edges %d  features %d", elapsed,
			seconds, runs, value["exec/s:"], value["cov:"], value["ft:"]
		sub("/.*", "", value["corp:"])
		printf "  corpus %d", value["corp:"]
	}' "$log")
	if [ -t 1 ]; then
		printf '\r%s ' "$line"
	elif [ $(($1 % 10)) -eq 0 ]; then
		say "$line"
	fi
}

# Leaks and allocation stacks cost a third of the speed. The harness counts its objects itself, and
# a finding is replayed with everything on.
fuzz() {
	ASAN_OPTIONS=malloc_context_size=0:detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS} \
		"$tree/$target" "$corpus" "$seeds" -seed="$seed" -max_total_time="$seconds" \
		-max_len=1040 -timeout=10 -detect_leaks=0 -print_final_stats=1 \
		-artifact_prefix="$crashes/" >"$log" 2>&1 &
	fuzzer=$!
	interrupted=false
	trap 'interrupted=true; kill -INT "$fuzzer" 2>/dev/null || true' INT TERM
	elapsed=0
	while kill -0 "$fuzzer" 2>/dev/null; do
		progress "$elapsed"
		sleep 1
		elapsed=$((elapsed + 1))
	done
	[ ! -t 1 ] || printf '\n'
	fuzzer_status=0
	wait "$fuzzer" || fuzzer_status=$?
	trap - INT TERM
}

statistic() {
	sed -n "s/^stat::$1: *//p" "$log"
}

summary() {
	say
	say "executions  $(statistic number_of_executed_units)"
	say "per second  $(statistic average_exec_per_sec)"
	say "edges       $(last_after cov:)"
	say "corpus      $(count_files "$corpus") inputs in $corpus"
}

# Once more, with leaks and stacks: by the command, which forces upon the program what the target
# forces, or by the target itself where no program is run.
replay_finding() {
	case $target in
	fuzz_text | fuzz_tree) "$tree/$target" "$1" ;;
	*) "$tree/vmafuzz" replay --target "${target#fuzz_}" "$1" ;;
	esac
}

report() {
	artifact=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
	if [ -z "$artifact" ]; then
		say "findings    0, but $target ended with $fuzzer_status; its last lines:"
		tail -n 20 "$log"
		say "log         $log"
		return 1
	fi
	replay_finding "$artifact" >"$artifact.report" 2>&1 || true
	cat "$artifact.report"
	say
	say "findings    1"
	say "input       $artifact"
	say "report      $artifact.report"
	say "log         $log"
	return 1
}

"$top/ci/deps.sh" build
mkdir -p "$corpus" "$crashes"
say "building $target in build/fuzz"
build fuzz "$target" vmafuzz
make_seeds "$tree/vmafuzz" "$seeds"
say "$target: $(count_files "$seeds") seeds, $seconds s, one core"
fuzz
summary
if "$interrupted"; then
	say "interrupted"
	exit 130
elif [ "$fuzzer_status" -eq 0 ]; then
	say "findings    0"
else
	report
fi
