#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# An ordinary user's guests. The user exists in this mount namespace only: no test changes the
# host's /etc/passwd or /etc/subuid.

load helpers

USER_ID=54321 SUB_ID=200000 SUB_COUNT=65536

# The suite's namespace is private, so these are nobody else's.
setup_file() {
	local file

	command -v newuidmap >/dev/null || skip "needs newuidmap (package uidmap)"
	for file in passwd group subuid subgid; do
		[ -e "/etc/$file" ] || : >"/etc/$file"
		cp "/etc/$file" "$BATS_FILE_TMPDIR/$file"
	done
	echo "warren-user:x:$USER_ID:$USER_ID::/:/bin/sh" >>"$BATS_FILE_TMPDIR/passwd"
	echo "warren-user:x:$USER_ID:" >>"$BATS_FILE_TMPDIR/group"
	echo "warren-user:$SUB_ID:$SUB_COUNT" | tee -a "$BATS_FILE_TMPDIR/subgid" >>"$BATS_FILE_TMPDIR/subuid"
	for file in passwd group subuid subgid; do
		mount --bind "$BATS_FILE_TMPDIR/$file" "/etc/$file"
	done
}

teardown_file() {
	local file

	for file in passwd group subuid subgid; do
		! mountpoint -q "/etc/$file" || umount "/etc/$file"
	done
}

setup() {
	warren_only "users without privileges"
	bundle_new
	chown -hR $USER_ID:$USER_ID rootfs
	install -d -o $USER_ID -g $USER_ID -m 700 run
	STATE=$BUNDLE/run/warren
	cp "$RUNTIME" warren
	WRAP=()
	rm config.json
	spec_of rt
}
teardown() { bundle_remove; }

as_user() { setpriv --reuid="$USER_ID" --regid="$USER_ID" --clear-groups --inh-caps=-all -- "$@"; }

# As the user, without --root; WRAP stands between the user and the runtime.
rt() {
	XDG_RUNTIME_DIR=$BUNDLE/run timeout --foreground -k 2 "${LIMIT:-30}" \
		setpriv --reuid="$USER_ID" --regid="$USER_ID" --clear-groups --inh-caps=-all -- \
		"${WRAP[@]}" "$BUNDLE/warren" "$@" 3>&- 4>&-
}

# What `spec --rootless` writes for this user, with the parts that tests build on.
spec_of() {
	install -d -o $USER_ID spec
	"$@" spec --rootless --no-terminal -b spec
	jq '.root = {path: "rootfs", readonly: false} | .process.args = ["true"] |
		.process.env = ["PATH=/bin"]' spec/config.json >config.json
	rm -r spec
}

# Guest id 0 is the user, those from 1 on are their subordinate ids.
map_many() {
	config_set '.linux.uidMappings = [{containerID: 0, hostID: $u, size: 1},
			{containerID: 1, hostID: $s, size: 65535}]
		| .linux.gidMappings = .linux.uidMappings' \
		--argjson u $USER_ID --argjson s $SUB_ID
}

# ---- life ---------------------------------------------------------------------

# bats test_tags=old
@test "what spec --rootless writes runs, as the user who called" {
	run_guest 'id -u; cat /proc/self/uid_map | xargs; grep ^Groups: /proc/self/status | xargs'
	prints "0
0 $USER_ID 1
Groups:"
	guest 'exit 7'
	expect 7 rt run "$ID"
}

@test "a guest in the background: state, list, ps, exec, kill, delete" {
	local pid

	host_snapshot snapshot
	up
	same "$(status_of "$ID")" running
	pid=$(pid_of "$ID")
	same "$(stat -c %u "/proc/$pid")" $USER_ID
	ok rt list
	says warren-user
	ok rt exec "$ID" sh -c 'id -u; hostname; readlink /proc/1/exe'
	prints "0
warren
/bin/busybox"
	expect 3 rt exec "$ID" sh -c 'exit 3'
	ok rt exec -d "$ID" sleep 1000
	ok rt ps -f json "$ID"
	same "$(jq length <<<"$output")" 2
	ok rt kill --all "$ID" STOP
	ok rt kill --all "$ID" CONT
	ok rt kill "$ID" KILL
	wait_status "$ID" stopped
	ok rt delete "$ID"
	nothing_left
}

