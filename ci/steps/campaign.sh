#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: ci/steps/campaign.sh [SECONDS]
#
# A short campaign with both engines on all targets: it finds nothing, tests something, goes on after
# its supervisor was killed, and has a page.
set -eu
# shellcheck source=ci/lib.sh
. "$(dirname -- "$0")/../lib.sh"

take_seconds 15 "$@"
camp=$top/build/campaign-step
if [ -f "$camp/settings.json" ]; then
	"$top/ci/campaign" stop "$camp" >/dev/null
fi
rm -rf "$camp"
"$top/ci/campaign" start "$camp" --slice 5 --exchange 2
sleep 5
supervisor=$(sed -n '/"supervisor": {/,/}/s/.*"pid": \([0-9]*\).*/\1/p' "$camp/status.json")
kill -KILL "$supervisor"
status=0
"$top/ci/campaign" start "$camp" --foreground --seconds "$seconds" || status=$?
"$top/ci/campaign" status "$camp" || true
"$top/ci/campaign" report "$camp"
exit "$status"
