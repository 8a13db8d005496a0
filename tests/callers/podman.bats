#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The distribution's Podman runs real containers through the runtime.

load helpers

setup_file() {
	export PODMAN=$SUITE/podman TMPDIR=$SUITE
	export CONTAINERS_CONF=$PODMAN/containers.conf
	mkdir "$PODMAN"
	podman_config "$BATS_TEST_DIRNAME/containers.conf" >"$CONTAINERS_CONF"
	podman_words
	"${WORDS[@]}" import -q "$SUITE/rootfs.tar" "$IMAGE" 2>"$PODMAN/err" || { cat "$PODMAN/err"; return 1; }
}

teardown_file() {
	local dir
	podman_words
	"${WORDS[@]}" rmi -fa >/dev/null 2>&1 || true
	unmount_below "$PODMAN"
	# Podman makes them whatever parent it was told.
	for dir in podman_probe libpod_parent/conmon libpod_parent; do
		[ ! -d "$CG_MOUNT/$dir" ] || rmdir "$CG_MOUNT/$dir" || true
	done
}

setup() {
	caller_setup
	podman_words
}

teardown() {
	local left=0
	# Of a guest with mapped ids Podman now and then finds its own mount busy, whatever the runtime.
	wait_until podman rm -f -t 0 -a || { left=1; podman rm -f -t 0 -a 2>&1; }
	no_volume || podman volume rm -f -a >"$BUNDLE/out" 2>&1 || { left=1; cat "$BUNDLE/out"; }
	wait_until nothing_listed || { left=1; "$RUNTIME" list; }
	caller_teardown && [ "$left" -eq 0 ]
}

# What the host has need not be turned off: there Podman's own defaults hold.
podman_config() {
	local settings=()
	! has_controller pids || settings+=(-e '/^pids_limit/d')
	! can_raise_limits || settings+=(-e '/^default_ulimits/d')
	sed -n "${settings[@]}" -e p "$1"
}

podman_words() {
	WORDS=(podman --root "$PODMAN/root" --runroot "$PODMAN/run" --tmpdir "$PODMAN/tmp"
		--network-config-dir "$PODMAN/networks" --storage-driver overlay --runtime "$RUNTIME")
}

podman() { timeout --foreground -k 2 "${LIMIT:-60}" "${WORDS[@]}" "$@" 3>&- 4>&-; }

# run and create with the test's cgroup; the name of a guest that lives on is its test's.
run() { podman run --cgroup-parent "$CG_PATH" "$@"; }
create() { podman create --cgroup-parent "$CG_PATH" "$@"; }
up() { ok run -d --name guest "$@"; }

no_volume() { [ -z "$(ls "$PODMAN/root/volumes")" ]; }
nothing_listed() { [ -z "$("$RUNTIME" list -q)" ]; }
inspect() { podman inspect -f "{{.$1}}" "${2:-guest}"; }
has_state() { [ "$(inspect State.Status)" = "$1" ]; }
logs_have() { podman logs guest 2>&1 | grep -qF -- "$1"; }
wait_log() { wait_until logs_have "$1"; }
exists() { podman container exists "$1"; }

# ---- run ------------------------------------------------------------------------

@test "podman info names the runtime and its version" {
	ok podman info -f '{{.Host.OCIRuntime.Path}} {{.Host.OCIRuntime.Version}}'
	says "$RUNTIME"
	says "$("$RUNTIME" --version | head -n 1)"
}

# bats test_tags=vm
@test "run prints the container's output and error, each where it belongs" {
	ok run --rm "$IMAGE" sh -c 'echo out; echo err >&2'
	prints out
	same "$stderr" err
}

@test "run ends with the command's status" {
	ok run --rm "$IMAGE" true
	expect 1 run --rm "$IMAGE" false
	expect 42 run --rm "$IMAGE" sh -c 'exit 42'
}

