#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# update: other limits for a guest that lives.

load helpers

setup() { bundle_new; }
teardown() { bundle_remove; }

limit_of() { cat "$CG/guest/$1"; }
# What counts is in a file of its own once there has been an update.
saved() {
	local file=$STATE/$ID/updated.json
	[ -e "$file" ] || file=$STATE/$ID/config.json
	jq -c ".linux.resources$1" "$file"
}

# update with its resources on standard input: callers do it so.
update() { rt update --resources=- "$ID" <<<"$1"; }

try_update() {
	status=0
	update "$1" >"$BUNDLE/out" 2>"$BUNDLE/err" || status=$?
	output=$(<"$BUNDLE/out")
	stderr=$(<"$BUNDLE/err")
}
updated() { try_update "$1"; [ "$status" -eq 0 ] || explain "expected to be updated: $1"; }
not_updated() { try_update "$1"; [ "$status" -eq 1 ] && [ -n "$stderr" ] || explain "expected a refusal: $1"; }

huge() { # SIZE BYTES
	printf '{"hugepageLimits":[{"pageSize":"%s","limit":%d}]}' "$1" "$2"
}

needs_huge_pages() {
	warren_only "peers leave hugepageLimits of an update alone"
	needs_controller hugetlb
	[ -d /sys/kernel/mm/hugepages/hugepages-2048kB ] || skip "needs huge pages of 2 MB"
}

# ---- who can be updated ---------------------------------------------------------

@test "update without anything to change changes nothing" {
	up
	ok rt update "$ID"
	prints ''
	updated '{}'
	if is_warren; then
		before=$(saved '')
		updated '{"memory":{"limit":0,"swap":0},"cpu":{"shares":0,"cpus":""},"blockIO":{"weight":0}}'
		same "$(saved '')" "$before"
	fi
	has_status "$ID" running
}

@test "update of a guest that is stopped, or that there is none of" {
	refused rt update --pids-limit 5 nobody
	says 'does not exist'
	ok rt create "$ID"
	rt kill "$ID" KILL
	wait_status "$ID" stopped
	expect 1 rt update --pids-limit 5 "$ID"
	[ "$RUNTIME_NAME" = crun ] || says 'container not running'
}

@test "a created and a paused guest can be updated" {
	needs_huge_pages
	guest 'exec sleep 1000'
	ok rt create "$ID"
	updated "$(huge 2MB 4194304)"
	same "$(limit_of hugetlb.2MB.max)" 4194304
	ok rt start "$ID"
	ok rt pause "$ID"
	updated "$(huge 2MB 8388608)"
	same "$(limit_of hugetlb.2MB.max)" 8388608
	wait_status "$ID" paused
}

# ---- where the limits come from -------------------------------------------------

# proves: update --resources
@test "--resources changes what the file says" {
	needs_controller pids
	up
	echo '{"pids": {"limit": 33}}' >resources.json
	ok rt update --resources resources.json "$ID"
	same "$(limit_of pids.max)" 33
	updated '{"pids": {"limit": 34}}'
	same "$(limit_of pids.max)" 34
}

@test "--resources reads a file, a pipe and standard input" {
	needs_huge_pages
	up
	huge 2MB 4194304 >resources.json
	ok rt update --resources resources.json "$ID"
	same "$(limit_of hugetlb.2MB.max)" 4194304
	ok rt update -r <(huge 2MB 6291456) "$ID"
	same "$(limit_of hugetlb.2MB.max)" 6291456
	rt update -r - "$ID" <<<"$(huge 2MB 8388608)"
	same "$(limit_of hugetlb.2MB.max)" 8388608
}

@test "with --resources the single options are ignored" {
	up
	echo '{}' >resources.json
	ok rt update --resources resources.json --memory 1 --pids-limit 1 "$ID"
}

