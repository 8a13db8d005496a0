#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The distribution's containerd, by ctr and its stock runc shim, runs real containers through the
# runtime.

load helpers

setup_file() {
	export DAEMON=$SUITE/containerd
	export CONTAINERD_ADDRESS=$DAEMON/socket
	mkdir "$DAEMON"
	containerd_start || { cat "$DAEMON/log"; return 1; }
	ctr image import "$SUITE/image.tar" >"$DAEMON/out" 2>&1 || { cat "$DAEMON/out"; return 1; }
}

teardown_file() {
	containerd_stop
	unmount_below "$DAEMON"
}

setup() { caller_setup; }

teardown() {
	local left=0 id
	for id in $(ctr task ls -q); do
		ctr task rm -f "$id" >"$BUNDLE/out" 2>&1 || { left=1; cat "$BUNDLE/out"; }
	done
	for id in $(ctr container ls -q); do
		ctr container rm "$id" >"$BUNDLE/out" 2>&1 || { left=1; cat "$BUNDLE/out"; }
	done
	wait_until nothing_listed || { left=1; listed; }
	wait_until no_shim || { left=1; echo "a shim is left"; }
	caller_teardown && [ "$left" -eq 0 ]
}

# ---- ctr ------------------------------------------------------------------------

ctr() { timeout --foreground -k 2 "${LIMIT:-60}" ctr "$@" 3>&- 4>&-; }

# ctr's own default is 1024 CPU shares: no limit, but a runtime needs the controller for it.
run_words() {
	RUN=(ctr run --runc-binary "$RUNTIME" --cgroup "$CG_PATH/$ID")
	has_controller cpu || RUN+=(--cpu-shares 0)
}

# run [OPTIONS] COMMAND [ARGS]: a container named guest, of the test's image.
ID=guest
OPTIONS=()
run() {
	local RUN
	run_words
	timeout --foreground -k 2 "${LIMIT:-60}" "${RUN[@]}" "${OPTIONS[@]}" "$IMAGE" "$ID" "$@" 3>&- 4>&-
}

run_rm() {
	OPTIONS=(--rm)
	while [[ ${1:-} == -* ]]; do
		OPTIONS+=("$1")
		shift
	done
	run "$@"
}

up() {
	OPTIONS=(-d --null-io)
	ok run "$@"
}

exec_in() { ctr task exec --exec-id "e$((++EXECS))" "$@"; }
EXECS=0

state_root() { echo /run/containerd/runc/default; }
listed() { "$RUNTIME" --root "$(state_root)" list "$@"; }
nothing_listed() { [ ! -d "$(state_root)" ] || [ -z "$(listed -q)" ]; }
shim_of() { pgrep -f "containerd-shim-runc-v2 .*-id $1 -address $CONTAINERD_ADDRESS"; }
no_shim() { ! shim_of '[^ ]*'; }
task_status() { ctr task ls | awk -v id="$ID" '$1 == id { print $3 }'; }
task_pid() { ctr task ls | awk -v id="$ID" '$1 == id { print $2 }'; }
task_is() { [ "$(task_status)" = "$1" ]; }

# ---- run ------------------------------------------------------------------------

# bats test_tags=vm
@test "run prints the container's output and error, each where it belongs" {
	ok run_rm sh -c 'echo out; echo err >&2'
	prints out
	same "$stderr" err
	ok ctr container ls -q
	prints ''
}

@test "run ends with the command's status" {
	ok run_rm true
	expect 1 run_rm false
	expect 42 run_rm sh -c 'exit 42'
	expect 3 run_rm --null-io sh -c 'exit 3'
}

@test "a command that cannot be started is named, and nothing stays" {
	refused run_rm not-there
	says 'OCI runtime create failed'
	says 'exec: "not-there": executable file not found in $PATH'
	refused run_rm /etc/plain
	says '/etc/plain'
	nothing_listed
	ok run_rm true
}

@test "run passes the input on, to its end" {
	feed $'one\ntwo\n' run_rm sh -c 'echo ready; while read -r line; do echo got $line; done; echo end'
	same "$status" 0
	prints $'ready\ngot one\ngot two\nend'
}