# bats test_tags=vm
@test "a missing command is 127 and named" {
	expect 127 run --rm "$IMAGE" not-there
	says 'exec: "not-there": executable file not found in $PATH'
	expect 127 run --rm "$IMAGE" /bin/not-there
	says '/bin/not-there'
	exists guest && return 1
	nothing_listed
}

@test "a command that is no program is 126" {
	expect 126 run --rm "$IMAGE" /etc/plain
	says '/etc/plain'
	expect 126 run --rm "$IMAGE" /etc
	nothing_listed
}

@test "the runtime's error reaches the user as its bare message" {
	warren_only "its text"
	refused run --rm "$IMAGE" /etc
	same "$stderr" "Error: OCI runtime error: $RUNTIME: create failed:"\
' unable to start container process: exec: "/etc": is a directory'
}

@test "run -i passes the input on, to its end" {
	try run --rm -i "$IMAGE" sh -c 'cat; echo end'
	prints end
	output=$(printf 'one\ntwo' | run --rm -i "$IMAGE" sh -c 'cat; echo " end"')
	prints $'one\ntwo end'
}

# bats test_tags=vm
@test "run -it has a terminal of the caller's size and ends with the command's status" {
	expect 6 in_terminal "${WORDS[@]}" run --cgroup-parent "$CG_PATH" --rm -it "$IMAGE" \
		sh -c "tty; $WAIT_SIZE; stty size; exit 6"
	says /dev/pts/0
	says '33 77'
}

@test "run -it: what is typed reaches the shell" {
	feed $'echo got $((40 + 2))\nexit 7\n' in_terminal \
		"${WORDS[@]}" run --cgroup-parent "$CG_PATH" --rm -it -e PS1='ready ' "$IMAGE" sh
	same "$status" 7
	says 'got 42'
}

@test "a user may open its terminal and its descriptors by name" {
	ok run --rm -t --user 1000 "$IMAGE" sh -c \
		'echo a >/dev/tty; echo b >/dev/stdout; stat -c %u "$(tty)" /dev/console'
	same "$(tr -d '\r' <<<"$output" | xargs)" 'a b 1000 1000'
	ok run --rm --user 1000 "$IMAGE" sh -c 'echo a >/dev/stdout; echo b >/dev/stderr'
	prints a
	same "$stderr" b
}

@test "run --preserve-fds passes descriptors on" {
	echo three >three
	command "${WORDS[@]}" run --cgroup-parent "$CG_PATH" --rm --preserve-fds 2 "$IMAGE" sh -c 'cat <&4' \
		3</dev/null 4<three >out
	same "$(<out)" three
}

@test "run --rootfs takes a directory for the root" {
	cp -a "$SUITE/rootfs" tree
	ok run --rm --rootfs "$BUNDLE/tree" sh -c 'echo x >/tmp/made; echo made'
	prints made
	same "$(<tree/tmp/made)" x
}

@test "run --pidfile writes the container's pid" {
	up --pidfile "$BUNDLE/pid" "$IMAGE" sleep 1000
	same "$(<pid)" "$(inspect State.Pid)"
	has_state running
}

