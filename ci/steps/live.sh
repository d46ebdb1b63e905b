#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: ci/steps/live.sh [SECONDS]
#
# The running kernel as the subject: every seed, 2,000 random programs with each reader of state, then
# random programs of 40 operations for SECONDS [60]. These have to show something: at least half of the operations succeed, less than one in twenty is skipped, and
# each row of tables 2.4, 3, 4.2 and 11.3 that a kernel can be brought to decides something once in
# 3,000 programs. A kernel that cannot show what is needed is a skip (exit 77), named by the command
# itself.
set -eu
# shellcheck source=ci/lib.sh
. "$(dirname -- "$0")/../lib.sh"

take_seconds 60 "$@"
"$top/ci/deps.sh" build test
build release vmafuzz live_exec
vmafuzz=$top/build/release/vmafuzz

# Ends this script as the command did that ended with this status, unless all was well.
unless_well() {
	case $1 in
	0) return 0 ;;
	3) exit 77 ;;
	*) exit 1 ;;
	esac
}

# No kernel can be brought to run out of memory here, nor to have a right neighbour with a close hook
# beside one without (4.2 C2), for which one file needs two drivers. One row of 2.4 is for 6.12 alone,
# the one it took the place of for all others.
shows_enough() {
	awk '
	/^case (2\.4|3|4\.2|11\.3) / {
		row = substr($0, 6, 24)
		sub(/ +$/, "", row)
		if (row !~ /^(3 oom|4\.2 C2)$/)
			hits[row] = substr($0, 30) + 0
	}
	/^results / {
		gsub(/[a-z]+=/, "")
		succeeded = $2
		all = $2 + $3 + $4
	}
	/^subject=/ {
		for (i = 1; i <= NF; i++)
			if (split($i, word, "=") == 2)
				value[word[1]] = word[2]
	}
	END {
		for (row in hits) {
			if (row ~ (value["profile"] == "6.12" ? "^2.4 none/set" : "^2.4 6.12"))
				continue
			rows++
			if (hits[row] * 3000 < value["programs"]) {
				print "live: row " row " only " hits[row] " times"
				wrong++
			}
		}
		if (!rows || !all || 2 * succeeded < all) {
			print "live: " succeeded + 0 " of " all + 0 " operations succeeded"
			wrong++
		}
		if (20 * value["skipped"] >= value["operations"]) {
			print "live: " value["skipped"] " skipped of " value["operations"]
			wrong++
		}
		exit wrong > 0
	}' "$1"
}

status=0
"$top/ci/replay.sh" "$vmafuzz" --subject live || status=$?
unless_well "$status"

# Without privilege or BTF there is one reader only, which the command says.
for reader in bpf plain; do
	"$vmafuzz" run --subject "live,reader=$reader" --flags every --seed "$gate_seed" --ops 40 \
		--programs 2000 || status=$?
	[ "$status,$reader" != 3,bpf ] || status=0
	unless_well "$status"
done

output=$(mktemp)
trap 'rm -f "$output"' EXIT
"$vmafuzz" run --subject live --seed "$gate_seed" --seconds "$seconds" --ops 40 --cases \
	>"$output" || status=$?
cat "$output"
unless_well "$status"
shows_enough "$output"