# bats test_tags=vm
@test "run -t has a terminal of the caller's size and ends with the command's status" {
	local RUN
	run_words
	expect 6 in_terminal "${RUN[@]}" --rm -t "$IMAGE" "$ID" sh -c "tty; $WAIT_SIZE; stty size; exit 6"
	says /dev/pts/0
	says '33 77'
}

@test "run -t: what is typed reaches the shell" {
	local RUN
	run_words
	feed $'echo got $((40 + 2))\nexit 7\n' in_terminal "${RUN[@]}" --rm -t --env PS1='ready ' "$IMAGE" "$ID" sh
	same "$status" 7
	says 'got 42'
}

@test "run --rootfs takes a directory for the root" {
	local RUN
	cp -a "$SUITE/rootfs" tree
	run_words
	ok "${RUN[@]}" --rm --rootfs "$BUNDLE/tree" "$ID" /bin/sh -c 'echo x >/tmp/made; echo made'
	prints made
	same "$(<tree/tmp/made)" x
}

@test "run --runc-root names the runtime's state root" {
	up sleep 1000
	ok listed -q
	prints guest
	ok ctr task rm -f guest
	ok ctr container rm guest
	OPTIONS=(-d --null-io --runc-root "$SUITE/state" --pid-file "$BUNDLE/pid")
	ok run sleep 1000
	same "$("$RUNTIME" --root "$SUITE/state/default" list -q)" guest
	same "$(<pid)" "$(task_pid)"
	ok ctr task rm -f guest
	same "$("$RUNTIME" --root "$SUITE/state/default" list -q)" ''
}

@test "run --no-pivot" {
	ok run_rm --no-pivot sh -c 'echo here; ls /run/warren-callers || echo inside'
	prints $'here\ninside'
}

@test "six containers side by side" {
	local i
	for i in 1 2 3 4 5 6; do
		ID=guest$i run_rm sh -c "echo $i; exit $i" >"out$i" 2>&1 &
		pids[i]=$!
	done
	for i in 1 2 3 4 5 6; do
		status=0
		wait "${pids[i]}" || status=$?
		same "$status $(<"out$i")" "$i $i"
	done
}

# ---- life -----------------------------------------------------------------------

# bats test_tags=vm
@test "a task is listed, killed and removed, with the status of its trap" {
	up sh -c 'trap "exit 9" TERM; : >/tmp/ready; while :; do sleep 0.1; done'
	task_is RUNNING
	same "$(tr '\0' ' ' <"/proc/$(task_pid)/cmdline" | cut -c 1-5)" 'sh -c'
	wait_until exec_in guest test -e /tmp/ready
	ok ctr task kill -s TERM guest
	wait_until task_is STOPPED
	try ctr task rm guest
	says 'exit code 9'
	ok ctr container rm guest
}

@test "a task that ignores SIGTERM is killed with all of its processes" {
	up sh -c 'trap "" TERM; sleep 2000 & : >/tmp/ready; while :; do sleep 0.1; done'
	wait_until exec_in guest test -e /tmp/ready
	ok ctr task kill -s TERM guest
	ok exec_in guest true
	ok ctr task kill --all -s KILL guest
	wait_until task_is STOPPED
	try ctr task rm guest
	says 'exit code 137'
}

@test "ps lists the processes of a task" {
	up sh -c 'sleep 2000 & exec sleep 1000'
	two() { [ "$(ctr task ps guest | wc -l)" -eq 3 ]; }
	wait_until two
	ok ctr task ps guest
	says_like "(^|"$'\n'")$(task_pid) "
}

# bats test_tags=vm
@test "pause stops the task, resume lets it go on" {
	local before
	OPTIONS=(-d --null-io --mount "type=bind,src=$BUNDLE,dst=/host,options=rbind:rw")
	ok run sh -c 'while :; do echo x >>/host/count; sleep 0.02; done'
	wait_until test -s count
	ok ctr task pause guest
	task_is PAUSED
	grep -q '^frozen 1' "$CG/guest/cgroup.events"
	before=$(stat -c %s count)
	refused exec_in guest true
	same "$(stat -c %s count)" "$before"
	ok ctr task resume guest
	task_is RUNNING
	wait_until eval "[ \$(stat -c %s count) -gt $before ]"
}