@test "six containers side by side" {
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

# ---- life -------------------------------------------------------------------------

# bats test_tags=vm
@test "a detached container is listed, logged, inspected and shown by top" {
	up "$IMAGE" sh -c 'echo out; echo err >&2; exec sleep 1000'
	wait_log err
	ok podman logs guest
	prints out
	same "$stderr" err
	ok podman ps --format '{{.Names}} {{.Status}}'
	says_like '^guest Up'
	same "$(tr '\0' ' ' <"/proc/$(inspect State.Pid)/cmdline")" 'sleep 1000 '
	ok podman top guest pid comm
	says_like '1 +sleep'
}

# bats test_tags=vm
@test "stop sends SIGTERM and keeps the status of the trap" {
	up "$IMAGE" sh -c 'trap "echo bye; exit 9" TERM; echo ready; while :; do sleep 0.1; done'
	wait_log ready
	ok podman stop -t 30 guest
	same "$(inspect State.ExitCode)" 9
	logs_have bye
}

@test "stop kills what ignores SIGTERM" {
	up "$IMAGE" sh -c 'trap "" TERM; echo ready; while :; do sleep 0.1; done'
	wait_log ready
	ok podman stop -t 1 guest
	same "$(inspect State.ExitCode)" 137
	has_state exited
}

# bats test_tags=vm
@test "kill sends any signal, wait gives the status" {
	up "$IMAGE" sh -c 'trap "echo usr" USR1; echo ready; while :; do sleep 0.1; done'
	wait_log ready
	ok podman kill -s USR1 guest
	wait_log usr
	has_state running
	ok podman kill guest
	ok podman wait guest
	prints 137
	refused podman kill guest
}

# bats test_tags=vm
@test "pause stops the container, unpause lets it go on" {
	local before
	up -v "$BUNDLE:/host" "$IMAGE" sh -c 'while :; do echo x >>/host/count; sleep 0.02; done'
	wait_until test -s count
	ok podman pause guest
	has_state paused
	grep -q '^frozen 1' "$CG"/libpod-*/cgroup.events
	before=$(stat -c %s count)
	refused podman exec guest true
	same "$(stat -c %s count)" "$before"
	ok podman unpause guest
	wait_until eval "[ \$(stat -c %s count) -gt $before ]"
}

@test "a container runs again after its end, and its files are still there" {
	ok create --name guest "$IMAGE" sh -c 'echo x >>/count; wc -l </count; exit 3'
	expect 3 podman start -a guest
	prints 1
	expect 3 podman start -a guest
	prints 2
}

@test "restart of a running container" {
	local before
	up "$IMAGE" sleep 1000
	before=$(inspect State.Pid)
	ok podman restart -t 0 guest
	has_state running
	[ "$(inspect State.Pid)" != "$before" ]
	dead "$before"
}

@test "init creates, start starts; an initialized container can be removed" {
	ok create --name guest "$IMAGE" sh -c 'echo started; exit 4'
	ok podman init guest
	has_state initialized
	same "$("$RUNTIME" list -f json | jq -r '.[].status')" created
	expect 4 podman start -a guest
	prints started
	ok podman init guest
	ok podman rm -f guest
	nothing_listed
}

@test "run --rm -d removes the container when it ends" {
	up --rm "$IMAGE" sleep 1000
	ok podman kill guest
	gone() { ! exists guest; }
	wait_until gone
}

@test "a restart policy starts it again" {
	up --restart on-failure:2 "$IMAGE" sh -c 'echo once; exit 1'
	restarted() { same "$(podman logs guest | xargs) $(inspect RestartCount)" 'once once once 2'; }
	wait_until restarted
}

@test "a container outlives its monitor: exec works, and it can be removed" {
	local monitor pid id
	up "$IMAGE" sleep 1000
	id=$(inspect Id)
	pid=$(inspect State.Pid)
	monitor=$(inspect State.ConmonPid)
	kill -9 "$monitor"
	wait_until dead "$monitor"
	has_state running
	ok podman exec guest echo alive
	prints alive
	expect 5 podman exec guest sh -c 'exit 5'
	ok podman rm -f -t 0 guest
	wait_until dead "$pid"
	# Podman leaves the runtime's state to the monitor, which is no more.
	same "$("$RUNTIME" state "$id" | jq -r .status)" stopped
	"$RUNTIME" delete "$id"
	up "$IMAGE" sleep 1000
	ok podman stop -t 0 guest
}

@test "a container outlives the podman that waits for it" {
	local caller
	run --name guest "$IMAGE" sh -c 'echo ready; exec sleep 1000' >foreground 2>&1 &
	caller=$!
	wait_until grep -q ready foreground
	kill -9 "$(pgrep -P "$caller" -x podman || echo "$caller")"
	wait_until dead "$caller"
	has_state running
	ok podman exec guest echo alive
	ok podman stop -t 0 guest
	same "$(inspect State.ExitCode)" 137
}

@test "a health check is an exec" {
	up --health-cmd 'test -e /healthy' --health-interval disable "$IMAGE" sleep 1000
	expect 1 podman healthcheck run guest
	ok podman exec guest touch /healthy
	ok podman healthcheck run guest
}

@test "a container that says READY=1 is ready, and not before" {
	"$SUITE/notified" "$BUNDLE/notify" >notified 3>&- 4>&- &
	wait_until test -S notify
	NOTIFY_SOCKET=$BUNDLE/notify run --name guest --sdnotify container "$IMAGE" sh -c \
		'echo up; until [ -e /go ]; do sleep 0.05; done; probe notify READY=1; exec sleep 1000' \
		>/dev/null 2>&1 &
	wait_log up
	has READY notified && return 1
	ok podman exec guest touch /go
	wait_until has READY=1 notified
	ok podman stop -t 0 guest
	kill %1
	wait %2 || true
}

# ---- exec -------------------------------------------------------------------------

# bats test_tags=vm
@test "exec: output, status, input" {
	up "$IMAGE" sleep 1000
	expect 3 podman exec guest sh -c 'echo out; echo err >&2; exit 3'
	prints out
	same "$stderr" err
	output=$(echo data | podman exec -i guest cat)
	prints data
	expect 137 podman exec guest sh -c 'kill -9 $$'
}

@test "exec of a missing command is 127, of no program 126" {
	up "$IMAGE" sleep 1000
	expect 127 podman exec guest not-there
	says 'not-there'
	expect 126 podman exec guest /etc/plain
	ok podman exec guest true
}

@test "exec: user, directory, environment, privileges" {
	up --cap-drop all "$IMAGE" sleep 1000
	ok podman exec -u 1000:1000 -w /tmp -e A=b guest sh -c 'id -u; id -g; pwd; echo $A'
	prints $'1000\n1000\n/tmp\nb'
	ok podman exec guest cat /proc/self/status
	status_is CapEff 0000000000000000
	status_is Seccomp 2
	ok podman exec --privileged guest cat /proc/self/status
	status_is CapEff "$(sed -n 's/^CapBnd:\t//p' /proc/self/status)"
}

@test "exec joins the container's namespaces and cgroup" {
	local pid type
	up "$IMAGE" sleep 1000
	pid=$(inspect State.Pid)
	ok podman exec guest sh -c 'cd /proc/self/ns && for i in cgroup ipc mnt net pid uts; do readlink $i; done'
	for type in cgroup ipc mnt net pid uts; do
		says "$(namespace_of "$type" "$pid")"
	done
	ok podman exec -d guest sleep 2000
	in_cgroup() { same "$(cat "$CG"/libpod-*/cgroup.procs | wc -l)" 2; }
	wait_until in_cgroup
}

@test "exec -it has a terminal of its own" {
	up "$IMAGE" sleep 1000
	expect 5 in_terminal "${WORDS[@]}" exec -it guest sh -c "tty; $WAIT_SIZE; stty size; exit 5"
	says /dev/pts/0
	says '33 77'
	feed $'echo got $((40 + 2))\nexit 7\n' in_terminal "${WORDS[@]}" exec -it -e PS1='ready ' guest sh
	same "$status" 7
	says 'got 42'
}

@test "exec -d leaves the command running" {
	up "$IMAGE" sleep 1000
	ok podman exec -d guest sh -c 'echo x >/tmp/made; exec sleep 2000'
	wait_until podman exec guest test -e /tmp/made
	ok podman top guest comm args
	says 'sleep 2000'
	ok podman stop -t 0 guest
}

# ---- process ------------------------------------------------------------------------

@test "user by number and name, with further groups" {
	ok run --rm --user 1000:1000 "$IMAGE" sh -c 'id -u; id -g; touch /root/x || echo refused'
	prints $'1000\n1000\nrefused'
	ok run --rm --user user --group-add 77 "$IMAGE" sh -c 'id -G; echo $HOME'
	prints $'1000 77\n/home/user'
}

@test "directory, environment, entry point, host name" {
	ok run --rm --workdir /home/user -e A=b --hostname warm --entrypoint '["sh", "-c"]' \
		"$IMAGE" 'pwd; echo $A; hostname; echo $0' name
	prints $'/home/user\nb\nwarm\nname'
}

@test "an init of the host's in front of the command" {
	printf '#!/bin/sh\necho init\nshift\nexec "$@"\n' >init
	chmod 755 init
	ok run --rm --init --init-path "$BUNDLE/init" "$IMAGE" echo command
	prints $'init\ncommand'
}

@test "capabilities: Podman's own, less, and more" {
	ok run --rm "$IMAGE" cat /proc/self/status
	status_is CapEff 00000000a80425fb
	status_is CapBnd 00000000a80425fb
	status_is CapInh 0000000000000000
	ok run --rm --cap-drop all --cap-add net_raw "$IMAGE" cat /proc/self/status
	status_is CapEff 0000000000002000
	status_is CapBnd 0000000000002000
	ok run --rm --user 1000 "$IMAGE" cat /proc/self/status
	status_is CapEff 0000000000000000
	status_is CapBnd 00000000a80425fb
	expect 1 run --rm --cap-drop chown "$IMAGE" chown 1 /tmp
}

@test "seccomp: the default profile, none, and one of one's own" {
	ok run --rm "$IMAGE" cat /proc/self/status
	status_is Seccomp 2
	ok run --rm --security-opt seccomp=unconfined "$IMAGE" cat /proc/self/status
	status_is Seccomp 0
	jq -n '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [
		{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 95}]}' >profile.json
	expect 1 run --rm --security-opt seccomp="$BUNDLE/profile.json" "$IMAGE" mkdir /tmp/x
	says 'Operation not supported'
}

