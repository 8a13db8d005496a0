#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The distribution's Podman, called by an ordinary user without a session: no logind, no systemd.
# The user exists in this mount namespace only, as in the runtime's own rootless tests.

load helpers

USER_ID=54321 SUB_ID=200000 SUB_COUNT=65536
USERS_FILES='passwd group subuid subgid'

setup_file() {
	export CONTAINERS_CONF=$BATS_TEST_DIRNAME/containers.conf
	export HOME=$SUITE/user

	command -v newuidmap >/dev/null || skip "needs newuidmap (package uidmap)"
	user_new
	# Everybody else's way to it, and the user's own copy of what only root may reach.
	chmod go+x "$SUITE"
	install -d -o "$USER_ID" -g "$USER_ID" -m 700 "$HOME" "$HOME/run" "$HOME/tmp"
	install -m 755 "$RUNTIME" "$SUITE/$RUNTIME_NAME"
	install -m 644 "$CONTAINERS_CONF" "$SUITE/containers.conf"
	chmod go+r "$SUITE/rootfs.tar"
	podman_words
	"${WORDS[@]}" import -q "$SUITE/rootfs.tar" "$IMAGE" >"$HOME/out" 2>&1 || { cat "$HOME/out"; return 1; }
}

teardown_file() {
	podman_words
	# Ends the process that keeps the user's namespaces.
	"${WORDS[@]}" system migrate >/dev/null 2>&1 || true
	unmount_below "$HOME"
	cd /
	rm -rf "$HOME" "${SUITE:?}/$RUNTIME_NAME" "$SUITE/containers.conf"
	user_remove
}

setup() {
	caller_setup
	# What the user starts is in a cgroup of theirs, and is looked for there in the end.
	mkdir "$CG/user"
	chown "$USER_ID" "$CG/user" "$CG/user/cgroup.procs"
	# Nor is bats' own directory for them.
	BUNDLE=$HOME/test
	install -d -o "$USER_ID" -g "$USER_ID" "$BUNDLE"
	cd "$BUNDLE" || return
	podman_words
	# The first one starts the process that keeps the namespaces, and may warn.
	podman ps -q >/dev/null 2>&1
}

teardown() {
	local left=0
	wait_until podman rm -f -t 0 -a || { left=1; podman rm -f -t 0 -a 2>&1; }
	podman volume rm -f -a >"$BUNDLE/out" 2>&1 || { left=1; cat "$BUNDLE/out"; }
	wait_until nothing_listed || { left=1; listed; }
	nothing_mounted || { left=1; mounts_below; }
	podman system migrate >/dev/null 2>&1 || left=1
	caller_teardown || left=1
	rm -r "$BUNDLE"
	[ "$left" -eq 0 ]
}

guests_gone() { nothing_runs && same "$(find "$CG" -mindepth 1 -type d)" "$CG/user"; }

# The suite's mount namespace is private, so these are nobody else's.
user_new() {
	local file

	for file in $USERS_FILES; do
		[ -e "/etc/$file" ] || : >"/etc/$file"
		cp "/etc/$file" "$BATS_FILE_TMPDIR/$file"
	done
	echo "warren-user:x:$USER_ID:$USER_ID::$HOME:/bin/sh" >>"$BATS_FILE_TMPDIR/passwd"
	echo "warren-user:x:$USER_ID:" >>"$BATS_FILE_TMPDIR/group"
	echo "warren-user:$SUB_ID:$SUB_COUNT" | tee -a "$BATS_FILE_TMPDIR/subgid" >>"$BATS_FILE_TMPDIR/subuid"
	for file in $USERS_FILES; do
		mount --bind "$BATS_FILE_TMPDIR/$file" "/etc/$file"
	done
}

user_remove() {
	local file

	for file in $USERS_FILES; do
		! mountpoint -q "/etc/$file" || umount "/etc/$file"
	done
}

