#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# suite.sh [BATS ARGS]: runs bats in the virtual machine, as TAP; by default those tests of tests/bats,
# by their names, that need controllers of cgroup v2 or may behave differently with them. The machine
# has no compiler: what the tests would compile is compiled here, and cc.sh stands in there.
set -eu
. "$(dirname "$0")/../common.bash"

about='limit|cgroup|oom|paused|frozen'
files=(tests/bats/{limits,process,config,exec,life,mounts,namespaces}.bats)
tools=build/vm/tools

[ $# -gt 0 ] || set -- --filter "$about" "${files[@]}"
tests/vm/make.sh
mkdir -p "$tools"
for source in tests/bats/tools/*.c; do
	cc -std=c11 -D_GNU_SOURCE -O1 -static -o "$tools/$(basename "$source" .c)" "$source"
done
exec tests/vm/vm.sh env CC=/warren/tests/vm/cc.sh tests/run-private.sh bats --formatter tap "$@"