@test "no-new-privileges" {
	ok run --rm "$IMAGE" cat /proc/self/status
	status_is NoNewPrivs 0
	ok run --rm --security-opt no-new-privileges "$IMAGE" cat /proc/self/status
	status_is NoNewPrivs 1
}

@test "resource limits of the process: the configured ones, and others" {
	ok run --rm "$IMAGE" sh -c 'ulimit -Sn; ulimit -Hn; ulimit -u'
	if can_raise_limits; then
		prints $'1048576\n1048576\n1048576'
	else
		prints $'512\n1024\n2048'
	fi
	ok run --rm --ulimit nofile=100:200 --ulimit nproc=300:400 --ulimit core=0 "$IMAGE" \
		sh -c 'ulimit -Sn; ulimit -Hn; ulimit -u; ulimit -c'
	prints $'100\n200\n300\n0'
}

@test "a resource limit that cannot be set is refused" {
	! can_raise_limits || skip "this process may raise every limit"
	expect 126 run --rm --ulimit nproc=100 --ulimit nofile=$(($(ulimit -Hn) + 1)) "$IMAGE" echo ran
	says_not ran
	warren_only "its text"
	says RLIMIT_NOFILE
}

@test "a cgroup limit is set, or refused when its controller is missing" {
	local pair
	for pair in pids:--pids-limit=50 cpu:--cpus=0.5 memory:--memory=64m; do
		if grep -qw "${pair%%:*}" "$CG_MOUNT/cgroup.controllers"; then
			ok run --rm "${pair#*:}" "$IMAGE" sh -c 'cd /sys/fs/cgroup; cat pids.max cpu.max memory.max'
			says_like '(^|'$'\n'')(50|50000 100000|67108864)('$'\n''|$)'
		else
			refused run --rm "${pair#*:}" "$IMAGE" echo ran
			says_not ran
			! is_warren || says "the ${pair%%:*} controller is not available"
		fi
	done
}