# The directories of a session that there is not. vfs: an overlay of a user's own needs more of the
# kernel than the runtime does.
podman_words() {
	USER_WORDS=(env -i "PATH=$PATH" "HOME=$HOME" "XDG_RUNTIME_DIR=$HOME/run" "TMPDIR=$HOME/tmp" LC_ALL=C TERM=xterm
		"CONTAINERS_CONF=$SUITE/containers.conf"
		setpriv --reuid="$USER_ID" --regid="$USER_ID" --clear-groups --inh-caps=-all --)
	WORDS=("${USER_WORDS[@]}" podman --root "$HOME/root" --runroot "$HOME/run/root" --tmpdir "$HOME/run/tmp"
		--storage-driver vfs --cgroup-manager cgroupfs --runtime "$SUITE/$RUNTIME_NAME")
}

# in_user_cgroup COMMAND [ARGS]: what runs before has it as its own, and so has what it starts.
in_user_cgroup() (
	[ ! -d "${CG:-}/user" ] || echo "$BASHPID" >"$CG/user/cgroup.procs"
	"$@"
)

podman() { in_user_cgroup timeout --foreground -k 2 "${LIMIT:-60}" "${WORDS[@]}" "$@" 3>&- 4>&-; }
in_terminal_of_user() { in_user_cgroup in_terminal "${WORDS[@]}" "$@"; }
run() { podman run "$@"; }
up() { ok run -d --name guest "$@"; }

listed() { in_user_cgroup "${USER_WORDS[@]}" "$SUITE/$RUNTIME_NAME" list -q; }
nothing_listed() { [ -z "$(listed)" ]; }
# What Podman mounts, it mounts in a namespace of the user's: here it would be seen, if anywhere.
mounts_below() { awk -v at="$HOME/" 'index($5, at) == 1' /proc/self/mountinfo; }
nothing_mounted() { [ -z "$(mounts_below)" ]; }
inspect() { podman inspect -f "{{.$1}}" "${2:-guest}"; }
has_state() { [ "$(inspect State.Status)" = "$1" ]; }
logs_have() { podman logs guest 2>&1 | grep -qF -- "$1"; }
wait_log() { wait_until logs_have "$1"; }

# ---- run ------------------------------------------------------------------------

@test "a user's run prints what the container prints and ends with its status" {
	expect 42 run --rm "$IMAGE" sh -c 'echo out; echo err >&2; id -u; exit 42'
	prints $'out\n0'
	same "$stderr" err
	ok run --rm "$IMAGE" true
	expect 127 run --rm "$IMAGE" not-there
	says 'not-there'
	expect 126 run --rm "$IMAGE" /etc/plain
}

@test "a user's container has their id and their subordinate ids, and its root is not the host's" {
	local pid
	ok run --rm "$IMAGE" sh -c 'xargs </proc/self/uid_map; xargs </proc/self/gid_map'
	prints "0 $USER_ID 1 1 $SUB_ID $SUB_COUNT
0 $USER_ID 1 1 $SUB_ID $SUB_COUNT"
	up --user 1000:1000 "$IMAGE" sleep 1000
	pid=$(inspect State.Pid)
	same "$(stat -c %u:%g "/proc/$pid")" "$((SUB_ID + 999)):$((SUB_ID + 999))"
	ok podman exec --user 0 guest sleep 0
}

@test "a user's run -i passes the input on, to its end" {
	output=$(printf 'one\ntwo' | run --rm -i "$IMAGE" sh -c 'cat; echo " end"')
	prints $'one\ntwo end'
}

@test "a user's run -it has a terminal of the caller's size and ends with the command's status" {
	expect 6 in_terminal_of_user run --rm -it "$IMAGE" sh -c \
		"tty; $WAIT_SIZE; stty size; stat -c %u /dev/pts/0; exit 6"
	says /dev/pts/0
	says '33 77'
	says $'\n0'
}

