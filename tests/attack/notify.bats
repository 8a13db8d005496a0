#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The socket of the service manager: a guest says that it is ready, and nothing else.

load helpers

# listens: what the host's service manager receives is in $BUNDLE/received.
listens() {
	aside "$ATTACK/trick" listen "$BUNDLE/notify.sock" >received
	wait_until test -S notify.sock
}

# Everything but READY=1 and the guest's own pid.
told_more() { grep -v -x -E '(descriptor: )?((READY|MAINPID|BARRIER)=[0-9]+ ?)+' received; }

forged() {
	listens
	mkdir -p "rootfs$BUNDLE"
	guest '
		s=$NOTIFY_SOCKET
		for text in MAINPID=1 STOPPING=1 RELOADING=1 ERRNO=1 WATCHDOG=trigger FDSTORE=1 BUSERROR=x EXTEND_TIMEOUT_USEC=99; do
			trick send "$s" "$text" /etc/passwd
			trick send "$s" "READY=1
$text" /etc/passwd
		done
		: >/tmp/up
		exec sleep 1000'
	# naive hands the socket through: it must be there under its own name
	[ "$RUNTIME_NAME" != naive ] || bind "$BUNDLE/notify.sock" "$BUNDLE/notify.sock" bind
	NOTIFY_SOCKET=$BUNDLE/notify.sock try rt run -d "$ID"
	wait_until test -e rootfs/tmp/up
	wait_until grep -q READY received || true
	won_if told_more
	won_if grep -q 'MAINPID=1$' received
}
@test "of what a guest says only READY=1 goes on, with the runtime's idea of its pid" {
	contained forged
	proven forged
}

flood() {
	listens
	guest 'i=0; while [ $i -lt 2000 ]; do trick send "$NOTIFY_SOCKET" "X=$i" /etc/passwd; i=$((i + 1)); done >/dev/null
		trick send "$NOTIFY_SOCKET" READY=1 /etc/passwd; exec sleep 1000'
	NOTIFY_SOCKET=$BUNDLE/notify.sock LIMIT=20 try rt run -d "$ID"
	won_if [ "$status" -ge 124 ]
	won_if grep -q X= received
}
@test "a guest that floods its socket hangs nobody" {
	unbeaten flood
}

notify_link() {
	listens
	ln -s "$OUTSIDE/dir" rootfs/run/notify
	guest 'probe notify READY=1; : >/tmp/up; exec sleep 1000'
	NOTIFY_SOCKET=$BUNDLE/notify.sock try rt run -d "$ID"
	won_if outside_changed
}
@test "a /run/notify that is a link of the image stays inside of it" {
	contained notify_link
}