@test "resources are read strictly: what is wrong is refused by its place" {
	warren_only "strictness, and the wording"
	up
	not_updated '{"memory":{"limit":"64m"}}'
	says 'standard input: memory.limit: expected integer, got string (line 1, column 20)'
	not_updated '{"memory":'
	not_updated '{"pids":{"limit":1},"pids":{"limit":2}}'
	not_updated '{"cpu":{"period":1}}'
	says 'cpu.period'
	not_updated '{"memory":{"swappiness":50}}'
	says 'cgroup v2 has no such limit'
	not_updated '{"unified":{"cgroup.procs":"0"}}'
	printf '{}\0{}' >zero.json
	expect 1 rt update -r zero.json "$ID"
	expect 1 rt update -r missing.json "$ID"
	says 'missing.json'
	says_not 'no such file'
}

@test "single options are read strictly" {
	warren_only "the wording"
	local option
	up
	for option in --memory=64q --memory=1.5 --memory=-2 --memory-swap=x --cpu-share=-1 --cpu-quota=1k \
		--cpu-period=1 --cpu-idle=2 --cpuset-cpus=x --pids-limit=9999999999999999999 \
		--blkio-weight=5 --cpu-rt-runtime=1; do
		expect 1 rt update "$option" "$ID"
	done
	expect 1 rt update --memory 64q "$ID"
	says 'memory.limit: expected bytes, a size like 512m, or -1, got "64q"'
}

# proves: update --kernel-memory|--kernel-memory-tcp
@test "what old callers give is accepted, and does nothing" {
	[ "$RUNTIME_NAME" != crun ] || skip "crun refuses it"
	up
	ok rt update --kernel-memory 1 --kernel-memory-tcp 2 "$ID"
}

# proves: update --cpu-rt-period|--cpu-rt-runtime
@test "the options of real-time groups, which cgroup v2 has not, are refused" {
	up
	refused rt update --cpu-rt-period 1000000 "$ID"
	refused rt update --cpu-rt-runtime 1000 "$ID"
}

# proves: update --l3-cache-schema|--mem-bw-schema
@test "schemas of resctrl need a group of resctrl" {
	warren_only "peers differ by the machine"
	up
	refused rt update --l3-cache-schema 'L3:0=f' "$ID"
	! is_warren || says 'l3-cache-schema: the container has no group of resctrl: create it with linux.intelRdt'
	echo '{}' >empty
	refused rt update --mem-bw-schema 'MB:0=20' --resources "$BUNDLE/empty" "$ID"
	! is_warren || says 'mem-bw-schema: the container has no group of resctrl'
}

# ---- what is changed ------------------------------------------------------------

@test "what is not given stays as it is, and the next update knows of the last one" {
	needs_huge_pages
	[ -d /sys/kernel/mm/hugepages/hugepages-1048576kB ] || skip "needs huge pages of 1 GB"
	config_set '.linux.resources.hugepageLimits = [{pageSize: "2MB", limit: 4194304}]'
	up
	updated '{"unified":{"hugetlb.1GB.max":"0"}}'
	same "$(limit_of hugetlb.2MB.max)" 4194304
	same "$(limit_of hugetlb.1GB.max)" 0
	updated "$(huge 2MB 8388608)"
	same "$(limit_of hugetlb.2MB.max)" 8388608
	same "$(limit_of hugetlb.1GB.max)" 0
	same "$(saved '.hugepageLimits')" '[{"pageSize":"2MB","limit":8388608}]'
	same "$(saved '.unified')" '{"hugetlb.1GB.max":"0"}'
}

@test "what was remembered at create stays, with what the runtime does not know of" {
	warren_only "its state directory"
	config_set '.unknown = {key: [1, null]} | .linux.resources.unknown = "text"'
	up
	updated '{}'
	cmp config.json "$STATE/$ID/config.json"
	if grep -qw hugetlb "$CG_MOUNT/cgroup.controllers"; then
		updated "$(huge 2MB 8388608)"
		cmp config.json "$STATE/$ID/config.json"
	fi
	ok rt exec "$ID" true
	ok rt delete --force "$ID"
	missing "$STATE/$ID"
}

