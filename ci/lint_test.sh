#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: ci/lint_test.sh SCRATCH_DIRECTORY
#
# Plants one breach of each house rule and expects ci/style.py to name it, and nothing in a clean
# file.
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
cd "$scratch"
failures=0
licence='/* SPDX-License-Identifier: GPL-2.0-or-later */'

# style FILE: what ci/style.py says about it, whatever its status.
style() {
	python3 "$top/ci/style.py" "$1" || true
}

# breach FILE LINE REASON BODY: the file holds BODY; LINE is to be named, for that reason.
breach() {
	printf '%b\n' "$4" >"$1"
	said=$(style "$1")
	case $said in
	"$1:$2: "*"$3"*) ;;
	*)
		say "FAILED: expected $1:$2: $3, got: $said"
		failures=$((failures + 1))
		;;
	esac
}

breach a.c 1 'the first line must be' 'int one;'
breach a.c 2 'comments are' "$licence\nint one; // two"
breach a.c 2 'never compiled' "$licence\n#if 0\n#endif"
breach a.c 2 'NDEBUG' "$licence\n#include <assert.h>"
breach a.c 3 'rand() is not used' "$licence\n\nint a = rand();"
breach a.h 2 'longer than 100' "$licence\n$(printf '\tint %0100d;' 0)"
breach a.c 2 'blanks at the end' "$licence\nint one; "
breach a.c 2 'finish it' "$licence\n/* TO""DO */"
breach a.sh 2 "somebody's machine" '# SPDX-License-Identifier: GPL-2.0-or-later\ncd /ho''me/me/x'
breach a.sh 1 'the first lines must hold' 'echo'
breach a.py 2 'not Python' '# SPDX-License-Identifier: GPL-2.0-or-later\ndef ('
breach a.json 1 'not JSON' '{'

# What looks like a breach, inside a string or a comment, is none.
printf '%s\n' "$licence" '/* http://example.org, rand() and assert() are words here. */' \
	'const char *text = "// not a comment, \" assert(1)";' >clean.c
said=$(style clean.c)
if [ -n "$said" ]; then
	say "FAILED: a clean file is refused: $said"
	failures=$((failures + 1))
fi
[ "$failures" -eq 0 ]
