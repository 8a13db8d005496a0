#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Limits, by what they do to a guest that wants more. Most need a controller on cgroup v2, some a swap
# or free huge pages: ./dev test vm runs this file in a machine that has them all.

load helpers

setup() { bundle_new; }

teardown() {
	[ -z "${DISK:-}" ] || losetup -d "$DISK"
	bundle_remove
}

MIB=1048576

resources() { config_set ".linux.resources += $1"; }

# One number of a file of the guest's cgroup: guest_value memory.events oom_kill
guest_value() { awk -v key="$2" '$1 == key { print $2 }' "$CG/guest/$1"; }
guest_reaches() { [ "$(guest_value "$1" "$2")" -ge "$3" ]; }

# A program that needs so many MiB of memory at once.
need_memory() { program dd if=/dev/zero of=/dev/null bs="$1M" count=1; }

needs_capability() { setpriv --dump | grep -q "$1" || skip "needs the capability $1"; }

# A block device of 4 MiB in $DISK, its number in $MAJOR and $MINOR, and as /dev/disk in the guest.
disk_new() {
	truncate -s 4M "$BUNDLE/disk"
	DISK=$(losetup -f --show "$BUNDLE/disk") || skip "needs a loop device"
	MAJOR=$((0x$(stat -c %t "$DISK"))) MINOR=$((0x$(stat -c %T "$DISK")))
	config_set '.linux.devices = [{type: "b", path: "/dev/disk", major: $major, minor: $minor}]' \
		--argjson major "$MAJOR" --argjson minor "$MINOR"
	allow_disk rwm
}

allow_disk() {
	resources '{devices: [{allow: false, access: "rwm"},
		{allow: true, type: "b", major: '"$MAJOR"', minor: '"$MINOR"', access: "'"$1"'"}]}'
}

# ---- memory ---------------------------------------------------------------------------

# bats test_tags=old
# proves: linux.resources.memory.limit
@test "a guest over its memory limit is killed, one below it is not" {
	needs_controller memory
	resources "{memory: {limit: $((64 * MIB)), swap: $((64 * MIB))}}"
	need_memory 16
	ok rt run "$ID"
	need_memory 128
	expect 137 rt run "$ID"
}

@test "the memory limit holds for exec, and memory.events counts who was killed" {
	needs_controller memory
	resources "{memory: {limit: $((32 * MIB)), swap: $((32 * MIB))}}"
	up
	same "$(guest_value memory.events oom_kill)" 0
	expect 137 rt exec "$ID" dd if=/dev/zero of=/dev/null bs=64M count=1
	guest_reaches memory.events oom_kill 1
	has_status "$ID" running
	ok rt exec "$ID" true
}

@test "a guest with a memory limit of 512 KiB starts" {
	needs_controller memory
	resources '{memory: {limit: 524288}}'
	program true
	ok rt run "$ID"
}

@test "memory.oom.group kills all of a guest over its limit, without it the rest lives" {
	needs_controller memory
	resources "{memory: {limit: $((32 * MIB)), swap: $((32 * MIB))}}"
	guest 'dd if=/dev/zero of=/dev/null bs=64M count=1; echo lives'
	ok rt run "$ID"
	says lives
	resources '{unified: {"memory.oom.group": "1"}}'
	expect 137 rt run "$ID"
	says_not lives
}

@test "memory.high limits what a guest keeps in the page cache" {
	needs_controller memory
	[ "$(stat -f -c %T "$BUNDLE")" != tmpfs ] || skip "needs TMPDIR on a disk"
	resources '{unified: {"memory.high": "'"$((8 * MIB))"'"}}'
	up 'dd if=/dev/zero of=/file bs=1M count=24'
	guest_reaches memory.events high 1
	[ "$(<"$CG/guest/memory.current")" -lt $((12 * MIB)) ]
}