@test "create, start, delete --force" {
	guest ': >/tmp/up; exec sleep 1000'
	ok rt create "$ID"
	same "$(status_of "$ID")" created
	# init shows its namespaces to whoever made it, and to nobody in them
	ok rt exec "$ID" sh -c 'id -u; hostname; readlink /proc/1/ns/mnt || echo hidden'
	prints "0
warren
hidden"
	expect 3 rt exec "$ID" sh -c 'exit 3'
	same "$(status_of "$ID")" created
	ok rt start "$ID"
	wait_until test -e rootfs/tmp/up
	ok rt exec "$ID" true
	ok rt delete --force "$ID"
	missing "$STATE/$ID"
}

@test "a guest that was never started can be killed" {
	ok rt create "$ID"
	ok rt kill "$ID" TERM
	wait_status "$ID" stopped
	ok rt delete "$ID"
}

@test "the state root is the user's alone, and is not tidied up" {
	ok rt run "$ID"
	same "$(stat -c '%a %u' "$STATE")" "1700 $USER_ID"
	refused as_user env -u XDG_RUNTIME_DIR "$BUNDLE/warren" list
	says "XDG_RUNTIME_DIR"
	says "--root"
}

@test "another user's state root is refused" {
	install -d -m 755 other
	refused rt --root "$BUNDLE/other" run "$ID"
	says "belongs to somebody else"
}

@test "a terminal" {
	needs_tool script
	config_set '.process.terminal = true'
	guest 'tty; ls -l /dev/console | cut -c 1; exit 5'
	SHELL=$BASH expect 5 script -qec "$(declare -p BUNDLE USER_ID WRAP); $(declare -f rt); rt run $ID" /dev/null
	says /dev/pts/0
}

@test "hooks run on either side" {
	cat >hook <<-'END'
		#!/bin/sh
		cat >/dev/null
		echo "$1" >>"${0%/*}/run/hooks"
	END
	chmod 755 hook
	config_set '.hooks = ({} | .createRuntime = [{path: $h, args: ["hook", "runtime"]}]
		| .createContainer = [{path: $h, args: ["hook", "container"]}]
		| .poststop = [{path: $h, args: ["hook", "stop"]}])' --arg h "$BUNDLE/hook"
	ok rt run "$ID"
	same "$(xargs <run/hooks)" "runtime container stop"
}

# ---- ids ----------------------------------------------------------------------

# bats test_tags=old
@test "subordinate ids by newuidmap and newgidmap" {
	map_many
	config_set '.process.user = {uid: 5, gid: 7, additionalGids: [9]}'
	run_guest 'id; cat /proc/self/uid_map /proc/self/gid_map | xargs'
	prints "uid=5 gid=7 groups=9
0 $USER_ID 1 1 $SUB_ID 65535 0 $USER_ID 1 1 $SUB_ID 65535"
}

@test "subordinate ids only: what is the user's alone can still be bound" {
	install -d -o $USER_ID -m 700 private
	install -o $USER_ID -m 644 /dev/null private/file
	config_set '.linux.uidMappings = [{containerID: 0, hostID: $s, size: 65536}]
		| .linux.gidMappings = .linux.uidMappings' --argjson s $SUB_ID
	bind /file private/file bind
	chown -hR $SUB_ID:$SUB_ID rootfs
	run_guest 'id -u; cut -d " " -f 5 /proc/self/mountinfo | grep /file'
	prints "0
/file"
}

@test "exec into a guest with subordinate ids" {
	map_many
	config_set '.process.user = {uid: 5, gid: 7}'
	chmod 777 rootfs/tmp
	up
	ok rt exec --user 11:12 "$ID" id
	prints "uid=11 gid=12"
}

@test "ids that are nobody's to give are refused by name" {
	config_set '.linux.uidMappings = [{containerID: 0, hostID: 400000, size: 10}]'
	refused rt run "$ID"
	says newuidmap
	says "not allowed"
	missing "$STATE/$ID"
}

