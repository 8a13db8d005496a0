#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Root of a user namespace against its mounts: each of them, and each flag.

load helpers

all_rights() {
	config_set '[("CHOWN DAC_OVERRIDE FOWNER SETFCAP SETGID SETUID SYS_ADMIN SYS_CHROOT SYS_PTRACE MKNOD NET_ADMIN SYS_RESOURCE"
			| split(" ")[] | "CAP_" + .)] as $caps
		| .process.capabilities = {bounding: $caps, effective: $caps, permitted: $caps}
		| .process.noNewPrivileges = false
		| .linux.maskedPaths = $t[0].linux.maskedPaths + ["/etc/secret", "/secrets"]
		| .linux.readonlyPaths = $t[0].linux.readonlyPaths + ["/readonly"]' --slurpfile t "$TEMPLATE/config.json"
	mkdir -p rootfs/{secrets,readonly} data/below
	echo secret >rootfs/secrets/file
	echo secret >rootfs/etc/secret
	bind /data "$BUNDLE/data" bind ro nosuid nodev noexec
	bind /data/below "$BUNDLE/outside" bind ro
	filesystem /ro tmpfs ro nosuid nodev noexec
	is_naive || user_namespace
}
is_naive() { [ "$RUNTIME_NAME" = naive ]; }
shows() { grep -q -E '^(unmounted|moved|writable|cleared|uncovered|entered|secret)' <<<"$output"; }

unlock() {
	all_rights
	guest 'unlock; cat /etc/secret /secrets/file 2>/dev/null; true'
	try rt run "$ID"
	won_if shows
	won_if not printed "tried "
}
@test "root of a user namespace takes off no mount and no flag" {
	contained unlock
	proven unlock
}

unlock_nested() {
	all_rights
	guest 'unshare -Urm unlock; unshare -Urm cat /etc/secret /secrets/file 2>/dev/null; true'
	try rt run "$ID"
	won_if shows
	won_if not printed "tried "
}
@test "nor does root of a user namespace within it" {
	contained unlock_nested
}

unlock_exec() {
	all_rights
	up
	try rt exec "$ID" sh -c 'unlock; cat /etc/secret /secrets/file 2>/dev/null; true'
	won_if shows
	won_if not printed "tried "
}
@test "nor does exec" {
	contained unlock_exec
	proven unlock_exec
}

# What is mounted anew has to leave out what is hidden.
mount_anew() {
	all_rights
	guest '
		mkdir -p /tmp/p /tmp/s /tmp/c
		mount -t proc proc /tmp/p && probe open /tmp/p/sysrq-trigger w
		mount -t sysfs sysfs /tmp/s && echo sysfs
		mount -t cgroup2 cgroup2 /tmp/c && probe open /tmp/c/cgroup.procs w
		true'
	try rt run "$ID"
	won_if has_line ok
}
@test "nor does a procfs or a cgroup2 that it mounts anew" {
	contained mount_anew
	proven mount_anew
}

# To the host it is an ordinary user: of the host's root it has nothing, whatever it is called there.
files_of_the_host() {
	all_rights
	echo secret >data/secret
	chown 0:0 data/secret
	chmod 600 data/secret
	bind /mine "$BUNDLE/data" bind
	guest 'cat /mine/secret; chown 0:0 /mine/secret && echo secret; mknod /tmp/kmsg c 1 11 && probe open /tmp/kmsg; true'
	try rt run "$ID"
	won_if shows
	won_if has_line ok
}
@test "root of a user namespace has no right to files and devices of the host's root" {
	contained files_of_the_host
	proven files_of_the_host
}
