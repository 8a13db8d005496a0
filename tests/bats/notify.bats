#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# SCMP_ACT_NOTIFY: system calls that an agent on the host answers.

load helpers

setup() { bundle_new; }
teardown() { bundle_remove; }

EDOM=33

# agent ERRNO [COUNT]: answers what the guest is stopped at; agent.json, agent.calls
agent() {
	aside "$TOOLS/agent" "$BUNDLE/agent.sock" agent.json "$@" </dev/null >agent.calls 2>agent.err
	agent=$!
	wait_until test -S agent.sock
}

# asks CALL...: the agent decides about these, all others are allowed.
asks() {
	config_set '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		listenerPath: $path, listenerMetadata: "what for",
		syscalls: [{names: $ARGS.positional, action: "SCMP_ACT_NOTIFY"}]}' \
		--arg path "$BUNDLE/agent.sock" --args -- "$@"
}

# told FILTER: of what the agent has read.
told() { cut -d ' ' -f 2- agent.json | jq -r "$1"; }

# ---- run ------------------------------------------------------------------------------

# bats test_tags=old
# proves: linux.seccomp.listenerPath, linux.seccomp.syscalls[].action=SCMP_ACT_NOTIFY
@test "an agent answers the system calls of a guest" {
	agent $EDOM
	asks mkdir mkdirat
	run_guest 'probe mkdir /tmp/made; echo after'
	prints $'Numerical argument out of domain\nafter'
	[ ! -e rootfs/tmp/made ]
	[ "$(wc -l <agent.calls)" = 1 ]
}

# proves: linux.seccomp.listenerMetadata
@test "the agent is told what it is for" {
	agent 0
	asks mkdir mkdirat
	up 'probe mkdir /tmp/made'
	wait_until test -s agent.json
	same "$(told .metadata)" 'what for'
}

@test "the agent is told whose filter it is, once, with the listener" {
	agent 0
	asks mkdir mkdirat
	config_set '.annotations = {"org.example.note": "kept"}'
	up 'probe mkdir /tmp/made'
	wait_until test -s agent.json
	same "$(sed -n '1s/ .*//p' agent.json)" 1
	same "$(told '.fds | join(" ")')" seccompFd
	same "$(told .pid)" "$(pid_of "$ID")"
	same "$(told .metadata)" 'what for'
	same "$(told .ociVersion)" "$(jq -r .ociVersion config.json)"
	same "$(told .state.status)" creating
	same "$(told .state.id)" "$ID"
	same "$(told .state.pid)" "$(pid_of "$ID")"
	same "$(told .state.bundle)" "$BUNDLE"
	same "$(told '.state.annotations["org.example.note"]')" kept
	[ -d rootfs/tmp/made ]
}

@test "text for the agent that is longer than a socket takes at once arrives whole" {
	agent 0
	asks mkdir mkdirat
	config_set '.annotations = {"org.example.long": ("x" * 500000)}'
	run_guest 'probe mkdir /tmp/made'
	prints ok
	same "$(told '.state.annotations["org.example.long"] | length')" 500000
}

@test "the calls of the runtime's own side may be asked about as well" {
	agent 0
	asks execve capset prctl sendmsg write close_range getppid
	run_guest 'echo written'
	prints written
	grep -q "^1 " agent.calls # write
}

@test "the agent may be asked about everything" {
	agent 0
	asks mkdir
	config_set '.linux.seccomp.defaultAction = "SCMP_ACT_NOTIFY" | del(.linux.seccomp.syscalls)'
	run_guest 'echo written'
	prints written
	says_not agent
}

@test "without no_new_privs the filter is loaded all the same" {
	agent $EDOM
	asks mkdir mkdirat
	config_set '.process.noNewPrivileges = false | .process.user = {uid: 1000, gid: 1000}'
	run_guest 'probe mkdir /tmp/made'
	prints 'Numerical argument out of domain'
}

# bats test_tags=old
@test "a guest with a user namespace has its agent" {
	agent $EDOM
	asks mkdir mkdirat
	user_namespace
	run_guest 'probe mkdir /tmp/made'
	prints 'Numerical argument out of domain'
}

