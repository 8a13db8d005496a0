#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# events: what a guest uses, and what happens to it.

load helpers

setup() {
	bundle_new
	[ "$RUNTIME_NAME" != crun ] || skip "crun has no events"
}
teardown() { bundle_remove; }

lines() { wc -l <events; }
has_lines() { [ "$(lines)" -ge "$1" ]; }

# events in the background; $! is its pid, and `rc` in the end says how it ended.
listen() {
	aside bash -c '"$@" >events 2>events.err; echo $? >rc' - "$RUNTIME" --root "$STATE" events "$@"
}
listened() { wait_until test -s rc && same "$(<rc)" 0 && same "$(<events.err)" ''; }

# proves: events --stats
@test "events --stats prints one object, in runc's form" {
	up
	ok rt events --stats "$ID"
	same "$(wc -l <"$BUNDLE/out")" 1
	same "$(jq -r '.type, .id' "$BUNDLE/out" | xargs)" "stats $ID"
	same "$(jq -r '.data | keys_unsorted | join(" ")' "$BUNDLE/out")" \
		'cpu cpuset memory pids blkio hugetlb intel_rdt network_interfaces'
	jq -e '.data.cpu.usage | .kernel >= 0 and .user >= 0' "$BUNDLE/out"
	jq -e '.data.pids.current == 1' "$BUNDLE/out"
	same "$(jq -c '.data.memory | .usage.limit, .kernelTCP' "$BUNDLE/out" | tail -n 1)" \
		'{"limit":0,"failcnt":0}'
	same "$stderr" ''
}

@test "events --stats of a created and of a paused guest" {
	guest 'exec sleep 1000'
	ok rt create "$ID"
	ok rt events --stats "$ID"
	ok rt start "$ID"
	ok rt pause "$ID"
	ok rt events --stats "$ID"
}

@test "events of a guest that is stopped, or that there is none of" {
	ok rt create "$ID"
	rt kill "$ID" KILL
	wait_status "$ID" stopped
	expect 1 rt events --stats "$ID"
	says "container with id $ID is not running"
	expect 1 rt events "$ID"
	says "container with id $ID is not running"
	expect 1 rt events --stats nobody
	says 'does not exist'
}

@test "events --interval takes Go's durations and no others" {
	local interval
	up
	for interval in 0 0s -1s 5 s 1d 1s1 99999999999999999999h; do
		refused rt events --interval "$interval" "$ID"
	done
	warren_only "runc does not check the interval when it does not need it"
	ok rt events --stats --interval 1m30s "$ID"
}

# proves: events, events --interval
@test "events tells the numbers every interval, until the guest ends" {
	is_warren || needs_controller memory
	up
	listen --interval 50ms "$ID"
	wait_until has_lines 3
	same "$(jq -r '.type + " " + .id' events | sort -u)" "stats $ID"
	missing rc
	rt kill "$ID" KILL
	listened
	ok rt delete "$ID"
}

@test "events ends when the guest is deleted by force" {
	warren_only "runc needs the memory controller for it"
	up
	listen "$ID"
	ok rt delete --force "$ID"
	listened
	same "$(lines)" 0
}

@test "events of a paused guest go on" {
	warren_only "runc needs the memory controller for it"
	up
	ok rt pause "$ID"
	listen --interval 50ms "$ID"
	wait_until has_lines 2
	ok rt resume "$ID"
	rt kill "$ID" KILL
	listened
}

@test "events whose reader has gone end by SIGPIPE, and the guest lives" {
	warren_only "runc needs the memory controller for it"
	up
	LIMIT=10 rt events --interval 20ms "$ID" 2>/dev/null | head -n 1 >first
	[ "${PIPESTATUS[0]}" -ne 124 ]
	same "$(jq -r .type first)" stats
	has_status "$ID" running
}

# bats test_tags=old
@test "a guest that runs out of memory is told, once" {
	needs_controller memory
	config_set '.linux.resources.memory = {limit: 16777216, swap: 16777216}'
	guest ': >/tmp/up; while ! [ -e /tmp/go ]; do sleep 0.02; done
		dd if=/dev/zero of=/dev/null bs=64M count=1; exec sleep 1000'
	rm -f rootfs/tmp/up rootfs/tmp/go
	ok rt run -d "$ID"
	wait_until test -e rootfs/tmp/up
	listen --interval 1h "$ID"
	sleep 0.3
	: >rootfs/tmp/go
	wait_until has_lines 1
	same "$(head -n 1 events)" "{\"type\":\"oom\",\"id\":\"$ID\"}"
	sleep 0.2
	same "$(lines)" 1
	rt kill "$ID" KILL
	listened
}

@test "the out of memory that ends the guest is told as well" {
	warren_only "runc ends when the cgroup does, whichever comes first"
	needs_controller memory
	config_set '.linux.resources.memory = {limit: 16777216, swap: 16777216}'
	guest ': >/tmp/up; while ! [ -e /tmp/go ]; do sleep 0.02; done
		exec dd if=/dev/zero of=/dev/null bs=64M count=1'
	rm -f rootfs/tmp/up rootfs/tmp/go
	ok rt run -d "$ID"
	wait_until test -e rootfs/tmp/up
	listen --interval 1h "$ID"
	sleep 0.3
	: >rootfs/tmp/go
	listened
	same "$(<events)" "{\"type\":\"oom\",\"id\":\"$ID\"}"
}

# bats test_tags=old
@test "events --stats counts memory, processes and processor time" {
	needs_controller memory
	needs_controller pids
	config_set '.linux.resources = {memory: {limit: 67108864}, pids: {limit: 30}}'
	up
	ok rt events --stats "$ID"
	jq -e '.data.memory | .usage.limit == 67108864 and .usage.usage > 0 and .raw.anon >= 0' "$BUNDLE/out"
	jq -e '.data.pids == {current: 1, limit: 30}' "$BUNDLE/out"
}