@test "a user's --userns=keep-id: they are in it whom they are outside" {
	mkdir vol
	chown "$USER_ID:$USER_ID" vol
	ok run --rm --userns=keep-id -v "$BUNDLE/vol:/vol" "$IMAGE" sh -c 'id -u; id -g; touch /vol/made'
	prints "$USER_ID
$USER_ID"
	same "$(stat -c %u:%g vol/made)" "$USER_ID:$USER_ID"
	up --userns=keep-id "$IMAGE" sleep 1000
	ok podman exec guest id -u
	prints "$USER_ID"
	ok podman exec --user 0 guest id -u
	prints 0
}

@test "a user's run --rootfs takes a directory for the root" {
	cp -a "$SUITE/rootfs" tree
	chown -hR "$USER_ID:$USER_ID" tree
	ok run --rm --rootfs "$BUNDLE/tree" sh -c 'echo x >/tmp/made; echo made'
	prints made
	same "$(<tree/tmp/made)" x
}

# ---- life -------------------------------------------------------------------------

@test "a user's container in the background: logs, exec, top, and restart" {
	local before
	up "$IMAGE" sh -c 'echo out; echo err >&2; exec sleep 1000'
	wait_log err
	ok podman logs guest
	prints out
	same "$stderr" err
	expect 3 podman exec guest sh -c 'echo out; echo err >&2; exit 3'
	prints out
	same "$stderr" err
	expect 127 podman exec guest not-there
	ok podman exec -d guest sleep 2000
	ok podman top guest comm args
	says 'sleep 1000'
	before=$(inspect State.Pid)
	ok podman restart -t 0 guest
	has_state running
	[ "$(inspect State.Pid)" != "$before" ]
}

@test "a user's exec -it has a terminal of its own" {
	up "$IMAGE" sleep 1000
	expect 5 in_terminal_of_user exec -it guest sh -c \
		"tty; $WAIT_SIZE; stty size; exit 5"
	says /dev/pts/0
	says '33 77'
}

@test "a user's stop keeps the status of the trap, kill sends any signal" {
	up "$IMAGE" sh -c 'trap "echo bye; exit 9" TERM; trap "echo usr" USR1; echo ready
		while :; do sleep 0.1; done'
	wait_log ready
	ok podman kill -s USR1 guest
	wait_log usr
	ok podman stop -t 30 guest
	same "$(inspect State.ExitCode)" 9
	logs_have bye
	ok podman start guest
	has_state running
	ok podman kill guest
	ok podman wait guest
	prints 137
}

@test "a user's stop kills what ignores SIGTERM" {
	up "$IMAGE" sh -c 'trap "" TERM; echo ready; while :; do sleep 0.1; done'
	wait_log ready
	ok podman stop -t 1 guest
	same "$(inspect State.ExitCode)" 137
}

@test "a user's container is initialized, then started or removed" {
	ok podman create --name guest "$IMAGE" sh -c 'echo started; exit 4'
	ok podman init guest
	has_state initialized
	expect 4 podman start -a guest
	prints started
	ok podman init guest
	ok podman rm -f guest
	nothing_listed
}

@test "a user's health check is an exec" {
	up --health-cmd 'test -e /healthy' --health-interval disable "$IMAGE" sleep 1000
	expect 1 podman healthcheck run guest
	ok podman exec guest touch /healthy
	ok podman healthcheck run guest
}

# ---- what is in it -------------------------------------------------------------------

@test "a user's volumes: writable, read-only, named, a single file, copied up" {
	mkdir vol
	echo text >vol/file
	chown -R "$USER_ID:$USER_ID" vol
	ok run --rm -v "$BUNDLE/vol:/vol" "$IMAGE" sh -c 'cat /vol/file; echo x >/vol/made'
	prints text
	same "$(<vol/made)" x
	same "$(stat -c %u vol/made)" "$USER_ID"
	expect 1 run --rm -v "$BUNDLE/vol:/vol:ro" "$IMAGE" touch /vol/no
	says 'Read-only file system'
	ok run --rm -v named:/data "$IMAGE" sh -c 'echo kept >/data/file'
	ok run --rm -v named:/data:ro "$IMAGE" cat /data/file
	prints kept
	ok run --rm -v "$BUNDLE/vol/file:/etc/one:ro" "$IMAGE" cat /etc/one
	prints text
	ok run --rm --user 1000:1000 -v "$BUNDLE/vol:/vol:U" "$IMAGE" touch /vol/theirs
	same "$(stat -c %u vol/theirs)" "$((SUB_ID + 999))"
}