# proves: linux.resources.memory.swap
@test "the swap limit is what memory.swap has above memory.limit" {
	needs_controller memory
	[ "$(wc -l </proc/swaps)" -gt 1 ] || skip "needs a swap area"
	resources "{memory: {limit: $((32 * MIB)), swap: $((96 * MIB))}}"
	need_memory 48
	ok rt run "$ID"
	up
	same "$(<"$CG/guest/memory.swap.max")" $((64 * MIB))
	ok rt delete --force "$ID"
	resources "{memory: {limit: $((32 * MIB)), swap: $((32 * MIB))}}"
	need_memory 48
	expect 137 rt run "$ID"
}

@test "a guest that may write to its cgroup cannot lift its limits" {
	needs_controller memory
	grep -q ' /sys/fs/cgroup .*- cgroup2 .*nsdelegate' /proc/self/mountinfo || skip "needs nsdelegate"
	config_set '(.mounts[] | select(.destination == "/sys/fs/cgroup").options) -= ["ro"]'
	resources "{memory: {limit: $((64 * MIB))}}"
	run_guest 'mkdir /sys/fs/cgroup/below && echo may write
		echo max >/sys/fs/cgroup/memory.max || cat /sys/fs/cgroup/memory.max'
	prints $'may write\n67108864'
}

# ---- pids -------------------------------------------------------------------------------

# The bomb is of 512 processes: a host without the limit survives it.
# proves: linux.resources.pids.limit
@test "the pids limit stops a fork bomb, and the host does not feel it" {
	needs_controller pids
	resources '{pids: {limit: 20}}'
	guest 'bomb() { [ "$1" != 0 ] || exec sleep 1000; bomb $(($1 - 1)) | bomb $(($1 - 1)) & }
		(bomb 8); exec sleep 1000'
	ok rt run -d "$ID"
	wait_until guest_reaches pids.events max 5
	[ "$(<"$CG/guest/pids.current")" -le 20 ]
	LIMIT=10 has_status "$ID" running
	LIMIT=10 ok rt kill "$ID" KILL
	wait_status "$ID" stopped
}

# ---- cpu --------------------------------------------------------------------------------

# proves: linux.resources.cpu.quota|period
@test "a guest gets no more of the cpu than its limit" {
	local quota=10000 usage periods
	needs_controller cpu
	resources "{cpu: {quota: $quota, period: 50000}}"
	guest 'while :; do :; done'
	ok rt run -d "$ID"
	wait_until guest_reaches cpu.stat nr_throttled 1
	usage=$(guest_value cpu.stat usage_usec)
	periods=$(guest_value cpu.stat nr_periods)
	wait_until guest_reaches cpu.stat nr_periods $((periods + 40))
	usage=$(($(guest_value cpu.stat usage_usec) - usage))
	periods=$(($(guest_value cpu.stat nr_periods) - periods))
	echo "$usage us of cpu in $periods periods"
	[ "$usage" -le $((quota * periods * 11 / 10)) ]
	[ "$usage" -ge $((quota * periods / 4)) ] # the guest did want it
}

# proves: linux.resources.cpu.shares
@test "cpu.shares of 2, 1024 and 262144 become cpu.weight of the cgroup: 1, 100 and 10000" {
	local pair
	needs_controller cpu
	for pair in 2:1 1024:100 262144:10000; do
		resources "{cpu: {shares: ${pair%:*}, quota: 50000}}" # a weight of 100 alone needs no cpu.weight
		ok rt create "$ID"
		same "$(<"$CG/guest/cpu.weight")" "${pair#*:}"
		ok rt delete --force "$ID"
	done
}

# proves: linux.resources.cpu.idle|burst
@test "cpu.idle and cpu.burst are written to the cgroup" {
	needs_controller cpu
	resources '{cpu: {idle: 1, quota: 20000, period: 100000, burst: 10000}}'
	up
	same "$(<"$CG/guest/cpu.idle")" 1
	same "$(<"$CG/guest/cpu.max.burst")" 10000
}

