#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# suite.sh [BATS ARGS]: runs bats in the virtual machine, as TAP; by default those tests of tests/bats
# that ask for a controller or for a right that many build machines lack, and those about cgroups. The
# machine has no compiler: what the tests would compile is compiled here, and cc.sh stands in there.
set -eu
. "$(dirname "$0")/../common.bash"
shopt -s extglob

# Their titles, as one regular expression.
titles()
{
	awk 'FNR == 1 { title = "" }
		/^@test / { title = $0; sub(/^@test "/, "", title); sub(/" \{$/, "", title) }
		/^@test .*(cgroup|paused|frozen)/ || /needs_(controller|capability|huge_pages)|sys_resource/ {
			if (title != "")
				print title
		}' "$@" | uniq | sed -E 's/\\?[^A-Za-z0-9 ]/./g' | paste -s -d '|'
}

if [ $# = 0 ]; then
	files=(tests/bats/!(compare).bats) # without the peer that it compares with
	set -- --filter "^($(titles "${files[@]}"))\$" "${files[@]}"
fi
tests/vm/make.sh
tools=build/vm/tools
mkdir -p "$tools"
for source in tests/bats/tools/*.c; do
	cc -std=c11 -D_GNU_SOURCE -O1 -static -o "$tools/$(basename "$source" .c)" "$source"
done
exec tests/vm/vm.sh env CC=/warren/tests/vm/cc.sh tests/run-private.sh bats --formatter tap "$@"
