#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Terminals: the caller's, and those that an image has put into /dev.

load helpers

pts_links() {
	local n
	config_set '.mounts |= map(select(.destination | startswith("/dev") | not)) | .process.terminal = true'
	mkdir -p rootfs/dev/pts
	for n in 0 1 2 3 4 5 6 7 8 9; do
		ln -s /etc/secret "rootfs/dev/pts/$n"
	done
	ln -s /dev/zero rootfs/dev/pts/ptmx
	echo secret >rootfs/etc/secret
	# on the host the same name is another file
	[ "$RUNTIME_NAME" != naive ] || ln -sf "$OUTSIDE/file" rootfs/dev/pts/0
	guest 'cat /dev/console >/tmp/console; true'
	LIMIT=5 try rt run "$ID"
	won_if grep -q -e secret -e canary rootfs/tmp/console
}
@test "links of the image in /dev/pts do not become the console" {
	rejected pts_links
	proven pts_links
}

console_link() {
	local target
	config_set '.process.terminal = true | .mounts |= map(select(.destination != "/dev"))'
	echo secret >rootfs/etc/secret
	guest 'grep -q secret /etc/secret && [ ! -c /proc/sys/kernel/hostname ] || echo covered; true'
	for target in /etc/secret ../etc/secret /proc/sys/kernel/hostname "$OUTSIDE/file" "$OUTSIDE/new"; do
		rm -rf rootfs/dev
		mkdir -p rootfs/dev/{pts,shm,mqueue}
		ln -s "$target" rootfs/dev/console
		LIMIT=5 try rt run "$ID"
		won_if printed covered
		won_if outside_changed
		[ "$won" = no ] || break
		rm -f "$OUTSIDE/new"
	done
}
@test "a /dev/console that is a link of the image covers nothing that it leads to" {
	contained console_link
}

# A terminal that one could type into, as if one were the user in front of it.
callers_terminal() {
	guest 'exec 2>/tmp/tty; [ "$(cut -d " " -f 7 /proc/self/stat)" = 0 ] || echo controls >&2
		probe open /dev/tty >&2; trick type "exit" >&2; exec sleep 0.1'
	timeout 10 "$TOOLS/ptyrun" 24x80 "$RUNTIME" --root "$STATE" run "$ID" </dev/null >out 2>err 3>&- 4>&- || true
	status=0
	won_if grep -q -e '^controls' -e '^ok' rootfs/tmp/tty
}
@test "the caller's terminal is not the guest's to type into" {
	contained callers_terminal
	proven callers_terminal
}

callers_terminal_exec() {
	up
	cat >rootfs/bin/attack <<-'EOT'
		#!/bin/sh
		exec 2>/tmp/tty
		[ "$(cut -d " " -f 7 /proc/self/stat)" = 0 ] || echo controls >&2
		probe open /dev/tty >&2
		trick type "exit" >&2
	EOT
	chmod 755 rootfs/bin/attack
	timeout 10 "$TOOLS/ptyrun" 24x80 "$RUNTIME" --root "$STATE" exec "$ID" attack </dev/null >out 2>err 3>&- 4>&- || true
	status=0
	won_if grep -q -e '^controls' -e '^ok' rootfs/tmp/tty
}
@test "nor is it exec's" {
	contained callers_terminal_exec
	proven callers_terminal_exec
}
