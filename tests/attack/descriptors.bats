#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a guest could get from the runtime: descriptors, its program, its memory, its keys.

load helpers


# ---- descriptors --------------------------------------------------------------------------------

only_stdio() { not grep -v -E '^[012] ' "$1"; }

inherited() {
	cp "$TOOLS/probe" .
	printf '#!/bin/sh\nexec %s fds >>%s\n' "$BUNDLE/probe" "$BUNDLE/hooks.fds" >hook
	chmod 755 hook
	config_set '.hooks = {createRuntime: [{path: $h}], createContainer: [{path: $h}], poststop: [{path: $h}],
		startContainer: [{path: "/bin/sh", args: ["sh", "-c", "probe fds >/tmp/fds"]}]}' --arg h "$BUNDLE/hook"
	guest 'probe fds >/tmp/run.fds; sleep 1000'
	try rt run -d "$ID" 5</ 6<"$OUTSIDE/file" 9</etc/passwd 200</sys
	wait_until test -s rootfs/tmp/run.fds
	won_if not only_stdio rootfs/tmp/run.fds
	try rt exec "$ID" probe fds 5</ 6<"$OUTSIDE/file" 9</etc/passwd 200</sys
	printf '%s\n' "$output" >exec.fds
	won_if not only_stdio exec.fds
	[ ! -e hooks.fds ] || won_if not only_stdio hooks.fds
	[ ! -e rootfs/tmp/fds ] || won_if not only_stdio rootfs/tmp/fds
}
@test "no descriptor but 0, 1 and 2 is handed to a guest, an exec or a hook" {
	contained inherited
	proven inherited
}

cwd_descriptor() {
	local n any=1
	guest "[ -e ../../../../../../../../..$OUTSIDE/file ] && echo escaped; true"
	config_set '.process.cwd = "@CWD@"'
	cp config.json plain.json
	for n in $(seq 3 24); do
		ln -sfn "/proc/self/fd/$n" rootfs/link
		for cwd in "/proc/self/fd/$n" /link "/proc/1/fd/$n/../../.." "/proc/thread-self/fd/$n"; do
			sed "s|@CWD@|$cwd|" plain.json >config.json
			try rt run "$ID" 5</ 7<"$OUTSIDE"
			[ "$status" != 0 ] || any=0
			won_if printed escaped
			[ "$won" = no ] || return 0
		done
	done
	status=$((any ? 1 : 0))
}
@test "a cwd of /proc/self/fd/N, by itself or behind a link, leads nowhere" {
	rejected cwd_descriptor
	proven cwd_descriptor
}

cwd_exec() {
	local n
	for n in $(seq 3 24); do
		ln -sfn "/proc/self/fd/$n" "rootfs/link$n"
	done
	up
	for n in $(seq 3 24); do
		try rt exec --cwd "/proc/self/fd/$n" "$ID" sh -c "[ -e ../../../../../../../../..$OUTSIDE/file ] && echo escaped"
		won_if printed escaped
		[ "$won" = no ] || return 0
		try rt exec --cwd "/link$n" "$ID" sh -c "[ -e ../../../../../../../../..$OUTSIDE/file ] && echo escaped"
		won_if printed escaped
	done
}
@test "exec --cwd of /proc/self/fd/N leads nowhere" {
	rejected cwd_exec
	proven cwd_exec
}

args_descriptor() {
	local n
	cp "$TOOLS/probe" "$OUTSIDE/dir/program"
	for n in $(seq 3 20); do
		program "/proc/self/fd/$n$OUTSIDE/dir/program" open /
		try rt run "$ID"
		won_if has_line ok
		[ "$won" = no ] || break
		program "/proc/self/fd/$n/../../../../../../../..$OUTSIDE/dir/program" open /
		try rt run "$ID"
		won_if has_line ok
	done
	rm "$OUTSIDE/dir/program"
}
@test "a program behind a descriptor of the runtime cannot be executed" {
	rejected args_descriptor
	proven args_descriptor
}

# ---- the runtime's own program ------------------------------------------------------------------

# found_out: what the lurking guest has found; it writes at its end what it has watched.
found_out() {
	: >rootfs/tmp/stop
	[ -s rootfs/tmp/found ] || wait_until grep -q ^watched rootfs/tmp/found
	status=0 output=$(sort rootfs/tmp/found | uniq -c | head -n 20)
	won_if grep -q -v ^watched rootfs/tmp/found
}