@test "without newuidmap a single mapping works, and more says what is missing" {
	install -d bin
	WRAP=(env PATH="$BUNDLE/bin")
	ok rt run "$ID"
	map_many
	refused rt run "$ID"
	says "not installed (package uidmap)"
}

@test "additional groups and a single mapping: the kernel denies them, and it is said" {
	config_set '.process.user.additionalGids = [0]'
	refused rt run "$ID"
	says additionalGids
	says setgroups
}

# ---- mounts ---------------------------------------------------------------------

@test "proc, sys, dev and what is in them can be used" {
	run_guest 'echo x >/dev/null && head -c 3 /dev/zero | wc -c && head -c 5 /dev/urandom | wc -c
		echo x >/dev/full || echo full
		[ $$ = 1 ] && readlink /proc/self/ns/pid | cut -c 1-4
		: >/dev/shm/x && : >/dev/x && ls /sys/kernel >/dev/null && echo made
		readlink /dev/fd; readlink /dev/ptmx
		awk "\$5 == \"/sys\" { print \$6 }" /proc/self/mountinfo | cut -c 1-2'
	prints "3
5
full
pid:
made
/proc/self/fd
pts/ptmx
ro"
}

@test "a sysfs that may not be mounted is the host's, read-only with all below it" {
	config_set '(.mounts[] | select(.destination == "/sys")) |= {destination, type: "sysfs",
		source: "sysfs", options: ["nosuid", "noexec", "nodev"]}
		| .mounts |= map(select(.destination != "/sys/fs/cgroup"))'
	run_guest 'awk "\$5 ~ /^\/sys/ { print substr(\$6, 1, 2) }" /proc/self/mountinfo | sort -u'
	prints ro
}

@test "a network namespace of its own: its sysfs, and lo is up" {
	namespace_set network
	config_set '(.mounts[] | select(.destination == "/sys")) |= {destination, type: "sysfs",
		source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]}'
	run_guest 'ls /sys/class/net; ip link show lo | grep -o LOOPBACK,UP'
	prints "lo
LOOPBACK,UP"
}

@test "without a pid namespace of its own the host's proc serves" {
	namespace_drop pid
	config_set '.linux.maskedPaths = [] | .linux.readonlyPaths = []'
	run_guest '[ $$ -gt 1 ] && test -d /proc/$$ && echo there'
	prints there
}

@test "flags of the source stay, whatever is added" {
	install -d locked
	mount -t tmpfs -o nosuid,nodev,noexec,noatime tmpfs locked
	bind /plain "$BUNDLE/locked" bind
	bind /ro "$BUNDLE/locked" rbind ro
	run_guest 'awk "\$5 == \"/plain\" || \$5 == \"/ro\" { print \$5, \$6 }" /proc/self/mountinfo'
	prints "/plain rw,nosuid,nodev,noexec,noatime
/ro ro,nosuid,nodev,noexec,noatime"
}

@test "flags of the source that an option would clear are refused" {
	local option

	install -d locked
	mount -t tmpfs -o ro,nosuid,nodev,noexec,noatime tmpfs locked
	for option in rw suid dev exec relatime rrw rdev; do
		config_set '.mounts |= map(select(.destination != "/x"))'
		bind /x "$BUNDLE/locked" rbind "$option"
		refused rt run "$ID"
		says locked
		says "mounts["
	done
}

nested_mounts() {
	install -d outer
	mount -t tmpfs -o nosuid tmpfs outer
	install -d outer/inner
	mount -t tmpfs tmpfs outer/inner
	: >outer/inner/deep
}

@test "what lies below a source comes with it, or the bind is refused" {
	nested_mounts
	bind /x "$BUNDLE/outer" rbind
	run_guest 'ls /x/inner'
	prints deep
	config_set 'del(.mounts[-1])'
	bind /x "$BUNDLE/outer" bind
	refused rt run "$ID"
	says "use rbind"
}

@test "a bind of everything does not show the guest to itself" {
	bind /host / rbind ro
	run_guest 'awk "\$5 ~ /rootfs\/proc\$/" /proc/self/mountinfo | wc -l'
	prints 0
}

