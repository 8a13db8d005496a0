#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Users of the host, and what a runtime leaves lying about for them.

load helpers

OTHER=54321
as_other() { setpriv --reuid=$OTHER --regid=$OTHER --clear-groups --inh-caps=-all -- "$@"; }

readable_state() {
	up
	status=0
	won_if as_other ls "$STATE"
	won_if as_other ls "$STATE/$ID"
	won_if as_other cat "$STATE/$ID/state.json"
	won_if as_other cat "$STATE/$ID/config.json"
	won_if test -n "$(find "$STATE" -maxdepth 0 -perm /077)"
} 2>/dev/null
@test "another user can neither list nor read what is kept of a guest" {
	contained readable_state
	proven readable_state
}

foreign_root() {
	STATE=$BUNDLE/other
	mkdir -m 777 "$STATE"
	chown $OTHER "$STATE"
	try rt run "$ID"
	won_if succeeded
	rm -rf "$STATE"
	mkdir "$STATE"
	chmod 777 "$STATE"
	try rt run "$ID"
	won_if succeeded
	chmod 700 "$STATE"
}
@test "a state root that others can write to is refused" {
	rejected foreign_root
	proven foreign_root
}

state_link() {
	STATE=$BUNDLE/other
	mkdir -m 700 "$STATE"
	ln -s "$OUTSIDE/dir" "$STATE/$ID"
	try rt run "$ID"
	won_if outside_changed
	won_if succeeded
	rt delete --force "$ID" >/dev/null 2>&1 || true
	won_if missing "$OUTSIDE/dir/file"
	rm -f "$STATE/$ID"
}
@test "a guest's state directory that is a link is not followed" {
	rejected state_link
	proven state_link
}

pid_file_link() {
	mkdir -m 777 pids
	ln -s "$OUTSIDE/file" pids/pid
	guest 'exec sleep 1000'
	try rt run -d --pid-file "$BUNDLE/pids/pid" "$ID"
	won_if outside_changed
	echo canary >"$OUTSIDE/file"
	rm -f pids/pid
}
@test "a pid file replaces a link, and writes to nothing behind it" {
	contained pid_file_link
	proven pid_file_link
}

# Whoever shares the network could connect to one.
abstract_sockets() {
	ok unshare -n sh -c '"$@" && cat /proc/net/unix' - "$RUNTIME" --root "$STATE" create "$ID"
	won_if grep -q ' @' out
	ok unshare -n sh -c '"$@" && cat /proc/net/unix' - "$RUNTIME" --root "$STATE" start "$ID"
	won_if grep -q ' @' out
}
@test "no socket of the runtime's has an abstract name" {
	contained abstract_sockets
}

start_socket() {
	local name
	try rt create "$ID"
	while read -r name; do
		won_if as_other test -e "$name"
	done < <(find "$STATE" -type s -o -type p)
}
@test "another user cannot reach the socket that starts a guest" {
	contained start_socket
}

# A guest that shares the host's network and a directory above has neither.
guests_reach() {
	namespace_drop network
	namespace_drop ipc
	guest 'find / -xdev -type s 2>/dev/null; grep -a -o "@.*" /proc/net/unix | grep -i -e runc -e crun -e warren; : >/tmp/up; exec sleep 1000'
	try rt run -d "$ID"
	wait_until test -e rootfs/tmp/up
	won_if test -s out
}
@test "a guest in the host's network finds no socket of the runtime's" {
	contained guests_reach
}