@test "device rules are not touched" {
	warren_only "peers say nothing of the rules either, but remember them"
	up
	before=$(saved .devices)
	updated '{"devices":[{"allow":false,"access":"rwm"}]}'
	same "$(saved .devices)" "$before"
	ok rt exec "$ID" sh -c ': >/dev/null'
}

@test "all or nothing: a limit that fails puts the others back, and nothing is remembered" {
	needs_huge_pages
	config_set '.linux.resources.hugepageLimits = [{pageSize: "2MB", limit: 4194304}]'
	up
	before=$(saved '')
	not_updated '{"hugepageLimits":[{"pageSize":"2MB","limit":8388608}],"unified":{"hugetlb.1GB.max":"junk"}}'
	says 'the limits are as they were'
	says 'hugetlb.1GB.max'
	same "$(limit_of hugetlb.2MB.max)" 4194304
	same "$(limit_of hugetlb.2MB.rsvd.max)" 4194304
	same "$(saved '')" "$before"
}

@test "all or nothing: also when the new configuration cannot be written" {
	needs_huge_pages
	config_set '.linux.resources.hugepageLimits = [{pageSize: "2MB", limit: 4194304}]'
	up
	before=$(limit_of hugetlb.2MB.max)
	mkdir "$STATE/$ID/.updated.json.tmp"
	not_updated "$(huge 2MB 8388608)"
	says 'the limits are as they were'
	same "$(limit_of hugetlb.2MB.max)" "$before"
	rmdir "$STATE/$ID/.updated.json.tmp"
}

@test "a limit without its controller is refused by name" {
	warren_only "the wording"
	grep -qw memory "$CG_MOUNT/cgroup.controllers" && skip "memory is on cgroup v2 here"
	up
	expect 1 rt update --memory 64m "$ID"
	says 'linux.resources.memory.limit: the memory controller is not available'
	ok rt update --memory -1 --pids-limit -1 "$ID"
}

# ---- memory, pids, cpu, io ------------------------------------------------------

# bats test_tags=old
# proves: update --memory
@test "memory: a limit" {
	needs_controller memory
	up
	ok rt update --memory 67108864 "$ID"
	same "$(limit_of memory.max)" 67108864
}

# proves: update --memory-reservation
@test "memory: a reservation" {
	needs_controller memory
	up
	ok rt update --memory-reservation 16777216 "$ID"
	same "$(limit_of memory.low)" 16777216
}

# proves: update --memory-swap
@test "memory: a limit of memory and swap together" {
	needs_controller memory
	[ "$(wc -l </proc/swaps)" -gt 1 ] || skip "needs a swap area"
	up
	ok rt update --memory 67108864 --memory-swap 100663296 "$ID"
	same "$(limit_of memory.max)" 67108864
	same "$(limit_of memory.swap.max)" 33554432
}

@test "memory: limits, sizes, and swap that counts both" {
	needs_controller memory
	up
	ok rt update --memory 64m "$ID"
	same "$(limit_of memory.max)" 67108864
	if [ -e "$CG/guest/memory.swap.max" ]; then
		ok rt update --memory-swap 96m "$ID"
		same "$(limit_of memory.swap.max)" 33554432
		ok rt update --memory 80m "$ID"
		same "$(limit_of memory.max)" 83886080
		is_warren && same "$(limit_of memory.swap.max)" 16777216
		refused rt update --memory 128m "$ID"
		same "$(limit_of memory.max)" 83886080
	fi
	ok rt update --memory-reservation 16m "$ID"
	same "$(limit_of memory.low)" 16777216
	ok rt update --memory 0 "$ID"
	same "$(limit_of memory.max)" 83886080
	ok rt update --memory -1 "$ID"
	same "$(limit_of memory.max)" max
	[ ! -e "$CG/guest/memory.swap.max" ] || same "$(limit_of memory.swap.max)" max
}

