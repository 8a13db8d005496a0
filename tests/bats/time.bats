#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Time namespaces: clocks that differ from the host's, for the guest, its exec and nobody else.

load helpers

setup() {
	[ -e /proc/self/ns/time ] || skip "needs time namespaces"
	bundle_new
}
teardown() { bundle_remove; }

# A day each, so that no waiting can hide a clock that was not set.
offsets() {
	namespace_set time
	config_set '.linux.timeOffsets = {monotonic: {secs: $m}, boottime: {secs: $b, nanosecs: 5}}' \
		--argjson m 86400 --argjson b 172800
}

# The clocks as a process sees them, in whole seconds: /proc/uptime is the boottime clock.
uptime_of() { cut -d . -f 1 /proc/uptime; }

# near GOT WANTED: within a minute, which a slow machine may need.
near() { [ "$1" -ge "$2" ] && [ "$1" -le $(($2 + 60)) ] || { echo "got $1, expected about $2"; return 1; }; }

# bats test_tags=old
# proves: linux.timeOffsets.monotonic|boottime, linux.timeOffsets.*.secs
@test "a guest has the clocks that timeOffsets say" {
	local before
	offsets
	before=$(uptime_of)
	run_guest 'cut -d . -f 1 /proc/uptime; cat /proc/self/timens_offsets | tr -s " "'
	near "$(sed -n 1p <<<"$output")" $((before + 172800))
	same "$(sed -n 2,3p <<<"$output")" $'monotonic 86400 0\nboottime 172800 5'
}

# proves: linux.timeOffsets.*.nanosecs
@test "offsets may be negative, as long as no clock is" {
	namespace_set time
	config_set '.linux.timeOffsets = {monotonic: {secs: -1, nanosecs: 500000000}}'
	run_guest 'tr -s " " </proc/self/timens_offsets'
	prints $'monotonic -1 500000000\nboottime 0 0'
	warm_up
	config_set '.linux.timeOffsets.monotonic.secs = -1000000000'
	refused rt run "$ID"
	is_warren || return 0
	says linux.timeOffsets
	nothing_left
}

@test "a time namespace without offsets is a new one with the host's clocks" {
	local before
	namespace_set time
	before=$(uptime_of)
	run_guest 'readlink /proc/self/ns/time; cut -d . -f 1 /proc/uptime'
	[ "$(sed -n 1p <<<"$output")" != "$(readlink /proc/self/ns/time)" ]
	near "$(sed -n 2p <<<"$output")" "$before"
}

# proves: linux.namespaces[].type=time
@test "init and its children are in the time namespace, already while it is created" {
	local ns
	offsets
	guest 'readlink /proc/self/ns/time; readlink /proc/self/ns/time_for_children'
	rt create "$ID" >out 2>&1 </dev/null
	ns=$(readlink "/proc/$(pid_of "$ID")/ns/time")
	[ "$ns" != "$(readlink /proc/self/ns/time)" ]
	ok rt start "$ID"
	wait_status "$ID" stopped
	same "$(<out)" "$ns"$'\n'"$ns"
}

@test "without one a guest is in the caller's time namespace" {
	run_guest 'readlink /proc/self/ns/time'
	prints "$(readlink /proc/self/ns/time)"
}

# bats test_tags=old
@test "exec joins the time namespace" {
	local before
	offsets
	up
	ok rt exec "$ID" readlink /proc/self/ns/time
	prints "$(readlink "/proc/$(pid_of "$ID")/ns/time")"
	before=$(uptime_of)
	ok rt exec "$ID" cut -d . -f 1 /proc/uptime
	near "$output" $((before + 172800))
}

@test "a time namespace is joined by path" {
	local other=$ID-other
	offsets
	up
	namespace_set time "/proc/$(pid_of "$ID")/ns/time"
	config_set 'del(.linux.timeOffsets) | .linux.cgroupsPath += "-other"'
	guest 'readlink /proc/self/ns/time; tr -s " " </proc/self/timens_offsets'
	ok rt run "$other"
	prints "$(readlink "/proc/$(pid_of "$ID")/ns/time")"$'\nmonotonic 86400 0\nboottime 172800 5'
}

@test "a path that is no time namespace is refused" {
	namespace_set time /proc/self/ns/uts
	refused rt create "$ID"
}

@test "a guest with a user namespace has the clocks that timeOffsets say" {
	local before
	user_namespace
	offsets
	before=$(uptime_of)
	run_guest 'cut -d . -f 1 /proc/uptime; readlink /proc/self/ns/time'
	near "$(sed -n 1p <<<"$output")" $((before + 172800))
	[ "$(sed -n 2p <<<"$output")" != "$(readlink /proc/self/ns/time)" ]
}

@test "exec joins the time namespace of a guest with a user namespace" {
	user_namespace
	offsets
	up
	ok rt exec "$ID" readlink /proc/self/ns/time
	prints "$(readlink "/proc/$(pid_of "$ID")/ns/time")"
}

@test "a guest in the host's pid namespace has the clocks that timeOffsets say" {
	local before
	namespace_drop pid
	offsets
	before=$(uptime_of)
	run_guest 'cut -d . -f 1 /proc/uptime'
	near "$output" $((before + 172800))
}

@test "features lists the time namespace" {
	"$RUNTIME" features | jq -e '.linux.namespaces | any(. == "time")'
}
