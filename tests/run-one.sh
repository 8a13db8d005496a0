#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run-one.sh NAME COMMAND [ARGS]: a command, or a function of common.bash, as a TAP program of one test.
set -eu
. "$(dirname "$0")/common.bash"

name=$1
shift
say 1..1
# set -e does not hold inside a condition, hence the subshell that is none.
set +e
output=$(set -e; "$@" 2>&1)
status=$?
if [ "$status" = 0 ]; then
	say "ok 1 - $name"
else
	say "not ok 1 - $name (exit status $status)"
	tail -n 60 <<<"$output" | sed 's/^/# /'
	exit 1
fi
