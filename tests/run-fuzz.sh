#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run-fuzz.sh TARGET [libFuzzer options]: what is new goes to build/fuzz/corpus/TARGET, a crash to
# build/fuzz/crash-*. With -runs= nothing is kept, so that every run does the same.
set -eu
. "$(dirname "$0")/common.bash"

target=$1
shift
corpus=build/fuzz/corpus/$target
if [[ " $* " == *' -runs='* ]]; then
	corpus=$(mktemp -d /tmp/warren-fuzz.XXXXXX)
	trap 'rm -rf "$corpus"' EXIT
fi
mkdir -p "$corpus"
seeds=()
for directory in "tests/fuzz/corpus/$target" "tests/data/$target"; do
	[ ! -d "$directory" ] || seeds+=("$directory")
done
"build/fuzz/fuzz_$target" -artifact_prefix=build/fuzz/ -print_final_stats=0 -timeout=10 "$@" \
	"$corpus" ${seeds[0]+"${seeds[@]}"}