# bats test_tags=old
# proves: linux.resources.cpu.cpus
@test "cpuset.cpus limits a guest to a processor, and one that is not there is refused" {
	local last
	needs_controller cpuset
	last=$(sed 's/.*[-,]//' /sys/devices/system/cpu/online)
	resources '{cpu: {cpus: "'"$last"'", mems: "0"}}'
	run_guest 'grep Cpus_allowed_list /proc/self/status | cut -f 2'
	prints "$last"
	resources '{cpu: {cpus: "8191"}}'
	refused rt run "$ID"
	is_warren || return 0
	says 'linux.resources.cpu.cpus'
}


# bats test_tags=old
# proves: linux.resources.cpu.mems
@test "cpuset.mems limits a guest to a memory node, and one that is not there is refused" {
	needs_controller cpuset
	resources '{cpu: {mems: "0"}}'
	up
	same "$(<"$CG/guest/cpuset.mems")" 0
	ok rt delete --force "$ID"
	resources '{cpu: {mems: "1023"}}'
	refused rt run "$ID"
}

# ---- io ----------------------------------------------------------------------------------

@test "a limit of bytes a second slows a guest's reading" {
	local begin
	needs_controller io
	disk_new
	resources '{blockIO: {throttleReadBpsDevice: [{major: '"$MAJOR"', minor: '"$MINOR"', rate: '$MIB'}]}}'
	guest ': >/tmp/up; read line </tmp/go; dd if=/dev/disk of=/dev/null bs=64k count=48'
	mkfifo rootfs/tmp/go
	ok rt run -d "$ID"
	wait_until test -e rootfs/tmp/up
	same "$(<"$CG/guest/io.max")" "$MAJOR:$MINOR rbps=$MIB wbps=max riops=max wiops=max"
	begin=${EPOCHREALTIME/./}
	echo >rootfs/tmp/go
	wait_status "$ID" stopped
	[ $((${EPOCHREALTIME/./} - begin)) -ge 2000000 ] # 3 MiB
}

# proves: linux.resources.blockIO.throttleReadBpsDevice|throttleWriteBpsDevice|throttleReadIOPSDevice|throttleWriteIOPSDevice
# proves: linux.resources.blockIO.throttle*Device[].major|minor|rate
@test "an io limit of each kind is written, and one of no device is refused" {
	needs_controller io
	disk_new
	resources '([{major: '"$MAJOR"', minor: '"$MINOR"', rate: 5000}] as $rate | {blockIO: {weight: 505,
		throttleReadBpsDevice: $rate, throttleWriteBpsDevice: $rate,
		throttleReadIOPSDevice: $rate, throttleWriteIOPSDevice: $rate}})'
	up
	same "$(<"$CG/guest/io.max")" "$MAJOR:$MINOR rbps=5000 wbps=5000 riops=5000 wiops=5000"
	[ ! -e "$CG/guest/io.weight" ] || has_io_weight 505 5000
	ok rt delete --force "$ID"
	resources '{blockIO: {throttleReadBpsDevice: [{major: 4000, minor: 0, rate: 5000}]}}'
	refused rt run "$ID"
}


# proves: linux.resources.blockIO.weight
@test "blockIO.weight is written to the cgroup, from 10 to 1000" {
	local pair
	needs_controller io
	needs_io_weight
	for pair in 10:1 505:5000 1000:10000; do
		resources "{blockIO: {weight: ${pair%:*}}}"
		ok rt create "$ID"
		has_io_weight "${pair%:*}" "${pair#*:}"
		ok rt delete --force "$ID"
	done
}