# proves: linux.resources.memory.checkBeforeUpdate
@test "memory.checkBeforeUpdate: rather no new limit than a guest killed for it" {
	warren_only "the wording"
	needs_controller memory
	config_set '.linux.resources.memory = {limit: 268435456}'
	up 'dd if=/dev/zero of=/dev/shm/fill bs=1M count=8 2>/dev/null'
	[ "$(limit_of memory.current)" -gt 8388608 ] || skip "the guest has no tmpfs to fill"
	not_updated '{"memory":{"limit":1048576,"checkBeforeUpdate":true}}'
	! is_warren || says 'rejecting memory limit 1048576 <= usage'
	same "$(limit_of memory.max)" 268435456
	has_status "$ID" running
}

# proves: update, update --pids-limit
@test "pids: a limit, no limit, and a change that fails after it" {
	needs_controller pids
	up
	ok rt update --pids-limit 20 "$ID"
	same "$(limit_of pids.max)" 20
	is_warren && not_updated '{"pids":{"limit":10},"unified":{"pids.max":"junk"}}' &&
		same "$(limit_of pids.max)" 20
	ok rt update --pids-limit -1 "$ID"
	same "$(limit_of pids.max)" max
}

# proves: update --cpu-quota|--cpu-period
@test "cpu: a quota and a period" {
	needs_controller cpu
	up
	ok rt update --cpu-quota 50000 "$ID"
	same "$(limit_of cpu.max)" '50000 100000'
	ok rt update --cpu-quota 60000 --cpu-period 200000 "$ID"
	same "$(limit_of cpu.max)" '60000 200000'
}

@test "cpu: quota and period are kept apart" {
	needs_controller cpu
	up
	ok rt update --cpu-quota 50000 "$ID"
	same "$(limit_of cpu.max)" '50000 100000'
	ok rt update --cpu-period 200000 "$ID"
	same "$(limit_of cpu.max)" '50000 200000'
	ok rt update --cpu-quota 60000 "$ID"
	same "$(limit_of cpu.max)" '60000 200000'
	ok rt update --cpu-quota -1 "$ID"
	same "$(limit_of cpu.max)" 'max 200000'
}


# proves: update --cpu-burst
@test "cpu: a burst" {
	needs_controller cpu
	config_set '.linux.resources.cpu = {quota: 50000, period: 100000}'
	up
	ok rt update --cpu-burst 20000 "$ID"
	same "$(limit_of cpu.max.burst)" 20000
}

# proves: update --cpu-share
@test "cpu: a share" {
	needs_controller cpu
	up
	ok rt update --cpu-share 512 "$ID"
	same "$(limit_of cpu.weight)" 59
}

# proves: update --cpu-idle
@test "cpu: a guest that is no longer idle has its weight again" {
	needs_controller cpu
	up
	ok rt update --cpu-share 512 "$ID"
	[ -e "$CG/guest/cpu.idle" ] || skip "needs cpu.idle (5.15)"
	weight=$(limit_of cpu.weight)
	ok rt update --cpu-idle 1 "$ID"
	same "$(limit_of cpu.idle)" 1
	ok rt update --cpu-idle 0 "$ID"
	same "$(limit_of cpu.idle)" 0
	is_warren && same "$(limit_of cpu.weight)" "$weight"
	if is_warren; then
		not_updated '{"cpu":{"idle":1},"unified":{"cpu.max":"junk"}}'
		same "$(limit_of cpu.idle)" 0
		same "$(limit_of cpu.weight)" "$weight"
	fi
}

# proves: update --cpuset-cpus|--cpuset-mems
@test "cpuset: processors and nodes" {
	needs_controller cpuset
	up
	ok rt update --cpuset-cpus 0 --cpuset-mems 0 "$ID"
	same "$(limit_of cpuset.cpus)" 0
	same "$(limit_of cpuset.mems)" 0
}

# proves: update --blkio-weight
@test "blkio: a weight" {
	needs_controller io
	up
	needs_io_weight
	ok rt update --blkio-weight 505 "$ID"
	has_io_weight 505 5000
}
