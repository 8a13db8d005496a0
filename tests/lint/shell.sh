#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The shell of the project passes shellcheck.
set -eu
. "$(dirname "$0")/tap.bash"

# Left out: what is sourced by a computed name (1091), functions called by name (2317), jq's own
# variables in single quotes (2016), and three matters of taste (2001, 2002, 2015).
left_out=SC1091,SC2001,SC2002,SC2015,SC2016,SC2317

clean() { shellcheck -x -P SCRIPTDIR -e "$left_out" "$@"; }

# In a test file every variable that a helper sets or reads looks unassigned or unused.
clean_bats() { shellcheck -s bats -e "$left_out,SC2030,SC2031,SC2034,SC2154" "$@"; }

if ! command -v shellcheck >/dev/null; then
	skip "shellcheck" "shellcheck is not installed"
	tap_done
	exit
fi
for file in dev .ci/run $(find_sources '*.sh' '*.bash'); do
	check "$file" clean "$file"
done
for file in $(find_sources '*.bats'); do
	check "$file" clean_bats "$file"
done
tap_done