# proves: linux.resources.blockIO.weightDevice[].major|minor|weight
@test "blockIO.weightDevice is written to the cgroup, for a device that bfq schedules" {
	local scheduler
	needs_controller io
	modprobe bfq || skip "needs the scheduler bfq"
	disk_new
	scheduler=/sys/block/${DISK##*/}/queue/scheduler
	echo bfq >"$scheduler" || skip "needs the scheduler bfq"
	resources '{blockIO: {weightDevice: [{major: '"$MAJOR"', minor: '"$MINOR"', weight: 321}]}}'
	up
	grep -qx "$MAJOR:$MINOR 321" "$CG/guest/io.bfq.weight"
}

# ---- hugetlb --------------------------------------------------------------------------------

# proves: linux.resources.hugepageLimits[].pageSize|limit
@test "a guest gets no more huge pages than its limit" {
	needs_controller hugetlb
	[ "$(cat /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages)" -ge 2 ] ||
		skip "needs two free huge pages of 2 MiB"
	mount_add '{"destination": "/huge", "type": "hugetlbfs", "source": "hugetlbfs", "options": ["nosuid"]}'
	resources "{hugepageLimits: [{pageSize: \"2MB\", limit: $((2 * MIB))}]}"
	run_guest 'fallocate -l 2M /huge/a && echo one; fallocate -l 2M /huge/b && echo two'
	prints one
}

# ---- devices ----------------------------------------------------------------------------------

@test "device rules limit what may be done to a disk, for reading and for writing" {
	disk_new
	allow_disk r
	run_guest 'dd if=/dev/disk of=/dev/null count=1 2>/dev/null && echo read
		echo >/dev/disk || echo kept out
		probe open /dev/null w'
	prints $'read\nkept out\nok'
	allow_disk w
	run_guest 'probe open /dev/disk r; probe open /dev/disk w'
	prints $'Operation not permitted\nok'
}

# ---- controllers --------------------------------------------------------------------------------

@test "new parents of the cgroup get those controllers that a limit needs, and go with the guest" {
	needs_controller memory
	needs_controller pids
	config_set '.linux.cgroupsPath = $path' --arg path "$CG_PATH/new/parent/guest"
	resources "{memory: {limit: $((64 * MIB))}, pids: {limit: 50}}"
	ok rt create "$ID"
	same "$(<"$CG/new/parent/guest/memory.max")" $((64 * MIB))
	same "$(<"$CG/new/parent/guest/pids.max")" 50
	grep -qw memory "$CG/new/cgroup.subtree_control"
	grep -qw pids "$CG/new/parent/cgroup.subtree_control"
	ok rt delete --force "$ID"
	warren_only "peers keep parents"
	missing "$CG/new"
}

# proves: linux.resources.rdma.NAME.hcaHandles|hcaObjects
@test "rdma: a limit reaches the kernel, which refuses a device that is not there" {
	needs_controller rdma
	resources '{rdma: {nowhere0: {hcaHandles: 3, hcaObjects: 100}}}'
	refused rt run "$ID"
	is_warren || return 0
	says 'linux.resources.rdma: write "nowhere0 hca_handle=3 hca_object=100" to rdma.max'
}

@test "a guest without limits is accounted all the same" {
	needs_controller memory
	needs_controller pids
	guest 'exec sleep 1000'
	ok rt run -d "$ID"
	same "$(<"$CG/guest/pids.current")" 1
	[ "$(<"$CG/guest/memory.current")" -gt 0 ]
}

# ---- what only CAP_SYS_RESOURCE may ------------------------------------------------------------

@test "an rlimit above the caller's hard one is set for a caller who may" {
	needs_capability sys_resource
	config_set '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 500, hard: 1000}]'
	guest 'ulimit -Sn; ulimit -Hn'
	ok sh -c 'ulimit -n 256 && exec "$@"' sh "$RUNTIME" --root "$STATE" run "$ID"
	prints $'500\n1000'
}

# proves: process.rlimits[].type=RLIMIT_NICE|RLIMIT_RTPRIO
@test "the limits of nice and real-time priority are set for a caller who may" {
	needs_capability sys_resource
	config_set '.process.rlimits = [{type: "RLIMIT_NICE", soft: 11, hard: 12},
		{type: "RLIMIT_RTPRIO", soft: 13, hard: 14}]'
	run_guest 'grep -E "nice|realtime priority" /proc/self/limits | tr -s " "'
	says 'nice priority 11 12'
	says 'realtime priority 13 14'
}

@test "a negative oomScoreAdj is set for a caller who may" {
	needs_capability sys_resource
	config_set '.process.oomScoreAdj = -500'
	run_guest 'cat /proc/self/oom_score_adj'
	prints -500
}
