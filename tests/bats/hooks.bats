#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The six hooks: when they run, what they are told, what their failure means.

load helpers

setup() {
	bundle_new
	mkdir hooks rootfs/hooks
	# Appends its name to $LOG and keeps stdin and circumstances in files of that name.
	cat >hooks/note <<-'EOF'
		#!/bin/sh
		# note NAME DIR
		cat >"$2/$1.state"
		env >"$2/$1.env"
		pwd >"$2/$1.cwd"
		for n in mnt net pid; do readlink /proc/self/ns/$n; done >"$2/$1.ns"
		echo "$1" >>"$2/log"
	EOF
	chmod 755 hooks/note
	cp hooks/note rootfs/hooks/note
}
teardown() { bundle_remove; }

# hook NAME COMMAND...: adds a hook that runs a command.
hook() {
	config_set '.hooks[$ARGS.positional[0]] += [{path: $ARGS.positional[1], args: $ARGS.positional[1:]}]' \
		--args -- "$@"
}

hook_fails() { hook "$1" /bin/sh -c 'echo "a reason from the hook" >&2; exit 3'; }

all_hooks() {
	local name
	for name in prestart createRuntime createContainer poststart poststop; do
		hook $name "$BUNDLE/hooks/note" $name "$BUNDLE/hooks"
	done
	hook startContainer /hooks/note startContainer /hooks
}

# ---- order and circumstances -----------------------------------------------------------

# proves: hooks.prestart|createRuntime|createContainer|startContainer|poststart|poststop
@test "all hooks run, in order, each at its time" {
	all_hooks
	guest 'echo guest >>/hooks/log; exec sleep 1000'
	ln rootfs/hooks/log hooks/log 2>/dev/null || { : >hooks/log; ln hooks/log rootfs/hooks/log; }

	ok rt create "$ID"
	same "$(xargs <hooks/log)" 'prestart createRuntime createContainer'
	ok rt start "$ID"
	wait_until grep -q guest hooks/log
	same "$(grep -v guest hooks/log | xargs)" 'prestart createRuntime createContainer startContainer poststart'
	ok rt kill "$ID" KILL
	wait_status "$ID" stopped
	ok rt delete "$ID"
	same "$(tail -n 1 hooks/log)" poststop
}

@test "several hooks of one kind run in the order of the list" {
	local n
	for n in 1 2 3; do
		hook createRuntime "$BUNDLE/hooks/note" "$n" "$BUNDLE/hooks"
	done
	ok rt run "$ID"
	same "$(xargs <hooks/log)" '1 2 3'
}

@test "hooks run for run and delete --force too" {
	all_hooks
	ok rt run "$ID"
	same "$(xargs <hooks/log)" 'prestart createRuntime createContainer poststart poststop'
	[ -e rootfs/hooks/startContainer.state ]
	rm hooks/log
	up
	ok rt delete --force "$ID"
	same "$(tail -n 1 hooks/log)" poststop
}

@test "hooks read the state: id, bundle, annotations, status and pid" {
	local name
	config_set '.annotations = {"a/b": "c"}'
	all_hooks
	up
	local pid
	pid=$(pid_of "$ID")
	ok rt delete --force "$ID"
	for name in prestart createRuntime createContainer poststart poststop; do
		jq -e --arg id "$ID" --arg bundle "$BUNDLE" '.id == $id and .bundle == $bundle
			and .annotations == {"a/b": "c"} and (.ociVersion | type) == "string"' "hooks/$name.state" ||
			{ echo "$name"; return 1; }
	done
	for name in prestart createRuntime; do
		same "$(jq .pid "hooks/$name.state")" "$pid"
	done
	same "$(jq -r .status hooks/poststop.state)" stopped
	warren_only "the specification's words; crun has others"
	cp rootfs/hooks/startContainer.state hooks
	jq -e --arg id "$ID" --arg bundle "$BUNDLE" '.id == $id and .bundle == $bundle
		and .annotations == {"a/b": "c"}' hooks/startContainer.state
	for name in prestart createRuntime createContainer; do
		same "$name $(jq -r .status "hooks/$name.state")" "$name creating"
	done
	same "$(jq -r .status hooks/startContainer.state)" created
	same "$(jq -r .status hooks/poststart.state)" running
	same "$(jq .pid hooks/poststart.state)" "$pid"
	for name in createContainer startContainer; do
		same "$name $(jq .pid "hooks/$name.state")" "$name 1"
	done
	[[ $(jq .pid hooks/poststop.state) =~ ^(0|null)$ ]]
}

@test "the state is compact, its slashes are not escaped, and stdin ends" {
	warren_only "crun indents and once escaped"
	hook createRuntime "$BUNDLE/hooks/note" x "$BUNDLE/hooks"
	ok rt run "$ID"
	[ "$(wc -l <hooks/x.state)" -le 1 ]
	[[ $(<hooks/x.state) == *"\"$BUNDLE\""* ]]
}