@test "a source that is not there, or not the user's to see" {
	bind /x "$BUNDLE/nothing" bind
	refused rt run "$ID"
	says "no such file or directory"
	config_set 'del(.mounts[-1])'
	install -d -m 700 roots
	install -d roots/inner
	bind /x "$BUNDLE/roots/inner" bind
	refused rt run "$ID"
	says "permission denied"
}

@test "masks and read-only paths" {
	: >rootfs/masked
	echo secret >rootfs/masked
	chown $USER_ID rootfs/masked
	config_set '.linux.maskedPaths += ["/masked", "/home"] | .linux.readonlyPaths += ["/tmp"]'
	run_guest 'cat /masked; ls /home; echo >/tmp/x || echo ro; echo 1 >/proc/sys/kernel/ostype || echo ro'
	prints "ro
ro"
}

@test "a root that is read-only" {
	config_set '.root.readonly = true'
	run_guest 'echo >/x || echo ro; echo >/dev/shm/x && echo rw'
	prints "ro
rw"
}

@test "what only root can mount is refused with a way out" {
	filesystem /x ext4
	refused rt run "$ID"
	says "only root can mount"
	config_set 'del(.mounts[-1])'
	bind /x "$BUNDLE/rootfs" bind idmap
	refused rt run "$ID"
	says "only root can id-map"
	config_set 'del(.mounts[-1])'
	refused rt run --lower "$BUNDLE/rootfs" --upper "$BUNDLE/run/upper" "$ID"
	says "only root can mount an overlay"
}

# ---- cgroups ----------------------------------------------------------------------

@test "without a delegated cgroup a guest that asks for none stays in the caller's" {
	up
	same "$(grep ^0:: "/proc/$(pid_of "$ID")/cgroup")" "0::$CG_PATH/host"
	refused rt pause "$ID"
	says "no cgroup"
}

@test "without a delegated cgroup limits and paths are refused, not dropped" {
	config_set '.linux.resources.pids.limit = 10'
	refused rt run "$ID"
	says delegated
	config_set 'del(.linux.resources) | .linux.cgroupsPath = $p' --arg p "$CG_PATH/guest"
	refused rt run "$ID"
	says delegated
	missing "$STATE/$ID"
	missing "$CG/guest"
	ok rt --cgroup-manager disabled run "$ID"
}

# A cgroup that is the user's, with the caller in one below it, as systemd does it.
delegate() {
	local file

	mkdir "$CG/own" "$CG/own/shell"
	for file in . cgroup.procs cgroup.subtree_control cgroup.threads shell shell/cgroup.procs; do
		chown $USER_ID "$CG/own/$file"
	done
	rt() {
		(echo "$BASHPID" >"$CG/own/shell/cgroup.procs" && XDG_RUNTIME_DIR=$BUNDLE/run \
			exec setpriv --reuid="$USER_ID" --regid="$USER_ID" --clear-groups \
			--inh-caps=-all -- "$BUNDLE/warren" "$@" 3>&- 4>&-)
	}
}

@test "a delegated cgroup: the guest has its own, and can be paused" {
	delegate
	up
	same "$(grep ^0:: "/proc/$(pid_of "$ID")/cgroup")" "0::$CG_PATH/own/$ID"
	ok rt exec "$ID" cat /proc/self/cgroup
	says "0::/"
	ok rt pause "$ID"
	same "$(status_of "$ID")" paused
	ok rt resume "$ID"
	ok rt ps "$ID"
	ok rt kill --all "$ID" KILL
	wait_status "$ID" stopped
	ok rt delete "$ID"
	missing "$CG/own/$ID"
	rmdir "$CG/own/shell" "$CG/own"
}