# bats test_tags=vm
@test "without a word, a container has Podman's limits of processes and files" {
	needs_controller pids
	can_raise_limits || skip "needs CAP_SYS_RESOURCE"
	ok run --rm "$IMAGE" sh -c 'cat /sys/fs/cgroup/pids.max; ulimit -Hu; ulimit -Hn'
	prints $'2048\n1048576\n1048576'
}

# bats test_tags=vm
@test "much in one: a user, no capabilities, a read-only root, volumes, a cgroup" {
	mkdir vol
	echo text >vol/file
	ok run --rm --read-only --user 1000:1000 --group-add 77 --cap-drop all \
		-v "$BUNDLE/vol:/vol:ro" -v named:/data --tmpfs /new "$IMAGE" sh -c 'cat /vol/file; id -G
			for file in /x /vol/x /new/x; do touch $file && echo written; done
			mkdir /sys/fs/cgroup/x || grep ^0: /proc/self/cgroup
			cat /proc/self/status'
	says $'text\n1000 77\nwritten\n0::/\n'
	status_is CapBnd 0000000000000000
	status_is Seccomp 2
}

# bats test_tags=vm
@test "limits are the cgroup's, update changes them, and stats knows them" {
	needs_controller memory
	needs_controller pids
	needs_controller cpu
	limits() { (cd "$CG"/libpod-* && cat memory.max pids.max cpu.max | xargs); }
	up --memory 64m --pids-limit 50 --cpus 0.5 "$IMAGE" sleep 1000
	same "$(limits)" '67108864 50 50000 100000'
	ok podman update --memory 96m --cpus 0.25 guest
	same "$(limits)" '100663296 50 25000 100000'
	ok podman exec guest cat /sys/fs/cgroup/memory.max
	prints 100663296
	ok podman stats --no-stream --format '{{.MemUsage}} {{.PIDS}}' guest
	says_like '/ 100.7MB 1$'
}