@test "what stops the guest side on its way to the program is unknown to the program" {
	agent $EDOM
	asks mkdir mkdirat
	run_guest 'echo $PPID; probe fds'
	says_like '^0'
	says_not seccomp
	[ ! -s agent.calls ]
}

@test "descriptors that are closed for the guest are no obstacle" {
	agent $EDOM
	asks mkdir mkdirat
	guest 'probe mkdir /tmp/made 2>&1 || : >/tmp/refused'
	rt run "$ID" <&- 2>/dev/null
	[ -e rootfs/tmp/refused ]
}

# bats test_tags=old
# proves: linux.seccomp.flags=SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
@test "WAIT_KILLABLE_RECV goes with a listener" {
	needs_feature 'any(.linux.seccomp.supportedFlags[]; . == "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV")' \
		SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
	agent $EDOM
	asks mkdir mkdirat
	config_set '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]'
	run_guest 'probe mkdir /tmp/made'
	prints 'Numerical argument out of domain'
}

# ---- create and start -------------------------------------------------------------------

@test "a created guest meets the agent when it is started" {
	asks mkdir mkdirat
	guest 'probe mkdir /tmp/made >/tmp/said; exec sleep 1000'
	ok rt create "$ID"
	agent $EDOM
	ok rt start "$ID"
	wait_until grep -q domain rootfs/tmp/said
	same "$(told .state.status)" creating
	same "$(told .pid)" "$(pid_of "$ID")"
}

@test "start without an agent leaves the guest created, and may be repeated" {
	warren_only "peers connect in create"
	asks mkdir mkdirat
	guest 'probe mkdir /tmp/made >/tmp/said; exec sleep 1000'
	ok rt create "$ID"
	refused rt start "$ID"
	says "linux.seccomp.listenerPath $BUNDLE/agent.sock does not exist"
	has_status "$ID" created
	agent $EDOM
	ok rt start "$ID"
	wait_until grep -q domain rootfs/tmp/said
}

# ---- exec ---------------------------------------------------------------------------------

@test "a process of exec has a listener of its own" {
	agent $EDOM
	asks mkdir mkdirat
	up
	rm -f agent.sock
	agent 1
	ok rt exec --pid-file "$BUNDLE/pid" "$ID" sh -c 'probe mkdir /tmp/made; true'
	prints 'Operation not permitted'
	same "$(told .state.status)" running
	same "$(told .pid)" "$(cat pid)"
	same "$(told .state.pid)" "$(pid_of "$ID")"
}

@test "exec without an agent is refused, and the guest lives on" {
	agent $EDOM
	asks mkdir mkdirat
	up
	rm -f agent.sock
	refused rt exec "$ID" touch /tmp/executed
	says "does not exist"
	[ ! -e rootfs/tmp/executed ]
	has_status "$ID" running
}

# ---- what goes wrong ------------------------------------------------------------------------

@test "run without an agent is refused, and nothing is left" {
	warm_up
	asks mkdir mkdirat
	guest 'echo ran'
	refused rt run "$ID"
	says "linux.seccomp.listenerPath $BUNDLE/agent.sock does not exist"
	says_not ran
	nothing_left
}

# Its end of the connection closes while the rest of the text still waits for it.
@test "an agent that does not take the listener ends the guest before its program" {
	warm_up
	asks mkdir mkdirat
	config_set '.annotations = {"org.example.long": ("x" * 500000)}'
	guest ': >/tmp/ran'
	agent 0
	kill -STOP "$agent"
	(sleep 0.5 && kill -KILL "$agent") 3>&- 4>&- &
	refused rt run "$ID"
	says "linux.seccomp.listenerPath"
	[ ! -e rootfs/tmp/ran ]
	refused rt state "$ID"
	rm -f agent.*
	nothing_left
}

@test "a filter that is refused is an error, whoever waits for its listener" {
	agent 0
	asks mkdir mkdirat
	config_set '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 3, hard: 3}]'
	refused rt run "$ID"
	says "linux.seccomp"
}

@test "an agent that nobody asks is not called" {
	asks mkdir
	config_set '.linux.seccomp.syscalls[0].action = "SCMP_ACT_ERRNO"'
	run_guest 'probe mkdir /tmp/made'
	prints 'Operation not permitted'
}
