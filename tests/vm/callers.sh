#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# callers.sh [BATS ARGS]: runs bats in the virtual machine that has systemd and the engines, with ten times
# the patience, as TAP; by default those tests of tests/callers that are tagged "vm". These run in two
# machines at once, for each has one processor and Podman takes as long as all others.
set -eu
. "$(dirname "$0")/../common.bash"
shopt -s extglob

machine()
{
	tests/vm/vm.sh -s env CC=/warren/tests/vm/cc.sh WAIT=100 LIMIT=300 SYSTEMD_ROOT=/ \
		tests/run-private.sh "$@"
}

both()
{
	local later=build/vm/podman.tap status=0

	machine tests/vm/tagged.sh vm tests/callers/podman.bats >"$later" 2>&1 &
	machine tests/vm/tagged.sh vm tests/callers/!(podman).bats || status=$?
	wait $! || status=$?
	cat "$later"
	return "$status"
}

# Two streams of TAP become one, whose plan stands at the end.
one_stream()
{
	local line plan=0 seen=0

	while IFS= read -r line; do
		if [[ $line =~ ^1\.\.([0-9]+) ]]; then
			plan=$((plan + BASH_REMATCH[1]))
			continue
		elif [[ $line =~ ^((not )?ok )[0-9]+( .*)$ ]]; then
			line=${BASH_REMATCH[1]}$((++seen))${BASH_REMATCH[3]}
		fi
		say "$line"
	done
	say "1..$plan"
}

build_release
tests/vm/make.sh systemd
tests/vm/tools.sh
if [ $# -gt 0 ]; then
	machine bats --formatter tap "$@"
	exit
fi
both | one_stream
exit "${PIPESTATUS[0]}"
