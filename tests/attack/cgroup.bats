#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Cgroups and devices: out of one's own, and into the host's.

load helpers

exec_above() {
	local path
	mkdir -p "$CG/aside/escaped"
	up
	for path in ../aside/escaped ../../x .. ../.. /.. x/../../aside/escaped /../aside/escaped; do
		try rt exec --cgroup "$path" "$ID" cat /proc/self/cgroup
		won_if succeeded
	done
	rmdir "$CG/aside/escaped" 2>/dev/null || true
}
@test "exec --cgroup leads to no cgroup above the guest's" {
	rejected exec_above
	proven exec_above
}

readonly_mount() {
	namespace_drop cgroup
	guest '
		for d in $(find /sys/fs/cgroup -type d | head -n 50); do
			mkdir $d/escaped 2>/dev/null && echo "made $d" && rmdir $d/escaped
			echo 0 2>/dev/null >$d/cgroup.procs && echo "entered $d"
		done
		true'
	try rt run "$ID"
	won_if printed made
	won_if printed entered
}
@test "a read-only cgroup mount without a cgroup namespace cannot be written" {
	contained readonly_mount
	proven readonly_mount
}

readonly_mount_user() {
	user_namespace
	config_set '.process.capabilities[] += ["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE"]'
	readonly_mount
}
@test "a read-only cgroup mount of a user namespace cannot be written either" {
	contained readonly_mount_user
}

# The way of CVE-2022-0492: version 1 of cgroups, mounted in a user namespace of one's own.
release_agent() {
	guest '
		unshare -UrmC sh -c "
			mkdir -p /tmp/cg
			for c in rdma perf_event misc memory cpu; do
				mount -t cgroup -o \$c cgroup /tmp/cg 2>/dev/null || continue
				for f in /tmp/cg/release_agent; do [ ! -e \$f ] || probe open \$f w; done
			done"
		true'
	try rt run "$ID"
	won_if has_line ok
}
@test "no release agent can be set from a user namespace within a guest" {
	contained release_agent
}

inhabited() {
	mkdir -p "$CG/guest"
	aside sleep 1000
	echo $! >"$CG/guest/cgroup.procs"
	LIMIT=5 try rt run "$ID"
	won_if succeeded
	won_if dead $!
	kill -9 $! 2>/dev/null || true
	[ ! -d "$CG/guest" ] || wait_until rmdir "$CG/guest"
}
@test "a cgroup that others live in is refused, and they live on" {
	rejected inhabited
	proven inhabited
}

frozen() {
	mkdir -p "$CG/guest"
	echo 1 >"$CG/guest/cgroup.freeze"
	LIMIT=5 try rt run "$ID"
	won_if [ "$status" -ge 124 -a "$status" != 255 ]
	if [ -d "$CG/guest" ]; then
		echo 0 >"$CG/guest/cgroup.freeze"
		echo 1 >"$CG/guest/cgroup.kill"
		wait_until rmdir "$CG/guest"
	fi
}
@test "a cgroup that somebody has frozen hangs nobody" {
	unbeaten frozen
	proven frozen
}

# ---- devices ------------------------------------------------------------------------------------

device_nodes() {
	config_set '.process.capabilities[] += ["CAP_MKNOD"]'
	guest '
		mknod /tmp/kmsg c 1 11; probe open /tmp/kmsg
		mknod /tmp/mem c 1 1; probe open /tmp/mem
		mknod /tmp/loop b 7 0; probe open /tmp/loop
		true'
	try rt run "$ID"
	won_if has_line ok
	up
	try rt exec --cap CAP_MKNOD "$ID" sh -c 'mknod /tmp/kmsg2 c 1 11; probe open /tmp/kmsg2; true'
	won_if has_line ok
}
@test "a device node that the guest makes opens no device of the host" {
	contained device_nodes
	proven device_nodes
}

device_files() {
	mknod -m 666 rootfs/kmsg c 1 11
	mknod -m 666 rootfs/disk b 7 0
	config_set '.process.user = {uid: 1000, gid: 1000}'
	guest 'probe open /kmsg; probe open /disk; true'
	try rt run "$ID"
	won_if has_line ok
}
@test "a device node of the image opens no device of the host" {
	contained device_files
	proven device_files
}