# bats test_tags=vm
@test "a container beyond its memory is killed, and inspect says why" {
	needs_controller memory
	expect 137 run --name guest --memory 16m "$IMAGE" dd if=/dev/zero of=/dev/null bs=64M count=1
	same "$(inspect State.OOMKilled) $(inspect State.ExitCode)" 'true 137'
}

# bats test_tags=vm
@test "a fork bomb ends at the limit of its processes, and can be stopped" {
	needs_controller pids
	up --pids-limit 20 "$IMAGE" sh -c 'bomb() { bomb & bomb; }; bomb & exec sleep 1000'
	refused_a_fork() { grep -q '^max [1-9]' "$CG"/libpod-*/pids.events; }
	wait_until refused_a_fork
	[ "$(cat "$CG"/libpod-*/pids.current)" -le 20 ]
	ok podman stop -t 0 guest
	same "$(inspect State.ExitCode)" 137
}

@test "umask, oom score, sysctl, a shared memory of a size" {
	ok run --rm --umask 0077 --oom-score-adj 500 --sysctl kernel.shm_rmid_forced=1 --shm-size 1m \
		"$IMAGE" sh -c 'umask; cat /proc/self/oom_score_adj /proc/sys/kernel/shm_rmid_forced
			df /dev/shm | awk "END { print \$2 }"'
	prints $'0077\n500\n1\n1024'
}

# ---- files --------------------------------------------------------------------------

@test "volumes: writable, read-only, named, a single file" {
	mkdir vol
	echo text >vol/file
	ok run --rm -v "$BUNDLE/vol:/vol" "$IMAGE" sh -c 'cat /vol/file; echo x >/vol/made'
	prints text
	same "$(<vol/made)" x
	expect 1 run --rm -v "$BUNDLE/vol:/vol:ro" "$IMAGE" touch /vol/no
	says 'Read-only file system'
	missing vol/no
	ok run --rm -v named:/data "$IMAGE" sh -c 'echo kept >/data/file'
	ok run --rm -v named:/data:ro "$IMAGE" cat /data/file
	prints kept
	ok run --rm -v "$BUNDLE/vol/file:/etc/one:ro" "$IMAGE" cat /etc/one
	prints text
}

