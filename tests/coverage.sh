#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# coverage.sh [FOLDER...]: which lines the unit tests execute, by folder; of the folders that are
# named (base and spec by default), each file and the lines that no test reaches.
set -eu
. "$(dirname "$0")/common.bash"

BUILD=build/coverage

run_tests()
{
	local source name

	find "$BUILD" -name '*.gcda' -delete
	for source in tests/unit/test_*.c; do
		name=$(basename "$source" .c)
		"$BUILD/$name" >"$BUILD/$name.tap" 2>&1 </dev/null ||
			die "$name fails: $BUILD/$name.tap"
	done
}

# "FILE LINE COUNT" for each line that could be executed. A header, or a source that a test
# includes, is in several objects: what one of them executed counts.
lines()
{
	find "$BUILD" -name '*.gcda' -exec gcov -t {} + 2>/dev/null | awk -F : -v top="$TOP/" '
	$2 ~ /^ *0$/ && $3 == "Source" { file = $4; known = index(file, top) == 1; file = substr(file, length(top) + 1) }
	known && $2 + 0 > 0 {
		gsub(/ /, "", $1)
		if ($1 != "-")
			print file, $2 + 0, $1 ~ /^[#=]/ ? 0 : 1
	}' | awk '{ hit[$1 " " $2] += $3 } END { for (line in hit) print line, hit[line] }' | sort -k 1,1 -k 2,2n
}

folders()
{
	awk '{ split($1, part, "/"); all[part[1]]++; hit[part[1]] += $3 > 0 }
	END { for (f in all) printf "%-14s %6d lines %6.1f %%\n", f, all[f], 100 * hit[f] / all[f] }' |
		grep -v '^\(tests\|build\) ' | sort
}

# One file a line, with what is missing as ranges.
files()
{
	awk -v folder="$1/" '
	function flush() { if (from) missing = missing " " (from == to ? from : from "-" to); from = 0 }
	function report()
	{
		flush()
		if (all)
			printf "  %-26s %5d lines %6.1f %% %s\n", file, all, 100 * hit / all, missing
		all = hit = 0
		missing = ""
	}
	index($1, folder) != 1 { next }
	$1 != file { report(); file = $1 }
	{ all++ }
	$3 > 0 { hit++; flush(); next }
	!from { from = $2 }
	{ to = $2 }
	END { report() }'
}

# shellcheck disable=SC2086 # lists of words
need_packages $PACKAGES_BUILD
build_preset coverage unit_tests
run_tests
lines >"$BUILD/lines"
folders <"$BUILD/lines"
[ $# -gt 0 ] || set -- base spec
for folder in "$@"; do
	say "" "$folder"
	files "$folder" <"$BUILD/lines"
done
