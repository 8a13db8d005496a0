#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The programs of tests/bats/tools for the virtual machine, which has no compiler: cc.sh stands in there.
set -eu
. "$(dirname "$0")/../common.bash"

tools=build/vm/tools
mkdir -p "$tools"
for source in tests/bats/tools/*.c; do
	[ ! "$tools/$(basename "$source" .c)" -nt "$source" ] || continue # a machine may be taking it along
	cc -std=c11 -D_GNU_SOURCE -O1 -static -o "$tools/$(basename "$source" .c)" "$source"
done