@test "a shared volume passes mounts on in both directions" {
	mkdir vol
	mount -t tmpfs tmpfs vol
	mount --make-shared vol
	mkdir vol/host vol/guest
	up --privileged -v "$BUNDLE/vol:/vol:rshared" "$IMAGE" sh -c \
		'mount -t tmpfs tmpfs /vol/guest && : >/vol/guest/made; exec sleep 1000'
	wait_until test -e vol/guest/made
	mount -t tmpfs tmpfs vol/host
	: >vol/host/made
	ok podman exec guest test -e /vol/host/made
	ok podman rm -f -t 0 guest
	umount -R vol
}

@test "read-only root, with what must stay writable" {
	ok run --rm --read-only "$IMAGE" sh -c 'touch /x || echo refused
		touch /tmp/x /run/x /var/tmp/x /dev/shm/x && echo written'
	prints $'refused\nwritten'
	ok run --rm --read-only --read-only-tmpfs=false "$IMAGE" sh -c 'touch /tmp/x || echo refused'
	prints refused
}

@test "tmpfs: size, mode, and a new one is everybody's" {
	ok run --rm --tmpfs /small:size=1m,mode=700 "$IMAGE" sh -c \
		'stat -c %a /small; df /small | awk "END { print \$2 }"'
	prints $'700\n1024'
	ok run --rm --user 1000 --tmpfs /new "$IMAGE" sh -c 'stat -c %a /new; touch /new/x'
	prints 1777
}

@test "devices: the node, its rights, and no others" {
	ok run --rm --device /dev/loop-control:/dev/extra:r "$IMAGE" sh -c \
		'stat -c %t:%T /dev/extra;
		head -c 0 </dev/extra && echo readable; (: >/dev/extra) || echo not writable'
	prints $'a:ed\nreadable\nnot writable'
	ok run --rm --cap-add mknod "$IMAGE" sh -c 'mknod /tmp/kmsg c 1 11 && head -c 0 /tmp/kmsg || echo refused'
	prints refused
	ok run --rm "$IMAGE" sh -c 'head -c 1 /dev/zero >/dev/null; echo x >/dev/full || echo full'
	prints full
}

@test "masked and read-only paths" {
	ok run --rm --security-opt mask=/proc/uptime "$IMAGE" sh -c \
		'wc -c </proc/uptime; ls /sys/firmware | wc -l; echo 1 >/proc/sys/kernel/panic || echo refused'
	prints $'0\n0\nrefused'
}

@test "privileged: all capabilities, no filter, mounts" {
	ok run --rm --privileged "$IMAGE" sh -c 'cat /proc/self/status; mount -t tmpfs tmpfs /mnt && echo mounted'
	status_is CapEff "$(sed -n 's/^CapBnd:\t//p' /proc/self/status)"
	status_is Seccomp 0
	says mounted
}

@test "systemd's files and cgroup for a container that asks for them" {
	ok run --rm --systemd always "$IMAGE" sh -c 'mkdir /sys/fs/cgroup/below && rmdir /sys/fs/cgroup/below
		ls -d /run/lock; echo $container'
	prints $'/run/lock\npodman'
	ok run --rm "$IMAGE" sh -c 'mkdir /sys/fs/cgroup/below || echo refused'
	prints refused
}

# bats test_tags=vm
@test "a systemd boots, and stop is what it calls an orderly end" {
	booted() { podman exec guest systemctl is-system-running >state 2>&1; grep -qE '^(running|degraded)' state; }
	[ -n "${SYSTEMD_ROOT:-}" ] || skip "needs SYSTEMD_ROOT, a root file system with systemd"
	up --systemd always --rootfs "$SYSTEMD_ROOT:O" /usr/lib/systemd/systemd
	wait_until booted || { cat state; podman logs guest; return 1; }
	ok podman exec guest systemctl show -P ControlGroup init.scope
	prints /init.scope
	ok podman stop -t 60 guest
	same "$(inspect State.ExitCode)" 0
}

# ---- namespaces ---------------------------------------------------------------------

