#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a guest inherits: descriptors, socket activation, sd_notify.

load helpers

setup() { bundle_new; }
teardown() { bundle_remove; }

# ---- descriptors --------------------------------------------------------------------------------------

@test "the program has descriptors 0, 1 and 2 and no more, whatever the caller has open" {
	program probe fds
	exec 9</etc/hostname 17<.
	try "$RUNTIME" --root "$STATE" run "$ID" 9<&9 17<&17
	exec 9<&- 17<&-
	same "$(cut -d ' ' -f 1 <<<"$output" | xargs)" '0 1 2'
}

@test "a created guest has no more either" {
	program sh -c 'probe fds >/tmp/fds'
	try "$RUNTIME" --root "$STATE" create "$ID" 9</etc/hostname
	ok rt start "$ID"
	wait_status "$ID" stopped
	same "$(cut -d ' ' -f 1 rootfs/tmp/fds | xargs)" '0 1 2'
}

# proves: run --preserve-fds
@test "--preserve-fds passes the next descriptors on" {
	echo three >three
	echo four >four
	program sh -c 'cat <&3; cat <&4; probe fds'
	"$RUNTIME" --root "$STATE" run --preserve-fds 2 "$ID" 3<three 4<four 5<four </dev/null >out
	same "$(head -n 2 out)" $'three\nfour'
	same "$(sed 1,2d out | cut -d ' ' -f 1 | xargs)" '0 1 2 3 4'
}

# proves: create --preserve-fds
@test "--preserve-fds works for create and start" {
	echo three >three
	guest 'cat <&3 >/tmp/out'
	"$RUNTIME" --root "$STATE" create --preserve-fds 1 "$ID" 3<three </dev/null >out
	ok rt start "$ID"
	wait_status "$ID" stopped
	same "$(<rootfs/tmp/out)" three
}

@test "socket activation: LISTEN_FDS are passed, LISTEN_PID is the guest's" {
	echo three >three
	guest 'echo $LISTEN_FDS $LISTEN_PID $LISTEN_FDNAMES; cat <&3'
	sh -c 'LISTEN_FDS=1 LISTEN_PID=$$ LISTEN_FDNAMES=web exec "$0" --root "$1" run "$2"' \
		"$RUNTIME" "$STATE" "$ID" 3<three </dev/null >out 2>err
	same "$(tail -n 1 out)" three
	warren_only "peers drop some of the variables"
	same "$(head -n 1 out)" '1 1 web'
}

@test "socket activation: LISTEN_PID is right without a pid namespace of the guest's own" {
	warren_only "peers say 1"
	namespace_drop pid
	config_set '.process.env += ["LISTEN_PID=5"]'
	guest 'echo $LISTEN_PID $$'
	sh -c 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" --root "$1" run "$2"' \
		"$RUNTIME" "$STATE" "$ID" 3</dev/null </dev/null >out 2>err
	same "$(cut -d ' ' -f 1 out)" "$(cut -d ' ' -f 2 out)"
	not grep -qx '5 5' out
}

@test "socket activation of somebody else is not passed on" {
	warren_only "crun does not compare LISTEN_PID"
	guest 'echo "[$LISTEN_FDS]"; probe fds | wc -l'
	LISTEN_FDS=1 LISTEN_PID=1 "$RUNTIME" --root "$STATE" run "$ID" 3</etc/hostname </dev/null >out
	same "$(<out)" $'[]\n3'
}

@test "a caller without stdin, stdout and stderr: the guest has /dev/null" {
	warren_only "crun's guest has none at all"
	program sh -c 'probe fds >/tmp/fds'
	"$RUNTIME" --root "$STATE" run "$ID" <&- >&- 2>&-
	same "$(cut -d ' ' -f 1 rootfs/tmp/fds | xargs)" '0 1 2'
	grep -q '^0 /dev/null$' rootfs/tmp/fds
	grep -q '^2 /dev/null$' rootfs/tmp/fds
}

@test "a closed stdin alone is not filled with anything of the runtime's" {
	warren_only "crun's guest has no descriptor 0"
	program sh -c 'probe fds'
	"$RUNTIME" --root "$STATE" run "$ID" <&- >out 2>err
	same "$(cut -d ' ' -f 1 out | xargs)" '0 1 2'
	same "$(head -n 1 out)" '0 /dev/null'
}

@test "stdio belongs to the guest's user" {
	warren_only "crun does not chown what create inherits"
	config_set '.process.user = {uid: 1000, gid: 1000}'
	program true
	rt run "$ID" </dev/null >out 2>err
	same "$(stat -c %u out)" 1000
	same "$(stat -c %u /dev/null)" 0
}

# ---- sd_notify ---------------------------------------------------------------------------------------------

@test "NOTIFY_SOCKET: READY of the guest arrives, with the host's pid" {
	aside "$TOOLS/notified" "$BUNDLE/notify.sock" >notified
	wait_until test -S notify.sock
	guest 'probe notify "READY=1"; exec sleep 1000'
	NOTIFY_SOCKET=$BUNDLE/notify.sock ok rt run -d "$ID"
	wait_until grep -q 'READY=1' notified
	warren_only "crun does not say the pid"
	wait_until grep -q MAINPID notified
	grep -q "MAINPID=$(pid_of "$ID")" notified
}

@test "start waits for READY" {
	warren_only "crun's start returns at once"
	aside "$TOOLS/notified" "$BUNDLE/notify.sock" >notified
	wait_until test -S notify.sock
	guest 'while ! [ -e /tmp/go ]; do sleep 0.01; done; probe notify "READY=1"; exec sleep 1000'
	NOTIFY_SOCKET=$BUNDLE/notify.sock ok rt create "$ID"
	NOTIFY_SOCKET=$BUNDLE/notify.sock rt start "$ID" >start.out 2>&1 </dev/null &
	wait_status "$ID" running
	kill -0 $!
	touch rootfs/tmp/go
	wait $!
	grep -q "MAINPID=$(pid_of "$ID")" notified
}

@test "start does not wait for READY of a guest that died" {
	guest 'exit 3'
	aside "$TOOLS/notified" "$BUNDLE/notify.sock" >notified
	wait_until test -S notify.sock
	NOTIFY_SOCKET=$BUNDLE/notify.sock try rt run -d "$ID"
	[ "$status" -lt 124 ]
}
