#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: ci/layering.sh BUILD_DIRECTORY
#
# Fails if a room includes what it may not know. The include directories already make
# `#include "vma.h"` in model/ an error; this reads the dependencies that the compiler wrote down,
# so it also sees a path such as "../src/vma.h".
#
#   src      knows itself
#   model    knows itself
#   harness  knows itself, model/model.h, and of src/ the public headers vma.h and range_tree.h, with
#            what vma.h is made of (list.h, flags.def) and the numbers its calls take (uapi.h)
#   fuzz     knows itself and harness
#
# Every build runs it. Exit status: 0 clean, 1 a forbidden include, or nothing to look at.
set -eu
# shellcheck source=ci/lib.sh
. "$(dirname -- "$0")/lib.sh"

case ${1-} in
-h | --help)
	help_of "$0"
	exit 0
	;;
'') usage_error "which build directory?" ;;
esac
build_directory=$1

# One line per file, an object's own source first, each object begun by a line ending in a colon.
# Ninja keeps the dependencies in a log (-n: look, write nothing), Make in files.
dependencies() {
	if [ -f "$build_directory/build.ninja" ]; then
		ninja -C "$build_directory" -n -t deps | sed -n 's/: #deps.*/:/p; s/^    //p'
	else
		find "$build_directory" -name '*.c.o.d' -exec cat {} + |
			sed 's/\\$//' | tr '[:blank:]' '[\n*]' | sed '/^$/d'
	fi
}

dependencies | awk -v top="$top/" '
	# /tree/model/../src/vma.h -> /tree/src/vma.h
	function plain(path) {
		while (match(path, /\/[^\/]+\/\.\.\//))
			path = substr(path, 1, RSTART) substr(path, RSTART + RLENGTH)
		gsub(/\/\.\//, "/", path)
		return path
	}
	function allowed(from, to, file) {
		if (from == to)
			return 1
		if (from == "harness")
			return file ~ /^(model\/model|src\/(vma|range_tree))\.h$/ ||
				file ~ /^src\/(uapi\.h|list\.h|flags\.def)$/
		return from == "fuzz" && to == "harness"
	}
	/:$/ { source = ""; next }
	{
		file = plain($0)
		if (index(file, top) != 1)
			next
		file = substr(file, length(top) + 1)
		room = file
		sub(/\/.*/, "", room)
		if (room !~ /^(src|model|harness|fuzz)$/)
			next
		if (source == "") {
			source = file
			source_room = room
			sources++
		} else if (!allowed(source_room, room, file)) {
			print "layering: " source " includes " file ", which " source_room \
				"/ must not know"
			wrong++
		}
	}
	END {
		if (!sources)
			print "layering: no dependencies found, nothing was checked"
		exit wrong > 0 || !sources
	}'
