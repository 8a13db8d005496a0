#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The distribution's Docker Engine runs real containers through the runtime. It has no network: a
# container gets none, or the host's.

# bats file_tags=vm
load helpers

setup_file() {
	export DAEMON=$SUITE/docker
	export CONTAINERD_ADDRESS=$DAEMON/containerd DOCKER_HOST=unix://$DAEMON/socket
	has_engine || return 0
	mkdir "$DAEMON"
	containerd_start && engine_start || { cat "$DAEMON/log"; return 1; }
	docker import "$SUITE/rootfs.tar" "$IMAGE" >"$DAEMON/out" 2>&1 || { cat "$DAEMON/out"; return 1; }
}

teardown_file() {
	local pid
	if has_engine; then
		pid=$(<"$DAEMON/engine")
		kill "$pid"
		wait_until dead "$pid"
		containerd_stop
		unmount_below "$DAEMON"
	fi
}

setup() {
	has_engine || skip "needs Docker Engine"
	caller_setup
	needs_controller memory
}

teardown() {
	local left=0 id
	has_engine || return 0
	for id in $(docker ps -aq); do
		docker rm -f "$id" >"$BUNDLE/out" 2>&1 || { left=1; cat "$BUNDLE/out"; }
	done
	wait_until nothing_listed || { left=1; listed; }
	caller_teardown && [ "$left" -eq 0 ]
}

has_engine() { command -v dockerd >/dev/null && type -P docker >/dev/null; }

# A containerd of its own would have to be there within 15 seconds.
engine_start() {
	dockerd -H "$DOCKER_HOST" --containerd "$CONTAINERD_ADDRESS" --data-root "$DAEMON/data" \
		--exec-root "$DAEMON/exec" --pidfile "$DAEMON/engine" \
		--add-runtime "warren=$RUNTIME" --default-runtime warren --exec-opt native.cgroupdriver=cgroupfs \
		--bridge=none --iptables=false --ip6tables=false >>"$DAEMON/log" 2>&1 </dev/null 3>&- 4>&- &
	disown
	wait_until test -S "$DAEMON/socket" && wait_until docker version
}

docker() { timeout --foreground -k 2 "${LIMIT:-60}" docker "$@" 3>&- 4>&-; }
run() { docker run --cgroup-parent "$CG_PATH" "$@"; }
up() { ok run -d --name guest "$@"; }
inspect() { docker inspect -f "{{.$1}}" guest; }
is() { [ "$(inspect "$1")" = "$2" ]; }
logs_have() { docker logs guest 2>&1 | grep -qF -- "$1"; }
state_root() { echo "$DAEMON/exec/runtime-runc/moby"; }
listed() { "$RUNTIME" --root "$(state_root)" list "$@"; }
nothing_listed() { [ ! -d "$(state_root)" ] || [ -z "$(listed -q)" ]; }

@test "docker info names the runtime, and version its version" {
	ok docker info -f '{{.DefaultRuntime}} {{.CgroupDriver}} {{.CgroupVersion}}'
	prints 'warren cgroupfs 2'
	ok docker version -f '{{json .Server.Components}}'
	same "$(jq -r '.[] | select(.Name == "warren") | .Version' <<<"$output")" \
		"$("$RUNTIME" --version | sed -n '1s/.* //p')"
}

@test "docker run prints the container's output and error, and ends with the command's status" {
	expect 42 run --rm "$IMAGE" sh -c 'echo out; echo err >&2; exit 42'
	prints out
	same "$stderr" err
	same "$(docker ps -aq)" ''
}

@test "docker run of a missing command is 127, of no program 126" {
	expect 127 run --rm "$IMAGE" not-there
	says 'exec: "not-there": executable file not found in $PATH'
	expect 126 run --rm "$IMAGE" /etc/plain
	says /etc/plain
	nothing_listed
}

@test "docker run -it has a terminal of the caller's size and ends with the command's status" {
	expect 6 in_terminal docker run --cgroup-parent "$CG_PATH" --rm -it "$IMAGE" \
		sh -c "tty; $WAIT_SIZE; stty size; exit 6"
	says /dev/pts/0
	says '33 77'
}

@test "docker run -d, logs, top, exec and stop" {
	up "$IMAGE" sh -c 'trap "echo bye; exit 9" TERM; echo ready; while :; do sleep 0.1; done'
	wait_until logs_have ready
	is State.Status running
	same "$(listed -q)" "$(inspect Id)"
	ok docker top guest -o pid,args
	says "$(inspect State.Pid)"
	says 'trap'
	expect 3 docker exec guest sh -c 'echo out; echo err >&2; exit 3'
	prints out
	same "$stderr" err
	try docker exec guest not-there # 126 or, from a later release on, 127
	[[ $status == 12[67] ]]
	says 'exec: "not-there": executable file not found in $PATH'
	ok docker exec -u 1000:1000 -w /tmp -e A=b guest sh -c 'id -u; pwd; echo $A'
	prints $'1000\n/tmp\nb'
	ok docker stop -t 30 guest
	is State.ExitCode 9
	logs_have bye
}

