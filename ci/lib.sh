# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What the scripts in ci/ share. Sourced, never run.
#
# Exit status of the scripts: 0 all is well, 1 something was found or failed, 2 bad usage, 3 this
# machine lacks something. A step may also end with 77: skipped, having said why.

top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
[ -f "$top/CMakePresets.json" ] || top=${top%/*}
# A gate asks the same questions every time, so that it judges the change and not the day; campaigns
# are for new ones.
# shellcheck disable=SC2034 # the steps read it
gate_seed=1
steps_passed=0
steps_failed=0
steps_skipped=0
steps_failures=

say() {
	printf '%s\n' "$*"
}

# Ends a script over a usage error; $0 --help knows the rest.
usage_error() {
	printf '%s: %s (see --help)\n' "$0" "$*" >&2
	exit 2
}

# Prints the comment block at the top of the calling script, between the SPDX line and the code.
help_of() {
	sed -n '/^# SPDX/d; /^#!/d; /^#/!q; s/^# \{0,1\}//p' "$1"
}

# take_seconds DEFAULT [ARGUMENT]: the one argument of a step, into $seconds.
# shellcheck disable=SC2034 # the step reads it
take_seconds() {
	case ${2-} in
	-h | --help)
		help_of "$0"
		exit 0
		;;
	'') seconds=$1 ;;
	*)
		is_number "$2" || usage_error "not a number of seconds: $2"
		seconds=$2
		;;
	esac
}

is_number() {
	case $1 in
	'' | *[!0-9]*) return 1 ;;
	esac
}

cores() {
	getconf _NPROCESSORS_ONLN
}

# with_log FILE COMMAND...: runs the command; what it prints goes to FILE as well. A process that
# outlives the command and keeps its output open is not waited for.
with_log() {
	log_file=$1
	shift
	rm -f "$log_file.pipe"
	mkfifo "$log_file.pipe"
	tee "$log_file" <"$log_file.pipe" &
	log_tee=$!
	log_status=0
	"$@" >"$log_file.pipe" 2>&1 || log_status=$?
	rm -f "$log_file.pipe"
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		kill -0 "$log_tee" 2>/dev/null || break
		sleep 0.1
	done
	return "$log_status"
}

# step NAME COMMAND...: runs the command, prints how it ended and the seconds it took, and counts.
# On a build machine nothing may be skipped: there the missing piece is the failure.
step() {
	step_name=$1
	shift
	printf '\n==> %s\n' "$step_name"
	step_start=$(date +%s)
	step_status=0
	step_log=$(mktemp)
	with_log "$step_log" "$@" || step_status=$?
	step_seconds=$(($(date +%s) - step_start))
	if [ "$step_status" -eq 77 ] && [ -n "${CI-}" ]; then
		say "a build machine skips nothing"
		step_status=1
	fi
	case $step_status in
	0)
		steps_passed=$((steps_passed + 1))
		say "<== $step_name: passed, $step_seconds s"
		;;
	77)
		steps_skipped=$((steps_skipped + 1))
		say "<== $step_name: skipped, $step_seconds s"
		;;
	*)
		steps_failed=$((steps_failed + 1))
		say "<== $step_name: FAILED (exit $step_status), $step_seconds s"
		steps_failures="$steps_failures
--- $step_name failed, the end of what it printed:
$(tail -n 60 "$step_log" | cut -c 1-400)"
		;;
	esac
	rm -f "$step_log"
	[ "$step_status" -eq 0 ] || [ "$step_status" -eq 77 ]
}

# The closing lines, what failed once more, for a long log is read from its end; the status is the
# script's.
steps_summary() {
	printf '%s\n\n' "$steps_failures"
	say "$steps_passed passed, $steps_failed failed, $steps_skipped skipped"
	[ "$steps_failed" -eq 0 ]
}

# configure PRESET: the build tree build/PRESET, configured anew only if the presets are newer.
configure() {
	configure_tree=$top/build/$1
	if [ -f "$configure_tree/build.ninja" ] &&
		[ -z "$(find "$top/CMakePresets.json" -newer "$configure_tree/CMakeCache.txt")" ]; then
		return 0
	fi
	mkdir -p "$configure_tree"
	(cd "$top" && cmake --preset "$1") >"$configure_tree/configure.log" 2>&1 || {
		cat "$configure_tree/configure.log"
		return 1
	}
}

# build PRESET [TARGET...]: says nothing but what went wrong.
build() {
	build_preset=$1
	shift
	configure "$build_preset" || return 1
	if [ $# -gt 0 ]; then
		set -- --target "$@"
	fi
	cmake --build "$top/build/$build_preset" "$@" -- --quiet
}

# build_linux PRESET TREE TARGET...: the same with the kernel tree of ci/kernel-source.sh, in a build
# tree of its own.
build_linux() {
	linux_preset=$1
	linux_tree=$2
	shift 2
	linux_source=$("$top/ci/kernel-source.sh") || exit
	[ -f "$linux_tree/build.ninja" ] || (cd "$top" && cmake --preset "$linux_preset" -B "$linux_tree" \
		"-DVMAFUZZ_LINUX_TREE=$linux_source" >/dev/null) || return 1
	cmake --build "$linux_tree" --target "$@" -- --quiet
}

count_files() {
	find "$1" -type f | wc -l | tr -d ' '
}

# make_seeds VMAFUZZ FOLDER: the corpus as the bytes that engines mutate, one operation to a record.
# The few programs that bytes cannot express are left out: from text an engine only learns to spell;
# and those that are longer than the 64 operations that inputs are kept to.
make_seeds() {
	rm -rf "$2"
	mkdir -p "$2"
	find "$top/corpus" -name '*.vma' | while IFS= read -r seed_file; do
		seed_name=$(printf '%s' "${seed_file#"$top/corpus/"}" | tr / _)
		"$1" convert --to bytes "$seed_file" >"$2/${seed_name%.vma}" 2>/dev/null ||
			rm -f "$2/${seed_name%.vma}"
	done
	find "$2" -type f -size +1040c -delete
}