@test "a killed shim's container is cleaned up, and its name is free" {
	local pid shim
	up sh -c 'trap "" TERM; while :; do sleep 0.1; done'
	pid=$(task_pid)
	shim=$(shim_of guest)
	kill -9 "$shim"
	wait_until dead "$pid"
	wait_until nothing_listed
	no_task() { [ -z "$(ctr task ls -q)" ]; }
	wait_until no_task
	ok ctr container rm guest
	ok run_rm echo again
	prints again
}

@test "a task outlives its containerd, and the next one finds it" {
	local pid daemon
	up sh -c 'trap "exit 5" TERM; : >/tmp/ready; while :; do sleep 0.1; done'
	pid=$(task_pid)
	wait_until exec_in guest test -e /tmp/ready
	daemon=$(<"$DAEMON/pid")
	kill -9 "$daemon"
	wait_until dead "$daemon"
	containerd_start
	task_is RUNNING
	same "$(task_pid)" "$pid"
	ok exec_in guest echo alive
	prints alive
	ok ctr task kill -s TERM guest
	wait_until task_is STOPPED
	try ctr task rm guest
	says 'exit code 5'
}

# ---- exec -----------------------------------------------------------------------

# bats test_tags=vm
@test "exec: output, status, user, directory" {
	up sleep 1000
	expect 3 exec_in guest sh -c 'echo out; echo err >&2; exit 3'
	prints out
	same "$stderr" err
	ok exec_in --user 1000:1000 --cwd /tmp guest sh -c 'id -u; id -g; pwd'
	prints $'1000\n1000\n/tmp'
	expect 137 exec_in guest sh -c 'kill -9 $$'
}

@test "exec of a missing command is named, and the task goes on" {
	up sleep 1000
	refused exec_in guest not-there
	says 'OCI runtime exec failed'
	says 'exec: "not-there": executable file not found in $PATH'
	task_is RUNNING
	ok exec_in guest true
}

@test "exec passes the input on, to its end" {
	up sleep 1000
	feed $'one\n' exec_in guest sh -c 'echo ready; while read -r line; do echo got $line; done; echo end'
	prints $'ready\ngot one\nend'
}

@test "exec -t has a terminal of its own" {
	up sleep 1000
	expect 5 in_terminal ctr task exec -t --exec-id e1 guest sh -c "tty; $WAIT_SIZE; stty size; exit 5"
	says /dev/pts/0
	says '33 77'
}

@test "exec -d leaves the command running, and it ends with the task" {
	up sleep 1000
	ok exec_in -d guest sleep 2000
	two() { same "$(wc -l <"$CG/guest/cgroup.procs")" 2; }
	wait_until two
	ok ctr task kill -s KILL guest
	wait_until task_is STOPPED
}

# ---- configuration --------------------------------------------------------------

@test "environment, directory, mounts, read-only root" {
	mkdir vol
	echo text >vol/file
	OPTIONS=(--rm --env A=b --cwd /tmp --read-only
		--mount "type=bind,src=$BUNDLE/vol,dst=/mnt,options=rbind:ro"
		--mount "type=tmpfs,dst=/home,options=size=1m:mode=700")
	ok run sh -c 'echo $A; pwd; cat /mnt/file; stat -c %a /home
		touch /x || echo refused; touch /mnt/x || echo refused; touch /home/x && echo written'
	prints $'b\n/tmp\ntext\n700\nrefused\nrefused\nwritten'
}

@test "capabilities, privileges and the default filter" {
	ok run_rm cat /proc/self/status
	status_is CapEff 00000000a80425fb
	status_is NoNewPrivs 1
	status_is Seccomp 0
	OPTIONS=(--rm --cap-drop CAP_CHOWN --cap-add CAP_SYS_TIME --allow-new-privs --seccomp)
	ok run cat /proc/self/status
	status_is CapEff 00000000aa0425fa
	status_is NoNewPrivs 0
	status_is Seccomp 2
	ok run_rm --privileged sh -c 'cat /proc/self/status; mount -t tmpfs tmpfs /mnt && echo mounted'
	status_is CapEff "$(sed -n 's/^CapBnd:\t//p' /proc/self/status)"
	says mounted
}