@test "docker exec -it has a terminal of its own" {
	up "$IMAGE" sleep 1000
	expect 5 in_terminal docker exec -it guest sh -c "tty; $WAIT_SIZE; stty size; exit 5"
	says '33 77'
}

@test "docker kill sends any signal, wait gives the status, and events tell of it" {
	local since
	since=$(date +%s)
	up "$IMAGE" sh -c 'trap "echo usr" USR1; echo ready; while :; do sleep 0.1; done'
	wait_until logs_have ready
	ok docker kill -s USR1 guest
	wait_until logs_have usr
	ok docker kill guest
	ok docker wait guest
	prints 137
	refused docker kill guest
	ok docker events --since "$since" --until "$(($(date +%s) + 1))" --filter container=guest --format '{{.Action}}'
	same "$(xargs <<<"$output")" 'create start kill kill die'
}

@test "docker pause stops the container, unpause lets it go on" {
	local before
	up -v "$BUNDLE:/host" "$IMAGE" sh -c 'while :; do echo x >>/host/count; sleep 0.02; done'
	wait_until test -s count
	ok docker pause guest
	is State.Status paused
	grep -q '^frozen 1' "$CG"/*/cgroup.events
	before=$(stat -c %s count)
	refused docker exec guest true
	same "$(stat -c %s count)" "$before"
	ok docker unpause guest
	is State.Status running
	wait_until eval "[ \$(stat -c %s count) -gt $before ]"
}

@test "docker's limits are the cgroup's, update changes them, and stats knows them" {
	limits() { (cd "$CG"/*/ && cat memory.max pids.max cpu.max | xargs); }
	up --memory 64m --pids-limit 50 --cpus 0.5 "$IMAGE" sleep 1000
	same "$(limits)" '67108864 50 50000 100000'
	ok docker update --memory 96m --memory-swap 96m --pids-limit 60 --cpus 0.25 guest
	same "$(limits)" '100663296 60 25000 100000'
	ok docker exec guest cat /sys/fs/cgroup/memory.max
	prints 100663296
	ok docker stats --no-stream --format '{{.MemUsage}} {{.PIDs}}' guest
	says_like '/ 96MiB 1$'
}

# containerd looks for this only once the start is over: hence the wait.
@test "a container of docker's beyond its memory is killed, and inspect says why" {
	up --memory 16m "$IMAGE" sh -c \
		'until [ -e /go ]; do sleep 0.1; done; dd if=/dev/zero of=/dev/null bs=64M count=1; exit $?'
	ok docker exec guest touch /go
	ok docker wait guest
	prints 137
	wait_until is State.OOMKilled true
}

@test "docker stop ends a fork bomb that its limit of processes holds" {
	up --pids-limit 20 "$IMAGE" sh -c 'bomb() { bomb & bomb; }; bomb & exec sleep 1000'
	refused_a_fork() { grep -q '^max [1-9]' "$CG"/*/pids.events; }
	wait_until refused_a_fork
	[ "$(cat "$CG"/*/pids.current)" -le 20 ]
	ok docker stop -t 0 guest
	is State.ExitCode 137
}

@test "docker run: user, capabilities, read-only root, volumes" {
	mkdir vol
	echo text >vol/file
	ok run --rm --read-only --user 1000 --cap-drop all -v "$BUNDLE/vol:/vol:ro" -v named:/data --tmpfs /tmp \
		"$IMAGE" sh -c 'cat /vol/file; id -u; touch /x || echo refused; touch /vol/x || echo refused
			touch /tmp/x && echo written; cat /proc/self/status'
	says $'text\n1000\nrefused\nrefused\nwritten\n'
	status_is CapBnd 0000000000000000
	status_is Seccomp 2
	docker volume rm named
}

@test "docker's restart policy starts it again, and a restart makes a new process" {
	local before
	up --restart on-failure:1 "$IMAGE" sh -c 'echo once; exit 1'
	restarted() { same "$(docker logs guest | xargs) $(inspect RestartCount)" 'once once 1'; }
	wait_until restarted
	ok docker rm -f guest
	up "$IMAGE" sleep 1000
	before=$(inspect State.Pid)
	ok docker restart -t 0 guest
	is State.Status running
	[ "$(inspect State.Pid)" != "$before" ]
}