@test "hooks run in the namespaces that the specification says" {
	all_hooks
	local name mine pid
	mine=$(for n in mnt net pid; do readlink /proc/self/ns/$n; done)
	up
	pid=$(pid_of "$ID")
	for name in prestart createRuntime poststart; do
		same "$(<hooks/$name.ns)" "$mine"
	done
	same "$(sed -n 2p hooks/createContainer.ns)" "$(readlink "/proc/$pid/ns/net")"
	same "$(<rootfs/hooks/startContainer.ns)" "$(for n in mnt net pid; do readlink "/proc/$pid/ns/$n"; done)"
}

@test "createRuntime finds the guest's namespaces by its pid" {
	hook createRuntime /bin/sh -c "pid=\$(jq .pid); readlink /proc/\$pid/ns/net >$BUNDLE/hooks/net"
	up
	same "$(<hooks/net)" "$(readlink "/proc/$(pid_of "$ID")/ns/net")"
}

# As a hook for devices does it: it enters the mounts of the pid that it was given, and adds to them.
mount_by_pid() {
	local kind
	for kind in prestart createRuntime; do
		hook "$kind" /bin/sh -c 'nsenter -t "$(jq .pid)" -m sh -c "$1"' sh \
			"grep -q ' $BUNDLE/rootfs/proc ' /proc/self/mountinfo &&
			mkdir -p $BUNDLE/rootfs/mnt/$kind && mount -t tmpfs $kind $BUNDLE/rootfs/mnt/$kind"
	done
	run_guest 'awk "\$5 ~ /mnt/ { print \$5, \$(NF - 1) }" /proc/self/mountinfo
		umount /mnt/prestart 2>&- || echo locked'
	prints "/mnt/prestart prestart
/mnt/createRuntime createRuntime
locked"
	not grep -F "$BUNDLE/rootfs" /proc/self/mountinfo
}

# proves: hooks.prestart|createRuntime
@test "prestart and createRuntime enter the guest's mounts by its pid, and can add to them" {
	mkdir -p rootfs/mnt
	mount_by_pid
}

# bats test_tags=old
@test "prestart and createRuntime enter the mounts of a guest with mapped ids as well" {
	mkdir -p rootfs/mnt
	user_namespace
	mount_by_pid
}

@test "createContainer sees the guest's mounts and can add to its root" {
	hook createContainer /bin/sh -c "mount -t tmpfs tmpfs $BUNDLE/rootfs/run && echo hello >$BUNDLE/rootfs/run/hello"
	run_guest 'cat /run/hello'
	prints hello
	missing rootfs/run/hello
}

@test "what createRuntime writes into the root is there for the guest" {
	hook createRuntime /bin/sh -c "echo hello >$BUNDLE/rootfs/tmp/hello"
	run_guest 'cat /tmp/hello'
	prints hello
}

# proves: hooks.*[].path|args|env
@test "a hook has exactly its arguments and its environment" {
	config_set '.hooks = {createRuntime: [{path: "/bin/sh", env: ["A=1", "B=x y"],
		args: ["myname", "-c", $s, "zero", "one two", ""]}]}' \
		--arg s "tr '\\0' '|' </proc/self/environ >$BUNDLE/hooks/env; echo \"\$0|\$1|\$2|\$#\" >$BUNDLE/hooks/args"
	ok rt run "$ID"
	same "$(<hooks/args)" 'zero|one two||2'
	same "$(tr '|' '\n' <hooks/env | grep -v '^\(PWD\|SHLVL\|_\|OLDPWD\)=' | sort | xargs -d '\n' echo)" \
		"A=1 B=x y"
}

