# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# All points of a command for a few kinds of fault are one test; faults.c goes through them, and
# says which kinds there are. Around each test stands the host oracle of the attacks.
#
#   STEP=n     every n-th point, from a random one on (1: all of them)

load ../attack/helpers

# What the oracle sees of the attackers' is not here.
outside_state() { :; }

setup() {
	bundle_new
	program sleep 1000
	export STATE ID BUNDLE CG
}
teardown() { bundle_remove; }

# A guest with most of what makes a start long: hooks, a filter, a user namespace, further mounts.
rich() {
	user_namespace
	config_set '["createRuntime", "createContainer", "startContainer", "poststart", "poststop"] as $all
		| .hooks = ($all | map({(.): [{path: "/bin/true"}]}) | add)
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
			syscalls: [{names: ["swapon"], action: "SCMP_ACT_ERRNO"}]}'
	bind /mnt "$BUNDLE" rbind ro
	filesystem /scratch tmpfs nosuid
}

layers() {
	mkdir upper
	rt create --lower rootfs --upper upper "$ID" </dev/null >/dev/null # what is made in there stays
	rt delete --force "$ID"
}

# points COMMAND FAULT: the numbers go to the terminal, what is wrong to the test's output.
points() {
	local status=0 step=${STEP:-1}
	"$FAULTS" -s "$step" -f $((1 + RANDOM % step)) "$@" </dev/null >"$BUNDLE/points" 3>&- 4>&- || status=$?
	sed 's/^[^#]/    &/' "$BUNDLE/points"
	grep '^# ' "$BUNDLE/points" >&3 || true
	rm -f "$BUNDLE/points"
	return "$status"
}

# every COMMAND FAULT...
every() {
	local command=$1 fault failed=0
	shift
	[ "$command" != overlay ] || layers
	rt create "$ID-warm-up" </dev/null >/dev/null
	rt delete --force "$ID-warm-up"
	oracle "$BUNDLE/oracle"
	for fault in "$@"; do
		points "$command" "$fault" || failed=1
	done
	[ "$failed" = 0 ]
	oracle_same
}
