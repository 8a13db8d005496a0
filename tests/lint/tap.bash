# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# TAP for the lints: source it, check or skip, and end with tap_done.

. "$(dirname "${BASH_SOURCE[0]}")/../common.bash"

tap_count=0
tap_failed=0

# check NAME COMMAND [ARGS]: ok when it succeeds; what it prints stands below the line either way.
check()
{
	local name=$1 output status=0
	shift

	output=$(set -e; "$@" 2>&1) || status=$?
	tap_count=$((tap_count + 1))
	if [ "$status" = 0 ]; then
		say "ok $tap_count - $name"
	else
		say "not ok $tap_count - $name"
		tap_failed=$((tap_failed + 1))
	fi
	[ -z "$output" ] || sed 's/^/# /' <<<"$output"
}

skip()
{
	tap_count=$((tap_count + 1))
	say "ok $tap_count - $1 # SKIP $2"
}

# none COMMAND [ARGS]: succeeds when the command prints nothing.
none()
{
	local output

	output=$("$@") || true
	[ -z "$output" ] || { say "$output"; return 1; }
}

tap_done()
{
	say "1..$tap_count"
	[ "$tap_failed" = 0 ]
}
