#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Procfs: what a runtime writes there has to arrive there, and what is hidden stays hidden.

load helpers

# A sysctl of the whole host that nothing depends on: were it changed, it is put back.
HOST_SYSCTL=/proc/sys/kernel/printk_ratelimit_burst
HOST_VALUE=$(<$HOST_SYSCTL)

host_sysctl_changed() {
	[ "$(<$HOST_SYSCTL)" != "$HOST_VALUE" ] || return 1
	echo "$HOST_VALUE" >$HOST_SYSCTL
}

# starts: one more configuration; "status" is in the end 0 if any of them was accepted.
accepted=1
starts() {
	try rt run "$ID"
	[ "$status" != 0 ] || accepted=0
	[ "$status" = 0 ] || return 0
	won=yes
}

# ---- over /proc ---------------------------------------------------------------------------------

other_proc() {
	config_set '.mounts |= map(select(.destination != "/proc"))'
	cp config.json plain.json
	mkdir -p fake/self/attr
	filesystem /proc tmpfs
	starts
	cp plain.json config.json
	bind /proc "$BUNDLE/fake" bind
	starts
	cp plain.json config.json
	bind /proc /proc/self bind
	starts
	status=$((accepted ? 1 : 0))
}
@test "a tmpfs or a directory in place of /proc is refused" {
	rejected other_proc
	proven other_proc
}

cover_proc() {
	local at
	echo fake >fake
	mkdir fakedir
	ln -s proc rootfs/link
	ln -s /proc/sys rootfs/sysctl
	cp config.json plain.json
	for at in /proc/self/attr/exec /proc/sys/kernel/core_pattern /proc/sysrq-trigger \
		/link/self/attr/exec /proc/../proc/self/attr/exec /link/../proc/sysrq-trigger /sysctl/kernel/hostname; do
		cp plain.json config.json
		bind "$at" "$BUNDLE/fake" bind
		starts
	done
	for at in /proc/self/attr /proc/self /proc/sys /proc/1 /link/sys /sysctl/net; do
		cp plain.json config.json
		bind "$at" "$BUNDLE/fakedir" bind
		starts
		cp plain.json config.json
		filesystem "$at" tmpfs
		starts
	done
	status=$((accepted ? 1 : 0))
}
@test "what lies in /proc is covered by no mount, by no way to say it" {
	rejected cover_proc
	proven cover_proc
}

# Procfs put aside and covered there: labels and sysctls are not written through it.
proc_aside() {
	config_set '.mounts |= map(select(.destination != "/proc"))
		| .linux.sysctl = {"net.ipv4.ip_unprivileged_port_start": "77"}'
	mkdir -p rootfs/proc/sys/net/ipv4
	echo fake >rootfs/proc/sys/net/ipv4/ip_unprivileged_port_start
	try rt run "$ID"
	won_if not grep -qx fake rootfs/proc/sys/net/ipv4/ip_unprivileged_port_start
}
@test "sysctls are written to procfs and not to a directory of that name" {
	contained proc_aside
	proven proc_aside
}

label_aside() {
	config_set '.mounts |= map(select(.destination != "/proc"))
		| .process.apparmorProfile = "warren-test-that-is-not-loaded"'
	mkdir -p rootfs/proc/self/attr/apparmor rootfs/proc/thread-self/attr/apparmor
	: >rootfs/proc/self/attr/exec
	: >rootfs/proc/thread-self/attr/exec
	try rt run "$ID"
	won_if succeeded
}
@test "a label that has no effect does not count as set" {
	rejected label_aside
	proven label_aside
}

# ---- sysctls ------------------------------------------------------------------------------------

sysctl() { # KEY VALUE
	cp plain.json config.json
	config_set '.linux.sysctl[$k] = $v' --arg k "$1" --arg v "$2"
	try rt run "$ID"
	won_if host_sysctl_changed
	[ "$status" != 0 ] || accepted=0
}