@test "mapped ids" {
	OPTIONS=(-d --null-io --uidmap 0:100000:65536 --gidmap 0:100000:65536)
	ok run sleep 1000
	same "$(stat -c %u:%g "/proc/$(task_pid)")" 100000:100000
	ok exec_in guest sh -c 'id -u; id -g; awk "{ print \$1, \$2, \$3 }" /proc/self/uid_map
		touch /x; stat -c %u /x'
	prints $'0\n0\n0 100000 65536\n0'
}

@test "the network of the host, and that of another container" {
	local pid
	ok run_rm --net-host readlink /proc/self/ns/net
	prints "$(namespace_of net)"
	up sleep 1000
	pid=$(task_pid)
	OPTIONS=(--rm --with-ns "network:/proc/$pid/ns/net" --with-ns "pid:/proc/$pid/ns/pid")
	ID=other
	ok run sh -c 'readlink /proc/self/ns/net; tr "\0" " " </proc/1/cmdline'
	prints "$(namespace_of net "$pid")"$'\nsleep 1000 '
}

@test "devices: the node, and no others" {
	OPTIONS=(--rm --device /dev/loop-control)
	ok run stat -c %t:%T /dev/loop-control
	prints a:ed
	ok run_rm sh -c 'mknod /tmp/kmsg c 1 11 && head -c 0 /tmp/kmsg || echo refused'
	prints refused
}

# bats test_tags=vm
@test "the cgroup is the one it was given" {
	up sleep 1000
	same "$(cat "$CG/guest/cgroup.procs")" "$(task_pid)"
	ok exec_in guest grep ^0: /proc/self/cgroup
	prints "0::$CG_PATH/guest"
	ok ctr task rm -f guest
	missing "$CG/guest"
}

# bats test_tags=vm
@test "a cgroup limit is set, or refused when its controller is missing" {
	local pair
	for pair in 'cpu --cpu-quota=50000 --cpu-period=100000' 'memory --memory-limit=67108864'; do
		# shellcheck disable=SC2206
		OPTIONS=(--rm ${pair#* })
		if grep -qw "${pair%% *}" "$CG_MOUNT/cgroup.controllers"; then
			OPTIONS+=(--mount "type=bind,src=$CG,dst=/mnt,options=bind:ro")
			ok run cat "/mnt/guest/${pair%% *}.max"
			says_like '^(50000 100000|67108864)$'
		else
			refused run echo ran
			says_not ran
			! is_warren || says "the ${pair%% *} controller is not available"
		fi
	done
}

# bats test_tags=vm
@test "metrics are those of the task's cgroup" {
	needs_controller memory
	needs_controller pids
	OPTIONS=(-d --null-io --memory-limit 67108864)
	ok run sleep 1000
	ok ctr task metrics --format json guest
	same "$(jq '.memory.usage_limit, .pids.current' <<<"$output" | xargs)" '67108864 1'
}

# bats test_tags=vm
@test "a task beyond its memory is killed, and an event says so" {
	needs_controller memory
	ctr events >"$BUNDLE/events" 2>&1 &
	OPTIONS=(-d --null-io --memory-limit 16777216)
	# The shim loses the event where the cgroup is empty at the same moment: init outlives the first.
	ok run sh -c 'eat() { dd if=/dev/zero of=/dev/null bs=64M count=1; }
		until [ -e /go ]; do sleep 0.1; done
		eat; echo $? >/status
		until [ -e /again ]; do sleep 0.1; done
		exec dd if=/dev/zero of=/dev/null bs=64M count=1'
	ok exec_in guest touch /go
	wait_until has /tasks/oom events
	kill %1
	ok exec_in guest cat /status
	prints 137
	ok exec_in guest touch /again
	wait_until task_is STOPPED
	try ctr task rm guest
	says 'exit code 137'
}
