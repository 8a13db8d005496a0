#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The sources are as `./dev format` leaves them. One version, or two machines would disagree.
set -eu
. "$(dirname "$0")/tap.bash"

formatted()
{
	local output

	output=$(find_sources '*.c' '*.h' | xargs clang-format-14 --dry-run 2>&1 |
		sed -n 's/^\([^:]*\):[0-9]*:[0-9]*: warning:.*/\1/p' | sort | uniq -c)
	[ -z "$output" ] || { say "complaints by file; ./dev format mends them" "$output"; return 1; }
}

if command -v clang-format-14 >/dev/null; then
	check "clang-format 14" formatted
else
	skip "clang-format 14" "this system has no package of clang-format-14"
fi
tap_done
