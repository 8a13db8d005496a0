#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Somebody exchanges a directory with a link to the outside, without a pause, while the runtime
# sets up a guest: a neighbour with the same volume, or who can write to the image.

load helpers

setup() {
	BUNDLE=
}

# swap_out DIRECTORY: exchanged with a link to the directory outside.
swap_out() {
	mkdir -p "$1"
	ln -s "$OUTSIDE" "$1-link"
	race "$BUNDLE/$1" "$BUNDLE/$1-link"
}

# Most rounds have to end with a running guest or nothing was shown.
enough() { ! is_warren || [ "$finished" -gt 0 ] || explain "no round ran: $(<rounds.err)"; }

volume() {
	mkdir volume
	bind /volume "$BUNDLE/volume" bind
}

# ---- mounts -------------------------------------------------------------------------------------

target_race() {
	local n
	volume
	for n in 1 2 3 4; do
		filesystem "/volume/a/new$n" tmpfs
	done
	swap_out volume/a
	rounds test -e "$OUTSIDE/new1" -o -e "$OUTSIDE/new2" -o -e "$OUTSIDE/new3" -o -e "$OUTSIDE/new4"
	enough
}
@test "a mount target in a volume that is swapped for a link makes nothing on the host" {
	unbeaten target_race
	proven target_race
}

# A hook that runs before the guest's root becomes "/" sees where everything has been mounted.
landing_race() {
	local n
	volume
	for n in 1 2 3 4 5 6 7 8; do
		filesystem /volume/a/dir tmpfs
	done
	printf '#!/bin/sh\ngrep -q " %s" /proc/self/mountinfo && : >%s/landed\nexit 0\n' "$OUTSIDE" "$BUNDLE" >hook
	chmod 755 hook
	config_set '.hooks.createContainer = [{path: $h}]' --arg h "$BUNDLE/hook"
	swap_out volume/a
	mkdir -p volume/a/dir volume/a-link/dir
	rounds test -e landed
	enough
}
@test "a mount in a volume that is swapped for a link never lands on the host" {
	unbeaten landing_race
	proven landing_race
}

proc_race() {
	mkdir -p fake/sys/net/ipv4
	echo canary >fake/sys/net/ipv4/ip_unprivileged_port_start
	config_set '.linux.sysctl = {"net.ipv4.ip_unprivileged_port_start": "77"}'
	ln -s "$BUNDLE/fake" rootfs/proc-link
	race "$BUNDLE/rootfs/proc" "$BUNDLE/rootfs/proc-link"
	rounds not grep -qx canary fake/sys/net/ipv4/ip_unprivileged_port_start
	enough
}
@test "a /proc that is swapped for a link leads no sysctl astray" {
	unbeaten proc_race
	proven proc_race
}

dev_race() {
	config_set '.mounts |= map(select(.destination | startswith("/dev") | not))'
	rm -rf rootfs/dev
	swap_out rootfs/dev
	rounds test -e "$OUTSIDE/zero" -o -e "$OUTSIDE/null" -o -L "$OUTSIDE/fd"
	rm -f "$OUTSIDE"/{null,zero,full,random,urandom,tty,kmsg,fd,ptmx,stdin,stdout,stderr}
	enough
}
@test "a /dev that is swapped for a link makes no device on the host" {
	unbeaten dev_race
	proven dev_race
}

copy_race() {
	mkdir -p rootfs/data/sub
	echo own >rootfs/data/sub/file
	ln -s "$OUTSIDE" rootfs/link
	filesystem /data tmpfs tmpcopyup
	guest 'cat /data/sub/file 2>/dev/null; true'
	race "$BUNDLE/rootfs/data/sub" "$BUNDLE/rootfs/link"
	rounds wrote canary
	enough
}
@test "what tmpcopyup copies is never the host's" {
	unbeaten copy_race
	proven copy_race
}

# ---- masks --------------------------------------------------------------------------------------

readonly_race() {
	volume
	mkdir -p volume/{p,q}/secret
	config_set '.linux.readonlyPaths = ["/volume/p/secret"]'
	guest 'awk "\$5 ~ /secret\$/ && \$6 !~ /^ro/ { print \"loose\" }" /proc/self/mountinfo'
	race "$BUNDLE/volume/p" "$BUNDLE/volume/q"
	rounds wrote loose
	enough
}
@test "a read-only path whose parent is swapped is never mounted writable" {
	unbeaten readonly_race
	proven readonly_race
}

null_race() {
	mkdir shared
	mknod -m 666 shared/null c 1 3
	ln -s /proc/sys/kernel/hostname shared/link
	config_set '.mounts |= map(select(.destination | startswith("/dev") | not))
		| .linux.maskedPaths = ["/etc/secret"]'
	bind /dev "$BUNDLE/shared" bind
	echo secret >rootfs/etc/secret
	guest 'cat /etc/secret; true'
	race "$BUNDLE/shared/null" "$BUNDLE/shared/link"
	rounds test -s rounds
	enough
}
@test "a /dev/null that is swapped for a link never is what masks" {
	unbeaten null_race
	proven null_race
}

# ---- terminal and cwd ---------------------------------------------------------------------------

console_race() {
	mkdir -p shared/{pts,mqueue,shm} fake
	: >shared/console
	ln -s /etc/secret shared/console-link
	echo secret >rootfs/etc/secret
	config_set '.mounts |= map(select(.destination != "/dev")) | .process.terminal = true'
	config_set '.mounts = [{destination: "/dev", type: "bind", source: $s, options: ["bind"]}] + .mounts' \
		--arg s "$BUNDLE/shared"
	guest 'grep -q secret /etc/secret || echo covered; awk "\$5 !~ /^.dev.(console(-link)?|pts)\$/ && / - devpts /" /proc/self/mountinfo'
	race "$BUNDLE/shared/console" "$BUNDLE/shared/console-link"
	rounds test -s rounds
	enough
}
@test "a /dev/console that is swapped for a link covers no other file" {
	unbeaten console_race
	proven console_race
}

cwd_race() {
	volume
	mkdir volume/a
	ln -s /proc/self/fd/7 volume/a-link
	config_set '.process.cwd = "/volume/a"'
	guest "[ -e ../../../../../../..$OUTSIDE/file ] && echo escaped; true"
	race "$BUNDLE/volume/a" "$BUNDLE/volume/a-link"
	rounds wrote escaped
	enough
}
@test "a cwd that is swapped for a link to a descriptor never leads out" {
	unbeaten cwd_race
	proven cwd_race
}