@test "a user's read-only root, tmpfs, shared memory and umask" {
	ok run --rm --read-only --tmpfs /small:size=1m,mode=700 --shm-size 1m --umask 0077 "$IMAGE" sh -c \
		'touch /x || echo refused; touch /tmp/x && echo written; umask
		stat -c %a /small; df /small /dev/shm | awk "NR > 1 { print \$2 }"'
	prints $'refused\nwritten\n0077\n700\n1024\n1024'
}

@test "a user's container has devices, masks, a filter and a loopback of its own" {
	ok run --rm --security-opt mask=/proc/uptime "$IMAGE" sh -c \
		'head -c 1 /dev/zero | wc -c; echo x >/dev/null && echo null; wc -c </proc/uptime; ls /sys/firmware | wc -l; ls /sys/class/net; ping -c 1 127.0.0.1 >&2
		echo 1 >/proc/sys/kernel/panic || echo refused'
	prints $'1\nnull\n0\n0\nlo\nrefused'
	ok run --rm "$IMAGE" cat /proc/self/status
	status_is Seccomp 2
	status_is CapEff 00000000a80425fb
}

@test "a user's privileged container has all capabilities over its own, and mounts" {
	ok run --rm --privileged "$IMAGE" sh -c 'mount -t tmpfs tmpfs /mnt && echo mounted
		mknod /tmp/null c 1 3 || echo refused'
	prints $'mounted\nrefused'
}

@test "a user's containers share namespaces: another's, the host's, a pod's" {
	local pid type
	up "$IMAGE" sleep 1000
	pid=$(inspect State.Pid)
	ok run --rm --network container:guest --ipc container:guest --pid container:guest "$IMAGE" sh -c \
		'for i in net ipc pid; do readlink /proc/self/ns/$i; done'
	for type in net ipc pid; do
		says "$(namespace_of "$type" "$pid")"
	done
	ok run --rm --network host --uts host --pid host "$IMAGE" sh -c \
		'cd /proc/self/ns && for i in net uts pid; do readlink $i; done'
	for type in net uts pid; do
		says "$(namespace_of "$type")"
	done
	ok podman pod create --infra=false --name group
	ok run --rm --pod group "$IMAGE" echo member
	prints member
	ok podman pod rm -f group
}

@test "a user's limits: those of the process are set, those of a cgroup they lack are refused" {
	ok run --rm --ulimit nofile=100:200 "$IMAGE" sh -c 'ulimit -Sn; ulimit -Hn'
	prints $'100\n200'
	refused run --rm --memory=64m "$IMAGE" echo ran
	says_not ran
}

@test "a user's build runs its steps through the runtime" {
	mkdir context
	printf 'FROM %s\nRUN echo built >/built && id -u\nUSER 1000\nRUN id -u\n' "$IMAGE" >context/Containerfile
	chown -R "$USER_ID" context
	ok podman build --isolation oci --no-cache --network none -t localhost/built context
	says $'\n0\n'
	says $'\n1000\n'
	ok run --rm localhost/built cat /built
	prints built
	ok podman rmi localhost/built
}

@test "six of a user's containers side by side" {
	local i
	for i in 1 2 3 4 5 6; do
		run --rm "$IMAGE" sh -c "echo $i; exit $i" >"out$i" 2>&1 &
		pids[i]=$!
	done
	for i in 1 2 3 4 5 6; do
		status=0
		wait "${pids[i]}" || status=$?
		same "$status $(<"out$i")" "$i $i"
	done
}