# sniffs [trace]: a guest that lies in wait while the host calls exec ROUNDS times. One that traces
# may stop the runtime at a moment from which neither of them comes back.
sniffs() {
	local i command itself=true
	guest ": >/tmp/up; sniff $OUTSIDE/file ${1:-} >/tmp/found"
	# Init's sealed program as the guest's own: nothing is in there, but who traces finds it.
	if [ $# = 0 ]; then
		itself=/bin/itself
		printf '#!/proc/self/exe\n' >rootfs/bin/itself
		chmod 755 rootfs/bin/itself
	fi
	ok rt run -d "$ID"
	wait_until test -e rootfs/tmp/up
	export SECRET=of-the-caller
	for ((i = 0; i < ${ROUNDS:-300}; i++)); do
		command=true
		[ $((i % 10)) != 0 ] || command=$itself
		timeout --foreground -k 1 5 "$RUNTIME" --root "$STATE" exec "$ID" "$command" </dev/null >out 2>err 3>&- 4>&- || true
		[ ! -s rootfs/tmp/found ] || break
	done
	unset SECRET
	found_out
}
@test "a thousand execs show a lurking guest no program, directory or memory of the host" {
	contained sniffs
	proven sniffs
}

# The guest may trace whatever it sees.
sniffs_tracing() {
	config_set '.process.capabilities[] += ["CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH"]'
	sniffs trace
}
@test "a guest that may trace gains nothing by what comes in" {
	contained sniffs_tracing
	proven sniffs_tracing
}

# Without no_new_privs it takes CAP_SYS_ADMIN to load a filter.
sniffs_tracing_filtered() {
	config_set '.process.noNewPrivileges = false | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 38},
			{names: ["keyctl", "bpf"], action: "SCMP_ACT_ERRNO"}]}'
	sniffs_tracing
}
@test "a guest that may trace gains nothing by what comes in and is to be filtered" {
	contained sniffs_tracing_filtered
}

# With a user namespace it may do so anyway, to its own.
sniffs_as_root_of_a_namespace() {
	user_namespace
	config_set '.process.capabilities[] += ["CAP_SYS_PTRACE", "CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE"]'
	ROUNDS=${ROUNDS:-300} sniffs trace
}
@test "root of a user namespace stops no process of the runtime's that comes in" {
	contained sniffs_as_root_of_a_namespace
}

# A neighbour in the same pid namespace sees a guest come up.
neighbour() {
	local i pid
	guest ": >/tmp/up; sniff $OUTSIDE/file >/tmp/found"
	ok rt run -d "$ID"
	wait_until test -e rootfs/tmp/up
	pid=$(pid_of "$ID")
	mkdir second
	cp config.json second
	CONFIG=second/config.json guest true
	CONFIG=second/config.json config_set '.root.path = $r' --arg r "$BUNDLE/rootfs"
	CONFIG=second/config.json namespace_set pid "/proc/$pid/ns/pid"
	CONFIG=second/config.json config_set '.linux.cgroupsPath += "-second"'
	for ((i = 0; i < ${ROUNDS:-300} / 4; i++)); do
		"$RUNTIME" --root "$STATE" run -b second "$ID-second" </dev/null >out 2>err 3>&- 4>&- || true
	done
	found_out
}
@test "a neighbour in the same pid namespace sees nothing of the host while a guest comes up" {
	contained neighbour
	proven neighbour
}

own_program() {
	local sum
	sum=$(sha256sum <"$RUNTIME")
	program /proc/self/exe --version
	try rt run "$ID"
	won_if printed version
	printf '#!/proc/self/exe --version\n' >rootfs/bin/itself
	chmod 755 rootfs/bin/itself
	program /bin/itself --version
	try rt run "$ID"
	won_if printed version
	won_if [ "$(sha256sum <"$RUNTIME")" != "$sum" ]
}
@test "a guest whose program is /proc/self/exe does not start the runtime" {
	unbeaten own_program
}

# ---- keys and environment -----------------------------------------------------------------------

keyring() {
	guest 'probe session; exec sleep 1000'
	"$ATTACK/trick" session warren-canary "$RUNTIME" --root "$STATE" run -d "$ID" </dev/null >out 2>err 3>&- 4>&-
	status=0
	wait_until test -s out
	won_if grep -q warren-canary out
	"$ATTACK/trick" session warren-canary "$RUNTIME" --root "$STATE" exec "$ID" probe session </dev/null >out 2>err 3>&- 4>&-
	won_if grep -q warren-canary out
}
@test "the caller's session keyring is not the guest's" {
	contained keyring
	proven keyring
}

environment() {
	printf '#!/bin/sh\nenv >>%s\n' "$BUNDLE/hooks.env" >hook
	chmod 755 hook
	config_set '.hooks = {createRuntime: [{path: $h}], createContainer: [{path: $h}],
		startContainer: [{path: "/bin/sh", args: ["sh", "-c", "env >/tmp/env"]}]}' --arg h "$BUNDLE/hook"
	guest 'env; cat /proc/*/environ; : >/tmp/up; exec sleep 1000'
	export SECRET=of-the-caller
	try rt run -d "$ID"
	wait_until test -e rootfs/tmp/up
	output+=$(<out)
	won_if printed of-the-caller
	try rt exec "$ID" sh -c 'env; cat /proc/*/environ'
	won_if printed of-the-caller
	unset SECRET
	[ ! -e rootfs/tmp/env ] || won_if grep -q of-the-caller rootfs/tmp/env
}
@test "nothing of the caller's environment reaches a guest or an exec" {
	contained environment
	proven environment
}
