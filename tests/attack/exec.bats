#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A guest that waits for somebody to come in. What it sees of them: descriptors.bats.

load helpers

stops() {
	config_set '.process.capabilities[] += ["CAP_KILL"]'
	guest ': >/tmp/up; trick harass 19'
	ok rt run -d "$ID"
	wait_until test -e rootfs/tmp/up
	LIMIT=40 try rt exec -d "$ID" true
	won_if [ "$status" -ge 124 -a "$status" != 255 ]
	: >rootfs/tmp/stop
}
@test "a guest that stops whatever comes in hangs nobody for ever" {
	unbeaten stops
}

kills() {
	local i
	config_set '.process.capabilities[] += ["CAP_KILL"]'
	guest ': >/tmp/up; trick harass 9'
	ok rt run -d "$ID"
	wait_until test -e rootfs/tmp/up
	for ((i = 0; i < ${ROUNDS:-300}; i++)); do
		LIMIT=10 try rt exec "$ID" true
		won_if [ "$status" = 124 ]
	done
	: >rootfs/tmp/stop
}
@test "a guest that kills whatever comes in breaks nothing" {
	unbeaten kills
}

# The guest lets the cwd of exec be a link to a descriptor one moment and a directory the next.
cwd_race() {
	local i
	mkdir rootfs/here
	ln -s /proc/self/fd/7 rootfs/there
	guest ': >/tmp/up; racer /here /there'
	ok rt run -d "$ID"
	wait_until test -e rootfs/tmp/up
	for ((i = 0; i < ${ROUNDS:-500}; i++)); do
		"$RUNTIME" --root "$STATE" exec --cwd /here "$ID" sh -c "[ -e ../../../../../../../../..$OUTSIDE/file ] && echo escaped" \
			</dev/null >out 2>err 3>&- 4>&- || true
		if [ -s out ]; then
			won=yes
			break
		fi
	done
	status=0
}
@test "a cwd of exec that the guest swaps for a link never leads out" {
	unbeaten cwd_race
	proven cwd_race
}

# Its own /proc is the guest's: a runtime that trusts it writes and reads what the guest wants.
fake_proc() {
	config_set '.process.capabilities[] += ["CAP_SYS_ADMIN"]'
	guest '
		mkdir -p /tmp/proc/self/fd /tmp/proc/self/attr /tmp/proc/thread-self/attr /tmp/proc/self/ns /tmp/proc/1
		mount -t tmpfs tmpfs /proc && cp -a /tmp/proc/. /proc && : >/proc/self/attr/exec
		: >/proc/self/uid_map; : >/proc/self/oom_score_adj; ln -s / /proc/self/root
		: >/tmp/up; exec sleep 1000'
	ok rt run -d "$ID"
	wait_until test -e rootfs/tmp/up
	try rt exec --apparmor warren-test-that-is-not-loaded "$ID" true
	try rt exec "$ID" sh -c "[ -e /proc/self/root$OUTSIDE/file ] && echo escaped; cat /proc/self/attr/exec"
	won_if printed escaped
	won_if printed warren-test
}
@test "a guest that has replaced its own /proc deceives no exec" {
	contained fake_proc
}

# Everything that exec looks at in there is odd.
odd_root() {
	up 'rm -f /etc/passwd /etc/group; mkfifo /etc/passwd /etc/group; rm -f /dev/null; ln -s /dev/zero /dev/null; mkfifo /bin/fifo; chmod 755 /bin/fifo'
	for command in true /bin/fifo /etc /dev/null /etc/passwd; do
		LIMIT=5 try rt exec "$ID" "$command"
		won_if [ "$status" = 124 -o "$status" = 137 ]
	done
	status=0
}
@test "fifos, directories and devices where exec looks for files hold nobody up" {
	contained odd_root
	proven odd_root
}