@test "a hook without env never gets the guest's environment" {
	config_set '.process.env += ["LD_PRELOAD=/evil.so", "GUEST=1"]'
	local name
	for name in prestart createRuntime createContainer poststart poststop; do
		hook $name "$BUNDLE/hooks/note" $name "$BUNDLE/hooks"
	done
	ok rt run "$ID"
	for name in prestart createRuntime createContainer poststart poststop; do
		[ -e "hooks/$name.env" ]
		not grep -qE 'GUEST|LD_PRELOAD' "hooks/$name.env" || { echo "$name"; return 1; }
	done
	warren_only "crun leaks a variable of its own"
	not grep -q _LIBCONTAINER hooks/*.env
}

@test "a hook inherits no descriptor of the runtime" {
	cp "$TOOLS/probe" hooks/probe
	hook createRuntime /bin/sh -c "$BUNDLE/hooks/probe fds >$BUNDLE/hooks/fds"
	hook createContainer /bin/sh -c "$BUNDLE/hooks/probe fds >$BUNDLE/hooks/fds2"
	ok rt run "$ID"
	same "$(cut -d ' ' -f 1 hooks/fds | xargs)" '0 1 2'
	same "$(cut -d ' ' -f 1 hooks/fds2 | xargs)" '0 1 2'
}

@test "a hook finds signals at their defaults" {
	warren_only "crun passes the caller's on"
	hook createRuntime /bin/grep -E '^Sig(Blk|Ign)' /proc/self/status
	hook createRuntime /bin/sh -c "grep -E '^Sig(Blk|Ign)' /proc/self/status >$BUNDLE/hooks/signals"
	ok env --ignore-signal=USR1,PIPE --block-signal=USR2 "$RUNTIME" --root "$STATE" run "$ID"
	same "$(cut -f 2 hooks/signals | sort -u)" 0000000000000000
}

@test "what a hook prints does not get between the guest's output" {
	hook createRuntime /bin/sh -c 'echo noise'
	hook poststart /bin/sh -c 'echo noise'
	run_guest 'echo guest'
	prints guest
}

@test "the state of a guest can be asked for while its hooks run" {
	hook createRuntime /bin/sh -c "timeout 5 $RUNTIME --root $STATE state $ID >$BUNDLE/hooks/asked 2>&1; true"
	LIMIT=20 ok rt run "$ID"
	[ -s hooks/asked ]
}

# ---- failures ---------------------------------------------------------------------------------

@test "a failing prestart, createRuntime or createContainer hook fails create and nothing is left" {
	local name
	warm_up
	for name in prestart createRuntime createContainer; do
		config_set 'del(.hooks)'
		hook_fails $name
		refused rt create "$ID"
		is_warren || continue
		says $name
		nothing_left
	done
}

@test "a failing hook stops those after it, and poststop hooks run" {
	hook_fails createRuntime
	hook createRuntime "$BUNDLE/hooks/note" second "$BUNDLE/hooks"
	hook createContainer "$BUNDLE/hooks/note" third "$BUNDLE/hooks"
	hook poststop "$BUNDLE/hooks/note" poststop "$BUNDLE/hooks"
	refused rt create "$ID"
	missing hooks/second.state
	missing hooks/third.state
	warren_only "the specification's order"
	same "$(<hooks/log)" poststop
}

@test "the reason that a hook gives is in the error" {
	warren_only "crun drops it"
	hook_fails createRuntime
	refused rt create "$ID"
	says 'a reason from the hook'
	says createRuntime
}

@test "a failing startContainer hook fails start, the guest's program does not run" {
	warm_up
	hook_fails startContainer
	guest ': >/tmp/ran'
	refused rt run "$ID"
	missing rootfs/tmp/ran
	warren_only "the guest is destroyed"
	nothing_left
}

@test "a failing poststart hook stops and destroys the guest" {
	warren_only "new in version 1.3 of the specification"
	hook_fails poststart
	hook poststop "$BUNDLE/hooks/note" poststop "$BUNDLE/hooks"
	guest 'exec sleep 1000'
	host_snapshot "$BUNDLE/snapshot"
	refused rt run -d "$ID"
	says poststart
	nothing_runs
	missing "$STATE/$ID"
	missing "$CG/guest"
	[ -e hooks/poststop.state ]
}

@test "a failing poststop hook is a warning, the others run and the guest is gone" {
	hook_fails poststop
	hook poststop "$BUNDLE/hooks/note" second "$BUNDLE/hooks"
	ok rt create "$ID"
	ok rt delete "$ID"
	[ -e hooks/second.state ]
	missing "$STATE/$ID"
	warren_only "the warning is seen"
	[[ $stderr == *warning* ]]
}

# proves: hooks.*[].timeout
@test "a hook that runs too long is killed, with its children, and fails create" {
	warren_only "crun kills the hook alone"
	warm_up
	config_set '.hooks = {createRuntime: [{path: "/bin/sh", timeout: 1,
		args: ["sh", "-c", "sleep 1000 & sleep 1000"]}]}'
	local begin=$SECONDS
	LIMIT=20 refused rt create "$ID"
	[ $((SECONDS - begin)) -lt 8 ]
	wait_until nothing_runs || { echo "children of the hook live on"; return 1; }
	is_warren || return 0
	says createRuntime
	says_like 'time'
	nothing_left
}

@test "a hook without a timeout may take its time" {
	hook createRuntime /bin/sh -c 'sleep 1.2'
	ok rt run "$ID"
}

@test "a hook that does not exist fails create, and does not sound like a missing command" {
	warm_up
	hook createRuntime /nowhere/hook
	refused rt create "$ID"
	says /nowhere/hook
	is_warren || return 0
	[[ ${stderr,,} != *'no such file or directory'* ]] || explain "callers would say 127"
	nothing_left
}

@test "a hook that does not read its state is no failure" {
	hook createRuntime /bin/true
	config_set '.annotations = {"long": ("x" * 200000)}'
	ok rt run "$ID"
}

@test "a hook that leaves a child behind does not hang create" {
	hook createRuntime /bin/sh -c 'sleep 3 &'
	LIMIT=20 ok rt create "$ID"
	ok rt delete "$ID"
}

@test "the runtime killed while a hook runs leaves no guest" {
	hook createRuntime /bin/sh -c ": >$BUNDLE/hooks/inside; sleep 1000"
	"$RUNTIME" --root "$STATE" create "$ID" </dev/null >/dev/null 2>&1 3>&- &
	wait_until test -e hooks/inside
	kill -9 $!
	wait $! || true
	host_kill
	ok rt delete --force "$ID"
	missing "$STATE/$ID"
	is_warren || return 0
	missing "$CG/guest"
}