sysctl_injection() {
	cp config.json plain.json
	sysctl net.ipv4.ip_unprivileged_port_start "77+kernel/printk_ratelimit_burst=77"
	sysctl net.ipv4.ip_unprivileged_port_start $'77\nkernel/printk_ratelimit_burst=77'
	status=$((accepted ? 1 : 0))
}
@test "the value of a sysctl sets no second one" {
	unbeaten sysctl_injection
	proven sysctl_injection
}

sysctl_names() {
	cp config.json plain.json
	sysctl net/../kernel/printk_ratelimit_burst 77
	sysctl net.../kernel/printk_ratelimit_burst 77
	sysctl net/ipv4/../../kernel/printk_ratelimit_burst 77
	sysctl ../sys/kernel/printk_ratelimit_burst 77
	sysctl kernel.shm/../printk_ratelimit_burst 77
	sysctl /kernel/printk_ratelimit_burst 77
	status=$((accepted ? 1 : 0))
}
@test "the name of a sysctl leads to no other one" {
	rejected sysctl_names
	proven sysctl_names
}

host_sysctls() {
	local fin=/proc/sys/net/ipv4/tcp_fin_timeout msg=/proc/sys/kernel/msgmnb old
	cp config.json plain.json
	sysctl kernel.printk_ratelimit_burst 77
	namespace_drop network
	namespace_drop ipc
	namespace_drop uts
	config_set 'del(.hostname)'
	cp config.json plain.json
	old=$(<$fin)
	sysctl net.ipv4.tcp_fin_timeout 61
	[ "$(<$fin)" = "$old" ] || { won=yes; echo "$old" >$fin; }
	old=$(<$msg)
	sysctl kernel.msgmnb 16385
	[ "$(<$msg)" = "$old" ] || { won=yes; echo "$old" >$msg; }
	status=$((accepted ? 1 : 0))
}
@test "a sysctl of the host is refused, with the host's namespaces too" {
	rejected host_sysctls
	proven host_sysctls
}

# ---- masks --------------------------------------------------------------------------------------

# The configuration that `spec` writes, and root in it with all that it then may.
spec_masks() {
	config_set '.linux.maskedPaths = $t[0].linux.maskedPaths
		| .linux.readonlyPaths = $t[0].linux.readonlyPaths' --slurpfile t "$TEMPLATE/config.json"
	guest '
		umount /proc/sysrq-trigger /proc/kcore /proc/sys /proc/bus /sys/firmware 2>/dev/null
		mount -o remount,rw,bind /proc/sys 2>/dev/null
		for f in /proc/sysrq-trigger /proc/sys/kernel/core_pattern /proc/sys/kernel/modprobe \
			/proc/irq/default_smp_affinity /sys/kernel/uevent_helper /sys/power/state; do
			[ ! -e $f ] || [ "$(probe open $f w)" != ok ] || echo "writable $f"
		done
		for f in /proc/kcore /proc/keys /proc/timer_list; do
			[ ! -s $f ] || [ -z "$(head -c 1 $f)" ] || echo "readable $f"
		done
		ls /sys/firmware/* >/dev/null 2>&1 && echo "readable /sys/firmware"
		true'
	try rt run "$ID"
	won_if printed able
}
@test "what spec masks is neither read nor written by the guest's root" {
	contained spec_masks
	proven spec_masks
}

spec_masks_exec() {
	config_set '.linux.maskedPaths = $t[0].linux.maskedPaths
		| .linux.readonlyPaths = $t[0].linux.readonlyPaths' --slurpfile t "$TEMPLATE/config.json"
	up
	try rt exec "$ID" sh -c 'umount /proc/sysrq-trigger 2>/dev/null; probe open /proc/sysrq-trigger w
		probe open /proc/sys/kernel/core_pattern w; head -c 1 /proc/kcore | grep -q . && echo ok; true'
	won_if has_line ok
}
@test "what spec masks is neither read nor written by exec" {
	contained spec_masks_exec
	proven spec_masks_exec
}