@test "mapped ids: the guest's root is not the host's" {
	local null
	null=$(stat -c %u:%g /dev/null)
	mkdir vol
	chown 100000:100000 vol
	ok run --rm --uidmap 0:100000:65536 --gidmap 0:100000:65536 -v "$BUNDLE/vol:/vol" "$IMAGE" sh -c \
		'awk "{ print \$1, \$2, \$3 }" /proc/self/uid_map; id -u; touch /mine /vol/made; stat -c %u /mine
		: </dev/null; touch /sys/fs/cgroup/cgroup.procs 2>&- || echo refused'
	prints $'0 100000 65536\n0\n0\nrefused'
	same "$(stat -c %u:%g vol/made)" 100000:100000
	same "$(stat -c %u:%g /dev/null)" "$null"

	up --uidmap 0:100000:65536 --gidmap 0:100000:65536 "$IMAGE" sleep 1000
	ok podman exec guest id -u
	prints 0
	same "$(stat -c %u "/proc/$(inspect State.Pid)")" 100000
	expect 5 in_terminal "${WORDS[@]}" exec -it guest sh -c "$WAIT_SIZE; exit 5"
}

@test "no network is the loopback alone, and that is up" {
	ok run --rm --network none "$IMAGE" sh -c 'ls /sys/class/net; ping -c 1 127.0.0.1 >&2'
	prints lo
}

@test "the host's namespaces where it asks for them" {
	ok run --rm --network host --uts host --ipc host --pid host --cgroupns host "$IMAGE" sh -c \
		'cd /proc/self/ns && readlink net uts ipc pid cgroup; for i in net uts ipc pid cgroup; do readlink $i; done'
	local type
	for type in net uts ipc pid cgroup; do
		says "$(namespace_of "$type")"
	done
	up --pid host "$IMAGE" sh -c 'sleep 2000 & exec sleep 1000'
	ok podman stop -t 0 guest
}

@test "another container's namespaces" {
	local pid type
	up "$IMAGE" sleep 1000
	pid=$(inspect State.Pid)
	ok run --rm --network container:guest --ipc container:guest --pid container:guest "$IMAGE" sh -c \
		'for i in net ipc pid mnt; do readlink /proc/self/ns/$i; done; tr "\0" " " </proc/1/cmdline'
	for type in net ipc pid; do
		says "$(namespace_of "$type" "$pid")"
	done
	says 'sleep 1000'
	says_not "$(namespace_of mnt "$pid")"
}

@test "a pod shares its members' namespaces" {
	ok podman pod create --infra=false --cgroup-parent "$CG_PATH" --name group
	ok run --rm --pod group "$IMAGE" echo member
	prints member
	ok podman pod rm -f group
}

@test "the cgroup is a root of its own, read-only, below the parent it was given" {
	ok run --rm "$IMAGE" sh -c 'grep ^0: /proc/self/cgroup; ls -d /sys/fs/cgroup/cgroup.procs
		mkdir /sys/fs/cgroup/x || echo refused'
	prints $'0::/\n/sys/fs/cgroup/cgroup.procs\nrefused'
	ok run --rm --cgroupns host "$IMAGE" grep ^0: /proc/self/cgroup
	says_like "^0::$CG_PATH/libpod-[0-9a-f]{64}\$"
}

# ---- build --------------------------------------------------------------------------

@test "build runs its steps through the runtime" {
	mkdir context
	printf 'FROM %s\nRUN echo built >/built && id -u\nUSER 1000\nRUN id -u\n' "$IMAGE" >context/Containerfile
	ok podman build --isolation oci --no-cache --network none --cgroup-parent "$CG_PATH/build" \
		-t localhost/built context
	says $'\n0\n'
	says $'\n1000\n'
	ok run --rm localhost/built cat /built
	prints built
	printf 'FROM %s\nRUN exit 3\n' "$IMAGE" >context/Containerfile
	refused podman build --isolation oci --no-cache --network none --cgroup-parent "$CG_PATH/build" context
	says 'exit status 3'
}
