#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run-fuzz.sh TARGET [libFuzzer options]: what is new goes to build/fuzz/corpus/TARGET, a crash to
# build/fuzz/crash-*, what libFuzzer says to build/fuzz/TARGET.log as well. With -runs= nothing is
# kept, so that every run does the same.
# run-fuzz.sh --keep TARGET: the fewest of all known inputs that together reach the same code go to
# tests/fuzz/corpus/TARGET, in the place of those there. What crashed once stays, as found-WHAT.
# run-fuzz.sh --table TARGET...: what their logs say, as a table.
set -eu
. "$(dirname "$0")/common.bash"

KEPT=tests/fuzz/corpus
temporary=
trap '[ -z "$temporary" ] || rm -rf "$temporary"' EXIT

# The directories of TARGET that exist and hold seeds.
seeds()
{
	local directory

	for directory in "$KEPT/$1" "tests/data/$1"; do
		[ ! -d "$directory" ] || say "$directory"
	done
}

keep()
{
	local target=$1 corpus=build/fuzz/corpus/$1 merged=build/fuzz/merged/$1 directories file

	mapfile -t directories < <(seeds "$target")
	rm -rf "$merged"
	mkdir -p "$merged" "$corpus" "$KEPT/$target"
	"build/fuzz/fuzz_$target" -set_cover_merge=1 -use_counters=0 -max_len=2048 "$merged" "$corpus" \
		${directories[0]+"${directories[@]}"}
	for file in "$KEPT/$target"/*; do
		[[ $file == */found-* ]] || rm -f "$file"
	done
	for file in "$merged"/*; do
		cp "$file" "$KEPT/$target/$(basename "$file" | cut -c -12)"
	done
}

table()
{
	local target

	printf '%-10s %11s %8s %8s %8s %6s %8s\n' target executions seconds per-second coverage corpus findings
	for target in "$@"; do
		# The last line that counts is of the end, or the one before a crash.
		awk -v target="$target" '
		/^#[0-9]+/ {
			n = substr($1, 2)
			for (i = 2; i < NF; i++) {
				if ($i == "cov:") cov = $(i + 1)
				if ($i == "corp:") corp = $(i + 1)
			}
		}
		/^Done [0-9]+ runs/ { n = $2; seconds = $5 }
		/^SUMMARY: / { found++ }
		END {
			sub(/\/.*/, "", corp)
			printf "%-10s %11d %8d %8d %8d %6d %8d\n", target, n, seconds,
				n / (seconds ? seconds : 1), cov, corp, found
		}' "build/fuzz/$target.log"
	done | awk '{ print; n += $2; seconds += $3; found += $7 }
		END { printf "%-10s %11d %8d %8d %8s %6s %8d\n", "total", n, seconds, n / (seconds ? seconds : 1),
			"", "", found }'
}

run()
{
	local target=$1 corpus=build/fuzz/corpus/$1 directories
	shift

	if [[ " $* " == *' -runs='* ]]; then
		temporary=$(mktemp -d /tmp/warren-fuzz.XXXXXX)
		corpus=$temporary
	fi
	mkdir -p "$corpus"
	mapfile -t directories < <(seeds "$target")
	"build/fuzz/fuzz_$target" -artifact_prefix=build/fuzz/ -print_final_stats=0 -timeout=10 "$@" \
		"$corpus" ${directories[0]+"${directories[@]}"} 2>&1 | tee "build/fuzz/$target.log"
	return "${PIPESTATUS[0]}"
}

case $1 in
--keep) keep "$2" ;;
--table) table "${@:2}" ;;
*) run "$@" ;;
esac