# A controller for what lies below the test's own cgroup.
offer() {
	local dir=$CG_MOUNT name

	for name in ${CG_PATH//\// }; do
		echo "+$1" >"$dir/cgroup.subtree_control"
		dir+=/$name
	done
	echo "+$1" >"$dir/cgroup.subtree_control"
}

# bats test_tags=old
@test "a delegated cgroup: limits hold" {
	needs_controller pids
	offer pids
	delegate
	config_set '.linux.resources.pids.limit = 10'
	up
	same "$(<"$CG/own/$ID/pids.max")" 10
	ok rt delete --force "$ID"
	rmdir "$CG/own/shell" "$CG/own"
}

@test "cgroups are read-only in a guest that shares the caller's namespace (CVE-2023-25809)" {
	namespace_drop cgroup
	config_set '(.mounts[] | select(.destination == "/sys/fs/cgroup")).options = ["rw"]'
	delegate
	run_guest 'awk "\$5 == \"/sys/fs/cgroup\" { way = \$6 } END { print substr(way, 1, 2) }" /proc/self/mountinfo
		echo 0 >/sys/fs/cgroup'"$CG_PATH"'/own/shell/cgroup.procs || echo refused'
	prints "ro
refused"
	rmdir "$CG/own/shell" "$CG/own"
}

# ---- limits -------------------------------------------------------------------------

@test "oom score and limits, as far as a user may set them" {
	config_set '.process.oomScoreAdj = 500 |
		.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200}]'
	run_guest 'cat /proc/self/oom_score_adj; ulimit -n; ulimit -Hn'
	prints "500
100
200"
	config_set '.process.oomScoreAdj = -500'
	refused rt run "$ID"
	says CAP_SYS_RESOURCE
}

@test "without a user namespace it says what to do" {
	namespace_drop user
	config_set 'del(.linux.uidMappings, .linux.gidMappings)'
	refused rt run "$ID"
	says "spec --rootless"
}

# ---- root of a user namespace ---------------------------------------------------------

# Nothing of it is the host's, though its uid is 0.
inside() {
	WRAP=("$@")
	config_set '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}]
		| .linux.gidMappings = .linux.uidMappings'
}

@test "root of a user namespace with mounts of its own: a guest with one below it" {
	inside unshare -Urm
	run_guest 'cat /proc/self/uid_map | xargs; echo x >/dev/null && echo y; : >/dev/shm/x && echo z'
	prints "0 0 1
y
z"
}

@test "root of a user namespace with mounts of its own: a guest without" {
	inside unshare -Urm
	namespace_drop user
	config_set 'del(.linux.uidMappings, .linux.gidMappings)'
	run_guest 'cat /proc/self/uid_map | xargs; echo x >/dev/null && echo y; : >/dev/shm/x && echo z'
	prints "0 $USER_ID 1
y
z"
}

@test "root of a user namespace: what is locked on a source stays" {
	inside unshare -Urm
	nested_mounts
	bind /x "$BUNDLE/outer" rbind ro
	run_guest 'awk "\$5 == \"/x\" { print \$6 }" /proc/self/mountinfo'
	prints ro,nosuid,relatime
	config_set '.mounts[-1].options = ["rbind", "suid"]'
	refused rt run "$ID"
	says locked
	config_set '.mounts[-1].options = ["bind"]'
	refused rt run "$ID"
	says "use rbind"
}

@test "root of a user namespace without mounts of its own" {
	inside unshare -Ur
	run_guest 'echo x >/dev/null && echo y'
	prints y
	namespace_drop user
	config_set 'del(.linux.uidMappings, .linux.gidMappings)'
	run_guest 'echo x >/dev/null && echo y'
	prints y
}

# bats test_tags=old
@test "root of a user namespace: the whole life of a guest" {
	cat >life <<-END
		set -e
		cd "$BUNDLE"
		w=$BUNDLE/warren
		\$w run -d a
		\$w exec a hostname
		\$w state a | jq -r .status
		\$w ps a | wc -l
		\$w kill a KILL
		until \$w state a | grep -q stopped; do sleep 0.02; done
		\$w delete a
		\$w create b && \$w start b && \$w delete --force b
		\$w list -q | wc -l
	END
	inside true
	guest 'exec sleep 1000'
	try as_user env XDG_RUNTIME_DIR="$BUNDLE/run" unshare -Urm sh ./life
	same "$status" 0 || explain life
	prints "warren
running
2
0"
}
